use super::*;

/// `expected` in RFC 3339, or empty for "no time".
#[track_caller]
fn check_with(format: TimeFormat, text: &str, expected: &str) {
    let found = format.parse(text.as_bytes()).map(format_time).unwrap_or_default();
    assert_eq!(found, expected, "{text:?}");
}

#[track_caller]
fn check(text: &str, expected: &str) {
    check_with(TimeFormat { base_year: 2026, ..TimeFormat::default() }, text, expected);
}

#[test]
fn iso_forms() {
    for (text, expected) in [
        ("2026-02-06T10:30:17Z", "2026-02-06T10:30:17Z"),
        ("2026-02-06 10:30:17", "2026-02-06T10:30:17Z"),
        ("2026-02-06T10:30:17.5Z", "2026-02-06T10:30:17.500Z"),
        ("2026-02-06T10:30:17,978", "2026-02-06T10:30:17.978Z"),
        ("2026-02-06T10:30:17.123456+01:00", "2026-02-06T09:30:17.123456Z"),
        ("2026-02-06T10:30:17.123456789-0530", "2026-02-06T16:00:17.123456789Z"),
        ("2026-02-06T10:30:17.1234567891234Z", "2026-02-06T10:30:17.123456789Z"),
        ("2026-02-06t10:30:17z", "2026-02-06T10:30:17Z"),
        (" 2026-02-06T10:30:17Z\r\n", "2026-02-06T10:30:17Z"),
        ("[2026-02-06 10:30:17.250]", "2026-02-06T10:30:17.250Z"),
        ("\"2026-02-06T10:30:17Z\"", "2026-02-06T10:30:17Z"),
        ("2026-02-06 10:30:17 UTC", "2026-02-06T10:30:17Z"),
        ("2026-02-06 10:30:17 +0100", "2026-02-06T09:30:17Z"),
        ("2026-02-06 10:30:17.25 +0000 UTC m=+0.000000001", "2026-02-06T10:30:17.250Z"),
        ("2026-02-06 10:30:17 +0100 CET", "2026-02-06T09:30:17Z"),
        ("2026-02-06T10:30:17+01:00[Europe/Berlin]", "2026-02-06T09:30:17Z"),
        ("2026-02-06T10:30:17+02", "2026-02-06T08:30:17Z"),
        ("2026-02-06T10:30Z", "2026-02-06T10:30:00Z"),
        ("2026-02-06", "2026-02-06T00:00:00Z"),
        ("2026-2-6 1:02:03", "2026-02-06T01:02:03Z"),
        ("2024-02-29T23:59:60Z", "2024-03-01T00:00:00Z"),
        ("1990-01-01T00:00:00Z", "1990-01-01T00:00:00Z"),
        ("2100-12-31T23:59:59.999999999Z", "2100-12-31T23:59:59.999999999Z"),
    ] {
        check(text, expected);
    }
}

#[test]
fn numbers_are_told_by_their_size() {
    for (text, expected) in [
        ("1770373817", "2026-02-06T10:30:17Z"),
        ("1770373817.25", "2026-02-06T10:30:17.250Z"),
        ("1770373817.123456789", "2026-02-06T10:30:17.123456789Z"),
        ("1.77037381725E9", "2026-02-06T10:30:17.250Z"),
        ("1.77037381725e+12", "2026-02-06T10:30:17.250Z"),
        ("1770373817250", "2026-02-06T10:30:17.250Z"),
        ("1770373817250.5", "2026-02-06T10:30:17.250500Z"),
        ("1770373817250123", "2026-02-06T10:30:17.250123Z"),
        ("1770373817250123456", "2026-02-06T10:30:17.250123456Z"),
        ("20260206", "2026-02-06T00:00:00Z"),
        ("20260206103017", "2026-02-06T10:30:17Z"),
        ("20260206103017.25", "2026-02-06T10:30:17.250Z"),
        ("20260206103017250", "2026-02-06T10:30:17.250Z"),
        ("0", ""),
        ("-1", ""),
        ("12", ""),
        ("8.25", ""),
        ("123456", ""),
        ("99999999999999999999", ""),
        ("1e99", ""),
        ("1770373817.", "2026-02-06T10:30:17Z"),
        (".5", ""),
    ] {
        check(text, expected);
    }
}

