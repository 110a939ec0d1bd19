//! The bodies of the fuzz targets.

use std::collections::BTreeMap;

use strayline::engine::parse::{Bench, Task, parse};
use strayline::filter;
use strayline::ingest::cells::{CellKind, Cells};
use strayline::ingest::cut::Cutter;
use strayline::ingest::keys::KeyTree;
use strayline::ingest::sniff::sniff;
use strayline::ingest::source::Memory;
use strayline::ingest::text::{logfmt, recognise};
use strayline::ingest::unpack::{Unpacker, VirtualFile, members};
use strayline::ingest::{ByteSource, IssueKind, csv as table, json as object};
use strayline::record::mapping::Mapping;
use strayline::record::{Dataset, DurationFormat, LevelScale, SegmentId, TimeFormat, format_time};

/// Skipping, listing and filling agree on what an object is; what was listed is found by its name; text of strings can be
/// unescaped.
pub fn json(data: &[u8]) {
    let mut listed: BTreeMap<String, (Vec<u8>, CellKind)> = BTreeMap::new();
    let told = object::list(data, &mut |path, value, kind| {
        let mut text = Vec::new();
        object::unescape(value, &mut text);
        assert!(text.len() <= value.len(), "unescaping never lengthens");
        listed.insert(path.to_owned(), (value.to_vec(), kind));
    });
    let keys = KeyTree::new(listed.keys().map(String::as_str).zip(0..));
    let mut cells = Cells::default();
    cells.clear(listed.len());
    let filled = object::fill(data, &keys, &mut cells);
    assert_eq!(told, filled, "list and fill judge alike");
    let at = object::skip_blank(data, 0);
    let end = object::skip_value(data, at).filter(|&end| object::skip_blank(data, end) == data.len());
    match told {
        Ok(()) => assert!(data[at] == b'{', "an object begins with a brace"),
        Err(IssueKind::NotAnObject) => assert!(end.is_some(), "what is no object is a value"),
        Err(kind) => assert_eq!(kind, IssueKind::InvalidJson),
    }
    // A path may be written in several ways (`a.b` as a key, and as keys); with one way each, the last value counts.
    if told.is_ok() && listed.keys().all(|path| !path.contains(['.', '\u{fffd}'])) && is_plain(data) {
        for ((path, (value, kind)), column) in listed.iter().zip(0..) {
            let mut buffer = Vec::new();
            let mut expected = value.clone();
            if *kind == CellKind::Escaped {
                expected.clear();
                object::unescape(value, &mut expected);
            }
            let expected = Some(expected).filter(|text| !text.is_empty() && *kind != CellKind::Missing);
            assert_eq!(cells.text(column, data, &mut buffer), expected.as_deref(), "{path}");
        }
    }
}

/// Whether an object holds no other, nor an escape: then names are unambiguous.
fn is_plain(data: &[u8]) -> bool {
    data.split(|&byte| byte == b'{').count() == 2 && !data.contains(&b'\\')
}

/// Listing and filling find the same fields, and a record's end is where the next begins.
pub fn csv(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    let delimiter = [b',', b'\t', b';', b'|'][usize::from(first) % 4];
    let mut at = 0;
    while at < rest.len() {
        let end = match table::record_end(rest, at, delimiter) {
            table::End::At(end) => end,
            table::End::Runaway | table::End::Open { .. } => rest.len(),
        };
        assert!((at..=rest.len()).contains(&end), "a record ends behind its beginning");
        let record = &rest[at..end];
        let mut listed: Vec<Vec<u8>> = Vec::new();
        table::list(record, delimiter, &mut |field, text| {
            assert_eq!(field, listed.len(), "fields come in order");
            listed.push(text.to_vec());
        });
        let columns: Vec<_> = (0..listed.len()).map(Some).collect();
        let mut cells = Cells::default();
        cells.clear(columns.len());
        let fields = table::fill(record, delimiter, &columns, &mut cells);
        assert_eq!(fields, table::count(record, delimiter));
        if !record.is_empty() {
            assert_eq!(fields, listed.len(), "list and fill count alike");
        }
        for (column, text) in listed.iter().enumerate() {
            let mut buffer = Vec::new();
            assert_eq!(cells.text(column, record, &mut buffer).unwrap_or_default(), text);
        }
        at = end + 1;
    }
}

/// Any cut of a file into ranges gives the rows of one pass. The first two bytes say how it is cut.
pub fn cut(data: &[u8]) {
    let [first, second, file @ ..] = data else { return };
    let length = (u64::from(*first) * 16 + u64::from(*second)).max(1);
    let mut source = Memory(vec![file.to_vec()]);
    let Some(dataset) = plan(&mut source) else { return };
    let size = file.len() as u64;
    let start = dataset.files[0].data_start;
    // Many ranges of a long file cost time and show nothing new.
    let length = length.max(size / 64);
    let mut bench = Bench::default();
    let mut rows = |length: u64| {
        let (mut at, mut to, mut part) = (start, start, 0);
        let (mut rows, mut issues) = (Vec::new(), Vec::new());
        while at < size {
            to = (to + length).min(size);
            if to <= at {
                // A record of an earlier range reaches beyond this one.
                continue;
            }
            let task = Task { id: SegmentId { file: 0, part }, from: at, to, start: Some(at) };
            let parsed = parse(task, &dataset, &mut source, &mut bench).unwrap_or_else(|error| panic!("{error}"));
            let segment = &parsed.segment;
            if at > start {
                // A range whose beginning is guessed is used only when the guess was right.
                let guess = Task { start: None, ..task };
                let guessed = parse(guess, &dataset, &mut source, &mut bench).unwrap_or_else(|error| panic!("{error}"));
                if guessed.first == parsed.first {
                    assert_eq!(guessed.next, parsed.next, "a right guess ends alike");
                    assert_eq!(guessed.segment.offsets, segment.offsets, "a right guess has the same rows");
                    assert_eq!(guessed.segment.issues, segment.issues, "a right guess has the same problems");
                }
            }
            issues.extend(segment.issues.iter().map(|issue| (rows.len() + issue.row as usize, issue.kind)));
            rows.extend(segment.offsets.iter().map(|&offset| segment.start + u64::from(offset)));
            assert!(parsed.next > at, "a range gets on");
            (at, part) = (parsed.next, part + 1);
        }
        (rows, issues)
    };
    let whole = rows(size.max(1));
    assert_eq!(rows(length), whole, "ranges of {length} bytes");
}

