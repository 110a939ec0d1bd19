//! Answers for the screen, from one shard.

use std::collections::BTreeMap;

use super::committee;
use super::facets;
use super::lead::Fitted;
use super::message::Base;
use super::order::{Data, Order, Sort, SortBy, SortKey, key_of};
use super::question::{Answer, Query};
use super::recast;
use super::rows::{SessionKeys, Viewer, fields, for_each_record, shorten};
use super::save;
use super::selection::places;
use super::sessions;
use super::shard::Shard;
use super::snapshot::Filter;
use super::sort_text::{TextKeys, reads_text};
use super::templates;
use super::truth;
use super::warm;
use crate::baseline::Pairs;
use crate::baseline::table::View;
use crate::detect::Model;
use crate::feature::Encoder;
use crate::feature::encode::SegmentEncoder;
use crate::filter::facet::Facet;
use crate::filter::{Condition, Context, Finder, Mask, bind, parse};
use crate::finding::group::KIND_ROW;
use crate::finding::{Facts, Finding, Words, reason};
use crate::ingest::{ByteSource, ReadError};
use crate::model::About;
use crate::record::{Column, Dataset, Role, Segment, SegmentId, format_time};
use crate::view::export::CsvText;
use crate::view::plot::PlotAxis;
use crate::view::row::{CELL_BYTES, RAW_BYTES, Reason};
use crate::view::scores::{ScoreForm, ScoreLines};
use crate::view::template::TemplateCounts;
use crate::view::{DetectorScore, FindingView, IssueView, PlotGrid, RowDetail, RowView, TimeHistogram};

/// A row that is asked for as a finding, with its group and rank.
type Asked = (u32, u32, u64);

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

#[inline(never)]
pub(super) fn answer(shard: &mut Shard, query: Query, source: &mut dyn ByteSource) -> Result<Answer, Trouble> {
    match query {
        Query::Bind { search, files, times, anomalous } => {
            let templates = shard.hybrid.catalog.templates();
            let predicted = warm::first_bin(shard);
            let context = Context { dataset: &shard.dataset, files: &files, times, anomalous, predicted, templates };
            Ok(Answer::Bound(parse(&search).and_then(|parsed| bind(&parsed, context))))
        }
        Query::Recast { detections, mapping } => {
            Ok(Answer::Recast(recast::plan(shard, &detections, &mapping).map(Box::new)))
        }
        Query::Count { filter } => {
            let all: Vec<SegmentId> = shard.segments.keys().copied().collect();
            count(shard, filter, &all, source).map(Answer::Counts)
        }
        Query::CountSegments { filter, segments } => count(shard, filter, &segments, source).map(Answer::Counts),
        Query::Facets { filter, segments, columns } => {
            facets::facets(shard, filter, &segments, &columns, source).map(Answer::Facets)
        }
        Query::Apart { condition, bases, columns } => apart(shard, condition, &bases, &columns, source),
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
            if sort.by == SortBy::Merged {
                shard.fill_times();
            }
            let data = data_of(&shard.segments, &shard.dataset, &shard.texts, &shard.merged.filled, sort);
            Ok(Answer::Key(known.then(|| key_of(sort, segment, row, data))))
        }
        Query::SeekSorted { sort, filter, bases, condition, from, forward } => {
            seek_sorted(shard, (sort, filter), &bases, condition, (from.as_ref(), forward), source)
        }
        Query::Pick { rows, bytes } => {
            let mut views = Vec::new();
            for (base, rows) in rows {
                views.extend(rows_of(shard, base, &rows, bytes as usize, source)?);
            }
            Ok(Answer::Rows(views))
        }
        Query::Rows { base, filter, from, count, bytes } => {
            let rows = shown(shard, base.segment, filter, from as usize, count as usize, source)?;
            Ok(Answer::Rows(rows_of(shard, base, &rows, bytes as usize, source)?))
        }
        Query::Findings { rows, bytes } => Ok(Answer::Findings(ranked(shard, rows, bytes as usize, source)?)),
        Query::Members { group, most } => Ok(Answer::Members(shard.hybrid.members(group, most))),
        Query::Detail { base, row, group } => Ok(match detail(shard, base, (row, group), source)? {
            Some(detail) => Answer::Detail(Box::new(detail)),
            None => Answer::Rows(Vec::new()),
        }),
        Query::Plot { grid, bases } => Ok(Answer::Plot(plot(shard, grid, &bases))),
        Query::Issues { base, from, count } => {
            Ok(Answer::Issues(issues(shard, base, from as usize, count as usize, source)?))
        }
        Query::Templates => Ok(Answer::Templates(templates::list(shard))),
        Query::TemplateCounts(filter, segments, bin) => {
            template_counts(shard, filter, &segments, bin, source).map(Answer::TemplateCounts)
        }
        Query::TemplateSamples { template, filter, bases, most } => {
            let segments: Vec<SegmentId> = bases.iter().map(|base| base.segment).collect();
            let mut lowest = Vec::new();
            each_shown(shard, filter, &segments, source, &mut |_, segment, mask| {
                templates::draw(&mut lowest, template, segment, mask, most as usize);
            })?;
            Ok(Answer::TemplateSamples(templates::samples(shard, template, &bases, &lowest, source)?))
        }
        Query::Committee(query) => Ok(Answer::Committee(committee::answer(shard, query))),
        Query::Warm(query) => Ok(Answer::Warm(warm::answer(shard, query))),
        Query::Truth(query) => Ok(Answer::Truth(truth::answer(shard, query))),
        Query::Pairs => {
            let mut pairs = Pairs::default();
            shard.segments.values().for_each(|segment| pairs.add(&shard.dataset, segment, shard.hybrid.names()));
            Ok(Answer::Pairs(pairs))
        }
        Query::OfSessions(query) => Ok(Answer::OfSessions(sessions::answer(shard, query, source)?)),
        Query::Learned => Ok(Answer::Learned(save::learned(shard).map(Box::new))),
        Query::Scores { base, name, form, about } => {
            scores(shard, base, &name, form, &about, source).map(|text| Answer::Csv(text.into()))
        }
        Query::Model { about } => {
            let fitted = shard.fitted.as_ref();
            Ok(Answer::Model(fitted.and_then(|fitted| save::model(shard, fitted, *about))))
        }
        Query::Export { base, filter, name, predicted } => {
            export(shard, base, filter, (&name, predicted), source).map(|text| Answer::Csv(text.into()))
        }
    }
}

