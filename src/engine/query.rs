//! Answers for the screen, from one shard.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::hybrid::session_rows;
use super::message::{Answer, Base, Query};
use super::order::{Data, Order, Sort, SortBy, key_of};
use super::rows::{SessionKeys, Viewer, fields, for_each_record, shorten};
use super::save;
use super::selection::places;
use super::shard::Shard;
use super::snapshot::Filter;
use super::sort_text::{TextKeys, reads_text};
use crate::filter::facet::Facet;
use crate::filter::{Condition, Context, Finder, Mask, bind, parse};
use crate::finding::reason;
use crate::ingest::{ByteSource, ReadError};
use crate::record::{Column, Dataset, Role, Segment, SegmentId, format_time};
use crate::view::export::CsvText;
use crate::view::plot::PlotAxis;
use crate::view::row::{CELL_BYTES, RAW_BYTES};
use crate::view::{FindingView, IssueView, PlotGrid, RowDetail, RowView, TimeHistogram};

/// How a finding of the row detector is called.
pub const KIND_ROW: &str = "unusual row";

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The filter is not the newest one.
    Stale,
    /// A file could not be read.
    Read(ReadError),
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

pub(super) fn answer(shard: &mut Shard, query: Query, source: &mut dyn ByteSource) -> Result<Answer, Trouble> {
    match query {
        Query::Bind { search, files, times, anomalous } => {
            let context = Context { dataset: &shard.dataset, files: &files, times, anomalous };
            Ok(Answer::Bound(parse(&search).and_then(|parsed| bind(&parsed, context))))
        }
        Query::Count { filter } => {
            let all: Vec<SegmentId> = shard.segments.keys().copied().collect();
            count(shard, filter, &all, source).map(Answer::Counts)
        }
        Query::CountSegments { filter, segments } => count(shard, filter, &segments, source).map(Answer::Counts),
        Query::Facets { filter, segments, columns } => {
            facets(shard, filter, &segments, &columns, source).map(Answer::Facets)
        }
        Query::Histogram { filter, segments, histogram } => {
            over_time(shard, filter, &segments, histogram, source).map(Answer::Histogram)
        }
        Query::Seek { filter, bases, condition, from, forward } => {
            seek(shard, filter, &bases, condition, from, forward, source).map(Answer::Found)
        }
        Query::ReadKeys { column, segments } => {
            let mut ready = Vec::with_capacity(segments.len());
            for id in segments {
                shard.read_keys(column, id, source)?;
                ready.extend(shard.segments.get(&id).map(|segment| (id, segment.rows() as u32)));
            }
            Ok(Answer::Counts(ready))
        }
        Query::Fences { sort, filter } => {
            let (order, data) = ordered(shard, sort, filter, source)?;
            Ok(Answer::Fences(order.fences(filter, data)))
        }
        Query::Window { sort, filter, low, high } => {
            let (order, data) = ordered(shard, sort, filter, source)?;
            Ok(Answer::Window(order.window(filter, low.as_ref(), high.as_ref(), data)))
        }
        Query::SortKey { sort, segment, row } => {
            if let SortBy::Column(column) = sort.by {
                shard.read_keys(column, segment, source)?;
            }
            let known = shard.segments.get(&segment).is_some_and(|segment| (row as usize) < segment.rows());
            let data = Data { segments: &shard.segments, texts: texts_of(&shard.dataset, &shard.texts, sort) };
            Ok(Answer::Key(known.then(|| key_of(sort, segment, row, data))))
        }
        Query::SeekSorted { sort, filter, bases, condition, from, forward } => {
            let finder = Finder::new(condition, &shard.dataset);
            let places = places(&bases);
            let mut masks: BTreeMap<SegmentId, Mask> = BTreeMap::new();
            for segment in shard.segments.values() {
                let place = places.get(&segment.id).copied().unwrap_or_default();
                masks.insert(segment.id, finder.find(segment, &shard.dataset, place, source)?);
            }
            let meets = |id: SegmentId, row: u32| masks.get(&id).is_some_and(|mask| mask.get(row as usize));
            let (order, data) = ordered(shard, sort, filter, source)?;
            Ok(Answer::Key(order.seek(filter, from.as_ref(), forward, meets, data)))
        }
        Query::Pick { rows } => {
            let mut views = Vec::new();
            for (base, rows) in rows {
                views.extend(rows_of(shard, base, &rows, source)?);
            }
            Ok(Answer::Rows(views))
        }
        Query::Rows { base, filter, from, count } => {
            let rows = shown(shard, base.segment, filter, from as usize, count as usize, source)?;
            Ok(Answer::Rows(rows_of(shard, base, &rows, source)?))
        }
        Query::Findings { rows } => {
            let mut findings = Vec::with_capacity(rows.len());
            let mut by_segment: BTreeMap<SegmentId, (Base, BTreeMap<u32, u64>)> = BTreeMap::new();
            for (rank, base, row) in rows {
                by_segment.entry(base.segment).or_insert_with(|| (base, BTreeMap::new())).1.insert(row, rank);
            }
            for (base, ranks) in by_segment.into_values() {
                let rows: Vec<u32> = ranks.keys().copied().collect();
                findings_of(shard, base, &rows, source, &mut |row, finding, _| {
                    findings.push(FindingView { rank: ranks[&row], ..finding });
                })?;
            }
            Ok(Answer::Findings(findings))
        }
        Query::Detail { base, row } => Ok(match detail(shard, base, row, source)? {
            Some(detail) => Answer::Detail(Box::new(detail)),
            None => Answer::Rows(Vec::new()),
        }),
        Query::Plot { grid, bases } => Ok(Answer::Plot(plot(shard, grid, &bases))),
        Query::Issues { base, from, count } => {
            Ok(Answer::Issues(issues(shard, base, from as usize, count as usize, source)?))
        }
        Query::Sessions => Ok(Answer::Sessions(shard.hybrid.sessions())),
        Query::SessionRows { key } => Ok(Answer::SessionRows(session_rows(&shard.dataset, &shard.segments, key))),
        Query::Twin { rows } => Ok(Answer::Twin(shard.hybrid.twin(&rows))),
        Query::Model { about } => Ok(Answer::Model(save::model(shard, *about))),
        Query::SessionKeys => Ok(Answer::SessionKeys(session_keys(shard, source)?)),
        Query::Export { base, filter } => export(shard, base, filter, source).map(|text| Answer::Csv(text.into())),
    }
}

