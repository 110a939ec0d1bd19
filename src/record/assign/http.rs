//! The fields of an access log that stand in for a missing level and message.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{FieldSample, share_of};
use crate::record::alias::{Key, Lookup, Table};

/// Fields of a request. The status gives a level ([`Level::from_http_status`](crate::record::level::Level::from_http_status));
/// method, path and status make a message, `METHOD path status`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HttpFields {
    /// `GET`, `POST`, …
    pub method: Option<String>,
    /// A path or a whole address.
    pub path: Option<String>,
    /// 100 to 599.
    pub status: Option<String>,
}

/// The fields whose names and values are those of requests.
pub fn http_fields(fields: &[FieldSample<'_>]) -> HttpFields {
    static METHODS: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(&METHOD));
    static PATHS: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(&PATH));
    static STATUSES: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(&STATUS));
    let is_method = |text: &str| (3..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_path = |text: &str| text.starts_with('/') || text.starts_with("http") || text == "*";
    let is_status = |text: &str| text.parse::<u16>().is_ok_and(|status| (100..600).contains(&status));
    HttpFields {
        method: best(fields, &METHODS, is_method),
        path: best(fields, &PATHS, is_path),
        status: best(fields, &STATUSES, is_status),
    }
}

fn best(fields: &[FieldSample<'_>], lookup: &Lookup, fits: impl Fn(&str) -> bool) -> Option<String> {
    let none = BTreeSet::new();
    let found = fields.iter().filter_map(|field| Some((lookup.find(&Key::new(field.name), &none)?, field)));
    let fitting = found.filter(|(_, field)| share_of(field.values, &fits) >= 0.9);
    fitting.min_by_key(|(found, _)| *found).map(|(_, field)| field.name.to_owned())
}

#[rustfmt::skip]
const METHOD: Table = Table {
    names: &[
        "http.request.method", "http.method", "method", "request_method", "verb", "cs_method", "httpRequest.requestMethod",
        "req.method", "RequestMethod", "HttpMethod", "EdgeRequestMethod", "ClientRequestMethod",
    ],
    conditional: &[],
    last: &[],
    of_requests: true,
};

#[rustfmt::skip]
const PATH: Table = Table {
    names: &[
        "url.path", "http.route", "http.target", "path", "uri", "url", "request_uri", "request_path", "cs_uri_stem",
        "endpoint", "route", "httpRequest.requestUrl", "req.url", "RequestPath", "ClientRequestPath", "ClientRequestURI",
    ],
    conditional: &[],
    last: &[],
    of_requests: true,
};

#[rustfmt::skip]
const STATUS: Table = Table {
    names: &[
        "http.response.status_code", "http.status_code", "status_code", "http_status", "response_code", "sc_status",
        "res.statusCode", "httpRequest.status", "DownstreamStatus", "EdgeResponseStatus", "elb_status_code", "response",
        "status", "responseStatus.code",
    ],
    conditional: &[],
    last: &[],
    of_requests: true,
};
