//! Thresholds on scores that never need a retraining: one histogram of all scores answers them all.
//!
//! Scores lie in 0..1 and are counted in [`BINS`] equal bins, so that shards merge by addition and every worker count
//! gives the same answer. A threshold is a bin: a row is anomalous when its score's bin is at or above it.

use serde::{Deserialize, Serialize};

use super::knee::knee;

/// Bins of the histogram: scores that differ by less than 1/65,536 count as equal.
pub const BINS: usize = 1 << 16;

/// The bin of a score; NaN counts as the least abnormal.
pub fn bin_of(score: f32) -> u32 {
    ((score * BINS as f32) as u32).min(BINS as u32 - 1)
}

/// Rows that score alike, and highest, are anomalous together if they are one of so many at most.
const FEW: u64 = 10;

/// Counts of all rows by score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreHistogram {
    counts: Vec<u64>,
    rows: u64,
    /// `above[b]`: rows in bins at or above b; derived, so that a slider costs a look-up.
    above: Vec<u64>,
}

/// A cut between normal and anomalous rows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Rows whose score falls into this bin or a higher one are anomalous; [`BINS`] when none is.
    pub bin: u32,
    /// The lowest score of that bin.
    pub score: f32,
    /// How many rows are anomalous.
    pub rows: u64,
}

