//! Bad input in the page: a clear sentence, and nothing lost.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::generate::Form;
use e2e::page::{DONE, LONG, Page, SOON};
use e2e::{generate, in_both_browsers, scratch, site};
use xtask::places;

in_both_browsers!(
    files_that_are_no_logs_say_so_and_the_others_are_read,
    bad_records_can_be_looked_at,
    odd_files_keep_every_row,
    a_changed_file_says_so,
    cancelling_keeps_what_was_read,
    the_download_is_what_is_shown,
    markup_in_a_log_stays_text,
);

/// Opens the page and gives it files.
async fn drop<'a>(session: &'a Session, server: &xtask::server::Server, paths: &[&Path]) -> Result<Page<'a>> {
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(paths).await?;
    Ok(page)
}

fn lines(from: usize, to: usize) -> String {
    let mut text = String::new();
    for n in from..to {
        let second = n % 60;
        let _ = writeln!(
            text,
            r#"{{"time":"2026-02-06T10:00:{second:02}Z","level":"INFO","message":"request {n} served"}}"#
        );
    }
    text
}

async fn files_that_are_no_logs_say_so_and_the_others_are_read(session: &Session) -> Result {
    let server = site::serve("/")?;
    let good = scratch::file("good.jsonl", lines(0, 50).as_bytes())?;
    let empty = scratch::file("empty.log", b"")?;
    let binary = scratch::file("binary.bin", &[0, 1, 2, 3, 0, 0, 7, 0])?;
    let archive = scratch::file("old.log.bz2", b"BZh91AY&SY\0\0\0")?;
    let page = drop(session, &server, &[&good, &empty, &binary, &archive]).await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for_text("row-count", SOON, |text| text.starts_with("50")).await?;
    let notes = page.texts("file-note").await?.join("\n");
    for sentence in ["This file is empty", "looks like a binary file", "bzip2 archive"] {
        assert!(notes.contains(sentence), "{notes}");
    }
    Ok(())
}

async fn bad_records_can_be_looked_at(session: &Session) -> Result {
    let server = site::serve("/")?;
    let text = format!("{}{{\"time\": broken\n[1,2]\n{}", lines(0, 30), lines(30, 60));
    let page = drop(session, &server, &[&scratch::file("bad.jsonl", text.as_bytes())?]).await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for_text("row-count", SOON, |text| text.starts_with("62")).await?;
    page.click("[data-testid=issue-count]").await?;
    let issue = page.wait_for_text("issue-row", SOON, |text| text.contains("broken")).await?;
    assert!(issue.contains("not valid JSON") && issue.contains("31"), "{issue}");
    assert_eq!(page.texts("issue-row").await?.len(), 2);
    Ok(())
}

async fn odd_files_keep_every_row(session: &Session) -> Result {
    let server = site::serve("/")?;
    let truncated = format!("[{}", lines(0, 40).trim_end().replace('\n', ","));
    let truncated = &truncated[..truncated.len() - 20];
    let long = format!("{}{{\"message\":\"{}\"}}\n{}", lines(0, 20), "x".repeat(10 << 20), lines(20, 40));
    let header = (0..1_000_000).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
    let wide = format!("{header}\n{}\n{}\n", "1,".repeat(999_999) + "1", "2,".repeat(999_999) + "2");
    let mut latin = lines(0, 20).into_bytes();
    latin.extend_from_slice(b"{\"message\":\"caf\xe9\"}\n");
    let ragged =
        format!("time,level,message\n{}2026-01-01T00:00:00Z,WARN\n", "2026-01-01T00:00:00Z,INFO,fine\n".repeat(30));
    for (name, bytes, rows, problems) in [
        ("truncated.json", truncated.as_bytes(), "40", 1),
        ("long-line.jsonl", long.as_bytes(), "41", 0),
        ("wide.csv", wide.as_bytes(), "2 ", 0),
        ("latin1.jsonl", &latin, "21", 1),
        ("ragged.csv", ragged.as_bytes(), "31", 1),
    ] {
        let page = drop(session, &server, &[&scratch::file(name, bytes)?]).await?;
        page.wait_for(DONE, LONG).await?;
        page.wait_for_text("row-count", SOON, |text| text.starts_with(rows)).await?;
        assert_eq!(page.texts("issue-count").await?.len(), problems, "{name}");
    }
    Ok(())
}

