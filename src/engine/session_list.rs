//! All sessions as one list: sorted, searched, a page at a time. One worker has it; the page relays the parts of the others
//! unread.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::bytes::decode;
use super::hybrid::Hybrid;
use super::sessions::KeyText;
use crate::finding::{Findings, Words};
use crate::view::SessionView;

/// One session of a shard.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Hash of its key.
    pub key: u64,
    /// Place of its first row.
    pub first: u64,
    /// Times of its first and last row.
    pub range: Option<(i64, i64)>,
    /// Rows.
    pub rows: u64,
    /// Rows of level ERROR and above.
    pub errors: u32,
    /// Different templates.
    pub templates: u32,
    /// 0..1, higher is more abnormal.
    pub score: f32,
    /// Number of its strongest finding.
    pub finding: Option<u32>,
}

impl Entry {
    fn millis(&self) -> Option<i64> {
        self.range.map(|(start, end)| end.saturating_sub(start))
    }

    fn error_rate(&self) -> f64 {
        f64::from(self.errors) / self.rows.max(1) as f64
    }
}

/// What sessions are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SessionColumn {
    /// The text of the key.
    Key,
    /// Number of rows.
    Rows,
    /// When it began.
    Start,
    /// When it ended.
    End,
    /// How long it lasted.
    Duration,
    /// Share of rows that are errors.
    Errors,
    /// Different templates.
    Templates,
    /// How abnormal it is.
    Score,
    /// Kind of its strongest finding.
    Kind,
}

/// Which sessions, and in which order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionListing {
    /// What they are sorted by.
    pub by: SessionColumn,
    /// From the greatest. Those without a value come last.
    pub descending: bool,
    /// Only those whose key has this text in it, in any case.
    pub search: String,
}

impl Default for SessionListing {
    fn default() -> Self {
        Self { by: SessionColumn::Score, descending: true, search: String::new() }
    }
}

/// All sessions.
#[derive(Debug, Default)]
pub(super) struct SessionList {
    entries: Vec<Entry>,
    names: FxHashMap<u64, String>,
    /// The listing that was asked for last, and its entries in order.
    listed: Option<(SessionListing, Vec<u32>)>,
}

impl SessionList {
    /// Takes the sessions of all shards. Texts of keys stay: they are the same, whatever the sessions are judged by.
    pub(super) fn take(&mut self, parts: &[impl AsRef<[u8]>]) {
        *self = Self { names: std::mem::take(&mut self.names), ..Self::default() };
        for part in parts {
            self.entries.extend(decode::<Vec<Entry>>(part.as_ref()).unwrap_or_default());
        }
        // The same order for any number of shards.
        self.entries.sort_by_key(|entry| (entry.first, entry.key));
    }

    /// Takes the texts of keys.
    pub(super) fn name(&mut self, parts: &[impl AsRef<[u8]>]) {
        let mut known: FxHashMap<u64, KeyText> = FxHashMap::default();
        for told in parts.iter().flat_map(|part| decode::<Vec<KeyText>>(part.as_ref()).unwrap_or_default()) {
            // A session of several ids has the name of its first row's, whichever shard has that.
            let first = known.entry(told.key).or_insert_with(|| told.clone());
            if told.place < first.place {
                *first = told;
            }
        }
        self.names = known.into_iter().map(|(key, told)| (key, told.text)).collect();
        self.listed = None;
    }

    /// Sessions `from..from + count` of a listing, and how many it has.
    pub(super) fn page(
        &mut self,
        listing: &SessionListing,
        hybrid: &Hybrid,
        from: u64,
        count: u32,
    ) -> (u64, Vec<SessionView>) {
        if self.listed.as_ref().is_none_or(|(known, _)| known != listing) {
            self.listed = Some((listing.clone(), self.list(listing, hybrid.findings())));
        }
        let order = self.listed.as_ref().map(|(_, order)| order.as_slice()).unwrap_or_default();
        let (from, all) = ((from as usize).min(order.len()), order.len());
        let page = &order[from..from.saturating_add(count as usize).min(all)];
        let context = hybrid.context();
        let words = Words::new(&context);
        let view = |&at: &u32| Some(self.view(self.entries.get(at as usize)?, hybrid.findings(), &words));
        (all as u64, page.iter().filter_map(view).collect())
    }

    fn list(&self, listing: &SessionListing, findings: &Findings) -> Vec<u32> {
        let wanted = listing.search.to_lowercase();
        let name = |entry: &Entry| self.names.get(&entry.key).map_or("", String::as_str);
        let meets = |entry: &Entry| wanted.is_empty() || name(entry).to_lowercase().contains(&wanted);
        let kind = |entry: &Entry| {
            let finding = entry.finding.and_then(|number| findings.0.get(number as usize));
            finding.map(|finding| finding.kind.name())
        };
        let by = |a: &Entry, b: &Entry| match listing.by {
            SessionColumn::Key => optional(Some(name(a)), Some(name(b)), listing.descending),
            SessionColumn::Rows => optional(Some(a.rows), Some(b.rows), listing.descending),
            SessionColumn::Start => optional(start(a), start(b), listing.descending),
            SessionColumn::End => optional(end(a), end(b), listing.descending),
            SessionColumn::Duration => optional(a.millis(), b.millis(), listing.descending),
            SessionColumn::Errors => turned(a.error_rate().total_cmp(&b.error_rate()), listing.descending),
            SessionColumn::Templates => optional(Some(a.templates), Some(b.templates), listing.descending),
            SessionColumn::Score => turned(a.score.total_cmp(&b.score), listing.descending),
            SessionColumn::Kind => optional(kind(a), kind(b), listing.descending),
        };
        let mut order: Vec<(u32, &Entry)> = (0..).zip(&self.entries).filter(|(_, entry)| meets(entry)).collect();
        // Of equals the most abnormal, then the first in the data.
        order.sort_by(|a, b| by(a.1, b.1).then(b.1.score.total_cmp(&a.1.score)).then(a.0.cmp(&b.0)));
        order.into_iter().map(|(at, _)| at).collect()
    }