/// Calls `each` with some segments and the rows of each that a filter shows; `None` for all.
fn each_shown(
    shard: &mut Shard,
    filter: Filter,
    ids: &[SegmentId],
    source: &mut dyn ByteSource,
    each: &mut dyn FnMut(&Segment, Option<&Mask>),
) -> Result<(), Trouble> {
    let Shard { segments, selection, dataset, .. } = shard;
    for segment in ids.iter().filter_map(|id| segments.get(id)) {
        each(segment, selection.mask(filter, segment, dataset, source)?);
    }
    Ok(())
}

fn count(
    shard: &mut Shard,
    filter: Filter,
    ids: &[SegmentId],
    source: &mut dyn ByteSource,
) -> Result<Vec<(SegmentId, u32)>, Trouble> {
    let mut counts = Vec::with_capacity(ids.len());
    each_shown(shard, filter, ids, source, &mut |segment, mask| {
        counts.push((segment.id, mask.map_or(segment.rows(), Mask::count) as u32));
    })?;
    Ok(counts)
}

fn facets(
    shard: &mut Shard,
    filter: Filter,
    ids: &[SegmentId],
    columns: &[u32],
    source: &mut dyn ByteSource,
) -> Result<Vec<Facet>, Trouble> {
    let mut facets: Vec<Facet> = columns.iter().map(|&column| Facet::new(column)).collect();
    each_shown(shard, filter, ids, source, &mut |segment, mask| {
        for facet in &mut facets {
            facet.count(segment, mask);
        }
    })?;
    Ok(facets)
}

