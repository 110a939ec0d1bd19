//! Files that are not what they seem: JSON, CSV and lines.

use strayline::ingest::IssueKind::{
    self, Infinite, InvalidJson, InvalidUtf8, Ragged, TooLong, Truncated, Unparsed, Unterminated,
};
use strayline::view::Stage;

use super::look::{Looked, check};

/// Good lines of JSON, to put bad ones among.
fn good(rows: usize) -> String {
    (0..rows)
        .map(|n| {
            format!("{{\"time\":\"2026-02-06T10:00:{:02}Z\",\"level\":\"INFO\",\"message\":\"fine {n}\"}}\n", n % 60)
        })
        .collect()
}

#[track_caller]
fn rows(file: impl Into<Vec<u8>>, rows: u64, issues: &[(IssueKind, u64)]) -> Looked {
    let looked = check(&[file.into()]);
    assert_eq!(looked.stage, Stage::Done, "{}", looked.note());
    assert_eq!((looked.file().rows, looked.issues()), (rows, issues), "{}", looked.file().format);
    looked
}

/// A bad line among good ones.
#[track_caller]
fn among(line: &[u8], issues: &[(IssueKind, u64)]) -> Looked {
    let file = [good(20).as_bytes(), line, b"\n", good(20).as_bytes()].concat();
    rows(file, 41, issues)
}

#[track_caller]
fn refused(file: &[u8], says: &[&str]) {
    let looked = check(&[file.to_vec(), good(5).into_bytes()]);
    assert_eq!((looked.stage, looked.file().rows, looked.files[1].rows), (Stage::Done, 0, 5));
    for says in says {
        assert!(looked.note().contains(says), "{:?}", looked.note());
    }
}

#[test]
fn nesting_without_end() {
    const LEVELS: usize = 100_000;
    let arrays = format!("{{\"a\":{}{}}}", "[".repeat(LEVELS), "]".repeat(LEVELS));
    let objects = format!("{}1{}", "{\"a\":".repeat(LEVELS), "}".repeat(LEVELS));
    let open = "{\"a\":".repeat(LEVELS);
    for text in [&arrays, &objects, &open] {
        among(text.as_bytes(), &[(InvalidJson, 1)]);
    }
    rows(arrays, 1, &[(InvalidJson, 1)]);
    rows(objects, 1, &[(InvalidJson, 1)]);
    rows(open, 1, &[(InvalidJson, 1)]);
    rows("[".repeat(LEVELS), 1, &[]);
    rows("{".repeat(LEVELS), 1, &[(InvalidJson, 1)]);
    // Nested as deep as is read.
    among(format!("{{\"a\":{}1{}}}", "[".repeat(128), "]".repeat(128)).as_bytes(), &[]);
    // A text that is JSON that holds a text that is JSON.
    let mut doll = "{\"log\":\"x\"}".to_owned();
    for _ in 0..8 {
        doll = serde_json::json!({ "log": doll }).to_string();
    }
    rows(format!("{doll}\n").repeat(30), 30, &[]);
}

