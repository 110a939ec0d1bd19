//! What goes wrong around the browser, in words.

use std::fmt;
use std::io;

use fantoccini::error::{CmdError, NewSessionError};

/// A reason why a scenario could not go on.
pub struct Failure(pub String);

/// The result of a scenario or of one of its steps.
pub type Result<T = ()> = std::result::Result<T, Failure>;

impl Failure {
    /// A failure with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

// A test that returns an error prints it so.
impl fmt::Debug for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<CmdError> for Failure {
    fn from(error: CmdError) -> Self {
        Self(format!("the browser refused a command: {error}"))
    }
}

impl From<NewSessionError> for Failure {
    fn from(error: NewSessionError) -> Self {
        Self(format!("the browser did not start: {error}"))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}
