//! A forest that learns from the rows that are labelled ordinary, and predicts all rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::store::ModelStore;
use crate::explain::accuracy::flag;
use crate::finding::evaluate::Confusion;
use crate::geometry::{curve, number};
use crate::model::warm::{Called, FEWEST, Point};
use crate::platform::client::Predicted;
use crate::ui::app::Ui;
use crate::ui::browser;
use crate::ui::live::live;
use crate::view::Stage;

/// Size of the chart.
const SIZE: (f64, f64) = (300.0, 110.0);

/// Store of the forest.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Warming {
    /// Rows that are predicted, while it works.
    done: RwSignal<Option<u64>>,
    result: RwSignal<Option<Arc<Predicted>>>,
    failed: RwSignal<Option<String>>,
}

impl Warming {
    pub(super) fn new() -> Self {
        Self { done: RwSignal::new(None), result: RwSignal::new(None), failed: RwSignal::new(None) }
    }

    /// Forgets it.
    pub(super) fn clear(&self) {
        self.done.set(None);
        self.result.set(None);
        self.failed.set(None);
    }
}

/// What the labels say, and what the truth column says of the same rows.
fn called(store: ModelStore) -> Vec<(u64, Called)> {
    let labelling = store.labelling;
    let truth = labelling.choice.with(|choice| choice.truth.clone());
    let truths: BTreeMap<u64, bool> = labelling.drawn.with(|drawn| {
        let column = drawn.as_ref().zip(truth).and_then(|(table, truth)| {
            let place = table.columns.iter().position(|column| *column == truth)?;
            Some(table.rows.iter().filter_map(move |row| Some((row.id - 1, flag(row.cells.get(place)?)?))))
        });
        column.into_iter().flatten().collect()
    });
    labelling.labels.with(|labels| {
        let known = |(row, label): (&u64, &crate::explain::label_file::Labelled)| {
            Some((*row, Called { anomalous: label.anomalous()?, truth: truths.get(row).copied() }))
        };
        labels.iter().filter_map(known).collect()
    })
}

fn train(ui: Ui, store: ModelStore) {
    let Some(client) = ui.session.client() else { return };
    let run = ui.session.run.get_untracked();
    let warming = store.warming;
    let called = untrack(|| called(store));
    let truth = store.labelling.choice.with_untracked(|choice| choice.truth.clone());
    let places =
        ui.session.fields.with_untracked(|fields| fields.iter().position(|field| Some(&field.name) == truth.as_ref()));
    let without = places.map(|place| place as u32);
    let scores = ui.session.scores.get_untracked();
    warming.failed.set(None);
    warming.done.set(Some(0));
    spawn_local(async move {
        let told = move |rows| {
            if ui.session.is_current(run) {
                warming.done.set(Some(rows));
            }
        };
        let predicted = client.warm(&called, without, told).await;
        if !ui.session.is_current(run) {
            return;
        }
        warming.done.set(None);
        if ui.session.scores.get_untracked() != scores {
            warming.failed.set(Some("Rows were scored anew meanwhile; train again.".to_owned()));
        } else if let Some(predicted) = predicted {
            ui.session.predicted.set(Some(predicted.warm.threshold));
            warming.result.set(Some(Arc::new(predicted)));
        } else {
            warming.failed.set(Some("No forest could be fitted to these rows.".to_owned()));
        }
    });
}

fn save(ui: Ui, store: ModelStore) {
    let (Some(client), Some(predicted)) = (ui.session.client(), store.warming.result.get_untracked()) else { return };
    spawn_local(async move {
        let name = format!("{}-labelled.model", ui.session.name());
        let model = client.warm_model(&predicted).await;
        if model.and_then(|blob| browser::save(&blob, &name)).is_none() {
            ui.selection.say("The browser did not save the file");
        }
    });
}

/// Trains, and shows what came of it. Nothing before there are labels.
#[component]
pub(super) fn WarmPanel() -> impl IntoView {
    let ui = Ui::here();
    let store = ModelStore::here();
    let warming = store.warming;
    let counts = Memo::new(move |_| {
        store.labelling.labels.with(|labels| {
            let of = |wanted| labels.values().filter(|label| label.anomalous() == Some(wanted)).count();
            (of(false), of(true))
        })
    });
    let missing = Memo::new(move |_| match (ui.session.stage.get(), counts.get().0, warming.done.get()) {
        (_, _, Some(_)) => Some(String::new()),
        (Stage::Done, normal, None) if normal >= FEWEST => None,
        (Stage::Done, ..) => Some(format!("It takes {FEWEST} rows that are labelled ordinary.")),
        _ => Some("The analysis is still at work.".to_owned()),
    });
    let head = move || {
        let (normal, anomalous) = counts.get();
        format!(
            "An isolation forest learns what is ordinary from {}, takes its threshold from them and {} anomalous, and predicts all {} here. Nothing is sent.",
            number::counted(normal as u64, "ordinary row"),
            number::group(anomalous as u64),
            number::counted(ui.session.rows.get(), "row"),
        )
    };
    let any = Memo::new(move |_| counts.get() != (0, 0));
    live(move || {
        any.get().then(|| {
            view! {
                <details class="fold" open data-testid="warm">
                    <summary>"A detector trained on these labels"</summary>
                    <p class="quiet">{live(head)}</p>
                    <div class="line">
                        <button
                            data-testid="warm-train"
                            disabled=live(move || missing.with(Option::is_some))
                            on:click=move |_| train(ui, store)
                        >
                            {live(move || if warming.result.with(Option::is_some) { "Train again" } else { "Train and predict all rows" }.to_owned())}
                        </button>
                        <span class="quiet" role="status">
                            {live(move || match warming.done.get() {
                                Some(done) => format!("{} predicted", number::counted(done, "row")),
                                None => warming.failed.get().or_else(|| missing.get()).unwrap_or_default(),
                            })}
                        </span>
                    </div>
                    {live(move || warming.result.get().map(|predicted| result(ui, store, &predicted)))}
                </details>
            }
            .into_any()
        })
    })
}

