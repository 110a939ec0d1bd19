//! Templates as something that a message can be held against.
//!
//! A value that may be of several words ([`SPAN`]) can end in several places, so that a pattern with one is fitted by all
//! ways at once.

use serde::{Deserialize, Serialize};

use super::bracket::{Role, list};
use super::cluster::COMPOUNDS;
use super::group::{self, closing};
use super::keys::WIDE;
use super::kind::ValueKind;
use super::lex::{Lexer, Token};
use super::odd;
use super::repeat::{self, repeats};
use super::shape::{GAP, ODD, REST, SPAN, VALUE, element, mark};
use super::span::{INSIDE, SPANS, WIDEST};
use super::value::Class;

/// One form of a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pattern {
    /// Index of the template.
    pub template: u32,
    /// Its tokens ([`element`]).
    pub elements: Vec<u64>,
    /// Places of the variables, in the order of the template's text.
    pub variables: Vec<u16>,
}

impl Pattern {
    /// Places that may hold several words.
    pub(super) fn spans(&self) -> usize {
        self.elements.iter().filter(|&&element| is_span(element) || is_odd(element)).count()
    }
}

/// The elements of a form for messages with odd values: any of its values may be one.
pub(super) fn wide(elements: &[u64]) -> Vec<u64> {
    let wide = |&element: &u64| if is_value(element) { element ^ VALUE ^ ODD } else { element };
    elements.iter().map(wide).collect()
}

/// A variable's value in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// What it is in this message; a word is [`ValueKind::Any`].
    pub kind: ValueKind,
    /// First byte of it in the message.
    pub start: usize,
    /// Byte after its last.
    pub end: usize,
}

/// A token of a message, or several that a list of values is made of.
#[derive(Clone, Copy, Debug)]
struct Piece {
    element: u64,
    slot: bool,
    /// Whether it is a word with a capital first.
    titled: bool,
    gap: bool,
    parameter: Parameter,
}

/// The tokens of a message: as they stand, and without those that repeat what stands before them ([`repeats`]).
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    whole: Vec<Piece>,
    once: Option<Vec<Piece>>,
}

impl Pieces {
    pub(super) fn of(message: &[u8]) -> Self {
        let whole: Vec<Piece> = Lexer::new(message).map(|token| piece(&token, message)).collect();
        let once = repeats(whole.len(), |at| role(&whole[at])).map(|found| {
            let mut left_out = found.left_out.iter();
            whole.iter().filter(|_| left_out.next() != Some(&true)).copied().collect()
        });
        Self { whole, once }
    }

    /// Number of tokens.
    pub(super) fn len(&self) -> usize {
        self.whole.len()
    }

    /// The numbers of elements that a pattern can have, from and to: each compound makes it up to three shorter, and each
    /// value of several words by all but one.
    pub(super) fn lengths(&self) -> [usize; 2] {
        let shorter = 3 * COMPOUNDS + (SPANS + 2) * (WIDEST - 1) + WIDE * (group::WIDEST - 1) + odd::LONGER;
        let least = self.once.as_ref().unwrap_or(&self.whole);
        // Lists may be one value each.
        let listed = least.iter().filter(|piece| is_value(piece.element)).count() + in_lists(least);
        [least.len().saturating_sub(listed + shorter), self.whole.len() + odd::EMPTY]
    }

    /// The variables of a pattern, and how many words it has in common with the message.
    pub(super) fn fit(&self, pattern: &Pattern) -> Option<(usize, Vec<Parameter>)> {
        let exact = || if pattern.spans() > 0 { None } else { fit(&self.whole, pattern) };
        let wide = || fit_wide(&self.whole, pattern);
        exact().or_else(wide).or_else(|| fit_wide(self.once.as_ref()?, pattern))
    }
}

/// What a piece is for a list of things that are written alike.
fn role(piece: &Piece) -> repeat::Role {
    match mark_of(piece) {
        _ if piece.slot => repeat::Role::Slot(if piece.gap { piece.element ^ GAP } else { piece.element }),
        Some(b',' | b';') => repeat::Role::Separator,
        Some(byte) => repeat::Role::mark(byte, piece.gap, (piece.element ^ if piece.gap { GAP } else { 0 }) & 1 == 0),
        None => repeat::Role::Other,
    }
}

/// The place where a list in brackets ends that begins with the bracket at `open` ([`list`]).
fn list_end(pieces: &[Piece], open: usize) -> Option<usize> {
    let role = |at: usize| match pieces.get(at) {
        Some(piece) if piece.slot => Role::Slot(piece.gap),
        Some(piece) => mark_of(piece).filter(|mark| b"[{]},;:='\"".contains(mark)).map_or(Role::Other, Role::Mark),
        None => Role::Other,
    };
    list(role, open).map(|(close, _)| close)
}

