//! A form → the text of its template.

use super::cluster::Form;
use super::kind::{Unit, ValueKind};
use super::lex::{Lexer, Token};
use super::pattern::{Pattern, Pieces};
use super::table::Entry;
use super::value::Class;
use super::words::{
    ANNOUNCES, GRAMMAR, NUMBERED, PERSON, SPAN, Symbol, VALUE, Words, bare, element, has_gap, is_slot, is_word,
    mark_byte,
};

/// One part of a template.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Part {
    /// Constant text, with the blanks around it.
    Text(String),
    /// A variable.
    Variable(ValueKind),
}

/// What was seen in one place of the examples.
#[derive(Default)]
struct Seen<'a> {
    texts: Vec<&'a [u8]>,
    kinds: Vec<ValueKind>,
    numbered: bool,
}

/// The parts of a form's template, and the places of its variables. `siblings`: the slots whose words tell it from other
/// forms.
#[inline(never)]
pub(super) fn parts(form: &Form, siblings: &[u16], entries: &[&Entry], words: &Words) -> (Vec<Part>, Vec<u16>) {
    let seen = look(form, entries, words);
    let units = seen.iter().all(|seen| !seen.kinds.contains(&ValueKind::Size) || shared_unit(seen).is_some());
    let mut parts = Parts::default();
    let mut variables = Vec::new();
    for (at, (&symbol, seen)) in form.symbols.iter().zip(&seen).enumerate() {
        if has_gap(symbol) && at > 0 {
            parts.text(" ");
        }
        let expected = expects_value(&form.symbols, at, words) && !siblings.contains(&(at as u16));
        if push(&mut parts, symbol, seen, words, expected, units) {
            variables.push(at as u16);
        }
    }
    (parts.0, variables)
}

#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn text(&mut self, more: &str) {
        if let Some(Part::Text(text)) = self.0.last_mut() {
            text.push_str(more);
        } else {
            self.0.push(Part::Text(more.to_owned()));
        }
    }
}

impl<'a> Seen<'a> {
    fn add(&mut self, text: &'a [u8], kind: Option<ValueKind>) {
        if !self.texts.contains(&text) && self.texts.len() < 16 {
            self.texts.push(text);
        }
        self.kinds.extend(kind.filter(|kind| !self.kinds.contains(kind)));
    }
}

/// What stands in each place of examples, where values may be of several words.
fn look_wide<'a>(form: &Form, entries: &[&'a Entry], words: &Words) -> Vec<Seen<'a>> {
    let elements: Vec<u64> = form.symbols.iter().map(|&symbol| element(symbol, words)).collect();
    let pattern = Pattern { template: 0, variables: (0..elements.len() as u16).collect(), elements };
    let mut seen: Vec<Seen<'a>> = form.symbols.iter().map(|_| Seen::default()).collect();
    for (_, example) in form.shapes.iter().flat_map(|&shape| &entries[shape as usize].examples) {
        let Some((_, places)) = Pieces::of(example).fit(&pattern) else { continue };
        for ((place, seen), &symbol) in places.iter().zip(&mut seen).zip(&form.symbols) {
            seen.add(&example[place.start..place.end], is_slot(symbol).then_some(place.kind));
        }
    }
    seen
}

/// Examples whose tokens are one for one the form's.
fn look<'a>(form: &Form, entries: &[&'a Entry], words: &Words) -> Vec<Seen<'a>> {
    if form.symbols.iter().any(|&symbol| bare(symbol) == SPAN) {
        return look_wide(form, entries, words);
    }
    let mut seen: Vec<Seen<'a>> = form.symbols.iter().map(|_| Seen::default()).collect();
    for &shape in &form.shapes {
        for (_, example) in &entries[shape as usize].examples {
            let tokens: Vec<Token> = Lexer::new(example).collect();
            if tokens.len() != form.symbols.len() {
                continue;
            }
            for (token, seen) in tokens.iter().zip(&mut seen) {
                let kind = match token.class {
                    Class::Value(kind) => Some(kind),
                    Class::Word => Some(ValueKind::Any),
                    _ => None,
                };
                seen.add(&example[token.start..token.end], kind);
                seen.numbered |= token.class == Class::Numbered;
            }
        }
    }
    seen
}

