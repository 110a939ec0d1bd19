//! One-Class SVM: rows outside of the smallest region that holds most of the sample are anomalous.
//!
//! Schölkopf, Platt, Shawe-Taylor, Smola and Williamson, "Estimating the support of a high-dimensional distribution",
//! Neural Computation 2001, with the kernel exp(−γ‖x − y‖²) on standardised rows. γ is scikit-learn's `scale`: one over
//! the number of features times the variance of all standardised values. ν bounds the share of the sample that is outside.
//! The exact problem is solved ([`super::smo`]), on a sample of at most a given number of rows.
//!
//! The raw score is ln(ρ / f), where f is the weighted sum of kernels with the support vectors and ρ its value at the
//! boundary: 0 on the boundary, negative inside, without an upper bound outside. It orders rows as ρ − f does, and still
//! tells apart rows so far out that every kernel rounds to 0.
//!
//! It sees odd combinations of features and regions of any shape. It is wrong where anomalies are dense groups: they become
//! part of the region.

use serde::{Deserialize, Serialize};

use super::Detector;
use super::blocks::{Blocks, LANES};
use super::exp::exp_falling;
use super::knn::SPREAD_ROWS;
use super::prepare::Scaler;
use super::progress::{Cancelled, Progress, part};
use super::sample::{choose, take};
use super::smo;
use super::spread::Spread;
use crate::common::extreme::smaller;
use crate::feature::Matrix;

/// Rows against which all rows are compared to guess which will be outside.
const GUESS_ROWS: usize = 256;

/// Problems of at most so many rows are solved from where LIBSVM begins.
const AS_LIBSVM: usize = 4096;

/// Parameters under the paper's names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SvmParams {
    /// Most rows outside and least support vectors, as a share of the sample, above 0 and at most 1.
    pub nu: f64,
    /// Most rows that the problem is solved for; a larger sample is thinned.
    pub reference: usize,
    /// Seed of the choice of rows.
    pub seed: u64,
}

impl Default for SvmParams {
    fn default() -> Self {
        Self { nu: 0.1, reference: 4096, seed: 7 }
    }
}

/// A fitted detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneClassSvm {
    scaler: Scaler,
    gamma: f32,
    vectors: Blocks,
    /// Weight of each support vector, filled up with 0 to whole blocks; they sum to 1.
    weights: Vec<f32>,
    /// ln ρ, with ρ scaled as the weights are.
    boundary: f64,
    spread: Spread,
}

impl OneClassSvm {
    /// Fits to a sample.
    pub fn fit(sample: &Matrix, params: SvmParams, progress: &mut Progress<'_>) -> Result<Self, Cancelled> {
        let nu = if params.nu.is_finite() { params.nu.clamp(1e-6, 1.0) } else { 0.1 };
        let thinned = take(sample, &choose(sample.rows(), params.reference.max(1), params.seed));
        let scaler = Scaler::fit(&thinned);
        let rows = scaler.matrix(&thinned);
        let count = rows.rows();
        // The variance of all standardised values is the share of columns that vary.
        let gamma = 1.0 / scaler.varying().max(1) as f32;
        let identity: Vec<u32> = (0..count as u32).collect();
        let blocks = Blocks::new(&rows, &identity);
        let kernel = |row: usize, column: &mut Vec<f32>| {
            column.clear();
            column.reserve(blocks.count() * LANES);
            for block in 0..blocks.count() {
                column.extend(kernels(&blocks.squared_distances(block, rows.row(row)), gamma, 0.0));
            }
            column.truncate(count);
        };
        // LIBSVM begins with the first rows. In a small problem many rows end on the boundary, and which of them lies a
        // little more outside depends on the way there: the same way makes the same order. A large problem has few such
        // rows, and is solved in a tenth of the steps from a good guess.
        let order = if count <= AS_LIBSVM { identity.clone() } else { sparsest_first(&rows, gamma, params.seed) };
        let total = nu * count as f64;
        let solution = smo::solve(count, total, &order, &kernel, &mut part(progress, 0.0, 0.9))?;

        let support: Vec<u32> = identity.into_iter().filter(|&row| solution.alphas[row as usize] > 0.0).collect();
        let vectors = Blocks::new(&rows, &support);
        let mut weights: Vec<f32> = support.iter().map(|&row| (solution.alphas[row as usize] / total) as f32).collect();
        weights.resize(vectors.count() * LANES, 0.0);
        let boundary = libm::log((solution.rho / total.max(f64::MIN_POSITIVE)).max(f64::MIN_POSITIVE));
        let mut fitted = Self { scaler, gamma, vectors, weights, boundary, spread: Spread::of(&[]) };
        let probes = take(&thinned, &choose(count, SPREAD_ROWS, params.seed));
        let scores = super::raw_scores(&fitted, &probes.values, &mut part(progress, 0.9, 1.0))?;
        fitted.spread = Spread::of(&scores);
        Ok(fitted)
    }