    fn view(&self, entry: &Entry, findings: &Findings, words: &Words<'_>) -> SessionView {
        let finding = entry.finding.and_then(|number| findings.0.get(number as usize));
        SessionView {
            key: entry.key,
            name: self.names.get(&entry.key).cloned().unwrap_or_default(),
            first: entry.first,
            rows: entry.rows,
            range: entry.range,
            errors: entry.errors,
            templates: entry.templates,
            score: entry.score,
            kind: finding.map_or("", |finding| finding.kind.name()).to_owned(),
            reason: finding.map(|finding| words.of(finding).0).unwrap_or_default(),
        }
    }
}

fn start(entry: &Entry) -> Option<i64> {
    entry.range.map(|range| range.0)
}

fn end(entry: &Entry) -> Option<i64> {
    entry.range.map(|range| range.1)
}

fn turned(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

/// Compares two values; what has none comes last, whichever way the others are sorted.
fn optional<T: Ord>(a: Option<T>, b: Option<T>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => turned(a.cmp(&b), descending),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bytes::encode;
    use super::*;

    fn entry(key: u64, rows: u64, range: Option<(i64, i64)>, score: f32) -> Entry {
        Entry { key, first: key, range, rows, errors: (key % 3) as u32, templates: 1, score, finding: None }
    }

    fn list() -> SessionList {
        let mut list = SessionList::default();
        let one = vec![entry(1, 4, Some((10, 90)), 0.2), entry(4, 2, None, 0.4)];
        let two = vec![entry(2, 9, Some((0, 30)), 0.9), entry(3, 4, Some((5, 6)), 0.1)];
        list.take(&[encode(&one), encode(&two)]);
        let names = ["req-7", "REQ-9", "job-1", "req-12"];
        let told = |(key, name): (u64, &str)| KeyText { key, place: key, text: name.to_owned() };
        let names: Vec<KeyText> = (1..).zip(names).map(told).collect();
        let later = vec![KeyText { place: 50, ..told((1, "another id of its session")) }];
        list.name(&[encode(&later), encode(&names)]);
        list
    }

    #[test]
    fn names_stay_when_sessions_are_judged_anew() {
        let mut list = list();
        list.take(&[encode(&vec![entry(1, 4, Some((10, 90)), 0.9), entry(2, 9, Some((0, 30)), 0.1)])]);
        let listing = SessionListing { search: "req".into(), ..SessionListing::default() };
        let (all, page) = list.page(&listing, &Hybrid::default(), 0, 10);
        assert_eq!((all, page[0].name.as_str()), (2, "req-7"));
    }

    #[track_caller]
    fn check(by: SessionColumn, descending: bool, search: &str, expected: &[u64]) {
        let listing = SessionListing { by, descending, search: search.into() };
        let (all, page) = list().page(&listing, &Hybrid::default(), 0, 10);
        assert_eq!(page.iter().map(|session| session.key).collect::<Vec<_>>(), expected, "{listing:?}");
        assert_eq!(all as usize, expected.len());
    }

    #[test]
    fn every_column_sorts_and_what_has_no_value_comes_last() {
        check(SessionColumn::Score, true, "", &[2, 4, 1, 3]);
        check(SessionColumn::Rows, true, "", &[2, 1, 3, 4]);
        check(SessionColumn::Rows, false, "", &[4, 1, 3, 2]);
        check(SessionColumn::Duration, true, "", &[1, 2, 3, 4]);
        check(SessionColumn::Duration, false, "", &[3, 2, 1, 4]);
        check(SessionColumn::Start, false, "", &[2, 3, 1, 4]);
        check(SessionColumn::End, true, "", &[1, 2, 3, 4]);
        check(SessionColumn::Key, false, "", &[2, 3, 4, 1]);
        check(SessionColumn::Errors, true, "", &[4, 1, 2, 3]);
    }

    #[test]
    fn a_search_is_for_keys_in_any_case() {
        check(SessionColumn::Score, true, "req", &[2, 4, 1]);
        check(SessionColumn::Score, true, "Q-1", &[4]);
        check(SessionColumn::Score, true, "nobody", &[]);
    }

    #[test]
    fn a_page_is_a_part_of_the_list() {
        let mut list = list();
        let page = |list: &mut SessionList, from, count| {
            let (all, page) = list.page(&SessionListing::default(), &Hybrid::default(), from, count);
            (all, page.iter().map(|session| session.name.clone()).collect::<Vec<_>>())
        };
        assert_eq!(page(&mut list, 1, 2), (4, vec!["req-12".to_owned(), "req-7".to_owned()]));
        assert_eq!(page(&mut list, 4, 2), (4, vec![]));
        assert_eq!(page(&mut list, u64::MAX, u32::MAX), (4, vec![]));
    }
}
