//! What a container holds.

use super::label::without_ending;
use super::layers::{Layer, Layers, TOO_MUCH};
use super::{ByteSource, HEAD_BYTES, MAX_MEMBERS, Member, Packing, ReadError, Step, packing, tar, zip};

/// Containers in containers that are opened: a `.zip` of `.tar.gz` is two.
const MAX_LEVELS: u32 = 2;
/// Most entries of all containers that are looked at, folders and empty files too.
const MAX_LOOKED: usize = 100_000;
/// Content that is unpacked at most to find what there is, in bytes, and as a multiple of the container's size. Entries of
/// a zip may overlap, so a small file could hold more than anyone can wait for.
const MAX_UNPACKED: u64 = 16 << 30;
const MAX_RATIO: u64 = 200;
/// Bytes read at once, where few are asked for.
const AHEAD: usize = 16 << 10;

/// The files in a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Contents {
    /// In the order of the container.
    pub members: Vec<Member>,
    /// What the person must know of the container: sentences.
    pub notes: Vec<String>,
}

/// Lists what a container holds: the files of an archive, or the one of a gzip or zstd file, named without its `.gz`.
/// Folders, empty files and `__MACOSX/` are left out; containers in it are opened, two levels deep, and files that can't be
/// read are members with a [`Member::refusal`]. A file that is no container holds nothing.
///
/// `file`, `name`: index and name of the container. A compressed tar is unpacked to its end: it has no table of contents.
pub fn members(source: &mut dyn ByteSource, file: u32, name: &str) -> Result<Contents, ReadError> {
    let budget = source.size(file).unwrap_or(0).saturating_mul(MAX_RATIO).max(MAX_UNPACKED);
    let mut found = Found { candidates: Vec::new(), notes: Vec::new(), container: String::new(), looked: 0, budget };
    let mut layers = Layers::limited(budget);
    let mut members = Vec::new();
    let top = Open { name: name.to_owned(), steps: Vec::new(), layer: layers.real(file), level: 0, refusal: None };
    // Containers are opened where they stand: what they hold comes before what follows them.
    let mut waiting = vec![top];
    while let Some(mut open) = waiting.pop() {
        if members.len() >= MAX_MEMBERS {
            name.clone_into(&mut found.container);
            found.note(&format!("Only the first {MAX_MEMBERS} files in it are read."));
            break;
        }
        found.container.clone_from(&open.name);
        let packing = if open.refusal.is_some() { None } else { open.packing(&mut layers, source, &mut found)? };
        let Some(packing) = packing else {
            // A file that is no container has no members.
            members.extend(if open.level == 0 { None } else { open.member(file, &layers) });
            continue;
        };
        if let Packing::Utf16 { big_endian } = packing {
            // The file itself in another encoding, and what it says is no container.
            open.enter(&Step::Utf16 { big_endian }, &mut layers, source, &mut found)?;
            members.extend(open.member(file, &layers));
            continue;
        }
        if open.level >= MAX_LEVELS {
            let kind = packing.name();
            open.refusal =
                Some(format!("This {kind} file is inside an archive in an archive, which is too deep to be opened."));
            members.extend(open.member(file, &layers));
            continue;
        }
        let archive = match packing {
            Packing::Zip | Packing::Tar | Packing::Utf16 { .. } => Some(packing),
            Packing::Gzip => open.enter(&Step::Gzip, &mut layers, source, &mut found)?,
            Packing::Zstd => open.enter(&Step::Zstd { size: None }, &mut layers, source, &mut found)?,
        };
        open.level += 1;
        let mut view = View::new(&mut layers, source, open.layer);
        match archive {
            Some(Packing::Zip) => zip::list(&mut view, &mut found)?,
            Some(Packing::Tar) => tar::list(&mut view, &mut found)?,
            _ => {
                open.name = without_ending(&open.name);
                waiting.push(open);
                continue;
            }
        }
        found.trouble(layers.trouble(open.layer));
        let inside = found.candidates.drain(..).rev().map(|candidate| open.inside(candidate, &mut layers));
        waiting.extend(inside.collect::<Vec<_>>());
    }
    Ok(Contents { members, notes: found.notes })
}

/// A file that may be a container.
struct Open {
    name: String,
    steps: Vec<Step>,
    layer: Layer,
    level: u32,
    refusal: Option<String>,
}

impl Open {
    fn packing(
        &self,
        layers: &mut Layers,
        source: &mut dyn ByteSource,
        found: &mut Found,
    ) -> Result<Option<Packing>, ReadError> {
        if !found.goes_on(layers.unpacked()) {
            return Ok(None);
        }
        let mut head = Vec::new();
        layers.read(source, self.layer, 0, HEAD_BYTES, &mut head)?;
        Ok(packing(&head))
    }

    /// Goes into a compressed stream. Gives the archive that it holds, if it is one.
    fn enter(
        &mut self,
        step: &Step,
        layers: &mut Layers,
        source: &mut dyn ByteSource,
        found: &mut Found,
    ) -> Result<Option<Packing>, ReadError> {
        self.layer = layers.over(self.layer, step);
        self.steps.push(step.clone());
        // Anything else in it is a container in a container.
        Ok(self.packing(layers, source, found)?.filter(|&packing| packing == Packing::Tar))
    }

