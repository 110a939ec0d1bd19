//! Session keys in free text, for files without a field for one: UUIDs, hexadecimal ids, `req-18f3`, `blk_-160`, `order_id=77`,
//! `job 12`.
//!
//! Which way of writing is a file's session key is decided on a sample of its messages, by the same score as for fields:
//! share of messages with an id × share of these in groups of 2 to 500 × weight of the kind. Ids that neither their form nor
//! their name sets apart must show by their rows that they are ([`Ties`]).

use std::collections::BTreeMap;

use memchr::memmem;
use serde::{Deserialize, Serialize};

use super::assign::correlation::{KeyFit, Tier, named};
use super::shared::{Holders, LEAST_SHARED};
use super::ties::{Ties, gist};

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
/// Most ways of writing that go together.
const MOST_LINKED: usize = 3;

/// How a file's messages write the session key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TextId {
    /// 8-4-4-4-12 hexadecimal digits.
    Uuid,
    /// So many hexadecimal digits.
    Hex(usize),
    /// A word, a dash or an underscore (both are part of the prefix), and an id: `blk_`.
    Prefixed(String),
    /// A name, `=`, `:` or a blank (part of the key), and an id: `order_id=`, `job `.
    Keyed(String),
    /// One word in these brackets: `[a81f3b]`.
    Bracketed(char),
}

impl TextId {
    /// As shown to a person.
    pub fn describe(&self) -> String {
        match self {
            Self::Uuid => "UUID in the message".into(),
            Self::Hex(digits) => format!("{digits} hexadecimal digits in the message"),
            Self::Prefixed(prefix) => format!("{prefix}… in the message"),
            Self::Keyed(key) => format!("{key}… in the message"),
            Self::Bracketed(open) => format!("{open}…{} in the message", closing(*open)),
        }
    }

    /// Whether the form of its ids, or their name, says that they are ids.
    fn is_known(&self, id: &[u8]) -> bool {
        match self {
            Self::Uuid => true,
            Self::Hex(digits) => matches!(digits, 16 | 32),
            Self::Bracketed(_) => false,
            Self::Prefixed(prefix) => {
                let id = id.get(prefix.len()..).unwrap_or_default();
                let digits = id.strip_prefix(b"-").unwrap_or(id);
                digits.len() >= LEAST_ID && digits.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
            }
            Self::Keyed(key) => names_id(key) && id.iter().any(u8::is_ascii_digit),
        }
    }

    /// How good a session key of this kind is, if all else is equal.
    fn weight(&self) -> f64 {
        match self {
            Self::Keyed(key) if names_id(key) => {
                let tier = named(&key[..key.len() - 1]).filter(|tier| *tier < Tier::Session);
                tier.map_or(0.8, Tier::weight)
            }
            Self::Keyed(key) if key.ends_with(' ') => 0.5,
            Self::Keyed(_) | Self::Bracketed(_) => 0.6,
            Self::Prefixed(_) => 0.8,
            Self::Uuid => 0.75,
            Self::Hex(_) => 0.7,
        }
    }

