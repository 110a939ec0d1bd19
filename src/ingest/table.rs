//! Tables of delimited fields: whether a text is one, where it begins, and what its fields are called.

use memchr::{memchr, memmem};

use super::csv;
use super::cut::Cutter;
use super::format::Format;
use super::layout::Layout;
use crate::common::text::{cut, parse_number};

/// Records that the decision looks at.
const LOOK: usize = 50;
/// Longest name or value that is looked at, in bytes.
const LONGEST: usize = 200;
/// Delimiters, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Fewer records of two numbers each are no table.
const FEW_RECORDS: usize = 4;
/// Most lines that stand before a table's header.
const MOST_BEFORE: usize = 10;

/// The columns of `PostgreSQL`'s log as CSV, which has no header (postgresql.org/docs/current/runtime-config-logging.html,
/// "Using CSV-Format Log Output"). Versions before 14 have fewer at the end.
const POSTGRES: [&str; 26] = [
    "log_time",
    "user_name",
    "database_name",
    "process_id",
    "connection_from",
    "session_id",
    "session_line_num",
    "command_tag",
    "session_start_time",
    "virtual_transaction_id",
    "transaction_id",
    "error_severity",
    "sql_state_code",
    "message",
    "detail",
    "hint",
    "internal_query",
    "internal_query_pos",
    "context",
    "query",
    "query_pos",
    "location",
    "application_name",
    "backend_type",
    "leader_pid",
    "query_id",
];
/// The first version that could write CSV had so many, and where the severity stands.
const POSTGRES_FEWEST: usize = 22;
const POSTGRES_SEVERITY: usize = 11;
const SEVERITIES: [&str; 12] =
    ["DEBUG5", "DEBUG4", "DEBUG3", "DEBUG2", "DEBUG1", "LOG", "INFO", "NOTICE", "WARNING", "ERROR", "FATAL", "PANIC"];

/// A vote over the first records: the delimiter that gives the most fields, the same number in nearly all records. With
/// whether the fields have names, from a header or because it is known what writes such records.
#[inline(never)]
pub(super) fn format(text: &[u8], whole: bool) -> Option<(Format, bool)> {
    let mut best: Option<(usize, Format, bool)> = None;
    for delimiter in DELIMITERS {
        let records = sample(text, whole, delimiter);
        let Some(first) = records.first() else { continue };
        let fields = first.len();
        if fields < 2 || best.as_ref().is_some_and(|(most, ..)| *most >= fields) {
            continue;
        }
        let with = |fields| records.iter().filter(|record| record.len() == fields).count();
        let header = looks_like_header(first);
        // Quotes that backslashes escape are not understood, and seem to make more fields.
        let longer = || with(fields + 1) + 1;
        let regular = if header {
            with(fields) * 10 >= records.len() * 6
                || fields > 2 && is_nearly_all(longer(), records.len()) && memmem::find(text, b"\\\"").is_none()
        } else {
            is_nearly_all(with(fields), records.len())
        };
        let named = header || is_postgres(&records, fields);
        if regular && (named || looks_like_table(&records, fields)) {
            best = Some((fields, Format::Csv { delimiter, header }, named));
        }
    }
    best.map(|(_, format, named)| (format, named))
}

/// Where the header stands of a table before which there are other lines: a title, remarks, a word about the delimiter.
/// `None` where there is no such table. What follows has to be without doubt a table then: all records have as many fields as
/// the header, and some column holds numbers or times.
#[inline(never)]
pub(super) fn behind_lines(text: &[u8], whole: bool) -> Option<usize> {
    let mut at = 0;
    for _ in 0..MOST_BEFORE {
        let line = &text[at..at + memchr(b'\n', &text[at..])?];
        // These name the fields of their own formats.
        if line.starts_with(b"#Fields:") || line.starts_with(b"#fields") {
            return None;
        }
        at += line.len() + 1;
        let Some((Format::Csv { delimiter, header: true }, _)) = format(&text[at..], whole) else { continue };
        let records = sample(&text[at..], whole, delimiter);
        let Some((header, rows)) = records.split_first() else { continue };
        let fields = header.len();
        let mut before = text[..at].split(|&byte| byte == b'\n');
        let told = before.clone().any(names_delimiter);
        let remarks = before.all(is_remark);
        let typed = typed(rows, fields) > 0 && (told || rows.iter().all(|row| row.len() == fields));
        if typed && (fields > 2 || remarks) {
            return Some(at);
        }
    }
    None
}

/// Whether a line is a remark, a word about the delimiter (`sep=;`) or blank.
fn is_remark(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.is_empty() || line.starts_with(b"#") || names_delimiter(line)
}

/// Whether a line does nothing but tell the delimiter, for spreadsheets.
pub(super) fn names_delimiter(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.len() <= "sep=,".len() && line.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"sep="))
}

