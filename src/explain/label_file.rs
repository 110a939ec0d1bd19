//! Labels as a CSV file: to be kept, corrected elsewhere, and read again.

use std::collections::BTreeMap;

use super::accuracy::{flag, is_flag};
use super::label::Label;
use crate::common::number::count;
use crate::common::text::cut;
use crate::view::export::CsvText;

/// Most labels that are read.
const MOST: usize = 1_000_000;
/// Longest text that is read, in bytes.
const TEXT_BYTES: usize = 400;

/// Bits of a place that count rows within a file.
const IN_FILE: u32 = 40;

/// The file of a row and its place in it as one number, which stays true however much is read of the files before. `rows`: of
/// each file.
pub fn place_of(row: u64, rows: &[u64]) -> Option<u64> {
    let mut before = 0;
    for (file, &count) in (0_u64..).zip(rows) {
        if row < before + count {
            return Some(file << IN_FILE | (row - before));
        }
        before += count;
    }
    None
}

/// The row at a place; `None` where its file was not read that far.
pub fn row_at(place: u64, rows: &[u64]) -> Option<u64> {
    let (file, row) = ((place >> IN_FILE) as usize, place & ((1 << IN_FILE) - 1));
    let count = *rows.get(file)?;
    (row < count).then(|| rows[..file].iter().sum::<u64>() + row)
}

/// A row's label, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Labelled {
    /// What a model said.
    pub said: Option<Label>,
    /// Which model that was.
    pub model: String,
    /// What a person said, which counts more.
    pub corrected: Option<bool>,
}

impl Labelled {
    /// Whether the row is anomalous, as far as anybody said.
    pub fn anomalous(&self) -> Option<bool> {
        self.corrected.or(self.said.as_ref().map(|label| label.anomalous))
    }
}

/// Writes labels by row (counted from 0), whose numbers in the file count from 1 as on screen and in every file that is saved.
pub fn write(labels: &BTreeMap<u64, Labelled>) -> Vec<u8> {
    let mut csv = CsvText::default();
    csv.push(["row", "anomaly", "model_said", "model", "corrected", "reason"]);
    let digit = |flag: Option<bool>| flag.map_or("", |flag| if flag { "1" } else { "0" });
    for (row, label) in labels {
        let said = label.said.as_ref();
        csv.push([
            (row + 1).to_string().as_str(),
            digit(label.anomalous()),
            digit(said.map(|said| said.anomalous)),
            &label.model,
            digit(label.corrected),
            said.map_or("", |said| &said.reason),
        ]);
    }
    csv.into_bytes()
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Read {
    /// Labels by row.
    pub labels: BTreeMap<u64, Labelled>,
    /// Lines without a number of a row, or that say neither that it is anomalous nor that it is ordinary.
    pub left_out: u64,
    /// Whether some labels are other numbers than 0 and 1.
    pub others: bool,
}

impl Read {
    /// Leaves out the labels of rows that are not there, of which there are so many.
    #[must_use]
    pub fn of_rows(mut self, rows: u64) -> Self {
        let beyond = self.labels.split_off(&rows);
        self.left_out += beyond.len() as u64;
        self
    }

    /// What is said of lines that were of no use, if there are some.
    pub fn trouble(&self) -> Option<String> {
        let lines = if self.left_out == 1 { "line is left out, which names" } else { "lines are left out, which name" };
        let left_out = (self.left_out > 0)
            .then(|| format!("{} {lines} no row that is there, or neither yes nor no", count(self.left_out)));
        let others =
            self.others.then(|| "of labels that are neither 0 nor 1, those above 0 count as anomalous".to_owned());
        let told: Vec<String> = left_out.into_iter().chain(others).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

/// Reads labels; a file needs the columns `row` and `anomaly` only, and what it says then counts as a person's. The error is
/// a sentence.
pub fn read(text: &str) -> Result<Read, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let place = |name: &str| header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
    let (Some(row), Some(anomaly)) = (place("row"), place("anomaly")) else {
        return Err("the file has no columns row and anomaly".to_owned());
    };
    let (said, model, corrected, reason) = (place("model_said"), place("model"), place("corrected"), place("reason"));
    let (mut labels, mut left_out, mut others) = (BTreeMap::new(), 0, false);
    for record in reader.records().take(MOST) {
        let record = record.map_err(|error| error.to_string())?;
        let cell = |place: Option<usize>| place.and_then(|place| record.get(place)).unwrap_or_default().trim();
        let Some(number) = cell(Some(row)).parse::<u64>().ok().and_then(|number| number.checked_sub(1)) else {
            left_out += 1;
            continue;
        };
        let reason = cut(cell(reason), TEXT_BYTES).to_owned();
        let said = flag(cell(said)).map(|anomalous| Label { anomalous, reason });
        let corrected = flag(cell(corrected)).or_else(|| if said.is_none() { flag(cell(Some(anomaly))) } else { None });
        if said.is_none() && corrected.is_none() {
            left_out += 1;
            continue;
        }
        others |= !is_flag(cell(Some(anomaly)));
        let model = cut(cell(model), TEXT_BYTES).to_owned();
        labels.insert(number, Labelled { said, model, corrected });
    }
    Ok(Read { labels, left_out, others })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_that_of_the_same_row_when_less_is_read_before_it() {
        assert_eq!(place_of(7, &[10, 5]), Some(7), "of one file it is the row");
        let place = place_of(12, &[10, 5]).unwrap();
        assert_eq!(row_at(place, &[10, 5]), Some(12));
        assert_eq!(row_at(place, &[4, 5]), Some(6));
        assert_eq!(row_at(place, &[10, 2]), None);
        assert_eq!(row_at(place, &[10]), None);
        assert_eq!(place_of(15, &[10, 5]), None);
    }

    #[test]
    fn labels_come_back_as_they_were() {
        let said = |anomalous| Some(Label { anomalous, reason: "slow, \"very\"".into() });
        let labels: BTreeMap<u64, Labelled> = [
            (0, Labelled { said: said(true), model: "m".into(), corrected: None }),
            (7, Labelled { said: said(true), model: "m".into(), corrected: Some(false) }),
            (9, Labelled { said: None, model: String::new(), corrected: Some(true) }),
        ]
        .into();
        let text = String::from_utf8(write(&labels)).unwrap();
        assert!(text.contains("\n8,0,1,m,0,"), "{text}");
        assert_eq!(read(&text).unwrap(), Read { labels, left_out: 0, others: false });
        let read_in_part = read("Row,anomaly\n0,1\n4,yes\nx,1\n5,perhaps\n").unwrap();
        assert_eq!((read_in_part.labels[&3].anomalous(), read_in_part.labels.len()), (Some(true), 1));
        assert_eq!(read_in_part.left_out, 3);
        let within = read_in_part.of_rows(3);
        assert_eq!((within.labels.len(), within.left_out), (0, 4));
        assert!(within.trouble().is_some_and(|trouble| trouble.starts_with("4 lines are left out")));
        assert!(read("a,b\n1,2\n").is_err());
        let others = read("row,anomaly\n1,1\n2,2\n").unwrap();
        assert!(others.trouble().is_some_and(|trouble| trouble.contains("neither 0 nor 1")));
    }
}
