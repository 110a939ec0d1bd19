//! `cargo xtask bench`: one file's analysis in Chromium, timed by the page's own marks.
//!
//! The page sets these `performance.mark`s on its main thread: `strayline:interactive` (files may come), `strayline:drop`
//! (a file was given), `strayline:ingested` (all rows are in), `strayline:findings` (on screen). `first-rows` is set here.
#![expect(clippy::print_stdout, reason = "the report is this program's output")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use e2e::browser::{Browser, Session};
use e2e::failure::{Failure, Result};
use e2e::memory::Watch;
use e2e::page::{Page, SOON};
use e2e::{generate, site};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

/// The size of the made-up file.
const MEGABYTES: u64 = 50;

/// How long an analysis may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// Forgets earlier marks, sets one when the first rows are on screen, and keeps the longest main-thread task: as the browser reports it, or else the longest gap between two timers.
const WATCH: &str = "
    for (const name of ['drop', 'ingested', 'findings']) performance.clearMarks('strayline:' + name);
    const rows = new MutationObserver(() => {
      if (!document.querySelector('[data-testid=table-row]')) return;
      performance.mark('strayline:first-rows');
      rows.disconnect();
    });
    rows.observe(document.body, { childList: true, subtree: true });
    window.longest = { task: 0, gap: 0, supported: PerformanceObserver.supportedEntryTypes.includes('longtask') };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) longest.task = Math.max(longest.task, entry.duration);
    }).observe({ type: 'longtask' });
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      longest.gap = Math.max(longest.gap, now - last);
      last = now;
    }, 5);";

const LONGEST_TASK: &str = "return longest.supported ? longest.task : longest.gap";

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
    let (file, as_json) = arguments()?;
    let report = measure(&file).await?;
    if as_json {
        let object: Map<String, Value> =
            report.iter().map(|(name, value)| ((*name).to_owned(), json!((value * 1e3).round() / 1e3))).collect();
        println!("{}", Value::Object(object));
        return Ok(());
    }
    println!("{}", file.display());
    for (name, value) in &report {
        println!("{:>36}  {value:>10.1}", name.replace('_', " "));
    }
    Ok(())
}

/// The file to analyse, and whether to report as JSON.
fn arguments() -> Result<(PathBuf, bool)> {
    let (mut file, mut as_json) = (None, false);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => as_json = true,
            "--file" => file = Some(PathBuf::from(words.next().ok_or_else(|| Failure::new("`--file` needs a path"))?)),
            other => return Err(Failure(format!("`{other}` is not an option; there are --file FILE and --json"))),
        }
    }
    let file = match file {
        Some(file) => file,
        None => generate::cached(&xtask::places::root().join("target/bench"), MEGABYTES)?,
    };
    let file = file.canonicalize().map_err(|error| Failure(format!("{}: {error}", file.display())))?;
    Ok((file, as_json))
}

async fn measure(file: &Path) -> Result<Vec<(&'static str, f64)>> {
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
    let rows = wait_for_mark(&page, "first-rows", SOON).await?;
    let whole = site::compressed(&server.served())?;
    let longest = page.run(LONGEST_TASK, vec![]).await?.as_f64().unwrap_or_default();
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
        ("longest_main_thread_task_ms", longest),
        ("page_kilobytes_compressed", before as f64 / 1e3),
        ("page_and_worker_kilobytes_compressed", whole as f64 / 1e3),
        ("interactive_ms", interactive),
        // From a drop by which nothing but the start screen was loaded.
        ("first_rows_ms", rows - dropped),
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