fn over_time(
    shard: &mut Shard,
    filter: Filter,
    ids: &[SegmentId],
    mut histogram: TimeHistogram,
    source: &mut dyn ByteSource,
) -> Result<TimeHistogram, Trouble> {
    let (time, level) = (shard.dataset.role(Role::Time), shard.dataset.role(Role::Level));
    each_shown(shard, filter, ids, source, &mut |segment, mask| {
        let levels = match level.and_then(|column| segment.columns.get(column)) {
            Some(Column::Level(levels)) => levels.as_slice(),
            _ => &[],
        };
        let mut add = |row: usize| histogram.add(segment.time(time, row), levels.get(row).copied().unwrap_or(0));
        match mask {
            Some(mask) => mask.ones().for_each(|row| add(row as usize)),
            None => (0..segment.rows()).for_each(add),
        }
    })?;
    Ok(histogram)
}

/// The nearest row in the order of the files. Segments are looked at one after the other, from the row on.
fn seek(
    shard: &mut Shard,
    filter: Filter,
    bases: &[Base],
    condition: Condition,
    from: Option<(SegmentId, u32)>,
    forward: bool,
    source: &mut dyn ByteSource,
) -> Result<Option<(SegmentId, u32)>, Trouble> {
    let finder = Finder::new(condition, &shard.dataset);
    let places = places(bases);
    let mut ids: Vec<SegmentId> = places.keys().copied().collect();
    if !forward {
        ids.reverse();
    }
    let Shard { segments, selection, dataset, .. } = shard;
    for segment in ids.iter().filter_map(|id| segments.get(id)) {
        // Where to look in this segment: from this row on, or before it.
        let edge = match from {
            Some((id, row)) if id == segment.id => row as usize + usize::from(forward),
            Some((id, _)) if (id < segment.id) != forward => continue,
            _ if forward => 0,
            _ => segment.rows(),
        };
        let place = places.get(&segment.id).copied().unwrap_or_default();
        let mut meets = finder.find(segment, dataset, place, source)?;
        if let Some(shown) = selection.mask(filter, segment, dataset, source)? {
            meets.keep(shown);
        }
        let found = if forward { meets.next(edge) } else { meets.previous(edge) };
        if let Some(row) = found {
            return Ok(Some((segment.id, row)));
        }
    }
    Ok(None)
}

/// The shard's rows in an order, narrowed to a filter.
fn ordered<'a>(
    shard: &'a mut Shard,
    sort: Sort,
    filter: Filter,
    source: &mut dyn ByteSource,
) -> Result<(&'a Order, Data<'a>), Trouble> {
    if let SortBy::Column(column) = sort.by {
        let ids: Vec<SegmentId> = shard.segments.keys().copied().collect();
        for id in ids {
            shard.read_keys(column, id, source)?;
        }
    }
    let Shard { segments, selection, dataset, order, texts, .. } = shard;
    let data = Data { segments, texts: texts_of(dataset, texts, sort) };
    if order.as_ref().is_some_and(|order| order.sort() != sort) {
        // Before the next one is made: two orders at once would take twice the memory.
        *order = None;
    }
    let order = order.get_or_insert_with(|| Order::new(sort, data));
    if !order.knows(filter) {
        for segment in segments.values() {
            selection.mask(filter, segment, dataset, source)?;
        }
        let masks: BTreeMap<SegmentId, &Mask> = selection.masks(filter);
        order.narrow(filter, |id, row| masks.get(&id).is_some_and(|mask| mask.get(row as usize)));
    }
    Ok((order, data))
}

