//! Ensemble: several detectors as one.
//!
//! Each member's raw score becomes its upper rank p: the share of the training sample that scores at least as high. Two
//! ways to join them:
//!
//! - **calibrated** (the default): the raw score is the mean over the members of −ln p (Fisher's way to combine tests;
//!   as in Li et al., "COPOD", ICDM 2020, for features). 0.7 for a middling row, 3 for one that is in the highest twentieth
//!   for every member, without an upper bound. One member that is sure counts more than several that are not.
//! - **vote**: the raw score is the share of members that call the row anomalous, which each does for a given share of the
//!   sample (the contamination): 1 when all agree, and above 0.5 when most do.

use serde::{Deserialize, Serialize};

use super::Detector;
use super::model::Model;
use super::progress::{Cancelled, Progress, part};
use super::sample::{choose, take};
use super::spread::Spread;
use crate::feature::Matrix;

/// Rows of the sample that members are calibrated on.
const CALIBRATION_ROWS: usize = 8192;

/// How members are joined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Join {
    /// By the mean of −ln p.
    Calibrated,
    /// By the share of members that call the row anomalous, given the share of rows that each calls so.
    Vote(f64),
}

/// Fitted members with their calibration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ensemble {
    features: usize,
    members: Vec<Member>,
    join: Join,
    spread: Spread,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Member {
    model: Model,
    /// Raw scores of the calibration rows, ascending.
    scores: Vec<f32>,
}

impl Member {
    /// Share of the calibration rows that score at least as high; equal ones count half. Beyond all of them it falls on, so
    /// that rows there are told apart.
    fn upper_rank(&self, raw: f32) -> f64 {
        let count = self.scores.len().max(1) as f64;
        let lower = self.scores.partition_point(|score| score.total_cmp(&raw).is_lt());
        let equal = self.scores[lower..].partition_point(|score| score.total_cmp(&raw).is_le());
        let higher = self.scores.len() - lower - equal;
        if higher + equal > 0 {
            return (higher as f64 + (equal as f64 / 2.0).max(0.5)) / count;
        }
        let at = |share: f64| f64::from(self.scores.get(((count - 1.0) * share) as usize).copied().unwrap_or(0.0));
        let width = at(1.0) - at(0.5);
        let steps = (f64::from(raw) - at(1.0)) / if width > 0.0 { width } else { 1.0 };
        0.5 / count / (1.0 + steps.clamp(0.0, 1e6))
    }
}

impl Ensemble {
    /// Calibrates fitted members on the sample that they were fitted to.
    pub fn new(
        sample: &Matrix,
        members: Vec<Model>,
        join: Join,
        seed: u64,
        progress: &mut Progress<'_>,
    ) -> Result<Self, Cancelled> {
        let rows = take(sample, &choose(sample.rows(), CALIBRATION_ROWS, seed));
        let mut made = Self { features: sample.columns, members: Vec::new(), join, spread: Spread::of(&[]) };
        let count = members.len().max(1) as f32;
        let mut all = vec![0.0; rows.rows()];
        for (index, model) in members.into_iter().enumerate() {
            let (from, to) = (index as f32 / count, (index + 1) as f32 / count);
            let raw = super::raw_scores(model.detector(), &rows.values, &mut part(progress, from, to))?;
            let mut scores = raw.clone();
            scores.sort_unstable_by(f32::total_cmp);
            let member = Member { model, scores };
            for (sum, &raw) in all.iter_mut().zip(&raw) {
                *sum += made.say(&member, raw);
            }
            made.members.push(member);
        }
        let raw: Vec<f32> = all.iter().map(|sum| (sum / f64::from(count)) as f32).collect();
        made.spread = Spread::of(&raw);
        Ok(made)
    }

    /// What a member adds to the sum.
    fn say(&self, member: &Member, raw: f32) -> f64 {
        let rank = member.upper_rank(raw);
        match self.join {
            Join::Calibrated => -libm::log(rank),
            Join::Vote(contamination) => f64::from(u8::from(rank <= contamination)),
        }
    }
}

impl Detector for Ensemble {
    fn features(&self) -> usize {
        self.features
    }

    fn work(&self) -> usize {
        self.members.iter().map(|member| member.model.detector().work() + 100).sum()
    }

    fn raw(&self, values: &[f32], scores: &mut Vec<f32>) {
        let mut sums = vec![0.0_f64; values.len() / self.features.max(1)];
        let mut raw = Vec::with_capacity(sums.len());
        for member in &self.members {
            raw.clear();
            member.model.detector().raw(values, &mut raw);
            for (sum, &raw) in sums.iter_mut().zip(&raw) {
                *sum += self.say(member, raw);
            }
        }
        let count = self.members.len().max(1) as f64;
        scores.extend(sums.iter().map(|sum| (sum / count) as f32));
    }

    fn unit(&self, raw: f32) -> f32 {
        match self.join {
            Join::Calibrated => self.spread.unit(raw),
            Join::Vote(_) => raw.clamp(0.0, 1.0),
        }
    }

    /// The members' shares, each weighted by how abnormal the member finds the row.
    fn attribute(&self, row: &[f32]) -> Vec<f32> {
        let mut credits = vec![0.0; self.features];
        for member in &self.members {
            let detector = member.model.detector();
            let mut raw = Vec::new();
            detector.raw(row, &mut raw);
            let Some(&raw) = raw.first() else { continue };
            let weight = -libm::log(member.upper_rank(raw)) as f32;
            for (feature, share) in detector.explain(row) {
                credits[feature] += weight * share;
            }
        }
        credits
    }
}
