//! Field names: how they are compared, and which of them suggest a role.
//!
//! A name is normalised ([`Key`]), then looked up in the table of each role: whole first, then without its one or two
//! leading path segments (`kubernetes.labels.app` → `labels.app` → `app`). The tables hold names as the tools write them, the
//! preferred ones first. To teach the module a name, add it to its table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use super::role::Role;

/// Names longer than this, in bytes, suggest nothing.
const LONGEST: usize = 256;
/// Short names that CLEF writes with `@`, which must not become the ambiguous name without it.
const CLEF: [&str; 10] = ["@t", "@l", "@m", "@mt", "@x", "@i", "@r", "@tr", "@sp", "@ps"];

/// A field's name in the form in which names are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// The whole name: words in lower case, joined by `_`.
    pub name: String,
    /// What stood in brackets at its end, in lower case: a unit or a zone, or empty.
    pub hint: String,
    /// The name without its first path segment, without its first two; each with the segments left out.
    shorter: Vec<(String, String)>,
}

impl Key {
    /// `TimeGenerated [UTC]` → `time_generated`; `http.responseTime (ms)` → `http_response_time`, or `response_time`.
    pub fn new(raw: &str) -> Self {
        let raw = raw.trim().trim_start_matches('\u{feff}').trim_start();
        if raw.len() > LONGEST {
            return Self { name: String::new(), hint: String::new(), shorter: Vec::new() };
        }
        let (raw, hint) = split_hint(raw);
        let mut shorter = Vec::new();
        let mut rest = raw;
        while shorter.len() < 2
            && let Some((at, _)) = rest.char_indices().find(|(at, byte)| *at > 0 && matches!(byte, '.' | '/'))
        {
            rest = &rest[at + 1..];
            shorter.push((normalise(rest), normalise(&raw[..raw.len() - rest.len()])));
        }
        shorter.retain(|(name, _)| !name.is_empty());
        Self { name: normalise(raw), hint: hint.trim().to_lowercase(), shorter }
    }

    /// The last word of the name: `ms` of `elapsed_ms`.
    pub fn last_word(&self) -> &str {
        self.name.rsplit('_').next().unwrap_or_default()
    }
}

/// `name (unit)` → `name`, `unit`.
fn split_hint(raw: &str) -> (&str, &str) {
    for (open, close) in [('(', ')'), ('[', ']')] {
        if let Some(inner) = raw.strip_suffix(close)
            && let Some(at) = inner.rfind(open)
            && at > 0
        {
            return (raw[..at].trim_end(), &inner[at + 1..]);
        }
    }
    (raw, "")
}

fn normalise(raw: &str) -> String {
    let raw = raw.trim();
    if CLEF.contains(&raw) {
        return raw.to_owned();
    }
    let mut name = String::with_capacity(raw.len() + 4);
    let mut characters = raw.trim_start_matches(['@', '_']).chars().peekable();
    let mut before = '_';
    while let Some(character) = characters.next() {
        let next_is_small = characters.peek().is_some_and(|next| next.is_lowercase());
        let begins_word = character.is_uppercase()
            && (before.is_lowercase() || before.is_ascii_digit() || (before.is_uppercase() && next_is_small));
        if begins_word && !name.ends_with('_') {
            name.push('_');
        }
        if matches!(character, '_' | '.' | '-' | '/' | ':') || character.is_whitespace() {
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
        } else {
            name.extend(character.to_lowercase());
        }
        before = character;
    }
    name.truncate(name.trim_end_matches('_').len());
    name
}

/// The names that suggest one meaning.
pub struct Table {
    /// In order of preference.
    pub names: &'static [&'static str],
    /// Ambiguous names, each with sets of sibling names; one set must be there whole. No sets: no condition.
    pub conditional: &'static [(&'static str, &'static [&'static [&'static str]])],
    /// Names that count only when nothing else does.
    pub last: &'static [&'static str],
    /// Whether a name counts behind `request.` and its like too. What a request or a user brings along says nothing about
    /// the event's time, severity or origin.
    pub of_requests: bool,
}

/// Why a field's name suggests a meaning. Smaller is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Match {
    /// 0 the whole name, 1 or 2 path segments left out, 3 more for a name of last resort.
    pub rank: u8,
    /// Position in the table.
    pub order: u16,
    /// The name in the table.
    pub alias: &'static str,
}

/// A table by normalised name.
pub struct Lookup {
    by_name: BTreeMap<String, Entry>,
    of_requests: bool,
}

