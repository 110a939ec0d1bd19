//! Scores → ranked findings with reasons; thresholds.
//!
//! A threshold is a place in the histogram of all scores ([`threshold`]) and never touches the detector. Reasons are made
//! for the rows that a person looks at ([`reason`]), from the detector's own attribution and the features' reference.

pub mod about;
mod cause;
pub mod ends;
pub mod episode;
pub mod evaluate;
pub mod evidence;
pub mod group;
pub mod hybrid;
mod incident;
mod knee;
mod meanwhile;
pub mod rank;
pub mod rare_value;
pub mod rate;
pub mod reason;
mod silence;
pub mod spell;
pub mod threshold;
pub mod together;
mod trace;
pub mod truth;
pub mod unusual;
mod words;

pub use about::About;
pub use ends::Ends;
pub use evidence::{Evidence, Search};
pub use group::{Entry, Group, Groups, Kinds, Member};
pub use hybrid::{Facts, Finding, Findings, Kind, Target};
pub use rank::{Ranked, Ranking};
pub use threshold::{ScoreHistogram, Threshold};
pub use together::{Joined, Lone, Together};
pub use words::Words;
