//! What a shard knows of templates: their statistics, which of their rows are anomalous, some of their rows.

use super::message::Base;
use super::rows::{Viewer, for_each_record};
use super::shard::Shard;
use crate::baseline::table::View;
use crate::detect::sample::rank;
use crate::filter::Mask;
use crate::finding::threshold::bin_of;
use crate::ingest::{ByteSource, ReadError};
use crate::record::reader::RecordReader;
use crate::record::segment::NO_TEMPLATE;
use crate::record::{Level, Segment, SegmentId};
use crate::view::row::CELL_BYTES;
use crate::view::template::{TemplateCounts, TemplateSample, TemplateView, merge_samples};

/// Seed of the samples.
const SEED: u64 = 11;

/// All templates that have rows. Every shard gives the same.
#[inline(never)]
pub(super) fn list(shard: &Shard) -> Vec<TemplateView> {
    let (baselines, clock) = shard.hybrid.baselines();
    let templates = (0..).zip(shard.hybrid.catalog.templates()).zip(&baselines.templates);
    let seen = templates.filter(|(_, stats)| stats.rows > 0);
    seen.map(|((index, template), stats)| TemplateView::new(index, template, stats, clock)).collect()
}

/// Adds the rows of a segment that a mask shows. Those that score `bin` of the histogram or a higher one are anomalous.
pub(super) fn count(counts: &mut TemplateCounts, view: &View<'_>, segment: &Segment, mask: Option<&Mask>, bin: u32) {
    counts.all += mask.map_or(segment.rows(), Mask::count) as u64;
    for (row, &template) in segment.templates.iter().enumerate() {
        let place = template as usize;
        if mask.is_none_or(|mask| mask.get(row))
            && let Some(rows) = counts.rows.get_mut(place)
        {
            *rows += 1;
            counts.errors[place] += u64::from(view.level(row) >= Level::Error as u8);
            let anomalous = segment.scores.get(row).is_some_and(|&score| bin_of(score) >= bin);
            counts.anomalous[place] += u64::from(anomalous);
        }
    }
}

/// Places of rows that are samples, each with the number that was drawn for it.
pub(super) type Lowest = Vec<(u64, SegmentId, u32)>;

/// Keeps those of a segment's rows of a template, as a mask shows them, whose places hash lowest.
pub(super) fn draw(lowest: &mut Lowest, template: u32, segment: &Segment, mask: Option<&Mask>, most: usize) {
    let shown = |row: u32| mask.is_none_or(|mask| mask.get(row as usize));
    let rows = (0..).zip(&segment.templates).filter(|(row, of)| **of == template && shown(*row));
    lowest.extend(rows.map(|(row, _)| (rank(segment.id.file, segment.position(row as usize), SEED), segment.id, row)));
    lowest.sort_unstable();
    lowest.truncate(most);
}

/// The shard's rows of a template that were drawn.
#[inline(never)]
pub(super) fn samples(
    shard: &Shard,
    template: u32,
    bases: &[Base],
    lowest: &Lowest,
    source: &mut dyn ByteSource,
) -> Result<Vec<TemplateSample>, ReadError> {
    let mut samples = Vec::with_capacity(lowest.len());
    for base in bases {
        let Some(segment) = shard.segments.get(&base.segment) else { continue };
        let here = lowest.iter().filter(|found| found.1 == segment.id);
        let mut rows: Vec<(u32, u64)> = here.map(|&(rank, _, row)| (row, rank)).collect();
        rows.sort_unstable();
        let numbers: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let mut ranks = rows.iter().map(|row| row.1);
        let mut viewer = Viewer::new(&shard.dataset, segment, *base);
        for_each_record(shard, segment, &numbers, source, &mut |row, record| {
            let view = viewer.row(row, record, CELL_BYTES);
            let message = viewer.message(&view, record);
            let values = shard.hybrid.catalog.parameters(message.as_bytes(), template).unwrap_or_default();
            samples.push(TemplateSample {
                rank: ranks.next().unwrap_or(0),
                row: view.row,
                time: view.time,
                level: view.level,
                score: view.score,
                values: values.iter().map(|value| (value.start as u32, value.end as u32)).collect(),
                message,
            });
        })?;
    }
    Ok(merge_samples(samples, lowest.len()))
}

/// Gives rows of templates that were split by hand the templates of their values, which only their texts tell. Rows that
/// can't be read any more stay where they are.
#[inline(never)]
pub(super) fn settle(shard: &mut Shard, source: &mut dyn ByteSource) {
    let Some(message) = shard.dataset.role(crate::record::Role::Message) else { return };
    let catalog = &shard.hybrid.catalog;
    let split: Vec<bool> = (0..catalog.templates().len() as u32).map(|template| catalog.is_split(template)).collect();
    if !split.contains(&true) {
        return;
    }
    let mut settled: Vec<(SegmentId, Vec<(u32, u32)>)> = Vec::new();
    for segment in shard.segments.values() {
        let is_split = |template: u32| template != NO_TEMPLATE && split.get(template as usize) == Some(&true);
        let rows = (0..).zip(&segment.templates).filter(|(_, template)| is_split(**template));
        let rows: Vec<u32> = rows.map(|(row, _)| row).collect();
        let plan = &shard.dataset.files[segment.id.file as usize];
        let (mut reader, mut buffer) = (RecordReader::new(&shard.dataset, plan), Vec::new());
        let mut changed = Vec::new();
        // What was read before a failure counts.
        let _ = for_each_record(shard, segment, &rows, source, &mut |row, record| {
            let (bytes, cells, _) = reader.read(record);
            let text = cells.text(message, bytes, &mut buffer).unwrap_or(bytes);
            changed.push((row, catalog.settle(segment.templates[row as usize], text)));
        });
        settled.push((segment.id, changed));
    }
    for (id, changed) in settled {
        let Some(segment) = shard.segments.get_mut(&id) else { continue };
        for (row, template) in changed {
            segment.templates[row as usize] = template;
        }
    }
}
