//! Fields that were always the same where the model was fitted, and are not any more: nothing could be learned of them, so
//! that no score tells, although such a change is the loudest that there is.

use serde::{Deserialize, Serialize};

use super::fit::Fit;
use super::saved::Saved;
use crate::common::number::{count, number};
use crate::feature::Survey;
use crate::feature::recipe::is_label;
use crate::feature::survey::ColumnSurvey;
use crate::record::Level;

/// Values that are named.
const NAMED: usize = 3;

/// A field that varies now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Varies {
    /// Its name in the model.
    pub field: String,
    /// What it always was.
    pub was: String,
    /// What else it is.
    pub now: String,
}

/// The fields of a model that were always the same and vary in other files, but for those that hold labels.
pub(super) fn varying(model: &Saved, fit: &Fit, survey: &Survey) -> Vec<Varies> {
    let unused = fit.columns.iter().enumerate().filter(|(column, _)| !model.is_used(*column));
    let varies = |(column, found): (usize, &super::fit::Found)| {
        if is_label(&model.columns.get(column)?.name) {
            return None;
        }
        let (known, now) = (model.survey.columns.get(column)?, survey.columns.get(found.place()?)?);
        let (was, now) = change(known, now)?;
        Some(Varies { field: model.columns.get(column)?.name.clone(), was, now })
    };
    unused.filter_map(varies).collect()
}

/// What a constant was, and what it is now.
fn change(known: &ColumnSurvey, now: &ColumnSurvey) -> Option<(String, String)> {
    match (known, now) {
        (
            ColumnSurvey::Number { min, max, present: 1.. },
            ColumnSurvey::Number { min: from, max: to, present: 1.. },
        ) => {
            let same = min.total_cmp(max).is_eq();
            (same && (from < min || to > max))
                .then(|| (number(*min), format!("from {} to {}", number(*from), number(*to))))
        }
        (ColumnSurvey::Level(known), ColumnSurvey::Level(now)) => {
            let names = || Level::ALL.iter().map(|level| level.name());
            // The first stands for rows without a level.
            let mut only = names().zip(known).skip(1).filter(|(_, rows)| **rows > 0).map(|(name, _)| name);
            let (was, None) = (only.next()?, only.next()) else { return None };
            let others = names().zip(now).skip(1).filter(|(name, rows)| **rows > 0 && *name != was);
            listed(others.map(|(name, rows)| (name, *rows)).collect()).map(|now| (was.to_owned(), now))
        }
        (ColumnSurvey::Category { counts: known, .. }, ColumnSurvey::Category { counts: now, .. }) => {
            let mut only = known.keys();
            let (was, None) = (only.next()?, only.next()) else { return None };
            let others = now.iter().filter(|(value, _)| *value != was).map(|(value, rows)| (value.as_str(), *rows));
            listed(others.collect()).map(|now| (was.clone(), now))
        }
        _ => None,
    }
}

/// Values with their rows, the most frequent first; `None` without any.
fn listed(mut values: Vec<(&str, u64)>) -> Option<String> {
    values.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let more = values.len().saturating_sub(NAMED);
    let named: Vec<String> = values
        .iter()
        .take(NAMED)
        .map(|(value, rows)| format!("{value} in {} row{}", count(*rows), if *rows == 1 { "" } else { "s" }))
        .collect();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!named.is_empty()).then(|| format!("also {}{rest}", named.join(", ")))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn category(values: &[(&str, u64)]) -> ColumnSurvey {
        let counts: BTreeMap<String, u64> = values.iter().map(|(value, rows)| ((*value).to_owned(), *rows)).collect();
        ColumnSurvey::Category { counts, overflowed: false }
    }

    #[test]
    fn what_was_constant_and_is_not_is_told() {
        let numbers = |min, max| ColumnSurvey::Number { min, max, present: 9 };
        let told = |known, now| change(&known, &now).map(|(was, now)| format!("{was}: {now}"));
        assert_eq!(told(numbers(200.0, 200.0), numbers(200.0, 503.0)).as_deref(), Some("200: from 200 to 503"));
        assert_eq!(told(numbers(200.0, 200.0), numbers(200.0, 200.0)), None);
        assert_eq!(told(numbers(200.0, 404.0), numbers(200.0, 503.0)), None, "it was none");
        let now = category(&[("ok", 90), ("degraded", 7), ("down", 1)]);
        assert_eq!(told(category(&[("ok", 50)]), now).as_deref(), Some("ok: also degraded in 7 rows, down in 1 row"));
        assert_eq!(told(category(&[("ok", 50)]), category(&[("ok", 9)])), None);
        assert_eq!(told(category(&[("a", 1), ("b", 1)]), category(&[("c", 9)])), None);
    }
}
