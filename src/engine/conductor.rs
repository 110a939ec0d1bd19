//! The course of an analysis: a state machine that hears events and says what is to be asked of whom.

mod again;
mod deal;
mod recast;
mod score;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde_bytes::ByteBuf;

use self::again::Before;
use super::catalog::Catalog;
use super::chain::{Chain, Verdict};
use super::file::File;
use super::merged::Edges;
use super::message::{Event, FileInfo, Looked, Request, Step};
use super::parse::Task;
use super::part::Part;
use super::snapshot::{Learning, Settings, Snapshot};
use crate::common::number::bytes;
use crate::feature::Recipe;
use crate::finding::threshold::BINS;
use crate::finding::{Group, Groups, Ranking, ScoreHistogram};
use crate::ingest::cells::Strangers;
use crate::ingest::unpack::{Contents, VirtualFile};
use crate::ingest::{IssueKind, ReadError};
use crate::model::Report;
use crate::record::{ColumnSpec, Dataset, Role, SegmentId};
use crate::view::{PlotAxis, Stage, report};

/// Tasks that a worker has at hand, so that it need not wait for the next one.
const AHEAD: usize = 2;
/// The worker that merges.
const LEAD: usize = 0;

/// An analysis from the first look at the files to ranked findings.
#[derive(Debug)]
pub struct Conductor {
    settings: Settings,
    files: Vec<File>,
    /// Tasks that each worker has at hand.
    busy: Vec<usize>,
    outbox: VecDeque<(usize, Request)>,
    phase: Phase,
    fingerprint: u64,
    dataset: Dataset,
    recipe: Option<Recipe>,
    times: Option<(i64, i64)>,
    catalog: Catalog,
    /// Ranges that were parsed, but not yet judged.
    parsed: BTreeMap<SegmentId, Found>,
    redo: VecDeque<Task>,
    /// The times at the edges of the ranges that count.
    edges: BTreeMap<SegmentId, Edges>,
    memory: u64,
    /// Rows by bin, while segments are scored, and the lowest bin of a row that belongs to a finding.
    bins: Vec<u64>,
    least_found: Option<u32>,
    scored: u64,
    /// How often rows were begun to be scored: what is heard of an attempt that was given up does not count.
    attempt: u32,
    /// What was in force before rows are scored again.
    before: Option<Box<Before>>,
    fitted: f32,
    /// What the detector is told of the features.
    known: [Vec<Option<f32>>; 2],
    /// What the saved model makes of the files.
    report: Option<Arc<Report>>,
    scores: Option<Arc<ScoreHistogram>>,
    /// Those that were made last, until rows are ranked by them.
    newest: Option<Arc<ScoreHistogram>>,
    ranking: Ranking,
    groups: Groups,
    grouped: Arc<[Group]>,
    found: Option<u32>,
    cancelled: bool,
}

/// Who parsed a range, and what is in it.
#[derive(Debug)]
struct Found {
    worker: usize,
    rows: u32,
    memory: u64,
    issues: Vec<(IssueKind, u64)>,
    strangers: Strangers,
    edges: Edges,
}

