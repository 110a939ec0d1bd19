//! Models that outlive an analysis: written, read, refused, held against other files, and scored with.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests may panic and talk like tests")]

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use proptest::prelude::*;
use strayline::common::hash::hash_pair;
use strayline::model::{FileError, Saved};

fn strayline(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_strayline")).args(arguments).output().unwrap()
}

#[track_caller]
fn ran(arguments: &[&str], code: i32) -> String {
    let output = strayline(arguments);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
    String::from_utf8(output.stdout).unwrap() + &stderr
}

/// A file of this test's own.
fn scratch(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("models");
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name).to_str().unwrap().to_owned()
}

fn written(name: &str, content: &str) -> String {
    let path = scratch(name);
    std::fs::write(&path, content).unwrap();
    path
}

fn sample(name: &str) -> String {
    format!("{}/public/samples/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn report(model: &str, file: &str, code: i32, more: &[&str]) -> serde_json::Value {
    let path = scratch(&format!("{}.report.json", file.rsplit('/').next().unwrap()));
    let arguments = [&["model", "check", model, file, "--report", &path], more].concat();
    ran(&arguments, code);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// About normal numbers: the sum of twelve even ones.
fn normal(row: u64, column: u64) -> f64 {
    (0..12).map(|part| (hash_pair(row * 16 + part, column) >> 11) as f64 / (1_u64 << 53) as f64).sum::<f64>() - 6.0
}

/// Metrics of machines; `cpu` is what it is called, `shift` what is added to it, `hosts` whose they are.
fn metrics(rows: u64, seed: u64, cpu: &str, shift: f64, hosts: &[&str]) -> String {
    let mut text = format!("timestamp,host,{cpu},memory,requests\n");
    for row in 0..rows {
        let host = hosts[row as usize % hosts.len()];
        let at = format!("2026-01-{:02}T{:02}:{:02}:00Z", 1 + row / 1440, row / 60 % 24, row % 60);
        let [a, b, c] = [1, 2, 3].map(|column| normal(row, seed * 8 + column));
        let (used, memory, requests) = (35.0 + shift + 8.0 * a, 60.0 + 5.0 * b, 1000.0 + 90.0 * c);
        let _ = writeln!(text, "{at},{host},{used:.1},{memory:.1},{requests:.0}");
    }
    text
}

const HOSTS: [&str; 3] = ["a", "b", "c"];

#[test]
fn a_lone_cpu_of_99_9_is_the_first_finding() {
    for seed in 0..3 {
        let ordinary = metrics(3000, seed, "cpu", 0.0, &HOSTS);
        let mut lines: Vec<String> = ordinary.lines().map(ToOwned::to_owned).collect();
        let mut cells: Vec<&str> = lines[1801].split(',').collect();
        cells[2] = "99.9";
        lines[1801] = cells.join(",");
        let file = written(&format!("lone{seed}.csv"), &(lines.join("\n") + "\n"));
        let findings = scratch("lone.findings.csv");
        ran(&["analyze", &file, "--findings", &findings], 0);
        let first = csv::Reader::from_path(&findings).unwrap().records().next().unwrap().unwrap();
        assert_eq!((&first[1], first[7].contains("cpu 99.90")), ("1800", true), "{first:?}");
    }
}

#[test]
fn any_detector_and_choice_of_features_can_be_asked_for() {
    let file = written("choices.csv", &metrics(600, 4, "cpu", 0.0, &HOSTS));
    let detectors = [
        "isolation-forest",
        "one-class-svm",
        "lof",
        "knn",
        "autoencoder",
        "robust-z",
        "rarity",
        "ensemble",
        "ensemble-vote",
    ];
    for detector in detectors {
        let text = ran(&["analyze", &file, "--detector", detector], 0);
        assert!(text.contains(" anomalous of 600 rows"), "{detector}: {text}");
    }
    let summary = scratch("choices.summary.json");
    ran(&["analyze", &file, "--features", "hour,cpu,host:one-hot", "--summary", &summary], 0);
    let summary: serde_json::Value = serde_json::from_slice(&std::fs::read(summary).unwrap()).unwrap();
    let features = &summary["features"];
    assert_eq!(features["host"], "one-hot: 3 values and the rest");
    assert_eq!(features["timestamp"], "hour (sine), hour (cosine)");
    assert_eq!((&features["cpu"], &features["memory"]), (&"cpu".into(), &"not used: not chosen".into()));
    ran(&["analyze", &file, "--detector", "ensemble", "--members", "knn,lof"], 0);
    assert!(
        ran(&["analyze", &file, "--detector", "knn", "--members", "knn,lof"], 2).contains("--members are those of")
    );
    let one = written("one.csv", "cpu,memory\n4.5,61.0\n");
    assert!(ran(&["analyze", &one], 0).contains("0 anomalous of 1 row "), "there is nothing that it could differ from");
    assert!(ran(&["analyze", &file, "--features", "cpu,nothing"], 2).contains("no file has a field nothing"));
    assert!(ran(&["analyze", &file, "--features", ","], 2).contains("classic"));
    let classic = scratch("classic.model");
    let text = ran(&["model", "fit", &sample("shop.jsonl"), "--features", "classic", "--out", &classic], 0);
    assert!(text.contains("service: one-hot") && text.contains("duration_ms (log)"), "{text}");
    let session = scratch("session.model");
    let text = ran(&["model", "fit", &sample("shop.jsonl"), "--features", "standard,session", "--out", &session], 0);
    assert!(text.contains("request_id: session rows (log), session errors (log)"), "{text}");
}

#[test]
fn a_model_is_the_same_for_any_number_of_workers_and_scores_as_the_analysis_did() {
    let file = sample("shop.jsonl");
    let fit = |workers: &str| {
        let out = scratch(&format!("workers{workers}.model"));
        let features = "all,categories:one-hot";
        ran(&["model", "fit", &file, "--out", &out, "--workers", workers, "--features", features], 0);
        std::fs::read(out).unwrap()
    };
    let one = fit("1");
    assert_eq!(one, fit("2"));
    assert_eq!(one, fit("8"));
    let (model, findings) = (scratch("workers1.model"), scratch("same.findings.csv"));
    let scored = |workers: &str, end: &str| {
        let out = scratch(&format!("scores{workers}.{end}"));
        ran(&["model", "score", &model, &file, "--out", &out, "--workers", workers], 0);
        std::fs::read(out).unwrap()
    };
    let scores = scored("1", "csv");
    assert_eq!(scores, scored("2", "csv"));
    assert_eq!(scores, scored("8", "csv"));
    let lines = String::from_utf8(scored("2", "jsonl")).unwrap();
    ran(
        &["analyze", &file, "--features", "all,categories:one-hot", "--contamination", "0.5", "--findings", &findings],
        0,
    );
    let mut reader = csv::Reader::from_reader(scores.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!((rows.len(), lines.lines().count()), (2511, 2511));
    for record in csv::Reader::from_path(&findings).unwrap().records().map(Result::unwrap) {
        let row = &rows[record[1].parse::<usize>().unwrap()];
        assert_eq!((&record[1], &record[4]), (&row[2], &row[5]), "{record:?}");
        let line: serde_json::Value =
            serde_json::from_str(lines.lines().nth(row[0].parse().unwrap()).unwrap()).unwrap();
        assert!((line["score"].as_f64().unwrap() - row[5].parse::<f64>().unwrap()).abs() < 1e-7, "{line}");
    }
    assert!(rows.iter().all(|row| (0.0..=1.0).contains(&row[6].parse::<f64>().unwrap())));
}

#[test]
fn other_files_are_held_against_a_model() {
    let learned = written("learned.csv", &metrics(3000, 7, "cpu_load", 0.0, &HOSTS));
    let model = scratch("metrics.model");
    ran(&["model", "fit", &learned, "--out", &model, "--features", "standard,categories:one-hot"], 0);

    let same = written("same.csv", &metrics(2000, 8, "cpu_load", 0.0, &HOSTS));
    let found = report(&model, &same, 0, &[]);
    assert_eq!((&found["verdict"], &found["gatekeeper"]["status"]), (&"compatible".into(), &"as_is".into()));
    let drift = found["preflight"]["drift"].as_array().unwrap();
    assert!(drift.iter().all(|drift| drift["severity"] == "none" && drift["psi"].as_f64().unwrap() < 0.1), "{drift:?}");

    let spelled = written("spelled.csv", &metrics(2000, 9, "CpuLoad", 0.0, &["a", "b", "b", "c", "d", "d"]));
    let found = report(&model, &spelled, 10, &[]);
    assert_eq!(found["verdict"], "compatible_with_warnings");
    assert_eq!(found["gatekeeper"]["status"], "normalized");
    assert_eq!(found["gatekeeper"]["aliases"][0]["file"], "CpuLoad");
    let unseen = &found["preflight"]["unseen_categories"][0];
    assert_eq!((&unseen["field"], &unseen["values"], &unseen["rows"]), (&"host".into(), &1.into(), &666.into()));
    let one_hot = &found["preflight"]["one_hot"][0];
    assert_eq!((&one_hot["columns"], &one_hot["as_other"]), (&4.into(), &666.into()));

    let moved = written("moved.csv", &metrics(2000, 10, "cpu_load", 12.0, &HOSTS));
    let found = report(&model, &moved, 11, &[]);
    assert_eq!(found["verdict"], "retrain");
    let drift = found["preflight"]["drift"].as_array().unwrap();
    let of = |name: &str| drift.iter().find(|drift| drift["feature"] == name).unwrap();
    assert_eq!((&of("cpu_load")["severity"], &of("memory")["severity"]), (&"major".into(), &"none".into()));
    let shares = |which: &str| -> f64 {
        of("cpu_load")["bins"].as_array().unwrap().iter().map(|bin| bin[which].as_f64().unwrap()).sum()
    };
    assert!((shares("expected") - 1.0).abs() < 1e-9 && (shares("found") - 1.0).abs() < 1e-9);
    assert_eq!(report(&model, &moved, 0, &["--moderate", "50", "--major", "60"])["verdict"], "compatible");
    let out = scratch("moved.scores.csv");
    assert!(ran(&["model", "score", &model, &moved, "--out", &out], 11).contains("--anyway"));
    ran(&["model", "score", &model, &moved, "--out", &out, "--anyway"], 0);

    let few = written("few.csv", &metrics(40, 11, "cpu_load", 1.0, &HOSTS));
    let found = report(&model, &few, 10, &[]);
    assert_eq!(found["preflight"]["drift"][1]["small_sample"], true);

    let without: String = metrics(2000, 12, "cpu_load", 0.0, &HOSTS)
        .lines()
        .map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n")
        .collect();
    let found = report(&model, &written("without.csv", &without), 11, &[]);
    assert_eq!(found["preflight"]["missing_features"][0], "requests");

    let other = written("other.csv", "colour,size\nred,big\ngreen,small\nred,small\n");
    let found = report(&model, &other, 12, &[]);
    assert_eq!((&found["verdict"], &found["gatekeeper"]["status"]), (&"unsupported".into(), &"unsupported".into()));
    assert!(!found["gatekeeper"]["missing"].as_array().unwrap().is_empty());
    // Once for all fields, and apart from why.
    let advice = found["gatekeeper"]["advice"].as_array().unwrap();
    let says = |text: &str| advice.iter().filter(|advice| advice.as_str().unwrap().contains(text)).count();
    assert_eq!((says("Say which fields are"), says("files of their kind")), (1, 1), "{advice:?}");
    assert!(found["reasons"].as_array().unwrap().iter().all(|reason| !advice.contains(reason)), "{found}");
    let other = scratch("other.csv");
    let told = ran(&["model", "score", &model, &other, "--out", &out, "--anyway"], 12);
    assert!(told.contains("without anything that the model knows all rows score the same"), "{told}");
}

#[test]
fn a_person_says_which_field_is_one_of_the_models() {
    let learned = written("named.csv", &metrics(1500, 21, "cpu", 0.0, &HOSTS));
    let model = scratch("named.model");
    ran(&["model", "fit", &learned, "--out", &model], 0);
    let renamed = written("renamed.csv", &metrics(1500, 22, "busy_share", 0.0, &HOSTS));
    let found = report(&model, &renamed, 11, &[]);
    assert_eq!((&found["gatekeeper"]["nameless"][0], &found["verdict"]), (&"cpu".into(), &"retrain".into()));
    let found = report(&model, &renamed, 0, &["--field", "cpu=busy_share"]);
    let alias = serde_json::json!({"model": "cpu", "file": "busy_share", "why": "chosen by you"});
    assert_eq!((&found["gatekeeper"]["status"], &found["gatekeeper"]["aliases"][0]), (&"normalized".into(), &alias));
    // It scores as if the field had its name.
    let scores = |file: &str, more: &[&str]| {
        let out = scratch("named.scores.csv");
        ran(&[&["model", "score", &model, file, "--out", &out], more].concat(), 0);
        let records = csv::Reader::from_path(out).unwrap().into_records();
        records.map(|record| record.unwrap()[5].to_owned()).collect::<Vec<String>>()
    };
    let same = written("unnamed.csv", &metrics(1500, 22, "cpu", 0.0, &HOSTS));
    assert_eq!(scores(&renamed, &["--field", "cpu=busy_share"]), scores(&same, &[]));
    let told = ran(&["model", "check", &model, &renamed, "--field", "cpu=busy"], 2);
    assert!(told.contains("no file has a field \"busy\"") && told.contains("busy_share"), "{told}");
    let told =
        ran(&["model", "check", &model, &renamed, "--field", "cpu=busy_share", "--field", "memory=busy_share"], 2);
    assert!(told.contains("one of them was named before"), "{told}");
    let told = ran(&["model", "check", &model, &renamed, "--field", "cpus=busy_share"], 2);
    assert!(told.contains("the model has no field \"cpus\"") && told.contains("cpu, memory"), "{told}");
}

#[test]
fn durations_of_another_source_are_not_held_against_those_of_a_field() {
    let line = |row: u64, field: bool, millis: f64| {
        let field = if field { format!("\"duration_ms\":{},", 20.0 + normal(row, 1)) } else { String::new() };
        format!(
            "{{\"timestamp\":\"2026-01-01T{:02}:{:02}:{:02}Z\",\"level\":\"INFO\",{field}\"message\":\"order stored in {millis:.1} ms\"}}\n",
            row / 3600,
            row / 60 % 60,
            row % 60,
        )
    };
    // One row in the middle says that it took ten times as long.
    let log = |field: bool| {
        let usual = |row: u64| if row == 600 { 4000.0 } else { 400.0 + normal(row, 2) };
        (0..1200).map(|row| line(row, field, usual(row))).collect::<String>()
    };
    for (has, verdict, expected) in [(true, "unsupported", None), (false, "compatible", Some("600"))] {
        let (model, out) = (scratch("source.model"), scratch("source.scores.csv"));
        ran(&["model", "fit", &written("source.jsonl", &log(has)), "--out", &model], 0);
        let new = written("source.new.jsonl", &log(!has));
        assert_eq!(report(&model, &new, if has { 12 } else { 0 }, &[])["verdict"], verdict);
        ran(&["model", "score", &model, &new, "--out", &out, "--anyway"], 0);
        let rows = csv::Reader::from_path(&out).unwrap().into_records().map(Result::unwrap);
        let spikes: Vec<String> = rows.filter(|row| &row[8] == "duration spike").map(|row| row[0].to_owned()).collect();
        assert_eq!(spikes, expected.into_iter().collect::<Vec<_>>(), "{has}");
    }
}

#[test]
fn fields_are_left_out_and_useless_labels_are_counted() {
    let learned = written("left.csv", &metrics(900, 23, "is_bad", 0.0, &HOSTS));
    let model = scratch("left.model");
    let told = ran(&["model", "fit", &learned, "--out", &model, "--features", "standard,-is_bad"], 0);
    assert!(told.contains("not used: not chosen: is_bad") && told.contains("memory: memory"), "{told}");
    let told = ran(&["model", "fit", &learned, "--out", &model, "--features", "-iz_bad"], 2);
    assert!(told.contains("no file has a field iz_bad"), "{told}");
    let labels = (1..=60).fold("row,anomaly\n".to_owned(), |text, row| text + &format!("{row},0\n"));
    let labels = written("left.labels.csv", &(labels + "61,perhaps\nx,1\n5000,1\n"));
    let told = ran(&["model", "fit", &learned, "--out", &model, "--labels", &labels], 0);
    assert!(told.contains("3 lines are left out, which name no row that is there"), "{told}");
    let row = |row: usize| format!("{},{}\n", row * 7 % 100, u32::from(row.is_multiple_of(60)));
    let answered = written("answered.csv", &(1..=600).fold("cpu,is_bad\n".to_owned(), |text, n| text + &row(n)));
    let told = ran(&["model", "fit", &answered, "--out", &model, "--labels", &labels], 0);
    assert!(told.contains("is_bad is only 0 or 1, and a feature."), "{told}");
}

#[test]
fn a_value_that_training_lacks_counts_even_where_all_others_are_equally_frequent() {
    let model = scratch("unseen.model");
    let learned = written("unseen.learned.csv", &metrics(3099, 15, "cpu", 0.0, &HOSTS));
    let new = metrics(2000, 16, "cpu", 0.0, &HOSTS);
    let odd = [500, 900, 1300];
    let new: String = new
        .lines()
        .enumerate()
        .map(|(line, text)| {
            let mut cells: Vec<&str> = text.split(',').collect();
            if odd.map(|row| row + 1).contains(&line) {
                cells[1] = "elsewhere";
            }
            cells.join(",") + "\n"
        })
        .collect();
    let (new, out) = (written("unseen.new.csv", &new), scratch("unseen.scores.csv"));
    for detector in ["ensemble", "knn", "robust-z", "lof", "one-class-svm"] {
        for features in ["standard", "standard,categories:one-hot"] {
            ran(&["model", "fit", &learned, "--out", &model, "--detector", detector, "--features", features], 0);
            ran(&["model", "score", &model, &new, "--out", &out, "--anyway"], 0);
            let mut reader = csv::Reader::from_path(&out).unwrap();
            let scores: Vec<f64> = reader.records().map(|row| row.unwrap()[5].parse().unwrap()).collect();
            let higher = odd.map(|row| scores.iter().filter(|&&score| score > scores[row]).count());
            assert!(higher.iter().all(|&rows| rows < 5), "{detector} {features}: {higher:?}");
        }
    }
}

#[test]
fn a_column_that_looks_otherwise_is_read_as_the_model_knows_it() {
    let learned = written("numbers.csv", &metrics(600, 13, "cpu", 0.0, &HOSTS));
    let model = scratch("numbers.model");
    ran(&["model", "fit", &learned, "--out", &model], 0);
    // So many cells that are no numbers make a column of texts of it, if nobody knows better.
    let mixed: String = metrics(600, 14, "cpu", 0.0, &HOSTS)
        .lines()
        .enumerate()
        .map(|(row, line)| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if row > 0 && row % 5 == 0 {
                cells[2] = "unknown";
            }
            cells.join(",") + "\n"
        })
        .collect();
    let found = report(&model, &written("mixed.csv", &mixed), 11, &[]);
    let read = found["translator"].as_array().unwrap().iter().find(|read| read["field"] == "cpu").unwrap();
    assert_eq!((&read["kind"], &read["values"], &read["without"]), (&"number".into(), &480.into(), &120.into()));
}

#[test]
fn a_message_of_an_unknown_kind_is_a_finding() {
    let line = |n: usize| {
        format!(
            "{{\"time\":\"2026-02-06T10:{:02}:{:02}Z\",\"level\":\"INFO\",\"message\":\"request {n} served\"}}\n",
            n / 60 % 60,
            n % 60
        )
    };
    let other = |n: usize| {
        format!("{{\"time\":\"2026-02-06T11:00:00Z\",\"level\":\"INFO\",\"message\":\"user {n} logged in\"}}\n")
    };
    let learned: String = (0..900).map(|n| if n % 3 == 0 { other(n) } else { line(n) }).collect();
    let model = scratch("messages.model");
    ran(&["model", "fit", &written("learned.jsonl", &learned), "--out", &model], 0);
    let strange =
        "{\"time\":\"2026-02-06T10:05:00Z\",\"level\":\"INFO\",\"message\":\"bucket vanished without trace\"}\n";
    let new: String = (0..600).map(|n| if n == 400 { strange.to_owned() } else { line(n) + &other(n) }).collect();
    let out = scratch("messages.scores.csv");
    ran(&["model", "score", &model, &written("new.jsonl", &new), "--out", &out, "--anyway"], 0);
    let rows: Vec<csv::StringRecord> = csv::Reader::from_path(&out).unwrap().records().map(Result::unwrap).collect();
    let best = rows.iter().max_by(|a, b| a[5].parse::<f64>().unwrap().total_cmp(&b[5].parse().unwrap())).unwrap();
    assert_eq!((&best[0], &best[7], &best[8]), ("800", "1", "unseen template"), "{best:?}");
    assert!(best[9].contains("no kind that the model has seen in 900 rows"), "{best:?}");
    let known = rows.iter().filter(|row| &row[8] == "unseen template").count();
    assert_eq!(known, 1, "what is known is not new");
}

#[test]
fn a_value_that_hardly_any_row_has_is_a_finding() {
    let lines = |odd: Option<usize>| -> String {
        let region = |n: usize| match n {
            n if Some(n) == odd => "moon",
            n if n % 3 == 0 => "eu",
            _ => "us",
        };
        let at = |n: usize| format!("2026-02-06T10:{:02}:{:02}Z", n / 60 % 60, n % 60);
        let line = |n: usize| {
            let (at, region) = (at(n), region(n));
            format!(
                "{{\"time\":\"{at}\",\"level\":\"INFO\",\"region\":\"{region}\",\"message\":\"request {n} served\"}}\n"
            )
        };
        (0..900).map(line).collect()
    };
    let odd = written("regions.odd.jsonl", &lines(Some(700)));
    let findings = scratch("regions.findings.csv");
    ran(&["analyze", &odd, "--findings", &findings], 0);
    let first = csv::Reader::from_path(&findings).unwrap().records().next().unwrap().unwrap();
    let reason = "region \"moon\" is seen only once in 900 rows";
    assert_eq!((&first[1], &first[6], &first[7]), ("700", "rare value", reason), "{first:?}");
    // And where a model knows other ones.
    let (model, out) = (scratch("regions.model"), scratch("regions.scores.csv"));
    ran(&["model", "fit", &written("regions.jsonl", &lines(None)), "--out", &model], 0);
    ran(&["model", "score", &model, &odd, "--out", &out, "--anyway"], 0);
    let rows: Vec<csv::StringRecord> = csv::Reader::from_path(&out).unwrap().records().map(Result::unwrap).collect();
    let best = rows.iter().max_by(|a, b| a[5].parse::<f64>().unwrap().total_cmp(&b[5].parse().unwrap())).unwrap();
    assert_eq!((&best[0], &best[8]), ("700", "rare value"), "{best:?}");
    assert!(best[9].contains("its region is none that the model has seen in 900 rows"), "{best:?}");
}

/// `strayline model fit public/samples/shop.jsonl --out tests/fixtures/version3.model` wrote them, of the program as it was. A
/// change of the format that makes this fail needs a new version, and a reader of these.
#[test]
fn models_of_all_versions_keep_loading() {
    for (version, anomalous) in [(1, "140"), (2, "235"), (3, "235")] {
        let path = format!("{}/tests/fixtures/version{version}.model", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(&path).unwrap();
        let model = Saved::from_bytes(&bytes).unwrap();
        assert_eq!((bytes[8], model.about.rows, model.about.seed), (version, 2511, 7));
        let found = report(&path, &sample("shop.jsonl"), 0, &[]);
        assert_eq!((&found["verdict"], &found["preflight"]["unseen_templates"]), (&"compatible".into(), &().into()));
        let out = scratch("versions.csv");
        let text = ran(&["model", "score", &path, &sample("shop.jsonl"), "--out", &out], 0);
        assert!(text.contains(&format!("2,511 rows, {anomalous} anomalous")), "{text}");
    }
}

#[test]
fn what_is_no_model_is_refused() {
    let path = format!("{}/tests/fixtures/version1.model", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8]| Saved::from_bytes(bytes).unwrap_err();
    assert_eq!(refused(b""), FileError::Foreign);
    assert_eq!(refused(b"{\"model\": 1}"), FileError::Foreign);
    assert_eq!(refused(b"a text that is longer than the head"), FileError::Foreign);
    assert_eq!(refused(&bytes[..9]), FileError::Damaged("it is cut short"));
    let mut newer = bytes.clone();
    newer[8..10].copy_from_slice(&7_u16.to_le_bytes());
    assert_eq!(refused(&newer), FileError::Newer(7));
    let newer = scratch("newer.model");
    std::fs::write(&newer, [b"STRAYMDL\x07\x00".as_slice(), &[0; 40]].concat()).unwrap();
    let text = ran(&["model", "check", &newer, &sample("shop.jsonl")], 5);
    assert!(text.contains("is of version 7") && text.contains("Use the newer program"), "{text}");
    let text = ran(&["model", "score", &sample("shop.jsonl"), &sample("shop.jsonl"), "--out", &scratch("x.csv")], 5);
    assert!(text.contains("This is no model of Strayline"), "{text}");
    ran(&["model", "show", "no-such.model"], 3);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn damage_is_told(at in any::<prop::sample::Index>(), flip in 1..=255_u8, cut in any::<prop::sample::Index>()) {
        let path = format!("{}/tests/fixtures/version1.model", env!("CARGO_MANIFEST_DIR"));
        let mut bytes = std::fs::read(path).unwrap();
        prop_assert!(Saved::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(Saved::from_bytes(&bytes).is_err());
    }
}

#[test]
fn odd_tables_make_models_too() {
    let wide = |rows: usize| {
        let header: Vec<String> = (0..10_000).map(|column| format!("c{column}")).collect();
        let row = |row: usize| {
            (0..10_000).map(|column| ((row * 7 + column * 3) % 11).to_string()).collect::<Vec<_>>().join(",")
        };
        (0..rows).fold(header.join(",") + "\n", |text, number| text + &row(number) + "\n")
    };
    let mut many = String::from("a,b,c\n");
    for row in 0..300 {
        let _ = writeln!(many, "{},{},{}", row % 7, row * 3, hash_pair(row, 1));
    }
    let tables = [
        ("one-row", "a,b\n1,2\n".to_owned()),
        ("equal-rows", "a,b\n".to_owned() + &"1,2\n".repeat(50)),
        ("nothing-but-missing", "a,b\n".to_owned() + &",\n".repeat(50)),
        ("no-numbers", "a,b\n".to_owned() + &"nan,inf\n1,-inf\n2,NaN\n".repeat(30)),
        (
            "constant-column",
            "a,b,c\n".to_owned() + &(0..90).fold(String::new(), |text, row| text + &format!("{},5,x\n", row % 9)),
        ),
        ("more-categories-than-rows", many),
        ("ten-thousand-columns", wide(40)),
        ("huge", "a,b\n".to_owned() + &"1e300,-1e300\n3,4\n5,6\n".repeat(30)),
    ];
    for (name, content) in tables {
        let file = written(&format!("{name}.csv"), &content);
        let (model, out) = (scratch(&format!("{name}.model")), scratch(&format!("{name}.scores.csv")));
        if matches!(name, "one-row" | "equal-rows" | "nothing-but-missing") {
            let _ = std::fs::remove_file(&model);
            let told = ran(&["model", "fit", &file, "--out", &model], 1);
            assert!(told.contains("no field tells the rows apart") && !std::fs::exists(&model).unwrap(), "{told}");
            continue;
        }
        ran(&["model", "fit", &file, "--out", &model], 0);
        ran(&["model", "score", &model, &file, "--out", &out, "--anyway"], 0);
        let scores: Vec<f64> =
            csv::Reader::from_path(&out).unwrap().records().map(|record| record.unwrap()[5].parse().unwrap()).collect();
        assert!(!scores.is_empty() && scores.iter().all(|score| (0.0..=1.0).contains(score)), "{name}");
    }
    let empty = written("empty.csv", "");
    ran(&["model", "fit", &empty, "--out", &scratch("empty.model")], 1);
}

/// A program that has onnxruntime: `$STRAYLINE_PYTHON`, else `python3`.
fn python() -> Option<String> {
    let python = std::env::var("STRAYLINE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let found = Command::new(&python).args(["-c", "import onnxruntime, numpy"]).output();
    let has = found.is_ok_and(|output| output.status.success());
    if !has {
        println!("skipped: {python} has no onnxruntime; name one that has in $STRAYLINE_PYTHON");
    }
    has.then_some(python)
}

fn forest(name: &str) -> (String, String) {
    let mut table = metrics(1500, 21, "cpu", 0.0, &HOSTS);
    table += "2026-01-03T00:00:00Z,a,99.9,60.0,1000\n2026-01-03T00:01:00Z,a,,60.0,1000\n";
    let file = written(&format!("{name}.csv"), &table);
    let model = scratch(&format!("{name}.model"));
    let arguments = ["model", "fit", &file, "--out", &model, "--detector", "isolation-forest", "--features", "numbers"];
    ran(&arguments, 0);
    (file, model)
}

#[test]
fn a_forest_as_onnx_scores_alike() {
    let (file, model) = forest("onnx");
    let (onnx, scores) = (scratch("forest.onnx"), scratch("onnx.scores.csv"));
    ran(&["model", "onnx", &model, "--out", &onnx], 0);
    ran(&["model", "score", &model, &file, "--out", &scores], 0);
    let Some(python) = python() else { return };
    let script = "
import csv, sys, numpy, onnxruntime
rows = [[float(row[name] or 'nan') for name in ('cpu', 'memory', 'requests')] for row in csv.DictReader(open(sys.argv[2]))]
session = onnxruntime.InferenceSession(sys.argv[1])
found = session.run(['score'], {'features': numpy.array(rows, dtype=numpy.float32)})[0][:, 0]
expected = numpy.array([float(row['score']) for row in csv.DictReader(open(sys.argv[3]))])
print(len(found), abs(found - expected).max())
";
    let output = Command::new(python).args(["-c", script, &onnx, &file, &scores]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let figures: Vec<f64> = text.split_whitespace().map(|figure| figure.parse().unwrap()).collect();
    assert_eq!(figures.first(), Some(&1502.0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(figures[1] < 1e-5, "{text}");
}

/// The bytes were scored by onnxruntime when this number was written down.
#[test]
fn the_bytes_of_onnx_are_what_they_were() {
    let (_, model) = forest("golden");
    let onnx = scratch("golden.onnx");
    ran(&["model", "onnx", &model, "--out", &onnx], 0);
    let bytes = std::fs::read(&onnx).unwrap();
    assert_eq!((bytes.len(), crc32fast::hash(&bytes)), (277_983, 2_203_475_925));
    let knn = scratch("knn.model");
    ran(&["model", "fit", &sample("metrics.csv"), "--out", &knn, "--detector", "knn"], 0);
    assert!(ran(&["model", "onnx", &knn, "--out", &onnx], 5).contains("Only an Isolation Forest"));
}

#[test]
fn a_field_of_the_same_name_comes_before_one_that_is_spelled_alike() {
    let line = |row: u64| format!("{:.1},{:.1},{:.1}\n", normal(row, 1), 90.0 + normal(row, 2), normal(row, 3));
    let rows = |from: u64| (from..from + 400).map(line).collect::<String>();
    let learned = written("alike.csv", &format!("CpuLoad,cpu_load,mem\n{}", rows(0)));
    let model = scratch("alike.model");
    ran(&["model", "fit", &learned, "--out", &model], 0);
    let without: String = rows(400).lines().map(|line| line.split_once(',').unwrap().1.to_owned() + "\n").collect();
    let found = report(&model, &written("alike_less.csv", &format!("cpu_load,mem\n{without}")), 11, &[]);
    let gate = &found["gatekeeper"];
    assert_eq!([&gate["missing"], &gate["nameless"]], [&serde_json::json!(["CpuLoad"]); 2], "{found}");
}

#[test]
fn labels_teach_what_lies_below_all_ordinary_rows_too() {
    for odd in ["-900", "900", "inf", "1e39"] {
        let cpu = |row: u64| if row % 40 == 7 { odd.to_owned() } else { format!("{:.2}", 50.0 + 5.0 * normal(row, 1)) };
        let line = |row: u64| format!("{},{:.2}\n", cpu(row), normal(row, 2));
        let rows: String = (0..400).map(line).collect();
        let data = written("below.csv", &format!("cpu,mem\n{rows}"));
        let label = |row: u64| format!("{},{}\n", row + 1, u64::from(row % 40 == 7));
        let labels: String = (0..400).map(label).collect();
        let labels = written("below.labels.csv", &format!("row,anomaly\n{labels}"));
        let told = ran(&["model", "fit", &data, "--labels", &labels, "--out", &scratch("below.model")], 0);
        assert!(told.contains("it calls 10 of 400 rows anomalous"), "{odd}: {told}");
    }
}
