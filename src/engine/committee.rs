//! Questions about what several detectors disagree on ([`crate::detect::committee`]), and a shard's answers. The rows of the
//! log are cut into windows of equally many rows, and a window's disagreement is the sum of its rows'.
//!
//! ```text
//! Offer, of all ─ offers ─▶ Fit, of the lead ─▶ Seat, of all ─▶ Dispute, of all, segment by segment ─▶ most_disputed
//! ```

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bytes::{decode, encode};
use super::message::Base;
use super::next::sample;
use super::part::Part;
use super::shard::Shard;
use crate::common::hash::mix;
use crate::detect::committee::{SAMPLE_ROWS, disagreement, opinion};
use crate::detect::sample::Sample;
use crate::detect::{Committee, Kind};
use crate::feature::{Encoder, Matrix};
use crate::finding::hybrid::FINDING_SCORE;
use crate::record::Segment;

/// Rows whose opinions are heard together.
const BATCH: usize = 1024;

/// A question about what detectors disagree on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CommitteeQuery {
    /// Rows for the committee to be fitted to → [`CommitteeAnswer::Part`].
    Offer {
        /// Highest rank to offer.
        limit: u64,
        /// Seed of the ranks.
        seed: u64,
    },
    /// Fit the committee around the detector in force → [`CommitteeAnswer::Fitted`].
    Fit {
        /// One per shard.
        offers: Vec<Part>,
        /// Seed of what is fitted beside it.
        seed: u64,
    },
    /// From now on this committee is heard → [`CommitteeAnswer::Seated`].
    Seat {
        /// As bytes.
        committee: Part,
    },
    /// How far it disagrees on some segments' windows → [`CommitteeAnswer::Disputes`].
    Dispute {
        /// The segments.
        bases: Vec<Base>,
        /// Rows of a window, at least 1.
        window: u32,
        /// Most windows that lie in one segment as a whole; those that reach into another are all told.
        most: u32,
    },
}

/// An answer about what detectors disagree on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CommitteeAnswer {
    /// A shard's part, for the lead.
    Part(Part),
    /// The committee, as bytes, and who sits in it; `None` where no detector is in force.
    Fitted(Option<(Part, Members)>),
    /// It is heard.
    Seated,
    /// Windows by number with their rows' disagreement, and how many rows were looked at.
    Disputes(Vec<Dispute>, u64),
}

/// Who sits in a committee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// The detectors.
    pub detectors: Vec<Kind>,
    /// Whether the findings of all kinds, to which a row may or may not belong, are a member too.
    pub findings: bool,
}

/// The number of a window, counted over all rows from 0, and its disagreement in parts of
/// [`WHOLE`](crate::detect::committee::WHOLE) of a row. What several segments have of one window adds up.
pub type Dispute = (u64, u64);

/// A shard's answer.
#[inline(never)]
pub(super) fn answer(shard: &mut Shard, query: CommitteeQuery) -> CommitteeAnswer {
    match query {
        CommitteeQuery::Offer { limit, seed } => {
            let offer = |encoder: &Encoder| sample(encoder, shard.segments.values(), limit, seed);
            CommitteeAnswer::Part(encode(&shard.encoder.as_ref().map_or_else(Sample::default, offer)).into())
        }
        CommitteeQuery::Fit { offers, seed } => CommitteeAnswer::Fitted(fitted(shard, &offers, seed)),
        CommitteeQuery::Seat { committee } => {
            shard.committee = decode(&committee);
            CommitteeAnswer::Seated
        }
        CommitteeQuery::Dispute { bases, window, most } => {
            let (mut found, mut rows) = (Vec::new(), 0);
            for base in bases {
                let Some(segment) = shard.segments.get(&base.segment) else { continue };
                rows += segment.rows() as u64;
                found.extend(disputes(shard, segment, base.row, u64::from(window.max(1)), most as usize));
            }
            CommitteeAnswer::Disputes(found, rows)
        }
    }
}

