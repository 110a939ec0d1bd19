//! The merges: work of one shard for all.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::bytes::{decode, encode};
use super::message::Event;
use crate::baseline::table::{MAX_NAMES, Names};
use crate::baseline::{Baselines, Busy, Clock};
use crate::detect::sample::Sample;
use crate::detect::{FitOptions, Kind, Model, Progress};
use crate::feature::survey::ColumnSurvey;
use crate::feature::{FeatureChoice, Recipe, Survey};
use crate::finding::rare_value::Unseen;
use crate::finding::reason::Reference;
use crate::finding::{Findings, Groups, Ranking};
use crate::ingest::Detection;
use crate::model::check::{Files, Limits};
use crate::model::{self, Distribution, Fit, Saved};
use crate::record::mapping::{Mapping, fingerprint};
use crate::record::{Dataset, Role};
use crate::session::{self, Joined, Links};
use crate::template::{Catalog, Hand, ShapeTable};

/// What every shard needs to make features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preparation {
    /// Rows of the files.
    pub rows: u64,
    /// Counts over all rows; those that a saved model was fitted to.
    pub survey: Survey,
    /// Which columns become features.
    pub recipe: Recipe,
    /// The templates of all messages.
    pub catalog: Catalog,
    /// Rows of each template; those that a saved model was fitted to.
    pub template_rows: Vec<u64>,
    /// What a saved model says, where one is used.
    pub frozen: Option<Frozen>,
    /// The names of services and instances.
    pub names: Names,
    /// Bins of time, where rows have times.
    pub clock: Option<Clock>,
    /// Which session keys are of one session.
    pub joined: Joined,
}

/// What every shard needs to score rows and to give reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The detector.
    pub model: Model,
    /// What was expected of each feature.
    pub reference: Reference,
    /// How each was distributed in the sample.
    pub distributions: Vec<Distribution>,
}

/// What every shard needs of a saved model besides the preparation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frozen {
    /// What is ordinary for each template.
    pub baselines: Baselines,
    /// What is ordinary for sessions.
    pub sessions: Option<session::Model>,
    /// The detector.
    pub fitted: Fitted,
    /// By column: rows of these files whose values it does not know.
    pub unseen: Vec<Unseen>,
}

/// A saved model that files are held against, and what that takes.
#[derive(Debug)]
pub struct Loaded {
    model: Saved,
    fit: Fit,
    /// Counts over all rows.
    survey: Survey,
}

/// Merges surveys, decides on the features, and makes the templates, changed by hand as the person did. Parts that are not readable are left out; the conductor and the shards are
/// of one build, so there are none.
///
/// With a saved model (as a file) features and templates are the model's; it comes back for the check. Nothing comes back where
/// it can't be read.
///
/// `kept`: the templates that rows have already.
#[inline(never)]
pub fn merge_surveys(
    dataset: &Dataset,
    parts: &[impl AsRef<[u8]>],
    hand: &Hand,
    features: &FeatureChoice,
    model: Option<&[u8]>,
    kept: Option<&Catalog>,
) -> (Event, Option<Loaded>) {
    let mut survey = Survey::of(dataset, std::iter::empty());
    let mut busy = Busy::default();
    let mut shapes = ShapeTable::default();
    let mut links = Links::default();
    for part in parts.iter().filter_map(|part| decode::<(Survey, Busy, ShapeTable, Links)>(part.as_ref())) {
        survey.merge(&part.0);
        busy.merge(&part.1);
        shapes.merge(&part.2);
        links.merge(&part.3);
    }
    let joined = links.sessions();
    let times = dataset.role(Role::Time).and_then(|column| match survey.columns[column] {
        ColumnSurvey::Time { from, to, present } if present > 0 => Some((from, to)),
        _ => None,
    });
    let names = |role| match dataset.role(role).map(|column| &survey.columns[column]) {
        Some(ColumnSurvey::Category { counts, overflowed: false }) if counts.len() <= MAX_NAMES => {
            counts.keys().cloned().collect()
        }
        _ => Vec::new(),
    };
    let names = Names { services: names(Role::Service), instances: names(Role::Instance) };
    let stretches = busy.stretches();
    let clock = (!stretches.is_empty()).then(|| Clock::of(&stretches, survey.rows));
    let Some(model) = model.and_then(|bytes| Saved::from_bytes(bytes).ok()) else {
        let recipe = Recipe::new(dataset, &survey, features);
        let catalog = kept.cloned().unwrap_or_else(|| Catalog::build(&shapes).changed(hand));
        let template_rows = catalog.templates().iter().map(|template| template.count).collect();
        let made = Preparation {
            rows: survey.rows,
            survey,
            recipe,
            catalog,
            template_rows,
            frozen: None,
            names,
            clock,
            joined,
        };
        return (prepared(made, times), None);
    };
    let fit = Fit::new(&model, dataset);
    let (recipe, known) = model.for_columns(&fit, dataset.columns.len());
    let fitted = Fitted {
        model: model.detector.clone(),
        reference: model.reference.clone(),
        distributions: model.distributions.clone(),
    };
    let unseen = Unseen::count(&known, &survey);
    let frozen = Frozen { baselines: model.baselines.clone(), sessions: model.sessions.clone(), fitted, unseen };
    let made = Preparation {
        rows: survey.rows,
        survey: known,
        recipe,
        catalog: model.catalog.adopt(&shapes),
        template_rows: model.template_rows(),
        frozen: Some(frozen),
        names,
        clock,
        joined,
    };
    (prepared(made, times), Some(Loaded { model, fit, survey }))
}

