//! What a person wants to go into the matrix.
//!
//! A choice is written as a list: a preset, groups of features, and fields, each field with how its values become numbers
//! where they are categories. `standard,hour` is what is taken unless said otherwise, and the hour of the day;
//! `cpu,mem,host:one-hot` are two numbers and a category; `standard,-cpu` is what is usual without one field.

use serde::{Deserialize, Serialize};

use super::recipe::is_label;
use crate::record::alias::Key;
use crate::record::{ColumnSpec, Kind, Role};

/// Values of a category that get a column of their own; the rest share one.
pub const MOST_VALUES: u16 = 32;

/// Fields without a role that are called by what they are.
const QUEUE: &str = "queue";

/// Features that are chosen together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// Fields of numbers.
    Numbers,
    /// Services, instances, and other fields with few values.
    Categories,
    /// How long something took: for its template where [`Group::Template`] is chosen too, by itself where not.
    Duration,
    /// The level.
    Level,
    /// How rare the message's template is.
    Template,
    /// The hour of the day.
    Hour,
    /// What the session is that the row belongs to: rows, errors, templates, length.
    Session,
}

impl Group {
    /// All.
    pub const ALL: [Self; 7] =
        [Self::Numbers, Self::Categories, Self::Duration, Self::Level, Self::Template, Self::Hour, Self::Session];

    /// The name on the command line and in saved files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Numbers => "numbers",
            Self::Categories => "categories",
            Self::Duration => "duration",
            Self::Level => "level",
            Self::Template => "template",
            Self::Hour => "hour",
            Self::Session => "session",
        }
    }

    /// The group that a column belongs to, if it can be a feature.
    pub fn of(column: &ColumnSpec) -> Option<Self> {
        Some(match (column.kind, column.role) {
            (Kind::Number, Some(Role::Duration)) => Self::Duration,
            (Kind::Number, _) => Self::Numbers,
            (Kind::Level, _) => Self::Level,
            (Kind::Category, _) => Self::Categories,
            (Kind::Message, _) => Self::Template,
            (Kind::Time, Some(_)) => Self::Hour,
            (Kind::Id, Some(Role::Correlation)) => Self::Session,
            _ => return None,
        })
    }

    /// Whether it is of fields that can be chosen one by one.
    pub fn is_of_fields(self) -> bool {
        matches!(self, Self::Numbers | Self::Categories)
    }
}

/// How the values of a field become numbers, where they are categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Categories {
    /// How rare the value is: one column.
    #[default]
    Rarity,
    /// A column of 0 and 1 for each of the most frequent values, and one for all others.
    OneHot,
    /// Not at all: the field is left out, of whichever kind it is, though its group is taken.
    LeftOut,
}

/// A field that is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its name or its role's.
    pub name: String,
    /// How its values become numbers, if at all.
    pub categories: Categories,
    /// Whether it is a mistake if no file has it.
    pub needed: bool,
}

impl Named {
    fn left_out(name: &str, needed: bool) -> Self {
        Self { name: name.to_owned(), categories: Categories::LeftOut, needed }
    }

    /// Whether it is named to be left out.
    pub fn is_left_out(&self) -> bool {
        self.categories == Categories::LeftOut
    }
}

/// What goes in: all of the groups, and the named fields, but for those that are named to be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeatureChoice {
    /// Groups.
    pub groups: Vec<Group>,
    /// Fields.
    pub fields: Vec<Named>,
    /// How the categories of the group become numbers.
    pub categories: Categories,
    /// Values of a category that get a column of their own.
    pub most_values: u16,
}

impl Default for FeatureChoice {
    fn default() -> Self {
        use Group::{Categories as Category, Duration, Level, Numbers, Template};
        Self { groups: vec![Numbers, Category, Duration, Level, Template], ..Self::none() }
    }
}

impl FeatureChoice {
    /// The presets by name, with what they are.
    pub const PRESETS: [(&str, &str); 4] = [
        ("standard", "numbers, categories, duration, level, template"),
        ("numbers-only", "numbers and duration"),
        ("classic", "service, instance and queue one-hot, and the duration"),
        ("all", "everything, hour and session too"),
    ];

    fn none() -> Self {
        Self { groups: Vec::new(), fields: Vec::new(), categories: Categories::Rarity, most_values: MOST_VALUES }
    }