/// The texts that an order needs, if it needs any.
fn texts_of<'a>(dataset: &Dataset, texts: &'a TextKeys, sort: Sort) -> Option<&'a BTreeMap<SegmentId, Vec<u128>>> {
    match sort.by {
        SortBy::Column(column) => reads_text(dataset, column).then_some(&texts.segments),
        SortBy::Score => None,
    }
}

/// Rows `from..from + count` of those that the filter shows.
fn shown(
    shard: &mut Shard,
    id: SegmentId,
    filter: Filter,
    from: usize,
    count: usize,
    source: &mut dyn ByteSource,
) -> Result<Vec<u32>, Trouble> {
    let Shard { segments, selection, dataset, .. } = shard;
    let Some(segment) = segments.get(&id) else { return Ok(Vec::new()) };
    if let Some(mask) = selection.mask(filter, segment, dataset, source)? {
        return Ok(mask.slice(from, count));
    }
    let rows = segment.rows();
    Ok((from.min(rows)..from.saturating_add(count).min(rows)).map(|row| row as u32).collect())
}

fn rows_of(shard: &Shard, base: Base, rows: &[u32], source: &mut dyn ByteSource) -> Result<Vec<RowView>, ReadError> {
    let Some(segment) = shard.segments.get(&base.segment) else { return Ok(Vec::new()) };
    let mut viewer = Viewer::new(&shard.dataset, segment, base);
    let mut views = Vec::with_capacity(rows.len());
    for_each_record(shard, segment, rows, source, &mut |row, record| views.push(viewer.row(row, record, CELL_BYTES)))?;
    Ok(views)
}

/// Calls `each(row, finding, record)` for some rows of a segment, in order.
fn findings_of(
    shard: &Shard,
    base: Base,
    rows: &[u32],
    source: &mut dyn ByteSource,
    each: &mut dyn FnMut(u32, FindingView, &[u8]),
) -> Result<(), ReadError> {
    let Some(segment) = shard.segments.get(&base.segment) else { return Ok(()) };
    let mut viewer = Viewer::new(&shard.dataset, segment, base);
    let mut explain = match (&shard.encoder, &shard.fitted) {
        (Some(encoder), Some(fitted)) => Some((encoder, encoder.segment(segment), fitted)),
        _ => None,
    };
    let mut features = Vec::new();
    for_each_record(shard, segment, rows, source, &mut |row, record| {
        let view = viewer.row(row, record, CELL_BYTES);
        let reasons = match &mut explain {
            Some((encoder, segment_features, fitted)) if view.score.is_some() => {
                features.clear();
                segment_features.encode(row as usize, &mut features);
                let credits = fitted.model.detector().attribute(&features);
                reason::reasons(&shard.dataset, encoder, &fitted.reference, segment, row as usize, &credits)
            }
            _ => Vec::new(),
        };
        let found = shard.hybrid.finding(segment.id, row);
        let finding = FindingView {
            rank: 0,
            score: view.score.unwrap_or(0.0),
            calibrated: 0.0,
            byte: segment.place(row as usize).0,
            kind: found.map_or(KIND_ROW, |found| found.kind.name()).into(),
            group: found.map(|found| found.group),
            reason: found.map_or_else(|| reason::sentence(&reasons), |found| found.reason.clone()),
            reasons,
            message: viewer.message(&view, record),
            row: view,
        };
        each(row, finding, record);
    })
}

/// Hash and text of the session keys of the shard's rows.
fn session_keys(shard: &Shard, source: &mut dyn ByteSource) -> Result<Vec<(u64, String)>, ReadError> {
    let mut known = FxHashSet::default();
    let mut keys = Vec::new();
    let Some(column) = shard.dataset.role(Role::Correlation) else { return Ok(keys) };
    for segment in shard.segments.values() {
        let Some(Column::Id(hashes)) = segment.columns.get(column) else { continue };
        let rows: Vec<u32> =
            (0..).zip(hashes).filter(|(_, hash)| **hash != 0 && known.insert(**hash)).map(|(row, _)| row).collect();
        let mut texts = SessionKeys::new(&shard.dataset, &shard.dataset.files[segment.id.file as usize]);
        for_each_record(shard, segment, &rows, source, &mut |row, record| {
            keys.push((hashes[row as usize], texts.text(record)));
        })?;
    }
    Ok(keys)
}

