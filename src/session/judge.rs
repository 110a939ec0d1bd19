//! What is wrong with a session.
//!
//! Strengths are those of [`crate::common::tail`]: where a model of the ordinary gives a probability (repetitions, the number
//! of problems) by the number of false alarms; where only counting does (a step that nearly all have, an order that nearly
//! all keep) by −log10 of the share of sessions that break the rule.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::either::{Either, alternatives};
use super::model::{Model, PAIRED, PAIRED_STEPS, kind_of, member, rate_of, set_of, span};
use super::store::{Course, NO_ROOT, Session};
use crate::baseline::tail::{FAR, Tail};
use crate::baseline::{Expected, LogSketch};
use crate::common::tail::{log10_poisson, strength, strength_limit};

/// Sessions that a rule needs to be one.
const LEAST_SESSIONS: u64 = 20;
/// Share of the sessions with a step that must have another for the other to be missed.
const RULE: f64 = 0.9;
/// A step is foreign to sessions of which less than this share has it.
const FOREIGN: f64 = 0.02;
/// The order of two steps is open if more than this share of their sessions has either order.
const OPEN: f64 = 0.02;
/// Weakest flaw that is told.
pub const LEAST_STRENGTH: f64 = 1.0;
/// Steepness of the tail of repetitions (a power law) where the data shows no repetition to measure it by.
const STEEPEST: f64 = 4.0;
/// What the rarity of a session's rows and of their order weighs beside that of its set of steps.
const WITHIN: f64 = 2.0;
/// Sessions with nearly the same steps that must be there to say whether a step is missing.
const LEAST_TWINS: f64 = 5.0;
/// Most ways to fill the gaps of a session that are looked at.
const MOST_GAPS: usize = 64;

/// What is wrong with a session, with the counts that say so.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Flaw {
    /// A step that the others have is missing.
    Missing {
        /// The missing step's template.
        step: u32,
        /// The step that it belongs to.
        given: u32,
        /// Whether it usually comes after `given`.
        after: bool,
        /// How many other steps may stand in its place: none of them does.
        or: u32,
        /// How many other steps are missing.
        more: u32,
        /// Sessions that have both.
        have: u64,
        /// Sessions that have `given`.
        of: u64,
    },
    /// A step is there more often than in the others.
    Repeated {
        /// The step's template.
        step: u32,
        /// Its rows.
        times: u32,
        /// Median of its rows in sessions that have it.
        usual: u32,
        /// Sessions that have it at least as often.
        as_often: u64,
        /// Sessions that have it.
        of: u64,
    },
    /// Two steps come in an order that the others do not have.
    Order {
        /// The step that came first.
        first: u32,
        /// The step that usually comes first.
        second: u32,
        /// Sessions with this order.
        alike: u64,
        /// Sessions with both steps.
        of: u64,
    },
    /// Several steps that hardly any other session has.
    Foreign {
        /// Some of them, the rarest first; the rest is [`u32::MAX`].
        steps: [u32; 4],
        /// How many there are.
        count: u32,
        /// Sessions that have the rarest of them.
        alike: u64,
        /// All sessions.
        of: u64,
    },
    /// Several problems, at least one of them an error.
    Cascade {
        /// Template of the first error.
        root: u32,
        /// Rows of level WARN and above.
        problems: u32,
        /// Sessions with at least as many.
        as_many: u64,
        /// All sessions.
        of: u64,
    },
    /// It lasted longer than sessions do.
    Slow {
        /// From its first row to its last, in milliseconds.
        millis: f64,
        /// What is ordinary, in milliseconds.
        range: (f64, f64),
        /// Whether that is said of sessions with the same steps, or of all.
        alike: bool,
        /// Sessions that lasted at least as long.
        as_long: u64,
        /// Sessions that this was compared with.
        of: u64,
        /// Template of its last row.
        last: u32,
    },
    /// A larger part of its rows are errors than in the others.
    Failing {
        /// Rows of level ERROR and above.
        errors: u32,
        /// All its rows.
        rows: u64,
        /// Share of the rows of all sessions that are errors, 0..=1.
        usual: f64,
        /// Sessions with at least this share.
        as_many: u64,
        /// All sessions.
        of: u64,
    },
}

