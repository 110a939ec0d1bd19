//! The two commonest tokens, found without a look at anything around them: words of plain letters, and runs of digits.
//!
//! Contract: what is found here is what [`super::lex`] finds by all of its rules; where any of them might say otherwise,
//! nothing is found.

use super::lex::{CHUNK, class_at};
use super::value::{UNSPOKEN, is_unspoken};

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// From this length on, a word may be random letters.
const LONGEST: usize = 16;

/// By length: first letters (bit 1 is `a`, in either case) of words that may be no words: switches, literals, accounts.
const SUSPECTS: [u32; LONGEST] = {
    const fn letters(letters: &[u8]) -> u32 {
        let (mut bits, mut at) = (0, 0);
        while at < letters.len() {
            bits |= 1 << (letters[at] & 31);
            at += 1;
        }
        bits
    }
    let mut suspects = [0; LONGEST];
    suspects[2] = letters(b"no");
    suspects[3] = letters(b"noy");
    suspects[4] = letters(b"nrt");
    suspects[5] = letters(b"afg");
    suspects[6] = letters(b"n");
    suspects[9] = letters(b"u");
    suspects[13] = letters(b"a");
    suspects
};

/// The end of the word of ASCII letters that begins at `at`, if it is a word whatever stands around it.
#[inline]
pub(super) fn word(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let mut length = 0;
    // Letters that no hexadecimal number has.
    let mut beyond = 0;
    while let Some(bytes) = rest.get(length..).and_then(|rest| rest.first_chunk::<8>()) {
        let bytes = u64::from_le_bytes(*bytes);
        let lower = (bytes | (LOW * 0x20)) & !HIGH;
        let from_a = lower + LOW * (0x80 - b'a' as u64);
        let above_z = lower + LOW * (0x7f - b'z' as u64);
        let others = !(from_a & !above_z & !bytes) & HIGH;
        let above_f = lower + LOW * (0x7f - b'f' as u64);
        if others != 0 {
            length += others.trailing_zeros() as usize / 8;
            // Only those before the first other byte.
            beyond |= above_f & (others & others.wrapping_neg()).wrapping_sub(1);
            break;
        }
        beyond |= above_f;
        length += 8;
        if length >= LONGEST {
            return None;
        }
    }
    // The last bytes of the text, one by one.
    while let Some(byte) = rest.get(length).filter(|byte| byte.is_ascii_alphabetic()) {
        beyond |= u64::from((byte | 0x20) > b'f') << 7;
        length += 1;
    }
    let first = *rest.first()?;
    let suspects = *SUSPECTS.get(length)?;
    let suspect = suspects >> (first & 31) & 1 != 0 || length == 3 && first.is_ascii_uppercase();
    let ends = ends(text, at + length) || ends_at_colon(text, at, at + length);
    let unspoken = length >= UNSPOKEN && is_unspoken(&rest[..length]);
    (ends && length > 0 && !suspect && !unspoken && (length < 8 || beyond & HIGH != 0)).then_some(at + length)
}

/// The end of the digits that begin at `at`, if they are a number whatever stands before them. What follows may make it a
/// grouped one or give it a unit.
#[inline]
pub(super) fn number(text: &[u8], at: usize) -> Option<usize> {
    let digits = text.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (digits > 0 && ends(text, at + digits)).then_some(at + digits)
}

/// Whether what ends at a place ends there by all rules.
#[inline]
pub(super) fn ends(text: &[u8], at: usize) -> bool {
    class_at(text, at) & CHUNK == 0 && !matches!(text.get(at), Some(b':' | b'#' | b'{'))
}

/// Whether a word of letters ends at a colon by all rules: it begins no URL, no path, no address, and names no host.
#[inline]
pub(super) fn ends_at_colon(text: &[u8], start: usize, end: usize) -> bool {
    let (Some(b':'), Some(&next)) = (text.get(end), text.get(end + 1)) else { return false };
    let hex = text[start].is_ascii_hexdigit() && (next.is_ascii_hexdigit() || matches!(next, b'.' | b':'));
    !hex && !matches!(next, b'/' | b'\\') && text[start..end] != *b"localhost"
}
