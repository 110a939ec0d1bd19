//! Which byte ranges of a file are parsed, and whether they fit together.
//!
//! All but the first range are parsed from a guess at where their first record begins. A range is accepted when it began
//! exactly where the range before it found its end; otherwise it is parsed again from there. By induction every accepted
//! range holds what a reader of the whole file would have found.

use std::ops::Range;

use super::parse::Task;
use crate::record::SegmentId;

/// Most ranges that a worker takes on at once, one behind the other: going on reading costs half of what it costs to begin
/// anew for each range.
const MOST_AT_ONCE: usize = 8;
/// How many ranges at the beginning of a file are smaller than the others, so that its first rows are soon on screen.
const SMALL: u64 = 8;

/// What to do with a range that was parsed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It fits: its segment counts.
    Accept(SegmentId),
    /// A record of an earlier range reaches beyond it: whatever was found in it is none of its own.
    Discard(SegmentId),
    /// It began at the wrong place: parse it again.
    Redo(Task),
}

/// The ranges of one file.
#[derive(Clone, Debug)]
pub struct Chain {
    file: u32,
    data_start: u64,
    /// Where the file ends; `None` until that is known, and as long there is always one more range.
    size: Option<u64>,
    /// No further range is asked for.
    stopped: bool,
    /// Bytes of each of the first ranges, and of each of the others.
    sizes: (u64, u64),
    parts: Vec<Part>,
    /// Parts that are some worker's.
    handed: usize,
    /// For each worker the parts that are its own, but that it did not ask for yet.
    own: Vec<Range<usize>>,
    /// Parts whose verdict is spoken.
    judged: usize,
    /// Where the next record begins, as the judged parts know it.
    expected: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Part {
    Waiting,
    Running { redone: bool },
    Parsed { redone: bool, first: Option<u64>, next: u64 },
    Judged,
}

impl Chain {
    /// The ranges of a file from its first record on. `size`: where it ends, where that is known beforehand. `sizes`: bytes
    /// of each of the first ranges, and of each of the others.
    pub fn new(file: u32, data_start: u64, size: Option<u64>, sizes: (u64, u64)) -> Self {
        let sizes = (sizes.0.max(1), sizes.1.max(1));
        let mut chain = Self {
            file,
            data_start,
            size,
            stopped: false,
            sizes,
            parts: Vec::new(),
            handed: 0,
            own: Vec::new(),
            judged: 0,
            expected: data_start,
        };
        chain.parts = vec![Part::Waiting; size.map_or(0, |size| chain.ranges(size))];
        chain
    }

    /// Number of ranges of a file of a size.
    fn ranges(&self, size: u64) -> usize {
        let (length, (small, large)) = (size.saturating_sub(self.data_start), self.sizes);
        (length.div_ceil(small).min(SMALL) + length.saturating_sub(SMALL * small).div_ceil(large)) as usize
    }

    /// Where a range begins.
    fn edge(&self, part: usize) -> u64 {
        let (part, (small, large)) = (part as u64, self.sizes);
        self.data_start + part.min(SMALL) * small + part.saturating_sub(SMALL) * large
    }

    /// The file turned out to end here.
    pub fn ends_at(&mut self, size: u64) {
        if self.stopped {
            return;
        }
        let size = self.size.map_or(size, |known| known.min(size));
        self.size = Some(size);
        let parts = self.ranges(size);
        self.cut(parts);
        self.parts.resize(parts, Part::Waiting);
    }

    /// The next range for one of the workers to parse.
    pub fn next_task(&mut self, worker: usize, workers: usize) -> Option<Task> {
        if self.own.len() < workers {
            self.own.resize(workers, 0..0);
        }
        if self.size.is_none() && self.handed == self.parts.len() {
            self.parts.push(Part::Waiting);
        }
        let (from, left) = (self.handed, self.parts.len().saturating_sub(self.handed));
        let own = self.own.get_mut(worker)?;
        if own.start >= own.end {
            // Fewer towards the end, so that all workers are done at about the same time.
            let count = (left / (2 * workers.max(1))).clamp(1, MOST_AT_ONCE).min(left);
            *own = from..from + count;
            self.handed += count;
        }
        let part = own.next()?;
        *self.parts.get_mut(part)? = Part::Running { redone: false };
        let start = (part == 0).then_some(self.data_start);
        Some(self.task(part, start))
    }

    /// Gives up all parts from this one on.
    fn cut(&mut self, parts: usize) {
        self.parts.truncate(parts);
        self.handed = self.handed.min(parts);
        for own in &mut self.own {
            *own = own.start.min(parts)..own.end.min(parts);
        }
    }

