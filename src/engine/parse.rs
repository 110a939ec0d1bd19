//! One byte range of a file → a [`Segment`].

use serde::{Deserialize, Serialize};

use super::values::{self, Messages};
use crate::common::memo::{LongMemo, Memo};
use crate::common::text::parse_number;
use crate::ingest::cells::{Cells, Strangers};
use crate::ingest::cut::{Cutter, Part};
use crate::ingest::{ByteSource, Issue, IssueKind, Layout, MAX_RECORD, ReadError};
use crate::record::column::Growing;
use crate::record::dataset::{KeySource, LevelSource};
use crate::record::origin::Origin;
use crate::record::reader::RecordReader;
use crate::record::role::is_missing;
use crate::record::segment::{NO_TEMPLATE, place_among_all};
use crate::record::time::Recent;
use crate::record::{Dataset, Level, Reading, Segment, SegmentId};
use crate::session::Links;
use crate::template::{Shape, ShapeTable};

/// How much of a bad record's text goes into its shape.
const BAD_SHAPE_BYTES: usize = 4096;
/// How much of a message is searched for a level.
const DERIVE_BYTES: usize = 512;
/// First look beyond the range for the end of the last record, in bytes; doubled while that is not enough.
pub const LOOK_AHEAD: usize = 64 << 10;
/// Largest room for bytes that is kept from one range to the next.
const KEPT_BYTES: usize = 16 << 20;

/// A byte range to be parsed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Task {
    /// The segment that it becomes.
    pub id: SegmentId,
    /// First byte of the range.
    pub from: u64,
    /// Byte after the last. Records that begin before it are the range's, however far they reach.
    pub to: u64,
    /// Where the first record begins, if that is known; else it is guessed, and `from` is at least 1.
    pub start: Option<u64>,
}

/// What parsing a range came to.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The rows.
    pub segment: Segment,
    /// Where the first record began; `None` when no record begins in the range.
    pub first: Option<u64>,
    /// Where the first record after the range begins, separators skipped; the file's size at its end.
    pub next: u64,
    /// The shapes of the messages, numbered as in [`Segment::templates`].
    pub shapes: ShapeTable,
    /// Session keys that rows have in common.
    pub links: Links,
    /// Fields that no column is for.
    pub strangers: Strangers,
    /// Where the file ends, if this range came upon the end before the place that was known.
    pub end: Option<u64>,
    /// Whether the file ends before the array of its records does.
    pub cut_off: bool,
}

/// Parses one range. The same bytes and the same start give the same rows, however the file was cut.
#[inline(never)]
pub fn parse(
    task: Task,
    dataset: &Dataset,
    source: &mut dyn ByteSource,
    bench: &mut Bench,
) -> Result<Parsed, ReadError> {
    let plan = &dataset.files[task.id.file as usize];
    let mut bytes = std::mem::take(&mut bench.bytes);
    let mut rows = Rows::new(dataset, task, bench);
    let mut first = None;
    let walked = walk(task, &plan.layout, source, &mut bytes, &mut |record, place, issue| {
        let start = *first.get_or_insert(place);
        rows.start = start;
        plan.layout.rows(record, &mut |row| rows.push(row, place - start, issue));
    });
    let parsed = walked.map(|walked| {
        let start = first.or(walked.first).unwrap_or(walked.next);
        rows.finish(start, &walked)
    });
    // Room is kept for ordinary ranges, not for the longest record there may be.
    if bytes.capacity() <= KEPT_BYTES {
        bench.bytes = bytes;
    }
    parsed
}

/// Room for a segment under construction. It is used for one after the other: if each took its own, what is kept of them
/// would lie scattered in a memory that can only grow.
#[derive(Debug, Default)]
pub struct Bench {
    bytes: Vec<u8>,
    columns: Vec<Growing>,
    offsets: Vec<u32>,
    issues: Vec<Issue>,
    templates: Vec<u32>,
    durations: Vec<f32>,
    origin: Origin,
    buffer: Vec<u8>,
    joined: Vec<u8>,
    dates: Vec<u8>,
}

