//! Narrowing the table to a search, and sorting it.
//!
//! A text is read here; what it means is found out by a worker, which has the code for it. A search that names what is not
//! there changes nothing: the table goes on showing what it showed. One that reads the records is asked for segment by
//! segment, so that rows show as they are found and a newer search need not wait for an older one.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::live::watch;
use super::looking::{Bound, Looking, Working, time_field};
use crate::engine::Filter;
use crate::engine::order::{Sort, SortBy};
use crate::filter::expr::{Bound as End, Test};
use crate::filter::{Condition, Expr, Term, parse};
use crate::geometry::number;
use crate::platform::client::{Client, Listing, Searched};
use crate::record::{Role, format_time};
use crate::view::Stage;

const SEARCHING: &str = "Searching";

/// Searches for a text. What can't be read is said, and changes nothing.
pub(super) fn search(ui: Ui, text: String) {
    let looking = ui.looking;
    Looking::take(looking.texts);
    if looking.text.with_untracked(|now| *now != text) {
        looking.text.set(text.clone());
    }
    match parse(&text) {
        Ok(_) => {
            looking.error.set(None);
            // Also when it is the same: what it names may be there now.
            looking.wanted.set(text);
        }
        Err(error) => looking.error.set(Some((text, error))),
    }
}

/// Searches for a text once the typing pauses.
pub(super) fn type_in(ui: Ui, text: String) {
    let looking = ui.looking;
    let number = Looking::take(looking.texts);
    looking.text.set(text.clone());
    set_timeout(
        move || {
            if looking.texts.get_value() == number {
                search(ui, text);
            }
        },
        std::time::Duration::from_millis(250),
    );
}

/// Puts another search in the place of the one in force.
pub(super) fn narrow(ui: Ui, expr: &Expr) {
    search(ui, expr.to_string());
}

/// Searches for rows from one time to another (both included), or for all times.
pub(super) fn brush(ui: Ui, times: Option<(i64, i64)>) {
    let looking = ui.looking;
    let without = looking.expr.with_untracked(|expr| expr.without_field(&time_field()));
    let Some((from, to)) = times else { return narrow(ui, &without) };
    let end = |time, open| End { value: Some(format_time(time)), open };
    // A bar ends where the next one begins: a rounder time than the last nanosecond before it.
    let between = Test::Between(end(from, false), end(to.saturating_add(1), true));
    looking.zoom.set(Some((from, to)));
    narrow(ui, &without.with(Expr::Term(Term::Field(time_field(), between))));
}

/// Keeps the table in step with the search, the threshold and the files.
pub(super) fn follow(ui: Ui) {
    let Ui { session, selection, looking, .. } = ui;
    watch(move || {
        session.run.track();
        looking.bound.set_value(None);
        looking.found.set(None);
        looking.working.set(None);
        looking.sort.set(None);
        Looking::take(looking.searches);
        Looking::take(looking.sorts);
    });
    let bin = Memo::new(move |_| session.threshold.with(|cut| cut.as_ref().map(|cut| cut.bin)));
    watch(move || {
        let (run, wanted, stage) = (session.run.get(), looking.wanted.get(), session.stage.get());
        let (only, bin) = (selection.anomalies_only.get(), bin.get());
        let Some(client) = session.client().filter(|_| run > 0) else {
            looking.expr.set(Expr::All);
            return;
        };
        let Ok(parsed) = parse(&wanted) else { return };
        if parsed.expr == Expr::All {
            Looking::take(looking.searches);
            looking.bound.set_value(None);
            looking.expr.set(Expr::All);
            looking.working.set(None);
            looking.found.set(None);
        } else if stage > Stage::Detecting {
            let only = bin.filter(|_| only);
            spawn_local(async move {
                let wanted_still = || session.is_current(run) && looking.wanted.with_untracked(|now| *now == wanted);
                let error = match client.bind(wanted.clone(), bin).await.filter(|_| wanted_still()) {
                    Some(Ok(condition)) => {
                        looking.error.set(None);
                        return adopt(ui, &client, parsed.expr, condition, only);
                    }
                    Some(Err(error)) => error,
                    None => return,
                };
                looking.error.set(Some((wanted.clone(), error)));
                // The search before it stays in force, and the threshold may have moved.
                let before = looking.expr.get_untracked();
                if before != Expr::All
                    && let Some(Ok(condition)) = client.bind(before.to_string(), bin).await.filter(|_| wanted_still())
                {
                    adopt(ui, &client, before, condition, only);
                }
            });
        }
    });
    // More rows were read.
    watch(move || {
        session.rows.track();
        if looking.working.with_untracked(Option::is_none)
            && let (Some(client), Some(bound)) = (session.client(), looking.bound.get_value())
            && client.searched(bound.filter).is_some_and(|now| !now.done)
        {
            go_on(ui, client, bound.filter);
        }
    });
    watch(move || {
        if looking.expr.with(|expr| expr.without_field(&time_field()) == *expr) {
            looking.zoom.set(None);
        }
    });
}

