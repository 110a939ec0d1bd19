//! Plain files and members of containers behind one interface.

use super::layers::{Layer, Layers};
use super::{ByteSource, Member, ReadError, Step, one_by_one};

/// One of the files that an [`Unpacker`] gives.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum VirtualFile {
    /// A real file as it is, by its index.
    Plain(u32),
    /// A file in a container.
    Member(Member),
}

/// A [`ByteSource`] over virtual files, by their index in the list that it was made with.
#[derive(Debug)]
pub struct Unpacker<S> {
    source: S,
    layers: Layers,
    files: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    layer: Layer,
    size: Option<u64>,
    plain: Option<u32>,
    refusal: Option<String>,
    utf16: bool,
}

impl<S: ByteSource> Unpacker<S> {
    /// Virtual files over real ones.
    pub fn new(source: S, files: Vec<VirtualFile>) -> Self {
        let mut unpacker = Self { source, layers: Layers::default(), files: Vec::new() };
        unpacker.mount(files);
        unpacker
    }

    /// From now on gives these files instead.
    pub fn mount(&mut self, files: Vec<VirtualFile>) {
        let mut layers = Layers::default();
        let source = &self.source;
        let entries = files.into_iter().map(|file| match file {
            VirtualFile::Plain(file) => Entry {
                layer: layers.real(file),
                size: source.size(file),
                plain: Some(file),
                refusal: None,
                utf16: false,
            },
            VirtualFile::Member(member) => {
                let real = layers.real(member.file);
                let layer = layers.open(real, &member.steps);
                let utf16 = matches!(member.steps.last(), Some(Step::Utf16 { .. }));
                Entry { layer, size: member.size(), plain: None, refusal: member.refusal, utf16 }
            }
        });
        self.files = entries.collect();
        self.layers = layers;
    }

    /// The real files.
    pub fn source(&mut self) -> &mut S {
        &mut self.source
    }

    /// The real file that a file is, if it is not packed.
    pub fn plain(&self, file: u32) -> Option<u32> {
        self.files.get(file as usize)?.plain
    }

    /// How far reading of a file has come, and of how much, in bytes: of the content where its size is known beforehand (a
    /// tar's or zip's member), of the packed bytes where it is not (a gzip or zstd file). A plain file is at 0 always: its
    /// reader knows.
    pub fn packed_position(&self, file: u32) -> (u64, u64) {
        self.layers.progress(&self.source, self.files[file as usize].layer)
    }

    /// Whether a file is text in UTF-16; what is read of it is UTF-8.
    pub fn is_utf16(&self, file: u32) -> bool {
        self.files[file as usize].utf16
    }

    /// Number of virtual files.
    #[cfg(test)]
    pub(super) fn files(&self) -> usize {
        self.files.len()
    }

    /// What is wrong with a file, as a sentence for the person, as far as it was read by this source.
    pub fn trouble(&self, file: u32) -> Option<String> {
        let entry = &self.files[file as usize];
        entry.refusal.clone().or_else(|| self.layers.trouble(entry.layer))
    }
}

impl<S: ByteSource> ByteSource for Unpacker<S> {
    fn size(&self, file: u32) -> Option<u64> {
        self.files[file as usize].size
    }

    fn reads_in_place(&self, file: u32) -> bool {
        self.layers.in_place(self.files[file as usize].layer)
    }

    fn read(&mut self, file: u32, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), ReadError> {
        let entry = &self.files[file as usize];
        match (entry.plain, &entry.refusal) {
            (_, Some(_)) => Ok(()),
            (Some(real), None) => self.source.read(real, offset, length, into),
            (None, None) => self.layers.read(&mut self.source, entry.layer, offset, length, into),
        }
        .map_err(|error| ReadError { file, ..error })
    }

    fn read_pieces(&mut self, file: u32, pieces: &[(u64, usize)]) -> Result<Vec<Vec<u8>>, ReadError> {
        match self.plain(file) {
            Some(real) => self.source.read_pieces(real, pieces).map_err(|error| ReadError { file, ..error }),
            None => one_by_one(self, file, pieces),
        }
    }
}
