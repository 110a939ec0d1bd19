//! What shards say to each other through the page. The page relays it unread: where it is large, it stays out of the page's
//! memory, beside the message that it belongs to.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::{ByteBuf, Bytes};

use super::bytes::{decode, encode};

/// Bytes from which on a part stays beside its message. Whoever relays parts can read shorter ones.
const LEAST: usize = 1 << 20;

/// Bytes that a shard makes for another. Clones share them: whoever drops one before the others are posted lets the last of
/// these be transferred rather than copied.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// At hand.
    Here(Arc<Vec<u8>>),
    /// Kept by whoever relays it, under this number; there are no bytes to be read here.
    Elsewhere(Arc<u32>),
}

impl Part {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Here(bytes) if bytes.is_empty())
    }
}

impl Default for Part {
    fn default() -> Self {
        Vec::new().into()
    }
}

impl From<Vec<u8>> for Part {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Here(Arc::new(bytes))
    }
}

impl Deref for Part {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Here(bytes) => bytes,
            Self::Elsewhere(_) => &[],
        }
    }
}

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

/// A part within its message.
#[derive(Serialize)]
enum Written<'a> {
    /// Its bytes.
    Within(&'a Bytes),
    /// Its place among those beside the message.
    Beside(u32),
}

/// The same, read.
#[derive(Deserialize)]
enum Read {
    Within(ByteBuf),
    Beside(u32),
}

thread_local! {
    /// The parts beside the message that is being written or read.
    static BESIDE: RefCell<Option<Vec<Part>>> = const { RefCell::new(None) };
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_short = self.len() < LEAST && matches!(self, Self::Here(_));
        let beside = |beside: &mut Vec<Self>| {
            beside.push(self.clone());
            beside.len() as u32 - 1
        };
        let written = match BESIDE.with_borrow_mut(|all| all.as_mut().filter(|_| !is_short).map(beside)) {
            Some(place) => Written::Beside(place),
            None if matches!(self, Self::Here(_)) => Written::Within(Bytes::new(self)),
            None => return Err(serde::ser::Error::custom("a part is elsewhere")),
        };
        written.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match Read::deserialize(deserializer)? {
            Read::Within(bytes) => bytes.into_vec().into(),
            Read::Beside(place) => {
                let part = BESIDE.with_borrow(|all| all.as_ref()?.get(place as usize).cloned());
                part.ok_or_else(|| serde::de::Error::custom("a part is missing"))?
            }
        })
    }
}

/// A message's bytes, and the parts beside it.
pub fn encode_with_parts<T: Serialize>(message: &T) -> (Vec<u8>, Vec<Part>) {
    BESIDE.set(Some(Vec::new()));
    let bytes = encode(message);
    (bytes, BESIDE.take().unwrap_or_default())
}

/// The message of bytes and the parts beside it; `None` as with [`decode`].
pub fn decode_with_parts<T: DeserializeOwned>(bytes: &[u8], parts: Vec<Part>) -> Option<T> {
    BESIDE.set(Some(parts));
    let message = decode(bytes);
    BESIDE.take();
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_large_parts_are_beside_the_message() {
        let message: (u8, Vec<Part>) = (7, [LEAST, 3, LEAST + 1].map(|size| vec![5; size].into()).to_vec());
        let (bytes, parts) = encode_with_parts(&message);
        assert_eq!((bytes.len() < 20, parts.len()), (true, 2));
        assert_eq!(decode_with_parts(&bytes, parts.clone()), Some(message.clone()));
        // Who relays it reads what is short, and sends on what is elsewhere.
        let away: Vec<Part> = (0..2).map(|number| Part::Elsewhere(Arc::new(number))).collect();
        let relayed: (u8, Vec<Part>) = decode_with_parts(&bytes, away.clone()).unwrap();
        assert_eq!((&*relayed.1[0], &*relayed.1[1]), (&[][..], &[5; 3][..]));
        assert_eq!(encode_with_parts(&relayed), (bytes.clone(), away));
        assert_eq!(decode_with_parts::<(u8, Vec<Part>)>(&bytes, Vec::new()), None);
        assert_eq!(decode(&encode(&message)), Some(message), "by itself a message has all of its parts");
    }
}
