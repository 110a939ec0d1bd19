//! How many different words in one place say that the place is a variable.

use rustc_hash::{FxHashMap, FxHashSet};

use super::cluster::Form;
use super::context::Contexts;
use super::names::Names;
use super::words::{
    ANNOUNCES, COINED, GRAMMAR, NUMBERED, PERSON, Symbol, UPPER, VALUE, Word, Words, bare, has_gap, is_closed,
    is_value, is_word, mark, mark_byte,
};

/// So many different words in a slot are values elsewhere too.
pub(super) const VOCABULARY: usize = 3;
/// So many constant words make a sentence, in which a name stands.
const SENTENCE: usize = 3;
/// So many constant words around one that varies say that it is not what the message says.
const LONG: usize = 4;
/// So many names with nothing but values behind them are the rows of a table.
const ROWS: usize = 6;
/// In so many places a name has to vary to be called one.
const PLACES: u32 = 2;

/// What stands in one place of forms that are equal everywhere else (or everywhere but for one more place).
pub(super) struct Slot<'a> {
    symbols: &'a [Symbol],
    at: usize,
    words: &'a Words,
    /// Different words, none twice.
    found: Vec<(Symbol, &'a Word)>,
    /// A value stands there too.
    value: bool,
    /// At least half of the words have been found to be values elsewhere.
    known: bool,
    /// Words that also vary elsewhere.
    recurring: usize,
}

/// What has been learnt about words.
#[derive(Default)]
pub(super) struct Knowledge {
    /// Words that have been found to be values.
    pub values: FxHashSet<Symbol>,
    /// Values of several words.
    pub phrases: FxHashSet<Vec<Symbol>>,
    /// Words that are values more often than text.
    pub names: Names,
    /// Places that hold values.
    pub contexts: Contexts,
    /// In how many places a word stands where others stand too.
    pub places: FxHashMap<Symbol, u32>,
}

impl<'a> Slot<'a> {
    pub(super) fn of(forms: &'a [Form], members: &[u32], at: usize, words: &'a Words, knowledge: &Knowledge) -> Self {
        let mut seen = FxHashSet::default();
        let mut found = Vec::new();
        let mut value = false;
        for &member in members {
            let symbol = bare(forms[member as usize].symbols[at]);
            if is_value(symbol) {
                value = true;
            } else if seen.insert(symbol) {
                found.extend(words.get(symbol).map(|word| (symbol, word)));
            }
        }
        let values = found.iter().filter(|(symbol, _)| knowledge.values.contains(symbol)).count();
        let known = !found.is_empty() && 2 * values >= found.len();
        let often = |symbol: &Symbol| knowledge.places.get(symbol).is_some_and(|&places| places >= PLACES);
        let recurring = found.iter().filter(|(symbol, _)| often(symbol)).count();
        Self { symbols: &forms[members[0] as usize].symbols, at, words, found, value, known, recurring }
    }

    /// The words, where there are enough of them to say that they are values wherever they stand.
    pub(super) fn vocabulary(&self) -> impl Iterator<Item = Symbol> {
        let enough = self.found.len() >= VOCABULARY;
        self.found.iter().filter(move |(_, word)| enough && !word.is(GRAMMAR)).map(|(symbol, _)| *symbol)
    }

    /// Different words; values count as one.
    pub(super) fn distinct(&self) -> usize {
        self.found.len() + usize::from(self.value)
    }

    fn share(&self, holds: impl Fn(&Word) -> bool) -> f64 {
        self.found.iter().filter(|(_, word)| holds(word)).count() as f64 / self.found.len().max(1) as f64
    }

    fn mark_at(&self, at: usize) -> Option<u8> {
        self.symbols.get(at).and_then(|&symbol| mark_byte(symbol))
    }

