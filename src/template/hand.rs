//! What a person changed of the templates by hand: some are one, or one is several by the value of a variable.
//!
//! Changes name templates by their texts, so that they hold for other files of the same kind. One whose templates are not
//! there changes nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalog::{Catalog, Template, render};
use super::kind::ValueKind;
use super::pattern::Parameter;
use super::text::Part;
use crate::common::hash::hash_bytes;

/// So many templates without a word in common name what they are merged into.
const MOST_ALIKE: usize = 3;
/// Changes that are kept at most.
pub const MOST_CHANGES: usize = 200;

/// One change. Texts are those of [`Template::text`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// These are one template.
    Merge(Vec<String>),
    /// Messages with this value are a template of their own.
    Split {
        /// The template.
        template: String,
        /// Which of its variables, from 0.
        parameter: u32,
        /// Its value.
        value: String,
    },
}

/// Changes in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hand(pub Vec<Change>);

impl Hand {
    /// With one more change; the oldest goes where there are too many.
    #[must_use]
    pub fn with(&self, change: Change) -> Self {
        let mut all = self.0.clone();
        all.retain(|known| *known != change);
        all.push(change);
        let surplus = all.len().saturating_sub(MOST_CHANGES);
        all.drain(..surplus);
        Self(all)
    }

    /// Without one.
    #[must_use]
    pub fn without(&self, change: usize) -> Self {
        let kept = self.0.iter().enumerate().filter(|(at, _)| *at != change);
        Self(kept.map(|(_, change)| change.clone()).collect())
    }
}

/// Messages of a template with a value that are another template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Split {
    pub(super) template: u32,
    parameter: u32,
    value: String,
    into: u32,
}

/// Templates while they are changed. Numbers stay until the end; what was merged points to what it is now.
struct Changing {
    templates: Vec<Template>,
    now: Vec<u32>,
    by_text: BTreeMap<String, u32>,
    splits: Vec<Split>,
}

impl Changing {
    fn find(&self, text: &str) -> Option<u32> {
        self.by_text.get(text).copied()
    }

    fn merge(&mut self, texts: &[String], change: u32) {
        let mut chosen: Vec<u32> = texts.iter().filter_map(|text| self.find(text)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        if chosen.len() < 2 {
            return;
        }
        let mut parts = self.templates[chosen[0] as usize].parts.clone();
        for &other in &chosen[1..] {
            parts = common(&parts, &self.templates[other as usize].parts);
        }
        if !parts.iter().any(|part| matches!(part, Part::Text(text) if text.chars().any(char::is_alphabetic))) {
            // Nothing in common but that somebody says they are one: any two such would be the same.
            parts = either(chosen.iter().map(|&place| self.templates[place as usize].parts.as_slice()));
        }
        let text = render(&parts, |_| ValueKind::Any);
        // Templates of one text are one.
        if let Some(same) = self.find(&text).filter(|same| !chosen.contains(same)) {
            chosen.push(same);
            chosen.sort_unstable();
        }
        let into = chosen[0];
        for &gone in &chosen {
            let old = self.templates[gone as usize].text();
            self.by_text.remove(&old);
        }
        for &gone in &chosen[1..] {
            let (count, first) = (self.templates[gone as usize].count, self.templates[gone as usize].first);
            let kept = &mut self.templates[into as usize];
            kept.count += count;
            kept.first = kept.first.min(first);
        }
        self.now.iter_mut().filter(|now| chosen.contains(now)).for_each(|now| *now = into);
        for split in &mut self.splits {
            for template in [&mut split.template, &mut split.into] {
                if chosen.contains(template) {
                    *template = into;
                }
            }
        }
        // What was split off and is joined again is not split.
        self.splits.retain(|split| split.template != split.into);
        let kept = &mut self.templates[into as usize];
        (kept.id, kept.parts, kept.change) = (hash_bytes(text.as_bytes()), parts, Some(change));
        self.by_text.insert(text, into);
    }

    fn split(&mut self, template: &str, parameter: u32, value: &str, change: u32) {
        let Some(from) = self.find(template) else { return };
        let Some(parts) = filled(&self.templates[from as usize].parts, parameter, value) else { return };
        let text = render(&parts, |_| ValueKind::Any);
        let into = self.find(&text).unwrap_or_else(|| {
            let into = self.templates.len() as u32;
            let (id, first) = (hash_bytes(text.as_bytes()), self.templates[from as usize].first);
            self.templates.push(Template { id, parts, count: 0, first, change: Some(change) });
            self.now.push(into);
            self.by_text.insert(text, into);
            into
        });
        if into != from {
            self.splits.push(Split { template: from, parameter, value: value.to_owned(), into });
        }
    }
}

impl Catalog {
    /// The catalogue as a person changed it.
    #[must_use]
    pub fn changed(self, hand: &Hand) -> Self {
        if hand.0.is_empty() {
            return self;
        }
        let by_text = (0..).zip(&self.templates).map(|(index, template)| (template.text(), index)).collect();
        let now = (0..self.templates.len() as u32).collect();
        let mut changing = Changing { templates: self.templates, now, by_text, splits: self.splits };
        for (number, change) in (0..).zip(&hand.0) {
            match change {
                Change::Merge(texts) => changing.merge(texts, number),
                Change::Split { template, parameter, value } => changing.split(template, *parameter, value, number),
            }
        }
        // The most frequent first again; what was split off has no count yet and comes last.
        let Changing { templates, now, mut splits, .. } = changing;
        let mut kept: Vec<u32> = (0..).zip(&now).filter(|(index, now)| index == *now).map(|(index, _)| index).collect();
        kept.sort_by_key(|&index| Reverse(templates[index as usize].count));
        let mut places = vec![0; templates.len()];
        for (place, &index) in (0..).zip(&kept) {
            places[index as usize] = place;
        }
        let place = |old: u32| now.get(old as usize).map_or(0, |&now| places[now as usize]);
        for split in &mut splits {
            (split.template, split.into) = (place(split.template), place(split.into));
        }
        let mut templates: Vec<Option<Template>> = templates.into_iter().map(Some).collect();
        let templates = kept.iter().filter_map(|&index| templates[index as usize].take()).collect();
        let shapes = self.shapes.into_iter().map(|(hash, template)| (hash, place(template))).collect();
        let mut patterns = self.patterns;
        for pattern in &mut patterns {
            pattern.template = place(pattern.template);
        }
        Self { templates, shapes, patterns, splits }.sorted()
    }

