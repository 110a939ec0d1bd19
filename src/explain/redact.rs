//! Redaction of prompt text: what identifies a person or opens a door is replaced by a pseudonym before anything is sent.
//!
//! A pseudonym says what it stands for, `<EMAIL_3>`, and is the same for the same text in all texts of one [`Redactor`], so
//! that a model can see that two rows speak of the same thing. What it stands for never leaves this value;
//! [`Redactor::restore`] puts it back for display.

mod network;
mod number;
mod own;
mod pair;
mod rule;
mod secret;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::ops::Range;

use rustc_hash::FxHashMap;

pub use own::{Own, OwnError};
use rule::Found;
pub use rule::Rule;

/// Rounds of looking again at what lies between pseudonyms: a replaced neighbour can bare what it hid, as the card number
/// in `10.0.0.1.4111…` does. Two are enough for all but made-up text.
const ROUNDS: usize = 16;

/// One replaced stretch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The rule that names the pseudonym; where several overlap, the first in the order of [`Rule`].
    pub rule: Rule,
    /// Bytes of the original text.
    pub original: Range<usize>,
    /// Bytes of the redacted text: the pseudonym.
    pub redacted: Range<usize>,
}

/// A redacted text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The text with pseudonyms.
    pub text: String,
    /// What was replaced, from first to last, without overlap.
    pub spans: Vec<Span>,
}

/// Replaces by rules, and remembers what it replaced.
#[derive(Clone, Debug)]
pub struct Redactor {
    rules: BTreeSet<Rule>,
    own: Own,
    /// (tag, original) → place in `originals`.
    known: FxHashMap<(&'static str, String), usize>,
    /// Pseudonym → place in `originals`.
    pseudonyms: FxHashMap<String, usize>,
    originals: Vec<(Rule, String, String)>,
    /// How many pseudonyms of a tag there are.
    counts: FxHashMap<&'static str, u32>,
}

impl Default for Redactor {
    fn default() -> Self {
        Self::new(Rule::SWITCHES.into_iter().filter(|rule| rule.by_default()), Own::default())
    }
}

impl Redactor {
    /// A redactor with these rules on, and the person's own words and patterns.
    pub fn new(rules: impl IntoIterator<Item = Rule>, own: Own) -> Self {
        Self {
            rules: rules.into_iter().collect(),
            own,
            known: FxHashMap::default(),
            pseudonyms: FxHashMap::default(),
            originals: Vec::new(),
            counts: FxHashMap::default(),
        }
    }

    /// Replaces whatever a rule matches. Time is linear in the text.
    pub fn redact(&mut self, text: &str) -> Redacted {
        let spans = self.find(text);
        self.replace(text, &spans)
    }

    /// Redacts the value of a field, whose name may say that all of it is a secret or a user id.
    pub fn field(&mut self, name: &str, value: &str) -> Redacted {
        let rule = if self.rules.contains(&Rule::Secret) && pair::names_secret(name) {
            Rule::Secret
        } else if self.rules.contains(&Rule::User) && pair::names_user(name) {
            Rule::User
        } else {
            return self.redact(value);
        };
        if value.is_empty() { self.redact(value) } else { self.replace(value, &[(0..value.len(), rule)]) }
    }

    /// Puts the originals back where their pseudonyms stand. For display only: never for a request.
    pub fn restore(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for range in lookalikes(text.as_bytes()) {
            if let Some((_, original, _)) =
                self.pseudonyms.get(&text[range.clone()]).and_then(|&place| self.originals.get(place))
            {
                out.push_str(&text[done..range.start]);
                out.push_str(original);
                done = range.end;
            }
        }
        out.push_str(&text[done..]);
        out
    }

    /// All replacements so far: rule, original, pseudonym; in the order of their first occurrence.
    pub fn replacements(&self) -> impl Iterator<Item = (Rule, &str, &str)> {
        self.originals.iter().map(|(rule, original, pseudonym)| (*rule, original.as_str(), pseudonym.as_str()))
    }

