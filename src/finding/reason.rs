//! Why a row scores high, in the person's units.
//!
//! The detector says how much each feature pushed ([`crate::detect::Detector::attribute`]); the row says what its value
//! was; the reference (quantiles of the training sample, shares of categories) says what was expected.

use serde::{Deserialize, Serialize};

use crate::common::hash::hash_bytes;
use crate::common::number::{self, duration, number, share};
use crate::feature::elapsed::millis;
use crate::feature::matrix::quantile;
use crate::feature::survey::ColumnSurvey;
use crate::feature::{Encoder, Encoding, Matrix};
use crate::record::segment::NO_TEMPLATE;
use crate::record::{Column, Dataset, Level, Segment};
use crate::session::numbers::SessionNumber;

/// A reason below this share of the whole push is not told.
const LEAST_WEIGHT: f32 = 0.1;
/// A field that at most one row in so many has is told of as such.
const FEW: u64 = 50;
/// A value that a larger share of the rows has is ordinary, whatever it adds to what others say.
const ORDINARY: f64 = 0.05;
/// A number that is farther from the 98 % in the middle than these are wide is told whatever the detector says.
const FAR_OUT: f64 = 1.0;
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

/// What is said of a value that many rows have.
const BY_ITSELF: &str = "ordinary by itself";

/// The strongest reasons of one row. `credits` is the detector's attribution.
pub fn reasons(
    dataset: &Dataset,
    encoder: &Encoder,
    reference: &Reference,
    segment: &Segment,
    row: usize,
    credits: &[f32],
) -> Vec<Reason> {
    let (mut order, mut odd) = told(encoder, reference, segment, row, credits);
    // A row among others of its kind is near to them in what makes it odd, so that a detector that goes by distance does not
    // name it: what is far out is told all the same, and before anything ordinary what is out at all.
    let least = if odd { FAR_OUT } else { 0.0 };
    let mut out = beyond(encoder, reference, segment, row);
    out.retain(|&(feature, by)| by > least && !order.iter().any(|told| odd && told.0 == feature));
    if !odd && !out.is_empty() {
        (order, odd) = (Vec::new(), true);
    }
    let pushed: f32 = credits.iter().filter(|credit| **credit > 0.0).sum();
    let weight =
        |feature: usize| credits.get(feature).map_or(0.0, |credit| credit.max(0.0) / pushed.max(f32::MIN_POSITIVE));
    order.extend(out.into_iter().map(|(feature, _)| (feature, weight(feature))));
    order.truncate(MOST);
    let explain = |(feature, weight): (usize, f32)| {
        let column = encoder.recipe().features[feature].column as usize;
        let name = dataset.columns.get(column).map(|column| column.name.clone()).unwrap_or_default();
        let (value, mut expected) = describe(encoder, reference, segment, row, feature, &name);
        if !odd {
            expected = if expected.is_empty() { BY_ITSELF.to_owned() } else { format!("{expected}: {BY_ITSELF}") };
        }
        let feature = match encoder.recipe().features[feature].encoding {
            Encoding::Session(_) => encoder.recipe().features[feature].name.clone(),
            Encoding::HourSine | Encoding::HourCosine => "hour".to_owned(),
            _ => name,
        };
        Reason { feature, value, expected, weight }
    };
    order.into_iter().map(explain).collect()
}

/// The numbers of a row that are outside of the 98 % in the middle, by how many times the width of these, the farthest first.
fn beyond(encoder: &Encoder, reference: &Reference, segment: &Segment, row: usize) -> Vec<(usize, f64)> {
    let mut out: Vec<(usize, f64)> = Vec::new();
    for (place, feature) in encoder.recipe().features.iter().enumerate() {
        let value = match (segment.columns.get(feature.column as usize), feature.encoding) {
            (Some(Column::Number(values)), Encoding::Value) => values.get(row).unwrap_or(f64::NAN),
            (Some(column), Encoding::LogDuration) => libm::log1p(millis(column, segment, row)),
            _ => continue,
        };
        let Some([low, _, high]) = reference.quantiles.get(place).map(|known| known.map(f64::from)) else { continue };
        let by = (value - high).max(low - value) / (high - low).max(f64::MIN_POSITIVE);
        if by > 0.0 {
            out.push((place, by));
        }
    }
    out.sort_by(|a, b| b.1.total_cmp(&a.1));
    out
}

