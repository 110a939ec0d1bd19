//! Finds the field whose text is a record of its own.

use super::json;
use super::layout::{Layout, Payload, Syntax};
use super::text::{self, logfmt};

/// Fields that hold what a program wrote, by the last segment of their name in lower case. Others may hold JSON too, but
/// it is not the event.
const WRAPPERS: [&str; 14] = [
    "log",
    "message",
    "msg",
    "@message",
    "_raw",
    "_msg",
    "line",
    "body",
    "text",
    "content",
    "textpayload",
    "original",
    "event",
    "stringvalue",
];
/// Those of them that carry lines of another logger. A logger's own message may look like a line with a head, and is not.
const CARRIERS: [&str; 8] = ["log", "message", "@message", "_raw", "_msg", "line", "textpayload", "original"];
/// Rows that are looked at.
const LOOK: usize = 200;

/// The innermost layer's field whose texts nearly all read in one syntax, if there is one.
#[inline(never)]
pub(super) fn find(rows: &[Vec<u8>], layout: &Layout, names: &[String]) -> Option<Payload> {
    let mut texts: Vec<(String, Vec<Vec<u8>>)> = Vec::new();
    for row in rows.iter().take(LOOK) {
        layout.list(row, names, &mut |name, text, nested| {
            let last = name.rsplit('.').next().unwrap_or(name).to_lowercase();
            if nested || text.is_empty() || !WRAPPERS.contains(&last.as_str()) {
                return;
            }
            if layout.payloads.iter().any(|payload| payload.field == name) {
                return;
            }
            let text = layout.plain(text).into_owned();
            match texts.iter_mut().find(|(known, _)| known == name) {
                Some((_, list)) => list.push(text),
                None => texts.push((name.to_owned(), vec![text])),
            }
        });
    }
    texts.into_iter().find_map(|(field, texts)| {
        let last = field.rsplit('.').next().unwrap_or(&field).to_lowercase();
        let syntax = syntax(&texts, CARRIERS.contains(&last.as_str()))?;
        Some(Payload { field, syntax })
    })
}

/// The syntax in which at least four in five texts read; for lines with a head, nine in ten.
#[inline(never)]
fn syntax(texts: &[Vec<u8>], carrier: bool) -> Option<Syntax> {
    let objects = texts.iter().filter(|text| is_object(text)).count();
    if objects * 5 >= texts.len() * 4 {
        return Some(Syntax::Json);
    }
    if !carrier {
        return None;
    }
    let lines: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
    if logfmt::share(&lines) >= 0.8 {
        return Some(Syntax::Logfmt);
    }
    // Many a message begins with something in brackets; a time of its own is what another logger wrote. None is without two
    // digits: where they are missing, all forms of lines need not be tried.
    let timed = |line: &&&[u8]| line.iter().filter(|byte| byte.is_ascii_digit()).nth(1).is_some();
    let written = || lines.iter().filter(|line| !line.trim_ascii().is_empty());
    if written().filter(timed).count() * 5 < written().count() * 4 {
        return None;
    }
    let found = text::recognise(&lines)
        .filter(|(pattern, share)| *share >= 0.9 && pattern.fields().iter().any(|field| field == "time"));
    found.map(|(pattern, _)| Syntax::Text(pattern))
}

/// A JSON object with something in it.
fn is_object(text: &[u8]) -> bool {
    let mut values = 0;
    text.trim_ascii_start().starts_with(b"{") && json::list(text, &mut |_, _, _| values += 1).is_ok() && values > 0
}
