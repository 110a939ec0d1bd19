//! What a person decides about a synthetic log.

use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// Share of the sessions with an anomaly, where nothing else is asked for.
pub const ANOMALY_RATE: f64 = 0.02;
/// Where the log begins unless said otherwise: Monday 2 March 2026, midnight UTC, in nanoseconds since the epoch.
pub const START: i64 = 1_772_409_600_000_000_000;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// One JSON object per line.
    JsonLines,
    /// Comma-separated values with a header.
    Csv,
}

impl Format {
    /// The end of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// How long the log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    /// Exactly so many rows.
    Rows(u64),
    /// About so many bytes.
    Bytes(u64),
}

/// Injected anomalies per session, by kind. A kind that concerns many sessions (a slow instance, say) counts once.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rates([f64; Kind::COUNT]);

impl Rates {
    /// All kinds by their usual shares; `total` of them per session, 0..=0.5.
    pub fn total(total: f64) -> Self {
        Self(Kind::ALL.map(|kind| kind.share() * total.clamp(0.0, 0.5)))
    }

    /// The rate of a kind.
    pub fn of(&self, kind: Kind) -> f64 {
        self.0[kind.index()]
    }

    /// Sets the rate of a kind, 0..=0.5.
    pub fn set(&mut self, kind: Kind, rate: f64) {
        self.0[kind.index()] = rate.clamp(0.0, 0.5);
    }
}

/// All of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Equal seeds (and all else equal) give equal logs.
    pub seed: u64,
    /// When to stop.
    pub limit: Limit,
    /// When the log begins, in nanoseconds since the epoch.
    pub start: i64,
    /// How often what is wrong.
    pub rates: Rates,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 7, limit: Limit::Rows(20_000), start: START, rates: Rates::total(ANOMALY_RATE) }
    }
}
