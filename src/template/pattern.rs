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
use super::repeat::{self, repeats};
use super::shape::{GAP, REST, SPAN, VALUE, element, mark};
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
    gap: bool,
    parameter: Parameter,
}

/// The tokens of a message, as they stand, with lists of values as one, with lists in brackets as one, and with a value in
/// empty brackets too.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    whole: Vec<Piece>,
    joined: Vec<Piece>,
    listed: Vec<Piece>,
    filled: Vec<Piece>,
}

impl Pieces {
    pub(super) fn of(message: &[u8]) -> Self {
        let whole: Vec<Piece> = Lexer::new(message).map(|token| piece(&token, message)).collect();
        let mut joined: Vec<Piece> = Vec::with_capacity(whole.len());
        for &piece in &whole {
            // What was left out behind a value belongs to it.
            let rest = is_rest(piece.element) && joined.last().is_some_and(|last| is_value(last.element));
            if is_value(piece.element) || rest {
                if separated(&joined) {
                    joined.pop();
                } else if !rest && piece.element == VALUE || !joined.last().is_some_and(|last| is_value(last.element)) {
                    joined.push(piece);
                    continue;
                }
                if let Some(list) = joined.last_mut() {
                    list.parameter.end = piece.parameter.end;
                    list.parameter.kind = ValueKind::Any;
                }
                continue;
            }
            joined.push(piece);
        }
        if let Some(found) = repeats(joined.len(), |at| role(&joined[at])) {
            let mut left_out = found.left_out.iter();
            joined.retain(|_| left_out.next() != Some(&true));
        }
        let filled = listed(&whole, 0);
        let listed = listed(&whole, 2);
        Self { whole, joined, listed, filled }
    }

    /// The numbers of elements that a pattern can have, from and to: each compound makes it up to three shorter, and each
    /// value of several words by all but one.
    pub(super) fn lengths(&self) -> [usize; 2] {
        let shorter = 3 * COMPOUNDS + (SPANS + 2) * (WIDEST - 1) + WIDE * (group::WIDEST - 1);
        [self.joined.len().min(self.listed.len()).saturating_sub(shorter), self.whole.len().max(self.filled.len())]
    }

    /// The variables of a pattern, and how many words it has in common with the message.
    pub(super) fn fit(&self, pattern: &Pattern) -> Option<(usize, Vec<Parameter>)> {
        let spans = pattern.elements.iter().any(|&element| is_span(element));
        let fit = if spans { fit_spans } else { fit };
        [&self.whole, &self.joined, &self.listed, &self.filled].into_iter().find_map(|pieces| fit(pieces, pattern))
    }
}

/// What a piece is for a list of things that are written alike.
fn role(piece: &Piece) -> repeat::Role {
    let element = if piece.gap { piece.element ^ GAP } else { piece.element };
    let several = element & 1 == 0;
    match element >> 8 {
        _ if piece.slot => repeat::Role::Slot(element),
        byte if byte == u64::from(b',') || byte == u64::from(b';') => repeat::Role::Separator,
        byte if byte < 256 && element & 0xff < 2 => repeat::Role::mark(byte as u8, piece.gap, several),
        _ => repeat::Role::Other,
    }
}

/// Pieces with one value for each list in brackets ([`list`]) that is not of one token and of `least` or more.
fn listed(whole: &[Piece], least: usize) -> Vec<Piece> {
    let marks = b"[{]},;:='\"";
    let role = |at: usize| match whole.get(at) {
        Some(piece) if piece.slot => Role::Slot(piece.gap),
        Some(piece) => {
            let is = |byte: &&u8| piece.element == mark(**byte, true) || piece.element == mark(**byte, true) ^ GAP;
            marks.iter().find(is).map_or(Role::Other, |byte| Role::Mark(*byte))
        }
        None => Role::Other,
    };
    let mut pieces = Vec::with_capacity(whole.len());
    let mut at = 0;
    while let Some(&piece) = whole.get(at) {
        pieces.push(piece);
        at += 1;
        if let Some((close, _)) = list(role, at - 1).filter(|(close, _)| *close != at + 1 && *close >= at + least) {
            let start = whole[at].parameter.start;
            let end = if close > at { whole[close - 1].parameter.end } else { start };
            let parameter = Parameter { kind: ValueKind::Any, start, end };
            pieces.push(Piece { element: VALUE, slot: true, gap: false, parameter });
            at = close;
        }
    }
    pieces
}

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

