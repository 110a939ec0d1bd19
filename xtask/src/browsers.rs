//! Which browsers this machine has for the tests, and the WebDriver programs that steer them.

use std::env;
use std::path::{Path, PathBuf};

use crate::places;

/// A browser that the tests run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// Chromium or Chrome.
    Chromium,
    /// Firefox.
    Firefox,
}

impl Browser {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Chromium, Self::Firefox];

    /// The variable that names the driver, here as for the runner of the wasm tests.
    pub fn driver_variable(self) -> &'static str {
        match self {
            Self::Chromium => "CHROMEDRIVER",
            Self::Firefox => "GECKODRIVER",
        }
    }

    /// The driver's usual file name.
    pub fn driver_name(self) -> &'static str {
        match self {
            Self::Chromium => "chromedriver",
            Self::Firefox => "geckodriver",
        }
    }

    /// The driver: from its variable, a hosted runner's folder of drivers, the private tools, or the `PATH`.
    pub fn driver(self) -> Option<PathBuf> {
        let hosted = match self {
            Self::Chromium => "CHROMEWEBDRIVER",
            Self::Firefox => "GECKOWEBDRIVER",
        };
        let file = format!("{}{}", self.driver_name(), env::consts::EXE_SUFFIX);
        env::var_os(self.driver_variable())
            .map(PathBuf::from)
            .or_else(|| env::var_os(hosted).map(|folder| Path::new(&folder).join(file)))
            .filter(|path| path.is_file())
            .or_else(|| places::program(self.driver_name()))
    }

    /// The browser itself: from `STRAYLINE_CHROMIUM` or `STRAYLINE_FIREFOX`, the `PATH`, or where macOS keeps it.
    pub fn binary(self) -> Option<PathBuf> {
        let (variable, names, bundle): (_, &[&str], _) = match self {
            Self::Chromium => (
                "STRAYLINE_CHROMIUM",
                &["google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome"],
                "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            ),
            Self::Firefox => {
                ("STRAYLINE_FIREFOX", &["firefox", "firefox-esr"], "/Applications/Firefox.app/Contents/MacOS/firefox")
            }
        };
        env::var_os(variable)
            .map(PathBuf::from)
            .or_else(|| names.iter().find_map(|name| places::program(name)))
            .or_else(|| Some(PathBuf::from(bundle)).filter(|path| path.is_file()))
    }
}
