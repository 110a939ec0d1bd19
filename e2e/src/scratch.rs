//! Files that a scenario makes up.

use std::fs;
use std::path::PathBuf;

use crate::failure::Result;

/// Writes a file into a folder of this process; the scenario of the other browser writes the same.
pub fn file(name: &str, content: &[u8]) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("strayline-e2e-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    fs::write(&path, content)?;
    Ok(path)
}
