//! The tables of `BENCHMARKS.md`: the newest figures of `cargo xtask bench --keep`, with what they were measured on.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use crate::browser::Browser;
use crate::failure::{Failure, Result};
use crate::peer::Peer;

/// The line before the table of a command with this option.
fn begin(option: &str) -> String {
    format!("<!-- Between these two lines `cargo xtask bench {option}` writes. -->")
}

const END: &str = "<!-- To here. -->";

/// The figures of a file.
#[derive(Debug)]
pub struct Row {
    /// The file.
    pub file: PathBuf,
    /// Its figures, by name.
    pub figures: Vec<(&'static str, f64)>,
    /// Whom `peer_megabytes_per_second` is of.
    pub peer: Option<Peer>,
}

impl Row {
    fn figure(&self, name: &str) -> Option<f64> {
        Some(self.figures.iter().find(|figure| figure.0 == name)?.1)
    }

    fn line(&self) -> Option<String> {
        let size = self.figure("file_megabytes")?;
        let (ingest, all) = (self.figure("ingest_megabytes_per_second")?, self.figure("megabytes_per_second")?);
        let kind = self.file.extension().and_then(|ending| ending.to_str()).unwrap_or("?");
        let peer = self.figure("peer_megabytes_per_second").zip(self.peer);
        let (name, ratios) = peer.map_or(("–".into(), "– | –".into()), |(speed, peer)| {
            (format!("{speed:.0} MB/s: {peer}"), format!("{:.2} | {:.2}", ingest / speed, all / speed))
        });
        Some(format!(
            "| {kind}, {size:.0} MB | {ingest:.0} MB/s | {all:.0} MB/s | {name} | {ratios} | {:.0} MB ({:.0} %) | {:.0} ms | {:.0} ms | {:.0} ms |",
            self.figure("peak_memory_megabytes")?,
            100.0 * self.figure("peak_memory_megabytes")? / size,
            self.figure("longest_main_thread_task_ms")?,
            self.figure("first_rows_ms")?,
            self.figure("longest_without_progress_ms")?,
        ))
    }
}

/// Replaces the table of the command with this option in a file, and says what it was measured on.
pub fn keep(path: &Path, option: &str, table: &str) -> Result {
    let begin = begin(option);
    let text = fs::read_to_string(path)?;
    let (before, rest) =
        text.split_once(&begin).ok_or_else(|| Failure(format!("{}: no line `{begin}`", path.display())))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| Failure(format!("{}: no line `{END}`", path.display())))?;
    Ok(fs::write(path, format!("{before}{begin}\n\n{}\n\n{table}\n{END}{after}", measured_on()))?)
}

/// What is measured on, and how.
fn measured_on() -> String {
    let command: Vec<String> = std::env::args().skip(1).collect();
    format!(
        "{}, {} cores, {} GB of memory, {}; `cargo xtask bench {}`",
        told(Path::new("date"), &["+%Y-%m-%d"]),
        thread::available_parallelism().map_or(0, usize::from),
        memory(),
        Browser::Chromium.binary().map_or("?".into(), |browser| told(&browser, &["--version"])),
        command.iter().map(|word| word.rsplit('/').next().unwrap_or(word)).collect::<Vec<_>>().join(" "),
    )
}

/// The figures of files as a table.
pub fn files(rows: &[Row]) -> String {
    let mut text = String::from(
        "| file | all rows in | findings on screen | peer, same file | rows : peer | findings : peer | peak memory | longest task | first rows | longest without progress |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for line in rows.iter().filter_map(Row::line) {
        writeln!(text, "{line}").ok();
    }
    text
}

/// The first line that a program prints.
fn told(program: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&output).lines().next().unwrap_or("?").trim().to_owned()
}

/// Gigabytes of memory of this machine; 0 where it does not say (Linux does).
fn memory() -> u64 {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kibibytes = text.lines().next().and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    kibibytes.unwrap_or_default() * 1024 / 1_000_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let path = std::env::temp_dir().join(format!("strayline-table-{}.md", std::process::id()));
        fs::write(&path, format!("before\n{}\nold\n{END}\nafter\n", begin("--keep"))).unwrap();
        let figures = vec![
            ("file_megabytes", 100.0),
            ("megabytes_per_second", 50.0),
            ("ingest_megabytes_per_second", 200.0),
            ("peak_memory_megabytes", 30.0),
            ("longest_main_thread_task_ms", 51.0),
            ("first_rows_ms", 300.0),
            ("longest_without_progress_ms", 120.0),
            ("peer_megabytes_per_second", 100.0),
        ];
        let row = Row { file: "a.jsonl".into(), figures, peer: Some(Peer::Native) };
        keep(&path, "--keep", &files(&[row])).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(text.starts_with("before\n") && text.ends_with(&format!("{END}\nafter\n")), "{text}");
        assert!(
            text.contains(
                "| jsonl, 100 MB | 200 MB/s | 50 MB/s | 100 MB/s: DuckDB, native, two threads | 2.00 | 0.50 |"
            ),
            "{text}"
        );
        assert!(!text.contains("old"), "{text}");
    }
}
