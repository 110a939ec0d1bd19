//! Where records begin and end.
//!
//! Two questions are asked of a [`Cutter`]. *Where does this record end?* has one answer. *Where does the first record of a
//! byte range begin?* has only a guess when the range starts in the middle of a file: a line feed may stand in quotes, a
//! brace may be nested. So ranges are parsed from guesses, and [`crate::engine::chain`] accepts a range only when it began
//! exactly where the range before it ended. Every position is therefore normalised: a record's `next` is the first byte of
//! the record after it, separators skipped.

use memchr::{memchr, memmem};

use super::format::{Format, Within};
use super::issue::IssueKind;
use super::layout::Layout;
use super::pieces::{Open, Pieces};
use super::text::LinePattern;
use super::unfold::Unfold;
use super::{MAX_RECORD, colour, csv, json};

/// The rule of one file.
#[derive(Clone, Debug)]
pub struct Cutter {
    rule: Rule,
}

#[derive(Clone, Debug)]
enum Rule {
    /// A record is a line; `indent`: leading blanks are no part of it.
    Lines {
        indent: bool,
    },
    /// A record is a run of lines, after which none is open and the next does not go on with an event.
    Pieces(Pieces),
    /// A record is a line that begins an event, with the lines that do not. Boxed: it is large.
    Text(Box<Events>),
    Csv {
        delimiter: u8,
        fields: usize,
    },
    /// A record is an object; `opening` is how one begins: `"first key"`. In an envelope the first `]` between records ends
    /// the file.
    Json {
        opening: Vec<u8>,
        within: Within,
    },
}

/// The lines of events.
#[derive(Clone, Debug)]
struct Events {
    pattern: LinePattern,
    /// Whether there are terminal colours among the text.
    colours: bool,
}

impl Events {
    /// Whether a line begins an event.
    fn begins(&self, line: &[u8]) -> bool {
        if self.colours { self.pattern.begins(&colour::stripped(line)) } else { self.pattern.begins(line) }
    }
}

/// A record as a place in the bytes at hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cut {
    /// First byte.
    pub start: usize,
    /// Byte after the last; line ends are not part of a record.
    pub end: usize,
    /// Where to look for the next record. Inside of the record when it is [`IssueKind::TooLong`]: the rest of it has to be
    /// skipped with [`Cutter::after_too_long`].
    pub next: usize,
    /// Trouble with its end.
    pub issue: Option<IssueKind>,
    /// What it is.
    pub part: Part,
}

/// What a cut is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// A record.
    Record,
    /// A line about the file, which is no record.
    Remark,
    /// The end of the records: the rest of the file holds none.
    Tail,
}

/// Most lines and bytes of one event of a text log. A stack trace fits; what goes on for longer is another record.
pub(super) const MAX_EVENT_LINES: usize = 1_000;
const MAX_EVENT_BYTES: usize = 256 << 10;
/// Most bytes of a run of pieces.
const MAX_RUN_BYTES: usize = 4 << 20;

impl Cutter {
    /// The rule of a file's outermost layer.
    pub fn new(layout: &Layout) -> Self {
        let fields = layout.csv_fields as usize;
        if let Some(Unfold::Pieces(pieces)) = layout.unfold {
            return Self { rule: Rule::Pieces(pieces) };
        }
        let rule = match &layout.format {
            Format::JsonLines => Rule::Lines { indent: true },
            Format::Lines | Format::Logfmt => Rule::Lines { indent: false },
            Format::Text(pattern) => Rule::Text(Box::new(Events { pattern: pattern.clone(), colours: layout.colours })),
            Format::Csv { delimiter, .. } => Rule::Csv { delimiter: *delimiter, fields },
            Format::Json { first_key, within } => {
                Rule::Json { opening: [b"\"", first_key.as_slice(), b"\""].concat(), within: *within }
            }
        };
        Self { rule }
    }

