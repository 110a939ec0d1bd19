//! Stretches of time in which a template, a level, a service or the log as a whole changes its rate.

use serde::{Deserialize, Serialize};

use super::episode::{lengths, stretches, stretches_of};
use super::silence::silences;
use crate::baseline::table::Names;
use crate::baseline::{Baselines, Clock, Pulse, Series};
use crate::common::tail::{log10_poisson, strength};
use crate::record::Level;

/// Rates are no more than hints: what changes its rate may have a reason.
const ENOUGH: f64 = 2.0;
/// That a service or the log is silent, or that there are many errors, is more than that.
const SERIOUS: f64 = 4.0;
/// Templates whose rates are looked at, the most frequent ones.
const MOST_SERIES: usize = 2000;
/// Rows that a series needs.
pub(super) const LEAST_ROWS: u64 = 50;
/// Rows that a stretch must be expected to have.
const LEAST_EXPECTED: f64 = 20.0;
/// A burst has so many times the rows that are expected.
const BURST: f64 = 3.0;
/// So many times are enough where chance is out of the question.
const RISE: f64 = 1.5;
/// The strength from which on it is.
const SURE: f64 = 6.0;
/// A lull has this part of them at most.
const LULL: f64 = 0.2;
/// log10 of how often chance alone, at the rate of the whole time, may have as few rows as a lull.
const RARE: f64 = -3.0;
/// The log as a whole has this part at most: nights have fewer rows, and no finding.
const SILENCE: f64 = 0.1;
/// Most bursts of a level that are told.
const MOST_BURSTS: usize = 4;
/// Stretches beside a burst by which it is told how much a level varies; of so many the most extreme one is another burst.
const LEAST_BESIDE: usize = 12;
const OTHER_BURSTS: usize = 20;
/// How many finer bins may be between a burst and a row of it.
const CLOSE: usize = 3;
/// A burst that finer bins narrow keeps this part of its rows at least.
const MOSTLY: f64 = 0.9;
/// As busy as a rush is a time with this part of its rows.
const BUSY: f64 = 0.7;
/// A silence is short if it takes less than one of so many parts of the time; so many others like it do not make it usual.
pub(super) const SHORT: usize = 32;
const MOST_ALIKE: usize = 2;
/// Parts of the time of which the median says what is usual.
const PARTS: usize = 16;

/// A change of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RateChange {
    /// See [`crate::common::tail`].
    pub strength: f64,
    /// Whose rate.
    pub subject: Subject,
    /// When it begins and ends, in nanoseconds.
    pub times: (i64, i64),
    /// Rows there.
    pub rows: u64,
    /// Rows expected there.
    pub expected: f64,
    /// A row to look at: of a burst one in its thick, of a lull one before it.
    pub place: u64,
}

impl RateChange {
    /// Whether there are more rows than expected.
    pub fn is_burst(&self) -> bool {
        self.rows as f64 > self.expected
    }

    /// The level of which there are more rows for a while, where it is one of problems.
    pub fn outbreak(&self) -> Option<u8> {
        match self.subject {
            Subject::Level(level) if self.is_burst() && level >= Level::Warn as u8 => Some(level),
            _ => None,
        }
    }

    /// Whether a service or the log says nothing, or hardly anything, for a while.
    pub fn is_silence(&self) -> bool {
        matches!(self.subject, Subject::Service(_) | Subject::Log) && !self.is_burst()
    }

    /// Whether it may have made other things odd meanwhile.
    pub fn disturbs(&self) -> bool {
        self.is_silence() || self.outbreak().is_some()
    }
}

/// Whose rate changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// A template.
    Template(u32),
    /// A level.
    Level(u8),
    /// A service, by [`Names::services`].
    Service(u32),
    /// All rows.
    Log,
}

