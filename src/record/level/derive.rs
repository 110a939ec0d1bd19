//! A level from the words of a message.

use super::Level;

/// How much of a message is read, in bytes.
const READ: usize = 1024;
/// Capitals count among this many first words.
const FIRST_WORDS: usize = 6;
/// Levels that are also words of any other sentence.
const EVERYDAY: [&[u8]; 8] = [b"log", b"system", b"default", b"config", b"fine", b"ok", b"success", b"note"];

/// The most severe level named apart from the sentence; see [`Level::derive_from_message`].
pub(super) fn from_message(message: &[u8]) -> Level {
    let message = message.get(..READ).unwrap_or(message);
    let mut worst = Level::Unknown;
    let (mut at, mut words) = (0, 0);
    while at < message.len() {
        if !message[at].is_ascii_alphabetic() {
            at += 1;
            continue;
        }
        let length = message[at..].iter().take_while(|byte| is_of_word(**byte)).count();
        let end = at + length;
        let before = at.checked_sub(1).map(|at| message[at]);
        if before.is_none_or(|byte| !is_of_word(byte)) {
            worst = worst.max(of_word(message, at, end, words));
            words += 1;
        }
        at = end;
    }
    worst
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// The level that the word at `start..end`, the `index`-th of the message, stands for where it is; else `Unknown`.
fn of_word(message: &[u8], start: usize, end: usize, index: usize) -> Level {
    let word = &message[start..end];
    let before = start.checked_sub(1).map(|at| message[at]);
    let (behind, rest) = (message.get(end).copied(), message.get(end + 1..).unwrap_or_default());
    if is_exception(word, behind, rest) {
        return Level::Error;
    }
    // Letters alone and words of everyday language say too little.
    if word.len() < 3 || EVERYDAY.iter().any(|everyday| word.eq_ignore_ascii_case(everyday)) {
        return Level::Unknown;
    }
    let level = Level::from_word(word);
    if level == Level::Unknown {
        return level;
    }
    let closed = matches!(behind, Some(b']' | b')' | b'>' | b'}' | b'|'));
    let bracketed = closed && matches!(before, Some(b'[' | b'(' | b'<' | b'{' | b'|' | b':'));
    let is_value = matches!(before, Some(b'=' | b'"' | b':')) && is_level_key(&message[..start]);
    // Parts of paths, names and quotes are no labels; `errors::Error` neither.
    let apart = !matches!(before, Some(b'.' | b':' | b'/' | b'-' | b'"'));
    let counts = match behind {
        // `error: 0` and `err: nil` say that there was none.
        Some(b':') => apart && rest.first() != Some(&b':') && !begins_with_nothing(rest),
        Some(b'=' | b'/' | b'-' | b'.') => false,
        _ => apart && index < FIRST_WORDS && word.iter().all(u8::is_ascii_uppercase),
    };
    if bracketed || is_value || counts { level } else { Level::Unknown }
}

/// `ValueError: …`, `java.io.IOException\n\tat …`, `Traceback (most recent call last)`.
fn is_exception(word: &[u8], behind: Option<u8>, rest: &[u8]) -> bool {
    if word == b"Traceback" {
        return behind == Some(b' ') && rest.starts_with(b"(most recent");
    }
    let named = [&b"Exception"[..], b"Error"].iter().any(|kind| word.len() > kind.len() && word.ends_with(kind));
    named && word[0].is_ascii_uppercase() && matches!(behind, Some(b':' | b'\n') | None) && !rest.starts_with(b":")
}

/// Whether the text ends with a key for levels and the `=` or `:` behind it.
fn is_level_key(text: &[u8]) -> bool {
    let text = text.strip_suffix(b"\"").unwrap_or(text);
    let Some(text) = text.strip_suffix(b"=").or_else(|| text.strip_suffix(b":")).or_else(|| text.strip_suffix(b": "))
    else {
        return false;
    };
    let text = text.strip_suffix(b"\"").unwrap_or(text);
    [&b"level"[..], b"lvl", b"severity", b"priority"]
        .iter()
        .any(|key| text.len() >= key.len() && text[text.len() - key.len()..].eq_ignore_ascii_case(key))
}

/// Whether a label's text says that there is nothing: `0`, `none`, `null`, `nil`, `false`.
fn begins_with_nothing(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    let length = text.iter().take_while(|byte| is_of_word(**byte)).count();
    let nothing: [&[u8]; 5] = [b"0", b"none", b"null", b"nil", b"false"];
    nothing.iter().any(|word| text[..length].eq_ignore_ascii_case(word))
}
