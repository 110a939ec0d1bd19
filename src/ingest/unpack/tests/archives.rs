//! Writers of archives, as small as tests need them.

use std::fmt::Write;

use miniz_oxide::deflate::compress_to_vec;

/// Lines of a log: `bytes` of them, more or less like a real one's.
pub(super) fn log(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut text = String::with_capacity(bytes + 200);
    while text.len() < bytes {
        let verb = ["opened", "closed", "refused", "timed out"][draw(4) as usize];
        let (minute, second, milli) = (draw(60), draw(60), draw(1000));
        let (user, port, hash) = (draw(500), draw(65_536), draw(1 << 31));
        let time = format!("2024-03-01T12:{minute:02}:{second:02}.{milli:03}Z");
        writeln!(text, "{time} INFO session {hash:08x} of user{user} {verb} on port {port}").unwrap();
    }
    text.truncate(bytes);
    text.into_bytes()
}

pub(super) fn crc(content: &[u8]) -> u32 {
    crc32fast::hash(content)
}

/// One gzip member, with a name and a comment.
pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 8 | 16 | 4 | 2, 0, 0, 0, 0, 0, 255];
    bytes.extend(b"\x05\0extra");
    bytes.extend(b"app.log\0a comment\0\x12\x34");
    bytes.extend(compress_to_vec(content, 6));
    bytes.extend(crc(content).to_le_bytes());
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes
}

/// A zstd frame.
pub(super) fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

/// UTF-16 with a byte order mark.
pub(super) fn utf16(content: &[u8], big_endian: bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(content);
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(|unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// A header of a tar, of any kind.
pub(super) fn tar_header(name: &[u8], size: u64, kind: u8) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len().min(100)].copy_from_slice(&name[..name.len().min(100)]);
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[136..148].copy_from_slice(b"14567012345\0");
    block[148..156].fill(b' ');
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// A header and its content, filled up to whole blocks.
pub(super) fn tar_file(name: &[u8], content: &[u8], kind: u8) -> Vec<u8> {
    let mut bytes = tar_header(name, content.len() as u64, kind);
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// A whole tar of regular files.
pub(super) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        files.iter().flat_map(|(name, content)| tar_file(name.as_bytes(), content, b'0')).collect();
    bytes.extend([0; 1024]);
    bytes
}

/// How an entry of a zip is written.
#[derive(Clone)]
pub(super) struct ZipEntry {
    pub(super) name: Vec<u8>,
    pub(super) content: Vec<u8>,
    pub(super) method: u16,
    pub(super) flags: u16,
    /// Sizes stand in the extra fields for 64 bits.
    pub(super) wide: bool,
}

impl ZipEntry {
    pub(super) fn new(name: &str, content: &[u8], method: u16) -> Self {
        Self { name: name.into(), content: content.to_vec(), method, flags: 0, wide: false }
    }
}

/// A zip; the sizes of entries with flag 8 stand behind their content only.
pub(super) fn zip(entries: &[ZipEntry]) -> Vec<u8> {
    let (mut bytes, mut central) = (Vec::new(), Vec::new());
    let wide = entries.iter().any(|entry| entry.wide);
    for entry in entries {
        let at = bytes.len() as u64;
        let packed = match entry.method {
            8 => compress_to_vec(&entry.content, 6),
            93 => zstd(&entry.content),
            _ => entry.content.clone(),
        };
        let (size, length) = (entry.content.len() as u64, packed.len() as u64);
        let described = entry.flags & 8 != 0;
        let common = |size: u64, length: u64, crc: u32, extra: usize| {
            let mut head = Vec::new();
            for field in [20, entry.flags, entry.method, 0, 0] {
                head.extend(u16::to_le_bytes(field));
            }
            for field in [crc, length as u32, size as u32] {
                head.extend(field.to_le_bytes());
            }
            head.extend((entry.name.len() as u16).to_le_bytes());
            head.extend((extra as u16).to_le_bytes());
            head
        };
        bytes.extend(b"PK\x03\x04");
        let crc = crc(&entry.content);
        bytes.extend(if described { common(0, 0, 0, 4) } else { common(size, length, crc, 4) });
        bytes.extend(&entry.name);
        // An extra field that the central directory does not have.
        bytes.extend(b"\xfe\xca\0\0");
        bytes.extend(&packed);
        if described {
            bytes.extend(b"PK\x07\x08");
            bytes.extend([crc, length as u32, size as u32].into_iter().flat_map(u32::to_le_bytes));
        }
        let extra = if entry.wide {
            let values = [size, length, at].into_iter().flat_map(u64::to_le_bytes);
            [1, 0, 24, 0].into_iter().chain(values).collect()
        } else {
            Vec::new()
        };
        let wide = |value: u64| if entry.wide { u64::from(u32::MAX) } else { value };
        central.extend(b"PK\x01\x02\x14\x00");
        central.extend(common(wide(size), wide(length), crc, extra.len()));
        central.extend([0; 10]);
        central.extend((wide(at) as u32).to_le_bytes());
        central.extend(&entry.name);
        central.extend(&extra);
    }
    let (from, size) = (bytes.len() as u64, central.len() as u64);
    bytes.extend(&central);
    if wide {
        let at = bytes.len() as u64;
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([0; 28]);
        bytes.extend(size.to_le_bytes());
        bytes.extend(from.to_le_bytes());
        bytes.extend(b"PK\x06\x07\0\0\0\0");
        bytes.extend(at.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend([entries.len() as u16, entries.len() as u16].into_iter().flat_map(u16::to_le_bytes));
    bytes.extend((size as u32).to_le_bytes());
    bytes.extend(if wide { u32::MAX } else { from as u32 }.to_le_bytes());
    bytes.extend(b"\x09\0a comment");
    bytes
}
