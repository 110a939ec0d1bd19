//! How fast and how faulty each service instance is, over time.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// Whole parts of one robust standard deviation in which deviations are added up, so that no order of adding matters.
const PARTS: f64 = 1024.0;
/// Single rows say no more than this many robust standard deviations: an episode is many rows, not one.
const CLIP: f64 = 4.0;

/// One instance in one bin of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cell {
    /// Rows.
    pub rows: u32,
    /// Rows of level WARN and above.
    pub problems: u32,
    /// Rows with a duration whose template has a baseline.
    pub timed: u32,
    deviation: i64,
}

impl Cell {
    /// Sum of the rows' deviations, in robust standard deviations of their templates.
    pub fn deviation(&self) -> f64 {
        self.deviation as f64 / PARTS
    }

    /// Adds another cell.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.problems += other.problems;
        self.timed += other.timed;
        self.deviation += other.deviation;
    }
}

/// The cells of all instances, and which service each belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InstanceTable {
    cells: BTreeMap<(u32, u16), Cell>,
    /// Instance → service; `None` where an instance has several.
    services: BTreeMap<u32, Option<u32>>,
}

/// An [`InstanceTable`] under construction.
#[derive(Debug, Default)]
pub struct Counter {
    cells: FxHashMap<(u32, u16), Cell>,
    /// By instance: what was counted last.
    recent: Vec<Recent>,
}

/// The bin that rows of an instance are in. Rows come nearly in order of time.
#[derive(Clone, Debug, Default)]
struct Recent {
    bin: u16,
    cell: Cell,
    /// Whether it has rows; then its service, if all of them have the same.
    met: bool,
    service: Option<u32>,
}

impl Counter {
    /// Counts one row. `instance`: its place among all. `z`: robust standard deviations of its duration above its template's
    /// median.
    pub fn add(&mut self, instance: u32, service: Option<u32>, bin: u16, problem: bool, z: Option<f64>) {
        let place = instance as usize;
        if self.recent.len() <= place {
            self.recent.resize(place + 1, Recent::default());
        }
        let recent = &mut self.recent[place];
        if recent.bin != bin {
            let before = std::mem::take(&mut recent.cell);
            if before.rows > 0 {
                self.cells.entry((instance, recent.bin)).or_default().merge(&before);
            }
            recent.bin = bin;
        }
        let cell = &mut recent.cell;
        cell.rows += 1;
        cell.problems += u32::from(problem);
        if let Some(z) = z {
            cell.timed += 1;
            cell.deviation += libm::round(z.clamp(-CLIP, CLIP) * PARTS) as i64;
        }
        recent.service = service.filter(|_| !recent.met || recent.service == service);
        recent.met = true;
    }

    /// The table.
    pub fn finish(self) -> InstanceTable {
        let mut table = InstanceTable { cells: self.cells.into_iter().collect(), services: BTreeMap::new() };
        for (instance, recent) in (0..).zip(self.recent).filter(|(_, recent)| recent.met) {
            table.services.insert(instance, recent.service);
            table.cells.entry((instance, recent.bin)).or_default().merge(&recent.cell);
        }
        table
    }
}

impl InstanceTable {
    /// Adds the counts of another shard.
    pub fn merge(&mut self, other: &Self) {
        for (place, cell) in &other.cells {
            self.cells.entry(*place).or_default().merge(cell);
        }
        for (instance, service) in &other.services {
            let known = self.services.entry(*instance).or_insert(*service);
            if known != service {
                *known = None;
            }
        }
    }

    /// The instances by service; those without one service of their own are together under `None`.
    pub fn groups(&self) -> BTreeMap<Option<u32>, Vec<u32>> {
        let mut groups: BTreeMap<Option<u32>, Vec<u32>> = BTreeMap::new();
        for (&instance, &service) in &self.services {
            groups.entry(service).or_default().push(instance);
        }
        groups
    }

    /// The cells of one instance over all bins.
    pub fn dense(&self, instance: u32, bins: usize) -> Vec<Cell> {
        let mut cells = vec![Cell::default(); bins];
        for (&(_, bin), cell) in self.cells.range((instance, 0)..=(instance, u16::MAX)) {
            if let Some(slot) = cells.get_mut(usize::from(bin)) {
                *slot = *cell;
            }
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_split_comes_to_the_same() {
        let rows: Vec<(u32, u16, f64)> = (0..500).map(|n| (n % 3, (n / 50) as u16, f64::from(n % 13) - 5.3)).collect();
        let table = |rows: &[(u32, u16, f64)]| {
            let mut counter = Counter::default();
            for &(instance, bin, z) in rows {
                counter.add(instance, Some(7), bin, z > 5.0, Some(z));
            }
            counter.finish()
        };
        let (mut a, mut b) = (table(&rows[..123]), table(&rows[123..]));
        a.merge(&b);
        b.merge(&table(&rows[..123]));
        assert_eq!(a, b);
        assert_eq!(a, table(&rows));
        assert_eq!(a.groups()[&Some(7)], [0, 1, 2]);
        assert_eq!(a.dense(1, 10).iter().map(|cell| cell.rows).sum::<u32>(), 167);
    }
}
