//! What a model is made of.

use serde::{Deserialize, Serialize};

use super::distribution::Distribution;
use super::fit::{Fit, Found};
use crate::baseline::Baselines;
use crate::detect::{Kind as Detector, Model};
use crate::feature::recipe::{NO_COLUMN, Use};
use crate::feature::survey::ColumnSurvey;
use crate::feature::{FeatureChoice, Recipe, Survey};
use crate::finding::reason::Reference;
use crate::finding::threshold::{BINS, bin_of};
use crate::ingest::Detection;
use crate::record::mapping::Mapping;
use crate::record::{Dataset, Kind, Role};
use crate::session;
use crate::template::Catalog;

/// What a person can be told of a model before it is used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// Version of the program that fitted it.
    pub program: String,
    /// Names of the files that it was fitted to.
    pub files: Vec<String>,
    /// How many rows these had.
    pub rows: u64,
    /// Seed of every random choice.
    pub seed: u64,
    /// The detector.
    pub detector: Detector,
    /// Which features were asked for.
    pub features: FeatureChoice,
    /// What the person said of the files' fields.
    pub mapping: Mapping,
    /// Rows that score at least this are called anomalous.
    pub threshold: f32,
    /// Scores of the rows that it was fitted to: the value at each of [`QUANTILES`] equal shares, ascending.
    pub scores: Vec<f32>,
}

/// How many quantiles of the scores are kept, those at 0 and 1 included.
pub const QUANTILES: usize = 1001;

impl About {
    /// Share of the rows that the model was fitted to that score lower, 0..=1: the calibrated form of a score of any file's
    /// row. Rows that score alike count half; between two quantiles it rises evenly.
    pub fn calibrated(&self, score: f32) -> f32 {
        // As quantiles are kept, so that rows that score alike do here too.
        let score = bin_of(score) as f32 / BINS as f32;
        let lower = self.scores.partition_point(|&other| other < score);
        let as_high = self.scores.partition_point(|&other| other <= score);
        let last = self.scores.len().saturating_sub(1);
        let place = match (lower.checked_sub(1), self.scores.get(lower)) {
            (None, None) => return 0.0,
            (None, Some(_)) if as_high == 0 => 0.0,
            (Some(_), None) => last as f32,
            (Some(below), Some(above)) if as_high == lower => {
                let from = self.scores[below];
                below as f32 + (score - from) / (above - from)
            }
            (_, Some(_)) => (lower + as_high - 1) as f32 / 2.0,
        };
        place / last.max(1) as f32
    }
}

/// A column of the files that the model was fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// The field's name.
    pub name: String,
    /// What it means.
    pub role: Option<Role>,
    /// What its values are.
    pub kind: Kind,
}

/// A model. See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// For the person.
    pub about: About,
    /// Columns of the files; [`Recipe::columns`] and [`Survey::columns`] go with them.
    pub columns: Vec<Column>,
    /// How rows become features.
    pub recipe: Recipe,
    /// Counts over the rows, with the vocabularies of categories.
    pub survey: Survey,
    /// The fitted detector.
    pub detector: Model,
    /// What was expected of each feature.
    pub reference: Reference,
    /// How each feature was distributed.
    pub distributions: Vec<Distribution>,
    /// The templates.
    pub catalog: Catalog,
    /// What is ordinary for each template.
    pub baselines: Baselines,
    /// What is ordinary for sessions, where there were some.
    pub sessions: Option<session::Model>,
}

impl Saved {
    /// The columns of a dataset as a model keeps them.
    pub fn columns_of(dataset: &Dataset) -> Vec<Column> {
        let column = |column: &crate::record::ColumnSpec| Column {
            name: column.name.clone(),
            role: column.role,
            kind: column.kind,
        };
        dataset.columns.iter().map(column).collect()
    }

