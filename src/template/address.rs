//! Addresses, names of hosts, URLs and paths inside messages.

use super::kind::ValueKind;
use super::lex::{CHUNK, CLASSES, alphanumeric_at, class_at};
use super::quote::escaped_quote;
use super::time;

/// A host's full name: at least three labels, the last one as countries' and generic top level domains are; or two, the
/// last one of a closed list. Names of classes and packages end otherwise.
pub(super) fn is_domain(name: &[u8]) -> bool {
    const GENERIC: [&[u8]; 12] = [
        b"com",
        b"net",
        b"org",
        b"edu",
        b"gov",
        b"mil",
        b"info",
        b"biz",
        b"local",
        b"localdomain",
        b"internal",
        b"lan",
    ];
    // Countries' domains that are rather the last word of a property's name.
    const WORDS: [&[u8]; 10] = [b"id", b"is", b"to", b"in", b"no", b"so", b"my", b"at", b"by", b"me"];
    let Some(dot) = name.iter().rposition(|&byte| byte == b'.') else { return false };
    let last = &name[dot + 1..];
    if WORDS.contains(&last) {
        return false;
    }
    let labels =
        name.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    labels && (GENERIC.contains(&last) || last.len() == 2 && last.is_ascii() && name[..dot].contains(&b'.'))
}

/// Four numbers of at most 255 joined by dots, perhaps with a prefix length.
pub(super) fn is_ipv4(text: &[u8]) -> bool {
    let mut parts = 0;
    let mut number = 0_u32;
    let mut digits = 0;
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' if digits < 3 => {
                number = number * 10 + u32::from(byte - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && number < 256 && parts < 3 => {
                parts += 1;
                (number, digits) = (0, 0);
            }
            b'/' if parts == 3 && digits > 0 => {
                let length = &text[at + 1..];
                return number < 256
                    && !length.is_empty()
                    && length.len() <= 2
                    && length.iter().all(u8::is_ascii_digit);
            }
            _ => return false,
        }
    }
    parts == 3 && digits > 0 && number < 256
}

pub(super) fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `/a`, `./a`, `../a`, `~/a`, `C:\a`, `\\a`, `\a\b`, `a\b`; slashes between names only where a dot or digit or a second slash says
/// that it is no "either/or".
pub(super) fn is_path(chunk: &[u8]) -> bool {
    match chunk {
        [b'/', ..] | [b'.' | b'~', b'/', ..] | [b'.', b'.', b'/', ..] => return chunk.len() > 1,
        [b'\\', rest @ ..] => return rest.contains(&b'\\'),
        _ => {}
    }
    if !chunk[0].is_ascii_alphanumeric() && chunk[0] < 0x80 && chunk[0] != b'_' {
        return false;
    }
    let slashes = chunk.split(|&byte| byte == b'/').count() - 1;
    let inner = chunk.last() != Some(&b'/') || slashes > 1;
    if slashes > 0 && inner && !chunk.contains(&b'@') {
        let letters = chunk.iter().any(u8::is_ascii_alphabetic);
        let marked = chunk.iter().any(|byte| matches!(byte, b'.' | b'_') || byte.is_ascii_digit());
        // `5MB/s` and `3/4` are numbers.
        let rate = chunk[0].is_ascii_digit() && slashes == 1 && !chunk.contains(&b'.');
        return letters && (slashes > 1 || marked) && !rate && !is_ipv4(chunk);
    }
    // `DOMAIN\user`, but no `\n` of an escaped text.
    chunk
        .iter()
        .position(|&byte| byte == b'\\')
        .is_some_and(|at| at > 0 && escaped_quote(chunk, at).is_none() && alphanumeric_at(chunk, at + 1))
}

/// `/10.0.0.1` and `name/10.0.0.1`, as Java writes an address.
pub(super) fn address_behind_slash(path: &[u8]) -> bool {
    path.iter().rposition(|&byte| byte == b'/').is_some_and(|at| is_ipv4(&path[at + 1..]))
}

/// The end of a query that follows a path.
pub(super) fn query(text: &[u8], mut end: usize) -> usize {
    while let Some(&byte) = text.get(end) {
        let inside = CLASSES[usize::from(byte)] & CHUNK != 0 || matches!(byte, b'=' | b':' | b';' | b',' | b'[' | b']');
        if !inside {
            break;
        }
        end += 1;
    }
    while matches!(text.get(end.wrapping_sub(1)), Some(b'.' | b',' | b';' | b':')) {
        end -= 1;
    }
    end
}

