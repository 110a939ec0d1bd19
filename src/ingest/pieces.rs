//! Lines that a container's runtime wrote in pieces or tore from their events, put together again.
//!
//! A runtime cuts what a program writes without a line feed (after 16 KiB), and marks the pieces: Docker's `json-file` by
//! leaving out the line feed at the end of `log`, the Kubernetes runtime interface (CRI) by the tag `P` in the place of `F`.
//! The rest comes in the next line of the same stream; the other stream's lines may stand between. And it writes something
//! before each line, those of a stack trace too, which so seem to be events. A record is therefore a run of lines after
//! which no stream is open and the next line does not go on with an event; its rows are the events that were written.
//!
//! Sources: docs.docker.com/engine/logging/drivers/json-file;
//! github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md;
//! docs.docker.com/reference/cli/docker/compose/logs; kubernetes.io/docs/reference/kubectl (logs).

use std::borrow::Cow;
use std::collections::HashMap;

use memchr::{memchr, memmem};
use serde::{Deserialize, Serialize};

use super::cut::MAX_EVENT_LINES;
use super::trace::{self, Trace};
use crate::common::hash::hash_bytes;

/// Lines of a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pieces {
    runtime: Runtime,
    /// Whether lines that go on with an event are joined to it.
    joins: bool,
}

/// Who wrote the lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Runtime {
    /// Docker's `json-file`.
    Docker,
    /// A runtime of Kubernetes.
    Cri,
    /// A command that shows lines of containers, and writes before each which one's it is (`docker compose logs`,
    /// `kubectl logs --prefix`), with or without the time.
    Named,
    /// One that writes the time before each line (`kubectl logs --timestamps`).
    Stamped,
}

/// What stands before and behind the text of Docker's pieces. Nothing in a JSON string looks like the latter: its quotes
/// would be escaped.
const LOG: &[u8] = b"{\"log\":\"";
const STREAM: &[u8] = b"\",\"stream\":\"";
/// Lines that the decision looks at.
const LOOK: usize = 200;
/// Lines of a stream that tell how its program writes.
const LEAST_LINES: usize = 5;
/// Names of the streams that have pieces.
const STREAMS: [&[u8]; 2] = [b"stdout", b"stderr"];

/// One line of a file.
struct Piece<'a> {
    /// Which stream it is of.
    stream: &'a [u8],
    /// Whether it is the last of what was written.
    ends: bool,
    /// Where its text begins and ends.
    text: (usize, usize),
}

/// What a run of lines waits for, stream by stream. Where two streams have one slot a run may end too soon, within what one
/// of them writes while the other does too.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Open {
    streams: [(bool, Trace); SLOTS],
}

const SLOTS: usize = 16;

/// The last row of a stream.
struct Last<'a> {
    stream: &'a [u8],
    row: usize,
    /// Where text is added to it.
    end: usize,
    open: bool,
    trace: Trace,
}

/// What the lines of a stream are, counted.
#[derive(Default)]
struct Written {
    lines: usize,
    going_on: usize,
    frames: usize,
}

impl Written {
    fn add(&mut self, text: &[u8]) {
        self.lines += 1;
        self.going_on += usize::from(Trace::default().goes_on(text));
        self.frames += usize::from(Trace::is_frame(text));
    }

    /// Whether the program indents whatever it writes, and not because it writes stack traces.
    fn is_always_indented(&self) -> bool {
        self.lines >= LEAST_LINES && self.going_on * 100 >= self.lines * 99 && self.frames * 4 < self.going_on
    }
}