impl ScoreHistogram {
    /// Merges the counts of all shards; each is sparse, as (bin, rows).
    pub fn merge<'a>(partials: impl IntoIterator<Item = &'a [(u32, u64)]>) -> Self {
        let mut counts = vec![0_u64; BINS];
        for &(bin, rows) in partials.into_iter().flatten() {
            counts[(bin as usize).min(BINS - 1)] += rows;
        }
        let mut above = vec![0_u64; BINS + 1];
        for bin in (0..BINS).rev() {
            above[bin] = above[bin + 1] + counts[bin];
        }
        Self { rows: above[0], counts, above }
    }

    /// All rows that were scored.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Whether there are rows and all score alike, as those of a file whose rows are equal do.
    pub fn are_alike(&self) -> bool {
        self.range().is_some_and(|(low, high)| low == high)
    }

    /// Rows at or above a bin.
    pub fn rows_at_least(&self, bin: u32) -> u64 {
        self.above[(bin as usize).min(BINS)]
    }

    /// Share of rows that score lower, 0..=1; rows in the score's own bin count half.
    /// This is the calibrated form of a score: comparable between detectors and files.
    pub fn calibrated(&self, score: f32) -> f32 {
        if self.rows == 0 {
            return 0.0;
        }
        let bin = bin_of(score) as usize;
        let lower = self.rows - self.above[bin];
        ((lower as f64 + self.counts[bin] as f64 / 2.0) / self.rows as f64) as f32
    }

    /// The bin of the score that a share of the rows (0..=1) does not exceed; 0 without rows.
    pub fn quantile(&self, share: f64) -> u32 {
        let below = ((self.rows as f64 * share) as u64).min(self.rows.saturating_sub(1));
        // `above` falls with the bin: the last bin that still has more rows at or above it than are left.
        let left = self.rows - below;
        (self.above.partition_point(|&above| above >= left && above > 0) as u32).saturating_sub(1)
    }

    /// The threshold that calls a share of the rows anomalous (`contamination`, 0..=0.5), at least one row.
    ///
    /// Rows that score alike are all in or all out, whichever comes nearer to what was asked for: a file whose rows are all
    /// alike has no anomalies. Where nothing scores higher (votes have few scores) they are in as well if they are one in ten
    /// at most.
    pub fn by_contamination(&self, contamination: f64) -> Threshold {
        self.by_rows((self.rows as f64 * contamination).ceil() as u64)
    }

    /// The threshold that calls about so many rows anomalous, at least one; ties are as for [`Self::by_contamination`].
    pub fn by_rows(&self, wanted: u64) -> Threshold {
        let wanted = wanted.clamp(1, self.rows.max(1));
        if self.are_alike() || self.rows == 0 {
            // As the only row of a file is: nothing stands out.
            return self.at_bin(BINS as u32);
        }
        let first_within = self.above.partition_point(|&rows| rows > wanted) as u32;
        if self.rows_at_least(first_within) == wanted || first_within == 0 {
            return self.at_bin(first_within);
        }
        // The bin below holds the rows that tie with the last wanted one.
        let tied = self.rows_at_least(first_within - 1);
        let above = self.rows_at_least(first_within);
        let taken = tied - wanted <= wanted - above || above == 0 && tied <= self.rows / FEW;
        if taken { self.at_bin(first_within - 1) } else { self.at_bin(first_within) }
    }

    /// The threshold at a score.
    pub fn by_score(&self, score: f32) -> Threshold {
        self.at_bin(bin_of(score))
    }

    /// The threshold at a bin, moved up to the first bin that holds a row (or to [`BINS`]).
    pub fn at_bin(&self, bin: u32) -> Threshold {
        let rows = self.rows_at_least(bin);
        // `above` falls with the bin, so the last bin that still has all these rows is the first that holds one.
        let bin = if rows == 0 { BINS as u32 } else { self.above.partition_point(|&above| above >= rows) as u32 - 1 };
        Threshold { bin, score: bin as f32 / BINS as f32, rows }
    }

    /// The threshold above which rows stand apart from the others: at the knee of the curve of scores ([`super::knee`]).
    /// `None` where the curve is smooth, or more than a fifth of the rows would be anomalous.
    pub fn by_knee(&self) -> Option<Threshold> {
        let bins = (0..BINS as u32).rev().zip(self.counts.iter().rev().copied()).filter(|(_, rows)| *rows > 0);
        knee(bins, self.rows).map(|bin| self.at_bin(bin))
    }

    /// The lowest and the highest bin that hold a row.
    pub fn range(&self) -> Option<(u32, u32)> {
        let low = self.counts.iter().position(|&rows| rows > 0)?;
        let high = self.counts.iter().rposition(|&rows| rows > 0)?;
        Some((low as u32, high as u32))
    }

    /// Rows in `bars` equal bars between the lowest and the highest score, for drawing.
    pub fn bars(&self, bars: usize) -> Vec<u64> {
        let Some((low, high)) = self.range() else { return vec![0; bars] };
        let span = (high - low + 1) as usize;
        let edge = |bar: usize| low + (bar * span / bars) as u32;
        (0..bars).map(|bar| self.rows_at_least(edge(bar)) - self.rows_at_least(edge(bar + 1))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(scores: &[f32]) -> ScoreHistogram {
        let rows: Vec<_> = scores.iter().map(|&score| (bin_of(score), 1)).collect();
        ScoreHistogram::merge([rows.as_slice()])
    }

    #[test]
    fn contamination_takes_the_highest_rows_and_at_least_one() {
        let scores = histogram(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]);
        assert_eq!(scores.by_contamination(0.2).rows, 2);
        assert_eq!(scores.by_contamination(0.2).bin, bin_of(0.9));
        assert_eq!(scores.by_contamination(0.0).rows, 1);
        assert_eq!(scores.by_contamination(0.5).rows, 5);
    }

    #[test]
    fn so_many_rows_as_were_asked_for() {
        let scores = histogram(&[0.1, 0.2, 0.3, 0.4, 0.5]);
        assert_eq!([0, 2, 9].map(|wanted| scores.by_rows(wanted).rows), [1, 2, 5]);
    }

    #[test]
    fn ties_are_all_in_or_all_out() {
        let near = histogram(&[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9]);
        assert_eq!(near.by_contamination(0.2).rows, 3, "three rows tie for two places");
        let alike = histogram(&[0.5; 40]);
        assert_eq!(alike.by_contamination(0.05).rows, 0, "nothing stands out among equals");
        assert!(alike.are_alike() && !near.are_alike() && !histogram(&[]).are_alike());
    }

    #[test]
    fn calibrated_is_the_share_that_scores_lower() {
        let scores = histogram(&[0.1, 0.2, 0.3, 0.4]);
        assert!((scores.calibrated(0.4) - 0.875).abs() < 1e-6);
        assert!((scores.calibrated(0.99) - 1.0).abs() < 1e-6);
        assert!(scores.calibrated(0.05).abs() < 1e-6);
        assert!(histogram(&[]).calibrated(0.5).abs() < 1e-6);
    }

    #[test]
    fn merging_shards_in_any_order_is_the_same() {
        let (a, b) = ([(3, 2_u64), (9, 1)], [(3, 1_u64), (7, 5)]);
        assert_eq!(ScoreHistogram::merge([&a[..], &b[..]]), ScoreHistogram::merge([&b[..], &a[..]]));
    }

    #[test]
    fn bars_hold_every_row_once() {
        let scores = histogram(&[0.31, 0.32, 0.5, 0.77, 0.9]);
        for bars in [1, 2, 7, 50] {
            assert_eq!(scores.bars(bars).iter().sum::<u64>(), 5);
        }
    }

    #[test]
    fn thresholds_outside_of_all_scores() {
        let scores = histogram(&[0.4, 0.6]);
        assert_eq!(scores.by_score(0.9), Threshold { bin: BINS as u32, score: 1.0, rows: 0 });
        assert_eq!(scores.by_score(0.0).rows, 2);
        assert_eq!(scores.by_score(0.0).bin, bin_of(0.4));
        assert_eq!(histogram(&[]).by_contamination(0.05).rows, 0);
    }
}
