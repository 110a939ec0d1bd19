//! Lists of keys with colons that nothing but the next key ends: `Account Name: eve Account Domain: HOME Logon ID: 0x3e7`.
//!
//! Where a value ends and the next key begins is seen from the messages with the same keys: the key is what all of them
//! have before the colon.

use super::cluster::{Form, alike};
use super::judge::enumerated;
use super::keys::WIDE;
use super::span::{INSIDE, WIDEST};
use super::words::{SPAN, Symbol, VALUE, Word, Words, bare, has_gap, is_slot, is_word, mark_byte};

/// Fewest keys that make a list.
const KEYS: usize = 3;

/// A form and the places behind the colons of its keys.
struct Keyed<'a> {
    form: usize,
    symbols: &'a [Symbol],
    places: Vec<usize>,
}

impl<'a> Keyed<'a> {
    fn of(form: usize, symbols: &'a [Symbol]) -> Option<Self> {
        let key = |at: &usize| {
            let colon = mark_byte(symbols[*at - 1]) == Some(b':') && !has_gap(symbols[*at - 1]);
            colon && has_gap(symbols[*at]) && is_word(symbols[*at - 2])
        };
        // A name directly behind another one has no value between: `backfill: attempt: nothing to do`.
        let scope = |at: &usize| at + 2 < symbols.len() && key(&(at + 2));
        let places: Vec<usize> = (2..symbols.len()).filter(|at| key(at) && !scope(at)).collect();
        let from = places.first()?;
        // A colon that follows no key begins something else.
        let colons = symbols[*from..].iter().filter(|&&symbol| mark_byte(symbol) == Some(b':')).count();
        (places.len() >= KEYS && colons < places.len()).then_some(Self { form, symbols, places })
    }

    /// What all messages with the same keys have: all before the first value, and the last word of each other key.
    fn same(&self, other: &Self) -> bool {
        let keys = |keyed: &Self| keyed.places[1..].iter().map(|&at| keyed.symbols[at - 2]).collect::<Vec<_>>();
        self.symbols[..self.places[0]] == other.symbols[..other.places[0]] && keys(self) == keys(other)
    }

    fn key(&self) -> (&'a [Symbol], Vec<Symbol>) {
        (&self.symbols[..self.places[0]], self.places[1..].iter().map(|&at| self.symbols[at - 2]).collect())
    }

    /// From one colon to the next.
    fn segment(&self, at: usize) -> &'a [Symbol] {
        let end = self.places.get(at + 1).copied().unwrap_or(self.symbols.len());
        &self.symbols[self.places[at]..end]
    }
}

/// Makes forms with the same keys one. `None`: there are none.
#[inline(never)]
pub(super) fn colons(forms: &[Form], words: &Words) -> Option<Vec<Form>> {
    let mut keyed: Vec<Keyed<'_>> =
        forms.iter().enumerate().filter_map(|(index, form)| Keyed::of(index, &form.symbols)).collect();
    keyed.sort_by_cached_key(Keyed::key);
    alike(forms, keyed.chunk_by(Keyed::same), |keyed| keyed.form, |members| common(members, words))
}

/// What stands for all: values where they differ. `None` where something else than values differs.
fn common(members: &[Keyed<'_>], words: &Words) -> Option<Vec<Symbol>> {
    let first = members.first()?;
    let mut symbols = first.symbols[..first.places[0]].to_vec();
    for at in 0..first.places.len() {
        let segments: Vec<&[Symbol]> = members.iter().map(|member| member.segment(at)).collect();
        if segments.iter().all(|segment| *segment == segments[0]) {
            symbols.extend_from_slice(segments[0]);
            continue;
        }
        let shortest = segments.iter().map(|segment| segment.len()).min()?;
        let equal = |length: &usize| {
            segments
                .iter()
                .all(|segment| segment[segment.len() - length..] == segments[0][segments[0].len() - length..])
        };
        let suffix = (0..shortest).take_while(equal).last()?;
        let values: Vec<&[Symbol]> = segments.iter().map(|segment| &segment[..segment.len() - suffix]).collect();
        let last = at + 1 == first.places.len();
        // Of a key that is no last one its word and its colon.
        if !last && suffix < 2 || !values.iter().all(|value| is_value(value)) {
            return None;
        }
        let single: Option<Vec<&Word>> =
            values.iter().map(|value| words.get(*value.first()?).filter(|_| value.len() == 1)).collect();
        if single.is_some_and(|found| enumerated(&found)) {
            return None;
        }
        let one = |value: &&[Symbol]| matches!(value, [one] if bare(*one) != SPAN);
        symbols.push(if values.iter().all(one) { VALUE } else { SPAN } | 1);
        symbols.extend_from_slice(&segments[0][segments[0].len() - suffix..]);
    }
    (symbols.iter().filter(|&&symbol| bare(symbol) == SPAN).count() <= WIDE).then_some(symbols)
}

/// Whether a stretch can be a value: a word, or several that only marks inside of names part.
fn is_value(stretch: &[Symbol]) -> bool {
    let inside = |&symbol: &Symbol| {
        is_slot(symbol) && bare(symbol) != SPAN || mark_byte(symbol).is_some_and(|mark| INSIDE.contains(&mark))
    };
    let ends = [stretch.first(), stretch.last()].iter().all(|end| end.is_some_and(|&symbol| is_slot(symbol)));
    stretch.len() <= WIDEST && ends && (stretch.len() == 1 || stretch.iter().all(inside))
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;
    use crate::template::{Catalog, ShapeTable};

    const LOGONS: [&str; 3] = [
        "A logon failed. Account Name: eve Account Domain: HOME Failure Reason: Unknown user. Logon Type: 3",
        "A logon failed. Account Name: LOCAL SERVICE Account Domain: NT AUTHORITY Failure Reason: Unknown user. Logon Type: 5",
        "A logon failed. Account Name: bob Account Domain: NT AUTHORITY Failure Reason: Account disabled. Logon Type: 3",
    ];

    #[test]
    fn messages_with_the_same_keys_are_one() {
        let expected = "A logon failed. Account Name: <*> Account Domain: <*> Failure Reason: <*>. Logon Type: <*>";
        assert_eq!(texts(&LOGONS), [expected]);
        let mut table = ShapeTable::default();
        for (place, message) in LOGONS.iter().enumerate() {
            table.add(message.as_bytes(), place as u64);
        }
        let catalog = Catalog::build(&table);
        let other =
            b"A logon failed. Account Name: carol Account Domain: The Other One Failure Reason: Expired. Logon Type: 3";
        assert_eq!(catalog.find(other), Some(0));
        let values = catalog.parameters(other, 0).unwrap_or_default();
        let values: Vec<&[u8]> = values.iter().map(|value| &other[value.start..value.end]).collect();
        assert_eq!(values, [b"carol".as_slice(), b"The Other One", b"Expired", b"3"]);
    }

    #[test]
    fn other_keys_or_a_colon_that_follows_none_tell_messages_apart() {
        for messages in [
            ["on link: up state: ready now: yes", "on link: up state: ready then: yes"],
            ["wifi: 17: core: wake reason: a host called", "wifi: 17: core: wake reason: a timer fired"],
            ["start: disk one state: full", "start: disk two state: full"],
            ["debug: backfill: attempt: beginning", "debug: backfill: attempt: no jobs to place"],
        ] {
            assert_eq!(texts(&messages).len(), 2, "{messages:?}");
        }
    }
}
