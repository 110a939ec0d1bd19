//! A row's text within the bytes of its record's place.

use crate::ingest::cut::Cutter;
use crate::ingest::{Format, Layout, MAX_RECORD};
use crate::record::Segment;
use crate::record::dataset::FilePlan;

/// Finds rows in the bytes of their records.
#[derive(Debug)]
pub struct RowTexts<'a> {
    layout: &'a Layout,
    cutter: Cutter,
    /// The record that was unfolded last, by its offset in its segment, and its rows.
    unfolded: (Option<u32>, Vec<Vec<u8>>),
}

impl<'a> RowTexts<'a> {
    /// For the rows of one segment of a file.
    pub fn new(plan: &'a FilePlan) -> Self {
        Self { layout: &plan.layout, cutter: Cutter::new(&plan.layout), unfolded: (None, Vec::new()) }
    }

    /// Whether a row's text is not the record's, but made of it.
    pub fn remakes(&self) -> bool {
        self.layout.remakes()
    }

    /// The text of a row; `bytes` are those of its record's place, separators included.
    pub fn row<'b>(&'b mut self, segment: &Segment, row: usize, bytes: &'b [u8]) -> &'b [u8] {
        let bytes = &bytes[..bytes.len().min(MAX_RECORD)];
        if bytes.is_empty() {
            return bytes;
        }
        let record = self.cutter.cut(bytes, 0, true).map_or(bytes, |cut| &bytes[cut.start..cut.end]);
        if !self.remakes() {
            return record;
        }
        let offset = Some(segment.offsets[row]);
        if self.unfolded.0 != offset {
            let mut rows = Vec::new();
            self.layout.rows(record, &mut |row| rows.push(row.to_vec()));
            self.unfolded = (offset, rows);
        }
        self.unfolded.1.get(segment.within(row)).map_or(record, Vec::as_slice)
    }
}

/// Whether texts in a file's records stand with JSON's escapes.
pub(super) fn is_json(plan: &FilePlan) -> bool {
    matches!(plan.layout.format, Format::JsonLines | Format::Json { .. })
}
