//! Which field ties rows into sessions: the choice, why it is the best, and the others.

use leptos::prelude::*;

use super::app::Ui;
use super::command::Command;
use super::live::live;
use crate::geometry::number;
use crate::record::Role;
use crate::view::FieldReport;

/// The session key and how it compares with the other candidates.
#[component]
pub(super) fn SessionKey() -> impl IntoView {
    let ui = Ui::here();
    let fields = ui.session.fields;
    let choice = live(move || fields.with(|fields| choice(ui, fields)));
    let why = live(move || {
        fields
            .with(|fields| fields.iter().find(|field| field.role == Some(Role::Correlation)).map(reason))
            .unwrap_or_default()
    });
    let others = live(move || fields.with(|fields| runners_up(fields)));
    view! {
        <div class="pane-head session-key">
            {choice}
            <span class="quiet session-why" data-testid="session-why">{why} " " {others}</span>
        </div>
    }
}

fn choice(ui: Ui, fields: &[FieldReport]) -> AnyView {
    let now = fields.iter().find(|field| field.role == Some(Role::Correlation)).map(|field| field.name.clone());
    let mut offered: Vec<&FieldReport> = fields.iter().filter(|field| can_be_key(field)).collect();
    offered.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let options = offered.into_iter().map(|field| {
        let selected = Some(&field.name) == now.as_ref();
        let text = match field.key {
            Some(fit) => format!("{} · {:.2}", field.name, fit.score),
            None => field.name.clone(),
        };
        view! { <option value=field.name.clone() selected=selected>{text}</option> }
    });
    let before = now.clone();
    let choose = move |event| {
        let chosen = event_target_value(&event);
        match (chosen.is_empty(), before.clone()) {
            (false, _) => ui.send(Command::SetRole(chosen, Some(Role::Correlation))),
            (true, Some(before)) => ui.send(Command::SetRole(before, None)),
            (true, None) => {}
        }
    };
    view! {
        <label class="check">
            <span>"Session key"</span>
            <select class="data" data-testid="session-key" on:change=choose>
                {options.collect_view()}
                <option value="" selected=now.is_none()>"none"</option>
            </select>
        </label>
    }
    .into_any()
}

fn score(field: &FieldReport) -> f64 {
    field.key.map_or(0.0, |fit| fit.score)
}

/// Whether the values of a field can tie rows together.
fn can_be_key(field: &FieldReport) -> bool {
    field.role == Some(Role::Correlation) || field.key.is_some() || field.role.is_none() && field.kind != "number"
}

fn reason(field: &FieldReport) -> String {
    let Some(fit) = field.key else { return format!("{}.", field.why) };
    let parts = [
        format!("in {} of sampled records", number::percent(fit.coverage)),
        format!("{} of them in groups of 2 to 500", number::percent(fit.grouped)),
        format!("{:.2} for what it stands for", fit.weight),
    ];
    format!("{}; score {:.2}: {}.", field.why, fit.score, parts.join(" × "))
}

fn runners_up(fields: &[FieldReport]) -> String {
    let mut others: Vec<&FieldReport> =
        fields.iter().filter(|field| field.key.is_some() && field.role != Some(Role::Correlation)).collect();
    others.sort_by(|a, b| score(b).total_cmp(&score(a)));
    let named = others.iter().take(3).map(|field| format!("{} {:.2}", field.name, score(field)));
    let named = named.collect::<Vec<_>>().join(", ");
    if named.is_empty() { "No other field is one.".to_owned() } else { format!("Next: {named}.") }
}