    fn task(&self, part: usize, start: Option<u64>) -> Task {
        let from = self.edge(part);
        let to = self.edge(part + 1).min(self.size.unwrap_or(u64::MAX));
        Task { id: SegmentId { file: self.file, part: part as u32 }, from, to, start }
    }

    /// A range was parsed; gives the verdicts that this allows, in the order of the ranges.
    pub fn parsed(&mut self, part: u32, first: Option<u64>, next: u64) -> Vec<Verdict> {
        let slot = &mut self.parts[part as usize];
        let redone = *slot == Part::Running { redone: true };
        *slot = Part::Parsed { redone, first, next };
        let mut verdicts = Vec::new();
        while let Some(&Part::Parsed { redone, first, next }) = self.parts.get(self.judged) {
            let range = self.task(self.judged, None);
            let expected = self.expected;
            if expected >= range.to {
                verdicts.push(Verdict::Discard(range.id));
            } else if first == Some(expected) || redone {
                // A second parse began where it was told to; if it says otherwise the file has changed, and once is enough.
                verdicts.push(Verdict::Accept(range.id));
                self.expected = next.max(expected);
            } else {
                self.parts[self.judged] = Part::Running { redone: true };
                verdicts.push(Verdict::Redo(self.task(self.judged, Some(expected))));
                break;
            }
            self.parts[self.judged] = Part::Judged;
            self.judged += 1;
        }
        verdicts
    }

    /// No further range is handed out, but for those that have to be there so that none is missing between others: the file
    /// can't be read on, or should not be.
    pub fn stop(&mut self) {
        let last = self.own.iter().filter(|own| own.end == self.handed).map(|own| own.start).min();
        self.cut(last.unwrap_or(self.handed));
        self.close();
    }

    /// What is beyond the last range is not asked for, even where nobody knows how much that is.
    fn close(&mut self) {
        self.size.get_or_insert(self.edge(self.parts.len()) + 1);
        self.stopped = true;
    }

    /// A range could not be read: it and all after it are given up.
    pub fn fail(&mut self, part: u32) {
        self.cut(part as usize);
        self.close();
    }

    /// Whether a range still belongs to the chain (it may have been given up while it was parsed).
    pub fn holds(&self, part: u32) -> bool {
        (part as usize) < self.parts.len()
    }

    /// Whether every range has its verdict.
    pub fn done(&self) -> bool {
        self.size.is_some() && self.judged >= self.parts.len()
    }

    /// Bytes of the file that the judged ranges cover.
    pub fn bytes(&self) -> u64 {
        if self.judged == 0 { 0 } else { self.edge(self.judged).min(self.size.unwrap_or(u64::MAX)) }
    }

