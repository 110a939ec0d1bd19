//! Templates that behave unlike all others, though no single row of theirs does: an isolation forest over the statistics of
//! the templates.

use serde::{Deserialize, Serialize};

use crate::baseline::{Baselines, Clock};
use crate::common::number::{count, duration, share};
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

/// The statistics of a template, in the order of the features.
const STATISTICS: [Statistic; 6] =
    [Statistic::Rows, Statistic::Typical, Statistic::Spread, Statistic::High, Statistic::Problems, Statistic::Evenness];

/// What is known of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Statistic {
    /// Logarithm of its number of rows.
    Rows,
    /// Logarithm of the median of its durations in milliseconds.
    Typical,
    /// Robust standard deviation of the logarithms of its durations.
    Spread,
    /// Logarithm of how many times the median the 95 % quantile of its durations is.
    High,
    /// Share of its rows that are problems, 0..=1.
    Problems,
    /// Bins of time with rows, of those that so many rows would reach if they came evenly.
    Evenness,
}

impl Statistic {
    /// As shown to a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rows => "number of rows",
            Self::Typical => "typical duration",
            Self::Spread => "spread of durations",
            Self::High => "95 % duration",
            Self::Problems => "share of problems",
            Self::Evenness => "evenness over time",
        }
    }

    /// A value in the person's units; not a number is none.
    pub fn figure(self, value: f64) -> String {
        match self {
            _ if value.is_nan() => "none".to_owned(),
            Self::Rows => count(libm::exp(value).round() as u64),
            Self::Typical => duration(libm::exp(value)),
            Self::Spread => format!("by a factor of {:.1}", libm::exp(value)),
            Self::High => format!("{:.1} times the typical one", libm::exp(value)),
            Self::Problems => share((value * 1e6).round() as u64, 1_000_000),
            Self::Evenness => format!("{value:.2}"),
        }
    }
}

/// A statistic that sets a template apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Because {
    /// Which.
    pub statistic: Statistic,
    /// Its value.
    pub value: f64,
    /// The median of all templates that have one.
    pub usual: f64,
}

/// A template that behaves unlike all others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unusual {
    /// See [`crate::common::tail`].
    pub strength: f64,
    /// The template.
    pub template: u32,
    /// The forest's score, 0..=1.
    pub score: f32,
    /// What sets it apart, strongest first.
    pub because: Vec<Because>,
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
    let mut all = Vec::new();
    for &index in &counted {
        let stats = &baselines.templates[index];
        let durations = &stats.durations;
        let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
        let median = durations.log_quantile(0.5);
        let high = durations.log_quantile(0.95);
        let evenness = clock.map(|clock| {
            let bins = clock.bins() as f64;
            stats.rate.occupied() as f64 / (bins * -libm::expm1(-(stats.rows as f64) / bins))
        });
        let row = [
            libm::log(stats.rows as f64),
            or_nan(median),
            or_nan(stats.expected().map(|expected| expected.spread)),
            or_nan(median.zip(high).map(|(median, high)| high - median)),
            stats.problems() as f64 / stats.rows as f64,
            or_nan(evenness),
        ];
        matrix.push(&row.map(|value| value as f32));
        all.push(row);
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
            let because = because.into_iter().map(|place| Because {
                statistic: STATISTICS[place],
                value: all[row][place],
                usual: median(all.iter().map(|row| row[place])),
            });
            let because = because.collect();
            let strength = STRONGEST * f64::from((score - 0.5) / 0.5);
            Unusual { strength, template: template as u32, score, because }
        })
        .collect();
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.template.cmp(&b.template)));
    found.truncate(MOST);
    found
}

/// The median of those that are numbers; not a number where none is.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.filter(|value| !value.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
