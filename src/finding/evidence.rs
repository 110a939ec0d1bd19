//! What a shard's rows and sessions say: single rows and single sessions that differ from what is ordinary for their kind.

use serde::{Deserialize, Serialize};

use super::incident::Part;
use super::rare_value::{RareValues, strongest};
use crate::baseline::sketch::Expected;
use crate::baseline::table::{Names, View};
use crate::baseline::tail::{FAR, Tail};
use crate::baseline::{Baselines, Clock, InstanceTable};
use crate::common::tail::{strength, strength_limit};
use crate::record::{Column, Dataset, Level, Role, Segment};
use crate::session::{Course, Flaw, Judge, Session, Store};

/// Rows of each kind and sessions that a shard offers at most, the strongest first.
pub const MOST: usize = 20_000;
/// Most rows of a session that is judged: what has more is a thread or a machine, not a session.
const LONGEST_SESSION: u64 = 10_000;
/// Weakest evidence of a single row: what chance shows a hundred times in the data. It comes last in any list, but before
/// rows that nothing speaks against.
const LEAST_ROW: f64 = -1.0;
/// A template is rare if its rows are at most this share of all.
const RARE_SHARE: f64 = 0.01;

/// How a single row differs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Oddity {
    /// It took long for its template.
    Duration {
        /// How long, in milliseconds.
        millis: f64,
    },
    /// Its template is rare.
    Template,
    /// Its template is none that the saved model knows.
    Unseen,
    /// A field of it has a value that few rows have: places in [`RareValues`].
    Value {
        /// The field.
        field: u32,
        /// The value.
        value: u32,
    },
}

impl Oddity {
    const KINDS: usize = 4;

    fn kind(self) -> usize {
        match self {
            Self::Duration { .. } => 0,
            Self::Template => 1,
            Self::Unseen => 2,
            Self::Value { .. } => 3,
        }
    }
}

/// A row that differs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OddRow {
    /// See [`crate::common::tail`].
    pub strength: f64,
    /// The same if it is of no incident, no more than that: where tails are heavy, rows far out are spread over all of the
    /// time, and say less than such that follow each other.
    pub alone: f64,
    /// Where it is ([`Segment::place_among_all`]).
    pub place: u64,
    /// Hash of its session key; 0 for none.
    pub key: u64,
    /// Its template.
    pub template: u32,
    /// Its instance, by [`Names::instances`].
    pub instance: Option<u32>,
    /// Its time.
    pub time: Option<i64>,
    /// How it differs.
    pub oddity: Oddity,
}

impl OddRow {
    /// As what it takes part in incidents.
    pub(super) fn part(&self) -> Part {
        if self.key == 0 { Part::Row(self.place) } else { Part::Session(self.key) }
    }
}

/// A session that differs in one way.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OddSession {
    /// See [`crate::common::tail`].
    pub strength: f64,
    /// As [`OddRow::alone`].
    pub alone: f64,
    /// Hash of its key.
    pub key: u64,
    /// How it differs.
    pub flaw: Flaw,
    /// When its first and its last row were, in nanoseconds.
    pub times: Option<(i64, i64)>,
    /// The worst level that is known of its rows: that of errors, of warnings, or none ([`Level::Unknown`]).
    pub worst: u8,
}

/// What one shard says. Merging is joining.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Single rows.
    pub rows: Vec<OddRow>,
    /// Single sessions.
    pub sessions: Vec<OddSession>,
    /// All rows by instance and time.
    pub instances: InstanceTable,
}

/// What a shard looks for, from the baselines of all rows.
#[derive(Debug)]
pub struct Search {
    expected: Vec<Option<Expected>>,
    tails: Vec<Tail>,
    /// Strength of a row of a rare template; 0 for the others.
    rare: Vec<f64>,
    /// Strength of a row whose template is none of these, where they are a saved model's.
    unseen: f64,
    timed: f64,
    values: RareValues,
}

