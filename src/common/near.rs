//! Arithmetic that is nearly right, in a fraction of the time: enough for sums and for telling bins apart.

use std::sync::LazyLock;

/// The most by which [`near_log`] is wrong: an eighth of the square of a step of the table, times the second derivative.
pub const ERROR: f64 = 1e-5;

/// Steps of the table between 1 and 2, a power of two.
const STEPS: u64 = 128;
/// Bits of a number's fraction, and those of it behind the table's.
const FRACTION: u32 = 52;
const REST: u32 = FRACTION - STEPS.trailing_zeros();

/// Logarithms of 1, 1 + 1/128, …, 2.
static TABLE: LazyLock<[f64; STEPS as usize + 1]> =
    LazyLock::new(|| std::array::from_fn(|step| libm::log(1.0 + step as f64 / STEPS as f64)));

/// The natural logarithm of a positive number, within [`ERROR`]: a straight line between two entries of a table. Of numbers
/// below 1e-300, and of infinity, it is the exact one.
#[inline]
pub fn near_log(value: f64) -> f64 {
    if !(1e-300..f64::INFINITY).contains(&value) {
        return libm::log(value);
    }
    let bits = value.to_bits();
    let exponent = (bits >> FRACTION).cast_signed() - 1023;
    let step = (bits >> REST) as usize % STEPS as usize;
    // Signed: browsers turn such numbers into fractions sooner.
    let rest = (bits & ((1 << REST) - 1)).cast_signed() as f64 / (1_u64 << REST) as f64;
    let table = &*TABLE;
    exponent as f64 * std::f64::consts::LN_2 + table[step] + rest * (table[step + 1] - table[step])
}

/// The nearest whole number, of halves the one farther from zero. (What rounds exactly is a function of its own in browsers;
/// this may be wrong for what is just below a half, and beyond 2^52.)
#[inline]
pub fn nearest(value: f64) -> i64 {
    (value + 0.5_f64.copysign(value)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_nearly_the_logarithm() {
        let mut value = 1e-310;
        while value < 1e308 {
            assert!((near_log(value) - libm::log(value)).abs() < ERROR, "{value}");
            value *= 1.000_37;
        }
        assert_eq!(near_log(1.0).to_bits(), 0.0_f64.to_bits());
        let rounded = [0.0, 0.4, 0.5, -0.5, -1.4, 2.7, 3e14, f64::INFINITY].map(nearest);
        assert_eq!(rounded, [0, 0, 1, -1, -1, 3, 300_000_000_000_000, i64::MAX]);
        assert_eq!(near_log(f64::INFINITY).to_bits(), f64::INFINITY.to_bits());
    }
}