/// The nearest row in an order that meets a condition.
#[inline(never)]
fn seek_sorted(
    shard: &mut Shard,
    (sort, filter): (Sort, Filter),
    bases: &[Base],
    condition: Condition,
    (from, forward): (Option<&SortKey>, bool),
    source: &mut dyn ByteSource,
) -> Result<Answer, Trouble> {
    let finder = Finder::new(condition, &shard.dataset);
    let places = places(bases);
    let mut masks: BTreeMap<SegmentId, Mask> = BTreeMap::new();
    for segment in shard.segments.values() {
        let place = places.get(&segment.id).copied().unwrap_or_default();
        masks.insert(segment.id, finder.find(segment, &shard.dataset, place, source)?);
    }
    let meets = |id: SegmentId, row: u32| masks.get(&id).is_some_and(|mask| mask.get(row as usize));
    let (order, data) = ordered(shard, sort, filter, source)?;
    Ok(Answer::Key(order.seek(filter, from, forward, meets, data)))
}

/// Rows as findings, each with its rank.
#[inline(never)]
fn ranked(
    shard: &Shard,
    rows: Vec<(u64, Base, u32, u32)>,
    bytes: usize,
    source: &mut dyn ByteSource,
) -> Result<Vec<FindingView>, ReadError> {
    let mut findings = Vec::with_capacity(rows.len());
    let mut by_segment: BTreeMap<SegmentId, (Base, Vec<Asked>)> = BTreeMap::new();
    for (rank, base, row, group) in rows {
        by_segment.entry(base.segment).or_insert_with(|| (base, Vec::new())).1.push((row, group, rank));
    }
    for (base, mut rows) in by_segment.into_values() {
        // A row may be asked for with several groups.
        rows.sort_unstable();
        let asked: Vec<(u32, u32)> = rows.iter().map(|&(row, group, _)| (row, group)).collect();
        let mut ranks = rows.iter().map(|&(.., rank)| rank);
        findings_of(shard, base, (&asked, bytes), source, &mut |finding, _| {
            findings.extend(ranks.next().map(|rank| FindingView { rank, ..finding }));
        })?;
    }
    Ok(findings)
}

/// Calls `each` with some segments and the rows of each that a filter shows; `None` for all.
pub(super) fn each_shown(
    shard: &mut Shard,
    filter: Filter,
    ids: &[SegmentId],
    source: &mut dyn ByteSource,
    each: &mut dyn FnMut(&Dataset, &Segment, Option<&Mask>),
) -> Result<(), Trouble> {
    let Shard { segments, selection, dataset, .. } = shard;
    for segment in ids.iter().filter_map(|id| segments.get(id)) {
        each(dataset, segment, selection.mask(filter, segment, dataset, source)?);
    }
    Ok(())
}

