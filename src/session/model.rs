//! What is ordinary for sessions: counts over their courses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::store::{Course, Session, Store};
use crate::baseline::LogSketch;
use crate::common::hash::mix;

/// Templates whose pairs are counted: the most frequent ones. Templates are numbered by falling frequency.
pub const PAIRED: usize = 512;
/// Steps of a course whose pairs are counted.
pub(super) const PAIRED_STEPS: usize = 64;
/// Repetitions and problems are counted one by one up to here.
pub const MOST_TIMES: u32 = 4096;
/// Sketches of how long sessions of one kind last. Kinds whose hashes fall together share one, so that there are never more.
const KINDS: u64 = 4096;
/// Shares of rows that are errors are told apart to one part of so many.
const RATE_STEPS: u64 = 1000;

/// Counts over sessions. Merging is addition.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Model {
    /// Sessions.
    pub sessions: u64,
    /// Earliest start and latest end of all sessions.
    pub range: Option<(i64, i64)>,
    /// Spans: nanoseconds in milliseconds, or bytes where rows have no time.
    pub spans: LogSketch,
    /// The same of sessions with the same steps, in milliseconds, by [`kind_of`].
    pub kinds: BTreeMap<u32, LogSketch>,
    /// Rows of all sessions, and those of level ERROR and above.
    pub rows: (u64, u64),
    /// Share of rows of level ERROR and above, by [`rate_of`] → sessions.
    pub rates: BTreeMap<u32, u64>,
    /// By template: number of rows in a session → sessions.
    pub times: BTreeMap<u32, BTreeMap<u32, u64>>,
    /// (a, b): sessions in which a occurs before b does first. Ascending.
    pub pairs: Vec<((u32, u32), u32)>,
    /// Rows of level WARN and above in a session → sessions.
    pub problems: BTreeMap<u32, u64>,
    /// Hash of a set of templates → sessions.
    pub sets: BTreeMap<u64, u32>,
}

/// Hash of a set of templates: the sum of its members' ([`member`]).
pub fn set_of(course: &Course) -> u64 {
    course.steps.iter().fold(0, |sum, step| sum.wrapping_add(member(step.0)))
}

/// Which sketch has the sessions with these steps.
pub fn kind_of(course: &Course) -> u32 {
    (mix(set_of(course)) % KINDS) as u32
}

/// The share of a course's rows that are errors, as a whole number.
pub fn rate_of(course: &Course) -> u32 {
    (u64::from(course.errors) * RATE_STEPS / course.rows().max(1)) as u32
}

/// What a template adds to the hash of a set.
pub fn member(template: u32) -> u64 {
    mix(u64::from(template) + 1)
}

impl Model {
    /// Counts the sessions of a shard. `templates`: how many there are.
    #[inline(never)]
    pub fn of(store: &Store, templates: usize) -> Self {
        let mut model = Self::default();
        let of_course: Vec<u32> = store.courses.iter().map(|(course, _)| kind_of(course)).collect();
        let mut kinds = vec![LogSketch::default(); KINDS as usize];
        for session in store.sessions() {
            model.add_length(session, &of_course, &mut kinds);
        }
        model.kinds = (0..).zip(kinds).filter(|(_, spans)| spans.count() > 0).collect();
        let paired = templates.min(PAIRED);
        let mut pairs = vec![0_u32; paired * paired];
        let mut times: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (course, count) in &store.courses {
            model.sessions += u64::from(*count);
            model.rows.0 += course.rows() * u64::from(*count);
            model.rows.1 += u64::from(course.errors) * u64::from(*count);
            *model.rates.entry(rate_of(course)).or_default() += u64::from(*count);
            *model.problems.entry(course.problems.min(MOST_TIMES)).or_default() += u64::from(*count);
            *model.sets.entry(set_of(course)).or_default() += count;
            for &(template, rows) in &course.steps {
                *times.entry((template, rows.min(MOST_TIMES))).or_default() += u64::from(*count);
            }
            let frequent: Vec<usize> = course
                .steps
                .iter()
                .map(|step| step.0 as usize)
                .filter(|&template| template < paired)
                .take(PAIRED_STEPS)
                .collect();
            for (place, &a) in frequent.iter().enumerate() {
                for &b in &frequent[place + 1..] {
                    pairs[a * paired + b] += count;
                }
            }
        }
        for ((template, rows), sessions) in times {
            model.times.entry(template).or_default().insert(rows, sessions);
        }
        let counted = pairs.into_iter().enumerate().filter(|(_, count)| *count > 0);
        model.pairs = counted.map(|(at, count)| (((at / paired) as u32, (at % paired) as u32), count)).collect();
        model
    }

    #[inline(never)]
    fn add_length(&mut self, session: &Session, of_course: &[u32], kinds: &mut [LogSketch]) {
        let (start, end) = (session.start, session.end);
        self.range = Some(self.range.map_or((start, end), |(a, b)| (a.min(start), b.max(end))));
        let span = LogSketch::bin_of(span(start, end));
        self.spans.add_bin(span);
        if session.timed
            && let Some(&kind) = of_course.get(session.course as usize)
        {
            kinds[kind as usize].add_bin(span);
        }
    }

    /// Adds the counts of another shard.
    #[inline(never)]
    pub fn merge(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.range = match (self.range, other.range) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (mine, theirs) => mine.or(theirs),
        };
        self.spans.merge(&other.spans);
        other.kinds.iter().for_each(|(kind, spans)| self.kinds.entry(*kind).or_default().merge(spans));
        self.rows = (self.rows.0 + other.rows.0, self.rows.1 + other.rows.1);
        add(&mut self.rates, &other.rates);
        for (template, times) in &other.times {
            add(self.times.entry(*template).or_default(), times);
        }
        let mut pairs: BTreeMap<(u32, u32), u32> = self.pairs.drain(..).collect();
        other.pairs.iter().for_each(|(pair, count)| *pairs.entry(*pair).or_default() += count);
        self.pairs = pairs.into_iter().collect();
        add(&mut self.problems, &other.problems);
        other.sets.iter().for_each(|(set, sessions)| *self.sets.entry(*set).or_default() += sessions);
    }
}

/// Adds counts to others.
#[inline(never)]
fn add(mine: &mut BTreeMap<u32, u64>, others: &BTreeMap<u32, u64>) {
    for (key, sessions) in others {
        *mine.entry(*key).or_default() += sessions;
    }
}

/// How long a session lasts on the scale of [`Model::spans`].
pub fn span(start: i64, end: i64) -> f64 {
    (end as f64 - start as f64).max(0.0) / 1e6
}