#[test]
fn keys_and_values_of_json() {
    // Of a key that stands twice, the last counts.
    let looked = among(b"{\"message\":\"first\",\"level\":\"INFO\",\"message\":\"last\"}", &[]);
    assert_eq!(looked.views[20].cells[2], "last");
    among(b"{\"message\":\"lone \\ud800 surrogate, \\udc00\\ud83d\\ude00\",\"\\udfff\":1}", &[]);
    among(b"{\"message\":\"a NUL \\u0000 and one as it is \0\"}", &[]);
    among(b"{\"message\":\"caf\xe9 \xed\xa0\x80\"}", &[(InvalidUtf8, 1)]);
    let many: String = (0..100_000).map(|n| format!("\"k{n}\":{n},")).collect();
    let many = format!("{{{many}\"message\":\"x\"}}\n");
    among(many.trim_end().as_bytes(), &[]);
    let looked = rows(many + &good(20), 21, &[]);
    assert!(looked.note().contains("more than 2,048 different fields"), "{}", looked.note());
    let long = format!("{{\"{}\":1,\"message\":\"x\"}}", "k".repeat(10 << 20));
    let looked = among(long.as_bytes(), &[]);
    assert_eq!(looked.views[20].cells[2], "x");
    let dots = (0..500).map(|n| format!("\"k{n}{}\":{n},", ".a".repeat(500))).collect::<String>();
    among(format!("{{{dots}\"message\":\"x\"}}").as_bytes(), &[]);
    among(format!("{{\"{}\":1,\"message\":\"x\"}}", ".".repeat(1000)).as_bytes(), &[]);
    among(b"{\"\":{\"\":{\"\":1}}}", &[]);
    for number in ["1e999", "-0", "NaN", "-Infinity", "1E-999", "123456789012345678901234567890"] {
        let lines: String =
            (0..40).map(|n| format!("{{\"n\":{},\"m\":{n}}}\n", if n % 7 == 3 { number } else { "1.5" })).collect();
        let is_infinite = matches!(number, "-Infinity" | "1e999");
        rows(lines, 40, if is_infinite { &[(Infinite, 6)] } else { &[] });
        rows(format!("{{\"n\":{number}}}\n").repeat(40), 40, &[]);
    }
    for number in ["0x10", "01", "1.", ".5", "+1", "1e", "--1", "nan"] {
        among(format!("{{\"n\":{number}}}").as_bytes(), &[(InvalidJson, 1)]);
    }
}

#[test]
fn documents_that_break_off() {
    let array = format!("[\n{}]", good(40).trim_end().replace('\n', ",\n"));
    rows(&array.as_bytes()[..array.len() - 30], 40, &[(Truncated, 1)]);
    rows(&array.as_bytes()[..array.len() - 1], 40, &[]);
    let envelope = format!("{{\"took\":1,\"events\":{array}");
    rows(&envelope.as_bytes()[..envelope.len() - 30], 40, &[(Truncated, 1)]);
    rows(envelope, 40, &[]);
    let record = |n| {
        format!(
            "{{\"timeUnixNano\":\"17000000000000{n:05}\",\"severityText\":\"INFO\",\"body\":{{\"stringValue\":\"fine {n}\"}}}}"
        )
    };
    let document = |from: usize| {
        let records: Vec<String> = (from..from + 10).map(record).collect();
        format!("{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{}]}}]}}]}}", records.join(","))
    };
    let (first, middle, last) = (document(0), document(10), document(20));
    rows(format!("{first}\n{}\n{last}\n", &middle[..400]), 21, &[(InvalidJson, 1)]);
    // Events that are none.
    rows("{\"resourceLogs\":[1,{\"scopeLogs\":[{\"logRecords\":[7,{}]}]}]}\n{\"resourceLogs\":{}}\n", 2, &[]);
    let inner = |n: usize| format!("{{\\\"level\\\":\\\"INFO\\\",\\\"msg\\\":\\\"fine {n}\\\"}}\\n");
    let docker: String = (0..60)
        .map(|n| {
            let inner = inner(n);
            let inner = if n == 30 { format!("{}\\n", &inner[..20]) } else { inner };
            format!("{{\"log\":\"{inner}\",\"stream\":\"stdout\",\"time\":\"2026-02-06T10:00:{n:02}Z\"}}\n")
        })
        .collect();
    rows(docker, 60, &[]);
}

