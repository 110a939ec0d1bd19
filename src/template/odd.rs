//! Odd forms of a value: what stands where a frequent message has a value, and is written unlike it.
//!
//! `check=vault:10.0.1.11:8200:sealed` among hundreds of `check=web`, `from=@`, `leader=`, `to Zoe` where one number stands
//! after the other: nothing varies there often enough to say that it is a value. That the same place of the same text holds
//! one in most messages says it.

use rustc_hash::FxHashMap;

use super::cluster::Form;
use super::group::closing_of;
use super::pattern::in_order;
use super::words::{
    GRAMMAR, SPAN, Symbol, UPPER, Words, bare, has_gap, is_affix, is_slot, is_value, is_word, mark, mark_byte,
};
use crate::common::hash::hash_pair;

/// Most tokens of an odd value that nothing encloses.
pub(super) const LONGEST: usize = 16;
/// Fewest words of the text around.
const CONSTANTS: usize = 2;
/// A form of one shape takes in odd ones that are so many times as rare.
const RARER: u64 = 4;
/// Most tokens that odd values of a form have beyond one each.
pub(super) const LONGER: usize = 48;
/// Most values of a form that may be empty.
pub(super) const EMPTY: usize = 3;
/// Marks behind which there may be nothing.
pub(super) const EMPTIED: &[u8] = b"=([{<'\"";
/// Most odd values that neither a key nor brackets announce.
const BARE: u16 = 2;
/// Most words of a proper name.
pub(super) const TITLE: usize = 4;
/// Most tokens of the text by which a form is found.
const TELLING: usize = 8;
/// Forms with the same such text that a form is held against, most frequent first.
const TRIED: usize = 16;

/// Gives forms that are odd to those that they are messages of. `None`: there are none.
#[inline(never)]
pub(super) fn odd(forms: &[Form], words: &Words) -> Option<Vec<Form>> {
    let rank = |index: usize| (forms[index].count, index);
    let mut rarest: Vec<usize> = (0..forms.len()).collect();
    rarest.sort_by_key(|&index| rank(index));
    let mut known: FxHashMap<u64, Vec<usize>> = FxHashMap::default();
    for &index in rarest.iter().rev() {
        if let Some(text) = telling(&forms[index].symbols) {
            let key = text.iter().fold(0, |hash, &symbol| hash_pair(hash, u64::from(symbol)));
            let takers = known.entry(key).or_default();
            if takers.len() < TRIED {
                takers.push(index);
            }
        }
    }
    let mut taken: Vec<Option<usize>> = vec![None; forms.len()];
    let mut takes = vec![false; forms.len()];
    for index in rarest {
        // One that took others in stays.
        if takes[index] {
            continue;
        }
        let symbols = &forms[index].symbols;
        let fits = |&taker: &usize| {
            taker != index
                && taken[taker].is_none()
                && is_message(&forms[taker].symbols, symbols, words, &Known::of(&forms[taker], &forms[index]))
        };
        let mut found: Option<usize> = None;
        for start in 0..symbols.len() {
            let text = symbols[start..].iter().take(TELLING).take_while(|&&symbol| !is_value(symbol));
            let mut hash = 0;
            for &symbol in text {
                hash = hash_pair(hash, u64::from(symbol));
                let better = |&taker: &usize| found.is_none_or(|found| rank(taker) > rank(found));
                let takers = known.get(&hash).into_iter().flatten().copied();
                found = takers.filter(better).find(fits).or(found);
            }
        }
        if let Some(taker) = found {
            taken[index] = Some(taker);
            takes[taker] = true;
        }
    }
    if taken.iter().all(Option::is_none) {
        return None;
    }
    let mut out = forms.to_vec();
    for (index, taker) in taken.iter().enumerate() {
        if let Some(taker) = *taker {
            let mut odd = std::mem::take(&mut out[index]);
            // Where words stand for values the message is written as the others are.
            if !is_aligned(&out[taker].symbols, &odd.symbols) {
                odd.odd.append(&mut odd.shapes);
                odd.exact = false;
            }
            out[taker].take(&odd);
        }
    }
    let mut left_out = taken.iter().map(Option::is_some);
    out.retain(|_| left_out.next() != Some(true));
    Some(out)
}

/// The constant text by which a form is found: the longest between two values, or its beginning. `None` where there are no
/// values, or little text.
fn telling(symbols: &[Symbol]) -> Option<&[Symbol]> {
    let words = |text: &[Symbol]| text.iter().filter(|&&symbol| is_word(symbol)).count();
    if words(symbols) < CONSTANTS || !symbols.iter().copied().any(is_value) {
        return None;
    }
    let texts = symbols.split(|&symbol| is_value(symbol)).map(|text| &text[..text.len().min(TELLING)]);
    texts.max_by_key(|text| words(text)).filter(|text| words(text) > 0)
}

/// What is known of a form that may take another one in.
struct Known {
    /// Words have been found to be values of it.
    varies: bool,
    /// It varies, or is much more frequent.
    established: bool,
}