#[test]
fn text_forms() {
    for (text, expected) in [
        // Common log format
        ("06/Feb/2026:10:30:17 +0100", "2026-02-06T09:30:17Z"),
        ("[06/Feb/2026:10:30:17 +0000]", "2026-02-06T10:30:17Z"),
        // RFC 3164
        ("Feb  6 10:30:17", "2026-02-06T10:30:17Z"),
        ("Feb 06 10:30:17.250", "2026-02-06T10:30:17.250Z"),
        ("Feb 29 10:30:17", "2026-03-01T10:30:17Z"),
        // Apache errors, ctime, date
        ("Sun Dec 04 04:47:44 2005", "2005-12-04T04:47:44Z"),
        ("Fri Feb 06 10:30:17.123456 2026", "2026-02-06T10:30:17.123456Z"),
        ("Fri Feb  6 10:30:17 CET 2026", "2026-02-06T09:30:17Z"),
        // Go, nginx errors, loggers of Java and of C
        ("2026/02/06 10:30:17", "2026-02-06T10:30:17Z"),
        ("2026/02/06 10:30:17.250000", "2026-02-06T10:30:17.250Z"),
        ("2026.02.06 10:30:17", "2026-02-06T10:30:17Z"),
        ("26/02/06 10:30:17", "2026-02-06T10:30:17Z"),
        ("17/06/09 20:10:40", "2017-06-09T20:10:40Z"),
        ("2005-06-03-15.42.50.675872", "2005-06-03T15:42:50.675872Z"),
        ("20171223-22:15:29:606", "2017-12-23T22:15:29.606Z"),
        ("20171224-0:7:20:44", "2017-12-24T00:07:20.044Z"),
        ("2026-Feb-06 10:30:17", "2026-02-06T10:30:17Z"),
        ("2026 Feb 06 10:30:17.250", "2026-02-06T10:30:17.250Z"),
        // Compact
        ("20260206 10:30:17", "2026-02-06T10:30:17Z"),
        ("20260206T103017Z", "2026-02-06T10:30:17Z"),
        ("20260206T103017.25+0100", "2026-02-06T09:30:17.250Z"),
        ("260206 10:30:17", "2026-02-06T10:30:17Z"),
        ("260206  9:30:17", "2026-02-06T09:30:17Z"),
        ("081109 203615", "2008-11-09T20:36:15Z"),
        ("81109 203615", "2008-11-09T20:36:15Z"),
        ("81110 3615", "2008-11-10T00:36:15Z"),
        ("81111 37", "2008-11-11T00:00:37Z"),
        // Android, Proxifier
        ("02-06 10:30:17.250", "2026-02-06T10:30:17.250Z"),
        ("02.06 10:30:17", "2026-02-06T10:30:17Z"),
        ("02/06 10:30:17", "2026-02-06T10:30:17Z"),
        // Redis, Kibana, Oracle, Cisco, mail, cookies
        ("06 Feb 2026 10:30:17.250", "2026-02-06T10:30:17.250Z"),
        ("06 Feb 10:30:17.250", "2026-02-06T10:30:17.250Z"),
        ("06-Feb-2026 10:30:17.250", "2026-02-06T10:30:17.250Z"),
        ("Feb 6, 2026 10:30:17", "2026-02-06T10:30:17Z"),
        ("Feb 6, 2026 @ 10:30:17.250", "2026-02-06T10:30:17.250Z"),
        ("February 6, 2026 at 10:30:17 PM UTC", "2026-02-06T22:30:17Z"),
        ("Feb 6 2026 10:30:17", "2026-02-06T10:30:17Z"),
        ("Feb 6, 2026", "2026-02-06T00:00:00Z"),
        ("Fri, 06 Feb 2026 10:30:17 GMT", "2026-02-06T10:30:17Z"),
        ("Fri, 6 Feb 2026 10:30:17 +0100", "2026-02-06T09:30:17Z"),
        ("Friday, 06-Feb-26 10:30:17 EST", "2026-02-06T15:30:17Z"),
        // glog
        ("I0206 10:30:17.123456", "2026-02-06T10:30:17.123456Z"),
        ("E20260206 10:30:17.123456", "2026-02-06T10:30:17.123456Z"),
        // Day and month
        ("06.02.2026 10:30:17", "2026-02-06T10:30:17Z"),
        ("2/6/2026 1:30:17 PM", "2026-02-06T13:30:17Z"),
        ("02/06/2026 12:30:17 AM", "2026-02-06T00:30:17Z"),
        ("2/6/2026, 10:30:17\u{202f}AM", "2026-02-06T10:30:17Z"),
        ("12/31/26 10:30:17", "2026-12-31T10:30:17Z"),
        ("02-06-2026 10:30:17", "2026-02-06T10:30:17Z"),
        // A clock, and the halves of an instant
        ("10:30:17", "1970-01-01T10:30:17Z"),
        ("10:30:17,250", "1970-01-01T10:30:17.250Z"),
        ("1770373817 250000000", "2026-02-06T10:30:17.250Z"),
    ] {
        check(text, expected);
    }
}

