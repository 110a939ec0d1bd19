//! Labels where there is no key, where they teach most, and where they stand: recorded answers, rows that detectors disagree on,
//! marks, and the column that holds the labels.

use e2e::browser::Session;
use e2e::failure::{Failure, Result};
use e2e::gemini::{Asked, Gemini, KEY, Reply, serve_with};
use e2e::page::{DONE, LONG, Page, SOON};
use e2e::{in_both_browsers, scratch, site};
use serde_json::{Value, json};
use xtask::server::Server;

in_both_browsers!(
    recorded_answers_need_no_key_and_send_nothing,
    a_synthetic_sample_has_recorded_answers,
    rows_that_detectors_disagree_on_are_chosen,
    a_column_that_holds_the_labels_is_no_feature,
    labels_of_two_models_are_told_apart,
    limits_are_edited_as_a_table_and_as_json,
);

/// Sets a field as a person who types and leaves it.
async fn fill(page: &Page<'_>, testid: &str, value: &str) -> Result {
    let script = "const field = document.querySelector(`[data-testid='${arguments[0]}']`);
        field.value = arguments[1];
        for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true }));";
    page.run(script, vec![json!(testid), json!(value)]).await.map(|_| ())
}

async fn count(page: &Page<'_>, selector: &str) -> Result<u64> {
    let found = page.run("return document.querySelectorAll(arguments[0]).length", vec![json!(selector)]).await?;
    found.as_u64().ok_or_else(|| Failure::new("no count"))
}

async fn recorded_answers_need_no_key_and_send_nothing(session: &Session) -> Result {
    let gemini = Gemini::start(|_| Reply::Malformed)?;
    let site = serve_with(&gemini)?;
    let page = Page::open(session, &format!("{}?sample=incident", site.server.url())).await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=tab-explain]").await?;
    page.click("[data-testid=recorded-go]").await?;
    page.wait_for_text("explain-subject", SOON, |text| text.starts_with("Row 601 with its session of 4 rows")).await?;
    let fetched = "return performance.getEntriesByType('resource').length";
    let before = page.run(fetched, vec![]).await?;

    // The request is shown as any other is; the answer is read and checked as any other is.
    page.click("[data-testid=show-bytes]").await?;
    assert!(page.text("sends-body").await?.contains("Payment gateway returned 503"));
    page.click("[data-testid=recorded-explain]").await?;
    page.wait_for_text("answer-headline", SOON, |text| text == "5 of 6 claims verified").await?;
    let said = page.text("recorded").await?;
    assert!(said.contains("recorded example") && said.contains("No model was asked, and nothing was sent"), "{said}");
    let struck =
        "return [...document.querySelectorAll('[data-testid=claim][data-holds=false] s')].map(e => e.textContent)";
    assert_eq!(page.run(struck, vec![]).await?, json!(["The disk was full as well."]));
    assert_eq!(count(&page, "[data-testid=further-question]").await?, 0, "nobody is there to answer");
    assert_eq!(page.text("ledger-summary").await?, "Sent so far: nothing (1 recorded, not sent)");
    assert!(page.texts("ledger-entry").await?.iter().all(|entry| entry.contains("recorded, not sent")));

    page.click("[data-testid=tab-label]").await?;
    page.click("[data-testid=recorded-rows]").await?;
    page.wait_for_text("label-budget", SOON, |text| text.starts_with("3 requests")).await?;
    page.click("[data-testid=recorded-label]").await?;
    page.wait_for_text("label-progress", SOON, |text| text.starts_with("30 of 30")).await?;
    page.wait_for_text("recorded-labels", SOON, |text| text.contains("nothing was sent")).await?;
    assert_eq!(page.text("ledger-summary").await?, "Sent so far: nothing (4 recorded, not sent)");
    assert_eq!(count(&page, "[data-testid=label-row][data-anomalous=true]").await?, 5);

    assert_eq!(page.run(fetched, vec![]).await?, before, "nothing was fetched for it");
    assert_eq!(gemini.asked().len(), 0);

    // Labels stand beside rows and findings.
    let marks = "return [...document.querySelectorAll('.findings [data-testid=label-mark]')].map(e => e.ariaLabel)";
    let marks = page.run(marks, vec![]).await?;
    let marks = marks.as_array().ok_or_else(|| Failure::new("no marks"))?;
    assert!(marks.iter().any(|mark| mark == "labelled anomalous in the recorded example"), "{marks:?}");

    // With a key there is a model to ask.
    page.wait_for("[data-testid=model-key]", SOON).await?.send_keys(KEY).await?;
    assert_eq!(count(&page, "[data-testid=recorded-label]").await?, 0);
    Ok(())
}

