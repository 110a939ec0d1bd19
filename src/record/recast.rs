//! Columns that are held → the same rows read another way, without their texts.
//!
//! ```text
//! two plans of the same files → for each new column, from which old one it comes, and how
//! ```
//!
//! It can be done where values tell what their texts were: a zone for times that name none, a unit for plain numbers, a
//! scale for numbers of levels, categories as session keys, and whatever is no longer kept. Applying it gives what reading
//! the files with the new plan would give, to the last bit; where that is not certain, [`Recast::fits`] says no.

use super::assign::correlation::clean_id;
use super::column::{Categories, Growing, NO_TIME};
use super::dataset::{FilePlan, LevelSource};
use super::duration::DurationUnit;
use super::origin::{LevelNumbers, Origin, gives_back, number_of};
use super::packed::{Ids, Numbers, Times};
use super::time::in_any_zone;
use super::{Column, Dataset, Kind, Level, LevelScale, Reading, Role, Segment, TextId};
use crate::common::hash::hash_bytes;
use crate::ingest::{IssueKind, MAX_FIELDS};

const MINUTE: i64 = 60_000_000_000;

/// How the columns of one plan become those of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Recast {
    /// By file and new column.
    ways: Vec<Vec<Way>>,
}

/// How a new column comes about.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// As an old one is.
    Same(usize),
    /// Times without a zone are so many nanoseconds later.
    Later(usize, i64),
    /// Numbers in one unit are in another.
    Unit(usize, [Option<DurationUnit>; 2]),
    /// Numbers of levels mean others; rows without any have this one.
    Scale(usize, LevelScale, Level),
    /// Texts become keys.
    Key(usize),
    /// The file has nothing for it.
    Missing(Kind, Level),
}

impl Recast {
    /// How to come from one plan to another of the same files; `None` where texts are needed.
    pub fn new(from: &Dataset, to: &Dataset) -> Option<Self> {
        // What does not fit into the columns is left out, and which fields those are depends on the roles.
        let full = from.columns.len() >= MAX_FIELDS || to.columns.len() >= MAX_FIELDS;
        if full || from.files.len() != to.files.len() {
            return None;
        }
        let files = from.files.iter().zip(&to.files);
        let ways: Option<Vec<Vec<Way>>> =
            files.map(|(before, after)| File { from, to, before, after }.ways()).collect();
        ways.map(|ways| Self { ways })
    }

    /// Whether a segment's values tell enough.
    pub fn fits(&self, segment: &Segment) -> bool {
        let Some(ways) = self.ways.get(segment.id.file as usize) else { return false };
        // A value that is no number was one problem of its record, as long as the column is read so.
        let stays = |(column, lost): (usize, &bool)| {
            !lost || ways.iter().any(|way| matches!(way, Way::Same(c) if *c == column))
        };
        let told = segment.issues.iter().any(|issue| matches!(issue.kind, IssueKind::NotANumber | IssueKind::Infinite));
        if told && !segment.origin.lost.iter().enumerate().all(stays) {
            return false;
        }
        ways.iter().all(|way| match *way {
            Way::Same(_) | Way::Missing(..) => true,
            Way::Later(column, _) => match segment.columns.get(column) {
                Some(Column::Time(times)) => {
                    let zones = segment.origin.zones;
                    // A time near the first and the last that there are may be none in another zone, or be one.
                    let inside = || times.iter().all(|time| time == NO_TIME || in_any_zone(time));
                    !zones.missing || !zones.named && !zones.unread && inside()
                }
                _ => false,
            },
            Way::Unit(column, _) => segment.origin.lost.get(column) == Some(&false),
            Way::Scale(..) => !segment.origin.levels.lost,
            Way::Key(column) => match segment.columns.get(column) {
                // A text that may have been cut is no key.
                Some(Column::Category(texts)) => !texts.overflowed && !texts.may_be_cut(),
                _ => false,
            },
        })
    }

