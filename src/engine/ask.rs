//! Whom to ask about rows under a filter: counts, facets, times, orders, the next row of a kind.
//!
//! Every answer merges by addition or by comparison, so the order in which shards answer does not matter.

use std::collections::BTreeMap;

use super::catalog::{Ask, Catalog};
use super::message::{Base, Request};
use super::order::{Ruler, Sort, SortKey};
use super::question::Query;
use super::snapshot::Filter;
use crate::filter::Condition;
use crate::record::SegmentId;
use crate::view::TimeHistogram;
use crate::view::row::CELL_BYTES;

impl Catalog {
    /// Tells every worker what [`Filter::Where`] of a number means.
    pub fn tell_filter(&self, id: u32, condition: &Condition, workers: usize) -> Vec<(usize, Request)> {
        let mut bases = if condition.needs_places() { self.bases_by_worker() } else { BTreeMap::new() };
        let request = |worker| {
            let bases = bases.remove(&worker).unwrap_or_default();
            (worker, Request::Filter { id, condition: condition.clone(), bases })
        };
        (0..workers).map(request).collect()
    }

    /// Asks how many rows of each segment a filter shows. `apart`: one ask per segment, in row order, for a condition that
    /// reads the records ([`Condition::needs_text`]); else one per worker.
    pub fn ask_counts(&self, filter: Filter, apart: bool) -> Vec<Ask> {
        let ask = |worker, segments| (worker, Query::CountSegments { filter, segments });
        if apart {
            self.bases().map(|base| ask(self.segments[&base.segment].worker, vec![base.segment])).collect()
        } else {
            self.ids_by_worker().into_iter().map(|(worker, segments)| ask(worker, segments)).collect()
        }
    }

    /// Rows of each file, summed over the counts of its segments.
    pub fn file_counts(counts: &BTreeMap<SegmentId, u32>) -> BTreeMap<u32, u64> {
        let mut files = BTreeMap::new();
        for (segment, &rows) in counts {
            *files.entry(segment.file).or_default() += u64::from(rows);
        }
        files
    }

    /// Asks for the values of some columns; the answers merge with [`crate::filter::facet::Facet::merge`].
    pub fn ask_facets(&self, filter: Filter, columns: &[u32]) -> Vec<Ask> {
        let ask = |(worker, segments)| (worker, Query::Facets { filter, segments, columns: columns.to_vec() });
        self.ids_by_worker().into_iter().map(ask).collect()
    }

    /// Asks how many rows of each template a filter shows; the answers add up.
    pub fn ask_template_counts(&self, filter: Filter, bin: u32) -> Vec<Ask> {
        let ask = |(worker, segments)| (worker, Query::TemplateCounts(filter, segments, bin));
        self.ids_by_worker().into_iter().map(ask).collect()
    }

    /// Asks for the values of columns among the rows that meet a condition, whatever the filter is.
    pub fn ask_apart(&self, condition: &Condition, columns: &[u32]) -> Vec<Ask> {
        let ask =
            |(worker, bases)| (worker, Query::Apart { condition: condition.clone(), bases, columns: columns.to_vec() });
        self.bases_by_worker().into_iter().map(ask).collect()
    }

    /// Asks for rows over time; the answers merge with [`TimeHistogram::merge`].
    pub fn ask_histogram(&self, filter: Filter, empty: &TimeHistogram) -> Vec<Ask> {
        let ask = |(worker, segments)| (worker, Query::Histogram { filter, segments, histogram: empty.clone() });
        self.ids_by_worker().into_iter().map(ask).collect()
    }

    /// Asks for the nearest row that meets a condition, behind or before a row, in the order of the files. Of the answers the
    /// least (or, backwards, the greatest) is the row; [`Self::row_at`] tells its number.
    pub fn ask_seek(&self, filter: Filter, condition: &Condition, from: Option<u64>, forward: bool) -> Vec<Ask> {
        let from = from.and_then(|row| self.place_of(row));
        let ask =
            |(worker, bases)| (worker, Query::Seek { filter, bases, condition: condition.clone(), from, forward });
        self.bases_by_worker().into_iter().map(ask).collect()
    }

    /// Segment and index of a row by its number.
    pub fn place_of(&self, row: u64) -> Option<(SegmentId, u32)> {
        let base = self.bases().take_while(|base| base.row <= row).last()?;
        Some((base.segment, u32::try_from(row - base.row).ok()?))
    }

