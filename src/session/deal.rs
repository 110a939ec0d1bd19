//! Rows on their way to the shard that is to have the whole of their session: those of sessions that may have rows in more
//! than one segment ([`super::spread`]).
//!
//! Sessions are dealt to shards by their key's hash, in rounds: a round has the sessions of some hashes, so that only a
//! part of all rows is on its way at a time.

use crate::common::group::grouped;
use crate::common::hash::mix;

/// Rows that are on their way together, about.
const ROWS_PER_ROUND: u64 = 200_000;

/// What a session needs of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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

/// The rows of a segment that are to be dealt.
#[derive(Debug)]
pub struct Left {
    /// Those of one round after those of another, once that is known.
    rows: Vec<u32>,
    /// Where each round's end.
    ends: Vec<u32>,
}

impl Left {
    /// Rows in order.
    pub fn new(rows: Vec<u32>) -> Self {
        Self { rows, ends: Vec::new() }
    }

    /// Puts them by rounds. Without that, all rows would be looked at in every round.
    #[inline(never)]
    pub fn by_rounds(&mut self, rounds: u32, key: impl Fn(u32) -> u64) {
        let round_of: Vec<u32> = self.rows.iter().map(|&row| round_of(key(row), rounds)).collect();
        (self.rows, self.ends) = grouped(&self.rows, &round_of, rounds as usize);
    }

    /// Those of a round, in order.
    pub fn of(&self, round: u32) -> &[u32] {
        let end = |round: u32| self.ends.get(round as usize).copied();
        let from = round.checked_sub(1).and_then(end).unwrap_or(0) as usize;
        end(round).and_then(|to| self.rows.get(from..to as usize)).unwrap_or_default()
    }
}

/// Sorts rows. Keys are hashes, so that their first bits part rows into as many groups as there are sessions, about, of
/// which each is sorted by itself.
pub fn sort(rows: &mut Vec<DealtRow>) {
    let bits = (rows.len() / ROWS_PER_GROUP).max(2).ilog2();
    let groups: Vec<u32> = rows.iter().map(|row| (row.key >> (u64::BITS - bits)) as u32).collect();
    let (sorted, ends) = grouped(rows, &groups, 1 << bits);
    *rows = sorted;
    let mut from = 0;
    for end in ends {
        rows[from..end as usize].sort_unstable();
        from = end as usize;
    }
}

/// Rows in a group of [`sort`], about.
const ROWS_PER_GROUP: usize = 8;
/// Bytes of a row on its way.
const BYTES: usize = 29;

/// Rows on their way.
pub fn pack(rows: &[DealtRow]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(rows.len() * BYTES);
    for row in rows {
        let mut packed = [0; BYTES];
        packed[..8].copy_from_slice(&row.key.to_le_bytes());
        packed[8..16].copy_from_slice(&row.time.to_le_bytes());
        packed[16..24].copy_from_slice(&row.place.to_le_bytes());
        packed[24..28].copy_from_slice(&row.template.to_le_bytes());
        packed[28] = row.level;
        bytes.extend_from_slice(&packed);
    }
    bytes
}

/// What [`pack`] made.
pub fn unpack(bytes: &[u8]) -> impl Iterator<Item = DealtRow> {
    bytes.as_chunks::<BYTES>().0.iter().map(|packed| {
        let word = |from: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&packed[from..from + 8]);
            word
        };
        let [.., a, b, c, d, level] = *packed;
        DealtRow {
            key: u64::from_le_bytes(word(0)),
            time: i64::from_le_bytes(word(8)),
            place: u64::from_le_bytes(word(16)),
            template: u32::from_le_bytes([a, b, c, d]),
            level,
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::common::hash::hash_pair;

    fn row(key: u64, place: u64) -> DealtRow {
        DealtRow {
            key,
            time: place.cast_signed() - 9,
            place,
            template: place as u32 ^ u32::MAX,
            level: (place % 7) as u8,
        }
    }

    proptest! {
        #[test]
        fn rows_are_sorted_whatever_their_keys(keys in prop::collection::vec(0..60_u64, 0..300), hashed: bool) {
            let key = |key| if hashed { hash_pair(key, 1) } else { key };
            let rows: Vec<DealtRow> = (0..).zip(&keys).map(|(place, &of)| row(key(of), place % 50)).collect();
            let (mut sorted, mut expected) = (rows.clone(), rows);
            sort(&mut sorted);
            expected.sort_unstable();
            prop_assert_eq!(sorted, expected);
        }

        #[test]
        fn rows_arrive_as_they_were_sent(rows in prop::collection::vec((any::<u64>(), any::<u64>()), 0..20)) {
            let rows: Vec<DealtRow> = rows.iter().map(|&(key, place)| row(key, place)).collect();
            prop_assert_eq!(unpack(&pack(&rows)).collect::<Vec<_>>(), rows);
        }

        #[test]
        fn each_row_is_dealt_once_in_its_round(keys in prop::collection::vec(any::<u64>(), 0..100), rounds in 1..9_u32) {
            let mut left = Left::new((0..keys.len() as u32).collect());
            left.by_rounds(rounds, |row| keys[row as usize]);
            let mut dealt = Vec::new();
            for round in 0..rounds {
                let rows = left.of(round);
                prop_assert!(rows.is_sorted() && rows.iter().all(|&row| round_of(keys[row as usize], rounds) == round));
                dealt.extend_from_slice(rows);
            }
            dealt.sort_unstable();
            prop_assert_eq!(dealt, (0..keys.len() as u32).collect::<Vec<_>>());
            prop_assert!(left.of(rounds).is_empty());
        }
    }
}
