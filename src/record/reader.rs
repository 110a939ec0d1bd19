//! Reads one record of a planned file into cells.

use super::dataset::FilePlan;
use super::{Dataset, Role};
use crate::common::text::is_ascii;
use crate::ingest::cells::{CellKind, Cells};
use crate::ingest::keys::KeyTree;
use crate::ingest::layout::Syntax;
use crate::ingest::text::{LinePattern, logfmt};
use crate::ingest::{Format, IssueKind, colour, csv, json};

/// Fills [`Cells`] from the rows of one file, one after the other.
#[derive(Clone, Debug)]
pub struct RecordReader {
    outer: Reader,
    /// Column of the text, and how it is read, from the outside in.
    payloads: Vec<(usize, Reader)>,
    /// Columns of method, path and status that stand in for a message.
    request: Option<[u32; 3]>,
    message: Option<usize>,
    columns: usize,
    /// The cells of the record that was read last.
    pub cells: Cells,
    /// Whether there are terminal colours in texts within texts.
    colours: bool,
    /// Text of the payload at hand.
    text: Vec<u8>,
    /// The record with bytes that are not UTF-8 replaced.
    repaired: Vec<u8>,
}

/// How the text of one layer is read.
#[derive(Clone, Debug)]
enum Reader {
    Json(KeyTree),
    Csv {
        delimiter: u8,
        /// Column of each field by position.
        columns: Vec<Option<usize>>,
        fields: usize,
    },
    Text {
        pattern: LinePattern,
        /// Column of each field of the pattern.
        columns: Vec<Option<usize>>,
    },
    Logfmt(KeyTree),
    /// Column of the whole line.
    Line(Option<usize>),
}

impl RecordReader {
    /// A reader for one file of a dataset.
    pub fn new(dataset: &Dataset, plan: &FilePlan) -> Self {
        let fields: Vec<(usize, usize)> =
            plan.fields.iter().map(|(field, column, _)| (*field as usize, *column as usize)).collect();
        let column_of =
            |name: &str| fields.iter().find(|(field, _)| plan.names[*field] == name).map(|&(_, column)| column);
        let keys = || KeyTree::new(fields.iter().map(|&(field, column)| (plan.names[field].as_str(), column)));
        let outer = match &plan.layout.format {
            Format::JsonLines | Format::Json { .. } => Reader::Json(keys()),
            Format::Csv { delimiter, .. } => {
                let mut columns = vec![None; plan.names.len()];
                for &(field, column) in &fields {
                    columns[field] = Some(column);
                }
                Reader::Csv { delimiter: *delimiter, columns, fields: plan.layout.csv_fields as usize }
            }
            Format::Text(pattern) => Reader::text(pattern, column_of),
            Format::Logfmt => Reader::Logfmt(keys()),
            Format::Lines => Reader::Line(column_of("text")),
        };
        let inner = plan.layout.payloads.iter().filter_map(|payload| {
            let reader = match &payload.syntax {
                Syntax::Json => Reader::Json(keys()),
                Syntax::Text(pattern) => Reader::text(pattern, column_of),
                Syntax::Logfmt => Reader::Logfmt(keys()),
            };
            Some((column_of(&payload.field)?, reader))
        });
        Self {
            outer,
            payloads: inner.collect(),
            request: plan.request,
            message: dataset.role(Role::Message),
            columns: dataset.columns.len(),
            cells: Cells::default(),
            colours: plan.layout.colours,
            text: Vec::new(),
            repaired: Vec::new(),
        }
    }

