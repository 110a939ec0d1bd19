//! A line through points, as a chart draws it.

use std::fmt::Write as _;

/// A line through points of the unit square (x to the right, y upwards), as the path of an SVG of this size. Points beyond
/// the square are at its edge, and what is not a number is left out.
pub fn path(points: &[(f64, f64)], (width, height): (f64, f64)) -> String {
    let mut path = String::new();
    let numbers = points.iter().filter(|(x, y)| !x.is_nan() && !y.is_nan());
    for (place, &(x, y)) in numbers.enumerate() {
        let (x, y) = (x.clamp(0.0, 1.0) * width, (1.0 - y.clamp(0.0, 1.0)) * height);
        // A string takes all that is written.
        let _ = write!(path, "{}{x:.1} {y:.1}", if place == 0 { 'M' } else { 'L' });
    }
    path
}

/// A line without the points that lie nearer than `least`, in both directions, to the last one that is kept. Its ends stay,
/// and so does where it was before it leaps.
pub fn visible(points: &[(f64, f64)], least: f64) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::new();
    let mut before = None;
    for (place, &point) in points.iter().enumerate() {
        let is_near = |last: &(f64, f64)| (last.0 - point.0).abs() < least && (last.1 - point.1).abs() < least;
        if place + 1 < points.len() && kept.last().is_some_and(is_near) {
            before = Some(point);
        } else {
            kept.extend(before.take());
            kept.push(point);
        }
    }
    kept
}

/// Where some counts stand on a scale of powers of ten, from 0 for the least to 1 for the greatest.
pub fn logarithmic(counts: &[u32]) -> Vec<f64> {
    let logs: Vec<f64> = counts.iter().map(|&count| libm::log10(f64::from(count.max(1)))).collect();
    let least = logs.iter().copied().fold(f64::INFINITY, f64::min);
    let span = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max) - least;
    logs.into_iter().map(|log| if span > 0.0 { (log - least) / span } else { 0.5 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_in_their_chart() {
        assert_eq!(
            path(&[(0.0, 0.0), (0.5, 1.0), (2.0, f64::NAN), (2.0, -1.0)], (100.0, 50.0)),
            "M0.0 50.0L50.0 0.0L100.0 50.0"
        );
        assert_eq!(path(&[], (1.0, 1.0)), "");
    }

    #[test]
    fn a_line_of_many_points_keeps_its_ends_and_its_corners() {
        let flat = (0..1000).map(|n| (f64::from(n) / 1000.0, 1.0));
        let steep = (0..=1000).map(|n| (1.0, 1.0 - f64::from(n) / 1000.0));
        let some = visible(&flat.chain(steep).collect::<Vec<_>>(), 0.1);
        assert!(some.len() < 60 && some[0] == (0.0, 1.0) && some.last() == Some(&(1.0, 0.0)), "{some:?}");
        assert!(some.iter().any(|&(x, y)| x > 0.99 && y > 0.89), "{some:?}");
        let leap = [(0.0, 1.0), (0.05, 1.0), (0.5, 0.2)];
        assert_eq!(visible(&leap, 0.1), leap);
        assert!(visible(&[], 0.1).is_empty());
    }

    #[test]
    fn counts_stand_by_their_powers() {
        let places = logarithmic(&[10, 100, 1000]);
        assert!(places.iter().zip([0.0, 0.5, 1.0]).all(|(place, wanted)| (place - wanted).abs() < 1e-12), "{places:?}");
        assert!((logarithmic(&[7])[0] - 0.5).abs() < 1e-12);
        assert!(logarithmic(&[]).is_empty());
    }
}
