//! Searching, counting, sorting and jumping in the table of rows.

use std::fs;
use std::time::Duration;

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::generate::Form;
use e2e::page::{Page, SOON};
use e2e::{generate, in_both_browsers, site};
use serde_json::{Value, json};
use xtask::places;
use xtask::server::Server;

/// How long the analysis of fifty megabytes may take. Generous: two browsers share a small machine.
const LONG: Duration = Duration::from_mins(3);

in_both_browsers!(
    a_search_filters_and_counts_rows,
    a_search_that_cannot_be_read_says_so_and_changes_nothing,
    terms_can_be_turned_around_and_removed,
    a_value_filters_the_rows,
    a_heading_sorts_the_rows,
    a_brush_narrows_the_rows_to_a_time,
    keys_jump_to_errors_and_warnings,
    a_newer_search_stops_an_older_one,
);

/// The sample's records.
fn shop() -> Vec<Value> {
    let text = fs::read_to_string(places::root().join("public/samples/shop.jsonl")).expect("the sample is there");
    text.lines().map(|line| serde_json::from_str(line).expect("the sample is JSON")).collect()
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_default()
}

/// How the page writes a count.
fn grouped(count: usize) -> String {
    strayline::geometry::number::group(count as u64)
}

async fn open<'a>(session: &'a Session, server: &Server, sample: &str) -> Result<Page<'a>> {
    let page = Page::open(session, &format!("{}?sample={sample}", server.url())).await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    page.wait_for("[data-testid=table-row]", SOON).await?;
    Ok(page)
}

/// Writes into the search box, all of it at once.
async fn write(page: &Page<'_>, search: &str) -> Result {
    page.run(
        "const box = document.querySelector('[data-testid=search]');
         box.value = arguments[0];
         box.dispatchEvent(new Event('input', { bubbles: true }));
         box.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));",
        vec![json!(search)],
    )
    .await
    .map(|_| ())
}

async fn press(page: &Page<'_>, key: &str) -> Result {
    let script = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[0], bubbles: true }))";
    page.run(script, vec![json!(key)]).await.map(|_| ())
}

async fn counts(page: &Page<'_>, count: usize, of: usize) -> Result {
    let wanted = format!("{} of {} rows", grouped(count), grouped(of));
    page.wait_for_text("row-count", SOON, |text| text == wanted).await.map(|_| ())
}

async fn a_search_filters_and_counts_rows(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "shop").await?;
    let rows = shop();
    let errors = rows.iter().filter(|row| text(row, "level") == "ERROR").count();
    press(&page, "/").await?;
    let focused = page.run("return document.activeElement.dataset.testid", vec![]).await?;
    assert_eq!(focused, json!("search"));
    write(&page, "level:error").await?;
    counts(&page, errors, rows.len()).await?;
    let shown =
        "return [...document.querySelectorAll('[data-testid=table-row] .row-level')].map(e => e.textContent.trim())";
    page.wait_for(&format!("[data-testid=table][aria-rowcount='{errors}']"), SOON).await?;
    assert_eq!(page.run(shown, vec![]).await?, json!(vec!["ERROR"; errors]));
    // What only the text of the records can tell.
    let looked = rows.iter().filter(|row| text(row, "message").contains("east warehouse")).count();
    write(&page, "message:\"east warehouse\"").await?;
    counts(&page, looked, rows.len()).await?;
    write(&page, "level:debug \"EAST warehouse\" -service:stock").await?;
    counts(&page, 0, rows.len()).await?;
    // Together with the anomalies.
    write(&page, "service:billing").await?;
    let billing = rows.iter().filter(|row| text(row, "service") == "billing").count();
    counts(&page, billing, rows.len()).await?;
    page.click("[data-testid=anomalies-only]").await?;
    let all = grouped(billing);
    let few = page.wait_for_text("row-count", SOON, |text| !text.starts_with(&all)).await?;
    let few: usize = few.split(' ').next().unwrap_or_default().parse().expect("a count");
    assert!(few > 0 && few < billing, "{few} of {billing}");
    page.click("[data-testid=search-clear]").await?;
    page.wait_for_text("row-count", SOON, |text| !text.starts_with(&format!("{few} "))).await?;
    page.click("[data-testid=anomalies-only]").await?;
    let everything = format!("{} rows", grouped(rows.len()));
    page.wait_for_text("row-count", SOON, |text| text == everything).await?;
    Ok(())
}

async fn a_search_that_cannot_be_read_says_so_and_changes_nothing(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "shop").await?;
    let rows = shop();
    let errors = rows.iter().filter(|row| text(row, "level") == "ERROR").count();
    write(&page, "level:error").await?;
    counts(&page, errors, rows.len()).await?;
    for wrong in ["level:error (a OR", "colour:red", "/(/"] {
        write(&page, wrong).await?;
        page.wait_for_text("search-error", SOON, |text| text.contains(wrong.split(' ').next().unwrap_or(wrong)))
            .await?;
        page.wait_for("[data-testid=search-error] mark", SOON).await?;
        counts(&page, errors, rows.len()).await?;
        assert_eq!(page.text("term-text").await?, "level:error");
    }
    write(&page, "level:warn").await?;
    let warnings = rows.iter().filter(|row| text(row, "level") == "WARN").count();
    counts(&page, warnings, rows.len()).await?;
    assert!(page.texts("search-error").await?.is_empty());
    Ok(())
}

