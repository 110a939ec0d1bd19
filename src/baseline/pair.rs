//! How long it takes each instance of each service, whatever it does.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::sketch::LogSketch;
use super::table::View;
use crate::record::column::Categories;
use crate::record::{Column, Dataset, Role, Segment};

/// Most pairs of a service and an instance that are told of, those with the most durations.
const MOST: usize = 4096;

/// Durations in milliseconds by service and instance; a row without one of the names has an empty one. Merging is addition.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Pairs(BTreeMap<(String, String), LogSketch>);

impl Pairs {
    /// Counts the rows of a segment that have a duration.
    #[inline(never)]
    pub fn add(&mut self, dataset: &Dataset, segment: &Segment) {
        let view = View::new(dataset, segment);
        let names = |role| match dataset.role(role).and_then(|column| segment.columns.get(column)) {
            Some(Column::Category(names)) => Some(names),
            _ => None,
        };
        let (services, instances) = (names(Role::Service), names(Role::Instance));
        let mut codes: FxHashMap<(u16, u16), LogSketch> = FxHashMap::default();
        let code = |names: Option<&Categories>, row| names.and_then(|names| names.codes.get(row)).copied().unwrap_or(0);
        for row in 0..segment.rows() {
            if let Some(milliseconds) = view.duration(row) {
                codes.entry((code(services, row), code(instances, row))).or_default().add(milliseconds);
            }
        }
        let name = |names: Option<&Categories>, code: u16| {
            let value = usize::from(code).checked_sub(1).and_then(|place| names?.values.get(place));
            value.cloned().unwrap_or_default()
        };
        let codes: BTreeMap<_, _> = codes.into_iter().collect();
        for ((service, instance), durations) in codes {
            self.0.entry((name(services, service), name(instances, instance))).or_default().merge(&durations);
        }
    }

    /// Counts one duration.
    pub fn count(&mut self, service: &str, instance: &str, milliseconds: f64) {
        self.0.entry((service.to_owned(), instance.to_owned())).or_default().add(milliseconds);
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: Self) {
        for (names, durations) in other.0 {
            self.0.entry(names).or_default().merge(&durations);
        }
    }

    /// The same without the rarest of very many pairs.
    #[must_use]
    pub fn bounded(self) -> Self {
        let mut counts: Vec<u64> = self.0.values().map(LogSketch::count).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let least = counts.get(MOST).copied().unwrap_or(0);
        Self(self.0.into_iter().filter(|(_, durations)| durations.count() > least).collect())
    }

    /// Service, instance and durations of each pair, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &LogSketch)> {
        self.0.iter().map(|((service, instance), durations)| (service.as_str(), instance.as_str(), durations))
    }
}
