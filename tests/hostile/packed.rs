//! Archives that lie, break off or grow.

#[path = "../../src/ingest/unpack/tests/archives.rs"]
#[allow(dead_code, reason = "shared with the unit tests of the unpacker, which need more of it")]
mod archives;

use archives::{ZipEntry, gzip, tar, tar_file, tar_header, zip, zstd};
use strayline::engine::Settings;
use strayline::ingest::IssueKind::TooLong;
use strayline::ingest::MAX_RECORD;
use strayline::ingest::source::Memory;
use strayline::view::Stage;
use strayline::view::report::FileReport;

use super::look::{check, look, settings};

fn log(rows: usize) -> Vec<u8> {
    let line = |n: usize| format!("{{\"message\":\"fine {n}\",\"took_ms\":{}}}\n", n % 9);
    (0..rows).map(line).collect::<String>().into_bytes()
}

/// Analyses a container beside a good file, and compares name, rows and a part of the note of each file in it.
#[track_caller]
fn holds(container: Vec<u8>, expected: &[(&str, u64, &str)]) {
    let looked = check(&[container, log(7)]);
    let (last, files) = looked.files.split_last().unwrap();
    assert_eq!((looked.stage, last.rows), (Stage::Done, 7));
    let seen = |file: &FileReport| (file.name.clone(), file.rows, file.note.clone().unwrap_or_default());
    let seen: Vec<_> = files.iter().map(seen).collect();
    assert_eq!(seen.len(), expected.len(), "{seen:?}");
    for (seen, (name, rows, note)) in seen.iter().zip(expected) {
        assert_eq!((seen.0.as_str(), seen.1), (*name, *rows), "{seen:?}");
        assert!(seen.2.contains(note) && seen.2.is_empty() == note.is_empty(), "{seen:?}");
    }
}

#[test]
fn gzip_that_breaks_off_or_goes_on() {
    let whole = gzip(&log(3_000));
    holds([&whole[..], b"\0\0\0\0"].concat(), &[("file0", 3_000, "")]);
    holds([&whole[..], b"trailing garbage, a lot of it"].concat(), &[("file0", 3_000, "left out")]);
    let mut wrong = whole.clone();
    let at = wrong.len() - 8;
    wrong[at] ^= 1;
    holds(wrong, &[("file0", 3_000, "checksum")]);
    for length in [3, 10, 20, 60] {
        holds(whole[..length].to_vec(), &[("file0", 0, "ends before")]);
    }
    let half = check(&[whole[..whole.len() / 2].to_vec()]);
    assert!(half.note().contains("ends before its content does"), "{}", half.note());
    assert!((1_000..2_900).contains(&half.file().rows), "{}", half.file().rows);
    let mut damaged = whole.clone();
    damaged[whole.len() / 2..][..64].fill(0xff);
    let damaged = check(&[damaged]);
    assert!(damaged.note().contains("damaged"), "{}", damaged.note());
}

/// Members of a megabyte of one byte, one after the other: what they hold is a thousand times what they are.
#[test]
fn a_gzip_bomb() {
    const MEMBERS: usize = 512;
    let bomb = |content: &[u8]| Memory(vec![gzip(content).repeat(MEMBERS)]);
    let looked = look(&bomb(&b"a".repeat(1 << 20)), 1, &settings(4 << 20), 2);
    assert_eq!((looked.stage, looked.file().rows, looked.issues()), (Stage::Done, 1, &[(TooLong, 1)][..]));
    assert!(looked.largest <= 2 * MAX_RECORD as u64, "{}", looked.largest);
    let lines = b"a=1 b=2 c=3\n".repeat(1 << 16);
    let settings = Settings { memory_budget: 4 << 20, ..settings(1 << 20) };
    let looked = look(&bomb(&lines), 1, &settings, 2);
    assert_eq!(looked.stage, Stage::Done);
    assert!(looked.note().contains("memory budget"), "{}", looked.note());
    assert!(looked.file().rows < (MEMBERS as u64) << 16);
    // A file of nothing is no log, however large.
    let looked = look(&bomb(&b"\0".repeat(1 << 20)), 1, &settings, 2);
    assert_eq!(looked.stage, Stage::Failed);
    assert!(looked.note().contains("binary"), "{}", looked.note());
    assert!(looked.read < 64 << 20);
}