impl Known {
    fn of(form: &Form, odd: &Form) -> Self {
        let varies = form.shapes.len() > 1;
        Self { varies, established: varies || form.count >= RARER * odd.count }
    }
}

/// Whether a form is a message of another one: the same text, and odd values at most in some places; such that are made of
/// words too only where the other one is established. Of values and marks alone it does not matter which is the odd one.
fn is_message(general: &[Symbol], form: &[Symbol], words: &Words, known: &Known) -> bool {
    const UNREACHED: u16 = u16::MAX;
    let fits = form.len() <= general.len() + LONGER && form.len() + EMPTY >= general.len();
    if !fits || !in_order(general.iter().filter(|&&symbol| !is_value(symbol)), form.iter()) {
        return false;
    }
    // The fewest odd values that nothing announces, by how much of the form has been read.
    let mut reached = vec![UNREACHED; form.len() + 1];
    reached[0] = 0;
    for (place, &symbol) in general.iter().enumerate() {
        let mut next = vec![UNREACHED; form.len() + 1];
        for at in (0..=form.len()).filter(|&at| reached[at] != UNREACHED) {
            if !is_value(symbol) {
                if form.get(at) == Some(&symbol) {
                    next[at + 1] = next[at + 1].min(reached[at]);
                }
                continue;
            }
            for (length, cost) in lengths(general, place, form, at, words) {
                let sum = reached[at] + cost;
                let stretch = &form[at..at + length];
                // Words that nothing announces are what the message says, unless words have been found to be values.
                let bare = cost > 0 && stretch.iter().copied().all(is_word);
                let may = known.varies || !bare && known.established || !stretch.iter().copied().any(is_word);
                if sum <= BARE && may {
                    next[at + length] = next[at + length].min(sum);
                }
            }
        }
        reached = next;
    }
    reached[form.len()] != UNREACHED
}

/// Whether each value of a form is one token of the other one.
fn is_aligned(general: &[Symbol], form: &[Symbol]) -> bool {
    let fits = |(&general, &own): (&Symbol, &Symbol)| {
        general == own || is_value(general) && is_slot(own) && has_gap(general) == has_gap(own)
    };
    general.len() == form.len() && general.iter().zip(form).all(fits)
}

/// How many tokens of a form, from `at` on, can be the value that another one has in a place, and what each costs.
fn lengths(general: &[Symbol], place: usize, form: &[Symbol], at: usize, words: &Words) -> Vec<(usize, u16)> {
    let value = general[place];
    let mut found = Vec::new();
    let before = place.checked_sub(1).and_then(|at| mark_byte(general[at]));
    let tight = !has_gap(value);
    let keyed = tight && before == Some(b'=') && place >= 2 && is_word(general[place - 2]);
    // `name= other=…`, `''`, `(, 4)`
    let opened = tight && before.is_some_and(|mark| EMPTIED.contains(&mark));
    if opened {
        found.push((0, u16::from(!keyed)));
    }
    let Some(&first) = form.get(at) else { return found };
    if has_gap(first) == tight {
        return found;
    }
    if is_value(first) && (bare(first) != SPAN || bare(value) == SPAN) {
        found.push((1, 0));
    }
    let says = |symbol: Symbol| words.get(symbol).is_some_and(|word| word.is(GRAMMAR));
    // States that a program gave a common first name tell messages apart (`ACTION_UP`).
    let state = || words.get(first).is_some_and(|word| word.is(UPPER) && word.text.contains('_'));
    if is_word(first) && if keyed { !state() } else { !says(first) } {
        found.push((1, u16::from(!keyed)));
    }
    // Lists: `[a, b]`, `[]`.
    let opens = at.checked_sub(1).filter(|_| tight && matches!(before, Some(b'[' | b'{' | b'(' | b'<')));
    if let Some(close) = opens.and_then(|open| closing_of(form, open)) {
        let inside = &form[at..close];
        let parted = inside
            .windows(2)
            .all(|pair| !has_gap(pair[1]) || mark_byte(pair[0]).is_some_and(|mark| b",;".contains(&mark)));
        if parted && !inside.iter().any(|&symbol| says(symbol) || bare(symbol) == SPAN) {
            found.push((close - at, 0));
        }
    }
    // `status=<exit: 9>`
    if keyed && let Some(close) = closing_of(form, at) {
        found.push((close + 1 - at, 0));
    }
    // `Deploy Prod` where others have one word.
    let titled = |&symbol: &Symbol| {
        words.get(symbol).is_some_and(|word| word.text.as_bytes()[0].is_ascii_uppercase() && !word.is(GRAMMAR))
    };
    let more = form[at + 1..].iter().take(TITLE - 1).take_while(|symbol| has_gap(**symbol) && titled(symbol)).count();
    if (at == 0 || !tight) && titled(&first) && more > 0 {
        found.push((1 + more, BARE));
    }
    let run = 1 + form[at + 1..]
        .iter()
        .take(LONGEST - 1)
        .take_while(|&&symbol| !has_gap(symbol) && !is_affix(symbol))
        .count();
    for length in 1..=run {
        if is_odd(&form[at..at + length]) {
            found.push((length, u16::from(!keyed)));
        }
    }
    found
}

