//! What outlives a visit, and what the browser says of the person's surroundings.

use leptos::prelude::*;

use super::{browser, intake};
use crate::record::format_time;

const HIDDEN_KEY: &str = "strayline.hidden";
/// Between names that are stored: a control character that is made for it.
const SEPARATOR: &str = "\u{1f}";

fn load_hidden() -> Vec<String> {
    let stored = browser::storage().and_then(|storage| storage.get_item(HIDDEN_KEY).ok().flatten());
    stored.map(|names| names.split(SEPARATOR).map(str::to_owned).collect()).unwrap_or_default()
}

/// A choice between two things that is remembered.
#[derive(Clone, Copy)]
pub(super) struct Choice {
    key: &'static str,
    at_first: bool,
    value: RwSignal<bool>,
}

impl Choice {
    fn load(key: &'static str, at_first: bool) -> Self {
        let stored = browser::storage().and_then(|storage| storage.get_item(key).ok().flatten());
        // Only what differs from the first choice is stored.
        Self { key, at_first, value: RwSignal::new(stored.is_some() != at_first) }
    }

    pub(super) fn get(&self) -> bool {
        self.value.get()
    }

    pub(super) fn toggle(&self) {
        let now = !self.value.get_untracked();
        self.value.set(now);
        let Some(storage) = browser::storage() else { return };
        let _ = if now == self.at_first { storage.remove_item(self.key) } else { storage.set_item(self.key, "other") };
    }
}

/// Store of preferences.
#[derive(Clone, Copy)]
pub(super) struct Preferences {
    /// Whether the window is too narrow for panes side by side.
    pub(super) narrow: RwSignal<bool>,
    /// Whether the page is dark now.
    pub(super) dark: RwSignal<bool>,
    /// Whether values of fields stand beside the rows.
    pub(super) values: Choice,
    /// Whether rows over time stand above the table.
    pub(super) times: Choice,
    /// Fields that are no columns of the table.
    pub(super) hidden: RwSignal<Vec<String>>,
    /// Whether times are shown as they are here, not in UTC.
    pub(super) local: Choice,
}

impl Preferences {
    /// Reads what was remembered and starts to follow the surroundings.
    pub(super) fn load() -> Self {
        let narrow = RwSignal::new(false);
        browser::watch_media("(max-width: 899px)", move |is| narrow.set(is));
        Self {
            narrow,
            dark: intake::dark(),
            values: Choice::load("strayline.values", true),
            times: Choice::load("strayline.times", true),
            hidden: RwSignal::new(load_hidden()),
            local: Choice::load("strayline.local", false),
        }
    }

    /// Shows or hides the column of a field.
    pub(super) fn toggle_column(&self, name: String) {
        self.hidden.update(|hidden| match hidden.iter().position(|known| *known == name) {
            Some(at) => {
                hidden.remove(at);
            }
            None => hidden.push(name),
        });
        if let Some(storage) = browser::storage() {
            let names = self.hidden.with_untracked(|hidden| hidden.join(SEPARATOR));
            let _ =
                if names.is_empty() { storage.remove_item(HIDDEN_KEY) } else { storage.set_item(HIDDEN_KEY, &names) };
        }
    }

    /// A time as it is to be written: moved by what clocks here differ from UTC, where that was chosen.
    pub(super) fn local_time(&self, at: i64) -> i64 {
        if self.local.get() { at.saturating_add(browser::clock_offset(at)) } else { at }
    }

    /// A time in full, to its last digit.
    pub(super) fn written_time(&self, at: i64) -> String {
        let text = format_time(self.local_time(at));
        if self.local.get() { format!("{} local", text.trim_end_matches('Z').replace('T', " ")) } else { text }
    }

    /// What times are in.
    pub(super) fn zone(&self) -> &'static str {
        if self.local.get() { "local" } else { "UTC" }
    }
}
