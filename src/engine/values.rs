//! What the texts of one record after the other come to.
//!
//! Each kind of value has a function that is not inlined into the loop over a record's columns: as one function they would
//! have more at hand than a browser finds registers for, and all of it would be moved to memory and back for each value.

use crate::common::memo::{LongMemo, Memo};
use crate::common::text::parse_infinity;
use crate::ingest::cells::Cells;
use crate::ingest::issue::IssueKind;
use crate::record::Level;
use crate::record::Reading;
use crate::record::column::{NO_TIME, Shapes};
use crate::record::dataset::KeySource;
use crate::record::origin::{LevelNumbers, Origin};
use crate::record::recast::hash_id;
use crate::record::role::is_missing;
use crate::record::text_duration::last_duration;
use crate::record::time::Recent;
use crate::session::Links;
use crate::template::{Phrases, Shape, ShapeTable};

/// Session keys that a record has at most.
const MOST_SOURCES: u32 = 8;

/// The time that a text tells.
#[inline(never)]
pub(super) fn time(text: Option<&[u8]>, reading: Option<&Reading>, recent: &mut Recent) -> i64 {
    match (reading, text) {
        (Some(Reading::Time(format)), Some(text)) => format.parse_next(text, recent).unwrap_or(NO_TIME),
        _ => NO_TIME,
    }
}

/// The level that a text names, and the code of its number.
#[inline(never)]
pub(super) fn level(
    text: Option<&[u8]>,
    reading: Option<&Reading>,
    levels: &mut Memo<(Level, u8)>,
    numbers: &mut LevelNumbers,
) -> (Level, u8) {
    match (reading, text) {
        (Some(Reading::Level(scale)), Some(text)) => levels.get_or(text, || (scale.parse(text), numbers.code(text))),
        _ => (Level::Unknown, 0),
    }
}

/// The number that a column's text is, and what is wrong with it.
#[inline(never)]
pub(super) fn number(
    text: Option<&[u8]>,
    reading: Option<&Reading>,
    column: usize,
    origin: &mut Origin,
) -> (f64, Option<IssueKind>) {
    let Some(text) = text else { return (f64::NAN, None) };
    let duration = if let Some(Reading::Duration(format)) = reading { Some(*format) } else { None };
    let value = origin.read_number(column, text, duration);
    if !value.is_nan() || is_missing(text) {
        return (value, None);
    }
    match (parse_infinity(text), duration) {
        (Some(infinity), None) => (infinity, Some(IssueKind::Infinite)),
        // Durations have ways of their own to say that there is none, such as -1.
        (None, Some(_)) => (value, None),
        // Nothing lasts forever.
        (Some(_), Some(_)) | (None, None) => (value, Some(IssueKind::NotANumber)),
    }
}

/// The hash of an id; 0 for none.
#[inline(never)]
pub(super) fn id(text: Option<&[u8]>, ids: &mut LongMemo<u64>) -> u64 {
    text.map_or(0, |text| ids.get_or(text, || hash_id(text)))
}

/// The session key of a record that may have several, which are linked; 0 for none. `cells` are the record's `bytes`.
#[inline(never)]
pub(super) fn key(
    (cells, bytes): (&Cells, &[u8]),
    buffer: &mut Vec<u8>,
    (file, keys): (u32, &[KeySource]),
    links: &mut Links,
) -> u64 {
    let mut key = 0;
    for (source, place) in keys.iter().zip(0..) {
        let text = cells.text(source.column as usize, bytes, buffer);
        match text.and_then(|text| source.find(text)).map_or(0, hash_id) {
            0 => {}
            id if key == 0 => key = id,
            id if id == key => {}
            other => links.add(file * MOST_SOURCES + place, other, key),
        }
    }
    key
}

/// What the messages of a segment come to.
#[derive(Debug, Default)]
pub(super) struct Messages {
    phrases: Phrases,
    /// Their shapes.
    pub(super) shapes: ShapeTable,
}

impl Messages {
    /// Counts a message at a place among all. Gives the number of its shape.
    #[inline(never)]
    pub(super) fn add(&mut self, text: &[u8], place: u64, seen: &mut Shapes) -> u32 {
        let shape = Shape::of_next(text, &mut self.phrases);
        seen.add(shape.short());
        self.shapes.add_shape(shape, text, place)
    }
}

/// Milliseconds that a message says something took; NaN where it says nothing of it.
#[inline(never)]
pub(super) fn duration(text: Option<&[u8]>) -> f32 {
    text.and_then(last_duration).map_or(f32::NAN, |millis| millis as f32)
}
