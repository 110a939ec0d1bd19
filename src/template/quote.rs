//! What marks and words around a stretch of a message say about it: quotes, braces, requests, switches, accounts.

use super::lex::{CHUNK, CLASSES};

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
    // Behind a sentence another one is a value: `"pod started" message="…"`.
    let said = text.first() == Some(&b'"');
    (key && !said || before.trim_ascii().is_empty()) && text[quote + 1..close].contains(&b' ')
}

/// Names of accounts that every system has.
pub(super) fn is_account(word: &[u8]) -> bool {
    matches!(word, b"root" | b"admin" | b"administrator" | b"Administrator" | b"nobody" | b"guest")
}

/// Words before the name of an account.
pub(super) fn announces_account(word: &[u8]) -> bool {
    matches!(word, b"for" | b"by" | b"as" | b"user" | b"User" | b"username")
}

/// The byte behind `{…}` that is glued to a name, if what is inside is no list of names: `WorkSource{10113}`.
pub(super) fn attached_braces(text: &[u8], at: usize) -> Option<usize> {
    if text.get(at) != Some(&b'{') {
        return None;
    }
    let inside = text[at + 1..].iter().take(256).take_while(|&&byte| CLASSES[usize::from(byte)] & CHUNK != 0).count();
    (inside > 0 && text.get(at + 1 + inside) == Some(&b'}')).then_some(at + inside + 2)
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

/// Whether a document with bare keys begins inside of the brace at `at`: `{ find: "orders", limit: 1 }`.
fn is_document(text: &[u8], at: usize) -> bool {
    let inside = text[at + 1..].trim_ascii_start();
    let key =
        inside.iter().take(64).take_while(|&&byte| byte.is_ascii_alphanumeric() || b"_$.".contains(&byte)).count();
    let glued = at > 0 && CLASSES[usize::from(text[at - 1])] & CHUNK != 0;
    let keyed = key > 0 && !glued && text.get(at + 1) == Some(&b' ');
    let Some([b':', value @ ..]) = inside.get(key..).filter(|_| keyed) else { return false };
    // A word alone may be what the message says: `{ reason: denied }`.
    matches!(value.trim_ascii_start(), [b'{' | b'[' | b'"' | b'-' | b'0'..=b'9', ..])
}

/// The end of the object with quoted keys, or of the document with bare ones, that begins at `at`.
pub(super) fn object_end(text: &[u8], at: usize) -> Object {
    let bare = is_document(text, at);
    let quote = match text[at + 1..].iter().find(|&&byte| byte != b' ') {
        Some(&quote @ (b'"' | b'\'')) => quote,
        Some(b'}') if text.get(at + 1) == Some(&b'}') => return Object::Ends(at + 2),
        _ if bare => b'"',
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
    // Where what is inside may be text, a brace that is not closed tells nothing of the others.
    if bare { Object::None } else { Object::Open }
}
