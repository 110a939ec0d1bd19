//! Times: text or numbers → nanoseconds since the Unix epoch.
//!
//! ```text
//! 2026-02-06T10:30:17.25+01:00   the shape of nearly every log: a fast path of its own
//! 1770370217250                  a number: seconds, ms, µs or ns, told by its size
//! Feb  6 10:30:17                the other forms, one reader for all: [`text`]
//! ```
//!
//! A text that has no zone is read at [`TimeFormat::offset_minutes`], one without a year in [`TimeFormat::base_year`], one
//! that is only a clock on 1 January 1970. A log of a year-less form that runs over New Year is for the caller to notice:
//! a text alone cannot tell.

mod text;

use serde::{Deserialize, Serialize};

use super::role::is_missing;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;
/// Years that a log can be of; other numbers are no times.
const YEARS: std::ops::RangeInclusive<i32> = 1990..=2100;
const EARLIEST: i64 = days_from_civil(1990, 1, 1) * DAY * SECOND;
const END: i64 = days_from_civil(2101, 1, 1) * DAY * SECOND;
/// No form of a time is longer; what is, is no time.
const LONGEST: usize = 80;

/// So far back no clock is set and no line is late: the next day has begun.
const BACK_TO_MIDNIGHT: i64 = 6 * 3_600 * SECOND;

/// How the text of a time column is read. Times are i64 nanoseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct TimeFormat {
    /// `05/04/2026` is 5 April, not 4 May.
    pub day_first: bool,
    /// The year of a text that has none; 0 is 1970.
    pub base_year: i32,
    /// The last month and day (`month * 100 + day`) of `base_year`: a later one without a year is of the year before. 0 where
    /// all are of one year.
    pub year_end: u16,
    /// Minutes east of UTC where the text has no zone.
    pub offset_minutes: i16,
}

/// How much of a moment a text tells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Completeness {
    /// Hours and minutes without a date.
    ClockOnly,
    /// A date without hours and minutes.
    DateOnly,
    /// All but the year.
    NoYear,
    /// All.
    Full,
}

impl TimeFormat {
    /// Nanoseconds since the epoch. `None` where the text is no time of 1990..=2100; a form without a year is taken in
    /// `base_year`, one without a date on 1 January 1970.
    #[inline]
    pub fn parse(&self, text: &[u8]) -> Option<i64> {
        match parse_iso(text, self.offset_minutes, minute_of) {
            Some((time, _)) => Some(time),
            None => self.read(text).map(|(time, _)| time),
        }
    }

    /// [`Self::parse`] of one text after the other.
    #[inline]
    pub fn parse_next(&self, text: &[u8], recent: &mut Recent) -> Option<i64> {
        let read = match parse_iso(text, self.offset_minutes, |head| recent.minute_of(head)) {
            None => self.read_parts(text).map(|(time, _, names_zone)| (time, names_zone)),
            read => read,
        };
        match read {
            Some((_, true)) => recent.zones.named = true,
            Some((_, false)) => recent.zones.missing = true,
            None => recent.zones.unread |= !is_missing(text),
        }
        read.map(|(time, _)| time)
    }

    /// How much of a moment the text tells; `None` where it is no time.
    pub fn completeness(&self, text: &[u8]) -> Option<Completeness> {
        self.read(text).map(|(_, completeness)| completeness)
    }

    /// Reads the format from sampled values; the share (0..=1) of them that parse with it. Values that stand for "no value"
    /// do not count; without any other the share is 0.
    pub fn detect(samples: &[&str]) -> (Self, f64) {
        let month_first = Self::default();
        let day_first = Self { day_first: true, ..month_first };
        let (of_month_first, of_day_first) = (month_first.share(samples), day_first.share(samples));
        if of_day_first > of_month_first { (day_first, of_day_first) } else { (month_first, of_month_first) }
    }