/// The names of a table's fields, as many as its records have; a field that has none has an empty one.
#[inline(never)]
pub(super) fn names(text: &[u8], whole: bool, delimiter: u8, header: bool) -> Vec<String> {
    let records = sample(text, whole, delimiter);
    let Some((first, rows)) = records.split_first() else { return Vec::new() };
    let fields = first.len();
    if !header {
        let known = is_postgres(&records, fields).then(|| POSTGRES.iter().map(ToString::to_string));
        return known.map_or_else(|| vec![String::new(); fields], |names| names.take(fields).collect());
    }
    let mut names = first.clone();
    if is_nearly_all(rows.iter().filter(|row| row.len() == fields + 1).count(), rows.len()) && !rows.is_empty() {
        // Statistics programs write numbers of rows for which the header has no name; others end each row with a delimiter.
        let numbers: Vec<Option<u64>> = rows.iter().map(|row| row.first()?.parse().ok()).collect();
        let counted =
            numbers.windows(2).all(|pair| pair[0].zip(pair[1]).is_some_and(|(a, b)| a.checked_add(1) == Some(b)));
        names.insert(if counted && rows.len() > 1 { 0 } else { fields }, String::new());
    }
    names
}

/// Nineteen in twenty.
fn is_nearly_all(count: usize, all: usize) -> bool {
    count * 20 >= all * 19
}

/// The fields of the first records.
fn sample(text: &[u8], whole: bool, delimiter: u8) -> Vec<Vec<String>> {
    let cutter = Cutter::new(&Layout::of(Format::Csv { delimiter, header: true }));
    let mut records = Vec::new();
    let mut at = cutter.skip(text, 0);
    while at < text.len() && records.len() < LOOK {
        let Some(place) = cutter.cut(text, at, whole) else { break };
        let mut fields = Vec::new();
        csv::list(&text[place.start..place.end], delimiter, &mut |_, field| {
            let text = String::from_utf8_lossy(&field[..field.len().min(LONGEST + 4)]);
            fields.push(cut(text.trim(), LONGEST).to_owned());
        });
        records.push(fields);
        at = cutter.skip(text, place.next);
    }
    records
}

/// Names, not values: nothing that begins like a number or a time among them, short, few words, most of them once. Some may
/// be empty, as that of the column of row numbers is in many an export.
fn looks_like_header(fields: &[String]) -> bool {
    let is_name = |field: &String| {
        field.len() <= 80
            && field.split_whitespace().count() <= 4
            && !field.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+'))
            && !field.contains(['{', '}', '='])
            && field.chars().any(char::is_alphabetic)
    };
    let named = fields.iter().filter(|field| !field.is_empty()).count();
    let mut distinct: Vec<&String> = fields.iter().filter(|field| !field.is_empty()).collect();
    distinct.sort_unstable();
    distinct.dedup();
    let names = fields.iter().filter(|field| is_name(field)).count();
    // Two names make a header only if they look like identifiers: many a sentence has one comma.
    let identifiers = fields.iter().all(|field| field.split_whitespace().count() <= 2);
    named * 2 > fields.len()
        && names * 10 >= named * 9
        && distinct.len() * 2 > named
        && (fields.len() > 2 || identifiers)
}

/// Without a header: at least three columns of which one in two holds only numbers or times, or two which both do.
fn looks_like_table(records: &[Vec<String>], fields: usize) -> bool {
    let typed = typed(records, fields);
    if fields == 2 { typed == 2 && records.len() >= FEW_RECORDS } else { fields >= 3 && typed * 2 >= fields }
}

/// How many columns hold only numbers or times.
fn typed(records: &[Vec<String>], fields: usize) -> usize {
    (0..fields)
        .filter(|&field| {
            let mut values =
                records.iter().filter_map(|record| record.get(field)).filter(|value| !value.is_empty()).peekable();
            values.peek().is_some()
                && values.all(|value| parse_number(value.as_bytes()).is_some() || looks_like_time(value))
        })
        .count()
}

/// Whether these are reports of `PostgreSQL`: a time, and a severity where they have theirs.
fn is_postgres(records: &[Vec<String>], fields: usize) -> bool {
    let is_report = |record: &&Vec<String>| {
        record[0].starts_with(|first: char| first.is_ascii_digit())
            && SEVERITIES.contains(&record[POSTGRES_SEVERITY].as_str())
    };
    (POSTGRES_FEWEST..=POSTGRES.len()).contains(&fields)
        && records.iter().filter(|record| record.len() == fields).all(|record| is_report(&record))
}

/// Digits with the marks of dates and times between them.
fn looks_like_time(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    value.starts_with(|first: char| first.is_ascii_digit())
        && digits >= 4
        && value.bytes().all(|byte| {
            byte.is_ascii_digit() || matches!(byte, b'-' | b'/' | b':' | b'.' | b',' | b' ' | b'T' | b'Z' | b'+')
        })
}