/// The windows that are disputed most, in the order of the log. Equally disputed ones are taken as chance has it, by a hash of
/// their numbers, so that they don't all lie at the beginning.
pub fn most_disputed(parts: impl IntoIterator<Item = Dispute>, most: usize) -> Vec<u64> {
    let mut windows: BTreeMap<u64, u64> = BTreeMap::new();
    for (window, disagreement) in parts {
        *windows.entry(window).or_default() += disagreement;
    }
    let mut found = strongest(windows.into_iter().collect(), most);
    found.sort_unstable();
    found.into_iter().map(|(window, _)| window).collect()
}

fn strongest(mut disputes: Vec<Dispute>, most: usize) -> Vec<Dispute> {
    disputes.sort_unstable_by_key(|&(window, disagreement)| (Reverse(disagreement), mix(window), window));
    disputes.truncate(most);
    disputes
}

fn fitted(shard: &Shard, offers: &[Part], seed: u64) -> Option<(Part, Members)> {
    let in_force = &shard.fitted.as_ref()?.model;
    let offers: Vec<Sample> = offers.iter().filter_map(|offer| decode(offer)).collect();
    let rows = Sample::merge(&offers, SAMPLE_ROWS).rows;
    if rows.columns == 0 || rows.rows() == 0 {
        return None;
    }
    let committee = Committee::fit(in_force, &rows, seed)?;
    let members = Members { detectors: committee.kinds(in_force), findings: shard.hybrid.is_active() };
    Some((encode(&committee).into(), members))
}

/// How far the committee disagrees on a segment's windows; `first` is the number of its first row.
fn disputes(shard: &Shard, segment: &Segment, first: u64, window: u64, most: usize) -> Vec<Dispute> {
    let (Some(committee), Some(encoder), Some(fitted)) = (&shard.committee, &shard.encoder, &shard.fitted) else {
        return Vec::new();
    };
    let (rows, columns) = (segment.rows(), encoder.recipe().features.len());
    let mut found = shard.hybrid.scores(segment.id).peekable();
    let is_active = shard.hybrid.is_active();
    let features = encoder.segment(segment);
    let mut batch = Matrix::new(columns);
    let mut heard = Vec::new();
    let mut all: Vec<Dispute> = Vec::new();
    for begin in (0..rows).step_by(BATCH) {
        let end = (begin + BATCH).min(rows);
        batch.values.clear();
        features.encode_rows(begin..end, &mut batch.values);
        let mut odd: Vec<(usize, f32)> = Vec::new();
        while let Some((row, score)) = found.next_if(|(row, _)| (*row as usize) < end) {
            odd.push((row as usize - begin, score));
        }
        // Rows keep what the detector said of them, halved, unless they belong to a finding.
        let units = || {
            let share = if is_active { FINDING_SCORE } else { 1.0 };
            let mut units: Vec<f32> =
                (begin..end).map(|row| segment.scores.get(row).copied().unwrap_or(0.0) / share).collect();
            for (row, _) in &odd {
                let mut scores = Vec::new();
                fitted.model.detector().raw(batch.row(*row), &mut scores);
                if let (Some(slot), Some(&raw)) = (units.get_mut(*row), scores.first()) {
                    *slot = fitted.model.detector().unit(raw);
                }
            }
            units
        };
        let opinions = committee.opinions(&fitted.model, &batch, units);
        let members = (opinions.len() / (end - begin)).max(1);
        let mut odd = odd.iter().peekable();
        for (row, said) in opinions.chunks(members).enumerate() {
            heard.clear();
            heard.extend_from_slice(said);
            if is_active {
                let score = odd.next_if(|(odd, _)| *odd == row).map_or(0.0, |(_, score)| *score);
                heard.push(opinion(score));
            }
            let number = (first + (begin + row) as u64) / window;
            let disagreement = u64::from(disagreement(&heard));
            match all.last_mut() {
                Some((last, sum)) if *last == number => *sum += disagreement,
                _ => all.push((number, disagreement)),
            }
        }
    }
    let is_whole = |number: u64| number * window >= first && (number + 1) * window <= first + rows as u64;
    let (whole, mut cut): (Vec<Dispute>, Vec<Dispute>) = all.into_iter().partition(|(number, _)| is_whole(*number));
    cut.extend(strongest(whole, most));
    cut
}
