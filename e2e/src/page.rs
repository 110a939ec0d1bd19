//! The page, as a person uses it.

use std::path::Path;
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::browser::Session;
use crate::failure::{Failure, Result};

/// How long the page may take for what should be at once. Generous: two browsers share a small machine.
pub const SOON: Duration = Duration::from_secs(30);
/// How long an analysis may take. Generous: two browsers share a small machine.
pub const LONG: Duration = Duration::from_mins(3);
/// What is there once an analysis is done.
pub const DONE: &str = "[data-testid=stage][data-stage=Done]";

const POLL: Duration = Duration::from_millis(50);

/// The open page.
#[derive(Debug)]
pub struct Page<'a> {
    client: &'a Client,
}

impl<'a> Page<'a> {
    /// Opens an address and waits until the page can be used.
    pub async fn open(session: &'a Session, url: &str) -> Result<Self> {
        let page = Self::open_any(session, url).await?;
        let start = Instant::now();
        let usable = "return performance.getEntriesByName('strayline:interactive').length > 0";
        while page.run(usable, vec![]).await? != json!(true) {
            if start.elapsed() > SOON {
                return Err(Failure(format!("the page at {url} could not be used within {SOON:?}")));
            }
            sleep(POLL).await;
        }
        Ok(page)
    }

    /// Opens an address that need not be Strayline's.
    pub async fn open_any(session: &'a Session, url: &str) -> Result<Self> {
        session.client.goto(url).await?;
        Ok(Self { client: &session.client })
    }

    /// Gives the page files, by absolute path, through its file input.
    pub async fn drop_files(&self, paths: &[&Path]) -> Result {
        let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
        Ok(self.wait_for("input[type=file]", SOON).await?.send_keys(&paths.join("\n")).await?)
    }

    /// Waits for an element.
    pub async fn wait_for(&self, selector: &str, within: Duration) -> Result<Element> {
        let found = self.client.wait().at_most(within).every(POLL).for_element(Locator::Css(selector)).await;
        found.map_err(|error| Failure(format!("no `{selector}` within {within:?}: {error}")))
    }

    /// Waits until the text of the element with this `data-testid` is as wanted, and returns it.
    pub async fn wait_for_text(&self, testid: &str, within: Duration, wanted: impl Fn(&str) -> bool) -> Result<String> {
        let start = Instant::now();
        loop {
            let texts = self.texts(testid).await?;
            if let Some(text) = texts.iter().find(|text| wanted(text)) {
                return Ok(text.clone());
            }
            if start.elapsed() > within {
                return Err(Failure(format!("`{testid}` did not become as wanted within {within:?}; it is {texts:?}")));
            }
            sleep(POLL).await;
        }
    }

    /// The text of the one element with this `data-testid`.
    pub async fn text(&self, testid: &str) -> Result<String> {
        let mut texts = self.texts(testid).await?;
        if texts.len() == 1 {
            Ok(texts.remove(0))
        } else {
            Err(Failure(format!("`{testid}` is there {} times", texts.len())))
        }
    }

    /// The texts of all elements with this `data-testid`, in the order of the document.
    pub async fn texts(&self, testid: &str) -> Result<Vec<String>> {
        // One command, so that a list that is being redrawn can't change in between.
        let script =
            "return [...document.querySelectorAll(`[data-testid='${arguments[0]}']`)].map(e => e.textContent.trim())";
        let texts = self.run(script, vec![json!(testid)]).await?;
        let texts = texts.as_array().into_iter().flatten();
        Ok(texts.filter_map(|text| Some(text.as_str()?.to_owned())).collect())
    }

    /// Clicks the element that a selector finds, once it is there. Where it moved away under the pointer (a count beside it
    /// came), it is clicked once more.
    pub async fn click(&self, selector: &str) -> Result {
        match self.wait_for(selector, SOON).await?.click().await {
            Err(error) if error.to_string().contains("intercepted") => {
                Ok(self.wait_for(selector, SOON).await?.click().await?)
            }
            clicked => Ok(clicked?),
        }
    }

    /// Runs the body of a function inside the page; it finds its arguments in `arguments`.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// Runs the body of an `async` function inside the page, and waits for its value.
    pub async fn run_async(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async function () {{ {script} }}).apply(null, arguments).then(
               (value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let mut answer = self.client.execute_async(&script, arguments).await?;
        match answer["error"].as_str() {
            Some(error) => Err(Failure(format!("a script in the page failed: {error}"))),
            None => Ok(answer["value"].take()),
        }
    }
}
