//! What people bring: archives, folders, and what they know better than the samples tell.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use archives::{ZipEntry, gzip, tar, zip, zstd};
use e2e::browser::Session;
use e2e::failure::Result;
use e2e::generate::Form;
use e2e::page::{DONE, LONG, Page, SOON};
use e2e::{generate, in_both_browsers, scratch, site};
use serde_json::{Value, json};
use strayline::record::mapping::Mapping;
use strayline::record::{DurationUnit, Role};
use xtask::places;

#[path = "../../src/ingest/unpack/tests/archives.rs"]
#[allow(dead_code, clippy::unwrap_used, reason = "shared with the unit tests of the unpacker, which need more of it")]
mod archives;

in_both_browsers!(
    archives_are_opened,
    a_folder_is_dropped,
    what_a_person_says_is_applied_remembered_and_saved,
    a_budget_ends_reading_and_keeps_what_was_read,
    utf16_is_read,
);

fn lines(name: &str, rows: usize) -> Vec<u8> {
    let mut text = String::new();
    for n in 0..rows {
        let (minute, second) = (n / 60 % 60, n % 60);
        let _ = writeln!(
            text,
            r#"{{"time":"2026-02-06T10:{minute:02}:{second:02}Z","level":"INFO","message":"{name} served request {n}"}}"#
        );
    }
    text.into_bytes()
}

/// Names of the files that the page lists, and the text of each one's line.
async fn reports(page: &Page<'_>) -> Result<BTreeMap<String, String>> {
    let script = "return [...document.querySelectorAll('[data-testid=file-report]')].map(line =>
        [line.querySelector('.file-name').textContent, line.textContent])";
    let reports = page.run(script, vec![]).await?;
    let texts = |report: &Value| Some((report[0].as_str()?.to_owned(), report[1].as_str()?.to_owned()));
    Ok(reports.as_array().into_iter().flatten().filter_map(texts).collect())
}

/// A file to drop, its bytes, and what the page is to say of each file that it holds.
type Case<'a> = (&'a str, Vec<u8>, &'a [(&'a str, &'a str)]);

async fn archives_are_opened(session: &Session) -> Result {
    let server = site::serve("/")?;
    let members = [gzip(&lines("first", 700)), gzip(&lines("second", 300))].concat();
    let entries = ["api.jsonl", "web/api.jsonl", "../../up.jsonl"];
    let entries = entries.map(|name| ZipEntry::new(name, &lines(name, 400), 8));
    let inner: [(&str, &[u8]); 2] = [("var/log/a.jsonl", &lines("a", 250)), ("var/log/b.jsonl", &lines("b", 150))];
    let cases: [Case<'_>; 4] = [
        ("pod.jsonl.gz", members, &[("pod.jsonl", "1,000 rows")]),
        (
            "logs.zip",
            zip(&entries),
            &[
                ("logs.zip/api.jsonl", "400 rows"),
                ("logs.zip/web/api.jsonl", "400 rows"),
                ("logs.zip/up.jsonl", "400 rows"),
            ],
        ),
        (
            "host.tar.gz",
            gzip(&tar(&inner)),
            &[("host.tar.gz/var/log/a.jsonl", "250 rows"), ("host.tar.gz/var/log/b.jsonl", "150 rows")],
        ),
        ("big.jsonl.zst", zstd(&lines("z", 1_200)), &[("big.jsonl", "1,200 rows")]),
    ];
    for (name, bytes, expected) in cases {
        let page = Page::open(session, &format!("{}?workers=2", server.url())).await?;
        page.drop_files(&[&scratch::file(name, &bytes)?]).await?;
        page.wait_for(DONE, LONG).await?;
        page.wait_for("[data-testid=table-row]", SOON).await?;
        let reports = reports(&page).await?;
        assert_eq!(reports.len(), expected.len(), "{reports:?}");
        for (file, rows) in expected {
            assert!(reports.get(*file).is_some_and(|text| text.contains(rows)), "{file}: {reports:?}");
        }
        // The text of a row is unpacked again: that of the last as well as of the first.
        page.run("document.querySelector('[data-testid=table]').scrollTop = 1e9", vec![]).await?;
        let last = expected.len() > 1 || name.ends_with("zst");
        let wanted = if last { "served request" } else { "second served request 299" };
        let script = "return [...document.querySelectorAll('[data-testid=table-row]')].map(e => e.textContent).join()";
        let shown = wait_until(&page, script, |shown| shown.as_str().is_some_and(|text| text.contains(wanted))).await?;
        assert!(shown, "the last rows of {name} do not show `{wanted}`");
    }
    Ok(())
}

