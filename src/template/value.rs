//! What a stretch of a message is, by how it is written.

use super::address::{
    address_behind_slash, colons, is_domain, is_host, is_ipv4, is_path, is_uuid, port, query, schemed,
};
use super::kind::ValueKind;
use super::lex::{CHUNK, CLASSES, INNER, LETTER, alphanumeric_at, class_at};
use super::quantity::{grouped, is_size_unit, is_time_unit, unit};
use super::{time, traits};

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// Constant text.
    Word,
    /// A name with a digit or two, such as `eth0` or `ssh2`: two that differ in digits only are one word in a shape.
    Numbered,
    /// A value.
    Value(ValueKind),
    /// Punctuation.
    Mark,
    /// All that is behind the limits of the lexer.
    Rest,
}

/// From this length on, letters may be random ones.
const LONG_WORD: usize = 16;
/// From this length on, letters without a vowel may be random ones.
pub(super) const UNSPOKEN: usize = 12;

/// A word of letters only: nearly always a word. `seen`: its [`traits`].
#[inline]
pub(super) fn letters(text: &[u8], start: usize, end: usize, seen: u8) -> (usize, Class) {
    let word = &text[start..end];
    match word.len() {
        3 if word[0].is_ascii_uppercase() => {
            if let Some(end) = time::named_date(text, start) {
                return (end, Class::Value(ValueKind::Time));
            }
        }
        0..=2 | 6..LONG_WORD => return (end, plain(word, seen)),
        _ => {}
    }
    let literal = match word[0] {
        b't' | b'f' => matches!(word, b"true" | b"false"),
        b'T' | b'F' => matches!(word, b"True" | b"False" | b"TRUE" | b"FALSE"),
        b'n' | b'N' => matches!(word, b"null" | b"NULL" | b"nil" | b"None" | b"NaN" | b"nan"),
        b'u' => matches!(word, b"undefined"),
        _ => false,
    };
    if literal {
        return (end, Class::Value(ValueKind::Literal));
    }
    (end, plain(word, seen))
}

/// A word, unless it is hexadecimal or random letters.
#[inline]
fn plain(word: &[u8], seen: u8) -> Class {
    if word.len() >= 8 && seen & traits::BEYOND_HEX == 0 {
        return Class::Value(ValueKind::Hex);
    }
    let random = word.len() >= LONG_WORD && word.is_ascii() && looks_random(word);
    if random || word.len() >= UNSPOKEN && is_unspoken(word) {
        return Class::Value(ValueKind::Id);
    }
    Class::Word
}

/// Whether no vowel is in letters whose case changes as in no name that is made of words: an id of a base without vowels,
/// which is chosen so that it never is a word (as the queue ids of mail servers).
pub(super) fn is_unspoken(word: &[u8]) -> bool {
    let vowel = |byte: &u8| matches!(byte | 0x20, b'a' | b'e' | b'i' | b'o' | b'u') || !byte.is_ascii();
    let changes = || word.windows(2).filter(|pair| (pair[0] ^ pair[1]) & 0x20 != 0).count();
    !word.iter().any(vowel) && changes() >= 3
}

/// Whether upper and lower case change more often than words joined in camel case do.
fn looks_random(word: &[u8]) -> bool {
    let ups = word.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()).count();
    ups * 4 > word.len()
}

/// Whether a chunk is random letters of the alphabets of base64 (RFC 4648), whose last ones may be marks: capitals, other
/// letters and digits follow one another as no words do.
pub(super) fn is_random(chunk: &[u8]) -> bool {
    if chunk.len() < LONG_WORD || chunk.len() > 128 {
        return false;
    }
    let kind = |byte: u8| match byte {
        b'a'..=b'z' => 1_u8,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 4,
        b'+' | b'/' | b'-' | b'_' => 8,
        _ => 16,
    };
    let seen = chunk.iter().fold(0, |seen, &byte| seen | kind(byte));
    let changes = chunk.windows(2).filter(|pair| kind(pair[0]) != kind(pair[1])).count();
    seen & 0b1_0111 == 0b0_0111 && changes * 20 > chunk.len() * 9
}

