//! `strayline query`: rows that meet a condition, as lines or as CSV, and the values of their fields.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use super::cli::{Failure, default_workers, one_line, write};
use super::learning::Fields;
use super::reading::{Analysed, read};
use super::run::{Analysis, with_texts};
use crate::common::number::{count, share};
use crate::engine::order::{Ruler, Sort, SortBy};
use crate::engine::{self, Answer, Filter, Settings};
use crate::filter::bind::field_of;
use crate::filter::facet::Facet;
use crate::filter::{Condition, Context, QueryError, parse};
use crate::geometry::number::counted;
use crate::record::{Dataset, SegmentId, format_time};
use crate::view::export::CsvText;
use crate::view::{RowView, TimeHistogram};

/// Rows that are printed where nobody asks for more.
const SHOWN: u32 = 100;
/// Most values of a facet that are printed.
const FACET_VALUES: usize = 50;
/// Bars of the histogram.
const BARS: u32 = 40;

// The search is the last of one list, so that options may stand anywhere; what clap makes of that names the list twice.
#[derive(Args)]
#[command(override_usage = "strayline query [OPTIONS] <FILE>... <SEARCH>")]
pub(super) struct Query {
    /// Log files, and as the last argument the search: 'level:>=warn service:pay* -timeout'. Put -- before the files where it
    /// begins with a minus.
    /// An empty one ('') is every row.
    #[arg(required = true, num_args = 1.., value_name = "FILE... SEARCH")]
    // No paths: clap takes an empty one for one that is missing.
    arguments: Vec<OsString>,
    /// Sort by a field, by `time` or by `score`; `-` in front sorts downwards.
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    sort: Option<String>,
    /// Most rows [default: 100 on the screen, all in a file].
    #[arg(long)]
    limit: Option<u32>,
    /// Write the rows as CSV.
    #[arg(long, value_name = "OUT.csv")]
    out: Option<PathBuf>,
    /// Print how often each value of these fields occurs.
    #[arg(long, value_name = "FIELD,...", value_delimiter = ',')]
    facets: Vec<String>,
    /// Print rows over time by level.
    #[arg(long)]
    histogram: bool,
    /// Print how long each answer took.
    #[arg(long)]
    timings: bool,
    /// Share of the rows that `anomaly` means.
    #[arg(long, default_value_t = 0.05, value_parser = super::cli::contamination)]
    contamination: f64,
    /// Threads [default: one per core, at most 8].
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: Option<u16>,
    /// What the files' fields mean.
    #[command(flatten)]
    fields: Fields,
}

/// Tells how long a step took, where that was asked for.
struct Clock {
    tells: bool,
    since: Instant,
}

impl Clock {
    fn lap(&mut self, what: &str) {
        if self.tells {
            eprintln!("{:9.1} ms  {what}", self.since.elapsed().as_secs_f64() * 1e3);
        }
        self.since = Instant::now();
    }
}

