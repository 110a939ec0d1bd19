//! Files that are made up as they are read: too large to be held.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use strayline::engine::Settings;
use strayline::ingest::{ByteSource, IssueKind, MAX_RECORD, ReadError};
use strayline::view::Stage;

use super::look::{look, settings};

/// A beginning, one byte over and over, and an end.
#[derive(Clone)]
struct Endless {
    head: Vec<u8>,
    fill: u8,
    filled: u64,
    tail: Vec<u8>,
}

impl ByteSource for Endless {
    fn size(&self, _: u32) -> Option<u64> {
        Some(self.head.len() as u64 + self.filled + self.tail.len() as u64)
    }

    fn read(&mut self, _: u32, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), ReadError> {
        let end = into.len() + length;
        let part = |bytes: &[u8], at: u64, into: &mut Vec<u8>| {
            let from = bytes.len().min(at as usize);
            into.extend_from_slice(&bytes[from..bytes.len().min(from + end - into.len())]);
        };
        part(&self.head, offset, into);
        let at = offset.max(self.head.len() as u64) - self.head.len() as u64;
        let filled = self.filled.saturating_sub(at).min((end - into.len()) as u64);
        into.resize(into.len() + filled as usize, self.fill);
        part(&self.tail, at.saturating_sub(self.filled), into);
        Ok(())
    }
}

const GIGABYTE: u64 = 1 << 30;

/// A gigabyte between other records: it costs reading it twice (the ranges in it are looked at before it is known that
/// none of them begins a record) and is one row.
#[track_caller]
fn check(head: &str, tail: &str, rows: u64, issues: &[(IssueKind, u64)]) {
    let file = Endless { head: head.into(), fill: b'x', filled: GIGABYTE, tail: tail.into() };
    let looked = look(&file, 1, &settings(64 << 20), 2);
    assert_eq!((looked.stage, looked.file().rows, looked.issues()), (Stage::Done, rows, issues), "{looked:?}");
    assert!(looked.largest < 5 * MAX_RECORD as u64 + (64 << 20), "{} bytes at hand", looked.largest);
    assert!(looked.read < 2 * GIGABYTE + (512 << 20), "{} bytes read", looked.read);
}

#[test]
fn a_line_of_a_gigabyte() {
    let json: String = (0..20).map(|n| format!("{{\"message\":\"fine {n}\"}}\n")).collect();
    check(&format!("{json}{{\"message\":\""), &format!("\"}}\n{json}"), 41, &[(IssueKind::TooLong, 1)]);
    let array = json.trim_end().replace('\n', ",\n");
    check(&format!("[{array},{{\"message\":\""), &format!("\"}},{array}]"), 41, &[(IssueKind::TooLong, 1)]);
    let log: String = (0..20).map(|n| format!("2026-02-06 10:00:{n:02} INFO fine {n}\n")).collect();
    check(&log, &format!("\n{log}"), 41, &[(IssueKind::TooLong, 1)]);
}

#[test]
fn a_table_whose_quote_opens_for_a_gigabyte() {
    let table: String = (0..20).map(|n| format!("{n},b,c\n")).collect();
    check(&format!("a,b,c\n{table}20,\""), &format!("\n{table}"), 41, &[(IssueKind::TooLong, 1)]);
}

/// A file that is there until it is not.
#[derive(Clone)]
struct Vanishing {
    files: Vec<Vec<u8>>,
    /// The file that goes.
    goes: u32,
    /// Bytes of it that can still be read, by all workers together.
    left: Arc<AtomicI64>,
}

impl ByteSource for Vanishing {
    fn size(&self, file: u32) -> Option<u64> {
        Some(self.files[file as usize].len() as u64)
    }

    fn read(&mut self, file: u32, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), ReadError> {
        let wanted = i64::try_from(length).unwrap();
        if file == self.goes && self.left.fetch_sub(wanted, Ordering::Relaxed) < wanted {
            return Err(ReadError { file, reason: "The stick was pulled out.".into() });
        }
        let bytes = &self.files[file as usize];
        let from = bytes.len().min(offset as usize);
        into.extend_from_slice(&bytes[from..bytes.len().min(from + length)]);
        Ok(())
    }
}

#[test]
fn a_file_that_vanishes() {
    let line = |n: usize| format!("{{\"message\":\"fine {n}\",\"took_ms\":{}}}\n", n % 9);
    let text: Vec<u8> = (0..100_000).map(line).collect::<String>().into_bytes();
    // When it is opened, when it is looked at, and in the middle of reading: of a small file all is looked at first.
    for (readable, some) in [(0, false), (600, false), (9 << 20, true)] {
        for workers in [1, 2] {
            let source =
                Vanishing { files: vec![text.clone(), text.clone()], goes: 1, left: Arc::new(readable.into()) };
            let looked = look(&source, 2, &settings(100_000), workers);
            assert_eq!((looked.stage, looked.files[0].rows), (Stage::Done, 100_000));
            assert_eq!(looked.files[0].note, None);
            // Of two workers, the one with the first range may be the later one to read.
            if workers == 1 {
                assert_eq!(looked.files[1].rows > 0, some, "{:?}", looked.files[1]);
            }
            assert_eq!(looked.files[1].note.as_deref(), Some("The stick was pulled out."));
            assert!(looked.files[1].done);
            assert!(looked.files[1].rows < 100_000);
        }
    }
}

#[test]
fn columns_larger_than_the_budget() {
    let line = b"{\"a\":1,\"b\":\"x\"}\n";
    let file = Endless { head: line.repeat(200_000), fill: b'\n', filled: 0, tail: Vec::new() };
    let settings = Settings { memory_budget: 1 << 20, ..settings(64 << 10) };
    let looked = look(&file, 1, &settings, 2);
    assert_eq!(looked.stage, Stage::Done);
    assert!(looked.note().contains("memory budget"), "{}", looked.note());
    assert!((1_000..200_000).contains(&looked.file().rows));
}
