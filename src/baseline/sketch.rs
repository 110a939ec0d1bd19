//! Quantiles of positive numbers from a mergeable histogram of their logarithms.

use serde::{Deserialize, Serialize};

use crate::common::near::{ERROR, near_log};

/// Bins per factor of e: values that differ by less than 3 % may share one.
const PER_E: f64 = 32.0;
/// Bins are numbered from here: e^-32 is less than any duration in a log, e^40 more.
const LOWEST: i32 = -32 * 32;
const HIGHEST: i32 = 40 * 32;
/// Consistency of the median absolute deviation with the standard deviation of normal data.
const MAD_TO_SD: f64 = 1.4826;
/// The 90 % quantile of the standard normal distribution.
const Z_90: f64 = 1.2816;
/// Least spread of log durations: clocks are coarse, and 5 % more is never worth a look.
const LEAST_SPREAD: f64 = 0.05;

/// Counts of the logarithms of positive values (`DDSketch`: Masson, Rim and Lee, VLDB 2019, with a fixed range). Merging is
/// addition.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogSketch {
    /// Number of the first bin in `counts`.
    low: i32,
    counts: Vec<u32>,
    /// All values.
    total: u64,
    /// Values that are zero or negative; the least of all.
    zeros: u64,
}

/// Where a value is counted; nowhere if it is no number.
#[derive(Clone, Copy, Debug)]
pub struct Bin(Option<i32>);

/// What is zero or negative.
const ZERO: i32 = i32::MIN;

/// What is ordinary, on the scale of the natural logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Median.
    pub median: f64,
    /// Robust standard deviation: from the median absolute deviation or the upper quantiles, whichever is larger.
    pub spread: f64,
    /// The least positive value that was seen: less than it is as good as it.
    pub least: f64,
}

impl Expected {
    /// How many robust standard deviations a value lies above the median.
    pub fn z(&self, value: f64) -> f64 {
        let value = if value > 0.0 { libm::log(value) } else { self.least };
        (value.max(self.least) - self.median) / self.spread
    }

    /// The most by which [`Self::near_z`] is wrong.
    pub const NEAR: f64 = ERROR / LEAST_SPREAD;

    /// The same, nearly, and sooner.
    #[inline]
    pub fn near_z(&self, value: f64) -> f64 {
        let value = if value > 0.0 { near_log(value) } else { self.least };
        (value.max(self.least) - self.median) / self.spread
    }

    /// The range of values within two robust standard deviations.
    pub fn range(&self) -> (f64, f64) {
        (self.at(-2.0), self.at(2.0))
    }

    /// The value that lies so many robust standard deviations above the median.
    pub fn at(&self, z: f64) -> f64 {
        libm::exp(self.median + z * self.spread)
    }
}

impl LogSketch {
    /// Counts one value; what is no number is left out.
    pub fn add(&mut self, value: f64) {
        self.add_bin(Self::bin_of(value));
    }

    /// Where a value is counted, by whichever sketch.
    pub fn bin_of(value: f64) -> Bin {
        if value.is_nan() {
            Bin(None)
        } else if value <= 0.0 {
            Bin(Some(ZERO))
        } else {
            let near = near_log(value) * PER_E;
            let within = near - near.floor();
            // Only near the edge of a bin it takes the exact logarithm.
            let is_sure = within > ERROR * PER_E && within < 1.0 - ERROR * PER_E;
            let place = if is_sure { near } else { libm::log(value) * PER_E };
            Bin(Some((place.floor() as i32).clamp(LOWEST, HIGHEST)))
        }
    }

    /// Counts one value.
    #[inline]
    pub fn add_bin(&mut self, bin: Bin) {
        let Bin(Some(bin)) = bin else { return };
        self.total += 1;
        if bin == ZERO {
            self.zeros += 1;
            return;
        }
        let place = self.reserve(bin, bin);
        self.counts[place] = self.counts[place].saturating_add(1);
    }

    /// Makes room for bins `from..=to`; gives the place of `from`.
    fn reserve(&mut self, from: i32, to: i32) -> usize {
        if self.counts.is_empty() {
            self.low = from;
        }
        if from < self.low {
            let more = (self.low - from) as usize;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.low = from;
        }
        let needed = (to - self.low + 1) as usize;
        if self.counts.len() < needed {
            self.counts.resize(needed, 0);
        }
        (from - self.low) as usize
    }

    /// The number of the bin at a place in `counts`.
    fn edge(&self, place: usize) -> i32 {
        self.low + i32::try_from(place).unwrap_or(HIGHEST - LOWEST)
    }

    /// Adds another sketch.
    pub fn merge(&mut self, other: &Self) {
        self.total += other.total;
        self.zeros += other.zeros;
        if other.counts.is_empty() {
            return;
        }
        let place = self.reserve(other.low, other.edge(other.counts.len()) - 1);
        for (mine, theirs) in self.counts[place..].iter_mut().zip(&other.counts) {
            *mine = mine.saturating_add(*theirs);
        }
    }

    /// Number of values.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// How many values are at least about this one.
    pub fn count_at_least(&self, value: f64) -> u64 {
        let bin = match Self::bin_of(value) {
            Bin(None) => return 0,
            Bin(Some(ZERO)) => return self.total,
            Bin(Some(bin)) => bin,
        };
        let from = (i64::from(bin) - i64::from(self.low)).max(0) as usize;
        self.counts.get(from..).unwrap_or_default().iter().map(|&count| u64::from(count)).sum()
    }

