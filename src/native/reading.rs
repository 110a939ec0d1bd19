//! What every command does that analyses files.

use std::path::PathBuf;

use super::cli::Failure;
use super::{Analysis, Files, analyze};
use crate::common::text::some_of;
use crate::engine::{Settings, Snapshot};
use crate::record::Role;

/// An analysis of files, and its last state.
pub(super) struct Analysed {
    pub(super) analysis: Analysis,
    pub(super) snapshot: Snapshot,
    /// Size of the files.
    pub(super) bytes: u64,
}

/// Analyses files and folders as the settings say, on as many threads as there are workers. What is to be said of a file goes
/// to stderr. It is a failure if no row could be read, or if a field that has a role by the settings is not there.
pub(super) fn read(
    files: &[PathBuf],
    workers: usize,
    settings: Settings,
    each_stage: &mut dyn FnMut(&Snapshot),
) -> Result<Analysed, Failure> {
    let unreadable = |reason: String| Failure(3, reason);
    let files = Files::expand(files).map_err(unreadable)?;
    let sources: Vec<Files> =
        (0..workers).map(|_| Files::open(&files)).collect::<Result<_, _>>().map_err(unreadable)?;
    let infos = sources[0].infos();
    let bytes = infos.iter().map(|info| info.size).sum();
    let given = settings.mapping.roles.clone();
    let analysis = analyze(sources, infos, settings, each_stage);
    let snapshot = analysis.conductor().snapshot();
    for file in &snapshot.files {
        if let Some(note) = &file.note {
            eprintln!("strayline: {}: {note}", file.name);
        }
    }
    check_fields(&snapshot, &given)?;
    if snapshot.rows == 0 {
        return Err(Failure(1, "no row could be read.".into()));
    }
    Ok(Analysed { analysis, snapshot, bytes })
}

/// A field that the person named and no file has is a mistake worth stopping for.
fn check_fields(snapshot: &Snapshot, given: &[(Role, Option<String>)]) -> Result<(), Failure> {
    for (role, field) in given {
        let Some(field) = field else { continue };
        let known = snapshot.fields.iter().any(|report| report.role == Some(*role) && report.why == "chosen by you");
        if !known && !snapshot.fields.is_empty() {
            let names = some_of(snapshot.fields.iter().map(|report| report.name.as_str()));
            return Err(Failure(
                2,
                format!("no file has a field {field:?} to be the {}; there are {names}.", role.name()),
            ));
        }
    }
    Ok(())
}
