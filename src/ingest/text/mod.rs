//! Lines of plain-text logs: their heads (time, level, thread, logger, …) and their messages.
//!
//! ```text
//! sampled lines ─ recognise ─▶ LinePattern ─ read ──▶ places of the fields of one record
//!                                          └ begins ▶ does this line begin a new event?
//! ```
//!
//! One type serves all formats: a [`LinePattern`] is a sequence of parts, matched from left to right. It comes from a table of
//! formats that are known (`known`), from the line by which a file names its own fields (`named`), or is learned from
//! the sampled lines (`learn`). Lines of `key=value` pairs have a reader of their own: [`logfmt`].

mod known;
mod learn;
mod level;
pub mod logfmt;
mod named;
mod notation;
mod part;
mod recognise;
mod time;

use std::ops::Range;

use memchr::memchr;
use serde::{Deserialize, Serialize};

use part::{Found, Kind, Part};

pub use recognise::{known, recognise};

/// How a line of text is taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePattern {
    /// What the format is called, as shown to a person.
    pub name: String,
    fields: Vec<String>,
    parts: Vec<Part>,
    /// The parts that a line has to fit to begin an event.
    opening: usize,
    joins: bool,
    /// A line that fits these goes on with the event before it, although it has a head; nothing does where there are none.
    more: Vec<Part>,
    /// Lines that begin with this byte are about the file.
    remark: Option<u8>,
}

impl LinePattern {
    fn new(name: String, fields: Vec<String>, parts: Vec<Part>, joins: bool) -> Self {
        let opening = opening(&parts);
        Self { name, fields, parts, opening, joins, more: Vec::new(), remark: None }
    }

    /// The names of the fields, in order: `["time", "level", "thread", "logger", "message"]`.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// Finds the fields of a record, whose further lines (if any) belong to its message: calls `found(field, place)` for
    /// each that is not empty, in the order of the line. Places are byte ranges of the record and may overlap. `false` when
    /// the record does not fit: then nothing was called, and all of it is its message. Linear time, no allocation.
    pub fn read(&self, record: &[u8], found: &mut dyn FnMut(usize, Range<usize>)) -> bool {
        self.read_to(record, found).is_some()
    }

    /// As [`Self::read`], with the place behind all that was read.
    pub fn read_to(&self, record: &[u8], found: &mut dyn FnMut(usize, Range<usize>)) -> Option<usize> {
        let line = first_line(record);
        let mut places = Found::new();
        let end = part::run(&self.parts, record, line, &mut places)?;
        for (field, place) in places.each() {
            found(field, place);
        }
        Some(end)
    }

    /// Whether a line that goes on like this, behind all that was read, has more fields than its file names. Blanks in quotes
    /// part no fields.
    pub fn is_longer(&self, line: &[u8], rest: &[u8]) -> bool {
        let named = self.remark.is_some() && self.fields.len() < part::MOST_FIELDS;
        named && !rest.trim_ascii().is_empty() && !line.contains(&b'"')
    }

    /// Whether a line begins a new event, rather than going on with the one before it (a stack trace, a wrapped message).
    /// Depends on the bytes of this line only.
    pub fn begins(&self, line: &[u8]) -> bool {
        let line = first_line(line);
        part::run(&self.parts[..self.opening], line, line, &mut Found::new()).is_some() && !self.goes_on(line)
    }

    /// Whether lines that do not begin an event belong to the one before; `false` where each line is a record.
    pub fn joins_lines(&self) -> bool {
        self.joins
    }

    /// Whether a line is about the file and no record: `#Fields: …` in W3C extended logs, `#close` in Zeek's.
    pub fn is_remark(&self, line: &[u8]) -> bool {
        self.remark.is_some() && line.first().copied() == self.remark
    }

    /// Whether the whole of a line fits.
    fn fits(&self, line: &[u8]) -> bool {
        part::run(&self.parts, line, line, &mut Found::new()).is_some() || self.goes_on(line)
    }

    fn goes_on(&self, line: &[u8]) -> bool {
        !self.more.is_empty() && part::run(&self.more, line, line, &mut Found::new()).is_some()
    }
}

fn first_line(record: &[u8]) -> &[u8] {
    let line = &record[..memchr(b'\n', record).unwrap_or(record.len())];
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The number of parts up to the time and the mark directly behind it; where there is no time, all before the message or
/// before what need not be there.
fn opening(parts: &[Part]) -> usize {
    let optional = |place: usize| {
        let covers = |(at, part): (usize, &Part)| match part {
            Part::Optional(length) => at + usize::from(*length) >= place,
            _ => false,
        };
        parts[..place].iter().enumerate().any(covers)
    };
    let time = |place: &usize| matches!(parts[*place], Part::Value(_, Kind::Time(_))) && !optional(*place);
    if let Some(place) = (0..parts.len()).find(time) {
        return place + if matches!(parts.get(place + 1), Some(Part::Literal(_))) { 2 } else { 1 };
    }
    let ends = |part: &Part| matches!(part, Part::Optional(_) | Part::Value(_, Kind::Rest));
    // An optional part that stands first does not end it: what comes behind it does.
    let first = if let Some(Part::Optional(length)) = parts.first() { usize::from(*length) + 1 } else { 0 };
    first + parts[first..].iter().position(ends).unwrap_or(parts.len() - first)
}

#[cfg(test)]
mod tests;
