//! The kinds of messages: how many of each, when, how long they take, how many are anomalous.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent};

use super::app::Ui;
use super::browser;
use super::command::Command;
use super::live::{live, watch};
use super::selection::Pane;
use super::shortcuts;
use super::templates_list::{TEMPLATE_ROW, actions, sample, template};
use super::virtual_scroll::VirtualScroll;
use crate::engine::Filter;
use crate::geometry::number;
use crate::geometry::outline::{Outline, Spot};
use crate::template::{Change, Hand};
use crate::view::template::TemplateKey;
use crate::view::{Stage, TemplateView};

/// Height of the headings, as in the style sheet.
const HEAD: f64 = 26.0;

/// The headings: class, name, what is sorted by, what it means.
const COLUMNS: &[(&str, &str, Option<TemplateKey>, &str)] = &[
    ("cell t-mark", "", None, ""),
    ("cell t-number number only-wide", "#", Some(TemplateKey::Number), "number, by frequency"),
    ("cell t-text", "template", Some(TemplateKey::Text), "text; what varies is marked"),
    ("cell t-rows number", "rows", Some(TemplateKey::Rows), "number of rows that the search shows"),
    ("cell t-share number only-wide", "share", Some(TemplateKey::Rows), "share of the rows that the search shows"),
    ("cell t-bars", "over time", None, ""),
    ("cell t-part number", "anomalous", Some(TemplateKey::Anomalies), "share of its rows past the threshold"),
    (
        "cell t-errors number only-wide",
        "errors",
        Some(TemplateKey::Errors),
        "share of its rows of level error and above",
    ),
    ("cell t-time-span number only-wide", "median", Some(TemplateKey::Median), "median of its durations"),
    ("cell t-time-span number only-wide", "p95", Some(TemplateKey::High), "95 % of its durations are shorter"),
    ("cell t-seen only-wide", "first", Some(TemplateKey::First), "time of its first row"),
    ("cell t-seen t-last only-wide", "last", Some(TemplateKey::Last), "time of its last row"),
];

/// The panel.
#[component]
pub(super) fn TemplatesPanel() -> impl IntoView {
    let ui = Ui::here();
    let look = ui.templates;
    look.count(ui);
    let units = Memo::new(move |_| look.outline.with(Outline::units));
    let scroll = VirtualScroll::new(units, TEMPLATE_ROW, HEAD);
    watch(move || {
        if let Some(spot) = look.at.get() {
            scroll.reveal(look.outline.with_untracked(|outline| outline.unit_of(spot)));
        }
    });
    let rows = live(move || {
        let window = scroll.window();
        let units = window.first..window.first + u64::from(window.count);
        let chosen = look.at.get();
        let counts = look.counts.get();
        let all = if counts.rows.is_empty() { ui.session.rows.get() } else { counts.all };
        let marked = look.marked.get();
        look.outline.with(|outline| {
            let line = |unit| {
                let (spot, _) = outline.at_unit(unit)?;
                let view = look.view(spot.entry)?;
                let chosen = chosen == Some(spot);
                Some(match spot.member {
                    None => {
                        let open = look.open.with(|open| open.contains(&view.number));
                        let marked = marked.contains(&view.number);
                        template(ui, spot.entry, &view, (open, marked, chosen), all, &counts)
                    }
                    Some(0) => actions(ui, spot.entry, &view, chosen),
                    Some(line) => sample(ui, spot, &view, line - 1, chosen),
                })
            };
            units.filter_map(line).collect_view().into_any()
        })
    });
    let head = move || {
        let (key, descending) = look.sort.get();
        let headings =
            COLUMNS.iter().map(|&(class, name, by, title)| heading(ui, (class, name), by, title, (key, descending)));
        view! { <div class="table-row table-head" role="row">{headings.collect_view()}</div> }.into_any()
    };
    let hint = live(move || {
        let (all, shown) = (look.list.with(|list| list.len()), look.shown.with(Vec::len));
        let text = match (all, shown) {
            (0, _) if ui.session.stage.get() == Stage::Done => "No field of these files holds messages",
            (0, _) => "Templates appear here when all rows are read and counted",
            (_, 0) => "No template has this in its text",
            _ => return None,
        };
        Some(view! { <p class="hint">{text}</p> }.into_any())
    });
    view! {
        <section
            class="templates pane"
            class:dated=live(move || look.dated.get())
            class:untimed=live(move || !look.timed.get())
            aria-label="Templates"
            data-testid="templates"
        >
            {toolbar(ui)}
            {hint}
            <div class="table-box">
                <div
                    class="scroll table"
                    role="treegrid"
                    aria-label="Templates"
                    aria-rowcount=live(move || look.shown.with(Vec::len).to_string())
                    aria-activedescendant=live(move || {
                        look.at.get().map(|spot| format!("template-{}", look.outline.with(|outline| outline.place_of(spot))))
                    })
                    tabindex="0"
                    node_ref=scroll.node
                    on:scroll=move |_| scroll.on_scroll()
                    on:wheel=move |event| scroll.on_wheel(&event)
                    on:keydown=move |event| on_key(ui, &event, scroll.page())
                    on:click=move |event| {
                        if let Some(row) = browser::number_at(&event, "data-sample") {
                            open_row(ui, row);
                        } else if let Some(entry) = browser::number_at(&event, "data-entry") {
                            let open = look.is_open(entry);
                            look.at.set(Some(Spot::entry(entry)));
                            look.unfold(entry, !open);
                        }
                    }
                >
                    {scroll.content(head, rows)}
                </div>
            </div>
        </section>
    }
}

