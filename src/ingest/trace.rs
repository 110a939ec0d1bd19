//! Lines that go on with an event where nothing else tells, because each has a head of a runtime's: stack traces, and what
//! is indented.

/// How far a stack trace is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Trace {
    /// None, or one whose lines tell by themselves.
    #[default]
    Other,
    /// Within one of Python's, which ends with the exception.
    Traceback,
    /// Behind one of Python's: behind a blank line another may follow, which it led to.
    Ended,
}

/// How lines begin that go on with an event, although they are not indented.
const BEGINNINGS: [&[u8]; 2] = [b"Caused by: ", b"Suppressed: "];
/// What Python writes between two that led to each other, blank lines before and behind it.
const BETWEEN: [&[u8]; 2] = [b"The above exception was the ", b"During handling of the above exception"];
const TRACEBACK: &[u8] = b"Traceback (most recent call last):";
/// How classes are called whose name and message stand between an event and its trace.
const THROWABLES: [&[u8]; 3] = [b"Exception", b"Error", b"Throwable"];
/// What a program writes in capitals where its events begin, blanks before it or not.
const LEVELS: [&[u8]; 12] = [
    b"TRACE",
    b"DEBUG",
    b"INFO",
    b"NOTICE",
    b"WARN",
    b"WARNING",
    b"ERROR",
    b"ERR",
    b"SEVERE",
    b"FATAL",
    b"CRITICAL",
    b"SUCCESS",
];

impl Trace {
    /// Takes note of a line (as text, or within a JSON string) and says whether it goes on with the event before it.
    pub(super) fn goes_on(&mut self, line: &[u8]) -> bool {
        let (text, indented) = unindented(line);
        let Some(&first) = text.first() else { return *self == Self::Ended };
        if indented {
            return !begins_with_level(text);
        }
        let begins = |beginnings: &[&[u8]]| beginnings.iter().any(|beginning| text.starts_with(beginning));
        let ends_traceback = *self == Self::Traceback && is_name(until_colon(text)) || begins(&BETWEEN);
        *self = match ends_traceback {
            true => Self::Ended,
            false if text.starts_with(TRACEBACK) => Self::Traceback,
            false => Self::Other,
        };
        *self != Self::Other
            || matches!(first, b'}' | b']' | b')')
            || begins(&BEGINNINGS)
            || is_throwable(until_colon(text))
    }

    /// Whether more of it is to come.
    pub(super) fn waits(self) -> bool {
        self == Self::Traceback
    }

    /// Whether a line can only be one of a stack trace.
    pub(super) fn is_frame(line: &[u8]) -> bool {
        let (text, indented) = unindented(line);
        indented && (text.starts_with(b"at ") || text.starts_with(b"File \"")) || text.starts_with(TRACEBACK)
    }
}

/// A line's text, and whether blanks stand before it.
fn unindented(mut line: &[u8]) -> (&[u8], bool) {
    let before = line.len();
    // A tab is two marks within a JSON string.
    while let Some(rest) =
        line.strip_prefix(b" ").or_else(|| line.strip_prefix(b"\t")).or_else(|| line.strip_prefix(b"\\t"))
    {
        line = rest;
    }
    (line, line.len() < before)
}

/// Whether a text begins with a level, as a program writes it before its message.
pub(super) fn begins_with_level(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"[").unwrap_or(text);
    let length = text.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let ends = text.get(length).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    ends && LEVELS.contains(&&text[..length])
}

fn until_colon(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(b':', text).unwrap_or(text.len())]
}

/// Whether a text is a name, maybe within others: `requests.exceptions.Timeout`.
fn is_name(text: &[u8]) -> bool {
    text.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$'))
}

/// Whether a text is the name of a class in a package whose objects are thrown: `java.lang.IllegalStateException`.
fn is_throwable(text: &[u8]) -> bool {
    is_name(text)
        && text.split(|&byte| byte == b'.').count() > 2
        && THROWABLES.iter().any(|suffix| text.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on() {
        for line in [
            "\tat a.B.c(B.java:7)",
            "\\tat a.B.c(B.java:7)",
            "   ... 12 more",
            "  \"key\": 1",
            "}",
            "Caused by: a.B: no",
            "java.lang.OutOfMemoryError",
            "org.x.y.FailureException: no: really",
            "Traceback (most recent call last):",
        ] {
            assert!(Trace::default().goes_on(line.as_bytes()), "{line}");
        }
        for line in [
            "",
            "   ",
            "ERROR it broke",
            "   INFO indented for its looks",
            " [WARN] the same",
            "{",
            "ValueError: no trace before it",
            "java.lang.Error without a colon",
            "at the beginning",
        ] {
            assert!(!Trace::default().goes_on(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_traceback_ends_with_its_exception() {
        let mut trace = Trace::default();
        let lines =
            ["Traceback (most recent call last):", "  File \"a.py\"", "    f(x)", "a.b.Timeout: 3 s", "a.b.c: next"];
        assert_eq!(lines.map(|line| trace.goes_on(line.as_bytes())), [true, true, true, true, false]);
        let mut trace = Trace::default();
        let lines = ["Traceback (most recent call last):", "  File", "10:00:00 next", ""];
        assert_eq!(lines.map(|line| trace.goes_on(line.as_bytes())), [true, true, false, false]);
    }

    #[test]
    fn tracebacks_that_led_to_each_other() {
        let mut trace = Trace::default();
        for line in [
            "Traceback (most recent call last):",
            "  File \"a.py\"",
            "KeyError: 'a'",
            "",
            "During handling of the above exception, another exception occurred:",
            "",
            "Traceback (most recent call last):",
        ] {
            assert!(trace.goes_on(line.as_bytes()), "{line}");
        }
    }
}
