use super::*;

/// Columns of a table: a name with its values.
type Columns<'a> = [(&'a str, &'a [&'a str])];

fn assign(columns: &Columns<'_>, given: &[(Role, Option<String>)]) -> Vec<RoleChoice> {
    let rows = columns.iter().map(|(_, values)| values.len()).max().unwrap_or(0);
    let fields: Vec<FieldSample<'_>> =
        columns.iter().map(|(name, values)| FieldSample { name, values, rows, shared: 0.0 }).collect();
    assign_roles(&fields, given)
}

/// `role=field` for each role, a split time as `time=date+field`.
fn describe(choices: &[RoleChoice]) -> String {
    let texts: Vec<String> = choices
        .iter()
        .map(|choice| {
            let date = choice.date_field.as_ref().map(|date| format!("{date}+")).unwrap_or_default();
            format!("{}={date}{}", choice.role.name(), choice.field)
        })
        .collect();
    texts.join(" ")
}

#[track_caller]
fn check(columns: &Columns<'_>, expected: &str) {
    assert_eq!(describe(&assign(columns, &[])), expected);
}

const ISO: &[&str] = &["2026-02-06T10:30:17Z", "2026-02-06T10:30:18Z"];
const WORDS: &[&str] = &["started", "took long"];
const LEVELS: &[&str] = &["INFO", "ERROR"];
const NUMBERS: &[&str] = &["12", "8"];
const IDS: &[&str] = &["4bf92f3577b34da6a3ce929d0e0e4736", "4bf92f3577b34da6a3ce929d0e0e4736"];