#[inline(never)]
fn count(
    shard: &mut Shard,
    filter: Filter,
    ids: &[SegmentId],
    source: &mut dyn ByteSource,
) -> Result<Vec<(SegmentId, u32)>, Trouble> {
    let mut counts = Vec::with_capacity(ids.len());
    each_shown(shard, filter, ids, source, &mut |_, segment, mask| {
        counts.push((segment.id, mask.map_or(segment.rows(), Mask::count) as u32));
    })?;
    Ok(counts)
}

#[inline(never)]
fn template_counts(
    shard: &mut Shard,
    filter: Filter,
    ids: &[SegmentId],
    bin: u32,
    source: &mut dyn ByteSource,
) -> Result<TemplateCounts, Trouble> {
    let mut counts = TemplateCounts::new(shard.hybrid.catalog.templates().len());
    each_shown(shard, filter, ids, source, &mut |dataset, segment, mask| {
        templates::count(&mut counts, &View::new(dataset, segment), segment, mask, bin);
    })?;
    Ok(counts)
}

/// Facets and counts of the rows that meet a condition which no filter has.
#[inline(never)]
fn apart(
    shard: &Shard,
    condition: Condition,
    bases: &[Base],
    columns: &[u32],
    source: &mut dyn ByteSource,
) -> Result<Answer, Trouble> {
    let finder = Finder::new(condition, &shard.dataset);
    let mut facets: Vec<Facet> = columns.iter().map(|&column| Facet::new(column)).collect();
    let mut counts = Vec::new();
    for (id, place) in places(bases) {
        let Some(segment) = shard.segments.get(&id) else { continue };
        let mask = finder.find(segment, &shard.dataset, place, source)?;
        for facet in &mut facets {
            facet.count(segment, Some(&mask));
        }
        counts.push((id, mask.count() as u32));
    }
    Ok(Answer::Apart(facets, counts))
}

#[inline(never)]
fn over_time(
    shard: &mut Shard,
    filter: Filter,
    ids: &[SegmentId],
    mut histogram: TimeHistogram,
    source: &mut dyn ByteSource,
) -> Result<TimeHistogram, Trouble> {
    let (time, level) = (shard.dataset.role(Role::Time), shard.dataset.role(Role::Level));
    each_shown(shard, filter, ids, source, &mut |_, segment, mask| {
        let levels = match level.and_then(|column| segment.columns.get(column)) {
            Some(Column::Level(levels)) => levels.as_slice(),
            _ => &[],
        };
        add_times(&mut histogram, segment, (time, levels), mask);
    })?;
    Ok(histogram)
}

#[inline(never)]
fn add_times(
    histogram: &mut TimeHistogram,
    segment: &Segment,
    (time, levels): (Option<usize>, &[u8]),
    mask: Option<&Mask>,
) {
    let mut add = |row: usize| histogram.add(segment.time(time, row), levels.get(row).copied().unwrap_or(0));
    match mask {
        Some(mask) => mask.ones().for_each(|row| add(row as usize)),
        None => (0..segment.rows()).for_each(add),
    }
}

/// The nearest row in the order of the files. Segments are looked at one after the other, from the row on.
#[inline(never)]
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
#[inline(never)]
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
    if sort.by == SortBy::Merged {
        shard.fill_times();
    }
    let Shard { segments, selection, dataset, order, texts, merged, .. } = shard;
    let data = data_of(segments, dataset, texts, &merged.filled, sort);
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

/// What an order needs.
fn data_of<'a>(
    segments: &'a BTreeMap<SegmentId, Segment>,
    dataset: &Dataset,
    texts: &'a TextKeys,
    filled: &'a BTreeMap<SegmentId, Vec<i64>>,
    sort: Sort,
) -> Data<'a> {
    let times = dataset.role(Role::Time).filter(|_| sort.by == SortBy::Merged);
    Data { segments, texts: texts_of(dataset, texts, sort), times: times.map(|column| (column, filled)) }
}

/// The texts that an order needs, if it needs any.
fn texts_of<'a>(dataset: &Dataset, texts: &'a TextKeys, sort: Sort) -> Option<&'a BTreeMap<SegmentId, Vec<u128>>> {
    match sort.by {
        SortBy::Column(column) => reads_text(dataset, column).then_some(&texts.segments),
        SortBy::Score | SortBy::File | SortBy::Merged => None,
    }
}

/// Rows `from..from + count` of those that the filter shows.
#[inline(never)]
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

