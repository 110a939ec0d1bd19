//! The form of an answer, as both providers take it: a small part of JSON Schema.
//!
//! Only what is safe to send: no bounds on arrays, because Gemini refuses a sum of them without saying why; short names,
//! few enums, three levels of nesting at most. Bounds are in descriptions, and checked when the answer is read.

use serde::ser::{Serialize, SerializeMap, Serializer};

/// A value's form.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    /// An object of these properties, all required.
    Object(Vec<(&'static str, Form)>),
    /// A list.
    List(Box<Form>),
    /// A whole number, and what it means.
    Integer(&'static str),
    /// A text, and what it holds.
    Text(&'static str),
    /// One of a few texts.
    Choice(&'static [&'static str]),
}

/// A form written as a schema.
#[derive(Clone, Copy, Debug)]
pub struct Schema<'a> {
    /// The form.
    pub form: &'a Form,
    /// Whether descriptions, enums and `additionalProperties` are written; bare types otherwise.
    pub full: bool,
}

impl Serialize for Schema<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.form {
            Form::Object(properties) => {
                map.serialize_entry("type", "object")?;
                map.serialize_entry("properties", &Properties { properties, full: self.full })?;
                let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
                map.serialize_entry("required", &names)?;
                if self.full {
                    map.serialize_entry("additionalProperties", &false)?;
                }
            }
            Form::List(item) => {
                map.serialize_entry("type", "array")?;
                map.serialize_entry("items", &Schema { form: item, full: self.full })?;
            }
            Form::Integer(about) | Form::Text(about) => {
                map.serialize_entry("type", if matches!(self.form, Form::Text(_)) { "string" } else { "integer" })?;
                if self.full {
                    map.serialize_entry("description", about)?;
                }
            }
            Form::Choice(values) => {
                map.serialize_entry("type", "string")?;
                if self.full {
                    map.serialize_entry("enum", values)?;
                }
            }
        }
        map.end()
    }
}

struct Properties<'a> {
    properties: &'a [(&'static str, Form)],
    full: bool,
}

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.properties.len()))?;
        for (name, form) in self.properties {
            map.serialize_entry(name, &Schema { form, full: self.full })?;
        }
        map.end()
    }
}
