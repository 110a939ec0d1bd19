//! Rows that only the row detector found, one after the other and odd in the same way, are one finding; so are those that
//! are odd for the very same reasons, whenever they were.
//!
//! ```text
//! shard:  its highest rows, each with the ways in which it is odd       ([`Lone`])
//! lead:   the highest of all; runs of them, as other incidents are found → groups
//! shard:  which of its rows are of which group                           ([`Together`])
//! ```
//!
//! A way is a feature, a direction, and whose rows they are: those of a template where there are messages, else those of
//! an instance and service, else those of a file.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::about::About;
use super::hybrid::{Finding, Findings, Kind};
use super::incident::{Events, Incidents, LEAST, Part};
use super::meanwhile::lasts_at;
use super::rank::Ranked;
use super::words::stretch;
use crate::baseline::Clock;
use crate::common::number::count;
use crate::record::SegmentId;

/// Rows of a shard that are looked at, the highest: reasons take longer than scores.
const MOST: u64 = 2_000;
/// One of so many rows at most: what more rows are is hardly unusual.
pub(super) const FEW: u64 = 20;

/// How many of so many rows are looked at.
pub fn most(rows: u64) -> usize {
    rows.div_ceil(FEW).min(MOST) as usize
}

/// A row that may be one of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lone {
    /// The row.
    pub ranked: Ranked,
    /// Where it is ([`crate::record::Segment::place_among_all`]).
    pub place: u64,
    /// When it was, in nanoseconds.
    pub time: Option<i64>,
    /// Hash of its session key; 0 for none.
    pub session: u64,
    /// The group of findings that it is of; 0 for a row that only the row detector found.
    pub group: u32,
    /// The ways in which it is odd, as hashes.
    pub ways: Vec<u64>,
    /// Equal for rows that are odd in the same ways and no others, for the same reasons; 0 where numbers are among those, which
    /// may be far out or hardly.
    pub alike: u64,
    /// Whether it is out of the ordinary in these; else it is of a run that others make, but makes none.
    pub odd: bool,
}

/// Rows of the row detector that are one finding, or belong to another one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// Its number, or that of the group of findings which the rows belong to.
    pub group: u32,
    /// Whether it is a finding of the row detector.
    pub own: bool,
    /// How many rows.
    pub rows: u64,
    /// When the first and the last were, in nanoseconds, of rows that follow each other; `None` where they are odd alike, at
    /// whatever times.
    pub times: Option<(i64, i64)>,
    /// The highest row.
    pub lead: Ranked,
}

impl Joined {
    /// Why one of its rows is a finding, given why it is odd by itself.
    pub fn reason(&self, alone: String) -> String {
        if !self.own {
            return alone;
        }
        let Some((from, to)) = self.times else {
            return format!("one of {} rows that are unusual alike: {alone}", count(self.rows));
        };
        let when = if from == to { "at the same time".to_owned() } else { stretch((from, to)) };
        format!("one of {} rows {when} that are unusual one after the other, this one so: {alone}", count(self.rows))
    }
}

/// Which rows are one finding.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Together {
    joined: Vec<Joined>,
    /// By segment: rows in order, and their places in `joined`.
    rows: BTreeMap<SegmentId, Vec<(u32, u32)>>,
}

