//! The shape of a message: its words and marks in order, with one sign for all values.

use super::lex::{Lexer, Token};
use super::phrase::Phrases;
use super::value::Class;
use crate::common::hash::{absorb, mix};

/// Bits of a shape's hash that name its family.
const FAMILY_BITS: u32 = 10;
const FINE_BITS: u32 = u64::BITS - FAMILY_BITS;
pub(super) const VALUE: u64 = 0x5851_f42d_4c95_7f2d;
pub(super) const REST: u64 = 0x1405_7b7e_f767_814f;
/// In templates only: a value of one word or several.
pub(super) const SPAN: u64 = 0x9fb2_1c65_1e98_df25;
/// In templates only: a value of one word, or an odd one ([`super::odd`]).
pub(super) const ODD: u64 = 0xd6e8_feb8_6659_fd93;
pub(super) const GAP: u64 = 0x2545_f491_4f6c_dd1d;

/// What a shape is known by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Shape {
    /// Number of tokens.
    pub tokens: u32,
    /// Hash of the tokens. Its upper bits are the family's, see [`Shape::family`]; never 0.
    pub hash: u64,
}

impl Shape {
    /// The shape of a message.
    pub fn of(message: &[u8]) -> Self {
        Self::fold(message, None)
    }

    /// [`Shape::of`] one message after the other: the same, faster.
    pub fn of_next(message: &[u8], phrases: &mut Phrases) -> Self {
        if let Some(shape) = phrases.forms.find(message) {
            return shape;
        }
        let shape = Self::fold(message, Some(phrases));
        phrases.forms.learn(message, shape);
        shape
    }

    /// The shape of the tokens, those of a phrase taken together.
    #[inline]
    fn fold(message: &[u8], mut phrases: Option<&mut Phrases>) -> Self {
        let (mut state, mut tokens, mut first) = (0, 0_u32, 0);
        let mut lexer = Lexer::new(message);
        loop {
            if let Some((gap, words)) = phrases.as_deref_mut().and_then(|phrases| lexer.phrase(phrases)) {
                let mut gap = if gap { GAP } else { 0 };
                for word in words {
                    let own = word ^ gap;
                    if first == 0 {
                        first = own;
                    }
                    state = absorb(state, own);
                    gap = 0;
                }
                tokens += words.len() as u32;
            }
            let Some(token) = lexer.step() else { break };
            let own = element(&token, message);
            if first == 0 && token.class == Class::Word {
                first = own;
            }
            state = absorb(state, own);
            tokens += 1;
        }
        let family = mix(first ^ u64::from(tokens.min(64) / 4)) >> FINE_BITS;
        Self { tokens, hash: family << FINE_BITS | (mix(state) >> FAMILY_BITS).max(1) }
    }

    /// The hash that stands for all shapes of a family: those with the same first word and about as many tokens. There are
    /// 1,024 families, whatever the messages are.
    pub fn family(hash: u64) -> u64 {
        hash >> FINE_BITS << FINE_BITS
    }
}

impl Shape {
    /// The hash in 32 bits; never 0, which stands for "no message".
    pub fn short(self) -> u32 {
        (self.hash as u32).max(1)
    }
}

/// A token as a number: equal for all values, and for names that differ in digits only.
#[inline]
pub(super) fn element(token: &Token, message: &[u8]) -> u64 {
    let bytes = &message[token.start..token.end];
    let own = match token.class {
        Class::Word => word_at(message, token.start, token.end),
        Class::Numbered => skeleton(bytes),
        Class::Mark => mark(bytes[0], bytes.len() == 1),
        Class::Value(_) => VALUE,
        Class::Rest => REST,
    };
    if token.gap { own ^ GAP } else { own }
}

/// The element of a mark, or of several equal ones.
pub(super) fn mark(byte: u8, single: bool) -> u64 {
    u64::from(byte) << 8 | u64::from(single)
}

/// Hash of a message's shape in 32 bits; never 0, which stands for "no message".
pub fn shape_of(message: &[u8]) -> u32 {
    Shape::of(message).short()
}

/// The element of a word.
pub(super) fn word(bytes: &[u8]) -> u64 {
    word_at(bytes, 0, bytes.len())
}

/// The element of the word that stands at `start..end`.
#[inline]
pub(super) fn word_at(text: &[u8], mut start: usize, end: usize) -> u64 {
    let mut state = end.wrapping_sub(start) as u64;
    // What follows a word is read with it, and shifted away.
    while let Some(bytes) = text.get(start..).and_then(|rest| rest.first_chunk::<8>()) {
        let left = end.wrapping_sub(start);
        if left < 8 {
            let last = if left == 0 { 0 } else { u64::from_be_bytes(*bytes) >> (64 - left * 8) };
            return absorb(state, last);
        }
        state = absorb(state, u64::from_le_bytes(*bytes));
        start += 8;
    }
    let rest = text.get(start..end).unwrap_or_default();
    absorb(state, rest.iter().fold(0, |last, &byte| last << 8 | u64::from(byte)))
}

/// A name with its runs of digits masked.
pub(super) fn skeleton(bytes: &[u8]) -> u64 {
    let mut state = REST;
    let mut before = 0;
    for &byte in bytes {
        let byte = if byte.is_ascii_digit() { b'0' } else { byte };
        if byte != b'0' || before != b'0' {
            state = absorb(state, u64::from(byte));
        }
        before = byte;
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(a: &str, b: &str) {
        assert_eq!(Shape::of(a.as_bytes()), Shape::of(b.as_bytes()), "{a} / {b}");
    }

    #[track_caller]
    fn differ(a: &str, b: &str) {
        assert_ne!(Shape::of(a.as_bytes()), Shape::of(b.as_bytes()), "{a} / {b}");
    }

    #[test]
    fn values_do_not_change_a_shape_and_words_do() {
        same("timeout after 5000ms", "timeout after 17ms");
        same("GET /a/1 from 10.0.0.1:5", "GET /b/22 from 10.9.8.7:61234");
        same("id=4f2a done", "id=99 done");
        same("link eth0 up", "link eth12 up");
        same("a    b", "a b");
        differ("timeout after 5000ms", "timeout before 5000ms");
        differ("user=x", "user:x");
        differ("a b", "ab");
    }

    #[test]
    fn no_message_is_not_a_shape() {
        assert_ne!(shape_of(b""), 0);
        assert_ne!(shape_of(&[0xff; 5000]), 0);
    }
}
