//! All that passes between the conductor and the shards: two closed enums and what they carry.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

pub use super::catalog::Base;
use super::committee::{CommitteeAnswer, CommitteeQuery};
pub use super::file::{FileInfo, Looked};
use super::inspect::{Inspect, Inspected};
use super::merged::Edges;
use super::order::{Fences, Sort, SortKey, Window};
use super::parse::Task;
use super::recast::Recasting;
use super::refit::Refit;
use super::sessions::{SessionAnswer, SessionQuery};
use super::snapshot::Filter;
use super::truth::{TruthAnswer, TruthQuery};
use super::warm::{WarmAnswer, WarmQuery};
use crate::detect::{FitOptions, Kind};
use crate::feature::{FeatureChoice, Recipe};
use crate::filter::facet::Facet;
use crate::filter::{Condition, QueryError};
use crate::finding::{Groups, Member, Ranking};
use crate::ingest::{IssueKind, ReadError, cells::Strangers, unpack::Contents, unpack::VirtualFile};
use crate::model::check::Limits;
use crate::model::{About, Report};
use crate::record::mapping::Mapping;
use crate::record::{ColumnSpec, SegmentId};
use crate::template::Hand;
use crate::view::scores::ScoreForm;
use crate::view::template::TemplateCounts;
use crate::view::{
    FindingView, IssueView, LearnedView, PlotGrid, RowDetail, RowView, TemplateSample, TemplateView, TimeHistogram,
};

/// Changes whenever a message does: a page and a worker of different builds must not talk.
pub const PROTOCOL: u32 = 8;

/// What is counted over all rows after the survey, in this order: a partial per shard, a merge, a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// What is ordinary for each template, level, service.
    Baselines,
    /// Which steps belong together in sessions.
    Sessions,
    /// What each session is in numbers, where these are features.
    SessionNumbers,
    /// Findings of all kinds.
    Findings,
}

