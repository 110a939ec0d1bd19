//! A record within the bytes of its place.

use crate::ingest::cut::{Cut, Cutter};
use crate::ingest::{Format, MAX_RECORD};
use crate::record::dataset::FilePlan;

/// The record at the start of its bytes, without the separators that follow it.
pub fn record_of<'a>(cutter: &Cutter, bytes: &'a [u8]) -> &'a [u8] {
    let bytes = &bytes[..bytes.len().min(MAX_RECORD)];
    if bytes.is_empty() {
        return bytes;
    }
    let Cut { start, end, .. } =
        cutter.cut(bytes, 0, true).unwrap_or(Cut { start: 0, end: bytes.len(), next: 0, issue: None });
    &bytes[start..end]
}

/// The rule by which the records of a file end.
pub fn cutter_of(plan: &FilePlan) -> Cutter {
    Cutter::new(&plan.format, plan.csv_fields as usize)
}

/// Whether texts in a file's records stand with JSON's escapes.
pub(super) fn is_json(plan: &FilePlan) -> bool {
    matches!(plan.format, Format::JsonLines | Format::Json { .. })
}
