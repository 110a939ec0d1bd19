//! The table of rows, as many as there are.

use std::mem::discriminant;

use leptos::prelude::*;

use super::app::Ui;
use super::badge;
use super::browser;
use super::column_heads::heads;
use super::command::Command;
use super::facets_panel::FacetsPanel;
use super::label_mark::LabelMark;
use super::live::{live, watch};
use super::pager::Pager;
use super::preferences::Preferences;
use super::row_toolbar::toolbar;
use super::search_box::SearchNotes;
use super::selection::{List, Pane};
use super::time_histogram::TimeHistogramStrip;
use super::virtual_scroll::VirtualScroll;
use crate::engine::snapshot::Filter;
use crate::geometry::columns::{Column, Shows};
use crate::geometry::number;
use crate::platform::client::Listing;
use crate::view::RowView;

/// Heights of a row and of the header, as in the style sheet.
const ROW: f64 = 24.0;
const HEAD: f64 = 26.0;

/// What colours of a row depend on.
#[derive(Clone, Copy)]
struct Look {
    range: (f32, f32),
    threshold: f32,
    dark: bool,
    /// Rows are predicted to be anomalous from this score of the forest of labelled rows on.
    predicted: Option<f32>,
}

/// Rows of all files in their order, or only the anomalous ones.
#[component]
pub(super) fn RowTable() -> impl IntoView {
    let ui = Ui::here();
    let (session, selection) = (ui.session, ui.selection);
    let columns = ui.columns;
    let files: Memo<Vec<String>> =
        Memo::new(move |_| session.files.with(|files| files.iter().map(|file| short(&file.name)).collect()));
    let pager: Pager<RowView> = Pager::new(session, move |client, from, count| {
        let listing = ui.listing.get_untracked();
        Box::pin(async move { client.rows(listing, from, count).await })
    });
    let scroll = VirtualScroll::new(ui.shown, ROW, HEAD);
    Effect::new(move |before: Option<(u32, Listing)>| {
        let now = (session.run.get(), ui.listing.get());
        session.scores.track();
        session.predicted.track();
        // While the threshold is moved, while one types, and when scores come, the rows that are here stay until the new
        // ones are.
        match (before, now) {
            (Some((run, was)), (new, is))
                if run == new && discriminant(&was.filter) == discriminant(&is.filter) && was.sort == is.sort =>
            {
                pager.refresh();
            }
            _ => pager.reset(),
        }
        if before.is_some() && selection.row.get_untracked().is_none() {
            scroll.reveal(0);
        }
        now
    });
    watch(move || pager.show(scroll.window(), ui.shown.get()));
    watch(move || selection.page_of_rows.set(scroll.page()));
    watch(move || {
        if let Some(position) = selection.position.get() {
            scroll.reveal(position);
        }
    });

    let rows = live(move || {
        let window = scroll.window();
        let look = Look {
            range: session.score_range.get(),
            threshold: session.threshold.with(|cut| cut.as_ref().map_or(f32::MAX, |cut| cut.score)),
            dark: ui.preferences.dark.get(),
            predicted: session.predicted.get(),
        };
        let chosen = selection.position.get().zip(selection.row.get());
        let all = ui.listing.get() == Listing { filter: Filter::All, sort: None };
        let preferences = ui.preferences;
        let positions = window.first..window.first + u64::from(window.count);
        columns.with(|columns| {
            positions
                .map(|position| {
                    // Of all rows, one that is still to come has its number already.
                    let number = all.then_some(position);
                    pager.with(position, |row| {
                        // A row that is not shown has a position as well: where it would stand.
                        let chosen = chosen
                            .is_some_and(|(at, number)| at == position && row.is_none_or(|row| row.row == number));
                        files.with(|files| {
                            let mark = row.and_then(|row| LabelMark::of(ui, row.row));
                            table_row((position, number, mark), row, columns, files, chosen, look, preferences)
                        })
                    })
                })
                .collect_view()
                .into_any()
        })
    });
    let head = move || {
        let (sort, zone) = (ui.listing.get().sort, ui.preferences.zone());
        columns.with(|columns| heads(ui, columns, sort, zone).into_any())
    };
    let facets = live(move || {
        let narrow = ui.preferences.narrow.get();
        // Where the detail takes their place they stay: they would be counted again.
        let shown = if narrow { selection.pane.get() == Pane::Values } else { ui.preferences.values.get() };
        shown.then(|| view! { <FacetsPanel /> }.into_any())
    });
    let hint = live(move || {
        let searched = ui.looking.found.with(|found| found.as_ref().map(|(_, found)| found.done));
        let text = match (ui.shown.get(), selection.anomalies_only.get()) {
            (0, _) if searched == Some(false) => "No row is found yet",
            (0, _) if searched == Some(true) => "No row is what you search for",
            (0, true) => "No row is anomalous at this threshold",
            (0, false) if session.busy() => "Rows appear here as they are read",
            (0, false) => "There are no rows",
            _ => return None,
        };
        Some(view! { <p class="hint">{text}</p> }.into_any())
    });
    view! {
        <section class="rows pane" aria-label="Rows" class:behind=live(move || ui.panel() != Pane::Rows)>
            {toolbar(ui)}
            <SearchNotes />
            {live(move || ui.preferences.times.get().then(|| view! { <TimeHistogramStrip /> }.into_any()))}
            {hint}
            <div class="rows-body">
                {facets}
                <div class="table-box">
                    <div
                        id="rows"
                        class="scroll table"
                        role="grid"
                        aria-label="Rows"
                        aria-rowcount=live(move || ui.shown.get().to_string())
                        aria-activedescendant=live(move || selection.position.get().map(|position| format!("row-{position}")))
                        tabindex="0"
                        data-testid="table"
                        node_ref=scroll.node
                        on:scroll=move |_| scroll.on_scroll()
                        on:wheel=move |event| scroll.on_wheel(&event)
                        on:focus=move |_| selection.list.set(List::Rows)
                        on:click=move |event| {
                            if let Some(position) = browser::number_at(&event, "data-position") {
                                ui.send(Command::OpenPosition(position));
                            }
                        }
                    >
                        {scroll.content(head, rows)}
                    </div>
                </div>
            </div>
        </section>
    }
}

