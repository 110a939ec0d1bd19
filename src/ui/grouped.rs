//! The list of findings: which of them are shown, and which groups are open.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::live::watch;
use super::session::Session;
use crate::finding::threshold::bin_of;
use crate::finding::{Group, Kinds};
use crate::geometry::outline::{Outline, Spot};
use crate::platform::client::MOST_MEMBERS;
use crate::view::FindingView;

/// Height of an entry in units; a row below it has one.
pub(super) const HEAD: u64 = 4;

/// The rows of groups that were opened.
type Members = BTreeMap<u32, Rc<Vec<FindingView>>>;

/// Store of the list of findings.
#[derive(Clone, Copy)]
pub(super) struct Grouped {
    session: Session,
    /// The kinds that are shown; all where none is chosen.
    pub(super) kinds: RwSignal<Kinds>,
    /// Groups that are open.
    open: RwSignal<BTreeSet<u32>>,
    members: RwSignal<Members, LocalStorage>,
    /// All entries that are past the threshold: a prefix of all.
    pub(super) past: Memo<usize>,
    /// The entries that are listed, by their number.
    pub(super) shown: Memo<Arc<Vec<u32>>>,
    /// Where they and the rows of open ones stand.
    pub(super) outline: Memo<Outline>,
}

impl Grouped {
    pub(super) fn new(session: Session) -> Self {
        let kinds = RwSignal::new(Kinds::default());
        let open = RwSignal::new(BTreeSet::new());
        let members = RwSignal::new_local(Members::new());
        let past = Memo::new(move |_| {
            let bin = session.threshold.with(|cut| cut.as_ref().map(|cut| cut.bin));
            let reaches = |group: &Group| bin.is_some_and(|bin| bin_of(group.score) >= bin);
            session.groups.with(|groups| groups.partition_point(reaches))
        });
        let shown = Memo::new(move |_| {
            let wanted = kinds.get();
            session.groups.with(|groups| {
                let past = (0_u32..).zip(groups.iter().take(past.get()));
                let all = wanted == Kinds::default();
                Arc::new(past.filter(|(_, group)| all || group.kinds.meets(wanted)).map(|(at, _)| at).collect())
            })
        });
        let outline = Memo::new(move |_| {
            session.groups.with(|groups| {
                shown.with(|shown: &Arc<Vec<u32>>| {
                    open.with(|open| {
                        let of = |number: &u32| groups.get(*number as usize);
                        let unfolded = (0..).zip(shown.iter()).filter_map(|(entry, number)| {
                            let group = of(number).filter(|group| open.contains(&group.number))?;
                            Some((entry, lines(group)))
                        });
                        Outline::new(shown.len() as u64, HEAD, &unfolded.collect())
                    })
                })
            })
        });
        watch(move || {
            session.run.track();
            kinds.set(Kinds::default());
        });
        watch(move || {
            session.run.track();
            // Rows that are scored anew are grouped anew, under the same numbers.
            session.scores.track();
            open.set(BTreeSet::new());
            members.set(Members::new());
        });
        Self { session, kinds, open, members, past, shown, outline }
    }

    /// The group at a position of the list.
    pub(super) fn group(&self, entry: u64) -> Option<Group> {
        let number = self.shown.with(|shown| shown.get(usize::try_from(entry).ok()?).copied())?;
        self.session.groups.with(|groups| groups.get(number as usize).copied())
    }

    /// Whether a group is open.
    pub(super) fn is_open(&self, group: u32) -> bool {
        self.open.with(|open| open.contains(&group))
    }

    /// Opens or closes an entry that has several rows; tells whether there was something to do.
    pub(super) fn unfold(&self, entry: u64, unfold: bool) -> bool {
        let Some(group) = untrack(|| self.group(entry)).filter(|group| group.rows > 1) else { return false };
        let changes = untrack(|| self.is_open(group.number)) != unfold;
        if changes {
            self.open.update(|open| {
                if unfold {
                    open.insert(group.number);
                } else {
                    open.remove(&group.number);
                }
            });
            self.load(group.number);
        }
        changes
    }

    /// Asks for the rows of a group, once.
    pub(super) fn load(&self, group: u32) {
        let this = *self;
        let Some(client) = this.session.client() else { return };
        if group == 0 || this.members.with_untracked(|members| members.contains_key(&group)) {
            return;
        }
        let run = this.session.run.get_untracked();
        spawn_local(async move {
            let rows = Rc::new(client.members(group).await);
            if this.session.is_current(run) {
                this.members.update(|members| {
                    members.insert(group, rows);
                });
            }
        });
    }

    /// The rows of a group, once they are here.
    pub(super) fn rows_of(&self, group: u32) -> Option<Rc<Vec<FindingView>>> {
        self.members.with(|members| members.get(&group).cloned())
    }

    /// Position in the list of an entry, by its number among all.
    pub(super) fn position(&self, number: usize) -> Option<Spot> {
        let place = self.shown.with_untracked(|shown| shown.binary_search(&(number as u32)));
        place.ok().map(|place| Spot::entry(place as u64))
    }
}

/// Lines below an open group: its rows, and one more where some are left out.
fn lines(group: &Group) -> u64 {
    let most = u64::from(MOST_MEMBERS);
    if group.rows > most { most + 1 } else { group.rows }
}
