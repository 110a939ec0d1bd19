//! Features → scores. One file per detector, one trait.
//!
//! A detector is fitted once, on a sample ([`sample`]), in one place; the fitted [`Model`] is plain data that every shard
//! receives. Higher is more abnormal, for every detector. A score comes in three forms:
//!
//! | form | scale | from |
//! |---|---|---|
//! | raw | the detector's own; its documentation says how to read it | [`Detector::raw`] |
//! | unit | 0..=1, rises with the raw one; what histograms of scores are made of | [`Detector::score`] |
//! | calibrated | 0..=1, the share of rows that score lower; comparable between detectors | [`calibrated`], [`crate::finding::ScoreHistogram`] |
//!
//! None of them, and no threshold, needs a refit.
//!
//! What detectors make of odd input is the same for all: a missing value counts as the median of its column in the sample,
//! an infinite one as a number beyond all of the sample's, and a column that is the same in every row of the sample
//! contributes nothing, unless it is of a category: other files may have values that no row of the sample has
//! ([`sample::with_unseen`]). Fitting and scoring are functions of rows, parameters and seed alone.
//!
//! A new detector is a file beside [`isolation_forest`], a variant of [`Model`] and of [`Kind`], and an arm in
//! [`Model::detector`] and [`Model::fit`].

pub mod autoencoder;
pub mod blocks;
pub mod committee;
pub mod ensemble;
pub mod exp;
pub mod isolation_forest;
pub mod knn;
pub mod lof;
pub mod model;
pub mod neighbours;
pub mod network;
pub mod one_class_svm;
pub mod prepare;
pub mod progress;
pub mod rarity;
pub mod regions;
pub mod robust_z;
pub mod sample;
pub mod smo;
pub mod spread;
pub mod walk;
mod words;

pub use autoencoder::Autoencoder;
pub use committee::Committee;
pub use ensemble::Ensemble;
pub use isolation_forest::{ForestParams, IsolationForest};
pub use knn::Knn;
pub use lof::LocalOutlierFactor;
pub use model::{FitOptions, Kind, Model};
pub use one_class_svm::OneClassSvm;
pub use progress::{Cancelled, Progress, never_cancelled};
pub use rarity::Rarity;
pub use robust_z::RobustZ;
pub use spread::calibrated;

use crate::feature::Matrix;

/// Multiply-adds between two calls of a progress function: some ten milliseconds.
const TILE_WORK: usize = 20_000_000;
/// Most rows that are scored between two calls of a progress function.
const TILE_ROWS: usize = 4096;

/// What every fitted detector can do.
pub trait Detector {
    /// Number of features of a row.
    fn features(&self) -> usize;

    /// About how many multiply-adds it takes to score one row.
    fn work(&self) -> usize;

    /// Appends the raw score of each row of `values` (row by row, [`Self::features`] values each), in the detector's own
    /// scale. Higher is more abnormal. A row's score does not depend on the other rows.
    fn raw(&self, values: &[f32], scores: &mut Vec<f32>);

    /// A raw score's place in 0..=1; rises with the raw score.
    fn unit(&self, raw: f32) -> f32;

    /// Whether its parts fit together, so that rows can be scored: what was read from a file may be anything.
    fn is_sound(&self) -> bool;

    /// How much each feature pushed the score of one row up (positive) or down (negative), in a scale of the detector's own.
    fn attribute(&self, row: &[f32]) -> Vec<f32>;

    /// Appends the scores of the rows of a matrix, in order, as 0..=1. Higher is more abnormal.
    fn score(&self, rows: &Matrix, scores: &mut Vec<f32>) {
        let from = scores.len();
        self.raw(&rows.values, scores);
        for score in &mut scores[from..] {
            *score = self.unit(*score);
        }
    }

    /// The features that pushed the score of one row up, each with its share of all that did (0..=1), largest first.
    fn explain(&self, row: &[f32]) -> Vec<(usize, f32)> {
        let credits = self.attribute(row);
        let pushed: f64 = credits.iter().filter(|credit| **credit > 0.0).map(|&credit| f64::from(credit)).sum();
        let mut shares: Vec<(usize, f32)> = credits
            .iter()
            .enumerate()
            .filter(|(_, credit)| **credit > 0.0)
            .map(|(feature, &credit)| (feature, (f64::from(credit) / pushed) as f32))
            .collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        shares
    }
}

/// The raw scores of many rows (row by row, as for [`Detector::raw`]), with `progress` told in between.
pub fn raw_scores(detector: &dyn Detector, values: &[f32], progress: &mut Progress<'_>) -> Result<Vec<f32>, Cancelled> {
    let columns = detector.features();
    if columns == 0 {
        return Ok(Vec::new());
    }
    let rows = (TILE_WORK / detector.work().max(1)).clamp(1, TILE_ROWS);
    let mut scores = Vec::with_capacity(values.len() / columns);
    for tile in values.chunks(rows * columns) {
        detector.raw(tile, &mut scores);
        progress::tell(progress, scores.len() * columns, values.len())?;
    }
    Ok(scores)
}

#[cfg(test)]
mod tests;
