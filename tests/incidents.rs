//! What is one incident is told once: an outage of half a minute in an hour of requests, and what an instance that fails, a
//! service that is silent and an outbreak of errors do to sessions.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;

use strayline::common::hash::hash_pair;
use strayline::record::format_time;

const SECOND: i64 = 1_000_000_000;
/// 2026-02-06T09:00:00Z.
const START: i64 = 1_770_368_400 * SECOND;
/// When the outage is, in seconds.
const OUTAGE: Range<i64> = 1_800..1_830;

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

/// The anomalous rows of a log: of each some columns.
fn analysed<const COLUMNS: usize>(name: &str, log: &str, columns: [&str; COLUMNS]) -> Vec<[String; COLUMNS]> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (file, out) = (folder.join(name), folder.join(format!("{name}.csv")));
    std::fs::write(&file, log).unwrap();
    let status =
        Command::new(env!("CARGO_BIN_EXE_strayline")).arg("analyze").arg(&file).arg("--findings").arg(&out).status();
    assert!(status.unwrap().success());
    let mut table = csv::Reader::from_path(&out).unwrap();
    let names = table.headers().unwrap().clone();
    let columns = columns.map(|name| names.iter().position(|known| known == name).unwrap());
    table.records().map(Result::unwrap).map(|row| columns.map(|column| row[column].to_owned())).collect()
}

