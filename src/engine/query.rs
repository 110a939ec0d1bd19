//! Answers for the screen, from one shard.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::hybrid::session_rows;
use super::message::{Answer, Base, Query};
use super::rows::{SessionKeys, Viewer, fields, for_each_record, shorten};
use super::shard::Shard;
use super::snapshot::Filter;
use crate::finding::reason;
use crate::ingest::{ByteSource, ReadError};
use crate::record::{Column, Role, SegmentId, format_time};
use crate::view::export::CsvText;
use crate::view::plot::PlotAxis;
use crate::view::row::{CELL_BYTES, RAW_BYTES};
use crate::view::{FindingView, IssueView, PlotGrid, RowDetail, RowView};

/// How a finding of the row detector is called.
pub const KIND_ROW: &str = "unusual row";

pub(super) fn answer(shard: &mut Shard, query: Query, source: &mut dyn ByteSource) -> Result<Answer, ReadError> {
    match query {
        Query::Count { filter } => Ok(Answer::Counts(count(shard, filter))),
        Query::Rows { base, filter, from, count } => {
            let rows = shown(shard, base.segment, filter, from as usize, count as usize);
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
            issues(shard, base, from as usize, count as usize, source).map(Answer::Issues)
        }
        Query::Sessions => Ok(Answer::Sessions(shard.hybrid.sessions())),
        Query::SessionRows { key } => Ok(Answer::SessionRows(session_rows(&shard.dataset, &shard.segments, key))),
        Query::Twin { rows } => Ok(Answer::Twin(shard.hybrid.twin(&rows))),
        Query::SessionKeys => session_keys(shard, source).map(Answer::SessionKeys),
        Query::Export { base, filter } => export(shard, base, filter, source).map(|text| Answer::Csv(text.into())),
    }
}

fn count(shard: &mut Shard, filter: Filter) -> Vec<(SegmentId, u32)> {
    let Shard { segments, shown, .. } = shard;
    let rows = segments.values().map(|segment| {
        let rows = shown.rows(filter, segment).map_or(segment.rows(), <[u32]>::len);
        (segment.id, rows as u32)
    });
    rows.collect()
}

/// Rows `from..from + count` of those that the filter shows.
fn shown(shard: &mut Shard, id: SegmentId, filter: Filter, from: usize, count: usize) -> Vec<u32> {
    let Shard { segments, shown, .. } = shard;
    let Some(segment) = segments.get(&id) else { return Vec::new() };
    let slice = |length: usize| from.min(length)..from.saturating_add(count).min(length);
    match shown.rows(filter, segment) {
        Some(rows) => rows[slice(rows.len())].to_vec(),
        None => slice(segment.rows()).map(|row| row as u32).collect(),
    }
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

fn export(shard: &mut Shard, base: Base, filter: Filter, source: &mut dyn ByteSource) -> Result<Vec<u8>, ReadError> {
    let rows = shown(shard, base.segment, filter, 0, usize::MAX);
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
