//! The only modules that touch the browser.
//!
//! ```text
//! page's thread:  ui ─ Client ─ Pool ── bytes ──▶ worker ─ Shard
//!                        │       ◀────── bytes ──           │
//!                   Conductor                        BrowserFiles ◀── bytes ── reader (FileReaderSync on slices of a `File`)
//! ```
//!
//! Each worker has a reader, a thread of its own that reads the next range while the worker parses this one. Requests and events travel as transferred bytes; `File` handles travel once, when a worker starts. The page never
//! touches a log byte.

pub mod ahead;
pub mod files;
pub mod making;
pub mod post;
pub mod worker;

#[cfg(feature = "page")]
pub mod client;
#[cfg(feature = "page")]
pub mod keep;
#[cfg(feature = "page")]
pub mod model;
#[cfg(feature = "page")]
pub mod policy;
#[cfg(feature = "page")]
pub mod pool;
#[cfg(feature = "page")]
pub mod shelf;
#[cfg(feature = "page")]
pub mod spare;