    /// The position of the first byte at or after `at` that belongs to a record; the length of the bytes where there is none.
    pub fn skip(&self, bytes: &[u8], mut at: usize) -> usize {
        while let Some(&byte) = bytes.get(at) {
            let separator = match self.rule {
                Rule::Lines { indent } => matches!(byte, b'\n' | b'\r') || indent && matches!(byte, b' ' | b'\t'),
                Rule::Csv { .. } | Rule::Text(_) | Rule::Pieces(_) => matches!(byte, b'\n' | b'\r'),
                Rule::Json { within: Within::Envelope, .. } => matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b','),
                Rule::Json { .. } => matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b'[' | b']'),
            };
            if !separator {
                break;
            }
            at += 1;
        }
        at
    }

    /// Whether the records stand in an array, which ends before the file does.
    pub fn in_array(&self) -> bool {
        matches!(self.rule, Rule::Json { within: Within::Array | Within::Envelope, .. })
    }

    /// The record that begins at `start`; `None` when more bytes are needed to tell. `last`: the file ends with the bytes.
    pub fn cut(&self, bytes: &[u8], start: usize, last: bool) -> Option<Cut> {
        // No look beyond the limit: the answer must not depend on how many bytes happen to be at hand.
        let limit = start + MAX_RECORD;
        let full = bytes.len() >= limit;
        let last = last && bytes.len() <= limit;
        let bytes = &bytes[..bytes.len().min(limit)];
        match &self.rule {
            Rule::Lines { .. } => line(bytes, start, last, full),
            Rule::Text(events) => event(events, bytes, start, last, full),
            Rule::Pieces(pieces) => pieces_run(*pieces, bytes, start, last, full),
            Rule::Csv { delimiter, .. } => match csv::record_end(bytes, start, *delimiter) {
                csv::End::At(end) => Some(complete(bytes, start, end, end + 1)),
                csv::End::Open { quoted: false } if last => Some(complete(bytes, start, bytes.len(), bytes.len())),
                csv::End::Open { .. } if !(last || full) => None,
                // Line feeds that are there stand in quotes; the record is given up at the first of them.
                csv::End::Open { .. } | csv::End::Runaway => unterminated(line(bytes, start, last, full)),
            },
            Rule::Json { .. } => self.cut_json(bytes, start, last, full),
        }
    }

    fn cut_json(&self, bytes: &[u8], start: usize, last: bool, full: bool) -> Option<Cut> {
        if bytes[start] == b']' && matches!(self.rule, Rule::Json { within: Within::Envelope, .. }) {
            return Some(Cut { part: Part::Tail, ..complete(bytes, start, start, bytes.len()) });
        }
        if bytes[start] != b'{' {
            // No object: whatever it is, it ends at the next separator. A comma in a string would cut it in two, and both
            // halves would be reported.
            let end = bytes[start..].iter().position(|byte| matches!(byte, b',' | b'\n' | b']' | b'{'));
            return match end {
                Some(length) => Some(complete(bytes, start, start + length, start + length)),
                None if last || full => Some(complete(bytes, start, bytes.len(), bytes.len())),
                None => None,
            };
        }
        let broken = match object_end(bytes, start) {
            ObjectEnd::At(end) => return Some(complete(bytes, start, end, end)),
            ObjectEnd::Open => false,
            ObjectEnd::Broken => true,
        };
        if !(broken || last || full) {
            return None;
        }
        // The object does not close: it ends where the next one seems to begin.
        match self.guess(bytes, start + 1) {
            Some(next) => {
                Some(complete(bytes, start, next, next)).map(|cut| Cut { issue: Some(IssueKind::Unterminated), ..cut })
            }
            None if last => {
                let issue = if broken { IssueKind::InvalidJson } else { IssueKind::Truncated };
                Some(Cut { issue: Some(issue), ..complete(bytes, start, bytes.len(), bytes.len()) })
            }
            None if full => {
                let end = start + MAX_RECORD;
                Some(Cut { start, end, next: end, issue: Some(IssueKind::TooLong), part: Part::Record })
            }
            None => None,
        }
    }

    /// A guess at the first record that begins at or after `from`, which is at least 1: the byte before it is looked at.
    /// `None` when none begins in these bytes.
    pub fn guess(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let found = match &self.rule {
            Rule::Lines { .. } => self.skip(bytes, next_line(bytes, from)?),
            // Where a line is open, this range is parsed again from the right place.
            Rule::Pieces(pieces) => self.first_line(bytes, from, &|line| !pieces.goes_on(line))?,
            Rule::Text(events) => {
                let joins = events.pattern.joins_lines();
                self.first_line(bytes, from, &|line| !joins || events.begins(line))?
            }
            Rule::Csv { delimiter, fields } => self.guess_csv(bytes, from, *delimiter, *fields)?,
            Rule::Json { opening, .. } => memmem::find_iter(&bytes[from..], opening)
                .map(|at| from + at)
                .find_map(|key| opening_brace(bytes, from, key))?,
        };
        (found < bytes.len()).then_some(found)
    }

    /// The first line that begins at or after `from` and begins a record.
    fn first_line(&self, bytes: &[u8], from: usize, begins: &dyn Fn(&[u8]) -> bool) -> Option<usize> {
        let mut at = self.skip(bytes, next_line(bytes, from)?);
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let end = memchr(b'\n', rest);
            if begins(&rest[..end.unwrap_or(rest.len())]) {
                break;
            }
            at = self.skip(bytes, at + end? + 1);
        }
        Some(at)
    }

    /// The record after one that was cut for its length, looked for from inside of it; `None` when it begins beyond these
    /// bytes. Other than a guess, this does not look at how the bytes go on: they may end anywhere.
    pub fn after_too_long(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let found = match &self.rule {
            Rule::Lines { .. } | Rule::Csv { .. } | Rule::Text(_) | Rule::Pieces(_) => {
                self.skip(bytes, next_line(bytes, from)?)
            }
            Rule::Json { .. } => return self.guess(bytes, from),
        };
        (found < bytes.len()).then_some(found)
    }

    /// The first line after which three records have the header's number of fields; failing that, the first line.
    fn guess_csv(&self, bytes: &[u8], from: usize, delimiter: u8, fields: usize) -> Option<usize> {
        let first = self.skip(bytes, next_line(bytes, from)?);
        let mut candidate = first;
        for _ in 0..64 {
            let mut at = candidate;
            let fits = (0..3).all(|_| match csv::record_end(bytes, at, delimiter) {
                csv::End::At(end) => {
                    let fits = csv::count(trim_return(&bytes[at..end]), delimiter) == fields;
                    at = self.skip(bytes, end + 1);
                    fits
                }
                csv::End::Open { quoted } => !quoted,
                csv::End::Runaway => false,
            });
            if fits {
                return Some(candidate);
            }
            match next_line(bytes, candidate + 1) {
                Some(next) => candidate = self.skip(bytes, next),
                None => break,
            }
        }
        Some(first)
    }
}

