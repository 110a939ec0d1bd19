//! Local Outlier Factor: rows in sparser surroundings than their neighbours' are anomalous.
//!
//! Breunig, Kriegel, Ng and Sander, "LOF: identifying density-based local outliers", SIGMOD 2000, scored against a
//! reference. The reachability distance from a row to a neighbour is their distance, at least the neighbour's own distance
//! to its k-th neighbour; the local reachability density is one over the mean of it; the raw score is the mean density of
//! the k neighbours over the row's own: about 1 inside of a cluster, 2 where the row's surroundings are half as dense as
//! its neighbours', without an upper bound.
//!
//! It sees what is odd for its own cluster, which distances alone do not. It is wrong where anomalies come in groups of more
//! than k, and erratic where many rows are equal: k equal neighbours make a density of 10¹⁰.

use serde::{Deserialize, Serialize};

use super::Detector;
use super::knn::SPREAD_ROWS;
use super::neighbours::{MOST_NEIGHBOURS, Neighbour, Space};
use super::progress::{Cancelled, Progress, tell};
use super::sample::choose;
use super::spread::Spread;
use crate::feature::Matrix;

/// Keeps the density of a row with k equal neighbours finite; scikit-learn's value.
const LEAST_DISTANCE: f64 = 1e-10;

/// Parameters under the paper's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LofParams {
    /// Number of neighbours (`MinPts` in the paper), at least 1.
    pub k: usize,
    /// Most rows of the reference; a larger sample is thinned.
    pub reference: usize,
    /// Seed of the choice of the reference.
    pub seed: u64,
}

impl Default for LofParams {
    fn default() -> Self {
        Self { k: 20, reference: 4096, seed: 7 }
    }
}

/// A fitted detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocalOutlierFactor {
    space: Space,
    k: usize,
    /// Distance of each reference row to its k-th neighbour.
    reach: Vec<f32>,
    /// Local reachability density of each reference row.
    density: Vec<f32>,
    spread: Spread,
}

impl LocalOutlierFactor {
    /// Fits to a sample.
    pub fn fit(sample: &Matrix, params: LofParams, progress: &mut Progress<'_>) -> Result<Self, Cancelled> {
        let (space, rows, order) = Space::fit(sample, params.reference, params.seed);
        tell(progress, 1, 100)?;
        let k = params.k.max(1);
        let mut fitted = Self { space, k, reach: Vec::new(), density: Vec::new(), spread: Spread::of(&[]) };
        // The neighbours of every reference row, in the reference's order; fewer than k in a small sample.
        let mut found = Vec::new();
        let mut all: Vec<Neighbour> = Vec::with_capacity(order.len() * k.min(order.len()));
        let mut ends = Vec::with_capacity(order.len());
        let pause = (super::TILE_WORK / fitted.work().max(1)).max(1);
        for (place, &row) in order.iter().enumerate() {
            fitted.space.reference.others(rows.row(row as usize), k, &mut found);
            fitted.reach.push(found.last().map_or(0.0, |farthest| farthest.squared.sqrt()));
            all.extend_from_slice(&found);
            ends.push(all.len());
            if place.is_multiple_of(pause) {
                tell(progress, place, order.len())?;
            }
        }
        let neighbours = |place: usize| &all[place.checked_sub(1).map_or(0, |before| ends[before])..ends[place]];
        fitted.density = (0..order.len()).map(|place| fitted.density_of(neighbours(place)) as f32).collect();
        let probes = choose(order.len(), SPREAD_ROWS, params.seed);
        let scores: Vec<f32> = probes.iter().map(|&place| fitted.factor(neighbours(place as usize))).collect();
        fitted.spread = Spread::of(&scores);
        Ok(fitted)
    }

    /// Local reachability density of a point with these neighbours.
    fn density_of(&self, neighbours: &[Neighbour]) -> f64 {
        let reach = neighbours.iter().map(|other| f64::from(other.squared.sqrt().max(self.reach[other.row as usize])));
        1.0 / (reach.sum::<f64>() / neighbours.len().max(1) as f64 + LEAST_DISTANCE)
    }

    /// The raw score of a point with these neighbours; 1 without any.
    fn factor(&self, neighbours: &[Neighbour]) -> f32 {
        if neighbours.is_empty() {
            return 1.0;
        }
        let theirs: f64 = neighbours.iter().map(|other| f64::from(self.density[other.row as usize])).sum();
        (theirs / neighbours.len() as f64 / self.density_of(neighbours)) as f32
    }
}

impl Detector for LocalOutlierFactor {
    fn features(&self) -> usize {
        self.space.features()
    }

    fn work(&self) -> usize {
        self.space.work()
    }

    fn raw(&self, values: &[f32], scores: &mut Vec<f32>) {
        self.space.each(values, self.k, &mut |found| scores.push(self.factor(found)));
    }

    fn unit(&self, raw: f32) -> f32 {
        self.spread.unit(raw)
    }

    fn is_sound(&self) -> bool {
        let rows = self.space.reference.rows();
        self.space.is_sound() && self.k < MOST_NEIGHBOURS && self.reach.len() == rows && self.density.len() == rows
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
    fn factors_are_those_of_scikit_learn() {
        // LocalOutlierFactor(n_neighbors=2).fit(StandardScaler().fit_transform(x)).negative_outlier_factor_
        let values = vec![0.0, 1.0, 2.5, 3.0, 4.5, 20.0];
        let expected = [1.166_666_7, 1.166_666_7, 0.803_571_4, 1.083_333_3, 1.083_333_3, 9.285_714];
        let rows = Matrix { columns: 1, values };
        let params = LofParams { k: 2, ..LofParams::default() };
        let fitted = LocalOutlierFactor::fit(&rows, params, &mut never_cancelled).unwrap();
        let mut scores = Vec::new();
        fitted.raw(&rows.values, &mut scores);
        assert!(scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-3), "{scores:?}");
    }

    #[test]
    fn a_row_beside_a_dense_cluster_is_odd_where_distances_are_not() {
        // A dense cluster, a sparse one, and a row that is as far from the dense one as sparse rows are from each other.
        let mut rows = Matrix::new(2);
        for row in 0..20_u8 {
            for column in 0..20_u8 {
                rows.push(&[f32::from(row) / 50.0, f32::from(column) / 50.0]);
                rows.push(&[f32::from(row) + 20.0, f32::from(column)]);
            }
        }
        let fitted = LocalOutlierFactor::fit(&rows, LofParams::default(), &mut never_cancelled).unwrap();
        let mut scores = Vec::new();
        fitted.raw(&[1.4, 0.2, 30.5, 10.5], &mut scores);
        assert!(scores[0] > 3.0 && (0.8..1.2).contains(&scores[1]), "{scores:?}");
    }
}
