//! What rows are scored with next.
//!
//! Rows keep the scores that they have until every row has its new one ([`super::refit::Refit::Take`]): whoever ends it
//! early loses nothing, and until then the rows can be looked at.

use std::collections::BTreeMap;

use super::hybrid::Hybrid;
use super::lead::Fitted;
use super::scorer::{Scorer, with_findings};
use crate::detect::sample::{Sample, rank};
use crate::feature::{Encoder, Matrix};
use crate::finding::threshold::{BINS, bin_of};
use crate::record::{Segment, SegmentId};

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
    scorer: Scorer,
    scores: BTreeMap<SegmentId, Vec<f32>>,
    bins: Bins,
}

/// Counts scores by bin. There are many bins, of which the scores of a segment have few.
#[derive(Debug, Default)]
struct Bins {
    /// Rows of each bin: none, between two counts.
    rows: Vec<u32>,
    met: Vec<u32>,
}

impl Bins {
    /// The bins that scores are in with how many of them each has, in the order of the bins.
    fn count(&mut self, scores: &[f32]) -> Vec<(u32, u64)> {
        self.rows.resize(BINS, 0);
        for &score in scores {
            let bin = bin_of(score);
            let rows = &mut self.rows[bin as usize];
            if *rows == 0 {
                self.met.push(bin);
            }
            *rows += 1;
        }
        self.met.sort_unstable();
        let counted = self.met.drain(..).map(|bin| (bin, u64::from(std::mem::take(&mut self.rows[bin as usize]))));
        counted.collect()
    }
}

impl Next {
    pub(super) fn new(encoder: Encoder, fitted: Option<Fitted>) -> Self {
        Self { encoder, scorer: Scorer::new(fitted), scores: BTreeMap::new(), bins: Bins::default() }
    }

    /// From now on scores come from this detector.
    pub(super) fn score_by(&mut self, fitted: Option<Fitted>) {
        self.scorer = Scorer::new(fitted);
    }

    /// Scores rows of a segment, from the first that has no new score yet.
    #[inline(never)]
    pub(super) fn score(&mut self, segment: &Segment, hybrid: &Hybrid) -> Scored {
        let scores = self.scores.entry(segment.id).or_default();
        let from = scores.len();
        self.scorer.score(&self.encoder, segment, scores);
        let found = with_findings(hybrid, segment.id, from, scores);
        let (rows, done) = ((scores.len() - from) as u32, scores.len() == segment.rows());
        Scored { rows, done, bins: self.bins.count(&scores[from..]), found }
    }

    /// What scores were made with, and the scores.
    pub(super) fn into_parts(self) -> (Encoder, Option<Fitted>, BTreeMap<SegmentId, Vec<f32>>) {
        (self.encoder, self.scorer.fitted, self.scores)
    }
}

/// Rows whose rank is low enough for the training sample.
#[inline(never)]
pub(super) fn sample<'a>(
    encoder: &Encoder,
    segments: impl Iterator<Item = &'a Segment>,
    limit: u64,
    seed: u64,
) -> Sample {
    let mut sample = Sample { ranks: Vec::new(), rows: Matrix::new(encoder.recipe().features.len()) };
    for segment in segments {
        sample_segment(encoder, segment, limit, seed, &mut sample);
    }
    sample
}

/// [`sample`] of one segment. Never inlined: a browser goes on with the slow form of a function until it returns.
#[inline(never)]
fn sample_segment(encoder: &Encoder, segment: &Segment, limit: u64, seed: u64, sample: &mut Sample) {
    let features = encoder.segment(segment);
    for row in 0..segment.rows() {
        let rank = rank(segment.id.file, segment.position(row), seed);
        if rank <= limit {
            sample.ranks.push(rank);
            features.encode(row, &mut sample.rows.values);
        }
    }
}