    /// The first id of this kind in a text.
    pub fn find<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Uuid => words(text).find(|word| is_uuid(word)),
            Self::Hex(digits) => words(text).find(|word| word.len() == *digits && is_hex(word)),
            Self::Bracketed(open) => bracketed(text, *open),
            // The prefix is a part of the id.
            Self::Prefixed(prefix) => {
                words(text).find(|word| word.strip_prefix(prefix.as_bytes()).is_some_and(is_numbered))
            }
            Self::Keyed(key) => after(text, key.as_bytes(), names_id(key)),
        }
    }

    /// The best way of writing in sampled messages, in the file's order, and how good it is; `None` where none ties rows
    /// together. Behind it others that messages have which lack it, and some have beside it. `others`: which ids the other
    /// files have, and the number of this one.
    pub fn choose(messages: &[&str], others: (&Holders, u32)) -> Option<(Vec<Self>, KeyFit)> {
        let mut seen: BTreeMap<Self, usize> = BTreeMap::new();
        for message in messages {
            let mut own: Vec<Self> = Vec::new();
            for word in words(message.as_bytes()) {
                own.extend(kind_of(word));
            }
            own.extend(keys(message));
            let brackets = BRACKETS.into_iter().filter(|open| bracketed(message.as_bytes(), *open).is_some());
            own.extend(brackets.map(Self::Bracketed));
            own.sort();
            own.dedup();
            for kind in own {
                *seen.entry(kind).or_default() += 1;
            }
        }
        let mut kinds: Vec<(Self, usize)> = seen.into_iter().filter(|(_, found)| *found >= LEAST_FOUND).collect();
        kinds.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        kinds.truncate(MOST_CANDIDATES);
        let scored = kinds.into_iter().filter_map(|(kind, _)| Some((kind.fit(messages, others)?, kind)));
        let mut scored: Vec<(KeyFit, Self)> = scored.filter(|(fit, _)| fit.score >= LEAST_SCORE).collect();
        scored.sort_by(|a, b| b.0.score.total_cmp(&a.0.score));
        let mut scored = scored.into_iter();
        let (fit, best) = scored.next()?;
        let mut covered: Vec<Option<&[u8]>> = messages.iter().map(|message| best.find(message.as_bytes())).collect();
        let mut chosen = vec![best];
        for (_, kind) in scored {
            let found: Vec<Option<&[u8]>> = messages.iter().map(|message| kind.find(message.as_bytes())).collect();
            let pairs = || covered.iter().zip(&found);
            let beside = pairs().filter(|(known, other)| known.is_some() && other.is_some() && known != other).count();
            let more = pairs().filter(|(known, other)| known.is_none() && other.is_some()).count();
            if chosen.len() < MOST_LINKED && beside >= LEAST_FOUND && more * 20 >= messages.len() {
                covered.iter_mut().zip(found).for_each(|(known, other)| *known = known.or(other));
                chosen.push(kind);
            }
        }
        Some((chosen, fit))
    }

    /// How well ids of this kind tie sampled messages together; `None` if they don't.
    fn fit(&self, messages: &[&str], (holders, file): (&Holders, u32)) -> Option<KeyFit> {
        let bytes = messages.iter().map(|message| message.as_bytes());
        let ties = Ties::of(bytes.map(|message| Some((self.find(message)?, gist(message)))));
        let ids = || messages.iter().filter_map(|message| self.find(message.as_bytes()));
        let shared = Some(holders.share_of_texts(file, ids())).filter(|shared| *shared >= LEAST_SHARED);
        // One id is a constant; as many as messages tie nothing together, but perhaps files.
        if ties.groups < 2 || ties.groups == ties.found && shared.is_none() {
            return None;
        }
        let known = ids().filter(|id| self.is_known(id)).count();
        if known * 2 < ties.found && !ties.are_sessions() {
            return None;
        }
        Some(KeyFit::new(
            ties.found as f64 / messages.len() as f64,
            ties.grouped.max(shared.unwrap_or(0.0)),
            self.weight(),
        ))
    }
}

/// Whether the name in a key (its last byte is the mark behind it) says that an id follows.
fn names_id(key: &str) -> bool {
    let name = &key[..key.len().saturating_sub(1)];
    !key.ends_with(' ')
        && (name.to_ascii_lowercase().ends_with("id") || named(name).is_some_and(|tier| tier < Tier::Weak))
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
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = word.len() - digits;
    matches!(word.len(), 8..=LONGEST_ID)
        && word.iter().all(u8::is_ascii_hexdigit)
        && digits > 0
        && (letters > 0 || word.len() >= 16)
}

/// Brackets that ids stand in.
const BRACKETS: [char; 4] = ['[', '(', '{', '<'];

fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '<' => '>',
        '{' => '}',
        _ => ']',
    }
}

/// The first word with a digit that stands alone in brackets.
fn bracketed(text: &[u8], open: char) -> Option<&[u8]> {
    let mut rest = text;
    while let Some(at) = memchr::memchr(open as u8, rest) {
        rest = &rest[at + 1..];
        let length = rest.iter().take(LONGEST_ID + 1).take_while(|byte| is_of_id(**byte)).count();
        let id = &rest[..length];
        let is_word = (LEAST_ID..=LONGEST_ID).contains(&length) && rest.get(length) == Some(&(closing(open) as u8));
        if is_word && id.iter().any(u8::is_ascii_digit) {
            return Some(id);
        }
    }
    None
}

/// Letters and digits (perhaps after a sign), a digit among them at least.
fn is_numbered(id: &[u8]) -> bool {
    let fits = id.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    id.len() <= LONGEST_ID && fits && id.iter().any(u8::is_ascii_digit)
}

/// What kind of id a word is, if it is one.
fn kind_of(word: &[u8]) -> Option<TextId> {
    if is_uuid(word) {
        return Some(TextId::Uuid);
    }
    if is_hex(word) {
        return Some(TextId::Hex(word.len()));
    }
    let at = word.iter().position(|byte| matches!(byte, b'-' | b'_'))? + 1;
    let (prefix, id) = word.split_at(at);
    let named = at > 1 && at <= LONGEST_KEY && prefix[..at - 1].iter().all(u8::is_ascii_alphabetic);
    (named && is_numbered(id)).then(|| TextId::Prefixed(String::from_utf8_lossy(prefix).into_owned()))
}

/// Names of what has many sessions: threads, processes, users.
const SHARED: [&str; 13] = [
    "pid",
    "tid",
    "uid",
    "gid",
    "thread",
    "thread_id",
    "process",
    "process_id",
    "user",
    "user_id",
    "userid",
    "client",
    "worker",
];

