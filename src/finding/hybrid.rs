//! Evidence of all kinds → findings on one scale, grouped.
//!
//! What belongs together is one group: the flaws and odd rows of one session, the rows of one rare template, the slow rows of
//! one instance's episode. A group's score is that of its strongest member ([`crate::common::tail::score`]), so that all of
//! its rows stand together in a ranking.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::about::{About, Beside, OneOf};
use super::cause::{Cause, Causes};
use super::episode::{Episode, Unlike, episodes};
use super::evidence::{Evidence, OddRow, OddSession, Oddity};
use super::incident::{Incidents, Part, is_meanwhile, is_mostly_in, way};
use super::meanwhile::{Disturbance, Meanwhile, Problems};
use super::rare_value::RareValues;
use super::rate::{Narrow, RateChange, Subject, rate_changes};
use super::spell::{Spell, spells};
use super::together::FEW;
use super::trace::traces;
use super::unusual::unusual;
use crate::baseline::table::Names;
use crate::baseline::{Baselines, Clock, Pulse};
use crate::common::tail::{score, strength_limit};
use crate::record::Level;
use crate::session::Flaw;
use crate::session::judge::LEAST_STRENGTH;
use crate::template::Catalog;

/// Most findings; the weakest are left out.
pub const MOST: usize = 20_000;

/// Rows that belong to a finding score about this or more, rows that only the row detector looks at less.
pub const FINDING_SCORE: f32 = 0.5;

/// Strength of what stands out: of three files in which nothing is wrong, chance shows it in one.
const STANDS_OUT: f64 = 1.5;

/// The score from which on a finding stands out; what scores less, chance shows too.
pub fn score_of_outstanding() -> f32 {
    score(STANDS_OUT)
}

/// What kind of finding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// A row took long for its template.
    DurationSpike,
    /// A template that few rows have.
    RareTemplate,
    /// A template that behaves unlike all others.
    UnusualTemplate,
    /// A rate that changes.
    Volume,
    /// Many rows of a level of problems for a while.
    Outbreak,
    /// A service, or the whole log, that says hardly anything for a while.
    Silence,
    /// An instance that was slower than its peers.
    SlowInstance,
    /// An instance that failed more often than its peers.
    FailingInstance,
    /// A session lacks a step.
    MissingStep,
    /// A session repeats a step.
    RepeatedStep,
    /// A session has two steps in an order never seen.
    UnusualOrder,
    /// A session with several problems.
    ErrorCascade,
    /// A session with steps that hardly any other has.
    UnusualSteps,
    /// A session that lasted long.
    SlowSession,
    /// A session of which a large part are errors.
    FailingSession,
    /// A template that the saved model does not know.
    UnseenTemplate,
    /// A template that came steadily and then no more.
    VanishedTemplate,
    /// A template that came first after a while, and then steadily.
    NewTemplate,
    /// A row with a value that few rows have, or that the saved model does not know.
    RareValue,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 19] = [
        Self::DurationSpike,
        Self::RareTemplate,
        Self::UnusualTemplate,
        Self::Volume,
        Self::Outbreak,
        Self::Silence,
        Self::SlowInstance,
        Self::FailingInstance,
        Self::MissingStep,
        Self::RepeatedStep,
        Self::UnusualOrder,
        Self::ErrorCascade,
        Self::UnusualSteps,
        Self::SlowSession,
        Self::FailingSession,
        Self::UnseenTemplate,
        Self::VanishedTemplate,
        Self::NewTemplate,
        Self::RareValue,
    ];

    /// As shown to a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::DurationSpike => "duration spike",
            Self::RareTemplate => "rare template",
            Self::UnusualTemplate => "unusual template",
            Self::Volume => "volume change",
            Self::Outbreak => "outbreak",
            Self::Silence => "silence",
            Self::SlowInstance => "slow instance",
            Self::FailingInstance => "failing instance",
            Self::MissingStep => "missing step",
            Self::RepeatedStep => "repeated step",
            Self::UnusualOrder => "unusual order",
            Self::ErrorCascade => "error cascade",
            Self::UnusualSteps => "unusual steps",
            Self::SlowSession => "slow session",
            Self::FailingSession => "failing session",
            Self::UnseenTemplate => "unseen template",
            Self::VanishedTemplate => "vanished template",
            Self::NewTemplate => "new template",
            Self::RareValue => "rare value",
        }
    }

    fn of_change(change: &RateChange) -> Self {
        if change.outbreak().is_some() {
            Self::Outbreak
        } else if change.is_silence() {
            Self::Silence
        } else {
            Self::Volume
        }
    }

    fn of_flaw(flaw: &Flaw) -> Self {
        match flaw {
            Flaw::Missing { .. } => Self::MissingStep,
            Flaw::Repeated { .. } => Self::RepeatedStep,
            Flaw::Order { .. } => Self::UnusualOrder,
            Flaw::Cascade { .. } => Self::ErrorCascade,
            Flaw::Foreign { .. } => Self::UnusualSteps,
            Flaw::Slow { .. } => Self::SlowSession,
            Flaw::Failing { .. } => Self::FailingSession,
        }
    }
}

