//! The commonest values and marks, found by a look at their own bytes and the one behind them.
//!
//! Contract: what is found here is a token by all rules of [`super::lex`], whatever stands before it; where any of them might
//! say otherwise, nothing is found.

use super::lex::{BLANK, DIGIT, LETTER, MAX_QUOTED, alphanumeric_at, class_at};
use super::plain::{ends, ends_at_colon};
use super::traits::{self, TRAITS};
use super::{address, quote, time, value};

/// The end of the value that begins at `start`.
#[inline]
pub(super) fn value(text: &[u8], start: usize) -> Option<usize> {
    let byte = *text.get(start)?;
    match TRAITS[usize::from(byte)] {
        traits::DIGIT => number(text, start),
        traits::SLASH => path(text, start),
        first if first & traits::LETTER != 0 => id(text, start),
        _ => None,
    }
}

/// The end of the value in quotes that begins at `start`, with its quotes: one word.
#[inline]
pub(super) fn quoted(text: &[u8], start: usize) -> Option<usize> {
    if text.get(start) != Some(&b'"') || alphanumeric_at(text, start.wrapping_sub(1)) {
        return None;
    }
    let inside = text.get(start + 1..)?;
    let length = inside.iter().position(|&byte| matches!(byte, b'"' | b'\\') || class_of(byte) == BLANK)?;
    let end = start + length + 2;
    let closes = inside[length] == b'"' && length > 0 && end < start + MAX_QUOTED;
    (closes && !alphanumeric_at(text, end) && text.get(end) != Some(&b':')).then_some(end)
}

/// The end of the mark, the word, or the name with marks or few digits in it, that begins at `start`.
pub(super) fn constant(text: &[u8], start: usize) -> Option<usize> {
    match text.get(start)? {
        b',' | b';' | b'(' | b')' | b'[' | b']' | b'}' => return Some(start + 1),
        byte @ (b':' | b'=') => return (text.get(start + 1) != Some(byte)).then_some(start + 1),
        _ => {}
    }
    let Run { end, seen } = Run::at(text, start)?;
    let chunk = &text[start..end];
    if seen & !traits::BEYOND_HEX == traits::LETTER {
        // What stands around these may make them values.
        let uncertain = quote::is_switch(chunk) || quote::is_account(chunk) || time::is_name(chunk);
        let ends = ends(text, end) || ends_at_colon(text, start, end);
        let is_word = || value::letters(chunk, 0, chunk.len(), seen).1 == value::Class::Word;
        return (ends && !uncertain && is_word()).then_some(end);
    }
    let name = class_at(text, start) == LETTER
        && seen & (traits::SLASH | traits::BACKSLASH | traits::AT) == 0
        && ends_value(text, end);
    let is_value = || matches!(value::classify(chunk, seen), value::Class::Value(_));
    (name && !is_value() && value::numbered_name(chunk).is_none()).then_some(end)
}

fn class_of(byte: u8) -> u8 {
    super::lex::CLASSES[usize::from(byte)]
}

/// Bytes that may stand in a word, the last one of them a letter or digit, without two dots in a row.
#[derive(Clone, Copy)]
struct Run {
    end: usize,
    /// Its [`traits`].
    seen: u8,
}

impl Run {
    #[inline]
    fn at(text: &[u8], start: usize) -> Option<Self> {
        let (mut seen, mut last, mut end) = (0, 0, start);
        for &byte in text.get(start..)? {
            let own = TRAITS[usize::from(byte)];
            if own == 0 {
                break;
            }
            seen |= own;
            last = own;
            end += 1;
        }
        let dots = seen & traits::DOT != 0 && text[start..end].windows(2).any(|pair| pair == b"..");
        (last & (traits::LETTER | traits::DIGIT) != 0 && !dots).then_some(Self { end, seen })
    }
}

/// Whether what ends at a place ends there by all rules, and is no key.
#[inline]
fn ends_value(text: &[u8], end: usize) -> bool {
    ends(text, end) && text.get(end) != Some(&b'=')
}

/// An absolute path.
#[inline]
fn path(text: &[u8], start: usize) -> Option<usize> {
    let Run { end, seen } = Run::at(text, start)?;
    let named = class_at(text, start + 1) & (LETTER | DIGIT) != 0;
    // A query may go on behind other marks.
    let whole = text.get(end).is_none_or(|&byte| byte == b' ') || seen & traits::OTHER == 0;
    (named && whole && ends_value(text, end)).then_some(end)
}

