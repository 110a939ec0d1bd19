//! What was understood of each file, and how far the work is.

use serde::{Deserialize, Serialize};

use crate::feature::Recipe;
use crate::feature::choice::Group;
use crate::feature::recipe::TOO_MANY;
use crate::ingest::IssueKind;
use crate::record::alias::Key;
use crate::record::assign::correlation::KeyFit;
use crate::record::dataset::{DERIVED, TimeDoubt};
use crate::record::{ColumnSpec, Dataset, LevelScale, Reading, Role};

/// Where the analysis is, in the order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stage {
    /// Workers start; what is packed in archives is listed.
    Opening,
    /// Samples are read, formats and fields decided.
    Detecting,
    /// Bytes become rows.
    Reading,
    /// Partial counts of the workers are merged; the detector is fitted.
    Fitting,
    /// Rows get their scores.
    Scoring,
    /// Findings are on screen.
    Done,
    /// Nothing to analyse: every file was empty or unreadable (each [`FileReport::note`] says why).
    Failed,
}

/// One file: what it is and how far it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileReport {
    /// File name.
    pub name: String,
    /// Size in bytes.
    pub size: u64,
    /// What was recognised, such as `JSON Lines` or `CSV, delimiter ;`.
    pub format: String,
    /// Bytes parsed so far.
    pub bytes_read: u64,
    /// Rows so far.
    pub rows: u64,
    /// Records that have a problem, by kind, most frequent first.
    pub issues: Vec<(IssueKind, u64)>,
    /// Something that the person must know: why the file could not be read or not to its end.
    pub note: Option<String>,
    /// Whether reading has ended (complete, cancelled or failed).
    pub done: bool,
}

impl FileReport {
    /// Records that have a problem of any kind.
    pub fn issue_count(&self) -> u64 {
        self.issues.iter().map(|(_, count)| count).sum()
    }
}

/// One column of the dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FieldReport {
    /// The field's name in the file (the first name met, where files differ).
    pub name: String,
    /// Its role, if it has one.
    pub role: Option<Role>,
    /// Why: the alias that matched, or `chosen by you`; for a field without a role, what kind of value it holds.
    pub why: String,
    /// What its values are: `time`, `level`, `number`, `category`, `text` or `id`.
    pub kind: String,
    /// How it is read, such as `milliseconds (unit in the name)` or `UTC`.
    pub reading: String,
    /// Share of the sampled records that have it, 0..=1.
    pub coverage: f32,
    /// A value from the sample, shortened.
    pub example: String,
    /// Whether it goes into the feature matrix, and as what; or why it does not.
    pub feature: String,
    /// The group of features that it belongs to, if it can be one.
    pub group: Option<Group>,
    /// How good a session key it is, if it can be one.
    pub key: Option<KeyFit>,
}

impl FieldReport {
    /// Whether it goes into the feature matrix.
    pub fn is_feature(&self) -> bool {
        !self.feature.is_empty() && !self.feature.starts_with("not used")
    }

    /// Whether it would go into the feature matrix if there were fewer features.
    pub fn is_beyond(&self) -> bool {
        self.feature.ends_with(TOO_MANY)
    }
}

/// A record with a problem, and where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IssueView {
    /// Index of the file.
    pub file: u32,
    /// 0-based index over all rows.
    pub row: u64,
    /// 0-based record index within the file.
    pub line: u64,
    /// First byte of the record in its file.
    pub byte: u64,
    /// What is wrong.
    pub kind: IssueKind,
    /// The start of the record's text.
    pub text: String,
}

/// Reports on the dataset's columns; `recipe` tells which became features, once that is decided.
pub fn fields(dataset: &Dataset, recipe: Option<&Recipe>) -> Vec<FieldReport> {
    let report = |(index, column): (usize, &ColumnSpec)| {
        let feature = recipe.map(|recipe| recipe.describe(index)).unwrap_or_default();
        let why = match column.alias.as_str() {
            "" => format!("no role; {}", column.kind.name()),
            "given" => "chosen by you".to_owned(),
            DERIVED => "no field; taken from the status or the message".to_owned(),
            alias if Key::new(alias).name == Key::new(&column.name).name => "by its name".to_owned(),
            alias => format!("named {alias}"),
        };
        FieldReport {
            name: column.name.clone(),
            role: column.role,
            why,
            kind: column.kind.name().to_owned(),
            reading: reading(column),
            coverage: column.coverage as f32,
            example: crate::common::text::cut(&column.example, 120).to_owned(),
            feature,
            group: Group::of(column),
            key: column.key,
        }
    };
    dataset.columns.iter().enumerate().map(report).collect()
}

/// How the values of a column are read, and how many of those that were sampled can't be read so.
fn reading(column: &ColumnSpec) -> String {
    let how = describe(column.reading);
    match column.parsed {
        _ if column.role.is_none() || column.reading == Reading::Text || column.example.is_empty() => how,
        parsed if parsed < 0.005 => "hardly any of its values could be read as one".to_owned(),
        parsed if parsed < 0.95 => format!("{how}; {:.0} % of its values could be read", parsed * 100.0),
        _ => how,
    }
}

/// What to say of times that may be other than they are read.
pub fn doubt(doubt: &TimeDoubt) -> String {
    match doubt {
        TimeDoubt::Day(time) => format!(
            "{time:?} may be of two days: dates of this file are read as month/day. If the day comes first, say so under \
             Fields on the page, or by \"day_first\": true in a --mapping file on the command line."
        ),
        TimeDoubt::Midnight => {
            "The times of this file have no date, and begin anew: rows of several days stand as if they \
             were of one, 1 January 1970. Take one day at a time, or a log with dates."
                .into()
        }
    }
}

/// How values are read, for a person.
fn describe(reading: Reading) -> String {
    match reading {
        Reading::Text => String::new(),
        Reading::Duration(format) if format.guessed => format!("in {}, a guess from their size", format.unit.name()),
        Reading::Duration(format) => format!("in {}", format.unit.name()),
        Reading::Level(LevelScale::Text) => "words".to_owned(),
        Reading::Level(scale) => format!("numbers of {}", scale.title()),
        Reading::Time(format) => {
            let zone = match format.offset_minutes {
                0 => "UTC where no zone is given".to_owned(),
                minutes => {
                    let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
                    format!("UTC{sign}{:02}:{:02} where no zone is given", minutes / 60, minutes % 60)
                }
            };
            if format.day_first { format!("day before month, {zone}") } else { zone }
        }
    }
}
