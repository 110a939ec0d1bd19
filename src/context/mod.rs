//! What stands around a finding: its whole session, or the rows before and after it; and how the session differs from the
//! nearest ordinary one, its *twin*.
//!
//! ```text
//! rows of a session ─ in_order ─▶ pace: when each step was, and how long it took
//! with its twin's   ─ compare ──▶ steps side by side: missing, added, repeated, moved, slow   ─▶ one sentence
//! a long list       ─ sample ───▶ what is shown of it, and how much is left out, in place
//! ```

pub mod difference;
pub mod pace;
pub mod sample;

use serde::{Deserialize, Serialize};

use crate::record::SegmentId;
use crate::session::{Course, Store};

pub use difference::{Difference, Paced, Relation, Slow, Step, compare};
pub use pace::{Span, Took};
pub use sample::{Part, Wanted, sample};

/// Least sessions with the steps of a twin.
const LEAST_ALIKE: u32 = 2;

/// A row of a session.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepRow {
    /// When, in nanoseconds; `None` without a time.
    pub time: Option<i64>,
    /// Place among the rows of all files: orders rows of the same time.
    pub place: u64,
    /// Where its text is.
    pub segment: SegmentId,
    /// Its row there.
    pub row: u32,
    /// Its template.
    pub template: u32,
    /// Its level as a number.
    pub level: u8,
    /// How long it took, in milliseconds.
    pub millis: Option<f64>,
}

/// Puts the rows of a session in order: by time, those without one first, then by place.
pub fn in_order(mut rows: Vec<StepRow>) -> Vec<StepRow> {
    rows.sort_by_key(|row| (row.time, row.place));
    rows
}

/// A row that stands near another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its segment.
    pub segment: SegmentId,
    /// Its index there.
    pub row: u32,
}

/// The rows around one: the nearest `reach` before and behind it, itself between them. `near`: what all shards offer, each
/// its nearest, in any order.
pub fn around(mut near: Vec<Neighbour>, this: Neighbour, reach: usize) -> Vec<Neighbour> {
    near.push(this);
    near.sort_unstable();
    near.dedup();
    let at = near.partition_point(|row| *row < this);
    near[at.saturating_sub(reach)..(at + reach + 1).min(near.len())].to_vec()
}

/// How near a session is to another one; the least is the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Nearness {
    /// Rows that one has and the other has not; more where they are of steps that it has none of.
    pub distance: u64,
    /// Sessions with those steps, negated: of equally near ones the most frequent.
    rarer: i64,
    /// Hash of its key.
    pub key: u64,
}

/// The nearest ordinary session of a shard: one whose steps several sessions have. `steps` is what another session has of
/// each template, `alike` how many of all sessions have the steps of a course; `is_odd` says which sessions can't be a
/// twin: those with findings, and that session itself.
pub fn nearest(
    steps: &[(u32, u32)],
    store: &Store,
    alike: impl Fn(&Course) -> u32,
    is_odd: impl Fn(u64) -> bool,
) -> Option<Nearness> {
    let distances: Vec<Option<(u64, i64)>> = store
        .courses
        .iter()
        .map(|(course, _)| {
            let alike = alike(course);
            let near = || (distance(steps, &course.steps), -i64::from(alike));
            (alike >= LEAST_ALIKE && course.errors == 0).then(near)
        })
        .collect();
    let sessions = store.sessions().filter_map(|session| {
        let (distance, rarer) = distances[session.course as usize]?;
        Some(Nearness { distance, rarer, key: session.key })
    });
    let mut best: Option<Nearness> = None;
    for near in sessions {
        if best.is_none_or(|best| near < best) && !is_odd(near.key) {
            best = Some(near);
        }
    }
    best
}

/// What it counts that a session has a step which an ordinary one has not at all. It may have been cut short, and still be of
/// the kind whose first steps it has.
const FOREIGN: u64 = 4;

/// Rows that one has and the other has not; of the first, those of steps that the other has none of count more.
fn distance(a: &[(u32, u32)], b: &[(u32, u32)]) -> u64 {
    let count = |steps: &[(u32, u32)], template| steps.iter().find(|step| step.0 == template).map_or(0, |step| step.1);
    let of_a = a.iter().map(|&(template, rows)| match count(b, template) {
        0 => FOREIGN * u64::from(rows),
        others => u64::from(rows.abs_diff(others)),
    });
    let of_a: u64 = of_a.sum();
    let of_b: u64 = b.iter().filter(|step| count(a, step.0) == 0).map(|step| u64::from(step.1)).sum();
    of_a + of_b
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn row(template: u32, time: i64, millis: f64) -> StepRow {
        let segment = SegmentId { file: 0, part: 0 };
        StepRow { time: Some(time), place: time as u64, segment, row: 0, template, level: 3, millis: Some(millis) }
    }

    /// A row so many milliseconds after the first.
    pub(super) fn row_at(millis: i64, took: Option<f64>) -> StepRow {
        StepRow { millis: took, ..row(1, millis * 1_000_000, 0.0) }
    }

    #[test]
    fn a_session_is_put_in_order() {
        let rows = in_order(vec![row(2, 20, 1.0), row(1, 10, 1.0), StepRow { time: None, ..row(3, 30, 1.0) }]);
        assert_eq!(rows.iter().map(|row| row.template).collect::<Vec<_>>(), [3, 1, 2]);
    }

    #[test]
    fn a_session_that_was_cut_short_is_near_to_those_that_begin_as_it_does() {
        // It lacks three steps of the one kind, and has one that the other kind lacks.
        let cut_short = [(1, 1), (2, 1)];
        let (its_own, other) = ([(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)], [(1, 1), (6, 1)]);
        assert!(distance(&cut_short, &its_own) < distance(&cut_short, &other));
    }

    #[test]
    fn the_nearest_rows_of_all_shards_stand_around_one() {
        let row = |part, row| Neighbour { segment: SegmentId { file: 0, part }, row };
        let near = vec![row(2, 1), row(0, 9), row(0, 8), row(1, 4), row(1, 6), row(2, 0)];
        assert_eq!(around(near.clone(), row(1, 5), 2), [row(0, 9), row(1, 4), row(1, 5), row(1, 6), row(2, 0)]);
        assert_eq!(around(near, row(0, 7), 1), [row(0, 7), row(0, 8)]);
    }
}
