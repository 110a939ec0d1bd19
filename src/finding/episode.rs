//! Stretches of time in which one instance is unlike its peers.

use serde::{Deserialize, Serialize};

use crate::baseline::instance::Cell;
use crate::baseline::{Clock, InstanceTable};
use crate::common::tail::{log10_normal, log10_poisson, strength};

/// Strength that is enough for the top of any list; more of the same says nothing more.
const ENOUGH: f64 = 4.0;

/// An instance that was slow or failed for a while.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// See [`crate::common::tail`].
    pub strength: f64,
    /// The instance, by [`Names::instances`].
    pub instance: u32,
    /// First bin and the bin after the last.
    pub bins: (usize, usize),
    /// The first bin of all that is unlike about the instance meanwhile.
    pub first: usize,
    /// From here to here, excluded, in nanoseconds: it begins and ends within bins.
    pub times: (i64, i64),
    /// How it is unlike its peers.
    pub unlike: Unlike,
}

impl Episode {
    /// Whether a time is within.
    pub fn lasts_at(&self, time: i64) -> bool {
        (self.times.0..self.times.1).contains(&time)
    }
}

/// How an instance is unlike its peers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Unlike {
    /// Its rows take longer.
    Slow {
        /// Rows with a duration in the episode.
        rows: u32,
        /// Robust standard deviations above its peers, on average, where no row counts as more than a few.
        above: f64,
        /// How many times as long as those of its peers they took, each beside what is usual for its template: the geometric
        /// mean.
        times: f64,
    },
    /// More of its rows are problems.
    Failing {
        /// Rows in the episode, about.
        rows: u32,
        /// Rows of level WARN and above.
        problems: u32,
        /// Share of the peers' rows that are problems.
        peers: f64,
    },
}

impl Unlike {
    /// Whether it is slow, and does not fail.
    pub fn is_slow(&self) -> bool {
        matches!(self, Self::Slow { .. })
    }
}

/// What rows of some bins come to.
#[derive(Clone, Copy, Default)]
struct Totals {
    /// Rows with a duration.
    timed: f64,
    /// Sum of their deviations.
    deviation: f64,
    /// Sum of the logarithms of how many times as long as usual they took.
    log_ratio: f64,
    rows: f64,
    problems: f64,
}

impl Totals {
    fn minus(self, other: Self) -> Self {
        Self {
            timed: self.timed - other.timed,
            deviation: self.deviation - other.deviation,
            log_ratio: self.log_ratio - other.log_ratio,
            rows: self.rows - other.rows,
            problems: self.problems - other.problems,
        }
    }

    /// Mean deviation of rows with a duration.
    fn slowness(&self) -> f64 {
        self.deviation / self.timed.max(1.0)
    }
}

/// Sums over any stretch of bins.
struct Sums(Vec<Totals>);

impl Sums {
    fn of(cells: &[Cell]) -> Self {
        let mut last = Totals::default();
        let mut sums = vec![last];
        for cell in cells {
            last.timed += f64::from(cell.timed);
            last.deviation += cell.deviation();
            last.log_ratio += cell.log_ratio();
            last.rows += f64::from(cell.rows);
            last.problems += f64::from(cell.problems);
            sums.push(last);
        }
        Self(sums)
    }

    fn between(&self, (from, to): (usize, usize)) -> Totals {
        self.0[to].minus(self.0[from])
    }
}

/// Stretches of 1, 2, 4, … bins, each moved by half its length.
pub(super) fn stretches(bins: usize) -> impl Iterator<Item = (usize, usize)> {
    lengths(bins).flat_map(move |length| stretches_of(bins, length))
}

/// The lengths of [`stretches`].
pub(super) fn lengths(bins: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(1_usize), |length| Some(length * 2)).take_while(move |&length| length <= bins)
}

