//! `strayline model`: a model is fitted once and used on other files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::cli::{CONTAMINATION_HELP, Failure, contamination, contamination_or_usual, default_workers, write};
use super::learning::{Fields, Learning};
use super::{Analysis, reading, warm};
use crate::common::number::{bytes, count};
use crate::common::text::some_of;
use crate::engine::{Answer, Query, Settings, Snapshot};
use crate::finding::Threshold;
use crate::finding::hybrid::FINDING_SCORE;
use crate::finding::threshold::bin_of;
use crate::geometry::number::counted;
use crate::model::check::Limits;
use crate::model::{Report, Saved, Verdict, onnx};
use crate::record::Role;
use crate::view::FieldReport;
use crate::view::scores::{ScoreForm, ScoreLines};

/// What is done with a model.
#[derive(Subcommand)]
pub(super) enum Model {
    /// Learn from files, which should be of good days, and write a model.
    Fit(Fit),
    /// Hold files against a model and print a report as JSON. Exit codes: 0 compatible, 10 compatible with warnings, 11 a
    /// model of such files is needed, 12 nothing that the model knows is in them.
    Check(Check),
    /// Score files with a model, which learns nothing from them. Where a new model is needed nothing is scored: exit codes as
    /// for `check`.
    Score(Score),
    /// Write the model's isolation forest as ONNX.
    Onnx(Onnx),
    /// Print what is in a model as JSON.
    Show(Show),
}

/// Exit codes of a check.
fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Compatible => 0,
        Verdict::CompatibleWithWarnings => 10,
        Verdict::Retrain => 11,
        Verdict::Unsupported => 12,
    }
}

/// A model that can't be used.
const UNUSABLE: u8 = 5;

#[derive(Args)]
pub(super) struct Fit {
    /// Files to learn from.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to write the model.
    #[arg(long, value_name = "OUT.model")]
    out: PathBuf,
    #[command(flatten)]
    learning: Learning,
    #[arg(long, value_parser = contamination, help = CONTAMINATION_HELP)]
    contamination: Option<f64>,
    /// Learn from the rows that a CSV of labels calls ordinary, as the page saves it: columns row (counted from 1) and anomaly.
    /// The detector is an isolation forest; its threshold is the one that fits the labels best.
    #[arg(long, value_name = "LABELS.csv", conflicts_with_all = ["detector", "members", "contamination"])]
    labels: Option<PathBuf>,
    #[command(flatten)]
    fields: Fields,
    /// Threads [default: one per core, at most 8].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
}

/// A model and files to use it on.
#[derive(Args)]
struct Loaded {
    /// The model.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// The files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    fields: Fields,
    /// Say which field is one of the model's that has no role, such as `status=http_code`.
    #[arg(long, value_name = "NAME=FIELD", value_parser = name)]
    field: Vec<(String, String)>,
    /// Population stability index from which a drift is moderate.
    #[arg(long, default_value_t = 0.1)]
    moderate: f64,
    /// Population stability index from which a drift is major.
    #[arg(long, default_value_t = 0.25)]
    major: f64,
    /// Threads [default: one per core, at most 8].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
}

