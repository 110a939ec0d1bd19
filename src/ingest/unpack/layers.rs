//! The layers of packed content: a real file, a slice of it, what that unpacks to, a slice of that, and so on.
//!
//! Members of one container share its layers, and so its decoders. On the way through a stream, checkpoints are left every
//! [`SPACING`] bytes of content; when all streams together have more than [`MAX_CHECKPOINTS`], the spacing is doubled and
//! those in between go. A checkpoint of deflate is some 44 kB: the state of the decoder and the 32 KiB before it. Beside
//! them, a few decoders wait where they were last, with the last megabyte or two of what they gave.

use std::collections::BTreeMap;

use super::decoder::{Checkpoint, Decoder, Flow};
use super::{ByteSource, ReadError, Step};

/// Content between checkpoints, in bytes, as long as there are few.
const SPACING: u64 = 1 << 20;
/// Most checkpoints of all streams.
const MAX_CHECKPOINTS: usize = 384;
/// Most decoders that wait, in all and of zstd, whose windows may be large.
const MAX_WAITING: usize = 8;
const MAX_WAITING_ZSTD: usize = 3;
/// What making a decoder costs, as bytes of content that could be unpacked in the time.
const RESUME_COST: u64 = 128 << 10;
/// Room that is made beforehand for what is read, in bytes: a caller may wish for more than there is.
const MAX_RESERVE: u64 = 32 << 20;

/// Bytes of a real file that are read at once where few are asked for.
const AHEAD: usize = 128 << 10;

/// Told where a limit ends a stream.
pub(super) const TOO_MUCH: &str = "There is too much in it to look through; not all of it is read.";

/// A layer, by its place in [`Layers`].
pub(super) type Layer = usize;

/// The layers of any number of containers.
#[derive(Debug, Default)]
pub(super) struct Layers {
    nodes: Vec<Node>,
    reals: BTreeMap<u32, Layer>,
    overs: BTreeMap<(Layer, Step), Layer>,
    ahead: Ahead,
    waiting: Vec<Waiting>,
    /// Counts reads: which decoder was used last.
    clock: u64,
    checkpoints: usize,
    /// How often the spacing was doubled.
    doublings: u32,
    /// Bytes of content that all streams gave, read or not.
    unpacked: u64,
    /// Bytes of content after which streams end.
    limit: Option<u64>,
}

#[derive(Debug)]
enum Node {
    Real(u32),
    Slice { of: Layer, offset: u64, length: u64, furthest: u64 },
    Stream { of: Layer, step: Step, stream: Box<Stream> },
}

#[derive(Debug, Default)]
struct Stream {
    checkpoints: Vec<Checkpoint>,
    end: Option<End>,
    furthest: u64,
    furthest_packed: u64,
}

/// Where a stream's content ends.
#[derive(Clone, Debug)]
struct End {
    position: u64,
    packed: u64,
    /// A sentence, and where the content that it concerns begins.
    trouble: Option<(String, u64)>,
}

#[derive(Debug)]
struct Waiting {
    layer: Layer,
    decoder: Decoder,
    used: u64,
}

impl Layers {
    /// Layers whose streams end when, together, they gave so many bytes.
    pub(super) fn limited(bytes: u64) -> Self {
        Self { limit: Some(bytes), ..Self::default() }
    }

    /// The layer of a real file.
    pub(super) fn real(&mut self, file: u32) -> Layer {
        *self.reals.entry(file).or_insert_with(|| {
            self.nodes.push(Node::Real(file));
            self.nodes.len() - 1
        })
    }

    /// The layer that a step from another leads to.
    pub(super) fn over(&mut self, of: Layer, step: &Step) -> Layer {
        *self.overs.entry((of, step.clone())).or_insert_with(|| {
            self.nodes.push(match *step {
                Step::Slice { offset, length } => Node::Slice { of, offset, length, furthest: 0 },
                _ => Node::Stream { of, step: step.clone(), stream: Box::default() },
            });
            self.nodes.len() - 1
        })
    }

