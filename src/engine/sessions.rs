//! Questions about sessions, and a shard's answers.
//!
//! What needs all shards is asked in rounds, and the lead's worker puts the parts together; whoever asks only relays them:
//!
//! ```text
//! Entries, of all      ─ parts ─▶ List, of the lead     ─▶ Page, of the lead
//! Keys, of all         ─ parts ─▶ Name, of the lead
//! Course, of all ─▶ Twin, of all;  Rows of both, of all  ─ parts ─▶ Story, of the lead
//! Beside, of all       ─▶ [`crate::context::around`]
//! ```

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::bytes::{decode, encode};
use super::hybrid::{entries, session_rows};
use super::part::Part;
use super::rows::{SessionKeys, for_each_record};
use super::session_list::SessionListing;
use super::shard::Shard;
use super::story::{Sides, tell};
use crate::baseline::table::View;
use crate::context::{Nearness, Neighbour, StepRow, Wanted, in_order, nearest};
use crate::ingest::{ByteSource, ReadError};
use crate::record::segment::place_among_all;
use crate::record::{Column, Role, SegmentId};
use crate::view::{SessionView, Story};

/// A question about sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SessionQuery {
    /// How many sessions the shard has → [`SessionAnswer::Counted`].
    Count,
    /// The sessions that the shard has → [`SessionAnswer::Part`].
    Entries,
    /// Put the shards' sessions together → [`SessionAnswer::Listed`].
    List {
        /// One per shard.
        parts: Vec<Part>,
    },
    /// The texts of session keys in the shard's rows: of all, or of some → [`SessionAnswer::Part`].
    Keys {
        /// Hash of each key and the place of its session's first row.
        of: Option<Vec<(u64, u64)>>,
    },
    /// From now on the list has these texts of keys → [`SessionAnswer::Named`].
    Name {
        /// One per shard.
        parts: Vec<Part>,
    },
    /// A page of the list → [`SessionAnswer::Page`].
    Page {
        /// Which sessions, in which order.
        listing: SessionListing,
        /// The first.
        from: u64,
        /// Most of them.
        count: u32,
    },
    /// The shard's rows of a session → [`SessionAnswer::Rows`].
    Rows {
        /// Hash of its key.
        key: u64,
    },
    /// What the session that the shard has is made of → [`SessionAnswer::Course`].
    Course {
        /// Hash of its key.
        key: u64,
    },
    /// The shard's nearest ordinary session → [`SessionAnswer::Twin`].
    Twin {
        /// Hash of the key of the session that a twin is looked for.
        key: u64,
        /// Its templates and how many rows of each.
        steps: Vec<(u32, u32)>,
    },
    /// A session beside its twin → [`SessionAnswer::Story`].
    Story {
        /// Hash of its key, and its rows as the shards have them.
        here: (u64, Vec<ByteBuf>),
        /// The same of its twin.
        there: Option<(u64, Vec<ByteBuf>)>,
        /// The row that it is about.
        at: Option<(SegmentId, u32)>,
        /// How much of it.
        wanted: Wanted,
    },
    /// The shard's nearest rows of the same source → [`SessionAnswer::Beside`].
    Beside {
        /// The row.
        at: (SegmentId, u32),
        /// Its instance: only rows of it.
        instance: Option<String>,
        /// Most rows on either side.
        reach: u32,
    },
    /// The templates of the shard's rows among some → [`SessionAnswer::Templates`].
    TemplatesOf {
        /// The rows.
        rows: Vec<(SegmentId, u32)>,
    },
}