impl Bench {
    /// Makes everything ready for rows of a dataset.
    fn clear(&mut self, dataset: &Dataset) {
        // A segment that could not be read to its end leaves rows behind.
        let same = self.columns.len() == dataset.columns.len() && self.offsets.is_empty();
        if !same {
            let bytes = std::mem::take(&mut self.bytes);
            let columns = dataset.columns.iter().map(|column| Growing::new(column.kind)).collect();
            *self = Self { bytes, columns, origin: Origin::new(dataset.columns.len()), ..Self::default() };
        }
    }
}

/// Where a walk over a range began and ended.
#[derive(Clone, Copy, Debug)]
pub struct Walked {
    /// Where the first record began; `None` when no record begins in the range.
    pub first: Option<u64>,
    /// Behind the last record of the range and the separators that follow it.
    pub last: u64,
    /// As [`Parsed::next`].
    pub next: u64,
    /// As [`Parsed::end`].
    pub end: Option<u64>,
    /// As [`Parsed::cut_off`].
    pub cut_off: bool,
}

/// Told of a record: its bytes, its place in the file, and trouble with its end.
pub type EachRecord<'a> = &'a mut dyn FnMut(&[u8], u64, Option<IssueKind>);

/// Calls `each(record, place in the file, trouble with its end)` for the records of one range.
pub fn walk(
    task: Task,
    layout: &Layout,
    source: &mut dyn ByteSource,
    bytes: &mut Vec<u8>,
    each: EachRecord<'_>,
) -> Result<Walked, ReadError> {
    let cutter = Cutter::new(layout);
    let mut window = Window::new(source, task.id.file, bytes);

    // One byte before the range tells whether it begins with a record.
    let from = task.start.unwrap_or(task.from);
    let before = u64::from(task.start.is_none());
    window.load(from - before, (task.to - from + before) as usize)?;
    let first = match task.start {
        Some(_) => Some(0),
        None if window.bytes.is_empty() => None,
        None => cutter.guess(window.bytes, 1),
    };
    let first = first.map(|at| cutter.skip(window.bytes, at)).filter(|&at| window.base + (at as u64) < task.to);
    let Some(mut at) = first else {
        return Ok(Walked { first: None, last: task.to, next: task.to, end: window.end(), cut_off: false });
    };
    let first = Some(window.base + at as u64);
    let mut closed = !cutter.in_array();
    while window.base + (at as u64) < task.to && at < window.bytes.len() {
        let Some(cut) = cutter.cut(window.bytes, at, window.last()) else {
            at = window.grow(at)?;
            continue;
        };
        match cut.part {
            Part::Record => each(&window.bytes[cut.start..cut.end], window.base + cut.start as u64, cut.issue),
            Part::Remark => {}
            Part::Tail => {
                // Nobody has to read on to find out where the file ends.
                let last = window.base + at as u64;
                let end = window.source.size(task.id.file).unwrap_or(last);
                return Ok(Walked { first, last, next: end, end: Some(end), cut_off: false });
            }
        }
        // A record that is broken may have taken the array's end with it.
        closed |= cut.issue == Some(IssueKind::InvalidJson) && window.bytes[..cut.end].ends_with(b"]");
        at = cut.next;
        if cut.issue == Some(IssueKind::TooLong) {
            at = skip_rest(&cutter, &mut window, at)?;
        }
        loop {
            let behind = at;
            at = cutter.skip(window.bytes, at);
            closed = closed || window.bytes[behind..at].contains(&b']');
            if at < window.bytes.len() || window.last() {
                break;
            }
            // Separators may go on behind the bytes at hand.
            at = window.grow(at)?;
        }
    }
    let next = window.base + at as u64;
    let cut_off = !closed && at == window.bytes.len() && window.last();
    Ok(Walked { first, last: next, next, end: window.end(), cut_off })
}

/// Finds the end of a record that was cut for its length, letting go of its bytes on the way.
fn skip_rest(cutter: &Cutter, window: &mut Window<'_>, mut at: usize) -> Result<usize, ReadError> {
    loop {
        if let Some(next) = cutter.after_too_long(window.bytes, at.max(1)) {
            return Ok(next);
        }
        if window.last() {
            return Ok(window.bytes.len());
        }
        // A record's opening may straddle the bytes at hand; two kilobytes hold the longest key that is looked for.
        at = window.bytes.len().saturating_sub(2048).max(at);
        at = window.grow(at)?.max(1);
    }
}

