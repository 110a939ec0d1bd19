//! UTF-16 text, as Windows tools write it, unpacked to UTF-8.

use super::ReadError;
use super::decoder::Flow;
use super::input::{Fetch, Input};

/// The byte order mark as a code unit.
const MARK: u16 = 0xfeff;
/// Stands for what is no character.
const REPLACEMENT: char = '\u{fffd}';
/// Longest character in UTF-8, in bytes.
const LONGEST: usize = 4;
/// Bytes of a file without a byte order mark that the decision looks at, at least.
const LEAST: usize = 8;

/// Whether a file begins like UTF-16, and whether its high bytes come first: by its byte order mark, or because every
/// other byte is NUL and those between are ASCII.
pub(super) fn big_endian(head: &[u8]) -> Option<bool> {
    match head {
        // With more zeros it is UTF-32.
        [0xff, 0xfe, 0, 0, ..] => return None,
        [0xff, 0xfe, _, ..] => return Some(false),
        [0xfe, 0xff, _, ..] => return Some(true),
        _ => {}
    }
    let pairs = || head.chunks_exact(2);
    let is_text = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7e);
    let little = pairs().filter(|pair| is_text(pair[0]) && pair[1] == 0).count();
    let big = pairs().filter(|pair| pair[0] == 0 && is_text(pair[1])).count();
    let enough = |count: usize| head.len() >= LEAST && count * 10 >= head.len() / 2 * 9;
    if enough(little) { Some(false) } else { enough(big).then_some(true) }
}

/// Decodes code units. It has no state: a character is decoded when all of it is at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Utf16 {
    big_endian: bool,
}

impl Utf16 {
    pub(super) fn new(big_endian: bool) -> Self {
        Self { big_endian }
    }

    /// Decodes on behind `out[..filled]`. Half of a pair of surrogates, or of a code unit, becomes U+FFFD.
    pub(super) fn step(
        self,
        input: &mut Input,
        fetch: &mut Fetch<'_>,
        out: &mut [u8],
        filled: &mut usize,
    ) -> Result<Flow, ReadError> {
        let first = input.position() == 0;
        // Two units, unless the input ends before.
        let bytes = input.fill(4, fetch)?;
        if bytes.is_empty() {
            return Ok(Flow::End);
        }
        let ends = bytes.len() < 4;
        let mut at = 0;
        if first && self.unit(bytes, 0) == Some(MARK) {
            at = 2;
        }
        while at < bytes.len() && out.len() - *filled >= LONGEST {
            let (character, units) = match (self.unit(bytes, at), self.unit(bytes, at + 2)) {
                (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                    (0x10000 + (u32::from(high & 0x3ff) << 10) + u32::from(low & 0x3ff), 2)
                }
                // The other half may come with the next bytes.
                (Some(0xd800..=0xdbff) | None, None) if !ends && at > 0 => break,
                (Some(unit), _) => (u32::from(unit), 1),
                (None, _) => (u32::from(REPLACEMENT), 1),
            };
            let character = char::from_u32(character).unwrap_or(REPLACEMENT);
            *filled += character.encode_utf8(&mut out[*filled..]).len();
            at += units * 2;
        }
        input.consume(at);
        Ok(Flow::More)
    }

    fn unit(self, bytes: &[u8], at: usize) -> Option<u16> {
        let unit = [*bytes.get(at)?, *bytes.get(at + 1)?];
        Some(if self.big_endian { u16::from_be_bytes(unit) } else { u16::from_le_bytes(unit) })
    }
}
