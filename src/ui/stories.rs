//! Sessions: the list of all of them, the one that is open, and what stands around the selected row.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::browser;
use super::command::Step;
use super::live::watch;
use super::looking::Looking;
use super::selection::{List, Pane};
use super::travel;
use crate::context::Wanted;
use crate::engine::session_list::{SessionColumn, SessionListing};
use crate::geometry::number;
use crate::platform::client::Told;
use crate::record::Role;
use crate::view::{Around, Line, RowDetail, SessionView};

/// Steps of a session that are shown at most, besides those that were opened.
const MOST: u32 = 96;
/// Steps that opening a stretch shows.
const OPENED: u32 = 100;

/// A wish that concerns sessions.
#[derive(Clone, Debug)]
pub enum Wish {
    /// Sort the list: first one way, then the other.
    Sort(SessionColumn),
    /// Search for keys, once the typing pauses.
    Search(String),
    /// Open the session at a position of the list.
    OpenAt(u64),
    /// Open the session of the selected row.
    OpenOwn,
    /// Open the twin of the open session.
    OpenTwin,
    /// Back to the list.
    Close,
    /// Show more of a stretch that is left out: its first place, and how many there are.
    Unfold(u32, u32),
    /// Select a row, and leave the detail open or closed.
    Select(u64),
    /// Go to the next (`true`) or the previous row of the selected row's session.
    Seek(bool),
    /// Show so many rows around a row that has no session.
    Reach(u32),
    /// Show the rows of the same source in place of the session.
    Window(bool),
}

/// The session that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    /// Hash of its key.
    key: u64,
    /// The row that it was opened for.
    row: Option<u64>,
}

/// Store of sessions.
#[derive(Clone, Copy)]
pub(super) struct Stories {
    /// How many sessions there are, and how many have a finding; `None` while that is not known.
    pub(super) all: RwSignal<Option<(u64, u64)>>,
    /// Whether they are in one list, which is made when it is first looked at.
    pub(super) listed: RwSignal<bool>,
    pub(super) listing: RwSignal<SessionListing>,
    /// How many the listing has.
    pub(super) shown: RwSignal<u64>,
    /// The session that is selected in the list.
    pub(super) position: RwSignal<Option<u64>>,
    pub(super) page: RwSignal<u64>,
    /// Whether keys are being read.
    pub(super) naming: RwSignal<bool>,
    /// Whether the list knows them.
    named: StoredValue<bool>,
    /// What is in the search box.
    pub(super) text: RwSignal<String>,
    pub(super) open: RwSignal<Option<Open>>,
    opened: RwSignal<Vec<(u32, u32)>>,
    pub(super) told: RwSignal<Option<Arc<Told>>>,
    pub(super) around: RwSignal<Option<Arc<Around>>>,
    pub(super) reach: RwSignal<u32>,
    pub(super) window: RwSignal<bool>,
    /// Numbers of the newest search, jump, story and context: whatever is older is dropped.
    searches: StoredValue<u32>,
    seeks: StoredValue<u32>,
    /// Steps along its session that were asked for from a row, for as long as none of them is done.
    steps: StoredValue<(u64, i64)>,
    tellings: StoredValue<u32>,
    contexts: StoredValue<u32>,
}

impl Stories {
    pub(super) fn new() -> Self {
        Self {
            all: RwSignal::new(None),
            listed: RwSignal::new(false),
            listing: RwSignal::new(SessionListing::default()),
            shown: RwSignal::new(0),
            position: RwSignal::new(None),
            page: RwSignal::new(10),
            naming: RwSignal::new(false),
            named: StoredValue::new(false),
            text: RwSignal::new(String::new()),
            open: RwSignal::new(None),
            opened: RwSignal::new(Vec::new()),
            told: RwSignal::new(None),
            around: RwSignal::new(None),
            reach: RwSignal::new(10),
            window: RwSignal::new(false),
            searches: StoredValue::new(0),
            seeks: StoredValue::new(0),
            steps: StoredValue::new((0, 0)),
            tellings: StoredValue::new(0),
            contexts: StoredValue::new(0),
        }
    }

