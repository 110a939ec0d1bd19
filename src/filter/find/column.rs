//! What the columns alone tell.

use super::{Finder, Place};
use crate::filter::bind::DAY;
use crate::filter::condition::{Leaf, Range};
use crate::filter::mask::Mask;
use crate::finding::threshold::bin_of;
use crate::record::column::NO_TIME;
use crate::record::packed::Numbers;
use crate::record::segment::NO_TEMPLATE;
use crate::record::{Column, Dataset, Segment};

impl Finder {
    /// The rows for which a leaf holds; `None` where the text has to be asked.
    pub(super) fn column_mask(&self, leaf: usize, segment: &Segment, dataset: &Dataset, place: Place) -> Option<Mask> {
        let rows = segment.rows();
        let all = |value| Some(Mask::new(rows, value));
        let column = |column: u32| segment.columns.get(column as usize);
        match self.condition.leaves.get(leaf)? {
            Leaf::Always(value) => all(*value),
            Leaf::Levels(levels) => match self.level.and_then(|level| segment.columns.get(level)) {
                Some(Column::Level(values)) => Some(Mask::of(values, |value| levels >> value & 1 == 1)),
                _ => all(levels & 1 == 1),
            },
            Leaf::Time(from, to) => match self.time.and_then(|time| segment.columns.get(time)) {
                Some(Column::Time(values)) => {
                    let (from, to) = ((*from).max(NO_TIME + 1), *to);
                    Some(Mask::of_each(values.iter(), |value| value >= from && value <= to))
                }
                _ => all(false),
            },
            Leaf::Clock(from, to) => match self.time.and_then(|time| segment.columns.get(time)) {
                Some(Column::Time(values)) => {
                    let (from, to) = (*from, *to);
                    let within = |clock: i64| {
                        if from <= to { clock >= from && clock <= to } else { clock >= from || clock <= to }
                    };
                    Some(Mask::of_each(values.iter(), |value| value != NO_TIME && within(value.rem_euclid(DAY))))
                }
                _ => all(false),
            },
            // One file has a field for what the messages of another say.
            Leaf::Number(index, range) if self.tells_in_messages(*index, segment) => Some(told(segment, *range)),
            Leaf::Number(index, range) => match column(*index) {
                Some(Column::Number(values)) => Some(numbers(values, *range)),
                _ => all(false),
            },
            Leaf::Took(range) if segment.durations.len() == rows => Some(told(segment, *range)),
            Leaf::Id(index, hash) => match column(*index) {
                Some(Column::Id(values)) => Some(Mask::of_each(values.iter(), |value| value == *hash)),
                _ => all(false),
            },
            Leaf::Exists(index) if self.tells_in_messages(*index, segment) => Some(told(segment, Range::ALL)),
            Leaf::Exists(index) => match column(*index)? {
                Column::Time(values) => Some(Mask::of_each(values.iter(), |value| value != NO_TIME)),
                Column::Level(values) => Some(Mask::of(values, |value| value != 0)),
                Column::Number(values) => Some(Mask::of_each(values.iter(), |value| !value.is_nan())),
                Column::Category(values) if values.overflowed => None,
                Column::Category(values) => Some(Mask::of(&values.codes, |code| code != 0)),
                Column::Id(values) => Some(Mask::of_each(values.iter(), |value| value != 0)),
                Column::Shape(_) if self.message == Some(*index as usize) && segment.templates.len() == rows => {
                    Some(Mask::of(&segment.templates, |template| template != NO_TEMPLATE))
                }
                Column::Unkept | Column::Shape(_) => self.elsewhere(*index, segment, dataset),
            },
            Leaf::Files(files) => all(files.contains(&segment.id.file)),
            Leaf::Templates(templates) if segment.templates.len() == rows => {
                Some(one_of(&segment.templates, templates))
            }
            Leaf::Row(range) => Some(positions(rows, place.row, *range)),
            Leaf::Line(range) => Some(positions(rows, place.line, *range)),
            Leaf::Score(range) if segment.scores.len() == rows => {
                Some(Mask::of(&segment.scores, |score| range.holds(f64::from(score))))
            }
            Leaf::AtLeast(bin) if segment.scores.len() == rows => {
                Some(Mask::of(&segment.scores, |score| bin_of(score) >= *bin))
            }
            Leaf::Predicted(bin, range) if segment.predicted.len() == rows => {
                Some(Mask::of(&segment.predicted, |score| range.holds(if bin_of(score) >= *bin { 1.0 } else { 0.0 })))
            }
            Leaf::Took(_) | Leaf::Score(_) | Leaf::AtLeast(_) | Leaf::Predicted(..) | Leaf::Templates(_) => all(false),
            Leaf::Value(index, _) => match column(*index)? {
                // Of a value that may be cut the record tells the whole.
                Column::Category(values) if !(values.overflowed || values.may_be_cut()) => {
                    let tests = self.tests[leaf].tests();
                    let passes = |value: &String| tests.iter().any(|test| test.passes(value.as_bytes()));
                    let table: Vec<bool> = std::iter::once(false).chain(values.values.iter().map(passes)).collect();
                    Some(Mask::of(&values.codes, |code| table[usize::from(code)]))
                }
                _ => self.elsewhere(*index, segment, dataset),
            },
            Leaf::AnyValue(_) | Leaf::Raw(_) | Leaf::RawRegex(..) => None,
        }
    }

    /// Whether a column is that of the durations, and these rows have theirs in their messages.
    fn tells_in_messages(&self, column: u32, segment: &Segment) -> bool {
        self.duration == Some(column as usize) && segment.durations.len() == segment.rows()
    }

    /// No row of a file has a value for a column that the file lacks. (The message of a record that can't be read is the
    /// whole of it, so that one has to be looked at.)
    fn elsewhere(&self, column: u32, segment: &Segment, dataset: &Dataset) -> Option<Mask> {
        let plan = dataset.files.get(segment.id.file as usize)?;
        let has = plan.fields.iter().any(|(_, of, _)| *of == column) || self.message == Some(column as usize);
        (!has).then(|| Mask::new(segment.rows(), false))
    }
}

/// The rows whose messages say that they took so long.
fn told(segment: &Segment, range: Range) -> Mask {
    Mask::of(&segment.durations, |millis| range.holds(f64::from(millis)))
}

/// The numbers in a range. Closed and open ends are told apart once, not once per row.
fn numbers(values: &Numbers, range: Range) -> Mask {
    let Range { low, high, low_open, high_open } = range;
    match (low_open, high_open) {
        (false, false) => Mask::of_each(values.iter(), |value| value >= low && value <= high),
        (true, false) => Mask::of_each(values.iter(), |value| value > low && value <= high),
        (false, true) => Mask::of_each(values.iter(), |value| value >= low && value < high),
        (true, true) => Mask::of_each(values.iter(), |value| value > low && value < high),
    }
}

/// Rows whose number is in a list.
fn one_of(values: &[u32], wanted: &[u32]) -> Mask {
    let most = wanted.iter().copied().max().map_or(0, |most| most as usize + 1);
    let mut table = vec![false; most];
    for &number in wanted {
        table[number as usize] = true;
    }
    Mask::of(values, |value| table.get(value as usize).copied().unwrap_or(false))
}

/// Rows whose number, counted on from `first`, lies in a range.
fn positions(rows: usize, first: u64, range: Range) -> Mask {
    let mut mask = Mask::new(rows, false);
    (0..rows).filter(|&row| range.holds((first + row as u64) as f64)).for_each(|row| mask.set(row, true));
    mask
}