#[test]
fn known_loggers_get_their_roles() {
    let pino = ["30", "60"];
    // pino
    check(
        &[
            ("level", &pino),
            ("time", &["1770373817250", "1770373818250"]),
            ("pid", NUMBERS),
            ("hostname", &["a", "b"]),
            ("req.id", &["1", "1"]),
            ("responseTime", NUMBERS),
            ("msg", WORDS),
        ],
        "time=time level=level message=msg instance=hostname duration=responseTime correlation_id=req.id",
    );
    // bunyan
    check(
        &[
            ("name", &["shop", "shop"]),
            ("hostname", &["a", "a"]),
            ("pid", NUMBERS),
            ("level", &pino),
            ("msg", WORDS),
            ("time", ISO),
            ("v", &["0", "0"]),
            ("req_id", IDS),
        ],
        "time=time level=level message=msg service=name instance=hostname correlation_id=req_id",
    );
    // zap, for production and for developers
    check(
        &[("level", LEVELS), ("ts", &["1770373817.25", "1770373818.5"]), ("caller", WORDS), ("msg", WORDS)],
        "time=ts level=level message=msg",
    );
    check(&[("L", LEVELS), ("T", ISO), ("C", WORDS), ("M", WORDS), ("N", WORDS)], "time=T level=L message=M");
    // structlog, Python, loguru
    check(
        &[("event", WORDS), ("level", LEVELS), ("timestamp", ISO), ("logger", WORDS)],
        "time=timestamp level=level message=event",
    );
    check(
        &[("asctime", &["2026-02-06 10:30:17,250"]), ("levelname", LEVELS), ("name", WORDS), ("message", WORDS)],
        "time=asctime level=levelname message=message",
    );
    check(
        &[("text", WORDS), ("record.level.name", LEVELS), ("record.message", WORDS), ("record.time.repr", ISO)],
        "time=record.time.repr level=record.level.name message=record.message",
    );
    // Serilog
    check(
        &[("@t", ISO), ("@l", LEVELS), ("@mt", WORDS), ("@tr", IDS)],
        "time=@t level=@l message=@mt correlation_id=@tr",
    );
    check(
        &[
            ("Timestamp", ISO),
            ("Level", LEVELS),
            ("MessageTemplate", WORDS),
            ("RenderedMessage", WORDS),
            ("TraceId", IDS),
        ],
        "time=Timestamp level=Level message=RenderedMessage correlation_id=TraceId",
    );
    // log4j2
    check(
        &[
            ("instant.epochSecond", &["1770373817"]),
            ("instant.nanoOfSecond", &["250000000"]),
            ("level", &["INFO"]),
            ("message", &["x"]),
        ],
        "time=instant.epochSecond+instant.nanoOfSecond level=level message=message",
    );
    // Monolog
    check(
        &[
            ("message", WORDS),
            ("level", &["200", "400"]),
            ("level_name", LEVELS),
            ("channel", &["app", "app"]),
            ("datetime", ISO),
        ],
        "time=datetime level=level message=message service=channel",
    );
    // Rust's tracing
    check(
        &[("timestamp", ISO), ("level", LEVELS), ("fields.message", WORDS), ("target", WORDS)],
        "time=timestamp level=level message=fields.message",
    );
    // Elastic's schema
    check(
        &[
            ("@timestamp", ISO),
            ("log.level", LEVELS),
            ("message", WORDS),
            ("service.name", &["a", "b"]),
            ("trace.id", IDS),
            ("event.duration", &["1500000", "2500000"]),
            ("event.ingested", ISO),
            ("host.name", &["h", "h"]),
        ],
        "time=@timestamp level=log.level message=message service=service.name instance=host.name \
         duration=event.duration correlation_id=trace.id",
    );
    // OpenTelemetry
    check(
        &[
            ("timeUnixNano", &["1770373817250000000"]),
            ("observedTimeUnixNano", &["1770373817250000000"]),
            ("severityNumber", &["9"]),
            ("severityText", &["INFO"]),
            ("body.stringValue", &["started"]),
            ("traceId", &["abc"]),
            ("resource.attributes.service.name", &["shop"]),
        ],
        "time=timeUnixNano level=severityText message=body.stringValue service=resource.attributes.service.name \
         correlation_id=traceId",
    );
    // journald
    check(
        &[
            ("__REALTIME_TIMESTAMP", &["1770373817250000"]),
            ("PRIORITY", &["6"]),
            ("MESSAGE", &["started"]),
            ("_SYSTEMD_UNIT", &["ssh.service"]),
            ("SYSLOG_IDENTIFIER", &["sshd"]),
            ("_PID", &["5"]),
            ("_HOSTNAME", &["a"]),
        ],
        "time=__REALTIME_TIMESTAMP level=PRIORITY message=MESSAGE service=SYSLOG_IDENTIFIER instance=_HOSTNAME",
    );
    // MongoDB
    check(
        &[
            ("t.$date", ISO),
            ("s", &["I", "D1"]),
            ("c", WORDS),
            ("id", NUMBERS),
            ("ctx", WORDS),
            ("msg", WORDS),
            ("attr.durationMillis", NUMBERS),
        ],
        "time=t.$date level=s message=msg duration=attr.durationMillis",
    );
    // Azure, Google Cloud, Datadog, Splunk
    check(
        &[
            ("TimeGenerated [UTC]", ISO),
            ("SeverityLevel", &["1", "3"]),
            ("Message", WORDS),
            ("OperationId", IDS),
            ("DurationMs", NUMBERS),
            ("AppRoleName", &["a", "a"]),
            ("AppRoleInstance", &["i", "j"]),
        ],
        "time=TimeGenerated [UTC] level=SeverityLevel message=Message service=AppRoleName instance=AppRoleInstance \
         duration=DurationMs correlation_id=OperationId",
    );
    check(
        &[
            ("insertId", WORDS),
            ("timestamp", ISO),
            ("receiveTimestamp", ISO),
            ("severity", LEVELS),
            ("jsonPayload.message", WORDS),
            ("httpRequest.latency", &["3.5s", "0.1s"]),
            ("trace", &["projects/p/traces/4bf92f3577b34da6a3ce929d0e0e4736"]),
            ("resource.labels.service_name", &["a", "a"]),
        ],
        "time=timestamp level=severity message=jsonPayload.message service=resource.labels.service_name \
         duration=httpRequest.latency correlation_id=trace",
    );
    check(
        &[
            ("Date", ISO),
            ("Host", &["a", "a"]),
            ("Service", &["s", "s"]),
            ("Status", &["info", "error"]),
            ("Message", WORDS),
        ],
        "time=Date level=Status message=Message service=Service instance=Host",
    );
    check(
        &[("_time", ISO), ("_raw", WORDS), ("host", &["a", "a"]), ("source", &["s", "s"]), ("sourcetype", &["t", "t"])],
        "time=_time message=_raw service=source instance=host",
    );
    // nginx: the status is not a level.
    check(
        &[
            ("time_iso8601", ISO),
            ("request", &["GET / HTTP/1.1", "GET /a HTTP/1.1"]),
            ("status", &["200", "500"]),
            ("request_time", &["0.012", "0.5"]),
            ("request_id", IDS),
            ("remote_addr", &["10.0.0.1", "10.0.0.2"]),
        ],
        "time=time_iso8601 message=request duration=request_time correlation_id=request_id",
    );
}

