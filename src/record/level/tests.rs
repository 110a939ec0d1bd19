use super::*;

#[test]
fn words_are_levels() {
    for (text, expected) in [
        ("INFO", Level::Info),
        ("info", Level::Info),
        ("[Warning]", Level::Warn),
        (" ERR: ", Level::Error),
        ("<notice>", Level::Notice),
        ("debug3", Level::Debug),
        ("Fehler", Level::Error),
        ("Avertissement", Level::Warn),
        ("D4", Level::Debug),
        ("ERROR2", Level::Error),
        ("INFO+2", Level::Notice),
        ("INFO+1", Level::Info),
        ("DEBUG-4", Level::Trace),
        ("ERROR+4", Level::Fatal),
        ("WARN  main", Level::Warn),
        ("core:error", Level::Error),
        ("LogLevel.Warning", Level::Warn),
        ("SEVERITY_NUMBER_INFO", Level::Info),
        ("daemon.err", Level::Error),
        ("E", Level::Error),
        ("F", Level::Fatal),
        ("emerg", Level::Fatal),
        ("alert", Level::Critical),
        ("SEVERE", Level::Error),
        ("FINEST", Level::Trace),
        ("dpanic", Level::Fatal),
        ("LOG", Level::Info),
        ("FAILURE", Level::Error),
        ("informative", Level::Unknown),
        ("errors", Level::Unknown),
        ("E100", Level::Unknown),
        ("error_code", Level::Unknown),
        ("no error", Level::Unknown),
        ("RAS", Level::Unknown),
        ("30", Level::Unknown),
        ("", Level::Unknown),
        ("-", Level::Unknown),
        ("Ärger", Level::Unknown),
    ] {
        assert_eq!(LevelScale::Text.parse(text.as_bytes()), expected, "{text:?}");
    }
}

#[test]
fn numbers_depend_on_the_scale() {
    use Level::{Critical, Debug, Error, Fatal, Info, Notice, Trace, Unknown, Warn};
    for (scale, values) in [
        (
            LevelScale::Pino,
            &[("10", Trace), ("20", Debug), ("30", Info), ("35", Info), ("50", Error), ("60", Fatal)][..],
        ),
        (
            LevelScale::Python,
            &[("10", Debug), ("20", Info), ("30", Warn), ("40.0", Error), ("50", Critical), ("0", Unknown)],
        ),
        (
            LevelScale::Syslog,
            &[("0", Fatal), ("1", Critical), ("3", Error), ("5", Notice), ("7", Debug), ("8", Unknown)],
        ),
        (LevelScale::SyslogPriority, &[("134", Info), ("27", Error), ("192", Unknown)]),
        (LevelScale::OpenTelemetry, &[("0", Unknown), ("1", Trace), ("9", Info), ("17", Error), ("24", Fatal)]),
        (LevelScale::GoogleCloud, &[("0", Info), ("300", Notice), ("700", Critical), ("800", Fatal), ("404", Unknown)]),
        (LevelScale::Monolog, &[("100", Debug), ("250", Notice), ("400", Error), ("550", Critical), ("600", Fatal)]),
        (LevelScale::Log4j2, &[("100", Fatal), ("200", Error), ("400", Info), ("600", Trace)]),
        (LevelScale::Logback, &[("5000", Trace), ("20000", Info), ("40000", Error)]),
        (LevelScale::DotNet, &[("0", Trace), ("2", Info), ("4", Error), ("5", Critical), ("6", Unknown)]),
        (LevelScale::Azure, &[("0", Trace), ("1", Info), ("3", Error), ("4", Critical)]),
        (LevelScale::Nextcloud, &[("0", Debug), ("2", Warn), ("4", Fatal)]),
        (LevelScale::Klog, &[("0", Info), ("4", Debug), ("9", Trace)]),
    ] {
        for (text, expected) in values {
            assert_eq!(scale.parse(text.as_bytes()), *expected, "{scale:?} {text}");
        }
        assert_eq!(scale.parse(b"error"), Error, "{scale:?} reads words");
        for odd in ["99999999999999999999", "-1", "1.5", "0x1", "\u{0}"] {
            assert_eq!(scale.parse(odd.as_bytes()), Unknown, "{scale:?} {odd}");
        }
    }
}

#[track_caller]
fn check_scale(key: &str, siblings: &[&str], samples: &[&str], expected: LevelScale) {
    let (scale, share) = LevelScale::detect(key, siblings, samples);
    assert_eq!((scale, share), (expected, 1.0), "{key} {siblings:?} {samples:?}");
}

