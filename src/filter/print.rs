//! A search as text again.

use std::fmt::{Display, Formatter, Result};

use super::expr::{Bound, Expr, Field, Pattern, Term, Test};

/// Characters that mean something somewhere in the language; a word that holds one is quoted or escaped.
fn is_special(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '(' | ')' | '"' | ':' | '\\' | '*' | '[' | ']' | '{' | '}' | ',')
}

/// Where a word stands: alone, or as the value of a field, where a colon and a minus are nothing special.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Start,
    Value,
}

/// Whether a text can stand as a bare word.
fn is_plain(text: &str, at: At) -> bool {
    let starts = text.starts_with(['!', '/', '>', '<', '=', '&', '|']) || at == At::Start && text.starts_with('-');
    let keyword = matches!(text, "AND" | "OR" | "NOT" | "and" | "or" | "TO" | "in" | "exists" | "anomaly");
    // What might be read as a part of a comparison.
    let compares = at == At::Start && (is_unit(text) || text.contains(['<', '>']) || text.contains("!="));
    !text.is_empty()
        && !starts
        && !keyword
        && !compares
        && !text.contains(|c| is_special(c) && (c != ':' || at == At::Start))
}

/// Whether a word behind a number would be its unit.
pub(super) fn is_unit(word: &str) -> bool {
    const UNITS: [&str; 21] = [
        "ns",
        "us",
        "µs",
        "μs",
        "ms",
        "msec",
        "millis",
        "milliseconds",
        "s",
        "sec",
        "secs",
        "second",
        "seconds",
        "m",
        "min",
        "mins",
        "minutes",
        "h",
        "hours",
        "d",
        "w",
    ];
    UNITS.contains(&word)
}

/// Whether a name of a field needs no quotes.
pub(super) fn is_name(name: &str) -> bool {
    is_plain(name, At::Start)
}

fn quote(text: &str, f: &mut Formatter<'_>) -> Result {
    f.write_str("\"")?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        write!(f, "{c}")?;
    }
    f.write_str("\"")
}

fn word(text: &str, at: At, f: &mut Formatter<'_>) -> Result {
    if is_plain(text, at) { f.write_str(text) } else { quote(text, f) }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::All => Ok(()),
            Self::Term(term) => term.fmt(f),
            Self::Not(part) => {
                f.write_str("-")?;
                match &**part {
                    Self::All => f.write_str("*"),
                    Self::And(_) | Self::Or(_) => write!(f, "({part})"),
                    part => part.fmt(f),
                }
            }
            Self::And(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    if at > 0 {
                        f.write_str(" ")?;
                    }
                    if matches!(part, Self::Or(_)) { write!(f, "({part})") } else { part.fmt(f) }?;
                }
                Ok(())
            }
            Self::Or(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    if at > 0 {
                        f.write_str(" OR ")?;
                    }
                    if matches!(part, Self::And(_)) { write!(f, "({part})") } else { part.fmt(f) }?;
                }
                Ok(())
            }
        }
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Text(pattern) => print(pattern, At::Start, f),
            Self::Anomaly => f.write_str("anomaly"),
            Self::Field(field, Test::In(values)) => {
                write!(f, "{field} in (")?;
                for (at, value) in values.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    print(value, At::Value, f)?;
                }
                f.write_str(")")
            }
            Self::Field(field, Test::Exists) => write!(f, "exists({field})"),
            Self::Field(field, Test::Is(pattern)) => {
                write!(f, "{field}:")?;
                print(pattern, At::Value, f)
            }
            Self::Field(field, Test::Exactly(text)) => {
                write!(f, "{field}:=")?;
                word(text, At::Value, f)
            }
            Self::Field(field, Test::Compare(comparison, text)) => {
                write!(f, "{field}:{}", comparison.sign())?;
                word(text, At::Value, f)
            }
            Self::Field(field, Test::Between(low, high)) => {
                write!(f, "{field}:{}", if low.open { "{" } else { "[" })?;
                low.fmt(f)?;
                f.write_str(" TO ")?;
                high.fmt(f)?;
                f.write_str(if high.open { "}" } else { "]" })
            }
        }
    }
}

impl Display for Bound {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match &self.value {
            None => f.write_str("*"),
            Some(text) => word(text, At::Value, f),
        }
    }
}

impl Display for Field {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Named(name) => f.write_str(name),
            Self::Own(name) => quote(name, f),
        }
    }
}

fn print(pattern: &Pattern, at: At, f: &mut Formatter<'_>) -> Result {
    match pattern {
        Pattern::Glob(pieces) if pieces.len() == 1 => word(&pieces[0], at, f),
        Pattern::Glob(pieces) => {
            for (number, piece) in pieces.iter().enumerate() {
                if number > 0 {
                    f.write_str("*")?;
                }
                for (place, c) in piece.chars().enumerate() {
                    let first = number == 0 && place == 0 && matches!(c, '-' | '!' | '/' | '>' | '<' | '=' | '&' | '|');
                    let sign = at == At::Start && matches!(c, '!' | '<' | '>');
                    if first || sign || is_special(c) {
                        f.write_str("\\")?;
                    }
                    write!(f, "{c}")?;
                }
            }
            Ok(())
        }
        Pattern::Regex { pattern, any_case } => {
            let mut escaped = false;
            f.write_str("/")?;
            for c in pattern.chars() {
                if c == '/' && !escaped {
                    f.write_str("\\")?;
                }
                escaped = c == '\\' && !escaped;
                write!(f, "{c}")?;
            }
            f.write_str(if *any_case { "/i" } else { "/" })
        }
    }
}
