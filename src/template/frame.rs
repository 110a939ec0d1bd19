//! Stack traces: which lines of a message are frames.
//!
//! The same failure comes with another stack each time: its frames are one value, however many there are. Where a container
//! wrote each line of a trace as a message of its own, the call in it is a value.

use super::lex::{CHUNK, CLASSES, LETTER, class_at};

/// Lines of a message that are looked at; what follows is one token.
pub(super) const LINES: usize = 4;
/// Longest name of a function.
const LONGEST: usize = 256;

/// Whether a line of a message, but not its first, is a part of a stack trace rather than text: it is indented, or looks
/// like a frame.
pub(super) fn is_frame(line: &[u8]) -> bool {
    let indented = matches!(line.first(), Some(b' ' | b'\t' | b'}' | b')' | b']'));
    indented
        || [b"Caused by:".as_slice(), b"created by ", b"goroutine ", b"... "]
            .iter()
            .any(|start| line.starts_with(start))
        || call(line).is_some()
}

/// Where the call of a frame begins and ends, in a message that is nothing but a frame: `at a.b.C.d(C.java:12)`,
/// `a/b.(*C).d(0x12, …)`, `created by a.b`; the state in `goroutine 1 [select, 5 minutes]:`.
#[inline]
pub(super) fn call(line: &[u8]) -> Option<(usize, usize)> {
    // Nearly no message gets beyond this.
    match line.last()? {
        b')' | b' ' | b'\r' | b'\n' => called(line),
        b':' if line[0] == b'g' => called(line),
        _ if matches!(line[0], b'c' | b' ' | b'\t') || line.starts_with(b"at ") => called(line),
        _ => None,
    }
}

#[cold]
fn called(line: &[u8]) -> Option<(usize, usize)> {
    let line = line.trim_ascii_end();
    let end = line.len();
    let from = line.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let starts = |word: &[u8]| line.get(from..).is_some_and(|line| line.starts_with(word));
    if starts(b"created by ") {
        let start = from + b"created by ".len();
        return (qualified(line.get(start..)?)? > 0).then_some((start, end));
    }
    if starts(b"goroutine ") && line.ends_with(b"]:") {
        let state = line.iter().position(|&byte| byte == b'[')?;
        return (state + 1 < end - 2).then_some((state + 1, end - 2));
    }
    if starts(b"at ") {
        let start = from + b"at ".len();
        return is_place(line.get(start..)?).then_some((start, end));
    }
    if line.last() != Some(&b')') {
        return None;
    }
    let name = qualified(line.get(from..)?)?;
    let arguments = line.get(from + name..end - 1)?.strip_prefix(b"(")?;
    let go =
        |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'x' | b',' | b' ' | b'.' | b'{' | b'}' | b'?' | b'_');
    let numbers = [b"0x".as_slice(), b"...", b"{0x"].iter().any(|start| arguments.starts_with(start));
    ((arguments.is_empty() || numbers) && arguments.iter().all(go)).then_some((from, end))
}

/// Whether what stands behind `at` is a frame of Java, .NET or JavaScript: `a.B.c(B.java:1)`, `A.B.C(Int32 d) in b.cs:line 1`,
/// `async a (b.js:1:2)`, `/b.js:1:2`.
fn is_place(text: &[u8]) -> bool {
    let Some(open) = text.iter().take(LONGEST).position(|&byte| byte == b'(') else {
        let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let path = text.first() == Some(&b'/') || text.starts_with(b"file:");
        return path && digits > 0 && text[..text.len() - digits].ends_with(b":") && !text.contains(&b' ');
    };
    let (name, inside) = (&text[..open], &text[open + 1..]);
    let Some(close) = inside.iter().position(|&byte| byte == b')') else { return false };
    let (inside, rest) = (&inside[..close], &inside[close + 1..]);
    if qualified(name) == Some(name.len()) {
        return rest.is_empty() || rest.starts_with(b" in ");
    }
    let line = inside.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    rest.is_empty() && name.ends_with(b" ") && line > 0 && inside[..inside.len() - line].ends_with(b":")
}

