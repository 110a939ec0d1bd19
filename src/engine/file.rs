//! A file as the conductor knows it, and what it is told of one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::chain::Chain;
use crate::ingest::IssueKind;
use crate::ingest::cells::Strangers;
use crate::view::FileReport;

/// A file of the analysis. Its bytes are reached through the shard's [`crate::ingest::ByteSource`], by position in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Name, for the person.
    pub name: String,
    /// Size in bytes; of a compressed one, as it is.
    pub size: u64,
    /// When it was last written, in nanoseconds since the epoch, where that is known: the year of times without one.
    pub modified: Option<i64>,
}

/// What was found out about a file: all of it as bytes, and what the conductor has to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// A [`crate::ingest::Detection`].
    pub detection: ByteBuf,
    /// What the file is, for the person.
    pub format: String,
    /// Where the first record begins.
    pub data_start: u64,
    /// Something that the person must know.
    pub note: Option<String>,
    /// Whether there is anything to read.
    pub readable: bool,
}

impl Looked {
    /// A file that is not read, and why.
    pub fn unreadable(note: String) -> Self {
        Self { detection: ByteBuf::new(), format: String::new(), data_start: 0, note: Some(note), readable: false }
    }
}

/// A file of the person, or one in an archive of theirs.
#[derive(Debug)]
pub(super) struct File {
    pub(super) info: FileInfo,
    /// The only worker that reads it: of a compressed stream nobody can read the middle without the beginning.
    pub(super) owner: Option<usize>,
    /// Size of the content where it is known beforehand.
    pub(super) size: Option<u64>,
    /// Packed bytes that were read, and how many there are, where that is all that can be said of progress.
    pub(super) packed: Option<(u64, u64)>,
    pub(super) detection: Option<Looked>,
    pub(super) chain: Option<Chain>,
    pub(super) rows: u64,
    pub(super) issues: BTreeMap<IssueKind, u64>,
    pub(super) strangers: Strangers,
    pub(super) note: Option<String>,
}

impl File {
    /// One of which nothing is known yet.
    pub(super) fn new(info: FileInfo, size: Option<u64>) -> Self {
        Self {
            info,
            owner: None,
            size,
            packed: None,
            detection: None,
            chain: None,
            rows: 0,
            issues: BTreeMap::new(),
            strangers: Strangers::default(),
            note: None,
        }
    }

    /// The file as one that is not read, and why.
    pub(super) fn unreadable(self, reason: String) -> Self {
        Self { note: Some(reason.clone()), detection: Some(Looked::unreadable(reason)), ..self }
    }

    /// Adds what is to be said of the file.
    pub(super) fn remark(&mut self, note: Option<String>) {
        let Some(note) = note else { return };
        match &mut self.note {
            Some(known) if known.contains(&note) => {}
            Some(known) => *known = format!("{known} {note}"),
            None => self.note = Some(note),
        }
    }

    /// Whether it was read to its end.
    fn read_whole(&self) -> bool {
        self.chain.as_ref().is_some_and(Chain::complete)
    }

    /// For the person. `reads`: whether files are still being opened or read; `doubt`: what is to be said of its times, which
    /// another mapping may take back.
    pub(super) fn report(&self, reads: bool, doubt: Option<String>) -> FileReport {
        let mut issues: Vec<_> = self.issues.iter().map(|(&kind, &count)| (kind, count)).collect();
        issues.sort_by_key(|&(kind, count)| (std::cmp::Reverse(count), kind));
        let readable = self.detection.as_ref().is_none_or(|detection| detection.readable);
        let read = self.chain.as_ref();
        let bytes_read = read.map_or(0, Chain::bytes);
        let (bytes_read, size) = match (self.size, self.packed) {
            (Some(size), _) => (bytes_read, size),
            (None, Some((read, packed))) => (if self.read_whole() { packed } else { read }, packed),
            (None, None) => (0, self.info.size),
        };
        FileReport {
            name: self.info.name.clone(),
            size,
            format: self
                .detection
                .as_ref()
                .filter(|_| readable)
                .map(|looked| looked.format.clone())
                .unwrap_or_default(),
            bytes_read,
            rows: self.rows,
            issues,
            note: self.note.iter().cloned().chain(doubt).reduce(|all, note| format!("{all} {note}")),
            done: !readable || !reads || read.is_some_and(Chain::done),
        }
    }
}
