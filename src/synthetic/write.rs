//! Rows → JSON Lines or CSV, and the truth → JSON Lines.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::generator::{Generator, instance_name, session_name};
use super::kind::Kind;
use super::plan::Row;
use super::settings::{Format, Limit, Settings};
use super::world::SERVICES;
use crate::record::format_time;

const MILLISECOND: i64 = 1_000_000;
const HEADER: &str = "timestamp,level,service,instance,queue,status,message,elapsed_ms,correlation_id\n";

/// A row as written.
#[derive(Serialize)]
struct Written<'a> {
    timestamp: String,
    level: &'static str,
    service: &'static str,
    instance: String,
    queue: Option<&'static str>,
    status: Option<u16>,
    message: &'a str,
    elapsed_ms: Option<f64>,
    correlation_id: Option<String>,
}

/// A log that is being written.
#[derive(Debug)]
pub struct Log {
    generator: Generator,
    format: Format,
    settings: Settings,
    bytes: u64,
    begun: bool,
    done: bool,
}

impl Log {
    /// Nothing is written yet.
    pub fn new(settings: Settings, format: Format) -> Self {
        Self { generator: Generator::new(settings), format, settings, bytes: 0, begun: false, done: false }
    }

    /// Appends at most so many rows to the log, and what became known by them to the truth. `false` once all is written;
    /// the truth then ends with a summary.
    pub fn write(&mut self, rows: u32, log: &mut Vec<u8>, truth: &mut Vec<u8>) -> bool {
        if self.done {
            return false;
        }
        let before = log.len();
        if !self.begun && self.format == Format::Csv {
            log.extend_from_slice(HEADER.as_bytes());
        }
        self.begun = true;
        for _ in 0..rows {
            let Some(row) = self.generator.next_row() else {
                self.done = true;
                break;
            };
            append(&row, self.format, log);
            self.close_when_full(self.bytes + (log.len() - before) as u64);
        }
        self.bytes += (log.len() - before) as u64;
        for known in self.generator.take_truths() {
            append_json(&known, truth);
        }
        if self.done {
            append_json(&self.summary(), truth);
        }
        !self.done
    }

    /// Rows written.
    pub fn rows(&self) -> u64 {
        self.generator.rows()
    }

    /// Bytes written.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Begins nothing new once what was begun fills the log.
    fn close_when_full(&mut self, bytes: u64) {
        let Limit::Bytes(limit) = self.settings.limit else { return };
        let rows = self.generator.rows();
        let to_come = self.generator.planned() - rows;
        if bytes + to_come * bytes / rows.max(1) >= limit {
            self.generator.close();
        }
    }

    fn summary(&self) -> serde_json::Value {
        let anomalies: BTreeMap<&str, u64> =
            Kind::ALL.iter().map(|kind| (kind.name(), self.generator.injected(*kind))).collect();
        json!({"summary": {
            "rows": self.generator.rows(),
            "bytes": self.bytes,
            "sessions": self.generator.sessions(),
            "seed": self.settings.seed,
            "anomalies": anomalies,
        }})
    }
}

fn append(row: &Row, format: Format, log: &mut Vec<u8>) {
    let written = Written {
        timestamp: stamp(row.time),
        level: row.level.name(),
        service: SERVICES[row.service].name,
        instance: instance_name(row.service, row.instance),
        queue: row.queue,
        status: row.status,
        message: &row.message,
        elapsed_ms: row.elapsed,
        correlation_id: row.session.map(session_name),
    };
    match format {
        Format::JsonLines => append_json(&written, log),
        Format::Csv => {
            let mut writer = csv::WriterBuilder::new().has_headers(false).buffer_capacity(512).from_writer(log);
            // Neither numbers and texts nor memory can refuse.
            let _ = writer.serialize(&written);
            let _ = writer.flush();
        }
    }
}

fn append_json(value: &impl Serialize, text: &mut Vec<u8>) {
    // Neither numbers and texts nor memory can refuse.
    let _ = serde_json::to_writer(&mut *text, value);
    text.push(b'\n');
}

/// RFC 3339 with milliseconds.
fn stamp(time: i64) -> String {
    let milliseconds = time.div_euclid(MILLISECOND);
    let mut text = format_time(milliseconds.div_euclid(1000).saturating_mul(1000 * MILLISECOND));
    text.pop();
    format!("{text}.{:03}Z", milliseconds.rem_euclid(1000))
}
