//! The rows of several files in one order of time.
//!
//! Rows without a time stay behind the row before them, as the further lines of a text do; those before the first time of
//! a file stand before that row, and a file without any time comes last. The row before may be another worker's: so each
//! segment tells the times at its [`Edges`], and those that begin with rows without a time are told which one to go on
//! from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::column::NO_TIME;
use crate::record::{Column, Segment, SegmentId};

/// The times at the edges of a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edges {
    /// The first and the last time that a row has, in the order of the rows.
    pub times: Option<(i64, i64)>,
    /// Whether rows stand before the first time.
    pub open: bool,
}

impl Edges {
    /// The edges of a segment; `column` is that of the time.
    pub fn of(segment: &Segment, column: Option<usize>) -> Self {
        let Some(Column::Time(times)) = column.and_then(|column| segment.columns.get(column)) else {
            return Self::default();
        };
        let has_time = |time: &i64| *time != NO_TIME;
        let first = times.iter().find(has_time);
        Self { times: first.zip(times.iter().rfind(has_time)), open: times.get(0) == Some(NO_TIME) }
    }
}

/// The time that the rows at the beginning of open segments go on from; files without any time have none.
pub fn carries(edges: &BTreeMap<SegmentId, Edges>) -> Vec<(SegmentId, i64)> {
    let mut carries = Vec::new();
    let mut last: Option<(u32, i64)> = None;
    for (id, edge) in edges {
        let before = last.filter(|(file, _)| *file == id.file).map(|(_, time)| time);
        if edge.open {
            let first = || {
                let mut later = edges.range(id..).take_while(|(later, _)| later.file == id.file);
                later.find_map(|(_, edge)| edge.times).map(|(first, _)| first)
            };
            carries.extend(before.or_else(first).map(|time| (*id, time)));
        }
        last = edge.times.map(|(_, time)| (id.file, time)).or(last);
    }
    carries
}

/// The times of a segment's rows with the gaps filled, `carry` before the first; `None` where there are no gaps.
pub fn filled(segment: &Segment, column: usize, carry: Option<i64>) -> Option<Vec<i64>> {
    let Some(Column::Time(times)) = segment.columns.get(column) else { return None };
    if !times.iter().any(|time| time == NO_TIME) {
        return None;
    }
    let mut last = carry.unwrap_or(NO_TIME);
    let fill = |time| {
        last = if time == NO_TIME { last } else { time };
        last
    };
    Some(times.iter().map(fill).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_goes_on_from_the_row_before_it_in_its_file() {
        let id = |file, part| SegmentId { file, part };
        let edge = |times, open| Edges { times, open };
        let edges = BTreeMap::from([
            (id(0, 0), edge(None, true)),
            (id(0, 1), edge(Some((5, 9)), true)),
            (id(0, 2), edge(None, true)),
            (id(0, 3), edge(Some((10, 8)), true)),
            (id(0, 4), edge(Some((11, 12)), false)),
            (id(1, 0), edge(None, true)),
            (id(2, 0), edge(None, false)),
            (id(2, 1), edge(Some((3, 4)), true)),
        ]);
        let expected = [(id(0, 0), 5), (id(0, 1), 5), (id(0, 2), 9), (id(0, 3), 9), (id(2, 1), 3)];
        assert_eq!(carries(&edges), expected);
    }
}
