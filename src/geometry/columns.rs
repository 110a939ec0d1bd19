//! Which columns the table has, in which order, and how wide each is.

use crate::record::Role;
use crate::view::FieldReport;

/// Columns of fields that the table shows; a record's other fields are in its detail.
const MOST: usize = 24;
/// Width of a column in pixels, at least and at most.
const WIDTHS: (u32, u32) = (36, 1600);

/// Key of the column of files' names.
pub const FILE_KEY: &str = "#file";

/// What a column shows of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// Its number.
    Number,
    /// Its score.
    Score,
    /// Whether a detector that was fitted to labelled rows calls it anomalous.
    Predicted,
    /// Its time, in one form whatever the file's is; the index is the field's.
    Time(usize),
    /// Its level, likewise.
    Level(usize),
    /// The name of its file.
    File,
    /// A field: its index, and that of its cell in a row.
    Field(usize),
}

/// A column of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What it shows.
    pub shows: Shows,
    /// By what it is remembered: the field's name, or a mark.
    pub key: String,
    /// Its heading.
    pub name: String,
    /// Class of its cells, which sets their alignment, and their width where none was chosen.
    pub class: &'static str,
    /// The width that was chosen, in pixels.
    pub width: Option<u32>,
}

/// What a person changed of the columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrangement {
    /// Keys of columns that are not shown.
    pub hidden: Vec<String>,
    /// Keys of columns in the order that was chosen; others stay behind the column that they stand behind by themselves.
    pub order: Vec<String>,
    /// Widths that were chosen, by key.
    pub widths: Vec<(String, u32)>,
}

/// Between keys that are stored: control characters that are made for it.
const UNIT: char = '\u{1f}';
const GROUP: char = '\u{1d}';

impl Arrangement {
    /// The columns of a dataset whose rows come from a number of files, and may be predicted.
    pub fn columns(&self, fields: &[FieldReport], files: usize, predicted: bool) -> Vec<Column> {
        let shown = |key: &str| !self.hidden.iter().any(|hidden| hidden == key);
        let mut columns: Vec<Column> = every(fields, files, predicted);
        columns.retain(|column| shown(&column.key));
        let mut left = MOST;
        columns.retain(|column| match column.shows {
            Shows::Field(_) => {
                let fits = left > 0;
                left = left.saturating_sub(1);
                fits
            }
            _ => true,
        });
        let mut arranged: Vec<Column> = Vec::with_capacity(columns.len());
        for key in &self.order {
            arranged.extend(columns.iter().find(|column| column.key == *key).cloned());
        }
        for (at, column) in columns.iter().enumerate() {
            if self.order.contains(&column.key) {
                continue;
            }
            let before = at.checked_sub(1).and_then(|at| columns.get(at));
            let place = before.and_then(|before| arranged.iter().position(|known| known.key == before.key));
            arranged.insert(place.map_or(0, |place| place + 1), column.clone());
        }
        for column in &mut arranged {
            column.width = self.widths.iter().find(|(key, _)| *key == column.key).map(|(_, width)| *width);
        }
        arranged
    }

    /// Puts a column before another one, or behind it where it came from the left.
    pub fn put(&mut self, columns: &[Column], key: &str, target: &str) {
        let mut keys: Vec<String> = columns.iter().map(|column| column.key.clone()).collect();
        let place = |wanted: &str| keys.iter().position(|key| key == wanted);
        if let (Some(from), Some(to)) = (place(key), place(target)) {
            let key = keys.remove(from);
            keys.insert(to, key);
            self.keep_order(keys);
        }
    }

    /// Moves a column by one place to the right, or to the left.
    pub fn shift(&mut self, columns: &[Column], key: &str, right: bool) {
        let Some(at) = columns.iter().position(|column| column.key == key) else { return };
        let to = if right { at + 1 } else { at.wrapping_sub(1) };
        if let Some(target) = columns.get(to) {
            self.put(columns, key, &target.key);
        }
    }

