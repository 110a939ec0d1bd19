//! What rows are scored with next.
//!
//! Rows keep the scores that they have until every row has its new one ([`super::refit::Refit::Take`]): whoever ends it
//! early loses nothing, and until then the rows can be looked at.

use std::collections::BTreeMap;

use super::hybrid::Hybrid;
use super::lead::Fitted;
use crate::detect::Model;
use crate::detect::regions::Regions;
use crate::detect::sample::{Sample, rank};
use crate::feature::{Encoder, Matrix};
use crate::finding::hybrid::FINDING_SCORE;
use crate::finding::threshold::bin_of;
use crate::record::{Segment, SegmentId};

/// Rows that are encoded and scored together.
const BATCH: usize = 4096;
/// Multiply-adds that are done for one request: some hundred milliseconds, so that questions need not wait for long, and
/// that little is left of what was stopped.
const WORK: usize = 200_000_000;

/// Rows that were scored for one request.
#[derive(Debug)]
pub(super) struct Scored {
    /// How many.
    pub(super) rows: u32,
    /// Whether the segment has no other rows without a new score.
    pub(super) done: bool,
    /// Rows by bin of the score histogram.
    pub(super) bins: Vec<(u32, u64)>,
    /// The lowest bin of a row that belongs to a finding.
    pub(super) found: Option<u32>,
}

/// Features, the detector, and what it says of the rows so far.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) encoder: Encoder,
    fitted: Option<Fitted>,
    /// Scores of rows that were met before, where the detector is a forest.
    regions: Option<Regions>,
    scores: BTreeMap<SegmentId, Vec<f32>>,
}

impl Next {
    pub(super) fn new(encoder: Encoder, fitted: Option<Fitted>) -> Self {
        let mut next = Self { encoder, fitted: None, regions: None, scores: BTreeMap::new() };
        next.score_by(fitted);
        next
    }

    /// From now on scores come from this detector.
    pub(super) fn score_by(&mut self, fitted: Option<Fitted>) {
        self.fitted = fitted;
        self.regions = match &self.fitted {
            Some(Fitted { model: Model::IsolationForest(forest), .. }) => forest.regions(),
            _ => None,
        };
    }

    /// Scores rows of a segment, from the first that has no new score yet.
    pub(super) fn score(&mut self, segment: &Segment, hybrid: &Hybrid) -> Scored {
        let (rows, id) = (segment.rows(), segment.id);
        let Self { encoder, fitted, regions, scores } = self;
        let scores = scores.entry(id).or_default();
        let from = scores.len();
        let mut to = from;
        if let Some(fitted) = fitted {
            let detector = fitted.model.detector();
            let most = (WORK / detector.work().max(1)).max(1);
            let mut features = encoder.segment(segment);
            let mut batch = Matrix::new(encoder.recipe().features.len());
            while to < rows && to - from < most {
                let begin = to;
                to = (to + BATCH.min(most)).min(rows);
                batch.values.clear();
                (begin..to).for_each(|row| features.encode(row, &mut batch.values));
                match regions {
                    Some(regions) => regions.score(detector, &batch, scores),
                    None => detector.score(&batch, scores),
                }
                // Without a single feature no row differs from any other.
                scores.resize(to, 0.5);
            }
        } else {
            // Nor does one when the fit was ended.
            to = rows;
            scores.resize(to, 0.5);
        }
        let mut found: Option<u32> = None;
        if hybrid.is_active() {
            // Rows that belong to a finding stand above all others, in the order of the findings.
            for score in &mut scores[from..] {
                *score *= FINDING_SCORE;
            }
            for (row, score) in hybrid.scores(id).filter(|(row, _)| (from..to).contains(&(*row as usize))) {
                if let Some(slot) = scores.get_mut(row as usize) {
                    *slot = score;
                    found = found.into_iter().chain([bin_of(score)]).min();
                }
            }
        }
        let mut bins = BTreeMap::new();
        for &score in &scores[from..] {
            *bins.entry(bin_of(score)).or_default() += 1;
        }
        Scored { rows: (to - from) as u32, done: to == rows, bins: bins.into_iter().collect(), found }
    }

    /// What scores were made with, and the scores.
    pub(super) fn into_parts(self) -> (Encoder, Option<Fitted>, BTreeMap<SegmentId, Vec<f32>>) {
        (self.encoder, self.fitted, self.scores)
    }
}

/// Rows whose rank is low enough for the training sample.
pub(super) fn sample<'a>(
    encoder: &Encoder,
    segments: impl Iterator<Item = &'a Segment>,
    limit: u64,
    seed: u64,
) -> Sample {
    let mut sample = Sample { ranks: Vec::new(), rows: Matrix::new(encoder.recipe().features.len()) };
    for segment in segments {
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
