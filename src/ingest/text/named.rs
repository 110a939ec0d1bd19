//! Formats whose files name their own fields: W3C extended (IIS and others) and Zeek.
//!
//! Sources: w3.org/TR/WD-logfile, learn.microsoft.com/windows/win32/http/w3c-logging,
//! docs.zeek.org/en/master/logs (tab-separated).

use super::LinePattern;
use super::part::{Kind, MOST_FIELDS, Part};
use super::time;

/// The pattern that a `#Fields:` or `#fields` line among the lines gives.
pub(super) fn pattern(lines: &[&[u8]]) -> Option<LinePattern> {
    let pattern = lines.iter().find_map(|line| {
        if let Some(names) = line.strip_prefix(b"#Fields:") {
            w3c(&String::from_utf8_lossy(names))
        } else if let Some(names) = line.strip_prefix(b"#fields\t") {
            zeek(&String::from_utf8_lossy(names))
        } else {
            None
        }
    })?;
    Some(LinePattern { remark: Some(b'#'), ..pattern })
}

fn w3c(names: &str) -> Option<LinePattern> {
    let names: Vec<&str> = names.split_ascii_whitespace().collect();
    let mut fields: Vec<String> = Vec::new();
    let mut parts = Vec::new();
    let mut at = 0;
    while at < names.len() && fields.len() < MOST_FIELDS {
        if at > 0 {
            parts.push(Part::Blanks);
        }
        let field = Some(fields.len() as u16);
        if names[at..].starts_with(&["date", "time"]) {
            fields.push("time".into());
            parts.push(Part::Value(field, Kind::Time(time::YEAR_FIRST)));
            at += 2;
        } else {
            fields.push(known_name(names[at]).into());
            parts.push(Part::Value(field, Kind::Word(None)));
            at += 1;
        }
    }
    unique(&mut fields);
    (!fields.is_empty()).then(|| LinePattern::new("W3C extended log".into(), fields, parts, false))
}

fn zeek(names: &str) -> Option<LinePattern> {
    let names: Vec<&str> = names.trim_end().split('\t').take(MOST_FIELDS).collect();
    let mut fields: Vec<String> = names.iter().map(|name| known_name(name).into()).collect();
    let mut parts = Vec::new();
    for field in 0..names.len() {
        let last = field + 1 == names.len();
        let kind = match names[field] {
            "ts" => Kind::Time(time::EPOCH | time::YEAR_FIRST),
            _ if last => Kind::Rest,
            _ => Kind::Any(b"\t".to_vec()),
        };
        parts.push(Part::Value(Some(field as u16), kind));
        if !last {
            parts.push(Part::Literal(b"\t".to_vec()));
        }
    }
    unique(&mut fields);
    (names.len() > 1).then(|| LinePattern::new("Zeek log".into(), fields, parts, false))
}

/// Names that mean the same in all logs of requests.
fn known_name(name: &str) -> &str {
    match name {
        "cs-method" => "method",
        "cs-uri-stem" | "uri" => "path",
        "sc-status" | "status_code" => "status",
        "c-ip" | "id.orig_h" => "client_ip",
        "sc-bytes" => "bytes",
        "s-computername" => "host",
        "time-taken" => "time_taken",
        "ts" => "time",
        other => other,
    }
}

/// Numbers the names that occur again.
pub(super) fn unique(names: &mut [String]) {
    for at in 1..names.len() {
        let (before, rest) = names.split_at_mut(at);
        let name = rest[0].clone();
        let mut copy = 2;
        while before.contains(&rest[0]) {
            rest[0] = format!("{name} {copy}");
            copy += 1;
        }
    }
}