/// Which rows a finding has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Target {
    /// One row, by its place among all.
    Row(u64),
    /// Rows of a session.
    Session {
        /// Hash of its key.
        key: u64,
        /// Rows of these templates.
        templates: Vec<u32>,
        /// And rows of level WARN and above.
        problems: bool,
    },
    /// Slow or failing rows of an instance in a stretch of time.
    Instance {
        /// By [`Names::instances`].
        instance: u32,
        /// From here.
        from: i64,
        /// To here, excluded.
        to: i64,
        /// Rows of level WARN and above instead of slow ones.
        problems: bool,
        /// Rows that took at least so many robust standard deviations longer than expected.
        above: f64,
    },
    /// Rows of a level in a stretch of time.
    Level {
        /// The level.
        level: u8,
        /// From here.
        from: i64,
        /// To here, excluded.
        to: i64,
    },
}

/// What a finding compares, in the person's units.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// What is ordinary.
    pub expected: String,
    /// What is there.
    pub actual: String,
    /// (Robust) standard deviations above what is ordinary, where that is how it was measured.
    pub z: Option<f64>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// Its group: findings with the same number belong together. 1 is the strongest group.
    pub group: u32,
    /// The group's score, 0.5..1; higher is more abnormal.
    pub score: f32,
    /// Its own strength, see [`crate::common::tail`].
    pub strength: f64,
    /// What is unusual.
    pub about: About,
    /// What else is told of it.
    pub beside: Beside,
    /// Hash of the key of the session that it concerns; 0 for none.
    pub session: u64,
    /// Its rows.
    pub target: Target,
}

/// All findings, strongest group first, within a group about the strongest first.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Findings(pub Vec<Finding>);

/// What belongs together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Episode(u32, usize),
    /// Of an incident the first one.
    Session(u64),
    Cause(Cause),
    Row(u64),
    /// Templates that end or begin in one bin.
    Spell(usize, bool),
    /// Rates that change in one bin, by whether they rise.
    Rate(u16, bool),
}

/// What findings are made with, and told.
pub struct Context<'a> {
    /// The templates.
    pub catalog: &'a Catalog,
    /// Counts over the rows.
    pub baselines: &'a Baselines,
    /// Those of a saved model, which then say what is ordinary.
    pub model: Option<&'a Baselines>,
    /// Whether sessions are judged by what a saved model knows of sessions.
    pub sessions_of_model: bool,
    /// Rows in finer bins of time, where the usual ones are wide.
    pub pulse: Option<&'a Pulse>,
    /// Names of services and instances.
    pub names: &'a Names,
    /// Bins of time, where rows have times.
    pub clock: Option<Clock>,
    /// Values of fields that few rows have.
    pub values: &'a RareValues,
}

impl Context<'_> {
    /// What is ordinary.
    pub(super) fn ordinary(&self) -> &Baselines {
        self.model.unwrap_or(self.baselines)
    }
}

