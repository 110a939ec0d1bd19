//! What detectors do to rows before they measure distances: fill, standardise.

use serde::{Deserialize, Serialize};

use crate::common::extreme::{larger, smaller};
use crate::feature::Matrix;

/// A standardised value lies this many standard deviations from the mean at most, so that its square stays finite.
const MOST: f64 = 1e6;

/// The median of each column's numbers (0 without any): what stands in for a missing value.
pub fn medians(rows: &Matrix) -> Vec<f32> {
    let mut values = Vec::with_capacity(rows.rows());
    (0..rows.columns)
        .map(|column| {
            values.clear();
            values.extend(rows.values.iter().skip(column).step_by(rows.columns).filter(|value| value.is_finite()));
            median(&mut values)
        })
        .collect()
}

/// The value in the middle, the upper one of two; 0 of none. Changes the order.
pub fn median(values: &mut [f32]) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    // The place that `feature::matrix::quantile` takes.
    let middle = ((values.len() - 1) as f64 * 0.5).round() as usize;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

/// Makes finite numbers of rows: a missing value is the median of its column in the sample, an infinite one lies beyond the
/// sample's finite numbers by their range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Filler {
    medians: Vec<f32>,
    /// What stands in for −∞ and ∞ in each column.
    beyond: Vec<(f32, f32)>,
}

impl Filler {
    /// The filler of a sample.
    pub fn fit(sample: &Matrix) -> Self {
        let mut ranges = vec![(f32::INFINITY, f32::NEG_INFINITY); sample.columns];
        for row in sample.values.chunks_exact(sample.columns.max(1)) {
            for ((least, most), &value) in ranges.iter_mut().zip(row) {
                if value.is_finite() {
                    (*least, *most) = (smaller(*least, value), larger(*most, value));
                }
            }
        }
        let finite = |value: f64| value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
        let beyond = ranges.into_iter().map(|(least, most)| {
            let (least, most) = if least <= most { (f64::from(least), f64::from(most)) } else { (0.0, 0.0) };
            let range = if least < most { most - least } else { most.abs().max(1.0) };
            (finite(least - range), finite(most + range))
        });
        Self { medians: medians(sample), beyond: beyond.collect() }
    }

    /// A column's value as a finite number.
    pub fn fill(&self, column: usize, value: f32) -> f32 {
        if value.is_finite() {
            value
        } else if value.is_nan() {
            self.medians[column]
        } else if value > 0.0 {
            self.beyond[column].1
        } else {
            self.beyond[column].0
        }
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.medians.len()
    }

    /// As [`super::Detector::is_sound`].
    pub fn is_sound(&self) -> bool {
        self.beyond.len() == self.medians.len()
    }
}

/// Standardises rows as the training sample was: mean 0 and standard deviation 1 by column. Columns that are constant in
/// the sample become 0 for every row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    filler: Filler,
    means: Vec<f64>,
    /// One over the standard deviation of the sample (divided by n, not n − 1); 0 for a constant column.
    inverse: Vec<f64>,
}

impl Scaler {
    /// The scaler of a sample.
    pub fn fit(sample: &Matrix) -> Self {
        let filler = Filler::fit(sample);
        let rows = sample.rows().max(1) as f64;
        let columns = sample.columns.max(1);
        let mut means = vec![0.0_f64; sample.columns];
        let mut least = vec![f32::INFINITY; sample.columns];
        let mut most = vec![f32::NEG_INFINITY; sample.columns];
        for row in sample.values.chunks_exact(columns) {
            for (column, &value) in row.iter().enumerate() {
                let value = filler.fill(column, value);
                means[column] += f64::from(value) / rows;
                least[column] = smaller(least[column], value);
                most[column] = larger(most[column], value);
            }
        }
        let mut variances = vec![0.0_f64; sample.columns];
        for row in sample.values.chunks_exact(columns) {
            for (column, &value) in row.iter().enumerate() {
                let distance = f64::from(filler.fill(column, value)) - means[column];
                variances[column] += distance * distance / rows;
            }
        }
        let varies = least.iter().zip(&most).map(|(least, most)| least < most);
        let inverse = variances
            .iter()
            .zip(varies)
            .map(|(&variance, varies)| if varies && variance > 0.0 { 1.0 / variance.sqrt() } else { 0.0 })
            .collect();
        Self { filler, means, inverse }
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.means.len()
    }

    /// As [`super::Detector::is_sound`].
    pub fn is_sound(&self) -> bool {
        let columns = self.columns();
        self.filler.is_sound() && self.filler.columns() == columns && self.inverse.len() == columns
    }

    /// Whether a column varies in the sample.
    pub fn varies(&self, column: usize) -> bool {
        self.inverse[column] > 0.0
    }

    /// Number of columns that vary in the sample.
    pub fn varying(&self) -> usize {
        self.inverse.iter().filter(|inverse| **inverse > 0.0).count()
    }

    /// Writes one standardised row.
    pub fn apply(&self, row: &[f32], into: &mut [f32]) {
        for (column, (out, &value)) in into.iter_mut().zip(row).enumerate() {
            let value = f64::from(self.filler.fill(column, value));
            *out = ((value - self.means[column]) * self.inverse[column]).clamp(-MOST, MOST) as f32;
        }
    }

    /// Standardised rows of a matrix.
    pub fn matrix(&self, rows: &Matrix) -> Matrix {
        let mut scaled = Matrix { columns: rows.columns, values: vec![0.0; rows.values.len()] };
        let columns = rows.columns.max(1);
        for (row, into) in rows.values.chunks_exact(columns).zip(scaled.values.chunks_exact_mut(columns)) {
            self.apply(row, into);
        }
        scaled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_mean_0_and_deviation_1() {
        let rows = Matrix { columns: 2, values: vec![1.0, 5.0, 3.0, 5.0, 5.0, 5.0] };
        let scaler = Scaler::fit(&rows);
        let scaled = scaler.matrix(&rows);
        let step = 1.5_f32.sqrt();
        assert_eq!(scaled.values, [-step, 0.0, 0.0, 0.0, step, 0.0]);
        assert_eq!(scaler.varying(), 1);
    }

    #[test]
    fn odd_values_become_numbers() {
        let (nan, inf) = (f32::NAN, f32::INFINITY);
        let rows = Matrix { columns: 3, values: vec![1.0, nan, 1.0, nan, nan, inf, 3.0, nan, -inf, 7.0, nan, 2.0] };
        assert_eq!(medians(&rows), [3.0, 0.0, 2.0]);
        let scaled = Scaler::fit(&rows).matrix(&rows);
        assert!(scaled.values.iter().all(|value| value.is_finite()), "{scaled:?}");
        assert!(scaled.row(1)[2] > 1.0 && scaled.row(2)[2] < -1.0);
        let nothing = Scaler::fit(&Matrix::new(0));
        assert!(nothing.matrix(&Matrix::new(0)).values.is_empty());
    }

    #[test]
    fn a_far_row_stays_finite() {
        let rows = Matrix { columns: 1, values: vec![0.0, 1e-30] };
        let mut out = [0.0];
        Scaler::fit(&rows).apply(&[f32::MAX], &mut out);
        assert!((out[0] - 1e6).abs() < 1.0);
    }
}
