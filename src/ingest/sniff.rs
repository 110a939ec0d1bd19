//! What a file is, decided from its content: samples of its start, its middle and its end, and a wider look at its fields.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::cut::{Cut, Cutter, Part};
use super::format::{Format, Within};
use super::issue::IssueKind;
use super::layout::Layout;
use super::pieces::Pieces;
use super::source::{ByteSource, ReadError};
use super::unfold::Unfold;
use super::{MAX_FIELDS, MAX_RECORD, colour, csv, envelope, payload, recognise, table, wide};
use crate::common::number::count;
use crate::common::text::cut;

/// Bytes sampled at the start of a file; more where the first line is longer.
const HEAD_BYTES: usize = 256 << 10;
/// Bytes sampled in the middle and at the end.
const PROBE_BYTES: usize = 128 << 10;
/// Most records sampled in each of the three places.
const PROBE_RECORDS: usize = 700;
/// A file that is at hand as a whole is looked at in so many places.
const WITHIN: usize = 4;
/// Most values kept of a field; and of one in a file with very many fields, or that few rows have.
const VALUES: usize = 300;
pub(super) const VALUES_FEW: usize = 40;
/// Most bytes of rows kept for the decision.
const SAMPLE_BYTES: usize = 8 << 20;
/// Most records within a record.
const MAX_PAYLOADS: usize = 2;
/// Longest path of a JSON field, in bytes.
const MAX_PATH: usize = 1024;
/// Longest value kept, in bytes.
const VALUE_BYTES: usize = 200;

/// What was found out about a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// How its records are written, and what is written within them.
    pub layout: Layout,
    /// Where the first record begins.
    pub data_start: u64,
    /// Its fields, in the order of their first appearance (CSV: of the header); the first [`MAX_FIELDS`] of them.
    pub fields: Vec<Field>,
    /// Number of rows sampled.
    pub sampled: u32,
    /// Something that the person must know.
    pub note: Option<String>,
    /// Whether there is anything to read.
    pub readable: bool,
    /// When the file was last written, in nanoseconds since the epoch, where that is known.
    pub modified: Option<i64>,
}

/// A field as sampled.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Field {
    /// Its name; nested JSON is flattened with `.`.
    pub name: String,
    /// Sampled values that are not empty, in the file's order; where no sampled record has one, values of others.
    pub values: Vec<String>,
    /// Sampled records that have a value.
    pub present: u32,
    /// Share (0..=1) of all records looked at that have a value, where no sampled one has.
    pub share: f64,
    /// Whether a nested value (an array or a deep object) was seen: such a field is text.
    pub nested: bool,
    /// Hashes of ids in its values ([`wide::id_hashes`]), ascending: the lowest ones, so that fields with the same ids have
    /// hashes in common. Empty where there are few.
    pub ids: Vec<u32>,
    /// Share (0..=1) of its ids that other files have too.
    pub shared: f64,
}

impl Field {
    /// Share of the sampled records that have a value; of a field that none of them has, its share among all looked at.
    pub fn coverage(&self, sampled: u32) -> f64 {
        if self.present == 0 { self.share } else { f64::from(self.present) / f64::from(sampled.max(1)) }
    }
}

