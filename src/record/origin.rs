//! What must be known of the texts of a segment's values, so that these can be read another way once the texts are gone.

use super::duration::{DurationFormat, DurationUnit};
use super::level::LevelScale;
use super::role::is_missing;
use super::time::Zones;
use crate::common::text::{number_or_nan, parse_digits};

/// Most different numbers of a level field that are kept.
const MOST_LEVELS: usize = 255;

/// What the values of a segment do not tell by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Whether times named their zone.
    pub zones: Zones,
    /// By column: whether some text of a number was more than a number, or one that the value does not give back.
    pub lost: Vec<bool>,
    /// The numbers that levels were read from.
    pub levels: LevelNumbers,
}

impl Origin {
    /// For rows of so many columns.
    pub fn new(columns: usize) -> Self {
        Self { lost: vec![false; columns], ..Self::default() }
    }

    /// Reads a text of a column of numbers, which may be durations: NaN where it is none. Notes what its value does not tell.
    #[inline]
    pub fn read_number(&mut self, column: usize, text: &[u8], duration: Option<DurationFormat>) -> f64 {
        let (value, kept) = if let Some(number) = parse_digits(text) {
            let unit = duration.map(|format| format.unit);
            (unit.map_or(number, |unit| unit.to_milliseconds(number)), gives_back(number, unit))
        } else {
            let read = |format: DurationFormat| format.parse(text).unwrap_or(f64::NAN);
            (duration.map_or_else(|| number_or_nan(text), read), is_missing(text))
        };
        if !kept && let Some(lost) = self.lost.get_mut(column) {
            *lost = true;
        }
        value
    }

    /// Bytes of memory that it takes, about.
    pub fn bytes(&self) -> u64 {
        (self.lost.len() + self.levels.codes.len() + self.levels.numbers.len() * 4) as u64
    }
}

/// Whether a number can be had back from what it is in milliseconds.
#[inline]
pub fn gives_back(number: f64, unit: Option<DurationUnit>) -> bool {
    matches!(unit, None | Some(DurationUnit::Milliseconds)) || is_short(number)
}

/// The number that a duration was read from, where [`gives_back`] is true of it.
pub fn number_of(value: f64, unit: Option<DurationUnit>) -> f64 {
    match unit {
        None | Some(DurationUnit::Milliseconds) => value,
        Some(DurationUnit::Nanoseconds) => rounded(value * 1e6),
        Some(DurationUnit::Microseconds) => rounded(value * 1e3),
        Some(DurationUnit::Seconds) => rounded(value / 1e3),
        Some(DurationUnit::Minutes) => rounded(value / 6e4),
    }
}

/// From here on numbers are rounded to whole ones.
const LARGE: f64 = 5e8;

/// To six decimals, or to a whole number where it is large. What lies within some roundings of such a number comes back
/// to it: 2⁴⁹ such steps are far from the 2⁵³ that a double tells apart.
fn rounded(number: f64) -> f64 {
    if number < LARGE { (number * 1e6).round() / 1e6 } else { number.round() }
}

fn is_short(number: f64) -> bool {
    // Near the border between both roundings a number must suit either.
    let whole = number < LARGE * 0.99 || number.fract() == 0.0;
    number < 1e15 && whole && rounded(number).to_bits() == number.to_bits()
}

/// The numbers of a level field, which mean other levels on another scale.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LevelNumbers {
    /// Of each row: 0 for none (no level, or a word), else its place in `numbers` plus one. Empty where no row has one.
    pub codes: Vec<u8>,
    /// Different numbers, in order of appearance.
    pub numbers: Vec<u32>,
    /// Whether there were more of them than are kept.
    pub lost: bool,
}

impl LevelNumbers {
    /// The code of a level's text.
    pub fn code(&mut self, text: &[u8]) -> u8 {
        let Some(number) = LevelScale::number(text) else { return 0 };
        let found = self.numbers.iter().position(|other| *other == number);
        if found.is_none() && self.numbers.len() == MOST_LEVELS {
            self.lost = true;
            return 0;
        }
        let place = found.unwrap_or_else(|| {
            self.numbers.push(number);
            self.numbers.len() - 1
        });
        place as u8 + 1
    }

    /// Notes the code of a row; rows that are passed over have none.
    #[inline]
    pub fn note(&mut self, row: usize, code: u8) {
        if code > 0 {
            self.codes.resize(row, 0);
            self.codes.push(code);
        }
    }

    /// Once all rows are there.
    pub fn finish(&mut self, rows: usize) {
        if self.lost {
            *self = Self { lost: true, ..Self::default() };
        }
        if !self.codes.is_empty() {
            self.codes.resize(rows, 0);
        }
        self.codes.shrink_to_fit();
    }

    /// The number of a row's level.
    pub fn of(&self, row: usize) -> Option<u32> {
        let code = usize::from(*self.codes.get(row)?);
        self.numbers.get(code.checked_sub(1)?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str) {
        let number = parse_digits(text.as_bytes()).unwrap();
        for unit in DurationUnit::ALL {
            if gives_back(number, Some(unit)) {
                let value = unit.to_milliseconds(number);
                assert_eq!(number_of(value, Some(unit)).to_bits(), number.to_bits(), "{text} {unit:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn numbers_come_back(text in "(0|[1-9][0-9]{0,11})([.][0-9]{1,9})?") {
            prop_assume!(parse_digits(text.as_bytes()).is_some());
            check(&text);
        }
    }

    #[test]
    fn numbers_as_logs_write_them_come_back() {
        for text in ["0", "0.001", "0.1", "12.345678", "499999999.5", "500000000", "1500000000", "999999999999999"] {
            check(text);
            let number: f64 = text.parse().unwrap();
            let expected = text != "499999999.5";
            assert_eq!(gives_back(number, Some(DurationUnit::Seconds)), expected, "{text}");
        }
        assert!(!gives_back(0.123_456_789, Some(DurationUnit::Seconds)));
        assert!(gives_back(0.123_456_789, Some(DurationUnit::Milliseconds)));
    }

    #[test]
    fn levels_keep_their_numbers() {
        let mut levels = LevelNumbers::default();
        for (row, text) in [&b"info"[..], b"30", b"40.0", b"", b"30"].into_iter().enumerate() {
            let code = levels.code(text);
            levels.note(row, code);
        }
        levels.finish(6);
        assert_eq!((levels.codes.clone(), levels.numbers.clone()), (vec![0, 1, 2, 0, 1, 0], vec![30, 40]));
        assert_eq!(
            (0..7).map(|row| levels.of(row)).collect::<Vec<_>>(),
            [None, Some(30), Some(40), None, Some(30), None, None]
        );
        let mut many = LevelNumbers::default();
        for number in 0..300_u32 {
            let code = many.code(number.to_string().as_bytes());
            many.note(number as usize, code);
        }
        many.finish(300);
        assert!(many.lost && many.codes.is_empty());
    }
}