    /// Whether the marks around say that a value stands here: `name=…`, `"…"`, `<…>`, a table's cell.
    fn marked(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.mark_at(at));
        let after = self.mark_at(self.at + 1);
        let tight = !has_gap(self.symbols[self.at]);
        let tight_after = self.symbols.get(self.at + 1).is_some_and(|&symbol| !has_gap(symbol));
        match (before, after) {
            _ if self.keyed() => true,
            (Some(b'|'), _) | (_, Some(b'|')) => true,
            _ if self.arrow() => true,
            (Some(open), Some(close)) if tight && tight_after => {
                matches!(
                    (open, close),
                    (b'[', b']') | (b'(', b')') | (b'<', b'>') | (b'{', b'}') | (b'"', b'"') | (b'\'', b'\'')
                )
            }
            _ => false,
        }
    }

    /// Whether it is one end of a transition: of an arrow, or of "from … to …".
    fn transition(&self) -> bool {
        let said = |at: Option<usize>, text: &str| {
            let word = at.and_then(|at| self.symbols.get(at)).and_then(|&symbol| self.words.get(symbol));
            word.is_some_and(|word| word.text == text)
        };
        let from = said(self.at.checked_sub(1), "from") && said(Some(self.at + 1), "to");
        let to = said(self.at.checked_sub(3), "from") && said(self.at.checked_sub(1), "to");
        from || to || self.arrow()
    }

    /// Whether an arrow points to it or from it.
    fn arrow(&self) -> bool {
        if self.is_member() {
            return false;
        }
        let is = |at: usize, byte: u8| self.mark_at(at) == Some(byte);
        let tight = |at: usize| self.symbols.get(at).is_some_and(|&symbol| !has_gap(symbol));
        let points = |at: usize| is(at, b'-') && is(at + 1, b'>') && tight(at + 1);
        points(self.at + 1) || self.at >= 2 && points(self.at - 2)
    }

    /// Whether it is a member of a record, which says what the value behind it is: `entry->size: 7`.
    fn is_member(&self) -> bool {
        let tight = |at: usize, byte: u8| self.mark_at(at) == Some(byte) && !has_gap(self.symbols[at]);
        let points = self.at >= 2 && tight(self.at - 2, b'-') && tight(self.at - 1, b'>');
        points && !has_gap(self.symbols[self.at]) && self.names_value()
    }

    /// Whether all words begin with a capital, though the text does not begin here, and go on in others.
    fn proper(&self) -> bool {
        let capital = |word: &Word| word.text.starts_with(char::is_uppercase);
        !self.leads() && self.share(capital) >= 1.0 && self.share(|word| word.is(UPPER)) < 0.5
    }

    /// Whether it is the value of a key: `name=…` or `name = …`.
    fn keyed(&self) -> bool {
        let sign = self.at.checked_sub(1).map(|at| self.symbols[at]);
        let key = self.at.checked_sub(2).is_some_and(|at| is_word(self.symbols[at]));
        match sign {
            Some(sign) if !has_gap(self.symbols[self.at]) => mark_byte(sign) == Some(b'='),
            Some(sign) => key && bare(sign) == mark(b"="),
            None => false,
        }
    }

    /// Constant words elsewhere.
    fn constants(&self) -> usize {
        self.symbols.iter().enumerate().filter(|&(at, &symbol)| at != self.at && is_word(symbol)).count()
    }

    /// Whether short words stand directly behind a value.
    fn counts(&self) -> bool {
        let behind = self.at > 0 && is_value(self.symbols[self.at - 1]);
        behind && self.share(|word| word.text.len() <= 4) >= 1.0
    }

    /// Whether no English word may stand here.
    fn made(&self) -> bool {
        self.share(|word| word.is(NUMBERED | COINED) || word.labels >= 2) >= 0.5
    }

    /// Whether all of its words are names that marks join, as no word of a sentence is, and none is a key or a state.
    fn joined(&self) -> bool {
        let joined = |word: &Word| {
            word.text.bytes().any(|byte| matches!(byte, b'_' | b'/' | b'@')) && word.labels < 2 && !word.is(UPPER)
        };
        !self.names_value() && !self.leads() && self.share(joined) >= 1.0
    }

    /// Whether it is a key, or the name of a call: what follows it is said of it.
    fn names_value(&self) -> bool {
        matches!(self.mark_at(self.at + 1), Some(b'=' | b':' | b'('))
    }

    /// Whether names that programs give stand in the middle of a sentence, where no other word of it could: no verb, no
    /// state, no key, and no method behind the name of its class.
    fn coined(&self) -> bool {
        let method =
            self.at.checked_sub(1).and_then(|at| self.mark_at(at)) == Some(b':') && !has_gap(self.symbols[self.at]);
        let plain = self.share(|word| word.is(GRAMMAR)) == 0.0 && self.share(|word| word.is(UPPER)) < 0.75;
        self.constants() >= SENTENCE && self.made() && plain && !method && !self.names_value() && !self.leads()
    }

    /// Whether it is the state, mode or type of something: `in state …`, `to … state`, `state is …`, `state: …`.
    fn state(&self) -> bool {
        let lower = |at: Option<usize>| {
            let word = at.and_then(|at| self.symbols.get(at)).and_then(|&symbol| self.words.get(symbol));
            word.map(|word| word.text.to_ascii_lowercase()).unwrap_or_default()
        };
        let before = lower(self.at.checked_sub(1));
        let noun = |word: &str| matches!(word, "state" | "status" | "mode" | "level" | "phase" | "role" | "type");
        let colon =
            self.at.checked_sub(1).is_some_and(|at| self.mark_at(at) == Some(b':') && !has_gap(self.symbols[at]));
        let told = if colon {
            noun(&lower(self.at.checked_sub(2)))
        } else if noun(&before) {
            // What the state itself did, it says.
            let word = lower(self.at.checked_sub(2));
            is_closed(&word) && !matches!(word.as_str(), "the" | "a" | "an" | "its" | "this" | "that" | "their")
        } else {
            let is = matches!(before.as_str(), "is" | "was" | "to") && noun(&lower(self.at.checked_sub(2)));
            is || is_closed(&before) && noun(&lower(Some(self.at + 1)))
        };
        told && self.share(|word| is_closed(&word.text.to_ascii_lowercase())) == 0.0
    }

    /// Whether it is a verb: what could not be done, was tried or is about to be (`failed to start …`).
    fn infinitive(&self) -> bool {
        const VERBS: [&str; 21] = [
            "able",
            "about",
            "allowed",
            "attempt",
            "attempted",
            "attempting",
            "attempts",
            "cannot",
            "failed",
            "failing",
            "failure",
            "fails",
            "fail",
            "going",
            "need",
            "needs",
            "refused",
            "refusing",
            "tried",
            "trying",
            "unable",
        ];
        let word = |back: usize| self.at.checked_sub(back).and_then(|at| self.words.get(self.symbols[at]));
        let to = word(1).is_some_and(|word| word.text == "to");
        to && word(2).is_some_and(|word| VERBS.contains(&word.text.to_ascii_lowercase().as_str()))
    }

    /// Whether what varies is said, not what it is said about: participles.
    pub(super) fn says(&self) -> bool {
        let said = self.share(|word| word.is(GRAMMAR)) >= 0.5 && !self.transition();
        said || self.infinitive() || self.constants() < 2 || self.leads() && self.constants() < 3
    }

    /// Whether it is the name of a table's row: values follow it, and nothing else.
    fn heads_row(&self) -> bool {
        let values = self.symbols.iter().filter(|&&symbol| bare(symbol) == VALUE).count();
        let spaced = self.symbols.get(self.at + 1).is_some_and(|&symbol| is_value(symbol) && has_gap(symbol));
        self.at == 0 && spaced && values >= 2 && self.made() && self.share(|word| word.is(GRAMMAR)) == 0.0
    }

    /// Different words without values.
    pub(super) fn different(&self) -> usize {
        self.found.len()
    }

    /// All of its words that may be names.
    pub(super) fn found(&self) -> impl Iterator<Item = Symbol> {
        self.found.iter().filter(|(_, word)| !word.is(GRAMMAR)).map(|(symbol, _)| *symbol)
    }

    /// Whether the word directly before announces the name of an account: `for user …`.
    fn person(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.words.get(self.symbols[at]));
        before.is_some_and(|word| word.is(PERSON)) && self.share(|word| word.is(GRAMMAR)) == 0.0
    }

    /// Whether all words are equal up to their last hyphen or underscore, and a letter or two with a number follow.
    fn family(&self) -> bool {
        let stem = |word: &Word| {
            let (stem, rest) = word.text.rsplit_once(['-', '_'])?;
            (rest.len() <= 3).then(|| stem.to_owned())
        };
        let first = self.found.first().and_then(|(_, word)| stem(word));
        first.is_some() && self.found.iter().all(|(_, word)| stem(word) == first)
    }

    /// Whether there are one word and its plural, of which grammar chooses.
    fn plural(&self) -> bool {
        let is = |one: &Word, other: &Word| other.text.strip_suffix('s') == Some(one.text.as_str());
        matches!(self.found.as_slice(), [(_, a), (_, b)] if is(a, b) || is(b, a)) && !self.value
    }

    /// Whether words of the language alone stand before a colon: what follows is said of that.
    fn heads(&self) -> bool {
        let colon = self.mark_at(self.at + 1) == Some(b':') && !has_gap(self.symbols[self.at + 1]);
        let says = self.symbols.get(self.at + 2).is_some_and(|&next| has_gap(next));
        let alone = self.at == 0 || has_gap(self.symbols[self.at]) && self.mark_at(self.at - 1) == Some(b':');
        colon && says && alone && !self.value && self.share(|word| word.is(NUMBERED)) == 0.0
    }

    /// Whether it is the first word.
    fn leads(&self) -> bool {
        !self.symbols[..self.at].iter().any(|&symbol| is_word(symbol))
    }

    /// Whether the word directly before announces a name: `for user …`, `node …`.
    fn named(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.words.get(self.symbols[at]));
        before.is_some_and(|word| word.is(ANNOUNCES))
    }
}

