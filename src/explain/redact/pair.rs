//! Values that the word before them gives away: headers, secrets, user ids, home folders.

use std::ops::Range;

use super::network::run;

/// Most bytes of a key that are looked at, from its end.
const KEY: usize = 48;

/// Ends of keys whose value is a secret, in lower case without `_`, `-` and `.`.
const SECRETS: [&str; 15] = [
    "password",
    "passwd",
    "passwort",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "accesskeyid",
    "secretkey",
    "privatekey",
    "authkey",
    "accountkey",
    "credential",
    "credentials",
];
/// Keys, or last words of keys, whose value is a secret.
const SHORT_SECRETS: [&str; 6] = ["pwd", "pass", "psw", "pin", "sig", "otp"];
/// Keys, or last words of keys, whose value names a person's account.
const USERS: [&str; 22] = [
    "user",
    "users",
    "username",
    "userid",
    "uid",
    "usr",
    "uname",
    "login",
    "loginname",
    "logname",
    "loginid",
    "account",
    "accountid",
    "accountname",
    "customer",
    "customerid",
    "clientname",
    "principal",
    "ruser",
    "euid",
    "ownerid",
    "author",
];

/// Runs of letters, digits, `_`, `-` and `.`: start and end.
fn words(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = run(text, at, |byte| !inside(byte));
        at = run(text, start, inside);
        (start < at).then_some(start..at)
    })
}

/// The last bytes of a key in lower case without joints, and where its words begin in that.
fn normalise(text: &[u8], key: &Range<usize>) -> (Vec<u8>, Vec<usize>) {
    let start = key.start.max(key.end.saturating_sub(KEY));
    let (mut name, mut begins) = (Vec::with_capacity(KEY), Vec::new());
    let mut before = 0_u8;
    for (place, &byte) in text[start..key.end].iter().enumerate() {
        if byte.is_ascii_alphanumeric() {
            let camel = byte.is_ascii_uppercase() && before.is_ascii_lowercase();
            // `\n` of an escaped text is no letter of the key.
            let escaped = place == 1 && is_escape(text, start);
            if !before.is_ascii_alphanumeric() || camel || escaped {
                begins.push(name.len());
            }
            name.push(byte.to_ascii_lowercase());
        }
        before = byte;
    }
    (name, begins)
}

/// Whether the letter at `at` is that of `\n`, `\r` or `\t`.
pub(super) fn is_escape(text: &[u8], at: usize) -> bool {
    matches!(text.get(at), Some(b'n' | b'r' | b't')) && at > 0 && text[at - 1] == b'\\'
}

fn is_secret((name, begins): &(Vec<u8>, Vec<usize>)) -> bool {
    SECRETS.iter().any(|secret| name.ends_with(secret.as_bytes())) || last_word(name, begins, &SHORT_SECRETS)
}

fn last_word(name: &[u8], begins: &[usize], words: &[&str]) -> bool {
    begins.iter().any(|&begin| words.iter().any(|word| &name[begin..] == word.as_bytes()))
}

/// Whether the value of a field of this name is a secret.
pub(super) fn names_secret(name: &str) -> bool {
    let name = name.as_bytes();
    is_secret(&normalise(name, &(0..name.len())))
}

