//! The built page, served.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use xtask::server::Server;

use crate::failure::{Failure, Result};

/// The folder with the built page.
pub fn dist() -> Result<PathBuf> {
    let folder = env::var_os("STRAYLINE_DIST").map(PathBuf::from);
    folder.filter(|folder| folder.join("index.html").is_file()).ok_or_else(|| {
        Failure::new("STRAYLINE_DIST does not name the folder of a built page: run this through `cargo xtask`, as in `cargo xtask test e2e`")
    })
}

/// Serves the built page under a path such as `/` or `/some/path/`.
pub fn serve(prefix: &str) -> Result<Server> {
    Ok(Server::start(&dist()?, prefix, 0)?)
}

/// The bytes of files as a static host sends them, compressed.
pub fn compressed(files: &BTreeSet<PathBuf>) -> Result<usize> {
    let mut bytes = 0;
    for file in files {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&fs::read(file)?)?;
        bytes += encoder.finish()?.len();
    }
    Ok(bytes)
}
