//! Rows that no tree of a forest tells apart have one score: it is worked out for the first of them and remembered.
//!
//! A tree only asks whether a value is above a threshold. So all that a forest sees of a value is how many of the thresholds
//! for its feature lie below it, and rows that are alike in that, feature by feature, take the same way down every tree.
//! Logs repeat themselves: of millions of rows, most are in a region that was met before. Where few are (measurements do not
//! repeat themselves), looking for a row's region is time lost, and is left alone for a while.

use super::Detector;
use crate::feature::Matrix;

/// Bits of the number of regions that are remembered.
const SLOT_BITS: u32 = 16;
/// Bits of the number of values of a feature whose place is remembered.
const RECENT_BITS: u32 = 6;
/// No region has this key.
const NO_KEY: u64 = u64::MAX;
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
/// After so many rows it is seen whether their regions were worth looking for.
const TRIAL: usize = 1 << 15;
/// They were if one row in so many was in a region that was met before.
const WORTH: usize = 4;
/// If not, so many rows are scored without.
const PAUSE: usize = 1 << 19;

/// The regions of one forest, and the scores of those that were met last.
#[derive(Clone, Debug)]
pub struct Regions {
    axes: Vec<Axis>,
    scores: Vec<(u64, f32)>,
    /// Rows of this trial, and how many of them were in a region that was met before.
    tried: usize,
    met: usize,
    /// Rows until the next trial.
    pause: usize,
}

/// What a forest sees of one feature.
#[derive(Clone, Debug)]
struct Axis {
    /// The thresholds, ascending.
    limits: Vec<f32>,
    /// What one threshold adds to a key.
    stride: u64,
    /// What stands in for a missing value.
    missing: f32,
    /// Values, as their bits, and what they add to a key: a stride for each threshold that they are above.
    recent: Vec<(u32, u64)>,
}

impl Regions {
    /// Regions by the thresholds of each feature, in any order, and what stands in for its missing values. `None` if there
    /// are too many to number them.
    pub fn new(features: Vec<(Vec<f32>, f32)>) -> Option<Self> {
        let mut stride = 1_u64;
        let mut axes = Vec::new();
        for (mut limits, missing) in features {
            limits.sort_by(f32::total_cmp);
            limits.dedup();
            let next = stride.checked_mul(limits.len() as u64 + 1)?;
            let mut axis = Axis { limits, stride, missing, recent: Vec::new() };
            // Any value will do that is where it belongs.
            axis.recent = vec![(0, axis.share(0.0)); 1 << RECENT_BITS];
            axes.push(axis);
            stride = next;
        }
        Some(Self { axes, scores: vec![(NO_KEY, 0.0); 1 << SLOT_BITS], tried: 0, met: 0, pause: 0 })
    }

    /// [`Detector::score`] of the forest that the regions are of.
    pub fn score(&mut self, forest: &dyn Detector, rows: &Matrix, scores: &mut Vec<f32>) {
        if self.pause > 0 {
            self.pause = self.pause.saturating_sub(rows.rows());
            return forest.score(rows, scores);
        }
        let mut new = Matrix::new(rows.columns);
        let mut places = Vec::new();
        for row in rows.values.chunks_exact(rows.columns.max(1)) {
            let key = self.key(row);
            let slot = (key.wrapping_mul(MIX) >> (64 - SLOT_BITS)) as usize;
            let (known, score) = self.scores[slot];
            if known != key {
                new.push(row);
                places.push((scores.len(), slot, key));
            }
            scores.push(score);
        }
        self.tried += rows.rows();
        self.met += rows.rows() - places.len();
        if self.tried >= TRIAL {
            if self.met * WORTH < self.tried {
                self.pause = PAUSE;
            }
            (self.tried, self.met) = (0, 0);
        }
        let mut found = Vec::with_capacity(places.len());
        forest.score(&new, &mut found);
        for ((place, slot, key), score) in places.into_iter().zip(found) {
            scores[place] = score;
            self.scores[slot] = (key, score);
        }
    }

    fn key(&mut self, row: &[f32]) -> u64 {
        let mut key = 0;
        for (axis, &value) in self.axes.iter_mut().zip(row) {
            let bits = value.to_bits();
            let slot = (u64::from(bits).wrapping_mul(MIX) >> (64 - RECENT_BITS)) as usize;
            let (known, mut share) = axis.recent[slot];
            if known != bits {
                share = axis.share(if value.is_nan() { axis.missing } else { value });
                axis.recent[slot] = (bits, share);
            }
            key += share;
        }
        key
    }
}

impl Axis {
    /// What a value adds to a key.
    fn share(&self, value: f32) -> u64 {
        self.stride * self.limits.partition_point(|limit| value > *limit) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::hash::hash_pair;
    use crate::detect::{ForestParams, IsolationForest, never_cancelled};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn scores_are_those_of_the_forest(
            rows in prop::collection::vec((0..4_u8, prop::option::of(-1.0..1.0_f32)), 2..300), batch in 1..100_usize,
        ) {
            let mut matrix = Matrix::new(2);
            for (a, b) in rows {
                matrix.push(&[f32::from(a), b.unwrap_or(f32::NAN)]);
            }
            matrix.push(&[f32::INFINITY, -0.0]);
            matrix.push(&[f32::NEG_INFINITY, 0.0]);
            let params = ForestParams { trees: 10, subsample: 64, seed: 3 };
            let forest = IsolationForest::fit(&matrix, params, [&[]; 2], &mut never_cancelled).unwrap();
            let mut regions = forest.regions().unwrap();
            let mut expected = Vec::new();
            forest.score(&matrix, &mut expected);
            for _ in 0..2 {
                let mut scores = Vec::new();
                for values in matrix.values.chunks(2 * batch) {
                    regions.score(&forest, &Matrix { columns: 2, values: values.to_vec() }, &mut scores);
                }
                prop_assert_eq!(&scores, &expected);
            }
        }
    }

    #[test]
    fn rows_that_do_not_repeat_score_the_same_without_regions() {
        let count = 3 * TRIAL;
        let values = (0..count as u64).flat_map(|row| [1, 2].map(|seed| (hash_pair(row, seed) >> 40) as f32));
        let matrix = Matrix { columns: 2, values: values.collect() };
        let params = ForestParams { trees: 20, subsample: 256, seed: 3 };
        let forest = IsolationForest::fit(&matrix, params, [&[]; 2], &mut never_cancelled).unwrap();
        let mut regions = forest.regions().unwrap();
        let (mut scores, mut expected) = (Vec::new(), Vec::new());
        for (number, values) in matrix.values.chunks(2 * 4096).enumerate() {
            assert_eq!(regions.pause > 0, number * 4096 >= TRIAL, "{number}");
            regions.score(&forest, &Matrix { columns: 2, values: values.to_vec() }, &mut scores);
        }
        forest.score(&matrix, &mut expected);
        assert_eq!(scores, expected);
        // The next trial, with rows that do repeat.
        regions.pause = 1;
        let row = Matrix { columns: 2, values: matrix.values[..2].to_vec() };
        (0..=TRIAL).for_each(|_| regions.score(&forest, &row, &mut scores));
        assert_eq!(regions.pause, 0);
    }

    #[test]
    fn too_many_regions_are_none() {
        let axis = || ((0..1 << 16).map(|n| n as f32).collect(), 0.0);
        assert!(Regions::new((0..3).map(|_| axis()).collect()).is_some());
        assert!(Regions::new((0..4).map(|_| axis()).collect()).is_none());
    }
}
