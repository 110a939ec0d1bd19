//! Templates that come steadily and then no more, or not at all and then steadily.
//!
//! Time is counted in rows of all kinds: in a quiet night nothing is missed. A template is steady over a part of the data if
//! it comes there again and again, without a gap that is anywhere near the silence before or behind it.

use serde::{Deserialize, Serialize};

use crate::baseline::{Baselines, Clock, Series};
use crate::common::tail::{log10_poisson, strength};

/// A rate may have its reason to end: this is no more than a hint, though a stronger one than a change of a rate.
const ENOUGH: f64 = 2.5;
/// Rows that a template needs.
const LEAST_ROWS: u64 = 50;
/// Rows that the silence must be expected to have.
const LEAST_EXPECTED: f64 = 20.0;
/// Least share of all rows in the part in which the template is steady. A program says much as it starts, and then no more;
/// what is new goes on until the end, however short the time since is.
const LEAST_PART: f64 = 0.3;
const LEAST_NEW_PART: f64 = 0.05;
/// How much longer than the longest gap between its rows the silence must be.
const LONGER: f64 = 4.0;
/// Bins with rows in the steady part: in fewer nothing can be seen to come again and again.
const LEAST_BINS: f64 = 8.0;
const LEAST_NEW_BINS: f64 = 3.0;
/// Bins with rows, of those that so many rows would reach if they came evenly.
const LEAST_EVENNESS: f64 = 0.7;

/// A template that ends or begins within the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spell {
    /// See [`crate::common::tail`].
    pub strength: f64,
    /// The template.
    pub template: u32,
    /// Whether it ends; else it begins.
    pub ends: bool,
    /// First bin and the bin after the last of the silence.
    pub silence: (usize, usize),
    /// Its rows.
    pub rows: u64,
    /// Rows expected in the silence.
    pub expected: f64,
    /// Its last row before the silence, or the first one behind it.
    pub place: u64,
    /// When that was, in nanoseconds.
    pub time: i64,
}

/// The templates that end or begin within the data.
#[inline(never)]
pub fn spells(baselines: &Baselines, clock: Clock) -> Vec<Spell> {
    let mut total = vec![0.0];
    for rows in baselines.total.dense(clock.bins()) {
        total.push(total[total.len() - 1] + f64::from(rows));
    }
    let tests = 2.0 * baselines.templates.len() as f64;
    let templates = (0..).zip(&baselines.templates).filter(|(_, stats)| stats.rate.rows() >= LEAST_ROWS);
    let judged = templates.filter_map(|(template, stats)| {
        let (from, to) = stats.times?;
        let (begin, end) = stats.rate.range()?;
        let (first, last) = match stats.places? {
            places if stats.rate.rows() == stats.rows => places,
            // Of rows without a time nobody knows when they were.
            _ => (stats.rate.place_from(begin)?, stats.rate.place_from(end)?),
        };
        let found = [true, false].map(|ends| silence(&stats.rate, &total, ends, tests).map(|found| (ends, found)));
        let (ends, (strength, silence, expected)) = match found {
            // What is there for a while only is a burst.
            [Some(_), Some(_)] | [None, None] => return None,
            [one, other] => one.or(other)?,
        };
        let (place, time) = if ends { (last, to) } else { (first, from) };
        Some(Spell { strength, template, ends, silence, rows: stats.rate.rows(), expected, place, time })
    });
    judged.collect()
}

