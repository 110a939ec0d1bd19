//! JSON as language models give it: in Markdown fences, with words around it, or cut off.

use serde_json::Value;

/// Longest answer that is read, in bytes.
const MOST_BYTES: usize = 4 << 20;
/// Most items of a list.
const MOST_ITEMS: usize = 100_000;
/// Deepest nesting that is read.
const DEEPEST: usize = 32;

/// The first whole JSON object or array in a text, whatever stands before and after it.
pub fn first(text: &str) -> Option<Value> {
    let text = crate::common::text::cut(text, MOST_BYTES);
    let bytes = text.as_bytes();
    let mut at = 0;
    // Few tries: what stands before is a fence or a sentence, and each try may read to the end.
    for _ in 0..8 {
        let start = at + bytes.get(at..)?.iter().position(|byte| matches!(byte, b'{' | b'['))?;
        if let Some(end) = balanced(bytes, start)
            && let Ok(value) = serde_json::from_str(&text[start..end])
        {
            return Some(value);
        }
        at = start + 1;
    }
    None
}

/// The items of the list called `name` at the top of an answer, or of the list that the answer is. Of a list that was cut
/// off, the items that are whole.
pub fn items(text: &str, name: &str) -> Vec<Value> {
    match first(text) {
        Some(Value::Object(mut object)) if object.contains_key(name) => match object.remove(name) {
            Some(Value::Array(items)) => return items.into_iter().take(MOST_ITEMS).collect(),
            _ => return Vec::new(),
        },
        Some(Value::Array(items)) if items.iter().any(Value::is_object) => {
            return items.into_iter().take(MOST_ITEMS).collect();
        }
        _ => {}
    }
    salvaged(crate::common::text::cut(text, MOST_BYTES), name)
}

/// Whole objects of a list whose end is missing.
fn salvaged(text: &str, name: &str) -> Vec<Value> {
    let bytes = text.as_bytes();
    let quoted = format!("\"{name}\"");
    let from = text.find(&quoted).map_or(0, |at| at + quoted.len());
    let Some(open) = bytes[from..].iter().position(|&byte| byte == b'[') else { return Vec::new() };
    let mut at = from + open + 1;
    let mut items = Vec::new();
    while items.len() < MOST_ITEMS {
        while bytes.get(at).is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b',') {
            at += 1;
        }
        if bytes.get(at) != Some(&b'{') {
            break;
        }
        let Some(end) = balanced(bytes, at) else { break };
        let Ok(item) = serde_json::from_str(&text[at..end]) else { break };
        items.push(item);
        at = end;
    }
    items
}

/// The end of the object or array that begins at `start`; brackets inside texts don't count.
fn balanced(bytes: &[u8], start: usize) -> Option<usize> {
    let mut open = Vec::new();
    let mut at = start;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while *bytes.get(at)? != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
            }
            b'{' | b'[' if open.len() == DEEPEST => return None,
            b'{' => open.push(b'}'),
            b'[' => open.push(b']'),
            b'}' | b']' => {
                if open.pop() != Some(byte) {
                    return None;
                }
                if open.is_empty() {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// A whole number that is not negative, also as text or with an empty fraction.
pub fn whole(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            let float = number.as_f64()?;
            ((0.0..9e15).contains(&float) && float.fract() == 0.0).then_some(float as u64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// 0 or 1, also as text or as a truth value.
pub fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        value => match whole(value)? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_found_in_what_stands_around_it() {
        for text in [
            r#"{"a":[1]}"#,
            "```json\n{\"a\":[1]}\n```",
            "Here you are [sic: {\"a\":[1]} I hope",
            r#"{"a":[1]}{"a":[2"#,
            "{\"a\":[1]}\n}\n]",
        ] {
            assert_eq!(first(text), Some(json!({"a": [1]})), "{text}");
        }
        for text in ["", "none", "{", "{\"a", "{\"a\\", "[}", "{a:1}"] {
            assert_eq!(first(text), None, "{text}");
        }
        assert_eq!(first(&"[".repeat(1 << 20)), None);
    }

    #[test]
    fn lists_that_were_cut_off_keep_their_whole_items() {
        let text = r#"{"note":"[x]","rows":[{"r":1,"t":"a ] } \" b"},{"r":2},{"r":3,"t":"cu"#;
        assert_eq!(items(text, "rows"), [json!({"r": 1, "t": "a ] } \" b"}), json!({"r": 2})]);
        assert_eq!(items(r#"[{"r":1},{"r""#, "rows"), [json!({"r": 1})]);
        assert_eq!(items(r#"{"rows":[{"r":1}]}"#, "rows"), [json!({"r": 1})]);
        assert_eq!(items(r#"{"rows":7}"#, "rows"), Vec::<Value>::new());
        assert_eq!(items("no list", "rows"), Vec::<Value>::new());
    }

    #[test]
    fn numbers_and_flags() {
        let wholes = [json!(7), json!("7"), json!(7.0), json!(-7), json!(7.5), json!(null), json!(1e300)];
        assert_eq!(wholes.map(|value| whole(&value)), [Some(7), Some(7), Some(7), None, None, None, None]);
        let flags = [json!(1), json!("0"), json!(true), json!(2)];
        assert_eq!(flags.map(|value| flag(&value)), [Some(true), Some(false), Some(true), None]);
    }

    proptest! {
        #[test]
        fn any_cut_keeps_a_prefix_of_the_items(texts in prop::collection::vec("[a-z\\[\\]{}\"\\\\,é]{0,6}", 1..6), cut in 0.0..1.0_f64) {
            let all: Vec<Value> = texts.iter().map(|text| json!({ "t": text })).collect();
            let text = json!({ "rows": all }).to_string();
            let length = (text.chars().count() as f64 * cut) as usize;
            let kept = items(&text.chars().take(length).collect::<String>(), "rows");
            prop_assert_eq!(kept.as_slice(), &all[..kept.len()]);
            prop_assert_eq!(items(&format!("```json\n{text}\n```"), "rows"), all);
        }

        #[test]
        fn hostile_text_is_read_without_a_panic(text in "[\\[\\]{}\",:\\\\a1é ]{0,60}") {
            let _ = items(&text, "a");
        }
    }
}