impl Together {
    /// Joins the highest of the rows that all shards offer ([`most`]): those that follow each other, and of the others those
    /// that are odd alike. Without times no row is after another.
    #[inline(never)]
    pub fn new(mut lone: Vec<Lone>, most: usize, findings: &Findings, clock: Option<Clock>) -> Self {
        lone.sort_by(|a, b| (a.group == 0).cmp(&(b.group == 0)).then_with(|| Ranked::order(&a.ranked, &b.ranked)));
        // The highest of all shards are among the highest of each: so many do not depend on the number of shards.
        let found = lone.partition_point(|row| row.group != 0);
        let others = lone.split_off(found);
        lone.truncate(most);
        lone.extend(others.into_iter().take(most));

        let incidents = clock.map(|clock| Incidents::of_ways(by_way(&lone), clock.span())).unwrap_or_default();
        let mut runs: BTreeMap<Part, Vec<&Lone>> = BTreeMap::new();
        let mut alike: BTreeMap<u64, Vec<&Lone>> = BTreeMap::new();
        for row in &lone {
            let part = Part::Row(row.place);
            if incidents.parts(part) > 1 {
                runs.entry(incidents.first(part)).or_default().push(row);
            } else if row.group == 0 && row.alike != 0 {
                alike.entry(row.alike).or_default().push(row);
            }
        }
        let mut groups: BTreeMap<u64, u32> = BTreeMap::new();
        // What many sessions have in common says nothing of their other rows, and so it is with rows of an instance's episode.
        let is_common = |kind| matches!(kind, Kind::RareValue | Kind::UnseenTemplate);
        let is_flaw = |finding: &Finding| matches!(finding.about, About::Flaw(_));
        let is_episode = |finding: &&Finding| matches!(finding.kind, Kind::SlowInstance | Kind::FailingInstance);
        let episodes: BTreeSet<u32> = findings.0.iter().filter(is_episode).map(|finding| finding.group).collect();
        let tells = |finding: &&Finding| {
            let is_own = is_flaw(finding) || !episodes.contains(&finding.group);
            finding.session != 0 && !is_common(finding.kind) && is_own
        };
        for finding in findings.0.iter().filter(tells) {
            groups.entry(finding.session).or_insert(finding.group);
        }
        let mut joined: Vec<(Joined, Vec<&Lone>)> = Vec::new();
        for rows in runs.into_values() {
            let of_rows = told(&rows, &groups);
            let rows: Vec<&Lone> = rows.into_iter().filter(|row| row.group == 0).collect();
            let times = || rows.iter().filter_map(|row| row.time);
            let times = times().min().zip(times().max());
            let meanwhile = |finding: &&Finding| {
                finding.about.disturbed().zip(times).is_some_and(|(whole, times)| lasts_at(whole, times))
            };
            let group = of_rows.or_else(|| findings.0.iter().find(meanwhile).map(|finding| finding.group));
            let (Some(first), true) = (rows.first(), group.is_some() || rows.len() > 1) else { continue };
            let (group, own) = (group.unwrap_or(0), group.is_none());
            joined.push((Joined { group, own, rows: rows.len() as u64, times, lead: first.ranked }, rows));
        }
        for rows in alike.into_values().filter(|rows| rows.len() >= LEAST) {
            let (count, lead) = (rows.len() as u64, rows[0].ranked);
            joined.push((Joined { group: 0, own: true, rows: count, times: None, lead }, rows));
        }
        joined.sort_by(|a, b| Ranked::order(&a.0.lead, &b.0.lead));
        let mut together = Self::default();
        let mut next = findings.0.last().map_or(0, |finding| finding.group);
        for (mut run, rows) in joined {
            if run.own {
                next += 1;
                run.group = next;
            }
            let place = together.joined.len() as u32;
            for row in rows {
                together.rows.entry(row.ranked.segment).or_default().push((row.ranked.row, place));
            }
            together.joined.push(run);
        }
        together.rows.values_mut().for_each(|rows| rows.sort_unstable());
        together
    }

    /// The same for a shard that has only some segments.
    #[must_use]
    pub fn within(mut self, has: impl Fn(SegmentId) -> bool) -> Self {
        self.rows.retain(|&segment, _| has(segment));
        self
    }

    /// The run that a row is of.
    pub fn of(&self, segment: SegmentId, row: u32) -> Option<&Joined> {
        let rows = self.rows.get(&segment)?;
        let at = rows.binary_search_by_key(&row, |entry| entry.0).ok()?;
        self.joined.get(rows.get(at)?.1 as usize)
    }

    /// The rows of a segment that are of a run, in order, each with it.
    pub fn of_segment(&self, segment: SegmentId) -> impl Iterator<Item = (u32, &Joined)> {
        let rows = self.rows.get(&segment).map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter_map(|&(row, place)| Some((row, self.joined.get(place as usize)?)))
    }

    /// The segments that have such rows.
    pub fn segments(&self) -> impl Iterator<Item = SegmentId> {
        self.rows.keys().copied()
    }
}

#[inline(never)]
fn by_way(lone: &[Lone]) -> BTreeMap<u64, Events> {
    let mut ways: BTreeMap<u64, Events> = BTreeMap::new();
    for row in lone {
        let Some(time) = row.time else { continue };
        for &way in &row.ways {
            let events = ways.entry(way).or_default();
            if row.odd { &mut events.strong } else { &mut events.weak }.push((time, Part::Row(row.place)));
        }
    }
    ways
}

/// The group of findings that tells of the incident already: the one that rows of the run are of, or the one that most of
/// their sessions are of.
fn told(rows: &[&Lone], groups: &BTreeMap<u64, u32>) -> Option<u32> {
    let most = |groups: &mut dyn Iterator<Item = u32>| {
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        groups.for_each(|group| *counts.entry(group).or_default() += 1);
        // Of equals the strongest, which has the lowest number.
        counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))
    };
    if let Some((group, _)) = most(&mut rows.iter().map(|row| row.group).filter(|&group| group != 0)) {
        return Some(group);
    }
    let (group, _) = most(&mut rows.iter().filter_map(|row| groups.get(&row.session).copied()))?;
    let sessions: BTreeSet<u64> = rows.iter().map(|row| row.session).collect();
    let of_it = sessions.iter().filter(|session| groups.get(session) == Some(&group)).count();
    (2 * of_it > sessions.len()).then_some(group)
}