/// Looks at a file. Content cannot make this fail.
pub fn sniff(source: &mut dyn ByteSource, file: u32) -> Result<Detection, ReadError> {
    let (head, whole) = read_head(source, file)?;
    // Only the head is looked at where all of the file would have to be unpacked to get at the rest.
    let known = source.size(file).filter(|_| source.reads_in_place(file) && !whole);
    let size = known.unwrap_or(head.len() as u64);
    if let Some(note) = recognise::refusal(&head, size) {
        return Ok(Detection::unreadable(note));
    }
    // A byte order mark, or the zeros of what was cut off the file while it was written.
    let zeros = head.iter().take_while(|&&byte| byte == 0).count();
    let begins = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { zeros };
    let places =
        [size / 2, size.saturating_sub(PROBE_BYTES as u64)].into_iter().filter(|&from| from > head.len() as u64);
    let places: Vec<_> = places.map(|from| (from - 1, PROBE_BYTES + 1)).collect();
    let probes = source.read_pieces(file, &places)?;
    let colours = colour::occurs(&head) || probes.iter().any(|probe| colour::occurs(probe));
    let lines = [&head[begins..]].into_iter().chain(probes.iter().map(Vec::as_slice));
    let pieces = Pieces::detect(lines.flat_map(|part| part.split(|&byte| byte == b'\n')));
    let format = recognised(&head[begins..], &probes, whole, (pieces, colours));
    let mut layout = Layout { colours, ..Layout::of(format) };
    let mut start = begins;
    let mut note = None;
    if !matches!(layout.format, Format::JsonLines | Format::Json { .. } | Format::Csv { header: true, .. })
        && let Some(header) = table::behind_lines(&head[begins..], whole)
    {
        layout.format = recognise::format(&head[begins + header..], &probes, whole);
        note = lines_before(&head[begins..begins + header]);
        start = begins + header;
    }
    if matches!(layout.format, Format::JsonLines | Format::Json { .. }) {
        start = documents(source, file, (&head, whole), begins, &mut layout)?;
    }
    if layout.unfold.is_none() && matches!(layout.format, Format::JsonLines | Format::Text(_)) {
        layout.unfold = pieces.map(Unfold::Pieces);
    }
    let mut sampler = Sampler::new(layout);
    let data_start = sampler.header(&head, start, whole);
    let mut taken = sampler.take(&head, data_start, whole);
    for place in (1..WITHIN).map(|part| head.len() * part / WITHIN).filter(|_| whole) {
        // What a date's numbers are may be told further on.
        if place > taken
            && let Some(start) = sampler.cutter.guess(&head, place)
        {
            taken = sampler.take(&head, start, whole);
        }
    }
    for bytes in &probes {
        if let Some(start) = sampler.cutter.guess(bytes, 1) {
            sampler.take(bytes, start, false);
        }
    }
    let names = sampler.names.clone();
    let mut detection = sampler.finish(data_start as u64);
    if detection.readable {
        // Bytes that can't be read are told of when they are parsed.
        let _ = wide::look(source, file, &head, &names, &mut detection);
    }
    let old = recognise::old_line_ends(&head, &detection.layout.format);
    // Why there are no records says more than that there are none.
    let note = if detection.readable { detection.note.or(note).or(old) } else { old.or(detection.note) };
    Ok(Detection { note, ..detection })
}

impl Detection {
    /// A file that is not read, and why.
    pub fn unreadable(note: String) -> Self {
        Self {
            layout: Layout::of(Format::Lines),
            data_start: 0,
            fields: Vec::new(),
            sampled: 0,
            note: Some(note),
            readable: false,
            modified: None,
        }
    }
}

/// The format of a text by what the program wrote: without the colours, and without lines that go on with others.
#[inline(never)]
fn recognised(text: &[u8], probes: &[Vec<u8>], whole: bool, (pieces, colours): (Option<Pieces>, bool)) -> Format {
    if pieces.is_none() && !colours {
        return recognise::format(text, probes, whole);
    }
    let written = |text: &[u8]| {
        let heads = pieces.map_or(Cow::Borrowed(text), |pieces| pieces.heads(text));
        if colours { colour::stripped(&heads).into_owned() } else { heads.into_owned() }
    };
    let probes: Vec<_> = probes.iter().map(|probe| written(probe)).collect();
    recognise::format(&written(text), &probes, whole)
}

/// What to say of the lines before a table's header.
fn lines_before(bytes: &[u8]) -> Option<String> {
    let lines: Vec<&[u8]> =
        bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    let (first, more) = lines.split_first()?;
    if more.is_empty() && table::names_delimiter(first) {
        return None;
    }
    let first = shown(first);
    Some(match more.len() {
        0 => format!("The line before the table's header is no row: “{first}”."),
        _ => format!("The {} lines before the table's header are no rows; the first is “{first}”.", lines.len()),
    })
}