    /// The raw score of a standardised row.
    fn outside(&self, scaled: &[f32], distances: &mut Vec<f32>) -> f32 {
        distances.clear();
        let mut nearest = [f32::INFINITY; LANES];
        for block in 0..self.vectors.count() {
            let squared = self.vectors.squared_distances(block, scaled);
            for (least, &squared) in nearest.iter_mut().zip(&squared) {
                *least = smaller(*least, squared);
            }
            distances.extend(squared);
        }
        let nearest = nearest.iter().copied().fold(f32::INFINITY, f32::min);
        if !nearest.is_finite() {
            return 0.0;
        }
        let (blocks, _) = distances.as_chunks::<LANES>();
        let (weights, _) = self.weights.as_chunks::<LANES>();
        let mut sums = [0.0_f32; LANES];
        for (squared, weights) in blocks.iter().zip(weights) {
            let kernels = kernels(squared, self.gamma, nearest);
            for ((sum, kernel), weight) in sums.iter_mut().zip(kernels).zip(weights) {
                *sum += kernel * weight;
            }
        }
        let sum: f64 = sums.iter().map(|&sum| f64::from(sum)).sum();
        let density = libm::log(sum.max(f64::MIN_POSITIVE)) - f64::from(self.gamma) * f64::from(nearest);
        (self.boundary - density) as f32
    }
}

/// exp(−γ(d − from)) of squared distances d, from 0 on for infinite ones.
fn kernels(squared: &[f32; LANES], gamma: f32, from: f32) -> [f32; LANES] {
    let mut kernels = [0.0; LANES];
    for (kernel, &squared) in kernels.iter_mut().zip(squared) {
        *kernel = exp_falling(gamma * (from - squared));
    }
    kernels
}

/// Rows in the order of their mean kernel with a few others, lowest first: about those that will end outside.
fn sparsest_first(rows: &Matrix, gamma: f32, seed: u64) -> Vec<u32> {
    let few = Blocks::new(rows, &choose(rows.rows(), GUESS_ROWS, seed));
    let mut density: Vec<(f32, u32)> = (0..rows.rows())
        .map(|row| {
            let mut sum = 0.0;
            for block in 0..few.count() {
                sum += kernels(&few.squared_distances(block, rows.row(row)), gamma, 0.0).iter().sum::<f32>();
            }
            (sum, row as u32)
        })
        .collect();
    density.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    density.into_iter().map(|(_, row)| row).collect()
}

impl Detector for OneClassSvm {
    fn features(&self) -> usize {
        self.scaler.columns()
    }

    fn work(&self) -> usize {
        self.vectors.rows() * (self.features() + 12)
    }

    fn raw(&self, values: &[f32], scores: &mut Vec<f32>) {
        let mut scaled = vec![0.0; self.features()];
        let mut distances = Vec::new();
        for row in values.chunks_exact(self.features().max(1)) {
            self.scaler.apply(row, &mut scaled);
            scores.push(self.outside(&scaled, &mut distances));
        }
    }

    fn unit(&self, raw: f32) -> f32 {
        self.spread.unit(raw)
    }

    fn is_sound(&self) -> bool {
        let weights = self.vectors.count() * LANES;
        self.scaler.is_sound()
            && self.vectors.is_sound()
            && self.vectors.columns == self.features()
            && self.weights.len() == weights
    }

    /// The squared differences to the support vectors, by feature, each vector weighted by its part in the row's kernels.
    fn attribute(&self, row: &[f32]) -> Vec<f32> {
        let mut scaled = vec![0.0; self.features()];
        self.scaler.apply(row, &mut scaled);
        let mut distances = Vec::new();
        self.outside(&scaled, &mut distances);
        let nearest = distances.iter().copied().fold(f32::INFINITY, f32::min);
        let mut credits = vec![0.0_f32; self.features()];
        for (vector, (&weight, &squared)) in self.weights.iter().zip(&distances).enumerate().take(self.vectors.rows()) {
            let kernel = weight * exp_falling(self.gamma * (nearest - squared));
            for (column, (credit, &value)) in credits.iter_mut().zip(&scaled).enumerate() {
                let distance = value - self.vectors.value(vector, column);
                *credit += kernel * distance * distance;
            }
        }
        credits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::never_cancelled;

    #[test]
    fn about_nu_of_the_sample_is_outside() {
        let mut values = Vec::new();
        for row in 0..400_u16 {
            let angle = f64::from(row) * 2.399_963;
            let radius = (f64::from(row) / 400.0).sqrt();
            values.extend([(radius * libm::cos(angle)) as f32, (radius * libm::sin(angle)) as f32]);
        }
        let rows = Matrix { columns: 2, values };
        for nu in [0.05, 0.1, 0.5] {
            let fitted =
                OneClassSvm::fit(&rows, SvmParams { nu, ..SvmParams::default() }, &mut never_cancelled).unwrap();
            let mut scores = Vec::new();
            fitted.raw(&rows.values, &mut scores);
            let outside = scores.iter().filter(|score| **score > 1e-3).count() as f64 / 400.0;
            assert!(outside <= nu + 1e-9 && outside > nu - 0.04, "{outside} of {nu}");
            scores.clear();
            fitted.raw(&[0.0, 0.0, 2.0, 0.0, 200.0, 0.0, 300.0, 0.0], &mut scores);
            assert!(
                scores[0] < 0.01 && scores[1] > 0.1 && scores[2] > scores[1] && scores[3] > scores[2],
                "{scores:?}"
            );
        }
    }
}
