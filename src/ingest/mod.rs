//! Bytes → records → columns.
//!
//! ```text
//! bytes of a file      ─ sniff ─▶ what it is: format, fields, where the records begin
//! one byte range of it ─ cut ───▶ records ─ json | csv ─▶ cells: where each field's value stands
//! ```
//!
//! Ranges are parsed in any order, by any worker: a range's first record is found by a guess from inside the file, and the
//! engine checks afterwards that each range began where the one before it ended (see [`cut`]); where a guess was wrong, the
//! range is parsed again from the right place. So a quoted newline or a bracket in a string costs time, never rows.
//!
//! Content cannot make this fail: see [`IssueKind`]. The only error is [`ReadError`]: the bytes could not be had.
//!
//! A new format gets a variant in [`format`], a rule for its record ends in [`cut`], and a reader beside [`json`] and
//! [`csv`] that fills [`cells`].

pub mod cells;
pub mod colour;
pub mod csv;
pub mod cut;
mod envelope;
pub mod format;
pub mod issue;
pub mod json;
pub mod keys;
pub mod layout;
mod payload;
pub mod pieces;
mod recognise;
pub mod sniff;
pub mod source;
mod table;
pub mod text;
mod trace;
pub mod unfold;
pub mod unpack;
pub mod wide;

pub use format::Format;
pub use issue::{Issue, IssueKind};
pub use layout::Layout;
pub use sniff::Detection;
pub use source::{ByteSource, ReadError};

/// Longest record, in bytes. A longer one is cut there and counted as an issue.
pub const MAX_RECORD: usize = 16 << 20;

/// Most fields of a file that become columns; the rest stays visible in the row's detail.
pub const MAX_FIELDS: usize = 2_048;
