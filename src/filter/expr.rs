//! What was searched for, as a tree.
//!
//! Trees are only made by [`Expr::and`], [`Expr::or`] and [`Expr::not`], which keep them in one normal form: the text of a
//! tree parses to the same tree.

/// A search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// Every row.
    All,
    /// One condition.
    Term(Term),
    /// Rows that don't meet it; never of a [`Expr::Not`].
    Not(Box<Self>),
    /// Rows that meet all of them: at least two, none an [`Expr::And`] or [`Expr::All`].
    And(Vec<Self>),
    /// Rows that meet any of them: at least two, none an [`Expr::Or`] or [`Expr::All`].
    Or(Vec<Self>),
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// The text stands somewhere in the record: `timeout`, `"a phrase"`, `/regex/`.
    Text(Pattern),
    /// The row is anomalous under the current threshold: `anomaly`.
    Anomaly,
    /// A field's value is tested: `level:error`.
    Field(Field, Test),
}

/// Which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// Any of them: `*:x`.
    Any,
    /// A canonical name or a name of the files: `level`.
    Named(String),
    /// Exactly this name of the files, even where it is a canonical name: `"level"`.
    Own(String),
}

/// How a field's value is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// There is one: `exists(f)`, `f:*`.
    Exists,
    /// It matches, whatever the case: `f:x*`.
    Is(Pattern),
    /// It is this text, byte by byte: `f:=x`.
    Exactly(String),
    /// It matches one of them: `f in (a, b)`. At least one.
    In(Vec<Pattern>),
    /// It is above or below: `f:>=10`.
    Compare(Comparison, String),
    /// It is between: `f:[a TO b]`, open at either end with `*`; a curly bracket leaves its bound out.
    Between(Bound, Bound),
}

/// A side of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `<`
    Below,
    /// `<=`
    AtMost,
}

impl Comparison {
    /// As written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }
}

/// An end of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// `None` for `*`.
    pub value: Option<String>,
    /// Whether the value itself is outside.
    pub open: bool,
}

/// What a text is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Pieces that follow each other with anything in between (`*`); one piece is plain text. Inner pieces are not empty.
    Glob(Vec<String>),
    /// A regular expression.
    Regex {
        /// Between the slashes, `\/` resolved.
        pattern: String,
        /// `/…/i`
        any_case: bool,
    },
}

impl Pattern {
    /// Plain text.
    pub fn literal(text: impl Into<String>) -> Self {
        Self::Glob(vec![text.into()])
    }

    /// Pieces around stars; stars in a row are one.
    pub fn glob(pieces: Vec<String>) -> Self {
        let last = pieces.len().saturating_sub(1);
        let kept = pieces.into_iter().enumerate();
        Self::Glob(kept.filter(|(at, piece)| *at == 0 || *at == last || !piece.is_empty()).map(|(_, it)| it).collect())
    }

    /// Whether every text matches.
    pub fn is_anything(&self) -> bool {
        matches!(self, Self::Glob(pieces) if pieces.len() > 1 && pieces.iter().all(String::is_empty))
    }
}