/// `name=`, `name:` and `name ` before what may be ids.
fn keys(message: &str) -> Vec<TextId> {
    let bytes = message.as_bytes();
    let mut found = Vec::new();
    for at in memchr::memchr3_iter(b'=', b':', b' ', bytes) {
        let begin = bytes[..at].iter().rposition(|byte| !is_of_id(*byte)).map_or(0, |before| before + 1);
        let name = &message[begin..at];
        let is_word = name.len() > 1 && name.len() < LONGEST_KEY && name.bytes().all(|byte| !byte.is_ascii_digit());
        if !is_word || SHARED.iter().any(|shared| name.eq_ignore_ascii_case(shared)) {
            continue;
        }
        let key = &message[begin..=at];
        if after(bytes, key.as_bytes(), names_id(key)).is_some() {
            found.push(TextId::Keyed(key.to_owned()));
        }
    }
    found
}

/// The id that follows the first occurrence of a key at the beginning of a word. `any`: whether it may be without digits.
fn after<'a>(text: &'a [u8], key: &[u8], any: bool) -> Option<&'a [u8]> {
    for at in memmem::find_iter(text, key) {
        if at > 0 && is_of_id(text[at - 1]) {
            continue;
        }
        let rest = &text[at + key.len()..];
        // A value may be quoted, or stand after a blank.
        let skip = rest.iter().take_while(|byte| matches!(byte, b' ' | b'"' | b'\'' | b'#')).count().min(2);
        let rest = &rest[skip..];
        let length = rest.iter().take_while(|byte| is_of_id(**byte)).count();
        let id = &rest[..length];
        if length > 0 && length <= LONGEST_ID && (any || id.iter().any(u8::is_ascii_digit)) {
            return Some(id);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], expected: Option<&TextId>) {
        let chosen = TextId::choose(lines, (&Holders::default(), 0)).map(|(kinds, _)| kinds);
        assert_eq!(chosen.as_deref().and_then(<[_]>::first), expected);
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
    fn ids_without_a_telling_name_must_show_that_they_are() {
        // Three jobs of four steps at a time, by two workers.
        let steps = ["queued for", "fetching", "rendering", "done with"];
        let line = |row: usize, job: &str| format!("worker 1{} {} {job} of 30 MB", row % 2, steps[row / 3 % 4]);
        let log = |of: fn(usize) -> String| -> Vec<String> {
            (0..120).map(|row| line(row, &of(100 + row / 12 * 3 + row % 3))).collect()
        };
        let check_log = |of: fn(usize) -> String, expected: Option<TextId>| {
            let lines = log(of);
            check(&lines.iter().map(String::as_str).collect::<Vec<_>>(), expected.as_ref());
        };
        check_log(|job| format!("job-{job}"), Some(TextId::Prefixed("job-".into())));
        check_log(|job| format!("job {job}"), Some(TextId::Keyed("job ".into())));
        check_log(|job| format!("job={job}"), Some(TextId::Keyed("job=".into())));
        check_log(|job| format!("[{job}x]"), Some(TextId::Bracketed('[')));
        check_log(|job| format!("{:08x}", job * 0x0a3f_7b11 % 0xffff_fff1), Some(TextId::Hex(8)));
        check_log(|job| format!("node-{}", job % 3), None);
        check_log(|job| format!("shelf {}", job * 7 % 11), None);
    }

    #[test]
    fn ids_that_go_together_are_found_together() {
        // A request begins a job, whose rows know nothing of the request.
        let steps = ["request={r} received", "request={r} begins job={j}", "job={j} runs", "job={j} ends"];
        let line = |row: usize| {
            let of = |base: usize| format!("{:04x}", base + row / 12 * 3 + row % 3);
            steps[row / 3 % 4].replace("{r}", &of(0xa100)).replace("{j}", &of(0x7100))
        };
        let lines: Vec<String> = (0..120).map(line).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (chosen, _) = TextId::choose(&lines, (&Holders::default(), 0)).unwrap();
        let mut keys: Vec<String> = chosen.iter().map(TextId::describe).collect();
        keys.sort();
        assert_eq!(keys, ["job=… in the message", "request=… in the message"]);
    }

    #[test]
    fn an_id_ends_where_its_word_ends() {
        let blocks = TextId::Prefixed("blk_".into());
        assert_eq!(blocks.find(b"xblk_12345 blk_-1608999 done"), Some(&b"blk_-1608999"[..]));
        assert_eq!(TextId::Keyed("id=".into()).find(b"pid=4, id=\"a7\""), Some(&b"a7"[..]));
        assert_eq!(blocks.find("blk_é".as_bytes()), None);
    }
}
