//! Text → [`Expr`].
//!
//! ```text
//! any    := all (("OR" | "or") all)*
//! all    := part (("AND" | "and")? part)*
//! part   := ("-" | "NOT") part | "(" any ")" | term
//! term   := text | "anomaly" | "exists(" name ")" | name "in (" value, … ")" | name ":" "!="? test | name sign test
//! sign   := "!=" | ">=" | "<=" | ">" before a digit | "<" before a digit
//! test   := (">" | ">=" | "<" | "<=" | "=") literal | "[" literal "TO" literal "]" | "(" value, … ")" | value
//! value  := word with * | "phrase" | /regex/ | /regex/i
//! ```
//!
//! A backslash takes the meaning from the character behind it. `and` and `or` in small letters join only two parts of which
//! neither is mere text; else they are text themselves. Nesting, the number of terms and the length are capped.
//!
//! What other languages write for a condition is read as one (`level!=error`, `status >= 500`, `and` between two) or is an
//! error (`took:>2 s`): as words that stand somewhere in a row it would silently find something else.

use super::error::QueryError;
use super::expr::{Bound, Comparison, Expr, Field, Pattern, Term, Test};
use super::print::is_unit;

/// Longest search, in bytes.
pub const MAX_QUERY: usize = 8192;
/// Most terms, values of lists included.
pub const MAX_TERMS: usize = 256;
/// Deepest nesting of parentheses.
pub const MAX_DEPTH: usize = 32;

/// A search, and where its terms stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The search.
    pub expr: Expr,
    /// Byte position of each [`Term`], in the order of the text.
    pub places: Vec<usize>,
}

