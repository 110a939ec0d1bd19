//! The columns of all files, fixed before the first row is parsed.
//!
//! Each file is sampled and detected on its own; the dataset joins what they found. Fields with the same role, or without a
//! role but with the same name, share a column. A file that lacks a column has missing values in it.

use serde::{Deserialize, Serialize};

use super::assign::GIVEN;
use super::assign::correlation::{ITS_ROWS, KeyFit, Tier, candidates};
use super::assign::http::{HttpFields, http_fields};
use super::mapping::Mapping;
use super::shared::{self, Holders};
use super::time::Completeness;
use super::{DurationUnit, FieldSample, Kind, Level, Reading, Role, RoleChoice, TextId, assign_roles, text_duration};
use crate::ingest::sniff::Field;
use crate::ingest::{Detection, Layout, MAX_FIELDS};

/// A key that this share of the records have is in all of them, but for some that were logged apart.
const WHOLE: f64 = 0.98;
/// Most session keys of a record.
const MOST_KEYS: usize = 4;
/// Most texts of a file that are searched for a session key.
const MOST_TEXTS: usize = 8;
/// Most fields of a file that hardly any record has and that get a column with values.
const MOST_RARE: usize = 32;
/// The alias of a level or message that no field gives.
pub const DERIVED: &str = "derived";

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnSpec {
    /// The field's name in the first file that has it.
    pub name: String,
    /// What it means.
    pub role: Option<Role>,
    /// What its values are.
    pub kind: Kind,
    /// Why it has its role: the alias that matched, or `given`.
    pub alias: String,
    /// Share of its sampled values that parse, 0..=1.
    pub parsed: f64,
    /// How its values are read (files may differ; this is the first file's).
    pub reading: Reading,
    /// Share of sampled records that have it, 0..=1.
    pub coverage: f64,
    /// A sampled value.
    pub example: String,
    /// How good a session key it is, if it can be one.
    pub key: Option<KeyFit>,
    /// Whether files have different fields for it.
    pub several: bool,
    /// The column of a saved model that a person says it is, where that is called otherwise.
    pub stands_for: Option<String>,
    /// Files whose times may be other than they are read.
    pub in_doubt: Vec<(u32, TimeDoubt)>,
}

/// Why the times of a file may be other than they are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimeDoubt {
    /// Nothing tells the day from the month, in times like this one.
    Day(String),
    /// They have no date, and begin anew: rows of different days are put on one.
    Midnight,
}

impl ColumnSpec {
    /// The unit of durations without one, as rows show them and searches mean them: that of the file that gave the column its
    /// name.
    pub fn unit(&self) -> Option<DurationUnit> {
        if let Reading::Duration(format) = self.reading { Some(format.unit) } else { None }
    }
}

/// How one file's records become rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilePlan {
    /// How records are written, and what is written within them.
    pub layout: Layout,
    /// Where the first record begins: behind a byte order mark and a header.
    pub data_start: u64,
    /// All field names in order; positions matter for CSV.
    pub names: Vec<String>,
    /// Index into `names`, column of the dataset, and how the values are read.
    pub fields: Vec<(u32, u32, Reading)>,
    /// Column of the date that belongs to a time of day in the time column.
    pub date: Option<u32>,
    /// Where the level comes from in a file that has no field for it.
    pub level: Option<LevelSource>,
    /// The level of a row that has none, where the logger means one by saying nothing.
    pub absent_level: Level,
    /// Columns of method, path and status that make a message in a file that has no field for it.
    pub request: Option<[u32; 3]>,
    /// Where session keys are found, where it takes more than the field that has that role. A row's first one counts; the
    /// others that it has are of the same session.
    pub keys: Vec<KeySource>,
    /// Whether durations are taken from the messages, in a file that has no field for them.
    pub text_duration: bool,
}

/// Where a session key is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySource {
    /// The column.
    pub column: u32,
    /// How it is written in the column's text; `None` where it is all of the text.
    pub id: Option<TextId>,
}

