//! What the table is narrowed to, and how it is sorted.

use leptos::prelude::*;

use crate::engine::Filter;
use crate::engine::order::Sort;
use crate::filter::expr::Field;
use crate::filter::{Condition, Expr, QueryError};
use crate::platform::client::Searched;
use crate::view::Stage;

/// Something that takes the workers long enough for it to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Working {
    /// What it is, such as `Searching`.
    pub(super) what: &'static str,
    /// How much of it is done.
    pub(super) percent: u32,
}

/// A search that the workers know.
#[derive(Clone, Debug)]
pub(super) struct Bound {
    /// The analysis that it was bound for.
    pub(super) run: u32,
    /// How far that was.
    pub(super) stage: Stage,
    pub(super) condition: Condition,
    pub(super) filter: Filter,
}

/// Store of the search and of the order.
#[derive(Clone, Copy)]
pub(super) struct Looking {
    /// What is in the search box.
    pub(super) text: RwSignal<String>,
    /// The last text that could be read as a search; it may still name what is not there.
    pub(super) wanted: RwSignal<String>,
    /// The search that is in force.
    pub(super) expr: RwSignal<Expr>,
    /// What is wrong with a text that can't be searched for.
    pub(super) error: RwSignal<Option<(String, QueryError)>>,
    /// What was found so far; `None` while nothing is searched for.
    pub(super) found: RwSignal<Option<(Filter, Searched)>>,
    pub(super) working: RwSignal<Option<Working>>,
    pub(super) sort: RwSignal<Option<Sort>>,
    /// The times that were brushed, first and last nanosecond, while the search asks for them.
    pub(super) zoom: RwSignal<Option<(i64, i64)>>,
    /// What the workers were told last.
    pub(super) bound: StoredValue<Option<Bound>>,
    /// Numbers of the newest text, of the newest search and of the newest order: whatever is older is dropped.
    pub(super) texts: StoredValue<u32>,
    pub(super) searches: StoredValue<u32>,
    pub(super) sorts: StoredValue<u32>,
}

impl Looking {
    pub(super) fn new() -> Self {
        Self {
            text: RwSignal::new(String::new()),
            wanted: RwSignal::new(String::new()),
            expr: RwSignal::new(Expr::All),
            error: RwSignal::new(None),
            found: RwSignal::new(None),
            working: RwSignal::new(None),
            sort: RwSignal::new(None),
            zoom: RwSignal::new(None),
            bound: StoredValue::new(None),
            texts: StoredValue::new(0),
            searches: StoredValue::new(0),
            sorts: StoredValue::new(0),
        }
    }

    /// Forgets the search.
    pub(super) fn clear(&self) {
        self.text.set(String::new());
        self.wanted.set(String::new());
        self.error.set(None);
    }

    /// Takes the next number of a kind.
    pub(super) fn take(counter: StoredValue<u32>) -> u32 {
        let number = counter.get_value().wrapping_add(1);
        counter.set_value(number);
        number
    }
}

/// The field that a brush on times asks about.
pub(super) fn time_field() -> Field {
    Field::Named("time".to_owned())
}
