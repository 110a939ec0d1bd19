//! Rows and sessions that are odd in the same way, one after the other, are one incident, which is told once.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, Oddity};
use crate::baseline::Clock;
use crate::session::Flaw;
use crate::session::judge::LEAST_STRENGTH;

/// Fewer may be odd one after the other by chance.
pub(super) const LEAST: usize = 6;
/// How many times more densely than over the whole time they have to follow each other: six such gaps in a row happen by
/// chance to one in ten thousand, where they come independently of each other (a Poisson process).
const DENSER: i64 = 6;
/// Fewer sessions, but so many, are an incident where they follow each other still more densely.
const FEWEST: usize = 4;
/// So many of them, and so many times as densely.
const FEWER: [(usize, i64); 2] = [(5, 40), (FEWEST, 120)];

/// The gaps of those that belong to a dense run may be so many times as wide.
const THINNER: i64 = 3;

/// Who has part in an incident: a session by its key, or a row without one by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Session(u64),
    Row(u64),
}

/// What is odd in one way, each with when it was.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// What incidents are found by.
    pub(super) strong: Vec<(i64, Part)>,
    /// What belongs to an incident that was meanwhile, and says nothing by itself.
    pub(super) weak: Vec<(i64, Part)>,
}

impl Events {
    /// The incidents among them; `fewer`: also those of less than [`LEAST`].
    fn dense(mut self, span: i64, fewer: bool) -> Vec<Incident> {
        self.strong.sort_unstable();
        self.weak.sort_unstable();
        let levels = [(LEAST, DENSER)].into_iter().chain(FEWER.into_iter().filter(|_| fewer));
        let mut found: Vec<((usize, usize), i64)> = Vec::new();
        for (least, denser) in levels {
            let widest = widest(self.strong.len(), span, denser);
            let apart = |(from, to): &(usize, usize)| found.iter().all(|((a, b), _)| to <= a || b <= from);
            let more: Vec<_> =
                runs(&self.strong, widest, least).into_iter().filter(apart).map(|run| (run, widest)).collect();
            found.extend(more);
        }
        let incident = |((from, to), widest): ((usize, usize), i64)| {
            let strong = &self.strong[from..to];
            let (mut begin, mut end) = (strong[0].0, strong[strong.len() - 1].0);
            let mut first = self.weak.partition_point(|event| event.0 < begin);
            let mut last = self.weak.partition_point(|event| event.0 <= end);
            // It may have begun weakly, and end so.
            while let Some(before) = first.checked_sub(1).and_then(|before| self.weak.get(before))
                && begin.saturating_sub(before.0) <= THINNER * widest
            {
                (begin, first) = (before.0, first - 1);
            }
            while let Some(after) = self.weak.get(last)
                && after.0.saturating_sub(end) <= THINNER * widest
            {
                (end, last) = (after.0, last + 1);
            }
            let mut events = [strong, &self.weak[first..last]].concat();
            events.sort_unstable();
            Incident(events)
        };
        found.into_iter().map(incident).collect()
    }
}

/// What belongs together, in the order of its times; there is some of it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Incident(Vec<(i64, Part)>);

impl Incident {
    /// Whether most of the time of either is that of both.
    fn is_meanwhile(&self, other: &Self) -> bool {
        let times = |incident: &Self| Some((incident.0.first()?.0, incident.0.last()?.0));
        times(self).zip(times(other)).is_some_and(|(one, other)| is_meanwhile(one, other))
    }
}

/// In which way a row or session is odd: how, and the template that it is about.
pub(super) type Way = (u8, u32);

/// The parts of incidents.
#[derive(Debug, Default)]
pub(super) struct Incidents {
    /// By part: the first part of its incident.
    of: BTreeMap<Part, Part>,
    /// By first part: how many parts its incident has, and how all of them are odd, if in one way.
    sizes: BTreeMap<Part, (usize, Option<Way>)>,
    /// When sessions were that were odd in one way one after the other, from the first begin to the last, each with its first
    /// part.
    sessions: Vec<((i64, i64), Part)>,
    /// The same of slow rows.
    slow: Vec<((i64, i64), Part)>,
}

