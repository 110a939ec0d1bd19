//! The values of one field for the rows of one segment.

use rustc_hash::FxHashMap;

use super::Kind;
use super::packed::{Ids, Numbers, Times};
use crate::common::memo::Memo;
use crate::common::text::cut;

/// A category column may hold this many distinct values in all of the data; with more it is no category, and is dropped.
/// The rule looks at the total alone, so it decides alike for every way of cutting the data.
pub const MAX_CATEGORIES: usize = 65_534;
/// Longest category value in bytes; longer ones are cut at a character.
pub const MAX_CATEGORY_BYTES: usize = 256;
/// The code of a value for which there is none left.
const NO_ROOM: u16 = MAX_CATEGORIES as u16 + 1;

/// Time of a row that has none.
pub const NO_TIME: i64 = i64::MIN;

/// The values of one field, one per row. Missing values: NaN, code 0, [`NO_TIME`], level 0, hash 0.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Nothing is kept: the file has it.
    Unkept,
    /// Nanoseconds since the Unix epoch.
    Time(Times),
    /// [`super::Level`] as a number.
    Level(Vec<u8>),
    /// Numbers; durations in milliseconds.
    Number(Numbers),
    /// Codes into a dictionary; 0 is "missing".
    Category(Categories),
    /// Hash of an id.
    Id(Ids),
    /// What all messages come to: the rows themselves have their templates.
    Shape(Shapes),
}

/// What the messages of a segment come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shapes {
    /// Rows with a message.
    pub present: u64,
    /// The hash of their shape, if they have but one; 0 otherwise.
    pub only: u32,
}

impl Shapes {
    /// Counts a row's message; 0 for none.
    pub fn add(&mut self, shape: u32) {
        if shape != 0 {
            self.only = if self.present == 0 || self.only == shape { shape } else { 0 };
            self.present += 1;
        }
    }
}

/// Dictionary-encoded values.
#[derive(Clone, Debug, Default)]
pub struct Categories {
    /// One code per row; 0 where the row has no value.
    pub codes: Vec<u16>,
    /// `values[code - 1]`, in order of first appearance.
    pub values: Vec<String>,
    /// More distinct values than [`MAX_CATEGORIES`]: codes and values are empty and stay so.
    pub overflowed: bool,
    index: FxHashMap<Vec<u8>, u16>,
    recent: Memo<u16>,
}

impl PartialEq for Categories {
    fn eq(&self, other: &Self) -> bool {
        // The rest only says the same in another way.
        (&self.codes, &self.values, self.overflowed) == (&other.codes, &other.values, other.overflowed)
    }
}

impl Categories {
    /// Whether a value may be the beginning of a longer one.
    pub fn may_be_cut(&self) -> bool {
        // A cut at a character takes up to three bytes more.
        self.values.iter().any(|value| value.len() >= MAX_CATEGORY_BYTES - 3)
    }

    /// Appends a row's value; what is not UTF-8 is missing.
    pub fn push(&mut self, value: Option<&[u8]>) {
        if self.overflowed {
            return;
        }
        let Self { values, index, recent, .. } = self;
        let code = match value {
            None => 0,
            Some(value) if value.len() <= MAX_CATEGORY_BYTES => recent.get_or(value, || code_of(value, values, index)),
            Some(value) => std::str::from_utf8(value)
                .map_or(0, |text| code_of(cut(text, MAX_CATEGORY_BYTES).as_bytes(), values, index)),
        };
        if code == NO_ROOM {
            *self = Self { overflowed: true, ..Self::default() };
        } else {
            self.codes.push(code);
        }
    }

    /// Rows per value, by code - 1.
    pub fn counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.values.len()];
        for &code in self.codes.iter().filter(|&&code| code > 0) {
            counts[code as usize - 1] += 1;
        }
        counts
    }

    /// The value of a row.
    pub fn value(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        (code > 0).then(|| self.values[code as usize - 1].as_str())
    }

    /// The values so far, in no more memory than they need; the room that they took stays for other rows.
    fn harvest(&mut self) -> Self {
        let harvest = Self {
            codes: self.codes.as_slice().to_vec(),
            values: std::mem::take(&mut self.values),
            overflowed: self.overflowed,
            ..Self::default()
        };
        self.codes.clear();
        self.index.clear();
        self.recent = Memo::default();
        self.overflowed = false;
        harvest
    }
}

