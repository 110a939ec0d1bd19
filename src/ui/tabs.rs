//! The tabs: which panel is below, or on a narrow screen which pane is there at all.

use std::collections::BTreeMap;

use leptos::prelude::*;

use super::app::Ui;
use super::browser;
use super::command::Command;
use super::live::{live, watch};
use super::selection::Pane;
use crate::geometry::number;

/// One tab per pane. Those of findings and plot are there only where panes do not stand side by side.
#[component]
pub(super) fn Tabs() -> impl IntoView {
    let ui = Ui::here();
    let front = move || {
        if ui.preferences.narrow.get() { ui.selection.pane.get() } else { ui.panel() }
    };
    let tab = move |pane: Pane, name: &'static str, only_narrow: bool, count: Signal<u64>| {
        let id = format!("tab-{}", name.to_ascii_lowercase());
        let own = id.clone();
        // Where the tabs do not all fit, the chosen one is brought into view.
        watch(move || {
            if front() == pane {
                browser::show(&own);
            }
        });
        let count = live(move || Some(count.get()).filter(|&count| count > 0).map(number::group).unwrap_or_default());
        view! {
            <button
                role="tab"
                class="tab"
                class:only-narrow=only_narrow
                data-testid=id.clone()
                id=id
                aria-selected=live(move || (front() == pane).to_string())
                on:click=move |_| ui.send(Command::Show(pane))
            >
                {name}
                <span class="data quiet">{count}</span>
            </button>
        }
    };
    let session = ui.session;
    let findings = Signal::derive(move || ui.grouped.shown.with(|shown| shown.len()) as u64);
    let templates = Signal::derive(move || ui.templates.list.with(|list| list.len()) as u64);
    let fields = Signal::derive(move || session.fields.with(|fields| fields.len() as u64));
    let problems = Signal::derive(move || {
        session.files.with(|files| files.iter().map(crate::view::FileReport::issue_count).sum())
    });
    let stories = ui.stories;
    let sessions = Signal::derive(move || stories.all.get().map_or(0, |all| all.0));
    let labels = Signal::derive(move || ui.labels.with(BTreeMap::len) as u64);
    let kept = Signal::derive(move || ui.models.list.with(Vec::len) as u64);
    let none = Signal::stored(0);
    view! {
        <div class="tabs" role="tablist" aria-label="Panes">
            {tab(Pane::Findings, "Findings", true, findings)}
            {tab(Pane::Plot, "Plot", true, none)}
            {tab(Pane::Rows, "Rows", false, session.rows.into())}
            {tab(Pane::Values, "Values", true, none)}
            {tab(Pane::Templates, "Templates", false, templates)}
            {tab(Pane::Sessions, "Sessions", false, sessions)}
            {tab(Pane::Detection, "Detection", false, none)}
            {tab(Pane::Models, "Models", false, kept)}
            {tab(Pane::Fields, "Fields", false, fields)}
            {tab(Pane::Problems, "Problems", false, problems)}
            {tab(Pane::Explain, "Explain", false, none)}
            {tab(Pane::Label, "Label", false, labels)}
            {tab(Pane::Evaluate, "Evaluate", false, none)}
        </div>
    }
}
