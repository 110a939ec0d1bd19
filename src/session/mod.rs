//! Rows → sessions → what is wrong with one.
//!
//! ```text
//! rows of a shard ─ spread, deal ─▶ rows by session, each session whole in one shard ─ store ─▶ sessions and their courses
//! all courses     ─ model ─▶ which steps belong together, in which order, how often   (merges by addition)
//! a course        ─ judge ─▶ flaws: a missing or repeated step, an order never seen, a cascade of problems
//! ```
//!
//! A session is the rows that share a session key (a request, a trace, a block), in order of time, across files and shards;
//! ids that stand in one row are of one session ([`join`]).
//! Its *course* is what order and repetition make of it: each template that occurs, in the order of first occurrence, and how
//! often. Many sessions share a course, so courses are counted and judged once. What is ordinary is counted over pairs of
//! steps of a course, not over neighbours: concurrent steps then have no order, and a line that may come anywhere breaks none.

pub mod align;
pub mod deal;
mod either;
pub mod join;
pub mod judge;
pub mod model;
pub mod numbers;
pub mod spread;
pub mod store;

pub use align::{Change, align};
pub use deal::DealtRow;
pub use join::{Joined, Links};
pub use judge::{Flaw, Judge};
pub use model::Model;
pub use numbers::SessionNumbers;
pub use spread::Spread;
pub use store::{Course, Session, Store};