/// Whether a chunk, or what stands behind its last slash, is random letters.
fn ends_random(chunk: &[u8]) -> bool {
    let from = chunk.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    is_random(chunk) || is_random(&chunk[from..])
}

/// A run of digits with nothing glued to it that could belong to it, but a colon or dots.
pub(super) fn number(text: &[u8], start: usize, end: usize) -> (usize, Class) {
    let (end, kind) = grouped(text, start, end);
    let (end, kind) = unit(text, end).filter(|_| kind == ValueKind::Number).unwrap_or((end, kind));
    (end, Class::Value(kind))
}

/// What begins at `start` and runs to `end`, by the bytes that may stand in words; gives where it really ends. `seen`: the
/// run's [`traits`].
pub(super) fn chunk(text: &[u8], start: usize, mut end: usize, mut seen: u8) -> (usize, Class) {
    let first = text[start];
    // A mark parts the numbers of a date.
    if first.is_ascii_digit()
        && (seen & traits::MARKS != 0 || text.get(end) == Some(&b'.'))
        && let Some(end) = time::date(text, start)
    {
        return (end, Class::Value(ValueKind::Time));
    }
    if text.get(end) == Some(&b':') {
        if first.is_ascii_hexdigit()
            && let Some((end, kind)) = colons(text, start)
        {
            return (end, Class::Value(kind));
        }
        if first.is_ascii_alphabetic()
            && let Some((end, kind)) = schemed(text, start, end)
        {
            return (end, Class::Value(kind));
        }
    }
    let path = seen & (traits::SLASH | traits::BACKSLASH) != 0 && is_path(&text[start..end]);
    let run = end;
    while end > start + 1 && class_at(text, end - 1) == INNER {
        let byte = text[end - 1];
        let belongs = byte == b'_' || byte == b'$' || path && matches!(byte, b'/' | b'\\' | b'*' | b'~' | b'?' | b'+');
        if belongs || end == run && matches!(byte, b'-' | b'+' | b'/') && ends_random(&text[start..end]) {
            break;
        }
        end -= 1;
    }
    if path && let Some(end) = padding(text, start, run).filter(|_| text.get(run) == Some(&b'=')) {
        return (end, Class::Value(ValueKind::Id));
    }
    if path {
        if class_at(text, end) == 0 && text[start..end].contains(&b'?') {
            end = query(text, end);
        }
        let port = port(text, end);
        let kind = if address_behind_slash(&text[start..end]) { ValueKind::Ip } else { ValueKind::Path };
        return (port.unwrap_or(end), Class::Value(kind));
    }
    if end < run {
        seen = traits::of(&text[start..end]);
    }
    if text.get(end) == Some(&b'=') {
        if is_key(&text[start..end]) && !matches!(text.get(end + 1), None | Some(b'=' | b' ')) {
            return (end, Class::Word);
        }
        if let Some(end) = padding(text, start, end) {
            return (end, Class::Value(ValueKind::Id));
        }
    }
    let keyed = start > 0 && text[start - 1] == b'=';
    if seen & traits::AT != 0
        && let Some(name) = object_name(&text[start..end]).filter(|_| !keyed)
    {
        return (start + name, Class::Word);
    }
    let apart = start == 0 || text[start - 1] == b' ';
    if seen & traits::DOT != 0
        && let Some(name) = numbered_name(&text[start..end]).filter(|_| apart)
    {
        return (start + name, Class::Word);
    }
    if apart && is_code(text, start, end) {
        return (end, Class::Numbered);
    }
    let class = classify(&text[start..end], seen);
    if let Class::Value(ValueKind::Number | ValueKind::Id | ValueKind::Hex) = class
        && let Some(end) = joined(text, end)
    {
        return (end, Class::Value(ValueKind::Id));
    }
    match class {
        Class::Value(ValueKind::Number) => return number(text, start, end),
        Class::Value(ValueKind::Ip) => return (port(text, end).unwrap_or(end), class),
        Class::Value(ValueKind::Id | ValueKind::Host) | Class::Word | Class::Numbered => {
            if let Some(port) = port(text, end).filter(|_| is_host(&text[start..end])) {
                return (port, Class::Value(ValueKind::Host));
            }
        }
        _ => {}
    }
    (end, class)
}

