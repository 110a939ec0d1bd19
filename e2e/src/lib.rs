//! Strayline in real browsers.
//!
//! A test serves the release page ([`site`]), starts a browser ([`browser`]), and does what a person would ([`page`]).
//! That nothing leaves is checked with a server that hopes to be called ([`sink`]).
//! `bin/bench.rs` times the analysis of files, watches the browser's memory ([`memory`]), can make up its own files
//! ([`generate`]), times detectors ([`detectors`]), runs beside it what people would use instead ([`peer`]), and keeps the figures in `BENCHMARKS.md` ([`table`]).
//!
//! `cargo xtask test e2e` and `cargo xtask bench` build the page and run all this.

pub mod browser;
pub mod detectors;
pub mod failure;
pub mod gemini;
pub mod generate;
pub mod memory;
pub mod page;
pub mod peer;
pub mod scratch;
pub mod sink;
pub mod site;
pub mod table;

/// Makes two tests of a scenario, `name::chromium` and `name::firefox`.
///
/// A scenario is an `async fn(&Session) -> Result`.
#[macro_export]
macro_rules! in_both_browsers {
    ($($scenario:ident),+ $(,)?) => { $(
        mod $scenario {
            #[tokio::test]
            async fn chromium() -> $crate::failure::Result {
                let session = $crate::browser::Session::start($crate::browser::Browser::Chromium).await?;
                super::$scenario(&session).await?;
                session.close().await
            }

            #[tokio::test]
            async fn firefox() -> $crate::failure::Result {
                let session = $crate::browser::Session::start($crate::browser::Browser::Firefox).await?;
                super::$scenario(&session).await?;
                session.close().await
            }
        }
    )+ };
}
