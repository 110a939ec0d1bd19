//! Templates that were found before, held against other messages.

use super::{Catalog, Template};
use crate::template::ShapeTable;
use crate::template::table::Entry;

impl Catalog {
    /// This catalog for the messages of a table: its templates keep their numbers, and what fits none of them gets templates
    /// of its own, numbered behind them. Counts and first positions are those of the table.
    #[must_use]
    pub fn adopt(&self, table: &ShapeTable) -> Self {
        let forget = |template: &Template| Template { count: 0, first: u64::MAX, ..template.clone() };
        let mut adopted = Self { templates: self.templates.iter().map(forget).collect(), ..self.clone() };
        let mut unknown: Vec<&Entry> = Vec::new();
        for entry in table.entries() {
            let by_shape = self.template_of_shape(entry.hash);
            let by_text = || entry.examples.first().and_then(|(_, text)| self.find(text));
            let Some(known) = by_shape.or_else(by_text).or_else(|| self.lookup(entry.hash)) else {
                unknown.push(entry);
                continue;
            };
            if let Some(template) = adopted.templates.get_mut(known as usize) {
                template.count += entry.count;
                template.first = template.first.min(entry.first);
            }
            adopted.shapes.push((entry.hash, known));
        }
        let behind = self.templates.len() as u32;
        let more = Self::build_of(&unknown);
        adopted.templates.extend(more.templates);
        adopted.shapes.extend(more.shapes.into_iter().map(|(hash, template)| (hash, template + behind)));
        adopted.shapes.sort_unstable();
        adopted.shapes.dedup_by_key(|shape| shape.0);
        adopted.patterns.extend(more.patterns.into_iter().map(|mut pattern| {
            pattern.template += behind;
            pattern
        }));
        // The order that a look-up by length needs.
        adopted.patterns.sort_by_key(|pattern| (pattern.elements.len(), pattern.template));
        adopted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(messages: &[&str]) -> ShapeTable {
        let mut table = ShapeTable::default();
        for (position, message) in (0..).zip(messages) {
            table.add(message.as_bytes(), position);
        }
        table
    }

    #[test]
    fn known_templates_keep_their_numbers_and_unknown_ones_come_behind() {
        let learned = ["user 1 logged in", "user 2 logged in", "user 3 logged in", "disk sda is full"];
        let frozen = Catalog::build(&table(&learned));
        let known = frozen.templates().len();
        let other =
            ["user 77 logged in", "cache of 5 entries dropped", "user 78 logged in", "cache of 9 entries dropped"];
        let adopted = frozen.adopt(&table(&other));
        assert_eq!(adopted.find(b"user 9 logged in"), frozen.find(b"user 9 logged in"));
        let unknown = adopted.find(b"cache of 1 entries dropped").unwrap() as usize;
        assert!(unknown >= known);
        let counts: Vec<u64> = adopted.templates().iter().map(|template| template.count).collect();
        let user = frozen.find(b"user 9 logged in").unwrap() as usize;
        assert_eq!((counts[user], counts[unknown], counts.iter().sum::<u64>()), (2, 2, 4));
        let texts: Vec<String> = frozen.templates().iter().map(Template::text).collect();
        assert!(adopted.templates().iter().map(Template::text).take(known).eq(texts));
    }
}