/// Asked of a shard. Those without an event in their description are not answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// See what a file of the person holds → [`Event::Opened`].
    Open {
        /// Its index among them.
        file: u32,
        /// Its name.
        name: String,
    },
    /// From now on the files of the analysis are these.
    Mount {
        /// The person's, and those in their archives.
        files: Vec<VirtualFile>,
    },
    /// Look at a file → [`Event::Sniffed`].
    Sniff {
        /// Index of the file.
        file: u32,
    },
    /// Join the detections of all files → [`Event::Planned`].
    Plan {
        /// One per file, as bytes, and when the file was last written (nanoseconds since the epoch).
        detections: Vec<(ByteBuf, Option<i64>)>,
        /// What the person says of them.
        mapping: Mapping,
        /// What they said of files before, by fingerprint; it counts where the mapping is empty.
        remembered: Vec<(u64, Mapping)>,
        /// A saved model that the files will be held against.
        model: Option<ByteBuf>,
    },
    /// From now on rows have these columns.
    Adopt {
        /// The plan of all files, as bytes.
        dataset: ByteBuf,
    },
    /// Parse a byte range → [`Event::Parsed`] or [`Event::ReadFailed`].
    Parse {
        /// Which.
        task: Task,
    },
    /// A parsed segment counts.
    Commit {
        /// Which.
        id: SegmentId,
    },
    /// A parsed segment does not count.
    Discard {
        /// Which.
        id: SegmentId,
    },
    /// The times that rows without one go on from, at the beginning of segments of several files.
    Carry {
        /// By segment, whoever has it.
        times: Vec<(SegmentId, i64)>,
    },
    /// All rows have other columns from now on, made of those at hand → [`Event::Partial`].
    Recast {
        /// As bytes, one that [`Query::Recast`] gave.
        dataset: ByteBuf,
    },
    /// Count the rows → [`Event::Surveyed`].
    Survey,
    /// Merge the shards' surveys and decide on the features → [`Event::Prepared`].
    MergeSurveys {
        /// One per shard.
        parts: Vec<ByteBuf>,
        /// What the person changed of the templates.
        hand: Hand,
        /// What is to be a feature.
        features: FeatureChoice,
        /// A saved model: features and templates are its own then.
        model: Option<ByteBuf>,
    },
    /// From now on features are made this way.
    Prepare {
        /// The merged survey and the recipe.
        preparation: ByteBuf,
    },
    /// Count for a step → [`Event::Partial`].
    Count {
        /// Which.
        step: Step,
    },
    /// Merge the shards' counts of a step → [`Event::Merged`].
    Merge {
        /// Which.
        step: Step,
        /// One per shard.
        parts: Vec<ByteBuf>,
        /// Seed of random choices.
        seed: u64,
    },
    /// Take what a step came to.
    Learn {
        /// Which.
        step: Step,
        /// As merged.
        whole: ByteBuf,
    },
    /// Deal rows to the shards that have their sessions → [`Event::Dealt`].
    Deal {
        /// Which sessions: those of this round of so many.
        round: (u32, u32),
        /// The number of this shard, and how many there are.
        shard: (u32, u32),
    },
    /// Take rows that were dealt to this shard.
    Take {
        /// One part per shard; this shard kept its own.
        parts: Vec<ByteBuf>,
    },
    /// Offer rows for the training sample → [`Event::Sampled`].
    Sample {
        /// Highest rank to offer.
        limit: u64,
        /// Seed of the ranks.
        seed: u64,
    },
    /// Something for scoring anew the rows that are held.
    Refit(Refit),
    /// Fit the detector to the lowest ranks of all offers → [`Event::Fitted`]. Whoever does it needs no rows.
    Fit {
        /// One offer per shard.
        offers: Vec<ByteBuf>,
        /// Rows in the sample.
        wanted: u32,
        /// All rows, which will be scored.
        rows: u64,
        /// Which detector.
        detector: Kind,
        /// Its parameters.
        options: FitOptions,
    },
    /// Hold the files against the saved model, with the lowest ranks of all offers → [`Event::Checked`].
    Check {
        /// One offer per shard.
        offers: Vec<ByteBuf>,
        /// Rows in the sample.
        wanted: u32,
        /// Where drift begins.
        limits: Limits,
    },
    /// From now on scores come from this model.
    Load {
        /// The model and its reference.
        model: ByteBuf,
    },
    /// Score rows of a segment, as many as can be at once → [`Event::Scored`]. Rows get these scores with [`Refit::Take`].
    Score {
        /// Which.
        id: SegmentId,
        /// Comes back with the answer.
        attempt: u32,
    },
    /// Look into a saved model → [`Event::Inspected`]. Whoever does it needs no rows.
    Inspect {
        /// The model's file.
        model: ByteBuf,
        /// What for.
        what: Inspect,
    },
    /// Offer the highest rows → [`Event::RankedPart`].
    Rank {
        /// Least bin of the score histogram.
        from_bin: u32,
        /// Most rows.
        limit: u32,
    },
    /// Merge the shards' rankings → [`Event::Ranked`].
    MergeRankings {
        /// One per shard.
        parts: Vec<ByteBuf>,
        /// Most rows.
        limit: u32,
    },
    /// From now on [`Filter::Where`] of this number means this condition.
    Filter {
        /// Its number, higher than any before.
        id: u32,
        /// The condition.
        condition: Condition,
        /// The shard's segments, where the condition asks for places ([`Condition::needs_places`]).
        bases: Vec<Base>,
    },
    /// Something for the screen → [`Event::Answer`].
    Query {
        /// Comes back with the answer.
        ticket: u32,
        /// What.
        query: Query,
    },
}

