//! Deflate streams: gzip members, and entries of a zip.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{TINFL_FLAG_HAS_MORE_INPUT, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::ReadError;
use super::decoder::Flow;
use super::input::{Fetch, Input};
use crate::common::number;

/// Longest name, comment or extra field of a gzip header.
const MAX_HEADER: usize = 256 << 10;

const MAGIC: [u8; 3] = [0x1f, 0x8b, 8];
const HEADER: usize = 10;

#[derive(Clone)]
pub(super) struct Inflate {
    state: Box<DecompressorOxide>,
    wrap: Wrap,
    phase: Phase,
    crc: crc32fast::Hasher,
    /// Bytes of content of this gzip member, or this entry.
    written: u64,
}

impl std::fmt::Debug for Inflate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflate").field("phase", &self.phase).field("written", &self.written).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug)]
enum Wrap {
    Gzip,
    Entry { size: Option<u64>, crc: Option<u32> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Header,
    Body,
    Trailer,
}

impl Inflate {
    /// Before the first gzip member.
    pub(super) fn gzip() -> Self {
        Self::new(Wrap::Gzip, Phase::Header)
    }

    /// At the beginning of the data of a zip's entry.
    pub(super) fn entry(size: Option<u64>, crc: Option<u32>) -> Self {
        Self::new(Wrap::Entry { size, crc }, Phase::Body)
    }

    fn new(wrap: Wrap, phase: Phase) -> Self {
        Self { state: Box::default(), wrap, phase, crc: crc32fast::Hasher::new(), written: 0 }
    }

    fn subject(&self) -> &'static str {
        match self.wrap {
            Wrap::Gzip => "gzip file",
            Wrap::Entry { .. } => "file of the zip archive",
        }
    }

    /// Unpacks on behind `out[..filled]`, which holds the last 32 KiB of content. `position`: of what comes next.
    pub(super) fn step(
        &mut self,
        input: &mut Input,
        fetch: &mut Fetch<'_>,
        out: &mut [u8],
        filled: &mut usize,
        position: u64,
    ) -> Result<Flow, ReadError> {
        match self.phase {
            Phase::Header => self.header(input, fetch, position),
            Phase::Body => self.body(input, fetch, out, filled, position),
            Phase::Trailer => self.trailer(input, fetch, position),
        }
    }

    fn header(&mut self, input: &mut Input, fetch: &mut Fetch<'_>, position: u64) -> Result<Flow, ReadError> {
        let first = position == 0 && input.position() == 0;
        let head = input.fill(HEADER, fetch)?;
        if head.is_empty() && !first {
            return Ok(Flow::End);
        }
        if head.len() < HEADER && MAGIC.starts_with(&head[..head.len().min(3)]) {
            return Ok(truncated(self.subject(), position));
        }
        if !head.starts_with(&MAGIC) {
            return ignored(input, fetch, position);
        }
        let flags = head.get(3).copied().unwrap_or_default();
        let Some(length) = header_length(input, fetch, flags)? else {
            return Ok(truncated(self.subject(), position));
        };
        input.consume(length);
        *self = Self::new(self.wrap, Phase::Body);
        Ok(Flow::More)
    }

    fn body(
        &mut self,
        input: &mut Input,
        fetch: &mut Fetch<'_>,
        out: &mut [u8],
        filled: &mut usize,
        position: u64,
    ) -> Result<Flow, ReadError> {
        let size = match self.wrap {
            Wrap::Entry { size: Some(size), .. } => size,
            _ => u64::MAX,
        };
        let room = (size - self.written).min((out.len() - *filled) as u64) as usize;
        let bytes = input.fill(1, fetch)?;
        let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF | TINFL_FLAG_HAS_MORE_INPUT;
        let ended = bytes.is_empty();
        let (status, read, written) = decompress(&mut self.state, bytes, &mut out[..*filled + room], *filled, flags);
        input.consume(read);
        self.crc.update(&out[*filled..*filled + written]);
        *filled += written;
        self.written += written as u64;
        let position = position + written as u64;
        Ok(match status {
            TINFLStatus::Done => {
                self.phase = Phase::Trailer;
                Flow::More
            }
            TINFLStatus::NeedsMoreInput if ended => truncated(self.subject(), position),
            TINFLStatus::HasMoreOutput if self.written == size => longer(position),
            TINFLStatus::NeedsMoreInput | TINFLStatus::HasMoreOutput if read > 0 || written > 0 => Flow::More,
            _ => damaged(self.subject(), position),
        })
    }

