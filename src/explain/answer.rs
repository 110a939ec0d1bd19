//! What comes back: events of a stream, texts, reasons to stop, errors.

pub mod json;