/// Templates, levels and services whose share of the rows changes, rushes of the log, and silences of it and of services.
#[inline(never)]
pub fn rate_changes(baselines: &Baselines, pulse: Option<&Pulse>, names: &Names, clock: Clock) -> Vec<RateChange> {
    let bins = clock.bins();
    let total = Whole::of_rows(&baselines.total, clock);
    let templates = (0..).zip(&baselines.templates).map(|(index, stats)| (Subject::Template(index), &stats.rate));
    let templates = templates.take(MOST_SERIES);
    // The worst first: of levels that change together it is the one that is told first.
    let levels = baselines.levels.iter().enumerate().rev().map(|(level, rate)| (Subject::Level(level as u8), rate));
    let levels = levels.filter(|(subject, _)| *subject != Subject::Level(Level::Unknown as u8));
    let services = (0..names.services.len() as u32).zip(&baselines.services);
    let services = services.map(|(index, rate)| (Subject::Service(index), rate));
    let series: Vec<(Subject, &Series)> = templates.chain(levels).chain(services).collect();
    let tests = (series.len() * bins * 2) as f64;
    let changes = |(subject, series): (Subject, &Series)| {
        let rows = series.rows();
        let is_problem = matches!(subject, Subject::Level(level) if level >= Level::Warn as u8);
        // What nearly all rows are does not change its share of them.
        if rows as f64 > 0.9 * total.sums[bins] || rows < LEAST_ROWS && !is_problem {
            return Vec::new();
        }
        let rate = Rate::new(series, &total, clock);
        let told = rows >= LEAST_ROWS;
        let ways =
            [true, false].into_iter().filter(|burst| told && (*burst || !matches!(subject, Subject::Service(_))));
        let mut found: Vec<RateChange> = ways.filter_map(|burst| rate.change(subject, burst, tests)).collect();
        if is_problem && !found.iter().any(RateChange::is_burst) {
            found.extend(rate.outbreaks(subject, tests));
        }
        found
    };
    let mut found: Vec<RateChange> = series.into_iter().flat_map(changes).collect();
    let time = Whole::of_time(clock);
    let log = Rate::new(&baselines.total, &time, clock);
    found.extend(log.change(Subject::Log, true, tests).filter(|rush| !log.is_often_so(rush)));
    found.extend(match pulse {
        Some(pulse) => silences(&pulse.all, &pulse.services, pulse.clock),
        None => silences(&baselines.total, &baselines.services, clock),
    });
    found
}

/// Tells when bursts of problems and services were by finer bins.
pub(super) struct Narrow<'a> {
    pulse: &'a Pulse,
    all: Whole,
}

impl<'a> Narrow<'a> {
    pub(super) fn new(pulse: &'a Pulse) -> Self {
        Self { pulse, all: Whole::of_rows(&pulse.all, pulse.clock) }
    }

    /// A change, which the usual bins found, as it is in finer ones.
    pub(super) fn of(&self, change: RateChange) -> RateChange {
        let series = match change.subject {
            _ if !change.is_burst() => None,
            Subject::Level(level) => self.pulse.levels.get(usize::from(level)),
            Subject::Service(service) => self.pulse.services.get(service as usize),
            Subject::Template(_) | Subject::Log => None,
        };
        match series.filter(|series| series.rows() > 0) {
            Some(series) => Rate::new(series, &self.all, self.pulse.clock).narrowed(change),
            None => change,
        }
    }
}

/// What rates are a share of, in each bin: all rows, or time.
pub(super) struct Whole {
    /// Running sums.
    sums: Vec<f64>,
    /// The most that a stretch of 1, 2, 4, … bins has.
    most: Vec<f64>,
}

impl Whole {
    /// The rows of a series.
    pub(super) fn of_rows(series: &Series, clock: Clock) -> Self {
        Self::new(&mut series.dense(clock.bins()).into_iter().map(f64::from))
    }

    /// Time itself, in bins.
    pub(super) fn of_time(clock: Clock) -> Self {
        Self::new(&mut (0..clock.bins()).map(|bin| clock.part(bin)))
    }

    fn new(values: &mut dyn Iterator<Item = f64>) -> Self {
        let sums = running(values);
        let most =
            |length| stretches_of(sums.len() - 1, length).map(|stretch| between(&sums, stretch)).fold(0.0, f64::max);
        let most = lengths(sums.len() - 1).map(most).collect();
        Self { sums, most }
    }
}

/// Running sums, from nothing to all.
pub(super) fn running(values: &mut dyn Iterator<Item = f64>) -> Vec<f64> {
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    for value in values {
        sum += value;
        sums.push(sum);
    }
    sums
}

