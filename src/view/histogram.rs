//! Rows over time by level: what is drawn above the table, and what a brush on it means.

use serde::{Deserialize, Serialize};

use crate::record::Level;

/// Levels, [`Level::Unknown`] included.
pub const LEVELS: usize = Level::ALL.len();

const SECOND: i64 = 1_000_000_000;
/// Lengths of a bar that a person can name, in nanoseconds.
const STEPS: [i64; 30] = [
    1_000,
    10_000,
    100_000,
    1_000_000,
    2_000_000,
    5_000_000,
    10_000_000,
    20_000_000,
    50_000_000,
    100_000_000,
    200_000_000,
    500_000_000,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    60 * SECOND,
    2 * 60 * SECOND,
    5 * 60 * SECOND,
    10 * 60 * SECOND,
    15 * 60 * SECOND,
    30 * 60 * SECOND,
    3600 * SECOND,
    2 * 3600 * SECOND,
    6 * 3600 * SECOND,
    12 * 3600 * SECOND,
    24 * 3600 * SECOND,
    7 * 24 * 3600 * SECOND,
];

/// Counts of rows by (time, level). Bars begin at multiples of their length since the epoch, in UTC.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeHistogram {
    /// Start of the first bar, nanoseconds since the epoch.
    pub start: i64,
    /// Length of a bar in nanoseconds, at least 1.
    pub step: i64,
    /// `counts[bar * LEVELS + level]`.
    pub counts: Vec<u32>,
    /// Rows without a time, or outside of the bars.
    pub outside: u64,
}

impl TimeHistogram {
    /// An empty histogram of at most `bars` bars (or four, where that is more) that covers times from `from` to `to`, both included.
    pub fn empty(from: i64, to: i64, bars: u32) -> Self {
        // Fewer could not hold a moment before and one after the epoch with steps that fit an i64.
        let bars = i128::from(bars.max(4));
        let (low, high) = (i128::from(from), i128::from(to.max(from)));
        let fits = |step: i128| high.div_euclid(step) - low.div_euclid(step) < bars;
        let longest = i128::from(STEPS[STEPS.len() - 1]);
        let named = STEPS.into_iter().map(i128::from).find(|&step| fits(step));
        // Longer than any step with a name: as many of the longest as it takes.
        let step = named.unwrap_or_else(|| {
            let mut step = ((high - low) / bars).div_euclid(longest).max(1) * longest;
            while !fits(step) {
                step += longest;
            }
            step
        });
        let count = high.div_euclid(step) - low.div_euclid(step) + 1;
        let start = i64::try_from(low.div_euclid(step) * step).unwrap_or(i64::MIN);
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        Self { start, step, counts: vec![0; count as usize * LEVELS], outside: 0 }
    }

    /// Number of bars.
    pub fn bars(&self) -> usize {
        self.counts.len() / LEVELS
    }

    /// First and last nanosecond of a bar: the times that a brush over it asks for.
    pub fn span(&self, bar: usize) -> (i64, i64) {
        let from = self.start.saturating_add(self.step.saturating_mul(i64::try_from(bar).unwrap_or(i64::MAX)));
        (from, from.saturating_add(self.step - 1))
    }

    /// Counts one row. `time` is `None` where the row has none; `level` as a number.
    #[inline]
    pub fn add(&mut self, time: Option<i64>, level: u8) {
        // A difference of two times may not fit an i64; as u64 it does.
        let bar =
            time.filter(|&time| time >= self.start).map(|time| time.wrapping_sub(self.start) as u64 / self.step as u64);
        let place = bar.and_then(|bar| usize::try_from(bar).ok()?.checked_mul(LEVELS)?.checked_add(level.into()));
        match place.and_then(|place| self.counts.get_mut(place)) {
            Some(count) => *count += 1,
            None => self.outside += 1,
        }
    }

    /// Adds the counts of another shard's histogram of the same bars.
    pub fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(mine, theirs)| *mine += theirs);
        self.outside += other.outside;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_begin_at_round_times_and_cover_all_of_them() {
        let hour = 3600 * SECOND;
        let day = TimeHistogram::empty(5 * hour + 17, 29 * hour, 60);
        assert_eq!((day.start, day.step, day.bars()), (5 * hour, hour / 2, 49));
        let moment = TimeHistogram::empty(7, 7, 100);
        assert_eq!(moment.bars(), 1);
        assert_eq!(TimeHistogram::empty(10, 5, 100).bars(), 1, "times the wrong way round");
        for (from, to) in [(i64::MIN, i64::MAX), (0, i64::MAX), (-1, 0), (i64::MIN, i64::MIN + 1)] {
            for bars in [0, 1, 2, 50, 1000] {
                let mut all = TimeHistogram::empty(from, to, bars);
                assert!(all.bars() <= bars.max(4) as usize, "{from} {to} {bars}: {}", all.bars());
                all.add(Some(from), 1);
                all.add(Some(to), 8);
                assert_eq!((all.outside, all.counts.iter().sum::<u32>()), (0, 2), "{from} {to} {bars}");
            }
        }
    }

    #[test]
    fn rows_fall_into_bars_and_shards_add_up() {
        let mut histogram = TimeHistogram::empty(0, 10 * SECOND, 11);
        assert_eq!(histogram.bars(), 11);
        for (time, level) in
            [(Some(0), 3), (Some(SECOND - 1), 3), (Some(SECOND), 6), (Some(-1), 3), (None, 3), (Some(i64::MAX), 3)]
        {
            histogram.add(time, level);
        }
        assert_eq!((histogram.counts[3], histogram.counts[LEVELS + 6], histogram.outside), (2, 1, 3));
        assert_eq!(histogram.span(1), (SECOND, 2 * SECOND - 1));
        let mut twice = histogram.clone();
        twice.merge(&histogram);
        assert_eq!((twice.counts[3], twice.outside), (4, 6));
    }
}
