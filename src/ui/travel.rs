//! Moving the selection: by steps, to a finding, to the next anomaly or error.
//!
//! A row has a number over all files; in a filtered table it also has a position. Where the two differ the answer is in
//! the workers, so every move takes a ticket, and an answer whose ticket is no longer the newest is dropped: the last key
//! wins.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::command::{Sought, Step};
use super::selection::{List, Pane};
use super::stories;
use crate::filter::Condition;
use crate::geometry::outline::Spot;
use crate::platform::client::Client;
use crate::record::Level;
use crate::view::{FindingView, PlotAxis, PlotGrid};

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
        ui.bound_for.set_value(None);
        Some(Self { ui, number, client })
    }

    fn valid(&self) -> bool {
        self.ui.travels.get_value() == self.number
    }

    /// Selects a row.
    async fn land(&self, row: u64) {
        self.ui.selection.row.set(Some(row));
        let position = self.client.position_of(self.ui.listing.get_untracked(), row).await;
        if self.valid() {
            self.ui.selection.position.set(position);
        }
    }
}

/// Where a step leads in a list: a position, `None` in an empty one.
pub(super) fn there(total: u64, here: Option<u64>, step: Step, page: u64) -> Option<u64> {
    let last = total.checked_sub(1)?;
    let there = match (here, step) {
        (_, Step::Last) => last,
        (_, Step::First) | (None, _) => 0,
        (Some(here), Step::Next) => here + 1,
        (Some(here), Step::Previous) => here.saturating_sub(1),
        (Some(here), Step::PageDown) => here + page,
        (Some(here), Step::PageUp) => here.saturating_sub(page),
    };
    Some(there.min(last))
}

/// Moves by a step in the list that was used last.
pub(super) fn step(ui: Ui, step: Step) {
    let selection = ui.selection;
    if matches!(selection.list.get_untracked(), List::Sessions | List::Steps)
        && selection.pane.get_untracked() == Pane::Sessions
    {
        return stories::step(ui, step);
    }
    let in_findings = selection.list.get_untracked() == List::Findings;
    let (total, here, page) = if in_findings {
        let (items, here) = ui.grouped.outline.with_untracked(|outline| {
            (outline.spots(), selection.finding.get_untracked().map(|spot| outline.place_of(spot)))
        });
        (items, here, selection.page_of_findings.get_untracked())
    } else {
        (ui.shown.get_untracked(), selection.position.get_untracked(), selection.page_of_rows.get_untracked())
    };
    let Some(there) = there(total, here, step, page) else { return };
    if in_findings {
        if let Some(spot) = ui.grouped.outline.with_untracked(|outline| outline.at_place(there)) {
            to_finding(ui, spot);
        }
    } else {
        to_position(ui, there);
    }
}

/// Selects the row at a position of the table.
pub(super) fn to_position(ui: Ui, position: u64) {
    let Some(ticket) = Ticket::take(ui) else { return };
    ui.selection.position.set(Some(position));
    ui.selection.finding.set(None);
    ui.bound_for.set_value(Some(position));
    spawn_local(async move {
        let row = ticket.client.row_at(ui.listing.get_untracked(), position).await;
        if ticket.valid() {
            ui.bound_for.set_value(None);
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

/// Selects a finding or a row of one, and the row in the table.
pub(super) fn to_finding(ui: Ui, spot: Spot) {
    let Some(ticket) = Ticket::take(ui) else { return };
    ui.selection.finding.set(Some(spot));
    let group = untrack(|| ui.grouped.group(spot.entry)).map_or(0, |group| group.number);
    let number = ui.grouped.shown.with_untracked(|shown| shown.get(spot.entry as usize).copied());
    spawn_local(async move {
        let found = match spot.member {
            // An open group's rows are here, or under way.
            Some(member) => match untrack(|| ui.grouped.rows_of(group)) {
                Some(rows) => rows.get(member as usize).map(|found| found.row.row),
                None => ticket.client.members(group).await.get(member as usize).map(|found| found.row.row),
            },
            None => ticket.client.entries(number.as_slice(), 0).await.first().map(|found| found.row.row),
        };
        if let (true, Some(row)) = (ticket.valid(), found) {
            ticket.land(row).await;
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
                    let number = ticket.client.entry_of(found.rank, found.group);
                    ui.selection.finding.set(number.and_then(|number| ui.grouped.position(number)));
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

/// Selects the next or the previous row of a kind among those that the table shows, in its order.
pub(super) fn seek(ui: Ui, sought: Sought, forward: bool) {
    let levels = |wanted: &dyn Fn(Level) -> bool| {
        let wanted = Level::ALL.into_iter().filter(|level| wanted(*level));
        Condition::levels(wanted.fold(0, |levels, level| levels | 1 << (level as u16)))
    };
    let bin = ui.session.threshold.with_untracked(|cut| cut.as_ref().map(|cut| cut.bin));
    let (condition, name) = match (sought, bin) {
        (Sought::Error, _) => (levels(&|level| level >= Level::Error), "error"),
        (Sought::Warning, _) => (levels(&|level| level == Level::Warn), "warning"),
        (Sought::Anomaly, Some(bin)) => (Condition::at_least(bin), "anomaly"),
        (Sought::Anomaly, None) => return ui.selection.say("Rows have no scores yet"),
    };
    if !untrack(|| ui.settled()) {
        // The workers would have to search everything first, and could not be stopped.
        return ui.selection.say("The search is not done yet");
    }
    // Keys may follow each other faster than answers.
    let bound_for = ui.bound_for.get_value();
    let Some(ticket) = Ticket::take(ui) else { return };
    let here = ui.selection.row.get_untracked();
    ui.selection.list.set(List::Rows);
    spawn_local(async move {
        let listing = ui.listing.get_untracked();
        let from = match bound_for {
            Some(position) => ticket.client.row_at(listing, position).await,
            None => here,
        };
        let found = ticket.client.seek(listing, &condition, from, forward).await;
        if !ticket.valid() {
            return;
        }
        if let Some(row) = found {
            ui.selection.say("");
            ui.selection.finding.set(None);
            ticket.land(row).await;
        } else {
            ui.selection.say(format!("No {} {name}", if forward { "later" } else { "earlier" }));
        }
    });
}
