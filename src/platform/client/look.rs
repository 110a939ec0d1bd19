//! What the page asks about rows under a search and in an order.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_channel::oneshot;

use super::Client;
use crate::engine::catalog::Ask;
use crate::engine::order::{Ruler, Sort, SortBy, SortKey};
use crate::engine::sort_text::reads_text;
use crate::engine::{Answer, Filter, Query};
use crate::filter::bind::field_of;
use crate::filter::expr::Field;
use crate::filter::facet::{Facet, listable};
use crate::filter::{Condition, QueryError};
use crate::record::{Kind, Role, SegmentId};
use crate::view::{RowView, TimeHistogram};

/// Which rows, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Which rows.
    pub filter: Filter,
    /// Their order; that of the files without one.
    pub sort: Option<Sort>,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searched {
    /// Rows that can be shown: found in segments before which none is left to search.
    pub rows: u64,
    /// Rows that were looked at.
    pub looked: u64,
    /// All rows.
    pub total: u64,
    /// Whether anything can be shown.
    pub begun: bool,
    /// Whether every row was looked at.
    pub done: bool,
}

/// What was found for the newest condition.
#[derive(Debug)]
pub(super) struct Found {
    filter: Filter,
    /// Whether the condition reads records.
    apart: bool,
    counts: BTreeMap<SegmentId, u32>,
}

/// A field whose values can be counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Countable {
    /// Its column.
    pub column: u32,
    /// Its name in the files.
    pub name: String,
    /// How a search names it.
    pub field: Field,
    /// Its role.
    pub role: Option<Role>,
    /// Whether its values are numbers.
    pub number: bool,
}

impl Client {
    /// What a search means; `None` when nobody is there to ask. `anomalous` is the score bin from which rows are anomalous.
    pub async fn bind(&self, search: String, anomalous: Option<u32>) -> Option<Result<Condition, QueryError>> {
        let query = {
            let conductor = self.0.conductor.borrow();
            let files = conductor.snapshot().files.into_iter().map(|file| file.name).collect();
            Query::Bind { search, files, times: conductor.times(), anomalous }
        };
        match self.ask(vec![(0, query)]).await.pop()? {
            Answer::Bound(bound) => Some(bound),
            _ => None,
        }
    }

    /// Tells the workers of a condition. From now on they answer about this filter, and no longer about the one before.
    pub fn adopt(&self, condition: &Condition) -> Filter {
        let id = self.0.last_filter.get() + 1;
        self.0.last_filter.set(id);
        let (requests, apart) = {
            let conductor = self.0.conductor.borrow();
            let requests = conductor.catalog().tell_filter(id, condition, self.0.workers);
            (requests, condition.needs_text(conductor.dataset()))
        };
        if let Some(pool) = &*self.0.pool.borrow() {
            for (worker, request) in requests {
                pool.send(worker, request);
            }
        }
        let filter = Filter::Where(id);
        *self.0.found.borrow_mut() = Some(Found { filter, apart, counts: BTreeMap::new() });
        filter
    }

    /// Counts the rows of the segments that were not counted yet. A worker is asked for one segment at a time where records
    /// have to be read, and no more once `progress` gives `false`.
    pub async fn search(&self, filter: Filter, progress: impl Fn(Searched) -> bool + 'static) {
        let asks = {
            let found = self.0.found.borrow();
            let Some(found) = found.as_ref().filter(|found| found.filter == filter) else { return };
            let mut asks = Vec::new();
            for (worker, bases) in self.0.conductor.borrow().catalog().bases_by_worker() {
                let missing = bases.into_iter().map(|base| base.segment).filter(|id| !found.counts.contains_key(id));
                let missing: Vec<SegmentId> = missing.collect();
                let parts = if found.apart { 1 } else { missing.len().max(1) };
                let parts = missing.chunks(parts).map(<[SegmentId]>::to_vec);
                asks.extend(parts.map(|segments| (worker, Query::CountSegments { filter, segments })));
            }
            asks
        };
        let this = self.clone();
        self.in_turn(asks, move |answer| {
            if let (Answer::Counts(counts), Some(found)) = (answer, &mut *this.0.found.borrow_mut())
                && found.filter == filter
            {
                found.counts.extend(counts);
            }
            this.searched(filter).is_some_and(&progress)
        })
        .await;
    }

