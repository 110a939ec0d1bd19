//! `strayline score`: a detector on a table of numbers, for measuring it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use super::cli::{Failure, default_workers, write};
use super::notes::notes;
use super::table;
use crate::common::number::count;
use crate::detect::{Cancelled, FitOptions, Kind, Model, calibrated, never_cancelled, raw_scores, sample};
use crate::feature::Matrix;
use crate::finding::ScoreHistogram;
use crate::finding::evaluate::{Confusion, average_precision, roc_auc, steps};
use crate::finding::threshold::bin_of;
use crate::geometry::number::counted;

/// Most rows that a detector is fitted to.
const SAMPLE_ROWS: usize = 1 << 17;
/// Most values that a detector is fitted to.
const SAMPLE_VALUES: usize = 1 << 26;

/// What `strayline score` is told.
#[derive(Args)]
pub(super) struct Score {
    /// A CSV file with a header; columns of texts become the rarity of their values.
    #[arg(long, value_name = "DATA.csv")]
    data: PathBuf,
    /// The column that says which rows are anomalous (above 0, or a word such as true or anomaly): not scored, but measured
    /// against. Rows that it says nothing of are left out of the measure, unless it calls no row ordinary: then they count as
    /// ordinary.
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,
    /// The detector.
    #[arg(long, value_parser = kind, default_value = "ensemble")]
    detector: Kind,
    /// Seed of every random choice: equal seeds give equal scores.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Trees of an isolation forest.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    trees: u32,
    /// Rows that each tree sees.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u32).range(2..=4096))]
    subsample: u32,
    /// Threads that score [default: one per core, at most 8].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
    /// Write row, raw score and calibrated score (0 to 1) as CSV.
    #[arg(long, value_name = "OUT.csv")]
    out: Option<PathBuf>,
    /// Write times and, with a label, how well the scores find its rows, as JSON.
    #[arg(long, value_name = "OUT.json")]
    summary: Option<PathBuf>,
}

pub(super) fn kind(name: &str) -> Result<Kind, String> {
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    Kind::from_name(name).ok_or_else(|| format!("detectors are {}", names.join(", ")))
}

pub(super) fn run(options: &Score) -> Result<String, Failure> {
    let workers = options.workers.map_or_else(default_workers, usize::from);
    let started = Instant::now();
    let table = table::read(&options.data, options.label.as_deref())
        .map_err(|reason| Failure(if reason.contains("Can't open") { 3 } else { 2 }, reason))?;
    let (rows, columns) = (table.rows.rows(), table.rows.columns);
    if rows == 0 {
        return Err(Failure(1, format!("{} holds no row.", options.data.display())));
    }
    let read = started.elapsed().as_secs_f64();
    let notes = notes(&table);

    let started = Instant::now();
    let most = SAMPLE_ROWS.min(SAMPLE_VALUES / columns).max(1);
    let thinned = (rows > most).then(|| sample::take(&table.rows, &sample::choose(rows, most, options.seed)));
    let fit_options = FitOptions {
        seed: options.seed,
        trees: options.trees,
        subsample: options.subsample,
        reference: FitOptions::reference_for(rows, columns),
        largest: table.largest,
        ..FitOptions::default()
    };
    let fit_to = thinned.as_ref().unwrap_or(&table.rows);
    let model = Model::fit(options.detector, fit_to, &fit_options, &mut never_cancelled).map_err(|_| cancelled())?;
    let fit = started.elapsed().as_secs_f64();

    let started = Instant::now();
    let scores = score(&model, &table.rows, workers).map_err(|_| cancelled())?;
    let scoring = started.elapsed().as_secs_f64();
    let calibrated = calibrated(&scores);

    if let Some(path) = &options.out {
        let mut csv = String::with_capacity(32 * rows + 32);
        csv.push_str("row,score,calibrated\n");
        for (row, (score, calibrated)) in scores.iter().zip(&calibrated).enumerate() {
            // Writing to memory does not fail.
            let _ = writeln!(csv, "{row},{score},{calibrated}");
        }
        write(path, csv.as_bytes())?;
    }
    let (labelled, anomalous) = labelled(&scores, table.anomalous.as_deref());
    let steps = steps(&labelled, &anomalous);
    let (auc, precision) = (roc_auc(&steps), average_precision(&steps));
    let knee = Knee::of(&model, &scores, table.anomalous.as_deref());
    if let Some(path) = &options.summary {
        let summary = json!({
            "detector": options.detector.name(),
            "rows": rows,
            "columns": columns,
            "seed": options.seed,
            "workers": workers,
            "seconds": {"read": read, "fit": fit, "score": scoring},
            "notes": notes,
            "roc_auc": auc,
            "average_precision": precision,
            "knee": knee.as_ref().map(|knee| json!({
                "rows": knee.rows, "precision": knee.precision, "recall": knee.recall,
            })),
        });
        write(path, format!("{summary:#}\n").as_bytes())?;
    }
    let mut text = format!(
        "{}: {} of {}; read {read:.2} s, fit {fit:.2} s, score {scoring:.2} s\n",
        options.detector.name(),
        counted(rows as u64, "row"),
        counted(columns as u64, "column")
    );
    if let (Some(auc), Some(precision)) = (auc, precision) {
        let odd = anomalous.iter().filter(|anomalous| **anomalous).count() as u64;
        let of = counted(anomalous.len() as u64, "row");
        let _ = writeln!(text, "ROC-AUC {auc:.4}, average precision {precision:.4}; {} of {of} anomalous", count(odd));
    }
    for note in &notes {
        let _ = writeln!(text, "{note}");
    }
    let stand = |rows| if rows == 1 { "1 row stands".to_owned() } else { format!("{} rows stand", count(rows)) };
    match knee {
        Some(Knee { rows, precision: Some(precision), recall: Some(recall) }) => {
            let among = if labelled.len() < scores.len() { "of those with a label " } else { "" };
            let _ = writeln!(text, "{} apart: {among}precision {precision:.4}, recall {recall:.4}", stand(rows));
        }
        Some(Knee { rows, .. }) => {
            let _ = writeln!(text, "{} apart", stand(rows));
        }
        None => text.push_str("no rows stand apart\n"),
    }
    Ok(text)
}

