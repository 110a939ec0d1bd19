//! What a person says of the fields, applied to rows that were read already ([`crate::record::recast`]).
//!
//! ```text
//! page      Query::Recast to every shard: can it be done?       all can → Conductor::recast, else the files are read again
//! shards    Request::Recast: columns change in place            the edges of their times; then all is surveyed anew
//! ```
//!
//! A saved model is left the same way: `Conductor::leave_model` in the place of `recast`.

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::bytes::{decode, encode};
use super::lead::decoded;
use super::merged::Edges;
use super::part::Part;
use super::shard::Shard;
use crate::record::mapping::Mapping;
use crate::record::recast::Recast;
use crate::record::{ColumnSpec, Dataset, Role, SegmentId};

/// Columns that those at hand can become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recasting {
    /// The dataset, for every shard.
    pub dataset: Part,
    /// Its columns.
    pub columns: Vec<ColumnSpec>,
}

/// What a shard's segments are like with other columns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Recasted {
    /// The times at their edges.
    pub(super) edges: Vec<(SegmentId, Edges)>,
    /// Bytes that they take.
    pub(super) memory: u64,
}

/// The columns under another mapping; `None` where some row of the shard would have to be read again.
#[inline(never)]
pub(super) fn plan(shard: &Shard, detections: &[(ByteBuf, Option<i64>)], mapping: &Mapping) -> Option<Recasting> {
    let dataset = Dataset::plan(&decoded(detections), mapping);
    let recast = Recast::new(&shard.dataset, &dataset)?;
    let fits = shard.segments.values().all(|segment| recast.fits(segment));
    fits.then(|| Recasting { dataset: encode(&dataset).into(), columns: dataset.columns })
}

/// Gives all rows other columns. The shard is then as it was once all rows were read, but that they have their templates,
/// unless those were a saved model's.
#[inline(never)]
pub(super) fn apply(shard: &mut Shard, dataset: &[u8]) -> Recasted {
    let dataset: Dataset = decode(dataset).unwrap_or_default();
    let Some(recast) = Recast::new(&shard.dataset, &dataset) else { return Recasted::default() };
    let mut segments = std::mem::take(&mut shard.segments);
    let keys = dataset.files.iter().any(|file| !file.keys.is_empty());
    let hybrid = std::mem::take(&mut shard.hybrid).on_other_columns(keys, &mut segments);
    for segment in segments.values_mut() {
        recast.apply(segment);
        segment.scores = Vec::new();
        segment.predicted = Vec::new();
    }
    let time = dataset.role(Role::Time);
    let recasted = Recasted {
        edges: segments.values().map(|segment| (segment.id, Edges::of(segment, time))).collect(),
        memory: segments.values().map(crate::record::Segment::bytes).sum(),
    };
    *shard = Shard::default();
    (shard.dataset, shard.segments, shard.hybrid) = (dataset, segments, hybrid);
    recasted
}