    /// How far the search for a filter is; `None` when it is not the newest.
    pub fn searched(&self, filter: Filter) -> Option<Searched> {
        let found = self.0.found.borrow();
        let found = found.as_ref().filter(|found| found.filter == filter)?;
        let conductor = self.0.conductor.borrow();
        let catalog = conductor.catalog();
        let mut now = Searched { rows: 0, looked: 0, total: 0, begun: false, done: true };
        for (base, size) in catalog.bases().zip(catalog.sizes(Filter::All, &BTreeMap::new())) {
            now.total += size;
            match found.counts.get(&base.segment) {
                Some(&rows) => {
                    now.looked += size;
                    now.begun |= now.done;
                    now.rows += if now.done { u64::from(rows) } else { 0 };
                }
                None => now.done = false,
            }
        }
        now.begun |= now.done;
        Some(now)
    }

    /// Rows of each segment that the search has found, up to the first segment that it has not come to.
    pub(super) fn found(&self, filter: Filter) -> BTreeMap<SegmentId, u32> {
        let found = self.0.found.borrow();
        let Some(found) = found.as_ref().filter(|found| found.filter == filter) else { return BTreeMap::new() };
        let conductor = self.0.conductor.borrow();
        let mut prefix = BTreeMap::new();
        for base in conductor.catalog().bases() {
            let Some(&rows) = found.counts.get(&base.segment) else { break };
            prefix.insert(base.segment, rows);
        }
        prefix
    }

    /// Reads what an order by a column needs and is not kept, segment by segment. `progress` is told the rows that are read,
    /// and stops the reading with `false`.
    pub async fn read_keys(&self, by: SortBy, progress: impl Fn(u64) -> bool + 'static) {
        let SortBy::Column(column) = by else { return };
        let asks = {
            let conductor = self.0.conductor.borrow();
            if !reads_text(conductor.dataset(), column) {
                return;
            }
            conductor.catalog().ask_read_keys(column)
        };
        let read = Cell::new(0);
        self.in_turn(asks, move |answer| {
            if let Answer::Counts(counts) = answer {
                read.set(read.get() + counts.iter().map(|(_, rows)| u64::from(*rows)).sum::<u64>());
            }
            progress(read.get())
        })
        .await;
    }

    /// Asks each worker one thing after the other, all workers at once, until `each` gives `false`.
    async fn in_turn(&self, asks: Vec<Ask>, each: impl Fn(Answer) -> bool + 'static) {
        let mut queues: Vec<Vec<Ask>> = (0..self.0.workers).map(|_| Vec::new()).collect();
        for (worker, query) in asks {
            queues[worker].push((worker, query));
        }
        queues.retain(|queue| !queue.is_empty());
        if queues.is_empty() {
            return;
        }
        let each = Rc::new(each);
        let (sender, ended) = oneshot::channel();
        let left = Rc::new((Cell::new(queues.len()), Cell::new(Some(sender))));
        for queue in queues {
            let (this, each, left) = (self.clone(), each.clone(), left.clone());
            wasm_bindgen_futures::spawn_local(async move {
                for ask in queue {
                    let Some(answer) = this.ask(vec![ask]).await.pop() else { break };
                    if !each(answer) {
                        break;
                    }
                }
                left.0.set(left.0.get() - 1);
                if left.0.get() == 0
                    && let Some(sender) = left.1.take()
                {
                    // Whoever waited may be gone.
                    let _ = sender.send(());
                }
            });
        }
        let _ = ended.await;
    }

    /// Has the workers sort their rows, so that those of a listing come at once.
    pub async fn arrange(&self, listing: Listing) {
        self.ruler(listing).await;
    }

    /// The fences of an order, asked for once.
    async fn ruler(&self, listing: Listing) -> Option<Rc<Ruler>> {
        let sort = listing.sort?;
        if let Some((known, ruler)) = &*self.0.ruler.borrow()
            && *known == listing
        {
            return Some(ruler.clone());
        }
        let asks = self.0.conductor.borrow().catalog().ask_fences(sort, listing.filter);
        let mut shards = Vec::with_capacity(asks.len());
        for answer in self.ask(asks).await {
            match answer {
                Answer::Fences(fences) => shards.push(fences),
                _ => return None,
            }
        }
        let ruler = Rc::new(Ruler::new(sort, shards));
        *self.0.ruler.borrow_mut() = Some((listing, ruler.clone()));
        Some(ruler)
    }