/// A line, or the first [`MAX_RECORD`] bytes of one.
fn line(bytes: &[u8], start: usize, last: bool, full: bool) -> Option<Cut> {
    match memchr(b'\n', &bytes[start..]) {
        Some(length) => Some(complete(bytes, start, start + length, start + length + 1)),
        None if last && !full => Some(complete(bytes, start, bytes.len(), bytes.len())),
        None if !full => None,
        None => {
            let end = start + MAX_RECORD;
            Some(Cut { start, end, next: end, issue: Some(IssueKind::TooLong), part: Part::Record })
        }
    }
}

/// A line that begins an event, with the lines behind it that do not; blank ones at its end left out.
fn event(events: &Events, bytes: &[u8], start: usize, last: bool, full: bool) -> Option<Cut> {
    let mut cut = line(bytes, start, last, full)?;
    if events.pattern.is_remark(&bytes[start..cut.end]) {
        return Some(Cut { part: Part::Remark, ..cut });
    }
    if !events.pattern.joins_lines() {
        return Some(cut);
    }
    for _ in 1..MAX_EVENT_LINES {
        if cut.issue.is_some() || cut.next >= bytes.len() {
            // Whether the event goes on is in the bytes to come.
            return if last || full || cut.issue.is_some() { Some(cut) } else { None };
        }
        // A line that is longer than a record is none of this one's lines.
        let Some(next) = line(bytes, cut.next, last, false) else { return full.then_some(cut) };
        let is_blank = bytes[next.start..next.end].trim_ascii().is_empty();
        if !is_blank {
            let too_long = next.end - start > MAX_EVENT_BYTES;
            if too_long || events.begins(&bytes[next.start..next.end]) {
                return Some(cut);
            }
            cut.end = next.end;
        }
        cut.next = next.next;
    }
    Some(cut)
}