    /// Reads one row. Gives the bytes that the cells refer to (the row's own, unless they had to be repaired) and what is
    /// wrong with it. The cells of a bad row are all missing.
    pub fn read<'a>(&'a mut self, row: &'a [u8]) -> (&'a [u8], &'a Cells, Option<IssueKind>) {
        self.cells.clear(self.columns);
        let mut issue = None;
        let mut bytes = row;
        if !is_ascii(row) && std::str::from_utf8(row).is_err() {
            self.repaired.clear();
            self.repaired.extend_from_slice(String::from_utf8_lossy(row).as_bytes());
            bytes = &self.repaired;
            issue = Some(IssueKind::InvalidUtf8);
        }
        let trouble = self.outer.fill(bytes, &mut self.cells).err();
        if trouble.is_some_and(IssueKind::is_bad) {
            self.cells.clear(self.columns);
        }
        let mut buffer = Vec::new();
        let text = &mut self.text;
        for (column, reader) in &self.payloads {
            text.clear();
            text.extend_from_slice(self.cells.text(*column, bytes, &mut buffer).unwrap_or_default().trim_ascii_end());
            if text.is_empty() {
                break;
            }
            if self.colours {
                *text = colour::stripped(text).into_owned();
            }
            self.cells.enter(text);
            // What is no record is a message like any other, and there is nothing within it.
            if reader.fill(text, &mut self.cells).is_err() {
                if let Some(message) = self.message
                    && self.cells.text(message, bytes, &mut buffer).is_none()
                {
                    self.cells.set(message, 0, text.len(), CellKind::Text);
                }
                break;
            }
        }
        if let (Some(request), Some(message)) = (self.request, self.message)
            && self.cells.text(message, bytes, &mut buffer).is_none()
        {
            // An access log has no message: `GET /path 200` says what happened.
            text.clear();
            for column in request {
                if let Some(part) = self.cells.text(column as usize, bytes, &mut buffer) {
                    // What is behind the question mark belongs to the call, not to what was called.
                    let part = part.split(|&byte| byte == b'?').next().unwrap_or(part);
                    text.extend_from_slice(if text.is_empty() { b"" } else { b" " });
                    text.extend_from_slice(part);
                }
            }
            self.cells.put(message, text);
        }
        if let Some(message) = self.message
            && self.cells.slots[message].kind == CellKind::Bare
            && let Some(written) = self.cells.text(message, bytes, &mut buffer).and_then(text_of_bytes)
        {
            self.cells.put(message, &colour::stripped(&written));
        }
        (bytes, &self.cells, trouble.or(issue))
    }
}

/// The text of an array of its bytes, as which journald's JSON has messages with control characters
/// (`systemd.io/JOURNAL_EXPORT_FORMATS`, "Journal JSON Format").
fn text_of_bytes(array: &[u8]) -> Option<Vec<u8>> {
    let numbers = array.strip_prefix(b"[")?.strip_suffix(b"]")?.split(|&byte| byte == b',');
    let byte = |number: &[u8]| std::str::from_utf8(number.trim_ascii()).ok()?.parse::<u8>().ok();
    let text: Vec<u8> = numbers.map(byte).collect::<Option<_>>()?;
    let is_text = |byte: &u8| *byte >= b' ' || matches!(*byte, b'\t' | b'\n' | b'\r' | 0x1b);
    (text.iter().all(is_text) && std::str::from_utf8(&text).is_ok()).then_some(text)
}

impl Reader {
    fn text(pattern: &LinePattern, column_of: impl Fn(&str) -> Option<usize>) -> Self {
        let columns = pattern.fields().iter().map(|name| column_of(name)).collect();
        Self::Text { pattern: pattern.clone(), columns }
    }

    fn fill(&self, text: &[u8], cells: &mut Cells) -> Result<(), IssueKind> {
        match self {
            Self::Json(keys) => json::fill(text, keys, cells),
            Self::Csv { delimiter, columns, fields } => {
                let found = csv::fill(text, *delimiter, columns, cells);
                if found == *fields { Ok(()) } else { Err(IssueKind::Ragged) }
            }
            Self::Text { pattern, columns } => {
                let end = pattern.read_to(text, &mut |field, place| {
                    if let Some(&Some(column)) = columns.get(field) {
                        cells.set(column, place.start, place.end, CellKind::Text);
                    }
                });
                match end {
                    Some(end) if pattern.is_longer(text, &text[end..]) => Err(IssueKind::Ragged),
                    Some(_) => Ok(()),
                    None => Err(IssueKind::Unparsed),
                }
            }
            Self::Logfmt(keys) => {
                let (mut hint, mut any) = (0, false);
                logfmt::list(text, &mut |key, place, escaped| {
                    any |= !place.is_empty();
                    let column = keys.find(keys.root(), key, &mut hint).and_then(|place| place.column);
                    if column.is_none() && !place.is_empty() {
                        cells.note_stranger(key);
                    }
                    if let Some(column) = column {
                        let kind = match (place.is_empty(), escaped) {
                            (true, _) => CellKind::Missing,
                            (false, true) => CellKind::Escaped,
                            (false, false) => CellKind::Text,
                        };
                        cells.set(column, place.start, place.end, kind);
                    }
                });
                if any { Ok(()) } else { Err(IssueKind::Unparsed) }
            }
            Self::Line(column) => {
                if let Some(column) = *column {
                    cells.set(column, 0, text.len(), CellKind::Text);
                }
                Ok(())
            }
        }
    }
}