/// Reads a search. An empty one is every row.
pub fn parse(text: &str) -> Result<Parsed, QueryError> {
    if text.len() > MAX_QUERY {
        return Err(QueryError::new(
            MAX_QUERY,
            format!("A search may have {MAX_QUERY} characters; this one is longer."),
        ));
    }
    let mut parser = Parser { text, at: 0, places: Vec::new(), values: 0, behind_condition: false };
    let expr = parser.any(0)?;
    parser.blank();
    match parser.peek() {
        None => Ok(Parsed { expr, places: parser.places }),
        Some(_) => Err(parser.error("This bracket closes nothing: remove it, or put it in quotes.")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    places: Vec<usize>,
    /// Values read so far.
    values: usize,
    /// Whether the last part is more than a text to be found.
    behind_condition: bool,
}

/// The field that stands before a colon.
fn field_of(from: usize, quoted: bool, pattern: &Pattern) -> Result<Field, QueryError> {
    match pattern {
        Pattern::Glob(pieces) if pieces.len() == 1 && quoted => Ok(Field::Own(pieces[0].clone())),
        // An escaped character is as good as a quoted one.
        Pattern::Glob(pieces) if pieces.len() == 1 && super::print::is_name(&pieces[0]) => {
            Ok(Field::Named(pieces[0].clone()))
        }
        Pattern::Glob(pieces) if pieces.len() == 1 && !pieces[0].is_empty() => Ok(Field::Own(pieces[0].clone())),
        pattern if pattern.is_anything() => Ok(Field::Any),
        _ => Err(QueryError::new(from, "A field's name is missing before the colon; put text with a colon in quotes.")),
    }
}

/// What ends a word besides white space, quotes and parentheses.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// A colon.
    Start,
    /// Nothing else.
    Value,
    /// A comma.
    List,
    /// A closing bracket.
    Range,
}

/// Whether a comparison or `!=` stands here. Arrows and brackets of messages are none: `>` and `<` alone want a number.
fn is_sign(rest: &str) -> bool {
    let number = || rest[1..].trim_start().starts_with(|c: char| c.is_ascii_digit());
    ["!=", ">=", "<="].iter().any(|sign| rest.starts_with(sign)) || rest.starts_with(['<', '>']) && number()
}

/// Whether a word in front of a comparison can be a field's name.
fn is_compared(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || "_.@-".contains(c))
        && name.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn blank(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn error(&self, message: impl Into<String>) -> QueryError {
        QueryError::new(self.at, message)
    }

    /// Eats a keyword, or its sign.
    fn keyword(&mut self, word: &str, sign: Option<&str>) -> bool {
        self.blank();
        let behind = self.rest().strip_prefix(word).and_then(|rest| rest.chars().next().or(Some(' ')));
        if behind.is_some_and(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"')) {
            self.at += word.len();
            return true;
        }
        sign.is_some_and(|sign| self.eat(sign))
    }

    fn any(&mut self, depth: usize) -> Result<Expr, QueryError> {
        let mut parts = vec![self.all(depth)?];
        while self.or() {
            parts.push(self.all(depth)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::or(parts) })
    }

    fn all(&mut self, depth: usize) -> Result<Expr, QueryError> {
        let mut parts = Vec::new();
        self.behind_condition = false;
        loop {
            let and = self.keyword("AND", Some("&&")) || self.joins_conditions("and");
            self.blank();
            let from = self.at;
            let ends = matches!(self.peek(), None | Some(')')) || self.or();
            self.at = from;
            if ends {
                // An empty search is every row, but nothing else may be empty.
                let empty = parts.is_empty() && (depth > 0 || self.at < self.text.len() || !self.places.is_empty());
                if and || empty {
                    return Err(self.error("A condition is missing here."));
                }
                return Ok(Expr::and(parts));
            }
            if and && parts.is_empty() {
                return Err(self.error("A condition is missing before AND."));
            }
            parts.push(self.part(depth)?);
        }
    }

    fn or(&mut self) -> bool {
        self.keyword("OR", Some("||")) || self.joins_conditions("or")
    }

    /// Eats `and` or `or` in small letters, where it stands between two conditions: it is no text to be found there.
    fn joins_conditions(&mut self, word: &str) -> bool {
        if !self.behind_condition || !self.keyword(word, None) {
            return false;
        }
        let (at, places, values) = (self.at, self.places.len(), self.values);
        let joins = self.negations() || self.peek() == Some('(') || self.term().is_ok_and(|(_, is_text)| !is_text);
        (self.at, self.values) = (at, values);
        self.places.truncate(places);
        if !joins {
            self.at -= word.len();
        }
        joins
    }

    /// Eats what negates a part; whether it does.
    fn negations(&mut self) -> bool {
        let mut negative = false;
        loop {
            self.blank();
            let word = self.rest().chars().nth(1).is_some_and(|c| !c.is_whitespace());
            if word && (self.eat("-") || self.eat("!")) || self.keyword("NOT", None) {
                negative = !negative;
            } else {
                return negative;
            }
        }
    }

    fn part(&mut self, depth: usize) -> Result<Expr, QueryError> {
        let negative = self.negations();
        let from = self.at;
        let (part, is_text) = if self.eat("(") {
            if depth == MAX_DEPTH {
                return Err(QueryError::new(from, "Parentheses nest too deeply here."));
            }
            let inner = self.any(depth + 1)?;
            self.blank();
            if !self.eat(")") {
                return Err(QueryError::new(from, "This parenthesis is never closed: add ) at the end."));
            }
            (inner, false)
        } else {
            self.term()?
        };
        self.behind_condition = negative || !is_text;
        Ok(if negative { Expr::not(part) } else { part })
    }

    /// A term, and whether it is mere text to be found.
    fn term(&mut self) -> Result<(Expr, bool), QueryError> {
        let from = self.at;
        if self.values >= MAX_TERMS {
            return Err(self.error(format!("A search may have {MAX_TERMS} terms; this one has more.")));
        }
        self.values += 1;
        let quoted = self.peek() == Some('"');
        let pattern = self.value(Place::Start)?;
        let mut negative = false;
        let term = if self.peek() == Some(':') {
            let field = field_of(from, quoted, &pattern)?;
            self.at += 1;
            self.blank();
            negative = self.not_equal();
            self.test(field)?
        } else if self.before_sign(from, quoted) {
            let field = field_of(from, quoted, &pattern)?;
            negative = self.not_equal();
            self.test(field)?
        } else if !quoted && pattern == Pattern::literal("exists") && self.eat("(") {
            self.exists()?
        } else if let Some(field) = self.before_list(from, quoted, &pattern)? {
            Term::Field(field, Test::In(self.list()?))
        } else if !quoted && self.text[from..self.at] == *"anomaly" {
            Term::Anomaly
        } else if pattern.is_anything() {
            return Ok((Expr::All, false));
        } else {
            Term::Text(pattern)
        };
        self.places.push(from);
        let is_text = matches!(term, Term::Text(_));
        let term = Expr::Term(term);
        Ok((if negative { Expr::not(term) } else { term }, is_text))
    }

    /// Eats `!=`.
    fn not_equal(&mut self) -> bool {
        let found = self.eat("!=");
        if found {
            self.blank();
        }
        found
    }

    /// Whether a sign follows the name that began at `from`; blanks before it are eaten then.
    fn before_sign(&mut self, from: usize, quoted: bool) -> bool {
        let end = self.at;
        self.blank();
        let found = (quoted || is_compared(&self.text[from..end])) && is_sign(self.rest());
        if !found {
            self.at = end;
        }
        found
    }

    fn exists(&mut self) -> Result<Term, QueryError> {
        self.blank();
        let from = self.at;
        let quoted = self.peek() == Some('"');
        let pattern = self.value(Place::Start)?;
        let field = field_of(from, quoted, &pattern)?;
        self.blank();
        if field == Field::Any || !self.eat(")") {
            return Err(QueryError::new(from, "Write one field's name in the parentheses: exists(user)."));
        }
        Ok(Term::Field(field, Test::Exists))
    }

    /// The field of `name in (…)`, with the opening parenthesis eaten; `None` where the text goes on in another way.
    fn before_list(&mut self, from: usize, quoted: bool, name: &Pattern) -> Result<Option<Field>, QueryError> {
        let end = self.at;
        self.blank();
        if self.at > end && self.eat("in") {
            let behind = self.at;
            self.blank();
            if self.eat("(") && (quoted || behind > end) {
                return field_of(from, quoted, name).map(Some);
            }
        }
        self.at = end;
        Ok(None)
    }

    /// Values up to the closing parenthesis, parted by commas, blanks or OR.
    fn list(&mut self) -> Result<Vec<Pattern>, QueryError> {
        let mut values = Vec::new();
        loop {
            self.blank();
            if self.eat(",") || self.keyword("OR", Some("||")) {
                continue;
            }
            if self.eat(")") {
                break;
            }
            if self.peek().is_none_or(|c| c == '(') {
                return Err(self.error("Close the list with a parenthesis: service in (web, db)."));
            }
            if self.values >= MAX_TERMS {
                return Err(self.error(format!("A search may have {MAX_TERMS} terms; this one has more.")));
            }
            self.values += 1;
            values.push(self.value(Place::List)?);
        }
        if values.is_empty() {
            return Err(self.error("The list is empty: write values in it, as in service in (web, db)."));
        }
        Ok(values)
    }

    /// What follows a field's colon. A unit behind a blank is refused: it would be searched for as a word.
    fn test(&mut self, field: Field) -> Result<Term, QueryError> {
        let from = self.at;
        let term = self.plain_test(field)?;
        let number = self.text[from..self.at].trim_start_matches(['>', '<', '=']).trim_start();
        if number.parse::<f64>().is_ok()
            && let Some(unit) = self.unit_ahead()
        {
            let at = self.text.len() - self.rest().trim_start().len();
            let message = format!(
                "A unit stands right behind its number: write {number}{unit}. To search for the text itself, put it in quotes: \"{unit}\"."
            );
            return Err(QueryError::new(at, message));
        }
        Ok(term)
    }

    /// The unit that is the next word.
    fn unit_ahead(&self) -> Option<&str> {
        let word = self.rest().strip_prefix(char::is_whitespace)?.trim_start();
        let word = &word[..word.find(|c: char| c.is_whitespace() || c == ')').unwrap_or(word.len())];
        is_unit(word).then_some(word)
    }

    fn plain_test(&mut self, field: Field) -> Result<Term, QueryError> {
        let comparisons = [Comparison::AtLeast, Comparison::Above, Comparison::AtMost, Comparison::Below];
        for comparison in comparisons {
            if self.eat(comparison.sign()) {
                let text = self.literal(Place::Value)?;
                return Ok(Term::Field(field, Test::Compare(comparison, text)));
            }
        }
        if self.eat("=") {
            let text = self.literal(Place::Value)?;
            return Ok(Term::Field(field, Test::Exactly(text)));
        }
        if matches!(self.peek(), Some('[' | '{')) {
            return self.range(field);
        }
        let value = if self.eat("(") {
            let mut values = self.list()?;
            if values.len() > 1 {
                return Ok(Term::Field(field, Test::In(values)));
            }
            values.remove(0)
        } else if matches!(self.peek(), None | Some(')')) {
            return Err(self.error("A value is missing here; exists(field) asks whether there is any."));
        } else {
            self.value(Place::Value)?
        };
        if value.is_anything() {
            if field == Field::Any {
                return Err(self.error("*:* is every row: leave it out."));
            }
            return Ok(Term::Field(field, Test::Exists));
        }
        Ok(Term::Field(field, Test::Is(value)))
    }

    fn range(&mut self, field: Field) -> Result<Term, QueryError> {
        let from = self.at;
        let low_open = self.eat("{") || !self.eat("[");
        let low = self.bound(low_open)?;
        let mut high = if self.keyword("TO", None) { Some(self.bound(false)?) } else { None };
        self.blank();
        match (&mut high, self.peek()) {
            (Some(bound), Some(sign @ (']' | '}'))) => {
                self.at += 1;
                bound.open = sign == '}';
            }
            _ => return Err(QueryError::new(from, "Write a range as [10 TO 20], or [10 TO *] without an upper end.")),
        }
        let high = high.unwrap_or(Bound { value: None, open: false });
        Ok(Term::Field(field, Test::Between(low, high)))
    }

    fn bound(&mut self, open: bool) -> Result<Bound, QueryError> {
        self.blank();
        if self.eat("*") {
            return Ok(Bound { value: None, open });
        }
        let mut value = self.literal(Place::Range)?;
        // Between brackets nothing else than a bound can be meant.
        let end = self.at;
        self.blank();
        let unit = self.rest().split(|c: char| c.is_whitespace() || matches!(c, ']' | '}')).next().unwrap_or_default();
        if self.at > end && value.ends_with(|c: char| c.is_ascii_digit()) && is_unit(unit) {
            value.push_str(unit);
            self.at += unit.len();
        } else {
            self.at = end;
        }
        Ok(Bound { value: Some(value), open })
    }

    /// A word or a phrase that is compared as it is: a star has no meaning in it.
    fn literal(&mut self, place: Place) -> Result<String, QueryError> {
        self.blank();
        let from = self.at;
        match self.value(place)? {
            Pattern::Glob(mut pieces)
                if pieces.len() == 1 && (self.text[from..].starts_with('"') || !pieces[0].is_empty()) =>
            {
                Ok(pieces.remove(0))
            }
            _ => Err(QueryError::new(from, "One number, time or text belongs here, without wildcards.")),
        }
    }

    fn value(&mut self, place: Place) -> Result<Pattern, QueryError> {
        match self.peek() {
            Some('"') => self.phrase().map(Pattern::literal),
            Some('/') => match self.regex() {
                Some(regex) => Ok(regex),
                None => self.word(place),
            },
            _ => self.word(place),
        }
    }

    fn phrase(&mut self) -> Result<String, QueryError> {
        let from = self.at;
        let mut text = String::new();
        let mut escaped = false;
        for (at, c) in self.rest().char_indices().skip(1) {
            match c {
                _ if escaped => {
                    text.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.at = from + at + 1;
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
        Err(QueryError::new(from, "This quote is never closed: add \" at the end of the phrase."))
    }

    /// A regular expression up to the next slash, if that stands at the end of a value: else it is a path.
    fn regex(&mut self) -> Option<Pattern> {
        let mut pattern = String::new();
        let mut chars = self.rest().char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' if chars.peek().is_some_and(|(_, next)| *next == '/') => {
                    pattern.push('/');
                    chars.next();
                }
                '\\' => {
                    pattern.push('\\');
                    pattern.push(chars.next()?.1);
                }
                '/' => {
                    let behind = &self.rest()[at + 1..];
                    let (any_case, behind) = behind.strip_prefix('i').map_or((false, behind), |rest| (true, rest));
                    if pattern.is_empty() || behind.starts_with(|c: char| !c.is_whitespace() && !matches!(c, ')' | ','))
                    {
                        return None;
                    }
                    self.at += at + 1 + usize::from(any_case);
                    return Some(Pattern::Regex { pattern, any_case });
                }
                c => pattern.push(c),
            }
        }
        None
    }

    fn word(&mut self, place: Place) -> Result<Pattern, QueryError> {
        let mut pieces = vec![String::new()];
        let mut escaped = false;
        let mut length = self.rest().len();
        for (at, c) in self.rest().char_indices() {
            let ends = match c {
                '(' | ')' | '"' => true,
                ':' => place == Place::Start,
                '!' | '<' | '>' if place == Place::Start => {
                    is_compared(&self.rest()[..at]) && is_sign(&self.rest()[at..])
                }
                ',' => place == Place::List,
                ']' | '}' => place == Place::Range,
                c => c.is_whitespace(),
            };
            match c {
                _ if escaped => {
                    pieces.last_mut().expect("there is always a piece").push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '*' => pieces.push(String::new()),
                _ if ends => {
                    length = at;
                    break;
                }
                c => pieces.last_mut().expect("there is always a piece").push(c),
            }
        }
        if length == 0 && self.peek() != Some(':') {
            return Err(self.error("A word or a \"phrase\" is missing here."));
        }
        if escaped {
            return Err(self.error("A backslash at the end stands for nothing: write \\\\ for a backslash."));
        }
        self.at += length;
        Ok(Pattern::glob(pieces))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
