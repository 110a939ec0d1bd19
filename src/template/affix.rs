//! Text with values that stands before or behind messages of many kinds: `req=7c01 … took 12 ms`.
//!
//! Equal text around what differs says that it is a value. Where the same text is around all that a program says, it says
//! nothing of the kind: it is no part of any message then. Each such affix is one mark while forms are clustered.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::{Form, unite};
use super::words::{GRAMMAR, NUMBERED, Symbol, VALUE, Word, Words, affix_mark, bare, has_gap, is_word, mark_byte};

/// Most tokens of an affix.
const LONGEST: usize = 8;
/// Fewest kinds of messages that have it. A kind is told by the word next to the affix, and by what is beyond that.
const KINDS: usize = 8;
/// Fewest lengths of these: values that follow each other have one.
const LENGTHS: usize = 4;
/// An affix may have another one within: that of a service that of the framework.
const NESTED: usize = 3;
/// Most affixes: so many bytes are no marks in a message.
const MOST: usize = 0x80;

/// The affixes of forms.
#[derive(Debug, Default)]
pub(super) struct Affixes(Vec<Vec<Symbol>>);

/// On which side of a message it is.
#[derive(Clone, Copy)]
enum Side {
    Front,
    Back,
}

impl Affixes {
    /// Takes the affixes of forms off.
    pub(super) fn take_off(forms: &mut [Form], words: &Words) -> Self {
        let mut affixes = Self::default();
        for _ in 0..NESTED {
            let known = affixes.0.len();
            for side in [Side::Front, Side::Back] {
                affixes.take(forms, side, words);
            }
            if affixes.0.len() == known {
                break;
            }
        }
        affixes
    }

    /// Puts them on again.
    pub(super) fn put_on(self, mut forms: Vec<Form>) -> Vec<Form> {
        // Later ones may hold earlier ones.
        for (place, affix) in self.0.iter().enumerate().rev() {
            for form in &mut forms {
                let is_own =
                    |at: &usize| form.symbols.get(*at).is_some_and(|&symbol| bare(symbol) == affix_mark(place));
                if let Some(at) = [0, form.symbols.len().saturating_sub(1)].into_iter().find(is_own) {
                    form.symbols.splice(at..=at, affix.iter().copied());
                }
            }
        }
        if self.0.is_empty() { forms } else { unite(forms) }
    }

    /// Takes off those of one side, the shortest that many kinds of messages have.
    #[inline(never)]
    fn take(&mut self, forms: &mut [Form], side: Side, words: &Words) {
        for length in 2..=LONGEST {
            let mut found: BTreeMap<&[Symbol], Vec<usize>> = BTreeMap::new();
            for (index, form) in forms.iter().enumerate() {
                if let Some((affix, _)) = side.split(&form.symbols, length)
                    && affix.iter().any(|&symbol| bare(symbol) == VALUE)
                {
                    found.entry(affix).or_default().push(index);
                }
            }
            found.retain(|_, members| {
                let split = |&index: &usize| side.split(&forms[index].symbols, length);
                members.len() >= KINDS
                    && are_many_kinds(members.iter().filter_map(split).map(|split| split.1), side, words)
            });
            let found: Vec<Vec<Symbol>> = found.into_keys().map(<[Symbol]>::to_vec).collect();
            for affix in found.into_iter().take(MOST - self.0.len()) {
                let own = [affix_mark(self.0.len()) | affix[0] & 1];
                for form in forms.iter_mut() {
                    if side.split(&form.symbols, length).is_some_and(|(other, _)| has_values(&affix, other, words)) {
                        let range = match side {
                            Side::Front => 0..length,
                            Side::Back => form.symbols.len() - length..form.symbols.len(),
                        };
                        form.symbols.splice(range, own);
                    }
                }
                self.0.push(affix);
            }
        }
    }
}

/// Whether a text is an affix with its values, of which some may look like words: a name with a digit, or what a mark leads to
/// as in `id=facade`.
fn has_values(affix: &[Symbol], text: &[Symbol], words: &Words) -> bool {
    let fits = |at: usize| {
        let (symbol, own) = (affix[at], text[at]);
        let led = || at > 0 && !has_gap(symbol) && mark_byte(affix[at - 1]).is_some();
        let value = |word: &Word| bare(symbol) == VALUE && (word.is(NUMBERED) || led());
        symbol == own || has_gap(symbol) == has_gap(own) && words.get(own).is_some_and(value)
    };
    (0..affix.len()).all(fits)
}

impl Side {
    /// An affix of some tokens and what it stands at, with a blank in between.
    fn split(self, symbols: &[Symbol], length: usize) -> Option<(&[Symbol], &[Symbol])> {
        let (affix, body) = match self {
            Self::Front => symbols.split_at_checked(length)?,
            Self::Back => {
                symbols.split_at_checked(symbols.len().checked_sub(length)?).map(|(body, affix)| (affix, body))?
            }
        };
        let behind = match self {
            Self::Front => body.first(),
            Self::Back => affix.first(),
        };
        (!body.is_empty() && behind.is_some_and(|&symbol| has_gap(symbol))).then_some((affix, body))
    }
}