    /// The places of rows `from..from + count` of an order.
    async fn keys(&self, listing: Listing, from: u64, count: u32) -> Vec<SortKey> {
        let (Some(sort), Some(ruler)) = (listing.sort, self.ruler(listing).await) else { return Vec::new() };
        let asks = self.0.conductor.borrow().catalog().ask_window(sort, listing.filter, &ruler, from, count);
        let asked = asks.len();
        let windows = self.ask(asks).await.into_iter();
        let windows: Vec<_> = windows
            .filter_map(|answer| if let Answer::Window(window) = answer { Some(window) } else { None })
            .collect();
        if windows.len() < asked { Vec::new() } else { ruler.place(windows, from, u64::from(count)) }
    }

    /// Rows `from..from + count` of an order.
    pub(super) async fn sorted(&self, listing: Listing, from: u64, count: u32) -> Vec<RowView> {
        let keys = self.keys(listing, from, count).await;
        let (numbers, asks) = {
            let conductor = self.0.conductor.borrow();
            let numbers: Vec<u64> =
                keys.iter().filter_map(|key| conductor.catalog().row_at(key.segment, key.row)).collect();
            (numbers, conductor.catalog().ask_pick(&keys))
        };
        let mut rows: Vec<RowView> = Vec::with_capacity(numbers.len());
        for answer in self.ask(asks).await {
            if let Answer::Rows(part) = answer {
                rows.extend(part);
            }
        }
        let take = |number| rows.iter().position(|row| row.row == number).map(|at| rows.swap_remove(at));
        numbers.into_iter().filter_map(take).collect()
    }

    /// The number of the row at a position of a listing.
    pub async fn row_at(&self, listing: Listing, position: u64) -> Option<u64> {
        match (listing.filter, listing.sort) {
            (Filter::All, None) => Some(position),
            (_, None) => Some(self.rows(listing, position, 1).await.first()?.row),
            (_, Some(_)) => {
                let key = self.keys(listing, position, 1).await.pop()?;
                self.0.conductor.borrow().catalog().row_at(key.segment, key.row)
            }
        }
    }

    /// How many rows come before a row in a listing: its position, if it is shown.
    pub async fn position_of(&self, listing: Listing, row: u64) -> Option<u64> {
        match (listing.filter, listing.sort) {
            (Filter::All, None) => Some(row),
            (filter, Some(sort)) => {
                let key = self.key_of(sort, row).await?;
                let asks = self.0.conductor.borrow().catalog().ask_rank(sort, filter, &key);
                let ranks = self.ask(asks).await.into_iter();
                let rank = |answer| if let Answer::Window(window) = answer { Some(window.before) } else { None };
                ranks.map(rank).sum()
            }
            (filter, None) => {
                let shown = self.shown(filter).await;
                let (before, here) = {
                    let conductor = self.0.conductor.borrow();
                    let (segment, _) = conductor.catalog().place_of(row)?;
                    let ids = conductor.catalog().bases().map(|base| base.segment).take_while(|id| *id != segment);
                    let before: u64 = ids.filter_map(|id| shown.get(&id)).map(|rows| u64::from(*rows)).sum();
                    (before, u64::from(shown.get(&segment).copied().unwrap_or(0)))
                };
                let (mut low, mut high) = (before, before + here);
                while low < high {
                    let middle = u64::midpoint(low, high);
                    if self.row_at(listing, middle).await? < row {
                        low = middle + 1;
                    } else {
                        high = middle;
                    }
                }
                Some(low)
            }
        }
    }

    async fn key_of(&self, sort: Sort, row: u64) -> Option<SortKey> {
        let ask = self.0.conductor.borrow().catalog().ask_key(sort, row)?;
        match self.ask(vec![ask]).await.pop()? {
            Answer::Key(key) => key,
            _ => None,
        }
    }

