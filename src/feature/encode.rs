//! Segments → rows of features.

use rustc_hash::FxHashMap;

use super::recipe::{Encoding, Recipe};
use super::survey::{ColumnSurvey, Survey};
use crate::record::{Column, Segment};

/// Turns the rows of segments into features. The same row gives the same features in every shard, because what depends on
/// other rows (how rare a value is) comes from the merged survey.
#[derive(Clone, Debug)]
pub struct Encoder {
    recipe: Recipe,
    survey: Survey,
}

impl Encoder {
    /// An encoder for a recipe; the survey is that of all rows.
    pub fn new(recipe: Recipe, survey: Survey) -> Self {
        Self { recipe, survey }
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The survey of all rows.
    pub fn survey(&self) -> &Survey {
        &self.survey
    }

    /// A view on one segment, with its categories' rarities looked up.
    pub fn segment<'a>(&'a self, segment: &'a Segment) -> SegmentEncoder<'a> {
        let features = self.recipe.features.iter();
        let sources = features.map(|feature| {
            let column = feature.column as usize;
            match (&segment.columns[column], &self.survey.columns[column], feature.encoding) {
                (Column::Number(values), _, Encoding::LogDuration) => Source::Duration(values),
                (Column::Number(values), _, _) => Source::Number(values),
                (Column::Level(values), _, _) => Source::Level(values),
                (Column::Category(values), ColumnSurvey::Category { counts, .. }, _) => {
                    Source::Category(&values.codes, self.rarities(&values.values, counts))
                }
                (Column::Shape(values), ColumnSurvey::Shape { .. }, _) => Source::Shape(values, FxHashMap::default()),
                _ => Source::Missing,
            }
        });
        SegmentEncoder { encoder: self, sources: sources.collect() }
    }

    /// Rarity by code; code 0 is "missing".
    fn rarities(&self, values: &[String], counts: &std::collections::BTreeMap<String, u64>) -> Vec<f32> {
        let missing = self.survey.rows - counts.values().sum::<u64>();
        let known = values.iter().map(|value| counts.get(value).copied().unwrap_or(0));
        std::iter::once(missing).chain(known).map(|rows| rarity(rows, self.survey.rows)).collect()
    }

    /// The largest value over all rows of each feature that measures rarity or severity; `None` for plain numbers.
    pub fn largest(&self) -> Vec<Option<f32>> {
        let features = self.recipe.features.iter();
        let largest = features.map(|feature| match &self.survey.columns[feature.column as usize] {
            ColumnSurvey::Level(counts) => counts.iter().rposition(|&rows| rows > 0).map(|level| level as f32),
            ColumnSurvey::Category { counts, .. } => {
                let missing = self.survey.rows - counts.values().sum::<u64>();
                let rows = counts.values().copied().chain([missing]).filter(|&rows| rows > 0).min();
                rows.map(|rows| rarity(rows, self.survey.rows))
            }
            ColumnSurvey::Shape { .. } => self.survey.shapes.least().map(|rows| rarity(rows, self.survey.rows)),
            _ => None,
        });
        largest.collect()
    }

    /// How many rows have a message of this shape (0 = no message).
    pub fn shape_rows(&self, column: usize, shape: u32) -> u64 {
        match &self.survey.columns[column] {
            ColumnSurvey::Shape { present, .. } if shape == 0 => self.survey.rows - present,
            _ => self.survey.shapes.count(shape).min(self.survey.rows),
        }
    }
}

/// −log2 of a share in whole bits, 0 for "all rows".
fn rarity(rows: u64, of: u64) -> f32 {
    let share = rows.max(1) as f64 / of.max(1) as f64;
    (-libm::log2(share)).round().max(0.0) as f32
}

enum Source<'a> {
    Missing,
    Number(&'a [f64]),
    Duration(&'a [f64]),
    Level(&'a [u8]),
    Category(&'a [u16], Vec<f32>),
    /// The rarities that were looked up already: messages repeat.
    Shape(&'a [u32], FxHashMap<u32, f32>),
}

/// The features of one segment's rows.
pub struct SegmentEncoder<'a> {
    encoder: &'a Encoder,
    sources: Vec<Source<'a>>,
}

impl SegmentEncoder<'_> {
    /// Appends the features of one row; NaN where a value is missing.
    pub fn encode(&mut self, row: usize, into: &mut Vec<f32>) {
        for (source, feature) in self.sources.iter_mut().zip(&self.encoder.recipe.features) {
            into.push(match source {
                Source::Missing => f32::NAN,
                Source::Number(values) => narrow(values[row]),
                Source::Duration(values) => narrow(libm::log1p(values[row])),
                Source::Level(values) if values[row] == 0 => f32::NAN,
                Source::Level(values) => f32::from(values[row]),
                Source::Category(codes, rarities) => codes.get(row).map_or(f32::NAN, |&code| rarities[code as usize]),
                Source::Shape(shapes, known) => {
                    let shape = shapes[row];
                    *known.entry(shape).or_insert_with(|| {
                        rarity(self.encoder.shape_rows(feature.column as usize, shape), self.encoder.survey.rows)
                    })
                }
            });
        }
    }
}

/// An f64 as f32; too large numbers become the largest one.
fn narrow(value: f64) -> f32 {
    if value.is_nan() { f32::NAN } else { value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32 }
}
