//! Lines that a container's runtime wrote in pieces, put together again.
//!
//! A runtime cuts what a program writes without a line feed (after 16 KiB), and marks the pieces: Docker's `json-file` by
//! leaving out the line feed at the end of `log`, the Kubernetes runtime interface (CRI) by the tag `P` in the place of `F`.
//! The rest comes in the next line of the same stream; the other stream's lines may stand between. So a record is a run of
//! lines after which no stream is open, and its rows are the lines that were written.
//!
//! Sources: docs.docker.com/engine/logging/drivers/json-file;
//! github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md.

use memchr::{memchr, memmem};
use serde::{Deserialize, Serialize};

/// Who wrote the pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pieces {
    /// Docker's `json-file`.
    Docker,
    /// A runtime of Kubernetes.
    Cri,
}

/// What stands before and behind the text of Docker's pieces. Nothing in a JSON string looks like the latter: its quotes
/// would be escaped.
const LOG: &[u8] = b"{\"log\":\"";
const STREAM: &[u8] = b"\",\"stream\":\"";
/// Lines that the decision looks at.
const LOOK: usize = 200;
/// Names of the streams.
const STREAMS: [&[u8]; 2] = [b"stdout", b"stderr"];

/// One line of a file.
struct Piece {
    /// Index of its stream.
    stream: usize,
    /// Whether it is the last of what was written.
    ends: bool,
    /// Where its text begins and ends.
    text: (usize, usize),
}

/// The streams that wait for more.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Open([bool; 2]);

impl Pieces {
    /// Who wrote these lines, if they are of a container's runtime and most of them are whole.
    #[inline(never)]
    pub(super) fn detect<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).take(LOOK).collect();
        [Self::Docker, Self::Cri].into_iter().find(|pieces| {
            let whole = lines.iter().filter(|line| pieces.piece(line).is_some_and(|piece| piece.ends)).count();
            whole * 2 > lines.len()
        })
    }

    /// Takes note of a line. `false`: it is of no stream, so nothing is joined over it.
    pub(super) fn follow(self, line: &[u8], open: &mut Open) -> bool {
        let Some(piece) = self.piece(line) else { return false };
        open.0[piece.stream] = !piece.ends;
        true
    }

    /// The lines that a run of pieces was written as, in the order in which they began; `None` where the record is one line.
    pub fn rows(self, record: &[u8]) -> Option<Vec<Vec<u8>>> {
        memchr(b'\n', record)?;
        // A row, and where text is added to it.
        let mut rows: Vec<(Vec<u8>, usize)> = Vec::new();
        let mut open: [Option<usize>; 2] = [None; 2];
        for line in record.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let Some(Piece { stream, ends, text: (from, to) }) = self.piece(line) else {
                if !line.trim_ascii().is_empty() {
                    rows.push((line.to_vec(), line.len()));
                }
                continue;
            };
            let row = if let Some(row) = open[stream] {
                let (text, end) = &mut rows[row];
                let piece = &line[from..to];
                text.splice(*end..*end, piece.iter().copied());
                *end += piece.len();
                row
            } else {
                rows.push((line.to_vec(), to));
                rows.len() - 1
            };
            open[stream] = (!ends).then_some(row);
        }
        Some(rows.into_iter().map(|(row, _)| row).collect())
    }

    fn piece(self, line: &[u8]) -> Option<Piece> {
        let index = |name: &[u8]| STREAMS.iter().position(|stream| *stream == name);
        match self {
            Self::Docker => {
                let text = line.trim_ascii_start();
                let from = line.len() - text.len() + LOG.len();
                let to = from + memmem::find(text.strip_prefix(LOG)?, STREAM)?;
                let name = &line[to + STREAM.len()..];
                let stream = index(&name[..memchr(b'"', name)?])?;
                // An `n` behind an odd number of backslashes.
                let before = line[from..to].strip_suffix(b"n").unwrap_or_default();
                let ends = before.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1;
                Some(Piece { stream, ends, text: (from, to) })
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
                Some(Piece { stream: index(&line[stream..tag - 1])?, ends, text: (from, line.len()) })
            }
        }
    }
}

impl Open {
    /// Whether a stream waits for more.
    pub(super) fn any(self) -> bool {
        self.0.contains(&true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pieces: Pieces, record: &str, expected: &[&str]) {
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
        check(Pieces::Docker, &record, &[&docker(r"one two\n", "stdout", 1), &docker(r"err\n", "stderr", 2)]);
        check(Pieces::Docker, &docker("one", "stdout", 1), &[&docker("one", "stdout", 1)]);
        let cri = "t1 stdout P a \nt2 stderr P x\r\nt3 stdout P b \nnoise\nt4 stdout F c\nt5 stderr F y";
        check(Pieces::Cri, cri, &["t1 stdout P a b c", "t2 stderr P xy", "noise"]);
    }

    #[test]
    fn lines_are_open_until_their_last_piece() {
        for (pieces, line, expected) in [
            (Pieces::Docker, r#"{"log":"a\n","stream":"stdout","time":"t"}"#, Some(true)),
            (Pieces::Docker, r#"{"log":"a","stream":"stdout","time":"t"}"#, Some(false)),
            (Pieces::Docker, r#"{"log":"a\\n","stream":"stdout","attrs":{"a":"b"},"time":"t"}"#, Some(false)),
            (Pieces::Docker, r#"{"log":"a\\\n","stream":"stderr","time":"t"}"#, Some(true)),
            (Pieces::Docker, r#"{"log":"\",\"stream\":\"\n","stream":"stderr","time":"t"}"#, Some(true)),
            (Pieces::Docker, r#"{"log":"","stream":"stderr","time":"t"}"#, Some(false)),
            (Pieces::Docker, r#"{"log":"a\n","stream":"stdwar","time":"t"}"#, None),
            (Pieces::Docker, r#"{"stream":"stdout","log":"a\n"}"#, None),
            (Pieces::Cri, "2024-01-01T00:00:00Z stdout F a", Some(true)),
            (Pieces::Cri, "2024-01-01T00:00:00Z stderr P:more a", Some(false)),
            (Pieces::Cri, "2024-01-01T00:00:00Z stdout F ", Some(true)),
            (Pieces::Cri, "2024-01-01T00:00:00Z stdout X a", None),
            (Pieces::Cri, "at Main.java", None),
        ] {
            assert_eq!(pieces.piece(line.as_bytes()).map(|piece| piece.ends), expected, "{line}");
        }
    }
}