/// Whether messages differ in more than the word next to their affix, and most are sentences: titles and names are as
/// different, and are values.
fn are_many_kinds<'a>(bodies: impl Iterator<Item = &'a [Symbol]>, side: Side, words: &Words) -> bool {
    let mut kinds: BTreeMap<Symbol, &[Symbol]> = BTreeMap::new();
    for body in bodies {
        let parts = match side {
            Side::Front => body.split_first(),
            Side::Back => body.split_last(),
        };
        if let Some((&next, beyond)) = parts.filter(|(next, _)| is_word(**next)) {
            let known = kinds.entry(next).or_insert(beyond);
            *known = (*known).min(beyond);
        }
    }
    let says = |&symbol: &Symbol| {
        let word = words.get(symbol);
        let grammar = word.is_some_and(|word| word.is(GRAMMAR) && word.text.starts_with(char::is_lowercase));
        grammar || bare(symbol) == VALUE || mark_byte(symbol).is_some()
    };
    let sentences = kinds.values().filter(|beyond| beyond.iter().any(says)).count();
    let beyond: BTreeSet<&[Symbol]> = kinds.values().copied().collect();
    let lengths: BTreeSet<usize> = beyond.iter().map(|beyond| beyond.len()).collect();
    let differ = beyond.len() >= KINDS && beyond.len() * 2 >= kinds.len() && lengths.len() >= LENGTHS;
    differ && sentences >= KINDS && sentences * 2 >= kinds.len()
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;

    const KINDS: [&str; 24] = [
        "Search request for 17, 9 nights",
        "Availability query returned 7 hotels",
        "Priced 9 offers for 17",
        "Search answered with status 200 and 17 bytes",
        "Final quote of 504 EUR computed",
        "Booking request for hotel 17 by customer 9",
        "Reservation draft created for hotel 17",
        "Booking answered with status 201",
        "Confirmation mail sent to customer 80451",
        "Payment of 80 EUR captured",
        "Card authorised for 80 EUR",
        "Posted journal entry 17 to account 4400",
        "Cancellation request for reservation 17",
        "Reservation at hotel 17 released",
        "Cancellation mail sent to customer 17",
        "Cancellation answered with status 200",
        "Refund of 80 EUR issued",
        "Reversed journal entry 17",
        "Voucher code applied for customer 17",
        "Session token refreshed for customer 17",
        "Tier gold resolved for customer 17",
        "Tier silver resolved for customer 17",
        "Card declined by issuer, reason code 17",
        "Room hold at hotel 17 released",
    ];

    #[test]
    fn text_around_all_messages_makes_no_value_of_what_they_say() {
        type Around = fn(&str) -> String;
        let around: [Around; 5] = [
            |text| format!("req=7c01-12 {text} took 7 ms"),
            |text| format!("req=7c01-12 {text}"),
            |text| format!("{text} took 7 ms"),
            |text| format!("{text} request_id=7c01-12 took_ms=5.5"),
            |text| format!("[7c01-12] (user 17) {text}"),
        ];
        for around in around {
            let mut messages = KINDS.map(around).to_vec();
            assert_eq!(texts(&messages).len(), KINDS.len(), "{:?}", texts(&messages));
            messages.push(around(KINDS[0]).replace("7c01-12", "facade"));
            assert_eq!(texts(&messages).len(), KINDS.len(), "an id without digits: {:?}", texts(&messages));
        }
    }

    #[test]
    fn titles_behind_equal_text_are_values() {
        let titles = [
            "Help",
            "Purple Rain",
            "Like A Rolling Stone",
            "Yesterday",
            "Born To Run",
            "Hey Jude",
            "Respect",
            "Imagine",
            "What Is Going On",
            "Good Vibrations",
            "London Calling",
            "Let It Be",
            "Purple Haze",
            "Maybellene",
            "Hotel California",
            "Stairway To Heaven",
            "Sympathy For The Devil",
            "River Deep Mountain High",
            "Crying",
        ];
        let messages = titles.map(|title| format!("Now playing track 7 {title}"));
        assert_eq!(texts(&messages), ["Now playing track <*> <*>"]);
    }

    #[test]
    fn values_are_found_within_affixes() {
        let names = ["Emma", "Liam", "Noah", "Ava", "Mia", "Zoe", "Kim"];
        let named = names.map(|name| format!("req=7c01-12 paid by {name} in time took 7 ms"));
        let others = KINDS.map(|text| format!("req=7c01-12 {text} took 7 ms"));
        let texts = texts(&[named.to_vec(), others.to_vec()].concat());
        assert_eq!((texts.len(), texts[0].as_str()), (1 + KINDS.len(), "req=<*> paid by <*> in time took <*> ms"));
    }
}
