//! The static site: built by Trunk into `dist/`, then given names that change with their content.

use std::fs;
use std::path::{Path, PathBuf};

use xtask::places;
use xtask::server::Server;

use crate::process::{Result, failure, run, say};
use crate::setup::Toolbox;

/// Builds the release page. `public_url` is the path that it will be served under; `./` fits any.
pub(crate) fn build(toolbox: &Toolbox, public_url: &str) -> Result<PathBuf> {
    run(toolbox.trunk("build").args(["--release", "--public-url", public_url]))?;
    let dist = places::root().join("dist");
    name_worker_by_content(&dist, public_url)
        .map_err(|error| failure!("could not give the worker its name in {}: {error}", dist.display()))?;
    write_local_twin(&dist).map_err(|error| failure!("could not write local.html into {}: {error}", dist.display()))?;
    report(&dist).map_err(|error| failure!("could not read {}: {error}", dist.display()))?;
    Ok(dist)
}

/// Puts a hash into the names of the worker's files, as Trunk does with the page's: a browser that still has an
/// older worker in its cache must not run it with a newer page.
fn name_worker_by_content(dist: &Path, public_url: &str) -> std::io::Result<()> {
    let (script, wasm) = (fs::read(dist.join("worker.js"))?, fs::read(dist.join("worker_bg.wasm"))?);
    let name = format!("worker-{:016x}", hash(&[&script, &wasm]));
    fs::rename(dist.join("worker.js"), dist.join(format!("{name}.js")))?;
    fs::rename(dist.join("worker_bg.wasm"), dist.join(format!("{name}_bg.wasm")))?;
    let base = if public_url.ends_with('/') { public_url.to_owned() } else { format!("{public_url}/") };
    let mut index = fs::read_to_string(dist.join("index.html"))?;
    for (old, new) in [("worker.js", ".js"), ("worker_bg.wasm", "_bg.wasm")] {
        let old = format!("\"{old}\"");
        if !index.contains(&old) {
            return Err(std::io::Error::other(format!("index.html does not name {old}")));
        }
        index = index.replace(&old, &format!("\"{base}{name}{new}\""));
    }
    fs::write(dist.join("index.html"), index)
}

/// Whom the page may speak to besides its own site, in its policy and in words; and the same of the page's twin,
/// `local.html`: servers on this machine, and nobody else.
const REACH: [[&str; 2]; 2] = [
    [
        "connect-src 'self' https://generativelanguage.googleapis.com;",
        "connect-src 'self' http://localhost:* http://127.0.0.1:*;",
    ],
    ["to Gemini, which is asked with your own key,", "to servers on this machine, which are asked"],
];

/// Writes the page once more, with another policy: a page that may speak to Gemini may not speak to servers on the
/// person's machine, and the other way round.
fn write_local_twin(dist: &Path) -> std::io::Result<()> {
    let index = fs::read_to_string(dist.join("index.html"))?;
    let mut twin = index;
    for [own, others] in REACH {
        if twin.matches(own).count() != 1 {
            return Err(std::io::Error::other(format!("index.html does not have what is known here: {own}")));
        }
        twin = twin.replace(own, others);
    }
    fs::write(dist.join("local.html"), twin)
}

/// FNV-1a: it need only differ when the files do.
fn hash(parts: &[&[u8]]) -> u64 {
    let bytes = parts.iter().copied().flatten();
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Says what was built.
fn report(dist: &Path) -> std::io::Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dist)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            files.push((entry.metadata()?.len(), entry.file_name()));
        }
    }
    files.sort_unstable();
    say!("built {}:", dist.display());
    for (bytes, name) in files.into_iter().rev() {
        say!("{bytes:>12}  {}", name.display());
    }
    Ok(())
}

/// Serves what [`build`] made until the person stops it.
pub(crate) fn serve(dist: &Path, public_url: &str, port: u16, open: bool) -> Result {
    let server =
        Server::start(dist, public_url, port).map_err(|error| failure!("could not listen on port {port}: {error}"))?;
    say!("Strayline is at {} (Ctrl-C stops it)", server.url());
    if open && let Err(error) = open_in_browser(&server.url()) {
        say!("{error}");
    }
    server.wait();
    Ok(())
}

fn open_in_browser(url: &str) -> Result {
    let opener = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    run(std::process::Command::new(opener).arg(url))
}

/// Rebuilds a quick, unoptimised page whenever a file is saved, and serves it.
pub(crate) fn develop(toolbox: &Toolbox, port: u16, open: bool) -> Result {
    let mut trunk = toolbox.trunk("serve");
    trunk.args(["--public-url", "/", "--address", "127.0.0.1", "--port", &port.to_string()]);
    if open {
        trunk.arg("--open");
    }
    say!("reload the page after a rebuild: its Content-Security-Policy forbids the script that would do so by itself");
    run(&mut trunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash(&[b"foo", b"bar"]), 0x8594_4171_f739_67e8);
    }
}
