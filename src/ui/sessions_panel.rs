//! All sessions as a table, or the one that is open.

use leptos::prelude::*;

use super::app::Ui;
use super::badge;
use super::browser;
use super::command::Command;
use super::live::{live, watch};
use super::pager::Pager;
use super::selection::List;
use super::session_key::SessionKey;
use super::stories::{Stories, Wish, errors};
use super::story_view::StoryView;
use super::virtual_scroll::VirtualScroll;
use crate::common::number::duration;
use crate::engine::session_list::{SessionColumn, SessionListing};
use crate::geometry::number;
use crate::record::Role;
use crate::view::{SessionView, Stage};

/// Heights of a row and of the header, as in the style sheet.
const ROW: f64 = 24.0;
const HEAD: f64 = 26.0;

const COLUMNS: [(SessionColumn, &str, &str); 9] = [
    (SessionColumn::Score, "score", "cell row-score"),
    (SessionColumn::Key, "session", "cell session-name"),
    (SessionColumn::Rows, "rows", "cell session-count"),
    (SessionColumn::Duration, "lasted", "cell session-lasted"),
    (SessionColumn::Errors, "errors", "cell session-errors"),
    (SessionColumn::Kind, "finding", "cell session-finding"),
    (SessionColumn::Templates, "kinds", "cell session-count session-more"),
    (SessionColumn::Start, "start", "cell time session-more"),
    (SessionColumn::End, "end", "cell time session-more"),
];

/// Sessions.
#[component]
pub(super) fn SessionsPanel() -> impl IntoView {
    let ui = Ui::here();
    let open = Memo::new(move |_| ui.stories.open.get().is_some());
    view! {
        <section class="sessions-panel pane" aria-label="Sessions" data-testid="sessions-panel">
            {list(ui, open)}
            {live(move || open.get().then(|| view! { <StoryView /> }.into_any()))}
        </section>
    }
}

fn list(ui: Ui, open: Memo<bool>) -> impl IntoView + use<> {
    let (session, selection, stories) = (ui.session, ui.selection, ui.stories);
    let pager: Pager<SessionView> = Pager::new(session, move |client, from, count| {
        let listing = stories.listing.get_untracked();
        Box::pin(async move { client.session_page(listing, from, count).await.1 })
    });
    let total = Memo::new(move |_| stories.shown.get());
    let timed =
        Memo::new(move |_| session.fields.with(|fields| fields.iter().any(|field| field.role == Some(Role::Time))));
    let scroll = VirtualScroll::new(total, ROW, HEAD);
    watch(move || {
        stories.listing.track();
        stories.listed.track();
        pager.reset();
    });
    watch(move || {
        if stories.listed.get() {
            pager.show(scroll.window(), total.get());
        }
    });
    watch(move || stories.page.set(scroll.page()));
    watch(move || {
        if let Some(position) = stories.position.get() {
            scroll.reveal(position);
        }
    });
    let rows = live(move || {
        let window = scroll.window();
        let chosen = stories.position.get();
        let positions = window.first..window.first + u64::from(window.count);
        positions
            .map(|position| pager.with(position, |found| row(ui, position, found, chosen == Some(position))))
            .collect_view()
            .into_any()
    });
    let head = move || {
        let listing = stories.listing.get();
        COLUMNS.map(|column| heading(ui, column, &listing)).into_iter().collect_view().into_any()
    };
    let head = move || view! { <div class="table-row table-head" role="row">{head()}</div> }.into_any();
    let count = move || {
        let all = stories.all.get().map_or(0, |all| all.0);
        match stories.shown.get() {
            shown if shown == all => number::counted(all, "session"),
            shown => format!("{} of {}", number::group(shown), number::counted(all, "session")),
        }
    };
    let hint = live(move || {
        let has_key = Stories::has_key(ui);
        let text = match (session.stage.get(), stories.all.get(), stories.shown.get()) {
            (Stage::Failed, ..) => "There are no rows.",
            (Stage::Done, Some((0, _)), _) if has_key => "No row has a session key.",
            (Stage::Done, ..) if !has_key => {
                "No field ties rows together. Choose one above, and rows with the same value are a session."
            }
            (Stage::Done, Some(_), 0) => "No session has that in its key.",
            (Stage::Done, ..) => return None,
            _ => "Sessions appear here when all rows are read.",
        };
        Some(view! { <p class="hint">{text}</p> }.into_any())
    });
    view! {
        <div class="sessions-list" class:behind=live(move || open.get()) class:untimed=live(move || !timed.get())>
            <SessionKey />
            <div class="pane-head">
                <div class="search">
                    <input
                        type="search"
                        placeholder="Search sessions by their key"
                        aria-label="Search sessions by their key"
                        data-testid="session-search"
                        prop:value=live(move || stories.text.get())
                        on:input=move |event| ui.send(Command::OfSessions(Wish::Search(event_target_value(&event))))
                    />
                </div>
                <span class="data quiet" data-testid="session-count">{live(count)}</span>
                <span class="quiet">
                    {live(move || stories.all.get().filter(|all| all.1 > 0).map(|all| format!("{} with a finding", number::group(all.1))).unwrap_or_default())}
                </span>
                <span class="quiet push" role="status">
                    {live(move || if stories.naming.get() { "Reading keys" } else { "" }.to_owned())}
                </span>
            </div>
            {hint}
            <div class="table-box">
                <div
                    id="sessions"
                    class="scroll table"
                    role="grid"
                    aria-label="Sessions"
                    aria-rowcount=live(move || stories.shown.get().to_string())
                    aria-activedescendant=live(move || stories.position.get().map(|position| format!("session-{position}")))
                    tabindex="0"
                    data-testid="sessions"
                    node_ref=scroll.node
                    on:scroll=move |_| scroll.on_scroll()
                    on:wheel=move |event| scroll.on_wheel(&event)
                    on:focus=move |_| selection.list.set(List::Sessions)
                    on:click=move |event| {
                        if let Some(position) = browser::number_at(&event, "data-position") {
                            ui.send(Command::OfSessions(Wish::OpenAt(position)));
                        }
                    }
                >
                    {scroll.content(head, rows)}
                </div>
            </div>
        </div>
    }
}