    /// Gives a segment its new columns. What came of the old ones (scores) is for the caller to forget.
    pub fn apply(&self, segment: &mut Segment) {
        let Some(ways) = self.ways.get(segment.id.file as usize) else { return };
        let rows = segment.rows();
        let mut old: Vec<Column> = std::mem::take(&mut segment.columns);
        let Origin { zones, lost, mut levels } = std::mem::take(&mut segment.origin);
        let mut origin = Origin::new(ways.len());
        let mut take =
            |column: usize| old.get_mut(column).map_or(Column::Unkept, |old| std::mem::replace(old, Column::Unkept));
        for (place, way) in ways.iter().enumerate() {
            let column = match *way {
                Way::Same(column) => {
                    origin.lost[place] = lost.get(column) == Some(&true);
                    take(column)
                }
                Way::Later(column, by) => later(take(column), if zones.missing { by } else { 0 }),
                Way::Unit(column, units) => {
                    let (column, is_lost) = in_unit(take(column), units);
                    origin.lost[place] = is_lost;
                    column
                }
                Way::Scale(column, scale, absent) => scaled(take(column), &levels, scale, absent),
                Way::Key(column) => keys(&take(column)),
                Way::Missing(kind, absent) => missing(kind, absent, rows),
            };
            match (&column, way) {
                (_, Way::Missing(..)) => {}
                (Column::Time(_), _) => origin.zones = zones,
                (Column::Level(_), _) => origin.levels = std::mem::take(&mut levels),
                _ => {}
            }
            segment.columns.push(column);
        }
        segment.origin = origin;
    }
}

/// One file under both plans.
struct File<'a> {
    from: &'a Dataset,
    to: &'a Dataset,
    before: &'a FilePlan,
    after: &'a FilePlan,
}

impl File<'_> {
    fn ways(&self) -> Option<Vec<Way>> {
        let Self { before, after, .. } = self;
        let same = before.layout == after.layout
            && (before.data_start, &before.names) == (after.data_start, &after.names)
            && before.absent_level == after.absent_level
            && before.text_duration == after.text_duration;
        if !same || Self::message(self.from, before) != Self::message(self.to, after) {
            return None;
        }
        (0..self.to.columns.len()).map(|column| self.way(column)).collect()
    }

    /// The field that fills a column, and how it is read.
    fn field(plan: &FilePlan, column: usize) -> Option<(u32, Reading)> {
        plan.fields.iter().find(|field| field.1 as usize == column).map(|field| (field.0, field.2))
    }

    /// The name of the field that fills a column.
    fn name(plan: &FilePlan, column: u32) -> Option<&str> {
        let (field, _) = Self::field(plan, column as usize)?;
        plan.names.get(field as usize).map(String::as_str)
    }

    /// What messages are made of.
    fn message<'b>(dataset: &Dataset, plan: &'b FilePlan) -> [Option<&'b str>; 4] {
        let field = dataset.role(Role::Message).and_then(|column| Self::name(plan, column as u32));
        let [method, path, status] = plan.request.map_or([None; 3], |parts| parts.map(|part| Self::name(plan, part)));
        [field, method, path, status]
    }

    /// What levels are made of where no field has them: which kind of source, and its field.
    fn level(plan: &FilePlan) -> Option<(u8, Option<&str>)> {
        plan.level.map(|source| match source {
            LevelSource::Status(column) => (0, Self::name(plan, column)),
            LevelSource::Error(column) => (1, Self::name(plan, column)),
            LevelSource::Message(column) => (2, Self::name(plan, column)),
        })
    }

    /// Where keys are found: fields, and how keys are written there.
    fn keys(plan: &FilePlan) -> Vec<(Option<&str>, Option<&TextId>)> {
        plan.keys.iter().map(|source| (Self::name(plan, source.column), source.id.as_ref())).collect()
    }

    fn way(&self, place: usize) -> Option<Way> {
        let spec = &self.to.columns[place];
        let missing = Way::Missing(spec.kind, self.after.absent_level);
        if matches!(Growing::new(spec.kind), Growing::Unkept) {
            return Some(missing);
        }
        if spec.role == Some(Role::Correlation) && !(self.before.keys.is_empty() && self.after.keys.is_empty()) {
            let old = self.from.role(Role::Correlation);
            let field = |plan, column| Self::field(plan, column).map(|found| found.0);
            let own = old.and_then(|column| field(self.before, column));
            if !self.after.keys.is_empty() || own.is_some() && own == field(self.after, place) {
                // Keys of several sources are in one column: it is as it was, or has to be read.
                return old.filter(|_| Self::keys(self.before) == Self::keys(self.after)).map(Way::Same);
            }
        }
        let Some((field, reading)) = Self::field(self.after, place) else {
            let old = spec.role.and_then(|role| self.from.role(role));
            let unfilled = old.filter(|column| Self::field(self.before, *column).is_none());
            return match spec.role {
                // All that messages are made of is the same.
                Some(Role::Message) => Some(old.map_or(missing, Way::Same)),
                Some(Role::Level) if self.after.level.is_some() => {
                    let same = Self::level(self.before) == Self::level(self.after);
                    unfilled.filter(|_| same).map(Way::Same)
                }
                _ => Some(missing),
            };
        };
        let (_, column, before) = *self.before.fields.iter().find(|before| before.0 == field)?;
        let column = column as usize;
        let kinds = (self.from.columns.get(column)?.kind, spec.kind);
        let dates = || {
            self.before.date.map(|date| Self::name(self.before, date))
                == self.after.date.map(|date| Self::name(self.after, date))
        };
        match (kinds, before, reading) {
            ((Kind::Time, Kind::Time), Reading::Time(old), Reading::Time(new)) if dates() => {
                let shifted = super::TimeFormat { offset_minutes: new.offset_minutes, ..old };
                // East is earlier.
                let by = i64::from(old.offset_minutes - new.offset_minutes) * MINUTE;
                (shifted == new).then_some(if by == 0 { Way::Same(column) } else { Way::Later(column, by) })
            }
            ((Kind::Level, Kind::Level), Reading::Level(old), Reading::Level(new)) => {
                Some(if old == new { Way::Same(column) } else { Way::Scale(column, new, self.after.absent_level) })
            }
            ((Kind::Number, Kind::Number), old, new) => {
                let unit = |reading| match reading {
                    Reading::Duration(format) => Some(format.unit),
                    _ => None,
                };
                let units = [unit(old), unit(new)];
                Some(if units[0] == units[1] { Way::Same(column) } else { Way::Unit(column, units) })
            }
            ((Kind::Category, Kind::Category) | (Kind::Id, Kind::Id) | (Kind::Message, Kind::Message), ..) => {
                Some(Way::Same(column))
            }
            ((Kind::Category, Kind::Id), ..) => Some(Way::Key(column)),
            _ => None,
        }
    }
}

