//! A decoder at some place of its stream.

use super::inflate::Inflate;
use super::input::{Fetch, Input};
use super::utf16::Utf16;
use super::zstd::Zstd;
use super::{ReadError, Step};

/// Bytes of unpacked content that are kept at least, so that ranges which overlap, and rows on one screen, are not unpacked
/// twice.
const KEEP: usize = 1 << 20;
/// Bytes of unpacked content that are held at most.
const HOLD: usize = 2 << 20;
/// Room that a decoder gets at least for its next step.
const ROOM: usize = 64 << 10;
/// Content that one step gives at most, in bytes, at first and later. Between steps, checkpoints may be taken.
const FIRST_STRIDE: usize = 8 << 10;
const STRIDE: usize = 256 << 10;
/// Content that deflate may refer back to.
const WINDOW: usize = 32 << 10;

/// What a step of a decoder came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// There is more.
    More,
    /// The content ends here.
    End,
    /// The content ends here although all is not well: a sentence for the person, and where the content that it concerns
    /// begins.
    Trouble(String, u64),
}

#[derive(Debug)]
enum Codec {
    Inflate(Inflate),
    Zstd(Box<Zstd>),
    Utf16(Utf16),
}

/// A decoder, the packed bytes ahead of it, and the content behind it.
#[derive(Debug)]
pub(super) struct Decoder {
    codec: Codec,
    input: Input,
    out: Vec<u8>,
    filled: usize,
    end: u64,
    /// Content that the next step gives at most, in bytes: few at first, since often a beginning is all that is read.
    stride: usize,
}

/// A place from which a stream can be unpacked again.
#[derive(Debug)]
pub(super) struct Checkpoint {
    /// Position in the content.
    pub(super) position: u64,
    packed: u64,
    /// The state there; `None` in UTF-16 and at the beginning of a zstd frame, where there is none.
    inflate: Option<Inflate>,
    window: Box<[u8]>,
}

impl Decoder {
    /// A decoder at the beginning of a stream. `buffer` is used again, whatever it holds.
    pub(super) fn new(step: &Step, buffer: Vec<u8>) -> Self {
        let codec = match *step {
            Step::Zstd { size } => Codec::Zstd(Box::new(Zstd::new(size))),
            Step::Utf16 { big_endian } => Codec::Utf16(Utf16::new(big_endian)),
            Step::Deflate { size, crc } => Codec::Inflate(Inflate::entry(size, crc)),
            Step::Gzip | Step::Slice { .. } => Codec::Inflate(Inflate::gzip()),
        };
        Self { codec, input: Input::new(0), out: buffer, filled: 0, end: 0, stride: FIRST_STRIDE }
    }

    /// A decoder at a checkpoint.
    pub(super) fn resume(step: &Step, checkpoint: &Checkpoint, buffer: Vec<u8>) -> Self {
        let mut decoder = Self::new(step, buffer);
        if let Some(inflate) = &checkpoint.inflate {
            decoder.codec = Codec::Inflate(inflate.clone());
        }
        decoder.input = Input::new(checkpoint.packed);
        let window = checkpoint.window.len();
        decoder.make_room(window);
        decoder.out[..window].copy_from_slice(&checkpoint.window);
        decoder.filled = window;
        decoder.end = checkpoint.position;
        decoder
    }

    /// The place where the decoder is, where it can be kept.
    pub(super) fn checkpoint(&self) -> Option<Checkpoint> {
        let (inflate, window) = match &self.codec {
            Codec::Inflate(inflate) => (Some(inflate.clone()), self.filled.min(WINDOW)),
            Codec::Zstd(zstd) if zstd.between_frames() => (None, 0),
            Codec::Utf16(_) => (None, 0),
            Codec::Zstd(_) => return None,
        };
        let window = self.out[self.filled - window..self.filled].into();
        Some(Checkpoint { position: self.end, packed: self.input.position(), inflate, window })
    }

    /// Positions of the content at hand.
    pub(super) fn held(&self) -> std::ops::Range<u64> {
        self.end - self.filled as u64..self.end
    }

    /// Position in the packed bytes.
    pub(super) fn packed_position(&self) -> u64 {
        self.input.position()
    }

    /// Appends the content at hand from `from` on, up to `to`. `from` is not before what is held.
    pub(super) fn copy(&self, from: u64, to: u64, into: &mut Vec<u8>) {
        let held = self.held();
        if from >= held.start && from < held.end {
            let (from, to) = (from - held.start, to.min(held.end) - held.start);
            into.extend_from_slice(&self.out[from as usize..to as usize]);
        }
    }

    /// Unpacks on, some hundred kilobytes at most. Content at hand may go, but for the last [`KEEP`] bytes.
    pub(super) fn step(&mut self, fetch: &mut Fetch<'_>) -> Result<Flow, ReadError> {
        self.make_room(ROOM);
        let to = self.out.len().min(self.filled + self.stride);
        self.stride = (self.stride * 2).min(STRIDE);
        let room = &mut self.out[..to];
        let before = self.filled;
        let flow = match &mut self.codec {
            Codec::Inflate(inflate) => inflate.step(&mut self.input, fetch, room, &mut self.filled, self.end)?,
            Codec::Zstd(zstd) => zstd.step(&mut self.input, fetch, room, &mut self.filled, self.end)?,
            Codec::Utf16(utf16) => utf16.step(&mut self.input, fetch, room, &mut self.filled)?,
        };
        self.end += (self.filled - before) as u64;
        Ok(flow)
    }

    fn make_room(&mut self, room: usize) {
        if self.out.len() - self.filled >= room {
            return;
        }
        if self.out.len() < HOLD {
            let length = (self.out.len() * 2).max(self.filled + room).clamp(4 * WINDOW, HOLD);
            self.out.resize(length, 0);
        }
        if self.out.len() - self.filled < room {
            self.out.copy_within(self.filled - KEEP..self.filled, 0);
            self.filled = KEEP;
        }
    }

    /// The buffer, to be used again.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.out
    }

    /// Whether it is a zstd decoder, which may hold far more memory than others.
    pub(super) fn is_zstd(&self) -> bool {
        matches!(self.codec, Codec::Zstd(_))
    }
}