#[test]
fn siblings_tell_the_scale() {
    check_scale("level", &["msg", "pid", "hostname"], &["30", "40"], LevelScale::Pino);
    check_scale("level", &["time", "msg"], &["30", "60"], LevelScale::Pino);
    check_scale("level", &["levelname", "lineno"], &["30", "40"], LevelScale::Python);
    check_scale("levelno", &["message"], &["20"], LevelScale::Python);
    check_scale("level", &["short_message", "host"], &["6", "3"], LevelScale::Syslog);
    check_scale("PRIORITY", &["MESSAGE", "_PID"], &["6", "3"], LevelScale::Syslog);
    check_scale("pri", &[], &["134", "27", "6"], LevelScale::SyslogPriority);
    check_scale("severityNumber", &[], &["9", "17", "0"], LevelScale::OpenTelemetry);
    check_scale("severity_number", &[], &["5"], LevelScale::OpenTelemetry);
    check_scale("severity", &["insertId", "logName"], &["200", "800"], LevelScale::GoogleCloud);
    check_scale("level", &["level_name", "channel"], &["200", "400"], LevelScale::Monolog);
    check_scale("level", &["loggerFqcn", "instant"], &["200", "400"], LevelScale::Log4j2);
    check_scale("level_value", &["logger_name", "@version"], &["20000"], LevelScale::Logback);
    check_scale("LogLevel", &["Category", "EventId"], &["2", "4"], LevelScale::DotNet);
    check_scale("SeverityLevel", &["OperationId"], &["1", "3"], LevelScale::Azure);
    check_scale("level", &["reqId", "app", "time"], &["1", "3"], LevelScale::Nextcloud);
    check_scale("v", &["ts", "msg"], &["0", "4"], LevelScale::Klog);
    check_scale("level", &["message"], &["INFO", "error", "-"], LevelScale::Text);
}

#[test]
fn values_tell_the_scale_where_siblings_do_not() {
    check_scale("level", &[], &["6", "3"], LevelScale::Syslog);
    check_scale("level", &[], &["9", "17"], LevelScale::OpenTelemetry);
    check_scale("level", &[], &["20", "40"], LevelScale::Pino);
    check_scale("level", &[], &["100", "250"], LevelScale::Monolog);
    check_scale("level", &[], &["200", "700"], LevelScale::GoogleCloud);
    check_scale("level", &[], &["5000", "40000"], LevelScale::Logback);
    for (key, samples) in [
        ("status", &["200", "500", "400"][..]),
        ("http.status", &["200"]),
        ("level", &["12345678901", "x"]),
        ("level", &["north", "south"]),
        ("level", &["-", ""]),
        ("level", &[]),
    ] {
        assert_eq!(LevelScale::detect(key, &[], samples), (LevelScale::Text, 0.0), "{key} {samples:?}");
    }
    assert_eq!(LevelScale::detect("status", &[], &["ok", "error", "x", "warn"]), (LevelScale::Text, 0.75));
}

#[test]
fn messages_name_levels_apart_from_their_sentence() {
    for (message, expected) in [
        ("[error] cannot open file", Level::Error),
        ("[info] then [error] later", Level::Error),
        ("[core:warn] module", Level::Warn),
        ("error: no such file", Level::Error),
        ("2026-02-06 10:30:17 ERROR cannot open", Level::Error),
        ("WARN  low space", Level::Warn),
        ("(FATAL) out of memory", Level::Fatal),
        ("|INFO| started", Level::Info),
        ("panic: runtime error: index out of range", Level::Fatal),
        ("ts=1 level=warn msg=\"x\"", Level::Warn),
        ("{\"level\":\"error\",\"msg\":\"x\"}", Level::Error),
        ("request failed: timeout", Level::Error),
        ("java.lang.IllegalStateException: closed", Level::Error),
        ("ValueError: bad literal", Level::Error),
        ("boom\nTraceback (most recent call last):\n", Level::Error),
        ("no error", Level::Unknown),
        ("finished without an error in 5 ms", Level::Unknown),
        ("3 warnings, 0 errors", Level::Unknown),
        ("error: 0, failed: 0", Level::Unknown),
        ("err=<nil>", Level::Unknown),
        ("error: none", Level::Unknown),
        ("set the log level of the system to debug", Level::Unknown),
        ("the user sent us a long text that in the end shouts ERROR", Level::Unknown),
        ("GET /error/ERROR.html", Level::Unknown),
        ("OK", Level::Unknown),
        ("std::error::Error", Level::Unknown),
        ("errors: 12", Level::Unknown),
        ("terror: film", Level::Unknown),
        ("", Level::Unknown),
        ("ERROR", Level::Error),
        ("\u{fc}ERROR", Level::Unknown),
    ] {
        assert_eq!(Level::derive_from_message(message.as_bytes()), expected, "{message:?}");
    }
}

#[test]
fn statuses_and_bytes_are_levels() {
    for (status, expected) in [
        (0, Level::Unknown),
        (99, Level::Unknown),
        (100, Level::Info),
        (399, Level::Info),
        (404, Level::Warn),
        (500, Level::Error),
        (u16::MAX, Level::Error),
    ] {
        assert_eq!(Level::from_http_status(status), expected, "{status}");
    }
    for (position, level) in Level::ALL.into_iter().enumerate() {
        assert_eq!(Level::from_u8(position as u8), level);
        assert_eq!(level as usize, position);
    }
    assert_eq!(Level::from_u8(9), Level::Unknown);
}

#[test]
fn odd_bytes_do_no_harm() {
    for byte in 0..=255_u8 {
        for length in [1, 2, 15, 16, 17, 63, 64, 65, 1023, 1024, 1025, 100_000] {
            let text = vec![byte; length];
            let _ = LevelScale::Text.parse(&text);
            let _ = LevelScale::Pino.parse(&text);
            let _ = Level::derive_from_message(&text);
        }
        let _ = Level::derive_from_message(&[b"[error", &[byte][..], b"level=", &[byte], b"error:", &[byte]].concat());
    }
}
