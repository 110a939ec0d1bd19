//! A compiler for wasm32: the default one with rustup's target, or Debian's.

use std::env;
use std::fs;
use std::process::Command;

use super::debian;
use crate::process::{Result, failure, output, run, say};

const TARGET: &str = "wasm32-unknown-unknown";

/// Who compiles for wasm32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Toolchain {
    /// Whoever compiles everything else.
    Default,
    /// Debian's compiler, which rustup knows under this name.
    Debian,
}

impl Toolchain {
    /// Makes a command use this toolchain.
    pub(super) fn choose(self, command: &mut Command) {
        if self == Self::Debian {
            // Cargo put the default toolchain's libraries first for us; they are not this compiler's.
            command.env("RUSTUP_TOOLCHAIN", "debian").env_remove("LD_LIBRARY_PATH");
        }
    }
}

/// The toolchain that compiles and links for wasm32.
pub(super) fn ensure() -> Result<Toolchain> {
    // Debian's is looked for before rustup is asked: without a network, rustup takes its time to fail.
    if let Some(found) = working() {
        return Ok(found);
    }
    let rustup = output(Command::new("rustup").arg("--version")).is_some();
    if rustup {
        say!("{TARGET}: adding the target with rustup (seconds)");
        match run(Command::new("rustup").args(["target", "add", TARGET])) {
            Ok(()) if works(Toolchain::Default) => return Ok(Toolchain::Default),
            Ok(()) => say!("the target is there, but an empty program does not link with it"),
            Err(error) => say!("{error}"),
        }
    }
    say!("falling back to Debian's compiler for {TARGET}");
    debian::compiler()?;
    if rustup {
        run(Command::new("rustup").args(["toolchain", "link", "debian", "/usr"]))?;
    }
    if let Some(found) = working() {
        return Ok(found);
    }
    debian::standard_library()?;
    working().ok_or_else(|| failure!("no compiler for {TARGET}: an empty program still does not link"))
}

fn working() -> Option<Toolchain> {
    [Toolchain::Default, Toolchain::Debian].into_iter().find(|toolchain| works(*toolchain))
}

/// Whether the compiler, its standard library and its linker make a program of nothing. It takes a moment, and proves
/// more than a look at folders: a library that an update of the compiler left behind does not pass.
fn works(toolchain: Toolchain) -> bool {
    let stem = env::temp_dir().join(format!("strayline-probe-{}", std::process::id()));
    let (source, program) = (stem.with_extension("rs"), stem.with_extension("wasm"));
    if fs::write(&source, "#![crate_type = \"cdylib\"]\n#[unsafe(no_mangle)] extern \"C\" fn f() { println!() }\n")
        .is_err()
    {
        return false;
    }
    let mut rustc = Command::new("rustc");
    toolchain.choose(&mut rustc);
    rustc.args(["--edition=2024", "--target", TARGET, "-o"]).arg(&program).arg(&source);
    let works = output(&mut rustc).is_some();
    fs::remove_file(&source).ok();
    fs::remove_file(&program).ok();
    works
}
