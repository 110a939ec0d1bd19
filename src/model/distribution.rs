//! How a feature was distributed, and by how much it is distributed differently now.
//!
//! The population stability index is Σ (q − p) · ln(q / p) over bins that the training data defines, p and q being the
//! shares of training and new rows. It is the symmetric form of the Kullback-Leibler divergence (Jeffreys, 1946; as a credit
//! scorer's index Siddiqi, "Credit risk scorecards", 2006). Each share is of counts with a half added, so that an empty bin
//! has no infinite weight. Without any change the index is about (bins − 1)(1/n + 1/m) for n and m rows (Yurdakul,
//! "Statistical properties of population stability index", 2018), so that a small sample shows a drift by chance.

use serde::{Deserialize, Serialize};

use crate::feature::Matrix;
use crate::feature::matrix::quantile;

/// Bins of a number.
const BINS: usize = 10;

/// Training rows by bins: up to ten of about equal counts, and the rows without a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distribution {
    /// Upper edges of all bins but the last, which has none; a value on an edge is below it.
    pub edges: Vec<f32>,
    /// Rows by bin, and at the end rows without a value.
    pub counts: Vec<u32>,
    /// Least and largest value; NaN without any.
    pub range: (f32, f32),
    /// Mean and standard deviation of the finite values; NaN without any.
    pub moments: (f64, f64),
}

impl Distribution {
    /// The distribution of each column of a sample.
    pub fn of(sample: &Matrix) -> Vec<Self> {
        (0..sample.columns).map(|column| Self::of_column(sample, column)).collect()
    }

    fn of_column(sample: &Matrix, column: usize) -> Self {
        let mut sorted = sample.sorted_column(column);
        let range = sorted.first().zip(sorted.last()).map_or((f32::NAN, f32::NAN), |(&least, &most)| (least, most));
        sorted.retain(|value| value.is_finite());
        let mut distinct = sorted.clone();
        distinct.dedup();
        let mut edges: Vec<f32> = if distinct.len() <= BINS {
            distinct.windows(2).map(|pair| f32::midpoint(pair[0], pair[1])).collect()
        } else {
            (1..BINS).map(|bin| quantile(&sorted, bin as f64 / BINS as f64)).collect()
        };
        edges.dedup();
        // Nothing is above the largest value.
        if edges.last().zip(sorted.last()).is_some_and(|(edge, most)| edge >= most) {
            edges.pop();
        }
        let count = sorted.len() as f64;
        let mean = sorted.iter().map(|&value| f64::from(value) / count).sum::<f64>();
        let square = |&value: &f32| (f64::from(value) - mean) * (f64::from(value) - mean) / count;
        let deviation = libm::sqrt(sorted.iter().map(square).sum::<f64>());
        let moments = if sorted.is_empty() { (f64::NAN, f64::NAN) } else { (mean, deviation) };
        let mut made = Self { counts: Vec::new(), edges, range, moments };
        made.counts = made.count(sample, column);
        made
    }

    /// Rows of another sample by bin, and at the end rows without a value.
    pub fn count(&self, sample: &Matrix, column: usize) -> Vec<u32> {
        let mut counts = vec![0; self.edges.len() + 2];
        for row in 0..sample.rows() {
            let value = sample.row(row).get(column).copied().unwrap_or(f32::NAN);
            let bin =
                if value.is_nan() { self.edges.len() + 1 } else { self.edges.partition_point(|&edge| edge < value) };
            if let Some(count) = counts.get_mut(bin) {
                *count += 1;
            }
        }
        counts
    }
}

/// The population stability index between counts of the same bins.
pub fn psi(expected: &[u64], found: &[u64]) -> f64 {
    let used = || expected.iter().zip(found).filter(|(a, b)| **a + **b > 0);
    let bins = used().count() as f64;
    let (all_expected, all_found) = used().fold((0, 0), |(a, b), (p, q)| (a + p, b + q));
    let share = |count: u64, all: u64| (count as f64 + 0.5) / (all as f64 + 0.5 * bins);
    let term = |(&p, &q): (&u64, &u64)| {
        let (p, q) = (share(p, all_expected), share(q, all_found));
        (q - p) * libm::log(q / p)
    };
    used().map(term).sum()
}

/// The index that chance alone exceeds once in twenty times, for so many bins and rows.
pub fn noise(bins: usize, expected: u64, found: u64) -> f64 {
    // Chi-squared with one degree less than bins, by its normal approximation.
    let freedom = bins.saturating_sub(1) as f64;
    (freedom + 1.645 * libm::sqrt(2.0 * freedom)) * (1.0 / expected.max(1) as f64 + 1.0 / found.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn column(values: impl IntoIterator<Item = f32>) -> Matrix {
        Matrix { columns: 1, values: values.into_iter().collect() }
    }

    fn psi_of(learned: &Matrix, new: &Matrix) -> f64 {
        let distribution = &Distribution::of(learned)[0];
        let wide = |counts: Vec<u32>| counts.into_iter().map(u64::from).collect::<Vec<_>>();
        psi(&wide(distribution.counts.clone()), &wide(distribution.count(new, 0)))
    }

    #[test]
    fn bins_hold_about_equal_counts_and_missing_values_have_their_own() {
        let sample = column((0..1000_u16).map(f32::from).chain([f32::NAN; 7]));
        let distribution = &Distribution::of(&sample)[0];
        assert_eq!((distribution.edges.len(), distribution.counts[10]), (9, 7));
        assert!(distribution.counts[..10].iter().all(|count| (95..=105).contains(count)), "{distribution:?}");
        assert_eq!(distribution.range, (0.0, 999.0));
    }

    #[test]
    fn few_values_have_a_bin_each() {
        let distribution = &Distribution::of(&column([0.0, 1.0, 1.0, 1.0, 3.0]))[0];
        assert_eq!(
            (distribution.edges.as_slice(), distribution.counts.as_slice()),
            (&[0.5, 2.0][..], &[1, 3, 1, 0][..])
        );
        let constant = &Distribution::of(&column([4.0; 9]))[0];
        assert_eq!((constant.edges.len(), constant.counts.as_slice()), (0, &[9, 0][..]));
        assert!(psi_of(&column([4.0; 9]), &column([4.0; 900])) < 0.1);
        assert!(Distribution::of(&column([]))[0].counts == [0, 0]);
        let infinite = &Distribution::of(&column([5.0, 5.0, f32::INFINITY]))[0];
        assert_eq!((infinite.range, infinite.moments.0), ((5.0, f32::INFINITY), 5.0));
    }

    #[test]
    fn the_index_is_small_without_a_change_and_large_with_one() {
        let mut random = Pcg64Mcg::seed_from_u64(5);
        let mut draw =
            |shift: f32, rows: usize| column((0..rows).map(|_| random.random::<f32>() + shift).collect::<Vec<_>>());
        let learned = draw(0.0, 5000);
        let same = psi_of(&learned, &draw(0.0, 5000));
        assert!(same < noise(10, 5000, 5000) * 1.5 && same < 0.01, "{same}");
        let little = psi_of(&learned, &draw(0.1, 5000));
        assert!((0.05..1.0).contains(&little), "{little}");
        assert!(psi_of(&learned, &draw(0.5, 5000)) > 1.0);
    }

    #[test]
    fn shares_of_a_known_example() {
        // Shares .2/.3/.5 and .4/.3/.3: (.2)ln 2 + 0 + (-.2)ln(.6).
        let found = psi(&[2_000_000, 3_000_000, 5_000_000], &[4_000_000, 3_000_000, 3_000_000]);
        assert!((found - 0.240_794_6).abs() < 1e-5, "{found}");
    }
}
