//! What a variable part of a message is, by how it is written.

use serde::{Deserialize, Serialize};

/// The type of a value. Names are stable: templates and redaction use them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ValueKind {
    /// Decimal number, with sign, fraction, exponent or grouped parts.
    Number,
    /// Number with a unit of bytes: `5.2 KB`.
    Size,
    /// Number with a unit of time: `87ms`.
    Duration,
    /// Hexadecimal with `0x`, or bare with at least six digits.
    Hex,
    /// RFC 9562.
    Uuid,
    /// IPv4 or IPv6, with or without port or prefix length.
    Ip,
    /// Six bytes in hexadecimal, separated by colons or hyphens.
    Mac,
    /// A name with a port.
    Host,
    /// `scheme://…`
    Url,
    /// A path of a file or of a request.
    Path,
    /// Something@something.
    Email,
    /// A date, a time of day or both.
    Time,
    /// A version: three or more numbers joined by dots.
    Version,
    /// `true`, `false` and nothing: `null`, `None`, `nil`.
    Literal,
    /// An identifier: letters and digits mixed.
    Id,
    /// What stands in quotes.
    Quoted,
    /// A JSON object.
    Json,
    /// A word that a clustering found to vary, or values of several kinds.
    Any,
    /// Number with a unit that all values of a template's variable have right behind it: no single value is of this kind.
    Measured(Unit),
}

/// A unit that is written right behind a number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Unit {
    /// Nanoseconds.
    Nanoseconds,
    /// Microseconds.
    Microseconds,
    /// Milliseconds.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Thousands of bytes.
    Kilobytes,
    /// Millions of bytes.
    Megabytes,
    /// Thousands of millions of bytes.
    Gigabytes,
    /// 1,024 bytes.
    Kibibytes,
    /// 1,024² bytes.
    Mebibytes,
    /// 1,024³ bytes.
    Gibibytes,
}

impl Unit {
    /// The unit that is written like this.
    pub(super) fn written(text: &[u8]) -> Option<Self> {
        Some(match text {
            b"ns" => Self::Nanoseconds,
            b"us" => Self::Microseconds,
            b"ms" => Self::Milliseconds,
            b"s" => Self::Seconds,
            b"B" => Self::Bytes,
            b"KB" => Self::Kilobytes,
            b"MB" => Self::Megabytes,
            b"GB" => Self::Gigabytes,
            b"KiB" => Self::Kibibytes,
            b"MiB" => Self::Mebibytes,
            b"GiB" => Self::Gibibytes,
            _ => return None,
        })
    }

    fn placeholder(self) -> &'static str {
        match self {
            Self::Nanoseconds => "<num>ns",
            Self::Microseconds => "<num>us",
            Self::Milliseconds => "<num>ms",
            Self::Seconds => "<num>s",
            Self::Bytes => "<num>B",
            Self::Kilobytes => "<num>KB",
            Self::Megabytes => "<num>MB",
            Self::Gigabytes => "<num>GB",
            Self::Kibibytes => "<num>KiB",
            Self::Mebibytes => "<num>MiB",
            Self::Gibibytes => "<num>GiB",
        }
    }
}

impl ValueKind {
    /// All kinds of single values.
    pub const ALL: [Self; 18] = [
        Self::Number,
        Self::Size,
        Self::Duration,
        Self::Hex,
        Self::Uuid,
        Self::Ip,
        Self::Mac,
        Self::Host,
        Self::Url,
        Self::Path,
        Self::Email,
        Self::Time,
        Self::Version,
        Self::Literal,
        Self::Id,
        Self::Quoted,
        Self::Json,
        Self::Any,
    ];

    /// How a template writes a value of this kind.
    pub fn placeholder(self) -> &'static str {
        match self {
            Self::Number => "<num>",
            Self::Size => "<size>",
            Self::Duration => "<duration>",
            Self::Hex => "<hex>",
            Self::Uuid => "<uuid>",
            Self::Ip => "<ip>",
            Self::Mac => "<mac>",
            Self::Host => "<host>",
            Self::Url => "<url>",
            Self::Path => "<path>",
            Self::Email => "<email>",
            Self::Time => "<time>",
            Self::Version => "<version>",
            Self::Literal => "<literal>",
            Self::Id => "<id>",
            Self::Quoted => "<text>",
            Self::Json => "<json>",
            Self::Any => "<*>",
            Self::Measured(unit) => unit.placeholder(),
        }
    }
}
