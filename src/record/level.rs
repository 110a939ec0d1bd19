//! Severities: words and numbers → nine levels.
//!
//! Words mean the same everywhere. Numbers do not: 30 is *info* of pino and *warn* of Python, 4 is *warning* of syslog and
//! *error* of .NET. [`LevelScale::detect`] finds the scale by the fields beside it, else by the set of values. A log without
//! levels gets them derived: from the HTTP status, or from a word in the message that stands apart
//! ([`Level::derive_from_message`]).

mod derive;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::alias::Key;
use super::role::is_missing;

/// A severity, the worst last.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[repr(u8)]
pub enum Level {
    /// Not given, or not understood.
    #[default]
    Unknown = 0,
    /// Steps inside the program.
    Trace,
    /// For its developers.
    Debug,
    /// Normal work.
    Info,
    /// Normal, but worth a look.
    Notice,
    /// May become a problem.
    Warn,
    /// Something failed.
    Error,
    /// A part of the system is down or at risk.
    Critical,
    /// The program or the system cannot go on.
    Fatal,
}

impl Level {
    /// All levels; each stands at its own number.
    pub const ALL: [Self; 9] = [
        Self::Unknown,
        Self::Trace,
        Self::Debug,
        Self::Info,
        Self::Notice,
        Self::Warn,
        Self::Error,
        Self::Critical,
        Self::Fatal,
    ];

    /// The level of a column's byte; `Unknown` for a byte that is none.
    pub fn from_u8(level: u8) -> Self {
        Self::ALL.get(usize::from(level)).copied().unwrap_or_default()
    }

    /// In capitals.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Notice => "NOTICE",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
            Self::Fatal => "FATAL",
        }
    }

    /// What an HTTP status says: 500 and above are errors, 400 to 499 warnings, 100 to 399 normal; below 100 it says nothing.
    pub fn from_http_status(status: u16) -> Self {
        match status {
            0..100 => Self::Unknown,
            100..400 => Self::Info,
            400..500 => Self::Warn,
            500.. => Self::Error,
        }
    }

    /// The most severe level that the message names apart from its sentence, `Unknown` where there is none.
    ///
    /// A word counts in brackets (`[error]`), before a colon (`error: `), as the value of a level key (`level=error`), or
    /// in capitals among the first words; and so does an exception. `no error` in a sentence does not. Only the first KiB is read.
    pub fn derive_from_message(message: &[u8]) -> Self {
        derive::from_message(message)
    }

    /// A whole word, in any case, of up to 16 bytes; some of them as Windows writes them in German, French, Spanish, Italian
    /// and Portuguese.
    fn from_word(word: &[u8]) -> Self {
        let mut lower = [0_u8; 16];
        let Some(lower) = lower.get_mut(..word.len()) else { return Self::Unknown };
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        match &*lower {
            b"trace" | b"trc" | b"trce" | b"t" | b"verbose" | b"vrb" | b"v" | b"finest" | b"finer" | b"silly" => {
                Self::Trace
            }
            b"debug" | b"dbg" | b"dbug" | b"d" | b"fine" | b"config" => Self::Debug,
            b"info" | b"information" | b"informational" | b"inf" | b"i" | b"log" | b"system" | b"default" | b"ok"
            | b"success" | b"informationen" | b"informazioni" => Self::Info,
            b"notice" | b"note" | b"n" => Self::Notice,
            b"warn" | b"warning" | b"wrn" | b"w" | b"deprecation" | b"deprecated" | b"warnung" | b"avertissement"
            | b"advertencia" | b"avviso" | b"aviso" => Self::Warn,
            b"error" | b"err" | b"e" | b"fail" | b"failed" | b"failure" | b"severe" | b"fault" | b"fehler"
            | b"erreur" | b"errore" | b"erro" => Self::Error,
            b"critical" | b"crit" | b"c" | b"alert" | b"a" | b"kritisch" | b"critique" | b"critico" => Self::Critical,
            b"fatal" | b"ftl" | b"f" | b"emergency" | b"emerg" | b"panic" | b"pnc" | b"dpanic" => Self::Fatal,
            _ => Self::Unknown,
        }
    }

    /// `error`, `[ERROR]`, `err:`, `WARN  main`, `debug3`, `INFO+2`, `LogLevel.Warning`, `core:error`.
    fn from_text(text: &[u8]) -> Self {
        let start = text.iter().take(8).position(u8::is_ascii_alphanumeric);
        let Some(text) = start.map(|start| &text[start..]) else { return Self::Unknown };
        let letters = text.iter().take(17).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let level = Self::from_word(&text[..letters]);
        let digits = text[letters..].iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
        let behind = &text[letters + digits..];
        if level > Self::Unknown && digits < 2 && !behind.first().is_some_and(|byte| is_of_word(*byte)) {
            return level.shifted(behind);
        }
        // Qualified: the word behind the last separator.
        let text = text.get(..64).unwrap_or(text).trim_ascii_end();
        let text = text.strip_suffix(b"]").unwrap_or(text);
        match text.iter().rposition(|byte| matches!(byte, b'.' | b':' | b'_')) {
            Some(at) => Self::from_word(&text[at + 1..]),
            None => Self::Unknown,
        }
    }

    /// Levels between two names as Go's slog writes them: `INFO+2`, `DEBUG-4`, `ERROR+4`.
    fn shifted(self, behind: &[u8]) -> Self {
        let by = behind.get(1).filter(|byte| byte.is_ascii_digit()).map_or(0, |byte| byte - b'0');
        match (self, behind.first()) {
            (Self::Debug, Some(b'-')) if by > 0 => Self::Trace,
            (Self::Info, Some(b'+')) if by > 1 => Self::Notice,
            (Self::Error, Some(b'+')) if by > 3 => Self::Fatal,
            _ => self,
        }
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.' || byte >= 0x80
}