/// In which features a row is odd, as [`reasons`] are told, the strongest first; with each in which direction, as a number
/// that equals that of another row which is odd in the same. And whether these values are out of the ordinary by themselves,
/// and whether rows which are so in all the same ways are so for the same reasons: no number is told of them.
pub fn ways(
    encoder: &Encoder,
    reference: &Reference,
    segment: &Segment,
    row: usize,
    credits: &[f32],
) -> (Vec<(usize, u64)>, bool, bool) {
    let (order, odd) = told(encoder, reference, segment, row, credits);
    let way = |(feature, _)| (feature, direction(encoder, reference, segment, row, feature));
    let ways: Vec<(usize, u64)> = order.into_iter().map(way).collect();
    let named = |&(feature, _): &(usize, u64)| {
        matches!(
            encoder.recipe().features[feature].encoding,
            Encoding::Severity
                | Encoding::Rarity
                | Encoding::TemplateRarity
                | Encoding::OneHot
                | Encoding::Other
                | Encoding::Presence
        )
    };
    let far_out = || beyond(encoder, reference, segment, row).first().is_some_and(|&(_, by)| by > FAR_OUT);
    let alike = odd && ways.iter().all(named) && !far_out();
    (ways, odd, alike)
}

/// The features that are told, each with its share of what pushed, and whether their values are out of the ordinary.
fn told(
    encoder: &Encoder,
    reference: &Reference,
    segment: &Segment,
    row: usize,
    credits: &[f32],
) -> (Vec<(usize, f32)>, bool) {
    let mut order = strongest(&joined(encoder, credits));
    // Ordinary values push too where they seldom come together; where all are ordinary, the one that pushes most is told.
    let first = order.first().copied();
    order.retain(|&(feature, _)| !is_ordinary(encoder, reference, segment, row, feature));
    let odd = !order.is_empty();
    if !odd {
        order.extend(first);
    }
    order.truncate(MOST);
    (order, odd)
}

/// Numbers that are above the middle have this direction.
pub const ABOVE: u64 = 1;

fn direction(encoder: &Encoder, reference: &Reference, segment: &Segment, row: usize, feature: usize) -> u64 {
    let part = &encoder.recipe().features[feature];
    let median = reference.quantiles.get(feature).map_or(f64::NAN, |quantiles| f64::from(quantiles[1]));
    let above = |value: f64| if value > median { ABOVE } else { 2 + u64::from(value.is_nan()) };
    match (segment.columns.get(part.column as usize), part.encoding) {
        (Some(Column::Number(values)), Encoding::Presence) => {
            u64::from(values.get(row).is_some_and(|value| !value.is_nan()))
        }
        (Some(_), Encoding::Elapsed) => ABOVE,
        (Some(column), Encoding::LogDuration) => above(libm::log1p(millis(column, segment, row))),
        (Some(Column::Number(values)), _) => above(values.get(row).unwrap_or(f64::NAN)),
        (Some(Column::Level(levels)), _) => levels.get(row).map_or(0, |&level| u64::from(level)),
        (Some(Column::Category(values)), _) => values.value(row).map_or(0, |value| hash_bytes(value.as_bytes())),
        _ => 0,
    }
}

/// The features that pushed, the strongest first, each with its share of all that did.
fn strongest(credits: &[f32]) -> Vec<(usize, f32)> {
    let pushed: f32 = credits.iter().filter(|credit| **credit > 0.0).sum();
    if pushed <= 0.0 {
        return Vec::new();
    }
    let mut order: Vec<(usize, f32)> = credits.iter().map(|credit| credit / pushed).enumerate().collect();
    order.retain(|&(_, weight)| weight >= LEAST_WEIGHT);
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order
}

/// The credits with those of one category, or of the hour, in one place: a person sees one field.
fn joined(encoder: &Encoder, credits: &[f32]) -> Vec<f32> {
    let mut joined = vec![0.0; credits.len()];
    let mut before: Option<(u32, usize)> = None;
    for (place, (feature, credit)) in encoder.recipe().features.iter().zip(credits).enumerate() {
        let is_part =
            matches!(feature.encoding, Encoding::OneHot | Encoding::Other | Encoding::HourSine | Encoding::HourCosine);
        let into = match before {
            Some((column, first)) if is_part && column == feature.column => first,
            _ => place,
        };
        joined[into] += credit;
        before = is_part.then_some((feature.column, into));
    }
    joined
}

/// Whether many rows have what this one has: its category, its level, its template, or a number within the 98 % in the
/// middle.
fn is_ordinary(encoder: &Encoder, reference: &Reference, segment: &Segment, row: usize, feature: usize) -> bool {
    let survey = encoder.survey();
    let part = &encoder.recipe().features[feature];
    let index = part.column as usize;
    let many = |count: u64| count as f64 > ORDINARY * survey.rows as f64;
    let [low, _, high] = reference.quantiles.get(feature).copied().unwrap_or([f32::NAN; 3]).map(f64::from);
    let inside = |value: f64| low <= value && value <= high;
    match (segment.columns.get(index), part.encoding, survey.columns.get(index)) {
        (Some(Column::Number(_)), Encoding::Presence, _) => false,
        (Some(column), Encoding::LogDuration, _) => inside(libm::log1p(millis(column, segment, row))),
        (Some(column), Encoding::Elapsed, _) => encoder.elapsed().of_row(column, segment, row) <= 0.0,
        (Some(Column::Number(values)), _, _) => inside(values.get(row).unwrap_or(f64::NAN)),
        (Some(Column::Level(values)), _, Some(ColumnSurvey::Level(counts))) => {
            values.get(row).and_then(|&level| counts.get(usize::from(level))).is_some_and(|&count| many(count))
        }
        (Some(Column::Category(values)), _, Some(ColumnSurvey::Category { counts, .. })) => {
            values.value(row).and_then(|value| counts.get(value)).is_some_and(|&count| many(count))
        }
        (Some(Column::Shape(_)), _, _) => {
            let template = segment.templates.get(row).copied().filter(|&template| template != NO_TEMPLATE);
            many(encoder.template_rows(template))
        }
        _ => false,
    }
}

