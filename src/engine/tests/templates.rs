//! Templates, groups of findings and what a person changes by hand, over whole analyses.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Run, requests, small};
use crate::engine::{Answer, Filter, Query, Request, Settings};
use crate::finding::group::KIND_ROW;
use crate::finding::threshold::bin_of;
use crate::finding::{Kind, Kinds};
use crate::template::{Change, Hand};
use crate::view::template::{Counted, TemplateCounts, merge_samples};
use crate::view::{FindingView, TemplateSample, TemplateView};

fn run(settings: Settings, workers: usize, order: u64) -> Run {
    Run::new(&[&requests(450)], settings, workers, order).finish()
}

impl Run {
    fn everyone(&mut self, query: &Query) -> Vec<Answer> {
        let asks = (0..self.shards.len()).map(|worker| (worker, query.clone())).collect();
        self.ask(asks)
    }

    fn templates(&mut self) -> Vec<TemplateView> {
        let mut answers = self.everyone(&Query::Templates);
        answers.dedup();
        assert_eq!(answers.len(), 1, "every shard knows the same");
        match answers.pop() {
            Some(Answer::Templates(templates)) => templates,
            other => panic!("{other:?}"),
        }
    }

    fn template_counts(&mut self, filter: Filter, bin: u32) -> TemplateCounts {
        let mut sum = TemplateCounts::default();
        for answer in self.ask(self.conductor.catalog().ask_template_counts(filter, bin)) {
            let Answer::TemplateCounts(part) = answer else { panic!("{answer:?}") };
            sum.merge(&part);
        }
        sum
    }

    fn template_samples(&mut self, template: u32, filter: Filter, most: u32) -> Vec<TemplateSample> {
        let bases = self.conductor.catalog().bases_by_worker();
        let asks = bases
            .into_iter()
            .map(|(worker, bases)| (worker, Query::TemplateSamples { template, filter, bases, most }))
            .collect();
        let answers = self.ask(asks).into_iter();
        let samples = answers.flat_map(|answer| match answer {
            Answer::TemplateSamples(samples) => samples,
            other => panic!("{other:?}"),
        });
        merge_samples(samples.collect(), most as usize)
    }

    pub(super) fn members(&mut self, group: u32, most: u32) -> Vec<u64> {
        let mut members = Vec::new();
        for answer in self.everyone(&Query::Members { group, most }) {
            let Answer::Members(part) = answer else { panic!("{answer:?}") };
            members.extend(part);
        }
        members.sort();
        members.truncate(most as usize);
        let catalog = self.conductor.catalog();
        members.iter().map(|member| catalog.row_at(member.segment, member.row).unwrap()).collect()
    }

    pub(super) fn entries(&mut self) -> Vec<FindingView> {
        let entries: Vec<_> = self.conductor.groups().0.iter().copied().filter(|entry| entry.group != 0).collect();
        let asks = self.conductor.catalog().ask_groups(&entries, 0);
        let answers = self.ask(asks).into_iter();
        let found = answers.flat_map(|answer| if let Answer::Findings(found) = answer { found } else { panic!() });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|finding| finding.rank);
        found
    }

    /// How many rows a search finds, as a shard binds it.
    fn counted(&mut self, search: &str) -> u64 {
        let bind = Query::Bind { search: search.into(), files: vec!["file0".into()], times: None, anomalous: None };
        let Some(Answer::Bound(Ok(condition))) = self.ask(vec![(0, bind)]).pop() else { panic!("{search}") };
        for (shard, _) in &mut self.shards {
            let request = Request::Filter { id: 1, condition: condition.clone(), bases: Vec::new() };
            shard.handle(request, &mut self.source);
        }
        let counts = self.everyone(&Query::Count { filter: Filter::Where(1) }).into_iter();
        let rows = |answer| if let Answer::Counts(counts) = answer { counts } else { panic!("{answer:?}") };
        counts.flat_map(rows).map(|(_, rows)| u64::from(rows)).sum()
    }
}

#[test]
fn a_cascade_is_one_entry_and_the_first_threshold_hides_no_finding() {
    let settings = Settings { segment_bytes: 3000, ..small() };
    let mut run = Run::new(&[&requests(600)], settings, 3, 5).finish();
    let entries = run.entries();
    let ranked = run.findings();
    let slow = ranked.iter().find(|row| row.kind == "duration spike").unwrap();
    assert!(slow.facts.actual == "900 ms" && slow.facts.z.is_some_and(|z| z > 3.0), "{:?}", slow.facts);
    let groups = run.conductor.snapshot().groups;
    let cascades: Vec<_> = groups.iter().filter(|group| group.kinds.meets(Kinds::of(Kind::ErrorCascade))).collect();
    let &[of_cascade] = cascades.as_slice() else { panic!("{cascades:?}") };
    assert!(of_cascade.rows >= 7, "{of_cascade:?}");
    // Its strongest finding stands for it, whatever kind that is.
    let cascade = entries.iter().find(|entry| entry.group == Some(of_cascade.number)).unwrap();
    assert!(!cascade.facts.actual.is_empty() && !cascade.facts.expected.is_empty(), "{:?}", cascade.facts);
    let rows = run.members(of_cascade.number, 100);
    assert_eq!(rows.len() as u64, of_cascade.rows);
    assert!(rows.contains(&cascade.row.row));
    assert_eq!(run.members(of_cascade.number, 2), rows[..2]);
    // Every row with a finding is past the bin that the snapshot tells, and one is at it.
    let found = run.conductor.snapshot().found.unwrap();
    let found_by_more = ranked.iter().filter(|row| row.group.is_some() && row.kind != KIND_ROW);
    let bins = found_by_more.map(|row| crate::finding::threshold::bin_of(row.score));
    assert_eq!(bins.min(), Some(found));
}

