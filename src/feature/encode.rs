//! Segments → rows of features.

use std::collections::BTreeMap;
use std::ops::Range;

use super::elapsed::Elapsed;
use super::recipe::{Encoding, Feature, Recipe};
use super::survey::{ColumnSurvey, Survey};
use crate::record::column::NO_TIME;
use crate::record::packed::{Ids, Numbers, Times};
use crate::record::{Column, Segment};
use crate::session::SessionNumbers;
use crate::session::numbers::SessionNumber;

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// Turns the rows of segments into features. The same row gives the same features in every shard, because what depends on
/// other rows (how rare a value is) comes from the merged survey.
#[derive(Clone, Debug)]
pub struct Encoder {
    recipe: Recipe,
    survey: Survey,
    /// Rows of each template.
    templates: Vec<u64>,
    /// Rarity of each template, and last of having none.
    rarities: Vec<f32>,
    sessions: SessionNumbers,
    elapsed: Elapsed,
}

impl Encoder {
    /// An encoder for a recipe; the survey is that of all rows, as are the rows of each template. (In a model these are the
    /// rows that it was fitted to.)
    pub fn new(recipe: Recipe, survey: Survey, templates: Vec<u64>) -> Self {
        let (sessions, elapsed) = (SessionNumbers::default(), Elapsed::default());
        let mut encoder = Self { recipe, survey, templates, rarities: Vec::new(), sessions, elapsed };
        let none = encoder.template_rows(None);
        let all = encoder.templates.iter().copied().chain([none]);
        encoder.rarities = all.map(|rows| rarity(rows, encoder.survey.rows)).collect();
        encoder
    }

    /// The same rows by another recipe.
    #[must_use]
    pub fn with_recipe(&self, recipe: Recipe) -> Self {
        Self { recipe, ..self.clone() }
    }

    /// Takes the numbers of all sessions, for features of them.
    pub fn set_sessions(&mut self, sessions: SessionNumbers) {
        self.sessions = sessions;
    }

    /// Takes what is ordinary for durations.
    pub fn set_elapsed(&mut self, elapsed: Elapsed) {
        self.elapsed = elapsed;
    }

    /// What is ordinary for durations.
    pub fn elapsed(&self) -> &Elapsed {
        &self.elapsed
    }

    /// The recipe.
    pub fn recipe(&self) -> &Recipe {
        &self.recipe
    }

    /// The survey of all rows.
    pub fn survey(&self) -> &Survey {
        &self.survey
    }

    /// A view on one segment, with its categories looked up.
    pub fn segment<'a>(&'a self, segment: &'a Segment) -> SegmentEncoder<'a> {
        SegmentEncoder { sources: self.recipe.features.iter().map(|feature| self.source(feature, segment)).collect() }
    }

    fn source<'a>(&'a self, feature: &Feature, segment: &'a Segment) -> Source<'a> {
        let column = feature.column as usize;
        let (Some(values), Some(held)) = (segment.columns.get(column), self.survey.columns.get(column)) else {
            return Source::Missing;
        };
        match (values, held, feature.encoding) {
            (Column::Number(values), _, Encoding::LogDuration) => Source::Duration(values),
            (Column::Shape(_), _, Encoding::LogDuration) => Source::TextDuration(&segment.durations),
            (Column::Number(_) | Column::Shape(_), _, Encoding::Elapsed) => {
                Source::Elapsed(values, segment, &self.elapsed)
            }
            (Column::Number(values), _, Encoding::Value) => Source::Number(values),
            (Column::Number(values), ColumnSurvey::Number { present, .. }, Encoding::Presence) => {
                Source::Presence(values, self.presence_rarities(*present))
            }
            (Column::Level(values), _, Encoding::Severity) => Source::Level(values),
            (Column::Category(values), ColumnSurvey::Category { counts, .. }, Encoding::Rarity) => {
                Source::Category(&values.codes, self.category_rarities(&values.values, counts))
            }
            (Column::Category(values), _, Encoding::OneHot) => {
                let is = |value: &String| f32::from(u8::from(*value == feature.value));
                Source::Category(&values.codes, std::iter::once(0.0).chain(values.values.iter().map(is)).collect())
            }
            (Column::Category(values), _, Encoding::Other) => {
                let has_own = |value: &String| {
                    let features = self.recipe.features.iter().filter(|other| other.column == feature.column);
                    features.filter(|other| other.encoding == Encoding::OneHot).any(|other| other.value == *value)
                };
                let is = |value: &String| f32::from(u8::from(!has_own(value)));
                Source::Category(&values.codes, std::iter::once(0.0).chain(values.values.iter().map(is)).collect())
            }
            (Column::Shape(_), _, Encoding::TemplateRarity) => Source::Template(&segment.templates, &self.rarities),
            (Column::Time(values), _, Encoding::HourSine) => Source::Hour(values, libm::sin),
            (Column::Time(values), _, Encoding::HourCosine) => Source::Hour(values, libm::cos),
            (Column::Id(keys), _, Encoding::Session(number)) => Source::Session(keys, number, &self.sessions),
            _ => Source::Missing,
        }
    }

