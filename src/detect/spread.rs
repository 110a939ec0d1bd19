//! Raw scores of any scale as 0..=1.

use serde::{Deserialize, Serialize};

/// Where the raw scores of the training sample lie: what maps a scale without bounds to 0..=1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The score that nine of ten rows of the sample stay below.
    edge: f32,
    /// From the median to there.
    width: f32,
}

impl Spread {
    /// The spread of raw scores.
    pub fn of(scores: &[f32]) -> Self {
        let mut sorted: Vec<f32> = scores.iter().copied().filter(|score| score.is_finite()).collect();
        sorted.sort_unstable_by(f32::total_cmp);
        let Some((&least, &most)) = sorted.first().zip(sorted.last()) else { return Self { edge: 0.0, width: 1.0 } };
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share).round() as usize];
        let edge = at(0.9);
        // Half of the rows or more may score alike.
        let width =
            [edge - at(0.5), most - least, edge.abs(), 1.0].into_iter().find(|width| *width > 0.0 && width.is_finite());
        Self { edge, width: width.unwrap_or(1.0) }
    }

    /// 0.5 at the score that nine of ten rows stay below; 0.75 as far above it as it is above the median; 1 at infinity.
    pub fn unit(self, raw: f32) -> f32 {
        let steps = (f64::from(raw) - f64::from(self.edge)) / f64::from(self.width);
        if steps.is_nan() {
            return 0.0;
        }
        if steps.is_infinite() {
            return if steps > 0.0 { 1.0 } else { 0.0 };
        }
        (0.5 + 0.5 * steps / (1.0 + steps.abs())) as f32
    }
}

/// For each score the share of all scores that are lower, 0..=1; scores that are equal to it count half.
pub fn calibrated(scores: &[f32]) -> Vec<f32> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let share = |&score: &f32| {
        let lower = sorted.partition_point(|other| other.total_cmp(&score).is_lt());
        let equal = sorted[lower..].partition_point(|other| other.total_cmp(&score).is_le());
        ((lower as f64 + equal as f64 / 2.0) / sorted.len() as f64) as f32
    };
    scores.iter().map(share).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_calibrated_score_is_the_share_that_scores_lower() {
        assert_eq!(calibrated(&[3.0, 1.0, 2.0, 2.0]), [0.875, 0.125, 0.5, 0.5]);
        assert!(calibrated(&[]).is_empty());
    }

    #[test]
    fn scores_that_are_all_alike_have_a_unit_form() {
        for scores in [&[][..], &[0.0; 5], &[4.0; 5], &[f32::INFINITY; 3]] {
            let spread = Spread::of(scores);
            assert!((0.0..=1.0).contains(&spread.unit(1.0)) && spread.unit(2.0) > spread.unit(1.0), "{scores:?}");
        }
    }

    proptest! {
        #[test]
        fn units_rise_with_raw_scores(mut scores in prop::collection::vec(-1e6_f32..1e6, 1..50), probe in -1e9_f32..1e9) {
            let spread = Spread::of(&scores);
            scores.extend([probe, f32::INFINITY, f32::NEG_INFINITY]);
            scores.sort_unstable_by(f32::total_cmp);
            let units: Vec<f32> = scores.iter().map(|&score| spread.unit(score)).collect();
            prop_assert!(units.is_sorted() && units.iter().all(|unit| (0.0..=1.0).contains(unit)));
        }
    }
}
