//! The stages chained over shards.
//!
//! ```text
//!            ┌──────────────── requests ───────────────┐
//!   conductor│                                         ▼
//!   (page or │                               shard 0, shard 1, …   (a worker or a thread each)
//!   native)  │                                         │
//!            └──────────────── events ◀────────────────┘
//! ```
//!
//! A [`Shard`] holds segments and answers one [`Request`] at a time; it never waits and never starts anything. The
//! [`Conductor`] is a state machine: it hears [`Event`]s and says which requests go where. Neither knows how messages
//! travel: the page posts them to workers, the command line sends them to threads, tests call functions. So one analysis
//! is the same everywhere, and what it comes to does not depend on how many shards there are or who answers first.
//!
//! Partials (surveys, samples, rankings) pass the conductor as bytes, unread: the merging is a shard's work ([`lead`]),
//! because the conductor lives on the page's thread.

pub mod ask;
pub mod bytes;
pub mod catalog;
pub mod chain;
pub mod committee;
pub mod conductor;
mod facets;
mod file;
mod hybrid;
pub mod inspect;
pub mod lead;
mod lone;
pub mod merged;
pub mod message;
mod next;
pub mod order;
pub mod parse;
pub mod part;
pub mod query;
pub mod question;
pub mod recast;
pub mod refit;
pub mod rows;
mod save;
mod scorer;
mod selection;
pub mod session_list;
pub mod sessions;
pub mod shard;
pub mod snapshot;
pub mod sort_text;
mod story;
mod templates;
pub mod truth;
mod values;
pub mod warm;

pub use catalog::Catalog;
pub use committee::{CommitteeAnswer, CommitteeQuery};
pub use conductor::Conductor;
pub use message::{Event, FileInfo, Request, Step};
pub use question::{Answer, Query};
pub use sessions::{SessionAnswer, SessionQuery};
pub use shard::Shard;
pub use snapshot::{Filter, Settings, Snapshot};
pub use warm::{WarmAnswer, WarmQuery};

#[cfg(test)]
mod tests;
