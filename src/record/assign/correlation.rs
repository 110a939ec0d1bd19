//! The session key: which field ties rows together, and the clean form of its values.
//!
//! Candidates come from tables in four tiers and are scored on the sample:
//! score = coverage × share of rows in groups of 2 to 500 × weight of the tier.
//! An id that another file has too counts like one in a group.
//! A sample of 50 values or fewer cannot tell the groups of a file, so it is not asked for more than that the values look
//! like ids.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{FieldSample, Sample, TELLING};
use crate::record::alias::{Key, Lookup, Match, Table};
use crate::record::role::is_missing;
use crate::record::shared::LEAST_SHARED;
use crate::record::ties::{Ties, gist};
use crate::record::time::TimeFormat;

/// What kind of thing an id stands for, the most useful first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Tier {
    /// A request or an operation of the business.
    Request,
    /// A trace.
    Trace,
    /// A session, a job, a user's doing.
    Session,
    /// No name that says so, but rows that do ([`Ties`]).
    Unnamed,
    /// Something that many sessions share: a thread, an address. For a person to choose.
    Weak,
}

impl Tier {
    /// Those with a table of names.
    const NAMED: [Self; 4] = [Self::Request, Self::Trace, Self::Session, Self::Weak];

    /// Factor of the score, 0..=1.
    pub fn weight(self) -> f64 {
        match self {
            Self::Request => 1.0,
            Self::Trace => 0.95,
            Self::Session => 0.7,
            Self::Unnamed => 0.6,
            Self::Weak => 0.3,
        }
    }
}

/// A field that could be the session key.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Candidate<'a> {
    /// The field's name.
    pub field: &'a str,
    /// Its place among the fields.
    pub index: usize,
    /// The name in the tables that matched.
    pub alias: &'static str,
    /// What it stands for.
    pub tier: Tier,
    /// Share (0..=1) of the sampled non-empty values that are ids.
    pub parsed: f64,
    /// How good it is, and why.
    pub fit: KeyFit,
}

/// How well values tie rows together.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct KeyFit {
    /// The product of the parts, 0..=1, higher is better.
    pub score: f64,
    /// Share (0..=1) of the sampled records that have an id.
    pub coverage: f64,
    /// Share (0..=1) of these whose id 2 to 500 of them have, or another file.
    pub grouped: f64,
    /// Factor for what the id stands for, 0..=1.
    pub weight: f64,
}

impl KeyFit {
    /// Of the parts.
    pub fn new(coverage: f64, grouped: f64, weight: f64) -> Self {
        Self { score: coverage * grouped * weight, coverage, grouped, weight }
    }
}

/// All fields that could be the session key, the best first: the choice, the runner-up, and so on.
pub fn candidates<'a>(fields: &[FieldSample<'a>]) -> Vec<Candidate<'a>> {
    let sample = Sample::new(fields);
    let mut found: Vec<(Candidate<'a>, Match)> = Vec::new();
    let letters = |text: &str| text.bytes().filter(u8::is_ascii_lowercase).count();
    let lengths: Vec<usize> = fields.iter().map(|field| field.values.iter().map(|text| letters(text)).sum()).collect();
    for (index, field) in fields.iter().enumerate() {
        let tables = Tier::NAMED.iter().zip(&*TABLES);
        let matches = tables.filter_map(|(tier, table)| Some((table.find(&sample.keys[index], &sample.names)?, *tier)));
        let (name, tier) = match matches.min_by_key(|(found, _)| found.rank) {
            Some((name, tier)) if tier != Tier::Weak || !PROCESSES.contains(&name.alias) => (name, tier),
            // Some have a thread or a process for each session.
            _ if unnamed(field, fields, &lengths) => (Match { rank: 0, order: 0, alias: ITS_ROWS }, Tier::Unnamed),
            Some((name, tier)) => (name, tier),
            None => continue,
        };
        found.extend(judge(field, index, tier, name).map(|candidate| (candidate, name)));
    }
    found.sort_by(|(left, left_name), (right, right_name)| {
        let by_name = (left.tier, left_name.rank, left_name.order, left.index);
        right.fit.score.total_cmp(&left.fit.score).then(by_name.cmp(&(
            right.tier,
            right_name.rank,
            right_name.order,
            right.index,
        )))
    });
    found.into_iter().map(|(candidate, _)| candidate).collect()
}

