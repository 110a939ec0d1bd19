//! Bad input through the whole pipeline: it becomes rows and problems with a place, or a sentence that says what to do; never
//! a panic, a hang or unbounded memory. Every input is made here; none is on the disk.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]
#![allow(clippy::format_collect, reason = "what is put together is small, or made once")]

mod endless;
mod look;
mod packed;
mod text;
