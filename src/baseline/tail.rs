//! How heavy the upper tails of durations are: latencies are rarely lognormal, and what many rows do is no spike.

use super::sketch::{Expected, LogSketch};
use crate::common::tail::log10_normal;

/// Robust standard deviations above the median where the tail begins.
pub const FAR: f64 = 3.0;
/// Share of a normal distribution that lies beyond, and by how much half of that is beyond.
const BEYOND: f64 = 0.001_35;
const HALF_BEYOND: f64 = 0.205;
/// A template's own tail is told by so many rows; else it has that of all.
const LEAST: u64 = 30;

/// A tail beside that of a normal distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tail {
    /// How many times as far its rows lie beyond [`FAR`], by their median: a few that are much farther do not count. 1 or more.
    stretch: f64,
    /// log10 of how many times as many rows lie there; 0 or more.
    more: f64,
}

impl Tail {
    /// That of a normal distribution.
    pub const NORMAL: Self = Self { stretch: 1.0, more: 0.0 };

    /// Of so many rows, those beyond given by how far, each with how many.
    fn new(mut beyond: Vec<(f64, u64)>, rows: u64) -> Option<Self> {
        let count: u64 = beyond.iter().map(|(_, rows)| rows).sum();
        if count < LEAST {
            return None;
        }
        beyond.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut below = 0;
        let half = beyond.iter().find(|(_, rows)| {
            below += rows;
            2 * below >= count
        });
        let stretch = half.map_or(1.0, |(far, _)| far / HALF_BEYOND).max(1.0);
        let more = libm::log10(count as f64 / (BEYOND * rows as f64)).max(0.0);
        Some(Self { stretch, more })
    }

    /// The tails of several kinds of durations, each with what is ordinary for it, if that is known. That of a kind counts where
    /// it is lighter than that of all: where it is heavier, an instance may have been slow.
    pub fn of_kinds<'a>(kinds: impl Iterator<Item = (&'a LogSketch, Option<Expected>)> + Clone) -> Vec<Self> {
        let mut all = Vec::new();
        let mut rows = 0;
        for (durations, expected) in kinds.clone() {
            let Some(expected) = expected else { continue };
            all.extend(beyond(durations, expected));
            rows += durations.count();
        }
        let all = Self::new(all, rows).unwrap_or(Self::NORMAL);
        let of_kind = |(durations, expected): (&LogSketch, Option<Expected>)| {
            let own = Self::new(beyond(durations, expected?).collect(), durations.count())?;
            Some(Self { stretch: own.stretch.min(all.stretch), more: own.more.min(all.more) })
        };
        kinds.map(|kind| of_kind(kind).unwrap_or(all)).collect()
    }

    /// log10 of the probability of a value that lies `z` (at least [`FAR`]) robust standard deviations above the median.
    pub fn log10_p(self, z: f64) -> f64 {
        (log10_normal(FAR + (z - FAR) / self.stretch) + self.more).min(0.0)
    }
}

/// How far beyond [`FAR`] durations lie, each with how many do.
fn beyond(durations: &LogSketch, expected: Expected) -> impl Iterator<Item = (f64, u64)> + '_ {
    let far = move |(log, rows): (f64, u64)| ((log - expected.median) / expected.spread - FAR, rows);
    durations.logarithms().map(far).filter(|(far, _)| *far > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::hash::hash_pair;

    /// The tail of a hundred thousand durations, given their deviations by a uniform number.
    fn tail(deviation: impl Fn(f64) -> f64, spikes: usize) -> Tail {
        let mut durations = LogSketch::default();
        let uniform = |n: u64| (hash_pair(n, 3) >> 11) as f64 / (1_u64 << 53) as f64;
        (0..100_000).for_each(|n| durations.add(100.0 * libm::exp(0.3 * deviation(uniform(n)))));
        (0..spikes).for_each(|_| durations.add(100.0 * libm::exp(0.3 * 15.0)));
        let expected = durations.expected(20).unwrap();
        Tail::new(beyond(&durations, expected).collect(), durations.count()).unwrap()
    }

    /// A normal deviate, by bisection.
    fn normal(p: f64) -> f64 {
        let (mut low, mut high) = (-9.0, 9.0);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            if 0.5 * libm::erfc(-middle / std::f64::consts::SQRT_2) < p { low = middle } else { high = middle }
        }
        low
    }

    #[test]
    fn a_normal_tail_is_as_it_is_whatever_spikes_there_are() {
        let of_normal = tail(normal, 20);
        assert!(of_normal.stretch < 1.6 && of_normal.more < 0.2, "{of_normal:?}");
        assert!(of_normal.log10_p(15.0) < -15.0);
        assert!((Tail::NORMAL.log10_p(4.0) - log10_normal(4.0)).abs() < 1e-12);
    }

    #[test]
    fn what_a_heavy_tail_has_is_no_spike() {
        // Of a hundred one takes up to nine times as long as it would.
        let pareto = |p: f64| {
            if p > 0.988 { normal(0.5) + 1.0 + 6.0 * (p - 0.988) / 0.012 } else { normal(p / 0.988) }
        };
        let heavy = tail(pareto, 9);
        assert!(heavy.stretch > 4.0 && heavy.more > 0.5, "{heavy:?}");
        assert!(heavy.log10_p(6.6) > -4.0 && heavy.log10_p(18.0) < -5.0, "{heavy:?}");
    }
}
