//! Which rows of a shard belong to which finding.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Hybrid, row_at};
use crate::baseline::table::{Names, View};
use crate::finding::Target;
use crate::record::segment::place_among_all;
use crate::record::{Column, Dataset, Level, Role, Segment, SegmentId};

/// Bits of the filter per session.
const BITS: usize = 16;

/// The numbers of findings by what they are about.
#[derive(Default)]
struct Targets<'a> {
    /// Single rows, by their places, in order.
    rows: Vec<(u64, u32)>,
    sessions: Sessions<'a>,
    /// Stretches of time, by instance.
    instances: BTreeMap<u32, Vec<Stretch>>,
    /// Stretches of time, of levels.
    levels: Vec<OfLevel>,
}

/// Rows of a session that belong to a finding.
struct Wanted<'a> {
    finding: u32,
    templates: &'a [u32],
    problems: bool,
}

/// Rows of a stretch of time that belong to a finding.
#[derive(Clone, Copy)]
struct Stretch {
    finding: u32,
    from: i64,
    to: i64,
    problems: bool,
    above: f64,
}

/// Rows of a level in a stretch of time that belong to a finding.
struct OfLevel {
    finding: u32,
    level: u8,
    from: i64,
    to: i64,
}

/// Sessions by the hashes of their keys. Nearly all keys that are asked about are of none: a filter tells it of most, without
/// a look into the map.
#[derive(Default)]
struct Sessions<'a> {
    filter: Vec<u64>,
    wanted: FxHashMap<u64, Vec<Wanted<'a>>>,
}

impl<'a> Sessions<'a> {
    fn new(all: Vec<(u64, Wanted<'a>)>) -> Self {
        let mut sessions =
            Self { filter: vec![0; (all.len() * BITS / 64).next_power_of_two()], wanted: FxHashMap::default() };
        for (key, wanted) in all {
            let (word, bit) = place(&sessions.filter, key);
            sessions.filter[word] |= bit;
            sessions.wanted.entry(key).or_default().push(wanted);
        }
        sessions
    }

    fn get(&self, key: u64) -> Option<&[Wanted<'a>]> {
        let (word, bit) = place(&self.filter, key);
        (self.filter.get(word)? & bit != 0).then(|| self.wanted.get(&key))?.map(Vec::as_slice)
    }
}

/// The place of a key's bit.
fn place(filter: &[u64], key: u64) -> (usize, u64) {
    ((key >> 6) as usize & filter.len().saturating_sub(1), 1 << (key & 63))
}

impl Hybrid {
    /// Finds the rows of all findings.
    #[inline(never)]
    pub(super) fn attach(&mut self, dataset: &Dataset, segments: &BTreeMap<SegmentId, Segment>) {
        let targets = self.targets();
        let mut attached = BTreeMap::new();
        for segment in segments.values() {
            let mut found = attach_single(&targets.rows, segment);
            self.attach_many(&targets, dataset, segment, &mut found);
            // Of a row that belongs to several findings the strongest comes first.
            found.sort_unstable();
            found.dedup();
            if !found.is_empty() {
                attached.insert(segment.id, found);
            }
        }
        self.attached = attached;
    }

    fn targets(&self) -> Targets<'_> {
        let mut targets = Targets::default();
        let mut sessions = Vec::new();
        for (number, finding) in (0..).zip(&self.findings.0) {
            match finding.target {
                Target::Row(place) => targets.rows.push((place, number)),
                Target::Session { key, ref templates, problems } => {
                    sessions.push((key, Wanted { finding: number, templates, problems }));
                }
                Target::Instance { instance, from, to, problems, above } => {
                    let stretch = Stretch { finding: number, from, to, problems, above };
                    targets.instances.entry(instance).or_default().push(stretch);
                }
                Target::Level { level, from, to } => {
                    targets.levels.push(OfLevel { finding: number, level, from, to });
                }
            }
        }
        targets.rows.sort_unstable();
        Targets { sessions: Sessions::new(sessions), ..targets }
    }