/// What the values of a level field mean. Every scale reads words too.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelScale {
    /// Words.
    #[default]
    Text,
    /// pino and bunyan: 10 trace … 60 fatal.
    Pino,
    /// Python: 10 debug … 50 critical.
    Python,
    /// syslog severity: 0 emergency … 7 debug.
    Syslog,
    /// syslog priority: facility × 8 + severity.
    SyslogPriority,
    /// OpenTelemetry severity number: 1 … 24.
    OpenTelemetry,
    /// Google Cloud: 0 default, 100 debug … 800 emergency.
    GoogleCloud,
    /// Monolog: 100 debug … 600 emergency.
    Monolog,
    /// log4j2: 100 fatal … 600 trace.
    Log4j2,
    /// logback: 5000 trace … 40000 error.
    Logback,
    /// .NET: 0 trace … 5 critical.
    DotNet,
    /// Azure: 0 verbose … 4 critical.
    Azure,
    /// Nextcloud: 0 debug … 4 fatal.
    Nextcloud,
    /// klog verbosity: 0 info, higher is finer.
    Klog,
}

impl LevelScale {
    /// Every scale.
    pub const ALL: [Self; 14] = [
        Self::Text,
        Self::Pino,
        Self::Python,
        Self::Syslog,
        Self::SyslogPriority,
        Self::OpenTelemetry,
        Self::GoogleCloud,
        Self::Monolog,
        Self::Log4j2,
        Self::Logback,
        Self::DotNet,
        Self::Azure,
        Self::Nextcloud,
        Self::Klog,
    ];

