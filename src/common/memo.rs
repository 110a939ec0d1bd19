//! What short texts came to, for the few that come again and again.

/// Slots; a text has one that it can be in, which few of some dozen texts share with another.
const SLOTS_BITS: u32 = 7;
/// Longest text that is kept, in bytes.
const LONGEST: usize = 16;

/// A small cache in front of a look-up that is slow or hashes: never more than a few kilobytes, and exact.
#[derive(Clone, Debug)]
pub struct Memo<T> {
    slots: Vec<(Key, T)>,
}

/// A text of up to [`LONGEST`] bytes: its length, and its first and last bytes, which overlap where it is short.
type Key = (u64, u64, u64);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<T: Copy> Memo<T> {
    /// What the text came to, or what `find` gives.
    #[inline]
    pub fn get_or(&mut self, text: &[u8], find: impl FnOnce() -> T) -> T {
        let Some(key) = key(text) else { return find() };
        let mixed = (key.0 ^ key.1.rotate_left(27) ^ key.2).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let slot = (mixed >> (u64::BITS - SLOTS_BITS)) as usize;
        match self.slots.get(slot) {
            Some((kept, value)) if *kept == key => *value,
            _ => {
                let value = find();
                if self.slots.is_empty() {
                    // No text has this length.
                    self.slots.resize(1 << SLOTS_BITS, ((0, 0, u64::MAX), value));
                }
                self.slots[slot] = (key, value);
                value
            }
        }
    }
}

/// Slots of a [`LongMemo`].
const LONG_SLOTS_BITS: u32 = 8;
/// Longest text that a [`LongMemo`] keeps, in bytes: that of a UUID.
const LONG: usize = 36;

/// [`Memo`] for texts of 8 to [`LONG`] bytes, such as the ids of sessions, which come back within a few rows.
#[derive(Clone, Debug)]
pub struct LongMemo<T> {
    slots: Vec<(u32, [u8; LONG], T)>,
}

impl<T> Default for LongMemo<T> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<T: Copy> LongMemo<T> {
    /// What the text came to, or what `find` gives.
    #[inline]
    pub fn get_or(&mut self, text: &[u8], find: impl FnOnce() -> T) -> T {
        let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>()) else { return find() };
        let mixed = u64::from_le_bytes(*first).rotate_left(27) ^ u64::from_le_bytes(*last);
        let slot = (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - LONG_SLOTS_BITS)) as usize;
        if let Some((length, kept, value)) = self.slots.get(slot)
            && *length as usize == text.len()
            && is_same(text, &kept[..text.len().min(LONG)])
        {
            return *value;
        }
        let value = find();
        if text.len() <= LONG {
            if self.slots.is_empty() {
                self.slots.resize(1 << LONG_SLOTS_BITS, (0, [0; LONG], value));
            }
            let kept = &mut self.slots[slot];
            (kept.0, kept.2) = (text.len() as u32, value);
            kept.1[..text.len()].copy_from_slice(text);
        }
        value
    }
}

/// Whether texts of equal length, eight bytes or more, are equal.
#[inline]
fn is_same(a: &[u8], b: &[u8]) -> bool {
    let (words, others) = (a.as_chunks::<8>().0, b.as_chunks::<8>().0);
    words.iter().zip(others).all(|(a, b)| u64::from_le_bytes(*a) == u64::from_le_bytes(*b))
        && a.last_chunk::<8>() == b.last_chunk::<8>()
}

#[inline]
fn key(text: &[u8]) -> Option<Key> {
    let (first, last) = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) if text.len() <= LONGEST => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        (Some(_), _) => return None,
        _ => match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
            (Some(first), Some(last)) => (u32::from_le_bytes(*first) as u64, u32::from_le_bytes(*last) as u64),
            _ => (text.iter().fold(0, |bytes, &byte| bytes << 8 | u64::from(byte)), 0),
        },
    };
    Some((first, last, text.len() as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_comes_to_the_same_every_time(texts in prop::collection::vec("[ab\u{0}]{0,18}", 0..200)) {
            let mut memo = Memo::default();
            let mut seen: Vec<String> = Vec::new();
            for text in texts {
                let found = memo.get_or(text.as_bytes(), || {
                    seen.iter().position(|other| *other == text).unwrap_or_else(|| {
                        seen.push(text.clone());
                        seen.len() - 1
                    })
                });
                prop_assert_eq!(&seen[found], &text);
            }
        }

        #[test]
        fn a_long_text_comes_to_the_same_every_time(texts in prop::collection::vec("(ab|aaaaaaab|b){0,9}[abc]{0,2}", 0..200)) {
            let mut memo = LongMemo::default();
            let mut seen: Vec<String> = Vec::new();
            for text in texts.iter().chain(&texts) {
                let found = memo.get_or(text.as_bytes(), || {
                    seen.iter().position(|other| other == text).unwrap_or_else(|| {
                        seen.push(text.clone());
                        seen.len() - 1
                    })
                });
                prop_assert_eq!(&seen[found], text);
            }
        }
    }
}