impl Expr {
    /// All of them.
    pub fn and(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All => {}
                Self::And(more) => flat.extend(more),
                part => flat.push(part),
            }
        }
        match flat.len() {
            0 => Self::All,
            1 => flat.remove(0),
            _ => Self::And(flat),
        }
    }

    /// Any of them. Without parts it is every row: a list that says nothing leaves nothing out.
    pub fn or(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All => return Self::All,
                Self::Or(more) => flat.extend(more),
                part => flat.push(part),
            }
        }
        match flat.len() {
            0 => Self::All,
            1 => flat.remove(0),
            _ => Self::Or(flat),
        }
    }

    /// The others.
    #[expect(clippy::should_implement_trait, reason = "a constructor, beside `and` and `or`")]
    pub fn not(part: Self) -> Self {
        match part {
            Self::Not(inner) => *inner,
            part => Self::Not(Box::new(part)),
        }
    }

    /// A condition on a field: that it has this value (or, with `present` false, has not). What a click on a value means.
    pub fn value(field: Field, value: &str, present: bool) -> Self {
        let term = Self::Term(Term::Field(field, Test::Is(Pattern::literal(value))));
        if present { term } else { Self::not(term) }
    }

    /// The parts that must all be met: what is shown as chips.
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::All => &[],
            Self::And(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }

    /// Narrowed by a part. Its opposite goes; a second value of a field joins the first one, as `field in (a, b)`.
    #[must_use]
    pub fn with(&self, part: Self) -> Self {
        let opposite = Self::not(part.clone());
        let mut parts: Vec<Self> = self.parts().iter().filter(|known| **known != opposite).cloned().collect();
        if parts.contains(&part) {
            return Self::and(parts);
        }
        if let Some((field, values)) = listed(&part) {
            for known in &mut parts {
                if let Some((same, before)) = listed(known)
                    && same == field
                {
                    let mut all = before;
                    all.extend(values.iter().filter(|value| !all.contains(value)).cloned().collect::<Vec<_>>());
                    *known = list(field.clone(), all);
                    return Self::and(parts);
                }
            }
        }
        parts.push(part);
        Self::and(parts)
    }

    /// Without a part, or without its value in a list of values of the field.
    #[must_use]
    pub fn without(&self, part: &Self) -> Self {
        let mut parts = Vec::new();
        for known in self.parts() {
            if known == part {
                continue;
            }
            match (listed(known), listed(part)) {
                (Some((field, values)), Some((same, gone))) if field == same => {
                    let left: Vec<Pattern> = values.into_iter().filter(|value| !gone.contains(value)).collect();
                    if !left.is_empty() {
                        parts.push(list(field, left));
                    }
                }
                _ => parts.push(known.clone()),
            }
        }
        Self::and(parts)
    }

    /// Without any part that is a condition on this field alone, such as the time of a histogram that was brushed anew.
    #[must_use]
    pub fn without_field(&self, field: &Field) -> Self {
        Self::and(self.parts().iter().filter(|part| !part.is_of(field)).cloned().collect())
    }

    /// Whether it asks about this field and nothing else.
    fn is_of(&self, field: &Field) -> bool {
        match self {
            Self::Term(Term::Field(of, _)) => of == field,
            Self::All | Self::Term(_) => false,
            Self::Not(part) => part.is_of(field),
            Self::And(parts) | Self::Or(parts) => parts.iter().all(|part| part.is_of(field)),
        }
    }
}

/// The field and the values of `field:a` and `field in (a, b)`.
fn listed(part: &Expr) -> Option<(Field, Vec<Pattern>)> {
    match part {
        Expr::Term(Term::Field(field, Test::Is(value))) if *field != Field::Any => {
            Some((field.clone(), vec![value.clone()]))
        }
        Expr::Term(Term::Field(field, Test::In(values))) if *field != Field::Any => {
            Some((field.clone(), values.clone()))
        }
        _ => None,
    }
}

fn list(field: Field, mut values: Vec<Pattern>) -> Expr {
    let test = if values.len() == 1 { Test::Is(values.remove(0)) } else { Test::In(values) };
    Expr::Term(Term::Field(field, test))
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    #[track_caller]
    fn read(text: &str) -> Expr {
        parse(text).unwrap().expr
    }

    #[test]
    fn chips_add_and_remove_parts() {
        let chips = |text: &str, part: &str| read(text).with(read(part)).to_string();
        assert_eq!(chips("", "level:error"), "level:error");
        assert_eq!(chips("timeout", "level:error"), "timeout level:error");
        assert_eq!(chips("timeout level:error", "level:error"), "timeout level:error");
        assert_eq!(chips("service:a x", "service:b"), "service in (a, b) x");
        assert_eq!(chips("service in (a, b)", "service:b"), "service in (a, b)");
        assert_eq!(chips("service:a", "-service:a"), "-service:a");
        assert_eq!(chips("-service:a -service:b", "-service:c"), "-service:a -service:b -service:c");
        assert_eq!(chips("a OR b", "c"), "(a OR b) c");

        let fewer = |text: &str, part: &str| read(text).without(&read(part)).to_string();
        assert_eq!(fewer("timeout level:error", "timeout"), "level:error");
        assert_eq!(fewer("service in (a, b, c)", "service:b"), "service in (a, c)");
        assert_eq!(fewer("service in (a, b)", "service:b"), "service:a");
        assert_eq!(fewer("level:error", "level:error"), "");
        assert_eq!(fewer("level:error", "level:warn"), "level:error");
        assert_eq!(
            read("x time:[a TO b] -time:c").without_field(&Field::Named("time".into())).to_string(),
            "x",
            "a new brush replaces the old one"
        );
        let others = |text: &str| read(text).without_field(&Field::Named("level".into())).to_string();
        assert_eq!(others("level:error x"), "x");
        assert_eq!(others("(level:error OR -level:info) -(level:warn x)"), "-(level:warn x)");
        assert_eq!(others("level:error OR x"), "level:error OR x");
    }
}
