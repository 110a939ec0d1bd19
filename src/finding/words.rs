//! Findings as sentences, in the person's units.

use std::fmt::Write as _;

use super::episode::{Episode, RateChange, Subject, Unlike};
use super::evidence::{OddRow, Oddity};
use super::hybrid::Context;
use super::unusual::{STATISTICS, Unusual};
use crate::baseline::Clock;
use crate::common::number::{count, duration, number, share};
use crate::common::text::cut;
use crate::record::{Level, format_time};
use crate::session::Flaw;

/// Longest text of a template within a sentence, in bytes.
const TEMPLATE_BYTES: usize = 120;

/// Makes sentences.
pub(super) struct Words<'a> {
    context: &'a Context<'a>,
}

impl<'a> Words<'a> {
    pub(super) fn new(context: &'a Context<'a>) -> Self {
        Self { context }
    }

    /// A template in quotation marks.
    fn template(&self, template: u32) -> String {
        let text = self.context.catalog.templates().get(template as usize).map(crate::template::Template::typed_text);
        let text = text.unwrap_or_default();
        let short = cut(&text, TEMPLATE_BYTES);
        let dots = if short.len() < text.len() { "…" } else { "" };
        format!("\"{short}{dots}\"")
    }

    fn instance(&self, instance: u32) -> &str {
        self.context.names.instances.get(instance as usize).map_or("", String::as_str)
    }

    pub(super) fn row(&self, row: &OddRow) -> String {
        let stats = self.context.ordinary.templates.get(row.template as usize);
        match (row.oddity, stats) {
            (Oddity::Unseen, _) => format!(
                "{} is of no kind that the model has seen in {} rows",
                self.template(row.template),
                count(self.context.ordinary.rows())
            ),
            (Oddity::Duration { millis }, Some(stats)) => {
                let Some(expected) = stats.expected() else { return String::new() };
                let (low, high) = expected.range();
                let mut text = format!(
                    "took {}, {} robust standard deviations above the {} to {} expected of {}",
                    duration(millis),
                    number((expected.z(millis) * 10.0).round() / 10.0),
                    duration(low),
                    duration(high),
                    self.template(row.template)
                );
                if let Some((mean, deviation)) = stats.moments()
                    && deviation > 0.0
                {
                    let z = ((millis - mean) / deviation * 10.0).round() / 10.0;
                    let _ = write!(text, " (mean {}, z {})", duration(mean), number(z));
                }
                text
            }
            (Oddity::Template, Some(stats)) => {
                let rows = self.context.ordinary.rows();
                let seen = match stats.rows {
                    1 => "only once".to_owned(),
                    0 => "never".to_owned(),
                    rows => format!("only {} times", count(rows)),
                };
                format!("{} is seen {seen} in {} rows", self.template(row.template), count(rows))
            }
            (_, None) => String::new(),
        }
    }

    pub(super) fn flaw(&self, flaw: &Flaw) -> String {
        match *flaw {
            Flaw::Missing { step, given, after, more, have, of } => {
                let others = match more {
                    0 => String::new(),
                    1 => " and another one".to_owned(),
                    more => format!(" and {more} more"),
                };
                format!(
                    "step {}{others} is missing: {} of the {} sessions with {} have it{}",
                    self.template(step),
                    share(have, of),
                    count(of),
                    self.template(given),
                    if after { " after that" } else { " before that" },
                )
            }
            Flaw::Repeated { step, times, usual, as_often, of } => {
                let usual = match usual {
                    1 => "once".to_owned(),
                    usual => format!("{} times", count(u64::from(usual))),
                };
                let others = match as_often {
                    0 | 1 => "no other".to_owned(),
                    more => format!("only {}", count(more)),
                };
                format!(
                    "step {} occurs {} times in this session, usually {usual}: {others} of {} sessions has it as often",
                    self.template(step),
                    count(u64::from(times)),
                    count(of)
                )
            }
            Flaw::Order { first, second, alike, of } => format!(
                "{} comes before {}: so it is in {} of the {} sessions that have both",
                self.template(first),
                self.template(second),
                count(alike),
                count(of)
            ),
            Flaw::Foreign { steps, count: several, alike, of } => format!(
                "{} steps that hardly any session has, such as {}: {} of {} sessions have the rarest of them",
                count(u64::from(several)),
                self.template(steps[0]),
                count(alike),
                count(of)
            ),
            Flaw::Cascade { root, problems, as_many, of } => format!(
                "{} warnings and errors in one session, the first error is {}: {} of {} sessions have as many",
                count(u64::from(problems)),
                self.template(root),
                count(as_many),
                count(of)
            ),
        }
    }

    pub(super) fn episode(&self, episode: &Episode, clock: Clock) -> String {
        let (name, when) = (self.instance(episode.instance), stretch(episode.bins, clock));
        match episode.unlike {
            Unlike::Slow { rows, above } => format!(
                "instance {name} was slower than its peers {when}: {} rows took {} robust standard deviations longer on average",
                count(u64::from(rows)),
                number((above * 10.0).round() / 10.0)
            ),
            Unlike::Failing { rows, problems, peers } => format!(
                "instance {name} failed more often than its peers {when}: {} of {} rows are warnings or errors, {} expected",
                count(u64::from(problems)),
                count(u64::from(rows)),
                number((peers * f64::from(rows) * 10.0).round() / 10.0)
            ),
        }
    }

    pub(super) fn rate(&self, change: &RateChange, clock: Clock) -> String {
        let subject = match change.subject {
            Subject::Template(template) => self.template(template),
            Subject::Level(level) => format!("level {}", Level::from_u8(level).name()),
            Subject::Service(service) => {
                let name = self.context.names.services.get(service as usize).map_or("", String::as_str);
                format!("service {name}")
            }
        };
        let rows = if change.rows == 0 { "fell silent".to_owned() } else { format!("has {} rows", count(change.rows)) };
        format!(
            "{subject} {rows} {}, {} expected",
            stretch(change.bins, clock),
            number((change.expected * 10.0).round() / 10.0)
        )
    }

    pub(super) fn unusual(&self, found: &Unusual) -> String {
        let because: Vec<&str> = found.because.iter().map(|&place| STATISTICS[place]).collect();
        let because = if because.is_empty() { String::new() } else { format!(", by its {}", because.join(" and ")) };
        format!(
            "{} behaves unlike all other kinds of message{because} (isolation score {:.2})",
            self.template(found.template),
            found.score
        )
    }
}

/// A stretch of bins.
fn stretch((from, to): (usize, usize), clock: Clock) -> String {
    let (begin, end) = (clock.begins(from), clock.begins(to));
    let lasted = duration((end - begin) as f64 / 1e6);
    // Bins are far longer than a second's parts.
    format!("in the {lasted} from {}", format_time(begin - begin.rem_euclid(1_000_000)))
}
