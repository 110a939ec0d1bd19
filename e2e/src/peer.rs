//! What people would use instead, timed on the same file in the same minutes: figures of another hour or machine don't
//! compare.
//!
//! Both peers run the nearest that SQL has to templates and baselines (`peers/group_by.sql`). They are no part of the
//! set-up: who wants them beside the bench installs them into `target/peers`, as [`Missing`] says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fmt, fs};

use serde_json::Value;
use tokio::time::sleep;
use xtask::places;
use xtask::server::Server;

use crate::browser::{Browser, Session};
use crate::failure::{Failure, Result};
use crate::page::{Page, SOON};

/// How long a peer may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// A program that people would use instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// `DuckDB` on two threads of the machine, for JSON Lines.
    Native,
    /// `DuckDB-WASM` in the same Chromium, for CSV.
    Browser,
}

/// A peer that is not installed: what to run, once.
#[derive(Clone, Copy, Debug)]
pub struct Missing(pub Peer);

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Native => "DuckDB, native, two threads",
            Self::Browser => "DuckDB-WASM, same Chromium",
        })
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = match self.0 {
            Peer::Native => "python3 -m venv target/peers && target/peers/bin/pip install duckdb",
            Peer::Browser => "npm install --prefix target/peers @duckdb/duckdb-wasm",
        };
        write!(formatter, "{} is not here; to have it beside the bench: {how}", self.0)
    }
}

/// Where the peers are installed.
pub fn folder() -> PathBuf {
    places::root().join("target/peers")
}

/// Where the programs are that time them.
pub fn scripts() -> PathBuf {
    places::root().join("e2e/peers")
}

impl Peer {
    /// The peer for a file with fields `message` and `duration_ms`, by its ending; `None` for other files.
    pub fn of(file: &Path) -> Result<Option<Self>> {
        let mut head = vec![0; 4096];
        let read = std::io::Read::read(&mut fs::File::open(file)?, &mut head)?;
        let head = String::from_utf8_lossy(&head[..read]).into_owned();
        let has_fields = head.contains("message") && head.contains("duration_ms");
        let ending = file.extension().and_then(|ending| ending.to_str());
        Ok(match ending {
            Some("jsonl") if has_fields => Some(Self::Native),
            Some("csv") if has_fields => Some(Self::Browser),
            _ => None,
        })
    }

    /// Seconds that the peer takes for a file.
    ///
    /// # Errors
    /// The outer one: it did not work. The inner one: it is not installed.
    pub async fn seconds(self, file: &Path) -> Result<std::result::Result<f64, Missing>> {
        match self {
            Self::Native => native(file),
            Self::Browser => browser(file).await,
        }
    }
}

fn native(file: &Path) -> Result<std::result::Result<f64, Missing>> {
    let python = folder().join("bin/python");
    if !python.is_file() {
        return Ok(Err(Missing(Peer::Native)));
    }
    let arguments = [&scripts().join("native.py"), file, &scripts().join("group_by.sql")];
    let output = Command::new(python).args(arguments).output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    match told.trim().parse() {
        Ok(seconds) => Ok(Ok(seconds)),
        Err(_) => Err(Failure(format!("DuckDB: {}", String::from_utf8_lossy(&output.stderr)))),
    }
}

async fn browser(file: &Path) -> Result<std::result::Result<f64, Missing>> {
    if !folder().join("node_modules/@duckdb/duckdb-wasm").is_dir() {
        return Ok(Err(Missing(Peer::Browser)));
    }
    let page = scripts().join("duckdb-wasm");
    for (from, name) in [
        (page.join("index.html"), "index.html"),
        (page.join("measure.js"), "measure.js"),
        (scripts().join("group_by.sql"), "group_by.sql"),
    ] {
        fs::copy(from, folder().join(name))?;
    }
    let server = Server::start(&folder(), "/", 0)?;
    let session = Session::start(Browser::Chromium).await?;
    let page = Page::open_any(&session, &server.url()).await?;
    wait_for(&page, "return window.ready ?? null", SOON).await?;
    page.drop_files(&[file]).await?;
    let told = wait_for(&page, "return window.seconds ?? window.trouble ?? null", PATIENCE).await?;
    session.close().await?;
    told.as_f64().map(Ok).ok_or_else(|| Failure(format!("DuckDB-WASM: {told}")))
}

/// What a script returns, once it is not `null`.
async fn wait_for(page: &Page<'_>, script: &str, within: Duration) -> Result<Value> {
    let start = Instant::now();
    loop {
        match page.run(script, vec![]).await? {
            Value::Null if start.elapsed() > within => {
                return Err(Failure(format!("DuckDB-WASM gave no answer within {within:?}")));
            }
            Value::Null => sleep(Duration::from_millis(100)).await,
            value => return Ok(value),
        }
    }
}