/// Runs a script until its value is as wanted; `false` when it never is.
async fn wait_until(page: &Page<'_>, script: &str, wanted: impl Fn(&Value) -> bool) -> Result<bool> {
    for _ in 0..200 {
        if wanted(&page.run(script, vec![]).await?) {
            return Ok(true);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(false)
}

async fn a_folder_is_dropped(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    // No driver drags a folder. What a browser hands over for one is made here: entries that list themselves in parts, in any
    // order, of which one can't be read.
    page.run(
        "const text = (name, rows) => Array.from({ length: rows }, (_, n) =>
           JSON.stringify({ time: `2026-02-06T10:00:${String(n % 60).padStart(2, '0')}Z`, level: 'INFO', message: `${name} did ${n}` })).join('\\n');
         const file = (name, rows) => ({ isFile: true, isDirectory: false, name,
           file: (done, failed) => rows ? done(new File([text(name, rows)], name)) : failed(new DOMException('gone')) });
         const folder = (name, ...entries) => ({ isFile: false, isDirectory: true, name, createReader: () => {
           const parts = [entries.slice(0, 2), entries.slice(2), []];
           return { readEntries: (done) => setTimeout(() => done(parts.shift() ?? [])) };
         } });
         const dropped = folder('logs', file('web.jsonl', 30), folder('old', file('web.1.jsonl', 20)), file('lost.jsonl', 0), file('api.jsonl', 10));
         const transfer = { types: ['Files'], files: [], items: [{ kind: 'file', webkitGetAsEntry: () => dropped }] };
         const event = new DragEvent('drop', { bubbles: true, cancelable: true });
         Object.defineProperty(event, 'dataTransfer', { value: transfer });
         document.querySelector('[data-testid=drop-zone]').dispatchEvent(event);",
        vec![],
    )
    .await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for_text("row-count", SOON, |text| text.starts_with("60 rows")).await?;
    let reports = reports(&page).await?;
    let names: Vec<&str> = reports.keys().map(String::as_str).collect();
    assert_eq!(names, ["api.jsonl", "web.1.jsonl", "web.jsonl"]);
    Ok(())
}

/// A log whose times have no zone and whose durations no unit, in a field that nobody would guess.
fn unclear(from: usize, rows: usize) -> Vec<u8> {
    let mut text = String::from("time,message,pause\n");
    for n in from..from + rows {
        let (minute, second) = (n / 60 % 60, n % 60);
        let _ = writeln!(text, "2026-02-06 10:{minute:02}:{second:02},order {n} was packed,{}", n % 7);
    }
    text.into_bytes()
}

/// Chooses in a list of the page.
async fn choose(page: &Page<'_>, selector: &str, value: &str) -> Result {
    page.wait_for(selector, SOON).await?;
    page.run(
        "const select = document.querySelector(arguments[0]);
         select.value = arguments[1];
         if (select.value !== arguments[1]) throw new Error(`there is no ${arguments[1]}`);
         select.dispatchEvent(new Event('change', { bubbles: true }));",
        vec![json!(selector), json!(value)],
    )
    .await
    .map(|_| ())
}

/// Whether the first row of the table comes to have this time.
async fn first_time_is(page: &Page<'_>, wanted: &str) -> Result {
    let script =
        "return document.querySelector('[data-testid=table-row][data-position=\"0\"] .time')?.textContent ?? null";
    let met = wait_until(page, script, |time| time.as_str().is_some_and(|time| time.contains(wanted))).await?;
    assert!(met, "the first row has not {wanted} but {}", page.run(script, vec![]).await?);
    Ok(())
}

async fn what_a_person_says_is_applied_remembered_and_saved(session: &Session) -> Result {
    let server = site::serve("/")?;
    let field = |name: &str| format!("[data-testid=field-row][data-field={name}]");
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&scratch::file("orders.csv", &unclear(0, 500))?]).await?;
    page.wait_for(DONE, LONG).await?;
    first_time_is(&page, "10:00:00").await?;
    page.click("[data-testid=tab-fields]").await?;
    choose(&page, &format!("{} [data-testid=role-select]", field("pause")), "duration").await?;
    page.wait_for(&format!("{}[data-role=duration]", field("pause")), SOON).await?;
    page.wait_for(DONE, LONG).await?;
    choose(&page, "select[data-testid=zone]", "120").await?;
    page.wait_for(DONE, LONG).await?;
    choose(&page, "[data-testid=duration-unit]", "seconds").await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=tab-rows]").await?;
    // Ten o'clock two hours east of UTC.
    first_time_is(&page, "08:00:00").await?;

    page.click("[data-testid=tab-fields]").await?;
    page.run(
        "window.saved = new Promise((resolve) => {
           const make = URL.createObjectURL;
           URL.createObjectURL = (blob) => { blob.text().then(resolve); return make.call(URL, blob); };
         });",
        vec![],
    )
    .await?;
    page.click("[data-testid=export-mapping]").await?;
    let saved = page.run_async("return window.saved", vec![]).await?;
    // As the command line reads what is given with `--mapping`.
    let mapping: Mapping = serde_json::from_str(saved.as_str().unwrap_or_default()).expect("a mapping");
    let expected = Mapping {
        roles: vec![(Role::Duration, Some("pause".into()))],
        zone_minutes: Some(120),
        duration_unit: Some(DurationUnit::Seconds),
        ..Mapping::default()
    };
    assert_eq!(mapping, expected, "{saved}");

    // Another day, another file of the same kind.
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&scratch::file("orders-2.csv", &unclear(60, 300))?]).await?;
    page.wait_for(DONE, LONG).await?;
    first_time_is(&page, "08:01:00").await?;
    page.click("[data-testid=tab-fields]").await?;
    page.wait_for(&format!("{}[data-role=duration]", field("pause")), SOON).await?;
    // A file of another kind is read as detected.
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&scratch::file("other.jsonl", &lines("other", 100))?]).await?;
    page.wait_for(DONE, LONG).await?;
    first_time_is(&page, "10:00:00").await?;
    // And what was said can be taken back.
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&scratch::file("orders-3.csv", &unclear(0, 300))?]).await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=tab-fields]").await?;
    page.click("[data-testid=forget-mapping]").await?;
    page.wait_for(&format!("{}[data-role='']", field("pause")), SOON).await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=tab-rows]").await?;
    first_time_is(&page, "10:00:00").await?;
    Ok(())
}