#[test]
fn tables_that_are_none() {
    let table = |last: &str| (0..60).map(|n| format!("{n},a b,{}\n", n * n % 17)).collect::<String>() + last;
    rows(format!("n,text,value\n{}", table("60,\"never closed,1\n61,x,1\n62,y,2")), 63, &[(Unterminated, 1)]);
    rows(format!("n,text,value\n{}", table("\"")), 61, &[(Unterminated, 1)]);
    refused(b"time,level,message\n", &["no records"]);
    for header in ["id,name,name,,value", ",time,level,message,x", "a,b,c,c,"] {
        let looked = rows(format!("{header}\n{}", "1,2,3,4,5\n".repeat(30)), 30, &[]);
        assert_eq!(looked.file().format, "CSV", "{header}");
    }
    rows(format!(",,,\n{}", "1,2,3,4\n".repeat(30)), 31, &[]);
    let wide = 1_000_000;
    let names: Vec<String> = (0..wide).map(|n| format!("c{n}")).collect();
    let full = format!("{}\n", "7,".repeat(wide - 1));
    let looked = rows(format!("{}\n{full}{full}1,2\n", names.join(",")), 3, &[(Ragged, 1)]);
    assert!(looked.note().contains("1,000,000 columns"), "{}", looked.note());
    rows(format!("a,b\n{}", "\"x\",\"y\"\"\n".repeat(3_000)), 3_000, &[(Unterminated, 3_000)]);
    rows("\"".repeat(10_000), 1, &[]);
    rows("\"\n".repeat(10_000), 10_000, &[]);
    rows("a,\"\n\"\n".repeat(2_000), 4_000, &[]);
}

#[test]
fn nothing_but_one_byte() {
    for byte in [b"{", b"[", b"}", b"]", b",", b"=", b"<", b"a", b"\x1b", b"\xff", b"-", b":"] {
        let bad = match byte {
            b"\xff" => Some(InvalidUtf8),
            b"{" => Some(InvalidJson),
            _ => None,
        };
        rows(byte.repeat(50_000), 1, &bad.map(|kind| (kind, 1)).into_iter().collect::<Vec<_>>());
        // Lines of a brace are no JSON of anybody.
        let bad = bad.filter(|kind| *kind == InvalidUtf8);
        let lines = [&byte[..], b"\n"].concat().repeat(5_000);
        rows(lines, 5_000, &bad.map(|kind| (kind, 5_000)).into_iter().collect::<Vec<_>>());
    }
    refused(&b"\n".repeat(50_000), &["blanks"]);
    refused(&b"\r".repeat(50_000), &["blanks"]);
    refused(&b"\r\n ".repeat(50_000), &["blanks"]);
    refused(&b"\0".repeat(50_000), &["binary", "Drop a"]);
}

#[test]
fn encodings() {
    let text = good(30);
    let little: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let plain = rows(text.as_bytes(), 30, &[]);
    for utf16 in [&little[..], &big, &little[2..], &big[2..]] {
        let looked = rows(utf16, 30, &[]);
        assert_eq!(looked.file().format, "JSON Lines, in UTF-16");
        assert_eq!(looked.views, plain.views);
    }
    // Half of a character at the end, and half of one before the end of a line.
    let odd = [&little[..], b"x"].concat();
    let lone: Vec<u8> = "a,b\n1,".encode_utf16().chain([0xd83d, 0x0a]).flat_map(u16::to_le_bytes).collect();
    assert_eq!(check(&[odd]).file().rows, 31);
    let lone = check(&[[&b"\xff\xfe"[..], &lone].concat()]);
    assert_eq!(lone.views[0].cells[1], "\u{fffd}");
    let wide: Vec<u8> = text.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
    refused(&[b"\xff\xfe\0\0", &wide[..]].concat(), &["UTF-32", "Save it as UTF-8"]);
    for file in [
        text.clone(),
        format!("a,b\n{}", "1,x\n".repeat(30)),
        "[{\"a\":1},{\"a\":2}]".into(),
        "x=1 y=2 z=3\n".repeat(30),
    ] {
        let plain = rows(file.as_bytes(), check(&[file.clone().into_bytes()]).file().rows, &[]);
        let marked = rows([b"\xef\xbb\xbf", file.as_bytes()].concat(), plain.file().rows, &[]);
        assert_eq!(
            plain.views.iter().map(|row| &row.cells).collect::<Vec<_>>(),
            marked.views.iter().map(|row| &row.cells).collect::<Vec<_>>()
        );
    }
    for mark in [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\xfe\xff"] {
        refused(mark, &["empty"]);
    }
    refused(b"\xef\xbb\xbf\n\n", &[]);
}