/// Whether a stretch without blanks can be a value: several tokens that begin and end as one may, or marks only.
fn is_odd(stretch: &[Symbol]) -> bool {
    let (Some(&first), Some(&last)) = (stretch.first(), stretch.last()) else { return false };
    if stretch.iter().any(|&symbol| bare(symbol) == SPAN) {
        return false;
    }
    let within = |symbol: Symbol, marks: &[u8]| mark_byte(symbol).is_some_and(|mark| marks.contains(&mark));
    if !stretch.iter().copied().any(is_slot) {
        return stretch.iter().all(|&symbol| within(symbol, b"-_*@?.[]{}()<>/"));
    }
    let begins = is_slot(first) || within(first, b"[({</@-+*_~$%#");
    let ends = is_slot(last) || within(last, b"])}>/*_");
    stretch.len() > 1 && begins && ends && balanced(stretch)
}

/// Whether brackets that open close.
fn balanced(stretch: &[Symbol]) -> bool {
    [(b"[", b"]"), (b"(", b")"), (b"{", b"}"), (b"<", b">")].iter().all(|(open, close)| {
        let count = |bracket: &[u8; 1]| stretch.iter().filter(|&&symbol| bare(symbol) == mark(bracket)).count();
        count(open) == count(close)
    })
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;
    use crate::template::{Catalog, ShapeTable};

    fn requests() -> Vec<String> {
        (0..40).map(|at| format!("request done: url=/a/{at} from=10.0.0.{at} took={at}ms")).collect()
    }

    #[test]
    fn values_that_are_written_unlike_the_others_are_values() {
        let mut messages = requests();
        for odd in
            ["url=vault:/b:x took=x", "from=@ url=y", "from= url=/c", "from=[::]:443 url=/d", "from=a(b:2) url=/d"]
        {
            let value = |key: &str, usual: &str| {
                let own = odd.split(' ').find_map(|pair| pair.strip_prefix(key));
                own.unwrap_or(usual).to_owned()
            };
            messages.push(format!(
                "request done: url={} from={} took={}",
                value("url=", "/e/7"),
                value("from=", "10.0.0.9"),
                value("took=", "7ms")
            ));
        }
        assert_eq!(texts(&messages), ["request done: url=<*> from=<*> took=<*>"]);

        let mut table = ShapeTable::default();
        for (place, message) in messages.iter().enumerate() {
            table.add(message.as_bytes(), place as u64);
        }
        let catalog = Catalog::build(&table);
        for (message, values) in [
            (messages[41].as_str(), ["y", "@", "7ms"]),
            (messages[42].as_str(), ["/c", "", "7ms"]),
            ("request done: url=/x/1 from=[fe80::1]:80 took=9ms", ["/x/1", "[fe80::1]:80", "9ms"]),
        ] {
            assert_eq!(catalog.find(message.as_bytes()), Some(0), "{message}");
            let found = catalog.parameters(message.as_bytes(), 0).unwrap_or_default();
            let found: Vec<&str> = found.iter().map(|value| &message[value.start..value.end]).collect();
            assert_eq!(found, values);
        }
        assert_eq!(catalog.templates()[0].typed_text(), "request done: url=<path> from=<ip> took=<num>ms");
    }

    #[test]
    fn a_message_that_says_more_or_something_else_is_no_odd_one() {
        let usual: Vec<String> = (0..40).map(|at| format!("session of user u{at}x{at} closed after {at} s")).collect();
        for other in [
            "session of user u1x1 closed after 5 s: out of memory",
            "session of user u1x1 not closed after 5 s",
            "session of user u1x1 was closed after 5 s",
            "session of guest u1x1 closed after 5 s",
            "session of user pool closed after maintenance s",
            "session of user not:created closed never:after 5 s",
        ] {
            let messages: Vec<&str> = usual.iter().map(String::as_str).chain([other]).collect();
            assert_eq!(texts(&messages).len(), 2, "{other}");
        }
    }

    #[test]
    fn one_odd_value_does_not_make_sentences_values() {
        let mut table = ShapeTable::default();
        for place in 0..40 {
            table.add(format!("session of user {place} closed after {place} s").as_bytes(), place);
        }
        table.add(b"session of user a:b:7 closed after 7 s", 40);
        let catalog = Catalog::build(&table);
        assert_eq!(catalog.templates().len(), 1);
        assert_eq!(catalog.find(b"session of user x:y:9 closed after 7 s"), Some(0));
        assert_eq!(
            catalog.find(b"session of user 7 could not be created so that nothing else was closed after 5 s"),
            None
        );
    }

    #[test]
    fn lists_in_brackets_are_odd_values_too() {
        let mut messages: Vec<String> = (0..40).map(|at| format!("moved replica {at} to [{at}] in time")).collect();
        messages.extend(
            ["moved replica 7 to [] in time", "moved replica all:7 to [x:1, y(2), z] in time"].map(str::to_owned),
        );
        assert_eq!(texts(&messages), ["moved replica <*> to [<*>] in time"]);
    }

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
