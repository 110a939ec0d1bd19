//! Where the curve of the highest scores breaks off, if it does.
//!
//! Scores over the logarithm of their rank fall along a straight line where their tail is exponential: the spacings between
//! neighbours, each times its rank, are alike (Rényi, "On the theory of order statistics", Acta Math. Hung. 1953). Rows that
//! don't belong stand above that tail, and between them and it there is a cliff. A knee is the foot of a cliff (Satopää,
//! Albrecht, Irwin and Raghavan, "Finding a 'kneedle' in a haystack", ICDCS workshops 2011, look for it as the point that is
//! farthest from the chord, which every smooth curve has somewhere): a short stretch of ranks where scores fall
//!
//! - [`STEEPER`] times as steeply as behind it, and steeper than before it, where a tail that only becomes heavier is not,
//! - so much that chance would hardly do it: the logarithm of the likelihood of two exponential laws over that of one is
//!   above [`EVIDENCE`],
//! - among the highest [`MOST`] of the rows.
//!
//! Smooth scores have no knee, whichever law they follow; of scores with a very heavy tail a few may stand apart by chance.

use super::threshold::BINS;

/// Scores fall as many times as steeply as on the ranks behind.
const STEEPER: f64 = 2.5;
/// And as on those before.
const STEEPER_THAN_BEFORE: f64 = 1.7;
/// Logarithm of the likelihood ratio; the best of all stretches of a smooth tail hardly reaches 4, of a heavy one 8.
const EVIDENCE: f64 = 10.0;
/// Largest share of the rows above a knee.
const MOST: f64 = 0.2;
/// The last rank of a stretch over its first.
const STRETCH: f64 = 1.25;
/// The last rank of the ranks behind over the first, and the first of those before over the last.
const AROUND: u64 = 4;
/// Ranks behind, at least.
const LEAST_BEHIND: u64 = 8;

/// The highest scores down to one of them.
#[derive(Clone, Copy)]
struct Point {
    /// How many rows are above.
    rows: u64,
    /// The bin.
    bin: u32,
    /// Sum of the rank-weighted spacings above: what lies between the curve and the height of this point.
    area: f64,
}

/// Slope of the curve over the logarithm of the rank between two points.
fn slope(from: Point, to: Point) -> f64 {
    (to.area - from.area) / (to.rows - from.rows).max(1) as f64
}

/// The lowest bin above the knee, `None` where there is none. `bins` are those that hold rows, highest first, each with how
/// many; `rows` are all.
pub(super) fn knee(bins: impl Iterator<Item = (u32, u64)>, rows: u64) -> Option<u32> {
    let points = curve(bins, rows.div_ceil(2));
    let most = (rows as f64 * MOST) as u64;
    let mut best: Option<(f64, u32)> = None;
    // The places of the points that stand at certain ranks before and behind: they only move on.
    let (mut first, mut before, mut behind) = (0, 0, 0);
    for (foot, &bottom) in points.iter().enumerate().skip(1).take_while(|(_, point)| point.rows <= most) {
        let last_up_to = |place: &mut usize, rank: u64| {
            while points.get(*place + 1).is_some_and(|next| next.rows <= rank) {
                *place += 1;
            }
            points[*place]
        };
        let top = last_up_to(&mut first, (bottom.rows as f64 / STRETCH) as u64);
        let above = last_up_to(&mut before, top.rows / AROUND);
        let end = (AROUND * bottom.rows).max(bottom.rows + LEAST_BEHIND);
        while behind + 1 < points.len() && points[behind].rows < end {
            behind += 1;
        }
        if behind <= foot {
            break;
        }
        let (here, after) = (slope(top, bottom), slope(bottom, points[behind]));
        if here < STEEPER * after || top.rows > above.rows && here < STEEPER_THAN_BEFORE * slope(above, top) {
            continue;
        }
        let evidence = evidence(here, bottom.rows - top.rows, after, points[behind].rows - bottom.rows);
        if evidence > best.map_or(EVIDENCE, |(most, _)| most) {
            best = Some((evidence, edge(&points[first..=foot])));
        }
    }
    best.map(|(_, bin)| bin)
}

/// The curve down to a rank.
fn curve(bins: impl Iterator<Item = (u32, u64)>, down_to: u64) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let (mut rows, mut sum) = (0_u64, 0.0);
    for (bin, count) in bins {
        let height = height(bin);
        points.push(Point { rows, bin, area: sum - rows as f64 * height });
        if rows >= down_to {
            break;
        }
        rows += count;
        sum += count as f64 * height;
    }
    points
}