/// Jobs of which some are odd in one of many numbers only.
fn jobs() -> String {
    let line = |n: usize| {
        let queue = if n == 1234 { 57 } else { n % 9 };
        format!("{},{queue},{},{},{}\n", n % 23, n % 5, n % 7, if n % 31 == 7 { 900 + n } else { 20 + n % 17 })
    };
    format!("batch,queue,shard,step,took\n{}", (0..2000).map(line).collect::<String>())
}

async fn rows_that_detectors_disagree_on_are_chosen(session: &Session) -> Result {
    let server = Server::start(&site::dist()?, "/", 0)?;
    let path = scratch::file("committee-jobs.csv", jobs().as_bytes())?;
    let mut shown = Vec::new();
    for workers in [1, 3] {
        let page = Page::open(session, &format!("{}?workers={workers}", server.url())).await?;
        page.drop_files(&[&path]).await?;
        page.wait_for(DONE, LONG).await?;
        page.click("[data-testid=tab-label]").await?;
        // Nothing else is chosen: it is what is done unless a person says otherwise.
        fill(&page, "label-rows", "60").await?;
        page.click("[data-testid=label-draw]").await?;
        let said = page.wait_for_text("label-chosen", LONG, |text| text.contains("query by committee")).await?;
        assert!(said.starts_with("The 6 windows of 10 rows that these disagree on most: Isolation Forest, "), "{said}");
        page.wait_for_text("label-budget", SOON, |text| text.starts_with("6 requests")).await?;
        page.click("[data-testid=show-bytes]").await?;
        shown.push(page.text("sends-body").await?);
    }
    assert_eq!(shown[0], shown[1], "whatever the number of workers");
    Ok(())
}

async fn a_column_that_holds_the_labels_is_no_feature(session: &Session) -> Result {
    let server = Server::start(&site::dist()?, "/", 0)?;
    let line = |n: usize| {
        format!("{},{},{}\n", n % 23, if n % 40 == 7 { 900 + n } else { 20 + n % 17 }, u8::from(n % 40 == 7))
    };
    let text = format!("batch,took,is_slow\n{}", (0..800).map(line).collect::<String>());
    let path = scratch::file("label-column.csv", text.as_bytes())?;
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&path]).await?;
    page.wait_for(DONE, LONG).await?;

    let feature = "return [...document.querySelectorAll('[data-testid=feature-fields] tbody tr')]
        .find(row => row.textContent.includes('is_slow'))?.lastElementChild.textContent";
    page.click("[data-testid=tab-detection]").await?;
    page.wait_for("[data-testid=feature-fields]", SOON).await?;
    assert_eq!(page.run(feature, vec![]).await?, json!("is_slow"), "by its name it could be anything");
    page.click("[data-testid=tab-evaluate]").await?;
    page.wait_for("[data-testid=evaluate-known]", SOON).await?;
    let column = "return [...document.querySelectorAll('[data-testid=evaluate-known] option')]
        .find(option => option.textContent.includes('is_slow')).value";
    let column = page.run(column, vec![]).await?;
    fill(&page, "evaluate-known", column.as_str().unwrap_or_default()).await?;
    // To look at it changes nothing: that the scores have seen it is said, with what to do.
    page.wait_for("[data-testid=evaluate-leave-out]", SOON).await?.click().await?;
    // A quick machine says the next thing at once.
    let said = |text: &str| text.contains("is_slow holds the labels") || text.contains("scored anew");
    page.wait_for_text("status", SOON, said).await?;
    page.click("[data-testid=tab-detection]").await?;
    page.wait_for_text("feature-fields", LONG, |text| text.contains("not used: holds the labels")).await?;
    page.wait_for(DONE, LONG).await?;

    // No preset brings it back.
    for preset in ["all", "standard"] {
        page.click(&format!("[data-testid=preset-{preset}]")).await?;
        let chosen = "return document.querySelector('[data-testid=field-feature][data-field=is_slow]').checked";
        assert_eq!(page.run(chosen, vec![]).await?, json!(false), "{preset}");
    }

    // Put back knowingly, it is a feature, and that is said.
    page.click("[data-testid=field-feature][data-field=is_slow]").await?;
    page.click("[data-testid=fit]").await?;
    page.wait_for_text("feature-fields", LONG, |text| !text.contains("not used: holds the labels")).await?;
    page.wait_for(DONE, LONG).await?;
    assert_eq!(page.run(feature, vec![]).await?, Value::from("is_slow"));
    Ok(())
}

/// What the fake model says: that nothing is anomalous.
fn ordinary(asked: &Asked) -> Reply {
    let rows = asked.rows();
    let labels: Vec<Value> =
        rows.iter().map(|row| json!({ "row": row["row"], "anomaly": 0, "reason": "as always" })).collect();
    Reply::Text(json!({ "labels": labels }).to_string(), "STOP")
}

