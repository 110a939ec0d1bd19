//! From a dropped file to findings, and the same ones as the engine gives natively.

use std::path::{Path, PathBuf};
use std::time::Duration;

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::generate::Form;
use e2e::page::{Page, SOON};
use e2e::{generate, in_both_browsers, site};
use serde_json::json;
use strayline::engine::bytes::encode;
use strayline::engine::{Answer, Filter, Query, Request, Settings};
use strayline::native::{Files, analyze};
use strayline::view::FindingView;
use xtask::places;

/// How long the analysis of fifty megabytes may take. Generous: two browsers share a small machine.
const LONG: Duration = Duration::from_mins(3);
/// Findings that are compared.
const COMPARED: usize = 5;

in_both_browsers!(
    samples_give_the_native_findings,
    real_logs_give_the_native_findings,
    fifty_megabytes_give_the_native_findings,
    several_files_are_one_analysis,
    what_stands_out_is_counted,
    a_threshold_never_fits_again,
    a_role_can_be_changed,
    the_sample_buttons_work,
);

fn sample(name: &str) -> PathBuf {
    places::root().join("public/samples").join(name)
}

/// What the native engine lists, best first; with another number of workers and another way of cutting than the page.
fn native(paths: &[PathBuf]) -> Vec<FindingView> {
    let sources = (0..3).map(|_| Files::open(paths).expect("the files are there")).collect::<Vec<_>>();
    let infos = sources[0].infos();
    let settings = Settings { segment_bytes: 1_234_567, ..Settings::default() };
    let mut analysis = analyze(sources, infos, settings, &mut |_| {});
    let conductor = analysis.conductor();
    let entries: Vec<_> = conductor.groups().0.iter().take(COMPARED).copied().collect();
    let asks = conductor.catalog().ask_groups(&entries, 0);
    let answers = analysis.ask(asks).expect("the files can be read").into_iter();
    let found = answers.flat_map(|answer| if let Answer::Findings(found) = answer { found } else { Vec::new() });
    let mut findings: Vec<FindingView> = found.collect();
    findings.sort_by_key(|finding| finding.rank);
    findings
}

async fn open<'a>(session: &'a Session, server: &xtask::server::Server, query: &str) -> Result<Page<'a>> {
    Page::open(session, &format!("{}{query}", server.url())).await
}

/// Drops files, waits for the end, and compares the first findings.
async fn compare(session: &Session, paths: &[PathBuf], workers: usize) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, &format!("?workers={workers}")).await?;
    let dropped: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    page.drop_files(&dropped).await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    page.wait_for("[data-testid=finding] [data-testid=finding-reason]", SOON).await?;
    let expected = native(paths);
    let count = expected.len().min(COMPARED);
    let count = count.min(page.texts("finding-reason").await?.len());
    assert!(count > 0, "no findings of {paths:?}");
    page.wait_for_text("finding-reason", SOON, |text| !text.is_empty()).await?;
    let seen = |texts: Vec<String>| texts.into_iter().take(count).collect::<Vec<_>>();
    let reasons: Vec<&str> = expected.iter().take(count).map(|finding| finding.reason.trim()).collect();
    assert_eq!(seen(page.texts("finding-reason").await?), reasons, "{paths:?}");
    let messages: Vec<&str> = expected.iter().take(count).map(|finding| finding.message.trim()).collect();
    assert_eq!(seen(page.texts("finding-message").await?), messages, "{paths:?}");
    let scores: Vec<String> = expected.iter().take(count).map(|finding| format!("{:.3}", finding.score)).collect();
    for (shown, score) in page.texts("finding-score").await?.iter().zip(&scores) {
        assert!(shown.contains(score), "{shown} is not {score} in {paths:?}");
    }
    Ok(())
}

async fn samples_give_the_native_findings(session: &Session) -> Result {
    for (name, workers) in [("checkout.json", 2), ("shop.jsonl", 1), ("metrics.csv", 2)] {
        compare(session, &[sample(name)], workers).await?;
    }
    Ok(())
}

