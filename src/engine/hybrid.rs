//! A shard's part in what needs a look at all rows: templates, baselines, sessions, findings.
//!
//! ```text
//! step        partial, per shard                  merged by the lead        learned by every shard
//! Baselines   counts per template, level, …       sums                      what is ordinary
//!             filters of session keys             joined                    which sessions several segments may have
//! (keep)      sessions of one segment are made
//! (deal)      rows of the others go to their sessions' shards
//! Sessions    counts over courses                 sums                      which steps belong together
//! Findings    odd rows, odd sessions, instances   findings, grouped
//! Ends        rows near the ends of changes       the nearest of all        which of its rows findings concern
//! ```

mod attach;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::bytes::{decode, encode};
use super::lead::{Frozen, Preparation};
use super::message::Step;
use super::part::Part;
use super::session_list::Entry;
use crate::baseline::table::{Names, View};
use crate::baseline::{Baselines, Clock, Pulse};
use crate::context::StepRow;
use crate::finding::group::{Attached, members};
use crate::finding::hybrid::Context;
use crate::finding::rare_value::RareValues;
use crate::finding::{Ends, Evidence, Finding, Findings, Groups, Lone, Member, Search, Target, Together};
use crate::record::column::NO_TIME;
use crate::record::segment::NO_TEMPLATE;
use crate::record::{Column, Dataset, Role, Segment, SegmentId};
use crate::session::deal::{Left, owner_of, pack, unpack};
use crate::session::{DealtRow, Joined, Judge, Links, Model, Session, SessionNumbers, Spread, Store};
use crate::template::{Catalog, ShapeTable};

/// What is counted for [`Step::Baselines`]; the filters where rows have session keys.
type Counts = (Baselines, Option<Pulse>, Option<Spread>);

/// What a shard knows besides its rows.
#[derive(Debug, Default)]
pub(super) struct Hybrid {
    /// The shapes of the shard's messages, until all shards' are merged.
    pub(super) shapes: ShapeTable,
    /// Session keys that rows have in common.
    pub(super) links: Links,
    /// Which session each of these is of.
    pub(super) joined: Joined,
    /// Shapes of each segment by number, for as long as its rows have those instead of templates.
    numbers: BTreeMap<SegmentId, Vec<u64>>,
    /// The same, and the numbers, where templates are a saved model's: without it rows get others.
    before_model: BTreeMap<SegmentId, (Vec<u64>, Vec<u32>)>,
    pub(super) catalog: Catalog,
    /// Whether rows have their templates already, though nothing else is known yet.
    kept: bool,
    /// Of all shards.
    rows: u64,
    names: Names,
    clock: Option<Clock>,
    baselines: Baselines,
    pulse: Option<Pulse>,
    /// What a saved model says is ordinary.
    frozen: Option<Frozen>,
    search: Option<Search>,
    /// Values of fields that few rows have.
    values: RareValues,
    /// Which sessions may have rows in several segments.
    spread: Spread,
    /// The rows of the sessions that have.
    left: BTreeMap<SegmentId, Left>,
    /// Rows of this shard that stay in it.
    own: Vec<DealtRow>,
    pub(super) store: Store,
    pub(super) judge: Option<Judge>,
    /// What the judge goes by.
    sessions: Option<Model>,
    /// The numbers of all sessions, once they are known.
    pub(super) numbers_of_sessions: Option<SessionNumbers>,
    pub(super) findings: Findings,
    attached: Attached,
    /// Rows of the row detector that are one finding, or belong to another.
    pub(super) together: Together,
}

impl Hybrid {
    /// A segment counts, with the shapes of its messages.
    #[inline(never)]
    pub(super) fn commit(&mut self, id: SegmentId, shapes: &ShapeTable, links: &Links) {
        self.shapes.merge(shapes);
        self.links.merge(links);
        self.numbers.insert(id, shapes.hashes());
    }

    /// What is left when columns change: rows keep their templates, and with keys of several sources what these have in
    /// common. Those of a saved model go with it: rows have shapes again.
    pub(super) fn on_other_columns(self, keys: bool, segments: &mut BTreeMap<SegmentId, Segment>) -> Self {
        let links = if keys { self.links } else { Links::default() };
        if self.frozen.is_none() {
            return Self { catalog: self.catalog, kept: true, links, ..Self::default() };
        }
        let mut left = Self { shapes: self.shapes, links, ..Self::default() };
        for (id, (hashes, numbers)) in self.before_model {
            if let Some(segment) = segments.get_mut(&id) {
                segment.templates = numbers;
                left.numbers.insert(id, hashes);
            }
        }
        left
    }

