//! The labelled rows: to be looked at, corrected by hand, saved and read again.

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlInputElement, KeyboardEvent};

use super::label_panel::{cell, place_of};
use super::labels::Labelling;
use super::store::ModelStore;
use crate::common::text::cut;
use crate::explain::Row;
use crate::explain::label_file::{self, Labelled};
use crate::geometry::number;
use crate::record::Role;
use crate::ui::app::Ui;
use crate::ui::browser;
use crate::ui::command::Command;
use crate::ui::live::{live, watch};

/// Rows on a page.
const PAGE: usize = 50;
/// Bytes of a message that are shown.
const MESSAGE_BYTES: usize = 200;

/// Which rows are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    All,
    Anomalous,
    Corrected,
}

/// The messages of the rows on the page that were labelled without having been chosen for a model.
fn messages_of_others(
    ui: Ui,
    labelling: Labelling,
    listed: Memo<Vec<u64>>,
    page: RwSignal<usize>,
) -> RwSignal<BTreeMap<u64, String>> {
    let messages = RwSignal::new(BTreeMap::<u64, String>::new());
    let of = StoredValue::new(0);
    watch(move || {
        let (run, done) = (ui.session.run.get(), ui.session.done.get());
        let first = page.get().min(last_page(listed)) * PAGE;
        let on_page = listed.with(|listed| listed.iter().copied().skip(first).take(PAGE).collect::<Vec<u64>>());
        let is_drawn = |row: &u64| {
            labelling.drawn.with(|drawn| {
                drawn.as_ref().is_some_and(|table| table.rows.binary_search_by_key(&(row + 1), |row| row.id).is_ok())
            })
        };
        let wanted: Vec<u64> = on_page.into_iter().filter(|row| !is_drawn(row)).collect();
        // Other files have other rows of the same numbers.
        if of.get_value() != run {
            messages.set(BTreeMap::new());
            of.set_value(run);
        }
        let known = messages.with_untracked(|known| wanted.iter().all(|row| known.contains_key(row)));
        let Some(client) = ui.session.client().filter(|_| done && !known) else { return };
        spawn_local(async move {
            let table = client.table(wanted, |rows| (0..rows.len()).collect()).await;
            if ui.session.is_current(run) {
                let message = place_of(ui, &table, Role::Message);
                let text = |row: &Row| cut(cell(row, message).unwrap_or_default(), MESSAGE_BYTES).to_owned();
                messages.set(table.rows.iter().map(|row| (row.id - 1, text(row))).collect());
            }
        });
    });
    messages
}

