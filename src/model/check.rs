//! Whether other files may be scored with a model: what was mapped, what can't be read, and how the data differs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::constant::{Varies, varying};
use super::distribution::{noise, psi};
use super::fit::{Fit, Found};
use super::saved::{Column, Saved};
use crate::common::number::{count, number, share};
use crate::common::text::some_of;
use crate::feature::recipe::{Encoding, Feature};
use crate::feature::survey::ColumnSurvey;
use crate::feature::{Matrix, Survey};
use crate::record::{ColumnSpec, Dataset, Kind, Level, Role};
use crate::template::{Catalog, Template};

/// Examples that are listed of anything.
const EXAMPLES: usize = 20;
/// Values of a category whose shares are compared one by one.
const COMPARED: usize = 32;
/// A share of rows that is worth a warning: without a readable value, of a kind that the model has not seen.
const NOTABLE: f64 = 0.01;

/// What may be done with the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are like what the model was fitted to.
    Compatible,
    /// Scores mean what they meant, with what the report names in mind.
    CompatibleWithWarnings,
    /// Features are missing or differ so much that scores mean something else: fit a model to such files.
    Retrain,
    /// Nothing that the model knows is in them.
    Unsupported,
}

/// Whether the files' fields are the model's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// They have the same names.
    AsIs,
    /// They have other names, and are known by these.
    Normalized,
    /// What the model needs is not there.
    Unsupported,
}

/// Where drift begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// Index from which it is moderate.
    pub moderate: f64,
    /// Index from which it is major.
    pub major: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { moderate: 0.1, major: 0.25 }
    }
}

/// How much a feature differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Not worth a word.
    None,
    /// Worth a look.
    Moderate,
    /// The feature means something else now.
    Major,
}

/// A field that is known under another name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// Its name in the model.
    pub model: String,
    /// Its name in the files.
    pub file: String,
    /// Why they are taken for the same.
    pub why: String,
}

/// The gatekeeper's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gatekeeper {
    /// What it says.
    pub status: Gate,
    /// Fields with other names.
    pub aliases: Vec<Alias>,
    /// Fields that the model needs and that are not there, or hold something else.
    pub missing: Vec<String>,
    /// Those of them that have no role, and whose name is not that of a field with one: the person may say which it is.
    pub nameless: Vec<String>,
    /// Fields of the files that it may be.
    pub free: Vec<String>,
    /// What to do about it.
    pub advice: Vec<String>,
}

/// How a field's values were read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Translated {
    /// Its name in the files.
    pub field: String,
    /// What it was read as.
    pub kind: String,
    /// Rows that have a value that could be read.
    pub values: u64,
    /// Rows that have none, or one that is no such value.
    pub without: u64,
}

/// Values of a category that the model has not seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// The field.
    pub field: String,
    /// How many values.
    pub values: u64,
    /// Rows that have them.
    pub rows: u64,
    /// The most frequent with their rows.
    pub examples: Vec<(String, u64)>,
}

/// How a category's columns of 0 and 1 fit the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneHot {
    /// The field.
    pub field: String,
    /// Its columns in training, the one for the rest included.
    pub columns: u64,
    /// Values with a column that no row has.
    pub absent: Vec<String>,
    /// Rows whose value goes into the column for the rest.
    pub as_other: u64,
}

/// One bin of two distributions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// What is in it, for a person.
    pub label: String,
    /// Share of the training rows, 0..=1.
    pub expected: f64,
    /// Share of the files' rows, 0..=1.
    pub found: f64,
}

/// How a feature is distributed now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The feature or the category.
    pub feature: String,
    /// Whether it is a number, whose major drift speaks against the model; a category's is a warning.
    pub numeric: bool,
    /// Population stability index.
    pub psi: f64,
    /// What that means.
    pub severity: Severity,
    /// Too few rows to tell: chance alone comes near a moderate index once in twenty times.
    pub small_sample: bool,
    /// Training rows that were compared.
    pub expected_rows: u64,
    /// Rows of the files that were compared.
    pub found_rows: u64,
    /// Both distributions.
    pub bins: Vec<Bin>,
}