async fn labels_of_two_models_are_told_apart(session: &Session) -> Result {
    let gemini = Gemini::start(ordinary)?;
    let site = serve_with(&gemini)?;
    let text = jobs().lines().take(41).collect::<Vec<_>>().join("\n");
    let path = scratch::file("two-models.csv", text.as_bytes())?;
    let page = Page::open(session, &site.server.url()).await?;
    page.drop_files(&[&path]).await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=tab-label]").await?;
    page.wait_for("[data-testid=model-key]", SOON).await?.send_keys(KEY).await?;
    fill(&page, "label-rate", "5000").await?;
    page.click("[data-testid=label-draw]").await?;
    page.wait_for_text("label-chosen", SOON, |text| text == "These are all rows.").await?;
    page.click("[data-testid=label-send]").await?;
    page.wait_for_text("label-progress", LONG, |text| text.starts_with("40 of 40")).await?;
    page.wait_for_text("label-budget", SOON, |text| text.contains("nothing is left")).await?;
    assert_eq!(count(&page, "[data-testid=label-mixed]").await?, 0);

    // Another model labels ten of them.
    fill(&page, "model-name", "gemini-other").await?;
    fill(&page, "label-sampling", "all").await?;
    fill(&page, "label-rows", "10").await?;
    page.click("[data-testid=label-draw]").await?;
    page.wait_for_text("label-budget", SOON, |text| text.starts_with("1 request")).await?;
    page.click("[data-testid=label-send]").await?;
    let told = page.wait_for_text("label-mixed", LONG, |text| text.contains("gemini-other (Gemini, prompt ")).await?;
    assert!(told.contains(" and "), "{told}");

    // The others are chosen for it, and it labels them.
    page.wait_for_text("label-budget", SOON, |text| text.contains("nothing is left")).await?;
    page.click("[data-testid=label-again]").await?;
    page.wait_for_text("label-budget", SOON, |text| text.starts_with("3 requests")).await?;
    page.click("[data-testid=label-send]").await?;
    page.wait_for_text("label-progress", LONG, |text| text.starts_with("30 of 30")).await?;
    assert_eq!(count(&page, "[data-testid=label-mixed]").await?, 0);
    assert_eq!(gemini.prompts().len(), 8, "no label is bought twice");
    Ok(())
}

async fn a_synthetic_sample_has_recorded_answers(session: &Session) -> Result {
    let server = Server::start(&site::dist()?, "/", 0)?;
    let page = Page::open(session, &server.url()).await?;
    page.click("[data-testid=sample-parcels]").await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=tab-explain]").await?;
    page.click("[data-testid=recorded-go]").await?;
    page.wait_for_text("explain-subject", SOON, |text| text.starts_with("Row 736 with its session of 12 rows")).await?;
    page.click("[data-testid=recorded-explain]").await?;
    page.wait_for_text("answer-headline", SOON, |text| text == "5 of 6 claims verified").await?;
    page.click("[data-testid=tab-label]").await?;
    page.click("[data-testid=recorded-rows]").await?;
    page.click("[data-testid=recorded-label]").await?;
    page.wait_for_text("recorded-labels", SOON, |text| text.ends_with("that of row 764.")).await?;
    assert_eq!(count(&page, "[data-testid=label-row][data-anomalous=true]").await?, 13);
    Ok(())
}

async fn limits_are_edited_as_a_table_and_as_json(session: &Session) -> Result {
    let server = Server::start(&site::dist()?, "/", 0)?;
    let page = Page::open(session, &format!("{}?sample=shop", server.url())).await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=tab-label]").await?;
    let value = "return document.querySelector('[data-testid=label-limits]').value";
    fill(&page, "label-limits", r#"[{"service":"pay","ms":500},{"instance":"i-1","ms":20}]"#).await?;
    let start = std::time::Instant::now();
    while count(&page, "[data-testid=label-limit]").await? != 2 {
        assert!(start.elapsed() < SOON, "the table does not follow the JSON");
    }
    fill(&page, "label-limit-ms", "750").await?;
    let text = page.run(value, vec![]).await?;
    assert!(text.as_str().is_some_and(|text| text.contains(r#""ms":750"#) && text.contains(r#""ms":20"#)), "{text}");

    // A pattern that can't be read would hide nothing: nothing is sent until it is mended.
    page.click("[data-testid=label-draw]").await?;
    page.wait_for("[data-testid=model-key]", SOON).await?.send_keys(KEY).await?;
    page.wait_for("[data-testid=label-send]:not([disabled])", SOON).await?;
    fill(&page, "own-words", "/acct-[0-9/").await?;
    page.wait_for_text("label-trouble", SOON, |text| text.contains("/acct-[0-9/: ")).await?;
    page.wait_for("[data-testid=label-send][disabled]", SOON).await?;
    fill(&page, "own-words", "/acct-[0-9]+/").await?;
    page.wait_for("[data-testid=label-send]:not([disabled])", SOON).await?;
    Ok(())
}
