//! What a posted message is made of.

use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

use crate::engine::bytes;

/// A message's bytes as a JavaScript array, and the list that transfers (rather than copies) them.
pub fn pack<T: Serialize>(message: &T) -> (Uint8Array, Array) {
    let bytes = Uint8Array::from(bytes::encode(message).as_slice());
    let transfer = Array::of1(&bytes.buffer());
    (bytes, transfer)
}

/// The message of a posted value, which is then empty; `None` where it is none.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Option<T> {
    let posted = data.dyn_ref::<Uint8Array>()?;
    let bytes = posted.to_vec();
    // Nobody else has them, and the garbage collector takes its time. (A browser that can't do this waits for it.)
    let _ = posted.buffer().transfer_with_length(0);
    bytes::decode(&bytes)
}