#[test]
fn other_texts_are_no_times() {
    for text in [
        "",
        " ",
        "-",
        "T",
        "null",
        "hello",
        "10",
        "10:30",
        "2026",
        "2026-02",
        "2026-13-01",
        "2026-02-30",
        "2025-02-29",
        "2026-00-10",
        "2026-02-06T24:00:00Z",
        "2026-02-06T10:60:00Z",
        "2026-02-06T10:30:61Z",
        "2026-02-06T10:30:17.Z",
        "2026-02-06T10:30:17+25:00",
        "2026-02-06T10:30:17 and more",
        "2026-02-06X10:30:17",
        "1989-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
        "192.168.1.20",
        "1.2.3",
        "10.0.0.1 80",
        "Marvin 6 10:30:17",
        "Feb 6",
        "Feb 30 10:30:17",
        "31/31/2026 10:30:17",
        "30/Feb/2026:10:30:17 +0000",
        "v1.2.3",
        "INFO",
        "I",
        "W123",
        "10:30:17 to 11:00:00",
        "2026-02-06T10:30:17Z2026-02-06T10:30:17Z",
        "1234567 12:00:00",
        "99 Feb 2026 10:00:00",
        "deadbeef",
        "1770373817 ms",
    ] {
        check(text, "");
    }
}

#[test]
fn settings_fill_what_the_text_leaves_out() {
    let east = TimeFormat { offset_minutes: 120, ..TimeFormat::default() };
    check_with(east, "2026-02-06 10:30:17", "2026-02-06T08:30:17Z");
    check_with(east, "2026-02-06 10:30:17Z", "2026-02-06T10:30:17Z");
    check_with(east, "06/Feb/2026:10:30:17", "2026-02-06T08:30:17Z");
    check_with(TimeFormat::default(), "Feb  6 10:30:17", "1970-02-06T10:30:17Z");
    let day_first = TimeFormat { day_first: true, ..TimeFormat::default() };
    check_with(day_first, "05/04/2026 10:30:17", "2026-04-05T10:30:17Z");
    check_with(day_first, "05/14/2026 10:30:17", "");
    check_with(TimeFormat::default(), "05/04/2026 10:30:17", "2026-05-04T10:30:17Z");
    check_with(TimeFormat::default(), "14/05/2026 10:30:17", "");
    let extreme = TimeFormat { day_first: true, base_year: i32::MIN, year_end: 0, offset_minutes: i16::MIN };
    assert!(extreme.parse(b"Feb  6 10:30:17").is_some());
    let extreme = TimeFormat { day_first: true, base_year: i32::MAX, year_end: u16::MAX, offset_minutes: i16::MAX };
    assert!(extreme.parse(b"Feb  6 10:30:17").is_some());
}

#[test]
fn clocks_begin_anew_after_midnight() {
    let passes = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|&text| text.into()).collect();
        TimeFormat::default().passes_midnight(&texts)
    };
    assert!(passes(&["22:10:00.123", "23:59:59", "-", "00:00:01.5", "03:00:00"]));
    assert!(passes(&["23:59:59", "23:59:59", "00:00:01"]));
    assert!(passes(&["01:00:00", "00:00:03", "23:59:59", "23:10:00"]), "the newest first");
    assert!(!passes(&["22:00:00", "21:59:58", "21:59:57", "09:00:00", "08:59:00"]), "the newest first, sampled");
    assert!(!passes(&["10:00:00", "09:59:59", "23:00:00"]), "a late line");
    assert!(!passes(&["2026-02-06 23:59:59", "2026-02-05 00:00:01"]), "they have dates");
}