/// A series beside what its rate is measured by.
pub(super) struct Rate<'a> {
    series: &'a Series,
    clock: Clock,
    /// Running sums of its rows.
    counts: Vec<f64>,
    /// What they are a share of.
    whole: &'a Whole,
    /// The most rows of a bin.
    thickest: f64,
    share: f64,
    /// The share that it has most of the time: what comes in one burst alone is missed nowhere else.
    usual: f64,
    dispersion: f64,
}

impl<'a> Rate<'a> {
    pub(super) fn new(series: &'a Series, whole: &'a Whole, clock: Clock) -> Self {
        let bins = clock.bins();
        let counts = running(&mut series.dense(bins).into_iter().map(f64::from));
        let share = counts[bins] / whole.sums[bins].max(1.0);
        let mut parts: Vec<f64> = (0..PARTS.min(bins))
            .map(|part| (part * bins / PARTS.min(bins), (part + 1) * bins / PARTS.min(bins)))
            .map(|stretch| (between(&counts, stretch), between(&whole.sums, stretch)))
            .filter(|(_, whole)| *whole > 0.0)
            .map(|(rows, whole)| rows / whole)
            .collect();
        parts.sort_by(f64::total_cmp);
        let usual = parts.get(parts.len() / 2).copied().unwrap_or(0.0).min(share);
        let dispersion = dispersion(&counts, &whole.sums, share, bins);
        let thickest = counts.windows(2).map(|bin| bin[1] - bin[0]).fold(0.0, f64::max);
        Self { series, clock, counts, whole, thickest, share, usual, dispersion }
    }

    fn bins(&self) -> usize {
        self.counts.len() - 1
    }

    fn rows(&self) -> f64 {
        self.counts[self.bins()]
    }

    /// Rows of a stretch, and how many are expected there.
    pub(super) fn of(&self, stretch: (usize, usize), burst: bool) -> (f64, f64) {
        let share = if burst { self.share } else { self.usual };
        (between(&self.counts, stretch), share * between(&self.whole.sums, stretch))
    }

    /// Rows that a stretch would have, came they evenly over the time.
    fn by_time(&self, stretch: (usize, usize)) -> f64 {
        self.rows() * self.clock.lasts(stretch) as f64 / self.clock.span().max(1) as f64
    }

    /// The share that it has most of the time.
    pub(super) fn usual(&self) -> f64 {
        self.usual
    }

    /// The strongest burst or lull, with the bins that belong to it.
    pub(super) fn change(&self, subject: Subject, burst: bool, tests: f64) -> Option<RateChange> {
        let judge = |stretch: (usize, usize)| {
            let (rows, expected) = self.of(stretch, burst);
            // A share that changes is more or fewer rows than at other times too: what comes as often as ever, while all else
            // comes less often at night, or more often in a rush, does not change.
            let by_time = self.by_time(stretch);
            let enough = if burst {
                rows >= RISE * expected.max(by_time) && rows >= LEAST_EXPECTED
            } else {
                let lull = if subject == Subject::Log { SILENCE } else { LULL };
                let is_rare = |by_time: f64| log10_poisson(rows / self.dispersion, by_time / self.dispersion) <= RARE;
                let is_lull = rows <= lull * expected && expected >= LEAST_EXPECTED * self.dispersion;
                is_lull && RISE * rows <= by_time && is_rare(by_time)
            };
            if !enough {
                return None;
            }
            let strength = strength(log10_poisson(rows / self.dispersion, expected / self.dispersion), tests);
            let least = if burst && rows < BURST * expected { SURE } else { ENOUGH };
            (strength >= least).then_some((strength, stretch, rows, expected))
        };
        // Stretches that are too short for enough rows, wherever they are, are most of all.
        let is_enough = |(length, most): &(usize, f64)| {
            if burst {
                self.thickest * *length as f64 >= LEAST_EXPECTED
            } else {
                self.usual * most >= LEAST_EXPECTED * self.dispersion
            }
        };
        let all = lengths(self.bins()).take_while(|length| *length <= self.bins() / 2);
        let all = all.zip(self.whole.most.iter().copied()).filter(is_enough);
        // Of equals the first.
        let best = all
            .flat_map(|(length, _)| stretches_of(self.bins(), length))
            .filter_map(judge)
            .reduce(|best, other| if other.0 > best.0 { other } else { best })?;
        let (strength, bins, rows, expected) = judge(self.trimmed(best.1, burst)).unwrap_or(best);
        let place = if burst { self.thick(bins) } else { self.series.place_before(bins.0 as u16 + 1) };
        let place = place.or_else(|| self.series.place_from(0))?;
        Some(self.told(subject, strength, bins, (rows, expected), place))
    }

