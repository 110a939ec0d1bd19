//! Score over time as a grid of counts: any number of rows, one size, merged by addition.

use serde::{Deserialize, Serialize};

/// What the horizontal axis of the plot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlotAxis {
    /// Nanoseconds since the Unix epoch, from `.0` to `.1` (both included). Rows without a time are left out.
    Time(i64, i64),
    /// Row index, from 0 to `.0` (excluded), where the data has no usable time.
    Row(u64),
}

/// Counts of rows by (position, score). Cell `(x, y)` is `counts[x * bins_y + y]`; y grows with the score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlotGrid {
    /// What x means.
    pub axis: PlotAxis,
    /// Cells along x.
    pub bins_x: u32,
    /// Cells along the score.
    pub bins_y: u32,
    /// Scores at the lower and the upper edge of the grid.
    pub scores: (f32, f32),
    /// Rows per cell, `bins_x * bins_y` of them.
    pub counts: Vec<u32>,
}

impl PlotGrid {
    /// A grid without rows.
    pub fn empty(axis: PlotAxis, bins_x: u32, bins_y: u32, scores: (f32, f32)) -> Self {
        let cells = bins_x as usize * bins_y as usize;
        Self { axis, bins_x, bins_y, scores, counts: vec![0; cells] }
    }

    /// The column of a position on the axis, `None` outside of it.
    pub fn column(&self, position: i64) -> Option<u32> {
        let (from, to) = match self.axis {
            PlotAxis::Time(from, to) => (from, to),
            PlotAxis::Row(rows) => (0, i64::try_from(rows).ok()?.max(1) - 1),
        };
        if position < from || position > to {
            return None;
        }
        let span = i128::from(to) - i128::from(from) + 1;
        let offset = i128::from(position) - i128::from(from);
        Some((offset * i128::from(self.bins_x) / span) as u32)
    }

    /// The row of cells of a score; scores outside the edges fall into the outermost cells.
    pub fn level(&self, score: f32) -> u32 {
        let (low, high) = self.scores;
        let share = if high > low { (score - low) / (high - low) } else { 0.5 };
        ((share * self.bins_y as f32) as u32).min(self.bins_y - 1)
    }

    /// Counts one row.
    pub fn add(&mut self, position: i64, score: f32) {
        if let Some(x) = self.column(position) {
            let cell = x * self.bins_y + self.level(score);
            self.counts[cell as usize] += 1;
        }
    }

    /// Adds the counts of another shard's grid of the same layout.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_fall_into_equal_cells_and_the_edges_belong_to_the_grid() {
        let grid = PlotGrid::empty(PlotAxis::Time(100, 199), 10, 4, (0.0, 1.0));
        assert_eq!(grid.column(100), Some(0));
        assert_eq!(grid.column(109), Some(0));
        assert_eq!(grid.column(110), Some(1));
        assert_eq!(grid.column(199), Some(9));
        assert_eq!(grid.column(200), None);
        assert_eq!(grid.level(0.0), 0);
        assert_eq!(grid.level(1.0), 3);
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let grid = PlotGrid::empty(PlotAxis::Time(i64::MIN, i64::MAX), 1000, 4, (0.0, 1.0));
        assert_eq!(grid.column(i64::MIN), Some(0));
        assert_eq!(grid.column(i64::MAX), Some(999));
    }
}