    /// Whether rows have sessions.
    pub(super) fn has_key(ui: Ui) -> bool {
        ui.session.fields.with(|fields| fields.iter().any(|field| field.role == Some(Role::Correlation)))
    }

    /// Forgets the sessions of another analysis.
    fn clear(self) {
        self.all.set(None);
        self.listed.set(false);
        self.shown.set(0);
        self.position.set(None);
        self.named.set_value(false);
        self.naming.set(false);
        self.open.set(None);
        self.told.set(None);
        self.around.set(None);
        if self.listing.with_untracked(|listing| *listing != SessionListing::default()) {
            self.listing.set(SessionListing::default());
        }
        self.text.set(String::new());
    }
}

/// Keeps the store in step with the analysis.
pub(super) fn follow(ui: Ui) {
    let (session, stories) = (ui.session, ui.stories);
    watch(move || {
        session.run.track();
        stories.clear();
    });
    watch(move || {
        let (run, done) = (session.run.get(), session.done.get());
        session.scores.track();
        let Some(client) = session.client().filter(|_| done && run > 0) else { return };
        stories.listed.set(false);
        spawn_local(async move {
            browser::soon().await;
            let all = client.count_sessions().await;
            if session.is_current(run) {
                stories.shown.set(all.0);
                stories.all.set(Some(all));
            }
        });
    });
    watch(move || {
        let wanted = ui.selection.pane.get() == Pane::Sessions && !stories.listed.get();
        let run = session.run.get();
        let Some(client) = session.client().filter(|_| wanted && stories.all.get().is_some()) else { return };
        spawn_local(async move {
            client.list_sessions().await;
            if session.is_current(run) {
                stories.listed.set(true);
            }
        });
    });
    watch(move || {
        let (open, opened, run) = (stories.open.get(), stories.opened.get(), session.run.get());
        let number = Looking::take(stories.tellings);
        let (Some(open), Some(client)) = (open, session.client()) else {
            stories.told.set(None);
            return;
        };
        spawn_local(async move {
            let told = client.story(open.key, open.row, Wanted { most: MOST, opened }).await;
            if session.is_current(run) && stories.tellings.get_value() == number {
                stories.told.set(told.map(Arc::new));
            }
        });
    });
}

/// Loads what stands around the row whose detail is open.
pub(super) fn follow_detail(ui: Ui, detail: RwSignal<Option<RowDetail>>) {
    let (session, stories) = (ui.session, ui.stories);
    watch(move || {
        let (window, reach, done) = (stories.window.get(), stories.reach.get(), session.done.get());
        let number = Looking::take(stories.contexts);
        let Some(detail) = detail.get() else {
            stories.around.set(None);
            return;
        };
        let Some(client) = session.client().filter(|_| done) else { return };
        let run = session.run.get_untracked();
        spawn_local(async move {
            let around = client.around(&detail, window, reach).await;
            if session.is_current(run) && stories.contexts.get_value() == number {
                stories.around.set(around.map(Arc::new));
            }
        });
    });
}