/// The table. `y` and `n` correct the chosen row.
#[component]
pub(super) fn LabelTable() -> impl IntoView {
    let ui = Ui::here();
    let store = ModelStore::here();
    let labelling = store.labelling;
    let (page, chosen, only) = (RwSignal::new(0_usize), RwSignal::new(0_usize), RwSignal::new(Only::All));
    let listed = Memo::new(move |_| {
        let only = only.get();
        labelling.labels.with(|labels| {
            let shown = labels.iter().filter(|(_, label)| match only {
                Only::All => true,
                Only::Anomalous => label.anomalous() == Some(true),
                Only::Corrected => label.corrected.is_some(),
            });
            shown.map(|(row, _)| *row).collect::<Vec<u64>>()
        })
    });
    let correct = move |anomalous: bool| {
        let row = listed.with_untracked(|listed| listed.get(chosen.get_untracked()).copied());
        let Some(row) = row else { return };
        labelling.labels.update(|labels| {
            if let Some(label) = labels.get_mut(&row) {
                label.corrected = Some(anomalous);
            }
        });
        let what = if anomalous { "anomalous" } else { "ordinary" };
        ui.selection.say(format!("Row {} is labelled {what} by you", number::group(row + 1)));
        if only.get_untracked() == Only::All {
            go(listed, page, chosen, 1);
        }
    };
    let key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "y" => correct(true),
            "n" => correct(false),
            "ArrowDown" | "j" => go(listed, page, chosen, 1),
            "ArrowUp" | "k" => go(listed, page, chosen, -1),
            "Enter" => {
                if let Some(row) = listed.with_untracked(|listed| listed.get(chosen.get_untracked()).copied()) {
                    ui.send(Command::OpenRow(row));
                }
            }
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let others = messages_of_others(ui, labelling, listed, page);
    let rows = live(move || {
        // What a person says of a row may take it, and the last page with it, out of the list.
        let first = page.get().min(last_page(listed)) * PAGE;
        let chosen = chosen.get();
        let drawn = labelling.drawn.get();
        let message = drawn.as_ref().and_then(|table| place_of(ui, table, Role::Message));
        let listed = listed.with(|listed| listed.iter().copied().skip(first).take(PAGE).collect::<Vec<_>>());
        labelling.labels.with(|labels| {
            let rows = listed.into_iter().enumerate().filter_map(|(at, row)| {
                let place =
                    drawn.as_ref().and_then(|table| table.rows.binary_search_by_key(&(row + 1), |row| row.id).ok());
                let text = drawn.as_ref().zip(place).and_then(|(table, place)| cell(&table.rows[place], message));
                let text = text.map(|text| cut(text, MESSAGE_BYTES).to_owned());
                let text = text.or_else(|| others.with(|others| others.get(&row).cloned()));
                Some(line(row, labels.get(&row)?, text, first + at, chosen))
            });
            rows.collect_view().into_any()
        })
    });
    let click = move |event: leptos::ev::MouseEvent| {
        if let Some(place) = browser::number_at(&event, "data-place") {
            chosen.set(place as usize);
        }
        if let Some(row) = browser::number_at(&event, "data-row") {
            ui.send(Command::OpenRow(row));
        }
    };
    let pages = live(move || {
        let count = listed.with(Vec::len);
        let last = last_page(listed);
        let step = move |by: isize| move |_| page.update(|page| *page = page.saturating_add_signed(by).min(last));
        (count > PAGE).then(|| {
            view! {
                <button aria-label="Previous page of labels" on:click=step(-1)>"‹"</button>
                <span class="data quiet">{format!("{} of {}", page.get().min(last) + 1, last + 1)}</span>
                <button aria-label="Next page of labels" on:click=step(1)>"›"</button>
            }
            .into_any()
        })
    });
    let filter = move |this: Only, name: &'static str| {
        view! {
            <button
                class="choice"
                aria-pressed=live(move || (only.get() == this).to_string())
                on:click=move |_| {
                    only.set(this);
                    page.set(0);
                    chosen.set(0);
                }
            >
                {name}
            </button>
        }
    };
    let empty = move || labelling.labels.with(std::collections::BTreeMap::is_empty);
    view! {
        <div class="line">
            {filter(Only::All, "All labels")} {filter(Only::Anomalous, "Anomalous")} {filter(Only::Corrected, "Corrected")}
            {pages}
            <button
                class="push"
                data-testid="labels-save"
                disabled=live(move || labelling.labels.with(std::collections::BTreeMap::is_empty))
                on:click=move |_| save(ui, labelling)
            >
                "Save as CSV"
            </button>
            <label class="file">
                "Read a CSV of labels"
                <input
                    type="file"
                    accept=".csv,text/csv"
                    class="hidden"
                    data-testid="labels-read"
                    on:change=move |event| read(ui, labelling, &event)
                />
            </label>
            <button
                data-testid="labels-forget"
                title="Answers are kept in this browser so that none is bought twice"
                on:click=move |_| forget(ui, store)
            >
                "Forget bought labels"
            </button>
        </div>
        <div class="wide labels" role="group" aria-label="Labelled rows" hidden=empty tabindex="0" on:keydown=key on:click=click data-testid="label-table">
            <table class="grid">
                <thead>
                    <tr>
                        <th scope="col" class="number">"row"</th>
                        <th scope="col">"label"</th>
                        <th scope="col">"by"</th>
                        <th scope="col">"message"</th>
                        <th scope="col">"the model’s reason"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="quiet" hidden=empty>
            <kbd>"y"</kbd>" anomalous "<kbd>"n"</kbd>" ordinary "<kbd>"j"</kbd>" "<kbd>"k"</kbd>
            " next, previous, once a row here is clicked; what you say counts more than what the model said"
        </p>
    }
}

