//! Rows go to the shards that are to have their sessions, in rounds.

use std::collections::BTreeMap;

use super::{Conductor, Phase};
use crate::engine::bytes::decode;
use crate::engine::message::{Request, Step};
use crate::engine::part::Part;
use crate::session::deal::rounds;

impl Conductor {
    /// Hears how many rows each shard has whose sessions are not made yet.
    pub(super) fn kept(&mut self, left: &[Part]) {
        match left.iter().filter_map(|rows| decode::<u64>(rows)).sum() {
            0 => self.count(Step::Sessions),
            rows => self.deal(0, rounds(rows)),
        }
    }

    fn deal(&mut self, round: u32, rounds: u32) {
        self.phase = Phase::Dealing { round, rounds, parts: BTreeMap::new() };
        let workers = self.busy.len() as u32;
        for worker in 0..workers {
            let request = Request::Deal { round: (round, rounds), shard: (worker, workers) };
            self.outbox.push_back((worker as usize, request));
        }
    }

    /// Sends the rows on once every worker has dealt, and goes on with the next round.
    pub(super) fn dealt(&mut self, worker: usize, dealt: Vec<Part>) {
        let Phase::Dealing { round, rounds, parts } = &mut self.phase else { return };
        parts.insert(worker, dealt);
        if parts.len() < self.busy.len() {
            return;
        }
        let (round, rounds, mut parts) = (*round, *rounds, std::mem::take(parts));
        for to in 0..self.busy.len() {
            let parts = parts.values_mut().filter_map(|parts| parts.get_mut(to)).map(std::mem::take).collect();
            self.outbox.push_back((to, Request::Take { parts }));
        }
        if round + 1 < rounds {
            self.deal(round + 1, rounds);
        } else {
            self.count(Step::Sessions);
        }
    }
}