/// Whether words are states that a program gave a common first name: `ACTION_UP`, `ACTION_DOWN`.
pub(super) fn enumerated(found: &[&Word]) -> bool {
    let family = |word: &Word| word.text.split_once('_').map(|(family, _)| family.to_owned());
    let first = found.first().and_then(|word| family(word));
    first.is_some() && found.iter().all(|word| word.is(UPPER) && family(word) == first)
}

/// How many different words are needed to make the slot a variable, when `width` slots vary at once.
pub(super) fn needed(slot: &Slot<'_>, width: usize) -> usize {
    let constants = slot.constants();
    if constants == 0 {
        return if slot.heads_row() { ROWS } else { usize::MAX };
    }
    // Values of one word and values of several.
    if slot.different() == 0 {
        return 1;
    }
    if slot.is_member() {
        return usize::MAX;
    }
    let numbered = slot.share(|word| word.is(NUMBERED));
    // A name with and without few digits: `CPU7`, `CPU127`.
    if slot.value && numbered >= 1.0 {
        return 2;
    }
    if slot.plural() || slot.infinitive() {
        return usize::MAX;
    }
    // Names of one family: `web-a1`, `web-b1`.
    if numbered >= 1.0 && slot.family() && !slot.leads() {
        return 2;
    }
    let marked = slot.marked();
    let named = slot.named();
    if slot.known && !slot.heads() || slot.person() {
        return 2;
    }
    let host = slot.share(|word| word.labels >= 3) >= 0.5;
    let mut need = match (marked || named, host, numbered >= 0.5) {
        (true, true, _) | (true, _, true) => 2,
        (true, ..) | (_, true, _) => 3,
        _ => 4,
    };
    if slot.keyed() && !enumerated(&slot.found.iter().map(|(_, word)| *word).collect::<Vec<_>>()) {
        need = 2;
    }
    // Long text that is equal, and words that no sentence has to have.
    let short = slot.share(|word| word.text.len() > 1) < 1.0;
    if constants >= LONG && !short || slot.proper() || slot.made() && !slot.leads() {
        need = need.min(3);
    }
    if slot.joined() {
        need = need.min(2);
    }
    // Values of keys vary independently of each other.
    if width > 1 && !slot.keyed() {
        need += 2;
    }
    let sure = marked || named;
    if !sure && slot.share(|word| word.is(UPPER)) >= 0.75 {
        // Capitals say a state, or behind a number what is counted: `17 EUR`.
        need = if slot.counts() { 3 } else { need + 3 };
    }
    if slot.value {
        need = if marked { 1 } else { need.min(2) };
    }
    if !marked {
        // Where most words say what happened, no number of them makes a name.
        need += match slot.share(|word| word.is(GRAMMAR)) {
            share if share >= 0.5 => 16,
            share if share > 0.0 => {
                if named {
                    0
                } else {
                    3
                }
            }
            _ => 0,
        };
    }
    if constants < 2 && !sure {
        need += 2;
    }
    // Messages often begin with what they are about: little text behind it says little about it.
    if slot.leads() && !marked {
        need += if constants < 3 { 2 } else { 1 };
    }
    // `delete: box=…` says what was done; the name of what does it has a digit, or stands in brackets.
    if slot.heads() && !sure {
        need += 4;
    }
    if slot.state() {
        need = need.min(2);
    }
    if slot.coined() {
        need = need.min(if width > 1 && !slot.keyed() { 4 } else { 2 });
    }
    // A set of names that varies in several places.
    if slot.recurring >= 3 && slot.made() {
        need = need.min(3);
    }
    need
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;

    #[test]
    fn two_values_of_a_key_or_beside_an_arrow_are_values() {
        for (messages, expected) in [
            (vec!["closed port=4 database=shop", "closed port=4 database=bank"], vec!["closed port=<*> database=<*>"]),
            (
                vec!["eth0 went down -> up", "eth0 went down -> half", "eth0 went down -> idle"],
                vec!["eth0 went down -> <*>"],
            ),
            (
                vec!["input action=ACTION_UP", "input action=ACTION_DOWN"],
                vec!["input action=ACTION_DOWN", "input action=ACTION_UP"],
            ),
        ] {
            assert_eq!(texts(&messages), expected);
        }
    }

    #[test]
    fn two_states_or_names_of_a_program_in_a_sentence_are_values_but_words_of_it_are_not() {
        for (messages, templates) in [
            (["joins the group in state Stopped", "joins the group in state Pending"], 1),
            (["moved to Ready state at last", "moved to Failed state at last"], 1),
            (["the shovel has operating mode: async", "the shovel has operating mode: auto"], 1),
            (["the state changed in time", "the state broke in time"], 2),
            (["could not load the handler OrderTask twice", "could not load the handler MailTask twice"], 1),
            (["could not load the handler at last twice", "could not load the handler in part twice"], 2),
            (["entry->lastSeen: 7 of it is left", "entry->firstSeen: 7 of it is left"], 2),
            (["the call Device::willStop has been made", "the call Device::willStart has been made"], 2),
        ] {
            assert_eq!(texts(&messages).len(), templates, "{messages:?}");
        }
    }

    #[test]
    fn names_of_the_rows_of_a_table_are_values_but_keys_and_words_are_not() {
        let names = ["MutationStage", "ReadStage", "GossipStage", "HintedHandoff", "CounterStage", "RepairStage"];
        assert_eq!(texts(&names.map(|name| format!("{name} 0 17 3"))), ["<*> <*> <*> <*>"]);
        assert_eq!(texts(&names.map(|name| format!("{name}: 0 17 3"))).len(), 6);
        let words = ["up", "down", "left", "right", "over", "under"];
        assert_eq!(texts(&words.map(|word| format!("{word} 0 17 3"))).len(), 6);
    }

    #[test]
    fn two_names_that_marks_join_are_values_but_keys_and_states_are_not() {
        for (messages, templates) in [
            (["using uhci_hcd", "using xhci_hcd"], 2),
            (["new device was probed using uhci_hcd", "new device was probed using xhci_hcd"], 1),
            (["lease taken of kube/main now", "lease taken of prod/main now"], 1),
            (["the link is now HALF_UP", "the link is now FULL_UP"], 2),
            (["at last set max_wait: none", "at last set min_wait: none"], 2),
            (["a new high-speed device was found", "a new full-speed device was found"], 2),
        ] {
            assert_eq!(texts(&messages).len(), templates, "{messages:?}");
        }
    }

    #[test]
    fn three_values_are_enough_in_long_text_or_where_they_are_names() {
        for (messages, templates) in [
            (
                [
                    "The disk of lobby was saved in time",
                    "The disk of nether was saved in time",
                    "The disk of sea was saved in time",
                ],
                1,
            ),
            (["lobby is full", "nether is full", "sea is full"], 3),
            (["paid by Visa today", "paid by Amex today", "paid by Diners today"], 1),
            (
                [
                    "The disk of a was saved in time",
                    "The disk of b was saved in time",
                    "The disk of c was saved in time",
                ],
                3,
            ),
            (
                [
                    "The disk was opened by us in time",
                    "The disk was closed by us in time",
                    "The disk was copied by us in time",
                ],
                3,
            ),
        ] {
            assert_eq!(texts(&messages).len(), templates, "{messages:?}");
        }
    }

    #[test]
    fn numbered_names_of_one_family_are_a_value_and_a_plural_is_not() {
        assert_eq!(texts(&["stats of web-a1 sent now", "stats of web-b1 sent now"]), ["stats of <*> sent now"]);
        let plural = ["a logged batch against table [a] seen", "a logged batch against tables [b] seen"];
        assert_eq!(texts(&plural).len(), 2);
    }
}