async fn terms_can_be_turned_around_and_removed(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "shop").await?;
    let rows = shop();
    let web = rows.iter().filter(|row| text(row, "service") == "web").count();
    write(&page, "service:web level:error").await?;
    let bad = rows.iter().filter(|row| text(row, "service") == "web" && text(row, "level") == "ERROR").count();
    counts(&page, bad, rows.len()).await?;
    assert_eq!(page.texts("term-text").await?, ["service:web", "level:error"]);
    page.click("[data-testid=term]:nth-child(2) [data-testid=term-turn]").await?;
    counts(&page, web - bad, rows.len()).await?;
    assert_eq!(page.texts("term-text").await?, ["service:web", "-level:error"]);
    page.click("[data-testid=term]:nth-child(2) [data-testid=term-remove]").await?;
    counts(&page, web, rows.len()).await?;
    let written = page.run("return document.querySelector('[data-testid=search]').value", vec![]).await?;
    assert_eq!(written, json!("service:web"));
    Ok(())
}

async fn a_value_filters_the_rows(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "shop").await?;
    let rows = shop();
    let of = |service: &str| rows.iter().filter(|row| text(row, "service") == service).count();
    let value = |testid: &str, value: &str| format!("[data-testid={testid}][data-field=service][data-value={value}]");
    page.click(&value("facet-value", "billing")).await?;
    counts(&page, of("billing"), rows.len()).await?;
    page.wait_for(&format!("{}[aria-pressed=true]", value("facet-value", "billing")), SOON).await?;
    // What is asked of the service does not count for its own values.
    let others = format!("basket{}", grouped(of("basket")));
    page.wait_for_text("facet-value", SOON, |text| text == others).await?;
    // A second value of the same field widens the search, and one that is chosen can be taken back.
    page.click(&value("facet-value", "basket")).await?;
    counts(&page, of("billing") + of("basket"), rows.len()).await?;
    page.click(&value("facet-value", "billing")).await?;
    counts(&page, of("basket"), rows.len()).await?;
    // The level's counts are those of the rows that are left.
    let debug = rows.iter().filter(|row| text(row, "service") == "basket" && text(row, "level") == "INFO").count();
    let wanted = format!("INFO{}", grouped(debug));
    page.wait_for_text("facet-value", SOON, |text| text.to_uppercase() == wanted).await?;
    page.run(
        "document.querySelector(arguments[0]).nextElementSibling.click()",
        vec![json!(value("facet-value", "basket"))],
    )
    .await?;
    counts(&page, rows.len() - of("basket"), rows.len()).await?;
    Ok(())
}

async fn a_heading_sorts_the_rows(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "shop").await?;
    let rows = shop();
    write(&page, "service:stock").await?;
    let stock: Vec<&Value> = rows.iter().filter(|row| text(row, "service") == "stock").collect();
    counts(&page, stock.len(), rows.len()).await?;
    let mut took: Vec<f64> = stock.iter().filter_map(|row| row["duration_ms"].as_f64()).collect();
    took.sort_by(f64::total_cmp);
    let heading = "[data-testid=sort][data-column=duration_ms]";
    let sorted = |order: &str| format!("[role=columnheader][aria-sort={order}] {heading}");
    // The durations that are shown first, as numbers.
    let first = "const at = [...document.querySelectorAll('[role=columnheader]')].findIndex(e => e.textContent.startsWith('duration_ms'));
         return [...document.querySelectorAll('[data-testid=table-row]')].slice(0, 5).map(e => Number(e.children[at].textContent))";
    for (order, expect) in [
        ("ascending", took.iter().take(5).copied().collect::<Vec<f64>>()),
        ("descending", took.iter().rev().take(5).copied().collect()),
    ] {
        page.click(heading).await?;
        page.wait_for(&sorted(order), SOON).await?;
        page.wait_for("[data-testid=table-row]", SOON).await?;
        let shown = page.run(first, vec![]).await?;
        let shown: Vec<f64> = shown.as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
        assert_eq!(shown, expect, "{order}");
    }
    counts(&page, stock.len(), rows.len()).await?;
    // The selection moves in the order that is shown.
    press(&page, "j").await?;
    page.wait_for("[data-testid=table-row][data-position='0'].chosen", SOON).await?;
    page.click(heading).await?;
    page.wait_for(&sorted("none"), SOON).await?;
    // What is not kept is read: all messages begin with the least one.
    page.click("[data-testid=sort][data-column=message]").await?;
    page.wait_for("[aria-sort=ascending] [data-testid=sort][data-column=message]", SOON).await?;
    press(&page, "g").await?;
    page.wait_for("[data-testid=table-row][data-position='0'].chosen", SOON).await?;
    let least = stock.iter().map(|row| text(row, "message")).min().unwrap_or_default();
    let start: String = least.chars().take(16).collect();
    let shown =
        page.run("return document.querySelector('[data-testid=table-row] .message').textContent", vec![]).await?;
    assert!(shown.as_str().is_some_and(|text| text.starts_with(&start)), "{shown} does not begin with {start}");
    Ok(())
}

