//! Addresses: e-mail, IP, hardware, and credentials in URLs.

use std::ops::Range;

use memchr::{memchr_iter, memmem, memrchr};

use super::pair::is_escape;

/// Longest local part of an address of e-mail (RFC 5321, 4.5.3.1.1).
const LOCAL: usize = 64;
/// Longest domain (RFC 5321, 4.5.3.1.2).
const DOMAIN: usize = 255;

/// Whether a byte is part of a word; bytes of characters beyond ASCII are, `_` parts words: `host_10.0.0.1_eth0`.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// Whether a word stands directly before `at`; the letter of `\n`, `\r` and `\t` in an escaped text is none.
pub(super) fn word_before(text: &[u8], at: usize) -> bool {
    at > 0 && text.get(at - 1).is_some_and(|&byte| is_word(byte)) && !is_escape(text, at - 1)
}

/// The byte at `at`, if it is part of a word.
pub(super) fn word_at(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(|&byte| is_word(byte))
}

/// The end of the run of bytes from `at` on that are `wanted`.
pub(super) fn run(text: &[u8], at: usize, wanted: impl Fn(u8) -> bool) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().position(|&byte| !wanted(byte)).unwrap_or(rest.len())
}

/// `local@domain.top`. A local part longer than it may be is taken from its last bytes on, rather than left.
pub(super) fn emails(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let local = |byte: u8| is_word(byte) || matches!(byte, b'_' | b'.' | b'+' | b'-' | b'%' | b'\'');
    for at in memchr_iter(b'@', text) {
        let from = at.saturating_sub(LOCAL);
        let mut start = at;
        while start > from && local(text[start - 1]) {
            start -= 1;
        }
        // Not into the middle of a character.
        while start < at && text[start] & 0xc0 == 0x80 {
            start += 1;
        }
        while start < at && (matches!(text[start], b'\'' | b'.' | b'-' | b'%') || is_escape(text, start)) {
            start += 1;
        }
        let most = text.len().min(at + 1 + DOMAIN);
        let mut end = run(&text[..most], at + 1, |byte| is_word(byte) || matches!(byte, b'_' | b'.' | b'-'));
        while end > at + 1 && (matches!(text[end - 1], b'.' | b'-')) {
            end -= 1;
        }
        while text.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
            end += 1;
        }
        let domain = &text[at + 1..end];
        let dotted = memrchr(b'.', domain).is_some_and(|dot| {
            let top = &domain[dot + 1..];
            dot > 0 && top.len() >= 2 && !top.iter().any(u8::is_ascii_digit)
        });
        if start < at && dotted {
            add(start..end);
        }
    }
}

/// What stands between `://` and `@`.
pub(super) fn url_credentials(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    for at in memmem::find_iter(text, b"://") {
        let start = at + 3;
        let end = run(text, start, |byte| {
            !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'\\')
        });
        if let Some(length) = memrchr(b'@', &text[start..end])
            && length > 0
        {
            add(start..start + length);
        }
    }
}

/// Four numbers of at most 255; not inside a longer list of numbers, such as an object identifier.
pub(super) fn ipv4(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_ascii_digit() || word_before(text, at) || at > 0 && text[at - 1] == b'.' {
            at += 1;
            continue;
        }
        let end = run(text, at, |byte| byte.is_ascii_digit() || byte == b'.');
        let mut last = end;
        while last > at && text[last - 1] == b'.' {
            last -= 1;
        }
        if is_ipv4(&text[at..last]) && !word_at(text, end) {
            add(at..last);
        }
        at = end;
    }
}

fn is_ipv4(text: &[u8]) -> bool {
    let part = |part: &[u8]| {
        (1..=3).contains(&part.len())
            && part.iter().all(u8::is_ascii_digit)
            && part.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')) < 256
    };
    text.len() <= 15 && text.split(|&byte| byte == b'.').all(part) && memchr_iter(b'.', text).count() == 3
}

/// An address of RFC 4291, perhaps with an IPv4 tail or a zone; one without a digit is rather a path of names, `a::b`.
pub(super) fn ipv6(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let mut at = 0;
    while at < text.len() {
        let begins = (text[at].is_ascii_hexdigit() || text[at] == b':') && !word_before(text, at);
        if !begins {
            at += 1;
            continue;
        }
        let end = run(text, at, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
        let (mut first, mut last) = (at, end);
        while last > first && (text[last - 1] == b'.' || text[..last].ends_with(b":") && !text[..last].ends_with(b"::"))
        {
            last -= 1;
        }
        // `:` of what stands before, as in `addr:2001:db8::1`.
        if text[first..last].starts_with(b":") && !text[first..last].starts_with(b"::") {
            first += 1;
        }
        if is_ipv6(&text[first..last]) && !word_at(text, end) {
            if text.get(last) == Some(&b'%') {
                last = run(text, last + 1, is_word);
            }
            add(first..last);
        }
        at = end.max(at + 1);
    }
}

fn is_ipv6(text: &[u8]) -> bool {
    if text.len() > 45 || !text.iter().any(u8::is_ascii_digit) {
        return false;
    }
    let (mut groups, mut gaps) = (0, 0);
    let mut parts = text.split(|&byte| byte == b':').peekable();
    let mut place = 0;
    while let Some(part) = parts.next() {
        let edge = place == 0 || parts.peek().is_none();
        match part {
            // An edge that is empty belongs to the gap beside it.
            [] if edge => {
                let gap = if place == 0 { text.starts_with(b"::") } else { text.ends_with(b"::") };
                if !gap {
                    return false;
                }
            }
            [] => gaps += 1,
            part if part.len() <= 4 && part.iter().all(u8::is_ascii_hexdigit) => groups += 1,
            part if parts.peek().is_none() && is_ipv4(part) => groups += 2,
            _ => return false,
        }
        place += 1;
    }
    groups == 8 && gaps == 0 || gaps == 1 && groups < 8 && groups > 0
}

/// Six pairs joined by `:` or `-`, or three fours joined by `.` with a letter among them.
pub(super) fn mac(text: &[u8], add: &mut impl FnMut(Range<usize>)) {
    let mut at = 0;
    while at < text.len() {
        if !text[at].is_ascii_hexdigit() || word_before(text, at) {
            at += 1;
            continue;
        }
        let end = run(text, at, |byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'-' | b'.'));
        let mut last = end;
        while last > at && !text[last - 1].is_ascii_hexdigit() {
            last -= 1;
        }
        if is_mac(&text[at..last]) && !word_at(text, end) {
            add(at..last);
        }
        at = end;
    }
}

fn is_mac(text: &[u8]) -> bool {
    let joined = |join: u8, size: usize| {
        text.iter().enumerate().all(
            |(at, byte)| {
                if at % (size + 1) == size { *byte == join } else { byte.is_ascii_hexdigit() }
            },
        )
    };
    match text.len() {
        17 => joined(b':', 2) || joined(b'-', 2),
        14 => joined(b'.', 4) && text.iter().any(u8::is_ascii_alphabetic),
        _ => false,
    }
}