/// The silence behind a series (or before it): how telling it is, its bins, and the rows expected there. `total`: running
/// sums of all rows by bin.
fn silence(rate: &Series, total: &[f64], behind: bool, tests: f64) -> Option<(f64, (usize, usize), f64)> {
    let (first, last) = rate.range()?;
    let (first, end) = (usize::from(first), usize::from(last) + 1);
    let bins = total.len() - 1;
    let between = |(from, to): (usize, usize)| total[to] - total[from];
    let (silence, part) = if behind { ((end, bins), (first, end)) } else { ((0, first), (first, end)) };
    let all = total[bins];
    let here = between(part);
    let (least_part, least_bins) = if behind { (LEAST_PART, LEAST_BINS) } else { (LEAST_NEW_PART, LEAST_NEW_BINS) };
    if here < least_part * all || silence.0 >= silence.1 {
        return None;
    }
    let counts = rate.dense(bins);
    let (mut gap, mut longest, mut rows, mut occupied, mut varies) = (0.0_f64, 0.0_f64, 0.0, 0.0, 0.0);
    for (bin, &count) in counts.iter().enumerate().take(part.1).skip(part.0) {
        let count = f64::from(count);
        rows += count;
        if count > 0.0 {
            occupied += 1.0;
            gap = 0.0;
        } else {
            gap += between((bin, bin + 1));
            longest = longest.max(gap);
        }
        varies += count * count;
    }
    let length = (part.1 - part.0) as f64;
    let evenness = occupied / (length * -libm::expm1(-rows / length));
    let mean = rows / length;
    // Rows that come in bunches say less than so many single ones.
    let dispersion = ((varies / length - mean * mean) / mean).max(1.0);
    let expected = rows / here * between(silence);
    // A gap reaches into the bins at both of its ends, by half of them on average.
    let long = LONGER * (longest + all / bins as f64);
    // What is there for a short while only is a burst.
    let goes_on = behind || here >= LEAST_PART * all || between((end, bins)) < long;
    if between(silence) < long
        || !goes_on
        || occupied < least_bins
        || evenness < LEAST_EVENNESS
        || expected < LEAST_EXPECTED * dispersion
    {
        return None;
    }
    let found = strength(log10_poisson(0.0, expected / dispersion), tests);
    (found >= 2.0).then_some((found.min(ENOUGH), silence, expected))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::TemplateStats;

    /// The spells of templates beside a steady one, from rows per bin; 100 bins of a second.
    fn found(counts: &[fn(u16) -> u32]) -> Vec<(u32, bool, (usize, usize))> {
        let clock = Clock::new((0, 99_999_999_999), 100_000);
        let steady: fn(u16) -> u32 = |_| 100;
        let mut baselines = Baselines::default();
        for of in std::iter::once(&steady).chain(counts) {
            let mut stats = TemplateStats::default();
            for bin in (0..100_u16).filter(|&bin| of(bin) > 0) {
                let (count, time) = (of(bin), i64::from(bin) * 1_000_000_000);
                stats.rows += u64::from(count);
                stats.rate.add(bin, count, u64::from(bin));
                baselines.total.add(bin, count, 0);
                let (first, last) = (stats.places.map_or(u64::from(bin), |places| places.0), u64::from(bin));
                stats.places = Some((first, last));
                stats.times = Some((stats.times.map_or(time, |times| times.0), time));
            }
            baselines.templates.push(stats);
        }
        spells(&baselines, clock).iter().map(|spell| (spell.template, spell.ends, spell.silence)).collect()
    }

    #[test]
    fn a_steady_template_that_stops_or_starts_is_told() {
        assert_eq!(found(&[|bin| u32::from(bin < 70) * 4]), [(1, true, (70, 100))]);
        assert_eq!(found(&[|bin| u32::from(bin >= 40) * 4]), [(1, false, (0, 40))]);
        assert_eq!(found(&[|bin| u32::from(bin >= 94) * 9]), [(1, false, (0, 94))], "what is new is so soon");
    }

    #[test]
    fn what_comes_in_bursts_or_goes_on_is_not_told() {
        assert_eq!(found(&[|bin| u32::from(bin % 20 == 0) * 100, |bin| u32::from(bin < 5) * 50]), []);
        assert_eq!(found(&[|_| 3, |bin| u32::from((30..70).contains(&bin)) * 4]), [], "always; for a while");
        assert_eq!(found(&[|bin| u32::from((80..86).contains(&bin)) * 20]), [], "for a short while");
        assert_eq!(found(&[|bin| u32::from(bin < 6) * 9]), [], "a program starts");
        assert_eq!(found(&[|bin| u32::from(bin < 98) * 4]), [], "the end of the data");
        let busy: fn(u16) -> u32 = |bin| u32::from(bin < 4) * 2000;
        assert_eq!(found(&[busy, |bin| u32::from(bin < 4) * 50]), [], "most rows, but in four bins");
        assert_eq!(found(&[|bin| u32::from(bin < 60 && bin % 10 == 0) * 10]), [], "every tenth bin: too soon to tell");
    }
}
