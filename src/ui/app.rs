//! The page as a whole: the stores, and the panes.

use std::collections::BTreeMap;

use leptos::html::Input;
use leptos::prelude::*;

use super::command::Command;
use super::detail_drawer::DetailDrawer;
use super::detection_panel::DetectionPanel;
use super::fields_panel::FieldsPanel;
use super::file_list::FileList;
use super::findings::Findings;
use super::grouped::Grouped;
use super::help_overlay::HelpOverlay;
use super::live::{live, watch};
use super::looking::Looking;
use super::measured::Measured;
use super::model::{self, EvaluatePanel, ExplainPanel, LabelPanel, ModelStore};
use super::models::{self, Models, ModelsPanel};
use super::preferences::Preferences;
use super::problems_panel::ProblemsPanel;
use super::row_table::RowTable;
use super::score_plot::ScorePlot;
use super::selection::{Pane, Selection};
use super::session::Session;
use super::sessions_panel::SessionsPanel;
use super::stories::{self, Stories};
use super::synthetic_log::SyntheticLog;
use super::tabs::Tabs;
use super::templates_look::TemplatesLook;
use super::templates_panel::TemplatesPanel;
use super::{detail_drawer, frame, generator_form, header, intake, link, narrow, perform, shortcuts, travel};
use crate::engine::order::{Sort, SortBy};
use crate::engine::snapshot::Filter;
use crate::explain::label_file::Labelled;
use crate::geometry::columns::Column;
use crate::geometry::ticks;
use crate::platform::client::Listing;

/// The stores, and what follows from more than one of them. Copied freely; all of it are handles.
#[derive(Clone, Copy)]
pub(super) struct Ui {
    pub(super) session: Session,
    pub(super) selection: Selection,
    pub(super) looking: Looking,
    pub(super) stories: Stories,
    pub(super) synthetic_log: SyntheticLog,
    pub(super) preferences: Preferences,
    /// Which rows the table shows, and in which order.
    pub(super) listing: Memo<Listing>,
    /// How many those are.
    pub(super) shown: Memo<u64>,
    /// The columns of the table.
    pub(super) columns: Memo<Vec<Column>>,
    /// Whether the log is of several days, so that a time says little without its day.
    pub(super) several_days: Memo<bool>,
    /// How many rows are past the threshold.
    pub(super) finding_count: Memo<u64>,
    pub(super) grouped: Grouped,
    pub(super) templates: TemplatesLook,
    /// What a language model or the person says of rows, by their numbers from 0.
    pub(super) labels: RwSignal<BTreeMap<u64, Labelled>>,
    pub(super) models: Models,
    pub(super) search_input: NodeRef<Input>,
    /// Number of the newest move of the selection ([`travel`]).
    pub(super) travels: StoredValue<u32>,
    /// The position that the selection moves to, while its row is still asked for.
    pub(super) bound_for: StoredValue<Option<u64>>,
}

/// How the rows of several files stand where no other order is asked for.
const MERGED: Sort = Sort { by: SortBy::Merged, descending: false };

impl Ui {
    fn new() -> Self {
        let session = Session::new();
        let preferences = Preferences::load();
        let selection = Selection::new();
        let looking = Looking::new();
        let bin = Memo::new(move |_| session.threshold.with(|cut| cut.as_ref().map(|cut| cut.bin)));
        let listing = Memo::new(move |_| {
            let found = looking.found.with(|found| found.as_ref().map(|(filter, _)| *filter));
            let filter = match (found, bin.get()) {
                (Some(filter), _) => filter,
                (None, Some(bin)) if selection.anomalies_only.get() => Filter::AtLeast(bin),
                _ => Filter::All,
            };
            // An order can only be told of all rows that are found.
            let settled = looking.found.with(|found| found.as_ref().is_none_or(|(_, found)| found.done));
            Listing { filter, sort: looking.sort.get().or_else(|| (settled && session.merges.get()).then_some(MERGED)) }
        });
        let columns = Memo::new(move |_| {
            let files = session.files.with(Vec::len);
            let predicted = session.predicted.with(Option::is_some);
            session.fields.with(|fields| preferences.columns.with(|columns| columns.columns(fields, files, predicted)))
        });
        let finding_count = Memo::new(move |_| session.threshold.with(|cut| cut.as_ref().map_or(0, |cut| cut.rows)));
        let shown = Memo::new(move |_| match listing.get().filter {
            Filter::All => session.rows.get(),
            Filter::AtLeast(_) => finding_count.get(),
            Filter::Where(_) => looking.found.with(|found| found.as_ref().map_or(0, |(_, found)| found.rows)),
        });
        let several_days = Memo::new(move |_| {
            session.stage.track();
            let times = session.client().and_then(|client| client.times());
            times
                .is_some_and(|(from, to)| ticks::several_days(preferences.local_time(from), preferences.local_time(to)))
        });
        Self {
            session,
            selection,
            looking,
            several_days,
            stories: Stories::new(),
            synthetic_log: SyntheticLog::new(),
            preferences,
            listing,
            columns,
            shown,
            finding_count,
            grouped: Grouped::new(session),
            templates: TemplatesLook::new(session),
            labels: RwSignal::new(BTreeMap::new()),
            models: Models::new(session),
            search_input: NodeRef::new(),
            travels: StoredValue::new(0),
            bound_for: StoredValue::new(None),
        }
    }