    fn inside(&self, candidate: Candidate, layers: &mut Layers) -> Self {
        let layer = layers.open(self.layer, &candidate.steps);
        Self {
            name: format!("{}/{}", self.name, candidate.name),
            steps: [&self.steps[..], &candidate.steps].concat(),
            layer,
            level: self.level,
            refusal: candidate.refusal,
        }
    }

    /// The member that this is; `None` if it is empty. What is empty for a reason is a member, and says it.
    fn member(self, file: u32, layers: &Layers) -> Option<Member> {
        let Self { name, steps, layer, mut refusal, .. } = self;
        if refusal.is_none() && layers.end(layer).is_some_and(|(size, _)| size == 0) {
            refusal = Some(layers.trouble(layer)?);
        }
        Some(Member { name, file, steps, refusal })
    }
}

/// What an archive holds, by its own account.
pub(super) struct Candidate {
    /// A label, without the container's.
    pub(super) name: String,
    /// From the container's content to the file's.
    pub(super) steps: Vec<Step>,
    /// Why it can't be read.
    pub(super) refusal: Option<String>,
}

/// What a search comes upon.
pub(super) struct Found {
    candidates: Vec<Candidate>,
    notes: Vec<String>,
    container: String,
    looked: usize,
    budget: u64,
}

impl Found {
    /// Whether the search goes on, after so many bytes of content were unpacked.
    pub(super) fn goes_on(&mut self, unpacked: u64) -> bool {
        if self.looked > MAX_LOOKED || unpacked > self.budget {
            self.note(TOO_MUCH);
            return false;
        }
        // One more than is kept tells that there are more.
        self.candidates.len() <= MAX_MEMBERS
    }

    /// Counts an entry.
    pub(super) fn looked(&mut self) {
        self.looked += 1;
    }

    pub(super) fn push(&mut self, candidate: Candidate) {
        self.candidates.push(candidate);
    }

    /// The last file found in this container.
    pub(super) fn last_mut(&mut self) -> Option<&mut Candidate> {
        self.candidates.last_mut()
    }

    pub(super) fn pop(&mut self) {
        self.candidates.pop();
    }

    /// Tells the person something of the container, once.
    pub(super) fn note(&mut self, sentence: &str) {
        let note = format!("{}: {sentence}", self.container);
        if !self.notes.contains(&note) && self.notes.len() < MAX_NOTES {
            self.notes.push(note);
        }
    }

    fn trouble(&mut self, sentence: Option<String>) {
        if let Some(sentence) = sentence {
            self.note(&sentence);
        }
    }
}

/// Most notes of one container.
const MAX_NOTES: usize = 100;

/// The content of a container, to be searched.
pub(super) struct View<'a> {
    layers: &'a mut Layers,
    source: &'a mut dyn ByteSource,
    layer: Layer,
    bytes: Vec<u8>,
    base: u64,
}

impl<'a> View<'a> {
    fn new(layers: &'a mut Layers, source: &'a mut dyn ByteSource, layer: Layer) -> Self {
        Self { layers, source, layer, bytes: Vec::new(), base: 0 }
    }

    /// Bytes of the content; fewer than `length` only where it ends.
    pub(super) fn read(&mut self, offset: u64, length: usize) -> Result<&[u8], ReadError> {
        let end = offset.saturating_add(length as u64);
        if offset < self.base || end > self.base + self.bytes.len() as u64 {
            self.bytes.clear();
            self.base = offset;
            self.layers.read(self.source, self.layer, offset, length.max(AHEAD), &mut self.bytes)?;
        }
        let rest = self.bytes.get((offset - self.base) as usize..).unwrap_or_default();
        Ok(&rest[..length.min(rest.len())])
    }

    /// As `read`, for a look elsewhere: what was read ahead stays.
    pub(super) fn peek(&mut self, offset: u64, length: usize) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        self.layers.read(self.source, self.layer, offset, length, &mut bytes)?;
        Ok(bytes)
    }

    /// Length of the content. A stream whose size is not known is unpacked to its end.
    pub(super) fn length(&mut self) -> Result<u64, ReadError> {
        self.layers.length(self.source, self.layer)
    }

    /// Bytes that were unpacked so far.
    pub(super) fn unpacked(&self) -> u64 {
        self.layers.unpacked()
    }

    /// Unpacks the deflate stream at a place to its end. Gives the sizes of its content and of itself, or none if there is
    /// something wrong with it.
    pub(super) fn measure(&mut self, offset: u64) -> Result<Option<(u64, u64)>, ReadError> {
        let slice = self.layers.over(self.layer, &Step::Slice { offset, length: u64::MAX - offset });
        let stream = self.layers.over(slice, &Step::Deflate { size: None, crc: None });
        self.layers.length(self.source, stream)?;
        Ok(self.layers.end(stream).filter(|_| self.layers.trouble(stream).is_none()))
    }
}
