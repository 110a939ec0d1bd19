//! Fields and ends of CSV records (RFC 4180, any one-byte delimiter). A line feed ends a record unless it stands in quotes.
//!
//! Most records hold no quote: those are split where they lie. The others go through `csv-core`.

use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};
use memchr::{memchr, memchr_iter, memchr2};

use super::cells::{CellKind, Cells};

/// Splits one record (without its line end) and sets the cells of the fields that have a column; gives the number of
/// fields. `columns[f]` is the column of field `f`.
pub fn fill(record: &[u8], delimiter: u8, columns: &[Option<usize>], cells: &mut Cells) -> usize {
    let mut fields = 0;
    if memchr(b'"', record).is_none() {
        let mut start = 0;
        for end in memchr_iter(delimiter, record).chain([record.len()]) {
            if let Some(&Some(column)) = columns.get(fields) {
                set(cells, column, (start, end), CellKind::Text);
            }
            fields += 1;
            start = end + 1;
        }
        return fields;
    }
    let mut scratch = std::mem::take(&mut cells.scratch);
    split_quoted(record, delimiter, &mut scratch, &mut |field, start, end| {
        if let Some(&Some(column)) = columns.get(field) {
            set(cells, column, (start, end), CellKind::Scratch);
        }
        fields = field + 1;
    });
    cells.scratch = scratch;
    fields
}

fn set(cells: &mut Cells, column: usize, (start, end): (usize, usize), kind: CellKind) {
    cells.set(column, start, end, if end > start { kind } else { CellKind::Missing });
}

/// Calls `each(field, text)` for the fields of one record, unquoted.
pub fn list(record: &[u8], delimiter: u8, each: &mut dyn FnMut(usize, &[u8])) {
    let mut scratch = Vec::new();
    let mut places = Vec::new();
    split_quoted(record, delimiter, &mut scratch, &mut |_, start, end| places.push(start..end));
    for (field, place) in places.into_iter().enumerate() {
        each(field, &scratch[place]);
    }
}

/// Unquotes a record into `scratch` and tells where each field stands there.
fn split_quoted(record: &[u8], delimiter: u8, scratch: &mut Vec<u8>, each: &mut dyn FnMut(usize, usize, usize)) {
    // The record's end is known, so no byte but the delimiter may end a field, a lone carriage return least of all.
    let mut reader = ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
    scratch.clear();
    scratch.resize(record.len() + 1, 0);
    let mut ends = vec![0; 64];
    let (mut read, mut written, mut ended) = (0, 0, 0);
    loop {
        let (result, input, output, more) =
            reader.read_record(&record[read..], &mut scratch[written..], &mut ends[ended..]);
        read += input;
        written += output;
        ended += more;
        match result {
            ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
            ReadRecordResult::OutputFull => scratch.resize(scratch.len() * 2, 0),
            // An empty input is how csv-core learns that there is no more.
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::Record | ReadRecordResult::End => break,
        }
    }
    let mut start = 0;
    for (field, &end) in ends[..ended].iter().enumerate() {
        each(field, start, end);
        start = end;
    }
}

/// Most line feeds in the quoted fields of one record: a stack trace fits. With more, a quote was opened by mistake; the
/// bound keeps a file full of such mistakes from being searched to its end for each of its lines.
pub const MAX_QUOTED_LINES: usize = 500;

/// Where a record ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Before the line feed at this position.
    At(usize),
    /// Nowhere near: more than [`MAX_QUOTED_LINES`] line feeds stand in quotes.
    Runaway,
    /// The bytes end first; in quotes or not.
    Open {
        /// Whether a quoted field was open.
        quoted: bool,
    },
}

