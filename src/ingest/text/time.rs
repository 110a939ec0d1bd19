//! Where a time ends: the written forms of dates and clocks, recognised by their bytes. What they mean is for
//! a later stage to read; here only the place counts, so that a time of several words is one part of a line.

/// The written form of a time, as a set of bits, so that a pattern may allow several.
pub(super) type Forms = u16;

/// `2026-02-06T10:30:17.25+01:00`, `2026/02/06 10:30`, `2005-06-03-15.42.50.675872`.
pub(super) const YEAR_FIRST: Forms = 1;
/// `02/06/2026 10:30:17`, `17/06/09 20:10:58`, `06.02.2026 10:30`.
pub(super) const YEAR_LAST: Forms = 2;
/// `06/Feb/2026:10:30:17 +0100`, `01-Jan-2024 10:00:00 UTC`, `06 Feb 2026 10:30:17`.
pub(super) const DAY_AND_NAME: Forms = 4;
/// `Feb  6 10:30:17`, `Fri Feb 06 10:30:17.123 2026`, `Feb 6, 2026 10:30:17 PM`.
pub(super) const NAME_AND_DAY: Forms = 8;
/// `02-06 10:30:17.250`, `07.26 13:30:49`, `0206/103017.123456`.
pub(super) const NO_YEAR: Forms = 16;
/// `20171223-22:31:59:618`, `081109 203518`, `20260206T103017Z`, `20260206103017`.
pub(super) const COMPACT: Forms = 32;
/// `I0206 10:30:17.123456`, `I260206 10:30:17`: the level's letter is part of it.
pub(super) const GLOG: Forms = 64;
/// `10:30:17.250`.
pub(super) const CLOCK: Forms = 128;
/// Seconds since 1970, with a fraction or as milli-, micro- or nanoseconds.
pub(super) const EPOCH: Forms = 256;
/// `2005.06.03`: a day without a clock.
pub(super) const DATE: Forms = 512;
/// Any form but glog's, which begins in the middle of a word.
pub(super) const ANY: Forms = !GLOG;

/// How much a form tells: the bigger, the better it serves as the time of an event.
pub(super) fn rank(form: Forms) -> u8 {
    match form {
        YEAR_FIRST | YEAR_LAST | DAY_AND_NAME | COMPACT => 4,
        EPOCH => 3,
        NAME_AND_DAY | NO_YEAR | GLOG => 2,
        CLOCK | DATE => 1,
        _ => 0,
    }
}

/// The length of the time that the text begins with, and its form. Greedy: the zone, the year behind the clock and
/// AM or PM belong to it.
#[inline]
pub(super) fn span(text: &[u8]) -> Option<(usize, Forms)> {
    let scan = Scan { text };
    let (end, form) = match *text.first()? {
        b'0'..=b'9' => scan.digit_first(0)?,
        first if first.is_ascii_alphabetic() => scan.letter_first()?,
        _ => return None,
    };
    // A time is no part of a word or a longer number.
    let next = scan.at(end);
    (!(next.is_ascii_alphanumeric() || next == b'_' || next >= 0x80)).then_some((end, form))
}

#[derive(Clone, Copy)]
struct Scan<'a> {
    text: &'a [u8],
}