impl Pieces {
    /// Whose lines these are, if they are of a container's runtime.
    #[inline(never)]
    pub(super) fn detect<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let lines: Vec<&[u8]> = lines.map(trim_return).filter(|line| !line.is_empty()).collect();
        let looked = &lines[..lines.len().min(LOOK)];
        let runtime =
            [Runtime::Docker, Runtime::Cri, Runtime::Named, Runtime::Stamped].into_iter().find(|runtime| {
                let whole = looked.iter().filter(|line| runtime.piece(line).is_some_and(|piece| piece.ends)).count();
                whole as f64 > looked.len() as f64 * runtime.needed()
            })?;
        let mut streams: HashMap<&[u8], Written> = HashMap::new();
        for line in &lines {
            let Some(piece) = runtime.piece(line) else { continue };
            streams.entry(piece.stream).or_default().add(runtime.text(line, &piece));
        }
        // Where only a time stands before the text, it may be the program's own, with blanks behind it for their looks.
        let sure = runtime != Runtime::Stamped || streams.values().any(|stream| stream.frames > 0);
        let joins = sure && !streams.values().any(Written::is_always_indented);
        let pieces = Self { runtime, joins };
        (joins || matches!(runtime, Runtime::Docker | Runtime::Cri)).then_some(pieces)
    }

    /// The text without the lines that go on with an event, to learn from it how events begin.
    #[inline(never)]
    pub(super) fn heads(self, text: &[u8]) -> Cow<'_, [u8]> {
        if !self.joins {
            return text.into();
        }
        let (mut open, mut lines) = (Open::default(), 0);
        let begins = |line: &&[u8]| {
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let goes_on = lines < MAX_EVENT_LINES && self.follow(line, &mut open);
            if !goes_on {
                (open, lines) = (Open::default(), 0);
                self.follow(line, &mut open);
            }
            lines += 1;
            !goes_on
        };
        let heads: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').filter(begins).collect();
        heads.concat().into()
    }

    /// Takes note of a line. `false`: the run ends before it, since nothing waits for it.
    pub(super) fn follow(self, line: &[u8], open: &mut Open) -> bool {
        let line = trim_return(line);
        let Some(piece) = self.runtime.piece(line) else { return false };
        let waited = open.any();
        let (is_open, trace) = &mut open.streams[hash_bytes(piece.stream) as usize % SLOTS];
        *is_open = !piece.ends;
        self.joins && trace.goes_on(self.runtime.text(line, &piece)) || waited
    }

    /// Whether a line can't be the first of a run.
    pub(super) fn goes_on(self, line: &[u8]) -> bool {
        self.follow(line, &mut Open::default())
    }

    /// Whether lines may go on with an event.
    pub(super) fn joins(self) -> bool {
        self.joins
    }

    /// The events that a run of lines was written as, in the order in which they began; `None` where the record is one line.
    pub fn rows(self, record: &[u8]) -> Option<Vec<Vec<u8>>> {
        memchr(b'\n', record)?;
        let mut rows: Vec<Vec<u8>> = Vec::new();
        let mut streams: Vec<Last<'_>> = Vec::new();
        for line in record.split(|&byte| byte == b'\n').map(trim_return) {
            let Some(piece) = self.runtime.piece(line) else {
                if !line.trim_ascii().is_empty() {
                    rows.push(line.to_vec());
                }
                continue;
            };
            let (from, to) = piece.text;
            let known = streams.iter().position(|last| last.stream == piece.stream);
            let mut trace = known.map_or_else(Trace::default, |known| streams[known].trace);
            let goes_on = self.joins && trace.goes_on(self.runtime.text(line, &piece));
            match known.map(|known| &mut streams[known]) {
                Some(last) if last.open || goes_on => {
                    let mut added = Vec::new();
                    if !last.open && self.runtime != Runtime::Docker {
                        added.push(b'\n');
                    }
                    added.extend_from_slice(&line[from..to]);
                    rows[last.row].splice(last.end..last.end, added.iter().copied());
                    last.end += added.len();
                    (last.open, last.trace) = (!piece.ends, trace);
                }
                last => {
                    let new = Last { stream: piece.stream, row: rows.len(), end: to, open: !piece.ends, trace };
                    match last {
                        Some(last) => *last = new,
                        None => streams.push(new),
                    }
                    rows.push(line.to_vec());
                }
            }
        }
        Some(rows)
    }
}

impl Runtime {
    /// The share of the lines that must be more than whole. A table or a program's own head may look like a name or a time.
    fn needed(self) -> f64 {
        match self {
            Self::Docker | Self::Cri => 0.5,
            Self::Named | Self::Stamped => 0.95,
        }
    }

    fn piece(self, line: &[u8]) -> Option<Piece<'_>> {
        match self {
            Self::Docker => {
                let text = line.trim_ascii_start();
                let from = line.len() - text.len() + LOG.len();
                let to = from + memmem::find(text.strip_prefix(LOG)?, STREAM)?;
                let name = &line[to + STREAM.len()..];
                let stream = known_stream(&name[..memchr(b'"', name)?])?;
                Some(Piece { stream, ends: line_feed(&line[from..to]).is_some(), text: (from, to) })
            }
            Self::Cri => {
                let stream = memchr(b' ', line)? + 1;
                let tag = stream + memchr(b' ', &line[stream..])? + 1;
                let from = tag + memchr(b' ', &line[tag..])? + 1;
                // Further tags may stand behind a colon.
                let first = line[tag..from - 1].split(|&byte| byte == b':').next();
                let ends = match first {
                    Some(b"F") => true,
                    Some(b"P") => false,
                    _ => return None,
                };
                Some(Piece { stream: known_stream(&line[stream..tag - 1])?, ends, text: (from, line.len()) })
            }
            Self::Named => {
                let (name, from) = container(line)?;
                let from = from + stamp(&line[from..]).unwrap_or(0);
                Some(Piece { stream: &line[..name], ends: true, text: (from, line.len()) })
            }
            Self::Stamped => Some(Piece { stream: b"", ends: true, text: (stamp(line)?, line.len()) }),
        }
    }

    /// What the program wrote on a line, its line feed left out.
    fn text<'a>(self, line: &'a [u8], piece: &Piece<'_>) -> &'a [u8] {
        let text = &line[piece.text.0..piece.text.1];
        if self != Self::Docker {
            return text;
        }
        let text = line_feed(text).unwrap_or(text);
        text.strip_suffix(b"\\r").unwrap_or(text)
    }
}

