//! How well scores find rows that are known to be anomalous.
//!
//! Definitions are scikit-learn's: rows that score alike are one step of a curve, average precision is the sum of
//! precision × gain in recall over the steps (not an interpolated area), and the ROC-AUC is the share of (anomalous,
//! normal) pairs in which the anomalous row scores higher, ties counted half.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::threshold::BINS;

/// Rows by what they are and what they were called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Confusion {
    /// Anomalous, called anomalous.
    pub true_positives: u64,
    /// Normal, called anomalous.
    pub false_positives: u64,
    /// Normal, called normal.
    pub true_negatives: u64,
    /// Anomalous, called normal.
    pub false_negatives: u64,
}

/// One step of a curve: the rows that score at least a threshold are called anomalous.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The threshold.
    pub threshold: f32,
    /// What it gives.
    pub confusion: Confusion,
}

impl Confusion {
    /// Counts calls against the truth; pairs beyond the shorter list are left out.
    pub fn of(called: &[bool], anomalous: &[bool]) -> Self {
        let mut confusion = Self::default();
        for pair in called.iter().zip(anomalous) {
            match pair {
                (true, true) => confusion.true_positives += 1,
                (true, false) => confusion.false_positives += 1,
                (false, false) => confusion.true_negatives += 1,
                (false, true) => confusion.false_negatives += 1,
            }
        }
        confusion
    }

    /// Counts of rows that score at least a threshold against the truth.
    pub fn at(threshold: f32, scores: &[f32], anomalous: &[bool]) -> Self {
        let called: Vec<bool> = scores.iter().map(|&score| score >= threshold).collect();
        Self::of(&called, anomalous)
    }

