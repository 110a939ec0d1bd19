//! Numbers with units.

use super::kind::ValueKind;
use super::lex::{DIGIT, LETTER, alphanumeric_at, class_at};

/// The unit behind a number and a blank, and the same size in brackets in a larger unit: its end.
pub(super) fn unit(text: &[u8], at: usize) -> Option<(usize, ValueKind)> {
    if text.get(at) != Some(&b' ') {
        return None;
    }
    let length = text[at + 1..].iter().take(6).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let end = at + 1 + length;
    if class_at(text, end) & (LETTER | DIGIT) != 0 || matches!(text.get(end), Some(b'_' | b'=' | b'-' | b'/')) {
        return None;
    }
    let word = &text[at + 1..end];
    if is_size_unit(word) || matches!(word, b"bytes" | b"byte") {
        return Some((rounded(text, end).unwrap_or(end), ValueKind::Size));
    }
    (word != b"m" && word != b"d" && is_time_unit(word)).then_some((end, ValueKind::Duration))
}

/// The end of ` (12.5 KB)`.
pub(super) fn rounded(text: &[u8], at: usize) -> Option<usize> {
    let inside = text.get(at..)?.strip_prefix(b" (")?;
    let number = inside.iter().take(12).take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')).count();
    let blank = usize::from(inside.get(number) == Some(&b' '));
    let from = number + blank;
    let word = inside[from..].iter().take(4).take_while(|byte| byte.is_ascii_alphabetic()).count();
    (number > 0 && is_size_unit(&inside[from..from + word]) && inside.get(from + word) == Some(&b')'))
        .then_some(at + 2 + from + word + 1)
}

/// The end of a number whose thousands are grouped by commas, with a unit that is glued to it: `12,345,678`, `5,578ms`,
/// `2,949/s`.
pub(super) fn grouped(text: &[u8], start: usize, mut end: usize) -> (usize, ValueKind) {
    let number = (end, ValueKind::Number);
    if end - start > 3 || !text[start..end].iter().all(u8::is_ascii_digit) {
        return number;
    }
    while text.get(end) == Some(&b',')
        && text[end + 1..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count() == 3
    {
        let next = end + 4;
        let rate = text.get(next) == Some(&b'/');
        let from = next + usize::from(rate);
        let letters = text[from..].iter().take(6).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let behind = from + letters;
        if letters > 0 && !alphanumeric_at(text, behind) {
            return match &text[from..behind] {
                unit if rate && is_time_unit(unit) => (behind, ValueKind::Number),
                _ if rate => (next, ValueKind::Number),
                unit if is_time_unit(unit) => (behind, ValueKind::Duration),
                unit if is_size_unit(unit) => (behind, ValueKind::Size),
                _ => (end, ValueKind::Number),
            };
        }
        if alphanumeric_at(text, next) {
            break;
        }
        end = next;
    }
    (end, number.1)
}

pub(super) fn is_size_unit(unit: &[u8]) -> bool {
    matches!(
        unit,
        b"B" | b"KB"
            | b"kB"
            | b"kb"
            | b"MB"
            | b"mb"
            | b"GB"
            | b"gb"
            | b"TB"
            | b"tb"
            | b"PB"
            | b"KiB"
            | b"MiB"
            | b"GiB"
            | b"TiB"
    )
}

pub(super) fn is_time_unit(unit: &[u8]) -> bool {
    matches!(unit, b"ns" | b"us" | b"\xc2\xb5s" | b"ms" | b"s" | b"sec" | b"secs" | b"m" | b"min" | b"h" | b"d")
}
