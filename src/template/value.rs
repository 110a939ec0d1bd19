//! What a stretch of a message is, by how it is written.

use super::kind::ValueKind;
use super::lex::{CHUNK, CLASSES, DIGIT, INNER, LETTER, alphanumeric_at, class_at};
use super::time;

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

/// Identifiers of letters only that are at least this long can't be words.
const LONG_WORD: usize = 24;

/// A word of letters only: nearly always a word.
#[inline]
pub(super) fn letters(text: &[u8], start: usize, end: usize) -> (usize, Class) {
    let word = &text[start..end];
    match word.len() {
        3 if word[0].is_ascii_uppercase() => {
            if let Some(end) = time::named_date(text, start) {
                return (end, Class::Value(ValueKind::Time));
            }
        }
        0..=2 | 6..LONG_WORD => return (end, plain(word)),
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
    (end, plain(word))
}

/// A word, unless it is hexadecimal or random letters.
fn plain(word: &[u8]) -> Class {
    if word.len() >= 8 && word.iter().all(u8::is_ascii_hexdigit) {
        return Class::Value(ValueKind::Hex);
    }
    if word.len() >= LONG_WORD && word.is_ascii() && looks_random(word) {
        return Class::Value(ValueKind::Id);
    }
    Class::Word
}

/// Whether upper and lower case change more often than words joined in camel case do.
fn looks_random(word: &[u8]) -> bool {
    let ups = word.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()).count();
    ups * 4 > word.len()
}

/// What begins at `start` and runs to `end`, by the bytes that may stand in words; gives where it really ends.
pub(super) fn chunk(text: &[u8], start: usize, end: usize) -> (usize, Class) {
    let first = text[start];
    if first.is_ascii_digit()
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
    let mut end = cut_dots(text, start, end);
    let path = is_path(&text[start..end]);
    while end > start + 1 && class_at(text, end - 1) == INNER {
        let byte = text[end - 1];
        let belongs = byte == b'_' || byte == b'$' || path && matches!(byte, b'/' | b'\\' | b'*' | b'~' | b'?');
        if belongs {
            break;
        }
        end -= 1;
    }
    if path {
        if class_at(text, end) == 0 && text[start..end].contains(&b'?') {
            end = query(text, end);
        }
        let port = port(text, end);
        let kind = if address_behind_slash(&text[start..end]) { ValueKind::Ip } else { ValueKind::Path };
        return (port.unwrap_or(end), Class::Value(kind));
    }
    let class = classify(&text[start..end]);
    match class {
        Class::Value(ValueKind::Number) => {
            end = grouped(text, start, end);
            if let Some((end, kind)) = unit(text, end) {
                return (end, Class::Value(kind));
            }
        }
        Class::Value(ValueKind::Ip) => return (port(text, end).unwrap_or(end), class),
        Class::Value(ValueKind::Id) | Class::Word | Class::Numbered => {
            if let Some(port) = port(text, end).filter(|_| is_host(&text[start..end])) {
                return (port, Class::Value(ValueKind::Host));
            }
        }
        _ => {}
    }
    (end, class)
}

/// Two or more dots in a row end what stands before them.
fn cut_dots(text: &[u8], start: usize, end: usize) -> usize {
    if text[start] == b'.' {
        return end;
    }
    text[start..end].windows(2).position(|pair| pair == b"..").map_or(end, |at| {
        let cut = start + at;
        // `a/../b` is a path.
        if cut == start || text[cut - 1] == b'/' { end } else { cut }
    })
}

/// Counts over the bytes of a chunk.
#[derive(Default)]
struct Counts {
    letters: usize,
    digits: usize,
    dots: usize,
    slashes: usize,
    backslashes: usize,
    ats: usize,
    others: usize,
    /// Letters that are no hexadecimal digits.
    beyond_hex: usize,
    /// A digit stands behind a mark.
    split_digit: bool,
}

impl Counts {
    fn of(bytes: &[u8]) -> Self {
        let mut counts = Self::default();
        let mut before = 0;
        for &byte in bytes {
            match CLASSES[usize::from(byte)] {
                LETTER => {
                    counts.letters += 1;
                    counts.beyond_hex += usize::from(!byte.is_ascii_hexdigit());
                }
                DIGIT => {
                    counts.digits += 1;
                    counts.split_digit |= before == INNER;
                }
                _ => match byte {
                    b'.' => counts.dots += 1,
                    b'/' => counts.slashes += 1,
                    b'\\' => counts.backslashes += 1,
                    b'@' => counts.ats += 1,
                    _ => counts.others += 1,
                },
            }
            before = CLASSES[usize::from(byte)];
        }
        counts
    }