/// An answer about sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SessionAnswer {
    /// A shard's part, for the lead. (Of some keys it is short, so that who relays it can read it.)
    Part(Part),
    /// A shard's rows of a session, for [`rows_of`].
    Rows(ByteBuf),
    /// How many sessions a shard has, and how many of them have a finding.
    Counted(u64, u64),
    /// The sessions are in one list.
    Listed,
    /// The list knows the keys.
    Named,
    /// How many sessions a listing has, and some of them.
    Page(u64, Vec<SessionView>),
    /// Templates and how many rows of each, in the order of first occurrence; `None` of a shard that has not the session.
    Course(Option<Vec<(u32, u32)>>),
    /// The nearest ordinary session; the least of all shards' is the twin.
    Twin(Option<Nearness>),
    /// A session beside its twin; `None` where it has no rows.
    Story(Option<Box<Story>>),
    /// Rows near a row, in any order.
    Beside(Vec<Neighbour>),
    /// A template for each row that has one, in any order.
    Templates(Vec<u32>),
}

/// A shard's answer.
pub(super) fn answer(
    shard: &mut Shard,
    query: SessionQuery,
    source: &mut dyn ByteSource,
) -> Result<SessionAnswer, ReadError> {
    Ok(match query {
        SessionQuery::Count => {
            let (all, found) = counted(shard);
            SessionAnswer::Counted(all, found)
        }
        SessionQuery::Entries => SessionAnswer::Part(encode(&entries(&shard.hybrid)).into()),
        SessionQuery::List { parts } => {
            shard.sessions.take(&parts);
            SessionAnswer::Listed
        }
        SessionQuery::Keys { of } => SessionAnswer::Part(encode(&keys(shard, of.as_deref(), source)?).into()),
        SessionQuery::Name { parts } => {
            shard.sessions.name(&parts);
            SessionAnswer::Named
        }
        SessionQuery::Page { listing, from, count } => {
            let (all, page) = shard.sessions.page(&listing, &shard.hybrid, from, count);
            SessionAnswer::Page(all, page)
        }
        SessionQuery::Rows { key } => {
            SessionAnswer::Rows(encode(&session_rows(&shard.dataset, &shard.segments, key)).into())
        }
        SessionQuery::Course { key } => {
            SessionAnswer::Course(shard.hybrid.store.course_of(key).map(|course| course.steps.clone()))
        }
        SessionQuery::Twin { key, steps } => SessionAnswer::Twin(twin(shard, key, &steps)),
        SessionQuery::Story { here, there, at, wanted } => {
            let rows = |(key, parts): (u64, Vec<ByteBuf>)| (key, rows_of(&parts));
            let sides = Sides { here: rows(here), there: there.map(rows), at };
            let expected = |template| shard.hybrid.expected(template);
            SessionAnswer::Story(tell(&sides, expected, &wanted).map(Box::new))
        }
        SessionQuery::Beside { at, instance, reach } => {
            SessionAnswer::Beside(beside(shard, at, instance.as_deref(), reach as usize))
        }
        SessionQuery::TemplatesOf { rows } => {
            let template = |(id, row): (SegmentId, u32)| {
                View::new(&shard.dataset, shard.segments.get(&id)?).template(row as usize)
            };
            SessionAnswer::Templates(rows.into_iter().filter_map(template).collect())
        }
    })
}

/// How many sessions there are, and how many have findings.
#[inline(never)]
fn counted(shard: &Shard) -> (u64, u64) {
    let odd = shard.hybrid.odd_sessions();
    let sessions = shard.hybrid.store.sessions();
    sessions.fold((0, 0), |(all, found), session| (all + 1, found + u64::from(odd.contains(&session.key))))
}

/// The rows of a session from all shards' parts, in order.
pub fn rows_of(parts: &[ByteBuf]) -> Vec<StepRow> {
    in_order(parts.iter().flat_map(|part| decode::<Vec<StepRow>>(part).unwrap_or_default()).collect())
}

/// The nearest ordinary session that this shard has.
#[inline(never)]
fn twin(shard: &Shard, key: u64, steps: &[(u32, u32)]) -> Option<Nearness> {
    let judge = shard.hybrid.judge.as_ref()?;
    let odd = shard.hybrid.odd_sessions();
    nearest(steps, &shard.hybrid.store, |course| judge.alike(course), |other| other == key || odd.contains(&other))
}

