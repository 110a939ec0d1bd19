//! Models that outlive the analysis: what was learned, as one file, and whether other files may be scored with it.
//!
//! ```text
//! an analysis ─ Saved ─▶ bytes with version and checksum ([`file`])
//! bytes + another file's columns ─ fit ─▶ which column is which ([`fit`]): the gatekeeper and the translator
//!       + the file's rows         ─ check ─▶ how the data differs from what was learned ([`check`]): the pre-flight
//! ```
//!
//! A saved model holds the detector, the recipe of its features with the vocabularies of categories, the templates with what
//! is ordinary for each, what is ordinary for sessions, and how each feature was distributed. Rows of another file are held
//! against all of that; nothing is learned anew. Templates are frozen: a message that fits none is a finding of its own.
//!
//! [`onnx`] writes a forest for other programs.

pub mod check;
pub mod constant;
pub mod distribution;
pub mod file;
pub mod fit;
pub mod onnx;
mod protobuf;
pub mod saved;
pub mod warm;

pub use check::{Report, Verdict};
pub use distribution::Distribution;
pub use file::FileError;
pub use fit::Fit;
pub use saved::{About, Saved};