/// Told by a shard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker is up. Sent once, before anything was asked.
    Ready {
        /// [`PROTOCOL`] of the worker's build.
        protocol: u32,
    },
    /// What a file holds: `None` when it is no archive and not compressed.
    Opened {
        /// Its index among the person's.
        file: u32,
        /// The files in it, and notes for the person; or why it can't be read.
        result: Result<Option<Contents>, String>,
    },
    /// A file was looked at, or could not be read.
    Sniffed {
        /// Index of the file.
        file: u32,
        /// What it is.
        result: Result<Looked, String>,
    },
    /// The plan of all files.
    Planned {
        /// Columns and how files fill them, as bytes.
        dataset: ByteBuf,
        /// The columns.
        columns: Vec<ColumnSpec>,
        /// The number under which what the person says of such files is remembered.
        fingerprint: u64,
        /// What was said: the given mapping, or the one that was remembered.
        mapping: Mapping,
    },
    /// A byte range was parsed.
    Parsed {
        /// Which segment.
        id: SegmentId,
        /// Where its first record began.
        first: Option<u64>,
        /// Where the record after its last one begins.
        next: u64,
        /// Rows found.
        rows: u32,
        /// Memory that they take.
        memory: u64,
        /// Records with a problem.
        issues: Vec<(IssueKind, u64)>,
        /// Records with a field that no column is for.
        strangers: Strangers,
        /// Where the file ends, if that was not known.
        end: Option<u64>,
        /// Of compressed content: packed bytes that were read, and how many there are.
        packed: Option<(u64, u64)>,
        /// What is wrong with the file as a whole.
        trouble: Option<String>,
        /// The times at its edges.
        edges: Edges,
    },
    /// The bytes of a range could not be had.
    ReadFailed {
        /// Which segment.
        id: SegmentId,
        /// A sentence for the person.
        reason: String,
    },
    /// A shard's [`crate::feature::Survey`].
    Surveyed {
        /// As bytes.
        part: ByteBuf,
    },
    /// The merged survey and the recipe.
    Prepared {
        /// As bytes, for every shard.
        preparation: ByteBuf,
        /// Which columns became features, for the person.
        recipe: Recipe,
        /// Whether they are those of a saved model, which scores.
        frozen: bool,
        /// Earliest and latest time.
        times: Option<(i64, i64)>,
    },
    /// A shard's counts for a step.
    Partial {
        /// As bytes.
        part: ByteBuf,
    },
    /// What a step came to.
    Merged {
        /// Which.
        step: Step,
        /// As bytes, for every shard.
        whole: ByteBuf,
    },
    /// Rows on their way to other shards.
    Dealt {
        /// One part per shard.
        parts: Vec<ByteBuf>,
    },
    /// A shard's offer of rows for the training sample.
    Sampled {
        /// As bytes.
        offer: ByteBuf,
        /// [`FitOptions::largest`] and [`FitOptions::unseen`].
        known: [Vec<Option<f32>>; 2],
    },
    /// The features of another choice.
    Chosen {
        /// As every shard shall make them.
        recipe: Recipe,
    },
    /// The fitted model and its reference.
    Fitted {
        /// As bytes, for every shard.
        model: ByteBuf,
    },
    /// A detector is being fitted. Comes while [`Request::Fit`] is worked on.
    Fitting {
        /// Share of the work that is done, 0..=1.
        done: f32,
    },
    /// What a saved model makes of the files.
    Checked {
        /// For the person.
        report: Box<Report>,
    },
    /// What is in a saved model, or why it can't be used.
    Inspected(Result<Inspected, String>),
    /// Rows of a segment were scored.
    Scored {
        /// Which.
        id: SegmentId,
        /// The request's.
        attempt: u32,
        /// Rows scored.
        rows: u32,
        /// Whether these were the last of it.
        done: bool,
        /// Rows by bin of the score histogram.
        bins: Vec<(u32, u64)>,
        /// The lowest bin of a row that belongs to a finding.
        found: Option<u32>,
    },
    /// A shard's highest rows.
    RankedPart {
        /// As bytes.
        part: ByteBuf,
    },
    /// The highest rows of all.
    Ranked {
        /// Best first.
        ranking: Ranking,
        /// The same as findings, grouped.
        groups: Groups,
    },
    /// The answer to a query.
    Answer {
        /// The query's.
        ticket: u32,
        /// The answer.
        answer: Answer,
    },
}

