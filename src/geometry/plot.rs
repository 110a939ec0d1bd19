//! The score plot: where its parts are, in CSS pixels, and what is under the pointer.

use crate::view::{PlotAxis, PlotGrid};

/// Where the drawing is within the canvas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left edge of the drawing area.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Frame {
    /// The drawing area of a canvas: room for score labels on the left and for time labels below.
    pub fn within(width: f64, height: f64) -> Self {
        let (left, top, right, bottom) = (44.0, 18.0, 12.0, 22.0);
        Self { left, top, width: (width - left - right).max(1.0), height: (height - top - bottom).max(1.0) }
    }

    /// Cells for a drawing area of this size: as fine as single rows can still be seen.
    pub fn bins(&self) -> (u32, u32) {
        let bins_x = (self.width / 4.0) as u32;
        let bins_y = (self.height / 4.0) as u32;
        (bins_x.clamp(8, 400), bins_y.clamp(8, 100))
    }

    /// Vertical position of a score.
    pub fn y_of(&self, score: f32, (low, high): (f32, f32)) -> f64 {
        let share = if high > low { f64::from((score - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
        self.top + self.height * (1.0 - share)
    }

    /// The score at a vertical position.
    pub fn score_at(&self, y: f64, (low, high): (f32, f32)) -> f32 {
        let share = 1.0 - ((y - self.top) / self.height).clamp(0.0, 1.0);
        low + (high - low) * share as f32
    }

    /// Horizontal position of a place on the axis.
    pub fn x_of(&self, position: i64, axis: PlotAxis) -> f64 {
        let (from, to) = ends(axis);
        let span = (i128::from(to) - i128::from(from)).max(1) as f64;
        let part = (i128::from(position) - i128::from(from)) as f64 / span;
        self.left + self.width * part.clamp(0.0, 1.0)
    }

    /// The cell (x, y) of a grid at a point, if the point is in the drawing area.
    pub fn cell_at(&self, x: f64, y: f64, grid: &PlotGrid) -> Option<(u32, u32)> {
        let across = (x - self.left) / self.width;
        let up = 1.0 - (y - self.top) / self.height;
        let inside = (0.0..=1.0).contains(&across) && (0.0..=1.0).contains(&up);
        inside.then(|| {
            let column = (across * f64::from(grid.bins_x)) as u32;
            let level = (up * f64::from(grid.bins_y)) as u32;
            (column.min(grid.bins_x - 1), level.min(grid.bins_y - 1))
        })
    }
}

/// First and last place of an axis, as positions.
pub fn ends(axis: PlotAxis) -> (i64, i64) {
    match axis {
        PlotAxis::Time(from, to) => (from, to),
        PlotAxis::Row(rows) => (0, i64::try_from(rows).unwrap_or(i64::MAX).max(1) - 1),
    }
}

/// The first place on the axis of a column.
pub fn start_of(column: u32, grid: &PlotGrid) -> i64 {
    let (from, to) = ends(grid.axis);
    let span = i128::from(to) - i128::from(from) + 1;
    let bins = i128::from(grid.bins_x);
    let offset = (i128::from(column) * span + bins - 1) / bins;
    i64::try_from(i128::from(from) + offset).unwrap_or(i64::MAX)
}

/// Scores at the lower and the upper edge of a row of cells.
pub fn scores_of(level: u32, grid: &PlotGrid) -> (f32, f32) {
    let (low, high) = grid.scores;
    let height = (high - low) / grid.bins_y as f32;
    (low + height * level as f32, low + height * (level + 1) as f32)
}

/// The cell with rows that is nearest to a cell, at most `reach` cells away, and its count: what a pointer means that is
/// a few pixels beside a mark.
pub fn nearest(grid: &PlotGrid, (x, y): (u32, u32), reach: u32) -> Option<(u32, u32, u32)> {
    let columns = x.saturating_sub(reach)..=(x + reach).min(grid.bins_x - 1);
    columns
        .flat_map(|column| {
            let levels = y.saturating_sub(reach)..=(y + reach).min(grid.bins_y - 1);
            levels.map(move |level| (column, level))
        })
        .filter_map(|(column, level)| {
            let count = grid.counts[(column * grid.bins_y + level) as usize];
            (count > 0).then_some((column, level, count))
        })
        .min_by_key(|&(column, level, _)| column.abs_diff(x).pow(2) + level.abs_diff(y).pow(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> PlotGrid {
        let mut grid = PlotGrid::empty(PlotAxis::Time(1000, 1999), 10, 4, (0.0, 1.0));
        grid.add(1550, 0.9);
        grid
    }

    #[test]
    fn a_point_finds_the_cell_it_was_drawn_in() {
        let frame = Frame::within(400.0, 200.0);
        let grid = grid();
        let (x, y) = (frame.x_of(1550, grid.axis), frame.y_of(0.9, grid.scores));
        assert_eq!(frame.cell_at(x, y, &grid), Some((5, 3)));
        assert_eq!(frame.cell_at(0.0, 0.0, &grid), None);
        assert!((frame.score_at(y, grid.scores) - 0.9).abs() < 1e-6);
    }

    #[test]
    fn columns_start_where_their_first_row_would_fall() {
        let grid = grid();
        for column in 0..10 {
            assert_eq!(grid.column(start_of(column, &grid)), Some(column));
        }
        assert_eq!(scores_of(3, &grid), (0.75, 1.0));
    }

    #[test]
    fn a_pointer_beside_a_mark_means_the_mark() {
        let grid = grid();
        assert_eq!(nearest(&grid, (4, 2), 2), Some((5, 3, 1)));
        assert_eq!(nearest(&grid, (1, 3), 2), None);
    }

    #[test]
    fn scores_without_a_range_stand_in_the_middle() {
        let frame = Frame::within(100.0, 100.0);
        assert!((frame.y_of(0.5, (0.5, 0.5)) - (frame.top + frame.height / 2.0)).abs() < 1e-9);
    }
}
