//! When to send which request: a queue that keeps to a rate, waits when told to, and stops when going on is useless.
//!
//! A state machine without a clock: time comes in, in milliseconds of any clock that does not run backwards.

use std::collections::VecDeque;

use super::answer::{Failure, Kind};
use crate::common::hash::hash_pair;

/// Milliseconds.
const MINUTE: u64 = 60_000;
/// Attempts at one request, the first included.
const ATTEMPTS: u32 = 5;
/// First delay after a failure that may pass; it doubles …
const FIRST_DELAY: u64 = 1000;
/// … up to this.
const LONGEST_DELAY: u64 = 60_000;

/// What to do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this request, and tell with [`Pace::heard`] what became of it.
    Send(usize),
    /// Ask again at this time, or when an answer came.
    Wait(u64, Why),
    /// Nothing more will be sent. (What is left over can be put into another queue.)
    Stopped(String),
    /// Every request has been answered or given up.
    Done,
}

/// Why nothing is sent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The rate of requests.
    Rate,
    /// The provider asked for it.
    Asked,
    /// A failure that may pass.
    Failure,
    /// As many requests as may be are under way.
    UnderWay,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// It failed.
    Failed(Failure),
}

/// Where a request is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not been sent, or is to be sent again.
    Waiting,
    /// It was sent and not answered.
    UnderWay,
    /// It was answered.
    Answered,
    /// It was given up, and why.
    GivenUp(String),
}

/// The queue.
#[derive(Clone, Debug)]
pub struct Pace {
    requests: Vec<(State, u32)>,
    /// Requests to be sent, and the earliest time for each.
    waiting: VecDeque<(usize, u64)>,
    per_minute: u32,
    at_once: u32,
    under_way: u32,
    seed: u64,
    /// When the requests of the last minute were sent.
    sent: VecDeque<u64>,
    /// Nothing is sent before this time.
    not_before: (u64, Why),
    stopped: Option<String>,
}

impl Pace {
    /// A queue of `count` requests, of which at most `per_minute` are sent in any minute and `at_once` are under way.
    /// `seed` spreads the delays, so that several pages don't try again at the same moment.
    pub fn new(count: usize, per_minute: u32, at_once: u32, seed: u64) -> Self {
        Self {
            requests: vec![(State::Waiting, 0); count],
            waiting: (0..count).map(|index| (index, 0)).collect(),
            per_minute: per_minute.max(1),
            at_once: at_once.max(1),
            under_way: 0,
            seed,
            sent: VecDeque::new(),
            not_before: (0, Why::Rate),
            stopped: None,
        }
    }

    /// Adds a request to the end of the queue; gives its number.
    pub fn add(&mut self) -> usize {
        let index = self.requests.len();
        self.requests.push((State::Waiting, 0));
        self.waiting.push_back((index, 0));
        index
    }

    /// What to do at the time `now`.
    pub fn next(&mut self, now: u64) -> Next {
        if let Some(reason) = &self.stopped {
            return Next::Stopped(reason.clone());
        }
        if self.waiting.is_empty() {
            return if self.under_way == 0 { Next::Done } else { Next::Wait(now + MINUTE, Why::UnderWay) };
        }
        if self.under_way >= self.at_once {
            return Next::Wait(now + MINUTE, Why::UnderWay);
        }
        while self.sent.front().is_some_and(|&sent| sent + MINUTE <= now) {
            self.sent.pop_front();
        }
        if now < self.not_before.0 {
            return Next::Wait(self.not_before.0, self.not_before.1);
        }
        if self.sent.len() >= self.per_minute as usize {
            let first = self.sent.front().copied().unwrap_or(now);
            return Next::Wait(first + MINUTE, Why::Rate);
        }
        // The first that may be sent; else the one that may be sent soonest.
        let Some(place) = self.waiting.iter().position(|(_, earliest)| *earliest <= now) else {
            let soonest = self.waiting.iter().map(|(_, earliest)| *earliest).min().unwrap_or(now);
            return Next::Wait(soonest, Why::Failure);
        };
        let Some((index, _)) = self.waiting.remove(place) else { return Next::Done };
        if let Some((state, attempts)) = self.requests.get_mut(index) {
            *state = State::UnderWay;
            *attempts += 1;
        }
        self.under_way += 1;
        self.sent.push_back(now);
        Next::Send(index)
    }

