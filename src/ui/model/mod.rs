//! The language model: its settings, explanations of findings, labels of rows, and what was sent.
//!
//! Nothing is sent but by [`send`], after a person asked for it; [`store`] holds what they chose.

mod answer_view;
mod compare;
mod evaluate_panel;
mod evaluate_view;
mod explain;
mod explain_panel;
mod hand_labels;
mod label_accuracy;
mod label_column;
mod label_draw;
mod label_limits;
mod label_panel;
mod label_run;
mod label_table;
mod labels;
mod ledger;
mod preview;
mod recorded;
mod redaction;
mod relabel;
mod send;
mod settings;
mod store;
mod warm_panel;

pub(super) use evaluate_panel::EvaluatePanel;
pub(super) use explain_panel::ExplainPanel;
pub(super) use hand_labels::{RowLabel, say};
pub(super) use label_panel::LabelPanel;
pub(super) use store::{ModelStore, follow};
