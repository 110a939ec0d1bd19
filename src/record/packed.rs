//! Numbers in as few bytes as a segment's values need. Nothing is lost: what does not fit is kept as it came.
//!
//! Times share a step (logs write milliseconds, not nanoseconds), most measurements have few decimals (as in "ALP: Adaptive
//! Lossless floating-Point compression", Afroozeh, Kuffó and Boncz 2023), and session keys come back within a few rows.

use rustc_hash::{FxBuildHasher, FxHashMap};

use super::column::NO_TIME;
use crate::common::group::grouped;

/// Steps that are tried, in nanoseconds: a second, a millisecond, a microsecond.
const STEPS: [i64; 3] = [1_000_000_000, 1_000_000, 1_000];
/// Powers of ten that are tried.
const SCALES: [f64; 7] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6];
/// Stands for a missing time among counted steps.
const NO_STEPS: u32 = u32::MAX;
/// Stands for a missing number among decimals.
const NO_DECIMAL: i32 = i32::MIN;

/// Nanoseconds since the Unix epoch, one per row; [`NO_TIME`] where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Times {
    /// As they came.
    Plain(Vec<i64>),
    /// Steps after the first.
    Steps {
        /// The earliest, in nanoseconds.
        first: i64,
        /// Length of a step in nanoseconds.
        step: i64,
        /// Steps of each row.
        counts: Vec<u32>,
    },
}

/// Numbers, one per row; NaN where there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum Numbers {
    /// As they came.
    Plain(Vec<f64>),
    /// Whole numbers of a decimal fraction.
    Decimals {
        /// What a whole number is divided by.
        scale: f64,
        /// Whole number of each row.
        counts: Vec<i32>,
    },
}

/// Hashes of ids, one per row; 0 where there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ids {
    /// As they came.
    Plain(Vec<u64>),
    /// Codes of the different ones.
    Coded {
        /// Place in `values` of each row.
        codes: Vec<u16>,
        /// The different hashes; 0 comes first.
        values: Vec<u64>,
    },
}

impl Times {
    /// Packs values.
    pub fn pack(values: &[i64]) -> Self {
        let present = || values.iter().copied().filter(|&time| time != NO_TIME);
        let (first, last) = (present().min().unwrap_or(0), present().max().unwrap_or(0));
        let fits = |step: i64| {
            last.checked_sub(first).is_some_and(|span| span / step < i64::from(NO_STEPS))
                && present().all(|time| (time - first) % step == 0)
        };
        let Some(step) = STEPS.into_iter().find(|&step| fits(step)) else { return Self::Plain(values.to_vec()) };
        let count = |&time: &i64| if time == NO_TIME { NO_STEPS } else { ((time - first) / step) as u32 };
        Self::Steps { first, step, counts: values.iter().map(count).collect() }
    }

    /// The time of a row.
    #[inline]
    pub fn get(&self, row: usize) -> Option<i64> {
        match self {
            Self::Plain(values) => values.get(row).copied(),
            Self::Steps { first, step, counts } => counts.get(row).map(|&count| time(*first, *step, count)),
        }
    }

    /// The times of all rows.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = i64> + ExactSizeIterator {
        (0..self.len()).map(|row| self.get(row).unwrap_or(NO_TIME))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(values) => values.len(),
            Self::Steps { counts, .. } => counts.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory, about.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Plain(values) => values.len() * 8,
            Self::Steps { counts, .. } => counts.len() * 4,
        }
    }
}

#[inline]
fn time(first: i64, step: i64, count: u32) -> i64 {
    if count == NO_STEPS { NO_TIME } else { first + step * i64::from(count) }
}

impl Numbers {
    /// Packs values.
    pub fn pack(values: &[f64]) -> Self {
        let plain = || Self::Plain(values.to_vec());
        let mut place = 0;
        for &value in values.iter().filter(|value| !value.is_nan()) {
            while decimal(value, SCALES[place]).is_none() {
                place += 1;
                if place == SCALES.len() {
                    return plain();
                }
            }
        }
        let scale = SCALES[place];
        let counts = values.iter().map(|&value| if value.is_nan() { Some(NO_DECIMAL) } else { decimal(value, scale) });
        match counts.collect() {
            Some(counts) => Self::Decimals { scale, counts },
            // The first ones were too large for the scale that a later one needed.
            None => plain(),
        }
    }

    /// The number of a row.
    #[inline]
    pub fn get(&self, row: usize) -> Option<f64> {
        match self {
            Self::Plain(values) => values.get(row).copied(),
            Self::Decimals { scale, counts } => counts.get(row).map(|&count| number(count, *scale)),
        }
    }

    /// The numbers of all rows.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = f64> {
        (0..self.len()).map(|row| self.get(row).unwrap_or(f64::NAN))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(values) => values.len(),
            Self::Decimals { counts, .. } => counts.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory, about.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Plain(values) => values.len() * 8,
            Self::Decimals { counts, .. } => counts.len() * 4,
        }
    }
}

