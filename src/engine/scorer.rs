//! A fitted detector at work on segments.

use super::hybrid::Hybrid;
use super::lead::Fitted;
use crate::detect::regions::Regions;
use crate::detect::{Detector, Model};
use crate::feature::{Encoder, Matrix};
use crate::finding::hybrid::FINDING_SCORE;
use crate::finding::threshold::bin_of;
use crate::record::{Segment, SegmentId};

/// Rows that are encoded and scored together.
const BATCH: usize = 4096;
/// Multiply-adds that are done at once: some hundred milliseconds, so that questions need not wait for long, and that
/// little is left of what was stopped.
const WORK: usize = 200_000_000;

/// What scores come from.
#[derive(Debug, Default)]
pub(super) struct Scorer {
    /// The detector; none before it is fitted, or when its fit was ended.
    pub(super) fitted: Option<Fitted>,
    /// Scores of rows that were met before, where the detector is a forest.
    regions: Option<Regions>,
}

impl Scorer {
    pub(super) fn new(fitted: Option<Fitted>) -> Self {
        let regions = match &fitted {
            Some(Fitted { model: Model::IsolationForest(forest), .. }) => forest.regions(),
            _ => None,
        };
        Self { fitted, regions }
    }

    /// Appends scores of the rows that have none yet: of all that are left, or of as many as are done at once.
    pub(super) fn score(&mut self, encoder: &Encoder, segment: &Segment, scores: &mut Vec<f32>) {
        let (from, rows) = (scores.len(), segment.rows());
        let Some(fitted) = &self.fitted else {
            // Without a detector no row differs from any other.
            return scores.resize(rows, 0.5);
        };
        let detector = fitted.model.detector();
        let most = at_once(detector);
        let features = encoder.segment(segment);
        let mut batch = Matrix::new(encoder.recipe().features.len());
        while scores.len() < rows && scores.len() - from < most {
            let begin = scores.len();
            let end = (begin + BATCH.min(most)).min(rows);
            batch.values.clear();
            features.encode_rows(begin..end, &mut batch.values);
            match &mut self.regions {
                Some(regions) => regions.score(detector, &batch, scores),
                None => detector.score(&batch, scores),
            }
            // Nor does one without a single feature.
            scores.resize(end, 0.5);
        }
    }
}

/// How many rows are scored for one request.
pub(super) fn at_once(detector: &dyn Detector) -> usize {
    (WORK / detector.work().max(1)).max(1)
}

/// Makes scores of a detector, from a row on, those of the rows: what belongs to a finding stands above all others, in the
/// order of the findings. The lowest bin of such a row comes back.
pub(super) fn with_findings(hybrid: &Hybrid, id: SegmentId, from: usize, scores: &mut [f32]) -> Option<u32> {
    if !hybrid.is_active() {
        return None;
    }
    let mut found: Option<u32> = None;
    for score in scores.iter_mut().skip(from) {
        *score *= FINDING_SCORE;
    }
    for (row, score) in hybrid.scores(id).filter(|(row, _)| *row as usize >= from) {
        if let Some(slot) = scores.get_mut(row as usize) {
            *slot = score;
            found = found.into_iter().chain([bin_of(score)]).min();
        }
    }
    found
}
