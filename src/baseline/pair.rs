//! How long it takes each instance of each service, whatever it does.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::sketch::LogSketch;
use super::table::{Names, View};
use crate::record::{Column, Dataset, Role, Segment};

/// Durations in milliseconds by service and instance; a row without one of the names has an empty one. Merging is addition.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Pairs(BTreeMap<(String, String), LogSketch>);

impl Pairs {
    /// Counts the rows of a segment that have a duration. Only names of the list count, of which there are
    /// [`super::table::MAX_NAMES`] at most, the same for all shards.
    #[inline(never)]
    pub fn add(&mut self, dataset: &Dataset, segment: &Segment, names: &Names) {
        let view = View::new(dataset, segment);
        let column = |role| dataset.role(role).and_then(|column| segment.columns.get(column));
        let (services, instances) = (column(Role::Service), column(Role::Instance));
        let known = [Names::places(&names.services, services), Names::places(&names.instances, instances)];
        let code = |column: Option<&Column>, known: &[Option<u32>], row: usize| match column {
            Some(Column::Category(values)) => *known.get(usize::from(*values.codes.get(row)?))?,
            _ => None,
        };
        let mut counted: FxHashMap<[Option<u32>; 2], LogSketch> = FxHashMap::default();
        for row in 0..segment.rows() {
            if let Some(milliseconds) = view.duration(row) {
                let pair = [code(services, &known[0], row), code(instances, &known[1], row)];
                counted.entry(pair).or_default().add(milliseconds);
            }
        }
        let name = |list: &[String], place: Option<u32>| {
            place.and_then(|place| list.get(place as usize)).cloned().unwrap_or_default()
        };
        let counted: BTreeMap<_, _> = counted.into_iter().collect();
        for ([service, instance], durations) in counted {
            let pair = (name(&names.services, service), name(&names.instances, instance));
            self.0.entry(pair).or_default().merge(&durations);
        }
    }

    /// Adds what was counted elsewhere.
    pub fn merge(&mut self, other: Self) {
        for (names, durations) in other.0 {
            self.0.entry(names).or_default().merge(&durations);
        }
    }

    /// Service, instance and durations of each pair, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, &LogSketch)> {
        self.0.iter().map(|((service, instance), durations)| (service.as_str(), instance.as_str(), durations))
    }
}

impl FromIterator<(String, String, f64)> for Pairs {
    /// Counts a duration in milliseconds of each service and instance.
    fn from_iter<T: IntoIterator<Item = (String, String, f64)>>(durations: T) -> Self {
        let mut pairs = Self::default();
        for (service, instance, milliseconds) in durations {
            pairs.0.entry((service, instance)).or_default().add(milliseconds);
        }
        pairs
    }
}
