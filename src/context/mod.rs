//! What stands around a finding: its whole session, or the rows before and after it; and how the session differs from the
//! nearest ordinary one, its *twin*.

use serde::{Deserialize, Serialize};

use crate::baseline::Expected;
use crate::record::SegmentId;
use crate::session::{Change, Course, Store, align};

/// Rows before and after a finding that has no session.
pub const REACH: u64 = 10;
/// Least sessions with the course of a twin.
const LEAST_ALIKE: u32 = 2;
/// A step is slow if it took this many robust standard deviations longer than its template does.
const SLOW: f64 = 3.0;

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

/// A finding and what stands around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// Rows in order.
    pub rows: Vec<StepRow>,
    /// Index of the finding's row.
    pub at: usize,
}

/// The whole session of a finding: `rows` of all shards in any order, the finding's by its place.
pub fn session(mut rows: Vec<StepRow>, place: u64) -> Option<Context> {
    rows.sort_by_key(|row| (row.time, row.place));
    let at = rows.iter().position(|row| row.place == place)?;
    Some(Context { rows, at })
}

/// The rows around a finding without a session: first row and row after the last, out of `rows` in its file.
pub fn around(row: u64, rows: u64) -> (u64, u64) {
    (row.saturating_sub(REACH), row.saturating_add(REACH + 1).min(rows))
}

/// How near a session is to another one; the least is the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Nearness {
    /// Rows that one has and the other has not.
    pub distance: u64,
    /// Sessions with that course, negated: of equally near ones the most frequent.
    rarer: i64,
    /// Hash of its key.
    pub key: u64,
}

/// The nearest ordinary session of a shard: one whose course several sessions have. `is_odd` says which have findings.
pub fn nearest(steps: &[StepRow], store: &Store, is_odd: impl Fn(u64) -> bool) -> Option<Nearness> {
    let counts = Course::of_templates(steps.iter().map(|step| step.template));
    let distances: Vec<Option<(u64, i64)>> = store
        .courses
        .iter()
        .map(|(course, alike)| {
            let near = || (distance(&counts, &course.steps), -i64::from(*alike));
            (*alike >= LEAST_ALIKE && course.errors == 0).then(near)
        })
        .collect();
    let sessions = store.sessions.iter().filter_map(|session| {
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

/// Rows that one has and the other has not.
fn distance(a: &[(u32, u32)], b: &[(u32, u32)]) -> u64 {
    let count = |steps: &[(u32, u32)], template| steps.iter().find(|step| step.0 == template).map_or(0, |step| step.1);
    let of_a: u64 = a.iter().map(|&(template, rows)| u64::from(rows.abs_diff(count(b, template)))).sum();
    let of_b: u64 = b.iter().filter(|step| count(a, step.0) == 0).map(|step| u64::from(step.1)).sum();
    of_a + of_b
}

/// One place of a session beside its twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What both have or one lacks; positions in the two sessions.
    pub change: Change,
    /// Whether the step took long for its template.
    pub slow: bool,
}

/// A session beside its twin. `expected`: what is ordinary for a template's durations.
pub fn compare(rows: &[StepRow], twin: &[StepRow], expected: impl Fn(u32) -> Option<Expected>) -> Vec<Step> {
    let templates = |rows: &[StepRow]| rows.iter().map(|row| row.template).collect::<Vec<_>>();
    let is_slow = |at: usize| {
        let row = rows.get(at)?;
        Some(expected(row.template)?.z(row.millis?) > SLOW)
    };
    let step = |change: Change| {
        let slow = match change {
            Change::Same(at, _) | Change::Added(at) | Change::Repeated(at) => is_slow(at).unwrap_or(false),
            Change::Missing(_) => false,
        };
        Step { change, slow }
    };
    align(&templates(rows), &templates(twin)).into_iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(template: u32, time: i64, millis: f64) -> StepRow {
        let segment = SegmentId { file: 0, part: 0 };
        StepRow { time: Some(time), place: time as u64, segment, row: 0, template, level: 3, millis: Some(millis) }
    }

    #[test]
    fn a_session_is_put_in_order_and_knows_its_finding() {
        let context = session(vec![row(2, 20, 1.0), row(1, 10, 1.0), row(3, 30, 1.0)], 20).unwrap();
        assert_eq!(context.rows.iter().map(|row| row.template).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(context.at, 1);
        assert_eq!(session(vec![row(2, 20, 1.0)], 7), None);
    }

    #[test]
    fn without_a_session_there_are_ten_rows_before_and_after() {
        assert_eq!(around(100, 1000), (90, 111));
        assert_eq!(around(3, 8), (0, 8));
    }

    #[test]
    fn slow_and_missing_steps_are_told() {
        let expected = |_| Some(Expected { median: libm::log(10.0), spread: 0.2 });
        let steps = compare(
            &[row(1, 1, 10.0), row(2, 2, 300.0)],
            &[row(1, 1, 10.0), row(2, 2, 9.0), row(3, 3, 11.0)],
            expected,
        );
        let same = |at, slow| Step { change: Change::Same(at, at), slow };
        assert_eq!(steps, [same(0, false), same(1, true), Step { change: Change::Missing(2), slow: false }]);
    }
}
