//! One worker's part of the data, and all that is done with it.

use std::collections::BTreeMap;

use super::bytes::{decode, encode};
use super::facets::OfAll;
use super::hybrid::Hybrid;
use super::inspect::inspect;
use super::lead::{self, Fitted, Loaded, Preparation};
use super::lone::lone;
use super::merged::{self, Edges};
use super::message::{Base, Event, Looked, Request, Step};
use super::next::{Next, Scored, sample};
use super::order::Order;
use super::parse::{Bench, Parsed, Task, parse};
use super::query::{self, Trouble};
use super::question::{Answer, Query};
use super::recast;
use super::refit::Refit;
use super::selection::Selection;
use super::session_list::SessionList;
use super::sort_text::TextKeys;
use super::templates;
use super::warm::Forest;
use crate::baseline::Busy;
use crate::detect::sample::Sample;
use crate::detect::{Committee, Progress, never_cancelled};
use crate::feature::{Elapsed, Encoder, Recipe, Survey};
use crate::filter::Condition;
use crate::finding::Ranking;
use crate::ingest::sniff::sniff;
use crate::ingest::unpack::{Contents, HEAD_BYTES, Member, Packing, Unpacker, members, packing};
use crate::ingest::{ByteSource, IssueKind, ReadError};
use crate::record::{Dataset, Role, Segment, SegmentId};
use crate::session::Links;
use crate::template::ShapeTable;

/// What to say of a file that ends before the array of its records does.
const CUT_OFF: &str = "The file ends before its array is closed: it may be cut.";

/// Segments and what is needed to work on them.
#[derive(Debug, Default)]
pub struct Shard {
    pub(super) dataset: Dataset,
    /// Parsed, but not yet known to be right.
    pending: BTreeMap<SegmentId, (Segment, ShapeTable, Links)>,
    bench: Bench,
    pub(super) segments: BTreeMap<SegmentId, Segment>,
    /// What the rows' scores were made with.
    pub(super) encoder: Option<Encoder>,
    pub(super) fitted: Option<Fitted>,
    /// What rows are scored with next.
    next: Option<Next>,
    /// The forest of labelled rows.
    pub(super) forest: Forest,
    /// Who is heard about what is disputed.
    pub(super) committee: Option<Committee>,
    /// The detector that is held against the truth beside that of the analysis.
    pub(super) compared: Option<Fitted>,
    /// The saved model, if this shard merges.
    loaded: Option<Loaded>,
    pub(super) hybrid: Hybrid,
    /// The rows that the last filters show.
    pub(super) selection: Selection,
    /// The rows in the order that was asked for last.
    pub(super) order: Option<Order>,
    pub(super) facets: OfAll,
    /// The sessions of all shards, in the lead's.
    pub(super) sessions: SessionList,
    /// What it takes to sort by a column that is not kept.
    pub(super) texts: TextKeys,
    /// What it takes to merge files by time.
    pub(super) merged: Merged,
}

/// Times for rows that have none.
#[derive(Debug, Default)]
pub(super) struct Merged {
    carries: BTreeMap<SegmentId, i64>,
    /// The times of segments in which some are missing, once they are asked for.
    pub(super) filled: BTreeMap<SegmentId, Vec<i64>>,
    done: bool,
}

impl Shard {
    /// Answers one request.
    pub fn handle<S: ByteSource>(&mut self, request: Request, source: &mut Unpacker<S>) -> Option<Event> {
        self.handle_telling(request, source, &mut never_cancelled)
    }

