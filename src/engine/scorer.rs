//! A fitted detector at work on segments.

use super::lead::Fitted;
use crate::detect::Model;
use crate::detect::regions::Regions;
use crate::feature::{Encoder, Matrix};
use crate::record::Segment;

/// Rows that are encoded and scored together.
const BATCH: usize = 4096;

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

    /// The score of each row.
    pub(super) fn score(&mut self, encoder: Option<&Encoder>, segment: &Segment) -> Vec<f32> {
        let mut scores = Vec::with_capacity(segment.rows());
        if let (Some(encoder), Some(fitted)) = (encoder, &self.fitted) {
            let detector = fitted.model.detector();
            let mut features = encoder.segment(segment);
            let mut batch = Matrix::new(encoder.recipe().features.len());
            for from in (0..segment.rows()).step_by(BATCH) {
                let to = (from + BATCH).min(segment.rows());
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
        // Nor does one without a detector.
        scores.resize(segment.rows(), 0.5);
        scores
    }
}
