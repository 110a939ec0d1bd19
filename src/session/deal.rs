//! Rows on their way to the shard that is to have the whole of their session: those of sessions that may have rows in more
//! than one segment ([`super::spread`]).
//!
//! Sessions are dealt to shards by their key's hash, in rounds: a round has the sessions of some hashes, so that only a
//! part of all rows is on its way at a time.

use serde::{Deserialize, Serialize};

use crate::common::hash::mix;

/// Rows that are on their way together, about.
const ROWS_PER_ROUND: u64 = 200_000;

/// What a session needs of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DealtRow {
    /// Hash of the session key.
    pub key: u64,
    /// When, in nanoseconds; the lowest number where the row has no time.
    pub time: i64,
    /// Place among the rows of all files.
    pub place: u64,
    /// Template.
    pub template: u32,
    /// Level as a number.
    pub level: u8,
}

/// How many rounds a number of rows takes.
pub fn rounds(rows: u64) -> u32 {
    rows.div_ceil(ROWS_PER_ROUND).clamp(1, 1 << 16) as u32
}

/// In which round a session is dealt.
pub fn round_of(key: u64, rounds: u32) -> u32 {
    (mix(key) >> 32) as u32 % rounds.max(1)
}

/// Which of the shards has a session.
pub fn owner_of(key: u64, shards: u32) -> u32 {
    mix(key) as u32 % shards.max(1)
}
