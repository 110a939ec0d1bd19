//! Tests of texts, ready to run.

use std::borrow::Cow;

use regex_lite::{Regex, RegexBuilder};

use super::condition::{Range, TextTest};
use super::literal;
use super::needle::Needle;
use crate::common::text::parse_number;

/// Longest pattern of a regular expression, in bytes.
pub(super) const MAX_PATTERN: usize = 512;
/// A regular expression sees this much of a text: as much as is ever shown of it.
const REGEX_BYTES: usize = 64 << 10;
/// Memory that a compiled expression may take.
const REGEX_SIZE: usize = 1 << 20;

/// Compiles a regular expression; its matching takes linear time. The error is a sentence for the person.
pub(super) fn regex(pattern: &str, any_case: bool) -> Result<Regex, String> {
    if pattern.len() > MAX_PATTERN {
        return Err(format!("A regular expression may have {MAX_PATTERN} bytes; this one is longer."));
    }
    let built = RegexBuilder::new(pattern).case_insensitive(any_case).size_limit(REGEX_SIZE).build();
    built.map_err(|error| {
        format!("This is no regular expression: {error}. To search for the text itself, put it in quotes.")
    })
}

/// Whether a regular expression matches a text.
pub(super) fn matches(regex: Option<&Regex>, text: &[u8]) -> bool {
    let text = &text[..text.len().min(REGEX_BYTES)];
    let text = match std::str::from_utf8(text) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(text),
    };
    regex.is_some_and(|regex| regex.is_match(&text))
}

/// A [`TextTest`] that is ready to run.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Present,
    Whole(Vec<Needle>),
    Holds(Vec<Needle>),
    Exactly(Vec<u8>),
    /// `None` never matches: a pattern that did not pass the person's page.
    Regex(Option<Regex>),
    Number(Range),
}

impl Test {
    pub(super) fn new(test: &TextTest) -> Self {
        match test {
            TextTest::Present => Self::Present,
            TextTest::Whole(pieces) => Self::Whole(needles(pieces)),
            TextTest::Holds(pieces) => Self::Holds(needles(pieces)),
            TextTest::Exactly(text) => Self::Exactly(text.as_bytes().to_vec()),
            TextTest::Regex(pattern, any_case) => Self::Regex(regex(pattern, *any_case).ok()),
            TextTest::Number(range) => Self::Number(*range),
        }
    }

    /// Whether a text that is there passes.
    pub(super) fn passes(&self, text: &[u8]) -> bool {
        match self {
            Self::Present => true,
            Self::Whole(pieces) => is_whole(pieces, text),
            Self::Holds(pieces) => holds(pieces, text),
            Self::Exactly(wanted) => wanted == text,
            Self::Regex(regex) => matches(regex.as_ref(), text),
            Self::Number(range) => parse_number(text).is_some_and(|number| range.holds(number)),
        }
    }
}

pub(super) fn needles(pieces: &[String]) -> Vec<Needle> {
    pieces.iter().map(|piece| Needle::new(piece)).collect()
}

/// Whether the pieces stand in the text, one behind the other.
pub(super) fn holds(pieces: &[Needle], text: &[u8]) -> bool {
    let mut at = 0;
    pieces.iter().all(|piece| match piece.find(text, at) {
        Some(found) => {
            at = found + piece.len();
            true
        }
        None => false,
    })
}

/// Whether the text begins with the first piece, ends with the last, and has the others in between.
fn is_whole(pieces: &[Needle], text: &[u8]) -> bool {
    let Some((first, others)) = pieces.split_first() else { return false };
    let Some((last, middle)) = others.split_last() else {
        return first.len() == text.len() && first.stands_at(text, 0);
    };
    let Some(end) = text.len().checked_sub(last.len()).filter(|&end| end >= first.len()) else { return false };
    first.stands_at(text, 0) && last.stands_at(text, end) && holds(middle, &text[first.len()..end])
}

/// The longest text that stands in the raw record whenever the test passes, if there is one. No format writes its characters
/// in another way, but for JSON's `\u`, which has to be looked for as well.
pub(super) fn required(test: &TextTest) -> Option<String> {
    let pieces = match test {
        TextTest::Whole(pieces) | TextTest::Holds(pieces) => pieces.clone(),
        TextTest::Exactly(text) => vec![text.clone()],
        TextTest::Regex(pattern, _) => literal::of_regex(pattern).into_iter().collect(),
        TextTest::Present | TextTest::Number(_) => Vec::new(),
    };
    let plain =
        |piece: &String| !piece.contains(|c: char| c.is_control() || matches!(c, '"' | '\\' | '/' | '\u{fffd}'));
    pieces.into_iter().filter(|piece| plain(piece) && !piece.is_empty()).max_by_key(String::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pieces: &[&str], whole: &[&str], held: &[&str], neither: &[&str]) {
        let pieces: Vec<String> = pieces.iter().map(|&piece| piece.to_owned()).collect();
        let (is, holds) = (Test::new(&TextTest::Whole(pieces.clone())), Test::new(&TextTest::Holds(pieces)));
        for text in whole {
            assert!(is.passes(text.as_bytes()) && holds.passes(text.as_bytes()), "{text}");
        }
        for text in held {
            assert!(!is.passes(text.as_bytes()) && holds.passes(text.as_bytes()), "{text}");
        }
        for text in neither {
            assert!(!is.passes(text.as_bytes()) && !holds.passes(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn wildcards() {
        check(&["pay"], &["pay", "PAY"], &["payment", "repay"], &["pa", ""]);
        check(&["pay", ""], &["pay", "Payments"], &["repay"], &["pa"]);
        check(&["", "ment"], &["ment", "payment"], &["payments"], &["men"]);
        check(&["a", "b", "a"], &["aba", "a-b-a"], &["xaba"], &["aa", "ab"]);
        check(&["a", "a"], &["aa", "a a"], &["baab"], &["a"]);
    }

    #[test]
    fn bad_patterns_say_so() {
        assert!(regex("(", false).unwrap_err().contains("no regular expression"));
        assert!(regex(&"a".repeat(600), false).is_err());
        assert!(regex("((a{900}){900}){900}", false).is_err(), "what would take much memory is refused");
        assert!(regex("^a+$", true).unwrap().is_match("AAA"));
    }
}
