//! How well scores find rows that are known to be anomalous: a shard's counts, by the scores that rows have and by those
//! that other detectors would give them.
//!
//! ```text
//! Count, of all: the scores of the analysis and of the forest of labelled rows
//! committee::Offer, of all ─ offers ─▶ Conductor::fit_beside, of a worker without rows ─▶ Seat, of all ─▶ Score, of all,
//! segment by segment: another detector's
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bytes::decode;
use super::catalog::{Ask, Catalog};
use super::part::Part;
use super::question::Query;
use super::scorer::at_once;
use super::shard::Shard;
use crate::explain::accuracy::flag;
use crate::feature::Matrix;
use crate::feature::survey::ColumnSurvey;
use crate::finding::evaluate::step_of;
use crate::finding::threshold::bin_of;
use crate::record::{Column, Segment, SegmentId};

/// Rows that are encoded and scored together.
const BATCH: usize = 4096;

/// A question about rows of which it is known whether they are anomalous.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TruthQuery {
    /// How do they score? → [`TruthAnswer::Counted`].
    Count(Truth),
    /// From now on this detector is the one that is compared → [`TruthAnswer::Seated`].
    Seat {
        /// It, as bytes.
        detector: Part,
    },
    /// How would the compared detector score those of a segment? → [`TruthAnswer::Scored`].
    Score {
        /// The segment.
        segment: SegmentId,
        /// How many of its known rows were scored before.
        from: u32,
        /// What is known.
        truth: Truth,
    },
}

/// An answer about such rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TruthAnswer {
    /// Rows by the bin of their score ([`bin_of`]), and by that of the forest of labelled rows; added up by [`merge`].
    Counted([ByScore; 2]),
    /// It is.
    Seated,
    /// Rows by their raw score ([`step_of`]); added up by [`merge`].
    Scored {
        /// Those that were scored now.
        counts: ByScore,
        /// With how many to go on, where some are left.
        next: Option<u32>,
    },
}

/// What is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Truth {
    /// What a column of categories or numbers says; numbers above 0 are anomalous.
    Column(u32),
    /// Some of the shard's rows, in the order of their places, and whether they are anomalous.
    Rows(Vec<(SegmentId, u32, bool)>),
}

/// Rows of which the truth is known, by what stands for their score (higher is more abnormal): that, ordinary ones, anomalous
/// ones. Ascending.
pub type ByScore = Vec<(u32, u64, u64)>;

/// A shard's answer.
#[inline(never)]
pub(super) fn answer(shard: &mut Shard, query: TruthQuery) -> TruthAnswer {
    match query {
        TruthQuery::Count(truth) => TruthAnswer::Counted(count(shard, &truth)),
        TruthQuery::Seat { detector } => {
            shard.compared = decode(&detector);
            TruthAnswer::Seated
        }
        TruthQuery::Score { segment, from, truth } => {
            let (counts, next) = score(shard, segment, from as usize, &truth).unwrap_or_default();
            TruthAnswer::Scored { counts, next: next.map(|next| next as u32) }
        }
    }
}

/// What a column says of the rows that it has no value for, by the values of all rows: where nobody is called ordinary, only
/// anomalous rows were marked, and the others are ordinary. Else nothing.
fn says_of_others(shard: &Shard, column: u32) -> Option<bool> {
    let marks = match shard.encoder.as_ref()?.survey().columns.get(column as usize)? {
        ColumnSurvey::Category { counts, overflowed: false } => {
            let says = || counts.keys().filter_map(|value| flag(value));
            says().any(|anomalous| anomalous) && says().all(|anomalous| anomalous)
        }
        ColumnSurvey::Number { min, present: 1.., .. } => *min > 0.0,
        _ => false,
    };
    marks.then_some(false)
}

/// Rows of a segment of which the truth is known, in order, as (row, anomalous).
fn known(shard: &Shard, segment: &Segment, truth: &Truth) -> Vec<(usize, bool)> {
    match truth {
        Truth::Rows(rows) => {
            let first = rows.partition_point(|(id, ..)| *id < segment.id);
            let of_it = rows[first..].iter().take_while(|(id, ..)| *id == segment.id);
            let held = of_it.filter(|(_, row, _)| (*row as usize) < segment.rows());
            held.map(|&(_, row, anomalous)| (row as usize, anomalous)).collect()
        }
        Truth::Column(column) => {
            let others = says_of_others(shard, *column);
            match segment.columns.get(*column as usize) {
                Some(Column::Category(values)) => {
                    let values_say = values.values.iter().map(|value| flag(value));
                    let says: Vec<Option<bool>> = std::iter::once(others).chain(values_say).collect();
                    let codes = values.codes.iter().enumerate();
                    codes.filter_map(|(row, &code)| Some((row, says[usize::from(code)]?))).collect()
                }
                Some(Column::Number(values)) => {
                    let says = |value: f64| if value.is_nan() { others } else { Some(value > 0.0) };
                    values.iter().enumerate().filter_map(|(row, value)| Some((row, says(value)?))).collect()
                }
                _ => Vec::new(),
            }
        }
    }
}