#[test]
fn a_date_and_a_clock_are_joined() {
    check(
        &[("date", &["2026-02-06"]), ("time", &["10:30:17"]), ("time-taken", &["12"])],
        "time=date+time duration=time-taken",
    );
    check(&[("Date", &["81109", "81110"]), ("Time", &["203615", "3615"])], "time=Date+Time");
    check(&[("Date", &["17/06/09"]), ("Time", &["20:10:40"])], "time=Date+Time");
    check(&[("Date", &["03-17"]), ("Time", &["16:13:38.811"])], "time=Date+Time");
    // A whole time needs no date, seconds since the epoch neither.
    check(&[("Date", &["2005.06.03"]), ("Time", &["2005-06-03-15.42.50.675872"])], "time=Time");
    check(
        &[("Timestamp", &["1117838570"]), ("Date", &["2005.06.03"]), ("Time", &["2005-06-03-15.42.50.675872"])],
        "time=Timestamp",
    );
    // A date that is no date leaves the clock alone.
    check(&[("Date", &["1", "2"]), ("Time", &["10:30:17", "10:30:18"])], "time=Time");
    check(&[("clock", &["10:30:17"]), ("Date", ISO), ("Time", &["x", "y"])], "time=Date");
    let columns: &Columns<'_> = &[("d", &["2026-02-06"]), ("Date", &["2026-02-06"]), ("when", &["10:30:17"])];
    assert_eq!(describe(&assign(columns, &[(Role::Time, Some("when".to_owned()))])), "time=Date+when");
}

#[test]
fn values_must_parse() {
    check(&[("time", &["0.012", "0.5"]), ("level", &["north", "south"]), ("message", NUMBERS)], "");
    check(&[("time", WORDS), ("created", ISO)], "time=created");
    check(&[("level", &["3.5", "2.25"]), ("severity", LEVELS)], "level=severity");
    check(&[("type", &["RAS", "RAS"])], "");
    check(&[("type", &["error", "info"])], "level=type");
    check(&[("type", &["a", "b"])], "");
    check(&[("duration", &["fast", "slow"]), ("latency", &["1.5s", "-"])], "duration=latency");
    check(&[("f0", NUMBERS), ("f1", &["0.25", "0.5"]), ("label", &["0", "1"])], "");
    check(&[("timestamp", &[]), ("message", &[])], "");
    check(&[], "");
}

