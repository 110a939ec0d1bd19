//! Sets up what the other commands need: looks first, and installs only what is missing.
//!
//! There are two kinds of machine. On most, rustup adds the wasm32 target. Where it can't fetch that, but Debian's
//! packages can be had, Debian's own compiler does the wasm32 work ([`target`]). The tools ([`tools`]) come from the
//! crates registry and npm on both, at exact versions, into a private folder ([`places::tools`]) that a fresh clone
//! finds again. Browsers ([`browsers`]) are for the tests only.

mod browsers;
mod debian;
pub(crate) mod python;
mod target;
mod tools;

use std::env;
use std::process::Command;

use xtask::browsers::Browser;
use xtask::places;

use self::target::Toolchain;
use crate::process::{Result, output, run, say};

/// What the set-up found or installed, as ready commands.
pub(crate) struct Toolbox {
    toolchain: Toolchain,
    /// Whether Trunk has all its tools here and need not download any.
    complete: bool,
}

impl Toolbox {
    /// A program at the repository's root, with the default toolchain.
    pub(crate) fn native(program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(places::root());
        command
    }

    /// A program at the repository's root, with the toolchain for wasm32 and the private tools.
    pub(crate) fn wasm(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = places::tool_folders().into_iter().chain(env::split_paths(&path));
        // Joined from what was split: nothing in it can be refused.
        command.current_dir(places::root()).env("PATH", env::join_paths(folders).unwrap_or(path.clone()));
        self.toolchain.choose(&mut command);
        command
    }

    /// Trunk, told not to download when there is no need.
    pub(crate) fn trunk(&self, subcommand: &str) -> Command {
        let mut command = self.wasm("trunk");
        command.arg(subcommand);
        if self.complete {
            command.arg("--offline");
        }
        command
    }
}

/// What building the site needs.
pub(crate) fn site() -> Result<Toolbox> {
    let toolchain = target::ensure()?;
    tools::trunk()?;
    tools::wasm_bindgen()?;
    let complete = tools::wasm_opt()?;
    tools::clean()?;
    // What Trunk is told not to download is the packages too. Nothing is asked of the network where all are here.
    run(Toolbox::native("cargo").args(["fetch", "--quiet", "--locked"]))?;
    Ok(Toolbox { toolchain, complete })
}

/// What the tests need beyond [`site`]: formatter and linter for both toolchains, browsers and their drivers.
pub(crate) fn tests(toolbox: &Toolbox) -> Result {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if output(Toolbox::native("cargo").args([subcommand, "--version"])).is_none() {
            say!("{component}: adding it with rustup (seconds)");
            run(Command::new("rustup").args(["component", "add", component]))?;
        }
    }
    if output(toolbox.wasm("cargo").args(["clippy", "--version"])).is_none() {
        debian::packages("clippy for wasm32", &["rust-web-clippy"])?;
    }
    for browser in Browser::ALL {
        browsers::ensure(browser)?;
    }
    tools::clean()
}