#[derive(Clone, Copy)]
struct Entry {
    order: u16,
    alias: &'static str,
    needs: &'static [&'static [&'static str]],
    last: bool,
    conditional: bool,
}

impl Lookup {
    /// Indexes a table; of names that are equal when normalised the first stays.
    pub fn new(table: &Table) -> Self {
        let mut by_name = BTreeMap::new();
        let plain = table.names.iter().map(|name| (*name, None, false));
        let conditional = table.conditional.iter().map(|(name, needs)| (*name, Some(*needs), false));
        let last = table.last.iter().map(|name| (*name, None, true));
        for (order, (alias, needs, last)) in plain.chain(conditional).chain(last).enumerate() {
            let (conditional, needs) = (needs.is_some(), needs.unwrap_or_default());
            let entry = Entry { order: order as u16, alias, needs, last, conditional };
            by_name.entry(normalise(alias)).or_insert(entry);
        }
        Self { by_name, of_requests: table.of_requests }
    }

    /// With each name also followed by one of some words.
    fn with(mut self, words: &[&str]) -> Self {
        let followed = |(name, entry): (&String, &Entry)| {
            words.iter().map(|word| (format!("{name}_{word}"), *entry)).collect::<Vec<_>>()
        };
        for (name, entry) in self.by_name.iter().flat_map(followed).collect::<Vec<_>>() {
            self.by_name.entry(name).or_insert(entry);
        }
        self
    }

    /// How well a key fits; `siblings` are the normalised names of all fields.
    pub fn find(&self, key: &Key, siblings: &BTreeSet<String>) -> Option<Match> {
        let found = |entry: &Entry, dropped: u8| Match {
            rank: dropped + if entry.last { 3 } else { 0 },
            order: entry.order,
            alias: entry.alias,
        };
        if let Some(entry) = self.by_name.get(&key.name) {
            let met =
                entry.needs.is_empty() || entry.needs.iter().any(|set| set.iter().all(|name| siblings.contains(*name)));
            return met.then(|| found(entry, 0));
        }
        let by_path = key.shorter.iter().zip(1_u8..).filter_map(|((name, left_out), dropped)| {
            let entry = self.by_name.get(name)?;
            let counts = self.of_requests || !left_out.split('_').any(|word| OF_REQUESTS.contains(&word));
            (!entry.conditional && counts).then(|| found(entry, dropped))
        });
        by_path.min()
    }
}

const OF_REQUESTS: [&str; 10] =
    ["request", "req", "response", "res", "header", "headers", "url", "client", "user", "actor"];

/// The aliases of a role. Those of [`Role::Correlation`] come in tiers: see `assign::correlation`.
pub fn lookup(role: Role) -> Option<&'static Lookup> {
    static TIME_NAMES: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(&TIME));
    static LEVEL_NAMES: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(&LEVEL));
    static MESSAGE_NAMES: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(&MESSAGE));
    static SERVICE_NAMES: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(&SERVICE));
    static INSTANCE_NAMES: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(&INSTANCE));
    static DURATION_NAMES: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(&DURATION).with(&UNITS));
    match role {
        Role::Time => Some(&TIME_NAMES),
        Role::Level => Some(&LEVEL_NAMES),
        Role::Message => Some(&MESSAGE_NAMES),
        Role::Service => Some(&SERVICE_NAMES),
        Role::Instance => Some(&INSTANCE_NAMES),
        Role::Duration => Some(&DURATION_NAMES),
        Role::Correlation => None,
    }
}

#[rustfmt::skip]
const TIME: Table = Table {
    names: &[
        "@timestamp", "timestamp", "time", "ts", "datetime", "date_time", "@t", "timeUnixNano", "eventTime", "event.created",
        "TimeGenerated", "TimeCreated", "time_local", "time_iso8601", "asctime", "log_time", "logtime", "logged_at",
        "created_at", "created", "published_date", "__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP", "syslog.timestamp",
        "timestamp_ns", "timestamp_ms", "timestampMs", "timestamp_us", "epoch", "epoch_ms", "unixtime", "unix_time",
        "instant", "timeMillis", "instant.epochSecond", "timestampSeconds", "timestampSecond", "t.$date", "t/$date",
        "StartUTC", "StartLocal", "start_time", "EdgeStartTimestamp", "EdgeEndTimestamp", "requestReceivedTimestamp",
        "stageTimestamp", "UtcTime", "time_utc", "Date", "date_utc", "record.time.timestamp", "record.time.repr", "startTimeUnixNano",
        "msec", "stamp",
    ],
    conditional: &[
        ("t", &[&["lvl", "msg"], &["l", "m"], &["l", "msg"], &["level", "msg"]]),
    ],
    last: &[
        "observedTimeUnixNano", "observedTimestamp", "ingestionTime", "@ingestionTime", "event.ingested", "receiveTimestamp",
        "received_at", "end_time",
    ],
    of_requests: false,
};

