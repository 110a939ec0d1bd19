//! `strayline templates`: the template of every record of a file.

#![allow(clippy::print_stdout, reason = "a command line talks to the terminal")]

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Files;
use super::cli::{Failure, write};
use crate::common::number::count;
use crate::ingest::cut::Cutter;
use crate::ingest::{ByteSource, Format, IssueKind, Layout, sniff};
use crate::record::reader::RecordReader;
use crate::record::{Dataset, Role};
use crate::template::{Catalog, ShapeTable};
use crate::view::export::CsvText;

/// What is asked of `strayline templates`.
#[derive(Args)]
pub(super) struct Templates {
    /// CSV, TSV, JSON, JSON Lines or plain text.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write `line,template_id,template` for each record; `line` is the 0-based index of the record.
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
pub(super) fn run(options: &Templates) -> Result<(), Failure> {
    let unreadable = |reason: String| Failure(3, reason);
    let mut source = Files::open(std::slice::from_ref(&options.file)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    let size = source.size(0) as usize;
    source.read(0, 0, size, &mut bytes).map_err(|error| unreadable(error.reason))?;

    let mut messages = match options.format {
        FormatName::Lines => Messages { reader: None, cutter: Cutter::new(&Layout::of(Format::Lines)), start: 0 },
        FormatName::Auto => Messages::sniffed(&mut source)?,
    };
    let mut table = ShapeTable::default();
    let mut ids = Vec::new();
    messages.each(&bytes, &mut |message| {
        ids.push(table.add(message, ids.len() as u64));
    });
    if ids.is_empty() {
        return Err(Failure(1, "no record could be read, so there are no templates.".into()));
    }
    let catalog = Catalog::build(&table);
    let names: Vec<(String, String)> = catalog
        .templates()
        .iter()
        .map(|template| {
            let text = if options.typed { template.typed_text() } else { template.text() };
            (format!("{:016x}", template.id), text)
        })
        .collect();
    let mut csv = CsvText::default();
    csv.push(["line", "template_id", "template"]);
    for (line, id) in ids.iter().enumerate() {
        let template = table.hash(*id).and_then(|hash| catalog.template_of(hash));
        let (id, text) = template.and_then(|index| names.get(index as usize)).map_or(("", ""), |(id, text)| (id, text));
        csv.push([line.to_string().as_str(), id, text]);
    }
    write(&options.out, &csv.into_bytes())?;
    println!("{} records, {} templates", count(ids.len() as u64), count(names.len() as u64));
    Ok(())
}

/// The messages of a file in order: the field with the message role, or the whole record where there is none.
struct Messages {
    /// The reader, and the column of the message.
    reader: Option<(RecordReader, usize)>,
    cutter: Cutter,
    start: usize,
}

impl Messages {
    fn sniffed(source: &mut Files) -> Result<Self, Failure> {
        let detection = sniff::sniff(source, 0).map_err(|error| Failure(3, error.reason))?;
        if !detection.readable {
            let note = detection.note.unwrap_or_else(|| "this file can't be read.".into());
            return Err(Failure(1, note));
        }
        let dataset = Dataset::plan(&[detection], &[]);
        let plan = &dataset.files[0];
        let reader = dataset.role(Role::Message).map(|column| (RecordReader::new(&dataset, plan), column));
        let cutter = Cutter::new(&plan.layout);
        Ok(Self { reader, cutter, start: plan.data_start as usize })
    }

    fn each(&mut self, bytes: &[u8], take: &mut dyn FnMut(&[u8])) {
        let mut buffer = Vec::new();
        let mut at = self.cutter.skip(bytes, self.start);
        while at < bytes.len() {
            let Some(cut) = self.cutter.cut(bytes, at, true) else { break };
            let record = &bytes[cut.start..cut.end];
            match &mut self.reader {
                Some((reader, column)) => {
                    let (bytes, cells, _) = reader.read(record);
                    take(cells.text(*column, bytes, &mut buffer).unwrap_or(bytes));
                }
                None => take(record),
            }
            at = cut.next;
            if cut.issue == Some(IssueKind::TooLong) {
                at = self.cutter.after_too_long(bytes, at.max(1)).unwrap_or(bytes.len());
            }
            at = self.cutter.skip(bytes, at);
        }
    }
}
