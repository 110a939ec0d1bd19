//! `strayline analyze --truth`: how well the findings are those that are known.

use std::path::Path;

use super::Analysis;
use super::cli::Failure;
use crate::engine::{Answer, Filter};
use crate::finding::truth::{Found, Truth, session_of};
use crate::record::Role;
use crate::view::FindingView;

/// Rows that are looked at at a time.
const PAGE: u32 = 1 << 16;

/// Judges the findings by a truth file; a table for the terminal.
pub(super) fn judge(path: &Path, analysis: &mut Analysis, findings: &[FindingView]) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure(3, format!("can't read {}: {error}.", path.display())))?;
    let truth = Truth::parse(&text).map_err(|reason| Failure(2, format!("{}: {reason}.", path.display())))?;
    let Some(column) = analysis.conductor().dataset().role(Role::Correlation) else {
        return Err(Failure(2, "--truth is about sessions, and no field has the role correlation_id.".into()));
    };
    let total = analysis.conductor().catalog().rows();
    let mut sessions = Vec::new();
    while (sessions.len() as u64) < total {
        let asks = analysis.conductor().catalog().ask_rows(
            Filter::All,
            &std::collections::BTreeMap::new(),
            sessions.len() as u64,
            PAGE,
        );
        let before = sessions.len();
        for answer in analysis.ask(asks).map_err(|reason| Failure(3, reason))? {
            if let Answer::Rows(rows) = answer {
                let keys = rows.iter().map(|row| row.cells.get(column).map_or("", String::as_str));
                sessions.extend(keys.map(|key| session_of(key.as_bytes())));
            }
        }
        if sessions.len() == before {
            break;
        }
    }
    // The truth counts rows of one file; of several, it is about them one behind the other.
    let found: Vec<Found<'_>> = findings
        .iter()
        .map(|finding| Found { line: finding.row.row, score: finding.score, kind: &finding.kind })
        .collect();
    Ok(truth.judge(&sessions, &found).text())
}
