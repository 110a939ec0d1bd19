//! Compressed files and archives, and texts in UTF-16, read as if they were plain files in UTF-8.
//!
//! ```text
//! a file of the person ─ packing ─▶ gzip | zstd | zip | tar
//!                        | UTF-16
//!                      ─ members ─▶ the files in it: a name, and the steps from the file's bytes to theirs
//! virtual files        ─ Unpacker ─▶ their bytes, as any other ByteSource gives them
//! ```
//!
//! Content is unpacked as it is read and never held as a whole. A deflate stream (gzip, most entries of a zip) is left with
//! checkpoints on the way, so that reading at an earlier place again unpacks one stretch at most; see `layers.rs`. A zstd
//! frame can only be unpacked from its beginning: reading at random places of a file that is one long frame costs all of
//! the frame before the place. What is stored without compression is read in place.
//!
//! Damage is no error: what could be unpacked is given, the content ends there, and [`Unpacker::trouble`] says so.
//!
//! Sources: RFC 1951 (deflate), RFC 1952 (gzip), RFC 8878 (zstd), APPNOTE.TXT 6.3.10 (zip), POSIX.1-2017 `pax` and the GNU
//! tar manual (tar).

mod decoder;
mod inflate;
mod input;
mod label;
mod layers;
mod list;
mod tar;
mod unpacker;
mod utf16;
mod zip;
mod zstd;

use serde::{Deserialize, Serialize};

pub use list::{Contents, members};
pub use unpacker::{Unpacker, VirtualFile};

use super::source::{ByteSource, ReadError, one_by_one};

/// Most members of a container that are listed.
pub const MAX_MEMBERS: usize = 10_000;

/// Bytes of the beginning of a file that tell its packing.
pub const HEAD_BYTES: usize = 512;

/// How content is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// One or several gzip members, one after the other.
    Gzip,
    /// One or several zstd frames.
    Zstd,
    /// A zip archive.
    Zip,
    /// A tar archive that is not compressed.
    Tar,
    /// Text in UTF-16.
    Utf16 {
        /// Whether high bytes come first.
        big_endian: bool,
    },
}

impl Packing {
    /// What a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Utf16 { .. } => "UTF-16",
        }
    }
}

/// How a file is packed, by its first [`HEAD_BYTES`] bytes. `None`: it is not, or in a way that is not read.
pub fn packing(head: &[u8]) -> Option<Packing> {
    match head {
        [0x1f, 0x8b, 8, ..] => Some(Packing::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Packing::Zstd),
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Some(Packing::Zip),
        _ if tar::is_header(head) => Some(Packing::Tar),
        _ => utf16::big_endian(head).map(|big_endian| Packing::Utf16 { big_endian }),
    }
}

/// One step from the bytes of a container to those of a file in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    /// A stretch of the bytes, in place.
    Slice {
        /// Where it begins.
        offset: u64,
        /// Its length in bytes.
        length: u64,
    },
    /// gzip members are unpacked.
    Gzip,
    /// A raw deflate stream, as in a zip, is unpacked.
    Deflate {
        /// Size of the content in bytes, where the zip says it.
        size: Option<u64>,
        /// CRC-32 of the content, where the zip says it.
        crc: Option<u32>,
    },
    /// zstd frames are unpacked.
    Zstd {
        /// Size of the content in bytes, where a zip says it.
        size: Option<u64>,
    },
    /// UTF-16 becomes UTF-8.
    Utf16 {
        /// Whether high bytes come first.
        big_endian: bool,
    },
}

impl Step {
    /// Size of what the step gives, in bytes, where it is known beforehand.
    fn size(&self) -> Option<u64> {
        match *self {
            Self::Slice { length, .. } => Some(length),
            Self::Gzip | Self::Utf16 { .. } => None,
            Self::Deflate { size, .. } | Self::Zstd { size } => size,
        }
    }
}

/// A file inside a file. Small, and the same in every worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// A label for the person, the container's name first (`logs.zip/app.log`); never a path to anything.
    pub name: String,
    /// Index of the container among the real files.
    pub file: u32,
    /// From the container's bytes to the member's.
    pub steps: Vec<Step>,
    /// Why the member can't be read, as a sentence. Such a member has no bytes.
    pub refusal: Option<String>,
}

impl Member {
    /// The steps down to the compressed stream that the member is in: what is in one stream is best unpacked together, from
    /// its beginning. `None` where the member's bytes stand in the container as they are.
    pub fn stream(&self) -> Option<&[Step]> {
        let first = self.steps.iter().position(|step| !matches!(step, Step::Slice { .. }))?;
        self.steps.get(..=first)
    }

    /// Size in bytes, where it is known without unpacking; damaged content may be shorter, never longer.
    pub fn size(&self) -> Option<u64> {
        match (&self.refusal, self.steps.last()) {
            (Some(_), _) => Some(0),
            (None, step) => step.and_then(Step::size),
        }
    }
}

#[cfg(test)]
mod tests;
