//! Ensemble: several detectors as one.
//!
//! Each member's raw score is put on one scale by its [`Spread`] over the training sample: 0.5 at the score that nine of ten
//! rows stay below, rising to 1. (Kriegel, Kröger, Schubert and Zimek, "Interpreting and unifying outlier scores", SDM
//! 2011, say why: raw scales can't be compared, and ranks forget by how much a row stands out.) Two ways to join them:
//!
//! - **calibrated** (the default): the raw score is the mean of the two highest members' scores, 0..=1. A row must stand out
//!   for two members, whichever they are: one that is blind to what is wrong with the row does not hide it, and one that is
//!   wrong alone does not raise it.
//! - **vote**: the raw score is the share of members that call the row anomalous, which each does for a given share of the
//!   sample (the contamination): 1 when all agree, and above 0.5 when most do.

use serde::{Deserialize, Deserializer, Serialize};

use super::model::{Kind, Model};
use super::progress::{Cancelled, Progress, part};
use super::sample::{choose, take};
use super::spread::Spread;
use super::{Autoencoder, Detector, IsolationForest, Knn, LocalOutlierFactor, OneClassSvm, Rarity, RobustZ};
use crate::common::extreme::{larger, smaller};
use crate::feature::Matrix;

/// Rows of the sample that members are calibrated on.
const CALIBRATION_ROWS: usize = 8192;

/// How members are joined.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Join {
    /// By the mean of the two highest.
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
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Member {
    #[serde(deserialize_with = "alone")]
    model: Model,
    spread: Spread,
    /// From this raw score on the member calls a row anomalous.
    threshold: f32,
}

/// A model that is no ensemble, in the form of [`Model`]: files must not nest.
#[derive(Deserialize)]
enum Alone {
    IsolationForest(IsolationForest),
    OneClassSvm(OneClassSvm),
    Lof(LocalOutlierFactor),
    Knn(Knn),
    Autoencoder(Autoencoder),
    RobustZ(RobustZ),
    Rarity(Rarity),
}

fn alone<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Model, D::Error> {
    Ok(match Alone::deserialize(deserializer)? {
        Alone::IsolationForest(fitted) => Model::IsolationForest(fitted),
        Alone::OneClassSvm(fitted) => Model::OneClassSvm(fitted),
        Alone::Lof(fitted) => Model::Lof(fitted),
        Alone::Knn(fitted) => Model::Knn(fitted),
        Alone::Autoencoder(fitted) => Model::Autoencoder(fitted),
        Alone::RobustZ(fitted) => Model::RobustZ(fitted),
        Alone::Rarity(fitted) => Model::Rarity(fitted),
    })
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
        let count = members.len().max(1) as f32;
        let mut calibrated = Vec::with_capacity(members.len());
        for (index, model) in members.into_iter().enumerate() {
            let (from, to) = (index as f32 / count, (index + 1) as f32 / count);
            let mut scores = super::raw_scores(model.detector(), &rows.values, &mut part(progress, from, to))?;
            let spread = Spread::of(&scores);
            scores.sort_unstable_by(|a, b| b.total_cmp(a));
            let called = match join {
                Join::Calibrated => 0,
                Join::Vote(contamination) => (scores.len() as f64 * contamination.clamp(0.0, 1.0)) as usize,
            };
            // Rows that score like the last one that is called are called too, unless that is most of them, or all.
            let most = (2 * called.max(1)).min(scores.len().saturating_sub(1));
            let threshold = match scores.get(called.saturating_sub(1)) {
                Some(&last) if scores.partition_point(|&score| score >= last) <= most => last,
                Some(&last) => {
                    let above = scores.partition_point(|&score| score > last);
                    above.checked_sub(1).map_or(f32::INFINITY, |place| scores[place])
                }
                None => f32::INFINITY,
            };
            calibrated.push(Member { model, spread, threshold });
        }
        Ok(Self { features: sample.columns, members: calibrated, join })
    }

    /// Whether members vote.
    pub fn is_vote(&self) -> bool {
        matches!(self.join, Join::Vote(_))
    }

    /// The members.
    pub fn members(&self) -> impl Iterator<Item = &Model> {
        self.members.iter().map(|member| &member.model)
    }

    /// What each member says of one row: its raw score, and what of it is joined, 0..=1.
    pub fn said(&self, row: &[f32]) -> Vec<(Kind, f32, f32)> {
        let said = |member: &Member| {
            let mut raw = Vec::new();
            member.model.detector().raw(row, &mut raw);
            raw.first().map(|&raw| (member.model.kind(), raw, self.say(member, raw)))
        };
        self.members.iter().filter_map(said).collect()
    }

    /// What each member says of some rows: for each row as many scores (0..=1) as there are members.
    pub fn says(&self, values: &[f32]) -> Vec<f32> {
        let rows = values.len() / self.features.max(1);
        let mut said = vec![0.0; self.members.len() * rows];
        let mut raw = Vec::with_capacity(rows);
        for (index, member) in self.members.iter().enumerate() {
            raw.clear();
            member.model.detector().raw(values, &mut raw);
            for (row, &raw) in raw.iter().enumerate() {
                said[row * self.members.len() + index] = self.say(member, raw);
            }
        }
        said
    }

    /// What a member says of its raw score.
    fn say(&self, member: &Member, raw: f32) -> f32 {
        match self.join {
            Join::Calibrated => member.spread.unit(raw),
            Join::Vote(_) => f32::from(u8::from(raw >= member.threshold)),
        }
    }

    /// Joins what the members say of one row.
    fn join(&self, said: impl Iterator<Item = f32>) -> f32 {
        match self.join {
            Join::Calibrated => {
                let (mut first, mut second) = (0.0_f32, 0.0_f32);
                for score in said {
                    second = larger(second, smaller(score, first));
                    first = larger(first, score);
                }
                if self.members.len() > 1 { f32::midpoint(first, second) } else { first }
            }
            Join::Vote(_) => said.sum::<f32>() / self.members.len().max(1) as f32,
        }
    }
}

impl Detector for Ensemble {
    fn features(&self) -> usize {
        self.features
    }

    fn work(&self) -> usize {
        self.members.iter().map(|member| member.model.detector().work()).sum()
    }

    fn raw(&self, values: &[f32], scores: &mut Vec<f32>) {
        let said = self.says(values);
        scores.extend(said.chunks_exact(self.members.len().max(1)).map(|said| self.join(said.iter().copied())));
    }

    fn is_sound(&self) -> bool {
        self.members.iter().all(|member| {
            let detector = member.model.detector();
            detector.features() == self.features && detector.is_sound()
        })
    }

    /// It is in 0..=1 already.
    fn unit(&self, raw: f32) -> f32 {
        raw
    }

    /// The shares that the members give, each member's weighted by how abnormal it finds the row.
    fn attribute(&self, row: &[f32]) -> Vec<f32> {
        let mut credits = vec![0.0; self.features];
        for member in &self.members {
            let detector = member.model.detector();
            let mut raw = Vec::new();
            detector.raw(row, &mut raw);
            let Some(&raw) = raw.first() else { continue };
            let weight = member.spread.unit(raw);
            for (feature, share) in detector.explain(row) {
                credits[feature] += weight * share;
            }
        }
        credits
    }
}
