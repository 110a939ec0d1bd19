//! A long list that lives in the workers, of which the page holds what is visible.

use std::pin::Pin;
use std::rc::Rc;

use leptos::prelude::*;

use super::session::Session;
use crate::geometry::pages::{PAGE, Pages};
use crate::geometry::window::Window;
use crate::platform::client::Client;

/// Requests under way at once: one for what is visible, one ahead of it.
const AT_ONCE: usize = 2;

type Answer<T> = Pin<Box<dyn Future<Output = Vec<T>>>>;
/// Asks for rows: from, how many.
type Fetch<T> = Rc<dyn Fn(Client, u64, u32) -> Answer<T>>;

/// The pages of one list.
pub(super) struct Pager<T: 'static> {
    session: Session,
    state: StoredValue<State<T>, LocalStorage>,
    /// Changes whenever a page came.
    version: RwSignal<u32>,
}

struct State<T: 'static> {
    pages: Pages<T>,
    asked: Vec<u64>,
    /// Counts resets: a page that was asked for before the last one is dropped when it comes.
    epoch: u32,
    first: u64,
    count: u64,
    total: u64,
    fetch: Fetch<T>,
}

impl<T: 'static> Clone for Pager<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: 'static> Copy for Pager<T> {}

impl<T: 'static> Pager<T> {
    /// A list whose pages come from `fetch`.
    pub(super) fn new(session: Session, fetch: impl Fn(Client, u64, u32) -> Answer<T> + 'static) -> Self {
        let state = State {
            pages: Pages::default(),
            asked: Vec::new(),
            epoch: 0,
            first: 0,
            count: 0,
            total: 0,
            fetch: Rc::new(fetch),
        };
        Self { session, state: StoredValue::new_local(state), version: RwSignal::new(0) }
    }

    /// Forgets all pages: the list is another one now.
    pub(super) fn reset(&self) {
        self.renew(Pages::clear);
        self.ask();
    }

    /// [`Self::reset`] and [`Self::show`] in one: nothing is asked for that is no longer visible.
    pub(super) fn begin(&self, window: Window, total: u64) {
        self.renew(Pages::clear);
        self.show(window, total);
    }

    /// Asks for all pages again, and shows what is here until they come: the same list, with more known of it.
    pub(super) fn refresh(&self) {
        self.renew(Pages::stale);
        self.ask();
    }

    fn renew(&self, change: fn(&mut Pages<T>)) {
        self.state.update_value(|state| {
            change(&mut state.pages);
            state.asked.clear();
            state.epoch += 1;
        });
        self.version.update(|version| *version += 1);
    }

    /// Says what is visible; asks for what of it is missing.
    pub(super) fn show(&self, window: Window, total: u64) {
        self.state.update_value(|state| {
            (state.first, state.count, state.total) = (window.first, u64::from(window.count), total);
            state.pages.touch(state.first, state.count);
        });
        self.ask();
    }

    /// Uses the row at a position, if it is here. Runs again when pages come, where that is tracked.
    pub(super) fn with<R>(&self, position: u64, use_row: impl FnOnce(Option<&T>) -> R) -> R {
        self.version.track();
        self.state.with_value(|state| use_row(state.pages.get(position)))
    }

    fn ask(&self) {
        let Some(client) = self.session.client() else { return };
        let this = *self;
        while let Some((index, epoch, total, fetch)) = self.next() {
            let answer = fetch(client.clone(), index * PAGE, PAGE as u32);
            leptos::task::spawn_local(async move {
                let rows = answer.await;
                // The list, or all of the page, may be gone by now.
                let fits = this.state.try_update_value(|state| {
                    if state.epoch != epoch {
                        return false;
                    }
                    state.asked.retain(|&asked| asked != index);
                    state.pages.insert(index, total, rows);
                    true
                });
                if fits == Some(true) {
                    this.version.update(|version| *version += 1);
                    this.ask();
                }
            });
        }
    }

    fn next(&self) -> Option<(u64, u32, u64, Fetch<T>)> {
        let next = self.state.try_update_value(|state| {
            if state.asked.len() >= AT_ONCE {
                return None;
            }
            let index = state.pages.wanted(state.first, state.count, state.total, &state.asked)?;
            state.asked.push(index);
            Some((index, state.epoch, state.total, state.fetch.clone()))
        });
        next.flatten()
    }
}
