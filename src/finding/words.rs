//! Findings as sentences, in the person's units.

use std::cell::OnceCell;
use std::fmt::Write as _;

use super::about::{About, Beside, OneOf};
use super::episode::{Episode, Unlike};
use super::evidence::Oddity;
use super::hybrid::{Context, Facts, Finding, Kind};
use super::rate::{RateChange, Subject};
use super::spell::Spell;
use super::unusual::{Because, Unusual};
use crate::baseline::{Expected, TemplateStats};
use crate::common::number::{count, duration, number, share};
use crate::common::text::cut;
use crate::record::{Level, format_time};
use crate::session::Flaw;

/// Longest text of a template within a sentence, in bytes.
const TEMPLATE_BYTES: usize = 120;

/// A sentence, and what it compares.
type Told = (String, Facts);

fn facts(actual: impl Into<String>, expected: impl Into<String>) -> Facts {
    Facts { expected: expected.into(), actual: actual.into(), z: None }
}

/// How often something rare is seen in so many rows; those of a saved model are told apart from the files'.
pub(super) fn seen(times: u64, rows: u64, by_model: bool) -> String {
    let times = match times {
        0 => "never".to_owned(),
        1 => "only once".to_owned(),
        times => format!("only {} times", count(times)),
    };
    if by_model {
        format!("was seen {times} by the model, in {} rows", count(rows))
    } else {
        format!("is seen {times} in {} rows", count(rows))
    }
}

/// A number with one digit behind the point at most, large ones with none.
fn tenth(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    if rounded.abs() < 100.0 && rounded.fract() != 0.0 { format!("{rounded:.1}") } else { number(value.round()) }
}

/// Makes sentences.
pub struct Words<'a> {
    context: &'a Context<'a>,
    /// What is said of each template again and again, once it was.
    templates: Vec<OnceCell<Box<Spoken>>>,
}

/// What is said of a template.
struct Spoken {
    /// Its text in quotation marks.
    quoted: String,
    /// What is ordinary for its durations, and from where to where that is.
    expected: Option<(Expected, String)>,
    /// Mean and standard deviation of its durations, where they differ, and the mean as text.
    moments: Option<(f64, f64, String)>,
}

impl<'a> Words<'a> {
    /// In the terms of these rows.
    pub fn new(context: &'a Context<'a>) -> Self {
        let templates = context.catalog.templates().len().max(context.ordinary().templates.len());
        Self { context, templates: std::iter::repeat_with(OnceCell::new).take(templates).collect() }
    }

    /// A finding as a sentence, and what it compares.
    pub fn of(&self, finding: &Finding) -> (String, Facts) {
        let (text, facts) = match &finding.about {
            About::Row { template, oddity } => self.row(*template, *oddity),
            About::Flaw(flaw) => self.flaw(flaw),
            About::Episode(episode) => self.episode(episode),
            About::Rate(change) => self.rate(change),
            About::Spell(spell) => self.spell(spell),
            About::Template(found) => self.unusual(found),
        };
        let Beside { one_of, slow_instance, other_kinds } = finding.beside;
        let text = match one_of {
            None => text,
            Some(OneOf::Alike(sessions)) => format!("one of {} sessions that differ so: {text}", count(sessions)),
            Some(OneOf::Incident { parts, sessions, alike }) => {
                let of = if sessions { "sessions" } else { "rows" };
                let told = match finding.kind {
                    Kind::ErrorCascade if alike => "that fail so one after the other",
                    Kind::DurationSpike if alike => "that are slow one after the other",
                    _ => "of one incident",
                };
                format!("one of {} {of} {told}: {text}", count(parts))
            }
        };
        let meanwhile = slow_instance
            .map(|instance| format!(", while instance {} was slower than its peers", self.instance(instance)));
        let others = match other_kinds {
            0 => String::new(),
            1 => "; another row here is of another rare kind".to_owned(),
            more => format!("; {more} other rows here are of other rare kinds"),
        };
        (format!("{text}{}{others}", meanwhile.unwrap_or_default()), facts)
    }

