//! Limits of durations that the model is told: as a table, as JSON, or taken from the rows.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::store::ModelStore;
use crate::baseline::table::LEAST_DURATIONS;
use crate::explain::limit::{Limit, Taken, limits_json, read_limits, taken};
use crate::geometry::number;
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
    let taking = RwSignal::new(false);
    // The sentence, and the limits that it is about: of others it says nothing.
    let told = RwSignal::new(None::<(String, String)>);
    let told_now = Memo::new(move |_| {
        told.with(|told| told.clone().filter(|(_, about)| limits.with(|limits| limits == about)).map(|told| told.0))
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
                    disabled=live(move || taking.get())
                    on:click=move |_| take(ui, limits, taking, told)
                >
                    "Take them from all rows"
                </button>
            </div>
            {live(move || told_now.get().map(|told| view! { <p class="note" role="status" data-testid="label-limits-told">{told}</p> }))}
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

/// Takes what is slow for each service and instance from the durations of all rows, and says what came of it.
fn take(ui: Ui, limits: RwSignal<String>, taking: RwSignal<bool>, told: RwSignal<Option<(String, String)>>) {
    let Some(client) = ui.session.client() else { return };
    let analysis = ui.session.run.get_untracked();
    let before = limits.get_untracked();
    taking.set(true);
    spawn_local(async move {
        let found = taken(&client.pairs().await);
        taking.set(false);
        // What the person wrote meanwhile stays, and what they wrote before where there is nothing to put in its place.
        if !ui.session.is_current(analysis) || limits.with_untracked(|now| *now != before) {
            return;
        }
        if !found.limits.is_empty() {
            limits.set(limits_json(&found.limits));
        }
        told.set(Some((sentence(&found), limits.get_untracked())));
    });
}

/// What came of taking limits from the log.
fn sentence(found: &Taken) -> String {
    if found.limits.is_empty() && found.too_few == 0 {
        return "No row has a duration that could say what is slow. Which column holds it can be set under Fields."
            .to_owned();
    }
    let too_few = || {
        let pairs = number::counted(found.too_few as u64, "instance");
        format!(
            "{pairs} with fewer than {LEAST_DURATIONS} durations: the limit of the service holds there, if it has one."
        )
    };
    let left_out = || format!("{} with fewer rows left out.", number::counted(found.left_out as u64, "further limit"));
    let limits = number::counted(found.limits.len() as u64, "limit");
    let told = [
        Some(format!("{limits}, from the median and the spread of the durations of all rows.")),
        (found.too_few > 0).then(too_few),
        (found.left_out > 0).then(left_out),
    ];
    told.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
