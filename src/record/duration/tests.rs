use super::*;

#[track_caller]
fn check(unit: DurationUnit, text: &str, expected: Option<f64>) {
    let found = DurationFormat { unit, guessed: false }.parse(text.as_bytes());
    let equal = match (found, expected) {
        (Some(found), Some(expected)) => (found - expected).abs() <= expected.abs() * 1e-12,
        (found, expected) => found == expected,
    };
    assert!(equal, "{text:?}: {found:?}, not {expected:?}");
}

#[test]
fn numbers_are_of_the_unit() {
    for (unit, text, expected) in [
        (DurationUnit::Milliseconds, "12.5", 12.5),
        (DurationUnit::Milliseconds, " 12 ", 12.0),
        (DurationUnit::Milliseconds, "1.2e3", 1200.0),
        (DurationUnit::Milliseconds, "1,234", 1234.0),
        (DurationUnit::Milliseconds, "0", 0.0),
        (DurationUnit::Seconds, "0.035", 35.0),
        (DurationUnit::Nanoseconds, "1500000", 1.5),
        (DurationUnit::Microseconds, "1500", 1.5),
        (DurationUnit::Minutes, "2", 120_000.0),
        (DurationUnit::Seconds, "0.004, 0.012", 16.0),
        (DurationUnit::Seconds, "0.004, - : 0.012", 16.0),
    ] {
        check(unit, text, Some(expected));
    }
}

#[test]
fn a_unit_in_the_text_wins() {
    for (text, expected) in [
        ("1.5s", 1500.0),
        ("250ms", 250.0),
        ("250 ms", 250.0),
        ("1m2.3s", 62_300.0),
        ("1h 2m 3s", 3_723_000.0),
        ("3.5µs", 0.0035),
        ("3.5μs", 0.0035),
        ("3.5us", 0.0035),
        ("120ns", 0.000_12),
        ("2 days", 172_800_000.0),
        ("1.5 Seconds", 1500.0),
        ("20 MS", 20.0),
        ("PT0.25S", 250.0),
        ("PT1M2.5S", 62_500.0),
        ("P1DT2H", 93_600_000.0),
        ("00:00:01.5", 1500.0),
        ("01:02:03", 3_723_000.0),
        ("1.00:00:00.0000000", 86_400_000.0),
        ("\"3.5s\"", 3500.0),
    ] {
        check(DurationUnit::Minutes, text, Some(expected));
    }
}

#[test]
fn a_number_is_told_in_another_unit() {
    let seconds = DurationFormat { unit: DurationUnit::Seconds, guessed: false };
    for (text, expected) in [
        ("0.12", Some("120")),
        ("1.005", Some("1005")),
        ("1,200", Some("1200000")),
        ("2e-6", Some("0.002")),
        ("0.004, 0.012", Some("16")),
        ("1.5s", None),
        ("00:00:01", None),
        ("-", None),
    ] {
        assert_eq!(seconds.in_unit(text.as_bytes(), DurationUnit::Milliseconds).as_deref(), expected, "{text}");
        assert_eq!(seconds.in_unit(text.as_bytes(), DurationUnit::Seconds), None);
    }
    for unit in DurationUnit::ALL {
        assert_eq!(
            DurationFormat { unit, guessed: true }.in_unit(b"7", DurationUnit::Minutes).is_some(),
            unit != DurationUnit::Minutes
        );
        assert!((unit.of_milliseconds(unit.to_milliseconds(7.0)) - 7.0).abs() < 1e-9);
    }
}

#[test]
fn other_texts_are_no_durations() {
    for text in [
        "",
        "-",
        "-1",
        "-0.5",
        "+5",
        "null",
        "NaN",
        "inf",
        "infinity",
        "1e999",
        "x",
        "s",
        "ms",
        "5 apples",
        "1.2.3",
        "10:30",
        "10:61:00",
        "10:30:99",
        "1:2:3:4",
        "PT",
        "P",
        "PT5",
        "P5M",
        "T5S",
        "1m2",
        "1,23",
        ",5",
        "5,",
        "0.1, x",
        ", ",
        "1e",
        ".",
        "2026-02-06",
        "192.168.1.1",
        "250 msms",
        "²s",
    ] {
        check(DurationUnit::Milliseconds, text, None);
    }
    let long = vec![b'9'; 1 << 20];
    assert_eq!(DurationFormat::default().parse(&long), None);
    for byte in 0..=255_u8 {
        for seed in [&b"1h2m3.5s"[..], b"P1DT2H3M4.5S", b"1.02:03:04.5", b"0.1, 0.2", b"1,234,567", b"3.5\xc2\xb5s"] {
            for at in 0..seed.len() {
                let mut text = seed.to_vec();
                text[at] = byte;
                let _ = DurationFormat::default().parse(&text);
                let _ = DurationFormat::default().parse(&text[at..]);
                let _ = DurationFormat::default().parse(&text[..at]);
            }
        }
    }
}

