//! What every stage may use: one hash, a small cache, extremes for inner loops, sorting by few numbers, and numbers
//! from and to text.

pub mod extreme;
pub mod group;
pub mod hash;
pub mod memo;
pub mod near;
pub mod number;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub mod simd;
pub mod tail;
pub mod text;