/// Kinds and groups of the anomalous rows among the problems of the outage, and how many of these there are.
fn told(name: &str, log: &str) -> (Vec<(String, String)>, usize) {
    let is_problem = |text: &str| ["refused", "breaker", "upstream"].iter().any(|word| text.contains(word));
    let rows = analysed(name, log, ["kind", "group", "message"]);
    let told = rows.into_iter().filter(|row| is_problem(&row[2])).map(|[kind, group, _]| (kind, group)).collect();
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

/// In which seconds of two hours an instance fails, no mail is sent, and the database has no connection left.
const FAILING: Range<i64> = 1_800..2_100;
const SILENT: Range<i64> = 3_600..3_840;
const OUTBREAK: Range<i64> = 5_400..5_405;

/// Six thousand orders, in order: time, row.
fn orders() -> Vec<(i64, String)> {
    let mut rows = Vec::new();
    for order in 0..6_000 {
        let draw = |what: u64| hash_pair(order, 100 + what);
        // Five of them are in the outbreak.
        let in_outbreak = OUTBREAK.start * SECOND + order.cast_signed() * SECOND;
        let start = if order < 5 { in_outbreak } else { (draw(1) % (7_200 * SECOND as u64)).cast_signed() };
        let second = start / SECOND;
        let mut add = |time: i64, level: &str, service: &str, message: String| {
            let instance = format!("{service}-{}", 1 + order % 3);
            let row = serde_json::json!({
                "time": format_time(START + time), "level": level, "service": service, "instance": instance,
                "message": message, "order_id": format!("ord-{order:05}")
            });
            rows.push((time, row.to_string()));
        };
        let after = |millis: i64| start + (millis + (draw(3) % 20).cast_signed()) * 1_000_000;
        add(start, "INFO", "gate", format!("order of {} items received", 1 + draw(4) % 9));
        if OUTBREAK.contains(&second) {
            for attempt in 1..=4 {
                add(
                    after(attempt * 40),
                    "ERROR",
                    "gate",
                    format!("no connection to the database left, attempt {attempt}"),
                );
            }
        }
        if order == 77 || FAILING.contains(&second) && order % 3 == 1 && draw(5) % 4 > 0 {
            add(after(300), "ERROR", "pay", format!("card network of bank {} timed out", draw(6) % 40));
            if draw(8) % 2 == 0 {
                add(after(400), "INFO", "gate", "order put aside".to_owned());
            }
            continue;
        }
        add(after(300), "INFO", "pay", format!("{} cents charged", draw(6) % 9_000));
        let mailed = if SILENT.contains(&second) { SILENT.end * SECOND + start % SECOND } else { after(420) };
        add(mailed, "INFO", "mail", format!("receipt {} sent", draw(7) % 100_000));
        add(mailed + 50_000_000, "INFO", "gate", "order done".to_owned());
    }
    rows.sort();
    rows
}

#[test]
fn what_broke_sessions_is_told_with_them() {
    let log: String = orders().into_iter().fold(String::new(), |log, (_, row)| log + &row + "\n");
    let told = analysed("orders.jsonl", &log, ["time", "kind", "group", "score", "reason"]);
    let strong = told.iter().filter(|row| row[3].parse::<f64>().unwrap() > 0.6);
    let times = [FAILING, SILENT, OUTBREAK].map(|Range { start, end }| {
        // The last of them goes on for a while.
        format_time(START + start * SECOND)..format_time(START + (end + 2) * SECOND)
    });
    let mut groups: [BTreeSet<&str>; 4] = Default::default();
    let mut kinds: [BTreeSet<&str>; 4] = Default::default();
    for [time, kind, group, ..] in strong {
        let of = times.iter().position(|times| times.contains(time)).unwrap_or(3);
        groups[of].insert(group);
        kinds[of].insert(kind);
    }
    assert!(groups[..3].iter().all(|groups| groups.len() == 1), "{groups:?}\n{kinds:?}\n{told:#?}");
    assert_eq!(kinds[0], ["failing instance", "missing step", "unusual steps"].into());
    assert_eq!(kinds[1], ["slow session"].into(), "the row before the silence says that it is one");
    assert_eq!(kinds[2], ["error cascade"].into(), "of the rows; the group says that they are an outbreak");
    let silences: Vec<&str> = told.iter().filter(|row| row[1] == "silence").map(|row| row[2].as_str()).collect();
    assert_eq!(BTreeSet::from_iter(silences), groups[1]);
    let apart: BTreeSet<&&str> = groups[..3].iter().flatten().collect();
    assert_eq!(apart.len(), 3, "{groups:?}");
}

/// In which seconds of two hours one instance takes eight times as long.
const SLOW: Range<i64> = 4_000..4_600;

#[test]
fn sessions_that_wait_for_a_slow_instance_are_told_with_it() {
    let mut rows = Vec::new();
    for job in 0..6_000 {
        let draw = |what: u64| hash_pair(job, 200 + what);
        let start = (draw(1) % (7_200 * SECOND as u64)).cast_signed();
        let is_slow = job % 3 == 1 && SLOW.contains(&(start / SECOND));
        let press = 700 + draw(2) % 400 + if is_slow { 5_600 + draw(3) % 3_200 } else { 0 };
        let mut at = start;
        let planner = draw(7) % 3;
        let mut add = |millis: u64, service: &str, of: u64, message: &str| {
            at += millis.cast_signed() * 1_000_000;
            let row = serde_json::json!({
                "time": format_time(START + at), "level": "INFO", "service": service,
                "instance": format!("{service}-{of}"), "duration_ms": millis, "message": message,
                "job_id": format!("job-{job:05}")
            });
            rows.push((at, row.to_string()));
        };
        add(20 + draw(4) % 9, "plan", planner, "sheet planned");
        add(press, "press", job % 3, "sheet pressed");
        add(90 + draw(5) % 50, "cut", draw(8) % 3, "sheet cut");
        add(press + 120 + draw(6) % 60, "plan", planner, "sheet done");
    }
    rows.sort();
    let log: String = rows.into_iter().fold(String::new(), |log, (_, row)| log + &row + "\n");
    let told = analysed("presses.jsonl", &log, ["kind", "group", "score"]);
    let strong: BTreeSet<&str> =
        told.iter().filter(|row| row[2].parse::<f64>().unwrap() > 0.6).map(|row| row[1].as_str()).collect();
    assert_eq!(strong.len(), 1, "{told:?}");
    let kinds: BTreeSet<&str> =
        told.iter().filter(|row| strong.contains(row[1].as_str())).map(|row| row[0].as_str()).collect();
    assert_eq!(kinds, ["duration spike", "slow instance"].into());
}
