//! Two distributions over each other, and curves of one or more series.

use std::fmt::Write as _;

/// Bars of a distribution as the path of an SVG of a width and a height, one bar as wide as another. `shares` are heights;
/// `most` is the share that is as high as the picture.
pub fn bars(shares: impl ExactSizeIterator<Item = f64>, most: f64, (width, height): (f64, f64)) -> String {
    let step = width / shares.len().max(1) as f64;
    let mut path = String::new();
    for (place, share) in shares.enumerate().filter(|(_, share)| *share > 0.0) {
        let (left, tall) = (step * place as f64, height_of(share, most, height));
        // A string takes all that is written.
        let _ = write!(path, "M{:.1} {height:.1}v-{tall:.1}h{:.1}v{tall:.1}z", left + 1.0, (step - 2.0).max(0.5));
    }
    path
}

/// The upper edge of the same bars, as one line of steps from the left end to the right.
pub fn steps(shares: impl ExactSizeIterator<Item = f64>, most: f64, (width, height): (f64, f64)) -> String {
    let step = width / shares.len().max(1) as f64;
    let mut path = String::new();
    for (place, share) in shares.enumerate() {
        let (left, top) = (step * place as f64, height - height_of(share, most, height));
        let to = if place == 0 { 'M' } else { 'L' };
        let _ = write!(path, "{to}{left:.1} {top:.1}H{:.1}", left + step);
    }
    path
}

/// Anything there is can be seen.
fn height_of(share: f64, most: f64, height: f64) -> f64 {
    if share > 0.0 && most > 0.0 { (share / most).min(1.0).mul_add(height - 1.0, 1.0) } else { 0.0 }
}

/// A series as a line, the first value at the left end, `most` at the top and 0 at the bottom. Values that are no numbers are
/// left out.
pub fn line(values: impl ExactSizeIterator<Item = f64>, most: f64, (width, height): (f64, f64)) -> String {
    let step = width / values.len().saturating_sub(1).max(1) as f64;
    let mut path = String::new();
    for (place, value) in values.enumerate().filter(|(_, value)| value.is_finite()) {
        let to = if path.is_empty() { 'M' } else { 'L' };
        let part = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
        let _ = write!(path, "{to}{:.1} {:.1}", step * place as f64, height * (1.0 - part));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_steps_meet() {
        let shares = || [0.5, 0.0, 0.25].into_iter();
        assert_eq!(bars(shares(), 0.5, (30.0, 11.0)), "M1.0 11.0v-11.0h8.0v11.0zM21.0 11.0v-6.0h8.0v6.0z");
        assert_eq!(steps(shares(), 0.5, (30.0, 11.0)), "M0.0 0.0H10.0L10.0 11.0H20.0L20.0 5.0H30.0");
        assert_eq!(bars([].into_iter(), 1.0, (30.0, 11.0)), "");
        assert_eq!(steps([0.0].into_iter(), 0.0, (30.0, 11.0)), "M0.0 11.0H30.0");
    }

    #[test]
    fn a_line_goes_from_end_to_end() {
        assert_eq!(line([1.0, f64::NAN, 0.5].into_iter(), 1.0, (20.0, 10.0)), "M0.0 0.0L20.0 5.0");
        assert_eq!(line([3.0].into_iter(), 0.0, (20.0, 10.0)), "M0.0 10.0");
    }
}
