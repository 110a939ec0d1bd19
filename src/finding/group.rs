//! The list of findings as a person sees it: one entry per group of findings, whatever number of rows it has, and one per
//! row, or run of rows, that only the row detector found.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::hybrid::{Findings, Kind};
use super::rank::{Ranked, Ranking};
use super::threshold::bin_of;
use super::together::Together;
use crate::record::{Segment, SegmentId};

/// How a finding of the row detector is called.
pub const KIND_ROW: &str = "unusual row";

/// By segment: rows and the findings that they belong to, by their places among all findings; in order.
pub type Attached = BTreeMap<SegmentId, Vec<(u32, u32)>>;

/// A set of kinds of findings: bit n stands for the n-th of [`Kinds::all`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
pub struct Kinds(pub u32);

impl Kinds {
    /// What only the row detector found.
    pub const ROW: Self = Self(1 << Kind::ALL.len());

    /// All kinds, as shown to a person, each with the set of it alone.
    pub fn all() -> impl Iterator<Item = (&'static str, Self)> {
        Kind::ALL.into_iter().map(|kind| (kind.name(), Self::of(kind))).chain([(KIND_ROW, Self::ROW)])
    }

    /// One kind.
    pub fn of(kind: Kind) -> Self {
        Self(1 << kind as u16)
    }

    /// Those of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether they have one in common.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// A group of findings with its rows, or a row that only the row detector found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Number of the group, 1 is the strongest; 0 for a single row of the row detector.
    pub group: u32,
    /// Kinds of the group's findings.
    pub kinds: Kinds,
    /// Rows of the group. A row of several groups counts in each.
    pub rows: u64,
    /// Index of the strongest finding that has a row; [`u32::MAX`] for rows that belong to the group without one.
    finding: u32,
    /// The row that stands for the group: the first one of its strongest finding. Its score is the group's.
    pub lead: Ranked,
}

impl Entry {
    /// Best first; of equal scores groups before single rows, in the order of their strength.
    fn order(a: &Self, b: &Self) -> std::cmp::Ordering {
        let group = |entry: &Self| entry.group.wrapping_sub(1);
        b.lead
            .score
            .total_cmp(&a.lead.score)
            .then(group(a).cmp(&group(b)))
            .then_with(|| Ranked::order(&a.lead, &b.lead))
    }

    /// Takes in another shard's part of the same group.
    fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        let of = |entry: &Self| (entry.finding, entry.lead.segment.file, entry.lead.byte, entry.lead.row);
        if of(other) < of(self) {
            (self.finding, self.lead) = (other.finding, other.lead);
        }
    }
}

/// What a list shows of an entry before its row is read.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// As [`Entry::group`].
    pub number: u32,
    /// As [`Entry::kinds`].
    pub kinds: Kinds,
    /// As [`Entry::rows`].
    pub rows: u64,
    /// Higher is more abnormal.
    pub score: f32,
}

/// The entries, best first.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Groups(pub Vec<Entry>);

