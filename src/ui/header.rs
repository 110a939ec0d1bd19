//! The top line: what is loaded, how far it is, and what can be done with it.

use leptos::prelude::*;

use super::app::Ui;
use super::command::Command;
use super::frame;
use super::live::live;
use super::models::Wish;
use super::selection::Pane;
use crate::geometry::number;
use crate::model::Verdict;
use crate::view::Stage;

/// The stage in words.
fn stage_text(stage: Stage) -> &'static str {
    match stage {
        Stage::Opening => "Opening files",
        Stage::Detecting => "Recognising formats",
        Stage::Reading => "Reading rows",
        Stage::Fitting => "Fitting the detector",
        Stage::Scoring => "Scoring rows",
        Stage::Done => "Done",
        Stage::Failed => "Nothing to analyse",
    }
}

/// Fills the places of the top line: the state of the analysis, and what can be done with it.
pub(super) fn fill(ui: Ui) {
    let open = Memo::new(move |_| ui.session.open());
    frame::fill("progress", live(move || open.get().then(|| progress(ui).into_any())).into_any());
    frame::fill("actions", live(move || open.get().then(|| data_actions(ui).into_any())).into_any());
}

fn progress(ui: Ui) -> impl IntoView + use<> {
    let session = ui.session;
    let read = move || {
        session.files.with(|files| {
            files.iter().fold((0, 0), |(read, size), file| {
                // What could not be read to its end is no longer waited for.
                let done = if file.done { file.size } else { file.bytes_read };
                (read + done, size + file.size)
            })
        })
    };
    let share = move || {
        let (part, whole) = match session.stage.get() {
            Stage::Opening | Stage::Detecting | Stage::Reading => read(),
            Stage::Scoring => (session.scored.get(), session.rows.get()),
            Stage::Fitting => match session.now(|now| now.fitted) {
                fitted if fitted > 0.0 && fitted < 1.0 => ((fitted * 1000.0) as u64, 1000),
                _ => return None,
            },
            Stage::Done | Stage::Failed => return None,
        };
        Some(number::percent_done(part, whole))
    };
    let percent = move || share().map(|percent| format!("{percent} %")).unwrap_or_default();
    let rows = live(move || number::counted(session.rows.get(), "row"));
    let ended = move || match (session.stage.get(), session.cancelled.get()) {
        (Stage::Done, _) if ui.models.waits() => "Checked, not scored",
        (Stage::Done, true) => "Done with what was read",
        (stage, _) => stage_text(stage),
    };
    view! {
        <div class="progress" role="status" aria-live="polite">
            <span
                class="stage"
                data-testid="stage"
                data-stage=live(move || format!("{:?}", session.stage.get()))
            >
                {live(move || ended().to_owned())}
            </span>
            <span class="data">{live(percent)}</span>
        </div>
        <span class="data quiet" data-testid="total-rows">{rows}</span>
        {live(move || scored_by(ui))}
    }
}

/// The saved model that scores the files, and whether it knows files like these.
fn scored_by(ui: Ui) -> Option<AnyView> {
    let name = ui.models.loaded.with(|loaded| loaded.as_ref().map(|loaded| loaded.name.clone()))?;
    let verdict = ui.session.now(|now| now.report.as_ref().map(|report| report.verdict));
    let warns = verdict.is_some_and(|verdict| verdict != Verdict::Compatible);
    let (words, title) = match verdict {
        _ if ui.models.waits() => ("nothing is scored: not like the model ", "The check speaks against it: see Models"),
        Some(Verdict::CompatibleWithWarnings) => ("with warnings, by the model ", "The check has warnings: see Models"),
        Some(Verdict::Retrain | Verdict::Unsupported) => {
            ("against the check, by the model ", "The check spoke against it: see Models")
        }
        Some(Verdict::Compatible) | None => ("by the model ", "See Models"),
    };
    Some(
        view! {
            <button
                class="link scored-by"
                class:warn=warns
                title=title
                data-testid="scored-by"
                on:click=move |_| ui.send(Command::Show(Pane::Models))
            >
                {words}
                {name}
            </button>
        }
        .into_any(),
    )
}

fn data_actions(ui: Ui) -> impl IntoView + use<> {
    let reading = move || ui.session.stage.get() <= Stage::Reading;
    let cancellable = Memo::new(move |_| reading() && !ui.session.cancelled.get());
    let stoppable = Memo::new(move |_| ui.models.working().is_some());
    view! {
        {live(move || {
            cancellable.get().then(|| view! {
                <button
                    class="primary"
                    data-testid="cancel"
                    title="Stop reading and analyse what was read"
                    on:click=move |_| ui.send(Command::Cancel)
                >
                    "Cancel"
                </button>
            }.into_any())
        })}
        {live(move || {
            stoppable.get().then(|| view! {
                <button
                    class="primary"
                    title="Stop fitting; rows keep the scores that they have"
                    on:click=move |_| ui.send(Command::OfModels(Wish::Stop))
                >
                    "Stop"
                </button>
            }.into_any())
        })}
        <button data-testid="add" on:click=move |_| ui.send(Command::PickFiles)>"Add files…"</button>
        <button data-testid="new" on:click=move |_| ui.send(Command::New)>"New"</button>
    }
}