/// A row's value of a feature, and what was expected. `name`: the column's.
fn describe(
    encoder: &Encoder,
    reference: &Reference,
    segment: &Segment,
    row: usize,
    feature: usize,
    name: &str,
) -> (String, String) {
    let survey = encoder.survey();
    let part = &encoder.recipe().features[feature];
    let index = part.column as usize;
    let rows = survey.rows;
    // In a model these are the rows that it was fitted to.
    let seen = |count: u64| match count {
        0 => "not seen before".to_owned(),
        1 => "seen once".to_owned(),
        count => format!("seen in {} rows, {}", number::count(count), share(count, rows)),
    };
    let [low, median, high] = reference.quantiles.get(feature).copied().unwrap_or([f32::NAN; 3]).map(f64::from);
    let middle = |shown: &dyn Fn(f64) -> String| {
        format!("median {}, 98 % between {} and {}", shown(median), shown(low), shown(high))
    };
    let lasted = || middle(&|log| duration(libm::expm1(log)));
    let Some(column) = segment.columns.get(index) else { return ("missing".into(), "known to the model".into()) };
    match (column, part.encoding) {
        (Column::Number(values), Encoding::Presence) => {
            let has = values.get(row).is_some_and(|value| !value.is_nan());
            let present = match survey.columns.get(index) {
                Some(ColumnSurvey::Number { present, .. }) => *present,
                _ => 0,
            };
            let of = if has { present } else { rows.saturating_sub(present) };
            let value = text_or_none(values.get(row).unwrap_or(f64::NAN), number);
            (value, format!("{} {name}, as {} of rows do", if has { "has" } else { "lacks" }, share(of, rows)))
        }
        (column, Encoding::LogDuration) => (text_or_none(millis(column, segment, row), duration), lasted()),
        (column, Encoding::Elapsed) => {
            let template = segment.templates.get(row).copied().unwrap_or(NO_TEMPLATE);
            let usual = encoder.elapsed().expected(template).map(|(expected, own)| {
                let of = if own { "for its kind of message" } else { "over all rows" };
                format!(
                    "median {}, usual up to {} {of}",
                    duration(libm::exp(expected.median)),
                    duration(expected.range().1)
                )
            });
            (text_or_none(millis(column, segment, row), duration), usual.unwrap_or_default())
        }
        (Column::Time(times), _) => {
            let hour = (times.get(row).unwrap_or_default().div_euclid(3_600_000_000_000)).rem_euclid(24);
            (format!("{hour}:00 to {hour}:59"), "an hour that is seldom so".to_owned())
        }
        (Column::Id(keys), Encoding::Session(which)) => {
            let value = f64::from(encoder.session_number(keys.get(row).unwrap_or(0), which));
            let shown = |log: f64| {
                let value = libm::expm1(log);
                if which == SessionNumber::Length { duration(value) } else { number(libm::round(value)) }
            };
            (text_or_none(value, shown), middle(&shown))
        }
        (Column::Number(values), _) => (text_or_none(values.get(row).unwrap_or(f64::NAN), number), middle(&number)),
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
            let has = match &survey.columns[index] {
                ColumnSurvey::Category { counts, .. } => counts.values().sum(),
                _ => 0,
            };
            // That there is a value says more than which.
            if value.is_some() && has * FEW <= rows && part.encoding == Encoding::Rarity {
                return (
                    value.unwrap_or_default().to_owned(),
                    format!("has {name}, as {} of rows do", share(has, rows)),
                );
            }
            let count = match (&survey.columns[index], value) {
                (ColumnSurvey::Category { counts, .. }, Some(value)) => counts.get(value).copied().unwrap_or(0),
                (ColumnSurvey::Category { counts, .. }, None) => rows.saturating_sub(counts.values().sum::<u64>()),
                _ => 0,
            };
            (value.unwrap_or("missing").to_owned(), seen(count))
        }
        (Column::Shape(_), _) => {
            let template = segment.templates.get(row).copied().filter(|&template| template != NO_TEMPLATE);
            let text = if template.is_none() { "missing" } else { "of this template" };
            (text.to_owned(), seen(encoder.template_rows(template)))
        }
        _ => (String::new(), String::new()),
    }
}

fn text_or_none(value: f64, text: impl Fn(f64) -> String) -> String {
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
