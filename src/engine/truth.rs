//! How well scores find rows that are known to be anomalous: a shard's counts.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalog::{Ask, Catalog};
use super::message::Query;
use super::shard::Shard;
use crate::explain::accuracy::flag;
use crate::finding::threshold::bin_of;
use crate::record::{Column, Segment, SegmentId};

/// What is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Truth {
    /// What a column of categories or numbers says; numbers above 0 are anomalous.
    Column(u32),
    /// Some of the shard's rows, and whether they are anomalous.
    Rows(Vec<(SegmentId, u32, bool)>),
}

/// Rows of which the truth is known, by bin of their score: the bin, ordinary ones, anomalous ones. Shards add up.
pub type ByScore = Vec<(u32, u64, u64)>;

/// Counts by the scores of the analysis, and by those of the forest of labelled rows.
pub(super) fn count(shard: &Shard, truth: &Truth) -> [ByScore; 2] {
    let mut bins: [BTreeMap<u32, (u64, u64)>; 2] = Default::default();
    let mut enter = |segment: &Segment, row: usize, anomalous: bool| {
        for (bins, scores) in bins.iter_mut().zip([&segment.scores, &segment.predicted]) {
            if let Some(&score) = scores.get(row) {
                let (ordinary, odd) = bins.entry(bin_of(score)).or_default();
                *(if anomalous { odd } else { ordinary }) += 1;
            }
        }
    };
    match truth {
        Truth::Rows(rows) => {
            for (id, row, anomalous) in rows {
                if let Some(segment) = shard.segments.get(id) {
                    enter(segment, *row as usize, *anomalous);
                }
            }
        }
        Truth::Column(column) => {
            for segment in shard.segments.values() {
                match segment.columns.get(*column as usize) {
                    Some(Column::Category(values)) => {
                        let says: Vec<Option<bool>> = values.values.iter().map(|value| flag(value)).collect();
                        for (row, &code) in values.codes.iter().enumerate() {
                            let said = code.checked_sub(1).and_then(|code| *says.get(usize::from(code))?);
                            if let Some(anomalous) = said {
                                enter(segment, row, anomalous);
                            }
                        }
                    }
                    Some(Column::Number(values)) => {
                        let known = values.iter().enumerate().filter(|(_, value)| !value.is_nan());
                        known.for_each(|(row, value)| enter(segment, row, value > 0.0));
                    }
                    _ => {}
                }
            }
        }
    }
    bins.map(|bins| bins.into_iter().map(|(bin, (ordinary, anomalous))| (bin, ordinary, anomalous)).collect())
}

/// Adds up what shards counted.
pub fn merge(parts: impl IntoIterator<Item = [ByScore; 2]>) -> [ByScore; 2] {
    let mut bins: [BTreeMap<u32, (u64, u64)>; 2] = Default::default();
    for part in parts {
        for (bins, part) in bins.iter_mut().zip(part) {
            for (bin, ordinary, anomalous) in part {
                let sum = bins.entry(bin).or_default();
                *sum = (sum.0 + ordinary, sum.1 + anomalous);
            }
        }
    }
    bins.map(|bins| bins.into_iter().map(|(bin, (ordinary, anomalous))| (bin, ordinary, anomalous)).collect())
}

/// Asks every shard about its rows among these, by their numbers from 0.
pub fn ask_rows(catalog: &Catalog, known: &[(u64, bool)]) -> Vec<Ask> {
    let owners: BTreeMap<SegmentId, usize> = catalog.segments().collect();
    let mut rows: BTreeMap<usize, Vec<(SegmentId, u32, bool)>> = BTreeMap::new();
    for &(row, anomalous) in known {
        let Some((segment, row)) = catalog.place_of(row) else { continue };
        let Some(&worker) = owners.get(&segment) else { continue };
        rows.entry(worker).or_default().push((segment, row, anomalous));
    }
    rows.into_iter().map(|(worker, rows)| (worker, Query::Truth(Truth::Rows(rows)))).collect()
}
