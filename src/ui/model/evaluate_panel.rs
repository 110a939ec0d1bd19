//! How well the scores find what is known to be anomalous: counts and curves, with the threshold on them.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::label_accuracy::share;
use super::label_column::leave_out;
use super::store::ModelStore;
use crate::engine::truth::ByScore;
use crate::explain::label_file::Labelled;
use crate::feature::recipe::is_label;
use crate::finding::evaluate::{self, Confusion, Step};
use crate::finding::threshold::bin_of;
use crate::geometry::{curve, number};
use crate::ui::app::Ui;
use crate::ui::command::Command;
use crate::ui::live::{live, watch};

/// Side of a chart, and points of its curve at most.
const SIDE: f64 = 200.0;
const POINTS: usize = 400;

/// What is taken for true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// What the person said.
    You,
    /// What a language model said, with the person's corrections.
    Model,
    /// A column.
    Column(u32),
}

/// The pane.
#[component]
pub(in crate::ui) fn EvaluatePanel() -> impl IntoView {
    let ui = Ui::here();
    let store = ModelStore::here();
    let columns = Memo::new(move |_| columns(ui));
    let chosen = RwSignal::new(None::<Known>);
    let known = Memo::new(move |_| chosen.get().unwrap_or_else(|| usual(store, &columns.get())));
    let counted = RwSignal::new(None::<[ByScore; 2]>);
    let predicted = RwSignal::new(false);
    let turn = StoredValue::new(0_u32);
    watch(move || {
        let known = known.get();
        ui.session.scores.track();
        ui.session.predicted.track();
        let rows: Vec<(u64, bool)> = match known {
            Known::Column(_) => Vec::new(),
            Known::You => rows(store, |label| label.corrected),
            Known::Model => rows(store, Labelled::anomalous),
        };
        let Some(client) = ui.session.client() else { return };
        let run = ui.session.run.get();
        turn.update_value(|turn| *turn += 1);
        let mine = turn.get_value();
        spawn_local(async move {
            let found = match known {
                Known::Column(column) => client.truth_of_column(column).await,
                _ => client.truth_of_rows(&rows).await,
            };
            if ui.session.is_current(run) && turn.get_value() == mine {
                counted.set(Some(found));
            }
        });
    });
    let choose = move |event| {
        chosen.set(match event_target_value(&event).as_str() {
            "you" => Some(Known::You),
            "model" => Some(Known::Model),
            column => column.parse().ok().map(Known::Column),
        });
        if let Some(Known::Column(column)) = chosen.get_untracked() {
            leave_out(ui, column as usize);
        }
    };
    let options = live(move || {
        let now = known.get();
        let option = |this: Known, value: String, text: String| {
            view! { <option value=value selected=now == this>{text}</option> }
        };
        let of_columns = columns
            .get()
            .into_iter()
            .map(|(column, name)| option(Known::Column(column), column.to_string(), format!("the column {name}")));
        view! {
            {option(Known::You, "you".to_owned(), "your labels".to_owned())}
            {option(Known::Model, "model".to_owned(), "the language model’s labels".to_owned())}
            {of_columns.collect_view()}
        }
        .into_any()
    });
    let of_which = live(move || {
        ui.session.predicted.with(Option::is_some).then(|| {
            let choice = move |this: bool, name: &'static str| {
                view! {
                    <button
                        class="choice"
                        aria-pressed=live(move || (predicted.get() == this).to_string())
                        on:click=move |_| predicted.set(this)
                    >
                        {name}
                    </button>
                }
            };
            view! { {choice(false, "scores of the analysis")} {choice(true, "scores of ml_anomaly")} }.into_any()
        })
    });
    let result = live(move || {
        let by_forest = predicted.get() && ui.session.predicted.with(Option::is_some);
        let threshold = if by_forest {
            ui.session.predicted.get()
        } else {
            ui.session.threshold.with(|cut| cut.as_ref().map(|cut| cut.score))
        };
        counted.with(|counted| {
            let [scores, forest] = counted.as_ref()?;
            Some(result(ui, if by_forest { forest } else { scores }, threshold?, known.get(), by_forest))
        })
    });
    view! {
        <section class="model-panel pane" aria-label="Evaluation" data-testid="evaluate-panel">
            <div class="scroll model-body" tabindex="0">
                <div class="line">
                    <h2>"How well the scores find what is anomalous"</h2>
                </div>
                <div class="line">
                    <label class="stack">
                        "Held against"
                        <select data-testid="evaluate-known" on:change=choose>
                            {options}
                        </select>
                    </label>
                    {of_which}
                </div>
                {result}
            </div>
        </section>
    }
}

