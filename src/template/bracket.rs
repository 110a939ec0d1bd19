//! Lists of names in brackets: `[ADMIN, USER]` and `[ADMIN]` are one value where all else is equal.

use rustc_hash::FxHashMap;

use super::cluster::{COMPOUNDS, Form, unite};
use super::words::{SPAN, Symbol, VALUE, bare, has_gap, is_slot, is_word, mark_byte};

/// What a token is for a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    /// A word or a value; whether blanks stand before it.
    Slot(bool),
    /// A mark that nothing parts from what stands before it.
    Mark(u8),
    /// Anything else.
    Other,
}

/// The list that begins with an opening bracket at `open`: where its closing bracket is, and how many elements it has.
/// Elements are words, values, such in quotes, and such joined by colons or equals signs, parted by commas or semicolons;
/// there may be none.
pub(super) fn list(role: impl Fn(usize) -> Role, open: usize) -> Option<(usize, usize)> {
    let closing = match role(open) {
        Role::Mark(b'[') => b']',
        Role::Mark(b'{') => b'}',
        _ => return None,
    };
    if role(open + 1) == Role::Mark(closing) {
        return Some((open + 1, 0));
    }
    let (mut at, mut elements, mut begins) = (open + 1, 1, true);
    loop {
        let quoted = match role(at) {
            Role::Mark(quote @ (b'\'' | b'"')) => {
                matches!(role(at + 1), Role::Slot(_)) && role(at + 2) == Role::Mark(quote)
            }
            _ => false,
        };
        at += if quoted { 2 } else { 0 };
        match role(at) {
            _ if quoted => {}
            Role::Slot(gap) if !begins || !gap || elements > 1 => {}
            _ => return None,
        }
        match role(at + 1) {
            Role::Mark(mark) if mark == closing => return Some((at + 1, elements)),
            Role::Mark(b',' | b';') => (elements, begins) = (elements + 1, true),
            Role::Mark(b':' | b'=') if !matches!(role(at + 2), Role::Slot(true)) => begins = false,
            _ => return None,
        }
        at += 2;
    }
}

/// Lists of a form that are looked at, from the left.
const MOST_LISTS: usize = 8;

/// Forms that differ in how many elements a list has are one, with one value for the list.
#[inline(never)]
pub(super) fn lists(mut forms: Vec<Form>) -> Vec<Form> {
    for _ in 0..COMPOUNDS {
        let around: Vec<Vec<(Vec<Symbol>, usize)>> = forms.iter().map(|form| without_lists(&form.symbols)).collect();
        let mut lengths: FxHashMap<&[Symbol], (usize, usize)> = FxHashMap::default();
        for (key, elements) in around.iter().flatten() {
            let entry = lengths.entry(key).or_insert((*elements, *elements));
            *entry = (entry.0.min(*elements), entry.1.max(*elements));
        }
        let varies = |key: &[Symbol]| lengths.get(key).is_some_and(|(least, most)| least < most);
        let shorter: Vec<Option<Vec<Symbol>>> =
            around.iter().map(|keys| keys.iter().find(|(key, _)| varies(key)).map(|(key, _)| key.clone())).collect();
        if shorter.iter().all(Option::is_none) {
            break;
        }
        let mut changed = false;
        for (form, shorter) in forms.iter_mut().zip(shorter) {
            if let Some(shorter) = shorter.filter(|shorter| *shorter != form.symbols) {
                (form.symbols, form.exact) = (shorter, false);
                changed = true;
            }
        }
        if !changed {
            break;
        }
        forms = unite(forms);
    }
    forms
}

/// For each list, the form with one value in its place, and how many elements it has.
fn without_lists(symbols: &[Symbol]) -> Vec<(Vec<Symbol>, usize)> {
    let role = |at: usize| match symbols.get(at) {
        Some(&symbol) if bare(symbol) == SPAN => Role::Other,
        Some(&symbol) if is_slot(symbol) => Role::Slot(has_gap(symbol)),
        Some(&symbol) => mark_byte(symbol).map_or(Role::Other, Role::Mark),
        None => Role::Other,
    };
    let opens = (0..symbols.len()).filter(|&at| matches!(role(at), Role::Mark(b'[' | b'{')));
    opens
        .filter_map(|open| {
            let (close, elements) = list(role, open)?;
            // Some text has to be equal.
            let others = symbols[..open].iter().chain(&symbols[close..]);
            let told = others.copied().any(is_word);
            told.then(|| ([&symbols[..=open], &[VALUE], &symbols[close..]].concat(), elements))
        })
        // Each is a copy of the form.
        .take(MOST_LISTS)
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;
    use crate::template::{Catalog, ShapeTable};

    #[test]
    fn lists_of_any_length_are_one_value() {
        for (messages, expected) in [
            (
                ["roles [ADMIN] given", "roles [ADMIN, USER] given", "roles [OPS,USER, AUDITOR] given"],
                "roles [<*>] given",
            ),
            (["roles [] given", "roles [ADMIN] given", "roles [USER] given"], "roles [<*>] given"),
            (["load ['a'] now", "load ['a', 'b'] now", "load [] now"], "load [<*>] now"),
            (["hosts {a:1} left", "hosts {a:1, b:2} left", "hosts {c:x; d:2} left"], "hosts {<*>} left"),
        ] {
            assert_eq!(texts(&messages), [expected]);
        }
    }

    #[test]
    fn what_is_no_list_or_always_as_long_stays() {
        assert_eq!(texts(&["[main] queue is full", "[timer] queue is full"]).len(), 2);
        assert_eq!(texts(&["state [up, ready] now", "state [down, ready] now"]).len(), 2);
        assert_eq!(texts(&["[no route] to it", "[no route, no host] to it"]).len(), 2, "sentences");
        assert_eq!(texts(&["[a]", "[a, b]"]).len(), 2, "nothing else");
    }

    #[test]
    fn a_message_with_another_list_has_the_template_and_the_list_for_a_value() {
        let mut table = ShapeTable::default();
        for (place, message) in ["user eve has roles [A, B]", "user eve has roles [A]"].iter().enumerate() {
            table.add(message.as_bytes(), place as u64);
        }
        let catalog = Catalog::build(&table);
        let other = b"user eve has roles [C, B:7, A, X]";
        assert_eq!(catalog.find(other), Some(0));
        let values = catalog.parameters(other, 0).unwrap_or_default();
        let last = values.last().map(|value| &other[value.start..value.end]);
        assert_eq!(last, Some(b"C, B:7, A, X".as_slice()));
        let none = b"user eve has roles []";
        assert_eq!(catalog.find(none), Some(0));
        assert_eq!(
            catalog.parameters(none, 0).unwrap_or_default().last().map(|value| value.start..value.end),
            Some(20..20)
        );
    }
}
