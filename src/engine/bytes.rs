//! Messages and partials as bytes.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

/// Bytes of a value. The engine's own types always have some.
#[inline(never)]
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("plain data can be encoded")
}

/// The value of bytes; `None` where they are not of this type (a worker of another build).
#[inline(never)]
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    postcard::from_bytes(bytes).ok()
}

/// Reads a part of a message in a function of its own (`#[serde(deserialize_with = "apart")]`). A message is one of many, and
/// what reads them all in one function is so large that a browser takes a few calls of it for a reason to compile it well,
/// which took a core a quarter of a second.
#[inline(never)]
pub fn apart<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::deserialize(deserializer)
}