    pub(super) fn told(
        &self,
        subject: Subject,
        strength: f64,
        bins: (usize, usize),
        (mut rows, mut expected): (f64, f64),
        place: u64,
    ) -> RateChange {
        // What goes on behind a time without any rows is told of the stretch that has most of it.
        let most = |&part: &(usize, usize)| {
            if rows > expected { between(&self.counts, part) } else { self.clock.lasts(part) as f64 }
        };
        let part = self.clock.parts(bins).max_by(|a, b| most(a).total_cmp(&most(b))).unwrap_or(bins);
        if part != bins {
            expected *= between(&self.whole.sums, part) / between(&self.whole.sums, bins).max(f64::MIN_POSITIVE);
            rows = between(&self.counts, part);
        }
        let times = self.clock.times(part);
        let is_serious = match subject {
            Subject::Log | Subject::Service(_) => rows < expected,
            Subject::Level(level) => level >= Level::Error as u8 && rows > expected,
            Subject::Template(_) => false,
        };
        let most = if is_serious { SERIOUS } else { ENOUGH };
        RateChange { strength: strength.min(most), subject, times, rows: rows as u64, expected, place }
    }

    /// A burst without the bins at its ends that do not belong to it.
    fn narrowed(&self, change: RateChange) -> RateChange {
        let whole = self.bins_of(&change);
        // What is beyond its ends may be another burst.
        let within = |bins: (usize, usize)| (bins.0.max(whole.0), bins.1.min(whole.1));
        let dense = within(self.widened(within(self.trimmed(whole, true)), CLOSE));
        let rows = |(from, to): (usize, usize)| if from < to { between(&self.counts, (from, to)) } else { 0.0 };
        let bins = if rows(dense) >= MOSTLY * rows(whole) {
            dense
        } else {
            // It is not one dense run.
            let occupied = |bin: &usize| rows((*bin, bin + 1)) > 0.0;
            let ends = (whole.0..whole.1).find(occupied).zip((whole.0..whole.1).rfind(occupied));
            ends.map_or(whole, |(first, last)| (first, last + 1))
        };
        let part = between(&self.whole.sums, bins) / between(&self.whole.sums, whole).max(f64::MIN_POSITIVE);
        RateChange {
            times: self.clock.times(bins),
            rows: between(&self.counts, bins) as u64,
            expected: change.expected * part,
            place: self.thick(bins).unwrap_or(change.place),
            ..change
        }
    }

    fn bins_of(&self, change: &RateChange) -> (usize, usize) {
        let bin = |time| usize::from(self.clock.bin(time));
        (bin(change.times.0), bin(change.times.1 - 1) + 1)
    }