#[rustfmt::skip]
const LEVEL: Table = Table {
    names: &[
        "level", "severity", "log.level", "loglevel", "log_level", "lvl", "sev", "levelname", "level_name", "severity_text",
        "severityNumber", "SeverityLevel", "LogLevel", "@l", "PRIORITY", "priority", "pri", "syslog.severity",
        "severity_code", "error_severity", "level_value", "levelno", "logging.googleapis.com/severity", "messageType", "record.level.name",
    ],
    conditional: &[
        ("status", &[]), ("type", &[]), ("s", &[&["t", "c", "id", "ctx"], &["t_$date", "c", "id", "ctx"]]),
        ("l", &[&["t", "m"], &["t", "msg"]]), ("v", &[&["ts", "msg"]]),
    ],
    last: &[],
    of_requests: false,
};

#[rustfmt::skip]
const MESSAGE: Table = Table {
    names: &[
        "message", "msg", "@m", "body", "body.stringValue", "log", "@message", "short_message", "full_message", "textPayload",
        "jsonPayload.message", "jsonPayload.msg", "protoPayload.status.message", "RenderedMessage", "fields.message", "record.message", "event",
        "event.message", "event.log", "event.line", "eventMessage", "_raw", "line", "text", "content", "description",
        "log_message", "@mt", "MessageTemplate", "event.original", "log.original",
        "log.record.original", "msg_body",
    ],
    conditional: &[("m", &[&["t", "l"]])],
    last: &["error.message", "err.msg", "err.message", "exception.message", "error", "err", "request", "eventName"],
    of_requests: false,
};

/// What a duration may be followed by: see [`super::duration`].
const UNITS: [&str; 12] =
    ["ms", "s", "us", "ns", "sec", "secs", "seconds", "millis", "milliseconds", "micros", "microseconds", "nanos"];

#[rustfmt::skip]
const DURATION: Table = Table {
    names: &[
        "elapsed_time", "elapsed", "elapsed_ms", "elapsedMilliseconds", "elapsed_seconds", "elapsed_s", "elapsed_us",
        "elapsed_ns", "latency", "latency_ms", "latency_seconds", "latency_s", "latency_us", "latency_ns", "duration",
        "duration_ms", "durationMillis",
        "attr.durationMillis", "duration_s", "duration_sec", "duration_seconds", "duration_us", "duration_ns",
        "durationInNanos", "event.duration", "OriginDuration", "responseTime", "response_time_ms", "response_time_s",
        "request_time", "request_time_ms", "upstream_response_time", "request_duration", "request_duration_ms",
        "request_latency", "query_time", "time_taken", "time_taken_ms", "time_ms", "took", "took_ms", "took_seconds", "exec_time",
        "execution_time", "execution_time_ms", "processing_time", "processing_time_ms", "target_processing_time",
        "total_time", "run_time", "runtime", "runtime_ms", "httpRequest.latency",
        "logging.googleapis.com/http_request.latency", "@duration", "@billedDuration", "record.metrics.durationMs",
        "http.server.request.duration", "http.client.request.duration", "grpc.time_ms", "grpc.duration", "db_duration",
        "db_runtime", "view_runtime", "s_runtime", "Tt", "Ta", "%D", "%T", "ttfb", "cost", "cost_ms", "rt", "spent", "dur",
        "dur_ms",
    ],
    conditional: &[],
    // A number that is named by nothing but its unit.
    last: &["ms", "msec", "millis", "milliseconds", "micros", "microseconds", "nanoseconds"],
    of_requests: true,
};

#[rustfmt::skip]
const SERVICE: Table = Table {
    names: &[
        "service.name", "service", "dd.service", "syslog.appname", "app", "application", "app_name", "applicationName",
        "appname", "AppRoleName", "cloud_RoleName", "serviceContext.service", "resource.labels.service_name",
        "resource.labels.container_name", "resource.service.name", "spring.application.name", "APP-NAME",
        "SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT", "program", "programname", "ident", "tag", "facility", "component", "subsystem",
        "module", "app_kubernetes_io_name", "kubernetes.labels.app", "k8s.deployment.name", "kubernetes.container.name",
        "kubernetes.container_name", "k8s.container.name", "container", "container_name", "workload", "job", "k8s_job_name",
        "source", "sourcetype", "@log", "logGroup",
    ],
    conditional: &[("name", &[&["hostname", "pid"], &["v", "msg"]])],
    last: &["channel"],
    of_requests: false,
};

