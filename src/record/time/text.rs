//! The many ways of writing a date and a clock.
//!
//! One cursor walks the text once. What the text begins with decides the order of its date; the clock, the zone and a year
//! at the end are read the same way for all. Nothing is skipped: what does not fit makes the text no time.
//!
//! | begins with | read as |
//! |---|---|
//! | `2026-02-06` `2026/02/06` `2026.02.06` | year, month, day |
//! | `06/Feb/2026` `06 Feb 2026` `06-Feb-26` | day, month, year |
//! | `02/06/2026` `06.02.2026` | month and day as the column says; with dots the day is first |
//! | `26/02/06` | year, month, day; where that is no date, as the line above |
//! | `02-06 10:30` `02.06 10:30` | month, day |
//! | `Feb  6` `Fri Feb 06` `Feb 6, 2026 @` | month, day, and a year now or behind the clock |
//! | `20260206` `260206` `I0206` `I260206` | without separators |
//! | `0206/103017` | month, day, clock without separators |
//! | `10:30:17` | clock only |

use super::{Completeness, DAY, SECOND, TimeFormat, YEARS, days_from_civil, days_in_month, in_range, is_date};
use super::{parse_fraction, parse_number};

/// The parts that a text names.
#[derive(Clone, Copy, Default)]
pub(super) struct Parts {
    date: Option<(Option<i32>, u32, u32)>,
    /// Nanoseconds since midnight.
    clock: Option<i64>,
    /// Minutes east of UTC.
    offset: Option<i64>,
    /// The whole moment, where two columns of numbers give it.
    instant: Option<i64>,
}

impl Parts {
    /// Whether the moment does not depend on the zone that a column is read in.
    pub(super) fn names_zone(self) -> bool {
        self.offset.is_some() || self.instant.is_some()
    }

    pub(super) fn resolve(self, format: TimeFormat) -> Option<(i64, Completeness)> {
        if let Some(instant) = self.instant {
            return Some((instant, Completeness::Full));
        }
        let offset = self.offset.unwrap_or_else(|| i64::from(format.offset_minutes));
        let clock = self.clock.unwrap_or(0) - offset * 60 * SECOND;
        match self.date {
            None => Some((self.clock.and(Some(clock))?, Completeness::ClockOnly)),
            Some((Some(year), month, day)) => {
                if !is_date(year, month, day) {
                    return None;
                }
                let time = in_range(days_from_civil(year, month, day) * DAY * SECOND + clock)?;
                Some((time, self.clock.map_or(Completeness::DateOnly, |_| Completeness::Full)))
            }
            Some((None, month, day)) => {
                // A leap day is a day of any base year: a text without a year cannot say better.
                if day < 1 || day > days_in_month(2000, month) || self.clock.is_none() {
                    return None;
                }
                let year = if format.base_year == 0 { 1970 } else { format.base_year.clamp(1970, 2200) };
                let before = format.year_end > 0 && month * 100 + day > u32::from(format.year_end);
                let year = year - i32::from(before);
                let time = days_from_civil(year, month, day) * DAY * SECOND + clock;
                Some((time, Completeness::NoYear))
            }
        }
    }
}

