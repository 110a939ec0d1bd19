//! What the person says of rows: by a key or in a row's detail, kept in the browser for the next visit with the same files.

use std::collections::BTreeMap;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::explain::label_file::{self, Labelled};
use crate::geometry::number;
use crate::platform::keep::Kept;
use crate::ui::app::Ui;
use crate::ui::command::Command;
use crate::ui::live::{live, watch};
use crate::view::Stage;

/// Labels change often while one goes through rows: they are kept once that pauses.
const PAUSE: Duration = Duration::from_millis(400);

/// Labels the selected row; saying the same again takes it back.
pub(in crate::ui) fn say(ui: Ui, anomalous: bool) {
    let Some(row) = ui.selection.row.get_untracked() else { return ui.selection.say("Select a row to label it") };
    let mut now = None;
    ui.labels.update(|labels| {
        let label = labels.entry(row).or_default();
        label.corrected = if label.corrected == Some(anomalous) { None } else { Some(anomalous) };
        now = label.corrected;
        if *label == Labelled::default() {
            labels.remove(&row);
        }
    });
    let name = match now {
        Some(true) => "labelled anomalous",
        Some(false) => "labelled ordinary",
        None => "no longer labelled by you",
    };
    ui.selection.say(format!("Row {} {name}", number::group(row + 1)));
}

/// Fetches what was said of these files before, and keeps what is said now.
pub(super) fn follow(ui: Ui) {
    let fetched = RwSignal::new(0_u32);
    // Of files without labels nothing is kept.
    let kept = StoredValue::new(false);
    let files = StoredValue::new(String::new());
    // Labels of rows that were not read this time, by place.
    let aside: StoredValue<BTreeMap<u64, Labelled>> = StoredValue::new(BTreeMap::new());
    // How many rows each file has; known once all are read.
    let rows = move || ui.session.now(|now| now.files.iter().map(|file| file.rows).collect::<Vec<u64>>());
    let read = Memo::new(move |_| ui.session.stage.get() > Stage::Reading);
    // What is not written yet: by which key, and the text.
    let unwritten: StoredValue<Option<(String, String)>> = StoredValue::new(None);
    let write = move || async move {
        let taken = unwritten.try_update_value(Option::take).flatten();
        if let Some((key, text)) = taken {
            Kept::open().await.put(&key, &text).await;
        }
    };
    watch(move || {
        let run = ui.session.run.get();
        if run == 0 || !read.get() {
            return;
        }
        spawn_local(async move {
            write().await;
            let key = ui.session.files_key().await;
            let text = Kept::open().await.get(&key).await;
            if !ui.session.is_current(run) {
                return;
            }
            kept.set_value(text.is_some());
            files.set_value(key);
            let mut known = text.and_then(|text| label_file::read(&text).ok()).unwrap_or_default().labels;
            let rows = untrack(rows);
            if !known.is_empty() {
                ui.labels.update(|labels| {
                    known.retain(|place, label| {
                        let Some(row) = label_file::row_at(*place, &rows) else { return true };
                        // What was said while the rows were read is newer.
                        let entry = labels.entry(row).or_default();
                        entry.corrected = entry.corrected.or(label.corrected);
                        false
                    });
                });
            }
            aside.set_value(known);
            fetched.set(run);
        });
    });
    let yours = Memo::new(move |_| {
        let yours = |(row, label): (&u64, &Labelled)| {
            Some((*row, Labelled { corrected: Some(label.corrected?), ..Labelled::default() }))
        };
        ui.labels.with(|labels| labels.iter().filter_map(yours).collect::<BTreeMap<u64, Labelled>>())
    });
    let turn = StoredValue::new(0_u32);
    watch(move || {
        let labels = yours.get();
        let run = ui.session.run.get_untracked();
        // What was kept is not overwritten before it is here.
        if run == 0 || fetched.get() != run || labels.is_empty() && !kept.get_value() {
            return;
        }
        kept.set_value(true);
        turn.update_value(|turn| *turn += 1);
        let mine = turn.get_value();
        let rows = untrack(rows);
        let places = labels.into_iter().filter_map(|(row, label)| Some((label_file::place_of(row, &rows)?, label)));
        let places = places.chain(aside.get_value()).collect();
        let text = String::from_utf8_lossy(&label_file::write(&places)).into_owned();
        unwritten.set_value(Some((files.get_value(), text)));
        let keep = move || {
            if turn.get_value() == mine {
                spawn_local(write());
            }
        };
        set_timeout(keep, PAUSE);
    });
}

/// The label of the selected row, and what gives it one.
#[component]
pub(in crate::ui) fn RowLabel() -> impl IntoView {
    let ui = Ui::here();
    let label = Memo::new(move |_| {
        let row = ui.selection.row.get()?;
        ui.labels.with(|labels| labels.get(&row).cloned())
    });
    let choice = move |anomalous: bool, name: &'static str, key: &'static str, testid: &'static str| {
        let pressed = move || label.with(|label| label.as_ref().and_then(|label| label.corrected) == Some(anomalous));
        view! {
            <button
                class="choice"
                data-testid=testid
                aria-pressed=live(move || pressed().to_string())
                on:click=move |_| ui.send(Command::Label(anomalous))
            >
                {name} " " <kbd>{key}</kbd>
            </button>
        }
    };
    let said = live(move || {
        let label = label.get()?;
        let said = label.said?;
        let what = if said.anomalous { "anomalous" } else { "ordinary" };
        Some(view! { <span class="quiet">{format!("{} says {what}: {}", label.model, said.reason)}</span> }.into_any())
    });
    view! {
        <div class="line row-label">
            <span class="quiet">"Your label"</span>
            {choice(true, "anomalous", "y", "label-anomalous")}
            {choice(false, "ordinary", "n", "label-ordinary")}
            {said}
        </div>
    }
}
