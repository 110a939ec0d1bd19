//! Each claim held against the rows that were sent: does the row exist, does the quote stand in it, is the order right, do
//! the numbers occur? What the check says is small and certain: *cited correctly*, not *true*.

use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write as _;

use super::cause::{Claim, Explanation, Part, Sent};
use super::injection;
use super::markdown;
use crate::explain::redact::Redactor;

/// Shortest quote that proves anything, in characters.
const QUOTE: usize = 4;

/// Why a claim does not hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// It cites no row.
    NoRow,
    /// It cites a row that was not sent; `u64::MAX` for something that is no number.
    UnknownRow(u64),
    /// It has no quote, or one too short to prove anything.
    NoQuote,
    /// The quote stands in none of the cited rows.
    Misquoted,
    /// It comes before a claim of the timeline that is earlier.
    OutOfOrder,
    /// A number of the sentence is in none of the cited rows.
    Number(f64),
    /// The row cited speaks to the model: what it says is no evidence.
    Instruction(u64),
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRow => out.write_str("cites no row"),
            Self::UnknownRow(u64::MAX) => out.write_str("cites something that is no row"),
            Self::UnknownRow(row) => write!(out, "row {row} was not sent"),
            Self::NoQuote => out.write_str("has no quote"),
            Self::Misquoted => out.write_str("the quote is in none of the cited rows"),
            Self::OutOfOrder => out.write_str("stands after something that happened later"),
            Self::Number(number) => write!(out, "{number} is in none of the cited rows"),
            Self::Instruction(row) => write!(out, "row {row} reads like an instruction to the model"),
        }
    }
}

/// A claim with what is wrong with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The claim.
    pub claim: Claim,
    /// Empty when the claim is verified.
    pub faults: Vec<Fault>,
}

/// Checks every claim against the rows that were sent.
pub fn check(explanation: &Explanation, sent: &[Sent]) -> Vec<Checked> {
    let mut latest = 0;
    let check = |claim: &Claim| {
        let mut faults = Vec::new();
        let places: Vec<Option<usize>> =
            claim.rows.iter().map(|row| sent.iter().position(|sent| sent.id == *row)).collect();
        let unknown: BTreeSet<u64> =
            claim.rows.iter().zip(&places).filter(|(_, place)| place.is_none()).map(|(row, _)| *row).collect();
        faults.extend(unknown.into_iter().map(Fault::UnknownRow));
        let cited: Vec<&Sent> = places.iter().flatten().filter_map(|&place| sent.get(place)).collect();
        if claim.rows.is_empty() {
            faults.push(Fault::NoRow);
        }
        let quote = claim.quote.trim();
        if quote.chars().count() < QUOTE {
            faults.push(Fault::NoQuote);
        } else if !cited.iter().any(|row| stands_in(&row.line, quote)) {
            faults.push(Fault::Misquoted);
        }
        faults.extend(
            cited.iter().filter(|row| injection::speaks_to_model(&row.line)).map(|row| Fault::Instruction(row.id)),
        );
        let known: Vec<f64> = cited
            .iter()
            .flat_map(|row| numbers(&row.line, true))
            .chain(std::iter::once(claim.rows.len() as f64))
            .collect();
        let stray = numbers(&claim.text, false)
            .into_iter()
            .find(|number| !known.iter().any(|known| known.total_cmp(number).is_eq()));
        faults.extend(stray.map(Fault::Number));
        if claim.part == Part::Timeline
            && let Some(first) = places.iter().flatten().min()
        {
            if *first < latest {
                faults.push(Fault::OutOfOrder);
            }
            latest = latest.max(*first);
        }
        Checked { claim: claim.clone(), faults }
    };
    explanation.claims.iter().map(check).collect()
}

/// Whether a quote stands in a row: as the line was sent, or as one of its texts reads.
fn stands_in(line: &str, quote: &str) -> bool {
    if line.contains(quote) {
        return true;
    }
    let cells: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
    cells
        .as_object()
        .is_some_and(|cells| cells.values().filter_map(serde_json::Value::as_str).any(|cell| cell.contains(quote)))
}

/// Decimal numbers in a text; those that are part of a name, `node3`, only if `attached`. Pseudonyms are names.
fn numbers(text: &str, attached: bool) -> Vec<f64> {
    let bytes = text.as_bytes();
    let mut numbers = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        at = digits(at);
        if bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
            at = digits(at + 1);
        }
        let part_of_name =
            start > 0 && (bytes[start - 1].is_ascii_alphabetic() || matches!(bytes[start - 1], b'_' | 0x80..));
        if let Ok(number) = text[start..at].parse()
            && (attached || !part_of_name)
        {
            numbers.push(number);
        }
    }
    numbers
}

/// `5 of 6 claims verified`.
pub fn headline(claims: &[Checked]) -> String {
    let verified = claims.iter().filter(|checked| checked.faults.is_empty()).count();
    format!("{verified} of {} claims verified", claims.len())
}