fn plan(source: &mut Memory) -> Option<Dataset> {
    let detection = sniff(source, 0).unwrap_or_else(|error| panic!("{error}"));
    detection.readable.then(|| Dataset::plan(&[detection], &Mapping::default()))
}

/// Any bytes have a format or a sentence that says why not.
pub fn sniff_file(data: &[u8]) {
    let mut source = Memory(vec![data.to_vec()]);
    let detection = sniff(&mut source, 0).unwrap_or_else(|error| panic!("{error}"));
    assert!(detection.readable || detection.note.is_some(), "a refusal says why");
    assert!(detection.data_start <= data.len() as u64);
    assert!(!detection.layout.name().is_empty());
    if detection.readable {
        assert!(detection.sampled > 0);
        let cutter = Cutter::new(&detection.layout);
        let at = cutter.skip(data, detection.data_start as usize);
        assert!(at >= data.len() || cutter.cut(data, at, true).is_some(), "the last bytes decide");
    }
}

/// Times have one place in a range of years, whole or cut, and print.
pub fn time(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let samples: Vec<&str> = text.lines().take(50).collect();
    let (format, share) = TimeFormat::detect(&samples);
    assert!((0.0..=1.0).contains(&share));
    for sample in samples {
        let time = format.parse(sample.as_bytes());
        assert!(time.is_none_or(|time| !format_time(time).is_empty()));
        assert_eq!(time.is_some(), format.completeness(sample.as_bytes()).is_some(), "{sample:?}");
        let _ = LevelScale::default().parse(sample.as_bytes());
    }
}

/// Durations are finite and not negative.
pub fn duration(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let key = lines.next().unwrap_or_default();
    let samples: Vec<&str> = lines.take(50).collect();
    let (format, share, _) = DurationFormat::detect(key, &[key], &samples);
    assert!((0.0..=1.0).contains(&share));
    for sample in samples {
        let value = format.parse(sample.as_bytes());
        assert!(value.is_none_or(|value| value.is_finite() && value >= 0.0), "{sample:?} is {value:?}");
    }
}

/// A pattern that was learned from lines reads any line: places lie in the record.
pub fn text(data: &[u8]) {
    let lines: Vec<&[u8]> = data.split(|&byte| byte == b'\n').take(200).collect();
    let share = logfmt::share(&lines);
    assert!((0.0..=1.0).contains(&share));
    logfmt::list(data, &mut |_, place, _| assert!(place.end <= data.len() && place.start <= place.end));
    let Some((pattern, share)) = recognise(&lines) else { return };
    assert!((0.0..=1.0).contains(&share) && !pattern.fields().is_empty());
    for record in lines.into_iter().chain([data]) {
        let mut seen = 0;
        let fits = pattern.read(record, &mut |field, place| {
            assert!(field < pattern.fields().len());
            assert!(place.start < place.end && place.end <= record.len());
            seen += 1;
        });
        assert!(fits || seen == 0, "what does not fit has no fields");
        let _ = pattern.begins(record);
    }
}

/// Any container lists its files and gives their bytes, wherever one begins to read.
pub fn unpack(data: &[u8]) {
    /// Most bytes of one file that are looked at.
    const LOOK: usize = 1 << 16;
    let mut source = Memory(vec![data.to_vec()]);
    let contents = members(&mut source, 0, "file").unwrap_or_else(|error| panic!("{error}"));
    let files: Vec<VirtualFile> = contents.members.into_iter().take(20).map(VirtualFile::Member).collect();
    let count = files.len() as u32;
    let mut unpacker = Unpacker::new(source, files);
    for file in 0..count {
        let mut all = Vec::new();
        unpacker.read(file, 0, LOOK, &mut all).unwrap_or_else(|error| panic!("{error}"));
        assert!(all.len() <= LOOK);
        assert!(unpacker.size(file).is_none_or(|size| all.len() as u64 <= size), "never more than was said");
        for from in [all.len() / 2, all.len() / 3, all.len()] {
            let mut part = Vec::new();
            let length = all.len() - from;
            unpacker.read(file, from as u64, length, &mut part).unwrap_or_else(|error| panic!("{error}"));
            assert!(part == all[from..], "the same bytes from byte {from}");
        }
        let _ = unpacker.trouble(file);
    }
}

/// A search prints itself as one that means the same.
pub fn filter(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match filter::parse(&text) {
        Ok(parsed) => {
            let printed = parsed.expr.to_string();
            if printed.len() <= filter::parse::MAX_QUERY {
                let again = filter::parse(&printed).unwrap_or_else(|error| panic!("{printed:?}: {error}"));
                assert_eq!(again.expr, parsed.expr, "{text:?} prints {printed:?}");
            }
        }
        Err(error) => assert!(error.to_string().ends_with('.') && !error.to_string().is_empty(), "{error}"),
    }
}
