//! Autoencoder: rows that a narrow network can't reproduce are anomalous.
//!
//! Hawkins, He, Williams and Baxter, "Outlier detection using replicator neural networks", Data
//! Warehousing and Knowledge Discovery 2002. A dense network with
//! a bottleneck learns to give back the standardised rows of the sample. The raw score is the mean over the features that
//! vary of the squared error, each in units of that feature's usual squared error: about 1 for an ordinary row, without an
//! upper bound.
//!
//! Training stops when the error on rows that are kept from it no longer falls, or when its budget of arithmetic is used
//! up; the curve of both errors is kept.
//!
//! It sees broken relations between features. It is wrong on samples that are too small or too wild to learn from, and it
//! learns anomalies that are frequent.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::Detector;
use super::blocks::LANES;
use super::network::{Lane, Network};
use super::prepare::Scaler;
use super::progress::{Cancelled, Progress, tell};
use super::sample::{choose, take};
use super::spread::Spread;
use crate::common::hash::hash_pair;
use crate::feature::Matrix;

/// A standardised value counts as this at most, so that a single far one does not rule the training.
const CLIP: f32 = 5.0;
/// A row's squared error counts as this at most when a feature's usual error is measured.
const USUAL: f32 = 4.0;
/// Least usual error of a feature: what is learned exactly must not make a hair's breadth an anomaly.
const LEAST_USUAL: f64 = 0.01;
/// Share of the rows that is kept from training: one in so many.
const KEPT: usize = 10;
/// Weights × row visits that training takes at most.
const BUDGET: u64 = 2_000_000_000;
/// Epochs without a better error on the kept rows until training ends.
const PATIENCE: usize = 10;
/// An error is better when it is lower by this share.
const BETTER: f64 = 1e-3;

/// Parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AutoencoderParams {
    /// Most rows that are learned from; a larger sample is thinned.
    pub reference: usize,
    /// Most passes over the rows.
    pub epochs: usize,
    /// Adam's step size.
    pub rate: f32,
    /// Seed of all random choices.
    pub seed: u64,
}

impl Default for AutoencoderParams {
    fn default() -> Self {
        Self { reference: 16_384, epochs: 200, rate: 0.002, seed: 7 }
    }
}

/// Errors of one epoch, in squared standard deviations.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Mean squared error of the rows learned from.
    pub training: f32,
    /// Mean squared error of the rows kept from training.
    pub kept: f32,
}

/// A fitted detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Autoencoder {
    scaler: Scaler,
    network: Network,
    curve: Vec<Epoch>,
    /// One over the usual squared error of each feature, 0 for one that does not vary.
    usual: Vec<f32>,
    spread: Spread,
}

/// Sizes of the layers for a number of features that vary: wide, narrower, wide. The bottleneck leaves room for most of the
/// features, because what is left over is measured against what usually is.
fn sizes(columns: usize, varying: usize) -> [usize; 5] {
    let wide = varying.clamp(4, 48);
    let narrow = (varying * 7 / 10).clamp(1, 32);
    [columns, wide, narrow, wide, columns]
}

