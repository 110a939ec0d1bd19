//! What can be wrong with a record. Content never makes ingest fail: a problem is counted, keeps its position, and the
//! record stays a row.

use serde::{Deserialize, Serialize};

/// The problem of one record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum IssueKind {
    /// The record is not valid JSON; it is kept as a row whose message is its text.
    InvalidJson,
    /// The record is JSON, but not an object; it is kept as a row whose message is its text.
    NotAnObject,
    /// A CSV record with more or fewer fields than the header; the fields that are there are used.
    Ragged,
    /// A quoted CSV field or a JSON element that does not end within the record limit; the line it starts on is a row.
    Unterminated,
    /// The file ends in the middle of the record.
    Truncated,
    /// The record is longer than [`super::MAX_RECORD`]; its first part is used.
    TooLong,
    /// A line that does not fit the format of the others; it is kept as a row whose message is its text.
    Unparsed,
    /// The record holds bytes that are not UTF-8; they are read as U+FFFD.
    InvalidUtf8,
    /// A text in a column of numbers; the row has no value there.
    NotANumber,
    /// An infinity in a column of numbers.
    Infinite,
}

impl IssueKind {
    /// Every kind, in the order of the enum.
    pub const ALL: [Self; 10] = [
        Self::InvalidJson,
        Self::NotAnObject,
        Self::Ragged,
        Self::Unterminated,
        Self::Truncated,
        Self::TooLong,
        Self::Unparsed,
        Self::InvalidUtf8,
        Self::NotANumber,
        Self::Infinite,
    ];

    /// Whether the record's fields could not be read (rather than: were read with a blemish).
    pub fn is_bad(self) -> bool {
        !matches!(self, Self::Ragged | Self::InvalidUtf8 | Self::NotANumber | Self::Infinite)
    }

    /// What to tell a person.
    pub fn text(self) -> &'static str {
        match self {
            Self::InvalidJson => "not valid JSON",
            Self::NotAnObject => "JSON, but not an object",
            Self::Ragged => "more or fewer fields than the header",
            Self::Unterminated => "a quote or bracket that never closes",
            Self::Truncated => "the file ends inside this record",
            Self::TooLong => "longer than 16 MiB, cut",
            Self::Unparsed => "a line unlike the others",
            Self::InvalidUtf8 => "bytes that are not UTF-8",
            Self::NotANumber => "a text where the column has numbers",
            Self::Infinite => "an infinite number, which stands beyond all others",
        }
    }
}

/// A record with a problem, as a segment keeps it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Issue {
    /// Index of the record's row within its segment.
    pub row: u32,
    /// The problem.
    pub kind: IssueKind,
}