    /// The layer that steps from another lead to.
    pub(super) fn open(&mut self, of: Layer, steps: &[Step]) -> Layer {
        steps.iter().fold(of, |layer, step| self.over(layer, step))
    }

    /// Size of a layer's content in bytes, where it is known without unpacking.
    pub(super) fn size(&self, source: &dyn ByteSource, layer: Layer) -> Option<u64> {
        match &self.nodes[layer] {
            Node::Real(file) => source.size(*file),
            Node::Slice { length, .. } => Some(*length),
            Node::Stream { step, .. } => step.size(),
        }
    }

    /// Whether any place of a layer can be read without unpacking what is before it.
    pub(super) fn in_place(&self, layer: Layer) -> bool {
        match &self.nodes[layer] {
            Node::Real(_) => true,
            Node::Slice { of, .. } => self.in_place(*of),
            Node::Stream { .. } => false,
        }
    }

    /// Where the content of a stream ends, in content and in packed bytes; `None` before it was read to there.
    pub(super) fn end(&self, layer: Layer) -> Option<(u64, u64)> {
        match &self.nodes[layer] {
            Node::Stream { stream, .. } => stream.end.as_ref().map(|end| (end.position, end.packed)),
            _ => None,
        }
    }

    /// Bytes of content that all streams gave so far, read or not.
    pub(super) fn unpacked(&self) -> u64 {
        self.unpacked
    }

    /// Length of a layer's content; a stream whose size is not known is unpacked to its end.
    pub(super) fn length(&mut self, source: &mut dyn ByteSource, layer: Layer) -> Result<u64, ReadError> {
        if let Some(size) = self.size(source, layer) {
            return Ok(size);
        }
        self.read(source, layer, u64::MAX - 1, 1, &mut Vec::new())?;
        Ok(self.end(layer).map_or(0, |(position, _)| position))
    }

    /// How far reading has come, and of how much, in bytes of the content if its size is known, and of what it is packed in
    /// if not.
    pub(super) fn progress(&self, source: &dyn ByteSource, layer: Layer) -> (u64, u64) {
        match &self.nodes[layer] {
            Node::Real(file) => (0, source.size(*file).unwrap_or(0)),
            Node::Slice { length, furthest, .. } => (*furthest, *length),
            Node::Stream { of, step, stream } => match (&stream.end, step.size(), self.size(source, *of)) {
                (None, Some(size), _) => (stream.furthest.min(size), size),
                (None, None, Some(size)) => (stream.furthest_packed.min(size), size),
                (None, None, None) => self.progress(source, *of),
                (Some(_), size, packed) => {
                    let all = size.or(packed).unwrap_or_else(|| self.progress(source, *of).1);
                    (all, all)
                }
            },
        }
    }

    /// What is wrong with a layer's content, as far as it was read.
    pub(super) fn trouble(&self, layer: Layer) -> Option<String> {
        let (mut at, mut to) = (layer, u64::MAX);
        loop {
            match &self.nodes[at] {
                Node::Real(_) => return None,
                Node::Slice { of, offset, length, .. } => {
                    to = offset.saturating_add(to.min(*length));
                    at = *of;
                }
                Node::Stream { of, stream, .. } => {
                    if let Some(End { trouble: Some((sentence, begin)), .. }) = &stream.end
                        && to > *begin
                    {
                        return Some(sentence.clone());
                    }
                    // Which bytes of what is below made these is not known: any of them.
                    (at, to) = (*of, u64::MAX);
                }
            }
        }
    }

