//! What a session is in numbers: features of each of its rows.

use serde::{Deserialize, Serialize};

use super::store::Store;

/// One of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionNumber {
    /// Rows, as log(1 + n).
    Rows,
    /// Rows of level ERROR and above, as log(1 + n).
    Errors,
    /// Different templates, as log(1 + n).
    Templates,
    /// From the first row to the last, as log(1 + milliseconds); missing where rows have no time.
    Length,
}

impl SessionNumber {
    /// All, in the order of [`SessionNumbers::get`].
    pub const ALL: [Self; 4] = [Self::Rows, Self::Errors, Self::Templates, Self::Length];

    /// As shown to a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows (log)",
            Self::Errors => "errors (log)",
            Self::Templates => "templates (log)",
            Self::Length => "length (log)",
        }
    }
}

/// The numbers of sessions, by the hash of the session key. Merging is joining: a session is whole in one shard.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct SessionNumbers {
    /// Ascending by key.
    sessions: Vec<(u64, [f32; 4])>,
}

impl SessionNumbers {
    /// The numbers of a shard's sessions.
    #[inline(never)]
    pub fn of(store: &Store) -> Self {
        let log = |value: f64| libm::log1p(value) as f32;
        let numbers = store.sessions().map(|session| {
            let course = &store.courses[session.course as usize].0;
            let millis = (session.end as f64 - session.start as f64).max(0.0) / 1e6;
            let length = if session.timed { log(millis) } else { f32::NAN };
            let counts = [course.rows() as f64, f64::from(course.errors), course.steps.len() as f64].map(log);
            (session.key, [counts[0], counts[1], counts[2], length])
        });
        let mut numbers = Self { sessions: numbers.collect() };
        numbers.sessions.sort_unstable_by_key(|session| session.0);
        numbers
    }

    /// Joins the numbers of all shards.
    #[inline(never)]
    pub fn join(parts: impl Iterator<Item = Self>) -> Self {
        let mut sessions: Vec<_> = parts.flat_map(|part| part.sessions).collect();
        sessions.sort_unstable_by_key(|session| session.0);
        Self { sessions }
    }

    /// A number of the session with this key; NaN without one.
    pub fn get(&self, key: u64, number: SessionNumber) -> f32 {
        let found = self.sessions.binary_search_by_key(&key, |session| session.0);
        found.ok().and_then(|at| self.sessions.get(at)).map_or(f32::NAN, |session| session.1[number as usize])
    }
}