impl KeySource {
    /// The key in the column's text.
    pub fn find<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        match &self.id {
            Some(id) => id.find(text),
            None => Some(text),
        }
    }
}

/// What stands in for a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LevelSource {
    /// The column of a request's status: 500 and above are errors, 400 to 499 warnings.
    Status(u32),
    /// The column of an error: what has one is an error.
    Error(u32),
    /// The column of the message: `[error]`, `ERROR:` and their like.
    Message(u32),
}

/// The columns, and how each file fills them.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Dataset {
    /// Columns: those with a role first, in the order of [`Role::ALL`], then the others in the files' order.
    pub columns: Vec<ColumnSpec>,
    /// One plan per file.
    pub files: Vec<FilePlan>,
}

impl Dataset {
    /// Joins the detections of all files. `mapping`: what the person says of them.
    pub fn plan(detections: &[Detection], mapping: &Mapping) -> Self {
        let given = &mapping.roles;
        let holders = Holders::of(detections);
        let detections = &*shared::mark(detections, &holders);
        let mut dataset = Self::default();
        let mut choices: Vec<Vec<RoleChoice>> = detections.iter().map(|detection| choose(detection, mapping)).collect();
        let is_open = |role| !given.iter().any(|(given, _)| *given == role);
        let keys: Vec<Option<TextKey>> = detections
            .iter()
            .zip(&mut choices)
            .zip(0..)
            // Choosing takes the field's own choice away, so it isn't done where the person has chosen.
            .map(|((detection, choices), file)| {
                is_open(Role::Correlation).then(|| TextKey::choose(detection, choices, (&holders, file))).flatten()
            })
            .collect();
        // Roles first, so that a person finds them first.
        for role in Role::ALL {
            for (detection, choices) in detections.iter().zip(&choices) {
                if let Some(choice) = choices.iter().find(|choice| choice.role == role) {
                    dataset.add_role(detection, choice);
                }
            }
            if role == Role::Level && is_open(role) {
                dataset.add_derived_level(detections, &choices);
            }
            if role == Role::Correlation
                && is_open(role)
                && dataset.role(role).is_none()
                && keys.iter().any(Option::is_some)
            {
                dataset.add_derived(role);
            }
            let requests = || detections.iter().any(|detection| is_of_requests(&requests(detection)));
            if role == Role::Message && dataset.role(role).is_none() && is_open(role) && requests() {
                dataset.add_derived(Role::Message);
            }
        }
        for (detection, choices) in detections.iter().zip(&choices) {
            let too_rare = too_rare(detection);
            for (index, field) in detection.fields.iter().enumerate() {
                if dataset.columns.len() == MAX_FIELDS {
                    break;
                }
                if !choices.iter().any(|choice| choice.field == field.name) {
                    let is_date = choices.iter().any(|choice| choice.date_field.as_ref() == Some(&field.name));
                    let coverage = field.coverage(detection.sampled);
                    let kind = match Kind::of_field(field) {
                        _ if is_date => Kind::Date,
                        _ if too_rare.is_some_and(|most| coverage <= most) => Kind::Text,
                        // That a row has it is rare, whatever it says.
                        Kind::Text if is_rare(detection, coverage) && !field.values.is_empty() => Kind::Category,
                        kind => kind,
                    };
                    dataset.add_field(detection, index, kind);
                }
            }
        }
        if let Some(column) = dataset.role(Role::Time) {
            let files = (0..).zip(detections.iter().zip(&choices));
            let in_doubt = files.filter_map(|(file, (detection, choices))| {
                Some((file, in_doubt(detection, choices, mapping.day_first.is_some())?))
            });
            dataset.columns[column].in_doubt = in_doubt.collect();
        }
        let files = || detections.iter().zip(&choices).zip(&keys);
        for ((detection, choices), key) in files() {
            dataset.judge_keys(detection, choices, key.as_ref());
        }
        dataset.files =
            files().map(|((detection, choices), key)| dataset.plan_file(detection, choices, key.as_ref())).collect();
        dataset
    }