    /// Appends content of a layer; fewer than `length` bytes only where it ends.
    pub(super) fn read(
        &mut self,
        source: &mut dyn ByteSource,
        layer: Layer,
        offset: u64,
        length: usize,
        into: &mut Vec<u8>,
    ) -> Result<(), ReadError> {
        match &mut self.nodes[layer] {
            Node::Real(file) => self.ahead.read(source, *file, offset, length, into),
            Node::Slice { of, offset: begin, length: all, furthest } => {
                let length = (*all).saturating_sub(offset).min(length as u64);
                *furthest = (*furthest).max(offset.saturating_add(length)).min(*all);
                let (of, from) = (*of, begin.saturating_add(offset));
                if length == 0 { Ok(()) } else { self.read(source, of, from, length as usize, into) }
            }
            Node::Stream { of, stream, .. } => {
                let to = offset.saturating_add(length as u64);
                let to = stream.end.as_ref().map_or(to, |end| to.min(end.position));
                let of = *of;
                if offset >= to {
                    return Ok(());
                }
                let mut decoder = self.decoder(layer, offset);
                // A decoder that could not read on is dropped: it may be at half of something.
                self.unpack(source, (layer, of), &mut decoder, offset..to, into)?;
                self.clock += 1;
                self.waiting.push(Waiting { layer, decoder, used: self.clock });
                Ok(())
            }
        }
    }

    fn unpack(
        &mut self,
        source: &mut dyn ByteSource,
        (layer, of): (Layer, Layer),
        decoder: &mut Decoder,
        wanted: std::ops::Range<u64>,
        into: &mut Vec<u8>,
    ) -> Result<(), ReadError> {
        let mut from = wanted.start;
        into.reserve((wanted.end - from).min(MAX_RESERVE) as usize);
        loop {
            decoder.copy(from, wanted.end, into);
            from = from.max(decoder.held().end);
            if from >= wanted.end {
                return Ok(());
            }
            let before = decoder.held().end;
            let flow = decoder.step(&mut |at, length, bytes| self.read(source, of, at, length, bytes))?;
            let Node::Stream { stream, .. } = &mut self.nodes[layer] else {
                return Ok(());
            };
            let (position, packed) = (decoder.held().end, decoder.packed_position());
            self.unpacked += position - before;
            stream.furthest = stream.furthest.max(position);
            stream.furthest_packed = stream.furthest_packed.max(packed);
            let over = self.limit.is_some_and(|limit| self.unpacked > limit);
            let trouble = match flow {
                Flow::More if over => Some((TOO_MUCH.to_owned(), position)),
                Flow::More => {
                    self.keep(layer, decoder);
                    continue;
                }
                Flow::End => None,
                Flow::Trouble(sentence, begin) => Some((sentence, begin)),
            };
            stream.end = Some(End { position, packed, trouble });
            decoder.copy(from, wanted.end, into);
            return Ok(());
        }
    }

    fn spacing(&self) -> u64 {
        SPACING << self.doublings.min(40)
    }

    /// Leaves a checkpoint if the last one is far behind.
    fn keep(&mut self, layer: Layer, decoder: &Decoder) {
        let spacing = self.spacing();
        let Node::Stream { stream, .. } = &mut self.nodes[layer] else { return };
        let last = stream.checkpoints.last().map_or(0, |checkpoint| checkpoint.position);
        if decoder.held().end < last.saturating_add(spacing) {
            return;
        }
        let Some(checkpoint) = decoder.checkpoint() else { return };
        stream.checkpoints.push(checkpoint);
        self.checkpoints += 1;
        while self.checkpoints > MAX_CHECKPOINTS {
            self.thin();
        }
    }

    /// Doubles the spacing and drops the checkpoints that are closer together.
    fn thin(&mut self) {
        self.doublings += 1;
        let spacing = self.spacing();
        self.checkpoints = 0;
        for node in &mut self.nodes {
            if let Node::Stream { stream, .. } = node {
                let mut last = 0;
                stream.checkpoints.retain(|checkpoint| {
                    // Half a spacing of tolerance: steps end a little beyond the places meant.
                    let keep = checkpoint.position - last >= spacing - spacing / 4;
                    last = if keep { checkpoint.position } else { last };
                    keep
                });
                self.checkpoints += stream.checkpoints.len();
            }
        }
    }

