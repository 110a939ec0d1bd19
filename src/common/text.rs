//! Text as numbers, and text cut short.

/// Digits, perhaps with a point among or behind them: as the standard library reads them, but faster. `None` for any other
/// text, and for more digits than are exact.
#[inline]
pub fn parse_digits(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    if text.len() > POWERS.len() || !text.first()?.is_ascii_digit() {
        return None;
    }
    let (mut mantissa, mut point) = (0_u64, text.len() - 1);
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + u64::from(byte - b'0'),
            b'.' if point == text.len() - 1 => point = at,
            _ => return None,
        }
    }
    // A number below 2^53 and a power of ten below 10^23 are exact, so that their quotient is rounded but once (Clinger,
    // "How to read floating point numbers accurately", 1990).
    Some(mantissa as f64 / POWERS[text.len() - 1 - point])
}

/// Longest number that is read.
const NUMBER_BYTES: usize = 512;

/// A number as logs write them: decimal, optional exponent, surrounding blanks; not `inf`, `nan` or hexadecimal.
pub fn parse_number(text: &[u8]) -> Option<f64> {
    let text = text.trim_ascii();
    if let Some(value) = parse_digits(text) {
        return Some(value);
    }
    let first = *text.first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) || text.len() > NUMBER_BYTES {
        return None;
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

/// The infinity that a text names, or that a number is which no double holds: `-Infinity`, `inf`, `1e999`.
pub fn parse_infinity(text: &[u8]) -> Option<f64> {
    if text.len() > NUMBER_BYTES {
        return None;
    }
    let value: f64 = std::str::from_utf8(text).ok()?.trim().parse().ok()?;
    value.is_infinite().then_some(value)
}

/// A number from text, NaN where it is none.
pub fn number_or_nan(text: &[u8]) -> f64 {
    parse_number(text).unwrap_or(f64::NAN)
}

/// Whether a text starts with another, compared eight bytes at a time: texts of some ten bytes are compared before a
/// general comparison has found out how to. The last eight overlap those before them, so that none are left over.
#[inline]
pub fn starts_with(text: &[u8], start: &[u8]) -> bool {
    let Some(text) = text.get(..start.len()) else { return false };
    let (Some(last), Some(last_of_start)) = (text.last_chunk::<8>(), start.last_chunk::<8>()) else {
        return text.iter().zip(start).all(|(a, b)| a == b);
    };
    let mut words = text.as_chunks::<8>().0.iter().zip(start.as_chunks::<8>().0);
    u64::from_le_bytes(*last) == u64::from_le_bytes(*last_of_start)
        && words.all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b))
}

/// The place of the first byte of a value, looked for in eight bytes at a time: most fields are so short that they are
/// found before a vectorised search has begun.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline]
pub fn find(text: &[u8], byte: u8) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let wanted = ONES * u64::from(byte);
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        // The high bit of each byte that is zero, exact up to the first of them.
        let word = u64::from_le_bytes(*word) ^ wanted;
        let zeros = word.wrapping_sub(ONES) & !word & HIGH;
        if zeros != 0 {
            return Some(index * 8 + zeros.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|&other| other == byte)?;
    Some(words.len() * 8 + at)
}

/// The place of the first byte of a value.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline]
pub fn find(text: &[u8], byte: u8) -> Option<usize> {
    super::simd::first_of(text, [byte])
}

/// Whether all bytes are ASCII. (The standard library's answer stops early; this one is vectorised.) The last bytes overlap
/// those before them, so that there is no rest to be looked at one by one.
#[inline]
pub fn is_ascii(text: &[u8]) -> bool {
    const BLOCK: usize = 32;
    let bits =
        |block: &[u8; BLOCK]| block.as_chunks::<8>().0.iter().fold(0, |bits, word| bits | u64::from_le_bytes(*word));
    let Some(last) = text.last_chunk() else { return text.iter().fold(0, |bits, byte| bits | byte) < 0x80 };
    let all = text.as_chunks().0.iter().fold(bits(last), |all, block| all | bits(block));
    all & 0x8080_8080_8080_8080 == 0
}

/// Some names, and whether there are more.
pub fn some_of<'a>(mut names: impl Iterator<Item = &'a str>) -> String {
    const NAMED: usize = 30;
    let mut some: Vec<&str> = names.by_ref().take(NAMED).collect();
    some.extend(names.next().map(|_| "…"));
    some.join(", ")
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
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_are_read_as_the_standard_library_reads_them(text in "[0-9]{0,9}[.]?[0-9]{0,9}[.e-]?") {
            if let Some(value) = parse_digits(text.as_bytes()) {
                prop_assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits());
            } else {
                prop_assert!(text.len() > 16 || !text.starts_with(|first: char| first.is_ascii_digit()) || text.parse::<u64>().is_err());
            }
        }
    }

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
    fn ascii() {
        for length in 0..100 {
            let mut text = vec![b'a'; length];
            assert!(is_ascii(&text));
            for at in 0..length {
                text[at] = 0x80;
                assert!(!is_ascii(&text));
                text[at] = 0x7f;
            }
        }
    }

    #[test]
    fn finding() {
        for length in 0..40 {
            let mut text = vec![b'b'; length];
            assert_eq!(find(&text, b'a'), None);
            for at in (0..length).rev() {
                text[at] = b'a';
                assert_eq!(find(&text, b'a'), Some(at));
            }
        }
        assert_eq!(find(b"\x80\x01\x00", 0), Some(2));
    }

    #[test]
    fn starts() {
        let text = b"\"correlation_id\":\"x\"";
        assert!((0..text.len()).all(|length| starts_with(text, &text[..length])));
        assert!(!starts_with(text, b"\"correlation_iD\":"));
        assert!(!starts_with(text, b"\"cOrrelation_id\":"));
        assert!(!starts_with(b"ab", b"abc"));
    }

    #[test]
    fn cutting_respects_characters() {
        assert_eq!(cut("zoë", 3), "zo");
        assert_eq!(cut("zoë", 4), "zoë");
        assert_eq!(cut("", 0), "");
    }
}