    /// The column of a role.
    pub fn role(&self, role: Role) -> Option<usize> {
        self.columns.iter().position(|column| column.role == Some(role))
    }

    /// The column of a field without a role.
    fn plain(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.role.is_none() && column.name == name)
    }

    fn add_role(&mut self, detection: &Detection, choice: &RoleChoice) {
        let field = detection.fields.iter().find(|field| field.name == choice.field);
        let example = field.and_then(|field| field.values.first()).cloned().unwrap_or_default();
        let coverage = field.map_or(0.0, |field| field.coverage(detection.sampled));
        if let Some(column) = self.columns.iter_mut().find(|column| column.role == Some(choice.role)) {
            column.coverage = column.coverage.max(coverage);
            column.several |= column.name != choice.field;
            if choice.alias == GIVEN {
                column.alias.clone_from(&choice.alias);
            }
            return;
        }
        let kind = Kind::of_role(choice.role);
        self.columns.push(ColumnSpec {
            name: choice.field.clone(),
            role: Some(choice.role),
            kind,
            alias: choice.alias.clone(),
            parsed: choice.parsed,
            reading: choice.reading,
            coverage,
            example,
            key: None,
            several: false,
            stands_for: None,
            in_doubt: Vec::new(),
        });
    }

    /// A level for files without one, if any has a message to take it from.
    fn add_derived_level(&mut self, detections: &[Detection], choices: &[Vec<RoleChoice>]) {
        let has = |role| choices.iter().flatten().any(|choice| choice.role == role);
        let tells = |detection| requests(detection).status.is_some() || error_field(detection).is_some();
        if !has(Role::Level) && (has(Role::Message) || detections.iter().any(tells)) {
            self.add_derived(Role::Level);
        }
    }

    fn add_derived(&mut self, role: Role) {
        self.columns.push(ColumnSpec {
            name: role.name().into(),
            role: Some(role),
            kind: Kind::of_role(role),
            alias: DERIVED.into(),
            parsed: 1.0,
            reading: Reading::Text,
            coverage: 0.0,
            example: String::new(),
            key: None,
            several: false,
            stands_for: None,
            in_doubt: Vec::new(),
        });
    }

    fn add_field(&mut self, detection: &Detection, index: usize, kind: Kind) {
        let field = &detection.fields[index];
        if let Some(column) = self.columns.iter_mut().find(|column| column.role.is_none() && column.name == field.name)
        {
            // Files that disagree about a field: texts can hold numbers, not the other way round.
            if column.kind != kind {
                let text = column.kind == Kind::Text || kind == Kind::Text;
                column.kind = if text { Kind::Text } else { Kind::Category };
            }
            return;
        }
        self.columns.push(ColumnSpec {
            name: field.name.clone(),
            role: None,
            kind,
            alias: String::new(),
            parsed: 1.0,
            reading: Reading::Text,
            coverage: field.coverage(detection.sampled),
            example: field.values.first().cloned().unwrap_or_default(),
            key: None,
            several: false,
            stands_for: None,
            in_doubt: Vec::new(),
        });
    }

    /// Says of each column how good a session key it is in a file; of several files the best counts.
    fn judge_keys(&mut self, detection: &Detection, choices: &[RoleChoice], key: Option<&TextKey>) {
        let mut found: Vec<(usize, KeyFit, Option<String>)> = Vec::new();
        for candidate in candidates(&samples(detection, &texts(detection))) {
            let role = choices.iter().find(|choice| choice.field == candidate.field).map(|choice| choice.role);
            let column = role.map_or_else(|| self.plain(candidate.field), |role| self.role(role));
            // Values are sampled, records are counted.
            let covered = detection.fields.get(candidate.index).map(|field| field.coverage(detection.sampled));
            let fit = candidate.fit;
            let fit = KeyFit::new(covered.unwrap_or(fit.coverage) * candidate.parsed, fit.grouped, fit.weight);
            found.extend(column.map(|column| (column, fit, None)));
        }
        if let (Some(column), Some(key)) = (self.role(Role::Correlation), key) {
            let ids = key.ids.iter().map(TextId::describe).collect::<Vec<_>>();
            found.push((column, key.fit, Some(ids.join(", "))));
        }
        for (column, fit, derived) in found {
            let column = &mut self.columns[column];
            if column.key.is_none_or(|known| known.score < fit.score) {
                column.key = Some(fit);
                if let Some(text) = derived.filter(|_| column.alias == DERIVED) {
                    column.example = text;
                }
            }
        }
    }

    fn plan_file(&self, detection: &Detection, choices: &[RoleChoice], key: Option<&TextKey>) -> FilePlan {
        let mut fields = Vec::new();
        for (position, field) in detection.fields.iter().enumerate() {
            let choice = choices.iter().find(|choice| choice.field == field.name);
            let column = match choice {
                Some(choice) => self.role(choice.role),
                None => self.plain(&field.name),
            };
            if let Some(column) = column {
                let reading = choice.map_or(Reading::Text, |choice| choice.reading);
                fields.push((position as u32, column as u32, reading));
            }
        }
        let date = choices.iter().find_map(|choice| choice.date_field.as_deref()).and_then(|name| self.plain(name));
        let has_level = choices.iter().any(|choice| choice.role == Role::Level);
        let level = self.role(Role::Level).filter(|_| !has_level).and_then(|_| {
            let status = requests(detection).status.as_deref().and_then(|name| self.plain(name));
            let error = error_field(detection).and_then(|name| self.plain(name));
            let message = self.role(Role::Message);
            let sources = [
                status.map(|column| LevelSource::Status(column as u32)),
                error.map(|column| LevelSource::Error(column as u32)),
                message.map(|column| LevelSource::Message(column as u32)),
            ];
            sources.into_iter().flatten().next()
        });
        FilePlan {
            level,
            absent_level: absent_level(detection),
            layout: detection.layout.clone(),
            data_start: detection.data_start,
            names: detection.fields.iter().map(|field| field.name.clone()).collect(),
            fields,
            date: date.map(|date| date as u32),
            request: self.request(detection, choices),
            text_duration: text_duration(detection, choices),
            keys: self.key_sources(detection, choices, key),
        }
    }

    fn key_sources(&self, detection: &Detection, choices: &[RoleChoice], key: Option<&TextKey>) -> Vec<KeySource> {
        let Some(column) = self.role(Role::Correlation) else { return Vec::new() };
        if let Some(key) = key {
            let choice = choices.iter().find(|choice| choice.field == key.field);
            let text = choice.map_or_else(|| self.plain(&key.field), |choice| self.role(choice.role));
            let source = |id: &TextId| Some(KeySource { column: text? as u32, id: Some(id.clone()) });
            return key.ids.iter().filter_map(source).collect();
        }
        let Some(choice) = choices.iter().find(|choice| choice.role == Role::Correlation) else { return Vec::new() };
        let covers = |field: &&Field| field.name == choice.field && field.coverage(detection.sampled) < WHOLE;
        // Other files may have other keys for the same sessions.
        let elsewhere = self.columns[column].name != choice.field || self.columns[column].several;
        if choice.alias == GIVEN || !elsewhere && !detection.fields.iter().any(|field| covers(&field)) {
            return Vec::new();
        }
        let texts = texts(detection);
        let found = candidates(&samples(detection, &texts));
        let others = found.iter().filter(|other| other.tier < Tier::Unnamed && other.field != choice.field);
        let others = others.filter_map(|other| self.plain(other.field));
        let mut sources: Vec<KeySource> =
            std::iter::once(column).chain(others).map(|column| KeySource { column: column as u32, id: None }).collect();
        sources.truncate(if sources.len() > 1 { MOST_KEYS } else { 0 });
        sources
    }

    fn request(&self, detection: &Detection, choices: &[RoleChoice]) -> Option<[u32; 3]> {
        self.role(Role::Message)?;
        if choices.iter().any(|choice| choice.role == Role::Message) {
            return None;
        }
        let HttpFields { method, path, status } = requests(detection);
        let column = |name: Option<String>| self.plain(&name?).map(|column| column as u32);
        Some([column(method)?, column(path)?, column(status)?])
    }
}

