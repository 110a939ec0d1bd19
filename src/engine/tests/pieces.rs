//! Lines that a container's runtime wrote in pieces.

use super::*;

/// Lines of two streams, every third cut into pieces between which the other stream may speak, as Docker or a runtime of
/// Kubernetes writes them; and what was written.
fn pieces(docker: bool, lines: usize) -> (Vec<u8>, Vec<String>) {
    let (mut text, mut written) = (String::new(), Vec::new());
    let mut put = |n: usize, stream: &str, part: &str, ends: bool| {
        let time = format!("2026-02-06T10:{:02}:{:02}.{:09}Z", n / 60 % 60, n % 60, text.len());
        if docker {
            let log = format!("{part}{}", if ends { "\n" } else { "" });
            let (log, end) = (serde_json::json!(log), if n.is_multiple_of(2) { "\n" } else { "\r\n" });
            let _ = write!(text, "{{\"log\":{log},\"stream\":\"{stream}\",\"time\":\"{time}\"}}{end}");
        } else {
            let _ = writeln!(text, "{time} {stream} {} {part}", if ends { 'F' } else { 'P' });
        }
    };
    for n in 0..lines {
        let (stream, other) = if n % 4 < 2 { ("stdout", "stderr") } else { ("stderr", "stdout") };
        let line = format!("request {n} of \"shop\" \\n was served in {} parts", n % 3 + 1);
        written.push(line.clone());
        let (one, rest) = line.split_at(n % 17 + 5);
        if n % 3 == 0 {
            put(n, stream, &line, true);
            continue;
        }
        put(n, stream, one, false);
        if n % 3 == 2 {
            let between = format!("meanwhile {n}");
            put(n, other, &between, true);
            written.push(between);
        }
        put(n, stream, rest, true);
    }
    (text.into_bytes(), written)
}

fn messages(run: &mut Run) -> Vec<String> {
    let message = run.conductor.dataset().role(Role::Message).unwrap();
    run.rows().into_iter().map(|row| row.cells[message].trim_end().to_owned()).collect()
}

#[test]
fn what_was_written_is_one_row_wherever_the_file_is_cut() {
    for docker in [true, false] {
        let (file, written) = pieces(docker, 240);
        for (segment_bytes, workers) in [(1 << 20, 1), (97, 3), (700, 2), (4_001, 4)] {
            let mut run = Run::new(&[&file], Settings { segment_bytes, ..small() }, workers, 7).finish();
            assert_eq!(messages(&mut run), written, "{docker} {segment_bytes}");
            assert_eq!(run.issues(0), []);
        }
    }
}

#[test]
fn a_search_finds_what_stands_across_pieces() {
    let (file, written) = pieces(true, 240);
    let mut run = Run::new(&[&file], Settings { segment_bytes: 700, ..small() }, 2, 1).finish();
    let wanted = "request 17 of";
    assert!(!String::from_utf8_lossy(&file).contains(wanted), "it stands in two pieces");
    let found: Vec<u64> = run.found(1, &format!("\"{wanted}\"")).into_iter().map(|row| row.row).collect();
    let expected = written.iter().position(|line| line.contains(wanted)).map(|row| row as u64);
    assert_eq!(found, Vec::from_iter(expected));
}

#[test]
fn a_piece_without_an_end_is_a_row_all_the_same() {
    let (mut file, written) = pieces(false, 30);
    file.extend_from_slice(b"2026-02-06T11:00:00Z stdout P never\n2026-02-06T11:00:00Z stdout P  ended");
    let mut run = Run::new(&[&file], Settings { segment_bytes: 500, ..small() }, 2, 1).finish();
    assert_eq!(messages(&mut run)[written.len()..], ["never ended"]);
}

#[test]
fn a_traceback_is_one_row_although_other_streams_speak_meanwhile() {
    let (mut file, mut written) = (String::new(), Vec::new());
    for n in 0..60 {
        let mut put = |stream: &str, text: &str| {
            let _ = writeln!(file, "2026-02-06T10:00:{n:02}.000000000Z {stream} F {text}");
        };
        let frames =
            ["  File \"a.py\", line 7, in f", "    f(x)", &format!("app.errors.Timeout: {n} ms")].map(str::to_owned);
        put("stderr", &format!("request {n} failed"));
        put("stderr", "Traceback (most recent call last):");
        for (at, frame) in frames.iter().enumerate() {
            put("stdout", &format!("request {n} goes on {at}"));
            put("stderr", frame);
        }
        written.push(format!("request {n} failed\nTraceback (most recent call last):\n{}", frames.join("\n")));
        written.extend((0..frames.len()).map(|at| format!("request {n} goes on {at}")));
    }
    for (segment_bytes, workers) in [(1 << 20, 1), (97, 3), (700, 2), (4_001, 4)] {
        let settings = Settings { segment_bytes, ..small() };
        let mut run = Run::new(&[file.as_bytes()], settings, workers, 7).finish();
        assert_eq!(messages(&mut run), written, "{segment_bytes}");
    }
}
