//! Texts in a search → times, durations, levels.

use crate::filter::condition::Range;
use crate::record::level::LevelScale;
use crate::record::time::Completeness;
use crate::record::{DurationFormat, DurationUnit, Level, TimeFormat};

const SECOND: i64 = 1_000_000_000;
/// A day in nanoseconds.
pub(in crate::filter) const DAY: i64 = 86_400 * SECOND;

/// The first and the last nanosecond that a text stands for: a date is a whole day, `10:30` a whole minute. `-3h` is the
/// last three hours of the log, a clock alone beside another form of time is on its last day.
pub(super) fn time(text: &str, times: Option<(i64, i64)>) -> Result<(i64, i64), String> {
    let wrong = || {
        format!(
            "{text:?} is no time: write it as 2026-02-06T10:30, 2026-02-06, 10:30, or -3h for the log's last three hours."
        )
    };
    if let Some(span) = text.strip_prefix('-') {
        let span = span_of(span).ok_or_else(wrong)?;
        let (_, last) = times.ok_or("This log has no times to count back from.")?;
        return Ok((last.saturating_sub(span), i64::MAX));
    }
    let (start, length, is_clock) = written(text).ok_or_else(wrong)?;
    let start = match times.filter(|_| is_clock) {
        Some((_, last)) => start.rem_euclid(DAY) + last.div_euclid(DAY) * DAY,
        None => start,
    };
    Ok((start, start.saturating_add(length - 1)))
}

/// The first and the last nanosecond of a day that a clock alone stands for: of every day of the log.
pub(super) fn clock(text: &str) -> Option<(i64, i64)> {
    let (start, length, is_clock) = written(text)?;
    let start = start.rem_euclid(DAY);
    is_clock.then_some((start, start + length - 1))
}

/// The beginning and the length of a time, and whether it is a clock alone.
fn written(text: &str) -> Option<(i64, i64, bool)> {
    let format = TimeFormat::default();
    // A date and a clock up to the minute are how people write a time, and not how logs do.
    let colons = text.bytes().filter(|byte| *byte == b':').count();
    let clock = text.get(..16).filter(|_| text.len() == 16 && colons == 1).map(|text| format!("{text}:00"));
    let full = clock.as_deref().unwrap_or(text);
    let short = text.len() == 5 && colons == 1;
    let full = if short { format!("{full}:00") } else { full.to_owned() };
    let start = format.parse(full.as_bytes())?;
    let completeness = format.completeness(full.as_bytes());
    let length = match completeness {
        Some(Completeness::DateOnly) => DAY,
        _ if clock.is_some() || short => 60 * SECOND,
        _ if text.contains(':') => fraction(text),
        _ => 1,
    };
    Some((start, length, matches!(completeness, Some(Completeness::ClockOnly))))
}

/// The length of the last digit that is given of a second.
fn fraction(text: &str) -> i64 {
    let behind = text.rsplit(':').find(|part| part.contains(['.', ','])).unwrap_or_default();
    let digits = behind.split(['.', ',']).nth(1).unwrap_or_default();
    let digits = digits.bytes().take_while(u8::is_ascii_digit).take(9).count();
    (0..digits).fold(SECOND, |length, _| length / 10).max(1)
}

/// `3h`, `15m`, `2d`, `30s`, `500ms`, `1w`, `1h30m`: nanoseconds.
fn span_of(text: &str) -> Option<i64> {
    let mut rest = text;
    let mut sum = 0_i64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let unit = match &rest[..letters] {
            "ms" => SECOND / 1000,
            "s" | "sec" => SECOND,
            "m" | "min" => 60 * SECOND,
            "h" => 3600 * SECOND,
            "d" => DAY,
            "w" => 7 * DAY,
            _ => return None,
        };
        rest = &rest[letters..];
        sum = sum.checked_add(number.checked_mul(unit)?)?;
    }
    (!text.is_empty()).then_some(sum)
}

/// Milliseconds. `unit`: of a number without one.
pub(super) fn duration(text: &str, unit: DurationUnit) -> Option<f64> {
    DurationFormat { unit, guessed: false }.parse(text.as_bytes())
}

/// What to say of a text that is no duration.
pub(super) fn no_duration(text: &str, unit: DurationUnit) -> String {
    format!("{text:?} is no duration: write it as 1.5s, 250ms, or 250 for {}.", unit.long_name())
}

/// A level by any of its names.
pub(super) fn level(text: &str) -> Result<Level, String> {
    if text.eq_ignore_ascii_case("unknown") {
        return Ok(Level::Unknown);
    }
    // What stands in a log may say more than a level; a search that does means something else.
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '+');
    let level = if text.chars().all(is_word) { LevelScale::Text.parse(text.as_bytes()) } else { Level::Unknown };
    match level {
        Level::Unknown => {
            let names: Vec<String> = Level::ALL.iter().map(|level| level.name().to_lowercase()).collect();
            Err(format!("{text:?} is no level: there are {}.", names.join(", ")))
        }
        level => Ok(level),
    }
}

/// A range of numbers between two ends, each with whether it is open.
pub(super) fn range(
    (low, high, low_open, high_open): (Option<&str>, Option<&str>, bool, bool),
    read: &dyn Fn(&str) -> Option<f64>,
    wrong: &dyn Fn(&str) -> String,
) -> Result<Range, String> {
    let end = |text: Option<&str>, otherwise: f64| match text {
        Some(text) => read(text).ok_or_else(|| wrong(text)),
        None => Ok(otherwise),
    };
    let range = Range { low: end(low, f64::NEG_INFINITY)?, high: end(high, f64::INFINITY)?, low_open, high_open };
    if let Some((from, to)) = low.zip(high) {
        in_order(range.low <= range.high, from, to)?;
    }
    Ok(range)
}

/// A range whose ends are swapped would hold for no row, without a word.
pub(super) fn in_order(is: bool, from: &str, to: &str) -> Result<(), String> {
    if is { Ok(()) } else { Err(format!("This range ends before it begins: write [{to} TO {from}].")) }
}
