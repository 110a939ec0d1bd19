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
}

impl ValueKind {
    /// All kinds.
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
        }
    }
}
