//! A list of entries of which some are open: below an open one stand its members. Entries and members have heights in units
//! of a row, so that a scrolled list ([`super::window`]) can draw any stretch of it.

use std::collections::BTreeMap;

/// The list. Entries are numbered from 0.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Outline {
    entries: u64,
    /// Height of an entry in units; a member's is 1.
    head: u64,
    /// Open entries, how many members each shows, and how many members of open entries stand before it.
    open: Vec<(u64, u64, u64)>,
}

/// An entry, or a member of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The entry.
    pub entry: u64,
    /// Its member, counted from 0; `None` for the entry itself.
    pub member: Option<u64>,
}

impl Spot {
    /// An entry itself.
    pub fn entry(entry: u64) -> Self {
        Self { entry, member: None }
    }
}

impl Outline {
    /// A list of so many entries, each `head` units high, with the members of those that are open.
    pub fn new(entries: u64, head: u64, open: &BTreeMap<u64, u64>) -> Self {
        let mut before = 0;
        let mut list = Vec::with_capacity(open.len());
        for (&entry, &members) in open.range(..entries) {
            list.push((entry, members, before));
            before += members;
        }
        Self { entries, head: head.max(1), open: list }
    }

    /// Entries and members.
    pub fn spots(&self) -> u64 {
        self.entries + self.members()
    }

    /// Height of the list in units.
    pub fn units(&self) -> u64 {
        self.entries * self.head + self.members()
    }

    fn members(&self) -> u64 {
        self.open.last().map_or(0, |(_, members, before)| before + members)
    }

    /// Members of open entries before an entry.
    fn before(&self, entry: u64) -> u64 {
        let at = self.open.partition_point(|open| open.0 < entry);
        at.checked_sub(1).map_or(0, |at| self.open[at].1 + self.open[at].2)
    }

    /// First unit of an entry or member.
    pub fn unit_of(&self, spot: Spot) -> u64 {
        self.begin(spot, self.head)
    }

    /// Place of an entry or member among all of both.
    pub fn place_of(&self, spot: Spot) -> u64 {
        self.begin(spot, 1)
    }

    fn begin(&self, spot: Spot, head: u64) -> u64 {
        let entry = spot.entry * head + self.before(spot.entry);
        spot.member.map_or(entry, |member| entry + head + member)
    }

    /// What is at a unit, and how many units of it are above; `None` behind the end.
    pub fn at_unit(&self, unit: u64) -> Option<(Spot, u64)> {
        (unit < self.units()).then(|| self.at(unit, self.head))
    }

    /// What is at a place among all entries and members; `None` behind the end.
    pub fn at_place(&self, place: u64) -> Option<Spot> {
        (place < self.spots()).then(|| self.at(place, 1).0)
    }

    /// What is at a position where entries are `head` high.
    fn at(&self, position: u64, head: u64) -> (Spot, u64) {
        // The last open entry that begins here or before.
        let at = self.open.partition_point(|(entry, _, before)| entry * head + before <= position);
        let Some(&(entry, members, before)) = at.checked_sub(1).and_then(|at| self.open.get(at)) else {
            return (Spot::entry(position / head), position % head);
        };
        let within = position - (entry * head + before);
        if within < head {
            (Spot::entry(entry), within)
        } else if within < head + members {
            (Spot { entry, member: Some(within - head) }, 0)
        } else {
            let behind = within - head - members;
            (Spot::entry(entry + 1 + behind / head), behind % head)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn members_stand_below_their_entry() {
        let outline = Outline::new(4, 4, &BTreeMap::from([(1, 3), (3, 2), (9, 5)]));
        assert_eq!((outline.units(), outline.spots()), (21, 9));
        let spot = |entry, member| Spot { entry, member };
        assert_eq!(outline.at_unit(0), Some((spot(0, None), 0)));
        assert_eq!(outline.at_unit(7), Some((spot(1, None), 3)));
        assert_eq!(outline.at_unit(8), Some((spot(1, Some(0)), 0)));
        assert_eq!(outline.at_unit(10), Some((spot(1, Some(2)), 0)));
        assert_eq!(outline.at_unit(12), Some((spot(2, None), 1)));
        assert_eq!(outline.at_unit(20), Some((spot(3, Some(1)), 0)));
        assert_eq!(outline.at_unit(21), None);
        assert_eq!(outline.unit_of(spot(3, None)), 15);
        assert_eq!(outline.at_place(5), Some(spot(2, None)));
        assert_eq!(Outline::default().at_unit(0), None);
    }

    proptest! {
        #[test]
        fn every_place_is_found_again(
            entries in 0..30_u64,
            head in 1..5_u64,
            open in prop::collection::btree_map(0..30_u64, 0..6_u64, 0..8),
        ) {
            let outline = Outline::new(entries, head, &open);
            let mut units = 0;
            for place in 0..outline.spots() {
                let spot = outline.at_place(place).unwrap();
                prop_assert_eq!(outline.place_of(spot), place);
                prop_assert_eq!(outline.unit_of(spot), units);
                let height = if spot.member.is_none() { head } else { 1 };
                for above in 0..height {
                    prop_assert_eq!(outline.at_unit(units + above), Some((spot, above)));
                }
                units += height;
            }
            prop_assert_eq!(outline.units(), units);
            prop_assert_eq!(outline.at_place(outline.spots()), None);
        }
    }
}