    fn trailer(&mut self, input: &mut Input, fetch: &mut Fetch<'_>, position: u64) -> Result<Flow, ReadError> {
        let crc = self.crc.clone().finalize();
        let begin = position - self.written;
        match self.wrap {
            Wrap::Entry { size, crc: said } => Ok(match size {
                Some(size) if size != self.written => truncated(self.subject(), position),
                _ if said.is_some_and(|said| said != crc) => unequal(self.subject(), begin),
                _ => Flow::End,
            }),
            Wrap::Gzip => {
                let &[a, b, c, d, e, f, g, h, ..] = input.fill(8, fetch)? else {
                    return Ok(truncated(self.subject(), position));
                };
                if u32::from_le_bytes([a, b, c, d]) != crc || u32::from_le_bytes([e, f, g, h]) != self.written as u32 {
                    return Ok(unequal(self.subject(), begin));
                }
                input.consume(8);
                self.phase = Phase::Header;
                Ok(Flow::More)
            }
        }
    }
}

/// Length of the gzip header at hand; `None` when it does not end.
fn header_length(input: &mut Input, fetch: &mut Fetch<'_>, flags: u8) -> Result<Option<usize>, ReadError> {
    let mut length = HEADER;
    if flags & 4 != 0 {
        let &[low, high] = input.fill(length + 2, fetch)?.get(length..length + 2).unwrap_or_default() else {
            return Ok(None);
        };
        length += 2 + u16::from_le_bytes([low, high]) as usize;
    }
    // The name, then the comment: both end with a NUL.
    for flag in [8, 16] {
        if flags & flag == 0 {
            continue;
        }
        let mut want = length + 256;
        loop {
            let bytes = input.fill(want, fetch)?;
            if let Some(end) = bytes.get(length..).and_then(|rest| memchr::memchr(0, rest)) {
                length += end + 1;
                break;
            }
            if bytes.len() < want || want > MAX_HEADER {
                return Ok(None);
            }
            want *= 2;
        }
    }
    length += if flags & 2 != 0 { 2 } else { 0 };
    Ok((input.fill(length, fetch)?.len() >= length).then_some(length))
}

/// What follows a gzip member and is none itself. Zeros are padding, as of a tape or a disk's block.
fn ignored(input: &mut Input, fetch: &mut Fetch<'_>, position: u64) -> Result<Flow, ReadError> {
    let rest = input.fill(HEADER, fetch)?;
    if rest.iter().all(|&byte| byte == 0) {
        return Ok(Flow::End);
    }
    let sentence = "Bytes after the end of this gzip file are no gzip data and are left out.";
    Ok(Flow::Trouble(sentence.into(), position))
}

/// The packed bytes end too early.
pub(super) fn truncated(subject: &str, position: u64) -> Flow {
    let size = number::bytes(position);
    let sentence = format!("This {subject} ends before its content does; what could be unpacked, {size}, is read.");
    Flow::Trouble(sentence, position)
}

/// The packed bytes make no sense.
pub(super) fn damaged(subject: &str, position: u64) -> Flow {
    let size = number::bytes(position);
    let sentence = format!("This {subject} is damaged; what could be unpacked before the damage, {size}, is read.");
    Flow::Trouble(sentence, position)
}

/// The content is not what was packed, somewhere from `begin` on.
pub(super) fn unequal(subject: &str, begin: u64) -> Flow {
    let sentence =
        format!("The checksum of this {subject} does not match its content: some of what is read may be damaged.");
    Flow::Trouble(sentence, begin)
}

/// The content goes on behind the size that the archive gives.
pub(super) fn longer(position: u64) -> Flow {
    let size = number::bytes(position);
    let sentence = format!("This file of the zip archive is longer than the archive says; its first {size} are read.");
    Flow::Trouble(sentence, position)
}