/// A line, with those behind it that it waits for or that go on with it.
fn pieces_run(pieces: Pieces, bytes: &[u8], start: usize, last: bool, full: bool) -> Option<Cut> {
    let mut cut = line(bytes, start, last, full)?;
    let mut open = Open::default();
    pieces.follow(&bytes[cut.start..cut.end], &mut open);
    for _ in 1..MAX_EVENT_LINES {
        if cut.issue.is_some() || !(open.any() || pieces.joins()) {
            return Some(cut);
        }
        if cut.next >= bytes.len() {
            return (last || full).then_some(cut);
        }
        let Some(next) = line(bytes, cut.next, last, false) else { return full.then_some(cut) };
        let too_long = next.end - start > MAX_RUN_BYTES;
        if too_long || !pieces.follow(&bytes[next.start..next.end], &mut open) {
            return Some(cut);
        }
        (cut.end, cut.next) = (next.end, next.next);
    }
    Some(cut)
}

/// A line that was to be a record of several.
fn unterminated(line: Option<Cut>) -> Option<Cut> {
    line.map(|cut| Cut { issue: cut.issue.or(Some(IssueKind::Unterminated)), ..cut })
}

/// A record with its trailing blanks and line end taken off.
fn complete(bytes: &[u8], start: usize, end: usize, next: usize) -> Cut {
    let length = trim_return(&bytes[start..end]).len();
    Cut { start, end: start + length, next, issue: None, part: Part::Record }
}

fn trim_return(record: &[u8]) -> &[u8] {
    record.strip_suffix(b"\r").unwrap_or(record)
}

/// The beginning of the first line that begins at or after `from`.
fn next_line(bytes: &[u8], from: usize) -> Option<usize> {
    memchr(b'\n', &bytes[from - 1..]).map(|at| from + at)
}

/// The `{` before a key, where the key is an object's first and the brace stands at or after `from`.
fn opening_brace(bytes: &[u8], from: usize, key: usize) -> Option<usize> {
    let before = |mut at: usize| {
        while at > 0 && bytes[at - 1].is_ascii_whitespace() {
            at -= 1;
        }
        at.checked_sub(1)
    };
    let brace = before(key).filter(|&at| bytes[at] == b'{' && at >= from)?;
    // A value of another key is nested, not a record.
    let outer = before(brace).map(|at| bytes[at]);
    (!matches!(outer, Some(b':'))).then_some(brace)
}

enum ObjectEnd {
    At(usize),
    Open,
    /// A string with a line feed in it, or braces nested too deep: this object will not close.
    Broken,
}

