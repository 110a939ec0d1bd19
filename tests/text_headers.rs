//! Heads of real logs: the time and the message are found, and nothing is cut from messages that have no head.
//!
//! Reads the corrected `LogHub` samples (github.com/logpai/loghub-2.0, 2,000 lines each of eleven systems) from the folder that
//! `STRAYLINE_SHARED` names; without it these tests say that they are skipped.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests may panic and print")]

use std::collections::BTreeSet;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Instant;

use strayline::ingest::text::{LinePattern, recognise};
use strayline::record::time::TimeFormat;

const SYSTEMS: [&str; 11] =
    ["Android", "Apache", "BGL", "HDFS", "Hadoop", "HealthApp", "Mac", "OpenSSH", "Proxifier", "Spark", "Zookeeper"];

fn data() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var_os("STRAYLINE_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let data = shared.join("data");
    if data.is_dir() {
        return Some(data);
    }
    println!("skipped: no data in {}", data.display());
    None
}

/// The lines of a system and the messages in them.
fn system(data: &Path, name: &str) -> (Vec<Vec<u8>>, Vec<String>) {
    let folder = data.join("loghub").join(name);
    let raw = fs::read(folder.join(format!("{name}_2k.log"))).unwrap();
    let lines: Vec<Vec<u8>> = raw
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
        .filter(|line| !line.is_empty())
        .collect();
    let mut table = csv::Reader::from_path(folder.join(format!("{name}_2k.log_structured_corrected.csv"))).unwrap();
    let column = table.headers().unwrap().iter().position(|name| name == "Content").unwrap();
    let contents: Vec<String> = table.records().map(|record| record.unwrap()[column].to_owned()).collect();
    assert_eq!(lines.len(), contents.len(), "{name}");
    (lines, contents)
}

fn places(lines: &[Vec<u8>]) -> Vec<&[u8]> {
    lines.iter().map(Vec::as_slice).collect()
}

/// The named field of a line.
fn field<'a>(pattern: &LinePattern, line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let mut value = None;
    pattern.read(line, &mut |field, place| {
        if pattern.fields()[field] == name {
            value = Some(&line[place]);
        }
    });
    value
}

#[test]
fn times_and_messages_of_eleven_systems() {
    let Some(data) = data() else { return };
    for name in SYSTEMS {
        let (lines, contents) = system(&data, name);
        let (pattern, share) = recognise(&places(&lines)).unwrap();
        let time = TimeFormat { base_year: 2015, ..TimeFormat::default() };
        let (mut timed, mut equal) = (0, 0);
        for (line, content) in lines.iter().zip(&contents) {
            timed += usize::from(field(&pattern, line, "time").and_then(|text| time.parse(text)).is_some());
            let message = field(&pattern, line, "message").unwrap_or_default().trim_ascii();
            equal += usize::from(message == content.trim().as_bytes());
        }
        let percent = |count: usize| count as f64 * 100.0 / lines.len() as f64;
        println!(
            "{name:10} {:24} fits {:5.1} %  time {:5.1} %  message {:5.1} %  {:?}",
            pattern.name,
            share * 100.0,
            percent(timed),
            percent(equal),
            pattern.fields()
        );
        if std::env::var_os("STRAYLINE_SHOW").is_some() {
            let wrong = lines.iter().zip(&contents).filter(|(line, content)| {
                field(&pattern, line, "message").unwrap_or_default().trim_ascii() != content.trim().as_bytes()
            });
            for (line, content) in wrong.take(5) {
                println!("    {}\n    = {content}", String::from_utf8_lossy(line));
            }
        }
        assert!(percent(timed) >= 95.0, "{name}");
        assert!(percent(equal) >= 95.0, "{name}");
    }
}

#[test]
fn nothing_is_cut_from_messages() {
    let Some(data) = data() else { return };
    for name in SYSTEMS {
        let (_, contents) = system(&data, name);
        let lines: Vec<&[u8]> = contents.iter().map(String::as_bytes).collect();
        let found = recognise(&lines).map(|(pattern, share)| (pattern.name.clone(), pattern.fields().to_vec(), share));
        assert_eq!(found, None, "{name}");
    }
}

/// A hundred lines from anywhere tell how to take the others apart.
#[test]
fn few_lines_are_enough() {
    let Some(data) = data() else { return };
    for name in SYSTEMS {
        let (lines, contents) = system(&data, name);
        for start in (0..lines.len() - 100).step_by(311) {
            let (pattern, _) = recognise(&places(&lines[start..start + 100])).unwrap();
            let equal = lines.iter().zip(&contents).filter(|(line, content)| {
                field(&pattern, line, "message").unwrap_or_default().trim_ascii() == content.trim().as_bytes()
            });
            let share = equal.count() as f64 / lines.len() as f64;
            assert!(share >= 0.95, "{name} from line {start}: {share}");
            let contents: Vec<&[u8]> = contents[start..start + 100].iter().map(String::as_bytes).collect();
            assert_eq!(recognise(&contents), None, "{name} from line {start}");
        }
    }
}