fn heading(
    ui: Ui,
    (by, name, class): (SessionColumn, &'static str, &'static str),
    listing: &SessionListing,
) -> AnyView {
    let (order, sign) = match (listing.by == by, listing.descending) {
        (true, false) => ("ascending", "↑"),
        (true, true) => ("descending", "↓"),
        (false, _) => ("none", ""),
    };
    view! {
        <div class=class role="columnheader" aria-sort=order>
            <button
                class="bare sort"
                title=format!("{name}: sort")
                data-testid="session-sort"
                data-column=name
                on:click=move |event| {
                    event.stop_propagation();
                    ui.send(Command::OfSessions(Wish::Sort(by)));
                }
            >
                <span class="sort-name">{name}</span>
                {sign}
            </button>
        </div>
    }
    .into_any()
}

fn row(ui: Ui, position: u64, found: Option<&SessionView>, chosen: bool) -> impl IntoView + use<> {
    let (range, dark) = (ui.session.score_range.get(), ui.preferences.dark.get());
    let odd = found.is_some_and(|found| !found.kind.is_empty());
    let (start, end) = found.and_then(|found| found.range).unzip();
    let time = |at: Option<i64>| {
        view! {
            <div class="cell time session-more" role="gridcell" title=at.map(|at| ui.preferences.written_time(at))>
                {badge::time(ui.preferences, at)}
            </div>
        }
    };
    let finding = found.filter(|_| odd).map(|found| {
        view! {
            <span class="kind">{found.kind.clone()}</span>
            {found.reason.clone()}
        }
    });
    view! {
        <div
            class="table-row"
            class:chosen=chosen
            role="row"
            id=format!("session-{position}")
            aria-rowindex=(position + 1).to_string()
            aria-selected=chosen.to_string()
            data-testid=found.map(|_| "session-row")
            data-position=position.to_string()
        >
            <div class="cell row-score" role="gridcell">
                {badge::score(found.map(|found| found.score), odd, range, dark, None)}
            </div>
            <div class="cell session-name" role="gridcell" title=found.map(|found| found.name.clone())>
                {found.map(|found| found.name.clone())}
            </div>
            <div class="cell session-count" role="gridcell">{found.map(|found| number::group(found.rows))}</div>
            <div class="cell session-lasted" role="gridcell">{found.and_then(SessionView::millis).map(duration)}</div>
            <div class="cell session-errors level-error" role="gridcell">{found.map(errors)}</div>
            <div class="cell session-finding" role="gridcell" title=found.map(|found| found.reason.clone())>{finding}</div>
            <div class="cell session-count session-more" role="gridcell">
                {found.map(|found| number::group(u64::from(found.templates)))}
            </div>
            {time(start)}
            {time(end)}
        </div>
    }
}
