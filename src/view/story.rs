//! A session as its own view shows it: its steps in time, beside those of its twin.

use serde::{Deserialize, Serialize};

use crate::context::{Difference, Relation, Slow, Span, Took};
use crate::record::{Level, SegmentId};

/// A session beside its twin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Story {
    /// The session.
    pub here: Whole,
    /// The nearest ordinary session, if there is one.
    pub there: Option<Whole>,
    /// How they differ; `None` without a twin.
    pub difference: Option<Difference>,
    /// Which of the session's rows was asked about, counted from 0.
    pub at: Option<u64>,
    /// Whether rows are written when their step ends, so that its bar ends there.
    pub written_at_the_end: bool,
    /// The steps side by side, or which are left out.
    pub lines: Vec<Line>,
}

/// A session as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Whole {
    /// Hash of its key.
    pub key: u64,
    /// Its rows.
    pub rows: u64,
    /// Those of level ERROR and above.
    pub errors: u64,
    /// Time of its first and its last row in nanoseconds.
    pub range: Option<(i64, i64)>,
    /// On its own clock: when its last step ended, in milliseconds.
    pub ends: f64,
    /// Place of its first row among the rows of all files.
    pub first: u64,
}

/// A place of the alignment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Line {
    /// A step of the session, of the twin, or of both.
    Step(StepLine),
    /// A stretch that is left out.
    LeftOut {
        /// The first place.
        from: u32,
        /// How many.
        count: u32,
        /// How many of these are rows of the session.
        here: u32,
    },
}

/// A step of the session, of the twin, or of both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepLine {
    /// The session's.
    pub here: Option<StepView>,
    /// The twin's.
    pub there: Option<StepView>,
    /// What that means.
    pub relation: Relation,
    /// Whether the session's took long.
    pub slow: Option<Slow>,
    /// How many rows the session has of a step that it repeats, at the first of them.
    pub times: Option<u32>,
}

/// A step: a row of a session.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepView {
    /// Its place in the session, counted from 0.
    pub number: u64,
    /// Its segment.
    pub segment: SegmentId,
    /// Its index there.
    pub row: u32,
    /// Severity.
    pub level: Level,
    /// When it was, on the session's own clock.
    pub span: Option<Span>,
    /// How long it took.
    pub took: Option<Took>,
}

/// What stands around a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Around {
    /// Whether that is the whole session of the row, or a window of the rows of the same source.
    pub scope: Scope,
    /// The rows, in order, or how many are left out.
    pub lines: Vec<Near>,
}

/// What a row's context is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All rows with its session key.
    FullSession {
        /// Hash of the key.
        key: u64,
        /// The key.
        name: String,
        /// Its rows.
        rows: u64,
        /// Which of them the row is, counted from 0.
        at: u64,
    },
    /// Rows before and after it in its file, and of its instance where it has one.
    Window {
        /// Most rows before and most rows after it.
        reach: u32,
        /// The instance.
        instance: Option<String>,
    },
}

/// A line of a context.
#[derive(Clone, Debug, PartialEq)]
pub enum Near {
    /// A row.
    Row {
        /// Its number over all rows.
        row: u64,
        /// Severity.
        level: Level,
        /// Its time.
        time: Option<i64>,
        /// Its message.
        message: String,
        /// Whether it is the row that this is about.
        this: bool,
    },
    /// So many rows that are left out here.
    LeftOut(u64),
}
