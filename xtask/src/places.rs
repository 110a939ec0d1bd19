//! Where things are: the repository, the folder of private tools, programs.

use std::env;
use std::path::{Path, PathBuf};

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The folder with the tools that the set-up installs. It is outside of the repository, so that a fresh clone finds them.
///
/// `STRAYLINE_TOOLS` if set, else `strayline/tools` in the user's cache folder.
pub fn tools() -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("STRAYLINE_TOOLS")
        .or_else(|| set("XDG_CACHE_HOME").map(|cache| cache.join("strayline/tools")))
        .or_else(|| env::home_dir().map(|home| home.join(".cache/strayline/tools")))
        .unwrap_or_else(|| root().join("target/tools"))
}

/// The folders inside [`tools`] that hold programs: those that cargo installed, and those that npm did.
pub fn tool_folders() -> [PathBuf; 2] {
    [tools().join("bin"), tools().join("node_modules/.bin")]
}

/// Every program with this name, the private tools' first, then those on the `PATH`.
pub fn programs(name: &str) -> impl Iterator<Item = PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = tool_folders().into_iter().chain(env::split_paths(&path)).collect();
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    folders.into_iter().map(move |folder| folder.join(&file)).filter(|path| path.is_file())
}

/// The first program with this name.
pub fn program(name: &str) -> Option<PathBuf> {
    programs(name).next()
}
