//! How a file's content is laid out: what a record is, and what is written within it.
//!
//! Logs are wrapped. A container runtime writes JSON around the line that a program wrote, which may be JSON itself; an
//! export puts thousands of events into one document. A [`Layout`] says it layer by layer: records are cut by the
//! [`Format`], a record may unfold into several rows ([`Unfold`]), and a field's text may be a record of its own
//! ([`Payload`]). The fields of all layers are one flat list; where two layers have a field of one name, the inner counts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::cells::CellKind;
use super::format::Format;
use super::issue::IssueKind;
use super::text::{LinePattern, logfmt};
use super::unfold::Unfold;
use super::{colour, csv, json};

/// The layers of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// How records are cut, and what the outermost layer is.
    pub format: Format,
    /// Number of fields of a CSV record; 0 for other formats.
    pub csv_fields: u32,
    /// Where a record holds several rows: which.
    pub unfold: Option<Unfold>,
    /// Fields whose text is a record of its own, from the outside in.
    pub payloads: Vec<Payload>,
    /// Whether there are terminal colours in the text, which are left out.
    pub colours: bool,
}

/// A field whose text is a record of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payload {
    /// Name of the field.
    pub field: String,
    /// How its text is read.
    pub syntax: Syntax,
}

/// How a text holds fields, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Syntax {
    /// One JSON object.
    Json,
    /// A line with a head.
    Text(LinePattern),
    /// `key=value` pairs.
    Logfmt,
}

/// Told of each field of a record: its name, its text without quotes and escapes, and whether it is an array or a deep
/// object.
pub type Each<'a> = &'a mut dyn FnMut(&str, &[u8], bool);

impl Layout {
    /// A layout of one layer.
    pub fn of(format: Format) -> Self {
        Self { format, csv_fields: 0, unfold: None, payloads: Vec::new(), colours: false }
    }

    /// As shown to a person.
    pub fn name(&self) -> String {
        let mut name = self.format.name();
        if let Some(unfold) = &self.unfold {
            name = format!("{}, in {name}", unfold.name());
        }
        for payload in &self.payloads {
            name = format!("{name}, with {} in {}", payload.syntax.name(), payload.field);
        }
        if self.colours {
            name.push_str(", without its terminal colours");
        }
        name
    }

    /// The rows of a record: itself, or what it unfolds into. A record that can't be unfolded is a row as it is.
    pub fn rows(&self, record: &[u8], each: &mut dyn FnMut(&[u8])) {
        let rows = self.unfold.as_ref().and_then(|unfold| unfold.rows(record));
        match rows {
            Some(rows) if !rows.is_empty() => rows.iter().for_each(|row| each(&self.plain(row))),
            _ => each(&self.plain(record)),
        }
    }

    /// Whether a row's text is not its record's, but made of it.
    pub fn remakes(&self) -> bool {
        self.unfold.is_some() || self.colours
    }

    /// A text without terminal colours, if the file has any.
    pub fn plain<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        if self.colours { colour::stripped(text) } else { Cow::Borrowed(text) }
    }

    /// Tells the fields of a row, those of all layers, in the order in which they stand. `names` are the names of CSV
    /// fields. What could be read of a broken row is told all the same.
    pub fn list(&self, row: &[u8], names: &[String], each: Each<'_>) {
        let mut payload = Vec::new();
        let mut found = false;
        let mut outer = |name: &str, text: &[u8], nested: bool| {
            if self.payloads.first().is_some_and(|layer| layer.field == name) && !found {
                found = true;
                payload.extend_from_slice(text);
            }
            each(name, text, nested);
        };
        match &self.format {
            Format::JsonLines | Format::Json { .. } => list_json(row, &mut outer),
            Format::Csv { delimiter, .. } => csv::list(row, *delimiter, &mut |field, value| {
                let numbered;
                let name = if let Some(name) = names.get(field) {
                    name
                } else {
                    numbered = format!("column {}", field + 1);
                    &numbered
                };
                outer(name, value, false);
            }),
            Format::Text(pattern) => list_text(pattern, row, &mut outer),
            Format::Logfmt => list_pairs(row, &mut outer),
            Format::Lines => outer("text", row, false),
        }
        for (layer, inner) in self.payloads.iter().enumerate() {
            let text = std::mem::take(&mut payload);
            let mut told = |name: &str, text: &[u8], nested: bool| {
                if self.payloads.get(layer + 1).is_some_and(|next| next.field == name) {
                    payload = text.to_vec();
                }
                each(name, text, nested);
            };
            inner.syntax.list(&self.plain(&text), &mut told);
        }
    }
}

impl Syntax {
    /// As shown to a person.
    pub fn name(&self) -> String {
        match self {
            Self::Json => "JSON".into(),
            Self::Text(pattern) => pattern.name.clone(),
            Self::Logfmt => "logfmt".into(),
        }
    }

    fn list(&self, text: &[u8], each: Each<'_>) {
        match self {
            Self::Json => list_json(text, each),
            Self::Text(pattern) => list_text(pattern, text, each),
            Self::Logfmt => list_pairs(text, each),
        }
    }
}

fn list_text(pattern: &LinePattern, record: &[u8], each: Each<'_>) {
    pattern.read(record, &mut |field, place| {
        if let Some(name) = pattern.fields().get(field) {
            each(name, &record[place], false);
        }
    });
}

fn list_pairs(record: &[u8], each: Each<'_>) {
    let mut text = Vec::new();
    logfmt::list(record, &mut |key, place, escaped| {
        text.clear();
        if escaped {
            json::unescape(&record[place], &mut text);
        } else {
            text.extend_from_slice(&record[place]);
        }
        each(&String::from_utf8_lossy(key), &text, false);
    });
}

fn list_json(record: &[u8], each: Each<'_>) {
    let mut text = Vec::new();
    let result: Result<(), IssueKind> = json::list(record, &mut |path, value, kind| {
        text.clear();
        match kind {
            CellKind::Missing => {}
            CellKind::Escaped => json::unescape(value, &mut text),
            _ => text.extend_from_slice(value),
        }
        let nested = kind == CellKind::Bare && matches!(value.first(), Some(b'{' | b'['));
        each(path, &text, nested);
    });
    // What is wrong with the record is found again, and counted, when it is parsed.
    let _ = result;
}
