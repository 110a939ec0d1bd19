//! What only the text tells: the records of the rows in doubt, read in long runs.

use memchr::memmem;

use super::{Finder, Ready};
use crate::common::text::cut;
use crate::filter::condition::Leaf;
use crate::filter::mask::Mask;
use crate::filter::needle::Needle;
use crate::filter::record::{RowTexts, is_json};
use crate::filter::text;
use crate::ingest::cells::Cells;
use crate::ingest::{ByteSource, MAX_RECORD, ReadError};
use crate::record::reader::RecordReader;
use crate::record::{Dataset, Segment};

/// Bytes that are read at once, at most (but for a single record that is longer).
const RUN: u64 = 4 << 20;
/// Bytes that nobody asked for are read along when the gap is no longer than this.
const GAP: u64 = 64 << 10;

/// Rows whose bytes are at hand.
struct Run<'a> {
    segment: &'a Segment,
    first: usize,
    /// Behind the last.
    end: usize,
    /// Position in the file.
    base: u64,
    bytes: &'a [u8],
}

impl Run<'_> {
    /// Where a row's bytes are within those at hand.
    fn place(&self, row: usize) -> (usize, usize) {
        let (from, to) = self.segment.place(row);
        // A record that was cut for its length may reach further than 32 bits count.
        let clip = |at: u64| at.saturating_sub(self.base).min(self.bytes.len() as u64) as usize;
        (clip(from), clip(to))
    }

    /// The rows, counted from the run's first, that hold all pieces one behind the other.
    fn holding(&self, pieces: &[Needle]) -> Mask {
        let mut rows = Mask::new(self.end - self.first, false);
        let Some((needle, others)) = pieces.split_first() else { return rows };
        let mut next = |from: usize, row: &mut usize| -> Option<()> {
            let hit = needle.find(self.bytes, from)?;
            while *row < self.end && self.place(*row).1 <= hit {
                *row += 1;
            }
            (*row < self.end).then_some(())?;
            let (start, end) = self.place(*row);
            let stands = hit >= start && hit + needle.len() <= end;
            if stands && (others.is_empty() || text::holds(others, &self.bytes[hit + needle.len()..end])) {
                rows.set(*row - self.first, true);
            }
            Some(())
        };
        let (mut row, mut from) = (self.first, 0);
        // Whatever the first hit of a row came to, later hits of the first piece leave less room for the others.
        while next(from, &mut row).is_some() {
            from = self.place(row).1;
            row += 1;
        }
        rows
    }
}

impl Finder {
    /// Decides the rows in doubt, and marks those that meet the condition.
    pub(super) fn read(
        &self,
        segment: &Segment,
        dataset: &Dataset,
        known: &[Option<Mask>],
        doubt: &Mask,
        source: &mut dyn ByteSource,
        found: &mut Mask,
    ) -> Result<(), ReadError> {
        let Some(plan) = dataset.files.get(segment.id.file as usize) else { return Ok(()) };
        let json = is_json(plan);
        let mut texts = RowTexts::new(plan);
        let mut reader = RecordReader::new(dataset, plan);
        let mut tests = self.tests.clone();
        let mut bytes = Vec::new();
        let (mut stack, mut values, mut buffer) = (Vec::new(), vec![None; self.tests.len()], Vec::new());
        let mut rows = doubt.ones().map(|row| row as usize).peekable();
        while let Some(first) = rows.next() {
            let (base, mut end) = segment.place(first);
            let mut last = first;
            let mut wanted = vec![first];
            while let Some(row) = rows.next_if(|&row| {
                let (from, to) = segment.place(row);
                from <= end + GAP && to <= base + RUN
            }) {
                last = row;
                end = segment.place(row).1;
                wanted.push(row);
            }
            bytes.clear();
            source.read(segment.id.file, base, (end - base).min(RUN.max(MAX_RECORD as u64)) as usize, &mut bytes)?;
            let run = Run { segment, first, end: last + 1, base, bytes: &bytes };
            for test in &mut tests {
                test.adapt(&bytes);
            }
            let scanned: Vec<Option<Mask>> = tests
                .iter()
                .zip(known)
                // What a record holds says little of the rows that are made of it.
                .map(|(test, known)| if known.is_none() && !texts.remakes() { test.scan(&run, json) } else { None })
                .collect();
            for row in wanted {
                for (leaf, value) in values.iter_mut().enumerate() {
                    *value = match (&known[leaf], &scanned[leaf], &self.tests[leaf]) {
                        (Some(mask), ..) => Some(mask.get(row)),
                        (None, Some(mask), Ready::Raw(..)) => Some(mask.get(row - first)),
                        // A record without what the test requires can't pass it.
                        (None, Some(mask), _) if !mask.get(row - first) => Some(false),
                        _ => None,
                    };
                }
                let mut decided = self.decide(|leaf| values[leaf], &mut stack);
                if decided.is_none() {
                    let (from, to) = run.place(row);
                    let record = texts.row(segment, row, &bytes[from..to]);
                    let bad = segment.is_bad(row);
                    let (text, cells, _) = reader.read(record);
                    for (leaf, value) in values.iter_mut().enumerate().filter(|(_, value)| value.is_none()) {
                        *value = Some(self.of_record(leaf, text, cells, bad, &mut buffer));
                    }
                    decided = self.decide(|leaf| values[leaf], &mut stack);
                }
                if decided == Some(true) {
                    found.set(row, true);
                }
            }
        }
        Ok(())
    }

