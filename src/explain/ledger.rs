//! What was sent: one entry per request, for the person to look at and to keep. Requests that were only shown say so.

use sha2::{Digest, Sha256};

use crate::record::format_time;
use crate::view::export::CsvText;

/// A request. It holds no key, and no text of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When, in nanoseconds since the epoch.
    pub at: i64,
    /// What for.
    pub purpose: &'static str,
    /// Where to.
    pub destination: String,
    /// Which model was asked.
    pub model: String,
    /// Bytes of the request's body.
    pub bytes: u64,
    /// Rows of the log in it.
    pub rows: u64,
    /// Different texts in it that were replaced.
    pub redactions: u64,
    /// SHA-256 of the body.
    pub sha256: String,
    /// What became of it.
    pub outcome: String,
    /// Whether it was sent; what was only shown with an answer that was written for it was not.
    pub sent: bool,
}

/// SHA-256 of a text, in hexadecimal.
pub fn sha256(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// The ledger as CSV.
pub fn csv(entries: &[Entry]) -> Vec<u8> {
    let mut csv = CsvText::default();
    csv.push(["time_utc", "purpose", "destination", "model", "bytes", "rows", "redactions", "sha256", "outcome"]);
    for entry in entries {
        let numbers = [entry.bytes, entry.rows, entry.redactions].map(|number| number.to_string());
        csv.push([
            format_time(entry.at).as_str(),
            entry.purpose,
            &entry.destination,
            &entry.model,
            &numbers[0],
            &numbers[1],
            &numbers[2],
            &entry.sha256,
            &entry.outcome,
        ]);
    }
    csv.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_line() {
        // FIPS 180-4's example.
        assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let entry = Entry {
            at: 0,
            purpose: "root cause",
            destination: "https://example.org".into(),
            model: "m".into(),
            bytes: 3,
            rows: 2,
            redactions: 1,
            sha256: sha256("abc"),
            outcome: "=answered".into(),
            sent: true,
        };
        let text = String::from_utf8(csv(&[entry])).unwrap();
        let line = text.lines().nth(1).unwrap();
        assert!(line.starts_with("1970-01-01T00:00:00") && line.ends_with(",'=answered"), "{line}");
        assert!(line.contains(",root cause,https://example.org,m,3,2,1,ba7816bf"), "{line}");
    }
}
