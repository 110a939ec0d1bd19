//! A model as bytes.
//!
//! ```text
//! 0   8   STRAYMDL
//! 8   2   version of the format, little-endian
//! 10  4   CRC-32 of everything behind it
//! 14      what the version says; in versions 1 to 3 a deflated postcard of [`Saved`]
//! ```
//!
//! A later version keeps the first fourteen bytes as they are, and a function of its own for each version before it.

use serde::de::DeserializeOwned;

use super::saved::Saved;

/// The first bytes of every model.
pub const MAGIC: &[u8; 8] = b"STRAYMDL";
/// The version that is written.
pub const VERSION: u16 = 3;
/// Where the content begins.
const HEAD: usize = 14;
/// Most bytes that a model may unpack to.
const MOST_BYTES: usize = 512 << 20;
/// Most bytes of a file that is looked at as a model.
pub const MOST_FILE_BYTES: u64 = 256 << 20;
/// Level of compression: models are written once.
const LEVEL: u8 = 8;

/// Why bytes are no model, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Another kind of file.
    #[error(
        "This is no model of Strayline. Save one with `strayline model fit`, or with Save as file under Models on the page."
    )]
    Foreign,
    /// A version that this program does not know.
    #[error("This model is of version {0} and this program reads up to version {VERSION}. Use the newer program.")]
    Newer(u16),
    /// Bytes were changed or are missing.
    #[error("This model is damaged: {0}. Load an undamaged copy, or fit it again.")]
    Damaged(&'static str),
}

impl Saved {
    /// The model as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let plain = postcard::to_allocvec(self).expect("plain data can be encoded");
        let packed = miniz_oxide::deflate::compress_to_vec(&plain, LEVEL);
        let mut bytes = Vec::with_capacity(HEAD + packed.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&packed).to_le_bytes());
        bytes.extend_from_slice(&packed);
        bytes
    }

    /// The model of bytes, of this version or an older one.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FileError> {
        let Some((head, content)) = bytes.split_at_checked(HEAD) else {
            let begins = bytes.starts_with(MAGIC.get(..bytes.len()).unwrap_or(MAGIC));
            return Err(if begins && !bytes.is_empty() {
                FileError::Damaged("it is cut short")
            } else {
                FileError::Foreign
            });
        };
        let [.., v0, v1, a, b, c, d] = *head else { return Err(FileError::Foreign) };
        if !head.starts_with(MAGIC) {
            return Err(FileError::Foreign);
        }
        let version = u16::from_le_bytes([v0, v1]);
        if version > VERSION {
            return Err(FileError::Newer(version));
        }
        if crc32fast::hash(content) != u32::from_le_bytes([a, b, c, d]) {
            return Err(FileError::Damaged("its checksum does not fit its content"));
        }
        let model = match version {
            // Each only knows more than the one before: version 2 ways to encode a feature, version 3 fields that are left out.
            1..=3 => unpack::<Self>(content)?,
            _ => return Err(FileError::Damaged("there is no such version")),
        };
        model.is_sound().then_some(model).ok_or(FileError::Damaged("its parts do not fit together"))
    }

    /// Whether the parts fit together, so that using them is safe.
    fn is_sound(&self) -> bool {
        let features = self.recipe.features.len();
        let columns = self.columns.len();
        self.recipe.columns.len() == columns
            && self.survey.columns.len() == columns
            && self.recipe.features.iter().all(|feature| (feature.column as usize) < columns)
            && self.detector.detector().features() == features
            && self.detector.detector().is_sound()
            && self.reference.quantiles.len() == features
            && self.distributions.len() == features
            && self.baselines.templates.len() == self.catalog.templates().len()
    }
}

fn unpack<T: DeserializeOwned>(content: &[u8]) -> Result<T, FileError> {
    let plain = miniz_oxide::inflate::decompress_to_vec_with_limit(content, MOST_BYTES)
        .map_err(|_| FileError::Damaged("it can't be unpacked"))?;
    postcard::from_bytes(&plain).map_err(|_| FileError::Damaged("its content can't be read"))
}