#[derive(Args)]
pub(super) struct Check {
    #[command(flatten)]
    loaded: Loaded,
    /// Write the report here instead of printing it.
    #[arg(long, value_name = "OUT.json")]
    report: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Score {
    #[command(flatten)]
    loaded: Loaded,
    /// Where to write a line for each row: index over all rows, file, record (both counted from 0), byte, time, score,
    /// calibrated score (the share of the model's own rows that score lower), whether it is anomalous, and why where it is.
    #[arg(long, value_name = "OUT")]
    out: PathBuf,
    /// How to write it [default: as the name of the file ends; .jsonl and .ndjson are JSON Lines].
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Score files for which the check says that a new model is needed.
    #[arg(long)]
    anyway: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    /// Comma-separated, with a header.
    Csv,
    /// An object a line.
    Jsonl,
}

#[derive(Args)]
pub(super) struct Onnx {
    /// The model.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Where to write it.
    #[arg(long, value_name = "OUT.onnx")]
    out: PathBuf,
}

#[derive(Args)]
pub(super) struct Show {
    /// The model.
    #[arg(value_name = "MODEL")]
    model: PathBuf,
}

/// Does it; gives what is to be printed, and the exit code.
pub(super) fn run(what: &Model) -> Result<(String, u8), Failure> {
    match what {
        Model::Fit(options) => fit(options).map(|text| (text, 0)),
        Model::Check(options) => check(options),
        Model::Score(options) => score(options).map(|text| (text, 0)),
        Model::Onnx(options) => {
            let (model, _) = read(&options.model)?;
            let exported = onnx::export(&model).map_err(|reason| Failure(UNUSABLE, reason))?;
            write(&options.out, &exported)?;
            Ok((format!("{}: {}\n", options.out.display(), bytes(exported.len() as u64)), 0))
        }
        Model::Show(options) => show(options).map(|text| (text, 0)),
    }
}

fn read(path: &Path) -> Result<(Saved, Vec<u8>), Failure> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| Failure(3, format!("Can't open {shown}: {error}.")))?;
    let model = Saved::from_bytes(&bytes).map_err(|error| Failure(UNUSABLE, format!("{shown}: {error}")))?;
    Ok((model, bytes))
}

/// Reads files and does with them what the settings say.
fn analysis_of(
    files: &[PathBuf],
    workers: Option<u16>,
    fields: &Fields,
    settings: Settings,
) -> Result<(Analysis, Snapshot), Failure> {
    let settings = Settings { mapping: fields.mapping()?, ranked: 1, ..settings };
    let workers = workers.map_or_else(default_workers, usize::from);
    reading::read(files, workers, settings, &mut |_| {}).map(|found| (found.analysis, found.snapshot))
}

fn fit(options: &Fit) -> Result<String, Failure> {
    let mut settings = options.learning.settings()?;
    settings.contamination = options.contamination.unwrap_or(settings.contamination);
    let (mut analysis, snapshot) = analysis_of(&options.files, options.workers, &options.fields, settings)?;
    options.learning.check(&analysis)?;
    if let Some(labels) = &options.labels {
        let text = fit_to_labels(options, &mut analysis, labels)?;
        return Ok(text + &options.learning.may_be_labels(&mut analysis, &snapshot.fields)?);
    }
    let Some(scores) = analysis.conductor().scores().cloned() else {
        return Err(Failure(1, "no row could be scored, so there is no model.".into()));
    };
    let share = contamination_or_usual(options.contamination, &analysis, &scores);
    let mut threshold = scores.by_contamination(share);
    // What belongs to a finding is anomalous, even where the files to learn from had none.
    let has_messages = analysis.conductor().dataset().role(Role::Message).is_some();
    if has_messages && options.contamination.is_none() && threshold.bin > bin_of(FINDING_SCORE) {
        threshold = Threshold { bin: bin_of(FINDING_SCORE), score: FINDING_SCORE, ..threshold };
    }
    let about = analysis.conductor().about(threshold.bin).map(Box::new);
    let ask = about.map(|about| (0, Query::Model { about }));
    let answers = analysis.ask(ask.into_iter().collect()).map_err(|reason| Failure(3, reason))?;
    let Some(Answer::Model(Some(model))) = answers.into_iter().next() else {
        return Err(Failure(1, "no detector was fitted, so there is no model.".into()));
    };
    let saved = Saved::from_bytes(&model).map_err(|error| Failure(1, error.to_string()))?;
    let fields = what_became_of(&snapshot.fields);
    if saved.recipe.features.is_empty() {
        let nothing = "no field tells the rows apart: there is nothing that a detector could learn";
        // With messages, a model knows their kinds and how long each takes.
        if saved.catalog.templates().is_empty() {
            return Err(Failure(
                1,
                format!("{nothing}. Give other rows, or other --features.\n{fields}No model was written."),
            ));
        }
        eprintln!("strayline: {nothing}. The model knows kinds of messages alone.");
    }
    write(&options.out, &model)?;
    let size = bytes(model.len() as u64);
    let mut text = format!(
        "{}: {size}, {} of {} with {}, {}; rows that score {:.3} or more are anomalous ({})\n",
        options.out.display(),
        saved.about.detector.name(),
        counted(saved.about.rows, "row"),
        counted(saved.recipe.features.len() as u64, "feature"),
        counted(saved.catalog.templates().len() as u64, "template"),
        threshold.score,
        count(threshold.rows)
    );
    text += &fields;
    text += &options.learning.may_be_labels(&mut analysis, &snapshot.fields)?;
    Ok(text)
}

