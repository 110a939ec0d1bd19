//! The label of a row as a small mark, the same wherever rows stand: filled for anomalous, hollow for ordinary, and in words
//! for whoever does not see it.

use leptos::prelude::*;

use super::app::Ui;
use crate::explain::recorded::MODEL;

/// What a row is labelled, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LabelMark {
    anomalous: bool,
    by_hand: bool,
    /// No model said it: it was written for a sample.
    recorded: bool,
}

impl LabelMark {
    /// The mark of a row; `None` without a label. Whoever draws it draws it again when labels change.
    pub(super) fn of(ui: Ui, row: u64) -> Option<Self> {
        ui.labels.with(|labels| {
            let label = labels.get(&row)?;
            let (by_hand, recorded) = (label.corrected.is_some(), label.model == MODEL);
            Some(Self { anomalous: label.anomalous()?, by_hand, recorded })
        })
    }

    /// As text.
    pub(super) fn words(self) -> &'static str {
        match (self.anomalous, self.by_hand, self.recorded) {
            (true, true, _) => "labelled anomalous by you",
            (false, true, _) => "labelled ordinary by you",
            (true, false, true) => "labelled anomalous in the recorded example",
            (false, false, true) => "labelled ordinary in the recorded example",
            (true, false, false) => "labelled anomalous by the model",
            (false, false, false) => "labelled ordinary by the model",
        }
    }

    /// As a mark.
    pub(super) fn view(self) -> impl IntoView + use<> {
        view! {
            <span
                class="label-mark"
                class:by-hand=self.by_hand
                role="img"
                aria-label=self.words()
                title=self.words()
                data-testid="label-mark"
            >
                {if self.anomalous { "◆" } else { "◇" }}
            </span>
        }
    }
}
