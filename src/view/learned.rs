//! What a detector has learned, for a person.

use serde::{Deserialize, Serialize};

use crate::detect::{Autoencoder, Kind, Model};
use crate::feature::{Encoding, Recipe};
use crate::model::Distribution;

/// A fitted detector and the features that it was fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearnedView {
    /// Which detector.
    pub detector: Kind,
    /// Those that it is made of, where it is an ensemble.
    pub members: Vec<Kind>,
    /// Rows that it learned from.
    pub rows: u64,
    /// The features, in their order.
    pub features: Vec<LearnedFeature>,
    /// Mean squared errors of an autoencoder by epoch: of the rows that it learned from, and of those kept from it. Empty for
    /// other detectors.
    pub curve: Vec<(f32, f32)>,
}

/// One feature in the rows that were learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearnedFeature {
    /// Its name.
    pub name: String,
    /// How values become numbers, in words.
    pub encoding: String,
    /// Share of the rows without a value, 0..=1; the median stands for it.
    pub missing: f32,
    /// Least and largest value; NaN without any.
    pub range: (f32, f32),
    /// Mean and standard deviation; NaN without any value.
    pub moments: (f64, f64),
}

impl LearnedFeature {
    /// Whether all rows that have a value have the same: it does not contribute.
    pub fn is_constant(&self) -> bool {
        self.range.0 >= self.range.1 || self.range.0.is_nan()
    }
}

impl LearnedView {
    /// What was learned.
    pub fn of(model: &Model, recipe: &Recipe, distributions: &[Distribution]) -> Self {
        let rows = |distribution: &Distribution| distribution.counts.iter().map(|&rows| u64::from(rows)).sum::<u64>();
        let feature = |(feature, distribution): (&crate::feature::Feature, &Distribution)| {
            let missing = distribution.counts.last().copied().unwrap_or(0);
            LearnedFeature {
                name: feature.name.clone(),
                encoding: words(feature.encoding).to_owned(),
                missing: (f64::from(missing) / rows(distribution).max(1) as f64) as f32,
                range: distribution.range,
                moments: distribution.moments,
            }
        };
        let curve = model.autoencoder().map(Autoencoder::curve).unwrap_or_default();
        Self {
            detector: model.kind(),
            members: model.members(),
            rows: distributions.first().map_or(0, rows),
            features: recipe.features.iter().zip(distributions).map(feature).collect(),
            curve: curve.iter().map(|epoch| (epoch.training, epoch.kept)).collect(),
        }
    }
}

fn words(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Value => "as it is",
        Encoding::LogDuration => "log(1 + milliseconds)",
        Encoding::Elapsed => "deviations beyond what is usual for its template",
        Encoding::Severity => "1 (trace) to 8 (fatal)",
        Encoding::Rarity => "bits of rarity of the value",
        Encoding::Presence => "bits of rarity of having it, or of lacking it",
        Encoding::TemplateRarity => "bits of rarity of the template",
        Encoding::OneHot => "1 for this value, else 0",
        Encoding::Other => "1 for all other values, else 0",
        Encoding::HourSine | Encoding::HourCosine => "the hour as an angle",
        Encoding::Session(_) => "log(1 + number) of the session",
    }
}