/// The stretches of one length.
pub(super) fn stretches_of(bins: usize, length: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..bins).step_by((length / 2).max(1)).map(move |from| (from, from + length)).filter(move |(_, to)| *to <= bins)
}

/// Bins that episodes are found in, and finer ones that tell when they were.
struct Bins {
    fine: Clock,
    /// By bin: the finer one that it begins with; and the number of these.
    edges: Vec<usize>,
    /// Finer ones to a bin.
    parts: usize,
}

impl Bins {
    fn new(clock: Clock) -> Self {
        let fine = clock.finer().unwrap_or(clock);
        let (edges, parts) = clock.cut(&fine);
        Self { fine, edges, parts }
    }

    /// The finer ones of a stretch of bins.
    fn fine(&self, (from, to): (usize, usize)) -> (usize, usize) {
        (self.edges[from], self.edges[to])
    }

    /// Whether some finer ones begin among others, or a bin behind them.
    fn adjoin(&self, fine: (usize, usize), next: (usize, usize)) -> bool {
        next.0 <= fine.1 + self.parts
    }

    /// The finer ones that stand beside one, about as many as a bin has.
    fn around(&self, bin: usize) -> (usize, usize) {
        let from = bin / self.parts * self.parts;
        (from, (from + self.parts).min(self.fine.bins()))
    }
}

/// Instances that are slow or fail for a while. `table` is by [`Clock::finer`], where the clock has finer bins.
#[inline(never)]
pub fn episodes(table: &InstanceTable, clock: Clock) -> Vec<Episode> {
    let bins = clock.bins();
    let cut = Bins::new(clock);
    let fine = cut.fine.bins();
    let mut found = Vec::new();
    let groups: Vec<_> = table.groups().into_iter().filter(|(_, instances)| instances.len() > 1).collect();
    let tests = |instances: usize| (instances * bins * 2) as f64;
    // However they are grouped, so many could be slower than their peers by chance.
    let all_tests = tests(groups.iter().map(|(_, instances)| instances.len()).sum());
    for (service, instances) in groups {
        let mut all = vec![Cell::default(); fine];
        for &instance in &instances {
            all.iter_mut().zip(table.dense(instance, fine)).for_each(|(sum, cell)| sum.merge(&cell));
        }
        let all = Sums::of(&all);
        for &instance in &instances {
            let own = Sums::of(&table.dense(instance, fine));
            let tests = (all_tests, tests(instances.len()));
            found.extend(of_instance(instance, (&own, &all), service.is_some(), tests, &cut));
        }
    }
    found
}

