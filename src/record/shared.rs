//! Ids that several files have.
//!
//! An id that each file has once ties nothing together in any one of them, and yet a row of one file to a row of another. So
//! files are compared by samples of their ids ([`Field::ids`]): of those that two files both have, both samples hold the
//! same ones, the ones with the lowest hashes.
//!
//! [`Field::ids`]: crate::ingest::sniff::Field::ids

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::ingest::Detection;
use crate::ingest::wide::id_hashes;

/// Fewer ids that two files have are chance.
const LEAST_HITS: usize = 5;
/// Least share of a field's ids that other files have too, where that makes them a session key.
pub const LEAST_SHARED: f64 = 0.3;

/// Which file has an id; `None` where several have.
#[derive(Debug, Default)]
pub struct Holders(FxHashMap<u32, Option<u32>>);

impl Holders {
    /// Of all files' ids; nobody of none where there is but one file.
    pub fn of(detections: &[Detection]) -> Self {
        let mut holders = Self::default();
        if detections.len() < 2 {
            return holders;
        }
        for (file, detection) in (0..).zip(detections) {
            for &id in detection.fields.iter().flat_map(|field| &field.ids) {
                let holder = holders.0.entry(id).or_insert(Some(file));
                *holder = holder.filter(|holder| *holder == file);
            }
        }
        holders
    }

    /// The share (0..=1) of a file's ids, hashes in ascending order, that other files have too. Above the highest one that
    /// another is known to have, samples say nothing.
    pub fn share(&self, file: u32, ids: &[u32]) -> f64 {
        let is_elsewhere = |id: &u32| self.0.get(id).is_some_and(|holder| *holder != Some(file));
        let hits = ids.iter().filter(|id| is_elsewhere(id)).count();
        let comparable = ids.iter().rposition(is_elsewhere).map_or(0, |last| last + 1);
        if hits < LEAST_HITS { 0.0 } else { hits as f64 / comparable as f64 }
    }

    /// [`Self::share`] of ids as texts.
    pub fn share_of_texts<'a>(&self, file: u32, ids: impl Iterator<Item = &'a [u8]>) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        let mut hashes: Vec<u32> = ids.flat_map(id_hashes).collect();
        hashes.sort_unstable();
        hashes.dedup();
        self.share(file, &hashes)
    }
}

/// The detections with what share of each field's ids other files have.
pub fn mark<'a>(detections: &'a [Detection], holders: &Holders) -> Cow<'a, [Detection]> {
    if holders.0.is_empty() {
        return Cow::Borrowed(detections);
    }
    let mut marked = detections.to_vec();
    for (file, detection) in (0..).zip(&mut marked) {
        for field in &mut detection.fields {
            field.shared = holders.share(file, &field.ids);
        }
    }
    Cow::Owned(marked)
}