/// Looks for documents that hold many events; gives the place of the first record.
#[inline(never)]
fn documents(
    source: &mut dyn ByteSource,
    file: u32,
    (head, whole): (&[u8], bool),
    begins: usize,
    layout: &mut Layout,
) -> Result<usize, ReadError> {
    let cutter = Cutter::new(layout);
    let first = cutter.skip(head, begins);
    if first == head.len() {
        return Ok(begins);
    }
    // A document that breaks off is read like one too large to be held: its elements are whole, all but the last.
    let is_whole = |cut: &Cut| cut.issue != Some(IssueKind::Truncated);
    if let Some(cut) = cutter.cut(head, first, whole).filter(is_whole) {
        let alone = whole && cutter.skip(head, cut.next) == head.len();
        layout.unfold = Unfold::detect(&head[cut.start..cut.end], alone);
        return Ok(begins);
    }
    if source.size(file).is_none_or(|size| size <= MAX_RECORD as u64) {
        let mut document = Vec::new();
        source.read(file, first as u64, MAX_RECORD + 1, &mut document)?;
        if document.len() <= MAX_RECORD
            && let Some(cut) = cutter.cut(&document, 0, true).filter(is_whole)
        {
            let alone = cutter.skip(&document, cut.next) == document.len();
            layout.unfold = Unfold::detect(&document[..cut.end], alone);
            return Ok(begins);
        }
    }
    if let Some(element) = envelope::first_element(&head[first..])
        && let Some(format) = recognise::json_elements(head, first + element, Within::Envelope)
    {
        layout.format = format;
        return Ok(first + element);
    }
    Ok(begins)
}

/// The start of a file, with its first line whole where that is at all possible, and whether that is all of the file.
#[inline(never)]
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

/// Samples rows, and counts their fields.
struct Sampler {
    layout: Layout,
    cutter: Cutter,
    rows: Vec<Vec<u8>>,
    /// Where in `rows` each place of the file begins.
    places: Vec<usize>,
    bytes: usize,
    /// Names of the fields of CSV and text.
    names: Vec<String>,
}

impl Sampler {
    fn new(layout: Layout) -> Self {
        let cutter = Cutter::new(&layout);
        Self { layout, cutter, rows: Vec::new(), places: Vec::new(), bytes: 0, names: Vec::new() }
    }

    /// Reads the names of CSV fields; gives the place of the first record.
    #[inline(never)]
    fn header(&mut self, head: &[u8], start: usize, whole: bool) -> usize {
        let start = self.cutter.skip(head, start);
        if let Format::Text(pattern) = &self.layout.format {
            self.names = pattern.fields().to_vec();
        }
        let Format::Csv { delimiter, header } = self.layout.format else { return start };
        let Some(first) = self.cutter.cut(head, start, whole) else { return start };
        let names = table::names(&head[start..], whole, delimiter, header);
        self.layout.csv_fields = names.len() as u32;
        let mut unique = HashSet::new();
        for (field, name) in names.iter().take(MAX_FIELDS).enumerate() {
            let numbered = format!("column {}", field + 1);
            let name = if name.is_empty() { &numbered } else { name };
            let copies = (2..).map(|copy| format!("{name} ({copy})"));
            let free = std::iter::once(name.to_owned()).chain(copies).find(|name| !unique.contains(name));
            let name = free.unwrap_or_default();
            unique.insert(name.clone());
            self.names.push(name);
        }
        self.cutter = Cutter::new(&self.layout);
        if header { self.cutter.skip(head, first.next) } else { start }
    }

    /// Takes rows from one place of the file; gives the place behind them.
    #[inline(never)]
    fn take(&mut self, bytes: &[u8], start: usize, whole: bool) -> usize {
        let mut at = self.cutter.skip(bytes, start);
        let most = self.rows.len() + PROBE_RECORDS;
        self.places.push(self.rows.len());
        while at < bytes.len() && self.rows.len() < most {
            let Some(cut) = self.cutter.cut(bytes, at, whole) else {
                // A first record that is longer than the sample is a record all the same.
                if self.rows.is_empty() {
                    self.rows.push(bytes[at..].to_vec());
                }
                return bytes.len();
            };
            match cut.part {
                Part::Record => {}
                Part::Remark => {
                    at = self.cutter.skip(bytes, cut.next);
                    continue;
                }
                Part::Tail => return bytes.len(),
            }
            let Self { layout, rows, bytes: taken, .. } = self;
            layout.rows(&bytes[cut.start..cut.end], &mut |row| {
                if rows.len() < most && (rows.is_empty() || *taken < SAMPLE_BYTES) {
                    *taken += row.len();
                    rows.push(row.to_vec());
                }
            });
            at = self.cutter.skip(bytes, cut.next);
        }
        at
    }

