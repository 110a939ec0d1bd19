//! The command line: results, and one clear sentence with a documented exit code when there is none.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::fmt::Write as _;
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
fn folders_and_a_mapping_are_taken() {
    let folder = scratch("folder");
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    std::fs::write(
        folder.join("inner/b.log"),
        "06/02/2026 10:00:00 worker took 5\n07/02/2026 10:00:01 worker took 6\n",
    )
    .unwrap();
    std::fs::write(folder.join("a.csv"), "when,what,cost\n06/02/2026 10:00,login,2\n13/02/2026 10:00,logout,3\n")
        .unwrap();
    std::fs::write(folder.join("mapping.json"), "{\"roles\": {\"time\": \"when\", \"message\": \"what\", \"duration\": \"cost\"}, \"zone_minutes\": 60, \"duration_unit\": \"seconds\"}").unwrap();
    let (mapping, findings) = (folder.join("mapping.json"), scratch("mapped.csv"));
    let file = folder.join("a.csv");
    let [mapping, file, out] = [&mapping, &file, &findings].map(|path| path.to_str().unwrap());
    let more = ["--features", "standard,cost", "--contamination", "0.5", "--findings", out];
    let output = strayline(&[&["analyze", file, "--mapping", mapping], more.as_slice()].concat());
    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read_to_string(&findings).unwrap();
    assert!(text.contains("2026-02-06T09:00:00Z") || text.contains("2026-02-13T09:00:00Z"), "{text}");
    std::fs::write(folder.join("mapping.json"), "{\"rolls\": {}}").unwrap();
    check_failure(&["analyze", file, "--mapping", mapping], 2, "is no mapping: unknown field `rolls`");
    std::fs::remove_file(folder.join("mapping.json")).unwrap();
    let output = strayline(&["analyze", folder.to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("inner/b.log: "), "{output:?}");
}

#[test]
fn a_field_of_one_of_several_files_can_have_a_role() {
    let folder = scratch("roles");
    std::fs::create_dir_all(&folder).unwrap();
    let rows = |head: &str| format!("{head}\n2026-02-06 10:00:00,login\n2026-02-06 10:00:01,logout\n");
    std::fs::write(folder.join("a.csv"), rows("time,message")).unwrap();
    std::fs::write(folder.join("b.csv"), rows("happened,message")).unwrap();
    let [a, b] = ["a.csv", "b.csv"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    for files in [[&a, &b], [&b, &a]] {
        let output = strayline(&["analyze", files[0], files[1], "--map", "time=happened"]);
        assert!(output.status.success(), "{output:?}");
    }
    check_failure(&["analyze", &a, &b, "--map", "time=nowhere"], 2, "no file has a field \"nowhere\" to be the time");
}

#[test]
fn templates_are_found_in_what_is_packed() {
    let folder = scratch("packed");
    std::fs::create_dir_all(&folder).unwrap();
    let plain = sample("shop.jsonl");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, &std::fs::read(&plain).unwrap()).unwrap();
    let packed = folder.join("shop.jsonl.gz");
    std::fs::write(&packed, encoder.finish().unwrap()).unwrap();
    let templates = |file: &str, out: &str| {
        let out = folder.join(out);
        let output = strayline(&["templates", file, "--out", out.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        std::fs::read_to_string(out).unwrap()
    };
    let found = templates(&plain, "plain.csv");
    assert!(found.lines().count() > 100);
    assert_eq!(templates(packed.to_str().unwrap(), "packed.csv"), found);
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
    let empty = scratch("empty");
    std::fs::create_dir_all(&empty).unwrap();
    check_failure(&["analyze", empty.to_str().unwrap()], 3, "There is no file in");
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

#[test]
fn durations_that_messages_tell_are_found_as_those_of_a_field() {
    let line = |n: u32| {
        let told = format!("wrote block {n} in {}.9 ms", n * 100);
        format!("2026-02-06 10:00:{n:02} INFO {}\n", if n.is_multiple_of(3) { "idle" } else { told.as_str() })
    };
    let log: String = (0..60).map(line).collect();
    let file = scratch("told-durations.log");
    std::fs::write(&file, log).unwrap();
    let file = file.to_str().unwrap();
    for (search, rows) in [
        ("duration:>1s", 34),
        ("duration:[100 TO 500]", 3),
        ("duration:100.9", 1),
        ("exists(duration)", 40),
        ("* -duration:>1s", 26),
    ] {
        let found = String::from_utf8(strayline(&["query", file, search]).stderr).unwrap();
        assert_eq!(found, format!("{rows} of 60 rows\n"), "{search}");
    }
    check_failure(&["query", file, "duration:>fast"], 2, "250ms");
}

#[test]
fn a_query_takes_any_search_or_says_what_is_wrong_with_it() {
    let file = sample("checkout.json");
    let told = |search: &str| String::from_utf8(strayline(&["query", &file, search, "--limit", "1"]).stderr).unwrap();
    let all = told("*");
    assert!(all.contains(" rows"), "{all}");
    assert_eq!(told(""), all);
    check_failure(&["query", &file], 2, "name the files, and then what to search for");
    let usage = String::from_utf8(strayline(&["query"]).stderr).unwrap();
    assert!(usage.contains("Usage: strayline query [OPTIONS] <FILE>... <SEARCH>"), "{usage}");
    assert_eq!(usage.matches("<FILE... SEARCH>").count(), 1, "{usage}");
    check_failure(&["query", &file, "level:error duration:>2 s"], 2, "write 2s");
    check_failure(&["query", &file, "duration:[200 TO 100]"], 2, "write [100 TO 200]");
    check_failure(&["query", &file, "level:warn,info"], 2, "\"warn,info\" is no level");
    let mapping = scratch("wrong-mapping.json");
    std::fs::write(&mapping, "{\"roles\": {\"message\": \"nothing\"}}").unwrap();
    let given = ["query", &file, "", "--mapping", mapping.to_str().unwrap()];
    check_failure(&given, 2, "no file has a field \"nothing\" to be the message; there are");
    assert!(!String::from_utf8(strayline(&given).stderr).unwrap().contains("--map"));
}

#[test]
fn a_file_of_rows_has_all_of_them_with_their_whole_texts() {
    let (log, out) = (scratch("long.jsonl"), scratch("long.csv"));
    let message = |n: u32| format!("{n} {}", "long ".repeat(400));
    let lines: Vec<String> = (0..150).map(|n| serde_json::json!({ "message": message(n) }).to_string()).collect();
    std::fs::write(&log, lines.join("\n")).unwrap();
    let (log, out) = (log.to_str().unwrap(), out.to_str().unwrap());
    for sort in [&["--sort", "message"][..], &[]] {
        assert!(strayline(&[&["query", log, "", "--out", out], sort].concat()).status.success());
        let mut reader = csv::Reader::from_path(out).unwrap();
        let text = reader.headers().unwrap().iter().position(|name| name == "message").unwrap();
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 150);
        assert!(rows.iter().all(|row| row[text] == message(row[0].parse::<u32>().unwrap() - 1)), "{:?}", rows[0]);
    }
    strayline(&["query", log, "", "--out", out, "--limit", "7"]);
    assert_eq!(csv::Reader::from_path(out).unwrap().records().count(), 7);
}

#[test]
fn an_exported_number_is_true_under_its_heading() {
    let folder = scratch("units");
    std::fs::create_dir_all(&folder).unwrap();
    let line = |n: u32, field: &str, took: f64| {
        let (level, what) = if n == 40 { ("ERROR", "disk is broken at") } else { ("INFO", "served") };
        format!(
            "{{\"time\":\"2026-02-06T10:00:{n:02}Z\",\"level\":\"{level}\",\"message\":\"{what} {n}\",\"{field}\":{took}}}\n"
        )
    };
    let milliseconds: String = (0..60).map(|n| line(n, "elapsed_ms", f64::from(n * 100))).collect();
    let seconds: String = (0..60).map(|n| line(n, "latency_s", f64::from(n) / 10.0)).collect();
    let [a, b, out] = ["a.jsonl", "b.jsonl", "out.csv"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    std::fs::write(&a, milliseconds).unwrap();
    std::fs::write(&b, seconds).unwrap();
    let commands = [
        vec!["query", &a, &b, "", "--limit", "1000", "--out", &out],
        vec!["analyze", &a, &b, "--contamination", "0.5", "--findings", &out],
    ];
    for command in commands {
        assert!(strayline(&command).status.success());
        let mut reader = csv::Reader::from_path(&out).unwrap();
        let header = reader.headers().unwrap().clone();
        let place = |name: &str| header.iter().position(|column| column == name).unwrap();
        let (took, message) = (place("elapsed_ms"), place("message"));
        let mut files = std::collections::BTreeSet::new();
        for row in reader.records().map(Result::unwrap) {
            let number: u32 = row[message].rsplit(' ').next().unwrap().parse().unwrap();
            assert_eq!(row[took], (number * 100).to_string(), "{command:?}: {row:?}");
            files.insert(row[place("file")].to_owned());
        }
        assert_eq!(files.len(), 2, "{command:?}");
    }
}

#[test]
fn what_is_told_of_a_file_goes_to_stderr() {
    let path = scratch("cut.json");
    let events: Vec<String> = (0..30)
        .map(|n| format!("{{\"time\":\"{:02}/02/2026 10:00:00\",\"message\":\"event {n}\"}}", n % 12 + 1))
        .collect();
    std::fs::write(&path, format!("[{},", events.join(","))).unwrap();
    for command in [vec!["analyze"], vec!["query", "*"]] {
        let mut command = command;
        command.insert(1, path.to_str().unwrap());
        let told = String::from_utf8(strayline(&command).stderr).unwrap();
        assert!(told.contains("The file ends before its array is closed: it may be cut."), "{told}");
        assert!(told.contains("\"01/02/2026 10:00:00\" may be of two days"), "{told}");
    }
}

/// Rows on a line, the last of them far off it, with a column of texts and a label.
fn table(name: &str) -> PathBuf {
    let path = scratch(name);
    let mut text = String::from("x,y,colour,label\n");
    for row in 0..200 {
        let colour = if row % 3 == 0 { "red" } else { "green" };
        let _ = writeln!(text, "{},{},{colour},0", row % 17, 2 * (row % 17) + row % 2);
    }
    text += "40,-30,blue,1\n,NaN,red,0\n";
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn every_detector_scores_a_table_alike_on_any_number_of_threads() {
    let data = table("table.csv");
    let detectors =
        "isolation-forest one-class-svm lof knn autoencoder robust-z rarity ensemble ensemble-vote".split(' ');
    for detector in detectors {
        let scores = |workers: &str| {
            let (out, summary) = (scratch(&format!("{detector}.csv")), scratch(&format!("{detector}.json")));
            let [out_path, summary_path] = [&out, &summary].map(|path| path.to_str().unwrap());
            let shared = ["score", "--data", data.to_str().unwrap(), "--label", "label", "--detector", detector];
            let rest = ["--seed", "3", "--workers", workers, "--out", out_path, "--summary", summary_path];
            let output = strayline(&[&shared[..], &rest[..]].concat());
            assert!(output.status.success(), "{output:?}");
            let summary: serde_json::Value = serde_json::from_slice(&std::fs::read(&summary).unwrap()).unwrap();
            assert_eq!((&summary["rows"], &summary["columns"]), (&202.into(), &3.into()));
            assert!(["read", "fit", "score"].iter().all(|step| summary["seconds"][step].as_f64().is_some()));
            assert!(summary["roc_auc"].as_f64().unwrap() > 0.95, "{detector}: {summary}");
            assert!(summary["average_precision"].as_f64().is_some());
            assert_eq!(summary["notes"], serde_json::json!(["Cells without a number: 2."]));
            assert!(summary["knee"].is_null() || summary["knee"]["recall"].as_f64().is_some(), "{summary}");
            std::fs::read_to_string(&out).unwrap()
        };
        let one = scores("1");
        assert_eq!(one, scores("2"), "{detector}");
        assert_eq!(one, scores("8"), "{detector}");
        let mut reader = csv::Reader::from_reader(one.as_bytes());
        assert_eq!(reader.headers().unwrap(), vec!["row", "score", "calibrated"]);
        let rows: Vec<(usize, f32, f32)> = reader.deserialize().map(Result::unwrap).collect();
        assert!(rows.iter().enumerate().all(|(index, row)| row.0 == index && (0.0..=1.0).contains(&row.2)));
        assert!(rows[200].2 > 0.9, "{detector}: {:?}", rows[200]);
    }
}

#[test]
fn mistakes_with_tables_get_one_sentence() {
    let data = table("mistakes.csv");
    let data = data.to_str().unwrap();
    check_failure(&["score", "--data", "no-such-table.csv"], 3, "Can't open no-such-table.csv");
    check_failure(&["score", "--data", data, "--detector", "magic"], 2, "one-class-svm");
    check_failure(&["score", "--data", data, "--label", "truth"], 2, "there are x, y, colour, label");
    check_failure(&["score", "--data", data, "--label", "colour"], 2, "line 2: the label \"red\"");
    check_failure(
        &["score", "--data", data, "--detector", "knn", "--out", "/no/such/folder/out.csv"],
        4,
        "can't write",
    );
    let empty = scratch("empty.csv");
    std::fs::write(&empty, "").unwrap();
    check_failure(&["score", "--data", empty.to_str().unwrap()], 2, "is empty: a CSV file with a header is needed");
    check_failure(&["score", "--data", empty.to_str().unwrap(), "--label", "y"], 2, "is empty");
    std::fs::write(&empty, "label\n1\n").unwrap();
    check_failure(&["score", "--data", empty.to_str().unwrap()], 2, "no column to score");
    std::fs::write(&empty, "a,b\n").unwrap();
    check_failure(&["score", "--data", empty.to_str().unwrap()], 1, "holds no row");
    std::fs::write(&empty, "a,b\n1,2\n3\n\"4,5\n").unwrap();
    assert!(strayline(&["score", "--data", empty.to_str().unwrap(), "--detector", "knn"]).status.success());
}

#[test]
fn rows_without_a_label_are_scored_and_not_measured() {
    let path = scratch("gaps.csv");
    // Only the far row is known to be anomalous; of the others half have no label.
    let line = |row: u32| format!("{},{},{}\n", row % 17, row % 13, ["0", "", "N/A"][row as usize % 3]);
    std::fs::write(&path, "x,y,bad\n".to_owned() + &(0..300).map(line).collect::<String>() + "90,-70,1\n").unwrap();
    let out = scratch("gaps.json");
    let data = ["score", "--data", path.to_str().unwrap(), "--label", "bad", "--summary", out.to_str().unwrap()];
    let output = strayline(&data);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("301 rows of 2 columns"), "{text}");
    let summary: serde_json::Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(summary["notes"][0], "Rows without a label, which are scored and not measured: 200.");
    assert_eq!((&summary["roc_auc"], &summary["average_precision"]), (&1.0.into(), &1.0.into()), "{summary}");
    // Where only the anomalous rows are marked, the others are ordinary.
    let marked = std::fs::read_to_string(&path).unwrap().replace(",0\n", ",\n");
    std::fs::write(&path, marked).unwrap();
    let text = String::from_utf8(strayline(&data).stdout).unwrap();
    assert!(text.contains("which count as ordinary because no row is labelled so: 300."), "{text}");
}

#[test]
fn one_row_is_told_not_to_stand_out() {
    let path = scratch("one-row.csv");
    std::fs::write(&path, "x,y\n1,2\n").unwrap();
    let text = |arguments: &[&str]| String::from_utf8(strayline(arguments).stdout).unwrap();
    let scored = text(&["score", "--data", path.to_str().unwrap(), "--detector", "ensemble-vote"]);
    assert!(scored.contains("1 row of 2 columns") && scored.contains("no rows stand apart"), "{scored}");
    let analysed = text(&["analyze", path.to_str().unwrap()]);
    assert!(analysed.contains("There is one row, and nothing to compare it with."), "{analysed}");
    std::fs::write(&path, "x,y\n1,2\n3,inf\n5,6\n7,a\n".to_owned() + &"8,9\n".repeat(40)).unwrap();
    let analysed = text(&["analyze", path.to_str().unwrap()]);
    for told in
        ["1 row: a text where the column has numbers", "1 row: an infinite number, which stands beyond all others"]
    {
        assert!(analysed.contains(told), "{analysed}");
    }
    std::fs::write(&path, "1,2\n3,4\n5,9\n").unwrap();
    let scored = text(&["score", "--data", path.to_str().unwrap()]);
    assert!(scored.contains("The first row was taken for the names of the columns"), "{scored}");
}

#[test]
fn a_table_with_another_delimiter_is_one_too() {
    let path = scratch("semicolons.csv");
    let comma = table("commas.csv");
    std::fs::write(&path, std::fs::read_to_string(&comma).unwrap().replace(',', ";")).unwrap();
    let measured = |path: &PathBuf| {
        let output = strayline(&["score", "--data", path.to_str().unwrap(), "--label", "label"]);
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(measured(&path), measured(&comma));
    assert!(measured(&path)[0].ends_with("; 1 of 202 rows anomalous"), "{:?}", measured(&path));
    std::fs::write(&path, b"\x1f\x8b\x08\0").unwrap();
    check_failure(&["score", "--data", path.to_str().unwrap()], 2, "is compressed: unpack it first");
    std::fs::write(&path, "{\"x\":1}\n{\"x\":2}\n").unwrap();
    check_failure(&["score", "--data", path.to_str().unwrap()], 2, "is JSON and no table");
    let nothing = strayline(&["analyze", comma.to_str().unwrap(), "--features=-x,-y,-colour"]);
    let told = String::from_utf8(nothing.stdout).unwrap();
    assert!(told.contains("No field is a feature"), "{told}");
}

#[test]
fn what_is_not_looked_at_and_what_scores_alike_is_told() {
    let path = scratch("wide.csv");
    let names: Vec<String> = (0..600).map(|column| format!("c{column}")).collect();
    let row = |row: u64| (0..600).map(|column| (row * 7 + row * row * column % 11).to_string()).collect::<Vec<_>>();
    let rows: String = (0..60).map(|number| row(number).join(",") + "\n").collect();
    std::fs::write(&path, format!("{}\n{rows}", names.join(","))).unwrap();
    let told = |arguments: &[&str]| String::from_utf8(strayline(arguments).stdout).unwrap();
    let wide = told(&["analyze", path.to_str().unwrap()]);
    assert!(
        wide.contains("fields, beyond the 512 features that a detector takes. --features chooses others."),
        "{wide}"
    );
    let one = told(&["analyze", path.to_str().unwrap(), "--features", "c599"]);
    assert!(!one.contains("Not looked at"), "{one}");
    let rows: String = (0..400).map(|row| if row % 8 == 0 { "900.5,2\n" } else { "1.5,3\n" }).collect();
    std::fs::write(&path, format!("x,y\n{rows}")).unwrap();
    let alike = told(&["analyze", path.to_str().unwrap(), "--contamination", "0.1"]);
    assert!(alike.contains("50 rows have scores from the threshold on where 40 were asked for"), "{alike}");
}
