//! The format of a file from its first bytes; never from its name.

use memchr::{memchr, memchr_iter};

use super::format::{Format, Within};
use super::text::{self, logfmt};
use super::{json, table};

/// Lines that the decision looks at.
const LOOK: usize = 50;
/// Lines of each place that a text's pattern is learned from.
const LOOK_LINES: usize = 700;
/// The share of lines that are objects from which it is JSON Lines, whatever the others are; and if they are nothing known.
const MOSTLY: f64 = 0.5;
const OFTEN: f64 = 0.2;
/// So many zeros in a row are no part of what was written.
const HOLE: usize = 512;

/// First bytes of files that are no text, what they are called, and what the person can do.
const MAGIC: [(&[u8], &str, &str); 13] = [
    (b"BZh", "a bzip2 archive", UNPACK),
    (b"\xfd7zXZ", "an xz archive", UNPACK),
    (b"7z\xbc\xaf", "a 7z archive", UNPACK),
    (b"PAR1", "a Parquet file", EXPORT),
    (b"ElfFile\0", "a Windows event log", EXPORT),
    (b"LPKSHHRH", "a systemd journal", EXPORT),
    (b"SQLite format 3", "a SQLite database", EXPORT),
    (b"\x89PNG", "a picture", NOT_A_LOG),
    (b"\xff\xd8\xff", "a picture", NOT_A_LOG),
    (b"%PDF", "a PDF", NOT_A_LOG),
    (b"\x7fELF", "a program", NOT_A_LOG),
    (b"\xff\xfe\0\0", "UTF-32 text", SAVE_AS),
    (b"\0\0\xfe\xff", "UTF-32 text", SAVE_AS),
];
/// A file that holds one of them holds nothing.
const BYTE_ORDER_MARKS: [&[u8]; 3] = [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"];
const UNPACK: &str = "Unpack it and drop what is inside.";
const EXPORT: &str = "Export it as CSV or JSON Lines and drop that.";
const NOT_A_LOG: &str = "Drop a CSV, JSON or text log instead.";
const SAVE_AS: &str = "Save it as UTF-8 and drop that.";

/// Why a file can't be read, if it can't.
#[inline(never)]
pub(super) fn refusal(head: &[u8], size: u64) -> Option<String> {
    if size == 0 || BYTE_ORDER_MARKS.contains(&head) {
        return Some("This file is empty.".into());
    }
    if let Some((_, what, advice)) = MAGIC.iter().find(|(magic, _, _)| head.starts_with(magic)) {
        return Some(format!("This is {what}, which Strayline does not read. {advice}"));
    }
    // A program that goes on writing to a log which was cut off under it leaves a hole of zeros.
    let written = head.chunk_by(|a, b| (*a == 0) == (*b == 0)).filter(|run| run[0] != 0 || run.len() < HOLE);
    let mut sample = written.flatten().copied().take(64 << 10).collect::<Vec<u8>>();
    if sample.is_empty() {
        sample.extend_from_slice(&head[..head.len().min(HOLE)]);
    }
    let strange = sample
        .iter()
        .filter(|&&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0x1b))
        .count();
    // Text may hold a stray NUL; a binary file holds many.
    if strange * 50 > sample.len() {
        return Some(format!("This looks like a binary file, not a log. {NOT_A_LOG}"));
    }
    head.iter().all(u8::is_ascii_whitespace).then(|| "This file holds nothing but blanks.".into())
}

/// What to say of a file whose lines end with carriage returns only: nothing else ends its first record.
pub(super) fn old_line_ends(head: &[u8], format: &Format) -> Option<String> {
    let is_one = !matches!(format, Format::Json { .. }) && memchr(b'\n', head).is_none();
    let returns = memchr_iter(b'\r', head.trim_ascii_end()).count();
    (is_one && returns > 0).then(|| {
        "The lines of this file end with carriage returns only, so it is read as one. Save it with line feeds and drop that."
            .into()
    })
}

