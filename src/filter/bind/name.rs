//! Names in a search → columns.

use super::Context;
use crate::filter::expr::Field;
use crate::filter::print::is_name;
use crate::record::{ColumnSpec, Role};

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Target {
    Any,
    Column(usize),
    File,
    Template,
    Row,
    Line,
    Score,
    Predicted,
    /// How long it took, as its message says.
    Took,
}

/// What rows are predicted to be, 0 or 1: the name of the column in the table and in exports.
pub(super) const PREDICTED: &str = "ml_anomaly";

/// The role that a name means in every log.
fn role_of(name: &str) -> Option<Role> {
    Some(match name {
        "time" | "timestamp" => Role::Time,
        "level" | "severity" => Role::Level,
        "message" | "msg" => Role::Message,
        "service" => Role::Service,
        "instance" | "host" => Role::Instance,
        "duration" => Role::Duration,
        "correlation_id" | "correlation" | "session" | "trace" => Role::Correlation,
        _ => return None,
    })
}

/// What is known of every row, whatever its fields.
fn place_of(name: &str) -> Option<Target> {
    Some(match name {
        "file" => Target::File,
        "template" => Target::Template,
        "row" => Target::Row,
        "line" => Target::Line,
        "score" => Target::Score,
        PREDICTED => Target::Predicted,
        _ => return None,
    })
}

/// The field by which a search names a column.
pub fn field_of(column: &ColumnSpec) -> Field {
    match column.role {
        Some(role) => Field::Named(role.name().to_owned()),
        None if is_name(&column.name) && role_of(&column.name).is_none() && place_of(&column.name).is_none() => {
            Field::Named(column.name.clone())
        }
        None => Field::Own(column.name.clone()),
    }
}

impl Context<'_> {
    /// What a field of a search is. The error is a sentence that names near ones.
    pub(super) fn target(&self, field: &Field) -> Result<Target, String> {
        match field {
            Field::Any => Ok(Target::Any),
            Field::Own(name) => self.own(name).map(Target::Column).ok_or_else(|| self.unknown(name)),
            Field::Named(name) => {
                let role = role_of(name).filter(|role| {
                    // Only the names of roles themselves come before a field of that very name.
                    role.name() == name || self.own(name).is_none()
                });
                if let Some(column) = role.and_then(|role| self.dataset.role(role)) {
                    return Ok(Target::Column(column));
                }
                if let Some(place) = place_of(name) {
                    return Ok(place);
                }
                if let Some(column) = self.own(name) {
                    return Ok(Target::Column(column));
                }
                if role == Some(Role::Duration) && self.dataset.files.iter().any(|file| file.text_duration) {
                    return Ok(Target::Took);
                }
                Err(self.unknown(name))
            }
        }
    }

    /// The column of a name, canonical or the files' own. The error is a sentence that names near ones.
    pub fn column(&self, name: &str) -> Result<usize, String> {
        match self.target(&Field::Named(name.to_owned()))? {
            Target::Column(column) => Ok(column),
            _ => self.own(name).ok_or_else(|| format!("{name:?} is no column of the log.")),
        }
    }

    /// The column of a name that the files use: as written, else in any case.
    fn own(&self, name: &str) -> Option<usize> {
        let columns = &self.dataset.columns;
        let plain = |same: &dyn Fn(&str) -> bool| {
            let without_role = columns.iter().position(|column| column.role.is_none() && same(&column.name));
            // A file may call the column of a role otherwise than the first file does.
            without_role.or_else(|| {
                let mut fields =
                    self.dataset.files.iter().flat_map(|plan| plan.fields.iter().map(move |field| (plan, field)));
                let found =
                    fields.find(|(plan, (field, ..))| plan.names.get(*field as usize).is_some_and(|name| same(name)));
                found.map(|(_, (_, column, _))| *column as usize)
            })
        };
        let of_role = |same: &dyn Fn(&str) -> bool| columns.iter().position(|column| same(&column.name));
        let found = plain(&|known| known == name).or_else(|| plain(&|known| known.eq_ignore_ascii_case(name)));
        found.or_else(|| of_role(&|known| known == name))
    }

    /// What to say of a name that is none.
    fn unknown(&self, name: &str) -> String {
        if let Some(role) = role_of(name) {
            return format!(
                "No field of this log is its {0}: Fields on the page can say which one is, and --map {0}=FIELD on the command line.",
                role.name()
            );
        }
        let mut names: Vec<&str> = vec!["file", "row", "line", "score", "template", PREDICTED];
        names.extend(self.dataset.columns.iter().filter_map(|column| column.role.map(Role::name)));
        names.extend(self.dataset.columns.iter().map(|column| column.name.as_str()));
        let mut near: Vec<(usize, &str)> =
            names.into_iter().filter_map(|known| Some((distance(name, known)?, known))).collect();
        near.sort_unstable();
        near.dedup();
        let near: Vec<&str> = near.into_iter().map(|(_, name)| name).take(3).collect();
        let quotes = "To search for the text itself, put it in quotes.";
        match near.as_slice() {
            [] => format!("There is no field {name:?}. {quotes}"),
            near => format!("There is no field {name:?}; did you mean {}? {quotes}", near.join(" or ")),
        }
    }
}

/// How far apart two names are, the least first; `None` where they have nothing in common.
fn distance(a: &str, b: &str) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.to_lowercase().chars().take(64).collect(), b.to_lowercase().chars().take(64).collect());
    let edits = edits(&a, &b);
    let within =
        |long: &[char], short: &[char]| short.len() >= 3 && long.windows(short.len()).any(|part| part == short);
    if edits * 3 <= a.len().max(b.len()) || edits == 1 {
        Some(edits)
    } else if within(&a, &b) || within(&b, &a) {
        Some(100 + edits)
    } else {
        None
    }
}

/// Insertions, deletions, replacements and swaps of neighbours that make one of the other (Damerau 1964; neighbours that
/// were swapped are not changed again).
fn edits(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let swap = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
            let mut best = (last[j] + usize::from(a[i] != b[j])).min(last[j + 1] + 1).min(row[j] + 1);
            if swap {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