/// Whether the value of a field of this name names a person's account.
pub(super) fn names_user(name: &str) -> bool {
    let (name, begins) = normalise(name.as_bytes(), &(0..name.len()));
    last_word(&name, &begins, &USERS)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Past backslashes and one quote: where the value begins, and the quote.
fn opened(text: &[u8], at: usize) -> (usize, Option<u8>) {
    let quote = run(text, at, |byte| byte == b'\\');
    match text.get(quote) {
        Some(&mark @ (b'"' | b'\'')) if quote - at < 8 => (quote + 1, Some(mark)),
        _ => (at, None),
    }
}

/// The value behind a key that ends at `at`: `=`, `:` or `=>` and blanks between, perhaps in quotes, which may be escaped.
fn value(text: &[u8], at: usize) -> Option<(Range<usize>, bool)> {
    let (after, _) = opened(text, at);
    let joint = run(text, after, is_blank);
    if !matches!(text.get(joint), Some(b'=' | b':')) || joint - after > 2 {
        return None;
    }
    let joint_end = if text[joint..].starts_with(b"=>") { joint + 2 } else { joint + 1 };
    let (start, quote) = opened(text, run(text, joint_end, is_blank));
    let end = match quote {
        Some(mark) => quoted(text, start, mark),
        None => run(text, start, |byte| {
            !byte.is_ascii_whitespace()
                && !matches!(byte, b',' | b';' | b'&' | b')' | b']' | b'}' | b'"' | b'\'' | b'<' | b'>' | b'|' | b'\\')
        }),
    };
    (start < end).then_some((start..end, quote.is_some()))
}

/// Where a quoted value ends: before the quote and the backslashes that escape it, or at the end of the line.
fn quoted(text: &[u8], start: usize, mark: u8) -> usize {
    // How the opening quote is escaped says how the closing one is.
    let escapes = |at: usize| text[..at].iter().rev().take_while(|&&byte| byte == b'\\').take(16).count();
    let depth = escapes(start - 1);
    let mut at = start;
    loop {
        at = run(text, at, |byte| byte != mark && byte != b'\n');
        if at >= text.len() || text[at] == b'\n' {
            return at;
        }
        let before = escapes(at);
        if before <= depth {
            return (at - before).max(start);
        }
        at += 1;
    }
}

/// Values that hide nothing.
fn says_nothing(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] =
        [b"null", b"none", b"nil", b"true", b"false", b"undefined", b"empty", b"missing", b"unknown"];
    value.iter().all(|byte| matches!(byte, b'*' | b'-' | b'?' | b'.' | b'='))
        || WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// `2026-11-21…` or `10:20:30…`.
fn is_moment(value: &[u8]) -> bool {
    let shaped = |shape: &[u8]| {
        value.len() >= shape.len()
            && shape.iter().zip(value).all(|(shape, byte)| match shape {
                b'0' => byte.is_ascii_digit(),
                mark => mark == byte,
            })
    };
    shaped(b"0000-00-00") || shaped(b"00:00:00") || shaped(b"0000/00/00")
}

/// A decimal number, perhaps with a unit: what `user=0.05` of a process's times is.
fn is_measure(value: &[u8]) -> bool {
    let whole = run(value, 0, |byte| byte.is_ascii_digit());
    let unit = &value[run(value, whole, |byte| byte.is_ascii_digit() || matches!(byte, b'.'))..];
    let decimal = value.get(whole) == Some(&b'.');
    whole > 0
        && (decimal || !unit.is_empty())
        && matches!(unit, b"" | b"s" | b"ms" | b"us" | b"ns" | b"m" | b"h" | b"%")
}

/// Values of keys such as `password`, `api_key`, `X-Auth-Token`.
pub(super) fn secrets(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let mut past = 0;
    for key in words(text) {
        if key.start < past || !is_secret(&normalise(text, &key)) {
            continue;
        }
        if let Some((value, quoted)) = value(text, key.end)
            && !says_nothing(&text[value.clone()])
            && (quoted || !is_moment(&text[value.clone()]))
        {
            past = value.end;
            add(value);
        }
    }
}

/// Values of keys such as `user`, `account_id`.
pub(super) fn users(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let mut past = 0;
    for key in words(text) {
        let (name, begins) = normalise(text, &key);
        if key.start < past || !last_word(&name, &begins, &USERS) {
            continue;
        }
        if let Some((mut value, quoted)) = value(text, key.end) {
            past = value.end;
            while !quoted && value.end > value.start && matches!(text[value.end - 1], b'.' | b':') {
                value.end -= 1;
            }
            let found = &text[value.clone()];
            if !says_nothing(found) && !is_moment(found) && !is_measure(found) {
                add(value);
            }
        }
    }
}

/// What follows `Authorization:` and `Cookie:`, and what follows `Bearer` and `Basic` and is no word of a sentence.
pub(super) fn headers(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let token = |at: usize| {
        run(text, at, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'.' | b'_' | b'~' | b'-')
        })
    };
    let mut past = 0;
    for key in words(text) {
        if key.start < past {
            continue;
        }
        let (name, begins) = normalise(text, &key);
        let range = if name.ends_with(b"authorization") {
            value(text, key.end).map(|(value, quoted)| {
                let scheme = run(text, value.start, |byte| byte.is_ascii_alphanumeric() || byte == b'-');
                let behind = run(text, scheme, is_blank);
                let found = &text[value.start..scheme];
                let listed = found.eq_ignore_ascii_case(b"digest") || found.starts_with(b"AWS4");
                if quoted || behind == scheme {
                    // The scheme stays where there is one: it tells something and hides nothing.
                    if behind > scheme { behind.min(value.end)..value.end } else { value }
                } else if listed {
                    behind..run(text, behind, |byte| !matches!(byte, b'\n' | b'\r'))
                } else {
                    behind..token(behind)
                }
            })
        } else if name.ends_with(b"cookie") {
            value(text, key.end).map(|(value, quoted)| {
                let end =
                    if quoted { value.end } else { run(text, value.start, |byte| !matches!(byte, b'\n' | b'\r')) };
                value.start..end
            })
        } else if last_word(&name, &begins, &["bearer", "basic"]) {
            let start = run(text, key.end, is_blank);
            let value = start..token(start);
            let found = &text[value.clone()];
            let humps = found.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
            let strange = humps || found.iter().any(|byte| byte.is_ascii_digit() || *byte == b'=');
            (start > key.end && value.len() >= 8 && strange).then_some(value)
        } else {
            None
        };
        if let Some(range) = range.filter(|range| !range.is_empty() && !says_nothing(&text[range.clone()])) {
            past = range.end;
            add(range);
        }
    }
}

/// The name behind `/home/`, `/Users/` and `\Users\`.
pub(super) fn homes(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    for word in words(text) {
        let folder = &text[word.clone()];
        let is_home = folder.eq_ignore_ascii_case(b"home") || folder.eq_ignore_ascii_case(b"users");
        if !is_home || word.start == 0 || !matches!(text[word.start - 1], b'/' | b'\\') {
            continue;
        }
        let start = run(text, word.end, |byte| byte == b'/' || byte == b'\\');
        let end = run(text, start, |byte| {
            !byte.is_ascii_whitespace()
                && !matches!(
                    byte,
                    b'/' | b'\\' | b'"' | b'\'' | b':' | b';' | b',' | b'<' | b'>' | b'|' | b'?' | b')' | b']' | b'}'
                )
        });
        if (1..=4).contains(&(start - word.end)) && start < end {
            add(start..end);
        }
    }
}
