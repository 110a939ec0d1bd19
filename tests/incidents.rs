//! What is one incident is told once: an outage of half a minute in an hour of requests.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use strayline::common::hash::hash_pair;
use strayline::record::format_time;

const SECOND: i64 = 1_000_000_000;
/// 2026-02-06T09:00:00Z.
const START: i64 = 1_770_368_400 * SECOND;
/// When the outage is, in seconds.
const OUTAGE: std::ops::Range<i64> = 1_800..1_830;

/// Rows of three thousand requests, in order: time, level, message, id of the request.
fn rows() -> Vec<(i64, &'static str, String, u64)> {
    let mut rows = Vec::new();
    for request in 0..3_000 {
        let draw = |what| hash_pair(request, what);
        let at = START + (draw(1) % (3_600 * SECOND as u64)).cast_signed();
        let mut add = |millis: i64, level, text: String| rows.push((at + millis * 1_000_000, level, text, request));
        add(0, "INFO", format!("GET /api/items/{} received", draw(2) % 999));
        add(10, "INFO", format!("token of user {} is valid", draw(3) % 500));
        if OUTAGE.contains(&((at - START) / SECOND)) {
            add(500, "ERROR", format!("connection to db-primary refused, attempt {}", draw(4) % 3));
            if draw(5) % 5 > 0 {
                add(600, "WARN", "circuit breaker opened for db-primary".into());
            }
            add(700, "ERROR", "upstream items returned 503".into());
        } else {
            add(30, "INFO", format!("query returned {} rows", draw(6) % 50));
            add(50, "INFO", "responded 200".into());
        }
    }
    rows.sort();
    rows
}

/// Kinds and groups of the anomalous rows among the problems of the outage, and how many of these there are.
fn told(name: &str, log: &str) -> (Vec<(String, String)>, usize) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (file, out) = (folder.join(name), folder.join(format!("{name}.csv")));
    std::fs::write(&file, log).unwrap();
    let status =
        Command::new(env!("CARGO_BIN_EXE_strayline")).arg("analyze").arg(&file).arg("--findings").arg(&out).status();
    assert!(status.unwrap().success());
    let mut table = csv::Reader::from_path(&out).unwrap();
    let names = table.headers().unwrap().clone();
    let columns = ["kind", "group", "message"].map(|name| names.iter().position(|known| known == name).unwrap());
    let is_problem = |text: &str| ["refused", "breaker", "upstream"].iter().any(|word| text.contains(word));
    let told = table.records().map(Result::unwrap).filter(|row| is_problem(&row[columns[2]]));
    let told = told.map(|row| (row[columns[0]].to_owned(), row[columns[1]].to_owned())).collect();
    (told, log.lines().filter(|line| is_problem(line)).count())
}

fn groups(told: &[(String, String)]) -> Vec<&str> {
    let mut groups: Vec<&str> = told.iter().map(|row| row.1.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

#[test]
fn an_outage_is_one_finding_with_all_its_rows() {
    let mut with_ids = String::new();
    let mut without = String::new();
    for (time, level, text, request) in rows() {
        let time = format_time(time);
        let id = format!("req-{request:05}");
        let row = serde_json::json!({ "time": time, "level": level, "message": text, "request_id": id });
        let _ = writeln!(with_ids, "{row}");
        let _ = writeln!(without, "{time} {level} {text}");
    }
    for (name, log) in [("outage.jsonl", with_ids), ("outage.log", without)] {
        let (told, all) = told(name, &log);
        assert!(all > 40 && told.len() == all, "{name}: {} of {all}", told.len());
        assert_eq!(groups(&told), ["1"], "{name}: {told:?}");
    }
}