    /// Who numbers levels so, for a person.
    pub fn title(self) -> &'static str {
        match self {
            Self::Text => "words",
            Self::Pino => "pino",
            Self::Python => "Python",
            Self::Syslog => "syslog severity",
            Self::SyslogPriority => "syslog priority",
            Self::OpenTelemetry => "OpenTelemetry",
            Self::GoogleCloud => "Google Cloud",
            Self::Monolog => "Monolog",
            Self::Log4j2 => "log4j2",
            Self::Logback => "logback",
            Self::DotNet => ".NET",
            Self::Azure => "Azure",
            Self::Nextcloud => "Nextcloud",
            Self::Klog => "klog",
        }
    }

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Pino => "pino",
            Self::Python => "python",
            Self::Syslog => "syslog",
            Self::SyslogPriority => "syslog_priority",
            Self::OpenTelemetry => "open_telemetry",
            Self::GoogleCloud => "google_cloud",
            Self::Monolog => "monolog",
            Self::Log4j2 => "log4j2",
            Self::Logback => "logback",
            Self::DotNet => "dot_net",
            Self::Azure => "azure",
            Self::Nextcloud => "nextcloud",
            Self::Klog => "klog",
        }
    }

    /// The number that a value is on every scale; `None` for a word.
    pub(super) fn number(text: &[u8]) -> Option<u32> {
        number(text.trim_ascii())
    }

    /// The level of a value; `Unknown` where it is none of this scale.
    pub fn parse(self, text: &[u8]) -> Level {
        let text = text.trim_ascii();
        match (self, number(text)) {
            (Self::Text, _) | (_, None) => Level::from_text(text),
            (_, Some(number)) => self.of_number(number),
        }
    }

    /// The level of a number; `Unknown` where it is none of this scale.
    pub(super) fn of_number(self, number: u32) -> Level {
        use Level::{Critical, Debug, Error, Fatal, Info, Notice, Trace, Unknown, Warn};
        match self {
            Self::Text => Unknown,
            Self::Pino => match number {
                10..20 => Trace,
                20..30 => Debug,
                30..40 => Info,
                40..50 => Warn,
                50..60 => Error,
                60..=100 => Fatal,
                _ => Unknown,
            },
            Self::Python => match number {
                1..10 => Trace,
                10..20 => Debug,
                20..30 => Info,
                30..40 => Warn,
                40..50 => Error,
                50..=100 => Critical,
                _ => Unknown,
            },
            Self::Syslog => match number {
                0 => Fatal,
                1 | 2 => Critical,
                3 => Error,
                4 => Warn,
                5 => Notice,
                6 => Info,
                7 => Debug,
                _ => Unknown,
            },
            Self::SyslogPriority => match number {
                0..=191 => Self::Syslog.of_number(number % 8),
                _ => Unknown,
            },
            Self::OpenTelemetry => match number {
                1..=4 => Trace,
                5..=8 => Debug,
                9..=12 => Info,
                13..=16 => Warn,
                17..=20 => Error,
                21..=24 => Fatal,
                _ => Unknown,
            },
            Self::GoogleCloud => match number {
                0 | 200 => Info,
                100 => Debug,
                300 => Notice,
                400 => Warn,
                500 => Error,
                600 | 700 => Critical,
                800 => Fatal,
                _ => Unknown,
            },
            Self::Monolog => match number {
                100 => Debug,
                200 => Info,
                250 => Notice,
                300 => Warn,
                400 => Error,
                500 | 550 => Critical,
                600 => Fatal,
                _ => Unknown,
            },
            Self::Log4j2 => match number {
                1..=100 => Fatal,
                101..=200 => Error,
                201..=300 => Warn,
                301..=400 => Info,
                401..=500 => Debug,
                501..=700 => Trace,
                _ => Unknown,
            },
            Self::Logback => match number {
                5_000..10_000 => Trace,
                10_000..20_000 => Debug,
                20_000..30_000 => Info,
                30_000..40_000 => Warn,
                40_000..=50_000 => Error,
                _ => Unknown,
            },
            Self::DotNet => {
                [Trace, Debug, Info, Warn, Error, Critical].get(number as usize).copied().unwrap_or(Unknown)
            }
            Self::Azure => [Trace, Info, Warn, Error, Critical].get(number as usize).copied().unwrap_or(Unknown),
            Self::Nextcloud => [Debug, Info, Warn, Error, Fatal].get(number as usize).copied().unwrap_or(Unknown),
            Self::Klog => match number {
                0..=2 => Info,
                3..=5 => Debug,
                6..=20 => Trace,
                _ => Unknown,
            },
        }
    }

    /// The scale of a field, by its name, its siblings' names and its values; and the share (0..=1) of the values that are
    /// levels on it. Values that stand for "no value" do not count; without any other the share is 0.
    pub fn detect(key: &str, sibling_keys: &[&str], samples: &[&str]) -> (Self, f64) {
        let samples: Vec<&str> = samples.iter().copied().filter(|sample| !is_missing(sample.as_bytes())).collect();
        let numbers: Vec<u32> = samples.iter().filter_map(|sample| number(sample.trim().as_bytes())).collect();
        if samples.is_empty() {
            return (Self::Text, 0.0);
        }
        let key = Key::new(key);
        // Few numbers among words are no scale.
        if numbers.len() * 2 < samples.len() {
            return (Self::Text, Self::Text.share(&samples));
        }
        // A status of HTTP would fit the scales of hundreds.
        if key.last_word() == "status" && numbers.iter().any(|number| (100..600).contains(number)) {
            return (Self::Text, 0.0);
        }
        let siblings: BTreeSet<String> = sibling_keys.iter().map(|name| Key::new(name).name).collect();
        let candidates = by_names(&key, &siblings).into_iter().chain([by_values(&numbers)]);
        let scored = candidates.map(|scale| (scale, scale.share(&samples)));
        // The first of the best: names know better than values.
        scored.fold((Self::Text, 0.0), |best, next| if next.1 > best.1 { next } else { best })
    }

    fn share(self, samples: &[&str]) -> f64 {
        // Zero of OpenTelemetry is "not set", which is not wrong.
        let unset = |text: &str| self == Self::OpenTelemetry && text.trim() == "0";
        let known = samples.iter().filter(|text| self.parse(text.as_bytes()) > Level::Unknown || unset(text)).count();
        known as f64 / samples.len().max(1) as f64
    }
}