    /// The nearest row of a listing, behind or before a row, that meets a condition.
    pub async fn seek(&self, listing: Listing, condition: &Condition, from: Option<u64>, forward: bool) -> Option<u64> {
        let Listing { filter, sort } = listing;
        let found = if let Some(sort) = sort {
            let from = match from {
                Some(row) => Some(self.key_of(sort, row).await?),
                None => None,
            };
            let asks =
                self.0.conductor.borrow().catalog().ask_seek_sorted(sort, filter, condition, from.as_ref(), forward);
            let keys = self.ask(asks).await.into_iter();
            let keys = keys.filter_map(|answer| if let Answer::Key(key) = answer { key } else { None });
            let best =
                if forward { keys.min_by(|a, b| sort.compare(a, b)) } else { keys.max_by(|a, b| sort.compare(a, b)) };
            best.map(|key| (key.segment, key.row))
        } else {
            let asks = self.0.conductor.borrow().catalog().ask_seek(filter, condition, from, forward);
            let rows = self.ask(asks).await.into_iter();
            let rows = rows.filter_map(|answer| if let Answer::Found(row) = answer { row } else { None });
            if forward { rows.min() } else { rows.max() }
        };
        let (segment, row) = found?;
        self.0.conductor.borrow().catalog().row_at(segment, row)
    }

    /// The fields whose values can be counted, those with a role first.
    pub fn countable(&self) -> Vec<Countable> {
        let conductor = self.0.conductor.borrow();
        let dataset = conductor.dataset();
        let field = |column: u32| {
            let spec = &dataset.columns[column as usize];
            let (name, number) = (spec.name.clone(), spec.kind == Kind::Number);
            Countable { column, name, field: field_of(spec), role: spec.role, number }
        };
        listable(dataset).into_iter().map(field).collect()
    }

    /// How a search names a field of the files, where it is a column.
    pub fn field_named(&self, name: &str) -> Option<Field> {
        let conductor = self.0.conductor.borrow();
        conductor.dataset().columns.iter().find(|column| column.name == name).map(field_of)
    }

    /// How often each value of some columns occurs; `None` when the filter is no longer the newest.
    pub async fn facets(&self, filter: Filter, columns: &[u32]) -> Option<Vec<Facet>> {
        let asks = self.0.conductor.borrow().catalog().ask_facets(filter, columns);
        let mut sum: Vec<Facet> = columns.iter().map(|&column| Facet::new(column)).collect();
        for answer in self.ask(asks).await {
            let Answer::Facets(part) = answer else { return None };
            sum.iter_mut().zip(&part).for_each(|(mine, theirs)| mine.merge(theirs));
        }
        Some(sum)
    }

    /// How often each value of some columns occurs among the rows that meet another condition than the filter's, and how many
    /// rows of each file do. `None` where the records would have to be read for it: that is done once for the filter, not
    /// again for each field.
    pub async fn facets_apart(&self, condition: &Condition, columns: &[u32]) -> Option<(Vec<Facet>, Vec<u64>)> {
        let asks = {
            let conductor = self.0.conductor.borrow();
            if condition.needs_text(conductor.dataset()) {
                return None;
            }
            conductor.catalog().ask_apart(condition, columns)
        };
        let mut sum: Vec<Facet> = columns.iter().map(|&column| Facet::new(column)).collect();
        let mut files: Vec<u64> = Vec::new();
        for answer in self.ask(asks).await {
            let Answer::Apart(part, counts) = answer else { return None };
            sum.iter_mut().zip(&part).for_each(|(mine, theirs)| mine.merge(theirs));
            for (id, rows) in counts {
                let file = id.file as usize;
                files.resize(files.len().max(file + 1), 0);
                files[file] += u64::from(rows);
            }
        }
        Some((sum, files))
    }

    /// Rows of each file under a filter, as far as there are any.
    pub async fn file_counts(&self, filter: Filter) -> Vec<u64> {
        let shown = self.shown(filter).await;
        let conductor = self.0.conductor.borrow();
        let catalog = conductor.catalog();
        let mut files = Vec::new();
        for (base, rows) in catalog.bases().zip(catalog.sizes(filter, &shown)) {
            let file = base.segment.file as usize;
            files.resize(files.len().max(file + 1), 0);
            files[file] += rows;
        }
        files
    }

    /// Earliest and latest time of the log, once that is known.
    pub fn times(&self) -> Option<(i64, i64)> {
        self.0.conductor.borrow().times()
    }

    /// Rows over time by level; `None` when the filter is no longer the newest.
    pub async fn histogram(&self, filter: Filter, empty: TimeHistogram) -> Option<TimeHistogram> {
        let asks = self.0.conductor.borrow().catalog().ask_histogram(filter, &empty);
        let mut sum = empty;
        for answer in self.ask(asks).await {
            let Answer::Histogram(part) = answer else { return None };
            sum.merge(&part);
        }
        Some(sum)
    }
}
