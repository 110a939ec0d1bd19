//! What detectors disagree on, in whole analyses.

use super::*;
use crate::detect::Kind;
use crate::detect::sample::limit;
use crate::engine::committee::{Dispute, Members, most_disputed};

fn settings(detector: Kind) -> Settings {
    Settings { detector: Some(detector), ..small() }
}

impl Run {
    /// The windows that are disputed most, and by whom.
    fn disputed(&mut self, window: u32, most: u32) -> Option<(Members, Vec<u64>)> {
        let workers = self.shards.len();
        let all =
            |query: CommitteeQuery| (0..workers).map(|worker| (worker, Query::Committee(query.clone()))).collect();
        let answers = |answers: Vec<Answer>| {
            answers.into_iter().map(|answer| match answer {
                Answer::Committee(answer) => answer,
                other => panic!("{other:?}"),
            })
        };
        let offer = CommitteeQuery::Offer { limit: limit(4096, self.conductor.catalog().rows()), seed: 7 };
        let part = |answer| if let CommitteeAnswer::Part(part) = answer { part } else { panic!("{answer:?}") };
        let offers = answers(self.ask(all(offer))).map(part).collect();
        let fit = Query::Committee(CommitteeQuery::Fit { offers, seed: 7 });
        let (committee, members) = match answers(self.ask(vec![(0, fit)])).next() {
            Some(CommitteeAnswer::Fitted(fitted)) => fitted?,
            other => panic!("{other:?}"),
        };
        self.ask(all(CommitteeQuery::Seat { committee }));
        let asks = self.conductor.catalog().bases_by_worker().into_iter();
        let asks =
            asks.map(|(worker, bases)| (worker, Query::Committee(CommitteeQuery::Dispute { bases, window, most })));
        let (mut found, mut rows): (Vec<Dispute>, u64) = (Vec::new(), 0);
        for answer in answers(self.ask(asks.collect())) {
            let CommitteeAnswer::Disputes(some, looked_at) = answer else { panic!("{answer:?}") };
            found.extend(some);
            rows += looked_at;
        }
        assert_eq!(rows, self.conductor.catalog().rows());
        Some((members, most_disputed(found, most as usize)))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn what_is_disputed_does_not_depend_on_workers_or_cuts(
        workers in 1..6_usize, segment_bytes in 300..4000_u64, order in any::<u64>(), window in 1..40_u32, most in 1..9_u32,
        kind in 0..3_usize,
    ) {
        let kind = [Kind::IsolationForest, Kind::Ensemble, Kind::EnsembleVote][kind];
        let file = json_lines(400);
        let mut one = Run::new(&[&file], settings(kind), 1, 1).finish();
        let mut other = Run::new(&[&file], Settings { segment_bytes, ..settings(kind) }, workers, order).finish();
        let (first, second) = (one.disputed(window, most), other.disputed(window, most));
        prop_assert!(first.is_some());
        prop_assert_eq!(first, second);
    }
}

#[test]
fn windows_in_which_members_differ_come_first() {
    // What stands out in one of many numbers only, and what belongs to no finding.
    let line = |n: usize| {
        let odd = if n == 444 { 31 } else { n % 7 };
        format!("{},{odd},{},{}\n", n % 11, n % 5, n % 3)
    };
    let file = format!("a,b,c,d\n{}", (0..1000).map(line).collect::<String>());
    let mut run = Run::new(&[file.as_bytes()], settings(Kind::IsolationForest), 3, 5).finish();
    let (members, windows) = run.disputed(10, 5).unwrap();
    assert_eq!(members.detectors, [Kind::IsolationForest, Kind::RobustZ, Kind::Rarity]);
    assert!(!members.findings, "rows without messages have findings of the detector alone");
    assert!(windows.len() == 5 && windows.is_sorted() && windows.contains(&44), "{windows:?}");

    // With messages, the findings are a member.
    let mut run = Run::new(&[&json_lines(300)], settings(Kind::EnsembleVote), 2, 5).finish();
    let (members, windows) = run.disputed(10, 3).unwrap();
    assert!(members.findings && members.detectors.len() == 3);
    assert_eq!(windows.len(), 3);
}