/// Something for the screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Query {
    /// Resolve a search ([`crate::filter::bind`]) → [`Answer::Bound`]: a shard has what reads regular expressions.
    Bind {
        /// What was written.
        search: String,
        /// The files' names.
        files: Vec<String>,
        /// Earliest and latest time of the log.
        times: Option<(i64, i64)>,
        /// Rows are anomalous from this bin of the score histogram on.
        anomalous: Option<u32>,
    },
    /// Whether the columns at hand can become those of another mapping → [`Answer::Recast`].
    Recast {
        /// What was found out about each file, and when it was written.
        detections: Vec<(ByteBuf, Option<i64>)>,
        /// The mapping.
        mapping: Mapping,
    },
    /// How many rows of each segment a filter shows → [`Answer::Counts`].
    Count {
        /// The filter.
        filter: Filter,
    },
    /// How many rows of some segments a filter shows → [`Answer::Counts`]. A condition that reads the records is asked segment
    /// by segment, so that hits show as they come and a newer condition need not wait.
    CountSegments {
        /// The filter.
        filter: Filter,
        /// The segments.
        segments: Vec<SegmentId>,
    },
    /// How often each value of some columns occurs → [`Answer::Facets`].
    Facets {
        /// Which rows are counted.
        filter: Filter,
        /// In which segments.
        segments: Vec<SegmentId>,
        /// Which columns.
        columns: Vec<u32>,
    },
    /// How often values of columns occur among rows that meet a condition other than the filter's → [`Answer::Apart`].
    Apart {
        /// The condition.
        condition: Condition,
        /// The segments.
        bases: Vec<Base>,
        /// Which columns.
        columns: Vec<u32>,
    },
    /// Rows over time by level → [`Answer::Histogram`].
    Histogram {
        /// Which rows are counted.
        filter: Filter,
        /// In which segments.
        segments: Vec<SegmentId>,
        /// An empty histogram.
        histogram: TimeHistogram,
    },
    /// The nearest row that meets a condition, in the order of the files → [`Answer::Found`].
    Seek {
        /// Among the rows that this shows.
        filter: Filter,
        /// In these segments.
        bases: Vec<Base>,
        /// The condition.
        condition: Condition,
        /// Behind (or before) this row; from the first (or the last) without one.
        from: Option<(SegmentId, u32)>,
        /// Behind, or before.
        forward: bool,
    },
    /// Read the texts that an order by this column needs ([`super::sort_text::reads_text`]), segment by segment, so that the
    /// person sees progress and can do something else meanwhile → [`Answer::Counts`], of rows that are ready.
    ReadKeys {
        /// The column.
        column: u32,
        /// The segments.
        segments: Vec<SegmentId>,
    },
    /// Some keys of the shard's rows in an order → [`Answer::Fences`].
    Fences {
        /// The order.
        sort: Sort,
        /// Which rows.
        filter: Filter,
    },
    /// The shard's rows between two keys of an order → [`Answer::Window`].
    Window {
        /// The order.
        sort: Sort,
        /// Which rows.
        filter: Filter,
        /// The first key; from the first row without one.
        low: Option<SortKey>,
        /// The key after the last; to the last row without one.
        high: Option<SortKey>,
    },
    /// Where a row stands in an order → [`Answer::Key`].
    SortKey {
        /// The order.
        sort: Sort,
        /// The row's segment.
        segment: SegmentId,
        /// Its index there.
        row: u32,
    },
    /// The nearest row that meets a condition, in an order → [`Answer::Key`].
    SeekSorted {
        /// The order.
        sort: Sort,
        /// Among the rows that this shows.
        filter: Filter,
        /// The shard's segments, where the condition asks for places; else none.
        bases: Vec<Base>,
        /// The condition.
        condition: Condition,
        /// Behind (or before) this key; from the first (or the last) row without one.
        from: Option<SortKey>,
        /// Behind, or before.
        forward: bool,
    },
    /// Rows by their places → [`Answer::Rows`], in the order of the places.
    Pick {
        /// Rows of each segment, in order.
        rows: Vec<(Base, Vec<u32>)>,
    },
    /// Rows of one segment → [`Answer::Rows`].
    Rows {
        /// The segment.
        base: Base,
        /// Which rows are counted.
        filter: Filter,
        /// First of the rows that the filter shows.
        from: u32,
        /// Most rows.
        count: u32,
    },
    /// Ranked rows of this shard → [`Answer::Findings`].
    Findings {
        /// Rank, segment and row of each, and the group of findings that it is shown with; 0 for its strongest.
        rows: Vec<(u64, Base, u32, u32)>,
    },
    /// The shard's rows of a group of findings, the first in the order of the files → [`Answer::Members`].
    Members {
        /// Its number.
        group: u32,
        /// Most rows.
        most: u32,
    },
    /// All there is to know of one row → [`Answer::Detail`].
    Detail {
        /// The segment.
        base: Base,
        /// The row.
        row: u32,
    },
    /// The shard's part of the plot → [`Answer::Plot`].
    Plot {
        /// An empty grid.
        grid: PlotGrid,
        /// The shard's segments.
        bases: Vec<Base>,
    },
    /// Records with a problem → [`Answer::Issues`].
    Issues {
        /// The segment.
        base: Base,
        /// First of the segment's issues.
        from: u32,
        /// Most issues.
        count: u32,
    },
    /// All templates → [`Answer::Templates`]. Any shard knows them.
    Templates,
    /// How many rows of each template a filter shows in some segments, and how many of them score this bin of the histogram
    /// or a higher one → [`Answer::TemplateCounts`].
    TemplateCounts(Filter, Vec<SegmentId>, u32),
    /// Some of the shard's rows of a template → [`Answer::TemplateSamples`].
    TemplateSamples {
        /// Its index.
        template: u32,
        /// The shard's segments.
        bases: Vec<Base>,
        /// Most rows.
        most: u32,
    },
    /// Something about sessions → [`Answer::OfSessions`].
    OfSessions(SessionQuery),
    /// Something about the forest of labelled rows → [`Answer::Warm`].
    Warm(WarmQuery),
    /// Something about what detectors disagree on → [`Answer::Committee`].
    Committee(CommitteeQuery),
    /// Something about rows of which it is known whether they are anomalous → [`Answer::Truth`].
    Truth(TruthQuery),
    /// What was learned, for a person → [`Answer::Learned`]. Any shard knows it.
    Learned,
    /// The scores of a segment's rows, a line each → [`Answer::Csv`].
    Scores {
        /// The segment.
        base: Base,
        /// Name of the file.
        name: String,
        /// How to write them.
        form: ScoreForm,
        /// What scores mean.
        about: Box<About>,
    },
    /// What was learned, as a file ([`crate::model`]) → [`Answer::Model`]. Any shard knows it.
    Model {
        /// What the conductor knows of it.
        about: Box<About>,
    },
    /// The rows of one segment as CSV, without header → [`Answer::Csv`].
    Export {
        /// The segment.
        base: Base,
        /// Which rows.
        filter: Filter,
        /// Name of the file.
        name: String,
        /// Whether the rows have a column of what the forest of labelled rows predicts.
        predicted: bool,
    },
}