    /// The number of a row by its segment and index.
    pub fn row_at(&self, segment: SegmentId, row: u32) -> Option<u64> {
        self.bases().find(|base| base.segment == segment).map(|base| base.row + u64::from(row))
    }

    /// Asks to read what an order by a column needs that is not kept ([`super::sort_text::reads_text`]), one ask per segment.
    pub fn ask_read_keys(&self, column: u32) -> Vec<Ask> {
        let ask = |base: Base| {
            let worker = self.segments[&base.segment].worker;
            (worker, Query::ReadKeys { column, segments: vec![base.segment] })
        };
        self.bases().map(ask).collect()
    }

    /// Asks for the fences of an order: together they are a [`Ruler`].
    pub fn ask_fences(&self, sort: Sort, filter: Filter) -> Vec<Ask> {
        let workers = self.ids_by_worker().into_keys();
        workers.map(|worker| (worker, Query::Fences { sort, filter })).collect()
    }

    /// Asks for the rows among which those of ranks `from..from + count` are; the answers go to [`Ruler::place`].
    pub fn ask_window(&self, sort: Sort, filter: Filter, ruler: &Ruler, from: u64, count: u32) -> Vec<Ask> {
        let (low, high) = ruler.window(from, u64::from(count));
        let ask = |worker| (worker, Query::Window { sort, filter, low: low.cloned(), high: high.cloned() });
        self.ids_by_worker().into_keys().map(ask).collect()
    }

    /// Asks how many rows come before a key: the sum of [`super::order::Window::before`] is the row's rank.
    pub fn ask_rank(&self, sort: Sort, filter: Filter, key: &SortKey) -> Vec<Ask> {
        let ends = || (Some(key.clone()), Some(key.clone()));
        let ask = |worker| {
            let (low, high) = ends();
            (worker, Query::Window { sort, filter, low, high })
        };
        self.ids_by_worker().into_keys().map(ask).collect()
    }

    /// Asks where a row stands in an order.
    pub fn ask_key(&self, sort: Sort, row: u64) -> Option<Ask> {
        let (segment, row) = self.place_of(row)?;
        Some((self.segments.get(&segment)?.worker, Query::SortKey { sort, segment, row }))
    }

    /// Asks for the nearest row that meets a condition, in an order. Of the answers the first (or, backwards, the last) by
    /// [`Sort::compare`] is the row.
    pub fn ask_seek_sorted(
        &self,
        sort: Sort,
        filter: Filter,
        condition: &Condition,
        from: Option<&SortKey>,
        forward: bool,
    ) -> Vec<Ask> {
        let ask = |(worker, bases): (usize, Vec<Base>)| {
            let (condition, from) = (condition.clone(), from.cloned());
            (worker, Query::SeekSorted { sort, filter, bases, condition, from, forward })
        };
        self.bases_by_worker().into_iter().map(ask).collect()
    }

    /// Asks for the rows of some keys, one ask per worker. The rows carry their numbers; [`Self::row_at`] tells those of the
    /// keys, whose order is the page's.
    pub fn ask_pick(&self, keys: &[SortKey]) -> Vec<Ask> {
        let bases: BTreeMap<SegmentId, Base> = self.bases().map(|base| (base.segment, base)).collect();
        let mut by_worker: BTreeMap<usize, BTreeMap<SegmentId, Vec<u32>>> = BTreeMap::new();
        for key in keys {
            if let Some(entry) = self.segments.get(&key.segment) {
                by_worker.entry(entry.worker).or_default().entry(key.segment).or_default().push(key.row);
            }
        }
        let pick = |(id, mut rows): (SegmentId, Vec<u32>)| {
            rows.sort_unstable();
            bases.get(&id).map(|base| (*base, rows))
        };
        let ask = |(worker, rows): (usize, BTreeMap<SegmentId, Vec<u32>>)| {
            (worker, Query::Pick { rows: rows.into_iter().filter_map(pick).collect(), bytes: CELL_BYTES as u32 })
        };
        by_worker.into_iter().map(ask).collect()
    }

    fn ids_by_worker(&self) -> BTreeMap<usize, Vec<SegmentId>> {
        let mut ids = BTreeMap::new();
        for (worker, bases) in self.bases_by_worker() {
            ids.insert(worker, bases.into_iter().map(|base| base.segment).collect());
        }
        ids
    }
}