/// What each field gives, and the fields that give nothing by their reason.
fn what_became_of(fields: &[FieldReport]) -> String {
    let mut text = String::new();
    let mut unused: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for field in fields {
        if field.is_feature() {
            let _ = writeln!(text, "  {}: {}", field.name, field.feature);
        } else {
            unused.entry(&field.feature).or_default().push(&field.name);
        }
    }
    for (reason, names) in unused {
        let _ = writeln!(text, "  {reason}: {}", some_of(names.into_iter()));
    }
    text
}

fn fit_to_labels(options: &Fit, analysis: &mut Analysis, labels: &Path) -> Result<String, Failure> {
    let warm::Labelled { model, warm, anomalous, trouble } = warm::fit(analysis, labels)?;
    write(&options.out, &model)?;
    if let Some(trouble) = trouble {
        eprintln!("strayline: {}: {trouble}.", labels.display());
    }
    let mut text = format!(
        "{}: {}, an isolation forest of {} ordinary rows, with a threshold for {}; it calls {} of {} rows anomalous\n",
        options.out.display(),
        bytes(model.len() as u64),
        count(u64::from(warm.normal)),
        counted(u64::from(warm.anomalous), "anomalous one"),
        count(anomalous),
        count(analysis.conductor().catalog().rows()),
    );
    for point in &warm.curve {
        let (labels, held) = (count(u64::from(point.labels)), point.held);
        let (f1, precision, recall) = (held.f1(), held.precision(), held.recall());
        let _ = writeln!(
            text,
            "  {labels} labels: F1 {f1:.3}, precision {precision:.3}, recall {recall:.3} on those held back"
        );
    }
    Ok(text)
}

fn name(text: &str) -> Result<(String, String), String> {
    let (name, field) = text.split_once('=').ok_or("write it as name=field")?;
    Ok((name.to_owned(), field.to_owned()))
}

/// Holds files against a model; with `check_only` they are not scored.
fn held(loaded: &Loaded, check_only: bool) -> Result<(Saved, Analysis, Report), Failure> {
    let (model, bytes) = read(&loaded.model)?;
    let limits = Limits { moderate: loaded.moderate, major: loaded.major };
    if !(limits.moderate >= 0.0 && limits.moderate <= limits.major) {
        return Err(Failure(2, "--moderate must be at least 0 and no higher than --major.".into()));
    }
    let names = loaded.field.clone();
    let twice =
        |place: usize| names[..place].iter().any(|(name, field)| *name == names[place].0 || *field == names[place].1);
    if let Some(place) = (0..names.len()).find(|&place| twice(place)) {
        let (name, field) = &names[place];
        return Err(Failure(2, format!("--field {name}={field}: one of them was named before.")));
    }
    if let Some((name, _)) = names.iter().find(|(name, _)| !model.has_plain(name)) {
        if let Some(role) = model.columns.iter().find(|column| column.name == *name).and_then(|column| column.role) {
            let reason = format!("{name} is the {0} of the model: use --map {0}=FIELD.", role.name());
            return Err(Failure(2, reason));
        }
        let known = some_of(model.plain().map(|column| column.name.as_str()));
        let reason = format!("the model has no field {name:?} without a role for --field; it has {known}.");
        return Err(Failure(2, reason));
    }
    let seed = model.about.seed;
    let settings = Settings { model: Some(bytes.into()), names, limits, check_only, seed, ..Settings::default() };
    let (analysis, snapshot) = analysis_of(&loaded.files, loaded.workers, &loaded.fields, settings)?;
    let columns = &analysis.conductor().dataset().columns;
    let found = |field: &String| columns.iter().any(|column| column.name == *field && column.stands_for.is_some());
    if let Some((_, field)) = loaded.field.iter().find(|(_, field)| !found(field)) {
        let plain = columns.iter().filter(|column| column.role.is_none());
        let names = some_of(plain.map(|column| column.name.as_str()));
        let reason = format!("no file has a field {field:?} without a role for --field; there are {names}.");
        return Err(Failure(2, reason));
    }
    let Some(report) = snapshot.report else {
        return Err(Failure(1, "the files could not be held against the model.".into()));
    };
    Ok((model, analysis, (*report).clone()))
}