    /// Whether the whole file was read.
    pub fn complete(&self) -> bool {
        self.size.is_some_and(|size| self.done() && self.bytes() >= size || self.data_start >= size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(part: u32) -> SegmentId {
        SegmentId { file: 0, part }
    }

    fn running(size: u64) -> Chain {
        let mut chain = Chain::new(0, 10, Some(size), (100, 100));
        while chain.next_task(0, 1).is_some() {}
        chain
    }

    #[test]
    fn ranges_that_fit_are_accepted_in_order_whatever_order_they_come_in() {
        let mut chain = running(310);
        assert_eq!(chain.parsed(2, Some(215), 310), []);
        assert_eq!(chain.parsed(1, Some(112), 215), []);
        let all = [Verdict::Accept(id(0)), Verdict::Accept(id(1)), Verdict::Accept(id(2))];
        assert_eq!(chain.parsed(0, Some(10), 112), all);
        assert!(chain.done() && chain.complete());
        assert_eq!(chain.bytes(), 310);
    }

    #[test]
    fn a_wrong_guess_is_parsed_again_from_the_right_place() {
        let mut chain = running(210);
        assert_eq!(chain.parsed(1, Some(118), 210), []);
        let verdicts = chain.parsed(0, Some(10), 112);
        let redo = Task { id: id(1), from: 110, to: 210, start: Some(112) };
        assert_eq!(verdicts, [Verdict::Accept(id(0)), Verdict::Redo(redo)]);
        assert!(!chain.done());
        assert_eq!(chain.parsed(1, Some(112), 210), [Verdict::Accept(id(1))]);
        assert!(chain.complete());
    }

    #[test]
    fn ranges_inside_one_long_record_hold_nothing() {
        let mut chain = running(410);
        assert_eq!(chain.parsed(1, None, 210), []);
        assert_eq!(chain.parsed(2, Some(240), 311), []);
        let verdicts = chain.parsed(0, Some(10), 350);
        assert_eq!(verdicts, [Verdict::Accept(id(0)), Verdict::Discard(id(1)), Verdict::Discard(id(2))]);
        assert_eq!(chain.parsed(3, Some(350), 410), [Verdict::Accept(id(3))]);
    }

    #[test]
    fn stopping_keeps_what_was_handed_out() {
        let mut chain = Chain::new(0, 0, Some(1000), (100, 100));
        chain.next_task(0, 1);
        chain.next_task(0, 1);
        chain.stop();
        assert_eq!(chain.next_task(0, 1), None);
        chain.parsed(0, Some(0), 100);
        assert!(!chain.done());
        chain.parsed(1, Some(100), 200);
        assert!(chain.done() && !chain.complete());
        assert_eq!(chain.bytes(), 200);
    }

    #[test]
    fn each_worker_goes_on_where_it_was_and_none_gets_a_part_twice() {
        for (ranges, workers) in [(1, 3), (7, 2), (100, 2), (250, 8)] {
            let mut chain = Chain::new(0, 0, Some(ranges * 100), (100, 100));
            let mut tasks: Vec<Vec<u32>> = vec![Vec::new(); workers];
            let mut waiting: Vec<usize> = (0..workers).collect();
            while !waiting.is_empty() {
                waiting.retain(|&worker| {
                    let task = chain.next_task(worker, workers);
                    tasks[worker].extend(task.map(|task| task.id.part));
                    task.is_some()
                });
            }
            let mut all = tasks.concat();
            all.sort_unstable();
            assert_eq!(all, (0..ranges as u32).collect::<Vec<_>>());
            let leaps = tasks.iter().flat_map(|own| own.windows(2)).filter(|pair| pair[1] != pair[0] + 1).count();
            assert!(leaps <= ranges as usize / 8 + 6 * workers, "{leaps} of {ranges}");
        }
    }

    #[test]
    fn stopping_leaves_no_gap() {
        let mut chain = Chain::new(0, 0, Some(10_000), (100, 100));
        assert_eq!(chain.next_task(0, 2).map(|task| task.id), Some(id(0)));
        assert_eq!(chain.next_task(1, 2).map(|task| task.id), Some(id(8)));
        chain.stop();
        assert_eq!(chain.next_task(1, 2), None);
        for part in 1..8 {
            assert_eq!(chain.next_task(0, 2).map(|task| task.id), Some(id(part)));
        }
        assert_eq!(chain.next_task(0, 2), None);
        for part in 0..9 {
            assert!(!chain.done());
            chain.parsed(part, Some(u64::from(part) * 100), u64::from(part + 1) * 100);
        }
        assert!(chain.done() && !chain.complete());
        assert_eq!(chain.bytes(), 900);
    }

    #[test]
    fn the_first_ranges_are_small() {
        for size in [0, 10, 11, 34, 35, 209, 210, 211, 309, 310, 311, 1000] {
            let mut chain = Chain::new(0, 10, Some(size), (25, 100));
            let mut end = 10;
            while let Some(Task { id, from, to, .. }) = chain.next_task(0, 1) {
                assert_eq!(from, end);
                let full = if id.part < 8 { 25 } else { 100 };
                assert!(to - from == full || to == size && to - from < full, "{size}: {from} to {to}");
                end = to;
            }
            assert_eq!(end, size.max(10));
        }
    }

    #[test]
    fn a_failed_range_gives_up_what_follows() {
        let mut chain = running(410);
        chain.parsed(0, Some(10), 110);
        chain.fail(1);
        assert!(chain.done() && !chain.complete() && !chain.holds(2));
    }

    #[test]
    fn a_file_of_unknown_size_goes_on_until_it_ends() {
        let mut chain = Chain::new(0, 10, None, (100, 100));
        for part in 0..3 {
            assert_eq!(chain.next_task(0, 1).map(|task| task.id), Some(id(part)));
        }
        chain.parsed(0, Some(10), 110);
        assert!(!chain.done());
        chain.ends_at(150);
        chain.parsed(1, Some(110), 150);
        assert!(chain.done() && chain.complete() && !chain.holds(2));
        assert_eq!((chain.next_task(0, 1), chain.bytes()), (None, 150));

        let mut stopped = Chain::new(0, 0, None, (100, 100));
        stopped.next_task(0, 1);
        stopped.stop();
        stopped.parsed(0, Some(0), 100);
        assert!(stopped.done() && !stopped.complete() && stopped.next_task(0, 1).is_none());
    }

    #[test]
    fn a_file_without_records_is_done_at_once() {
        let mut chain = Chain::new(0, 20, Some(20), (100, 100));
        assert_eq!(chain.next_task(0, 1), None);
        assert!(chain.done() && chain.complete());
    }
}