impl Flaw {
    /// Whether it is said of the session as a whole: then other flaws, and odd rows, say more of what is wrong.
    pub fn is_of_whole(&self) -> bool {
        matches!(self, Self::Slow { .. } | Self::Failing { .. })
    }
}

/// The model, ready for look-ups.
#[derive(Debug)]
pub struct Judge {
    sessions: u64,
    range: Option<(i64, i64)>,
    margin: f64,
    paired: usize,
    pairs: Vec<u32>,
    /// Sessions that have each paired template.
    have: Vec<u64>,
    /// For each paired template: share of the sessions of its pairs whose order is open, 0..=1.
    concurrency: Vec<f64>,
    /// For each paired template: those that nearly all of its sessions have too, and how many do.
    rules: Vec<Vec<(u32, u64)>>,
    /// The same of steps of which sessions have one or another.
    either: Vec<Vec<Either>>,
    times: FxHashMap<u32, Times>,
    problems: Vec<(u32, u64)>,
    sets: FxHashMap<u64, u32>,
    /// Ascending: how many sessions a set has, and how many sessions have a set as rare.
    rarity: Vec<(u32, u64)>,
    /// How long sessions last, and what is ordinary: of all, and of those with the same steps.
    spans: (LogSketch, Option<Expected>),
    kinds: FxHashMap<u32, (LogSketch, Expected, Tail)>,
    /// The tail of how long all last, whatever their steps.
    tail: Tail,
    /// Share of rows that are errors.
    errors: f64,
    rates: Vec<(u32, u64)>,
}

/// How often a template occurs in the sessions that have it.
#[derive(Debug)]
struct Times {
    sessions: u64,
    usual: u32,
    /// Tail: share of sessions and number of rows where it begins, and its steepness.
    tail: (f64, f64, f64),
    counts: Vec<(u32, u64)>,
}

impl Times {
    fn new(counts: impl Iterator<Item = (u32, u64)>) -> Self {
        let counts: Vec<(u32, u64)> = counts.collect();
        let sessions: u64 = counts.iter().map(|(_, sessions)| sessions).sum();
        let quantile = |share: f64| {
            let wanted = share * sessions as f64;
            let mut below = 0.0;
            let found = counts.iter().find(|(_, sessions)| {
                below += *sessions as f64;
                below >= wanted
            });
            found.or(counts.last()).map_or(1, |(rows, _)| *rows)
        };
        let usual = quantile(0.5);
        let share = (2.0 / sessions.max(1) as f64).clamp(0.01, 0.4);
        let begin = f64::from(quantile(1.0 - share));
        let ratio = libm::log(begin / f64::from(usual));
        let steepness = if ratio > 0.0 { (libm::log(0.5 / share) / ratio).clamp(0.5, STEEPEST) } else { STEEPEST };
        Self { sessions, usual, tail: (share, begin, steepness), counts }
    }

    fn at_least(&self, rows: u32) -> u64 {
        self.counts.iter().filter(|(other, _)| *other >= rows).map(|(_, sessions)| sessions).sum()
    }

    /// `tests`: all sessions.
    fn strength(&self, rows: u32, tests: f64) -> f64 {
        let (share, begin, steepness) = self.tail;
        if f64::from(rows) <= begin || self.sessions < LEAST_SESSIONS {
            return 0.0;
        }
        let log10_p = libm::log10(share) - steepness * libm::log10(f64::from(rows) / begin);
        strength(log10_p, tests).min(strength_limit(self.at_least(rows) as f64, self.sessions as f64))
    }
}

/// How strongly a rule speaks that `have` of `of` sessions keep, and a session does not; `None` where it says nothing: the
/// step comes where the session may be cut off.
fn broken(have: u64, of: u64, after: bool, (late, early): (bool, bool)) -> Option<f64> {
    let found = -libm::log10((of.saturating_sub(have) + 1) as f64 / (of + 2) as f64);
    let cut_off = if after { early } else { late };
    (found >= LEAST_STRENGTH && !cut_off).then_some(found)
}

