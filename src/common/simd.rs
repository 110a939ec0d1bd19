//! Bytes looked for sixteen at a time with WebAssembly's own instructions. Compilers find such for other machines by
//! themselves.

use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, u64x2, v128, v128_or};

/// The place of the first byte that is one of the wanted ones.
#[inline]
pub fn first_of<const N: usize>(text: &[u8], wanted: [u8; N]) -> Option<usize> {
    let (blocks, rest) = text.as_chunks::<16>();
    for (index, block) in blocks.iter().enumerate() {
        let found = u8x16_bitmask(equal(block, wanted));
        if found != 0 {
            return Some(index * 16 + found.trailing_zeros() as usize);
        }
    }
    // The last sixteen overlap those before them, in which there is none.
    if let Some(block) = text.last_chunk::<16>() {
        let found = u8x16_bitmask(equal(block, wanted));
        return (found != 0).then(|| text.len() - 16 + found.trailing_zeros() as usize);
    }
    rest.iter().position(|byte| wanted.contains(byte))
}

/// All ones for the bytes that are one of the wanted ones.
#[inline]
fn equal<const N: usize>(block: &[u8; 16], wanted: [u8; N]) -> v128 {
    let word = |at: usize| block[at..].first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let bytes = u64x2(word(0), word(8));
    wanted.into_iter().fold(u64x2(0, 0), |found, byte| v128_or(found, u8x16_eq(bytes, u8x16_splat(byte))))
}
