//! The memory of a page, as the operating system sees it (Linux only: it reads `/proc`).

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How often [`Watch`] looks.
const INTERVAL: Duration = Duration::from_millis(100);

/// The processes that a process started, and those that they started.
pub fn descendants(process: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let processes = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let parents: Vec<(u32, u32)> = processes.filter_map(|child| Some((child, parent(child)?))).collect();
    let mut found = vec![process];
    let mut next = 0;
    while let Some(&current) = found.get(next) {
        found.extend(parents.iter().filter(|(_, parent)| *parent == current).map(|(child, _)| child));
        next += 1;
    }
    found.split_off(1)
}

fn parent(process: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in brackets, may hold anything; what follows it is state and parent.
    status.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The private memory in bytes of the page's renderer: Chromium's largest, for a page and its workers share one.
pub fn renderer(driver: u32) -> Option<u64> {
    descendants(driver).into_iter().filter(|process| is_renderer(*process)).filter_map(private).max()
}

fn is_renderer(process: u32) -> bool {
    let command = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&command).contains("--type=renderer")
}

/// Memory that is no other process's too.
fn private(process: u32) -> Option<u64> {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let kibibytes =
        rollup.lines().filter(|line| line.starts_with("Private_Clean:") || line.starts_with("Private_Dirty:"));
    Some(kibibytes.filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).sum::<u64>() * 1024)
}

/// Looks again and again, and keeps the peak.
#[derive(Debug)]
pub struct Watch {
    peak: Arc<AtomicU64>,
    stopping: Arc<AtomicBool>,
    watching: JoinHandle<()>,
}

impl Watch {
    /// Starts to watch the renderer of a driver's browser.
    pub fn start(driver: u32) -> Self {
        let (peak, stopping) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (peak_seen, stop) = (Arc::clone(&peak), Arc::clone(&stopping));
        let watching = thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                peak_seen.fetch_max(renderer(driver).unwrap_or(0), Ordering::Relaxed);
                thread::sleep(INTERVAL);
            }
        });
        Self { peak, stopping, watching }
    }

    /// Ends watching, and tells the peak in bytes.
    pub fn stop(self) -> u64 {
        self.stopping.store(true, Ordering::Relaxed);
        self.watching.join().ok();
        self.peak.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_found_and_measured() {
        let mut child = std::process::Command::new("sleep").arg("10").spawn().unwrap();
        assert!(descendants(std::process::id()).contains(&child.id()));
        assert!(private(std::process::id()).unwrap() > 0);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
