//! Whether ids tie rows into sessions, told from the rows alone where no name says so.
//!
//! The rows of a session stand near each other and say different things. A worker, a user or a machine is met all over a
//! file; a number that is measured comes with one kind of message only; a clock or a counter only ever rises.

use std::collections::{BTreeMap, BTreeSet};

use crate::common::hash::hash_bytes;

/// Groups of two rows and more that tell.
const LEAST_GROUPS: usize = 5;
/// Least share of the rows with an id that have it in common with another row.
const LEAST_GROUPED: f64 = 0.3;
/// Least [`Ties::locality`].
const LEAST_LOCALITY: f64 = 0.6;
/// Least [`Ties::varied`].
const LEAST_VARIED: f64 = 0.5;
/// Share of the groups that must begin alike where ids only ever rise.
const LEAST_ALIKE: f64 = 0.6;

/// How ids tie sampled rows together.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ties {
    /// Rows with an id.
    pub found: usize,
    /// Different ids.
    pub groups: usize,
    /// Ids of two rows and more.
    shared: usize,
    /// Share (0..=1) of the rows with an id whose id 2 to 500 of them have.
    pub grouped: f64,
    /// How near the rows of an id stand to each other: 1 next to each other, 0 as if ids were dealt at random.
    locality: f64,
    /// Share (0..=1) of the ids of several rows that come with different texts.
    varied: f64,
    /// Whether ids are numbers that never fall.
    rising: bool,
    /// Share (0..=1) of the ids of several rows whose first text is the most frequent one.
    alike: f64,
}

#[derive(Default)]
struct Group {
    first: usize,
    last: usize,
    rows: usize,
    opening: u64,
    texts: BTreeSet<u64>,
}

impl Ties {
    /// Of sampled rows in the file's order: the id of each that has one, and what else it says ([`gist`]).
    pub fn of<'a>(rows: impl Iterator<Item = Option<(&'a [u8], u64)>>) -> Self {
        let mut groups: BTreeMap<&[u8], Group> = BTreeMap::new();
        let (mut found, mut all) = (0, 0_usize);
        let (mut rising, mut before) = (true, 0_u64);
        for (place, row) in rows.enumerate() {
            all = place + 1;
            let Some((id, text)) = row else { continue };
            found += 1;
            let number = std::str::from_utf8(id).ok().and_then(|id| id.parse::<u64>().ok());
            rising &= number.is_some_and(|number| number >= before);
            before = number.unwrap_or(0);
            let group = groups.entry(id).or_insert_with(|| Group { first: place, opening: text, ..Group::default() });
            group.last = place;
            group.rows += 1;
            group.texts.insert(text);
        }
        let (mut span, mut expected, mut shared, mut varied, mut grouped) = (0.0, 0.0, 0, 0, 0);
        let mut openings: BTreeMap<u64, usize> = BTreeMap::new();
        for group in groups.values().filter(|group| group.rows > 1) {
            let rows = group.rows as f64;
            shared += 1;
            span += (group.last - group.first) as f64 - (rows - 1.0);
            // From the first to the last of so many rows anywhere among all.
            expected += (all as f64 + 1.0) * (rows - 1.0) / (rows + 1.0) - (rows - 1.0);
            varied += usize::from(group.texts.len() > 1);
            grouped += if group.rows <= 500 { group.rows } else { 0 };
            *openings.entry(group.opening).or_default() += 1;
        }
        let share = |count: usize, of: usize| count as f64 / of.max(1) as f64;
        Self {
            found,
            groups: groups.len(),
            shared,
            grouped: share(grouped, found),
            locality: if expected > 0.0 { 1.0 - span / expected } else { 0.0 },
            varied: share(varied, shared),
            rising,
            alike: share(openings.values().copied().max().unwrap_or(0), shared),
        }
    }

    /// Whether the rows alone say that these are sessions.
    pub fn are_sessions(&self) -> bool {
        self.shared >= LEAST_GROUPS
            && self.grouped >= LEAST_GROUPED
            && self.locality >= LEAST_LOCALITY
            && self.varied >= LEAST_VARIED
            && (!self.rising || self.alike >= LEAST_ALIKE)
    }
}

/// What a text says, without what varies: a hash of its words that have no digits.
pub fn gist(text: &[u8]) -> u64 {
    let words = text.split(|byte| !byte.is_ascii_alphanumeric());
    let plain = words.filter(|word| !word.is_empty() && !word.iter().any(u8::is_ascii_digit));
    plain.fold(0, |hash, word| hash.rotate_left(5) ^ hash_bytes(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `rows` rows of sessions with five steps each, of which `beside` are under way at a time.
    fn sessions(rows: usize, beside: usize) -> Vec<(String, u64)> {
        let row = |at: usize| (format!("id{}", at / (5 * beside) * beside + at % beside), (at / beside % 5) as u64);
        (0..rows).map(row).collect()
    }

    fn ties(rows: &[(String, u64)]) -> Ties {
        Ties::of(rows.iter().map(|(id, text)| Some((id.as_bytes(), *text))))
    }

    #[test]
    fn sessions_are_near_and_varied() {
        assert!(ties(&sessions(300, 1)).are_sessions());
        assert!(ties(&sessions(300, 12)).are_sessions(), "side by side");
    }

    #[test]
    fn what_is_met_everywhere_is_no_session() {
        let workers: Vec<(String, u64)> = (0..300).map(|at| (format!("worker-{}", at * 7919 % 11), at % 5)).collect();
        assert!(!ties(&workers).are_sessions());
        let values: Vec<(String, u64)> = (0..300).map(|at| (format!("{}", at / 3 * 7 % 100), 1)).collect();
        assert!(!ties(&values).are_sessions(), "one kind of message only");
    }

    #[test]
    fn a_clock_is_no_session_but_numbered_jobs_are() {
        let clock: Vec<(String, u64)> =
            (0..300).map(|at| (format!("{}", 1_700_000_000 + at / 4), at * 31 % 7)).collect();
        assert!(!ties(&clock).are_sessions());
        let jobs: Vec<(String, u64)> = (0..300).map(|at| (format!("{}", 1000 + at / 5), at % 5)).collect();
        assert!(ties(&jobs).are_sessions(), "all begin alike");
    }

    #[test]
    fn a_gist_has_no_values() {
        assert_eq!(gist(b"order 17 paid"), gist(b"order 18x paid"));
        assert_ne!(gist(b"order 17 paid"), gist(b"order 17 sent"));
        assert_eq!(gist(b""), 0);
    }
}
