//! Words that name a severity, recognised by their letters. What they mean is for a later stage to read.

/// The length of the level that the text begins with: a word of a closed list in lower case, in capitals or capitalised, with
/// the number that some put behind it (`DEBUG2`, `INFO+2`).
#[inline]
pub(super) fn span(text: &[u8]) -> Option<usize> {
    let letters = text.iter().take(14).take_while(|byte| byte.is_ascii_alphabetic()).count();
    if !(3..=13).contains(&letters) {
        return None;
    }
    let word = &text[..letters];
    let rest_small = word[1..].iter().all(u8::is_ascii_lowercase);
    if !rest_small && !word.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    let mut lower = [0_u8; 14];
    let lower = &mut lower[..letters];
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    if !is_level(lower) {
        return None;
    }
    let end = match text.get(letters..letters + 2) {
        Some([digit, _]) if digit.is_ascii_digit() => letters + 1,
        Some([b'+' | b'-', digit]) if digit.is_ascii_digit() => letters + 2,
        _ => letters,
    };
    let end = if text.len() == letters + 1 && text[letters].is_ascii_digit() { letters + 1 } else { end };
    let alone = text.get(end).is_none_or(|next| {
        matches!(
            next,
            b' ' | b'\t' | b'\r' | b'[' | b']' | b')' | b'>' | b'}' | b':' | b',' | b';' | b'|' | b'/' | b'*' | b'!'
        )
    });
    alone.then_some(end)
}

fn is_level(lower: &[u8]) -> bool {
    matches!(
        lower,
        b"trace"
            | b"trc"
            | b"trce"
            | b"verbose"
            | b"vrb"
            | b"finest"
            | b"finer"
            | b"fine"
            | b"debug"
            | b"dbg"
            | b"dbug"
            | b"config"
            | b"info"
            | b"inf"
            | b"information"
            | b"informational"
            | b"log"
            | b"system"
            | b"default"
            | b"success"
            | b"notice"
            | b"note"
            | b"warn"
            | b"warning"
            | b"wrn"
            | b"deprecation"
            | b"deprecated"
            | b"error"
            | b"err"
            | b"fail"
            | b"failed"
            | b"failure"
            | b"severe"
            | b"fault"
            | b"critical"
            | b"crit"
            | b"alert"
            | b"fatal"
            | b"ftl"
            | b"emergency"
            | b"emerg"
            | b"panic"
            | b"pnc"
            | b"dpanic"
    )
}

/// Whether the text begins with one letter that stands for a level, alone.
pub(super) fn is_letter(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'T' | b'V' | b'D' | b'I' | b'N' | b'W' | b'E' | b'C' | b'F'))
        && text.get(1).is_none_or(|next| matches!(next, b' ' | b'\t' | b']' | b')' | b'>' | b':' | b',' | b'|' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        for (text, expected) in [
            ("INFO", Some("INFO")),
            ("Info                  CBS", Some("Info")),
            ("[x", None),
            ("warn] x", Some("warn")),
            ("DEBUG2: x", Some("DEBUG2")),
            ("DEBUG2", Some("DEBUG2")),
            ("INFO+2 x", Some("INFO+2")),
            ("error-prone", None),
            ("Error.java", None),
            ("information", Some("information")),
            ("iNFO", None),
            ("INFOS", None),
            ("", None),
        ] {
            assert_eq!(span(text.as_bytes()).map(|end| &text[..end]), expected, "{text}");
        }
        assert!(is_letter(b"I") && is_letter(b"W x") && !is_letter(b"It") && !is_letter(b"A x") && !is_letter(b""));
    }
}
