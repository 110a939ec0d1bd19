//! Which field means what.
//!
//! ```text
//! names and sampled values → candidates (name in a table, values that parse) → the best for each role, a field at most once
//! ```
//!
//! A whole name beats the end of a path, both beat a name of last resort; equals are told apart by coverage, then by the
//! table's order. What a person has chosen is taken as it is. A role that nothing fits stays empty.

pub mod correlation;
pub mod http;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::alias::{self, Key, Match};
use super::duration::DurationFormat;
use super::level::{Level, LevelScale};
use super::role::{Role, is_missing};
use super::time::{Completeness, TimeFormat};
use correlation::Tier;

/// Names of last resort rank behind those that are not; so do a clock without a date and a date without a clock.
const LAST: u8 = 3;
/// The alias of a field whose role a person chose.
pub const GIVEN: &str = "given";
/// A field that no name makes the session key has that role if no name gives it another.
const UNNAMED: u8 = u8::MAX;
/// A sample of more values than this can tell that a field never or always repeats.
const TELLING: usize = 50;

/// A field as seen in the sample.
#[derive(Clone, Copy, Debug)]
pub struct FieldSample<'a> {
    /// As the file has it; nested names joined by `.`.
    pub name: &'a str,
    /// The texts of its non-empty values (at most a few hundred), in the order of the records.
    pub values: &'a [&'a str],
    /// Sampled records, with a value or without.
    pub rows: usize,
    /// Share (0..=1) of its ids that other files have too.
    pub shared: f64,
}

/// The field (or fields) chosen for a role, how its values are read, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoleChoice {
    /// The role.
    pub role: Role,
    /// The field's name.
    pub field: String,
    /// For a time split in two columns, the date column (or the seconds to a column of nanoseconds): the time is the text
    /// `date + " " + field`.
    pub date_field: Option<String>,
    /// The name in the table that matched, or `given`.
    pub alias: String,
    /// Share (0..=1) of the sampled non-empty values that parse.
    pub parsed: f64,
    /// How the values are read.
    pub reading: Reading,
}

/// How the values of a field are read.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub enum Reading {
    /// As times.
    Time(TimeFormat),
    /// As levels.
    Level(LevelScale),
    /// As durations.
    Duration(DurationFormat),
    /// As they are.
    Text,
}

/// Chooses a field for each role that one fits, in the order of [`Role::ALL`].
///
/// `given`: the person's own choices, `None` = the role is to stay empty; the first of a role counts. A given field that the
/// sample has is taken even if its values parse badly; one that it lacks leaves the role to the tables.
pub fn assign_roles(fields: &[FieldSample<'_>], given: &[(Role, Option<String>)]) -> Vec<RoleChoice> {
    let sample = Sample::new(fields);
    let mut chosen: Vec<RoleChoice> = Vec::new();
    let (mut settled, mut taken) = (BTreeSet::new(), BTreeSet::new());
    for (role, name) in given {
        let field = name.as_deref().map(|name| fields.iter().position(|field| field.name == name));
        match field {
            _ if settled.contains(role) => {}
            None => {
                settled.insert(*role);
            }
            Some(Some(field)) => {
                let candidate = sample.given(*role, field);
                taken.extend([Some(field), candidate.date].into_iter().flatten());
                settled.insert(*role);
                chosen.push(sample.choice(&candidate));
            }
            Some(None) => {}
        }
    }
    let open = Role::ALL.into_iter().filter(|role| !settled.contains(role));
    let mut candidates: Vec<Candidate> = open.flat_map(|role| sample.candidates(role)).collect();
    candidates.sort_by_key(|candidate| candidate.order);
    for candidate in candidates {
        let is_free = !taken.contains(&candidate.field) && candidate.date.is_none_or(|date| !taken.contains(&date));
        if is_free && settled.insert(candidate.role) {
            taken.extend([Some(candidate.field), candidate.date].into_iter().flatten());
            chosen.push(sample.choice(&candidate));
        }
    }
    if !settled.contains(&Role::Instance)
        && let Some(instance) = sample.instance_by_name(&taken)
    {
        taken.insert(instance.field);
        chosen.push(sample.choice(&instance));
    }
    if !settled.contains(&Role::Service)
        && let Some(instance) = chosen.iter().find(|choice| choice.role == Role::Instance)
        && let Some(instance) = fields.iter().position(|field| field.name == instance.field)
        && let Some(service) = sample.service_of(instance, &taken)
    {
        chosen.push(sample.choice(&service));
    }
    chosen.sort_by_key(|choice| choice.role);
    chosen
}

struct Sample<'a> {
    fields: &'a [FieldSample<'a>],
    keys: Vec<Key>,
    /// All normalised names.
    names: BTreeSet<String>,
    /// All names as written.
    raw: Vec<&'a str>,
}