/// How many pieces stand in lists in brackets.
fn in_lists(pieces: &[Piece]) -> usize {
    let lists = (0..pieces.len()).filter_map(|open| Some(list_end(pieces, open)? - open - 1));
    lists.sum::<usize>().min(pieces.len())
}

/// Whether the tokens are one for one the elements of a pattern, or compounds.
fn fit(pieces: &[Piece], pattern: &Pattern) -> Option<(usize, Vec<Parameter>)> {
    let mut equal = 0;
    let mut parameters = Vec::with_capacity(pattern.variables.len());
    let mut variables = pattern.variables.iter().peekable();
    let mut rest = pieces;
    for (place, &element) in pattern.elements.iter().enumerate() {
        let piece = rest.first()?;
        let mut parameter = piece.parameter;
        let mut length = 1;
        if is_value(element) && piece.slot && piece.gap == (element != VALUE) {
            let next = pattern.elements.get(place + 1);
            if let Some(compound) = compound_length(rest).filter(|_| next != rest.get(1).map(|mark| &mark.element)) {
                length = compound;
                parameter.end = rest[compound - 1].parameter.end;
                parameter.kind = ValueKind::Any;
            }
        } else if piece.element == element {
            equal += 1;
        } else {
            return None;
        }
        rest = &rest[length..];
        if variables.next_if(|&&variable| usize::from(variable) == place).is_some() {
            parameters.push(parameter);
        }
    }
    rest.is_empty().then_some((equal, parameters))
}

/// [`fit`] where values may be of several tokens: which pieces can be reached by which elements, and from where.
fn fit_wide(pieces: &[Piece], pattern: &Pattern) -> Option<(usize, Vec<Parameter>)> {
    const UNREACHED: u16 = u16::MAX;
    let constants = pattern.elements.iter().filter(|&&element| !is_variable(element));
    if !in_order(constants, pieces.iter().map(|piece| &piece.element)) {
        return None;
    }
    let (elements, width) = (&pattern.elements, pieces.len() + 1);
    let mut from = vec![UNREACHED; (elements.len() + 1) * width];
    from[0] = 0;
    for place in 0..elements.len() {
        let mut any = false;
        // Backwards, so that each value is as short as can be.
        for at in (0..width).rev() {
            if from[place * width + at] == UNREACHED {
                continue;
            }
            for length in lengths(elements, place, pieces, at) {
                let cell = &mut from[(place + 1) * width + at + length];
                if *cell == UNREACHED {
                    *cell = at as u16;
                }
                any = true;
            }
        }
        if !any {
            return None;
        }
    }
    let mut at = pieces.len();
    let mut equal = 0;
    let mut parameters = Vec::with_capacity(pattern.variables.len());
    let mut variables = pattern.variables.iter().rev().peekable();
    for (place, &element) in elements.iter().enumerate().rev() {
        let start = from[(place + 1) * width + at];
        let taken = pieces.get(usize::from(start)..at).filter(|_| start != UNREACHED)?;
        equal += usize::from(!is_variable(element));
        if variables.next_if(|&&variable| usize::from(variable) == place).is_some() {
            parameters.push(match taken {
                // Nothing behind a key: where its sign ends.
                [] => {
                    let end = usize::from(start).checked_sub(1).map_or(0, |sign| pieces[sign].parameter.end);
                    Parameter { kind: ValueKind::Any, start: end, end }
                }
                [one] => one.parameter,
                [first, .., last] => {
                    Parameter { kind: ValueKind::Any, start: first.parameter.start, end: last.parameter.end }
                }
            });
        }
        at = usize::from(start);
    }
    parameters.reverse();
    (at == 0).then_some((equal, parameters))
}

/// Whether all of some things are among others, in their order.
pub(super) fn in_order<T: PartialEq>(mut some: impl Iterator<Item = T>, mut others: impl Iterator<Item = T>) -> bool {
    some.all(|one| others.any(|other| other == one))
}

