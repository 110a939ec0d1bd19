//! The sessions of a shard, and their courses.

use rustc_hash::FxHashMap;

use super::deal::{self, DealtRow};
use crate::record::Level;
use crate::record::column::NO_TIME;

/// Different templates of a course; a session with more is judged by these.
pub const MAX_STEPS: usize = 256;
/// So many are looked for in a list.
const FEW_STEPS: usize = 16;
/// Stands for "no row is a problem" in [`Course::root`].
pub const NO_ROOT: u32 = u32::MAX;

/// What order and repetition make of a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Course {
    /// Template and number of rows, in order of first occurrence.
    pub steps: Vec<(u32, u32)>,
    /// Template of the last row.
    pub last: u32,
    /// Rows of level WARN and above.
    pub problems: u32,
    /// Rows of level ERROR and above.
    pub errors: u32,
    /// Template of the first row of level ERROR and above, or [`NO_ROOT`].
    pub root: u32,
}

impl Course {
    /// Templates with their number of rows, in order of first occurrence.
    pub fn of_templates(templates: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
        let mut steps: indexmap::IndexMap<u32, u32> = indexmap::IndexMap::new();
        for template in templates {
            if steps.len() < MAX_STEPS || steps.contains_key(&template) {
                *steps.entry(template).or_default() += 1;
            }
        }
        steps.into_iter().collect()
    }

    /// All rows.
    pub fn rows(&self) -> u64 {
        self.steps.iter().map(|(_, rows)| u64::from(*rows)).sum()
    }

    /// Whether a template occurs.
    pub fn has(&self, template: u32) -> bool {
        self.steps.iter().any(|step| step.0 == template)
    }
}

/// One session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Hash of its key.
    pub key: u64,
    /// Time of its first row in nanoseconds; its place where rows have no time.
    pub start: i64,
    /// The same of its last row.
    pub end: i64,
    /// Whether these are times.
    pub timed: bool,
    /// Place of its first row among the rows of all files.
    pub first: u64,
    /// Index of its course.
    pub course: u32,
}

/// The sessions that a shard has.
#[derive(Debug, Default)]
pub struct Store {
    /// As they came. One list of all would move whenever it outgrows its room.
    lists: Vec<Vec<Session>>,
    /// Each course and how many sessions have it.
    pub courses: Vec<(Course, u32)>,
    known: FxHashMap<Course, u32>,
}

impl Store {
    /// Takes the rows of whole sessions, in any order.
    pub fn take(&mut self, mut rows: Vec<DealtRow>) {
        deal::sort(&mut rows);
        self.take_whole(rows.chunk_by(|a, b| a.key == b.key));
    }

    /// Takes sessions, each with all its rows in order.
    pub fn take_whole<'a>(&mut self, sessions: impl Iterator<Item = &'a [DealtRow]>) {
        let mut list: Vec<Session> = sessions.filter_map(|rows| self.session(rows)).collect();
        list.shrink_to_fit();
        self.lists.push(list);
    }

    /// The session of these rows.
    fn session(&mut self, rows: &[DealtRow]) -> Option<Session> {
        let (first, last) = rows.first().zip(rows.last())?;
        let course = self.course(course_of(rows));
        let clock = |row: &DealtRow| if row.time == NO_TIME { row.place.cast_signed() } else { row.time };
        // Rows without a time come first; the session begins with the first that has one.
        let timed = &rows[rows.partition_point(|row| row.time == NO_TIME)..];
        let (start, end) = match (timed.first(), timed.last()) {
            (Some(from), Some(to)) => (clock(from), clock(to)),
            _ => (clock(first), clock(last)),
        };
        Some(Session { key: first.key, start, end, timed: !timed.is_empty(), first: first.place, course })
    }

    /// All sessions.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.lists.iter().flatten()
    }

    /// The course of a session that is here.
    pub fn course_of(&self, key: u64) -> Option<&Course> {
        let session = self.sessions().find(|session| session.key == key)?;
        self.courses.get(session.course as usize).map(|entry| &entry.0)
    }

    fn course(&mut self, course: Course) -> u32 {
        // Most sessions have one that is known.
        let index = self.known.get(&course).copied().unwrap_or_else(|| {
            let next = self.courses.len() as u32;
            self.known.insert(course.clone(), next);
            self.courses.push((course, 0));
            next
        });
        self.courses[index as usize].1 += 1;
        index
    }

    /// Forgets what is needed for taking only.
    pub fn finish(&mut self) {
        self.known = FxHashMap::default();
    }
}

/// The course of a session's rows, in order.
fn course_of(rows: &[DealtRow]) -> Course {
    let of_level = |level: Level| rows.iter().filter(move |row| row.level >= level as u8);
    Course {
        steps: steps_of(rows),
        last: rows.last().map_or(0, |row| row.template),
        problems: of_level(Level::Warn).count() as u32,
        errors: of_level(Level::Error).count() as u32,
        root: of_level(Level::Error).next().map_or(NO_ROOT, |row| row.template),
    }
}

/// Most sessions have a few steps only, for which looking through a list is quicker than a map.
fn steps_of(rows: &[DealtRow]) -> Vec<(u32, u32)> {
    let mut steps: Vec<(u32, u32)> = Vec::with_capacity(rows.len().min(FEW_STEPS));
    for row in rows {
        match steps.iter().position(|step| step.0 == row.template) {
            Some(place) => steps[place].1 += 1,
            None if steps.len() == FEW_STEPS => return Course::of_templates(rows.iter().map(|row| row.template)),
            None => steps.push((row.template, 1)),
        }
    }
    steps
}
