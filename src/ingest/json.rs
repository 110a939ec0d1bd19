//! Reads one JSON object without building it: a walk over its bytes that tells a visitor where each value stands.
//!
//! The grammar is RFC 8259 with three allowances that logs need: control characters inside strings (but no line feed),
//! `NaN` (a missing value), `Infinity` and `-Infinity`, and white space after the record. Nested objects are flattened
//! as far as the visitor wants; arrays and deeper objects are skipped as one value, without recursion, so that no input
//! can exhaust the stack.

use super::cells::{CellKind, Cells};
use super::issue::IssueKind;
use super::keys::{Expected, KeyTree, MAX_FLATTEN, Place};
use crate::common::text::starts_with;

/// Deepest nesting of arrays and objects in one value; deeper ones are invalid (as in other readers of JSON).
pub const MAX_DEPTH: usize = 128;

/// Told of keys and values by [`walk`].
trait Visitor {
    /// Where in the nesting a key is.
    type Place: Copy;
    /// A key (as written, escapes included) of the object at `parent`; `None` skips its value. `hint` is the object's own
    /// memory, 0 at first.
    fn key(&mut self, parent: Self::Place, key: &[u8], hint: &mut usize) -> Option<Self::Place>;
    /// The keys that the object at `parent` is likely to have, as text with quotes and colon, each with its place; the next
    /// is that at `hint`. Records tend to have their keys in the same order, and to compare is cheaper than to search.
    fn expected(&self, _parent: Self::Place) -> &[(Vec<u8>, Self::Place)] {
        &[]
    }
    /// Whether an object at this place is to be walked rather than reported as one value.
    fn descends(&self, place: Self::Place) -> bool;
    /// A value whose key leads nowhere, as written.
    fn stranger(&mut self, _key: &[u8], _value: &[u8]) {}
    /// A value: bytes `start..end` of the record, without quotes where it is a string.
    fn value(&mut self, place: Self::Place, start: usize, end: usize, kind: CellKind);
}

/// Sets the cells of one object's fields. Where a key stands twice, the last one counts.
pub fn fill(record: &[u8], keys: &KeyTree, cells: &mut Cells) -> Result<(), IssueKind> {
    struct Fill<'a> {
        keys: &'a KeyTree,
        cells: &'a mut Cells,
        unescaped: Vec<u8>,
    }
    impl Visitor for Fill<'_> {
        type Place = Place;
        fn key(&mut self, parent: Place, key: &[u8], hint: &mut usize) -> Option<Place> {
            if key.contains(&b'\\') {
                self.unescaped.clear();
                unescape(key, &mut self.unescaped);
                return self.keys.find(parent, &self.unescaped, hint);
            }
            self.keys.find(parent, key, hint)
        }
        fn expected(&self, parent: Place) -> &[Expected] {
            self.keys.expected(parent)
        }
        fn descends(&self, place: Place) -> bool {
            place.has_children
        }
        fn stranger(&mut self, key: &[u8], value: &[u8]) {
            // What is empty would be nothing in a column either.
            if !is_missing(value) && !matches!(value, b"{}" | b"[]" | b"\"\"") {
                self.cells.note_stranger(key);
            }
        }
        #[inline]
        fn value(&mut self, place: Place, start: usize, end: usize, kind: CellKind) {
            if let Some(column) = place.column {
                self.cells.set(column, start, end, kind);
            }
        }
    }
    let root = keys.root();
    walk(record, root, &mut Fill { keys, cells, unescaped: Vec::new() })
}

/// Calls `each(path, value, kind)` for every value of an object, nested objects flattened with `.`; `value` is as written,
/// escapes included. Values seen before an error are told all the same.
pub fn list(record: &[u8], each: &mut dyn FnMut(&str, &[u8], CellKind)) -> Result<(), IssueKind> {
    struct List<'a> {
        record: &'a [u8],
        path: String,
        each: &'a mut dyn FnMut(&str, &[u8], CellKind),
    }
    impl Visitor for List<'_> {
        /// Length of the path, and depth.
        type Place = (usize, usize);
        fn key(&mut self, (length, depth): Self::Place, key: &[u8], _: &mut usize) -> Option<Self::Place> {
            self.path.truncate(length);
            if depth > 0 {
                self.path.push('.');
            }
            let mut text = Vec::new();
            unescape(key, &mut text);
            self.path.push_str(&String::from_utf8_lossy(&text));
            Some((self.path.len(), depth + 1))
        }
        fn descends(&self, (_, depth): Self::Place) -> bool {
            depth < MAX_FLATTEN
        }
        fn value(&mut self, (length, _): Self::Place, start: usize, end: usize, kind: CellKind) {
            self.path.truncate(length);
            (self.each)(&self.path, &self.record[start..end], kind);
        }
    }
    walk(record, (0, 0), &mut List { record, path: String::new(), each })
}

