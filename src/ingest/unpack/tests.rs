//! Every packing, whole and damaged, read at any place.

mod archives;
#[cfg(not(target_arch = "wasm32"))]
mod laws;

use archives::{ZipEntry, gzip, log, tar, tar_file, tar_header, utf16, zip, zstd};

use super::*;
use crate::ingest::sniff::sniff;
use crate::ingest::source::Memory;

/// Everything in a container: names, contents and what is wrong, and the notes of all of it.
type All = (Vec<(String, Vec<u8>, Option<String>)>, Vec<String>);

fn all(bytes: &[u8], name: &str) -> All {
    let mut source = Memory(vec![bytes.to_vec()]);
    let Contents { members, notes } = members(&mut source, 0, name).unwrap();
    let files = members.iter().cloned().map(VirtualFile::Member).collect();
    let mut unpacker = Unpacker::new(source, files);
    let mut read = Vec::new();
    for (index, member) in members.into_iter().enumerate() {
        let content = content(&mut unpacker, index as u32, 100_000);
        assert!(member.size().is_none_or(|size| size >= content.len() as u64), "{member:?}");
        let (done, of) = unpacker.packed_position(index as u32);
        assert!(done <= of, "{done} of {of}");
        read.push((member.name, content, unpacker.trouble(index as u32)));
    }
    (read, notes)
}

/// Reads a file to its end, in ranges that overlap.
fn content<S: ByteSource>(unpacker: &mut Unpacker<S>, file: u32, range: usize) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let from = content.len().saturating_sub(100);
        let mut bytes = Vec::new();
        unpacker.read(file, from as u64, range, &mut bytes).unwrap();
        assert_eq!(&content[from..], &bytes[..content.len() - from]);
        let ended = bytes.len() < range;
        content.extend(&bytes[content.len() - from..]);
        if ended {
            return content;
        }
    }
}

/// Checks names and contents, and that nothing is wrong.
fn check(bytes: &[u8], name: &str, wanted: &[(&str, &[u8])]) {
    let (files, notes) = all(bytes, name);
    let wanted: Vec<_> = wanted.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec(), None)).collect();
    assert!(files == wanted, "{:?}", files.iter().map(|file| (&file.0, file.1.len(), &file.2)).collect::<Vec<_>>());
    assert_eq!(notes, Vec::<String>::new());
}

#[test]
fn magic_bytes_tell_the_packing() {
    for (bytes, packing_of) in [
        (gzip(b"x"), Some(Packing::Gzip)),
        (zstd(b"x"), Some(Packing::Zstd)),
        (zip(&[ZipEntry::new("a", b"x", 0)]), Some(Packing::Zip)),
        (tar(&[("a", b"x")]), Some(Packing::Tar)),
        (utf16(b"x", false), Some(Packing::Utf16 { big_endian: false })),
        (utf16(b"x", true), Some(Packing::Utf16 { big_endian: true })),
        (utf16(b"2024 INFO", true)[2..].to_vec(), Some(Packing::Utf16 { big_endian: true })),
        (
            utf16("2024-01-01 größer, and more of it, in ASCII mostly".as_bytes(), false)[2..].to_vec(),
            Some(Packing::Utf16 { big_endian: false }),
        ),
        (b"\xff\xfe\0\0x\0\0\0".to_vec(), None),
        (b"\xff\xfe".to_vec(), None),
        (log(1000, 1), None),
        (vec![0; 512], None),
        (b"PK".to_vec(), None),
        (Vec::new(), None),
    ] {
        assert_eq!(packing(&bytes), packing_of);
    }
}

#[test]
fn a_gzip_file_of_several_members_is_one_file() {
    let text = log(3_000_000, 1);
    let parts = [gzip(&text[..1_000_000]), gzip(b""), gzip(&text[1_000_000..]), vec![0; 300]];
    check(&parts.concat(), "app.log.gz", &[("app.log", &text)]);
    check(&gzip(b""), "empty.gz", &[]);
    check(b"plain text", "plain.log", &[]);
}

#[test]
fn a_zstd_file_of_several_frames_is_one_file() {
    let text = log(1_500_000, 2);
    let skippable = [&b"\x53\x2a\x4d\x18\x04\0\0\0"[..], b"skip"].concat();
    let frames = [zstd(&text[..400_000]), skippable.clone(), zstd(&text[400_000..]), skippable];
    check(&frames.concat(), "app.log.zst", &[("app.log", &text)]);
}