    /// The templates, if rows have theirs already.
    pub(super) fn kept_templates(&self) -> Option<&Catalog> {
        self.kept.then_some(&self.catalog)
    }

    /// Takes the templates of all messages: from now on rows have these.
    #[inline(never)]
    pub(super) fn prepare(
        &mut self,
        made: &Preparation,
        dataset: &Dataset,
        segments: &mut BTreeMap<SegmentId, Segment>,
    ) {
        if made.frozen.is_none() {
            self.shapes = ShapeTable::default();
        }
        self.joined = made.joined.clone();
        if let Some(column) = dataset.role(Role::Correlation).filter(|_| !self.joined.is_empty()) {
            let keys = segments.values_mut().filter_map(|segment| segment.columns.get_mut(column));
            self.joined.apply(keys.filter_map(|keys| if let Column::Id(keys) = keys { Some(keys) } else { None }));
        }
        self.catalog = made.catalog.clone();
        self.rows = made.rows;
        self.names = made.names.clone();
        self.clock = made.clock;
        self.frozen.clone_from(&made.frozen);
        self.values =
            RareValues::new(dataset, &made.survey, made.frozen.as_ref().map(|frozen| frozen.unseen.as_slice()));
        for (id, hashes) in std::mem::take(&mut self.numbers) {
            let Some(segment) = segments.get_mut(&id) else { continue };
            let templates: Vec<u32> =
                hashes.iter().map(|&hash| self.catalog.template_of(hash).unwrap_or(NO_TEMPLATE)).collect();
            if made.frozen.is_some() && !hashes.is_empty() {
                self.before_model.insert(id, (hashes, segment.templates.clone()));
            }
            renumber(&mut segment.templates, &templates);
        }
    }

    /// The baselines that say what is ordinary.
    pub(super) fn ordinary(&self) -> &Baselines {
        self.frozen.as_ref().map_or(&self.baselines, |frozen| &frozen.baselines)
    }

    /// What a saved model keeps of this: templates, baselines, sessions.
    pub(super) fn learned(&self) -> (Catalog, Baselines, Option<Model>) {
        let mut baselines = self.baselines.clone();
        // Without messages nothing was counted by template.
        baselines.templates.resize_with(self.templates(), Default::default);
        (self.catalog.clone(), baselines, self.sessions.clone())
    }

    fn templates(&self) -> usize {
        self.catalog.templates().len()
    }

    /// This shard's part of a step.
    #[inline(never)]
    pub(super) fn partial(
        &mut self,
        step: Step,
        dataset: &Dataset,
        segments: &BTreeMap<SegmentId, Segment>,
    ) -> Vec<u8> {
        match step {
            Step::Baselines => {
                let all = || segments.values();
                let baselines = Baselines::of(dataset, all(), self.templates(), &self.names, self.clock);
                let pulse = Pulse::of(dataset, all(), &self.names, self.clock);
                let spread = dataset.role(Role::Correlation).map(|_| {
                    let mut spread = Spread::new(self.rows);
                    let keys = all().filter_map(|segment| View::new(dataset, segment).keys());
                    keys.for_each(|keys| spread.add(keys.different().iter().copied()));
                    spread
                });
                encode(&(baselines, pulse, spread))
            }
            Step::Sessions => {
                self.store.finish();
                self.spread = Spread::default();
                encode(&Model::of(&self.store, self.templates()))
            }
            Step::SessionNumbers => encode(&SessionNumbers::of(&self.store)),
            Step::Findings => {
                let Some(search) = &self.search else { return encode(&Evidence::default()) };
                let rows = segments.values();
                let evidence = Evidence::of_rows(dataset, rows, &self.names, self.clock, self.ordinary(), search);
                let evidence = match &self.judge {
                    Some(judge) => evidence.with_sessions(&self.store, judge),
                    None => evidence,
                };
                encode(&evidence)
            }
            Step::Ends => encode(&Ends::of(&self.findings, self.clock, dataset, segments.values(), &self.names)),
            // That takes scores, which the shard has.
            Step::Together => encode(&(0_usize, Vec::<Lone>::new())),
        }
    }

