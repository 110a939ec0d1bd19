//! One session: its steps in time, and beside them those of its twin.

use std::sync::Arc;

use leptos::prelude::*;

use super::app::Ui;
use super::badge;
use super::browser;
use super::command::Command;
use super::live::{live, watch};
use super::selection::List;
use super::stories::Wish;
use crate::common::number::duration;
use crate::context::Relation;
use crate::geometry::{number, story, ticks};
use crate::platform::client::Told;
use crate::view::story::Whole;
use crate::view::{FindingView, Line, StepLine, StepView};

/// Marks on the time axis.
const MARKS: usize = 4;

/// The open session.
#[component]
pub(super) fn StoryView() -> impl IntoView {
    let ui = Ui::here();
    let told = ui.stories.told;
    let body = live(move || {
        told.with(|told| match told {
            Some(told) => body(ui, told).into_any(),
            None => view! { <p class="hint">"Reading the session"</p> }.into_any(),
        })
    });
    // The selected step stays in sight.
    watch(move || {
        told.track();
        if let Some(row) = ui.selection.row.get() {
            browser::show(&format!("step-{row}"));
        }
    });
    view! { <div class="story" data-testid="story">{body}</div> }
}

fn send(ui: Ui, wish: Wish) {
    ui.send(Command::OfSessions(wish));
}

fn body(ui: Ui, told: &Arc<Told>) -> impl IntoView + use<> {
    let tale = &told.story;
    let ends = tale.there.map_or(tale.here.ends, |there| there.ends.max(tale.here.ends));
    let sentence = tale.difference.as_ref().map_or_else(
        || "There is no ordinary session to compare it with.".to_owned(),
        crate::context::Difference::sentence,
    );
    let place = tale.at.map(|at| {
        format!("The row it was opened for is step {} of {}.", number::group(at + 1), number::group(tale.here.rows))
    });
    let twin = tale.there.map(|there| {
        view! {
            <span class="quiet">"Twin: "</span>
            <button class="link data" data-testid="story-twin" title="Open this session" on:click=move |_| send(ui, Wish::OpenTwin)>
                {told.twin.clone()}
            </button>
            <span class="quiet">
                {format!(", the nearest session in which nothing is odd: {}", facts(&there))}
            </span>
        }
    });
    let lines = tale.lines.iter().map(|line| match line {
        Line::Step(step) => step_line(ui, told, step, ends).into_any(),
        Line::LeftOut { from, count, here } => left_out(ui, *from, *count, *here).into_any(),
    });
    let marks = story::axis(ends, MARKS).into_iter().map(|tick| {
        let last = tick.at > 0.85;
        view! { <span class:last=last style:left=format!("{:.2}%", tick.at * 100.0)>{tick.label}</span> }
    });
    let timed = tale.here.range.is_some();
    let bars = match (timed, tale.written_at_the_end) {
        (false, _) => "These rows have no times.",
        (true, true) => {
            "A bar is how long a step took, up to when its row was written; a pale one is the wait for the next row."
        }
        (true, false) => {
            "A bar is how long a step took, from when its row was written; a pale one is the wait for the next row."
        }
    };
    let twin_head = tale.there.map(|_| format!("its twin, {}", told.twin));
    view! {
        <div class="pane-head">
            <button data-testid="story-back" on:click=move |_| send(ui, Wish::Close)>"‹ All sessions"</button>
            <h2 class="data story-name" data-testid="story-name">{told.name.clone()}</h2>
            <span class="quiet" data-testid="story-facts">{facts(&tale.here)}</span>
            <span class="quiet">{span(ui, &tale.here)}</span>
        </div>
        <div class="story-head">
            <p class="story-sentence" data-testid="story-sentence">{sentence}</p>
            <p>
                <span class="quiet">"Full session, " {number::counted(tale.here.rows, "row")} ". " {place} " "</span>
                {twin}
            </p>
        </div>
        <div
            class="scroll story-steps"
            class:untimed=!timed
            role="listbox"
            aria-label="Steps of the session, beside those of its twin"
            aria-activedescendant=live(move || ui.selection.row.get().map(|row| format!("step-{row}")))
            tabindex="0"
            data-testid="story-steps"
            on:focus=move |_| ui.selection.list.set(List::Steps)
            on:click=move |event| {
                if let Some(row) = browser::number_at(&event, "data-row") {
                    send(ui, Wish::Select(row));
                }
            }
        >
            <div class="story-line story-marks" role="presentation">
                <div class="here quiet">"this session"</div>
                <div class="track data quiet">{marks.collect_view()}</div>
                <div class="there quiet">{twin_head}</div>
            </div>
            {lines.collect_view()}
            <p class="quiet story-note">{bars}</p>
        </div>
    }
}

/// `4 rows, 8,000 ms, 3 errors`.
fn facts(whole: &Whole) -> String {
    let lasted = whole.range.map(|(start, end)| format!(", {}", duration(end.saturating_sub(start) as f64 / 1e6)));
    let errors =
        Some(whole.errors).filter(|errors| *errors > 0).map(|errors| format!(", {}", number::counted(errors, "error")));
    format!("{}{}{}", number::counted(whole.rows, "row"), lasted.unwrap_or_default(), errors.unwrap_or_default())
}

