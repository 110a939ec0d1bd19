//! The parts that a line is taken apart into, and how they are matched: from left to right, every part at most once, so in
//! time linear in the line.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memchr2};
use serde::{Deserialize, Serialize};

use super::time::Forms;
use super::{first_line, level, time};

/// Most fields of a pattern.
pub(super) const MOST_FIELDS: usize = 64;
/// Deepest nesting of optional parts.
const MOST_OPTIONS: usize = 4;
/// Longest name of a program before its colon, in bytes.
const LONGEST_TAG: usize = 96;

/// One step along a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Part {
    /// These bytes.
    Literal(Vec<u8>),
    /// At least one blank or tab, or the end of the line.
    Blanks,
    /// Any number of blanks and tabs.
    MaybeBlanks,
    /// The next so many parts are there, all of them, or none.
    Optional(u16),
    /// A value, and the field that it belongs to, if any.
    Value(Option<u16>, Kind),
    /// `"GET /path HTTP/1.1"`: method, path, protocol.
    Request([u16; 3]),
    /// `sshd[24833]: `, `kernel: `, `Google Chrome[12]: `: name and process id, up to and with the blanks behind the colon.
    Tag(u16, Option<u16>),
    /// The end of the line, and the next line of the same event.
    NextLine,
}

/// What a value may look like. None is empty but `Any`, `Near`, `Quoted` and `Rest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// Up to a blank, or to this byte.
    Word(Option<u8>),
    /// A word of letters, digits and `._:/@$-` that is no level and no time: a host, a program.
    Name,
    /// Digits.
    Number,
    /// Digits, a point, digits.
    Decimal,
    /// Up to this text, which is not part of it; a blank at the text's end may be missing at the end of the line.
    Any(Vec<u8>),
    /// As `Any`, but the text is found within three words.
    Near(Vec<u8>),
    /// What stands in double quotes; a backslash escapes.
    Quoted,
    /// What stands between this bracket and its counterpart; the same brackets may be nested.
    Group(u8),
    /// A time in one of these forms.
    Time(Forms),
    /// A level's word; or one letter, if so marked.
    Level {
        /// Whether a single letter is a level.
        letter: bool,
    },
    /// One of these texts.
    Choice(Vec<Vec<u8>>),
    /// One of these texts, which are part of the next value too.
    Ahead(Vec<Vec<u8>>),
    /// `-`, or `[id key="value" …]` any number of times (RFC 5424); with the keys that have fields of their own.
    Structured(Vec<(Vec<u8>, u16)>),
    /// All that is left of the record, further lines too.
    Rest,
}

/// The fields found in a record so far.
pub(super) struct Found {
    places: [(u16, u32, u32); MOST_FIELDS],
    count: usize,
}

impl Found {
    pub(super) fn new() -> Self {
        Self { places: [(0, 0, 0); MOST_FIELDS], count: 0 }
    }

    #[inline]
    fn add(&mut self, field: u16, start: usize, end: usize) {
        if end > start && self.count < MOST_FIELDS {
            self.places[self.count] = (field, start as u32, end as u32);
            self.count += 1;
        }
    }

    pub(super) fn each(&self) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
        self.places[..self.count].iter().map(|&(field, start, end)| (usize::from(field), start as usize..end as usize))
    }
}

/// Matches parts against the beginning of a record whose first line is `line`; gives the place behind the last part.
pub(super) fn run(parts: &[Part], record: &[u8], line: &[u8], found: &mut Found) -> Option<usize> {
    // Where to go on when an optional part is not there: the part, the place, the number of fields, the end of the line.
    let mut options = [(0_usize, 0_usize, 0_usize, 0_usize); MOST_OPTIONS];
    let mut open = 0;
    let (mut at, mut next) = (0, 0);
    let mut line = line;
    while let Some(part) = parts.get(next) {
        while open > 0 && options[open - 1].0 <= next {
            open -= 1;
        }
        if let Part::Optional(length) = part {
            if open < MOST_OPTIONS {
                options[open] = (next + 1 + usize::from(*length), at, found.count, line.len());
                open += 1;
            }
            next += 1;
        } else if let Some(end) = step(part, record, line, at, found) {
            (at, next) = (end, next + 1);
            if matches!(part, Part::NextLine) {
                line = &record[..at + first_line(&record[at..]).len()];
            }
        } else if open > 0 {
            open -= 1;
            let end;
            (next, at, found.count, end) = options[open];
            // A line is a part of the record, or all of it.
            line = &record[..end.min(record.len())];
        } else {
            return None;
        }
    }
    Some(at)
}