    #[inline(never)]
    fn finish(mut self, data_start: u64) -> Detection {
        let readable = !self.rows.is_empty();
        while self.layout.payloads.len() < MAX_PAYLOADS
            && let Some(payload) = payload::find(&self.rows, &self.layout, &self.names)
        {
            self.layout.payloads.push(payload);
        }
        let mut fields = Fields::new(&self.names);
        // A table's values are told by its own rows, not by a summary or another table behind it.
        let is_whole = |row: &[u8]| match self.layout.format {
            Format::Csv { delimiter, .. } => csv::count(row, delimiter) == self.layout.csv_fields as usize,
            _ => true,
        };
        let are_whole = self.rows.iter().filter(|row| is_whole(row)).count() * 2 > self.rows.len();
        let quota = VALUES / self.places.len().max(1);
        let ends = self.places.iter().skip(1).copied().chain([self.rows.len()]);
        for (from, to) in self.places.iter().copied().zip(ends) {
            for (index, row) in self.rows[from..to].iter().enumerate() {
                if are_whole && !is_whole(row) {
                    continue;
                }
                let keep = is_chosen(index, to - from, quota);
                self.layout.list(row, &self.names, &mut |name, text, nested| fields.add(name, text, nested, keep));
            }
        }
        let sampled = self.rows.len() as u32;
        let note = if readable { fields.note(&self.layout) } else { Some("This file holds no records.".into()) };
        Detection { layout: self.layout, data_start, fields: fields.list, sampled, note, readable, modified: None }
    }
}

/// Whether the values of a row are kept, of which about `quota` in `rows` are: evenly spread, to see the first and the last,
/// but in runs, to see how one follows the other.
fn is_chosen(row: usize, rows: usize, quota: usize) -> bool {
    const RUN: usize = 50;
    let (run, runs, chosen) = (row / RUN, rows.div_ceil(RUN), quota / RUN);
    runs <= chosen || run * chosen / runs != (run + 1) * chosen / runs
}

/// A value as it is kept.
pub(super) fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(VALUE_BYTES * 4)]);
    cut(&text, VALUE_BYTES).to_owned()
}

/// Fields by name, in the order of their first appearance.
struct Fields {
    list: Vec<Field>,
    index: HashMap<String, usize>,
    /// Whether there are more than are kept.
    more: bool,
}

impl Fields {
    fn new(names: &[String]) -> Self {
        let list: Vec<Field> = names.iter().map(|name| Field { name: name.clone(), ..Field::default() }).collect();
        let index = names.iter().cloned().zip(0..).collect();
        Self { list, index, more: false }
    }

    #[inline(never)]
    fn add(&mut self, name: &str, text: &[u8], nested: bool, keep: bool) {
        let index = match self.index.get(name) {
            Some(&index) => index,
            // No name that anybody gave to anything.
            None if name.len() > MAX_PATH => return,
            None if self.list.len() == MAX_FIELDS => {
                self.more = true;
                return;
            }
            None => {
                self.index.insert(name.to_owned(), self.list.len());
                self.list.push(Field { name: name.to_owned(), ..Field::default() });
                self.list.len() - 1
            }
        };
        let most = if self.list.len() > 200 || !keep { VALUES_FEW } else { VALUES };
        let field = &mut self.list[index];
        field.nested |= nested;
        if text.is_empty() {
            return;
        }
        field.present += 1;
        if field.values.len() < most {
            field.values.push(shown(text));
        }
    }

    fn note(&self, layout: &Layout) -> Option<String> {
        let kept = self.list.len();
        if layout.csv_fields as usize > MAX_FIELDS {
            let fields = layout.csv_fields;
            return Some(format!(
                "This file has {} columns; the first {} are read, the others are shown with each row.",
                count(fields.into()),
                count(kept as u64)
            ));
        }
        self.more.then(|| {
            format!(
                "This file has more than {} different fields; that many are read, the others are shown with each row.",
                count(kept as u64)
            )
        })
    }
}