fn span(ui: Ui, whole: &Whole) -> Option<String> {
    let (start, end) = whole.range?;
    let written = |at| ticks::table_time(ui.preferences.local_time(at));
    let ((date, from), (_, to)) = (written(start), written(end));
    Some(format!("{date} {from} to {to} {}", ui.preferences.zone()))
}

fn step_line(ui: Ui, told: &Told, step: &StepLine, ends: f64) -> impl IntoView + use<> {
    let text = |view: Option<StepView>| view.and_then(|view| told.texts.get(&(view.segment, view.row)));
    let (here, there) = (text(step.here), text(step.there));
    let row = here.map(|found| found.row.row);
    let class = match step.relation {
        Relation::Same => "story-line",
        Relation::Added => "story-line added",
        Relation::Repeated => "story-line repeated",
        Relation::Moved | Relation::MovedAway => "story-line moved",
        Relation::Missing => "story-line missing",
    };
    let odd = here.filter(|found| found.group.is_some());
    // A repetition says so itself.
    let kind = odd.filter(|_| step.relation != Relation::Repeated);
    let slow = step.slow.map(|slow| slow.text());
    let has_notes = kind.is_some() || slow.is_some();
    let note = has_notes.then(|| {
        view! {
            <div class="story-why">
                {slow.clone().map(|text| view! { <span class="slow" data-testid="story-slow">{text}</span> })}
                {kind.map(|found| view! {
                    <span class="kind" title=found.reason.clone()>"◆ " {found.kind.clone()}</span>
                })}
            </div>
        }
    });
    let mine = match (step.here, step.relation) {
        (Some(view), _) => half(&view, here, step.times).into_any(),
        (None, Relation::MovedAway) => gap("elsewhere in this session").into_any(),
        (None, _) => gap("missing here").into_any(),
    };
    let theirs = match (step.there, step.relation) {
        _ if told.story.there.is_none() => None,
        (Some(view), _) => Some(half(&view, there, None).into_any()),
        (None, Relation::Repeated) => Some(gap("once more").into_any()),
        (None, Relation::Moved) => Some(gap("elsewhere in the twin").into_any()),
        (None, _) => Some(gap("not in the twin").into_any()),
    };
    let chosen = move || row.is_some() && ui.selection.row.get() == row;
    let relation = format!("{:?}", step.relation).to_lowercase();
    view! {
        <div
            class=class
            class:odd=odd.is_some()
            class:chosen=live(chosen)
            role="option"
            id=row.map(|row| format!("step-{row}"))
            aria-selected=live(move || chosen().to_string())
            data-row=row.map(|row| row.to_string())
            data-testid="story-step"
            data-relation=relation
            data-slow=step.slow.is_some().to_string()
        >
            <div class="here">{mine}</div>
            <div class="track">
                {bar(step.here, ends, "bar")}
                {bar(step.there, ends, "bar twin")}
            </div>
            <div class="there">{theirs}</div>
            {note}
        </div>
    }
}

/// A step of one of the two.
fn half(view: &StepView, found: Option<&FindingView>, times: Option<u32>) -> impl IntoView + use<> {
    let message = found.map(|found| found.message.clone());
    let took = view.took.map(|took| format!("{}{}", if took.gap { "then " } else { "" }, duration(took.millis)));
    view! {
        <span class="step-number quiet data">{number::group(view.number + 1)}</span>
        <i class=format!("mark {}", badge::level_class(view.level)) title=badge::level_text(view.level)></i>
        <span class="hidden">{badge::level_text(view.level)}</span>
        <span class="step-clock quiet data">{view.span.map(|span| story::clock(span.at))}</span>
        <span class="step-message data" title=message.clone()>{message.clone()}</span>
        {times.map(|times| view! { <span class="repeats data" data-testid="story-times">{format!("×{}", number::group(u64::from(times)))}</span> })}
        <span class="step-took data">{took}</span>
    }
}

/// Where one of the two has nothing.
fn gap(text: &'static str) -> impl IntoView + use<> {
    view! { <span class="gap">{text}</span> }
}

fn bar(view: Option<StepView>, ends: f64, class: &'static str) -> Option<AnyView> {
    let view = view?;
    let (left, width) = story::bar(view.span?, ends);
    let pale = view.took.is_some_and(|took| took.gap);
    Some(
        view! {
            <i
                class=format!("{class} {}", badge::level_class(view.level))
                class:pale=pale
                style:left=format!("{left:.3}%")
                style:width=format!("{width:.3}%")
            ></i>
        }
        .into_any(),
    )
}

/// A stretch that is not shown, and a way to it.
fn left_out(ui: Ui, from: u32, count: u32, here: u32) -> impl IntoView + use<> {
    let steps = number::counted(u64::from(count), "step");
    let of =
        if here == count { String::new() } else { format!(", {} of this session", number::group(u64::from(here))) };
    view! {
        <div class="left-out" data-testid="story-left-out" data-count=count.to_string()>
            <span>{format!("… {steps} left out{of} …")}</span>
            <button on:click=move |_| send(ui, Wish::Unfold(from, count))>
                {if count > 100 { "Show 100 of them" } else { "Show them" }}
            </button>
        </div>
    }
}
