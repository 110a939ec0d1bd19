//! How fast and how faulty each service instance is, over time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::common::near::nearest;

/// Whole parts of one in which deviations and logarithms are added up, so that no order of adding matters.
const PARTS: f64 = 1024.0;
/// Single rows say no more than this many robust standard deviations: an episode is many rows, not one.
const CLIP: f64 = 4.0;
/// And are no more than a hundred times as slow or as fast as usual; a logarithm.
const MOST_TIMES: f64 = 4.6;

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
    log_ratio: i64,
}

impl Cell {
    /// Sum of the rows' deviations, in robust standard deviations of their templates.
    pub fn deviation(&self) -> f64 {
        self.deviation as f64 / PARTS
    }

    /// Sum of the logarithms of how many times as long as usual for their templates rows took, a hundred times at most.
    pub fn log_ratio(&self) -> f64 {
        self.log_ratio as f64 / PARTS
    }

    /// Adds another cell.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.problems += other.problems;
        self.timed += other.timed;
        self.deviation += other.deviation;
        self.log_ratio += other.log_ratio;
    }
}

/// What is known of one instance.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Instance {
    /// The service of its rows; `None` where they have several.
    service: Option<u32>,
    /// In the order of the bins; those without rows are left out.
    cells: Vec<(u16, Cell)>,
}

impl Instance {
    /// More rows of a service. Called before their cells are added.
    fn is_of(&mut self, service: Option<u32>) {
        self.service = service.filter(|_| self.cells.is_empty() || self.service == service);
    }

    fn cell(&mut self, bin: u16) -> &mut Cell {
        // Rows come nearly in order of time.
        let at = match self.cells.last() {
            Some(last) if last.0 == bin => self.cells.len() - 1,
            _ => {
                let at = self.cells.partition_point(|cell| cell.0 < bin);
                if self.cells.get(at).is_none_or(|cell| cell.0 != bin) {
                    self.cells.insert(at, (bin, Cell::default()));
                }
                at
            }
        };
        &mut self.cells[at].1
    }

    fn merge(&mut self, other: &Self) {
        if other.cells.is_empty() {
            return;
        }
        self.is_of(other.service);
        // Segments of both are in turn: cells that were put in one by one would all be moved again and again.
        let mut all = Vec::with_capacity(self.cells.len() + other.cells.len());
        let mut own = std::mem::take(&mut self.cells).into_iter().peekable();
        for &(bin, cell) in &other.cells {
            while let Some(before) = own.next_if(|own| own.0 < bin) {
                all.push(before);
            }
            let mut both = own.next_if(|own| own.0 == bin).unwrap_or((bin, Cell::default()));
            both.1.merge(&cell);
            all.push(both);
        }
        all.extend(own);
        self.cells = all;
    }
}

/// The cells of all instances, and which service each belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InstanceTable(Vec<Instance>);

impl InstanceTable {
    /// Counts one row. `instance`: its place among all. `slow`: robust standard deviations of its duration above its
    /// template's median, and how much one of these is, as a logarithm.
    pub fn add(&mut self, instance: u32, service: Option<u32>, bin: u16, problem: bool, slow: Option<(f64, f64)>) {
        let place = instance as usize;
        if self.0.len() <= place {
            self.0.resize(place + 1, Instance::default());
        }
        let instance = &mut self.0[place];
        instance.is_of(service);
        let cell = instance.cell(bin);
        cell.rows += 1;
        cell.problems += u32::from(problem);
        if let Some((z, spread)) = slow {
            cell.timed += 1;
            cell.deviation += nearest(z.clamp(-CLIP, CLIP) * PARTS);
            cell.log_ratio += nearest((z * spread).clamp(-MOST_TIMES, MOST_TIMES) * PARTS);
        }
    }

    /// Adds the counts of another shard.
    pub fn merge(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), Instance::default());
        }
        self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| mine.merge(theirs));
    }

    /// The instances by service; those without one service of their own are together under `None`.
    pub fn groups(&self) -> BTreeMap<Option<u32>, Vec<u32>> {
        let mut groups: BTreeMap<Option<u32>, Vec<u32>> = BTreeMap::new();
        for (number, instance) in (0..).zip(&self.0).filter(|(_, instance)| !instance.cells.is_empty()) {
            groups.entry(instance.service).or_default().push(number);
        }
        groups
    }

    /// The cells of one instance over all bins.
    pub fn dense(&self, instance: u32, bins: usize) -> Vec<Cell> {
        let mut cells = vec![Cell::default(); bins];
        for (bin, cell) in self.0.get(instance as usize).iter().flat_map(|instance| &instance.cells) {
            if let Some(slot) = cells.get_mut(usize::from(*bin)) {
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
            let mut table = InstanceTable::default();
            for &(instance, bin, z) in rows {
                table.add(instance, Some(7), bin, z > 5.0, Some((z, 0.3)));
            }
            table
        };
        let (mut a, mut b) = (table(&rows[..123]), table(&rows[123..]));
        a.merge(&b);
        b.merge(&table(&rows[..123]));
        assert_eq!(a, b);
        assert_eq!(a, table(&rows));
        assert_eq!(a.groups()[&Some(7)], [0, 1, 2]);
        let backwards: Vec<(u32, u16, f64)> = rows.iter().rev().copied().collect();
        assert_eq!(a, table(&backwards));
        assert_eq!(a.dense(1, 10).iter().map(|cell| cell.rows).sum::<u32>(), 167);
    }
}
