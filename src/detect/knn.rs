//! k-nearest-neighbour distance: rows that are far from their neighbours are anomalous.
//!
//! Ramaswamy, Rastogi and Shim, "Efficient algorithms for mining outliers from large data sets", SIGMOD 2000. The raw score
//! is the Euclidean distance, in standard deviations of the columns, to the k-th nearest row of a reference: 0 for a row
//! that more than k others are equal to, without an upper bound.
//!
//! It sees what is far from everything, also in combinations of features. It is wrong where clusters are of different
//! density (see [`super::lof`]) and where anomalies come in groups of more than k.

use serde::{Deserialize, Serialize};

use super::Detector;
use super::neighbours::{MOST_NEIGHBOURS, Neighbour, Space};
use super::progress::{Cancelled, Progress, tell};
use super::sample::choose;
use super::spread::Spread;
use crate::feature::Matrix;

/// Parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnnParams {
    /// Which neighbour's distance is the score, at least 1.
    pub k: usize,
    /// Most rows of the reference; a larger sample is thinned.
    pub reference: usize,
    /// Seed of the choice of the reference.
    pub seed: u64,
}

impl Default for KnnParams {
    fn default() -> Self {
        Self { k: 5, reference: 4096, seed: 7 }
    }
}

/// A fitted detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Knn {
    space: Space,
    k: usize,
    spread: Spread,
}

/// Rows of the reference that say how raw scores are spread.
pub(super) const SPREAD_ROWS: usize = 2048;

impl Knn {
    /// Fits to a sample.
    pub fn fit(sample: &Matrix, params: KnnParams, progress: &mut Progress<'_>) -> Result<Self, Cancelled> {
        let (space, rows, _) = Space::fit(sample, params.reference, params.seed);
        tell(progress, 1, 10)?;
        let mut fitted = Self { space, k: params.k.max(1), spread: Spread::of(&[]) };
        let probes = choose(rows.rows(), SPREAD_ROWS, params.seed);
        let mut scores = Vec::with_capacity(probes.len());
        let mut found = Vec::new();
        for &row in &probes {
            fitted.space.reference.others(rows.row(row as usize), fitted.k, &mut found);
            scores.push(distance(&found));
            if scores.len().is_multiple_of(64) {
                tell(progress, scores.len(), probes.len())?;
            }
        }
        fitted.spread = Spread::of(&scores);
        Ok(fitted)
    }
}

/// The distance of the farthest of some neighbours.
fn distance(found: &[Neighbour]) -> f32 {
    found.last().map_or(0.0, |farthest| farthest.squared.sqrt())
}

impl Detector for Knn {
    fn features(&self) -> usize {
        self.space.features()
    }

    fn work(&self) -> usize {
        self.space.work()
    }

    fn raw(&self, values: &[f32], scores: &mut Vec<f32>) {
        self.space.each(values, self.k, &mut |found| scores.push(distance(found)));
    }

    fn unit(&self, raw: f32) -> f32 {
        self.spread.unit(raw)
    }

    fn is_sound(&self) -> bool {
        self.space.is_sound() && self.k < MOST_NEIGHBOURS
    }

    /// The squared differences to the neighbours, by feature.
    fn attribute(&self, row: &[f32]) -> Vec<f32> {
        self.space.attribute(row, self.k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::never_cancelled;

    #[test]
    fn scores_are_distances_to_the_kth_other_row() {
        // Mean 3, standard deviation 2.
        let rows = Matrix { columns: 1, values: vec![0.0, 2.0, 4.0, 6.0, 3.0, 1.0, 5.0] };
        let fitted = Knn::fit(&rows, KnnParams { k: 2, ..KnnParams::default() }, &mut never_cancelled).unwrap();
        let mut scores = Vec::new();
        fitted.raw(&[0.0, 3.0, 9.0], &mut scores);
        let expected = [2.0, 1.0, 4.0].map(|distance: f32| distance / 2.0);
        assert!(scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-5), "{scores:?}");
    }

    #[test]
    fn a_thinned_reference_is_no_larger_than_asked() {
        let rows = Matrix { columns: 1, values: (0..1000_u16).map(f32::from).collect() };
        let fitted = Knn::fit(&rows, KnnParams { reference: 100, ..KnnParams::default() }, &mut never_cancelled);
        assert_eq!(fitted.unwrap().space.reference.rows(), 100);
    }
}
