//! Which rows of a segment meet a condition.

mod column;
mod read;

use regex_lite::Regex;

use super::condition::{Condition, Leaf, Op};
use super::literal;
use super::mask::Mask;
use super::needle::Needle;
use super::text::{self, Test};
use crate::ingest::{ByteSource, ReadError};
use crate::record::column::MAX_CATEGORY_BYTES;
use crate::record::{Dataset, Kind, Role, Segment};

/// Where a segment's rows stand: indexes of its first row over all rows, and of its first record in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// 0-based.
    pub row: u64,
    /// 0-based.
    pub line: u64,
}

/// A condition that is ready to be evaluated on the segments of a dataset.
#[derive(Clone, Debug)]
pub struct Finder {
    condition: Condition,
    /// One per leaf of the condition.
    tests: Vec<Ready>,
    time: Option<usize>,
    level: Option<usize>,
    message: Option<usize>,
    duration: Option<usize>,
    /// By column: longest text that is looked at.
    limits: Vec<usize>,
}

/// What a leaf needs beyond its columns.
#[derive(Clone, Debug)]
enum Ready {
    /// Nothing.
    Columns,
    /// Tests of the values' texts.
    Tests(Vec<Test>),
    /// What must stand in the raw record before its values are worth a look, and the tests.
    Likely(Needle, Vec<Test>),
    /// Pieces in the raw record; and the same as JSON would write them, where that differs.
    Raw(Vec<Needle>, Option<Vec<Needle>>),
    /// What must stand in the raw record before it is matched, and the expression.
    Regex(Option<Needle>, Option<Regex>),
}

impl Finder {
    /// Makes a condition ready.
    pub fn new(condition: Condition, dataset: &Dataset) -> Self {
        let tests = condition.leaves.iter().map(Ready::new).collect();
        let limit = |kind| if kind == Kind::Category { MAX_CATEGORY_BYTES } else { usize::MAX };
        Self {
            tests,
            time: dataset.role(Role::Time),
            level: dataset.role(Role::Level),
            message: dataset.role(Role::Message),
            duration: dataset.role(Role::Duration),
            limits: dataset.columns.iter().map(|column| limit(column.kind)).collect(),
            condition,
        }
    }

    /// The condition.
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// The rows of a segment that meet the condition. Records are read only where the columns leave it open.
    pub fn find(
        &self,
        segment: &Segment,
        dataset: &Dataset,
        place: Place,
        source: &mut dyn ByteSource,
    ) -> Result<Mask, ReadError> {
        let known: Vec<Option<Mask>> =
            (0..self.tests.len()).map(|leaf| self.column_mask(leaf, segment, dataset, place)).collect();
        let (mut found, mut doubt) = self.judge(&known, segment.rows());
        doubt.drop_rows(&found);
        if !doubt.is_empty() {
            self.read(segment, dataset, &known, &doubt, source, &mut found)?;
        }
        Ok(found)
    }

    /// The rows that surely meet the condition, and those that may. `known`: by leaf, `None` where only the text tells.
    fn judge(&self, known: &[Option<Mask>], rows: usize) -> (Mask, Mask) {
        let mut stack: Vec<(Mask, Mask)> = Vec::new();
        for op in &self.condition.ops {
            match *op {
                Op::Leaf(leaf) => stack.push(match known.get(leaf as usize) {
                    Some(Some(mask)) => (mask.clone(), mask.clone()),
                    _ => (Mask::new(rows, false), Mask::new(rows, true)),
                }),
                Op::Not => {
                    if let Some((sure, maybe)) = stack.last_mut() {
                        std::mem::swap(sure, maybe);
                        sure.flip();
                        maybe.flip();
                    }
                }
                Op::And(count) | Op::Or(count) => {
                    let join = if matches!(op, Op::And(_)) { Mask::keep } else { Mask::add };
                    let others = stack.split_off((stack.len() + 1).saturating_sub(usize::from(count)));
                    if let Some((sure, maybe)) = stack.last_mut() {
                        for (other_sure, other_maybe) in &others {
                            join(sure, other_sure);
                            join(maybe, other_maybe);
                        }
                    }
                }
            }
        }
        stack.pop().unwrap_or_else(|| (Mask::new(rows, false), Mask::new(rows, false)))
    }

    /// The same for one row. `leaf` tells a leaf's value, `None` where it is not known yet.
    fn decide(&self, leaf: impl Fn(usize) -> Option<bool>, stack: &mut Vec<Option<bool>>) -> Option<bool> {
        stack.clear();
        for op in &self.condition.ops {
            match *op {
                Op::Leaf(at) => stack.push(leaf(at as usize)),
                Op::Not => {
                    if let Some(last) = stack.last_mut() {
                        *last = last.map(|value| !value);
                    }
                }
                Op::And(count) | Op::Or(count) => {
                    let decisive = matches!(op, Op::Or(_));
                    let parts = &stack[stack.len().saturating_sub(usize::from(count))..];
                    let value = if parts.contains(&Some(decisive)) {
                        Some(decisive)
                    } else if parts.contains(&None) {
                        None
                    } else {
                        Some(!decisive)
                    };
                    stack.truncate(stack.len().saturating_sub(usize::from(count)));
                    stack.push(value);
                }
            }
        }
        stack.pop().flatten()
    }
}

impl Ready {
    fn new(leaf: &Leaf) -> Self {
        match leaf {
            Leaf::Value(_, tests) | Leaf::AnyValue(tests) => {
                let ready = tests.iter().map(Test::new).collect();
                match tests.as_slice() {
                    [one] => match text::required(one) {
                        Some(piece) => Self::Likely(Needle::new(&piece), ready),
                        None => Self::Tests(ready),
                    },
                    _ => Self::Tests(ready),
                }
            }
            Leaf::Raw(pieces) => {
                let escaped: Vec<String> = pieces.iter().map(|piece| escape(piece)).collect();
                let differs = escaped != *pieces;
                Self::Raw(text::needles(pieces), differs.then(|| text::needles(&escaped)))
            }
            Leaf::RawRegex(pattern, any_case) => {
                let needle = literal::of_regex(pattern).map(|held| Needle::new(&held));
                Self::Regex(needle, text::regex(pattern, *any_case).ok())
            }
            _ => Self::Columns,
        }
    }

    /// Tests of values, if those are what it takes.
    fn tests(&self) -> &[Test] {
        match self {
            Self::Tests(tests) | Self::Likely(_, tests) => tests,
            _ => &[],
        }
    }
}

/// A text as it stands in a JSON string.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c => escaped.push(c),
        }
    }
    escaped
}
