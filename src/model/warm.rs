//! A forest that is fitted to rows which somebody called normal, and how it gets better with the labels that it had.
//!
//! Labels come from a language model or a person. The isolation forest (Liu, Ting and Zhou 2008) sees the normal ones alone,
//! so that what is anomalous can't pass for ordinary; the anomalous ones say how far values go and where the threshold is. Three labels in ten
//! are held back: agreement and learning curve are measured on them, and on them only.

use serde::{Deserialize, Serialize};

use crate::common::hash::hash_pair;
use crate::detect::{FitOptions, Kind, Model, Progress};
use crate::feature::Matrix;
use crate::finding::evaluate::{Confusion, steps};
use crate::finding::threshold::{BINS, bin_of};

/// Fewest rows called normal that a forest is fitted to.
pub const FEWEST: usize = 16;
/// Of ten labels, how many are held back.
const HELD: u64 = 3;
/// Share of the normal rows that may be past the threshold where no label says where it is.
const PAST: f64 = 0.01;
/// Numbers of labels at which the curve is measured: these times powers of ten.
const POINTS: [usize; 3] = [20, 50, 100];

/// What is known of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Called {
    /// What its label says.
    pub anomalous: bool,
    /// What is true of it, where that is known apart from the label.
    pub truth: Option<bool>,
}

/// A point of the learning curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Labels that the forest and its threshold had.
    pub labels: u32,
    /// Predictions against the labels that were held back.
    pub held: Confusion,
    /// Predictions against the truth of these rows, as far as it is known.
    pub truth: Confusion,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warm {
    /// Rows that were called normal.
    pub normal: u32,
    /// Rows that were called anomalous.
    pub anomalous: u32,
    /// Rows that score at least this are predicted to be anomalous.
    pub threshold: f32,
    /// By number of labels, the last with all that were not held back; empty where too few are held back to tell anything.
    pub curve: Vec<Point>,
}

/// Fits a forest to the rows that are called normal, and finds its threshold. `None` with fewer than [`FEWEST`] of them, or
/// when the fit was ended. The order of the rows decides nothing but the curve.
pub fn fit(
    rows: &Matrix,
    called: &[Called],
    options: &FitOptions,
    progress: &mut Progress<'_>,
) -> Option<(Model, Warm)> {
    let all: Vec<u32> = (0..called.len().min(rows.rows()) as u32).collect();
    let (model, threshold) = fit_to(rows, called, &all, options, progress)?;
    let is_held = |row: &u32| hash_pair(u64::from(*row), options.seed) % 10 < HELD;
    let (held, mut given): (Vec<u32>, Vec<u32>) = all.iter().partition(|row| is_held(row));
    // In an order that has nothing to do with the log's: a stretch of it is no sample.
    given.sort_by_key(|row| hash_pair(u64::from(*row), options.seed ^ 1));
    let mut curve = Vec::new();
    let of_both = |rows: &[u32]| rows.iter().any(|&row| called[row as usize].anomalous);
    if of_both(&held) {
        let powers = std::iter::successors(Some(1), |power: &usize| power.checked_mul(10)).take(6);
        let counts = powers.flat_map(|power| POINTS.map(|point| point * power)).filter(|count| *count < given.len());
        let mut counts: Vec<usize> = counts.chain([given.len()]).collect();
        counts.sort_unstable();
        counts.dedup();
        for count in counts {
            let Some((model, threshold)) = fit_to(rows, called, &given[..count], options, progress) else { continue };
            let scores = score(&model, rows, &held);
            let known =
                held.iter().zip(&scores).filter_map(|(&row, &score)| Some((score, called[row as usize].truth?)));
            let (known, truth): (Vec<f32>, Vec<bool>) = known.unzip();
            let labels: Vec<bool> = held.iter().map(|&row| called[row as usize].anomalous).collect();
            curve.push(Point {
                labels: count as u32,
                held: Confusion::at(threshold, &scores, &labels),
                truth: Confusion::at(threshold, &known, &truth),
            });
        }
    }
    let anomalous = all.iter().filter(|&&row| called[row as usize].anomalous).count() as u32;
    Some((model, Warm { normal: all.len() as u32 - anomalous, anomalous, threshold, curve }))
}

