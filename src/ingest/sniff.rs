//! What a file is, decided from its content: samples of its start, its middle and its end.

use serde::{Deserialize, Serialize};

use super::cells::CellKind;
use super::cut::Cutter;
use super::format::Format;
use super::source::{ByteSource, ReadError};
use super::{MAX_FIELDS, MAX_RECORD, csv, json, recognise};
use crate::common::text::cut;

/// Bytes sampled at the start of a file; more where the first line is longer.
const HEAD_BYTES: usize = 256 << 10;
/// Bytes sampled in the middle and at the end.
const PROBE_BYTES: usize = 128 << 10;
/// Most records sampled in each of the three places.
const PROBE_RECORDS: usize = 700;
/// Most values kept of a field, and of a field in a file with very many fields.
const VALUES: usize = 300;
const VALUES_WIDE: usize = 40;
/// Longest path of a JSON field, in bytes.
const MAX_PATH: usize = 1024;
/// Longest value kept, in bytes.
const VALUE_BYTES: usize = 200;

/// What was found out about a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// How its records are written.
    pub format: Format,
    /// Where the first record begins.
    pub data_start: u64,
    /// Its fields, in the order of their first appearance (CSV: of the header).
    pub fields: Vec<Field>,
    /// Number of fields of a CSV record; `fields` holds the first [`MAX_FIELDS`] of them. 0 for other formats.
    pub csv_fields: u32,
    /// Number of records sampled.
    pub sampled: u32,
    /// Something that the person must know.
    pub note: Option<String>,
    /// Whether there is anything to read.
    pub readable: bool,
}

/// A field as sampled.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Field {
    /// Its name; nested JSON is flattened with `.`.
    pub name: String,
    /// Sampled values that are not empty, in the file's order.
    pub values: Vec<String>,
    /// Sampled records that have a value.
    pub present: u32,
    /// Whether a nested value (an array or a deep object) was seen: such a field is text.
    pub nested: bool,
}

impl Field {
    /// Share of the sampled records that have a value.
    pub fn coverage(&self, sampled: u32) -> f64 {
        f64::from(self.present) / f64::from(sampled.max(1))
    }
}

/// Looks at a file. Content cannot make this fail.
pub fn sniff(source: &mut dyn ByteSource, file: u32) -> Result<Detection, ReadError> {
    let (head, whole) = read_head(source, file)?;
    // Only the head is looked at where the size is unknown: to get at the rest, all of it would have to be unpacked.
    let size = if whole { head.len() as u64 } else { source.size(file).unwrap_or(head.len() as u64) };
    if let Some(note) = recognise::refusal(&head, size) {
        return Ok(Detection::unreadable(note));
    }
    let bom = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let format = recognise::format(&head[bom..], whole);
    let mut sampler = Sampler::new(format.clone());
    let data_start = sampler.header(&head, bom, whole);
    sampler.records(&head, data_start, whole);
    for from in [size / 2, size.saturating_sub(PROBE_BYTES as u64)] {
        if from > head.len() as u64 {
            let mut bytes = Vec::new();
            source.read(file, from - 1, PROBE_BYTES + 1, &mut bytes)?;
            if let Some(start) = sampler.cutter.guess(&bytes, 1) {
                sampler.records(&bytes, start, false);
            }
        }
    }
    let readable = sampler.sampled > 0;
    let note = if readable { sampler.note() } else { Some("This file holds no records.".into()) };
    let csv_fields = if matches!(format, Format::Csv { .. }) { sampler.total_fields as u32 } else { 0 };
    let (fields, sampled) = (sampler.fields, sampler.sampled);
    Ok(Detection { format, data_start: data_start as u64, fields, csv_fields, sampled, note, readable })
}

impl Detection {
    /// A file that is not read, and why.
    pub fn unreadable(note: String) -> Self {
        Self {
            format: Format::Lines,
            data_start: 0,
            fields: Vec::new(),
            csv_fields: 0,
            sampled: 0,
            note: Some(note),
            readable: false,
        }
    }
}

/// The start of a file, with its first line whole where that is at all possible, and whether that is all of the file.
fn read_head(source: &mut dyn ByteSource, file: u32) -> Result<(Vec<u8>, bool), ReadError> {
    let mut head = Vec::new();
    let mut length = HEAD_BYTES;
    loop {
        let before = head.len();
        source.read(file, before as u64, length, &mut head)?;
        let ended = head.len() - before < length || source.size(file) == Some(head.len() as u64);
        let enough = memchr::memchr(b'\n', &head).is_some() || head.len() >= MAX_RECORD;
        if enough || ended {
            return Ok((head, ended));
        }
        length = head.len();
    }
}