/// The scores of the rows that have a label, and the labels.
fn labelled(scores: &[f32], labels: Option<&[Option<bool>]>) -> (Vec<f32>, Vec<bool>) {
    scores.iter().zip(labels.unwrap_or_default()).filter_map(|(&score, &label)| Some((score, label?))).unzip()
}

/// The rows above the knee of the scores.
struct Knee {
    rows: u64,
    /// With labels: the share of those of them that have one that are anomalous, and of the anomalous rows that are among
    /// them.
    precision: Option<f64>,
    recall: Option<f64>,
}

impl Knee {
    fn of(model: &Model, scores: &[f32], labels: Option<&[Option<bool>]>) -> Option<Self> {
        let bins: Vec<u32> = scores.iter().map(|&score| bin_of(model.detector().unit(score))).collect();
        let counts: Vec<(u32, u64)> = bins.iter().map(|&bin| (bin, 1)).collect();
        let cut = ScoreHistogram::merge([counts.as_slice()]).by_knee()?;
        let can_tell = |labels: &&[Option<bool>]| labels.contains(&Some(true)) && labels.contains(&Some(false));
        let confusion = labels.filter(can_tell).map(|labels| {
            let labelled = bins.iter().zip(labels).filter_map(|(bin, label)| Some((*bin >= cut.bin, (*label)?)));
            let (called, anomalous): (Vec<bool>, Vec<bool>) = labelled.unzip();
            Confusion::of(&called, &anomalous)
        });
        let (precision, recall) = (confusion.map(|of| of.precision()), confusion.map(|of| of.recall()));
        Some(Self { rows: cut.rows, precision, recall })
    }
}

/// Nothing here cancels; it is said all the same.
fn cancelled() -> Failure {
    Failure(1, "the work was cancelled.".into())
}

/// Raw scores, on threads that take an equal part of the rows each. A row's score does not depend on its part.
fn score(model: &Model, rows: &Matrix, workers: usize) -> Result<Vec<f32>, Cancelled> {
    let each = rows.rows().div_ceil(workers).max(1) * rows.columns;
    let parts: Vec<Result<Vec<f32>, Cancelled>> = std::thread::scope(|scope| {
        let threads: Vec<_> = rows
            .values
            .chunks(each)
            .map(|part| scope.spawn(move || raw_scores(model.detector(), part, &mut never_cancelled)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(Err(Cancelled))).collect()
    });
    let mut scores = Vec::with_capacity(rows.rows());
    for part in parts {
        scores.extend(part?);
    }
    Ok(scores)
}
