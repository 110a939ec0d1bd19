//! Messages → shapes → templates.
//!
//! ```text
//! a message       ─ lex ─▶ words, marks, values ─ shape ─▶ a hash
//! many messages   ─ table ─▶ distinct shapes with counts and examples; merges in any order
//! all shapes      ─ cluster ─▶ forms: shapes that differ only in what varies ─ text ─▶ a catalog of templates
//! ```
//!
//! `User 123 logged in from 10.0.0.1` has the template `User <num> logged in from <ip>`. What is written like a value is one
//! ([`lex`], [`value`]); a word that varies is one too, which only a look at all shapes together tells ([`cluster`]).

mod address;
mod affix;
mod apart;
mod bracket;
pub mod catalog;
mod cluster;
mod colons;
mod common;
mod context;
mod form;
mod frame;
mod group;
pub mod hand;
mod judge;
mod keys;
pub mod kind;
pub mod lex;
mod names;
mod odd;
pub mod pattern;
mod phrase;
mod plain;
mod quantity;
mod quote;
mod repeat;
pub mod shape;
mod span;
pub mod table;
mod text;
mod time;
mod traits;
pub mod value;
mod words;

pub use catalog::{Catalog, Template};
pub use hand::{Change, Hand};
pub use kind::ValueKind;
pub use pattern::Parameter;
pub use phrase::Phrases;
pub use shape::{Shape, shape_of};
pub use table::ShapeTable;
pub use text::Part;