fn heading(
    ui: Ui,
    (class, name): (&'static str, &'static str),
    by: Option<TemplateKey>,
    title: &'static str,
    sort: (TemplateKey, bool),
) -> AnyView {
    let Some(by) = by else {
        return view! { <div class=class role="columnheader">{name}</div> }.into_any();
    };
    // The share is sorted by the same as the rows, which say so.
    let own = sort.0 == by && name != "share";
    let (order, sign) = match (own, sort.1) {
        (true, false) => ("ascending", "↑"),
        (true, true) => ("descending", "↓"),
        _ => ("none", ""),
    };
    view! {
        <div class=class role="columnheader" aria-sort=order>
            <button
                class="bare sort"
                title=title
                data-testid="sort-templates"
                data-column=name
                on:click=move |event| {
                    event.stop_propagation();
                    ui.templates.sort_by(by);
                }
            >
                <span class="sort-name">{name}</span>
                {sign}
            </button>
        </div>
    }
    .into_any()
}

/// The line over the list: the search in it, what can be done with the marked ones, what was done by hand.
fn toolbar(ui: Ui) -> impl IntoView + use<> {
    let look = ui.templates;
    let count = move || {
        let (all, shown) = (look.list.with(|list| list.len()), look.shown.with(Vec::len));
        let all_of = number::counted(all as u64, "template");
        if shown == all { all_of } else { format!("{} of {all_of}", number::group(shown as u64)) }
    };
    let merge = live(move || {
        let marked = look.marked.with(std::collections::BTreeSet::len);
        (marked > 0).then(|| {
            view! {
                <button class="primary" data-testid="merge" disabled=marked < 2 on:click=move |_| merge(ui)>
                    {format!("Merge {marked}")}
                </button>
                <button data-testid="unmark" on:click=move |_| look.marked.update(std::collections::BTreeSet::clear)>
                    "Unmark"
                </button>
            }
            .into_any()
        })
    });
    let by_hand = live(move || {
        let changes = ui.session.hand.with(|hand| hand.0.len());
        (changes > 0).then(|| {
            view! {
                <span class="quiet" data-testid="by-hand">{number::counted(changes as u64, "change")}" by hand"</span>
                <button
                    data-testid="undo-all"
                    title="Take back all merges and splits, also those that concern other files"
                    on:click=move |_| ui.send(Command::ChangeTemplates(Hand::default()))
                >
                    "Undo all"
                </button>
            }
            .into_any()
        })
    });
    // Templates filter the rows, which stand in another pane: here it shows that they do.
    let rows = live(move || {
        (ui.listing.get().filter != Filter::All).then(|| {
            let shown = number::counted(ui.shown.get(), "row");
            view! {
                <span
                    class="quiet only-wide"
                    data-testid="counts-of-shown"
                    title="Bars, errors, durations and times are of all rows"
                >
                    "Rows, share and anomalous are of the rows that the search shows"
                </span>
                <button data-testid="see-rows" on:click=move |_| ui.send(Command::Show(Pane::Rows))>
                    {format!("See {shown}")}
                </button>
            }
            .into_any()
        })
    });
    view! {
        <div class="pane-head">
            <div class="search template-search">
                <input
                    type="text"
                    role="searchbox"
                    class="data"
                    aria-label="Search templates"
                    placeholder="text of a template"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    data-testid="template-search"
                    prop:value=live(move || look.text.get())
                    on:input=move |event| {
                        look.at.set(None);
                        look.text.set(event_target_value(&event));
                    }
                    on:keydown=move |event| {
                        if event.key() == "Escape" {
                            event.prevent_default();
                            look.text.set(String::new());
                        }
                    }
                />
            </div>
            <span class="data quiet" data-testid="template-count">{live(count)}</span>
            {merge}
            <span class="push"></span>
            {rows}
            {by_hand}
        </div>
    }
}

