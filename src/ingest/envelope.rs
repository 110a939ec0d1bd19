//! The beginning of a document too large to be held: where the array of its events begins.

use super::json;
use super::unfold::ENVELOPES;

/// Deepest nesting that is looked into.
const MAX_DEPTH: usize = 4;

/// The place of the first element of a document's array of objects, when one of [`ENVELOPES`] leads to it; `text` is the
/// start of the document, and its first byte is its brace.
pub(super) fn first_element(text: &[u8]) -> Option<usize> {
    // The keys that led to the object being walked.
    let mut path: Vec<String> = Vec::new();
    let mut at = json::skip_blank(text, 1);
    loop {
        if text.get(at) == Some(&b'}') {
            path.pop()?;
            at = after_value(text, at + 1)?;
            continue;
        }
        let (key, after) = json::key(text, at)?;
        let value = json::skip_blank(text, after);
        let mut here = path.clone();
        here.push(String::from_utf8_lossy(key).into_owned());
        match text.get(value)? {
            b'[' if ENVELOPES.contains(&here.join(".").as_str()) => {
                let first = json::skip_blank(text, value + 1);
                if text.get(first) == Some(&b'{') {
                    return Some(first);
                }
                at = after_value(text, json::skip_value(text, value)?)?;
            }
            b'{' if path.len() < MAX_DEPTH => {
                path = here;
                at = json::skip_blank(text, value + 1);
            }
            _ => at = after_value(text, json::skip_value(text, value)?)?,
        }
    }
}

/// The place of the next key, or of the brace that closes the object.
fn after_value(text: &[u8], at: usize) -> Option<usize> {
    let at = json::skip_blank(text, at);
    match text.get(at)? {
        b',' => Some(json::skip_blank(text, at + 1)),
        b'}' => Some(at),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(first_element(text.as_bytes()).map(|at| &text[at..]), expected, "{text}");
    }

    #[test]
    fn the_array_is_found_before_the_document_ends() {
        check("{\"Records\":[{\"a\":1},{\"a\"", Some("{\"a\":1},{\"a\""));
        check("{ \"took\" : 3, \"hits\": {\"total\":{\"value\":1}, \"hits\" : [ {\"_id\":1}", Some("{\"_id\":1}"));
        check("{\"x\":{\"events\":[{\"a\":1}]},\"data\":[1],\"events\":[{\"b\":1}", Some("{\"b\":1}"));
        check("{\"message\":\"a\",\"x\":[{\"a\":1}", None);
        check("{\"events\":[]}", None);
        check("{", None);
    }
}
