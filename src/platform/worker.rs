//! The inside of an analysis worker: one shard, one request at a time, in the order in which they came.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, File, MessageEvent, MessagePort};

use super::ahead::Ahead;
use super::files::BrowserFiles;
use super::making;
use super::post::{is_message, pack, unpack};
use crate::engine::message::PROTOCOL;
use crate::engine::{Event, Request, Shard};
use crate::ingest::unpack::Unpacker;

/// The worker.
struct Worker {
    scope: DedicatedWorkerGlobalScope,
    shard: Shard,
    files: Unpacker<BrowserFiles>,
    /// Where there is a reader: what is asked of it.
    ahead: Option<Ahead>,
    /// Requests in their order, each with the ticket of the bytes that it waits for.
    waiting: VecDeque<(Request, Option<u32>)>,
}

/// Listens, and says that it does: what is posted to a worker before that is lost.
pub fn start() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let worker = Rc::new(RefCell::new(Worker {
        scope: scope.clone(),
        shard: Shard::default(),
        files: Unpacker::new(BrowserFiles::default(), Vec::new()),
        ahead: None,
        waiting: VecDeque::new(),
    }));
    worker.borrow().say(Event::Ready { protocol: PROTOCOL });
    let own = scope.clone();
    let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let data = event.data();
        match data.dyn_ref::<Array>().filter(|_| !is_message(&data)) {
            Some(message) => match making::order(message) {
                Some(order) => {
                    // It fails where the browser has no memory for the log: the page hears it as an error of the worker.
                    if let Err(error) = making::make(&own, order) {
                        wasm_bindgen::throw_val(error);
                    }
                }
                None => begin(&worker, message),
            },
            None => worker.borrow_mut().hear(&data),
        }
    });
    scope.set_onmessage(Some(listen.as_ref().unchecked_ref()));
    // The worker listens for as long as it lives.
    listen.forget();
}

/// A list of files, and the port to a reader of them, begin an analysis.
fn begin(worker: &Rc<RefCell<Worker>>, message: &Array) {
    let files: Array = message.get(0).unchecked_into();
    let files = files.iter().filter_map(|file| file.dyn_into::<File>().ok()).collect();
    let port = message.get(1).dyn_into::<MessagePort>().ok();
    if let Some(port) = &port {
        let worker = Rc::clone(worker);
        let listen = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let mut worker = worker.borrow_mut();
            if let Some(ahead) = &mut worker.ahead {
                ahead.hear(&event.data());
            }
            worker.go_on();
        });
        // Setting the handler starts the port.
        port.set_onmessage(Some(listen.as_ref().unchecked_ref()));
        listen.forget();
    }
    let mut worker = worker.borrow_mut();
    worker.shard = Shard::default();
    worker.files = Unpacker::new(BrowserFiles::new(files), Vec::new());
    worker.ahead = port.map(Ahead::new);
    worker.waiting.clear();
}

impl Worker {
    fn hear(&mut self, data: &JsValue) {
        let Some(request) = unpack::<Request>(data) else { return };
        let ticket = match (&request, &mut self.ahead) {
            (Request::Parse { task }, Some(ahead)) => self.files.plain(task.id.file).map(|file| ahead.ask(task, file)),
            _ => None,
        };
        self.waiting.push_back((request, ticket));
        self.go_on();
    }

    /// Answers the requests whose bytes are here.
    fn go_on(&mut self) {
        while let Some((_, ticket)) = self.waiting.front() {
            let fetched = match (*ticket, &mut self.ahead) {
                (Some(ticket), Some(ahead)) if !ahead.is_here(ticket) => return,
                (Some(ticket), Some(ahead)) => ahead.take(ticket),
                _ => None,
            };
            let Some((request, _)) = self.waiting.pop_front() else { return };
            self.files.source().set_fetched(fetched);
            let scope = &self.scope;
            let mut progress = |done: f32| {
                post(scope, Event::Fitting { done });
                ControlFlow::Continue(())
            };
            let event = self.shard.handle_telling(request, &mut self.files, &mut progress);
            if let (Some(used), Some(ahead)) = (self.files.source().set_fetched(None), &self.ahead) {
                ahead.give_back(&used);
            }
            if let Some(event) = event {
                self.say(event);
            }
        }
    }

    fn say(&self, event: Event) {
        post(&self.scope, event);
    }
}

fn post(scope: &DedicatedWorkerGlobalScope, event: Event) {
    let (message, transfer) = pack(event);
    // It fails only when the bytes can't be transferred, which fresh ones always can.
    let _ = scope.post_message_with_transfer(&message, &transfer);
}
