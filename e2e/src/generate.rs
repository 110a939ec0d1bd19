//! Made-up logs for the bench: rows of a few services, the same bytes every time, with a few that stray.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Rows between two that stray.
const STRAY_EVERY: u64 = 20_011;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An object a line.
    JsonLines,
    /// A line of names, and then a line a row; messages are quoted.
    Csv,
}

/// Scenarios of two browsers want the same file at the same time: one of them makes it.
static ONE: Mutex<()> = Mutex::new(());

/// The generated file of about this size, made once and kept in `folder`.
pub fn cached(folder: &Path, form: Form, megabytes: u64) -> io::Result<PathBuf> {
    let ending = match form {
        Form::JsonLines => "jsonl",
        Form::Csv => "csv",
    };
    let path = folder.join(format!("generated-1-{megabytes}mb.{ending}"));
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    if path.is_file() {
        return Ok(path);
    }
    fs::create_dir_all(folder)?;
    // Under another name until it is whole.
    let unfinished = path.with_extension("part");
    write(&mut BufWriter::new(File::create(&unfinished)?), form, megabytes * 1_000_000)?;
    fs::rename(&unfinished, &path)?;
    Ok(path)
}

/// Writes rows until there are at least this many bytes.
pub fn write(output: &mut impl Write, form: Form, bytes: u64) -> io::Result<()> {
    if form == Form::Csv {
        output.write_all(b"timestamp,level,service,instance,message,duration_ms,correlation_id\n")?;
    }
    let mut dice = Dice(7);
    let mut written = 0;
    let mut milliseconds = 0;
    let mut row = 0;
    while written < bytes {
        row += 1;
        milliseconds += dice.below(40);
        let row =
            if row % STRAY_EVERY == 0 { stray(&mut dice, milliseconds) } else { ordinary(&mut dice, milliseconds) };
        let line = row.line(form);
        output.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    output.flush()
}

/// A CSV of numbers that are close to normal, some rows far out; made once and kept in `folder`.
pub fn numbers(folder: &Path, rows: u64, features: u64) -> io::Result<PathBuf> {
    let path = folder.join(format!("numbers-1-{rows}x{features}.csv"));
    if path.is_file() {
        return Ok(path);
    }
    fs::create_dir_all(folder)?;
    let unfinished = path.with_extension("part");
    let mut output = BufWriter::new(File::create(&unfinished)?);
    let names: Vec<String> = (0..features).map(|feature| format!("f{feature}")).collect();
    writeln!(output, "{}", names.join(","))?;
    let mut dice = Dice(11);
    for row in 0..rows {
        let far = if row % 997 == 0 { 5.0 } else { 0.0 };
        let value = |_| (0..4).map(|_| dice.below(10_000) as f64 / 5000.0 - 1.0).sum::<f64>() + far;
        let values: Vec<String> = (0..features).map(value).map(|value| format!("{value:.4}")).collect();
        writeln!(output, "{}", values.join(","))?;
    }
    output.flush()?;
    fs::rename(&unfinished, &path)?;
    Ok(path)
}

fn ordinary(dice: &mut Dice, milliseconds: u64) -> Row {
    let service = dice.pick(&["checkout", "catalog", "payment", "identity", "mailer"]);
    let level = if dice.below(100) < 3 { "WARN" } else { "INFO" };
    let (low, message) = match dice.below(6) {
        0 => (20, format!("GET /api/v1/items/{} returned 200", dice.below(90_000))),
        1 => (45, format!("order {} accepted for customer {}", dice.below(1_000_000), dice.below(50_000))),
        2 => (5, format!("cache hit for key item:{}", dice.below(90_000))),
        3 => (12, format!("query on table orders took {} rows", dice.below(400))),
        4 => (80, format!("payment of {}.{:02} EUR authorised by gateway", dice.below(900), dice.below(100))),
        _ => (30, format!("session {:08x} renewed for user u{}", dice.next() >> 32, dice.below(50_000))),
    };
    let duration = low + dice.below(low) + dice.below(low / 2 + 1);
    Row::new(dice, milliseconds, level, service, message, duration)
}

fn stray(dice: &mut Dice, milliseconds: u64) -> Row {
    match dice.below(3) {
        0 => {
            let message = format!("order {} accepted for customer {}", dice.below(1_000_000), dice.below(50_000));
            Row::new(dice, milliseconds, "INFO", "checkout", message, 30_000)
        }
        1 => Row::new(dice, milliseconds, "ERROR", "payment", "circuit breaker opened after 5 failures".into(), 3),
        _ => Row::new(dice, milliseconds, "ERROR", "identity", "signing key rotation left no active key".into(), 1),
    }
}

struct Row {
    time: String,
    level: &'static str,
    service: &'static str,
    instance: u64,
    message: String,
    duration: u64,
    correlation: u64,
}

impl Row {
    fn new(
        dice: &mut Dice,
        milliseconds: u64,
        level: &'static str,
        service: &'static str,
        message: String,
        duration: u64,
    ) -> Self {
        let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        let time = format!(
            "2026-03-{:02}T{:02}:{:02}:{:02}.{fraction:03}Z",
            days % 31 + 1,
            hours % 24,
            minutes % 60,
            seconds % 60
        );
        let instance = dice.below(4);
        let correlation = dice.below(40_000).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self { time, level, service, instance, message, duration, correlation }
    }

    fn line(&self, form: Form) -> String {
        let Self { time, level, service, instance, message, duration, correlation } = self;
        match form {
            Form::JsonLines => format!(
                "{{\"timestamp\":\"{time}\",\"level\":\"{level}\",\"service\":\"{service}\",\
                 \"instance\":\"{service}-{instance}\",\"message\":\"{message}\",\"duration_ms\":{duration},\
                 \"correlation_id\":\"{correlation:016x}\"}}\n"
            ),
            Form::Csv => {
                format!("{time},{level},{service},{service}-{instance},\"{message}\",{duration},{correlation:016x}\n")
            }
        }
    }
}

/// Splitmix64: no dependency, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_the_same_in_both_forms_and_always() {
        let written = |form| {
            let mut bytes = Vec::new();
            write(&mut bytes, form, 10_000).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let (json, csv) = (written(Form::JsonLines), written(Form::Csv));
        assert_eq!(json, written(Form::JsonLines));
        for (object, line) in json.lines().zip(csv.lines().skip(1)) {
            let row: serde_json::Value = serde_json::from_str(object).unwrap();
            assert!(row["duration_ms"].is_u64(), "{row}");
            assert!(line.contains(row["message"].as_str().unwrap()), "{line}");
            assert!(line.ends_with(row["correlation_id"].as_str().unwrap()), "{line}");
        }
    }
}
