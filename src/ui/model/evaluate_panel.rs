//! How well the scores find what is known to be anomalous, and how well those of other detectors would.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::compare::compare;
use super::evaluate_view::{Held, Whose, Worth, detail, side_by_side};
use super::label_column::leave_out;
use super::store::ModelStore;
use crate::detect::Kind;
use crate::engine::snapshot::Learning;
use crate::engine::truth::Known;
use crate::explain::accuracy::is_flag;
use crate::explain::label_file::Labelled;
use crate::feature::recipe::{ALWAYS_THE_SAME, is_label};
use crate::geometry::number;
use crate::platform::client::Comparing;
use crate::ui::app::Ui;
use crate::ui::command::Command;
use crate::ui::live::{live, watch};
use crate::ui::models::Wish;
use crate::view::{FieldReport, Stage};

/// Where what is taken for true comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
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
    let chosen = store.held_against;
    let source = Memo::new(move |_| chosen.get().unwrap_or_else(|| usual(store, &columns.get())));
    let known = Memo::new(move |_| match source.get() {
        Source::Column(column) => Known::Column(column),
        Source::You => Known::Rows(rows(store, |label| label.corrected)),
        Source::Model => Known::Rows(rows(store, Labelled::anomalous)),
    });
    let counted = RwSignal::new(None::<(Known, [Arc<Worth>; 2])>);
    let shown = RwSignal::new(Whose::Analysis);
    let turn = StoredValue::new(0_u32);
    watch(move || {
        let known = known.get();
        ui.session.scores.track();
        ui.session.predicted.track();
        let Some(client) = ui.session.client() else { return };
        let run = ui.session.run.get();
        turn.update_value(|turn| *turn += 1);
        let mine = turn.get_value();
        spawn_local(async move {
            let found = client.truth(&known).await;
            if ui.session.is_current(run) && turn.get_value() == mine {
                counted.set(Some((known, found.map(|counts| Arc::new(Worth::new(counts))))));
            }
        });
    });
    let choose = move |event| {
        chosen.set(match event_target_value(&event).as_str() {
            "you" => Some(Source::You),
            "model" => Some(Source::Model),
            column => column.parse().ok().map(Source::Column),
        });
    };
    let options = live(move || {
        let now = source.get();
        let option = |this: Source, value: String, text: String| {
            view! { <option value=value selected=now == this>{text}</option> }
        };
        let of_columns = columns
            .get()
            .into_iter()
            .map(|(column, name)| option(Source::Column(column), column.to_string(), format!("the column {name}")));
        view! {
            {option(Source::You, "you".to_owned(), "your labels".to_owned())}
            {option(Source::Model, "model".to_owned(), "the language model’s labels".to_owned())}
            {of_columns.collect_view()}
        }
        .into_any()
    });
    let result = live(move || {
        let known_now = known.get();
        // Before they are counted anew, nothing is shown of another truth.
        let (_, counted) = counted.get().filter(|(of, _)| *of == known_now)?;
        let (held, failed) = held(ui, store, &counted, &known_now)?;
        let rows = held.first()?.rows();
        if rows == (0, 0) {
            return Some(nothing(source.get()));
        }
        let by = held.iter().find(|held| held.whose == shown.get()).or(held.first())?;
        Some(
            view! {
                <p data-testid="evaluate-rows">
                    {format!(
                        "{} with a known truth: {} anomalous, {} ordinary.",
                        number::counted(rows.0 + rows.1, "row"),
                        number::group(rows.0),
                        number::group(rows.1),
                    )}
                </p>
                {numbers(ui, source.get())}
                {unknown(ui, source.get(), rows.0 + rows.1)}
                {one_sided(rows)}
                {side_by_side(&held, &failed, shown)}
                {comparing(ui, store, known)}
                {seen(ui, source.get(), by.whose)}
                {detail(by, &held)}
                {better(ui, by)}
                <p class="quiet">"In brackets: 95 % intervals. The dot is the threshold."</p>
            }
            .into_any(),
        )
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
                    <span class="quiet">"Columns are offered by their name, or where they begin with 0, 1, or a word such as true, normal, anomaly."</span>
                </div>
                {result}
            </div>
        </section>
    }
}