/// Makes one template of the marked ones.
fn merge(ui: Ui) {
    let look = ui.templates;
    let marked = look.marked.get_untracked();
    let texts = look.list.with_untracked(|list| {
        let of = list.iter().filter(|view| marked.contains(&view.number));
        of.map(TemplateView::plain_text).collect::<Vec<_>>()
    });
    let hand = ui.session.hand.with_untracked(|hand| hand.with(Change::Merge(texts)));
    ui.send(Command::ChangeTemplates(hand));
}

fn open_row(ui: Ui, row: u64) {
    ui.send(Command::Show(Pane::Rows));
    ui.send(Command::OpenRow(row));
}

/// Moves in the list, and opens what is there.
fn on_key(ui: Ui, event: &KeyboardEvent, page: u64) {
    let within = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let taken = within.is_some_and(|element| shortcuts::takes(&element, &event.key()));
    if taken || event.ctrl_key() || event.meta_key() || event.alt_key() || event.default_prevented() {
        return;
    }
    let look = ui.templates;
    let outline = look.outline.get_untracked();
    let Some(last) = outline.spots().checked_sub(1) else { return };
    let here = look.at.get_untracked();
    let place = here.map(|spot| outline.place_of(spot).min(last));
    let there = match (event.key().as_str(), place) {
        ("j" | "ArrowDown", Some(place)) => (place + 1).min(last),
        ("k" | "ArrowUp", Some(place)) => place.saturating_sub(1),
        ("PageDown", Some(place)) => (place + page).min(last),
        ("PageUp", Some(place)) => place.saturating_sub(page),
        ("g" | "Home", _) | ("j" | "k" | "ArrowDown" | "ArrowUp" | "PageDown" | "PageUp", None) => 0,
        ("G" | "End", _) => last,
        (key @ ("ArrowRight" | "l" | "ArrowLeft" | "h" | "Enter"), Some(_)) => {
            let Some(spot) = here else { return };
            event.prevent_default();
            let is_open = look.is_open(spot.entry);
            match (key, spot.member) {
                ("Enter", Some(line)) => {
                    let samples = untrack(|| look.view(spot.entry).and_then(|view| look.samples_of(view.number)));
                    let row = samples.and_then(|samples| Some(samples.get(line.checked_sub(1)? as usize)?.row));
                    if let Some(row) = row {
                        open_row(ui, row);
                    }
                }
                ("Enter", None) => look.unfold(spot.entry, !is_open),
                ("ArrowRight" | "l", _) => look.unfold(spot.entry, true),
                _ => {
                    look.unfold(spot.entry, false);
                    look.at.set(Some(Spot::entry(spot.entry)));
                }
            }
            return;
        }
        _ => return,
    };
    event.prevent_default();
    look.at.set(outline.at_place(there));
}