    /// What became of the request `index`. What is heard of a request that is not under way is ignored.
    pub fn heard(&mut self, index: usize, outcome: Outcome, now: u64) {
        let Some((state, attempts)) = self.requests.get_mut(index) else { return };
        if *state != State::UnderWay {
            return;
        }
        self.under_way -= 1;
        let failure = match outcome {
            Outcome::Answered => {
                *state = State::Answered;
                return;
            }
            Outcome::Failed(failure) => failure,
        };
        if failure.stops_all() {
            *state = State::Waiting;
            *attempts -= 1;
            self.waiting.push_front((index, now));
            self.stopped = Some(failure.sentence);
            return;
        }
        if !failure.is_passing() || *attempts >= ATTEMPTS {
            *state = State::GivenUp(failure.sentence);
            return;
        }
        *state = State::Waiting;
        let doubled = FIRST_DELAY.saturating_mul(1 << (*attempts - 1).min(16)).min(LONGEST_DELAY);
        // From half of it to all of it.
        let jitter = hash_pair(self.seed, (index as u64) << 8 | u64::from(*attempts)) % (doubled / 2 + 1);
        let delay = failure.wait.unwrap_or(0).max(doubled / 2 + jitter);
        self.waiting.push_front((index, now + delay));
        // A limit holds for all requests, and so does a connection that is gone (a page that is being left has none); another
        // failure holds for one.
        if matches!(failure.kind, Kind::Minute | Kind::Network) || failure.wait.is_some() {
            let why = if failure.wait.is_some() { Why::Asked } else { Why::Failure };
            if now + delay > self.not_before.0 {
                self.not_before = (now + delay, why);
            }
        }
    }

    /// Stops sending, for a reason; what is under way may still be heard.
    pub fn stop(&mut self, why: &str) {
        self.stopped.get_or_insert_with(|| why.to_owned());
    }

