//! Nothing leaves: whatever a script in the page or in an analysis worker tries, no other origin is reached.
//!
//! The same attempts from a page without a policy do get through, or these checks would prove nothing.

use std::collections::BTreeSet;
use std::fs;

use e2e::browser::Session;
use e2e::failure::{Failure, Result};
use e2e::page::{Page, SOON};
use e2e::sink::Sink;
use e2e::{in_both_browsers, site};
use serde_json::{Value, json};
use xtask::server::Server;

const ATTEMPTS: &str = include_str!("attempts.js");

in_both_browsers!(
    a_page_without_a_policy_reaches_the_sink,
    the_page_reaches_nothing,
    a_blob_worker_reaches_nothing,
    an_analysis_worker_reaches_nothing,
    an_analysis_worker_has_no_network_functions,
);

/// The control.
async fn a_page_without_a_policy_reaches_the_sink(session: &Session) -> Result {
    let folder = std::env::temp_dir().join(format!("strayline-control-{:?}-{}", session.browser, std::process::id()));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("index.html"), "<!DOCTYPE html><title>no policy</title><body>")?;
    let server = Server::start(&folder, "/", 0)?;
    let sink = Sink::start()?;
    let page = Page::open_any(session, &server.url()).await?;
    attempt_in_page(&page, &sink).await?;
    attempt_in_worker(&page, &sink, PLAIN_WORKER).await?;
    fs::remove_dir_all(&folder)?;

    let calls = sink.calls();
    let expected = [
        ("page", "fetch fetch-post fetch-keepalive xhr websocket eventsource import worker-import worker-fetch font"),
        ("page", "beacon image audio script stylesheet frame object form"),
        ("worker", "fetch fetch-post fetch-keepalive xhr websocket eventsource import worker-fetch font"),
    ];
    let expected =
        expected.into_iter().flat_map(|(scope, names)| names.split(' ').map(move |name| format!("{scope}/{name}")));
    let missing: Vec<String> = expected.filter(|name| !calls.contains(name)).collect();
    assert!(missing.is_empty(), "did not reach the sink: {missing:?}; did: {calls:?}");
    Ok(())
}

async fn the_page_reaches_nothing(session: &Session) -> Result {
    let (server, sink) = (site::serve("/")?, Sink::start()?);
    let page = Page::open(session, &format!("{}?sample=checkout", server.url())).await?;
    // With all of its parts loaded.
    page.wait_for("[data-testid=stage][data-stage=Done]", SOON).await?;
    attempt_in_page(&page, &sink).await?;
    assert_eq!(sink.calls(), BTreeSet::new());
    Ok(())
}

/// The policy alone: a worker from a blob inherits it.
async fn a_blob_worker_reaches_nothing(session: &Session) -> Result {
    let (server, sink) = (site::serve("/")?, Sink::start()?);
    let page = Page::open(session, &server.url()).await?;
    let outcomes = attempt_in_worker(&page, &sink, PLAIN_WORKER).await?;
    assert_eq!(outcomes["fetch"], "made", "the functions are there: {outcomes}");
    assert_eq!(sink.calls(), BTreeSet::new());
    Ok(())
}

/// A worker started as the product starts its own, with this test's script in the place of the engine's.
async fn an_analysis_worker_reaches_nothing(session: &Session) -> Result {
    let (server, sink) = (site::serve("/")?, Sink::start()?);
    let page = Page::open(session, &server.url()).await?;
    let outcomes = attempt_in_worker(&page, &sink, ANALYSIS_WORKER).await?;
    for name in
        ["fetch", "fetch-post", "fetch-keepalive", "xhr", "websocket", "eventsource", "worker-fetch", "font", "beacon"]
    {
        assert_ne!(outcomes[name], "made", "`{name}` should not even be possible: {outcomes}");
    }
    assert_eq!(sink.calls(), BTreeSet::new());
    Ok(())
}

/// The names are gone, from the scope and from what it inherits.
async fn an_analysis_worker_has_no_network_functions(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    let script = r#"
        const names = ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "Worker", "caches", "FontFace"];
        const source = `
          const names = ${JSON.stringify(names)};
          const present = () => names.filter((name) => name in self);
          const before = present();
          export default async () => postMessage({ before, after: present() });`;
        const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
        const worker = strayline.spawnWorker(url);
        return new Promise((resolve, reject) => {
          worker.onmessage = (event) => resolve(event.data);
          worker.onerror = (event) => reject(event.message);
        });"#;
    let names = page.run_async(script, vec![]).await?;
    assert_eq!(names["after"], json!([]));
    assert!(names["before"].as_array().is_some_and(|names| names.len() >= 6), "the names can be seen at all: {names}");
    Ok(())
}

async fn attempt_in_page(page: &Page<'_>, sink: &Sink) -> Result<Value> {
    page.run_async(&format!("{ATTEMPTS}\nreturn attemptAll(arguments[0], 'page');"), vec![json!(sink.url())]).await
}

/// Makes a worker from a module's address.
const PLAIN_WORKER: &str = "new Worker(url, { type: 'module' })";
const ANALYSIS_WORKER: &str = "strayline.spawnWorker(url)";

async fn attempt_in_worker(page: &Page<'_>, sink: &Sink, make: &str) -> Result<Value> {
    // As a worker's own script it starts by itself; as the product's it is started with `init`.
    let start = if make == PLAIN_WORKER { "init();" } else { "" };
    let module = format!(
        "{ATTEMPTS}
         const init = async () => postMessage(await attemptAll({}, 'worker'));
         export default init;
         {start}",
        json!(sink.url())
    );
    let script = format!(
        "const url = URL.createObjectURL(new Blob([arguments[0]], {{ type: 'text/javascript' }}));
         const worker = {make};
         return new Promise((resolve, reject) => {{
           worker.onmessage = (event) => resolve(event.data);
           worker.onerror = (event) => reject(event.message);
         }});"
    );
    let outcomes = page.run_async(&script, vec![json!(module)]).await?;
    if outcomes.is_object() { Ok(outcomes) } else { Err(Failure(format!("the worker said {outcomes}"))) }
}
