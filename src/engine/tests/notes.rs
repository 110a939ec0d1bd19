//! What is told of a file as a whole.

use super::*;
use crate::record::mapping::Mapping;

const CUT_OFF: &str = "The file ends before its array is closed: it may be cut.";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn an_array_that_never_closes_is_told() {
    let array = String::from_utf8(json_array(50)).unwrap();
    let array = array.trim_end().strip_suffix(']').unwrap().trim_end();
    let envelope = |inside: &str| format!("{{\"took\": 3, \"events\": {inside}");
    let closed = |rest: &str| format!("{array}{rest}");
    let check = |text: &str, rows: u64, note: &str| {
        for (workers, segment_bytes) in [(1, 1 << 20), (3, 700)] {
            for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
                let settings = Settings { segment_bytes, ..small() };
                let run = Run::new(&[&bytes], settings, workers, 3).finish();
                let end = &text[text.len().saturating_sub(60)..];
                assert_eq!((run.conductor.catalog().rows(), run.note(0).as_str()), (rows, note), "{end}");
            }
        }
    };
    for ending in ["", "\n", ",", " ,\n  "] {
        check(&closed(ending), 50, CUT_OFF);
        check(&envelope(&closed(ending)), 50, CUT_OFF);
    }
    for ending in ["]", "\n] \n\n"] {
        check(&closed(ending), 50, "");
        check(&(envelope(&closed(ending)) + "}\n"), 50, "");
    }
    check(&array[..array.len() - 5], 50, CUT_OFF);
    // One after the other they stand in nothing that could be closed.
    check(array.trim_start_matches('['), 50, "");
}

#[test]
fn days_that_may_be_months_are_told_until_somebody_says() {
    let line = |day: u32| format!("{day:02}/05/2026 10:00:00 INFO request {day} was served\n");
    let lines = |days: std::ops::Range<u32>| -> String { days.map(line).collect() };
    let (unsure, sure) = (lines(1..13), lines(1..20));
    let notes = |day_first| {
        let mapping = Mapping { day_first, ..Mapping::default() };
        let run = Run::new(&[unsure.as_bytes(), sure.as_bytes()], Settings { mapping, ..small() }, 2, 1).finish();
        [run.note(0), run.note(1)]
    };
    let [first, second] = notes(None);
    assert!(
        first.starts_with("\"01/05/2026 10:00:00\" may be of two days: dates of this file are read as month/day."),
        "{first}"
    );
    assert_eq!(second, "");
    for said in [true, false] {
        assert_eq!(notes(Some(said)), ["", ""]);
    }
    // The first day that is no month is far behind the first rows.
    let months: String = (1..31).map(|day| line(day).repeat(60)).collect();
    assert_eq!(Run::new(&[months.as_bytes()], small(), 2, 1).finish().note(0), "");
}
