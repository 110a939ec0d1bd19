//! Names of members, as labels for the person.

/// Longest label of one member, in characters.
const MAX_LABEL: usize = 300;

/// A name as an archive holds it, made fit to be shown: no control characters, no backslashes, and nothing that looks like
/// a way out of the archive. It may be empty.
pub(super) fn label(name: &[u8]) -> String {
    let text = match std::str::from_utf8(name) {
        Ok(text) => text.to_owned(),
        // An old code page: which one is not said. Latin-1 shows at least the ASCII part as it was.
        Err(_) => name.iter().map(|&byte| byte as char).collect(),
    };
    let shown: String = text
        .chars()
        .map(|c| if c == '\\' { '/' } else { c })
        .filter(|c| !c.is_control() && !is_direction(*c))
        .take(MAX_LABEL)
        .collect();
    let parts: Vec<&str> =
        shown.split('/').filter(|part| !part.is_empty() && *part != "." && *part != ".." && !is_drive(part)).collect();
    parts.join("/")
}

/// Characters that turn the direction of the text around them, and could make a name look like another.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_drive(part: &str) -> bool {
    matches!(part.as_bytes(), [letter, b':'] if letter.is_ascii_alphabetic())
}

/// The name of what a compressed file holds: the file's, without the ending that says how it is compressed.
pub(super) fn without_ending(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    for (ending, instead) in
        [(".tgz", ".tar"), (".tzst", ".tar"), (".gz", ""), (".gzip", ""), (".zst", ""), (".zstd", "")]
    {
        if lower.len() > ending.len() && lower.ends_with(ending) {
            return format!("{}{instead}", &name[..name.len() - ending.len()]);
        }
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_labels_and_no_paths() {
        for (name, shown) in [
            (&b"var/log/app.log"[..], "var/log/app.log"),
            (b"../../etc/passwd", "etc/passwd"),
            (b"/etc/passwd", "etc/passwd"),
            (b"C:\\logs\\a.log", "logs/a.log"),
            (b"./a.log", "a.log"),
            (b"a\x1b[31m\nb", "a[31mb"),
            ("gel\u{202e}txt.exe".as_bytes(), "geltxt.exe"),
            (b"caf\xe9.log", "caf\u{e9}.log"),
            (b"..", ""),
        ] {
            assert_eq!(label(name), shown);
        }
    }

    #[test]
    fn endings_of_compression_go() {
        for (name, without) in [
            ("app.log.gz", "app.log"),
            ("APP.LOG.GZ", "APP.LOG"),
            ("logs.tgz", "logs.tar"),
            ("app.log.zst", "app.log"),
            ("strange", "strange"),
            (".gz", ".gz"),
        ] {
            assert_eq!(without_ending(name), without);
        }
    }
}