/// The text of a session's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyText {
    /// The key's hash.
    pub key: u64,
    /// Place of the row that has it among the rows of all files.
    pub place: u64,
    /// The text.
    pub text: String,
}

/// Session keys in the shard's rows.
#[inline(never)]
fn keys(shard: &Shard, of: Option<&[(u64, u64)]>, source: &mut dyn ByteSource) -> Result<Vec<KeyText>, ReadError> {
    let mut keys = Vec::new();
    let Some(column) = shard.dataset.role(Role::Correlation) else { return Ok(keys) };
    let mut known = rustc_hash::FxHashSet::default();
    for segment in shard.segments.values() {
        let Some(Column::Id(hashes)) = segment.columns.get(column) else { continue };
        let rows: Vec<u32> = if let Some(of) = of {
            let range = place_among_all(segment.id.file, segment.start)..place_among_all(segment.id.file, segment.end);
            let here = of.iter().filter(|(_, first)| range.contains(first));
            let mut rows: Vec<u32> = here.filter_map(|(_, first)| super::hybrid::row_at(segment, *first)).collect();
            rows.sort_unstable();
            rows.dedup();
            rows
        } else {
            let new = (0..).zip(hashes.iter()).filter(|(_, hash)| *hash != 0 && known.insert(*hash));
            new.map(|(row, _)| row).collect()
        };
        let mut texts = SessionKeys::new(&shard.dataset, &shard.dataset.files[segment.id.file as usize]);
        for_each_record(shard, segment, &rows, source, &mut |row, record| {
            let place = segment.place_among_all(row as usize);
            keys.extend(hashes.get(row as usize).map(|key| KeyText { key, place, text: texts.text(record) }));
        })?;
    }
    Ok(keys)
}

/// The nearest rows of the same file, and of the same instance where one is given, on either side of a row.
#[inline(never)]
fn beside(shard: &Shard, (id, row): (SegmentId, u32), instance: Option<&str>, reach: usize) -> Vec<Neighbour> {
    let column = shard.dataset.role(Role::Instance).filter(|_| instance.is_some());
    let of_file = SegmentId { file: id.file, part: 0 }..=SegmentId { file: id.file, part: u32::MAX };
    let matching = |part: SegmentId, behind: bool| -> Vec<Neighbour> {
        let Some(segment) = shard.segments.get(&part) else { return Vec::new() };
        let code = column.and_then(|column| match segment.columns.get(column) {
            Some(Column::Category(values)) if !values.overflowed => {
                let found = values.values.iter().position(|value| Some(value.as_str()) == instance);
                // Where the segment has no such instance, no row has its code.
                Some((values, found.map_or(u16::MAX, |at| at as u16 + 1)))
            }
            _ => None,
        });
        let is_of = |row: u32| code.is_none_or(|(values, code)| values.codes.get(row as usize) == Some(&code));
        let rows = segment.rows() as u32;
        let edge = if part == id { row } else { 0 };
        let near = |row| Neighbour { segment: part, row };
        match (behind, part == id) {
            (true, true) => (edge.saturating_add(1)..rows).filter(|&row| is_of(row)).map(near).take(reach).collect(),
            (true, false) => (0..rows).filter(|&row| is_of(row)).map(near).take(reach).collect(),
            (false, true) => (0..edge.min(rows)).rev().filter(|&row| is_of(row)).map(near).take(reach).collect(),
            (false, false) => (0..rows).rev().filter(|&row| is_of(row)).map(near).take(reach).collect(),
        }
    };
    let parts: Vec<SegmentId> = shard.segments.range(of_file).map(|(part, _)| *part).collect();
    let mut found = Vec::new();
    let before = parts.iter().rev().filter(|part| **part <= id).flat_map(|&part| matching(part, false));
    found.extend(before.take(reach));
    let behind = parts.iter().filter(|part| **part >= id).flat_map(|&part| matching(part, true));
    found.extend(behind.take(reach));
    found
}