impl Findings {
    /// Findings from the evidence of all shards on so many sessions. `seed`: of the forest over templates.
    pub fn new(mut evidence: Evidence, context: &Context<'_>, sessions: u64, seed: u64) -> Self {
        evidence.keep_strongest();
        let episodes = context.clock.map(|clock| episodes(&evidence.instances, clock)).unwrap_or_default();
        let incidents = Incidents::new(&evidence, context.clock);
        evidence.settle(|part| incidents.parts(part) > 1);
        let causes = Causes::new(&evidence, context.sessions_of_model.then_some(context.baselines));
        let spells = context.clock.map(|clock| spells(context.baselines, clock)).unwrap_or_default();
        let changes = changes(context, &episodes, &spells);
        let problems = Problems::new(context);
        let disturbances = disturbances(&episodes, &changes, problems.as_ref());
        let slow = evidence.rows.iter().filter_map(|row| Some((row.part(), slow_episode(row, &episodes)?)));
        let slow = slow.map(|(part, episode)| (part, group_of_episode(episode))).collect();
        let meanwhile = Meanwhile::new(&disturbances, problems.as_ref(), &incidents, &evidence.sessions, &slow);
        // What happened at one time is told before what happens again and again.
        let is_alone = |part: Part| incidents.parts(part) == 1 && meanwhile.of(part, &incidents).is_none();
        let alike = |key: u64| causes.alike(key).filter(|_| is_alone(Part::Session(key)));
        let of_part = |part: Part| match (meanwhile.of(part, &incidents), incidents.first(part)) {
            (Some(group), _) => group,
            (None, Part::Session(key)) => alike(key).map_or(Group::Session(key), |alike| Group::Cause(alike.0)),
            (None, Part::Row(place)) => Group::Row(place),
        };
        let of_template = |template: u32| {
            let stats = context.baselines.templates.get(template as usize)?;
            disturbances.iter().find(|disturbance| disturbance.has(stats)).map(|disturbance| disturbance.group)
        };
        // What is slow meanwhile may wait for the instance that is.
        let mut waiting: BTreeMap<Part, &Episode> = BTreeMap::new();
        for episode in episodes.iter().filter(|episode| episode.unlike.is_slow()) {
            for first in incidents.slow_in(episode.times) {
                waiting.entry(first).or_insert(episode);
            }
        }
        let mut groups: BTreeMap<Group, Vec<Finding>> = BTreeMap::new();
        let mut add = |group, session, kind, strength, (about, beside): (About, Beside), target| {
            let group = match group {
                Group::Session(key) => of_part(Part::Session(key)),
                Group::Row(place) => of_part(Part::Row(place)),
                Group::Cause(Cause::Template(template)) => of_template(template).unwrap_or(group),
                group => group,
            };
            let finding = Finding { kind, group: 0, score: 0.0, strength, about, beside, session, target };
            groups.entry(group).or_default().push(finding);
        };
        for episode in &episodes {
            let (kind, problems, above) = match episode.unlike {
                // Rows nearer to the episode's mean than to the peers'.
                Unlike::Slow { above, .. } => (Kind::SlowInstance, false, above / 2.0),
                Unlike::Failing { .. } => (Kind::FailingInstance, true, 0.0),
            };
            let (from, to) = episode.times;
            let target = Target::Instance { instance: episode.instance, from, to, problems, above };
            add(group_of_episode(episode), 0, kind, episode.strength, alone(About::Episode(*episode)), target);
        }
        let of_row = |row: &OddRow| match row.oddity {
            Oddity::Duration { .. } => Kind::DurationSpike,
            Oddity::Template => Kind::RareTemplate,
            Oddity::Unseen => Kind::UnseenTemplate,
            Oddity::Value { .. } => Kind::RareValue,
        };
        let mut new = BTreeSet::new();
        let pieces = evidence.rows.iter().map(|row| {
            // However many rows a new kind of message has, it is one new kind.
            let counts = row.oddity != Oddity::Unseen || new.insert(row.template);
            (of_row(row), row.strength, counts)
        });
        let limits = limits_of(pieces, context.baselines.rows());
        let traces = traces(&evidence.rows);
        let of_one_session = of_one_session(&evidence.rows);
        for (row, limit) in evidence.rows.iter().zip(limits) {
            let (kind, strength) = (of_row(row), row.strength.min(limit));
            let mut group = group_of(row, &episodes, &causes, &traces);
            // What one session of an incident alone has is no part of what they have in common.
            let is_alone = row.oddity == Oddity::Template && of_one_session.contains(&row.template);
            if matches!(group, Group::Session(key) if is_alone && incidents.parts(Part::Session(key)) > 1) {
                group = Group::Cause(Cause::Template(row.template));
            }
            let mut beside = Beside::default();
            if matches!(group, Group::Session(_) | Group::Row(_)) {
                let part = row.part();
                beside.one_of = one_of(&incidents, part, kind);
                let episode = waiting.get(&incidents.first(part)).filter(|_| kind == Kind::DurationSpike);
                let meanwhile = episode.filter(|episode| row.time.is_some_and(|time| episode.lasts_at(time)));
                beside.slow_instance = meanwhile.map(|episode| episode.instance);
            }
            let about = About::Row { template: row.template, oddity: row.oddity };
            add(group, row.key, kind, strength, (about, beside), Target::Row(row.place));
        }
        let of_session = |session: &OddSession| Kind::of_flaw(&session.flaw);
        let change = |session: &OddSession| causes.of(Cause::Change(way(&session.flaw)));
        let mut counted = BTreeSet::new();
        let pieces = evidence.sessions.iter().map(|session| {
            let counts = change(session).is_none() || counted.insert(way(&session.flaw));
            (of_session(session), session.strength, counts)
        });
        let limits = limits_of(pieces, sessions);
        let told = told_of(&evidence);
        for (session, limit) in evidence.sessions.iter().zip(limits) {
            let (kind, strength) = (of_session(session), session.strength.min(limit));
            // What is wrong in a session says more than that the whole of it is slow or fails.
            if strength < LEAST_STRENGTH || session.flaw.is_of_whole() && told.contains(&session.key) {
                continue;
            }
            let told = |template: &u32| causes.of(Cause::Template(*template)).is_some();
            if let Flaw::Foreign { steps, count, .. } = session.flaw
                && steps.get(..count as usize).is_some_and(|steps| steps.iter().all(told))
            {
                // The new kinds of messages say it.
                continue;
            }
            let (group, one_of) = if let Some((cause, sessions)) = change(session).or_else(|| alike(session.key)) {
                (Group::Cause(cause), Some(OneOf::Alike(sessions)))
            } else {
                (Group::Session(session.key), one_of(&incidents, Part::Session(session.key), kind))
            };
            let told = (About::Flaw(session.flaw), Beside { one_of, ..Beside::default() });
            add(group, session.key, kind, strength, told, target_of(session));
        }
        for spell in spells.iter().filter(|spell| spell.ends || !new.contains(&spell.template)) {
            let kind = if spell.ends { Kind::VanishedTemplate } else { Kind::NewTemplate };
            let group = Group::Spell(if spell.ends { spell.silence.0 } else { spell.silence.1 }, spell.ends);
            add(group, 0, kind, spell.strength, alone(About::Spell(*spell)), Target::Row(spell.place));
        }
        for (change, group) in changes {
            let target = match change.outbreak() {
                Some(level) if change.rows * FEW <= context.baselines.rows() => {
                    Target::Level { level, from: change.times.0, to: change.times.1 }
                }
                _ => Target::Row(change.place),
            };
            add(group, 0, Kind::of_change(&change), change.strength, alone(About::Rate(change)), target);
        }
        let unusual = unusual(context.baselines, context.clock, seed);
        // What is new is unlike the others; that it is new says more.
        for found in unusual.into_iter().filter(|found| !new.contains(&found.template)) {
            let Some((place, _)) = context.baselines.templates[found.template as usize].places else { continue };
            let group = Group::Cause(Cause::Template(found.template));
            add(group, 0, Kind::UnusualTemplate, found.strength, alone(About::Template(found)), Target::Row(place));
        }
        Self::ranked(groups)
    }

