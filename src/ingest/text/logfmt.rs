//! logfmt: a line of `key=value` pairs, `time=2026-02-06T10:30:17Z level=info msg="user \"bo\" came" cached`.
//!
//! Sources: brandur.org/logfmt, pkg.go.dev/log/slog#TextHandler. Values in quotes are escaped like JSON strings; a key
//! without a value is a flag that is set.

use std::ops::Range;

use memchr::{memchr2, memchr3};

/// Fewest pairs of a line that is logfmt.
const FEWEST_PAIRS: usize = 3;
/// Longest key, in bytes.
const LONGEST_KEY: usize = 128;

/// Hears of a pair: the key, the place of its value in the record, whether the value holds escapes.
pub type EachPair<'a> = dyn FnMut(&[u8], Range<usize>, bool) + 'a;

/// Calls `each` for the pairs of a record, in order. A key that stands
/// alone has an empty value. Words that can be no key are left out. Linear time.
pub fn list(record: &[u8], each: &mut EachPair<'_>) {
    walk(record, &mut |pair| each(&record[pair.key], pair.value, pair.escaped));
}

/// Share (0..=1) of the lines, blank ones aside, that are logfmt: at least three pairs, which make up at least 60 % of the
/// line.
pub fn share(lines: &[&[u8]]) -> f64 {
    let (mut seen, mut fit) = (0_usize, 0_usize);
    for line in lines.iter().map(|line| line.trim_ascii()).filter(|line| !line.is_empty()) {
        let (mut pairs, mut covered) = (0, 0);
        walk(line, &mut |pair| {
            if pair.has_value {
                pairs += 1;
                covered += pair.end - pair.key.start + 1;
            }
        });
        seen += 1;
        fit += usize::from(pairs >= FEWEST_PAIRS && covered * 10 >= line.len() * 6);
    }
    if seen == 0 { 0.0 } else { fit as f64 / seen as f64 }
}

struct Pair {
    key: Range<usize>,
    /// Without the quotes.
    value: Range<usize>,
    escaped: bool,
    has_value: bool,
    /// Behind the value and its quotes.
    end: usize,
}

fn walk(record: &[u8], each: &mut dyn FnMut(Pair)) {
    let mut at = 0;
    while at < record.len() {
        if record[at].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        let start = at;
        while at < record.len() && !record[at].is_ascii_whitespace() && record[at] != b'=' {
            at += 1;
        }
        let key = start..at;
        let is_key = is_key(&record[key.clone()]);
        if record.get(at) != Some(&b'=') {
            if is_key {
                each(Pair { key, value: at..at, escaped: false, has_value: false, end: at });
            }
            continue;
        }
        at += 1;
        let (value, escaped, end) = if record.get(at) == Some(&b'"') {
            quoted(record, at + 1)
        } else {
            let end = at + end_of_word(&record[at..]);
            (at..end, false, end)
        };
        at = end;
        if is_key {
            each(Pair { key, value, escaped, has_value: true, end });
        }
    }
}

fn end_of_word(text: &[u8]) -> usize {
    memchr3(b' ', b'\t', b'\n', text).unwrap_or(text.len())
}

/// A value behind its opening quote; without a closing one it goes on to the record's end.
fn quoted(record: &[u8], start: usize) -> (Range<usize>, bool, usize) {
    let mut at = start;
    let mut escaped = false;
    while let Some(found) = memchr2(b'"', b'\\', record.get(at..).unwrap_or_default()) {
        at += found;
        if record[at] == b'"' {
            return (start..at, escaped, at + 1);
        }
        escaped = true;
        at += 2;
    }
    (start..record.len(), escaped, record.len())
}

fn is_key(key: &[u8]) -> bool {
    (1..=LONGEST_KEY).contains(&key.len())
        && (key[0].is_ascii_alphabetic() || matches!(key[0], b'_' | b'@') || key[0] >= 0x80)
        && key.iter().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'/' | b'@' | b':') || *byte >= 0x80
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(record: &str) -> Vec<(String, String, bool)> {
        let mut pairs = Vec::new();
        list(record.as_bytes(), &mut |key, value, escaped| {
            pairs.push((String::from_utf8_lossy(key).into_owned(), record[value].to_owned(), escaped));
        });
        pairs
    }

    #[track_caller]
    fn check(record: &str, expected: &[(&str, &str, bool)]) {
        let expected: Vec<_> =
            expected.iter().map(|(key, value, escaped)| ((*key).into(), (*value).into(), *escaped)).collect();
        assert_eq!(pairs(record), expected, "{record}");
    }

    #[test]
    fn pairs_of_a_line() {
        check("level=info msg=\"a b\" n=3", &[("level", "info", false), ("msg", "a b", false), ("n", "3", false)]);
        check(r#"msg="say \"hi\" \\" x=1"#, &[("msg", r#"say \"hi\" \\"#, true), ("x", "1", false)]);
        check("a= b=2 cached", &[("a", "", false), ("b", "2", false), ("cached", "", false)]);
        check("url=http://h/?q=1 t=\"open", &[("url", "http://h/?q=1", false), ("t", "open", false)]);
        check("http.status=200 (x) =3 \"q\" k=v", &[("http.status", "200", false), ("k", "v", false)]);
        check("t=\"a\\", &[("t", "a\\", true)]);
        check("", &[]);
    }

    #[test]
    fn prose_is_no_logfmt() {
        let logfmt: [&[u8]; 2] = [b"ts=1 level=info msg=\"x y z\"", b"ts=2 level=warn caller=main.go:3 msg=x"];
        assert!((share(&logfmt) - 1.0).abs() < 1e-9);
        let prose: [&[u8]; 3] = [
            b"check pass; user unknown rhost=1.2.3.4",
            b"the retry policy is set with a=1 and also with b=2 and finally, after much thought, with c=3",
            b"a = b",
        ];
        assert!(share(&prose) < 0.1);
        assert!(share(&[]) < 0.1);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(values in prop::collection::vec(("[a-z]{1,8}", "[a-z =]{0,12}"), 1..6)) {
            let line: Vec<String> = values.iter().map(|(key, value)| format!("{key}=\"{value}\"")).collect();
            let expected: Vec<_> = values.into_iter().map(|(key, value)| (key, value, false)).collect();
            prop_assert_eq!(pairs(&line.join(" ")), expected);
        }

        #[test]
        fn any_bytes(record in prop::collection::vec(any::<u8>(), 0..80)) {
            let mut before = 0;
            list(&record, &mut |_, value, _| {
                assert!(value.start >= before && value.end <= record.len());
                before = value.end;
            });
        }
    }
}