/// The end of values that are joined to one by colons: `12:0x1f`, `BP-10-1444:blk_10_27`.
fn joined(text: &[u8], mut at: usize) -> Option<usize> {
    let mut end = None;
    while text.get(at) == Some(&b':') && alphanumeric_at(text, at + 1) {
        let length = text[at + 1..].iter().take_while(|&&byte| CLASSES[usize::from(byte)] & CHUNK != 0).count();
        let mut next = at + 1 + length;
        while class_at(text, next - 1) == INNER {
            next -= 1;
        }
        let part = &text[at + 1..next];
        if !matches!(classify(part, traits::of(part)), Class::Value(_)) {
            return None;
        }
        at = next;
        end = Some(at);
    }
    end
}

/// The length of a class's name before the hash of an object: `java.lang.Object@1f2e3d`.
pub(super) fn object_name(chunk: &[u8]) -> Option<usize> {
    let at = chunk.iter().position(|&byte| byte == b'@')?;
    let (name, hash) = (&chunk[..at], &chunk[at + 1..]);
    let dotted = name.contains(&b'.') && name[0].is_ascii_alphabetic();
    (dotted && !hash.is_empty() && hash.iter().all(u8::is_ascii_hexdigit)).then_some(at)
}

/// The length of a name and a dot before the number of one of many: `core.2275`, `osd.6`.
pub(super) fn numbered_name(chunk: &[u8]) -> Option<usize> {
    let dot = chunk.iter().position(|&byte| byte == b'.')?;
    let (name, number) = (&chunk[..dot], &chunk[dot + 1..]);
    let is_name = dot > 2 && name.iter().all(u8::is_ascii_lowercase);
    (is_name && !number.is_empty() && number.iter().all(u8::is_ascii_digit)).then_some(dot + 1)
}

/// Whether what stands there may be the code of a message, as programs write it before the text: `ISPN000094: …`,
/// `ORA-01017: …`. It is a value where codes differ and the text does not.
pub(super) fn is_code(text: &[u8], start: usize, end: usize) -> bool {
    let chunk = &text[start..end];
    let name = chunk.iter().take_while(|byte| byte.is_ascii_uppercase() || **byte == b'-').count();
    let number = &chunk[name..];
    let coded =
        name >= 2 && chunk[0] != b'-' && (4..=6).contains(&number.len()) && number.iter().all(u8::is_ascii_digit);
    coded && text[end..].starts_with(b": ")
}

/// What a chunk without colons and outer marks is. `seen`: its [`traits`].
pub(super) fn classify(chunk: &[u8], seen: u8) -> Class {
    let first = chunk[0];
    if seen & traits::DIGIT == 0 {
        if seen & traits::MARKS == 0 {
            return letters(chunk, 0, chunk.len(), seen).1;
        }
        if seen & traits::DOT != 0 && is_domain(chunk) {
            return Class::Value(ValueKind::Host);
        }
        return match chunk.iter().position(|&byte| byte == b'@') {
            Some(at) if at > 0 && alphanumeric_at(chunk, at + 1) => Class::Value(ValueKind::Email),
            _ => Class::Word,
        };
    }
    if is_uuid(chunk) {
        return Class::Value(ValueKind::Uuid);
    }
    let unsigned = chunk.strip_prefix(b"-").or(chunk.strip_prefix(b"+")).unwrap_or(chunk);
    if unsigned[0].is_ascii_digit() || unsigned[0] == b'.' {
        return Class::Value(digit_led(unsigned, seen));
    }
    let pure_hex = seen & (traits::MARKS | traits::BEYOND_HEX) == 0;
    if pure_hex && chunk.len() >= 6 {
        return Class::Value(ValueKind::Hex);
    }
    if seen & traits::AT != 0 && first != b'@' {
        return Class::Value(ValueKind::Email);
    }
    let letters = chunk.iter().filter(|&&byte| CLASSES[usize::from(byte)] == LETTER).count();
    if matches!(first, b'v' | b'V') && letters == 1 && seen & traits::DOT != 0 {
        return Class::Value(ValueKind::Version);
    }
    let digits = chunk.iter().filter(|byte| byte.is_ascii_digit()).count();
    let random = chunk.len() >= LONG_WORD && looks_random(chunk);
    let few = digits <= 2 && letters > digits && !random && !has_split_digit(chunk);
    if few && is_standard(chunk) {
        return Class::Word;
    }
    if few && ends_in_hex(chunk) {
        return Class::Value(ValueKind::Id);
    }
    if few && CLASSES[usize::from(first)] == LETTER { Class::Numbered } else { Class::Value(ValueKind::Id) }
}

