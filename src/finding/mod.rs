//! Scores → ranked findings with reasons; thresholds.
//!
//! A threshold is a place in the histogram of all scores ([`threshold`]) and never touches the detector. Reasons are made
//! for the rows that a person looks at ([`reason`]), from the detector's own attribution and the features' reference.

pub mod evaluate;
pub mod rank;
pub mod reason;
pub mod threshold;

pub use rank::{Ranked, Ranking};
pub use threshold::{ScoreHistogram, Threshold};
