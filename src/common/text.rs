//! Text as numbers, and text cut short.

/// A number as logs write them: decimal, optional exponent, surrounding blanks; not `inf`, `nan` or hexadecimal.
pub fn parse_number(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    let first = *text.first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) || text.len() > 64 {
        return None;
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// A number from text, NaN where it is none.
pub fn number_or_nan(text: &[u8]) -> f64 {
    parse_number(text).unwrap_or(f64::NAN)
}

/// At most `bytes` bytes of a text, cut between characters.
pub fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        return text;
    }
    let end = (0..=bytes).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(parse_number(b" 12.5 "), Some(12.5));
        assert_eq!(parse_number(b"+7"), Some(7.0));
        assert_eq!(parse_number(b"-"), None);
        assert_eq!(parse_number(b"1e999"), None);
        assert_eq!(parse_number(b"0x10"), None);
        assert_eq!(parse_number(b"\xff"), None);
    }

    #[test]
    fn cutting_respects_characters() {
        assert_eq!(cut("zoë", 3), "zo");
        assert_eq!(cut("zoë", 4), "zoë");
        assert_eq!(cut("", 0), "");
    }
}
