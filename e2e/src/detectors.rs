//! How fast detectors are fitted in the page, and score all rows, and stop; beside the forest, scikit-learn's.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::sleep;

use crate::browser::{Browser, Session};
use crate::failure::{Failure, Result};
use crate::page::{DONE, Page, SOON};
use crate::{generate, peer, site};

/// How long a file may take, or a detector.
const PATIENCE: Duration = Duration::from_mins(10);
/// A fit is stopped after so long, if it takes longer.
const UNTIL_STOP: Duration = Duration::from_millis(400);

/// Rows, features, and which detectors are timed on them.
const WORK: [(u64, u64, &[&str]); 2] = [
    (1_000_000, 8, &["isolation-forest"]),
    (100_000, 20, &["isolation-forest", "one-class-svm", "lof", "autoencoder", "knn", "ensemble"]),
];

/// Notes when the stage changes, from the click on.
const FIT: &str = "
    const seen = window.seen = { begun: performance.now() };
    new MutationObserver(() => {
      const stage = document.querySelector('[data-testid=stage]').dataset.stage;
      if (stage === 'Scoring') seen.scoring ??= performance.now();
      if (stage === 'Done' && seen.scoring) seen.done ??= performance.now();
    }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ['data-stage'] });
    document.querySelector('[data-testid=fit]').click();";

/// Milliseconds from a click on Stop until the page is as it was; nothing where there is nothing to stop any more.
const STOP: &str = "
    const stop = () => document.querySelector('[data-testid=stop-fit]');
    if (!stop()) return null;
    const begun = performance.now();
    stop().click();
    while (stop() || !document.querySelector('[data-testid=fit]')) await new Promise((done) => setTimeout(done, 2));
    return performance.now() - begun;";

/// The figures of one detector.
#[derive(Debug)]
pub struct Speed {
    rows: u64,
    features: u64,
    detector: &'static str,
    /// Seconds to fit it, and to score all rows and show the findings.
    fit: f64,
    score: f64,
    /// Milliseconds until it stops.
    stop: Option<f64>,
    /// The same two of the peer.
    peer: Option<(f64, f64)>,
}

impl Speed {
    /// As JSON.
    pub fn json(&self) -> Value {
        json!({ "detector": self.detector, "rows": self.rows, "features": self.features, "fit_seconds": self.fit,
            "score_seconds": self.score, "stop_ms": self.stop, "peer_fit_seconds": self.peer.map(|peer| peer.0),
            "peer_score_seconds": self.peer.map(|peer| peer.1) })
    }
}

/// The figures as a table.
pub fn table(speeds: &[Speed]) -> String {
    let mut text = String::from(
        "| detector | rows × features | fitted | rows scored, findings on screen | scikit-learn: fitted, scored | peer : score | stopped |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for speed in speeds {
        let Speed { detector, rows, features, fit, score, .. } = speed;
        let peer = speed.peer.map_or("– | –".to_owned(), |(fitted, scored)| {
            format!("{fitted:.2} s, {scored:.2} s | {:.1} ×", scored / score)
        });
        let stop = speed.stop.map_or("–".to_owned(), |stop| format!("{stop:.0} ms"));
        writeln!(text, "| {detector} | {rows} × {features} | {fit:.2} s | {score:.2} s | {peer} | {stop} |").ok();
    }
    text
}

/// Times all detectors in Chromium.
pub async fn measure() -> Result<Vec<Speed>> {
    let folder = xtask::places::root().join("target/bench");
    let server = site::serve("/")?;
    let mut speeds = Vec::new();
    for (rows, features, detectors) in WORK {
        let file = generate::numbers(&folder, rows, features)?;
        let peer = forest(&file)?;
        let session = Session::start(Browser::Chromium).await?;
        let page = Page::open(&session, &server.url()).await?;
        page.drop_files(&[&file]).await?;
        page.wait_for(DONE, PATIENCE).await?;
        page.click("[data-testid=tab-detection]").await?;
        for &detector in detectors {
            let choose = format!("[data-testid=detector-{detector}]");
            page.click(&choose).await?;
            page.run(FIT, vec![]).await?;
            sleep(UNTIL_STOP).await;
            let stop = page.run_async(STOP, vec![]).await?.as_f64();
            if stop.is_some() {
                page.wait_for(DONE, SOON).await?;
                // The one that was in force is chosen again.
                page.click(&choose).await?;
                page.run(FIT, vec![]).await?;
            }
            let [fit, score] = times(&page).await?;
            let peer = peer.filter(|_| detector == "isolation-forest");
            speeds.push(Speed { rows, features, detector, fit, score, stop, peer });
        }
        session.close().await?;
    }
    Ok(speeds)
}

/// Seconds of fitting and of scoring, once both are over.
async fn times(page: &Page<'_>) -> Result<[f64; 2]> {
    let start = Instant::now();
    loop {
        let seen = page.run("return seen", vec![]).await?;
        let at = |name: &str| seen[name].as_f64();
        if let (Some(begun), Some(scoring), Some(done)) = (at("begun"), at("scoring"), at("done")) {
            return Ok([(scoring - begun) / 1e3, (done - scoring) / 1e3]);
        }
        if start.elapsed() > PATIENCE {
            return Err(Failure::new("the detector was not fitted"));
        }
        // Seldom: the question interrupts the page.
        sleep(Duration::from_millis(200)).await;
    }
}

/// Seconds in which scikit-learn fits its forest and scores a file with it, where it is installed.
fn forest(file: &Path) -> Result<Option<(f64, f64)>> {
    let python = peer::folder().join("bin/python");
    let output = Command::new(&python).arg(peer::scripts().join("forest.py")).arg(file).output();
    let told = match output {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        _ => {
            let how = "python3 -m venv target/peers && target/peers/bin/pip install scikit-learn";
            eprintln!("bench: scikit-learn is not here; to have it beside the bench: {how}");
            return Ok(None);
        }
    };
    let told: Value = serde_json::from_str(told.trim()).map_err(|error| Failure(format!("scikit-learn: {error}")))?;
    Ok(told["fit"].as_f64().zip(told["score"].as_f64()))
}
