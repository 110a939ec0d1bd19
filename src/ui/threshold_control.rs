//! Where normal ends: contamination, the score that it means, and how many rows are past it.

use leptos::prelude::*;

use super::app::Ui;
use super::command::Command;
use super::live::live;
use super::score_histogram::ScoreHistogram;
use super::session::Cut;
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
            Some(Cut::Score(_)) => ui.finding_count.get() as f64 / rows.max(1) as f64,
            None if session.found.get().is_some() => ui.finding_count.get() as f64 / rows.max(1) as f64,
            None => slider::first_contamination(rows),
        }
    });
    let slide = move |event| {
        let position = event_target_value(&event).parse().unwrap_or_default();
        ui.send(Command::SetContamination(slider::contamination(position)));
    };
    let typed = move |event| {
        if let Some(share) = slider::parse_percent(&event_target_value(&event)) {
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
                    on:change=typed
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
        </div>
    }
}
