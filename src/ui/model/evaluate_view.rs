//! Scores held against what is known, side by side: figures, counts, and curves with the threshold on them.

use std::sync::Arc;

use leptos::prelude::*;

use super::label_accuracy::share;
use crate::detect::Kind;
use crate::engine::truth::ByScore;
use crate::finding::evaluate::{self, Confusion, Step};
use crate::finding::threshold::bin_of;
use crate::geometry::{curve, number};
use crate::ui::live::live;

/// Side of a chart, in pixels.
const SIDE: f64 = 200.0;

/// Whose scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Those that rows have.
    Analysis,
    /// The forest of labelled rows.
    Forest,
    /// A detector beside that of the analysis.
    Detector(Kind),
}

impl Whose {
    fn name(self) -> &'static str {
        match self {
            Self::Analysis => "the analysis",
            Self::Forest => "ml_anomaly",
            Self::Detector(kind) => kind.title(),
        }
    }
}

/// What scores are worth at any threshold.
#[derive(Debug)]
pub(super) struct Worth {
    counts: ByScore,
    /// Its curves, as paths of the charts: ROC, precision over recall.
    curves: [String; 2],
    area: Option<f64>,
    average_precision: Option<f64>,
    /// The threshold of the highest F1.
    best: Option<Step>,
}

impl Worth {
    pub(super) fn new(counts: ByScore) -> Self {
        let steps = evaluate::steps_of_bins(&counts);
        let best = steps.iter().max_by(|a, b| a.confusion.f1().total_cmp(&b.confusion.f1())).copied();
        let curves = [evaluate::roc_curve(&steps), evaluate::precision_recall_curve(&steps)];
        Self {
            curves: curves.map(|curve| curve::path(&curve::visible(&curve, 1.0 / SIDE), (SIDE, SIDE))),
            area: evaluate::roc_auc(&steps),
            average_precision: evaluate::average_precision(&steps),
            best,
            counts,
        }
    }

    fn rows(&self) -> (u64, u64) {
        self.best.map_or((0, 0), |Step { confusion, .. }| {
            let anomalous = confusion.true_positives + confusion.false_negatives;
            (anomalous, confusion.false_positives + confusion.true_negatives)
        })
    }
}

/// Scores at a threshold.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) whose: Whose,
    worth: Arc<Worth>,
    pub(super) here: Confusion,
    /// The threshold, in words.
    from: String,
}

impl Held {
    /// Scores with a threshold among the bins of the score histogram.
    pub(super) fn at(threshold: f32, whose: Whose, worth: &Arc<Worth>) -> Self {
        let here = evaluate::at_bin(&worth.counts, bin_of(threshold));
        Self { whose, worth: Arc::clone(worth), here, from: format!("a score of {}", number::score(threshold)) }
    }

    /// Raw scores of a detector, cut so that it calls about so many rows anomalous.
    pub(super) fn that_calls(rows: u64, kind: Kind, worth: &Arc<Worth>) -> Self {
        let bin = evaluate::bin_that_calls(&worth.counts, rows);
        let from = if worth.counts.last().is_some_and(|last| bin <= last.0) {
            format!("a raw score of {}", number::score(evaluate::raw_of(bin)))
        } else {
            "no score".to_owned()
        };
        let here = evaluate::at_bin(&worth.counts, bin);
        Self { whose: Whose::Detector(kind), worth: Arc::clone(worth), here, from }
    }

    /// How many rows are anomalous, and how many ordinary.
    pub(super) fn rows(&self) -> (u64, u64) {
        self.worth.rows()
    }

    /// The threshold of the highest F1 and that, where it is another one.
    pub(super) fn better(&self) -> Option<(f32, f64)> {
        let best = self.worth.best?;
        let f1 = best.confusion.f1();
        (f1 > self.here.f1() + 1e-9).then_some((best.threshold, f1))
    }

    fn figures(&self) -> [Option<f64>; 7] {
        let Confusion { true_positives, true_negatives, .. } = self.here;
        let (anomalous, ordinary) = self.worth.rows();
        let all = anomalous + ordinary;
        [
            self.worth.area,
            self.worth.average_precision,
            Some(self.here.f1()),
            self.worth.best.map(|best| best.confusion.f1()),
            Some(self.here.precision()),
            Some(self.here.recall()),
            (all > 0).then(|| (true_positives + true_negatives) as f64 / all as f64),
        ]
    }
}