/// What the sample leaves open of the times; `days_told`: not which of two numbers is the day.
fn in_doubt(detection: &Detection, choices: &[RoleChoice], days_told: bool) -> Option<TimeDoubt> {
    let choice = choices.iter().find(|choice| choice.role == Role::Time)?;
    let Reading::Time(format) = choice.reading else { return None };
    let is_of_time = |field: &&Field| field.name == choice.field || choice.date_field.as_ref() == Some(&field.name);
    let mut fields = detection.fields.iter().filter(is_of_time);
    if choice.date_field.is_none() && fields.clone().any(|field| format.passes_midnight(&field.values)) {
        return Some(TimeDoubt::Midnight);
    }
    fields
        .find_map(|field| format.in_doubt(&field.values))
        .filter(|_| !days_told)
        .map(|text| TimeDoubt::Day(text.into()))
}

/// The roles of one file's fields.
fn choose(detection: &Detection, mapping: &Mapping) -> Vec<RoleChoice> {
    let given = &mapping.roles;
    let texts = texts(detection);
    let mut fields = samples(detection, &texts);
    // A text that is a record of its own is a message at best, and only where there is none within it.
    let is_wrapper = |name: &str| detection.layout.payloads.iter().any(|payload| payload.field == name);
    // What no sampled record has is nothing that a role could be built on, unless a person says so.
    let is_given = |name: &str| given.iter().any(|(_, given)| given.as_deref() == Some(name));
    for (sample, field) in fields.iter_mut().zip(&detection.fields) {
        if field.present == 0 && !is_given(&field.name) {
            sample.values = &[];
        }
    }
    let all = fields.clone();
    for field in fields.iter_mut().filter(|field| is_wrapper(field.name)) {
        field.values = &[];
    }
    let mut choices = assign_roles(&fields, given);
    if !choices.iter().any(|choice| choice.role == Role::Message) {
        choices = assign_roles(&all, given);
    }
    for choice in &mut choices {
        if let Reading::Time(format) = &mut choice.reading {
            let field = detection.fields.iter().find(|field| field.name == choice.field);
            let values = field.map(|field| field.values.as_slice()).unwrap_or_default();
            let last = values.iter().rev().find(|text| format.completeness(text.as_bytes()).is_some());
            if let Some(last) = last
                && format.completeness(last.as_bytes()) == Some(Completeness::NoYear)
            {
                *format = format.with_year_of(last.as_bytes(), detection.modified);
            }
        }
        mapping.correct(choice);
    }
    choices
}