#[test]
fn what_zstd_itself_wrote_is_read() {
    // `printf 'one line of a log\n%.0s' $(seq 20) | zstd -19 --check`
    let frame = hex(ZSTD_COMMAND);
    check(&frame, "a.zst", &[("a", &b"one line of a log\n".repeat(20))]);
    let mut wrong = frame;
    let at = wrong.len() - 1;
    wrong[at] ^= 1;
    let (files, _) = all(&wrong, "a.zst");
    assert!(files[0].2.as_ref().unwrap().contains("checksum"), "{:?}", files[0].2);
}

const ZSTD_COMMAND: &str = "28b52ffd0468cd0000906f6e65206c696e65206f662061206c6f670a0100a64a9d6117c6830f";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn utf16_is_read_as_utf8_wherever_its_characters_are_cut() {
    let text = "2024-01-01 ok ✓ größer 漢字 😀 end\n".repeat(60_000);
    for big_endian in [false, true] {
        check(&utf16(text.as_bytes(), big_endian), "a.txt", &[("a.txt", text.as_bytes())]);
    }
    let inside = zip(&[ZipEntry::new("b.txt", &gzip(&utf16(text.as_bytes(), false)), 8)]);
    check(&inside, "x.zip", &[("x.zip/b.txt", text.as_bytes())]);
    // Lone surrogates, and half a unit at the end.
    let units: [u16; 8] = [0xfeff, 0x61, 0xdc00, 0xd800, 0x62, 0xd800, 0xd83d, 0xde00];
    let bytes: Vec<u8> = units.into_iter().flat_map(u16::to_le_bytes).chain([0x63]).collect();
    check(&bytes, "c", &[("c", "a\u{fffd}\u{fffd}b\u{fffd}😀\u{fffd}".as_bytes())]);
    // A mark that is not the first character is one like any other.
    let marks = "a\u{feff}b\n".repeat(9);
    check(&utf16(marks.as_bytes(), false), "d", &[("d", marks.as_bytes())]);
}

#[test]
fn a_zip_gives_its_files_stored_deflated_and_described_behind() {
    let (a, b, c) = (log(700_000, 3), log(90_000, 4), log(5_000, 5));
    let entries = [
        ZipEntry::new("logs/", b"", 0),
        ZipEntry::new("logs/a.log", &a, 8),
        ZipEntry { flags: 8, ..ZipEntry::new("b.log", &b, 8) },
        ZipEntry::new("empty", b"", 8),
        ZipEntry::new("__MACOSX/._a.log", b"resource", 0),
        ZipEntry::new("c.log", &c, 0),
        ZipEntry::new("d.log", &c, 93),
    ];
    let wanted: &[(&str, &[u8])] =
        &[("x.zip/logs/a.log", &a), ("x.zip/b.log", &b), ("x.zip/c.log", &c), ("x.zip/d.log", &c)];
    check(&zip(&entries), "x.zip", wanted);
    let wide = entries.clone().map(|entry| ZipEntry { wide: true, ..entry });
    check(&zip(&wide), "x.zip", wanted);
    let behind_program = [&log(1000, 6)[..], &zip(&entries)].concat();
    // It is found by its end, once something says that it is a zip.
    assert_eq!(packing(&behind_program), None);
}

#[test]
fn a_zip_without_its_end_is_walked() {
    let (a, b) = (log(70_000, 3), log(9_000, 4));
    let entries = [
        ZipEntry { flags: 8, ..ZipEntry::new("a.log", &a, 8) },
        ZipEntry::new("b.log", &b, 0),
        ZipEntry::new("c.log", &a, 8),
    ];
    let whole = zip(&entries);
    let central = memchr::memmem::find(&whole, b"PK\x01\x02").unwrap();
    let (files, notes) = all(&whole[..central - 100], "x.zip");
    assert_eq!(files[0], ("x.zip/a.log".into(), a.clone(), None));
    assert_eq!(files[1], ("x.zip/b.log".into(), b, None));
    assert!(files[2].1.len() > 50_000 && a.starts_with(&files[2].1));
    assert!(files[2].2.as_ref().unwrap().contains("ends before its content does"), "{:?}", files[2].2);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].starts_with("x.zip: The end of this zip archive is missing"), "{notes:?}");
}

