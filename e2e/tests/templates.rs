//! Findings in groups with their rows, and the templates panel: counting, filtering, changing by hand.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::page::{Page, SOON};
use e2e::{in_both_browsers, scratch, site};
use serde_json::json;
use xtask::server::Server;

/// How long the analysis of a small file may take. Generous: two browsers share a small machine.
const LONG: Duration = Duration::from_mins(2);
/// Orders in the file, each a session.
const ORDERS: usize = 400;
/// The order that goes wrong, and its errors.
const WRONG: usize = 333;
const ERRORS: usize = 6;

in_both_browsers!(
    a_cascade_is_one_finding_with_its_rows_below,
    a_template_filters_the_rows,
    merged_templates_are_remembered_and_taken_back,
);

/// Orders that are received, charged and sent; one of them has a cascade of errors.
fn file() -> Result<PathBuf> {
    let mut text = String::new();
    let mut at = 0;
    let mut line = |order: usize, level: &str, message: String, millis: usize| {
        at += 37;
        let time = format!("2026-02-06T10:{:02}:{:02}.{:03}Z", at / 60_000, at / 1000 % 60, at % 1000);
        let id = format!("{:016x}", (order as u64 + 1) * 0x9e37_79b9);
        let line = json!({
            "time": time, "level": level, "service": "shop", "message": message, "duration_ms": millis, "trace_id": id,
        });
        // A string takes all that is written.
        let _ = writeln!(text, "{line}");
    };
    for order in 0..ORDERS {
        let millis = 20 + order * 7 % 11;
        line(order, "INFO", format!("order {order} received"), millis);
        if order == WRONG {
            for attempt in 0..ERRORS {
                line(order, "ERROR", format!("payment gateway refused the connection, attempt {attempt}"), millis);
            }
        }
        let outcome = if order % 2 == 0 { "accepted" } else { "declined" };
        line(order, "INFO", format!("payment {outcome} for order {order}"), millis);
        line(order, "INFO", format!("answer to order {order} sent"), millis);
    }
    scratch::file("orders.jsonl", text.as_bytes())
}

async fn open<'a>(session: &'a Session, server: &Server) -> Result<Page<'a>> {
    let page = Page::open(session, &server.url()).await?;
    analyse(&page).await?;
    Ok(page)
}

async fn analyse(page: &Page<'_>) -> Result {
    page.drop_files(&[&file()?]).await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    page.wait_for("[data-testid=finding] [data-testid=finding-reason]", SOON).await?;
    Ok(())
}

async fn press(page: &Page<'_>, key: &str) -> Result {
    let script = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[0], bubbles: true }))";
    page.run(script, vec![json!(key)]).await.map(|_| ())
}

/// Opens the panel, and the template that holds a text.
async fn template(page: &Page<'_>, text: &str) -> Result {
    page.click("[data-testid=tab-templates]").await?;
    page.wait_for("[data-testid=template-row]", SOON).await?;
    search(page, text).await?;
    page.wait_for_text("template-count", SOON, |count| count.starts_with("1 of ")).await?;
    page.click("[data-testid=template-row] [data-testid=template-text]").await?;
    page.wait_for("[data-testid=template-sample]", SOON).await?;
    Ok(())
}

async fn search(page: &Page<'_>, text: &str) -> Result {
    page.run(
        "const box = document.querySelector('[data-testid=template-search]');
         box.value = arguments[0]; box.dispatchEvent(new Event('input', { bubbles: true }));",
        vec![json!(text)],
    )
    .await
    .map(|_| ())
}

async fn templates(page: &Page<'_>) -> Result<Vec<String>> {
    page.click("[data-testid=tab-templates]").await?;
    page.wait_for("[data-testid=template-row]", LONG).await?;
    page.texts("template-text").await
}