/// Finds the end of the record that begins at `start`. Quotes count only at the beginning of a field, as in `csv-core`.
pub fn record_end(bytes: &[u8], start: usize, delimiter: u8) -> End {
    let line_feed = memchr(b'\n', &bytes[start..]).map(|at| start + at);
    let line = &bytes[start..line_feed.unwrap_or(bytes.len())];
    if memchr(b'"', line).is_none() {
        return line_feed.map_or(End::Open { quoted: false }, End::At);
    }
    let mut at = start;
    let mut lines = 0;
    loop {
        // At the beginning of a field.
        if bytes.get(at) == Some(&b'"') {
            at += 1;
            loop {
                let quote = memchr(b'"', &bytes[at..]);
                let inside = &bytes[at..quote.map_or(bytes.len(), |quote| at + quote)];
                lines += memchr_iter(b'\n', inside).take(MAX_QUOTED_LINES + 1 - lines).count();
                if lines > MAX_QUOTED_LINES {
                    return End::Runaway;
                }
                match quote {
                    None => return End::Open { quoted: true },
                    Some(quote) if bytes.get(at + quote + 1) == Some(&b'"') => at += quote + 2,
                    Some(quote) => {
                        at += quote + 1;
                        break;
                    }
                }
            }
        }
        match memchr2(delimiter, b'\n', &bytes[at..]) {
            None => return End::Open { quoted: false },
            Some(end) if bytes[at + end] == b'\n' => return End::At(at + end),
            Some(end) => at += end + 1,
        }
    }
}

/// Number of fields of a record.
pub fn count(record: &[u8], delimiter: u8) -> usize {
    fill(record, delimiter, &[], &mut Cells::default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(record: &str, expected: &[&str]) {
        let columns: Vec<_> = (0..expected.len()).map(Some).collect();
        let mut cells = Cells::default();
        cells.clear(expected.len());
        let fields = fill(record.as_bytes(), b',', &columns, &mut cells);
        let texts: Vec<String> = (0..expected.len())
            .map(|column| cells.text(column, record.as_bytes(), &mut Vec::new()).unwrap_or_default().to_vec())
            .map(|text| String::from_utf8(text).unwrap())
            .collect();
        assert_eq!((fields, texts), (expected.len(), expected.iter().map(ToString::to_string).collect()), "{record}");
        let mut listed = Vec::new();
        list(record.as_bytes(), b',', &mut |_, text| listed.push(String::from_utf8(text.to_vec()).unwrap()));
        assert_eq!(listed, expected, "{record}");
    }

    #[test]
    fn fields() {
        check("a,b,c", &["a", "b", "c"]);
        check("a,,c,", &["a", "", "c", ""]);
        check(r#""a,b","say ""hi""",c"#, &["a,b", "say \"hi\"", "c"]);
        check("\"two\nlines\",x", &["two\nlines", "x"]);
        check(r#"a"b,"c"d,e"#, &["a\"b", "cd", "e"]);
        check("lone\rreturn,\"q\"", &["lone\rreturn", "q"]);
    }

    #[test]
    fn ends() {
        assert_eq!(record_end(b"a,b\nc", 0, b','), End::At(3));
        assert_eq!(record_end(b"a,\"b\nc\",d\ne", 0, b','), End::At(9));
        assert_eq!(record_end(b"a,\"b\nc", 0, b','), End::Open { quoted: true });
        assert_eq!(record_end(b"a,b", 0, b','), End::Open { quoted: false });
        assert_eq!(record_end(b"5\" disk,x\nnext", 0, b','), End::At(9), "a quote inside a field is text");
    }

    proptest! {
        /// The end that is found is the one that csv-core, reading on its own, finds.
        #[test]
        fn ends_agree_with_csv_core(text in "[ab,\"\n]{0,60}") {
            let mut reader = ReaderBuilder::new().terminator(Terminator::Any(b'\n')).build();
            let (mut output, mut ends) = ([0; 256], [0; 128]);
            let (result, read, _, _) = reader.read_record(text.as_bytes(), &mut output, &mut ends);
            if let End::At(end) = record_end(text.as_bytes(), 0, b',') {
                // csv-core skips empty lines before a record; the cutter does so itself.
                if !text.starts_with('\n') {
                    prop_assert_eq!(result, ReadRecordResult::Record);
                    prop_assert_eq!(read, end + 1);
                }
            }
        }

        #[test]
        fn what_the_csv_crate_writes_is_read(rows in prop::collection::vec(any::<String>(), 2..6)) {
            let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
            writer.write_record(&rows).unwrap();
            let bytes = writer.into_inner().unwrap();
            let End::At(end) = record_end(&bytes, 0, b',') else { panic!("no end in {bytes:?}") };
            prop_assert_eq!(end + 1, bytes.len());
            let mut listed = Vec::new();
            list(&bytes[..end], b',', &mut |_, text| listed.push(String::from_utf8(text.to_vec()).unwrap()));
            prop_assert_eq!(listed, rows);
        }
    }
}
