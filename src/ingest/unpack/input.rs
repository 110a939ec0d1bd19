//! Packed bytes on their way into a decoder.

use super::ReadError;

/// Bytes that are asked for first, and at most at once. Growing, since a look at a member's beginning needs few bytes and
/// a long read is faster in large pieces.
const FIRST: usize = 32 << 10;
const MOST: usize = 1 << 20;

/// Appends bytes of a position and length; fewer only at the end.
pub(super) type Fetch<'a> = dyn FnMut(u64, usize, &mut Vec<u8>) -> Result<(), ReadError> + 'a;

/// A position in packed bytes, and the bytes at hand from there.
#[derive(Debug)]
pub(super) struct Input {
    bytes: Vec<u8>,
    at: usize,
    /// Position of `bytes[0]`.
    base: u64,
    /// No bytes follow those at hand.
    ended: bool,
    chunk: usize,
}

impl Input {
    pub(super) fn new(position: u64) -> Self {
        Self { bytes: Vec::new(), at: 0, base: position, ended: false, chunk: FIRST }
    }

    /// Position of the next byte.
    pub(super) fn position(&self) -> u64 {
        self.base + self.at as u64
    }

    /// The bytes at hand; at least `want` of them, unless the input ends before.
    pub(super) fn fill(&mut self, want: usize, fetch: &mut Fetch<'_>) -> Result<&[u8], ReadError> {
        while self.bytes.len() - self.at < want && !self.ended {
            self.bytes.drain(..self.at);
            self.base += self.at as u64;
            self.at = 0;
            let before = self.bytes.len();
            fetch(self.base + before as u64, self.chunk, &mut self.bytes)?;
            self.ended = self.bytes.len() - before < self.chunk;
            self.chunk = (self.chunk * 2).min(MOST);
        }
        Ok(&self.bytes[self.at..])
    }

    /// Takes bytes off those at hand.
    pub(super) fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.bytes.len());
    }

    /// Goes on `count` bytes later, whether they are at hand or not.
    pub(super) fn skip(&mut self, count: u64) {
        let position = self.position().saturating_add(count);
        if count <= (self.bytes.len() - self.at) as u64 {
            self.consume(count as usize);
        } else {
            *self = Self { chunk: self.chunk, ..Self::new(position) };
        }
    }
}