/// Walks one object that is the whole record but for white space around it.
fn walk<V: Visitor>(record: &[u8], root: V::Place, visitor: &mut V) -> Result<(), IssueKind> {
    let at = skip_blank(record, 0);
    if record.get(at) != Some(&b'{') {
        let whole = skip_value(record, at).is_some_and(|end| skip_blank(record, end) == record.len());
        return Err(if whole { IssueKind::NotAnObject } else { IssueKind::InvalidJson });
    }
    let end = walk_object(record, at + 1, root, visitor, 0).ok_or(IssueKind::InvalidJson)?;
    if skip_blank(record, end) == record.len() { Ok(()) } else { Err(IssueKind::InvalidJson) }
}

/// Walks an object from behind its `{`; gives the position behind its `}`. Recursion ends at [`MAX_FLATTEN`].
fn walk_object<V: Visitor>(record: &[u8], at: usize, place: V::Place, visitor: &mut V, depth: usize) -> Option<usize> {
    let mut hint = 0;
    let mut at = skip_blank(record, at);
    if record.get(at) == Some(&b'}') {
        return Some(at + 1);
    }
    loop {
        let (stopped, ended) = plain_fields(record, at, place, visitor, &mut hint);
        if ended {
            return Some(stopped);
        }
        let (key, after) = key(record, stopped)?;
        at = after;
        let child = visitor.key(place, key, &mut hint);
        at = skip_blank(record, at);
        at = match (record.get(at)?, child) {
            (b'{', Some(child)) if depth < MAX_FLATTEN && visitor.descends(child) => {
                walk_object(record, at + 1, child, visitor, depth + 1)?
            }
            (b'"', Some(child)) => {
                let (end, escaped) = string_end(record, at + 1)?;
                visitor.value(child, at + 1, end, if escaped { CellKind::Escaped } else { CellKind::Text });
                end + 1
            }
            (_, Some(child)) => {
                let end = skip_value(record, at)?;
                visitor.value(child, at, end, bare(&record[at..end]));
                end
            }
            (_, None) => {
                let end = skip_value(record, at)?;
                visitor.stranger(key, &record[at..end]);
                end
            }
        };
        at = skip_blank(record, at);
        match record.get(at)? {
            b',' => at = skip_blank(record, at + 1),
            b'}' => return Some(at + 1),
            _ => return None,
        }
    }
}

/// Walks fields from the one at `at` on, as long as they are written as nearly all are: the expected key, at most one blank
/// behind colons and commas, and a text without escapes or a scalar. Gives the key of the field where that ends, or the
/// position behind the object's `}` (then `true`).
#[inline]
fn plain_fields<V: Visitor>(
    record: &[u8],
    mut at: usize,
    place: V::Place,
    visitor: &mut V,
    hint: &mut usize,
) -> (usize, bool) {
    loop {
        let (start, child) = match visitor.expected(place).get(*hint) {
            Some((text, child)) if starts_with(&record[at..], text) => (at + text.len(), *child),
            _ => return (at, false),
        };
        let start = start + usize::from(record.get(start) == Some(&b' '));
        let value = match record.get(start) {
            Some(b'"') => {
                let end = find_mark(&record[start + 1..]).map(|length| start + 1 + length);
                end.filter(|&end| record[end] == b'"').map(|end| (start + 1, end, CellKind::Text, end + 1))
            }
            Some(b'{' | b'[') => None,
            _ => skip_scalar(record, start).map(|end| (start, end, bare(&record[start..end]), end)),
        };
        let Some((from, to, kind, end)) = value else { return (at, false) };
        let (next, ended) = match record.get(end..).unwrap_or_default() {
            [b',', b'"', ..] => (end + 1, false),
            [b',', b' ', b'"', ..] => (end + 2, false),
            [b'}', ..] => (end + 1, true),
            _ => return (at, false),
        };
        visitor.value(child, from, to, kind);
        *hint += 1;
        at = next;
        if ended {
            return (at, true);
        }
    }
}

/// What a value is that is no text.
fn bare(value: &[u8]) -> CellKind {
    if is_missing(value) { CellKind::Missing } else { CellKind::Bare }
}

