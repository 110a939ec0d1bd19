//! Rows with all of their text, and what stands around one: what a language model is told. Rows go by the number that the page
//! shows, which counts from 1.

use std::collections::BTreeMap;

use super::{Client, Listing};
use crate::baseline::Pairs;
use crate::common::text::cut;
use crate::context::StepRow;
use crate::engine::{Answer, Query};
use crate::explain::cause::{self, TemplateCount};
use crate::explain::{Row, Table};
use crate::finding::Ranked;
use crate::record::{Reading, Role};
use crate::view::{Near, RowDetail, RowView, TemplateView};

/// Most fields of a row that are told; those with a role come first.
const FIELDS: usize = 60;
/// Longest text of a cell, in bytes: more than a prompt takes, so that redaction sees what is cut off after it.
const CELL_BYTES: usize = 16 << 10;
/// Most rows of a session that are told of, even as left out.
const MOST_ROWS: usize = 100_000;
/// Rows on either side of a row that has no session.
const BESIDE: u32 = 20;

/// A row, and what stands around it.
#[derive(Clone, Debug)]
pub struct Gathered {
    /// The row.
    pub detail: RowDetail,
    /// Whether `rows` are its session; the rows of its source around it otherwise.
    pub session: bool,
    /// Rows in order. Those that a prompt has no room for have no cells.
    pub rows: Table,
    /// How often the messages of these rows occur, here and in the whole log.
    pub templates: Vec<TemplateCount>,
    /// The nearest ordinary session.
    pub normal: Option<Table>,
}

impl Client {
    /// A row and what stands around it: its session, or the rows of its source.
    pub async fn gather(&self, row: u64) -> Option<Gathered> {
        let detail = self.detail(row, 0).await?;
        let mut steps = match detail.session {
            Some((key, _)) => self.steps(key).await,
            None => Vec::new(),
        };
        steps.truncate(MOST_ROWS);
        if steps.len() < 2 {
            let near = self.beside(&detail).await;
            let templates = self.counts(&self.templates_of(&near).await).await;
            let rows = self.table(near, |rows| (0..rows.len()).collect()).await;
            return Some(Gathered { detail, session: false, rows, templates, normal: None });
        }
        let rows = self.table(self.numbers(&steps), |rows| cause::places_of_session(rows, &[row + 1])).await;
        let twin = match detail.session {
            Some((key, _)) => self.twin(key).await,
            None => None,
        };
        let normal = match twin {
            Some(key) => {
                let mut steps = self.steps(key).await;
                steps.truncate(MOST_ROWS);
                Some(self.table(self.numbers(&steps), cause::places_of_normal).await)
            }
            None => None,
        };
        let mut here: BTreeMap<u32, u64> = BTreeMap::new();
        for step in steps {
            *here.entry(step.template).or_default() += 1;
        }
        let templates = self.counts(&here).await;
        Some(Gathered { detail, session: true, rows, templates, normal })
    }

    /// How often messages occur, the rarest in the log first; `here`: rows by the index of their template.
    async fn counts(&self, here: &BTreeMap<u32, u64>) -> Vec<TemplateCount> {
        let of = |template: TemplateView| {
            let rows = here.get(&template.number.checked_sub(1)?)?;
            Some(TemplateCount { template: template.text(), here: *rows, overall: template.rows })
        };
        let mut counts: Vec<TemplateCount> = self.templates().await.into_iter().filter_map(of).collect();
        counts.sort_by_key(|count| count.overall);
        counts
    }

    /// The numbers of the rows of the same source around a row, with its own.
    async fn beside(&self, detail: &RowDetail) -> Vec<u64> {
        let near = self.around(detail, true, BESIDE).await.map(|around| around.lines).unwrap_or_default();
        let rows = near.into_iter().filter_map(|near| if let Near::Row { row, .. } = near { Some(row) } else { None });
        let mut rows: Vec<u64> = rows.collect();
        if rows.is_empty() {
            rows.push(detail.finding.row.row);
        }
        rows
    }

    fn numbers(&self, steps: &[StepRow]) -> Vec<u64> {
        let conductor = self.0.conductor.borrow();
        steps.iter().filter_map(|step| conductor.catalog().row_at(step.segment, step.row)).collect()
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

    /// The durations of all rows by service and instance.
    pub async fn pairs(&self) -> Pairs {
        let mut pairs = Pairs::default();
        for answer in self.ask((0..self.0.workers).map(|worker| (worker, Query::Pairs)).collect()).await {
            if let Answer::Pairs(part) = answer {
                pairs.merge(part);
            }
        }
        pairs
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
        let detail = self.detail(view.row, 0).await;
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