impl Autoencoder {
    /// Fits to a sample.
    pub fn fit(sample: &Matrix, params: AutoencoderParams, progress: &mut Progress<'_>) -> Result<Self, Cancelled> {
        let thinned = take(sample, &choose(sample.rows(), params.reference.max(1), params.seed));
        let scaler = Scaler::fit(&thinned);
        let rows = scaler.matrix(&thinned);
        let mut random = Pcg64Mcg::seed_from_u64(hash_pair(params.seed, 1));
        let sizes = sizes(scaler.columns(), scaler.varying());
        let mut network = Network::new(&sizes, hash_pair(params.seed, 2));
        let mut order: Vec<u32> = (0..rows.rows() as u32).collect();
        shuffle(&mut order, &mut random);
        let kept = order.split_off(order.len() - order.len() / KEPT);
        let mut training = network.training();
        let mut best = network.clone();
        let (mut least, mut since) = (f64::INFINITY, 0);
        let mut curve = Vec::new();
        let visit = network.weights() as u64 * rows.rows().next_multiple_of(LANES) as u64;
        let epochs = (params.epochs as u64).min(BUDGET / visit.max(1)).max(1) as usize;
        let mut tile = vec![[0.0; LANES]; scaler.columns()];
        let pause = (super::TILE_WORK / (network.weights() * LANES * 3).max(1)).max(1);
        for epoch in 0..epochs {
            shuffle(&mut order, &mut random);
            // Slower towards the end: the last steps settle.
            let rate = params.rate * (1.0 - 0.9 * epoch as f32 / epochs as f32);
            for (index, batch) in order.chunks(LANES).enumerate() {
                load(&rows, batch, &mut tile);
                network.learn(&tile, &tile, batch.len(), rate, &mut training);
                if index.is_multiple_of(pause) {
                    tell(progress, epoch * order.len() + index * LANES, epochs * order.len())?;
                }
            }
            let training_error = mean_error(&network, &rows, &order, &mut tile);
            let kept_error =
                if kept.is_empty() { training_error } else { mean_error(&network, &rows, &kept, &mut tile) };
            let per_value = rows.columns as f64 / scaler.varying().max(1) as f64;
            curve.push(Epoch { training: (training_error * per_value) as f32, kept: (kept_error * per_value) as f32 });
            if kept_error < least * (1.0 - BETTER) {
                (least, since) = (kept_error, 0);
                best.clone_from(&network);
            } else {
                since += 1;
                if since >= PATIENCE {
                    break;
                }
            }
        }
        let mut fitted =
            Self { scaler, network: best, curve, usual: vec![1.0; sample.columns], spread: Spread::of(&[]) };
        let probes = take(&thinned, &choose(thinned.rows(), super::knn::SPREAD_ROWS, params.seed));
        fitted.usual = fitted.usual_errors(&probes);
        let mut scores = Vec::new();
        fitted.raw(&probes.values, &mut scores);
        fitted.spread = Spread::of(&scores);
        Ok(fitted)
    }

    /// One over the mean squared error of each column, each error capped; 0 for a constant column.
    fn usual_errors(&self, rows: &Matrix) -> Vec<f32> {
        let mut tile = vec![[0.0; LANES]; rows.columns];
        let mut sums = vec![0.0_f64; rows.columns];
        for values in rows.values.chunks(LANES * rows.columns.max(1)) {
            let count = values.len() / rows.columns.max(1);
            for (sum, column) in sums.iter_mut().zip(self.errors(values, &mut tile)) {
                *sum += column[..count].iter().map(|error| f64::from(error.min(USUAL))).sum::<f64>();
            }
        }
        let count = rows.rows().max(1) as f64;
        let inverse = |(column, sum): (usize, &f64)| {
            if self.scaler.varies(column) { (1.0 / (sum / count + LEAST_USUAL)) as f32 } else { 0.0 }
        };
        sums.iter().enumerate().map(inverse).collect()
    }

    /// The errors by epoch, for drawing.
    pub fn curve(&self) -> &[Epoch] {
        &self.curve
    }

    /// Squared errors by column of a tile of rows, over the usual ones.
    fn errors(&self, values: &[f32], tile: &mut [Lane]) -> Vec<Lane> {
        let mut scaled = vec![0.0; self.features()];
        for (lane, row) in values.chunks_exact(self.features()).enumerate() {
            self.scaler.apply(row, &mut scaled);
            for (column, &value) in tile.iter_mut().zip(&scaled) {
                column[lane] = value;
            }
        }
        let mut output: Vec<Lane> = tile.to_vec();
        output.iter_mut().flatten().for_each(|value| *value = value.clamp(-CLIP, CLIP));
        self.network.forward(&mut output);
        for ((output, input), usual) in output.iter_mut().zip(tile).zip(&self.usual) {
            for (output, &mut input) in output.iter_mut().zip(input) {
                *output = (*output - input) * (*output - input) * usual;
            }
        }
        output
    }
}

fn shuffle(order: &mut [u32], random: &mut Pcg64Mcg) {
    for place in (1..order.len()).rev() {
        let other = random.random_range(0..=place as u32) as usize;
        order.swap(place, other);
    }
}