async fn a_cascade_is_one_finding_with_its_rows_below(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server).await?;
    let kinds = page.texts("finding-kind").await?;
    let cascades = kinds.iter().filter(|kind| kind.as_str() == "error cascade").count();
    assert_eq!(cascades, 1, "told once: {kinds:?}");
    assert_eq!(kinds[0], "error cascade");
    assert!(page.texts("finding-row").await?.is_empty(), "its rows are asked for");
    page.click("[data-testid=finding] [data-testid=unfold]").await?;
    page.wait_for("[data-testid=finding-row]", SOON).await?;
    let rows = page.texts("finding-row").await?;
    let refused = rows.iter().filter(|row| row.contains("refused the connection")).count();
    assert_eq!(refused, ERRORS, "{rows:?}");
    // A row below it is a row of the table; the keys go through them.
    page.click("[data-testid=finding-row]").await?;
    page.wait_for("[data-testid=detail-actual]", SOON).await?;
    let expected = page.wait_for_text("detail-expected", SOON, |text| !text.is_empty()).await?;
    assert!(expected.contains("sessions"), "{expected}");
    let of_finding = page.wait_for("[data-testid=of-finding-row]", SOON).await;
    assert!(of_finding.is_ok(), "the other rows of the finding are there");
    press(&page, "ArrowLeft").await?;
    let gone = "return document.querySelectorAll('[data-testid=finding-row]').length";
    page.wait_for("[data-testid=finding][aria-expanded=false].chosen", SOON).await?;
    assert_eq!(page.run(gone, vec![]).await?, json!(0));
    // Only one kind.
    page.click("[data-testid=kind][data-kind='error cascade']").await?;
    page.wait_for("[data-testid=findings-count][data-count='1']", SOON).await?;
    Ok(())
}

async fn a_template_filters_the_rows(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server).await?;
    template(&page, "payment accepted").await?;
    let samples = page.texts("template-sample").await?;
    assert!(!samples.is_empty() && samples.iter().all(|row| row.contains("payment accepted for order")), "{samples:?}");
    page.click("[data-testid=only]").await?;
    let half = ORDERS / 2;
    page.wait_for_text("row-count", SOON, |text| text.starts_with(&format!("{half} of "))).await?;
    let term = page.wait_for_text("term-text", SOON, |text| !text.is_empty()).await?;
    assert!(term.starts_with("template:") && term.contains("payment accepted"), "{term}");
    page.click("[data-testid=leave-out]").await?;
    let all = ORDERS * 3 + ERRORS;
    let others = strayline::geometry::number::group((all - half) as u64);
    page.wait_for_text("row-count", SOON, |text| text.starts_with(&format!("{others} of "))).await?;
    // A sample is a row of the table.
    page.click("[data-testid=template-sample]").await?;
    page.wait_for("[data-testid=detail]", SOON).await?;
    Ok(())
}

async fn merged_templates_are_remembered_and_taken_back(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server).await?;
    let before = templates(&page).await?;
    assert_eq!(before.iter().filter(|text| text.starts_with("payment") && text.contains("order")).count(), 2);
    search(&page, "for order").await?;
    page.wait_for_text("template-count", SOON, |count| count.starts_with("2 of ")).await?;
    page.run("document.querySelectorAll('[data-testid=mark]').forEach(mark => mark.click())", vec![]).await?;
    page.wait_for_text("merge", SOON, |text| text == "Merge 2").await?;
    page.click("[data-testid=merge]").await?;
    page.wait_for("[data-testid=made-by-hand]", LONG).await?;
    let merged = format!("[data-testid=template-row][data-rows='{ORDERS}'] [data-testid=made-by-hand]");
    page.wait_for(&merged, SOON).await?;
    // Another visit, the same kind of file.
    let page = open(session, &server).await?;
    let after = templates(&page).await?;
    assert_eq!(after.len(), before.len() - 1, "{after:?}");
    page.wait_for(&merged, SOON).await?;
    page.click("[data-testid=undo-all]").await?;
    page.wait_for(&format!("[data-testid=template-row][data-rows='{}']", ORDERS / 2), LONG).await?;
    let again = templates(&page).await?;
    assert_eq!(again.len(), before.len());
    Ok(())
}
