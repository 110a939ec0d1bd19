//! The most abnormal rows, in one order for any number of shards.

use serde::{Deserialize, Serialize};

use super::threshold::bin_of;
use crate::record::{Segment, SegmentId};

/// A row with its score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ranked {
    /// Raw score, higher is more abnormal.
    pub score: f32,
    /// The segment that holds it.
    pub segment: SegmentId,
    /// Its row there.
    pub row: u32,
    /// First byte of the record in its file.
    pub byte: u64,
}

impl Ranked {
    /// Highest score first; rows that score alike in the order of files, bytes, and (within one record) of rows.
    pub fn order(a: &Self, b: &Self) -> std::cmp::Ordering {
        b.score
            .total_cmp(&a.score)
            .then(a.segment.file.cmp(&b.segment.file))
            .then(a.byte.cmp(&b.byte))
            .then(a.row.cmp(&b.row))
    }
}

/// The most abnormal rows, best first.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Ranking(pub Vec<Ranked>);

impl Ranking {
    /// The `limit` highest rows of some segments that reach a bin of the score histogram.
    pub fn of<'a>(segments: impl Iterator<Item = &'a Segment>, from_bin: u32, limit: usize) -> Self {
        Self::without(segments, |_| Vec::new(), from_bin, limit)
    }

    /// As [`Self::of`], without those rows of each segment (ascending) that `left_out` tells.
    pub fn without<'a>(
        segments: impl Iterator<Item = &'a Segment>,
        left_out: impl Fn(&Segment) -> Vec<u32>,
        from_bin: u32,
        limit: usize,
    ) -> Self {
        let mut rows: Vec<Ranked> = Vec::new();
        // What is below can't be among the highest any more.
        let mut floor = f32::NEG_INFINITY;
        for segment in segments {
            take(segment, &left_out(segment), (floor, from_bin), &mut rows);
            if rows.len() > limit.saturating_mul(2).saturating_add(4096) {
                floor = keep(&mut rows, limit).unwrap_or(floor);
            }
        }
        Self::highest(rows, limit)
    }

    /// Joins the rankings of shards.
    pub fn merge(parts: Vec<Self>, limit: usize) -> Self {
        Self::highest(parts.into_iter().flat_map(|part| part.0).collect(), limit)
    }

    fn highest(mut rows: Vec<Ranked>, limit: usize) -> Self {
        keep(&mut rows, limit);
        rows.sort_unstable_by(Ranked::order);
        Self(rows)
    }
}

/// Takes the rows of a segment that score at least so much, but for some (ascending).
#[inline(never)]
fn take(segment: &Segment, left_out: &[u32], (floor, from_bin): (f32, u32), rows: &mut Vec<Ranked>) {
    let mut left_out = left_out.iter().copied().peekable();
    let is_high = |score: f32| score >= floor && bin_of(score) >= from_bin;
    for (row, &score) in segment.scores.iter().enumerate().filter(|(_, score)| is_high(**score)) {
        while left_out.next_if(|&out| (out as usize) < row).is_some() {}
        if left_out.peek() != Some(&(row as u32)) {
            rows.push(Ranked { score, segment: segment.id, row: row as u32, byte: segment.place(row).0 });
        }
    }
}

/// Keeps the highest rows, in any order; gives the lowest score of these where there were more.
fn keep(rows: &mut Vec<Ranked>, limit: usize) -> Option<f32> {
    let last = limit.checked_sub(1).filter(|_| rows.len() > limit);
    let lowest = last.map(|last| rows.select_nth_unstable_by(last, Ranked::order).1.score);
    rows.truncate(limit);
    lowest
}
