//! When there were rows, in finer bins than rates are told by: a silence may be shorter than one of those.

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::series::Series;
use super::table::{Names, View};
use crate::record::{Column, Dataset, Level, Role, Segment};

/// Rows over time, of the log, of its services and of problems. Merging is addition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// The bins.
    pub clock: Clock,
    /// All rows.
    pub all: Series,
    /// Rows of each service, in the order of [`Names::services`].
    pub services: Vec<Series>,
    /// Rows of each level of WARN and above, by its number.
    pub levels: Vec<Series>,
}

impl Pulse {
    /// Counts the rows of segments; `None` where rows have no times, or are so many that the usual bins are fine enough.
    pub fn of<'a>(
        dataset: &Dataset,
        segments: impl Iterator<Item = &'a Segment>,
        names: &Names,
        clock: Option<Clock>,
    ) -> Option<Self> {
        let clock = clock?.finer()?;
        let services = vec![Series::default(); names.services.len()];
        let levels = vec![Series::default(); Level::ALL.len()];
        let mut pulse = Self { clock, all: Series::default(), services, levels };
        segments.for_each(|segment| pulse.add(dataset, segment, names));
        Some(pulse)
    }

    #[inline(never)]
    fn add(&mut self, dataset: &Dataset, segment: &Segment, names: &Names) {
        let view = View::new(dataset, segment);
        let column = dataset.role(Role::Service).and_then(|column| segment.columns.get(column));
        let places = Names::places(&names.services, column);
        let codes = if let Some(Column::Category(values)) = column { values.codes.as_slice() } else { &[] };
        let mut clock = self.clock.follow();
        for row in 0..segment.rows() {
            let Some(time) = view.when(row) else { continue };
            let (bin, place) = (clock.bin(time), segment.place_among_all(row));
            self.all.add(bin, 1, place);
            if let Some(Some(service)) = codes.get(row).and_then(|&code| places.get(usize::from(code))) {
                self.services[*service as usize].add(bin, 1, place);
            }
            let level = view.level(row);
            if let Some(level) = self.levels.get_mut(usize::from(level)).filter(|_| level >= Level::Warn as u8) {
                level.add(bin, 1, place);
            }
        }
    }

    /// The sum of what shards counted.
    pub fn joined(parts: impl Iterator<Item = Self>) -> Option<Self> {
        parts.reduce(|mut whole, part| {
            whole.all.merge(&part.all);
            whole.services.iter_mut().zip(&part.services).for_each(|(mine, theirs)| mine.merge(theirs));
            whole.levels.iter_mut().zip(&part.levels).for_each(|(mine, theirs)| mine.merge(theirs));
            whole
        })
    }
}
