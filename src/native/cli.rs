//! What `strayline` does: the engine on the command line, for scripts and measurements.
//!
//! Exit codes: 0 done; 1 no file holds a record; 2 wrong usage; 3 a file can't be read; 4 a result can't be written.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use super::Analysis;
use super::generate::{self, Generate};
use super::learning::{Fields, Learning};
use super::reading::{Analysed, read};
use super::score::{self, Score};
use super::sessions::{self, Sessions};
use super::templates::{self, Templates};
use super::truth;
use crate::common::number::count;
use crate::engine::{Settings, Snapshot};
use crate::feature::recipe::TOO_MANY;
use crate::finding::ScoreHistogram;
use crate::finding::hybrid::{FINDING_SCORE, score_of_outstanding};
use crate::geometry::number::counted;
use crate::record::mapping::Mapping;
use crate::record::{Role, format_time};
use crate::view::export::CsvText;
use crate::view::{FieldReport, FindingView, Stage};
use clap::{Args, Parser, Subcommand};
use serde_json::json;

/// Find the log lines that don't belong.
#[derive(Parser)]
#[command(
    version,
    after_help = "Exit codes: 0 done; 1 no file holds a record; 2 wrong usage; 3 a file can't be read; 4 a result can't be written; \
                  5 a model can't be used. `model check` and `model score` have others for what they find, see there."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Score every row of log files and rank the most abnormal ones.
    Analyze(Analyze),
    /// Make a synthetic log with anomalies whose places are known.
    Generate(Generate),
    /// Show the rows that meet a condition, and how often the values of their fields occur.
    Query(super::query::Query),
    /// Score every row of a table of numbers with any detector, and measure it against a label.
    Score(Score),
    /// Group rows into sessions and say what is wrong with them.
    Sessions(Sessions),
    /// Keep what was learned of files, see whether others are like them, and score those.
    #[command(subcommand)]
    Model(super::model::Model),
    /// Find the templates of a file's messages: what is the same in them, and what varies.
    Templates(Templates),
}

#[derive(Args)]
struct Analyze {
    /// CSV, TSV, JSON, JSON Lines or plain text files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What is to be learned of the rows.
    #[command(flatten)]
    learning: Learning,
    #[arg(long, value_parser = contamination, help = CONTAMINATION_HELP)]
    contamination: Option<f64>,
    /// Threads [default: one per core, at most 8].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
    /// Write the anomalous rows, best first, as CSV.
    #[arg(long, value_name = "OUT.csv")]
    findings: Option<PathBuf>,
    /// Write rows, roles and times as JSON.
    #[arg(long, value_name = "OUT.json")]
    summary: Option<PathBuf>,
    /// Measure the findings against what is known to be wrong, as `generate --truth` writes it.
    #[arg(long, value_name = "TRUTH.jsonl")]
    truth: Option<PathBuf>,
    /// What the files' fields mean.
    #[command(flatten)]
    fields: Fields,
}

pub(super) fn contamination(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if value > 0.0 && value <= 0.5 { Ok(value) } else { Err("must be above 0 and at most 0.5".into()) }
}

pub(super) fn role(text: &str) -> Result<(Role, Option<String>), String> {
    let (role, field) = text.split_once('=').ok_or("write it as role=field")?;
    let names: Vec<&str> = Role::ALL.iter().map(|role| role.name()).collect();
    let role = Role::from_name(role).ok_or_else(|| format!("roles are {}", names.join(", ")))?;
    Ok((role, (!field.is_empty()).then(|| field.to_owned())))
}

/// What the option says.
pub(super) const CONTAMINATION_HELP: &str = "Share of the rows that is called anomalous, above 0 and at most 0.5 [default: \
    0.05, and all rows that belong to a finding]";

/// That fewer or more rows are called than were asked for is said from this part of them on.
const MISSED: u64 = 10;
/// And of more than so many rows.
const LEAST_MISSED: u64 = 4;
/// Share of the rows that is called anomalous, unless said otherwise.
const CONTAMINATION: f64 = 0.05;