#[test]
fn line_ends() {
    let text = good(40);
    rows(text.replace('\n', "\r\n"), 40, &[]);
    let mixed: String = text
        .lines()
        .enumerate()
        .map(|(n, line)| format!("{line}{}", ["\n", "\r\n", "\n\n", "\r\n\r\n"][n % 4]))
        .collect();
    rows(mixed, 40, &[]);
    // Old Mac line ends.
    rows(text.replace('\n', "\r"), 40, &[]);
    let looked = rows("2026-02-06 10:00:00 INFO fine\r".repeat(50), 1, &[]);
    assert!(looked.note().contains("Save it with line feeds"), "{}", looked.note());
    let table: String =
        (0..50).map(|n| format!("{n},\"a\r\nb\",{}{}", n % 7, if n % 3 == 0 { "\n" } else { "\r\n" })).collect();
    rows(format!("n,text,value\r\n{table}"), 50, &[]);
    rows("no line end at all", 1, &[]);
}

#[test]
fn times_that_never_were() {
    for time in [
        "0000-00-00T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "99999-01-01T00:00:00Z",
        "9999-12-31T23:59:60Z",
        "2026-02-30T25:61:61Z",
        "1e999",
        "-9223372036854775808",
        "18446744073709551616",
        "\u{661}\u{662}:\u{663}",
    ] {
        among(format!("{{\"time\":\"{time}\",\"message\":\"x\"}}").as_bytes(), &[]);
        rows(format!("{{\"time\":\"{time}\",\"message\":\"x\"}}\n").repeat(40), 40, &[]);
        rows(format!("{time} INFO fine\n").repeat(40), 40, &[]);
        rows(format!("time,elapsed_ms\n{}", format!("{time},{time}\n").repeat(40)), 40, &[]);
    }
}

#[test]
fn lines_of_text() {
    let log = |n: usize| format!("2026-02-06 10:{:02}:{:02} INFO worker {n} is fine\n", n / 60 % 60, n % 60);
    let lines: String = (0..100).map(log).collect();
    // What follows is an event that goes on and on: it ends at its limit of lines.
    rows(format!("{lines}{}", "  at frame of a trace\n".repeat(5_000)), 105, &[(Unparsed, 5)]);
    rows(format!("{}{lines}", "no time at all\n".repeat(5_000)), 5_100, &[]);
    rows(format!("{lines}{}\n{lines}", "x".repeat(3 << 20)), 201, &[(Unparsed, 1)]);
    rows(format!("{lines}{}\n{lines}", "x".repeat(17 << 20)), 201, &[(TooLong, 1)]);
    rows("level=info msg=\"never closed\nlevel=warn msg=\"\nlevel=info msg=\"a\\\" b=c\n".repeat(30), 90, &[]);
    rows("=\n==\n a=\n =b\n\"=\"\n".repeat(30), 150, &[]);
    rows("a=b c=d e=f\n".repeat(30) + &"k=v ".repeat(200_000), 31, &[]);
    rows(format!("{lines}{}", "\0".repeat(60)), 100, &[]);
}