/// The code of a value that may be new.
#[inline(never)]
fn code_of(value: &[u8], values: &mut Vec<String>, index: &mut FxHashMap<Vec<u8>, u16>) -> u16 {
    if let Some(&code) = index.get(value) {
        return code;
    }
    if values.len() == MAX_CATEGORIES {
        return NO_ROOM;
    }
    let Ok(text) = std::str::from_utf8(value) else { return 0 };
    let code = values.len() as u16 + 1;
    values.push(text.to_owned());
    index.insert(value.to_vec(), code);
    code
}

impl Column {
    /// A column without rows for a kind of value.
    pub fn empty(kind: Kind) -> Self {
        Growing::new(kind).harvest()
    }

    /// Bytes of memory that the values take, about.
    pub fn bytes(&self) -> u64 {
        let bytes = match self {
            Self::Unkept | Self::Shape(_) => 0,
            Self::Time(values) => values.bytes(),
            Self::Level(values) => values.len(),
            Self::Number(values) => values.bytes(),
            Self::Category(values) => {
                values.codes.len() * 2 + values.values.iter().map(|value| value.len() + 24).sum::<usize>()
            }
            Self::Id(values) => values.bytes(),
        };
        bytes as u64
    }
}

/// A column to which rows are added. Its room is used again for the next segment.
#[derive(Debug)]
pub enum Growing {
    /// Nothing is kept.
    Unkept,
    /// Nanoseconds since the Unix epoch.
    Time(Vec<i64>),
    /// [`super::Level`] as a number.
    Level(Vec<u8>),
    /// Numbers; durations in milliseconds.
    Number(Vec<f64>),
    /// Codes into a dictionary.
    Category(Categories),
    /// Hash of an id.
    Id(Vec<u64>),
    /// What all messages come to.
    Shape(Shapes),
}

impl Growing {
    /// An empty column for a kind of value.
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Time => Self::Time(Vec::new()),
            Kind::Level => Self::Level(Vec::new()),
            Kind::Number => Self::Number(Vec::new()),
            Kind::Category => Self::Category(Categories::default()),
            Kind::Id => Self::Id(Vec::new()),
            Kind::Message => Self::Shape(Shapes::default()),
            Kind::Text | Kind::Sequence | Kind::Date => Self::Unkept,
        }
    }

    /// The values so far, packed. The column is then empty.
    pub fn harvest(&mut self) -> Column {
        match self {
            Self::Unkept => Column::Unkept,
            Self::Time(values) => harvest(values, |values| Column::Time(Times::pack(values))),
            Self::Level(values) => harvest(values, |values| Column::Level(values.to_vec())),
            Self::Number(values) => harvest(values, |values| Column::Number(Numbers::pack(values))),
            Self::Category(values) => Column::Category(values.harvest()),
            Self::Id(values) => harvest(values, |values| Column::Id(Ids::pack(values))),
            Self::Shape(shapes) => Column::Shape(std::mem::take(shapes)),
        }
    }
}

/// What packing makes of values; their room stays.
fn harvest<T, U>(values: &mut Vec<T>, pack: impl Fn(&[T]) -> U) -> U {
    let packed = pack(values);
    values.clear();
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_coded_in_order_of_appearance() {
        let mut column = Categories::default();
        for value in [Some("a"), None, Some("b"), Some("a"), Some("a")] {
            column.push(value.map(str::as_bytes));
        }
        assert_eq!(column.codes, [1, 0, 2, 1, 1]);
        assert_eq!(column.counts(), [3, 1]);
        assert_eq!(column.value(2), Some("b"));
        assert_eq!(column.value(1), None);
    }

    #[test]
    fn a_column_with_too_many_values_is_dropped_for_good() {
        let mut column = Categories::default();
        for n in 0..=MAX_CATEGORIES {
            column.push(Some(n.to_string().as_bytes()));
        }
        column.push(Some(b"1"));
        assert!(column.overflowed && column.codes.is_empty() && column.values.is_empty());
    }
}
