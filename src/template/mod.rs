//! Messages → shapes, and how rare each shape is.
//!
//! `connection timeout after 5000ms` and `connection timeout after 17ms` have one shape: words that hold a digit are what
//! varies. [`shape`] hashes the rest; [`sketch`] counts hashes in bounded memory, mergeable in any order.

pub mod shape;
pub mod sketch;

pub use shape::shape_of;
pub use sketch::Sketch;