/// Columns that may say what is anomalous, those with such a name first.
fn columns(ui: Ui) -> Vec<(u32, String)> {
    ui.session.fields.with(|fields| {
        let fields = (0..)
            .zip(fields)
            .filter(|(_, field)| field.role.is_none() && matches!(field.kind.as_str(), "number" | "category"));
        let mut columns: Vec<(u32, String)> = fields.map(|(place, field)| (place, field.name.clone())).collect();
        columns.sort_by_key(|(_, name)| !is_label(name));
        columns
    })
}

/// What is held against before the person chose.
fn usual(store: ModelStore, columns: &[(u32, String)]) -> Known {
    let (yours, said) = store.labelling.labels.with(|labels| {
        (labels.values().any(|label| label.corrected.is_some()), labels.values().any(|label| label.said.is_some()))
    });
    match columns.first().filter(|(_, name)| is_label(name)) {
        Some((column, _)) => Known::Column(*column),
        None if said && !yours => Known::Model,
        None => Known::You,
    }
}

fn rows(store: ModelStore, says: impl Fn(&Labelled) -> Option<bool>) -> Vec<(u64, bool)> {
    store.labelling.labels.with(|labels| labels.iter().filter_map(|(row, label)| Some((*row, says(label)?))).collect())
}

fn result(ui: Ui, counts: &ByScore, threshold: f32, known: Known, by_forest: bool) -> AnyView {
    let steps = evaluate::steps_of_bins(counts);
    let Some(all) = steps.last().map(|step| step.confusion) else {
        let text = match known {
            Known::You => {
                "You have labelled no row yet. Select a row or a finding anywhere: y labels it anomalous, n ordinary."
            }
            Known::Model => "A language model has labelled no row yet: see Label.",
            Known::Column(_) => "The column says of no row whether it is anomalous.",
        };
        return view! { <p class="hint" data-testid="evaluate-none">{text}</p> }.into_any();
    };
    let (anomalous, ordinary) = (all.true_positives, all.false_positives);
    let here = evaluate::at_bin(counts, bin_of(threshold));
    let area = |area: Option<f64>| area.map_or_else(|| "–".to_owned(), |area| format!("{area:.4}"));
    let Confusion { true_positives, false_positives, true_negatives, false_negatives } = here;
    let facts = [
        ("accuracy", share(true_positives + true_negatives, anomalous + ordinary), "evaluate-accuracy"),
        ("precision", share(true_positives, true_positives + false_positives), "evaluate-precision"),
        ("recall", share(true_positives, anomalous), "evaluate-recall"),
        ("F1", format!("{:.4}", here.f1()), "evaluate-f1"),
        ("area under the ROC curve", area(evaluate::roc_auc(&steps)), "evaluate-auc"),
        ("average precision", area(evaluate::average_precision(&steps)), "evaluate-ap"),
    ];
    let facts = facts.map(|(name, value, testid)| {
        view! { <div><dt>{name}</dt><dd class="data" data-testid=testid>{value}</dd></div> }
    });
    // Scores that have seen the truth find it easily.
    let column = if let Known::Column(column) = known { Some(column as usize) } else { None };
    let used = ui.session.fields.with(|fields| {
        let field = column.and_then(|column| fields.get(column));
        field.is_some_and(|field| !field.feature.is_empty() && !field.feature.starts_with("not used"))
    });
    let seen = (used && !by_forest).then(|| {
        let text = "This column is a feature of the detector too: its scores have seen what they are held against.";
        let leave = move |_| {
            if let Some(column) = column {
                leave_out(ui, column);
            }
        };
        view! {
            <div class="line">
                <p class="note" data-testid="evaluate-seen">{text}</p>
                <button data-testid="evaluate-leave-out" on:click=leave>"Leave it out and score again"</button>
            </div>
        }
    });
    let cell = |count: u64| view! { <td class="data number">{number::group(count)}</td> };
    let roc = (here.false_positive_rate(), here.recall());
    let precision = (here.recall(), if true_positives + false_positives == 0 { 1.0 } else { here.precision() });
    view! {
        <p data-testid="evaluate-rows">
            {format!(
                "{} with a known truth: {} anomalous, {} ordinary. Called anomalous from a score of {threshold:.3} on.",
                number::counted(anomalous + ordinary, "row"),
                number::group(anomalous),
                number::group(ordinary),
            )}
        </p>
        <div class="chart-and-table">
            <table class="grid" data-testid="evaluate-confusion">
                <thead>
                    <tr>
                        <th scope="col"></th>
                        <th scope="col" class="number">"called anomalous"</th>
                        <th scope="col" class="number">"called ordinary"</th>
                    </tr>
                </thead>
                <tbody>
                    <tr><th scope="row">"anomalous"</th>{cell(true_positives)}{cell(false_negatives)}</tr>
                    <tr><th scope="row">"ordinary"</th>{cell(false_positives)}{cell(true_negatives)}</tr>
                </tbody>
            </table>
            <dl class="facts">{facts.into_iter().collect_view()}</dl>
        </div>
        <div class="chart-and-table">
            {chart("ROC: recall over the share of ordinary rows that are called anomalous", &evaluate::roc_curve(&steps), roc, true)}
            {chart("Precision over recall", &evaluate::precision_recall_curve(&steps), precision, false)}
        </div>
        {best(ui, &steps, here, by_forest)}
        {seen}
        <p class="quiet">"In brackets: 95 % intervals. The dot is the threshold."</p>
    }
    .into_any()
}

