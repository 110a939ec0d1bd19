//! Ids that stand in one row are of one session: a request's and its trace's, a request's and that of the job that it began.
//!
//! Shards collect which ids were met together; of all of them the ids of a session are found by union-find (Tarjan, "Efficiency
//! of a Good But Not Linear Set Union Algorithm", 1975), and each then stands for the least of its session.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::record::packed::Ids;

/// Ids that one id is met with on average, at most: a user's id is met with those of all of their requests.
const MOST_ON_AVERAGE: usize = 5;
/// The same of any single one: what is met with more is no id.
const MOST: u32 = 64;

/// Which ids were met together: where the second stood, the second, and the first. Merging is joining.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Links(BTreeSet<(u32, u64, u64)>);

impl Links {
    /// Two ids of one row. `source` tells by what the second was found.
    pub fn add(&mut self, source: u32, other: u64, id: u64) {
        self.0.insert((source, other, id));
    }

    /// Bytes that they take where all shards' are put together, about.
    pub fn bytes(&self) -> u64 {
        const EACH: usize = 2 * size_of::<(u32, u64, u64)>();
        (self.0.len() * EACH) as u64
    }

    /// Joins what another shard or segment saw.
    pub fn merge(&mut self, other: &Self) {
        self.0.extend(&other.0);
    }

    /// Which session each id is of.
    pub fn sessions(&self) -> Joined {
        let mut sources: BTreeMap<u32, Vec<(u64, u64)>> = BTreeMap::new();
        for &(source, other, id) in &self.0 {
            sources.entry(source).or_default().push((other, id));
        }
        let mut sets = Sets::default();
        for links in sources.into_values() {
            let (mut others, mut ids): (FxHashMap<u64, u32>, FxHashMap<u64, u32>) = Default::default();
            for (other, id) in &links {
                *others.entry(*other).or_default() += 1;
                *ids.entry(*id).or_default() += 1;
            }
            if links.len() > MOST_ON_AVERAGE * others.len().min(ids.len()) {
                continue;
            }
            for (other, id) in links {
                if others[&other] <= MOST && ids[&id] <= MOST {
                    sets.join(other, id);
                }
            }
        }
        sets.finish()
    }
}

/// For ids that were met with others: the one that stands for their session.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Joined(Vec<(u64, u64)>);

impl Joined {
    /// Whether every id stands for itself.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The id that stands for an id's session.
    pub fn of(&self, id: u64) -> u64 {
        let at = self.0.binary_search_by_key(&id, |entry| entry.0);
        at.ok().and_then(|at| self.0.get(at)).map_or(id, |entry| entry.1)
    }

    /// Puts in place of each id the one that stands for its session.
    pub fn apply<'a>(&self, columns: impl Iterator<Item = &'a mut Ids>) {
        let sessions: FxHashMap<u64, u64> = self.0.iter().copied().collect();
        for ids in columns {
            ids.rename(|id| sessions.get(&id).copied().unwrap_or(id));
        }
    }
}

/// Disjoint sets of ids.
#[derive(Default)]
struct Sets {
    places: FxHashMap<u64, usize>,
    ids: Vec<u64>,
    parents: Vec<usize>,
}

impl Sets {
    fn place(&mut self, id: u64) -> usize {
        let next = self.ids.len();
        let place = *self.places.entry(id).or_insert(next);
        if place == next {
            self.ids.push(id);
            self.parents.push(next);
        }
        place
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    fn join(&mut self, a: u64, b: u64) {
        let (a, b) = (self.place(a), self.place(b));
        let (a, b) = (self.root(a), self.root(b));
        // The least id is the root, whatever the order of joining.
        let (low, high) = if self.ids[a] <= self.ids[b] { (a, b) } else { (b, a) };
        self.parents[high] = low;
    }

    fn finish(mut self) -> Joined {
        let mut joined = Vec::new();
        for at in 0..self.ids.len() {
            let root = self.root(at);
            if root != at {
                joined.push((self.ids[at], self.ids[root]));
            }
        }
        joined.sort_unstable();
        Joined(joined)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn links(of: &[(u64, u64)]) -> Links {
        let mut links = Links::default();
        for &(other, id) in of {
            links.add(0, other, id);
        }
        links
    }

    #[test]
    fn ids_of_one_row_are_of_one_session() {
        let joined = links(&[(10, 1), (10, 2), (20, 2), (30, 3)]).sessions();
        assert_eq!([1, 2, 10, 20].map(|id| joined.of(id)), [1; 4]);
        assert_eq!([3, 30, 4].map(|id| joined.of(id)), [3, 3, 4]);
        let mut ids = Ids::Plain(vec![0, 20, 30, 7]);
        joined.apply(std::iter::once(&mut ids));
        assert_eq!(ids, Ids::Plain(vec![0, 1, 3, 7]));
    }

    #[test]
    fn what_many_sessions_share_joins_none() {
        let users: Vec<(u64, u64)> = (0..200).map(|request| (1000 + request % 10, request)).collect();
        assert!(links(&users).sessions().is_empty(), "twenty requests of a user");
        let mut one: Vec<(u64, u64)> = (0..100).map(|request| (9999, request)).collect();
        one.extend((0..100).map(|request| (2000 + request, request)));
        let joined = links(&one).sessions();
        assert_eq!((joined.of(9999), joined.of(2007), joined.of(8)), (9999, 7, 8), "a word that is no id");
    }

    proptest! {
        #[test]
        fn no_order_and_no_cut_changes_the_sessions(
            of in prop::collection::vec((100..120_u64, 0..30_u64), 0..60),
            cut in 0..60_usize,
        ) {
            let (first, second) = of.split_at(cut.min(of.len()));
            let (mut ab, mut ba) = (links(first), links(second));
            ab.merge(&links(second));
            ba.merge(&links(first));
            prop_assert_eq!(ab.sessions(), ba.sessions());
            let joined = ab.sessions();
            for id in 0..130 {
                prop_assert_eq!(joined.of(joined.of(id)), joined.of(id));
            }
        }
    }
}