/// Matches one part (not [`Part::Optional`]) at a place; gives the place behind it.
#[inline]
pub(super) fn step(part: &Part, record: &[u8], line: &[u8], at: usize, found: &mut Found) -> Option<usize> {
    let text = line.get(at..).unwrap_or_default();
    match part {
        Part::Literal(literal) => text.starts_with(literal).then_some(at + literal.len()),
        Part::Blanks => {
            let blanks = blanks(text);
            (blanks > 0 || text.is_empty()).then_some(at + blanks)
        }
        Part::MaybeBlanks => Some(at + blanks(text)),
        Part::Optional(_) => Some(at),
        Part::NextLine => {
            let behind = record.get(at..).filter(|_| text.is_empty())?;
            let behind = behind.strip_prefix(b"\r").unwrap_or(behind).strip_prefix(b"\n")?;
            Some(record.len() - behind.len())
        }
        Part::Value(field, Kind::Rest) => {
            // The message of a head that stands on a line of its own begins on the next one.
            let skipped = if text.is_empty() {
                record[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
            } else {
                0
            };
            if let Some(field) = field {
                found.add(*field, at + skipped, record.len());
            }
            Some(record.len())
        }
        Part::Value(field, kind) => {
            let (start, end, next) = value(kind, text, at, found)?;
            if let Some(field) = field {
                found.add(*field, at + start, at + end);
            }
            Some(at + next)
        }
        Part::Request(fields) => {
            let end = quoted(text)?;
            request(&text[1..end], at + 1, *fields, found);
            Some(at + end + 1)
        }
        Part::Tag(name, pid) => {
            let tag = tag(text)?;
            found.add(*name, at, at + tag.name);
            if let (Some(pid), Some((start, end))) = (pid, tag.pid) {
                found.add(*pid, at + start, at + end);
            }
            Some(at + tag.end)
        }
    }
}

#[inline]
fn blanks(text: &[u8]) -> usize {
    text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// The length of the word that the text begins with.
#[inline]
pub(super) fn word(text: &[u8]) -> usize {
    memchr2(b' ', b'\t', text).unwrap_or(text.len())
}

/// Where a value begins and ends and where the next part begins.
#[inline]
fn value(kind: &Kind, text: &[u8], at: usize, found: &mut Found) -> Option<(usize, usize, usize)> {
    let plain = |length: usize| (length > 0).then_some((0, length, length));
    match kind {
        Kind::Word(None) => plain(word(text)),
        Kind::Word(Some(stop)) => {
            plain(text.iter().position(|byte| byte == stop || matches!(byte, b' ' | b'\t')).unwrap_or(text.len()))
        }
        Kind::Name => {
            let length = word(text);
            let fits = text[..length].iter().all(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'.' | b'_' | b':' | b'/' | b'@' | b'$' | b'-')
                    || *byte >= 0x80
            });
            if fits
                && level::span(text).is_none()
                && time::span(text).is_none()
                && text.get(length.saturating_sub(1)) != Some(&b':')
            {
                plain(length)
            } else {
                None
            }
        }
        Kind::Number => plain(digits(text)),
        Kind::Decimal => {
            let whole = digits(text);
            let fraction = text.get(whole + 1..).map_or(0, digits);
            (whole > 0 && fraction > 0 && text[whole] == b'.').then(|| plain(whole + 1 + fraction))?
        }
        Kind::Any(until) => find(text, until).map(|end| (0, end, end)),
        Kind::Near(until) => {
            let mut end = 0;
            for _ in 0..3 {
                end += word(&text[end..]);
                end += blanks(&text[end..]);
            }
            let near = text.get(..end + until.len()).unwrap_or(text);
            find(near, until).map(|end| (0, end, end))
        }
        Kind::Quoted => quoted(text).map(|end| (1, end, end + 1)),
        Kind::Group(open) => group(text, *open).map(|end| (1, end, end + 1)),
        Kind::Time(forms) => time::span(text).filter(|(_, form)| forms & form != 0).and_then(|(end, _)| plain(end)),
        Kind::Level { letter } => match level::span(text) {
            Some(end) => plain(end),
            None if *letter && level::is_letter(text) => plain(1),
            None => None,
        },
        Kind::Choice(texts) => plain(texts.iter().find(|choice| text.starts_with(choice))?.len()),
        Kind::Ahead(texts) => Some((0, texts.iter().find(|choice| text.starts_with(choice))?.len(), 0)),
        Kind::Structured(keys) => {
            let length = structured(text, &mut |key, place| {
                if let Some((_, field)) = keys.iter().find(|(known, _)| known == key) {
                    found.add(*field, at + place.start, at + place.end);
                }
            });
            plain(length?)
        }
        Kind::Rest => plain(text.len()),
    }
}