fn check(options: &Check) -> Result<(String, u8), Failure> {
    let (_, _, report) = held(&options.loaded, true)?;
    // The report is plain data: it has a form in JSON.
    let text = serde_json::to_string_pretty(&report).unwrap_or_default() + "\n";
    let code = code(report.verdict);
    match &options.report {
        Some(path) => {
            write(path, text.as_bytes())?;
            Ok((told(&report).fold(String::new(), |text, told| text + told + "\n"), code))
        }
        None => Ok((text, code)),
    }
}

/// Why a verdict was given, and what to do.
fn told(report: &Report) -> impl Iterator<Item = &String> {
    report.reasons.iter().chain(&report.gatekeeper.advice)
}

fn score(options: &Score) -> Result<String, Failure> {
    let (model, mut analysis, report) = held(&options.loaded, false)?;
    for told in told(&report) {
        eprintln!("strayline: {told}");
    }
    if !report.preflight.comparable {
        let reason = "nothing was scored: without anything that the model knows all rows score the same.";
        return Err(Failure(code(report.verdict), reason.to_owned()));
    }
    if report.verdict >= Verdict::Retrain && !options.anyway {
        let advice = "Fit a model to such files, or score them all the same with --anyway.";
        return Err(Failure(code(report.verdict), format!("nothing was scored. {advice}")));
    }
    let findings = analysis.findings(0, false).map_err(|reason| Failure(3, reason))?;
    let names: Vec<String> = analysis.conductor().snapshot().files.into_iter().map(|file| file.name).collect();
    let mut rows: Vec<_> = findings.iter().collect();
    rows.sort_by_key(|finding| finding.row.row);
    let ends_in_json = options.out.extension().is_some_and(|end| end == "jsonl" || end == "ndjson");
    let form = match options.format.unwrap_or(if ends_in_json { Format::Jsonl } else { Format::Csv }) {
        Format::Csv => ScoreForm::Csv,
        Format::Jsonl => ScoreForm::JsonLines,
    };
    let mut lines = ScoreLines::new(form);
    let mut anomalous = 0;
    for finding in rows {
        let file = names.get(finding.row.file as usize).map(String::as_str).unwrap_or_default();
        anomalous += u64::from(lines.push(file, finding, &model.about));
    }
    write(&options.out, &[form.head(), lines.into_bytes()].concat())?;
    Ok(format!("{}, {} anomalous\n", counted(findings.len() as u64, "row"), count(anomalous)))
}

fn show(options: &Show) -> Result<String, Failure> {
    let (model, bytes) = read(&options.model)?;
    let features: Vec<_> = model
        .recipe
        .features
        .iter()
        .zip(&model.distributions)
        .map(|(feature, distribution)| {
            let rows: u32 = distribution.counts.iter().sum();
            let missing = distribution.counts.last().copied().unwrap_or(0);
            json!({"name": feature.name, "encoding": feature.encoding, "mean": distribution.moments.0,
                "deviation": distribution.moments.1, "least": distribution.range.0, "most": distribution.range.1,
                "missing": f64::from(missing) / f64::from(rows.max(1))})
        })
        .collect();
    let columns: Vec<_> = model
        .columns
        .iter()
        .enumerate()
        .map(|(place, column)| {
            json!({"name": column.name, "role": column.role.map(Role::name), "kind": column.kind.name(),
                "feature": model.recipe.describe(place)})
        })
        .collect();
    let about = &model.about;
    let shown = json!({
        "program": about.program, "bytes": bytes.len(), "files": about.files, "rows": about.rows, "seed": about.seed,
        "detector": about.detector.name(), "choice": about.features, "mapping": about.mapping,
        "threshold": about.threshold, "columns": columns, "features": features,
        "templates": model.catalog.templates().iter().map(crate::template::Template::typed_text).collect::<Vec<_>>(),
        "sessions": model.sessions.as_ref().map(|sessions| sessions.sessions),
    });
    Ok(format!("{shown:#}\n"))
}
