//! The ranked list: the rows that do not belong, each with its reason.

use leptos::prelude::*;

use super::app::Ui;
use super::badge;
use super::browser;
use super::command::Command;
use super::live::{live, watch};
use super::pager::Pager;
use super::preferences::Preferences;
use super::selection::List;
use super::threshold_control::ThresholdControl;
use super::virtual_scroll::VirtualScroll;
use crate::geometry::number;
use crate::view::{FindingView, Stage};

/// Height of one finding, as in the style sheet.
const ROW: f64 = 92.0;

/// Threshold and findings.
#[component]
pub(super) fn Findings() -> impl IntoView {
    let ui = Ui::here();
    let (session, selection) = (ui.session, ui.selection);
    let pager: Pager<FindingView> =
        Pager::new(session, |client, from, count| Box::pin(async move { client.findings(from, count).await }));
    let scroll = VirtualScroll::new(ui.listed, ROW, 0.0);
    watch(move || {
        session.run.track();
        session.scores.track();
        pager.reset();
    });
    watch(move || pager.show(scroll.window(), ui.listed.get()));
    watch(move || selection.page_of_findings.set(scroll.page()));
    watch(move || {
        if let Some(rank) = selection.finding.get() {
            scroll.reveal(rank);
        }
    });
    mark_first(ui, pager);

    let rows = live(move || {
        let window = scroll.window();
        let chosen = selection.finding.get();
        let look = (session.score_range.get(), ui.preferences);
        let ranks = window.first..window.first + u64::from(window.count);
        ranks
            .map(|rank| pager.with(rank, |found| finding(rank, found, chosen == Some(rank), look)))
            .collect_view()
            .into_any()
    });
    let order = live(move || match ui.listed.get() {
        listed if listed < ui.finding_count.get() => format!("the first {} are listed", number::group(listed)),
        _ => "most abnormal first".to_owned(),
    });
    let empty = live(move || {
        let text = match (session.stage.get(), session.threshold.with(Option::is_some)) {
            (Stage::Failed, _) => "There are no rows to analyse. The notes above say why.",
            (_, false) => "Findings appear here when all rows have their scores. Rows can be looked at already.",
            (_, true) if ui.finding_count.get() == 0 => {
                "No row stands out at this threshold. Raise the contamination to see the highest scores."
            }
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
                    data-count=live(move || ui.finding_count.get().to_string())
                >
                    {live(move || number::group(ui.finding_count.get()))}
                </span>
                <span class="quiet">{order}</span>
            </div>
            <ThresholdControl />
            {empty}
            <div
                class="scroll"
                role="listbox"
                aria-label="Ranked findings"
                aria-activedescendant=live(move || selection.finding.get().map(|rank| format!("finding-{rank}")))
                tabindex="0"
                node_ref=scroll.node
                on:scroll=move |_| scroll.on_scroll()
                on:wheel=move |event| scroll.on_wheel(&event)
                on:focus=move |_| selection.list.set(List::Findings)
                on:click=move |event| {
                    if let Some(rank) = browser::number_at(&event, "data-rank") {
                        ui.send(Command::OpenFinding(rank));
                    }
                }
            >
                {scroll.content(|| ().into_any(), rows)}
            </div>
        </section>
    }
}

fn finding(
    rank: u64,
    found: Option<&FindingView>,
    chosen: bool,
    (range, preferences): ((f32, f32), Preferences),
) -> impl IntoView + use<> {
    let dark = preferences.dark.get();
    let level = found.map(|found| found.row.level).unwrap_or_default();
    let time = found.and_then(|found| found.row.time);
    let place = found.filter(|_| time.is_none()).map(|found| format!("row {}", number::group(found.row.row + 1)));
    view! {
        <div
            class="finding"
            class:chosen=chosen
            role="option"
            id=format!("finding-{rank}")
            aria-selected=chosen.to_string()
            data-testid=found.map(|_| "finding")
            data-rank=rank.to_string()
            data-row=found.map(|found| found.row.row.to_string())
        >
            <div class="finding-head data">
                <span class="rank quiet">{number::group(rank + 1)}</span>
                {badge::score(found.map(|found| found.score), true, range, dark, Some("finding-score"))}
                <span class="quiet">{found.map(|found| number::top_share(found.calibrated))}</span>
                <span class=badge::level_class(level)>{badge::level_text(level)}</span>
                <span class="quiet finding-time">{badge::time(preferences, time)} {place}</span>
            </div>
            <div class="finding-message data" data-testid="finding-message">
                {found.map(|found| found.message.clone())}
            </div>
            <div class="finding-reason" data-testid="finding-reason">
                {found.map(|found| found.reason.clone())}
            </div>
        </div>
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