/// Whether what stands before an equals sign is the name of something, though it has digits: `sha256=`, `p99=`.
fn is_key(name: &[u8]) -> bool {
    let digits = name.iter().filter(|byte| byte.is_ascii_digit()).count();
    (1..=3).contains(&digits)
        && name.len() <= 16
        && name[0].is_ascii_alphabetic()
        && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The end of the padding of base64 (RFC 4648) that is long enough to be told from a name.
fn padding(text: &[u8], start: usize, end: usize) -> Option<usize> {
    let padded = text[end..].iter().take(3).take_while(|&&byte| byte == b'=').count();
    let (digits, whole) = (&text[start..end], end + padded - start);
    let has = |is: fn(&u8) -> bool| digits.iter().any(is);
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let ends = class_at(text, end + padded) & CHUNK == 0;
    let base64 = matches!(padded, 1 | 2) && whole >= 16 && whole.is_multiple_of(4) && digits.iter().all(known);
    (base64 && mixed && ends).then_some(end + padded)
}

/// Whether a digit stands behind a mark.
pub(super) fn has_split_digit(chunk: &[u8]) -> bool {
    chunk.windows(2).any(|pair| CLASSES[usize::from(pair[0])] == INNER && pair[1].is_ascii_digit())
}

/// Whether the last part behind a hyphen or underscore is hexadecimal and too long for a number of few digits.
fn ends_in_hex(chunk: &[u8]) -> bool {
    let last = chunk.rsplit(|byte| matches!(byte, b'-' | b'_')).next().unwrap_or_default();
    let digits = last.iter().any(u8::is_ascii_digit);
    last.len() < chunk.len() && last.len() >= 6 && digits && last.iter().all(u8::is_ascii_hexdigit)
}

/// Names of standards, whose digit says which.
fn is_standard(name: &[u8]) -> bool {
    const NAMES: [&str; 20] = [
        "ipv4", "ipv6", "inet4", "inet6", "tcp4", "tcp6", "udp4", "udp6", "utf8", "utf16", "md4", "md5", "sha1",
        "sha2", "ssh1", "ssh2", "ext2", "ext3", "ext4", "http2",
    ];
    NAMES.iter().any(|standard| name.eq_ignore_ascii_case(standard.as_bytes()))
}

/// What begins with a digit. `seen`: the [`traits`] of the chunk, with its sign.
fn digit_led(chunk: &[u8], seen: u8) -> ValueKind {
    if seen & traits::LETTER == 0 {
        let dots = if seen & traits::DOT == 0 { 0 } else { memchr::memchr_iter(b'.', chunk).count() };
        return match dots {
            3 if is_ipv4(chunk) => ValueKind::Ip,
            2.. if seen & (traits::SLASH | traits::OTHER) == 0 => ValueKind::Version,
            _ => ValueKind::Number,
        };
    }
    if chunk.starts_with(b"0x") || chunk.starts_with(b"0X") {
        return ValueKind::Hex;
    }
    let digits = chunk.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    match chunk.get(digits..).unwrap_or_default() {
        [b'e' | b'E', rest @ ..]
            if rest.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+')) && !rest.is_empty() =>
        {
            ValueKind::Number
        }
        rest if is_size_unit(rest) => ValueKind::Size,
        rest if is_time_unit(rest) => ValueKind::Duration,
        _ if seen & (traits::MARKS | traits::BEYOND_HEX) == 0 => ValueKind::Hex,
        _ if time::is_compound_duration(chunk) => ValueKind::Duration,
        _ => ValueKind::Id,
    }
}
