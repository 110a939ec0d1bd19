//! Lists of keys and values: messages with the same keys and the same text around them are one kind of message, whatever
//! the values are.
//!
//! `start: Absent, targeted: Staged, limit: Installed` differs from `start: Staged, targeted: Absent, limit: Installed` in
//! two words at once, and what stands behind a key is no text even where it was seen once.

use super::cluster::{Form, alike};
use super::group::closing_of;
use super::judge::enumerated;
use super::odd;
use super::span::{INSIDE, WIDEST};
use super::words::{SPAN, Symbol, VALUE, Word, Words, bare, has_gap, is_affix, is_slot, is_word, mark, mark_byte};

/// So many keys with values make a list.
const LIST: usize = 2;
/// So many where only a colon says that they are keys, and a comma that a value ends.
const COLONS: usize = 3;
/// Most values of several words in a list.
pub(super) const WIDE: usize = 6;

/// What says that a word is a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sign {
    /// `name=…` or `name = …`
    Equals,
    /// `name: …`
    Colon,
    /// `name […]`, `name[…]` or `name <…>`
    Bracket,
}

/// The value of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Keyed {
    /// First token of it.
    start: usize,
    /// Token after its last.
    end: usize,
    /// What its key is followed by.
    sign: Sign,
}

/// The values of keys, in order.
fn keyed(symbols: &[Symbol]) -> Vec<Keyed> {
    let mut found: Vec<Keyed> = Vec::new();
    for at in 1..symbols.len() {
        let start = at + 1;
        if !is_word(symbols[at - 1]) || found.last().is_some_and(|last| last.end >= at) {
            continue;
        }
        let Some(&first) = symbols.get(start) else { continue };
        let sign = match mark_byte(symbols[at]) {
            Some(b'=') if bare(symbols[at]) == mark(b"=") && is_slot(first) => Sign::Equals,
            Some(b':') if !has_gap(symbols[at]) && has_gap(first) => Sign::Colon,
            Some(b'[' | b'<') => Sign::Bracket,
            _ => continue,
        };
        let place = match sign {
            Sign::Equals => Some((start, ended(symbols, start).unwrap_or(start + 1))),
            Sign::Colon => quoted(symbols, start)
                .or_else(|| Some((start, ended(symbols, start).or_else(|| compact(symbols, start))?))),
            Sign::Bracket => closing_of(symbols, at).filter(|&end| end > start).map(|end| (start, end)),
        };
        found.extend(place.map(|(start, end)| Keyed { start, end, sign }));
    }
    // One colon says that something follows, one bracket that something is added; several are keys.
    let colons = found.iter().filter(|value| value.sign == Sign::Colon && value.end < symbols.len()).count();
    let brackets = found.iter().filter(|value| value.sign == Sign::Bracket).count();
    found.retain(|value| match value.sign {
        Sign::Equals => true,
        Sign::Colon => colons >= COLONS,
        Sign::Bracket => brackets >= LIST,
    });
    found
}

/// Whether the value of a key ends before a place: there is nothing more, or what parts it from the next.
fn parts(symbols: &[Symbol], end: usize) -> bool {
    symbols.get(end).is_none_or(|&symbol| match mark_byte(symbol) {
        Some(b':') => has_gap(symbol),
        mark => matches!(mark, Some(b',' | b';' | b')' | b']' | b'}')) || is_affix(symbol),
    })
}

/// From where to where what is in quotes stands, if these are a value.
fn quoted(symbols: &[Symbol], start: usize) -> Option<(usize, usize)> {
    let quote = mark_byte(*symbols.get(start)?).filter(|mark| matches!(mark, b'"' | b'\'' | b'`'))?;
    let inside = symbols[start + 1..].iter().take(WIDEST + 1).position(|&symbol| mark_byte(symbol) == Some(quote))?;
    let close = start + 1 + inside;
    (inside > 0 && parts(symbols, close + 1)).then_some((start + 1, close))
}

/// Where a value without blanks ends, whatever it is made of: `_`, `[::]:80`.
fn compact(symbols: &[Symbol], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in start..symbols.len().min(start + odd::LONGEST) {
        match mark_byte(symbols[at]) {
            _ if at > start && has_gap(symbols[at]) => return None,
            Some(b'(' | b'[' | b'{') => depth += 1,
            Some(b')' | b']' | b'}') if depth > 0 => depth -= 1,
            _ if depth == 0 && parts(symbols, at) => return (at > start).then_some(at),
            _ => {}
        }
    }
    (depth == 0 && symbols.len() <= start + odd::LONGEST && symbols.len() > start).then_some(symbols.len())
}

/// Where a value of one word or several ends: at a comma, a semicolon, a colon that stands alone, a closing bracket or the
/// end of the message.
fn ended(symbols: &[Symbol], start: usize) -> Option<usize> {
    let inside = |symbol: Symbol| is_slot(symbol) || mark_byte(symbol).is_some_and(|mark| INSIDE.contains(&mark));
    let length = symbols[start..].iter().take(WIDEST + 1).take_while(|&&symbol| inside(symbol)).count();
    let end = start + length;
    let slots = length > 0 && is_slot(symbols[start]) && is_slot(symbols[end - 1]);
    (slots && length <= WIDEST && parts(symbols, end)).then_some(end)
}