/// The alias of a field that no name but its rows make the session key.
pub const ITS_ROWS: &str = "by its rows";

/// Whether a field without a telling name ties rows together like a session key: ids of one word, bounded in the file.
/// `lengths`: how many letters the values of each field have.
fn unnamed(field: &FieldSample<'_>, fields: &[FieldSample<'_>], lengths: &[usize]) -> bool {
    if NEVER.iter().any(|name| field.name.eq_ignore_ascii_case(name)) {
        return false;
    }
    let is_time = || TimeFormat::detect(field.values).1 >= 0.5;
    if field.values.len() <= TELLING || !field.values.iter().all(|text| may_be_id(text)) || is_time() {
        return false;
    }
    // What else a row says: the longest words of as many values stand in the same rows.
    let beside = fields.iter().zip(lengths);
    let beside = beside.filter(|(other, _)| other.values.len() == field.values.len() && other.name != field.name);
    let beside = beside.max_by_key(|(_, length)| **length);
    let beside = beside.filter(|(other, length)| **length >= 8 * other.values.len()).map(|(other, _)| other);
    let gists = (0_u64..).map(|row| match beside.and_then(|other| other.values.get(row as usize)) {
        Some(text) => gist(text.as_bytes()),
        None => row,
    });
    let rows = field.values.iter().zip(gists);
    Ties::of(rows.map(|(text, gist)| Some((clean_ascii(text), gist)).filter(|(id, _)| !is_missing(id)))).are_sessions()
}

fn clean_ascii(text: &str) -> &[u8] {
    text.as_bytes().trim_ascii()
}

/// Whether a value of a field without a telling name may be an id, or says that there is none: letters, digits and the marks
/// between them, at least one digit; numbers of four digits and more.
fn may_be_id(text: &str) -> bool {
    let id = clean_ascii(text);
    let is_mark = |byte: &u8| matches!(byte, b'-' | b'_' | b'=' | b'#' | b':' | b'/');
    let fits = id.iter().all(|byte| byte.is_ascii_alphanumeric() || is_mark(byte));
    let digits = id.iter().filter(|byte| byte.is_ascii_digit()).count();
    is_missing(id) || fits && id.len() <= 64 && digits > 0 && (digits < id.len() || digits >= 4)
}

/// The tier of a name, if it is in a table.
pub fn named(name: &str) -> Option<Tier> {
    let key = Key::new(name);
    let found = |(tier, table): (&Tier, &Lookup)| Some((table.find(&key, &BTreeSet::new())?.rank, *tier));
    Tier::NAMED.iter().zip(&*TABLES).filter_map(found).min().map(|(_, tier)| tier)
}

fn judge<'a>(field: &FieldSample<'a>, index: usize, tier: Tier, name: Match) -> Option<Candidate<'a>> {
    let mut groups: BTreeMap<Cow<'_, [u8]>, usize> = BTreeMap::new();
    let (mut present, mut ids) = (0_usize, 0_usize);
    for text in field.values {
        if let Some(id) = clean_id(text.as_bytes()) {
            present += 1;
            if is_id(text) {
                ids += 1;
                *groups.entry(id).or_default() += 1;
            }
        }
    }
    if ids == 0 || ids * 10 < present * 9 || groups.keys().all(|id| **id == b"true"[..] || **id == b"false"[..]) {
        return None;
    }
    let in_groups: usize = groups.values().filter(|rows| (2..=500).contains(*rows)).sum();
    let shared = if field.shared < LEAST_SHARED { 0.0 } else { field.shared };
    let mut usefulness = (in_groups as f64 / ids as f64).max(shared);
    if ids <= TELLING {
        usefulness = usefulness.max(0.5);
    } else if groups.len() == 1 || groups.len() == ids && shared <= 0.0 {
        return None;
    }
    let coverage = ids as f64 / field.rows.max(ids) as f64;
    // A name that is only the end of a path is a little less sure.
    let sureness = 1.0 - 0.05 * f64::from(name.rank);
    let fit = KeyFit::new(coverage, usefulness, tier.weight() * sureness);
    let parsed = ids as f64 / present as f64;
    Some(Candidate { field: field.name, index, alias: name.alias, tier, parsed, fit })
}

