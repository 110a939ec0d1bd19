//! Which columns of other files are the model's: the gatekeeper's question, and the translator's work.

use serde::{Deserialize, Serialize};

use super::saved::{Column, Saved};
use crate::record::alias::Key;
use crate::record::{ColumnSpec, Dataset, Kind, Role};

/// How a column of the model was found in the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// It is called the same.
    Same(usize),
    /// It has the same role, under another name; why it has it.
    Role(usize, String),
    /// Its name is spelled otherwise: `CpuLoad`, `cpu_load`.
    Spelling(usize),
    /// A column of this name holds something else.
    OtherKind(usize),
    /// It is not there.
    Missing,
}

impl Found {
    /// The column, if it can be used.
    pub fn place(&self) -> Option<usize> {
        match self {
            Self::Same(place) | Self::Role(place, _) | Self::Spelling(place) => Some(*place),
            Self::OtherKind(_) | Self::Missing => None,
        }
    }
}

/// Where the model's columns are in the files.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fit {
    /// By column of the model.
    pub columns: Vec<Found>,
}

impl Fit {
    /// Looks for the columns of a model.
    pub fn new(model: &Saved, dataset: &Dataset) -> Self {
        let mut fit = Self { columns: Vec::with_capacity(model.columns.len()) };
        for known in &model.columns {
            let found = find(known, &dataset.columns);
            let taken = found.place().is_some_and(|place| fit.columns.iter().any(|other| other.place() == Some(place)));
            fit.columns.push(if taken { Found::Missing } else { found });
        }
        fit
    }

    /// Columns of the files that are none of the model's.
    pub fn extra(&self, dataset: &Dataset) -> Vec<String> {
        let is_known = |place: usize| {
            self.columns.iter().any(|found| match found {
                Found::OtherKind(other) => *other == place,
                found => found.place() == Some(place),
            })
        };
        let extra = dataset.columns.iter().enumerate().filter(|(place, _)| !is_known(*place));
        extra.map(|(_, column)| column.name.clone()).collect()
    }

    /// Reads columns without a role as what they were to the model: a file whose sample looks otherwise is read alike. Where
    /// values can't be read so, they are missing.
    pub fn translate(model: &Saved, dataset: &mut Dataset) {
        for known in model.columns.iter().filter(|known| known.role.is_none()) {
            let place = dataset.columns.iter().position(|column| column.role.is_none() && is_spelled(column, known));
            let Some(column) = place.and_then(|place| dataset.columns.get_mut(place)) else { continue };
            let can = match known.kind {
                Kind::Number => matches!(column.kind, Kind::Category | Kind::Text | Kind::Sequence),
                Kind::Category => matches!(column.kind, Kind::Number | Kind::Text | Kind::Sequence),
                _ => false,
            };
            if can {
                column.kind = known.kind;
            }
        }
    }
}

/// The column that is a column of the model.
fn find(known: &Column, columns: &[ColumnSpec]) -> Found {
    if let Some(role) = known.role {
        return match columns.iter().position(|column| column.role == Some(role)) {
            Some(place) if columns[place].name == known.name => Found::Same(place),
            Some(place) => Found::Role(place, why(role, &columns[place])),
            None => Found::Missing,
        };
    }
    let plain =
        |same: &dyn Fn(&ColumnSpec) -> bool| columns.iter().position(|column| column.role.is_none() && same(column));
    let (place, exact) = match plain(&|column| column.name == known.name) {
        Some(place) => (place, true),
        None => match plain(&|column| is_spelled(column, known)) {
            Some(place) => (place, false),
            None => return Found::Missing,
        },
    };
    match (columns[place].kind == known.kind, exact) {
        (false, _) => Found::OtherKind(place),
        (true, true) => Found::Same(place),
        (true, false) => Found::Spelling(place),
    }
}

fn why(role: Role, column: &ColumnSpec) -> String {
    match column.alias.as_str() {
        "given" => "chosen by you".to_owned(),
        alias => format!("{alias} stands for {}", role.name()),
    }
}

fn is_spelled(column: &ColumnSpec, known: &Column) -> bool {
    let name = Key::new(&column.name).name;
    !name.is_empty() && name == Key::new(&known.name).name
}