    /// Whether a leaf holds for a record.
    fn of_record(&self, leaf: usize, record: &[u8], cells: &Cells, bad: bool, buffer: &mut Vec<u8>) -> bool {
        let tests = self.tests[leaf].tests();
        let mut passes = |column: usize| {
            // The message of a record that can't be read is the whole of it.
            let whole = bad && Some(column) == self.message;
            let text = if whole { Some(record) } else { cells.text(column, record, buffer) };
            text.is_some_and(|text| {
                let limit = self.limits.get(column).copied().unwrap_or(usize::MAX);
                let passes = |text| tests.iter().any(|test| test.passes(text));
                // What facets list of a long value is its beginning, and finds it too.
                passes(text) || text.len() > limit && passes(limited(text, limit))
            })
        };
        match &self.condition.leaves[leaf] {
            Leaf::Value(column, _) => passes(*column as usize),
            Leaf::AnyValue(_) => (0..self.limits.len()).any(passes),
            Leaf::Exists(column) => cells.text(*column as usize, record, buffer).is_some(),
            Leaf::RawRegex(..) => match &self.tests[leaf] {
                Ready::Regex(_, regex) => text::matches(regex.as_ref(), record),
                _ => false,
            },
            Leaf::Raw(_) => match &self.tests[leaf] {
                Ready::Raw(pieces, escaped) => {
                    text::holds(pieces, record) || escaped.as_ref().is_some_and(|pieces| text::holds(pieces, record))
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// As much of a text as its column keeps.
fn limited(text: &[u8], limit: usize) -> &[u8] {
    if text.len() <= limit {
        return text;
    }
    match std::str::from_utf8(&text[..limit]) {
        Ok(_) => &text[..limit],
        Err(error) => cut(std::str::from_utf8(text).unwrap_or_default(), error.valid_up_to()).as_bytes(),
    }
}

impl Ready {
    /// Chooses what to look for by the bytes at hand.
    fn adapt(&mut self, bytes: &[u8]) {
        match self {
            Self::Likely(needle, _) | Self::Regex(Some(needle), _) => needle.adapt(bytes),
            Self::Raw(pieces, escaped) => {
                pieces.iter_mut().chain(escaped.iter_mut().flatten()).for_each(|needle| needle.adapt(bytes));
            }
            Self::Columns | Self::Tests(_) | Self::Regex(None, _) => {}
        }
    }

    /// The rows of a run for which a leaf holds ([`Ready::Raw`]) or may hold; `None` for leaves that nothing can be told of.
    fn scan(&self, run: &Run<'_>, json: bool) -> Option<Mask> {
        match self {
            Self::Raw(pieces, escaped) => {
                let mut rows = run.holding(pieces);
                if let (true, Some(escaped)) = (json, escaped) {
                    rows.add(&run.holding(escaped));
                }
                Some(rows)
            }
            Self::Likely(needle, _) => {
                let mut rows = run.holding(std::slice::from_ref(needle));
                if json && memmem::find(run.bytes, b"\\u").is_some() {
                    rows.add(&run.holding(&[Needle::new("\\u")]));
                }
                Some(rows)
            }
            Self::Regex(Some(needle), _) => Some(run.holding(std::slice::from_ref(needle))),
            Self::Columns | Self::Tests(_) | Self::Regex(None, _) => None,
        }
    }
}