/// A field that could have a role.
struct Candidate {
    role: Role,
    field: usize,
    date: Option<usize>,
    alias: String,
    parsed: f64,
    reading: Reading,
    order: Order,
}

/// What decides between candidates; smaller is better. Fields in the order of their weight.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Order {
    rank: u8,
    role: Option<Role>,
    /// Quarters of the records that lack it.
    lacking: u8,
    /// Times that jump to and fro are less likely the event's.
    jumps: bool,
    in_table: u16,
    field: usize,
}

impl<'a> Sample<'a> {
    fn new(fields: &'a [FieldSample<'a>]) -> Self {
        let keys: Vec<Key> = fields.iter().map(|field| Key::new(field.name)).collect();
        let names = keys.iter().map(|key| key.name.clone()).collect();
        Self { fields, keys, names, raw: fields.iter().map(|field| field.name).collect() }
    }

    fn choice(&self, candidate: &Candidate) -> RoleChoice {
        RoleChoice {
            role: candidate.role,
            field: self.fields[candidate.field].name.to_owned(),
            date_field: candidate.date.map(|date| self.fields[date].name.to_owned()),
            alias: candidate.alias.clone(),
            parsed: candidate.parsed,
            reading: candidate.reading,
        }
    }

    /// A person's choice, whatever its values.
    fn given(&self, role: Role, field: usize) -> Candidate {
        let values = self.fields[field].values;
        let split = if role == Role::Time { self.split_time(field) } else { None };
        let (date, parsed, reading) = if let Some((date, format, parsed)) = split {
            (Some(date), parsed, Reading::Time(format))
        } else {
            let (reading, parsed) = self.read(role, field, values);
            (None, parsed, reading)
        };
        Candidate { role, field, date, alias: GIVEN.to_owned(), parsed, reading, order: Order::default() }
    }

    /// How the values read in a role, and the share that does.
    fn read(&self, role: Role, field: usize, values: &[&str]) -> (Reading, f64) {
        let name = self.fields[field].name;
        match role {
            Role::Time => {
                let (format, share) = TimeFormat::detect(values);
                (Reading::Time(format), share)
            }
            Role::Level => {
                let (scale, share) = LevelScale::detect(name, &self.raw, values);
                (Reading::Level(scale), share)
            }
            Role::Duration => {
                let (format, share, _) = DurationFormat::detect(name, &self.raw, values);
                (Reading::Duration(format), share)
            }
            Role::Message => (Reading::Text, share_of(values, |text| text.chars().any(char::is_alphabetic))),
            Role::Service => {
                (Reading::Text, share_of(values, |text| text.len() <= 200 && text.parse::<f64>().is_err()))
            }
            Role::Instance => (Reading::Text, share_of(values, |text| text.len() <= 200)),
            Role::Correlation => (Reading::Text, share_of(values, correlation::is_id)),
        }
    }

    fn candidates(&self, role: Role) -> Vec<Candidate> {
        let Some(lookup) = alias::lookup(role) else { return self.correlation_candidates() };
        let unnamed = matches!(role, Role::Time | Role::Level).then(|| self.unnamed_candidates(role));
        let matches = (0..self.fields.len())
            .filter_map(|field| lookup.find(&self.keys[field], &self.names).map(|found| (field, found)));
        let fitting = matches.filter(|(field, _)| !self.fields[*field].values.is_empty());
        fitting
            .filter_map(|(field, found)| match role {
                Role::Time => self.time_candidate(field, found),
                _ => self.plain_candidate(role, field, found),
            })
            .chain(unnamed.into_iter().flatten())
            .collect()
    }

    /// Fields whose values say that they are times or levels, whatever the name.
    fn unnamed_candidates(&self, role: Role) -> Vec<Candidate> {
        let telling = |field: &usize| {
            let values = self.fields[*field].values;
            let texts = || values.iter().filter(|text| !is_missing(text.as_bytes()));
            let is_text = texts().all(|text| text.parse::<f64>().is_err());
            match role {
                Role::Time => {
                    is_text && texts().all(|text| text.len() >= 14)
                        || values_tell(self.fields[*field]) && are_instants(values)
                }
                _ => is_text && texts().all(|text| text.len() > 2) && texts().any(|text| is_level_word(text)),
            }
        };
        let fields = (0..self.fields.len()).filter(|field| !self.fields[*field].values.is_empty()).filter(telling);
        let candidates = fields.filter_map(|field| {
            let (reading, parsed) = self.read(role, field, self.fields[field].values);
            let whole = match reading {
                Reading::Time(format) => {
                    completeness(format, self.fields[field].values) == Some(Completeness::Full)
                        && !jumps(format, self.fields[field].values)
                }
                _ => true,
            };
            let order = Order { rank: UNNAMED, role: Some(role), field, ..Order::default() };
            let alias = "by its values".to_owned();
            (parsed >= 0.98 && whole).then_some(Candidate { role, field, date: None, alias, parsed, reading, order })
        });
        candidates.collect()
    }

    fn order(&self, role: Role, field: usize, found: Match) -> Order {
        let FieldSample { values, rows, .. } = self.fields[field];
        let lacking = 3 - (values.len() * 4 / rows.max(values.len()).max(1)).min(3) as u8;
        Order { rank: found.rank, role: Some(role), lacking, jumps: false, in_table: found.order, field }
    }

    fn plain_candidate(&self, role: Role, field: usize, found: Match) -> Option<Candidate> {
        let values = self.fields[field].values;
        let (reading, parsed) = self.read(role, field, values);
        let needed = match role {
            Role::Message => 0.5,
            Role::Level if is_weak_level(found.alias) => 0.95,
            Role::Level | Role::Duration => 0.8,
            _ => 0.9,
        };
        let distinct = distinct(values);
        let fits = match role {
            // A letter alone is a level only where the name says so, and one level among others only if there are others.
            Role::Level => !is_weak_level(found.alias) || says_levels(reading, values),
            Role::Service => values.len() <= TELLING || distinct * 2 < values.len(),
            Role::Instance => values.len() <= TELLING || distinct < values.len(),
            _ => true,
        };
        let order = self.order(role, field, found);
        let alias = found.alias.to_owned();
        (fits && parsed >= needed).then_some(Candidate { role, field, date: None, alias, parsed, reading, order })
    }

    fn time_candidate(&self, field: usize, found: Match) -> Option<Candidate> {
        let role = Role::Time;
        let mut order = self.order(role, field, found);
        let alias = found.alias.to_owned();
        if let Some((field, seconds, format, parsed)) = self.split_instant(field) {
            let alias = format!("{alias} + {}", self.fields[field].name);
            let reading = Reading::Time(format);
            return Some(Candidate { role, field, date: Some(seconds), alias, parsed, reading, order });
        }
        if let Some((date, format, parsed)) = self.split_time(field) {
            let reading = Reading::Time(format);
            return Some(Candidate { role, field, date: Some(date), alias, parsed, reading, order });
        }
        let values = self.fields[field].values;
        let (format, parsed) = TimeFormat::detect(values);
        if parsed < 0.9 {
            return None;
        }
        if completeness(format, values) < Some(Completeness::NoYear) {
            order.rank += LAST;
        }
        order.jumps = jumps(format, values);
        Some(Candidate { role, field, date: None, alias, parsed, reading: Reading::Time(format), order })
    }

    /// The date column that a clock needs: its index, and how both read together.
    fn split_time(&self, field: usize) -> Option<(usize, TimeFormat, f64)> {
        const DATES: [&str; 5] = ["date", "log_date", "event_date", "date_utc", "date_local"];
        let values = self.fields[field].values;
        let (format, share) = TimeFormat::detect(values);
        if share >= 0.9 && completeness(format, values) > Some(Completeness::ClockOnly) {
            return None;
        }
        let mut dates =
            (0..self.fields.len()).filter(|date| *date != field && DATES.contains(&self.keys[*date].name.as_str()));
        dates.find_map(|date| self.joined(date, field).map(|(format, share)| (date, format, share)))
    }

    /// The column of nanoseconds to one of seconds: their indices, and how both read together.
    fn split_instant(&self, field: usize) -> Option<(usize, usize, TimeFormat, f64)> {
        let nanoseconds = match self.keys[field].name.as_str() {
            "timestamp_seconds" | "timestamp_second" => "timestamp_nanos",
            "instant_epoch_second" => "instant_nano_of_second",
            _ => return None,
        };
        let nanoseconds = self.keys.iter().position(|key| key.name == nanoseconds)?;
        self.joined(field, nanoseconds).map(|(format, share)| (nanoseconds, field, format, share))
    }

    fn joined(&self, date: usize, clock: usize) -> Option<(TimeFormat, f64)> {
        let pairs = self.fields[date].values.iter().zip(self.fields[clock].values);
        let texts: Vec<String> = pairs.map(|(date, clock)| format!("{} {}", date.trim(), clock.trim())).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (format, share) = TimeFormat::detect(&texts);
        (share >= 0.9 && completeness(format, &texts) >= Some(Completeness::NoYear)).then_some((format, share))
    }

    /// The field of instances that have the names of what another field says, and numbers: `[shop-2] shop.Cart`.
    fn instance_by_name(&self, taken: &BTreeSet<usize>) -> Option<Candidate> {
        let open = || (0..self.fields.len()).filter(|field| values_tell(self.fields[*field]) && !taken.contains(field));
        let found = open().find(|&field| {
            let values = self.fields[field].values;
            let numbered: BTreeSet<(&str, &str)> =
                values.iter().filter_map(|text| Some((stem(text)?, *text))).collect();
            let stems: BTreeSet<&str> = numbered.iter().map(|(stem, _)| *stem).collect();
            let says = |other: usize| {
                let others = self.fields[other].values;
                let is_of = |(other, text): &(&&str, &&str)| {
                    let said = |stem: &str| other.split(['.', ':', '/']).any(|part| is_name_of(part, stem));
                    stem(text).is_some_and(said)
                };
                let pairs = || others.iter().zip(values);
                let rows = pairs().filter(is_of).count();
                // Where some have names of their own, each says one and the same thing.
                let is_one = || pairs().collect::<BTreeSet<_>>().len() == distinct(values);
                others.len() == values.len() && (rows == values.len() || 2 * rows >= values.len() && is_one())
            };
            let several = stems.len() < numbered.len() && !stems.is_empty();
            // Ids of requests may be called so too, but they do not come again and again.
            let again = 2 * distinct(values) <= values.len();
            several && again && (0..self.fields.len()).any(|other| other != field && says(other))
        })?;
        let (reading, parsed) = self.read(Role::Instance, found, self.fields[found].values);
        let (alias, order) = ("by its values".to_owned(), Order::default());
        Some(Candidate { role: Role::Instance, field: found, date: None, alias, parsed, reading, order })
    }

    /// The field that parts instances into services, whatever its name: each instance has one of a few values.
    fn service_of(&self, instance: usize, taken: &BTreeSet<usize>) -> Option<Candidate> {
        let instances = self.fields[instance].values;
        let (role, all) = (Role::Service, distinct(instances));
        let parts = |field: &usize| {
            let FieldSample { values, .. } = self.fields[*field];
            let (services, pairs) = (distinct(values), values.iter().zip(instances).collect::<BTreeSet<_>>().len());
            let is_name = values.iter().all(|text| text.contains(char::is_alphabetic) && text.len() <= 64);
            values.len() == instances.len() && services > 1 && services * 3 <= all * 2 && pairs == all && is_name
        };
        let open = (0..self.fields.len()).filter(|field| !taken.contains(field) && values_tell(self.fields[*field]));
        let found = open.filter(parts).max_by_key(|&field| distinct(self.fields[field].values))?;
        let (reading, parsed) = self.read(role, found, self.fields[found].values);
        let (alias, order) = ("by its values".to_owned(), Order::default());
        Some(Candidate { role, field: found, date: None, alias, parsed, reading, order })
    }

    fn correlation_candidates(&self) -> Vec<Candidate> {
        let scored = correlation::candidates(self.fields);
        // The weak ones are offered to a person, not chosen.
        let strong = scored.into_iter().filter(|candidate| candidate.tier != Tier::Weak);
        let rank = |tier| if tier == Tier::Unnamed { UNNAMED } else { 0 };
        let candidates = strong.zip(0_u16..).map(|(candidate, place)| Candidate {
            role: Role::Correlation,
            field: candidate.index,
            date: None,
            alias: candidate.alias.to_owned(),
            parsed: candidate.parsed,
            reading: Reading::Text,
            // Scores are compared among themselves: their order is that of a table.
            order: Order {
                rank: rank(candidate.tier),
                role: Some(Role::Correlation),
                in_table: place,
                ..Order::default()
            },
        });
        candidates.collect()
    }
}

