//! From a score to a colour.
//!
//! Both ramps run from blue over grey to orange, which people with any common form of colour blindness tell apart, and
//! contrast with the background grows with the score: darker on a light page, lighter on a dark one.

/// Red, green and blue.
pub type Rgb = (u8, u8, u8);

const LIGHT: [Rgb; 5] = [(176, 198, 222), (122, 146, 176), (128, 122, 118), (178, 102, 30), (140, 52, 0)];
const DARK: [Rgb; 5] = [(48, 74, 108), (84, 106, 136), (138, 132, 120), (222, 158, 62), (255, 218, 110)];

/// The colour of a share (0 for the lowest score, 1 for the highest; values outside are clamped).
pub fn colour(share: f32, dark: bool) -> Rgb {
    let ramp = if dark { &DARK } else { &LIGHT };
    let share = if share.is_nan() { 0.0 } else { share };
    let place = share.clamp(0.0, 1.0) * (ramp.len() - 1) as f32;
    let lower = (place as usize).min(ramp.len() - 2);
    let part = place - lower as f32;
    let mix = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * part).round() as u8;
    let ((r, g, b), (r1, g1, b1)) = (ramp[lower], ramp[lower + 1]);
    (mix(r, r1), mix(g, g1), mix(b, b1))
}

/// The same as CSS.
pub fn css(share: f32, dark: bool) -> String {
    let (r, g, b) = colour(share, dark);
    format!("rgb({r} {g} {b})")
}

/// Where a score lies between the lowest and the highest.
pub fn share(score: f32, (low, high): (f32, f32)) -> f32 {
    if high > low { ((score - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Perceived lightness, near enough to compare colours of one ramp.
    fn lightness((r, g, b): Rgb) -> f32 {
        0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
    }

    #[test]
    fn contrast_with_the_background_grows_with_the_score() {
        for step in 0..20 {
            let (low, high) = (step as f32 / 20.0, (step + 1) as f32 / 20.0);
            assert!(lightness(colour(low, true)) < lightness(colour(high, true)));
            assert!(lightness(colour(low, false)) > lightness(colour(high, false)));
        }
    }

    #[test]
    fn the_ends_are_the_ends_and_outside_is_clamped() {
        assert_eq!(colour(0.0, false), LIGHT[0]);
        assert_eq!(colour(1.0, false), LIGHT[4]);
        assert_eq!(colour(9.0, true), DARK[4]);
        assert_eq!(colour(f32::NAN, true), DARK[0]);
        assert!((share(0.5, (0.5, 0.5)) - 0.5).abs() < f32::EPSILON);
    }
}
