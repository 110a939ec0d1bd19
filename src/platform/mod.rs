//! The only modules that touch the browser.
//!
//! ```text
//! page's thread:  ui ─ Client ─ Pool ── bytes ──▶ worker ─ Shard
//!                        │       ◀────── bytes ──           │
//!                   Conductor                        BrowserFiles (FileReaderSync on slices of a `File`)
//! ```
//!
//! Requests and events travel as transferred bytes; `File` handles travel once, when a worker starts. The page never
//! touches a log byte.

pub mod files;
pub mod post;
pub mod worker;

#[cfg(feature = "page")]
pub mod client;
#[cfg(feature = "page")]
pub mod pool;
