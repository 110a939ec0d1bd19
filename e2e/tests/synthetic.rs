//! Synthetic logs: made in the page, opened, saved with their truth, and the findings measured against it.

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::page::{DONE, LONG, Page, SOON};
use e2e::{in_both_browsers, site};
use serde_json::json;
use strayline::common::hash::hash_bytes;
use strayline::synthetic::{Format, Limit, Log, Settings};

in_both_browsers!(a_log_is_made_opened_measured_and_saved, a_form_that_asks_too_much_says_so);

/// Writes into a field of the form.
async fn fill(page: &Page<'_>, testid: &str, text: &str) -> Result {
    let script = "const field = document.querySelector(`[data-testid=${arguments[0]}]`);
        field.value = arguments[1];
        field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }));";
    page.run(script, vec![json!(testid), json!(text)]).await?;
    Ok(())
}

async fn a_log_is_made_opened_measured_and_saved(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &format!("{}?workers=2", server.url())).await?;
    // Told by the start screen, before the page is loaded.
    page.click("[data-testid=generate]").await?;
    page.wait_for("[data-testid=generate-open]", SOON).await?;
    let focused = "return document.activeElement.id";
    assert_eq!(page.run(focused, vec![]).await?, json!("generate-rows"), "one can type at once");
    fill(&page, "generate-rows", "12,000").await?;
    fill(&page, "generate-seed", "11").await?;
    fill(&page, "generate-format", "csv").await?;
    // What is saved is kept back from the disk, and looked at.
    let catch = "window.saved = [];
        const make = URL.createObjectURL;
        URL.createObjectURL = (blob) => { window.saved.push(blob); return make.call(URL, blob); };
        addEventListener('click', (event) => { if (event.target.download) event.preventDefault(); }, true);";
    page.click("[data-testid=generate-open]").await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for_text("row-count", SOON, |text| text.starts_with("12,000")).await?;
    page.wait_for_text("file-report", SOON, |text| text.contains("synthetic-11.csv")).await?;

    let told = page.wait_for_text("measured-all", LONG, |text| text.contains("Recall")).await?;
    let numbers: Vec<f64> = told
        .split(|character: char| !character.is_ascii_digit() && character != '.')
        .filter_map(|part| part.trim_end_matches('.').parse().ok())
        .collect();
    let [recall, precision, budget, average, ..] = numbers[..] else { panic!("{told}") };
    assert!(recall > 50.0 && precision > 30.0 && budget > 10.0 && average > 0.4 && average <= 1.0, "{told}");
    page.click("[data-testid=measured-kinds] summary").await?;
    page.wait_for_text("measured-kinds", SOON, |text| text.contains("duration spike")).await?;
    page.click("[data-testid=measured-kinds] summary").await?;

    // What is saved is what the command line makes of the same settings.
    page.run(catch, vec![]).await?;
    page.click("[data-testid=save-log]").await?;
    page.wait_for_text("status", SOON, |text| text.ends_with("as synthetic-11.csv")).await?;
    page.click("[data-testid=save-truth]").await?;
    page.wait_for_text("status", SOON, |text| text.ends_with("as synthetic-11-truth.jsonl")).await?;
    let texts = page.run_async("return Promise.all(window.saved.map((blob) => blob.text()))", vec![]).await?;
    let settings = Settings { seed: 11, limit: Limit::Rows(12_000), ..Settings::default() };
    let (mut log, mut rows, mut truth) = (Log::new(settings, Format::Csv), Vec::new(), Vec::new());
    while log.write(1000, &mut rows, &mut truth) {}
    let saved = |index: usize| texts[index].as_str().map(|text| (text.len(), hash_bytes(text.as_bytes())));
    assert_eq!(saved(0), Some((rows.len(), hash_bytes(&rows))));
    assert_eq!(saved(1), Some((truth.len(), hash_bytes(&truth))));

    // Beside another file the truth is that of a part only.
    page.drop_files(&[&xtask::places::root().join("public/samples/metrics.csv")]).await?;
    page.wait_for_text("total-rows", LONG, |text| text.starts_with("14,880")).await?;
    assert!(page.texts("measured-all").await?.is_empty());
    // Back at the start the form is closed.
    page.click("[data-testid=new]").await?;
    page.wait_for("[data-testid=drop-zone]", SOON).await?;
    assert!(page.texts("generator").await?.is_empty());
    Ok(())
}

async fn a_form_that_asks_too_much_says_so(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    page.click("[data-testid=generate]").await?;
    page.wait_for("[data-testid=generate-open]:not([disabled])", SOON).await?;
    for (testid, text, sentence) in [
        ("generate-rows", "0", "Rows must be from 1"),
        ("generate-rows", "20000", "about"),
        ("generate-seed", "-3", "whole number"),
        ("generate-seed", "3", "about"),
        ("generate-percent", "60", "from 0 to 50"),
        ("generate-percent", "3", "about"),
        ("generate-silence", "x", "from 0 to 50"),
    ] {
        fill(&page, testid, text).await?;
        page.wait_for_text("generate-told", SOON, |told| told.contains(sentence)).await?;
        let disabled = sentence != "about";
        let script = "return document.querySelector('[data-testid=generate-open]').disabled";
        assert_eq!(page.run(script, vec![]).await?, json!(disabled), "{testid}: {text}");
    }
    fill(&page, "generate-silence", "").await?;
    // A long one can be stopped, and the form is there again.
    fill(&page, "generate-rows", "5000000").await?;
    page.click("[data-testid=generate-open]").await?;
    page.wait_for_text("generate-told", SOON, |told| told.ends_with("made") && !told.starts_with("0 ")).await?;
    page.click("[data-testid=generate-stop]").await?;
    page.wait_for("[data-testid=generate-open]:not([disabled])", SOON).await?;
    page.click("[data-testid=generate-close]").await?;
    assert!(page.texts("generator").await?.is_empty());
    Ok(())
}
