//! CSV that a spreadsheet can open without running anything.
//!
//! A cell that begins like a formula (after blanks) gets an apostrophe in front, as OWASP advises ("CSV Injection"); numbers
//! stay numbers.

use crate::common::text::parse_number;

/// Writes records to memory.
#[derive(Debug)]
pub struct CsvText(csv::Writer<Vec<u8>>);

impl Default for CsvText {
    fn default() -> Self {
        // Rows of different files may have been written with different numbers of fields.
        Self(csv::WriterBuilder::new().flexible(true).from_writer(Vec::new()))
    }
}

impl CsvText {
    /// Appends one record.
    pub fn push<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        for cell in cells {
            // Writing to memory does not fail.
            let _ = if is_formula(cell) { self.0.write_field(format!("'{cell}")) } else { self.0.write_field(cell) };
        }
        let _ = self.0.write_record(None::<&[u8]>);
    }

    /// Appends one record as it is, for programs rather than spreadsheets.
    pub fn push_exactly<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) {
        let _ = self.0.write_record(cells.into_iter().map(str::as_bytes));
    }

    /// The text so far.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap_or_default()
    }
}

/// Whether a spreadsheet would take the text for a formula.
fn is_formula(cell: &str) -> bool {
    let starts = |text: &str| text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    // Some programs strip blanks first, and a line feed inside a cell can begin a new one.
    let dangerous =
        starts(cell) || starts(cell.trim_start()) || cell.split(['\n', '\r']).any(|line| starts(line.trim_start()));
    // A lone minus is how many logs write "nothing".
    dangerous && cell != "-" && parse_number(cell.as_bytes()).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(cell: &str, expected: &str) {
        let mut csv = CsvText::default();
        csv.push([cell, "x"]);
        assert_eq!(String::from_utf8(csv.into_bytes()).unwrap(), format!("{expected},x\n"));
    }

    #[test]
    fn formulas_are_defused_and_numbers_are_not() {
        check("=1+1", "'=1+1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("  =cmd|' /C calc'!A0", "'  =cmd|' /C calc'!A0");
        check("\u{a0}=1", "'\u{a0}=1");
        check("a\n=1", "\"'a\n=1\"");
        check("＝1", "'＝1");
        check("-5", "-5");
        check("+5.5e3", "+5.5e3");
        check("-", "-");
        check("-x", "'-x");
        check("a,b", "\"a,b\"");
        check("say \"hi\"", "\"say \"\"hi\"\"\"");
    }
}