/// Values that say "nothing here".
fn is_missing(value: &[u8]) -> bool {
    matches!(value, b"null" | b"NaN")
}

/// The position behind JSON's white space.
#[inline]
pub fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    // Nearly always there is none.
    if bytes.get(at).is_none_or(|&byte| byte > b' ') {
        return at;
    }
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// From behind an opening quote: the position of the closing one, and whether there are escapes in between.
/// A line feed ends the search: it may not stand in a string, so the quote was never closed.
#[inline]
fn string_end(bytes: &[u8], at: usize) -> Option<(usize, bool)> {
    let end = at + find_mark(bytes.get(at..)?)?;
    if bytes[end] == b'"' { Some((end, false)) } else { escaped_end(bytes, end) }
}

/// [`string_end`] of a string with escapes, from the first of them on.
#[cold]
fn escaped_end(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut escaped = false;
    loop {
        at += find_mark(bytes.get(at..)?)?;
        match bytes[at] {
            b'"' => return Some((at, escaped)),
            b'\n' => return None,
            _ => escaped = true,
        }
        match bytes.get(at + 1)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
            b'u' if bytes.len() >= at + 6 && bytes[at + 2..at + 6].iter().all(u8::is_ascii_hexdigit) => at += 6,
            _ => return None,
        }
    }
}

/// A key at a position: its bytes without quotes, and the position behind its colon.
pub fn key(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let (end, _) = string_end(bytes, at + 1)?;
    let colon = skip_blank(bytes, end + 1);
    (bytes.get(colon) == Some(&b':')).then_some((&bytes[at + 1..end], colon + 1))
}

/// The first quote, backslash or line feed: sixteen bytes at a time while there is none, which compilers turn into one
/// comparison each, and then eight in a register. Most strings are too short for a search that has to begin first.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline]
fn find_mark(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The high bit of each byte that is zero, exact up to the first of them.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let (blocks, _) = bytes.as_chunks::<16>();
    let clear = blocks.iter().take_while(|block| !has_mark(block)).count() * 16;
    let (words, rest) = bytes[clear..].as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let marks = zeros(word ^ (ONES * b'"' as u64))
            | zeros(word ^ (ONES * b'\\' as u64))
            | zeros(word ^ (ONES * b'\n' as u64));
        if marks != 0 {
            return Some(clear + index * 8 + marks.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n'))?;
    Some(clear + words.len() * 8 + at)
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline]
fn has_mark(block: &[u8; 16]) -> bool {
    let is_mark = |byte: u8| u8::from(byte == b'"') | u8::from(byte == b'\\') | u8::from(byte == b'\n');
    block.iter().fold(0, |any, &byte| any | is_mark(byte)) != 0
}

/// The first quote, backslash or line feed.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline]
fn find_mark(bytes: &[u8]) -> Option<usize> {
    crate::common::simd::first_of(bytes, [b'"', b'\\', b'\n'])
}

/// The position behind any value, `None` where it is not valid JSON. Nesting is kept in a bit per level.
pub fn skip_value(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'"' => string_end(bytes, at + 1).map(|(end, _)| end + 1),
        b'{' | b'[' => skip_nested(bytes, at),
        _ => skip_scalar(bytes, at),
    }
}

fn skip_scalar(bytes: &[u8], at: usize) -> Option<usize> {
    if !bytes.get(at)?.is_ascii_digit() {
        for word in [&b"true"[..], b"false", b"null", b"NaN", b"Infinity", b"-Infinity"] {
            if bytes[at..].starts_with(word) {
                return Some(at + word.len());
            }
        }
    }
    let digits = |mut at: usize| {
        let from = at;
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        (at > from).then_some(at)
    };
    let mut at = if bytes.get(at) == Some(&b'-') { at + 1 } else { at };
    at = if bytes.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        at = digits(at)?;
    }
    Some(at)
}