/// All of them, a line each; a click shows one below.
pub(super) fn side_by_side(all: &[Held], failed: &[Kind], shown: RwSignal<Whose>) -> AnyView {
    let figures: Vec<[Option<f64>; 7]> = all.iter().map(Held::figures).collect();
    let best: [Option<f64>; 7] = std::array::from_fn(|place| {
        let of_all = figures.iter().filter_map(|figures| figures[place]);
        of_all.max_by(f64::total_cmp).filter(|_| figures.len() > 1)
    });
    let lines = all.iter().zip(&figures).map(|(held, figures)| {
        let whose = held.whose;
        let cells = figures.iter().zip(best).map(|(figure, best)| {
            let text = figure.map_or_else(|| "–".to_owned(), |figure| format!("{figure:.4}"));
            let is_best = figure.is_some() && figure.map(f64::to_bits) == best.map(f64::to_bits);
            view! { <td class="data number" class:best=is_best>{text}</td> }
        });
        let Confusion { true_positives, false_positives, true_negatives, false_negatives } = held.here;
        let counts = [true_positives, false_positives, false_negatives, true_negatives];
        let counts = counts.map(|count| view! { <td class="data number">{number::group(count)}</td> });
        view! {
            <tr data-testid="evaluate-line">
                <th scope="row">
                    <button
                        class="choice"
                        aria-pressed=live(move || (shown.get() == whose).to_string())
                        on:click=move |_| shown.set(whose)
                    >
                        {whose.name()}
                    </button>
                </th>
                {cells.collect_view()}
                {counts.into_iter().collect_view()}
            </tr>
        }
    });
    let failed = failed.iter().map(|kind| {
        view! { <tr><th scope="row">{kind.title()}</th><td class="quiet" colspan="11">"could not be fitted to these features"</td></tr> }
    });
    let heads = [
        (
            "ROC-AUC",
            "Area under the ROC curve: the share of pairs of an anomalous and an ordinary row in which the anomalous one scores higher",
        ),
        ("AP", "Average precision: the area under the precision-recall curve"),
        ("F1", "Harmonic mean of precision and recall"),
        ("best F1", "The highest F1 of any threshold"),
        ("precision", "Share of the rows called anomalous that are"),
        ("recall", "Share of the anomalous rows that are called so"),
        ("accuracy", "Share of the rows that are called what they are"),
        ("TP", "Anomalous, called anomalous"),
        ("FP", "Ordinary, called anomalous"),
        ("FN", "Anomalous, called ordinary"),
        ("TN", "Ordinary, called ordinary"),
    ];
    let heads = heads.map(|(name, title)| view! { <th scope="col" class="number" title=title>{name}</th> });
    view! {
        <div class="wide">
            <table class="grid side-by-side" data-testid="evaluate-all">
                <thead>
                    <tr><th scope="col">"scores of"</th>{heads.into_iter().collect_view()}</tr>
                </thead>
                <tbody>{lines.collect_view()} {failed.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

/// One of them: its counts, its figures with intervals, and its curves, before those of the others.
pub(super) fn detail(held: &Held, all: &[Held]) -> AnyView {
    let Confusion { true_positives, false_positives, true_negatives, false_negatives } = held.here;
    let (anomalous, ordinary) = held.worth.rows();
    let area = |area: Option<f64>| area.map_or_else(|| "–".to_owned(), |area| format!("{area:.4}"));
    let facts = [
        ("accuracy", share(true_positives + true_negatives, anomalous + ordinary), "evaluate-accuracy"),
        ("precision", share(true_positives, true_positives + false_positives), "evaluate-precision"),
        ("recall", share(true_positives, anomalous), "evaluate-recall"),
        ("F1", format!("{:.4}", held.here.f1()), "evaluate-f1"),
        ("area under the ROC curve", area(held.worth.area), "evaluate-auc"),
        ("average precision", area(held.worth.average_precision), "evaluate-ap"),
    ];
    let facts = facts.map(|(name, value, testid)| {
        view! { <div><dt>{name}</dt><dd class="data" data-testid=testid>{value}</dd></div> }
    });
    let cell = |count: u64| view! { <td class="data number">{number::group(count)}</td> };
    let roc = (held.here.false_positive_rate(), held.here.recall());
    let precision =
        (held.here.recall(), if true_positives + false_positives == 0 { 1.0 } else { held.here.precision() });
    let chart = |which: usize, name: &'static str, here: (f64, f64)| {
        let curve = |held: &Held| held.worth.curves[which].clone();
        let others = all.iter().filter(|other| other.whose != held.whose).map(curve).collect();
        chart(name, curve(held), others, here, which == 0)
    };
    view! {
        <h3>{format!("{}: called anomalous from {} on", held.whose.name(), held.from)}</h3>
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
            {chart(0, "ROC: recall over the share of ordinary rows that are called anomalous", roc)}
            {chart(1, "Precision over recall", precision)}
        </div>
    }
    .into_any()
}

/// A curve in the unit square, with the place of the threshold, before other curves.
fn chart(
    name: &'static str,
    line: String,
    others: Vec<String>,
    here: (f64, f64),
    diagonal: bool,
) -> impl IntoView + use<> {
    let guide = diagonal.then(|| view! { <path class="guide" d=format!("M0 {SIDE}L{SIDE} 0") /> });
    let also = if others.is_empty() { "" } else { "; pale: the others" };
    let ticks = [0.0, 0.5, 1.0].map(|at| {
        let (across, up) = (at * SIDE, (1.0 - at) * SIDE);
        view! {
            <text x=format!("{across:.0}") y=format!("{:.0}", SIDE + 15.0) text-anchor="middle">{at.to_string()}</text>
            <text x="-6" y=format!("{:.0}", up + 4.0) text-anchor="end">{at.to_string()}</text>
        }
    });
    let half = SIDE / 2.0;
    view! {
        <figure class="chart square">
            <svg viewBox="-28 -6 238 224" role="img" aria-label=name>
                {guide}
                <path class="guide" d=format!("M0 {half}H{SIDE}M{half} 0V{SIDE}") />
                <path class="frame" d=format!("M0 0V{SIDE}H{SIDE}") />
                {ticks.into_iter().collect_view()}
                {others.into_iter().map(|line| view! { <path class="other" d=line /> }).collect_view()}
                <path d=line />
                <circle cx=format!("{:.1}", here.0 * SIDE) cy=format!("{:.1}", (1.0 - here.1) * SIDE) r="4.5" />
            </svg>
            <figcaption class="quiet">{name}{also}</figcaption>
        </figure>
    }
}
