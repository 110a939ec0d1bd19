//! A bit per row.

/// Which rows of a segment are meant.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Mask {
    words: Vec<u64>,
    rows: usize,
}

impl Mask {
    /// All rows, or none.
    pub fn new(rows: usize, value: bool) -> Self {
        let mut mask = Self { words: vec![if value { u64::MAX } else { 0 }; rows.div_ceil(64)], rows };
        mask.trim();
        mask
    }

    /// The rows whose value passes a test.
    #[inline]
    pub fn of<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Self {
        let word = |chunk: &[T]| {
            let bits = chunk.iter().enumerate();
            bits.fold(0_u64, |word, (bit, value)| word | u64::from(test(*value)) << bit)
        };
        Self { words: values.chunks(64).map(word).collect(), rows: values.len() }
    }

    /// The rows whose value passes a test.
    #[inline]
    pub fn of_each<T>(values: impl ExactSizeIterator<Item = T>, test: impl Fn(T) -> bool) -> Self {
        let rows = values.len();
        let mut words = vec![0_u64; rows.div_ceil(64)];
        for (row, value) in values.enumerate() {
            words[row / 64] |= u64::from(test(value)) << (row % 64);
        }
        Self { words, rows }
    }

    /// The bits behind the last row stay 0.
    fn trim(&mut self) {
        let used = self.rows % 64;
        if let Some(last) = self.words.last_mut().filter(|_| used > 0) {
            *last &= (1 << used) - 1;
        }
    }

    /// Number of rows, meant or not.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows that are meant.
    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether no row is meant.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Whether a row is meant; a row that is not there is not.
    #[inline]
    pub fn get(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// Means a row, or not.
    #[inline]
    pub fn set(&mut self, row: usize, value: bool) {
        if row < self.rows {
            let bit = 1 << (row % 64);
            if value { self.words[row / 64] |= bit } else { self.words[row / 64] &= !bit }
        }
    }

    /// Keeps the rows that `other` means too.
    pub fn keep(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine &= theirs);
    }

    /// Adds the rows that `other` means.
    pub fn add(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// Drops the rows that `other` means.
    pub fn drop_rows(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(mine, theirs)| *mine &= !theirs);
    }

    /// Means the others.
    pub fn flip(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trim();
    }

    /// The rows that are meant, in order.
    pub fn ones(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(at, &word)| Ones { word, base: at as u32 * 64 })
    }

    /// Rows `from..from + count` of those that are meant.
    pub fn slice(&self, from: usize, count: usize) -> Vec<u32> {
        let (mut skip, mut rows) = (from, Vec::new());
        for (at, &word) in self.words.iter().enumerate() {
            let here = word.count_ones() as usize;
            if skip >= here {
                skip -= here;
                continue;
            }
            rows.extend(Ones { word, base: at as u32 * 64 }.skip(skip).take(count - rows.len()));
            skip = 0;
            if rows.len() == count {
                break;
            }
        }
        rows
    }

    /// The first row at or behind `from` that is meant.
    pub fn next(&self, from: usize) -> Option<u32> {
        let first = from / 64;
        for (at, &word) in self.words.iter().enumerate().skip(first) {
            let word = if at == first { word & u64::MAX << (from % 64) } else { word };
            if word != 0 {
                return Some(at as u32 * 64 + word.trailing_zeros());
            }
        }
        None
    }

    /// The last row before `to` that is meant.
    pub fn previous(&self, to: usize) -> Option<u32> {
        let to = to.min(self.rows);
        for at in (0..to.div_ceil(64)).rev() {
            let rest = to - at * 64;
            let word = if rest < 64 { self.words[at] & ((1 << rest) - 1) } else { self.words[at] };
            if word != 0 {
                return Some(at as u32 * 64 + 63 - word.leading_zeros());
            }
        }
        None
    }

    /// Bytes of memory that it takes, about.
    pub fn bytes(&self) -> u64 {
        self.words.len() as u64 * 8
    }
}

/// The set bits of a word.
struct Ones {
    word: u64,
    base: u32,
}

impl Iterator for Ones {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.word == 0 {
            return None;
        }
        let bit = self.word.trailing_zeros();
        self.word &= self.word - 1;
        Some(self.base + bit)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_mask_is_a_list_of_flags(flags in proptest::collection::vec(any::<bool>(), 0..300), from in 0..320_usize, count in 0..90_usize) {
            let mask = Mask::of(&flags, |flag| flag);
            let ones: Vec<u32> = (0..flags.len() as u32).filter(|&row| flags[row as usize]).collect();
            prop_assert_eq!(mask.ones().collect::<Vec<_>>(), ones.clone());
            prop_assert_eq!(mask.count(), ones.len());
            prop_assert_eq!(mask.slice(from, count), ones.iter().copied().skip(from).take(count).collect::<Vec<_>>());
            prop_assert_eq!(mask.next(from), ones.iter().copied().find(|&row| row as usize >= from));
            prop_assert_eq!(mask.previous(from), ones.iter().copied().rev().find(|&row| (row as usize) < from));
            let mut others = mask.clone();
            others.flip();
            prop_assert_eq!(others.count(), flags.len() - ones.len());
            let mut both = mask.clone();
            both.add(&others);
            prop_assert_eq!(&both, &Mask::new(flags.len(), true));
            both.drop_rows(&others);
            prop_assert_eq!(&both, &mask);
            both.keep(&others);
            prop_assert!(both.is_empty());
            let mut set = Mask::new(flags.len(), false);
            for row in ones {
                set.set(row as usize, true);
            }
            prop_assert_eq!(set, mask);
        }
    }
}
