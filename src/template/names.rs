//! Names: what is a value in some messages is one in others too.
//!
//! `backup` is a word of the language until `node backup joined` and `node backup left` have turned out to be two of many
//! messages that differ in what stands there; then `[backup] disk is full` says of which node, though it was seen once.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cluster::Form;
use super::judge::VOCABULARY;
use super::words::{GRAMMAR, Symbol, VALUE, Words, bare, has_gap, is_value, is_word, mark_byte};

/// So many places in which a word was found to be a value make it a name; one is enough where many others stand too.
const PLACES: u32 = 2;

/// How often words have been found to be values.
#[derive(Default)]
pub(super) struct Names {
    /// By word: in how many messages, and in how many places.
    found: FxHashMap<Symbol, (u64, u32)>,
}

impl Names {
    /// Learns the words of a slot of forms that are made one. `distinct`: how many different ones there are.
    pub(super) fn learn(&mut self, forms: &[Form], members: &[u32], slot: u16, distinct: usize) {
        let places = if distinct >= VOCABULARY { PLACES } else { 1 };
        let mut seen = FxHashSet::default();
        for form in members.iter().map(|&member| &forms[member as usize]) {
            let word = bare(form.symbols[usize::from(slot)]);
            let found = self.found.entry(word).or_default();
            found.0 += form.count;
            found.1 += if seen.insert(word) { places } else { 0 };
        }
    }

    /// Makes values of names wherever they stand, if they are values at least as often as text. `None`: there are none.
    pub(super) fn apply(&self, forms: &[Form], words: &Words) -> Option<Vec<Form>> {
        let mut text: FxHashMap<Symbol, u64> = FxHashMap::default();
        for form in forms {
            for symbol in form.symbols.iter().map(|&symbol| bare(symbol)) {
                if self.found.contains_key(&symbol) {
                    *text.entry(symbol).or_default() += form.count;
                }
            }
        }
        let name = |symbol: Symbol| {
            let often = |&(messages, places): &(u64, u32)| {
                places >= PLACES && messages >= text.get(&bare(symbol)).copied().unwrap_or(0)
            };
            is_word(symbol)
                && self.found.get(&bare(symbol)).is_some_and(often)
                && words.get(symbol).is_some_and(|word| !word.is(GRAMMAR))
        };
        let mut changed = false;
        let mut out = forms.to_vec();
        for form in &mut out {
            let worded = (0..form.symbols.len()).filter(|&at| is_word(form.symbols[at]));
            let is_name = |at: &usize| name(form.symbols[*at]) && !labels(&form.symbols, *at);
            let (names, others): (Vec<usize>, Vec<usize>) = worded.partition(is_name);
            // Some text has to stay.
            if names.is_empty() || others.is_empty() {
                continue;
            }
            for at in names {
                form.symbols[at] = VALUE | form.symbols[at] & 1;
            }
            changed = true;
        }
        changed.then_some(out)
    }
}

/// Whether a word tells what the value directly behind it is: `stale sandbox 17`, `saved tokens [17]`.
fn labels(symbols: &[Symbol], at: usize) -> bool {
    let next = |ahead: usize| symbols.get(at + ahead).copied();
    let opens = next(1).is_some_and(|mark| has_gap(mark) && matches!(mark_byte(mark), Some(b'[' | b'(' | b'<' | b'"')));
    let value = next(if opens { 2 } else { 1 });
    value.is_some_and(|value| is_value(value) && has_gap(value) != opens)
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;

    fn joined() -> Vec<String> {
        ["backup", "front", "mail", "archive"]
            .map(|name| format!("the node called {name} has joined the ring"))
            .to_vec()
    }

    #[test]
    fn a_name_is_a_value_in_a_message_seen_once() {
        let mut messages = joined();
        messages.push("no disk of archive answers".to_owned());
        messages.push("no disk of mail answers".to_owned());
        assert_eq!(texts(&messages), ["the node called <*> has joined the ring", "no disk of <*> answers"]);
    }

    #[test]
    fn a_word_that_is_text_more_often_stays() {
        let mut messages = joined();
        for count in 0..9 {
            messages.push(format!("archive of {count} files written"));
        }
        assert!(texts(&messages).contains(&"archive of <*> files written".to_owned()));
    }

    #[test]
    fn names_alone_are_no_template() {
        let mut messages = joined();
        messages.push("mail archive".to_owned());
        assert!(texts(&messages).contains(&"mail archive".to_owned()));
    }

    #[test]
    fn a_name_that_says_what_the_value_behind_it_is_stays() {
        let mut messages = joined();
        messages.extend((0..3).map(|at| format!("no disk of archive {at} answers")));
        assert!(texts(&messages).contains(&"no disk of archive <*> answers".to_owned()));
    }
}
