//! Models kept in the browser from visit to visit (`IndexedDB`), each with a card that tells what it is.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbTransactionMode};

use super::keep::{answered, written};
use crate::engine::bytes::{decode, encode};

const DATABASE: &str = "strayline.models";
/// What each model is, by its number.
const CARDS: &str = "cards";
/// The models' files, by the same numbers.
const FILES: &str = "files";

/// What is told of a kept model without reading it.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Card {
    /// The name that the person gave it.
    pub name: String,
    /// When it was kept, in milliseconds since the epoch.
    pub kept: f64,
    /// Bytes of its file.
    pub bytes: u64,
    /// Its detector, in words.
    pub detector: String,
    /// Rows that it was fitted to.
    pub rows: u64,
    /// How many features it looks at.
    pub features: u64,
    /// The file that it was fitted to, or the first of them.
    pub source: String,
}

/// What is kept. Where the browser keeps nothing, it stays empty.
#[derive(Clone, Debug)]
pub struct Shelf(Option<IdbDatabase>);

impl Shelf {
    /// Opens it.
    pub async fn open() -> Self {
        Self(open().await)
    }

    /// All models with their numbers, the newest first. Cards that can't be read (of another version of the page) are left
    /// out.
    pub async fn list(&self) -> Vec<(u32, Card)> {
        let Some(store) = self.store(CARDS, IdbTransactionMode::Readonly) else { return Vec::new() };
        let Ok(request) = store.get_all() else { return Vec::new() };
        let Some(cards) = answered(&request).await else { return Vec::new() };
        let card = |card: JsValue| decode::<(u32, Card)>(&card.dyn_ref::<Uint8Array>()?.to_vec());
        let mut list: Vec<(u32, Card)> = Array::from(&cards).iter().filter_map(card).collect();
        list.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        list
    }

    /// Keeps a model; `false` where the browser does not.
    pub async fn keep(&self, card: &Card, file: &[u8]) -> bool {
        let Some(store) = self.store(FILES, IdbTransactionMode::Readwrite) else { return false };
        let Ok(request) = store.add(&Uint8Array::from(file)) else { return false };
        let Some(number) = answered(&request).await.and_then(|number| number.as_f64()) else { return false };
        written(&store).await && self.rewrite(number as u32, card).await
    }

    /// Changes what is told of a model.
    pub async fn rewrite(&self, number: u32, card: &Card) -> bool {
        let Some(store) = self.store(CARDS, IdbTransactionMode::Readwrite) else { return false };
        let card = Uint8Array::from(encode(&(number, card)).as_slice());
        store.put_with_key(&card, &JsValue::from(number)).is_ok() && written(&store).await
    }

    /// The file of a model.
    pub async fn file(&self, number: u32) -> Option<Vec<u8>> {
        let store = self.store(FILES, IdbTransactionMode::Readonly)?;
        let request = store.get(&JsValue::from(number)).ok()?;
        Some(answered(&request).await?.dyn_ref::<Uint8Array>()?.to_vec())
    }

    /// Forgets a model.
    pub async fn forget(&self, number: u32) {
        for name in [CARDS, FILES] {
            let Some(store) = self.store(name, IdbTransactionMode::Readwrite) else { continue };
            if store.delete(&JsValue::from(number)).is_ok() {
                written(&store).await;
            }
        }
    }

    fn store(&self, name: &str, mode: IdbTransactionMode) -> Option<IdbObjectStore> {
        self.0.as_ref()?.transaction_with_str_and_mode(name, mode).ok()?.object_store(name).ok()
    }
}

async fn open() -> Option<IdbDatabase> {
    let factory = web_sys::window()?.indexed_db().ok()??;
    let request: IdbOpenDbRequest = factory.open_with_u32(DATABASE, 1).ok()?;
    let opening = request.clone();
    let upgrade = Closure::once(move || {
        let Some(database) = opening.result().ok().and_then(|database| database.dyn_into::<IdbDatabase>().ok()) else {
            return;
        };
        let numbered = web_sys::IdbObjectStoreParameters::new();
        numbered.set_auto_increment(true);
        // Where they can't be made they are missing later.
        let _ = database.create_object_store_with_optional_parameters(FILES, &numbered);
        let _ = database.create_object_store(CARDS);
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    answered(&request).await?.dyn_into().ok()
}
