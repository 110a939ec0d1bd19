//! JSON for reading: new lines and indentation around text that is not otherwise touched.
//!
//! The text is not parsed into values: a parser would round large numbers and drop a repeated key, and what a person
//! reads here has to be what stands in the file.

use std::fmt::Write as _;

/// Deepest nesting that is laid out; deeper text is shown as it stands.
const DEEPEST: usize = 64;

/// A JSON object or array laid out over lines; `None` when the text is not one from its first to its last character.
pub fn pretty(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut open = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                out.push('"');
                loop {
                    let (_, c) = chars.next()?;
                    out.push(c);
                    match c {
                        '\\' => out.push(chars.next()?.1),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                while chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
                out.push(c);
                let close = if c == '{' { '}' } else { ']' };
                if chars.next_if(|&(_, c)| c == close).is_some() {
                    out.push(close);
                } else {
                    open.push(close);
                    if open.len() > DEEPEST {
                        return None;
                    }
                    line(&mut out, open.len());
                }
            }
            '}' | ']' => {
                if open.pop() != Some(c) {
                    return None;
                }
                line(&mut out, open.len());
                out.push(c);
                if open.is_empty() && at + 1 < text.len() {
                    return None;
                }
            }
            ',' => {
                out.push(',');
                line(&mut out, open.len());
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    open.is_empty().then_some(out)
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

/// A JSON object of texts, for a record that is not JSON itself.
pub fn object<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::from("{");
    for (place, (name, value)) in fields.into_iter().enumerate() {
        out.push_str(if place == 0 { "\n  " } else { ",\n  " });
        quote(&mut out, name);
        out.push_str(": ");
        quote(&mut out, value);
    }
    out.push_str("\n}");
    out
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                // Writing to a text does not fail.
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_laid_out_and_their_values_untouched() {
        let text = r#"{"a":12345678901234567890,"b":[1, {"c":"x,{y\":"}],"d":{},"e":[ ]}"#;
        let expect = "{\n  \"a\": 12345678901234567890,\n  \"b\": [\n    1,\n    {\n      \"c\": \"x,{y\\\":\"\n    }\n  ],\n  \"d\": {},\n  \"e\": []\n}";
        assert_eq!(pretty(text).as_deref(), Some(expect));
    }

    #[test]
    fn what_is_not_whole_json_is_left_alone() {
        for text in ["", "plain", "{\"a\":1", "{\"a\":1]", "[1] and more", "{\"a", "{\"a\\"] {
            assert_eq!(pretty(text), None, "{text}");
        }
        assert_eq!(pretty(&"[".repeat(1000)), None);
    }

    #[test]
    fn fields_become_an_object() {
        assert_eq!(
            object([("a", "say \"x\"\n"), ("b", "\u{1}")]),
            "{\n  \"a\": \"say \\\"x\\\"\\n\",\n  \"b\": \"\\u0001\"\n}"
        );
        assert_eq!(object([]), "{\n}");
    }
}
