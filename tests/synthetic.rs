//! Synthetic logs on the command line, and how well the findings are the anomalies that were put into them.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::path::PathBuf;
use std::process::{Command, Output};

use strayline::common::hash::hash_bytes;
use strayline::synthetic::{Format, Log, Settings};

fn scratch(name: &str) -> String {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name).to_str().unwrap().to_owned()
}

fn strayline(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_strayline")).args(arguments).output().unwrap()
}

#[track_caller]
fn check_failure(arguments: &[&str], code: i32, sentence: &str) {
    let output = strayline(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(sentence), "{stderr}");
}

/// `tests/wasm_worker.rs` compares a browser's with the same numbers.
#[test]
fn the_same_settings_give_the_same_bytes_for_ever() {
    let hashes = [Format::JsonLines, Format::Csv].map(|format| {
        let (mut log, mut rows, mut truth) = (Log::new(Settings::default(), format), Vec::new(), Vec::new());
        while log.write(1000, &mut rows, &mut truth) {}
        format!("{:016x} {:016x}", hash_bytes(&rows), hash_bytes(&truth))
    });
    assert_eq!(hashes.join("\n"), include_str!("fixtures/synthetic_hashes.txt").trim_end());
}

#[test]
fn the_command_line_writes_what_the_library_makes() {
    let (out, truth) = (scratch("made.csv"), scratch("made-truth.jsonl"));
    let made = strayline(&["generate", "--format", "csv", "--out", &out, "--truth", &truth]);
    assert!(made.status.success(), "{made:?}");
    let (mut rows, mut known) = (Vec::new(), Vec::new());
    let mut log = Log::new(Settings::default(), Format::Csv);
    while log.write(1000, &mut rows, &mut known) {}
    assert!(std::fs::read(&out).unwrap() == rows && std::fs::read(&truth).unwrap() == known);

    let (small, start) = (scratch("small.jsonl"), "2025-12-31T23:59:00Z");
    let made = strayline(&["generate", "--mb", "1", "--kind-rate", "silence=0", "--start", start, "--out", &small]);
    assert!(made.status.success(), "{made:?}");
    let text = std::fs::read_to_string(&small).unwrap();
    assert!(text.starts_with("{\"timestamp\":\"2025-12-31T23:59:0") && (990_000..1_020_000).contains(&text.len()));
}

#[test]
fn the_synthetic_sample_is_one_that_the_generator_makes() {
    let out = scratch("parcels.jsonl");
    let made = strayline(&["generate", "--rows", "1500", "--seed", "5", "--anomaly-rate", "0.06", "--out", &out]);
    assert!(made.status.success(), "{made:?}");
    let sample = format!("{}/public/samples/parcels.jsonl", env!("CARGO_MANIFEST_DIR"));
    assert!(
        std::fs::read(out).unwrap() == std::fs::read(sample).unwrap(),
        "make it anew, and what is written about it"
    );
}

#[test]
fn what_cannot_be_done_is_said() {
    let out = scratch("never.jsonl");
    check_failure(&["generate", "--kind-rate", "x=0.1", "--out", &out], 2, "kinds are duration_spike, rare_template");
    check_failure(&["generate", "--anomaly-rate", "0.9", "--out", &out], 2, "must be from 0 to 0.5");
    check_failure(&["generate", "--start", "soon", "--out", &out], 2, "not a time");
    check_failure(&["generate", "--out", "/no/such/folder/log"], 4, "can't write");
    let sample = format!("{}/public/samples/shop.jsonl", env!("CARGO_MANIFEST_DIR"));
    check_failure(&["analyze", &sample, "--truth", &sample], 2, "lacks line, type or correlation_id");
    check_failure(&["analyze", &sample, "--truth", "/no/such/truth"], 3, "can't read");
}

/// What was reached on this log is 0.984, 0.867 and 0.656; one session of an unusual total duration and the surge of sessions
/// of one course are missed.
#[test]
fn findings_are_the_injected_anomalies() {
    let (log, truth) = (scratch("gate.jsonl"), scratch("gate-truth.jsonl"));
    assert!(strayline(&["generate", "--out", &log, "--truth", &truth]).status.success());
    let output = strayline(&["analyze", &log, "--truth", &truth]);
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers = |name: &str| -> Vec<f64> {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        line.split_whitespace().skip(1).map(|number| number.parse().unwrap()).collect()
    };
    let (all, precision) = (numbers("all"), numbers("precision@budget"));
    assert!(all[1] >= 0.96 && all[2] >= 0.84 && precision[0] >= 0.63, "{text}");
    assert!(text.contains("slow_instance     1 of 1 episodes"), "{text}");
}
