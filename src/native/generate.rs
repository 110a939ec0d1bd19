//! `strayline generate`: a synthetic log, and the truth about its anomalies.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::cli::Failure;
use crate::common::number::{bytes, count};
use crate::record::time::TimeFormat;
use crate::synthetic::settings::{ANOMALY_RATE, START};
use crate::synthetic::{Format, Kind, Limit, Log, Rates, Settings};

/// Rows that are made at a time.
const ROWS_AT_ONCE: u32 = 4096;

/// What is asked of `strayline generate`.
#[derive(Args)]
pub(super) struct Generate {
    /// Rows of the log [default: 20000].
    #[arg(long, conflicts_with = "mb", value_parser = clap::value_parser!(u64).range(1..))]
    rows: Option<u64>,
    /// About so many megabytes (10⁶ bytes) in place of rows.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    mb: Option<u64>,
    /// Seed of every random choice: equal seeds give equal logs.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How rows are written.
    #[arg(long, value_enum, default_value_t = FormatName::Jsonl)]
    format: FormatName,
    /// Injected anomalies per session, of all kinds together, 0 to 0.5.
    #[arg(long, default_value_t = ANOMALY_RATE, value_parser = rate)]
    anomaly_rate: f64,
    /// Injected anomalies of a kind per session, 0 to 0.5, in place of its part of --anomaly-rate; a wrong kind prints them all.
    #[arg(long, value_name = "KIND=R", value_parser = kind_rate)]
    kind_rate: Vec<(Kind, f64)>,
    /// When the log begins, RFC 3339 [default: 2026-03-02T00:00:00Z].
    #[arg(long, value_parser = start)]
    start: Option<i64>,
    /// Where the log is written.
    #[arg(long, value_name = "LOG")]
    out: PathBuf,
    /// Where the truth is written: JSON Lines with `row` (from 1), `line` (from 0), `type`, `correlation_id`, `group`.
    #[arg(long, value_name = "TRUTH.jsonl")]
    truth: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum FormatName {
    /// JSON Lines.
    Jsonl,
    /// Comma-separated values.
    Csv,
}

fn rate(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=0.5).contains(&value) { Ok(value) } else { Err("must be from 0 to 0.5".into()) }
}

fn kind_rate(text: &str) -> Result<(Kind, f64), String> {
    let (name, value) = text.split_once('=').ok_or("write it as kind=rate")?;
    let names: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    let kind = Kind::from_name(name).ok_or_else(|| format!("kinds are {}", names.join(", ")))?;
    Ok((kind, rate(value)?))
}

fn start(text: &str) -> Result<i64, String> {
    let (format, _) = TimeFormat::detect(&[text]);
    format.parse(text.as_bytes()).ok_or_else(|| "not a time such as 2026-03-02T00:00:00Z".into())
}

/// Writes the log and its truth, in pieces.
pub(super) fn run(options: &Generate) -> Result<String, Failure> {
    let limit = match options.mb {
        Some(megabytes) => Limit::Bytes(megabytes * 1_000_000),
        None => Limit::Rows(options.rows.unwrap_or(20_000)),
    };
    let mut rates = Rates::total(options.anomaly_rate);
    for (kind, rate) in &options.kind_rate {
        rates.set(*kind, *rate);
    }
    let settings = Settings { seed: options.seed, limit, start: options.start.unwrap_or(START), rates };
    let format = if options.format == FormatName::Csv { Format::Csv } else { Format::JsonLines };
    let mut log = Log::new(settings, format);
    let mut out = Sink::open(&options.out)?;
    let mut known = options.truth.as_deref().map(Sink::open).transpose()?;
    let (mut rows, mut truth) = (Vec::new(), Vec::new());
    loop {
        let more = log.write(ROWS_AT_ONCE, &mut rows, &mut truth);
        out.write(&rows)?;
        if let Some(known) = &mut known {
            known.write(&truth)?;
        }
        rows.clear();
        truth.clear();
        if !more {
            break;
        }
    }
    out.close()?;
    known.map_or(Ok(()), Sink::close)?;
    Ok(format!("{} rows, {}\n", count(log.rows()), bytes(log.bytes())))
}

/// A file that is written in pieces.
struct Sink<'a>(&'a Path, BufWriter<File>);

impl<'a> Sink<'a> {
    fn open(path: &'a Path) -> Result<Self, Failure> {
        let file = File::create(path).map_err(|error| Self::refused(path, &error))?;
        Ok(Self(path, BufWriter::new(file)))
    }

    fn refused(path: &Path, error: &std::io::Error) -> Failure {
        Failure(4, format!("can't write {}: {error}.", path.display()))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.1.write_all(bytes).map_err(|error| Self::refused(self.0, &error))
    }

    fn close(mut self) -> Result<(), Failure> {
        self.1.flush().map_err(|error| Self::refused(self.0, &error))
    }
}
