//! The tools at exact versions: Trunk, wasm-bindgen's, wasm-opt, geckodriver.

use std::fs;
use std::process::Command;

use xtask::places;

use super::debian;
use crate::process::{Result, failure, output, run, say};

/// The newest that the workspace's `rust-version` compiles. `trunk-version` in Trunk.toml says it again.
const TRUNK: &str = "0.21.14";

/// npm's package of wasm-opt. `wasm_opt` in Trunk.toml says it again.
const BINARYEN: &str = "132";

const GECKODRIVER: &str = "0.37.1";

pub(super) fn trunk() -> Result {
    if found("trunk", TRUNK) { Ok(()) } else { cargo_install("trunk", TRUNK, Lock::Its, "six minutes") }
}

/// wasm-bindgen's program and its test runner, at the version of the library that Cargo.lock names: they must be equal.
pub(super) fn wasm_bindgen() -> Result {
    let version = locked_version("wasm-bindgen")?;
    if ["wasm-bindgen", "wasm-bindgen-test-runner"].into_iter().all(|program| found(program, &version)) {
        return Ok(());
    }
    // Its lock file names a crate version that not every mirror of the registry has.
    cargo_install("wasm-bindgen-cli", &version, Lock::None, "two minutes")
}

/// Says whether wasm-opt is there. Without npm it is not, and Trunk downloads it.
pub(super) fn wasm_opt() -> Result<bool> {
    if found("wasm-opt", BINARYEN) {
        return Ok(true);
    }
    if output(Command::new("npm").arg("--version")).is_none() {
        say!("wasm-opt: there is no npm to install it with, so Trunk will download it");
        return Ok(false);
    }
    let folder = places::tools();
    let package = format!("binaryen@{BINARYEN}");
    say!("wasm-opt {BINARYEN}: installing {package} with npm (seconds)");
    fs::create_dir_all(&folder).map_err(|error| failure!("could not create {}: {error}", folder.display()))?;
    run(Command::new("npm").args(["install", "--silent", "--prefix"]).arg(&folder).arg(package))?;
    Ok(true)
}

pub(super) fn geckodriver() -> Result {
    cargo_install("geckodriver", GECKODRIVER, Lock::Its, "a minute")
        .map_err(|error| debian::or(&error, "put a geckodriver on the PATH, or its path into GECKODRIVER"))
}

/// Removes what the installations left behind.
pub(super) fn clean() -> Result {
    let folder = build_folder();
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(&folder).map_err(|error| failure!("could not remove {}: {error}", folder.display()))
}

/// Whether the first program with this name, the private tools' before those on the `PATH`, has this version.
fn found(program: &str, version: &str) -> bool {
    let Some(path) = places::program(program) else {
        return false;
    };
    let said = output(Command::new(path).arg("--version")).unwrap_or_default();
    said.split_whitespace().any(|word| word == version)
}

/// Whether an installation keeps to the versions that the package was published with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lock {
    Its,
    None,
}

fn cargo_install(package: &str, version: &str, lock: Lock, takes: &str) -> Result {
    say!("{package} {version}: installing with cargo (about {takes} on two cores)");
    let mut cargo = Command::new("cargo");
    cargo.args(["install", "--quiet", package, "--version", version, "--force", "--root"]).arg(places::tools());
    if lock == Lock::Its {
        cargo.arg("--locked");
    }
    // Quick to build rather than quick to run: they run for seconds.
    for (setting, value) in
        [("OPT_LEVEL", "1"), ("LTO", "off"), ("CODEGEN_UNITS", "64"), ("DEBUG", "0"), ("STRIP", "true")]
    {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
    }
    // What they have in common is built once.
    cargo.env("CARGO_TARGET_DIR", build_folder()).env_remove("RUSTFLAGS");
    run(&mut cargo)
}

fn build_folder() -> std::path::PathBuf {
    places::tools().join("build")
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String> {
    let lock = fs::read_to_string(places::root().join("Cargo.lock"))
        .map_err(|error| failure!("could not read Cargo.lock ({error}): run `cargo generate-lockfile`"))?;
    version_in(&lock, package).ok_or_else(|| failure!("Cargo.lock does not name {package}"))
}

fn version_in(lock: &str, package: &str) -> Option<String> {
    let (_, after) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    Some(after.split_once('"')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_the_lock_file() {
        let lock = "[[package]]\nname = \"wasm-bindgen-test\"\nversion = \"0.3.80\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(version_in(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(version_in(lock, "bindgen"), None);
    }
}