pub(super) fn run(options: &Query) -> Result<String, Failure> {
    let Some((search, files)) = options.arguments.split_last().filter(|(_, files)| !files.is_empty()) else {
        return Err(Failure(2, "name the files, and then what to search for: '' is every row.".into()));
    };
    let search = search.to_string_lossy();
    let files: Vec<PathBuf> = files.iter().map(PathBuf::from).collect();
    parse(&search).map_err(|error| pointed(&search, &error))?;
    let workers = options.workers.map_or_else(default_workers, usize::from);
    let mut clock = Clock { tells: options.timings, since: Instant::now() };
    let settings = Settings { mapping: options.fields.mapping()?, ranked: 1, ..Settings::default() };
    let Analysed { mut analysis, snapshot, .. } = read(&files, workers, settings, &mut |_| {})?;
    let problems: Vec<_> = snapshot
        .files
        .iter()
        .flat_map(|file| file.issues.iter().map(|&(kind, records)| (file.name.clone(), kind, records)))
        .collect();
    let names: Vec<String> = snapshot.files.into_iter().map(|file| file.name).collect();
    clock.lap("to read and score the files");

    let conductor = analysis.conductor();
    let dataset = conductor.dataset().clone();
    let context = Context {
        dataset: &dataset,
        files: &names,
        times: conductor.times(),
        anomalous: conductor.scores().map(|scores| scores.by_contamination(options.contamination).bin),
        predicted: None,
        templates: &[],
    };
    let times = context.times;
    let bind =
        engine::Query::Bind { search: search.to_string(), files: names.clone(), times, anomalous: context.anomalous };
    let condition = match analysis.ask(vec![(0, bind)]).map_err(|reason| Failure(3, reason))?.pop() {
        Some(Answer::Bound(bound)) => bound.map_err(|error| pointed(&search, &error))?,
        _ => return Err(Failure(3, "an analysis thread has ended.".into())),
    };
    let filter = if condition.is_all() { Filter::All } else { Filter::Where(1) };
    let sort = options.sort.as_deref().map(|field| sort_of(field, &context)).transpose()?;
    let columns = options.facets.iter().map(|name| column_of(name, &context)).collect::<Result<Vec<u32>, _>>()?;

    let shown = found(&mut analysis, &condition, filter, workers, &dataset).map_err(|reason| Failure(3, reason))?;
    clock.lap("to find the rows");
    let total = analysis.conductor().catalog().rows();
    let rows: u64 = shown.values().map(|&rows| u64::from(rows)).sum();
    eprintln!("{} of {} rows", count(rows), count(total));
    for (file, kind, records) in problems {
        eprintln!("{file}: {}: {}", counted(records, "row"), kind.text());
    }
    let failed = |reason| Failure(3, reason);
    let mut text = String::new();
    if !columns.is_empty() {
        text += &facet_lists(&mut analysis, filter, &columns, &dataset).map_err(failed)?;
        clock.lap("for the facets");
    }
    if let (true, Some((from, to))) = (options.histogram, times) {
        text += &histogram(&mut analysis, filter, TimeHistogram::empty(from, to, BARS)).map_err(failed)?;
        clock.lap("for the histogram");
    }
    let limit = options.limit.unwrap_or(if options.out.is_some() { u32::MAX } else { SHOWN });
    if limit == 0 && options.out.is_none() {
        return Ok(text);
    }
    let views = if let Some(sort) = sort {
        sorted(&mut analysis, sort, filter, limit, options.out.is_some(), &mut clock)
    } else {
        let asks = analysis.conductor().catalog().ask_rows(filter, &shown, 0, limit);
        analysis
            .ask(with_texts(asks, options.out.is_some()))
            .map(|answers| answers.into_iter().flat_map(rows_of).collect())
    };
    let views = views.map_err(failed)?;
    clock.lap("for the rows");
    if let Some(path) = &options.out {
        return write(path, &csv(&views, &dataset, &names)).map(|()| text);
    }
    for view in &views {
        let _ = writeln!(text, "{}", line(view, &dataset));
    }
    Ok(text)
}

/// An error with its place marked.
fn pointed(search: &str, error: &QueryError) -> Failure {
    let before = search.get(..error.at).unwrap_or(search).chars().count();
    Failure(2, format!("{error}\n  {}\n  {}^", one_line(search), " ".repeat(before)))
}

/// Column of a field that is named on the command line.
fn column_of(name: &str, context: &Context<'_>) -> Result<u32, Failure> {
    context.column(name).map(|column| column as u32).map_err(|reason| Failure(2, reason))
}

fn sort_of(field: &str, context: &Context<'_>) -> Result<Sort, Failure> {
    let (name, descending) = field.strip_prefix('-').map_or((field, false), |name| (name, true));
    if name == "score" {
        return Ok(Sort { by: SortBy::Score, descending });
    }
    let column = column_of(name, context)?;
    Ok(Sort { by: SortBy::Column(column), descending })
}

/// Tells the shards of the filter, and asks how many rows of each segment it shows.
fn found(
    analysis: &mut Analysis,
    condition: &Condition,
    filter: Filter,
    workers: usize,
    dataset: &Dataset,
) -> Result<BTreeMap<SegmentId, u32>, String> {
    if let Filter::Where(id) = filter {
        let requests = analysis.conductor().catalog().tell_filter(id, condition, workers);
        analysis.tell(requests);
    }
    let asks = analysis.conductor().catalog().ask_counts(filter, condition.needs_text(dataset));
    let mut shown = BTreeMap::new();
    for answer in analysis.ask(asks)? {
        if let Answer::Counts(counts) = answer {
            shown.extend(counts);
        }
    }
    Ok(shown)
}

fn rows_of(answer: Answer) -> Vec<RowView> {
    if let Answer::Rows(rows) = answer { rows } else { Vec::new() }
}

