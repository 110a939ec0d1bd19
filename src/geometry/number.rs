//! Numbers as people read them.

pub use crate::common::number::{bytes, count as group};

/// A count with its noun, in the plural where it is not one: `1 row`, `2,000 rows`.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", group(count))
}

/// A part of a whole in whole percent; 100 only when the whole is reached.
pub fn percent_done(part: u64, whole: u64) -> u32 {
    if part >= whole {
        return 100;
    }
    (part as f64 / whole as f64 * 100.0) as u32
}

/// A share (0..=1) as percent with two significant digits or more: `0.012 %`, `1.5 %`, `58.4 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", in_percent(share, 2))
}

/// A share in percent as a number box holds it, with three significant digits.
pub fn percent_value(share: f64) -> String {
    in_percent(share, 3)
}

fn in_percent(share: f64, digits: usize) -> String {
    let value = share * 100.0;
    let mut decimals = if value >= 9.95 { 1 } else { digits - 1 };
    let mut least = 0.995;
    while value < least && decimals < 8 {
        decimals += 1;
        least /= 10.0;
    }
    let text = format!("{value:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text.is_empty() { "0".into() } else { text.into() }
}

/// A raw score: three decimals.
pub fn score(score: f32) -> String {
    format!("{score:.3}")
}

/// The calibrated form of a score as the share of rows above it: `top 0.02 %`. Never `top 0 %`.
pub fn top_share(calibrated: f32) -> String {
    let above = (1.0 - f64::from(calibrated)).clamp(0.0, 1.0);
    if above < 0.0001 {
        return "top 0.01 %".into();
    }
    let decimals = match above * 100.0 {
        p if p < 0.995 => 2,
        p if p < 9.95 => 1,
        _ => 0,
    };
    format!("top {:.decimals$} %", above * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_204_331, "1,204,331")] {
            assert_eq!(group(count), text);
        }
        assert_eq!(counted(1, "row"), "1 row");
        assert_eq!(counted(2000, "row"), "2,000 rows");
        assert_eq!(counted(0, "row"), "0 rows");
    }

    #[test]
    fn sizes_have_three_digits() {
        for (size, text) in [
            (0, "0 B"),
            (812, "812 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (12_345, "12.3 kB"),
            (999_900, "1.00 MB"),
            (1_240_000_000, "1.24 GB"),
        ] {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn progress_is_not_complete_before_it_is() {
        assert_eq!(percent_done(0, 10), 0);
        assert_eq!(percent_done(9_999_999, 10_000_000), 99);
        assert_eq!(percent_done(10, 10), 100);
        assert_eq!(percent_done(0, 0), 100, "an empty file has been read");
    }

    #[test]
    fn shares_keep_their_small_digits() {
        for (share, text) in [(0.5, "50 %"), (0.015, "1.5 %"), (0.0001, "0.01 %"), (0.000_123, "0.012 %"), (0.0, "0 %")]
        {
            assert_eq!(percent(share), text);
        }
        for (share, text) in [(0.000_123, "0.0123"), (0.000_012_3, "0.00123"), (0.000_000_123, "0.0000123")] {
            assert_eq!(percent_value(share), text, "a box keeps what was written into it");
        }
    }

    #[test]
    fn a_calibrated_score_is_a_place_from_the_top() {
        assert_eq!(top_share(1.0), "top 0.01 %");
        assert_eq!(top_share(0.9995), "top 0.05 %");
        assert_eq!(top_share(0.97), "top 3.0 %");
        assert_eq!(top_share(0.5), "top 50 %");
    }
}
