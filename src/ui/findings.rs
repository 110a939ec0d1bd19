//! The list of findings: each once, with its reason, and the rows that belong to it below it.

use std::sync::Arc;

use leptos::attr::custom::custom_attribute;
use leptos::prelude::*;

use super::app::Ui;
use super::badge;
use super::browser;
use super::command::Command;
use super::grouped::HEAD;
use super::label_mark::LabelMark;
use super::live::{live, watch};
use super::pager::Pager;
use super::preferences::Preferences;
use super::selection::List;
use super::session::same_scores;
use super::threshold_control::ThresholdControl;
use super::virtual_scroll::VirtualScroll;
use crate::finding::hybrid::score_of_outstanding;
use crate::finding::threshold::ScoreHistogram;
use crate::finding::{Group, Kinds};
use crate::geometry::number;
use crate::geometry::outline::{Outline, Spot};
use crate::geometry::window::Window;
use crate::view::{FindingView, Stage};

/// Height of a row below a finding, as in the style sheet; a finding has [`HEAD`] times as much.
const UNIT: f64 = 23.0;

/// Threshold and findings.
#[component]
pub(super) fn Findings() -> impl IntoView {
    let ui = Ui::here();
    let (session, selection, grouped) = (ui.session, ui.selection, ui.grouped);
    let pager: Pager<FindingView> = Pager::new(session, move |client, from, count| {
        let shown = grouped.shown.get_untracked();
        let last = shown.len().min((from + u64::from(count)) as usize);
        let numbers = shown[(from as usize).min(last)..last].to_vec();
        Box::pin(async move { client.entries(&numbers, from).await })
    });
    let units = Memo::new(move |_| grouped.outline.with(Outline::units));
    let scroll = VirtualScroll::new(units, UNIT, 0.0);
    // The entries on screen; pages of them come from the workers.
    let window = Memo::new(move |_| {
        let window = scroll.window();
        grouped.outline.with(|outline| {
            let entry = |unit: u64| outline.at_unit(unit).map_or(0, |(spot, _)| spot.entry);
            let (first, last) =
                (entry(window.first), entry((window.first + u64::from(window.count)).saturating_sub(1)));
            let count = if outline.units() == 0 { 0 } else { (last + 1 - first) as u32 };
            Window { first, count, shift: 0.0 }
        })
    });
    // One effect, so that what is visible is asked for once, whatever of this changes at the same time.
    Effect::new(move |before: Option<(u32, Option<Arc<ScoreHistogram>>, Kinds)>| {
        let now = (session.run.get(), session.scores.get(), grouped.kinds.get());
        let (window, entries) = (window.get(), grouped.shown.with(|shown| shown.len()) as u64);
        let same = before.is_some_and(|(run, scores, kinds)| {
            (run, kinds) == (now.0, now.2) && same_scores(Some(&scores), Some(&now.1))
        });
        if same {
            pager.show(window, entries);
        } else {
            pager.begin(window, entries);
        }
        now
    });
    watch(move || selection.page_of_findings.set((scroll.page() / HEAD).max(1)));
    watch(move || {
        if let Some(spot) = selection.finding.get() {
            let first = grouped.outline.with_untracked(|outline| outline.unit_of(spot));
            if spot.member.is_none() {
                scroll.reveal(first + HEAD - 1);
            }
            scroll.reveal(first);
        }
    });
    mark_first(ui, pager);

    let rows = live(move || {
        let window = scroll.window();
        let chosen = selection.finding.get();
        let look = (session.score_range.get(), ui.preferences);
        let mut unit = window.first;
        let mut items = Vec::new();
        grouped.outline.with(|outline| {
            while let Some((spot, above)) = outline.at_unit(unit) {
                if unit >= window.first + u64::from(window.count) {
                    break;
                }
                let at = Place { item: outline.place_of(spot), above, chosen: chosen == Some(spot) };
                let Some(group) = grouped.group(spot.entry) else { break };
                if let Some(row) = spot.member {
                    items.push(member(ui, at, &group, row, look));
                    unit += 1;
                } else {
                    items.push(pager.with(spot.entry, |found| head(ui, at, spot.entry, &group, found, look)));
                    unit += HEAD - above;
                }
            }
        });
        items.into_any()
    });
    let listed = Memo::new(move |_| grouped.shown.with(|shown| shown.len()) as u64);
    let rest = live(move || {
        let rows = number::counted(ui.finding_count.get(), "row");
        // The list has an end; what is past it is found with a filter.
        let cut = session.groups.with(|groups| groups.len()) >= session.ranked() as usize
            && grouped.past.get() == session.ranked() as usize;
        if grouped.kinds.get() != Kinds::default() {
            return format!("of {}", number::counted(grouped.past.get() as u64, "finding"));
        }
        if cut {
            return format!("the first of {rows}");
        }
        if !session.has_messages() {
            // The scores of a row detector are measured against nothing but each other.
            return format!("in {rows}, most abnormal first");
        }
        let outstanding = score_of_outstanding();
        let findings = session.groups.with(|groups| {
            groups.iter().take(grouped.past.get()).take_while(|group| group.score >= outstanding).count()
        });
        match findings {
            0 => format!("in {rows}, none stands out"),
            1 => format!("in {rows}, 1 stands out"),
            many => format!("in {rows}, {} stand out", number::group(many as u64)),
        }
    });
    let empty = live(move || {
        let text = match (session.stage.get(), session.threshold.with(Option::is_some)) {
            (Stage::Failed, _) => "There are no rows to analyse. The notes above say why.",
            (Stage::Done, false) if ui.models.waits() => {
                "Nothing is scored: the check speaks against the model. Models says why, and lets you go on."
            }
            (_, false) => "Findings appear here when all rows have their scores. Rows can be looked at already.",
            (_, true) if session.scores.with(|scores| scores.as_ref().is_some_and(|scores| scores.are_alike())) => {
                if session.rows.get() == 1 {
                    "There is one row, and nothing to compare it with."
                } else {
                    "All rows score alike: none stands out."
                }
            }
            (_, true) if ui.finding_count.get() == 0 => {
                "No row stands out at this threshold. Raise the contamination to see the highest scores."
            }
            (_, true) if listed.get() == 0 => "No finding of this kind is past the threshold.",
            _ => return None,
        };
        Some(view! { <p class="hint">{text}</p> }.into_any())
    });
    view! {
        <section class="findings pane" aria-label="Findings">
            <div class="pane-head">
                <h2>"Findings"</h2>
                <span
                    class="data"
                    data-testid="findings-count"
                    data-count=live(move || listed.get().to_string())
                    data-rows=live(move || ui.finding_count.get().to_string())
                >
                    {live(move || number::group(listed.get()))}
                </span>
                <span class="quiet" data-testid="findings-rest" title=live(move || {
                    session.has_messages().then(|| {
                        format!(
                            "Scores from {:.2}: of three logs of this size in which nothing is wrong, chance shows one such \
                             finding in one. What scores less may well be chance.",
                            score_of_outstanding()
                        )
                    })
                })>{rest}</span>
            </div>
            <ThresholdControl />
            {kinds(ui)}
            {empty}
            <div
                class="scroll"
                role="tree"
                aria-label="Ranked findings"
                aria-activedescendant=live(move || {
                    let spot = selection.finding.get()?;
                    Some(format!("finding-{}", grouped.outline.with(|outline| outline.place_of(spot))))
                })
                tabindex="0"
                node_ref=scroll.node
                on:scroll=move |_| scroll.on_scroll()
                on:wheel=move |event| scroll.on_wheel(&event)
                on:focus=move |_| selection.list.set(List::Findings)
                on:click=move |event| {
                    if let Some(entry) = browser::number_at(&event, "data-unfold") {
                        let open = grouped.group(entry).is_some_and(|group| grouped.is_open(group.number));
                        ui.send(Command::Unfold(Some(entry), !open));
                    } else if let Some(place) = browser::number_at(&event, "data-place") {
                        let spot = grouped.outline.with_untracked(|outline| outline.at_place(place));
                        if let Some(spot) = spot {
                            ui.send(Command::OpenFinding(spot));
                        }
                    }
                }
            >
                {scroll.content(|| ().into_any(), rows)}
            </div>
        </section>
    }
}

