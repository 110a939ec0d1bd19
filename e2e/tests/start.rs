//! Before a file is given: little is loaded, it can be used at once, and nothing that is given is lost.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::page::{Page, SOON};
use e2e::{in_both_browsers, site};
use serde_json::json;
use tokio::time::sleep;
use xtask::places;
use xtask::server::Server;

/// What may be loaded before a file is given, compressed. The whole page is several times as large.
const BUDGET: usize = 100_000;
/// How long a small analysis may take. Generous: two browsers share a small machine.
const LONG: Duration = Duration::from_mins(1);
const DONE: &str = "[data-testid=stage][data-stage=Done]";

in_both_browsers!(
    little_is_loaded_before_a_file_is_given,
    keys_work_before_the_page_is_loaded,
    what_is_dropped_or_pasted_waits_for_the_page,
    what_is_given_outlasts_a_page_that_could_not_be_loaded,
    the_start_screen_comes_back,
);

async fn little_is_loaded_before_a_file_is_given(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    page.wait_for("[data-testid=drop-zone]", SOON).await?;
    // What is still on its way before anything is given counts too.
    sleep(Duration::from_secs(1)).await;
    let before = site::compressed(&server.served())?;
    assert!(before > 1000 && before <= BUDGET, "{before} bytes: {:?}", server.served());
    page.click("[data-testid=sample-checkout]").await?;
    page.wait_for(DONE, LONG).await?;
    assert!(site::compressed(&server.served())? > BUDGET, "what comes later is counted at all");
    Ok(())
}

async fn keys_work_before_the_page_is_loaded(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    let theme = "return document.documentElement.dataset.theme";
    let before = page.run(theme, vec![]).await?;
    press(&page, "t").await?;
    let after = page.run(theme, vec![]).await?;
    assert!(before != after && (after == json!("dark") || after == json!("light")), "{before} → {after}");
    let wasm = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "wasm");
    assert!(!server.served().iter().any(wasm), "{:?}", server.served());
    // Help is part of the page: it opens when that is there.
    press(&page, "?").await?;
    page.wait_for("[data-testid=help-overlay][open]", SOON).await?;
    page.wait_for("[data-testid=drop-zone]", SOON).await?;
    // From now on the page hears the keys, and once.
    press(&page, "Escape").await?;
    page.wait_for("[data-testid=help-overlay]:not([open])", SOON).await?;
    press(&page, "t").await?;
    assert_eq!(page.run(theme, vec![]).await?, before);
    Ok(())
}

async fn what_is_dropped_or_pasted_waits_for_the_page(session: &Session) -> Result {
    for (name, property, fill) in [
        ("drop", "dataTransfer", "data.items.add(new File([text], 'app.log'))"),
        ("paste", "clipboardData", "data.setData('text/plain', text)"),
    ] {
        let server = site::serve("/")?;
        let page = Page::open(session, &server.url()).await?;
        let script = format!(
            "const line = (_, n) => `2026-02-06T10:00:${{n + 10}}Z INFO request ${{n}} served`;
             const text = Array.from({{ length: 40 }}, line).join('\\n');
             const data = new DataTransfer();
             {fill};
             const event = new Event('{name}', {{ bubbles: true, cancelable: true }});
             // Browsers differ in which events they let a script make with data.
             event.{property} = data;
             document.body.dispatchEvent(event);"
        );
        page.run(&script, vec![]).await?;
        page.wait_for(DONE, LONG).await?;
        page.wait_for_text("row-count", SOON, |text| text.starts_with("40")).await?;
    }
    Ok(())
}

async fn what_is_given_outlasts_a_page_that_could_not_be_loaded(session: &Session) -> Result {
    let folder = std::env::temp_dir().join(format!("strayline-start-{:?}-{}", session.browser, std::process::id()));
    fs::create_dir_all(&folder)?;
    let mut late = Vec::new();
    for entry in fs::read_dir(site::dist()?)? {
        let entry = entry?;
        let to = folder.join(entry.file_name());
        if entry.file_name().to_string_lossy().starts_with("page-") {
            late.push((entry.path(), to));
        } else if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to)?;
        }
    }
    assert!(!late.is_empty(), "the built page has no such files");
    let server = Server::start(&folder, "/", 0)?;
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&places::root().join("public/samples/metrics.csv")]).await?;
    let sentence = page.wait_for_text("trouble", SOON, |text| text.contains("could not be loaded")).await?;
    assert!(sentence.contains("try again") && sentence.contains("kept"), "{sentence}");
    for (from, to) in late {
        fs::copy(from, to)?;
    }
    page.click("[data-testid=trouble] button").await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for_text("row-count", SOON, |text| text.starts_with("2,880")).await?;
    // The bottom line is the page's now, whatever stood there while it was loaded.
    press(&page, "c").await?;
    page.wait_for_text("status", SOON, |text| text == "No row is selected").await?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

async fn the_start_screen_comes_back(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &format!("{}?sample=checkout", server.url())).await?;
    page.wait_for(DONE, LONG).await?;
    let seen = "return document.querySelector('[data-testid=drop-zone]').checkVisibility()";
    assert_eq!(page.run(seen, vec![]).await?, json!(false));
    page.click("[data-testid=new]").await?;
    page.wait_for("#start:not([hidden])", SOON).await?;
    assert_eq!(page.run(seen, vec![]).await?, json!(true));
    page.click("[data-testid=sample-metrics]").await?;
    page.wait_for(DONE, LONG).await?;
    Ok(())
}

async fn press(page: &Page<'_>, key: &str) -> Result {
    page.run(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[0], bubbles: true, cancelable: true }))",
        vec![json!(key)],
    )
    .await
    .map(|_| ())
}
