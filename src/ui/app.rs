//! The page as a whole: the stores, what is heard on the window, and the panes.

use leptos::html::Input;
use leptos::prelude::*;
use web_sys::DragEvent;

use super::browser;
use super::command::Command;
use super::detail_drawer::DetailDrawer;
use super::drop_zone::DropZone;
use super::fields_panel::FieldsPanel;
use super::file_list::FileList;
use super::findings::Findings;
use super::header::Header;
use super::help_overlay::HelpOverlay;
use super::live::{live, watch};
use super::looking::Looking;
use super::preferences::Preferences;
use super::problems_panel::ProblemsPanel;
use super::row_table::RowTable;
use super::score_plot::ScorePlot;
use super::selection::{Pane, Selection};
use super::session::Session;
use super::status_bar::StatusBar;
use super::tabs::Tabs;
use super::{detail_drawer, link, narrow, perform, shortcuts, travel};
use crate::engine::order::{Sort, SortBy};
use crate::engine::snapshot::Filter;
use crate::geometry::columns::Column;
use crate::platform::client::Listing;

/// The stores, and what follows from more than one of them. Copied freely; all of it are handles.
#[derive(Clone, Copy)]
pub(super) struct Ui {
    pub(super) session: Session,
    pub(super) selection: Selection,
    pub(super) looking: Looking,
    pub(super) preferences: Preferences,
    /// Which rows the table shows, and in which order.
    pub(super) listing: Memo<Listing>,
    /// How many those are.
    pub(super) shown: Memo<u64>,
    /// The columns of the table.
    pub(super) columns: Memo<Vec<Column>>,
    /// How many findings there are at this threshold.
    pub(super) finding_count: Memo<u64>,
    /// How many of them are ranked, and so listed.
    pub(super) listed: Memo<u64>,
    pub(super) file_input: NodeRef<Input>,
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
            session.fields.with(|fields| preferences.columns.with(|columns| columns.columns(fields, files)))
        });
        let finding_count = Memo::new(move |_| session.threshold.with(|cut| cut.as_ref().map_or(0, |cut| cut.rows)));
        let listed = Memo::new(move |_| finding_count.get().min(u64::from(session.ranked())));
        let shown = Memo::new(move |_| match listing.get().filter {
            Filter::All => session.rows.get(),
            Filter::AtLeast(_) => finding_count.get(),
            Filter::Where(_) => looking.found.with(|found| found.as_ref().map_or(0, |(_, found)| found.rows)),
        });
        Self {
            session,
            selection,
            looking,
            preferences,
            listing,
            columns,
            shown,
            finding_count,
            listed,
            file_input: NodeRef::new(),
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
    listen(ui);
    narrow::follow(ui);
    link::follow(ui);
    let settled = Memo::new(move |_| ui.settled());
    watch(move || {
        ui.listing.track();
        settled.track();
        travel::refilter(ui);
    });
    let open = Memo::new(move |_| ui.session.open());
    view! {
        <Header />
        {live(move || if open.get() { workspace(ui).into_any() } else { view! { <DropZone /> }.into_any() })}
        <StatusBar />
        <HelpOverlay />
        {live(move || {
            ui.selection.dragging.get().then(|| view! { <div class="drop-veil">"Drop to analyse"</div> }.into_any())
        })}
    }
}

fn workspace(ui: Ui) -> impl IntoView + use<> {
    let detail = detail_drawer::load(ui);
    let pane = live(move || {
        let name = match ui.selection.pane.get() {
            Pane::Findings => "findings",
            Pane::Plot => "plot",
            Pane::Rows => "rows",
            Pane::Values => "values",
            Pane::Fields => "fields",
            Pane::Problems => "problems",
        };
        name.to_owned()
    });
    view! {
        <FileList />
        <main class="workspace" data-pane=pane data-detail=live(move || ui.selection.detail.get().to_string())>
            <Tabs />
            <Findings />
            <ScorePlot detail />
            <div class="panels">
                <RowTable />
                {live(move || (ui.panel() == Pane::Fields).then(|| view! { <FieldsPanel /> }.into_any()))}
                {live(move || (ui.panel() == Pane::Problems).then(|| view! { <ProblemsPanel /> }.into_any()))}
            </div>
            <DetailDrawer detail />
        </main>
    }
}

/// Hears what is meant for the page as a whole.
fn listen(ui: Ui) {
    window_event_listener(leptos::ev::keydown, move |event| shortcuts::on_key(ui, &event));
    window_event_listener(leptos::ev::paste, move |event| {
        let typing = event.target().is_some_and(|target| {
            use wasm_bindgen::JsCast;
            target.dyn_ref::<web_sys::HtmlInputElement>().is_some()
        });
        let Some(data) = event.clipboard_data().filter(|_| !typing) else { return };
        let mut files = browser::files_of(data.files());
        if files.is_empty() {
            let text = data.get_data("text/plain").unwrap_or_default();
            if !text.is_empty() {
                files.extend(browser::file_of_text(&text, "pasted.log"));
            }
        }
        event.prevent_default();
        ui.send(Command::AddFiles(files));
    });
    let dragging = ui.selection.dragging;
    let carries_files =
        |event: &DragEvent| event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0));
    window_event_listener(leptos::ev::dragover, move |event| {
        // Without this the browser would open the file in place of the page.
        event.prevent_default();
        if carries_files(&event) && !dragging.get_untracked() {
            dragging.set(true);
        }
    });
    window_event_listener(leptos::ev::dragleave, move |event| {
        if event.related_target().is_none() {
            dragging.set(false);
        }
    });
    window_event_listener(leptos::ev::drop, move |event| {
        event.prevent_default();
        dragging.set(false);
        if let Some(transfer) = event.data_transfer() {
            let files = browser::files_of_drop(&transfer);
            leptos::task::spawn_local(async move { ui.send(Command::AddFiles(files.await)) });
        }
    });
    if let Some(name) = browser::parameter("sample").and_then(|name| super::drop_zone::sample_file(&name)) {
        ui.send(Command::OpenSample(name.to_owned()));
    }
    watch(|| browser::mark("strayline:interactive"));
}