/// All scores that there are, each at its threshold, the analysis' first; and the detectors that could not be fitted.
fn held(ui: Ui, store: ModelStore, counted: &[Arc<Worth>; 2], known: &Known) -> Option<(Vec<Held>, Vec<Kind>)> {
    let threshold = ui.session.threshold.with(|cut| cut.as_ref().map(|cut| cut.score))?;
    let analysis = Held::at(threshold, Whose::Analysis, &counted[0]);
    let called = analysis.here.true_positives + analysis.here.false_positives;
    let mut held = vec![analysis];
    held.extend(ui.session.predicted.get().map(|threshold| Held::at(threshold, Whose::Forest, &counted[1])));
    let mut failed = Vec::new();
    for (kind, worth) in store.comparison.found(ui, known) {
        match worth {
            Some(worth) => held.push(Held::that_calls(called, kind, &worth)),
            None => failed.push(kind),
        }
    }
    Some((held, failed))
}

/// Compares other detectors, and says how far that is.
fn comparing(ui: Ui, store: ModelStore, known: Memo<Known>) -> AnyView {
    let comparison = store.comparison;
    let status = move || match comparison.now.get() {
        Some((kind, Comparing::Fitting(share))) => format!("{}: fitting, {:.0} %", kind.title(), share * 100.0),
        Some((kind, Comparing::Scoring(share))) => format!("{}: scoring, {:.0} %", kind.title(), share * 100.0),
        None => String::new(),
    };
    let busy = Memo::new(move |_| comparison.now.with(Option::is_some));
    let is_done = Memo::new(move |_| ui.session.stage.get() == Stage::Done);
    view! {
        <div class="line">
            {live(move || {
                if busy.get() {
                    view! { <button data-testid="compare-stop" on:click=move |_| comparison.stop()>"Stop"</button> }
                        .into_any()
                } else {
                    view! {
                        <button
                            data-testid="compare"
                            disabled=live(move || !is_done.get())
                            on:click=move |_| compare(ui, store, known.get_untracked())
                        >
                            "Compare with all detectors"
                        </button>
                    }
                    .into_any()
                }
            })}
            <span class="quiet" role="status">{live(status)}</span>
        </div>
        <p class="quiet">
            "Each detector is fitted to the same rows and features as that of the analysis, and scores the rows of which the truth is known; the analysis stays as it is. Detectors see rows one by one, and no findings. Each calls as many rows anomalous as the analysis does, as far as equal scores allow."
        </p>
    }
    .into_any()
}

/// Columns that may say what is anomalous: those with such a name first, then those with such a value. Others say something
/// else, and one that is always the same tells no rows apart.
fn columns(ui: Ui) -> Vec<(u32, String)> {
    ui.session.fields.with(|fields| {
        let fields = (0..)
            .zip(fields)
            .filter(|(_, field)| field.role.is_none() && matches!(field.kind.as_str(), "number" | "category"));
        let mut columns: Vec<(bool, u32, String)> = fields
            .filter(|(_, field)| {
                is_label(&field.name) || is_flag(&field.example) && !field.feature.contains(ALWAYS_THE_SAME)
            })
            .map(|(place, field)| (!is_label(&field.name), place, field.name.clone()))
            .collect();
        columns.sort();
        columns.into_iter().map(|(_, place, name)| (place, name)).collect()
    })
}

/// What is held against before the person chose.
fn usual(store: ModelStore, columns: &[(u32, String)]) -> Source {
    let (yours, said) = store.labelling.labels.with(|labels| {
        (labels.values().any(|label| label.corrected.is_some()), labels.values().any(|label| label.said.is_some()))
    });
    match columns.first().filter(|(_, name)| is_label(name)) {
        Some((column, _)) => Source::Column(*column),
        None if said && !yours => Source::Model,
        None => Source::You,
    }
}

fn rows(store: ModelStore, says: impl Fn(&Labelled) -> Option<bool>) -> Vec<(u64, bool)> {
    store.labelling.labels.with(|labels| labels.iter().filter_map(|(row, label)| Some((*row, says(label)?))).collect())
}

/// Nothing is known.
fn nothing(source: Source) -> AnyView {
    let text = match source {
        Source::You => {
            "You have labelled no row yet. Select a row or a finding anywhere: y labels it anomalous, n ordinary."
        }
        Source::Model => "A language model has labelled no row yet: see Label.",
        Source::Column(_) => {
            "The column says of no row whether it is anomalous: 0 and 1 would, or words such as true, no, normal or anomaly."
        }
    };
    view! { <p class="hint" data-testid="evaluate-none">{text}</p> }.into_any()
}

