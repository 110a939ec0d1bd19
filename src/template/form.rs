//! Messages that differ from an earlier one in their values only: found by their first word, and compared rather than lexed.
//!
//! Contract: a form holds tokens only that are such whatever stands before them ([`super::plain`], [`super::common`]). Its
//! texts are compared with the bytes that tell where their last words end, and each value is looked for by the same rules.
//! So a message that has the form has the same tokens, and the shape that was found by all rules.

use super::lex::{LETTER, class_at};
use super::shape::Shape;
use super::{common, frame, plain};
use crate::common::text::starts_with;

/// Slots; a form has one that it can be in, beside others.
const SLOTS_BITS: u32 = 7;
/// Forms of a slot.
const WAYS: usize = 4;
/// Longest message that has a form, in bytes, which is less than is looked at of any, and most tokens.
const LONGEST: usize = 400;
const MOST_TOKENS: usize = 100;
/// How often a form must be missed more than met before another takes its place.
const TRUST: u8 = 20;
/// The same of what was no form.
const DISTRUST: u8 = 200;

/// The forms that were met last.
#[derive(Clone, Debug)]
pub(super) struct Forms {
    slots: Vec<Form>,
}

/// A message with places for values.
#[derive(Clone, Debug, Default)]
struct Form {
    /// The texts one behind the other.
    texts: Vec<u8>,
    parts: Vec<Part>,
    shape: Option<Shape>,
    trust: u8,
}

#[derive(Clone, Copy, Debug)]
enum Part {
    /// So many bytes of the texts.
    Text(u16),
    /// A value.
    Value,
    /// A value behind a colon that a word stands before.
    KeyedValue,
    /// A value and the quotes around it.
    Quoted,
}

impl Default for Forms {
    fn default() -> Self {
        Self { slots: vec![Form::default(); WAYS << SLOTS_BITS] }
    }
}

impl Forms {
    /// The forms that a message may have, unless it is long: those with its first word, of which up to eight letters are
    /// looked at.
    #[inline]
    fn slot(&mut self, message: &[u8]) -> Option<&mut [Form]> {
        const HIGH: u64 = 0x8080_8080_8080_8080;
        let head = u64::from_le_bytes(*message.first_chunk::<8>().filter(|_| message.len() <= LONGEST)?);
        // Letters have the bit of 0x40; the marks among those that do only make other slots.
        let others = !(head << 1) & HIGH;
        let word = head & (others & others.wrapping_neg()).wrapping_sub(1) >> 7;
        let slot = (word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - SLOTS_BITS)) as usize * WAYS;
        self.slots.get_mut(slot..slot + WAYS)
    }

    /// The shape of a message that has a known form.
    #[inline]
    pub(super) fn find(&mut self, message: &[u8]) -> Option<Shape> {
        let form = self.slot(message)?.iter_mut().find(|form| form.fits(message))?;
        form.trust = TRUST;
        form.shape.filter(|_| frame::call(message).is_none())
    }

    /// Learns the form of a message that has none of the known ones.
    pub(super) fn learn(&mut self, message: &[u8], shape: Shape) {
        if class_at(message, 0) != LETTER {
            return;
        }
        let Some(slot) = self.slot(message) else { return };
        if let Some(form) = slot.iter_mut().find(|form| form.trust == 0) {
            *form = Form::read(message, shape);
        } else {
            for form in slot {
                form.trust -= 1;
            }
        }
    }
}

impl Form {
    /// The form of a message; one that nothing has where a token is none of the common ones.
    fn read(message: &[u8], shape: Shape) -> Self {
        let mut form = Self { trust: TRUST, shape: Some(shape), ..Self::default() };
        if frame::call(message).is_some() || form.fill(message).is_none() {
            return Self { trust: DISTRUST, ..Self::default() };
        }
        form
    }

