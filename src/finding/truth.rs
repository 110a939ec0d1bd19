//! Findings against what is known to be wrong: sessions by kind of anomaly, within a budget that a person would look at.
//!
//! A session's score is the highest of its rows; the budget is one and a half times the anomalous sessions. Recall at the
//! budget is the share of a kind's sessions among the best-ranked so many; average precision is of a kind's sessions against
//! all normal ones. A slow instance marks every row that it wrote: its sessions count as neither found nor false, and the
//! episode is found if one of them scores within the budget. So is an anomaly that has no session, such as a silence, if a
//! finding about rates or templates lies at its rows.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::hybrid::Kind;
use crate::common::hash::hash_bytes;

const SLOW: &str = "slow_instance";
/// Rows between two rows of one instance's episode from which on they are two episodes.
const EPISODE_GAP: u64 = 20_000;
/// By how many rows a finding may miss an anomaly without a session: rates are counted in bins of time.
const NEAR: u64 = 100;

/// One line of a truth file.
#[derive(Deserialize)]
struct Known {
    #[serde(default)]
    summary: Option<serde_json::Value>,
    line: Option<u64>,
    last_row: Option<u64>,
    #[serde(rename = "type")]
    kind: Option<String>,
    correlation_id: Option<String>,
    instance: Option<String>,
}

/// What is known to be wrong with a log.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Truth {
    /// The kind of each anomalous session, by the hash of its key.
    kinds: BTreeMap<u64, String>,
    /// Sessions that a slow instance touched, and the last of its episodes that did.
    slow: BTreeMap<u64, (String, u32)>,
    /// Anomalies without sessions: kind, first and last row (0-based).
    stretches: Vec<(String, u64, u64)>,
}

/// A row that belongs to a finding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found<'a> {
    /// 0-based place of the row in its file.
    pub line: u64,
    /// Its session ([`session_of`]), if it has one.
    pub session: Option<u64>,
    /// Higher is more abnormal.
    pub score: f32,
    /// What kind of finding it is.
    pub kind: &'a str,
}

/// How well the anomalies of a kind were found.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The kind, or `all`.
    pub kind: String,
    /// Sessions that have it.
    pub sessions: u64,
    /// Share of them within the budget, 0..=1.
    pub recall: f64,
    /// Average precision, 0..=1.
    pub average_precision: f64,
}

/// How well anomalies were found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How many of the best-ranked sessions are looked at.
    pub budget: u64,
    /// By kind, and all together as the last.
    pub figures: Vec<Figures>,
    /// Share of the sessions within the budget that are anomalous, 0..=1.
    pub precision: f64,
    /// By kind: episodes found within the budget, and all of them.
    pub episodes: BTreeMap<String, (u64, u64)>,
}

