//! When exactly a rate changed and was as before: bins tell it to the length of a bin, the rows at its ends to the row.
//!
//! ```text
//! lead:   rates that change                       ([`super::rate`])
//! shard:  the rows nearest to the ends of each    ([`Ends::of`])
//! lead:   the nearest of all                      ([`Ends::merge`])
//! shard:  the times of these                      ([`Ends::apply`])
//! ```

use serde::{Deserialize, Serialize};

use super::about::About;
use super::hybrid::Findings;
use super::rate::{RateChange, Subject};
use crate::baseline::Clock;
use crate::baseline::table::{Names, View};
use crate::record::{Column, Dataset, Role, Segment};

/// Changes whose ends are looked for, those of the strongest groups.
const MOST: usize = 100;

/// By change: the first and the last time of its rows near its begin, and near its end. Merging is associative and commutative.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ends(Vec<[Option<(i64, i64)>; 2]>);

/// Where a row is looked for.
struct Zone {
    /// The change, and which of its ends.
    of: (usize, usize),
    subject: Subject,
    /// From here to here, excluded.
    times: (i64, i64),
}

fn both(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    let both = one.zip(other).map(|((a, b), (c, d))| (a.min(c), b.max(d)));
    both.or(one).or(other)
}

/// The changes, and the numbers of their findings. What has a few rows where many are expected may begin between two rows.
fn changes(findings: &Findings) -> impl Iterator<Item = (usize, RateChange)> {
    let of_rate = findings.0.iter().enumerate().filter_map(|(number, finding)| match finding.about {
        About::Rate(change) => Some((number, change)),
        _ => None,
    });
    of_rate.filter(|(_, change)| change.is_burst() || change.rows == 0).take(MOST)
}

/// Within two bins of the ends: the first and the last row of a burst, those before and behind a silence.
fn zones(findings: &Findings, clock: Clock) -> Vec<Zone> {
    let mut zones = Vec::new();
    for (place, (_, change)) in changes(findings).enumerate() {
        let (from, to) = change.times;
        let near = |time: i64| 2 * clock.width(usize::from(clock.bin(time)));
        let (first, last) = (near(from), near(to.saturating_sub(1)));
        let found = if change.is_burst() {
            [(from, from.saturating_add(first).min(to)), (to.saturating_sub(last).max(from), to)]
        } else {
            [(from.saturating_sub(first), from.saturating_add(1)), (to, to.saturating_add(last))]
        };
        for (end, times) in found.into_iter().enumerate() {
            zones.push(Zone { of: (place, end), subject: change.subject, times });
        }
    }
    zones
}

impl Ends {
    /// Of the rows of a shard.
    pub fn of<'a>(
        findings: &Findings,
        clock: Option<Clock>,
        dataset: &Dataset,
        segments: impl Iterator<Item = &'a Segment>,
        names: &Names,
    ) -> Self {
        let Some(clock) = clock else { return Self::default() };
        let zones = zones(findings, clock);
        let mut ends = Self(vec![[None; 2]; zones.len() / 2]);
        // Rows are in any order: which zones are near is told by the bin.
        let mut by_bin: Vec<Vec<&Zone>> = vec![Vec::new(); clock.bins()];
        for zone in &zones {
            let (first, last) = (clock.bin(zone.times.0), clock.bin(zone.times.1.saturating_sub(1)));
            (first..=last).for_each(|bin| by_bin[usize::from(bin)].push(zone));
        }
        for segment in segments.filter(|_| !zones.is_empty()) {
            ends.add(&by_bin, clock, dataset, segment, names);
        }
        ends
    }

    /// Never inlined: a browser goes on with the slow form of a function until it returns.
    #[inline(never)]
    fn add(&mut self, by_bin: &[Vec<&Zone>], clock: Clock, dataset: &Dataset, segment: &Segment, names: &Names) {
        let view = View::new(dataset, segment);
        let mut clock = clock.follow();
        let column = dataset.role(Role::Service).and_then(|column| segment.columns.get(column));
        let services = Names::places(&names.services, column);
        let codes = if let Some(Column::Category(values)) = column { values.codes.as_slice() } else { &[] };
        let service = |row: usize| *services.get(usize::from(*codes.get(row)?))?;
        for row in 0..segment.rows() {
            let Some(time) = view.when(row) else { continue };
            let near = &by_bin[usize::from(clock.bin(time))];
            for zone in near.iter().filter(|zone| (zone.times.0..zone.times.1).contains(&time)) {
                let is_of = match zone.subject {
                    Subject::Template(template) => view.template(row) == Some(template),
                    Subject::Level(level) => view.level(row) == level,
                    Subject::Service(number) => service(row) == Some(number),
                    Subject::Log => true,
                };
                if is_of {
                    let found = &mut self.0[zone.of.0][zone.of.1];
                    *found = both(*found, Some((time, time)));
                }
            }
        }
    }

    /// Adds what another shard found.
    pub fn merge(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), [None; 2]);
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = [both(mine[0], theirs[0]), both(mine[1], theirs[1])];
        }
    }

    /// Findings tell these times from now on; where no row was near, those of the bins.
    pub fn apply(&self, findings: &mut Findings) {
        let numbers: Vec<usize> = changes(findings).map(|(number, _)| number).collect();
        for (number, [begin, end]) in numbers.into_iter().zip(&self.0) {
            if let Some(About::Rate(change)) = findings.0.get_mut(number).map(|finding| &mut finding.about) {
                let (begin, end) = if change.is_burst() {
                    // The last row of a burst is one of it.
                    (begin.map(|(first, _)| first), end.map(|(_, last)| last.saturating_add(1)))
                } else {
                    (begin.map(|(_, last)| last), end.map(|(first, _)| first))
                };
                change.times = (begin.unwrap_or(change.times.0), end.unwrap_or(change.times.1));
            }
        }
    }
}