fn known_stream(name: &[u8]) -> Option<&'static [u8]> {
    STREAMS.into_iter().find(|stream| *stream == name)
}

/// A JSON string's text before the line feed at its end: an `n` behind an odd number of backslashes.
fn line_feed(text: &[u8]) -> Option<&[u8]> {
    let before = text.strip_suffix(b"n")?;
    let slashes = before.iter().rev().take_while(|&&byte| byte == b'\\').count();
    (slashes % 2 == 1).then(|| &before[..before.len() - 1])
}

/// Where the name of a line's container ends, and where what stands behind it begins.
fn container(line: &[u8]) -> Option<(usize, usize)> {
    if line.starts_with(b"[pod/") {
        let end = memchr(b']', line)?;
        return Some((end, end + 1 + usize::from(line.get(end + 1) == Some(&b' '))));
    }
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let name = line.iter().take_while(|byte| named(byte)).count();
    let blanks = line[name..].iter().take_while(|byte| **byte == b' ').count();
    let bar = name + blanks;
    let stands = name > 0 && blanks > 0 && line.get(bar) == Some(&b'|') && !trace::begins_with_level(line);
    stands.then(|| (name, bar + 1 + usize::from(line.get(bar + 1) == Some(&b' '))))
}

/// The length of a runtime's time at the beginning of a text, with the blank behind it: nanoseconds in nine digits.
fn stamp(text: &[u8]) -> Option<usize> {
    let digits =
        |range: std::ops::Range<usize>| text.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let is_time = digits(0..4) && text.get(10) == Some(&b'T') && text.get(19) == Some(&b'.') && digits(20..29);
    let zone = memchr(b' ', text.get(29..text.len().min(36))?)?;
    (is_time && matches!(zone, 1 | 6)).then_some(29 + zone + 1)
}

fn trim_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

