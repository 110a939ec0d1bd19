//! How often each shape occurs, in bounded memory: a count-min sketch.
//!
//! Cormode and Muthukrishnan, "An improved data stream summary: the count-min sketch", 2005. A count is never too low, and
//! too high only where shapes collide in both rows. Merging is addition, so any number of shards gives the same counts.

use serde::{Deserialize, Serialize};

/// Bits of a row's index: 262,144 counters a row.
const BITS: u32 = 18;

/// Counts by 32-bit hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    counters: Vec<u32>,
}

impl Default for Sketch {
    fn default() -> Self {
        Self { counters: vec![0; 2 << BITS] }
    }
}

impl Sketch {
    /// Counts one occurrence.
    pub fn add(&mut self, hash: u32) {
        for place in places(hash) {
            self.counters[place] = self.counters[place].saturating_add(1);
        }
    }

    /// How often the hash was added (or more often, where others collide with it in both rows).
    pub fn count(&self, hash: u32) -> u64 {
        let [a, b] = places(hash);
        u64::from(self.counters[a].min(self.counters[b]))
    }

    /// The smallest count of any hash that was added, as far as the counters tell; `None` when none was.
    pub fn least(&self) -> Option<u64> {
        self.counters.iter().copied().filter(|&count| count > 0).min().map(u64::from)
    }

    /// Adds the counts of another shard.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counters.iter_mut().zip(&other.counters) {
            *mine = mine.saturating_add(*theirs);
        }
    }
}

/// A counter in each of the two rows: the low bits, and the high bits scrambled.
fn places(hash: u32) -> [usize; 2] {
    let second = hash.wrapping_mul(0x9e37_79b1).rotate_left(15) >> (32 - BITS);
    [(hash & ((1 << BITS) - 1)) as usize, (1 << BITS) + second as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_over_shards() {
        let (mut a, mut b, mut whole) = (Sketch::default(), Sketch::default(), Sketch::default());
        for n in 0..10_000_u32 {
            let hash = (n % 97).wrapping_mul(0x85eb_ca6b);
            if n % 3 == 0 {
                a.add(hash);
            } else {
                b.add(hash);
            }
            whole.add(hash);
        }
        a.merge(&b);
        assert_eq!(a, whole);
        assert_eq!(whole.count(0), 104);
        assert_eq!(whole.count(12345), 0);
    }
}
