use super::value::{clock, duration, level, time};
use crate::record::duration::DurationUnit;
use crate::record::{Level, format_time};

const LAST: i64 = 1_770_373_817_250_000_000; // 2026-02-06T10:30:17.25Z

#[track_caller]
fn check(text: &str, from: &str, to: &str) {
    let (start, end) = time(text, Some((0, LAST))).unwrap_or_else(|error| panic!("{error}"));
    let end = if end == i64::MAX { "the end".to_owned() } else { format_time(end) };
    assert_eq!((format_time(start).as_str(), end.as_str()), (from, to), "{text}");
}

#[test]
fn a_time_stands_for_as_much_as_it_says() {
    check("2026-02-06", "2026-02-06T00:00:00Z", "2026-02-06T23:59:59.999999999Z");
    check("2026-02-06T10:30", "2026-02-06T10:30:00Z", "2026-02-06T10:30:59.999999999Z");
    check("2026-02-06 10:30:17", "2026-02-06T10:30:17Z", "2026-02-06T10:30:17.999999999Z");
    check("2026-02-06T10:30:17.25Z", "2026-02-06T10:30:17.250Z", "2026-02-06T10:30:17.259999999Z");
    check("2026-02-06T10:30:17+01:00", "2026-02-06T09:30:17Z", "2026-02-06T09:30:17.999999999Z");
    check("10:29", "2026-02-06T10:29:00Z", "2026-02-06T10:29:59.999999999Z");
    check("10:29:05", "2026-02-06T10:29:05Z", "2026-02-06T10:29:05.999999999Z");
    check("-15m", "2026-02-06T10:15:17.250Z", "the end");
    check("-1h30m", "2026-02-06T09:00:17.250Z", "the end");
    check("-2d", "2026-02-04T10:30:17.250Z", "the end");
    for text in ["", "-", "-3", "-3y", "soon", "-99999999999999999999h", "é0:30"] {
        assert!(time(text, Some((0, LAST))).is_err(), "{text}");
    }
    assert!(time("-3h", None).is_err());
}

#[test]
fn a_clock_alone_is_of_every_day() {
    const HOUR: i64 = 3_600_000_000_000;
    assert_eq!(clock("10:30"), Some((10 * HOUR + HOUR / 2, 10 * HOUR + HOUR / 2 + HOUR / 60 - 1)));
    assert_eq!(clock("00:00:05").map(|(from, to)| to - from), Some(999_999_999));
    assert_eq!(["2026-02-06", "2026-02-06T10:30", "-3h", "soon"].map(clock), [None; 4]);
}

#[test]
fn durations_and_levels() {
    assert_eq!(duration("1.5s", DurationUnit::Nanoseconds), Some(1500.0));
    assert_eq!(duration("250", DurationUnit::Milliseconds), Some(250.0));
    assert_eq!(duration("250", DurationUnit::Seconds), Some(250_000.0));
    assert_eq!(duration("-1", DurationUnit::Milliseconds), None);
    assert_eq!(level("err"), Ok(Level::Error));
    assert_eq!(level("Unknown"), Ok(Level::Unknown));
    assert!(level("loud").is_err());
}