impl Open {
    /// Whether a stream waits for more.
    pub(super) fn any(self) -> bool {
        self.streams.iter().any(|(is_open, trace)| *is_open || trace.waits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(runtime: Runtime, record: &str, expected: &[&str]) {
        let pieces = Pieces { runtime, joins: true };
        let rows = pieces.rows(record.as_bytes()).unwrap_or_else(|| vec![record.into()]);
        let rows: Vec<_> = rows.iter().map(|row| String::from_utf8_lossy(row)).collect();
        assert_eq!(rows, expected, "{record}");
    }

    #[test]
    fn pieces_are_joined_stream_by_stream() {
        let docker = |log: &str, stream: &str, at: u32| {
            format!(r#"{{"log":"{log}","stream":"{stream}","time":"2026-02-06T10:00:0{at}Z"}}"#)
        };
        let record =
            [docker("one ", "stdout", 1), docker(r"err\n", "stderr", 2), docker(r"two\n", "stdout", 3)].join("\n");
        check(Runtime::Docker, &record, &[&docker(r"one two\n", "stdout", 1), &docker(r"err\n", "stderr", 2)]);
        check(Runtime::Docker, &docker("one", "stdout", 1), &[&docker("one", "stdout", 1)]);
        let cri = "t1 stdout P a \nt2 stderr P x\r\nt3 stdout P b \nnoise\nt4 stdout F c\nt5 stderr F y";
        check(Runtime::Cri, cri, &["t1 stdout P a b c", "t2 stderr P xy", "noise"]);
    }

    #[test]
    fn lines_are_open_until_their_last_piece() {
        for (runtime, line, expected) in [
            (Runtime::Docker, r#"{"log":"a\n","stream":"stdout","time":"t"}"#, Some(true)),
            (Runtime::Docker, r#"{"log":"a","stream":"stdout","time":"t"}"#, Some(false)),
            (Runtime::Docker, r#"{"log":"a\\n","stream":"stdout","attrs":{"a":"b"},"time":"t"}"#, Some(false)),
            (Runtime::Docker, r#"{"log":"a\\\n","stream":"stderr","time":"t"}"#, Some(true)),
            (Runtime::Docker, r#"{"log":"\",\"stream\":\"\n","stream":"stderr","time":"t"}"#, Some(true)),
            (Runtime::Docker, r#"{"log":"","stream":"stderr","time":"t"}"#, Some(false)),
            (Runtime::Docker, r#"{"log":"a\n","stream":"stdwar","time":"t"}"#, None),
            (Runtime::Docker, r#"{"stream":"stdout","log":"a\n"}"#, None),
            (Runtime::Cri, "2024-01-01T00:00:00Z stdout F a", Some(true)),
            (Runtime::Cri, "2024-01-01T00:00:00Z stderr P:more a", Some(false)),
            (Runtime::Cri, "2024-01-01T00:00:00Z stdout F ", Some(true)),
            (Runtime::Cri, "2024-01-01T00:00:00Z stdout X a", None),
            (Runtime::Cri, "at Main.java", None),
        ] {
            assert_eq!(runtime.piece(line.as_bytes()).map(|piece| piece.ends), expected, "{line}");
        }
    }

    #[test]
    fn lines_of_a_trace_are_joined_to_their_events() {
        let cri = "t1 stderr F ERROR it broke\nt1 stderr F java.lang.IllegalStateException: no\nt1 stderr F \tat a.B.c(B.java:1)\nt2 stdout F fine";
        check(
            Runtime::Cri,
            cri,
            &[
                "t1 stderr F ERROR it broke\njava.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)",
                "t2 stdout F fine",
            ],
        );
        let log = |text: &str| format!(r#"{{"log":"{text}\n","stream":"stderr","time":"t"}}"#);
        let docker = [log("broke"), log(r"\tat a.B"), log("next")].join("\n");
        check(Runtime::Docker, &docker, &[&log(r"broke\n\tat a.B"), &log("next")]);
        let named = "web-1  | ERROR no\nweb-1  | Traceback (most recent call last):\nweb-1  |   File \"a.py\", line 1, in f\nweb-1  | ValueError: 3\nweb-1  | ok\ndb-1   | \tindented";
        check(
            Runtime::Named,
            named,
            &[
                "web-1  | ERROR no\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f\nValueError: 3",
                "web-1  | ok",
                "db-1   | \tindented",
            ],
        );
        let chained = "t stderr F ERROR no\nt stderr F Traceback (most recent call last):\nt stdout F fine: 1\nt stderr F   File \"a.py\"\nt stderr F KeyError: 3\nt stderr F \nt stderr F During handling of the above exception, another exception occurred:";
        check(
            Runtime::Cri,
            chained,
            &[
                "t stderr F ERROR no\nTraceback (most recent call last):\n  File \"a.py\"\nKeyError: 3\n\nDuring handling of the above exception, another exception occurred:",
                "t stdout F fine: 1",
            ],
        );
        let stamp = "2026-02-06T10:00:00.123456789Z";
        let stamped = format!("{stamp} boom\n{stamp} \tat x");
        check(Runtime::Stamped, &stamped, &[&format!("{stamp} boom\n\tat x")]);
    }

    #[test]
    fn runtimes_are_told_by_their_lines() {
        let detect = |text: &str| Pieces::detect(text.as_bytes().split(|&byte| byte == b'\n'));
        let with = |runtime, joins| Some(Pieces { runtime, joins });
        assert_eq!(detect("web-1  | a\ndb-1   | b\n"), with(Runtime::Named, true));
        assert_eq!(detect("[pod/a/b] x\n[pod/a/b]   y\n"), with(Runtime::Named, true));
        let mixed = "web-1  | a\ndb-1   |   b\n".repeat(LEAST_LINES);
        assert_eq!(detect(&mixed), None, "all of one container's is indented");
        let traces = "web-1  | a\ndb-1   | \tat x\n".repeat(LEAST_LINES);
        assert_eq!(detect(&traces), with(Runtime::Named, true), "there are only the lines of a trace");
        assert_eq!(detect("a | b | c\nd | e | f\n"), with(Runtime::Named, true));
        let stamp = "2026-02-06T10:00:00.123456789Z";
        assert_eq!(detect(&format!("{stamp}  INFO a\n{stamp}   b\n")), None);
        assert_eq!(detect(&format!("{stamp} a\n{stamp}  at b.c(D:1)\n")), with(Runtime::Stamped, true));
        assert_eq!(detect("t stdout F a\nt stdout F  b\nt stdout F  c"), with(Runtime::Cri, true));
        assert_eq!(detect("2026-02-06T10:00:00Z a\n"), None);
    }

    #[test]
    fn heads_leave_out_what_goes_on() {
        let pieces = Pieces { runtime: Runtime::Named, joins: true };
        let text = "a-1  | 10:00 x\r\na-1  | \tat y\r\nnoise\na-1  | 10:01 z";
        assert_eq!(*pieces.heads(text.as_bytes()), *b"a-1  | 10:00 x\r\nnoise\na-1  | 10:01 z");
    }
}