#[inline(never)]
fn rows_of(
    shard: &Shard,
    base: Base,
    rows: &[u32],
    bytes: usize,
    source: &mut dyn ByteSource,
) -> Result<Vec<RowView>, ReadError> {
    let Some(segment) = shard.segments.get(&base.segment) else { return Ok(Vec::new()) };
    let mut viewer = Viewer::new(&shard.dataset, segment, base);
    let mut views = Vec::with_capacity(rows.len());
    for_each_record(shard, segment, rows, source, &mut |row, record| views.push(viewer.row(row, record, bytes)))?;
    Ok(views)
}

/// Says why the rows of a segment have their scores.
struct Explainer<'a> {
    shard: &'a Shard,
    segment: &'a Segment,
    encoder: &'a Encoder,
    fitted: &'a Fitted,
    encoded: SegmentEncoder<'a>,
    features: Vec<f32>,
}

impl<'a> Explainer<'a> {
    /// `None` before there is a detector.
    fn new(shard: &'a Shard, segment: &'a Segment) -> Option<Self> {
        let (encoder, fitted) = (shard.encoder.as_ref()?, shard.fitted.as_ref()?);
        Some(Self { shard, segment, encoder, fitted, encoded: encoder.segment(segment), features: Vec::new() })
    }

    fn reasons(&mut self, row: u32) -> Vec<Reason> {
        self.features.clear();
        self.encoded.encode(row as usize, &mut self.features);
        let credits = self.fitted.model.detector().attribute(&self.features);
        let Self { shard, segment, encoder, fitted, .. } = self;
        reason::reasons(&shard.dataset, encoder, &fitted.reference, segment, row as usize, &credits)
    }

    /// What the detector says of a row, and behind it its members where it is an ensemble.
    fn detectors(&mut self, row: u32) -> Vec<DetectorScore> {
        self.features.clear();
        self.encoded.encode(row as usize, &mut self.features);
        let model = &self.fitted.model;
        let mut raw = Vec::new();
        model.detector().raw(&self.features, &mut raw);
        let whole = raw.first().map(|&raw| (model.kind(), raw, model.detector().unit(raw)));
        let members = if let Model::Ensemble(fitted) = model { fitted.said(&self.features) } else { Vec::new() };
        let score = |(detector, raw, unit)| DetectorScore { detector, raw, unit };
        whole.into_iter().chain(members).map(score).collect()
    }
}

/// Calls `each(finding, record)` for some rows of a segment, in order, each with the group that its finding is of (0: the
/// strongest), and with so many bytes of its fields at most.
#[inline(never)]
fn findings_of(
    shard: &Shard,
    base: Base,
    (asked, bytes): (&[(u32, u32)], usize),
    source: &mut dyn ByteSource,
    each: &mut dyn FnMut(FindingView, &[u8]),
) -> Result<(), ReadError> {
    let Some(segment) = shard.segments.get(&base.segment) else { return Ok(()) };
    let mut viewer = Viewer::new(&shard.dataset, segment, base);
    let mut explainer = Explainer::new(shard, segment);
    let context = shard.hybrid.context();
    let words = Words::new(&context);
    let rows: Vec<u32> = asked.iter().map(|asked| asked.0).collect();
    let mut groups = asked.iter().map(|asked| asked.1);
    for_each_record(shard, segment, &rows, source, &mut |row, record| {
        let view = viewer.row(row, record, bytes);
        let reasons = match &mut explainer {
            Some(explainer) if view.score.is_some() => explainer.reasons(row),
            _ => Vec::new(),
        };
        let found = shard.hybrid.finding(segment.id, row, groups.next().unwrap_or(0));
        let run = shard.hybrid.together.of(segment.id, row).filter(|_| found.is_none());
        let alone = || reason::sentence(&reasons);
        let (reason, facts) = match (found, run) {
            (Some(found), _) => words.of(found),
            (None, Some(run)) => (run.reason(alone()), Facts::default()),
            (None, None) => (alone(), Facts::default()),
        };
        let finding = FindingView {
            rank: 0,
            score: found.map(|found| found.score).or(view.score).unwrap_or(0.0),
            calibrated: 0.0,
            byte: segment.place(row as usize).0,
            kind: found.map_or(KIND_ROW, |found| found.kind.name()).into(),
            group: found.map(|found| found.group).or(run.map(|run| run.group)),
            reason,
            facts,
            reasons,
            message: viewer.message(&view, record),
            row: view,
        };
        each(finding, record);
    })
}

