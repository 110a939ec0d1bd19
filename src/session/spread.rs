//! Which sessions may have rows in more than one segment. The rows of all others are together where they are.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::common::hash::mix;

/// Bits of the filters per row, of which each key sets two.
const BITS_PER_ROW: u64 = 2;
/// Bytes in which the bits of a key are: what a processor fetches at once (Putze, Sanders and Singler, "Cache-, hash- and
/// space-efficient Bloom filters", WEA 2007).
const BLOCK: usize = 64;

/// Two filters over the hashes of session keys (Bloom, CACM 1970), of the same size for all shards: the bits of keys that a
/// segment has, and of those that several have. That bits meet by chance costs time and nothing else: a session that is in
/// one segment is then taken for one that is not. Merging is joining, so that neither cuts nor shards matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    once: ByteBuf,
    several: ByteBuf,
}

impl Spread {
    /// Nothing seen yet. `rows`: how many all shards have, about.
    pub fn new(rows: u64) -> Self {
        let bytes = (rows * BITS_PER_ROW / 8).next_power_of_two().clamp(1 << 10, 1 << 24) as usize;
        Self { once: vec![0; bytes].into(), several: vec![0; bytes].into() }
    }

    /// The places of a key's bits.
    fn places(&self, key: u64) -> [(usize, u8); 2] {
        let hash = mix(key);
        let block = (hash >> 32) as usize & (self.several.len().max(BLOCK) - BLOCK);
        [hash, hash >> 16].map(|hash| (block + (hash >> 3) as usize % BLOCK, 1 << (hash & 7)))
    }

    /// Adds the keys of one segment; the same key may come again.
    pub fn add(&mut self, keys: impl Iterator<Item = u64> + Clone) {
        // What is seen in the segment itself does not count as seen before it.
        for key in keys.clone() {
            for (byte, bit) in self.places(key) {
                self.several[byte] |= self.once[byte] & bit;
            }
        }
        for key in keys {
            for (byte, bit) in self.places(key) {
                self.once[byte] |= bit;
            }
        }
    }

    /// Adds the segments of another shard.
    pub fn merge(&mut self, other: &Self) {
        let theirs = other.once.iter().zip(other.several.iter());
        for ((once, several), (more, of_several)) in self.once.iter_mut().zip(self.several.iter_mut()).zip(theirs) {
            *several |= *of_several | *once & more;
            *once |= more;
        }
    }

    /// What [`Self::may_be`] needs, without the rest.
    #[must_use]
    pub fn finish(self) -> Self {
        Self { once: ByteBuf::new(), ..self }
    }

    /// Whether more than one segment may have rows with this key.
    pub fn may_be(&self, key: u64) -> bool {
        self.places(key).into_iter().all(|(byte, bit)| self.several.get(byte).is_none_or(|seen| seen & bit != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However segments are divided among shards, each key of several segments is known for one; nearly no other is.
        #[test]
        fn what_several_segments_have_is_found(
            segments in prop::collection::vec(prop::collection::vec(1_u64..2_000, 0..60), 0..12),
            shards in 1_usize..4,
        ) {
            let mut parts = vec![Spread::new(700); shards];
            let mut alone = Spread::new(700);
            for (number, keys) in segments.iter().enumerate() {
                parts[number % shards].add(keys.iter().copied());
                alone.add(keys.iter().copied());
            }
            let (first, others) = parts.split_first_mut().unwrap();
            for other in others {
                first.merge(other);
            }
            prop_assert_eq!(&*first, &alone);
            let whole = alone.finish();
            let of_key = |key: u64| segments.iter().filter(|keys| keys.contains(&key)).count();
            let taken = (1..2_000).filter(|&key| whole.may_be(key) && of_key(key) < 2).count();
            prop_assert!((1..2_000).all(|key| whole.may_be(key) || of_key(key) < 2));
            prop_assert!(taken < 100, "{taken}");
        }
    }

    #[test]
    fn without_filters_every_session_may_be_anywhere() {
        assert!(Spread::default().may_be(7));
    }
}
