//! How much longer a row took than is usual for its template.
//!
//! What is fast or usual is all the same here: among rows of which none is slow, a detector would else call the least usual of
//! the usual ones anomalous.

use crate::baseline::table::LEAST_DURATIONS;
use crate::baseline::{Baselines, Expected, LogSketch};
use crate::record::segment::NO_TEMPLATE;
use crate::record::{Column, Segment};

/// Robust standard deviations above the median that are usual ([`Expected::range`]).
const USUAL: f64 = 2.0;

/// What is ordinary for the durations of each template.
#[derive(Clone, Debug, Default)]
pub struct Elapsed {
    templates: Vec<Option<Expected>>,
    /// Of rows whose template has too few.
    all: Option<Expected>,
    /// Milliseconds up to which a row of a template, or of any other, is surely usual: most are told by these alone.
    usual: (Vec<f64>, f64),
}

impl Elapsed {
    /// What baselines say.
    pub fn new(baselines: &Baselines) -> Self {
        let mut all = LogSketch::default();
        baselines.templates.iter().for_each(|stats| all.merge(&stats.durations));
        let templates: Vec<_> = baselines.templates.iter().map(crate::baseline::TemplateStats::expected).collect();
        // Of very few durations any is better than none: it is the same for all rows.
        let all = all.expected(LEAST_DURATIONS).or_else(|| all.expected(1));
        // A little less than where it begins, because numbers are rounded.
        let usual = |expected: Expected| expected.at(USUAL) * (1.0 - 1e-9);
        let of_all = all.map_or(f64::NEG_INFINITY, usual);
        let usual = (templates.iter().map(|own| own.map_or(of_all, usual)).collect(), of_all);
        Self { templates, all, usual }
    }

    /// What is ordinary for a template, and whether that goes by the template itself. Where it has too few durations it goes
    /// by those of all rows.
    pub fn expected(&self, template: u32) -> Option<(Expected, bool)> {
        let own = self.templates.get(template as usize).copied().flatten();
        own.map(|own| (own, true)).or(self.all.map(|all| (all, false)))
    }

    /// As [`Self::of`], of a row of a segment. `column`: the one that its duration is of.
    pub fn of_row(&self, column: &Column, segment: &Segment, row: usize) -> f64 {
        self.of(segment.templates.get(row).copied().unwrap_or(NO_TEMPLATE), millis(column, segment, row))
    }

    /// Robust standard deviations of the logarithm beyond what is usual, 0 of what is not; NaN of no duration.
    pub fn of(&self, template: u32, millis: f64) -> f64 {
        if millis <= self.usual.0.get(template as usize).copied().unwrap_or(self.usual.1) {
            return 0.0;
        }
        match self.expected(template) {
            Some((expected, _)) if !millis.is_nan() => (expected.z(millis) - USUAL).max(0.0),
            _ => f64::NAN,
        }
    }
}

/// The duration of a row in milliseconds; NaN of none. `column`: the one that it is of, a message's if it stands in the text.
pub fn millis(column: &Column, segment: &Segment, row: usize) -> f64 {
    match column {
        Column::Number(values) => values.get(row).unwrap_or(f64::NAN),
        Column::Shape(_) => segment.durations.get(row).map_or(f64::NAN, |&millis| f64::from(millis)),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::table::Names;

    fn baselines(templates: &[&[f64]]) -> Baselines {
        let mut baselines = Baselines::new(templates.len(), &Names::default());
        for (stats, millis) in baselines.templates.iter_mut().zip(templates) {
            millis.iter().for_each(|&millis| stats.durations.add(millis));
        }
        baselines
    }

    #[test]
    fn a_row_is_measured_by_its_template() {
        let fast: Vec<f64> = (0..100).map(|n| 4.0 + f64::from(n % 5)).collect();
        let slow: Vec<f64> = fast.iter().map(|millis| millis * 1000.0).collect();
        let elapsed = Elapsed::new(&baselines(&[&fast, &slow, &[5.0]]));
        let slow = elapsed.of(0, 60.0);
        assert!(slow > 5.0 && (slow - elapsed.of(1, 60_000.0)).abs() < 0.2, "{slow}");
        for usual in [elapsed.of(0, 5.0), elapsed.of(0, 8.0), elapsed.of(1, 60.0), elapsed.of(1, 0.0)] {
            assert!(usual.abs() < 1e-9, "{usual}");
        }
        let begins = elapsed.expected(0).unwrap().0.at(USUAL);
        for millis in [0.0, 0.5, 0.999, 1.0 - 1e-12, 1.0, 1.0 + 1e-12, 1.001, 2.0].map(|times| times * begins) {
            let z = elapsed.expected(0).unwrap().0.z(millis);
            assert_eq!(elapsed.of(0, millis).to_bits(), (z - USUAL).max(0.0).to_bits(), "{millis}");
        }
        assert!(elapsed.of(0, f64::NAN).is_nan());
        let (all, own) = elapsed.expected(2).unwrap();
        assert!(!own && all.median > 1.0, "too few of its own");
        assert_eq!(elapsed.expected(u32::MAX).map(|all| all.1), Some(false), "nor has a row without one");
    }

    #[test]
    fn few_durations_are_better_than_none() {
        assert!(Elapsed::new(&baselines(&[&[5.0, 6.0], &[]])).of(1, 5.5).is_finite());
        assert!(Elapsed::new(&baselines(&[&[]])).of(0, 5.5).is_nan());
    }
}