    /// Columns that are not there now keep their places among those that are.
    fn keep_order(&mut self, keys: Vec<String>) {
        let mut placed = keys.into_iter();
        let mut order: Vec<String> = Vec::new();
        let known = placed.as_slice().to_vec();
        for key in self.order.drain(..) {
            if known.contains(&key) { order.extend(placed.next()) } else { order.push(key) }
        }
        order.extend(placed);
        self.order = order;
    }

    /// Gives a column a width, or takes it back.
    pub fn size(&mut self, key: &str, width: Option<u32>) {
        self.widths.retain(|(known, _)| known != key);
        self.widths.extend(width.map(|width| (key.to_owned(), width.clamp(WIDTHS.0, WIDTHS.1))));
    }

    /// Shows a column, or hides it.
    pub fn toggle(&mut self, key: &str) {
        match self.hidden.iter().position(|known| known == key) {
            Some(at) => drop(self.hidden.remove(at)),
            None => self.hidden.push(key.to_owned()),
        }
    }

    /// As text, to be stored.
    pub fn to_text(&self) -> String {
        let widths = self.widths.iter().map(|(key, width)| format!("{width} {key}"));
        let lists = [self.hidden.clone(), self.order.clone(), widths.collect()];
        let joined = lists.map(|list| list.join(&UNIT.to_string()));
        joined.join(&GROUP.to_string())
    }

    /// From what [`Self::to_text`] gave; what can't be read is left out.
    pub fn from_text(text: &str) -> Self {
        let mut lists = text.split(GROUP).map(|list| list.split(UNIT).filter(|key| !key.is_empty()));
        let mut next = || lists.next().into_iter().flatten().map(str::to_owned).collect::<Vec<_>>();
        let (hidden, order) = (next(), next());
        let mut arrangement = Self { hidden, order, widths: Vec::new() };
        for sized in next() {
            if let Some((width, key)) = sized.split_once(' ')
                && let Ok(width) = width.parse()
            {
                arrangement.size(key, Some(width));
            }
        }
        arrangement
    }
}