/// The end of `:12345` that stands at `at`.
pub(super) fn port(text: &[u8], at: usize) -> Option<usize> {
    if text.get(at) != Some(&b':') {
        return None;
    }
    let digits = text[at + 1..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
    let end = at + 1 + digits;
    // `outside1:10.0.0.1` names an address.
    let more = text.get(end) == Some(&b'.') && alphanumeric_at(text, end + 1);
    ((1..=5).contains(&digits) && !alphanumeric_at(text, end) && !more).then_some(end)
}

/// Whether a name can be a host's or a file's, so that a number behind a colon belongs to it.
pub(super) fn is_host(name: &[u8]) -> bool {
    let dots = name.split(|&byte| byte == b'.').count() - 1;
    let last = name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let marked = name.iter().any(|byte| byte.is_ascii_digit() || *byte == b'-');
    let label = (1..=6).contains(&last.len()) && last.iter().all(u8::is_ascii_lowercase);
    name.is_ascii() && !name.contains(&b'_') && (marked || dots >= 2 || dots == 1 && label) || name == b"localhost"
}

/// `scheme://…` and `C:\…`; `end` is where the colon stands.
pub(super) fn schemed(text: &[u8], start: usize, end: usize) -> Option<(usize, ValueKind)> {
    let rest = &text[end + 1..];
    if end == start + 1 && matches!(rest.first(), Some(b'\\' | b'/')) {
        let length = rest.iter().take_while(|&&byte| CLASSES[usize::from(byte)] & CHUNK != 0).count();
        return Some((trim(text, end + 1 + length, start + 3), ValueKind::Path));
    }
    if !rest.starts_with(b"//")
        || !text[start..end].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'))
    {
        return None;
    }
    let length = rest
        .iter()
        .take_while(|&&byte| byte > b' ' && !matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`' | b'|' | b'{' | b'}'))
        .count();
    let mut stop = end + 1 + length;
    // Brackets that close belong to the text around, unless they were opened inside.
    while matches!(text.get(stop - 1), Some(b'.' | b',' | b';' | b':' | b'!' | b')' | b']')) {
        let opened = match text[stop - 1] {
            b')' => text[start..stop].contains(&b'('),
            b']' => text[start..stop].contains(&b'['),
            _ => false,
        };
        if opened {
            break;
        }
        stop -= 1;
    }
    Some((stop, ValueKind::Url))
}

/// Takes marks that end sentences off the end.
pub(super) fn trim(text: &[u8], mut end: usize, least: usize) -> usize {
    while end > least && matches!(text[end - 1], b'.' | b'!' | b'?') {
        end -= 1;
    }
    end
}

/// Groups of hexadecimal digits and colons: a time of day, a MAC address, IPv6.
pub(super) fn colons(text: &[u8], start: usize) -> Option<(usize, ValueKind)> {
    let run = text[start..]
        .iter()
        .take(64)
        .take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        .count();
    let mut end = start + run;
    while end > start && (text[end - 1] == b'.' || text[end - 1] == b':' && !text[..end].ends_with(b"::")) {
        end -= 1;
    }
    if let Some(end) = time::time_of_day(text, start) {
        return Some((end, ValueKind::Time));
    }
    if alphanumeric_at(text, end) {
        return None;
    }
    let run = &text[start..end];
    let groups = run.split(|&byte| byte == b':').count();
    if groups < 3 {
        return None;
    }
    let pairs = run.split(|&byte| byte == b':').all(|group| group.len() == 2);
    if groups >= 4 && pairs && !run.contains(&b'.') {
        return Some((end, ValueKind::Mac));
    }
    let double = run.windows(2).filter(|pair| pair == b"::").count();
    let digits = run.iter().any(u8::is_ascii_digit) || run == b"::";
    let mut last = run.rsplit(|&byte| byte == b':');
    let tail = last.next().unwrap_or_default();
    let short = last.all(|group| group.len() <= 4 && !group.contains(&b'.'))
        && (tail.len() <= 4 && !tail.contains(&b'.') || is_ipv4(tail));
    // `::` alone is the address of any host only where it stands alone.
    let alone = run != b"::" || class_at(text, end) & CHUNK == 0;
    ((3..=9).contains(&groups) && (double == 1 || groups == 8) && digits && short && alone)
        .then_some((end, ValueKind::Ip))
}
