//! The rows of a shard that may be of one finding together: see [`crate::finding::together`].

use std::collections::BTreeMap;

use super::lead::Fitted;
use super::shard::Shard;
use crate::baseline::table::View;
use crate::common::hash::{absorb, hash_bytes, hash_pair};
use crate::feature::{Encoder, Encoding};
use crate::finding::hybrid::Kind;
use crate::finding::reason::{ABOVE, ways};
use crate::finding::together::most;
use crate::finding::{Lone, Ranked, Ranking};
use crate::record::{Column, Dataset, Role, Segment, SegmentId};

/// The highest rows that only the row detector found, and the highest that were slow for their templates, which others may
/// belong to.
#[inline(never)]
pub(super) fn lone(shard: &Shard) -> (usize, Vec<Lone>) {
    let (Some(encoder), Some(fitted)) = (&shard.encoder, &shard.fitted) else { return (0, Vec::new()) };
    let most = most(encoder.survey().rows);
    let segments = shard.segments.values();
    let found = |segment: &Segment| shard.hybrid.scores(segment.id).map(|(row, _)| row).collect::<Vec<u32>>();
    let mut by_segment: BTreeMap<SegmentId, Vec<Ranked>> = BTreeMap::new();
    for ranked in Ranking::without(segments.clone(), found, 0, most).0 {
        by_segment.entry(ranked.segment).or_default().push(ranked);
    }
    let mut all = slow(shard, encoder, most);
    for (id, rows) in by_segment {
        if let Some(segment) = shard.segments.get(&id) {
            odd(shard, encoder, fitted, segment, rows, &mut all);
        }
    }
    (most, all)
}

/// Adds those of a segment's rows that only the row detector found. (A function that is called per segment is compiled well
/// from the second on; within the loop over all it would not be.)
#[inline(never)]
fn odd(shard: &Shard, encoder: &Encoder, fitted: &Fitted, segment: &Segment, rows: Vec<Ranked>, all: &mut Vec<Lone>) {
    let detector = fitted.model.detector();
    let encoded = encoder.segment(segment);
    let series = Series::new(&shard.dataset, segment);
    let mut features = Vec::new();
    all.extend(rows.into_iter().map(|ranked| {
        let row = ranked.row as usize;
        features.clear();
        encoded.encode(row, &mut features);
        let credits = detector.attribute(&features);
        let series_of = series.of(row);
        let (ways, odd, alike) = ways(encoder, &fitted.reference, segment, row, &credits);
        let mut ways: Vec<u64> =
            ways.into_iter().map(|(feature, direction)| way(series_of, feature, direction)).collect();
        ways.sort_unstable();
        let alike = if alike { ways.iter().fold(ALIKE, |state, &way| absorb(state, way)) } else { 0 };
        Lone { ways, alike, odd, ..series.lone(segment, ranked, 0) }
    }));
}

/// Rows of findings that say that they were slow.
fn slow(shard: &Shard, encoder: &Encoder, most: usize) -> Vec<Lone> {
    let of_durations = |encoding| matches!(encoding, Encoding::Elapsed | Encoding::LogDuration);
    let features = encoder.recipe().features.iter().enumerate();
    let features: Vec<usize> =
        features.filter(|(_, feature)| of_durations(feature.encoding)).map(|(place, _)| place).collect();
    let mut all: Vec<(Ranked, u32)> = Vec::new();
    for segment in shard.segments.values().filter(|_| !features.is_empty()) {
        slow_of(shard, segment, &mut all);
    }
    all.sort_by(|a, b| Ranked::order(&a.0, &b.0).then(a.1.cmp(&b.1)));
    all.dedup_by_key(|row| (row.0.segment, row.0.row));
    all.truncate(most);
    let lone = |(ranked, group): (Ranked, u32)| {
        let segment = shard.segments.get(&ranked.segment)?;
        let series = Series::new(&shard.dataset, segment);
        let series_of = series.of(ranked.row as usize);
        let ways = features.iter().map(|&feature| way(series_of, feature, ABOVE)).collect();
        Some(Lone { ways, ..series.lone(segment, ranked, group) })
    };
    all.into_iter().filter_map(lone).collect()
}

/// Adds those of a segment, with the groups of their findings.
#[inline(never)]
fn slow_of(shard: &Shard, segment: &Segment, all: &mut Vec<(Ranked, u32)>) {
    for (row, finding) in shard.hybrid.found_in(segment.id) {
        if matches!(finding.kind, Kind::DurationSpike | Kind::SlowInstance) {
            let byte = segment.place(row as usize).0;
            all.push((Ranked { score: finding.score, segment: segment.id, row, byte }, finding.group));
        }
    }
}

/// Where the hash of all of a row's ways begins.
const ALIKE: u64 = 4;

fn way(series: u64, feature: usize, direction: u64) -> u64 {
    absorb(absorb(series, feature as u64), direction)
}

/// Which rows of a segment can be one after the other.
struct Series<'a> {
    view: View<'a>,
    names: [Option<&'a Column>; 2],
    file: u32,
}

impl<'a> Series<'a> {
    fn new(dataset: &Dataset, segment: &'a Segment) -> Self {
        let column = |role| dataset.role(role).and_then(|column| segment.columns.get(column));
        let names = [column(Role::Service), column(Role::Instance)];
        Self { view: View::new(dataset, segment), names, file: segment.id.file }
    }

    /// Those of a template; without messages those of an instance and service, or else of a file.
    fn of(&self, row: usize) -> u64 {
        if let Some(template) = self.view.template(row) {
            return hash_pair(1, u64::from(template));
        }
        let name = |column: Option<&Column>| match column {
            Some(Column::Category(values)) => values.value(row).map(|name| hash_bytes(name.as_bytes())),
            _ => None,
        };
        let names = self.names.map(name);
        if names == [None, None] {
            return hash_pair(2, u64::from(self.file));
        }
        names.into_iter().fold(3, |state, name| absorb(state, name.unwrap_or(0)))
    }

    fn lone(&self, segment: &Segment, ranked: Ranked, group: u32) -> Lone {
        let row = ranked.row as usize;
        let (place, session) = (segment.place_among_all(row), self.view.key(row));
        let time = self.view.when(row);
        Lone { ranked, place, time, session, group, ways: Vec::new(), alike: 0, odd: true }
    }
}