/// The pre-flight's part.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preflight {
    /// Rows of the files.
    pub rows: u64,
    /// Whether they have one of the model's features, or messages where it knows some: else all rows score the same.
    pub comparable: bool,
    /// Rows of them, chosen by a hash of their position, whose features were compared.
    pub sampled: u64,
    /// Features that can't be made; the detector takes the training median for them.
    pub missing_features: Vec<String>,
    /// Fields that the model does not know; they are not used.
    pub extra_fields: Vec<String>,
    /// Categories that the model has not seen.
    pub unseen_categories: Vec<Unseen>,
    /// Alignment of categories with columns of their own.
    pub one_hot: Vec<OneHot>,
    /// Templates that the model has not seen, where it knows templates.
    pub unseen_templates: Option<Unseen>,
    /// Fields that were always the same, of which the model therefore knows nothing, and that vary now.
    pub varying: Vec<Varies>,
    /// Distributions.
    pub drift: Vec<Drift>,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What may be done.
    pub verdict: Verdict,
    /// Why, in sentences; the most serious first.
    pub reasons: Vec<String>,
    /// Whose fields are which.
    pub gatekeeper: Gatekeeper,
    /// How values were read.
    pub translator: Vec<Translated>,
    /// How the data differs.
    pub preflight: Preflight,
    /// Where drift begins.
    pub limits: Limits,
}

/// What is known of the files.
#[derive(Clone, Copy, Debug)]
pub struct Files<'a> {
    /// Their columns.
    pub dataset: &'a Dataset,
    /// Counts over their rows.
    pub survey: &'a Survey,
    /// Their templates, after those of the model ([`Catalog::adopt`]).
    pub catalog: &'a Catalog,
    /// Some rows, with the model's features.
    pub sample: &'a Matrix,
}

/// Holds files against a model.
pub fn check(model: &Saved, fit: &Fit, files: Files<'_>, limits: Limits) -> Report {
    let gatekeeper = gatekeeper(model, fit, files);
    let translator = translator(model, fit, files);
    let preflight = preflight(model, fit, files, limits);
    let (verdict, reasons) = judge(&gatekeeper, &translator, &preflight);
    Report { verdict, reasons, gatekeeper, translator, preflight, limits }
}

/// The columns that features are made of, with where they were found.
fn used<'a>(model: &'a Saved, fit: &'a Fit) -> impl Iterator<Item = (usize, &'a Found)> + Clone {
    fit.columns.iter().enumerate().filter(|(column, _)| model.is_used(*column))
}

fn gatekeeper(model: &Saved, fit: &Fit, files: Files<'_>) -> Gatekeeper {
    let name = |place: usize| files.dataset.columns.get(place).map(|column| column.name.clone()).unwrap_or_default();
    let (mut aliases, mut missing, mut nameless, mut advice) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let needed = |column: usize| model.is_used(column) || model.columns[column].role == Some(Role::Message);
    for (column, found) in fit.columns.iter().enumerate() {
        let known = &model.columns[column];
        match found {
            Found::Alias(place, why) => {
                aliases.push(Alias { model: known.name.clone(), file: name(*place), why: why.clone() });
            }
            Found::Spelling(place) => {
                let why = "the same words, spelled otherwise".to_owned();
                aliases.push(Alias { model: known.name.clone(), file: name(*place), why });
            }
            Found::OtherKind(place) if needed(column) => {
                let now = files.dataset.columns.get(*place).map_or("", |column| column.kind.name());
                missing.push(format!("{} (a {} to the model, a {now} here)", known.name, known.kind.name()));
            }
            Found::Missing if needed(column) => {
                missing.push(known.name.clone());
                match what_to_do(known, files.dataset) {
                    Some(told) => advice.push(told),
                    None => nameless.push(known.name.clone()),
                }
            }
            Found::Same(_) | Found::OtherKind(_) | Found::Missing => {}
        }
    }
    let nothing = used(model, fit).all(|(_, found)| found.place().is_none());
    let no_messages = model
        .columns
        .iter()
        .zip(&fit.columns)
        .any(|(known, found)| known.role == Some(Role::Message) && found.place().is_none());
    let status = match () {
        () if nothing || no_messages || files.survey.rows == 0 => Gate::Unsupported,
        () if aliases.is_empty() => Gate::AsIs,
        () => Gate::Normalized,
    };
    if nothing && !model.recipe.features.is_empty() {
        advice.insert(0, "These files have none of the model's fields: fit a model to files of their kind.".into());
    }
    let is_known = |place: usize| fit.columns.iter().any(|found| found.place() == Some(place));
    let columns = files.dataset.columns.iter().enumerate();
    let is_free = |(place, column): &(usize, &ColumnSpec)| {
        column.role.is_none() && column.kind != Kind::Date && !is_known(*place)
    };
    let free: Vec<String> = columns.filter(is_free).map(|(_, column)| column.name.clone()).collect();
    if !nameless.is_empty() {
        advice.push(advice_for(&nameless, &free));
    }
    Gatekeeper { status, aliases, missing, nameless, free, advice }
}