    fn marks(&self) -> usize {
        self.dots + self.slashes + self.backslashes + self.ats + self.others
    }
}

/// What a chunk without colons and outer marks is.
fn classify(chunk: &[u8]) -> Class {
    let counts = Counts::of(chunk);
    let first = chunk[0];
    if counts.digits == 0 {
        if counts.marks() == 0 {
            return letters(chunk, 0, chunk.len()).1;
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
        return Class::Value(digit_led(unsigned, &counts));
    }
    if counts.marks() == 0 && counts.beyond_hex == 0 && chunk.len() >= 6 {
        return Class::Value(ValueKind::Hex);
    }
    if counts.ats > 0 && first != b'@' {
        return Class::Value(ValueKind::Email);
    }
    if matches!(first, b'v' | b'V') && counts.letters == 1 && counts.dots > 0 {
        return Class::Value(ValueKind::Version);
    }
    let few = counts.digits <= 2 && counts.letters >= 2 * counts.digits && !counts.split_digit;
    if few && CLASSES[usize::from(first)] == LETTER { Class::Numbered } else { Class::Value(ValueKind::Id) }
}

/// What begins with a digit.
fn digit_led(chunk: &[u8], counts: &Counts) -> ValueKind {
    if counts.letters == 0 {
        return match counts.dots {
            3 if is_ipv4(chunk) => ValueKind::Ip,
            2.. if counts.slashes + counts.others == 0 => ValueKind::Version,
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
        _ if counts.beyond_hex == 0 && counts.marks() == 0 => ValueKind::Hex,
        _ if time::is_compound_duration(chunk) => ValueKind::Duration,
        _ => ValueKind::Id,
    }
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

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `/a`, `./a`, `../a`, `~/a`, `C:\a`, `\\a`, `\a\b`, `a\b`; slashes between names only where a dot or digit or a second slash says
/// that it is no "either/or".
fn is_path(chunk: &[u8]) -> bool {
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
fn address_behind_slash(path: &[u8]) -> bool {
    path.iter().rposition(|&byte| byte == b'/').is_some_and(|at| is_ipv4(&path[at + 1..]))
}

/// The end of a query that follows a path.
fn query(text: &[u8], mut end: usize) -> usize {
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
fn port(text: &[u8], at: usize) -> Option<usize> {
    if text.get(at) != Some(&b':') {
        return None;
    }
    let digits = text[at + 1..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
    let end = at + 1 + digits;
    ((1..=5).contains(&digits) && !alphanumeric_at(text, end)).then_some(end)
}

/// Whether a name can be a host's or a file's, so that a number behind a colon belongs to it.
fn is_host(name: &[u8]) -> bool {
    let dots = name.split(|&byte| byte == b'.').count() - 1;
    let last = name.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let marked = name.iter().any(|byte| byte.is_ascii_digit() || *byte == b'-');
    let label = (1..=6).contains(&last.len()) && last.iter().all(u8::is_ascii_lowercase);
    name.is_ascii() && !name.contains(&b'_') && (marked || dots >= 2 || dots == 1 && label) || name == b"localhost"
}

/// `scheme://…` and `C:\…`; `end` is where the colon stands.
fn schemed(text: &[u8], start: usize, end: usize) -> Option<(usize, ValueKind)> {
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
fn trim(text: &[u8], mut end: usize, least: usize) -> usize {
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

/// The unit behind a number and a blank, and the same size in brackets in a larger unit: its end.
fn unit(text: &[u8], at: usize) -> Option<(usize, ValueKind)> {
    if text.get(at) != Some(&b' ') {
        return None;
    }
    let length = text[at + 1..].iter().take(6).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let end = at + 1 + length;
    if class_at(text, end) & (LETTER | DIGIT) != 0 || matches!(text.get(end), Some(b'_' | b'=' | b'-' | b'/')) {
        return None;
    }
    let word = &text[at + 1..end];
    if is_size_unit(word) || matches!(word, b"bytes" | b"byte") {
        return Some((rounded(text, end).unwrap_or(end), ValueKind::Size));
    }
    (word != b"m" && word != b"d" && is_time_unit(word)).then_some((end, ValueKind::Duration))
}

/// The end of ` (12.5 KB)`.
fn rounded(text: &[u8], at: usize) -> Option<usize> {
    let inside = text.get(at..)?.strip_prefix(b" (")?;
    let number = inside.iter().take(12).take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')).count();
    let blank = usize::from(inside.get(number) == Some(&b' '));
    let from = number + blank;
    let word = inside[from..].iter().take(4).take_while(|byte| byte.is_ascii_alphabetic()).count();
    (number > 0 && is_size_unit(&inside[from..from + word]) && inside.get(from + word) == Some(&b')'))
        .then_some(at + 2 + from + word + 1)
}

/// The end of a number whose thousands are grouped by commas: `12,345,678`.
fn grouped(text: &[u8], start: usize, mut end: usize) -> usize {
    if end - start > 3 || !text[start..end].iter().all(u8::is_ascii_digit) {
        return end;
    }
    while text.get(end) == Some(&b',')
        && text[end + 1..].iter().take(4).take_while(|byte| byte.is_ascii_digit()).count() == 3
        && !alphanumeric_at(text, end + 4)
    {
        end += 4;
    }
    end
}

fn is_size_unit(unit: &[u8]) -> bool {
    matches!(
        unit,
        b"B" | b"KB"
            | b"kB"
            | b"kb"
            | b"MB"
            | b"mb"
            | b"GB"
            | b"gb"
            | b"TB"
            | b"tb"
            | b"PB"
            | b"KiB"
            | b"MiB"
            | b"GiB"
            | b"TiB"
    )
}

fn is_time_unit(unit: &[u8]) -> bool {
    matches!(unit, b"ns" | b"us" | b"\xc2\xb5s" | b"ms" | b"s" | b"sec" | b"secs" | b"m" | b"min" | b"h" | b"d")
}

/// A request's first line: `GET /a HTTP/1.1`. It is lexed as text, for its method says what happens.
pub(super) fn is_request(text: &[u8]) -> bool {
    let method = text.split(|&byte| byte == b' ').next().unwrap_or_default();
    method.len() < text.len()
        && matches!(
            method,
            b"GET"
                | b"POST"
                | b"PUT"
                | b"DELETE"
                | b"HEAD"
                | b"OPTIONS"
                | b"PATCH"
                | b"CONNECT"
                | b"TRACE"
                | b"PROPFIND"
        )
}

/// The length of a quote that is written as an escape: `\042` or `\047` in octal, or `\"`.
pub(super) fn escaped_quote(text: &[u8], at: usize) -> Option<usize> {
    match text.get(at..)? {
        [b'\\', b'0', b'4', b'2' | b'7', ..] => Some(4),
        [b'\\', b'"', ..] => Some(2),
        _ => None,
    }
}

/// Whether quoted text is what a message says, rather than a value in it: it has several words, and begins the message or
/// follows a key that means "message".
pub(super) fn is_sentence(text: &[u8], quote: usize, close: usize) -> bool {
    const KEYS: [&[u8]; 4] = [b"msg", b"message", b"event", b"text"];
    let before = &text[..quote];
    let key = before.strip_suffix(b"=").is_some_and(|before| {
        let from = before.iter().rposition(|byte| !byte.is_ascii_alphabetic()).map_or(0, |at| at + 1);
        KEYS.contains(&&before[from..])
    });
    (key || before.trim_ascii().is_empty()) && text[quote + 1..close].contains(&b' ')
}

/// Words for the two states of a switch.
pub(super) fn is_switch(word: &[u8]) -> bool {
    matches!(word, b"on" | b"off" | b"yes" | b"no" | b"On" | b"Off" | b"Yes" | b"No" | b"ON" | b"OFF" | b"YES" | b"NO")
}

/// What an opening brace begins.
pub(super) enum Object {
    /// A JSON object, and the byte after it.
    Ends(usize),
    /// Something that is not closed.
    Open,
    /// No object.
    None,
}

/// The end of the object with quoted keys that begins at `at`.
pub(super) fn object_end(text: &[u8], at: usize) -> Object {
    let quote = match text[at + 1..].iter().find(|&&byte| byte != b' ') {
        Some(&quote @ (b'"' | b'\'')) => quote,
        Some(b'}') if text.get(at + 1) == Some(&b'}') => return Object::Ends(at + 2),
        _ => return Object::None,
    };
    let (mut depth, mut quoted, mut place) = (0_usize, false, at);
    while let Some(&byte) = text.get(place) {
        match byte {
            b'\\' if quoted => place += 1,
            byte if byte == quote => quoted = !quoted,
            b'{' if !quoted => depth += 1,
            b'}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Object::Ends(place + 1);
                }
            }
            _ => {}
        }
        place += 1;
    }
    Object::Open
}
