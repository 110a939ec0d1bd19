//! Bins of time.

use serde::{Deserialize, Serialize};

use super::busy::MOST_STRETCHES;

/// Rows in a bin, on average.
const ROWS_PER_BIN: u64 = 1000;
/// Most bins.
const MAX_BINS: u64 = 4096;
/// In how many parts a bin may be cut where finer ones are asked for.
const MOST_PARTS: u64 = 16;
/// Fewest bins.
const MIN_BINS: u64 = 32;

/// Bins over the time in which there are rows: the files of two months have none between. They are about equally long, but for
/// stretches shorter than one. Their number depends on the number of rows, so that every bin says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// How long most bins are, in nanoseconds.
    width: i64,
    bins: u16,
    /// Those of each stretch, in order; of the first `stretches`.
    runs: [Run; MOST_STRETCHES],
    stretches: u8,
}

/// Equal bins over a stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Run {
    from: i64,
    width: i64,
    /// Its first bin, and the one after its last.
    bins: (u16, u16),
}

impl Clock {
    /// Bins from the earliest to the latest time, in nanoseconds, both included.
    pub fn new((from, to): (i64, i64), rows: u64) -> Self {
        Self::of(&[(from, to)], rows)
    }

    /// Bins over stretches of time, both ends of each included, in order. There is one at least; what is beyond
    /// [`MOST_STRETCHES`] is left out.
    pub fn of(stretches: &[(i64, i64)], rows: u64) -> Self {
        let stretches = &stretches[..stretches.len().min(MOST_STRETCHES)];
        let length = |&(from, to): &(i64, i64)| (i128::from(to) - i128::from(from) + 1).max(1).unsigned_abs();
        let most = u128::from((rows / ROWS_PER_BIN).clamp(MIN_BINS, MAX_BINS));
        let in_i64 = |length: u128| i64::try_from(length).unwrap_or(i64::MAX);
        let width = stretches.iter().map(length).sum::<u128>().div_ceil(most).max(1);
        let mut clock = Self { width: in_i64(width), bins: 0, runs: Default::default(), stretches: 0 };
        for (run, stretch) in clock.runs.iter_mut().zip(stretches) {
            // One stretch alone has them all, however short they are.
            let bins = if stretches.len() == 1 { most } else { length(stretch).div_ceil(width) } as u16;
            let width = in_i64(length(stretch).div_ceil(u128::from(bins)));
            *run = Run { from: stretch.0, width, bins: (clock.bins, clock.bins + bins) };
            clock.bins += bins;
            clock.stretches += 1;
        }
        clock
    }

    /// Where its bins begin among finer ones of the same time, and where the last ends; how many finer ones most have.
    pub fn cut(&self, finer: &Self) -> (Vec<usize>, usize) {
        let place = |bin: usize| {
            let begin = self.begins(bin);
            // Finer bins are rounded up.
            let half = finer.width(usize::from(finer.bin(begin))) / 2;
            usize::from(finer.bin(begin.saturating_add(half)))
        };
        let edges = (0..self.bins()).map(place).chain([finer.bins()]).collect();
        (edges, usize::try_from(self.width.div_euclid(finer.width.max(1))).unwrap_or(1).max(1))
    }

    /// Finer bins of the same time; `None` where there are as many already as there may be.
    pub fn finer(self) -> Option<Self> {
        let parts = (MAX_BINS / u64::from(self.bins)).min(MOST_PARTS);
        if parts < 2 {
            return None;
        }
        let width = self.width.unsigned_abs().div_ceil(parts);
        let mut finer = Self { width: width.cast_signed(), bins: 0, ..self };
        for run in &mut finer.runs[..usize::from(self.stretches)] {
            let (first, count) = (finer.bins, u64::from(run.bins.1 - run.bins.0));
            let length = run.width.unsigned_abs().saturating_mul(count);
            let count = length.div_ceil(width).clamp(1, count * parts);
            (run.width, run.bins) = (length.div_ceil(count).cast_signed(), (first, first + count as u16));
            finer.bins = run.bins.1;
        }
        Some(finer)
    }

    fn runs(&self) -> &[Run] {
        &self.runs[..usize::from(self.stretches)]
    }

    /// The bin of a time.
    pub fn bin(&self, time: i64) -> u16 {
        let runs = self.runs();
        let run = runs[runs.partition_point(|run| run.from <= time).saturating_sub(1)];
        let last = run.bins.1 - 1;
        // Nearly always this is enough, and browsers divide in 64 bits only.
        let offset = match time.checked_sub(run.from) {
            Some(offset) => u16::try_from(offset.max(0) / run.width),
            None => u16::try_from((i128::from(time) - i128::from(run.from)).max(0) / i128::from(run.width)),
        };
        offset.map_or(last, |bin| run.bins.0.saturating_add(bin).min(last))
    }