/// The explanation as Markdown, for a ticket. Whatever the model or the log wrote is escaped: it can't become a heading, a
/// link, an image or HTML. `redactor` puts originals back if the person wants that; `None` keeps the pseudonyms.
pub fn export(explanation: &Explanation, claims: &[Checked], model: &str, redactor: Option<&Redactor>) -> String {
    let text = |text: &str| match redactor {
        Some(redactor) => markdown::escape(&redactor.restore(text)),
        None => markdown::escape(text),
    };
    let confidence = explanation.confidence.name();
    let mut out = String::from("# Explanation\n\n");
    // Writing to a text does not fail.
    let _ =
        writeln!(out, "Written by {}; {}. Confidence it gives itself: {confidence}.\n", text(model), headline(claims));
    let _ = writeln!(out, "**Summary (not verified):** {}\n", text(&explanation.summary));
    let _ = writeln!(out, "**Root cause (not verified):** {}\n", text(&explanation.root_cause));
    for (part, title) in
        [(Part::Timeline, "Timeline"), (Part::Cause, "Root cause"), (Part::Factor, "Contributing factors")]
    {
        let mut claims = claims.iter().filter(|checked| checked.claim.part == part).peekable();
        if claims.peek().is_none() {
            continue;
        }
        let _ = writeln!(out, "## {title}\n");
        for Checked { claim, faults } in claims {
            let rows: Vec<String> =
                claim.rows.iter().map(|&row| if row == u64::MAX { "?".into() } else { row.to_string() }).collect();
            let verdict = if faults.is_empty() {
                "verified".to_owned()
            } else {
                let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
                format!("not verified: {}", faults.join("; "))
            };
            let _ = writeln!(out, "- {} (rows {}; {verdict})", text(&claim.text), rows.join(", "));
            if !claim.quote.trim().is_empty() {
                let _ = writeln!(out, "  Quote: “{}”", text(&claim.quote));
            }
        }
        out.push('\n');
    }
    if !explanation.checks.is_empty() {
        out.push_str("## Next checks (suggestions, not verified)\n\n");
        for check in &explanation.checks {
            let _ = writeln!(out, "- {}", text(check));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Vec<Sent> {
        [
            (7, "INFO connect to \\\"db\\\" in 12.5 ms"),
            (9, "WARN retry 2 of 3"),
            (8, "ERROR timeout after 30 s on node3"),
        ]
        .into_iter()
        .map(|(id, text)| Sent { id, line: format!("{{\"row\":{id},\"message\":\"{text}\"}}") })
        .collect()
    }

    fn claim(part: Part, text: &str, rows: &[u64], quote: &str) -> Claim {
        Claim { part, text: text.into(), rows: rows.to_vec(), quote: quote.into() }
    }

    fn faults(claims: Vec<Claim>) -> Vec<Vec<Fault>> {
        let explanation = Explanation { claims, ..Explanation::default() };
        check(&explanation, &sent()).into_iter().map(|checked| checked.faults).collect()
    }

    #[test]
    fn claims_are_held_against_rows() {
        let factor =
            |text: &str, rows: &[u64], quote: &str| faults(vec![claim(Part::Factor, text, rows, quote)]).remove(0);
        assert_eq!(factor("It took 12.5 ms.", &[7], "connect to \"db\""), []);
        assert_eq!(factor("It took 12.50 ms.", &[7], "connect to \\\"db\\\""), []);
        assert_eq!(factor("Row 9 retried 2 times on node4.", &[9], "retry 2"), []);
        assert_eq!(factor("2 rows failed.", &[8, 9], "timeout after"), []);
        assert_eq!(factor("x", &[], "timeout after"), [Fault::NoRow, Fault::Misquoted]);
        assert_eq!(factor("x", &[5, 8], "timeout after"), [Fault::UnknownRow(5)]);
        assert_eq!(factor("x", &[9], "timeout after"), [Fault::Misquoted]);
        assert_eq!(factor("x", &[8], "Timeout after"), [Fault::Misquoted]);
        assert_eq!(factor("x", &[8], " s "), [Fault::NoQuote]);
        assert_eq!(factor("After 31 s.", &[8], "timeout after"), [Fault::Number(31.0)]);
    }

    #[test]
    fn a_timeline_follows_the_rows_not_their_numbers() {
        let event = |row: u64, quote: &str| claim(Part::Timeline, "x", &[row], quote);
        assert_eq!(faults(vec![event(7, "connect"), event(9, "retry"), event(8, "timeout")]), [[], [], []]);
        let wrong = faults(vec![event(8, "timeout"), event(9, "retry"), event(8, "timeout")]);
        assert_eq!(wrong, [vec![], vec![Fault::OutOfOrder], vec![]]);
    }

    #[test]
    fn exports_say_what_holds() {
        let explanation = Explanation {
            summary: "It *failed*.".into(),
            claims: vec![
                claim(Part::Cause, "A timeout.", &[8], "timeout after"),
                claim(Part::Cause, "Rats.", &[1], "rats"),
            ],
            checks: vec!["Look at <IP_1>".into()],
            ..Explanation::default()
        };
        let claims = check(&explanation, &sent());
        assert_eq!(headline(&claims), "1 of 2 claims verified");
        let mut redactor = Redactor::default();
        redactor.redact("10.0.0.1");
        let text = export(&explanation, &claims, "m", Some(&redactor));
        for part in [
            "It \\*failed\\*\\.",
            "- A timeout\\. (rows 8; verified)\n  Quote: “timeout after”",
            "(rows 1; not verified: row 1 was not sent; the quote is in none of the cited rows)",
            "Look at 10\\.0\\.0\\.1",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
