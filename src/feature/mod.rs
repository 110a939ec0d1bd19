//! Rows → a numeric matrix with named columns.
//!
//! ```text
//! shards ─ survey ─▶ counts, ranges ─ merge ─▶ one recipe: which columns go in, and how
//! shard's segments + recipe ─ encode ─▶ f32 rows
//! ```
//!
//! Each column of the dataset gives at most one feature, so the width of the matrix is bounded by the width of the file:
//!
//! | feature | from | value |
//! |---|---|---|
//! | `latency` | a number | the number; missing: the median of the training sample |
//! | `duration_ms (log)` | the duration | log(1 + milliseconds) |
//! | `level (severity)` | the level | 1 (trace) to 8 (fatal) |
//! | `service (rarity)` | a category | −log2 of the share of rows with the value, in whole bits |
//! | `message (rarity)` | the message | the same, of the message's shape |
//!
//! Rarities are whole bits because categories of nearly equal share must not be told apart by chance.

pub mod encode;
pub mod matrix;
pub mod recipe;
pub mod survey;

pub use encode::Encoder;
pub use matrix::Matrix;
pub use recipe::{Encoding, Feature, Recipe};
pub use survey::Survey;