fn prepared(made: Preparation, times: Option<(i64, i64)>) -> Event {
    let (preparation, frozen) = (encode(&made).into(), made.frozen.is_some());
    Event::Prepared { preparation, recipe: made.recipe, frozen, times }
}

/// Holds files against a saved model. `dataset` and `catalog` are the files'.
#[inline(never)]
pub fn check(
    loaded: &Loaded,
    dataset: &Dataset,
    catalog: &Catalog,
    offers: &[impl AsRef<[u8]>],
    wanted: usize,
    limits: Limits,
) -> Event {
    let sample = merged(offers, wanted);
    let files = Files { dataset, survey: &loaded.survey, catalog, sample: &sample.rows };
    Event::Checked { report: Box::new(model::check::check(&loaded.model, &loaded.fit, files, limits)) }
}

/// The lowest ranks of all offers.
fn merged(offers: &[impl AsRef<[u8]>], wanted: usize) -> Sample {
    let offers: Vec<Sample> = offers.iter().filter_map(|offer| decode(offer.as_ref())).collect();
    Sample::merge(&offers, wanted)
}

/// Fits a detector to the merged sample. `rows` will be scored.
#[inline(never)]
pub fn fit(
    offers: &[impl AsRef<[u8]>],
    wanted: usize,
    rows: u64,
    detector: Kind,
    options: FitOptions,
    progress: &mut Progress<'_>,
) -> Event {
    let sample = merged(offers, wanted).rows;
    let reference = FitOptions::reference_for(rows as usize, sample.columns);
    let model = Model::fit(detector, &sample, &FitOptions { reference, ..options }, progress);
    // Nothing comes of a fit that was ended.
    let fitted = model.map(|model| {
        let (reference, distributions) = (Reference::of(&sample), Distribution::of(&sample));
        encode(&Fitted { model, reference, distributions })
    });
    Event::Fitted { model: fitted.unwrap_or_default().into() }
}

/// Merges rankings, and the same grouped.
#[inline(never)]
pub fn merge_rankings(parts: &[impl AsRef<[u8]>], findings: &Findings, limit: usize) -> Event {
    let parts = parts.iter().filter_map(|part| decode::<(Ranking, Groups)>(part.as_ref()));
    let (rankings, groups) = parts.unzip();
    Event::Ranked { ranking: Ranking::merge(rankings, limit), groups: Groups::merge(groups, findings, limit) }
}

/// What was found out about files.
pub(super) fn decoded(detections: &[(ByteBuf, Option<i64>)]) -> Vec<Detection> {
    let decoded = |(bytes, modified): &(ByteBuf, Option<i64>)| {
        let detection = decode(bytes).unwrap_or_else(|| Detection::unreadable(String::new()));
        Detection { modified: *modified, ..detection }
    };
    detections.iter().map(decoded).collect()
}

/// Joins what was found out about all files, with what the person says of them now or said of such files before.
/// A saved model (as a file) says what columns hold that may be read in several ways; `names` are fields that the person says
/// are columns of it, each with that before it.
#[inline(never)]
pub(super) fn plan(
    detections: &[(ByteBuf, Option<i64>)],
    given: Mapping,
    remembered: &[(u64, Mapping)],
    model: Option<&[u8]>,
    names: &[(String, String)],
) -> Event {
    let detections = decoded(detections);
    let fingerprint = fingerprint(&detections);
    let said = given.or_remembered(remembered, fingerprint);
    let model = model.and_then(|bytes| Saved::from_bytes(bytes).ok());
    let mapping = match &model {
        Some(model) if said.is_empty() => model.mapping_for(&detections),
        _ => said,
    };
    let mut planned = mapping.clone();
    let names_duration = mapping.roles.iter().any(|(role, _)| *role == Role::Duration);
    if model.as_ref().is_some_and(Saved::knows_text_durations) && !names_duration {
        // What is ordinary was learned of durations in messages: a field's would be held against them.
        planned.roles.push((Role::Duration, None));
    }
    let mut dataset = Dataset::plan(&detections, &planned);
    if let Some(model) = &model {
        Fit::translate(model, names, &mut dataset);
    }
    let columns = dataset.columns.clone();
    Event::Planned { dataset: encode(&dataset).into(), columns, fingerprint, mapping }
}