/// The format of a text, of which `probes` are bytes from further inside. `whole`: the file ends with the text.
#[inline(never)]
pub(super) fn format(text: &[u8], probes: &[Vec<u8>], whole: bool) -> Format {
    let first = json::skip_blank(text, 0);
    match text.get(first) {
        Some(b'{') => json_format(text, first),
        Some(b'[') if text.get(json::skip_blank(text, first + 1)) == Some(&b'{') => {
            json_elements(text, json::skip_blank(text, first + 1), Within::Array)
        }
        _ => None,
    }
    .unwrap_or_else(|| line_format(text, probes, whole))
}

/// The share (0..=1) of the lines that are objects. Where it is not the first, a program printed something before it logged,
/// or in between.
fn objects(lines: &[&[u8]]) -> f64 {
    let (mut all, mut objects) = (0_usize, 0_usize);
    for line in lines.iter().map(|line| line.trim_ascii()).filter(|line| !line.is_empty()) {
        all += 1;
        objects += usize::from(line.starts_with(b"{") && json::list(line, &mut |_, _, _| {}).is_ok());
    }
    if objects < 2 { 0.0 } else { objects as f64 / all as f64 }
}

/// The format of a text that is no JSON. Names of fields say more than what can be learned from lines, and that more than
/// a table without names.
#[inline(never)]
fn line_format(text: &[u8], probes: &[Vec<u8>], whole: bool) -> Format {
    let mut lines = whole_lines(text, whole);
    let objects = objects(&lines);
    if objects >= MOSTLY {
        return Format::JsonLines;
    }
    let table = table::format(text, whole);
    let table = match table {
        Some((table, true)) => return table,
        unnamed => unnamed.map(|(table, _)| table),
    };
    // What stands before the first line feed began before the probe.
    lines.extend(probes.iter().flat_map(|probe| whole_lines(probe, false).into_iter().skip(1).take(LOOK_LINES)));
    let pairs = logfmt::share(&lines);
    if pairs >= 0.5 && lines.first().is_some_and(|line| starts_with_pair(line)) {
        // Some known formats consist of pairs, with a time among them that no pair is.
        return text::known(&lines).map_or(Format::Logfmt, Format::Text);
    }
    if let Some((pattern, _)) = text::recognise(&lines) {
        return Format::Text(pattern);
    }
    if pairs >= 0.8 {
        return Format::Logfmt;
    }
    table.unwrap_or(if objects >= OFTEN { Format::JsonLines } else { Format::Lines })
}

/// The lines of some bytes, the last of which may be cut off.
fn whole_lines(bytes: &[u8], whole: bool) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    if !whole && lines.len() > 1 {
        lines.pop();
    }
    lines.truncate(LOOK_LINES);
    lines
}