struct Sampler {
    format: Format,
    cutter: Cutter,
    fields: Vec<Field>,
    index: std::collections::HashMap<String, usize>,
    sampled: u32,
    /// Fields that the file has, beyond those that are kept.
    total_fields: usize,
}

impl Sampler {
    fn new(format: Format) -> Self {
        let cutter = Cutter::new(&format, 0);
        Self {
            format,
            cutter,
            fields: Vec::new(),
            index: std::collections::HashMap::default(),
            sampled: 0,
            total_fields: 0,
        }
    }

    /// Reads the names of CSV fields; gives the place of the first record.
    fn header(&mut self, head: &[u8], bom: usize, whole: bool) -> usize {
        let start = self.cutter.skip(head, bom);
        match self.format.clone() {
            Format::Csv { delimiter, header } => {
                let Some(first) = self.cutter.cut(head, start, whole) else { return start };
                let mut names = Vec::new();
                csv::list(&head[start..first.end], delimiter, &mut |_, name| {
                    if names.len() < MAX_FIELDS {
                        names.push(String::from_utf8_lossy(name).trim().to_owned());
                    }
                    self.total_fields += 1;
                });
                for (position, name) in names.into_iter().enumerate() {
                    let name = cut(&name, VALUE_BYTES).to_owned();
                    let name = if header && !name.is_empty() { name } else { format!("column {}", position + 1) };
                    self.add_field(&name);
                }
                self.cutter = Cutter::new(&self.format, self.total_fields);
                if header { self.cutter.skip(head, first.next) } else { start }
            }
            Format::Lines => {
                self.add_field("text");
                start
            }
            Format::JsonLines | Format::Json { .. } => start,
        }
    }

    fn add_field(&mut self, name: &str) -> usize {
        let mut unique = name.to_owned();
        let mut copy = 2;
        while self.index.contains_key(&unique) {
            unique = format!("{name} ({copy})");
            copy += 1;
        }
        self.index.insert(unique.clone(), self.fields.len());
        self.fields.push(Field { name: unique, ..Field::default() });
        self.fields.len() - 1
    }

    fn records(&mut self, bytes: &[u8], start: usize, whole: bool) {
        let mut at = self.cutter.skip(bytes, start);
        for _ in 0..PROBE_RECORDS {
            if at >= bytes.len() {
                break;
            }
            let Some(cut) = self.cutter.cut(bytes, at, whole) else {
                // A first record that is longer than the sample is a record all the same.
                if self.sampled == 0 {
                    self.record(&bytes[at..]);
                }
                break;
            };
            self.record(&bytes[cut.start..cut.end]);
            at = self.cutter.skip(bytes, cut.next);
        }
    }

    fn record(&mut self, record: &[u8]) {
        self.sampled += 1;
        match self.format.clone() {
            Format::Csv { delimiter, .. } => csv::list(record, delimiter, &mut |field, value| {
                if field < self.fields.len() {
                    self.value(field, value, false);
                }
            }),
            Format::Lines => self.value(0, record, false),
            Format::JsonLines | Format::Json { .. } => {
                let mut text = Vec::new();
                // What is wrong with the record is found again, and counted, when it is parsed.
                let _ = json::list(record, &mut |path, value, kind| {
                    let field = match self.index.get(path) {
                        Some(&field) => field,
                        // No name that anybody gave to anything.
                        None if path.len() > MAX_PATH => return,
                        None if self.fields.len() < MAX_FIELDS => self.add_field(path),
                        None => {
                            self.total_fields = self.fields.len() + 1;
                            return;
                        }
                    };
                    text.clear();
                    match kind {
                        CellKind::Missing => {}
                        CellKind::Escaped => json::unescape(value, &mut text),
                        _ => text.extend_from_slice(value),
                    }
                    let nested = kind == CellKind::Bare && matches!(value.first(), Some(b'{' | b'['));
                    self.value(field, &text, nested);
                });
            }
        }
    }

    fn value(&mut self, field: usize, value: &[u8], nested: bool) {
        let wide = self.fields.len() > 200;
        let field = &mut self.fields[field];
        field.nested |= nested;
        if value.is_empty() {
            return;
        }
        field.present += 1;
        if field.values.len() < if wide { VALUES_WIDE } else { VALUES } {
            let text = String::from_utf8_lossy(&value[..value.len().min(VALUE_BYTES * 4)]);
            field.values.push(cut(&text, VALUE_BYTES).to_owned());
        }
    }

    fn note(&self) -> Option<String> {
        (self.total_fields > self.fields.len()).then(|| match self.format {
            Format::Csv { .. } => format!(
                "This file has {} columns; the first {} are analysed, the others are shown with each row.",
                self.total_fields,
                self.fields.len()
            ),
            _ => format!(
                "This file has more than {} different fields; that many are analysed, the others are shown with each row.",
                self.fields.len()
            ),
        })
    }
}
