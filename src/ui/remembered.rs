//! What was said of the fields of files and changed of templates, kept from visit to visit: names of fields, and the texts of
//! those templates that were changed. Nothing else of a log.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::browser;
use crate::engine::bytes;
use crate::record::mapping::Mapping;
use crate::template::Hand;

const KEY: &str = "strayline.mappings";
const HAND_KEY: &str = "strayline.templates";
/// Kinds of files that are remembered; those that were changed last stay.
const MOST: usize = 50;

/// All that is remembered, by [`fingerprint`](crate::record::mapping::fingerprint), the newest first.
pub(super) fn load() -> Vec<(u64, Mapping)> {
    read(KEY)
}

/// Remembers a mapping (or forgets, where it is empty); gives all that is remembered now.
pub(super) fn remember(fingerprint: u64, mapping: &Mapping) -> Vec<(u64, Mapping)> {
    let mut all = load();
    all.retain(|(known, _)| *known != fingerprint);
    if !mapping.is_empty() {
        all.insert(0, (fingerprint, mapping.clone()));
        all.truncate(MOST);
    }
    write(KEY, &all);
    all
}

/// The changes of templates by hand, for all files.
pub(super) fn load_hand() -> Hand {
    read(HAND_KEY)
}

/// Remembers the changes of templates.
pub(super) fn remember_hand(hand: &Hand) {
    write(HAND_KEY, hand);
}

fn read<T: DeserializeOwned + Default>(key: &str) -> T {
    let stored = browser::storage().and_then(|storage| storage.get_item(key).ok().flatten());
    stored.and_then(|text| of_hex(&text)).and_then(|stored| bytes::decode(&stored)).unwrap_or_default()
}

fn write<T: Serialize>(key: &str, value: &T) {
    if let Some(storage) = browser::storage() {
        // Where nothing may be stored, it is remembered until the tab is closed.
        let _ = storage.set_item(key, &to_hex(&bytes::encode(value)));
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

fn of_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    Some(digits?.chunks_exact(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect())
}
