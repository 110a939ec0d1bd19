//! Synthetic logs made in a worker of their own: what takes seconds does not stop the page.
//!
//! ```text
//! page:    [order]                                        ──▶ worker
//! worker:  [rows so far, a piece of the log, of the truth] ──▶ page    until all is made; the last also has what is known
//! ```
//!
//! Pieces are `Blob`s, which the browser may put on disk: neither thread holds a log.

use js_sys::{Array, Uint8Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DedicatedWorkerGlobalScope};

use crate::engine::bytes;
use crate::finding::truth::Truth;
use crate::synthetic::{Format, Log, Settings};

/// Rows between two looks at how much there is.
const ROWS_AT_ONCE: u32 = 500;
/// Bytes of a piece.
const PIECE: usize = 1 << 20;

/// What a worker is to make.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// The log.
    pub settings: Settings,
    /// How its rows are written.
    pub format: Format,
}

/// The order that a posted message is; `None` where it is none.
pub(super) fn order(message: &Array) -> Option<Order> {
    bytes::decode(&message.get(0).dyn_into::<Uint8Array>().ok()?.to_vec())
}

/// Makes a log, in the worker.
pub(super) fn make(scope: &DedicatedWorkerGlobalScope, order: Order) -> Result<(), JsValue> {
    let mut log = Log::new(order.settings, order.format);
    let (mut rows, mut truth) = (Vec::new(), Vec::new());
    let mut known = Vec::new();
    let mut more = true;
    while more {
        while more && rows.len() < PIECE {
            more = log.write(ROWS_AT_ONCE, &mut rows, &mut truth);
        }
        known.extend_from_slice(&truth);
        let message = Array::of3(&(log.rows() as f64).into(), &piece(&rows)?.into(), &piece(&truth)?.into());
        if !more {
            // What is known is written by this build: it can be read.
            let known = String::from_utf8(std::mem::take(&mut known)).unwrap_or_default();
            let known = Truth::parse(&known).unwrap_or_default();
            message.push(&Uint8Array::from(bytes::encode(&known).as_slice()));
        }
        scope.post_message(&message)?;
        rows.clear();
        truth.clear();
    }
    Ok(())
}

fn piece(bytes: &[u8]) -> Result<Blob, JsValue> {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))
}

#[cfg(feature = "page")]
pub use page::{Made, Making, News};

#[cfg(feature = "page")]
mod page {
    use js_sys::{Array, Uint8Array};
    use wasm_bindgen::closure::Closure;
    use wasm_bindgen::{JsCast, JsValue};
    use web_sys::{Blob, ErrorEvent, File, MessageEvent, Worker};

    use super::Order;
    use crate::engine::message::PROTOCOL;
    use crate::engine::{Event, bytes};
    use crate::finding::truth::Truth;
    use crate::platform::pool::spawn_worker;
    use crate::platform::post::unpack;

    /// A log that was made.
    #[derive(Clone, Debug)]
    pub struct Made {
        /// The log.
        pub log: File,
        /// What is known of it, as a file.
        pub truth: Blob,
        /// The same, to measure with.
        pub known: Truth,
    }

    /// How the making goes.
    #[derive(Debug)]
    pub enum News {
        /// So many rows are made.
        Rows(u64),
        /// All are.
        Made(Box<Made>),
        /// Nothing more will come, for this reason.
        Lost(String),
    }

    /// A log in the making. Dropping it ends the worker.
    #[derive(Debug)]
    pub struct Making {
        worker: Worker,
        _on_message: Closure<dyn FnMut(MessageEvent)>,
        _on_error: Closure<dyn FnMut(ErrorEvent)>,
    }

    impl Making {
        /// Begins to make a file of a name. The error is a sentence.
        pub fn start(order: Order, name: String, hear: impl Fn(News) + Clone + 'static) -> Result<Self, String> {
            let worker = spawn_worker().map_err(|error| format!("A worker could not start: {error:?}"))?;
            let (log, truth) = (Array::new(), Array::new());
            let on_message = {
                let (worker, hear) = (worker.clone(), hear.clone());
                Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
                    let data = event.data();
                    let Some(message) = data.dyn_ref::<Array>() else {
                        // It is up: what was posted to it before would have been lost.
                        if unpack::<Event>(&data) != Some(Event::Ready { protocol: PROTOCOL }) {
                            hear(News::Lost(
                                "the page and its workers are of different versions: reload the page".into(),
                            ));
                            return;
                        }
                        let order = Uint8Array::from(bytes::encode(&order).as_slice());
                        if worker.post_message(&Array::of1(&order)).is_err() {
                            hear(News::Lost("the worker takes no orders".into()));
                        }
                        return;
                    };
                    log.push(&message.get(1));
                    truth.push(&message.get(2));
                    hear(match message.get(3).dyn_ref::<Uint8Array>() {
                        None => News::Rows(message.get(0).as_f64().unwrap_or(0.0) as u64),
                        Some(known) => match made(&log, &truth, known, &name) {
                            Ok(made) => News::Made(Box::new(made)),
                            Err(_) => News::Lost("the browser has no memory for it".into()),
                        },
                    });
                })
            };
            let on_error = Closure::<dyn FnMut(ErrorEvent)>::new(move |error: ErrorEvent| {
                hear(News::Lost(error.message()));
            });
            worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
            worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
            Ok(Self { worker, _on_message: on_message, _on_error: on_error })
        }
    }

    impl Drop for Making {
        fn drop(&mut self) {
            self.worker.set_onmessage(None);
            self.worker.set_onerror(None);
            self.worker.terminate();
        }
    }

    fn made(log: &Array, truth: &Array, known: &Uint8Array, name: &str) -> Result<Made, JsValue> {
        Ok(Made {
            log: File::new_with_blob_sequence(log, name)?,
            truth: Blob::new_with_blob_sequence(truth)?,
            known: bytes::decode(&known.to_vec()).unwrap_or_default(),
        })
    }
}
