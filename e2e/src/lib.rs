//! Strayline in real browsers.
//!
//! A test serves the release page ([`site`]), starts a browser ([`browser`]), and does what a person would ([`page`]).
//! That nothing leaves is checked with a server that hopes to be called ([`sink`]).
//! `bin/bench.rs` times one file's analysis, watches the browser's memory ([`memory`]), and can make up its own file
//! ([`generate`]).
//!
//! `cargo xtask test e2e` and `cargo xtask bench` build the page and run all this.

pub mod browser;
pub mod failure;
pub mod gemini;
pub mod generate;
pub mod memory;
pub mod page;
pub mod sink;
pub mod site;

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
