//! One line per file: what it is, how far it was read, and what was wrong with it.

use leptos::prelude::*;

use super::app::Ui;
use super::command::Command;
use super::live::live;
use super::selection::Pane;
use crate::geometry::number;
use crate::view::FileReport;

/// The files of the analysis.
#[component]
pub(super) fn FileList() -> impl IntoView {
    let ui = Ui::here();
    let files = ui.session.files;
    let lines = live(move || files.with(|files| files.iter().map(|file| line(ui, file)).collect_view().into_any()));
    view! {
        <section class="files" aria-label="Files">
            <ul>{lines}</ul>
        </section>
    }
}

fn line(ui: Ui, file: &FileReport) -> impl IntoView + use<> {
    let percent = number::percent_done(file.bytes_read, file.size);
    let size = if file.done && percent == 100 {
        number::bytes(file.size)
    } else {
        format!("{} of {}, {percent} %", number::bytes(file.bytes_read), number::bytes(file.size))
    };
    let problems = file.issue_count();
    let kinds = file.issues.iter().map(|(kind, count)| format!("{}: {}", kind.text(), number::group(*count)));
    let kinds = kinds.collect::<Vec<_>>().join("\n");
    let problems = (problems > 0).then(|| {
        view! {
            <button
                class="link warn"
                title=kinds
                data-testid="issue-count"
                data-count=problems.to_string()
                on:click=move |_| ui.send(Command::Show(Pane::Problems))
            >
                {number::counted(problems, "record")}
                " with problems"
            </button>
        }
    });
    let note = file.note.clone().map(|note| {
        view! { <span class="note" role="alert" data-testid="file-note">{note}</span> }
    });
    view! {
        <li data-testid="file-report" data-done=file.done.to_string()>
            <progress
                class:over=file.done
                max="100"
                value=percent.to_string()
                aria-label=format!("Progress of {}", file.name)
            ></progress>
            <span class="file-name data" title=file.name.clone()>{file.name.clone()}</span>
            <span class="quiet">{file.format.clone()}</span>
            <span class="data quiet">{size}</span>
            <span class="data quiet">{number::counted(file.rows, "row")}</span>
            {problems}
            {note}
        </li>
    }
}
