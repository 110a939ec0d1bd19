//! When something was for a while is told to the row, also where the files are of different months.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use strayline::common::hash::hash_pair;
use strayline::record::format_time;

const SECOND: i64 = 1_000_000_000;
/// A log of two hours: when it begins, and in which seconds of it the mails stop and there are errors.
type Log = (i64, Range<i64>, Range<i64>);
/// 2026-01-03T10:00:00Z and 2026-02-10T10:00:00Z.
const LOGS: [Log; 2] =
    [(1_767_434_400 * SECOND, 3_000..3_360, 4_800..4_980), (1_770_717_600 * SECOND, 5_400..5_700, 1_200..1_440)];

/// The log, and how the ends of the sentences about its silence and its errors begin.
fn log((start, silent, errors): &Log) -> (String, [String; 2]) {
    let (mut text, mut last_mail, mut first_error) = (String::new(), 0, None);
    for second in 0..7_200 {
        let draw = |what| hash_pair((start / SECOND + second).unsigned_abs(), what);
        let time = start + second * SECOND + (draw(1) % 700).cast_signed() * 1_000_000;
        let mut row = |level: &str, service: &str, message: String| {
            let row = serde_json::json!({
                "time": format_time(time), "level": level, "service": service, "message": message
            });
            let _ = writeln!(text, "{row}");
        };
        row("INFO", "orders", format!("order {} placed", draw(2) % 100_000));
        if !silent.contains(&second) && draw(3) % 2 == 0 {
            row("INFO", "mail", format!("mail {} sent", draw(4) % 100_000));
            last_mail = if second < silent.start { time } else { last_mail };
        }
        if errors.contains(&second) && draw(5) % 3 == 0 {
            row("ERROR", "orders", "cannot reach the database".to_owned());
            first_error = first_error.or(Some(time));
        }
    }
    (text, [last_mail, first_error.unwrap()].map(|time| format!(" s from {}", format_time(time))))
}

fn reasons(files: &[&Path]) -> BTreeSet<String> {
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("windows.csv");
    let mut command = Command::new(env!("CARGO_BIN_EXE_strayline"));
    assert!(command.arg("analyze").args(files).arg("--findings").arg(&out).status().unwrap().success());
    let mut table = csv::Reader::from_path(&out).unwrap();
    let reason = table.headers().unwrap().iter().position(|name| name == "reason").unwrap();
    table.records().map(|row| row.unwrap()[reason].to_owned()).collect()
}

#[test]
fn windows_are_told_to_the_row_in_files_of_two_months() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let files = ["january.jsonl", "february.jsonl"].map(|name| folder.join(name));
    let logs = LOGS.map(|of| log(&of));
    files.iter().zip(&logs).for_each(|(file, (text, _))| std::fs::write(file, text).unwrap());
    for chosen in [&[0_usize, 1][..], &[1]] {
        let paths: Vec<&Path> = chosen.iter().map(|&file| files[file].as_path()).collect();
        let reasons = reasons(&paths);
        for [silent, errors] in chosen.iter().map(|&file| &logs[file].1) {
            for (begin, end) in [("service mail fell silent", silent), ("level ERROR has", errors)] {
                let told = reasons.iter().filter(|told| told.starts_with(begin) && told.contains(end.as_str()));
                assert_eq!(told.count(), 1, "{begin}{end}: {reasons:?}");
            }
        }
    }
}
