//! Counts over time.

use serde::{Deserialize, Serialize};

/// A count per bin, and the lowest place of a row in it; bins without rows are left out.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Series(Vec<(u16, u32, u64)>);

impl Series {
    /// Adds rows to a bin.
    pub fn add(&mut self, bin: u16, count: u32, place: u64) {
        // Rows come nearly in order of time.
        let at = match self.0.last() {
            Some(last) if last.0 == bin => Ok(self.0.len() - 1),
            Some(last) if last.0 < bin => Err(self.0.len()),
            None => Err(0),
            _ => self.0.binary_search_by_key(&bin, |entry| entry.0),
        };
        match at {
            Ok(at) => {
                let entry = &mut self.0[at];
                entry.1 = entry.1.saturating_add(count);
                entry.2 = entry.2.min(place);
            }
            Err(at) => self.0.insert(at, (bin, count, place)),
        }
    }

    /// Adds another series.
    pub fn merge(&mut self, other: &Self) {
        for &(bin, count, place) in &other.0 {
            self.add(bin, count, place);
        }
    }

    /// The counts of all bins.
    pub fn dense(&self, bins: usize) -> Vec<u32> {
        let mut counts = vec![0; bins];
        for &(bin, count, _) in &self.0 {
            if let Some(slot) = counts.get_mut(usize::from(bin)) {
                *slot = count;
            }
        }
        counts
    }

    /// Bins that have a count.
    pub fn occupied(&self) -> usize {
        self.0.len()
    }

    /// Rows of all bins.
    pub fn rows(&self) -> u64 {
        self.0.iter().map(|&(_, count, _)| u64::from(count)).sum()
    }

    /// Lowest place of a row in the first bin with rows from `from` on.
    pub fn place_from(&self, from: u16) -> Option<u64> {
        let at = self.0.partition_point(|entry| entry.0 < from);
        self.0.get(at).map(|entry| entry.2)
    }

    /// Lowest place of a row in the last bin with rows before `to`.
    pub fn place_before(&self, to: u16) -> Option<u64> {
        let at = self.0.partition_point(|entry| entry.0 < to);
        Some(self.0.get(at.checked_sub(1)?)?.2)
    }

    /// First and last bin that have a count.
    pub fn range(&self) -> Option<(u16, u16)> {
        Some((self.0.first()?.0, self.0.last()?.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_add_up_in_any_order() {
        let (mut a, mut b) = (Series::default(), Series::default());
        for (bin, count) in [(3, 1), (9, 2), (3, 4)] {
            a.add(bin, count, 5);
        }
        for (bin, count) in [(1, 7), (9, 1)] {
            b.add(bin, count, 4);
        }
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.merge(&b);
        ba.merge(&a);
        assert_eq!(ab, ba);
        assert_eq!(ab.dense(10), [0, 7, 0, 5, 0, 0, 0, 0, 0, 3]);
        assert_eq!(ab.range(), Some((1, 9)));
    }
}
