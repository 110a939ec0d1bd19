//! The training sample: rows chosen by a hash of their position, never by arrival.
//!
//! Every row has a rank, the hash of (file, byte, seed). The sample is the rows of the lowest ranks. A shard offers those
//! of its rows that are below a limit, the merge keeps the lowest of all: however the rows were spread over shards, the
//! sample is the same.

use serde::{Deserialize, Serialize};

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
    fn fewer_rows_than_wanted_are_all_taken() {
        assert_eq!(limit(256, 10), u64::MAX);
    }
}
