//! Which columns become features, and how.

use serde::{Deserialize, Serialize};

use super::survey::{ColumnSurvey, Survey};
use crate::record::{Dataset, Kind, Role};

/// Most features of a matrix.
pub const MAX_FEATURES: usize = 512;

/// Names of columns that say which rows are anomalous. A detector that sees them would only repeat them.
const LABELS: [&str; 10] = [
    "label",
    "labels",
    "is_anomaly",
    "anomaly",
    "anomalous",
    "is_anomalous",
    "ground_truth",
    "target",
    "outlier",
    "is_outlier",
];

/// The features of a matrix, in the order of its columns.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Recipe {
    /// The features.
    pub features: Vec<Feature>,
    /// For each column of the dataset: the feature that it gives, or why it gives none.
    pub columns: Vec<Use>,
}

/// One column of the matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// Its documented name; see the module's table.
    pub name: String,
    /// The dataset's column that it comes from.
    pub column: u32,
    /// How values become numbers.
    pub encoding: Encoding,
}

/// How values become numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// The number itself.
    Value,
    /// log(1 + milliseconds).
    LogDuration,
    /// Level as 1 (trace) to 8 (fatal).
    Severity,
    /// −log2 of the share of rows with the same category, in whole bits.
    Rarity,
    /// −log2 of the share of rows with the same message shape, in whole bits.
    ShapeRarity,
}

/// What became of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Use {
    /// It gives this feature.
    Feature(u32),
    /// It gives none, for this reason.
    Not(String),
}

impl Recipe {
    /// Decides for every column. Constant columns, labels and texts are left out.
    pub fn new(dataset: &Dataset, survey: &Survey) -> Self {
        let mut recipe = Self::default();
        for (index, (column, held)) in dataset.columns.iter().zip(&survey.columns).enumerate() {
            let name = &column.name;
            let choice = if is_label(name) && column.role.is_none() {
                Err("kept out: it names the anomalous rows")
            } else {
                match (column.kind, held) {
                    (Kind::Number, ColumnSurvey::Number { min, max, present }) => {
                        let constant =
                            if *present == 0 { Some("no values") } else { (min >= max).then_some("always the same") };
                        match constant {
                            Some(why) => Err(why),
                            None if column.role == Some(Role::Duration) => {
                                Ok((format!("{name} (log)"), Encoding::LogDuration))
                            }
                            None => Ok((name.clone(), Encoding::Value)),
                        }
                    }
                    (Kind::Level, ColumnSurvey::Level(counts)) => {
                        let levels = counts[1..].iter().filter(|&&rows| rows > 0).count();
                        if levels > 1 {
                            Ok((format!("{name} (severity)"), Encoding::Severity))
                        } else {
                            Err("always the same")
                        }
                    }
                    (Kind::Category, ColumnSurvey::Category { counts, overflowed }) => {
                        let present: u64 = counts.values().sum();
                        match () {
                            () if *overflowed => Err("too many different values"),
                            () if counts.is_empty() => Err("no values"),
                            () if counts.len() == 1 && present == survey.rows => Err("always the same"),
                            () => Ok((format!("{name} (rarity)"), Encoding::Rarity)),
                        }
                    }
                    (Kind::Message, ColumnSurvey::Shape { only, present }) => match () {
                        () if *present == 0 => Err("no values"),
                        () if *only != 0 && *present == survey.rows => Err("always the same but for values"),
                        () => Ok((format!("{name} (rarity)"), Encoding::ShapeRarity)),
                    },
                    (Kind::Time, _) => Err("orders the rows"),
                    (Kind::Id, _) => Err("ties rows together"),
                    (Kind::Sequence, _) => Err("counts the rows"),
                    (Kind::Date, _) => Err("belongs to the time"),
                    _ => Err("free text"),
                }
            };
            let choice = choice.and_then(|found| {
                if recipe.features.len() < MAX_FEATURES { Ok(found) } else { Err("one column too many") }
            });
            recipe.columns.push(match choice {
                Ok((name, encoding)) => {
                    recipe.features.push(Feature { name, column: index as u32, encoding });
                    Use::Feature(recipe.features.len() as u32 - 1)
                }
                Err(why) => Use::Not(why.into()),
            });
        }
        recipe
    }
}

/// Whether a column's name says that it names the anomalous rows.
pub fn is_label(name: &str) -> bool {
    LABELS.iter().any(|label| name.eq_ignore_ascii_case(label))
}