impl Truth {
    /// Reads a truth file: JSON Lines with `line` (0-based), `type`, `correlation_id`, and `instance` for slow instances. A line
    /// with a `summary` is about no session; with `last_row` (1-based) it is about all rows from `line` to there. The error
    /// is a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut truth = Self::default();
        let mut last_slow: BTreeMap<String, (u64, u32)> = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let known: Known =
                serde_json::from_str(line).map_err(|error| format!("line {number} of the truth is wrong: {error}"))?;
            match known {
                Known { summary: Some(_), line: Some(from), last_row: Some(to), kind: Some(kind), .. } => {
                    truth.stretches.push((kind, from, to.saturating_sub(1)));
                }
                Known { summary: Some(_), .. } => {}
                Known { line: Some(line), kind: Some(kind), correlation_id: Some(session), instance, .. } => {
                    let session = session_of(session.as_bytes());
                    if kind == SLOW {
                        let instance = instance.unwrap_or_default();
                        let last = last_slow.entry(instance.clone()).or_insert((line, 0));
                        last.1 += u32::from(line.saturating_sub(last.0) > EPISODE_GAP);
                        last.0 = line;
                        truth.slow.insert(session, (instance, last.1));
                    } else {
                        truth.kinds.insert(session, kind);
                    }
                }
                _ => return Err(format!("line {number} of the truth lacks line, type or correlation_id")),
            }
        }
        Ok(truth)
    }

    /// How many sessions are anomalous, slow ones aside.
    pub fn sessions(&self) -> u64 {
        self.kinds.len() as u64
    }

    /// Judges findings.
    pub fn judge(&self, found: &[Found<'_>]) -> Report {
        // The best score of each session, and its first row with a finding.
        let mut scores: FxHashMap<u64, (f32, u64)> = FxHashMap::default();
        for row in found {
            let Some(session) = row.session else { continue };
            let best = scores.entry(session).or_insert((row.score, row.line));
            *best = (best.0.max(row.score), best.1.min(row.line));
        }
        let counts = |session: &u64| !self.slow.contains_key(session) || self.kinds.contains_key(session);
        let mut ranked: Vec<(u64, f32, u64)> = scores
            .iter()
            .filter(|(session, _)| counts(session))
            .map(|(session, (score, line))| (*session, *score, *line))
            .collect();
        // Sessions that score alike stay in the order of the log.
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.2.cmp(&b.2)));
        let budget = self.kinds.len() * 3 / 2;
        let top = &ranked[..budget.min(ranked.len())];
        let in_top: BTreeSet<u64> = top.iter().map(|row| row.0).collect();
        let names: BTreeSet<&String> = self.kinds.values().collect();
        let figures_of = |kind: Option<&str>| {
            let mine = |session: &u64| self.kinds.get(session).is_some_and(|name| kind.is_none_or(|kind| kind == name));
            let all = self.kinds.keys().filter(|session| mine(session)).count();
            let hits = in_top.iter().filter(|session| mine(session)).count();
            Figures {
                kind: kind.unwrap_or("all").to_owned(),
                sessions: all as u64,
                recall: hits as f64 / all.max(1) as f64,
                average_precision: self.average_precision(&ranked, &mine) / all.max(1) as f64,
            }
        };
        let figures = names.iter().map(|name| figures_of(Some(name))).chain([figures_of(None)]).collect();
        let anomalous = in_top.iter().filter(|session| self.kinds.contains_key(session)).count();
        Report {
            budget: budget as u64,
            figures,
            precision: anomalous as f64 / top.len().max(1) as f64,
            episodes: self.episodes(&scores, found, top.last().map(|row| row.1)),
        }
    }

    /// Sum over some anomalous sessions of the precision at each, against all normal ones; those without a finding add
    /// nothing.
    fn average_precision(&self, ranked: &[(u64, f32, u64)], mine: &dyn Fn(&u64) -> bool) -> f64 {
        let (mut total, mut hits, mut normal) = (0.0, 0_u64, 0_u64);
        for alike in ranked.chunk_by(|a, b| a.1.total_cmp(&b.1).is_eq()) {
            // A normal session that scores alike stands above.
            normal += alike.iter().filter(|row| !self.kinds.contains_key(&row.0)).count() as u64;
            for _ in alike.iter().filter(|row| mine(&row.0)) {
                hits += 1;
                total += hits as f64 / (hits + normal) as f64;
            }
        }
        total
    }

    fn episodes(
        &self,
        scores: &FxHashMap<u64, (f32, u64)>,
        found: &[Found<'_>],
        least: Option<f32>,
    ) -> BTreeMap<String, (u64, u64)> {
        let within = |score: f32| least.is_some_and(|least| score >= least);
        let all: BTreeSet<&(String, u32)> = self.slow.values().collect();
        let hit = |(session, _): &(&u64, &(String, u32))| scores.get(session).is_some_and(|(score, _)| within(*score));
        let hits: BTreeSet<&(String, u32)> = self.slow.iter().filter(hit).map(|(_, episode)| episode).collect();
        let mut episodes = BTreeMap::new();
        if !all.is_empty() {
            episodes.insert(SLOW.to_owned(), (hits.len() as u64, all.len() as u64));
        }
        let about =
            [Kind::Volume, Kind::Outbreak, Kind::Silence, Kind::UnusualTemplate, Kind::RareTemplate].map(Kind::name);
        for (kind, from, to) in &self.stretches {
            let near = from.saturating_sub(NEAR)..=to.saturating_add(NEAR);
            let hit =
                found.iter().any(|row| within(row.score) && near.contains(&row.line) && about.contains(&row.kind));
            let counts = episodes.entry(kind.clone()).or_insert((0, 0));
            counts.0 += u64::from(hit);
            counts.1 += 1;
        }
        episodes
    }
}

