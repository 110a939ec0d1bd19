//! The table of rows: its columns, its order, and links to its rows.

use std::fmt::Write as _;
use std::time::Duration;

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::page::{DONE, LONG, Page, SOON};
use e2e::{in_both_browsers, scratch, site};
use serde_json::{Value, json};
use xtask::server::Server;

in_both_browsers!(
    columns_are_sized_and_moved_and_stay_so,
    files_stand_in_one_order_of_time,
    rows_of_several_days_tell_their_day_beside_the_detail,
    a_link_leads_to_the_row_once_the_data_is_there,
);

async fn open<'a>(session: &'a Session, server: &Server, rest: &str) -> Result<Page<'a>> {
    let page = Page::open(session, &format!("{}{rest}", server.url())).await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for("[data-testid=table-row]", SOON).await?;
    Ok(page)
}

/// Waits until a script gives a value.
async fn until(page: &Page<'_>, script: &str, wanted: &Value) -> Result {
    let mut seen = Value::Null;
    for _ in 0..200 {
        seen = page.run(script, vec![]).await?;
        if seen == *wanted {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{script} gives {seen}, not {wanted}")
}

/// Keys of the columns, in order.
const KEYS: &str = "return [...document.querySelectorAll('[role=columnheader]')].map(head => head.dataset.key)";

/// Width of the column of services, in the heading and in a row.
const WIDTHS: &str = "const heads = [...document.querySelectorAll('[role=columnheader]')];
    const at = heads.findIndex(head => head.dataset.key === 'service');
    const cell = document.querySelector('[data-testid=table-row]').children[at];
    return [heads[at], cell].map(element => Math.round(element.getBoundingClientRect().width))";

async fn columns_are_sized_and_moved_and_stay_so(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "?sample=shop").await?;
    let first = page.run(KEYS, vec![]).await?;
    let first: Vec<&str> = first.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert_eq!(first[..5], ["#row", "#score", "timestamp", "level", "service"]);

    // The edge is dragged, then moved by a key.
    page.run(
        "const grip = document.querySelector('[data-key=service] [data-testid=grip]');
         const { left, top } = grip.getBoundingClientRect();
         // A pointer that no hand moves can't be captured.
         grip.setPointerCapture = () => {};
         const send = (type, x) => document.querySelector('[data-key=service] [data-testid=grip]').dispatchEvent(
           new PointerEvent(type, { clientX: left + x, clientY: top + 5, button: 0, bubbles: true, pointerId: 1 }));
         const width = grip.parentElement.getBoundingClientRect().width;
         window.before = width;
         send('pointerdown', 0); send('pointermove', 30);
         setTimeout(() => { send('pointermove', 200 - width); send('pointerup', 200 - width); }, 100);",
        vec![],
    )
    .await?;
    until(&page, WIDTHS, &json!([200, 200])).await?;
    let key = "document.querySelector('[data-key=service] [data-testid=grip]').dispatchEvent(
        new KeyboardEvent('keydown', { key: arguments[0], bubbles: true, cancelable: true }))";
    page.run(key, vec![json!("ArrowRight")]).await?;
    until(&page, WIDTHS, &json!([216, 216])).await?;
    // A double click fits: nothing is cut off, and little is left over.
    page.run(
        "document.querySelector('[data-key=service] [data-testid=grip]').dispatchEvent(
           new MouseEvent('dblclick', { bubbles: true }))",
        vec![],
    )
    .await?;
    let fits = "const heads = [...document.querySelectorAll('[role=columnheader]')];
        const at = heads.findIndex(head => head.dataset.key === 'service');
        const cells = [...document.querySelectorAll('[data-testid=table-row]')].map(row => row.children[at]);
        return cells.every(cell => cell.scrollWidth <= cell.clientWidth) && cells[0].clientWidth < 150";
    until(&page, fits, &json!(true)).await?;

    // The service goes to the front by drag and drop, and a place to the right by a key.
    page.run(
        "const transfer = { setData() {}, types: ['text/plain'], items: [], files: [] };
         const send = (key, type) => {
           const event = new DragEvent(type, { bubbles: true, cancelable: true });
           Object.defineProperty(event, 'dataTransfer', { value: transfer });
           document.querySelector(`[data-key='${key}']`).dispatchEvent(event);
         };
         send('service', 'dragstart'); send('#row', 'dragover'); send('#row', 'drop'); send('service', 'dragend');",
        vec![],
    )
    .await?;
    let moved = |order: [&str; 5]| json!(order.iter().chain(&first[5..]).collect::<Vec<_>>());
    until(&page, KEYS, &moved(["service", "#row", "#score", "timestamp", "level"])).await?;
    page.run(
        "document.querySelector('[data-key=service] button').dispatchEvent(
           new KeyboardEvent('keydown', { key: 'ArrowRight', shiftKey: true, bubbles: true, cancelable: true }))",
        vec![],
    )
    .await?;
    let last = moved(["#row", "service", "#score", "timestamp", "level"]);
    until(&page, KEYS, &last).await?;
    let width = page.run(WIDTHS, vec![]).await?;

    // On the next visit all is as it was left, until it is taken back.
    let page = open(session, &server, "?sample=shop").await?;
    until(&page, KEYS, &last).await?;
    until(&page, WIDTHS, &width).await?;
    page.click("[data-testid=columns]").await?;
    page.click("[data-testid=columns-reset]").await?;
    until(&page, KEYS, &json!(first)).await
}