impl Judge {
    /// A judge by the counts of all sessions.
    #[inline(never)]
    pub fn new(model: &Model, templates: usize) -> Self {
        let paired = templates.min(PAIRED);
        let mut pairs = vec![0_u32; paired * paired];
        for &((a, b), count) in &model.pairs {
            if let Some(slot) = pairs.get_mut(a as usize * paired + b as usize) {
                *slot = count;
            }
        }
        let times: FxHashMap<u32, Times> = model
            .times
            .iter()
            .map(|(&template, counts)| (template, Times::new(counts.iter().map(|(&rows, &sessions)| (rows, sessions)))))
            .collect();
        let have: Vec<u64> =
            (0..paired as u32).map(|template| times.get(&template).map_or(0, |times| times.sessions)).collect();
        let rules = (0..paired)
            .map(|a| {
                let of = have[a];
                let both = |b: usize| u64::from(pairs[a * paired + b]) + u64::from(pairs[b * paired + a]);
                let kept = |b: &usize| *b != a && of >= LEAST_SESSIONS && both(*b) as f64 >= RULE * of as f64;
                (0..paired).filter(kept).map(|b| (b as u32, both(b))).collect()
            })
            .collect();
        let concurrency = (0..paired)
            .map(|a| {
                let (mut open, mut all) = (0.0, 0.0);
                for b in (0..paired).filter(|&b| b != a) {
                    let (before, behind) = (f64::from(pairs[a * paired + b]), f64::from(pairs[b * paired + a]));
                    all += before + behind;
                    if before.min(behind) > OPEN * (before + behind) {
                        open += before + behind;
                    }
                }
                if all > 0.0 { open / all } else { 0.0 }
            })
            .collect();
        let mut by_count: Vec<u32> = model.sets.values().copied().collect();
        by_count.sort_unstable();
        let mut rarity: Vec<(u32, u64)> = Vec::new();
        let mut seen = 0;
        for count in by_count {
            seen += u64::from(count);
            match rarity.last_mut() {
                Some(last) if last.0 == count => last.1 = seen,
                _ => rarity.push((count, seen)),
            }
        }
        let pair = |a: usize, b: usize| u64::from(pairs[a * paired + b]);
        let either = (0..paired)
            .map(|a| if have[a] < LEAST_SESSIONS { Vec::new() } else { alternatives(a, have[a], paired, &pair) })
            .collect();
        let spans = model.spans.expected(LEAST_SESSIONS);
        let of_kinds: Vec<_> = model.kinds.values().map(|spans| (spans, spans.expected(LEAST_SESSIONS))).collect();
        let tails = Tail::of_kinds(of_kinds.iter().copied());
        Self {
            either,
            sessions: model.sessions,
            range: model.range,
            margin: 1.5 * model.spans.quantile(0.99).unwrap_or(0.0),
            paired,
            pairs,
            have,
            concurrency,
            rules,
            times,
            problems: model.problems.iter().map(|(&rows, &sessions)| (rows, sessions)).collect(),
            sets: model.sets.iter().map(|(&set, &sessions)| (set, sessions)).collect(),
            rarity,
            kinds: model
                .kinds
                .keys()
                .zip(of_kinds.into_iter().zip(tails))
                .filter_map(|(&kind, ((spans, expected), tail))| Some((kind, (spans.clone(), expected?, tail))))
                .collect(),
            tail: Tail::of_kinds(std::iter::once((&model.spans, spans)))[0],
            spans: (model.spans.clone(), spans),
            errors: model.rows.1 as f64 / model.rows.0.max(1) as f64,
            rates: model.rates.iter().map(|(&rate, &sessions)| (rate, sessions)).collect(),
        }
    }

    /// How many sessions there are.
    pub fn sessions(&self) -> u64 {
        self.sessions
    }

    /// How many sessions have the steps of a course.
    pub fn alike(&self, course: &Course) -> u32 {
        self.sets.get(&set_of(course)).copied().unwrap_or(0)
    }

    /// How rare the set of a course's steps is: −log10 of the share of sessions whose set is as rare.
    pub fn rarity(&self, course: &Course) -> f64 {
        let count = self.sets.get(&set_of(course)).copied().unwrap_or(1);
        let at = self.rarity.partition_point(|(other, _)| *other <= count);
        let as_rare = if at == 0 { 1 } else { self.rarity[at - 1].1 };
        -libm::log10(as_rare.max(1) as f64 / self.sessions.max(1) as f64)
    }

