//! The words of all shapes as numbers, and what a word looks like.

use rustc_hash::FxHashMap;

use super::lex::{CLASSES, DIGIT, LETTER};
use super::shape;

/// A token of a form: a value, a mark or a word; the lowest bit says that a blank stands before it.
pub(super) type Symbol = u32;

/// A value.
pub(super) const VALUE: Symbol = 0;
/// What is behind the limits of the lexer.
pub(super) const REST: Symbol = 2;
/// A value of one word or several.
pub(super) const SPAN: Symbol = 4;
/// Marks are `MARKS + 4 * byte`, two more where there are several of them.
const MARKS: Symbol = 8;
/// Words follow.
const WORDS: Symbol = MARKS + 4 * 256;

/// The first byte that is no mark in a message, but a letter.
const FIRST_AFFIX: u8 = 0x80;

/// What a word looks like: bits of [`Word::looks`].
///
/// Has a digit, which is masked.
pub(super) const NUMBERED: u8 = 1;
/// A name that a program gave: an underscore, an inner capital, an `@`, a slash.
pub(super) const COINED: u8 = 2;
/// Capitals only, two or more letters.
pub(super) const UPPER: u8 = 4;
/// A word of grammar, or one that says what happened.
pub(super) const GRAMMAR: u8 = 8;

/// A noun that a proper name follows.
pub(super) const ANNOUNCES: u8 = 16;

/// A noun that an account's name follows.
pub(super) const PERSON: u8 = 32;

/// A word.
#[derive(Clone, Debug, Default)]
pub(super) struct Word {
    pub text: String,
    /// Parts that dots join.
    pub labels: usize,
    pub looks: u8,
}

impl Word {
    /// Whether it looks like any of these.
    pub(super) fn is(&self, looks: u8) -> bool {
        self.looks & looks != 0
    }
}

/// Numbers for words.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    ids: FxHashMap<(bool, Box<[u8]>), u32>,
    words: Vec<Word>,
}

pub(super) fn mark(bytes: &[u8]) -> Symbol {
    MARKS + 4 * u32::from(bytes[0]) + 2 * u32::from(bytes.len() > 1)
}

/// A symbol without its blank.
pub(super) fn bare(symbol: Symbol) -> Symbol {
    symbol & !1
}

/// Whether it stands for values: single ones, or those of several words.
pub(super) fn is_value(symbol: Symbol) -> bool {
    matches!(bare(symbol), VALUE | SPAN)
}

pub(super) fn has_gap(symbol: Symbol) -> bool {
    symbol & 1 == 1
}

/// The byte of a mark.
pub(super) fn mark_byte(symbol: Symbol) -> Option<u8> {
    let symbol = bare(symbol);
    (MARKS..WORDS).contains(&symbol).then(|| ((symbol - MARKS) / 4) as u8)
}

/// The mark that stands for an affix ([`super::affix`]): bytes that are no marks in a message.
pub(super) fn affix_mark(place: usize) -> Symbol {
    mark(&[FIRST_AFFIX + place as u8])
}

/// Whether a symbol stands for an affix: a message begins behind it, or ends before it.
pub(super) fn is_affix(symbol: Symbol) -> bool {
    mark_byte(symbol).is_some_and(|byte| byte >= FIRST_AFFIX)
}

pub(super) fn is_word(symbol: Symbol) -> bool {
    symbol >= WORDS
}

/// What a token of a message would be as an element of a shape ([`shape::element`]).
pub(super) fn element(symbol: Symbol, words: &Words) -> u64 {
    let own = match (bare(symbol), words.get(symbol)) {
        (_, Some(word)) if word.is(NUMBERED) => shape::skeleton(word.text.as_bytes()),
        (_, Some(word)) => shape::word(word.text.as_bytes()),
        (VALUE, _) => shape::VALUE,
        (SPAN, _) => shape::SPAN,
        (REST, _) => shape::REST,
        (mark, _) => shape::mark(((mark - MARKS) / 4) as u8, mark & 2 == 0),
    };
    if has_gap(symbol) { own ^ shape::GAP } else { own }
}

/// Whether a symbol takes part in the search for slots.
pub(super) fn is_slot(symbol: Symbol) -> bool {
    is_word(symbol) || is_value(symbol)
}

