//! Numbers as a person reads them.

/// A count with thousands separated: `1,234,567`.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with at most four significant digits after the point.
pub fn number(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    if value.fract() == 0.0 && value.abs() < 1e15 {
        let text = count(value.abs() as u64);
        return if value < 0.0 { format!("-{text}") } else { text };
    }
    match value.abs() {
        size if !(1e-3..1e9).contains(&size) => format!("{value:.3e}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// A duration given in milliseconds: `0.4 ms`, `87 ms`, `5,200 ms`, `12.5 min`, `6.2 h`, `3.0 days`.
pub fn duration(milliseconds: f64) -> String {
    match milliseconds {
        ms if ms >= 48.0 * 3_600_000.0 => format!("{:.1} days", ms / 86_400_000.0),
        ms if ms >= 2.0 * 3_600_000.0 => format!("{:.1} h", ms / 3_600_000.0),
        ms if ms >= 600_000.0 => format!("{:.1} min", ms / 60_000.0),
        ms if ms >= 100_000.0 => format!("{} s", count((ms / 1000.0).round() as u64)),
        ms if ms >= 10.0 => format!("{} ms", count(ms.round() as u64)),
        ms if ms >= 0.01 => format!("{ms:.2} ms"),
        ms if ms > 0.0 => format!("{:.2} µs", ms * 1000.0),
        _ => "0 ms".to_owned(),
    }
}

/// A share of a whole in percent: `25 %`, `0.31 %`, `0.002 %`.
pub fn share(part: u64, whole: u64) -> String {
    let percent = part as f64 / whole.max(1) as f64 * 100.0;
    match percent {
        _ if part == 0 => "0 %".to_owned(),
        p if p >= 99.95 && part < whole => "over 99.9 %".to_owned(),
        p if p >= 99.5 && part < whole => format!("{p:.1} %"),
        p if p >= 10.0 => format!("{p:.0} %"),
        p if p >= 0.1 => format!("{p:.1} %"),
        p if p >= 0.001 => format!("{p:.3} %"),
        _ => "under 0.001 %".to_owned(),
    }
}

/// A size in decimal units with at most three significant digits: `812 B`, `1.24 GB`.
pub fn bytes(size: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = size as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let decimals = match value {
        _ if unit == 0 => 0,
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(number(-5.0), "-5");
        assert_eq!(number(2.345_67), "2.35");
        assert_eq!(number(0.000_012), "1.200e-5");
        assert_eq!((number(f64::INFINITY), number(f64::NEG_INFINITY)), ("∞".to_owned(), "-∞".to_owned()));
        assert_eq!(duration(5200.0), "5,200 ms");
        assert_eq!(duration(0.4), "0.40 ms");
        assert_eq!(duration(900_000.0), "15.0 min");
        assert_eq!((duration(22_200_000.0), duration(259_200_000.0)), ("6.2 h".to_owned(), "3.0 days".to_owned()));
        assert_eq!(share(1, 4), "25 %");
        assert_eq!(
            [share(0, 9), share(9, 9), share(998, 1000), share(9_999, 10_000)],
            ["0 %", "100 %", "99.8 %", "over 99.9 %"]
        );
        assert_eq!(share(1, 1_000_000), "under 0.001 %");
        assert_eq!(bytes(1_310_000_000), "1.31 GB");
    }
}
