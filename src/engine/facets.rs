//! The values of a shard's rows.

use std::collections::BTreeMap;

use super::query::{Trouble, each_shown};
use super::shard::Shard;
use super::snapshot::Filter;
use crate::filter::facet::Facet;
use crate::ingest::ByteSource;
use crate::record::{Segment, SegmentId};

/// The values of all rows, by column, as far as they were asked for: they are again whenever the page is drawn anew.
#[derive(Debug, Default)]
pub(super) struct OfAll(BTreeMap<u32, Facet>);

impl OfAll {
    /// Rows or columns are others.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    fn of(&mut self, column: u32, segments: &BTreeMap<SegmentId, Segment>) -> Facet {
        let count = || {
            let mut facet = Facet::new(column);
            for segment in segments.values() {
                facet.count(segment, None);
            }
            facet
        };
        self.0.entry(column).or_insert_with(count).clone()
    }
}

#[inline(never)]
pub(super) fn facets(
    shard: &mut Shard,
    filter: Filter,
    ids: &[SegmentId],
    columns: &[u32],
    source: &mut dyn ByteSource,
) -> Result<Vec<Facet>, Trouble> {
    if matches!(filter, Filter::All) && ids.len() == shard.segments.len() {
        let Shard { facets, segments, .. } = shard;
        return Ok(columns.iter().map(|&column| facets.of(column, segments)).collect());
    }
    let mut facets: Vec<Facet> = columns.iter().map(|&column| Facet::new(column)).collect();
    each_shown(shard, filter, ids, source, &mut |_, segment, mask| {
        for facet in &mut facets {
            facet.count(segment, mask);
        }
    })?;
    Ok(facets)
}
