//! How often each value of a field occurs among the rows in view.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Mask;
use crate::record::{Column, Dataset, Kind, Level, Segment};

/// A field with more distinct values than this in view is not listed. The rule looks at the total alone, so it decides alike
/// for every way of cutting the data.
pub const MAX_VALUES: usize = 10_000;

/// The values of one field and their rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet {
    /// Column of the dataset.
    pub column: u32,
    /// Rows in view.
    pub rows: u64,
    /// Rows in view that have a value.
    pub present: u64,
    /// Rows by value, as a search names it.
    values: BTreeMap<String, u64>,
    /// More than [`MAX_VALUES`] values, or a kind of field whose values are not kept: there are none to be listed.
    pub unlisted: bool,
}

impl Facet {
    /// Without rows yet.
    pub fn new(column: u32) -> Self {
        Self { column, rows: 0, present: 0, values: BTreeMap::new(), unlisted: false }
    }

    /// Adds the rows of a segment that a mask means; all of them without one.
    pub fn count(&mut self, segment: &Segment, mask: Option<&Mask>) {
        self.rows += mask.map_or(segment.rows(), Mask::count) as u64;
        match segment.columns.get(self.column as usize) {
            Some(Column::Category(values)) if !values.overflowed => {
                let mut counts = vec![0_u64; values.values.len() + 1];
                each(
                    |row| values.codes.get(row).copied(),
                    values.codes.len(),
                    mask,
                    |code| counts[usize::from(code)] += 1,
                );
                for (value, count) in values.values.iter().zip(&counts[1..]).filter(|(_, count)| **count > 0) {
                    self.add(value, *count);
                }
            }
            Some(Column::Level(values)) => {
                let mut counts = [0_u64; 256];
                each(|row| values.get(row).copied(), values.len(), mask, |level| counts[usize::from(level)] += 1);
                for level in Level::ALL.into_iter().skip(1).filter(|&level| counts[level as usize] > 0) {
                    self.add(&level.name().to_lowercase(), counts[level as usize]);
                }
            }
            Some(Column::Number(values)) => {
                let mut counts: FxHashMap<u64, u64> = FxHashMap::default();
                let (mut present, mut many) = (0, self.unlisted);
                each(
                    |row| values.get(row),
                    values.len(),
                    mask,
                    |value| {
                        present += u64::from(!value.is_nan());
                        if !value.is_nan() && !many {
                            // Zero has two forms.
                            *counts.entry((value + 0.0).to_bits()).or_default() += 1;
                            many = counts.len() > MAX_VALUES;
                        }
                    },
                );
                if many {
                    self.present += present;
                    self.give_up();
                } else {
                    let mut counts: Vec<(u64, u64)> = counts.into_iter().collect();
                    counts.sort_unstable();
                    for (bits, count) in counts {
                        self.add(&f64::from_bits(bits).to_string(), count);
                    }
                }
            }
            _ => self.give_up(),
        }
    }

    fn add(&mut self, value: &str, count: u64) {
        self.present += count;
        if self.unlisted {
            return;
        }
        match self.values.get_mut(value) {
            Some(known) => *known += count,
            None => {
                self.values.insert(value.to_owned(), count);
            }
        }
        if self.values.len() > MAX_VALUES {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        self.unlisted = true;
        self.values.clear();
    }

    /// Adds another shard's rows.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        if other.unlisted {
            self.give_up();
            self.present += other.present;
            return;
        }
        other.values.iter().for_each(|(value, count)| self.add(value, *count));
    }

    /// Rows in view that have a value.
    pub fn rows_of(&self, value: &str) -> u64 {
        self.values.get(value).copied().unwrap_or(0)
    }

    /// The `most` most frequent values (equally frequent ones by their text); and how many values there are besides.
    pub fn top(&self, most: usize) -> (Vec<(&str, u64)>, usize) {
        let mut values: Vec<(&str, u64)> = self.values.iter().map(|(value, count)| (value.as_str(), *count)).collect();
        values.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let others = values.len().saturating_sub(most);
        values.truncate(most);
        (values, others)
    }
}

/// The columns whose values can be listed: levels, categories and numbers, those with a role first.
pub fn listable(dataset: &Dataset) -> Vec<u32> {
    let fits = |kind| matches!(kind, Kind::Level | Kind::Category | Kind::Number);
    (0_u32..).zip(&dataset.columns).filter(|(_, column)| fits(column.kind)).map(|(index, _)| index).collect()
}

/// Calls `each` with the values of the rows that a mask means.
fn each<T>(value: impl Fn(usize) -> Option<T>, rows: usize, mask: Option<&Mask>, each: impl FnMut(T)) {
    match mask {
        None => (0..rows).filter_map(value).for_each(each),
        Some(mask) => mask.ones().filter_map(|row| value(row as usize)).for_each(each),
    }
}