#[test]
fn names_and_coverage_decide() {
    check(&[("meta.time", ISO), ("ts", ISO)], "time=ts");
    check(&[("time", &["2026-02-06T10:30:17Z"]), ("ts", &[ISO[0]; 8])], "time=ts");
    check(&[("observedTimestamp", ISO), ("inner.timestamp", ISO)], "time=inner.timestamp");
    check(&[("observedTimestamp", ISO)], "time=observedTimestamp");
    check(&[("error.message", WORDS), ("data.msg", WORDS)], "message=data.msg");
    check(&[("host", &["a", "b"]), ("pod", &["a", "b"]), ("instance", &["a", "b"])], "instance=instance");
    check(&[("host", &["a", "b"]), ("pod", &["a", "b"])], "instance=pod");
    // Times that jump are of something else than the event.
    let (to, fro) = ("2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
    check(&[("timestamp", &[to, fro, to, fro, to, fro, to]), ("time", &[fro; 7])], "time=time");
}

#[test]
fn a_persons_choice_is_taken() {
    let columns: &Columns<'_> = &[
        ("time", ISO),
        ("seen", WORDS),
        ("level", LEVELS),
        ("message", WORDS),
        ("id", &["7", "7"]),
        ("service", &["a", "b"]),
    ];
    let given = [
        (Role::Time, Some("seen".to_owned())),
        (Role::Level, None),
        (Role::Correlation, Some("id".to_owned())),
        (Role::Correlation, None),
        (Role::Service, Some("elsewhere".to_owned())),
        (Role::Instance, Some("message".to_owned())),
    ];
    let choices = assign(columns, &given);
    assert_eq!(describe(&choices), "time=seen service=service instance=message correlation_id=id");
    assert_eq!((choices[0].alias.as_str(), choices[0].parsed), ("given", 0.0));
    assert_eq!(choices[0].reading, Reading::Time(TimeFormat::default()));
}

#[test]
fn choices_say_how_values_are_read() {
    use crate::record::duration::DurationUnit;
    let choices = assign(
        &[
            ("time", &["14/05/2026 10:30:17"]),
            ("level", &["30"]),
            ("pid", &["1"]),
            ("msg", &["x"]),
            ("waited_us", &["5"]),
        ],
        &[],
    );
    let readings: Vec<Reading> = choices.iter().map(|choice| choice.reading).collect();
    assert_eq!(
        readings,
        [
            Reading::Time(TimeFormat { day_first: true, ..TimeFormat::default() }),
            Reading::Level(LevelScale::Pino),
            Reading::Text,
        ]
    );
    let given = assign(&[("waited_us", &["5", "x"])], &[(Role::Duration, Some("waited_us".to_owned()))]);
    assert_eq!(
        given[0].reading,
        Reading::Duration(DurationFormat { unit: DurationUnit::Microseconds, guessed: false })
    );
    assert!((given[0].parsed - 0.5).abs() < 1e-12);
}

fn texts(count: usize, of: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(of).collect()
}

#[test]
fn session_keys_are_scored() {
    let check = |columns: &[(&str, Vec<String>)], expected: &str| {
        let values: Vec<Vec<&str>> =
            columns.iter().map(|(_, values)| values.iter().map(String::as_str).collect()).collect();
        let columns: Vec<(&str, &[&str])> =
            columns.iter().zip(&values).map(|((name, _), values)| (*name, values.as_slice())).collect();
        let found = describe(&assign(&columns, &[]));
        assert_eq!(found, expected);
    };
    let every = |size: usize| texts(200, move |row| format!("id{}", row / size));
    // Neither one group nor groups of one, once the sample can tell.
    check(&[("request_id", every(1)), ("trace_id", every(5))], "correlation_id=trace_id");
    check(&[("request_id", every(1000)), ("session_id", every(5))], "correlation_id=session_id");
    check(&[("request_id", every(1))], "");
    // A better tier at equal use; coverage.
    check(&[("trace_id", every(5)), ("request_id", every(5))], "correlation_id=request_id");
    let sparse = texts(60, |row| format!("id{}", row / 5));
    check(&[("request_id", sparse), ("trace_id", every(5))], "correlation_id=trace_id");
    // Four rows cannot tell.
    check(&[("correlation_id", texts(4, |row| format!("c{row}")))], "correlation_id=correlation_id");
    check(&[("correlation_id", texts(4, |_| "c".to_owned()))], "correlation_id=correlation_id");
    // Weak keys are offered only; unsuitable values not even that.
    let shared = texts(200, |row| format!("id{}", row * 7919 % 40));
    check(&[("thread_id", shared.clone())], "");
    // Nor are others that their rows don't speak for; a thread for each session is one, and so is a name that none knows.
    check(&[("ticket", shared)], "");
    check(&[("thread_id", every(5))], "correlation_id=thread_id");
    check(&[("ticket", every(5)), ("client_ip", every(5))], "correlation_id=ticket");
    check(&[("ticket", every(5)), ("session_id", every(5))], "correlation_id=session_id");
    check(&[("trace", texts(4, |row| format!("at line {row}")))], "");
    check(&[("trace", texts(4, |_| "true".to_owned()))], "");
    check(&[("trace_id", texts(4, |_| "00000000000000000000000000000000".to_owned()))], "");
    check(&[("uuid", every(5)), ("_id", every(5)), ("eventId", every(5)), ("seq", every(5))], "");
    let values = ["t1", "t1", "t2", "t2"];
    let fields = [
        FieldSample { name: "thread", values: &values, rows: 4, shared: 0.0 },
        FieldSample { name: "sid", values: &values, rows: 4, shared: 0.0 },
    ];
    let names: Vec<&str> = correlation::candidates(&fields).iter().map(|candidate| candidate.field).collect();
    assert_eq!(names, ["sid", "thread"]);
}

