//! What several sessions have in common, and what is therefore told once of all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, OddRow, Oddity};
use super::incident::{LEAST, Way, way};
use crate::baseline::Baselines;
use crate::session::Flaw;
use crate::session::judge::LEAST_STRENGTH;

/// From one in so many sessions on, what they differ in is no matter of each of them.
const CHANGED: u64 = 10;
/// Of ten sessions that have the more frequent one of two causes so many have both, where these are told as one.
const SAME: usize = 9;
/// So many causes are held against each other.
const COMPARED: usize = 200;

/// What may be in several sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// A kind of message.
    Template(u32),
    /// A rare value of a field.
    Value(u32, u32),
    /// Many sessions differ in one way.
    Change(Way),
    /// Several sessions differ in all the same ways; the first of them.
    Alike(u64),
}

impl Cause {
    /// What an odd row may have in common with rows of other sessions.
    pub(super) fn of_row(row: &OddRow) -> Option<Self> {
        match row.oddity {
            Oddity::Value { field, value } => Some(Self::Value(field, value)),
            Oddity::Unseen => Some(Self::Template(row.template)),
            Oddity::Duration { .. } | Oddity::Template => None,
        }
    }
}

/// The causes that several sessions have.
#[derive(Debug, Default)]
pub(super) struct Causes {
    /// Each with the one that it is told with, and with how many sessions have it.
    of: BTreeMap<Cause, (Cause, u64)>,
    /// Of sessions that differ in all the same ways.
    alike: BTreeMap<u64, (Cause, u64)>,
}

impl Causes {
    /// Looks for rare values and unknown kinds of messages in several sessions. Where a saved model judges the sessions, it
    /// takes the `baselines` of these files, and looks for ways in which so many sessions differ that what the model takes for
    /// a rule is none here.
    #[inline(never)]
    pub(super) fn new(evidence: &Evidence, baselines: Option<&Baselines>) -> Self {
        let mut found: BTreeMap<Cause, BTreeSet<u64>> = BTreeMap::new();
        for row in &evidence.rows {
            if let Some(cause) = Cause::of_row(row) {
                found.entry(cause).or_default().insert(row.key);
            }
        }
        found.retain(|_, keys| keys.len() > 1);
        let mut changes: BTreeMap<Way, (BTreeSet<u64>, u32)> = BTreeMap::new();
        for session in evidence.sessions.iter().filter(|_| baselines.is_some()) {
            if let Some(template) = subject(&session.flaw) {
                let change = changes.entry(way(&session.flaw)).or_insert((BTreeSet::new(), template));
                change.0.insert(session.key);
            }
        }
        let stats = |template: u32| baselines.and_then(|baselines| baselines.templates.get(template as usize));
        let rows = |template: u32| stats(template).map_or(0, |stats| stats.rows);
        changes.retain(|_, (keys, of)| keys.len() >= LEAST && keys.len() as u64 * CHANGED > rows(*of));
        found.extend(changes.into_iter().map(|(way, (keys, _))| (Cause::Change(way), keys)));
        let mut first: Vec<(Cause, &BTreeSet<u64>)> = Vec::new();
        let mut of = BTreeMap::new();
        for (&cause, keys) in &found {
            let same = first.iter().find(|(_, others)| is_same(keys, others)).map(|same| same.0);
            if same.is_none() && first.len() < COMPARED {
                first.push((cause, keys));
            }
            of.insert(cause, (same.unwrap_or(cause), keys.len() as u64));
        }
        Self { of, alike: alike(evidence) }
    }

    /// What a session has in common with others that differ in all the same ways, and how many these are.
    pub(super) fn alike(&self, session: u64) -> Option<(Cause, u64)> {
        self.alike.get(&session).copied()
    }

    /// The cause that one is told with, and how many sessions have this one; `None` where it is not of several.
    pub(super) fn of(&self, cause: Cause) -> Option<(Cause, u64)> {
        self.of.get(&cause).copied()
    }
}

/// How exactly a session differs, in a way that several may: [`Flaw::Missing`], [`Flaw::Foreign`] and a rare template.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Difference {
    Missing { step: u32, given: u32, more: u32 },
    Foreign { steps: [u32; 4], count: u32 },
    Rare(u32),
}

