//! Values of fields that few rows have: an error code, a region, a type of user that is hardly ever seen.
//!
//! A value is rare by the share of rows whose value of the field is as rare, weighed down by how often it was seen (as for
//! templates), and by how many values of the field are as rare: of a field that always has new values (users, file names) one
//! more says nothing. And between the rare values of a field and its others there is a gap: the seldom end of many users is
//! no oddity.

use serde::{Deserialize, Serialize};

use super::words::seen;
use crate::common::number::{count, share};
use crate::feature::Survey;
use crate::feature::recipe::is_label;
use crate::feature::survey::ColumnSurvey;
use crate::record::{Column, Dataset, Kind, Segment};

/// A value is rare if it and all that are as rare are this share of the rows at most.
const RARE_SHARE: f64 = 0.01;
/// The value that is next in frequency to the rare ones has so many times more rows.
const GAP: u64 = 10;
/// Weakest that is told.
const LEAST: f64 = 1.0;
/// Stands for all values that a saved model does not know.
pub const UNSEEN: u32 = u32::MAX;

/// The fields that have rare values, or in which an unknown one would be.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RareValues {
    fields: Vec<Field>,
    /// Rows that values were counted in.
    rows: u64,
    /// Whether these are the rows that a saved model was fitted to.
    of_model: bool,
}

#[derive(Clone, Debug, PartialEq)]
struct Field {
    column: usize,
    name: String,
    /// The rare values in the order of their texts, with their rows and strength.
    values: Vec<(String, u64, f64)>,
    /// All values, where a saved model knows them: any other one has this strength.
    known: Option<(Vec<String>, f64)>,
}

/// What each code of a segment's column is worth: the place among the field's values, and the strength.
type Codes<'a> = (u32, &'a [u16], Vec<Option<(u32, f64)>>);

impl RareValues {
    /// The rare values by the counts over all rows, or over those that a saved model was fitted to; then `unseen` says what it
    /// does not know.
    pub fn new(dataset: &Dataset, survey: &Survey, unseen: Option<&[Unseen]>) -> Self {
        let columns = dataset.columns.iter().zip(&survey.columns).enumerate();
        let mut fields: Vec<Field> = columns
            .filter(|(_, (column, _))| column.kind == Kind::Category && !is_label(&column.name))
            .filter_map(|(place, (column, held))| {
                let ColumnSurvey::Category { counts, overflowed: false } = held else { return None };
                let lacking = survey.rows.saturating_sub(counts.values().sum());
                let rows = || counts.values().copied().chain([lacking]);
                let counted = Frequencies::new(rows(), 0);
                let rare = counts.iter().map(|(value, &rows)| (value.clone(), rows, counted.strength(rows)));
                let values: Vec<_> = rare.filter(|(.., strength)| *strength >= LEAST).collect();
                let unseen = unseen.and_then(|unseen| unseen.get(place)).map_or(0.0, |unseen| unseen.strength(rows()));
                let known = (!counts.is_empty() && unseen >= LEAST).then(|| (counts.keys().cloned().collect(), unseen));
                (!values.is_empty() || known.is_some()).then(|| Field {
                    column: place,
                    name: column.name.clone(),
                    values,
                    known,
                })
            })
            .collect();
        // One field of several is odd more often than one alone.
        let penalty = libm::log10(fields.len().max(1) as f64);
        for field in &mut fields {
            field.values.iter_mut().for_each(|value| value.2 -= penalty);
            field.values.retain(|value| value.2 >= LEAST);
            field.known =
                field.known.take().map(|(known, unseen)| (known, unseen - penalty)).filter(|known| known.1 >= LEAST);
        }
        Self { fields, rows: survey.rows, of_model: unseen.is_some() }
    }

    /// The fields in a segment.
    pub(super) fn of_segment<'a>(&self, segment: &'a Segment) -> Vec<Codes<'a>> {
        let codes = |(place, field): (u32, &Field)| {
            let Some(Column::Category(held)) = segment.columns.get(field.column) else { return None };
            let worth = |value: &String| {
                if let Ok(at) = field.values.binary_search_by(|other| other.0.cmp(value)) {
                    return Some((at as u32, field.values.get(at)?.2));
                }
                let (known, unseen) = field.known.as_ref()?;
                known.binary_search(value).is_err().then_some((UNSEEN, *unseen))
            };
            // Code 0 is having none.
            let worth: Vec<_> = std::iter::once(None).chain(held.values.iter().map(worth)).collect();
            worth.iter().any(Option::is_some).then_some((place, held.codes.as_slice(), worth))
        };
        (0..).zip(&self.fields).filter_map(codes).collect()
    }

    /// A value in words: what is odd about it, what it is, and what is ordinary.
    pub(super) fn words(&self, field: u32, value: u32) -> Option<(String, String, String)> {
        let field = self.fields.get(field as usize)?;
        let name = &field.name;
        if value == UNSEEN {
            let text = format!("its {name} is none that the model has seen in {} rows", count(self.rows));
            return Some((text, format!("a new {name}"), format!("a {name} that the model knows")));
        }
        let (value, rows, _) = field.values.get(value as usize)?;
        let text = format!("{name} \"{value}\" {}", seen(*rows, self.rows, self.of_model));
        Some((text, format!("{name} \"{value}\" ({} of rows)", share(*rows, self.rows)), format!("another {name}")))
    }
}

