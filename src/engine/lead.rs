//! The merges: work of one shard for all.

use serde::{Deserialize, Serialize};

use super::bytes::{decode, encode};
use super::message::Event;
use crate::baseline::Clock;
use crate::baseline::table::{MAX_NAMES, Names};
use crate::detect::sample::Sample;
use crate::detect::{ForestParams, IsolationForest, Model};
use crate::feature::survey::ColumnSurvey;
use crate::feature::{Recipe, Survey};
use crate::finding::reason::Reference;
use crate::finding::{Ranking, rank::Ranked};
use crate::record::{Dataset, Role};
use crate::template::{Catalog, ShapeTable};

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

/// Merges surveys and decides on the features. Parts that are not readable are left out; the conductor and the shards are
/// of one build, so there are none.
pub fn merge_surveys(dataset: &Dataset, parts: &[impl AsRef<[u8]>]) -> Event {
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
    let catalog = Catalog::build(&shapes);
    let preparation = encode(&Preparation { survey, recipe: recipe.clone(), catalog, names, clock });
    Event::Prepared { preparation: preparation.into(), recipe, times }
}

/// Fits the detector to the merged sample. `largest` is as in [`IsolationForest::fit`].
pub fn fit(offers: &[impl AsRef<[u8]>], wanted: usize, params: ForestParams, largest: &[Option<f32>]) -> Event {
    let offers: Vec<Sample> = offers.iter().filter_map(|offer| decode(offer.as_ref())).collect();
    let sample = Sample::merge(&offers, wanted);
    let forest = IsolationForest::fit(&sample.rows, params, largest);
    let fitted = Fitted { model: Model::IsolationForest(forest), reference: Reference::of(&sample.rows) };
    Event::Fitted { model: encode(&fitted).into() }
}

/// Merges rankings.
pub fn merge_rankings(parts: &[impl AsRef<[u8]>], limit: usize) -> Event {
    let parts = parts.iter().filter_map(|part| decode::<Vec<Ranked>>(part.as_ref())).map(Ranking).collect();
    Event::Ranked { ranking: Ranking::merge(parts, limit) }
}
