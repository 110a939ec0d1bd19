//! The formats.

use serde::{Deserialize, Serialize};

use super::text::LinePattern;

/// How a file's records are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    /// One JSON object a line.
    JsonLines,
    /// JSON objects in an array, or one after the other, over any number of lines.
    Json {
        /// First key of the first object, as written: `{"key"` is how a record's beginning is recognised from inside the file.
        first_key: Vec<u8>,
        /// What the objects stand in.
        within: Within,
    },
    /// Fields separated by a delimiter, quoted after RFC 4180.
    Csv {
        /// The delimiter: comma, tab, semicolon or bar.
        delimiter: u8,
        /// Whether the first record names the fields.
        header: bool,
    },
    /// Lines (or events of several lines) whose heads have fields.
    Text(LinePattern),
    /// A line of `key=value` pairs.
    Logfmt,
    /// Anything else that is text: each line is a message.
    Lines,
}

/// What the objects of a file stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Within {
    /// The file itself.
    File,
    /// An array.
    Array,
    /// An array inside of an object; what follows the array is no record.
    Envelope,
}

impl Format {
    /// As shown to a person.
    pub fn name(&self) -> String {
        match self {
            Self::JsonLines => "JSON Lines".into(),
            Self::Json { within: Within::Envelope, .. } => "JSON, an array in an object".into(),
            Self::Json { .. } => "JSON".into(),
            Self::Csv { delimiter, header } => {
                let name = match delimiter {
                    b'\t' => "TSV".into(),
                    b',' => "CSV".into(),
                    other => format!("CSV, delimiter {}", char::from(*other)),
                };
                if *header { name } else { format!("{name}, without header") }
            }
            Self::Text(pattern) => pattern.name.clone(),
            Self::Logfmt => "logfmt".into(),
            Self::Lines => "Text, line by line".into(),
        }
    }
}