/// Kinds of findings that there are, with how many are past the threshold; to show only some.
fn kinds(ui: Ui) -> impl IntoView + use<> {
    let (session, grouped) = (ui.session, ui.grouped);
    // Those that occur at all stay in their places while the threshold moves.
    let there = Memo::new(move |_| {
        let all = session
            .groups
            .with(|groups| groups.iter().fold(Kinds::default(), |all: Kinds, group| all.with(group.kinds)));
        Kinds::all().filter(|(_, kind)| all.meets(*kind)).collect::<Vec<_>>()
    });
    live(move || {
        let (past, chosen) = (grouped.past.get(), grouped.kinds.get());
        let chip = |(name, kind): (&'static str, Kinds)| {
            let count =
                session.groups.with(|groups| groups.iter().take(past).filter(|of| of.kinds.meets(kind)).count());
            view! {
                <button
                    class="choice kind-choice"
                    class:none=count == 0
                    data-testid="kind"
                    data-kind=name
                    aria-pressed=chosen.meets(kind).to_string()
                    on:click=move |_| ui.send(Command::ToggleKind(kind))
                >
                    {name}
                    <span class="data quiet">{number::group(count as u64)}</span>
                </button>
            }
        };
        there.with(|there| {
            (there.len() > 1).then(|| {
                let chips = there.iter().map(|&kind| chip(kind)).collect_view();
                view! { <div class="kinds" role="group" aria-label="Kinds of findings">{chips}</div> }.into_any()
            })
        })
    })
}

