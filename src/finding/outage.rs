//! Sessions that fail in the same way, one after the other, are one outage, which is told once.

use std::collections::BTreeMap;

use super::evidence::OddSession;
use crate::baseline::Clock;
use crate::session::Flaw;

/// Fewer sessions may fail one after the other by chance.
const LEAST: usize = 6;
/// How many times more densely than over the whole time they have to follow each other: six such gaps in a row happen by
/// chance to one failure in ten thousand, where failures come independently of each other (a Poisson process).
const DENSER: i64 = 6;

/// The sessions of outages.
#[derive(Debug, Default)]
pub(super) struct Outages {
    /// By key: the key of its outage's first session, and how many sessions the outage has.
    of: BTreeMap<u64, (u64, usize)>,
}

impl Outages {
    /// Looks for cascades of the same first error that follow each other much more densely than all of them do.
    pub(super) fn new(sessions: &[OddSession], clock: Option<Clock>) -> Self {
        let mut outages = Self::default();
        let Some(clock) = clock else { return outages };
        let mut by_root: BTreeMap<u32, Vec<(i64, u64)>> = BTreeMap::new();
        for session in sessions {
            if let (Flaw::Cascade { root, .. }, Some(start)) = (session.flaw, session.start) {
                by_root.entry(root).or_default().push((start, session.key));
            }
        }
        for mut cascades in by_root.into_values() {
            cascades.sort_unstable();
            let widest = clock.span() / (DENSER * i64::from(cascades.len().max(1) as u32));
            for run in cascades.chunk_by(|a, b| b.0.saturating_sub(a.0) <= widest).filter(|run| run.len() >= LEAST) {
                outages.of.extend(run.iter().map(|(_, key)| (*key, (run[0].1, run.len()))));
            }
        }
        outages
    }

    /// The session that stands for the outage of a session; itself where it is of none.
    pub(super) fn first(&self, key: u64) -> u64 {
        self.of.get(&key).map_or(key, |outage| outage.0)
    }

    /// How many sessions the outage of a session has; 1 where it is of none.
    pub(super) fn sessions(&self, key: u64) -> usize {
        self.of.get(&key).map_or(1, |outage| outage.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::hash::hash_pair;

    const HOUR: i64 = 3_600_000_000_000;

    fn outages(starts: &[(u32, i64)]) -> Outages {
        let flaw = |root| Flaw::Cascade { root, problems: 2, as_many: 9, of: 900 };
        let session = |(key, (root, start)): (u64, &(u32, i64))| OddSession {
            strength: 3.0,
            key,
            flaw: flaw(*root),
            start: Some(*start),
        };
        let sessions: Vec<OddSession> = (1..).zip(starts).map(session).collect();
        Outages::new(&sessions, Some(Clock::new((0, 10 * HOUR), 10_000)))
    }

    #[test]
    fn failures_that_follow_each_other_closely_are_one_outage() {
        let mut starts: Vec<(u32, i64)> = (0..8).map(|n| (1, 2 * HOUR + n * HOUR / 100)).collect();
        starts.extend((0..8).map(|n| (1, 7 * HOUR + n * HOUR / 100)));
        // At the same time, and of another kind; too few by themselves.
        starts.extend((0..5).map(|n| (2, 2 * HOUR + n * HOUR / 100)));
        let outages = outages(&starts);
        let firsts: Vec<u64> = (1..=21).map(|key| outages.first(key)).collect();
        assert_eq!(firsts[..16], [[1; 8], [9; 8]].concat());
        assert_eq!(firsts[16..], [17, 18, 19, 20, 21]);
        assert_eq!((outages.sessions(3), outages.sessions(17)), (8, 1));
    }

    #[test]
    fn failures_that_come_by_chance_are_none() {
        let starts: Vec<(u32, i64)> =
            (0..300).map(|n| (1, (hash_pair(n, 5) % (10 * HOUR as u64)).cast_signed())).collect();
        let outages = outages(&starts);
        assert!((1..=300).all(|key| outages.first(key) == key));
    }
}