    /// A preset by name.
    pub fn preset(name: &str) -> Option<Self> {
        let one_hot = |name: &str| Named { name: name.to_owned(), categories: Categories::OneHot, needed: false };
        Some(match name {
            "standard" => Self::default(),
            "numbers-only" => Self { groups: vec![Group::Numbers, Group::Duration], ..Self::none() },
            "classic" => {
                let fields = [Role::Service.name(), Role::Instance.name(), QUEUE].map(one_hot).to_vec();
                Self { groups: vec![Group::Duration], fields, categories: Categories::OneHot, ..Self::none() }
            }
            "all" => Self { groups: Group::ALL.to_vec(), ..Self::none() },
            _ => return None,
        })
    }

    /// Reads a list of presets, groups and fields, with commas between. A field's name may end with `:one-hot` or `:rarity`,
    /// and so may `categories`. With a minus in front a group or a field is left out; where nothing else is said, of the usual.
    pub fn parse(list: &str) -> Result<Self, String> {
        let mut choice = Self::none();
        let mut left_out = Vec::new();
        for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            if let Some(preset) = Self::preset(item) {
                choice.groups.extend(preset.groups);
                choice.fields.extend(preset.fields);
                continue;
            }
            if let Some(name) = item.strip_prefix('-') {
                left_out.push(name);
                continue;
            }
            let (name, categories) = match item.rsplit_once(':') {
                Some((name, "one-hot")) => (name, Categories::OneHot),
                Some((name, "rarity")) => (name, Categories::Rarity),
                _ => (item, Categories::Rarity),
            };
            match Group::ALL.into_iter().find(|group| group.name() == name) {
                Some(Group::Categories) => {
                    choice.groups.push(Group::Categories);
                    choice.categories = categories;
                }
                Some(group) => choice.groups.push(group),
                None => choice.fields.push(Named { name: name.to_owned(), categories, needed: true }),
            }
        }
        if choice == Self::none() && !left_out.is_empty() {
            choice = Self::default();
        }
        choice.groups.sort_unstable();
        choice.groups.dedup();
        for name in left_out {
            match Group::ALL.into_iter().find(|group| group.name() == name) {
                Some(group) => choice.groups.retain(|other| *other != group),
                None => choice.fields.push(Named::left_out(name, true)),
            }
        }
        if choice.is_empty() {
            let presets = Self::PRESETS.map(|preset| preset.0).join(", ");
            let groups = Group::ALL.map(Group::name).join(", ");
            return Err(format!(
                "name fields, or presets ({presets}), or groups ({groups}), with commas between; a minus leaves one out"
            ));
        }
        Ok(choice)
    }

    /// Whether nothing is chosen, whatever fields there are.
    pub fn is_empty(&self) -> bool {
        let left_out = |name: &String| self.fields.iter().any(|other| other.is_left_out() && other.name == *name);
        self.groups.is_empty() && self.fields.iter().all(|named| left_out(&named.name))
    }

    /// Whether a group is chosen.
    pub fn has(&self, group: Group) -> bool {
        self.groups.contains(&group)
    }

    /// How a column is named in the choice, if it is.
    pub fn named(&self, column: &ColumnSpec) -> Option<&Named> {
        self.names(&column.name, column.role)
    }

    fn names(&self, name: &str, role: Option<Role>) -> Option<&Named> {
        // A field that is left out is that one, not all that are known by its name.
        let left_out = |named: &&Named| named.is_left_out() && is_itself(name, role, &named.name);
        let taken = |named: &&Named| !named.is_left_out() && is_called(name, role, &named.name);
        self.fields.iter().find(left_out).or_else(|| self.fields.iter().find(taken))
    }

    /// Whether a field of a group is taken.
    pub fn takes(&self, name: &str, role: Option<Role>, group: Option<Group>) -> bool {
        match self.names(name, role) {
            Some(named) => !named.is_left_out(),
            None => group.is_some_and(|group| self.has(group)) && !(role.is_none() && is_label(name)),
        }
    }

    /// The choice with a group, or without it.
    #[must_use]
    pub fn with_group(&self, group: Group, on: bool) -> Self {
        let mut choice = self.clone();
        choice.groups.retain(|other| *other != group);
        if on {
            choice.groups.push(group);
            choice.groups.sort_unstable();
        }
        choice
    }

    /// The choice with a field of a group, or without it.
    #[must_use]
    pub fn with_field(&self, name: &str, role: Option<Role>, group: Group, on: bool) -> Self {
        let mut choice = self.clone();
        if choice.takes(name, role, Some(group)) == on {
            return choice;
        }
        choice.fields.retain(|other| !is_itself(name, role, &other.name));
        if on && !choice.takes(name, role, Some(group)) {
            choice.fields.push(Named { name: name.to_owned(), categories: self.categories, needed: false });
        } else if !on && choice.takes(name, role, Some(group)) {
            choice.fields.push(Named::left_out(name, false));
        }
        choice
    }

    /// The names that are needed and that no column has.
    pub fn unknown<'a>(&'a self, columns: &[ColumnSpec]) -> Vec<&'a str> {
        let needed = self.fields.iter().filter(|named| named.needed);
        let has = |named: &Named| columns.iter().any(|column| is_called(&column.name, column.role, &named.name));
        let unknown = needed.filter(|named| !has(named));
        unknown.map(|named| named.name.as_str()).collect()
    }
}

