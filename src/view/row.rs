//! A row, a finding and a row's detail as the screen shows them.

use serde::{Deserialize, Serialize};

use crate::detect::Kind;
pub use crate::finding::Facts;
pub use crate::finding::reason::Reason;
use crate::finding::truth::{Found, session_of};
use crate::record::Level;

/// Longest text of one table cell, in bytes; longer values end in `…` and are whole in [`RowDetail`].
pub const CELL_BYTES: usize = 400;
/// Longest raw text of one row that is shown, in bytes.
pub const RAW_BYTES: usize = 64 * 1024;

/// One row of the table. Its texts were read from the file for this view alone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowView {
    /// 0-based index over all rows, files in order.
    pub row: u64,
    /// Index of the file.
    pub file: u32,
    /// 0-based record index within the file.
    pub line: u64,
    /// Nanoseconds since the Unix epoch, UTC; `None` where the row has no readable time.
    pub time: Option<i64>,
    /// Severity.
    pub level: Level,
    /// Raw detector score; higher is more abnormal. `None` before scoring.
    pub score: Option<f32>,
    /// Score by a detector that was fitted to labelled rows; `None` without one.
    pub predicted: Option<f32>,
    /// Whether the record could not be read as the file's format; its cells are then empty but for the message.
    pub bad: bool,
    /// One cell per dataset column, in the order of the fields' report, shortened to [`CELL_BYTES`].
    pub cells: Vec<Cell>,
}

/// The text of one field of one row; empty where the row has none.
pub type Cell = String;

/// A ranked row with the reason for its rank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindingView {
    /// 0-based rank; 0 is the most abnormal.
    pub rank: u64,
    /// The row itself.
    pub row: RowView,
    /// Raw detector score, higher is more abnormal.
    pub score: f32,
    /// Share of all rows that score lower, 0..=1.
    pub calibrated: f32,
    /// First byte of the record in its file.
    pub byte: u64,
    /// What kind of finding it is; the row detector gives `unusual row`.
    pub kind: String,
    /// Findings with the same number belong together and are told once; 1 is the strongest group. `None` for a row that
    /// only the row detector found.
    pub group: Option<u32>,
    /// One sentence, made of the strongest [`Reason`]s.
    pub reason: String,
    /// What the finding compares; empty for a row that only the row detector found.
    pub facts: Facts,
    /// The features that pushed the score up, strongest first.
    pub reasons: Vec<Reason>,
    /// The message (or, without one, the start of the raw record).
    pub message: String,
}

impl FindingView {
    /// What is held against a truth, of rows whose session is in column `key`.
    pub fn as_found(&self, key: usize) -> Found<'_> {
        let session = self.row.cells.get(key).filter(|key| !key.is_empty()).map(|key| session_of(key.as_bytes()));
        Found { line: self.row.line, session, score: self.score, kind: &self.kind }
    }
}

/// What the row detector says of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DetectorScore {
    /// Which detector, or which member of an ensemble.
    pub detector: Kind,
    /// In the detector's own scale; higher is more abnormal.
    pub raw: f32,
    /// Its place in 0..=1.
    pub unit: f32,
}

/// All there is to know of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowDetail {
    /// The row as a finding: with score and reasons where rows were scored.
    pub finding: FindingView,
    /// What the row detector says, and behind it its members where it is an ensemble; empty before rows are scored.
    pub detectors: Vec<DetectorScore>,
    /// Its session, where it has one: hash and text of the key.
    pub session: Option<(u64, String)>,
    /// Every field of the record with its whole text (nested JSON flattened with `.`), in the record's order.
    pub fields: Vec<(String, String)>,
    /// The record's text as it stands in the file; invalid UTF-8 is shown as U+FFFD, at most [`RAW_BYTES`].
    pub raw: String,
    /// Length of the record in bytes; larger than `raw` where that was cut.
    pub raw_bytes: u64,
}
