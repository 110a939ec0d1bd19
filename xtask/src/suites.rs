//! The test suites, and running them one after the other.

use std::ffi::OsStr;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::Instant;

use xtask::browsers::Browser;
use xtask::places;

use crate::process::{Result, failure, run, say};
use crate::setup::{self, Toolbox};
use crate::site;

/// A test suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suite {
    Format,
    LintNative,
    LintWasm,
    Native,
    Wasm,
    EndToEnd,
}

impl Suite {
    /// All of them: what fails fast comes first.
    pub(crate) const ALL: [Self; 6] =
        [Self::Format, Self::LintNative, Self::LintWasm, Self::Native, Self::Wasm, Self::EndToEnd];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::LintNative => "lint-native",
            Self::LintWasm => "lint-wasm",
            Self::Native => "native",
            Self::Wasm => "wasm",
            Self::EndToEnd => "e2e",
        }
    }

    fn run(self, toolbox: &Toolbox) -> Result {
        let cargo = || Toolbox::native("cargo");
        match self {
            Self::Format => run(cargo().args(["fmt", "--all", "--check"])),
            Self::LintNative => {
                // The fuzz targets have a workspace and a lock file of their own, which must follow the library's;
                // what they do is tested by `tests/corpus.rs`.
                run(cargo()
                    .args(["clippy", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--features", "libfuzzer"])
                    .args(["--target-dir", "target/fuzz", "--", "-D", "warnings"]))?;
                run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
            }
            Self::LintWasm => run(for_browser(toolbox, "clippy")?
                .args(["--lib", "--bin", "page", "--bin", "worker", "--", "-D", "warnings"])),
            Self::Native => run(with_python(cargo()).args(["test", "--workspace", "--exclude", "e2e"])),
            Self::Wasm => run(&mut for_browser(toolbox, "test")?),
            Self::EndToEnd => {
                let dist = site::build(toolbox, "./")?;
                run(cargo().args(["test", "--package", "e2e"]).env("STRAYLINE_DIST", dist))
            }
        }
    }
}

/// A cargo command for tests, one of which needs a Python with onnxruntime.
fn with_python(mut cargo: Command) -> Command {
    if let Some(python) = setup::python::ensure() {
        cargo.env("STRAYLINE_PYTHON", python);
    }
    cargo
}

/// A cargo command over the tests that are compiled to WebAssembly: `tests/wasm_*.rs`.
fn for_browser(toolbox: &Toolbox, subcommand: &str) -> Result<Command> {
    let mut cargo = toolbox.wasm("cargo");
    cargo.args([subcommand, "--target", "wasm32-unknown-unknown", "--features", "page"]);
    for name in wasm_tests()? {
        cargo.args(["--test", &name]);
    }
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    // Its own 20 seconds are few for a small machine that does something else too.
    cargo.env("WASM_BINDGEN_TEST_TIMEOUT", "300");
    if let Some(driver) = Browser::Chromium.driver() {
        cargo.env(Browser::Chromium.driver_variable(), driver);
    }
    Ok(cargo)
}

fn wasm_tests() -> Result<Vec<String>> {
    let folder = places::root().join("tests");
    let entries = fs::read_dir(&folder).map_err(|error| failure!("could not read {}: {error}", folder.display()))?;
    let paths =
        entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.extension() == Some(OsStr::new("rs")));
    let mut names: Vec<String> = paths.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.retain(|name| name.starts_with("wasm_"));
    names.sort_unstable();
    Ok(names)
}

/// Sets up, runs every suite even if an earlier one failed, and closes with a summary.
pub(crate) fn run_all(suites: &[Suite]) -> Result<ExitCode> {
    let toolbox = setup::site()?;
    setup::tests(&toolbox)?;
    let mut results = Vec::new();
    for suite in suites {
        say!("==== {} ====", suite.name());
        let start = Instant::now();
        let result = suite.run(&toolbox);
        if let Err(failure) = &result {
            say!("{failure}");
        }
        results.push((suite, result.is_ok(), start.elapsed().as_secs_f64()));
    }
    println!();
    for (suite, passed, seconds) in &results {
        println!("{:<12} {} {seconds:>7.1} s", suite.name(), if *passed { "passed" } else { "FAILED" });
    }
    let passed = results.iter().filter(|(_, passed, _)| *passed).count();
    let failed = results.len() - passed;
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