#[test]
fn entries_that_cannot_be_read_say_why_and_stop_no_others() {
    let text = log(1000, 1);
    let bytes = zip(&[
        ZipEntry { flags: 1, ..ZipEntry::new("secret.log", &text, 8) },
        ZipEntry::new("old.log", &text, 12),
        ZipEntry::new("../../etc/passwd", &text, 8),
        ZipEntry::new("/", b"", 0),
    ]);
    let (files, _) = all(&bytes, "x.zip");
    assert_eq!(files.len(), 3, "{files:?}");
    assert!(files[0].2.as_ref().unwrap().contains("encrypted"));
    assert!(files[1].2.as_ref().unwrap().contains("bzip2"));
    assert!(files[0].1.is_empty() && files[1].1.is_empty());
    assert_eq!(files[2], ("x.zip/etc/passwd".into(), text, None));
}

#[test]
fn places_that_an_archive_does_not_have_are_told() {
    let text = log(3_000, 1);
    let bytes = zip(&[ZipEntry { wide: true, ..ZipEntry::new("a.log", &text, 0) }, ZipEntry::new("b.log", &text, 8)]);
    let central = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    let wide = central + 46 + "a.log".len() + 4;
    let with = |at: usize, value: u64| {
        let mut bytes = bytes.clone();
        bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        all(&bytes, "x.zip")
    };
    for place in [1, 4_000, u64::MAX - 10, u64::MAX] {
        let (files, _) = with(wide + 16, place);
        assert!(files[0].1.is_empty() && files[0].2.as_ref().unwrap().contains("not where"), "{place}: {files:?}");
        assert_eq!(files[1], ("x.zip/b.log".into(), text.clone(), None));
    }
    for packed in [100_000, u64::MAX] {
        let (files, notes) = with(wide + 8, packed);
        assert!(files[0].1.starts_with(&text), "{files:?}");
        assert!(notes[0].contains("ends before"), "{notes:?}");
    }
    // Of a size that can't be, what could be is believed.
    let lie = ZipEntry { wide: true, ..ZipEntry::new("a.log", &text, 8) };
    let mut bytes = zip(&[lie]);
    let central = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    bytes[central + 46 + 5 + 4..][..8].fill(0xff);
    let member = members(&mut Memory(vec![bytes]), 0, "x.zip").unwrap().members.remove(0);
    assert!(member.size().unwrap() < 3_000 * 1032);
}

#[test]
fn links_in_a_zip_are_no_files() {
    let mut bytes = zip(&[ZipEntry::new("link.log", b"to/app.log", 0), ZipEntry::new("b.log", b"text", 0)]);
    let central = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    bytes[central + 5] = 3;
    bytes[central + 38..central + 42].copy_from_slice(&(0o12_0777_u32 << 16).to_le_bytes());
    check(&bytes, "x.zip", &[("x.zip/b.log", b"text")]);
}

#[test]
fn packed_content_is_looked_at_as_plain_content_is() {
    // Of a larger file that is compressed only the start is looked at; what is stored is looked at like a plain one.
    for (size, container, method) in [(100_000, false, 8), (100_000, true, 8), (3_000_000, true, 0)] {
        let text = log(size, 1);
        let plain = sniff(&mut Memory(vec![text.clone()]), 0).unwrap();
        let bytes = if container { zip(&[ZipEntry::new("a.log", &text, method)]) } else { gzip(&text) };
        let mut source = Memory(vec![bytes]);
        let member = members(&mut source, 0, "x").unwrap().members.remove(0);
        let packed = sniff(&mut Unpacker::new(source, vec![VirtualFile::Member(member)]), 0).unwrap();
        assert_eq!(packed, plain);
    }
}

#[test]
fn content_longer_or_shorter_than_a_zip_says_is_told() {
    let text = log(300_000, 1);
    for (method, size, length, told) in
        [(8, 200_000_u32, 200_000, "longer"), (93, 200_000, 200_000, "longer"), (8, 400_000, 300_000, "ends before")]
    {
        let mut bytes = zip(&[ZipEntry::new("a.log", &text, method)]);
        let central = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
        bytes[central + 24..central + 28].copy_from_slice(&size.to_le_bytes());
        let (files, _) = all(&bytes, "x.zip");
        assert_eq!(files[0].1.len(), length);
        assert!(files[0].2.as_ref().unwrap().contains(told), "{:?}", files[0].2);
    }
}