    /// What is to be replaced, in order, without overlap.
    fn find(&self, text: &str) -> Vec<Found> {
        let bytes = text.as_bytes();
        let mut found: Vec<Found> = lookalikes(bytes).map(|range| (range, Rule::Lookalike)).collect();
        self.own.find(text, &mut found);
        // A word of one's own may be a part of something longer, which goes as a whole.
        for rule in &self.rules {
            rule.find(bytes, &mut found);
        }
        let mut barriers = united(found);
        // Stretches between barriers that may still hide something.
        let mut gaps = between(&barriers, bytes.len());
        for _ in 0..ROUNDS {
            let mut fresh = Vec::new();
            let mut next = Vec::new();
            for gap in gaps {
                let mut found = Vec::new();
                for rule in &self.rules {
                    rule.find(&bytes[gap.clone()], &mut found);
                }
                let found = united(found);
                if !found.is_empty() {
                    next.extend(
                        between(&found, gap.len()).into_iter().map(|part| part.start + gap.start..part.end + gap.start),
                    );
                    fresh.extend(
                        found.into_iter().map(|(part, rule)| (part.start + gap.start..part.end + gap.start, rule)),
                    );
                }
            }
            if fresh.is_empty() {
                break;
            }
            barriers.extend(fresh);
            gaps = next;
        }
        barriers.sort_unstable_by_key(|(range, _)| range.start);
        barriers
    }

    fn replace(&mut self, text: &str, found: &[Found]) -> Redacted {
        let mut out = String::with_capacity(text.len());
        let mut spans = Vec::with_capacity(found.len());
        let mut done = 0;
        for (range, rule) in found {
            out.push_str(&text[done..range.start]);
            let start = out.len();
            out.push_str(self.pseudonym(*rule, &text[range.clone()]));
            spans.push(Span { rule: *rule, original: range.clone(), redacted: start..out.len() });
            done = range.end;
        }
        out.push_str(&text[done..]);
        Redacted { text: out, spans }
    }

    fn pseudonym(&mut self, rule: Rule, original: &str) -> &str {
        let tag = rule.tag();
        let place = if let Some(&place) = self.known.get(&(tag, original.to_owned())) {
            place
        } else {
            let count = self.counts.entry(tag).or_default();
            *count += 1;
            let pseudonym = format!("<{tag}_{count}>");
            let place = self.originals.len();
            self.originals.push((rule, original.to_owned(), pseudonym.clone()));
            self.pseudonyms.insert(pseudonym, place);
            self.known.insert((tag, original.to_owned()), place);
            place
        };
        self.originals.get(place).map_or("", |entry| &entry.2)
    }
}

/// Stretches that look like a pseudonym: `<`, capitals and `_`, `_`, one to nine digits, `>`.
fn lookalikes(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    memchr::memchr_iter(b'<', text).filter_map(|start| {
        let most = text.len().min(start + 32);
        let close = start + memchr::memchr(b'>', &text[start..most])?;
        let inside = &text[start + 1..close];
        let joint = memchr::memrchr(b'_', inside)?;
        let (tag, number) = (&inside[..joint], &inside[joint + 1..]);
        let tagged = tag.first().is_some_and(u8::is_ascii_uppercase)
            && tag.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_');
        let numbered = (1..=9).contains(&number.len()) && number.iter().all(u8::is_ascii_digit);
        (tagged && numbered).then_some(start..close + 1)
    })
}

/// Ranges that overlap become one, under the earliest rule; sorted.
fn united(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_unstable_by_key(|(range, rule)| (range.start, range.end, *rule));
    let mut united: Vec<Found> = Vec::with_capacity(found.len());
    for (range, rule) in found {
        match united.last_mut() {
            Some((last, first_rule)) if range.start < last.end => {
                last.end = last.end.max(range.end);
                *first_rule = rule.min(*first_rule);
            }
            _ => united.push((range, rule)),
        }
    }
    united
}

/// What lies between sorted ranges that don't overlap, and is not empty.
fn between(found: &[Found], length: usize) -> Vec<Range<usize>> {
    let starts = std::iter::once(0).chain(found.iter().map(|(range, _)| range.end));
    let ends = found.iter().map(|(range, _)| range.start).chain(std::iter::once(length));
    starts.zip(ends).map(|(start, end)| start..end).filter(|gap| !gap.is_empty()).collect()
}
