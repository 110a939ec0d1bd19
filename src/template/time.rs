//! Dates, times of day and durations inside messages.

use super::lex::{CHUNK, alphanumeric_at, class_at};

const MONTHS: [&[u8; 3]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
const WEEKDAYS: [&[u8; 3]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];

fn digits(text: &[u8], at: usize) -> usize {
    text.get(at..).unwrap_or_default().iter().take(10).take_while(|byte| byte.is_ascii_digit()).count()
}

fn is_month(text: &[u8], at: usize) -> bool {
    text.get(at..at + 3).is_some_and(|word| MONTHS.iter().any(|month| *month == word)) && !alphanumeric_at(text, at + 3)
}

/// Whether a word names a month or a day of the week, with which a date may begin.
pub(super) fn is_name(word: &[u8]) -> bool {
    MONTHS.iter().chain(&WEEKDAYS).any(|name| name.as_slice() == word)
}

fn blanks(text: &[u8], at: usize) -> usize {
    text.get(at..).unwrap_or_default().iter().take(2).take_while(|byte| **byte == b' ').count()
}

/// The end of a time of day: `9:05`, `09:05:07`, `09:05:07.123`, `09:05:07,123`.
pub(super) fn time_of_day(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let mut groups = 0;
    loop {
        let found = digits(text, at);
        let fits = if groups == 0 { (1..=2).contains(&found) } else { found == 2 && text[at] < b'6' };
        if !fits {
            return None;
        }
        at += found;
        groups += 1;
        if groups == 4 || text.get(at) != Some(&b':') || digits(text, at + 1) == 0 {
            break;
        }
        at += 1;
    }
    if let Some(b'.' | b',') = text.get(at) {
        let fraction = digits(text, at + 1);
        // A comma also separates values; a fraction behind one is milliseconds.
        if text[at] == b'.' && fraction > 0 || fraction == 3 {
            at += 1 + fraction;
        }
    }
    // More numbers behind it make it a version.
    let more = matches!(text.get(at), Some(b'.' | b'-' | b'+' | b'~')) && alphanumeric_at(text, at + 1) && groups == 2;
    (groups >= 2 && !more && !alphanumeric_at(text, at) && text.get(at) != Some(&b':')).then_some(at)
}

/// The end of a date in digits, with a time of day if one follows: `2015-07-29T17:41:44.747Z`, `2016/9/27:20:40:53.744`,
/// `29/Jul/2015:17:41:44 +0000`, `29.07.2015`.
pub(super) fn date(text: &[u8], start: usize) -> Option<usize> {
    let first = digits(text, start);
    let separator = *text.get(start + first)?;
    if !matches!(separator, b'-' | b'/' | b'.') || !matches!(first, 1 | 2 | 4) {
        return None;
    }
    let second = start + first + 1;
    let month = if is_month(text, second) && first <= 2 { 3 } else { digits(text, second) };
    if !(1..=3).contains(&month)
        || month == 3 && text[second].is_ascii_digit()
        || text.get(second + month) != Some(&separator)
    {
        return None;
    }
    let third = second + month + 1;
    let last = digits(text, third);
    let fits = if first == 4 { (1..=2).contains(&last) } else { last == 4 || last == 2 && month == 3 };
    if !fits || text.get(third + last) == Some(&b'.') && digits(text, third + last + 1) > 0 {
        return None;
    }
    let mut at = third + last;
    let year = if first == 4 { &text[start..start + 4] } else { &text[third..at] };
    // The year 1 is how some programs write that there is no time.
    if year.len() == 4 && !matches!(year, [b'1', b'9', ..] | [b'2', b'0', ..] | b"0001") {
        return None;
    }
    if let Some(b'T' | b't' | b':' | b'_' | b'-' | b' ') = text.get(at)
        && let Some(end) = clock(text, at + 1)
    {
        at = end;
    } else {
        // `2005-06-03-15.42.50.675872`
        at += text[at..].iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.')).count();
        while matches!(text[at - 1], b'-' | b'.') {
            at -= 1;
        }
    }
    let ends = matches!(text.get(at), Some(b'.' | b'!' | b'?' | b'-')) && class_at(text, at + 1) & CHUNK == 0;
    (class_at(text, at) & CHUNK == 0 || ends).then_some(at)
}

/// A time of day with its zone.
fn clock(text: &[u8], at: usize) -> Option<usize> {
    // Zones stand where a time of day may not end.
    let zone = text.get(at..)?.iter().take(24).position(|byte| matches!(byte, b'Z' | b'z'));
    let end = match zone {
        Some(length) if !alphanumeric_at(text, at + length + 1) => {
            let end = time_of_day(&text[..at + length], at)?;
            return (end == at + length).then_some(end + 1);
        }
        _ => time_of_day(text, at)?,
    };
    let end = offset(text, end).unwrap_or(end);
    let named = matches!(text.get(end..end + 4), Some(b" UTC" | b" GMT")) && !alphanumeric_at(text, end + 4);
    Some(if named { end + 4 } else { end })
}

/// The end of `+0100`, ` +01:00`.
fn offset(text: &[u8], at: usize) -> Option<usize> {
    let signed = at + usize::from(text.get(at) == Some(&b' '));
    if !matches!(text.get(signed)?, b'+' | b'-') {
        return None;
    }
    match digits(text, signed + 1) {
        4 if !alphanumeric_at(text, signed + 5) => Some(signed + 5),
        2 if text.get(signed + 3) == Some(&b':') && digits(text, signed + 4) == 2 => Some(signed + 6),
        _ => None,
    }
}

/// The end of a date with a month's name: `Jun 18 02:08:10`, `Sat Jun 18 02:08:10 UTC 2005`, `Sat, 18 Jun 2005 02:08:10`.
pub(super) fn named_date(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    let weekday = text.get(at..at + 3).is_some_and(|word| WEEKDAYS.iter().any(|day| *day == word));
    if weekday {
        at += 3 + usize::from(text.get(at + 3) == Some(&b','));
        at += blanks(text, at);
    }
    if is_month(text, at) {
        at += 3 + blanks(text, at + 3);
        let day = digits(text, at);
        if !(1..=2).contains(&day) {
            return None;
        }
        at += day;
        at += usize::from(text.get(at) == Some(&b','));
    } else if weekday && (1..=2).contains(&digits(text, at)) {
        at += digits(text, at);
        at += blanks(text, at);
        if !is_month(text, at) {
            return None;
        }
        at += 3;
    } else {
        return None;
    }
    // A year may stand before the time of day or behind it.
    let year = |at: usize| {
        let from = at + blanks(text, at);
        (from > at && digits(text, from) == 4 && !alphanumeric_at(text, from + 4)).then_some(from + 4)
    };
    let before = year(at).unwrap_or(at);
    let Some(mut end) = clock(text, before + blanks(text, before)) else {
        return (before > at).then_some(before);
    };
    let zone =
        text.get(end + 1..).unwrap_or_default().iter().take(5).take_while(|byte| byte.is_ascii_uppercase()).count();
    if (3..=4).contains(&zone) && year(end + 1 + zone).is_some() {
        end += 1 + zone;
    }
    Some(year(end).unwrap_or(end))
}

/// `1h30m`, `1m2.5s`, as Go writes durations.
pub(super) fn is_compound_duration(chunk: &[u8]) -> bool {
    let mut number = false;
    for &byte in chunk {
        match byte {
            b'0'..=b'9' | b'.' => number = true,
            b'h' | b'm' | b's' | b'd' if number => number = false,
            b's' if !number => {}
            _ => return false,
        }
    }
    !number
}