    /// Answers one request. `progress` is told how far the fit of a detector is, and may end it: rows are then scored by what
    /// they belong to alone.
    ///
    /// What a request takes is never inlined here: a browser compiles a function as a whole, once when it is first called and
    /// again when it is hot, and one that held everything took it a second.
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
            Request::Plan { detections, mapping, remembered, model, names } => {
                Some(lead::plan(&detections, mapping, &remembered, model.as_deref().map(Vec::as_slice), &names))
            }
            Request::Adopt { dataset } => {
                self.adopt(&dataset);
                None
            }
            Request::Parse { task } => Some(self.parse(task, source)),
            Request::Commit { id } => {
                self.commit(id);
                None
            }
            Request::Discard { id } => {
                self.pending.remove(&id);
                None
            }
            Request::Recast { dataset } => Some(Event::Partial { part: encode(&recast::apply(self, &dataset)).into() }),
            Request::Carry { times } => {
                self.merged = Merged { carries: times.into_iter().collect(), ..Merged::default() };
                self.order = None;
                None
            }
            Request::Survey => Some(self.survey()),
            Request::MergeSurveys { parts, hand, features, model } => {
                let model = model.as_deref().map(Vec::as_slice);
                let (event, loaded) =
                    lead::merge_surveys(&self.dataset, &parts, &hand, &features, model, self.hybrid.kept_templates());
                self.loaded = loaded;
                Some(event)
            }
            Request::Prepare { preparation } => {
                self.prepare(&preparation, source);
                None
            }
            Request::Count { step: Step::Together } => Some(Event::Partial { part: encode(&lone(self)).into() }),
            Request::Count { step } => {
                let part = self.hybrid.partial(step, &self.dataset, &self.segments);
                Some(Event::Partial { part: part.into() })
            }
            Request::Merge { step, parts, seed } => {
                Some(Event::Merged { step, whole: self.hybrid.merge(step, &parts, seed).into() })
            }
            Request::Learn { step, whole } => {
                self.learn(step, &whole);
                None
            }
            Request::Keep => {
                let left = self.hybrid.keep(&self.dataset, &self.segments);
                Some(Event::Partial { part: encode(&left).into() })
            }
            Request::Deal { round, shard } => {
                Some(Event::Dealt { parts: self.hybrid.deal(&self.dataset, &self.segments, round, shard) })
            }
            Request::Take { parts } => {
                self.hybrid.take(&parts);
                None
            }
            Request::Sample { limit, seed } => Some(self.sample(limit, seed)),
            Request::Refit(refit) => self.refit(refit),
            Request::Fit { offers, wanted, rows, detector, options } => {
                Some(lead::fit(&offers, wanted as usize, rows, detector, options, progress))
            }
            Request::Inspect { model, what } => Some(Event::Inspected(inspect(&model, what))),
            Request::Check { offers, wanted, limits } => {
                let loaded = self.loaded.as_ref()?;
                Some(lead::check(loaded, &self.dataset, &self.hybrid.catalog, &offers, wanted as usize, limits))
            }
            Request::Load { model } => {
                if let Some(next) = &mut self.next {
                    next.score_by(decode(&model));
                }
                None
            }
            Request::Score { id, attempt } => Some(self.score(id, attempt)),
            Request::Rank { from_bin, limit } => Some(self.rank(from_bin, limit as usize)),
            Request::MergeRankings { parts, limit } => {
                Some(lead::merge_rankings(&parts, self.hybrid.findings(), limit as usize))
            }
            Request::Filter { id, condition, bases } => {
                self.filter(id, condition, &bases);
                None
            }
            Request::Query { ticket, query } => Some(Event::Answer { ticket, answer: self.answer(query, source) }),
        }
    }

    /// Begins anew, with rows of a dataset.
    #[inline(never)]
    fn adopt(&mut self, dataset: &[u8]) {
        *self = Self { dataset: decode(dataset).unwrap_or_default(), ..Self::default() };
    }

    #[inline(never)]
    fn parse<S: ByteSource>(&mut self, task: Task, source: &mut Unpacker<S>) -> Event {
        match parse(task, &self.dataset, source, &mut self.bench) {
            Ok(parsed) => {
                let packed = source.size(task.id.file).is_none().then(|| source.packed_position(task.id.file));
                let cut_off = || parsed.cut_off.then(|| CUT_OFF.to_owned());
                let trouble = source.trouble(task.id.file).or_else(cut_off);
                self.keep(parsed, packed, trouble)
            }
            Err(error) => Event::ReadFailed { id: task.id, reason: error.reason },
        }
    }

    #[inline(never)]
    fn commit(&mut self, id: SegmentId) {
        if let Some((segment, shapes, links)) = self.pending.remove(&id) {
            self.hybrid.commit(id, &shapes, &links);
            self.segments.insert(id, segment);
        }
        self.facets.forget();
        self.order = None;
    }

    #[inline(never)]
    fn survey(&self) -> Event {
        let survey = Survey::of(&self.dataset, self.segments.values());
        let busy = Busy::of(&self.dataset, self.segments.values());
        Event::Surveyed { part: encode(&(survey, busy, &self.hybrid.shapes, &self.hybrid.links)).into() }
    }

    #[inline(never)]
    fn prepare<S: ByteSource>(&mut self, preparation: &[u8], source: &mut Unpacker<S>) {
        let Some(made) = decode::<Preparation>(preparation) else { return };
        let settled = self.hybrid.kept_templates().is_some();
        self.hybrid.prepare(&made, &self.dataset, &mut self.segments);
        if !settled {
            templates::settle(self, source);
        }
        let mut encoder = Encoder::new(made.recipe, made.survey, made.template_rows);
        if let Some(frozen) = &made.frozen {
            encoder.set_elapsed(Elapsed::new(&frozen.baselines));
        }
        self.next = Some(Next::new(encoder, made.frozen.map(|frozen| frozen.fitted)));
    }

    #[inline(never)]
    fn learn(&mut self, step: Step, whole: &[u8]) {
        self.hybrid.learn(step, whole, &self.dataset, &self.segments);
        if let (Step::Baselines, Some(next)) = (step, &mut self.next) {
            next.encoder.set_elapsed(Elapsed::new(self.hybrid.ordinary()));
        }
        if let (Some(numbers), Some(next)) = (self.hybrid.numbers_of_sessions.take(), &mut self.next) {
            next.encoder.set_sessions(numbers);
        }
    }

    #[inline(never)]
    fn sample(&self, limit: u64, seed: u64) -> Event {
        let encoder = self.next.as_ref().map(|next| &next.encoder).or(self.encoder.as_ref());
        let offer =
            encoder.map_or_else(Sample::default, |encoder| sample(encoder, self.segments.values(), limit, seed));
        let known = encoder.map(|encoder| [encoder.largest(), encoder.unseen()]).unwrap_or_default();
        Event::Sampled { offer: encode(&offer).into(), known }
    }

    #[inline(never)]
    fn rank(&self, from_bin: u32, limit: usize) -> Event {
        let ranking = Ranking::of(self.segments.values(), from_bin, limit);
        let groups = self.hybrid.groups(self.segments.values(), from_bin, limit);
        Event::RankedPart { part: encode(&(ranking, groups)).into() }
    }

    #[inline(never)]
    fn filter(&mut self, id: u32, mut condition: Condition, bases: &[Base]) {
        condition.replace_ids(|id| self.hybrid.joined.of(id));
        self.selection.set(id, condition, bases, &self.dataset);
    }

    /// Fills the gaps between times, once.
    #[inline(never)]
    pub(super) fn fill_times(&mut self) {
        let Some(column) = self.dataset.role(Role::Time).filter(|_| !self.merged.done) else { return };
        let Merged { carries, filled, done } = &mut self.merged;
        for (id, segment) in &self.segments {
            filled.extend(merged::filled(segment, column, carries.get(id).copied()).map(|times| (*id, times)));
        }
        *done = true;
    }

    #[inline(never)]
    fn answer(&mut self, query: Query, source: &mut dyn ByteSource) -> Answer {
        query::answer(self, query, source).unwrap_or_else(|trouble| match trouble {
            Trouble::Stale => Answer::Stale,
            Trouble::Read(error) => Answer::Failed(error),
        })
    }

    #[inline(never)]
    fn keep(&mut self, parsed: Parsed, packed: Option<(u64, u64)>, trouble: Option<String>) -> Event {
        let Parsed { segment, first, next, shapes, links, strangers, end, .. } = parsed;
        let mut issues = IssueKind::ALL.map(|kind| (kind, 0)).to_vec();
        for issue in &segment.issues {
            issues[issue.kind as usize].1 += 1;
        }
        issues.retain(|(_, count)| *count > 0);
        let id = segment.id;
        let (rows, memory) = (segment.rows() as u32, segment.bytes() + links.bytes());
        let edges = Edges::of(&segment, self.dataset.role(Role::Time));
        self.pending.insert(id, (segment, shapes, links));
        Event::Parsed { id, first, next, rows, memory, issues, strangers, end, packed, trouble, edges }
    }

    /// Scores rows anew.
    #[inline(never)]
    fn refit(&mut self, refit: Refit) -> Option<Event> {
        match refit {
            Refit::Recipe { features } => {
                let recipe =
                    self.encoder.as_ref().map(|encoder| Recipe::new(&self.dataset, encoder.survey(), &features));
                return Some(Event::Chosen { recipe: recipe.unwrap_or_default() });
            }
            Refit::Choose { recipe } => {
                self.next = self.encoder.as_ref().map(|encoder| Next::new(encoder.with_recipe(recipe), None));
            }
            Refit::GiveUp => self.next = None,
            Refit::Take => self.take_scores(),
        }
        None
    }

    #[inline(never)]
    fn score(&mut self, id: SegmentId, attempt: u32) -> Event {
        match (&mut self.next, self.segments.get(&id)) {
            (Some(next), Some(segment)) => {
                let Scored { rows, done, bins, found } = next.score(segment, &self.hybrid);
                Event::Scored { id, attempt, rows, done, bins, found }
            }
            _ => Event::Scored { id, attempt, rows: 0, done: true, bins: Vec::new(), found: None },
        }
    }

    /// From now on rows have the scores that were made last.
    #[inline(never)]
    fn take_scores(&mut self) {
        let Some(next) = self.next.take() else { return };
        let (encoder, fitted, scores) = next.into_parts();
        // These know the features that were.
        self.forest = Forest::default();
        (self.committee, self.compared) = (None, None);
        (self.encoder, self.fitted) = (Some(encoder), fitted);
        for (id, scores) in scores {
            if let Some(segment) = self.segments.get_mut(&id) {
                segment.scores = scores;
                segment.predicted = Vec::new();
            }
        }
        self.selection.forget();
        if self.order.as_mut().is_some_and(|order| !order.forget_scores()) {
            self.order = None;
        }
    }
}

/// What a file is.
#[inline(never)]
fn look<S: ByteSource>(source: &mut Unpacker<S>, file: u32) -> Result<Looked, ReadError> {
    let detection = sniff(source, file)?;
    let format = detection.layout.name();
    Ok(Looked {
        detection: encode(&detection).into(),
        format: if source.is_utf16(file) { format!("{format}, in UTF-16") } else { format },
        data_start: detection.data_start,
        note: detection.note,
        readable: detection.readable,
    })
}

/// What a file holds, if it is packed.
#[inline(never)]
pub fn open(source: &mut dyn ByteSource, file: u32, name: &str) -> Result<Option<Contents>, ReadError> {
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