#[test]
fn values_tell_where_names_do_not() {
    let columns = |columns: &[(&str, Vec<String>)]| {
        let values: Vec<Vec<&str>> =
            columns.iter().map(|(_, values)| values.iter().map(String::as_str).collect()).collect();
        let columns: Vec<(&str, &[&str])> =
            columns.iter().zip(&values).map(|((name, _), values)| (*name, values.as_slice())).collect();
        describe(&assign(&columns, &[]))
    };
    let times = texts(200, |row| format!("2026-02-06 10:{:02}:{:02}", row / 60, row % 60));
    let levels = texts(200, |row| ["info", "info", "warn", "error"][row % 4].to_owned());
    let hosts = texts(200, |row| format!("{}-{}", ["ore", "mill"][row % 2], row % 6));
    let units = texts(200, |row| ["ore", "mill"][row % 2].to_owned());
    let found = columns(&[("when", times), ("sev", levels), ("node", hosts.clone()), ("unit", units)]);
    assert_eq!(found, "time=when level=sev service=unit instance=node");
    // Numbers are times if they are of these years and rise as times do.
    let numbers = |of: fn(u64) -> u64| columns(&[("k1", texts(200, |row| of(row as u64).to_string()))]);
    assert_eq!(numbers(|row| 1_770_373_817_250 + row * 731 + row * row % 97), "time=k1");
    assert_eq!(numbers(|row| 1_770_373_817 + row / 3 + row % 11 / 10 * 4), "time=k1");
    assert_eq!(numbers(|row| 1_770_373_817_250 + row), "", "a counter");
    assert_eq!(numbers(|row| 1_300_000_000 + row * row * 20_000), "", "bytes");
    assert_eq!(numbers(|row| 1_770_373_817_250 + row * 7919 % 200 * 1000), "", "any order");
    let modes = texts(200, |row| ["hot", "cold"][row / 7 % 2].to_owned());
    let found = columns(&[("took", texts(200, |row| row.to_string())), ("node", hosts), ("mode", modes)]);
    assert!(!found.contains("service"), "an instance has both: {found}");
    // Nobody says that it is one, but it is called as what it does, with a number.
    let bracketed = texts(200, |row| format!("{}-{}", ["ore", "mill"][row % 2], row % 6));
    let loggers = texts(200, |row| ["ore.Worker", "Milling.Mail"][row % 2].to_owned());
    let found = columns(&[("thread", bracketed.clone()), ("logger", loggers)]);
    assert_eq!(found, "service=logger instance=thread");
    // One is called otherwise than what it does.
    let odd_one = |row: usize, name: &str| if row % 6 == 5 { "wx-1".to_owned() } else { name.to_owned() };
    let bracketed = texts(200, |row| odd_one(row, &bracketed[row]));
    let loggers = texts(200, |row| if row % 6 == 5 { "weather" } else { ["ore", "mill"][row % 2] }.to_owned());
    assert_eq!(columns(&[("thread", bracketed), ("logger", loggers)]), "service=logger instance=thread");
    let threads = texts(200, |row| format!("worker-{}", row % 6));
    assert_eq!(columns(&[("thread", threads), ("logger", texts(200, |_| "shop.Cart".to_owned()))]), "");
}

