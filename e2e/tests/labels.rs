//! Labels by the person: by a key, kept from visit to visit, read from a file; a detector trained on them; and scores held
//! against what is known.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use e2e::browser::Session;
use e2e::failure::{Failure, Result};
use e2e::page::{DONE, LONG, Page, SOON};
use e2e::{in_both_browsers, scratch, site};
use serde_json::json;
use strayline::detect::Kind;
use xtask::server::Server;

in_both_browsers!(labels_are_kept_and_trained_on, scores_are_held_against_a_column);

const ROWS: usize = 600;

/// Whether a row is anomalous.
fn is_slow(row: usize) -> bool {
    row % 11 == 5
}

/// Jobs, some of which are slow; the table says which.
fn jobs(name: &str) -> Result<PathBuf> {
    let line = |row: usize| {
        let took = if is_slow(row) { 9000 + row } else { 20 + row % 17 };
        json!({ "time": format!("2026-11-20T10:{:02}:{:02}Z", row / 60, row % 60), "level": "INFO", "message": format!("job {row} done"),
            "took_ms": took, "is_anomaly": u8::from(is_slow(row)) })
    };
    let text = (0..ROWS).map(|row| line(row).to_string()).collect::<Vec<_>>().join("\n");
    scratch::file(name, text.as_bytes())
}

async fn press(page: &Page<'_>, key: &str) -> Result {
    let script = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[0], bubbles: true }))";
    page.run(script, vec![json!(key)]).await.map(|_| ())
}

/// What a click on a button saves, as text; what is no text comes as its length.
async fn saved(page: &Page<'_>, testid: &str) -> Result<String> {
    let script = "
        const make = URL.createObjectURL;
        const blob = new Promise((resolve) => {
          URL.createObjectURL = (blob) => { resolve(blob); return make.call(URL, blob); };
        });
        document.querySelector(`[data-testid='${arguments[0]}']`).click();
        const text = await (await blob).text();
        URL.createObjectURL = make;
        return text;";
    let text = page.run_async(script, vec![json!(testid)]).await?;
    text.as_str().map(str::to_owned).ok_or_else(|| Failure::new("nothing was saved"))
}

async fn labels_are_kept_and_trained_on(session: &Session) -> Result {
    let server = Server::start(&site::dist()?, "/", 0)?;
    let path = jobs("labels-kept.jsonl")?;
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&path]).await?;
    page.wait_for(DONE, LONG).await?;

    // By a key on the selected row; the same again takes it back.
    page.click("[data-testid=finding]").await?;
    press(&page, "n").await?;
    page.wait_for_text("status", SOON, |text| text.contains("labelled ordinary")).await?;
    press(&page, "y").await?;
    page.wait_for("[data-testid=label-anomalous][aria-pressed=true]", SOON).await?;
    press(&page, "y").await?;
    page.wait_for_text("status", SOON, |text| text.contains("no longer")).await?;
    press(&page, "y").await?;
    page.wait_for_text("tab-label", SOON, |text| text.ends_with('1')).await?;

    // Kept for the next visit.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&path]).await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for_text("tab-label", SOON, |text| text.ends_with('1')).await?;

    // Read from a file: every second row.
    let mut text = String::from("row,anomaly\n");
    for row in (0..ROWS).step_by(2) {
        writeln!(text, "{},{}", row + 1, u8::from(is_slow(row))).expect("a text can be written to");
    }
    // Some lines are none.
    text.push_str("999999,1\n3,maybe\n");
    let labels = scratch::file("jobs.labels.csv", text.as_bytes())?;
    page.click("[data-testid=tab-label]").await?;
    let shown = labels.to_str().ok_or_else(|| Failure::new("a path that is no text"))?;
    page.wait_for("[data-testid=labels-read]", SOON).await?.send_keys(shown).await?;
    page.wait_for_text("status", SOON, |text| text.starts_with("300 labels read; 2 lines are left out")).await?;
    page.wait_for_text("label-row", SOON, |text| text.contains("job 0 done")).await?;
    let kept = saved(&page, "labels-save").await?;
    assert!(!kept.lines().any(|line| line.starts_with("6,1,")) && kept.contains("\n17,1,"), "{kept}");

    // A detector is trained on the ordinary ones; no truth is chosen, so that it sees the column of it as well.
    page.click("[data-testid=warm-train]").await?;
    page.wait_for_text("warm-predicted", LONG, |text| text.contains("ml_anomaly")).await?;
    let held = page.text("warm-held").await?;
    assert!(held.contains("F1 1.000") || held.contains("F1 0.9"), "{held}");
    assert!(page.texts("warm-curve").await?.len() == 1);
    let model = saved(&page, "warm-save").await?;
    assert!(model.starts_with("STRAYMDL"), "{}", &model[..20.min(model.len())]);

    // All rows are predicted, in the table and in its CSV.
    page.click("[data-testid=tab-rows]").await?;
    let start = Instant::now();
    let script = "return [...document.querySelectorAll('.row-predicted')].map((cell) => cell.textContent).join('')";
    while !page.run(script, vec![]).await?.as_str().is_some_and(|text| text.contains("00000100000")) {
        assert!(start.elapsed() < SOON, "the table shows no predictions");
    }
    let csv = saved(&page, "export-csv").await?;
    let mut lines = csv.lines();
    let place = lines.next().and_then(|head| head.rsplit(',').position(|name| name == "ml_anomaly"));
    let place = place.ok_or_else(|| Failure::new("no column ml_anomaly"))?;
    let right = (0..ROWS)
        .zip(lines)
        .filter(|(row, line)| line.rsplit(',').nth(place) == Some(if is_slow(*row) { "1" } else { "0" }));
    assert!(right.count() > ROWS - 6);

    // They can be searched for.
    let called = csv.lines().skip(1).filter(|line| line.rsplit(',').nth(place) == Some("1")).count();
    let script = "const box = document.querySelector('[data-testid=search]');
        box.value = 'ml_anomaly:1';
        box.dispatchEvent(new Event('input', { bubbles: true }));";
    page.run(script, vec![]).await?;
    page.wait_for_text("row-count", SOON, |text| text == format!("{called} of 600 rows")).await?;
    Ok(())
}

