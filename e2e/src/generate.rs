//! Made-up logs for the bench: JSON Lines of a few services, the same bytes every time, with a few rows that stray.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Rows between two that stray.
const STRAY_EVERY: u64 = 20_011;

/// The generated file of about this size, made once and kept in `folder`.
pub fn cached(folder: &Path, megabytes: u64) -> io::Result<PathBuf> {
    let path = folder.join(format!("generated-1-{megabytes}mb.jsonl"));
    if path.is_file() {
        return Ok(path);
    }
    fs::create_dir_all(folder)?;
    // Under another name until it is whole.
    let unfinished = path.with_extension("part");
    write(&mut BufWriter::new(File::create(&unfinished)?), megabytes * 1_000_000)?;
    fs::rename(&unfinished, &path)?;
    Ok(path)
}

/// Writes rows until there are at least this many bytes.
pub fn write(output: &mut impl Write, bytes: u64) -> io::Result<()> {
    let mut dice = Dice(7);
    let mut written = 0;
    let mut milliseconds = 0;
    let mut row = 0;
    while written < bytes {
        row += 1;
        milliseconds += dice.below(40);
        let line =
            if row % STRAY_EVERY == 0 { stray(&mut dice, milliseconds) } else { ordinary(&mut dice, milliseconds) };
        output.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    output.flush()
}

fn ordinary(dice: &mut Dice, milliseconds: u64) -> String {
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
    line(dice, milliseconds, level, service, &message, duration)
}

fn stray(dice: &mut Dice, milliseconds: u64) -> String {
    match dice.below(3) {
        0 => {
            let message = format!("order {} accepted for customer {}", dice.below(1_000_000), dice.below(50_000));
            line(dice, milliseconds, "INFO", "checkout", &message, 30_000)
        }
        1 => line(dice, milliseconds, "ERROR", "payment", "circuit breaker opened after 5 failures", 3),
        _ => line(dice, milliseconds, "ERROR", "identity", "signing key rotation left no active key", 1),
    }
}

fn line(dice: &mut Dice, milliseconds: u64, level: &str, service: &str, message: &str, duration: u64) -> String {
    let (seconds, fraction) = (milliseconds / 1000, milliseconds % 1000);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    format!(
        "{{\"timestamp\":\"2026-03-{:02}T{:02}:{:02}:{:02}.{fraction:03}Z\",\"level\":\"{level}\",\"service\":\"{service}\",\
         \"instance\":\"{service}-{}\",\"message\":\"{message}\",\"duration_ms\":{duration},\"correlation_id\":\"{:016x}\"}}\n",
        days % 31 + 1,
        hours % 24,
        minutes % 60,
        seconds % 60,
        dice.below(4),
        dice.below(40_000).wrapping_mul(0x9e37_79b9_7f4a_7c15),
    )
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
    fn rows_are_json_and_always_the_same() {
        let mut bytes = Vec::new();
        write(&mut bytes, 10_000).unwrap();
        let mut again = Vec::new();
        write(&mut again, 10_000).unwrap();
        assert_eq!(bytes, again);
        for row in String::from_utf8(bytes).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            assert!(row["duration_ms"].is_u64(), "{row}");
        }
    }
}