impl Groups {
    /// The `limit` best entries of a shard that reach a bin of the score histogram.
    pub fn of<'a>(
        segments: impl Iterator<Item = &'a Segment> + Clone,
        findings: &Findings,
        attached: &Attached,
        together: &Together,
        from_bin: u32,
        limit: usize,
    ) -> Self {
        let mut groups: BTreeMap<u32, Entry> = BTreeMap::new();
        for segment in segments.clone() {
            for (row, run) in together.of_segment(segment.id) {
                let found = findings.0.partition_point(|finding| finding.group < run.group);
                let score = findings.0.get(found).map_or(run.lead.score, |finding| finding.score);
                if bin_of(score) < from_bin {
                    continue;
                }
                let leads = run.own && (run.lead.segment, run.lead.row) == (segment.id, row);
                let (finding, byte) = (if leads { 0 } else { u32::MAX }, segment.place(row as usize).0);
                let lead = Ranked { score, segment: segment.id, row, byte };
                let entry = Entry { group: run.group, kinds: Kinds::ROW, rows: 1, finding, lead };
                groups.entry(run.group).and_modify(|known| known.merge(&entry)).or_insert(entry);
            }
            let mut before = (u32::MAX, Vec::new());
            for &(row, finding) in attached.get(&segment.id).into_iter().flatten() {
                let Some(found) = findings.0.get(finding as usize) else { continue };
                if bin_of(found.score) < from_bin {
                    continue;
                }
                if before.0 != row {
                    before = (row, Vec::new());
                }
                let byte = segment.place(row as usize).0;
                let lead = Ranked { score: found.score, segment: segment.id, row, byte };
                let kinds = Kinds::default();
                // A row counts once in each of its groups.
                let rows = u64::from(!before.1.contains(&found.group));
                before.1.push(found.group);
                let entry = Entry { group: found.group, kinds, rows, finding, lead };
                groups.entry(found.group).and_modify(|known| known.merge(&entry)).or_insert(entry);
            }
        }
        let alone = |segment: &Segment| {
            let attached = attached.get(&segment.id).map(Vec::as_slice).unwrap_or_default();
            let joined = together.of_segment(segment.id).map(|(row, _)| row);
            let mut rows: Vec<u32> = attached.iter().map(|&(row, _)| row).chain(joined).collect();
            rows.sort_unstable();
            rows
        };
        let rows = Ranking::without(segments, alone, from_bin, limit).0;
        let single = rows.into_iter().map(|lead| Entry { group: 0, kinds: Kinds::ROW, rows: 1, finding: 0, lead });
        let mut entries: Vec<Entry> = groups.into_values().chain(single).collect();
        // All groups stay: which of them are among the best depends on the rows that other shards have of them.
        let groups = entries.iter().filter(|entry| entry.group != 0).count();
        entries.sort_unstable_by(|a, b| (a.group == 0).cmp(&(b.group == 0)).then_with(|| Entry::order(a, b)));
        entries.truncate(groups.saturating_add(limit));
        Self(entries)
    }

    /// Joins the entries of shards.
    pub fn merge(parts: Vec<Self>, findings: &Findings, limit: usize) -> Self {
        let mut kinds: BTreeMap<u32, Kinds> = BTreeMap::new();
        for finding in &findings.0 {
            let known = kinds.entry(finding.group).or_default();
            *known = known.with(Kinds::of(finding.kind));
        }
        let mut groups: BTreeMap<u32, Entry> = BTreeMap::new();
        let mut all: Vec<Entry> = Vec::new();
        for entry in parts.into_iter().flat_map(|part| part.0) {
            if entry.group == 0 {
                all.push(entry);
            } else {
                groups.entry(entry.group).and_modify(|known| known.merge(&entry)).or_insert(entry);
            }
        }
        // What is of no group of findings is a run of the row detector's.
        let named = |entry: Entry| Entry { kinds: kinds.get(&entry.group).copied().unwrap_or(Kinds::ROW), ..entry };
        all.extend(groups.into_values().map(named));
        all.sort_unstable_by(Entry::order);
        all.truncate(limit);
        Self(all)
    }

    /// The entries without their places, which depend on how the files were cut.
    pub fn list(&self) -> Vec<Group> {
        let group = |entry: &Entry| Group {
            number: entry.group,
            kinds: entry.kinds,
            rows: entry.rows,
            score: entry.lead.score,
        };
        self.0.iter().map(group).collect()
    }
}

/// A row of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Member {
    /// The segment that holds it.
    pub segment: SegmentId,
    /// Its row there.
    pub row: u32,
}

