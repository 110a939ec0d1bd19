//! What is known of the injected anomalies.

use serde::Serialize;

use super::kind::Kind;

/// One line of the truth: a row that belongs to an anomaly, or, of those that have no session, all of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Truth {
    /// `episode` where it has no session; tools that look at sessions only leave such lines out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<&'static str>,
    /// The row, the first of the log is 1.
    pub row: u64,
    /// The row, the first of the log is 0.
    pub line: u64,
    /// Of an episode without sessions: its last row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_row: Option<u64>,
    /// See [`Kind::name`].
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The row's session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The row's service.
    pub service: &'static str,
    /// The row's instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// Number of the anomaly, from 1.
    pub group: u32,
    /// Whether it is what the others follow from.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub root: bool,
}

/// To which anomaly a row belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Label {
    /// What it is.
    pub kind: Kind,
    /// Its number, from 1.
    pub group: u32,
    /// Whether it is what the others follow from.
    pub root: bool,
}
