//! Logs as programs write them: the fields that are found in them.

use proptest::prelude::*;

use super::known::KNOWN;
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

#[test]
fn objects_behind_a_time_are_messages_although_others_are_text() {
    let line = |n: usize| match n % 5 {
        0 => format!("2024-05-14T09:00:{n:02}Z WARN  pool: waiting for connection {n}\n"),
        _ => format!("2024-05-14T09:00:{n:02}Z {{\"severity\": \"INFO\", \"message\": \"request {n}\"}}\n"),
    };
    let log: String = (0..50).map(line).collect();
    let lines: Vec<&[u8]> = log.lines().map(str::as_bytes).collect();
    let (pattern, share) = recognise(&lines).unwrap();
    assert_eq!((pattern.fields(), share), (["time", "message"].map(String::from).as_slice(), 1.0));
}

/// Text that looks like the heads of logs, and is none.
fn likely() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::sample::select(vec![
        "2026-02-06T10:30:17Z",
        "2026-02-06 10:30:17,123",
        "Feb  6 10:30:17",
        "[",
        "]",
        "\"",
        " ",
        "  ",
        "\t",
        " - ",
        "|",
        ":",
        "<34>",
        "1",
        "INFO",
        "[ERROR]",
        "host",
        "sshd[12]:",
        "I0206 10:30:17.1",
        "GET /x HTTP/1.1",
        "\\",
        "{",
        "}",
        "=",
        "\n",
        "message",
        "é",
        "\r",
        "(",
        ")",
        "stdout F ",
        "06/Feb/2026:10:30:17 +0100",
    ]);
    prop::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    /// No bytes make a pattern panic or point outside of the record; what does not fit yields nothing; and further lines
    /// change nothing but the message.
    #[test]
    fn any_record_can_be_read(record in prop_oneof![likely(), prop::collection::vec(any::<u8>(), 0..80)]) {
        for known in KNOWN {
            let pattern = known.pattern().unwrap();
            let mut places = Vec::new();
            let fits = pattern.read(&record, &mut |field, place| places.push((field, place)));
            prop_assert!(fits || places.is_empty());
            for (field, place) in &places {
                prop_assert!(*field < pattern.fields().len() && place.start < place.end && place.end <= record.len());
            }
            prop_assert!(!fits || pattern.begins(&record));
            let longer = [record.as_slice(), b"\n\tat x".as_slice()].concat();
            let mut places_longer = Vec::new();
            prop_assert_eq!(pattern.read(&longer, &mut |field, place| places_longer.push((field, place))), fits);
            let is_head = |(field, _): &(usize, std::ops::Range<usize>)| {
                !matches!(pattern.fields()[*field].as_str(), "message" | "extra")
            };
            places.retain(is_head);
            places_longer.retain(is_head);
            prop_assert_eq!(places, places_longer);
        }
    }

    #[test]
    fn any_lines_can_be_looked_at(lines in prop::collection::vec(prop_oneof![likely(), prop::collection::vec(any::<u8>(), 0..60)], 0..8)) {
        let lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
        if let Some((pattern, share)) = recognise(&lines) {
            prop_assert!((0.0..=1.0).contains(&share));
            let kept: LinePattern = postcard::from_bytes(&postcard::to_allocvec(&pattern).unwrap()).unwrap();
            prop_assert_eq!(&kept, &pattern);
            for line in lines {
                pattern.read(line, &mut |field, place| assert!(field < pattern.fields().len() && place.end <= line.len()));
            }
        }
    }
}
