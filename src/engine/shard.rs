//! One worker's part of the data, and all that is done with it.

use std::collections::BTreeMap;

use super::bytes::{decode, encode};
use super::hybrid::Hybrid;
use super::lead::{self, Fitted, Loaded, Preparation};
use super::message::{Answer, Event, Looked, Query, Request};
use super::order::Order;
use super::parse::{Parsed, parse};
use super::query::{self, Trouble};
use super::selection::Selection;
use super::sort_text::TextKeys;
use crate::detect::sample::{Sample, rank};
use crate::detect::{FitOptions, Progress, never_cancelled};
use crate::feature::{Encoder, Matrix, Survey};
use crate::finding::Ranking;
use crate::finding::hybrid::FINDING_SCORE;
use crate::finding::threshold::bin_of;
use crate::ingest::sniff::sniff;
use crate::ingest::unpack::{Contents, HEAD_BYTES, Member, Packing, Unpacker, members, packing};
use crate::ingest::{ByteSource, IssueKind, ReadError};
use crate::record::{Dataset, Segment, SegmentId};
use crate::template::ShapeTable;

/// Rows that are encoded and scored together.
const BATCH: usize = 4096;

/// Segments and what is needed to work on them.
#[derive(Debug, Default)]
pub struct Shard {
    pub(super) dataset: Dataset,
    /// Parsed, but not yet known to be right.
    pending: BTreeMap<SegmentId, (Segment, ShapeTable)>,
    pub(super) segments: BTreeMap<SegmentId, Segment>,
    pub(super) encoder: Option<Encoder>,
    pub(super) fitted: Option<Fitted>,
    /// The saved model, if this shard merges.
    loaded: Option<Loaded>,
    pub(super) hybrid: Hybrid,
    /// The rows that the last filters show.
    pub(super) selection: Selection,
    /// The rows in the order that was asked for last.
    pub(super) order: Option<Order>,
    /// What it takes to sort by a column that is not kept.
    pub(super) texts: TextKeys,
}

impl Shard {
    /// Answers one request.
    pub fn handle<S: ByteSource>(&mut self, request: Request, source: &mut Unpacker<S>) -> Option<Event> {
        self.handle_telling(request, source, &mut never_cancelled)
    }

    /// Answers one request. `progress` is told how far the fit of a detector is, and may end it: rows are then scored by what
    /// they belong to alone.
    pub fn handle_telling<S: ByteSource>(
        &mut self,
        request: Request,
        source: &mut Unpacker<S>,
        progress: &mut Progress<'_>,
    ) -> Option<Event> {
        match request {
            Request::Open { file, name } => {
                Some(Event::Opened { file, result: open(source.source(), file, &name).map_err(|error| error.reason) })
            }
            Request::Mount { files } => {
                source.mount(files);
                None
            }
            Request::Sniff { file } => {
                Some(Event::Sniffed { file, result: look(source, file).map_err(|error| error.reason) })
            }
            Request::Plan { detections, mapping, remembered, model } => {
                Some(lead::plan(&detections, mapping, &remembered, model.as_deref().map(Vec::as_slice)))
            }
            Request::Adopt { dataset } => {
                *self = Self { dataset: decode(&dataset).unwrap_or_default(), ..Self::default() };
                None
            }
            Request::Parse { task } => Some(match parse(task, &self.dataset, source) {
                Ok(parsed) => {
                    let packed = source.size(task.id.file).is_none().then(|| source.packed_position(task.id.file));
                    self.keep(parsed, packed, source.trouble(task.id.file))
                }
                Err(error) => Event::ReadFailed { id: task.id, reason: error.reason },
            }),
            Request::Commit { id } => {
                if let Some((segment, shapes)) = self.pending.remove(&id) {
                    self.hybrid.commit(id, &shapes);
                    self.segments.insert(id, segment);
                }
                self.order = None;
                None
            }
            Request::Discard { id } => {
                self.pending.remove(&id);
                None
            }
            Request::Survey => {
                let survey = Survey::of(&self.dataset, self.segments.values());
                Some(Event::Surveyed { part: encode(&(survey, &self.hybrid.shapes)).into() })
            }
            Request::MergeSurveys { parts, features, model } => {
                let model = model.as_deref().map(Vec::as_slice);
                let (event, loaded) = lead::merge_surveys(&self.dataset, &parts, &features, model);
                self.loaded = loaded;
                Some(event)
            }
            Request::Prepare { preparation } => {
                if let Some(made) = decode::<Preparation>(&preparation) {
                    self.hybrid.prepare(&made, &mut self.segments);
                    self.fitted = made.frozen.as_ref().map(|frozen| frozen.fitted.clone());
                    self.encoder = Some(Encoder::new(made.recipe, made.survey, made.template_rows));
                }
                None
            }
            Request::Count { step } => {
                let part = self.hybrid.partial(step, &self.dataset, &self.segments);
                Some(Event::Partial { part: part.into() })
            }
            Request::Merge { step, parts, seed } => {
                Some(Event::Merged { step, whole: self.hybrid.merge(step, &parts, seed).into() })
            }
            Request::Learn { step, whole } => {
                self.hybrid.learn(step, &whole, &self.dataset, &self.segments);
                if let (Some(numbers), Some(encoder)) = (self.hybrid.numbers_of_sessions.take(), &mut self.encoder) {
                    encoder.set_sessions(numbers);
                }
                None
            }
            Request::Deal { round, shard } => {
                Some(Event::Dealt { parts: self.hybrid.deal(&self.dataset, &self.segments, round, shard) })
            }
            Request::Take { parts } => {
                self.hybrid.take(&parts);
                None
            }
            Request::Sample { limit, seed } => Some(Event::Sampled { offer: encode(&self.sample(limit, seed)).into() }),
            Request::Fit { offers, wanted, rows, detector, options } => {
                let largest = self.encoder.as_ref().map(Encoder::largest).unwrap_or_default();
                let options = FitOptions { largest, ..options };
                Some(lead::fit(&offers, wanted as usize, rows, detector, options, progress))
            }
            Request::Check { offers, wanted, limits } => {
                let loaded = self.loaded.as_ref()?;
                Some(lead::check(loaded, &self.dataset, &self.hybrid.catalog, &offers, wanted as usize, limits))
            }
            Request::Load { model } => {
                self.fitted = decode(&model);
                None
            }
            Request::Score { id } => Some(self.score(id)),
            Request::Rank { from_bin, limit } => {
                let ranking = Ranking::of(self.segments.values(), from_bin, limit as usize);
                Some(Event::RankedPart { part: encode(&ranking.0).into() })
            }
            Request::MergeRankings { parts, limit } => Some(lead::merge_rankings(&parts, limit as usize)),
            Request::Filter { id, condition, bases } => {
                self.selection.set(id, condition, &bases, &self.dataset);
                None
            }
            Request::Query { ticket, query } => Some(Event::Answer { ticket, answer: self.answer(query, source) }),
        }
    }

