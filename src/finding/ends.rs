//! When exactly a rate changed and was as before: bins tell it to the length of a bin; of bursts the rows near the ends tell it
//! to an eighth of one, and then to the row.
//!
//! ```text
//! lead:   rates that change                       ([`super::rate`])
//! shard:  the rows nearest to the ends of each    ([`Ends::of`])
//! lead:   the nearest of all                      ([`Ends::merge`])
//! shard:  the times of these                      ([`Ends::apply`])
//! ```

use serde::{Deserialize, Serialize};

use super::about::About;
use super::hybrid::{Findings, Target};
use super::rate::{RateChange, Subject};
use crate::baseline::Clock;
use crate::baseline::table::{Names, View};
use crate::record::{Column, Dataset, Role, Segment};

/// Changes whose ends are looked for, those of the strongest groups.
const MOST: usize = 100;

/// Parts of the stretch in which an end is looked for.
const CELLS: usize = 16;
/// How much rarer than in a burst its rows are taken to be outside at least: one row may always be where none was.
const RARER: f64 = 100.0;

/// Rows of a part of the stretch in which an end is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Cell {
    rows: u64,
    /// The first and the last: when and where ([`Segment::place_among_all`]).
    ends: Option<[(i64, u64); 2]>,
}

impl Cell {
    fn add(&mut self, other: Self) {
        let both = self.ends.zip(other.ends).map(|([a, b], [c, d])| [a.min(c), b.max(d)]);
        self.ends = both.or(self.ends).or(other.ends);
        self.rows += other.rows;
    }
}

/// By change: its rows near its begin, and near its end. Merging is associative and commutative.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ends(Vec<[[Cell; CELLS]; 2]>);

/// Where a row is looked for.
struct Zone {
    /// The change, and which of its ends.
    of: (usize, usize),
    subject: Subject,
    /// From here to here, excluded.
    times: (i64, i64),
}

impl Zone {
    /// The part that a time is in.
    fn cell(&self, time: i64) -> usize {
        let (from, to) = self.times;
        let share = time.saturating_sub(from) as f64 / to.saturating_sub(from).max(1) as f64;
        ((share * CELLS as f64) as usize).min(CELLS - 1)
    }
}

/// The changes, and the numbers of their findings. What has a few rows where many are expected may begin between two rows.
fn changes(findings: &Findings) -> impl Iterator<Item = (usize, RateChange)> {
    let of_rate = findings.0.iter().enumerate().filter_map(|(number, finding)| match finding.about {
        About::Rate(change) => Some((number, change)),
        _ => None,
    });
    of_rate.filter(|(_, change)| change.is_burst() || change.rows == 0).take(MOST)
}

/// Within two bins of the ends: where the rows of a burst begin and end, those before and behind a silence.
fn stretches(change: &RateChange, clock: Clock) -> [(i64, i64); 2] {
    let (from, to) = change.times;
    let near = |time: i64| 2 * clock.width(usize::from(clock.bin(time)));
    let (first, last) = (near(from), near(to.saturating_sub(1)));
    if change.is_burst() {
        [(from, from.saturating_add(first).min(to)), (to.saturating_sub(last).max(from), to)]
    } else {
        [(from.saturating_sub(first), from.saturating_add(1)), (to, to.saturating_add(last))]
    }
}

fn zones(findings: &Findings, clock: Clock) -> Vec<Zone> {
    let mut zones = Vec::new();
    for (place, (_, change)) in changes(findings).enumerate() {
        for (end, times) in stretches(&change, clock).into_iter().enumerate() {
            zones.push(Zone { of: (place, end), subject: change.subject, times });
        }
    }
    zones
}

/// The first cell of a burst, of cells that lead into it: up to there its rows are as rare as `outside`, from there as
/// frequent as `inside` (rows in the time of a cell). It is where a change of a Poisson process is most likely.
fn begin<'a>(cells: impl DoubleEndedIterator<Item = &'a Cell> + ExactSizeIterator, inside: f64, outside: f64) -> usize {
    let gain = libm::log(inside / outside);
    let mut sum = 0.0;
    let mut best = (f64::MIN, 0);
    for (place, cell) in cells.enumerate().rev() {
        sum += cell.rows as f64 * gain - (inside - outside);
        if sum >= best.0 && cell.rows > 0 {
            best = (sum, place);
        }
    }
    best.1
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
        let mut ends = Self(vec![[[Cell::default(); CELLS]; 2]; zones.len() / 2]);
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
                    let end = (time, segment.place_among_all(row));
                    self.0[zone.of.0][zone.of.1][zone.cell(time)].add(Cell { rows: 1, ends: Some([end; 2]) });
                }
            }
        }
    }

    /// Adds what another shard found.
    pub fn merge(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), [[Cell::default(); CELLS]; 2]);
        let cells = self.0.iter_mut().flatten().flatten();
        cells.zip(other.0.iter().flatten().flatten()).for_each(|(mine, theirs)| mine.add(*theirs));
    }

    /// Findings tell these times from now on; where no row was near, those of the bins.
    pub fn apply(&self, findings: &mut Findings, clock: Option<Clock>) {
        let numbers: Vec<usize> = changes(findings).map(|(number, _)| number).collect();
        for (number, ends) in numbers.into_iter().zip(&self.0) {
            let Some((finding, clock)) = findings.0.get_mut(number).zip(clock) else { continue };
            let About::Rate(change) = &mut finding.about else { continue };
            if change.is_burst() {
                narrow(change, ends, clock);
            } else {
                widen(change, ends);
            }
            match &mut finding.target {
                Target::Level { from, to, .. } => (*from, *to) = change.times,
                Target::Row(place) => *place = change.place,
                _ => {}
            }
        }
    }
}

/// A silence is from the last row before it to the first behind it.
fn widen(change: &mut RateChange, [before, behind]: &[[Cell; CELLS]; 2]) {
    let last = before.iter().filter_map(|cell| cell.ends).map(|[_, last]| last).max();
    let first = behind.iter().filter_map(|cell| cell.ends).map(|[first, _]| first).min();
    change.place = last.map_or(change.place, |(_, place)| place);
    change.times = (last.map_or(change.times.0, |last| last.0), first.map_or(change.times.1, |first| first.0));
}

/// A burst is from its first row to its last, without the few that were there before it or are behind it.
fn narrow(change: &mut RateChange, [first, last]: &[[Cell; CELLS]; 2], clock: Clock) {
    let (from, to) = change.times;
    let length = to.saturating_sub(from).max(1) as f64;
    let stretches = stretches(change, clock);
    let rates = |(from, to): (i64, i64)| {
        let cell = to.saturating_sub(from) as f64 / CELLS as f64 / length;
        let inside = change.rows as f64 * cell;
        (inside, (change.expected * cell).max(inside / RARER))
    };
    let (inside, outside) = rates(stretches[0]);
    let begins = begin(first.iter(), inside, outside);
    let (inside, outside) = rates(stretches[1]);
    let ends = CELLS - 1 - begin(last.iter().rev(), inside, outside);
    let (begin, place) = first[begins].ends.map_or((from, change.place), |[first, _]| first);
    // The last row of a burst is one of it.
    let end = last[ends].ends.map_or(to, |[_, last]| last.0.saturating_add(1));
    if begin < end {
        change.place = place;
        let left_out = first[..begins].iter().chain(&last[ends + 1..]).map(|cell| cell.rows).sum::<u64>();
        change.rows = change.rows.saturating_sub(left_out).max(1);
        change.expected *= end.saturating_sub(begin) as f64 / length;
        change.times = (begin, end);
    }
}