#[test]
fn lines_before_a_table() {
    let table = |delimiter: &str| {
        let rows = (0..40).map(|n| ["2026-02-06T10:00:00Z".into(), "INFO".into(), format!("fine {n}"), n.to_string()]);
        let header = ["time", "level", "message", "ms"].join(delimiter);
        rows.fold(header + "\n", |text, row| text + &row.join(delimiter) + "\n")
    };
    let named = |before: &str, delimiter: &str, says: &str| {
        let looked = rows(format!("{before}{}", table(delimiter)), 40, &[]);
        assert_eq!((&looked.views[39].cells[2], looked.note()), (&"fine 39".to_owned(), says), "{before}");
    };
    named("sep=;\r\n", ";", "");
    let ragged = table(";").replace("fine 7;", "fine; 7;");
    rows(format!("sep=;\n{ragged}"), 40, &[(Ragged, 1)]);
    named(
        "# made by x, y\n# on a day\n",
        ",",
        "The 2 lines before the table's header are no rows; the first is “# made by x, y”.",
    );
    named("Report of March\n\n", "\t", "The line before the table's header is no row: “Report of March”.");
    // Lines of text are none, whatever stands behind them.
    let text = "Started, with a, b and c\n2026-02-06 10:00:00,123 INFO one\n2026-02-06 10:00:01,123 INFO two\n";
    rows(text, 3, &[(Unparsed, 1)]);
}

#[test]
fn lines_with_more_fields_than_the_file_names() {
    let line = |n: usize, more: &str| format!("2026-02-06 10:30:{n:02} GET /a{n} {more}{n}\n");
    let named: String = (0..30).map(|n| line(n, "")).collect();
    let more: String = (30..40).map(|n| line(n, "9 ")).collect();
    let fields = "#Fields: date time cs-method cs-uri-stem";
    rows(format!("{fields} time-taken\n{named}{fields} sc-bytes time-taken\n{more}"), 40, &[(Ragged, 10)]);
}

#[test]
fn tables_with_fewer_names_than_fields() {
    let rows_of = |line: &dyn Fn(usize) -> String| (1..40).map(line).collect::<String>();
    let trailing = rows_of(&|n| format!("2026-02-06T10:00:00Z,INFO,fine {n},\n"));
    let looked = rows(format!("time,level,message\n{trailing}"), 39, &[]);
    assert_eq!(looked.views[38].cells[2], "fine 39");
    // Statistics programs number the rows.
    let numbered = rows_of(&|n| format!("{n},2026-02-06T10:00:00Z,INFO,fine {n}\n"));
    let looked = rows(format!("time,level,message\n{numbered}"), 39, &[]);
    assert_eq!(looked.views[38].cells[2], "fine 39");
}

#[test]
fn a_summary_behind_a_table() {
    let table: String = (0..30).map(|n| format!("2026-02-06T10:00:{n:02}Z,INFO,fine {n}\n")).collect();
    let summary = "total,30\n".repeat(8);
    let looked = rows(format!("time,level,message\n{table}\n{summary}"), 38, &[(Ragged, 8)]);
    assert!(looked.views[..30].iter().all(|view| view.time.is_some()), "{:?}", looked.views[0]);
}

#[test]
fn objects_behind_other_lines() {
    rows(format!("  ___\n / _ \\ shop\n\nlistening on 8080\n{}", good(20)), 23, &[(InvalidJson, 3)]);
    let mixed: String = good(20).lines().map(|line| format!("{line}\nplain text\n")).collect();
    rows(format!("plain text\n{mixed}"), 41, &[(InvalidJson, 21)]);
}

#[test]
fn events_with_terminal_colours() {
    let event = |n: usize| {
        format!(
            "\x1b[2m2026-02-06 10:00:{:02}\x1b[0m \x1b[31mERROR\x1b[0m it \x1b[1mbroke\x1b[0m {n}\n  at \x1b[36mMain.java\x1b[0m:{n}\n",
            n % 60
        )
    };
    let looked = rows((0..40).map(event).collect::<String>() + "\x1b[2m2026-02-06 10:01:00\x1b", 41, &[(Unparsed, 1)]);
    assert_eq!(looked.views[39].cells[2], "it broke 39\n  at Main.java:39");
}
