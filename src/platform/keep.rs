//! Texts kept in the browser from visit to visit, by a key (`IndexedDB`).

use futures_channel::oneshot;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbKeyRange, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransactionMode};

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
        settled(&request).await?;
        request.result().ok()?.as_string()
    }

    /// Keeps a text under a key; `false` where the browser does not.
    pub async fn put(&self, key: &str, text: &str) -> bool {
        let put = || {
            let store = self.store(IdbTransactionMode::Readwrite)?;
            store.put_with_key(&JsValue::from_str(text), &JsValue::from_str(key)).ok()
        };
        match put() {
            Some(request) => settled(&request).await.is_some(),
            None => false,
        }
    }

    /// Forgets the answers of language models, and nothing else.
    pub async fn forget_answers(&self) -> bool {
        let delete = || {
            let answers = IdbKeyRange::upper_bound_with_open(&JsValue::from_str(BEHIND_ANSWERS), true).ok()?;
            self.store(IdbTransactionMode::Readwrite)?.delete(&answers).ok()
        };
        match delete() {
            Some(request) => settled(&request).await.is_some(),
            None => false,
        }
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
    settled(&request).await?;
    request.result().ok()?.dyn_into().ok()
}

/// Waits for a request; `None` if it failed.
pub(super) async fn settled(request: &IdbRequest) -> Option<()> {
    let (sender, done) = oneshot::channel::<bool>();
    let sender = std::rc::Rc::new(std::cell::Cell::new(Some(sender)));
    let tell = move |well: bool| {
        let sender = sender.clone();
        Closure::once(move || {
            // Whoever waited may be gone.
            let _ = sender.take().map(|sender| sender.send(well));
        })
    };
    let (well, badly) = (tell(true), tell(false));
    request.set_onsuccess(Some(well.as_ref().unchecked_ref()));
    request.set_onerror(Some(badly.as_ref().unchecked_ref()));
    let done = done.await;
    request.set_onsuccess(None);
    request.set_onerror(None);
    done.unwrap_or(false).then_some(())
}