/// Sampled messages of a file without a field for a role.
fn messages_without<'a>(role: Role, detection: &'a Detection, choices: &[RoleChoice]) -> Option<&'a [String]> {
    let choice = |role| choices.iter().find(|choice| choice.role == role);
    if choice(role).is_some() {
        return None;
    }
    let message = &choice(Role::Message)?.field;
    Some(&detection.fields.iter().find(|field| field.name == *message)?.values)
}

/// How a file without a field for it writes the session key in a text.
struct TextKey {
    field: String,
    /// The best, and those that go with it.
    ids: Vec<TextId>,
    fit: KeyFit,
}

impl TextKey {
    /// The best way of writing in the messages and in other texts of several words. A field that only its rows make the
    /// session key gives way to a better one.
    fn choose(detection: &Detection, choices: &mut Vec<RoleChoice>, others: (&Holders, u32)) -> Option<Self> {
        let chosen = choices.iter().position(|choice| choice.role == Role::Correlation);
        if chosen.is_some_and(|at| choices[at].alias != ITS_ROWS) {
            return None;
        }
        let role = |name: &str| choices.iter().find(|choice| choice.field == name).map(|choice| choice.role);
        let is_text = |name: &str, values: &[String]| match role(name) {
            Some(Role::Message) => true,
            Some(_) => false,
            None => values.iter().filter(|text| text.contains([' ', '='])).count() * 2 > values.len(),
        };
        let spoken = detection.fields.iter().filter(|field| is_text(&field.name, &field.values));
        let found = spoken.take(MOST_TEXTS).filter_map(|field| {
            let values: Vec<&str> = field.values.iter().map(String::as_str).collect();
            let (ids, fit) = TextId::choose(&values, others)?;
            let fit = KeyFit::new(fit.coverage * field.coverage(detection.sampled), fit.grouped, fit.weight);
            Some(Self { field: field.name.clone(), ids, fit })
        });
        let best = found.reduce(|best, next| if next.fit.score > best.fit.score { next } else { best })?;
        if let Some(at) = chosen {
            let texts = texts(detection);
            let known = candidates(&samples(detection, &texts));
            let known = known.iter().find(|candidate| candidate.field == choices[at].field);
            if known.is_some_and(|known| known.fit.score >= best.fit.score) {
                return None;
            }
            choices.remove(at);
        }
        Some(best)
    }
}

