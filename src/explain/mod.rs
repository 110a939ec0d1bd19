//! The language model: what it is asked, and what of its answer holds.
//!
//! Pure text in and out. Rows become a prompt ([`window`], [`label`], [`cause`]), a prompt the exact bytes of a request
//! ([`request`]), the bytes that come back an answer or an error that says what to do ([`answer`]), and an answer what can be
//! shown: labels with what is missing ([`label`]), claims each held against the rows ([`verify`]). What goes out is made safe to go out first ([`redact`]).
//! [`pace`] says when to send, [`reach`] to whom the page can, and [`ledger`] what was sent.
//!
//! Log lines are written by whoever can make a program log something. They are data to the model: JSON strings between
//! delimiters that their author can't foresee, under instructions that say so. Nothing depends on the model obeying: an
//! answer can only name rows, give a 0 or a 1, and cite; citations are checked here; and its text is shown as text.

pub mod accuracy;
pub mod answer;
pub mod batch;
pub mod cause;
pub mod injection;
pub mod label;
pub mod label_file;
pub mod ledger;
pub mod limit;
pub mod markdown;
pub mod models;
pub mod pace;
pub mod reach;
pub mod recorded;
pub mod redact;
pub mod request;
pub mod schema;
pub mod verify;
pub mod window;

pub use request::{Binding, Choices, Prompt, Provider, Request, Thinking};
pub use window::{Encoding, Row, Table};