/// Why the program ends, and with which code.
pub(super) struct Failure(pub(super) u8, pub(super) String);

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Analyze(options) => run(&options),
        Command::Generate(options) => generate::run(&options),
        Command::Sessions(options) => sessions::run(&options),
        Command::Query(options) => super::query::run(&options),
        Command::Templates(options) => templates::run(&options),
        Command::Score(options) => score::run(&options),
        Command::Model(what) => {
            return match super::model::run(&what) {
                Ok((text, code)) => {
                    say(&text);
                    ExitCode::from(code)
                }
                Err(failure) => fail(&failure),
            };
        }
    };
    match done {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(failure) => fail(&failure),
    }
}

/// Writes to the screen. Whoever has read enough may close it.
fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn fail(Failure(code, message): &Failure) -> ExitCode {
    eprintln!("strayline: {message}");
    ExitCode::from(*code)
}

fn run(options: &Analyze) -> Result<String, Failure> {
    let workers = options.workers.map_or_else(default_workers, usize::from);
    let mut settings = Settings { mapping: options.fields.mapping()?, ranked: 1, ..options.learning.settings()? };
    settings.contamination = options.contamination.unwrap_or(settings.contamination);

    let started = Instant::now();
    let mut stages: Vec<(Stage, f64)> = Vec::new();
    let mut each_stage = |now: &Snapshot| stages.push((now.stage, started.elapsed().as_secs_f64()));
    let Analysed { mut analysis, snapshot, bytes } = read(&options.files, workers, settings, &mut each_stage)?;
    options.learning.check(&analysis)?;
    let Some(scores) = analysis.conductor().scores().cloned() else {
        return Err(Failure(1, "no row could be scored, so there is nothing to tell.".into()));
    };
    let share = contamination_or_usual(options.contamination, &analysis, &scores);
    let from_bin = scores.by_contamination(share).bin;
    let ranking = Instant::now();
    let findings = analysis.findings(from_bin, options.findings.is_some()).map_err(|reason| Failure(3, reason))?;
    let ranking = ranking.elapsed().as_secs_f64();

    if let Some(path) = &options.findings {
        write(path, &findings_csv(&findings, &snapshot))?;
    }
    let summary = summary(&snapshot, &stages, ranking, bytes, &findings, &analysis);
    if let Some(path) = &options.summary {
        write(path, format!("{summary:#}\n").as_bytes())?;
    }
    let entries = analysis.entries(SHOWN).map_err(|reason| Failure(3, reason))?;
    let has = |role| snapshot.fields.iter().any(|field| field.role == Some(role));
    let outstanding = has(Role::Message).then(|| {
        let groups = &analysis.conductor().groups().0;
        groups.iter().filter(|group| group.lead.score >= score_of_outstanding()).count() as u64
    });
    let seconds = stages.last().map_or(0.0, |stage| stage.1);
    let mut text = screen(&snapshot, (findings.len() as u64, outstanding), &entries, seconds);
    let beyond = snapshot.fields.iter().filter(|field| field.is_beyond()).count() as u64;
    if beyond > 0 {
        let _ = writeln!(text, "Not looked at: {}, {TOO_MANY}. --features chooses others.", counted(beyond, "field"));
    }
    text.push_str(&options.learning.may_be_labels(&mut analysis, &snapshot.fields)?);
    if has(Role::Message) && !has(Role::Time) {
        text.push_str("No field tells the time, so nothing is found by it: --map time=FIELD says which one does.\n");
    }
    if options.contamination.is_some() {
        text.push_str(&missed(&scores, share, from_bin).unwrap_or_default());
    }
    if scores.rows() == 1 {
        text.push_str("There is one row, and nothing to compare it with.\n");
    } else if !snapshot.fields.iter().any(FieldReport::is_feature) {
        text.push_str("No field is a feature: none that --features takes tells rows apart.\n");
    } else if scores.are_alike() {
        text.push_str("All rows score alike: none stands out.\n");
    }
    if let Some(path) = &options.truth {
        text.push('\n');
        text.push_str(&truth::judge(path, &analysis, &findings)?);
    }
    Ok(text)
}

