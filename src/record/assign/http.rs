//! The field of an access log that stands in for a missing level.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::{FieldSample, share_of};
use crate::record::alias::{Key, Lookup, Table};

/// The field that holds the status of a request, 100 to 599. It gives a level:
/// [`Level::from_http_status`](crate::record::level::Level::from_http_status).
pub fn status_field<'a>(fields: &[FieldSample<'a>]) -> Option<&'a str> {
    static STATUSES: LazyLock<Lookup> = LazyLock::new(|| Lookup::new(&STATUS));
    let none = BTreeSet::new();
    let is_status = |text: &str| text.parse::<u16>().is_ok_and(|status| (100..600).contains(&status));
    let found = fields.iter().filter_map(|field| Some((STATUSES.find(&Key::new(field.name), &none)?, field)));
    let fitting = found.filter(|(_, field)| share_of(field.values, is_status) >= 0.9);
    fitting.min_by_key(|(found, _)| *found).map(|(_, field)| field.name)
}

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
