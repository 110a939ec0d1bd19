//! The fields of one record, as places in its bytes: nothing is copied unless an escape has to be undone.

use serde::{Deserialize, Serialize};

use crate::common::number::count;

/// What stands in a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CellKind {
    /// The record has no such field, or it is empty or null.
    #[default]
    Missing,
    /// Text as it is.
    Text,
    /// A JSON string with escapes.
    Escaped,
    /// A number, a boolean, or the JSON text of a nested value.
    Bare,
    /// A CSV field from behind its opening quote on, with doubled quotes in it or text behind the closing one.
    Quoted,
}

/// The place of one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cell {
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
    /// What it is.
    pub kind: CellKind,
    /// Whether it stands in [`Cells::inner`] rather than in the record.
    inner: bool,
}

/// One cell per column of the dataset.
#[derive(Clone, Debug, Default)]
pub struct Cells {
    /// The places, by column.
    pub slots: Vec<Cell>,
    /// Texts within fields that are records of their own, and texts that were put together from several fields.
    inner: Vec<u8>,
    /// Whether cells are set to ranges of `inner`, and where these begin there.
    entered: bool,
    offset: u32,
    /// What was met since the cells were made, and no column is for.
    pub strangers: Strangers,
    /// Whether the record has such a field.
    strange: bool,
}

/// Fields that no column is for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strangers {
    /// Records with one.
    pub rows: u32,
    /// The name of the first.
    pub first: Vec<u8>,
}

impl Strangers {
    /// Adds those of the records that follow.
    pub fn add(&mut self, next: Self) {
        if self.rows == 0 {
            self.first = next.first;
        }
        self.rows = self.rows.saturating_add(next.rows);
    }

    /// What to tell a person, if there are any.
    pub fn note(&self) -> Option<String> {
        let name = String::from_utf8_lossy(&self.first);
        let rows = match self.rows {
            0 => return None,
            1 => "One row has".to_owned(),
            rows => format!("{} rows have", count(u64::from(rows))),
        };
        Some(format!(
            "{rows} a field that has no column, such as {name:?}. The detail of a row shows all of its fields."
        ))
    }
}

/// Longest name of a field that is told, in bytes.
const LONGEST_NAME: usize = 100;

impl Cells {
    /// Notes a field of the record that no column is for.
    #[cold]
    pub fn note_stranger(&mut self, name: &[u8]) {
        if self.strangers.rows == 0 {
            self.strangers.first = name[..name.len().min(LONGEST_NAME)].to_vec();
        }
        self.strangers.rows += u32::from(!self.strange);
        self.strange = true;
    }

    /// Forgets the last record and makes room for `columns` cells.
    pub fn clear(&mut self, columns: usize) {
        self.slots.clear();
        self.slots.resize(columns, Cell::default());
        self.inner.clear();
        (self.entered, self.offset) = (false, 0);
        self.strange = false;
    }

    /// Sets a cell to a range of the record (or of the inner record that [`Self::enter`] began).
    #[inline]
    pub fn set(&mut self, column: usize, start: usize, end: usize, kind: CellKind) {
        let (start, end) = (start as u32 + self.offset, end as u32 + self.offset);
        self.slots[column] = Cell { start, end, kind, inner: self.entered };
    }

    /// From now on, cells are set to ranges of this text, a record within the record.
    pub fn enter(&mut self, text: &[u8]) {
        (self.entered, self.offset) = (true, self.inner.len() as u32);
        self.inner.extend_from_slice(text);
    }

    /// Sets a cell to a text that stands nowhere.
    pub fn put(&mut self, column: usize, text: &[u8]) {
        self.enter(text);
        self.set(column, 0, text.len(), CellKind::Text);
    }

    /// The value of a column: text without quotes and escapes; `None` where it is missing or empty.
    /// `buffer` holds what has to be unescaped.
    #[inline]
    pub fn text<'a>(&'a self, column: usize, record: &'a [u8], buffer: &'a mut Vec<u8>) -> Option<&'a [u8]> {
        let cell = &self.slots[column];
        let text = match cell.kind {
            CellKind::Missing => return None,
            CellKind::Text | CellKind::Bare => self.written(cell, record),
            CellKind::Escaped | CellKind::Quoted => self.unquoted(cell, record, buffer),
        };
        (!text.is_empty()).then_some(text)
    }

    /// The bytes of a cell.
    #[inline]
    fn written<'a>(&'a self, cell: &Cell, record: &'a [u8]) -> &'a [u8] {
        let bytes = if cell.inner { &self.inner } else { record };
        &bytes[cell.start as usize..cell.end as usize]
    }

    /// What the bytes of a cell say.
    #[inline(never)]
    fn unquoted<'a>(&self, cell: &Cell, record: &[u8], buffer: &'a mut Vec<u8>) -> &'a [u8] {
        buffer.clear();
        let written = self.written(cell, record);
        if cell.kind == CellKind::Escaped {
            super::json::unescape(written, buffer);
        } else {
            super::csv::unquote(written, buffer);
        }
        buffer
    }
}
