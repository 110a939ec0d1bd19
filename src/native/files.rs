//! Files of the disk as a [`ByteSource`].

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use crate::engine::FileInfo;
use crate::ingest::{ByteSource, ReadError};

/// Open files. Every worker opens them for itself.
#[derive(Debug)]
pub struct Files(Vec<OpenFile>);

#[derive(Debug)]
struct OpenFile {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Files {
    /// Opens files for reading.
    pub fn open(paths: &[PathBuf]) -> Result<Self, String> {
        let open = |path: &PathBuf| {
            let failed = |error: std::io::Error| format!("Can't open {}: {error}.", path.display());
            let file = File::open(path).map_err(failed)?;
            let about = file.metadata().map_err(failed)?;
            if about.is_dir() {
                return Err(format!("{} is a folder; name the files in it.", path.display()));
            }
            Ok(OpenFile { path: path.clone(), file, size: about.len() })
        };
        paths.iter().map(open).collect::<Result<_, _>>().map(Self)
    }

    /// Names and sizes.
    pub fn infos(&self) -> Vec<FileInfo> {
        self.0
            .iter()
            .map(|open| FileInfo {
                name: open.path.display().to_string(),
                size: open.size,
                modified: modified(&open.file),
            })
            .collect()
    }
}

fn modified(file: &File) -> Option<i64> {
    let since = file.metadata().ok()?.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}

impl ByteSource for Files {
    fn size(&self, file: u32) -> Option<u64> {
        Some(self.0[file as usize].size)
    }

    fn read(&mut self, file: u32, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), ReadError> {
        let open = &mut self.0[file as usize];
        let failed = |error: std::io::Error| ReadError {
            file,
            reason: format!("{} can't be read: {error}.", open.path.display()),
        };
        let about = open.file.metadata().map_err(failed)?;
        // A log may grow while it is read: what was there at the beginning still is.
        if about.len() < open.size {
            let reason = format!("{} was cut short while it was read; what was read is analysed.", open.path.display());
            return Err(ReadError { file, reason });
        }
        let length = length.min(open.size.saturating_sub(offset) as usize);
        open.file.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let start = into.len();
        into.resize(start + length, 0);
        open.file.read_exact(&mut into[start..]).map_err(failed)
    }
}
