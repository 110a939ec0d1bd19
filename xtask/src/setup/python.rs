//! A Python with onnxruntime: a test has it score an exported forest.

use std::path::PathBuf;
use std::process::Command;

use xtask::places;

use crate::process::{Result, output, run, say};

/// What the test imports.
const PACKAGES: [&str; 2] = ["onnxruntime", "numpy"];

/// The program, where there is one or one could be made. Without it that test is skipped, and says so: it is a check of
/// another program's reading, which the bytes in another test stand for.
pub(crate) fn ensure() -> Option<PathBuf> {
    let own = places::tools().join("python");
    let program = own.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if let Some(named) = std::env::var_os("STRAYLINE_PYTHON") {
        return Some(named.into());
    }
    if let Some(found) = [PathBuf::from("python3"), program.clone()].into_iter().find(has_packages) {
        return Some(found);
    }
    say!("onnxruntime: installing it from PyPI, for a test (half a minute)");
    let made = || -> Result {
        run(Command::new("python3").args(["-m", "venv"]).arg(&own))?;
        run(Command::new(&program)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(PACKAGES))
    };
    match made() {
        Ok(()) => Some(program),
        Err(failure) => {
            say!(
                "{failure}; the test that scores a forest with onnxruntime is skipped. It takes Python 3 with venv and pip"
            );
            None
        }
    }
}

fn has_packages(program: &PathBuf) -> bool {
    output(Command::new(program).args(["-c", &format!("import {}", PACKAGES.join(", "))])).is_some()
}