#[test]
fn a_tar_gives_regular_files_under_their_long_names() {
    let (a, b, c) = (log(2_000, 3), log(512, 4), log(1_025, 5));
    let long = format!("{}/a.log", "long".repeat(40));
    let record = |text: &str| format!("{} {text}\n", text.len() + 2 + (text.len() + 5).to_string().len());
    let bytes = [
        tar_file(b"folder/", b"", b'5'),
        tar_file(b"././@LongLink", format!("{long}\0").as_bytes(), b'L'),
        tar_file(b"cut off", &a, b'0'),
        tar_file(b"PaxHeaders/b", record(&format!("path={long}.pax")).as_bytes(), b'x'),
        tar_file(b"b", &b, b'0'),
        tar_file(b"global", record("comment=none").as_bytes(), b'g'),
        tar_file(b"link", b"", b'2'),
        tar_header(b"hard link", 3_000, b'1'),
        tar_file(b"empty", b"", b'0'),
        tar_file(b"c.log", &c, 0),
        vec![0; 1024],
    ]
    .concat();
    let (first, second) = (format!("x.tar/{long}"), format!("x.tar/{long}.pax"));
    let wanted: &[(&str, &[u8])] = &[(&first, &a), (&second, &b), ("x.tar/c.log", &c)];
    check(&bytes, "x.tar", wanted);
    // Without the blocks of its end it is the same, and with a part of one more header.
    for (more, about) in [
        (&b""[..], "does not say where it ends"),
        (&[0; 300][..], "does not say where it ends"),
        (b"next.log", "another of its files begins"),
    ] {
        let (files, notes) = all(&[&bytes[..bytes.len() - 1024], more].concat(), "x.tar");
        assert!(files.iter().map(|file| &file.1[..]).eq(wanted.iter().map(|file| file.1)));
        assert!(notes.len() == 1 && notes[0].contains(about), "{notes:?}");
    }
    let (files, notes) = all(&bytes[..bytes.len() - 1024 - 600], "x.tar");
    assert_eq!(files[2].1, &c[..c.len() - (600 - (1536 - c.len()))]);
    assert!(notes[0].contains("ends inside one of its files"), "{notes:?}");
}

#[test]
fn what_is_nested_is_opened_two_levels_deep() {
    let (a, b) = (log(300_000, 3), log(2_500_000, 4));
    let packed = gzip(&a);
    let inner: &[(&str, &[u8])] = &[("a.log", &a), ("old/a.log.gz", &packed), ("b.log", &b)];
    let archive = tar(inner);
    let inside = |name: &str| {
        [("a.log", &a), ("old/a.log", &a), ("b.log", &b)]
            .map(|(file, content)| (format!("{name}/{file}"), content.clone(), None))
            .to_vec()
    };
    for (bytes, name) in [
        (archive.clone(), "x.tar"),
        (gzip(&archive), "x.tar.gz"),
        (gzip(&archive), "x.tgz"),
        (zstd(&archive), "x.tar.zst"),
    ] {
        let (files, notes) = all(&bytes, name);
        assert!(files == inside(name) && notes.is_empty(), "{name}: {notes:?}");
    }
    let outer = zip(&[ZipEntry::new("x.tar.gz", &gzip(&archive), 8), ZipEntry::new("b.log.gz", &gzip(&b), 0)]);
    let (files, notes) = all(&outer, "y.zip");
    assert!(notes.is_empty(), "{notes:?}");
    let names: Vec<&str> = files.iter().map(|file| file.0.as_str()).collect();
    assert_eq!(names, ["y.zip/x.tar.gz/a.log", "y.zip/x.tar.gz/old/a.log.gz", "y.zip/x.tar.gz/b.log", "y.zip/b.log"]);
    assert!(files[1].1.is_empty() && files[1].2.as_ref().unwrap().contains("too deep"));
    assert!(files[2].1 == b && files[3].1 == b);
}