    /// Whether messages of a template may be of another one by their values: [`Catalog::settle`] tells.
    pub fn is_split(&self, template: u32) -> bool {
        self.splits.iter().any(|split| split.template == template)
    }

    /// The template of a message that has this one by its shape.
    pub fn settle(&self, mut template: u32, message: &[u8]) -> u32 {
        // One step per split at most: there may be circles by hand.
        for _ in 0..self.splits.len() {
            if !self.is_split(template) {
                break;
            }
            let Some(parameters) = self.parameters(message, template) else { break };
            let has = |split: &&Split| {
                let value = parameters.get(split.parameter as usize).map(|found| &message[found.start..found.end]);
                split.template == template && value == Some(split.value.as_bytes())
            };
            let Some(split) = self.splits.iter().find(has) else { break };
            template = split.into;
        }
        template
    }
}

/// The first of some templates that have nothing in common, one behind the other.
fn either<'a>(all: impl Iterator<Item = &'a [Part]>) -> Vec<Part> {
    let mut parts = Vec::new();
    for (place, template) in all.take(MOST_ALIKE).enumerate() {
        if place > 0 {
            parts.push(Part::Text(" | ".into()));
        }
        parts.extend_from_slice(template);
    }
    whole(parts)
}

/// What two templates have in common, with a variable for what differs.
fn common(a: &[Part], b: &[Part]) -> Vec<Part> {
    let (a, b) = (pieces(a), pieces(b));
    let mut joined = Vec::new();
    let one = |a: &Part, b: &Part| if a == b { a.clone() } else { Part::Variable(ValueKind::Any) };
    if a.len() == b.len() {
        joined.extend(a.iter().zip(&b).map(|(a, b)| one(a, b)));
    } else {
        let same = |(a, b): &(&Part, &Part)| a == b;
        let front = a.iter().zip(&b).take_while(same).count();
        let room = a.len().min(b.len()) - front;
        let back = a.iter().rev().zip(b.iter().rev()).take(room).take_while(same).count();
        joined.extend_from_slice(&a[..front]);
        joined.push(Part::Variable(ValueKind::Any));
        joined.extend_from_slice(&a[a.len() - back..]);
    }
    whole(joined)
}

/// Words, blanks and variables, each a part of its own.
fn pieces(parts: &[Part]) -> Vec<Part> {
    let mut pieces = Vec::new();
    for part in parts {
        match part {
            Part::Text(text) => {
                let words = text.split_inclusive(' ').flat_map(|word| match word.strip_suffix(' ') {
                    Some(word) => [word, " "],
                    None => [word, ""],
                });
                pieces.extend(words.filter(|piece| !piece.is_empty()).map(|piece| Part::Text(piece.to_owned())));
            }
            variable @ Part::Variable(_) => pieces.push(variable.clone()),
        }
    }
    pieces
}

