//! Laws that hold for any content, any place and any damage.

use proptest::prelude::*;

use super::archives::{ZipEntry, gzip, log, tar, utf16, zip, zstd};
use super::*;

const PACKINGS: usize = 15;

/// A text packed in one of the ways: the container, and which of its members the text is.
fn packed(text: &[u8], which: usize) -> (Vec<u8>, u32) {
    let half = text.len() / 2;
    let other = log(200_000, 99);
    let archive = || tar(&[("other", &other), ("text", text)]);
    let with_gzip = || tar(&[("other", &other), ("text.gz", &gzip(text))]);
    let entry = |content: &[u8], method| ZipEntry::new("a.log", content, method);
    match which {
        0 => (gzip(text), 0),
        1 => ([gzip(&text[..half]), gzip(&text[half..])].concat(), 0),
        2 => (zstd(text), 0),
        3 => ([zstd(&text[..half]), zstd(&text[half..])].concat(), 0),
        4 => (zip(&[entry(&other, 8), entry(text, 8), entry(text, 0)]), 1),
        5 => (zip(&[entry(&other, 8), entry(text, 0)]), 1),
        6 => (gzip(&archive()), 1),
        7 => (zstd(&archive()), 1),
        8 => (archive(), 1),
        9 => (with_gzip(), 1),
        10 => (gzip(&with_gzip()), 1),
        11 => (zip(&[entry(&gzip(text), 8)]), 0),
        12 => (utf16(text, false), 0),
        13 => (utf16(text, true), 0),
        _ => (gzip(&tar(&[("other", &other), ("text", &utf16(text, false))])), 1),
    }
}

fn opened(container: &[u8]) -> Unpacker<Memory> {
    let mut source = Memory(vec![container.to_vec()]);
    let contents = members(&mut source, 0, "x").unwrap();
    Unpacker::new(source, contents.members.into_iter().map(VirtualFile::Member).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn reading_anywhere_gives_a_slice_of_the_content(
        size in 1_usize..3_000_000,
        reads in prop::collection::vec((0.0..1.02_f64, 0_usize..1_000_000), 1..12),
    ) {
        let text = log(size, size as u64);
        for which in 0..PACKINGS {
            let (container, file) = packed(&text, which);
            let mut unpacker = opened(&container);
            for &(place, length) in &reads {
                let from = (place * size as f64) as usize;
                let mut bytes = Vec::new();
                unpacker.read(file, from as u64, length, &mut bytes).unwrap();
                let wanted = &text[from.min(size)..from.saturating_add(length).min(size)];
                prop_assert!(bytes == wanted, "packing {which}, {from}+{length}: {} bytes, not {}", bytes.len(), wanted.len());
            }
            prop_assert_eq!(unpacker.trouble(file), None);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn damage_gives_the_same_however_it_is_read(
        size in 1_usize..120_000,
        which in 0..PACKINGS,
        damage in prop::collection::vec((0.0..1.0_f64, any::<u8>()), 0..6),
        near_ends in prop::collection::vec((0_usize..80, any::<bool>(), any::<u8>()), 0..4),
        kept in 0.0..1.3_f64,
        from in 0.0..1.0_f64,
    ) {
        let text = log(size, size as u64);
        let mut container = packed(&text, which).0;
        let length = container.len();
        for (place, byte) in damage {
            container[(place * length as f64) as usize] = byte;
        }
        for (place, front, byte) in near_ends {
            let place = place.min(length - 1);
            container[if front { place } else { length - 1 - place }] = byte;
        }
        container.truncate((kept * length as f64) as usize);
        let mut once = opened(&container);
        let mut again = opened(&container);
        let count = once.files() as u32;
        for file in (0..count).rev() {
            let whole = content(&mut once, file, 70_001);
            let from = (from * whole.len() as f64) as usize;
            let mut tail = Vec::new();
            again.read(file, from as u64, usize::MAX, &mut tail).unwrap();
            prop_assert!(tail == whole[from..]);
            // Elsewhere, then the same again, from what was kept on the way.
            let mut head = Vec::new();
            again.read(file, 0, from, &mut head).unwrap();
            prop_assert!(head == whole[..from]);
            let mut tail = Vec::new();
            again.read(file, from as u64, whole.len(), &mut tail).unwrap();
            prop_assert!(tail == whole[from..]);
            prop_assert_eq!(once.trouble(file), again.trouble(file));
        }
    }

    #[test]
    fn any_bytes_behind_a_magic_are_survived(
        magic in 0_usize..4,
        bytes in prop::collection::vec(any::<u8>(), 0..3_000),
    ) {
        let magics = [&b"\x1f\x8b\x08"[..], b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PK\x05\x06"];
        let container = [magics[magic], &bytes].concat();
        let mut unpacker = opened(&container);
        for file in 0..unpacker.files() as u32 {
            let whole = content(&mut unpacker, file, 70_001);
            prop_assert!(whole.len() < 10_000_000);
        }
    }
}