fn result(ui: Ui, store: ModelStore, predicted: &Predicted) -> AnyView {
    let share = 100.0 * predicted.anomalous as f64 / ui.session.rows.get_untracked().max(1) as f64;
    let held = predicted.warm.curve.last().map(|point| {
        let truth = (total(&point.truth) > 0)
            .then(|| view! { {figures("Against the truth column on the same rows", &point.truth, "warm-truth")} });
        view! {
            {figures("Agreement with the labels that were held back", &point.held, "warm-held")}
            {truth}
        }
    });
    let none = predicted.warm.curve.is_empty().then(|| {
        let text = "There is no anomalous label among those held back, so that agreement can’t be measured.";
        view! { <p class="quiet">{text}</p> }
    });
    view! {
        <p data-testid="warm-predicted">
            {format!("{} predicted to be anomalous ({share:.2} %): the column ml_anomaly of the table and of its CSV.", number::counted(predicted.anomalous, "row"))}
        </p>
        {held}
        {none}
        {chart(&predicted.warm.curve)}
        <div class="line">
            <button data-testid="warm-save" title="For other files, here or with strayline model score" on:click=move |_| save(ui, store)>
                "Save the model"
            </button>
        </div>
    }
    .into_any()
}

fn total(confusion: &Confusion) -> u64 {
    let Confusion { true_positives, false_positives, true_negatives, false_negatives } = confusion;
    true_positives + false_positives + true_negatives + false_negatives
}

fn figures(name: &'static str, confusion: &Confusion, testid: &'static str) -> impl IntoView + use<> {
    let text = format!(
        ": F1 {:.3}, precision {:.3}, recall {:.3}, of {}",
        confusion.f1(),
        confusion.precision(),
        confusion.recall(),
        number::counted(total(confusion), "row"),
    );
    view! { <p data-testid=testid>{name}<span class="data">{text}</span></p> }
}

/// F1 by number of labels, as a line and as numbers.
fn chart(points: &[Point]) -> Option<AnyView> {
    if points.len() < 2 {
        return None;
    }
    let counts: Vec<u32> = points.iter().map(|point| point.labels).collect();
    let places = curve::logarithmic(&counts);
    let line = |of: fn(&Point) -> &Confusion| {
        let line: Vec<(f64, f64)> = places.iter().zip(points).map(|(x, point)| (*x, of(point).f1())).collect();
        curve::path(&line, SIZE)
    };
    let known = points.iter().any(|point| total(&point.truth) > 0);
    let rows = points.iter().map(|point| {
        view! {
            <tr>
                <th scope="row" class="data number">{number::group(u64::from(point.labels))}</th>
                <td class="data number">{format!("{:.3}", point.held.f1())}</td>
                {known.then(|| view! { <td class="data number">{format!("{:.3}", point.truth.f1())}</td> })}
            </tr>
        }
    });
    let truth = known.then(|| view! { <path class="second" d=line(|point| &point.truth) /> });
    Some(
        view! {
            <div class="chart-and-table">
                <figure class="chart">
                    <svg viewBox="-4 -4 308 118" role="img" aria-label="F1 by number of labels; the numbers are beside it">
                        <path class="frame" d="M0 0V110H300" />
                        <path class="guide" d="M0 55H300" />
                        <path d=line(|point| &point.held) />
                        {truth}
                    </svg>
                    <figcaption class="quiet">
                        {format!(
                            "F1 from 0 to 1, by number of labels ({} to {}){}",
                            number::group(u64::from(counts[0])),
                            number::group(u64::from(counts[counts.len() - 1])),
                            if known { "; dashed: against the truth column" } else { "" },
                        )}
                    </figcaption>
                </figure>
                <table class="grid" data-testid="warm-curve">
                    <thead>
                        <tr>
                            <th scope="col" class="number">"labels"</th>
                            <th scope="col" class="number">"F1"</th>
                            {known.then(|| view! { <th scope="col" class="number">"F1, truth"</th> })}
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        }
        .into_any(),
    )
}
