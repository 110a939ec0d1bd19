//! The training sample: rows chosen by a hash of their position, never by arrival.
//!
//! Every row has a rank, the hash of (file, byte, seed). The sample is the rows of the lowest ranks. A shard offers those
//! of its rows that are below a limit, the merge keeps the lowest of all: however the rows were spread over shards, the
//! sample is the same.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::prepare::medians;
use crate::common::hash::hash_pair;
use crate::feature::Matrix;

/// Rows with their ranks.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Rank of each row.
    pub ranks: Vec<u64>,
    /// Features of each row.
    pub rows: Matrix,
}

/// The rank of a row.
pub fn rank(file: u32, byte: u64, seed: u64) -> u64 {
    hash_pair(byte ^ u64::from(file) << 48, seed)
}

/// The rank below which about `wanted` of `rows` rows lie, and hardly ever fewer.
pub fn limit(wanted: usize, rows: u64) -> u64 {
    let generous = wanted as f64 + 6.0 * (wanted as f64).sqrt() + 16.0;
    let share = generous / rows.max(1) as f64;
    if share >= 1.0 { u64::MAX } else { (share * u64::MAX as f64) as u64 }
}

/// Which of `rows` rows a detector learns from when it can't learn from all: `wanted` of them, in ascending order, chosen by
/// a hash of their index. All when there are no more.
pub fn choose(rows: usize, wanted: usize, seed: u64) -> Vec<u32> {
    if rows <= wanted {
        return (0..rows as u32).collect();
    }
    let mut ranked: Vec<(u64, u32)> = (0..rows as u32).map(|row| (hash_pair(u64::from(row), seed), row)).collect();
    ranked.select_nth_unstable(wanted);
    let mut chosen: Vec<u32> = ranked[..wanted].iter().map(|&(_, row)| row).collect();
    chosen.sort_unstable();
    chosen
}

/// The rows of a matrix with these indices.
pub fn take(rows: &Matrix, indices: &[u32]) -> Matrix {
    let mut taken = Matrix { columns: rows.columns, values: Vec::with_capacity(indices.len() * rows.columns) };
    for &row in indices {
        taken.push(rows.row(row as usize));
    }
    taken
}

/// A sample in which no feature of a category is constant: else a detector that measures features by how they vary in the
/// sample could not see a value that the sample lacks. One row more has what such a feature is for an unknown value
/// (`unseen`, by feature, as in [`super::FitOptions::unseen`]), and medians in all other features. A detector that looks at
/// `most` rows, chosen by `seed`, has it among them.
pub fn with_unseen<'a>(sample: &'a Matrix, unseen: &[Option<f32>], most: usize, seed: u64) -> Cow<'a, Matrix> {
    let beyond = |(column, unseen): (usize, &Option<f32>)| {
        let (unseen, first) = ((*unseen)?, *sample.values.get(column)?);
        let mut values = sample.values.iter().skip(column).step_by(sample.columns);
        (first < unseen && values.all(|value| value.total_cmp(&first).is_eq())).then_some((column, unseen))
    };
    let beyond: Vec<(usize, f32)> = unseen.iter().take(sample.columns).enumerate().filter_map(beyond).collect();
    if beyond.is_empty() {
        return Cow::Borrowed(sample);
    }
    let mut row = medians(sample);
    for (column, unseen) in beyond {
        row[column] = unseen;
    }
    let mut thinned = take(sample, &choose(sample.rows(), most.saturating_sub(1), seed));
    thinned.push(&row);
    Cow::Owned(thinned)
}

impl Sample {
    /// The `wanted` rows of the lowest ranks among all shards' offers, in the order of their ranks.
    pub fn merge(offers: &[Self], wanted: usize) -> Self {
        let mut order: Vec<(u64, usize, usize)> = offers
            .iter()
            .enumerate()
            .flat_map(|(shard, offer)| offer.ranks.iter().enumerate().map(move |(row, &rank)| (rank, shard, row)))
            .collect();
        order.sort_unstable();
        order.truncate(wanted);
        let mut rows = Matrix::new(offers.iter().map(|offer| offer.rows.columns).max().unwrap_or(0));
        for &(_, shard, row) in &order {
            rows.push(offers[shard].rows.row(row));
        }
        Self { ranks: order.into_iter().map(|(rank, ..)| rank).collect(), rows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_does_not_depend_on_the_shards() {
        let rows: Vec<u64> = (0..5000).map(|row| row * 130).collect();
        let sample = |shards: usize| {
            let offers: Vec<Sample> = (0..shards)
                .map(|shard| {
                    let limit = limit(256, rows.len() as u64);
                    let mine = rows.iter().filter(|&&byte| byte as usize / 130 % shards == shard);
                    let mut offer = Sample { ranks: Vec::new(), rows: Matrix::new(1) };
                    for &byte in mine.filter(|&&byte| rank(0, byte, 7) <= limit) {
                        offer.ranks.push(rank(0, byte, 7));
                        offer.rows.push(&[byte as f32]);
                    }
                    offer
                })
                .collect();
            Sample::merge(&offers, 256)
        };
        assert_eq!(sample(1).rows.rows(), 256);
        assert_eq!(sample(1), sample(2));
        assert_eq!(sample(1), sample(8));
    }

    #[test]
    fn chosen_rows_are_spread_and_stay_the_same() {
        let chosen = choose(10_000, 100, 3);
        assert_eq!(chosen.len(), 100);
        assert!(chosen.is_sorted() && chosen == choose(10_000, 100, 3) && chosen != choose(10_000, 100, 4));
        let low = chosen.iter().filter(|&&row| row < 5000).count();
        assert!((25..75).contains(&low), "{low}");
        assert_eq!(choose(3, 100, 3), [0, 1, 2]);
    }

    #[test]
    fn what_no_row_of_a_sample_has_gets_a_row() {
        let sample = Matrix { columns: 3, values: vec![2.0, 0.0, 5.0, 2.0, 1.0, 5.0, 2.0, 4.0, 5.0] };
        let unseen = [Some(9.0), Some(9.0), None];
        assert_eq!(with_unseen(&sample, &unseen, 9, 1).values[9..], [9.0, 1.0, 5.0]);
        assert_eq!(with_unseen(&sample, &unseen, 2, 1).values[3..], [9.0, 1.0, 5.0], "also among few");
        for nothing in [&[][..], &[Some(2.0), Some(9.0), None], &[None; 5]] {
            assert_eq!(*with_unseen(&sample, nothing, 2, 1), sample);
        }
        assert_eq!(with_unseen(&Matrix::new(1), &[Some(1.0)], 9, 1).rows(), 0);
    }

    #[test]
    fn fewer_rows_than_wanted_are_all_taken() {
        assert_eq!(limit(256, 10), u64::MAX);
    }
}
