//! Durations: text or numbers → milliseconds.
//!
//! A number has a unit that its text does not tell. [`DurationFormat::detect`] looks for it in the field's name, in the
//! values, in what is known of the logger that writes such fields, and last guesses from the size; [`UnitReason`] says which,
//! so that a person can be shown a guess as one.

mod source;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::alias::Key;
use super::role::is_missing;
use crate::common::text::parse_digits;

/// No form of a duration is longer, in bytes; what is, is none.
const LONGEST: usize = 128;

/// The unit of a plain number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DurationUnit {
    /// 1e-9 s.
    Nanoseconds,
    /// 1e-6 s.
    Microseconds,
    /// 1e-3 s.
    #[default]
    Milliseconds,
    /// 1 s.
    Seconds,
    /// 60 s.
    Minutes,
}

impl DurationUnit {
    /// Every unit, the smallest first.
    pub const ALL: [Self; 5] =
        [Self::Nanoseconds, Self::Microseconds, Self::Milliseconds, Self::Seconds, Self::Minutes];

    /// The name in settings.
    pub fn long_name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "nanoseconds",
            Self::Microseconds => "microseconds",
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
        }
    }

    /// As written behind a number.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nanoseconds => "ns",
            Self::Microseconds => "µs",
            Self::Milliseconds => "ms",
            Self::Seconds => "s",
            Self::Minutes => "min",
        }
    }

    /// A number of this unit in milliseconds.
    pub fn to_milliseconds(self, number: f64) -> f64 {
        // Divisions where they are exact in decimal: 1e-3 is no binary fraction.
        match self {
            Self::Nanoseconds => number / 1e6,
            Self::Microseconds => number / 1e3,
            Self::Milliseconds => number,
            Self::Seconds => number * 1e3,
            Self::Minutes => number * 6e4,
        }
    }

    /// [`Self::to_milliseconds`] the other way.
    fn of_milliseconds(self, number: f64) -> f64 {
        match self {
            Self::Nanoseconds => number * 1e6,
            Self::Microseconds => number * 1e3,
            Self::Milliseconds => number,
            Self::Seconds => number / 1e3,
            Self::Minutes => number / 6e4,
        }
    }

    /// The unit of a word: `ms`, `millis`, `seconds`, `µs` and their like, in lower case.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "ns" | "nano" | "nanos" | "nsec" | "nsecs" | "nanosecond" | "nanoseconds" => Self::Nanoseconds,
            "us" | "µs" | "μs" | "micro" | "micros" | "usec" | "usecs" | "microsecond" | "microseconds" => {
                Self::Microseconds
            }
            "ms" | "milli" | "millis" | "msec" | "msecs" | "millisecond" | "milliseconds" => Self::Milliseconds,
            "s" | "sec" | "secs" | "second" | "seconds" => Self::Seconds,
            "min" | "mins" | "minute" | "minutes" => Self::Minutes,
            _ => return None,
        })
    }
}

/// Where the unit of a field comes from, the surest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum UnitReason {
    /// The field's name says it.
    Key,
    /// The values say it.
    Value,
    /// The logger is known by its fields.
    KnownSource,
    /// The size of the values; to be shown as a guess.
    Guess,
}

/// How the text of a duration field is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct DurationFormat {
    /// The unit of a number that names none.
    pub unit: DurationUnit,
    /// Whether the unit is a guess from the size of the values, to be shown as one.
    pub guessed: bool,
}

impl DurationFormat {
    /// Milliseconds of a plain number (`12.5`), a number with its unit (`250ms`, `1m2.3s`, `3.5 µs`), ISO 8601 (`PT0.25S`), a
    /// clock (`01:02:03.5`, `1.02:03:04`) or a list to be added (`0.004, 0.012`). `None` where the text is none of them,
    /// negative, `-` or not finite.
    pub fn parse(&self, text: &[u8]) -> Option<f64> {
        match parse_digits(text) {
            Some(number) => Some(self.unit.to_milliseconds(number)),
            None => self.parse_any(text),
        }
    }