#[test]
fn access_logs_and_larger_files() {
    let Some(data) = data() else { return };
    for (path, fields, least) in [
        ("formats/apache_combined.log", &["time", "client_ip", "method", "path", "status", "bytes"][..], 0.99),
        ("sessions/HDFS_20000.log", &["time", "level", "message"], 1.0),
    ] {
        let raw = fs::read(data.join(path)).unwrap();
        let lines: Vec<Vec<u8>> =
            raw.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).filter(|line| !line.is_empty()).collect();
        let (pattern, share) = recognise(&places(&lines)).unwrap();
        println!("{path}: {} {share:.4} {:?}", pattern.name, pattern.fields());
        let names: BTreeSet<&str> = pattern.fields().iter().map(String::as_str).collect();
        assert!(fields.iter().all(|field| names.contains(field)), "{path}: {names:?}");
        let with_all =
            lines.iter().filter(|line| fields.iter().all(|name| field(&pattern, line, name).is_some())).count();
        assert!(with_all as f64 >= least * lines.len() as f64, "{path}: {with_all} of {}", lines.len());
    }
}

/// What is taken for a time is one to the reader of times, whatever stands around it.
#[test]
fn times_can_be_read() {
    for time in [
        "2026-02-06T10:30:17.25+01:00",
        "2026-02-06 10:30:17,250",
        "2026-02-06 10:30:17.123 CET",
        "2026-02-06 10:30:17.250 +0000 UTC",
        "2026/02/06 10:30:17",
        "2005-06-03-15.42.50.675872",
        "2017-05-16_13:53:08",
        "2024.01.01-10.00.00:123",
        "17/06/09 20:10:58",
        "1/2/24 10:00:00:123 CET",
        "1/1/2024 10:00:00 AM",
        "06.02.2026 10:30:17",
        "06/Feb/2026:10:30:17 +0100",
        "01/Jan/2024 10:00:00",
        "01-Jan-2024 10:00:00 UTC",
        "01 Jan 2024 10:00:00.123",
        "Sun Dec 04 04:47:44 2005",
        "Fri Sep 09 10:42:29.902022 2011",
        "Jan 2, 2024 10:00:00 AM CET",
        "Feb  6 10:30:17",
        "02-06 10:30:17.250",
        "07.26 13:30:49",
        "20171224-0:28:0:83",
        "081109 203518",
        "20260206T103017Z",
        "20260206 10:30:17",
        "1770370217.250",
        "1770370217250",
        "10:30:17.250",
    ] {
        let lines: Vec<String> = (0..3).map(|line| format!("{time} INFO worker started {line}")).collect();
        let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
        let (pattern, _) = recognise(&lines).unwrap();
        assert_eq!(field(&pattern, lines[0], "time"), Some(time.as_bytes()), "{time}");
        assert_eq!(field(&pattern, lines[0], "level"), Some(b"INFO".as_slice()), "{time}");
        let format = TimeFormat { base_year: 2026, ..TimeFormat::default() };
        assert!(format.parse(time.as_bytes()).is_some(), "{time}");
    }
}

/// Prints how many lines a second are read; the number depends on the machine, so nothing is asserted of it.
#[test]
fn speed() {
    let Some(data) = data() else { return };
    for name in SYSTEMS {
        let (lines, _) = system(&data, name);
        let (pattern, _) = recognise(&places(&lines)).unwrap();
        let rounds = if cfg!(debug_assertions) { 1 } else { 200 };
        let begin = Instant::now();
        let mut fields = 0;
        for _ in 0..rounds {
            for line in &lines {
                pattern.read(black_box(line), &mut |_, place| fields += place.len());
            }
        }
        let seconds = begin.elapsed().as_secs_f64();
        let begun = Instant::now();
        let mut begins = 0_usize;
        for _ in 0..rounds {
            begins += lines.iter().filter(|line| pattern.begins(black_box(line))).count();
        }
        let of_begins = begun.elapsed().as_secs_f64();
        let millions = (rounds * lines.len()) as f64 / 1e6;
        println!("{name:10} read {:5.1}  begins {:5.1} million lines/s", millions / seconds, millions / of_begins);
        black_box((fields, begins));
    }
}