fn skip_nested(bytes: &[u8], mut at: usize) -> Option<usize> {
    // Bit `depth` of `objects`: the level is an object, not an array.
    let (mut objects, mut depth) = (0_u128, 0_usize);
    loop {
        // Here a value is due.
        at = skip_blank(bytes, at);
        let mut ended = true;
        match bytes.get(at)? {
            open @ (b'{' | b'[') => {
                if depth == MAX_DEPTH {
                    return None;
                }
                let object = *open == b'{';
                objects = if object { objects | 1 << depth } else { objects & !(1 << depth) };
                depth += 1;
                at = skip_blank(bytes, at + 1);
                if bytes.get(at)? == if object { &b'}' } else { &b']' } {
                    depth -= 1;
                    at += 1;
                } else {
                    if object {
                        at = skip_key(bytes, at)?;
                    }
                    ended = false;
                }
            }
            b'"' => at = string_end(bytes, at + 1)?.0 + 1,
            _ => at = skip_scalar(bytes, at)?,
        }
        // Here a value has ended: close levels until another value is due.
        while ended {
            if depth == 0 {
                return Some(at);
            }
            let object = objects >> (depth - 1) & 1 == 1;
            at = skip_blank(bytes, at);
            match bytes.get(at)? {
                b',' => {
                    at = skip_blank(bytes, at + 1);
                    if object {
                        at = skip_key(bytes, at)?;
                    }
                    ended = false;
                }
                b'}' if object => (at, depth) = (at + 1, depth - 1),
                b']' if !object => (at, depth) = (at + 1, depth - 1),
                _ => return None,
            }
        }
    }
}

/// The position behind `"key":`.
fn skip_key(bytes: &[u8], at: usize) -> Option<usize> {
    key(bytes, at).map(|(_, after)| after)
}

/// Appends the text of a string's inside, escapes undone. Lone surrogates become U+FFFD; what is no valid escape stays.
pub fn unescape(raw: &[u8], into: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        into.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let plain = match rest.get(1) {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'u') => {
                let (character, length) = unescape_unicode(rest);
                into.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[length..];
                continue;
            }
            Some(&other) => other,
            None => b'\\',
        };
        into.push(plain);
        rest = &rest[rest.len().min(2)..];
    }
    into.extend_from_slice(rest);
}