#[rustfmt::skip]
const INSTANCE: Table = Table {
    names: &[
        "instance", "instance_id", "instance_name", "service.instance.id",
        "pod", "pod_name", "k8s.pod.name", "kubernetes.pod_name", "kubernetes.pod.name", "container_id", "container.id",
        "@logStream", "logStreamName",
        "host", "hostname", "host.name", "syslog.hostname", "MachineName", "_HOSTNAME", "Computer", "node", "node_name",
        "k8s.node.name", "AppRoleInstance", "cloud_RoleInstance", "server", "server_name",
    ],
    conditional: &[],
    last: &[],
    of_requests: false,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_normalised() {
        for (raw, name, hint) in [
            ("@timestamp", "timestamp", ""),
            ("TimeGenerated [UTC]", "time_generated", "utc"),
            ("duration (ms)", "duration", "ms"),
            ("duration(µs)", "duration", "µs"),
            ("timeUnixNano", "time_unix_nano", ""),
            ("otelTraceID", "otel_trace_id", ""),
            ("traceID", "trace_id", ""),
            ("XRAY TraceId", "xray_trace_id", ""),
            ("HTTPStatusCode", "http_status_code", ""),
            ("X-Request-Id", "x_request_id", ""),
            ("__REALTIME_TIMESTAMP", "realtime_timestamp", ""),
            ("PRIORITY", "priority", ""),
            ("k8s.pod.name", "k8s_pod_name", ""),
            ("logging.googleapis.com/severity", "logging_googleapis_com_severity", ""),
            ("\u{feff}Date", "date", ""),
            (" a  b--c ", "a_b_c", ""),
            ("@t", "@t", ""),
            ("@ts", "ts", ""),
            ("%D", "%d", ""),
            ("(ms)", "(ms)", ""),
            ("", "", ""),
            ("___", "", ""),
            ("ÄrgerStufe", "ärger_stufe", ""),
            ("f0", "f0", ""),
        ] {
            let key = Key::new(raw);
            assert_eq!((key.name.as_str(), key.hint.as_str()), (name, hint), "{raw:?}");
        }
        assert_eq!(Key::new(&"x".repeat(1 << 20)).name, "");
    }

    #[track_caller]
    fn check(role: Role, raw: &str, siblings: &[&str], expected: Option<(u8, &str)>) {
        let siblings = siblings.iter().map(|raw| Key::new(raw).name).collect();
        let found = lookup(role).and_then(|lookup| lookup.find(&Key::new(raw), &siblings));
        assert_eq!(found.map(|found| (found.rank, found.alias)), expected, "{raw:?}");
    }

    #[test]
    fn whole_names_beat_parts_of_a_path() {
        check(Role::Time, "Timestamp", &[], Some((0, "@timestamp")));
        check(Role::Time, "meta.time", &[], Some((1, "time")));
        check(Role::Service, "resource.attributes.service.name", &[], Some((2, "service.name")));
        check(Role::Service, "a.b.c.service", &[], None);
        check(Role::Message, "error.message", &[], Some((3, "error.message")));
        check(Role::Message, "EventTemplate", &[], None);
        check(Role::Instance, "request.host", &[], None);
        check(Role::Duration, "request.latency", &[], Some((0, "request_latency")));
        check(Role::Duration, "took_s", &[], Some((0, "took")));
        check(Role::Duration, "http.queryTimeMicros", &[], Some((1, "query_time")));
        check(Role::Duration, "cost_seconds_total", &[], None);
        check(Role::Duration, "req.elapsed", &[], Some((1, "elapsed")));
        check(Role::Level, "log.level", &[], Some((0, "log.level")));
        check(Role::Level, "label", &[], None);
        check(Role::Time, "f0", &[], None);
        check(Role::Time, "", &[], None);
        check(Role::Time, "..", &[], None);
    }

    #[test]
    fn ambiguous_names_need_their_siblings() {
        check(Role::Time, "t", &["lvl", "msg"], Some((0, "t")));
        check(Role::Time, "t", &["x", "y"], None);
        check(Role::Time, "T", &["L", "M", "N"], Some((0, "t")));
        check(Role::Level, "L", &["T", "M"], Some((0, "l")));
        check(Role::Message, "M", &["T", "L"], Some((0, "m")));
        check(Role::Level, "s", &["t.$date", "c", "id", "ctx", "msg"], Some((0, "s")));
        check(Role::Level, "s", &["t"], None);
        check(Role::Level, "@l", &[], Some((0, "@l")));
        check(Role::Service, "name", &["hostname", "pid"], Some((0, "name")));
        check(Role::Service, "name", &["levelname"], None);
        check(Role::Service, "user.name", &["hostname", "pid"], None);
    }
}