/// Those of one instance, whose sums are its own beside those of all. `known`: of whom the service is known. `tests`: in how
/// many places it could be slow, and fail. (A function of its own: a browser compiles it well from the second instance on.)
#[inline(never)]
fn of_instance(instance: u32, (own, all): (&Sums, &Sums), known: bool, tests: (f64, f64), cut: &Bins) -> Vec<Episode> {
    let clock = cut.fine;
    let bins = clock.bins();
    let usual = usual_offset(own, all, &cut.edges);
    // Instances of whom no service is known may do different work: then one is held against itself too.
    let rest = |mine: Totals| {
        let other_times = own.between((0, bins)).minus(mine);
        if known { 0.0 } else { (other_times.problems + 1.0) / (other_times.rows + 1.0) }
    };
    let totals = |stretch: (usize, usize)| {
        let mine = own.between(stretch);
        (mine, all.between(stretch).minus(mine))
    };
    let mut candidates = Vec::new();
    for stretch in stretches(cut.edges.len() - 1).map(|stretch| cut.fine(stretch)) {
        let (mine, peers) = totals(stretch);
        candidates.extend(slow(mine, peers, usual, tests.0).map(|(strength, unlike)| (strength, stretch, unlike)));
        candidates
            .extend(failing(mine, peers, rest(mine), tests.1).map(|(strength, unlike)| (strength, stretch, unlike)));
    }
    let excess = |slow: bool| Excess { own, all, usual, slow, cut };
    let tell = |strength: f64, bins: (usize, usize), is_slow_one: bool| {
        // Of stretches of time that are apart the one that has most of it.
        let rows = |part: &(usize, usize)| own.between(*part).rows;
        let bins = clock.parts(bins).max_by(|a, b| rows(a).total_cmp(&rows(b))).unwrap_or(bins);
        let (mine, peers) = totals(bins);
        let (again, unlike) = if is_slow_one {
            (slow(mine, peers, usual, tests.0), is_slow(mine, peers, usual))
        } else {
            (failing(mine, peers, rest(mine), tests.1), is_failing(mine, peers, rest(mine)))
        };
        // What is told is counted in these bins, even where they are too few to be found by themselves.
        let strength = again.map_or(strength, |(strength, _)| strength).min(ENOUGH);
        let times = excess(is_slow_one).times(bins);
        let unlike = match unlike {
            Unlike::Failing { problems, peers, .. } => {
                let rows = rows_within(times, clock, |bin| own.between((bin, bin + 1)).rows);
                Unlike::Failing { rows: (rows as u32).max(problems), problems, peers }
            }
            slow @ Unlike::Slow { .. } => slow,
        };
        Episode { strength, instance, bins, first: bins.0, times, unlike }
    };
    let found = apart(candidates).into_iter().map(|(strength, stretch, unlike)| {
        let bins = trimmed(stretch, &excess(unlike.is_slow()));
        tell(strength, bins, unlike.is_slow())
    });
    joined(found.collect(), cut, tell)
}

/// The episodes of one instance, those that adjoin as one. `tell` counts one anew, from its strength, its bins and whether it is
/// one of slow rows.
fn joined(mut found: Vec<Episode>, cut: &Bins, tell: impl Fn(f64, (usize, usize), bool) -> Episode) -> Vec<Episode> {
    found.sort_by_key(|episode| (episode.unlike.is_slow(), episode.bins));
    let mut whole: Vec<Episode> = Vec::new();
    for episode in found {
        let slow = episode.unlike.is_slow();
        let together = |last: &&mut Episode| {
            let whole = (last.bins.0, last.bins.1.max(episode.bins.1));
            last.unlike.is_slow() == slow && cut.adjoin(last.bins, episode.bins) && cut.fine.parts(whole).count() == 1
        };
        match whole.last_mut().filter(together) {
            Some(last) => {
                let bins = (last.bins.0, last.bins.1.max(episode.bins.1));
                *last = tell(last.strength.max(episode.strength), bins, slow);
            }
            None => whole.push(episode),
        }
    }
    whole.sort_by_key(|episode| episode.bins);
    let mut run = whole.first().map_or((0, 0), |first| first.bins);
    for episode in &mut whole {
        run = if cut.adjoin(run, episode.bins) { (run.0, run.1.max(episode.bins.1)) } else { episode.bins };
        episode.first = run.0;
    }
    whole
}

/// What an instance's rows have more than those of its peers: deviations of slow ones, or problems.
struct Excess<'a> {
    own: &'a Sums,
    all: &'a Sums,
    usual: f64,
    slow: bool,
    cut: &'a Bins,
}