#[inline]
fn number(count: i32, scale: f64) -> f64 {
    if count == NO_DECIMAL { f64::NAN } else { f64::from(count) / scale }
}

/// The whole number which, divided by the scale, is the value in each bit.
#[inline]
fn decimal(value: f64, scale: f64) -> Option<i32> {
    /// Adding it rounds to a whole number, the same on every machine.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let scaled = value * scale;
    let whole = (scaled + ROUND) - ROUND;
    let count = whole as i32;
    let exact = (f64::from(count) / scale).to_bits() == value.to_bits();
    (exact && count != NO_DECIMAL).then_some(count)
}

impl Ids {
    /// Puts others in place of the hashes. (That of no id must stay.)
    pub fn rename(&mut self, other: impl Fn(u64) -> u64) {
        match self {
            Self::Plain(values) => values.iter_mut().for_each(|value| *value = other(*value)),
            Self::Coded { codes, values } => {
                let mut kept: Vec<u64> = Vec::with_capacity(values.len());
                let mut known: FxHashMap<u64, u16> = FxHashMap::default();
                let mut code_of = |hash: u64| {
                    let next = kept.len() as u16;
                    *known.entry(hash).or_insert_with(|| {
                        kept.push(hash);
                        next
                    })
                };
                let now: Vec<u16> = values.iter().map(|&hash| code_of(other(hash))).collect();
                for code in codes {
                    *code = now[usize::from(*code)];
                }
                *values = kept;
            }
        }
    }

    /// Packs values.
    pub fn pack(values: &[u64]) -> Self {
        // A hash is worth as much as four codes.
        let most = (values.len() * 3 / 4).min(usize::from(u16::MAX));
        let mut different = vec![0];
        let mut codes = Vec::with_capacity(values.len());
        // Growing would cost more than all else.
        let mut known: FxHashMap<u64, u16> = FxHashMap::with_capacity_and_hasher(most, FxBuildHasher);
        known.insert(0, 0);
        for &value in values {
            let next = different.len() as u16;
            let code = *known.entry(value).or_insert(next);
            if code == next {
                if different.len() > most {
                    return Self::Plain(values.to_vec());
                }
                different.push(value);
            }
            codes.push(code);
        }
        different.shrink_to_fit();
        Self::Coded { codes, values: different }
    }

    /// The hash of a row.
    #[inline]
    pub fn get(&self, row: usize) -> Option<u64> {
        match self {
            Self::Plain(values) => values.get(row).copied(),
            Self::Coded { codes, values } => codes.get(row).and_then(|&code| values.get(usize::from(code))).copied(),
        }
    }

    /// Calls `each(row, hash, what the hash is chosen for)` for the rows whose hash is chosen. Of the rows that share a hash
    /// most are not asked about.
    pub fn choose<T: Copy>(&self, choose: impl Fn(u64) -> Option<T>, mut each: impl FnMut(usize, u64, T)) {
        match self {
            Self::Plain(values) => {
                for (row, &hash) in values.iter().enumerate() {
                    if let Some(chosen) = choose(hash) {
                        each(row, hash, chosen);
                    }
                }
            }
            Self::Coded { codes, values } => {
                let chosen: Vec<Option<T>> = values.iter().map(|&hash| choose(hash)).collect();
                if chosen.iter().all(Option::is_none) {
                    return;
                }
                for (row, &code) in codes.iter().enumerate() {
                    if let Some(chosen) = chosen[usize::from(code)] {
                        each(row, values[usize::from(code)], chosen);
                    }
                }
            }
        }
    }

    /// The rows whose hash is chosen: those of one hash after those of another, each in order.
    pub fn grouped(&self, choose: impl Fn(u64) -> bool) -> Vec<u32> {
        let mut count = 0;
        let mut next = || {
            count += 1;
            count - 1
        };
        let groups: Vec<Option<u32>> = match self {
            Self::Plain(values) => {
                let mut known: FxHashMap<u64, u32> = FxHashMap::default();
                let group = |&hash: &u64| choose(hash).then(|| *known.entry(hash).or_insert_with(&mut next));
                values.iter().map(group).collect()
            }
            Self::Coded { codes, values } => {
                let groups: Vec<Option<u32>> = values.iter().map(|&hash| choose(hash).then(&mut next)).collect();
                codes.iter().map(|&code| groups[usize::from(code)]).collect()
            }
        };
        let chosen = (0..).zip(groups).filter_map(|(row, group)| Some((row, group?)));
        let (rows, groups): (Vec<u32>, Vec<u32>) = chosen.unzip();
        grouped(&rows, &groups, count as usize).0
    }

    /// The hashes that rows have, each once or (where there are hardly two rows of one) more often.
    pub fn different(&self) -> &[u64] {
        match self {
            Self::Plain(values) | Self::Coded { values, .. } => values,
        }
    }