/// Tells the workers of a search, unless it is the one they know.
fn adopt(ui: Ui, client: &Client, expr: Expr, condition: Condition, only: Option<u32>) {
    let looking = ui.looking;
    let (run, stage) = (ui.session.run.get_untracked(), ui.session.stage.get_untracked());
    let condition = match only {
        Some(bin) => condition.and(&Condition::at_least(bin)),
        None => condition,
    };
    if looking.expr.with_untracked(|now| *now != expr) {
        looking.expr.set(expr);
    }
    // Numbers of rows and scores are others once all files are read.
    let lasts = !condition.needs_places() && !condition.needs_scores();
    let known = |bound: &Bound| bound.run == run && bound.condition == condition && (lasts || bound.stage == stage);
    if looking.bound.with_value(|bound| bound.as_ref().is_some_and(known)) {
        return;
    }
    let filter = client.adopt(&condition);
    looking.bound.set_value(Some(Bound { run, stage, condition, filter }));
    Looking::take(looking.searches);
    go_on(ui, client.clone(), filter);
}

/// Searches what was not searched yet.
fn go_on(ui: Ui, client: Client, filter: Filter) {
    let looking = ui.looking;
    let number = looking.searches.get_value();
    let valid = move || looking.searches.get_value() == number;
    let tell = move |now: Searched| {
        if !valid() {
            return false;
        }
        let percent = number::percent_done(now.looked, now.total);
        looking.working.set((!now.done).then_some(Working { what: SEARCHING, percent }));
        // An order can only be told of all rows that are found.
        let sorted = looking.sort.with_untracked(Option::is_some);
        if now.done || now.begun && !sorted {
            looking.found.set(Some((filter, now)));
        }
        true
    };
    looking.working.set(Some(Working { what: SEARCHING, percent: 0 }));
    spawn_local(async move {
        let mut looked = None;
        while let Some(now) = client.searched(filter).filter(|_| valid()) {
            // While files are read, there may be more to search by now. Without progress, workers are gone.
            if now.done || looked == Some(now.looked) {
                tell(now);
                looking.working.set(None);
                return;
            }
            looked = Some(now.looked);
            client.search(filter, tell).await;
        }
    });
}

/// Stops a search or the making of an order; what was found stays.
pub(super) fn stop(ui: Ui) {
    let looking = ui.looking;
    Looking::take(looking.searches);
    Looking::take(looking.sorts);
    looking.working.set(None);
    // The workers no longer know the search before, and could only put all rows in order that are found.
    if let (Some(client), Some(bound)) = (ui.session.client(), looking.bound.get_value())
        && let Some(now) = client.searched(bound.filter).filter(|now| !now.done)
    {
        looking.sort.set(None);
        looking.found.set(Some((bound.filter, now)));
    }
}

/// Sorts by a column: first one way (scores from the highest, the times of several files from the latest), then the other, then not at all.
pub(super) fn sort(ui: Ui, by: SortBy) {
    let Ui { session, selection, looking, .. } = ui;
    if !session.done.get_untracked() {
        selection.say("Rows can be sorted when all of them are read and scored");
        return;
    }
    let searching = looking.working.get_untracked().is_some_and(|working| working.what == SEARCHING);
    if searching || !untrack(|| ui.settled()) {
        selection.say("Rows can be sorted when the search is done");
        return;
    }
    // Several files stand in the order of their times already.
    let is_time = |column: u32| {
        session
            .fields
            .with_untracked(|fields| fields.get(column as usize).is_some_and(|field| field.role == Some(Role::Time)))
    };
    let first = match by {
        SortBy::Score => true,
        SortBy::Column(column) => session.merges.get_untracked() && is_time(column),
        SortBy::File | SortBy::Merged => false,
    };
    let next = match looking.sort.get_untracked() {
        Some(now) if now.by == by => (now.descending == first).then_some(Sort { by, descending: !first }),
        _ => Some(Sort { by, descending: first }),
    };
    if let Some(next) = next {
        order(ui, next);
    } else {
        Looking::take(looking.sorts);
        looking.sort.set(None);
    }
}

/// Puts the rows in an order, once the workers have made it.
pub(super) fn order(ui: Ui, next: Sort) {
    let Ui { session, looking, .. } = ui;
    let number = Looking::take(looking.sorts);
    let Some(client) = session.client() else { return };
    let total = session.rows.get_untracked();
    let valid = move || looking.sorts.get_value() == number;
    let tell = move |percent| {
        if valid() {
            looking.working.set(Some(Working { what: "Sorting", percent }));
        }
        valid()
    };
    tell(0);
    spawn_local(async move {
        client.read_keys(next.by, move |read| tell(number::percent_done(read, total))).await;
        let filter = ui.listing.get_untracked().filter;
        client.arrange(Listing { filter, sort: Some(next) }).await;
        if valid() {
            looking.working.set(None);
            looking.sort.set(Some(next));
        }
    });
}