/// Whether a text can be an id: one word of at most 200 bytes.
pub fn is_id(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text.len() <= 200
        && !text.bytes().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control())
}

/// The id in a value, in the one form in which all systems' ids are equal; `None` where it stands for "no value".
///
/// W3C `00-<trace>-<span>-<flags>`, `b3`, `uber-trace-id`, AWS `Root=…;Parent=…` and `projects/P/traces/ID` give their trace;
/// hexadecimal text becomes lower-case; zeros, `-`, `null` and `unknown` are no value. Allocates only to lower letters.
pub fn clean_id(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    let text = text.trim_ascii();
    // Nearly all ids are letters, digits and dashes: one look at each byte tells all there is to know of them.
    let marks = text.iter().fold(0, |marks, byte| marks | MARKS[usize::from(*byte)]);
    let may_be_trace = text.len() >= 33 && (text[32] == b'-' || text[16] == b'-' || text.len() == 55);
    if marks & SPECIAL == 0 && text.len() > 9 && !may_be_trace {
        match marks {
            // Zeros and dashes may stand for "none".
            0 => {}
            marks if marks & OTHER > 0 || text.len() < 16 => return Some(Cow::Borrowed(text)),
            marks if marks & UPPER > 0 => return Some(Cow::Owned(text.to_ascii_lowercase())),
            _ => return Some(Cow::Borrowed(text)),
        }
    }
    clean_any(text)
}

/// [`clean_id`] of any trimmed text.
fn clean_any(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    let text = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
    if is_missing(text) || text.eq_ignore_ascii_case(b"unknown") {
        return None;
    }
    let id = trace_of(text);
    let is_hex = is_hex_id(id);
    if is_hex && id.iter().all(|byte| matches!(byte, b'0' | b'-')) {
        return None;
    }
    if is_hex && id.iter().any(u8::is_ascii_uppercase) {
        return Some(Cow::Owned(id.to_ascii_lowercase()));
    }
    Some(Cow::Borrowed(id))
}

/// A hexadecimal digit but zero, in lower case.
const DIGIT: u8 = 1;
/// A hexadecimal digit in upper case.
const UPPER: u8 = 2;
/// Another letter, or a mark that ids have.
const OTHER: u8 = 4;
/// A mark that separates the parts of a longer value. Zeros and dashes are nothing of these.
const SPECIAL: u8 = 8;
const MARKS: [u8; 256] = {
    let mut marks = [SPECIAL; 256];
    let mut byte = 0;
    while byte < 256 {
        marks[byte] = match byte as u8 {
            b'0' | b'-' => 0,
            b'1'..=b'9' | b'a'..=b'f' => DIGIT,
            b'A'..=b'F' => UPPER,
            b'g'..=b'z' | b'G'..=b'Z' | b'_' | b'.' => OTHER,
            _ => SPECIAL,
        };
        byte += 1;
    }
    marks
};

/// Hexadecimal digits and dashes: 16 or more, or nothing but zeros.
fn is_hex_id(id: &[u8]) -> bool {
    let fits = id.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    fits && (id.len() >= 16 || id.iter().all(|byte| *byte == b'0'))
}

