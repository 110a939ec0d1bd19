//! Moving the selection: by steps, to a finding, to the next anomaly or error.
//!
//! A row has a number over all files; in a filtered table it also has a position. Where the two differ the answer is in
//! the workers, so every move takes a ticket, and an answer whose ticket is no longer the newest is dropped: the last key
//! wins.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::command::Step;
use super::selection::List;
use crate::engine::snapshot::Filter;
use crate::geometry::number;
use crate::platform::client::Client;
use crate::record::Level;
use crate::view::{FindingView, PlotAxis, PlotGrid};

/// Rows that a search for an error asks for at once, and altogether.
const SEARCH_PAGE: u64 = 512;
const SEARCH_LIMIT: u64 = 100_000;

/// Findings that a search for a cell of the plot asks for at once, and altogether.
const CELL_PAGE: u32 = 64;
const CELL_LIMIT: u64 = 2048;

/// A move that is under way.
struct Ticket {
    ui: Ui,
    number: u32,
    client: Client,
}

impl Ticket {
    fn take(ui: Ui) -> Option<Self> {
        let client = ui.session.client()?;
        let number = ui.travels.get_value() + 1;
        ui.travels.set_value(number);
        Some(Self { ui, number, client })
    }

    fn valid(&self) -> bool {
        self.ui.travels.get_value() == self.number
    }

    /// The row at a position of the table, through the workers if need be.
    async fn row_at(&self, filter: Filter, position: u64) -> Option<u64> {
        match filter {
            Filter::All => Some(position),
            Filter::AtLeast(_) | Filter::Where(_) => Some(self.client.rows(filter, position, 1).await.first()?.row),
        }
    }