/// A file's name without what it stands in.
fn short(name: &str) -> String {
    name.rsplit('/').next().unwrap_or(name).to_owned()
}

fn table_row(
    (position, number, mark): (u64, Option<u64>, Option<LabelMark>),
    row: Option<&RowView>,
    columns: &[Column],
    files: &[String],
    chosen: bool,
    look: Look,
    preferences: Preferences,
) -> impl IntoView + use<> {
    let score = row.and_then(|row| row.score);
    let level = row.map(|row| row.level).unwrap_or_default();
    let cell = |column: &Column| match column.shows {
        Shows::Number => row.map(|row| row.row).or(number).map(|row| number::group(row + 1)).into_any(),
        Shows::Score => {
            let anomalous = score.is_some_and(|score| score >= look.threshold);
            badge::score(score, anomalous, look.range, look.dark, None).into_any()
        }
        Shows::Predicted => row
            .and_then(|row| row.predicted)
            .zip(look.predicted)
            .map(|(score, from)| if score >= from { "1" } else { "0" })
            .into_any(),
        Shows::Time(_) => badge::time(preferences, row.and_then(|row| row.time)).into_any(),
        Shows::Level(_) => view! { <span class=badge::level_class(level)>{badge::level_text(level)}</span> }.into_any(),
        Shows::File => row.and_then(|row| files.get(row.file as usize)).cloned().into_any(),
        Shows::Field(cell) => row.and_then(|row| row.cells.get(cell)).cloned().into_any(),
    };
    let cells = columns.iter().map(|column| {
        view! {
            <div
                class=column.class
                class:sized=column.width.is_some()
                style:width=column.width.map(|width| format!("{width}px"))
                role="gridcell"
            >
                {cell(column)}
            </div>
        }
    });
    view! {
        <div
            class="table-row"
            class:chosen=chosen
            class:bad=row.is_some_and(|row| row.bad)
            role="row"
            id=format!("row-{position}")
            aria-rowindex=(position + 1).to_string()
            aria-selected=chosen.to_string()
            data-testid=row.map(|_| "table-row")
            data-position=position.to_string()
            data-row=row.map(|row| row.row.to_string())
        >
            {mark.map(|mark| view! { <div class="row-mark" role="gridcell">{mark.view()}</div> })}
            {cells.collect_view()}
        </div>
    }
}
