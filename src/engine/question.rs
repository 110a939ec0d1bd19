//! What is asked of shards for the screen, and what they answer: two closed enums.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::bytes::apart;
use super::catalog::Base;
use super::committee::{CommitteeAnswer, CommitteeQuery};
use super::order::{Fences, Sort, SortKey, Window};
use super::recast::Recasting;
use super::sessions::{SessionAnswer, SessionQuery};
use super::snapshot::Filter;
use super::truth::{TruthAnswer, TruthQuery};
use super::warm::{WarmAnswer, WarmQuery};
use crate::baseline::Pairs;
use crate::filter::facet::Facet;
use crate::filter::{Condition, QueryError};
use crate::finding::Member;
use crate::ingest::ReadError;
use crate::model::About;
use crate::record::SegmentId;
use crate::record::mapping::Mapping;
use crate::view::row::RAW_BYTES;
use crate::view::scores::ScoreForm;
use crate::view::template::TemplateCounts;
use crate::view::{
    FindingView, IssueView, LearnedView, PlotGrid, RowDetail, RowView, TemplateSample, TemplateView, TimeHistogram,
};

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
        #[serde(deserialize_with = "apart")]
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
        #[serde(deserialize_with = "apart")]
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
        #[serde(deserialize_with = "apart")]
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
        #[serde(deserialize_with = "apart")]
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
        /// Longest text of a field, in bytes.
        bytes: u32,
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
        /// Longest text of a field, in bytes.
        bytes: u32,
    },
    /// Ranked rows of this shard → [`Answer::Findings`].
    Findings {
        /// Rank, segment and row of each, and the group of findings that it is shown with; 0 for its strongest.
        rows: Vec<(u64, Base, u32, u32)>,
        /// Longest text of a field, in bytes.
        bytes: u32,
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
        /// Of which group its finding is told, where it is of several; 0 for the strongest.
        group: u32,
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
    /// How many rows of each template a filter shows in some segments, how many of them are errors, and how many score
    /// this bin of the histogram or a higher one → [`Answer::TemplateCounts`].
    TemplateCounts(Filter, Vec<SegmentId>, u32),
    /// Some of the shard's rows of a template → [`Answer::TemplateSamples`].
    TemplateSamples {
        /// Its index.
        template: u32,
        /// Among the rows that this shows.
        filter: Filter,
        /// The shard's segments.
        bases: Vec<Base>,
        /// Most rows.
        most: u32,
    },
    /// Something about sessions → [`Answer::OfSessions`].
    #[serde(deserialize_with = "apart")]
    OfSessions(SessionQuery),
    /// Something about the forest of labelled rows → [`Answer::Warm`].
    #[serde(deserialize_with = "apart")]
    Warm(WarmQuery),
    /// Something about what detectors disagree on → [`Answer::Committee`].
    #[serde(deserialize_with = "apart")]
    Committee(CommitteeQuery),
    /// Something about rows of which it is known whether they are anomalous → [`Answer::Truth`].
    #[serde(deserialize_with = "apart")]
    Truth(TruthQuery),
    /// How long it takes each instance of each service → [`Answer::Pairs`].
    Pairs,
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
        #[serde(deserialize_with = "apart")]
        about: Box<About>,
    },
    /// What was learned, as a file ([`crate::model`]) → [`Answer::Model`]. Any shard knows it.
    Model {
        /// What the conductor knows of it.
        #[serde(deserialize_with = "apart")]
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

impl Query {
    /// The same, with the texts of rows as long as they are shown anywhere.
    #[must_use]
    pub fn with_whole_texts(mut self) -> Self {
        if let Self::Pick { bytes, .. } | Self::Rows { bytes, .. } | Self::Findings { bytes, .. } = &mut self {
            *bytes = RAW_BYTES as u32;
        }
        self
    }
}

/// The answer to a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// What a search means, or what is wrong with it.
    #[serde(deserialize_with = "apart")]
    Bound(Result<Condition, QueryError>),
    /// The columns; `None` where rows would have to be read again.
    #[serde(deserialize_with = "apart")]
    Recast(Option<Box<Recasting>>),
    /// Rows by segment.
    Counts(Vec<(SegmentId, u32)>),
    /// Values and their rows, one per column that was asked for.
    #[serde(deserialize_with = "apart")]
    Facets(Vec<Facet>),
    /// The same, and how many rows of each segment meet the condition.
    Apart(Vec<Facet>, Vec<(SegmentId, u32)>),
    /// Rows over time.
    Histogram(TimeHistogram),
    /// The row that was looked for.
    Found(Option<(SegmentId, u32)>),
    /// Keys of an order.
    #[serde(deserialize_with = "apart")]
    Fences(Fences),
    /// Rows of an order.
    #[serde(deserialize_with = "apart")]
    Window(Window),
    /// A place in an order.
    Key(Option<SortKey>),
    /// What was asked about is no longer the newest filter.
    Stale,
    /// A page of rows.
    #[serde(deserialize_with = "apart")]
    Rows(Vec<RowView>),
    /// Findings; `calibrated` is left to the conductor, which has the histogram of all scores.
    #[serde(deserialize_with = "apart")]
    Findings(Vec<FindingView>),
    /// Rows of a group of findings.
    Members(Vec<Member>),
    /// A row's detail.
    #[serde(deserialize_with = "apart")]
    Detail(Box<RowDetail>),
    /// A part of the plot.
    Plot(PlotGrid),
    /// Records with a problem.
    Issues(Vec<IssueView>),
    /// The templates that have rows, most frequent first.
    #[serde(deserialize_with = "apart")]
    Templates(Vec<TemplateView>),
    /// Rows by template; shards add up.
    TemplateCounts(TemplateCounts),
    /// Rows of a template; merged by [`crate::view::template::merge_samples`].
    #[serde(deserialize_with = "apart")]
    TemplateSamples(Vec<TemplateSample>),
    /// Something about sessions.
    #[serde(deserialize_with = "apart")]
    OfSessions(SessionAnswer),
    /// Something about the forest of labelled rows.
    #[serde(deserialize_with = "apart")]
    Warm(WarmAnswer),
    /// Something about what detectors disagree on.
    #[serde(deserialize_with = "apart")]
    Committee(CommitteeAnswer),
    /// Something about rows of which it is known whether they are anomalous.
    #[serde(deserialize_with = "apart")]
    Truth(TruthAnswer),
    /// Durations by service and instance; shards add up.
    Pairs(Pairs),
    /// Text of a CSV file, or of another with a line for each row.
    Csv(ByteBuf),
    /// What was learned; `None` before a detector is fitted.
    #[serde(deserialize_with = "apart")]
    Learned(Option<Box<LearnedView>>),
    /// A model's file; `None` before a detector is fitted.
    Model(Option<ByteBuf>),
    /// A file could not be read any more.
    Failed(ReadError),
}