#[test]
fn zips_that_lie() {
    let entry = |name: &str, method| ZipEntry::new(name, &log(50), method);
    let names = ["../../etc/passwd", "/abs/a.log", "C:\\x\\..\\b.log", "..", "a\n\u{202e}b", ""];
    let entries: Vec<_> = names.iter().map(|name| entry(name, 8)).collect();
    let looked = check(&[zip(&entries)]);
    assert_eq!(looked.files.len(), names.len());
    for file in &looked.files {
        assert_eq!(file.rows, 50);
        let label = file.name.strip_prefix("file0/").unwrap();
        assert!(!label.is_empty() && !label.starts_with('/') && !label.contains(['\\', '\n', '\u{202e}']), "{label:?}");
        assert!(label.split('/').all(|part| part != ".." && !part.ends_with(':')), "{label:?}");
    }
    // All entries are one place of the archive.
    let mut overlapping = zip(&vec![entry("a", 8); 40]);
    let places: Vec<usize> = memchr::memmem::find_iter(&overlapping, b"PK\x01\x02").collect();
    for at in places {
        overlapping[at + 42..at + 46].fill(0);
    }
    let expected = vec![("file0/a", 50, ""); 40];
    holds(overlapping.clone(), &expected);
    // Places beyond the end, and sizes beyond reason.
    let mut away = zip(&[entry("a", 8), entry("b", 0)]);
    let at = memchr::memmem::find(&away, b"PK\x01\x02").unwrap();
    away[at + 42..at + 46].fill(0xfe);
    holds(away, &[("file0/a", 0, "is not where the list"), ("file0/b", 50, "")]);
    let mut large = zip(&[entry("a", 8), entry("b", 0)]);
    let at = memchr::memmem::find(&large, b"PK\x01\x02").unwrap();
    large[at + 20..at + 28].fill(0xfe);
    let looked = check(&[large]);
    assert_eq!((looked.files[0].rows, looked.files[1].rows), (50, 50));
    assert!(looked.files[0].note.is_some(), "{:?}", looked.files[0]);
    let encrypted = ZipEntry { flags: 1, ..entry("secret", 8) };
    holds(
        zip(&[encrypted, entry("b", 8)]),
        &[("file0/secret", 0, "encrypted; unpack it with its password"), ("file0/b", 50, "")],
    );
    holds(zip(&[entry("a", 12)]), &[("file0/a", 0, "bzip2")]);
    let whole = zip(&[entry("a", 8), entry("b", 8)]);
    for length in [30, 200, whole.len() - 30] {
        check(&[whole[..length].to_vec(), log(5)]);
    }
}

#[test]
fn archives_in_archives() {
    let inner = zip(&[ZipEntry::new("deep.log", &log(50), 8)]);
    let mut outer = inner.clone();
    for _ in 0..4 {
        outer = zip(&[ZipEntry::new("in.zip", &outer, 8), ZipEntry::new("b.log", &log(20), 0)]);
    }
    let looked = check(&[outer]);
    let refused = looked.files.iter().filter(|file| file.note.as_deref().is_some_and(|note| note.contains("too deep")));
    assert_eq!(refused.count(), 1, "{:?}", looked.files);
    assert!(looked.files.iter().any(|file| file.rows == 20));
    let mut packed = log(50);
    for _ in 0..4 {
        packed = gzip(&zstd(&packed));
    }
    let looked = check(&[packed, log(5)]);
    assert!(looked.files[0].rows == 50 || looked.files[0].note.is_some(), "{:?}", looked.files);
}

#[test]
fn tars_that_lie() {
    let (a, b) = (log(50), log(20));
    let whole = tar(&[("a.log", &a), ("b.log", &b)]);
    holds(whole.clone(), &[("file0/a.log", 50, ""), ("file0/b.log", 20, "")]);
    let mut wrong = whole.clone();
    let second = 512 + a.len().next_multiple_of(512);
    wrong[second + 149] ^= 1;
    holds(wrong, &[("file0/a.log", 50, "damaged")]);
    holds(whole[..second + 700].to_vec(), &[("file0/a.log", 50, "ends inside"), ("file0/b.log", 6, "")]);
    // A size beyond the end of everything.
    let mut endless = tar_header(b"a.log", 0o77_777_777_777, b'0');
    endless.extend(&a);
    let looked = check(&[endless]);
    assert_eq!(looked.file().rows, 50);
    // Links and devices have no content.
    let link = tar_file(b"../../etc/passwd", b"", b'2');
    holds([link, whole].concat(), &[("file0/a.log", 50, ""), ("file0/b.log", 20, "")]);
}
