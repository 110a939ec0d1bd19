//! The house rules that a compiler does not hold: stages use only stages above them, the core never names the browser, and
//! files stay small enough to hold one thing.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::fs;
use std::path::{Path, PathBuf};

/// The stages in data order: each may use those before it. See `src/lib.rs`.
const STAGES: [&str; 17] = [
    "common",
    "ingest",
    "record",
    "template",
    "baseline",
    "session",
    "context",
    "feature",
    "detect",
    "finding",
    "model",
    "filter",
    "view",
    "geometry",
    "explain",
    "engine",
    "synthetic",
];
/// What is around the core, and may use all of it.
const AROUND: [&str; 5] = ["native", "platform", "ui", "bin", "main.rs"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The lines of a file that are code: no comments, and nothing from its unit tests on.
fn code(path: &Path) -> Vec<(usize, String)> {
    if path.ends_with("tests.rs") {
        return Vec::new();
    }
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().enumerate().map(|(number, line)| (number + 1, line.to_owned()));
    lines
        .take_while(|(_, line)| line != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .collect()
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn a_stage_uses_only_stages_above_it() {
    let mut wrong = Vec::new();
    for (place, stage) in STAGES.iter().enumerate() {
        for file in sources(&src().join(stage)) {
            for (number, line) in code(&file) {
                for used in line.split("crate::").skip(1) {
                    let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                    if !STAGES[..=place].contains(&used.as_str()) {
                        wrong.push(format!("{}:{number} uses {used}", file.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_core_does_not_name_the_browser() {
    let banned = [
        "web_sys",
        "js_sys",
        "wasm_bindgen",
        "leptos",
        "gloo",
        "console_error",
        "std::fs",
        "std::net",
        "std::thread",
        "std::time",
        "getrandom",
    ];
    let mut wrong = Vec::new();
    for stage in STAGES {
        for file in sources(&src().join(stage)) {
            for (number, line) in code(&file) {
                wrong.extend(
                    banned
                        .iter()
                        .filter(|name| line.contains(*name))
                        .map(|name| format!("{}:{number} names {name}", file.display())),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_folder_has_its_place() {
    for entry in fs::read_dir(src()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = STAGES.contains(&name.as_str()) || AROUND.contains(&name.as_str()) || name == "lib.rs";
        assert!(known, "src/{name} is in no list of tests/house.rs: is it a stage, or around the core?");
    }
}

#[test]
fn files_hold_one_thing() {
    let long: Vec<_> =
        sources(&src()).into_iter().filter(|file| fs::read_to_string(file).unwrap().lines().count() > 700).collect();
    assert!(long.is_empty(), "more than 700 lines: {long:?}");
}