    fn spoken(&self, template: u32) -> Option<&Spoken> {
        let spoken = || {
            let stats = self.context.ordinary().templates.get(template as usize);
            let expected = stats.and_then(TemplateStats::expected).map(|expected| {
                let (low, high) = expected.range();
                (expected, format!("{} to {}", duration(low), duration(high)))
            });
            let moments = stats.and_then(TemplateStats::moments).filter(|(_, deviation)| *deviation > 0.0);
            Box::new(Spoken {
                quoted: self.quoted(template),
                expected,
                moments: moments.map(|(mean, deviation)| (mean, deviation, duration(mean))),
            })
        };
        Some(&**self.templates.get(template as usize)?.get_or_init(spoken))
    }

    /// A template in quotation marks.
    fn template(&self, template: u32) -> &str {
        self.spoken(template).map_or("\"\"", |spoken| spoken.quoted.as_str())
    }

    fn quoted(&self, template: u32) -> String {
        let text = self.context.catalog.templates().get(template as usize).map(crate::template::Template::typed_text);
        let text = text.unwrap_or_default();
        let short = cut(&text, TEMPLATE_BYTES);
        if short.len() == text.len() {
            return format!("\"{text}\"");
        }
        // Up to the last blank: half a word may be half a secret, which nobody would know for one any more.
        let whole = short.rsplit_once(' ').map_or("", |(whole, _)| whole);
        format!("\"{whole} …\"")
    }

    fn instance(&self, instance: u32) -> &str {
        self.context.names.instances.get(instance as usize).map_or("", String::as_str)
    }

    #[inline(never)]
    fn row(&self, template: u32, oddity: Oddity) -> Told {
        let stats = self.context.ordinary().templates.get(template as usize);
        match (oddity, stats) {
            (Oddity::Unseen, _) => {
                let rows = count(self.context.ordinary().rows());
                let text = format!("{} is of no kind that the model has seen in {rows} rows", self.template(template));
                (text, facts("a new kind of message", "kinds of message that the model knows"))
            }
            (Oddity::Duration { millis }, Some(_)) => {
                let Some(Spoken { quoted, expected: Some((expected, range)), moments }) = self.spoken(template) else {
                    return Told::default();
                };
                let z = expected.z(millis);
                let took = duration(millis);
                let mut text = format!(
                    "took {took}, {} robust standard deviations above the {range} expected of {quoted}",
                    tenth(z)
                );
                if let Some((mean, deviation, told)) = moments {
                    let plain = (millis - mean) / deviation;
                    let _ = write!(text, " (mean {told}, z {})", tenth(plain));
                }
                (text, Facts { z: Some(z), ..facts(took, range.as_str()) })
            }
            (Oddity::Template, Some(stats)) => {
                let rows = self.context.ordinary().rows();
                let seen = seen(stats.rows, rows, self.context.model.is_some());
                let text = format!("{} {seen}", self.template(template));
                let actual = format!("{} of {} rows", count(stats.rows), count(rows));
                (text, facts(actual, "kinds of message that are seen more often"))
            }
            (Oddity::Value { field, value }, _) => match self.context.values.words(field, value) {
                Some((text, actual, expected)) => (text, facts(actual, expected)),
                None => Told::default(),
            },
            (_, None) => Told::default(),
        }
    }

    #[inline(never)]
    fn flaw(&self, flaw: &Flaw) -> Told {
        let (mut text, facts) = self.flaw_itself(flaw);
        if self.context.sessions_of_model {
            // The sessions that are counted are not those of these files.
            text.push_str(", in what the model has seen");
        }
        (text, facts)
    }

