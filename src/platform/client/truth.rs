//! How well scores find rows that are known to be anomalous.

use super::Client;
use crate::engine::truth::{ByScore, Truth, ask_rows, merge};
use crate::engine::{Answer, Query};

impl Client {
    /// Rows by bin of their score and what a column says of them; by the scores of the analysis, and by those of the forest of
    /// labelled rows.
    pub async fn truth_of_column(&self, column: u32) -> [ByScore; 2] {
        let ask = |worker| (worker, Query::Truth(Truth::Column(column)));
        self.truth((0..self.0.workers).map(ask).collect()).await
    }

    /// The same of some rows, by their numbers from 0, that are known to be anomalous or not.
    pub async fn truth_of_rows(&self, known: &[(u64, bool)]) -> [ByScore; 2] {
        let asks = ask_rows(self.0.conductor.borrow().catalog(), known);
        self.truth(asks).await
    }

    async fn truth(&self, asks: Vec<(usize, Query)>) -> [ByScore; 2] {
        let counted = |answer| if let Answer::Truth(counted) = answer { Some(counted) } else { None };
        merge(self.ask(asks).await.into_iter().filter_map(counted))
    }
}
