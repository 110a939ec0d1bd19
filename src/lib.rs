//! Strayline: find the log lines that don't belong, without your logs leaving the browser.
//!
//! One log line, from byte to screen:
//!
//! ```text
//! bytes     → records   → columns → features → scores → findings → view
//! [`ingest`]             [`record`]  [`feature`] [`detect`] [`finding`] [`view`]
//! ```
//!
//! 1. [`ingest`] looks at a file, cuts its byte ranges into records and reads their fields. Content cannot make it fail.
//! 2. [`record`] holds the rows: a few typed columns per byte range, and where each row's bytes are. No text.
//! 3. [`template`] gives messages a shape, counts how rare each shape is, and makes templates of all shapes.
//! 4. [`baseline`] says what is ordinary for each template; [`session`] which steps belong together, and [`context`] what
//!    stands around a row.
//! 5. [`feature`] makes a numeric matrix of columns, by a recipe that is the same for all shards.
//! 6. [`detect`] fits a detector to a sample and scores every row. Higher is more abnormal.
//! 7. [`finding`] makes findings of all kinds of evidence, ranks rows, answers thresholds from one histogram, and says why a
//!    row scores high.
//! 8. [`model`] keeps what was learned, and says whether other files may be scored with it.
//! 9. [`filter`] looks at rows by conditions that a person writes.
//! 10. [`view`] is what a screen needs of it, and [`geometry`] where on a screen it goes.
//! 11. [`explain`] makes the requests to a language model, safe to be sent, and checks its answers.
//!
//! [`engine`] chains these stages over any number of workers: a state machine that hears events and says what to ask of
//! whom. [`synthetic`] stands apart: it makes logs whose anomalies are known. Everything up to here is plain Rust: no
//! browser, no clock, no randomness, no files; seeds and bytes come in as parameters, and the same bytes, settings and seed
//! give the same findings everywhere. A stage uses only stages before it in the list, and [`common`].
//!
//! Around it: `platform` (feature `web`) is the only module that touches the browser, `ui` (feature `page`) the only one
//! that draws, and `native` the files and threads of the command line.

pub mod baseline;
pub mod common;
pub mod context;
pub mod detect;
pub mod engine;
pub mod explain;
pub mod feature;
pub mod filter;
pub mod finding;
pub mod geometry;
pub mod ingest;
pub mod model;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(feature = "web")]
pub mod platform;
pub mod record;
pub mod session;
pub mod synthetic;
pub mod template;
#[cfg(feature = "page")]
pub mod ui;
pub mod view;
