//! The larger and the smaller of two numbers, for inner loops.
//!
//! `f32::max` and `f32::min` say what comes of a value that is no number, and in WebAssembly that is a call into a library,
//! number by number. These are one instruction for several numbers at once, there as well as natively.

/// The larger one; `a` where either is no number.
#[inline]
pub fn larger(a: f32, b: f32) -> f32 {
    if a < b { b } else { a }
}

/// The smaller one; `a` where either is no number.
#[inline]
pub fn smaller(a: f32, b: f32) -> f32 {
    if b < a { b } else { a }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    #[test]
    fn as_the_library_says_where_the_second_may_be_no_number() {
        let values = [-2.5, -0.0, 0.0, 1.0, f32::MAX, f32::INFINITY, f32::NEG_INFINITY];
        for a in values {
            for b in values.into_iter().chain([f32::NAN]) {
                // Which of two zeros it is does not matter.
                assert_eq!(larger(a, b).partial_cmp(&a.max(b)), Some(Ordering::Equal), "{a} {b}");
                assert_eq!(smaller(a, b).partial_cmp(&a.min(b)), Some(Ordering::Equal), "{a} {b}");
            }
        }
    }
}