    /// [`Self::parse`] of a text that is not only digits.
    fn parse_any(self, text: &[u8]) -> Option<f64> {
        let text = std::str::from_utf8(text.get(..LONGEST + 1).unwrap_or(text)).ok()?.trim();
        if text.len() > LONGEST {
            return None;
        }
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        if let Some(number) = plain_number(text) {
            return finite(self.unit.to_milliseconds(number));
        }
        if text.contains(", ") || text.contains(" : ") {
            return self.parse_list(text);
        }
        finite(match text.as_bytes().first()? {
            b'P' | b'p' => iso_milliseconds(text)?,
            b'0'..=b'9' if text.contains(':') => clock_milliseconds(text)?,
            b'0'..=b'9' | b'.' => unit_milliseconds(text)?,
            _ => return None,
        })
    }

    /// A text without a unit as it is in another unit; `None` where it names its own, is none, or the units are one.
    pub fn in_unit(&self, text: &[u8], unit: DurationUnit) -> Option<String> {
        let exponent = |byte: &u8| matches!(byte, b'e' | b'E');
        let names_unit = text.iter().any(|byte| byte.is_ascii_alphabetic() && !exponent(byte));
        let is_clock = text.contains(&b':') && !text.windows(3).any(|part| part == b" : ");
        if self.unit == unit || names_unit || is_clock {
            return None;
        }
        // What no binary fraction can be shows in the last digits: 1.005 s are 1004.9999999999999 ms.
        let rounded = format!("{:.14e}", unit.of_milliseconds(self.parse(text)?));
        rounded.parse::<f64>().ok().map(|number| number.to_string())
    }

    /// One time per upstream as nginx writes them; `-` is one that never answered.
    fn parse_list(self, text: &str) -> Option<f64> {
        let mut sum = None;
        for part in text.split(", ").flat_map(|part| part.split(" : ")).filter(|part| *part != "-") {
            sum = Some(sum.unwrap_or(0.0) + self.unit.to_milliseconds(plain_number(part)?));
        }
        finite(sum?)
    }

    /// Reads the unit from the field's name, its siblings' names and sampled values; and the share (0..=1) of the values that
    /// parse with it. Values that stand for "no value" (`-`, `-1`) do not count; without any other the share is 0.
    pub fn detect(key: &str, siblings: &[&str], samples: &[&str]) -> (Self, f64, UnitReason) {
        let samples: Vec<&str> = samples
            .iter()
            .map(|sample| sample.trim())
            .filter(|sample| !is_missing(sample.as_bytes()) && *sample != "-1")
            .collect();
        let mut numbers: Vec<f64> = samples.iter().filter_map(|sample| plain_number(sample)).collect();
        numbers.sort_by(f64::total_cmp);
        let with_unit = samples
            .iter()
            .filter(|sample| plain_number(sample).is_none() && Self::default().parse(sample.as_bytes()).is_some());
        let by_value = with_unit.count() * 2 > samples.len();
        let siblings: BTreeSet<String> = siblings.iter().map(|name| Key::new(name).name).collect();
        let values = source::Values {
            median: numbers.get(numbers.len() / 2).copied().unwrap_or(0.0),
            decimals: samples.iter().any(|sample| sample.contains('.')),
        };
        let name = Key::new(key);
        let (unit, reason) = if let Some(unit) = unit_of_key(&name) {
            (unit, UnitReason::Key)
        } else if by_value {
            (DurationUnit::Milliseconds, UnitReason::Value)
        } else if let Some(unit) = source::known_unit(key, &name, &siblings, &values) {
            (unit, UnitReason::KnownSource)
        } else {
            (source::guess(&values), UnitReason::Guess)
        };
        let format = Self { unit, guessed: reason == UnitReason::Guess };
        let parsed = samples.iter().filter(|sample| format.parse(sample.as_bytes()).is_some()).count();
        (format, parsed as f64 / samples.len().max(1) as f64, reason)
    }
}

fn finite(number: f64) -> Option<f64> {
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// Digits with one point and an exponent at most, or thousands parted by commas; no sign, no `inf`.
fn plain_number(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.') {
        return None;
    }
    if let Some(number) = whole_thousands(bytes) {
        return Some(number);
    }
    let fits = bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    if fits { text.parse().ok() } else { None }
}

