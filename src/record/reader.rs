//! Reads one record of a planned file into cells.

use super::Dataset;
use super::dataset::FilePlan;
use crate::ingest::cells::{CellKind, Cells};
use crate::ingest::keys::KeyTree;
use crate::ingest::{Format, IssueKind, csv, json};

/// Fills [`Cells`] from the records of one file, one after the other.
#[derive(Clone, Debug)]
pub struct RecordReader {
    syntax: Syntax,
    columns: usize,
    /// The cells of the record that was read last.
    pub cells: Cells,
    /// The record with bytes that are not UTF-8 replaced.
    repaired: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Syntax {
    Json(KeyTree),
    Csv {
        delimiter: u8,
        /// Column of each field by position.
        columns: Vec<Option<usize>>,
        fields: usize,
    },
    /// Column of the whole line.
    Line(Option<usize>),
}

impl RecordReader {
    /// A reader for one file of a dataset.
    pub fn new(dataset: &Dataset, plan: &FilePlan) -> Self {
        let fields: Vec<(usize, usize)> =
            plan.fields.iter().map(|(field, column, _)| (*field as usize, *column as usize)).collect();
        let syntax = match &plan.format {
            Format::JsonLines | Format::Json { .. } => {
                Syntax::Json(KeyTree::new(fields.iter().map(|&(field, column)| (plan.names[field].as_str(), column))))
            }
            Format::Csv { delimiter, .. } => {
                let mut columns = vec![None; plan.names.len()];
                for &(field, column) in &fields {
                    columns[field] = Some(column);
                }
                Syntax::Csv { delimiter: *delimiter, columns, fields: plan.csv_fields as usize }
            }
            Format::Lines => Syntax::Line(fields.first().map(|&(_, column)| column)),
        };
        Self { syntax, columns: dataset.columns.len(), cells: Cells::default(), repaired: Vec::new() }
    }

    /// Reads one record. Gives the bytes that the cells refer to (the record's own, unless they had to be repaired) and
    /// what is wrong with it. The cells of a bad record are all missing.
    pub fn read<'a>(&'a mut self, record: &'a [u8]) -> (&'a [u8], &'a Cells, Option<IssueKind>) {
        self.cells.clear(self.columns);
        let mut issue = None;
        let mut bytes = record;
        if std::str::from_utf8(record).is_err() {
            self.repaired.clear();
            self.repaired.extend_from_slice(String::from_utf8_lossy(record).as_bytes());
            bytes = &self.repaired;
            issue = Some(IssueKind::InvalidUtf8);
        }
        let trouble = match &self.syntax {
            Syntax::Json(keys) => json::fill(bytes, keys, &mut self.cells).err(),
            Syntax::Csv { delimiter, columns, fields } => {
                let found = csv::fill(bytes, *delimiter, columns, &mut self.cells);
                (found != *fields).then_some(IssueKind::Ragged)
            }
            Syntax::Line(column) => {
                if let Some(column) = *column {
                    self.cells.set(column, 0, bytes.len(), CellKind::Text);
                }
                None
            }
        };
        if trouble.is_some_and(IssueKind::is_bad) {
            self.cells.clear(self.columns);
        }
        (bytes, &self.cells, trouble.or(issue))
    }
}
