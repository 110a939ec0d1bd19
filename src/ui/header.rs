//! The top line: what is loaded, how far it is, and what can be done with it.

use leptos::prelude::*;

use super::app::Ui;
use super::browser;
use super::command::Command;
use super::live::live;
use crate::geometry::number;
use crate::view::Stage;

/// The stage in words.
fn stage_text(stage: Stage) -> &'static str {
    match stage {
        Stage::Detecting => "Recognising formats",
        Stage::Reading => "Reading rows",
        Stage::Fitting => "Fitting the detector",
        Stage::Scoring => "Scoring rows",
        Stage::Done => "Done",
        Stage::Failed => "Nothing to analyse",
    }
}

/// Name of the page, state of the analysis, and actions.
#[component]
pub(super) fn Header() -> impl IntoView {
    let ui = Ui::here();
    let theme = live(move || if ui.preferences.dark.get() { "Light" } else { "Dark" }.to_owned());
    let open = Memo::new(move |_| ui.session.open());
    let picked = move |_| {
        if let Some(input) = ui.file_input.get_untracked() {
            ui.send(Command::AddFiles(browser::files_of(input.files())));
            // So that the same file can be picked again.
            input.set_value("");
        }
    };
    view! {
        <header class="header">
            <input
                type="file"
                multiple
                class="hidden"
                aria-label="Log files"
                tabindex="-1"
                data-testid="file-input"
                node_ref=ui.file_input
                on:change=picked
            />
            <h1 class="brand">
                <svg viewBox="0 0 20 16" aria-hidden="true">
                    <path d="M1 12h5l3-9 3 9h7" />
                </svg>
                "Strayline"
            </h1>
            {live(move || open.get().then(|| progress(ui).into_any()))}
            <div class="actions">
                {live(move || open.get().then(|| data_actions(ui).into_any()))}
                <button
                    data-testid="theme"
                    aria-label="Change between light and dark"
                    on:click=move |_| ui.send(Command::ToggleTheme)
                >
                    {theme}
                </button>
                <button
                    data-testid="help"
                    aria-label="Keyboard shortcuts"
                    on:click=move |_| ui.send(Command::ToggleHelp)
                >
                    "?"
                </button>
            </div>
        </header>
    }
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
            Stage::Detecting | Stage::Reading => read(),
            Stage::Scoring => (session.scored.get(), session.rows.get()),
            Stage::Fitting | Stage::Done | Stage::Failed => return None,
        };
        Some(number::percent_done(part, whole))
    };
    let percent = move || share().map(|percent| format!("{percent} %")).unwrap_or_default();
    let rows = live(move || number::counted(session.rows.get(), "row"));
    let ended = move || match (session.stage.get(), session.cancelled.get()) {
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
    }
}

fn data_actions(ui: Ui) -> impl IntoView + use<> {
    let reading = move || matches!(ui.session.stage.get(), Stage::Detecting | Stage::Reading);
    let cancellable = Memo::new(move |_| reading() && !ui.session.cancelled.get());
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
        <button data-testid="add" on:click=move |_| ui.send(Command::PickFiles)>"Add files…"</button>
        <button data-testid="new" on:click=move |_| ui.send(Command::New)>"New"</button>
    }
}
