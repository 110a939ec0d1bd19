//! Rows that the row detector found one after another, over whole analyses.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::{Run, small};
use crate::common::hash::hash_pair;
use crate::engine::Settings;
use crate::finding::Kinds;
use crate::finding::group::KIND_ROW;

const HOSTS: u64 = 4;

/// What machines measure each minute; the memory of one leaks from minute 600 to 659.
fn metrics() -> String {
    let mut text = "timestamp,host,cpu,memory\n".to_owned();
    for row in 0..1000 * HOSTS {
        let (minute, host) = (row / HOSTS, row % HOSTS);
        let drawn = |column| (0..6).map(|n| hash_pair(row * 8 + n, column) % 1000).sum::<u64>() as f64 / 600.0;
        let leaked = if host == 2 && (600..660).contains(&minute) { 30.0 + (minute - 600) as f64 } else { 0.0 };
        let at = format!("2026-01-{:02}T{:02}:{:02}:00Z", 1 + minute / 1440, minute / 60 % 24, minute % 60);
        let _ = writeln!(text, "{at},h{host},{:.2},{:.2}", 20.0 + drawn(1), 50.0 + drawn(2) + leaked);
    }
    text
}

/// The entries that are several rows: their rows, and what is said of the first of them.
fn seen(settings: Settings, workers: usize, order: u64) -> Vec<(Vec<u64>, String)> {
    let mut run = Run::new(&[metrics().as_bytes()], settings, workers, order).finish();
    let groups = run.conductor.snapshot().groups;
    let entries = run.entries();
    let of = |entry: &crate::view::FindingView| {
        let number = entry.group.unwrap();
        let group = groups.iter().find(|group| group.number == number).unwrap();
        assert_eq!((group.kinds, &*entry.kind), (Kinds::ROW, KIND_ROW));
        let rows = run.members(number, 500);
        assert_eq!(rows.len() as u64, group.rows);
        (rows, entry.reason.clone())
    };
    entries.iter().map(of).collect()
}

#[test]
fn a_leak_is_one_finding() {
    let seen = seen(small(), 2, 1);
    let [(rows, reason)] = seen.as_slice() else { panic!("{seen:?}") };
    let leaked = |row: &&u64| **row % HOSTS == 2 && (2400..2640).contains(*row);
    assert!(rows.len() >= 55 && rows.iter().filter(leaked).count() == rows.len(), "{rows:?}");
    let said = format!("one of {} rows in the ", rows.len());
    assert!(
        reason.starts_with(&said) && reason.contains("unusual one after the other, this one so: memory 1"),
        "{reason}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn it_is_the_same_for_any_workers_and_cuts(workers in 1..5_usize, segment_bytes in 2000..40_000_u64, order in any::<u64>()) {
        prop_assert_eq!(seen(Settings { segment_bytes, ..small() }, workers, order), seen(small(), 1, 0));
    }
}
