//! What is odd while something lasts that explains it: sessions that an outbreak of errors, a failing instance or a silence
//! broke, or a slow instance made slow, are told with it.
//!
//! A session with problems is of a disturbance if most problems of its time are; sessions and rows that are one incident
//! ([`Incidents`]) are of the disturbance that they were in, or that most of them are of.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::OddSession;
use super::hybrid::{Context, Group};
use super::incident::{Incidents, Part, is_mostly_in};
use super::rate::{between, running};
use crate::baseline::{Baselines, Clock, TemplateStats};
use crate::record::Level;

/// Share of the problems of a session's time that are those of a disturbance, from which on the session's are.
const MOST: f64 = 0.75;
/// What lasts this many times as long as an incident was there by chance.
const LONGER: i64 = 8;

/// What lasts for a while and breaks sessions.
pub(super) struct Disturbance {
    pub(super) times: (i64, i64),
    /// What it is told as.
    pub(super) group: Group,
    /// Of problems: the level from which on rows are of it, and which share of those of its time.
    pub(super) problems: Option<(u8, f64)>,
}

/// Rows of levels WARN and ERROR and above over time.
pub(super) struct Problems {
    clock: Clock,
    /// Running sums of both.
    sums: [Vec<f64>; 2],
}

impl Problems {
    /// In the finest bins that there are; `None` without times.
    pub(super) fn new(context: &Context<'_>) -> Option<Self> {
        let Context { baselines: Baselines { levels, .. }, clock, pulse, .. } = context;
        let (clock, levels) = pulse.map_or((*clock, levels), |pulse| (Some(pulse.clock), &pulse.levels));
        let clock = clock?;
        let sums = [Level::Warn, Level::Error].map(|least| {
            let mut rows = vec![0.0; clock.bins()];
            for series in levels.iter().skip(least as usize) {
                rows.iter_mut().zip(series.dense(clock.bins())).for_each(|(sum, rows)| *sum += f64::from(rows));
            }
            running(&mut rows.into_iter())
        });
        Some(Self { clock, sums })
    }

    /// Those of a level and above in the bins of a stretch of time, both ends included.
    pub(super) fn within(&self, level: u8, (from, to): (i64, i64)) -> f64 {
        let sums = &self.sums[usize::from(level >= Level::Error as u8)];
        let bin = |time| usize::from(self.clock.bin(time));
        if from > to { 0.0 } else { between(sums, (bin(from), bin(to) + 1)) }
    }
}

/// Which disturbance what is odd is told with.
pub(super) struct Meanwhile {
    /// By session of no incident, and by the first part of each incident.
    of: BTreeMap<Part, Group>,
}

impl Meanwhile {
    /// Looks for what was odd because of disturbances; of several the first counts. `slow`: what has rows of a slow instance,
    /// which an incident is told with if most of its parts do.
    #[inline(never)]
    pub(super) fn new(
        disturbances: &[Disturbance],
        problems: Option<&Problems>,
        incidents: &Incidents,
        sessions: &[OddSession],
        slow: &BTreeSet<(Part, Group)>,
    ) -> Self {
        let mut of: BTreeMap<Part, Group> = BTreeMap::new();
        for session in sessions {
            let breaks = |disturbance: &&Disturbance| problems.is_some_and(|all| disturbance.breaks(session, all));
            if let Some(disturbance) = disturbances.iter().find(breaks) {
                of.insert(Part::Session(session.key), disturbance.group);
            }
        }
        let mut broken: BTreeMap<(Part, Group), usize> = BTreeMap::new();
        for (part, group) in of.iter().chain(slow.iter().map(|(part, group)| (part, group))) {
            *broken.entry((incidents.first(*part), *group)).or_default() += 1;
        }
        of.retain(|part, _| incidents.parts(*part) == 1);
        for (times, first) in incidents.times() {
            let in_time = disturbances.iter().find(|whole| lasts_at(whole.times, times)).map(|found| found.group);
            let is_most =
                |((of, _), parts): &(&(Part, Group), &usize)| *of == first && 2 * **parts > incidents.parts(first);
            let most = || broken.iter().find(is_most).map(|((_, group), _)| *group);
            if let Some(group) = in_time.or_else(most) {
                of.insert(first, group);
            }
        }
        Self { of }
    }

    /// What a session or row is told with.
    pub(super) fn of(&self, part: Part, incidents: &Incidents) -> Option<Group> {
        self.of.get(&incidents.first(part)).copied()
    }
}

/// Whether an incident was in the time of something, and not by chance in that of something much longer.
pub(super) fn lasts_at(whole: (i64, i64), times: (i64, i64)) -> bool {
    let length = |(from, to): (i64, i64)| to.saturating_sub(from);
    is_mostly_in(times, whole) && length(whole) / LONGER <= length(times)
}

impl Disturbance {
    /// Whether the problems of a session are, about, those of the disturbance.
    fn breaks(&self, session: &OddSession, all: &Problems) -> bool {
        let (Some((level, share)), Some((start, end))) = (self.problems, session.times) else { return false };
        let both = (start.max(self.times.0), end.min(self.times.1.saturating_sub(1)));
        session.worst >= level && all.within(level, both) * share > MOST * all.within(level, (start, end))
    }

    /// Whether a template is one of its problems.
    pub(super) fn has(&self, stats: &TemplateStats) -> bool {
        let Some((level, _)) = self.problems else { return false };
        let problems: u64 = stats.levels[usize::from(level)..].iter().sum();
        2 * problems > stats.rows && stats.times.is_some_and(|times| is_mostly_in(times, self.times))
    }
}