#[derive(Debug)]
enum Phase {
    /// Waiting to hear which files are archives, and of what.
    Opening(Vec<Option<Result<Option<Contents>, String>>>),
    Detecting,
    Reading,
    /// Waiting for a part of every worker.
    Gathering(Gathering, Vec<Part>),
    /// Waiting for every worker to deal a round of rows.
    Dealing {
        round: u32,
        rounds: u32,
        parts: BTreeMap<usize, Vec<Part>>,
    },
    /// Waiting for the lead to merge.
    Merging,
    /// Waiting for the detector.
    Fitting,
    /// Waiting for the lead to merge rankings.
    Ranking,
    Scoring(VecDeque<(SegmentId, usize)>),
    Done,
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Gathering {
    Recasts,
    Surveys,
    Step(Step),
    /// Numbers of rows whose sessions are not made yet.
    Kept,
    Samples,
    Rankings {
        limit: u32,
    },
}

impl Conductor {
    /// An analysis of files by a number of workers. Ask [`Conductor::requests`] for what to send.
    pub fn new(settings: Settings, files: Vec<FileInfo>, workers: usize) -> Self {
        let workers = workers.max(1);
        let open = |(file, info): (usize, &FileInfo)| {
            (file % workers, Request::Open { file: file as u32, name: info.name.clone() })
        };
        let outbox = files.iter().enumerate().map(open).collect();
        let files: Vec<File> = files.into_iter().map(|info| File::new(info.clone(), Some(info.size))).collect();
        let phase = if files.is_empty() { Phase::Failed } else { Phase::Opening(vec![None; files.len()]) };
        Self {
            settings,
            files,
            busy: vec![0; workers],
            outbox,
            phase,
            fingerprint: 0,
            dataset: Dataset::default(),
            recipe: None,
            times: None,
            catalog: Catalog::default(),
            parsed: BTreeMap::new(),
            redo: VecDeque::new(),
            edges: BTreeMap::new(),
            memory: 0,
            bins: vec![0; BINS],
            least_found: None,
            scored: 0,
            attempt: 0,
            before: None,
            fitted: 0.0,
            known: Default::default(),
            report: None,
            scores: None,
            newest: None,
            ranking: Ranking::default(),
            groups: Groups::default(),
            grouped: Arc::default(),
            found: None,
            cancelled: false,
        }
    }

    /// What is to be sent now, and to which worker.
    pub fn requests(&mut self) -> Vec<(usize, Request)> {
        self.outbox.drain(..).collect()
    }

    /// Hears what a worker said. Answers to queries are not the conductor's business.
    pub fn hear(&mut self, worker: usize, event: Event) {
        if matches!(self.phase, Phase::Failed) {
            // A worker is gone; what the others still say would start what can't end.
            return;
        }
        match event {
            Event::Ready { .. } | Event::Answer { .. } | Event::Inspected(_) => {}
            Event::Opened { file, result } => self.opened(file as usize, result),
            Event::Sniffed { file, result } => self.sniffed(file as usize, result),
            Event::Planned { dataset, columns, fingerprint, mapping } => {
                (self.fingerprint, self.settings.mapping) = (fingerprint, mapping);
                self.planned(dataset, columns);
            }
            Event::Parsed { id, first, next, rows, memory, issues, strangers, end, packed, trouble, edges } => {
                self.busy[worker] -= 1;
                let file = &mut self.files[id.file as usize];
                file.packed = packed.or(file.packed);
                file.remark(trouble);
                if let (Some(end), Some(chain)) = (end, &mut file.chain) {
                    chain.ends_at(end);
                }
                self.memory += memory;
                self.parsed.insert(id, Found { worker, rows, memory, issues, strangers, edges });
                self.judge(id, first, next);
                self.read_on();
            }
            Event::ReadFailed { id, reason } => {
                self.busy[worker] -= 1;
                let file = &mut self.files[id.file as usize];
                if let Some(chain) = &mut file.chain
                    && chain.holds(id.part)
                {
                    chain.fail(id.part);
                    file.note = Some(reason);
                    // What was parsed of the file beyond this will never be judged.
                    let end = SegmentId { file: id.file, part: u32::MAX };
                    let given_up: Vec<SegmentId> = self.parsed.range(id..=end).map(|(&id, _)| id).collect();
                    for id in given_up {
                        self.drop_parsed(id);
                    }
                }
                self.read_on();
            }
            Event::Surveyed { part } | Event::Partial { part } | Event::RankedPart { part } => self.gathered(part),
            Event::Sampled { offer, known } => {
                self.known = known;
                self.gathered(offer);
            }
            Event::Chosen { recipe } => self.chosen(recipe),
            Event::Prepared { preparation, recipe, frozen, times } => {
                if self.settings.model.is_some() && !frozen {
                    self.lose_worker("The model can't be read.");
                    return;
                }
                self.recipe = Some(recipe);
                self.times = times;
                self.tell_all(&Request::Prepare { preparation });
                // Without messages there is nothing but rows of numbers: those the detector looks at.
                match self.dataset.role(Role::Message) {
                    Some(_) => self.count(Step::Baselines),
                    None => self.sample(),
                }
            }
            Event::Merged { step, whole } => {
                self.tell_all(&Request::Learn { step, whole });
                match step {
                    Step::Baselines if self.dataset.role(Role::Correlation).is_some() => {
                        self.gather(Gathering::Kept, &Request::Keep);
                    }
                    Step::SessionNumbers if self.before.is_some() => self.sample(),
                    Step::Sessions if self.recipe.as_ref().is_some_and(Recipe::needs_sessions) => {
                        self.count(Step::SessionNumbers);
                    }
                    Step::Baselines | Step::Sessions | Step::SessionNumbers => self.count(Step::Findings),
                    Step::Findings => self.count(Step::Ends),
                    Step::Ends => self.sample(),
                    Step::Together => self.rank_shown(),
                }
            }
            Event::Dealt { parts } => self.dealt(worker, parts),
            Event::Fitting { done } => self.fitted = done,
            Event::Fitted { model } => self.load(model),
            Event::Checked { report } => self.checked(*report),
            Event::Scored { id, attempt, rows, done, bins, found } => {
                let counts = attempt == self.attempt;
                if counts {
                    self.least_found = self.least_found.into_iter().chain(found).min();
                    self.scored += u64::from(rows);
                    for (bin, rows) in bins {
                        self.bins[bin as usize] += rows;
                    }
                }
                if counts && !done {
                    // Behind what else was asked for meanwhile.
                    self.outbox.push_back((worker, Request::Score { id, attempt }));
                    return;
                }
                self.busy[worker] -= 1;
                self.score_on();
            }
            Event::Ranked { ranking, groups } => {
                self.grouped = groups.list().into();
                (self.ranking, self.groups) = (ranking, groups);
                if let Some(newest) = self.newest.take() {
                    (self.scores, self.found) = (Some(newest), self.least_found);
                    self.before = None;
                }
                self.phase = Phase::Done;
            }
        }
    }

