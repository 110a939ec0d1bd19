//! What Debian's packages give: its compiler, with a standard library for wasm32 built here, and browsers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::places;

use crate::process::{Failure, Result, failure, output, run, say};

/// The compiler, its linker (`rust-lld`, a link to LLVM's) and the source of its standard library.
const COMPILER: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];

/// The crates to build: what a page links, and what its tests do.
const STANDARD_LIBRARY: &str = "-Zbuild-std=std,panic_abort,panic_unwind,test";

/// Installs packages, or says which command would.
pub(super) fn packages(what: &str, names: &[&str]) -> Result {
    let install = format!("apt-get update && apt-get install --yes --no-install-recommends {}", names.join(" "));
    if output(Command::new("apt-get").arg("--version")).is_none() {
        return Err(failure!("{what} is missing: please install it (on Debian: {install})"));
    }
    if !is_root() {
        return Err(failure!("{what} is missing, and installing it takes root. Please run:\n  sudo sh -c '{install}'"));
    }
    say!("{what}: installing {} from Debian's packages (a minute or two)", names.join(", "));
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    run(apt().args(["update", "--quiet=2"]))?;
    run(apt().args(["install", "--yes", "--no-install-recommends", "--quiet=2"]).args(names))
}

/// Installs Debian's compiler.
pub(super) fn compiler() -> Result {
    if COMPILER.into_iter().all(is_installed) {
        return Ok(());
    }
    packages("a compiler for wasm32", &COMPILER)
}

/// Builds the standard library for wasm32, which no package has, and puts it where the compiler looks.
pub(super) fn standard_library() -> Result {
    if !is_root() {
        return Err(failure!(
            "building a standard library for wasm32 takes root. Please run `cargo xtask setup` once as root"
        ));
    }
    say!("building the standard library for wasm32 (about a minute)");
    let folder = places::tools().join("standard-library");
    empty_crate(&folder).map_err(|error| failure!("could not write to {}: {error}", folder.display()))?;
    let mut cargo = Command::new("/usr/bin/cargo");
    for inherited in ["RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(inherited);
    }
    run(cargo
        .current_dir(&folder)
        .env("RUSTC", "/usr/bin/rustc")
        // Building a standard library is an unstable feature.
        .env("RUSTC_BOOTSTRAP", "1")
        // Or the product could not be linked with `lto`.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .args(["build", "--quiet", "--release", STANDARD_LIBRARY, "--target", "wasm32-unknown-unknown"]))?;

    let libraries =
        output(Command::new("/usr/bin/rustc").args(["--print", "target-libdir", "--target", "wasm32-unknown-unknown"]))
            .ok_or_else(|| failure!("/usr/bin/rustc does not say where its libraries are"))?;
    copy_libraries(&folder, Path::new(libraries.trim()))
        .and_then(|()| fs::remove_dir_all(&folder))
        .map_err(|error| failure!("could not copy the standard library to {}: {error}", libraries.trim()))
}

/// An empty crate, for the sake of what it is linked with.
fn empty_crate(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(
        folder.join("Cargo.toml"),
        "[package]\nname = \"nothing\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n",
    )?;
    fs::write(folder.join("src/lib.rs"), "#![no_std]\n")
}

fn copy_libraries(folder: &Path, libraries: &Path) -> std::io::Result<()> {
    // Those of an earlier version of the compiler would be found beside the new ones.
    fs::remove_dir_all(libraries).ok();
    fs::create_dir_all(libraries)?;
    for entry in fs::read_dir(folder.join("target/wasm32-unknown-unknown/release/deps"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".rlib") && !name.starts_with("libnothing-") {
            fs::copy(&path, libraries.join(PathBuf::from(name.as_ref())))?;
        }
    }
    Ok(())
}

fn is_installed(package: &str) -> bool {
    let status = output(Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]));
    status.is_some_and(|status| status == "installed")
}

fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

/// A failure that says what else would do.
pub(super) fn or(failure: &Failure, alternative: &str) -> Failure {
    Failure(format!("{failure}\nOr {alternative}"))
}