/// That fewer or more rows are called anomalous than a share of them.
fn missed(scores: &ScoreHistogram, share: f64, from_bin: u32) -> Option<String> {
    let (wanted, called) = ((scores.rows() as f64 * share).round() as u64, scores.rows_at_least(from_bin));
    let differs = called.abs_diff(wanted) > (wanted / MISSED).max(LEAST_MISSED);
    (differs && !scores.are_alike()).then(|| {
        format!(
            "{} have scores from the threshold on where {} were asked for: rows that score alike are all called or none.\n",
            counted(called, "row"),
            count(wanted)
        )
    })
}

/// The share of rows that is called anomalous: as given, or some rows besides all that belong to a finding.
pub(super) fn contamination_or_usual(given: Option<f64>, analysis: &Analysis, scores: &ScoreHistogram) -> f64 {
    given.unwrap_or_else(|| {
        let has_findings = analysis.conductor().dataset().role(Role::Message).is_some();
        let of_findings = if has_findings { scores.by_score(FINDING_SCORE).rows } else { 0 };
        (CONTAMINATION + of_findings as f64 / scores.rows().max(1) as f64).min(0.5)
    })
}

/// A word of a command line, in quotation marks where it needs them.
pub(super) fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-./:=".contains(&byte));
    if is_plain { word.into() } else { format!("'{}'", word.replace('\'', r"'\''")).into() }
}

pub(super) fn read_mapping(path: &Path) -> Result<Mapping, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure(3, format!("can't read {}: {error}.", path.display())))?;
    serde_json::from_str(&text).map_err(|error| Failure(2, format!("{} is no mapping: {error}.", path.display())))
}

pub(super) fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8))
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| Failure(4, format!("can't write {}: {error}.", path.display())))
}

/// `line` is the 0-based record index; further columns are the dataset's own.
fn findings_csv(findings: &[FindingView], snapshot: &Snapshot) -> Vec<u8> {
    let mut csv = CsvText::default();
    let own = ["file", "line", "byte", "time", "score", "calibrated", "kind", "reason", "message", "group"];
    // A field may be called like one of them, and two columns of one name can't be told apart.
    let names = snapshot.fields.iter().map(|field| {
        if own.contains(&field.name.as_str()) { format!("field {}", field.name) } else { field.name.clone() }
    });
    let names: Vec<String> = own.into_iter().map(str::to_owned).chain(names).collect();
    csv.push(names.iter().map(String::as_str));
    for finding in findings {
        let row = &finding.row;
        let file = snapshot.files[row.file as usize].name.clone();
        let time = row.time.map(format_time).unwrap_or_default();
        let numbers = [row.line.to_string(), finding.byte.to_string()];
        let scores = [finding.score.to_string(), finding.calibrated.to_string()];
        let group = finding.group.map(|group| group.to_string()).unwrap_or_default();
        let texts = [finding.kind.clone(), finding.reason.clone(), finding.message.clone(), group];
        let cells = [file].into_iter().chain(numbers).chain([time]).chain(scores).chain(texts).collect::<Vec<_>>();
        csv.push(cells.iter().chain(&row.cells).map(String::as_str));
    }
    csv.into_bytes()
}