impl Scan<'_> {
    /// The byte at a place; 0 behind the end.
    #[inline]
    fn at(self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    /// Length of the run of digits, counted up to 20.
    #[inline]
    fn digits(self, at: usize) -> usize {
        self.text.get(at..).unwrap_or_default().iter().take(20).take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn letters(self, at: usize) -> usize {
        self.text.get(at..).unwrap_or_default().iter().take(12).take_while(|byte| byte.is_ascii_alphabetic()).count()
    }

    /// The number of the `length` digits at a place.
    #[inline]
    fn number(self, at: usize, length: usize) -> u32 {
        let digits = self.text.get(at..at + length).unwrap_or_default();
        digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit.wrapping_sub(b'0')))
    }

    /// A number of one or two digits within limits; gives the place behind it.
    #[inline]
    fn small(self, at: usize, from: u32, to: u32) -> Option<usize> {
        let run = self.digits(at);
        ((run == 1 || run == 2) && (from..=to).contains(&self.number(at, run))).then_some(at + run)
    }

    fn is_year(self, at: usize) -> bool {
        self.digits(at) == 4 && (1990..=2100).contains(&self.number(at, 4))
    }

    fn month_name(self, at: usize) -> Option<usize> {
        #[rustfmt::skip]
        const NAMES: [&[u8]; 12] = [
            b"january", b"february", b"march", b"april", b"may", b"june", b"july", b"august", b"september", b"october",
            b"november", b"december",
        ];
        self.name(at, &NAMES)
    }

    fn weekday(self, at: usize) -> Option<usize> {
        const NAMES: [&[u8]; 7] = [b"monday", b"tuesday", b"wednesday", b"thursday", b"friday", b"saturday", b"sunday"];
        self.name(at, &NAMES)
    }

    /// The end of a name or of its first three letters or more.
    fn name(self, at: usize, names: &[&[u8]]) -> Option<usize> {
        let length = self.letters(at);
        let word = self.text.get(at..at + length)?;
        let fits = |name: &&[u8]| name.get(..length).is_some_and(|start| start.eq_ignore_ascii_case(word));
        (length >= 3 && names.iter().any(fits)).then_some(at + length)
    }

    fn blanks(self, mut at: usize) -> usize {
        while matches!(self.at(at), b' ' | b'\t') {
            at += 1;
        }
        at
    }

    fn letter_first(self) -> Option<(usize, Forms)> {
        // `I0206 10:30:17.123456`
        if matches!(self.text[0], b'I' | b'W' | b'E' | b'F' | b'D') && matches!(self.digits(1), 4 | 6 | 8) {
            let run = self.digits(1);
            self.month_and_day(run - 3)?;
            return Some((self.clock(self.blanks(1 + run), b":")?, GLOG));
        }
        let mut at = 0;
        if let Some(end) = self.weekday(0) {
            at = end;
            while matches!(self.at(at), b',' | b'.') {
                at += 1;
            }
            at = self.blanks(at);
            if self.at(at).is_ascii_digit() {
                return self.digit_first(at).filter(|(_, form)| rank(*form) > 1);
            }
        }
        let mut at = self.month_name(at)?;
        at = self.blanks(at + usize::from(self.at(at) == b'.'));
        at = self.small(at, 1, 31)?;
        at = self.blanks(at + usize::from(self.at(at) == b','));
        let mut form = NAME_AND_DAY;
        if self.is_year(at) {
            form = DAY_AND_NAME;
            at += 4;
            at = self.blanks(at + usize::from(self.at(at) == b','));
            if self.at(at) == b'@' {
                at = self.blanks(at + 1);
            } else if self.text.get(at..).is_some_and(|rest| rest.starts_with(b"at ")) {
                at = self.blanks(at + 3);
            }
        }
        let mut at = self.clock(at, b":")?;
        let year = self.blanks(at);
        if form == NAME_AND_DAY && year > at && self.is_year(year) {
            form = DAY_AND_NAME;
            at = self.zone(year + 4);
        }
        Some((at, form))
    }

    /// Four digits of a month and a day.
    fn month_and_day(self, at: usize) -> Option<()> {
        ((1..=12).contains(&self.number(at, 2)) && (1..=31).contains(&self.number(at + 2, 2))).then_some(())
    }

    #[inline]
    fn digit_first(self, from: usize) -> Option<(usize, Forms)> {
        let run = self.digits(from);
        let next = self.at(from + run);
        match run {
            4 if next == b'/' && self.digits(from + 5) == 6 => {
                self.month_and_day(from)?;
                Some((self.clock(from + 5, b":")?, NO_YEAR))
            }
            4 if matches!(next, b'-' | b'/' | b'.') => self.year_first(from, next),
            1 | 2 if next == b':' => Some((self.whole_clock(from)?, CLOCK)),
            1 | 2 if matches!(next, b'/' | b'-' | b'.' | b' ') => self.small_first(from, run, next),
            6 => {
                self.month_and_day(from + 2)?;
                if !matches!(next, b' ' | b'-') {
                    return None;
                }
                Some((self.clock(self.blanks(from + 7), b":")?, COMPACT))
            }
            8 => {
                self.compact_date(from)?;
                Some((self.gap_and_clock(from + 8, b":")?, COMPACT))
            }
            14 | 17 if self.compact_date(from).is_some() => Some((self.zone(from + run), COMPACT)),
            10 | 13 | 16 | 19 if self.at(from) == b'1' => {
                let fraction = if matches!(next, b'.') { self.digits(from + run + 1) } else { 0 };
                Some((from + run + fraction + usize::from(fraction > 0), EPOCH))
            }
            _ => None,
        }
    }

    fn compact_date(self, at: usize) -> Option<()> {
        (1990..=2100).contains(&self.number(at, 4)).then_some(())?;
        self.month_and_day(at + 4)
    }

    #[inline]
    fn year_first(self, from: usize, separator: u8) -> Option<(usize, Forms)> {
        if !self.is_year(from) {
            return None;
        }
        let at = from + 5;
        let at = if self.at(at).is_ascii_digit() { self.small(at, 1, 12)? } else { self.month_name(at)? };
        if self.at(at) != separator {
            return None;
        }
        let at = self.small(at + 1, 1, 31)?;
        Some(self.gap_and_clock(at, b":.").map_or((at, DATE), |end| (end, YEAR_FIRST)))
    }

    /// A date whose first number has one or two digits.
    fn small_first(self, from: usize, run: usize, separator: u8) -> Option<(usize, Forms)> {
        let at = from + run + 1;
        if self.at(at).is_ascii_alphabetic() {
            let at = self.month_name(at)?;
            if self.at(at) != separator {
                return None;
            }
            let at = at + 1;
            return match self.digits(at) {
                4 if self.is_year(at) => Some((self.gap_and_clock(at + 4, b":")?, DAY_AND_NAME)),
                2 if separator != b' ' && self.at(at + 2) != b':' => {
                    Some((self.gap_and_clock(at + 2, b":")?, DAY_AND_NAME))
                }
                1 | 2 if separator == b' ' => Some((self.whole_clock(at)?, NAME_AND_DAY)),
                _ => None,
            };
        }
        let at = self.small(at, 1, 31)?;
        if separator == b' ' || self.number(from, run) > 31 && run == 2 && self.at(at) != separator {
            return None;
        }
        if self.at(at) == separator {
            let run = self.digits(at + 1);
            let fits = run == 2 || run == 4 && self.is_year(at + 1);
            return if fits { Some((self.gap_and_clock(at + 1 + run, b":")?, YEAR_LAST)) } else { None };
        }
        if self.number(from, run) == 0 || self.at(at) != b' ' {
            return None;
        }
        Some((self.whole_clock(self.blanks(at))?, NO_YEAR))
    }

    /// What stands between a date and its clock, and the clock.
    #[inline]
    fn gap_and_clock(self, at: usize, separators: &[u8]) -> Option<usize> {
        let mut next = self.blanks(at + usize::from(self.at(at) == b','));
        if matches!(self.at(next), b'T' | b't' | b'_' | b'-' | b':' | b'@') {
            next = self.blanks(next + 1);
        }
        if next == at { None } else { self.clock(next, separators) }
    }

    /// A clock with seconds: without a date less than that is no time.
    fn whole_clock(self, from: usize) -> Option<usize> {
        let minute = self.small(from, 0, 23)?;
        let second = self.small(minute + 1, 0, 59)?;
        let whole = self.at(minute) == b':' && self.at(second) == b':' && self.digits(second + 1) == 2;
        if whole { self.clock(from, b":") } else { None }
    }

    /// `10:30`, `10:30:17.25`, `9:30:17:250`, `103017.25`, `1:30:17 PM`, with the zone.
    #[inline]
    fn clock(self, from: usize, separators: &[u8]) -> Option<usize> {
        let run = self.digits(from);
        let mut at = if run == 6 || run == 9 {
            let fits = self.number(from, 2) < 24 && self.number(from + 2, 2) < 60 && self.number(from + 4, 2) < 61;
            fits.then_some(from + run)?
        } else {
            let at = self.small(from, 0, 23)?;
            let separator = self.at(at);
            if !separators.contains(&separator) {
                return None;
            }
            let at = self.small(at + 1, 0, 59)?;
            // A colon or a point behind the minutes may also be punctuation.
            let seconds = self.at(at) == separator && self.at(at + 1).is_ascii_digit();
            if seconds { self.small(at + 1, 0, 60)? } else { at }
        };
        if matches!(self.at(at), b'.' | b',' | b':') {
            let digits = self.digits(at + 1);
            if digits > 0 && (self.at(at) != b':' || digits <= 6) {
                at += 1 + digits;
            }
        }
        let half = self.blanks(at);
        if matches!(self.at(half), b'A' | b'a' | b'P' | b'p')
            && matches!(self.at(half + 1), b'M' | b'm')
            && !self.at(half + 2).is_ascii_alphanumeric()
        {
            at = half + 2;
        }
        Some(self.zone(at))
    }

    /// The place behind a zone; the same place where none is named.
    #[inline]
    fn zone(self, from: usize) -> usize {
        #[rustfmt::skip]
        const NAMES: [&[u8]; 27] = [
            b"UTC", b"GMT", b"UT", b"WET", b"WEST", b"BST", b"CET", b"CEST", b"EET", b"EEST", b"MSK", b"HKT", b"SGT", b"JST",
            b"KST", b"AEST", b"AEDT", b"NZST", b"NZDT", b"EST", b"EDT", b"CST", b"CDT", b"PST", b"PDT", b"MST", b"MDT",
        ];
        let mut at = from;
        match self.at(at) {
            b'Z' | b'z' => return at + 1,
            b'+' | b'-' => return self.offset(at).unwrap_or(from),
            b' ' => at += 1,
            _ => return from,
        }
        match self.at(at) {
            b'+' | b'-' => {
                // `+0000 UTC`, as Go writes it.
                let Some(end) = self.offset(at) else { return from };
                let name = self.text.get(end + 1..end + 4).unwrap_or_default();
                if self.at(end) == b' ' && NAMES.contains(&name) && !self.at(end + 4).is_ascii_alphanumeric() {
                    end + 4
                } else {
                    end
                }
            }
            b'A'..=b'Z' => {
                let length = self.letters(at);
                let word = self.text.get(at..at + length).unwrap_or_default();
                if NAMES.contains(&word) && !matches!(self.at(at + length), b'_' | b'0'..=b'9') {
                    self.offset(at + length).unwrap_or(at + length)
                } else {
                    from
                }
            }
            _ => from,
        }
    }

    /// The place behind `+01:00`, `-0500` or `+02`.
    #[inline]
    fn offset(self, at: usize) -> Option<usize> {
        if !matches!(self.at(at), b'+' | b'-') {
            return None;
        }
        let (hours, end) = (self.number(at + 1, 2), at + 3);
        let (minutes, end) = match self.digits(at + 1) {
            4 => (self.number(end, 2), end + 2),
            2 if self.at(end) == b':' && self.digits(end + 1) == 2 => (self.number(end + 1, 2), end + 3),
            2 => (0, end),
            _ => return None,
        };
        (hours <= 14 && minutes % 15 == 0 && minutes < 60).then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, Forms)>) {
        let found = span(text.as_bytes()).map(|(end, form)| (&text[..end], form));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn times_end_where_their_zone_ends() {
        for (time, form) in [
            ("2026-02-06T10:30:17.25+01:00", YEAR_FIRST),
            ("1121/055959.123456", NO_YEAR),
            ("I240101 10:00:00.123456", GLOG),
            ("2026-02-06 10:30:17,250", YEAR_FIRST),
            ("2026-02-06 10:30:17.250 +0000 UTC", YEAR_FIRST),
            ("2026-02-06 10:30:17.123 CET", YEAR_FIRST),
            ("2026/02/06 10:30", YEAR_FIRST),
            ("2005-06-03-15.42.50.675872", YEAR_FIRST),
            ("2017-05-16_13:53:08", YEAR_FIRST),
            ("2005.06.03", DATE),
            ("17/06/09 20:10:58", YEAR_LAST),
            ("02/06/2026 10:30:17 PM", YEAR_LAST),
            ("2/6/2026, 1:30:17 AM", YEAR_LAST),
            ("06.02.2026 10:30:17", YEAR_LAST),
            ("06/Feb/2026:10:30:17 +0100", DAY_AND_NAME),
            ("01-Jan-2024 10:00:00 UTC", DAY_AND_NAME),
            ("01 Jan 2024 10:00:00.123", DAY_AND_NAME),
            ("Fri, 06 Feb 2026 10:30:17 GMT", DAY_AND_NAME),
            ("Sun Dec 04 04:47:44 2005", DAY_AND_NAME),
            ("Sun Dec 04 04:47:44.123456 2005", DAY_AND_NAME),
            ("Fri Feb  6 10:30:17 UTC 2026", DAY_AND_NAME),
            ("Feb 6, 2026 @ 10:30:17.250", DAY_AND_NAME),
            ("Feb  6 10:30:17", NAME_AND_DAY),
            ("02-06 10:30:17.250", NO_YEAR),
            ("07.26 13:30:49", NO_YEAR),
            ("20171224-0:28:0:83", COMPACT),
            ("081109 203518", COMPACT),
            ("160109  9:11:12", COMPACT),
            ("20260206T103017Z", COMPACT),
            ("20260206103017", COMPACT),
            ("I0206 10:30:17.123456", GLOG),
            ("10:30:17.250", CLOCK),
            ("1117838570", EPOCH),
            ("1770370217.250", EPOCH),
            ("1770370217250", EPOCH),
        ] {
            check(time, Some((time, form)));
            check(&format!("{time}]"), Some((time, form)));
            check(&format!("{time} message 12"), Some((time, form)));
            check(&format!("{time} - x"), Some((time, form)));
            check(&format!("{time}: x"), Some((time, form)));
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "10.251.43.21",
            "1.2.3",
            "12",
            "12:30",
            "5/10",
            "Dec",
            "may 5",
            "2024",
            "2024-13-01",
            "2024-01-01x",
            "123456",
            "123456 654321",
            "99:10:10",
            "Mar 12 is a day",
            "item",
            "10 May",
            "I0206",
            "1.5 10:11",
            "12 34 56",
            "2026-02-06T10:30:17abc",
        ] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes(text in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some((end, _)) = span(&text) {
                prop_assert!(end > 0 && end <= text.len());
            }
        }

        #[test]
        fn likely_bytes(text in "[0-9JanFeb:./T ,+Z-]{0,40}") {
            if let Some((end, _)) = span(text.as_bytes()) {
                prop_assert!(end > 0 && end <= text.len());
            }
        }
    }
}
