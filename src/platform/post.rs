//! What a posted message is made of.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageChannel, MessagePort};

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
    give_up(&posted.buffer());
    bytes::decode(&bytes)
}

/// Frees posted bytes now. The garbage collector sees a small object and takes its time, while a hundred megabytes lie
/// about; what is transferred is gone at once, and here it goes to nobody. (`ArrayBuffer.transfer(0)` isn't enough: in
/// Chromium the object keeps what was posted to it.)
fn give_up(buffer: &ArrayBuffer) {
    thread_local! {
        static NOBODY: Option<MessagePort> = MessageChannel::new().ok().map(|channel| {
            channel.port2().close();
            channel.port1()
        });
    }
    NOBODY.with(|nobody| {
        if let Some(nobody) = nobody {
            // Where it fails, the garbage collector does it.
            let _ = nobody.post_message_with_transferable(&JsValue::NULL, &Array::of1(buffer));
        }
    });
}