fn summary(
    snapshot: &Snapshot,
    stages: &[(Stage, f64)],
    ranking: f64,
    bytes: u64,
    findings: &[FindingView],
    analysis: &Analysis,
) -> serde_json::Value {
    // A stage lasts until the next one begins.
    let lasted = |stage: Stage| -> f64 {
        stages.windows(2).filter(|pair| pair[0].0 == stage).map(|pair| pair[1].1 - pair[0].1).sum()
    };
    let total = stages.last().map_or(0.0, |stage| stage.1) + ranking;
    let roles: serde_json::Map<String, serde_json::Value> = snapshot
        .fields
        .iter()
        .filter_map(|field| {
            let role = field.role?;
            let column = &analysis.conductor().dataset().columns[analysis.conductor().dataset().role(role)?];
            let about =
                json!({"field": field.name, "alias": column.alias, "parsed": column.parsed, "reading": field.reading});
            Some((role.name().to_owned(), about))
        })
        .collect();
    let bad_lines: u64 = snapshot.files.iter().map(crate::view::FileReport::issue_count).sum();
    let files: Vec<_> = snapshot
        .files
        .iter()
        .map(|file| {
            let issues: serde_json::Map<_, _> =
                file.issues.iter().map(|(kind, count)| (kind.text().to_owned(), json!(count))).collect();
            json!({"name": file.name, "bytes": file.size, "bytes_read": file.bytes_read, "rows": file.rows,
                   "format": file.format, "issues": issues, "note": file.note})
        })
        .collect();
    let features: Vec<_> = snapshot.fields.iter().map(|field| (field.name.clone(), json!(field.feature))).collect();
    json!({
        "rows": snapshot.rows,
        "bad_lines": bad_lines,
        "findings": findings.len(),
        "roles": roles,
        "features": features.into_iter().collect::<serde_json::Map<_, _>>(),
        "files": files,
        "seconds": {
            "open": lasted(Stage::Opening),
            "detect": lasted(Stage::Detecting),
            "read": lasted(Stage::Reading),
            "fit": lasted(Stage::Fitting),
            "score": lasted(Stage::Scoring),
            "rank": ranking,
            "total": total,
        },
        "bytes": bytes,
        "bytes_per_second": bytes as f64 / total.max(1e-9),
    })
}

/// Most findings that are written to the screen.
const SHOWN: usize = 10;

/// What a person sees: the files, how many rows are anomalous, how many findings of these stand out where rows have messages,
/// and the first entries of the list, each with its rows.
fn screen(
    snapshot: &Snapshot,
    (findings, outstanding): (u64, Option<u64>),
    entries: &[(FindingView, u64)],
    seconds: f64,
) -> String {
    let mut text = String::new();
    for file in &snapshot.files {
        let format = if file.format.is_empty() { "not read" } else { &file.format };
        let _ = writeln!(text, "{}: {format}, {}", file.name, counted(file.rows, "row"));
        for (kind, records) in &file.issues {
            let _ = writeln!(text, "  {}: {}", counted(*records, "row"), kind.text());
        }
    }
    let _ = writeln!(text, "{} anomalous of {} in {seconds:.2} s", count(findings), counted(snapshot.rows, "row"));
    let _ = match outstanding {
        None => Ok(()),
        Some(0) => writeln!(text, "no finding stands out: chance may show all of these"),
        Some(1) => writeln!(text, "1 finding stands out; the others chance may show too"),
        Some(many) => writeln!(text, "{} findings stand out; the others chance may show too", count(many)),
    };
    let several = snapshot.files.len() > 1;
    let file_name =
        |finding: &FindingView| snapshot.files.get(finding.row.file as usize).map_or("", |file| file.name.as_str());
    for (finding, rows) in entries {
        let time = finding.row.time.map(format_time).unwrap_or_default();
        let others = if *rows > 1 { format!("  and {}", counted(rows - 1, "more row")) } else { String::new() };
        let _ = writeln!(
            text,
            "\n{:.3}  {}record {}  {time}  {}{others}",
            finding.score,
            if several { format!("{} ", file_name(finding)) } else { String::new() },
            count(finding.row.line + 1),
            one_line(&finding.message)
        );
        let _ = writeln!(text, "       {}", one_line(&finding.reason));
    }
    let shown: u64 = entries.iter().map(|entry| entry.1).sum();
    let left = findings.saturating_sub(shown);
    if left > 0 {
        let _ = writeln!(text, "\n… and {} more (--findings OUT.csv writes them all)", counted(left, "row"));
    }
    text
}

/// Log text is hostile to a terminal too: control characters are shown, not sent.
pub(super) fn one_line(text: &str) -> String {
    let shown: String = text.chars().map(|c| if c.is_control() { '·' } else { c }).take(200).collect();
    if text.chars().count() > 200 { shown + "…" } else { shown }
}