/// Whether durations are taken from a file's messages.
fn text_duration(detection: &Detection, choices: &[RoleChoice]) -> bool {
    messages_without(Role::Duration, detection, choices).is_some_and(text_duration::tells)
}

/// Whether hardly any record has what has this coverage, 0..=1.
fn is_rare(detection: &Detection, coverage: f64) -> bool {
    detection.sampled >= 200 && coverage < 0.01
}

/// The most coverage (0..=1) of fields that get no column with values. Of fields that hardly any record has, a burst of
/// errors brings a few; where there are many, data was used as keys, and only those that are more frequent than the rest
/// get values.
fn too_rare(detection: &Detection) -> Option<f64> {
    let shares = detection.fields.iter().map(|field| field.coverage(detection.sampled));
    let mut rare: Vec<f64> = shares.filter(|coverage| is_rare(detection, *coverage)).collect();
    rare.sort_by(|a, b| b.total_cmp(a));
    rare.get(MOST_RARE).copied()
}

/// The level that a logger means by saying nothing. Serilog's compact form leaves `@l` out where it is Information.
fn absent_level(detection: &Detection) -> Level {
    let has = |name: &str| detection.fields.iter().any(|field| field.name == name);
    if has("@t") && (has("@m") || has("@mt")) { Level::Info } else { Level::Unknown }
}

/// The field that only errors have. A file in which every row has one says nothing by it.
fn error_field(detection: &Detection) -> Option<&str> {
    const NAMES: [&str; 8] = [
        "errorCode",
        "error_code",
        "error.type",
        "exception",
        "exception.type",
        "error.stack_trace",
        "stack_trace",
        "@x",
    ];
    let sampled = detection.sampled;
    let found = |name| detection.fields.iter().find(|field| field.name == name && field.present < sampled);
    NAMES.into_iter().find_map(found).map(|field| field.name.as_str())
}

/// The fields of requests, by name.
fn requests(detection: &Detection) -> HttpFields {
    http_fields(&samples(detection, &texts(detection)))
}

fn is_of_requests(fields: &HttpFields) -> bool {
    fields.method.is_some() && fields.path.is_some() && fields.status.is_some()
}

fn texts(detection: &Detection) -> Vec<Vec<&str>> {
    detection.fields.iter().map(|field| field.values.iter().map(String::as_str).collect()).collect()
}

fn samples<'a>(detection: &'a Detection, texts: &'a [Vec<&'a str>]) -> Vec<FieldSample<'a>> {
    let fields = detection.fields.iter().zip(texts);
    let rows = detection.sampled as usize;
    fields.map(|(field, values)| FieldSample { name: &field.name, values, rows, shared: field.shared }).collect()
}