    /// One of the texts that is another time with day and month the other way round, where all can be read so as well: no day
    /// among them is above 12.
    pub fn in_doubt<'a>(&self, texts: &'a [String]) -> Option<&'a str> {
        let other = Self { day_first: !self.day_first, ..*self };
        let mut found = None;
        for text in texts {
            match (self.parse(text.as_bytes()), other.parse(text.as_bytes())) {
                (Some(time), Some(swapped)) if time != swapped => found = found.or(Some(text.trim())),
                (Some(_), None) | (None, Some(_)) => return None,
                _ => {}
            }
        }
        found
    }

    /// Whether times without a date, in the file's order, begin anew: where most go forward one is hours before the one ahead of
    /// it, and the other way round where the newest come first.
    pub fn passes_midnight(&self, texts: &[String]) -> bool {
        let clocks = texts.iter().filter_map(|text| self.read(text.as_bytes()));
        let clocks: Vec<i64> =
            clocks.filter(|(_, told)| *told == Completeness::ClockOnly).map(|(time, _)| time).collect();
        let steps = || clocks.windows(2).map(|pair| pair[1] - pair[0]).filter(|step| *step != 0);
        // One late line makes no order.
        let small = || steps().filter(|step| step.abs() <= BACK_TO_MIDNIGHT);
        let forward = small().filter(|step| *step > 0).count() + 1 >= small().filter(|step| *step < 0).count();
        steps().any(|step| if forward { step < -BACK_TO_MIDNIGHT } else { step > BACK_TO_MIDNIGHT })
    }

    /// The same format for a log whose last time is about `last`, a text without a year, and whose file was written at
    /// `modified` (nanoseconds since the epoch): its year is the latest that is not in the future of the file. A day later
    /// in the year than the last one (but for a month, since samples do not end where the log does) is of the year before.
    #[must_use]
    pub fn with_year_of(self, last: &[u8], modified: Option<i64>) -> Self {
        let plain = Self { base_year: 2000, year_end: 0, ..self };
        let Some((time, Completeness::NoYear)) = plain.read(last) else { return self };
        let (_, month, day) = civil_from_days(time.div_euclid(DAY * SECOND));
        let base_year = modified.map_or(0, |modified| {
            let (year, of_month, of_day) = civil_from_days(modified.div_euclid(DAY * SECOND) + 1);
            (year - i64::from((month, day) > (of_month, of_day))) as i32
        });
        let year_end = if month == 12 { 0 } else { (month as u16 + 1) * 100 + day as u16 };
        Self { base_year, year_end, ..self }
    }

    fn share(self, samples: &[&str]) -> f64 {
        let (mut present, mut parsed) = (0_u32, 0_u32);
        for sample in samples.iter().filter(|sample| !is_missing(sample.as_bytes())) {
            present += 1;
            parsed += u32::from(self.parse(sample.as_bytes()).is_some());
        }
        if present == 0 { 0.0 } else { f64::from(parsed) / f64::from(present) }
    }

    fn read(self, text: &[u8]) -> Option<(i64, Completeness)> {
        self.read_parts(text).map(|(time, completeness, _)| (time, completeness))
    }

    /// The time, how much of it the text tells, and whether the text says in which zone (a number does).
    fn read_parts(self, text: &[u8]) -> Option<(i64, Completeness, bool)> {
        let text = unwrap(text);
        if text.len() > LONGEST {
            return None;
        }
        if let Some(time) = parse_number(text) {
            return Some((time, Completeness::Full, true));
        }
        let parts = text::read(text, self.day_first)?;
        parts.resolve(self).map(|(time, completeness)| (time, completeness, parts.names_zone()))
    }
}

/// Without surrounding white space, and one pair of brackets or quotes.
fn unwrap(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    match text {
        [b'[', inner @ .., b']']
        | [b'(', inner @ .., b')']
        | [b'<', inner @ .., b'>']
        | [b'"', inner @ .., b'"']
        | [b'\'', inner @ .., b'\''] => inner.trim_ascii(),
        _ => text,
    }
}

/// The minute that was read last: rows that follow each other tend to be of one.
#[derive(Clone, Debug, Default)]
pub struct Recent {
    head: [u8; 16],
    minute: Option<u32>,
    /// What all texts so far said of their zones.
    pub zones: Zones,
}

