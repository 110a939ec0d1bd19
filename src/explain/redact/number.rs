//! Numbers with a check digit, telephone numbers and UUIDs.

use std::ops::Range;

use memchr::memchr_iter;

use super::network::{run, word_at, word_before};

/// 13 to 19 digits in one piece, or in the groups that are printed on cards, with the first digits of a card's issuer and
/// Luhn's check digit. A moment in milli-, micro- or nanoseconds since 1970 starts with 1, which no card does.
pub(super) fn cards(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_ascii_digit() || word_before(text, at) {
            at += 1;
            continue;
        }
        let first = run(text, at, |byte| byte.is_ascii_digit());
        let end = if first - at == 4 { grouped(text, at) } else { first };
        let mut digits = [0; 19];
        let mut length = 0;
        for digit in text[at..end].iter().filter(|byte| byte.is_ascii_digit()) {
            if let Some(place) = digits.get_mut(length) {
                *place = digit - b'0';
            }
            length += 1;
        }
        if digits.get(..length).is_some_and(|digits| is_issued(digits) && luhn(digits))
            && !word_at(text, end)
            && !(at > 0 && text[at - 1] == b'.')
        {
            add(at..end);
        }
        at = first;
    }
}

/// The end of groups of 4-4-4-4 or 4-6-5 digits joined by one kind of joint; the end of the first group where they are not.
fn grouped(text: &[u8], start: usize) -> usize {
    let first = start + 4;
    let Some(&joint) = text.get(first).filter(|byte| matches!(byte, b' ' | b'-')) else { return first };
    for sizes in [&[4, 4, 4][..], &[6, 5]] {
        let mut end = first;
        let fits = sizes.iter().all(|size| {
            let next = run(text, end + 1, |byte| byte.is_ascii_digit());
            let fits = text.get(end) == Some(&joint) && next == end + 1 + size;
            end = next;
            fits
        });
        if fits {
            return end;
        }
    }
    first
}

/// Whether the first digits and the length are those of a card scheme.
fn is_issued(digits: &[u8]) -> bool {
    if digits.len() < 13 {
        return false;
    }
    let start = digits[..4].iter().fold(0_u32, |number, &digit| number * 10 + u32::from(digit));
    match digits.len() {
        13 => (4000..5000).contains(&start),
        14 => matches!(start / 100, 36 | 38 | 39) || (3000..3060).contains(&start),
        15 => matches!(start / 100, 34 | 37),
        16 => {
            matches!(start / 100, 35 | 40..=59 | 62 | 65 | 67 | 81)
                || (2200..2721).contains(&start)
                || (6440..6500).contains(&start)
                || start == 6011
        }
        17..=19 => matches!(start / 100, 40..=50 | 56..=69),
        _ => false,
    }
}

/// The check digit of ISO/IEC 7812-1, annex B.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Two letters, two check digits and 11 to 30 letters and digits, in one piece or in groups of four.
pub(super) fn ibans(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let mut at = 0;
    while at + 4 <= text.len() {
        let head = &text[at..at + 4];
        let begins = head[..2].iter().all(u8::is_ascii_uppercase) && head[2..].iter().all(u8::is_ascii_digit);
        if !begins || word_before(text, at) {
            at += 1;
            continue;
        }
        let mut end = run(text, at, is_part);
        if end == at + 4 {
            // Groups of four, the last one of one to four; at most 34 letters and digits in 9 groups.
            for _ in 0..8 {
                let next = run(text, end + 1, is_part);
                if text.get(end) != Some(&b' ') || next == end + 1 || next > end + 5 {
                    break;
                }
                let full = next == end + 5;
                end = next;
                if !full {
                    break;
                }
            }
            // What follows may be a word of its own in capitals: the longest number whose check digits are right.
            while end > at + 4 && !is_iban(&text[at..end]) {
                end = at + text[at..end].iter().rposition(|&byte| byte == b' ').unwrap_or(0);
            }
        }
        if is_iban(text.get(at..end).unwrap_or_default()) && !word_at(text, end) {
            add(at..end);
        }
        at = end.max(at + 1);
    }
}

/// ISO 7064's remainder by 97, letters as 10 to 35, the first four characters last.
fn is_iban(text: &[u8]) -> bool {
    let length = text.iter().filter(|&&byte| byte != b' ').count();
    if !(15..=34).contains(&length) {
        return false;
    }
    let (head, tail) = text.split_at(4);
    let remainder = tail.iter().chain(head).filter(|&&byte| byte != b' ').fold(0_u32, |remainder, &byte| {
        let longer = match byte {
            b'0'..=b'9' => remainder * 10 + u32::from(byte - b'0'),
            _ => remainder * 100 + u32::from(byte - b'A') + 10,
        };
        longer % 97
    });
    remainder == 1
}

/// `+`, a country's code and 7 to 14 further digits, with blanks, hyphens, dots and brackets between.
pub(super) fn phones(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    for at in memchr_iter(b'+', text) {
        if word_before(text, at) || !matches!(text.get(at + 1), Some(b'1'..=b'9')) {
            continue;
        }
        let (mut end, mut digits, mut joints) = (at + 1, 0, 0);
        let mut next = end;
        while let Some(&byte) = text.get(next) {
            next += 1;
            match byte {
                b'0'..=b'9' if digits < 16 => {
                    (digits, joints, end) = (digits + 1, 0, next);
                }
                b' ' | b'-' | b'.' | b'(' | b')' if joints < 2 => joints += 1,
                _ => break,
            }
        }
        // `+1000 1234567` is an offset from UTC and a number.
        let offset = run(text, at + 1, |byte| byte.is_ascii_digit()) == at + 5 && text.get(at + 5) == Some(&b' ');
        if (8..=15).contains(&digits) && !offset && !word_at(text, end) {
            add(at..end);
        }
    }
}

/// 32 hexadecimal digits in groups of 8-4-4-4-12.
pub(super) fn uuids(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let mut at = 0;
    while at + 36 <= text.len() {
        if !text[at].is_ascii_hexdigit() || word_before(text, at) {
            at += 1;
            continue;
        }
        let is_uuid = text[at..at + 36].iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
        if is_uuid && !word_at(text, at + 36) {
            add(at..at + 36);
            at += 36;
        } else {
            at = run(text, at, |byte| byte.is_ascii_hexdigit());
        }
    }
}
