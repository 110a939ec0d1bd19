//! Options of every command that learns from rows.

use std::path::PathBuf;

use clap::Args;

use super::Analysis;
use super::cli::{Failure, quoted, read_mapping, role};
use super::query::facets;
use super::score::kind;
use crate::common::text::some_of;
use crate::detect::Kind;
use crate::engine::{Filter, Settings};
use crate::explain::accuracy::{flag, is_flag};
use crate::feature::FeatureChoice;
use crate::filter::facet::Facet;
use crate::record::Role;
use crate::record::mapping::Mapping;
use crate::view::FieldReport;

/// Rows are seldom labelled anomalous if it is one of so many.
const SELDOM: u64 = 5;

/// What a detector learns from, and which one.
#[derive(Args)]
pub(super) struct Learning {
    /// The detector of single rows: isolation-forest, one-class-svm, lof, knn, autoencoder, robust-z, rarity, ensemble or
    /// ensemble-vote [default: ensemble for tables of numbers, isolation-forest where there are messages].
    #[arg(long, value_name = "NAME", value_parser = kind)]
    detector: Option<Kind>,
    /// Members of an ensemble, with commas between; without --detector it is `ensemble` then [default:
    /// isolation-forest,robust-z,knn].
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', value_parser = member)]
    members: Vec<Kind>,
    /// What goes into the features: presets (standard; numbers-only: numbers and duration; classic: service, instance and queue
    /// one-hot, and the duration; all), groups (numbers, categories, duration, level, template, hour, session) and fields, with
    /// commas between; a field of categories as `host:one-hot` or `host:rarity`, and so `categories:one-hot`; with a minus in
    /// front it is left out, as a column that says which rows are anomalous should be: `-is_bad`.
    #[arg(long, value_name = "LIST", value_parser = FeatureChoice::parse, default_value = "standard", allow_hyphen_values = true)]
    features: FeatureChoice,
    /// Seed of every random choice: equal seeds give equal findings.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

impl Learning {
    /// The settings that say so.
    pub(super) fn settings(&self) -> Result<Settings, Failure> {
        let usual = Settings::default();
        let of_members = !self.members.is_empty();
        let detector = self.detector.or(of_members.then_some(Kind::Ensemble));
        if of_members && !matches!(detector, Some(Kind::Ensemble | Kind::EnsembleVote)) {
            return Err(Failure(2, "--members are those of --detector ensemble or ensemble-vote.".into()));
        }
        Ok(Settings {
            seed: self.seed,
            detector,
            members: if self.members.is_empty() { usual.members } else { self.members.clone() },
            features: self.features.clone(),
            ..usual
        })
    }

    /// A field that was named and that no file has is a mistake worth stopping for.
    pub(super) fn check(&self, analysis: &Analysis) -> Result<(), Failure> {
        let columns = &analysis.conductor().dataset().columns;
        let unknown = self.features.unknown(columns);
        if unknown.is_empty() || columns.is_empty() {
            return Ok(());
        }
        let names = some_of(columns.iter().map(|column| column.name.as_str()));
        let forms = if unknown.iter().any(|name| name.contains(':')) {
            " What may stand behind a field's name is :one-hot or :rarity."
        } else {
            ""
        };
        Err(Failure(2, format!("no file has a field {} for --features; there are {names}.{forms}", unknown.join(", "))))
    }

    /// What to say where one of the features may be what tells which rows are anomalous: it has two values, such as 0 and 1,
    /// the anomalous one in at most one row of [`SELDOM`], and it is the only such feature. Then the detector has seen the
    /// answer.
    pub(super) fn may_be_labels(&self, analysis: &mut Analysis, fields: &[FieldReport]) -> Result<String, Failure> {
        let columns = &analysis.conductor().dataset().columns;
        let flags = (0..).zip(columns).zip(fields).filter(|((_, column), field)| {
            field.is_feature()
                && column.role.is_none()
                && is_flag(&field.example)
                && self.features.named(column).is_none()
        });
        let flags: Vec<u32> = flags.map(|((place, _), _)| place).collect();
        let values = facets(analysis, Filter::All, &flags).map_err(|reason| Failure(3, reason))?;
        let seldom_odd = |facet: &&Facet| {
            let (values, others) = facet.top(2);
            let says =
                |place: usize| values.get(place).filter(|(value, _)| is_flag(value)).and_then(|(value, _)| flag(value));
            let is_seldom = values.get(1).is_some_and(|(_, rows)| rows * SELDOM <= facet.rows);
            others == 0 && is_seldom && says(0) == Some(false) && says(1) == Some(true)
        };
        let [only] = values.iter().filter(seldom_odd).collect::<Vec<_>>()[..] else { return Ok(String::new()) };
        let (name, (values, _)) = (&fields[only.column as usize].name, only.top(2));
        Ok(format!(
            "{name} is only {} or {}, and a feature. If it says which rows are anomalous, leave it out: {} among --features.\n",
            values[0].0,
            values[1].0,
            quoted(&format!("-{name}"))
        ))
    }
}

/// A detector that can be a member of an ensemble.
fn member(name: &str) -> Result<Kind, String> {
    match kind(name)? {
        Kind::Ensemble | Kind::EnsembleVote => Err("an ensemble can't be a member of one".to_owned()),
        kind => Ok(kind),
    }
}

/// What the files' fields mean.
#[derive(Args)]
pub(super) struct Fields {
    /// Read roles, zone, year, units and scales from a JSON file, as the page exports them.
    #[arg(long, value_name = "MAPPING.json")]
    mapping: Option<PathBuf>,
    /// Say which field has a role, such as `message=text`; `duration=` leaves a role empty.
    #[arg(long, value_name = "ROLE=FIELD", value_parser = role)]
    map: Vec<(Role, Option<String>)>,
}

impl Fields {
    /// All that is said.
    pub(super) fn mapping(&self) -> Result<Mapping, Failure> {
        let mut mapping = self.mapping.as_deref().map_or(Ok(Mapping::default()), read_mapping)?;
        mapping.roles.splice(0..0, self.map.iter().cloned());
        Ok(mapping)
    }
}
