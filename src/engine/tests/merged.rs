//! Several files in one order of time.

use super::order::{Sort, SortBy};
use super::*;

/// Lines of a text log, some of them with times out of order, some without; `None` where a row has no time.
fn file(seed: u64, rows: u64, gaps: u64) -> (Vec<u8>, Vec<Option<u64>>) {
    let (mut text, mut times) = (String::from("time,level,message\n"), Vec::new());
    for row in 0..rows {
        let draw = hash_pair(seed, row);
        let second = row * 7 + draw % 13;
        let time = (draw >> 8) % 10 >= gaps && !(gaps > 0 && row < 5);
        times.push(time.then_some(second));
        let written =
            if time { format!("2026-02-06T10:{:02}:{:02}Z", second / 60, second % 60) } else { String::new() };
        let _ = writeln!(text, "{written},INFO,row {row} of {seed}");
    }
    (text.into_bytes(), times)
}

/// The order by the rule as it is told: rows without a time stay behind the row before them, or before the first that has
/// one; files without any come last; equal times stay in the order of the files.
fn expected(files: &[Vec<Option<u64>>]) -> Vec<u64> {
    let mut keyed = Vec::new();
    for times in files {
        let first = times.iter().flatten().next().copied().unwrap_or(u64::MAX);
        let mut last = first;
        for time in times {
            last = time.unwrap_or(last);
            keyed.push((last, keyed.len() as u64));
        }
    }
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, row)| row).collect()
}

#[test]
fn files_are_merged_by_time_however_they_are_cut() {
    let files = [file(1, 90, 3), file(2, 60, 0), file(3, 0, 0), file(4, 40, 10), file(5, 70, 8)];
    let (texts, times): (Vec<Vec<u8>>, Vec<Vec<Option<u64>>>) = files.into_iter().unzip();
    let texts: Vec<&[u8]> = texts.iter().map(Vec::as_slice).collect();
    let expected = expected(&times);
    for (workers, segment_bytes) in [(1, 1 << 20), (2, 700), (3, 150), (5, 60)] {
        let mut run = Run::new(&texts, Settings { segment_bytes, ..small() }, workers, 3).finish();
        for descending in [false, true] {
            let by_file = run.sorted(Sort { by: SortBy::File, descending }, Filter::All, 0, 300);
            let mut files = run.rows().into_iter().map(|row| (row.file, row.row)).collect::<Vec<_>>();
            files.sort_by_key(|(file, _)| if descending { !*file } else { *file });
            assert_eq!(by_file, files.into_iter().map(|(_, row)| row).collect::<Vec<_>>());
        }
        let merged = Sort { by: SortBy::Merged, descending: false };
        assert_eq!(run.sorted(merged, Filter::All, 0, 300), expected, "{workers} {segment_bytes}");
        assert_eq!(run.sorted(merged, Filter::All, 100, 20), expected[100..120]);
        let found: Vec<u64> = run.found(1, "file:file1 OR file:file4").into_iter().map(|row| row.row).collect();
        let shown: Vec<u64> = expected.iter().copied().filter(|row| found.contains(row)).collect();
        assert!(!shown.is_empty() && shown.len() < expected.len());
        assert_eq!(run.sorted(merged, Filter::Where(1), 0, 300), shown);
    }
}
