//! What goes out for an explanation, made safe to go out: redaction of prompt text.

pub mod redact;

pub use redact::{Own, Redacted, Redactor, Rule, Span};