    #[inline(never)]
    fn ranked(groups: BTreeMap<Group, Vec<Finding>>) -> Self {
        let mut groups: Vec<(Group, Vec<Finding>)> = groups.into_iter().collect();
        let place = |finding: &Finding| if let Target::Row(place) = finding.target { place } else { u64::MAX };
        for (_, findings) in &mut groups {
            // What a cascade says of its rows is more than that their templates are rare.
            let told = |finding: &Finding| !matches!(finding.kind, Kind::RareTemplate | Kind::UnusualSteps);
            let rare = findings.iter().filter(|finding| !told(finding)).map(|finding| finding.strength);
            let rare = rare.fold(f64::MIN, f64::max);
            let is_cascade = |finding: &Finding| finding.kind == Kind::ErrorCascade;
            let whole = |finding: &Finding| {
                libm::round(if is_cascade(finding) { finding.strength.max(rare) } else { finding.strength })
            };
            // Strengths within one of each other say the same: then the kind counts, and what came first.
            findings.sort_by(|a, b| {
                let spike = |finding: &Finding| finding.kind == Kind::DurationSpike;
                // Which instance it was, or that there were errors or a silence, is what all that was odd meanwhile has in common.
                let explains = |finding: &Finding| match &finding.about {
                    About::Episode(_) => 2,
                    About::Rate(change) => u8::from(change.disturbs()),
                    _ => 0,
                };
                let strong = whole(b).total_cmp(&whole(a));
                let kind = (spike(b), is_cascade(b)).cmp(&(spike(a), is_cascade(a))).then(a.kind.cmp(&b.kind));
                let told = strong.then(kind).then(place(a).cmp(&place(b)));
                explains(b).cmp(&explains(a)).then(told).then(b.strength.total_cmp(&a.strength))
            });
            tell_others(findings);
        }
        let strongest = |findings: &[Finding]| findings.iter().map(|finding| finding.strength).fold(f64::MIN, f64::max);
        groups.sort_by(|a, b| strongest(&b.1).total_cmp(&strongest(&a.1)).then(a.0.cmp(&b.0)));
        let mut all = Vec::new();
        for (number, (_, findings)) in (1..).zip(groups) {
            let score = score(strongest(&findings));
            all.extend(findings.into_iter().map(|finding| Finding { group: number, score, ..finding }));
            if all.len() >= MOST {
                break;
            }
        }
        Self(all)
    }
}

