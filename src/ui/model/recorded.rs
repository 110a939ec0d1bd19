//! Answers that were written for a shipped sample ([`crate::explain::recorded`]): shown where no model can be asked, on the way
//! of any other answer, and nothing is sent for them.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::explain::{Prepared, finish, gather};
use super::label_draw::take;
use super::labels::Run;
use super::send::record;
use super::store::ModelStore;
use crate::explain::Binding;
use crate::explain::answer::Answer;
use crate::explain::label::{self, Label};
use crate::explain::recorded::{MODEL, Recorded};
use crate::geometry::number;
use crate::ui::app::Ui;
use crate::ui::live::live;

/// What is said of an explanation.
const EXPLAINED: &str = "A recorded example: this answer was written by hand for this sample. No model was asked, and nothing was sent. One claim is wrong on purpose, to show what becomes of it.";
/// What is said of labels, before the row.
const LABELLED: &str = "A recorded example: these labels were written by hand for this sample. No model was asked, and nothing was sent. One is wrong on purpose, to be corrected with n: that of row";

/// The answers about the file that is looked at.
fn about(ui: Ui) -> Option<Recorded> {
    ui.session.files.with(|files| match files.as_slice() {
        [file] => Recorded::of(&file.name, file.size),
        _ => None,
    })
}

/// The same, where no model can be asked.
fn offered(ui: Ui, store: ModelStore) -> Option<Recorded> {
    about(ui).filter(|_| store.cannot_ask())
}

/// Leads to the row that has a recorded explanation, where another one is looked at.
pub(super) fn way_to_explanation(ui: Ui, store: ModelStore) -> Option<AnyView> {
    let recorded = offered(ui, store)?;
    let row = recorded.row()?;
    let explaining = store.explaining;
    let here = explaining
        .prepared
        .with(|prepared| prepared.as_ref().is_some_and(|prepared| recorded.explains(&prepared.sent).is_some()));
    let looked_up = explaining.subject.with(Option::is_some) || ui.selection.row.get().is_none();
    (!here && looked_up && explaining.is_free()).then(|| {
        view! {
            <div class="line">
                <span class="quiet">{format!("Without a key: for row {} of this sample there is a recorded example.", number::group(row))}</span>
                <button data-testid="recorded-go" on:click=move |_| gather(ui, store, row - 1)>
                    "Go to it"
                </button>
            </div>
        }
        .into_any()
    })
}

/// Shows the recorded explanation in the place of an answer to this request.
pub(super) fn explanation(ui: Ui, store: ModelStore, prepared: &Rc<Prepared>) -> Option<AnyView> {
    let shown = store.explaining.turns.with(|turns| turns.iter().any(|turn| turn.recorded.is_some()));
    let wanted = prepared.question.is_none() && !shown;
    let text = offered(ui, store)?.explains(&prepared.sent).filter(|_| wanted)?;
    let prepared = StoredValue::new_local(prepared.clone());
    let show = move |_| {
        let prepared = prepared.get_value();
        record(store, &prepared.parcel);
        let answer = Answer {
            text: text.clone(),
            finish: Some("STOP".to_owned()),
            model: MODEL.to_owned(),
            ..Answer::default()
        };
        finish(store, prepared, answer, Some(EXPLAINED));
    };
    Some(
        view! {
            <button data-testid="recorded-explain" on:click=show>
                "Show the recorded example"
            </button>
        }
        .into_any(),
    )
}

/// Chooses the rows that have recorded labels.
pub(super) fn way_to_labels(ui: Ui, store: ModelStore) -> Option<AnyView> {
    let labelling = store.labelling;
    if labelling.recorded.get() {
        let wrong = about(ui).map(|recorded| number::group(recorded.wrong()));
        let text = format!("{LABELLED} {}.", wrong.unwrap_or_default());
        return Some(view! { <p class="note" role="status" data-testid="recorded-labels">{text}</p> }.into_any());
    }
    let rows = offered(ui, store)?.rows();
    let drawn = labelling
        .drawn
        .with(|drawn| drawn.as_ref().is_some_and(|table| table.rows.iter().map(|row| row.id).eq(rows.iter().copied())));
    let count = rows.len() as u64;
    let choose = move |_| {
        let Some(client) = ui.session.client() else { return };
        let run = ui.session.run.get_untracked();
        let numbers: Vec<u64> = rows.iter().map(|row| row - 1).collect();
        labelling.drawing.set(true);
        spawn_local(async move {
            let table = client.table(numbers, |rows| (0..rows.len()).collect()).await;
            if ui.session.is_current(run) {
                take(labelling, table, Some("These are the rows of the recorded example.".to_owned()));
            }
        });
    };
    (!drawn).then(|| {
        view! {
            <div class="line">
                <span class="quiet">
                    {format!("Without a key: for {} of this sample there are recorded labels.", number::counted(count, "row"))}
                </span>
                <button
                    data-testid="recorded-rows"
                    disabled=live(move || labelling.drawing.get() || labelling.busy())
                    on:click=choose
                >
                    "Choose these rows"
                </button>
            </div>
        }
        .into_any()
    })
}

/// Shows recorded labels in the place of answers about the rows that were chosen.
pub(super) fn labels(ui: Ui, store: ModelStore, run: &Rc<Run>) -> Option<AnyView> {
    let recorded = offered(ui, store).filter(|_| !store.labelling.recorded.get())?;
    let windows: Vec<Vec<u64>> = {
        let batch = run.batch.borrow();
        (0..batch.windows()).map(|window| batch.rows(window).to_vec()).collect()
    };
    let answers: Vec<(Vec<u64>, String)> =
        windows.into_iter().map(|rows| recorded.labels(&rows).map(|text| (rows, text))).collect::<Option<_>>()?;
    let run = StoredValue::new_local(run.clone());
    let show = move |_| {
        let run = run.get_value();
        for (rows, text) in &answers {
            let Some((parcel, redactor)) = run.parcel(rows, Binding::Schema, store.fence.get_value()) else { continue };
            record(store, &parcel);
            let said = label::read(text, rows).labels.into_iter();
            let restored =
                |(row, label): (u64, Label)| (row, Label { reason: redactor.restore(&label.reason), ..label });
            store.labelling.enter(said.map(restored).collect(), MODEL);
        }
        store.labelling.recorded.set(true);
    };
    Some(
        view! {
            <button data-testid="recorded-label" on:click=show>
                "Show the recorded example"
            </button>
        }
        .into_any(),
    )
}
