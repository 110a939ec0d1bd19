//! What is known of loggers whose names for durations do not tell the unit.

use std::collections::BTreeSet;

use super::DurationUnit;
use crate::record::alias::Key;

/// What the numbers of a field look like.
pub(super) struct Values {
    pub(super) median: f64,
    /// Some value has a decimal point.
    pub(super) decimals: bool,
}

/// The unit of a field of a logger that its fields give away. `raw` is the name as written: Traefik has `Duration`, others
/// `duration`.
pub(super) fn known_unit(raw: &str, key: &Key, siblings: &BTreeSet<String>, values: &Values) -> Option<DurationUnit> {
    use DurationUnit::{Microseconds, Milliseconds, Nanoseconds, Seconds};
    let has = |names: &[&str]| names.iter().any(|name| siblings.contains(*name));
    let all = |names: &[&str]| names.iter().all(|name| siblings.contains(*name));
    let starts = |start: &str| siblings.iter().any(|name| name.starts_with(start));
    match key.name.as_str() {
        "event_duration" | "origin_duration" => return Some(Nanoseconds),
        "%d" => return Some(Microseconds),
        "%t"
        | "query_time"
        | "request_time"
        | "upstream_response_time"
        | "target_processing_time"
        | "http_server_request_duration"
        | "http_client_request_duration" => return Some(Seconds),
        "tt" | "ta" | "billed_duration" => return Some(Milliseconds),
        _ => {}
    }
    let last = key.last_word();
    let of_go_names = last == "duration" || last == "elapsed" || last == "latency" || last == "took" || last == "dur";
    if raw == "Duration" && has(&["start_utc", "origin_duration", "downstream_status", "router_name"]) {
        return Some(Nanoseconds);
    }
    if raw.starts_with('@') {
        return Some(Milliseconds);
    }
    if last == "duration" && (has(&["ddsource", "ddtags", "dd_trace_id", "dd_service"]) || has(&["ecs_version"])) {
        return Some(Nanoseconds);
    }
    if last == "duration" && has(&["response_flags", "upstream_cluster"]) {
        return Some(Milliseconds);
    }
    if has(&["operation_id", "time_generated", "app_role_name", "cloud_role_name"]) && last == "duration" {
        return Some(Milliseconds);
    }
    if last == "elapsed" && (has(&["@t", "@mt", "message_template", "rendered_message"])) {
        return Some(Milliseconds);
    }
    if key.name == "response_time" && (raw == "responseTime" || all(&["pid", "hostname"])) {
        return Some(Milliseconds);
    }
    if key.name == "took" && !values.decimals && values.median < 1e6 {
        return Some(Milliseconds);
    }
    if key.name == "time_taken" && (has(&["cs_method", "cs_uri_stem", "s_ip", "c_ip"])) {
        return Some(Milliseconds);
    }
    // Go's loggers of structures: zap and Caddy write seconds, zerolog milliseconds, logrus and slog nanoseconds.
    if !of_go_names {
        return None;
    }
    let of_caddy = last == "duration" && all(&["ts", "status"]) && starts("request_");
    let of_zap = all(&["ts", "msg"]) && has(&["caller", "logger"]);
    if (of_caddy || of_zap) && (values.decimals || values.median < 60.0) {
        return Some(Seconds);
    }
    if all(&["time", "level", "message", "caller"]) && values.decimals {
        return Some(Milliseconds);
    }
    // Nobody counts hundred thousands of milliseconds: the size says that it is one of these two.
    let of_slog = all(&["time", "level", "msg"]) && !has(&["pid", "hostname"]);
    (of_slog && !values.decimals && values.median >= 1e5).then_some(Nanoseconds)
}

/// The unit that fits the size of the values.
pub(super) fn guess(values: &Values) -> DurationUnit {
    if values.decimals && values.median < 60.0 {
        DurationUnit::Seconds
    } else if values.median > 1e6 {
        DurationUnit::Nanoseconds
    } else {
        DurationUnit::Milliseconds
    }
}
