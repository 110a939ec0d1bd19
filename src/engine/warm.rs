//! Questions about a forest that is fitted to labelled rows ([`crate::model::warm`]), and a shard's answers. The analysis
//! stays as it is: the forest's scores stand beside those of the analysis.
//!
//! ```text
//! Features, of all ─ parts ─▶ Fit, of the lead ─▶ Load, of all ─▶ Predict, of all, segment by segment ─▶ Save, of any
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::bytes::{decode, encode};
use super::catalog::{Ask, Catalog};
use super::conductor::Conductor;
use super::lead::Fitted;
use super::part::Part;
use super::question::Query;
use super::save;
use super::scorer::{Scorer, with_findings};
use super::shard::Shard;
use crate::detect::{FitOptions, ForestParams, Kind, never_cancelled};
use crate::feature::{Encoder, Matrix};
use crate::finding::ScoreHistogram;
use crate::finding::hybrid::FINDING_SCORE;
use crate::finding::reason::Reference;
use crate::finding::threshold::bin_of;
use crate::model::warm::{Called, Warm, fit};
use crate::model::{About, Distribution};
use crate::record::{Role, SegmentId};

/// A question about a forest of labelled rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WarmQuery {
    /// What the detector would see of some of the shard's rows → [`WarmAnswer::Part`].
    Features {
        /// The rows, and what their labels say.
        rows: Vec<(SegmentId, u32, Called)>,
        /// The column that says what is true: the forest must not see it.
        without: Option<u32>,
    },
    /// Fit a forest → [`WarmAnswer::Fitted`].
    Fit {
        /// One per shard.
        parts: Vec<Part>,
        /// Trees, rows that each sees, seed.
        forest: ForestParams,
        /// As for the features.
        without: Option<u32>,
    },
    /// From now on rows are predicted by this forest; by none where it is empty → [`WarmAnswer::Loaded`].
    Load {
        /// The forest, as bytes.
        forest: Part,
        /// Rows that score at least this are predicted to be anomalous.
        threshold: f32,
    },
    /// Predict the rows of some segments → [`WarmAnswer::Predicted`].
    Predict {
        /// Which.
        segments: Vec<SegmentId>,
    },
    /// The forest with all that it takes to use it on other files, as [`crate::engine::Query::Model`] →
    /// [`WarmAnswer::Saved`].
    Save {
        /// What the conductor knows of it.
        about: Box<About>,
    },
}

/// An answer about a forest of labelled rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WarmAnswer {
    /// A shard's part, for the lead.
    Part(Part),
    /// The forest, as bytes, and what came of it; `None` where too few rows are called normal.
    Fitted(Option<(Part, Warm)>),
    /// It is there.
    Loaded,
    /// How many rows are predicted to be anomalous; and all rows by the bin of the score that they would have if the forest
    /// were the analysis' detector.
    Predicted(u64, Vec<(u32, u64)>),
    /// A model's file; `None` without a forest.
    Saved(Option<ByteBuf>),
}

/// The forest that a shard predicts rows by.
#[derive(Debug, Default)]
pub(super) struct Forest {
    scorer: Scorer,
    pub(super) threshold: f32,
}

/// Labelled rows of a shard: places, labels, features.
type Labelled = (Vec<(SegmentId, u32, Called)>, Matrix);

/// The bin of the score histogram from which on rows are predicted to be anomalous; `None` where rows are not predicted.
pub(super) fn first_bin(shard: &Shard) -> Option<u32> {
    shard.forest.scorer.fitted.is_some().then(|| bin_of(shard.forest.threshold))
}

/// A shard's answer.
#[inline(never)]
pub(super) fn answer(shard: &mut Shard, query: WarmQuery) -> WarmAnswer {
    match query {
        WarmQuery::Features { rows, without } => WarmAnswer::Part(encode(&features(shard, rows, without)).into()),
        WarmQuery::Fit { parts, forest, without } => WarmAnswer::Fitted(fitted(shard, &parts, forest, without)),
        WarmQuery::Load { forest, threshold } => {
            shard.forest = Forest { scorer: Scorer::new(decode(&forest)), threshold };
            for segment in shard.segments.values_mut() {
                segment.predicted = Vec::new();
            }
            shard.selection.forget();
            WarmAnswer::Loaded
        }
        WarmQuery::Predict { segments } => predict(shard, &segments),
        WarmQuery::Save { about } => {
            let model = shard.forest.scorer.fitted.as_ref().and_then(|fitted| save::model(shard, fitted, *about));
            WarmAnswer::Saved(model)
        }
    }
}

