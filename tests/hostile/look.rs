//! Runs whole analyses and keeps account of what they read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use strayline::engine::{Answer, FileInfo, Filter, Settings};
use strayline::ingest::source::Memory;
use strayline::ingest::{ByteSource, IssueKind, MAX_RECORD, ReadError};
use strayline::native::analyze;
use strayline::view::report::FileReport;
use strayline::view::{RowView, Stage};

/// Most rows that are looked at one by one.
const VIEWED: u32 = 2_000;

/// A source that counts.
#[derive(Clone)]
struct Counted<S> {
    source: S,
    read: Arc<AtomicU64>,
    largest: Arc<AtomicU64>,
}

impl<S: ByteSource> ByteSource for Counted<S> {
    fn size(&self, file: u32) -> Option<u64> {
        self.source.size(file)
    }

    fn read(&mut self, file: u32, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), ReadError> {
        let before = into.len();
        let result = self.source.read(file, offset, length, into);
        self.read.fetch_add((into.len() - before) as u64, Ordering::Relaxed);
        self.largest.fetch_max(into.len() as u64, Ordering::Relaxed);
        result
    }
}

/// What an analysis came to.
#[derive(Debug)]
pub(crate) struct Looked {
    /// Where it ended.
    pub(crate) stage: Stage,
    /// Reports of the files.
    pub(crate) files: Vec<FileReport>,
    /// The first rows of all files.
    pub(crate) views: Vec<RowView>,
    /// Bytes read until all rows had their scores.
    pub(crate) read: u64,
    /// Most bytes that were at hand after a read.
    pub(crate) largest: u64,
    /// Places and scores of the ranked rows, best first.
    ranked: Vec<(u64, u32)>,
}

impl Looked {
    /// The report of the first file.
    pub(crate) fn file(&self) -> &FileReport {
        &self.files[0]
    }

    /// Problems of the first file.
    pub(crate) fn issues(&self) -> &[(IssueKind, u64)] {
        &self.file().issues
    }

    /// What the person is told of the first file.
    pub(crate) fn note(&self) -> &str {
        self.file().note.as_deref().unwrap_or_default()
    }
}

/// Settings with a small forest.
pub(crate) fn settings(segment_bytes: u64) -> Settings {
    Settings { trees: 10, subsample: 32, segment_bytes, ..Settings::default() }
}

/// Analyses the files of a source, and looks at rows, findings and problems as a person would.
pub(crate) fn look<S: ByteSource + Send + Clone + 'static>(
    source: &S,
    files: u32,
    settings: &Settings,
    workers: usize,
) -> Looked {
    let (read, largest) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let counted = Counted { source: source.clone(), read: Arc::clone(&read), largest: Arc::clone(&largest) };
    let info = |file| FileInfo { name: format!("file{file}"), size: source.size(file).unwrap(), modified: None };
    let sources = (0..workers).map(|_| counted.clone()).collect();
    let mut analysis = analyze(sources, (0..files).map(info).collect(), settings.clone(), &mut |_| {});
    let read = read.load(Ordering::Relaxed);
    let snapshot = analysis.conductor().snapshot();
    let catalog = analysis.conductor().catalog();
    let mut asks = catalog.ask_rows(Filter::All, &BTreeMap::new(), 0, VIEWED);
    let rows = asks.len();
    asks.extend((0..files).flat_map(|file| catalog.ask_issues(file, 0, 20)));
    asks.extend([0, 1].into_iter().filter(|&row| row < snapshot.rows).filter_map(|row| catalog.ask_detail(row, 0)));
    let answers = analysis.ask(asks).unwrap_or_default();
    let mut views = Vec::new();
    for answer in answers.into_iter().take(rows) {
        let Answer::Rows(more) = answer else { panic!("{answer:?}") };
        views.extend(more);
    }
    let ranked = analysis.conductor().ranking().0.iter().map(|row| (row.byte, row.score.to_bits())).collect();
    Looked {
        stage: snapshot.stage,
        files: snapshot.files,
        views,
        read,
        largest: largest.load(Ordering::Relaxed),
        ranked,
    }
}

/// Analyses files in memory at once and in small pieces, which must come to the same.
pub(crate) fn check(files: &[Vec<u8>]) -> Looked {
    let source = Memory(files.to_vec());
    let size: usize = files.iter().map(Vec::len).sum();
    let whole = look(&source, files.len() as u32, &settings(1 << 30), 1);
    let piece = (size as u64 / 17).max(64);
    for workers in [1, 2] {
        let cut = look(&source, files.len() as u32, &settings(piece), workers);
        assert_eq!(cut.files, whole.files, "{workers} workers");
        assert!(cut.views == whole.views, "{workers} workers: other rows");
        assert_eq!(cut.ranked, whole.ranked, "{workers} workers");
        assert!(cut.largest <= 2 * MAX_RECORD as u64 + 2 * piece, "a window of {} bytes", cut.largest);
    }
    for file in &whole.files {
        assert!(file.done, "{file:?}");
        assert!(file.note.as_deref().is_none_or(|note| note.ends_with('.')), "a note is a sentence: {file:?}");
    }
    whole
}
