//! Terminal colours: control sequences among the text, which a program writes that takes its log for a terminal. They say
//! nothing that the text does not, stand within words and before times, and are left out.
//!
//! Source: ECMA-48, 5.4 (control sequences) and 8.3.117 (SGR).

use std::borrow::Cow;

use memchr::{memchr, memmem};

const ESCAPE: u8 = 0x1b;
/// How a sequence begins, in bytes and in a JSON string.
const BEGINNINGS: [&[u8]; 3] = [b"\x1b[", b"\\u001b[", b"\\u001B["];

/// Whether there are control sequences in a text or, with JSON's escapes, in one of its strings.
pub(super) fn occurs(text: &[u8]) -> bool {
    BEGINNINGS.iter().any(|beginning| memmem::find(text, beginning).is_some())
}

/// A text without its control sequences. One that is not complete stays.
pub fn stripped(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut escape) = memchr(ESCAPE, text) else { return Cow::Borrowed(text) };
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    loop {
        let length = sequence(&rest[escape..]);
        plain.extend_from_slice(&rest[..if length == 0 { escape + 1 } else { escape }]);
        rest = &rest[escape + length.max(1)..];
        match memchr(ESCAPE, rest) {
            Some(next) => escape = next,
            None => break,
        }
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

/// The length of the control sequence that a text begins with; 0 where it is none.
fn sequence(text: &[u8]) -> usize {
    match text.get(1) {
        Some(b'[') => {
            let inside = text[2..].iter().take_while(|byte| (0x20..0x40).contains(*byte)).count();
            text.get(2 + inside).filter(|last| (0x40..0x7f).contains(*last)).map_or(0, |_| inside + 3)
        }
        // What `tput sgr0` writes to choose the character set.
        Some(b'(') if text.len() > 2 => 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_sequences_are_left_out() {
        for (text, expected) in [
            ("\x1b[2m2024\x1b[0m \x1b[1;32mINFO\x1b[m rest", "2024 INFO rest"),
            ("a\x1b[38;5;12mb\x1b[K\x1b(Bc", "abc"),
            ("plain", "plain"),
            ("cut \x1b[3", "cut \x1b[3"),
            ("\x1b", "\x1b"),
            ("\x1b\x1b[0mx", "\x1bx"),
            ("\x1b[3\u{e9}", "\x1b[3\u{e9}"),
        ] {
            assert_eq!(stripped(text.as_bytes()), expected.as_bytes(), "{text:?}");
        }
    }

    #[test]
    fn they_occur_in_text_and_in_json() {
        assert!(occurs(b"a \x1b[0m") && occurs(br#"{"log":"\u001b[32mINFO"}"#));
        assert!(!occurs(b"a [0m \x1b"));
    }
}
