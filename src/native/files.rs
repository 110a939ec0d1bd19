//! Files of the disk as a [`ByteSource`].

use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use crate::engine::FileInfo;
use crate::ingest::{ByteSource, ReadError};

/// Files by path. They are opened when they are read, since there may be more of them than may be open.
#[derive(Clone, Debug)]
pub struct Files(Vec<Named>);

#[derive(Clone, Debug)]
struct Named {
    path: PathBuf,
    /// When they were first looked at.
    about: Metadata,
}

impl Files {
    /// The files that paths name: those in folders too, in the order of their names.
    pub fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
        let mut files = Vec::new();
        let mut waiting: Vec<PathBuf> = paths.iter().rev().cloned().collect();
        while let Some(path) = waiting.pop() {
            if !path.is_dir() {
                files.push(path);
                continue;
            }
            let failed = |error: std::io::Error| format!("Can't read the folder {}: {error}.", path.display());
            let entries = std::fs::read_dir(&path).map_err(failed)?;
            let mut inside: Vec<PathBuf> =
                entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>().map_err(failed)?;
            // A pipe would be waited for.
            inside.retain(|path| !path.is_symlink() && (path.is_dir() || path.is_file()));
            inside.sort_unstable_by(|a, b| b.cmp(a));
            waiting.extend(inside);
        }
        if files.is_empty() {
            let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            return Err(format!("There is no file in {}.", names.join(", ")));
        }
        Ok(files)
    }

    /// Looks at files that are to be read.
    pub fn open(paths: &[PathBuf]) -> Result<Self, String> {
        let open = |path: &PathBuf| {
            let about = File::open(path).and_then(|file| file.metadata());
            let about = about.map_err(|error| format!("Can't open {}: {error}.", path.display()))?;
            if about.is_dir() {
                return Err(format!("{} is a folder; name the files in it.", path.display()));
            }
            Ok(Named { path: path.clone(), about })
        };
        paths.iter().map(open).collect::<Result<_, _>>().map(Self)
    }

    /// Names and sizes.
    pub fn infos(&self) -> Vec<FileInfo> {
        self.0
            .iter()
            .map(|file| FileInfo {
                name: file.path.display().to_string(),
                size: file.about.len(),
                modified: modified(&file.about),
            })
            .collect()
    }
}

fn modified(about: &Metadata) -> Option<i64> {
    let since = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok()
}

impl ByteSource for Files {
    fn size(&self, file: u32) -> Option<u64> {
        Some(self.0[file as usize].about.len())
    }

    fn read(&mut self, file: u32, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), ReadError> {
        let Named { path, about } = &self.0[file as usize];
        let failed =
            |error: std::io::Error| ReadError { file, reason: format!("{} can't be read: {error}.", path.display()) };
        let mut open = File::open(path).map_err(failed)?;
        // A log may grow while it is read: what was there at the beginning still is.
        if open.metadata().map_err(failed)?.len() < about.len() {
            let reason = format!("{} was cut short while it was read; what was read is analysed.", path.display());
            return Err(ReadError { file, reason });
        }
        let length = (length as u64).min(about.len().saturating_sub(offset)) as usize;
        open.seek(SeekFrom::Start(offset)).map_err(failed)?;
        let start = into.len();
        into.resize(start + length, 0);
        open.read_exact(&mut into[start..]).map_err(failed)
    }
}
