//! A table of numbers from a CSV file: the light path to a matrix, for measuring detectors.

use std::collections::BTreeSet;
use std::path::Path;

use rustc_hash::FxHashMap;

use crate::common::text::some_of;
use crate::explain::accuracy::{flag, is_flag};
use crate::feature::Matrix;
use crate::feature::recipe::is_label;
use crate::record::role::is_missing;

/// What was read.
#[derive(Debug)]
pub struct Table {
    /// All columns but the label; NaN where a cell is empty or no number.
    pub rows: Matrix,
    /// Name of each column of `rows`.
    pub names: Vec<String>,
    /// Which rows are anomalous, when a label column was named; `None` where it says nothing.
    pub anomalous: Option<Vec<Option<bool>>>,
    /// Rows of which it says nothing and that count as ordinary, because it calls no row so.
    pub assumed: u64,
    /// Some of the different labels, if any of them is another number than 0 or 1.
    pub other_labels: Vec<String>,
    /// By column of `rows`: the largest value of a column of texts, which became rarities; `None` for numbers.
    pub largest: Vec<Option<f32>>,
}

/// More columns than a detector's features can be.
const MOST_COLUMNS: usize = 65_536;
/// So many different labels are kept at most, to be told.
const LABELS_KEPT: usize = 64;

/// Reads a CSV file with a header and any delimiter. A column in which most cells that are not empty are no numbers
/// becomes the rarity of its texts, −log2 of the share of rows that have the text. Without `label`, columns with a label's name
/// are left out.
pub fn read(path: &Path, label: Option<&str>) -> Result<Table, String> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| format!("Can't open {shown}: {error}."))?;
    if bytes.starts_with(b"\x1f\x8b") || bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x28\xb5\x2f\xfd") {
        return Err(format!("{shown} is compressed: unpack it first (`analyze` reads it as it is)."));
    }
    let line = bytes.trim_ascii_start().split(|&byte| byte == b'\n').next().unwrap_or_default();
    if line.starts_with(b"[") || line.starts_with(b"{") && serde_json::from_slice::<serde_json::Value>(line).is_ok() {
        return Err(format!("{shown} is JSON and no table: `analyze` and `model score` read it as it is."));
    }
    let delimiter = delimiter(&bytes);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(bytes.as_slice());
    let header = reader.byte_headers().map_err(|error| format!("{shown} is no CSV: {error}."))?.clone();
    let header: Vec<String> = header.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect();
    if header.iter().all(String::is_empty) {
        return Err(format!("{shown} is empty: a CSV file with a header is needed."));
    }
    let label_at = match label {
        None => None,
        Some(label) => Some(header.iter().position(|name| name == label).ok_or_else(|| {
            format!("{shown} has no column {label:?}; there are {}.", some_of(header.iter().map(String::as_str)))
        })?),
    };
    let kept: Vec<usize> = (0..header.len())
        .filter(|&column| Some(column) != label_at && (label.is_some() || !is_label(&header[column])))
        .collect();
    if kept.is_empty() {
        return Err(format!("{shown} has no column to score."));
    }
    if kept.len() > MOST_COLUMNS {
        return Err(format!("{shown} has {} columns; at most {MOST_COLUMNS} can be scored.", kept.len()));
    }

    let mut rows = Matrix::new(kept.len());
    let mut anomalous = Vec::new();
    let (mut labels, mut others) = (BTreeSet::new(), false);
    // Cells that are not empty, and those of them that are no numbers.
    let mut counts = vec![(0_u64, 0_u64); kept.len()];
    let mut record = csv::ByteRecord::new();
    let start = reader.position().clone();
    while reader.read_byte_record(&mut record).map_err(|error| format!("{shown}: {error}."))? {
        for (&column, (present, texts)) in kept.iter().zip(&mut counts) {
            let cell = record.get(column).unwrap_or_default();
            let number = number(cell);
            *present += u64::from(!cell.is_empty());
            *texts += u64::from(!cell.is_empty() && number.is_none());
            rows.values.push(number.unwrap_or(f32::NAN));
        }
        if let Some(column) = label_at {
            let cell = record.get(column).unwrap_or_default();
            let cell = String::from_utf8_lossy(cell);
            let label = flag(&cell);
            // What nobody labelled is no mistake; another word may be one in what it is all held against.
            if label.is_none() && !is_missing(cell.trim().as_bytes()) {
                let line = record.position().map_or(0, csv::Position::line);
                return Err(format!(
                    "{shown}, line {line}: the label {cell:?} is neither a number nor a word such as true, false, anomaly, normal."
                ));
            }
            if label.is_some() && !labels.contains(cell.trim()) {
                others |= !is_flag(&cell);
                if labels.len() < LABELS_KEPT {
                    labels.insert(cell.trim().to_owned());
                }
            }
            anomalous.push(label);
        }
    }
    let unlabelled = anomalous.iter().filter(|label| label.is_none()).count();
    let assumed = if anomalous.contains(&Some(false)) { 0 } else { unlabelled as u64 };
    if assumed > 0 {
        anomalous = anomalous.into_iter().map(|label| label.or(Some(false))).collect();
    }
    let mut table = Table {
        rows,
        names: kept.iter().map(|&column| header[column].clone()).collect(),
        anomalous: label.map(|_| anomalous),
        assumed,
        other_labels: if others { labels.into_iter().collect() } else { Vec::new() },
        largest: vec![None; kept.len()],
    };
    let body = bytes.get(start.byte() as usize..).unwrap_or_default();
    for place in (0..kept.len()).filter(|&place| 2 * counts[place].1 > counts[place].0) {
        table.largest[place] = Some(rarities((body, delimiter), kept[place], place, &mut table.rows));
    }
    Ok(table)
}

/// What parts the names in the header: what occurs most often there, a comma before others.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| memchr::memchr_iter(delimiter, header).count();
    // Of equals the last is taken.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|&delimiter| count(delimiter)).unwrap_or(b',')
}

/// Replaces a column of texts by their rarities; gives the largest.
fn rarities((body, delimiter): (&[u8], u8), column: usize, place: usize, rows: &mut Matrix) -> f32 {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(body);
    let mut codes: FxHashMap<Vec<u8>, u32> = FxHashMap::default();
    let (mut counts, mut column_codes): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
    let mut record = csv::ByteRecord::new();
    while let Ok(true) = reader.read_byte_record(&mut record) {
        let cell = record.get(column).unwrap_or_default();
        let next = codes.len() as u32;
        let code = match codes.get(cell) {
            Some(&code) => code,
            None => *codes.entry(cell.to_vec()).or_insert(next),
        };
        counts.resize(codes.len(), 0);
        counts[code as usize] += 1;
        column_codes.push(code);
    }
    let rarity = |count: u32| -libm::log2(f64::from(count) / column_codes.len().max(1) as f64) as f32;
    for (row, &code) in rows.values.chunks_exact_mut(rows.columns).zip(&column_codes) {
        row[place] = rarity(counts[code as usize]);
    }
    counts.iter().copied().min().map_or(0.0, rarity)
}

fn number(cell: &[u8]) -> Option<f32> {
    std::str::from_utf8(cell).ok()?.trim().parse().ok()
}
