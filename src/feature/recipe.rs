//! Which columns become features, and how.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::choice::{Categories, FeatureChoice, Group, Named};
use super::survey::{ColumnSurvey, Survey};
use crate::record::{ColumnSpec, Dataset, Kind, Role};
use crate::session::numbers::SessionNumber;

/// Most features of a matrix.
pub const MAX_FEATURES: usize = 512;
/// Why a column beyond these is none.
pub const TOO_MANY: &str = "beyond the 512 features that a detector takes";
/// Having or lacking a number is a feature where at most one row in so many does.
const SELDOM: u64 = 50;
/// The hour of the day tells nothing about rows of less than this, in nanoseconds.
const HOUR: i64 = 3_600_000_000_000;

/// Why a column is left out that the choice does not name.
const UNWANTED: &str = "not chosen";

/// Why a column is left out that says which rows are anomalous.
pub const HOLDS_LABELS: &str = "holds the labels";
/// Why a column is left out that has one value.
pub const ALWAYS_THE_SAME: &str = "always the same";
/// Names of columns that say which rows are anomalous. A detector that sees them would only repeat them.
const LABELS: [&str; 12] = [
    "label",
    "labels",
    "is_anomaly",
    "anomaly",
    "anomalous",
    "is_anomalous",
    "ground_truth",
    "groundtruth",
    "truth",
    "target",
    "outlier",
    "is_outlier",
];

/// The features of a matrix, in the order of its columns.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Recipe {
    /// The features; those of one column stand together.
    pub features: Vec<Feature>,
    /// For each column of the dataset: the features that it gives, or why it gives none.
    pub columns: Vec<Use>,
}

/// One column of the matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feature {
    /// Its documented name; see the module's table.
    pub name: String,
    /// The dataset's column that it comes from; [`NO_COLUMN`] in files that lack it.
    pub column: u32,
    /// How values become numbers.
    pub encoding: Encoding,
    /// The value of a category that it stands for ([`Encoding::OneHot`]); else empty.
    pub value: String,
}

/// Stands for the column of a feature that the files do not have.
pub const NO_COLUMN: u32 = u32::MAX;

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
    /// −log2 of the share of rows with the same template, in whole bits.
    TemplateRarity,
    /// 1 where the category has a certain value, else 0.
    OneHot,
    /// 1 where the category has a value that has no column of its own, else 0.
    Other,
    /// Sine of the hour of the day, as an angle.
    HourSine,
    /// Cosine of it.
    HourCosine,
    /// A number of the session.
    Session(SessionNumber),
    /// −log2 of the share of rows that have a value, or that have none, as this row does, in whole bits.
    Presence,
    /// Robust standard deviations beyond what is usual for the row's template ([`super::elapsed`]).
    Elapsed,
}

/// What became of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Use {
    /// It gives these features.
    Features {
        /// The first.
        from: u32,
        /// How many.
        count: u32,
    },
    /// It gives none, for this reason.
    Not(String),
}

/// The features of one column: name, encoding, value.
type Made = Vec<(String, Encoding, String)>;

impl Recipe {
    /// Decides for every column. Constant columns, labels and texts are left out, and what was not chosen.
    pub fn new(dataset: &Dataset, survey: &Survey, choice: &FeatureChoice) -> Self {
        let mut recipe = Self::default();
        for (index, (column, held)) in dataset.columns.iter().zip(&survey.columns).enumerate() {
            let made = features(dataset, column, held, survey, choice).and_then(|made| {
                let room = recipe.features.len() + made.len() <= MAX_FEATURES;
                if room { Ok(made) } else { Err(TOO_MANY) }
            });
            recipe.columns.push(match made {
                Ok(made) => {
                    let (from, count) = (recipe.features.len() as u32, made.len() as u32);
                    let feature = |(name, encoding, value)| Feature { name, column: index as u32, encoding, value };
                    recipe.features.extend(made.into_iter().map(feature));
                    Use::Features { from, count }
                }
                Err(why) => Use::Not(why.into()),
            });
        }
        recipe
    }

    /// Whether a feature is a number of sessions.
    pub fn needs_sessions(&self) -> bool {
        self.features.iter().any(|feature| matches!(feature.encoding, Encoding::Session(_)))
    }