/// The bytes at hand: a stretch of the file that grows at its end.
struct Window<'a> {
    source: &'a mut dyn ByteSource,
    file: u32,
    size: u64,
    base: u64,
    bytes: &'a mut Vec<u8>,
    ahead: usize,
}

impl<'a> Window<'a> {
    fn new(source: &'a mut dyn ByteSource, file: u32, bytes: &'a mut Vec<u8>) -> Self {
        let size = source.size(file).unwrap_or(u64::MAX);
        bytes.clear();
        Self { source, file, size, base: 0, bytes, ahead: LOOK_AHEAD }
    }

    fn load(&mut self, base: u64, length: usize) -> Result<(), ReadError> {
        self.base = base;
        self.read(base, length)
    }

    fn read(&mut self, from: u64, length: usize) -> Result<(), ReadError> {
        let before = self.bytes.len();
        self.source.read(self.file, from, length, self.bytes)?;
        let read = self.bytes.len() - before;
        if read < length {
            // The file ends here, whatever was known of its size: packed content only tells when it is read.
            self.size = self.size.min(from + read as u64);
        }
        Ok(())
    }

    /// Where the file was found to end, other than was known.
    fn end(&self) -> Option<u64> {
        (Some(self.size) != self.source.size(self.file) && self.size < u64::MAX).then_some(self.size)
    }

    /// Whether the file ends with the bytes.
    fn last(&self) -> bool {
        self.base + self.bytes.len() as u64 >= self.size
    }

    /// Drops the bytes before `at` (but one) and reads on. Gives the new place of `at`.
    fn grow(&mut self, at: usize) -> Result<usize, ReadError> {
        let drop = at.saturating_sub(1);
        self.bytes.drain(..drop);
        self.base += drop as u64;
        let end = self.base + self.bytes.len() as u64;
        self.read(end, self.ahead)?;
        self.ahead = (self.ahead * 2).min(MAX_RECORD);
        Ok(at - drop)
    }
}

/// The columns under construction.
struct Rows<'a> {
    reader: RecordReader,
    /// For each column that the file fills: how it is read.
    readings: Vec<Option<&'a Reading>>,
    message: Option<usize>,
    id: SegmentId,
    start: u64,
    bench: &'a mut Bench,
    /// Column of the date that belongs to a time of day.
    date: Option<usize>,
    /// What stands in for a level.
    level: Option<LevelSource>,
    absent_level: Level,
    /// Levels of texts, and the codes of their numbers.
    levels: Memo<(Level, u8)>,
    /// Hashes of ids.
    ids: LongMemo<u64>,
    recent: Recent,
    /// Whether durations are taken from messages.
    text_duration: bool,
    /// Where session keys are found, where it takes more than their own column.
    keys: &'a [KeySource],
    links: Links,
    messages: Messages,
}

impl<'a> Rows<'a> {
    fn new(dataset: &'a Dataset, task: Task, bench: &'a mut Bench) -> Self {
        let plan = &dataset.files[task.id.file as usize];
        let mut readings = vec![None; dataset.columns.len()];
        for (_, column, reading) in &plan.fields {
            readings[*column as usize] = Some(reading);
        }
        bench.clear(dataset);
        Self {
            reader: RecordReader::new(dataset, plan),
            readings,
            message: dataset.role(crate::record::Role::Message),
            id: task.id,
            start: task.to,
            bench,
            date: plan.date.map(|column| column as usize),
            level: plan.level,
            absent_level: plan.absent_level,
            levels: Memo::default(),
            ids: LongMemo::default(),
            recent: Recent::default(),
            text_duration: plan.text_duration,
            keys: &plan.keys,
            links: Links::default(),
            messages: Messages::default(),
        }
    }