impl Search {
    /// What to look for.
    pub fn new(baselines: &Baselines) -> Self {
        let rows = baselines.rows();
        let mut counts: Vec<u64> = baselines.templates.iter().map(|stats| stats.rows).collect();
        counts.sort_unstable();
        let mut as_rare: Vec<(u64, u64)> = Vec::new();
        let mut seen = 0;
        for count in counts {
            seen += count;
            as_rare.push((count, seen));
        }
        let rare = baselines.templates.iter().map(|stats| {
            let at = as_rare.partition_point(|(count, _)| *count <= stats.rows);
            let share = as_rare[at.max(1) - 1].1 as f64 / rows.max(1) as f64;
            if share > RARE_SHARE {
                return 0.0;
            }
            // The share of rows whose template is as rare, weighed down by how often that one was seen.
            -libm::log10(share) / libm::pow(1.0 + libm::log10(stats.rows.max(1) as f64), 1.5)
        });
        let expected: Vec<Option<Expected>> =
            baselines.templates.iter().map(crate::baseline::TemplateStats::expected).collect();
        let durations = baselines.templates.iter().map(|stats| &stats.durations);
        Self {
            tails: Tail::of_kinds(durations.zip(expected.iter().copied())),
            expected,
            rare: rare.collect(),
            unseen: 0.0,
            timed: baselines.templates.iter().map(|stats| stats.durations.count()).sum::<u64>() as f64,
            values: RareValues::default(),
        }
    }

    /// Looks for rare values too.
    #[must_use]
    pub fn with_values(self, values: RareValues) -> Self {
        Self { values, ..self }
    }

    /// What to look for, from the baselines of a saved model: a template that it does not know speaks for itself, as strongly
    /// as one that it has seen once.
    pub fn frozen(baselines: &Baselines) -> Self {
        Self { unseen: libm::log10(baselines.rows().max(10) as f64), ..Self::new(baselines) }
    }

    /// What is ordinary for the durations of a template.
    pub fn expected(&self, template: u32) -> Option<Expected> {
        *self.expected.get(template as usize)?
    }
}

/// What rows are looked at with.
struct Look<'a> {
    dataset: &'a Dataset,
    names: &'a Names,
    clock: Option<Clock>,
    baselines: &'a Baselines,
    search: &'a Search,
}

impl Look<'_> {
    /// Adds the odd rows of a segment. Never inlined: a browser goes on with the slow form of a function until it returns.
    #[inline(never)]
    fn at(&self, segment: &Segment, rows: &mut Vec<OddRow>, table: &mut InstanceTable) {
        let Self { dataset, names, clock, baselines, search } = *self;
        let view = View::new(dataset, segment);
        let column = |role| dataset.role(role).and_then(|column| segment.columns.get(column));
        let (instance_column, service_column) = (column(Role::Instance), column(Role::Service));
        let instances = Names::places(&names.instances, instance_column);
        let services = Names::places(&names.services, service_column);
        let name = |column: Option<&Column>, places: &[Option<u32>], row: usize| match column {
            Some(Column::Category(values)) => {
                values.codes.get(row).and_then(|&code| places.get(usize::from(code)).copied().flatten())
            }
            _ => None,
        };
        let values = search.values.of_segment(segment);
        // Where instances were slow or failed is told by finer bins than that they were.
        let mut clock = clock.map(|clock| clock.finer().unwrap_or(clock).follow());
        for row in 0..segment.rows() {
            let template = view.template(row);
            let millis = view.duration(row);
            let expected = template.and_then(|template| search.expected(template));
            let timed = expected.zip(millis);
            let instance = name(instance_column, &instances, row);
            if let (Some(instance), Some(clock), Some(time)) = (instance, &mut clock, view.when(row)) {
                let service = name(service_column, &services, row);
                let problem = view.level(row) >= Level::Warn as u8;
                table.add(
                    instance,
                    service,
                    clock.bin(time),
                    problem,
                    timed.map(|(expected, millis)| (expected.near_z(millis), expected.spread)),
                );
            }
            let Some(template) = template else { continue };
            let odd = |strength: f64, oddity: Oddity| OddRow {
                strength,
                alone: strength,
                place: segment.place_among_all(row),
                key: view.key(row),
                template,
                instance,
                time: view.when(row),
                oddity,
            };
            if let Some((z, millis)) = timed.and_then(|(expected, millis)| above(expected, millis)) {
                let durations = &baselines.templates[template as usize].durations;
                let limit = strength_limit(durations.count_at_least(millis) as f64, durations.count() as f64);
                let strength = |tail: Tail| strength(tail.log10_p(z), search.timed).min(limit);
                let found = strength(Tail::NORMAL);
                if found > LEAST_ROW {
                    let alone = strength(search.tails[template as usize]);
                    rows.push(OddRow { alone, ..odd(found, Oddity::Duration { millis }) });
                }
            }
            match search.rare.get(template as usize) {
                Some(&rare) if rare >= 1.0 => rows.push(odd(rare, Oddity::Template)),
                None if search.unseen > 0.0 => rows.push(odd(search.unseen, Oddity::Unseen)),
                // A rare kind of row has rare values: that it is rare says it all.
                _ => rows.extend(
                    strongest(&values, row)
                        .map(|(field, value, strength)| odd(strength, Oddity::Value { field, value })),
                ),
            }
        }
    }
}