/// Sessions that end otherwise than most, as several do: by session what it has in common with the others, and how many these
/// are.
fn alike(evidence: &Evidence) -> BTreeMap<u64, (Cause, u64)> {
    let mut ways: BTreeMap<u64, BTreeSet<Option<Difference>>> = BTreeMap::new();
    for session in evidence.sessions.iter().filter(|session| !session.flaw.is_of_whole()) {
        let exactly = match session.flaw {
            Flaw::Missing { step, given, more, .. } => Some(Difference::Missing { step, given, more }),
            Flaw::Foreign { steps, count, .. } => Some(Difference::Foreign { steps, count }),
            _ => None,
        };
        ways.entry(session.key).or_default().insert(exactly);
    }
    for row in evidence.rows.iter().filter(|row| row.key != 0 && row.strength >= LEAST_STRENGTH) {
        let exactly = (row.oddity == Oddity::Template).then_some(Difference::Rare(row.template));
        ways.entry(row.key).or_default().insert(exactly);
    }
    let mut alike: BTreeMap<BTreeSet<Option<Difference>>, Vec<u64>> = BTreeMap::new();
    for (key, ways) in ways.into_iter().filter(|(_, ways)| !ways.contains(&None)) {
        alike.entry(ways).or_default().push(key);
    }
    let alike = alike.into_values().filter(|keys| keys.len() >= LEAST);
    alike
        .flat_map(|keys| keys.clone().into_iter().map(move |key| (key, (Cause::Alike(keys[0]), keys.len() as u64))))
        .collect()
}

/// Whether nearly the same sessions have both.
fn is_same(one: &BTreeSet<u64>, other: &BTreeSet<u64>) -> bool {
    let most = one.len().max(other.len());
    one.len().min(other.len()) * 10 >= SAME * most && one.intersection(other).count() * 10 >= SAME * most
}

/// The template whose rows say how many sessions could differ so; `None` for what is about the one session.
fn subject(flaw: &Flaw) -> Option<u32> {
    match *flaw {
        Flaw::Missing { given, .. } => Some(given),
        Flaw::Repeated { step, .. } => Some(step),
        Flaw::Order { first, .. } => Some(first),
        Flaw::Slow { last, .. } => Some(last),
        Flaw::Foreign { .. } | Flaw::Cascade { .. } | Flaw::Failing { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::evidence::OddSession;

    #[test]
    fn sessions_that_differ_in_all_the_same_ways_are_told_once() {
        let row = |key, template, oddity| OddRow {
            strength: 3.0,
            alone: 3.0,
            place: key,
            key,
            template,
            instance: None,
            time: None,
            oddity,
        };
        let missing = |key, step| OddSession {
            strength: 3.0,
            alone: 3.0,
            key,
            flaw: Flaw::Missing { step, given: 1, after: true, or: 0, more: 0, have: 99, of: 100 },
            times: None,
            worst: 0,
        };
        let told = |more: Vec<OddSession>, rows: Vec<OddRow>| {
            let sessions = (1..=6).map(|key| missing(key, 4)).chain(more).collect();
            Causes::new(&Evidence { rows, sessions, ..Evidence::default() }, None).alike(1)
        };
        assert_eq!(told(Vec::new(), Vec::new()), Some((Cause::Alike(1), 6)));
        let rare = |keys: std::ops::RangeInclusive<u64>| keys.map(|key| row(key, 7, Oddity::Template)).collect();
        assert_eq!(
            told(vec![missing(7, 4)], rare(1..=6)),
            Some((Cause::Alike(1), 6)),
            "with the same rare kind of row"
        );
        assert_eq!(told(Vec::new(), rare(1..=5)), None, "one has none");
        assert_eq!(told(vec![missing(2, 5)], Vec::new()), None, "one lacks another step too");
        let slow = row(1, 7, Oddity::Duration { millis: 9.0 });
        assert_eq!(told(vec![missing(7, 4)], vec![slow]), None, "a slow row is one of its own");
    }
}
