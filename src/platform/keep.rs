//! Texts kept in the browser from visit to visit, by a key (`IndexedDB`).

use std::cell::Cell;
use std::rc::Rc;

use futures_channel::oneshot;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    EventTarget, IdbDatabase, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransactionMode,
};

const DATABASE: &str = "strayline";
/// The one store: answers of language models by the hash of the exact request, which is in hexadecimal digits; and what the
/// person said of rows, by `labels ` and a hash of the files.
const STORE: &str = "answers";
/// Behind the keys of all answers, and before those of labels.
const BEHIND_ANSWERS: &str = "g";

/// What is kept. Where the browser keeps nothing, everything is missing.
#[derive(Clone, Debug)]
pub struct Kept(Option<IdbDatabase>);

impl Kept {
    /// Opens it.
    pub async fn open() -> Self {
        Self(open().await)
    }

    /// The text under a key.
    pub async fn get(&self, key: &str) -> Option<String> {
        let store = self.store(IdbTransactionMode::Readonly)?;
        let request = store.get(&JsValue::from_str(key)).ok()?;
        answered(&request).await?.as_string()
    }

    /// Keeps a text under a key; `false` where the browser does not.
    pub async fn put(&self, key: &str, text: &str) -> bool {
        let Some(store) = self.store(IdbTransactionMode::Readwrite) else { return false };
        store.put_with_key(&JsValue::from_str(text), &JsValue::from_str(key)).is_ok() && written(&store).await
    }

    /// Forgets the answers of language models, and nothing else.
    pub async fn forget_answers(&self) -> bool {
        let answers = IdbKeyRange::upper_bound_with_open(&JsValue::from_str(BEHIND_ANSWERS), true);
        let (Ok(answers), Some(store)) = (answers, self.store(IdbTransactionMode::Readwrite)) else { return false };
        store.delete(&answers).is_ok() && written(&store).await
    }

    fn store(&self, mode: IdbTransactionMode) -> Option<IdbObjectStore> {
        let transaction = self.0.as_ref()?.transaction_with_str_and_mode(STORE, mode).ok()?;
        transaction.object_store(STORE).ok()
    }
}

async fn open() -> Option<IdbDatabase> {
    let factory = web_sys::window()?.indexed_db().ok()??;
    let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, 1).ok()?;
    let opening = request.clone();
    let upgrade = Closure::once(move || {
        let database = opening.result().ok().and_then(|database| database.dyn_into::<IdbDatabase>().ok());
        // Where it can't be made it is missing later.
        let _ = database.map(|database| database.create_object_store(STORE));
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    answered(&request).await?.dyn_into().ok()
}

/// Waits for a request and gives what it came to; `None` if it failed.
pub(super) async fn answered(request: &IdbRequest) -> Option<JsValue> {
    heard(request, "success", "error").await.then(|| request.result().ok()).flatten()
}

/// Waits until what was asked of a store is written. A request that succeeded is not: a page that is closed before its
/// transaction is complete takes it along.
pub(super) async fn written(store: &IdbObjectStore) -> bool {
    heard(&store.transaction(), "complete", "abort").await
}

/// Waits for one of two events; whether it was the good one.
async fn heard(target: &EventTarget, good: &str, bad: &str) -> bool {
    let (sender, done) = oneshot::channel::<bool>();
    let sender = Rc::new(Cell::new(Some(sender)));
    let [on_good, on_bad] = [true, false].map(|well| {
        let sender = sender.clone();
        Closure::<dyn FnMut()>::new(move || {
            // Whoever waited may be gone.
            let _ = sender.take().map(|sender| sender.send(well));
        })
    });
    let listeners = [(good, on_good.as_ref().unchecked_ref()), (bad, on_bad.as_ref().unchecked_ref())];
    for (name, listener) in listeners {
        if target.add_event_listener_with_callback(name, listener).is_err() {
            return false;
        }
    }
    let well = done.await.unwrap_or(false);
    for (name, listener) in listeners {
        // A listener that is not there any more is what is wanted.
        let _ = target.remove_event_listener_with_callback(name, listener);
    }
    well
}
