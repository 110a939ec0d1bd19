//! What the person looks at.

use leptos::prelude::*;

use crate::geometry::outline::Spot;

/// A pane that can be brought to the front. On a wide screen findings and plot are always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    /// Ranked findings.
    Findings,
    /// Score over time.
    Plot,
    /// The table of rows.
    Rows,
    /// Values of fields and how often each occurs; beside the rows where there is room.
    Values,
    /// Templates of the messages.
    Templates,
    /// Sessions, or one of them.
    Sessions,
    /// The detector and its features.
    Detection,
    /// Saved models, and what the loaded one makes of the files.
    Models,
    /// Fields and their roles.
    Fields,
    /// Records with problems.
    Problems,
    /// What a language model says of the selected row.
    Explain,
    /// Labels of rows by a language model.
    Label,
    /// How well scores find what is known to be anomalous.
    Evaluate,
}

/// The list that keys move in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Findings,
    Rows,
    Sessions,
    Steps,
}

/// Store of the selection.
#[derive(Clone, Copy)]
pub(super) struct Selection {
    pub(super) pane: RwSignal<Pane>,
    pub(super) list: RwSignal<List>,
    /// The selected row, by its number over all files.
    pub(super) row: RwSignal<Option<u64>>,
    /// Where the selected row stands in the table as it is filtered now.
    pub(super) position: RwSignal<Option<u64>>,
    /// The selected finding, or row of one, by its place in the list.
    pub(super) finding: RwSignal<Option<Spot>>,
    /// Whether the selected row's detail is open.
    pub(super) detail: RwSignal<bool>,
    pub(super) anomalies_only: RwSignal<bool>,
    pub(super) help: RwSignal<bool>,
    /// The column that is being dragged, by its key.
    pub(super) moving: StoredValue<Option<String>>,
    /// Where the pointer went down on the edge of a column, and how wide that was then.
    pub(super) sizing: StoredValue<Option<(i32, f64)>>,
    /// The last message.
    pub(super) status: RwSignal<String>,
    /// Rows that fit the table and findings that fit their list; how far a page goes.
    pub(super) page_of_rows: RwSignal<u64>,
    pub(super) page_of_findings: RwSignal<u64>,
}

impl Selection {
    pub(super) fn new() -> Self {
        Self {
            pane: RwSignal::new(Pane::Findings),
            list: RwSignal::new(List::Rows),
            row: RwSignal::new(None),
            position: RwSignal::new(None),
            finding: RwSignal::new(None),
            detail: RwSignal::new(false),
            anomalies_only: RwSignal::new(false),
            help: RwSignal::new(false),
            moving: StoredValue::new(None),
            sizing: StoredValue::new(None),
            status: RwSignal::new(String::new()),
            page_of_rows: RwSignal::new(20),
            page_of_findings: RwSignal::new(5),
        }
    }

    /// Forgets which rows were selected; they belonged to another analysis.
    pub(super) fn clear(&self) {
        self.row.set(None);
        self.position.set(None);
        self.finding.set(None);
        self.detail.set(false);
        self.list.set(List::Rows);
    }

    /// Says something.
    pub(super) fn say(&self, text: impl Into<String>) {
        self.status.set(text.into());
    }
}
