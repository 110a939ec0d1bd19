//! Counts over time.

use serde::{Deserialize, Serialize};

/// Rows in a bin, on average.
const ROWS_PER_BIN: u64 = 1000;
/// Most bins.
const MAX_BINS: u64 = 4096;
/// In how many parts a bin may be cut where finer ones are asked for.
const MOST_PARTS: u64 = 16;
/// Fewest bins.
const MIN_BINS: u64 = 32;

/// Equal bins over the time of the data. Their number depends on the number of rows, so that every bin says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    from: i64,
    width: i64,
    bins: u16,
}

impl Clock {
    /// Bins from the earliest to the latest time, in nanoseconds, both included.
    pub fn new((from, to): (i64, i64), rows: u64) -> Self {
        let bins = (rows / ROWS_PER_BIN).clamp(MIN_BINS, MAX_BINS);
        let span = (i128::from(to) - i128::from(from) + 1).max(1);
        let width = (span as u128).div_ceil(u128::from(bins)).min(i64::MAX as u128) as i64;
        Self { from, width: width.max(1), bins: bins as u16 }
    }

    /// Finer bins of the same time; `None` where there are as many already as there may be.
    pub fn finer(self) -> Option<Self> {
        let parts = (MAX_BINS / u64::from(self.bins)).min(MOST_PARTS);
        let width = self.width.unsigned_abs().div_ceil(parts).cast_signed();
        (parts > 1).then(|| Self { width, bins: self.bins * parts as u16, ..self })
    }

    /// The bin of a time.
    pub fn bin(&self, time: i64) -> u16 {
        let last = self.bins - 1;
        // Nearly always this is enough, and browsers divide in 64 bits only.
        if let Some(offset) = time.checked_sub(self.from) {
            return u16::try_from(offset.max(0) / self.width).map_or(last, |bin| bin.min(last));
        }
        let offset = (i128::from(time) - i128::from(self.from)).max(0) / i128::from(self.width);
        u16::try_from(offset).map_or(last, |bin| bin.min(last))
    }

    /// Tells the bins of times that follow each other.
    pub fn follow(self) -> Follower {
        Follower { clock: self, bin: 0, from: 0, to: 0 }
    }

    /// From the first bin's begin to the last one's end, in nanoseconds.
    pub fn span(&self) -> i64 {
        self.width.saturating_mul(i64::from(self.bins))
    }

    /// Number of bins.
    pub fn bins(&self) -> usize {
        usize::from(self.bins)
    }

    /// When a bin begins; for the number of bins: when the last one ends.
    pub fn begins(&self, bin: usize) -> i64 {
        self.from.saturating_add(self.width.saturating_mul(i64::try_from(bin).unwrap_or(i64::MAX)))
    }

    /// Length of a bin in nanoseconds.
    pub fn width(&self) -> i64 {
        self.width
    }
}

/// A clock that remembers the bin that it told last: rows come nearly in order of time, and dividing takes long.
#[derive(Clone, Copy, Debug)]
pub struct Follower {
    clock: Clock,
    bin: u16,
    /// Times of that bin, `to` excluded; none before the first.
    from: i64,
    to: i64,
}

impl Follower {
    /// [`Clock::bin`].
    #[inline]
    pub fn bin(&mut self, time: i64) -> u16 {
        if !(self.from..self.to).contains(&time) {
            self.bin = self.clock.bin(time);
            let bin = usize::from(self.bin);
            (self.from, self.to) = (self.clock.begins(bin), self.clock.begins(bin + 1));
        }
        self.bin
    }
}

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
    fn every_time_has_a_bin() {
        let clock = Clock::new((1000, 1999), 10);
        assert_eq!((clock.bin(1000), clock.bin(1999)), (0, 31));
        assert_eq!((clock.bin(i64::MIN), clock.bin(i64::MAX)), (0, 31));
        let mut follower = clock.follow();
        for time in [1000, 1030, 1031, 1032, 1500, 1999, 2000, 999, i64::MIN, 1999, i64::MAX, 1000] {
            assert_eq!(follower.bin(time), clock.bin(time), "{time}");
        }
        let extreme = Clock::new((i64::MIN, i64::MAX), u64::MAX);
        assert_eq!(usize::from(extreme.bin(i64::MAX)), extreme.bins() - 1);
        assert_eq!(Clock::new((5, 5), 3).bin(5), 0);
    }

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
