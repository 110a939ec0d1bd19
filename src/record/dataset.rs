//! The columns of all files, fixed before the first row is parsed.
//!
//! Each file is sampled and detected on its own; the dataset joins what they found. Fields with the same role, or without a
//! role but with the same name, share a column. A file that lacks a column has missing values in it.

use serde::{Deserialize, Serialize};

use super::assign::http;
use super::{FieldSample, Kind, Reading, Role, RoleChoice, assign_roles};
use crate::ingest::{Detection, Format, MAX_FIELDS};

/// The alias of a level that no field gives.
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
}

/// How one file's records become rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FilePlan {
    /// How records are written.
    pub format: Format,
    /// Where the first record begins: behind a byte order mark and a header.
    pub data_start: u64,
    /// All field names in order; positions matter for CSV.
    pub names: Vec<String>,
    /// Number of fields of a CSV record, which may be more than `names` holds.
    pub csv_fields: u32,
    /// Index into `names`, column of the dataset, and how the values are read.
    pub fields: Vec<(u32, u32, Reading)>,
    /// Column of the date that belongs to a time of day in the time column.
    pub date: Option<u32>,
    /// Where the level comes from in a file that has no field for it.
    pub level: Option<LevelSource>,
}

/// What stands in for a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LevelSource {
    /// The column of a request's status: 500 and above are errors, 400 to 499 warnings.
    Status(u32),
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
    /// Joins the detections of all files. `given`: the person's own roles.
    pub fn plan(detections: &[Detection], given: &[(Role, Option<String>)]) -> Self {
        let mut dataset = Self::default();
        let choices: Vec<Vec<RoleChoice>> = detections.iter().map(|detection| choose(detection, given)).collect();
        // Roles first, so that a person finds them first.
        for role in Role::ALL {
            for (detection, choices) in detections.iter().zip(&choices) {
                if let Some(choice) = choices.iter().find(|choice| choice.role == role) {
                    dataset.add_role(detection, choice);
                }
            }
            if role == Role::Level && !given.iter().any(|(role, _)| *role == Role::Level) {
                dataset.add_derived_level(&choices);
            }
        }
        for (detection, choices) in detections.iter().zip(&choices) {
            for (index, field) in detection.fields.iter().enumerate() {
                if dataset.columns.len() == MAX_FIELDS {
                    break;
                }
                if !choices.iter().any(|choice| choice.field == field.name) {
                    let is_date = choices.iter().any(|choice| choice.date_field.as_ref() == Some(&field.name));
                    // A key that hardly any record has is data that was used as a key: a column of it would be empty.
                    let rare = detection.sampled >= 200 && field.coverage(detection.sampled) < 0.01;
                    let kind = match (is_date, rare) {
                        (true, _) => Kind::Date,
                        (_, true) => Kind::Text,
                        _ => Kind::of_field(field),
                    };
                    dataset.add_field(detection, index, kind);
                }
            }
        }
        dataset.files =
            detections.iter().zip(&choices).map(|(detection, choices)| dataset.plan_file(detection, choices)).collect();
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
            return;
        }
        let kind = match choice.role {
            Role::Time => Kind::Time,
            Role::Level => Kind::Level,
            Role::Message => Kind::Message,
            Role::Service | Role::Instance => Kind::Category,
            Role::Duration => Kind::Number,
            Role::Correlation => Kind::Id,
        };
        self.columns.push(ColumnSpec {
            name: choice.field.clone(),
            role: Some(choice.role),
            kind,
            alias: choice.alias.clone(),
            parsed: choice.parsed,
            reading: choice.reading,
            coverage,
            example,
        });
    }

    /// A level for files without one, if any has a message to take it from.
    fn add_derived_level(&mut self, choices: &[Vec<RoleChoice>]) {
        let has = |role| choices.iter().flatten().any(|choice| choice.role == role);
        if has(Role::Level) || !has(Role::Message) {
            return;
        }
        self.columns.push(ColumnSpec {
            name: "level".into(),
            role: Some(Role::Level),
            kind: Kind::Level,
            alias: DERIVED.into(),
            parsed: 1.0,
            reading: Reading::Text,
            coverage: 0.0,
            example: String::new(),
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
        });
    }

    fn plan_file(&self, detection: &Detection, choices: &[RoleChoice]) -> FilePlan {
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
            let status = http::status_field(&samples(detection, &texts(detection))).and_then(|name| self.plain(name));
            let message = self.role(Role::Message);
            let column = |column: usize| column as u32;
            status.map(column).map(LevelSource::Status).or(message.map(column).map(LevelSource::Message))
        });
        FilePlan {
            level,
            format: detection.format.clone(),
            data_start: detection.data_start,
            names: detection.fields.iter().map(|field| field.name.clone()).collect(),
            csv_fields: detection.csv_fields,
            fields,
            date: date.map(|date| date as u32),
        }
    }
}

/// The roles of one file's fields. Text that is read line by line has one field, the message.
fn choose(detection: &Detection, given: &[(Role, Option<String>)]) -> Vec<RoleChoice> {
    assign_roles(&samples(detection, &texts(detection)), given)
}

fn texts(detection: &Detection) -> Vec<Vec<&str>> {
    detection.fields.iter().map(|field| field.values.iter().map(String::as_str).collect()).collect()
}

fn samples<'a>(detection: &'a Detection, texts: &'a [Vec<&'a str>]) -> Vec<FieldSample<'a>> {
    let fields = detection.fields.iter().zip(texts);
    fields.map(|(field, values)| FieldSample { name: &field.name, values, rows: detection.sampled as usize }).collect()
}