#[inline]
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Where a text begins. The text is short, so a search by its first byte does.
fn find(text: &[u8], until: &[u8]) -> Option<usize> {
    let (first, rest) = until.split_first()?;
    let at_end = rest.strip_suffix(b" ").unwrap_or(rest);
    let mut from = 0;
    while let Some(at) = memchr(*first, &text[from..]) {
        let behind = &text[from + at + 1..];
        if behind.starts_with(rest) || behind == at_end {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// Where the quote that closes the one at the text's beginning stands.
#[inline]
fn quoted(text: &[u8]) -> Option<usize> {
    if text.first() != Some(&b'"') {
        return None;
    }
    let mut at = 1;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Where the bracket that closes the one at the text's beginning stands.
pub(super) fn group(text: &[u8], open: u8) -> Option<usize> {
    if text.first() != Some(&open) {
        return None;
    }
    let close = closing(open);
    let mut depth = 0_u32;
    text.iter().position(|&byte| {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
        }
        depth == 0
    })
}

/// The counterpart of an opening bracket.
pub(super) fn closing(open: u8) -> u8 {
    match open {
        b'[' => b']',
        b'(' => b')',
        b'<' => b'>',
        b'|' => b'|',
        _ => b'}',
    }
}

/// Method, path and protocol of a request line; one that has not these parts is all path.
fn request(line: &[u8], at: usize, [method, path, protocol]: [u16; 3], found: &mut Found) {
    let first = memchr(b' ', line).unwrap_or(0);
    let last = line.iter().rposition(|byte| *byte == b' ').unwrap_or(0);
    let is_method =
        first > 0 && line[..first].iter().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'));
    if !is_method {
        if line != b"-" {
            found.add(path, at, at + line.len());
        }
        return;
    }
    found.add(method, at, at + first);
    if last > first && line[last + 1..].starts_with(b"HTTP") {
        found.add(path, at + first + 1, at + last);
        found.add(protocol, at + last + 1, at + line.len());
    } else {
        found.add(path, at + first + 1, at + line.len());
    }
}

pub(super) struct TagPlace {
    /// End of the name, which begins where the text does.
    pub(super) name: usize,
    pub(super) pid: Option<(usize, usize)>,
    /// Behind the colon and the blanks.
    end: usize,
    /// Whether name and number are one word.
    pub(super) is_word: bool,
}

/// The name before a colon. Without a number in brackets it is one word; with one it may hold blanks, and something in
/// parentheses may stand behind the number (`com.apple.xpc[1] (name): `).
pub(super) fn tag(text: &[u8]) -> Option<TagPlace> {
    let length = word(text);
    let finish = |name: usize, pid: Option<(usize, usize)>, colon: usize| {
        let behind = text.get(colon + 1..).unwrap_or_default();
        let blanks = blanks(behind);
        let ends = text.get(colon) == Some(&b':') && (blanks > 0 || behind.is_empty() || pid.is_some());
        (ends && name > 0).then_some(TagPlace { name, pid, end: colon + 1 + blanks, is_word: name < length })
    };
    let first = &text[..length];
    if let Some(name) = first.strip_suffix(b":")
        && name.last() != Some(&b']')
        && name.iter().any(u8::is_ascii_alphanumeric)
    {
        return finish(name.len(), None, name.len());
    }
    let near = &text[..text.len().min(LONGEST_TAG)];
    let mut from = 0;
    let mut words = 0;
    while let Some(open) = memchr(b'[', &near[from..]).map(|at| from + at) {
        words += memchr_iter(b' ', &near[from..open]).count();
        if words > 3 || near[from..open].ends_with(b" ") {
            return None;
        }
        let pid = (open + 1, open + 1 + digits(&text[open + 1..]));
        if pid.1 > pid.0 && text.get(pid.1) == Some(&b']') {
            let mut colon = pid.1 + 1;
            if text.get(colon..colon + 2) == Some(b" (") {
                colon += 2 + group(&text[colon + 1..], b'(')?;
            }
            return finish(open, Some(pid), colon);
        }
        from = open + 1;
    }
    None
}

/// The length of RFC 5424's structured data; calls `each(key, place of its value)` on the way.
pub(super) fn structured(text: &[u8], each: &mut dyn FnMut(&[u8], Range<usize>)) -> Option<usize> {
    if text.first() == Some(&b'-') {
        return Some(1);
    }
    let mut end = 0;
    while text.get(end) == Some(&b'[') {
        end += 1;
        loop {
            let from = end;
            end += memchr2(b'=', b']', text.get(end..)?)?;
            if text[end] == b']' {
                end += 1;
                break;
            }
            let key = text[from..end].rsplit(|byte| *byte == b' ').next().unwrap_or_default();
            let quote = end + 1;
            let close = quote + quoted(text.get(quote..)?)?;
            each(key, quote + 1..close);
            end = close + 1;
        }
    }
    (end > 0).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags() {
        for (text, expected) in [
            ("sshd[24833]: Failed", Some(("sshd", Some("24833"), "Failed"))),
            ("kernel: x", Some(("kernel", None, "x"))),
            ("kernel:", Some(("kernel", None, ""))),
            ("sshd(pam_unix)[1]: x", Some(("sshd(pam_unix)", Some("1"), "x"))),
            ("Google Chrome Helper[12]: x y", Some(("Google Chrome Helper", Some("12"), "x y"))),
            ("com.apple.xpc[1] (a.b): x", Some(("com.apple.xpc", Some("1"), "x"))),
            ("last message repeated 2 times", None),
            ("[a]: x", None),
            (": x", None),
            ("took [1]: x", None),
            ("a b c d e f[1]: x", None),
            ("http://x y", None),
        ] {
            let found = tag(text.as_bytes())
                .map(|tag| (&text[..tag.name], tag.pid.map(|(start, end)| &text[start..end]), &text[tag.end..]));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn quotes_and_brackets() {
        assert_eq!(quoted(br#""a\"b" c"#), Some(5));
        assert_eq!(quoted(br#""open"#), None);
        assert_eq!(quoted(b"\"\\"), None);
        assert_eq!(group(b"[a[b]c] d", b'['), Some(6));
        assert_eq!(group(b"[a[b]c d", b'['), None);
        assert_eq!(find(b"tag:", b": "), Some(3));
        assert_eq!(find(b"a:b: c", b": "), Some(3));
    }
}
