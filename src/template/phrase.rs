//! Runs of words that messages have again and again, with what they add to a shape: found by their first eight bytes, and
//! compared rather than lexed.
//!
//! Contract: a phrase holds plain words only ([`super::plain`]), which are words whatever stands around them, single marks
//! between these, and the bytes behind the last one that it took to tell. So what it adds is what the lexer would find, and a
//! shape is the same with it and without.

use super::form::Forms;
use super::lex::{LETTER, class_at};
use super::plain;
use super::shape::{GAP, mark, word_at};
use crate::common::text::starts_with;

/// Slots; a phrase has one that it can be in.
const SLOTS_BITS: u32 = 9;
/// Longest phrase that is begun to be made longer, in bytes.
const LONG: usize = 48;
/// How often a phrase must be missed more than met before another takes its place.
const TRUST: u8 = 3;

/// The phrases that were met last, and the forms of whole messages.
#[derive(Clone, Debug)]
pub struct Phrases {
    slots: Vec<Phrase>,
    pub(super) forms: Forms,
}

/// Words with one blank in between, perhaps behind a mark.
#[derive(Clone, Debug, Default)]
pub(super) struct Phrase {
    /// The bytes, and those behind them that tell where the last word ends.
    text: Vec<u8>,
    /// Bytes without those behind them.
    length: usize,
    /// The words and marks ([`super::shape::element`]), the first without a gap.
    pub(super) elements: Vec<u64>,
    /// Where the last word or mark begins.
    pub(super) last: usize,
    /// Whether it ends with a mark.
    pub(super) marked: bool,
    trust: u8,
}

impl Default for Phrases {
    fn default() -> Self {
        Self { slots: vec![Phrase::default(); 1 << SLOTS_BITS], forms: Forms::default() }
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
            phrase.push(word_at(text, start, end), start, end);
            let spaced = text.get(end + 1) == Some(&b' ');
            let mut next = end;
            if matches!(text[end], b',' | b':') && spaced {
                phrase.push(mark(text[end], true), end, end + 1);
                phrase.marked = true;
                next += 1;
            }
            // What is behind a colon tells what the colon is.
            let told = end + 1 + usize::from(text[end] == b':');
            phrase.text = text.get(..told)?.to_vec();
            if next > LONG || text[next] != b' ' || class_at(text, next + 1) != LETTER {
                break;
            }
            start = next + 1;
        }
        (!phrase.elements.is_empty()).then_some(phrase)
    }

    /// Adds a word or mark; one that no blank stands before is a mark, or the first.
    fn push(&mut self, element: u64, start: usize, end: usize) {
        let gap = if start > self.length { GAP } else { 0 };
        self.elements.push(element ^ gap);
        (self.last, self.length, self.marked) = (start, end, false);
    }

    /// Length in bytes.
    pub(super) fn len(&self) -> usize {
        self.length
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
            messages in prop::collection::vec("((Request|Requested|received|from|table|user|root|on|off|a|nothing|face|localhost)([,:]? |:{0,2}|)|[0-9]{1,3}|[-.:/=,#{}()'\"] ?|  |GET /x|10.0.0.1:80|é){0,9}", 0..40),
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
