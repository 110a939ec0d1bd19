//! What a posted message is made of: its bytes, or a list of these and of the large parts beside them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use js_sys::{Array, ArrayBuffer, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageChannel, MessagePort};

use crate::engine::part::{Part, decode_with_parts, encode_with_parts};

thread_local! {
    /// Parts that this thread relays, by number. Those that no [`Part`] speaks of any more go when the next one comes.
    static RELAYED: RefCell<BTreeMap<u32, (Weak<u32>, Uint8Array)>> = const { RefCell::new(BTreeMap::new()) };
}

/// A message as it is posted, and the list of what is transferred rather than copied.
pub fn pack<T: Serialize>(message: T) -> (JsValue, Array) {
    let (bytes, parts) = encode_with_parts(&message);
    // Whether a part goes to others too is seen by who else speaks of it.
    drop(message);
    let bytes = Uint8Array::from(bytes.as_slice());
    let transfer = Array::of1(&bytes.buffer());
    if parts.is_empty() {
        return (bytes.into(), transfer);
    }
    let beside = Array::new();
    for part in parts {
        let (part, is_last) = match part {
            Part::Here(bytes) => (Uint8Array::from(bytes.as_slice()), true),
            Part::Elsewhere(number) => (relayed(*number), Arc::strong_count(&number) == 1),
        };
        if is_last {
            transfer.push(&part.buffer());
        }
        beside.push(&part);
    }
    (Array::of2(&bytes, &beside).into(), transfer)
}

/// The message of a posted value, which is then empty; `None` where it is none.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Option<T> {
    unpack_with(data, |part| taken(&part).into())
}

/// The same where its large parts are only to be sent on: they are not read.
pub fn unpack_to_relay<T: DeserializeOwned>(data: &JsValue) -> Option<T> {
    unpack_with(data, relay)
}

/// Whether a posted value is a message.
pub fn is_message(data: &JsValue) -> bool {
    message_of(data).is_some()
}

fn message_of(data: &JsValue) -> Option<(Uint8Array, Array)> {
    match data.dyn_ref::<Array>() {
        Some(message) => Some((message.get(0).dyn_into().ok()?, message.get(1).dyn_into().ok()?)),
        None => Some((data.dyn_ref::<Uint8Array>()?.clone(), Array::new())),
    }
}

fn unpack_with<T: DeserializeOwned>(data: &JsValue, part: impl Fn(Uint8Array) -> Part) -> Option<T> {
    let (bytes, beside) = message_of(data)?;
    let parts = beside.iter().filter_map(|beside| beside.dyn_into().ok()).map(part).collect();
    decode_with_parts(&taken(&bytes), parts)
}

/// Keeps bytes until they are sent on.
fn relay(bytes: Uint8Array) -> Part {
    RELAYED.with_borrow_mut(|all| {
        all.retain(|_, (part, _)| part.strong_count() > 0);
        let number = Arc::new(all.last_key_value().map_or(0, |(last, _)| last + 1));
        all.insert(*number, (Arc::downgrade(&number), bytes));
        Part::Elsewhere(number)
    })
}

/// What is kept for a part.
fn relayed(number: u32) -> Uint8Array {
    let kept = RELAYED.with_borrow(|all| all.get(&number).map(|(_, bytes)| bytes.clone()));
    // A part speaks of it, so that it is there.
    kept.unwrap_or_else(|| Uint8Array::new_with_length(0))
}

/// Posted bytes; what was posted is empty from then on.
fn taken(posted: &Uint8Array) -> Vec<u8> {
    let bytes = posted.to_vec();
    give_up(&posted.buffer());
    bytes
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
