//! When the log or a service had hardly a row, or none at all.
//!
//! Two tests find them. By how many rows are missing ([`Rate::change`]), where rows come evenly; and by how long there was no
//! row, compared with the other times without one: however much the number of rows varies, a log that never was silent for
//! more than some seconds does not stop for minutes. Of waiting times that are independent of each other (a Poisson process)
//! the longest of *n* is three times as long as the second only once in *n*² logs.

use super::rate::{LEAST_ROWS, Rate, RateChange, SHORT, Subject, Whole};
use crate::baseline::{Clock, Series};

/// So many times as long as the next is a gap that stands out.
const LONGER: usize = 3;
/// Most gaps that stand out, one beside the other.
const MOST: usize = 3;
/// The longest of the others is so many times as long as the eighth of them at most; else any length is to be expected.
const SPREAD: usize = 3;
const OTHERS: usize = 8;
/// Bins with rows that a series needs.
const LEAST_BINS: usize = 50;
/// Rows that must be missing.
const LEAST_MISSING: f64 = 10.0;

/// The silences of the log and of its services. `all` and `services`: their rows over time.
pub(super) fn silences(all: &Series, services: &[Series], clock: Clock) -> Vec<RateChange> {
    let bins = clock.bins();
    let (total, time) = (Whole::of_rows(all, clock), Whole::of_time(clock));
    let tests = ((1 + services.len()) * bins * 2) as f64;
    let mut found = of(Subject::Log, all, &time, clock, tests);
    let of_log = found.len();
    for (service, series) in (0..).zip(services) {
        let silences = of(Subject::Service(service), series, &total, clock, tests);
        // That the log is silent says it of its services.
        let is_told = |silence: &RateChange| found[..of_log].iter().any(|other| overlap(other, silence));
        let own: Vec<RateChange> = silences.into_iter().filter(|silence| !is_told(silence)).collect();
        found.extend(own);
    }
    found
}

/// The silences of one series, of which `whole` tells the rows that it is a share of.
fn of(subject: Subject, series: &Series, whole: &Whole, clock: Clock, tests: f64) -> Vec<RateChange> {
    if series.rows() < LEAST_ROWS {
        return Vec::new();
    }
    let rate = Rate::new(series, whole, clock);
    let of_gap = |gap: (usize, usize)| {
        let (rows, expected) = rate.of(gap, false);
        // A share of all rows, of which these are missing too.
        let of_others = if subject == Subject::Log { 1.0 } else { 1.0 - rate.usual() };
        let rows = (rows, expected / of_others.max(0.1));
        let place = series.place_before(gap.0 as u16)?;
        // That it stands out is known; how much it matters is told by what is missing.
        (rows.1 >= LEAST_MISSING).then(|| rate.told(subject, 1.0 + libm::log10(rows.1), gap, rows, place))
    };
    let mut found: Vec<RateChange> = gaps(series, clock.bins()).into_iter().filter_map(of_gap).collect();
    if let Some(silence) = rate.change(subject, false, tests).filter(|silence| !rate.is_often_so(silence)) {
        let missing = |silence: &RateChange| silence.expected - silence.rows as f64;
        // A gap tells when it was to the bin.
        let is_told = |gap: &RateChange| overlap(gap, &silence) && 2.0 * missing(gap) >= missing(&silence);
        if !found.iter().any(is_told) {
            found.retain(|gap| !overlap(gap, &silence));
            found.push(silence);
        }
    }
    found
}

fn overlap(one: &RateChange, other: &RateChange) -> bool {
    one.times.0 < other.times.1 && other.times.0 < one.times.1
}

