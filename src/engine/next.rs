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

    /// Scores the rows of a segment. Gives their number, how many fall into each bin of the score histogram, and the lowest
    /// bin of a row that belongs to a finding.
    pub(super) fn score(&mut self, segment: &Segment, hybrid: &Hybrid) -> (u32, Vec<(u32, u64)>, Option<u32>) {
        let rows = segment.rows();
        let mut scores = Vec::with_capacity(rows);
        if let Some(fitted) = &self.fitted {
            let detector = fitted.model.detector();
            let mut features = self.encoder.segment(segment);
            let mut batch = Matrix::new(self.encoder.recipe().features.len());
            for from in (0..rows).step_by(BATCH) {
                let to = (from + BATCH).min(rows);
                batch.values.clear();
                (from..to).for_each(|row| features.encode(row, &mut batch.values));
                match &mut self.regions {
                    Some(regions) => regions.score(detector, &batch, &mut scores),
                    None => detector.score(&batch, &mut scores),
                }
                // Without a single feature no row differs from any other.
                scores.resize(to, 0.5);
            }
        }
        // Nor does one when the fit was ended.
        scores.resize(rows, 0.5);
        let mut found: Option<u32> = None;
        if hybrid.is_active() {
            // Rows that belong to a finding stand above all others, in the order of the findings.
            for score in &mut scores {
                *score *= FINDING_SCORE;
            }
            for (row, score) in hybrid.scores(segment.id) {
                if let Some(slot) = scores.get_mut(row as usize) {
                    *slot = score;
                    found = found.into_iter().chain([bin_of(score)]).min();
                }
            }
        }
        let mut bins = BTreeMap::new();
        for &score in &scores {
            *bins.entry(bin_of(score)).or_default() += 1;
        }
        self.scores.insert(segment.id, scores);
        (rows as u32, bins.into_iter().collect(), found)
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
