//! Messages and partials as bytes.

use serde::{Serialize, de::DeserializeOwned};

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
