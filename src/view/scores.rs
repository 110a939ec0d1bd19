//! The scores of rows as lines that other programs read.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::FindingView;
use super::export::CsvText;
use crate::finding::threshold::bin_of;
use crate::model::About;
use crate::record::format_time;

/// How scores are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScoreForm {
    /// Comma-separated.
    Csv,
    /// An object a line.
    JsonLines,
}

/// Names of the columns.
const COLUMNS: [&str; 10] =
    ["row", "file", "line", "byte", "time", "score", "calibrated", "anomalous", "kind", "reason"];

impl ScoreForm {
    /// What stands before all lines.
    pub fn head(self) -> Vec<u8> {
        match self {
            Self::Csv => {
                let mut head = CsvText::default();
                head.push(COLUMNS);
                head.into_bytes()
            }
            Self::JsonLines => Vec::new(),
        }
    }
}

/// Lines in the making: index over all rows, file, record (both from 0), byte, time, score, calibrated score, whether the row
/// is anomalous, and of which kind and why where it is.
#[derive(Debug)]
pub struct ScoreLines {
    form: ScoreForm,
    csv: CsvText,
    json: Vec<u8>,
}

impl ScoreLines {
    /// None yet.
    pub fn new(form: ScoreForm) -> Self {
        Self { form, csv: CsvText::default(), json: Vec::new() }
    }

    /// Appends a row; `about` says what scores mean. Gives whether the row is anomalous.
    pub fn push(&mut self, file: &str, finding: &FindingView, about: &About) -> bool {
        let row = &finding.row;
        let anomalous = bin_of(finding.score) >= bin_of(about.threshold);
        let time = row.time.map(format_time).unwrap_or_default();
        let calibrated = about.calibrated(finding.score);
        let why = [finding.kind.as_str(), finding.reason.as_str()];
        let [kind, reason] = if anomalous { why } else { [""; 2] };
        match self.form {
            ScoreForm::Csv => self.csv.push([
                row.row.to_string().as_str(),
                file,
                &row.line.to_string(),
                &finding.byte.to_string(),
                &time,
                &finding.score.to_string(),
                &calibrated.to_string(),
                if anomalous { "1" } else { "0" },
                kind,
                reason,
            ]),
            ScoreForm::JsonLines => {
                let line = json!({"row": row.row, "file": file, "line": row.line, "byte": finding.byte, "time": time,
                    "score": finding.score, "calibrated": calibrated, "anomalous": anomalous, "kind": kind,
                    "reason": reason});
                self.json.extend_from_slice(line.to_string().as_bytes());
                self.json.push(b'\n');
            }
        }
        anomalous
    }

    /// The lines so far.
    pub fn into_bytes(self) -> Vec<u8> {
        match self.form {
            ScoreForm::Csv => self.csv.into_bytes(),
            ScoreForm::JsonLines => self.json,
        }
    }
}