fn detail(shard: &Shard, base: Base, row: u32, source: &mut dyn ByteSource) -> Result<Option<RowDetail>, ReadError> {
    let Some(segment) = shard.segments.get(&base.segment).filter(|segment| (row as usize) < segment.rows()) else {
        return Ok(None);
    };
    let plan = &shard.dataset.files[segment.id.file as usize];
    let mut found = None;
    findings_of(shard, base, &[row], source, &mut |_, finding, record| {
        let raw = shorten(record, RAW_BYTES);
        found = Some(RowDetail { finding, fields: fields(plan, record), raw, raw_bytes: record.len() as u64 });
    })?;
    Ok(found)
}

fn plot(shard: &Shard, mut grid: PlotGrid, bases: &[Base]) -> PlotGrid {
    let time = shard.dataset.role(Role::Time);
    for base in bases {
        let Some(segment) = shard.segments.get(&base.segment) else { continue };
        for (row, &score) in segment.scores.iter().enumerate() {
            let position = match grid.axis {
                PlotAxis::Time(..) => segment.time(time, row),
                PlotAxis::Row(_) => i64::try_from(base.row + row as u64).ok(),
            };
            if let Some(position) = position {
                grid.add(position, score);
            }
        }
    }
    grid
}

fn issues(
    shard: &Shard,
    base: Base,
    from: usize,
    count: usize,
    source: &mut dyn ByteSource,
) -> Result<Vec<IssueView>, ReadError> {
    let Some(segment) = shard.segments.get(&base.segment) else { return Ok(Vec::new()) };
    let issues: Vec<_> = segment.issues.iter().skip(from).take(count).collect();
    let rows: Vec<u32> = issues.iter().map(|issue| issue.row).collect();
    let mut texts = Vec::with_capacity(rows.len());
    for_each_record(shard, segment, &rows, source, &mut |_, record| texts.push(shorten(record, CELL_BYTES)))?;
    let view = |(issue, text): (&&crate::ingest::Issue, String)| IssueView {
        file: segment.id.file,
        row: base.row + u64::from(issue.row),
        line: base.line + u64::from(issue.row),
        byte: segment.place(issue.row as usize).0,
        kind: issue.kind,
        text,
    };
    Ok(issues.iter().zip(texts).map(view).collect())
}

/// Names of the columns that an export puts before the dataset's own.
pub const EXPORT_COLUMNS: [&str; 5] = ["row", "file", "line", "time_utc", "score"];

fn export(shard: &mut Shard, base: Base, filter: Filter, source: &mut dyn ByteSource) -> Result<Vec<u8>, Trouble> {
    let rows = shown(shard, base.segment, filter, 0, usize::MAX, source)?;
    let Some(segment) = shard.segments.get(&base.segment) else { return Ok(Vec::new()) };
    let mut viewer = Viewer::new(&shard.dataset, segment, base);
    let mut csv = CsvText::default();
    for_each_record(shard, segment, &rows, source, &mut |row, record| {
        let view = viewer.row(row, record, usize::MAX);
        let [index, file, line] = [view.row, u64::from(view.file), view.line].map(|number| number.to_string());
        let time = view.time.map(format_time).unwrap_or_default();
        let score = view.score.map(|score| score.to_string()).unwrap_or_default();
        let own = [index, file, line, time, score];
        csv.push(own.iter().chain(&view.cells).map(String::as_str));
    })?;
    Ok(csv.into_bytes())
}