impl Words {
    /// The number of a word; runs of digits of a numbered one are masked.
    pub(super) fn symbol(&mut self, bytes: &[u8], numbered: bool) -> Symbol {
        let mut key: Vec<u8> = bytes.to_vec();
        if numbered {
            key.iter_mut().filter(|byte| byte.is_ascii_digit()).for_each(|byte| *byte = b'0');
            key.dedup_by(|a, b| a == b && *a == b'0');
        }
        let next = self.words.len() as u32;
        let words = &mut self.words;
        let id = *self.ids.entry((numbered, key.into())).or_insert_with_key(|(_, key)| {
            words.push(look(key, numbered));
            next
        });
        WORDS + 2 * id
    }

    pub(super) fn get(&self, symbol: Symbol) -> Option<&Word> {
        self.words.get(bare(symbol).checked_sub(WORDS)? as usize / 2)
    }
}

fn look(bytes: &[u8], numbered: bool) -> Word {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let letters = bytes.iter().filter(|&&byte| CLASSES[usize::from(byte)] & LETTER != 0).count();
    let capitals = bytes.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    let camel = bytes.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    let labels = bytes
        .split(|&byte| byte == b'.')
        .filter(|label| label.iter().any(|&byte| CLASSES[usize::from(byte)] & (LETTER | DIGIT) != 0))
        .count();
    let coined = camel || bytes.iter().any(|byte| matches!(byte, b'_' | b'@' | b'$' | b'/' | b'\\'));
    let mut looks = 0;
    for (bit, holds) in [
        (NUMBERED, numbered),
        (COINED, coined),
        (UPPER, letters >= 2 && capitals == letters),
        (GRAMMAR, is_grammar(&text)),
        (PERSON, matches!(text.as_str(), "user" | "User" | "username" | "account")),
        (ANNOUNCES, NOUNS.binary_search(&text.to_ascii_lowercase().as_str()).is_ok()),
    ] {
        looks |= if holds { bit } else { 0 };
    }
    Word { text, labels, looks }
}

/// Closed classes of English: articles, prepositions, pronouns, auxiliaries, conjunctions, negations.
const GRAMMAR_WORDS: [&str; 88] = [
    "a", "about", "after", "again", "all", "already", "an", "and", "any", "are", "as", "at", "be", "because", "been",
    "before", "being", "between", "but", "by", "can", "cannot", "could", "did", "do", "does", "down", "due", "during",
    "for", "from", "had", "has", "have", "if", "in", "into", "is", "isn't", "it", "its", "may", "might", "more",
    "must", "no", "not", "now", "of", "off", "offline", "ok", "on", "online", "only", "or", "other", "out", "over",
    "should", "since", "so", "some", "such", "than", "that", "the", "their", "then", "there", "this", "through", "to",
    "too", "under", "until", "up", "via", "was", "were", "when", "where", "which", "while", "will", "with", "within",
    "without",
];

/// Whether a word of lower case is of a closed class: it says nothing by itself.
pub(super) fn is_closed(lower: &str) -> bool {
    GRAMMAR_WORDS.binary_search(&lower).is_ok()
}

/// A word of grammar, a participle or a negation: what such words differ in is what is said, not what it is said about.
fn is_grammar(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    if is_closed(&lower) {
        return true;
    }
    // `half-configured` is one too.
    let lower = lower.rsplit('-').next().unwrap_or_default();
    let letters = lower.bytes().all(|byte| byte.is_ascii_alphabetic());
    let participle = lower.ends_with("ed") && (!lower.ends_with("eed") || lower.ends_with("reed"));
    letters && (lower.len() >= 5 && participle || lower.len() >= 6 && lower.ends_with("ing"))
}

/// Nouns that stand before the name of what they mean: `user root`, `table orders`.
const NOUNS: [&str; 82] = [
    "account",
    "agent",
    "branch",
    "broker",
    "bucket",
    "called",
    "channel",
    "class",
    "client",
    "cluster",
    "column",
    "command",
    "component",
    "container",
    "database",
    "datasource",
    "db",
    "device",
    "directory",
    "disk",
    "domain",
    "driver",
    "environment",
    "field",
    "file",
    "filesystem",
    "folder",
    "function",
    "group",
    "host",
    "hostname",
    "image",
    "index",
    "instance",
    "interface",
    "job",
    "key",
    "language",
    "list",
    "member",
    "method",
    "module",
    "name",
    "named",
    "namespace",
    "network",
    "node",
    "option",
    "package",
    "parameter",
    "partition",
    "peer",
    "plugin",
    "pod",
    "port",
    "process",
    "program",
    "project",
    "property",
    "queue",
    "region",
    "relation",
    "role",
    "schema",
    "server",
    "service",
    "session",
    "stage",
    "step",
    "table",
    "tag",
    "target",
    "task",
    "thread",
    "topic",
    "type",
    "user",
    "username",
    "variable",
    "volume",
    "worker",
    "zone",
];