    fn push(&mut self, record: &[u8], offset: u64, cut_issue: Option<IssueKind>) {
        let Bench { columns, offsets, issues, templates, durations, origin, buffer, joined, dates, .. } =
            &mut *self.bench;
        let row = offsets.len() as u32;
        offsets.push(offset as u32);
        let (bytes, cells, issue) = self.reader.read(record);
        // How a record ends explains why it can't be read, not the other way round.
        let issue = cut_issue.or(issue);
        if let Some(kind) = issue {
            issues.push(Issue { row, kind });
        }
        let bad = issue.is_some_and(IssueKind::is_bad);
        let mut odd_number = None;
        for (index, (column, &reading)) in columns.iter_mut().zip(&self.readings).enumerate() {
            if matches!(column, Growing::Unkept) {
                continue;
            }
            let text = cells.text(index, bytes, buffer);
            match column {
                Growing::Unkept => {}
                Growing::Time(times) if self.date.is_none() => {
                    times.push(values::time(text, reading, &mut self.recent));
                }
                Growing::Time(times) => {
                    let date = self.date.and_then(|date| cells.text(date, bytes, dates));
                    joined.clear();
                    joined.extend_from_slice(date.unwrap_or_default());
                    joined.push(b' ');
                    joined.extend_from_slice(text.unwrap_or_default());
                    times.push(values::time(Some(joined), reading, &mut self.recent));
                }
                Growing::Level(levels) => {
                    let numbers = &mut origin.levels;
                    let (level, code) = match self.level {
                        Some(source) => (derive_level(source, cells, bytes, buffer), 0),
                        None => values::level(text, reading, &mut self.levels, numbers),
                    };
                    numbers.note(row as usize, code);
                    levels.push(if level == Level::Unknown { self.absent_level } else { level } as u8);
                }
                Growing::Number(values) => {
                    let (value, odd) = values::number(text, reading, index, origin);
                    odd_number = odd_number.or(odd);
                    values.push(value);
                }
                Growing::Category(values) => values.push(text),
                Growing::Id(keys) if self.keys.is_empty() => keys.push(values::id(text, &mut self.ids)),
                Growing::Id(keys) => {
                    let sources = (self.id.file, self.keys);
                    keys.push(values::key((cells, bytes), buffer, sources, &mut self.links));
                }
                Growing::Shape(shapes) if Some(index) == self.message => {
                    let text = text.or_else(|| bad.then(|| &bytes[..bytes.len().min(BAD_SHAPE_BYTES)]));
                    let place = place_among_all(self.id.file, self.start + offset);
                    let number = text.map(|text| self.messages.add(text, place, shapes));
                    templates.push(number.unwrap_or(NO_TEMPLATE));
                    if self.text_duration {
                        durations.push(values::duration(text));
                    }
                }
                Growing::Shape(shapes) => shapes.add(text.map_or(0, |text| Shape::of(text).short())),
            }
        }
        if let (Some(kind), None) = (odd_number, issue) {
            issues.push(Issue { row, kind });
        }
    }

    fn finish(self, start: u64, walked: &Walked) -> Parsed {
        let Walked { first, next, end, last, cut_off } = *walked;
        let Bench { columns, offsets, issues, templates, durations, origin, .. } = self.bench;
        let mut origin = std::mem::replace(origin, Origin::new(columns.len()));
        origin.zones = self.recent.zones;
        origin.levels.finish(offsets.len());
        let segment = Segment {
            id: self.id,
            start,
            end: last,
            offsets: offsets.as_slice().to_vec(),
            columns: columns.iter_mut().map(Growing::harvest).collect(),
            issues: issues.as_slice().to_vec(),
            scores: Vec::new(),
            predicted: Vec::new(),
            templates: templates.as_slice().to_vec(),
            durations: durations.as_slice().to_vec(),
            origin,
        };
        offsets.clear();
        issues.clear();
        templates.clear();
        durations.clear();
        let strangers = self.reader.cells.strangers;
        Parsed { segment, first, next, shapes: self.messages.shapes, links: self.links, strangers, end, cut_off }
    }
}

/// The level of a record whose file has no field for it.
fn derive_level(source: LevelSource, cells: &Cells, bytes: &[u8], buffer: &mut Vec<u8>) -> Level {
    match source {
        LevelSource::Status(column) => {
            let status = cells.text(column as usize, bytes, buffer).and_then(parse_number);
            status.map_or(Level::Unknown, |status| Level::from_http_status(status as u16))
        }
        LevelSource::Error(column) => {
            let error = cells.text(column as usize, bytes, buffer);
            if error.is_some_and(|text| !is_missing(text)) { Level::Error } else { Level::Info }
        }
        LevelSource::Message(column) => {
            let message = cells.text(column as usize, bytes, buffer).unwrap_or_default();
            Level::derive_from_message(&message[..message.len().min(DERIVE_BYTES)])
        }
    }
}