/// The least that the values that parse tell; `None` where none does.
fn completeness(format: TimeFormat, values: &[&str]) -> Option<Completeness> {
    values.iter().filter_map(|text| format.completeness(text.as_bytes())).min()
}

/// Whether numbers are moments, which their size alone does not say: of a year or so, between 2010 and 2040 in one unit or
/// another, and not one of each number, as what is counted.
fn are_instants(values: &[&str]) -> bool {
    let present = || values.iter().filter(|text| !is_missing(text.as_bytes()));
    let numbers: Vec<f64> = present().filter_map(|text| text.parse().ok()).collect();
    let steps: BTreeSet<i64> = numbers.windows(2).map(|pair| (pair[1] - pair[0]) as i64).collect();
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let most = numbers.iter().copied().fold(0.0, f64::max);
    let are_near = [1.0, 1e3, 1e6, 1e9].iter().any(|unit| least >= 1.26e9 * unit && most <= 2.21e9 * unit);
    numbers.len() == present().count() && are_near && most - least < least / 50.0 && steps.len() > 2
}

/// Whether the times neither rise nor fall, by and large.
fn jumps(format: TimeFormat, values: &[&str]) -> bool {
    let times: Vec<i64> = values.iter().filter_map(|text| format.parse(text.as_bytes())).collect();
    let pairs = times.len().saturating_sub(1);
    let rising = times.windows(2).filter(|pair| pair[0] <= pair[1]).count();
    let falling = times.windows(2).filter(|pair| pair[0] >= pair[1]).count();
    rising.max(falling) * 10 < pairs * 7
}

