//! The workers of one analysis, as the page sees them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, File, MessageChannel, MessageEvent, Worker};

use super::post::{pack, unpack_to_relay};
use crate::engine::message::PROTOCOL;
use crate::engine::{Event, Request};

#[wasm_bindgen]
extern "C" {
    /// public/workers.js: how many workers an analysis gets.
    #[wasm_bindgen(js_namespace = strayline, js_name = workerCount)]
    pub fn worker_count() -> usize;
    /// public/workers.js: a worker that can't reach the network.
    #[wasm_bindgen(js_namespace = strayline, js_name = spawnWorker, catch)]
    pub(super) fn spawn_worker() -> Result<Worker, JsValue>;
    /// public/workers.js: reads slices of files for a worker.
    #[wasm_bindgen(js_namespace = strayline, js_name = spawnReader, catch)]
    fn spawn_reader() -> Result<Worker, JsValue>;
}

/// What a worker has to say.
#[derive(Debug)]
pub enum News {
    /// An event of its shard.
    Event(Event),
    /// It is gone, for this reason.
    Lost(String),
}

/// Workers with what is still to be sent to those that are not up yet. Dropping the pool ends them.
pub struct Pool {
    workers: Vec<Member>,
}

/// Posts to a worker.
type Post = dyn Fn(&Worker, Request);

struct Member {
    worker: Option<Worker>,
    reader: Rc<RefCell<Option<Worker>>>,
    post: Rc<Post>,
    state: Rc<RefCell<State>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

#[derive(Debug, Default)]
struct State {
    ready: bool,
    waiting: VecDeque<Request>,
}

impl Pool {
    /// Starts workers on some files. `hear` is told what each of them says.
    pub fn start(size: usize, files: &[File], hear: &Rc<dyn Fn(usize, News)>) -> Self {
        let handles: Array = files.iter().collect();
        let workers = (0..size).map(|index| Member::start(index, &handles, Rc::clone(hear))).collect();
        Self { workers }
    }

    /// Sends a request, now or as soon as the worker is up.
    pub fn send(&self, worker: usize, request: Request) {
        let member = &self.workers[worker];
        let mut state = member.state.borrow_mut();
        match &member.worker {
            Some(worker) if state.ready => (member.post)(worker, request),
            _ => state.waiting.push_back(request),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for worker in self.workers.iter().filter_map(|member| member.worker.as_ref()) {
            worker.set_onmessage(None);
            worker.set_onerror(None);
            worker.terminate();
        }
        for reader in self.workers.iter().filter_map(|member| member.reader.take()) {
            reader.terminate();
        }
    }
}

impl Member {
    fn start(index: usize, files: &Array, hear: Rc<dyn Fn(usize, News)>) -> Self {
        let state = Rc::new(RefCell::new(State::default()));
        let reader = Rc::new(RefCell::new(None));
        let worker = match spawn_worker() {
            Ok(worker) => Some(worker),
            Err(error) => {
                let reason = format!("An analysis worker could not start: {error:?}");
                // Not at once: whoever asked for the pool does not have it yet.
                let hear = Rc::clone(&hear);
                wasm_bindgen_futures::spawn_local(async move { hear(index, News::Lost(reason)) });
                None
            }
        };
        let post: Rc<Post> = {
            let hear = Rc::clone(&hear);
            Rc::new(move |worker, request| {
                let (message, transfer) = pack(request);
                if worker.post_message_with_transfer(&message, &transfer).is_err() {
                    // What goes to several workers is copied. Told later: whoever posts is in the midst of something.
                    let hear = Rc::clone(&hear);
                    let reason = "The browser has no memory for what an analysis worker is to be told.".to_owned();
                    wasm_bindgen_futures::spawn_local(async move { hear(index, News::Lost(reason)) });
                }
            })
        };
        let on_message = {
            let (state, hear, worker, files) = (Rc::clone(&state), Rc::clone(&hear), worker.clone(), files.clone());
            let (reader, post) = (Rc::clone(&reader), Rc::clone(&post));
            Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
                let Some(event) = unpack_to_relay::<Event>(&message.data()) else { return };
                if let (Event::Ready { protocol }, Some(worker)) = (&event, &worker) {
                    if *protocol != PROTOCOL {
                        hear(
                            index,
                            News::Lost("The page and its workers are of different versions: reload the page.".into()),
                        );
                        return;
                    }
                    *reader.borrow_mut() = give_files(worker, &files);
                    let mut state = state.borrow_mut();
                    state.ready = true;
                    state.waiting.drain(..).for_each(|request| post(worker, request));
                }
                hear(index, News::Event(event));
            })
        };
        let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
            let reason = match error.message() {
                text if text.is_empty() => {
                    "An analysis worker stopped without saying why; memory may have run out.".to_owned()
                }
                text => format!("An analysis worker stopped: {text}"),
            };
            hear(index, News::Lost(reason));
        });
        if let Some(worker) = &worker {
            worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
            worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        }
        Self { worker, reader, post, state, _on_message: on_message, _on_error: on_error }
    }
}

/// Gives a worker its files, and a reader with a channel to it. Without a reader the worker reads for itself.
fn give_files(worker: &Worker, files: &Array) -> Option<Worker> {
    // Without files there is nothing to read.
    if files.length() == 0 {
        return None;
    }
    // `File`s are handles: no byte of them is copied.
    let connect = || -> Result<Worker, JsValue> {
        let reader = spawn_reader()?;
        let channel = MessageChannel::new()?;
        let (of_worker, of_reader) = (channel.port1(), channel.port2());
        let to_reader = Object::new();
        Reflect::set(&to_reader, &"files".into(), files)?;
        Reflect::set(&to_reader, &"port".into(), &of_reader)?;
        reader.post_message_with_transfer(&to_reader, &Array::of1(&of_reader))?;
        worker.post_message_with_transfer(&Array::of2(files, &of_worker), &Array::of1(&of_worker))?;
        Ok(reader)
    };
    let reader = connect();
    if reader.is_err() {
        let _ = worker.post_message(&Array::of1(files));
    }
    reader.ok()
}
