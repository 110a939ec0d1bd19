//! Where values stand: between the same words in one kind of message as in another.
//!
//! `rebalance group <*> in state <*>` has been found in messages that are frequent enough; one that goes on in another way
//! and was seen once has values in the same places.

use rustc_hash::FxHashSet;

use super::cluster::Form;
use super::span::{SPANS, WIDEST, may_be_value};
use super::words::{GRAMMAR, SPAN, Symbol, VALUE, Words, bare, has_gap, is_slot, is_value, is_word, mark_byte};

/// Beyond the ends of a message.
const NOTHING: Symbol = Symbol::MAX;

/// What stands around a value: two tokens before it and two behind.
type Around = [Symbol; 4];

/// Places that have been found to hold values.
#[derive(Default)]
pub(super) struct Contexts {
    words: FxHashSet<Around>,
    spans: FxHashSet<Around>,
}

/// What stands around a stretch; of the outer tokens, `outer` says whether they are taken for values.
fn around_as(symbols: &[Symbol], start: usize, end: usize, outer: [bool; 2]) -> Around {
    let mut around = around(symbols, start, end);
    for (at, value) in [(0, outer[0]), (3, outer[1])] {
        if around[at] != NOTHING && is_slot(around[at]) && (value || is_value(around[at])) {
            around[at] = VALUE | around[at] & 1;
        }
    }
    around
}

/// The ways to see what stands around.
const OUTER: [[bool; 2]; 4] = [[false, false], [true, false], [false, true], [true, true]];

fn around(symbols: &[Symbol], start: usize, end: usize) -> Around {
    let at = |place: Option<usize>| place.and_then(|place| symbols.get(place)).copied().unwrap_or(NOTHING);
    [at(start.checked_sub(2)), at(start.checked_sub(1)), at(Some(end)), at(Some(end + 1))]
}

/// Whether it says enough: two words, or a key.
fn tells(around: &Around, gap: bool) -> bool {
    let words = around.iter().filter(|&&symbol| symbol != NOTHING && is_word(symbol)).count();
    let key = !gap
        && around[0] != NOTHING
        && is_word(around[0])
        && around[1] != NOTHING
        && mark_byte(around[1]) == Some(b'=');
    words >= 2 || key
}

fn known(places: &FxHashSet<Around>, symbols: &[Symbol], start: usize, end: usize) -> bool {
    !places.is_empty() && OUTER.iter().any(|&outer| places.contains(&around_as(symbols, start, end, outer)))
}

impl Contexts {
    /// Learns the values of a form.
    pub(super) fn learn(&mut self, symbols: &[Symbol], place: usize) {
        let Some(&symbol) = symbols.get(place) else { return };
        let around = around_as(symbols, place, place + 1, OUTER[0]);
        if tells(&around, has_gap(symbol)) {
            if bare(symbol) == SPAN {
                self.spans.insert(around);
            }
            self.words.insert(around);
        }
    }

    /// Makes values of what stands where values have been found. `None`: there is nothing of the kind.
    #[inline(never)]
    pub(super) fn apply(&self, forms: &[Form], words: &Words) -> Option<Vec<Form>> {
        let mut changed = false;
        let applied = forms.iter().map(|form| {
            let mut form = form.clone();
            for start in 0..form.symbols.len() {
                changed |= self.place(&mut form, start, words);
            }
            form
        });
        let applied: Vec<Form> = applied.collect();
        changed.then_some(applied)
    }

    fn place(&self, form: &mut Form, start: usize, words: &Words) -> bool {
        let Some(&symbol) = form.symbols.get(start) else { return false };
        let says = |symbol: Symbol| words.get(symbol).is_some_and(|word| word.is(GRAMMAR));
        let gap = symbol & 1;
        if is_word(symbol) && !says(symbol) && known(&self.words, &form.symbols, start, start + 1) {
            form.symbols[start] = VALUE | gap;
            return true;
        }
        if form.symbols.iter().filter(|&&symbol| bare(symbol) == SPAN).count() >= SPANS {
            return false;
        }
        let widest = form.symbols.len().min(start + WIDEST);
        let end = (start + 2..=widest)
            .find(|&end| known(&self.spans, &form.symbols, start, end) && may_be_value(form, start, end));
        let Some(end) = end else { return false };
        form.symbols.splice(start..end, [SPAN | gap]);
        form.exact = false;
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;

    #[test]
    fn a_message_seen_once_has_values_where_others_like_it_have() {
        let groups = ["billing", "mailer", "etl", "search"];
        let mut messages: Vec<String> =
            groups.iter().map(|group| format!("left group {group} in peace at last")).collect();
        messages.push("left group reports in peace because of a timeout".to_owned());
        let found = texts(&messages);
        assert!(found.contains(&"left group <*> in peace because of a timeout".to_owned()), "{found:?}");
    }

    #[test]
    fn little_around_says_nothing() {
        let mut messages: Vec<String> =
            ["red", "green", "blue", "black", "white"].map(|word| format!("a {word} car passed the gate")).to_vec();
        messages.push("a big car".to_owned());
        assert!(texts(&messages).contains(&"a big car".to_owned()));
    }
}
