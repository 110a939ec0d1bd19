//! Query by committee: which rows do several detectors disagree on?
//!
//! A label teaches most where detectors that were fitted to the same rows say different things (Seung, Opper and
//! Sompolinsky, "Query by committee", COLT 1992). Each member has an opinion of a row: 0 while the row lies among the nine
//! of ten that the member finds least unusual, rising to 1; a vote of an ensemble that votes is an opinion as it is. A row's
//! disagreement is the standard deviation of the opinions (0 when all are of one mind, greatest when one half says 0 and the
//! other 1). Opinions, not ranks: ranks of ordinary rows are chance, and would drown what the members really dispute.
//!
//! The members are those of the ensemble in force. Where one detector is in force alone, two cheap ones that see other
//! things are fitted beside it.

use serde::{Deserialize, Serialize};

use super::ensemble::Ensemble;
use super::model::{FitOptions, Kind, Model};
use super::progress::never_cancelled;
use super::raw_scores;
use super::spread::Spread;
use crate::feature::Matrix;

/// Rows of the sample that a committee is fitted to and calibrated on.
pub const SAMPLE_ROWS: usize = 4096;
/// A disagreement of 1, in the whole numbers that disagreements are summed in: sums of these do not depend on the order.
pub const WHOLE: u32 = 1 << 16;
/// Who may sit beside a detector that is in force alone, the cheapest first.
const BESIDE: [Kind; 3] = [Kind::RobustZ, Kind::Rarity, Kind::IsolationForest];

/// What it takes to hear the opinions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Committee {
    /// The members of the ensemble in force.
    Ensemble,
    /// The detector in force, by where its unit scores lie in the sample, and others beside it.
    Beside(Spread, Vec<(Model, Spread)>),
}

/// A calibrated score ([`Spread::unit`], or a finding's) as an opinion: 0 up to 0.5, then rising to 1.
pub fn opinion(unit: f32) -> f32 {
    (2.0 * unit - 1.0).clamp(0.0, 1.0)
}

/// How far opinions of one row (each 0..=1) differ: twice their standard deviation, in parts of [`WHOLE`].
pub fn disagreement(opinions: &[f32]) -> u32 {
    let count = opinions.len().max(1) as f64;
    let mean = opinions.iter().copied().map(f64::from).sum::<f64>() / count;
    let variance =
        opinions.iter().map(|&opinion| (f64::from(opinion) - mean) * (f64::from(opinion) - mean)).sum::<f64>();
    (2.0 * (variance / count).sqrt() * f64::from(WHOLE)).round() as u32
}

/// The ensemble, where several members are in it.
fn ensemble(model: &Model) -> Option<&Ensemble> {
    if let Model::Ensemble(fitted) = model { Some(fitted).filter(|fitted| fitted.members().count() > 1) } else { None }
}

impl Committee {
    /// A committee around the detector in force, fitted to a sample of the rows.
    pub fn fit(in_force: &Model, sample: &Matrix, seed: u64) -> Option<Self> {
        if ensemble(in_force).is_some() {
            return Some(Self::Ensemble);
        }
        let detector = in_force.detector();
        let mut units = raw_scores(detector, &sample.values, &mut never_cancelled).ok()?;
        for score in &mut units {
            *score = detector.unit(*score);
        }
        let options = FitOptions { seed, ..FitOptions::default() };
        let mut others = Vec::new();
        let known = in_force.members();
        for kind in BESIDE.into_iter().filter(|kind| *kind != in_force.kind() && !known.contains(kind)).take(2) {
            let model = Model::fit(kind, sample, &options, &mut never_cancelled).ok()?;
            let scores = raw_scores(model.detector(), &sample.values, &mut never_cancelled).ok()?;
            others.push((model, Spread::of(&scores)));
        }
        Some(Self::Beside(Spread::of(&units), others))
    }

    /// The members' kinds, in the order of their opinions.
    pub fn kinds(&self, in_force: &Model) -> Vec<Kind> {
        match (self, ensemble(in_force)) {
            (Self::Ensemble, Some(fitted)) => fitted.members().map(Model::kind).collect(),
            (Self::Ensemble, None) => vec![in_force.kind()],
            (Self::Beside(_, others), _) => {
                std::iter::once(in_force.kind()).chain(others.iter().map(|(model, _)| model.kind())).collect()
            }
        }
    }