async fn scores_are_held_against_a_column(session: &Session) -> Result {
    let server = Server::start(&site::dist()?, "/", 0)?;
    let path = jobs("labels-column.jsonl")?;
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&path]).await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=tab-evaluate]").await?;
    // A column of such a name is taken by itself.
    page.wait_for_text("evaluate-rows", SOON, |text| text.starts_with("600 rows with a known truth: 55 anomalous"))
        .await?;

    // The figures are those that are computed here from the rows that the page calls anomalous.
    let shown = page.text("evaluate-f1").await?;
    page.click("[data-testid=tab-rows]").await?;
    press(&page, "f").await?;
    let csv = saved(&page, "export-csv").await?;
    let called: Vec<usize> = csv
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next()?.parse::<usize>().ok())
        .map(|row| row - 1)
        .collect();
    let hits = called.iter().filter(|row| is_slow(**row)).count();
    let f1 = 2.0 * hits as f64 / (called.len() + 55) as f64;
    assert_eq!(shown, format!("{f1:.4}"), "{hits} of {} rows", called.len());

    // Beside the analysis: every detector on the same rows.
    page.click("[data-testid=tab-evaluate]").await?;
    page.click("[data-testid=compare]").await?;
    let lines = "return [...document.querySelectorAll('[data-testid=evaluate-line]')].map((line) => [...line.cells].map((cell) => cell.textContent))";
    let start = Instant::now();
    let lines = loop {
        let found: Vec<Vec<String>> = serde_json::from_value(page.run(lines, vec![]).await?).unwrap_or_default();
        if found.len() == 1 + Kind::ALL.len() {
            break found;
        }
        assert!(start.elapsed() < LONG, "{found:?}");
    };
    for line in &lines {
        let counts: Vec<u64> = line[8..].iter().filter_map(|cell| cell.parse().ok()).collect();
        assert!(counts[0] + counts[2] == 55 && counts[1] + counts[3] == 545, "{line:?}");
        // Durations that are a hundred times as long are hard to overlook for those that look at each feature.
        let sees = [Kind::IsolationForest, Kind::RobustZ].iter().any(|kind| line[0] == kind.title());
        assert!(!sees || line[1].parse::<f64>().is_ok_and(|area| area > 0.95), "{line:?}");
    }
    let script = "document.querySelectorAll('[data-testid=evaluate-line] button')[arguments[0]].click()";
    let place = lines.iter().position(|line| line[0] == Kind::RobustZ.title()).unwrap_or_default();
    page.run(script, vec![json!(place)]).await?;
    page.wait_for_text("evaluate-auc", SOON, |text| text == lines[place][1]).await?;
    page.click("[data-testid=evaluate-take]").await?;
    page.click("[data-testid=tab-detection]").await?;
    page.wait_for_text("in-force", LONG, |text| text == "Scored by Robust z").await?;
    Ok(())
}
