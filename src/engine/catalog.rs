//! Where every row is: which segment, and which worker has it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::question::Query;
use super::snapshot::Filter;
use crate::finding::{Entry as Found, Member, Ranked};
use crate::model::About;
use crate::record::SegmentId;
use crate::view::row::CELL_BYTES;
use crate::view::scores::ScoreForm;

/// The accepted segments. Their order is the order of rows: file by file, range by range.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub(super) segments: BTreeMap<SegmentId, Entry>,
    /// Files up to this one are shown.
    last_file: u32,
}

impl Default for Catalog {
    fn default() -> Self {
        Self { segments: BTreeMap::new(), last_file: u32::MAX }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) worker: usize,
    rows: u32,
    issues: u32,
}

/// Where a segment's rows stand among all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The segment.
    pub segment: SegmentId,
    /// Index of its first row over all rows.
    pub row: u64,
    /// Index of its first record in its file.
    pub line: u64,
}

/// A query and the worker to ask.
pub type Ask = (usize, Query);

impl Catalog {
    /// Adds a segment.
    pub fn insert(&mut self, id: SegmentId, worker: usize, rows: u32, issues: u32) {
        self.segments.insert(id, Entry { worker, rows, issues });
    }

    /// Hides the rows of later files, while the number of rows before them may still grow.
    pub fn show_files_up_to(&mut self, file: u32) {
        self.last_file = file;
    }

    fn shown(&self) -> impl Iterator<Item = (SegmentId, Entry)> {
        let last = SegmentId { file: self.last_file, part: u32::MAX };
        self.segments.range(..=last).map(|(&id, &entry)| (id, entry))
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.shown().map(|(_, entry)| u64::from(entry.rows)).sum()
    }

    /// Rows of each segment that a filter shows, in row order. `shown` is as in [`Self::ask_rows`].
    pub fn sizes(&self, filter: Filter, shown: &BTreeMap<SegmentId, u32>) -> Vec<u64> {
        let size = |(id, entry): (SegmentId, Entry)| match filter {
            Filter::All => entry.rows,
            Filter::AtLeast(_) | Filter::Where(_) => shown.get(&id).copied().unwrap_or(0),
        };
        self.shown().map(|found| u64::from(size(found))).collect()
    }

    /// The segments with their workers, in row order.
    pub fn segments(&self) -> impl Iterator<Item = (SegmentId, usize)> {
        self.segments.iter().map(|(&id, entry)| (id, entry.worker))
    }

    /// Where each segment's rows begin, in row order.
    pub fn bases(&self) -> impl Iterator<Item = Base> {
        let (mut row, mut line, mut file) = (0, 0, u32::MAX);
        self.shown().map(move |(segment, entry)| {
            if segment.file != file {
                (line, file) = (0, segment.file);
            }
            let base = Base { segment, row, line };
            row += u64::from(entry.rows);
            line += u64::from(entry.rows);
            base
        })
    }

    /// Asks for rows `from..from + count` of those that a filter shows. `shown` holds the rows of each segment under the
    /// filter; for [`Filter::All`] it is not needed. Answers in the order of the asks are the rows in order.
    pub fn ask_rows(&self, filter: Filter, shown: &BTreeMap<SegmentId, u32>, from: u64, count: u32) -> Vec<Ask> {
        let mut asks = Vec::new();
        let (mut skip, mut wanted) = (from, count);
        for base in self.bases() {
            let entry = self.segments[&base.segment];
            let rows = match filter {
                Filter::All => entry.rows,
                Filter::AtLeast(_) | Filter::Where(_) => shown.get(&base.segment).copied().unwrap_or(0),
            };
            if wanted == 0 {
                break;
            }
            if skip >= u64::from(rows) {
                skip -= u64::from(rows);
                continue;
            }
            let here = (rows - skip as u32).min(wanted);
            let (from, bytes) = (skip as u32, CELL_BYTES as u32);
            asks.push((entry.worker, Query::Rows { base, filter, from, count: here, bytes }));
            wanted -= here;
            skip = 0;
        }
        asks
    }

    /// Asks for the details of some ranked rows; one ask per worker, answers in any order.
    pub fn ask_findings(&self, ranked: &[Ranked], first_rank: u64) -> Vec<Ask> {
        self.ask_found(ranked.iter().map(|found| (found.segment, found.row, 0)), first_rank)
    }

    /// Asks for the rows that stand for entries of the list of findings, numbered from `first`; as [`Self::ask_findings`].
    pub fn ask_groups(&self, entries: &[Found], first: u64) -> Vec<Ask> {
        self.ask_found(entries.iter().map(|entry| (entry.lead.segment, entry.lead.row, entry.group)), first)
    }

    /// Asks for the rows of a group, numbered from 0; as [`Self::ask_findings`].
    pub fn ask_members(&self, members: &[Member], group: u32) -> Vec<Ask> {
        self.ask_found(members.iter().map(|member| (member.segment, member.row, group)), 0)
    }

    fn ask_found(&self, rows: impl Iterator<Item = (SegmentId, u32, u32)>, first: u64) -> Vec<Ask> {
        let bases: BTreeMap<SegmentId, Base> = self.bases().map(|base| (base.segment, base)).collect();
        let mut by_worker: BTreeMap<usize, Vec<(u64, Base, u32, u32)>> = BTreeMap::new();
        for (rank, (segment, row, group)) in (first..).zip(rows) {
            if let (Some(base), Some(entry)) = (bases.get(&segment), self.segments.get(&segment)) {
                by_worker.entry(entry.worker).or_default().push((rank, *base, row, group));
            }
        }
        let ask = |(worker, rows)| (worker, Query::Findings { rows, bytes: CELL_BYTES as u32 });
        by_worker.into_iter().map(ask).collect()
    }

