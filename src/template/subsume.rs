//! Forms that are messages of another one: equal to it but where it has values.

use rustc_hash::FxHashMap;

use super::cluster::Form;
use super::words::{GRAMMAR, SPAN, Symbol, Words, bare, is_slot, is_value, is_word};
use crate::common::hash::hash_pair;

/// Fewest shapes of a form that takes in others.
const ESTABLISHED: usize = 2;
/// Most sets of places that are tried for forms of a length.
const MASKS: usize = 64;

/// Gives forms the symbols of those that they are messages of. `None`: there are none.
#[inline(never)]
pub(super) fn subsume(forms: &[Form], words: &Words) -> Option<Vec<Form>> {
    let mut general: FxHashMap<u64, usize> = FxHashMap::default();
    let mut masks: FxHashMap<usize, Vec<Vec<u16>>> = FxHashMap::default();
    for (index, form) in forms.iter().enumerate().filter(|(_, form)| form.shapes.len() >= ESTABLISHED) {
        let places: Vec<u16> =
            (0..form.symbols.len()).filter(|&at| is_value(form.symbols[at])).map(|at| at as u16).collect();
        let constants = form.symbols.iter().filter(|&&symbol| is_word(symbol)).count();
        if places.len() < 2 || constants < 2 {
            continue;
        }
        general.entry(without(&form.symbols, &places)).or_insert(index);
        let masks = masks.entry(form.symbols.len()).or_default();
        if masks.len() < MASKS && !masks.contains(&places) {
            masks.push(places);
        }
    }
    let mut changed = false;
    let mut out = forms.to_vec();
    for form in &mut out {
        let Some(masks) = masks.get(&form.symbols.len()) else { continue };
        let found = masks.iter().find_map(|places| {
            let other = &forms[*general.get(&without(&form.symbols, places))?].symbols;
            takes(other, &form.symbols, words).then_some(other)
        });
        if let Some(other) = found {
            form.symbols.clone_from(other);
            changed = true;
        }
    }
    changed.then_some(out)
}

/// The hash of symbols and of their blanks, but for some places.
fn without(symbols: &[Symbol], places: &[u16]) -> u64 {
    let mut places = places.iter().peekable();
    symbols.iter().enumerate().fold(0, |hash, (at, &symbol)| {
        let left_out = places.next_if(|&&place| usize::from(place) == at).is_some() && is_slot(symbol);
        hash_pair(hash, if left_out { u64::MAX - u64::from(symbol & 1) } else { u64::from(symbol) })
    })
}

/// Whether a form is a message of another one: words where that has values, and none that say what happens.
fn takes(general: &[Symbol], form: &[Symbol], words: &Words) -> bool {
    let pairs = || general.iter().zip(form);
    let fits = |(&general, &own): (&Symbol, &Symbol)| {
        let says = words.get(own).is_some_and(|word| word.is(GRAMMAR));
        let wide = bare(own) == SPAN && bare(general) != SPAN;
        general == own || is_value(general) && is_slot(own) && general & 1 == own & 1 && !says && !wide
    };
    general.len() == form.len() && general != form && pairs().all(fits)
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;

    fn payments() -> Vec<String> {
        let names = ["Emma", "Liam", "Noah", "Ava", "Mia"];
        let towns = ["Dublin", "Manila", "Austin", "Oslo"];
        let pairs = names.iter().flat_map(|name| towns.iter().map(move |town| (name, town)));
        pairs.map(|(name, town)| format!("{name} was paid by the office in {town} today")).collect()
    }

    #[test]
    fn a_message_that_differs_in_two_values_is_one_of_theirs() {
        let mut messages = payments();
        messages.push("Zoe was paid by the office in Lima today".to_owned());
        assert_eq!(texts(&messages), ["<*> was paid by the office in <*> today"]);
    }

    #[test]
    fn one_that_says_something_else_is_not() {
        let mut messages = payments();
        messages.push("nothing was paid by the office in August today".replace("nothing", "not"));
        messages.push("Zoe was paid by the office at Lima today".to_owned());
        assert_eq!(texts(&messages).len(), 3);
    }
}
