//! `strayline analyze --truth`: how well the findings are those that are known.

use std::path::Path;

use super::Analysis;
use super::cli::Failure;
use crate::finding::truth::{Found, Truth};
use crate::record::Role;
use crate::view::FindingView;

/// Judges the findings by a truth file; a table for the terminal.
pub(super) fn judge(path: &Path, analysis: &Analysis, findings: &[FindingView]) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure(3, format!("can't read {}: {error}.", path.display())))?;
    let truth = Truth::parse(&text).map_err(|reason| Failure(2, format!("{}: {reason}.", path.display())))?;
    let Some(column) = analysis.conductor().dataset().role(Role::Correlation) else {
        return Err(Failure(2, "--truth is about sessions, and no field has the role correlation_id.".into()));
    };
    // The truth counts rows of one file; of several, it is about them one behind the other.
    let found: Vec<Found<'_>> = findings.iter().map(|finding| finding.as_found(column)).collect();
    Ok(truth.judge(&found).text())
}