    /// Rarity of having no value, and of having one.
    fn presence_rarities(&self, present: u64) -> [f32; 2] {
        [self.survey.rows.saturating_sub(present), present].map(|rows| rarity(rows, self.survey.rows))
    }

    /// Rarity by code; code 0 is "missing".
    fn category_rarities(&self, values: &[String], counts: &BTreeMap<String, u64>) -> Vec<f32> {
        let missing = self.survey.rows.saturating_sub(counts.values().sum::<u64>());
        let known = values.iter().map(|value| counts.get(value).copied().unwrap_or(0));
        std::iter::once(missing).chain(known).map(|rows| rarity(rows, self.survey.rows)).collect()
    }

    /// The largest value over all rows of each feature that measures rarity or severity or is 0 or 1; `None` for plain
    /// numbers.
    pub fn largest(&self) -> Vec<Option<f32>> {
        let features = self.recipe.features.iter();
        let largest =
            features.map(|feature| match (self.survey.columns.get(feature.column as usize)?, feature.encoding) {
                (ColumnSurvey::Level(counts), _) => counts.iter().rposition(|&rows| rows > 0).map(|level| level as f32),
                (ColumnSurvey::Category { .. }, Encoding::OneHot | Encoding::Other) => Some(1.0),
                (ColumnSurvey::Number { present, .. }, Encoding::Presence) => {
                    self.presence_rarities(*present).into_iter().reduce(f32::max)
                }
                (ColumnSurvey::Category { counts, .. }, _) => {
                    let missing = self.survey.rows.saturating_sub(counts.values().sum::<u64>());
                    let rows = counts.values().copied().chain([missing]).filter(|&rows| rows > 0).min();
                    rows.map(|rows| rarity(rows, self.survey.rows))
                }
                (ColumnSurvey::Shape { .. }, Encoding::TemplateRarity) => {
                    let rows = self.templates.iter().copied().chain([self.template_rows(None)]);
                    rows.filter(|&rows| rows > 0).min().map(|rows| rarity(rows, self.survey.rows))
                }
                _ => None,
            });
        largest.collect()
    }

    /// What each feature of a category is for a value that no row has, as rows of other files may; `None` for the others.
    pub fn unseen(&self) -> Vec<Option<f32>> {
        let unseen = |feature: &Feature| match (self.survey.columns.get(feature.column as usize)?, feature.encoding) {
            (ColumnSurvey::Category { .. }, Encoding::Rarity) => Some(rarity(0, self.survey.rows)),
            (ColumnSurvey::Category { .. }, Encoding::Other) => Some(1.0),
            _ => None,
        };
        self.recipe.features.iter().map(unseen).collect()
    }

    /// How many rows have a template, or none.
    pub fn template_rows(&self, template: Option<u32>) -> u64 {
        match template {
            Some(template) => self.templates.get(template as usize).copied().unwrap_or(0),
            None => self.survey.rows.saturating_sub(self.templates.iter().sum()),
        }
    }

    /// A number of a session, as it is in the features.
    pub fn session_number(&self, key: u64, number: SessionNumber) -> f32 {
        self.sessions.get(key, number)
    }
}

