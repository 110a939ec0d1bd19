//! Sessions of a real log: how well those that its operators called anomalous are ranked.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]
#![allow(clippy::print_stderr, reason = "a test that can't run says so")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

/// Where shared data lies: `STRAYLINE_SHARED`, else beside the project.
fn shared(file: &str) -> Option<PathBuf> {
    let folder = std::env::var("STRAYLINE_SHARED")
        .map_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let path = folder.join("data").join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("not tested: there is no {}", path.display());
    None
}

/// Sessions and their scores, as `strayline sessions` writes them.
fn sessions(log: &str, name: &str) -> BTreeMap<String, f64> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (file, out) = (folder.join(format!("{name}.jsonl")), folder.join(format!("{name}.csv")));
    std::fs::write(&file, log).unwrap();
    let status =
        Command::new(env!("CARGO_BIN_EXE_strayline")).arg("sessions").arg(&file).arg("--out").arg(&out).status();
    assert!(status.unwrap().success());
    let mut rows = csv::Reader::from_path(&out).unwrap();
    rows.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[7].parse().unwrap())).collect()
}

/// Average precision; sessions that score alike count together.
fn average_precision(scored: &[(f64, bool)]) -> f64 {
    let mut scored = scored.to_vec();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let anomalous = scored.iter().filter(|session| session.1).count() as f64;
    let (mut found, mut seen, mut recall, mut precision) = (0.0, 0.0, 0.0, 0.0);
    for alike in scored.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        found += alike.iter().filter(|session| session.1).count() as f64;
        seen += alike.len() as f64;
        precision += found / seen * (found / anomalous - recall);
        recall = found / anomalous;
    }
    precision
}

/// The best F1 of any threshold; sessions that score alike count together.
fn best_f1(scored: &[(f64, bool)]) -> f64 {
    let mut scored = scored.to_vec();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let anomalous = scored.iter().filter(|session| session.1).count() as f64;
    let (mut found, mut seen, mut best) = (0.0, 0.0, 0.0_f64);
    for alike in scored.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        found += alike.iter().filter(|session| session.1).count() as f64;
        seen += alike.len() as f64;
        best = best.max(2.0 * found / (seen + anomalous));
    }
    best
}

#[test]
fn anomalous_blocks_of_a_file_system_are_ranked_as_well_as_by_any_reference() {
    let (Some(path), Some(events)) =
        (shared("sessions/hdfs_100k_sessions.jsonl"), shared("sessions/hdfs_100k_events.json"))
    else {
        return;
    };
    let events: BTreeMap<String, u64> = serde_json::from_str(&std::fs::read_to_string(events).unwrap()).unwrap();
    let texts: BTreeMap<u64, String> = events.into_iter().map(|(text, id)| (id, text.replace("<*>", "77"))).collect();
    let (mut log, mut labels) = (String::new(), BTreeMap::new());
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let session: serde_json::Value = serde_json::from_str(line).unwrap();
        let id = session["id"].as_str().unwrap();
        labels.insert(id.to_owned(), session["label"] == 1);
        for event in session["events"].as_array().unwrap() {
            let message = &texts[&event.as_u64().unwrap()];
            writeln!(log, "{}", serde_json::json!({"block_id": id, "message": message})).unwrap();
        }
    }
    let scores = sessions(&log, "hdfs");
    assert_eq!(scores.len(), labels.len());
    let scored: Vec<(f64, bool)> = labels.iter().map(|(id, label)| (scores[id], *label)).collect();
    // The best of the references (mean 2-gram rarity) has 0.496; more than half of the blocks look like normal ones.
    assert!(average_precision(&scored) > 0.515, "{}", average_precision(&scored));
    // That of the references (a one-class SVM) is 0.6539; none that counts can pass 0.657.
    assert!(best_f1(&scored) > 0.6539, "{}", best_f1(&scored));
    let found: Vec<bool> = scored.iter().filter(|session| session.0 >= 0.5).map(|session| session.1).collect();
    let right = found.iter().filter(|anomalous| **anomalous).count();
    assert!(right * 100 >= found.len() * 95, "{right} of {} findings are right", found.len());
    assert!(right >= 140, "{right} blocks found of 154 that can be");
}