async fn a_brush_narrows_the_rows_to_a_time(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "shop").await?;
    let rows = shop();
    page.wait_for("[data-testid=times]:not([data-bars='0'])", SOON).await?;
    page.run(
        "const canvas = document.querySelector('[data-testid=times]');
         const { left, top, width } = canvas.getBoundingClientRect();
         const send = (type, share) => canvas.dispatchEvent(new PointerEvent(type,
           { clientX: left + width * share, clientY: top + 10, button: 0, bubbles: true, pointerId: 1 }));
         // A pointer that no hand moves can't be captured.
         canvas.setPointerCapture = () => {};
         send('pointerdown', 0.25); send('pointermove', 0.4); send('pointermove', 0.5); send('pointerup', 0.5);",
        vec![],
    )
    .await?;
    let term = page.wait_for_text("term-text", SOON, |text| text.starts_with("time:[")).await?;
    let (from, to) = term.trim_start_matches("time:[").trim_end_matches('}').split_once(" TO ").expect("a range");
    // Both are written alike, so that they sort as texts.
    let in_time = |row: &&Value| {
        let time = text(row, "timestamp").trim_end_matches('Z');
        time >= from.trim_end_matches('Z') && time < to.trim_end_matches('Z')
    };
    let within = rows.iter().filter(in_time).count();
    assert!(within > 0 && within < rows.len(), "{term}: {within}");
    counts(&page, within, rows.len()).await?;
    page.click("[data-testid=all-times]").await?;
    let everything = format!("{} rows", grouped(rows.len()));
    page.wait_for_text("row-count", SOON, |text| text == everything).await?;
    // The same in words.
    let late = rows.iter().filter(|row| text(row, "timestamp") >= "2026-02-06T09:10").count();
    write(&page, "time:>=2026-02-06T09:10").await?;
    counts(&page, late, rows.len()).await?;
    Ok(())
}

async fn keys_jump_to_errors_and_warnings(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "shop").await?;
    let rows = shop();
    let of = |levels: &[&str]| -> Vec<usize> {
        rows.iter().enumerate().filter(|(_, row)| levels.contains(&text(row, "level"))).map(|(at, _)| at).collect()
    };
    let (errors, warnings) = (of(&["ERROR", "FATAL"]), of(&["WARN"]));
    let chosen = |row: usize| format!("[data-testid=table-row][data-row='{row}'].chosen");
    press(&page, "e").await?;
    page.wait_for(&chosen(errors[0]), SOON).await?;
    press(&page, "e").await?;
    page.wait_for(&chosen(errors[1]), SOON).await?;
    press(&page, "E").await?;
    page.wait_for(&chosen(errors[0]), SOON).await?;
    press(&page, "E").await?;
    page.wait_for_text("status", SOON, |text| text == "No earlier error").await?;
    press(&page, "w").await?;
    let next = warnings.iter().find(|row| **row > errors[0]).copied().expect("a later warning");
    page.wait_for(&chosen(next), SOON).await?;
    // Only among the rows that are shown, where rows have other positions.
    write(&page, "level:>=warn").await?;
    counts(&page, errors.len() + warnings.len(), rows.len()).await?;
    press(&page, "g").await?;
    press(&page, "e").await?;
    let first = errors[0].min(warnings[0]);
    let expect = if first == errors[0] { errors[1] } else { errors[0] };
    page.wait_for(&chosen(expect), SOON).await?;
    Ok(())
}

async fn a_newer_search_stops_an_older_one(session: &Session) -> Result {
    let server = site::serve("/")?;
    let file = generate::cached(&places::root().join("target/e2e"), Form::JsonLines, 50)?;
    let page = Page::open(session, &format!("{}?workers=2", server.url())).await?;
    page.drop_files(&[&file]).await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    // Reads every record; the newer one does not.
    write(&page, "\"no record has this in it\"").await?;
    write(&page, "level:>=error").await?;
    let written = fs::read_to_string(&file).expect("the file was just read");
    let bad = |line: &&str| ["ERROR", "FATAL"].iter().any(|level| line.contains(&format!("\"level\":\"{level}\"")));
    let (bad, all) = (written.lines().filter(bad).count(), written.lines().count());
    counts(&page, bad, all).await?;
    page.wait_for("[data-testid=table-row]", SOON).await?;
    write(&page, "\"no record has this in it\"").await?;
    page.wait_for_text("row-count", LONG, |text| text.starts_with("0 of")).await?;
    write(&page, "level:>=error").await?;
    counts(&page, bad, all).await
}