impl Evidence {
    /// Looks at the rows of a shard. `baselines` are those that `search` is made of.
    #[inline(never)]
    pub fn of_rows<'a>(
        dataset: &Dataset,
        segments: impl Iterator<Item = &'a Segment>,
        names: &Names,
        clock: Option<Clock>,
        baselines: &Baselines,
        search: &Search,
    ) -> Self {
        let look = Look { dataset, names, clock, baselines, search };
        let mut rows = Vec::new();
        let mut table = InstanceTable::default();
        for segment in segments {
            look.at(segment, &mut rows, &mut table);
            if rows.len() > 2 * MOST * Oddity::KINDS {
                keep_strongest(&mut rows);
            }
        }
        keep_strongest(&mut rows);
        Self { rows, sessions: Vec::new(), instances: table }
    }

    /// Looks at the sessions of a shard.
    #[must_use]
    #[inline(never)]
    pub fn with_sessions(mut self, store: &Store, judge: &Judge) -> Self {
        // A session that is cut off by neither end of the data, which nearly all are, is judged by its course alone.
        let mut judged: Vec<Option<Vec<(f64, Flaw)>>> = vec![None; store.courses.len()];
        for session in store.sessions() {
            self.look_at(session, &store.courses[session.course as usize].0, judge, &mut judged);
        }
        self.sort_sessions();
        self
    }

    /// Looks at a session; `judged`: what was said of each course.
    #[inline(never)]
    fn look_at(&mut self, session: &Session, course: &Course, judge: &Judge, judged: &mut [Option<Vec<(f64, Flaw)>>]) {
        if course.rows() > LONGEST_SESSION {
            return;
        }
        let cut_off = judge.cut_off(session);
        let own;
        let flaws = if cut_off == (false, false) {
            judged[session.course as usize].get_or_insert_with(|| judge.flaws(course, cut_off))
        } else {
            own = judge.flaws(course, cut_off);
            &own
        };
        let times = session.timed.then_some((session.start, session.end));
        let worst = match course {
            Course { errors: 1.., .. } => Level::Error,
            Course { problems: 1.., .. } => Level::Warn,
            _ => Level::Unknown,
        };
        let odd = |strength: f64, alone: f64, flaw: Flaw| OddSession {
            strength,
            alone,
            key: session.key,
            flaw,
            times,
            worst: worst as u8,
        };
        self.sessions.extend(flaws.iter().map(|&(strength, flaw)| odd(strength, strength, flaw)));
        self.sessions.extend(judge.slow(session, course).map(|(strength, alone, flaw)| odd(strength, alone, flaw)));
    }

    /// Rows and sessions of no incident have the strength that they have alone. Strongest first.
    pub(super) fn settle(&mut self, is_of_incident: impl Fn(Part) -> bool) {
        for row in &mut self.rows {
            if !is_of_incident(row.part()) {
                row.strength = row.alone;
            }
        }
        for session in &mut self.sessions {
            if !is_of_incident(Part::Session(session.key)) {
                session.strength = session.alone;
            }
        }
        self.rows.retain(|row| row.strength > LEAST_ROW);
        keep_strongest(&mut self.rows);
        self.sort_sessions();
    }

    fn sort_sessions(&mut self) {
        self.sessions.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.key.cmp(&b.key)));
        self.sessions.truncate(MOST);
    }

    /// The strongest of all shards are among the strongest of each: so many do not depend on the number of shards.
    pub(super) fn keep_strongest(&mut self) {
        keep_strongest(&mut self.rows);
        self.sort_sessions();
    }

    /// Joins what another shard says.
    pub fn merge(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.sessions.extend(other.sessions);
        self.instances.merge(&other.instances);
    }
}

/// How far above the median a duration is that is far above it.
fn above(expected: Expected, millis: f64) -> Option<(f64, f64)> {
    let is_near = expected.near_z(millis) > FAR - Expected::NEAR;
    let z = if is_near { expected.z(millis) } else { 0.0 };
    (z > FAR).then_some((z, millis))
}

/// The strongest of each kind, so that many of one do not hide the others. Strongest first; of equals the first in the data.
#[inline(never)]
fn keep_strongest(rows: &mut Vec<OddRow>) {
    rows.sort_by(|a, b| b.strength.total_cmp(&a.strength).then(a.place.cmp(&b.place)));
    let mut kept = [0; Oddity::KINDS];
    rows.retain(|row| {
        let kept = &mut kept[row.oddity.kind()];
        *kept += 1;
        *kept <= MOST
    });
}
