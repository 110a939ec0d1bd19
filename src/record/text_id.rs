//! Session keys in free text, for files without a field for one: UUIDs, hexadecimal ids, `req-18f3`, `blk_-160`, `order_id=77`.
//!
//! Which way of writing is a file's session key is decided on a sample of its messages, by the same score as for fields:
//! share of messages with an id × share of these in groups of 2 to 500 × weight of the kind.

use std::collections::BTreeMap;

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::assign::correlation::KeyFit;

/// Least score of a session key.
const LEAST_SCORE: f64 = 0.1;
/// Least length of an id that is known by its prefix or by its digits.
const LEAST_ID: usize = 4;
/// Longest prefix or key.
const LONGEST_KEY: usize = 24;
/// Longest id.
const LONGEST_ID: usize = 64;
/// Most ways of writing that are compared.
const MOST_CANDIDATES: usize = 64;
/// Sampled messages that a way of writing must be found in.
const LEAST_FOUND: usize = 4;

/// How a file's messages write the session key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TextId {
    /// 8-4-4-4-12 hexadecimal digits.
    Uuid,
    /// 16 or 32 hexadecimal digits.
    Hex,
    /// A word, a dash or an underscore (both are part of the prefix), and an id: `blk_`.
    Prefixed(String),
    /// A name, `=` or `:` (part of the key), and an id: `order_id=`.
    Keyed(String),
}

impl TextId {
    /// As shown to a person.
    pub fn describe(&self) -> String {
        match self {
            Self::Uuid => "UUID in the message".into(),
            Self::Hex => "hexadecimal id in the message".into(),
            Self::Prefixed(prefix) => format!("{prefix}… in the message"),
            Self::Keyed(key) => format!("{key}… in the message"),
        }
    }

    /// How good a session key of this kind is, if all else is equal.
    fn weight(&self) -> f64 {
        match self {
            Self::Keyed(key)
                if ["req", "trace", "corr", "trans", "txn", "op"].iter().any(|name| key.starts_with(name)) =>
            {
                1.0
            }
            Self::Prefixed(_) | Self::Keyed(_) => 0.8,
            Self::Uuid => 0.75,
            Self::Hex => 0.7,
        }
    }

    /// The first id of this kind in a text.
    pub fn find<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Uuid => words(text).find(|word| is_uuid(word)),
            Self::Hex => words(text).find(|word| is_hex(word)),
            // The prefix is a part of the id.
            Self::Prefixed(prefix) => {
                words(text).find(|word| word.strip_prefix(prefix.as_bytes()).is_some_and(is_numbered))
            }
            Self::Keyed(key) => after(text, key.as_bytes()),
        }
    }

    /// The best way of writing in sampled messages, in the file's order; `None` where none ties rows together.
    pub fn choose(messages: &[&str]) -> Option<Self> {
        let mut seen: BTreeMap<Self, usize> = BTreeMap::new();
        for message in messages {
            let mut own: Vec<Self> = Vec::new();
            for word in words(message.as_bytes()) {
                own.extend(kind_of(word));
            }
            own.extend(keys(message));
            own.sort();
            own.dedup();
            for kind in own {
                *seen.entry(kind).or_default() += 1;
            }
        }
        let mut kinds: Vec<(Self, usize)> = seen.into_iter().filter(|(_, found)| *found >= LEAST_FOUND).collect();
        kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kinds.truncate(MOST_CANDIDATES);
        let scored = kinds.into_iter().filter_map(|(kind, _)| Some((kind.fit(messages)?.score, kind)));
        let best = scored.fold(None, |best: Option<(f64, Self)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        });
        best.filter(|(score, _)| *score >= LEAST_SCORE).map(|(_, kind)| kind)
    }

    /// How well ids of this kind tie sampled messages together; `None` if they don't.
    pub fn fit(&self, messages: &[&str]) -> Option<KeyFit> {
        let mut groups: BTreeMap<&[u8], usize> = BTreeMap::new();
        let mut found = 0;
        for id in messages.iter().filter_map(|message| self.find(message.as_bytes())) {
            found += 1;
            *groups.entry(id).or_default() += 1;
        }
        // One id is a constant; as many as messages tie nothing together.
        if groups.len() < 2 || groups.len() == found {
            return None;
        }
        let grouped: usize = groups.values().filter(|rows| (2..=500).contains(*rows)).sum();
        Some(KeyFit::new(found as f64 / messages.len() as f64, grouped as f64 / found as f64, self.weight()))
    }
}

/// Runs of letters, digits, dashes and underscores.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !is_of_id(*byte)).filter(|word| word.len() >= LEAST_ID)
}

