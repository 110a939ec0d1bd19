//! `File`s of the browser as a [`ByteSource`]. In workers only: `FileReaderSync` exists nowhere else.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{Blob, File, FileReaderSync};

use crate::ingest::{ByteSource, ReadError};

/// Larger slices were slower in every browser measured.
const SLICE: usize = 4 << 20;

/// The files of an analysis.
#[derive(Debug, Default)]
pub struct BrowserFiles {
    files: Vec<File>,
    fetched: Option<Fetched>,
}

/// Bytes that were read before they were asked for.
#[derive(Debug)]
pub struct Fetched {
    /// Index of the file.
    pub file: u32,
    /// Where they begin.
    pub from: u64,
    /// The bytes.
    pub bytes: Uint8Array,
}

impl Fetched {
    /// The bytes of a range, if they are all here.
    fn range(&self, file: u32, from: u64, to: u64) -> Option<Uint8Array> {
        let end = self.from + u64::from(self.bytes.length());
        let here = self.file == file && self.from <= from && to <= end;
        here.then(|| self.bytes.subarray((from - self.from) as u32, (to - self.from) as u32))
    }
}

impl BrowserFiles {
    /// Takes over the handles.
    pub fn new(files: Vec<File>) -> Self {
        Self { files, fetched: None }
    }

    /// Bytes that are likely to be asked for next; gives those that were set before.
    pub fn set_fetched(&mut self, fetched: Option<Fetched>) -> Option<Fetched> {
        std::mem::replace(&mut self.fetched, fetched)
    }

    /// The bytes of pieces of a file, one behind the other: each reading takes milliseconds, whatever it reads.
    fn slices(&self, file: u32, pieces: &[(u64, usize)]) -> Result<Uint8Array, ReadError> {
        let handle = &self.files[file as usize];
        let failed = |_| {
            let name = handle.name();
            let reason = format!(
                "{name} can't be read: it was changed, moved or removed, or it is a folder. What was read before is analysed; drop it again, or the files in it, to read it anew."
            );
            ReadError { file, reason }
        };
        let slice =
            |&(from, length): &(u64, usize)| handle.slice_with_f64_and_f64(from as f64, (from + length as u64) as f64);
        let blob = match pieces {
            [piece] => slice(piece),
            pieces => {
                let slices = pieces.iter().map(slice).collect::<Result<Array, _>>();
                slices.and_then(|slices| Blob::new_with_blob_sequence(&slices))
            }
        };
        let read = |blob: Blob| FileReaderSync::new()?.read_as_array_buffer(&blob);
        let buffer = blob.and_then(read).map_err(failed)?;
        let bytes: Uint8Array = Uint8Array::new(buffer.unchecked_ref());
        // A file that has shrunk gives fewer bytes, and no error, in some browsers.
        let length: usize = pieces.iter().map(|(_, length)| length).sum();
        if bytes.length() as usize == length { Ok(bytes) } else { Err(failed(buffer.into())) }
    }
}

impl ByteSource for BrowserFiles {
    fn size(&self, file: u32) -> Option<u64> {
        Some(self.files[file as usize].size() as u64)
    }

    fn read(&mut self, file: u32, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), ReadError> {
        let end = offset.saturating_add(length as u64).min(self.files[file as usize].size() as u64);
        let fetched = self.fetched.as_ref().and_then(|fetched| fetched.range(file, offset, end));
        if let Some(bytes) = fetched.filter(|_| into.is_empty()) {
            // Not into memory that would have to be cleared first, but where it was.
            drop(std::mem::take(into));
            *into = bytes.to_vec();
            return Ok(());
        }
        let mut from = offset;
        into.reserve(end.saturating_sub(offset) as usize);
        while from < end {
            let length = (end - from).min(SLICE as u64) as usize;
            let fetched = self.fetched.as_ref().and_then(|fetched| fetched.range(file, from, from + length as u64));
            let bytes = match fetched {
                Some(bytes) => bytes,
                None => self.slices(file, &[(from, length)])?,
            };
            let start = into.len();
            into.resize(start + length, 0);
            bytes.copy_to(&mut into[start..]);
            from += length as u64;
        }
        Ok(())
    }

    fn read_pieces(&mut self, file: u32, pieces: &[(u64, usize)]) -> Result<Vec<Vec<u8>>, ReadError> {
        if pieces.is_empty() {
            return Ok(Vec::new());
        }
        let size = self.files[file as usize].size() as u64;
        let there = |from: u64, length: usize| size.saturating_sub(from).min(length as u64) as usize;
        let pieces: Vec<_> = pieces.iter().map(|&(from, length)| (from, there(from, length))).collect();
        let bytes = self.slices(file, &pieces)?;
        let mut from = 0;
        let take = |(_, length): (u64, usize)| {
            let to = from + length as u32;
            bytes.subarray(std::mem::replace(&mut from, to), to).to_vec()
        };
        Ok(pieces.into_iter().map(take).collect())
    }
}