async fn a_budget_ends_reading_and_keeps_what_was_read(session: &Session) -> Result {
    let server = site::serve("/")?;
    let file = generate::cached(&places::root().join("target/e2e"), Form::JsonLines, 50)?;
    let page = Page::open(session, &format!("{}?workers=2&memory=4", server.url())).await?;
    page.drop_files(&[&file]).await?;
    page.wait_for(DONE, LONG).await?;
    let note = page.wait_for_text("file-note", SOON, |text| text.contains("memory budget")).await?;
    assert!(note.contains("of 4.19 MB"), "{note}");
    assert!(note.contains("What was read is analysed"), "{note}");
    let count =
        page.run("return Number(document.querySelector('[data-testid=row-count]').dataset.count)", vec![]).await?;
    assert!(count.as_u64().is_some_and(|rows| rows > 10_000), "{count} rows");
    page.wait_for("[data-testid=finding]", SOON).await?;
    page.wait_for("[data-testid=table-row]", SOON).await?;
    Ok(())
}

async fn utf16_is_read(session: &Session) -> Result {
    let server = site::serve("/")?;
    let text = String::from_utf8(lines("größer 😀", 500)).expect("it is UTF-8");
    for big_endian in [false, true] {
        let page = Page::open(session, &server.url()).await?;
        page.drop_files(&[&scratch::file("export.jsonl", &archives::utf16(text.as_bytes(), big_endian))?]).await?;
        page.wait_for(DONE, LONG).await?;
        let reports = reports(&page).await?;
        let report = reports.get("export.jsonl").cloned().unwrap_or_default();
        assert!(report.contains("JSON Lines, in UTF-16") && report.contains("500 rows"), "{report}");
        let script = "return document.querySelector('[data-testid=table-row] .message')?.textContent ?? null";
        let wanted = "größer 😀 served request 0";
        assert!(wait_until(&page, script, |text| *text == json!(wanted)).await?, "no row says {wanted}");
    }
    Ok(())
}