/// The first rows of a group in the order of the files.
pub fn members(findings: &Findings, attached: &Attached, together: &Together, group: u32, most: usize) -> Vec<Member> {
    let is_of = |finding: u32| findings.0.get(finding as usize).is_some_and(|found| found.group == group);
    let rows =
        attached.iter().flat_map(|(&segment, rows)| rows.iter().map(move |&(row, finding)| (segment, row, finding)));
    let mut found: Vec<Member> = Vec::new();
    for (segment, row, _) in rows.filter(|entry| is_of(entry.2)) {
        let member = Member { segment, row };
        if found.last() != Some(&member) {
            if found.len() == most {
                break;
            }
            found.push(member);
        }
    }
    for segment in together.segments() {
        let rows = together.of_segment(segment).filter(|(_, run)| run.group == group);
        found.extend(rows.take(most).map(|(row, _)| Member { segment, row }));
    }
    found.sort_unstable();
    found.truncate(most);
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::about::{About, Beside};
    use super::super::evidence::Oddity;
    use super::super::hybrid::{Finding, Target};
    use super::*;

    fn finding(group: u32, kind: Kind, score: f32) -> Finding {
        Finding {
            kind,
            group,
            score,
            strength: f64::from(score),
            about: About::Row { template: 0, oddity: Oddity::Template },
            beside: Beside::default(),
            session: 0,
            target: Target::Row(0),
        }
    }

    fn findings() -> Findings {
        Findings(vec![
            finding(1, Kind::ErrorCascade, 0.9),
            finding(1, Kind::DurationSpike, 0.9),
            finding(2, Kind::RareTemplate, 0.8),
            finding(3, Kind::DurationSpike, 0.8),
        ])
    }

    /// Rows of one file in segments of `size` rows, with scores as the findings give them.
    fn segments(rows: &[Vec<u32>], size: usize) -> (Vec<Segment>, Attached) {
        let findings = findings();
        let (mut all, mut attached) = (Vec::new(), BTreeMap::new());
        for (part, chunk) in rows.chunks(size).enumerate() {
            let id = SegmentId { file: 0, part: part as u32 };
            let (start, end) = ((part * size) as u64 * 10, (part * size + chunk.len()) as u64 * 10);
            let mut segment = Segment {
                id,
                start,
                end,
                offsets: Vec::new(),
                columns: Vec::new(),
                issues: Vec::new(),
                scores: Vec::new(),
                predicted: Vec::new(),
                templates: Vec::new(),
                durations: Vec::new(),
                origin: crate::record::origin::Origin::default(),
            };
            let mut found = Vec::new();
            for (row, of) in chunk.iter().enumerate() {
                segment.offsets.push(row as u32 * 10);
                let own = of.iter().map(|&finding| findings.0[finding as usize].score).fold(0.0, f32::max);
                segment.scores.push(if of.is_empty() { 0.1 + (part * size + row) as f32 / 1000.0 } else { own });
                found.extend(of.iter().map(|&finding| (row as u32, finding)));
            }
            attached.insert(id, found);
            all.push(segment);
        }
        (all, attached)
    }

    fn grouped(rows: &[Vec<u32>], size: usize, shards: usize, limit: usize) -> Vec<(u32, u32, u64, u64)> {
        let (segments, attached) = segments(rows, size);
        let findings = findings();
        let mut parts = Vec::new();
        for shard in 0..shards {
            let own: Vec<&Segment> = segments.iter().skip(shard).step_by(shards).collect();
            parts.push(Groups::of(own.into_iter(), &findings, &attached, &Together::default(), 0, limit));
        }
        parts.reverse();
        let groups = Groups::merge(parts, &findings, limit);
        groups.0.iter().map(|entry| (entry.group, entry.kinds.0, entry.rows, entry.lead.byte / 10)).collect()
    }

    #[test]
    fn a_group_is_one_entry_with_all_its_rows() {
        let rows = [vec![], vec![1], vec![0, 2], vec![0], vec![3], vec![]];
        let cascade = Kinds::of(Kind::ErrorCascade).with(Kinds::of(Kind::DurationSpike)).0;
        assert_eq!(
            grouped(&rows, 10, 1, 10),
            [
                (1, cascade, 3, 2),
                (2, Kinds::of(Kind::RareTemplate).0, 1, 2),
                (3, Kinds::of(Kind::DurationSpike).0, 1, 4),
                (0, Kinds::ROW.0, 1, 5),
                (0, Kinds::ROW.0, 1, 0),
            ],
            "the lead is a row of the strongest finding; a row of two groups counts in both"
        );
        assert_eq!(grouped(&rows, 10, 1, 2).len(), 2);
        let (_, attached) = segments(&rows, 2);
        let of_group = |attached, most| members(&findings(), attached, &Together::default(), 1, most);
        let found: Vec<(u32, u32)> =
            of_group(&attached, 9).iter().map(|member| (member.segment.part, member.row)).collect();
        assert_eq!(found, [(0, 1), (1, 0), (1, 1)]);
        assert_eq!(of_group(&attached, 2).len(), 2);
    }

    #[test]
    fn every_kind_has_a_bit_of_its_own() {
        let bits: Vec<u32> = Kinds::all().map(|(_, kinds)| kinds.0).collect();
        assert_eq!(bits.iter().map(|bits| bits.count_ones()).sum::<u32>() as usize, bits.len());
        assert_eq!(bits.iter().fold(0, |all, bits| all | bits).count_ones() as usize, bits.len());
        assert_eq!(Kind::ALL.map(|kind| kind as usize), std::array::from_fn(|place| place));
    }

    proptest! {
        #[test]
        fn no_cut_and_no_number_of_shards_changes_the_entries(
            rows in prop::collection::vec(prop::collection::btree_set(0..4_u32, 0..3), 1..40),
            size in 1..10_usize,
            shards in 1..5_usize,
            limit in 1..20_usize,
        ) {
            let rows: Vec<Vec<u32>> = rows.into_iter().map(|of| of.into_iter().collect()).collect();
            prop_assert_eq!(grouped(&rows, size, shards, limit), grouped(&rows, 1000, 1, limit));
        }
    }
}
