//! Rows with all of their text, and what stands around one: what a language model is told. Rows go by the number that the page
//! shows, which counts from 1.

use std::collections::BTreeMap;

use super::{Client, Listing};
use crate::common::hash::hash_bytes;
use crate::common::text::cut;
use crate::context::{self, REACH, StepRow};
use crate::engine::{Answer, Query};
use crate::explain::{Row, Table, cause};
use crate::finding::Ranked;
use crate::record::assign::correlation::clean_id;
use crate::record::{Reading, Role, SegmentId};
use crate::view::{RowDetail, RowView};

/// Most fields of a row that are told; those with a role come first.
const FIELDS: usize = 60;
/// Longest text of a cell, in bytes: more than a prompt takes, so that redaction sees what is cut off after it.
const CELL_BYTES: usize = 16 << 10;
/// Most rows of a session that are told of, even as left out.
const MOST_ROWS: usize = 100_000;

/// A row, and what stands around it.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// The row.
    pub detail: RowDetail,
    /// Whether `rows` are its session; the rows before and after it otherwise.
    pub session: bool,
    /// Rows in order. Those that a prompt has no room for have no cells.
    pub rows: Table,
    /// The nearest ordinary session.
    pub normal: Option<Table>,
}

impl Client {
    /// A row and what stands around it: its session, or the rows before and after it in its file.
    pub async fn gather(&self, row: u64) -> Option<Gathered> {
        let detail = self.detail(row).await?;
        let steps = match self.session_key(&detail) {
            Some(key) => self.steps(key).await,
            None => Vec::new(),
        };
        let (segment, place) = self.0.conductor.borrow().catalog().place_of(row)?;
        let place = steps.iter().find(|step| (step.segment, step.row) == (segment, place)).map(|step| step.place);
        let around = place.and_then(|place| context::session(steps, place)).filter(|around| around.rows.len() > 1);
        let Some(around) = around else {
            let (from, to) = self.around(&detail);
            let rows = self.table((from..to).collect(), |rows| (0..rows.len()).collect()).await;
            return Some(Gathered { detail, session: false, rows, normal: None });
        };
        let numbers = self.numbers(&around.rows);
        let rows = self.table(numbers, |rows| cause::places_of_session(rows, &[row + 1])).await;
        let normal = match self.twin(around.rows).await {
            Some(key) => {
                let mut steps = self.steps(key).await;
                steps.sort_by_key(|step| (step.time, step.place));
                Some(self.table(self.numbers(&steps), cause::places_of_normal).await)
            }
            None => None,
        };
        Some(Gathered { detail, session: true, rows, normal })
    }

    /// The session of a row, by the hash of its key.
    fn session_key(&self, detail: &RowDetail) -> Option<u64> {
        let conductor = self.0.conductor.borrow();
        let dataset = conductor.dataset();
        let cells = &detail.finding.row.cells;
        let text = cells.get(dataset.role(Role::Correlation)?).filter(|text| !text.is_empty());
        let plan = dataset.files.get(detail.finding.row.file as usize)?;
        let id = match (text, &plan.text_id) {
            (Some(text), _) => text.as_bytes(),
            (None, Some(text_id)) => text_id.find(cells.get(dataset.role(Role::Message)?)?.as_bytes())?,
            (None, None) => return None,
        };
        Some(hash_bytes(&clean_id(id)?).max(1))
    }

    /// The rows of a session, in any order.
    async fn steps(&self, key: u64) -> Vec<StepRow> {
        let asks = (0..self.0.workers).map(|worker| (worker, Query::SessionRows { key })).collect();
        let answers = self.ask(asks).await.into_iter();
        let mut steps: Vec<StepRow> = answers
            .flat_map(|answer| if let Answer::SessionRows(steps) = answer { steps } else { Vec::new() })
            .collect();
        steps.sort_by_key(|step| step.place);
        steps.truncate(MOST_ROWS);
        steps
    }

    /// The nearest ordinary session to a session.
    async fn twin(&self, rows: Vec<StepRow>) -> Option<u64> {
        let asks = (0..self.0.workers).map(|worker| (worker, Query::Twin { rows: rows.clone() })).collect();
        let answers = self.ask(asks).await.into_iter();
        answers
            .filter_map(|answer| if let Answer::Twin(near) = answer { near } else { None })
            .min()
            .map(|near| near.key)
    }

