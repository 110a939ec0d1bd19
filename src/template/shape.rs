//! The shape of a message: its words, but those that hold a digit.

use crate::common::hash::{absorb, mix};

/// Longest part of a message that its shape looks at, in bytes.
const MAX_BYTES: usize = 2048;

/// Hash of a message's shape; never 0, which stands for "no message".
pub fn shape_of(message: &[u8]) -> u32 {
    let message = &message[..message.len().min(MAX_BYTES)];
    let mut state = 0;
    // What a word has come to so far; a digit makes it a variable.
    let (mut word, mut length, mut variable) = (0_u64, 0_u32, false);
    for &byte in message {
        if is_word(byte) {
            word = (word.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x517c_c1b7_2722_0a95);
            length += 1;
            variable |= byte.is_ascii_digit();
        } else {
            if length > 0 {
                state = absorb(state, if variable { 1 } else { word });
            }
            // Blanks only separate; other marks are part of the shape.
            if !byte.is_ascii_whitespace() {
                state = absorb(state, u64::from(byte));
            }
            (word, length, variable) = (0, 0, false);
        }
    }
    if length > 0 {
        state = absorb(state, if variable { 1 } else { word });
    }
    (mix(state) as u32).max(1)
}

/// Bytes of words: what identifiers, numbers, paths and host names are made of.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'@' | b'%') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(a: &str, b: &str) {
        assert_eq!(shape_of(a.as_bytes()), shape_of(b.as_bytes()), "{a} / {b}");
    }

    #[track_caller]
    fn differ(a: &str, b: &str) {
        assert_ne!(shape_of(a.as_bytes()), shape_of(b.as_bytes()), "{a} / {b}");
    }

    #[test]
    fn values_do_not_change_a_shape_and_words_do() {
        same("timeout after 5000ms", "timeout after 17ms");
        same("GET /a/1 from 10.0.0.1:5", "GET /b/22 from 10.9.8.7:61234");
        same("id=4f2a done", "id=99 done");
        differ("timeout after 5000ms", "timeout before 5000ms");
        differ("a b", "a  b c");
        differ("user=x", "user:x");
    }

    #[test]
    fn no_message_is_not_a_shape() {
        assert_ne!(shape_of(b""), 0);
        assert_ne!(shape_of(&[0xff; 5000]), 0);
    }
}
