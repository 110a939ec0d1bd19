//! What the page asks about sessions and about what stands around a row.

use std::collections::BTreeMap;

use serde_bytes::ByteBuf;

use super::Client;
use crate::common::text::cut;
use crate::context::{Neighbour, StepRow, Wanted, around};
use crate::engine::catalog::Ask;
use crate::engine::part::Part;
use crate::engine::session_list::SessionListing;
use crate::engine::sessions::{KeyText, rows_of};
use crate::engine::{Answer, Query, SessionAnswer, SessionQuery};
use crate::finding::Ranked;
use crate::record::column::MAX_CATEGORY_BYTES;
use crate::record::{Role, SegmentId};
use crate::view::{Around, FindingView, Line, Near, RowDetail, Scope, SessionView, Story};

/// Rows of a session that the context of a row shows.
const NEAR: u32 = 24;

/// A session beside its twin, with the texts of what is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The steps.
    pub story: Story,
    /// The session's key.
    pub name: String,
    /// The twin's.
    pub twin: String,
    /// The rows of the steps that are shown, by segment and index.
    pub texts: BTreeMap<(SegmentId, u32), FindingView>,
}

impl Client {
    /// How many sessions there are, and how many have a finding.
    pub async fn count_sessions(&self) -> (u64, u64) {
        let counts = self.ask_sessions(SessionQuery::Count).await.into_iter();
        let counts = counts.filter_map(|answer| match answer {
            SessionAnswer::Counted(sessions, odd) => Some((sessions, odd)),
            _ => None,
        });
        counts.fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1))
    }

    /// Puts the sessions of all shards into one list.
    pub async fn list_sessions(&self) {
        let parts = self.parts(SessionQuery::Entries).await;
        self.ask_lead(SessionQuery::List { parts }).await;
    }

    /// Reads the keys of all sessions, so that the list can be searched and sorted by them.
    pub async fn name_sessions(&self) {
        let parts = self.parts(SessionQuery::Keys { of: None }).await;
        self.ask_lead(SessionQuery::Name { parts }).await;
    }

    /// How many sessions a listing has, and some of them with their keys.
    pub async fn session_page(&self, listing: SessionListing, from: u64, count: u32) -> (u64, Vec<SessionView>) {
        let Some(SessionAnswer::Page(all, mut page)) = self.ask_lead(SessionQuery::Page { listing, from, count }).await
        else {
            return (0, Vec::new());
        };
        let unnamed = page.iter().filter(|session| session.name.is_empty());
        let names = self.session_names(unnamed.map(|session| (session.key, session.first)).collect()).await;
        for session in &mut page {
            if let Some(name) = names.get(&session.key) {
                session.name.clone_from(name);
            }
        }
        (all, page)
    }

    /// A session beside its twin. `row`: the number of the row that it is about.
    pub async fn story(&self, key: u64, row: Option<u64>, wanted: Wanted) -> Option<Told> {
        let here = self.rows_in(key).await;
        let there = match self.twin(key).await {
            Some(twin) => Some((twin, self.rows_in(twin).await)),
            None => None,
        };
        let at = row.and_then(|row| self.0.conductor.borrow().catalog().place_of(row));
        let story = self.tell(SessionQuery::Story { here: (key, here), there, at, wanted }).await?;
        let wholes = [Some(story.here), story.there];
        let names = self.session_names(wholes.iter().flatten().map(|whole| (whole.key, whole.first)).collect()).await;
        let name = |key: u64| names.get(&key).cloned().unwrap_or_default();
        let views = story.lines.iter().filter_map(|line| if let Line::Step(step) = line { Some(step) } else { None });
        let views = views.flat_map(|step| step.here.iter().chain(&step.there));
        let texts = self.texts(views.map(|view| (view.segment, view.row)).collect()).await;
        let twin = story.there.map(|there| name(there.key)).unwrap_or_default();
        Some(Told { name: name(story.here.key), twin, texts, story })
    }

    /// The nearest ordinary session to a session, by the hashes of their keys.
    pub(super) async fn twin(&self, key: u64) -> Option<u64> {
        let courses = self.ask_sessions(SessionQuery::Course { key }).await.into_iter();
        let mut courses =
            courses.filter_map(|answer| if let SessionAnswer::Course(course) = answer { course } else { None });
        let steps = courses.next()?;
        let twins = self.ask_sessions(SessionQuery::Twin { key, steps }).await.into_iter();
        let twins = twins.filter_map(|answer| if let SessionAnswer::Twin(near) = answer { near } else { None });
        twins.min().map(|twin| twin.key)
    }

    /// The rows of a session, in its order.
    pub(super) async fn steps(&self, key: u64) -> Vec<StepRow> {
        rows_of(&self.rows_in(key).await)
    }

    /// The numbers of a session's rows, in its order.
    pub async fn session_rows(&self, key: u64) -> Vec<u64> {
        let rows = self.steps(key).await;
        let conductor = self.0.conductor.borrow();
        rows.into_iter().filter_map(|row| conductor.catalog().row_at(row.segment, row.row)).collect()
    }

    /// What stands around a row: its session, or (where it has none, or `window` is wanted) the rows of its source.
    pub async fn around(&self, detail: &RowDetail, window: bool, reach: u32) -> Option<Around> {
        match &detail.session {
            Some((key, name)) if !window => self.full_session(detail, *key, name.clone()).await,
            _ => self.window(detail, reach).await,
        }
    }

    async fn full_session(&self, detail: &RowDetail, key: u64, name: String) -> Option<Around> {
        let number = detail.finding.row.row;
        let at = self.0.conductor.borrow().catalog().place_of(number)?;
        let here = (key, self.rows_in(key).await);
        let wanted = Wanted::most(NEAR);
        let story = self.tell(SessionQuery::Story { here, there: None, at: Some(at), wanted }).await?;
        let views = story.lines.iter().filter_map(|line| if let Line::Step(step) = line { step.here } else { None });
        let texts = self.texts(views.map(|view| (view.segment, view.row)).collect()).await;
        let near = |line: &Line| match line {
            Line::Step(step) => {
                let view = step.here?;
                Some(near_row(texts.get(&(view.segment, view.row))?, number))
            }
            Line::LeftOut { here, .. } => Some(Near::LeftOut(u64::from(*here))),
        };
        let scope = Scope::FullSession { key, name, rows: story.here.rows, at: story.at? };
        Some(Around { scope, lines: story.lines.iter().filter_map(near).collect() })
    }

    async fn window(&self, detail: &RowDetail, reach: u32) -> Option<Around> {
        let number = detail.finding.row.row;
        let (at, instance) = {
            let conductor = self.0.conductor.borrow();
            let column = conductor.dataset().role(Role::Instance);
            let cell = column.and_then(|column| detail.finding.row.cells.get(column));
            let instance = cell.filter(|cell| !cell.is_empty()).map(|cell| cut(cell, MAX_CATEGORY_BYTES).to_owned());
            (conductor.catalog().place_of(number)?, instance)
        };
        let query = SessionQuery::Beside { at, instance: instance.clone(), reach };
        let answers = self.ask_sessions(query).await.into_iter();
        let near = answers
            .flat_map(|answer| if let SessionAnswer::Beside(near) = answer { near } else { Vec::new() })
            .collect();
        let near = around(near, Neighbour { segment: at.0, row: at.1 }, reach as usize);
        let texts = self.texts(near.iter().map(|near| (near.segment, near.row)).collect()).await;
        let lines = near.iter().filter_map(|near| Some(near_row(texts.get(&(near.segment, near.row))?, number)));
        Some(Around { scope: Scope::Window { reach, instance }, lines: lines.collect() })
    }

    /// How many rows of each template there are among some, by their numbers.
    pub(super) async fn templates_of(&self, numbers: &[u64]) -> BTreeMap<u32, u64> {
        let rows = {
            let conductor = self.0.conductor.borrow();
            numbers.iter().filter_map(|number| conductor.catalog().place_of(*number)).collect()
        };
        let mut counts = BTreeMap::new();
        for answer in self.ask_sessions(SessionQuery::TemplatesOf { rows }).await {
            let SessionAnswer::Templates(templates) = answer else { continue };
            for template in templates {
                *counts.entry(template).or_default() += 1;
            }
        }
        counts
    }

    async fn tell(&self, query: SessionQuery) -> Option<Story> {
        match self.ask_lead(query).await? {
            SessionAnswer::Story(story) => story.map(|story| *story),
            _ => None,
        }
    }

    /// The texts of some rows.
    async fn texts(&self, rows: Vec<(SegmentId, u32)>) -> BTreeMap<(SegmentId, u32), FindingView> {
        let ranked: Vec<Ranked> =
            rows.iter().map(|&(segment, row)| Ranked { score: 0.0, segment, row, byte: 0 }).collect();
        let asks = self.0.conductor.borrow().catalog().ask_findings(&ranked, 0);
        let mut texts = BTreeMap::new();
        for answer in self.ask(asks).await {
            let Answer::Findings(found) = answer else { continue };
            texts.extend(found.into_iter().filter_map(|found| Some((*rows.get(found.rank as usize)?, found))));
        }
        texts
    }

    /// The texts of some keys, which come with the places of their sessions' first rows.
    async fn session_names(&self, of: Vec<(u64, u64)>) -> BTreeMap<u64, String> {
        if of.is_empty() {
            return BTreeMap::new();
        }
        let parts = self.parts(SessionQuery::Keys { of: Some(of) }).await;
        let decoded = parts.iter().filter_map(|part| crate::engine::bytes::decode::<Vec<KeyText>>(part));
        decoded.flatten().map(|told| (told.key, told.text)).collect()
    }

    /// The rows of a session, as the shards have them.
    async fn rows_in(&self, key: u64) -> Vec<ByteBuf> {
        let answers = self.ask_sessions(SessionQuery::Rows { key }).await.into_iter();
        answers.filter_map(|answer| if let SessionAnswer::Rows(rows) = answer { Some(rows) } else { None }).collect()
    }

    async fn parts(&self, query: SessionQuery) -> Vec<Part> {
        let answers = self.ask_sessions(query).await.into_iter();
        answers.filter_map(|answer| if let SessionAnswer::Part(part) = answer { Some(part) } else { None }).collect()
    }

    async fn ask_sessions(&self, query: SessionQuery) -> Vec<SessionAnswer> {
        let asks = (0..self.0.workers).map(|worker| (worker, Query::OfSessions(query.clone()))).collect();
        self.ask_of_sessions(asks).await
    }

    async fn ask_lead(&self, query: SessionQuery) -> Option<SessionAnswer> {
        self.ask_of_sessions(vec![(0, Query::OfSessions(query))]).await.pop()
    }

    async fn ask_of_sessions(&self, asks: Vec<Ask>) -> Vec<SessionAnswer> {
        let of_sessions = |answer| if let Answer::OfSessions(answer) = answer { Some(answer) } else { None };
        self.ask(asks).await.into_iter().filter_map(of_sessions).collect()
    }
}

fn near_row(found: &FindingView, this: u64) -> Near {
    Near::Row {
        row: found.row.row,
        level: found.row.level,
        time: found.row.time,
        message: found.message.clone(),
        this: found.row.row == this,
    }
}