    /// How many rows before `row` a filter shows: the position at which the row stands, if it is shown.
    async fn position_of(&self, filter: Filter, row: u64) -> Option<u64> {
        if filter == Filter::All {
            return Some(row);
        }
        let (mut low, mut high) = (0, self.ui.rows_of(filter));
        while low < high && self.valid() {
            let middle = u64::midpoint(low, high);
            if self.row_at(filter, middle).await? < row {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Some(low)
    }

    /// Selects a row.
    async fn land(&self, row: u64) {
        let filter = self.ui.filter.get_untracked();
        self.ui.selection.row.set(Some(row));
        let position = self.position_of(filter, row).await;
        if self.valid() {
            self.ui.selection.position.set(position);
        }
    }
}

/// Moves by a step in the list that was used last.
pub(super) fn step(ui: Ui, step: Step) {
    let selection = ui.selection;
    let in_findings = selection.list.get_untracked() == List::Findings;
    let (total, here, page) = if in_findings {
        (ui.listed.get_untracked(), selection.finding.get_untracked(), selection.page_of_findings.get_untracked())
    } else {
        (ui.shown.get_untracked(), selection.position.get_untracked(), selection.page_of_rows.get_untracked())
    };
    let Some(last) = total.checked_sub(1) else { return };
    let there = match (here, step) {
        (_, Step::Last) => last,
        (_, Step::First) | (None, _) => 0,
        (Some(here), Step::Next) => here + 1,
        (Some(here), Step::Previous) => here.saturating_sub(1),
        (Some(here), Step::PageDown) => here + page,
        (Some(here), Step::PageUp) => here.saturating_sub(page),
    };
    if in_findings {
        to_finding(ui, there.min(last));
    } else {
        to_position(ui, there.min(last));
    }
}

/// Selects the row at a position of the table.
pub(super) fn to_position(ui: Ui, position: u64) {
    let Some(ticket) = Ticket::take(ui) else { return };
    ui.selection.position.set(Some(position));
    ui.selection.finding.set(None);
    spawn_local(async move {
        let row = ticket.row_at(ui.filter.get_untracked(), position).await;
        if ticket.valid() {
            ui.selection.row.set(row);
        }
    });
}

/// Selects a row by its number.
pub(super) fn to_row(ui: Ui, row: u64) {
    let Some(ticket) = Ticket::take(ui) else { return };
    ui.selection.finding.set(None);
    spawn_local(async move { ticket.land(row).await });
}

/// Selects a finding, and its row in the table.
pub(super) fn to_finding(ui: Ui, rank: u64) {
    let Some(ticket) = Ticket::take(ui) else { return };
    ui.selection.finding.set(Some(rank));
    spawn_local(async move {
        let found = ticket.client.findings(rank, 1).await;
        if let (true, Some(finding)) = (ticket.valid(), found.first()) {
            ticket.land(finding.row.row).await;
        }
    });
}

/// Selects the most abnormal ranked row in a cell of the plot.
pub(super) fn to_cell(ui: Ui, grid: PlotGrid, column: u32, level: u32) {
    let Some(ticket) = Ticket::take(ui) else { return };
    spawn_local(async move {
        let total = ui.session.rows.get_untracked().min(u64::from(ui.session.ranked()));
        // Ranks fall with the score: the first rank at or below the cell's level, by halving.
        let (mut low, mut high) = (0, total);
        while low < high && ticket.valid() {
            let middle = u64::midpoint(low, high);
            let Some(found) = ticket.client.findings(middle, 1).await.pop() else { break };
            if grid.level(found.score) > level {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let end = total.min(low + CELL_LIMIT);
        while low < end && ticket.valid() {
            let page = ticket.client.findings(low, CELL_PAGE).await;
            let here = |finding: &&FindingView| {
                let position = match grid.axis {
                    PlotAxis::Time(..) => finding.row.time,
                    PlotAxis::Row(_) => i64::try_from(finding.row.row).ok(),
                };
                grid.level(finding.score) == level && position.and_then(|at| grid.column(at)) == Some(column)
            };
            if let Some(found) = page.iter().find(here) {
                if ticket.valid() {
                    ui.selection.finding.set(Some(found.rank).filter(|&rank| rank < ui.listed.get_untracked()));
                    ticket.land(found.row.row).await;
                }
                return;
            }
            if page.last().is_none_or(|last| grid.level(last.score) < level) {
                break;
            }
            low += u64::from(CELL_PAGE);
        }
        if ticket.valid() {
            ui.selection.say("These rows are not among the ranked ones; raise the threshold’s share to list more");
        }
    });
}

/// Finds the selected row's place again after the table was filtered in another way.
pub(super) fn refilter(ui: Ui) {
    let Some(row) = ui.selection.row.get_untracked() else { return };
    let Some(ticket) = Ticket::take(ui) else { return };
    spawn_local(async move { ticket.land(row).await });
}

/// Selects the next or the previous anomalous row in the order of the files.
pub(super) fn seek_anomaly(ui: Ui, forward: bool) {
    let Some(bin) = ui.session.threshold.with_untracked(|cut| cut.as_ref().map(|cut| cut.bin)) else {
        ui.selection.say("Rows have no scores yet");
        return;
    };
    let Some(ticket) = Ticket::take(ui) else { return };
    let from = ui.selection.row.get_untracked();
    ui.selection.list.set(List::Rows);
    spawn_local(async move {
        let filter = Filter::AtLeast(bin);
        let rows = ui.rows_of(filter);
        let after = match (from, forward) {
            (None, _) => Some(0),
            (Some(row), true) => ticket.position_of(filter, row + 1).await,
            (Some(row), false) => {
                let at = ticket.position_of(filter, row).await;
                at.and_then(|at| at.checked_sub(1))
            }
        };
        let found = match after.filter(|&position| position < rows) {
            Some(position) => ticket.row_at(filter, position).await,
            None => None,
        };
        arrive(&ticket, found, if forward { "No later anomaly" } else { "No earlier anomaly" }).await;
    });
}

/// Selects the next or the previous row with level error or worse, looking through the rows that the table shows.
pub(super) fn seek_error(ui: Ui, forward: bool) {
    let Some(ticket) = Ticket::take(ui) else { return };
    let filter = ui.filter.get_untracked();
    let total = ui.shown.get_untracked();
    let here = ui.selection.position.get_untracked();
    ui.selection.list.set(List::Rows);
    ui.selection.say("Looking for an error");
    spawn_local(async move {
        let mut looked = 0;
        // `edge` is the first position after those to look at, or the first of them, by direction.
        let mut edge = match (here, forward) {
            (Some(here), true) => here + 1,
            (Some(here), false) => here,
            (None, true) => 0,
            (None, false) => total,
        };
        while looked < SEARCH_LIMIT && ticket.valid() {
            let (from, count) = if forward {
                (edge, SEARCH_PAGE.min(total.saturating_sub(edge)))
            } else {
                let from = edge.saturating_sub(SEARCH_PAGE);
                (from, edge - from)
            };
            if count == 0 {
                let text = if forward { "No later error" } else { "No earlier error" };
                return arrive(&ticket, None, text).await;
            }
            let rows = ticket.client.rows(filter, from, count as u32).await;
            let bad = |row: &&crate::view::RowView| row.level >= Level::Error;
            let found = if forward { rows.iter().find(bad) } else { rows.iter().rev().find(bad) };
            if let Some(found) = found {
                return arrive(&ticket, Some(found.row), "").await;
            }
            edge = if forward { from + count } else { from };
            looked += count;
        }
        let text = format!("No error in the next {} rows", number::group(looked));
        arrive(&ticket, None, &text).await;
    });
}

async fn arrive(ticket: &Ticket, row: Option<u64>, otherwise: &str) {
    if !ticket.valid() {
        return;
    }
    if let Some(row) = row {
        ticket.ui.selection.say("");
        ticket.ui.selection.finding.set(None);
        ticket.land(row).await;
    } else {
        ticket.ui.selection.say(otherwise);
    }
}
