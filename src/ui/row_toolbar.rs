//! The line over the table: the search, how many rows it shows, and what else can be done with them.

use leptos::html::Details;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Node;

use super::app::Ui;
use super::command::{Arrange, Command};
use super::live::live;
use super::search_box::SearchBox;
use crate::engine::Filter;
use crate::geometry::columns::FILE_KEY;
use crate::geometry::number;

/// The toolbar.
pub(super) fn toolbar(ui: Ui) -> impl IntoView + use<> {
    let (session, selection) = (ui.session, ui.selection);
    let count = move || {
        let shown = number::group(ui.shown.get());
        match ui.listing.get().filter {
            Filter::All => number::counted(ui.shown.get(), "row"),
            Filter::AtLeast(_) | Filter::Where(_) => {
                format!("{shown} of {}", number::counted(session.rows.get(), "row"))
            }
        }
    };
    let export = move || match session.exporting.get() {
        Some(done) => format!("Preparing {} %", number::percent_done(done, ui.shown.get())),
        None if ui.preferences.narrow.get() => "CSV".to_owned(),
        None => "Download CSV".to_owned(),
    };
    view! {
        <div class="pane-head">
            <SearchBox />
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="anomalies-only"
                    disabled=live(move || session.threshold.with(Option::is_none))
                    prop:checked=live(move || selection.anomalies_only.get())
                    on:change=move |_| ui.send(Command::ToggleAnomaliesOnly)
                />
                "Anomalies only"
            </label>
            <span
                class="data quiet"
                data-testid="row-count"
                data-count=live(move || ui.shown.get().to_string())
            >
                {live(count)}
            </span>
            <button
                class="choice push only-wide"
                title="How often each value of a field occurs (v)"
                data-testid="toggle-values"
                aria-pressed=live(move || ui.values().to_string())
                on:click=move |_| ui.send(Command::ToggleValues)
            >
                "Values"
            </button>
            <button
                class="choice"
                title="Rows over time (i)"
                data-testid="toggle-times"
                aria-pressed=live(move || ui.preferences.times.get().to_string())
                on:click=move |_| ui.send(Command::ToggleTimes)
            >
                "Times"
            </button>
            {columns(ui)}
            <button
                class="only-wide"
                title="Show times in UTC, or as they are here (z); a search means UTC"
                data-testid="zone"
                on:click=move |_| ui.send(Command::ToggleZone)
            >
                {live(move || ui.preferences.zone().to_owned())}
            </button>
            <button
                data-testid="export-csv"
                title="Save the rows shown, as CSV that a spreadsheet can open safely"
                disabled=live(move || session.exporting.get().is_some() || ui.shown.get() == 0)
                on:click=move |_| ui.send(Command::ExportCsv)
            >
                {live(export)}
            </button>
        </div>
    }
}

/// Which fields are columns of the table.
fn columns(ui: Ui) -> impl IntoView + use<> {
    let node = NodeRef::<Details>::new();
    let columns = ui.preferences.columns;
    // A wide file has thousands of fields: they are listed when someone looks.
    let open = RwSignal::new(false);
    let list = live(move || {
        if !open.get() {
            return ().into_any();
        }
        let fields = ui.session.fields.with(|fields| fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>());
        let files = ui.session.files.with(|files| files.len() > 1);
        let file = files.then(|| (FILE_KEY.to_owned(), "file".to_owned()));
        let keys = file.into_iter().chain(fields.into_iter().map(|name| (name.clone(), name)));
        let lines = keys.map(|(name, text)| {
            let shown = name.clone();
            view! {
                <label class="check data">
                    <input
                        type="checkbox"
                        data-testid="column"
                        data-column=name.clone()
                        prop:checked=live(move || columns.with(|columns| !columns.hidden.contains(&shown)))
                        on:change=move |_| ui.send(Command::Arrange(Arrange::Toggle(name.clone())))
                    />
                    {text}
                </label>
            }
        });
        lines.collect_view().into_any()
    });
    let close = move || {
        if let Some(details) = node.get_untracked() {
            details.set_open(false);
        }
    };
    view! {
        <details
            class="menu only-wide"
            node_ref=node
            on:toggle=move |_| open.set(node.get_untracked().is_some_and(|details| details.open()))
            on:focusout=move |event| {
                let next = event.related_target().and_then(|next| next.dyn_into::<Node>().ok());
                let inside = node.get_untracked().is_some_and(|details| details.contains(next.as_ref()));
                if next.is_some() && !inside {
                    close();
                }
            }
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.prevent_default();
                    close();
                }
            }
        >
            <summary data-testid="columns">"Columns"</summary>
            <div class="menu-list">
                {list}
                <button data-testid="columns-reset" on:click=move |_| ui.send(Command::Arrange(Arrange::Reset))>
                    "As at first"
                </button>
            </div>
        </details>
    }
}