/// Puts rows into a tile, clipped.
fn load(rows: &Matrix, batch: &[u32], tile: &mut [Lane]) {
    for (lane, &row) in batch.iter().enumerate() {
        for (column, &value) in tile.iter_mut().zip(rows.row(row as usize)) {
            column[lane] = value.clamp(-CLIP, CLIP);
        }
    }
}

/// Mean squared error over rows and columns.
fn mean_error(network: &Network, rows: &Matrix, order: &[u32], tile: &mut [Lane]) -> f64 {
    let mut sum = 0.0;
    for batch in order.chunks(LANES) {
        load(rows, batch, tile);
        let mut output = tile.to_vec();
        network.forward(&mut output);
        for (output, input) in output.iter().zip(tile.iter()) {
            for (output, input) in output.iter().zip(input).take(batch.len()) {
                sum += f64::from((output - input) * (output - input));
            }
        }
    }
    sum / (order.len() * rows.columns).max(1) as f64
}

impl Detector for Autoencoder {
    fn features(&self) -> usize {
        self.scaler.columns()
    }

    fn work(&self) -> usize {
        self.network.weights()
    }

    fn raw(&self, values: &[f32], scores: &mut Vec<f32>) {
        let columns = self.features().max(1);
        let varying = self.scaler.varying().max(1) as f64;
        let mut tile = vec![[0.0; LANES]; self.features()];
        for rows in values.chunks(LANES * columns) {
            let errors = self.errors(rows, &mut tile);
            for lane in 0..rows.len() / columns {
                let sum: f64 = errors.iter().map(|column| f64::from(column[lane])).sum();
                scores.push((sum / varying) as f32);
            }
        }
    }

    fn unit(&self, raw: f32) -> f32 {
        self.spread.unit(raw)
    }

    fn is_sound(&self) -> bool {
        let columns = self.features();
        self.scaler.is_sound() && self.usual.len() == columns && self.network.maps(columns)
    }

    /// The squared error of each feature, over its usual one.
    fn attribute(&self, row: &[f32]) -> Vec<f32> {
        if self.features() == 0 {
            return Vec::new();
        }
        let mut tile = vec![[0.0; LANES]; self.features()];
        self.errors(row, &mut tile).iter().map(|column| column[0]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::never_cancelled;

    /// Rows whose third value is the sum of the first two.
    fn related(rows: usize) -> Matrix {
        let mut random = Pcg64Mcg::seed_from_u64(5);
        let mut matrix = Matrix::new(3);
        for _ in 0..rows {
            let (a, b): (f32, f32) = (random.random(), random.random());
            matrix.push(&[a, b, a + b]);
        }
        matrix
    }

    #[test]
    fn a_broken_relation_is_found_and_the_curve_falls() {
        let rows = related(600);
        let fitted = Autoencoder::fit(&rows, AutoencoderParams::default(), &mut never_cancelled).unwrap();
        let curve = fitted.curve();
        assert!(curve.len() > 5 && curve[curve.len() - 1].kept < curve[0].kept / 4.0, "{curve:?}");
        let mut scores = Vec::new();
        // Each value by itself is ordinary; together they are not.
        fitted.raw(&[0.3, 0.4, 0.7, 0.3, 0.4, 1.5], &mut scores);
        assert!(scores[1] > 5.0 * scores[0], "{scores:?}");
    }

    #[test]
    fn very_wide_rows_are_learned_within_the_budget() {
        let mut random = Pcg64Mcg::seed_from_u64(5);
        let rows = Matrix { columns: 10_000, values: (0..80_000).map(|_| random.random()).collect() };
        let params = AutoencoderParams { epochs: 2, ..AutoencoderParams::default() };
        let fitted = Autoencoder::fit(&rows, params, &mut never_cancelled).unwrap();
        let mut scores = Vec::new();
        fitted.raw(&rows.values, &mut scores);
        assert!(scores.len() == 8 && scores.iter().all(|score| score.is_finite()));
    }
}