/// A forest of the normal ones among some rows, and the threshold that tells these rows apart best.
fn fit_to(
    rows: &Matrix,
    called: &[Called],
    given: &[u32],
    options: &FitOptions,
    progress: &mut Progress<'_>,
) -> Option<(Model, f32)> {
    let normal = given.iter().filter(|&&row| !called[row as usize].anomalous);
    let mut sample = Matrix::new(rows.columns);
    normal.for_each(|&row| sample.push(rows.row(row as usize)));
    if sample.rows() < FEWEST || rows.columns == 0 {
        return None;
    }
    // Trees that know ordinary rows alone take what lies beyond all of them for their edge.
    let labelled =
        |column: usize| given.iter().map(move |&row| rows.row(row as usize)[column]).filter(|value| !value.is_nan());
    let largest = |column: usize| {
        options.largest.get(column).copied().flatten().into_iter().chain(labelled(column)).reduce(f32::max)
    };
    let smallest = |column: usize| {
        let ordinary = sample.values.iter().skip(column).step_by(sample.columns).copied();
        let least = ordinary.filter(|value| !value.is_nan()).reduce(f32::min)?;
        labelled(column).reduce(f32::min).filter(|smallest| *smallest < least)
    };
    let (smallest, largest) = (0..rows.columns).map(|column| (smallest(column), largest(column))).unzip();
    let options = FitOptions { smallest, largest, ..options.clone() };
    let model = Model::fit(Kind::IsolationForest, &sample, &options, progress).ok()?;
    let scores = score(&model, rows, given);
    let labels: Vec<bool> = given.iter().map(|&row| called[row as usize].anomalous).collect();
    // Rows are counted by the bins of their scores: between two of them the threshold would tell rows apart that counts do not.
    let threshold = bin_of(threshold(&scores, &labels)) as f32 / BINS as f32;
    Some((model, threshold))
}

/// The threshold of the highest F1, halfway to the score below it; where nothing is anomalous, the one that few rows pass.
fn threshold(scores: &[f32], anomalous: &[bool]) -> f32 {
    let steps = steps(scores, anomalous);
    let best = if anomalous.contains(&true) {
        // Of equals the one that calls fewer rows anomalous.
        (0..steps.len()).rev().max_by(|&a, &b| steps[a].confusion.f1().total_cmp(&steps[b].confusion.f1()))
    } else {
        let most = (PAST * scores.len() as f64) as u64;
        steps.iter().rposition(|step| step.confusion.false_positives <= most)
    };
    let at = |place: usize| steps.get(place).map(|step| step.threshold);
    match best {
        Some(place) => {
            let here = at(place).unwrap_or(1.0);
            at(place + 1).map_or(here, |below| here.midpoint(below))
        }
        // Nothing passes that the forest has seen.
        None => at(0).map_or(1.0, |highest| highest.midpoint(1.0)),
    }
}