/// The trace within a header's value, or the text itself.
fn trace_of(text: &[u8]) -> &[u8] {
    let is_hex = |part: &[u8]| part.iter().all(u8::is_ascii_hexdigit);
    match text.len() {
        // 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
        55 if text[2] == b'-' && text[35] == b'-' && text[52] == b'-' && is_hex(&text[..2]) && is_hex(&text[3..35]) => {
            return &text[3..35];
        }
        // 80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1-05e3ac9a4f6e3b90, or a trace of 16 digits
        33.. => {
            for length in [32, 16] {
                let is_span =
                    text.len() > length + 16 && text[length] == b'-' && is_hex(&text[length + 1..length + 17]);
                if is_span && is_hex(&text[..length]) && text.get(length + 17).is_none_or(|byte| *byte == b'-') {
                    return &text[..length];
                }
            }
        }
        _ => {}
    }
    // Root=1-67891233-abcdef012345678912345678;Parent=…
    if text.contains(&b'=') {
        let root = text.split(|byte| *byte == b';').find_map(|part| part.trim_ascii().strip_prefix(b"Root="));
        return root.filter(|root| !root.is_empty()).unwrap_or(text);
    }
    if let Some(rest) = text.strip_prefix(b"projects/") {
        let parts = rest.split(|byte| *byte == b'/');
        let mut id = parts.skip_while(|part| *part != b"traces").skip(1);
        return id.next().filter(|id| !id.is_empty()).unwrap_or(text);
    }
    // 80f198ee56343ba8:e457b5a2e4d86bd1:0:1
    let mut parts = text.split(|byte| *byte == b':');
    match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(trace), Some(span), Some(parent), Some(flags), None)
            if trace.len() >= 8 && [trace, span, parent, flags].iter().all(|part| !part.is_empty() && is_hex(part)) =>
        {
            trace
        }
        _ => text,
    }
}

/// The weak names of what may well be bound to one session.
const PROCESSES: [&str; 8] = ["spans", "thread_id", "thread", "thread_name", "tid", "process.pid", "pid", "PROCID"];

/// Names of what numbers rows, whatever the rows look like.
const NEVER: [&str; 11] =
    ["log.record.uid", "insertId", "@ptr", "_id", "uuid", "eventId", "event_id", "seq", "line", "lineno", "offset"];

static TABLES: LazyLock<[Lookup; 4]> =
    LazyLock::new(|| [Lookup::new(&REQUESTS), Lookup::new(&TRACES), Lookup::new(&SESSIONS), Lookup::new(&WEAK)]);

#[rustfmt::skip]
const REQUESTS: Table = Table {
    names: &[
        "correlation_id", "correlationid", "x-correlation-id", "request_id", "requestid", "req_id", "reqid", "req.id",
        "request.id", "http.request.id", "http.request_id", "x-request-id", "rid", "@requestId", "awsRequestId",
        "requestContext.requestId", "apiRequestId", "cf-ray", "RayID", "x-amz-cf-id", "TraceIdentifier", "grpc.request_id",
        "unique_id", "opid", "op_id", "operation_id", "logging.googleapis.com/operation.id", "activityId",
    ],
    conditional: &[],
    last: &[],
    of_requests: true,
};

#[rustfmt::skip]
const TRACES: Table = Table {
    names: &[
        "trace_id", "traceid", "otelTraceID", "@tr", "dd.trace_id", "contextMap.dd.trace_id", "named_tags.dd.trace_id",
        "mdc.traceId", "contextMap.traceId", "X-B3-TraceId", "b3", "uber-trace-id", "traceparent", "x-amzn-trace-id",
        "xray_trace_id", "@xrayTraceId", "logging.googleapis.com/trace", "transaction.id", "txn_id", "txid",
    ],
    conditional: &[("trace", &[])],
    last: &[],
    of_requests: true,
};

#[rustfmt::skip]
const SESSIONS: Table = Table {
    names: &[
        "session_id", "sessionid", "sid", "messaging.message.conversation_id", "conversation_id", "job_id", "run_id",
        "task_id", "workflow_id", "batch_id", "order_id", "block_id", "auditID",
    ],
    conditional: &[("session", &[]), ("message_id", &[]), ("event_id", &[&["event_source", "event_name"]])],
    last: &[],
    of_requests: true,
};

#[rustfmt::skip]
const WEAK: Table = Table {
    names: &[
        "spans", "thread_id", "thread", "thread_name", "tid", "process.pid", "pid", "PROCID", "client_ip", "clientip", "c_ip",
        "remote_addr", "remote_ip", "remoteAddress", "source_ip", "src_ip", "client.address", "user_id", "username", "user",
    ],
    conditional: &[],
    last: &[],
    of_requests: true,
};

#[cfg(test)]
mod tests;