/// Counts by the scores of the analysis, and by those of the forest of labelled rows.
fn count(shard: &Shard, truth: &Truth) -> [ByScore; 2] {
    let mut counts: [Counts; 2] = Default::default();
    for segment in shard.segments.values() {
        for (row, anomalous) in known(shard, segment, truth) {
            for (counts, scores) in counts.iter_mut().zip([&segment.scores, &segment.predicted]) {
                if let Some(&score) = scores.get(row) {
                    counts.add(bin_of(score), anomalous);
                }
            }
        }
    }
    counts.map(Counts::into_list)
}

/// Scores known rows of a segment by the compared detector, from one of them on; as many as are scored at once.
fn score(shard: &Shard, segment: SegmentId, from: usize, truth: &Truth) -> Option<(ByScore, Option<usize>)> {
    let (encoder, segment) = (shard.encoder.as_ref()?, shard.segments.get(&segment)?);
    let detector = shard.compared.as_ref()?.model.detector();
    let known = known(shard, segment, truth);
    let to = known.len().min(from.saturating_add(at_once(detector)));
    let now = known.get(from..to)?;
    let features = encoder.segment(segment);
    let mut batch = Matrix::new(encoder.recipe().features.len());
    let mut scores = Vec::new();
    let mut counts = Counts::default();
    for some in now.chunks(BATCH) {
        batch.values.clear();
        for (row, _) in some {
            features.encode(*row, &mut batch.values);
        }
        scores.clear();
        detector.raw(&batch.values, &mut scores);
        // Without a single feature no row differs from any other.
        scores.resize(some.len(), 0.0);
        for (score, (_, anomalous)) in scores.iter().zip(some) {
            counts.add(step_of(*score), *anomalous);
        }
    }
    Some((counts.into_list(), Some(to).filter(|to| *to < known.len())))
}

/// [`ByScore`] in the making.
#[derive(Debug, Default)]
pub struct Counts(BTreeMap<u32, (u64, u64)>);

impl Counts {
    /// Adds what was counted apart.
    pub fn extend(&mut self, part: ByScore) {
        for (score, ordinary, anomalous) in part {
            let sum = self.0.entry(score).or_default();
            *sum = (sum.0 + ordinary, sum.1 + anomalous);
        }
    }

    fn add(&mut self, score: u32, anomalous: bool) {
        let (ordinary, odd) = self.0.entry(score).or_default();
        *(if anomalous { odd } else { ordinary }) += 1;
    }

    /// All that was counted.
    pub fn into_list(self) -> ByScore {
        self.0.into_iter().map(|(score, (ordinary, anomalous))| (score, ordinary, anomalous)).collect()
    }
}

/// Adds up what shards counted.
pub fn merge(parts: impl IntoIterator<Item = ByScore>) -> ByScore {
    let mut counts = Counts::default();
    parts.into_iter().for_each(|part| counts.extend(part));
    counts.into_list()
}

/// What is known, as a person tells it.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// What a column says.
    Column(u32),
    /// Rows by their numbers from 0, and whether they are anomalous.
    Rows(Vec<(u64, bool)>),
}

impl Known {
    /// What every shard must know of it. Rows that are not there are left out.
    fn by_worker(&self, catalog: &Catalog) -> BTreeMap<usize, Truth> {
        match self {
            Self::Column(column) => catalog.segments().map(|(_, worker)| (worker, Truth::Column(*column))).collect(),
            Self::Rows(rows) => {
                let placed = catalog.placed(rows.iter().copied());
                placed.into_iter().map(|(worker, rows)| (worker, Truth::Rows(rows))).collect()
            }
        }
    }

    /// Asks how the rows score.
    pub fn ask_count(&self, catalog: &Catalog) -> Vec<Ask> {
        let ask = |(worker, truth)| (worker, Query::Truth(TruthQuery::Count(truth)));
        self.by_worker(catalog).into_iter().map(ask).collect()
    }

    /// Per worker: its segments of which something is known, with that.
    pub fn by_segment(&self, catalog: &Catalog) -> BTreeMap<usize, Vec<(SegmentId, Truth)>> {
        let mut found: BTreeMap<usize, Vec<(SegmentId, Truth)>> = BTreeMap::new();
        for (worker, truth) in self.by_worker(catalog) {
            let of_it = found.entry(worker).or_default();
            match truth {
                Truth::Rows(rows) => {
                    let of_one = rows.chunk_by(|a, b| a.0 == b.0);
                    of_it.extend(of_one.filter_map(|rows| Some((rows.first()?.0, Truth::Rows(rows.to_vec())))));
                }
                Truth::Column(_) => {
                    let mine = catalog.segments().filter(|(_, owner)| *owner == worker);
                    of_it.extend(mine.map(|(segment, _)| (segment, truth.clone())));
                }
            }
        }
        found
    }
}