    /// Bursts of problems, of which most of the time there are none: how much their number varies is told by all of the time
    /// but the burst, and a few others like it do not make it usual.
    fn outbreaks(&self, subject: Subject, tests: f64) -> Vec<RateChange> {
        let judge = |stretch: (usize, usize), dispersion: f64| {
            let (rows, expected) = self.of(stretch, false);
            if rows < LEAST_EXPECTED || rows < BURST * expected || rows < RISE * self.by_time(stretch) {
                return None;
            }
            let strength = strength(log10_poisson(rows / dispersion, expected / dispersion), tests);
            (strength >= ENOUGH).then_some((strength, stretch, rows, expected))
        };
        let mut all: Vec<_> = stretches(self.bins())
            .filter(|(from, to)| to - from <= self.bins() / 4)
            .filter_map(|stretch| judge(stretch, 1.0))
            .collect();
        // Of equals the shortest: around a longer one there may be another burst.
        let length = |stretch: (usize, usize)| stretch.1 - stretch.0;
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then((length(a.1), a.1).cmp(&(length(b.1), b.1))));
        let mut found: Vec<RateChange> = Vec::new();
        let mut seen: Vec<(usize, usize)> = Vec::new();
        for (_, stretch, ..) in all {
            if found.len() == MOST_BURSTS {
                break;
            }
            let stretch = self.widened(self.trimmed(stretch, true), 1);
            if seen.iter().any(|&(from, to)| stretch.0 <= to && from <= stretch.1) {
                continue;
            }
            seen.push(stretch);
            let Some(dispersion) = self.dispersion_beside(stretch) else { continue };
            let Some((strength, bins, rows, expected)) = judge(stretch, dispersion) else { continue };
            let Some(place) = self.thick(bins) else { continue };
            found.push(self.told(subject, strength, bins, (rows, expected), place));
        }
        found
    }

    /// A burst with what thins out at its ends: bins that are so many behind the last at most.
    fn widened(&self, (mut from, mut to): (usize, usize), close: usize) -> (usize, usize) {
        let is_more = |bin: &usize| {
            let (rows, expected) = self.of((*bin, bin + 1), false);
            rows > 0.0 && rows >= BURST * expected
        };
        while let Some(bin) = (from.saturating_sub(close)..from).find(is_more) {
            from = bin;
        }
        while let Some(bin) = (to..self.bins().min(to + close)).rfind(is_more) {
            to = bin + 1;
        }
        (from, to)
    }

    /// By how much the series varies more than a Poisson process outside of a stretch: the mean of the squares that χ² adds up
    /// there, the largest of them left out. `None` where there is too little beside it.
    fn dispersion_beside(&self, (from, to): (usize, usize)) -> Option<f64> {
        let bins = self.bins();
        let rest = self.rows() - between(&self.counts, (from, to));
        let share = rest / (self.whole.sums[bins] - between(&self.whole.sums, (from, to))).max(1.0);
        let length = to - from;
        let before = (0..from / length).map(|place| (from - (place + 1) * length, from - place * length));
        let behind = (0..(bins - to) / length).map(|place| (to + place * length, to + (place + 1) * length));
        let mut squares: Vec<f64> = before
            .chain(behind)
            .filter_map(|stretch| {
                let (rows, expected) = (between(&self.counts, stretch), share * between(&self.whole.sums, stretch));
                (between(&self.whole.sums, stretch) > 0.0)
                    .then(|| (rows - expected) * (rows - expected) / expected.max(f64::MIN_POSITIVE))
            })
            .collect();
        if squares.len() < LEAST_BESIDE {
            return None;
        }
        squares.sort_by(f64::total_cmp);
        // Another burst may be in two of them.
        squares.truncate(squares.len() - squares.len().div_ceil(OTHER_BURSTS) - 1);
        Some((squares.iter().sum::<f64>() / squares.len() as f64).max(1.0))
    }

    /// A row of the bin of a stretch that has most.
    fn thick(&self, bins: (usize, usize)) -> Option<u64> {
        let thick = (bins.0..bins.1).max_by(|&a, &b| {
            let rows = |bin| between(&self.counts, (bin, bin + 1));
            rows(a).total_cmp(&rows(b)).then(b.cmp(&a))
        })?;
        self.series.place_from(thick as u16)
    }

    /// The bins of a stretch and of its neighbourhood that belong to its change: those that differ most, together, from a
    /// rate half way between the usual one and the stretch's.
    fn trimmed(&self, (from, to): (usize, usize), burst: bool) -> (usize, usize) {
        let (rows, expected) = self.of((from, to), burst);
        let half = f64::midpoint(rows, expected) / between(&self.whole.sums, (from, to)).max(f64::MIN_POSITIVE);
        let around = (from.saturating_sub(to - from), (to + (to - from)).min(self.bins()));
        let (mut begin, mut sum, mut highest, mut best) = (around.0, 0.0, 0.0, (from, to));
        for bin in around.0..around.1 {
            let excess = between(&self.counts, (bin, bin + 1)) - half * between(&self.whole.sums, (bin, bin + 1));
            sum += if burst { excess } else { -excess };
            if sum <= 0.0 {
                (begin, sum) = (bin + 1, 0.0);
            } else if sum > highest {
                (highest, best) = (sum, (begin, bin + 1));
            }
        }
        best
    }

    /// Whether as much of the time, elsewhere, is as silent or nearly as busy: nights and weekends are no finding.
    pub(super) fn is_often_so(&self, change: &RateChange) -> bool {
        let (from, to) = self.bins_of(change);
        let length = to - from;
        if change.is_burst() {
            let busy = BUSY * change.rows as f64 / length as f64;
            let elsewhere = (0..self.bins()).filter(|bin| !(from..to).contains(bin));
            return 2 * elsewhere.filter(|&bin| between(&self.counts, (bin, bin + 1)) >= busy).count() >= length;
        }
        let (mut alike, mut at) = (0, 0);
        while at + length <= self.bins() {
            let stretch = (at, at + length);
            let (rows, expected) = self.of(stretch, false);
            let elsewhere = stretch.1 <= from || to <= at;
            let as_long = 2 * self.clock.lasts(stretch) >= self.clock.lasts((from, to));
            let is_alike = elsewhere && as_long && expected > 0.0 && rows <= LULL * expected;
            alike += usize::from(is_alike);
            at += if is_alike { length } else { 1 };
        }
        // What is short may happen again.
        alike > if length * SHORT < self.bins() { MOST_ALIKE } else { 0 }
    }
}