#[inline(never)]
fn detail(
    shard: &Shard,
    base: Base,
    (row, group): (u32, u32),
    source: &mut dyn ByteSource,
) -> Result<Option<RowDetail>, ReadError> {
    let Some(segment) = shard.segments.get(&base.segment).filter(|segment| (row as usize) < segment.rows()) else {
        return Ok(None);
    };
    let plan = &shard.dataset.files[segment.id.file as usize];
    let mut keys = SessionKeys::new(&shard.dataset, plan);
    let key = View::new(&shard.dataset, segment).key(row as usize);
    let mut found = None;
    findings_of(shard, base, (&[(row, group)], CELL_BYTES), source, &mut |finding, record| {
        let raw = shorten(record, RAW_BYTES);
        let session = (key != 0).then(|| (key, keys.text(record)));
        let (fields, raw_bytes) = (fields(plan, record), record.len() as u64);
        found = Some(RowDetail { finding, detectors: Vec::new(), session, fields, raw, raw_bytes });
    })?;
    if let (Some(detail), Some(mut explainer)) = (&mut found, Explainer::new(shard, segment)) {
        detail.detectors = explainer.detectors(row);
    }
    Ok(found)
}

#[inline(never)]
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

#[inline(never)]
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

/// A line for each row of a segment: its score, and what that means.
#[inline(never)]
fn scores(
    shard: &Shard,
    base: Base,
    name: &str,
    form: ScoreForm,
    about: &About,
    source: &mut dyn ByteSource,
) -> Result<Vec<u8>, Trouble> {
    let rows = shard.segments.get(&base.segment).map_or(0, Segment::rows) as u32;
    let all: Vec<(u32, u32)> = (0..rows).map(|row| (row, 0)).collect();
    let mut lines = ScoreLines::new(form);
    findings_of(shard, base, (&all, CELL_BYTES), source, &mut |finding, _| {
        lines.push(name, &finding, about);
    })?;
    Ok(lines.into_bytes())
}

/// Names of the columns that an export puts before the dataset's own.
pub const EXPORT_COLUMNS: [&str; 7] = ["row", "file", "line", "byte", "time_utc", "score", "reason"];

/// What an export says of a row before its fields, with its numbers as a person counts: rows and records from 1. `name` is
/// the file's.
pub fn export_cells(view: &RowView, name: &str, byte: u64, reason: &str) -> [String; 7] {
    let time = view.time.map(format_time).unwrap_or_default();
    let score = view.score.map(|score| score.to_string()).unwrap_or_default();
    let [row, line] = [view.row + 1, view.line + 1].map(|number| number.to_string());
    [row, name.to_owned(), line, byte.to_string(), time, score, reason.to_owned()]
}

/// The column behind those where rows are predicted by a forest of labelled rows.
pub const PREDICTED_COLUMN: &str = "ml_anomaly";

/// CSV of some rows. Rows that belong to a finding have its reason; rows that are shown for their score have the row
/// detector's. `predicted`: whether there is a column of what the forest of labelled rows predicts.
#[inline(never)]
fn export(
    shard: &mut Shard,
    base: Base,
    filter: Filter,
    (name, predicted): (&str, bool),
    source: &mut dyn ByteSource,
) -> Result<Vec<u8>, Trouble> {
    let rows = shown(shard, base.segment, filter, 0, usize::MAX, source)?;
    let Some(segment) = shard.segments.get(&base.segment) else { return Ok(Vec::new()) };
    let mut viewer = Viewer::new(&shard.dataset, segment, base);
    let mut explainer = matches!(filter, Filter::AtLeast(_)).then(|| Explainer::new(shard, segment)).flatten();
    let context = shard.hybrid.context();
    let words = Words::new(&context);
    let mut told: Option<(&Finding, String)> = None;
    let mut csv = CsvText::default();
    for_each_record(shard, segment, &rows, source, &mut |row, record| {
        let view = viewer.row(row, record, usize::MAX);
        let reason = match (shard.hybrid.finding(segment.id, row, 0), &mut explainer) {
            (Some(found), _) => {
                // Many rows of one finding come one after the other.
                if !told.as_ref().is_some_and(|(last, _)| std::ptr::eq(*last, found)) {
                    told = Some((found, words.of(found).0));
                }
                told.as_ref().map(|(_, text)| text.clone()).unwrap_or_default()
            }
            (None, Some(explainer)) => reason::sentence(&explainer.reasons(row)),
            (None, None) => String::new(),
        };
        let own = export_cells(&view, name, segment.place(row as usize).0, &reason);
        let call = |score| if score >= shard.forest.threshold { "1" } else { "0" };
        let predicted = predicted.then(|| view.predicted.map_or("", call));
        let cells = view.cells.iter().map(String::as_str);
        csv.push(own.iter().map(String::as_str).chain(predicted).chain(cells));
    })?;
    Ok(csv.into_bytes())
}
