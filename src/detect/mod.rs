//! Features → scores. One file per detector, one trait.
//!
//! A detector is fitted once, on a sample ([`sample`]), in one place; the fitted [`Model`] is plain data that every shard
//! receives. Higher is more abnormal, for every detector, and raw scores lie in 0..=1. Their calibrated form (the share of
//! rows that score lower) and every threshold come from [`crate::finding::ScoreHistogram`], so neither needs a refit.
//!
//! A new detector is a file beside [`isolation_forest`], a variant of [`Model`], and an arm in each `match` here.

pub mod isolation_forest;
pub mod sample;

use serde::{Deserialize, Serialize};

pub use isolation_forest::{ForestParams, IsolationForest};

use crate::feature::Matrix;

/// What every fitted detector can do.
pub trait Detector {
    /// Scores the rows of a matrix, in order. Higher is more abnormal; 0..=1.
    fn score(&self, rows: &Matrix, scores: &mut Vec<f32>);

    /// How much each feature pushed the score of one row up (positive) or down (negative), in a scale of the detector's own.
    fn attribute(&self, row: &[f32]) -> Vec<f32>;
}

/// A fitted detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Model {
    /// Liu, Ting and Zhou, 2008.
    IsolationForest(IsolationForest),
}

impl Model {
    /// The detector.
    pub fn detector(&self) -> &dyn Detector {
        match self {
            Self::IsolationForest(forest) => forest,
        }
    }
}
