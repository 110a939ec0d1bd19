//! What the values of a field are, decided from a sample.

use serde::{Deserialize, Serialize};

use super::Role;
use super::role::is_missing;
use crate::common::text::{parse_infinity, parse_number};
use crate::ingest::sniff::Field;

/// So many different values at most are few.
const FEW: usize = 32;
/// A value comes again and again if it does so often, on average.
const OFTEN: usize = 8;

/// Words among numbers at most.
const FEW_WORDS: usize = 3;
/// More different numbers are measurements, and no codes.
const MANY_NUMBERS: usize = 8;

/// What a column's values are, and so what is kept of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Kind {
    /// A point in time: i64 nanoseconds.
    Time,
    /// A severity: u8.
    Level,
    /// A number: f64.
    Number,
    /// One of a bounded set of texts: a u16 code.
    Category,
    /// Ties rows together (a correlation id): a 64-bit hash.
    Id,
    /// The message: a 32-bit hash of its shape.
    Message,
    /// Free text, nested values, ids without a role: nothing is kept, the file has it.
    Text,
    /// A running number of the rows: nothing is kept.
    Sequence,
    /// The date that belongs to a time of day in another column: nothing is kept but the whole time.
    Date,
}

impl Kind {
    /// As shown to a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Level => "level",
            Self::Number => "number",
            Self::Category => "category",
            Self::Id => "id",
            Self::Message => "message",
            Self::Text => "text",
            Self::Sequence => "sequence",
            Self::Date => "date",
        }
    }

    /// The kind of a column with a role.
    pub fn of_role(role: Role) -> Self {
        match role {
            Role::Time => Self::Time,
            Role::Level => Self::Level,
            Role::Message => Self::Message,
            Role::Service | Role::Instance => Self::Category,
            Role::Duration => Self::Number,
            Role::Correlation => Self::Id,
        }
    }

    /// The kind of a sampled field that has no role.
    pub fn of_field(field: &Field) -> Self {
        if field.nested {
            return Self::Text;
        }
        let values: Vec<&str> = field.values.iter().map(String::as_str).collect();
        Self::of_samples(&values)
    }

    /// Decides the kind of a field without a role from sampled values (non-empty, in the file's order).
    pub fn of_samples(values: &[&str]) -> Self {
        if values.is_empty() {
            return Self::Text;
        }
        let numbers: Vec<f64> = values.iter().filter_map(|text| parse_number(text.as_bytes())).collect();
        if are_numbers(values, &numbers) {
            return if is_sequence(&numbers) { Self::Sequence } else { Self::Number };
        }
        let mut distinct: Vec<&str> = values.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let short = values.iter().filter(|text| text.len() <= 64).count() * 10 >= values.len() * 9;
        let repeats = distinct.len() <= 8 || distinct.len() * 3 <= values.len();
        // Few texts that come again and again are names of something, however long they are.
        let few = distinct.len() <= FEW && distinct.len() * OFTEN <= values.len();
        if (short && repeats || few) && (distinct.len() < values.len() || values.len() == 1) {
            Self::Category
        } else {
            Self::Text
        }
    }
}

/// Whether values are numbers, of which some are missing: nearly all of them, or most of them and many different ones, where
/// the others are the same few words, such as `timeout`. What stands for "no value", or is what programs write for the result
/// of a division by zero, is none of them.
fn are_numbers(values: &[&str], numbers: &[f64]) -> bool {
    let is_word = |text: &&str| {
        let text = text.as_bytes();
        parse_number(text).is_none() && !is_missing(text) && parse_infinity(text).is_none()
    };
    let mut words: Vec<&str> = values.iter().copied().filter(is_word).collect();
    let (others, all) = (words.len(), words.len() + numbers.len());
    words.sort_unstable();
    words.dedup();
    let mut different: Vec<u64> = numbers.iter().map(|number| number.to_bits()).collect();
    different.sort_unstable();
    different.dedup();
    let nearly_all = others * 20 <= all;
    let most = others * 4 <= all && words.len() <= FEW_WORDS && different.len() > MANY_NUMBERS;
    !numbers.is_empty() && (nearly_all || most)
}

/// Whether the numbers count the rows: whole, and mostly one more than the one before (samples come from several places).
fn is_sequence(numbers: &[f64]) -> bool {
    let steps = numbers.windows(2).filter(|pair| (pair[1] - pair[0] - 1.0).abs() < 1e-9).count();
    numbers.len() >= 20 && steps * 10 >= (numbers.len() - 1) * 9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], expected: Kind) {
        assert_eq!(Kind::of_samples(values), expected, "{values:?}");
    }

    #[test]
    fn kinds_of_samples() {
        check(&[], Kind::Text);
        check(&["1", "2.5", "-3e4"], Kind::Number);
        check(&["1", "NaN", "2.5", "-inf", "Infinity", "-3e4"], Kind::Number);
        check(&["GET", "GET", "POST", "GET"], Kind::Category);
        check(&["a long message 1", "another message", "a third", "no two alike"], Kind::Text);
        check(&["inf", "nan", "inf"], Kind::Category);
        let numbers: Vec<String> = (0..30).map(|n| format!("{}.5", n * 7 % 30)).collect();
        for word in ["n/a", "-", "unknown", "timeout"] {
            let mixed: Vec<&str> = numbers.iter().map(String::as_str).chain([word; 6]).collect();
            check(&mixed, Kind::Number);
        }
        check(&["10", "11", "10", "11", "2A", "2B", "2C", "2D", "10", "2A", "2B", "2C", "2D"], Kind::Category);
        let agents: Vec<String> =
            (0..64).map(|row| format!("Mozilla/5.0 ({} x)", "X11; Linux ".repeat(9 + row % 4))).collect();
        check(&agents.iter().map(String::as_str).collect::<Vec<_>>(), Kind::Category);
        check(&agents.iter().take(6).map(String::as_str).collect::<Vec<_>>(), Kind::Text);
        let lines: Vec<String> = (1..100).map(|line| line.to_string()).collect();
        check(&lines.iter().map(String::as_str).collect::<Vec<_>>(), Kind::Sequence);
    }
}
