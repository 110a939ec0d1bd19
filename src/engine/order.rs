//! Rows in the order of a column, over any number of shards.
//!
//! Each shard sorts its own rows. To show the rows of some ranks, nobody has to merge them all: a shard tells every
//! [`FENCE`]th key of its order, the page finds from all fences which window of keys the wanted ranks must lie in
//! ([`Ruler::window`]), asks each shard for its rows in that window, and merges those few ([`Ruler::place`]). The window holds
//! at most about two fences' worth of rows per shard more than was wanted.
//!
//! The order: by value; rows with equal values stay in the order of the files; rows without a value come last, in both
//! directions. Files merged by time are an order too ([`super::merged`]).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::snapshot::Filter;
use crate::record::column::NO_TIME;
use crate::record::packed::{Numbers, Times};
use crate::record::{Column, Segment, SegmentId};

/// Rows between two keys that a shard tells.
pub const FENCE: usize = 256;

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SortBy {
    /// The values of a column.
    Column(u32),
    /// The score.
    Score,
    /// The file.
    File,
    /// The time; rows without one stay behind the row before them.
    Merged,
}

/// An order of all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// The highest value first.
    pub descending: bool,
}

/// A row's value, comparable over shards. Variants in this order: what is missing comes last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SortValue {
    /// A time, number, level or score, as bits that sort like it (turned around where the order is descending).
    Number(u64),
    /// A text.
    Text(String),
    /// The beginning of a text that is not kept, as a number that sorts like it (turned around where the order is descending).
    Start(u128),
    /// None.
    Missing,
}

/// A row's place in the order: unequal for any two rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SortKey {
    /// Its value.
    pub value: SortValue,
    /// Its segment.
    pub segment: SegmentId,
    /// Its index in the segment.
    pub row: u32,
}

impl Sort {
    /// How two rows stand.
    pub fn compare(self, a: &SortKey, b: &SortKey) -> Ordering {
        let values = match (&a.value, &b.value) {
            (SortValue::Text(a), SortValue::Text(b)) if self.descending => b.cmp(a),
            (a, b) => a.cmp(b),
        };
        values.then(a.segment.cmp(&b.segment)).then(a.row.cmp(&b.row))
    }

    /// Sorts keys. Each shard's part is in order already: a sort that finds runs merges them.
    fn arrange(self, keys: &mut [SortKey]) {
        keys.sort_by(|a, b| self.compare(a, b));
    }
}

/// Bits of a number that sort like it; the two zeros are one.
pub(super) fn bits(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The rows of a shard.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// Their columns.
    pub segments: &'a BTreeMap<SegmentId, Segment>,
    /// The beginnings of their texts, for an order by a column of which nothing is kept ([`super::sort_text`]); 0 where there is
    /// none.
    pub texts: Option<&'a BTreeMap<SegmentId, Vec<u128>>>,
    /// The column of times, and the times of segments in which some are missing, for an order of merged files.
    pub times: Option<(usize, &'a BTreeMap<SegmentId, Vec<i64>>)>,
}

impl Data<'_> {
    /// The beginning of a row's text, turned around for a descending order.
    fn start(&self, sort: Sort, id: SegmentId, row: usize) -> Option<u128> {
        let start = self.texts?.get(&id)?.get(row).copied().filter(|&start| start > 0)?;
        Some(if sort.descending { !start } else { start })
    }
}

/// The rows of a shard in order.
#[derive(Debug)]
pub struct Order {
    sort: Sort,
    ids: Vec<SegmentId>,
    /// Index of each segment's first row among the shard's; then the number of all rows.
    starts: Vec<u32>,
    /// Rows of the shard, in order.
    rows: Vec<u32>,
    /// Those that a filter shows.
    shown: Option<(Filter, Vec<u32>)>,
}