    /// Asks for everything about one row, with its finding of a group if it has one (0: with its strongest).
    pub fn ask_detail(&self, row: u64, group: u32) -> Option<Ask> {
        let base = self.bases().take_while(|base| base.row <= row).last()?;
        let entry = self.segments[&base.segment];
        let local = row - base.row;
        (local < u64::from(entry.rows)).then_some((entry.worker, Query::Detail { base, row: local as u32, group }))
    }

    /// Asks for issues `from..from + count` of one file.
    pub fn ask_issues(&self, file: u32, from: u64, count: u32) -> Vec<Ask> {
        let mut asks = Vec::new();
        let (mut skip, mut wanted) = (from, count);
        for base in self.bases().filter(|base| base.segment.file == file) {
            let entry = self.segments[&base.segment];
            let issues = u64::from(entry.issues);
            if wanted == 0 || skip >= issues {
                skip = skip.saturating_sub(issues);
                continue;
            }
            let here = ((issues - skip) as u32).min(wanted);
            asks.push((entry.worker, Query::Issues { base, from: skip as u32, count: here }));
            wanted -= here;
            skip = 0;
        }
        asks
    }

    /// Each worker's segments, for queries that concern them all.
    pub fn bases_by_worker(&self) -> BTreeMap<usize, Vec<Base>> {
        let mut by_worker: BTreeMap<usize, Vec<Base>> = BTreeMap::new();
        for base in self.bases() {
            by_worker.entry(self.segments[&base.segment].worker).or_default().push(base);
        }
        by_worker
    }

    /// Rows, by their numbers from 0, with what is said of them: by worker, in the order of their places. Those that are not
    /// there are left out.
    pub fn placed<T>(&self, rows: impl IntoIterator<Item = (u64, T)>) -> BTreeMap<usize, Vec<(SegmentId, u32, T)>> {
        let mut placed: BTreeMap<usize, Vec<(SegmentId, u32, T)>> = BTreeMap::new();
        let bases: Vec<Base> = self.bases().collect();
        for (row, said) in rows {
            let place = bases.partition_point(|base| base.row <= row);
            let Some(base) = place.checked_sub(1).map(|place| bases[place]) else { continue };
            let Some(entry) = self.segments.get(&base.segment) else { continue };
            let index = row - base.row;
            if index < u64::from(entry.rows) {
                placed.entry(entry.worker).or_default().push((base.segment, index as u32, said));
            }
        }
        for rows in placed.values_mut() {
            rows.sort_by_key(|(segment, row, _)| (*segment, *row));
        }
        placed
    }

    /// Asks for all rows that a filter shows as CSV, one ask per segment, in row order. `names` are the files'. `predicted`:
    /// with a column of what the forest of labelled rows predicts.
    pub fn ask_export(&self, filter: Filter, names: &[String], predicted: bool) -> Vec<Ask> {
        let ask = |base: Base| {
            let name = names.get(base.segment.file as usize).cloned().unwrap_or_default();
            (self.segments[&base.segment].worker, Query::Export { base, filter, name, predicted })
        };
        self.bases().map(ask).collect()
    }

    /// Asks for the scores of all rows, one ask per segment, in row order. `names` are the files'.
    pub fn ask_scores(&self, names: &[String], form: ScoreForm, about: &About) -> Vec<Ask> {
        let ask = |base: Base| {
            let name = names.get(base.segment.file as usize).cloned().unwrap_or_default();
            let about = Box::new(about.clone());
            (self.segments[&base.segment].worker, Query::Scores { base, name, form, about })
        };
        self.bases().map(ask).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalog() -> Catalog {
        let mut catalog = Catalog::default();
        for (file, part, worker, rows) in [(0, 0, 0, 10), (0, 2, 1, 5), (1, 0, 0, 7), (0, 1, 1, 0)] {
            catalog.insert(SegmentId { file, part }, worker, rows, 1);
        }
        catalog
    }

    #[test]
    fn rows_are_counted_over_files_and_lines_within_them() {
        let bases: Vec<_> =
            catalog().bases().map(|base| (base.segment.file, base.segment.part, base.row, base.line)).collect();
        assert_eq!(bases, [(0, 0, 0, 0), (0, 1, 10, 10), (0, 2, 10, 10), (1, 0, 15, 0)]);
    }

    #[test]
    fn a_page_of_rows_may_span_segments() {
        let asks = catalog().ask_rows(Filter::All, &BTreeMap::new(), 8, 10);
        let asks: Vec<_> = asks
            .into_iter()
            .map(|(worker, query)| match query {
                Query::Rows { base, from, count, .. } => (worker, base.segment.file, base.segment.part, from, count),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(asks, [(0, 0, 0, 8, 2), (1, 0, 2, 0, 5), (0, 1, 0, 0, 3)]);
    }

    #[test]
    fn a_row_is_found_by_its_index() {
        let row = |row| match catalog().ask_detail(row, 0)? {
            (worker, Query::Detail { base, row, .. }) => Some((worker, base.segment.file, row)),
            other => panic!("{other:?}"),
        };
        assert_eq!(row(9), Some((0, 0, 9)));
        assert_eq!(row(10), Some((1, 0, 0)));
        assert_eq!(row(21), Some((0, 1, 6)));
        assert_eq!(row(22), None);
    }

    #[test]
    fn issues_are_paged_within_a_file() {
        assert_eq!(catalog().ask_issues(0, 0, 10).len(), 3);
        assert_eq!(catalog().ask_issues(0, 2, 10).len(), 1);
        assert_eq!(catalog().ask_issues(1, 1, 10).len(), 0);
    }
}