/// What stands before the number of an instance: `shop` of `shop-2`.
fn stem(text: &str) -> Option<&str> {
    let name = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = name.strip_suffix(['-', '_', '#'])?;
    (name.len() < text.len() && stem.contains(char::is_alphabetic)).then_some(stem)
}

fn distinct(values: &[&str]) -> usize {
    values.iter().collect::<BTreeSet<_>>().len()
}

/// Whether a name is another one, or what that is short for: `scheduler` of `sched`.
fn is_name_of(name: &str, short: &str) -> bool {
    let begins = name.get(..short.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(short));
    begins && (short.len() == name.len() || short.len() > 2)
}

/// Whether a sample is large enough to tell what depends on what.
fn values_tell(field: FieldSample<'_>) -> bool {
    field.values.len() > TELLING
}

/// Whether a text is a word that only levels are called, whatever else is there.
fn is_level_word(text: &str) -> bool {
    ["info", "warn", "warning", "error", "debug"].iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

/// Whether a name is that of levels in some logs, and of anything else in others.
fn is_weak_level(alias: &str) -> bool {
    matches!(alias, "type" | "status")
}

/// Whether values are levels by themselves: words that mean nothing else, or at least two different levels, and no letters.
fn says_levels(reading: Reading, values: &[&str]) -> bool {
    let Reading::Level(scale) = reading else { return false };
    let levels: BTreeSet<Level> = values.iter().map(|text| scale.parse(text.as_bytes())).collect();
    let known = levels.iter().filter(|level| **level > Level::Unknown).count();
    let is_number = |text: &&str| text.parse::<f64>().is_ok();
    let telling = known >= 2 || values.iter().all(|text| is_level_word(text));
    telling && values.iter().all(|text| text.len() > 2 || text.eq_ignore_ascii_case("ok") || is_number(text))
}

/// The share of the values, those that stand for "no value" left out, that fit.
fn share_of(values: &[&str], fits: impl Fn(&str) -> bool) -> f64 {
    let present = values.iter().filter(|text| !is_missing(text.as_bytes()));
    let (count, fitting) =
        present.fold((0_u32, 0_u32), |(count, fitting), text| (count + 1, fitting + u32::from(fits(text.trim()))));
    f64::from(fitting) / f64::from(count.max(1))
}

#[cfg(test)]
mod tests;
