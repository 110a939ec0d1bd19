//! Labels of several models, or after several prompts, in one table: a warning, and the way to labels of one.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::label_draw::take;
use super::labels::{MOST_ROWS, labeller};
use super::store::ModelStore;
use crate::explain::label_file::Labelled;
use crate::geometry::number;
use crate::ui::app::Ui;

/// The warning, where labels come from several.
pub(super) fn mixed(ui: Ui, store: ModelStore) -> Option<AnyView> {
    let labelling = store.labelling;
    let mut models: Vec<String> = labelling.labels.with(|labels| {
        let said = labels.values().filter(|label| label.said.is_some());
        said.map(|label| label.model.clone()).collect()
    });
    models.sort_unstable();
    models.dedup();
    let by = labeller(&store.provider());
    let others = labelling
        .labels
        .with(|labels| labels.values().filter(|label| label.said.is_some() && label.model != by).count() as u64);
    (models.len() > 1).then(|| {
        let text = format!(
            "These labels come from {}. They differ in what they call anomalous: label all rows with one of them, and train \
again.",
            models.join(" and ")
        );
        view! {
            <p class="note" data-testid="label-mixed">{text}</p>
            <div class="line">
                <button
                    data-testid="label-again"
                    disabled=labelling.busy() || labelling.drawing.get()
                    on:click=move |_| again(ui, store)
                >
                    {format!("Choose the {} of others for {by}", number::counted(others, "row"))}
                </button>
            </div>
        }
        .into_any()
    })
}

/// Forgets what others than the model that is chosen now said, and chooses those rows. What was bought stays bought.
fn again(ui: Ui, store: ModelStore) {
    let labelling = store.labelling;
    let Some(client) = ui.session.client() else { return };
    let run = ui.session.run.get_untracked();
    let by = untrack(|| labeller(&store.provider()));
    let mut rows: Vec<u64> = Vec::new();
    labelling.labels.update(|labels| {
        for (row, label) in labels.iter_mut().filter(|(_, label)| label.said.is_some() && label.model != by) {
            if rows.len() < MOST_ROWS as usize {
                (label.said, label.model) = (None, String::new());
                rows.push(*row);
            }
        }
        labels.retain(|_, label| *label != Labelled::default());
    });
    labelling.drawing.set(true);
    spawn_local(async move {
        let table = client.table(rows, |rows| (0..rows.len()).collect()).await;
        if ui.session.is_current(run) {
            take(
                labelling,
                table,
                Some("These are rows that another model, or the same after another prompt, had labelled.".to_owned()),
            );
        }
    });
}