/// [`fit`] of a pattern with values of several words: which pieces can be reached by which elements, and from where.
fn fit_spans(pieces: &[Piece], pattern: &Pattern) -> Option<(usize, Vec<Parameter>)> {
    const UNREACHED: u16 = u16::MAX;
    let (elements, width) = (&pattern.elements, pieces.len() + 1);
    let mut from = vec![UNREACHED; (elements.len() + 1) * width];
    from[0] = 0;
    for (place, &element) in elements.iter().enumerate() {
        let mut any = false;
        // Backwards, so that each value is as short as can be.
        for at in (0..width).rev().filter(|&at| at < pieces.len()) {
            if from[place * width + at] == UNREACHED {
                continue;
            }
            for length in lengths(element, pieces, at).into_iter().flatten() {
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
        let (first, last) = (taken.first()?, taken.last()?);
        equal += usize::from(first.element == element);
        if variables.next_if(|&&variable| usize::from(variable) == place).is_some() {
            let kind = if taken.len() == 1 { first.parameter.kind } else { ValueKind::Any };
            parameters.push(Parameter { kind, start: first.parameter.start, end: last.parameter.end });
        }
        at = usize::from(start);
    }
    parameters.reverse();
    (at == 0).then_some((equal, parameters))
}

/// How many of the pieces from `at` on an element can stand for.
fn lengths(element: u64, all: &[Piece], at: usize) -> [Option<usize>; WIDEST + 2] {
    let mut lengths = [None; WIDEST + 2];
    let pieces = &all[at..];
    let Some(first) = pieces.first() else { return lengths };
    let value = is_value(element) || is_span(element);
    if !value {
        lengths[0] = (first.element == element).then_some(1);
        return lengths;
    }
    if first.gap == (element == VALUE || element == SPAN) {
        return lengths;
    }
    if is_span(element)
        && let Some(open) = at.checked_sub(1)
    {
        // All that is in brackets.
        lengths[WIDEST + 1] = closing(|at| all.get(at).map(bracket), open).map(|close| close - at);
    }
    if !first.slot {
        return lengths;
    }
    lengths[0] = Some(1);
    lengths[1] = compound_length(pieces);
    if is_span(element) {
        let inside = |piece: &Piece| {
            let is = |byte: &u8| piece.element == mark(*byte, true) || piece.element == mark(*byte, true) ^ GAP;
            piece.slot || INSIDE.iter().any(is)
        };
        let widest = pieces.iter().take(WIDEST).take_while(|piece| inside(piece)).count();
        for length in (2..=widest).filter(|&length| pieces[length - 1].slot) {
            lengths[length] = Some(length);
        }
    }
    lengths
}

/// The bracket that a piece is.
fn bracket(piece: &Piece) -> Option<u8> {
    let is = |byte: &&u8| piece.element == mark(**byte, true) || piece.element == mark(**byte, true) ^ GAP;
    b"[](){}<>".iter().find(is).copied()
}

fn is_span(element: u64) -> bool {
    element == SPAN || element == SPAN ^ GAP
}

/// The number of pieces of a `name:value` or `name[value]` at the beginning, as the clustering joins them.
fn compound_length(pieces: &[Piece]) -> Option<usize> {
    let [_, sign, value, ..] = pieces else { return None };
    if value.element != VALUE {
        return None;
    }
    let closed = pieces.get(3).is_some_and(|close| close.element == mark(b']', true));
    match sign.element {
        element if element == mark(b':', true) => Some(3),
        element if element == mark(b'[', true) && closed => Some(4),
        _ => None,
    }
}

fn is_rest(element: u64) -> bool {
    element == REST || element == REST ^ GAP
}

fn is_value(element: u64) -> bool {
    element == VALUE || element == VALUE ^ GAP
}

/// Whether the pieces end with a value and a comma or semicolon.
fn separated(pieces: &[Piece]) -> bool {
    let [.., value, separator] = pieces else { return false };
    let marks = [mark(b',', true), mark(b';', true)];
    is_value(value.element) && marks.iter().any(|mark| separator.element == *mark || separator.element == mark ^ GAP)
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
        gap: token.gap,
        parameter: Parameter { kind, start: token.start, end: token.end },
    }
}
