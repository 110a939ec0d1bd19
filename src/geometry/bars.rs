//! Rows over time as stacked bars: heights, and what a brush over them means.

use crate::record::Level;
use crate::view::TimeHistogram;
use crate::view::histogram::LEVELS;

/// Kinds of rows that are told apart by colour: those that don't matter, warnings, errors, and worse.
pub const KINDS: usize = 4;

/// Least height of what matters, in pixels: a single error has to be seen beside a million rows.
const LEAST: f64 = 2.0;

fn kind(level: usize) -> usize {
    match Level::ALL.get(level) {
        Some(Level::Warn) => 1,
        Some(Level::Error) => 2,
        Some(Level::Critical | Level::Fatal) => 3,
        _ => 0,
    }
}

/// Rows of a bar by kind.
pub fn kinds(histogram: &TimeHistogram, bar: usize) -> [u64; KINDS] {
    let mut kinds = [0; KINDS];
    let levels = histogram.counts.chunks_exact(LEVELS).nth(bar).unwrap_or(&[]);
    for (level, &rows) in levels.iter().enumerate() {
        kinds[kind(level)] += u64::from(rows);
    }
    kinds
}

/// Heights of a bar's kinds in pixels, where `most` rows are `height` pixels. Any rows at all are seen.
pub fn heights(kinds: [u64; KINDS], most: u64, height: f64) -> [f64; KINDS] {
    let mut heights = kinds.map(|rows| match rows {
        0 => 0.0,
        rows => (rows as f64 / most.max(1) as f64 * height).max(LEAST),
    });
    // What the least heights took is given back by the most frequent.
    let over = (heights.iter().sum::<f64>() - height).max(0.0);
    if let Some(highest) = heights.iter_mut().max_by(|a, b| a.total_cmp(b)) {
        *highest = (*highest - over).max(LEAST.min(*highest));
    }
    heights
}

/// The bar at a horizontal position.
pub fn bar_at(histogram: &TimeHistogram, x: f64, width: f64) -> usize {
    let bars = histogram.bars();
    let bar = (x / width.max(1.0) * bars as f64).max(0.0) as usize;
    bar.min(bars.saturating_sub(1))
}

/// The times (first and last nanosecond) of the bars between two positions, in any order.
pub fn brushed(histogram: &TimeHistogram, from: f64, to: f64, width: f64) -> (i64, i64) {
    let (low, high) = if from <= to { (from, to) } else { (to, from) };
    (histogram.span(bar_at(histogram, low, width)).0, histogram.span(bar_at(histogram, high, width)).1)
}

/// The length of a bar in words: `1 s`, `15 min`.
pub fn length(step: i64) -> String {
    let units = [
        (7 * 86_400_000_000_000, "weeks"),
        (86_400_000_000_000, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "min"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "µs"),
    ];
    let unit = units.into_iter().find(|(unit, _)| step >= *unit && step % unit == 0);
    match unit {
        Some((unit, "weeks")) if step == unit => "1 week".to_owned(),
        Some((unit, name)) => format!("{} {name}", step / unit),
        None => format!("{step} ns"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000_000;

    fn histogram() -> TimeHistogram {
        let mut histogram = TimeHistogram::empty(0, 10 * SECOND - 1, 10);
        for (second, level) in
            [(0, Level::Info), (0, Level::Error), (3, Level::Warn), (3, Level::Fatal), (9, Level::Unknown)]
        {
            histogram.add(Some(second * SECOND), level as u8);
        }
        histogram
    }

    #[test]
    fn levels_are_kinds() {
        let histogram = histogram();
        assert_eq!(histogram.bars(), 10);
        assert_eq!(kinds(&histogram, 0), [1, 0, 1, 0]);
        assert_eq!(kinds(&histogram, 3), [0, 1, 0, 1]);
        assert_eq!(kinds(&histogram, 9), [1, 0, 0, 0]);
        assert_eq!(kinds(&histogram, 99), [0; 4]);
    }

    #[test]
    fn a_single_error_is_seen_and_no_bar_is_higher_than_its_room() {
        let seen = heights([1_000_000, 0, 1, 0], 1_000_001, 40.0);
        assert!((seen[2] - LEAST).abs() < 1e-9);
        assert!(seen.iter().sum::<f64>() <= 40.0 + 1e-9);
        assert!(heights([0; 4], 0, 40.0).iter().all(|height| height.abs() < 1e-9));
        assert!((heights([5, 5, 0, 0], 10, 40.0)[0] - 20.0).abs() < 1e-9);
    }

    #[test]
    fn a_brush_means_whole_bars_whichever_way_it_went() {
        let histogram = histogram();
        assert_eq!(brushed(&histogram, 31.0, 55.0, 100.0), (3 * SECOND, 6 * SECOND - 1));
        assert_eq!(brushed(&histogram, 55.0, 31.0, 100.0), (3 * SECOND, 6 * SECOND - 1));
        assert_eq!(brushed(&histogram, -5.0, 500.0, 100.0), (0, 10 * SECOND - 1));
        assert_eq!(bar_at(&histogram, 100.0, 100.0), 9);
    }

    #[test]
    fn bars_have_lengths_that_people_say() {
        for (step, text) in
            [(1_000, "1 µs"), (SECOND / 2, "500 ms"), (15 * SECOND, "15 s"), (900 * SECOND, "15 min"), (7, "7 ns")]
        {
            assert_eq!(length(step), text);
        }
        assert_eq!(length(7 * 86_400 * SECOND), "1 week");
        assert_eq!(length(21 * 86_400 * SECOND), "3 weeks");
    }
}
