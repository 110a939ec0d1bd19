//! The rows of a shard that a filter shows.

use std::collections::BTreeMap;

use super::message::Base;
use super::query::Trouble;
use super::snapshot::Filter;
use crate::filter::{Condition, Finder, Mask, Place};
use crate::ingest::ByteSource;
use crate::record::{Dataset, Segment, SegmentId};

/// Masks by segment: one filter by score, one by a condition. A newer one replaces the older.
#[derive(Debug, Default)]
pub(super) struct Selection {
    by_score: Option<Found>,
    by_condition: Option<Found>,
}

/// A filter and what was found for it so far.
#[derive(Debug)]
struct Found {
    filter: Filter,
    /// Whether what was found changes with the scores.
    by_score: bool,
    finder: Finder,
    places: BTreeMap<SegmentId, Place>,
    masks: BTreeMap<SegmentId, Mask>,
}

impl Found {
    fn new(filter: Filter, condition: Condition, dataset: &Dataset, places: BTreeMap<SegmentId, Place>) -> Self {
        let by_score = condition.needs_scores();
        Self { filter, by_score, finder: Finder::new(condition, dataset), places, masks: BTreeMap::new() }
    }
}

/// Where the rows of segments stand, for conditions.
pub(super) fn places(bases: &[Base]) -> BTreeMap<SegmentId, Place> {
    bases.iter().map(|base| (base.segment, Place { row: base.row, line: base.line })).collect()
}

impl Selection {
    /// What [`Filter::Where`] of this id means.
    pub(super) fn set(&mut self, id: u32, condition: Condition, bases: &[Base], dataset: &Dataset) {
        self.by_condition = Some(Found::new(Filter::Where(id), condition, dataset, places(bases)));
    }

    /// Forgets what was found by scores, because rows have new ones. The rest may have taken the reading of all records.
    pub(super) fn forget(&mut self) {
        let slots = [&mut self.by_score, &mut self.by_condition].into_iter().flatten();
        for found in slots.filter(|found| found.by_score) {
            found.masks.clear();
        }
    }

    /// The masks that were found for a filter so far.
    pub(super) fn masks(&self, filter: Filter) -> BTreeMap<SegmentId, &Mask> {
        let slots = [&self.by_score, &self.by_condition].into_iter().flatten();
        slots
            .filter(|found| found.filter == filter)
            .flat_map(|found| &found.masks)
            .map(|(id, mask)| (*id, mask))
            .collect()
    }

    /// The rows of a segment that a filter shows; `None` for all.
    pub(super) fn mask(
        &mut self,
        filter: Filter,
        segment: &Segment,
        dataset: &Dataset,
        source: &mut dyn ByteSource,
    ) -> Result<Option<&Mask>, Trouble> {
        let slot = match filter {
            Filter::All => return Ok(None),
            Filter::AtLeast(bin) => {
                if self.by_score.as_ref().is_none_or(|found| found.filter != filter) {
                    self.by_score = Some(Found::new(filter, Condition::at_least(bin), dataset, BTreeMap::new()));
                }
                &mut self.by_score
            }
            Filter::Where(_) => &mut self.by_condition,
        };
        let Some(found) = slot.as_mut().filter(|found| found.filter == filter) else { return Err(Trouble::Stale) };
        if !found.masks.contains_key(&segment.id) {
            let place = found.places.get(&segment.id).copied().unwrap_or_default();
            let mask = found.finder.find(segment, dataset, place, source)?;
            found.masks.insert(segment.id, mask);
        }
        Ok(found.masks.get(&segment.id))
    }
}
