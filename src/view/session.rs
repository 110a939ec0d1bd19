//! A session as a list of sessions shows it.

use serde::{Deserialize, Serialize};

/// One session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionView {
    /// Hash of its key.
    pub key: u64,
    /// Its key; empty while that was not read.
    pub name: String,
    /// Place of its first row among the rows of all files, where its key can be read.
    pub first: u64,
    /// Number of rows.
    pub rows: u64,
    /// Time of its first and its last row in nanoseconds; `None` where rows have no time.
    pub range: Option<(i64, i64)>,
    /// Rows of level ERROR and above.
    pub errors: u32,
    /// Different kinds of message.
    pub templates: u32,
    /// 0..1, higher is more abnormal; 0.5 and above for sessions with a finding.
    pub score: f32,
    /// Kind of its strongest finding; empty without one.
    pub kind: String,
    /// Why, as a sentence.
    pub reason: String,
}

impl SessionView {
    /// How long it lasted, in milliseconds.
    pub fn millis(&self) -> Option<f64> {
        self.range.map(|(start, end)| end.saturating_sub(start) as f64 / 1e6)
    }
}