fn is_of_id(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn is_uuid(word: &[u8]) -> bool {
    word.len() == 36
        && word.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

fn is_hex(word: &[u8]) -> bool {
    matches!(word.len(), 16 | 32) && word.iter().all(u8::is_ascii_hexdigit) && word.iter().any(u8::is_ascii_digit)
}

/// Hexadecimal or decimal digits (perhaps after a sign), a digit among them at least.
fn is_numbered(id: &[u8]) -> bool {
    let digits = id.strip_prefix(b"-").unwrap_or(id);
    let fits = digits.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    id.len() <= LONGEST_ID && digits.len() >= LEAST_ID && fits && digits.iter().any(u8::is_ascii_digit)
}

/// What kind of id a word is, if it is one.
fn kind_of(word: &[u8]) -> Option<TextId> {
    if is_uuid(word) {
        return Some(TextId::Uuid);
    }
    if is_hex(word) {
        return Some(TextId::Hex);
    }
    let at = word.iter().position(|byte| matches!(byte, b'-' | b'_'))? + 1;
    let (prefix, id) = word.split_at(at);
    let named = at > 1 && at <= LONGEST_KEY && prefix[..at - 1].iter().all(u8::is_ascii_alphabetic);
    (named && is_numbered(id)).then(|| TextId::Prefixed(String::from_utf8_lossy(prefix).into_owned()))
}

/// `name=` and `name:` before ids, where the name ends in `id`.
fn keys(message: &str) -> Vec<TextId> {
    let bytes = message.as_bytes();
    let mut found = Vec::new();
    for at in memchr::memchr2_iter(b'=', b':', bytes) {
        let begin = bytes[..at].iter().rposition(|byte| !is_of_id(*byte)).map_or(0, |before| before + 1);
        let name = &message[begin..at];
        let lower = name.to_ascii_lowercase();
        // Threads, processes and users have many sessions.
        let shared =
            ["pid", "tid", "uid", "gid", "thread_id", "process_id", "user_id", "userid"].contains(&lower.as_str());
        if lower.ends_with("id") && name.len() < LONGEST_KEY && !shared {
            let key = &message[begin..=at];
            if after(bytes, key.as_bytes()).is_some() {
                found.push(TextId::Keyed(key.to_owned()));
            }
        }
    }
    found
}

/// The id that follows the first occurrence of a key at the beginning of a word.
fn after<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    for at in memmem::find_iter(text, key) {
        if at > 0 && is_of_id(text[at - 1]) {
            continue;
        }
        let rest = &text[at + key.len()..];
        // A value may be quoted, or stand after a blank.
        let skip = rest.iter().take_while(|byte| matches!(byte, b' ' | b'"' | b'\'')).count().min(2);
        let rest = &rest[skip..];
        let length = rest.iter().take_while(|byte| is_of_id(**byte)).count();
        if length > 0 && length <= LONGEST_ID {
            return Some(&rest[..length]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: Option<&TextId>) {
        assert_eq!(TextId::choose(lines).as_ref(), expected);
    }

    #[test]
    fn ids_that_tie_rows_together_are_found() {
        let blocks = ["got blk_-1608 from 10.0.0.1", "wrote blk_77123", "got blk_77123", "wrote blk_-1608", "idle"];
        check(&blocks, Some(&TextId::Prefixed("blk_".into())));
        let keyed = ["start orderId=77 now", "pay orderId=78", "end orderId=77", "end orderId=78"];
        check(&keyed, Some(&TextId::Keyed("orderId=".into())));
        let uuid = |n: u32| format!("call 0af76519-16cd-43dd-8448-eb211c80319{n} done");
        let uuids = [uuid(1), uuid(2), uuid(1), uuid(2)];
        check(&uuids.each_ref().map(String::as_str), Some(&TextId::Uuid));
    }

    #[test]
    fn constants_and_ids_of_single_rows_are_no_session_keys() {
        check(&["a job_1234", "b job_1234", "c job_1234", "d job_1234"], None);
        check(&["a job_1231", "b job_1232", "c job_1233", "d job_1234"], None);
        check(&["pid=11 a", "pid=12 b", "pid=11 c", "pid=12 d"], None);
        check(&[], None);
    }

    #[test]
    fn an_id_ends_where_its_word_ends() {
        let blocks = TextId::Prefixed("blk_".into());
        assert_eq!(blocks.find(b"xblk_12345 blk_-1608999 done"), Some(&b"blk_-1608999"[..]));
        assert_eq!(TextId::Keyed("id=".into()).find(b"pid=4, id=\"a7\""), Some(&b"a7"[..]));
        assert_eq!(blocks.find("blk_é".as_bytes()), None);
    }
}
