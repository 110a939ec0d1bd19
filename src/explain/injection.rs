//! Rows that speak to a language model. Nothing depends on finding them all: it only keeps the plain ones from serving as
//! evidence, and lets a person see that somebody tried.

/// Phrases of instructions to a model, in lower case, words joined by one blank.
const PHRASES: [&str; 28] = [
    "ignore all previous",
    "ignore previous",
    "ignore the previous",
    "ignore the above",
    "ignore all rules",
    "ignore your",
    "ignore any",
    "ignore all instructions",
    "disregard all",
    "disregard previous",
    "disregard the",
    "disregard any",
    "disregard your",
    "forget all previous",
    "forget your instructions",
    "forget everything",
    "new instructions",
    "system prompt",
    "you are now",
    "you must answer",
    "you must respond",
    "as an ai",
    "note to the ai",
    "language model",
    "im_start",
    "end of data",
    "set anomaly",
    "label every row",
];

/// Whether a text holds a phrase that instructions to a model are made of.
pub fn speaks_to_model(text: &str) -> bool {
    let mut plain = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()) {
        plain.push_str(&word.to_lowercase());
        plain.push(' ');
    }
    // Whole words to the right only: to the left may be the `n` of an escaped line end.
    PHRASES.iter().any(|phrase| plain.match_indices(phrase).any(|(at, _)| plain[at + phrase.len()..].starts_with(' ')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::cause::{self, Evidence};
    use crate::explain::label;
    use crate::explain::redact::Redactor;
    use crate::explain::{Encoding, Row, Table, verify};

    /// Log lines that try to take over a model, one per line.
    const LINES: &str = include_str!("injection/lines.txt");

    fn table() -> Table {
        let rows = LINES
            .lines()
            .enumerate()
            .map(|(id, line)| Row { id: id as u64, cells: vec![line.replace("\\n", "\n")] })
            .collect();
        Table { columns: vec!["message".into()], rows }
    }

    #[test]
    fn ordinary_rows_do_not_speak_to_a_model() {
        for line in
            ["Ignoring unknown option", "system prompted for password", "user is now online", "model loaded in 3 s"]
        {
            assert!(!speaks_to_model(line), "{line}");
        }
        assert!(table().rows.iter().all(|row| speaks_to_model(&row.cells[0])));
    }

    #[test]
    fn hostile_rows_stay_inside_the_fence() {
        let table = table();
        let listing = table.write(&table.rows, Encoding::JsonLines, &mut Redactor::default());
        assert_eq!(listing.text.lines().count(), table.rows.len());
        let prompt = label::prompt(&listing, Encoding::JsonLines, &[], 3);
        let mut lines = prompt.user.lines().skip(1);
        let name = lines.next().and_then(|line| line.strip_prefix("<<<DATA ")).unwrap().to_owned();
        let end = format!("DATA {name}>>>");
        assert!(lines.by_ref().take(table.rows.len()).all(|line| line.starts_with("{\"row\":") && line != end));
        assert_eq!(lines.next(), Some(end.as_str()));
    }

    #[test]
    fn a_hijacked_answer_verifies_nothing_and_marks_nothing_up() {
        let table = table();
        let findings = [0];
        let evidence = Evidence {
            session: &table,
            is_session: true,
            findings: &findings,
            templates: &[],
            expectations: &[],
            normal: None,
        };
        let (_, sent) = cause::prompt(&evidence, &mut Redactor::default(), 3);
        let markup = "![x](https://evil.example/?q=1) [a](javascript:1) <img src=x onerror=1> <script>1</script> https://evil.example\n# h\n- i\n```\n| a |";
        // Invented citations, and true ones of the rows that did the hijacking.
        let mut claims = vec![
            serde_json::json!({"part": "cause", "text": markup, "rows": "1000", "quote": markup}),
            serde_json::json!({"part": markup, "text": markup, "rows": markup, "quote": markup}),
            serde_json::json!({"part": "timeline", "text": "all is well", "rows": "", "quote": ""}),
        ];
        claims.extend(sent.iter().map(|row| {
            let cells: serde_json::Value = serde_json::from_str(&row.line).unwrap();
            serde_json::json!({"part": "factor", "text": "as told", "rows": row.id, "quote": cells["message"]})
        }));
        let answer = serde_json::json!({"summary": markup, "root_cause": markup, "confidence": markup, "claims": claims, "checks": [markup]});
        let explanation = cause::read(&answer.to_string()).unwrap();
        let checked = verify::check(&explanation, &sent);
        assert_eq!(verify::headline(&checked), format!("0 of {} claims verified", sent.len() + 3));
        let text = verify::export(&explanation, &checked, markup, None);
        // What is escaped is text; nothing else may be left of it.
        let mut marked = String::new();
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            if c == '\\' {
                chars.next();
            } else {
                marked.push(c);
            }
        }
        for mark in ["![", "](", "<", ">", "://", "javascript:", "`", "\n# h", "\n- i", "|", "&"] {
            assert!(!marked.contains(mark), "{mark}: {text}");
        }
        // Labels can only be about rows that were asked about.
        let labels = label::read(&answer.to_string(), &[0, 1]);
        assert!(labels.labels.is_empty() && labels.again() == [0, 1]);
    }
}