    /// Stops reading; what was read is analysed.
    pub fn cancel(&mut self) {
        if self.reads() {
            self.cancelled = true;
            self.stop_reading();
            self.read_on();
        }
    }

    /// A worker is gone, and its rows with it: nothing can be shown any more.
    pub fn lose_worker(&mut self, reason: &str) {
        self.phase = Phase::Failed;
        self.outbox.clear();
        for file in &mut self.files {
            file.note.get_or_insert_with(|| reason.to_owned());
        }
    }

    /// A file can't be read any more, though rows of it are still known: says so in its report.
    pub fn complain(&mut self, error: ReadError) {
        if let Some(file) = self.files.get_mut(error.file as usize) {
            file.note = Some(error.reason);
        }
    }

    /// Ranks again: the `limit` highest rows at or above a bin of the score histogram.
    pub fn rank(&mut self, from_bin: u32, limit: u32) {
        if matches!(self.phase, Phase::Done) {
            self.gather(Gathering::Rankings { limit }, &Request::Rank { from_bin, limit });
        }
    }

    /// Where the rows are.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The ranked rows, best first.
    pub fn ranking(&self) -> &Ranking {
        &self.ranking
    }

    /// The findings, grouped, best first.
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// The columns.
    pub fn dataset(&self) -> &Dataset {
        &self.dataset
    }

    /// Earliest and latest time, once the rows are counted.
    pub fn times(&self) -> Option<(i64, i64)> {
        self.times
    }

    /// All scores, once every row has one.
    pub fn scores(&self) -> Option<&Arc<ScoreHistogram>> {
        self.scores.as_ref()
    }

    /// The axis of the plot: time where the data has some, else rows.
    pub fn axis(&self) -> PlotAxis {
        match self.times {
            Some((from, to)) if from < to => PlotAxis::Time(from, to),
            _ => PlotAxis::Row(self.catalog.rows()),
        }
    }

