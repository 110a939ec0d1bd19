//! The inside of an analysis worker: one shard, one message at a time.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent};

use super::files::BrowserFiles;
use super::post::{pack, unpack};
use crate::engine::message::PROTOCOL;
use crate::engine::{Event, Request, Shard};
use crate::ingest::unpack::Unpacker;

/// Listens, and says that it does: what is posted to a worker before that is lost.
pub fn start() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let state = Rc::new(RefCell::new((Shard::default(), Unpacker::new(BrowserFiles::default(), Vec::new()))));
    let listen = {
        let scope = scope.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let (shard, files) = &mut *state.borrow_mut();
            hear(&scope, shard, files, &event.data());
        })
    };
    scope.set_onmessage(Some(listen.as_ref().unchecked_ref()));
    // The worker listens for as long as it lives.
    listen.forget();
    say(&scope, &Event::Ready { protocol: PROTOCOL });
}

/// A list of files begins an analysis; everything else is a request.
fn hear(scope: &DedicatedWorkerGlobalScope, shard: &mut Shard, files: &mut Unpacker<BrowserFiles>, data: &JsValue) {
    if let Some(list) = data.dyn_ref::<Array>() {
        *shard = Shard::default();
        let list = list.iter().filter_map(|file| file.dyn_into::<File>().ok()).collect();
        *files = Unpacker::new(BrowserFiles::new(list), Vec::new());
        return;
    }
    if let Some(event) = unpack::<Request>(data).and_then(|request| shard.handle(request, files)) {
        say(scope, &event);
    }
}

fn say(scope: &DedicatedWorkerGlobalScope, event: &Event) {
    let (bytes, transfer) = pack(event);
    // It fails only when the bytes can't be transferred, which fresh ones always can.
    let _ = scope.post_message_with_transfer(&bytes, &transfer);
}
