//! The engine on files and threads: what the command line is made of.

pub mod cli;
pub mod files;
pub mod run;
mod sessions;
mod templates;

pub use files::Files;
pub use run::{Analysis, analyze};
