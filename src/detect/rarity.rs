//! Rarity: rows with rare values, and rare combinations of them, are anomalous.
//!
//! For features that are categories in disguise: codes, flags, levels, counts of events in a session. A feature with few
//! different values in the sample is taken as categories; any other one is cut into bins of equal width, as in Goldstein and
//! Dengel, "Histogram-based outlier score (HBOS)", KI 2012. A value's surprise is −log2 of the share of the sample's rows
//! that have it, in bits; a missing value is a value like others. The raw score is the mean of the surprises of the row's
//! values and of the row as a whole: the share of rows that are equal to it in all features. 0 for a row that is like all
//! others; for one that has nothing in common with any of n about log2 n, which is that of the row as a whole, and a bit more
//! for each of its values.
//!
//! It sees what occurs seldom, be it large or small. It is wrong where everything is unique, and does not know that two
//! values are near each other.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Detector;
use super::progress::{Cancelled, Progress, tell};
use super::spread::Spread;
use crate::common::hash::{absorb, mix};
use crate::feature::Matrix;

/// More different values than this are no categories.
const CATEGORIES: usize = 64;
/// Bins of a feature that is not a category.
const BINS: usize = 10;

/// A fitted detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rarity {
    columns: Vec<Values>,
    /// Hash of the values of rows that the sample has more than once, ascending, with the row's surprise.
    rows: Vec<(u64, f32)>,
    /// Surprise of every other row, and of a value that the sample does not have.
    unseen: f32,
    spread: Spread,
}

/// The values of a column with their surprise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Values {
    /// The same in all rows.
    Constant,
    /// Keys of values in ascending order.
    Categories(Vec<(u32, f32)>),
    /// Bins between the smallest and the largest finite value, behind them those of −∞ and ∞ if there are any, and the surprise
    /// of a missing one.
    Bins { least: f32, most: f32, bins: Vec<f32>, missing: f32 },
}

/// The bits of a value; those of 0 for −0, and of one NaN for all.
fn key(value: f32) -> u32 {
    if value.is_nan() { f32::NAN.to_bits() } else { (value + 0.0).to_bits() }
}

fn bits(rows: usize, of: usize) -> f32 {
    -libm::log2(rows as f64 / of.max(1) as f64) as f32
}

impl Rarity {
    /// Fits to a sample.
    pub fn fit(sample: &Matrix, progress: &mut Progress<'_>) -> Result<Self, Cancelled> {
        let count = sample.rows();
        let unseen = bits(1, 2 * count.max(1));
        let mut columns = Vec::with_capacity(sample.columns);
        let mut keys = Vec::with_capacity(count);
        for column in 0..sample.columns {
            keys.clear();
            keys.extend(sample.values.iter().skip(column).step_by(sample.columns).map(|&value| key(value)));
            columns.push(Values::of(&mut keys, unseen));
            tell(progress, column + 1, sample.columns)?;
        }
        let mut fitted = Self { columns, rows: Vec::new(), unseen, spread: Spread::of(&[]) };
        let mut counts: FxHashMap<u64, u32> = FxHashMap::default();
        for row in sample.values.chunks_exact(sample.columns.max(1)) {
            *counts.entry(hash(row)).or_default() += 1;
        }
        fitted.rows = counts
            .into_iter()
            .filter(|pair| pair.1 > 1)
            .map(|(hash, rows)| (hash, bits(rows as usize, count)))
            .collect();
        fitted.rows.sort_unstable_by_key(|pair| pair.0);
        let mut scores = Vec::with_capacity(count);
        fitted.raw(&sample.values, &mut scores);
        fitted.spread = Spread::of(&scores);
        Ok(fitted)
    }

    fn row(&self, row: &[f32]) -> f32 {
        let hash = hash(row);
        self.rows.binary_search_by_key(&hash, |pair| pair.0).map_or(self.unseen - 1.0, |place| self.rows[place].1)
    }
}

fn hash(row: &[f32]) -> u64 {
    mix(row.iter().fold(row.len() as u64, |state, &value| absorb(state, u64::from(key(value)))))
}

impl Values {
    fn of(keys: &mut [u32], unseen: f32) -> Self {
        keys.sort_unstable();
        let different = keys.chunk_by(|a, b| a == b).count();
        if different <= 1 {
            return Self::Constant;
        }
        if different <= CATEGORIES && different * 4 <= keys.len() {
            let values = keys.chunk_by(|a, b| a == b).map(|alike| (alike[0], bits(alike.len(), keys.len())));
            return Self::Categories(values.collect());
        }
        let finite = || keys.iter().map(|&key| f32::from_bits(key)).filter(|value| value.is_finite());
        let (least, most) = (finite().fold(f32::INFINITY, f32::min), finite().fold(f32::NEG_INFINITY, f32::max));
        let has_infinite = keys.iter().any(|&key| f32::from_bits(key).is_infinite());
        let mut counts = vec![0_usize; if has_infinite { BINS + 2 } else { BINS }];
        let mut missing = 0;
        for &key in keys.iter() {
            let value = f32::from_bits(key);
            if value.is_nan() {
                missing += 1;
            } else if let Some(bin) = bin(value, least, most) {
                counts[bin] += 1;
            }
        }
        let surprise = |&rows: &usize| if rows == 0 { unseen } else { bits(rows, keys.len()) };
        Self::Bins { least, most, bins: counts.iter().map(surprise).collect(), missing: surprise(&missing) }
    }