    /// Where each request is.
    pub fn states(&self) -> impl Iterator<Item = &State> {
        self.requests.iter().map(|(state, _)| state)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn failed(kind: Kind, wait: Option<u64>) -> Outcome {
        Outcome::Failed(Failure { kind, sentence: format!("{kind:?}"), wait })
    }

    #[test]
    fn the_rate_is_kept() {
        let mut pace = Pace::new(4, 2, 9, 1);
        assert_eq!(
            [pace.next(0), pace.next(100), pace.next(200)],
            [Next::Send(0), Next::Send(1), Next::Wait(60_000, Why::Rate)]
        );
        assert_eq!([pace.next(60_000), pace.next(60_050)], [Next::Send(2), Next::Wait(60_100, Why::Rate)]);
        for index in 0..3 {
            pace.heard(index, Outcome::Answered, 60_060);
        }
        assert_eq!(pace.next(60_100), Next::Send(3));
        assert!(matches!(pace.next(60_200), Next::Wait(_, Why::UnderWay)));
        pace.heard(3, Outcome::Answered, 60_300);
        assert_eq!((pace.add(), pace.next(60_300)), (4, Next::Wait(120_000, Why::Rate)));
        assert_eq!(pace.next(120_060), Next::Send(4));
        pace.heard(4, Outcome::Answered, 120_060);
        assert_eq!(pace.next(120_060), Next::Done);
    }

    #[test]
    fn what_the_provider_asks_is_obeyed_by_all() {
        let mut pace = Pace::new(2, 60, 2, 1);
        assert_eq!(pace.next(0), Next::Send(0));
        pace.heard(0, failed(Kind::Minute, Some(26_000)), 10);
        assert_eq!(pace.next(20), Next::Wait(26_010, Why::Asked));
        assert_eq!(pace.next(26_010), Next::Send(0));
    }

    #[test]
    fn without_a_connection_nothing_else_is_tried_at_once() {
        let mut pace = Pace::new(3, 60, 2, 1);
        assert_eq!([pace.next(0), pace.next(0)], [Next::Send(0), Next::Send(1)]);
        pace.heard(0, failed(Kind::Network, None), 10);
        assert!(matches!(pace.next(11), Next::Wait(500.., Why::Failure)));
    }

    #[test]
    fn a_failure_that_may_pass_delays_one_request_and_ends() {
        let mut pace = Pace::new(2, 60, 2, 1);
        assert_eq!(pace.next(0), Next::Send(0));
        pace.heard(0, failed(Kind::Overloaded, None), 0);
        assert_eq!(pace.next(1), Next::Send(1));
        pace.heard(1, Outcome::Answered, 2);
        let (mut now, mut delays) = (2, Vec::new());
        loop {
            match pace.next(now) {
                Next::Wait(until, Why::Failure) => {
                    delays.push(until - now);
                    now = until;
                }
                Next::Send(0) => pace.heard(0, failed(Kind::Overloaded, None), now),
                next => break assert_eq!(next, Next::Done),
            }
        }
        assert_eq!(delays.len(), 4);
        assert!(
            delays.iter().zip([1000, 2000, 4000, 8000]).all(|(delay, most)| (most / 2 - 2..=most).contains(delay)),
            "{delays:?}"
        );
        assert_eq!(pace.states().next(), Some(&State::GivenUp("Overloaded".into())));
    }

    #[test]
    fn the_quota_of_a_day_and_a_refused_key_stop_all() {
        for kind in [Kind::Day, Kind::Key, Kind::NoModel] {
            let mut pace = Pace::new(2, 60, 2, 1);
            pace.next(0);
            pace.heard(0, failed(kind, Some(5)), 0);
            assert_eq!(pace.next(1_000_000), Next::Stopped(format!("{kind:?}")));
            assert_eq!(pace.states().collect::<Vec<_>>(), [&State::Waiting, &State::Waiting]);
        }
        let mut pace = Pace::new(1, 60, 2, 1);
        pace.next(0);
        pace.heard(0, failed(Kind::Invalid, None), 0);
        assert_eq!(pace.next(0), Next::Done);
    }

    #[test]
    fn nothing_is_sent_after_it_is_cancelled() {
        let mut pace = Pace::new(2, 60, 1, 1);
        assert_eq!(pace.next(0), Next::Send(0));
        pace.stop("Cancelled.");
        assert_eq!(pace.next(1), Next::Stopped("Cancelled.".into()));
        pace.heard(0, Outcome::Answered, 2);
        assert_eq!(pace.states().collect::<Vec<_>>(), [&State::Answered, &State::Waiting]);
        assert_eq!(pace.next(3), Next::Stopped("Cancelled.".into()));
    }

    proptest! {
        #[test]
        fn every_request_ends_and_no_minute_holds_too_many(
            count in 0_usize..20, per_minute in 1_u32..8, at_once in 1_u32..4, seed in any::<u64>(),
            outcomes in prop::collection::vec((0_u8..6, 0_u64..90_000), 1..50),
        ) {
            let mut pace = Pace::new(count, per_minute, at_once, seed);
            let (mut now, mut sent, mut open) = (0, Vec::new(), VecDeque::new());
            let mut outcomes = outcomes.into_iter().cycle();
            for _ in 0..10_000 {
                match pace.next(now) {
                    Next::Send(index) => {
                        sent.push(now);
                        open.push_back(index);
                        prop_assert!(open.len() <= at_once as usize);
                    }
                    Next::Wait(until, why) => {
                        prop_assert!(until > now);
                        let Some(index) = open.pop_front() else { prop_assert!(why != Why::UnderWay); now = until; continue };
                        let (kind, wait) = outcomes.next().unwrap();
                        now += 7;
                        let outcome = match kind {
                            0 => failed(Kind::Minute, Some(wait)),
                            1 => failed(Kind::Server, None),
                            2 => failed(Kind::Invalid, None),
                            _ => Outcome::Answered,
                        };
                        pace.heard(index, outcome, now);
                    }
                    Next::Stopped(_) => prop_assert!(false, "nothing stops this"),
                    Next::Done => break,
                }
            }
            prop_assert_eq!(pace.next(now), Next::Done);
            prop_assert!(pace.states().all(|state| matches!(state, State::Answered | State::GivenUp(_))));
            for window in sent.windows(per_minute as usize + 1) {
                prop_assert!(window[window.len() - 1] - window[0] >= MINUTE);
            }
        }
    }
}
