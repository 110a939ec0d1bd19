//! Rows in blocks of [`LANES`], column by column inside a block: distances to all rows of a block are the same few
//! operations on neighbouring values, which a compiler turns into SIMD. Each distance is summed in the order of the columns,
//! so that it is the same on every platform.

use serde::{Deserialize, Serialize};

use crate::feature::Matrix;

/// Rows of a block.
pub const LANES: usize = 32;

/// Rows in blocks. The last block is filled up with rows at an infinite distance.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Blocks {
    /// Number of columns.
    pub columns: usize,
    rows: usize,
    /// Value of lane l in column c of block b at `(b * columns + c) * LANES + l`.
    values: Vec<f32>,
}

impl Blocks {
    /// The rows of a matrix in a given order (indices of rows; each at most once for a reference, but any will do).
    pub fn new(rows: &Matrix, order: &[u32]) -> Self {
        let blocks = order.len().div_ceil(LANES);
        let mut values = vec![f32::INFINITY; blocks * rows.columns * LANES];
        for (place, &row) in order.iter().enumerate() {
            let first = place / LANES * rows.columns * LANES + place % LANES;
            for (column, &value) in rows.row(row as usize).iter().enumerate() {
                values[first + column * LANES] = value;
            }
        }
        Self { columns: rows.columns, rows: order.len(), values }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of blocks.
    pub fn count(&self) -> usize {
        self.rows.div_ceil(LANES)
    }

    /// As [`super::Detector::is_sound`]: all values are there, and what fills the last block up is infinitely far away.
    pub fn is_sound(&self) -> bool {
        let Some(width) = self.columns.checked_mul(LANES) else { return false };
        let is_all = Some(self.values.len()) == self.count().checked_mul(width);
        let used = self.rows % LANES;
        let last = self.values.get(self.values.len().saturating_sub(width)..).unwrap_or_default();
        let is_beyond = |lane: &[f32]| lane[used..].iter().all(|value| value.is_infinite());
        is_all && (used == 0 || last.chunks_exact(LANES).all(is_beyond))
    }

    /// Squared Euclidean distances from a point to the rows of a block; infinite beyond the last row.
    pub fn squared_distances(&self, block: usize, point: &[f32]) -> [f32; LANES] {
        let mut sums = [0.0_f32; LANES];
        let width = self.columns * LANES;
        let (lanes, _) = self.values[block * width..][..width].as_chunks::<LANES>();
        for (lane, &value) in lanes.iter().zip(point) {
            for (sum, &other) in sums.iter_mut().zip(lane) {
                let distance = value - other;
                *sum += distance * distance;
            }
        }
        sums
    }

    /// Value of a row in a column.
    pub fn value(&self, row: usize, column: usize) -> f32 {
        self.values[(row / LANES * self.columns + column) * LANES + row % LANES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_rows() {
        let rows = Matrix { columns: 3, values: (0..150_u8).map(f32::from).collect() };
        let order: Vec<u32> = (0..50).rev().collect();
        let blocks = Blocks::new(&rows, &order);
        assert_eq!((blocks.rows(), blocks.count()), (50, 2));
        let point = [1.0, 5.0, 2.0];
        for block in 0..2 {
            let distances = blocks.squared_distances(block, &point);
            for (lane, &distance) in distances.iter().enumerate() {
                let place = block * LANES + lane;
                let Some(&row) = order.get(place) else {
                    assert!(distance.is_infinite());
                    continue;
                };
                let pairs = rows.row(row as usize).iter().zip(&point);
                let expected: f32 = pairs.map(|(a, b)| (a - b) * (a - b)).sum();
                assert!((distance - expected).abs() < 1e-3);
                assert!((blocks.value(place, 1) - rows.row(row as usize)[1]).abs() < 1e-9);
            }
        }
    }
}