async fn files_stand_in_one_order_of_time(session: &Session) -> Result {
    let server = site::serve("/")?;
    // One file has every third second, the other the rest; and a line without a time.
    let (mut web, mut stock) = (String::new(), String::new());
    for n in 0..90 {
        let file = if n % 3 == 0 { &mut web } else { &mut stock };
        let _ = writeln!(
            file,
            r#"{{"time":"2026-02-06T10:{:02}:{:02}Z","level":"INFO","message":"step {n}"}}"#,
            n / 60,
            n % 60
        );
        if n == 30 {
            let _ = writeln!(file, r#"{{"level":"INFO","message":"step 30, more of it"}}"#);
        }
    }
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&scratch::file("web.jsonl", web.as_bytes())?, &scratch::file("stock.jsonl", stock.as_bytes())?])
        .await?;
    page.wait_for(DONE, LONG).await?;
    let shown = "return [...document.querySelectorAll('[data-testid=table-row]')]
        .filter(row => Number(row.dataset.position) < 5)
        .map(row => [row.querySelector('.file').textContent, row.querySelector('.message').textContent])";
    let expected = [
        ["web.jsonl", "step 0"],
        ["stock.jsonl", "step 1"],
        ["stock.jsonl", "step 2"],
        ["web.jsonl", "step 3"],
        ["stock.jsonl", "step 4"],
    ];
    until(&page, shown, &json!(expected)).await?;
    page.wait_for("[role=columnheader][aria-sort=ascending][data-key=time]", SOON).await?;
    // The line without a time stays behind the one before it; both are found in the order that is shown.
    page.run(
        "const box = document.querySelector('[data-testid=search]');
         box.value = 'message:\"step 3\"'; box.dispatchEvent(new Event('input', { bubbles: true }));",
        vec![],
    )
    .await?;
    let expected = [
        ["web.jsonl", "step 3"],
        ["web.jsonl", "step 30"],
        ["web.jsonl", "step 30, more of it"],
        ["stock.jsonl", "step 31"],
        ["stock.jsonl", "step 32"],
    ];
    until(&page, shown, &json!(expected)).await?;
    page.click("[data-testid=search-clear]").await?;
    // By file, and back to time.
    page.click("[data-testid=sort][data-column=file]").await?;
    let web = ["step 0", "step 3", "step 6", "step 9", "step 12"].map(|step| ["web.jsonl", step]);
    until(&page, shown, &json!(web)).await
}

async fn rows_of_several_days_tell_their_day_beside_the_detail(session: &Session) -> Result {
    let server = site::serve("/")?;
    let log: String = (1..=20).fold(String::new(), |mut log, day| {
        let _ = writeln!(log, r#"{{"time":"2026-02-{day:02}T10:00:00Z","level":"INFO","message":"the day began"}}"#);
        log
    });
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&scratch::file("days.jsonl", log.as_bytes())?]).await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=table-row][data-position='1']").await?;
    page.wait_for("[data-testid=detail]", SOON).await?;
    // What is to be seen, not what is in the page.
    let time = "return document.querySelector('[data-testid=table-row][data-position=\"1\"] .time').innerText.trim()";
    until(&page, time, &json!("02-02 10:00:00")).await?;
    // The button of the values says whether they are to be seen.
    let says = "const values = document.querySelector('[data-testid=facets]');
        const seen = !!values && values.getClientRects().length > 0;
        return document.querySelector('[data-testid=toggle-values]').getAttribute('aria-pressed') === String(seen)";
    until(&page, says, &json!(true)).await?;
    page.click("[data-testid=toggle-values]").await?;
    until(&page, says, &json!(true)).await
}

async fn a_link_leads_to_the_row_once_the_data_is_there(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = open(session, &server, "?sample=shop").await?;
    page.run("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }", vec![])
        .await?;
    page.run(
        "const box = document.querySelector('[data-testid=search]');
         box.value = 'service:stock level:>=warn'; box.dispatchEvent(new Event('input', { bubbles: true }));",
        vec![],
    )
    .await?;
    page.wait_for_text("row-count", SOON, |text| text.contains(" of ")).await?;
    page.click("[data-testid=sort][data-column=duration_ms]").await?;
    page.wait_for("[aria-sort=ascending] [data-testid=sort][data-column=duration_ms]", SOON).await?;
    page.wait_for("[data-testid=table-row][data-position='1']", SOON).await?;
    let row =
        page.run("return document.querySelector('[data-testid=table-row][data-position=\"1\"]').dataset.row", vec![]);
    let row: u64 = row.await?.as_str().and_then(|row| row.parse().ok()).expect("a row");
    page.click("[data-testid=table-row][data-position='1']").await?;
    page.click("[data-testid=copy-link]").await?;
    page.wait_for_text("status", SOON, |text| text.contains("The data is not in it")).await?;
    let link = page.run("return window.copied", vec![]).await?;
    let link = link.as_str().unwrap_or_default();
    let hash = link.split_once('#').map(|(_, hash)| hash.to_owned()).unwrap_or_default();
    assert_eq!(hash, format!("q=service%3Astock+level%3A%3E%3Dwarn&sort=duration_ms&row={}", row + 1), "{link}");

    // Without data the page says what is missing; with it, it shows what was looked at.
    Page::open_any(session, "about:blank").await?;
    let page = Page::open(session, link).await?;
    page.wait_for_text("link-note", SOON, |text| text.contains("The data is not in the link")).await?;
    page.click("[data-testid=sample-shop]").await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for(&format!("[data-testid=table-row][data-position='1'][data-row='{row}'].chosen"), SOON).await?;
    page.wait_for("[aria-sort=ascending] [data-testid=sort][data-column=duration_ms]", SOON).await?;
    page.wait_for("[data-testid=detail]", SOON).await?;
    assert_eq!(page.texts("term-text").await?, ["service:stock", "level:>=warn"]);
    Ok(())
}