/// −log2 of a share in whole bits, 0 for "all rows".
fn rarity(rows: u64, of: u64) -> f32 {
    let share = rows.max(1) as f64 / of.max(1) as f64;
    (-libm::log2(share)).round().max(0.0) as f32
}

enum Source<'a> {
    Missing,
    Number(&'a Numbers),
    Duration(&'a Numbers),
    /// The values, and what it is worth to have none or one.
    Presence(&'a Numbers, [f32; 2]),
    TextDuration(&'a [f32]),
    /// The column that the durations are of, and what they are beside.
    Elapsed(&'a Column, &'a Segment, &'a Elapsed),
    Level(&'a [u8]),
    /// The value of each code.
    Category(&'a [u16], Vec<f32>),
    /// The value of each template, and last of having none.
    Template(&'a [u32], &'a [f32]),
    Hour(&'a Times, fn(f64) -> f64),
    Session(&'a Ids, SessionNumber, &'a SessionNumbers),
}

/// The features of one segment's rows.
pub struct SegmentEncoder<'a> {
    sources: Vec<Source<'a>>,
}

impl SegmentEncoder<'_> {
    /// Appends the features of one row; NaN where a value is missing. What is too large for an f32 is infinite.
    pub fn encode(&self, row: usize, into: &mut Vec<f32>) {
        self.encode_rows(row..row + 1, into);
    }

    /// Appends the features of some rows, one row after the other: feature by feature, so that what a feature is made of is
    /// looked up once.
    pub fn encode_rows(&self, rows: Range<usize>, into: &mut Vec<f32>) {
        let (begin, columns) = (into.len(), self.sources.len());
        into.resize(begin + rows.len() * columns, f32::NAN);
        for (place, source) in self.sources.iter().enumerate() {
            let slots = into[begin..].iter_mut().skip(place).step_by(columns.max(1)).zip(rows.clone());
            source.fill(slots);
        }
    }
}

impl Source<'_> {
    /// Puts the values of rows into their slots, which hold NaN.
    #[inline(never)]
    fn fill<'s>(&self, slots: impl Iterator<Item = (&'s mut f32, usize)>) {
        fn each<'s>(slots: impl Iterator<Item = (&'s mut f32, usize)>, value: impl Fn(usize) -> Option<f32>) {
            for (slot, row) in slots {
                if let Some(value) = value(row) {
                    *slot = value;
                }
            }
        }
        match self {
            Self::Missing => {}
            Self::Number(values) => each(slots, |row| values.get(row).map(|value| value as f32)),
            Self::Duration(values) => each(slots, |row| values.get(row).map(|value| libm::log1p(value) as f32)),
            Self::Presence(values, rarities) => {
                each(slots, |row| Some(rarities[usize::from(values.get(row).is_some_and(|value| !value.is_nan()))]));
            }
            Self::TextDuration(values) => {
                each(slots, |row| values.get(row).map(|&value| libm::log1p(f64::from(value)) as f32));
            }
            Self::Elapsed(column, segment, elapsed) => {
                each(slots, |row| Some(elapsed.of_row(column, segment, row) as f32));
            }
            Self::Level(values) => {
                each(slots, |row| values.get(row).filter(|&&level| level != 0).map(|&level| f32::from(level)));
            }
            Self::Category(codes, values) => each(slots, |row| codes.get(row).map(|&code| values[usize::from(code)])),
            Self::Template(templates, rarities) => {
                let last = rarities.len() - 1;
                each(slots, |row| templates.get(row).map(|&template| rarities[(template as usize).min(last)]));
            }
            Self::Hour(times, of_angle) => each(slots, |row| {
                let time = times.get(row).filter(|&time| time != NO_TIME)?;
                let day = time.rem_euclid(DAY) as f64 / DAY as f64;
                Some(of_angle(day * std::f64::consts::TAU) as f32)
            }),
            Self::Session(keys, number, sessions) => {
                each(slots, |row| Some(sessions.get(keys.get(row).unwrap_or(0), *number)));
            }
        }
    }
}