    /// The lead's part of a step.
    #[inline(never)]
    pub(super) fn merge(&self, step: Step, parts: &[Part], seed: u64) -> Vec<u8> {
        match step {
            Step::Baselines => {
                let mut whole = Baselines::new(self.templates(), &self.names);
                let mut pulses = Vec::new();
                let mut spread: Option<Spread> = None;
                for (part, pulse, filters) in parts.iter().filter_map(|part| decode::<Counts>(part)) {
                    whole.merge(&part);
                    pulses.extend(pulse);
                    match (&mut spread, filters) {
                        (Some(spread), Some(filters)) => spread.merge(&filters),
                        (None, filters) => spread = filters,
                        (Some(_), None) => {}
                    }
                }
                encode::<Counts>(&(whole, Pulse::joined(pulses.into_iter()), spread.map(Spread::finish)))
            }
            Step::Sessions => {
                let mut whole = Model::default();
                parts.iter().filter_map(|part| decode(part)).for_each(|part| whole.merge(&part));
                match self.frozen.as_ref().and_then(|frozen| frozen.sessions.as_ref()) {
                    // Where sessions are cut off is a matter of these files.
                    Some(frozen) => encode(&Model { range: whole.range, ..frozen.clone() }),
                    None => encode(&whole),
                }
            }
            Step::SessionNumbers => encode(&SessionNumbers::join(parts.iter().filter_map(|part| decode(part)))),
            Step::Findings => {
                let mut whole = Evidence::default();
                parts.iter().filter_map(|part| decode(part)).for_each(|part| whole.merge(part));
                let sessions = self.judge.as_ref().map_or(0, Judge::sessions);
                encode(&Findings::new(whole, &self.context(), sessions, seed))
            }
            Step::Ends => {
                let mut whole = Ends::default();
                parts.iter().filter_map(|part| decode(part)).for_each(|part| whole.merge(&part));
                encode(&whole)
            }
            Step::Together => {
                let (mut most, mut all) = (0, Vec::new());
                for (longest, lone) in parts.iter().filter_map(|part| decode::<(usize, Vec<Lone>)>(part)) {
                    most = most.max(longest);
                    all.extend(lone);
                }
                encode(&Together::new(all, most, &self.findings, self.clock))
            }
        }
    }

