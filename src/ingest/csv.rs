//! Fields and ends of CSV records (RFC 4180, any one-byte delimiter). A line feed ends a record unless it stands in quotes.
//!
//! Fields are split where they lie. Only those with quotes inside of quotes have to be copied, when they are looked at.

use memchr::{memchr, memchr_iter, memchr2};

use super::cells::{CellKind, Cells};
use crate::common::text::find;

/// Splits one record (without its line end) and sets the cells of the fields that have a column; gives the number of
/// fields. `columns[f]` is the column of field `f`.
pub fn fill(record: &[u8], delimiter: u8, columns: &[Option<usize>], cells: &mut Cells) -> usize {
    split(record, delimiter, &mut |field, start, end, kind| {
        if let Some(&Some(column)) = columns.get(field) {
            cells.set(column, start, end, if end > start { kind } else { CellKind::Missing });
        }
    })
}

/// Calls `each(field, text)` for the fields of one record, unquoted.
pub fn list(record: &[u8], delimiter: u8, each: &mut dyn FnMut(usize, &[u8])) {
    let mut text = Vec::new();
    split(record, delimiter, &mut |field, start, end, kind| {
        if kind == CellKind::Quoted {
            text.clear();
            unquote(&record[start..end], &mut text);
            each(field, &text);
        } else {
            each(field, &record[start..end]);
        }
    });
}

/// Calls `each(field, start, end, kind)` for the fields of one record: [`CellKind::Text`] as it is, or
/// [`CellKind::Quoted`]. Gives the number of fields. Quotes count only at the beginning of a field.
#[inline]
fn split(record: &[u8], delimiter: u8, each: &mut impl FnMut(usize, usize, usize, CellKind)) -> usize {
    let mut start = 0;
    let mut field = 0;
    loop {
        let rest = &record[start..];
        let end = if rest.first() == Some(&b'"') {
            let (inside, plain) = quoted(rest);
            // What follows the closing quote belongs to the field.
            let behind = inside + 1;
            let more = rest.get(behind..).map_or(0, |rest| find(rest, delimiter).unwrap_or(rest.len()));
            let end = start + (behind + more).min(rest.len());
            if plain && more == 0 {
                each(field, start + 1, start + inside, CellKind::Text);
            } else {
                each(field, start + 1, end, CellKind::Quoted);
            }
            end
        } else {
            let end = start + find(rest, delimiter).unwrap_or(rest.len());
            each(field, start, end, CellKind::Text);
            end
        };
        field += 1;
        if end == record.len() {
            return field;
        }
        start = end + 1;
    }
}

/// Where the quote closes that opens a text (at its end, if it never does), and whether there are no quotes in between.
fn quoted(text: &[u8]) -> (usize, bool) {
    let (mut at, mut plain) = (1, true);
    loop {
        at += match find(&text[at..], b'"') {
            Some(quote) => quote,
            None => return (text.len(), plain),
        };
        if text.get(at + 1) != Some(&b'"') {
            return (at, plain);
        }
        plain = false;
        at += 2;
    }
}

/// Appends the text of a field, from behind its opening quote on: doubled quotes are one, and behind the closing quote
/// everything is as it stands.
pub fn unquote(raw: &[u8], into: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(quote) = find(rest, b'"') {
        into.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        match rest.split_first() {
            Some((b'"', behind)) => {
                into.push(b'"');
                rest = behind;
            }
            _ => break,
        }
    }
    into.extend_from_slice(rest);
}

/// Most line feeds in the quoted fields of one record: a stack trace fits. With more, a quote was opened by mistake; the
/// bound keeps a file full of such mistakes from being searched to its end for each of its lines.
pub const MAX_QUOTED_LINES: usize = 500;

/// Where a record ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// Before the line feed at this position.
    At(usize),
    /// Nowhere near: more than [`MAX_QUOTED_LINES`] line feeds stand in quotes, or the quote behind some opens a field rather
    /// than end one. A quote was opened by mistake.
    Runaway,
    /// The bytes end first; in quotes or not.
    Open {
        /// Whether a quoted field was open.
        quoted: bool,
    },
}

/// Finds the end of the record that begins at `start`. Quotes count only at the beginning of a field, as in `csv-core`.
pub fn record_end(bytes: &[u8], start: usize, delimiter: u8) -> End {
    let mut at = start;
    let mut lines = 0;
    loop {
        match memchr2(b'"', b'\n', &bytes[at..]) {
            None => return End::Open { quoted: false },
            Some(found) => at += found,
        }
        if bytes[at] == b'\n' {
            return End::At(at);
        }
        let begins = at == start || bytes[at - 1] == delimiter;
        let before = lines;
        at += 1;
        if !begins {
            continue;
        }
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
                    let is_end = |byte: u8| byte == delimiter || matches!(byte, b'\n' | b'\r');
                    let opens = is_end(bytes[at - 2]) && bytes.get(at).is_some_and(|&byte| !is_end(byte));
                    if lines > before && opens {
                        return End::Runaway;
                    }
                    break;
                }
            }
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
    use csv_core::{ReadRecordResult, ReaderBuilder, Terminator};
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
        assert_eq!(record_end(b"5,\"open\n6,b\n7,\"c\"\n", 0, b','), End::Runaway, "the next quote opens a field");
        assert_eq!(record_end(b"1,\"a\nsaid \\\"no\\\" again\",x\n", 0, b','), End::At(25), "a foreign escape");
        assert_eq!(record_end(b"\"a\nb\" ,c\n", 0, b','), End::At(8), "a blank behind the quote");
        assert_eq!(record_end(b"5\" disk,x\nnext", 0, b','), End::At(9), "a quote inside a field is text");
    }

    /// What csv-core finds in a record.
    fn oracle(record: &[u8], delimiter: u8) -> Vec<Vec<u8>> {
        let mut reader = ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build();
        let (mut output, mut ends) = (vec![0; record.len() + 1], vec![0; record.len() + 2]);
        let (_, read, written, ended) = reader.read_record(record, &mut output, &mut ends);
        // An empty input is how csv-core learns that there is no more.
        let (_, _, more, last) = reader.read_record(&record[read..], &mut output[written..], &mut ends[ended..]);
        let starts = [0].into_iter().chain(ends.iter().copied());
        assert!(written + more <= output.len());
        starts.zip(&ends[..ended + last]).map(|(start, &end)| output[start..end].to_vec()).collect()
    }

    proptest! {
        /// Fields are those that csv-core finds, in well-formed records and in any others.
        #[test]
        fn fields_agree_with_csv_core(record in "([ab\r\"]|\"\"|[,;]|,\"|\",|\u{e9}){1,40}", semicolon in any::<bool>()) {
            let delimiter = if semicolon { b';' } else { b',' };
            let expected = oracle(record.as_bytes(), delimiter);
            let mut listed = Vec::new();
            list(record.as_bytes(), delimiter, &mut |_, text| listed.push(text.to_vec()));
            prop_assert_eq!(&listed, &expected);
            let columns: Vec<_> = (0..expected.len()).map(Some).collect();
            let mut cells = Cells::default();
            cells.clear(expected.len());
            prop_assert_eq!(fill(record.as_bytes(), delimiter, &columns, &mut cells), expected.len());
            let mut buffer = Vec::new();
            for (column, text) in expected.iter().enumerate() {
                prop_assert_eq!(cells.text(column, record.as_bytes(), &mut buffer).unwrap_or_default(), &text[..]);
            }
        }

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
