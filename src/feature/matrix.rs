//! A dense matrix of f32, row by row.

use serde::{Deserialize, Serialize};

/// `rows × columns` values; row `r` is `values[r * columns..][..columns]`.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Matrix {
    /// Number of columns.
    pub columns: usize,
    /// The values.
    pub values: Vec<f32>,
}

impl Matrix {
    /// A matrix without rows.
    pub fn new(columns: usize) -> Self {
        Self { columns, values: Vec::new() }
    }

    /// Number of rows; 0 for a matrix without columns.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.columns).unwrap_or(0)
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// Appends one row.
    pub fn push(&mut self, row: &[f32]) {
        self.values.extend_from_slice(row);
    }

    /// The values of a column in ascending order, without missing ones.
    pub fn sorted_column(&self, column: usize) -> Vec<f32> {
        let mut values: Vec<f32> =
            (0..self.rows()).map(|row| self.row(row)[column]).filter(|value| !value.is_nan()).collect();
        values.sort_unstable_by(f32::total_cmp);
        values
    }
}

/// The value at a share (0..=1) of sorted values; NaN of none.
pub fn quantile(sorted: &[f32], share: f64) -> f32 {
    match sorted.len() {
        0 => f32::NAN,
        length => sorted[((length - 1) as f64 * share).round() as usize],
    }
}
