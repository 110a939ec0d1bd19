//! Durations within messages, for files without a field for them: `finished in 87 ms`, `took=1.2s`.

use super::DurationUnit;

/// Bytes of a message that are looked at.
const LONGEST: usize = 4096;
/// Share of the sampled messages that must tell a duration.
const LEAST_SHARE: f64 = 0.02;

/// The last duration of a message, in milliseconds: what took the time is told first.
pub fn last_duration(message: &[u8]) -> Option<f64> {
    let text = &message[..message.len().min(LONGEST)];
    let mut found = None;
    let mut at = 0;
    while let Some(begin) = text[at..].iter().position(u8::is_ascii_digit).map(|offset| at + offset) {
        let length = text[begin..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        at = begin + length;
        // Part of a name, an address, a version or a date.
        let joined = begin > 0 && (text[begin - 1].is_ascii_alphanumeric() || b"_.-/".contains(&text[begin - 1]));
        if !joined && let Some(millis) = with_unit(&text[begin..at], &text[at..]) {
            found = Some(millis);
        }
    }
    found
}

fn with_unit(number: &[u8], rest: &[u8]) -> Option<f64> {
    let blank = rest.first() == Some(&b' ');
    let rest = &rest[usize::from(blank)..];
    // Letters, and the two bytes of µ.
    let length = rest.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte >= 0x80).take(16).count();
    let ends = rest.get(length).is_none_or(|byte| !byte.is_ascii_alphanumeric() && !b"_/".contains(byte));
    let word = std::str::from_utf8(&rest[..length]).ok()?;
    // "5 s" may be anything, and so may "5 min".
    if !ends || blank && word.len() < 2 {
        return None;
    }
    let unit = DurationUnit::of_word(word)?;
    let number: f64 = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some(unit.to_milliseconds(number))
}

/// Whether sampled messages tell durations.
pub fn tells(messages: &[String]) -> bool {
    let telling = messages.iter().filter(|message| last_duration(message.as_bytes()).is_some()).count();
    telling > 0 && telling as f64 >= LEAST_SHARE * messages.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &str, expected: Option<f64>) {
        assert_eq!(last_duration(message.as_bytes()), expected, "{message}");
    }

    #[test]
    fn the_last_duration_of_a_message() {
        check("job finished in 87 ms", Some(87.0));
        check("retry after 5s, took=1.25s.", Some(1250.0));
        check("GET /a 200 340µs", Some(0.34));
        check("pause of 3 seconds (limit 200ms)", Some(200.0));
        check("version 1.2.3s of x5ms at 10.0.0.1ms/s", None);
        check("5 s and 7 MB and 8 rows", None);
        check("", None);
    }
}
