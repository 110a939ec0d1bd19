//! What outlives a visit, and what the browser says of the person's surroundings.

use leptos::prelude::*;

use super::command::Arrange;
use super::{browser, intake};
use crate::geometry::columns::{Arrangement, Column};
use crate::record::format_time;

const COLUMNS_KEY: &str = "strayline.columns";

fn load_columns() -> Arrangement {
    let stored = browser::storage().and_then(|storage| storage.get_item(COLUMNS_KEY).ok().flatten());
    stored.as_deref().map(Arrangement::from_text).unwrap_or_default()
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
    /// Whether it is too narrow for three of them.
    pub(super) middle: RwSignal<bool>,
    /// Whether the page is dark now.
    pub(super) dark: RwSignal<bool>,
    /// Whether values of fields stand beside the rows.
    pub(super) values: Choice,
    /// Whether rows over time stand above the table.
    pub(super) times: Choice,
    /// What was changed of the table's columns.
    pub(super) columns: RwSignal<Arrangement>,
    /// Whether times are shown as they are here, not in UTC.
    pub(super) local: Choice,
}

impl Preferences {
    /// Reads what was remembered and starts to follow the surroundings.
    pub(super) fn load() -> Self {
        let narrow = RwSignal::new(false);
        browser::watch_media("(max-width: 899px)", move |is| narrow.set(is));
        let middle = RwSignal::new(false);
        browser::watch_media("(min-width: 900px) and (max-width: 1599px)", move |is| middle.set(is));
        Self {
            narrow,
            middle,
            dark: intake::dark(),
            values: Choice::load("strayline.values", true),
            times: Choice::load("strayline.times", true),
            columns: RwSignal::new(load_columns()),
            local: Choice::load("strayline.local", false),
        }
    }

    /// Changes the columns of the table; `shown` are those that it has now.
    pub(super) fn arrange(&self, shown: &[Column], change: Arrange) {
        self.columns.update(|columns| match change {
            Arrange::Toggle(key) => columns.toggle(&key),
            Arrange::Put(key, target) => columns.put(shown, &key, &target),
            Arrange::Shift(key, right) => columns.shift(shown, &key, right),
            Arrange::Size(key, width) => columns.size(&key, width),
            Arrange::Reset => *columns = Arrangement::default(),
        });
        if let Some(storage) = browser::storage() {
            let columns = self.columns.get_untracked();
            // Where nothing may be stored, it lasts until the tab is closed.
            let _ = if columns == Arrangement::default() {
                storage.remove_item(COLUMNS_KEY)
            } else {
                storage.set_item(COLUMNS_KEY, &columns.to_text())
            };
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
