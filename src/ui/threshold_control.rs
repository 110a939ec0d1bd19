//! Where normal ends: contamination, the score that it means, and how many rows are past it.

use leptos::prelude::*;

use super::app::Ui;
use super::command::Command;
use super::live::live;
use super::number_box::{decimal, typed};
use super::score_histogram::ScoreHistogram;
use super::session::Cut;
use crate::finding::ScoreHistogram as Scores;
use crate::geometry::{number, slider};

/// The threshold, to be moved live. Nothing is trained again: one histogram of all scores answers.
#[component]
pub(super) fn ThresholdControl() -> impl IntoView {
    let ui = Ui::here();
    let session = ui.session;
    // What was asked for, or, where a score was, what share of rows it came to.
    let contamination = Memo::new(move |_| {
        let rows = session.scores.with(|scores| scores.as_ref().map_or(0, |scores| scores.rows()));
        match session.cut.get() {
            Some(Cut::Contamination(share)) => share,
            Some(Cut::Score(_) | Cut::Top(_) | Cut::Knee) => ui.finding_count.get() as f64 / rows.max(1) as f64,
            None if session.found.get().is_some() => ui.finding_count.get() as f64 / rows.max(1) as f64,
            None => slider::first_contamination(rows),
        }
    });
    let slide = move |event| {
        let position = event_target_value(&event).parse().unwrap_or_default();
        ui.send(Command::SetContamination(slider::contamination(position)));
    };
    let given = move |event| {
        let now = number::percent_value(contamination.get_untracked());
        if let Some(share) = typed(ui, &event, slider::parse_percent, &now, "a percentage above 0 and up to 50") {
            ui.send(Command::SetContamination(share));
        }
    };
    let threshold = move || {
        let cut = session.threshold.get();
        cut.filter(|cut| cut.rows > 0).map_or_else(|| "none".to_owned(), |cut| number::score(cut.score))
    };
    let rows = move || number::counted(ui.finding_count.get(), "row");
    let waiting = move || session.scores.with(Option::is_none);
    view! {
        <div class="threshold" role="group" aria-label="Threshold">
            <div class="threshold-line">
                <label for="contamination">"Contamination"</label>
                <input
                    id="contamination"
                    type="range"
                    min="0"
                    max="1000"
                    step="1"
                    disabled=live(waiting)
                    data-testid="contamination-slider"
                    aria-valuetext=live(move || number::percent(contamination.get()))
                    prop:value=live(move || slider::position(contamination.get()).to_string())
                    on:input=slide
                />
                <input
                    class="data percent"
                    type="text"
                    inputmode="decimal"
                    aria-label="Contamination in percent"
                    disabled=live(waiting)
                    data-testid="contamination"
                    prop:value=live(move || number::percent_value(contamination.get()))
                    on:change=given
                />
                <span class="quiet">"%"</span>
            </div>
            <ScoreHistogram />
            <dl class="facts">
                <div>
                    <dt>"score from"</dt>
                    <dd class="data" data-testid="threshold-score">{live(threshold)}</dd>
                </div>
                <div>
                    <dt>"anomalous"</dt>
                    <dd class="data" data-testid="threshold-rows" data-rows=live(move || ui.finding_count.get().to_string())>
                        {live(rows)}
                    </dd>
                </div>
            </dl>
            {exact(ui, waiting)}
            {no_knee(ui)}
        </div>
    }
}

/// Other ways to say where normal ends: by number of rows, by score, or where the curve of scores bends.
fn exact(ui: Ui, waiting: impl Fn() -> bool + Copy + Send + 'static) -> impl IntoView {
    let session = ui.session;
    let lowest =
        move || session.threshold.with(|cut| cut.as_ref().map(|cut| number::score(cut.score))).unwrap_or_default();
    let top = move |event| {
        let all = session.scores.with_untracked(|scores| scores.as_ref().map_or(0, |scores| scores.rows()));
        let rows = |text: &str| text.replace([',', ' '], "").parse().ok().filter(|rows| (1..=all).contains(rows));
        let now = ui.finding_count.get_untracked().to_string();
        if let Some(rows) = typed(ui, &event, rows, &now, &format!("a number of rows from 1 to {}", number::group(all)))
        {
            ui.send(Command::SetTop(rows));
        }
    };
    let score = move |event| {
        let score = |text: &str| decimal(text).filter(|score| *score <= 1.0);
        if let Some(score) = typed(ui, &event, score, &untrack(lowest), "a score from 0 to 1") {
            ui.send(Command::SetScore(score as f32));
        }
    };
    view! {
        <div class="threshold-line exact">
            <label>
                "top"
                <input
                    class="data"
                    type="text"
                    inputmode="numeric"
                    aria-label="Number of anomalous rows"
                    disabled=live(waiting)
                    data-testid="top-rows"
                    prop:value=live(move || ui.finding_count.get().to_string())
                    on:change=top
                />
            </label>
            <label>
                "score from"
                <input
                    class="data"
                    type="text"
                    inputmode="decimal"
                    aria-label="Lowest anomalous score"
                    disabled=live(waiting)
                    data-testid="from-score"
                    prop:value=live(lowest)
                    on:change=score
                />
            </label>
            <button
                class="choice push"
                title="Where rows stand apart: scores fall steeply before it, slowly behind it"
                disabled=live(waiting)
                aria-pressed=live(move || (session.cut.get() == Some(Cut::Knee)).to_string())
                data-testid="knee"
                on:click=move |_| ui.send(Command::SetKnee)
            >
                "Knee"
            </button>
        </div>
    }
}

/// Says that the knee was asked for, and there is none.
fn no_knee(ui: Ui) -> impl IntoView {
    let session = ui.session;
    let none = Memo::new(move |_| {
        let without = |scores: &Scores| scores.rows() > 0 && scores.by_knee().is_none();
        session.cut.get() == Some(Cut::Knee)
            && session.scores.with(|scores| scores.as_ref().is_some_and(|scores| without(scores)))
    });
    let text = live(move || {
        let rows = session.scores.with_untracked(|scores| scores.as_ref().map_or(0, |scores| scores.rows()));
        let share = number::percent(slider::first_contamination(rows));
        none.get().then(|| format!("No knee: no rows stand apart from the rest. A contamination of {share} instead."))
    });
    view! { <p class="quiet" role="status" data-testid="no-knee">{text}</p> }
}