fn score(model: &Model, rows: &Matrix, which: &[u32]) -> Vec<f32> {
    let mut batch = Matrix::new(rows.columns);
    for &row in which {
        batch.push(rows.row(row as usize));
    }
    let mut scores = Vec::with_capacity(which.len());
    model.detector().score(&batch, &mut scores);
    scores
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::never_cancelled;

    /// Rows around a point, and one in ten far away; every `wrong`th label is wrong.
    fn rows(count: usize, wrong: usize) -> (Matrix, Vec<Called>) {
        let (mut rows, mut called) = (Matrix::new(2), Vec::new());
        for row in 0..count {
            let noise = |seed| (hash_pair(row as u64, seed) % 1000) as f32 / 1000.0;
            let truth = row % 10 == 3;
            let far = if truth { 8.0 } else { 0.0 };
            rows.push(&[noise(1) + far, noise(2) - far]);
            called.push(Called { anomalous: truth != (row % wrong == 0), truth: Some(truth) });
        }
        (rows, called)
    }

    #[test]
    fn the_forest_finds_what_the_labels_say() {
        let (matrix, called) = rows(800, usize::MAX);
        let (model, warm) = fit(&matrix, &called, &FitOptions::default(), &mut never_cancelled).unwrap();
        // Row 0 is called wrongly.
        assert_eq!((warm.normal, warm.anomalous), (719, 81));
        let all: Vec<u32> = (0..800).collect();
        let truth: Vec<bool> = called.iter().map(|called| called.truth.unwrap()).collect();
        let confusion = Confusion::at(warm.threshold, &score(&model, &matrix, &all), &truth);
        assert_eq!((confusion.true_positives, confusion.false_positives), (80, 0));
        let counts: Vec<u32> = warm.curve.iter().map(|point| point.labels).collect();
        assert_eq!(counts[..4], [20, 50, 100, 200]);
        assert!(counts.is_sorted() && counts.last() > Some(&500) && counts.last() < Some(&620), "{counts:?}");
        assert!(warm.curve.last().unwrap().truth.f1() > 0.999);
    }

    #[test]
    fn what_is_anomalous_may_lie_below_or_be_infinite() {
        for odd in [-8.0, 8.0, f32::INFINITY, f32::NEG_INFINITY] {
            let (mut matrix, called) = rows(800, usize::MAX);
            for (row, called) in called.iter().enumerate() {
                let noise = (hash_pair(row as u64, 3) % 1000) as f32 / 1000.0;
                matrix.values[2 * row] = noise;
                matrix.values[2 * row + 1] = if called.truth == Some(true) { odd } else { noise };
            }
            let (_, warm) = fit(&matrix, &called, &FitOptions::default(), &mut never_cancelled).unwrap();
            assert!(warm.curve.last().unwrap().truth.f1() > 0.999, "{odd}: {:?}", warm.curve);
        }
    }

    #[test]
    fn wrong_labels_cost_agreement_and_little_of_the_truth() {
        let (matrix, called) = rows(1000, 20);
        let (_, warm) = fit(&matrix, &called, &FitOptions::default(), &mut never_cancelled).unwrap();
        let last = warm.curve.last().unwrap();
        assert!(last.truth.f1() > 0.99 && last.held.f1() < 0.9, "{last:?}");
    }

    #[test]
    fn what_can_not_be_told_is_not() {
        let (matrix, mut called) = rows(300, usize::MAX);
        let options = FitOptions::default();
        assert!(fit(&matrix, &called[..FEWEST], &options, &mut never_cancelled).is_none(), "too few are normal");
        for called in &mut called {
            called.anomalous = false;
        }
        let (model, warm) = fit(&matrix, &called, &options, &mut never_cancelled).unwrap();
        assert!(warm.curve.is_empty() && warm.anomalous == 0);
        let all: Vec<u32> = (0..300).collect();
        let past = score(&model, &matrix, &all).into_iter().filter(|score| *score >= warm.threshold).count();
        assert!(past <= 3, "{past}");
        for called in &mut called {
            called.anomalous = true;
        }
        assert!(fit(&matrix, &called, &options, &mut never_cancelled).is_none());
        assert!(fit(&Matrix::new(2), &[], &options, &mut never_cancelled).is_none());
    }

    #[test]
    fn thresholds_lie_between_rows() {
        let near = |scores: &[f32], anomalous: &[bool], wanted: f32| {
            assert!((threshold(scores, anomalous) - wanted).abs() < 1e-6, "{}", threshold(scores, anomalous));
        };
        near(&[0.9, 0.7, 0.5, 0.3], &[true, true, false, false], 0.6);
        near(&[0.9, 0.7], &[true, true], 0.7);
        near(&[0.5, 0.3], &[false, false], 0.75);
        near(&[], &[], 1.0);
    }
}
