//! Where the truth of the log is known: how well the findings meet it.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::command::Command;
use super::live::{live, watch};
use super::synthetic_log::Wanted;
use crate::finding::truth::{Figures, Found, Report};
use crate::geometry::number;
use crate::platform::making::Made;
use crate::record::Role;
use crate::view::Stage;

/// The figures under the threshold that is in force, by kind on demand, and the log and its truth as files.
#[component]
pub(super) fn Measured() -> impl IntoView {
    let ui = Ui::here();
    let shown = live(move || ui.synthetic_log.open(ui).map(|made| strip(ui, made)));
    view! { {shown} }
}

fn strip(ui: Ui, made: Rc<Made>) -> AnyView {
    let report = RwSignal::new(None::<Report>);
    let sessions = made.known.sessions();
    measure(ui, made, report);
    let summary = live(move || match report.get() {
        Some(report) => overall(&report),
        None if ui.session.stage.get() == Stage::Failed => String::new(),
        None => "Findings are measured once all rows are scored.".to_owned(),
    });
    let by_kind = live(move || report.with(|report| report.as_ref().map(table)));
    let save = |wanted, text: &'static str, id: &'static str| {
        view! {
            <button class="link" data-testid=id on:click=move |_| ui.send(Command::OfSynthetic(wanted))>{text}</button>
        }
    };
    view! {
        <section class="measured" aria-label="Findings against the truth" data-testid="measured">
            <span>
                "Synthetic log with "
                {number::counted(sessions, "known anomalous session")}
                "."
            </span>
            <span data-testid="measured-all">{summary}</span>
            {by_kind}
            <span class="push measured-files">
                {save(Wanted::SaveLog, "Save log", "save-log")} {save(Wanted::SaveTruth, "Save truth", "save-truth")}
            </span>
        </section>
    }
    .into_any()
}

/// Measures the findings again at each change of the threshold.
fn measure(ui: Ui, made: Rc<Made>, report: RwSignal<Option<Report>>) {
    let session = ui.session;
    let newest = StoredValue::new(0_u32);
    watch(move || {
        let (Some(client), Some(threshold), Stage::Done) =
            (session.client(), session.threshold.get(), session.stage.get())
        else {
            report.set(None);
            return;
        };
        let key = session.fields.with(|fields| fields.iter().position(|field| field.role == Some(Role::Correlation)));
        let most = threshold.rows.min(u64::from(session.ranked()));
        let (run, mine, made) = (session.run.get_untracked(), newest.get_value() + 1, Rc::clone(&made));
        newest.set_value(mine);
        spawn_local(async move {
            let findings = client.findings(0, most as u32).await;
            // Gone, or asked again meanwhile.
            if !session.is_current(run) || newest.try_get_value() != Some(mine) {
                return;
            }
            let key = key.unwrap_or(usize::MAX);
            let found: Vec<Found<'_>> = findings.iter().map(|finding| finding.as_found(key)).collect();
            report.try_set(Some(made.known.judge(&found)));
        });
    });
}

fn overall(report: &Report) -> String {
    let Some(all) = report.figures.last() else { return String::new() };
    format!(
        "Recall {}, precision {} among the {}; average precision {:.2}.",
        number::percent(all.recall),
        number::percent(report.precision),
        number::counted(report.budget, "best-ranked session"),
        all.average_precision
    )
}

fn table(report: &Report) -> AnyView {
    let kinds = report.figures.iter().map(|of: &Figures| {
        view! {
            <tr>
                <th scope="row">{of.kind.replace('_', " ")}</th>
                <td class="data number">{number::group(of.sessions)}</td>
                <td class="data number">{number::percent(of.recall)}</td>
                <td class="data number">{format!("{:.2}", of.average_precision)}</td>
            </tr>
        }
    });
    let episodes = report.episodes.iter().map(|(kind, (found, all))| {
        view! { <li>{kind.replace('_', " ")} <span class="data push">{format!("{found} of {all}")}</span></li> }
    });
    let episodes = (!report.episodes.is_empty()).then(|| {
        view! {
            <h3>"Found of what lasts longer than a session"</h3>
            <ul>{episodes.collect_view()}</ul>
        }
    });
    view! {
        <details class="measured-kinds" data-testid="measured-kinds">
            <summary>"By kind"</summary>
            <div class="measured-table">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"kind"</th>
                            <th scope="col" class="number">"sessions"</th>
                            <th scope="col" class="number">"recall"</th>
                            <th scope="col" class="number">"avg. precision"</th>
                        </tr>
                    </thead>
                    <tbody>{kinds.collect_view()}</tbody>
                </table>
                {episodes}
                <p class="quiet">
                    "Sessions are ranked by their best row past the threshold. Recall: the share of a kind’s sessions among \
                     the best-ranked, one and a half times as many as are anomalous. Average precision: against all normal \
                     sessions."
                </p>
            </div>
        </details>
    }
    .into_any()
}
