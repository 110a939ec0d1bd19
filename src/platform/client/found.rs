//! What the page asks about findings in groups, and about templates.

use super::Client;
use crate::engine::catalog::Ask;
use crate::engine::{Answer, Filter, Query};
use crate::finding::{Entry, Member};
use crate::view::template::{TemplateCounts, merge_samples};
use crate::view::{FindingView, TemplateSample, TemplateView};

/// Rows of a group that are listed at most.
pub const MOST_MEMBERS: u32 = 500;

impl Client {
    /// The rows that stand for some entries of the list of findings; their ranks count from `first`.
    pub async fn entries(&self, numbers: &[u32], first: u64) -> Vec<FindingView> {
        let asks = {
            let conductor = self.0.conductor.borrow();
            let all = &conductor.groups().0;
            let entries: Vec<Entry> = numbers.iter().filter_map(|&number| all.get(number as usize).copied()).collect();
            conductor.catalog().ask_groups(&entries, first)
        };
        self.found_of(asks).await
    }

    /// The first rows of a group in the order of the files, at most [`MOST_MEMBERS`].
    pub async fn members(&self, group: u32) -> Vec<FindingView> {
        let ask = |worker| (worker, Query::Members { group, most: MOST_MEMBERS });
        let answers = self.ask((0..self.0.workers).map(ask).collect()).await.into_iter();
        let mut members: Vec<Member> =
            answers.flat_map(|answer| if let Answer::Members(part) = answer { part } else { Vec::new() }).collect();
        members.sort_unstable();
        members.truncate(MOST_MEMBERS as usize);
        let asks = self.0.conductor.borrow().catalog().ask_members(&members, group);
        self.found_of(asks).await
    }

    /// The entry of the list of findings that has a ranked row.
    pub fn entry_of(&self, rank: u64, group: Option<u32>) -> Option<usize> {
        let conductor = self.0.conductor.borrow();
        let row = conductor.ranking().0.get(usize::try_from(rank).ok()?)?;
        conductor.groups().0.iter().position(|entry| match group {
            Some(group) => entry.group == group,
            None => entry.group == 0 && (entry.lead.segment, entry.lead.row) == (row.segment, row.row),
        })
    }

    pub(super) async fn found_of(&self, asks: Vec<Ask>) -> Vec<FindingView> {
        let answers = self.ask(asks).await.into_iter();
        let found = answers.flat_map(|answer| if let Answer::Findings(found) = answer { found } else { Vec::new() });
        let mut findings: Vec<FindingView> = found.map(|finding| self.calibrate(finding)).collect();
        findings.sort_by_key(|finding| finding.rank);
        findings
    }

    /// The templates of all messages, most frequent first.
    pub async fn templates(&self) -> Vec<TemplateView> {
        match self.ask(vec![(0, Query::Templates)]).await.pop() {
            Some(Answer::Templates(templates)) => templates,
            _ => Vec::new(),
        }
    }

    /// How many rows of each template a filter shows, and how many of them score a bin of the histogram or a higher one;
    /// `None` when the filter is no longer the newest.
    pub async fn template_counts(&self, filter: Filter, bin: u32) -> Option<TemplateCounts> {
        let asks = self.0.conductor.borrow().catalog().ask_template_counts(filter, bin);
        let mut sum = TemplateCounts::default();
        for answer in self.ask(asks).await {
            let Answer::TemplateCounts(part) = answer else { return None };
            sum.merge(&part);
        }
        Some(sum)
    }

    /// Some rows of a template that a filter shows, by the template's number, in their order; `None` once the filter is not the
    /// newest.
    pub async fn template_samples(&self, number: u32, filter: Filter, most: u32) -> Option<Vec<TemplateSample>> {
        let template = number.saturating_sub(1);
        let bases = self.0.conductor.borrow().catalog().bases_by_worker().into_iter();
        let ask = |(worker, bases)| (worker, Query::TemplateSamples { template, filter, bases, most });
        let mut samples = Vec::new();
        for answer in self.ask(bases.map(ask).collect()).await {
            match answer {
                Answer::TemplateSamples(part) => samples.extend(part),
                Answer::Stale => return None,
                // A file that can't be read any more: the others' rows are shown.
                _ => {}
            }
        }
        Some(merge_samples(samples, most as usize))
    }
}
