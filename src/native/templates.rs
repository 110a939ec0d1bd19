//! `strayline templates`: the template of every record of a file.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Files;
use super::cli::{Failure, write};
use crate::common::number::count;
use crate::engine::parse::{Task, walk};
use crate::engine::shard::open;
use crate::ingest::unpack::{Member, Unpacker, VirtualFile};
use crate::ingest::{ByteSource, Format, Layout, sniff};
use crate::record::mapping::Mapping;
use crate::record::reader::RecordReader;
use crate::record::{Dataset, Role, SegmentId};
use crate::template::{Catalog, ShapeTable};
use crate::view::export::CsvText;

/// What is asked of `strayline templates`.
#[derive(Args)]
pub(super) struct Templates {
    /// CSV, TSV, JSON, JSON Lines or plain text.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write `line,template_id,template` for each line of text that is not blank, or each record of a table or of JSON;
    /// `line` is its 0-based index. The lines of a record of several have its template. Texts are as they are: one may begin
    /// like a formula.
    #[arg(long, value_name = "OUT.csv")]
    out: PathBuf,
    /// Name the kinds of variables, `<ip>`, `<num>`, instead of `<*>`.
    #[arg(long)]
    typed: bool,
    /// How records are written.
    #[arg(long, value_enum, default_value_t = FormatName::Auto)]
    format: FormatName,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum FormatName {
    /// As the content says.
    Auto,
    /// Each line is a message.
    Lines,
}

/// Reads the file, clusters its messages and writes the result.
pub(super) fn run(options: &Templates) -> Result<String, Failure> {
    let unreadable = |reason: String| Failure(3, reason);
    let files = Files::open(std::slice::from_ref(&options.file)).map_err(unreadable)?;
    let mut source = Unpacker::new(files, vec![VirtualFile::Plain(0)]);
    let name = options.file.display().to_string();
    if let Some(contents) = open(source.source(), 0, &name).map_err(|error| unreadable(error.reason))? {
        let mut members = contents.members;
        match (members.pop(), members.len() + 1) {
            (Some(Member { refusal: Some(refusal), .. }), 1) => return Err(Failure(1, refusal)),
            (Some(member), 1) => source.mount(vec![VirtualFile::Member(member)]),
            (Some(_), files) => {
                return Err(Failure(1, format!("{name} holds {files} files: unpack it, and name one of them.")));
            }
            (None, _) => return Err(Failure(1, contents.notes.join(" "))),
        }
    }
    let mut messages = match options.format {
        FormatName::Lines => Messages::lines(0),
        FormatName::Auto => Messages::sniffed(&mut source)?,
    };
    let mut table = ShapeTable::default();
    // Of each record: the number of its shape in the table, and its lines.
    let mut records: Vec<(u32, u32)> = Vec::new();
    messages.each(&mut source, &mut |message, lines| {
        records.push((table.add(message, records.len() as u64), lines as u32));
    })?;
    if records.is_empty() {
        return Err(Failure(1, "no record could be read, so there are no templates.".into()));
    }
    let catalog = Catalog::build(&table);
    let of_shape: Vec<Option<u32>> = table.hashes().into_iter().map(|hash| catalog.template_of_shape(hash)).collect();
    let templates = records.iter().map(|&(shape, _)| of_shape.get(shape as usize).copied().flatten());
    let mut templates: Vec<Option<u32>> = templates.collect();
    if templates.contains(&None) {
        // A shape that the table had no place for may still fit a template: that is told by the message.
        let mut of_records = templates.iter_mut();
        messages.each(&mut source, &mut |message, _| {
            if let Some(template @ None) = of_records.next() {
                *template = catalog.find(message);
            }
        })?;
    }
    // What stands behind the number of the line: of no template, and of each.
    // The text is what programs look for in messages: it stays as it is.
    let ending = |id: &str, text: &str| {
        let mut csv = CsvText::default();
        csv.push_exactly([id, text]);
        csv.into_bytes()
    };
    let nothing = ending("", "");
    let endings: Vec<Vec<u8>> = catalog
        .templates()
        .iter()
        .map(|template| {
            let text = if options.typed { template.typed_text() } else { template.text() };
            ending(&format!("{:016x}", template.id), &text)
        })
        .collect();
    let mut csv = b"line,template_id,template\n".to_vec();
    let mut line = 0_u64;
    for ((_, lines), template) in records.iter().zip(templates) {
        let ending = template.and_then(|index| endings.get(index as usize)).unwrap_or(&nothing);
        for _ in 0..*lines {
            // Writing to memory does not fail.
            let _ = write!(csv, "{line},");
            csv.extend_from_slice(ending);
            line += 1;
        }
    }
    write(&options.out, &csv)?;
    Ok(format!("{} records, {} templates\n", count(records.len() as u64), count(endings.len() as u64)))
}

/// The messages of a file in order: the field with the message role, or the whole record where there is none.
struct Messages {
    layout: Layout,
    /// The reader, and the column of the message.
    reader: Option<(RecordReader, usize)>,
    start: u64,
}

impl Messages {
    fn lines(start: u64) -> Self {
        Self { layout: Layout::of(Format::Lines), reader: None, start }
    }

    fn sniffed(source: &mut dyn ByteSource) -> Result<Self, Failure> {
        let detection = sniff::sniff(source, 0).map_err(|error| Failure(3, error.reason))?;
        if !detection.readable {
            let note = detection.note.unwrap_or_else(|| "this file can't be read.".into());
            return Err(Failure(1, note));
        }
        let dataset = Dataset::plan(&[detection], &Mapping::default());
        let plan = &dataset.files[0];
        let reader = dataset.role(Role::Message).map(|column| (RecordReader::new(&dataset, plan), column));
        match plan.layout.format {
            // Sentences with commas may look like a table. One without messages has nothing to find templates in.
            Format::Csv { .. } if reader.is_none() => Ok(Self::lines(0)),
            _ => Ok(Self { layout: plan.layout.clone(), reader, start: plan.data_start }),
        }
    }

    /// Calls `take(message, lines of the record)`.
    fn each(&mut self, source: &mut dyn ByteSource, take: &mut dyn FnMut(&[u8], u64)) -> Result<(), Failure> {
        const RANGE: u64 = 4 << 20;
        let Self { layout, reader, start } = self;
        let text = matches!(layout.format, Format::Text(_) | Format::Lines | Format::Logfmt);
        let (mut at, mut buffer, mut bytes) = (*start, Vec::new(), Vec::new());
        let size = source.size(0).unwrap_or(u64::MAX);
        while at < size {
            let task =
                Task { id: SegmentId { file: 0, part: 0 }, from: at, to: (at + RANGE).min(size), start: Some(at) };
            let walked = walk(task, layout, source, &mut bytes, &mut |record, _, _| {
                layout.rows(record, &mut |row| {
                    let lines = if text { lines(row) } else { 1 };
                    match reader {
                        Some((reader, column)) => {
                            let (bytes, cells, _) = reader.read(row);
                            take(cells.text(*column, bytes, &mut buffer).unwrap_or(bytes), lines);
                        }
                        None => take(row, lines),
                    }
                });
            })
            .map_err(|error| Failure(3, error.reason))?;
            if walked.next <= at {
                break;
            }
            at = walked.next;
        }
        Ok(())
    }
}

/// The lines of a record that are not blank; one at least.
fn lines(record: &[u8]) -> u64 {
    record.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count().max(1) as u64
}