#[test]
fn damage_ends_the_content_and_is_told() {
    let text = log(2_000_000, 7);
    let whole = gzip(&text);
    let told = |bytes: &[u8]| {
        let (files, _) = all(bytes, "app.log.gz");
        let (_, content, trouble) = files.into_iter().next().unwrap();
        assert!(text.starts_with(&content));
        (content.len(), trouble.unwrap())
    };
    let (length, trouble) = told(&whole[..whole.len() / 2]);
    assert!((600_000..1_400_000).contains(&length), "{length}");
    let size = crate::common::number::bytes(length as u64);
    assert_eq!(
        trouble,
        format!("This gzip file ends before its content does; what could be unpacked, {size}, is read.")
    );
    let (length, trouble) = told(&whole[..whole.len() - 3]);
    assert!(length == text.len() && trouble.contains("ends before"), "{trouble}");
    let mut wrong = whole.clone();
    let crc = wrong.len() - 8;
    wrong[crc] ^= 1;
    let (length, trouble) = told(&wrong);
    assert!(length == text.len() && trouble.contains("checksum"), "{trouble}");
    let (length, trouble) = told(&[&whole[..], b"and some text"].concat());
    assert!(length == text.len() && trouble.contains("left out"), "{trouble}");
    // A block of a kind that does not exist.
    let broken = [&whole[..36], &[0xff; 20]].concat();
    let (files, notes) = all(&broken, "app.log.gz");
    assert!(files[0].2.as_ref().unwrap().contains("damaged") && notes.is_empty(), "{files:?} {notes:?}");
    // What ends in the middle of a compressed tar concerns the files from there on.
    let archive = gzip(&tar(&[("a", &text), ("b", &text)]));
    let (files, notes) = all(&archive[..archive.len() * 3 / 4], "x.tar.gz");
    assert_eq!((files[0].1.len(), &files[0].2), (text.len(), &None));
    assert!(files[1].1.len() > 600_000 && text.starts_with(&files[1].1));
    assert_eq!(notes.len(), 2, "{notes:?}");
}

#[test]
fn a_truncated_zstd_frame_gives_what_came_before() {
    let text = log(2_000_000, 8);
    let whole = zstd(&text);
    let (files, _) = all(&whole[..whole.len() / 2], "app.log.zst");
    let (_, content, trouble) = &files[0];
    assert!(content.len() > 600_000 && text.starts_with(content), "{}", content.len());
    assert!(trouble.as_ref().unwrap().starts_with("This zstd file ends before its content does"));
}

#[test]
fn only_the_first_ten_thousand_files_are_listed() {
    let names: Vec<String> = (0..MAX_MEMBERS + 2).map(|at| format!("{at}.log")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x\n"[..])).collect();
    let mut source = Memory(vec![tar(&files)]);
    let contents = members(&mut source, 0, "x.tar").unwrap();
    assert_eq!(contents.members.len(), MAX_MEMBERS);
    assert_eq!(contents.notes, ["x.tar: Only the first 10000 files in it are read."]);
    source = Memory(vec![tar(&files[..MAX_MEMBERS])]);
    assert_eq!(members(&mut source, 0, "x.tar").unwrap().notes, Vec::<String>::new());
}

#[test]
fn a_member_crosses_to_another_worker_unchanged() {
    let mut source = Memory(vec![zip(&[ZipEntry::new("a.log", b"text", 8)])]);
    let member = members(&mut source, 0, "x.zip").unwrap().members.remove(0);
    let bytes = postcard::to_allocvec(&member).unwrap();
    assert!(bytes.len() < 60);
    assert_eq!(postcard::from_bytes::<Member>(&bytes).unwrap(), member);
}

#[test]
fn sizes_and_places_are_told() {
    let text = log(50_000, 1);
    let mut source =
        Memory(vec![text.clone(), gzip(&text), zip(&[ZipEntry::new("a", &text, 0), ZipEntry::new("b", &text, 8)])]);
    let mut files = vec![VirtualFile::Plain(0)];
    for file in 1..3 {
        files.extend(members(&mut source, file, "x").unwrap().members.into_iter().map(VirtualFile::Member));
    }
    let packed = source.size(1).unwrap();
    let mut unpacker = Unpacker::new(source, files);
    let size = Some(50_000);
    assert_eq!([0, 1, 2, 3].map(|file| unpacker.size(file)), [size, None, size, size]);
    assert_eq!([0, 1, 2, 3].map(|file| unpacker.reads_in_place(file)), [true, false, true, false]);
    assert_eq!([1, 2, 3].map(|file| unpacker.packed_position(file)), [(0, packed), (0, 50_000), (0, 50_000)]);
    for file in 0..4 {
        assert!(content(&mut unpacker, file, 9_000) == text);
    }
    assert_eq!(
        [1, 2, 3].map(|file| unpacker.packed_position(file)),
        [(packed, packed), (50_000, 50_000), (50_000, 50_000)]
    );
}