/// Asks every shard for its rows among these, by their numbers from 0; those that are not there are left out.
pub fn ask_features(catalog: &Catalog, called: &[(u64, Called)], without: Option<u32>) -> Vec<Ask> {
    let ask = |(worker, rows)| (worker, Query::Warm(WarmQuery::Features { rows, without }));
    catalog.placed(called.iter().copied()).into_iter().map(ask).collect()
}

/// What a saved forest says of itself. `scores`: those that the rows would have if it were the analysis' detector.
pub fn about(conductor: &Conductor, scores: &ScoreHistogram, threshold: f32) -> About {
    // As in the analysis: where rows have messages, what belongs to a finding stands above what the detector says.
    let share = if conductor.dataset().role(Role::Message).is_some() { FINDING_SCORE } else { 1.0 };
    conductor.about_of(scores, bin_of(threshold * share), Kind::IsolationForest)
}

/// Places of the features that come from a column.
fn features_of(encoder: &Encoder, column: Option<u32>) -> Vec<usize> {
    let features = encoder.recipe().features.iter().enumerate();
    features.filter(|(_, feature)| Some(feature.column) == column).map(|(place, _)| place).collect()
}

/// What the detector sees of rows, in the order of their places.
fn features(shard: &Shard, mut rows: Vec<(SegmentId, u32, Called)>, without: Option<u32>) -> Labelled {
    let Some(encoder) = &shard.encoder else { return (Vec::new(), Matrix::new(0)) };
    rows.retain(|(id, row, _)| shard.segments.get(id).is_some_and(|segment| (*row as usize) < segment.rows()));
    rows.sort_by_key(|(id, row, _)| (*id, *row));
    let mut matrix = Matrix::new(encoder.recipe().features.len());
    for of_one in rows.chunk_by(|a, b| a.0 == b.0) {
        let Some(segment) = of_one.first().and_then(|(id, ..)| shard.segments.get(id)) else { continue };
        let features = encoder.segment(segment);
        for (_, row, _) in of_one {
            features.encode(*row as usize, &mut matrix.values);
        }
    }
    // What never differs splits nothing.
    let columns = matrix.columns.max(1);
    for place in features_of(encoder, without) {
        matrix.values.iter_mut().skip(place).step_by(columns).for_each(|value| *value = 0.0);
    }
    (rows, matrix)
}

fn fitted(shard: &Shard, parts: &[Part], forest: ForestParams, without: Option<u32>) -> Option<(Part, Warm)> {
    let encoder = shard.encoder.as_ref()?;
    let parts: Vec<Labelled> = parts.iter().filter_map(|part| decode(part)).collect();
    let mut order: Vec<(SegmentId, u32, usize, usize)> = Vec::new();
    for (part, (places, _)) in parts.iter().enumerate() {
        order.extend(places.iter().enumerate().map(|(at, (id, row, _))| (*id, *row, part, at)));
    }
    order.sort_unstable();
    let mut rows = Matrix::new(encoder.recipe().features.len());
    let mut called = Vec::with_capacity(order.len());
    for (.., part, at) in order {
        rows.push(parts[part].1.row(at));
        called.push(parts[part].0[at].2);
    }
    let ForestParams { trees, subsample, seed } = forest;
    let mut largest = encoder.largest();
    for place in features_of(encoder, without) {
        largest.get_mut(place).into_iter().for_each(|largest| *largest = None);
    }
    let options = FitOptions { seed, trees, subsample, largest, ..FitOptions::default() };
    let (model, warm) = fit(&rows, &called, &options, &mut never_cancelled)?;
    let mut normal = Matrix::new(rows.columns);
    for (row, _) in called.iter().enumerate().filter(|(_, called)| !called.anomalous) {
        normal.push(rows.row(row));
    }
    let fitted = Fitted { model, reference: Reference::of(&normal), distributions: Distribution::of(&normal) };
    Some((encode(&fitted).into(), warm))
}

fn predict(shard: &mut Shard, segments: &[SegmentId]) -> WarmAnswer {
    let (mut anomalous, mut bins) = (0, BTreeMap::<u32, u64>::new());
    for id in segments {
        let (Some(encoder), Some(segment)) = (&shard.encoder, shard.segments.get(id)) else { continue };
        let mut predicted = Vec::with_capacity(segment.rows());
        while predicted.len() < segment.rows() {
            shard.forest.scorer.score(encoder, segment, &mut predicted);
        }
        let mut scores = predicted.clone();
        with_findings(&shard.hybrid, *id, 0, &mut scores);
        for score in scores {
            *bins.entry(bin_of(score)).or_default() += 1;
        }
        anomalous += predicted.iter().filter(|score| **score >= shard.forest.threshold).count() as u64;
        if let Some(segment) = shard.segments.get_mut(id) {
            segment.predicted = predicted;
        }
    }
    WarmAnswer::Predicted(anomalous, bins.into_iter().collect())
}