/// What to do about a column of the model that the files lack; `None` for one of [`Gatekeeper::nameless`].
fn what_to_do(known: &Column, dataset: &Dataset) -> Option<String> {
    if let Some(role) = known.role {
        let where_messages_tell = if role == Role::Duration {
            " Where only messages tell durations, fit a model to those: without the field (--map duration=)."
        } else {
            ""
        };
        return Some(format!(
            "Say which field is the {0}: under Fields on the page, with --map {0}=FIELD on the command line.{where_messages_tell}",
            role.name()
        ));
    }
    let role = dataset.columns.iter().find_map(|column| column.role.filter(|_| column.name == known.name))?;
    Some(format!(
        "{0} is taken for the {1} here: say that it is not, under Fields on the page, with --map {1}= on the command line.",
        known.name,
        role.name()
    ))
}

/// What to do about [`Gatekeeper::nameless`]; `free` as in the gatekeeper.
pub fn advice_for(nameless: &[String], free: &[String]) -> String {
    let (fields, first) = (some_of(nameless.iter().map(String::as_str)), nameless.first().map_or("", String::as_str));
    let them = if nameless.len() > 1 { "them" } else { "it" };
    if free.is_empty() {
        return format!("No other field can be {fields}: fit a model without {them}.");
    }
    let are = if nameless.len() > 1 { "s are" } else { " is" };
    format!(
        "Say which field{are} {fields} here: under Models on the page, with --field {first:?}=FIELD on the command line; or fit a \
         model without {them}."
    )
}

fn translator(model: &Saved, fit: &Fit, files: Files<'_>) -> Vec<Translated> {
    let rows = files.survey.rows;
    let read = used(model, fit).filter_map(|(_, found)| {
        let place = found.place()?;
        let (column, held) = (files.dataset.columns.get(place)?, files.survey.columns.get(place)?);
        let values = match held {
            ColumnSurvey::Time { present, .. }
            | ColumnSurvey::Number { present, .. }
            | ColumnSurvey::Id { present }
            | ColumnSurvey::Shape { present, .. } => *present,
            ColumnSurvey::Level(counts) => counts.iter().skip(1).sum(),
            ColumnSurvey::Unkept | ColumnSurvey::Category { overflowed: true, .. } => rows,
            ColumnSurvey::Category { counts, .. } => counts.values().sum(),
        };
        let (field, kind) = (column.name.clone(), column.kind.name().to_owned());
        Some(Translated { field, kind, values, without: rows.saturating_sub(values) })
    });
    read.collect()
}

fn preflight(model: &Saved, fit: &Fit, files: Files<'_>, limits: Limits) -> Preflight {
    let features = &model.recipe.features;
    let found = |feature: &Feature| fit.columns.get(feature.column as usize).and_then(Found::place);
    let missing = features.iter().filter(|feature| found(feature).is_none());
    let is_message = |(known, found): (&Column, &Found)| known.role == Some(Role::Message) && found.place().is_some();
    let has_messages = model.columns.iter().zip(&fit.columns).any(is_message);
    let mut unseen_categories = Vec::new();
    let mut one_hot = Vec::new();
    let mut drift = Vec::new();
    for (place, feature) in features.iter().enumerate().filter(|(_, feature)| found(feature).is_some()) {
        if is_numeric(feature) {
            drift.extend(drift_of_number(model, place, files.sample, limits));
        }
    }
    for (column, found) in used(model, fit) {
        let Some(place) = found.place() else { continue };
        if let (Some(ColumnSurvey::Level(known)), Some(ColumnSurvey::Level(now))) =
            (model.survey.columns.get(column), files.survey.columns.get(place))
        {
            let labels = Level::ALL.iter().map(|level| level.name().to_owned()).collect();
            drift.push(compare(&model.columns[column].name, true, labels, known, now, limits));
        }
        let (Some(ColumnSurvey::Category { counts: known, .. }), Some(ColumnSurvey::Category { counts: now, .. })) =
            (model.survey.columns.get(column), files.survey.columns.get(place))
        else {
            continue;
        };
        let name = &model.columns[column].name;
        let unseen: Vec<(&String, u64)> =
            now.iter().filter(|(value, _)| !known.contains_key(*value)).map(|(value, &rows)| (value, rows)).collect();
        unseen_categories.extend(unseen_of(name, unseen));
        one_hot.extend(one_hot_of(model, column, now));
        drift.push(drift_of_category(name, known, model.survey.rows, now, files.survey.rows, limits));
    }
    let known = model.catalog.templates().len();
    let unseen_templates = (known > 0).then(|| {
        let unseen = files.catalog.templates().iter().skip(known);
        let texts: Vec<(String, u64)> =
            unseen.map(|template: &Template| (template.typed_text(), template.count)).collect();
        let listed = texts.iter().map(|(text, rows)| (text, *rows)).collect();
        unseen_of("template", listed)
    });
    Preflight {
        rows: files.survey.rows,
        comparable: features.iter().any(|feature| found(feature).is_some()) || has_messages,
        sampled: files.sample.rows() as u64,
        missing_features: missing.map(|feature| feature.name.clone()).collect(),
        extra_fields: fit.extra(files.dataset),
        unseen_categories,
        one_hot,
        unseen_templates: unseen_templates.flatten(),
        varying: varying(model, fit, files.survey),
        drift,
    }
}