    /// The stores of the page that a component stands in.
    pub(super) fn here() -> Self {
        expect_context::<Self>()
    }

    /// Asks for something.
    pub(super) fn send(self, command: Command) {
        perform::perform(self, command);
    }

    /// Whether all rows that the table is to show are found.
    pub(super) fn settled(self) -> bool {
        self.looking.found.with(|found| found.as_ref().is_none_or(|(_, found)| found.done))
    }

    /// Whether the values of fields are to be seen. On a screen of middle width they make room for the detail.
    pub(super) fn values(self) -> bool {
        let preferences = self.preferences;
        if preferences.narrow.get() {
            return self.selection.pane.get() == Pane::Values;
        }
        preferences.values.get() && !(preferences.middle.get() && self.selection.detail.get())
    }

    /// The lower panel that is in front: the last of the three that a wide screen shows one at a time.
    pub(super) fn panel(self) -> Pane {
        match self.selection.pane.get() {
            Pane::Findings | Pane::Plot | Pane::Values => Pane::Rows,
            pane => pane,
        }
    }
}

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let ui = Ui::new();
    provide_context(ui);
    let model = ModelStore::new(ui.labels);
    provide_context(model);
    model::follow(ui, model);
    window_event_listener(leptos::ev::keydown, move |event| shortcuts::on_key(ui, &event));
    narrow::follow(ui);
    stories::follow(ui);
    link::follow(ui);
    models::follow(ui);
    let settled = Memo::new(move |_| ui.settled());
    watch(move || {
        ui.listing.track();
        settled.track();
        travel::refilter(ui);
    });
    let open = Memo::new(move |_| ui.session.open());
    frame::show_start(move || !open.get());
    header::fill(ui);
    let form = live(move || ui.synthetic_log.form.get().then(|| generator_form::form(ui)));
    frame::fill("generator", form.into_any());
    frame::fill("status", live(move || ui.selection.status.get()).into_any());
    // What was asked for until now needs the page to stand.
    leptos::task::spawn_local(async move { intake::listen(ui) });
    view! {
        {live(move || open.get().then(|| workspace(ui).into_any()))}
        <HelpOverlay />
    }
}

fn workspace(ui: Ui) -> impl IntoView + use<> {
    let detail = detail_drawer::load(ui);
    stories::follow_detail(ui, detail);
    let pane = live(move || {
        let name = match ui.selection.pane.get() {
            Pane::Findings => "findings",
            Pane::Plot => "plot",
            Pane::Rows => "rows",
            Pane::Values => "values",
            Pane::Templates => "templates",
            Pane::Sessions => "sessions",
            Pane::Detection => "detection",
            Pane::Models => "models",
            Pane::Fields => "fields",
            Pane::Problems => "problems",
            Pane::Explain => "explain",
            Pane::Label => "label",
            Pane::Evaluate => "evaluate",
        };
        name.to_owned()
    });
    view! {
        <FileList />
        <Measured />
        <main
            class="workspace"
            class:several-days=live(move || ui.several_days.get())
            data-pane=pane
            data-detail=live(move || ui.selection.detail.get().to_string())
        >
            <Tabs />
            <Findings />
            <ScorePlot detail />
            <div class="panels">
                <RowTable />
                {live(move || (ui.panel() == Pane::Templates).then(|| view! { <TemplatesPanel /> }.into_any()))}
                {live(move || (ui.panel() == Pane::Sessions).then(|| view! { <SessionsPanel /> }.into_any()))}
                {live(move || (ui.panel() == Pane::Detection).then(|| view! { <DetectionPanel /> }.into_any()))}
                {live(move || (ui.panel() == Pane::Models).then(|| view! { <ModelsPanel /> }.into_any()))}
                {live(move || (ui.panel() == Pane::Fields).then(|| view! { <FieldsPanel /> }.into_any()))}
                {live(move || (ui.panel() == Pane::Problems).then(|| view! { <ProblemsPanel /> }.into_any()))}
                {live(move || (ui.panel() == Pane::Explain).then(|| view! { <ExplainPanel /> }.into_any()))}
                {live(move || (ui.panel() == Pane::Label).then(|| view! { <LabelPanel /> }.into_any()))}
                {live(move || (ui.panel() == Pane::Evaluate).then(|| view! { <EvaluatePanel /> }.into_any()))}
            </div>
            <DetailDrawer detail />
        </main>
    }
}