    fn flaw_itself(&self, flaw: &Flaw) -> Told {
        match *flaw {
            Flaw::Missing { step, given, after, or, more, have, of } => {
                let ways = match or {
                    0 => String::new(),
                    1 => ", or another one in its place,".to_owned(),
                    or => format!(", or one of {or} others in its place,"),
                };
                let others = match more {
                    0 => String::new(),
                    1 => " and another one".to_owned(),
                    more => format!(" and {more} more"),
                };
                let (step, given) = (self.template(step), self.template(given));
                let side = if after { "after" } else { "before" };
                let it = if or == 0 { "it" } else { "one of these" };
                let alike =
                    format!("{} of the {} sessions with {given} have {it} {side} that", share(have, of), count(of));
                let are = if more == 0 { "is" } else { "are" };
                let text = format!("step {step}{ways}{others} {are} missing: {alike}");
                (text, facts(format!("no {step}{others}"), alike))
            }
            Flaw::Repeated { step, times, usual, as_often, of } => {
                let usual = match usual {
                    1 => "once".to_owned(),
                    usual => format!("{} times", count(u64::from(usual))),
                };
                let others = match as_often {
                    // Of these files it is one of them; of those that a saved model has seen it is none.
                    1 if !self.context.sessions_of_model => format!("no other of {} sessions has", count(of)),
                    0 => format!("none of {} sessions has", count(of)),
                    1 => format!("only 1 of {} sessions has", count(of)),
                    more => format!("only {} of {} sessions have", count(more), count(of)),
                };
                let times = format!("{} times", count(u64::from(times)));
                let text = format!(
                    "step {} occurs {times} in this session, usually {usual}: {others} it as often",
                    self.template(step)
                );
                (text, facts(times, usual))
            }
            Flaw::Order { first, second, alike, of } => {
                let (first, second) = (self.template(first), self.template(second));
                let (alike, of) = (count(alike), count(of));
                let text =
                    format!("{first} comes before {second}: so it is in {alike} of the {of} sessions that have both");
                let expected = format!("{second} first; only {alike} of {of} sessions with both have this order");
                (text, facts(format!("{first} first"), expected))
            }
            Flaw::Foreign { steps, count: several, alike, of } => {
                let (several, alike, of) = (count(u64::from(several)), count(alike), count(of));
                let text = format!(
                    "{several} steps that hardly any session has, such as {}: {alike} of {of} sessions have the rarest \
                     of them",
                    self.template(steps[0])
                );
                let expected = format!("none; {alike} of {of} sessions have the rarest of them");
                (text, facts(format!("{several} rare steps"), expected))
            }
            Flaw::Cascade { root, problems, as_many, of } => {
                let (problems, as_many, of) = (count(u64::from(problems)), count(as_many), count(of));
                let text = format!(
                    "{problems} warnings and errors in one session, the first error is {}: {as_many} of {of} sessions \
                     have as many",
                    self.template(root)
                );
                let expected = format!("fewer; {as_many} of {of} sessions have as many");
                (text, facts(format!("{problems} warnings and errors"), expected))
            }
            Flaw::Slow { millis, range: (low, high), alike, as_long, of, .. } => {
                let (took, of) = (duration(millis), count(of));
                let expected = format!(
                    "{} to {} {}",
                    duration(low),
                    duration(high),
                    if alike { "of sessions with these steps" } else { "of sessions" }
                );
                let text = format!(
                    "the session lasted {took}, {expected} expected: {} of {of} lasted as long",
                    count(as_long)
                );
                (text, facts(took, expected))
            }
            Flaw::Failing { errors, rows, usual, as_many, of } => {
                let (errors, rows) = (count(u64::from(errors)), count(rows));
                let usual = format!("{:.2} %", usual * 100.0);
                let text = format!(
                    "{errors} of {rows} rows of the session are errors, {usual} of all rows of sessions are: {} of {} \
                     sessions have as large a part",
                    count(as_many),
                    count(of)
                );
                (text, facts(format!("{errors} errors of {rows} rows"), usual))
            }
        }
    }

    #[inline(never)]
    fn episode(&self, episode: &Episode) -> Told {
        let (name, when) = (self.instance(episode.instance), stretch(episode.times));
        match episode.unlike {
            Unlike::Slow { rows, times, .. } => {
                let rows = count(u64::from(rows));
                let text = format!(
                    "instance {name} was slower than its peers {when}: about {rows} rows took {} times as long as those of its \
                     peers (geometric mean)",
                    tenth(times)
                );
                let actual = format!("{rows} rows took {} times as long", tenth(times));
                (text, facts(actual, "as long as those of its peers"))
            }
            Unlike::Failing { rows, problems, peers } => {
                let expected = tenth(peers * f64::from(rows));
                let (problems, rows) = (count(u64::from(problems)), count(u64::from(rows)));
                let actual = format!("{problems} of about {rows} rows are warnings or errors");
                let text =
                    format!("instance {name} failed more often than its peers {when}: {actual}, {expected} expected");
                (text, facts(actual, format!("{expected}, as many as its peers have")))
            }
        }
    }

