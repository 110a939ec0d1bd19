//! A small picture of counts over time.

use std::fmt::Write as _;

/// Height of the picture, in the units of its path.
pub const HEIGHT: u32 = 16;

/// Bars as the path of an SVG, one unit wide each, [`HEIGHT`] units high where the count is the greatest. A bar that has
/// anything is seen.
pub fn bars(counts: &[u32]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0);
    let mut path = String::new();
    for (place, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (f64::from(count) / f64::from(most) * f64::from(HEIGHT)).max(1.5);
        // A string takes all that is written.
        let _ = write!(path, "M{place} {HEIGHT}v-{height:.1}h.8v{height:.1}z");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_counts() {
        assert_eq!(bars(&[0, 4, 8]), "M1 16v-8.0h.8v8.0zM2 16v-16.0h.8v16.0z");
        assert_eq!(bars(&[1, 1_000_000]), "M0 16v-1.5h.8v1.5zM1 16v-16.0h.8v16.0z", "one row is seen beside a million");
        assert_eq!(bars(&[]), "");
        assert_eq!(bars(&[0, 0]), "");
    }
}