impl Excess<'_> {
    /// Weight and excess of a stretch.
    fn of(&self, stretch: (usize, usize)) -> (f64, f64) {
        self.beside(stretch, stretch)
    }

    /// The same of one of the finer bins, where the peers have too few rows: theirs are those about it.
    fn of_bin(&self, bin: usize) -> (f64, f64) {
        self.beside((bin, bin + 1), self.cut.around(bin))
    }

    fn beside(&self, stretch: (usize, usize), around: (usize, usize)) -> (f64, f64) {
        let mine = self.own.between(stretch);
        let peers = self.all.between(around).minus(self.own.between(around));
        if self.slow {
            (mine.timed, mine.deviation - mine.timed * (peers.slowness() + self.usual))
        } else {
            (mine.rows, mine.problems - mine.rows * peers.problems / peers.rows.max(1.0))
        }
    }

    /// When an episode that was found in these bins begins and ends: the bins at its ends, and those next to them, count by
    /// how much they have of the level of those within.
    fn times(&self, (from, to): (usize, usize)) -> (i64, i64) {
        let clock = self.cut.fine;
        let (begin, end) = clock.times((from, to));
        // Finer bins tell it well enough, and have too few rows for more.
        if to - from < 3 || self.cut.parts > 1 {
            return (begin, end);
        }
        let (weight, value) = self.of((from + 1, to - 1));
        let level = value / weight.max(1.0);
        if weight < LEAST_OF_BIN || level <= 0.0 {
            return (begin, end);
        }
        let part = |bin: usize| {
            let (weight, value) = self.of((bin, bin + 1));
            if weight < LEAST_OF_BIN { 0.0 } else { (value / weight / level).clamp(0.0, 1.0) }
        };
        let reach = |edge: usize, beyond: Option<usize>| match (part(edge), beyond.map_or(0.0, part)) {
            (part, _) if part < 0.8 => part - 1.0,
            // Less than a fifth is noise.
            (_, beyond) if beyond >= 0.2 => beyond,
            _ => 0.0,
        };
        let time = |bin: usize, reach: f64| (reach * clock.width(bin) as f64) as i64;
        // A bin next to it, if it is of the same time.
        let beside = |bins: (usize, usize)| clock.parts(bins).count() == 1;
        let before = from.checked_sub(1).filter(|before| beside((*before, to)));
        let behind = Some(to).filter(|bin| *bin < clock.bins() && beside((from, bin + 1)));
        let before = time(from, reach(from, before));
        let behind = time(to - 1, reach(to - 1, behind));
        (begin.saturating_sub(before), end.saturating_add(behind))
    }
}

/// Rows of a stretch of time, about: of the bins at its ends as many as they have of it.
fn rows_within((from, to): (i64, i64), clock: Clock, rows_of: impl Fn(usize) -> f64) -> f64 {
    let part = |bin: usize| {
        let (begin, end) = clock.times((bin, bin + 1));
        end.min(to).saturating_sub(begin.max(from)).max(0) as f64 / clock.width(bin) as f64
    };
    let bins = usize::from(clock.bin(from))..=usize::from(clock.bin(to.saturating_sub(1)));
    bins.map(|bin| rows_of(bin) * part(bin)).sum::<f64>().round()
}

/// Rows that a bin must have to tell how much of it belongs to an episode.
const LEAST_OF_BIN: f64 = 8.0;

/// The bins of a stretch, and of its neighbourhood, that belong to an episode: the run of bins whose excess over a part of the
/// episode's own is largest.
fn trimmed((from, to): (usize, usize), excess: &Excess<'_>) -> (usize, usize) {
    let Bins { fine, parts, .. } = excess.cut;
    let around = (from.saturating_sub(to - from), (to + (to - from)).min(fine.bins()));
    let mut best = (from, to);
    let ratio = |(weight, value): (f64, f64)| if weight > 0.0 { value / weight } else { 0.0 };
    // Where most bins have none of it, it is still what was found.
    let found = ratio(excess.of(best));
    for _ in 0..3 {
        // The level of the episode is that of its better bins: a stretch may reach beyond both of its ends.
        let mut levels: Vec<f64> = (best.0..best.1)
            .step_by(*parts)
            .map(|bin| excess.of((bin, (bin + parts).min(best.1))))
            .filter(|(weight, _)| *weight > 0.0)
            .map(|(weight, value)| value / weight)
            .collect();
        levels.sort_by(f64::total_cmp);
        let level = levels.get(levels.len() * 3 / 4).copied().unwrap_or(0.0).max(found);
        // Half way between two means; of events that are rare elsewhere a few tell more than many rows without one.
        let least = level / if excess.slow { 2.0 } else { 4.0 };
        let (mut begin, mut sum, mut highest) = (around.0, 0.0, 0.0);
        for bin in around.0..around.1 {
            let (weight, value) = excess.of_bin(bin);
            sum += value - weight * least;
            if sum <= 0.0 {
                (begin, sum) = (bin + 1, 0.0);
            } else if sum > highest {
                (highest, best) = (sum, (begin, bin + 1));
            }
        }
    }
    best
}

