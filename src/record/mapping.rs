//! What a person says of the fields of their files, over what was detected.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::duration::{DurationFormat, DurationUnit};
use super::level::LevelScale;
use super::{Reading, Role, RoleChoice};
use crate::common::hash::hash_bytes;
use crate::ingest::Detection;

/// A person's corrections. What is not said is detected.
///
/// As JSON, for the command line's `--mapping`:
///
/// ```json
/// {"roles": {"time": "ts", "duration": null}, "zone_minutes": 60, "day_first": true, "year": 2025,
///  "level_scale": "syslog", "duration_unit": "seconds"}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// Fields by role; `None` where a role is to stay empty.
    #[serde(with = "by_role")]
    pub roles: Vec<(Role, Option<String>)>,
    /// Minutes east of UTC of times without a zone.
    pub zone_minutes: Option<i16>,
    /// Whether `05/04/2026` is 5 April.
    pub day_first: Option<bool>,
    /// The year in which times without one end.
    pub year: Option<i32>,
    /// What the numbers of a level field mean.
    pub level_scale: Option<LevelScale>,
    /// The unit of durations that name none.
    pub duration_unit: Option<DurationUnit>,
}

impl Mapping {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is said of files of a [`fingerprint`]: now, or else before.
    #[must_use]
    pub fn or_remembered(self, remembered: &[(u64, Self)], fingerprint: u64) -> Self {
        let earlier = remembered.iter().find(|(number, _)| *number == fingerprint).filter(|_| self.is_empty());
        earlier.map_or(self, |(_, mapping)| mapping.clone())
    }

    /// Puts what is said in place of what was detected.
    pub fn correct(&self, choice: &mut RoleChoice) {
        match &mut choice.reading {
            Reading::Time(format) => {
                format.offset_minutes = self.zone_minutes.unwrap_or(format.offset_minutes);
                format.day_first = self.day_first.unwrap_or(format.day_first);
                format.base_year = self.year.unwrap_or(format.base_year);
            }
            Reading::Level(scale) => *scale = self.level_scale.unwrap_or(*scale),
            Reading::Duration(format) => {
                if let Some(unit) = self.duration_unit {
                    *format = DurationFormat { unit, guessed: false };
                }
            }
            Reading::Text => {}
        }
    }

    /// The mapping as JSON; small enough to be written by hand, so that the page need not carry a library for it.
    pub fn to_json(&self) -> String {
        let mut parts = Vec::new();
        if !self.roles.is_empty() {
            let roles = self.roles.iter().map(|(role, field)| {
                format!("\"{}\": {}", role.name(), field.as_deref().map_or("null".to_owned(), quoted))
            });
            parts.push(format!("\"roles\": {{{}}}", roles.collect::<Vec<_>>().join(", ")));
        }
        parts.extend(self.zone_minutes.map(|minutes| format!("\"zone_minutes\": {minutes}")));
        parts.extend(self.day_first.map(|first| format!("\"day_first\": {first}")));
        parts.extend(self.year.map(|year| format!("\"year\": {year}")));
        parts.extend(self.level_scale.map(|scale| format!("\"level_scale\": \"{}\"", scale.name())));
        parts.extend(self.duration_unit.map(|unit| format!("\"duration_unit\": \"{}\"", unit.long_name())));
        format!("{{{}}}\n", parts.join(", "))
    }
}

/// A number for what files are made of: equal for equal names of fields, in any order. What a person said of files is
/// remembered under it.
pub fn fingerprint(detections: &[Detection]) -> u64 {
    let mut names: Vec<&str> =
        detections.iter().flat_map(|detection| detection.fields.iter().map(|field| field.name.as_str())).collect();
    names.sort_unstable();
    names.dedup();
    hash_bytes(names.join("\n").as_bytes())
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character < ' ' => {
                // Writing to a text can't fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

/// Roles as an object in JSON, in their own order.
mod by_role {
    use std::collections::BTreeMap;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Role;

    type Roles = Vec<(Role, Option<String>)>;

    pub(super) fn serialize<S: Serializer>(roles: &Roles, serializer: S) -> Result<S::Ok, S::Error> {
        let named: BTreeMap<&str, &Option<String>> = roles.iter().map(|(role, field)| (role.name(), field)).collect();
        named.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Roles, D::Error> {
        let named = BTreeMap::<String, Option<String>>::deserialize(deserializer)?;
        named
            .into_iter()
            .map(|(name, field)| {
                let names = Role::ALL.map(Role::name).join(", ");
                let role = Role::from_name(&name);
                role.map(|role| (role, field)).ok_or_else(|| D::Error::custom(format!("roles are {names}, not {name}")))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let mapping = Mapping {
            roles: vec![(Role::Duration, None), (Role::Time, Some("the \"time\"\n".into()))],
            zone_minutes: Some(-90),
            day_first: Some(true),
            year: Some(2025),
            level_scale: Some(LevelScale::SyslogPriority),
            duration_unit: Some(DurationUnit::Microseconds),
        };
        for mapping in [mapping, Mapping::default()] {
            let read: Mapping = serde_json::from_str(&mapping.to_json()).unwrap();
            assert_eq!(read, mapping, "{}", mapping.to_json());
        }
        for scale in LevelScale::ALL {
            let json = Mapping { level_scale: Some(scale), ..Mapping::default() }.to_json();
            assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap().level_scale, Some(scale));
        }
        for unit in DurationUnit::ALL {
            let json = Mapping { duration_unit: Some(unit), ..Mapping::default() }.to_json();
            assert_eq!(serde_json::from_str::<Mapping>(&json).unwrap().duration_unit, Some(unit));
        }
        assert!(serde_json::from_str::<Mapping>("{\"roles\": {\"tim\": \"x\"}}").is_err());
        assert!(serde_json::from_str::<Mapping>("{\"zone\": 1}").is_err(), "a mistake is told, not ignored");
    }
}