    /// The natural logarithms of its positive values, about, each with how many there are; ascending.
    pub fn logarithms(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(place, &count)| ((f64::from(self.edge(place)) + 0.5) / PER_E, u64::from(count)))
    }

    /// The natural logarithm of the quantile at a share (0..=1); `None` of no values. Zeros count as the lowest bin.
    pub fn log_quantile(&self, share: f64) -> Option<f64> {
        if self.total == 0 {
            return None;
        }
        let wanted = share * self.total as f64;
        let mut below = self.zeros as f64;
        if wanted <= below && self.zeros > 0 {
            return Some(f64::from(LOWEST) / PER_E);
        }
        for (place, &count) in self.counts.iter().enumerate() {
            let next = below + f64::from(count);
            if count > 0 && next >= wanted {
                let within = ((wanted - below) / f64::from(count)).clamp(0.0, 1.0);
                return Some((f64::from(self.edge(place)) + within) / PER_E);
            }
            below = next;
        }
        Some(f64::from(self.edge(self.counts.len())) / PER_E)
    }

    /// The quantile at a share; `None` of no values.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        self.log_quantile(share).map(libm::exp)
    }

    /// Median and robust spread; `None` with fewer than `least` values.
    pub fn expected(&self, least: u64) -> Option<Expected> {
        if self.total < least.max(1) {
            return None;
        }
        // Zeros are what a coarse clock makes of less than it can tell: as good as the least that it tells.
        let first = self.counts.iter().position(|count| *count > 0);
        let least = first.map_or(f64::from(LOWEST), |first| f64::from(self.edge(first))) / PER_E;
        let median = self.log_quantile(0.5)?.max(least);
        let upper = (self.log_quantile(0.9)?.max(least) - median) / Z_90;
        let spread = (self.deviation(median) * MAD_TO_SD).max(upper).max(LEAST_SPREAD);
        Some(Expected { median, spread, least })
    }

    /// Median absolute deviation of the logarithms; zeros lie where the least value does.
    fn deviation(&self, median: f64) -> f64 {
        let mut distances: Vec<(f64, u64)> =
            self.logarithms().map(|(log, count)| ((log - median).abs(), count)).collect();
        if let Some((_, least)) = distances.first_mut() {
            *least += self.zeros;
        }
        distances.sort_by(|a, b| a.0.total_cmp(&b.0));
        let half = self.total.div_ceil(2);
        let mut seen = 0;
        for (distance, count) in distances {
            seen += count;
            if seen >= half {
                return distance;
            }
        }
        0.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch(values: &[f64]) -> LogSketch {
        let mut sketch = LogSketch::default();
        for &value in values {
            sketch.add(value);
        }
        sketch
    }

    #[test]
    fn zeros_are_as_good_as_the_least_that_the_clock_tells() {
        for zeros in [30, 60, 95] {
            let values: Vec<f64> = (0..100).map(|n| if n < zeros { 0.0 } else { f64::from(1 + n % 3) }).collect();
            let expected = sketch(&values).expected(20).unwrap();
            assert!(expected.z(0.0) <= 0.0 && expected.z(1.0) < 1.0, "{zeros}: {expected:?}");
            assert!(expected.z(3000.0) > 5.0, "{zeros}: {expected:?}");
        }
        let nothing = sketch(&[0.0; 50]).expected(20).unwrap();
        assert!(nothing.z(0.0).abs() < 1e-9 && nothing.z(1.0) > 5.0);
    }

    #[test]
    fn median_and_spread_of_a_lognormal() {
        // Quantiles of a lognormal with median 100 and sd 0.5 of the logarithm, by its symmetric spacing.
        let values: Vec<f64> = (1..2000)
            .map(|n| {
                let p = f64::from(n) / 2000.0;
                // Logistic approximation of the normal quantile.
                100.0 * libm::exp(0.5 * libm::log(p / (1.0 - p)) / 1.702)
            })
            .collect();
        let expected = sketch(&values).expected(10).unwrap();
        assert!((expected.median - libm::log(100.0)).abs() < 0.02, "{expected:?}");
        assert!((expected.spread - 0.5).abs() < 0.05, "{expected:?}");
        assert!((expected.z(100.0 * libm::exp(2.5)) - 5.0).abs() < 0.5);
    }

    #[test]
    fn a_few_spikes_do_not_widen_what_is_expected() {
        let mut values: Vec<f64> = (0..1000).map(|n| 10.0 + f64::from(n % 10)).collect();
        let before = sketch(&values).expected(10).unwrap();
        values.extend([1e6; 20]);
        let after = sketch(&values).expected(10).unwrap();
        assert!((before.spread - after.spread).abs() < 0.05 && (before.median - after.median).abs() < 0.05);
        assert_eq!(sketch(&values).count_at_least(1e5), 20);
    }

    #[test]
    fn values_are_in_the_bins_of_their_logarithms() {
        let mut value = 1e-9;
        while value < 1e14 {
            let Bin(bin) = LogSketch::bin_of(value);
            assert_eq!(bin, Some((libm::log(value) * PER_E).floor() as i32), "{value}");
            value *= 1.000_7;
        }
    }

    proptest! {
        #[test]
        fn merging_in_any_order_is_counting_all(values in prop::collection::vec(-1.0..1e12_f64, 0..200), cut in 0..200_usize) {
            let cut = cut.min(values.len());
            let (a, b) = (sketch(&values[..cut]), sketch(&values[cut..]));
            let (mut ab, mut ba) = (a.clone(), b.clone());
            ab.merge(&b);
            ba.merge(&a);
            prop_assert_eq!(&ab, &ba);
            let whole = sketch(&values);
            prop_assert_eq!(ab.count(), whole.count());
            for share in [0.0, 0.1, 0.5, 0.9, 1.0] {
                prop_assert_eq!(ab.log_quantile(share), whole.log_quantile(share));
            }
        }
    }
}
