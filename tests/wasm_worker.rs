//! The engine inside a real worker: the same numbers as native, and bytes from real `File`s.

#![cfg(target_arch = "wasm32")]

use js_sys::{Array, Uint8Array};
use strayline::common::hash::hash_bytes;
use strayline::common::simd::first_of;
use strayline::engine::part::Part;
use strayline::engine::{Conductor, FileInfo, Settings, Shard};
use strayline::ingest::ByteSource;
use strayline::ingest::unpack::Unpacker;
use strayline::platform::files::BrowserFiles;
use strayline::platform::post::{is_message, pack, unpack, unpack_to_relay};
use strayline::synthetic::{self, Format, Log};
use strayline::view::Stage;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::File;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

fn file(bytes: &[u8]) -> File {
    let parts = Array::of1(&Uint8Array::from(bytes));
    File::new_with_u8_array_sequence(&parts, "log.jsonl").expect("a file")
}

#[wasm_bindgen_test]
fn slices_of_a_file_are_its_bytes() {
    let bytes: Vec<u8> = (0..10_000_000_u32).map(|n| n.wrapping_mul(2_654_435_761) as u8).collect();
    let mut files = BrowserFiles::new(vec![file(&bytes)]);
    assert_eq!(files.size(0), Some(10_000_000));
    for (from, length) in [(0, 10), (4_194_000, 900), (3, 9_000_000), (9_999_990, 100)] {
        let mut read = Vec::new();
        files.read(0, from, length, &mut read).expect("bytes of a blob");
        let to = (from as usize + length).min(bytes.len());
        assert_eq!(read, bytes[from as usize..to]);
    }
}

/// What only browsers run: every place of a byte in texts of any length.
#[wasm_bindgen_test]
fn the_first_of_some_bytes_is_found() {
    for length in 0..50 {
        let mut text = vec![b'"' | 0x80; length];
        assert_eq!(first_of(&text, [b'"', b'\\', b'\n']), None);
        for at in (0..length).rev() {
            text[at] = b"\"\\\n"[at % 3];
            assert_eq!(first_of(&text, [b'"', b'\\', b'\n']), Some(at));
            assert_eq!(first_of(&text, [b'"']), text.iter().position(|&byte| byte == b'"'));
        }
    }
}

/// A page sends a part on that it never had in its memory: copies to all but the last who gets it.
#[wasm_bindgen_test]
fn large_parts_are_relayed_unread() {
    let (large, short): (Part, Part) = (vec![7; 3 << 20].into(), vec![5; 9].into());
    let (posted, transferred) = pack((3_u8, vec![large.clone(), short.clone()]));
    assert!(is_message(&posted) && transferred.length() == 2);
    let (_, mut parts): (u8, Vec<Part>) = unpack_to_relay(&posted).expect("a message");
    assert!(matches!(parts[0], Part::Elsewhere(_)) && !parts[0].is_empty() && parts[1] == short);
    let (_, copied) = pack(parts[0].clone());
    let (posted, transferred) = pack(parts.swap_remove(0));
    assert_eq!((copied.length(), transferred.length()), (1, 2));
    assert_eq!(unpack(&posted), Some(large));
    let (posted, _) = pack(short.clone());
    assert!(is_message(&posted) && !is_message(&Array::of1(&posted)));
    assert_eq!(unpack(&posted), Some(short));
}

/// The numbers of `tests/scores.rs`, computed in a browser.
#[wasm_bindgen_test]
fn scores_are_those_of_the_native_build() {
    let text = include_bytes!("../public/samples/shop.jsonl");
    let mut files = Unpacker::new(BrowserFiles::new(vec![file(text)]), Vec::new());
    let infos = vec![FileInfo { name: "shop.jsonl".into(), size: text.len() as u64, modified: None }];
    let mut conductor = Conductor::new(Settings::default(), infos, 1);
    let mut shard = Shard::default();
    while !matches!(conductor.stage(), Stage::Done | Stage::Failed) {
        for (worker, request) in conductor.requests() {
            if let Some(event) = shard.handle(request, &mut files) {
                conductor.hear(worker, event);
            }
        }
    }
    let best: Vec<String> =
        conductor.ranking().0.iter().take(200).map(|row| format!("{} {:?}", row.byte, row.score.to_bits())).collect();
    assert_eq!(best.join("\n"), include_str!("fixtures/shop_scores.txt").trim_end());
}

/// The bytes of `tests/synthetic.rs`, made in a browser.
#[wasm_bindgen_test]
fn synthetic_logs_are_those_of_the_native_build() {
    let hashes = [Format::JsonLines, Format::Csv].map(|format| {
        let (mut log, mut rows, mut truth) = (Log::new(synthetic::Settings::default(), format), Vec::new(), Vec::new());
        while log.write(1000, &mut rows, &mut truth) {}
        format!("{:016x} {:016x}", hash_bytes(&rows), hash_bytes(&truth))
    });
    assert_eq!(hashes.join("\n"), include_str!("fixtures/synthetic_hashes.txt").trim_end());
}