    /// Tells the bins of times that follow each other.
    pub fn follow(self) -> Follower {
        Follower { clock: self, bin: 0, from: 0, to: 0 }
    }

    /// How long all bins are together, in nanoseconds.
    pub fn span(&self) -> i64 {
        self.lasts((0, self.bins()))
    }

    /// How long some bins are together, in nanoseconds.
    pub fn lasts(&self, (from, to): (usize, usize)) -> i64 {
        let length = |run: &Run| {
            let (first, end) = (usize::from(run.bins.0).max(from), usize::from(run.bins.1).min(to));
            run.width.saturating_mul(end.saturating_sub(first).cast_signed() as i64)
        };
        self.runs().iter().map(length).fold(0, i64::saturating_add)
    }

    /// Some bins, in parts that are of one stretch of time each.
    pub fn parts(&self, (from, to): (usize, usize)) -> impl Iterator<Item = (usize, usize)> {
        let part = move |run: &Run| (usize::from(run.bins.0).max(from), usize::from(run.bins.1).min(to));
        self.runs().iter().map(part).filter(|(from, to)| from < to)
    }

    /// Number of bins.
    pub fn bins(&self) -> usize {
        usize::from(self.bins)
    }

    fn run(&self, bin: usize) -> Run {
        let runs = self.runs();
        runs[runs.partition_point(|run| usize::from(run.bins.0) <= bin).saturating_sub(1)]
    }

    /// When a bin begins.
    pub fn begins(&self, bin: usize) -> i64 {
        let run = self.run(bin);
        let before = i64::try_from(bin - usize::from(run.bins.0)).unwrap_or(i64::MAX);
        run.from.saturating_add(run.width.saturating_mul(before))
    }

    /// When a bin ends: where the next begins, if that is of the same stretch.
    pub fn ends(&self, bin: usize) -> i64 {
        self.begins(bin).saturating_add(self.run(bin).width)
    }

    /// From the begin of a stretch's first bin to the end of its last. It has one at least.
    pub fn times(&self, (from, to): (usize, usize)) -> (i64, i64) {
        (self.begins(from), self.ends(to - 1))
    }

    /// Length of a bin in nanoseconds.
    pub fn width(&self, bin: usize) -> i64 {
        self.run(bin).width
    }

    /// How long a bin is, where most are 1.
    pub fn part(&self, bin: usize) -> f64 {
        self.width(bin) as f64 / self.width as f64
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
            (self.from, self.to) = self.clock.times((bin, bin + 1));
        }
        self.bin
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
    fn between_stretches_there_are_no_bins() {
        let clock = Clock::of(&[(0, 999), (500_000, 500_499), (9_000_000, 9_000_001)], 47_000);
        // 1502 in 47 bins: of 32 each, those of the last stretch shorter.
        assert_eq!((clock.bins(), clock.span()), (49, 32 * 32 + 16 * 32 + 2));
        let bins = [0, 31, 32, 999, 400_000, 500_000, 500_499, 9_000_001].map(|time| clock.bin(time));
        assert_eq!(bins, [0, 0, 1, 31, 31, 32, 47, 48]);
        assert_eq!(clock.times((31, 33)), (31 * 32, 500_032));
        assert_eq!((clock.part(40), clock.part(48)), (1.0, 2.0 / 32.0));
        assert_eq!(clock.parts((30, 49)).collect::<Vec<_>>(), [(30, 32), (32, 48), (48, 49)]);
        assert_eq!(clock.lasts((31, 49)), 32 + 16 * 32 + 2);
        let finer = clock.finer().unwrap();
        let (edges, parts) = clock.cut(&finer);
        assert_eq!(
            (edges.len(), &edges[..3], edges[32], edges[48], edges[49], parts),
            (50, &[0, 16, 32][..], 512, 768, 769, 16)
        );
        // Two nanoseconds are one bin of two, and no sixteen.
        assert_eq!(finer.bins(), 48 * 16 + 1);
        for time in [0, 17, 999, 500_000, 500_123, 9_000_000, 9_000_001] {
            let bin = usize::from(finer.bin(time));
            assert!((finer.begins(bin)..finer.ends(bin)).contains(&time), "{time}");
        }
    }
}
