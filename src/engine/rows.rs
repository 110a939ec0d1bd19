//! The text of rows, read again from the file when a person looks at them.

use indexmap::IndexMap;

use super::message::Base;
use super::shard::Shard;
use crate::common::text::cut;
use crate::filter::RowTexts;
use crate::ingest::{ByteSource, MAX_RECORD, ReadError};
use crate::record::assign::correlation::clean_id;
use crate::record::dataset::{FilePlan, KeySource};
use crate::record::reader::RecordReader;
use crate::record::{Column, Dataset, DurationFormat, DurationUnit, Level, Reading, Role, Segment};
use crate::view::row::{CELL_BYTES, RAW_BYTES, RowView};

/// Rows that lie this close together are read at once.
const SPAN: u64 = 1 << 20;

/// Calls `each(row, record)` for some rows of a segment, in order.
pub(super) fn for_each_record(
    shard: &Shard,
    segment: &Segment,
    rows: &[u32],
    source: &mut dyn ByteSource,
    each: &mut dyn FnMut(u32, &[u8]),
) -> Result<(), ReadError> {
    let plan = &shard.dataset.files[segment.id.file as usize];
    let mut texts = RowTexts::new(plan);
    let mut rest = rows;
    let mut bytes = Vec::new();
    while let Some(&first) = rest.first() {
        let base = segment.place(first as usize).0;
        let together = rest.iter().take_while(|&&row| segment.place(row as usize).1 <= base + SPAN).count().max(1);
        let (now, later) = rest.split_at(together);
        rest = later;
        let end = segment.place(now[together - 1] as usize).1.min(base + MAX_RECORD as u64);
        bytes.clear();
        source.read(segment.id.file, base, (end - base) as usize, &mut bytes)?;
        for &row in now {
            let (from, to) = segment.place(row as usize);
            let from = ((from - base) as usize).min(bytes.len());
            let to = ((to - base) as usize).min(bytes.len());
            each(row, texts.row(segment, row as usize, &bytes[from..to]));
        }
    }
    Ok(())
}

/// Makes row views of records.
pub(super) struct Viewer<'a> {
    dataset: &'a Dataset,
    reader: RecordReader,
    segment: &'a Segment,
    base: Base,
    time: Option<usize>,
    level: Option<usize>,
    message: Option<usize>,
    /// Column of the durations, how the file has them, and the unit that its heading stands for.
    duration: Option<(usize, DurationFormat, DurationUnit)>,
    buffer: Vec<u8>,
}

impl<'a> Viewer<'a> {
    pub(super) fn new(dataset: &'a Dataset, segment: &'a Segment, base: Base) -> Self {
        let plan = &dataset.files[segment.id.file as usize];
        Self {
            dataset,
            reader: RecordReader::new(dataset, plan),
            segment,
            base,
            time: dataset.role(Role::Time),
            level: dataset.role(Role::Level),
            message: dataset.role(Role::Message),
            duration: duration(dataset, plan),
            buffer: Vec::new(),
        }
    }

    /// A row; cells are cut to `limit` bytes.
    pub(super) fn row(&mut self, row: u32, record: &[u8], limit: usize) -> RowView {
        let index = row as usize;
        let bad = self.segment.is_bad(index);
        let severity = self.level(index);
        let (bytes, cells, _) = self.reader.read(record);
        let mut texts = Vec::with_capacity(self.dataset.columns.len());
        for column in 0..self.dataset.columns.len() {
            let text = cells.text(column, bytes, &mut self.buffer).unwrap_or_default();
            texts.push(shorten(text, limit));
        }
        if let Some((column, format, unit)) = self.duration
            && let Some(text) = format.in_unit(texts[column].as_bytes(), unit)
        {
            texts[column] = text;
        }
        if let Some(level) = self.level.filter(|&level| texts[level].is_empty())
            && severity != Level::Unknown
        {
            // Taken from the message or the status.
            severity.name().clone_into(&mut texts[level]);
        }
        if bad && let Some(message) = self.message {
            texts[message] = shorten(bytes, limit);
        }
        RowView {
            row: self.base.row + u64::from(row),
            file: self.segment.id.file,
            line: self.base.line + u64::from(row),
            time: self.segment.time(self.time, index),
            level: severity,
            score: self.segment.scores.get(index).copied(),
            predicted: self.segment.predicted.get(index).copied(),
            bad,
            cells: texts,
        }
    }

    fn level(&self, row: usize) -> Level {
        match self.level.map(|column| &self.segment.columns[column]) {
            Some(Column::Level(values)) => Level::from_u8(values[row]),
            _ => Level::Unknown,
        }
    }

    /// The message of a row; without one, the start of its record.
    pub(super) fn message(&self, view: &RowView, record: &[u8]) -> String {
        let message = self.message.map(|column| view.cells[column].clone()).unwrap_or_default();
        if message.is_empty() { shorten(record, CELL_BYTES) } else { message }
    }
}

/// How a file has its durations, and their unit in the column's heading, which is another file's where they differ: there
/// `latency_s` stands below `elapsed_ms`.
fn duration(dataset: &Dataset, plan: &FilePlan) -> Option<(usize, DurationFormat, DurationUnit)> {
    let column = dataset.role(Role::Duration)?;
    let unit = dataset.columns[column].unit()?;
    plan.fields.iter().find_map(|(_, of, reading)| match reading {
        Reading::Duration(format) if *of as usize == column => Some((column, *format, unit)),
        _ => None,
    })
}

/// Text for the screen, cut between characters.
pub(super) fn shorten(bytes: &[u8], limit: usize) -> String {
    // Cutting the bytes first keeps a huge cell from being copied whole.
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(limit.saturating_add(4))]);
    let short = cut(&text, limit);
    if short.len() < bytes.len() && bytes.len() > limit { format!("{short}…") } else { short.to_owned() }
}

/// All fields of a row with their whole texts; where two layers have a field of one name, the inner one's text.
pub(super) fn fields(plan: &FilePlan, row: &[u8]) -> Vec<(String, String)> {
    let mut fields: IndexMap<String, String> = IndexMap::new();
    let repaired = String::from_utf8_lossy(row);
    plan.layout.list(repaired.as_bytes(), &plan.names, &mut |name, text, _| {
        fields.insert(name.to_owned(), shorten(text, RAW_BYTES));
    });
    fields.into_iter().collect()
}

/// Reads the text of session keys.
pub(super) struct SessionKeys<'a> {
    reader: RecordReader,
    plan: &'a FilePlan,
    key: Option<usize>,
    buffer: Vec<u8>,
}

impl<'a> SessionKeys<'a> {
    pub(super) fn new(dataset: &Dataset, plan: &'a FilePlan) -> Self {
        let column = dataset.role(Role::Correlation);
        let filled = column.filter(|&column| plan.fields.iter().any(|field| field.1 as usize == column));
        Self { reader: RecordReader::new(dataset, plan), plan, key: filled, buffer: Vec::new() }
    }

    /// The session key of a record as it is compared; empty where it has none.
    pub(super) fn text(&mut self, record: &[u8]) -> String {
        let (bytes, cells, _) = self.reader.read(record);
        let own = self.key.map(|column| KeySource { column: column as u32, id: None });
        let sources = if self.plan.keys.is_empty() { own.as_slice() } else { &self.plan.keys };
        let found = sources.iter().find_map(|source| {
            let text = cells.text(source.column as usize, bytes, &mut self.buffer)?;
            Some(shorten(&clean_id(source.find(text)?)?, CELL_BYTES))
        });
        found.unwrap_or_default()
    }
}