#[test]
fn the_column_tells_day_and_month_apart() {
    let (format, share) = TimeFormat::detect(&["05/04/2026 10:00:00", "14/04/2026 10:00:00", "-"]);
    assert_eq!((format.day_first, share), (true, 1.0));
    let (format, share) = TimeFormat::detect(&["04/05/2026 10:00:00", "04/14/2026 10:00:00", ""]);
    assert_eq!((format.day_first, share), (false, 1.0));
    let in_doubt = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        TimeFormat::detect(&texts.iter().map(String::as_str).collect::<Vec<_>>()).0.in_doubt(&texts).map(str::to_owned)
    };
    assert_eq!(in_doubt(&["04/04/2026", " 05/04/2026 10:00:00", "-"]).as_deref(), Some("05/04/2026 10:00:00"));
    assert_eq!(in_doubt(&["05/04/2026 10:00:00", "14/04/2026 10:00:00"]), None);
    assert_eq!(in_doubt(&["05/04/2026 10:00:00", "04/14/2026 10:00:00"]), None);
    assert_eq!(in_doubt(&["2026-05-04 10:00:00", "05.04.2026 10:00:00", "04/04/2026"]), None);
    let (_, share) = TimeFormat::detect(&["2026-02-06", "no", "no", "2026-02-07"]);
    assert!((share - 0.5).abs() < 1e-12);
    assert!(TimeFormat::detect(&[]).1.abs() < 1e-12);
}

#[test]
fn texts_tell_more_or_less() {
    let of = |text: &str| TimeFormat::default().completeness(text.as_bytes());
    assert_eq!(of("2026-02-06T10:30:17Z"), Some(Completeness::Full));
    assert_eq!(of("1770373817"), Some(Completeness::Full));
    assert_eq!(of("Feb  6 10:30:17"), Some(Completeness::NoYear));
    assert_eq!(of("2026-02-06"), Some(Completeness::DateOnly));
    assert_eq!(of("10:30:17.250"), Some(Completeness::ClockOnly));
    assert_eq!(of("x"), None);
}

#[test]
fn any_day_goes_there_and_back() {
    let mut days = days_from_civil(1600, 1, 1);
    for year in 1600..2400 {
        for month in 1..=12 {
            for day in 1..=days_in_month(year, month) {
                assert_eq!(days_from_civil(year, month, day), days, "{year}-{month}-{day}");
                assert_eq!(civil_from_days(days), (i64::from(year), i64::from(month), i64::from(day)));
                days += 1;
            }
        }
    }
    for year in 1989..=2101_u32 {
        for month in 0..=13 {
            for day in 0..=32 {
                let date = year.cast_signed();
                let expected = is_date(date, month, day).then(|| days_from_civil(date, month, day));
                assert_eq!(day_of_recent(year, month, day).map(i64::from), expected, "{year}-{month}-{day}");
            }
        }
    }
    assert_eq!(days_from_civil(1970, 1, 1), 0);
    assert_eq!(format_time(i64::MIN), "1677-09-21T00:12:43.145224192Z");
    assert_eq!(format_time(i64::MAX), "2262-04-11T23:47:16.854775807Z");
    assert_eq!(format_time(-1), "1969-12-31T23:59:59.999999999Z");
}

#[test]
fn odd_bytes_do_no_harm() {
    let format = TimeFormat::default();
    let mut recent = Recent::default();
    let digits = vec![b'9'; 1 << 20];
    assert_eq!(format.parse(&digits), None);
    for seed in [
        &b"2026-02-06T10:30:17.250+01:00"[..],
        b"Fri Feb 06 10:30:17.123456 2026",
        b"06/Feb/2026:10:30:17 +0100",
        b"1770373817250.5e1",
        b"1770373817 250000000",
        b"20171223-22:15:29:606",
        b"Feb 6, 2026 @ 10:30:17.250 PM (UTC)",
        b"2026-02-06 10:30:17.25 +0000 UTC m=+0.1",
    ] {
        for at in 0..seed.len() {
            for odd in [0, b' ', b'-', b':', b'.', b'9', b'Z', b'e', 0x80, 0xE2, 0xFF] {
                let mut text = seed.to_vec();
                text[at] = odd;
                let mut same = |text: &[u8]| assert_eq!(format.parse(text), format.parse_next(text, &mut recent));
                same(&text);
                same(&text[..at]);
                same(&text[at..]);
                text.insert(at, odd);
                same(&text);
                same(seed);
            }
        }
    }
}
