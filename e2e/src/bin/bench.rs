//! `cargo xtask bench`: the analysis of files in Chromium, timed by the page's own marks, and beside it what people would
//! use instead.
//!
//! The page sets these `performance.mark`s on its main thread: `strayline:interactive` (files may come),
//! `strayline:drop` (a file was given), `strayline:ingested` (all rows are in), `strayline:findings` (on screen).
#![expect(clippy::print_stdout, reason = "the report is this program's output")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use e2e::browser::{Browser, Session};
use e2e::failure::{Failure, Result};
use e2e::generate::Form;
use e2e::memory::Watch;
use e2e::page::{Page, SOON};
use e2e::peer::Peer;
use e2e::{detectors, generate, site, table};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

/// The size of made-up files.
const MEGABYTES: u64 = 100;

/// How long an analysis may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// Forgets earlier marks, and keeps three things: the longest task of the main thread (as the browser reports it, or else
/// the longest gap between two timers), when the table had its first row, and the longest time without progress in the
/// head of the page while it reads.
const WATCH: &str = "
    for (const name of ['drop', 'ingested', 'findings']) performance.clearMarks('strayline:' + name);
    const seen = window.seen = { task: 0, gap: 0, rows: null, still: 0 };
    const supported = PerformanceObserver.supportedEntryTypes.includes('longtask');
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.task = Math.max(seen.task, entry.duration);
    }).observe({ type: 'longtask' });
    let last = performance.now(), moved = null, shown = '';
    setInterval(() => {
      const now = performance.now();
      seen.gap = Math.max(seen.gap, now - last);
      last = now;
      if (!supported) seen.task = seen.gap;
      const dropped = performance.getEntriesByName('strayline:drop')[0]?.startTime;
      if (dropped === undefined || performance.getEntriesByName('strayline:ingested').length > 0) return;
      if (seen.rows === null && document.querySelector('[data-testid=table-row]')) seen.rows = now - dropped;
      const text = document.querySelector('header')?.textContent ?? '';
      if (text !== shown) [shown, moved] = [text, now];
      else seen.still = Math.max(seen.still, now - (moved ?? dropped));
    }, 5);";

