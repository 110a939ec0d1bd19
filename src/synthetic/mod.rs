//! Synthetic logs: a parcel carrier's services with all that a detector has to put up with, and anomalies whose places are
//! known.
//!
//! [`world`] holds the services, the courses that sessions take through them, and all texts. [`plan`] makes one session of
//! it, [`episode`] what lasts longer than a session, [`generator`] interleaves everything by time, and [`write`](mod@write)
//! turns rows into JSON Lines or CSV with the truth beside it. Memory does not grow with the number of rows.
//!
//! Equal settings give equal bytes on every platform: each session draws from a generator of its own, seeded by its number,
//! and what is more than arithmetic comes from `libm`.

pub mod draw;
pub mod episode;
pub mod generator;
pub mod kind;
pub mod message;
pub mod plan;
pub mod settings;
pub mod truth;
pub mod world;
pub mod write;

pub use generator::Generator;
pub use kind::Kind;
pub use settings::{Format, Limit, Rates, Settings};
pub use write::Log;

#[cfg(test)]
mod tests;