    /// The decoder from which `offset` is reached soonest: one that waits, or one at a checkpoint.
    fn decoder(&mut self, layer: Layer, offset: u64) -> Decoder {
        let Node::Stream { step, stream, .. } = &self.nodes[layer] else {
            return Decoder::new(&Step::Gzip, Vec::new());
        };
        let after = stream.checkpoints.partition_point(|checkpoint| checkpoint.position <= offset);
        let checkpoint = after.checked_sub(1).and_then(|at| stream.checkpoints.get(at));
        let afresh = (offset - checkpoint.map_or(0, |checkpoint| checkpoint.position)).saturating_add(RESUME_COST);
        let nearest = (0..self.waiting.len())
            .filter(|&at| self.waiting[at].layer == layer)
            .map(|at| (at, self.waiting[at].decoder.held()))
            .filter(|(_, held)| held.start <= offset)
            .map(|(at, held)| (offset.saturating_sub(held.end), at))
            .min();
        if let Some((distance, at)) = nearest
            && distance <= afresh
        {
            return self.waiting.swap_remove(at).decoder;
        }
        let is_zstd = matches!(step, Step::Zstd { .. });
        let buffer = make_place(&mut self.waiting, layer, is_zstd);
        match checkpoint {
            Some(checkpoint) => Decoder::resume(step, checkpoint, buffer),
            None => Decoder::new(step, buffer),
        }
    }
}

/// Bytes of a real file that were read together with the few that were asked for: archives hold small files in a row, and
/// a read of the browser costs the same for a byte and for many.
#[derive(Debug, Default)]
struct Ahead {
    file: u32,
    base: u64,
    bytes: Vec<u8>,
}

impl Ahead {
    fn read(
        &mut self,
        source: &mut dyn ByteSource,
        file: u32,
        offset: u64,
        length: usize,
        into: &mut Vec<u8>,
    ) -> Result<(), ReadError> {
        // What an archive says of places may be anything; sources are asked for places in their files only.
        let rest = source.size(file).unwrap_or(u64::MAX).saturating_sub(offset);
        let length = rest.min(length as u64) as usize;
        if length == 0 || length > AHEAD / 2 {
            return if length == 0 { Ok(()) } else { source.read(file, offset, length, into) };
        }
        let held = self.base..self.base + self.bytes.len() as u64;
        if self.file != file || offset < held.start || offset + length as u64 > held.end {
            self.bytes.clear();
            (self.file, self.base) = (file, offset);
            source.read(file, offset, rest.min(AHEAD as u64) as usize, &mut self.bytes)?;
        }
        let from = (offset - self.base) as usize;
        into.extend_from_slice(self.bytes.get(from..self.bytes.len().min(from + length)).unwrap_or_default());
        Ok(())
    }
}

/// Makes place for one more decoder; gives the buffer of the one that goes, if one does.
fn make_place(waiting: &mut Vec<Waiting>, layer: Layer, is_zstd: bool) -> Vec<u8> {
    let mut own: Vec<usize> = (0..waiting.len()).filter(|&at| waiting[at].layer == layer).collect();
    // Of one stream two decoders wait: the furthest, since reading on from there is what comes next, and one other.
    own.sort_by_key(|&at| waiting[at].decoder.held().end);
    let of_zstd = waiting.iter().filter(|waiting| waiting.decoder.is_zstd()).count();
    let oldest = |waiting: &[Waiting], zstd_only: bool| {
        let some = waiting.iter().enumerate().filter(|(_, waiting)| !zstd_only || waiting.decoder.is_zstd());
        some.min_by_key(|(_, waiting)| waiting.used).map(|(at, _)| at)
    };
    let goes = if own.len() >= 2 {
        own.first().copied()
    } else if is_zstd && of_zstd >= MAX_WAITING_ZSTD {
        oldest(waiting, true)
    } else if waiting.len() >= MAX_WAITING {
        oldest(waiting, false)
    } else {
        None
    };
    goes.map(|at| waiting.swap_remove(at).decoder.into_buffer()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