/// A figure, by its name.
type Figures = Vec<(&'static str, f64)>;

/// What was asked for.
#[derive(Debug, Default)]
struct Options {
    file: Option<PathBuf>,
    megabytes: Option<u64>,
    json: bool,
    keep: bool,
    detectors: bool,
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> ExitCode {
    match bench().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn bench() -> Result {
    let options = options()?;
    let kept = xtask::places::root().join("BENCHMARKS.md");
    if options.detectors {
        let speeds = detectors::measure().await?;
        if options.json {
            for speed in &speeds {
                println!("{}", speed.json());
            }
        } else {
            println!("{}", detectors::table(&speeds));
        }
        return if options.keep { table::keep(&kept, "--detectors", &detectors::table(&speeds)) } else { Ok(()) };
    }
    let mut rows = Vec::new();
    for file in files(&options)? {
        let mut figures = measure(&file).await?;
        let peer = match Peer::of(&file)? {
            Some(peer) => match peer.seconds(&file).await? {
                Ok(seconds) => {
                    let megabytes = fs::metadata(&file)?.len() as f64 / 1e6;
                    figures.push(("peer_megabytes_per_second", megabytes / seconds));
                    Some(peer)
                }
                Err(missing) => {
                    eprintln!("bench: {missing}");
                    None
                }
            },
            None => None,
        };
        if options.json {
            let object: Map<String, Value> =
                figures.iter().map(|(name, value)| ((*name).to_owned(), json!((value * 1e3).round() / 1e3))).collect();
            println!("{}", Value::Object(object));
        } else {
            println!("{}", file.display());
            for (name, value) in &figures {
                println!("{:>36}  {value:>10.1}", name.replace('_', " "));
            }
        }
        rows.push(table::Row { file, figures, peer });
    }
    if options.keep {
        table::keep(&kept, "--keep", &table::files(&rows))?;
    }
    Ok(())
}

fn options() -> Result<Options> {
    let mut options = Options::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| Failure(format!("`{word}` needs a value")));
        match word.as_str() {
            "--json" => options.json = true,
            "--keep" => options.keep = true,
            "--detectors" => options.detectors = true,
            "--file" => options.file = Some(PathBuf::from(value()?)),
            "--mb" => {
                let text = value()?;
                let megabytes = text.parse().ok().filter(|megabytes| *megabytes > 0);
                options.megabytes = Some(megabytes.ok_or_else(|| Failure(format!("`{text}` is no size in MB")))?);
            }
            other => {
                return Err(Failure(format!(
                    "`{other}` is not an option; there are --file, --mb, --detectors, --json and --keep"
                )));
            }
        }
    }
    Ok(options)
}

/// The person's file, or the same made-up rows as JSON Lines and as CSV.
fn files(options: &Options) -> Result<Vec<PathBuf>> {
    let Some(file) = &options.file else {
        let folder = xtask::places::root().join("target/bench");
        let megabytes = options.megabytes.unwrap_or(MEGABYTES);
        let made = [Form::JsonLines, Form::Csv].map(|form| generate::cached(&folder, form, megabytes));
        return Ok(made.into_iter().collect::<std::io::Result<_>>()?);
    };
    Ok(vec![file.canonicalize().map_err(|error| Failure(format!("{}: {error}", file.display())))?])
}

async fn measure(file: &Path) -> Result<Figures> {
    let server = site::serve("/")?;
    let session = Session::start(Browser::Chromium).await?;

    Page::open_any(&session, "about:blank").await?;
    let empty = Watch::start(session.driver_process());
    sleep(Duration::from_secs(1)).await;
    let empty = empty.stop();

    let page = Page::open(&session, &server.url()).await?;
    let interactive = wait_for_mark(&page, "interactive", SOON).await?;
    // What is still on its way before anything is dropped counts too.
    sleep(Duration::from_secs(1)).await;
    let before = site::compressed(&server.served())?;

    page.run(WATCH, vec![]).await?;
    let memory = Watch::start(session.driver_process());
    page.drop_files(&[file]).await?;
    let found = wait_for_mark(&page, "findings", PATIENCE).await?;
    let peak = memory.stop();
    let dropped = wait_for_mark(&page, "drop", SOON).await?;
    let ingested = wait_for_mark(&page, "ingested", SOON).await?;
    let seen = page.run("return seen", vec![]).await?;
    let whole = site::compressed(&server.served())?;
    session.close().await?;

    let megabytes = fs::metadata(file)?.len() as f64 / 1e6;
    let (seconds, ingest_seconds) = ((found - dropped) / 1e3, (ingested - dropped) / 1e3);
    Ok(vec![
        ("file_megabytes", megabytes),
        ("seconds", seconds),
        ("megabytes_per_second", megabytes / seconds),
        ("ingest_seconds", ingest_seconds),
        ("ingest_megabytes_per_second", megabytes / ingest_seconds),
        ("peak_memory_megabytes", peak.saturating_sub(empty) as f64 / 1e6),
        ("longest_main_thread_task_ms", seen["task"].as_f64().unwrap_or_default()),
        // Rows that came with the last of the bytes were on screen when all were in.
        ("first_rows_ms", seen["rows"].as_f64().unwrap_or(ingested - dropped)),
        ("longest_without_progress_ms", seen["still"].as_f64().unwrap_or_default()),
        ("page_kilobytes_compressed", before as f64 / 1e3),
        ("page_and_worker_kilobytes_compressed", whole as f64 / 1e3),
        ("interactive_ms", interactive),
    ])
}

/// Milliseconds from the start of the navigation to a mark, once it is set.
async fn wait_for_mark(page: &Page<'_>, name: &str, within: Duration) -> Result<f64> {
    let name = format!("strayline:{name}");
    let start = Instant::now();
    loop {
        let script = "return performance.getEntriesByName(arguments[0], 'mark').at(-1)?.startTime ?? null";
        if let Some(time) = page.run(script, vec![json!(name)]).await?.as_f64() {
            return Ok(time);
        }
        if start.elapsed() > within {
            return Err(Failure(format!("the page did not set the mark `{name}` within {within:?}")));
        }
        // Seldom: each question is a short task on the thread that is being watched.
        sleep(Duration::from_millis(100)).await;
    }
}