    /// The rows before and after a row in its file: the first, and the one after the last.
    fn around(&self, detail: &RowDetail) -> (u64, u64) {
        let row = &detail.finding.row;
        let first = row.row - row.line;
        let conductor = self.0.conductor.borrow();
        let files = conductor.snapshot().files;
        let rows = files.get(row.file as usize).map_or(row.line + 1, |file| file.rows);
        let (from, to) = (row.line.saturating_sub(REACH), (row.line + REACH + 1).min(rows.max(row.line + 1)));
        (first + from, first + to)
    }

    fn numbers(&self, steps: &[StepRow]) -> Vec<u64> {
        let conductor = self.0.conductor.borrow();
        let bases: BTreeMap<SegmentId, u64> =
            conductor.catalog().bases().map(|base| (base.segment, base.row)).collect();
        steps.iter().filter_map(|step| Some(bases.get(&step.segment)? + u64::from(step.row))).collect()
    }

    /// Rows (by their numbers from 0) as a table; those at the places that `choose` gives come with their text.
    pub async fn table(&self, numbers: Vec<u64>, choose: impl Fn(&[Row]) -> Vec<usize>) -> Table {
        let mut rows: Vec<Row> = numbers.into_iter().map(|number| Row { id: number + 1, cells: Vec::new() }).collect();
        let chosen = choose(&rows);
        let ranked: Vec<Ranked> = {
            let conductor = self.0.conductor.borrow();
            let place = |&place: &usize| {
                let (segment, row) = conductor.catalog().place_of(rows.get(place)?.id - 1)?;
                Some(Ranked { score: 0.0, segment, row, byte: 0 })
            };
            chosen.iter().filter_map(place).collect()
        };
        let asks = self.0.conductor.borrow().catalog().ask_findings(&ranked, 0);
        let mut views: BTreeMap<u64, RowView> = BTreeMap::new();
        for answer in self.ask(asks).await {
            if let Answer::Findings(found) = answer {
                views.extend(found.into_iter().map(|found| (found.row.row, found.row)));
            }
        }
        let fields = self.told_fields();
        for place in chosen {
            if let Some(row) = rows.get_mut(place)
                && let Some(view) = views.remove(&(row.id - 1))
            {
                row.cells = self.whole(&fields, view).await;
            }
        }
        Table { columns: fields.into_iter().map(|(_, name)| name).collect(), rows }
    }

    /// Consecutive rows of a listing, as a table in the order of the log.
    pub async fn table_of(&self, listing: Listing, from: u64, count: u32) -> Table {
        let fields = self.told_fields();
        let mut rows = Vec::new();
        for view in self.rows(listing, from, count).await {
            rows.push(Row { id: view.row + 1, cells: self.whole(&fields, view).await });
        }
        rows.sort_by_key(|row| row.id);
        Table { columns: fields.into_iter().map(|(_, name)| name).collect(), rows }
    }

    /// A duration as the files write it, in milliseconds.
    pub fn milliseconds(&self, cell: &str) -> Option<f64> {
        let conductor = self.0.conductor.borrow();
        let dataset = conductor.dataset();
        match dataset.columns.get(dataset.role(Role::Duration)?)?.reading {
            Reading::Duration(format) => format.parse(cell.as_bytes()),
            _ => None,
        }
    }

    /// The columns that are told, by index and name.
    fn told_fields(&self) -> Vec<(usize, String)> {
        let conductor = self.0.conductor.borrow();
        let columns = &conductor.dataset().columns;
        let mut fields: Vec<usize> = (0..columns.len()).collect();
        fields.sort_by_key(|&index| columns[index].role.is_none());
        fields.truncate(FIELDS);
        fields.sort_unstable();
        fields.into_iter().map(|index| (index, columns[index].name.clone())).collect()
    }

    /// The cells of a row with their whole text. What a row shows of a long cell could end within a secret, which nobody
    /// would know for one any more.
    async fn whole(&self, fields: &[(usize, String)], mut view: RowView) -> Vec<String> {
        let mut cells: Vec<String> = fields
            .iter()
            .map(|(index, _)| view.cells.get_mut(*index).map(std::mem::take).unwrap_or_default())
            .collect();
        if cells.iter().all(|cell| !cell.ends_with('…')) {
            return cells;
        }
        let detail = self.detail(view.row).await;
        for ((_, name), cell) in fields.iter().zip(&mut cells).filter(|(_, cell)| cell.ends_with('…')) {
            let whole = detail.as_ref().and_then(|detail| detail.fields.iter().find(|(field, _)| field == name));
            *cell = match whole {
                Some((_, whole)) => cut(whole, CELL_BYTES).to_owned(),
                // Up to the last blank: a word that was cut in two may be half a secret.
                None => cell.rsplit_once(char::is_whitespace).map_or_else(String::new, |(kept, _)| kept.to_owned()),
            };
        }
        cells
    }
}
