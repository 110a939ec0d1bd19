//! What every stage may use: one hash, and numbers from and to text.

pub mod hash;
pub mod number;
pub mod tail;
pub mod text;