/// Joins texts that follow each other; of variables that do so, one stays.
fn whole(pieces: Vec<Part>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for piece in pieces {
        match (parts.last_mut(), piece) {
            (Some(Part::Text(text)), Part::Text(more)) => text.push_str(&more),
            (Some(Part::Variable(kind)), Part::Variable(_)) => *kind = ValueKind::Any,
            (_, piece) => parts.push(piece),
        }
    }
    parts
}

/// A template's parts with one variable filled in.
fn filled(parts: &[Part], parameter: u32, value: &str) -> Option<Vec<Part>> {
    let variables = (0..).zip(parts).filter(|(_, part)| matches!(part, Part::Variable(_)));
    let (at, _) = variables.map(|(at, part): (usize, &Part)| (at, part)).nth(parameter as usize)?;
    let mut parts = parts.to_vec();
    parts[at] = Part::Text(value.to_owned());
    Some(whole(parts))
}

/// The values of a template's variables in a message, by the texts around them; `None` where those are not there.
pub(super) fn between(parts: &[Part], message: &[u8]) -> Option<Vec<Parameter>> {
    let mut found: Vec<Parameter> = Vec::new();
    let mut at = 0;
    let mut open = None;
    for part in parts {
        match part {
            Part::Variable(kind) => open = Some(*kind),
            Part::Text(text) => {
                let rest = &message[at..];
                let text = text.as_bytes();
                let place = match open {
                    None => rest.starts_with(text).then_some(0)?,
                    Some(_) => memchr::memmem::find(rest, text)?,
                };
                if let Some(kind) = open.take() {
                    found.push(Parameter { kind, start: at, end: at + place });
                }
                at += place + text.len();
            }
        }
    }
    match open {
        Some(kind) => found.push(Parameter { kind, start: at, end: message.len() }),
        None if at < message.len() => return None,
        None => {}
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::table::ShapeTable;
    use super::*;

    fn messages() -> Vec<String> {
        let mut all = Vec::new();
        for n in 0..40 {
            all.push(format!("payment accepted for order {n}"));
            all.push(format!("payment declined for order {n}"));
            all.push(format!("answered {} in {n} ms", if n % 4 == 0 { 500 } else { 200 }));
            all.push("cache is warm".to_owned());
        }
        all
    }

    fn catalog(messages: &[String], workers: usize) -> Catalog {
        let mut whole = ShapeTable::default();
        for worker in (0..workers).rev() {
            let mut part = ShapeTable::default();
            for (position, message) in messages.iter().enumerate().skip(worker).step_by(workers) {
                part.add(message.as_bytes(), position as u64);
            }
            whole.merge(&part);
        }
        Catalog::build(&whole)
    }

    fn texts(catalog: &Catalog) -> Vec<String> {
        catalog.templates().iter().map(Template::text).collect()
    }

    fn of(catalog: &Catalog, message: &str) -> String {
        catalog.find(message.as_bytes()).map_or_else(String::new, |found| catalog.templates()[found as usize].text())
    }

    fn merge(texts: &[&str]) -> Change {
        Change::Merge(texts.iter().map(|&text| text.to_owned()).collect())
    }

    fn split(template: &str, parameter: u32, value: &str) -> Change {
        Change::Split { template: template.to_owned(), parameter, value: value.to_owned() }
    }

    #[test]
    fn two_templates_become_one_and_its_word_a_parameter() {
        let plain = catalog(&messages(), 1);
        let (accepted, declined) = ("payment accepted for order <*>", "payment declined for order <*>");
        assert!(texts(&plain).contains(&accepted.to_owned()), "{:?}", texts(&plain));
        let changed = plain.clone().changed(&Hand(vec![merge(&[declined, accepted])]));
        assert_eq!(changed.templates().len(), plain.templates().len() - 1);
        assert_eq!(changed.templates()[0].text(), "payment <*> for order <*>");
        assert_eq!((changed.templates()[0].count, changed.templates()[0].change), (80, Some(0)));
        for message in ["payment accepted for order 3", "payment declined for order 77"] {
            assert_eq!(of(&changed, message), "payment <*> for order <*>");
        }
        assert_eq!(of(&changed, "cache is warm"), "cache is warm", "others keep theirs");
        let message = b"payment declined for order 77";
        let values: Vec<_> = changed.parameters(message, 0).unwrap();
        let values: Vec<&[u8]> = values.iter().map(|value| &message[value.start..value.end]).collect();
        assert_eq!(values, [&b"declined"[..], b"77"]);
    }

    #[test]
    fn templates_without_a_word_in_common_stay_apart_from_other_such() {
        let plain = catalog(&messages(), 1);
        let hand = Hand(vec![
            merge(&["cache is warm", "payment accepted for order <*>"]),
            merge(&["answered <*> in <*> ms", "payment declined for order <*>"]),
        ]);
        let changed = plain.changed(&hand);
        let joined: Vec<String> = texts(&changed).into_iter().filter(|text| text.contains(" | ")).collect();
        assert_eq!(joined.len(), 2, "{joined:?}");
        let one = of(&changed, "cache is warm");
        assert_eq!(of(&changed, "payment accepted for order 3"), one);
        assert_ne!(of(&changed, "payment declined for order 3"), one);
        assert_eq!(of(&changed, "answered 200 in 3 ms"), of(&changed, "payment declined for order 3"));
    }

    #[test]
    fn a_template_is_split_by_a_value_and_joined_again() {
        let plain = catalog(&messages(), 1);
        let hand = Hand(vec![split("answered <*> in <*> ms", 0, "500")]);
        let changed = plain.clone().changed(&hand);
        assert_eq!(of(&changed, "answered 500 in 3 ms"), "answered 500 in <*> ms", "{:?}", texts(&changed));
        assert_eq!(of(&changed, "answered 200 in 3 ms"), "answered <*> in <*> ms");
        let again = hand.with(merge(&["answered 500 in <*> ms", "answered <*> in <*> ms"]));
        let joined = plain.clone().changed(&again);
        assert_eq!(texts(&joined), texts(&plain));
        assert_eq!(of(&joined, "answered 500 in 3 ms"), "answered <*> in <*> ms");
        assert_eq!(hand.without(0), Hand::default());
        // A part of what was split off.
        let twice = hand.with(split("answered 500 in <*> ms", 0, "3"));
        let changed = plain.changed(&twice);
        assert_eq!(of(&changed, "answered 500 in 3 ms"), "answered 500 in 3 ms");
        assert_eq!(of(&changed, "answered 500 in 4 ms"), "answered 500 in <*> ms");
    }

    #[test]
    fn what_is_not_there_changes_nothing() {
        let plain = catalog(&messages(), 1);
        let hand = Hand(vec![
            merge(&["no such text", "cache is warm"]),
            merge(&["cache is warm", "cache is warm"]),
            split("no such text", 0, "x"),
            split("cache is warm", 0, "x"),
            split("answered <*> in <*> ms", 7, "x"),
        ]);
        assert_eq!(texts(&plain.clone().changed(&hand)), texts(&plain));
    }

    #[test]
    fn what_differs_is_a_variable() {
        let text = |text: &str| vec![Part::Text(text.to_owned())];
        let joined = |a: &str, b: &str| render(&common(&text(a), &text(b)), |kind| kind);
        assert_eq!(joined("user a logged in", "user b logged in"), "user <*> logged in");
        assert_eq!(joined("connect to db failed", "connect to the cache failed"), "connect to <*> failed");
        assert_eq!(joined("done", "done now"), "done<*>");
        assert_eq!(joined("x", ""), "<*>");
    }

    proptest! {
        #[test]
        fn changes_mean_the_same_for_any_number_of_workers_and_order_of_names(
            workers in 1..6_usize,
            turned in any::<bool>(),
        ) {
            let mut names = vec!["payment declined for order <*>", "payment accepted for order <*>"];
            if turned {
                names.reverse();
            }
            let hand = |names: &[&str]| Hand(vec![split("answered <*> in <*> ms", 0, "200"), merge(names)]);
            let one = catalog(&messages(), 1).changed(&hand(&["payment accepted for order <*>", "payment declined for order <*>"]));
            prop_assert_eq!(catalog(&messages(), workers).changed(&hand(&names)), one);
        }

        #[test]
        fn any_changes_leave_every_shape_a_template(
            changes in prop::collection::vec((0..6_usize, 0..6_usize, 0..3_u32, any::<bool>()), 0..8),
        ) {
            let mut changed = catalog(&messages(), 1);
            let mut hand = Hand::default();
            for (a, b, parameter, merges) in changes {
                let all = texts(&changed);
                let (a, b) = (&all[a % all.len()], &all[b % all.len()]);
                hand = hand.with(if merges { merge(&[a, b]) } else { split(a, parameter, "200") });
                changed = catalog(&messages(), 1).changed(&hand);
                for message in messages() {
                    let found = changed.find(message.as_bytes());
                    prop_assert!(found.is_some_and(|found| (found as usize) < changed.templates().len()));
                }
                let mut distinct = texts(&changed);
                distinct.sort();
                distinct.dedup();
                prop_assert_eq!(distinct.len(), changed.templates().len());
            }
        }
    }
}
