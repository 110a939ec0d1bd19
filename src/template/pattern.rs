//! Templates as something that a message can be held against.

use serde::{Deserialize, Serialize};

use super::kind::ValueKind;
use super::lex::{Lexer, Token};
use super::shape::{GAP, VALUE, element, mark};
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

/// The tokens of a message, as they stand and with lists of values as one.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    whole: Vec<Piece>,
    joined: Vec<Piece>,
}

impl Pieces {
    pub(super) fn of(message: &[u8]) -> Self {
        let whole: Vec<Piece> = Lexer::new(message).map(|token| piece(&token, message)).collect();
        let mut joined: Vec<Piece> = Vec::with_capacity(whole.len());
        for &piece in &whole {
            if is_value(piece.element) {
                if separated(&joined) {
                    joined.pop();
                } else if piece.element == VALUE || !joined.last().is_some_and(|last| is_value(last.element)) {
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
        Self { whole, joined }
    }

    /// The numbers of tokens for which a pattern can match.
    pub(super) fn lengths(&self) -> [usize; 2] {
        [self.whole.len(), self.joined.len()]
    }

    /// The variables of a pattern, and how many words it has in common with the message.
    pub(super) fn fit(&self, pattern: &Pattern) -> Option<(usize, Vec<Parameter>)> {
        [&self.whole, &self.joined].into_iter().find_map(|pieces| fit(pieces, pattern))
    }
}

fn fit(pieces: &[Piece], pattern: &Pattern) -> Option<(usize, Vec<Parameter>)> {
    if pieces.len() != pattern.elements.len() {
        return None;
    }
    let mut equal = 0;
    for (piece, &element) in pieces.iter().zip(&pattern.elements) {
        if piece.element == element {
            equal += usize::from(!is_value(element));
        } else if !(piece.slot && is_value(element) && piece.gap == (element != VALUE)) {
            return None;
        }
    }
    let parameter = |&place: &u16| pieces.get(usize::from(place)).map(|piece| piece.parameter);
    Some((equal, pattern.variables.iter().filter_map(parameter).collect()))
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
