//! When there were rows, and where time is cut: what is true of an hour is not seen in bins of days, only because somebody
//! looks at an hour of each of two months, or because one row is of 1970.

use std::cmp::Reverse;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::record::column::NO_TIME;
use crate::record::{Column, Dataset, Role, Segment};

/// Most spans that are kept.
const MOST_SPANS: usize = 1024;
/// The first spans are within 2^20 ns, about a millisecond.
const FIRST_SHIFT: u32 = 20;
/// So many spans for each time that it is cut, at least: a few rows are far from each other by themselves.
const LEAST_SPANS: usize = 8;
/// Most stretches that time is cut into.
pub const MOST_STRETCHES: usize = 8;

/// When there were rows: the times from the first to the last of each span. Merging is associative and commutative.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Busy {
    /// Spans begin and end within one multiple of 2^shift nanoseconds: the least with which they are few enough.
    shift: u32,
    spans: Vec<(i64, i64)>,
}

impl Default for Busy {
    fn default() -> Self {
        Self { shift: FIRST_SHIFT, spans: Vec::new() }
    }
}

impl Busy {
    /// Of the rows of a shard.
    pub fn of<'a>(dataset: &Dataset, segments: impl Iterator<Item = &'a Segment>) -> Self {
        let mut busy = Self::default();
        let Some(column) = dataset.role(Role::Time) else { return busy };
        for segment in segments {
            if let Some(Column::Time(times)) = segment.columns.get(column) {
                busy.add_times(times.iter().filter(|&time| time != NO_TIME));
            }
        }
        busy
    }

    /// Never inlined: a browser goes on with the slow form of a function until it returns.
    #[inline(never)]
    fn add_times(&mut self, times: impl Iterator<Item = i64>) {
        // The span of the row before, and the times that are in it too.
        let mut open: Option<((i64, i64), RangeInclusive<i64>)> = None;
        for time in times {
            match &mut open {
                Some((span, within)) if within.contains(&time) => *span = (span.0.min(time), span.1.max(time)),
                _ => {
                    let first = time >> self.shift << self.shift;
                    let within = first..=(first | ((1 << self.shift) - 1));
                    if let Some((before, _)) = open.replace(((time, time), within)) {
                        self.add(before);
                    }
                }
            }
        }
        if let Some((span, _)) = open {
            self.add(span);
        }
    }

    /// Adds what is within one multiple of 2^shift, or was so before these became more.
    fn add(&mut self, (from, to): (i64, i64)) {
        let place = from >> self.shift;
        let at = match self.spans.last() {
            Some(last) if last.0 >> self.shift == place => self.spans.len() - 1,
            _ => self.spans.partition_point(|span| span.0 >> self.shift < place),
        };
        match self.spans.get_mut(at).filter(|span| span.0 >> self.shift == place) {
            Some(span) => *span = (span.0.min(from), span.1.max(to)),
            None => self.spans.insert(at, (from, to)),
        }
        while self.spans.len() > MOST_SPANS {
            self.widen();
        }
    }

    fn widen(&mut self) {
        self.shift += 1;
        let shift = self.shift;
        self.spans.dedup_by(|next, span| {
            let same = next.0 >> shift == span.0 >> shift;
            if same {
                span.1 = span.1.max(next.1);
            }
            same
        });
    }

    /// Adds the rows of another shard.
    pub fn merge(&mut self, other: &Self) {
        while self.shift < other.shift {
            self.widen();
        }
        other.spans.iter().for_each(|span| self.add(*span));
    }

    /// The stretches of time that there are rows in, both ends of each included, in order and as few as will do: one, unless
    /// for most of the time there are none. Without times there is none.
    pub fn stretches(&self) -> Vec<(i64, i64)> {
        let Some((first, last)) = self.spans.first().zip(self.spans.last()) else { return Vec::new() };
        let (first, last) = (first.0, last.1);
        let length = |(from, to): (i64, i64)| i128::from(to) - i128::from(from);
        let mut gaps: Vec<(i64, i64)> = self.spans.windows(2).map(|pair| (pair[0].1, pair[1].0)).collect();
        gaps.sort_by_key(|&gap| (Reverse(length(gap)), gap));
        gaps.truncate((self.spans.len() / LEAST_SPANS).min(MOST_STRETCHES - 1));
        let (mut rest, mut cut) = (length((first, last)), 0);
        for (before, &gap) in gaps.iter().enumerate() {
            rest -= length(gap);
            // It is as long as all that is left. (Single rows last a while too.)
            if length(gap) >= rest.max((self.spans.len() as i128) << FIRST_SHIFT) {
                cut = before + 1;
            }
        }
        gaps.truncate(cut);
        gaps.sort_unstable();
        let begins = std::iter::once(first).chain(gaps.iter().map(|gap| gap.1));
        begins.zip(gaps.iter().map(|gap| gap.0).chain([last])).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::hash::hash_pair;

    const SECOND: i64 = 1_000_000_000;
    const HOUR: i64 = 3600 * SECOND;

    fn busy(times: &[i64]) -> Busy {
        let mut busy = Busy::default();
        busy.add_times(times.iter().copied());
        busy
    }

    fn seconds(from: i64, count: i64) -> Vec<i64> {
        (0..count).map(|n| from + n * SECOND).collect()
    }

    fn stretches(parts: &[&[i64]]) -> Vec<(i64, i64)> {
        busy(&parts.concat()).stretches()
    }

    #[test]
    fn what_is_of_different_months_is_apart() {
        let (january, february) = (seconds(0, 3600), seconds(700 * HOUR, 1800));
        // As February is shorter than January, one gap alone is longer than all else.
        let march = seconds(1380 * HOUR, 60);
        let end = |times: &[i64]| times[times.len() - 1];
        assert_eq!(
            stretches(&[&january, &march, &february]),
            [(0, end(&january)), (700 * HOUR, end(&february)), (1380 * HOUR, end(&march))]
        );
        assert_eq!(stretches(&[&january, &seconds(HOUR, 3600)]).len(), 1);
        assert_eq!(stretches(&[]), []);
        let of_1970 = [vec![5], seconds(500_000 * HOUR, 3600)].concat();
        assert_eq!(stretches(&[&of_1970]).len(), 2);
    }

    #[test]
    fn what_is_silent_for_a_while_or_again_and_again_is_not() {
        assert_eq!(stretches(&[&seconds(0, 3600), &seconds(5 * HOUR / 2, 3600)]).len(), 1);
        let nights: Vec<i64> = (0..5).flat_map(|day| seconds(24 * day * HOUR, 8 * 3600)).collect();
        assert_eq!(stretches(&[&nights]).len(), 1);
        assert_eq!(stretches(&[&(0..20).map(|n| n * HOUR).collect::<Vec<_>>()]).len(), 1);
    }

    #[test]
    fn any_split_comes_to_the_same() {
        let times: Vec<i64> =
            (0..20_000).map(|n| (hash_pair(n, 3) % 50_000_000_000 * (1 + n % 7)).cast_signed()).collect();
        let whole = busy(&times);
        assert!(whole.spans.len() <= MOST_SPANS && whole.spans.len() > MOST_SPANS / 4, "{}", whole.spans.len());
        for cut in [0, 1, 77, 13_000] {
            let (mut a, mut b) = (busy(&times[..cut]), busy(&times[cut..]));
            let before = a.clone();
            a.merge(&b);
            b.merge(&before);
            assert_eq!((&a, &b), (&whole, &whole), "{cut}");
        }
    }
}
