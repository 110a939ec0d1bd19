//! Which rows are labelled: chosen by what detectors dispute, or as the person says otherwise.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::labels::{Choice, Labelling, MOST_ROWS, Sampling};
use super::store::ModelStore;
use crate::engine::Filter;
use crate::engine::committee::Members;
use crate::engine::order::{Sort, SortBy};
use crate::explain::Table;
use crate::explain::accuracy::{flag, is_flag};
use crate::feature::recipe::is_label;
use crate::geometry::number;
use crate::platform::client::{Client, Listing};
use crate::ui::app::Ui;

/// Draws rows as chosen.
pub(super) fn draw(ui: Ui, store: ModelStore) {
    let labelling = store.labelling;
    let Some(client) = ui.session.client() else { return };
    let run = ui.session.run.get_untracked();
    let choice = labelling.choice.get_untracked();
    let total = ui.session.rows.get_untracked();
    let anomalous = ui.finding_count.get_untracked();
    labelling.drawing.set(true);
    labelling.chosen_by.set(None);
    spawn_local(async move {
        let (table, said) = drawn(&client, labelling, &choice, total, anomalous).await;
        if ui.session.is_current(run) {
            take(labelling, table, said);
        }
    });
}

/// Takes rows for those that are labelled.
pub(super) fn take(labelling: Labelling, table: Table, said: Option<String>) {
    if labelling.choice.with_untracked(|choice| choice.truth.is_none()) {
        let truth = table.columns.iter().find(|name| is_label(name));
        if let Some(truth) = truth.filter(|name| is_truth(&table, name)).cloned() {
            labelling.choice.update(|choice| choice.truth = Some(truth));
        }
    }
    labelling.recorded.set(false);
    labelling.chosen_by.set(said);
    labelling.drawn.set(Some(Rc::new(table)));
    labelling.drawing.set(false);
}

/// The rows that are drawn as chosen, and how they were.
async fn drawn(
    client: &Client,
    labelling: Labelling,
    choice: &Choice,
    total: u64,
    anomalous: u64,
) -> (Table, Option<String>) {
    let all = Listing { filter: Filter::All, sort: None };
    let wanted = u64::from(choice.rows.clamp(1, MOST_ROWS)).min(total);
    if wanted == total {
        return (client.table_of(all, 0, wanted as u32).await, Some("These are all rows.".to_owned()));
    }
    let window = choice.window.max(1) as u64;
    match choice.sampling {
        Sampling::All => (client.table_of(all, 0, wanted as u32).await, None),
        Sampling::Threshold => {
            let sort = Sort { by: SortBy::Score, descending: true };
            let from = anomalous.saturating_sub(wanted / 2).min(total - wanted);
            (client.table_of(Listing { sort: Some(sort), ..all }, from, wanted as u32).await, None)
        }
        Sampling::Disputed => {
            let windows = (wanted / window).max(1);
            let told = move |done: u64| {
                let percent = number::percent_done(done, total);
                labelling.chosen_by.set(Some(format!("The detectors look at all rows: {percent} %")));
            };
            if let Some((members, numbers)) = client.disputed(window as u32, windows as u32, told).await {
                let said = disputed_by(&members, windows, window);
                return (client.table(numbers, |rows| (0..rows.len()).collect()).await, Some(said));
            }
            let said =
                "No detector is in force that others could disagree with: these are windows spread over the log.";
            (spread(client, wanted, window, total).await, Some(said.to_owned()))
        }
        Sampling::Spread => (spread(client, wanted, window, total).await, None),
    }
}

async fn spread(client: &Client, wanted: u64, window: u64, total: u64) -> Table {
    let windows = wanted.div_ceil(window).max(1);
    let numbers = (0..wanted).map(|at| {
        let (number, inside) = (at / window, at % window);
        (number * (total.saturating_sub(window)) / windows.saturating_sub(1).max(1) + inside).min(total - 1)
    });
    let mut numbers: Vec<u64> = numbers.collect();
    numbers.sort_unstable();
    numbers.dedup();
    client.table(numbers, |rows| (0..rows.len()).collect()).await
}

/// Who disagrees about what, in a sentence.
fn disputed_by(members: &Members, windows: u64, window: u64) -> String {
    let mut names: Vec<&str> = members.detectors.iter().map(|kind| kind.title()).collect();
    if members.findings {
        names.push("the findings");
    }
    let of = number::counted(windows, "window");
    format!(
        "The {of} of {} that these disagree on most: {}. Each says of a row how far it stands out, from 0 (as ordinary as nine of \
ten rows) to 1; a row counts by the standard deviation of what they say, a window by the sum of its rows (query by committee).",
        number::counted(window, "row"),
        names.join(", "),
    )
}

/// Whether a column says of every row that has a value whether it is anomalous, and of some that it is.
pub(super) fn is_truth(table: &Table, name: &str) -> bool {
    let Some(column) = table.columns.iter().position(|column| column == name) else { return false };
    let cells = table.rows.iter().filter_map(|row| row.cells.get(column)).filter(|cell| !cell.is_empty());
    let mut some = false;
    for cell in cells {
        if !is_flag(cell) {
            return false;
        }
        some |= flag(cell) == Some(true);
    }
    some
}
