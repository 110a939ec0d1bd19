//! Why a row scores high, in the person's units.
//!
//! The detector says how much each feature pushed ([`crate::detect::Detector::attribute`]); the row says what its value
//! was; the reference (quantiles of the training sample, shares of categories) says what was expected.

use serde::{Deserialize, Serialize};

use crate::common::number::{self, duration, number, share};
use crate::feature::matrix::quantile;
use crate::feature::survey::ColumnSurvey;
use crate::feature::{Encoder, Encoding, Matrix};
use crate::record::{Column, Dataset, Level, Segment};

/// A reason below this share of the whole push is not told.
const LEAST_WEIGHT: f32 = 0.1;
/// Most reasons told of one row.
const MOST: usize = 4;

/// Why a row scores high: one feature's part in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// The feature's name, as the feature recipe documents it.
    pub feature: String,
    /// The row's value in the person's units, such as `5,200 ms` or `FATAL`.
    pub value: String,
    /// What was expected, such as `median 12 ms, 99 % below 310 ms` or `seen in 4 rows, 0.02 %`.
    pub expected: String,
    /// This feature's share of all that pushed the score up, 0..=1.
    pub weight: f32,
}

/// Quantiles of each feature in the training sample, for "what was expected".
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Reference {
    /// 1 %, 50 % and 99 % quantile by feature; NaN without values.
    pub quantiles: Vec<[f32; 3]>,
}

impl Reference {
    /// The quantiles of a sample.
    pub fn of(sample: &Matrix) -> Self {
        let quantiles = (0..sample.columns).map(|column| {
            let sorted = sample.sorted_column(column);
            [0.01, 0.5, 0.99].map(|share| quantile(&sorted, share))
        });
        Self { quantiles: quantiles.collect() }
    }
}

/// The strongest reasons of one row. `credits` is the detector's attribution.
pub fn reasons(
    dataset: &Dataset,
    encoder: &Encoder,
    reference: &Reference,
    segment: &Segment,
    row: usize,
    credits: &[f32],
) -> Vec<Reason> {
    let pushed: f32 = credits.iter().filter(|credit| **credit > 0.0).sum();
    if pushed <= 0.0 {
        return Vec::new();
    }
    let mut order: Vec<usize> =
        (0..credits.len()).filter(|&feature| credits[feature] / pushed >= LEAST_WEIGHT).collect();
    order.sort_by(|&a, &b| credits[b].total_cmp(&credits[a]).then(a.cmp(&b)));
    order.truncate(MOST);
    let explain = |feature: usize| {
        let (value, expected) = describe(encoder, reference, segment, row, feature);
        let column = encoder.recipe().features[feature].column as usize;
        Reason { feature: dataset.columns[column].name.clone(), value, expected, weight: credits[feature] / pushed }
    };
    order.into_iter().map(explain).collect()
}

/// A row's value of a feature, and what was expected.
fn describe(
    encoder: &Encoder,
    reference: &Reference,
    segment: &Segment,
    row: usize,
    feature: usize,
) -> (String, String) {
    let survey = encoder.survey();
    let part = &encoder.recipe().features[feature];
    let index = part.column as usize;
    let rows = survey.rows;
    let seen = |count: u64| match count {
        1 => "seen once".to_owned(),
        count => format!("seen in {} rows, {}", number::count(count), share(count, rows)),
    };
    match (&segment.columns[index], part.encoding) {
        (Column::Number(values), Encoding::LogDuration) => {
            let millis = |log: f32| libm::expm1(f64::from(log));
            let [_, median, high] = reference.quantiles[feature];
            (
                text_or_none(values[row], duration),
                format!("median {}, 99 % within {}", duration(millis(median)), duration(millis(high))),
            )
        }
        (Column::Number(values), _) => {
            let [low, median, high] = reference.quantiles[feature].map(f64::from);
            (
                text_or_none(values[row], number),
                format!("median {}, 98 % between {} and {}", number(median), number(low), number(high)),
            )
        }
        (Column::Level(values), _) => {
            let level = Level::from_u8(values[row]);
            let count = match &survey.columns[index] {
                ColumnSurvey::Level(counts) => counts[values[row] as usize],
                _ => 0,
            };
            (level.name().to_owned(), seen(count))
        }
        (Column::Category(values), _) => {
            let value = values.value(row);
            let count = match (&survey.columns[index], value) {
                (ColumnSurvey::Category { counts, .. }, Some(value)) => counts.get(value).copied().unwrap_or(0),
                (ColumnSurvey::Category { counts, .. }, None) => rows - counts.values().sum::<u64>(),
                _ => 0,
            };
            (value.unwrap_or("missing").to_owned(), seen(count))
        }
        (Column::Shape(values), _) => {
            let count = encoder.shape_rows(index, values[row]);
            (if values[row] == 0 { "missing" } else { "of this shape" }.to_owned(), seen(count))
        }
        _ => (String::new(), String::new()),
    }
}

fn text_or_none(value: f64, text: fn(f64) -> String) -> String {
    if value.is_nan() { "missing".to_owned() } else { text(value) }
}

/// One sentence of all reasons.
pub fn sentence(reasons: &[Reason]) -> String {
    if reasons.is_empty() {
        return "no single field stands out".to_owned();
    }
    let parts = reasons.iter().map(|reason| format!("{} {} ({})", reason.feature, reason.value, reason.expected));
    parts.collect::<Vec<_>>().join("; ")
}