    /// The model without what nothing needs any more: vocabularies of columns that are no features (but of those that were
    /// always the same, which is told if they are not any more), when things happened,
    /// and sets of steps that only one session had, where there are very many.
    #[must_use]
    pub fn compact(mut self) -> Self {
        const MANY_SETS: usize = 20_000;
        for (held, used) in self.survey.columns.iter_mut().zip(&self.recipe.columns) {
            if let (ColumnSurvey::Category { counts, .. }, Use::Not(_)) = (&*held, used)
                && counts.len() != 1
            {
                *held = ColumnSurvey::Unkept;
            }
        }
        self.baselines = self.baselines.timeless();
        if let Some(sessions) = &mut self.sessions
            && sessions.sets.len() > MANY_SETS
        {
            sessions.sets.retain(|_, seen| *seen > 1);
        }
        self
    }

    /// Rows of each template that the model was fitted to.
    pub fn template_rows(&self) -> Vec<u64> {
        self.baselines.templates.iter().map(|stats| stats.rows).collect()
    }

    /// What the person said of the files that the model was fitted to, as far as it goes for others: a role's field may be
    /// called otherwise there.
    pub fn mapping_for(&self, detections: &[Detection]) -> Mapping {
        let has =
            |name: &String| detections.iter().any(|detection| detection.fields.iter().any(|field| field.name == *name));
        let said = &self.about.mapping;
        let roles = said.roles.iter().filter(|(_, field)| field.as_ref().is_none_or(has)).cloned().collect();
        Mapping { roles, ..said.clone() }
    }

    /// Whether a field had a role.
    pub fn has_field_of(&self, role: Role) -> bool {
        self.columns.iter().any(|column| column.role == Some(role))
    }

    /// Whether durations are known, and all of them from messages.
    pub fn knows_text_durations(&self) -> bool {
        let is_known = || self.baselines.templates.iter().any(|stats| stats.durations.count() > 0);
        !self.has_field_of(Role::Duration) && is_known()
    }

    /// The columns without a role.
    pub fn plain(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.role.is_none())
    }

    /// Whether there is such a column of this name.
    pub fn has_plain(&self, name: &str) -> bool {
        self.plain().any(|column| column.name == name)
    }

    /// Whether a feature comes from this column.
    pub fn is_used(&self, column: usize) -> bool {
        matches!(self.recipe.columns.get(column), Some(Use::Features { .. }))
    }

    /// The recipe and the survey for files whose columns are where `fit` says.
    pub fn for_columns(&self, fit: &Fit, columns: usize) -> (Recipe, Survey) {
        let mut recipe = self.recipe.clone();
        for feature in &mut recipe.features {
            let found = fit.columns.get(feature.column as usize).and_then(Found::place);
            feature.column = found.map_or(NO_COLUMN, |column| column as u32);
        }
        recipe.columns = vec![Use::Not("not known to the model".into()); columns];
        let mut survey = Survey { rows: self.survey.rows, columns: vec![ColumnSurvey::Unkept; columns] };
        for (index, found) in fit.columns.iter().enumerate() {
            let Some(place) = found.place() else { continue };
            if let (Some(slot), Some(known)) = (survey.columns.get_mut(place), self.survey.columns.get(index)) {
                slot.clone_from(known);
            }
            if let (Some(slot), Some(known)) = (recipe.columns.get_mut(place), self.recipe.columns.get(index)) {
                slot.clone_from(known);
            }
        }
        (recipe, survey)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_quantiles_the_calibrated_score_rises_evenly() {
        let about = |scores: &[f32]| About {
            program: String::new(),
            files: Vec::new(),
            rows: 5,
            seed: 0,
            detector: Detector::Knn,
            features: FeatureChoice::default(),
            mapping: Mapping::default(),
            threshold: 0.5,
            scores: scores.to_vec(),
        };
        let known = about(&[0.125, 0.25, 0.25, 0.25, 0.75]);
        let cases =
            [(0.0, 0.0), (0.125, 0.0), (0.1875, 0.125), (0.250_001, 0.5), (0.375, 0.8125), (0.75, 1.0), (0.9, 1.0)];
        for (score, expected) in cases {
            assert!((known.calibrated(score) - expected).abs() < 1e-6, "{score}: {}", known.calibrated(score));
        }
        assert!(about(&[]).calibrated(0.4).abs() < 1e-6);
    }
}