/// Runs of bins without rows, behind the first row, that are much longer than all others.
fn gaps(series: &Series, bins: usize) -> Vec<(usize, usize)> {
    let counts = series.dense(bins);
    let Some(first) = counts.iter().position(|&rows| rows > 0).filter(|_| series.occupied() >= LEAST_BINS) else {
        return Vec::new();
    };
    let mut gaps: Vec<(usize, usize)> = Vec::new();
    let mut from = first;
    for run in counts[first..].chunk_by(|a, b| (*a == 0) == (*b == 0)) {
        if run[0] == 0 {
            gaps.push((from, from + run.len()));
        }
        from += run.len();
    }
    // The first of equals first.
    gaps.sort_by_key(|&(from, to)| (std::cmp::Reverse(to - from), from));
    // Where there are no others, no other is longer than a bin.
    let length = |at: usize| gaps.get(at).map_or(1, |(from, to)| to - from);
    let stand_out = |&most: &usize| {
        let others = length(most);
        // What takes long and comes again is night, and between nights there are weekends.
        let is_long = |at: usize| length(at) * SHORT >= bins;
        !(is_long(0) && (most > 1 || is_long(1)))
            && length(most - 1) >= LONGER * others
            && others <= SPREAD * length(most + OTHERS - 1)
    };
    let most = (1..=MOST.min(gaps.len())).find(stand_out).unwrap_or(0);
    gaps.truncate(most);
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Pulse;
    use crate::common::hash::hash_pair;

    #[test]
    fn silences_shorter_than_a_bin_are_told() {
        // Four hours in 32 bins of 7.5 minutes; a service of two has no row for three minutes, then both have none for two.
        const SECOND: i64 = 1_000_000_000;
        let clock = Clock::new((0, 14_399 * SECOND), 10_000);
        let fine = clock.finer().unwrap();
        let services = vec![Series::default(); 2];
        let mut pulse = Pulse { clock: fine, all: Series::default(), services, levels: Vec::new() };
        for second in 0..14_400_i64 {
            let (silent, dead) = ((7_000..7_180).contains(&second), (12_000..12_120).contains(&second));
            for (service, series) in pulse.services.iter_mut().enumerate() {
                let comes = hash_pair(second as u64, service as u64).is_multiple_of(3);
                if comes && !dead && !(silent && service == 1) {
                    series.add(fine.bin(second * SECOND), 1, second as u64);
                    pulse.all.add(fine.bin(second * SECOND), 1, second as u64);
                }
            }
        }
        let found = silences(&pulse.all, &pulse.services, fine);
        let told: Vec<_> = found.iter().map(|change| (change.subject, change.times)).collect();
        assert_eq!(told.iter().map(|told| told.0).collect::<Vec<_>>(), [Subject::Log, Subject::Service(1)]);
        for ((_, (from, to)), (first, last)) in told.iter().zip([(12_000, 12_120), (7_000, 7_180)]) {
            assert!((from - first * SECOND).abs() <= fine.width(0) && (to - last * SECOND).abs() <= fine.width(0));
        }
    }

    #[test]
    fn a_gap_within_a_longer_silence_is_told_with_it() {
        let clock = Clock::new((0, 399_999_999_999), 400_000);
        let (mut all, bins) = (Series::default(), clock.bins());
        let (from, to) = (bins / 4, bins * 7 / 20);
        for bin in (0..bins).filter(|bin| !(from + 8..from + 12).contains(bin)) {
            all.add(bin as u16, if (from..to).contains(&bin) { 1 } else { 35 + bin as u32 % 7 }, bin as u64);
        }
        let found = silences(&all, &[], clock);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].times.0, found[0].expected > 400.0), (clock.begins(from), true));
    }

    fn gaps_of(rows: impl Fn(usize) -> u32) -> Vec<(usize, usize)> {
        let mut series = Series::default();
        (0..400).filter(|&bin| rows(bin) > 0).for_each(|bin| series.add(bin as u16, rows(bin), 0));
        gaps(&series, 400)
    }

    #[test]
    fn gaps_stand_out_by_their_length_alone() {
        let bursts = |bin: usize| if hash_pair(bin as u64, 5).is_multiple_of(9) { 500 } else { 1 };
        let dead = |from: usize, to: usize| move |bin| if (from..to).contains(&bin) { 0 } else { bursts(bin) };
        assert_eq!(gaps_of(dead(200, 205)), [(200, 205)]);
        assert_eq!(gaps_of(dead(396, 400)), [(396, 400)], "it never comes back");
        assert_eq!(gaps_of(dead(0, 30)), [], "it began later");
        assert_eq!(gaps_of(dead(200, 202)), []);
        let twice = |bin| if (90..100).contains(&bin) || (300..306).contains(&bin) { 0 } else { bursts(bin) };
        assert_eq!(gaps_of(twice), [(90, 100), (300, 306)]);
        let nights = |bin| if matches!(bin, 150..210) || bin % 40 < 14 { 0 } else { 9 };
        assert_eq!(gaps_of(nights), [], "a weekend");
        // Now and then, as chance has it; and with gaps of any length.
        assert_eq!(gaps_of(|bin| u32::from(hash_pair(bin as u64, 7).is_multiple_of(3))), []);
        let mut next = 0;
        let wide: Vec<usize> = (1..60)
            .map(|n| {
                next += 1 + 200 / (n * n);
                next
            })
            .collect();
        assert_eq!(gaps_of(|bin| u32::from(wide.contains(&bin))), []);
    }
}