/// A bin's score on the scale that detectors squeeze into 0..1 ([`crate::detect::Spread::unit`]).
fn height(bin: u32) -> f64 {
    let middle = 2.0 * (f64::from(bin) + 0.5) / BINS as f64 - 1.0;
    middle / (1.0 - middle.abs())
}

/// Logarithm of the likelihood of two exponential laws of spacings, with these means and counts, over that of one.
fn evidence(first: f64, firsts: u64, second: f64, seconds: u64) -> f64 {
    let (n, m) = (firsts as f64, seconds as f64);
    let mean = (n * first + m * second) / (n + m);
    (n + m) * libm::log(mean) - n * libm::log(first) - m * libm::log(second)
}

/// The bin above the widest gap of a stretch.
fn edge(stretch: &[Point]) -> u32 {
    let gaps = stretch.windows(2).map(|pair| (pair[1].area - pair[0].area, pair[0].bin));
    gaps.fold((f64::NEG_INFINITY, 0), |widest, gap| if gap.0 > widest.0 { gap } else { widest }).1
}

#[cfg(test)]
mod tests {
    use super::super::threshold::{ScoreHistogram, bin_of};
    use crate::common::hash::hash_pair;

    /// A number in 0..1 that depends on the row.
    fn draw(row: u64, salt: u64) -> f64 {
        (hash_pair(row, salt) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// As detectors squeeze their scores.
    fn unit(raw: f64) -> f32 {
        (0.5 + 0.5 * raw / (1.0 + raw.abs())) as f32
    }

    fn histogram(raw: impl Iterator<Item = f64>) -> ScoreHistogram {
        let rows: Vec<_> = raw.map(|raw| (bin_of(unit(raw)), 1)).collect();
        ScoreHistogram::merge([rows.as_slice()])
    }

    #[test]
    fn smooth_scores_have_none() {
        for rows in [1, 2, 5, 40, 300, 2000, 20_000] {
            for salt in 0..6 {
                let uniform = |row: u64| draw(row, salt);
                let normal = |row: u64| (0..12).map(|n| draw(row, 100 * (salt + 1) + n)).sum::<f64>() - 6.0;
                let laws: [(&str, &dyn Fn(u64) -> f64); 7] = [
                    ("even", &|row| row as f64 / rows as f64),
                    ("uniform", &uniform),
                    ("exponential", &|row| -libm::log(1.0 - uniform(row))),
                    ("normal", &normal),
                    ("lognormal", &|row| libm::exp(normal(row) / 2.0)),
                    ("steps", &|row| (uniform(row) * 5.0).floor()),
                    ("alike", &|_| 0.7),
                ];
                for (name, law) in laws {
                    assert_eq!(histogram((0..rows).map(law)).by_knee(), None, "{name} {rows} {salt}");
                }
            }
        }
    }

    #[test]
    fn rows_that_stand_apart_are_above_it() {
        // Of so many rows so many stand above the tail.
        for (rows, odd) in
            [(200_u64, 1_u64), (200, 10), (1000, 20), (5000, 50), (5000, 500), (50_000, 3), (50_000, 4000)]
        {
            let tail = (odd..rows).map(|row| -libm::log(1.0 - draw(row, 3)));
            let apart = (0..odd).map(|row| 60.0 + 20.0 * draw(row, 5));
            let found = histogram(tail.chain(apart)).by_knee().map(|cut| cut.rows);
            assert_eq!(found, Some(odd), "{rows}");
        }
    }

    #[test]
    fn a_second_kind_of_row_is_parted_from_the_first_where_they_touch() {
        // Scores that are five times as spread out, for one row in twenty, as those of the others.
        let raw = (0..20_000_u64).map(|row| -libm::log(1.0 - draw(row, 3)) + if row % 20 == 0 { 8.0 } else { 0.0 });
        let rows = histogram(raw).by_knee().expect("there is a knee").rows;
        assert!((950..1150).contains(&rows), "{rows}");
    }

    #[test]
    fn more_than_a_fifth_is_no_knee() {
        let raw = (0..1000_u64).map(|row| draw(row, 3) + if row % 3 == 0 { 50.0 } else { 0.0 });
        assert_eq!(histogram(raw).by_knee(), None);
    }
}