/// What begins with a digit.
#[inline]
fn number(text: &[u8], start: usize) -> Option<usize> {
    let Run { end, seen } = Run::at(text, start)?;
    if seen == traits::DIGIT {
        return ends_value(text, end).then(|| value::number(text, start, end).0);
    }
    let chunk = &text[start..end];
    if seen & traits::MARKS != 0 && time::date(text, start).is_some() {
        return None;
    }
    if seen == traits::DIGIT | traits::SLASH {
        return ends_value(text, end).then(|| value::number(text, start, end).0);
    }
    if seen & (traits::SLASH | traits::BACKSLASH | traits::AT) != 0 {
        return None;
    }
    if seen == traits::DIGIT | traits::DOT {
        if text.get(end) == Some(&b':') {
            let port = address::port(text, end).filter(|_| address::is_ipv4(chunk))?;
            return ends_value(text, port).then_some(port);
        }
        // With several dots it is an address or a version, which have no units.
        let several = memchr::memchr_iter(b'.', chunk).nth(1).is_some();
        return ends_value(text, end).then(|| if several { end } else { value::number(text, start, end).0 });
    }
    // `1e-5` is a number, which may have a unit behind it.
    let whole = chunk.iter().take_while(|&&byte| byte.is_ascii_digit() || byte == b'.').count();
    let (first, rest) = chunk.get(whole..)?.split_first()?;
    let power = first | 0x20 == b'e' && rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+'));
    (class_of(*first) == LETTER && !power && ends_value(text, end)).then_some(end)
}

/// What begins with a letter and has digits enough to be no name, a URL, or an address of mail.
#[inline]
fn id(text: &[u8], start: usize) -> Option<usize> {
    let Run { end, seen } = Run::at(text, start)?;
    if seen & !traits::BEYOND_HEX == traits::LETTER {
        let url = text[end..].starts_with(b"://") && text[start].is_ascii() && !text[start].is_ascii_hexdigit();
        if !url {
            return None;
        }
        let (end, _) = address::schemed(text, start, end)?;
        return (text.get(end) != Some(&b'{')).then_some(end);
    }
    let chunk = &text[start..end];
    if seen & (traits::SLASH | traits::BACKSLASH) != 0 || !ends_value(text, end) {
        return None;
    }
    if seen & traits::AT != 0 {
        let at = chunk.iter().position(|&byte| byte == b'@')?;
        return (alphanumeric_at(chunk, at + 1) && value::object_name(chunk).is_none()).then_some(end);
    }
    let named = || value::is_code(text, start, end) || value::numbered_name(chunk).is_some();
    if seen & traits::DIGIT == 0 || named() {
        return None;
    }
    let digits = chunk.iter().filter(|byte| byte.is_ascii_digit()).count();
    let hex = seen & (traits::MARKS | traits::BEYOND_HEX) == 0 && chunk.len() >= 6;
    let is_id = hex
        || digits >= 3
        || value::has_split_digit(chunk)
        || matches!(value::classify(chunk, seen), value::Class::Value(_));
    is_id.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::lex::Lexer;
    use proptest::prelude::*;
    use value::Class;

    proptest! {
        #[test]
        fn what_is_found_is_what_all_rules_find(
            text in "([a-z]{1,5}|of|ok|rows|root|off|GET|Mon|x@y|3/4|[A-F]{2}|[a-f0-9]{1,9}|localhost|true|Jan|[0-9]{1,5}|10.1.2.3|:80|/a|://|1e5|v1|2015-07-29|ms|KB|==|\"[a-z]\"|[-.:/=,;?#{}()@\"'_+%\\\\]| |  |é){0,14}",
        ) {
            let message = text.as_bytes();
            let tokens: Vec<_> = Lexer::new(message).collect();
            // What stands in quotes and the like is one value whatever it is.
            let plain = !text.contains(['\'', '{', '\\', '<']) && crate::template::frame::call(message).is_none();
            for (place, token) in tokens.iter().enumerate().filter(|_| plain) {
                let quote = |token: Option<&super::super::lex::Token>| token.is_some_and(|token| message[token.start] == b'"');
                if place > 0 && quote(tokens.get(place - 1)) {
                    continue;
                }
                if let Some(end) = super::value(message, token.start) {
                    prop_assert!(matches!(token.class, Class::Value(_)) && token.end == end, "{:?} {}", token, end);
                }
                if let Some(end) = constant(message, token.start) {
                    prop_assert!(!matches!(token.class, Class::Value(_)) && token.end == end, "{:?} {}", token, end);
                }
                if token.start > 0
                    && let Some(end) = quoted(message, token.start).filter(|_| !message[..token.start].contains(&b'"'))
                {
                    let [mark, value, close, ..] = tokens[place..] else { panic!("three tokens") };
                    let classes = (mark.class, matches!(value.class, Class::Value(_)), close.class);
                    prop_assert_eq!(classes, (Class::Mark, true, Class::Mark));
                    prop_assert_eq!((mark.end, value.end + 1, close.end), (token.start + 1, end, end));
                }
            }
        }
    }
}
