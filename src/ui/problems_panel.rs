//! Records with problems: where each is, what is wrong, and how it begins.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::browser;
use super::command::Command;
use super::live::{live, watch};
use crate::geometry::number;
use crate::ingest::IssueKind;
use crate::view::IssueView;

/// Problems that are asked for at once, per file.
const PAGE: u32 = 200;

/// The problems of all files, by file and kind, then one by one.
#[component]
pub(super) fn ProblemsPanel() -> impl IntoView {
    let ui = Ui::here();
    let session = ui.session;
    let issues = RwSignal::new(Vec::<IssueView>::new());
    let kind = RwSignal::new(None::<IssueKind>);
    // How many there are of each file; what was loaded is loaded again when that changes.
    let counts = Memo::new(move |_| {
        session.files.with(|files| files.iter().map(crate::view::FileReport::issue_count).collect::<Vec<_>>())
    });
    let total = move || counts.with(|counts| counts.iter().sum::<u64>());
    let ticket = StoredValue::new(0_u32);
    let load = move |more: bool| {
        let Some(client) = session.client() else { return };
        let run = session.run.get_untracked();
        let mine = ticket.get_value() + 1;
        ticket.set_value(mine);
        let files = counts.get_untracked();
        spawn_local(async move {
            let mut loaded = if more { issues.get_untracked() } else { Vec::new() };
            let wanted = loaded.len() + PAGE as usize;
            for (file, count) in files.into_iter().enumerate() {
                let have = loaded.iter().filter(|issue| issue.file as usize == file).count() as u64;
                if have < count && loaded.len() < wanted {
                    let room = (wanted - loaded.len()) as u32;
                    loaded.extend(client.issues(file as u32, have, room).await);
                }
            }
            if session.is_current(run) && ticket.try_get_value() == Some(mine) {
                issues.set(loaded);
            }
        });
    };
    watch(move || {
        session.run.track();
        counts.track();
        load(false);
    });
    let kinds = live(move || {
        let mut sums = IssueKind::ALL.map(|kind| (kind, 0));
        session.files.with(|files| {
            for (kind, count) in files.iter().flat_map(|file| &file.issues) {
                if let Some(sum) = sums.iter_mut().find(|sum| sum.0 == *kind) {
                    sum.1 += count;
                }
            }
        });
        let chosen = kind.get();
        let choices = sums.into_iter().filter(|(_, count)| *count > 0).map(|(this, count)| {
            view! {
                <button
                    class="choice"
                    aria-pressed=(chosen == Some(this)).to_string()
                    on:click=move |_| kind.set((chosen != Some(this)).then_some(this))
                >
                    {this.text()}
                    " "
                    <span class="data quiet">{number::group(count)}</span>
                </button>
            }
        });
        choices.collect_view().into_any()
    });
    let rows = live(move || {
        let names = session.files.with(|files| files.iter().map(|file| file.name.clone()).collect::<Vec<_>>());
        let chosen = kind.get();
        issues.with(|issues| {
            let shown = issues.iter().filter(|issue| chosen.is_none_or(|kind| issue.kind == kind));
            shown.map(|issue| row(issue, names.get(issue.file as usize))).collect_view().into_any()
        })
    });
    let more = live(move || {
        let (here, total) = (issues.with(Vec::len) as u64, total());
        (here > 0 && here < total).then(|| {
            view! {
                <button on:click=move |_| load(true)>
                    {format!("Show more, {} of {} are here", number::group(here), number::group(total))}
                </button>
            }
            .into_any()
        })
    });
    let hint = live(move || {
        let noted = session.files.with(|files| files.iter().any(|file| file.note.is_some()));
        let text = match (total(), noted) {
            (0, false) => "Every record could be read",
            (0, true) => "Every record that was found could be read; the notes beside the files say what could not",
            _ => return None,
        };
        Some(view! { <p class="hint">{text}</p> }.into_any())
    });
    view! {
        <section class="problems-panel pane" aria-label="Records with problems">
            <div class="pane-head">{kinds}</div>
            {hint}
            <div
                class="scroll"
                tabindex="0"
                on:click=move |event| {
                    if let Some(row) = browser::number_at(&event, "data-row") {
                        ui.send(Command::OpenRow(row));
                    }
                }
            >
                <table class="grid">
                    <thead>
                        <tr>
                            <th scope="col">"file"</th>
                            <th scope="col" class="number">"record"</th>
                            <th scope="col" class="number">"byte"</th>
                            <th scope="col">"problem"</th>
                            <th scope="col">"text"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
                {more}
            </div>
        </section>
    }
}

fn row(issue: &IssueView, file: Option<&String>) -> impl IntoView + use<> {
    view! {
        <tr class="pick" data-testid="issue-row" data-row=issue.row.to_string()>
            <td class="data">{file.cloned()}</td>
            <td class="data number">{number::group(issue.line + 1)}</td>
            <td class="data number">{number::group(issue.byte)}</td>
            <td>{issue.kind.text()}</td>
            <td class="data example">{issue.text.clone()}</td>
        </tr>
    }
}