/// Fulfils a wish.
pub(super) fn perform(ui: Ui, wish: Wish) {
    let stories = ui.stories;
    match wish {
        Wish::Sort(by) => sort(ui, by),
        Wish::Search(text) => {
            stories.text.set(text.clone());
            let number = Looking::take(stories.searches);
            let later = move || {
                if stories.searches.get_value() == number {
                    let search = text.trim().to_owned();
                    list_by(ui, move |listing| listing.search = search);
                }
            };
            set_timeout(later, std::time::Duration::from_millis(250));
        }
        Wish::OpenAt(position) => {
            stories.position.set(Some(position));
            let (Some(client), listing) = (ui.session.client(), stories.listing.get_untracked()) else { return };
            let run = ui.session.run.get_untracked();
            spawn_local(async move {
                let page = client.session_page(listing, position, 1).await.1;
                if let Some(found) = page.first().filter(|_| ui.session.is_current(run)) {
                    show(ui, Open { key: found.key, row: None });
                }
            });
        }
        Wish::OpenOwn => {
            let Some(row) = ui.selection.row.get_untracked() else {
                return ui.selection.say("No row is selected");
            };
            with_own(ui, row, move |key| show(ui, Open { key, row: Some(row) }));
        }
        Wish::OpenTwin => {
            let twin = stories.told.with_untracked(|told| told.as_ref()?.story.there.map(|there| there.key));
            if let Some(key) = twin {
                show(ui, Open { key, row: None });
            }
        }
        Wish::Close => {
            stories.open.set(None);
            ui.selection.list.set(List::Sessions);
            // Once the list is no longer behind.
            request_animation_frame(|| browser::focus("sessions"));
        }
        Wish::Unfold(from, count) => {
            // A stretch that is longer than what is shown of it at once stays a stretch.
            stories.opened.update(|opened| opened.push((from, count.min(OPENED))));
        }
        Wish::Select(row) => {
            ui.selection.list.set(List::Steps);
            travel::to_row(ui, row);
        }
        Wish::Seek(forward) => seek(ui, forward),
        Wish::Reach(reach) => stories.reach.set(reach),
        Wish::Window(window) => stories.window.set(window),
    }
}

/// What Enter does where it has to do with sessions; `false` where it has not.
pub(super) fn enter(ui: Ui) -> bool {
    let in_panel = ui.selection.pane.get_untracked() == Pane::Sessions;
    let open = ui.stories.open.get_untracked().is_some();
    match (ui.selection.list.get_untracked(), ui.stories.position.get_untracked()) {
        (List::Sessions, Some(position)) if in_panel && !open => {
            perform(ui, Wish::OpenAt(position));
            true
        }
        _ if ui.selection.detail.get_untracked() && ui.selection.row.get_untracked().is_some() => {
            perform(ui, Wish::OpenOwn);
            true
        }
        _ => false,
    }
}

/// Closes the open session, if one is in front.
pub(super) fn close(ui: Ui) -> bool {
    let in_front = ui.selection.pane.get_untracked() == Pane::Sessions && ui.stories.open.get_untracked().is_some();
    if in_front {
        perform(ui, Wish::Close);
    }
    in_front
}

/// Moves in the list of sessions, or in the steps of the open one.
pub(super) fn step(ui: Ui, step: Step) {
    let stories = ui.stories;
    if ui.selection.list.get_untracked() == List::Sessions {
        let (total, page) = (stories.shown.get_untracked(), stories.page.get_untracked());
        stories.position.set(travel::there(total, stories.position.get_untracked(), step, page));
        return;
    }
    let rows = rows_told(ui);
    let here = ui.selection.row.get_untracked();
    let here = rows.iter().position(|row| Some(*row) == here).map(|at| at as u64);
    let there = travel::there(rows.len() as u64, here, step, 10);
    if let Some(&row) = there.and_then(|there| rows.get(there as usize)) {
        travel::to_row(ui, row);
    }
}

/// The numbers of the rows of the steps that are shown.
fn rows_told(ui: Ui) -> Vec<u64> {
    ui.stories.told.with_untracked(|told| {
        let Some(told) = told else { return Vec::new() };
        let row = |line: &Line| match line {
            Line::Step(step) => step.here.and_then(|view| Some(told.texts.get(&(view.segment, view.row))?.row.row)),
            Line::LeftOut { .. } => None,
        };
        told.story.lines.iter().filter_map(row).collect()
    })
}

/// Brings a session to the front.
fn show(ui: Ui, open: Open) {
    let stories = ui.stories;
    if stories.open.get_untracked() != Some(open) {
        stories.opened.set(Vec::new());
        stories.open.set(Some(open));
    }
    ui.selection.pane.set(Pane::Sessions);
    ui.selection.list.set(List::Steps);
    if ui.preferences.narrow.get_untracked() {
        // There the detail would hide it.
        ui.selection.detail.set(false);
    }
}

