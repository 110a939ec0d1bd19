//! `strayline sessions`: the sessions of files, the most abnormal first.

use std::path::PathBuf;

use clap::Args;

use super::Analysis;
use super::cli::{Failure, default_workers, write};
use super::learning::Fields;
use super::reading::read;
use crate::common::number::count;
use crate::engine::part::Part;
use crate::engine::session_list::SessionListing;
use crate::engine::{SessionAnswer, SessionQuery, Settings};
use crate::geometry::number::counted;
use crate::record::format_time;
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
    /// What the files' fields mean.
    #[command(flatten)]
    fields: Fields,
}

/// Analyses the files and writes their sessions.
pub(super) fn run(options: &Sessions) -> Result<String, Failure> {
    let workers = options.workers.map_or_else(default_workers, usize::from);
    let mapping = options.fields.mapping()?;
    let settings = Settings { seed: options.seed, mapping, ranked: 1, ..Settings::default() };
    let mut analysis = read(&options.files, workers, settings, &mut |_| {})?.analysis;
    let listing = SessionListing::default();
    let sessions = list(&mut analysis, workers, listing).map_err(|reason| Failure(3, reason))?;
    let mut csv = CsvText::default();
    csv.push(["session", "rows", "start", "end", "duration_ms", "errors", "templates", "score", "kind", "reason"]);
    for session in &sessions {
        let time = |time: Option<i64>| time.map(format_time).unwrap_or_default();
        let lasted = session.millis().map(|millis| millis.to_string()).unwrap_or_default();
        csv.push([
            session.name.as_str(),
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
    if sessions.is_empty() {
        eprintln!("strayline: no field ties rows together: --map correlation_id=FIELD says which one does.");
    }
    Ok(format!("{}, {} with a finding\n", counted(sessions.len() as u64, "session"), count(odd as u64)))
}

/// All sessions with the texts of their keys.
fn list(analysis: &mut Analysis, workers: usize, listing: SessionListing) -> Result<Vec<SessionView>, String> {
    let keys = analysis.ask_sessions(workers, &SessionQuery::Keys { of: None })?;
    let entries = analysis.ask_sessions(workers, &SessionQuery::Entries)?;
    analysis.ask_sessions(1, &SessionQuery::List { parts: parts(entries) })?;
    analysis.ask_sessions(1, &SessionQuery::Name { parts: parts(keys) })?;
    let page = SessionQuery::Page { listing, from: 0, count: u32::MAX };
    Ok(match analysis.ask_sessions(1, &page)?.pop() {
        Some(SessionAnswer::Page(_, sessions)) => sessions,
        _ => Vec::new(),
    })
}

fn parts(answers: Vec<SessionAnswer>) -> Vec<Part> {
    answers
        .into_iter()
        .filter_map(|answer| if let SessionAnswer::Part(part) = answer { Some(part) } else { None })
        .collect()
}
