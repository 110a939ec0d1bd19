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

/// At most `most` of some points, evenly; the first and the last are among them.
pub fn thinned<T: Copy>(points: &[T], most: usize) -> Vec<T> {
    let last = points.len().saturating_sub(1);
    if points.len() <= most.max(2) {
        return points.to_vec();
    }
    let steps = most.max(2) - 1;
    (0..=steps).filter_map(|step| points.get(step * last / steps).copied()).collect()
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
    fn thinned_lines_keep_their_ends() {
        let all: Vec<u32> = (0..1000).collect();
        let some = thinned(&all, 10);
        assert_eq!((some.len(), some[0], some[9]), (10, 0, 999));
        assert_eq!(thinned(&all[..3], 10), [0, 1, 2]);
        assert!(thinned::<u32>(&[], 10).is_empty());
    }

    #[test]
    fn counts_stand_by_their_powers() {
        let places = logarithmic(&[10, 100, 1000]);
        assert!(places.iter().zip([0.0, 0.5, 1.0]).all(|(place, wanted)| (place - wanted).abs() < 1e-12), "{places:?}");
        assert!((logarithmic(&[7])[0] - 0.5).abs() < 1e-12);
        assert!(logarithmic(&[]).is_empty());
    }
}