/// What the texts of times say of their zones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zones {
    /// Some name theirs, or are moments in every zone.
    pub named: bool,
    /// Some don't, and are read at [`TimeFormat::offset_minutes`].
    pub missing: bool,
    /// Some could not be read; in another zone they might.
    pub unread: bool,
}

/// Whether a time is one whatever the zone that its text is read in.
pub fn in_any_zone(time: i64) -> bool {
    // No two zones are further apart.
    const APART: i64 = 2 * DAY * SECOND;
    (EARLIEST + APART..END - APART).contains(&time)
}

impl Recent {
    #[inline]
    fn minute_of(&mut self, head: &[u8; 16]) -> Option<u32> {
        if u128::from_le_bytes(*head) != u128::from_le_bytes(self.head) {
            (self.head, self.minute) = (*head, minute_of(head));
        }
        self.minute
    }
}

/// `YYYY-MM-DD[T ]HH:MM` in minutes since the epoch.
#[inline]
fn minute_of(head: &[u8; 16]) -> Option<u32> {
    if head[4] != b'-' || head[7] != b'-' || !matches!(head[10], b'T' | b' ') || head[13] != b':' {
        return None;
    }
    let mut odd = false;
    let mut two = |at: usize| -> u32 {
        let (tens, ones) = (head[at].wrapping_sub(b'0'), head[at + 1].wrapping_sub(b'0'));
        odd |= tens.max(ones) > 9;
        tens as u32 * 10 + ones as u32
    };
    let year = two(0) * 100 + two(2);
    let (month, day, hour, minute) = (two(5), two(8), two(11), two(14));
    if odd || hour > 23 || minute > 59 {
        return None;
    }
    Some(day_of_recent(year, month, day)? * 1440 + hour * 60 + minute)
}

