//! The column that holds the labels is no feature, unless the person wants it to be one.

use leptos::prelude::*;

use crate::ui::app::Ui;
use crate::ui::command::Command;
use crate::ui::detection_features::without;
use crate::ui::models::Wish;
use crate::view::Stage;

/// A person wants a column (by its place among all), as it holds the labels, left out of the features: the rows are scored
/// again. What they choose under Detection later counts more.
pub(super) fn leave_out(ui: Ui, column: usize) {
    let models = ui.models;
    let Some(field) = ui.session.fields.with_untracked(|fields| fields.get(column).cloned()) else { return };
    models.label.set(Some(field.name.clone()));
    if ui.session.stage.get_untracked() != Stage::Done {
        ui.selection.say("The analysis is still at work; the column can be left out of it afterwards");
        return;
    }
    let mut learning = models.in_force.get_untracked();
    let features = without(&learning.features, &field);
    if models.loaded.with_untracked(Option::is_some) || features == learning.features {
        return;
    }
    learning.features = features;
    ui.send(Command::OfModels(Wish::Choose(learning)));
    ui.send(Command::OfModels(Wish::Fit));
    ui.selection
        .say(format!("{} holds the labels: it is no longer a feature, and the rows are scored again", field.name));
}
