//! What several sessions have in common, and what is therefore told once of all of them.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, OddRow, Oddity};
use super::incident::{LEAST, Way, way};
use crate::baseline::Baselines;
use crate::session::Flaw;

/// From one in so many sessions on, what they differ in is no matter of each of them.
const CHANGED: u64 = 10;
/// Of ten sessions that have the more frequent one of two causes so many have both, where these are told as one.
const SAME: usize = 9;
/// A rare kind of message that is all there is to so many sessions is one finding.
const RARE_ALONE: usize = 6;
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
    /// Rare kinds of messages that are all there is to several sessions, with the sessions.
    rare: BTreeMap<u32, BTreeSet<u64>>,
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
        Self { of, rare: rare_alone(evidence) }
    }

    /// What an odd row of a session is told with instead of its session.
    pub(super) fn of_row(&self, row: &OddRow) -> Option<Cause> {
        if row.oddity == Oddity::Template && self.rare.get(&row.template).is_some_and(|keys| keys.contains(&row.key)) {
            return Some(Cause::Template(row.template));
        }
        Cause::of_row(row).and_then(|cause| self.of(cause)).map(|told| told.0)
    }

    /// The cause that one is told with, and how many sessions have this one; `None` where it is not of several.
    pub(super) fn of(&self, cause: Cause) -> Option<(Cause, u64)> {
        self.of.get(&cause).copied()
    }
}

/// Rare templates with the sessions of which nothing else is odd, where these are several.
fn rare_alone(evidence: &Evidence) -> BTreeMap<u32, BTreeSet<u64>> {
    let mut told: BTreeMap<u64, Option<u32>> = evidence.sessions.iter().map(|session| (session.key, None)).collect();
    for row in evidence.rows.iter().filter(|row| row.key != 0) {
        let own = (row.oddity == Oddity::Template).then_some(row.template);
        told.entry(row.key).and_modify(|known| *known = known.filter(|known| own == Some(*known))).or_insert(own);
    }
    let mut rare: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
    for (key, template) in told {
        if let Some(template) = template {
            rare.entry(template).or_default().insert(key);
        }
    }
    rare.retain(|_, keys| keys.len() >= RARE_ALONE);
    rare
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
    fn a_rare_kind_of_message_is_told_once_where_it_is_all_there_is_to_several_sessions() {
        let row = |key, template| OddRow {
            strength: 3.0,
            place: key,
            key,
            template,
            instance: None,
            time: None,
            oddity: Oddity::Template,
        };
        let told = |rows: Vec<OddRow>, slow: Option<u64>| {
            let flaw = Flaw::Failing { errors: 1, rows: 2, usual: 0.0, as_many: 1, of: 9 };
            let sessions = slow.map(|key| OddSession { strength: 3.0, key, flaw, start: None });
            let evidence = Evidence { sessions: sessions.into_iter().collect(), rows, ..Evidence::default() };
            Causes::new(&evidence, None).of_row(&row(1, 7))
        };
        let alike = || (1..=6).map(|key| row(key, 7));
        assert_eq!(told(alike().collect(), None), Some(Cause::Template(7)));
        assert_eq!(told(alike().skip(1).chain([row(0, 7)]).collect(), None), None, "too few, and one of no session");
        assert_eq!(told(alike().chain([row(1, 8)]).collect(), None), None, "another kind in one of them");
        assert_eq!(told(alike().collect(), Some(1)), None, "one of them fails");
    }
}