/// Uses the session key of a row.
fn with_own(ui: Ui, row: u64, go_on: impl FnOnce(u64) + 'static) {
    let Some(client) = ui.session.client() else { return };
    let run = ui.session.run.get_untracked();
    spawn_local(async move {
        let detail = client.detail(row, 0).await;
        if !ui.session.is_current(run) {
            return;
        }
        match detail.and_then(|detail| detail.session) {
            Some((key, _)) => go_on(key),
            None => ui.selection.say("This row has no session"),
        }
    });
}

/// Goes to the next or the previous row of the selected row's session.
fn seek(ui: Ui, forward: bool) {
    let Some(row) = ui.selection.row.get_untracked() else {
        return ui.selection.say("No row is selected");
    };
    let number = Looking::take(ui.stories.seeks);
    // Keys may follow each other faster than answers: then they add up.
    let before = Some(ui.stories.steps.get_value()).filter(|(from, _)| *from == row).map_or(0, |(_, steps)| steps);
    let steps = before + if forward { 1 } else { -1 };
    ui.stories.steps.set_value((row, steps));
    with_own(ui, row, move |key| {
        let Some(client) = ui.session.client() else { return };
        spawn_local(async move {
            let rows = client.session_rows(key).await;
            if ui.stories.seeks.get_value() != number {
                return;
            }
            ui.stories.steps.set_value((row, 0));
            let Some(at) = rows.iter().position(|&other| other == row) else { return };
            let last = rows.len().saturating_sub(1);
            let next = at.saturating_add_signed(isize::try_from(steps).unwrap_or(0)).min(last);
            match rows.get(next).filter(|&&next| next != row) {
                Some(&found) => {
                    travel::to_row(ui, found);
                    let (place, all) = (number::group(next as u64 + 1), number::group(rows.len() as u64));
                    ui.selection.say(format!("Row {place} of the {all} of its session"));
                }
                None => {
                    ui.selection.say(format!("No {} row in its session", if forward { "later" } else { "earlier" }));
                }
            }
        });
    });
}

fn sort(ui: Ui, by: SessionColumn) {
    list_by(ui, move |listing| {
        // What is worth a look is at the greater end of most columns.
        let first = !matches!(by, SessionColumn::Key | SessionColumn::Start | SessionColumn::End | SessionColumn::Kind);
        let turned = if listing.by == by { !listing.descending } else { first };
        (listing.by, listing.descending) = (by, turned);
    });
}

/// Changes the listing; where that needs the keys of all sessions, these are read first.
fn list_by(ui: Ui, change: impl FnOnce(&mut SessionListing)) {
    let (session, stories) = (ui.session, ui.stories);
    let mut listing = stories.listing.get_untracked();
    change(&mut listing);
    let Some(client) = session.client() else { return };
    let (run, number) = (session.run.get_untracked(), Looking::take(stories.searches));
    spawn_local(async move {
        let by_key = listing.by == SessionColumn::Key || !listing.search.is_empty();
        if by_key && !stories.named.get_value() {
            stories.naming.set(true);
            client.name_sessions().await;
            if !session.is_current(run) {
                return;
            }
            stories.named.set_value(true);
            stories.naming.set(false);
        }
        let shown = client.session_page(listing.clone(), 0, 0).await.0;
        if session.is_current(run) && stories.searches.get_value() == number {
            stories.shown.set(shown);
            stories.position.set(None);
            stories.listing.set(listing);
        }
    });
}

/// A session's errors in words: `3 · 75 %`.
pub(super) fn errors(session: &SessionView) -> String {
    match session.errors {
        0 => String::new(),
        errors => {
            let share = f64::from(errors) / session.rows.max(1) as f64 * 100.0;
            format!("{} · {share:.0} %", number::group(u64::from(errors)))
        }
    }
}