/// The strongest of a row's rare values: its field, value and strength.
pub(super) fn strongest(fields: &[Codes<'_>], row: usize) -> Option<(u32, u32, f64)> {
    let worth = |(place, codes, worth): &Codes<'_>| {
        let (value, strength) = (*worth.get(usize::from(*codes.get(row)?))?)?;
        Some((*place, value, strength))
    };
    // Of equals the first field.
    fields.iter().filter_map(worth).rev().max_by(|a, b| a.2.total_cmp(&b.2))
}

/// Rows of a field whose values a saved model does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Unseen {
    /// How many.
    pub rows: u64,
    /// All rows of the files.
    pub all: u64,
}

impl Unseen {
    /// By column: how many rows have values that are not among those of the model's survey (`known`).
    pub fn count(known: &Survey, survey: &Survey) -> Vec<Self> {
        let of_column = |(known, survey_of): (&ColumnSurvey, &ColumnSurvey)| {
            let rows = match (known, survey_of) {
                (
                    ColumnSurvey::Category { counts: known, overflowed: false },
                    ColumnSurvey::Category { counts, overflowed: false },
                ) => counts.iter().filter(|(value, _)| !known.contains_key(*value)).map(|(_, rows)| rows).sum(),
                // Nothing is known of them.
                _ => survey.rows,
            };
            Self { rows, all: survey.rows }
        };
        known.columns.iter().zip(&survey.columns).map(of_column).collect()
    }

    /// How much it says that a row's value is unknown. Nothing where that is the rule: the model is of another host, or older.
    fn strength(self, known: impl Iterator<Item = u64>) -> f64 {
        let is_rare = self.rows as f64 <= RARE_SHARE * self.all as f64 || self.rows == 1 && self.all >= GAP;
        if self.rows == 0 || !is_rare { 0.0 } else { Frequencies::new(known, self.rows).strength(self.rows) }
    }
}

/// How many rows have each of a field's values.
struct Frequencies {
    /// Rows of each, ascending.
    sorted: Vec<u64>,
    /// Rows of all before each, and of all.
    below: Vec<u64>,
    /// Rows of values that nobody counted, as one value.
    more: u64,
    /// A value of more rows is not apart from the frequent ones.
    limit: u64,
}

impl Frequencies {
    fn new(rows: impl Iterator<Item = u64>, more: u64) -> Self {
        let mut sorted: Vec<u64> = rows.filter(|&rows| rows > 0).collect();
        sorted.sort_unstable();
        let mut below = vec![0; sorted.len() + 1];
        for (place, rows) in sorted.iter().enumerate() {
            below[place + 1] = below[place] + rows;
        }
        let rare = RARE_SHARE * (below[sorted.len()] + more) as f64;
        // Where the rows rise by so much, and all below that are still rare.
        let apart = |place: &usize| {
            let before = place.checked_sub(1).map_or(0, |before| sorted[before]);
            sorted[*place] >= GAP * before && (below[*place] + more) as f64 <= rare
        };
        let limit = (0..sorted.len()).filter(apart).map(|place| sorted[place] / GAP).max().unwrap_or(0);
        Self { sorted, below, more, limit }
    }

    /// How much it says that a row has a value of so many rows.
    fn strength(&self, rows: u64) -> f64 {
        if rows > self.limit {
            return 0.0;
        }
        let values = self.sorted.partition_point(|&other| other <= rows);
        let all = self.below[self.sorted.len()] + self.more;
        let as_rare = (self.below[values] + self.more) as f64 / all.max(1) as f64;
        if as_rare > RARE_SHARE {
            return 0.0;
        }
        let places = values as f64 + f64::from(u8::from(self.more > 0));
        -libm::log10(as_rare * places) / libm::pow(1.0 + libm::log10(rows.max(1) as f64), 1.5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_rare_among_frequent_ones_and_not_among_its_like() {
        let told = |sorted: &[u64], rows: u64| Frequencies::new(sorted.iter().copied(), 0).strength(rows) >= LEAST;
        assert!(told(&[1, 3999], 1) && told(&[8, 8979], 8), "one odd value");
        assert!(told(&[1, 1, 1, 4000], 1), "a few");
        assert!(!told(&[1, 9], 1), "one of ten rows");
        assert!(!told(&[100, 20_000], 100), "a hundred rows are no oddity");
        let users: Vec<u64> = std::iter::repeat_n(1, 70).chain(std::iter::repeat_n(40, 200)).collect();
        assert!(!told(&users, 1), "there are always new users");
        let users: Vec<u64> = (2..200).collect();
        assert!(!told(&users, 2), "somebody is the most seldom one");
        assert!(told(&[1, 2, 6, 5000, 20_000], 2), "the gap may be further up");
    }

    #[test]
    fn an_unknown_value_says_as_much_as_one_that_was_seen_once() {
        let strength = |known: [u64; 2], rows, all| Unseen { rows, all }.strength(known.into_iter());
        let counted = |rows: u64| Frequencies::new([rows, 1000, 3000].into_iter(), 0).strength(rows);
        assert!((strength([1000, 3000], 1, 5000) - counted(1)).abs() < 1e-9);
        assert!((strength([1000, 3000], 8, 5000) - counted(8)).abs() < 1e-9, "as one of several rows");
        assert!(strength([1000, 3000], 5000, 5000) < LEAST, "a file of another host");
        assert!(strength([1000, 3000], 60, 5000) < LEAST);
        assert!(strength([1000, 3000], 1, 20) >= LEAST && strength([1000, 3000], 1, 2) < LEAST);
    }

    #[test]
    fn of_many_users_in_bursts_none_is_rare() {
        let users = (0..65_000_u64).map(|user| 1 + user % 977);
        let counted = Frequencies::new(users, 0);
        assert!((1..978).all(|rows| counted.strength(rows) < LEAST), "there are always new users");
    }
}
