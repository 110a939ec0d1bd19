//! What known loggers write, and what must be understood of it: one fixture per logger, after its own documentation.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use strayline::engine::parse::{Bench, Task, parse};
use strayline::ingest::sniff::sniff;
use strayline::ingest::source::{ByteSource, Memory};
use strayline::record::mapping::Mapping;
use strayline::record::{Column, Dataset, Level, Role, SegmentId, format_time};

/// The first row as it is understood: time, level, message, duration in milliseconds, service; empty where there is none.
fn understood(text: &str) -> [String; 5] {
    let mut source = Memory(vec![text.as_bytes().to_vec()]);
    let detection = sniff(&mut source, 0).unwrap();
    let dataset = Dataset::plan(std::slice::from_ref(&detection), &Mapping::default());
    let size = source.size(0).unwrap();
    let task = Task {
        id: SegmentId { file: 0, part: 0 },
        from: detection.data_start,
        to: size,
        start: Some(detection.data_start),
    };
    let segment = parse(task, &dataset, &mut source, &mut Bench::default()).unwrap().segment;
    let column = |role| dataset.role(role).map(|column| &segment.columns[column]);
    let time = match column(Role::Time) {
        Some(Column::Time(times)) if times.get(0) != Some(i64::MIN) => format_time(times.get(0).unwrap()),
        _ => String::new(),
    };
    let level = match column(Role::Level) {
        Some(Column::Level(levels)) => Level::from_u8(levels[0]).name().to_owned(),
        _ => String::new(),
    };
    let duration = match column(Role::Duration) {
        Some(Column::Number(numbers)) if !numbers.get(0).unwrap().is_nan() => numbers.get(0).unwrap().to_string(),
        _ => String::new(),
    };
    let service = match column(Role::Service) {
        Some(Column::Category(values)) => values.value(0).unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let mut reader = strayline::record::reader::RecordReader::new(&dataset, &dataset.files[0]);
    let (from, to) = segment.place(0);
    let mut rows = Vec::new();
    dataset.files[0]
        .layout
        .rows(text[from as usize..to as usize].trim().as_bytes(), &mut |row| rows.push(row.to_vec()));
    let (bytes, cells, _) = reader.read(&rows[0]);
    let mut buffer = Vec::new();
    let message = dataset.role(Role::Message).and_then(|column| cells.text(column, bytes, &mut buffer));
    let message = String::from_utf8_lossy(message.unwrap_or_default()).into_owned();
    [time, level, message, duration, service]
}

#[track_caller]
fn check(text: &str, expected: [&str; 5]) {
    assert_eq!(understood(text), expected, "{text}");
}

/// Repeats a line, so that there is something to sample.
fn lines(line: &str) -> String {
    format!("{line}\n{line}\n{line}\n")
}

#[test]
fn loggers_of_javascript() {
    check(
        &lines(
            r#"{"level":50,"time":1770370217250,"pid":7,"hostname":"h1","name":"api","req":{"id":"r-1"},"res":{"statusCode":500},"responseTime":12,"msg":"request errored"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "request errored", "12", "api"],
    );
    check(
        &lines(
            r#"{"name":"api","hostname":"h1","pid":7,"level":40,"msg":"slow","time":"2026-02-06T09:30:17.250Z","src":{"file":"a.js","line":3},"v":0}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "slow", "", "api"],
    );
    check(
        &lines(
            r#"{"level":"info","message":"started","service":"user-service","timestamp":"2026-02-06T09:30:17.250Z"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "INFO", "started", "", "user-service"],
    );
}

#[test]
fn loggers_of_go() {
    check(
        &lines(r#"{"level":"info","ts":1770370217.25,"logger":"db","caller":"db/a.go:7","msg":"done","elapsed":0.25}"#),
        ["2026-02-06T09:30:17.250Z", "INFO", "done", "250", ""],
    );
    check(
        &lines(r#"{"L":"INFO","T":"2026-02-06T09:30:17.250Z","N":"db","C":"db/a.go:7","M":"done"}"#),
        ["2026-02-06T09:30:17.250Z", "INFO", "done", "", ""],
    );
    check(
        &lines(r#"{"level":"error","error":"x","time":"2026-02-06T09:30:17Z","caller":"a.go:1","message":"failed"}"#),
        ["2026-02-06T09:30:17Z", "ERROR", "failed", "", ""],
    );
    check(
        &lines(r#"{"level":"warning","msg":"low","time":"2026-02-06T09:30:17Z","func":"main.f","file":"a.go:1"}"#),
        ["2026-02-06T09:30:17Z", "WARN", "low", "", ""],
    );
    check(
        &lines(
            r#"{"time":"2026-02-06T09:30:17.25Z","level":"INFO+2","source":{"function":"main.f","file":"a.go","line":1},"msg":"hello","duration":250000000}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "NOTICE", "hello", "250", ""],
    );
    check(
        &lines(r#"{"ts":1770370217250.123,"caller":"a.go:1","msg":"Synced","v":0}"#),
        ["2026-02-06T09:30:17.250123Z", "INFO", "Synced", "", ""],
    );
    check(
        &lines(
            r#"{"level":"info","ts":1770370217.25,"logger":"http.log.access","msg":"handled request","request":{"method":"GET","uri":"/"},"duration":0.004,"status":200,"size":12}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "INFO", "handled request", "4", ""],
    );
    check(
        &lines(
            r#"{"ClientHost":"10.0.0.1","DownstreamStatus":502,"Duration":250000000,"RequestMethod":"GET","RequestPath":"/a?x=1","ServiceName":"api@docker","StartUTC":"2026-02-06T09:30:17.25Z","level":"info","msg":"","time":"2026-02-06T09:30:18Z"}"#,
        ),
        ["2026-02-06T09:30:18Z", "INFO", "GET /a 502", "250", "api@docker"],
    );
}

#[test]
fn loggers_of_python() {
    check(
        &lines(
            r#"{"event":"user logged in","user":"x","level":"info","timestamp":"2026-02-06T09:30:17.25Z","logger":"auth"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "INFO", "user logged in", "", ""],
    );
    check(
        &lines(
            r#"{"asctime":"2026-02-06 09:30:17,250","levelname":"WARNING","name":"app.db","message":"slow query","lineno":7}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "slow query", "", ""],
    );
    check(
        &lines(r#"{"asctime":"2026-02-06 09:30:17,250","levelno":40,"name":"app.db","message":"failed","lineno":7}"#),
        ["2026-02-06T09:30:17.250Z", "ERROR", "failed", "", ""],
    );
    check(
        &lines(
            r#"{"text":"2026-02-06 | INFO | hi\n","record":{"elapsed":{"repr":"0:00:01","seconds":1.0},"level":{"icon":"x","name":"INFO","no":20},"message":"hi","name":"__main__","time":{"repr":"2026-02-06 09:30:17.250000+00:00","timestamp":1770370217.25}}}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "INFO", "hi", "1000", ""],
    );
    check(
        &lines(
            r#"{"body":"hello","severity_number":17,"severity_text":"ERROR","attributes":{},"timestamp":"2026-02-06T09:30:17.250000Z","trace_id":"0x4bf92f3577b34da6a3ce929d0e0e4736","span_id":"0x00f067aa0ba902b7"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "hello", "", ""],
    );
}

#[test]
fn loggers_of_dotnet() {
    check(
        &lines(r#"{"@t":"2026-02-06T09:30:17.25Z","@m":"Order 7 done","@i":"a1","OrderId":7}"#),
        ["2026-02-06T09:30:17.250Z", "INFO", "Order 7 done", "", ""],
    );
    check(
        &lines(
            r#"{"Timestamp":"2026-02-06T09:30:17.2500000+00:00","Level":"Warning","MessageTemplate":"Order {Id}","RenderedMessage":"Order 7","Properties":{"Id":7}}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "Order 7", "", ""],
    );
    check(
        &lines(
            r#"{"Timestamp":"2026-02-06T09:30:17Z","EventId":1,"LogLevel":"Information","Category":"App.Program","Message":"Hello","State":{"Message":"Hello"}}"#,
        ),
        ["2026-02-06T09:30:17Z", "INFO", "Hello", "", ""],
    );
    check(
        &lines(r#"{"time":"2026-02-06 09:30:17.2500","level":"ERROR","logger":"App","message":"bad","exception":"x"}"#),
        ["2026-02-06T09:30:17.250Z", "ERROR", "bad", "", ""],
    );
}

#[test]
fn loggers_of_java() {
    check(
        &lines(
            r#"{"instant":{"epochSecond":1770370217,"nanoOfSecond":250000000},"thread":"main","level":"INFO","loggerName":"a.B","message":"up","endOfBatch":false,"loggerFqcn":"x","threadId":1}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "INFO", "up", "", ""],
    );
    check(
        &lines(
            r#"{"timeMillis":1770370217250,"thread":"main","level":"ERROR","loggerName":"a.B","message":"bad","loggerFqcn":"x"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "bad", "", ""],
    );
    check(
        &lines(
            r#"{"@timestamp":"2026-02-06T09:30:17.250Z","ecs.version":"1.2.0","log.level":"WARN","message":"m","process.thread.name":"main","log.logger":"a.B","service.name":"shop","event.duration":250000000}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "m", "250", "shop"],
    );
    check(
        &lines(
            r#"{"@timestamp":"2026-02-06T09:30:17.250Z","ecs":{"version":"8.0"},"log":{"level":"error","logger":"a"},"message":"m","service":{"name":"shop"},"trace":{"id":"t1"},"event":{"duration":250000000}}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "250", "shop"],
    );
    check(
        &lines(
            r#"{"@timestamp":"2026-02-06T10:30:17.250+01:00","@version":"1","message":"m","logger_name":"a.B","thread_name":"main","level":"DEBUG","level_value":10000}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "DEBUG", "m", "", ""],
    );
    check(
        &lines(
            r#"{"timestamp":"2026-02-06T09:30:17.25Z","sequence":12,"loggerClassName":"x","loggerName":"a.B","level":"FATAL","message":"m","threadName":"main","threadId":1,"mdc":{},"ndc":"","hostName":"h","processName":"p","processId":1}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "FATAL", "m", "", ""],
    );
}

#[test]
fn loggers_of_other_languages() {
    check(
        &lines(
            r#"{"message":"m","context":{"user":1},"level":400,"level_name":"ERROR","channel":"app","datetime":"2026-02-06T09:30:17.250000+00:00","extra":{}}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "", "app"],
    );
    check(
        &lines(
            r#"{"message":"m","context":{},"level":300,"channel":"app","datetime":"2026-02-06T09:30:17.250000+00:00"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "m", "", "app"],
    );
    check(
        &lines(
            r#"{"timestamp":"2026-02-06T09:30:17.250000Z","level":"INFO","fields":{"message":"m","n":1},"target":"app::db","span":{"name":"s"},"spans":[],"threadId":"ThreadId(1)"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "INFO", "m", "", ""],
    );
    check(
        &lines(
            r#"{"reqId":"a","level":3,"time":"2026-02-06T09:30:17+00:00","remoteAddr":"","user":"--","app":"core","method":"GET","url":"/x","message":"m","userAgent":"--","version":"30"}"#,
        ),
        ["2026-02-06T09:30:17Z", "ERROR", "m", "", "core"],
    );
}

#[test]
fn clouds_and_platforms() {
    check(
        &lines(
            r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},"scopeLogs":[{"logRecords":[{"timeUnixNano":"1770370217250000000","severityNumber":17,"severityText":"Error","body":{"stringValue":"m"},"traceId":"5b8efff798038103d269b633813fc60c"}]}]}]}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "", "shop"],
    );
    check(
        &lines(
            r#"{"insertId":"a","logName":"projects/p/logs/l","resource":{"type":"k8s_container","labels":{"container_name":"shop"}},"severity":"ERROR","jsonPayload":{"message":"m"},"timestamp":"2026-02-06T09:30:17.250Z","httpRequest":{"latency":"0.250s","status":500}}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "250", "shop"],
    );
    check(
        &lines(
            r#"{"severity":"WARNING","message":"m","timestampSeconds":1770370217,"timestampNanos":250000000,"logging.googleapis.com/trace":"t"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "m", "", ""],
    );
    check(
        "@timestamp,@message,@logStream,@log\n2026-02-06 09:30:17.250,plain text,s1,1:group\n2026-02-06 09:30:18.250,other text,s1,1:group\n2026-02-06 09:30:19.250,other text,s2,1:group\n",
        ["2026-02-06T09:30:17.250Z", "UNKNOWN", "plain text", "", "1:group"],
    );
    check(
        r#"{"events":[{"logStreamName":"s","timestamp":1770370217250,"message":"[ERROR] m","ingestionTime":1770370218000,"eventId":"1"},{"logStreamName":"s","timestamp":1770370217251,"message":"n","ingestionTime":1770370218000,"eventId":"2"}],"searchedLogStreams":[]}"#,
        ["2026-02-06T09:30:17.250Z", "ERROR", "[ERROR] m", "", ""],
    );
    check(
        &lines(
            r#"{"timestamp":"2026-02-06T09:30:17.250Z","level":"ERROR","message":"m","requestId":"79b4f56e-95b1-4643-9700-2807f4e68189"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "", ""],
    );
    check(
        r#"{"Records":[{"eventVersion":"1.08","eventTime":"2026-02-06T09:30:17Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","errorCode":"AccessDenied","requestID":"r"},{"eventVersion":"1.08","eventTime":"2026-02-06T09:30:18Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","requestID":"q"}]}"#,
        ["2026-02-06T09:30:17Z", "ERROR", "GetObject", "", ""],
    );
    check(
        "TimeGenerated [UTC],SeverityLevel,Message,OperationId,DurationMs,AppRoleName\n2026-02-06T09:30:17.25Z,3,m,o1,250,shop\n2026-02-06T09:30:18.25Z,1,n,o1,20,shop\n2026-02-06T09:30:18.25Z,1,n,o2,20,web\n",
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "250", "shop"],
    );
    check(
        &lines(
            r#"{"timestamp":"2026-02-06T09:30:17.250Z","status":"warn","message":"m","service":"shop","host":"h","ddsource":"java","duration":250000000}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "m", "250", "shop"],
    );
    check(
        &lines(
            r#"{"version":"1.1","host":"h","short_message":"m","full_message":"m\nmore","timestamp":1770370217.25,"level":3,"_service":"shop"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "", "shop"],
    );
    check(
        &lines(
            r#"{"__REALTIME_TIMESTAMP":"1770370217250000","PRIORITY":"4","MESSAGE":"m","SYSLOG_IDENTIFIER":"sshd","_PID":"7","_HOSTNAME":"h"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "m", "", "sshd"],
    );
    // Messages with control characters are arrays of their bytes: ESC [31mno ESC [0m!
    let journal = |message: &str| {
        format!(
            r#"{{"__REALTIME_TIMESTAMP":"1770370217250000","PRIORITY":"4","MESSAGE":{message},"SYSLOG_IDENTIFIER":"sshd"}}"#
        )
    };
    check(
        &format!("{}\n{}", journal("[27,91,51,49,109,110,111,27,91,48,109,33]"), lines(&journal("\"m\""))),
        ["2026-02-06T09:30:17.250Z", "WARN", "no!", "", "sshd"],
    );
    check(
        &lines(
            r#"{"t":{"$date":"2026-02-06T09:30:17.250+00:00"},"s":"W","c":"COMMAND","id":51803,"ctx":"conn7","msg":"Slow query","attr":{"durationMillis":250}}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "Slow query", "250", ""],
    );
    check(
        &lines(
            r#"{"log":"{\"level\":\"error\",\"msg\":\"m\",\"elapsed_ms\":250}\n","stream":"stderr","time":"2026-02-06T09:30:17.250000000Z"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "250", ""],
    );
    check(
        &lines(
            r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","requestURI":"/api/v1/pods","verb":"get","user":{"username":"u"},"responseStatus":{"code":403},"requestReceivedTimestamp":"2026-02-06T09:30:17.250000Z","stageTimestamp":"2026-02-06T09:30:17.260000Z"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "get /api/v1/pods 403", "", ""],
    );
}

#[test]
fn servers_and_stores() {
    check(
        &lines(
            r#"{"time_iso8601":"2026-02-06T10:30:17+01:00","request":"GET / HTTP/1.1","status":"502","request_time":"0.250","request_id":"r"}"#,
        ),
        ["2026-02-06T09:30:17Z", "ERROR", "GET / HTTP/1.1", "250", ""],
    );
    check(
        &lines(
            r#"{"start_time":"2026-02-06T09:30:17.250Z","method":"GET","path":"/a","response_code":503,"duration":250,"x_request_id":"r","response_flags":"UF","upstream_cluster":"c"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "GET /a 503", "250", ""],
    );
    check(
        &lines(
            r#"{"EdgeStartTimestamp":1770370217250000000,"EdgeEndTimestamp":1770370217500000000,"RayID":"r","ClientIP":"1.2.3.4","ClientRequestMethod":"GET","ClientRequestURI":"/a","EdgeResponseStatus":404}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "WARN", "GET /a 404", "", ""],
    );
    check(
        &lines(
            r#"{"_time":"2026-02-06T09:30:17.25Z","_stream_id":"1","_stream":"{app=\"x\"}","_msg":"m","level":"info"}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "INFO", "m", "", ""],
    );
    check(
        &lines(
            r#"{"preview":false,"result":{"_time":"2026-02-06T09:30:17.250+00:00","_raw":"m","host":"h","source":"s","sourcetype":"t","log_level":"ERROR"}}"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "", "s"],
    );
    check(
        r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"shop","level":"error"},"values":[["1770370217250000000","m"],["1770370217260000000","n"]]}]}}"#,
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "", "shop"],
    );
    check(
        r#"{"took":3,"hits":{"total":{"value":2},"hits":[{"_index":"i","_id":"1","_source":{"@timestamp":"2026-02-06T09:30:17.250Z","message":"m","log.level":"error"}},{"_index":"i","_id":"2","_source":{"@timestamp":"2026-02-06T09:30:18.250Z","message":"n","log.level":"info"}}]}}"#,
        ["2026-02-06T09:30:17.250Z", "ERROR", "m", "", ""],
    );
}

#[test]
fn text_of_programs() {
    // base/logging.cc; on Windows with milliseconds, and without process and thread where they are switched off.
    check(
        &lines("[4711:4712:1121/055959.123456:ERROR:gpu_process_host.cc(954)] GPU process launch failed"),
        ["1970-11-21T05:59:59.123456Z", "ERROR", "GPU process launch failed", "", ""],
    );
    check(
        &lines("[1121/055959.123:WARNING:net/socket/ssl_client_socket_impl.cc:878] handshake failed; returned -1"),
        ["1970-11-21T05:59:59.123Z", "WARN", "handshake failed; returned -1", "", ""],
    );
    // cockroachlabs.com/docs/stable/log-formats
    check(
        &lines("I210116 21:49:17.083093 14 1@cli/start.go:690 ⋮ [-] 40  node startup completed:"),
        ["2021-01-16T21:49:17.083093Z", "INFO", "node startup completed:", "", ""],
    );
    check(
        &lines(
            "W210116 21:49:17.073282 14 server/node.go:464  [n1,client=127.0.0.1:52] 23  started with engine type 2",
        ),
        ["2021-01-16T21:49:17.073282Z", "WARN", "started with engine type 2", "", ""],
    );
    // learn.microsoft.com/dotnet/core/extensions/console-log-formatter
    check(
        "dbug: Microsoft.Hosting.Lifetime[14]\n      Now listening on: http://localhost:5000\nfail: App.Worker[0]\n      It broke\ncrit: App.Worker[0]\n      It is gone\n",
        ["", "DEBUG", "Now listening on: http://localhost:5000", "", ""],
    );
    check(
        "2026-02-06 09:30:17 trce: App.Worker[0] starting\n2026-02-06 09:30:17 fail: App.Worker[0] It broke\n2026-02-06 09:30:18 crit: App.Worker[0] It is gone\n",
        ["2026-02-06T09:30:17Z", "TRACE", "starting", "", ""],
    );
    // A report of PostgreSQL is one row: what its further lines say belongs to it.
    check(
        "2026-02-06 09:30:17.250 UTC [7] app@shop ERROR:  duplicate key\n2026-02-06 09:30:17.250 UTC [7] app@shop DETAIL:  Key (id)=(1) already exists.\n2026-02-06 09:30:18.250 UTC [7] app@shop LOG:  fine\n",
        [
            "2026-02-06T09:30:17.250Z",
            "ERROR",
            "duplicate key\n2026-02-06 09:30:17.250 UTC [7] app@shop DETAIL:  Key (id)=(1) already exists.",
            "",
            "",
        ],
    );
}

#[test]
fn text_with_objects_or_colours_in_it() {
    // kubectl logs --timestamps of a Python program: blanks between keys and values.
    let line = |second: u32| {
        format!(
            "2026-02-06T09:30:1{second}.250000123Z {{\"level\": \"error\", \"msg\": \"it broke\", \"elapsed_ms\": {second}.5, \"app\": \"api\"}}\n"
        )
    };
    check(&(0..9).map(line).collect::<String>(), ["2026-02-06T09:30:10.250000123Z", "ERROR", "it broke", "0.5", "api"]);
    // docs.rs/tracing-subscriber, fmt: what it writes to a terminal, and to a file if nobody tells it not to.
    let line = |second: u32| {
        format!(
            "\x1b[2m2026-02-06T09:30:1{second}.250000Z\x1b[0m \x1b[31mERROR\x1b[0m \x1b[2mapi::db\x1b[0m\x1b[2m:\x1b[0m query took 70ms \x1b[3mrows\x1b[0m\x1b[2m=\x1b[0m{second}\n"
        )
    };
    let text: String = (0..9).map(line).collect();
    check(&text, ["2026-02-06T09:30:10.250Z", "ERROR", "query took 70ms rows=0", "", ""]);
    // The same as a container's runtime keeps it.
    let wrapped: Vec<String> = text
        .lines()
        .map(|line| {
            serde_json::json!({ "log": format!("{line}\n"), "stream": "stdout", "time": "2026-02-06T09:30:20Z" })
                .to_string()
        })
        .collect();
    let wrapped = wrapped.join("\n");
    check(&wrapped, ["2026-02-06T09:30:10.250Z", "ERROR", "query took 70ms rows=0", "", ""]);
}

#[test]
fn audits_and_tables_of_servers() {
    // github.com/linux-audit/audit-documentation
    check(
        &lines(
            r#"type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=2 success=no exit=-13 comm="cat" exe="/bin/cat""#,
        ),
        [
            "2013-03-28T14:36:03.243Z",
            "UNKNOWN",
            r#"arch=c000003e syscall=2 success=no exit=-13 comm="cat" exe="/bin/cat""#,
            "",
            "",
        ],
    );
    // postgresql.org/docs/current/runtime-config-logging.html, log_destination = csvlog
    check(
        &lines(
            r#"2026-02-06 09:30:17.250 UTC,"app","shop",4711,"10.0.0.1:5432",65e6f200.7d0,3,"SELECT",2026-02-06 09:00:00 UTC,3/7,0,ERROR,42P01,"relation ""x, y"" does not exist",,,,,,"select 1",15,,"psql","client backend",,0"#,
        ),
        ["2026-02-06T09:30:17.250Z", "ERROR", "relation \"x, y\" does not exist", "", "psql"],
    );
}