/// How many of the pieces from `at` on the element in a place can stand for.
fn lengths(elements: &[u64], place: usize, all: &[Piece], at: usize) -> Vec<usize> {
    let (element, pieces) = (elements[place], &all[at..]);
    if !is_variable(element) {
        return if pieces.first().is_some_and(|first| first.element == element) { vec![1] } else { Vec::new() };
    }
    let wide = !is_value(element);
    let tight = matches!(element, VALUE | SPAN | ODD);
    let mut lengths = Vec::new();
    let before = at.checked_sub(1).and_then(|at| Some((at, mark_of(all.get(at)?)?)));
    // `name= other=…`
    if wide && tight && before.is_some_and(|(_, mark)| odd::EMPTIED.contains(&mark)) {
        lengths.push(0);
    }
    let Some(first) = pieces.first().filter(|first| first.gap != tight) else { return lengths };
    if tight && let Some((open, _)) = before {
        lengths.extend(list_end(all, open).map(|close| close - at));
    }
    if wide
        && tight
        && let Some((open, mark)) = before
    {
        // All that is in brackets, or in quotes, or with its brackets behind a key.
        let close = |open: usize| closing(|at| all.get(at).map(bracket), open);
        lengths.extend(match mark {
            b'"' | b'\'' => pieces.iter().position(|piece| mark_of(piece) == Some(mark)),
            b'=' => close(at).map(|close| close + 1 - at),
            _ => close(open).map(|close| close - at),
        });
    }
    if first.slot {
        lengths.push(1);
        lengths.extend(compound_length(pieces));
        lengths.extend(listing(pieces));
    }
    if is_span(element) {
        let inside = |piece: &Piece| piece.slot || mark_of(piece).is_some_and(|mark| INSIDE.contains(&mark));
        let several = if first.slot { pieces.iter().take(WIDEST).take_while(|piece| inside(piece)).count() } else { 0 };
        lengths.extend((2..=several).filter(|&length| pieces[length - 1].slot));
    }
    if wide {
        let title = pieces.iter().take(odd::TITLE).take_while(|piece| piece.titled).count();
        lengths.extend(2..=title);
        // Anything without blanks, but those of lists.
        let mut end = at;
        while end < all.len().min(at + odd::LONGEST) && (end == at || !all[end].gap) {
            end = list_end(all, end).map_or(end + 1, |close| close + 1);
            lengths.push(end - at);
        }
    }
    lengths
}

/// The number of pieces of a list of values at the beginning: `3, 4`. What the lexer left out behind one belongs to it.
fn listing(pieces: &[Piece]) -> Option<usize> {
    let is = |at: usize, is: fn(&Piece) -> bool| pieces.get(at).is_some_and(is);
    let value = |piece: &Piece| is_value(piece.element) || is_rest(piece.element);
    let mut end = usize::from(is(0, |piece| is_value(piece.element)));
    while end > 0 {
        let next = end + usize::from(is(end, |piece| matches!(mark_of(piece), Some(b',' | b';'))));
        if !is(next, value) {
            break;
        }
        end = next + 1;
    }
    Some(end).filter(|&end| end > 1)
}

/// The mark that a piece is.
fn mark_of(piece: &Piece) -> Option<u8> {
    let element = if piece.gap { piece.element ^ GAP } else { piece.element };
    (!piece.slot && element >> 8 < 256 && element & 0xff < 2).then_some((element >> 8) as u8)
}

/// The bracket that a piece is.
fn bracket(piece: &Piece) -> Option<u8> {
    mark_of(piece).filter(|mark| b"[](){}<>".contains(mark))
}

fn is_odd(element: u64) -> bool {
    element == ODD || element == ODD ^ GAP
}

fn is_variable(element: u64) -> bool {
    is_value(element) || is_span(element) || is_odd(element)
}

fn is_span(element: u64) -> bool {
    element == SPAN || element == SPAN ^ GAP
}

/// The number of pieces of a `name:value`, `name[value]` or `name(value)` at the beginning, as the clustering joins them.
fn compound_length(pieces: &[Piece]) -> Option<usize> {
    let [_, sign, value, ..] = pieces else { return None };
    if value.element != VALUE {
        return None;
    }
    let closed = |close: u8| pieces.get(3).is_some_and(|piece| piece.element == mark(close, true));
    match sign.element {
        element if element == mark(b':', true) => Some(3),
        element if element == mark(b'[', true) && closed(b']') => Some(4),
        element if element == mark(b'(', true) && closed(b')') => Some(4),
        _ => None,
    }
}

fn is_rest(element: u64) -> bool {
    element == REST || element == REST ^ GAP
}

fn is_value(element: u64) -> bool {
    element == VALUE || element == VALUE ^ GAP
}

fn piece(token: &Token, message: &[u8]) -> Piece {
    let (kind, slot) = match token.class {
        Class::Value(kind) => (kind, true),
        Class::Word | Class::Numbered => (ValueKind::Any, true),
        Class::Mark | Class::Rest => (ValueKind::Any, false),
    };
    Piece {
        element: element(token, message),
        slot,
        titled: matches!(token.class, Class::Word | Class::Numbered) && message[token.start].is_ascii_uppercase(),
        gap: token.gap,
        parameter: Parameter { kind, start: token.start, end: token.end },
    }
}
