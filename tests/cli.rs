//! The command line: results, and one clear sentence with a documented exit code when there is none.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::path::PathBuf;
use std::process::{Command, Output};

fn strayline(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_strayline")).args(arguments).output().unwrap()
}

fn sample(name: &str) -> String {
    format!("{}/public/samples/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn scratch(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[track_caller]
fn check_failure(arguments: &[&str], code: i32, sentence: &str) {
    let output = strayline(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(sentence), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn findings_and_summary_are_written() {
    let (findings, summary) = (scratch("findings.csv"), scratch("summary.json"));
    let [findings_path, summary_path] = [&findings, &summary].map(|path| path.to_str().unwrap());
    let file = sample("shop.jsonl");
    let output = strayline(&[
        "analyze",
        &file,
        "--contamination",
        "0.01",
        "--findings",
        findings_path,
        "--summary",
        summary_path,
    ]);
    assert!(output.status.success(), "{output:?}");

    let mut reader = csv::Reader::from_path(&findings).unwrap();
    let header: Vec<String> = reader.headers().unwrap().iter().map(ToOwned::to_owned).collect();
    assert_eq!(header[..9], ["file", "line", "byte", "time", "score", "calibrated", "kind", "reason", "message"]);
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let summary: serde_json::Value = serde_json::from_slice(&std::fs::read(&summary).unwrap()).unwrap();
    assert_eq!(summary["rows"], 2511);
    assert_eq!(summary["bad_lines"], 0);
    assert_eq!(summary["findings"], records.len());
    assert_eq!(summary["roles"]["duration"]["field"], "duration_ms");
    assert_eq!(summary["roles"]["correlation_id"]["alias"], "request_id");
    assert!(summary["seconds"]["read"].as_f64().unwrap() > 0.0 && summary["bytes_per_second"].as_f64().unwrap() > 0.0);

    // A finding's place is where its record is.
    let text = std::fs::read_to_string(&file).unwrap();
    for record in &records {
        let (line, byte): (usize, usize) = (record[1].parse().unwrap(), record[2].parse().unwrap());
        let at = text.lines().nth(line).unwrap();
        assert!(text[byte..].starts_with(at));
        let parsed: serde_json::Value = serde_json::from_str(at).unwrap();
        assert_eq!(parsed["message"], record[8]);
    }
    let scores: Vec<f64> = records.iter().map(|record| record[4].parse().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b));
    let messages: Vec<&str> = records.iter().map(|record| record.get(8).unwrap()).collect();
    for planted in ["OutOfMemoryError", "Replica checksum mismatch", "Card network unreachable", "Responded 502"] {
        assert!(messages.iter().any(|message| message.contains(planted)), "{planted} in {messages:#?}");
    }
}

#[test]
fn workers_and_repetition_do_not_change_the_findings() {
    let findings = |workers: &str, name: &str| {
        let path = scratch(name);
        let file = sample("metrics.csv");
        let output = strayline(&["analyze", &file, "--workers", workers, "--findings", path.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        std::fs::read(path).unwrap()
    };
    let one = findings("1", "one.csv");
    assert_eq!(one, findings("2", "two.csv"));
    assert_eq!(one, findings("2", "again.csv"));
}

#[test]
fn the_seed_is_what_changes_scores() {
    let scores = |seed: &str, name: &str| {
        let path = scratch(name);
        let file = sample("metrics.csv");
        assert!(strayline(&["analyze", &file, "--seed", seed, "--findings", path.to_str().unwrap()]).status.success());
        std::fs::read(path).unwrap()
    };
    assert_ne!(scores("1", "seed1.csv"), scores("2", "seed2.csv"));
}

#[test]
fn mistakes_get_one_sentence() {
    let file = sample("checkout.json");
    check_failure(&["analyze", "no-such-file.log"], 3, "Can't open no-such-file.log");
    check_failure(&["analyze", "."], 3, "is a folder");
    check_failure(&["analyze", &file, "--contamination", "0.9"], 2, "at most 0.5");
    check_failure(&["analyze", &file, "--detector", "magic"], 2, "isolation-forest");
    check_failure(&["analyze", &file, "--map", "colour=message"], 2, "roles are time, level");
    check_failure(&["analyze", &file, "--map", "message=nothing"], 2, "no file has a field \"nothing\"");
    check_failure(&["analyze", &file, "--findings", "/no/such/folder/out.csv"], 4, "can't write");
    check_failure(&["analyze"], 2, "<FILE>");
    let empty = scratch("empty.log");
    std::fs::write(&empty, "").unwrap();
    check_failure(&["analyze", empty.to_str().unwrap()], 1, "This file is empty");
}
