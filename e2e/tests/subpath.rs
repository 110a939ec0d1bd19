//! The page works wherever it is put: hosted pages live under a project's name.

use std::time::Duration;

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::page::{Page, SOON};
use e2e::{in_both_browsers, site};
use serde_json::json;

in_both_browsers!(
    the_page_mounts_and_its_workers_answer,
    a_worker_that_was_started_early_is_heard,
    a_worker_that_cannot_start_says_why,
);

async fn the_page_mounts_and_its_workers_answer(session: &Session) -> Result {
    let server = site::serve("/some/path/")?;
    let page = Page::open(session, &server.url()).await?;
    page.wait_for("main", SOON).await?;
    assert_eq!(first_word(&page, "strayline.spawnWorker()").await?, "a message");
    Ok(())
}

/// Whether it is asked for before it is up, or after it has said so.
async fn a_worker_that_was_started_early_is_heard(session: &Session) -> Result {
    let server = site::serve("/some/path/")?;
    let page = Page::open(session, &server.url()).await?;
    page.run("strayline.prepareWorkers();", vec![]).await?;
    assert_eq!(first_word(&page, "strayline.spawnWorker()").await?, "a message");
    let later = "(await new Promise((resolve) => setTimeout(resolve, 3000)), strayline.spawnWorker())";
    assert_eq!(first_word(&page, later).await?, "a message");
    Ok(())
}

async fn a_worker_that_cannot_start_says_why(session: &Session) -> Result {
    let server = site::serve("/some/path/")?;
    let page = Page::open(session, &server.url()).await?;
    let word = first_word(&page, "strayline.spawnWorker(new URL('missing.js', document.baseURI).href)").await?;
    assert!(word.contains("could not start"), "{word}");
    Ok(())
}

/// What a new worker does first.
async fn first_word(page: &Page<'_>, spawn: &str) -> Result<String> {
    let script = format!(
        "const worker = {spawn};
         return new Promise((resolve) => {{
           worker.onmessage = () => resolve('a message');
           worker.onerror = (event) => resolve(event.message);
           setTimeout(() => resolve('nothing'), arguments[0]);
         }});"
    );
    let patience = Duration::from_secs(30).as_millis();
    Ok(page.run_async(&script, vec![json!(patience as u64)]).await?.as_str().unwrap_or_default().to_owned())
}
