//! Which columns the table has, and how wide each is.

use crate::record::Role;
use crate::view::FieldReport;

/// Columns that the table shows; a record's other fields are in its detail.
const MOST: usize = 24;

/// A column of the table that shows one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Index of the field, and of its cell in a row.
    pub cell: usize,
    /// Its heading.
    pub name: String,
    /// Class of its cells, which sets their width and alignment.
    pub class: &'static str,
}

/// The table's layout.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Whether rows have a time.
    pub time: bool,
    /// Whether rows have a level.
    pub level: bool,
    /// Columns of fields: service and message, then the other roles, then the rest.
    pub fields: Vec<Column>,
}

/// The layout for a dataset, without the fields that are hidden. Time and level have columns of their own, in one form whatever the file's is.
pub fn layout(fields: &[FieldReport], hidden: &[String]) -> Layout {
    let shown = |field: &FieldReport| !hidden.contains(&field.name);
    let has = |role| fields.iter().any(|field| field.role == Some(role) && shown(field));
    let mut columns: Vec<_> = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !matches!(field.role, Some(Role::Time | Role::Level)) && shown(field))
        .collect();
    columns.sort_by_key(|(_, field)| match field.role {
        Some(Role::Service) => 0,
        Some(Role::Message) => 1,
        Some(Role::Duration) => 2,
        Some(_) => 3,
        None => 4,
    });
    Layout {
        time: has(Role::Time),
        level: has(Role::Level),
        fields: columns
            .into_iter()
            .take(MOST)
            .map(|(cell, field)| Column { cell, name: field.name.clone(), class: class(field) })
            .collect(),
    }
}

fn class(field: &FieldReport) -> &'static str {
    match (field.role, field.kind.as_str()) {
        (Some(Role::Message), _) => "cell message",
        (_, "number") => "cell number",
        (_, "text") => "cell text",
        (_, "id") => "cell id",
        (_, "time") => "cell time",
        _ => "cell category",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, role: Option<Role>, kind: &str) -> FieldReport {
        FieldReport {
            name: name.into(),
            role,
            why: String::new(),
            kind: kind.into(),
            reading: String::new(),
            coverage: 1.0,
            example: String::new(),
            feature: String::new(),
            key: None,
        }
    }

    #[test]
    fn what_is_read_most_comes_first_and_every_column_knows_its_cell() {
        let fields = [
            field("ts", Some(Role::Time), "time"),
            field("region", None, "category"),
            field("took", Some(Role::Duration), "number"),
            field("msg", Some(Role::Message), "text"),
            field("app", Some(Role::Service), "category"),
        ];
        let layout = layout(&fields, &[]);
        let names: Vec<_> = layout.fields.iter().map(|column| (column.name.as_str(), column.cell)).collect();
        assert_eq!(names, [("app", 4), ("msg", 3), ("took", 2), ("region", 1)]);
        assert!(layout.time && !layout.level);
        let fewer = super::layout(&fields, &["ts".to_owned(), "msg".to_owned()]);
        let names: Vec<_> = fewer.fields.iter().map(|column| (column.name.as_str(), column.cell)).collect();
        assert_eq!(names, [("app", 4), ("took", 2), ("region", 1)], "cells stay where they are");
        assert!(!fewer.time);
    }

    #[test]
    fn a_record_with_hundreds_of_fields_keeps_a_table() {
        let fields: Vec<_> = (0..500).map(|n| field(&n.to_string(), None, "number")).collect();
        assert_eq!(layout(&fields, &[]).fields.len(), MOST);
    }
}