/// Rates that change, each with what it is told with.
#[inline(never)]
fn changes(context: &Context<'_>, episodes: &[Episode], spells: &[Spell]) -> Vec<(RateChange, Group)> {
    let Some(clock) = context.clock else { return Vec::new() };
    let mut changes = rate_changes(context.baselines, context.pulse, context.names, clock);
    // That its rate changes is told by when it ends or begins.
    changes.retain(|change| match change.subject {
        Subject::Template(template) => spells.iter().all(|spell| spell.template != template),
        _ => true,
    });
    // What else changes while there are more errors belongs to them.
    changes.sort_by_key(|change| change.outbreak().is_none());
    let narrow = context.pulse.map(Narrow::new);
    let mut outbreaks: Vec<((i64, i64), Group)> = Vec::new();
    let told = |change: RateChange| {
        let times = change.times;
        let of_outbreak = outbreaks.iter().find(|other| is_meanwhile(other.0, times)).map(|other| other.1);
        let is_of = |episode: &&Episode| {
            // An outbreak is what an instance is that fails.
            let is_own = change.outbreak().is_some() && is_mostly_in(episode.times, times);
            !episode.unlike.is_slow() && (is_own || is_meanwhile(episode.times, times))
        };
        let of_episode = || episodes.iter().find(is_of).filter(|_| change.is_burst()).map(group_of_episode);
        let by_itself = Group::Rate(clock.bin(times.0), change.is_burst());
        let group = of_outbreak.or_else(of_episode).unwrap_or(by_itself);
        if change.outbreak().is_some() {
            outbreaks.push((times, group));
        }
        // What belongs together was found in the same bins; what is told is when it was.
        (narrow.as_ref().map_or(change, |narrow| narrow.of(change)), group)
    };
    changes.into_iter().map(told).collect()
}

/// What lasts for a while and breaks sessions: instances that fail, outbreaks of problems, silences.
fn disturbances(
    episodes: &[Episode],
    changes: &[(RateChange, Group)],
    problems: Option<&Problems>,
) -> Vec<Disturbance> {
    let failing = episodes.iter().filter_map(|episode| {
        let Unlike::Failing { problems: own, .. } = episode.unlike else { return None };
        let level = Level::Warn as u8;
        let of_all = problems.map(|all| (level, f64::from(own) / all.within(level, episode.times).max(1.0)));
        Some(Disturbance { times: episode.times, group: group_of_episode(episode), problems: of_all })
    });
    let of_rates = changes.iter().filter(|(change, _)| change.disturbs()).map(|(change, group)| {
        let of_all = change.outbreak().map(|level| (level, 1.0 - change.expected / change.rows.max(1) as f64));
        Disturbance { times: change.times, group: *group, problems: of_all }
    });
    failing.chain(of_rates).collect()
}

fn group_of_episode(episode: &Episode) -> Group {
    Group::Episode(episode.instance, episode.first)
}

/// The incident that a row or session is of, if there is one.
fn one_of(incidents: &Incidents, part: Part, kind: Kind) -> Option<OneOf> {
    let (slow, failing) = incidents.alike(part);
    let alike = kind == Kind::DurationSpike && slow || kind == Kind::ErrorCascade && failing;
    let parts = incidents.parts(part) as u64;
    (parts > 1).then_some(OneOf::Incident { parts, sessions: matches!(part, Part::Session(_)), alike })
}