#[cfg(test)]
mod tests {
    use super::super::about::Beside;
    use super::super::evidence::Oddity;
    use super::super::hybrid::{Finding, Target};
    use super::*;

    const MINUTE: i64 = 60_000_000_000;

    fn row(minute: i64, session: u64, group: u32, ways: &[u64]) -> Lone {
        let row = u32::try_from(minute).unwrap();
        let segment = SegmentId { file: 0, part: row / 100 };
        let row_of = row % 100;
        let score = if minute == 210 { 0.9 } else { 0.4 };
        let ranked = Ranked { score, segment, row: row_of, byte: u64::from(row) };
        let (time, ways) = (Some(minute * MINUTE), ways.to_vec());
        Lone { ranked, place: u64::from(row), time, session, group, ways, alike: 0, odd: true }
    }

    fn together(rows: Vec<Lone>, findings: &[(u32, u64)]) -> Together {
        let finding = |&(group, session): &(u32, u64)| Finding {
            kind: Kind::SlowSession,
            group,
            score: 0.7,
            strength: 3.0,
            about: About::Row { template: 0, oddity: Oddity::Template },
            beside: Beside::default(),
            session,
            target: Target::Row(0),
        };
        let findings = Findings(findings.iter().map(finding).collect());
        Together::new(rows, 1000, &findings, Some(Clock::new((0, 1000 * MINUTE), 1000)))
    }

    #[test]
    fn rows_that_are_odd_alike_one_after_the_other_are_one_finding() {
        let leak = |minute| row(minute, 0, 0, if minute % 2 == 0 { &[1, 2] } else { &[2] });
        let mut rows: Vec<Lone> = (200..240).map(leak).collect();
        // Alike, but by chance; and at the same time, but not alike.
        rows.extend([20, 300, 410, 555, 700, 880].map(|minute| row(minute, 0, 0, &[2])));
        rows.extend([241, 243, 245].map(|minute| row(minute, 0, 0, &[3])));
        // Of the run, but hardly odd by themselves; the last one is far from it.
        rows.extend([198, 199, 100].map(|minute| Lone { odd: false, ..row(minute, 0, 0, &[2]) }));
        let made = together(rows.clone(), &[(4, 0)]);
        let run = made.of(SegmentId { file: 0, part: 2 }, 30).unwrap();
        assert_eq!((run.group, run.own, run.rows, run.lead.score), (5, true, 42, 0.9));
        assert_eq!(run.times, Some((198 * MINUTE, 239 * MINUTE)));
        assert_eq!(made.joined.len(), 1);
        assert_eq!(made.of_segment(SegmentId { file: 0, part: 2 }).count(), 40);
        assert!(made.of(SegmentId { file: 0, part: 3 }, 0).is_none());
        rows.reverse();
        assert_eq!(together(rows, &[(4, 0)]), made, "in any order");
    }

    #[test]
    fn rows_join_the_incident_that_tells_of_them() {
        let of = |made: &Together| {
            let run = made.of(SegmentId { file: 0, part: 2 }, 5).map(|run| (run.group, run.own, run.rows));
            (run, made.joined.len())
        };
        // Their sessions are of it.
        let sessions: Vec<(u32, u64)> = (1..9).map(|session| (2, session)).collect();
        let rows = |group| (200..210).map(move |minute| row(minute, minute.unsigned_abs() - 199, group, &[1]));
        assert_eq!(of(&together(rows(0).collect(), &sessions)), (Some((2, false, 10)), 1));
        assert_eq!(of(&together(rows(0).collect(), &sessions[..3])), (Some((3, true, 10)), 1), "few of them are");
        // Rows of it are odd in the same way.
        let found = rows(7).step_by(2).chain(rows(0).skip(1).step_by(2));
        assert_eq!(of(&together(found.collect(), &[])), (Some((7, false, 5)), 1));
    }

    #[test]
    fn rows_that_are_odd_for_the_same_reasons_are_one_finding() {
        let alike = |minute: i64, alike| Lone { alike, time: None, ..row(minute, 0, 0, &[9]) };
        let mut rows: Vec<Lone> = [20, 300, 410, 555, 700, 880, 930].map(|minute| alike(minute, 77)).to_vec();
        // Too few, and rows whose numbers differ.
        rows.extend([30, 310, 420].map(|minute| alike(minute, 78)));
        rows.extend([40, 320, 430, 565, 710, 890].map(|minute| alike(minute, 0)));
        let made = Together::new(rows, 1000, &Findings::default(), None);
        let [joined] = made.joined.as_slice() else { panic!("{:?}", made.joined) };
        assert_eq!((joined.group, joined.own, joined.rows, joined.times), (1, true, 7, None));
        assert_eq!(joined.reason("status is 403".into()), "one of 7 rows that are unusual alike: status is 403");
    }
}