/// Where an item stands.
#[derive(Clone, Copy)]
struct Place {
    /// Its place among all items of the list.
    item: u64,
    /// Units of it that are scrolled out.
    above: u64,
    chosen: bool,
}

type Look = ((f32, f32), Preferences);

fn head(
    ui: Ui,
    at: Place,
    entry: u64,
    group: &Group,
    found: Option<&FindingView>,
    (range, preferences): Look,
) -> AnyView {
    let dark = preferences.dark.get();
    let level = found.map(|found| found.row.level).unwrap_or_default();
    let time = found.and_then(|found| found.row.time);
    let place = found.filter(|_| time.is_none()).map(|found| format!("row {}", number::group(found.row.row + 1)));
    let mark = found.and_then(|found| LabelMark::of(ui, found.row.row)).map(LabelMark::view);
    let several = group.rows > 1;
    let open = several && ui.grouped.is_open(group.number);
    let unfold = several.then(|| {
        let rows = number::counted(group.rows, "row");
        let label = format!("{} its {rows}", if open { "Hide" } else { "Show" });
        view! {
            <button
                class="bare unfold data"
                tabindex="-1"
                data-testid="unfold"
                data-unfold=entry.to_string()
                aria-label=label
            >
                {if open { "▾ " } else { "▸ " }}
                {number::group(group.rows)}
                <span class="word">" rows"</span>
            </button>
        }
    });
    view! {
        <div
            class="finding"
            class:chosen=at.chosen
            role="treeitem"
            {..custom_attribute("aria-level", "1")}
            id=format!("finding-{}", at.item)
            style:margin-top=format!("{}px", -(at.above as f64) * UNIT)
            aria-selected=at.chosen.to_string()
            aria-expanded=several.then(|| open.to_string())
            data-testid=found.map(|_| "finding")
            data-place=at.item.to_string()
            data-rank=entry.to_string()
            data-rows=group.rows.to_string()
            data-row=found.map(|found| found.row.row.to_string())
        >
            <div class="finding-head">
                <span class="rank data quiet">{number::group(entry + 1)}</span>
                {mark}
                {badge::score(found.map(|_| group.score), true, range, dark, Some("finding-score"))}
                <span class="kind" data-testid="finding-kind">{found.map(|found| found.kind.clone())}</span>
                {unfold}
                <span class="quiet data finding-time">{badge::time(preferences, time)} {place}</span>
            </div>
            <div class="finding-message data">
                <span class=badge::level_class(level)>{badge::level_text(level)}</span>
                " "
                <span data-testid="finding-message">{found.map(|found| found.message.clone())}</span>
            </div>
            <div
                class="finding-reason"
                data-testid="finding-reason"
                title=found.map(|found| found.reason.clone())
            >
                {found.map(|found| found.reason.clone())}
            </div>
        </div>
    }
    .into_any()
}

