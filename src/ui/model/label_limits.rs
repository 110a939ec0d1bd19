//! Limits of durations that the model is told: as a table, as JSON, or taken from the rows.

use leptos::prelude::*;

use super::label_panel::reader;
use super::store::ModelStore;
use crate::explain::accuracy::{limits_json, limits_of, read_limits};
use crate::explain::label::Limit;
use crate::record::Role;
use crate::ui::app::Ui;
use crate::ui::live::live;

/// Limits that are listed; of more, the JSON is the place.
const LISTED: usize = 200;

/// The limits, to be edited.
#[component]
pub(super) fn LabelLimits() -> impl IntoView {
    let ui = Ui::here();
    let store = ModelStore::here();
    let limits = store.labelling.limits;
    let table = live(move || match limits.with(|text| read_limits(text)) {
        Ok(all) if !all.is_empty() => Some(table(limits, &all)),
        _ => None,
    });
    let readable = Memo::new(move |_| limits.with(|text| read_limits(text).is_ok()));
    let add = move |_| {
        change(limits, |all| all.push(Limit { service: String::new(), instance: String::new(), milliseconds: 1000.0 }));
    };
    view! {
        <details class="fold">
            <summary>"Limits of duration, told to the model"</summary>
            {table}
            <div class="line">
                <button data-testid="label-limits-add" disabled=live(move || !readable.get()) on:click=add>
                    "Add a limit"
                </button>
                <button
                    data-testid="label-limits-auto"
                    disabled=live(move || store.labelling.drawn.with(Option::is_none))
                    on:click=move |_| from_rows(ui, store)
                >
                    "Take them from the chosen rows"
                </button>
            </div>
            <label class="stack">
                "The same as JSON, in milliseconds; without a name it holds for all"
                <textarea
                    rows="4"
                    class="data"
                    spellcheck="false"
                    placeholder="[{\"service\": \"pay\", \"instance\": \"pay-1\", \"ms\": 500}]"
                    data-testid="label-limits"
                    prop:value=live(move || limits.get())
                    on:change=move |event| limits.set(event_target_value(&event))
                ></textarea>
            </label>
        </details>
    }
}

fn table(limits: RwSignal<String>, all: &[Limit]) -> AnyView {
    let line = |(place, limit): (usize, &Limit)| {
        let text = move |name: &'static str, value: String, set: fn(&mut Limit, String)| {
            view! {
                <td>
                    <input
                        type="text"
                        class="data"
                        placeholder="any"
                        aria-label=format!("{name} of limit {}", place + 1)
                        prop:value=value
                        on:change=move |event| {
                            let value = event_target_value(&event).trim().to_owned();
                            change(limits, |all| all.get_mut(place).into_iter().for_each(|limit| set(limit, value.clone())));
                        }
                    />
                </td>
            }
        };
        let number = move |event| {
            let value = event_target_value(&event).trim().parse::<f64>().ok().filter(|ms| ms.is_finite() && *ms >= 0.0);
            change(limits, |all| {
                if let (Some(limit), Some(value)) = (all.get_mut(place), value) {
                    limit.milliseconds = value;
                }
            });
        };
        let remove = move |_| {
            change(limits, |all| {
                if place < all.len() {
                    all.remove(place);
                }
            });
        };
        view! {
            <tr data-testid="label-limit">
                {text("Service", limit.service.clone(), |limit, value| limit.service = value)}
                {text("Instance", limit.instance.clone(), |limit, value| limit.instance = value)}
                <td>
                    <input
                        type="text"
                        inputmode="decimal"
                        class="data short"
                        aria-label=format!("Milliseconds of limit {}", place + 1)
                        data-testid="label-limit-ms"
                        prop:value=limit.milliseconds.to_string()
                        on:change=number
                    />
                </td>
                <td>
                    <button class="bare" aria-label=format!("Remove limit {}", place + 1) on:click=remove>"×"</button>
                </td>
            </tr>
        }
    };
    let lines = all.iter().take(LISTED).enumerate().map(line).collect_view();
    view! {
        <div class="wide">
            <table class="grid limits" data-testid="label-limits-table">
                <thead>
                    <tr>
                        <th scope="col">"service"</th>
                        <th scope="col">"instance"</th>
                        <th scope="col">"slow from (ms)"</th>
                        <th scope="col"></th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// Changes the limits, which are kept as their JSON.
fn change(limits: RwSignal<String>, change: impl FnOnce(&mut Vec<Limit>)) {
    if let Ok(mut all) = limits.with_untracked(|text| read_limits(text)) {
        change(&mut all);
        limits.set(if all.is_empty() { String::new() } else { limits_json(&all) });
    }
}

/// What is slow for each service and instance among the chosen rows.
fn from_rows(ui: Ui, store: ModelStore) {
    let Some(client) = ui.session.client() else { return };
    let Some(table) = store.labelling.drawn.get_untracked() else { return };
    let durations: Vec<(String, String, f64)> = {
        let cell = reader(ui, &table);
        let rows = table.rows.iter();
        rows.filter_map(|row| {
            let milliseconds = client.milliseconds(cell(row, Role::Duration)?)?;
            let text = |role| cell(row, role).unwrap_or_default().to_owned();
            Some((text(Role::Service), text(Role::Instance), milliseconds))
        })
        .collect()
    };
    let found = limits_of(&durations);
    if found.is_empty() {
        ui.selection.say("No service and instance has ten durations among these rows");
    }
    store.labelling.limits.set(limits_json(&found));
}