pub(super) fn between(sums: &[f64], (from, to): (usize, usize)) -> f64 {
    sums[to] - sums[from]
}

/// By how much a series varies more than a Poisson process with its share of all rows: the median of χ² over its median.
fn dispersion(counts: &[f64], total: &[f64], share: f64, bins: usize) -> f64 {
    let rows = counts[bins];
    // Stretches of the same length, long enough to hold ten rows.
    let length = ((10.0 * bins as f64 / rows).ceil() as usize).clamp(1, bins);
    let mut squares: Vec<f64> = (0..bins / length)
        .filter_map(|place| {
            let (from, to) = (place * length, (place + 1) * length);
            let expected = share * (total[to] - total[from]);
            let difference = counts[to] - counts[from] - expected;
            (expected > 0.0).then(|| difference * difference / expected)
        })
        .collect();
    squares.sort_by(f64::total_cmp);
    let median = squares.get(squares.len() / 2).copied().unwrap_or(1.0);
    // 0.455: the median of χ² with one degree of freedom.
    (median / 0.455).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::TemplateStats;
    use crate::common::hash::hash_pair;

    fn bins(change: &RateChange, clock: Clock) -> (usize, usize) {
        (usize::from(clock.bin(change.times.0)), usize::from(clock.bin(change.times.1 - 1)) + 1)
    }

    /// Changes in 200 bins of a second: of templates with so many rows in each bin.
    fn found(counts: &[fn(usize) -> usize]) -> Vec<(Subject, (usize, usize), u64, u64)> {
        let clock = Clock::new((0, 199_999_999_999), 200_000);
        let mut baselines = Baselines::default();
        for of in counts {
            let mut stats = TemplateStats::default();
            for bin in (0..200).filter(|&bin| of(bin) > 0) {
                stats.rows += of(bin) as u64;
                stats.rate.add(bin as u16, of(bin) as u32, bin as u64);
                baselines.total.add(bin as u16, of(bin) as u32, bin as u64);
            }
            baselines.templates.push(stats);
        }
        let changes = rate_changes(&baselines, None, &Names::default(), clock);
        changes.iter().map(|change| (change.subject, bins(change, clock), change.rows, change.place)).collect()
    }

    /// 80 to 119, as chance has it.
    fn steady(bin: usize) -> usize {
        80 + (hash_pair(bin as u64, 3) % 40) as usize
    }

    #[test]
    fn a_burst_begins_and_ends_where_it_does_and_leaves_no_silence_behind() {
        let burst: fn(usize) -> usize = |bin| if (83..97).contains(&bin) { 30 + usize::from(bin == 90) } else { 0 };
        let found = found(&[steady, burst]);
        assert_eq!(found, [(Subject::Template(1), (83, 97), 14 * 30 + 1, 90)]);
    }

    #[test]
    fn a_rate_that_doubles_is_told_where_it_is_no_chance() {
        let doubles: fn(usize) -> usize = |bin| if (60..90).contains(&bin) { 20 } else { 10 };
        let changes = found(&[steady, doubles]);
        assert_eq!(
            changes.iter().map(|change| (change.0, change.1)).collect::<Vec<_>>(),
            [(Subject::Template(1), (60, 90))]
        );
        let hardly: fn(usize) -> usize = |bin| if (60..66).contains(&bin) { 4 } else { 2 };
        assert_eq!(found(&[steady, hardly]), []);
    }

    #[test]
    fn outbreaks_of_errors_are_told_however_few_they_are() {
        let errors = |of: fn(usize) -> usize| {
            let clock = Clock::new((0, 199_999_999_999), 200_000);
            let mut baselines = Baselines { levels: vec![Series::default(); Level::ALL.len()], ..Baselines::default() };
            for bin in 0..200 {
                baselines.total.add(bin as u16, steady(bin) as u32, bin as u64);
                baselines.levels[Level::Error as usize].add(bin as u16, of(bin) as u32, bin as u64);
            }
            let changes = rate_changes(&baselines, None, &Names::default(), clock);
            assert!(changes.iter().all(|change| change.strength > ENOUGH), "they matter more than other changes");
            changes.iter().map(|change| (bins(change, clock), change.rows)).collect::<Vec<_>>()
        };
        let two = |bin| if matches!(bin, 50..54 | 120..123) { 9 } else { usize::from(bin % 60 == 7) };
        assert_eq!(errors(two), [((50, 54), 36), ((120, 123), 27)]);
        assert_eq!(errors(|bin| if bin % 11 == 0 { 25 } else { 0 }), [], "as it always comes");
        assert_eq!(errors(|bin| usize::from(steady(bin) < 90)), [], "now and then");
    }

    #[test]
    fn what_comes_as_often_as_ever_is_not_told_when_all_else_is_rare() {
        let days: fn(usize) -> usize = |bin| if bin % 100 < 40 { steady(bin) / 10 } else { steady(bin) };
        assert_eq!(found(&[days, |_| 3]), []);
        let burst = |bin| if (60..63).contains(&bin) { 90 } else { 10 };
        assert_eq!(found(&[days, burst]), [(Subject::Template(1), (60, 63), 270, 60)], "by day");
    }

    #[test]
    fn what_falls_silent_is_told_with_its_last_row() {
        let stops: fn(usize) -> usize = |bin| if (120..150).contains(&bin) { 0 } else { 10 };
        let found = found(&[steady, stops]);
        assert_eq!(found, [(Subject::Template(1), (120, 150), 0, 119)]);
    }

    #[test]
    fn a_log_without_a_row_for_a_while_is_told_and_nights_are_not() {
        let gap: fn(usize) -> usize = |bin| if (60..75).contains(&bin) { 0 } else { steady(bin) };
        assert_eq!(found(&[gap]), [(Subject::Log, (60, 75), 0, 59)]);
        let nights: fn(usize) -> usize = |bin| if bin % 50 < 15 { 0 } else { steady(bin) };
        assert_eq!(found(&[nights]), []);
        let of_any_length: fn(usize) -> usize = |bin| if matches!(bin, 30..60 | 126..156) { 0 } else { steady(bin) };
        assert_eq!(found(&[of_any_length]), []);
    }

    #[test]
    fn a_rush_of_all_rows_is_told_and_busy_hours_are_not() {
        let rush: fn(usize) -> usize = |bin| if (60..70).contains(&bin) { 3 * steady(bin) } else { steady(bin) };
        let found_of = |of| found(&[of]).iter().map(|change| (change.0, change.1)).collect::<Vec<_>>();
        assert_eq!(found_of(rush), [(Subject::Log, (60, 70))]);
        let days: fn(usize) -> usize = |bin| if bin % 50 < 15 { 3 * steady(bin) } else { steady(bin) };
        assert_eq!(found_of(days), []);
    }
}
