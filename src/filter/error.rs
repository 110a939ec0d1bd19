//! What is wrong with a search, and where.

use serde::{Deserialize, Serialize};

/// A search that can't be understood, with what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct QueryError {
    /// Byte position in the search text at which the trouble begins.
    pub at: usize,
    /// A sentence for the person.
    pub message: String,
}

impl QueryError {
    /// An error at a byte position.
    pub fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}
