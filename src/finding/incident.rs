//! Rows and sessions that are odd in the same way, one after the other, are one incident, which is told once.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, Oddity};
use crate::baseline::Clock;
use crate::session::Flaw;
use crate::session::judge::LEAST_STRENGTH;

/// Fewer may be odd one after the other by chance.
const LEAST: usize = 6;
/// How many times more densely than over the whole time they have to follow each other: six such gaps in a row happen by
/// chance to one in ten thousand, where they come independently of each other (a Poisson process).
const DENSER: i64 = 6;

/// The gaps of those that belong to a dense run may be so many times as wide.
const THINNER: i64 = 3;

/// Who has part in an incident: a session by its key, or a row without one by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Session(u64),
    Row(u64),
}

/// In which way a row or session is odd: how, and the template that it is about.
type Way = (u8, u32);

/// The parts of incidents.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    /// By part: the first part of its incident, and how many parts that has.
    of: BTreeMap<Part, (Part, usize)>,
}

impl Incidents {
    /// Looks for rows and sessions that follow each other much more densely than all do that are odd in the same way.
    #[inline(never)]
    pub(super) fn new(evidence: &Evidence, clock: Option<Clock>) -> Self {
        let mut incidents = Self::default();
        let Some(clock) = clock else { return incidents };
        let mut ways: BTreeMap<Way, Vec<(i64, Part)>> = BTreeMap::new();
        for session in evidence.sessions.iter().filter(|session| session.strength >= LEAST_STRENGTH) {
            if let Some(start) = session.start {
                ways.entry(way(&session.flaw)).or_default().push((start, Part::Session(session.key)));
            }
        }
        for row in evidence.rows.iter().filter(|row| row.strength >= LEAST_STRENGTH) {
            if let (Oddity::Duration { .. }, Some(time)) = (row.oddity, row.time) {
                let part = if row.key == 0 { Part::Row(row.place) } else { Part::Session(row.key) };
                ways.entry((SPIKE, row.template)).or_default().push((time, part));
            }
        }
        for mut events in ways.into_values() {
            events.sort_unstable();
            for (from, to) in runs(&events, clock.span()) {
                incidents.enter(&events[from..to]);
            }
        }
        incidents
    }

    fn enter(&mut self, events: &[(i64, Part)]) {
        let mut seen = BTreeSet::new();
        let parts: Vec<Part> = events.iter().map(|(_, part)| *part).filter(|part| seen.insert(*part)).collect();
        if parts.len() < LEAST {
            return;
        }
        // Parts of an incident that was found before take the others into it.
        let known = parts.iter().find_map(|part| self.of.get(part).map(|known| known.0));
        let first = known.unwrap_or(parts[0]);
        for part in &parts {
            self.of.entry(*part).or_insert((first, parts.len()));
        }
    }

    /// The part that stands for the incident of one; itself where it is of none.
    pub(super) fn first(&self, part: Part) -> Part {
        self.of.get(&part).map_or(part, |incident| incident.0)
    }

    /// How many parts the incident of one has; 1 where it is of none.
    pub(super) fn parts(&self, part: Part) -> usize {
        self.of.get(&part).map_or(1, |incident| incident.1)
    }
}

/// Rows that took long.
const SPIKE: u8 = 0;

fn way(flaw: &Flaw) -> Way {
    match *flaw {
        Flaw::Missing { step, .. } => (1, step),
        Flaw::Repeated { step, .. } => (2, step),
        Flaw::Order { first, .. } => (3, first),
        Flaw::Foreign { steps: [first, ..], .. } => (4, first),
        Flaw::Cascade { root, .. } => (5, root),
        Flaw::Slow { last, .. } => (6, last),
        Flaw::Failing { .. } => (7, 0),
    }
}