    /// Share of the rows called anomalous that are; 0 when none was called so.
    pub fn precision(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_positives)
    }

    /// Share of the anomalous rows that were called so; 0 when there are none.
    pub fn recall(&self) -> f64 {
        share(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// Share of the normal rows that were called anomalous; 0 when there are none.
    pub fn false_positive_rate(&self) -> f64 {
        share(self.false_positives, self.false_positives + self.true_negatives)
    }

    /// Harmonic mean of precision and recall; 0 when both are.
    pub fn f1(&self) -> f64 {
        share(2 * self.true_positives, 2 * self.true_positives + self.false_positives + self.false_negatives)
    }
}

fn share(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

/// The counts at every threshold that tells rows apart, from the highest score down. The last step calls every row
/// anomalous; nothing without rows. A score that is not a number counts as the lowest.
pub fn steps(scores: &[f32], anomalous: &[bool]) -> Vec<Step> {
    let mut rows: Vec<(f32, bool)> = scores
        .iter()
        .zip(anomalous)
        .map(|(&score, &anomalous)| (if score.is_nan() { f32::NEG_INFINITY } else { score + 0.0 }, anomalous))
        .collect();
    rows.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let positives = rows.iter().filter(|row| row.1).count() as u64;
    let negatives = rows.len() as u64 - positives;
    let mut counts = [0_u64; 2];
    rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq())
        .map(|alike| {
            for row in alike {
                counts[usize::from(row.1)] += 1;
            }
            let [false_positives, true_positives] = counts;
            let confusion = Confusion {
                true_positives,
                false_positives,
                true_negatives: negatives - false_positives,
                false_negatives: positives - true_positives,
            };
            Step { threshold: alike[0].0, confusion }
        })
        .collect()
}

/// [`steps`] of rows that are counted by the bin of their score, as (bin, ordinary rows, anomalous rows) with ascending bins.
pub fn steps_of_bins(bins: &[(u32, u64, u64)]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::with_capacity(bins.len());
    let (mut false_positives, mut true_positives) = (0, 0);
    let (negatives, positives) = bins.iter().fold((0, 0), |sum, bin| (sum.0 + bin.1, sum.1 + bin.2));
    for &(bin, ordinary, anomalous) in bins.iter().rev() {
        false_positives += ordinary;
        true_positives += anomalous;
        let confusion = Confusion {
            true_positives,
            false_positives,
            true_negatives: negatives - false_positives,
            false_negatives: positives - true_positives,
        };
        steps.push(Step { threshold: bin as f32 / BINS as f32, confusion });
    }
    steps
}

/// The counts of such rows where those from a bin on are called anomalous.
pub fn at_bin(bins: &[(u32, u64, u64)], from: u32) -> Confusion {
    let mut confusion = Confusion::default();
    for &(bin, ordinary, anomalous) in bins {
        if bin >= from {
            confusion.false_positives += ordinary;
            confusion.true_positives += anomalous;
        } else {
            confusion.true_negatives += ordinary;
            confusion.false_negatives += anomalous;
        }
    }
    confusion
}

/// From which of these bins on a detector calls about so many rows anomalous: as near to it as rows that score alike allow.
/// Those that score highest are called, however many they are, unless nothing scores lower: a detector that calls no row
/// could not be compared.
pub fn bin_that_calls(bins: &[(u32, u64, u64)], rows: u64) -> u32 {
    let several = bins.iter().filter(|bin| bin.1 + bin.2 > 0).nth(1).is_some();
    let (mut called, mut from) = (0_u64, bins.last().map_or(0, |bin| bin.0.saturating_add(1)));
    for &(bin, ordinary, anomalous) in bins.iter().rev() {
        let before = if called == 0 && rows > 0 && several { u64::MAX } else { called.abs_diff(rows) };
        called += ordinary + anomalous;
        match called.abs_diff(rows).cmp(&before) {
            Ordering::Less => from = bin,
            Ordering::Equal => {}
            Ordering::Greater => break,
        }
    }
    from
}

/// A number that rises with a raw score, for counts of rows: scores that differ by less than 3 in 100,000 of themselves have
/// the same. NaN counts as the lowest.
pub fn step_of(raw: f32) -> u32 {
    let bits = if raw.is_nan() { f32::NEG_INFINITY } else { raw + 0.0 }.to_bits();
    (if bits >> 31 == 0 { bits | 1 << 31 } else { !bits }) >> 8
}

/// The lowest raw score of a [`step_of`].
pub fn raw_of(step: u32) -> f32 {
    let bits = step << 8;
    f32::from_bits(if bits >> 31 == 1 { bits & !(1 << 31) } else { !bits })
}

/// The ROC curve as (false positive rate, recall), from (0, 0) to (1, 1).
pub fn roc_curve(steps: &[Step]) -> Vec<(f64, f64)> {
    let points = steps.iter().map(|step| (step.confusion.false_positive_rate(), step.confusion.recall()));
    std::iter::once((0.0, 0.0)).chain(points).collect()
}

/// The precision-recall curve as (recall, precision), from (0, 1) to a recall of 1.
pub fn precision_recall_curve(steps: &[Step]) -> Vec<(f64, f64)> {
    let points = steps.iter().map(|step| (step.confusion.recall(), step.confusion.precision()));
    std::iter::once((0.0, 1.0)).chain(points).collect()
}

/// The area under the ROC curve; `None` unless there are both anomalous and normal rows.
pub fn roc_auc(steps: &[Step]) -> Option<f64> {
    let last = steps.last()?.confusion;
    let (positives, negatives) = (last.true_positives, last.false_positives);
    if positives == 0 || negatives == 0 {
        return None;
    }
    let mut twice = 0_u128;
    let mut before = Confusion::default();
    for step in steps {
        let now = step.confusion;
        let width = now.false_positives - before.false_positives;
        twice += u128::from(width) * u128::from(now.true_positives + before.true_positives);
        before = now;
    }
    Some(twice as f64 / 2.0 / (positives as f64 * negatives as f64))
}

/// The average precision; `None` without anomalous rows.
pub fn average_precision(steps: &[Step]) -> Option<f64> {
    let positives = steps.last()?.confusion.true_positives;
    if positives == 0 {
        return None;
    }
    let mut before = 0;
    let gains = steps.iter().map(|step| {
        let gain = step.confusion.true_positives - before;
        before = step.confusion.true_positives;
        step.confusion.precision() * gain as f64
    });
    Some(gains.sum::<f64>() / positives as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(scores: &[f32], anomalous: &[u8], auc: Option<f64>, precision: Option<f64>) {
        let truth: Vec<bool> = anomalous.iter().map(|&label| label == 1).collect();
        let steps = steps(scores, &truth);
        let near = |found: Option<f64>, expected: Option<f64>| match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-12,
            (found, expected) => found == expected,
        };
        assert!(near(roc_auc(&steps), auc), "{:?}", roc_auc(&steps));
        assert!(near(average_precision(&steps), precision), "{:?}", average_precision(&steps));
    }

    #[test]
    fn figures_are_those_of_scikit_learn() {
        // roc_auc_score and average_precision_score.
        check(&[0.1, 0.4, 0.35, 0.8], &[0, 0, 1, 1], Some(0.75), Some(5.0 / 6.0));
        check(&[0.5, 0.5, 0.5, 0.5], &[0, 1, 0, 1], Some(0.5), Some(0.5));
        check(&[0.9, 0.9, 0.2, 0.1, 0.1], &[1, 0, 0, 1, 0], Some(0.5), Some(0.45));
        check(&[0.9, 0.8, 0.1], &[1, 1, 0], Some(1.0), Some(1.0));
        check(&[0.1, 0.2], &[0, 0], None, None);
        check(&[0.1, 0.2], &[1, 1], None, Some(1.0));
        check(&[], &[], None, None);
    }

    #[test]
    fn counts_and_rates() {
        let truth = [true, true, false, false, true];
        let confusion = Confusion::at(0.5, &[0.9, 0.4, 0.5, 0.1, 0.7], &truth);
        assert_eq!(
            confusion,
            Confusion { true_positives: 2, false_positives: 1, true_negatives: 1, false_negatives: 1 }
        );
        let figures = [confusion.precision(), confusion.recall(), confusion.f1(), confusion.false_positive_rate()];
        for (figure, expected) in figures.into_iter().zip([2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, 0.5]) {
            assert!((figure - expected).abs() < 1e-12);
        }
        let nothing = Confusion::of(&[], &[]);
        assert!(nothing.precision() + nothing.recall() + nothing.f1() <= 0.0);
    }

    #[test]
    fn curves_begin_and_end_where_they_must() {
        let steps = steps(&[0.9, 0.9, 0.2, f32::NAN], &[true, false, true, false]);
        assert_eq!(roc_curve(&steps), [(0.0, 0.0), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]);
        assert_eq!(precision_recall_curve(&steps), [(0.0, 1.0), (0.5, 0.5), (1.0, 2.0 / 3.0), (1.0, 0.5)]);
    }

    proptest! {
        #[test]
        fn bins_tell_what_their_rows_tell(rows in prop::collection::vec((0_u32..9, any::<bool>()), 0..60), from in 0_u32..10) {
            let mut bins: Vec<(u32, u64, u64)> = Vec::new();
            for bin in 0..9 {
                let count = |wanted| rows.iter().filter(|row| **row == (bin, wanted)).count() as u64;
                bins.extend(Some((bin, count(false), count(true))).filter(|bin| bin.1 + bin.2 > 0));
            }
            let score = |bin: u32| bin as f32 / BINS as f32;
            let scores: Vec<f32> = rows.iter().map(|row| score(row.0)).collect();
            let truth: Vec<bool> = rows.iter().map(|row| row.1).collect();
            prop_assert_eq!(steps_of_bins(&bins), steps(&scores, &truth));
            prop_assert_eq!(at_bin(&bins, from), Confusion::at(score(from), &scores, &truth));
        }

        #[test]
        fn steps_rise_with_raw_scores(a in any::<f32>(), b in any::<f32>()) {
            if a <= b {
                prop_assert!(step_of(a) <= step_of(b));
            }
            prop_assert!(step_of(f32::NAN) <= step_of(a));
            let near = raw_of(step_of(a));
            prop_assert!(a.is_nan() || !a.is_finite() || a.abs() < f32::MIN_POSITIVE || (near - a).abs() <= 3.1e-5 * a.abs(), "{a} {near}");
            prop_assert_eq!(step_of(near), step_of(a));
        }

        #[test]
        fn as_many_rows_are_called_as_ties_allow(counts in prop::collection::vec((0_u64..4, 0_u64..4), 0..20), wanted in 0_u64..80) {
            let bins: Vec<(u32, u64, u64)> = (3..).zip(counts).map(|(bin, (ordinary, odd))| (bin, ordinary, odd)).collect();
            let called = |from: u32| {
                let confusion = at_bin(&bins, from);
                confusion.true_positives + confusion.false_positives
            };
            let several = bins.iter().filter(|bin| bin.1 + bin.2 > 0).count() > 1;
            let can = |from: &u32| wanted == 0 || !several || called(*from) > 0;
            let nearest = (0..30).filter(can).map(|from| called(from).abs_diff(wanted)).min();
            prop_assert_eq!(Some(called(bin_that_calls(&bins, wanted)).abs_diff(wanted)), nearest);
        }

        #[test]
        fn the_area_is_the_share_of_pairs_in_order(rows in prop::collection::vec((0_u8..9, any::<bool>()), 2..60)) {
            let scores: Vec<f32> = rows.iter().map(|row| f32::from(row.0)).collect();
            let truth: Vec<bool> = rows.iter().map(|row| row.1).collect();
            let (mut pairs, mut halves) = (0_u32, 0_u32);
            for (high, _) in rows.iter().filter(|row| row.1) {
                for (low, _) in rows.iter().filter(|row| !row.1) {
                    pairs += 1;
                    halves += match high.cmp(low) {
                        std::cmp::Ordering::Greater => 2,
                        std::cmp::Ordering::Equal => 1,
                        std::cmp::Ordering::Less => 0,
                    };
                }
            }
            let expected = (pairs > 0).then(|| f64::from(halves) / 2.0 / f64::from(pairs));
            let found = roc_auc(&steps(&scores, &truth));
            prop_assert_eq!(found.is_some(), expected.is_some());
            prop_assert!((found.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-12);
        }
    }
}
