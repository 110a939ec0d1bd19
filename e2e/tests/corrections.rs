//! What a person says of the fields is applied to the rows at hand, without a byte of the file, wherever that can be done.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::page::{DONE, LONG, Page, SOON};
use e2e::{in_both_browsers, scratch, site};
use serde_json::json;
use tokio::time::sleep;

in_both_browsers!(no_byte_is_read_again_where_the_columns_have_enough);

/// Levels are numbers: 4 is a warning of syslog and an error of .NET. Times have no zone, durations no unit.
fn log(rows: usize) -> String {
    let mut text = String::new();
    for n in 0..rows {
        let (minute, second) = (n / 60 % 60, n % 60);
        let level = if n % 50 == 7 { 4 } else { 6 - n % 2 };
        let _ = writeln!(
            text,
            r#"{{"time":"2026-02-06 {}:{minute:02}:{second:02}","severity":{level},"elapsed":{},"host":"h{}","message":"order {n} was packed"}}"#,
            10 + n / 3600,
            n * 37 % 900,
            n % 3,
        );
    }
    text
}

/// Chooses in a list of the page, and waits until the analysis is done again.
async fn choose(page: &Page<'_>, selector: &str, value: &str, told: &str) -> Result {
    page.wait_for(selector, SOON).await?;
    page.run(
        "const select = document.querySelector(arguments[0]);
         select.value = arguments[1];
         select.dispatchEvent(new Event('change', { bubbles: true }));",
        vec![json!(selector), json!(value)],
    )
    .await?;
    // What was said of the change before would pass for what is said of this one.
    sleep(Duration::from_millis(500)).await;
    page.wait_for(DONE, LONG).await?;
    page.wait_for_text("applied", SOON, |text| text.contains(told)).await?;
    Ok(())
}

/// Waits until the plot begins at a time.
async fn begins_at(page: &Page<'_>, wanted: &str) -> Result {
    let script = "return document.querySelector('.plot')?.textContent ?? ''";
    let start = Instant::now();
    loop {
        let text = page.run(script, vec![]).await?;
        if text.as_str().is_some_and(|text| text.contains(wanted)) {
            return Ok(());
        }
        assert!(start.elapsed() < SOON, "the plot says {text}, not {wanted}");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn no_byte_is_read_again_where_the_columns_have_enough(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &format!("{}?workers=2", server.url())).await?;
    // Of its own for each browser: it is taken away under their hands.
    let file = scratch::file(&format!("orders-{:?}.jsonl", session.browser), log(3000).as_bytes())?;
    page.drop_files(&[&file]).await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for_text("row-count", SOON, |text| text.starts_with("3,000")).await?;
    page.wait_for_text("facet-value", SOON, |text| text.to_lowercase().starts_with("warn")).await?;
    begins_at(&page, "10:00:00").await?;
    // From now on nothing can be read.
    fs::remove_file(&file)?;

    page.click("[data-testid=tab-fields]").await?;
    page.wait_for_text("applied", SOON, |text| text.contains("is applied to the columns")).await?;
    let in_place = "no file was read";
    choose(&page, "[data-testid=level-scale]", "dot_net", in_place).await?;
    choose(&page, "select[data-testid=zone]", "120", in_place).await?;
    choose(&page, "[data-testid=duration-unit]", "seconds", in_place).await?;
    choose(&page, "[data-field=host] [data-testid=role-select]", "service", in_place).await?;
    page.wait_for("[data-field=host][data-role=service]", SOON).await?;
    // Of .NET 4 is an error, and 6 is nothing.
    begins_at(&page, "08:00:00").await?;
    page.click("[data-testid=tab-rows]").await?;
    page.wait_for_text("facet-value", SOON, |text| text.to_lowercase().starts_with("error")).await?;
    let reads = "return performance.getEntriesByName('strayline:ingested').length";
    assert_eq!(page.run(reads, vec![]).await?, json!(1), "the file was read once");
    page.wait_for_text("total-rows", SOON, |text| text.starts_with("3,000")).await?;

    // What needs the texts needs the file, and says so.
    page.click("[data-testid=tab-fields]").await?;
    page.run(
        "const select = document.querySelector('[data-testid=day-order]');
         select.value = 'day';
         select.dispatchEvent(new Event('change', { bubbles: true }));",
        vec![],
    )
    .await?;
    page.wait_for_text("total-rows", LONG, |text| !text.starts_with("3,000")).await?;
    page.wait_for_text("status", SOON, |text| text.contains("reading the files again")).await?;
    Ok(())
}