/// A whole number of at most nine digits; software that took it for a float may have left `.0` behind it.
fn number(text: &[u8]) -> Option<u32> {
    let digits = text.strip_suffix(b".0").unwrap_or(text);
    let is_number = (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

/// Scales that the field's name or the fields beside it speak for, the surest first.
fn by_names(key: &Key, siblings: &BTreeSet<String>) -> Vec<LevelScale> {
    let has = |name: &str| siblings.contains(name);
    let by_key = match key.name.as_str() {
        "severity_number" => Some(LevelScale::OpenTelemetry),
        "levelno" => Some(LevelScale::Python),
        "level_value" => Some(LevelScale::Logback),
        "severity_level" => Some(LevelScale::Azure),
        "priority" | "pri" | "syslog_severity" | "severity_code" => Some(LevelScale::Syslog),
        "v" => Some(LevelScale::Klog),
        _ => None,
    };
    let second = matches!(key.name.as_str(), "priority" | "pri").then_some(LevelScale::SyslogPriority);
    let of_syslog = siblings.iter().any(|name| name.starts_with("syslog_"));
    let by_siblings = [
        (LevelScale::Log4j2, has("logger_fqcn") || has("instant") || has("instant_epoch_second")),
        (LevelScale::Monolog, has("channel") || has("level_name")),
        (LevelScale::Python, has("levelno") || has("levelname") || has("lineno") || has("asctime")),
        (LevelScale::Syslog, has("short_message") || of_syslog || has("priority")),
        (LevelScale::Pino, has("msg") && (has("pid") || has("hostname") || has("v"))),
        (LevelScale::GoogleCloud, has("insert_id") || has("log_name")),
        (LevelScale::DotNet, has("category") || has("event_id")),
        (LevelScale::Azure, has("operation_id") || has("time_generated")),
        (LevelScale::Nextcloud, has("req_id") && has("app")),
        (LevelScale::Logback, has("logger_name") || has("version")),
    ];
    let named = by_siblings.into_iter().filter(|(_, speaks)| *speaks).map(|(scale, _)| scale);
    by_key.into_iter().chain(second).chain(named).collect()
}

/// The scale that a set of values looks like.
fn by_values(numbers: &[u32]) -> LevelScale {
    let most = numbers.iter().copied().max().unwrap_or(0);
    let all = |of: u32| numbers.iter().all(|number| number.is_multiple_of(of));
    match most {
        0..=7 => LevelScale::Syslog,
        8.. if most <= 24 && !all(10) => LevelScale::OpenTelemetry,
        8..100 => LevelScale::Pino,
        100..1000 if all(50) => {
            if numbers.iter().any(|number| *number >= 700) {
                LevelScale::GoogleCloud
            } else {
                LevelScale::Monolog
            }
        }
        1000.. => LevelScale::Logback,
        _ => LevelScale::Text,
    }
}

#[cfg(test)]
mod tests;