/// All columns, in their own order: what is read most first.
fn every(fields: &[FieldReport], files: usize, predicted: bool) -> Vec<Column> {
    let column = |shows, key: &str, name: &str, class| Column {
        shows,
        key: key.to_owned(),
        name: name.to_owned(),
        class,
        width: None,
    };
    let of_role = |role| fields.iter().position(|field| field.role == Some(role));
    let mut columns = vec![
        column(Shows::Number, "#row", "row", "cell row-number"),
        column(Shows::Score, "#score", "score", "cell row-score"),
    ];
    columns.extend(predicted.then(|| column(Shows::Predicted, "#ml_anomaly", "ml_anomaly", "cell row-predicted")));
    columns.extend(of_role(Role::Time).map(|at| column(Shows::Time(at), &fields[at].name, "time", "cell time")));
    columns
        .extend(of_role(Role::Level).map(|at| column(Shows::Level(at), &fields[at].name, "level", "cell row-level")));
    if files > 1 {
        columns.push(column(Shows::File, FILE_KEY, "file", "cell file"));
    }
    let mut others: Vec<(usize, &FieldReport)> =
        fields.iter().enumerate().filter(|(_, field)| !matches!(field.role, Some(Role::Time | Role::Level))).collect();
    others.sort_by_key(|(_, field)| match field.role {
        Some(Role::Service) => 0,
        Some(Role::Message) => 1,
        Some(Role::Duration) => 2,
        Some(_) => 3,
        None => 4,
    });
    columns.extend(others.iter().map(|(at, field)| column(Shows::Field(*at), &field.name, &field.name, class(field))));
    columns
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
            group: None,
            key: None,
        }
    }

    fn fields() -> Vec<FieldReport> {
        vec![
            field("ts", Some(Role::Time), "time"),
            field("region", None, "category"),
            field("took", Some(Role::Duration), "number"),
            field("msg", Some(Role::Message), "text"),
            field("app", Some(Role::Service), "category"),
        ]
    }

    #[track_caller]
    fn check(arrangement: &Arrangement, files: usize, expected: &[&str]) -> Vec<Column> {
        let columns = arrangement.columns(&fields(), files, false);
        let keys: Vec<&str> = columns.iter().map(|column| column.key.as_str()).collect();
        assert_eq!(keys, expected);
        assert_eq!(Arrangement::from_text(&arrangement.to_text()), *arrangement);
        columns
    }

    #[test]
    fn what_is_read_most_comes_first_and_every_column_knows_its_cell() {
        let mut arrangement = Arrangement::default();
        let columns = check(&arrangement, 1, &["#row", "#score", "ts", "app", "msg", "took", "region"]);
        assert_eq!((columns[2].shows, columns[4].shows), (Shows::Time(0), Shows::Field(3)));
        check(&arrangement, 2, &["#row", "#score", "ts", "#file", "app", "msg", "took", "region"]);
        arrangement.toggle("ts");
        arrangement.toggle("msg");
        let columns = check(&arrangement, 1, &["#row", "#score", "app", "took", "region"]);
        assert_eq!(columns[3].shows, Shows::Field(2), "cells stay where they are");
        arrangement.toggle("ts");
        check(&arrangement, 1, &["#row", "#score", "ts", "app", "took", "region"]);
    }

    #[test]
    fn columns_are_moved_and_sized() {
        let mut arrangement = Arrangement::default();
        let columns = arrangement.columns(&fields(), 1, false);
        arrangement.put(&columns, "msg", "ts");
        let columns = check(&arrangement, 1, &["#row", "#score", "msg", "ts", "app", "took", "region"]);
        arrangement.put(&columns, "#row", "app");
        let columns = check(&arrangement, 1, &["#score", "msg", "ts", "app", "#row", "took", "region"]);
        arrangement.shift(&columns, "region", false);
        let columns = check(&arrangement, 1, &["#score", "msg", "ts", "app", "#row", "region", "took"]);
        arrangement.shift(&columns, "took", true);
        arrangement.shift(&columns, "#score", false);
        arrangement.size("msg", Some(500));
        arrangement.size("took", Some(5));
        let columns = check(&arrangement, 1, &["#score", "msg", "ts", "app", "#row", "region", "took"]);
        let widths: Vec<_> = columns.iter().filter_map(|column| column.width).collect();
        assert_eq!(widths, [500, WIDTHS.0]);
        arrangement.size("msg", None);
        assert_eq!(arrangement.widths.len(), 1);
        // What was not there when columns were moved stands where it stands by itself.
        check(&arrangement, 2, &["#score", "msg", "ts", "#file", "app", "#row", "region", "took"]);
        // A table without some of them, moved about, leaves their places alone.
        let mut few = arrangement.clone();
        few.hidden = vec!["ts".into(), "app".into()];
        let columns = check(&few, 1, &["#score", "msg", "#row", "region", "took"]);
        few.put(&columns, "took", "#score");
        few.hidden.clear();
        check(&few, 1, &["took", "#score", "ts", "app", "msg", "#row", "region"]);
    }

    #[test]
    fn what_was_stored_by_others_does_no_harm() {
        for text in ["", "a", "\u{1d}\u{1d}x\u{1f}7 \u{1f} 7\u{1f}99999999999 a\u{1f}-1 b", "\u{1d}\u{1d}\u{1d}\u{1d}"]
        {
            let columns = Arrangement::from_text(text).columns(&fields(), 1, false);
            assert!(columns.len() >= 6, "{text:?}");
        }
    }

    #[test]
    fn a_record_with_hundreds_of_fields_keeps_a_table() {
        let fields: Vec<_> = (0..500).map(|n| field(&n.to_string(), None, "number")).collect();
        assert_eq!(Arrangement::default().columns(&fields, 1, false).len(), MOST + 2);
    }
}