/// Logs and tables of others, which may not be in this project: where they are not beside it, there is nothing to do.
async fn real_logs_give_the_native_findings(session: &Session) -> Result {
    let shared = places::root().join("../shared/data");
    for file in ["loghub/BGL/BGL_2k.log_structured_corrected.csv", "loghub/Spark/Spark_2k.log", "tabular/shuttle.csv"] {
        let path = shared.join(file);
        if let Ok(path) = path.canonicalize() {
            compare(session, &[path], 2).await?;
        } else {
            eprintln!("skipped: {file} is not here");
        }
    }
    Ok(())
}

async fn fifty_megabytes_give_the_native_findings(session: &Session) -> Result {
    let file = generate::cached(&places::root().join("target/e2e"), Form::JsonLines, 50)?;
    compare(session, &[file], 2).await
}

async fn several_files_are_one_analysis(session: &Session) -> Result {
    compare(session, &[sample("shop.jsonl"), sample("metrics.csv")], 2).await
}

async fn what_stands_out_is_counted(session: &Session) -> Result {
    let server = site::serve("/")?;
    // A table of numbers has no findings of other kinds than its row detector's.
    for (name, expected) in [("shop", " stand out"), ("metrics", ", most abnormal first")] {
        let page = open(session, &server, &format!("?sample={name}")).await?;
        page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
        page.wait_for_text("findings-rest", SOON, |text| text.starts_with("in ") && text.ends_with(expected)).await?;
    }
    Ok(())
}

async fn a_threshold_never_fits_again(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "?sample=shop").await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    page.wait_for_text("threshold-rows", SOON, |text| !text.is_empty()).await?;
    // From now on every request to a worker is counted.
    page.run(
        "window.asked = []; const post = Worker.prototype.postMessage;
         Worker.prototype.postMessage = function (message, ...rest) { asked.push(message[0]); return post.call(this, message, ...rest); };",
        vec![],
    )
    .await?;
    let before = page.text("threshold-rows").await?;
    set_contamination(&page, "10").await?;
    let after = page.wait_for_text("threshold-rows", SOON, |text| text != before).await?;
    assert_ne!(before, after);
    page.click("[data-testid=anomalies-only]").await?;
    page.wait_for_text("row-count", SOON, |text| text.contains(" of ")).await?;
    // The first byte of a request says which it is: a query only looks.
    let query = encode(&Request::Query { ticket: 0, query: Query::Count { filter: Filter::All } })[0];
    let asked = page.run("return [...new Set(asked)]", vec![]).await?;
    assert!(asked.as_array().is_some_and(|kinds| kinds.iter().all(|kind| *kind == json!(query))), "{asked}");
    Ok(())
}

async fn set_contamination(page: &Page<'_>, percent: &str) -> Result {
    page.run(
        "const found = document.querySelector('[data-testid=contamination]');
         const input = found.matches('input') ? found : found.querySelector('input[type=number]');
         input.value = arguments[0];
         input.dispatchEvent(new Event('input', { bubbles: true }));
         input.dispatchEvent(new Event('change', { bubbles: true }));",
        vec![json!(percent)],
    )
    .await
    .map(|_| ())
}

async fn a_role_can_be_changed(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "?sample=checkout").await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    let role = "return document.querySelector(\"[data-testid=field-row][data-field='level']\")?.dataset.role ?? null";
    page.click("[data-testid=tab-fields]").await?;
    page.wait_for("[data-testid=field-row]", SOON).await?;
    assert_eq!(page.run(role, vec![]).await?, json!("level"));
    page.run(
        "const select = document.querySelector(\"[data-testid=field-row][data-field='level'] [data-testid=role-select]\");
         select.value = 'service'; select.dispatchEvent(new Event('change', { bubbles: true }));",
        vec![],
    )
    .await?;
    page.wait_for("[data-testid=field-row][data-field=level][data-role=service]", SOON).await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    Ok(())
}

async fn the_sample_buttons_work(session: &Session) -> Result {
    let server = site::serve("/some/path/")?;
    let page = open(session, &server, "").await?;
    page.click("[data-testid=sample-metrics]").await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    page.wait_for_text("row-count", SOON, |text| text.starts_with("2,880")).await?;
    Ok(())
}