#[test]
fn access_logs_show_their_requests() {
    let of = |name, values| FieldSample { name, values, rows: 2, shared: 0.0 };
    let fields = [
        of("verb", &["GET", "POST"]),
        of("url", &["/a", "/b?c"]),
        of("response", &["200", "404"]),
        of("status", &["200", "404"]),
        of("method", &["5", "6"]),
    ];
    assert_eq!(http::http_fields(&fields).status.as_deref(), Some("response"));
    assert_eq!(http::http_fields(&[of("status", &["ok", "failed"])]).status, None);
}

#[test]
fn odd_fields_do_no_harm() {
    let long = "9".repeat(1 << 16);
    let odd = ["\u{0}", "\u{feff}", "....", "((((", "@", "__", "µ", long.as_str(), "2026-02-06T10:30:17Z\u{0}"];
    for name in odd.into_iter().chain(["time", "level", "message", "duration", "trace_id", "host", "service"]) {
        let fields = [
            FieldSample { name, values: &odd, rows: 0, shared: 0.0 },
            FieldSample { name, values: &odd, rows: usize::MAX, shared: 0.0 },
        ];
        let _ = assign_roles(&fields, &[(Role::Duration, Some(name.to_owned()))]);
        let _ = correlation::candidates(&fields);
        let _ = http::http_fields(&fields);
    }
}

/// Real files beside the project; a machine without them skips this and says so.
#[test]
fn real_tables_get_their_roles() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    for (system, expected) in [
        ("Android", "time=Date+Time level=Level message=Content service=Component"),
        ("Apache", "time=Time level=Level message=Content"),
        ("BGL", "time=Timestamp level=Level message=Content service=Component instance=Node"),
        ("HDFS", "time=Date+Time level=Level message=Content service=Component"),
        ("Hadoop", "time=Date+Time level=Level message=Content service=Component"),
        ("HealthApp", "time=Time message=Content service=Component"),
        // Three columns: the day is lost.
        ("Mac", "time=Time message=Content service=Component"),
        ("OpenSSH", "time=Time message=Content service=Component"),
        ("Proxifier", "time=Time message=Content service=Program"),
        ("Spark", "time=Date+Time level=Level message=Content service=Component"),
        ("Zookeeper", "time=Date+Time level=Level message=Content service=Component instance=Node"),
    ] {
        check_file(&root.join(format!("loghub/{system}/{system}_2k.log_structured_corrected.csv")), expected);
    }
    let Ok(tables) = std::fs::read_dir(root.join("tabular")) else {
        eprintln!("skipped: no ../shared/data/tabular beside the project");
        return;
    };
    for table in tables.flatten() {
        check_file(&table.path(), "");
    }
}

#[track_caller]
fn check_file(path: &std::path::Path, expected: &str) {
    let Ok(mut reader) = csv::Reader::from_path(path) else {
        eprintln!("skipped: no {}", path.display());
        return;
    };
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let records: Vec<csv::StringRecord> = reader.records().take(300).map(Result::unwrap).collect();
    let column = |index: usize| -> Vec<&str> {
        records.iter().map(|record| record.get(index).unwrap_or_default()).filter(|text| !text.is_empty()).collect()
    };
    let values: Vec<Vec<&str>> = (0..names.len()).map(column).collect();
    let fields: Vec<FieldSample<'_>> = names
        .iter()
        .zip(&values)
        .map(|(name, values)| FieldSample { name, values, rows: records.len(), shared: 0.0 })
        .collect();
    assert_eq!(describe(&assign_roles(&fields, &[])), expected, "{}", path.display());
}
