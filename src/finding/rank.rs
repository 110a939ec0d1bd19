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
                keep(&mut rows, limit);
                floor = rows.last().map_or(floor, |last| last.score);
            }
        }
        keep(&mut rows, limit);
        Self(rows)
    }

    /// Joins the rankings of shards.
    pub fn merge(parts: Vec<Self>, limit: usize) -> Self {
        let mut rows: Vec<Ranked> = parts.into_iter().flat_map(|part| part.0).collect();
        keep(&mut rows, limit);
        Self(rows)
    }
}

/// Takes the rows of a segment that score at least so much, but for some (ascending).
#[inline(never)]
fn take(segment: &Segment, left_out: &[u32], (floor, from_bin): (f32, u32), rows: &mut Vec<Ranked>) {
    let mut left_out = left_out.iter().copied().peekable();
    for (row, &score) in segment.scores.iter().enumerate() {
        while left_out.next_if(|&out| (out as usize) < row).is_some() {}
        if score >= floor && bin_of(score) >= from_bin && left_out.peek() != Some(&(row as u32)) {
            rows.push(Ranked { score, segment: segment.id, row: row as u32, byte: segment.place(row).0 });
        }
    }
}

fn keep(rows: &mut Vec<Ranked>, limit: usize) {
    if rows.len() > limit {
        rows.select_nth_unstable_by(limit, Ranked::order);
        rows.truncate(limit);
    }
    rows.sort_unstable_by(Ranked::order);
}