    /// The score of a session without a finding, below 0.5: the rarer its set of steps, their rows and their order are, the
    /// higher. What its rows and its order say is a mean, so that long sessions are not odd for being long.
    pub fn score(&self, course: &Course) -> f32 {
        let rarity = self.rarity(course) + WITHIN * (self.rarity_of_rows(course) + self.rarity_of_order(course));
        (0.5 - 0.5 * libm::exp(-rarity / 3.0)) as f32
    }

    /// How rare the steps of a course's rows are: the mean over its rows of −log10 of the share of sessions with their step.
    fn rarity_of_rows(&self, course: &Course) -> f64 {
        let of_step = |step: u32| {
            let have = self.times.get(&step).map_or(0, |times| times.sessions).max(1);
            -libm::log10((have as f64 / self.sessions.max(1) as f64).min(1.0))
        };
        let sum: f64 = course.steps.iter().map(|&(step, rows)| of_step(step) * f64::from(rows)).sum();
        sum / course.rows().max(1) as f64
    }

    /// How rare the order of its steps is: the mean over pairs of them of −log10 of the share of sessions with both in which
    /// they come in this order.
    fn rarity_of_order(&self, course: &Course) -> f64 {
        let steps: Vec<usize> = self.paired(course).into_iter().take(PAIRED_STEPS).collect();
        let (mut sum, mut compared) = (0.0, 0_u32);
        for (place, &first) in steps.iter().enumerate() {
            for &second in &steps[place + 1..] {
                let alike = self.pair(first, second);
                let of = alike + self.pair(second, first);
                if of > 0 {
                    sum -= libm::log10(alike.max(1) as f64 / of as f64);
                    compared += 1;
                }
            }
        }
        sum / f64::from(compared.max(1))
    }

    /// Whether a session may have begun before the data does, and whether it may go on after its end.
    pub fn cut_off(&self, session: &Session) -> (bool, bool) {
        let Some((from, to)) = self.range else { return (false, false) };
        (span(from, session.start) <= self.margin, span(session.end, to) <= self.margin)
    }

    /// The flaws of a course, strongest first. `cut_off` is as [`Self::cut_off`] says.
    pub fn flaws(&self, course: &Course, cut_off: (bool, bool)) -> Vec<(f64, Flaw)> {
        let mut flaws = Vec::new();
        flaws.extend(self.missing(course, cut_off));
        flaws.extend(self.repeated(course));
        flaws.extend(self.order(course));
        flaws.extend(self.cascade(course));
        flaws.extend(self.foreign(course));
        flaws.extend(self.failing(course));
        flaws.retain(|flaw| flaw.0 >= LEAST_STRENGTH);
        // A stable order: of equally strong flaws the first stays first.
        flaws.sort_by(|a, b| b.0.total_cmp(&a.0));
        flaws
    }

    fn paired(&self, course: &Course) -> Vec<usize> {
        course.steps.iter().map(|step| step.0 as usize).filter(|&template| template < self.paired).collect()
    }

    fn pair(&self, a: usize, b: usize) -> u64 {
        u64::from(self.pairs[a * self.paired + b])
    }

    #[inline(never)]
    fn missing(&self, course: &Course, cut_off: (bool, bool)) -> Option<(f64, Flaw)> {
        let steps = self.paired(course);
        let mut best: Option<(f64, Flaw)> = None;
        let mut missing: Vec<u32> = Vec::new();
        for &given in &steps {
            let of = self.have[given];
            for &(step, have) in &self.rules[given] {
                if steps.contains(&(step as usize)) {
                    continue;
                }
                let after = self.pair(given, step as usize) >= self.pair(step as usize, given);
                let Some(found) = broken(have, of, after, cut_off) else { continue };
                if !missing.contains(&step) {
                    missing.push(step);
                }
                // Of equal rules the one whose step stands nearest to the gap.
                if best.is_none_or(|(strength, _)| found >= strength) {
                    best = Some((found, Flaw::Missing { step, given: given as u32, after, or: 0, more: 0, have, of }));
                }
            }
        }
        if let Some((found, Flaw::Missing { more, .. })) = &mut best {
            *more = missing.len() as u32 - 1;
            *found = found.min(self.twins(course, &missing, &[]).unwrap_or(f64::INFINITY));
        }
        let either = self.missing_either(course, &steps, &missing, cut_off);
        best.into_iter().chain(either).reduce(|best, either| if either.0 > best.0 { either } else { best })
    }