/// A curve in the unit square, with the place of the threshold.
fn chart(name: &'static str, points: &[(f64, f64)], here: (f64, f64), diagonal: bool) -> impl IntoView + use<> {
    let line = curve::path(&curve::thinned(points, POINTS), (SIDE, SIDE));
    let guide = diagonal.then(|| view! { <path class="guide" d=format!("M0 {SIDE}L{SIDE} 0") /> });
    view! {
        <figure class="chart square">
            <svg viewBox="-6 -6 212 212" role="img" aria-label=name>
                {guide}
                <path class="frame" d=format!("M0 0V{SIDE}H{SIDE}") />
                <path d=line />
                <circle cx=format!("{:.1}", here.0 * SIDE) cy=format!("{:.1}", (1.0 - here.1) * SIDE) r="4.5" />
            </svg>
            <figcaption class="quiet">{name}", both from 0 to 1"</figcaption>
        </figure>
    }
}

/// The threshold of the highest F1, where it is another one.
fn best(ui: Ui, steps: &[Step], here: Confusion, by_forest: bool) -> Option<AnyView> {
    let best = steps.iter().max_by(|a, b| a.confusion.f1().total_cmp(&b.confusion.f1()))?;
    let (f1, threshold) = (best.confusion.f1(), best.threshold);
    (!by_forest && f1 > here.f1() + 1e-9).then(|| {
        view! {
            <div class="line">
                <button data-testid="evaluate-best" on:click=move |_| ui.send(Command::SetScore(threshold))>
                    {format!("Take the threshold of the highest F1: {f1:.4} from {threshold:.3} on")}
                </button>
            </div>
        }
        .into_any()
    })
}
