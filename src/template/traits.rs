//! What a chunk of a message holds, or-ed over its bytes.

use super::lex::{self, CLASSES};

pub(super) const LETTER: u8 = lex::LETTER;
pub(super) const DIGIT: u8 = lex::DIGIT;
/// A mark that is none of the others.
pub(super) const OTHER: u8 = 4;
pub(super) const SLASH: u8 = 8;
pub(super) const BACKSLASH: u8 = 16;
pub(super) const DOT: u8 = 32;
pub(super) const AT: u8 = 64;
/// Beside [`LETTER`]: no hexadecimal digit.
pub(super) const BEYOND_HEX: u8 = 128;
/// All marks.
pub(super) const MARKS: u8 = OTHER | SLASH | BACKSLASH | DOT | AT;

/// By byte; 0 for what stands in no chunk.
pub(super) static TRAITS: [u8; 256] = traits();

const fn traits() -> [u8; 256] {
    let mut traits = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        traits[byte] = match (CLASSES[byte], byte as u8) {
            (lex::LETTER, b'a'..=b'f' | b'A'..=b'F') => LETTER,
            (lex::LETTER, _) => LETTER | BEYOND_HEX,
            (lex::DIGIT, _) => DIGIT,
            (lex::INNER, b'/') => SLASH,
            (lex::INNER, b'\\') => BACKSLASH,
            (lex::INNER, b'.') => DOT,
            (lex::INNER, b'@') => AT,
            (lex::INNER, _) => OTHER,
            _ => 0,
        };
        byte += 1;
    }
    traits
}

/// What a chunk holds.
pub(super) fn of(chunk: &[u8]) -> u8 {
    // A mark that stands in no other chunk joins a class and its method.
    chunk.iter().fold(0, |seen, &byte| seen | if byte == b'#' { OTHER } else { TRAITS[usize::from(byte)] })
}
