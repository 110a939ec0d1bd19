//! The distinct shapes of many messages, counted in bounded memory, with some examples of each.

use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::lex::MAX_BYTES;
use super::shape::Shape;
use crate::common::hash::hash_bytes;

/// Examples kept of a shape.
pub const EXAMPLES: usize = 8;
/// Longest example, in bytes; only the one of the lowest hash may be longer.
const EXAMPLE_BYTES: usize = 512;
/// Shapes that are told apart, unless said otherwise.
pub const LIMIT: usize = 1 << 15;

/// Counts of shapes. Partials of any split of the messages, merged in any order, come to the same table.
///
/// Over the limit, the shapes with the most tokens (of equally long ones: the highest hashes) are counted as their family
/// ([`Shape::family`]). Which ones that are depends on the set of shapes alone: those that stay are the lowest of all, so
/// they were among the lowest at every moment, and their counts are whole.
#[derive(Clone, Debug)]
pub struct ShapeTable {
    limit: usize,
    ids: FxHashMap<u64, u32>,
    entries: Vec<Entry>,
    /// The shapes that are told apart, longest first; only filled once there are as many as allowed.
    ranks: BinaryHeap<(u32, u64)>,
    apart: usize,
}

/// A shape, or a family of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// [`Shape::hash`], or [`Shape::family`] of it.
    pub hash: u64,
    /// Number of tokens; 0 for a family.
    pub tokens: u32,
    /// How many messages.
    pub count: u64,
    /// Lowest position of a message.
    pub first: u64,
    /// Different messages with their hashes, ascending: the one of the lowest hash, and those of the next lowest hashes that
    /// are not long.
    pub examples: Vec<(u64, Box<[u8]>)>,
}

impl Entry {
    fn absorb(&mut self, other: &Self) {
        self.count += other.count;
        self.first = self.first.min(other.first);
        for (hash, text) in &other.examples {
            self.keep(*hash, text);
        }
    }

    /// Makes a message an example, if it is one of the lowest hashes.
    fn keep(&mut self, hash: u64, message: &[u8]) {
        let lowest = self.examples.first().is_none_or(|first| hash < first.0);
        let full = self.examples.len() >= EXAMPLES;
        if !lowest && (message.len() > EXAMPLE_BYTES || full && self.examples.last().is_some_and(|last| hash >= last.0))
        {
            return;
        }
        if let Err(at) = self.examples.binary_search_by_key(&hash, |example| example.0) {
            self.examples.insert(at, (hash, message.into()));
            if at == 0 && self.examples.get(1).is_some_and(|(_, text)| text.len() > EXAMPLE_BYTES) {
                self.examples.remove(1);
            }
            self.examples.truncate(EXAMPLES);
        }
    }
}

impl Default for ShapeTable {
    fn default() -> Self {
        Self::with_limit(LIMIT)
    }
}

impl ShapeTable {
    /// A table that tells `limit` shapes apart; tables of one analysis have the same limit.
    pub fn with_limit(limit: usize) -> Self {
        Self { limit, ids: FxHashMap::default(), entries: Vec::new(), ranks: BinaryHeap::new(), apart: 0 }
    }

    /// Counts a message. `position` orders messages: an example's is the lowest. Gives the number of its entry in this
    /// table, for [`ShapeTable::hashes`].
    pub fn add(&mut self, message: &[u8], position: u64) -> u32 {
        self.add_shape(Shape::of(message), message, position)
    }

    /// [`ShapeTable::add`] of a message whose shape is known already.
    pub fn add_shape(&mut self, shape: Shape, message: &[u8], position: u64) -> u32 {
        let id = match self.ids.get(&shape.hash) {
            Some(&id) => id,
            None => self.open(shape),
        };
        // One byte more than the lexer looks at tells it that there is more.
        let message = &message[..message.len().min(MAX_BYTES + 1)];
        let hash = hash_bytes(message);
        let entry = &mut self.entries[id as usize];
        entry.count += 1;
        entry.first = entry.first.min(position);
        entry.keep(hash, message);
        id
    }

