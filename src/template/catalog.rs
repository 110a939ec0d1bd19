//! Shapes → templates.

use serde::{Deserialize, Serialize};

use super::cluster::{Form, cluster, siblings};
use super::kind::ValueKind;
use super::lex::Lexer;
use super::shape::Shape;
use super::table::{Entry, ShapeTable};
use super::text::{Part, parts};
use super::value::Class;
use super::words::{REST, VALUE, Words, mark};
use crate::common::hash::hash_bytes;

/// A kind of message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Derived from its text: equal in every file and every run.
    pub id: u64,
    /// Its parts in order.
    pub parts: Vec<Part>,
    /// How many messages.
    pub count: u64,
    /// Lowest position of a message.
    pub first: u64,
}

impl Template {
    /// Its text, variables written `<*>`.
    pub fn text(&self) -> String {
        render(&self.parts, |_| ValueKind::Any)
    }

    /// Its text, variables written by their kinds: `<ip>`, `<num>`.
    pub fn typed_text(&self) -> String {
        render(&self.parts, |kind| kind)
    }
}

fn render(parts: &[Part], shown: impl Fn(ValueKind) -> ValueKind) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(constant) => text.push_str(constant),
            Part::Variable(kind) => text.push_str(shown(*kind).placeholder()),
        }
    }
    text
}

/// The templates of messages, most frequent first, and which shape belongs to which.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    templates: Vec<Template>,
    /// Hash of a shape or family and its template, ascending.
    shapes: Vec<(u64, u32)>,
}

impl Catalog {
    /// Clusters the shapes of a table.
    pub fn build(table: &ShapeTable) -> Self {
        let entries = table.entries();
        let mut words = Words::default();
        let (mut forms, mut families) = (Vec::new(), Vec::new());
        for (index, entry) in entries.iter().enumerate() {
            if entry.tokens == 0 {
                families.push(index as u32);
            } else if let Some((_, example)) = entry.examples.first() {
                forms.push(Form {
                    symbols: symbols(example, &mut words),
                    count: entry.count,
                    shapes: vec![index as u32],
                });
            }
        }
        let clustered = cluster(forms, &words);
        let siblings = siblings(&clustered);
        let mut groups: Vec<(Vec<Part>, Vec<u32>)> = clustered
            .into_iter()
            .zip(siblings)
            .map(|(form, siblings)| (parts(&form, &siblings, &entries, &words), form.shapes))
            .collect();
        groups.extend(families.into_iter().map(|family| (family_parts(entries[family as usize]), vec![family])));
        Self::of_groups(groups, &entries)
    }

    fn of_groups(groups: Vec<(Vec<Part>, Vec<u32>)>, entries: &[&Entry]) -> Self {
        let mut templates: Vec<(Template, Vec<u32>)> = groups
            .into_iter()
            .map(|(parts, shapes)| {
                let id = hash_bytes(render(&parts, |_| ValueKind::Any).as_bytes());
                let count = shapes.iter().map(|&shape| entries[shape as usize].count).sum();
                let first = shapes.iter().map(|&shape| entries[shape as usize].first).min().unwrap_or(0);
                (Template { id, parts, count, first }, shapes)
            })
            .collect();
        templates.sort_by_cached_key(|(template, shapes)| {
            let least = shapes.iter().map(|&shape| entries[shape as usize].hash).min();
            (std::cmp::Reverse(template.count), template.text(), least)
        });
        let mut shapes: Vec<(u64, u32)> = templates
            .iter()
            .enumerate()
            .flat_map(|(index, (_, shapes))| shapes.iter().map(move |&shape| (shape, index as u32)))
            .map(|(shape, index)| (entries[shape as usize].hash, index))
            .collect();
        shapes.sort_unstable();
        Self { templates: templates.into_iter().map(|(template, _)| template).collect(), shapes }
    }

    /// The templates, most frequent first.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// Index of the template of a shape, given by its hash ([`ShapeTable::hash`]); `None` for a shape never seen.
    pub fn template_of(&self, hash: u64) -> Option<u32> {
        let find =
            |hash: u64| self.shapes.binary_search_by_key(&hash, |shape| shape.0).ok().map(|at| self.shapes[at].1);
        find(hash).or_else(|| find(Shape::family(hash)))
    }
}

/// The symbols of a message's tokens.
pub(super) fn symbols(message: &[u8], words: &mut Words) -> Vec<u32> {
    let lexer = Lexer::new(message);
    lexer
        .map(|token| {
            let bytes = &message[token.start..token.end];
            let symbol = match token.class {
                Class::Word => words.symbol(bytes, false),
                Class::Numbered => words.symbol(bytes, true),
                Class::Value(_) => VALUE,
                Class::Mark => mark(bytes),
                Class::Rest => REST,
            };
            symbol | u32::from(token.gap)
        })
        .collect()
}

/// What the examples of a family have in common: their first words.
fn family_parts(entry: &Entry) -> Vec<Part> {
    let mut texts = entry.examples.iter().map(|(_, text)| text.as_ref());
    let first = texts.next().unwrap_or_default();
    let common =
        texts.fold(first.len(), |common, text| first[..common].iter().zip(text).take_while(|(a, b)| a == b).count());
    let blank = first[..common].iter().rposition(|&byte| byte == b' ').map_or(0, |at| at + 1);
    let mut parts = Vec::new();
    if blank > 0 {
        parts.push(Part::Text(String::from_utf8_lossy(&first[..blank]).into_owned()));
    }
    parts.push(Part::Variable(ValueKind::Any));
    parts
}