/// A row of an open group.
fn member(ui: Ui, at: Place, group: &Group, row: u64, (_, preferences): Look) -> AnyView {
    let rows = ui.grouped.rows_of(group.number);
    let found = rows.as_ref().and_then(|rows| rows.get(row as usize));
    let left_out = rows.as_ref().map_or(0, |rows| group.rows.saturating_sub(rows.len() as u64));
    let last = rows.as_ref().is_some_and(|rows| row as usize == rows.len() && left_out > 0);
    let more = last.then(|| format!("{} more are not listed", number::counted(left_out, "row")));
    let level = found.map(|found| found.row.level).unwrap_or_default();
    let mark = found.and_then(|found| LabelMark::of(ui, found.row.row)).map(LabelMark::view);
    view! {
        <div
            class="finding-member data"
            class:chosen=at.chosen
            role="treeitem"
            {..custom_attribute("aria-level", "2")}
            id=format!("finding-{}", at.item)
            aria-selected=at.chosen.to_string()
            title=found.map(|found| format!("{}: {}", found.kind, found.reason))
            data-testid=found.map(|_| "finding-row")
            data-place=found.map(|_| at.item.to_string())
            data-row=found.map(|found| found.row.row.to_string())
        >
            <span class="quiet">{found.map(|found| badge::clock(preferences, ui.several_days.get(), &found.row))}</span>
            <span class=badge::level_class(level)>{badge::level_text(level)}</span>
            {mark}
            <span class="member-message">{found.map(|found| found.message.clone())}</span>
            <span class="quiet">{more}</span>
        </div>
    }
    .into_any()
}

/// The entry that the keys are at, for [`Command::Unfold`].
pub(super) fn unfold(ui: Ui, entry: Option<u64>, open: bool) {
    let chosen = ui.selection.finding.get_untracked();
    let Some(at) = entry.or(chosen.map(|spot| spot.entry)) else { return };
    let changed = ui.grouped.unfold(at, open);
    // What is selected in a group that closes goes on being selected as the group.
    let within = chosen.is_some_and(|spot| spot.entry == at && spot.member.is_some());
    if !open && within {
        ui.selection.finding.set(Some(Spot::entry(at)));
    } else if changed && entry.is_some() {
        // Its place may be another one below an entry that opened or closed, but it is the same entry.
        ui.selection.list.set(List::Findings);
    }
}

/// Leaves a mark when the first findings of an analysis have been drawn.
fn mark_first(ui: Ui, pager: Pager<FindingView>) {
    let marked = StoredValue::new(0);
    watch(move || {
        let run = ui.session.run.get();
        let none = ui.session.stage.get() == Stage::Done && ui.finding_count.get() == 0;
        let here = pager.with(0, |first| first.is_some());
        if (here || none) && run > 0 && marked.get_value() != run {
            marked.set_value(run);
            request_animation_frame(|| browser::mark("strayline:findings"));
        }
    });
}
