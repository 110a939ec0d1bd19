//! The merges: work of one shard for all.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::bytes::{decode, encode};
use super::message::Event;
use crate::baseline::Clock;
use crate::baseline::table::{MAX_NAMES, Names};
use crate::detect::sample::Sample;
use crate::detect::{Cancelled, FitOptions, ForestParams, Kind, Model, never_cancelled};
use crate::feature::survey::ColumnSurvey;
use crate::feature::{Recipe, Survey};
use crate::finding::reason::Reference;
use crate::finding::{Findings, Groups, Ranking};
use crate::ingest::Detection;
use crate::record::mapping::{Mapping, fingerprint};
use crate::record::{Dataset, Role};
use crate::template::{Catalog, Hand, ShapeTable};

/// What every shard needs to make features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preparation {
    /// Counts over all rows.
    pub survey: Survey,
    /// Which columns become features.
    pub recipe: Recipe,
    /// The templates of all messages.
    pub catalog: Catalog,
    /// The names of services and instances.
    pub names: Names,
    /// Bins of time, where rows have times.
    pub clock: Option<Clock>,
}

/// What every shard needs to score rows and to give reasons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The detector.
    pub model: Model,
    /// What was expected of each feature.
    pub reference: Reference,
}

/// Merges surveys, decides on the features, and makes the templates, changed by hand as the person did. Parts that are not readable are left out; the conductor and the shards are
/// of one build, so there are none.
pub fn merge_surveys(dataset: &Dataset, parts: &[impl AsRef<[u8]>], hand: &Hand) -> Event {
    let mut survey = Survey::of(dataset, std::iter::empty());
    let mut shapes = ShapeTable::default();
    for (part, messages) in parts.iter().filter_map(|part| decode::<(Survey, ShapeTable)>(part.as_ref())) {
        survey.merge(&part);
        shapes.merge(&messages);
    }
    let recipe = Recipe::new(dataset, &survey);
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
    let clock = times.map(|times| Clock::new(times, survey.rows));
    let catalog = Catalog::build(&shapes).changed(hand);
    let preparation = encode(&Preparation { survey, recipe: recipe.clone(), catalog, names, clock });
    Event::Prepared { preparation: preparation.into(), recipe, times }
}

/// Fits the detector to the merged sample. `largest` is as in [`FitOptions`].
pub fn fit(offers: &[impl AsRef<[u8]>], wanted: usize, params: ForestParams, largest: &[Option<f32>]) -> Event {
    let offers: Vec<Sample> = offers.iter().filter_map(|offer| decode(offer.as_ref())).collect();
    let sample = Sample::merge(&offers, wanted);
    let ForestParams { trees, subsample, seed } = params;
    let options = FitOptions { trees, subsample, seed, largest: largest.to_vec(), ..FitOptions::default() };
    let model = match Model::fit(Kind::IsolationForest, &sample.rows, &options, &mut never_cancelled) {
        Ok(model) => model,
        Err(Cancelled) => unreachable!("nobody cancels"),
    };
    let fitted = Fitted { model, reference: Reference::of(&sample.rows) };
    Event::Fitted { model: encode(&fitted).into() }
}

/// Merges rankings, and the same grouped.
pub fn merge_rankings(parts: &[impl AsRef<[u8]>], findings: &Findings, limit: usize) -> Event {
    let parts = parts.iter().filter_map(|part| decode::<(Ranking, Groups)>(part.as_ref()));
    let (rankings, groups) = parts.unzip();
    Event::Ranked { ranking: Ranking::merge(rankings, limit), groups: Groups::merge(groups, findings, limit) }
}

/// Joins what was found out about all files, with what the person says of them now or said of such files before.
pub(super) fn plan(detections: &[(ByteBuf, Option<i64>)], given: Mapping, remembered: &[(u64, Mapping)]) -> Event {
    let detections: Vec<Detection> = detections
        .iter()
        .map(|(bytes, modified)| {
            let detection = decode(bytes).unwrap_or_else(|| Detection::unreadable(String::new()));
            Detection { modified: *modified, ..detection }
        })
        .collect();
    let fingerprint = fingerprint(&detections);
    let earlier = remembered.iter().find(|(number, _)| *number == fingerprint).filter(|_| given.is_empty());
    let mapping = earlier.map_or(given, |(_, mapping)| mapping.clone());
    let dataset = Dataset::plan(&detections, &mapping);
    let columns = dataset.columns.clone();
    Event::Planned { dataset: encode(&dataset).into(), columns, fingerprint, mapping }
}
