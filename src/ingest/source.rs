//! Where bytes come from. The engine asks; the command line answers from a file, a worker from a `File` of the browser.

use serde::{Deserialize, Serialize};

/// The bytes of the files of an analysis, by file index.
pub trait ByteSource {
    /// Size of a file in bytes; `None` where only reading to the end tells, as in a compressed stream. Never less than what
    /// can be read, the same in every worker, and the same before and after reading.
    fn size(&self, file: u32) -> Option<u64>;

    /// Whether any place of a file is read without reading what is before it, as that of a compressed stream is not.
    fn reads_in_place(&self, _file: u32) -> bool {
        true
    }

    /// Appends `length` bytes from `offset` to `into`; fewer only where the file ends, which may be before its size where
    /// packed content is damaged.
    fn read(&mut self, file: u32, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), ReadError>;

    /// Reads several pieces of a file, each `(offset, length)`, as [`Self::read`] does: at once, where each read by itself
    /// takes long.
    fn read_pieces(&mut self, file: u32, pieces: &[(u64, usize)]) -> Result<Vec<Vec<u8>>, ReadError> {
        one_by_one(self, file, pieces)
    }
}

/// [`ByteSource::read_pieces`] where it is no faster to read them at once.
pub fn one_by_one(
    source: &mut (impl ByteSource + ?Sized),
    file: u32,
    pieces: &[(u64, usize)],
) -> Result<Vec<Vec<u8>>, ReadError> {
    let read = |&(offset, length): &(u64, usize)| {
        let mut bytes = Vec::new();
        source.read(file, offset, length, &mut bytes)?;
        Ok(bytes)
    };
    pieces.iter().map(read).collect()
}

/// Bytes that could not be read: the file was changed, moved or is on a device that is gone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{reason}")]
pub struct ReadError {
    /// Index of the file.
    pub file: u32,
    /// A sentence for the person.
    pub reason: String,
}

/// Files that are in memory already, for tests and for pasted text.
#[derive(Clone, Debug, Default)]
pub struct Memory(pub Vec<Vec<u8>>);

impl ByteSource for Memory {
    fn size(&self, file: u32) -> Option<u64> {
        Some(self.0[file as usize].len() as u64)
    }

    fn read(&mut self, file: u32, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), ReadError> {
        let bytes = &self.0[file as usize];
        let from = (offset as usize).min(bytes.len());
        let to = from.saturating_add(length).min(bytes.len());
        into.extend_from_slice(&bytes[from..to]);
        Ok(())
    }
}