/// How the numbers of a column are read.
fn numbers(ui: Ui, source: Source) -> Option<AnyView> {
    let Source::Column(column) = source else { return None };
    let are_numbers =
        ui.session.fields.with(|fields| fields.get(column as usize).is_some_and(|field| field.kind == "number"));
    are_numbers.then(|| view! { <p class="quiet">"Numbers above 0 count as anomalous. If they mean something else, write 0 and 1 instead."</p> }.into_any())
}

/// The rows of which a column says nothing that could be counted, beside those with a known truth.
fn unknown(ui: Ui, source: Source, known: u64) -> Option<AnyView> {
    let rows = ui.session.rows.get().saturating_sub(known);
    let is_done = ui.session.stage.get() == Stage::Done;
    let Source::Column(column) = source else { return None };
    let has_gaps =
        ui.session.fields.with(|fields| fields.get(column as usize).is_some_and(|field| field.coverage < 1.0));
    if is_done && rows == 0 && has_gaps {
        let text = "Rows for which the column has nothing count as ordinary, because it calls no row so.";
        return Some(view! { <p class="note" data-testid="evaluate-assumed">{text}</p> }.into_any());
    }
    (is_done && rows > 0).then(|| {
        let text = format!(
            "{} left out: what the column has there, if anything, is neither a number nor a word such as true, no, normal or anomaly.",
            if rows == 1 { "1 row is".to_owned() } else { format!("{} rows are", number::group(rows)) },
        );
        view! { <p class="note" data-testid="evaluate-unknown">{text}</p> }.into_any()
    })
}

/// What can't be measured where all rows of which the truth is known are of one kind.
fn one_sided((anomalous, ordinary): (u64, u64)) -> Option<AnyView> {
    let text = match (anomalous, ordinary) {
        (0, _) => "No row is known to be anomalous: of these figures only the accuracy means something.",
        (_, 0) => "No row is known to be ordinary: of these figures only the recall means something.",
        _ => return None,
    };
    Some(view! { <p class="note" data-testid="evaluate-one-sided">{text}</p> }.into_any())
}

/// Scores that have seen the truth find it easily: says so.
fn seen(ui: Ui, source: Source, whose: Whose) -> Option<AnyView> {
    let Source::Column(column) = source else { return None };
    let used = ui.session.fields.with(|fields| fields.get(column as usize).is_some_and(FieldReport::is_feature));
    (used && whose != Whose::Forest).then(|| {
        let text = "This column is a feature of the detector too: its scores have seen what they are held against.";
        view! {
            <div class="line">
                <p class="note" data-testid="evaluate-seen">{text}</p>
                {live(move || {
                    // What goes into a saved model's features is settled.
                    let own = ui.models.loaded.with(Option::is_none);
                    own.then(|| {
                        view! {
                            <button data-testid="evaluate-leave-out" on:click=move |_| leave_out(ui, column as usize)>
                                "Leave it out and score again"
                            </button>
                        }
                        .into_any()
                    })
                })}
            </div>
        }
        .into_any()
    })
}

/// What a person may do for better figures: another threshold, another detector.
fn better(ui: Ui, by: &Held) -> Option<AnyView> {
    match by.whose {
        Whose::Analysis => by.better().map(|(threshold, f1)| {
            view! {
                <div class="line">
                    <button data-testid="evaluate-best" on:click=move |_| ui.send(Command::SetScore(threshold))>
                        {format!("Take the threshold of the highest F1: {f1:.4} from {threshold:.3} on")}
                    </button>
                </div>
            }
            .into_any()
        }),
        Whose::Forest => None,
        Whose::Detector(kind) => {
            let take = move |_| {
                let learning = Learning { detector: Some(kind), ..ui.models.in_force.get_untracked() };
                ui.send(Command::OfModels(Wish::Choose(learning)));
                ui.send(Command::OfModels(Wish::Fit));
            };
            let title = "Scores all rows anew by this detector; no file is read for it";
            Some(
                view! {
                    <div class="line">
                        <button data-testid="evaluate-take" title=title on:click=take>
                            {format!("Use {} for the analysis", kind.title())}
                        </button>
                    </div>
                }
                .into_any(),
            )
        }
    }
}