impl Report {
    /// As a table for a terminal.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let anomalous = self.figures.last().map_or(0, |all| all.sessions);
        // Writing to a string does not fail.
        let _ = writeln!(text, "{anomalous} anomalous sessions, budget {}", self.budget);
        let _ = writeln!(text, "{:16} {:>8} {:>14} {:>7}", "kind", "sessions", "recall@budget", "AP");
        for of in &self.figures {
            let _ = writeln!(text, "{:16} {:8} {:14.3} {:7.3}", of.kind, of.sessions, of.recall, of.average_precision);
        }
        let _ = writeln!(text, "precision@budget {:.3}", self.precision);
        for (kind, (hits, all)) in &self.episodes {
            let _ = writeln!(text, "{kind:17} {hits} of {all} episodes within the budget");
        }
        text
    }
}

/// How a session's key is told apart from others.
pub fn session_of(key: &[u8]) -> u64 {
    hash_bytes(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTH: &str = r#"
{"line": 0, "type": "spike", "correlation_id": "a"}
{"line": 3, "type": "order", "correlation_id": "c", "root": true}
{"line": 5, "type": "slow_instance", "correlation_id": "e", "instance": "x-1"}
{"line": 40000, "type": "slow_instance", "correlation_id": "f", "instance": "x-1"}
{"summary": "episode", "row": 501, "line": 500, "last_row": 600, "type": "silence"}
{"summary": {"rows": 7}}
"#;

    fn found(line: u64, key: &str, score: f32, kind: &'static str) -> Found<'static> {
        Found { line, session: (!key.is_empty()).then(|| session_of(key.as_bytes())), score, kind }
    }

    #[test]
    fn figures_are_those_of_the_definitions() {
        let truth = Truth::parse(TRUTH).unwrap();
        let report = truth.judge(&[
            found(0, "a", 0.9, "duration spike"),
            found(1, "b", 0.9, "unusual row"),
            found(2, "b", 0.8, "unusual row"),
            found(3, "c", 0.5, "missing step"),
            found(5, "e", 0.95, "slow instance"),
            found(450, "", 0.9, "volume change"),
        ]);
        // a and b score alike: b stands above a; c comes third of the budget of 3.
        assert_eq!((truth.sessions(), report.budget), (2, 3));
        let figures: Vec<(&str, u64, f64, f64)> =
            report.figures.iter().map(|of| (of.kind.as_str(), of.sessions, of.recall, of.average_precision)).collect();
        let expected = [("order", 1, 1.0, 0.5), ("spike", 1, 1.0, 0.5), ("all", 2, 1.0, f64::midpoint(0.5, 2.0 / 3.0))];
        for (found, expected) in figures.iter().zip(expected) {
            assert_eq!((found.0, found.1), (expected.0, expected.1));
            assert!((found.2 - expected.2).abs() + (found.3 - expected.3).abs() < 1e-12, "{found:?}");
        }
        assert!((report.precision - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(report.episodes["slow_instance"], (1, 2));
        assert_eq!(report.episodes["silence"], (1, 1));
        assert!(report.text().contains("spike                   1          1.000   0.500"), "{}", report.text());
    }

    #[test]
    fn what_is_not_found_counts_as_never_found() {
        let truth = Truth::parse(TRUTH).unwrap();
        let report = truth.judge(&[]);
        assert!(report.figures.iter().all(|of| of.recall + of.average_precision <= 0.0));
        assert_eq!(report.episodes["silence"], (0, 1));
        let none = Truth::default().judge(&[found(u64::MAX, "", 1.0, "volume change")]);
        assert_eq!((none.budget, none.figures.len()), (0, 1));
    }

    #[test]
    fn a_truth_that_is_none_is_refused_with_its_line() {
        for (text, sentence) in
            [("{\"line\": 1}", "line 1 of the truth lacks"), ("\n{", "line 2 of the truth is wrong")]
        {
            assert!(Truth::parse(text).unwrap_err().contains(sentence), "{text}");
        }
    }
}