/// The character of `\uXXXX` (or a pair of them) at the start of the bytes, and how many bytes it took.
fn unescape_unicode(bytes: &[u8]) -> (char, usize) {
    let unit = |at: usize| {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    match unit(0) {
        Some(high @ 0xd800..=0xdbff) => match unit(6) {
            Some(low @ 0xdc00..=0xdfff) => {
                let scalar = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                (char::from_u32(scalar).unwrap_or('\u{fffd}'), 12)
            }
            _ => ('\u{fffd}', 6),
        },
        Some(scalar) => (char::from_u32(scalar).unwrap_or('\u{fffd}'), 6),
        None => ('\u{fffd}', bytes.len().min(2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(record: &str, expected: Result<&[(&str, &str)], IssueKind>) {
        let mut fields = Vec::new();
        let result = list(record.as_bytes(), &mut |path, value, kind| {
            let mut text = Vec::new();
            if kind == CellKind::Escaped {
                unescape(value, &mut text);
            } else {
                text.extend_from_slice(value);
            }
            fields.push((path.to_owned(), String::from_utf8(text).unwrap()));
        });
        match expected {
            Err(issue) => assert_eq!(result, Err(issue), "{record}"),
            Ok(expected) => {
                assert_eq!(result, Ok(()), "{record}");
                let fields: Vec<_> = fields.iter().map(|(path, value)| (path.as_str(), value.as_str())).collect();
                assert_eq!(fields, expected, "{record}");
            }
        }
    }

    #[test]
    fn objects() {
        check("{}", Ok(&[]));
        check(r#" {"a":1,"b":"x","c":null} "#, Ok(&[("a", "1"), ("b", "x"), ("c", "null")]));
        check(r#"{"a":{"b":{"c":true}},"d":[1,{"e":2}]}"#, Ok(&[("a.b.c", "true"), ("d", r#"[1,{"e":2}]"#)]));
        check(r#"{"q":"say \"hi\" \u00e9 \ud83d\ude00 \ud800!"}"#, Ok(&[("q", "say \"hi\" é 😀 \u{fffd}!")]));
        check("{\"tab\":\"a\tb\"}", Ok(&[("tab", "a\tb")]));
        check(r#"{"a.b":1}"#, Ok(&[("a.b", "1")]));
    }

    #[test]
    fn broken_objects() {
        for record in
            ["{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1 \"b\":2}", "{\"a\":01}", "{\"a\":tru}", "{\"a\":\"x}"]
        {
            check(record, Err(IssueKind::InvalidJson));
        }
        check(r#"{"a":1}{"b":2}"#, Err(IssueKind::InvalidJson));
        check("{\"a\":\"line\nfeed\"}", Err(IssueKind::InvalidJson));
        check(r#"{"a":"\x"}"#, Err(IssueKind::InvalidJson));
        check("[1,2]", Err(IssueKind::NotAnObject));
        check("\"text\"", Err(IssueKind::NotAnObject));
        check("plain text", Err(IssueKind::InvalidJson));
    }

    #[test]
    fn nesting_is_bounded_and_costs_no_stack() {
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        check(&deep(100_000), Err(IssueKind::InvalidJson));
        let objects = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
        check(&objects, Err(IssueKind::InvalidJson));
        let mut found = 0;
        assert_eq!(list(deep(128).as_bytes(), &mut |_, _, _| found += 1), Ok(()));
        assert_eq!(found, 1);
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let tree = KeyTree::new([("a", 0)]);
        let mut cells = Cells::default();
        cells.clear(1);
        let record = br#"{"a":1,"\u0061":2}"#;
        fill(record, &tree, &mut cells).unwrap();
        assert_eq!(cells.text(0, record, &mut Vec::new()), Some(&b"2"[..]));
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (-1e9..1e9_f64).prop_map(Into::into),
            any::<String>().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::btree_map("[a-c\"\\\\é]{1,3}", inner, 0..5)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_first_mark_is_found(text in "[a\\\\\"\n]{0,3}[a-z\u{e9}\u{0}!#\\[\\]\u{b}\u{9}]{0,60}[a\\\\\"\n]{0,3}b{0,20}") {
            let naive = text.bytes().position(|byte| matches!(byte, b'"' | b'\\' | b'\n'));
            prop_assert_eq!(find_mark(text.as_bytes()), naive);
        }

        /// Fields that stand where they are expected are read as any others are.
        #[test]
        fn what_is_filled_is_what_is_listed(
            record in r#"\{ ?("(a|b|c|d)": {0,2}("[x\\n]{0,20}"|[0-9]{1,3}|null|true|NaN|-1|-Infinity|\[1\]|"x|0x)( ?,|, {0,2})?){0,5}\} ?"#,
        ) {
            let keys = KeyTree::new([("a", 0), ("b", 1), ("c", 2)]);
            let mut cells = Cells::default();
            cells.clear(3);
            let filled = fill(record.as_bytes(), &keys, &mut cells);
            let mut texts = [None, None, None];
            let listed = list(record.as_bytes(), &mut |path, value, kind| {
                let Some(column) = ["a", "b", "c"].iter().position(|key| *key == path) else { return };
                let mut text = value.to_vec();
                if kind == CellKind::Escaped {
                    text.clear();
                    unescape(value, &mut text);
                }
                texts[column] = (kind != CellKind::Missing && !text.is_empty()).then_some(text);
            });
            prop_assert_eq!(filled, listed);
            for (column, text) in texts.iter().enumerate().filter(|_| filled.is_ok()) {
                let mut buffer = Vec::new();
                prop_assert_eq!(cells.text(column, record.as_bytes(), &mut buffer), text.as_deref());
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_serde_json_writes_is_read(value in prop::collection::btree_map("[a-z]{1,4}", json(), 0..6)) {
            let text = serde_json::to_string(&value).unwrap();
            prop_assert_eq!(list(text.as_bytes(), &mut |_, _, _| {}), Ok(()));
        }

        #[test]
        fn what_serde_json_refuses_is_refused(
            value in prop::collection::btree_map("[a-z]{1,4}", json(), 1..4), at in any::<prop::sample::Index>(), byte in 0x20..0x7f_u8,
        ) {
            let mut text = serde_json::to_vec(&value).unwrap();
            let at = at.index(text.len());
            text[at] = byte;
            // Bytes that are no UTF-8 are repaired before a record is read.
            prop_assume!(std::str::from_utf8(&text).is_ok());
            let theirs = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&text).is_ok();
            let mine = list(&text, &mut |_, _, _| {}).is_ok();
            // serde_json refuses lone surrogates and numbers beyond f64, which logs do hold.
            prop_assert!(mine || !theirs);
            if mine && !theirs {
                let text = String::from_utf8_lossy(&text).into_owned();
                prop_assert!(text.contains("\\u") || text.contains(['e', 'E']) || text.contains("NaN"), "{}", text);
            }
        }

        #[test]
        fn strings_survive(text in any::<String>()) {
            let written = serde_json::to_string(&text).unwrap();
            let mut read = Vec::new();
            unescape(&written.as_bytes()[1..written.len() - 1], &mut read);
            prop_assert_eq!(String::from_utf8(read).unwrap(), text);
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = list(&bytes, &mut |_, _, _| {});
            unescape(&bytes, &mut Vec::new());
        }
    }
}
