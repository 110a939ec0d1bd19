//! Replays the corpus of the fuzz targets: as it is, cut off anywhere, with bytes changed, and cut into any ranges.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

#[path = "../fuzz/src/bodies.rs"]
#[allow(unreachable_pub, reason = "the bodies are public in the fuzz crate")]
mod bodies;

use std::fs;
use std::path::Path;

use strayline::common::hash::hash_pair;

/// Ways in which each file is changed.
const DRAWN: u64 = 12;

/// The files of a target's corpus, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files
}

/// Runs a body over a target's corpus. What is printed is shown when the body panics.
fn replay(target: &str, body: fn(&[u8])) {
    for (name, file) in corpus(target) {
        eprintln!("{name}");
        body(&file);
        for draw in 0..DRAWN {
            eprintln!("{name}, change {draw}");
            let place = hash_pair(draw, file.len() as u64) as usize % file.len().max(1);
            body(&file[..place]);
            let mut changed = file.clone();
            changed[place] = b"\"\\\n{}[]:, \0\xff"[draw as usize];
            body(&changed);
        }
    }
}

#[test]
fn json() {
    replay("json", bodies::json);
}

#[test]
fn csv() {
    replay("csv", bodies::csv);
}

#[test]
fn cut() {
    replay("cut", bodies::cut);
    for (name, file) in corpus("sniff") {
        for draw in 0..DRAWN {
            eprintln!("{name}, cut {draw}");
            let [length, ..] = hash_pair(draw, file.len() as u64).to_le_bytes();
            bodies::cut(&[&[0, length][..], &file].concat());
        }
    }
}

#[test]
fn sniff() {
    replay("sniff", bodies::sniff_file);
}

#[test]
fn time() {
    replay("time", bodies::time);
}

#[test]
fn duration() {
    replay("duration", bodies::duration);
}

#[test]
fn text() {
    replay("text", bodies::text);
}

#[test]
fn unpack() {
    replay("unpack", bodies::unpack);
}

#[test]
fn filter() {
    replay("filter", bodies::filter);
}