#[test]
fn templates_are_counted_sampled_and_searched_for() {
    let mut run = run(Settings { segment_bytes: 3000, ..small() }, 3, 5);
    let templates = run.templates();
    let rows = run.conductor.catalog().rows();
    assert_eq!(templates.iter().map(|view| view.rows).sum::<u64>(), rows);
    assert!(templates.windows(2).all(|pair| pair[0].number < pair[1].number));
    let cart = templates.iter().find(|view| view.text() == "cart <num> loaded").unwrap().clone();
    assert!(cart.durations.is_some_and(|durations| (20.0..31.0).contains(&durations.median)));
    assert!(cart.times.is_some_and(|(first, last)| first < last));
    assert_eq!(u64::from(cart.bars.iter().sum::<u32>()), cart.rows);
    let refused = templates.iter().find(|view| view.text() == "connection <num> refused").unwrap();
    assert_eq!((refused.rows, refused.errors), (3, 3));

    let cut = run.conductor.snapshot().found.unwrap();
    let counts = run.template_counts(Filter::All, cut);
    let three = Counted { rows: 3, errors: 3, anomalous: 3 };
    assert_eq!(counts.of(refused), three, "{counts:?}");
    assert_eq!(counts.of(&cart).rows, cart.rows);
    assert_eq!(run.template_counts(Filter::All, 0).anomalous.iter().sum::<u64>(), rows);
    // As many as a filter shows.
    let shown = run.template_counts(Filter::AtLeast(cut), 0);
    assert_eq!(shown.of(refused), three);
    assert_eq!(shown.rows, counts.anomalous);
    assert!(shown.of(&cart).rows < cart.rows, "{shown:?}");

    let anomalous = run.template_samples(cart.number - 1, Filter::AtLeast(cut), 5);
    assert_eq!(anomalous.len() as u64, shown.of(&cart).rows.min(5));
    assert!(anomalous.iter().all(|sample| bin_of(sample.score.unwrap()) >= cut));
    let samples = run.template_samples(cart.number - 1, Filter::All, 5);
    assert_eq!(samples.len(), 5);
    for sample in &samples {
        let &[(from, to)] = sample.values.as_slice() else { panic!("{sample:?}") };
        assert_eq!(sample.message, format!("cart {} loaded", &sample.message[from as usize..to as usize]));
    }

    assert_eq!(run.counted("template:\"cart <num> loaded\""), cart.rows);
    assert_eq!(run.counted("template:\"cart <*> loaded\""), cart.rows, "as it is written without kinds");
    assert_eq!(run.counted(&format!("template:{}", cart.number)), cart.rows);
    assert_eq!(run.counted("template:*refused"), 3);
    assert_eq!(run.counted("-template:*refused"), rows - 3);
    assert_eq!(run.counted("template in (\"connection <num> refused\", \"cart <num> loaded\")"), cart.rows + 3);
    assert_eq!(run.counted("exists(template)"), rows);
    let bind = Query::Bind { search: "template:nothing".into(), files: Vec::new(), times: None, anomalous: None };
    assert!(matches!(run.ask(vec![(0, bind)]).pop(), Some(Answer::Bound(Err(_)))));
}

fn hand() -> Hand {
    let split = Change::Split { template: "cart <*> loaded".into(), parameter: 0, value: "0".into() };
    let merge = Change::Merge(vec!["payment <*> made".into(), "answer <*> sent".into()]);
    Hand(vec![split, merge])
}

#[test]
fn changes_by_hand_hold_for_every_row() {
    let mut plain = run(small(), 1, 0);
    let (plain_rows, before) = (plain.conductor.catalog().rows(), plain.templates());
    let of = |templates: &[TemplateView], text: &str| {
        templates.iter().find(|view| view.plain_text() == text).map_or(0, |view| view.rows)
    };
    let mut changed = run(Settings { hand: hand(), segment_bytes: 3000, ..small() }, 3, 5);
    let after = changed.templates();
    assert_eq!(after.iter().map(|view| view.rows).sum::<u64>(), plain_rows);
    let none = changed.rows().iter().filter(|row| row.cells.contains(&"cart 0 loaded".to_owned())).count() as u64;
    assert!(none > 0);
    assert_eq!(of(&after, "cart 0 loaded"), none);
    assert_eq!(of(&after, "cart <*> loaded"), of(&before, "cart <*> loaded") - none);
    let joined = of(&before, "payment <*> made") + of(&before, "answer <*> sent");
    let by_hand: BTreeSet<_> = after.iter().filter_map(|view| Some((view.change?, view.rows))).collect();
    assert_eq!(by_hand, BTreeSet::from([(0, none), (1, joined)]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn templates_and_groups_do_not_depend_on_workers_cuts_or_the_order_of_events(
        workers in 1..6_usize, segment_bytes in 200..20_000_u64, order in any::<u64>(), by_hand in any::<bool>(),
    ) {
        let hand = if by_hand { hand() } else { Hand::default() };
        let seen = |segment_bytes, workers, order| {
            let mut run = run(Settings { segment_bytes, hand: hand.clone(), ..small() }, workers, order);
            let bin = run.conductor.snapshot().found.unwrap_or(0);
            let samples: Vec<_> = (0..3).flat_map(|template| run.template_samples(template, Filter::All, 4)).collect();
            let groups: Vec<u32> = run.conductor.groups().0.iter().map(|entry| entry.group).filter(|&group| group > 0).collect();
            let members: Vec<_> = groups.into_iter().map(|group| run.members(group, 5)).collect();
            (run.templates(), run.template_counts(Filter::All, bin), samples, members, run.entries())
        };
        prop_assert!(seen(segment_bytes, workers, order) == seen(1 << 20, 1, 0));
    }
}