#[track_caller]
fn check_unit(key: &str, siblings: &[&str], samples: &[&str], unit: DurationUnit, reason: UnitReason) {
    let (format, share, why) = DurationFormat::detect(key, siblings, samples);
    assert_eq!((format.unit, why), (unit, reason), "{key} {siblings:?} {samples:?}");
    assert!(share > 0.99, "{key} {samples:?}: {share}");
}

#[test]
fn the_name_tells_the_unit() {
    for (key, unit) in [
        ("duration_ms", DurationUnit::Milliseconds),
        ("elapsedMs", DurationUnit::Milliseconds),
        ("durationMillis", DurationUnit::Milliseconds),
        ("ElapsedMilliseconds", DurationUnit::Milliseconds),
        ("elapsedmilliseconds", DurationUnit::Milliseconds),
        ("latency (µs)", DurationUnit::Microseconds),
        ("duration [s]", DurationUnit::Seconds),
        ("duration_s", DurationUnit::Seconds),
        ("latency_seconds", DurationUnit::Seconds),
        ("durationInNanos", DurationUnit::Nanoseconds),
        ("elapsed_us", DurationUnit::Microseconds),
        ("run_minutes", DurationUnit::Minutes),
    ] {
        check_unit(key, &[], &["0.5", "12", "-", "-1"], unit, UnitReason::Key);
    }
}

#[test]
fn values_tell_the_unit() {
    for values in [&["1.5s", "250ms"][..], &["PT0.25S"], &["00:00:00.1234567"]] {
        check_unit("duration", &[], values, DurationUnit::Milliseconds, UnitReason::Value);
    }
}

#[test]
fn known_loggers_tell_the_unit() {
    use DurationUnit::{Microseconds, Milliseconds, Nanoseconds, Seconds};
    for (key, siblings, values, unit) in [
        ("event.duration", &["@timestamp"][..], &["1500000"][..], Nanoseconds),
        ("Duration", &["StartUTC", "DownstreamStatus"], &["5000"], Nanoseconds),
        ("duration", &["ddsource", "status"], &["5000"], Nanoseconds),
        ("duration", &["ts", "status", "request.method", "msg"], &["0.0012"], Seconds),
        ("latency", &["ts", "msg", "caller", "level"], &["0.25"], Seconds),
        ("elapsed", &["time", "level", "message", "caller"], &["12.25"], Milliseconds),
        ("elapsed", &["time", "level", "msg"], &["12500000"], Nanoseconds),
        ("responseTime", &["pid", "hostname"], &["12"], Milliseconds),
        ("request_time", &["status"], &["0.012"], Seconds),
        ("query_time", &["rows_sent"], &["2.345678"], Seconds),
        ("upstream_response_time", &["status"], &["0.012"], Seconds),
        ("duration", &["response_flags", "start_time"], &["12"], Milliseconds),
        ("@duration", &["@requestId"], &["12.5"], Milliseconds),
        ("Elapsed", &["@t", "@mt"], &["12.5"], Milliseconds),
        ("took", &["hits"], &["12"], Milliseconds),
        ("time-taken", &["cs-method", "c-ip"], &["12"], Milliseconds),
        ("%D", &[], &["1200"], Microseconds),
        ("%T", &[], &["1"], Seconds),
        ("http.server.request.duration", &[], &["0.1"], Seconds),
        ("target_processing_time", &[], &["0.1", "-1"], Seconds),
    ] {
        check_unit(key, siblings, values, unit, UnitReason::KnownSource);
    }
}

#[test]
fn the_size_is_a_guess() {
    check_unit("duration", &[], &["0.25", "1.5"], DurationUnit::Seconds, UnitReason::Guess);
    check_unit("duration", &[], &["25", "1500"], DurationUnit::Milliseconds, UnitReason::Guess);
    check_unit("duration", &[], &["2500000", "150000000"], DurationUnit::Nanoseconds, UnitReason::Guess);
    check_unit("duration", &[], &["250.5", "1500.25"], DurationUnit::Milliseconds, UnitReason::Guess);
    let (_, share, _) = DurationFormat::detect("duration", &[], &["x", "-", "5", ""]);
    assert!((share - 0.5).abs() < 1e-12);
    assert!(DurationFormat::detect("duration", &[], &["-1", "-"]).1.abs() < 1e-12);
}
