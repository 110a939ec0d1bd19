//! A file as the conductor knows it.

use std::collections::BTreeMap;

use super::chain::Chain;
use super::message::{FileInfo, Looked};
use crate::ingest::IssueKind;
use crate::view::FileReport;

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
            note: None,
        }
    }

    /// The file as one that is not read, and why.
    pub(super) fn unreadable(self, reason: String) -> Self {
        Self { note: Some(reason.clone()), detection: Some(Looked::unreadable(reason)), ..self }
    }

    /// Whether it was read to its end.
    fn read_whole(&self) -> bool {
        self.chain.as_ref().is_some_and(Chain::complete)
    }

    /// For the person. `reads`: whether files are still being opened or read.
    pub(super) fn report(&self, reads: bool) -> FileReport {
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
            note: self.note.clone(),
            done: !readable || !reads || read.is_some_and(Chain::done),
        }
    }
}