fn later(column: Column, by: i64) -> Column {
    match column {
        Column::Time(times) => {
            let times: Vec<i64> = times.iter().map(|time| if time == NO_TIME { time } else { time + by }).collect();
            Column::Time(Times::pack(&times))
        }
        other => other,
    }
}

/// The numbers in another unit, and whether some would not come back from it.
fn in_unit(column: Column, [from, to]: [Option<DurationUnit>; 2]) -> (Column, bool) {
    let Column::Number(values) = column else { return (column, true) };
    let mut is_lost = false;
    let values = values.iter().map(|value| {
        if value.is_nan() {
            return value;
        }
        let number = number_of(value, from);
        is_lost |= !gives_back(number, to);
        to.map_or(number, |unit| unit.to_milliseconds(number))
    });
    let values: Vec<f64> = values.collect();
    (Column::Number(Numbers::pack(&values)), is_lost)
}

fn scaled(column: Column, numbers: &LevelNumbers, scale: LevelScale, absent: Level) -> Column {
    let Column::Level(mut levels) = column else { return column };
    for (row, level) in levels.iter_mut().enumerate() {
        if let Some(number) = numbers.of(row) {
            let read = scale.of_number(number);
            *level = if read == Level::Unknown { absent } else { read } as u8;
        }
    }
    Column::Level(levels)
}

fn keys(column: &Column) -> Column {
    let Column::Category(Categories { codes, values, .. }) = column else { return Column::Unkept };
    let hashes: Vec<u64> = values.iter().map(|text| hash_id(text.as_bytes())).collect();
    let key = |code: &u16| (*code as usize).checked_sub(1).and_then(|place| hashes.get(place)).copied().unwrap_or(0);
    Column::Id(Ids::pack(&codes.iter().map(key).collect::<Vec<_>>()))
}

fn missing(kind: Kind, absent: Level, rows: usize) -> Column {
    let mut column = Growing::new(kind);
    match &mut column {
        Growing::Unkept | Growing::Shape(_) => {}
        Growing::Time(times) => times.resize(rows, NO_TIME),
        Growing::Level(levels) => levels.resize(rows, absent as u8),
        Growing::Number(values) => values.resize(rows, f64::NAN),
        Growing::Category(texts) => (0..rows).for_each(|_| texts.push(None)),
        Growing::Id(keys) => keys.resize(rows, 0),
    }
    column.harvest()
}

/// Hash of the id in a text, whatever it is wrapped in; never 0, which is "none".
pub fn hash_id(text: &[u8]) -> u64 {
    clean_id(text).map_or(0, |id| hash_bytes(&id).max(1))
}