    /// Adds the findings of many rows. A function of its own, as [`Hybrid::keep_of`] is.
    #[inline(never)]
    fn attach_many(&self, targets: &Targets<'_>, dataset: &Dataset, segment: &Segment, found: &mut Vec<(u32, u32)>) {
        let view = View::new(dataset, segment);
        if let Some(keys) = view.keys().filter(|_| !targets.sessions.wanted.is_empty()) {
            keys.choose(
                |key| targets.sessions.get(key),
                |row, _, wanted| {
                    let problem = view.level(row) >= Level::Warn as u8;
                    let template = view.template(row);
                    let of = |wanted: &&Wanted<'_>| {
                        wanted.problems && problem
                            || template.is_some_and(|template| wanted.templates.contains(&template))
                    };
                    found.extend(wanted.iter().filter(of).map(|wanted| (row as u32, wanted.finding)));
                },
            );
        }
        self.attach_instances(&targets.instances, dataset, segment, found);
        attach_levels(&targets.levels, dataset, segment, found);
    }

    #[inline(never)]
    fn attach_instances(
        &self,
        instances: &BTreeMap<u32, Vec<Stretch>>,
        dataset: &Dataset,
        segment: &Segment,
        found: &mut Vec<(u32, u32)>,
    ) {
        let column = dataset.role(Role::Instance).and_then(|column| segment.columns.get(column));
        let Some(Column::Category(values)) = column.filter(|_| !instances.is_empty()) else { return };
        let view = View::new(dataset, segment);
        let Some((first, last)) = view.times() else { return };
        let of_place = |place: Option<u32>| -> Vec<Stretch> {
            let stretches = place.and_then(|place| instances.get(&place)).into_iter().flatten();
            stretches.filter(|stretch| stretch.from <= last && first < stretch.to).copied().collect()
        };
        let by_code: Vec<Vec<Stretch>> =
            Names::places(&self.names.instances, column).into_iter().map(of_place).collect();
        if by_code.iter().all(Vec::is_empty) {
            return;
        }
        for (row, &code) in values.codes.iter().enumerate() {
            let Some(stretches) = by_code.get(usize::from(code)).filter(|stretches| !stretches.is_empty()) else {
                continue;
            };
            let Some(time) = view.when(row) else { continue };
            for stretch in stretches.iter().filter(|stretch| (stretch.from..stretch.to).contains(&time)) {
                let belongs = if stretch.problems {
                    view.level(row) >= Level::Warn as u8
                } else {
                    let timed = view.template(row).zip(view.duration(row));
                    let z = timed.and_then(|(template, millis)| Some(self.expected(template)?.z(millis)));
                    z.is_some_and(|z| z > stretch.above)
                };
                if belongs {
                    found.push((row as u32, stretch.finding));
                }
            }
        }
    }
}

#[inline(never)]
fn attach_levels(levels: &[OfLevel], dataset: &Dataset, segment: &Segment, found: &mut Vec<(u32, u32)>) {
    let column = dataset.role(Role::Level).and_then(|column| segment.columns.get(column));
    let Some(Column::Level(values)) = column.filter(|_| !levels.is_empty()) else { return };
    let view = View::new(dataset, segment);
    for OfLevel { finding, level, from, to } in levels {
        let rows = (0..).zip(values).filter(|(_, value)| *value == level);
        let meanwhile = |row: &u32| view.when(*row as usize).is_some_and(|time| (*from..*to).contains(&time));
        found.extend(rows.map(|(row, _)| row).filter(meanwhile).map(|row| (row, *finding)));
    }
}

/// The rows of a segment that have findings of their own. `single`: places and findings, in order.
#[inline(never)]
fn attach_single(single: &[(u64, u32)], segment: &Segment) -> Vec<(u32, u32)> {
    let from = single.partition_point(|entry| entry.0 < place_among_all(segment.id.file, segment.start));
    let to = single.partition_point(|entry| entry.0 < place_among_all(segment.id.file, segment.end));
    single[from..to].iter().filter_map(|&(place, number)| Some((row_at(segment, place)?, number))).collect()
}