async fn a_changed_file_says_so(session: &Session) -> Result {
    let server = site::serve("/")?;
    let file = scratch::file("changing.jsonl", lines(0, 2000).as_bytes())?;
    let page = drop(session, &server, &[&file]).await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for("[data-testid=table-row]", SOON).await?;
    // Shorter than what the browser was given: both browsers notice that.
    fs::OpenOptions::new().write(true).open(&file)?.set_len(500)?;
    page.run("document.querySelector('[data-testid=table]').scrollTop = 30000", vec![]).await?;
    let note = page.wait_for_text("file-note", SOON, |text| text.contains("changed")).await?;
    assert!(note.contains("changing.jsonl"), "{note}");
    assert!(page.text("row-count").await?.starts_with("2,000"), "what was read is still there");
    Ok(())
}

async fn cancelling_keeps_what_was_read(session: &Session) -> Result {
    let server = site::serve("/")?;
    let file = generate::cached(&places::root().join("target/e2e"), Form::JsonLines, 400)?;
    let page = Page::open(session, &format!("{}?workers=1", server.url())).await?;
    // As soon as rows are there, as a person would who has seen enough.
    page.run(
        "const timer = setInterval(() => {
           const rows = Number(document.querySelector('[data-testid=row-count]')?.dataset.count ?? 0);
           const cancel = document.querySelector('[data-testid=cancel]');
           if (rows > 0 && cancel) { clearInterval(timer); cancel.click(); }
         }, 5);",
        vec![],
    )
    .await?;
    page.drop_files(&[&file]).await?;
    page.wait_for(DONE, LONG).await?;
    let note = page.wait_for_text("file-note", SOON, |text| text.contains("Cancelled at")).await?;
    assert!(note.contains("What was read is analysed"), "{note}");
    page.wait_for("[data-testid=finding]", SOON).await?;
    Ok(())
}

async fn the_download_is_what_is_shown(session: &Session) -> Result {
    let server = site::serve("/")?;
    let mut text = String::from("time,level,message\n");
    for n in 0..200 {
        let _ = writeln!(text, "2026-01-01T00:00:{:02}Z,INFO,fine {n}", n % 60);
    }
    text += "2026-01-01T00:04:00Z,FATAL,\"=HYPERLINK(\"\"http://192.0.2.1/\"\",\"\"x\"\")\"\n";
    let page = drop(session, &server, &[&scratch::file("formula.csv", text.as_bytes())?]).await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=anomalies-only]").await?;
    page.wait_for_text("row-count", SOON, |text| text.contains(" of ")).await?;
    // The text of the file that would be saved.
    page.run(
        "window.saved = new Promise((resolve) => {
           const make = URL.createObjectURL;
           URL.createObjectURL = (blob) => { blob.text().then(resolve); return make.call(URL, blob); };
         });",
        vec![],
    )
    .await?;
    page.click("[data-testid=export-csv]").await?;
    let saved = page.run_async("return window.saved", vec![]).await?;
    let saved = saved.as_str().unwrap_or_default();
    assert!(saved.starts_with("row,file,line,byte,time_utc,score,reason,time,level,message\n"), "{saved}");
    assert!(saved.contains("'=HYPERLINK"), "{saved}");
    assert!(saved.lines().count() < 100, "only what is shown: {saved}");
    let last = saved.lines().last().unwrap_or_default();
    assert!(last.starts_with("201,formula.csv,201,"), "numbers as a person counts, and the file's name: {last}");
    assert!(last.contains("FATAL is rare") || last.contains("seen only once"), "why: {last}");
    Ok(())
}

async fn markup_in_a_log_stays_text(session: &Session) -> Result {
    let server = site::serve("/")?;
    let mut text = lines(0, 40);
    text += "{\"time\":\"2026-02-06T10:01:00Z\",\"level\":\"FATAL\",\"message\":\"<img src=x onerror=window.owned=1><script>window.owned=1</script>\"}\n";
    let page = drop(session, &server, &[&scratch::file("markup.jsonl", text.as_bytes())?]).await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for_text("finding-message", SOON, |text| text.contains("<img src=x")).await?;
    let owned = page.run("return window.owned ?? document.querySelectorAll('main img').length", vec![]).await?;
    assert_eq!(owned, serde_json::json!(0));
    Ok(())
}