impl Incidents {
    /// Looks for rows and sessions that follow each other much more densely than all do that are odd in the same way.
    #[inline(never)]
    pub(super) fn new(evidence: &Evidence, clock: Option<Clock>) -> Self {
        let Some(clock) = clock else { return Self::default() };
        let mut ways: BTreeMap<Way, Events> = BTreeMap::new();
        for session in evidence.sessions.iter().filter(|session| session.strength >= LEAST_STRENGTH) {
            if let Some((start, _)) = session.times {
                ways.entry(way(&session.flaw)).or_default().strong.push((start, Part::Session(session.key)));
            }
        }
        for row in &evidence.rows {
            if let (Oddity::Duration { .. }, Some(time)) = (row.oddity, row.time) {
                let events = ways.entry((SPIKE, row.template)).or_default();
                if row.strength >= LEAST_STRENGTH { &mut events.strong } else { &mut events.weak }
                    .push((time, row.part()));
            }
        }
        let mut incidents = Self::default();
        let mut spikes = Vec::new();
        for (way, events) in ways {
            for incident in events.dense(clock.span(), way.0 != SPIKE) {
                if way.0 == SPIKE {
                    spikes.push(incident);
                    continue;
                }
                incidents.enter(&incident.0, way);
                if let [first, .., last] = &incident.0[..] {
                    let part = incidents.first(first.1);
                    incidents.sessions.push(((first.0, last.0), part));
                }
            }
        }
        // What makes one kind of row slow makes others slow meanwhile.
        incidents.slow = incidents.enter_together(spikes);
        incidents
    }

    /// Of what is odd in each way, where what is odd meanwhile is one incident. `span`: how long the time is that it could have
    /// been in, in nanoseconds.
    pub(super) fn of_ways<W: Ord>(ways: BTreeMap<W, Events>, span: i64) -> Self {
        let mut incidents = Self::default();
        incidents.enter_together(ways.into_values().flat_map(|events| events.dense(span, false)).collect());
        incidents
    }

    /// Enters what is meanwhile as one; gives when each was, with its first part.
    fn enter_together(&mut self, mut found: Vec<Incident>) -> Vec<((i64, i64), Part)> {
        found.sort_unstable();
        let mut entered = Vec::new();
        for together in found.chunk_by(Incident::is_meanwhile) {
            let mut events: Vec<(i64, Part)> = together.iter().flat_map(|incident| &incident.0).copied().collect();
            events.sort_unstable();
            self.enter(&events, (SPIKE, 0));
            if let [first, .., last] = &events[..] {
                entered.push(((first.0, last.0), self.first(first.1)));
            }
        }
        entered
    }

    /// When each was, with its first part.
    pub(super) fn times(&self) -> impl Iterator<Item = ((i64, i64), Part)> + '_ {
        self.sessions.iter().chain(&self.slow).copied()
    }

    /// The first parts of the slow rows, one after the other, most of which were in this time.
    pub(super) fn slow_in(&self, times: (i64, i64)) -> impl Iterator<Item = Part> + '_ {
        self.slow.iter().filter(move |(own, _)| is_mostly_in(*own, times)).map(|(_, part)| *part)
    }

    fn enter(&mut self, events: &[(i64, Part)], way: Way) {
        let mut seen = BTreeSet::new();
        let parts: Vec<Part> = events.iter().map(|(_, part)| *part).filter(|part| seen.insert(*part)).collect();
        if parts.len() < if way.0 == SPIKE { LEAST } else { FEWEST } {
            return;
        }
        // Parts of an incident that was found before take the others into it.
        let known = parts.iter().find_map(|part| self.of.get(part).copied());
        let first = known.unwrap_or(parts[0]);
        let size = self.sizes.entry(first).or_insert((0, Some(way)));
        size.1 = size.1.filter(|other| *other == way);
        for part in &parts {
            self.of.entry(*part).or_insert_with(|| {
                size.0 += 1;
                first
            });
        }
    }

    /// The part that stands for the incident of one; itself where it is of none.
    pub(super) fn first(&self, part: Part) -> Part {
        self.of.get(&part).copied().unwrap_or(part)
    }

    /// How many parts the incident of one has; 1 where it is of none.
    pub(super) fn parts(&self, part: Part) -> usize {
        self.size(part).0
    }

    /// Whether all parts of the incident of one are slow, and whether they all fail alike.
    pub(super) fn alike(&self, part: Part) -> (bool, bool) {
        let way = self.size(part).1.map(|way| way.0);
        (way == Some(SPIKE), way == Some(CASCADE))
    }

    fn size(&self, part: Part) -> (usize, Option<Way>) {
        self.sizes.get(&self.first(part)).copied().unwrap_or((1, None))
    }
}

/// Whether most of either time is that of both.
pub(super) fn is_meanwhile((a, b): (i64, i64), (c, d): (i64, i64)) -> bool {
    let (both, either) = (b.min(d).saturating_sub(a.max(c)), b.max(d).saturating_sub(a.min(c)));
    either / 2 <= both
}

/// Whether at least half of one time is in another.
pub(super) fn is_mostly_in((a, b): (i64, i64), (from, to): (i64, i64)) -> bool {
    to.min(b).saturating_sub(from.max(a)) >= b.saturating_sub(a) / 2
}

/// Rows that took long; sessions with several problems.
const SPIKE: u8 = 0;
const CASCADE: u8 = 5;