/// Whether a feature is a number whose distribution is compared by bins; levels and categories are compared by value.
fn is_numeric(feature: &Feature) -> bool {
    matches!(feature.encoding, Encoding::Value | Encoding::LogDuration | Encoding::Elapsed | Encoding::Session(_))
}

fn unseen_of(field: &str, mut unseen: Vec<(&String, u64)>) -> Option<Unseen> {
    let rows = unseen.iter().map(|value| value.1).sum();
    let values = unseen.len() as u64;
    unseen.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let examples = unseen.into_iter().take(EXAMPLES).map(|(value, rows)| (value.clone(), rows)).collect();
    (values > 0).then(|| Unseen { field: field.to_owned(), values, rows, examples })
}

fn one_hot_of(model: &Saved, column: usize, now: &BTreeMap<String, u64>) -> Option<OneHot> {
    let own = || {
        let features = model.recipe.features.iter().filter(move |feature| feature.column as usize == column);
        features.filter(|feature| feature.encoding == Encoding::OneHot).map(|feature| &feature.value)
    };
    let columns = own().count() as u64;
    let as_own: u64 = own().filter_map(|value| now.get(value)).sum();
    let absent = own().filter(|value| !now.contains_key(*value)).cloned().collect();
    let field = model.columns.get(column)?.name.clone();
    (columns > 0).then(|| OneHot { field, columns: columns + 1, absent, as_other: now.values().sum::<u64>() - as_own })
}

fn drift_of_number(model: &Saved, place: usize, sample: &Matrix, limits: Limits) -> Option<Drift> {
    let (distribution, feature) = (model.distributions.get(place)?, model.recipe.features.get(place)?);
    let wide = |counts: &[u32]| counts.iter().map(|&count| u64::from(count)).collect::<Vec<u64>>();
    let (expected, found) = (wide(&distribution.counts), wide(&distribution.count(sample, place)));
    let shown = |value: f32| {
        let value = f64::from(value);
        // Durations and counts are compared as logarithms; a person thinks in milliseconds.
        if matches!(feature.encoding, Encoding::LogDuration | Encoding::Session(_)) {
            number(libm::expm1(value))
        } else {
            number(value)
        }
    };
    let edges = &distribution.edges;
    let label = |bin: usize| match (bin.checked_sub(1).and_then(|bin| edges.get(bin)), edges.get(bin)) {
        _ if bin > edges.len() => "no value".to_owned(),
        (None, None) => "any value".to_owned(),
        (None, Some(&to)) => format!("up to {}", shown(to)),
        (Some(&from), Some(&to)) => format!("{} to {}", shown(from), shown(to)),
        (Some(&from), None) => format!("above {}", shown(from)),
    };
    let labels = (0..expected.len()).map(label).collect();
    Some(compare(&feature.name, true, labels, &expected, &found, limits))
}

fn drift_of_category(
    name: &str,
    known: &BTreeMap<String, u64>,
    known_rows: u64,
    now: &BTreeMap<String, u64>,
    rows: u64,
    limits: Limits,
) -> Drift {
    let mut values: Vec<(&String, u64)> = known.iter().map(|(value, &rows)| (value, rows)).collect();
    values.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    values.truncate(COMPARED);
    let found_of = |value: &String| now.get(value).copied().unwrap_or(0);
    let mut labels: Vec<String> = values.iter().map(|(value, _)| (*value).clone()).collect();
    let mut expected: Vec<u64> = values.iter().map(|value| value.1).collect();
    let mut found: Vec<u64> = values.iter().map(|value| found_of(value.0)).collect();
    let (all_known, all_now): (u64, u64) = (known.values().sum(), now.values().sum());
    let rest = [all_known - expected.iter().sum::<u64>(), all_now - found.iter().sum::<u64>()];
    let none = [known_rows.saturating_sub(all_known), rows.saturating_sub(all_now)];
    for (label, [known, now]) in [("other values", rest), ("no value", none)] {
        labels.push(label.to_owned());
        expected.push(known);
        found.push(now);
    }
    compare(name, false, labels, &expected, &found, limits)
}

