//! What the columns hold over all rows: a partial per shard, merged by addition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::column::{MAX_CATEGORIES, NO_TIME};
use crate::record::{Column, Dataset, Segment};

/// Counts over rows. Merging is associative and commutative.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Survey {
    /// Number of rows.
    pub rows: u64,
    /// One entry per column of the dataset.
    pub columns: Vec<ColumnSurvey>,
}

/// What one column holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ColumnSurvey {
    /// Nothing is kept of it.
    Unkept,
    /// Earliest and latest time, and how many rows have one.
    Time {
        /// Earliest, nanoseconds.
        from: i64,
        /// Latest, nanoseconds.
        to: i64,
        /// Rows with a time.
        present: u64,
    },
    /// Rows per level.
    Level([u64; 9]),
    /// Range of a number.
    Number {
        /// Smallest value.
        min: f64,
        /// Largest value.
        max: f64,
        /// Rows with a value.
        present: u64,
    },
    /// Rows per value; empty once there are more than [`MAX_CATEGORIES`] values.
    Category {
        /// Value → rows.
        counts: BTreeMap<String, u64>,
        /// Too many different values.
        overflowed: bool,
    },
    /// Rows with an id.
    Id {
        /// Rows with a value.
        present: u64,
    },
    /// Rows with a message.
    Shape {
        /// Rows with a value.
        present: u64,
        /// The only shape there is, if there is but one; 0 otherwise.
        only: u32,
    },
}

impl Survey {
    /// Counts the rows of a shard.
    pub fn of<'a>(dataset: &Dataset, segments: impl Iterator<Item = &'a Segment>) -> Self {
        let mut survey = Self {
            rows: 0,
            columns: dataset.columns.iter().map(|column| ColumnSurvey::new(&Column::empty(column.kind))).collect(),
        };
        for segment in segments {
            survey.rows += segment.rows() as u64;
            for (mine, column) in survey.columns.iter_mut().zip(&segment.columns) {
                mine.add(column);
            }
        }
        survey
    }

    /// Adds another shard's counts.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        for (mine, theirs) in self.columns.iter_mut().zip(&other.columns) {
            mine.merge(theirs);
        }
    }
}

impl ColumnSurvey {
    fn new(column: &Column) -> Self {
        match column {
            Column::Unkept => Self::Unkept,
            Column::Time(_) => Self::Time { from: i64::MAX, to: i64::MIN, present: 0 },
            Column::Level(_) => Self::Level([0; 9]),
            Column::Number(_) => Self::Number { min: f64::INFINITY, max: f64::NEG_INFINITY, present: 0 },
            Column::Category(_) => Self::Category { counts: BTreeMap::new(), overflowed: false },
            Column::Id(_) => Self::Id { present: 0 },
            Column::Shape(_) => Self::Shape { present: 0, only: 0 },
        }
    }

    /// Never inlined: a browser goes on with the slow form of a function until it returns.
    #[inline(never)]
    fn add(&mut self, column: &Column) {
        let mut more = Self::new(column);
        match (&mut more, column) {
            (Self::Time { from, to, present }, Column::Time(values)) => {
                for time in values.iter().filter(|&time| time != NO_TIME) {
                    *from = time.min(*from);
                    *to = time.max(*to);
                    *present += 1;
                }
            }
            (Self::Level(counts), Column::Level(values)) => {
                for &level in values {
                    counts[level as usize] += 1;
                }
            }
            (Self::Number { min, max, present }, Column::Number(values)) => {
                for value in values.iter().filter(|value| !value.is_nan()) {
                    *min = value.min(*min);
                    *max = value.max(*max);
                    *present += 1;
                }
            }
            (Self::Category { counts, overflowed }, Column::Category(values)) => {
                *overflowed = values.overflowed;
                *counts = values.values.iter().cloned().zip(values.counts()).collect();
            }
            (Self::Id { present }, Column::Id(values)) => {
                *present = values.iter().filter(|&id| id != 0).count() as u64;
            }
            (Self::Shape { present, only }, Column::Shape(shapes)) => (*present, *only) = (shapes.present, shapes.only),
            _ => {}
        }
        self.merge(&more);
    }

    fn merge(&mut self, other: &Self) {
        match (self, other) {
            (Self::Time { from, to, present }, Self::Time { from: a, to: b, present: more }) => {
                *from = (*from).min(*a);
                *to = (*to).max(*b);
                *present += more;
            }
            (Self::Level(counts), Self::Level(more)) => {
                counts.iter_mut().zip(more).for_each(|(count, more)| *count += more);
            }
            (Self::Number { min, max, present }, Self::Number { min: a, max: b, present: more }) => {
                *min = min.min(*a);
                *max = max.max(*b);
                *present += more;
            }
            (Self::Category { counts, overflowed }, Self::Category { counts: more, overflowed: over }) => {
                for (value, rows) in more {
                    *counts.entry(value.clone()).or_default() += rows;
                }
                // The total decides, so every order of merging comes to the same.
                *overflowed |= *over || counts.len() > MAX_CATEGORIES;
                if *overflowed {
                    counts.clear();
                }
            }
            (Self::Id { present }, Self::Id { present: more }) => *present += more,
            (Self::Shape { present, only }, Self::Shape { present: more, only: other }) => {
                *only = match (*present, *more) {
                    (0, _) => *other,
                    (_, 0) => *only,
                    _ if *only == *other => *only,
                    _ => 0,
                };
                *present += more;
            }
            _ => {}
        }
    }
}