pub(super) fn way(flaw: &Flaw) -> Way {
    match *flaw {
        Flaw::Missing { step, .. } => (1, step),
        Flaw::Repeated { step, .. } => (2, step),
        Flaw::Order { first, .. } => (3, first),
        Flaw::Foreign { steps: [first, ..], .. } => (4, first),
        Flaw::Cascade { root, .. } => (CASCADE, root),
        Flaw::Slow { last, .. } => (6, last),
        Flaw::Failing { .. } => (7, 0),
    }
}

/// The widest gap between events that follow each other so many times as densely as over the whole time.
fn widest(events: usize, span: i64, denser: i64) -> i64 {
    span / denser.saturating_mul(i64::try_from(events.max(1)).unwrap_or(i64::MAX))
}

/// Where at least so many events, in the order of their times, follow each other densely; their ends may thin out. Such runs
/// are one where the pause between them is no longer than one of them: an incident has gaps of its own.
fn runs(events: &[(i64, Part)], widest: i64, least: usize) -> Vec<(usize, usize)> {
    let mut joined: Vec<(usize, usize)> = Vec::new();
    let mut from = 0;
    for run in events.chunk_by(|a, b| b.0.saturating_sub(a.0) <= THINNER * widest) {
        let this = (from, from + run.len());
        from = this.1;
        if run.chunk_by(|a, b| b.0.saturating_sub(a.0) <= widest).all(|dense| dense.len() < least) {
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
            alone: 3.0,
            key,
            flaw: flaw(*root),
            times: Some((*start, *start)),
            worst: 0,
        };
        let row = |(place, &(key, time)): (u64, &(u64, i64))| OddRow {
            strength: 3.0,
            alone: 3.0,
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
        // At the same time, and of another kind; and others that are too few by themselves.
        starts.extend((0..5).map(|n| (2, 2 * HOUR + n * HOUR / 100)));
        starts.extend((0..3).map(|n| (3, 2 * HOUR + n * HOUR / 100)));
        let incidents = incidents(&starts, &[]);
        let firsts: Vec<Part> = (1..=24).map(|key| incidents.first(Part::Session(key))).collect();
        assert_eq!(firsts[..16], [[Part::Session(1); 8], [Part::Session(9); 8]].concat());
        assert_eq!(firsts[16..], [17, 17, 17, 17, 17, 22, 23, 24].map(Part::Session));
        assert_eq!((incidents.parts(Part::Session(3)), incidents.parts(Part::Session(17))), (8, 5));
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
    fn what_is_slow_meanwhile_is_of_the_incident() {
        let row = |(n, strength, template): (i64, f64, u32)| OddRow {
            strength,
            alone: strength,
            place: n.unsigned_abs() * 10 + u64::from(template),
            key: 0,
            template,
            instance: None,
            time: Some(n * HOUR / 100),
            oddity: Oddity::Duration { millis: 9.0 },
        };
        let kinds = |n| [(n, 3.0, 1), (n, 3.0, 2), (n, 0.0, 3), (n - 100, 3.0, 4)];
        let rows: Vec<OddRow> = (200..240).flat_map(kinds).map(row).collect();
        let evidence = Evidence { rows, ..Evidence::default() };
        let incidents = Incidents::new(&evidence, Some(Clock::new((0, 10 * HOUR), 10_000)));
        let first = |n: i64, template| incidents.first(Part::Row(n.unsigned_abs() * 10 + template));
        assert!((200..240).all(|n| first(n, 1) == first(200, 1) && first(n, 2) == first(200, 1)));
        assert!(
            (200..240).all(|n| first(n, 3) == Part::Row(n.unsigned_abs() * 10 + 3)),
            "none of its kind is slow enough"
        );
        assert_ne!(first(100, 4), first(200, 1));
        // Weak rows are of an incident of their kind.
        let weak = |n: i64| OddRow { strength: 0.0, alone: 0.0, place: 9000 + n.unsigned_abs(), ..row((n, 0.0, 1)) };
        let rows: Vec<OddRow> = (200..240).map(|n| row((n, 3.0, 1))).chain([weak(220), weak(500)]).collect();
        let incidents =
            Incidents::new(&Evidence { rows, ..Evidence::default() }, Some(Clock::new((0, 10 * HOUR), 10_000)));
        assert_eq!(incidents.first(Part::Row(9220)), Part::Row(2001));
        assert_eq!(incidents.first(Part::Row(9500)), Part::Row(9500));
    }

    #[test]
    fn failures_that_come_by_chance_are_none() {
        let starts: Vec<(u32, i64)> =
            (0..300).map(|n| (1, (hash_pair(n, 5) % (10 * HOUR as u64)).cast_signed())).collect();
        let incidents = incidents(&starts, &[]);
        assert!((1..=300).map(Part::Session).all(|part| incidents.first(part) == part));
    }
}