/// Whether what stands in a place is a value even where it is always the same: a name behind `key=` or behind a noun that
/// announces one, and any word behind `for user`.
fn expects_value(symbols: &[Symbol], at: usize, words: &Words) -> bool {
    let Some(before) = at.checked_sub(1) else { return false };
    let noun = |looks| words.get(symbols[before]).is_some_and(|noun| noun.is(looks));
    let keyed = before > 0 && mark_byte(symbols[before]) == Some(b'=') && words.get(symbols[before - 1]).is_some();
    match words.get(symbols[at]) {
        Some(word) if !word.is(NUMBERED) => {
            let preposition = before > 0
                && words
                    .get(symbols[before - 1])
                    .is_some_and(|word| matches!(word.text.as_str(), "for" | "by" | "from" | "as"));
            let owner = keyed && words.get(symbols[before - 1]).is_some_and(|key| key.is(PERSON));
            keyed && word.labels >= 3 || owner || noun(PERSON) && preposition && !word.is(GRAMMAR)
        }
        _ => keyed || noun(ANNOUNCES),
    }
}

/// Appends what a symbol is in the template's text. Gives whether that is a variable.
fn push(parts: &mut Parts, symbol: Symbol, seen: &Seen<'_>, words: &Words, expected: bool, units: bool) -> bool {
    let constant = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    if let [only] = seen.texts.as_slice()
        && !expected
        && (is_word(symbol) || is_name(seen))
    {
        parts.text(&constant(only));
        return false;
    }
    let kind = match (words.get(symbol), mark_byte(symbol)) {
        (Some(word), _) if word.is(NUMBERED) => ValueKind::Id,
        (Some(word), _) if !expected => {
            parts.text(&word.text);
            return false;
        }
        (_, Some(byte)) => {
            parts.text(&seen.texts.first().map_or_else(|| char::from(byte).to_string(), |text| constant(text)));
            return false;
        }
        _ => match seen.kinds.as_slice() {
            [kind] if !seen.numbered && bare(symbol) == VALUE => *kind,
            _ => ValueKind::Any,
        },
    };
    // A unit that all values share is told: behind a blank it is text, right behind the number it is part of the value.
    match shared_unit(seen).filter(|_| units) {
        Some(unit) => {
            parts.0.push(Part::Variable(ValueKind::Number));
            parts.text(&unit);
        }
        None => parts.0.push(Part::Variable(measured(seen).unwrap_or(kind))),
    }
    true
}

/// Whether the only value seen is a name with a digit, rather than an identifier.
fn is_name(seen: &Seen<'_>) -> bool {
    let Some(text) = seen.texts.first() else { return false };
    if seen.kinds == [ValueKind::Quoted] {
        return text.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'_' | b'-'));
    }
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    seen.kinds == [ValueKind::Id] && text.first().is_some_and(u8::is_ascii_alphabetic) && digits <= 2
}

/// A number with the unit that all values have right behind it.
fn measured(seen: &Seen<'_>) -> Option<ValueKind> {
    if !matches!(seen.kinds.as_slice(), [ValueKind::Size | ValueKind::Duration]) {
        return None;
    }
    let unit = |text: &[u8]| {
        let number = text.iter().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'-')).count();
        Unit::written(&text[number..]).filter(|_| number > 0)
    };
    let first = unit(seen.texts.first()?)?;
    seen.texts.iter().all(|text| unit(text) == Some(first)).then_some(ValueKind::Measured(first))
}

fn shared_unit(seen: &Seen<'_>) -> Option<String> {
    let sized = |kind: &ValueKind| matches!(kind, ValueKind::Size | ValueKind::Duration);
    if seen.kinds.is_empty() || !seen.kinds.iter().all(sized) {
        return None;
    }
    let unit = |text: &[u8]| text.iter().position(|&byte| byte == b' ').map(|at| text[at..].to_vec());
    let first = unit(seen.texts.first()?)?;
    seen.texts
        .iter()
        .all(|text| unit(text).as_ref() == Some(&first))
        .then(|| String::from_utf8_lossy(&first).into_owned())
}