/// `YYYY-MM-DD[T ]HH:MM:SS[.,f{1,9}][Z|±hh:mm|±hhmm]`: no other form, no white space around it. `minute_of` reads what stands
/// before the seconds. Also tells whether there is a zone.
#[inline]
fn parse_iso(
    text: &[u8],
    offset_minutes: i16,
    minute_of: impl FnOnce(&[u8; 16]) -> Option<u32>,
) -> Option<(i64, bool)> {
    let (head, rest) = text.split_first_chunk::<16>().filter(|_| text.len() <= LONGEST)?;
    let [b':', tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = rest else { return None };
    let second = u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
    if second > 60 {
        return None;
    }
    let minute = minute_of(head)?;
    let (nanoseconds, rest) = match rest {
        [b'.' | b',', digits @ ..] => {
            let (fraction, used) = parse_fraction(digits)?;
            (fraction, &digits[used..])
        }
        _ => (0, rest),
    };
    let offset = match rest {
        [] => i64::from(offset_minutes),
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] | [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let digits = [*h1, *h2, *m1, *m2];
            if !digits.iter().all(u8::is_ascii_digit) {
                return None;
            }
            let [h1, h2, m1, m2] = digits.map(|digit| i64::from(digit - b'0'));
            let (hours, minutes) = (h1 * 10 + h2, m1 * 10 + m2);
            if hours > 18 || minutes > 59 {
                return None;
            }
            let minutes = hours * 60 + minutes;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = (i64::from(minute) - offset) * 60 + i64::from(second);
    in_range(seconds * SECOND + i64::from(nanoseconds)).map(|time| (time, !rest.is_empty()))
}

/// The nanoseconds of a run of one or more fraction digits and the length of the run; digits after the ninth are cut.
#[inline]
fn parse_fraction(digits: &[u8]) -> Option<(u32, usize)> {
    const SCALE: [u32; 10] = [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    let (mut value, mut used) = (0_u32, 0);
    while used < 9
        && let Some(digit) = digits.get(used).map(|byte| byte.wrapping_sub(b'0'))
        && digit <= 9
    {
        value = value * 10 + u32::from(digit);
        used += 1;
    }
    if used == 0 {
        return None;
    }
    let more = digits[used..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((value * SCALE[used], used + if used == 9 { more } else { 0 }))
}

/// A number as a time, by its size: below 1e11 seconds, 1e14 milliseconds, 1e17 microseconds, else nanoseconds.
fn parse_number(text: &[u8]) -> Option<i64> {
    // 30 digits keep a u128 far from overflow.
    const PLACES: u32 = 30;
    let mut mantissa = 0_u128;
    let (mut seen, mut decimals, mut in_fraction, mut at) = (0_u32, 0_i32, false, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'0'..=b'9' => {
                if seen < PLACES {
                    mantissa = mantissa * 10 + u128::from(byte - b'0');
                    seen += u32::from(mantissa > 0);
                    decimals += i32::from(in_fraction);
                } else if !in_fraction {
                    return None;
                }
            }
            b'.' if !in_fraction && at > 0 => in_fraction = true,
            b'e' | b'E' if at > 0 => break,
            _ => return None,
        }
        at += 1;
    }
    if let Some((_, exponent)) = text.get(at..).and_then(<[u8]>::split_first) {
        let digits = exponent.strip_prefix(b"+").unwrap_or(exponent);
        if digits.is_empty() || digits.len() > 2 || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        decimals -= digits.iter().fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
    }
    if mantissa == 0 {
        return None;
    }
    let scale = 10_u128.checked_pow(decimals.unsigned_abs())?;
    let (whole, fraction) =
        if decimals > 0 { (mantissa / scale, mantissa % scale) } else { (mantissa.checked_mul(scale)?, 0) };
    let unit = match whole {
        0..100_000_000_000 => 1_000_000_000_u128,
        100_000_000_000..100_000_000_000_000 => 1_000_000,
        100_000_000_000_000..100_000_000_000_000_000 => 1_000,
        100_000_000_000_000_000..10_000_000_000_000_000_000 => 1,
        _ => return None,
    };
    let of_fraction = if decimals > 0 { fraction.checked_mul(unit)? / scale } else { 0 };
    in_range(i64::try_from(whole * unit + of_fraction).ok()?)
}

fn in_range(time: i64) -> Option<i64> {
    (EARLIEST..END).contains(&time).then_some(time)
}

fn is_date(year: i32, month: u32, day: u32) -> bool {
    YEARS.contains(&year) && day >= 1 && day <= days_in_month(year, month)
}

/// [`days_from_civil`] for a date that [`is_date`], without a division; `None` for any other.
#[inline]
fn day_of_recent(year: u32, month: u32, day: u32) -> Option<u32> {
    const BEFORE: [[u32; 13]; 2] = [
        [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365],
        [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366],
    ];
    if !(1990..=2100).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let before = &BEFORE[usize::from(year.is_multiple_of(4) && year != 2100)];
    let (from, to) = (before[month as usize - 1], before[month as usize]);
    (day >= 1 && day <= to - from).then(|| (year - 1970) * 365 + (year - 1969) / 4 + from + day - 1)
}

/// 0 where there is no such month.
const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar (years count from March, so that a leap day ends one).
const fn days_from_civil(year: i32, month: u32, day: u32) -> i64 {
    let year = year as i64 - if month <= 2 { 1 } else { 0 };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month as i64 + 9) % 12) + 2) / 5 + day as i64 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`]: year, month, day.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_of_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_of_march + 2) / 5 + 1;
    let month = if month_of_march < 10 { month_of_march + 3 } else { month_of_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// RFC 3339 in UTC with as many fraction digits (0, 3, 6, 9) as needed.
pub fn format_time(nanoseconds: i64) -> String {
    let (seconds, fraction) = (nanoseconds.div_euclid(SECOND), nanoseconds.rem_euclid(SECOND));
    let (year, month, day) = civil_from_days(seconds.div_euclid(DAY));
    let clock = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    let head = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if fraction == 0 {
        format!("{head}Z")
    } else if fraction % 1_000_000 == 0 {
        format!("{head}.{:03}Z", fraction / 1_000_000)
    } else if fraction % 1_000 == 0 {
        format!("{head}.{:06}Z", fraction / 1_000)
    } else {
        format!("{head}.{fraction:09}Z")
    }
}

#[cfg(test)]
mod tests;