/// How much an instance differs from its peers at most times; 0 where that is worth a finding of its own.
fn usual_offset(own: &Sums, all: &Sums, edges: &[usize]) -> f64 {
    let mut offsets: Vec<f64> = edges
        .windows(2)
        .filter_map(|bin| {
            let mine = own.between((bin[0], bin[1]));
            let peers = all.between((bin[0], bin[1])).minus(mine);
            (mine.timed >= 3.0 && peers.timed >= 3.0).then(|| mine.slowness() - peers.slowness())
        })
        .collect();
    offsets.sort_by(f64::total_cmp);
    let median = offsets.get(offsets.len() / 2).copied().unwrap_or(0.0);
    if median.abs() < 0.5 { median } else { 0.0 }
}

fn slow(mine: Totals, peers: Totals, usual: f64, tests: f64) -> Option<(f64, Unlike)> {
    if mine.timed < 8.0 || peers.timed < 8.0 {
        return None;
    }
    let unlike = is_slow(mine, peers, usual);
    let Unlike::Slow { above, .. } = unlike else { return None };
    if above < 0.8 {
        return None;
    }
    // Both means vary: the standard deviation of their difference, of rows that vary by about one.
    let error = libm::sqrt(1.0 / mine.timed + 1.0 / peers.timed);
    let found = strength(log10_normal(above / error / 1.2), tests);
    (found >= 2.0).then_some((found, unlike))
}

fn is_slow(mine: Totals, peers: Totals, usual: f64) -> Unlike {
    let log_ratio = |of: Totals| of.log_ratio / of.timed.max(1.0);
    Unlike::Slow {
        rows: mine.timed as u32,
        above: mine.slowness() - peers.slowness() - usual,
        times: libm::exp(log_ratio(mine) - log_ratio(peers)),
    }
}

fn is_failing(mine: Totals, peers: Totals, least: f64) -> Unlike {
    let peers = ((peers.problems + 1.0) / (peers.rows + 1.0)).max(least);
    Unlike::Failing { rows: mine.rows as u32, problems: mine.problems as u32, peers }
}

/// `least`: the least share of its rows that may be expected to be problems, 0..=1.
fn failing(mine: Totals, peers: Totals, least: f64, tests: f64) -> Option<(f64, Unlike)> {
    if mine.problems < 8.0 || peers.rows < 8.0 {
        return None;
    }
    let unlike = is_failing(mine, peers, least);
    let Unlike::Failing { peers: rate, .. } = unlike else { return None };
    let expected = rate * mine.rows;
    if mine.problems < 4.0 * expected {
        return None;
    }
    // Problems come in bunches: half of them say nothing new.
    let found = strength(log10_poisson(mine.problems / 2.0, expected / 2.0), tests);
    (found >= 2.0).then_some((found, unlike))
}

/// The strongest stretches that do not overlap.
fn apart(mut candidates: Vec<(f64, (usize, usize), Unlike)>) -> Vec<(f64, (usize, usize), Unlike)> {
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<(f64, (usize, usize), Unlike)> = Vec::new();
    for candidate in candidates {
        let (from, to) = candidate.1;
        // Neighbours of an episode are its beginning and end.
        if kept.iter().all(|(_, (a, b), _)| to < *a || *b < from) {
            kept.push(candidate);
        }
    }
    kept
}