    /// Where the analysis is.
    pub fn stage(&self) -> Stage {
        match &self.phase {
            Phase::Opening(_) => Stage::Opening,
            Phase::Detecting => Stage::Detecting,
            Phase::Reading => Stage::Reading,
            Phase::Gathering(Gathering::Rankings { .. } | Gathering::Step(Step::Together), _)
            | Phase::Scoring(_)
            | Phase::Ranking => Stage::Scoring,
            Phase::Gathering(..) | Phase::Dealing { .. } | Phase::Merging | Phase::Fitting => Stage::Fitting,
            Phase::Done => Stage::Done,
            Phase::Failed => Stage::Failed,
        }
    }

    /// What to say of a file whose times may be other than they are read.
    fn doubt(&self, file: u32) -> Option<String> {
        let time = &self.dataset.columns[self.dataset.role(Role::Time)?];
        time.in_doubt.iter().find(|(of, _)| *of == file).map(|(_, doubt)| report::doubt(doubt))
    }

    /// How the analysis stands.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            stage: self.stage(),
            files: (0..).zip(&self.files).map(|(index, file)| file.report(self.reads(), self.doubt(index))).collect(),
            mapping: (self.fingerprint, self.settings.mapping.clone()),
            fields: report::fields(&self.dataset, self.recipe.as_ref()),
            rows: self.catalog.rows(),
            detector: self.detector(),
            learning: Learning::of(&self.settings),
            again: self.before.is_some(),
            fitted: self.fitted,
            report: self.report.clone(),
            scored: self.scored,
            scores: self.scores.clone(),
            found: self.found,
            groups: self.grouped.clone(),
            cancelled: self.cancelled,
        }
    }

    /// Whether files are still being opened or read.
    fn reads(&self) -> bool {
        matches!(self.phase, Phase::Opening(_) | Phase::Detecting | Phase::Reading)
    }

    /// Once all files are opened, those in archives take the archives' places.
    fn opened(&mut self, file: usize, result: Result<Option<Contents>, String>) {
        let Phase::Opening(opened) = &mut self.phase else { return };
        opened[file] = Some(result);
        if opened.iter().any(Option::is_none) {
            return;
        }
        let opened = std::mem::take(opened);
        let mut mounted = Vec::new();
        let mut streams = BTreeMap::new();
        let workers = self.busy.len();
        for ((index, real), opened) in (0..).zip(std::mem::take(&mut self.files)).zip(opened.into_iter().flatten()) {
            let contents = match opened {
                Ok(Some(contents)) => contents,
                Ok(None) => {
                    mounted.push(VirtualFile::Plain(index));
                    self.files.push(real);
                    continue;
                }
                Err(reason) => {
                    mounted.push(VirtualFile::Plain(index));
                    self.files.push(real.unreadable(reason));
                    continue;
                }
            };
            let mut note = (!contents.notes.is_empty()).then(|| contents.notes.join(" "));
            if contents.members.is_empty() {
                mounted.push(VirtualFile::Plain(index));
                self.files.push(real.unreadable(note.unwrap_or_else(|| "There are no files in it.".into())));
                continue;
            }
            for member in contents.members {
                let info = FileInfo { name: member.name.clone(), ..real.info.clone() };
                let mut file = File::new(info, member.size());
                file.note = note.take();
                // Members of one compressed stream are unpacked together.
                let stream = member.stream().map(<[_]>::to_vec);
                file.owner = stream.map(|stream| {
                    let next = streams.len();
                    *streams.entry((index, stream)).or_insert(next) % workers
                });
                if let Some(refusal) = &member.refusal {
                    file = file.unreadable(refusal.clone());
                }
                self.files.push(file);
                mounted.push(VirtualFile::Member(member));
            }
        }
        self.tell_all(&Request::Mount { files: mounted });
        self.phase = Phase::Detecting;
        for (index, file) in self.files.iter().enumerate().filter(|(_, file)| file.detection.is_none()) {
            self.outbox.push_back((file.owner.unwrap_or(index % workers), Request::Sniff { file: index as u32 }));
        }
        self.detected();
    }

    fn sniffed(&mut self, file: usize, result: Result<Looked, String>) {
        let looked = result.unwrap_or_else(Looked::unreadable);
        self.files[file].remark(looked.note.clone());
        self.files[file].detection = Some(looked);
        self.detected();
    }

    /// Goes on once every file was looked at.
    fn detected(&mut self) {
        if self.files.iter().any(|file| file.detection.is_none()) {
            return;
        }
        let mut looked = self.files.iter().filter_map(|file| file.detection.as_ref());
        if !looked.any(|looked| looked.readable) {
            self.phase = Phase::Failed;
            return;
        }
        let detections = self.detections();
        let Settings { mapping, remembered, model, names, .. } = self.settings.clone();
        self.outbox.push_back((LEAD, Request::Plan { detections, mapping, remembered, model, names }));
    }

    /// What was found out about each file, and when it was written.
    fn detections(&self) -> Vec<(ByteBuf, Option<i64>)> {
        let looked = self.files.iter().filter_map(|file| Some((file.detection.as_ref()?, file.info.modified)));
        looked.map(|(looked, modified)| (looked.detection.clone(), modified)).collect()
    }

    #[inline(never)]
    fn planned(&mut self, dataset: Part, columns: Vec<ColumnSpec>) {
        self.tell_all(&Request::Adopt { dataset });
        // How files fill the columns is the shards' business.
        self.dataset = Dataset { columns, files: Vec::new() };
        for (index, file) in self.files.iter_mut().enumerate() {
            let Some(detection) = file.detection.as_ref().filter(|detection| detection.readable) else { continue };
            let size = self.settings.segment_bytes;
            let chain = Chain::new(index as u32, detection.data_start, file.size, (size / 4, size));
            file.chain = Some(chain);
        }
        self.phase = Phase::Reading;
        if self.cancelled {
            self.stop_reading();
        }
        self.read_on();
    }

    /// Draws the conclusions from a parsed range.
    #[inline(never)]
    fn judge(&mut self, id: SegmentId, first: Option<u64>, next: u64) {
        let Some(chain) = self.files[id.file as usize].chain.as_mut().filter(|chain| chain.holds(id.part)) else {
            // The file was given up meanwhile.
            self.drop_parsed(id);
            return;
        };
        for verdict in chain.parsed(id.part, first, next) {
            match verdict {
                Verdict::Accept(id) => {
                    let Some(Found { worker, rows, issues, strangers, edges, .. }) = self.parsed.remove(&id) else {
                        continue;
                    };
                    self.edges.insert(id, edges);
                    let file = &mut self.files[id.file as usize];
                    file.rows += u64::from(rows);
                    file.strangers.add(strangers);
                    for &(kind, count) in &issues {
                        *file.issues.entry(kind).or_default() += count;
                    }
                    let issues: u64 = issues.iter().map(|(_, count)| count).sum();
                    self.catalog.insert(id, worker, rows, issues as u32);
                    self.show_what_is_settled();
                    self.outbox.push_back((worker, Request::Commit { id }));
                }
                Verdict::Discard(id) => self.drop_parsed(id),
                Verdict::Redo(task) => {
                    self.drop_parsed(task.id);
                    self.redo.push_back(task);
                }
            }
        }
        if self.memory > self.settings.memory_budget && !self.cancelled {
            let budget = bytes(self.settings.memory_budget);
            for file in &mut self.files {
                if file.chain.as_ref().is_some_and(|chain| !chain.done()) {
                    file.note =
                        Some(format!("Reading stopped at the memory budget of {budget}. What was read is analysed."));
                }
            }
            self.stop_reading();
        }
    }

    /// Rows of a file get their final numbers once the files before it are read: until then they are not shown.
    fn show_what_is_settled(&mut self) {
        let open = self.files.iter().position(|file| file.chain.as_ref().is_some_and(|chain| !chain.done()));
        self.catalog.show_files_up_to(open.map_or(u32::MAX, |file| file as u32));
    }

    fn drop_parsed(&mut self, id: SegmentId) {
        if let Some(Found { worker, memory, .. }) = self.parsed.remove(&id) {
            self.memory -= memory;
            self.outbox.push_back((worker, Request::Discard { id }));
        }
    }

    fn stop_reading(&mut self) {
        for chain in self.files.iter_mut().filter_map(|file| file.chain.as_mut()) {
            chain.stop();
        }
    }

    /// Hands out ranges, or goes on when all are judged.
    #[inline(never)]
    fn read_on(&mut self) {
        if !matches!(self.phase, Phase::Reading) {
            return;
        }
        // Round by round, so that a small file is spread over the workers too.
        for load in 0..AHEAD {
            for worker in 0..self.busy.len() {
                if self.busy[worker] == load
                    && let Some(task) = self.next_task(worker)
                {
                    self.busy[worker] += 1;
                    self.outbox.push_back((worker, Request::Parse { task }));
                }
            }
        }
        let idle = self.busy.iter().all(|&tasks| tasks == 0);
        if idle && self.files.iter().all(|file| file.chain.as_ref().is_none_or(Chain::done)) {
            self.finish_reading();
        }
    }

    fn next_task(&mut self, worker: usize) -> Option<Task> {
        let (files, workers) = (&mut self.files, self.busy.len());
        let is_for = |owner: Option<usize>| owner.is_none_or(|owner| owner == worker);
        let redo = self.redo.iter().position(|task| is_for(files[task.id.file as usize].owner));
        if let Some(redo) = redo {
            return self.redo.remove(redo);
        }
        let mine = files.iter_mut().filter(|file| is_for(file.owner));
        mine.filter_map(|file| file.chain.as_mut()).find_map(|chain| chain.next_task(worker, workers))
    }

    fn finish_reading(&mut self) {
        self.show_what_is_settled();
        for file in &mut self.files {
            let Some(chain) = &file.chain else { continue };
            if file.rows == 0 && file.note.is_none() {
                file.note = Some(
                    if self.cancelled { "Cancelled before any row was read." } else { "This file holds no records." }
                        .into(),
                );
            } else if self.cancelled && !chain.complete() {
                let (read, size) = match (file.size, file.packed) {
                    (None, Some((read, size))) => (bytes(read), bytes(size)),
                    _ => (bytes(chain.bytes()), bytes(file.size.unwrap_or(file.info.size))),
                };
                file.note = Some(format!("Cancelled at {read} of {size}. What was read is analysed."));
            }
            file.remark(file.strangers.note());
        }
        if self.catalog.rows() == 0 {
            self.phase = Phase::Failed;
            return;
        }
        self.survey();
    }

    fn tell_all(&mut self, request: &Request) {
        self.outbox.extend((0..self.busy.len()).map(|worker| (worker, request.clone())));
    }

    fn gather(&mut self, what: Gathering, request: &Request) {
        self.phase = Phase::Gathering(what, Vec::new());
        self.tell_all(request);
    }

    fn count(&mut self, step: Step) {
        self.gather(Gathering::Step(step), &Request::Count { step });
    }

    #[inline(never)]
    fn gathered(&mut self, part: Part) {
        let Phase::Gathering(what, parts) = &mut self.phase else { return };
        parts.push(part);
        if parts.len() < self.busy.len() {
            return;
        }
        let (what, parts) = (*what, std::mem::take(parts));
        if what == Gathering::Samples && self.give_up() {
            return;
        }
        let request = match what {
            Gathering::Recasts => {
                self.recasted(&parts);
                return;
            }
            Gathering::Surveys => {
                let Settings { features, model, hand, .. } = self.settings.clone();
                Request::MergeSurveys { parts, hand, features, model }
            }
            Gathering::Step(step) => Request::Merge { step, parts, seed: self.settings.seed },
            Gathering::Kept => {
                self.kept(&parts);
                return;
            }
            Gathering::Samples => self.use_sample(parts),
            Gathering::Rankings { limit } => Request::MergeRankings { parts, limit },
        };
        self.phase = match request {
            Request::Fit { .. } => Phase::Fitting,
            Request::MergeRankings { .. } | Request::Merge { step: Step::Together, .. } => Phase::Ranking,
            _ => Phase::Merging,
        };
        self.outbox.push_back((LEAD, request));
    }
}