/// The parts of a trimmed text, `None` where it follows no known form.
pub(super) fn read(text: &[u8], day_first: bool) -> Option<Parts> {
    let mut cursor = Cursor { rest: text };
    if text.first()?.is_ascii_alphabetic() { cursor.begin_with_letter() } else { cursor.begin_with_digit(day_first) }
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn begin_with_letter(&mut self) -> Option<Parts> {
        let word = self.letters();
        if word == 1 && matches!(self.rest[0], b'I' | b'W' | b'E' | b'F' | b'D') {
            self.rest = &self.rest[1..];
            let date = match self.digits() {
                4 => (None, self.number(2)?, self.number(2)?),
                6 => (Some(century(self.number(2)?)), self.number(2)?, self.number(2)?),
                8 => (Some(self.number(4)?.cast_signed()), self.number(2)?, self.number(2)?),
                _ => return None,
            };
            self.spaces();
            return self.clock_and_zone(date);
        }
        if is_weekday(&self.rest[..word]) {
            self.rest = &self.rest[word..];
            self.eat(b',');
            self.eat(b'.');
            self.spaces();
        }
        match self.rest.first()? {
            b'0'..=b'9' => self.begin_with_digit(false),
            _ => self.month_day(),
        }
    }

    /// `Feb  6 10:30:17`, `Feb 6, 2026 @ 10:30:17.250`, `Feb 06 10:30:17.250 2026`, `Feb  6 10:30:17 UTC 2026`.
    fn month_day(&mut self) -> Option<Parts> {
        let month = self.month_name()?;
        self.eat(b'.');
        self.spaces();
        let day = self.number(2)?;
        self.eat(b',');
        self.spaces();
        let year = if self.digits() == 4 { Some(self.number(4)?.cast_signed()) } else { None };
        if year.is_some() {
            self.eat(b',');
            self.spaces();
            if self.rest.is_empty() {
                return Some(Parts { date: Some((year, month, day)), ..Parts::default() });
            }
            if !self.eat(b'@') && self.rest.starts_with(b"at ") {
                self.rest = &self.rest[2..];
            }
            self.spaces();
        }
        self.clock_and_zone((year, month, day))
    }

    fn begin_with_digit(&mut self, day_first: bool) -> Option<Parts> {
        let run = self.digits();
        let next = self.rest.get(run).copied().unwrap_or(0);
        match (run, next) {
            (4, b'/') if self.rest.get(5..11).is_some_and(|clock| clock.iter().all(u8::is_ascii_digit)) => {
                let (month, day) = (self.number(2)?, self.number(2)?);
                self.rest = &self.rest[1..];
                self.clock_and_zone((None, month, day))
            }
            (4, b'-' | b'/' | b'.' | b' ') => {
                let year = self.number(4)?;
                self.rest = &self.rest[1..];
                let month = if self.letters() > 0 { self.month_name()? } else { self.number(2)? };
                if !self.eat(next) {
                    return None;
                }
                let day = self.number(2)?;
                self.gap_clock_and_zone((Some(year.cast_signed()), month, day))
            }
            (1 | 2, b':') => {
                let clock = self.clock(true)?;
                self.end_with_zone(None, clock)
            }
            (1 | 2, b'/' | b'-' | b'.' | b' ') => self.small_first(next, day_first),
            (8, _) => {
                let date = (Some(self.number(4)?.cast_signed()), self.number(2)?, self.number(2)?);
                self.gap_clock_and_zone(date)
            }
            (14 | 17, _) => {
                let date = (Some(self.number(4)?.cast_signed()), self.number(2)?, self.number(2)?);
                self.clock_and_zone(date)
            }
            // Five digits: software that took the date for a number has cut its zero.
            (5 | 6, b' ' | b'-' | b'T') => {
                let year = century(self.number(run - 4)?);
                let date = (Some(year), self.number(2)?, self.number(2)?);
                // A clock that has lost its zeros too: 37 seconds after midnight.
                if let [b' ', seconds @ ..] = self.rest
                    && (1..=2).contains(&seconds.len())
                    && seconds.iter().all(u8::is_ascii_digit)
                {
                    self.rest = seconds;
                    let seconds = self.number(2).filter(|seconds| *seconds < 60)?;
                    return self.end_with_zone(Some(date), i64::from(seconds) * SECOND);
                }
                self.gap_clock_and_zone(date)
            }
            (9 | 10, b' ') => self.seconds_and_nanoseconds(run),
            _ => None,
        }
    }

    /// A date whose first number has one or two digits, with `separator` behind it.
    fn small_first(&mut self, separator: u8, day_first: bool) -> Option<Parts> {
        let first = self.number(2)?;
        self.rest = &self.rest[1..];
        if self.letters() > 0 {
            let month = self.month_name()?;
            let separated = self.eat(separator);
            self.spaces();
            let run = self.digits();
            let year = match (run, self.rest.get(run)) {
                (4, _) if separated => Some(self.number(4)?.cast_signed()),
                (2, Some(b' ')) if separated => Some(century(self.number(2)?)),
                _ if separated && self.rest.get(run) == Some(&b':') => {
                    return self.clock_and_zone((None, month, first));
                }
                _ => return None,
            };
            return self.gap_clock_and_zone((year, month, first));
        }
        if separator == b' ' {
            return None;
        }
        let second = self.number(2)?;
        let (month, day) = if day_first || separator == b'.' { (second, first) } else { (first, second) };
        if !self.eat(separator) {
            let (month, day) = if day_first { (second, first) } else { (first, second) };
            return self.gap_clock_and_zone((None, month, day));
        }
        let date = match self.digits() {
            4 => (Some(self.number(4)?.cast_signed()), month, day),
            2 => {
                let third = self.number(2)?;
                if is_date(century(first), second, third) {
                    (Some(century(first)), second, third)
                } else {
                    (Some(century(third)), month, day)
                }
            }
            _ => return None,
        };
        self.gap_clock_and_zone(date)
    }

    /// `1770370217 250000000`: what the two columns of a split instant give when joined.
    fn seconds_and_nanoseconds(&mut self, run: usize) -> Option<Parts> {
        let seconds = parse_number(&self.rest[..run])?;
        self.rest = &self.rest[run..];
        self.spaces();
        let run = self.digits();
        if run == 0 || run > 9 || run != self.rest.len() {
            return None;
        }
        let nanoseconds = self.rest.iter().fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        Some(Parts { instant: Some(seconds + nanoseconds), ..Parts::default() })
    }

    fn gap_clock_and_zone(&mut self, date: (Option<i32>, u32, u32)) -> Option<Parts> {
        if self.rest.is_empty() {
            return Some(Parts { date: Some(date), ..Parts::default() });
        }
        let before = self.rest.len();
        self.eat(b',');
        self.spaces();
        if let [b'T' | b't' | b'_' | b'-' | b':' | b'@', rest @ ..] = self.rest {
            self.rest = rest;
            self.spaces();
        }
        if self.rest.len() == before { None } else { self.clock_and_zone(date) }
    }

    fn clock_and_zone(&mut self, date: (Option<i32>, u32, u32)) -> Option<Parts> {
        let clock = self.clock(false)?;
        self.end_with_zone(Some(date), clock)
    }

    /// Nanoseconds since midnight of `10:30`, `10:30:17.25`, `10.30.17.25`, `9:30:17:250`, `103017.25`, `1:30:17 PM`.
    /// `alone`: no date stands before it, so that less is taken for a clock.
    fn clock(&mut self, alone: bool) -> Option<i64> {
        let run = self.digits();
        let (mut hour, minute, second, mut fraction) = if run <= 2 {
            let hour = self.number(2)?;
            let separator = self.eat_one_of(if alone { b":" } else { b":." })?;
            let minute = self.number(2)?;
            if self.eat(separator) {
                (hour, minute, self.number(2)?, 0)
            } else if alone {
                return None;
            } else {
                (hour, minute, 0, 0)
            }
        } else {
            // A number that lost its leading zeros, or the clock of a time without any separator.
            let digits = if run == 9 { 6 } else { run };
            if digits > 6 {
                return None;
            }
            let number = self.number(digits)?;
            (number / 10_000, number / 100 % 100, number % 100, 0)
        };
        match self.rest {
            [b'.' | b',', digits @ ..] => {
                let (value, used) = parse_fraction(digits)?;
                (fraction, self.rest) = (value, &digits[used..]);
            }
            // A number of milliseconds, with its zeros or without: `:7` is seven.
            [b':', digits @ ..] => {
                self.rest = digits;
                if self.digits() > 3 {
                    let (value, used) = parse_fraction(digits)?;
                    (fraction, self.rest) = (value, &digits[used..]);
                } else {
                    fraction = self.number(3)? * 1_000_000;
                }
            }
            [b'0'..=b'9', ..] if run == 9 => fraction = self.number(3)? * 1_000_000,
            _ => {}
        }
        let behind = self.rest;
        self.spaces();
        match self.rest {
            [half @ (b'A' | b'a' | b'P' | b'p'), b'M' | b'm', rest @ ..] if (1..=12).contains(&hour) => {
                self.rest = rest;
                hour = hour % 12 + if matches!(half, b'P' | b'p') { 12 } else { 0 };
            }
            _ => self.rest = behind,
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        Some(i64::from(hour * 3600 + minute * 60 + second) * SECOND + i64::from(fraction))
    }

    /// What stands behind a clock: a zone, a year (with its zone behind or before it), nothing else.
    fn end_with_zone(&mut self, mut date: Option<(Option<i32>, u32, u32)>, clock: i64) -> Option<Parts> {
        let mut offset = self.zone()?;
        self.spaces();
        if let Some((None, month, day)) = date
            && self.digits() == 4
        {
            let year = self.number(4)?.cast_signed();
            if !YEARS.contains(&year) {
                return None;
            }
            date = Some((Some(year), month, day));
            offset = offset.or(self.zone()?);
        }
        // Names of zones behind the offset that they stand for: `+0100 CET`, `+01:00[Europe/Berlin]`, `(UTC)`; and the
        // monotonic clock of Go.
        self.spaces();
        match self.rest {
            [] | [b'm', b'=', ..] => {}
            [b'[' | b'(', name @ .., b']' | b')'] if name.iter().all(|byte| is_of_zone_name(*byte)) => {}
            [name @ .., _] if offset.is_some() => {
                let end = name.iter().position(|byte| *byte == b' ').unwrap_or(self.rest.len());
                let (name, behind) = self.rest.split_at(end);
                let fits = name.len() <= 5 && name.iter().all(u8::is_ascii_uppercase);
                if !fits || !(behind.is_empty() || behind.starts_with(b" m=")) {
                    return None;
                }
            }
            _ => return None,
        }
        Some(Parts { date, clock: Some(clock), offset, instant: None })
    }

    /// The zone's minutes east of UTC, `Some(None)` where none is named, `None` where it cannot be one.
    #[expect(clippy::option_option, reason = "no zone and a broken zone are two things")]
    fn zone(&mut self) -> Option<Option<i64>> {
        let before = self.rest;
        self.spaces();
        let word = self.letters();
        let mut offset = None;
        if word > 0 {
            let Some(minutes) = zone_name(&self.rest[..word]) else {
                self.rest = before;
                return Some(None);
            };
            self.rest = &self.rest[word..];
            offset = Some(minutes);
        }
        if let [sign @ (b'+' | b'-'), rest @ ..] = self.rest
            && (word == 0 || offset == Some(0))
        {
            self.rest = rest;
            let run = self.digits();
            let hours = if run == 4 || run == 2 || run == 1 { self.number(run.min(2))? } else { return None };
            let minutes = if run == 4 || self.eat(b':') { self.number(2)? } else { 0 };
            if hours > 18 || minutes > 59 {
                return None;
            }
            let minutes = i64::from(hours * 60 + minutes);
            offset = Some(if *sign == b'-' { -minutes } else { minutes });
        }
        if offset.is_none() {
            self.rest = before;
        }
        Some(offset)
    }

    fn month_name(&mut self) -> Option<u32> {
        const NAMES: [&[u8]; 12] = [
            b"january",
            b"february",
            b"march",
            b"april",
            b"may",
            b"june",
            b"july",
            b"august",
            b"september",
            b"october",
            b"november",
            b"december",
        ];
        let (word, rest) = self.rest.split_at(self.letters());
        let month = NAMES.iter().position(|name| is_abbreviation(word, name))?;
        self.rest = rest;
        Some(month as u32 + 1)
    }

    /// The next digits, `most` at most, as a number; `None` without any.
    fn number(&mut self, most: usize) -> Option<u32> {
        let run = self.digits().min(most).min(9);
        let (digits, rest) = self.rest.split_at(run);
        self.rest = rest;
        (run > 0).then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
    }

    fn digits(&self) -> usize {
        self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn letters(&self) -> usize {
        self.rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count()
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.eat_one_of(&[byte]).is_some()
    }

    fn eat_one_of(&mut self, bytes: &[u8]) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        if !bytes.contains(first) {
            return None;
        }
        self.rest = rest;
        Some(*first)
    }

    /// Blanks, and the narrow ones that newer ICU data writes before AM and PM.
    fn spaces(&mut self) {
        while let [b' ' | b'\t', rest @ ..] | [0xE2, 0x80, 0xAF, rest @ ..] | [0xC2, 0xA0, rest @ ..] = self.rest {
            self.rest = rest;
        }
    }
}

/// 70 is 1970, 69 is 2069.
fn century(two_digits: u32) -> i32 {
    two_digits.cast_signed() + if two_digits < 70 { 2000 } else { 1900 }
}

/// Three letters or more of a name, in any case (`Sept` too).
fn is_abbreviation(word: &[u8], name: &[u8]) -> bool {
    word.len() >= 3 && name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn is_weekday(word: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] = [b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday"];
    NAMES.iter().any(|name| is_abbreviation(word, name))
}

fn is_of_zone_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+' | b':')
}

/// Minutes east of UTC. Names that several zones share (IST, AST) are left out.
fn zone_name(word: &[u8]) -> Option<i64> {
    #[rustfmt::skip]
    const NAMES: [(&str, i64); 28] = [
        ("Z", 0), ("UTC", 0), ("GMT", 0), ("UT", 0), ("WET", 0), ("WEST", 60), ("BST", 60), ("CET", 60),
        ("CEST", 120), ("EET", 120), ("EEST", 180), ("MSK", 180), ("HKT", 480), ("SGT", 480), ("JST", 540),
        ("KST", 540), ("AEST", 600), ("AEDT", 660), ("NZST", 720), ("NZDT", 780), ("EST", -300), ("EDT", -240),
        ("CST", -360), ("CDT", -300), ("PST", -480), ("PDT", -420),
        ("MST", -420), ("MDT", -360),
    ];
    NAMES.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes())).map(|(_, offset)| *offset)
}