    /// Hashes of the shapes that all entries were opened for, in the order of their numbers: what
    /// [`super::Catalog::template_of`] takes.
    pub fn hashes(&self) -> Vec<u64> {
        self.entries.iter().map(|entry| entry.hash).collect()
    }

    /// Adds the counts of another table.
    pub fn merge(&mut self, other: &Self) {
        for entry in other.entries.iter().filter(|entry| entry.count > 0) {
            let id = match self.ids.get(&entry.hash) {
                Some(&id) => id,
                None if entry.tokens == 0 => self.open_entry(entry.hash, 0),
                None => self.open(Shape { tokens: entry.tokens, hash: entry.hash }),
            };
            self.entries[id as usize].absorb(entry);
        }
    }

    /// All entries, by ascending hash.
    pub fn entries(&self) -> Vec<&Entry> {
        let mut entries: Vec<_> = self.entries.iter().filter(|entry| entry.count > 0).collect();
        entries.sort_by_key(|entry| entry.hash);
        entries
    }

    /// The entry for a shape that is not in the table: its own, or its family's where the table is full.
    fn open(&mut self, shape: Shape) -> u32 {
        let rank = (shape.tokens.max(1), shape.hash);
        if self.apart < self.limit {
            self.apart += 1;
            return self.open_ranked(rank);
        }
        if self.ranks.is_empty() {
            let ranked = self.entries.iter().filter(|entry| entry.tokens > 0);
            self.ranks = ranked.map(|entry| (entry.tokens, entry.hash)).collect();
        }
        match self.ranks.peek() {
            Some(&last) if rank < last => {
                self.ranks.pop();
                let id = self.open_ranked(rank);
                self.ranks.push(rank);
                self.fold(last.1);
                id
            }
            _ => self.family(shape.hash),
        }
    }

    fn open_ranked(&mut self, (tokens, hash): (u32, u64)) -> u32 {
        self.open_entry(hash, tokens)
    }

    fn open_entry(&mut self, hash: u64, tokens: u32) -> u32 {
        let id = self.entries.len() as u32;
        self.entries.push(Entry { hash, tokens, count: 0, first: u64::MAX, examples: Vec::new() });
        self.ids.insert(hash, id);
        id
    }

    fn family(&mut self, hash: u64) -> u32 {
        let family = Shape::family(hash);
        self.ids.get(&family).copied().unwrap_or_else(|| self.open_entry(family, 0))
    }

    /// Counts a shape as its family from now on. Its number stays valid.
    fn fold(&mut self, hash: u64) {
        let Some(id) = self.ids.remove(&hash) else { return };
        let entry = &mut self.entries[id as usize];
        let empty = Entry { hash, tokens: 0, count: 0, first: u64::MAX, examples: Vec::new() };
        let folded = std::mem::replace(entry, empty);
        let family = self.family(hash);
        self.entries[family as usize].absorb(&folded);
    }
}

#[derive(Serialize, Deserialize)]
struct Frozen {
    limit: u64,
    entries: Vec<Entry>,
}

impl Serialize for ShapeTable {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries = self.entries().into_iter().cloned().collect();
        Frozen { limit: self.limit as u64, entries }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ShapeTable {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let frozen = Frozen::deserialize(deserializer)?;
        let mut table = Self::with_limit(frozen.limit as usize);
        let other = Self { entries: frozen.entries, ..Self::with_limit(frozen.limit as usize) };
        table.merge(&other);
        Ok(table)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::template::{Catalog, Template};

    /// The templates of messages, most frequent first.
    pub(in crate::template) fn texts<T: AsRef<[u8]>>(messages: &[T]) -> Vec<String> {
        let mut table = ShapeTable::default();
        for (position, message) in messages.iter().enumerate() {
            table.add(message.as_ref(), position as u64);
        }
        Catalog::build(&table).templates().iter().map(Template::text).collect()
    }
}