fn object_end(bytes: &[u8], start: usize) -> ObjectEnd {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(found) = memchr::memchr3(b'"', b'{', b'}', &bytes[at..]) {
        at += found;
        match bytes[at] {
            b'{' => {
                depth += 1;
                if depth > json::MAX_DEPTH {
                    return ObjectEnd::Broken;
                }
            }
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return ObjectEnd::At(at + 1);
                }
            }
            _ => loop {
                let Some(stop) = memchr::memchr3(b'"', b'\\', b'\n', &bytes[at + 1..]) else { return ObjectEnd::Open };
                at += 1 + stop;
                match bytes[at] {
                    b'"' => break,
                    b'\n' => return ObjectEnd::Broken,
                    _ => at += 1,
                }
                if at >= bytes.len() {
                    return ObjectEnd::Open;
                }
            },
        }
        at += 1;
    }
    ObjectEnd::Open
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cutter(format: Format) -> Cutter {
        Cutter::new(&Layout::of(format))
    }

    fn json() -> Cutter {
        cutter(Format::Json { first_key: b"a".to_vec(), within: Within::File })
    }

    /// Cuts a whole file; gives the records and their issues.
    #[track_caller]
    fn check(cutter: &Cutter, text: &str, expected: &[(&str, Option<IssueKind>)]) {
        let bytes = text.as_bytes();
        let mut found = Vec::new();
        let mut at = cutter.skip(bytes, 0);
        while at < bytes.len() {
            let cut = cutter.cut(bytes, at, true).expect("a cut at the end of the file");
            found.push((&text[cut.start..cut.end], cut.issue));
            assert!(cut.next > at, "no progress at {at}");
            at = cutter.skip(bytes, cut.next);
        }
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn lines() {
        let lines = cutter(Format::Lines);
        check(&lines, "a\r\n\r\n b \n\nc", &[("a", None), (" b ", None), ("c", None)]);
        check(&lines, "", &[]);
        check(&lines, "\n\n", &[]);
    }

    #[test]
    fn csv_records_keep_quoted_line_feeds() {
        let csv = Cutter::new(&Layout { csv_fields: 2, ..Layout::of(Format::Csv { delimiter: b',', header: true }) });
        check(&csv, "a,b\n\"x\ny\",2\r\n3,4", &[("a,b", None), ("\"x\ny\",2", None), ("3,4", None)]);
        check(&csv, "1,\"open\n2,b\n", &[("1,\"open", Some(IssueKind::Unterminated)), ("2,b", None)]);
    }

    #[test]
    fn json_objects_in_an_array_or_one_after_the_other() {
        let two = [("{\"a\":{\"b\":\"}{\"}}", None), ("{\"a\":2}", None)];
        check(&json(), "[{\"a\":{\"b\":\"}{\"}},{\"a\":2}]", &two);
        check(&json(), " {\"a\":{\"b\":\"}{\"}}\n{\"a\":2} \n", &two);
        check(&json(), "[]", &[]);
    }

    #[test]
    fn what_follows_the_array_of_an_envelope_is_no_record() {
        let enveloped = cutter(Format::Json { first_key: b"a".to_vec(), within: Within::Envelope });
        let text = b"{\"a\":1} , {\"a\":[2]}\n],\"next\":{\"a\":3}}";
        let first = enveloped.cut(text, 0, true).unwrap();
        let second = enveloped.cut(text, enveloped.skip(text, first.next), true).unwrap();
        assert_eq!((&text[second.start..second.end], second.part), (&b"{\"a\":[2]}"[..], Part::Record));
        assert_eq!(enveloped.cut(text, enveloped.skip(text, second.next), false).unwrap().part, Part::Tail);
    }

    #[test]
    fn an_object_that_does_not_close_ends_where_the_next_begins() {
        let open = Some(IssueKind::Unterminated);
        check(
            &json(),
            "[{\"a\":{\"b\":1},{\"a\":2},{\"a\":3}]",
            &[("{\"a\":{\"b\":1},", open), ("{\"a\":2}", None), ("{\"a\":3}", None)],
        );
        check(&json(), "[{\"a\":\"x\n},{\"a\":2}]", &[("{\"a\":\"x\n},", open), ("{\"a\":2}", None)]);
        check(&json(), "[{\"a\":1},{\"a\":", &[("{\"a\":1}", None), ("{\"a\":", Some(IssueKind::Truncated))]);
        check(&json(), "[{\"a\":1},7,{\"a\":2}]", &[("{\"a\":1}", None), ("7", None), ("{\"a\":2}", None)]);
    }

    #[test]
    fn more_bytes_are_asked_for_while_the_record_is_open() {
        assert_eq!(json().cut(b"{\"a\":\"x", 0, false), None);
        assert_eq!(json().cut(b"{\"a\":\"x\\", 0, false), None);
        assert_eq!(cutter(Format::Lines).cut(b"abc", 0, false), None);
        let csv = Cutter::new(&Layout { csv_fields: 2, ..Layout::of(Format::Csv { delimiter: b',', header: true }) });
        assert_eq!(csv.cut(b"a,\"b\n", 0, false), None);
        assert_eq!(csv.cut(b"a,\"b\nc\"", 0, false), None, "the quote may be half of an escaped one");
        assert_eq!(csv.cut(b"a,\"b\nc\"", 0, true).map(|cut| (cut.end, cut.issue)), Some((7, None)));
    }

    #[test]
    fn guesses() {
        let lines = cutter(Format::Lines);
        assert_eq!(lines.guess(b"ab\ncd\n", 1), Some(3));
        assert_eq!(lines.guess(b"ab\ncd\n", 3), Some(3), "a line that begins right there");
        assert_eq!(lines.guess(b"ab\ncd\n", 4), None);
        assert_eq!(json().guess(b",{\"b\":{\"a\":1}},{\"a\":2}", 1), Some(15), "a nested object is no record");
        let csv = Cutter::new(&Layout { csv_fields: 2, ..Layout::of(Format::Csv { delimiter: b',', header: true }) });
        let text = b"x,1\n\"in\nsome, long, quote\",2\na,3\nb,4\nc,5\n";
        assert_eq!(csv.guess(text, 6), Some(29), "a line inside quotes does not have two fields");
    }

    #[test]
    fn a_line_longer_than_the_limit_is_cut_there() {
        let text = vec![b'x'; MAX_RECORD + 100];
        let cut = cutter(Format::Lines).cut(&text, 0, false).unwrap();
        assert_eq!((cut.end, cut.next, cut.issue), (MAX_RECORD, MAX_RECORD, Some(IssueKind::TooLong)));
    }
}
