//! All that passes between the conductor and the shards: two closed enums and what they carry. What is asked for the screen
//! has two of its own ([`super::question`]).

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::bytes::apart;
pub use super::catalog::Base;
pub use super::file::{FileInfo, Looked};
use super::inspect::{Inspect, Inspected};
use super::merged::Edges;
use super::parse::Task;
use super::part::Part;
use super::question::{Answer, Query};
use super::refit::Refit;
use crate::detect::{FitOptions, Kind};
use crate::feature::{FeatureChoice, Recipe};
use crate::filter::Condition;
use crate::finding::{Groups, Ranking};
use crate::ingest::{IssueKind, cells::Strangers, unpack::Contents, unpack::VirtualFile};
use crate::model::Report;
use crate::model::check::Limits;
use crate::record::mapping::Mapping;
use crate::record::{ColumnSpec, SegmentId};
use crate::template::Hand;

/// Changes whenever a message does: a page and a worker of different builds must not talk.
pub const PROTOCOL: u32 = 21;

/// What is counted over all rows after the survey, in this order: a partial per shard, a merge, a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// What is ordinary for each template, level, service; which sessions may have rows in several segments.
    Baselines,
    /// Which steps belong together in sessions.
    Sessions,
    /// What each session is in numbers, where these are features.
    SessionNumbers,
    /// Findings of all kinds.
    Findings,
    /// Where exactly the changes of rates among them begin and end.
    Ends,
    /// Rows of the row detector that are one finding, once rows have scores.
    Together,
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
        #[serde(deserialize_with = "apart")]
        mapping: Mapping,
        /// What they said of files before, by fingerprint; it counts where the mapping is empty.
        #[serde(deserialize_with = "apart")]
        remembered: Vec<(u64, Mapping)>,
        /// A saved model that the files will be held against.
        model: Option<ByteBuf>,
        /// Columns of it, each with the field that the person says it is.
        names: Vec<(String, String)>,
    },
    /// From now on rows have these columns.
    Adopt {
        /// The plan of all files, as bytes.
        dataset: Part,
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
        dataset: Part,
    },
    /// Count the rows → [`Event::Surveyed`].
    Survey,
    /// Merge the shards' surveys and decide on the features → [`Event::Prepared`].
    MergeSurveys {
        /// One per shard.
        parts: Vec<Part>,
        /// What the person changed of the templates.
        #[serde(deserialize_with = "apart")]
        hand: Hand,
        /// What is to be a feature.
        #[serde(deserialize_with = "apart")]
        features: FeatureChoice,
        /// A saved model: features and templates are its own then.
        model: Option<ByteBuf>,
    },
    /// From now on features are made this way.
    Prepare {
        /// The merged survey and the recipe.
        preparation: Part,
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
        parts: Vec<Part>,
        /// Seed of random choices.
        seed: u64,
    },
    /// Take what a step came to.
    Learn {
        /// Which.
        step: Step,
        /// As merged.
        whole: Part,
    },
    /// Make the sessions that have all their rows in one segment → [`Event::Partial`], the number of rows of the others.
    Keep,
    /// Deal the rows of the others to the shards that are to have their sessions → [`Event::Dealt`].
    Deal {
        /// Which sessions: those of this round of so many.
        round: (u32, u32),
        /// The number of this shard, and how many there are.
        shard: (u32, u32),
    },
    /// Take rows that were dealt to this shard.
    Take {
        /// One part per shard; this shard kept its own.
        parts: Vec<Part>,
    },
    /// Offer rows for the training sample → [`Event::Sampled`].
    Sample {
        /// Highest rank to offer.
        limit: u64,
        /// Seed of the ranks.
        seed: u64,
    },
    /// Something for scoring anew the rows that are held.
    #[serde(deserialize_with = "apart")]
    Refit(Refit),
    /// Fit the detector to the lowest ranks of all offers → [`Event::Fitted`]. Whoever does it needs no rows.
    Fit {
        /// One offer per shard.
        offers: Vec<Part>,
        /// Rows in the sample.
        wanted: u32,
        /// All rows, which will be scored.
        rows: u64,
        /// Which detector.
        detector: Kind,
        /// Its parameters.
        #[serde(deserialize_with = "apart")]
        options: FitOptions,
    },
    /// Hold the files against the saved model, with the lowest ranks of all offers → [`Event::Checked`].
    Check {
        /// One offer per shard.
        offers: Vec<Part>,
        /// Rows in the sample.
        wanted: u32,
        /// Where drift begins.
        limits: Limits,
    },
    /// From now on scores come from this model.
    Load {
        /// The model and its reference.
        model: Part,
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
        parts: Vec<Part>,
        /// Most rows.
        limit: u32,
    },
    /// From now on [`Filter::Where`] of this number means this condition.
    Filter {
        /// Its number, higher than any before.
        id: u32,
        /// The condition.
        #[serde(deserialize_with = "apart")]
        condition: Condition,
        /// The shard's segments, where the condition asks for places ([`Condition::needs_places`]).
        bases: Vec<Base>,
    },
    /// Something for the screen → [`Event::Answer`].
    Query {
        /// Comes back with the answer.
        ticket: u32,
        /// What.
        #[serde(deserialize_with = "apart")]
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
        #[serde(deserialize_with = "apart")]
        result: Result<Option<Contents>, String>,
    },
    /// A file was looked at, or could not be read.
    Sniffed {
        /// Index of the file.
        file: u32,
        /// What it is.
        #[serde(deserialize_with = "apart")]
        result: Result<Looked, String>,
    },
    /// The plan of all files.
    Planned {
        /// Columns and how files fill them, as bytes.
        dataset: Part,
        /// The columns.
        #[serde(deserialize_with = "apart")]
        columns: Vec<ColumnSpec>,
        /// The number under which what the person says of such files is remembered.
        fingerprint: u64,
        /// What was said: the given mapping, or the one that was remembered.
        #[serde(deserialize_with = "apart")]
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
        #[serde(deserialize_with = "apart")]
        strangers: Strangers,
        /// Where the file ends, if that was not known.
        end: Option<u64>,
        /// Of compressed content: packed bytes that were read, and how many there are.
        packed: Option<(u64, u64)>,
        /// What is wrong with the file as a whole.
        trouble: Option<String>,
        /// The times at its edges.
        #[serde(deserialize_with = "apart")]
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
        part: Part,
    },
    /// The merged survey and the recipe.
    Prepared {
        /// As bytes, for every shard.
        preparation: Part,
        /// Which columns became features, for the person.
        #[serde(deserialize_with = "apart")]
        recipe: Recipe,
        /// Whether they are those of a saved model, which scores.
        frozen: bool,
        /// Earliest and latest time.
        times: Option<(i64, i64)>,
    },
    /// A shard's counts for a step.
    Partial {
        /// As bytes.
        part: Part,
    },
    /// What a step came to.
    Merged {
        /// Which.
        step: Step,
        /// As bytes, for every shard.
        whole: Part,
    },
    /// Rows on their way to other shards.
    Dealt {
        /// One part per shard.
        parts: Vec<Part>,
    },
    /// A shard's offer of rows for the training sample.
    Sampled {
        /// As bytes.
        offer: Part,
        /// [`FitOptions::largest`] and [`FitOptions::unseen`].
        known: [Vec<Option<f32>>; 2],
    },
    /// The features of another choice.
    Chosen {
        /// As every shard shall make them.
        #[serde(deserialize_with = "apart")]
        recipe: Recipe,
    },
    /// The fitted model and its reference.
    Fitted {
        /// As bytes, for every shard.
        model: Part,
    },
    /// A detector is being fitted. Comes while [`Request::Fit`] is worked on.
    Fitting {
        /// Share of the work that is done, 0..=1.
        done: f32,
    },
    /// What a saved model makes of the files.
    Checked {
        /// For the person.
        #[serde(deserialize_with = "apart")]
        report: Box<Report>,
    },
    /// What is in a saved model, or why it can't be used.
    #[serde(deserialize_with = "apart")]
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
        part: Part,
    },
    /// The highest rows of all.
    Ranked {
        /// Best first.
        #[serde(deserialize_with = "apart")]
        ranking: Ranking,
        /// The same as findings, grouped.
        #[serde(deserialize_with = "apart")]
        groups: Groups,
    },
    /// The answer to a query.
    Answer {
        /// The query's.
        ticket: u32,
        /// The answer.
        #[serde(deserialize_with = "apart")]
        answer: Answer,
    },
}
