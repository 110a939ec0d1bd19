//! What is ordinary: for each template its durations, levels and rate over time, for each service instance how fast it is.
//!
//! Partials count; they merge by addition, so that any split of the rows comes to the same. Durations are compared as
//! logarithms ([`sketch`]): what takes long in a log is a product of many delays, and its logarithm is close to normal.
//! Time is cut into bins ([`clock`]) whose number depends on the number of rows, where there are rows at all ([`busy`]).

pub mod busy;
pub mod clock;
pub mod instance;
pub mod pair;
pub mod pulse;
pub mod series;
pub mod sketch;
pub mod table;
pub mod tail;

pub use busy::Busy;
pub use clock::Clock;
pub use instance::InstanceTable;
pub use pair::Pairs;
pub use pulse::Pulse;
pub use series::Series;
pub use sketch::{Expected, LogSketch};
pub use table::{Baselines, TemplateStats};