/// Where events, in the order of their times, follow each other densely; their ends may thin out. Such runs are one where the
/// pause between them is no longer than one of them: an incident has gaps of its own.
fn runs(events: &[(i64, Part)], span: i64) -> Vec<(usize, usize)> {
    let widest = span / (DENSER * i64::try_from(events.len().max(1)).unwrap_or(i64::MAX));
    let mut joined: Vec<(usize, usize)> = Vec::new();
    let mut from = 0;
    for run in events.chunk_by(|a, b| b.0.saturating_sub(a.0) <= THINNER * widest) {
        let this = (from, from + run.len());
        from = this.1;
        if run.chunk_by(|a, b| b.0.saturating_sub(a.0) <= widest).all(|dense| dense.len() < LEAST) {
            continue;
        }
        let lasted = |(from, to): (usize, usize)| events[to - 1].0.saturating_sub(events[from].0);
        match joined.last_mut() {
            Some(last) if events[this.0].0.saturating_sub(events[last.1 - 1].0) <= lasted(*last).max(lasted(this)) => {
                last.1 = this.1;
            }
            _ => joined.push(this),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::super::evidence::{OddRow, OddSession};
    use super::*;
    use crate::common::hash::hash_pair;

    const HOUR: i64 = 3_600_000_000_000;

    fn incidents(starts: &[(u32, i64)], rows: &[(u64, i64)]) -> Incidents {
        let flaw = |root| Flaw::Cascade { root, problems: 2, as_many: 9, of: 900 };
        let session = |(key, (root, start)): (u64, &(u32, i64))| OddSession {
            strength: 3.0,
            key,
            flaw: flaw(*root),
            start: Some(*start),
        };
        let row = |(place, &(key, time)): (u64, &(u64, i64))| OddRow {
            strength: 3.0,
            place,
            key,
            template: 1,
            instance: None,
            time: Some(time),
            oddity: Oddity::Duration { millis: 9.0 },
        };
        let sessions = (1..).zip(starts).map(session).collect();
        let evidence = Evidence { sessions, rows: (1..).zip(rows).map(row).collect(), ..Evidence::default() };
        Incidents::new(&evidence, Some(Clock::new((0, 10 * HOUR), 10_000)))
    }

    #[test]
    fn failures_that_follow_each_other_closely_are_one_incident() {
        let mut starts: Vec<(u32, i64)> = (0..8).map(|n| (1, 2 * HOUR + n * HOUR / 100)).collect();
        starts.extend((0..8).map(|n| (1, 7 * HOUR + n * HOUR / 100)));
        // At the same time, and of another kind; too few by themselves.
        starts.extend((0..5).map(|n| (2, 2 * HOUR + n * HOUR / 100)));
        let incidents = incidents(&starts, &[]);
        let firsts: Vec<Part> = (1..=21).map(|key| incidents.first(Part::Session(key))).collect();
        assert_eq!(firsts[..16], [[Part::Session(1); 8], [Part::Session(9); 8]].concat());
        assert_eq!(firsts[16..], [17, 18, 19, 20, 21].map(Part::Session));
        assert_eq!((incidents.parts(Part::Session(3)), incidents.parts(Part::Session(17))), (8, 1));
    }

    #[test]
    fn slow_rows_are_one_incident_across_its_own_pauses() {
        // A thousand rows of an hour, as chance has it, and two an hour elsewhere.
        let mut rows: Vec<(u64, i64)> =
            (0..1000).map(|n| (0, 3 * HOUR + (hash_pair(n, 8) % (HOUR as u64)).cast_signed())).collect();
        rows.extend((0..20).map(|n| (0, n * HOUR / 2 + 7)));
        rows.sort_unstable_by_key(|row| row.1);
        let incidents = incidents(&[], &rows);
        let groups: BTreeSet<Part> = (1..=1020).map(|place| incidents.first(Part::Row(place))).collect();
        assert!((18..=21).contains(&groups.len()), "{}", groups.len());
        // Rows of sessions take the whole sessions with them.
        let rows: Vec<(u64, i64)> = (0..8).map(|n| (n % 7 + 1, HOUR + i64::try_from(n).unwrap())).collect();
        let incidents = self::incidents(&[(1, 5 * HOUR)], &rows);
        assert_eq!(incidents.first(Part::Session(3)), Part::Session(1));
        assert_eq!(incidents.parts(Part::Session(3)), 7);
    }

    #[test]
    fn failures_that_come_by_chance_are_none() {
        let starts: Vec<(u32, i64)> =
            (0..300).map(|n| (1, (hash_pair(n, 5) % (10 * HOUR as u64)).cast_signed())).collect();
        let incidents = incidents(&starts, &[]);
        assert!((1..=300).map(Part::Session).all(|part| incidents.first(part) == part));
    }
}
