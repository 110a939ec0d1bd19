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
    /// It is there under another name: it has the same role, or a person says so; why.
    Alias(usize, String),
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
            Self::Same(place) | Self::Alias(place, _) | Self::Spelling(place) => Some(*place),
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
        let mut fit = Self { columns: vec![Found::Missing; model.columns.len()] };
        // What is called the same comes before what is only spelled alike.
        for spelled in [false, true] {
            for (place, known) in model.columns.iter().enumerate() {
                if fit.columns[place] == Found::Missing {
                    fit.columns[place] = find(known, &dataset.columns, spelled, |place| fit.takes(place));
                }
            }
        }
        fit
    }

    /// Whether a column of the files is one of the model's.
    fn takes(&self, place: usize) -> bool {
        self.columns.iter().any(|found| found.place() == Some(place))
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
    /// values can't be read so, they are missing. Durations that messages tell are no stand-in for those of a field that the
    /// files lack: what is ordinary for the one says nothing of the other.
    /// `names` are fields that the person says are columns of the model, each with that before it.
    pub fn translate(model: &Saved, names: &[(String, String)], dataset: &mut Dataset) {
        for (known, field) in names {
            let is_it = |column: &&mut ColumnSpec| column.role.is_none() && column.name == *field;
            if let Some(column) = dataset.columns.iter_mut().find(is_it) {
                column.stands_for = Some(known.clone());
            }
        }
        if model.has_field_of(Role::Duration) && dataset.role(Role::Duration).is_none() {
            dataset.files.iter_mut().for_each(|file| file.text_duration = false);
        }
        for known in model.columns.iter().filter(|known| known.role.is_none()) {
            let plain = |same: fn(&ColumnSpec, &Column) -> bool| {
                dataset.columns.iter().position(|column| column.role.is_none() && same(column, known))
            };
            // What is only spelled alike may be another column of the model.
            let is_other = |column: &ColumnSpec| {
                model.columns.iter().any(|other| other.name == column.name && other.name != known.name)
            };
            let place = plain(stands_for).or_else(|| plain(is_called)).or_else(|| plain(is_spelled));
            let place =
                place.filter(|&place| stands_for(&dataset.columns[place], known) || !is_other(&dataset.columns[place]));
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

/// The column that is a column of the model and not taken for another one: one that is called the same, or one that is
/// `spelled` alike.
fn find(known: &Column, columns: &[ColumnSpec], spelled: bool, is_taken: impl Fn(usize) -> bool) -> Found {
    let free = |is_it: &dyn Fn(&ColumnSpec) -> bool| {
        let mut columns = columns.iter().enumerate();
        columns.find(|(place, column)| is_it(column) && !is_taken(*place)).map(|(place, _)| place)
    };
    if let Some(role) = known.role {
        return match free(&|column| column.role == Some(role)) {
            Some(place) if columns[place].name == known.name => Found::Same(place),
            Some(place) => Found::Alias(place, why(role, &columns[place])),
            None => Found::Missing,
        };
    }
    let plain = |same: fn(&ColumnSpec, &Column) -> bool| free(&|column| column.role.is_none() && same(column, known));
    let found = if spelled {
        plain(is_spelled).map(|place| (place, Found::Spelling(place)))
    } else {
        let chosen = plain(stands_for).map(|place| (place, Found::Alias(place, CHOSEN.to_owned())));
        chosen.or_else(|| plain(is_called).map(|place| (place, Found::Same(place))))
    };
    match found {
        Some((place, found)) if columns[place].kind == known.kind => found,
        Some((place, _)) => Found::OtherKind(place),
        None => Found::Missing,
    }
}

fn is_called(column: &ColumnSpec, known: &Column) -> bool {
    column.stands_for.is_none() && column.name == known.name
}

/// Why a field is what a person says.
const CHOSEN: &str = "chosen by you";

/// Whether a person says that it is this one.
fn stands_for(column: &ColumnSpec, known: &Column) -> bool {
    column.stands_for.as_ref() == Some(&known.name)
}

fn why(role: Role, column: &ColumnSpec) -> String {
    match column.alias.as_str() {
        "given" => CHOSEN.to_owned(),
        _ => format!("both are the {}", role.name()),
    }
}

fn is_spelled(column: &ColumnSpec, known: &Column) -> bool {
    let name = Key::new(&column.name).name;
    column.stands_for.is_none() && !name.is_empty() && name == Key::new(&known.name).name
}