/// Whether a line's first word is a key with a value.
fn starts_with_pair(line: &[u8]) -> bool {
    let key =
        line.trim_ascii_start().split(|&byte| byte == b'=' || byte.is_ascii_whitespace()).next().unwrap_or_default();
    !key.is_empty()
        && key.len() < line.len()
        && line.trim_ascii_start().get(key.len()) == Some(&b'=')
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// Text whose first mark is a brace.
#[inline(never)]
fn json_format(text: &[u8], first: usize) -> Option<Format> {
    let lines: Vec<&[u8]> =
        text[first..].split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    // The last line may be cut off; it only counts when it is the only one.
    let lines = &lines[..LOOK.min(lines.len().max(2) - 1)];
    let objects = lines.iter().filter(|line| json::list(line, &mut |_, _, _| {}).is_ok()).count();
    let braces = lines.iter().filter(|line| line.starts_with(b"{") && line.len() > 1).count();
    if objects * 2 >= lines.len() {
        return Some(Format::JsonLines);
    }
    json_elements(text, first, Within::File).or_else(|| (braces * 2 > lines.len()).then_some(Format::JsonLines))
}

/// Objects over several lines, or in an array: what has a first key can be found again from inside the file.
pub(super) fn json_elements(text: &[u8], brace: usize, within: Within) -> Option<Format> {
    let quote = json::skip_blank(text, brace + 1);
    let key = text.get(quote..)?.strip_prefix(b"\"")?;
    let end = memchr(b'"', key)?;
    let colon = json::skip_blank(key, end + 1);
    (key.get(colon) == Some(&b':') && end < 1024).then(|| Format::Json { first_key: key[..end].to_vec(), within })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &Format) {
        assert_eq!(format(text.as_bytes(), &[], true), *expected, "{text}");
    }

    fn csv(delimiter: u8, header: bool) -> Format {
        Format::Csv { delimiter, header }
    }

    fn json(first_key: &str, within: Within) -> Format {
        Format::Json { first_key: first_key.into(), within }
    }

    #[test]
    fn json_forms() {
        check("{\"a\":1}\n{\"a\":2}\n", &Format::JsonLines);
        check("{\"a\":1}", &Format::JsonLines);
        check("{\"a\":1}\nbroken\n{\"a\":2}\n{\"a\":3}\n", &Format::JsonLines);
        check("[{\"a\":1},{\"a\":2}]", &json("a", Within::Array));
        check("\n [\n  {\n \"a\" : 1 },\n {\"a\":2}]", &json("a", Within::Array));
        check("{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n", &json("a", Within::File));
        check("{\"a\":1}{\"a\":2}", &json("a", Within::File));
        check("{\"a\":1,\"b\":", &json("a", Within::File));
    }

    #[test]
    fn csv_forms() {
        check("a,b,c\n1,2,3\n4,5,6\n", &csv(b',', true));
        check("a;b\n1;2,5\n3;4,5\n", &csv(b';', true));
        check("a\tb\n1\t2\n", &csv(b'\t', true));
        check("time|level|msg\n1|INFO|a\n", &csv(b'|', true));
        check("1,2,3\n4,5,6\n", &csv(b',', false));
        check("1.5,2\n4.5,5\n6,7\n8,9\n", &csv(b',', false));
        check("a,b,c\n", &csv(b',', true));
        check("id,text\n1,\"x, y\nz\"\n2,\"q\"\n", &csv(b',', true));
        check("a,b,c\n1,2\n1,2,3\n1,2,3,4\n1,2,3\n1,2,3\n", &csv(b',', true));
    }

    #[test]
    fn plain_text_is_no_csv() {
        for text in [
            "2024-01-01 10:00:00,123 INFO started\n2024-01-01 10:00:01,004 INFO stopped\n",
            "20171223-22:15:29:606|Step_LSC|30002312|started 3\n20171223-22:15:29:615|Step_SPU|30002312|ended 4\n",
        ] {
            let found = format(text.as_bytes(), &[], true);
            assert!(matches!(found, Format::Text(_)), "{found:?}");
        }
        check(
            "time=2024-01-01T10:00:00Z level=info msg=\"a b\"\ntime=2024-01-01T10:00:01Z level=warn msg=c\n",
            &Format::Logfmt,
        );
        check("Dear team, all is well\nYours truly, me\n", &Format::Lines);
        check("just one line", &Format::Lines);
    }

    #[test]
    fn refusals_say_what_to_do() {
        assert_eq!(refusal(b"", 0).as_deref(), Some("This file is empty."));
        assert!(refusal(b"BZh9rest", 8).unwrap().contains("bzip2"));
        assert!(refusal(b"\0\x01\x02\x03binary\0\0\0", 13).unwrap().contains("binary"));
        assert!(refusal(&[0; 4096], 4096).unwrap().contains("binary"));
        assert_eq!(refusal(&[b"one line\n".repeat(9), vec![0; 4096], b"another\n".to_vec()].concat(), 4185), None);
        assert!(refusal(b" \n\n", 3).unwrap().contains("blanks"));
        assert_eq!(refusal(b"one \0 NUL in a line of text that is long enough to be text", 58), None);
    }
}