    /// What findings are made with, and told.
    pub(super) fn context(&self) -> Context<'_> {
        Context {
            catalog: &self.catalog,
            baselines: &self.baselines,
            model: self.frozen.as_ref().map(|frozen| &frozen.baselines),
            sessions_of_model: self.frozen.as_ref().is_some_and(|frozen| frozen.sessions.is_some()),
            pulse: self.pulse.as_ref(),
            names: &self.names,
            clock: self.clock,
            values: &self.values,
        }
    }

    /// Takes what a step came to.
    #[inline(never)]
    pub(super) fn learn(
        &mut self,
        step: Step,
        whole: &[u8],
        dataset: &Dataset,
        segments: &BTreeMap<SegmentId, Segment>,
    ) {
        match step {
            Step::Baselines => {
                let (baselines, pulse, spread) = decode::<Counts>(whole).unwrap_or_default();
                (self.baselines, self.pulse, self.spread) = (baselines, pulse, spread.unwrap_or_default());
                let search = match &self.frozen {
                    Some(frozen) => Search::frozen(&frozen.baselines),
                    None => Search::new(&self.baselines),
                };
                self.search = Some(search.with_values(self.values.clone()));
            }
            Step::Sessions => {
                self.sessions = decode(whole);
                self.judge = self.sessions.as_ref().map(|model| Judge::new(model, self.templates()));
            }
            Step::SessionNumbers => self.numbers_of_sessions = decode(whole),
            Step::Findings => self.findings = decode(whole).unwrap_or_default(),
            Step::Ends => {
                decode::<Ends>(whole).unwrap_or_default().apply(&mut self.findings, self.clock);
                self.attach(dataset, segments);
            }
            Step::Together => {
                let whole: Together = decode(whole).unwrap_or_default();
                self.together = whole.within(|id| segments.contains_key(&id));
            }
        }
    }

    /// Makes the sessions that have all their rows in one segment. Gives the number of rows of the others.
    #[inline(never)]
    pub(super) fn keep(&mut self, dataset: &Dataset, segments: &BTreeMap<SegmentId, Segment>) -> u64 {
        self.left.clear();
        segments.values().map(|segment| self.keep_of(&View::new(dataset, segment), segment)).sum()
    }

    /// The same of one segment. A function of its own: a browser goes on with the slow form of a function that it has begun
    /// until it returns.
    #[inline(never)]
    fn keep_of(&mut self, view: &View<'_>, segment: &Segment) -> u64 {
        let Some(keys) = view.keys() else { return 0 };
        let spread = &self.spread;
        let whole = keys.grouped(|key| key != 0 && !spread.may_be(key)).into_iter();
        let mut rows: Vec<DealtRow> =
            whole.filter_map(|row| dealt_row(view, segment, row as usize, view.key(row as usize))).collect();
        for session in rows.chunk_by_mut(|a, b| a.key == b.key).filter(|session| !session.is_sorted()) {
            session.sort_unstable();
        }
        self.store.take_whole(rows.chunk_by(|a, b| a.key == b.key));
        let mut left: Vec<u32> = Vec::new();
        keys.choose(|key| (key != 0 && spread.may_be(key)).then_some(()), |row, _, ()| left.push(row as u32));
        let count = left.len() as u64;
        if count > 0 {
            self.left.insert(segment.id, Left::new(left));
        }
        count
    }

    /// The rows of one round, by the shard that has their session. This shard's own stay here.
    #[inline(never)]
    pub(super) fn deal(
        &mut self,
        dataset: &Dataset,
        segments: &BTreeMap<SegmentId, Segment>,
        (round, rounds): (u32, u32),
        (shard, shards): (u32, u32),
    ) -> Vec<Part> {
        let mut parts: Vec<Vec<DealtRow>> = vec![Vec::new(); shards as usize];
        for (id, left) in &mut self.left {
            let Some(segment) = segments.get(id) else { continue };
            let view = View::new(dataset, segment);
            if round == 0 {
                left.by_rounds(rounds, |row| view.key(row as usize));
            }
            deal_rows(&view, segment, left.of(round), &mut parts);
        }
        if round + 1 == rounds {
            self.left.clear();
        }
        if let Some(own) = parts.get_mut(shard as usize) {
            self.own = std::mem::take(own);
        }
        parts.iter().map(|part| pack(part).into()).collect()
    }

    /// Takes the other shards' rows of a round.
    #[inline(never)]
    pub(super) fn take(&mut self, parts: &[Part]) {
        let mut rows = std::mem::take(&mut self.own);
        for part in parts.iter().filter(|part| !part.is_empty()) {
            rows.extend(unpack(part));
        }
        self.store.take(rows);
    }

    /// The findings that a row belongs to, the strongest first.
    pub(super) fn findings_of(&self, id: SegmentId, row: u32) -> impl Iterator<Item = &Finding> {
        let attached = self.attached.get(&id).map(Vec::as_slice).unwrap_or_default();
        let from = attached.partition_point(|entry| entry.0 < row);
        let own = attached[from..].iter().take_while(move |entry| entry.0 == row);
        own.filter_map(|&(_, finding)| self.findings.0.get(finding as usize))
    }

    /// The rows of a segment that belong to findings, with each of these.
    pub(super) fn found_in(&self, id: SegmentId) -> impl Iterator<Item = (u32, &Finding)> {
        let attached = self.attached.get(&id).map(Vec::as_slice).unwrap_or_default();
        attached.iter().filter_map(|&(row, finding)| Some((row, self.findings.0.get(finding as usize)?)))
    }

    /// The strongest finding of a group that a row belongs to; of any group where it belongs to none of that one. That
    /// there are many rows of its level says less of a row than anything else.
    pub(super) fn finding(&self, id: SegmentId, row: u32, group: u32) -> Option<&Finding> {
        let found = || self.findings_of(id, row);
        let own = |finding: &&Finding| !matches!(finding.target, Target::Level { .. });
        found().find(|finding| finding.group == group).or_else(|| found().find(own)).or_else(|| found().next())
    }

    /// All findings.
    pub(super) fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The shard's entries of the list of findings.
    #[inline(never)]
    pub(super) fn groups<'a>(
        &self,
        segments: impl Iterator<Item = &'a Segment> + Clone,
        from_bin: u32,
        limit: usize,
    ) -> Groups {
        Groups::of(segments, &self.findings, &self.attached, &self.together, from_bin, limit)
    }

    /// The shard's first rows of a group of findings.
    pub(super) fn members(&self, group: u32, most: u32) -> Vec<Member> {
        members(&self.findings, &self.attached, &self.together, group, most as usize)
    }

    /// Rows of a segment that belong to a finding, with the score of the strongest.
    pub(super) fn scores(&self, id: SegmentId) -> impl Iterator<Item = (u32, f32)> {
        let attached = self.attached.get(&id).map(Vec::as_slice).unwrap_or_default();
        let strongest = attached.chunk_by(|a, b| a.0 == b.0).filter_map(<[_]>::first);
        strongest.filter_map(|&(row, finding)| Some((row, self.findings.0.get(finding as usize)?.score)))
    }

    /// The sessions that have findings.
    pub(super) fn odd_sessions(&self) -> FxHashSet<u64> {
        self.findings.0.iter().map(|finding| finding.session).filter(|&session| session != 0).collect()
    }

    /// What is ordinary for the durations of a template.
    pub(super) fn expected(&self, template: u32) -> Option<crate::baseline::Expected> {
        self.search.as_ref()?.expected(template)
    }

    /// The names of services and instances, the same for all shards.
    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    /// What is ordinary, and the bins of time that it is counted in.
    pub(super) fn baselines(&self) -> (&Baselines, Option<Clock>) {
        (&self.baselines, self.clock)
    }

    /// Whether scores are those of findings where rows belong to one.
    pub(super) fn is_active(&self) -> bool {
        self.search.is_some()
    }
}