    fn surprise(&self, value: f32, unseen: f32) -> f32 {
        match self {
            Self::Constant => 0.0,
            Self::Categories(values) => {
                let key = key(value);
                values.binary_search_by_key(&key, |pair| pair.0).map_or(unseen, |place| values[place].1)
            }
            Self::Bins { missing, .. } if value.is_nan() => *missing,
            Self::Bins { least, most, bins, .. } => {
                bin(value, *least, *most).and_then(|bin| bins.get(bin)).copied().unwrap_or(unseen)
            }
        }
    }

    /// The mean surprise of a row of the sample.
    fn expected(&self) -> f32 {
        let entropy = |surprises: &mut dyn Iterator<Item = f32>| {
            surprises.map(|bits| f64::from(bits) * libm::exp2(-f64::from(bits))).sum::<f64>() as f32
        };
        match self {
            Self::Constant => 0.0,
            Self::Categories(values) => entropy(&mut values.iter().map(|pair| pair.1)),
            Self::Bins { bins, missing, .. } => entropy(&mut bins.iter().copied().chain([*missing])),
        }
    }
}

/// The bin of a value; `None` outside of all.
fn bin(value: f32, least: f32, most: f32) -> Option<usize> {
    if value.is_infinite() {
        return Some(BINS + usize::from(value > 0.0));
    }
    if !(least..=most).contains(&value) {
        return None;
    }
    let width = f64::from(most) - f64::from(least);
    let place = (f64::from(value) - f64::from(least)) / if width > 0.0 { width } else { 1.0 };
    Some(((place * BINS as f64) as usize).min(BINS - 1))
}

impl Detector for Rarity {
    fn features(&self) -> usize {
        self.columns.len()
    }

    fn work(&self) -> usize {
        10 * self.features()
    }

    fn raw(&self, values: &[f32], scores: &mut Vec<f32>) {
        let varying = self.columns.iter().filter(|column| **column != Values::Constant).count();
        for row in values.chunks_exact(self.features().max(1)) {
            let surprises = row.iter().zip(&self.columns).map(|(&value, column)| column.surprise(value, self.unseen));
            let sum = surprises.map(f64::from).sum::<f64>() + f64::from(self.row(row));
            scores.push((sum / (varying + 1) as f64) as f32);
        }
    }

    fn unit(&self, raw: f32) -> f32 {
        self.spread.unit(raw)
    }

    fn is_sound(&self) -> bool {
        let has_bins = |column: &Values| match column {
            Values::Bins { bins, .. } => [BINS, BINS + 2].contains(&bins.len()),
            Values::Constant | Values::Categories(_) => true,
        };
        self.columns.iter().all(has_bins)
    }

    /// By how many bits each value is more surprising than its feature's values are on average.
    fn attribute(&self, row: &[f32]) -> Vec<f32> {
        let pairs = row.iter().zip(&self.columns);
        pairs.map(|(&value, column)| column.surprise(value, self.unseen) - column.expected()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::never_cancelled;

    #[test]
    fn surprises_are_bits() {
        // Eight rows: 6 × (0, 0), 1 × (0, 1), 1 × (1, 1).
        let mut rows = Matrix::new(3);
        for (a, b) in [(0.0, 0.0); 6].into_iter().chain([(0.0, 1.0), (1.0, 1.0)]) {
            rows.push(&[a, b, 5.0]);
        }
        let fitted = Rarity::fit(&rows, &mut never_cancelled).unwrap();
        let mut scores = Vec::new();
        fitted.raw(&[1.0, 1.0, 5.0, -0.0, 0.0, 5.0, 0.0, 7.0, 5.0], &mut scores);
        let common = -libm::log2(6.0 / 8.0) as f32;
        let expected = [
            (3.0 + 2.0 + 3.0) / 3.0,
            (-libm::log2(7.0 / 8.0) as f32 + 2.0 * common) / 3.0,
            (-libm::log2(7.0 / 8.0) as f32 + 4.0 + 3.0) / 3.0,
        ];
        assert!(scores.iter().zip(expected).all(|(score, expected)| (score - expected).abs() < 1e-5), "{scores:?}");
        assert_eq!(fitted.explain(&[1.0, 0.0, 5.0]).first().map(|pair| pair.0), Some(0));
    }

    #[test]
    fn many_different_values_are_counted_in_bins() {
        let mut values: Vec<f32> = (0..500_u16).map(|row| f32::from(row % 100) + f32::from(row) / 1000.0).collect();
        values.extend([f32::NAN, 900.0]);
        let rows = Matrix { columns: 1, values };
        let fitted = Rarity::fit(&rows, &mut never_cancelled).unwrap();
        let mut scores = Vec::new();
        fitted.raw(&[50.0, 900.0, f32::NAN, 400.0, f32::INFINITY], &mut scores);
        assert!(scores[1] > scores[0] + 3.0 && scores[2] > scores[0] + 3.0, "{scores:?}");
        assert!(scores[3] > scores[1] && (scores[4] - scores[3]).abs() < 1e-6, "{scores:?}");
        // An infinity that most rows have is no surprise.
        let values = (0..500_u16).map(|row| if row % 5 < 3 { f32::INFINITY } else { f32::from(row) });
        let rows = Matrix { columns: 1, values: values.collect() };
        let fitted = Rarity::fit(&rows, &mut never_cancelled).unwrap();
        let mut scores = Vec::new();
        fitted.raw(&[f32::INFINITY, 4.0, f32::NEG_INFINITY], &mut scores);
        assert!(fitted.is_sound() && scores[0] < scores[1] && scores[1] < scores[2], "{scores:?}");
    }
}
