//! Checkpoints and decoders that wait: how much is unpacked again, and how much is kept.

use super::*;
use crate::ingest::source::Memory;

/// A gzip file of many members, of the same content each.
fn repeated(content: &[u8], times: usize) -> Memory {
    let mut member = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    member.extend(miniz_oxide::deflate::compress_to_vec(content, 6));
    member.extend(crc32fast::hash(content).to_le_bytes());
    member.extend((content.len() as u32).to_le_bytes());
    Memory(vec![member.repeat(times)])
}

#[test]
fn checkpoints_stay_few_and_stretches_short() {
    let piece: Vec<u8> = (0_u32..4_096).flat_map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes()).collect();
    let content = piece.repeat(512);
    let size = content.len() as u64;
    let mut source = repeated(&content, 60);
    let mut layers = Layers::default();
    let real = layers.real(0);
    let stream = layers.over(real, &Step::Gzip);
    assert_eq!(layers.length(&mut source, stream).unwrap(), 60 * size);
    assert_eq!(layers.doublings, 1);
    assert!((192..=MAX_CHECKPOINTS).contains(&layers.checkpoints), "{}", layers.checkpoints);
    let mut state = 7_u64;
    for _ in 0..60 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let at = (state >> 24) % (60 * size - 1_000);
        let before = layers.unpacked();
        let mut bytes = Vec::new();
        layers.read(&mut source, stream, at, 1_000, &mut bytes).unwrap();
        assert!((0..1_000).all(|n| bytes[n] == content[((at + n as u64) % size) as usize]));
        let stretch = layers.unpacked() - before;
        assert!(stretch <= 2 * layers.spacing(), "{stretch} bytes to reach {at}");
        // And the rows next to it cost nothing.
        let before = layers.unpacked();
        layers.read(&mut source, stream, at - at.min(500), 1_000, &mut bytes).unwrap();
        assert!(layers.unpacked() - before <= 2 * layers.spacing());
    }
    assert!(layers.waiting.len() <= MAX_WAITING);
}

#[test]
fn ranges_that_overlap_are_unpacked_once() {
    let content: Vec<u8> = (0_u32..5_000_000).flat_map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes()).collect();
    let mut source = repeated(&content, 1);
    let mut layers = Layers::default();
    let real = layers.real(0);
    let stream = layers.over(real, &Step::Gzip);
    for from in (0..20_000_000_u64).step_by(4 << 20) {
        let mut bytes = Vec::new();
        let from = from.saturating_sub(1);
        layers.read(&mut source, stream, from, (4 << 20) + (512 << 10), &mut bytes).unwrap();
        // A row of long ago does not make the reading lose its place.
        layers.read(&mut source, stream, from / 2, 100, &mut bytes).unwrap();
    }
    let rows = 5 * 2 * SPACING;
    assert!(layers.unpacked() <= 20_000_000 + rows, "{}", layers.unpacked());
}

#[test]
fn a_limit_ends_what_would_not_end() {
    let content = vec![b' '; 8 << 20];
    let mut source = repeated(&content, 3);
    let mut layers = Layers::limited(10 << 20);
    let real = layers.real(0);
    let stream = layers.over(real, &Step::Gzip);
    let length = layers.length(&mut source, stream).unwrap();
    assert!((10 << 20..12 << 20).contains(&length), "{length}");
    assert!(layers.trouble(stream).unwrap().contains("too much"));
}
