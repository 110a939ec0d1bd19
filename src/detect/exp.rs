//! Exponentials for inner loops.

use crate::common::extreme::larger;

/// eˣ for x ≤ 0, to a few units in the last place; 0 below −87. Without a branch or a call, so that a compiler can turn a
/// loop of it into SIMD, and of plain arithmetic, so that it is the same on every platform.
pub fn exp_falling(x: f32) -> f32 {
    /// Adding it rounds a small number to an integer, which is then in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = larger(-87.5, x);
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let whole = rounded - ROUND;
    // ln 2 in two parts, so that the rest is exact.
    let rest = (x - whole * 0.693_359_4) + whole * 2.121_944_4e-4;
    // Taylor's, which is off by 10⁻⁷ at most for a rest of ± ln 2 / 2.
    let series = [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
    let series = series.iter().fold(1.0 / 720.0, |sum, term| sum * rest + term);
    let exponent = rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127);
    let power = f32::from_bits(exponent << 23);
    if x > -87.0 { series * power } else { 0.0 }
}

/// tanh, by the same means.
pub fn tanh(x: f32) -> f32 {
    let falling = exp_falling(-2.0 * x.abs());
    ((1.0 - falling) / (1.0 + falling)).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_exact_to_a_few_last_places() {
        for step in 0..43_500_u16 {
            let x = -f32::from(step) / 500.0;
            let exact = libm::exp(f64::from(x));
            assert!((f64::from(exp_falling(x)) / exact - 1.0).abs() < 5e-7, "{x}");
        }
        assert!((exp_falling(0.0) - 1.0).abs() < 1e-9);
        assert!([-87.2, -1e9, f32::NEG_INFINITY].iter().all(|&x| exp_falling(x) <= 0.0));
    }

    #[test]
    fn tanh_is_near_the_exact_one() {
        for step in -4000..4000_i16 {
            let x = f32::from(step) / 400.0;
            assert!((f64::from(tanh(x)) - libm::tanh(f64::from(x))).abs() < 3e-7, "{x}");
        }
    }
}
