//! Which rows detectors disagree on.

use super::Client;
use crate::detect::committee::SAMPLE_ROWS;
use crate::detect::sample::limit;
use crate::engine::committee::{Dispute, Members, most_disputed};
use crate::engine::message::Base;
use crate::engine::part::Part;
use crate::engine::{Answer, CommitteeAnswer, CommitteeQuery, Query};

impl Client {
    /// Cuts all rows into windows of so many, and gives the numbers (from 0) of the rows of those that detectors disagree on
    /// most, in order, with who these are. `progress` is told how many rows were looked at. `None` where no detector is in
    /// force.
    pub async fn disputed(&self, window: u32, windows: u32, progress: impl Fn(u64)) -> Option<(Members, Vec<u64>)> {
        let (rows, seed) = {
            let conductor = self.0.conductor.borrow();
            (conductor.catalog().rows(), conductor.forest().seed)
        };
        let offers = self.offers(limit(SAMPLE_ROWS, rows)).await;
        let fit = Query::Committee(CommitteeQuery::Fit { offers, seed });
        let Some(CommitteeAnswer::Fitted(Some((committee, members)))) = self.ask_committee(vec![(0, fit)]).await.pop()
        else {
            return None;
        };
        let asks = self.all(&CommitteeQuery::Seat { committee });
        self.ask_committee(asks).await;
        let bases = self.0.conductor.borrow().catalog().bases_by_worker();
        let rounds = bases.values().map(Vec::len).max().unwrap_or(0);
        let (mut found, mut done): (Vec<Dispute>, u64) = (Vec::new(), 0);
        // A segment of each worker at a time, so that other questions are answered in between.
        for round in 0..rounds {
            let of_round = bases.iter().filter_map(|(worker, bases)| Some((*worker, *bases.get(round)?)));
            let ask = |(worker, base): (usize, Base)| {
                let dispute = CommitteeQuery::Dispute { bases: vec![base], window, most: windows };
                (worker, Query::Committee(dispute))
            };
            for answer in self.ask_committee(of_round.map(ask).collect()).await {
                let CommitteeAnswer::Disputes(some, rows) = answer else { continue };
                found.extend(some);
                done += rows;
            }
            progress(done);
        }
        let size = u64::from(window.max(1));
        let numbers = most_disputed(found, windows as usize).into_iter();
        Some((members, numbers.flat_map(|number| number * size..((number + 1) * size).min(rows)).collect()))
    }

    /// What shards offer for a sample of the rows, up to a rank.
    pub(super) async fn offers(&self, limit: u64) -> Vec<Part> {
        let seed = self.0.conductor.borrow().forest().seed;
        let offers = self.ask_committee(self.all(&CommitteeQuery::Offer { limit, seed })).await.into_iter();
        offers.filter_map(|answer| if let CommitteeAnswer::Part(part) = answer { Some(part) } else { None }).collect()
    }

    fn all(&self, query: &CommitteeQuery) -> Vec<(usize, Query)> {
        (0..self.0.workers).map(|worker| (worker, Query::Committee(query.clone()))).collect()
    }

    async fn ask_committee(&self, asks: Vec<(usize, Query)>) -> Vec<CommitteeAnswer> {
        let of_committee = |answer| if let Answer::Committee(answer) = answer { Some(answer) } else { None };
        self.ask(asks).await.into_iter().filter_map(of_committee).collect()
    }
}
