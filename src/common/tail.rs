//! How improbable a value is: logarithms of tail probabilities, and the one scale on which findings of all kinds compare.

use std::f64::consts::{LN_10, PI, SQRT_2};

/// log10 of the probability that a standard normal variable is at least `z`.
pub fn log10_normal(z: f64) -> f64 {
    if z < 35.0 {
        return libm::log10(0.5 * libm::erfc(z / SQRT_2));
    }
    // Where the probability is too small for a float, the first term of its asymptotic series is exact enough.
    -z * z / 2.0 / LN_10 - libm::log10(z * libm::sqrt(2.0 * PI))
}

/// log10 of (a Chernoff bound on) the probability that a Poisson variable of this mean is `count` or further from it.
pub fn log10_poisson(count: f64, mean: f64) -> f64 {
    let mean = mean.max(1e-9);
    let term = if count > 0.0 { count * libm::log(count / mean) } else { 0.0 };
    -(term - count + mean).max(0.0) / LN_10
}

/// The strength of evidence whose probability under "nothing is wrong" is `10^log10_p`, looked for in `tests` places:
/// 1 − log10 of how often the data would show it by chance (its number of false alarms, as in Desolneux, Moisan and Morel,
/// "From Gestalt Theory to Image Analysis", 2008). 1: once by chance in all of the data; 3: once in a hundred such files.
pub fn strength(log10_p: f64, tests: f64) -> f64 {
    1.0 - log10_p - libm::log10(tests.max(1.0))
}

/// The most that an observation can say which `rank` of `tests` places show at least as strongly: what is frequent is
/// no anomaly, whatever a model of the ordinary says.
pub fn strength_limit(rank: f64, tests: f64) -> f64 {
    0.5 - libm::log10(rank.max(1.0) / tests.max(1.0))
}

/// Strength as a score in 0..1: 0.5 for what chance shows ten times, less for weaker evidence, towards 1 for stronger
/// (the distribution function of a Laplace variable). Higher is more abnormal.
pub fn score(strength: f64) -> f32 {
    let half = 0.5 * libm::exp(-strength.abs() / 6.0);
    (if strength < 0.0 { half } else { 1.0 - half }) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(value: f64, expected: f64) {
        assert!((value - expected).abs() < 0.01 * expected.abs().max(1.0), "{value} is not {expected}");
    }

    #[test]
    fn tails() {
        near(log10_normal(0.0), -0.301);
        near(log10_normal(3.0), -2.870);
        near(log10_normal(34.999), log10_normal(35.001));
        near(log10_poisson(5.0, 5.0), 0.0);
        assert!(log10_poisson(0.0, 20.0) < -8.0 && log10_poisson(60.0, 20.0) < -8.0);
    }

    #[test]
    fn scores_rise_with_strength_and_stay_below_one() {
        let scores: Vec<f32> = [0.0, 1.0, 3.0, 10.0].map(score).to_vec();
        assert!(scores.windows(2).all(|pair| pair[0] < pair[1]));
        assert!((scores[0] - 0.5).abs() < 1e-6 && score(1e9) <= 1.0 && score(-1.0) < 0.5);
        near(strength(-6.0, 1e4), 3.0);
        near(strength_limit(10.0, 1e4), 3.5);
    }
}
