//! zstd frames. A frame can only be unpacked from its beginning: its decoder's state can't be kept.

use std::io::Read;

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::ReadError;
use super::decoder::Flow;
use super::inflate::{damaged, longer, truncated, unequal};
use super::input::{Fetch, Input};

/// Longest header of a frame, with its magic.
const HEADER: usize = 18;
/// Largest window of a frame, in bytes: what `zstd` itself unpacks without being asked to. More is memory that a tab may not
/// have.
const MAX_WINDOW: u64 = 128 << 20;
/// A last block without content: ends a frame that is damaged, so that its decoder gives what it holds back. The bytes
/// after it stand for the checksum.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

pub(super) struct Zstd {
    frame: Option<Frame>,
    /// Size of all content, where a zip says it.
    size: Option<u64>,
}

struct Frame {
    decoder: FrameDecoder,
    /// Where the frame's content begins.
    begin: u64,
    /// What is wrong, told when what was unpacked before is given.
    trouble: Option<Trouble>,
}

#[derive(Clone, Copy)]
enum Trouble {
    Truncated,
    Damaged,
}

impl std::fmt::Debug for Zstd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zstd").field("between_frames", &self.between_frames()).finish_non_exhaustive()
    }
}

impl Zstd {
    /// Before the first frame.
    pub(super) fn new(size: Option<u64>) -> Self {
        Self { frame: None, size }
    }

    /// Whether the decoder holds no state.
    pub(super) fn between_frames(&self) -> bool {
        self.frame.is_none()
    }

    fn subject(&self) -> &'static str {
        if self.size.is_some() { "file of the zip archive" } else { "zstd file" }
    }

    /// Unpacks on behind `out[..filled]`. `position`: of what comes next.
    pub(super) fn step(
        &mut self,
        input: &mut Input,
        fetch: &mut Fetch<'_>,
        out: &mut [u8],
        filled: &mut usize,
        position: u64,
    ) -> Result<Flow, ReadError> {
        let subject = self.subject();
        let Some(frame) = &mut self.frame else {
            return self.next_frame(input, fetch, position);
        };
        if frame.decoder.can_collect() > 0 {
            let room = self.size.map_or(usize::MAX, |size| usize::try_from(size - position).unwrap_or(usize::MAX));
            if room == 0 {
                return Ok(longer(position));
            }
            let to = filled.saturating_add(room).min(out.len());
            // Reading from the decoder's own buffer can't fail; nothing read would be no progress.
            let read = frame.decoder.read(&mut out[*filled..to]).unwrap_or(0);
            *filled += read;
            return Ok(if read > 0 { Flow::More } else { damaged(subject, position) });
        }
        match frame.trouble {
            Some(Trouble::Truncated) => return Ok(truncated(subject, position)),
            Some(Trouble::Damaged) => return Ok(damaged(subject, position)),
            None if frame.decoder.is_finished() => {
                let said = frame.decoder.get_checksum_from_data();
                let begin = frame.begin;
                let right = said.is_none() || said == frame.decoder.get_calculated_checksum();
                self.frame = None;
                return Ok(if right { Flow::More } else { unequal(subject, begin) });
            }
            None => {}
        }
        let trouble = block(&mut frame.decoder, input, fetch)?;
        if trouble.is_some() {
            frame.trouble = trouble;
            // Should it fail, what the decoder holds back stays there.
            let _ = frame.decoder.decode_blocks(&LAST_BLOCK[..], BlockDecodingStrategy::UptoBlocks(1));
        }
        Ok(Flow::More)
    }

    fn next_frame(&mut self, input: &mut Input, fetch: &mut Fetch<'_>, position: u64) -> Result<Flow, ReadError> {
        let subject = self.subject();
        let mut bytes = input.fill(HEADER, fetch)?;
        let before = bytes.len();
        match *bytes {
            [] if self.size.is_some_and(|size| position < size) => return Ok(truncated(subject, position)),
            [] => return Ok(Flow::End),
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, ..] => {
                input.skip(8 + u64::from(u32::from_le_bytes([a, b, c, d])));
                return Ok(Flow::More);
            }
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {}
            _ if position == 0 => return Ok(damaged(subject, position)),
            _ => {
                let sentence = "Bytes after the end of this zstd file are no zstd data and are left out.";
                return Ok(Flow::Trouble(sentence.into(), position));
            }
        }
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        match decoder.init(&mut bytes) {
            Ok(()) => {}
            Err(FrameDecoderError::DictNotProvided { .. }) => {
                let sentence = format!("This {subject} can only be unpacked with a dictionary that is not in it.");
                return Ok(Flow::Trouble(sentence, position));
            }
            Err(FrameDecoderError::WindowSizeTooBig { .. }) => {
                let sentence = format!(
                    "This {subject} needs more memory to unpack than is given to it (128 MiB); pack it without `--long`."
                );
                return Ok(Flow::Trouble(sentence, position));
            }
            Err(_) if before < HEADER => return Ok(truncated(subject, position)),
            Err(_) => return Ok(damaged(subject, position)),
        }
        let read = before - bytes.len();
        input.consume(read);
        self.frame = Some(Frame { decoder, begin: position, trouble: None });
        Ok(Flow::More)
    }
}

/// Unpacks one block. It is given whole, so that a block that is cut off gives the same bytes however they were read.
fn block(decoder: &mut FrameDecoder, input: &mut Input, fetch: &mut Fetch<'_>) -> Result<Option<Trouble>, ReadError> {
    let &[a, b, c, ..] = input.fill(3, fetch)? else {
        return Ok(Some(Trouble::Truncated));
    };
    let header = u32::from_le_bytes([a, b, c, 0]);
    let run = header >> 1 & 3 == 1;
    let body = if run { 1 } else { (header >> 3) as usize };
    // A checksum may follow the last block.
    let mut bytes = input.fill(3 + body + 4, fetch)?;
    let before = bytes.len();
    if before < 3 + body {
        return Ok(Some(Trouble::Truncated));
    }
    let done = decoder.decode_blocks(&mut bytes, BlockDecodingStrategy::UptoBlocks(1));
    let read = before - bytes.len();
    match done {
        Ok(_) => {
            input.consume(read);
            Ok(None)
        }
        Err(FrameDecoderError::FailedToReadChecksum(_)) => Ok(Some(Trouble::Truncated)),
        Err(_) => Ok(Some(Trouble::Damaged)),
    }
}
