//! The engine on files and threads: what the command line is made of.

pub mod cli;
pub mod files;
mod generate;
mod learning;
mod model;
mod notes;
mod query;
mod reading;
pub mod run;
pub mod score;
mod sessions;
pub mod table;
mod templates;
mod truth;
mod warm;

pub use files::Files;
pub use run::{Analysis, analyze};