    fn answer(&mut self, query: Query, source: &mut dyn ByteSource) -> Answer {
        query::answer(self, query, source).unwrap_or_else(|trouble| match trouble {
            Trouble::Stale => Answer::Stale,
            Trouble::Read(error) => Answer::Failed(error),
        })
    }

    fn keep(&mut self, parsed: Parsed, packed: Option<(u64, u64)>, trouble: Option<String>) -> Event {
        let Parsed { segment, first, next, shapes, end } = parsed;
        let mut issues = IssueKind::ALL.map(|kind| (kind, 0)).to_vec();
        for issue in &segment.issues {
            issues[issue.kind as usize].1 += 1;
        }
        issues.retain(|(_, count)| *count > 0);
        let id = segment.id;
        let (rows, memory) = (segment.rows() as u32, segment.bytes());
        self.pending.insert(id, (segment, shapes));
        Event::Parsed { id, first, next, rows, memory, issues, end, packed, trouble }
    }

    /// Rows whose rank is low enough for the training sample.
    fn sample(&self, limit: u64, seed: u64) -> Sample {
        let Some(encoder) = &self.encoder else { return Sample::default() };
        let mut sample = Sample { ranks: Vec::new(), rows: Matrix::new(encoder.recipe().features.len()) };
        for segment in self.segments.values() {
            let mut features = encoder.segment(segment);
            for row in 0..segment.rows() {
                let rank = rank(segment.id.file, segment.position(row), seed);
                if rank <= limit {
                    sample.ranks.push(rank);
                    features.encode(row, &mut sample.rows.values);
                }
            }
        }
        sample
    }

    fn score(&mut self, id: SegmentId) -> Event {
        let rows = self.segments.get(&id).map_or(0, Segment::rows);
        let mut scores = Vec::with_capacity(rows);
        if let (Some(encoder), Some(fitted), Some(segment)) = (&self.encoder, &self.fitted, self.segments.get(&id)) {
            let detector = fitted.model.detector();
            let mut features = encoder.segment(segment);
            let mut batch = Matrix::new(encoder.recipe().features.len());
            for from in (0..segment.rows()).step_by(BATCH) {
                let to = (from + BATCH).min(segment.rows());
                batch.values.clear();
                (from..to).for_each(|row| features.encode(row, &mut batch.values));
                detector.score(&batch, &mut scores);
                // Without a single feature no row differs from any other.
                scores.resize(to, 0.5);
            }
        }
        // Nor does one when the fit was ended.
        scores.resize(rows, 0.5);
        if self.hybrid.is_active() {
            // Rows that belong to a finding stand above all others, in the order of the findings.
            for score in &mut scores {
                *score *= FINDING_SCORE;
            }
            for (row, score) in self.hybrid.scores(id) {
                if let Some(slot) = scores.get_mut(row as usize) {
                    *slot = score;
                }
            }
        }
        let mut bins = BTreeMap::new();
        for &score in &scores {
            *bins.entry(bin_of(score)).or_default() += 1;
        }
        if let Some(segment) = self.segments.get_mut(&id) {
            segment.scores = scores;
        }
        self.selection.forget();
        self.order = None;
        Event::Scored { id, rows: rows as u32, bins: bins.into_iter().collect() }
    }
}

/// What a file is.
fn look(source: &mut dyn ByteSource, file: u32) -> Result<Looked, ReadError> {
    let detection = sniff(source, file)?;
    Ok(Looked {
        detection: encode(&detection).into(),
        format: detection.layout.name(),
        data_start: detection.data_start,
        note: detection.note,
        readable: detection.readable,
    })
}

/// What a file holds, if it is packed.
fn open(source: &mut dyn ByteSource, file: u32, name: &str) -> Result<Option<Contents>, ReadError> {
    let mut head = Vec::new();
    source.read(file, 0, HEAD_BYTES, &mut head)?;
    let Some(packing) = packing(&head) else { return Ok(None) };
    let mut contents = members(source, file, name)?;
    // Office documents are archives too; what is in them is no log.
    let is_office = |member: &Member| member.name.ends_with("/[Content_Types].xml");
    if packing == Packing::Zip && contents.members.iter().any(is_office) {
        contents.members.clear();
        contents.notes =
            vec!["This is a spreadsheet or another office document. Export it as CSV and drop that.".into()];
    }
    Ok(Some(contents))
}
