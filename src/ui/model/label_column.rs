//! The column that holds the labels is no feature, unless the person wants it to be one.

use leptos::prelude::*;

use crate::ui::app::Ui;
use crate::ui::command::Command;
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
    let in_force = models.in_force.get_untracked();
    let Some(group) = field.group.filter(|group| group.is_of_fields()) else { return };
    if models.loaded.with_untracked(Option::is_some) || !in_force.features.takes(&field.name, field.role, field.group) {
        return;
    }
    let others: Vec<String> = ui.session.fields.with_untracked(|fields| {
        fields.iter().filter(|other| other.group == Some(group)).map(|other| other.name.clone()).collect()
    });
    let others = others.iter().map(String::as_str);
    let mut learning = in_force;
    learning.features = learning.features.with_field((&field.name, field.role), group, others, false);
    ui.send(Command::OfModels(Wish::Choose(learning)));
    ui.send(Command::OfModels(Wish::Fit));
    ui.selection
        .say(format!("{} holds the labels: it is no longer a feature, and the rows are scored again", field.name));
}