    /// Steps of which one is missing, beside those that are.
    fn missing_either(
        &self,
        course: &Course,
        steps: &[usize],
        missing: &[u32],
        cut_off: (bool, bool),
    ) -> Option<(f64, Flaw)> {
        let mut best: Option<(f64, Flaw)> = None;
        let mut ways: Vec<&Either> = Vec::new();
        for &given in steps {
            let of = self.have[given];
            for either in &self.either[given] {
                let Either { steps: ref alike, have, after } = *either;
                if alike.iter().any(|&step| steps.contains(&(step as usize))) {
                    continue;
                }
                let Some(found) = broken(have, of, after, cut_off) else { continue };
                if !ways.iter().any(|known| known.steps == *alike) {
                    ways.push(either);
                }
                if best.is_none_or(|(strength, _)| found >= strength) {
                    let (step, or) = (alike[0], alike.len() as u32 - 1);
                    best = Some((found, Flaw::Missing { step, given: given as u32, after, or, more: 0, have, of }));
                }
            }
        }
        if let Some((found, Flaw::Missing { more, .. })) = &mut best {
            *more = (missing.len() + ways.len()) as u32 - 1;
            // That no session fills the gaps so speaks against alternatives.
            *found = found.min(self.twins(course, missing, &ways)?);
        }
        best
    }

    /// How strongly sessions with the same steps speak for steps that are missing: −log10 of the share of them that lack
    /// these too. Looked at are sessions with exactly the same steps, or all but one; `None` where there are too few. `ways`:
    /// steps of which one is missing.
    fn twins(&self, course: &Course, missing: &[u32], ways: &[&Either]) -> Option<f64> {
        let lacking = set_of(course);
        let mut gaps = vec![missing.iter().fold(0_u64, |sum, &step| sum.wrapping_add(member(step)))];
        for either in ways {
            let with = |gap: &u64| either.steps.iter().map(|&step| gap.wrapping_add(member(step))).collect::<Vec<_>>();
            gaps = gaps.iter().flat_map(with).take(MOST_GAPS).collect();
        }
        let count = |set: u64| self.sets.get(&set).map_or(0.0, |&sessions| f64::from(sessions));
        let filled = |set: u64| gaps.iter().map(|&gap| count(set.wrapping_add(gap))).sum::<f64>();
        let (mut without, mut with) = (count(lacking), filled(lacking));
        for &(step, _) in &course.steps {
            let fewer = lacking.wrapping_sub(member(step));
            without += count(fewer);
            with += filled(fewer);
        }
        (without + with >= LEAST_TWINS).then(|| -libm::log10((without + 1.0) / (without + with + 2.0)))
    }

