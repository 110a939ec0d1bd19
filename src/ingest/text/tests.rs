//! Logs as programs write them: the fields that are found in them.

use super::{LinePattern, recognise};

/// The fields of a record, in order.
fn fields(pattern: &LinePattern, record: &str) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    pattern.read(record.as_bytes(), &mut |field, place| {
        fields.push((pattern.fields()[field].clone(), record[place].to_owned()));
    });
    fields
}

/// Checks the fields of the first event of a log, and where its events begin.
#[track_caller]
fn check(log: &str, begins: usize, expected: &[(&str, &str)]) {
    let lines: Vec<&[u8]> = log.lines().map(str::as_bytes).collect();
    let Some((pattern, _)) = recognise(&lines) else { panic!("not recognised:\n{log}") };
    let begun: Vec<bool> = lines.iter().map(|line| !pattern.joins_lines() || pattern.begins(line)).collect();
    let first_length = begun.iter().skip(1).position(|begins| *begins).map_or(lines.len(), |at| at + 1);
    let first = log.lines().take(first_length).collect::<Vec<_>>().join("\n");
    let found = fields(&pattern, &first);
    let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(found, expected, "{}: {pattern:#?}", pattern.name);
    assert_eq!(begun.iter().filter(|begins| **begins).count(), begins, "{}: {begun:?}", pattern.name);
}

mod known;
mod learned;
