//! Rows → a numeric matrix with named columns.
//!
//! ```text
//! shards ─ survey ─▶ counts, ranges ─ merge ─▶ one recipe: which columns go in, and how
//! shard's segments + recipe ─ encode ─▶ f32 rows
//! ```
//!
//! What goes in is a person's [`choice`]. A feature comes from one column of the dataset:
//!
//! | feature | from | value |
//! |---|---|---|
//! | `latency` | a number | the number; missing: the median of the training sample |
//! | `duration_ms (for its template)` | the duration, where templates are chosen too | robust standard deviations of its logarithm beyond what is usual for its template, else 0 ([`elapsed`]) |
//! | `duration_ms (log)` | the duration, where it is named or templates are not chosen | log(1 + milliseconds) |
//! | `level (severity)` | the level | 1 (trace) to 8 (fatal) |
//! | `service (rarity)` | a category | −log2 of the share of rows with the value, in whole bits |
//! | `latency (presence)` | a number that few rows have, or few rows of a log lack | −log2 of the share of rows that have or lack it like the row |
//! | `service = pay` | a category, one-hot | 1 where it has the value, else 0; the most frequent values have one each |
//! | `service = other` | the same | 1 where it has another value, else 0 |
//! | `message (rarity)` | the message | −log2 of the share of rows with its template, in whole bits |
//! | `hour (sine)`, `hour (cosine)` | the time | of the hour of the day as an angle, so that 23:59 is next to 0:00 |
//! | `session rows (log)` and their like | the session key | a number of the session: [`crate::session::numbers`] |
//!
//! Rarities are whole bits because categories of nearly equal share must not be told apart by chance.

pub mod choice;
pub mod elapsed;
pub mod encode;
pub mod matrix;
pub mod recipe;
pub mod survey;

pub use choice::FeatureChoice;
pub use elapsed::Elapsed;
pub use encode::Encoder;
pub use matrix::Matrix;
pub use recipe::{Encoding, Feature, Recipe};
pub use survey::Survey;