    #[inline(never)]
    fn rate(&self, change: &RateChange) -> Told {
        let subject = match change.subject {
            Subject::Template(template) => self.template(template).to_owned(),
            Subject::Level(level) => format!("level {}", Level::from_u8(level).name()),
            Subject::Service(service) => {
                let name = self.context.names.services.get(service as usize).map_or("", String::as_str);
                format!("service {name}")
            }
            Subject::Log => "the log".to_owned(),
        };
        let rows = match change.rows {
            0 => "fell silent".to_owned(),
            1 => "has 1 row".to_owned(),
            rows => format!("has {} rows", count(rows)),
        };
        let (when, expected) = (stretch(change.times), tenth(change.expected));
        let noun = if change.rows == 0 { " rows" } else { "" };
        let text = format!("{subject} {rows} {when}, {expected}{noun} expected");
        (text, facts(format!("{} rows {when}", count(change.rows)), format!("{expected} rows")))
    }

    #[inline(never)]
    fn spell(&self, spell: &Spell) -> Told {
        // Where there are no times there is no such finding.
        let Some(clock) = self.context.clock else { return Told::default() };
        let (template, rows) = (self.template(spell.template), count(spell.rows));
        let when = format_time(spell.time - spell.time.rem_euclid(1_000_000));
        let (from, to) = spell.silence;
        let (from, to) = if spell.ends { (spell.time, clock.ends(to - 1)) } else { (clock.begins(from), spell.time) };
        let lasted = duration((to - from).max(0) as f64 / 1e6);
        let expected = tenth(spell.expected);
        if spell.ends {
            let text = format!(
                "{template} vanished: {rows} rows until {when}, none in the {lasted} since, where about {expected} would be \
                 expected by how many rows there are"
            );
            return (text, facts(format!("no row after {when}"), format!("{expected} rows in {lasted}")));
        }
        let text = format!(
            "{template} is new: {rows} rows from {when}, none in the {lasted} before, where about {expected} would be \
             expected by how many rows there are"
        );
        (
            text,
            facts(
                format!("{rows} rows from {when}"),
                format!("{expected} rows in the {lasted} before, if it were not new"),
            ),
        )
    }

    #[inline(never)]
    fn unusual(&self, found: &Unusual) -> Told {
        let list = |tell: &dyn Fn(&Because) -> String| found.because.iter().map(tell).collect::<Vec<_>>().join(" and ");
        let template = self.template(found.template);
        let because = list(&|because| {
            let Because { statistic, value, usual } = *because;
            format!("{} ({}, typically {})", statistic.name(), statistic.figure(value), statistic.figure(usual))
        });
        let score = format!("isolation score {:.2}", found.score);
        let unlike = format!("{template} behaves unlike all other kinds of message");
        if because.is_empty() {
            return (format!("{unlike}: {score}, where 0.5 is ordinary"), facts(score, "0.5, as ordinary kinds have"));
        }
        let text = format!("{unlike}, by its {because}: {score}, where 0.5 is ordinary");
        let named = |value: fn(&Because) -> f64| {
            list(&|because| format!("{} {}", because.statistic.name(), because.statistic.figure(value(because))))
        };
        (text, facts(named(|because| because.value), named(|because| because.usual)))
    }
}

/// A stretch of time.
pub(super) fn stretch((begin, end): (i64, i64)) -> String {
    let lasted = match end.saturating_sub(begin) as f64 / 1e6 {
        // Nobody needs parts of a second here.
        ms if (10_000.0..100_000.0).contains(&ms) => format!("{:.0} s", ms / 1000.0),
        ms => duration(ms),
    };
    format!("in the {lasted} from {}", format_time(begin - begin.rem_euclid(1_000_000)))
}