    /// What a column gives, for a person: the names of its features.
    pub fn describe(&self, column: usize) -> String {
        match self.columns.get(column) {
            None => String::new(),
            Some(Use::Not(why)) => format!("not used: {why}"),
            Some(&Use::Features { from, count }) => {
                let features = self.features.iter().skip(from as usize).take(count as usize);
                let one_hot = features.clone().filter(|feature| feature.encoding == Encoding::OneHot).count();
                if one_hot > 0 {
                    return format!("one-hot: {one_hot} values and the rest");
                }
                features.map(|feature| feature.name.as_str()).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

/// The features of a column, or why it has none.
fn features(
    dataset: &Dataset,
    column: &ColumnSpec,
    held: &ColumnSurvey,
    survey: &Survey,
    choice: &FeatureChoice,
) -> Result<Made, &'static str> {
    let name = &column.name;
    let named = choice.named(column);
    let wanted = |group: Group| named.is_some() || choice.has(group);
    let one = |suffix: &str, encoding| Ok(vec![(format!("{name}{suffix}"), encoding, String::new())]);
    if is_label(name) && column.role.is_none() && named.is_none() {
        return Err(HOLDS_LABELS);
    }
    if named.is_some_and(Named::is_left_out) {
        return Err(UNWANTED);
    }
    match (column.kind, held) {
        (Kind::Number, ColumnSurvey::Number { min, max, present }) => {
            let is_duration = column.role == Some(Role::Duration);
            let mut made = Vec::new();
            if min < max && is_duration {
                made.push(duration(name, named.is_none() && by_template(dataset, choice)));
            } else if min < max {
                made.push((name.clone(), Encoding::Value, String::new()));
            }
            // In a table a gap is no event: there the median stands for what few rows lack.
            let lacks = survey.rows.saturating_sub(*present);
            let is_log = dataset.role(Role::Message).is_some();
            if is_seldom(*present, survey.rows) || is_log && is_seldom(lacks, survey.rows) {
                made.push((format!("{name} (presence)"), Encoding::Presence, String::new()));
            }
            match () {
                () if !wanted(if is_duration { Group::Duration } else { Group::Numbers }) => Err(UNWANTED),
                () if *present == 0 => Err("no values"),
                () if made.is_empty() => Err(ALWAYS_THE_SAME),
                () => Ok(made),
            }
        }
        (Kind::Level, ColumnSurvey::Level(counts)) => {
            let levels = counts[1..].iter().filter(|&&rows| rows > 0).count();
            match () {
                () if !wanted(Group::Level) => Err(UNWANTED),
                () if levels < 2 => Err(ALWAYS_THE_SAME),
                () => one(" (severity)", Encoding::Severity),
            }
        }
        (Kind::Category, ColumnSurvey::Category { counts, overflowed }) => {
            let present: u64 = counts.values().sum();
            match () {
                () if !wanted(Group::Categories) => Err(UNWANTED),
                () if *overflowed => Err("too many different values"),
                () if counts.is_empty() => Err("no values"),
                () if counts.len() == 1 && present == survey.rows => Err(ALWAYS_THE_SAME),
                () => match named.map_or(choice.categories, |named| named.categories) {
                    Categories::Rarity => one(" (rarity)", Encoding::Rarity),
                    Categories::OneHot => Ok(one_hot(name, counts, choice.most_values)),
                    Categories::LeftOut => Err(UNWANTED),
                },
            }
        }
        (Kind::Message, ColumnSurvey::Shape { only, present }) => {
            let mut made = Vec::new();
            let has_durations = || dataset.files.iter().any(|file| file.text_duration);
            if choice.has(Group::Duration) && dataset.role(Role::Duration).is_none() && has_durations() {
                made.push(duration(&format!("duration in {name}"), by_template(dataset, choice)));
            }
            if wanted(Group::Template) && *present > 0 && (*only == 0 || *present < survey.rows) {
                made.push((format!("{name} (rarity)"), Encoding::TemplateRarity, String::new()));
            }
            match () {
                () if !made.is_empty() => Ok(made),
                () if !wanted(Group::Template) => Err(UNWANTED),
                () if *present == 0 => Err("no values"),
                () => Err("always the same but for values"),
            }
        }
        (Kind::Time, ColumnSurvey::Time { from, to, .. }) if wanted(Group::Hour) && column.role.is_some() => {
            if to.saturating_sub(*from) < HOUR {
                return Err("all rows are within an hour");
            }
            let angle = |part: &str, encoding| (format!("hour ({part})"), encoding, String::new());
            Ok(vec![angle("sine", Encoding::HourSine), angle("cosine", Encoding::HourCosine)])
        }
        (Kind::Id, _) if wanted(Group::Session) && column.role == Some(Role::Correlation) => {
            if dataset.role(Role::Message).is_none() {
                return Err("ties rows together; without messages there are no sessions");
            }
            let number = |number: SessionNumber| {
                (format!("session {}", number.name()), Encoding::Session(number), String::new())
            };
            Ok(SessionNumber::ALL.map(number).to_vec())
        }
        (Kind::Time, _) => Err("orders the rows"),
        (Kind::Id, _) => Err("ties rows together"),
        (Kind::Sequence, _) => Err("counts the rows"),
        (Kind::Date, _) => Err("belongs to the time"),
        _ => Err("free text"),
    }
}

/// Whether a duration is measured by what is ordinary for its template: beside templates, of which some are always slow, its
/// plain length says little. A field that is named, and one without the templates, is taken as it is.
fn by_template(dataset: &Dataset, choice: &FeatureChoice) -> bool {
    choice.has(Group::Template) && dataset.role(Role::Message).is_some()
}

fn duration(name: &str, by_template: bool) -> (String, Encoding, String) {
    if by_template {
        (format!("{name} (for its template)"), Encoding::Elapsed, String::new())
    } else {
        (format!("{name} (log)"), Encoding::LogDuration, String::new())
    }
}

/// Whether so many rows are few of all.
fn is_seldom(count: u64, rows: u64) -> bool {
    count > 0 && count.saturating_mul(SELDOM) <= rows
}

/// A feature for each of the most frequent values, of equally frequent ones in the order of their texts, and one for the
/// rest: files to come may have other values, even where these have none.
fn one_hot(name: &str, counts: &BTreeMap<String, u64>, most: u16) -> Made {
    let mut values: Vec<(&String, u64)> = counts.iter().map(|(value, &rows)| (value, rows)).collect();
    values.sort_by_key(|&(_, rows)| Reverse(rows));
    values.truncate(usize::from(most.max(1)));
    let feature = |(value, _): (&String, u64)| (format!("{name} = {value}"), Encoding::OneHot, value.clone());
    let rest = (format!("{name} = other"), Encoding::Other, String::new());
    values.into_iter().map(feature).chain([rest]).collect()
}

/// Whether a column's name says that it names the anomalous rows.
pub fn is_label(name: &str) -> bool {
    LABELS.iter().any(|label| name.eq_ignore_ascii_case(label))
}