    fn fill(&mut self, message: &[u8]) -> Option<()> {
        let (mut at, mut text, mut tokens) = (0, 0, 0);
        while at < message.len() {
            let start = at + usize::from(message[at] == b' ');
            tokens += 1;
            if tokens > MOST_TOKENS {
                return None;
            }
            if let Some(end) = plain::word(message, start).or_else(|| common::constant(message, start)) {
                at = end;
                continue;
            }
            let (part, end) = match common::value(message, start) {
                Some(end) if start > 0 && message[start - 1] == b':' => (Part::KeyedValue, end),
                Some(end) => (Part::Value, end),
                None => (Part::Quoted, common::quoted(message, start)?),
            };
            // Where a word of hexadecimal digits ends depends on those behind its colon.
            if matches!(part, Part::KeyedValue) && message[name_of(message, start)].is_ascii_hexdigit() {
                return None;
            }
            self.add_text(&message[text..start]);
            self.parts.push(part);
            (at, text) = (end, end);
        }
        self.add_text(&message[text..]);
        Some(())
    }

    fn add_text(&mut self, text: &[u8]) {
        if !text.is_empty() {
            self.texts.extend_from_slice(text);
            self.parts.push(Part::Text(text.len() as u16));
        }
    }

    /// Whether a message has this form.
    #[inline]
    fn fits(&self, message: &[u8]) -> bool {
        let (mut at, mut texts) = (0, self.texts.as_slice());
        for part in &self.parts {
            let end = match *part {
                Part::Text(length) => {
                    let Some((text, rest)) = texts.split_at_checked(usize::from(length)) else { return false };
                    texts = rest;
                    message.get(at..).filter(|message| starts_with(message, text)).map(|_| at + text.len())
                }
                Part::Value => common::value(message, at),
                // A slash behind a colon may begin more than a path.
                Part::KeyedValue => common::value(message, at).filter(|_| message[at] != b'/'),
                Part::Quoted => common::quoted(message, at),
            };
            match end {
                Some(end) => at = end,
                None => return false,
            }
        }
        at == message.len() && self.shape.is_some()
    }
}

/// Where the letters begin that stand before the colon before a place; the colon itself if there are none.
fn name_of(message: &[u8], at: usize) -> usize {
    let before = &message[..at - 1];
    before.iter().rposition(|byte| !byte.is_ascii_alphabetic()).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use crate::template::{Phrases, Shape};
    use proptest::prelude::*;

    const WORDS: [&str; 14] = [
        "Request", "received", "face", "from:", "user=", "key", "order-id", "a.b", "W0", "(", ")", "done.", "\"zoë\"",
        "at",
    ];

    proptest! {
        /// Messages of a few forms, in which values and what follows them differ.
        #[test]
        fn a_shape_is_the_same_with_forms_and_without(
            forms in prop::collection::vec(prop::collection::vec((0..WORDS.len() + 9, prop::bool::weighted(0.7)), 1..7), 1..4),
            values in prop::collection::vec(
                "[0-9]{1,4}|[0-9a-f]{1,9}|[a-z]{1,3}[0-9]{1,4}|10\\.1\\.2\\.3(:80)?|/[a-z0-9?=./]{1,5}|\"[a-z ]{1,3}\"|http://a.b/c|1[.]5|[0-9] (ms|m|KB)|[a-z0-9.:/_=\"-]{1,5}|20-01-2015",
                60..90,
            ),
        ) {
            let mut phrases = Phrases::default();
            let mut values = values.iter();
            for form in forms.iter().cycle() {
                let mut message = "Message".to_owned();
                for &(word, gap) in form {
                    message.push_str(if gap { " " } else { "" });
                    match WORDS.get(word) {
                        Some(word) => message.push_str(word),
                        None => message.push_str(values.next().map_or("", String::as_str)),
                    }
                }
                let (with, without) = (Shape::of_next(message.as_bytes(), &mut phrases), Shape::of(message.as_bytes()));
                prop_assert_eq!(with, without, "{}", message);
                if values.next().is_none() {
                    break;
                }
            }
        }

        #[test]
        fn long_values_are_cut_as_ever(length in 380_usize..2200) {
            let mut phrases = Phrases::default();
            for message in [format!("Message {}", "1".repeat(9)), format!("Message {} a", "1".repeat(length)), "Message 7 a".into()] {
                prop_assert_eq!(Shape::of_next(message.as_bytes(), &mut phrases), Shape::of(message.as_bytes()));
            }
            let long = format!("Message {}", "1".repeat(length));
            prop_assert_eq!(Shape::of_next(long.as_bytes(), &mut phrases), Shape::of(long.as_bytes()));
        }
    }
}
