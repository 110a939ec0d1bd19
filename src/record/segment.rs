//! The rows whose records begin in one byte range of one file.

use super::Column;
use super::origin::Origin;
use crate::ingest::Issue;

/// Names a segment: its file, and its place among the file's ranges. The order of ids is the order of rows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize)]
pub struct SegmentId {
    /// Index of the file.
    pub file: u32,
    /// Index of the byte range within the file.
    pub part: u32,
}

/// Columns for the rows of one byte range, and where each row's bytes are.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Which range.
    pub id: SegmentId,
    /// Position of the first record in the file.
    pub start: u64,
    /// Position after the last record (and the separators that follow it).
    pub end: u64,
    /// Where each row's record begins, relative to `start`. Rows of one record, which holds several, have the same.
    pub offsets: Vec<u32>,
    /// One column per column of the dataset.
    pub columns: Vec<Column>,
    /// Records with a problem, in row order.
    pub issues: Vec<Issue>,
    /// Score of each row; empty before scoring.
    pub scores: Vec<f32>,
    /// Score of each row by a detector that was fitted to labelled rows; empty without one.
    pub predicted: Vec<f32>,
    /// The kind of each row's message: first the number of its shape in the segment, later the index of its template;
    /// [`NO_TEMPLATE`] without a message. Empty where the dataset has no messages.
    pub templates: Vec<u32>,
    /// Durations in milliseconds that were taken from messages, NaN for none; empty where a field has them.
    pub durations: Vec<f32>,
    /// What the columns don't tell of the texts that they were read from.
    pub origin: Origin,
}

/// Stands for the template of a row that has no message.
pub const NO_TEMPLATE: u32 = u32::MAX;

impl Segment {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.offsets.len()
    }

    /// The byte range of a row's record, separators included.
    pub fn place(&self, row: usize) -> (u64, u64) {
        let offset = self.offsets[row];
        let next = match self.offsets.get(row + 1) {
            Some(&next) if next > offset => Some(next),
            _ => self.offsets.get(self.offsets.partition_point(|&other| other <= offset)).copied(),
        };
        (self.start + u64::from(offset), next.map_or(self.end, |next| self.start + u64::from(next)))
    }

    /// Which of its record's rows a row is: 0 unless the record holds several.
    pub fn within(&self, row: usize) -> usize {
        let offset = self.offsets[row];
        if row == 0 || self.offsets[row - 1] < offset {
            return 0;
        }
        row - self.offsets.partition_point(|&other| other < offset)
    }

    /// A number that no other row of the file has, and that does not depend on how the file was cut.
    pub fn position(&self, row: usize) -> u64 {
        // A record is longer than it has rows.
        self.place(row).0 + self.within(row) as u64
    }

    /// A number that orders the rows of all files and does not depend on how they were cut. It has room for 65,536 files of
    /// 256 TB; what is beyond shares numbers, which costs an order, never a row.
    pub fn place_among_all(&self, row: usize) -> u64 {
        place_among_all(self.id.file, self.position(row))
    }

    /// Whether the row's record could not be read as its format (rows that only have a blemish are not bad).
    pub fn is_bad(&self, row: usize) -> bool {
        let first = self.issues.partition_point(|issue| (issue.row as usize) < row);
        self.issues[first..].iter().take_while(|issue| issue.row as usize == row).any(|issue| issue.kind.is_bad())
    }

    /// Bytes of memory that the segment takes, about.
    pub fn bytes(&self) -> u64 {
        let columns: u64 = self.columns.iter().map(Column::bytes).sum();
        let own = self.offsets.len() * 4
            + self.issues.len() * 8
            + (self.scores.len() + self.predicted.len()) * 4
            + (self.templates.len() + self.durations.len()) * 4;
        columns + own as u64 + self.origin.bytes()
    }

    /// The value of a time column, `None` where the row has none.
    pub fn time(&self, column: Option<usize>, row: usize) -> Option<i64> {
        match self.columns.get(column?)? {
            Column::Time(values) => values.get(row).filter(|&time| time != super::column::NO_TIME),
            _ => None,
        }
    }
}

/// [`Segment::place_among_all`] of a file and a position in it.
pub fn place_among_all(file: u32, position: u64) -> u64 {
    u64::from(file.min(0xffff)) << 48 | position.min((1 << 48) - 1)
}
