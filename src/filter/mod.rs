//! Looking at rows by conditions: a search language, and its evaluation over the columns.
//!
//! ```text
//! level:>=warn service:pay* -timeout
//!   ─ parse ─▶ Expr       what was written; prints itself again, so that chips can add and remove terms
//!   ─ bind ──▶ Condition  names are columns, texts are times, numbers and levels
//!   ─ find ──▶ Mask       a bit per row of a segment
//! ```
//!
//! Conditions on kept columns are loops over those columns: a category is judged once per value of its dictionary, then per
//! row by its code. What only the text can tell (free text, message contents, fields of which nothing is kept) is looked up
//! last, in the records of those rows that the columns leave in doubt. Every value is one of *yes*, *no* and *not known
//! yet* (Kleene's logic), so any mix of conditions is decided by as little text as it needs.

pub mod bind;
pub mod condition;
pub mod error;
pub mod expr;
pub mod facet;
mod find;
mod literal;
pub mod mask;
mod needle;
pub mod parse;
mod print;
mod record;
mod text;

pub use bind::{Context, bind};
pub use condition::Condition;
pub use error::QueryError;
pub use expr::{Expr, Term};
pub use find::{Finder, Place};
pub use mask::Mask;
pub use parse::{Parsed, parse};
pub use record::RowTexts;