    /// The hashes of all rows.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u64> {
        (0..self.len()).map(|row| self.get(row).unwrap_or(0))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(values) => values.len(),
            Self::Coded { codes, .. } => codes.len(),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of memory, about.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Plain(values) => values.len() * 8,
            Self::Coded { codes, values } => codes.len() * 2 + values.len() * 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bits(values: &[f64]) -> Vec<u64> {
        values.iter().map(|value| value.to_bits()).collect()
    }

    #[test]
    fn what_logs_hold_takes_few_bytes() {
        let times: Vec<i64> =
            (0..100).map(|row| 1_700_000_000_123_000_000 + row * 17_000_000).chain([NO_TIME]).collect();
        let packed = Times::pack(&times);
        assert!(matches!(packed, Times::Steps { step: 1_000_000, .. }));
        assert_eq!(packed.iter().collect::<Vec<_>>(), times);

        let numbers = [1.035, f64::NAN, 12.0, 0.5, -3.25, 81_000.001];
        let packed = Numbers::pack(&numbers);
        assert!(matches!(packed, Numbers::Decimals { .. }));
        assert_eq!(bits(&packed.iter().collect::<Vec<_>>()), bits(&numbers));

        let ids: Vec<u64> = (0..100).map(|row: u64| (row % 9).wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        let packed = Ids::pack(&ids);
        assert!(matches!(packed, Ids::Coded { .. }));
        assert_eq!(packed.iter().collect::<Vec<_>>(), ids);
        for packed in [packed, Ids::Plain(ids.clone())] {
            let mut chosen = Vec::new();
            packed.choose(|hash| (hash > ids[1]).then_some('x'), |row, hash, x| chosen.push((row, hash, x)));
            let expected = ids.iter().copied().enumerate().filter(|(_, hash)| *hash > ids[1]);
            assert_eq!(chosen, expected.map(|(row, hash)| (row, hash, 'x')).collect::<Vec<_>>());
            let grouped = packed.grouped(|hash| hash > ids[1]);
            let mut expected: Vec<u32> = chosen.iter().map(|&(row, ..)| row as u32).collect();
            expected.sort_by_key(|&row| (row % 9, row));
            assert_eq!(grouped, expected);
            // Two of the nine become one.
            let other = |hash: u64| if hash == ids[2] { ids[5] } else { hash };
            let mut renamed = packed.clone();
            renamed.rename(other);
            assert_eq!(renamed.iter().collect::<Vec<_>>(), ids.iter().map(|&hash| other(hash)).collect::<Vec<_>>());
            let together: Vec<u32> = (0..100).filter(|row| row % 9 == 2 || row % 9 == 5).collect();
            assert_eq!(renamed.grouped(|hash| hash == ids[5]), together);
        }
    }

    #[test]
    fn what_does_not_fit_is_kept_as_it_came() {
        assert!(matches!(Times::pack(&[1, 2]), Times::Plain(_)));
        assert!(matches!(Times::pack(&[i64::MIN + 1, i64::MAX]), Times::Plain(_)));
        for numbers in [[1.0 / 3.0, 1.0], [-0.0, 1.0], [2e9, 0.001], [f64::INFINITY, 0.0], [-2_147_483_648.0, 1.0]] {
            let packed = Numbers::pack(&numbers);
            assert!(matches!(packed, Numbers::Plain(_)), "{numbers:?}");
            assert_eq!(bits(&packed.iter().collect::<Vec<_>>()), bits(&numbers));
        }
        assert!(matches!(Ids::pack(&[1, 2, 3, 4]), Ids::Plain(_)));
        let many: Vec<u64> = (0..200_000).map(|row| row / 2).collect();
        assert!(matches!(Ids::pack(&many), Ids::Plain(_)));
        let most: Vec<u64> = (0..90_000).map(|row| 1 + row % 65_535).collect();
        let mut packed = Ids::pack(&most);
        assert!(matches!(packed, Ids::Coded { .. }));
        packed.rename(|hash| hash);
        assert_eq!(packed.iter().collect::<Vec<_>>(), most);
    }

    proptest! {
        #[test]
        fn packing_loses_nothing(
            times in prop::collection::vec(prop_oneof![Just(NO_TIME), any::<i64>(), (-9_i64..9).prop_map(|n| n * 1_000_000)], 0..40),
            numbers in prop::collection::vec(prop_oneof![any::<f64>(), (-99_999_i32..99_999).prop_map(|n| f64::from(n) / 1000.0)], 0..40),
            ids in prop::collection::vec(0_u64..20, 0..40),
        ) {
            prop_assert_eq!(Times::pack(&times).iter().collect::<Vec<_>>(), times);
            let packed: Vec<f64> = Numbers::pack(&numbers).iter().collect();
            // One NaN is as good as another.
            let same = packed.iter().zip(&numbers).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()));
            prop_assert!(same && packed.len() == numbers.len());
            prop_assert_eq!(Ids::pack(&ids).iter().collect::<Vec<_>>(), ids);
        }
    }
}