    fn repeated(&self, course: &Course) -> Option<(f64, Flaw)> {
        let judged = course.steps.iter().filter(|step| step.1 > 1).filter_map(|&(step, rows)| {
            let times = self.times.get(&step)?;
            let as_often = times.at_least(rows);
            let flaw = Flaw::Repeated { step, times: rows, usual: times.usual, as_often, of: times.sessions };
            Some((times.strength(rows, self.sessions as f64), flaw))
        });
        judged.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    #[inline(never)]
    fn order(&self, course: &Course) -> Option<(f64, Flaw)> {
        let steps = self.paired(course);
        let mut best: Option<(f64, Flaw)> = None;
        let mut compared = 0_u32;
        for (place, &first) in steps.iter().enumerate() {
            for &second in &steps[place + 1..] {
                let (alike, other) = (self.pair(first, second), self.pair(second, first));
                let of = alike + other;
                if of < LEAST_SESSIONS {
                    continue;
                }
                compared += 1;
                // Steps that come in any order with others will come in a new one with any.
                let settled = 1.0 - self.concurrency[first].max(self.concurrency[second]);
                let found = -libm::log10((alike + 1) as f64 / (of + 2) as f64) * settled * settled;
                if best.is_none_or(|(strength, _)| found > strength) {
                    best = Some((found, Flaw::Order { first: first as u32, second: second as u32, alike, of }));
                }
            }
        }
        // The more pairs a course has, the sooner one of them is unusual.
        best.map(|(found, flaw)| (found - libm::log10(f64::from(compared.max(1))) / 2.0, flaw))
    }

    #[inline(never)]
    fn foreign(&self, course: &Course) -> Option<(f64, Flaw)> {
        let of = self.sessions as f64;
        // A saved model may know none of a session's own steps.
        let have = |&(step, _): &(u32, u32)| (self.times.get(&step).map_or(0, |times| times.sessions), step);
        let mut rare: Vec<(u64, u32)> =
            course.steps.iter().map(have).filter(|(have, _)| (*have as f64) < FOREIGN * of).collect();
        if rare.len() < 2 {
            return None;
        }
        rare.sort_unstable();
        let mut steps = [u32::MAX; 4];
        steps.iter_mut().zip(&rare).for_each(|(slot, (_, step))| *slot = *step);
        let (count, alike) = (rare.len() as u32, rare[0].0);
        let log10_p: f64 = rare.iter().map(|(have, _)| libm::log10(*have.max(&1) as f64 / of)).sum();
        // Steps that have nothing to do with each other would come together this seldom; a rare kind of session is none.
        let found = strength(log10_p, of).min(-libm::log10(alike.max(1) as f64 / of) - 1.0);
        Some((found, Flaw::Foreign { steps, count, alike, of: self.sessions }))
    }

    #[inline(never)]
    fn cascade(&self, course: &Course) -> Option<(f64, Flaw)> {
        if course.root == NO_ROOT || course.problems < 2 {
            return None;
        }
        let at_least = |rows: u32| -> u64 {
            let from = self.problems.partition_point(|(other, _)| *other < rows);
            self.problems[from..].iter().map(|(_, sessions)| sessions).sum()
        };
        let of = self.sessions as f64;
        let as_many = at_least(course.problems);
        // Problems that have nothing to do with each other would come together this seldom.
        let single = libm::log10((at_least(1) + 1) as f64 / (of + 2.0));
        let log10_p = single * f64::from(course.problems.min(50));
        let counted = -libm::log10(as_many.max(1) as f64 / of);
        let found = strength(log10_p, of).min(counted + 1.0).min(strength_limit(as_many as f64, of));
        let flaw = Flaw::Cascade { root: course.root, problems: course.problems, as_many, of: self.sessions };
        Some((found, flaw))
    }

    /// Whether a session lasted long: for one with its steps, or where there are too few of these, for any. How strongly that
    /// speaks, also if it is of no incident: with the tail that such sessions have.
    pub fn slow(&self, session: &Session, course: &Course) -> Option<(f64, f64, Flaw)> {
        if !session.timed {
            return None;
        }
        let millis = span(session.start, session.end);
        let (spans, expected, tail, alike) = match self.kinds.get(&kind_of(course)) {
            Some((spans, expected, tail)) => (spans, *expected, *tail, true),
            None => (&self.spans.0, self.spans.1?, self.tail, false),
        };
        let z = expected.z(millis);
        if z <= FAR {
            return None;
        }
        let (as_long, of) = (spans.count_at_least(millis), spans.count());
        let limit = strength_limit(as_long as f64, of as f64);
        let strength = |tail: Tail| strength(tail.log10_p(z), self.sessions as f64).min(limit);
        let (found, alone) = (strength(Tail::NORMAL), strength(tail));
        let flaw = Flaw::Slow { millis, range: expected.range(), alike, as_long, of, last: course.last };
        (found >= LEAST_STRENGTH).then_some((found, alone, flaw))
    }

    fn failing(&self, course: &Course) -> Option<(f64, Flaw)> {
        let (errors, rows) = (course.errors, course.rows());
        if errors == 0 {
            return None;
        }
        let rate = rate_of(course);
        let from = self.rates.partition_point(|(other, _)| *other < rate);
        let as_many: u64 = self.rates[from..].iter().map(|(_, sessions)| sessions).sum();
        let of = self.sessions as f64;
        let log10_p = log10_poisson(f64::from(errors), rows as f64 * self.errors);
        let found = strength(log10_p, of).min(strength_limit(as_many as f64, of));
        Some((found, Flaw::Failing { errors, rows, usual: self.errors, as_many, of: self.sessions }))
    }
}
