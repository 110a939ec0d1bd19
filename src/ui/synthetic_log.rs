//! The synthetic log that is being made, or was made, and whether its truth is that of what is open.

use std::rc::Rc;

use leptos::prelude::*;
use web_sys::Blob;

use super::app::Ui;
use super::browser;
use super::command::Command;
use crate::geometry::number;
use crate::platform::making::{Made, Making, News, Order};

/// A wish that concerns synthetic logs.
#[derive(Clone, Copy, Debug)]
pub enum Wanted {
    /// Show the form, or hide it.
    Form(bool),
    /// Make a log and open it.
    Make(Order),
    /// Make no more of it.
    Stop,
    /// Save the log that is open.
    SaveLog,
    /// Save what is known of it.
    SaveTruth,
}

/// Store of synthetic logs.
#[derive(Clone, Copy)]
pub(super) struct SyntheticLog {
    /// Whether the form is shown.
    pub(super) form: RwSignal<bool>,
    /// Rows made, while a log is.
    pub(super) rows: RwSignal<Option<u64>>,
    /// Why none was made.
    pub(super) trouble: RwSignal<String>,
    making: StoredValue<Option<Making>, LocalStorage>,
    made: StoredValue<Option<Rc<Made>>, LocalStorage>,
}

impl SyntheticLog {
    pub(super) fn new() -> Self {
        Self {
            form: RwSignal::new(false),
            rows: RwSignal::new(None),
            trouble: RwSignal::new(String::new()),
            making: StoredValue::new_local(None),
            made: StoredValue::new_local(None),
        }
    }

    /// The synthetic log that is open, and nothing beside it.
    pub(super) fn open(self, ui: Ui) -> Option<Rc<Made>> {
        ui.session.run.track();
        self.made.get_value().filter(|made| ui.session.is_only(&made.log))
    }

    fn stop(self) {
        self.making.set_value(None);
        self.rows.set(None);
    }
}

/// Fulfils a wish.
pub(super) fn perform(ui: Ui, wanted: Wanted) {
    let store = ui.synthetic_log;
    match wanted {
        Wanted::Form(shown) => {
            store.stop();
            store.trouble.set(String::new());
            store.form.set(shown);
        }
        Wanted::Make(order) => make(ui, order),
        Wanted::Stop => store.stop(),
        Wanted::SaveLog => save(ui, |made| (made.log.clone().into(), made.log.name())),
        Wanted::SaveTruth => save(ui, |made| {
            let name = made.log.name();
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            (made.truth.clone(), format!("{stem}-truth.jsonl"))
        }),
    }
}

fn make(ui: Ui, order: Order) {
    let store = ui.synthetic_log;
    store.trouble.set(String::new());
    let name = format!("synthetic-{}.{}", order.settings.seed, order.format.ending());
    let hear = move |news| match news {
        News::Rows(rows) => store.rows.set(Some(rows)),
        // Not at once: what is told of it here stands in the worker's own handler, which must not be dropped while it runs.
        News::Made(made) => leptos::task::spawn_local(async move {
            // Another wish came in between.
            if store.rows.get_untracked().is_none() {
                return;
            }
            perform(ui, Wanted::Form(false));
            let log = made.log.clone();
            store.made.set_value(Some(Rc::from(made)));
            ui.send(Command::AddFiles(vec![log]));
        }),
        News::Lost(reason) => leptos::task::spawn_local(async move {
            store.stop();
            store.trouble.set(format!("No log was made: {reason}."));
        }),
    };
    match Making::start(order, name, hear) {
        Ok(making) => {
            store.rows.set(Some(0));
            store.making.set_value(Some(making));
        }
        Err(reason) => store.trouble.set(reason),
    }
}

fn save(ui: Ui, what: impl FnOnce(&Made) -> (Blob, String)) {
    let Some(made) = ui.synthetic_log.made.get_value() else { return };
    let (blob, name) = what(&made);
    ui.selection.say(match browser::save(&blob, &name) {
        Some(()) => format!("Saved {} as {name}", number::bytes(blob.size() as u64)),
        None => format!("The browser refused to save {name}"),
    });
}
