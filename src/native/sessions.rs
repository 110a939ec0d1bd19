//! `strayline sessions`: the sessions of files, the most abnormal first.

#![allow(clippy::print_stdout, reason = "a command line talks to the terminal")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;

use super::cli::{Failure, check_fields, default_workers, role, write};
use super::{Files, analyze};
use crate::common::number::count;
use crate::engine::{Answer, Query, Settings};
use crate::record::mapping::Mapping;
use crate::record::{Role, format_time};
use crate::view::SessionView;
use crate::view::export::CsvText;

/// What is asked of `strayline sessions`.
#[derive(Args)]
pub(super) struct Sessions {
    /// CSV, TSV, JSON, JSON Lines or plain text files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write `session,rows,start,end,duration_ms,errors,templates,score,kind,reason` for each session, best first.
    #[arg(long, value_name = "OUT.csv")]
    out: PathBuf,
    /// Seed of every random choice.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Threads [default: one per core, at most 8].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
    /// Say which field has a role, such as `correlation_id=order`.
    #[arg(long, value_name = "ROLE=FIELD", value_parser = role)]
    map: Vec<(Role, Option<String>)>,
}

/// Analyses the files and writes their sessions.
pub(super) fn run(options: &Sessions) -> Result<(), Failure> {
    let unreadable = |reason: String| Failure(3, reason);
    let workers = options.workers.map_or_else(default_workers, usize::from);
    let sources: Vec<Files> =
        (0..workers).map(|_| Files::open(&options.files)).collect::<Result<_, _>>().map_err(unreadable)?;
    let infos = sources[0].infos();
    let mapping = Mapping { roles: options.map.clone(), ..Mapping::default() };
    let settings = Settings { seed: options.seed, mapping, ranked: 1, ..Settings::default() };
    let mut analysis = analyze(sources, infos, settings, &mut |_| {});
    let snapshot = analysis.conductor().snapshot();
    check_fields(&snapshot, &options.map)?;
    if analysis.conductor().scores().is_none() {
        return Err(Failure(1, "no row could be read, so there are no sessions.".into()));
    }
    let asks = |query: &Query| (0..workers).map(|worker| (worker, query.clone())).collect::<Vec<_>>();
    let mut sessions: Vec<SessionView> = Vec::new();
    for answer in analysis.ask(asks(&Query::Sessions)).map_err(unreadable)? {
        if let Answer::Sessions(more) = answer {
            sessions.extend(more);
        }
    }
    let mut keys: BTreeMap<u64, String> = BTreeMap::new();
    for answer in analysis.ask(asks(&Query::SessionKeys)).map_err(unreadable)? {
        if let Answer::SessionKeys(more) = answer {
            keys.extend(more);
        }
    }
    let name = |session: &SessionView| keys.get(&session.key).map(String::as_str).unwrap_or_default();
    sessions.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| name(a).cmp(name(b))));
    let mut csv = CsvText::default();
    csv.push(["session", "rows", "start", "end", "duration_ms", "errors", "templates", "score", "kind", "reason"]);
    for session in &sessions {
        let time = |time: Option<i64>| time.map(format_time).unwrap_or_default();
        let lasted = session.range.map(|(start, end)| ((end - start) as f64 / 1e6).to_string()).unwrap_or_default();
        csv.push([
            name(session),
            &session.rows.to_string(),
            &time(session.range.map(|range| range.0)),
            &time(session.range.map(|range| range.1)),
            &lasted,
            &session.errors.to_string(),
            &session.templates.to_string(),
            &session.score.to_string(),
            &session.kind,
            &session.reason,
        ]);
    }
    write(&options.out, &csv.into_bytes())?;
    let odd = sessions.iter().filter(|session| !session.kind.is_empty()).count();
    println!("{} sessions, {} with a finding", count(sessions.len() as u64), count(odd as u64));
    Ok(())
}
