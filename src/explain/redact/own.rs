//! Words and patterns that a person adds to the rules.

use memchr::memmem;
use regex_lite::{Regex, RegexBuilder};
use thiserror::Error;

use super::rule::{Found, Rule};
use crate::common::text::cut;

/// Most words, and most patterns.
const MOST: usize = 200;
/// Longest word, in bytes.
const WORD: usize = 256;
/// Longest pattern, in bytes.
const PATTERN: usize = 512;
/// Largest compiled pattern, in bytes.
const COMPILED: usize = 1 << 18;
/// Text is searched in pieces of this many bytes, because looking for all matches of a pattern may take time that is
/// quadratic in the piece …
const PIECE: usize = 4096;
/// … and pieces overlap by this many: a longer match across a border may be found in part only.
const OVERLAP: usize = 512;

/// The person's own words (found regardless of ASCII case, inside words too) and patterns.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// In lower case.
    words: Vec<Vec<u8>>,
    patterns: Vec<Regex>,
}

/// Why a word or pattern can't be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OwnError {
    /// There are as many as there may be.
    #[error("there are {MOST} already")]
    TooMany,
    /// It is empty, or a pattern that matches nothing at all.
    #[error("it matches the empty text")]
    Empty,
    /// It is too long.
    #[error("it is longer than {0} bytes")]
    TooLong(usize),
    /// It is no regular expression, or one that needs too much memory.
    #[error("{0}")]
    Pattern(String),
}

impl Own {
    /// Adds a word.
    pub fn add_word(&mut self, word: &str) -> Result<(), OwnError> {
        let word = word.trim();
        if self.words.len() >= MOST {
            return Err(OwnError::TooMany);
        }
        if word.is_empty() {
            return Err(OwnError::Empty);
        }
        if word.len() > WORD {
            return Err(OwnError::TooLong(WORD));
        }
        self.words.push(word.to_ascii_lowercase().into_bytes());
        Ok(())
    }

    /// Adds a regular expression in the syntax of `regex-lite`.
    pub fn add_pattern(&mut self, pattern: &str) -> Result<(), OwnError> {
        if self.patterns.len() >= MOST {
            return Err(OwnError::TooMany);
        }
        if pattern.len() > PATTERN {
            return Err(OwnError::TooLong(PATTERN));
        }
        let compiled = RegexBuilder::new(pattern)
            .size_limit(COMPILED)
            .nest_limit(32)
            .build()
            .map_err(|error| OwnError::Pattern(error.to_string()))?;
        if compiled.is_match("") {
            return Err(OwnError::Empty);
        }
        self.patterns.push(compiled);
        Ok(())
    }

    /// Adds what words and patterns match.
    pub(super) fn find(&self, text: &str, found: &mut Vec<Found>) {
        if !self.words.is_empty() {
            let lower = text.to_ascii_lowercase();
            for word in &self.words {
                let places = memmem::find_iter(lower.as_bytes(), word);
                found.extend(places.map(|at| (at..at + word.len(), Rule::Own)));
            }
        }
        if !self.patterns.is_empty() {
            for (start, piece) in pieces(text) {
                for pattern in &self.patterns {
                    let matches = pattern.find_iter(piece).filter(|found| !found.is_empty());
                    found.extend(matches.map(|found| (start + found.start()..start + found.end(), Rule::Own)));
                }
            }
        }
    }
}

/// Overlapping pieces of a text and where they begin.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let piece = cut(&text[start..], PIECE);
        let end = start + piece.len();
        next = (end < text.len()).then(|| {
            // Back to where a character begins; a piece is longer than its overlap, so this moves on.
            (start + 1..=end - OVERLAP).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(end)
        });
        Some((start, piece))
    })
}
