//! Scores are pinned to the bit: `tests/wasm_worker.rs` compares a browser's with the same file. After a change that is
//! meant to move scores, run with `STRAYLINE_UPDATE=1` and look at the difference.

#![cfg(not(target_arch = "wasm32"))]

use strayline::engine::{FileInfo, Settings};
use strayline::ingest::source::Memory;
use strayline::native::analyze;

#[test]
fn scores_of_a_sample_are_what_they_were() {
    let text = include_bytes!("../public/samples/shop.jsonl").to_vec();
    let infos = vec![FileInfo { name: "shop.jsonl".into(), size: text.len() as u64, modified: None }];
    let sources = vec![Memory(vec![text.clone()]), Memory(vec![text])];
    let analysis = analyze(sources, infos, Settings::default(), &mut |_| {});
    let ranked = &analysis.conductor().ranking().0;
    let best: Vec<String> =
        ranked.iter().take(200).map(|row| format!("{} {:?}", row.byte, row.score.to_bits())).collect();
    let text = best.join("\n") + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/shop_scores.txt");
    if std::env::var_os("STRAYLINE_UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(path).unwrap_or_default());
}
