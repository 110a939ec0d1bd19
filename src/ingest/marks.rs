//! Where a text has bytes that a reader of JSON stops at, found in one pass over all of it.
//!
//! Who looks for the end of one string after the other has to wait for each before the next one begins, and to guess how
//! long it is. All of a record is looked at without either.

/// Bytes per word of bits.
const WORD: usize = u64::BITS as usize;
/// What is marked.
const MARKS: [u8; 3] = [b'"', b'\\', b'\n'];

/// The places of quotes, backslashes and line feeds in a text.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    /// A bit per byte.
    words: Vec<u64>,
}

impl Marks {
    /// Takes the places of another text. Gives whether all of it is ASCII.
    pub fn note(&mut self, text: &[u8]) -> bool {
        self.words.clear();
        let mut bytes = 0;
        let (blocks, rest) = text.as_chunks::<WORD>();
        for block in blocks {
            self.words.push(marks(block));
            bytes |= union(block);
        }
        if rest.is_empty() {
            return bytes < 0x80;
        }
        // The last of them overlap those before, which are shifted away.
        let (last, more) = if let Some(block) = text.last_chunk() {
            (marks(block) >> (WORD - rest.len()), union(block))
        } else {
            let bit = |at: usize, byte: u8| u64::from(MARKS.contains(&byte)) << at;
            rest.iter().enumerate().fold((0, 0), |(bits, bytes), (at, &byte)| (bits | bit(at, byte), bytes | byte))
        };
        self.words.push(last);
        bytes | more < 0x80
    }

    /// The place of the first mark that stands at `from` or behind it.
    #[inline]
    pub fn next(&self, from: usize) -> Option<usize> {
        let mut index = from / WORD;
        let mut word = self.words.get(index)? & u64::MAX << (from % WORD);
        while word == 0 {
            index += 1;
            word = *self.words.get(index)?;
        }
        Some(index * WORD + word.trailing_zeros() as usize)
    }
}

/// All bits that any of the bytes has.
#[inline]
fn union(block: &[u8; WORD]) -> u8 {
    block.iter().fold(0, |bits, byte| bits | byte)
}

/// A bit for each byte, which is set where it is a mark.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[inline]
fn marks(block: &[u8; WORD]) -> u64 {
    crate::common::simd::places_of(block, MARKS)
}

/// A bit for each byte, which is set where it is a mark.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[inline]
fn marks(block: &[u8; WORD]) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    // The high bit of each byte that is zero.
    let zeros = |word: u64| !(((word & LOW) + LOW) | word | LOW);
    let (words, _) = block.as_chunks::<8>();
    words.iter().rev().fold(0, |bits, word| {
        let word = u64::from_le_bytes(*word);
        let found = MARKS.into_iter().fold(0, |found, mark| found | zeros(word ^ (ONES * u64::from(mark))));
        // The factor brings the bits of all bytes together in the highest one.
        bits << 8 | (found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn marks_are_found(texts in prop::collection::vec("(a|[\"\\\\\n]|\u{e9}|[!-~]{0,20}|[#-Z]{50,90}){0,9}", 1..4)) {
            let mut marks = Marks::default();
            for text in &texts {
                prop_assert_eq!(marks.note(text.as_bytes()), text.is_ascii());
                for from in 0..text.len() + 70 {
                    let behind = text.as_bytes().get(from..).unwrap_or_default();
                    let naive = behind.iter().position(|byte| MARKS.contains(byte)).map(|at| from + at);
                    prop_assert_eq!(marks.next(from), naive);
                }
            }
        }
    }
}
