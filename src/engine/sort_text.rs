//! Sorting by what is not kept: the beginning of each row's text, read from the file for as long as the order is shown.

use std::collections::BTreeMap;

use super::order::bits;
use super::rows::for_each_record;
use super::shard::Shard;
use crate::common::text::parse_number;
use crate::ingest::{ByteSource, ReadError};
use crate::record::reader::RecordReader;
use crate::record::{Dataset, Kind, Role, SegmentId};

/// The first [`PREFIX`] bytes of each row's text as a number, 0 where there is none; a running number as its own bits.
#[derive(Debug, Default)]
pub struct TextKeys {
    /// Column of the dataset.
    column: u32,
    /// One key per row.
    pub(super) segments: BTreeMap<SegmentId, Vec<u128>>,
}

/// Bytes of a text that its order looks at; texts that agree in them keep the order of the files.
pub const PREFIX: usize = 16;

/// Whether a column is sorted by the texts of the records, which have to be read first ([`super::Query::ReadKeys`]).
pub fn reads_text(dataset: &Dataset, column: u32) -> bool {
    let kind = dataset.columns.get(column as usize).map(|column| column.kind);
    kind.is_some_and(|kind| !matches!(kind, Kind::Time | Kind::Level | Kind::Number | Kind::Category))
}

impl Shard {
    /// Reads the keys of a segment, if they are not there yet.
    pub(super) fn read_keys(
        &mut self,
        column: u32,
        id: SegmentId,
        source: &mut dyn ByteSource,
    ) -> Result<(), ReadError> {
        if self.texts.column != column {
            self.texts = TextKeys { column, segments: BTreeMap::new() };
        }
        let (Some(segment), Some(plan)) = (self.segments.get(&id), self.dataset.files.get(id.file as usize)) else {
            return Ok(());
        };
        if !reads_text(&self.dataset, column) || self.texts.segments.contains_key(&id) {
            return Ok(());
        }
        let index = column as usize;
        let number = self.dataset.columns[index].kind == Kind::Sequence;
        let message = self.dataset.role(Role::Message) == Some(index);
        let mut keys = vec![0; segment.rows()];
        // A column that the file lacks is not worth reading for.
        if message || plan.fields.iter().any(|(_, of, _)| *of == column) {
            let rows: Vec<u32> = (0..segment.rows() as u32).collect();
            let mut reader = RecordReader::new(&self.dataset, plan);
            let mut buffer = Vec::new();
            for_each_record(self, segment, &rows, source, &mut |row, record| {
                let bad = message && segment.is_bad(row as usize);
                let (record, cells, _) = reader.read(record);
                let text = if bad { Some(record) } else { cells.text(index, record, &mut buffer) };
                keys[row as usize] = match text {
                    Some(text) if number => parse_number(text).map_or(0, |number| u128::from(bits(number))),
                    Some(text) => prefix(text),
                    None => 0,
                };
            })?;
        }
        self.texts.segments.insert(id, keys);
        Ok(())
    }
}

/// The beginning of a text as a number that sorts like it.
fn prefix(text: &[u8]) -> u128 {
    let mut bytes = [0; PREFIX];
    let length = text.len().min(PREFIX);
    bytes[..length].copy_from_slice(&text[..length]);
    u128::from_be_bytes(bytes)
}