fn compare(
    feature: &str,
    numeric: bool,
    labels: Vec<String>,
    expected: &[u64],
    found: &[u64],
    limits: Limits,
) -> Drift {
    let (expected_rows, found_rows) = (expected.iter().sum::<u64>(), found.iter().sum::<u64>());
    let index = psi(expected, found);
    let severity = match index {
        index if index >= limits.major => Severity::Major,
        index if index >= limits.moderate => Severity::Moderate,
        _ => Severity::None,
    };
    let used = expected.iter().zip(found).filter(|(a, b)| **a + **b > 0).count();
    let of = |count: u64, all: u64| count as f64 / all.max(1) as f64;
    let bins = labels.into_iter().zip(expected.iter().zip(found)).map(|(label, (&expected, &found))| Bin {
        label,
        expected: of(expected, expected_rows),
        found: of(found, found_rows),
    });
    Drift {
        feature: feature.to_owned(),
        numeric,
        psi: index,
        severity,
        small_sample: noise(used, expected_rows, found_rows) >= limits.moderate,
        expected_rows,
        found_rows,
        bins: bins.collect(),
    }
}

/// The verdict and its reasons.
fn rows_are(rows: u64) -> String {
    if rows == 1 { "1 row is".to_owned() } else { format!("{} rows are", count(rows)) }
}

fn judge(gate: &Gatekeeper, translator: &[Translated], flight: &Preflight) -> (Verdict, Vec<String>) {
    if gate.status == Gate::Unsupported {
        let reason = match gate.missing.as_slice() {
            _ if flight.rows == 0 => "There is no row to look at.".to_owned(),
            [] => "Nothing that the model learned from is here.".to_owned(),
            missing => format!("The model needs {}.", some_of(missing.iter().map(String::as_str))),
        };
        return (Verdict::Unsupported, vec![reason]);
    }
    let (mut serious, mut warnings) = (Vec::new(), Vec::new());
    if !flight.missing_features.is_empty() {
        serious.push(format!("Features are missing: {}.", some_of(flight.missing_features.iter().map(String::as_str))));
    }
    for Varies { field, was, now } in &flight.varying {
        warnings.push(format!(
            "{field} was always {was} where the model was fitted, and is {now} here: no score tells of it. Look at these rows, \
             or fit a model to files in which it varies."
        ));
    }
    for drift in flight.drift.iter().filter(|drift| drift.severity > Severity::None) {
        let shown = format!("{:.2}", drift.psi);
        let text = match (drift.severity, drift.small_sample) {
            (_, true) => format!(
                "{} may differ (index {shown}), but {} too few to tell.",
                drift.feature,
                rows_are(drift.found_rows)
            ),
            (Severity::Major, false) if drift.numeric => format!("{} differs much (index {shown}).", drift.feature),
            (Severity::Major, false) => {
                format!("{} differs much (index {shown}), which of categories is a warning only.", drift.feature)
            }
            (_, false) => format!("{} differs somewhat (index {shown}).", drift.feature),
        };
        let is_serious = drift.severity == Severity::Major && drift.numeric && !drift.small_sample;
        if is_serious { serious.push(text) } else { warnings.push(text) }
    }
    if flight.drift.iter().any(|drift| drift.small_sample && drift.severity == Severity::None) {
        warnings.push(format!("{} too few to compare all distributions.", rows_are(flight.rows)));
    }
    for unseen in &flight.unseen_categories {
        let values = if unseen.values == 1 { "value" } else { "values" };
        warnings.push(format!(
            "{}: {} {values} that the model has not seen, in {} of the rows.",
            unseen.field,
            count(unseen.values),
            share(unseen.rows, flight.rows)
        ));
    }
    if let Some(unseen) = &flight.unseen_templates
        && unseen.rows as f64 >= NOTABLE * flight.rows as f64
    {
        let kinds = if unseen.values == 1 { "kind of message is" } else { "kinds of message are" };
        warnings.push(format!(
            "{} {kinds} new to the model, in {} of the rows.",
            count(unseen.values),
            share(unseen.rows, flight.rows)
        ));
    }
    for read in translator.iter().filter(|read| read.values == 0) {
        warnings.push(format!("{} has no value that can be read as a {}.", read.field, read.kind));
    }
    let verdict = match (serious.is_empty(), warnings.is_empty()) {
        (false, _) => Verdict::Retrain,
        (true, false) => Verdict::CompatibleWithWarnings,
        (true, true) => Verdict::Compatible,
    };
    serious.extend(warnings);
    (verdict, serious)
}
