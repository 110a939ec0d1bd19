//! Shapes → templates.

mod frozen;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cluster::{Form, cluster, siblings};
use super::hand::{Split, between};
use super::kind::ValueKind;
use super::lex::Lexer;
use super::pattern::{Parameter, Pattern, Pieces, wide};
use super::shape::Shape;
use super::table::{Entry, ShapeTable};
use super::text::{Part, parts};
use super::value::Class;
use super::words::{REST, VALUE, Words, element, mark};
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
    /// The change by hand that made it, by its place in [`super::hand::Hand`].
    pub change: Option<u32>,
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

/// Parts as text; `shown` tells how a variable is written.
pub fn render(parts: &[Part], shown: impl Fn(ValueKind) -> ValueKind) -> String {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(constant) => text.push_str(constant),
            Part::Variable(kind) => text.push_str(shown(*kind).placeholder()),
        }
    }
    text
}

/// Patterns of each length that a message of an unknown shape is held against.
const TRIED: usize = 64;
/// Patterns that it is held against in all.
const MOST_TRIED: usize = 1024;

/// The templates of messages, most frequent first, and which shape belongs to which. Can be kept (serde) and held against
/// other messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    pub(super) templates: Vec<Template>,
    /// Hash of a shape or family and its template, ascending.
    pub(super) shapes: Vec<(u64, u32)>,
    /// By number of elements.
    pub(super) patterns: Vec<Pattern>,
    /// By hand.
    pub(super) splits: Vec<Split>,
}

/// A form, or a family of shapes, with the text of its template.
struct Group {
    parts: Vec<Part>,
    shapes: Vec<u32>,
    /// Elements and places of variables, as [`Pattern`]; families have none.
    patterns: Vec<(Vec<u64>, Vec<u16>)>,
}

impl Catalog {
    /// Clusters the shapes of a table.
    pub fn build(table: &ShapeTable) -> Self {
        Self::build_of(&table.entries())
    }

    #[inline(never)]
    fn build_of(entries: &[&Entry]) -> Self {
        let mut words = Words::default();
        let (mut forms, mut groups) = (Vec::new(), Vec::new());
        for (index, entry) in entries.iter().enumerate() {
            let shapes = vec![index as u32];
            if entry.tokens == 0 {
                groups.push(Group { parts: family_parts(entry), shapes, patterns: Vec::new() });
            } else if let Some((_, example)) = entry.examples.first() {
                let symbols = symbols(example, &mut words);
                forms.push(Form { symbols, count: entry.count, shapes, exact: true, ..Form::default() });
            }
        }
        let forms = cluster(forms, &words);
        for (form, siblings) in forms.iter().zip(siblings(&forms)) {
            let (parts, variables) = parts(form, &siblings, entries, &words);
            let elements: Vec<u64> = form.symbols.iter().map(|&symbol| element(symbol, &words)).collect();
            let mut patterns = vec![(elements, variables)];
            if !form.odd.is_empty() {
                patterns.push((wide(&patterns[0].0), patterns[0].1.clone()));
            }
            let shapes = form.shapes.iter().chain(&form.odd).copied().collect();
            groups.push(Group { parts, shapes, patterns });
        }
        Self::of_groups(groups, entries)
    }

    /// Groups with one text are one template.
    #[inline(never)]
    fn of_groups(groups: Vec<Group>, entries: &[&Entry]) -> Self {
        let mut by_text: BTreeMap<String, Vec<Group>> = BTreeMap::new();
        for group in groups {
            by_text.entry(render(&group.parts, |_| ValueKind::Any)).or_default().push(group);
        }
        let mut templates: Vec<(Template, Vec<Group>)> = by_text
            .into_iter()
            .map(|(text, groups)| {
                let shapes = || groups.iter().flat_map(|group| &group.shapes).map(|&shape| entries[shape as usize]);
                let count = shapes().map(|entry| entry.count).sum();
                let first = shapes().map(|entry| entry.first).min().unwrap_or(0);
                let parts = common_parts(&groups);
                (Template { id: hash_bytes(text.as_bytes()), parts, count, first, change: None }, groups)
            })
            .collect();
        // Of equally frequent ones the order of texts stays.
        templates.sort_by_key(|(template, _)| Reverse(template.count));
        let mut catalog = Self::default();
        for (index, (template, groups)) in templates.into_iter().enumerate() {
            let index = index as u32;
            for group in groups {
                catalog.shapes.extend(group.shapes.iter().map(|&shape| (entries[shape as usize].hash, index)));
                let pattern = |(elements, variables)| Pattern { template: index, elements, variables };
                catalog.patterns.extend(group.patterns.into_iter().map(pattern));
            }
            catalog.templates.push(template);
        }
        catalog.sorted()
    }

