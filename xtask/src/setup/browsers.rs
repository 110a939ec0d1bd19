//! Browsers for the tests, and the programs that steer them.

use xtask::browsers::Browser;

use super::{debian, tools};
use crate::process::Result;

/// Sees to it that a browser and its driver are there.
pub(super) fn ensure(browser: Browser) -> Result {
    match browser {
        Browser::Chromium => {
            if browser.binary().is_none() || browser.driver().is_none() {
                debian::packages("Chromium with its driver", &["chromium", "chromium-driver"]).map_err(|error| {
                    debian::or(
                        &error,
                        "install Chrome and put a chromedriver of its version on the PATH, or into CHROMEDRIVER",
                    )
                })?;
            }
        }
        Browser::Firefox => {
            if browser.binary().is_none() {
                debian::packages("Firefox", &["firefox-esr"])?;
            }
            if browser.driver().is_none() {
                tools::geckodriver()?;
            }
        }
    }
    Ok(())
}