fn last_page(listed: Memo<Vec<u64>>) -> usize {
    listed.with(Vec::len).saturating_sub(1) / PAGE
}

fn go(listed: Memo<Vec<u64>>, page: RwSignal<usize>, chosen: RwSignal<usize>, by: isize) {
    let last = listed.with_untracked(Vec::len).saturating_sub(1);
    let next = chosen.get_untracked().saturating_add_signed(by).min(last);
    chosen.set(next);
    page.set(next / PAGE);
}

fn line(row: u64, label: &Labelled, message: Option<String>, place: usize, chosen: usize) -> impl IntoView + use<> {
    let anomalous = label.anomalous() == Some(true);
    let by = if label.corrected.is_some() { "you".to_owned() } else { label.model.clone() };
    view! {
        <tr
            class="pick"
            class:chosen=place == chosen
            aria-current=(place == chosen).then_some("true")
            data-testid="label-row"
            data-place=place.to_string()
            data-row=row.to_string()
            data-anomalous=anomalous.to_string()
        >
            <td class="data number">{number::group(row + 1)}</td>
            <td class:anomalous=anomalous>{if anomalous { "◆ anomalous" } else { "ordinary" }}</td>
            <td>{by}</td>
            <td class="data">{message}</td>
            <td>{label.said.as_ref().map(|said| said.reason.clone())}</td>
        </tr>
    }
}

fn save(ui: Ui, labelling: Labelling) {
    let text =
        labelling.labels.with_untracked(|labels| String::from_utf8_lossy(&label_file::write(labels)).into_owned());
    let name = format!("{}-labels.csv", ui.session.name());
    let blob = browser::blob_of_text(&text, "text/csv;charset=utf-8");
    if blob.and_then(|blob| browser::save(&blob, &name)).is_none() {
        ui.selection.say("The browser did not save the file");
    }
}

fn read(ui: Ui, labelling: Labelling, event: &web_sys::Event) {
    use wasm_bindgen::JsCast;
    let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(file) = input.as_ref().and_then(|input| input.files().and_then(|files| files.get(0))) else { return };
    if let Some(input) = input {
        // So that the same file can be read again.
        input.set_value("");
    }
    let run = ui.session.run.get_untracked();
    spawn_local(async move {
        let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string()).unwrap_or_default();
        if !ui.session.is_current(run) {
            return;
        }
        match label_file::read(&text) {
            Ok(read) => {
                let read = read.of_rows(ui.session.rows.get_untracked());
                let mut but = read.trouble().map_or_else(String::new, |trouble| format!("; {trouble}"));
                let (all, mut yours) = (read.labels.len() as u64, 0);
                labelling.labels.update(|labels| {
                    for (row, label) in read.labels {
                        // What the person said here is not undone by a file.
                        let own = labels.get(&row).and_then(|label| label.corrected);
                        if own.is_some() && own != label.anomalous() {
                            yours += 1;
                        } else {
                            labels.insert(row, label);
                        }
                    }
                });
                if yours > 0 {
                    but = format!("; {} you gave otherwise and stay{but}", number::counted(yours, "label"));
                }
                ui.selection.say(format!("{} read{but}", number::counted(all, "label")));
            }
            Err(error) => ui.selection.say(format!("No labels were read: {error}")),
        }
    });
}

fn forget(ui: Ui, store: ModelStore) {
    spawn_local(async move {
        let done = crate::platform::keep::Kept::open().await.forget_answers().await;
        ui.selection.say(if done {
            "Labels that were bought before are forgotten"
        } else {
            "The browser did not forget them"
        });
        store.labelling.turn.update(|turn| *turn += 1);
    });
}