/// `1,234,567`.
fn whole_thousands(bytes: &[u8]) -> Option<f64> {
    let mut groups = bytes.split(|byte| *byte == b',');
    let first = groups.next()?;
    let mut value = whole(first).filter(|_| first.len() <= 3)?;
    let mut any = false;
    for group in groups {
        value = value * 1000.0 + whole(group).filter(|_| group.len() == 3)?;
        any = true;
    }
    any.then_some(value)
}

fn whole(digits: &[u8]) -> Option<f64> {
    let fits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    fits.then(|| digits.iter().fold(0.0, |sum, digit| sum * 10.0 + f64::from(digit - b'0')))
}

/// `250ms`, `1h2m3.5s`, `1.5 s`: numbers, each with its unit.
fn unit_milliseconds(text: &str) -> Option<f64> {
    let (mut rest, mut sum) = (text, 0.0);
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, behind) = rest.split_at(end);
        let number = plain_number(number)?;
        let behind = behind.trim_start();
        let end = behind.find(|character: char| !character.is_alphabetic()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        sum += match unit {
            "d" | "day" | "days" => number * 864e5,
            "h" | "hr" | "hour" | "hours" => number * 36e5,
            "m" => number * 6e4,
            unit => DurationUnit::of_word(unit).or_else(|| capital_unit(unit))?.to_milliseconds(number),
        };
        rest = behind.trim_start();
    }
    Some(sum)
}

/// `MS`, `Sec`, `Seconds`.
fn capital_unit(unit: &str) -> Option<DurationUnit> {
    let mut lower = [0_u8; 12];
    let lower = lower.get_mut(..unit.len())?;
    lower.copy_from_slice(unit.as_bytes());
    lower.make_ascii_lowercase();
    DurationUnit::of_word(std::str::from_utf8(lower).ok()?)
}

/// `PT0.25S`, `P1DT2H3M4.5S`.
fn iso_milliseconds(text: &str) -> Option<f64> {
    let (mut rest, mut sum, mut in_time, mut any) = (text.get(1..)?, 0.0, false, false);
    while let Some(first) = rest.chars().next() {
        if matches!(first, 'T' | 't') && !in_time {
            (in_time, rest) = (true, &rest[1..]);
            continue;
        }
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let number = plain_number(&rest[..end])?;
        sum += number
            * match (rest.as_bytes()[end], in_time) {
                (b'W' | b'w', false) => 6048e5,
                (b'D' | b'd', false) => 864e5,
                (b'H' | b'h', true) => 36e5,
                (b'M' | b'm', true) => 6e4,
                (b'S' | b's', true) => 1e3,
                _ => return None,
            };
        (any, rest) = (true, &rest[end + 1..]);
    }
    any.then_some(sum)
}

/// `01:02:03.5`, and with days before it `1.02:03:04.5`.
fn clock_milliseconds(text: &str) -> Option<f64> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let minutes = whole(minutes.as_bytes()).filter(|minutes| *minutes < 60.0)?;
    let seconds = plain_number(seconds).filter(|seconds| *seconds < 61.0)?;
    let hours = whole(days.as_bytes())? * 24.0 + whole(hours.as_bytes())?;
    Some((hours * 60.0 + minutes) * 6e4 + seconds * 1e3)
}

/// The unit in brackets behind a name, or in its last word.
fn unit_of_key(key: &Key) -> Option<DurationUnit> {
    let of_hint = DurationUnit::of_word(&key.hint);
    let word = key.last_word();
    // A name that is nothing but a letter or a word of other meanings is no unit; `latency_min` is the smallest latency.
    let is_unit = word.len() < key.name.len() || matches!(word, "ms" | "us" | "ns" | "msec" | "usec" | "nsec");
    let of_word = if is_unit && word != "min" { DurationUnit::of_word(word) } else { None };
    let long = ["milliseconds", "microseconds", "nanoseconds", "millis", "micros", "nanos", "seconds"];
    let joined = || long.iter().find(|unit| word.ends_with(**unit)).and_then(|unit| DurationUnit::of_word(unit));
    of_hint.or(of_word).or_else(joined)
}

#[cfg(test)]
mod tests;