    /// Opinions of some rows, for each row as many as there are members. `units`: the rows' unit scores by the detector in
    /// force, which it may have at hand; not asked for where that is an ensemble.
    pub fn opinions(&self, in_force: &Model, rows: &Matrix, units: impl FnOnce() -> Vec<f32>) -> Vec<f32> {
        match (self, ensemble(in_force)) {
            (Self::Ensemble, Some(fitted)) => {
                let mut said = fitted.says(&rows.values);
                if !fitted.is_vote() {
                    for score in &mut said {
                        *score = opinion(*score);
                    }
                }
                said
            }
            (Self::Ensemble, None) => vec![0.0; rows.rows()],
            (Self::Beside(own, others), _) => {
                let members = others.len() + 1;
                let mut opinions = vec![0.0; members * rows.rows()];
                let mut enter = |place: usize, scores: &[f32], spread: Spread| {
                    for (slot, &score) in opinions.iter_mut().skip(place).step_by(members).zip(scores) {
                        *slot = opinion(spread.unit(score));
                    }
                };
                enter(0, &units(), *own);
                let mut scores = Vec::with_capacity(rows.rows());
                for (place, (model, spread)) in (1..).zip(others) {
                    scores.clear();
                    model.detector().raw(&rows.values, &mut scores);
                    enter(place, &scores, *spread);
                }
                opinions
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 500 rows around 10; one value is rare but near, another far off.
    fn rows() -> Matrix {
        let mut rows = Matrix::new(2);
        for row in 0..500_u16 {
            rows.push(&[10.0 + f32::from(row % 7), f32::from(row % 2)]);
        }
        rows.push(&[13.0, 2.0]);
        rows.push(&[900.0, 1.0]);
        rows
    }

    #[test]
    fn disagreement_is_greatest_between_halves() {
        assert_eq!(disagreement(&[0.0, 1.0]), WHOLE);
        assert_eq!(disagreement(&[0.0, 0.0, 1.0, 1.0]), WHOLE);
        assert_eq!(disagreement(&[0.3; 5]), 0);
        assert_eq!(disagreement(&[]), 0);
        assert!(disagreement(&[0.0, 0.0, 1.0]) > disagreement(&[0.0, 0.0, 0.5]));
        let opinions = [0.0, 0.5, 0.75, 1.0].map(|score| opinion(score).to_bits());
        assert_eq!(opinions, [0.0_f32, 0.0, 0.5, 1.0].map(f32::to_bits));
    }

    #[test]
    fn a_row_that_one_of_them_finds_odd_is_disputed() {
        let rows = rows();
        for kind in [Kind::IsolationForest, Kind::RobustZ, Kind::Knn, Kind::Ensemble, Kind::EnsembleVote] {
            let model = Model::fit(kind, &rows, &FitOptions::default(), &mut never_cancelled).unwrap();
            let committee = Committee::fit(&model, &rows, 1).unwrap();
            let kinds = committee.kinds(&model);
            assert_eq!(kinds.len(), 3, "{kind:?}");
            assert!((1..3).all(|at| !kinds[..at].contains(&kinds[at])), "{kinds:?}");
            let mut units = Vec::new();
            model.detector().score(&rows, &mut units);
            let opinions = committee.opinions(&model, &rows, || units);
            assert_eq!(opinions.len(), 3 * rows.rows());
            let disputes: Vec<u32> = opinions.chunks(3).map(disagreement).collect();
            let ordinary = disputes[..500].iter().copied().max().unwrap();
            let odd = disputes[500].max(disputes[501]);
            // Each voter calls some of the ordinary rows anomalous as well.
            assert!(
                odd > 0 && (odd > ordinary || kind == Kind::EnsembleVote && odd == ordinary),
                "{kind:?} {odd} {ordinary}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_disagreement_is_a_share_and_has_no_order(mut opinions in prop::collection::vec(0.0_f32..=1.0, 0..9)) {
            let there = disagreement(&opinions);
            prop_assert!(there <= WHOLE);
            opinions.reverse();
            prop_assert!(disagreement(&opinions).abs_diff(there) <= 1);
        }
    }
}