/// The first rows of an order.
fn sorted(
    analysis: &mut Analysis,
    sort: Sort,
    filter: Filter,
    limit: u32,
    whole: bool,
    clock: &mut Clock,
) -> Result<Vec<RowView>, String> {
    let asks = analysis.conductor().catalog().ask_fences(sort, filter);
    let fences = analysis.ask(asks)?.into_iter();
    let fences = fences.filter_map(|answer| if let Answer::Fences(fences) = answer { Some(fences) } else { None });
    let ruler = Ruler::new(sort, fences.collect());
    clock.lap("for the order and its fences");
    let asks = analysis.conductor().catalog().ask_window(sort, filter, &ruler, 0, limit);
    let windows = analysis.ask(asks)?.into_iter();
    let windows = windows.filter_map(|answer| if let Answer::Window(window) = answer { Some(window) } else { None });
    let keys = ruler.place(windows.collect(), 0, u64::from(limit));
    let catalog = analysis.conductor().catalog();
    let numbers: Vec<u64> = keys.iter().filter_map(|key| catalog.row_at(key.segment, key.row)).collect();
    let asks = catalog.ask_pick(&keys);
    let views = analysis.ask(with_texts(asks, whole))?.into_iter().flat_map(rows_of);
    let mut views: BTreeMap<u64, RowView> = views.map(|view| (view.row, view)).collect();
    Ok(numbers.into_iter().filter_map(|number| views.remove(&number)).collect())
}

/// The values of some columns among the rows that a filter shows.
pub(super) fn facets(analysis: &mut Analysis, filter: Filter, columns: &[u32]) -> Result<Vec<Facet>, String> {
    let asks = analysis.conductor().catalog().ask_facets(filter, columns);
    let mut sum: Vec<Facet> = Vec::new();
    for answer in analysis.ask(asks)? {
        if let Answer::Facets(part) = answer {
            if sum.is_empty() {
                sum = part;
            } else {
                sum.iter_mut().zip(&part).for_each(|(mine, theirs)| mine.merge(theirs));
            }
        }
    }
    Ok(sum)
}

fn facet_lists(analysis: &mut Analysis, filter: Filter, columns: &[u32], dataset: &Dataset) -> Result<String, String> {
    let mut text = String::new();
    for facet in facets(analysis, filter, columns)? {
        let name = field_of(&dataset.columns[facet.column as usize]);
        if facet.unlisted && facet.present == 0 {
            let _ = writeln!(text, "{name}: its values are not counted");
            continue;
        }
        let _ = writeln!(text, "{name}: {} of the rows have a value", share(facet.present, facet.rows));
        let (top, others) = facet.top(FACET_VALUES);
        for (value, rows) in &top {
            let _ = writeln!(text, "{:>14}  {}", count(*rows), one_line(value));
        }
        if facet.unlisted {
            let _ = writeln!(text, "                its values are too many to be listed");
        } else if others > 0 {
            let _ = writeln!(text, "                and {} other values", count(others as u64));
        }
    }
    Ok(text)
}

fn histogram(analysis: &mut Analysis, filter: Filter, empty: TimeHistogram) -> Result<String, String> {
    let asks = analysis.conductor().catalog().ask_histogram(filter, &empty);
    let mut sum = empty;
    for answer in analysis.ask(asks)? {
        if let Answer::Histogram(part) = answer {
            sum.merge(&part);
        }
    }
    let mut text = String::new();
    for bar in 0..sum.bars() {
        let counts = &sum.counts[bar * crate::view::histogram::LEVELS..][..crate::view::histogram::LEVELS];
        let total: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        let levels = crate::record::Level::ALL.into_iter().zip(counts).filter(|(_, count)| **count > 0);
        let levels: Vec<String> = levels
            .map(|(level, rows)| format!("{} {}", level.name().to_lowercase(), count(u64::from(*rows))))
            .collect();
        let _ = writeln!(text, "{}  {:>12}  {}", format_time(sum.span(bar).0), count(total), levels.join(", "));
    }
    Ok(text)
}

/// As the page saves rows, without what takes another look at them. Rows and records count from 1.
fn csv(views: &[RowView], dataset: &Dataset, names: &[String]) -> Vec<u8> {
    let mut csv = CsvText::default();
    csv.push(
        ["row", "file", "line", "time_utc", "score"]
            .into_iter()
            .chain(dataset.columns.iter().map(|column| column.name.as_str())),
    );
    for view in views {
        let [row, line] = [view.row + 1, view.line + 1].map(|number| number.to_string());
        let file = names.get(view.file as usize).cloned().unwrap_or_default();
        let time = view.time.map(format_time).unwrap_or_default();
        let score = view.score.map(|score| score.to_string()).unwrap_or_default();
        csv.push([row, file, line, time, score].iter().chain(&view.cells).map(String::as_str));
    }
    csv.into_bytes()
}

/// A row for the terminal: its number, and its fields with their names.
fn line(view: &RowView, dataset: &Dataset) -> String {
    let fields = dataset.columns.iter().zip(&view.cells).filter(|(_, cell)| !cell.is_empty());
    let fields: Vec<String> = fields.map(|(column, cell)| format!("{}={cell}", column.name)).collect();
    format!("{:>9}  {}", count(view.row + 1), one_line(&fields.join(" ")))
}
