//! A search whose names are columns and whose texts are values: what shards are told.

use serde::{Deserialize, Serialize};

use crate::record::{Dataset, Kind};

/// A search that can be evaluated: postfix, so that nothing recurses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Operands before their operators; leaves one value on the stack.
    pub(super) ops: Vec<Op>,
    /// What the operands test.
    pub(super) leaves: Vec<Leaf>,
}

/// A step of the evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Op {
    /// Pushes a leaf's value.
    Leaf(u16),
    /// Turns the topmost value around.
    Not,
    /// Joins the topmost values: all of them.
    And(u16),
    /// Joins the topmost values: any of them.
    Or(u16),
}

/// A test of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Leaf {
    /// Every row, or none.
    Always(bool),
    /// The level is one of these: bit n stands for level n.
    Levels(u16),
    /// The time lies between, both ends included; rows without a time don't.
    Time(i64, i64),
    /// The time of day lies between, in nanoseconds since midnight, both ends included; over midnight where the first is later.
    Clock(i64, i64),
    /// A number of a column lies in a range; rows without one don't.
    Number(u32, Range),
    /// How long the message says that it took, in milliseconds, lies in a range; rows that don't say it don't.
    Took(Range),
    /// An id of a column has this hash.
    Id(u32, u64),
    /// A column has a value.
    Exists(u32),
    /// The row's file is one of these.
    Files(Vec<u32>),
    /// The row's message is of one of these templates.
    Templates(Vec<u32>),
    /// The row's 0-based number over all rows lies in a range.
    Row(Range),
    /// The record's 0-based number in its file lies in a range.
    Line(Range),
    /// The score lies in a range; rows without one don't.
    Score(Range),
    /// The score falls into this bin or a higher one.
    AtLeast(u32),
    /// Whether the score that a forest of labelled rows predicts falls into this bin or a higher one, as 1 or 0, lies in a range.
    Predicted(u32, Range),
    /// The text of a column's value passes any of these tests.
    Value(u32, Vec<TextTest>),
    /// The text of any column's value passes any of these tests.
    AnyValue(Vec<TextTest>),
    /// The record's text holds these pieces one behind the other, whatever their case.
    Raw(Vec<String>),
    /// The record's text matches a regular expression.
    RawRegex(String, bool),
}

/// A test of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum TextTest {
    /// There is one.
    Present,
    /// It is these pieces one behind the other with anything in between, whatever their case.
    Whole(Vec<String>),
    /// It holds these pieces one behind the other, whatever their case.
    Holds(Vec<String>),
    /// It is this text, byte by byte.
    Exactly(String),
    /// It matches a regular expression; whether any case will do.
    Regex(String, bool),
    /// It is a number in a range.
    Number(Range),
}

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Range {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// The lower end itself is outside.
    pub low_open: bool,
    /// The upper end itself is outside.
    pub high_open: bool,
}

impl Range {
    /// Every number.
    pub(super) const ALL: Self =
        Self { low: f64::NEG_INFINITY, high: f64::INFINITY, low_open: false, high_open: false };

    /// One number.
    pub(super) fn only(value: f64) -> Self {
        Self { low: value, high: value, ..Self::ALL }
    }

    /// Whether a number is inside; NaN never is.
    #[inline]
    pub(super) fn holds(&self, value: f64) -> bool {
        (if self.low_open { value > self.low } else { value >= self.low })
            && (if self.high_open { value < self.high } else { value <= self.high })
    }
}

impl Condition {
    /// Every row.
    pub fn all() -> Self {
        Self::of(Leaf::Always(true))
    }

    /// Rows whose score falls into this bin or a higher one ([`crate::finding::threshold`]).
    pub fn at_least(bin: u32) -> Self {
        Self::of(Leaf::AtLeast(bin))
    }

    /// Rows of these levels: bit n stands for level n.
    pub fn levels(levels: u16) -> Self {
        Self::of(Leaf::Levels(levels))
    }

    pub(super) fn of(leaf: Leaf) -> Self {
        Self { ops: vec![Op::Leaf(0)], leaves: vec![leaf] }
    }

    /// Rows that meet both.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        let before = self.leaves.len() as u16;
        self.ops.extend(other.ops.iter().map(|op| match op {
            Op::Leaf(leaf) => Op::Leaf(leaf + before),
            op => *op,
        }));
        self.ops.push(Op::And(2));
        self.leaves.extend(other.leaves.iter().cloned());
        self
    }

    /// Puts in place of each id that rows are asked for the one that stands for it.
    pub fn replace_ids(&mut self, stands_for: impl Fn(u64) -> u64) {
        for leaf in &mut self.leaves {
            if let Leaf::Id(_, id) = leaf {
                *id = stands_for(*id);
            }
        }
    }

    /// Whether every row meets it, whatever is in it.
    pub fn is_all(&self) -> bool {
        self.ops == [Op::Leaf(0)] && self.leaves == [Leaf::Always(true)]
    }

    /// Whether it asks for a place among all rows or in the file, which changes while files are read.
    pub fn needs_places(&self) -> bool {
        self.leaves.iter().any(|leaf| matches!(leaf, Leaf::Row(_) | Leaf::Line(_)))
    }

    /// Whether it asks for scores, which rows don't have until they are scored.
    pub fn needs_scores(&self) -> bool {
        self.leaves.iter().any(|leaf| matches!(leaf, Leaf::Score(_) | Leaf::AtLeast(_) | Leaf::Predicted(..)))
    }

    /// Whether it may have to read the records: then segments are best asked one after the other.
    pub fn needs_text(&self, dataset: &Dataset) -> bool {
        let kept = |column: usize| dataset.columns.get(column).is_some_and(|column| column.kind == Kind::Category);
        self.leaves.iter().any(|leaf| match leaf {
            Leaf::Raw(_) | Leaf::RawRegex(..) | Leaf::AnyValue(_) => true,
            Leaf::Value(column, _) => !kept(*column as usize),
            _ => false,
        })
    }
}