/// A form that has a list.
struct Listed<'a> {
    /// Its symbols with one value in the place of each key's.
    without: Vec<Symbol>,
    form: usize,
    symbols: &'a [Symbol],
    values: Vec<Keyed>,
}

impl<'a> Listed<'a> {
    fn of(form: usize, symbols: &'a [Symbol]) -> Option<Self> {
        let values = keyed(symbols);
        let mut without = Vec::new();
        let mut from = 0;
        for value in &values {
            without.extend_from_slice(&symbols[from..value.start]);
            without.push(VALUE | symbols[value.start] & 1);
            from = value.end;
        }
        without.extend_from_slice(&symbols[from..]);
        (values.len() >= LIST).then_some(Self { without, form, symbols, values })
    }

    /// A key's value.
    fn value(&self, at: usize) -> &'a [Symbol] {
        self.values.get(at).map_or(&[], |value| &self.symbols[value.start..value.end])
    }
}

/// Makes forms with the same list of keys one. `None`: there are none.
pub(super) fn keys(forms: &[Form], words: &Words) -> Option<Vec<Form>> {
    let mut listed: Vec<Listed<'_>> =
        forms.iter().enumerate().filter_map(|(index, form)| Listed::of(index, &form.symbols)).collect();
    listed.sort_by(|a, b| a.without.cmp(&b.without));
    let groups = listed.chunk_by(|a, b| a.without == b.without);
    alike(forms, groups, |listed| listed.form, |members| common(members, words))
}

/// What stands for all forms of a list: the values that all have stay. `None` where values are states that tell messages
/// apart, or too many are of several words.
fn common(members: &[Listed<'_>], words: &Words) -> Option<Vec<Symbol>> {
    let first = members.first()?;
    let mut symbols = Vec::with_capacity(first.symbols.len());
    let mut from = 0;
    for (at, place) in first.values.iter().enumerate() {
        let values: Vec<&[Symbol]> = members.iter().map(|member| member.value(at)).collect();
        symbols.extend_from_slice(&first.symbols[from..place.start]);
        from = place.end;
        if values.iter().all(|value| *value == values[0]) {
            symbols.extend_from_slice(values[0]);
            continue;
        }
        let single: Option<Vec<&Word>> = values.iter().map(|value| words.get(*value.first()?)).collect();
        if single.is_some_and(|found| enumerated(&found)) {
            return None;
        }
        let one = |value: &&[Symbol]| matches!(value, [one] if is_slot(*one) && bare(*one) != SPAN);
        symbols.push(if values.iter().all(one) { VALUE } else { SPAN } | first.symbols[place.start] & 1);
    }
    symbols.extend_from_slice(&first.symbols[from..]);
    let spans = symbols.iter().filter(|&&symbol| bare(symbol) == SPAN).count();
    (spans <= WIDE).then_some(symbols)
}

#[cfg(test)]
mod tests {
    use crate::template::table::tests::texts;

    #[test]
    fn messages_with_the_same_keys_are_one() {
        for (messages, expected) in [
            (
                ["plan: a, now: Staged, then: Absent, limit: Full", "plan: a, now: Absent, then: Gone, limit: Full"],
                "plan: a, now: <*>, then: <*>, limit: Full",
            ),
            (
                ["login refused : reason = bad password : user = eve", "login refused : reason = expired : user = bob"],
                "login refused : reason = <*> : user = <*>",
            ),
            (
                ["made index [logs], cause [api], shards [x]", "made index [.kibana], cause [auto (bulk)], shards [x]"],
                "made index [<*>], cause [<*>], shards [x]",
            ),
            (["group <staff> user <eve> left", "group <guests> user <bob> left"], "group <<*>> user <<*>> left"),
        ] {
            assert_eq!(texts(&messages), [expected]);
        }
    }

    #[test]
    fn a_colon_or_a_bracket_alone_says_no_such_thing() {
        for messages in [
            ["failed: no disk, giving up", "failed: no net, giving up"],
            ["wake up [enabled] now", "wake up [disabled] now"],
            ["on touch action=ACTION_UP, id=KEY", "on touch action=ACTION_DOWN, id=PEN"],
        ] {
            assert_eq!(texts(&messages).len(), 2, "{messages:?}");
        }
    }

    #[test]
    fn requests_in_quotes_and_bare_marks_are_values_of_keys() {
        let messages = [
            "open failed, client: 10.0.0.1, server: a.example.com, request: \"GET /a HTTP/1.1\", host: \"a\"",
            "open failed, client: 10.0.0.2, server: _, request: \"POST /b HTTP/1.1\", host: \"a\"",
            "open failed, client: 10.0.0.2, server: [::]:443, request: \"HEAD /b HTTP/1.1\", host: \"a\"",
        ];
        assert_eq!(texts(&messages), ["open failed, client: <*>, server: <*>, request: \"<*>\", host: \"a\""]);
    }
}