/// A value as bits that sort within the shard; `None` where it is missing.
enum Keys<'a> {
    Times(&'a Times),
    Filled(&'a [i64]),
    Levels(&'a [u8]),
    Numbers(&'a Numbers),
    Scores(&'a [f32]),
    /// The same for all rows.
    Same(u64),
    /// Codes, and the rank of each among the values of all segments.
    Ranks(&'a [u16], Vec<u64>),
    None,
}

impl<'a> Keys<'a> {
    fn new(by: SortBy, segment: &'a Segment, texts: &[&str], data: Data<'a>) -> Self {
        match by {
            SortBy::File => Self::Same(u64::from(segment.id.file)),
            SortBy::Merged => match data.times.map(|(column, filled)| (segment.columns.get(column), filled)) {
                Some((Some(Column::Time(values)), filled)) => {
                    filled.get(&segment.id).map_or(Self::Times(values), |filled| Self::Filled(filled))
                }
                _ => Self::None,
            },
            SortBy::Score if segment.scores.len() == segment.rows() => Self::Scores(&segment.scores),
            SortBy::Score => Self::None,
            SortBy::Column(column) => match segment.columns.get(column as usize) {
                Some(Column::Time(values)) => Self::Times(values),
                Some(Column::Level(values)) => Self::Levels(values),
                Some(Column::Number(values)) => Self::Numbers(values),
                Some(Column::Category(values)) if !values.overflowed => {
                    let rank = |value: &String| texts.partition_point(|text| *text < value.as_str()) as u64;
                    Self::Ranks(&values.codes, values.values.iter().map(rank).collect())
                }
                _ => Self::None,
            },
        }
    }

    #[inline]
    fn get(&self, row: usize) -> Option<u64> {
        match self {
            Self::Times(values) => values.get(row).and_then(key_of_time),
            Self::Filled(values) => key_of_time(values[row]),
            Self::Levels(values) => Some(u64::from(values[row])).filter(|&level| level > 0),
            Self::Numbers(values) => values.get(row).filter(|value| !value.is_nan()).map(bits),
            Self::Scores(values) => Some(f64::from(values[row])).filter(|value| !value.is_nan()).map(bits),
            Self::Ranks(codes, ranks) => usize::from(codes[row]).checked_sub(1).map(|code| ranks[code]),
            Self::Same(key) => Some(*key),
            Self::None => None,
        }
    }
}

fn key_of_time(time: i64) -> Option<u64> {
    (time != NO_TIME).then_some((time as u64) ^ 1 << 63)
}

impl Order {
    /// Sorts the rows of a shard.
    pub fn new(sort: Sort, data: Data<'_>) -> Self {
        let segments = data.segments;
        let mut starts = vec![0];
        for segment in segments.values() {
            starts.push(starts[starts.len() - 1] + segment.rows() as u32);
        }
        let rows = if data.texts.is_some() {
            arrange(segments, |segment| move |row| data.start(sort, segment.id, row))
        } else {
            let mut texts: Vec<&str> = Vec::new();
            if let SortBy::Column(column) = sort.by {
                for segment in segments.values() {
                    if let Some(Column::Category(values)) = segment.columns.get(column as usize) {
                        texts.extend(values.values.iter().map(String::as_str));
                    }
                }
                texts.sort_unstable();
                texts.dedup();
            }
            arrange(segments, |segment| {
                let keys = Keys::new(sort.by, segment, &texts, data);
                move |row| keys.get(row).map(|key| if sort.descending { !key } else { key })
            })
        };
        Self { sort, ids: segments.keys().copied().collect(), starts, rows, shown: None }
    }

    /// What it is sorted by.
    pub fn sort(&self) -> Sort {
        self.sort
    }

    /// Segment and index of one of the shard's rows.
    fn locate(&self, row: u32) -> (SegmentId, u32) {
        let at = self.starts.partition_point(|&start| start <= row) - 1;
        (self.ids[at.min(self.ids.len() - 1)], row - self.starts[at])
    }

    /// Forgets what depends on scores, because rows have new ones; `false` where that is all.
    pub fn forget_scores(&mut self) -> bool {
        self.shown = None;
        self.sort.by != SortBy::Score
    }

    /// Whether the rows that a filter shows are known.
    pub fn knows(&self, filter: Filter) -> bool {
        filter == Filter::All || self.shown.as_ref().is_some_and(|(known, _)| *known == filter)
    }

    /// Keeps the rows that a filter shows. `shows` tells it of a segment and a row.
    pub fn narrow(&mut self, filter: Filter, shows: impl Fn(SegmentId, u32) -> bool) {
        let rows = self.rows.iter().copied().filter(|&row| {
            let (segment, row) = self.locate(row);
            shows(segment, row)
        });
        self.shown = Some((filter, rows.collect()));
    }

    /// The rows of the last filter, or all.
    fn shown(&self, filter: Filter) -> &[u32] {
        match &self.shown {
            Some((known, rows)) if *known == filter => rows,
            _ => &self.rows,
        }
    }

    fn key(&self, row: u32, data: Data<'_>) -> SortKey {
        let (segment, row) = self.locate(row);
        key_of(self.sort, segment, row, data)
    }

    /// Every [`FENCE`]th key of the rows that a filter shows.
    pub fn fences(&self, filter: Filter, data: Data<'_>) -> Fences {
        let rows = self.shown(filter);
        let keys = rows.iter().step_by(FENCE).map(|&row| self.key(row, data)).collect();
        Fences { rows: rows.len() as u64, keys }
    }

    /// How many of the rows that a filter shows come before `low`, and the keys from there to before `high`. Without a key
    /// the window begins with the first row or ends with the last.
    pub fn window(&self, filter: Filter, low: Option<&SortKey>, high: Option<&SortKey>, data: Data<'_>) -> Window {
        let rows = self.shown(filter);
        let place =
            |key: &SortKey| rows.partition_point(|&row| self.sort.compare(&self.key(row, data), key) == Ordering::Less);
        let from = low.map_or(0, place);
        let to = high.map_or(rows.len(), place).max(from);
        Window { before: from as u64, keys: rows[from..to].iter().map(|&row| self.key(row, data)).collect() }
    }

    /// The nearest row behind (or before) a key, among those that a filter shows, for which `meets` holds.
    pub fn seek(
        &self,
        filter: Filter,
        from: Option<&SortKey>,
        forward: bool,
        meets: impl Fn(SegmentId, u32) -> bool,
        data: Data<'_>,
    ) -> Option<SortKey> {
        let rows = self.shown(filter);
        let before = |key: &SortKey, wanted: Ordering| {
            rows.partition_point(|&row| self.sort.compare(&self.key(row, data), key) <= wanted)
        };
        let fits = |row: &&u32| {
            let (segment, row) = self.locate(**row);
            meets(segment, row)
        };
        let found = if forward {
            rows[from.map_or(0, |key| before(key, Ordering::Equal))..].iter().find(fits)
        } else {
            rows[..from.map_or(rows.len(), |key| before(key, Ordering::Less))].iter().rev().find(fits)
        };
        found.map(|&row| self.key(row, data))
    }
}

/// The rows of some segments, counted over all of them, by their keys; those without a key last.
fn arrange<'a, K: Ord, F: Fn(usize) -> Option<K>>(
    segments: &'a BTreeMap<SegmentId, Segment>,
    keys: impl Fn(&'a Segment) -> F,
) -> Vec<u32> {
    let mut keyed: Vec<(K, u32)> = Vec::with_capacity(segments.values().map(Segment::rows).sum());
    let mut missing: Vec<u32> = Vec::new();
    let mut start = 0;
    for segment in segments.values() {
        let key = keys(segment);
        for row in 0..segment.rows() {
            match key(row) {
                Some(key) => keyed.push((key, start + row as u32)),
                None => missing.push(start + row as u32),
            }
        }
        start += segment.rows() as u32;
    }
    // By row where keys are equal, so no two are; and runs, of which times are full, are found.
    keyed.sort_unstable();
    let mut rows: Vec<u32> = keyed.into_iter().map(|(_, row)| row).collect();
    rows.extend(missing);
    rows
}

/// The key of a row; that of a row that is not there comes last.
pub fn key_of(sort: Sort, id: SegmentId, row: u32, data: Data<'_>) -> SortKey {
    let index = row as usize;
    let segment = data.segments.get(&id).filter(|segment| index < segment.rows());
    let start = || data.start(sort, id, index).map(SortValue::Start);
    let text = segment.and_then(|segment| match sort.by {
        SortBy::Column(column) => match segment.columns.get(column as usize)? {
            Column::Category(values) => values.value(index).map(|value| SortValue::Text(value.to_owned())),
            _ => None,
        },
        SortBy::Score | SortBy::File | SortBy::Merged => None,
    });
    let number = || {
        let keys = Keys::new(sort.by, segment?, &[], data);
        let key = if matches!(keys, Keys::Ranks(..)) { None } else { keys.get(index) }?;
        Some(SortValue::Number(if sort.descending { !key } else { key }))
    };
    SortKey { value: text.or_else(number).or_else(start).unwrap_or(SortValue::Missing), segment: id, row }
}

/// Some keys of a shard's rows, in order.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fences {
    /// Rows that the filter shows.
    pub rows: u64,
    /// The keys of rows 0, [`FENCE`], 2 × [`FENCE`] …
    pub keys: Vec<SortKey>,
}

/// A shard's rows between two keys.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Window {
    /// Rows before the first.
    pub before: u64,
    /// The rows, in order.
    pub keys: Vec<SortKey>,
}

/// The fences of all shards: tells between which keys the rows of some ranks are.
#[derive(Clone, Debug)]
pub struct Ruler {
    sort: Sort,
    shards: Vec<Fences>,
    keys: Vec<SortKey>,
}

impl Ruler {
    /// Joins the fences of all shards.
    pub fn new(sort: Sort, shards: Vec<Fences>) -> Self {
        let mut keys: Vec<SortKey> = shards.iter().flat_map(|fences| fences.keys.iter().cloned()).collect();
        sort.arrange(&mut keys);
        Self { sort, shards, keys }
    }

    /// Rows that the filter shows, of all shards.
    pub fn rows(&self) -> u64 {
        self.shards.iter().map(|fences| fences.rows).sum()
    }

    /// At least and at most how many rows come before a key.
    fn before(&self, key: &SortKey) -> (u64, u64) {
        let bounds = self.shards.iter().map(|shard| {
            let fences = shard.keys.partition_point(|fence| self.sort.compare(fence, key) == Ordering::Less);
            match fences {
                0 => (0, 0),
                fences => ((fences - 1) as u64 * FENCE as u64 + 1, (fences as u64 * FENCE as u64).min(shard.rows)),
            }
        });
        bounds.fold((0, 0), |(least, most), (low, high)| (least + low, most + high))
    }

    /// The keys that the rows of ranks `from..from + count` are certainly between: from the first (included) to the second
    /// (excluded).
    pub fn window(&self, from: u64, count: u64) -> (Option<&SortKey>, Option<&SortKey>) {
        let low = self.keys.partition_point(|key| self.before(key).1 <= from);
        let high = self.keys.partition_point(|key| self.before(key).0 < from.saturating_add(count));
        (low.checked_sub(1).and_then(|low| self.keys.get(low)), self.keys.get(high))
    }

    /// Merges the shards' rows of a window, and picks those of ranks `from..from + count`.
    pub fn place(&self, windows: Vec<Window>, from: u64, count: u64) -> Vec<SortKey> {
        let before: u64 = windows.iter().map(|window| window.before).sum();
        let mut keys: Vec<SortKey> = windows.into_iter().flat_map(|window| window.keys).collect();
        self.sort.arrange(&mut keys);
        let skip = usize::try_from(from.saturating_sub(before)).unwrap_or(usize::MAX);
        keys.into_iter().skip(skip).take(usize::try_from(count).unwrap_or(usize::MAX)).collect()
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
