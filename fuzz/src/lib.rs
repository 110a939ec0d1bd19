//! What is fuzzed: each function takes any bytes and panics where a promise is broken. `fuzz_targets/` hands them over to
//! libFuzzer, and `tests/corpus.rs` of the product runs them over `corpus/`.

mod bodies;

pub use bodies::*;
