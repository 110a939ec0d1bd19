//! Answers for two of the shipped samples, one of them a synthetic log, written by hand: what an answer looks like, and what becomes of it, without a key
//! and without a model. They take the way of any answer: read, and held against the rows that would have been sent. Whoever
//! shows them says that no model was asked, and that one claim and one label are wrong on purpose.

use serde::Deserialize;
use serde_json::{Value, json};

use super::cause::Sent;

/// The answers.
const WRITTEN: &str = include_str!("recorded.json");
/// What stands in the place of a model's name.
pub const MODEL: &str = "recorded example";

/// Answers about a sample. Rows go by the numbers that are shown, from 1.
#[derive(Clone, Debug, Deserialize)]
pub struct Recorded {
    /// The sample's name.
    file: String,
    /// Its size: another file of the same name is another file.
    bytes: u64,
    /// The rows of the session that is explained.
    session: Vec<u64>,
    explanation: Value,
    /// The row whose label is wrong on purpose.
    wrong: u64,
    labels: Vec<Value>,
}

impl Recorded {
    /// The answers about a file, if it is one of the samples.
    pub fn of(name: &str, bytes: u64) -> Option<Self> {
        let written: Vec<Self> = serde_json::from_str(WRITTEN).ok()?;
        written.into_iter().find(|written| written.file == name && written.bytes == bytes)
    }

    /// The row whose label is wrong on purpose.
    pub fn wrong(&self) -> u64 {
        self.wrong
    }

    /// The row that leads to the session that is explained.
    pub fn row(&self) -> Option<u64> {
        self.session.first().copied()
    }

    /// The explanation, if these rows would be sent for it.
    pub fn explains(&self, sent: &[Sent]) -> Option<String> {
        let whole = sent.len() == self.session.len() && sent.iter().all(|row| self.session.contains(&row.id));
        whole.then(|| self.explanation.to_string())
    }

    /// The rows that have labels, in order.
    pub fn rows(&self) -> Vec<u64> {
        self.labels.iter().filter_map(|label| label.get("row")?.as_u64()).collect()
    }

    /// The answer about some rows, if there is a label of each.
    pub fn labels(&self, rows: &[u64]) -> Option<String> {
        let of = |row: &u64| self.labels.iter().find(|label| label.get("row").and_then(Value::as_u64) == Some(*row));
        let labels: Vec<&Value> = rows.iter().filter_map(of).collect();
        (labels.len() == rows.len()).then(|| json!({ "labels": labels }).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::redact::Redactor;
    use crate::explain::verify::{Fault, check};
    use crate::explain::{Encoding, Row, Table, cause, label};

    /// The samples with answers, and how a row of the explained session says which one it belongs to.
    const SAMPLES: [(&str, &str, &str); 2] = [
        ("incident.json", include_str!("../../public/samples/incident.json"), "req-003"),
        ("parcels.jsonl", include_str!("../../public/samples/parcels.jsonl"), "px-228b8e35a25a329f"),
    ];

    /// The records of a sample, and the answers about it.
    fn samples() -> impl Iterator<Item = (Vec<serde_json::Map<String, Value>>, &'static str, Recorded)> {
        SAMPLES.into_iter().map(|(name, text, session)| {
            let records = serde_json::from_str(text)
                .unwrap_or_else(|_| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect());
            (records, session, Recorded::of(name, text.len() as u64).unwrap())
        })
    }

    #[test]
    fn one_claim_about_each_sample_is_wrong_on_purpose() {
        for (sample, session, written) in samples() {
            let columns: Vec<String> = sample[0].keys().cloned().collect();
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let numbered = (1..).zip(&sample).filter(|(_, row)| row["correlation_id"] == session);
            let rows: Vec<Row> =
                numbered.map(|(id, row)| Row { id, cells: row.values().map(text).collect() }).collect();
            let table = Table { columns, rows };
            let mut redactor = Redactor::default();
            let sent: Vec<Sent> = (table.rows.iter())
                .map(|row| {
                    let line = table.write(std::slice::from_ref(row), Encoding::JsonLines, &mut redactor).text;
                    Sent { id: row.id, line: line.trim_end().to_owned() }
                })
                .collect();
            let answer = written.explains(&sent).expect("these are the session's rows");
            let explanation = cause::read(&answer).unwrap();
            let faults: Vec<Vec<Fault>> =
                check(&explanation, &sent).into_iter().map(|checked| checked.faults).collect();
            let wrong: Vec<&Vec<Fault>> = faults.iter().filter(|faults| !faults.is_empty()).collect();
            assert_eq!((faults.len(), wrong), (6, vec![&vec![Fault::Misquoted]]));
            assert_eq!(explanation.checks.len(), 3);
            assert!(written.explains(&sent[1..]).is_none(), "of other rows there is no answer");
        }
    }

    #[test]
    fn labels_are_of_rows_that_follow_each_other() {
        for (sample, _, written) in samples() {
            let rows = written.rows();
            assert!(rows.windows(2).all(|pair| pair[0] + 1 == pair[1]) && rows.len() == 30);
            assert!(rows.last().is_some_and(|last| *last <= sample.len() as u64));
            let read = label::read(&written.labels(&rows[..10]).unwrap(), &rows[..10]);
            assert!(read.again().is_empty() && read.invented.is_empty() && read.broken == 0);
            assert!(written.labels(&[rows[0], 5]).is_none());
            let labels = label::read(&written.labels(&rows).unwrap(), &rows).labels;
            assert!(labels[&written.wrong()].anomalous, "n corrects it");
            let level = |row: u64| sample[row as usize - 1]["level"].as_str().unwrap();
            assert!(labels.iter().all(|(row, label)| label.anomalous || level(*row) != "ERROR"));
        }
    }

    #[test]
    fn another_file_has_no_recorded_answers() {
        assert!(Recorded::of("incident.json", 7).is_none());
        assert!(Recorded::of("other.json", SAMPLES[0].1.len() as u64).is_none());
    }
}