/// The answer to a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// What a search means, or what is wrong with it.
    Bound(Result<Condition, QueryError>),
    /// The columns; `None` where rows would have to be read again.
    Recast(Option<Box<Recasting>>),
    /// Rows by segment.
    Counts(Vec<(SegmentId, u32)>),
    /// Values and their rows, one per column that was asked for.
    Facets(Vec<Facet>),
    /// The same, and how many rows of each segment meet the condition.
    Apart(Vec<Facet>, Vec<(SegmentId, u32)>),
    /// Rows over time.
    Histogram(TimeHistogram),
    /// The row that was looked for.
    Found(Option<(SegmentId, u32)>),
    /// Keys of an order.
    Fences(Fences),
    /// Rows of an order.
    Window(Window),
    /// A place in an order.
    Key(Option<SortKey>),
    /// What was asked about is no longer the newest filter.
    Stale,
    /// A page of rows.
    Rows(Vec<RowView>),
    /// Findings; `calibrated` is left to the conductor, which has the histogram of all scores.
    Findings(Vec<FindingView>),
    /// Rows of a group of findings.
    Members(Vec<Member>),
    /// A row's detail.
    Detail(Box<RowDetail>),
    /// A part of the plot.
    Plot(PlotGrid),
    /// Records with a problem.
    Issues(Vec<IssueView>),
    /// The templates that have rows, most frequent first.
    Templates(Vec<TemplateView>),
    /// Rows by template; shards add up.
    TemplateCounts(TemplateCounts),
    /// Rows of a template; merged by [`crate::view::template::merge_samples`].
    TemplateSamples(Vec<TemplateSample>),
    /// Something about sessions.
    OfSessions(SessionAnswer),
    /// Something about the forest of labelled rows.
    Warm(WarmAnswer),
    /// Something about what detectors disagree on.
    Committee(CommitteeAnswer),
    /// Something about rows of which it is known whether they are anomalous.
    Truth(TruthAnswer),
    /// Text of a CSV file, or of another with a line for each row.
    Csv(ByteBuf),
    /// What was learned; `None` before a detector is fitted.
    Learned(Option<Box<LearnedView>>),
    /// A model's file; `None` before a detector is fitted.
    Model(Option<ByteBuf>),
    /// A file could not be read any more.
    Failed(ReadError),
}
