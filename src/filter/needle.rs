//! Finding a text in bytes, whatever its case, at reading speed.
//!
//! Of the needle's bytes the one that is rarest in the bytes at hand is looked for (both of its cases at once, many bytes at
//! a time), and only around a hit the rest is compared.

use memchr::{memchr, memchr2};

/// How much of the bytes at hand tells which bytes are rare.
const SAMPLE: usize = 8 << 10;

/// A text to be found.
#[derive(Clone, Debug)]
pub(super) struct Needle {
    /// The text in lower and in upper case: byte by byte of the same length. Characters whose cases differ in length stay as
    /// they are written.
    lower: Vec<u8>,
    upper: Vec<u8>,
    /// Place and length of characters of more than one byte that have two cases: these must match as a whole.
    wide: Vec<(usize, usize)>,
    /// The byte that is looked for.
    anchor: usize,
}

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        let (mut lower, mut upper) = (String::new(), String::new());
        let mut wide = Vec::new();
        for c in text.chars() {
            let (small, large) = (single(c.to_lowercase(), c), single(c.to_uppercase(), c));
            if !c.is_ascii() && small != large {
                wide.push((lower.len(), c.len_utf8()));
            }
            lower.push(small);
            upper.push(large);
        }
        Self { anchor: lower.len() / 2, lower: lower.into_bytes(), upper: upper.into_bytes(), wide }
    }

    pub(super) fn len(&self) -> usize {
        self.lower.len()
    }

    /// Chooses what to look for by a sample of the bytes. Only the speed depends on it.
    pub(super) fn adapt(&mut self, bytes: &[u8]) {
        let mut counts = [0_u32; 256];
        for &byte in &bytes[..bytes.len().min(SAMPLE)] {
            counts[usize::from(byte)] += 1;
        }
        let frequency = |at: &usize| counts[usize::from(self.lower[*at])] + counts[usize::from(self.upper[*at])];
        self.anchor = (0..self.lower.len()).min_by_key(frequency).unwrap_or(0);
    }

    /// Whether the text stands at a place.
    #[inline]
    pub(super) fn stands_at(&self, bytes: &[u8], at: usize) -> bool {
        let Some(found) = bytes.get(at..at + self.lower.len()) else { return false };
        let cases = self.lower.iter().zip(&self.upper);
        found.iter().zip(cases).all(|(byte, (small, large))| byte == small || byte == large)
            && self.wide.iter().all(|&(from, length)| {
                let place = from..from + length;
                found[place.clone()] == self.lower[place.clone()] || found[place.clone()] == self.upper[place]
            })
    }

    /// The first place at or behind `from` where the text stands.
    pub(super) fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let Some(&small) = self.lower.get(self.anchor) else { return (from <= bytes.len()).then_some(from) };
        let large = self.upper[self.anchor];
        let mut at = from + self.anchor;
        loop {
            let rest = bytes.get(at..)?;
            let hit = if small == large { memchr(small, rest) } else { memchr2(small, large, rest) }?;
            let start = at + hit - self.anchor;
            if self.stands_at(bytes, start) {
                return Some(start);
            }
            at += hit + 1;
        }
    }
}

/// The other case of a character, if it is one character of the same length.
fn single(mut cases: impl Iterator<Item = char>, c: char) -> char {
    match (cases.next(), cases.next()) {
        (Some(other), None) if other.len_utf8() == c.len_utf8() => other,
        _ => c,
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn any_case_is_found() {
        let find = |needle: &str, text: &str| Needle::new(needle).find(text.as_bytes(), 0);
        assert_eq!(find("TimeOut", "a TIMEOUT"), Some(2));
        assert_eq!(find("über", "ÜBER"), Some(0));
        assert_eq!(find("straße", "STRASSE"), None, "a character of another length stays as it is written");
        // р and Р differ in both bytes; Ѡ has the one's first and the other's second.
        assert_eq!(find("р", "Ѡ"), None);
        assert_eq!(find("р", "хР"), Some(2));
        assert_eq!(find("", "abc"), Some(0));
        assert_eq!(find("abcd", "abc"), None);
    }

    proptest! {
        #[test]
        fn every_place_is_found(text in "[abABx]{0,60}", needle in "[abAB]{1,4}", sample in "[abABx]{0,20}") {
            let mut searcher = Needle::new(&needle);
            searcher.adapt(sample.as_bytes());
            let (folded, wanted) = (text.to_lowercase(), needle.to_lowercase());
            for from in 0..=text.len() {
                let expected = folded[from..].find(&wanted).map(|at| at + from);
                prop_assert_eq!(searcher.find(text.as_bytes(), from), expected);
            }
        }
    }
}