/// Whether a column has a name: its own, its role's, or, for a queue, one that ends so.
fn is_called(column: &str, role: Option<Role>, name: &str) -> bool {
    is_itself(column, role, name) || name == QUEUE && role.is_none() && is_queue(&Key::new(column))
}

/// Whether a name is the column's own, or its role's.
fn is_itself(column: &str, role: Option<Role>, name: &str) -> bool {
    column.eq_ignore_ascii_case(name) || role.is_some_and(|role| role.name() == name)
}

fn is_queue(key: &Key) -> bool {
    key.last_word() == QUEUE || key.name.ends_with("queue_name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() {
        assert_eq!(FeatureChoice::parse("standard").unwrap(), FeatureChoice::default());
        let choice = FeatureChoice::parse("hour, cpu,host:one-hot").unwrap();
        assert_eq!(choice.groups, [Group::Hour]);
        let fields: Vec<_> = choice.fields.iter().map(|named| (named.name.as_str(), named.categories)).collect();
        assert_eq!(fields, [("cpu", Categories::Rarity), ("host", Categories::OneHot)]);
        let all = FeatureChoice::parse("all,categories:one-hot").unwrap();
        assert_eq!((all.groups.len(), all.categories), (7, Categories::OneHot));
        assert!(FeatureChoice::parse(" ,").unwrap_err().contains("classic"));
        for (preset, _) in FeatureChoice::PRESETS {
            assert!(FeatureChoice::preset(preset).is_some(), "{preset}");
        }
    }

    #[test]
    fn one_field_of_a_group_is_left_out() {
        let standard = FeatureChoice::default();
        let taken =
            |choice: &FeatureChoice| ["cpu", "mem", "label"].map(|name| choice.takes(name, None, Some(Group::Numbers)));
        assert_eq!(taken(&standard), [true, true, false]);
        let without = standard.with_field("cpu", None, Group::Numbers, false);
        assert_eq!(taken(&without), [false, true, false]);
        assert_eq!(without.with_field("cpu", None, Group::Numbers, true), standard);
        let labelled = standard.with_field("label", None, Group::Numbers, true);
        assert_eq!(taken(&labelled), [true, true, true], "a label is a feature where it is named");
        assert_eq!(labelled.with_field("label", None, Group::Numbers, false), standard);
        let classic = FeatureChoice::preset("classic").unwrap();
        let service = ("svc", Some(Role::Service));
        assert!(classic.takes(service.0, service.1, Some(Group::Categories)));
        let none = classic.with_field(service.0, service.1, Group::Categories, false);
        assert!(!none.takes(service.0, service.1, Some(Group::Categories)), "by whatever name it was chosen");
    }

    #[test]
    fn what_has_a_minus_is_left_out() {
        let takes =
            |list: &str, name: &str| FeatureChoice::parse(list).unwrap().takes(name, None, Some(Group::Numbers));
        assert_eq!(["cpu", "mem"].map(|name| takes("-cpu", name)), [false, true]);
        assert_eq!(["cpu", "mem"].map(|name| takes("-cpu,cpu,numbers", name)), [false, true]);
        assert_eq!(FeatureChoice::parse("standard,-level").unwrap().groups.len(), 4);
        assert_eq!(FeatureChoice::parse("-cpu").unwrap().unknown(&[]), ["cpu"]);
        assert!(FeatureChoice::parse("level,-level").is_err() && FeatureChoice::parse("cpu,-cpu").is_err());
        assert_eq!(["queue", "disk_queue"].map(|name| takes("-queue", name)), [false, true], "not all that are queues");
        let out = FeatureChoice::parse("-a,-b").unwrap();
        assert_eq!(out.with_field("a", None, Group::Numbers, false), out, "what is out already");
    }

    #[test]
    fn a_mistake_is_told_where_a_preset_is_lenient() {
        assert_eq!(FeatureChoice::parse("cpu,classic").unwrap().unknown(&[]), ["cpu"]);
    }
}
