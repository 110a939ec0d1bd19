//! The list of keys.

use leptos::html::Dialog;
use leptos::prelude::*;

use super::app::Ui;
use super::command::Command;
use super::live::watch;
use super::shortcuts::{SHORTCUTS, key_name};

/// What can be searched for, by example.
const SYNTAX: &[(&str, &str)] = &[
    ("timeout \"not found\"", "both, anywhere in the row"),
    ("level:error", "a field has this value"),
    ("level:>=warn", "and this bad or worse"),
    ("service:pay*", "begins with it"),
    ("duration:>2s", "above; also <, <=, [1s TO 2s]"),
    ("time:[10:30 TO 10:45]", "between, on any day; time:>-3h counts back"),
    ("service in (a, b)", "any of them"),
    ("message:/time[ -]?out/i", "a regular expression"),
    ("exists(user)", "the field is there; user:\"\" where it is not"),
    ("template:*timeout*", "a kind of message"),
    ("anomaly", "past the threshold"),
    ("ml_anomaly:1", "predicted from your labels"),
    ("-level:debug", "not; also level!=debug"),
    ("(a OR b) c", "either, and c"),
];

/// Every shortcut, from the registry that also serves the keyboard.
#[component]
pub(super) fn HelpOverlay() -> impl IntoView {
    let ui = Ui::here();
    let dialog = NodeRef::<Dialog>::new();
    let help = ui.selection.help;
    watch(move || {
        let Some(dialog) = dialog.get() else { return };
        if !help.get() {
            dialog.close();
        } else if !dialog.open() {
            let _ = dialog.show_modal();
        }
    });
    let syntax = SYNTAX.iter().map(|(term, means)| {
        view! { <div><dt class="data">{*term}</dt><dd>{*means}</dd></div> }
    });
    let lines = SHORTCUTS.iter().map(|shortcut| {
        let keys = shortcut.keys.iter().map(|&key| view! { <kbd>{key_name(key)}</kbd> });
        view! { <div><dt>{keys.collect_view()}</dt><dd>{shortcut.does}</dd></div> }
    });
    view! {
        <dialog
            class="help"
            aria-label="Keyboard shortcuts"
            data-testid="help-overlay"
            node_ref=dialog
            on:close=move |_| help.set(false)
        >
            <div class="pane-head">
                <h2>"Keyboard"</h2>
                <button class="push" aria-label="Close" on:click=move |_| ui.send(Command::ToggleHelp)>"✕"</button>
            </div>
            <dl class="keys">{lines.collect_view()}</dl>
            <h2>"Search"</h2>
            <dl class="keys syntax">{syntax.collect_view()}</dl>
            <p class="quiet">
                "Rows move in the list that has the focus, findings or table. In the plot and in the histogram the \
                 threshold can be dragged."
            </p>
        </dialog>
    }
}
