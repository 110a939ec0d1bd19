//! The language model: its settings, explanations of findings, labels of rows, and what was sent.
//!
//! Nothing is sent but by [`send`], after a person asked for it; [`store`] holds what they chose.

mod answer_view;
mod explain;
mod explain_panel;
mod label_accuracy;
mod label_panel;
mod label_run;
mod label_table;
mod labels;
mod ledger;
mod preview;
mod redaction;
mod send;
mod settings;
mod store;

pub(super) use explain_panel::ExplainPanel;
pub(super) use label_panel::LabelPanel;
pub(super) use store::{ModelStore, follow};
