//! Runs of words that messages have again and again, with what they add to a shape: found by their first eight bytes, and
//! compared rather than lexed.
//!
//! Contract: a phrase holds plain words only ([`super::plain`]), which are words whatever stands around them, and the byte
//! behind the last one. So what it adds is what the lexer would find, and a shape is the same with it and without.

use super::lex::{LETTER, class_at};
use super::plain;
use super::shape::{GAP, word_at};
use crate::common::text::starts_with;

/// Slots; a phrase has one that it can be in.
const SLOTS_BITS: u32 = 9;
/// Longest phrase that is begun to be made longer, in bytes.
const LONG: usize = 48;
/// How often a phrase must be missed more than met before another takes its place.
const TRUST: u8 = 3;

/// The phrases that were met last.
#[derive(Clone, Debug)]
pub struct Phrases {
    slots: Vec<Phrase>,
}

/// Words with one blank in between.
#[derive(Clone, Debug, Default)]
pub(super) struct Phrase {
    /// The bytes, and the one behind them.
    text: Vec<u8>,
    /// The words ([`super::shape::element`]), the first without a gap.
    pub(super) elements: Vec<u64>,
    /// Where the last word begins.
    pub(super) last: usize,
    trust: u8,
}

impl Default for Phrases {
    fn default() -> Self {
        Self { slots: vec![Phrase::default(); 1 << SLOTS_BITS] }
    }
}

impl Phrases {
    /// The phrase that begins at `at`, where a letter stands; learned if there is none yet.
    #[inline]
    pub(super) fn find(&mut self, text: &[u8], at: usize) -> Option<&Phrase> {
        let rest = text.get(at..)?;
        let head = u64::from_le_bytes(*rest.first_chunk::<8>()?);
        let slot = head.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOTS_BITS);
        let phrase = self.slots.get_mut(slot as usize)?;
        if !phrase.text.is_empty() && starts_with(rest, &phrase.text) {
            phrase.trust = TRUST;
            return Some(phrase);
        }
        if phrase.trust > 0 {
            phrase.trust -= 1;
            return None;
        }
        *phrase = Phrase::read(rest)?;
        Some(phrase)
    }
}

impl Phrase {
    /// The longest phrase at the beginning of a text.
    fn read(text: &[u8]) -> Option<Self> {
        let mut phrase = Self { trust: TRUST, ..Self::default() };
        let mut start = 0;
        // The last word of a text has no byte behind it, so that it can't be known where it would end in another.
        while let Some(end) = plain::word(text, start).filter(|&end| end < text.len()) {
            let gap = if start > 0 { GAP } else { 0 };
            phrase.elements.push(word_at(text, start, end) ^ gap);
            phrase.text.clear();
            phrase.text.extend_from_slice(&text[..=end]);
            phrase.last = start;
            start = end + 1;
            if end > LONG || text[end] != b' ' || class_at(text, start) != LETTER {
                break;
            }
        }
        (!phrase.elements.is_empty()).then_some(phrase)
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> usize {
        self.text.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Shape;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_shape_is_the_same_with_phrases_and_without(
            messages in prop::collection::vec("((Request|Requested|received|from|table|user|root|on|off|a|nothing) ?|[0-9]{1,3}|[-.:/=,#{}()'\"] ?|  |GET /x|é){0,9}", 0..40),
        ) {
            let mut phrases = Phrases::default();
            for message in messages.iter().chain(&messages) {
                let (with, without) = (Shape::of_next(message.as_bytes(), &mut phrases), Shape::of(message.as_bytes()));
                prop_assert_eq!(with, without, "{}", message);
            }
        }

        #[test]
        fn long_messages_too(word in "[a-z]{3,9}", count in 190..210_usize) {
            let message = vec![word.as_str(); count].join(" ");
            let mut phrases = Phrases::default();
            for _ in 0..2 {
                prop_assert_eq!(Shape::of_next(message.as_bytes(), &mut phrases), Shape::of(message.as_bytes()));
            }
        }
    }
}