    /// Puts shapes and patterns in their order.
    pub(super) fn sorted(mut self) -> Self {
        self.shapes.sort_unstable();
        self.patterns.sort_by(|a, b| {
            a.elements
                .len()
                .cmp(&b.elements.len())
                .then(a.template.cmp(&b.template))
                .then_with(|| a.elements.cmp(&b.elements))
        });
        self
    }

    /// The templates, most frequent first.
    pub fn templates(&self) -> &[Template] {
        &self.templates
    }

    /// Index of the template of a shape, given by its hash ([`ShapeTable::hashes`]), or of its family where the table was
    /// full; `None` for a shape that was not among those that the catalog was built of.
    pub fn template_of(&self, hash: u64) -> Option<u32> {
        self.template_of_shape(hash).or_else(|| self.lookup(Shape::family(hash)))
    }

    /// As [`Catalog::template_of`], but `None` where only the family is known: [`Catalog::find`] may tell more then.
    pub fn template_of_shape(&self, hash: u64) -> Option<u32> {
        if hash == Shape::family(hash) { None } else { self.lookup(hash) }
    }

    fn lookup(&self, hash: u64) -> Option<u32> {
        self.shapes.binary_search_by_key(&hash, |shape| shape.0).ok().map(|at| self.shapes[at].1)
    }

    /// Index of the template of any message: that of its shape, or else the one that it fits and has most words in common
    /// with, or else that of its family; `None` is a message of a kind that has not been seen.
    pub fn find(&self, message: &[u8]) -> Option<u32> {
        let hash = Shape::of(message).hash;
        if let Some(template) = self.template_of_shape(hash) {
            return Some(self.settle(template, message));
        }
        let pieces = Pieces::of(message);
        let [least, most] = pieces.lengths();
        // Those of lengths near its own first, and of each length those of the most frequent templates: a hostile log has
        // very many others.
        let mut lengths: Vec<usize> = (least..=most).collect();
        lengths.sort_by_key(|length| length.abs_diff(pieces.len()));
        let frequent = lengths.into_iter().flat_map(|length| self.patterns_of(length, length).iter().take(TRIED));
        let frequent = frequent.take(MOST_TRIED);
        let fits = frequent.filter_map(|pattern| {
            let (equal, _) = pieces.fit(pattern)?;
            Some((equal, Reverse(pattern.template)))
        });
        let found = fits.max().map(|(_, template)| template.0).or_else(|| self.lookup(Shape::family(hash)))?;
        Some(self.settle(found, message))
    }

    /// The values of the variables of a template in a message, in the order of its text; `None` where the message does not
    /// fit.
    pub fn parameters(&self, message: &[u8], template: u32) -> Option<Vec<Parameter>> {
        let by_hand = self.templates.get(template as usize).filter(|template| template.change.is_some());
        if let Some(parameters) = by_hand.and_then(|template| between(&template.parts, message)) {
            return Some(parameters);
        }
        let pieces = Pieces::of(message);
        let [least, most] = pieces.lengths();
        let own = self.patterns_of(least, most).iter().filter(|pattern| pattern.template == template);
        // The last of the best is the one with the fewest wide values.
        let fits = own.filter_map(|pattern| Some((pieces.fit(pattern)?, pattern.spans())));
        let best = fits.max_by_key(|((equal, _), spans)| (*equal, Reverse(*spans)));
        best.map(|((_, parameters), _)| parameters)
    }

    /// Patterns of at least and at most so many elements.
    fn patterns_of(&self, least: usize, most: usize) -> &[Pattern] {
        let from = self.patterns.partition_point(|pattern| pattern.elements.len() < least);
        let to = self.patterns.partition_point(|pattern| pattern.elements.len() <= most);
        &self.patterns[from..to]
    }
}

/// The parts of groups of one text: where kinds differ, the kind is open.
fn common_parts(groups: &[Group]) -> Vec<Part> {
    let mut parts = groups[0].parts.clone();
    for group in &groups[1..] {
        for (part, other) in parts.iter_mut().zip(&group.parts) {
            if part != other && matches!(part, Part::Variable(_)) {
                *part = Part::Variable(ValueKind::Any);
            }
        }
    }
    parts
}

/// The symbols of a message's tokens.
#[inline(never)]
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
