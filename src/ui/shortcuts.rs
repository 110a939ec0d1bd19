//! Every key, in one list: what the keyboard does and what the help shows are the same.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::app::Ui;
use super::command::{Command, Sought, Step};
use super::stories::Wish;

/// A key (or several that mean the same) and what it asks for.
pub(super) struct Shortcut {
    /// As `KeyboardEvent.key` says them.
    pub(super) keys: &'static [&'static str],
    /// For the help.
    pub(super) does: &'static str,
    command: fn() -> Command,
    /// Whether it needs an analysis to work on.
    needs_data: bool,
}

const fn on_data(keys: &'static [&'static str], does: &'static str, command: fn() -> Command) -> Shortcut {
    Shortcut { keys, does, command, needs_data: true }
}

const fn always(keys: &'static [&'static str], does: &'static str, command: fn() -> Command) -> Shortcut {
    Shortcut { keys, does, command, needs_data: false }
}

/// The registry.
pub(super) const SHORTCUTS: &[Shortcut] = &[
    on_data(&["j", "ArrowDown"], "next row", || Command::Move(Step::Next)),
    on_data(&["k", "ArrowUp"], "previous row", || Command::Move(Step::Previous)),
    on_data(&[" ", "PageDown"], "a page down", || Command::Move(Step::PageDown)),
    on_data(&["b", "PageUp"], "a page up", || Command::Move(Step::PageUp)),
    on_data(&["g", "Home"], "first row", || Command::Move(Step::First)),
    on_data(&["G", "End"], "last row", || Command::Move(Step::Last)),
    on_data(&["ArrowRight", "l"], "show the rows of a finding", || Command::Unfold(None, true)),
    on_data(&["ArrowLeft", "h"], "hide the rows of a finding", || Command::Unfold(None, false)),
    on_data(&["a"], "next anomaly", || Command::Seek(Sought::Anomaly, true)),
    on_data(&["A"], "previous anomaly", || Command::Seek(Sought::Anomaly, false)),
    on_data(&["e"], "next error", || Command::Seek(Sought::Error, true)),
    on_data(&["E"], "previous error", || Command::Seek(Sought::Error, false)),
    on_data(&["w"], "next warning", || Command::Seek(Sought::Warning, true)),
    on_data(&["W"], "previous warning", || Command::Seek(Sought::Warning, false)),
    on_data(&["/"], "search", || Command::FocusSearch),
    on_data(&["o"], "next row of the session", || Command::OfSessions(Wish::Seek(true))),
    on_data(&["O"], "previous row of the session", || Command::OfSessions(Wish::Seek(false))),
    on_data(&["s"], "the row's session", || Command::OfSessions(Wish::OpenOwn)),
    on_data(&["y"], "label the row anomalous, or take that back", || Command::Label(true)),
    on_data(&["n"], "label the row ordinary, or take that back", || Command::Label(false)),
    on_data(&["Enter"], "open the row's detail, then its session", || Command::OpenDetail),
    on_data(&["c"], "copy the record as JSON", || Command::CopyRecord),
    on_data(&["L"], "copy a link to the row, without the data", || Command::CopyLink),
    on_data(&["f"], "anomalies only, or all rows", || Command::ToggleAnomaliesOnly),
    on_data(&["v"], "values of fields", || Command::ToggleValues),
    on_data(&["i"], "rows over time", || Command::ToggleTimes),
    always(&["z"], "times in UTC, or as they are here", || Command::ToggleZone),
    always(&["t"], "light or dark", || Command::ToggleTheme),
    always(&["?"], "this list", || Command::ToggleHelp),
    always(&["Escape"], "close", || Command::Close),
];

/// A key's name for people.
pub(super) fn key_name(key: &'static str) -> &'static str {
    match key {
        " " => "Space",
        "ArrowDown" => "↓",
        "ArrowUp" => "↑",
        "ArrowRight" => "→",
        "ArrowLeft" => "←",
        "Escape" => "Esc",
        other => other,
    }
}

/// Whether an element with the focus has its own use for a key.
pub(super) fn takes(element: &Element, key: &str) -> bool {
    match element.tag_name().as_str() {
        "SELECT" | "TEXTAREA" => true,
        "INPUT" => match element.get_attribute("type").as_deref() {
            Some("checkbox") => key == " ",
            Some("range") => key.starts_with("Arrow") || matches!(key, "PageUp" | "PageDown" | "Home" | "End"),
            _ => true,
        },
        "BUTTON" | "A" => matches!(key, " " | "Enter"),
        _ => false,
    }
}

/// Does what a key asks for, unless the key belongs to what has the focus.
pub(super) fn on_key(ui: Ui, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
        return;
    }
    let key = event.key();
    let focused = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    if key != "Escape" && focused.is_some_and(|element| takes(&element, &key)) {
        return;
    }
    let help = ui.selection.help.get_untracked();
    let found = SHORTCUTS.iter().find(|shortcut| {
        shortcut.keys.contains(&key.as_str()) && !(shortcut.needs_data && (help || ui.session.run.get_untracked() == 0))
    });
    if let Some(shortcut) = found {
        event.prevent_default();
        ui.send((shortcut.command)());
    }
}
