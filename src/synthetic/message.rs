//! Texts with parameters → messages.

use std::fmt::Write as _;

use super::draw::Draw;
use super::world::RARE;

const ZONES: [&str; 8] = ["north-2", "harbour", "old-town", "airport", "valley", "ring-east", "ring-west", "campus"];
const HUBS: [&str; 6] = ["LEJ1", "HAM4", "VIE2", "ZRH1", "AMS3", "LYS2"];
const COUNTRIES: [&str; 7] = ["NO", "CH", "GB", "US", "JP", "BR", "TR"];
const PATHS: [&str; 4] = ["/api/bookings", "/srv/archive/cases", "/api/returns/new", "/var/spool/labels"];

/// What all messages of a session share.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// A parcel's number.
    pub parcel: String,
    /// A customer's number.
    pub customer: u32,
}

impl Subject {
    /// One of a session.
    pub fn new(draw: &mut Draw) -> Self {
        let parcel = format!("PX{:09}DE", draw.number(0, 999_999_999));
        Self { parcel, customer: draw.number(10_000, 4_999_999) }
    }
}

/// A text with its parameters drawn. `{peer}` is the other service that it speaks of; an unknown name stays as it is.
pub fn render(text: &str, subject: &Subject, peer: &str, draw: &mut Draw) -> String {
    let mut message = String::with_capacity(text.len() + 24);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        message.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            message.push('{');
            rest = after;
            continue;
        };
        parameter(name, subject, peer, draw, &mut message);
        rest = after;
    }
    message.push_str(rest);
    message
}

fn parameter(name: &str, subject: &Subject, peer: &str, draw: &mut Draw, message: &mut String) {
    // Writing to a string does not fail.
    let _ = match name {
        "peer" => write!(message, "{peer}"),
        "parcel" => write!(message, "{}", subject.parcel),
        "customer" => write!(message, "{}", subject.customer),
        "ip" => write!(message, "172.{}.{}.{}", draw.number(16, 31), draw.number(0, 255), draw.number(1, 254)),
        "hex" => write!(message, "{:010x}", draw.bits() >> 24),
        "small" => write!(message, "{}", draw.number(1, 9)),
        "count" => write!(message, "{}", draw.number(1, 180)),
        "big" => write!(message, "{}", draw.number(1000, 999_999)),
        "bytes" => write!(message, "{}", draw.number(400, 60_000)),
        "percent" => write!(message, "{}", draw.number(1, 99)),
        "money" | "weight" => write!(message, "{}.{:02}", draw.number(1, 89), draw.number(0, 99)),
        "slot" => write!(message, "{:02}:{:02}", draw.number(6, 21), draw.number(0, 3) * 15),
        "version" => write!(message, "v{}.{}.{}", draw.number(1, 4), draw.number(0, 20), draw.number(0, 99)),
        "plate" => write!(message, "L-PX {}", draw.number(100, 999)),
        "zone" => write!(message, "{}", draw.one_of(&ZONES)),
        "hub" => write!(message, "{}", draw.one_of(&HUBS)),
        "country" => write!(message, "{}", draw.one_of(&COUNTRIES)),
        "path" => write!(message, "{}/{}", draw.one_of(&PATHS), draw.number(1, 9999)),
        unknown => write!(message, "{{{unknown}}}"),
    };
}

/// A text that nothing else in the log looks like, one of 8,000 (its parameters not counted).
pub fn rare(draw: &mut Draw) -> String {
    let [who, does, what] = RARE.map(|words| draw.one_of(&words));
    format!("{who} {does} {what} (ref {{hex}})")
}