/// The length of a function's name with those of what it is in: `a.B.c`, `x.y/z.(*T).f`, `a.b[...]`, `A.<init>`.
fn qualified(text: &[u8]) -> Option<usize> {
    if class_at(text, 0) != LETTER {
        return None;
    }
    let (mut at, mut dots) = (0, 0);
    while at < text.len().min(LONGEST) {
        match text[at] {
            b'(' if text[at..].starts_with(b"(*") && text[..at].ends_with(b".") => {
                let close = text[at..].iter().take(LONGEST).position(|&byte| byte == b')')?;
                at += close;
            }
            b'[' if text[at..].starts_with(b"[...]") => at += 4,
            b'<' | b'>' | b':' | b'`' if dots > 0 => {}
            b'.' => dots += 1,
            byte if CLASSES[usize::from(byte)] & CHUNK != 0 => {}
            _ => break,
        }
        at += 1;
    }
    (dots > 0).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::table::tests::texts;
    use crate::template::{Catalog, ShapeTable};

    #[test]
    fn frames_are_told_from_text() {
        for line in [
            "\tat com.acme.Cart.add(Cart.java:41)",
            "at java.base/java.lang.Thread.run(Thread.java:840)",
            "at com.acme.Cart.<init>(Native Method)",
            "at Acme.Shop.Cart.<Add>d__3.MoveNext() in C:\\src\\Cart.cs:line 42",
            "at System.Collections.Generic.List`1.get_Item(Int32 index)",
            "    at async Server.handle (/srv/app/server.js:10:5)",
            "at Object.<anonymous> (file:///srv/app/a.mjs:1:7)",
            "at /srv/app/b.js:3:9",
            "main.main()",
            "net/http.(*conn).serve(0xc0001a2000, {0x7f, 0xc0}, ...)",
            "created by net/http.(*Server).Serve",
            "... 12 more",
            "  File \"a.py\", line 3, in f",
        ] {
            assert!(is_frame(line.as_bytes()), "{line}");
        }
        for line in [
            "ValueError: x",
            "java.io.IOException: no (really)",
            "init()",
            "call a.b(c) failed",
            "saved a.b(now)",
            "at noon (really)",
            "at last (12)",
        ] {
            assert!(!is_frame(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_failure_is_one_template_whatever_the_stack() {
        let java = |depth: usize| {
            let frames =
                (0..depth).map(|at| format!("\n\tat com.acme.C{at}.m(C.java:{at})")).collect::<Vec<_>>().concat();
            format!(
                "request {depth} failed\njava.lang.IllegalStateException: cart {depth} is closed{frames}\nCaused by: x.Y: z{frames}"
            )
        };
        let python = |depth: usize| {
            let frames = "\n  File \"/a.py\", line 7, in load\n    return open(path)".repeat(depth);
            format!("job {depth} crashed\nTraceback (most recent call last):{frames}\nValueError: bad row {depth}")
        };
        let mut messages: Vec<String> = (1..40).map(java).collect();
        messages.extend((1..20).map(python));
        let expected = [
            "request <*> failed java.lang.IllegalStateException: cart <*> is closed <*>",
            "job <*> crashed Traceback (most recent call last): <*> ValueError: bad row <*>",
        ];
        assert_eq!(texts(&messages), expected);

        let mut table = ShapeTable::default();
        table.add(java(3).as_bytes(), 0);
        table.add(python(2).as_bytes(), 1);
        let catalog = Catalog::build(&table);
        for message in [java(5), python(9)] {
            let found = catalog.find(message.as_bytes());
            assert!(
                found.is_some_and(|template| catalog.parameters(message.as_bytes(), template).is_some()),
                "{message}"
            );
        }
    }

    #[test]
    fn frames_that_are_messages_are_one_template() {
        let go = ["main.main()", "net/http.(*conn).serve(0xc0001a2000)", "a.com/b.(*T[...]).f({0x1, 0x2}, ...)"];
        assert_eq!(texts(&go), ["<*>"]);
        let java = ["at a.b.C.d(C.java:1)", "\tat e.f.G.<init>(Unknown Source)", "at x.y/z.W.lambda$1(W.java:9)"];
        assert_eq!(texts(&java), ["at <*>"]);
        assert_eq!(texts(&["goroutine []:"]), ["goroutine []:"]);
        let heads = ["goroutine 1 [running]:", "goroutine 17 [chan receive, 5 minutes]:"];
        assert_eq!(texts(&heads), ["goroutine <*> [<*>]:"]);
        assert_eq!(texts(&["created by main.run", "created by x/y.(*T).f.func1"]), ["created by <*>"]);
    }
}
