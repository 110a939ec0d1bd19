//! Templates that behave unlike all others, though no single row of theirs does: an isolation forest over the statistics of
//! the templates.

use serde::{Deserialize, Serialize};

use crate::baseline::{Baselines, Clock};
use crate::detect::{Detector, ForestParams, IsolationForest, never_cancelled};
use crate::feature::Matrix;

/// Rows that a template needs to have statistics.
const LEAST_ROWS: u64 = 5;
/// Templates that there must be for one to be unlike the others.
const LEAST_TEMPLATES: usize = 10;
/// Score from which a template is unusual. 0.5 is an ordinary score of a forest, 1 the highest.
const LEAST_SCORE: f32 = 0.65;
/// Most templates that are told.
const MOST: usize = 5;
/// Strength of the highest score.
const STRONGEST: f64 = 2.0;

/// The names of the statistics.
pub const STATISTICS: [&str; 6] =
    ["number of rows", "typical duration", "spread of durations", "95 % duration", "share of problems", "evenness"];

/// A template that behaves unlike all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unusual {
    /// See [`crate::common::tail`].
    pub strength: f64,
    /// The template.
    pub template: u32,
    /// The forest's score, 0..=1.
    pub score: f32,
    /// The statistics that set it apart, strongest first, by [`STATISTICS`].
    pub because: Vec<usize>,
}

/// The templates that behave unlike all others, strongest first.
#[inline(never)]
pub fn unusual(baselines: &Baselines, clock: Option<Clock>, seed: u64) -> Vec<Unusual> {
    let counted: Vec<usize> =
        (0..baselines.templates.len()).filter(|&index| baselines.templates[index].rows >= LEAST_ROWS).collect();
    if counted.len() < LEAST_TEMPLATES {
        return Vec::new();
    }
    let mut matrix = Matrix::new(STATISTICS.len());
    for &index in &counted {
        let stats = &baselines.templates[index];
        let durations = &stats.durations;
        let or_nan = |value: Option<f64>| value.map_or(f32::NAN, |value| value as f32);
        let median = durations.log_quantile(0.5);
        let high = durations.log_quantile(0.95);
        // Bins with rows, of those that so many rows would reach if they came evenly.
        let evenness = clock.map(|clock| {
            let bins = clock.bins() as f64;
            stats.rate.occupied() as f64 / (bins * -libm::expm1(-(stats.rows as f64) / bins))
        });
        matrix.push(&[
            libm::log(stats.rows as f64) as f32,
            or_nan(median),
            or_nan(stats.expected().map(|expected| expected.spread)),
            or_nan(median.zip(high).map(|(median, high)| high - median)),
            stats.problems() as f32 / stats.rows as f32,
            or_nan(evenness),
        ]);
    }
    let params = ForestParams { trees: 100, subsample: 256, seed };
    let Ok(forest) = IsolationForest::fit(&matrix, params, [&[]; 2], &mut never_cancelled) else { return Vec::new() };
    let mut scores = Vec::new();
    forest.score(&matrix, &mut scores);
    let mut found: Vec<Unusual> = counted
        .iter()
        .zip(&scores)
        .enumerate()
        .filter(|(_, (_, score))| **score >= LEAST_SCORE)
        .map(|(row, (&template, &score))| {
            let credits = forest.attribute(matrix.row(row));
            let mut because: Vec<usize> = (0..credits.len()).filter(|&place| credits[place] > 0.0).collect();
            because.sort_by(|&a, &b| credits[b].total_cmp(&credits[a]).then(a.cmp(&b)));
            because.truncate(2);
            let strength = STRONGEST * f64::from((score - 0.5) / 0.5);
            Unusual { strength, template: template as u32, score, because }
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.template.cmp(&b.template)));
    found.truncate(MOST);
    found
}
