//! How well the model labels, against what is known.

use leptos::prelude::*;

use super::label_panel::{cell, place_of};
use super::relabel::mixed;
use super::store::ModelStore;
use crate::explain::accuracy::{Accuracy, Case, flag, wilson};
use crate::explain::limit::{limit, read_limits};
use crate::finding::evaluate::Confusion;
use crate::geometry::number;
use crate::record::Role;
use crate::ui::app::Ui;
use crate::ui::live::live;

/// What labels are held against.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    Column,
    You,
    Limits,
}

/// The accuracy; nothing before there are labels.
#[component]
pub(super) fn LabelAccuracy() -> impl IntoView {
    let ui = Ui::here();
    let store = ModelStore::here();
    let labelling = store.labelling;
    let against = RwSignal::new(Against::Column);
    let cases = move || cases(ui, store, against.get());
    let choice = move |this: Against, name: &'static str, testid: &'static str| {
        view! {
            <button
                class="choice"
                data-testid=testid
                aria-pressed=live(move || (against.get() == this).to_string())
                on:click=move |_| against.set(this)
            >
                {name}
            </button>
        }
    };
    let result = move || {
        let cases = cases();
        if cases.is_empty() {
            let text = match against.get() {
                Against::Column => "No column of the chosen rows is a truth that labels could be held against.",
                Against::You => "You have corrected no label yet: y and n in the table below.",
                Against::Limits => "No labelled row has a duration and a limit.",
            };
            return view! { <p class="quiet">{text}</p> }.into_any();
        }
        let accuracy = Accuracy::of(&cases);
        let groups = (accuracy.groups.len() > 1).then(|| {
            accuracy.groups.iter().map(|(name, confusion)| line(name.clone(), *confusion, None)).collect_view()
        });
        view! {
            <div class="wide">
                <table class="grid accuracy" data-testid="label-accuracy">
                    <thead>
                        <tr>
                            <th scope="col">"rows"</th>
                            <th scope="col" class="number">"TP"</th>
                            <th scope="col" class="number">"FP"</th>
                            <th scope="col" class="number">"FN"</th>
                            <th scope="col" class="number">"TN"</th>
                            <th scope="col">"accuracy"</th>
                            <th scope="col">"precision"</th>
                            <th scope="col">"recall"</th>
                            <th scope="col" class="number">"F1"</th>
                        </tr>
                    </thead>
                    <tbody>{line("all".to_owned(), accuracy.all, Some("label-f1"))} {groups}</tbody>
                </table>
            </div>
        }
        .into_any()
    };
    let any = Memo::new(move |_| labelling.labels.with(|labels| !labels.is_empty()));
    live(move || {
        any.get().then(|| {
            view! {
                {live(move || mixed(ui, store))}
                <details class="fold" open>
                    <summary>"Accuracy of the labels, with 95 % intervals"</summary>
                    <div class="line">
                        {choice(Against::Column, "against the truth column", "against-column")}
                        {choice(Against::You, "against you", "against-you")}
                        {choice(Against::Limits, "against the limits", "against-limits")}
                    </div>
                    {live(result)}
                </details>
            }
            .into_any()
        })
    })
}

/// Labelled rows of which the truth is known.
fn cases(ui: Ui, store: ModelStore, against: Against) -> Vec<Case> {
    let labelling = store.labelling;
    let Some(table) = labelling.drawn.get() else { return Vec::new() };
    let truth = labelling.choice.with(|choice| choice.truth.clone());
    let truth = truth.and_then(|truth| table.columns.iter().position(|column| *column == truth));
    let limits = labelling.limits.with(|limits| read_limits(limits)).unwrap_or_default();
    let client = ui.session.client();
    let [service, instance, duration] =
        [Role::Service, Role::Instance, Role::Duration].map(|role| place_of(ui, &table, role));
    labelling.labels.with(|labels| {
        let case = |row: &crate::explain::Row| {
            let label = labels.get(&(row.id - 1))?;
            let called = label.said.as_ref()?.anomalous;
            let name = |place| cell(row, place).unwrap_or_default();
            let (service, instance) = (name(service), name(instance));
            let anomalous = match against {
                Against::Column => flag(row.cells.get(truth?)?)?,
                Against::You => label.corrected?,
                Against::Limits => {
                    client.as_ref()?.milliseconds(cell(row, duration)?)?
                        > limit(&limits, service, instance)?.milliseconds
                }
            };
            let group = match (service, instance) {
                ("", "") => String::new(),
                (service, "") => service.to_owned(),
                (service, instance) => format!("{service} · {instance}"),
            };
            Some(Case { group, called, anomalous })
        };
        table.rows.iter().filter_map(case).collect()
    })
}

/// A share in percent, and in between what it is with a confidence of 95 %.
pub(super) fn share(hits: u64, of: u64) -> String {
    match wilson(hits, of) {
        Some((low, high)) => {
            format!("{:.1} % ({:.1} to {:.1})", 100.0 * hits as f64 / of as f64, 100.0 * low, 100.0 * high)
        }
        None => "–".to_owned(),
    }
}

fn line(name: String, confusion: Confusion, testid: Option<&'static str>) -> impl IntoView + use<> {
    let Confusion { true_positives, false_positives, true_negatives, false_negatives } = confusion;
    let counts = [true_positives, false_positives, false_negatives, true_negatives];
    let counts = counts.map(|count| view! { <td class="data number">{number::group(count)}</td> });
    let all = true_positives + false_positives + true_negatives + false_negatives;
    // Where nothing is anomalous and nothing was called so, there is nothing to find.
    let f1 = if all > true_negatives { format!("{:.4}", confusion.f1()) } else { "–".to_owned() };
    view! {
        <tr>
            <th scope="row">{name}</th>
            {counts.into_iter().collect_view()}
            <td class="data">{share(true_positives + true_negatives, all)}</td>
            <td class="data">{share(true_positives, true_positives + false_positives)}</td>
            <td class="data">{share(true_positives, true_positives + false_negatives)}</td>
            <td class="data number" data-testid=testid>{f1}</td>
        </tr>
    }
}