/// What a session needs of a row; nothing of one without a template.
fn dealt_row(view: &View<'_>, segment: &Segment, row: usize, key: u64) -> Option<DealtRow> {
    Some(DealtRow {
        key,
        time: view.when(row).unwrap_or(NO_TIME),
        place: segment.place_among_all(row),
        template: view.template(row)?,
        level: view.level(row),
    })
}

/// Gives rows of a segment to the shards that are to have their sessions.
#[inline(never)]
fn deal_rows(view: &View<'_>, segment: &Segment, rows: &[u32], parts: &mut [Vec<DealtRow>]) {
    let shards = parts.len() as u32;
    for &row in rows {
        let key = view.key(row as usize);
        parts[owner_of(key, shards) as usize].extend(dealt_row(view, segment, row as usize, key));
    }
}

/// Gives rows the templates of their shapes. A function of its own, as [`Hybrid::keep_of`] is.
#[inline(never)]
fn renumber(rows: &mut [u32], templates: &[u32]) {
    for template in rows {
        *template = templates.get(*template as usize).copied().unwrap_or(NO_TEMPLATE);
    }
}

/// The sessions that a shard has.
#[inline(never)]
pub(super) fn entries(hybrid: &Hybrid) -> Vec<Entry> {
    let Some(judge) = &hybrid.judge else { return Vec::new() };
    let mut findings: FxHashMap<u64, u32> = FxHashMap::default();
    for (number, finding) in (0..).zip(&hybrid.findings.0).filter(|(_, finding)| finding.session != 0) {
        // The strongest comes first.
        findings.entry(finding.session).or_insert(number);
    }
    let entry = |session: &Session| {
        let course = &hybrid.store.courses[session.course as usize].0;
        let number = findings.get(&session.key).copied();
        let found = number.and_then(|number| hybrid.findings.0.get(number as usize));
        Entry {
            key: session.key,
            first: session.first,
            range: session.timed.then_some((session.start, session.end)),
            rows: course.rows(),
            errors: course.errors,
            templates: course.steps.len() as u32,
            score: found.map_or_else(|| judge.score(course), |found| found.score),
            finding: number,
        }
    };
    hybrid.store.sessions().map(entry).collect()
}

/// The shard's rows of one session.
#[inline(never)]
pub(super) fn session_rows(dataset: &Dataset, segments: &BTreeMap<SegmentId, Segment>, key: u64) -> Vec<StepRow> {
    let mut found = Vec::new();
    for segment in segments.values() {
        let view = View::new(dataset, segment);
        let Some(keys) = view.keys() else { continue };
        keys.choose(
            |other| (key != 0 && other == key).then_some(()),
            |row, _, ()| {
                found.extend(view.template(row).map(|template| StepRow {
                    time: view.when(row),
                    place: segment.place_among_all(row),
                    segment: segment.id,
                    row: row as u32,
                    template,
                    level: view.level(row),
                    millis: view.duration(row),
                }));
            },
        );
    }
    found
}

/// The row of a segment at a place.
pub(super) fn row_at(segment: &Segment, place: u64) -> Option<u32> {
    let position = place & ((1 << 48) - 1);
    let offset = u32::try_from(position.checked_sub(segment.start)?).ok()?;
    let end = segment.offsets.partition_point(|&other| other <= offset);
    // Rows of one record have places one after the other.
    let first =
        segment.offsets.partition_point(|&other| other < *segment.offsets.get(end.wrapping_sub(1)).unwrap_or(&0));
    (first..end).find(|&row| segment.place_among_all(row) == place).map(|row| row as u32)
}
