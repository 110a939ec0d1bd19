//! Files that a scenario makes up.

use std::fs;
use std::path::PathBuf;

use crate::failure::Result;

/// Writes a file into a folder of this process. The scenario of the other browser wants the same one, and a browser gives up
/// a file that is written to after it was dropped: what is there already stays as it is.
pub fn file(name: &str, content: &[u8]) -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("strayline-e2e-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let path = folder.join(name);
    if fs::read(&path).is_ok_and(|there| there == content) {
        return Ok(path);
    }
    // It appears as a whole.
    let whole = folder.join(format!("{name}-{:?}", std::thread::current().id()));
    fs::write(&whole, content)?;
    if fs::read(&path).is_ok_and(|there| there == content) {
        fs::remove_file(&whole)?;
    } else {
        fs::rename(&whole, &path)?;
    }
    Ok(path)
}
