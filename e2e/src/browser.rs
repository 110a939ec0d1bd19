//! A browser of one's own: its driver, a fresh profile, and the end of both.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use fantoccini::wd::{Capabilities, TimeoutConfiguration};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
pub use xtask::browsers::Browser;

use crate::failure::{Failure, Result};
use crate::memory;

/// How long a script that a test runs inside the page may take.
const SCRIPT: Duration = Duration::from_mins(1);

/// A running browser. It ends with [`Session::close`], or when it is dropped.
#[derive(Debug)]
pub struct Session {
    /// For commands to the browser.
    pub client: Client,
    /// Which browser it is.
    pub browser: Browser,
    driver: Driver,
}

impl Session {
    /// Starts a browser without a window and with an empty profile.
    pub async fn start(browser: Browser) -> Result<Self> {
        let driver = Driver::start(browser)?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(browser))
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await?;
        client.update_timeouts(TimeoutConfiguration::new(Some(SCRIPT), None, None)).await?;
        Ok(Self { client, browser, driver })
    }

    /// Ends the browser in good order.
    pub async fn close(self) -> Result {
        Ok(self.client.clone().close().await?)
    }

    /// The process of the driver, whose descendants are the browser's.
    pub fn driver_process(&self) -> u32 {
        self.driver.child.id()
    }
}

/// chromedriver or geckodriver.
#[derive(Debug)]
struct Driver {
    child: Child,
    port: u16,
    /// For the profile, which the driver makes among the temporary files.
    folder: PathBuf,
}

impl Driver {
    fn start(browser: Browser) -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = browser.driver_name();
        let path = browser.driver().ok_or_else(|| {
            Failure(format!(
                "{name} is not on the PATH and {} is not set: run `cargo xtask setup`",
                browser.driver_variable()
            ))
        })?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("strayline-e2e-{}-{count}", std::process::id()));
        fs::create_dir_all(&folder)?;

        let mut command = Command::new(&path);
        command.env("TMPDIR", &folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        match browser {
            Browser::Chromium => command.arg("--port=0"),
            // Two of them at a time must not want the same second port.
            Browser::Firefox => command.args(["--port", "0", "--websocket-port", "0"]),
        };
        let child = command.spawn().map_err(|error| Failure(format!("could not start {}: {error}", path.display())))?;
        let mut driver = Self { child, port: 0, folder };
        driver.port =
            driver.announced_port().ok_or_else(|| Failure(format!("{} did not say its port", path.display())))?;
        Ok(driver)
    }

    /// The port at the end of a line that the driver prints when it is ready.
    fn announced_port(&mut self) -> Option<u16> {
        let mut lines = BufReader::new(self.child.stdout.take()?).lines().map_while(std::result::Result::ok);
        let port = lines.find_map(|line| {
            let (_, after) = line.rsplit_once("on port ").or_else(|| line.rsplit_once("Listening on 127.0.0.1:"))?;
            after.trim_end_matches('.').trim().parse().ok().filter(|port| *port > 0)
        });
        // Or the driver would stop when the pipe is full.
        thread::spawn(move || lines.for_each(drop));
        port
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // After a failed test the browser still runs, and it would outlive its driver.
        let processes = memory::descendants(self.child.id());
        if !processes.is_empty() {
            Command::new("kill").args(processes.iter().map(u32::to_string)).stderr(Stdio::null()).status().ok();
        }
        self.child.kill().ok();
        self.child.wait().ok();
        // A browser that is just ending may still write.
        let removed = |_: &u32| {
            thread::sleep(Duration::from_millis(50));
            fs::remove_dir_all(&self.folder).is_ok()
        };
        (0..40).find(removed);
    }
}

fn capabilities(browser: Browser) -> Capabilities {
    let binary = |variable| env::var(variable).ok();
    let (name, options) = match browser {
        // chromedriver knows best which of a machine's Chromes it belongs to.
        Browser::Chromium => ("goog:chromeOptions", chromium_options(binary("STRAYLINE_CHROMIUM"))),
        Browser::Firefox => (
            "moz:firefoxOptions",
            json!({ "args": ["-headless", "--width=1440", "--height=900"], "binary": browser.binary(), "prefs": firefox_settings() }),
        ),
    };
    Capabilities::from_iter([(name.to_owned(), options)])
}

fn chromium_options(binary: Option<String>) -> Value {
    let mut options = json!({ "args": [
        "--headless=new",
        // Containers and hosted runners: there is no other user to be protected from.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        // Nothing but the page's own doing: these would look for the browser's maker.
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-quic",
        "--disable-sync",
        "--no-first-run",
        // Wide enough for all panes.
        "--window-size=1440,900",
        // One renderer, so that its memory is the page's.
        "--disable-features=SpareRendererForSitePerProcess",
    ] });
    if let Some(binary) = binary {
        options["binary"] = json!(binary);
    }
    options
}

fn firefox_settings() -> Value {
    json!({
        "app.update.enabled": false,
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
    })
}
