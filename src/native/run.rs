//! An analysis on threads, one shard each.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{JoinHandle, spawn};

use crate::engine::catalog::Ask;
use crate::engine::{
    Answer, Conductor, Event, FileInfo, Query, Request, SessionAnswer, SessionQuery, Settings, Shard, Snapshot,
};
use crate::finding::Entry;
use crate::ingest::ByteSource;
use crate::ingest::unpack::Unpacker;
use crate::record::SegmentId;
use crate::view::{FindingView, Stage};

/// A finished analysis whose rows can still be looked at. The threads end with it.
#[derive(Debug)]
pub struct Analysis {
    conductor: Conductor,
    requests: Vec<Sender<Request>>,
    events: Receiver<Told>,
    threads: Vec<JoinHandle<()>>,
}

/// What a thread says: an event, or that it has ended.
type Told = (usize, Option<Event>);

/// Says that a thread has ended, however it did.
struct Ending(usize, Sender<Told>);

impl Drop for Ending {
    fn drop(&mut self) {
        // Nobody hears it when the analysis is gone before its threads.
        let _ = self.1.send((self.0, None));
    }
}

/// Analyses files on as many threads as there are sources (each thread reads through its own). `each_stage` is told of the
/// state whenever the stage changes.
pub fn analyze<S: ByteSource + Send + 'static>(
    sources: Vec<S>,
    files: Vec<FileInfo>,
    settings: Settings,
    each_stage: &mut dyn FnMut(&Snapshot),
) -> Analysis {
    let (told, events) = channel();
    let mut requests = Vec::new();
    let mut threads = Vec::new();
    let workers = sources.len();
    for (worker, source) in sources.into_iter().enumerate() {
        let mut source = Unpacker::new(source, Vec::new());
        let (ask, asked) = channel::<Request>();
        let told = told.clone();
        requests.push(ask);
        threads.push(spawn(move || {
            let told = Ending(worker, told);
            let mut shard = Shard::default();
            for request in asked {
                if let Some(event) = shard.handle(request, &mut source)
                    && told.1.send((worker, Some(event))).is_err()
                {
                    break;
                }
            }
        }));
    }
    let conductor = Conductor::new(settings, files, workers);
    let mut analysis = Analysis { conductor, requests, events, threads };
    analysis.run(each_stage);
    analysis
}

impl Analysis {
    /// The conductor in its last state.
    pub fn conductor(&self) -> &Conductor {
        &self.conductor
    }

    /// All rows at or above a bin of the score histogram as findings, best first; `whole`: with their whole texts.
    pub fn findings(&mut self, from_bin: u32, whole: bool) -> Result<Vec<FindingView>, String> {
        self.conductor.rank(from_bin, u32::MAX);
        self.run(&mut |_| {});
        let ranked = &self.conductor.ranking().0;
        let asks = with_texts(self.conductor.catalog().ask_findings(ranked, 0), whole);
        // Of rows that score alike those of one group follow each other, first the one that stands for it.
        let leads: BTreeSet<(SegmentId, u32)> =
            self.conductor.groups().0.iter().map(|entry| (entry.lead.segment, entry.lead.row)).collect();
        let is_lead: Vec<bool> = ranked.iter().map(|row| leads.contains(&(row.segment, row.row))).collect();
        let mut findings = self.found(asks)?;
        findings.sort_by(|a, b| {
            let place = |finding: &FindingView| {
                let leads = is_lead.get(finding.rank as usize).is_some_and(|leads| *leads);
                (finding.group.unwrap_or(u32::MAX), !leads, finding.rank)
            };
            b.score.total_cmp(&a.score).then_with(|| place(a).cmp(&place(b)))
        });
        Ok(findings)
    }

    /// The first entries of the list of findings, as a person sees it: the row that stands for each, and how many rows it has.
    /// Of those findings that were asked for last.
    pub fn entries(&mut self, most: usize) -> Result<Vec<(FindingView, u64)>, String> {
        let entries: Vec<Entry> = self.conductor.groups().0.iter().take(most).copied().collect();
        let leads = self.found(self.conductor.catalog().ask_groups(&entries, 0))?;
        Ok(leads.into_iter().zip(entries).map(|(lead, entry)| (lead, entry.rows)).collect())
    }

    fn found(&mut self, asks: Vec<Ask>) -> Result<Vec<FindingView>, String> {
        let mut findings = Vec::new();
        for answer in self.ask(asks)? {
            if let Answer::Findings(more) = answer {
                findings.extend(more);
            }
        }
        if let Some(scores) = self.conductor.scores() {
            for finding in &mut findings {
                finding.calibrated = scores.calibrated(finding.score);
            }
        }
        findings.sort_by_key(|finding| finding.rank);
        Ok(findings)
    }

    /// Tells the shards something that is not answered.
    pub fn tell(&mut self, requests: Vec<(usize, Request)>) {
        for (worker, request) in requests {
            // A thread that is gone shows when no answer comes.
            let _ = self.requests[worker].send(request);
        }
    }

    /// Asks the shards; answers come in the order of the asks.
    pub fn ask(&mut self, asks: Vec<Ask>) -> Result<Vec<Answer>, String> {
        let mut answers: Vec<Option<Answer>> = vec![None; asks.len()];
        for (ticket, (worker, query)) in asks.into_iter().enumerate() {
            // A thread that is gone shows when no answer comes.
            let _ = self.requests[worker].send(Request::Query { ticket: ticket as u32, query });
        }
        while answers.iter().any(Option::is_none) {
            match self.events.recv() {
                Ok((_, Some(Event::Answer { answer: Answer::Failed(error), .. }))) => return Err(error.reason),
                Ok((_, Some(Event::Answer { ticket, answer }))) => answers[ticket as usize] = Some(answer),
                Ok((worker, Some(event))) => self.conductor.hear(worker, event),
                Ok((_, None)) | Err(_) => return Err("An analysis thread has ended.".into()),
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Asks the first `workers` shards about sessions; the first of all is the lead.
    pub fn ask_sessions(&mut self, workers: usize, query: &SessionQuery) -> Result<Vec<SessionAnswer>, String> {
        let asks = (0..workers).map(|worker| (worker, Query::OfSessions(query.clone()))).collect();
        let of_sessions = |answer| if let Answer::OfSessions(answer) = answer { Some(answer) } else { None };
        Ok(self.ask(asks)?.into_iter().filter_map(of_sessions).collect())
    }

    fn run(&mut self, each_stage: &mut dyn FnMut(&Snapshot)) {
        let mut stage = None;
        loop {
            for (worker, request) in self.conductor.requests() {
                if self.requests[worker].send(request).is_err() {
                    self.conductor.lose_worker("An analysis thread has ended.");
                }
            }
            if stage != Some(self.conductor.stage()) {
                stage = Some(self.conductor.stage());
                each_stage(&self.conductor.snapshot());
            }
            if matches!(stage, Some(Stage::Done | Stage::Failed)) {
                return;
            }
            match self.events.recv() {
                Ok((worker, Some(event))) => self.conductor.hear(worker, event),
                Ok((_, None)) | Err(_) => self.conductor.lose_worker("An analysis thread has ended."),
            }
        }
    }
}

impl Drop for Analysis {
    fn drop(&mut self) {
        self.requests.clear();
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so on stderr.
            let _ = thread.join();
        }
    }
}

/// Asks for rows, with their whole texts if so wished: a file has room for them.
pub(super) fn with_texts(asks: Vec<Ask>, whole: bool) -> Vec<Ask> {
    asks.into_iter().map(|(worker, ask)| (worker, if whole { ask.with_whole_texts() } else { ask })).collect()
}