/// The rare templates whose rows are all of one session.
fn of_one_session(rows: &[OddRow]) -> BTreeSet<u32> {
    let mut sessions: BTreeMap<u32, Option<u64>> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.oddity == Oddity::Template) {
        let session = sessions.entry(row.template).or_insert(Some(row.key));
        *session = session.filter(|key| *key == row.key);
    }
    sessions.into_iter().filter(|(_, session)| session.is_some()).map(|(template, _)| template).collect()
}

fn alone(about: About) -> (About, Beside) {
    (about, Beside::default())
}

/// A group's first finding says how rare one of its rows is; that others of it are of rare kinds too is told with it, as the
/// group is shown with the number of its rows.
fn tell_others(findings: &mut [Finding]) {
    if let Some((first, others)) = findings.split_first_mut().filter(|(first, _)| first.kind == Kind::RareTemplate) {
        let rare = |finding: &&Finding| finding.kind == Kind::RareTemplate && finding.about != first.about;
        first.beside.other_kinds = others.iter().filter(rare).count() as u32;
    }
}

/// The most that each piece of evidence can say, by how many that count of its kind are at least as strong. Strongest first.
#[inline(never)]
fn limits_of(evidence: impl Iterator<Item = (Kind, f64, bool)>, tests: u64) -> Vec<f64> {
    let mut places: BTreeMap<Kind, Vec<(usize, f64, bool)>> = BTreeMap::new();
    let mut count = 0;
    for (kind, strength, counts) in evidence {
        places.entry(kind).or_default().push((count, strength, counts));
        count += 1;
    }
    let mut limits = vec![0.0; count];
    for places in places.into_values() {
        let mut rank = 0;
        for alike in places.chunk_by(|a, b| a.1.total_cmp(&b.1).is_eq()) {
            rank += alike.iter().filter(|piece| piece.2).count();
            for (place, ..) in alike {
                limits[*place] = strength_limit(rank as f64, tests as f64);
            }
        }
    }
    limits
}

/// The sessions of which rows or steps are odd.
#[inline(never)]
fn told_of(evidence: &Evidence) -> BTreeSet<u64> {
    let of_rows = evidence.rows.iter().filter(|row| row.strength >= LEAST_STRENGTH).map(|row| row.key);
    let of_steps = evidence.sessions.iter().filter(|session| !session.flaw.is_of_whole()).map(|session| session.key);
    of_rows.chain(of_steps).collect()
}

/// The episode of a slow instance that a slow row is of.
fn slow_episode<'a>(row: &OddRow, episodes: &'a [Episode]) -> Option<&'a Episode> {
    let (Some(instance), Some(time), Oddity::Duration { .. }) = (row.instance, row.time, row.oddity) else {
        return None;
    };
    let is_of = |episode: &&Episode| episode.instance == instance && episode.unlike.is_slow() && episode.lasts_at(time);
    episodes.iter().find(is_of)
}

/// An odd row belongs to an episode of its instance, else to what several sessions have in common, else to its session, else
/// to its template or itself.
#[inline(never)]
fn group_of(row: &OddRow, episodes: &[Episode], causes: &Causes, traces: &BTreeMap<u32, u32>) -> Group {
    if let Some(episode) = slow_episode(row, episodes) {
        return group_of_episode(episode);
    }
    let told = |cause| Group::Cause(causes.of(cause).map_or(cause, |told| told.0));
    match (row.key, row.oddity) {
        (0, Oddity::Template | Oddity::Unseen) => {
            told(Cause::Template(traces.get(&row.template).copied().unwrap_or(row.template)))
        }
        (0, Oddity::Value { field, value }) => told(Cause::Value(field, value)),
        (0, Oddity::Duration { .. }) => Group::Row(row.place),
        (key, _) => match Cause::of_row(row).and_then(|cause| causes.of(cause)) {
            Some((cause, _)) => Group::Cause(cause),
            None => Group::Session(key),
        },
    }
}

fn target_of(session: &OddSession) -> Target {
    let (templates, problems) = match session.flaw {
        Flaw::Missing { given, .. } => (vec![given], false),
        Flaw::Repeated { step, .. } => (vec![step], false),
        Flaw::Order { first, second, .. } => (vec![first, second], false),
        Flaw::Cascade { .. } | Flaw::Failing { .. } => (Vec::new(), true),
        Flaw::Slow { last, .. } => (vec![last], false),
        Flaw::Foreign { steps, count, .. } => (steps.into_iter().take(count as usize).collect(), false),
    };
    Target::Session { key: session.key, templates, problems }
}
