//! Stage two: why did it happen? One session, what is unusual in it, and a normal one beside it.

use serde_json::Value;

use super::answer::json;
use super::request::Prompt;
use super::schema::Form;
use super::window::{DATA_NOTICE, Encoding, Row, Table, fenced, shortened};
use crate::common::text::cut;
use crate::explain::redact::Redactor;

/// Most rows of a session that are sent.
const SESSION_ROWS: usize = 120;
/// Most rows of the normal session that are sent.
const NORMAL_ROWS: usize = 40;
/// Rows kept before and after a finding, and at both ends.
const AROUND: usize = 8;
/// Most templates and most expectations that are sent.
const FIGURES: usize = 40;
/// Longest text of an answer that is kept, in bytes.
const TEXT_BYTES: usize = 2000;
/// Most of an earlier answer that is sent with a further question, in bytes.
const ANSWER_BYTES: usize = 20_000;
/// Most claims and most checks that are kept.
const CLAIMS: usize = 100;

/// How often a template's messages occur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateCount {
    /// The template's text.
    pub template: String,
    /// Rows of the session.
    pub here: u64,
    /// Rows of the whole log.
    pub overall: u64,
}

/// A value that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The row; `None` for the session.
    pub row: Option<u64>,
    /// What is looked at, such as `duration`.
    pub what: String,
    /// As it is.
    pub found: String,
    /// As it usually is.
    pub usual: String,
}

/// All that is known of a session.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The session's rows, in order; or rows of the same source, where there is no session.
    pub session: &'a Table,
    /// Whether they are a session.
    pub is_session: bool,
    /// The rows to be explained.
    pub findings: &'a [u64],
    /// Templates of these rows, rarest in the log first.
    pub templates: &'a [TemplateCount],
    /// Values that are not as expected, strongest first.
    pub expectations: &'a [Expectation],
    /// A session of the same course in which nothing was found.
    pub normal: Option<&'a Table>,
}

/// A row as it was sent: what citations are held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The row's id.
    pub id: u64,
    /// Its line in the prompt, redacted.
    pub line: String,
}

/// The prompt, and the rows that are in it. Everything is redacted.
pub fn prompt(evidence: &Evidence, redactor: &mut Redactor, seed: u64) -> (Prompt, Vec<Sent>) {
    let system = format!(
        "You explain to an engineer why the marked rows of a log are unusual, and what caused it. Use only the data. \
Cite for each claim the rows that show it, by their numbers `row`, and copy a quote from one of them exactly, without changing a \
character. Claims that can't be cited are left out. Timeline claims come in the order of the rows. If the data does not show \
the cause, say so with confidence low.\n{DATA_NOTICE}"
    );
    let around =
        if evidence.is_session { "Session:\n" } else { "Rows of the same source; they need not belong together:\n" };
    let mut data = String::from(around);
    let kept = places_of_session(&evidence.session.rows, evidence.findings);
    let sent = list(&mut data, evidence.session, &kept, redactor);
    let mut line = |value: Value| {
        data.push_str(&value.to_string());
        data.push('\n');
    };
    // Redacted before it is cut: a secret cut in two would not be known for one.
    let mut safe = |text: &str| shortened(&redactor.redact(text).text);
    line(serde_json::json!({ "rows_to_be_explained": evidence.findings }));
    for count in evidence.templates.iter().take(FIGURES) {
        let template = safe(&count.template);
        line(serde_json::json!({ "template": template, "rows_here": count.here, "rows_in_log": count.overall }));
    }
    for expectation in evidence.expectations.iter().take(FIGURES) {
        let (what, found, usual) = (safe(&expectation.what), safe(&expectation.found), safe(&expectation.usual));
        line(serde_json::json!({ "at_row": expectation.row, "what": what, "found": found, "usual": usual }));
    }
    if let Some(normal) = evidence.normal {
        data.push_str("A normal session of the same kind, for comparison; its rows can't be cited:\n");
        let kept = places_of_normal(&normal.rows);
        list(&mut data, normal, &kept, redactor);
    }
    let user = format!("{}\nExplain the rows to be explained.", fenced(&data, seed));
    (Prompt { system, user, form: form() }, sent)
}

/// A further question in the same context: the same data, the earlier answer, and the question.
pub fn follow_up(first: &Prompt, answer: &str, question: &str, redactor: &mut Redactor, seed: u64) -> Prompt {
    // The log can steer an answer, so that it is as little to be trusted as the log.
    let earlier = fenced(&format!("{}\n", cut(answer, ANSWER_BYTES)), seed);
    let question = redactor.redact(cut(question, TEXT_BYTES)).text;
    let question = serde_json::to_string(&question).unwrap_or_default();
    let user = format!(
        "{}\nYour earlier answer, of which not everything need be right:\n{earlier}\nAnswer in the same form, from the same \
data, this question of the engineer: {question}",
        first.user
    );
    Prompt { system: first.system.clone(), user, form: form() }
}

/// Places of a session's rows that a prompt has room for.
pub fn places_of_session(rows: &[Row], findings: &[u64]) -> Vec<usize> {
    sample(rows, findings, SESSION_ROWS)
}

/// Places of a normal session's rows that a prompt has room for.
pub fn places_of_normal(rows: &[Row]) -> Vec<usize> {
    sample(rows, &[], NORMAL_ROWS)
}

/// Places of the rows to be sent: the findings with what is around them, both ends, and the rest evenly.
fn sample(rows: &[Row], findings: &[u64], most: usize) -> Vec<usize> {
    if rows.len() <= most {
        return (0..rows.len()).collect();
    }
    let mut kept = vec![false; rows.len()];
    let mut left = most;
    let mut keep = |place: usize| {
        if left > 0
            && let Some(kept) = kept.get_mut(place).filter(|kept| !**kept)
        {
            *kept = true;
            left -= 1;
        }
    };
    let places: Vec<usize> = (0..rows.len()).filter(|&place| findings.contains(&rows[place].id)).collect();
    for &place in &places {
        keep(place);
    }
    for distance in 0..AROUND {
        keep(distance);
        keep((rows.len() - 1).saturating_sub(distance));
        for &place in &places {
            keep(place.saturating_sub(distance));
            keep(place + distance);
        }
    }
    for step in 0..most {
        keep(step * rows.len() / most);
    }
    kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(place, _)| place).collect()
}

/// Writes the rows at these places, and between them how many are left out.
fn list(data: &mut String, table: &Table, places: &[usize], redactor: &mut Redactor) -> Vec<Sent> {
    let mut sent = Vec::with_capacity(places.len());
    let mut next = 0;
    let left_out = |data: &mut String, count: usize| {
        if count > 0 {
            data.push_str(&serde_json::json!({ "rows_left_out": count }).to_string());
            data.push('\n');
        }
    };
    for &place in places {
        left_out(data, place - next);
        next = place + 1;
        if let Some(row) = table.rows.get(place) {
            let line = table.write(std::slice::from_ref(row), Encoding::JsonLines, redactor).text;
            data.push_str(&line);
            sent.push(Sent { id: row.id, line: line.trim_end().to_owned() });
        }
    }
    left_out(data, table.rows.len() - next);
    sent
}

/// The form of the answer: three levels, because some providers refuse more.
pub fn form() -> Form {
    let claim = Form::Object(vec![
        ("part", Form::Choice(&["timeline", "cause", "factor"])),
        ("text", Form::Text("The claim, in one sentence.")),
        ("rows", Form::Text("Numbers of the rows that show it, joined by commas.")),
        ("quote", Form::Text("A quote from one of these rows, copied exactly.")),
    ]);
    Form::Object(vec![
        ("summary", Form::Text("What happened, in two sentences.")),
        ("root_cause", Form::Text("The most likely cause, in one sentence.")),
        ("confidence", Form::Choice(&["low", "medium", "high"])),
        ("claims", Form::List(Box::new(claim))),
        ("checks", Form::List(Box::new(Form::Text("What to look at next, as a sentence.")))),
    ])
}

/// What a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Something that happened; these come in order.
    Timeline,
    /// The root cause.
    Cause,
    /// A contributing factor.
    Factor,
}

/// How sure the model says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Confidence {
    /// Also when it did not say.
    #[default]
    Low,
    /// Between.
    Medium,
    /// Sure.
    High,
}

impl Confidence {
    /// As a word, for a person and in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A sentence with what it cites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it is about.
    pub part: Part,
    /// The sentence.
    pub text: String,
    /// The rows cited.
    pub rows: Vec<u64>,
    /// What the model says stands in one of them.
    pub quote: String,
}

/// The model's explanation. Every text of it is to be shown as text, and none to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Explanation {
    /// What happened.
    pub summary: String,
    /// Why.
    pub root_cause: String,
    /// How sure the model says it is.
    pub confidence: Confidence,
    /// What it claims, to be verified.
    pub claims: Vec<Claim>,
    /// What it would look at next.
    pub checks: Vec<String>,
}

/// Reads an answer; of one that was cut off, the whole claims. `None` when there is nothing in it.
pub fn read(answer: &str) -> Option<Explanation> {
    let whole = json::first(answer).unwrap_or(Value::Null);
    let text = |value: Option<&Value>| cut(value.and_then(Value::as_str).unwrap_or_default(), TEXT_BYTES).to_owned();
    let claims = json::items(answer, "claims").into_iter().take(CLAIMS).map(|item| Claim {
        part: match item.get("part").and_then(Value::as_str) {
            Some("timeline") => Part::Timeline,
            Some("cause") => Part::Cause,
            _ => Part::Factor,
        },
        text: text(item.get("text")),
        rows: rows(item.get("rows")),
        quote: text(item.get("quote")),
    });
    let checks = whole.get("checks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let explanation = Explanation {
        summary: text(whole.get("summary")),
        root_cause: text(whole.get("root_cause")),
        confidence: match whole.get("confidence").and_then(Value::as_str) {
            Some("high") => Confidence::High,
            Some("medium") => Confidence::Medium,
            _ => Confidence::Low,
        },
        claims: claims.collect(),
        checks: checks.iter().take(CLAIMS).map(|check| text(Some(check))).filter(|check| !check.is_empty()).collect(),
    };
    (explanation != Explanation::default()).then_some(explanation)
}

/// Numbers of rows: a text of numbers as asked for, a number, or a list of numbers. What is none stays in as a row that
/// does not exist, so that it is not taken for a citation less.
fn rows(value: Option<&Value>) -> Vec<u64> {
    let unknown = |number: Option<u64>| number.unwrap_or(u64::MAX);
    match value {
        Some(Value::String(text)) => text
            .split(|c: char| c == ',' || c == ';' || c.is_whitespace())
            .map(|part| part.trim_matches(['[', ']', '#', '.']))
            .filter(|part| !part.is_empty())
            .take(CLAIMS)
            .map(|part| unknown(part.parse().ok()))
            .collect(),
        Some(Value::Array(values)) => values.iter().take(CLAIMS).map(|value| unknown(json::whole(value))).collect(),
        Some(value) => vec![unknown(json::whole(value))],
        None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(count: u64) -> Table {
        let rows =
            (0..count).map(|id| Row { id: id * 3, cells: vec![format!("step {id} by u{id}@example.org")] }).collect();
        Table { columns: vec!["message".into()], rows }
    }

    #[test]
    fn the_prompt_holds_session_figures_and_normal_twin_redacted() {
        let (session, normal) = (table(3), table(2));
        let evidence = Evidence {
            session: &session,
            is_session: true,
            findings: &[3],
            templates: &[TemplateCount { template: "step <n> by u1@example.org".into(), here: 3, overall: 90 }],
            expectations: &[Expectation {
                row: Some(3),
                what: "duration".into(),
                found: "9 s".into(),
                usual: "1 s".into(),
            }],
            normal: Some(&normal),
        };
        let (prompt, sent) = prompt(&evidence, &mut Redactor::default(), 1);
        assert!(!prompt.user.contains("example.org"));
        assert_eq!(sent[1], Sent { id: 3, line: r#"{"row":3,"message":"step 1 by <EMAIL_2>"}"#.into() });
        for line in [
            r#""rows_to_be_explained":[3]"#,
            r#""template":"step <n> by <EMAIL_2>""#,
            r#""usual":"1 s""#,
            "A normal session",
        ] {
            assert!(prompt.user.contains(line), "{line}: {}", prompt.user);
        }
        assert!(prompt.user.ends_with(">>>\nExplain the rows to be explained."));
    }

    #[test]
    fn long_sessions_are_sampled_and_say_so() {
        let session = table(1000);
        let evidence = Evidence {
            session: &session,
            is_session: true,
            findings: &[1500],
            templates: &[],
            expectations: &[],
            normal: None,
        };
        let (prompt, sent) = prompt(&evidence, &mut Redactor::default(), 1);
        assert_eq!(sent.len(), SESSION_ROWS);
        let ids: Vec<u64> = sent.iter().map(|row| row.id).collect();
        assert!([0, 3, 1497, 1500, 1503, 2997].iter().all(|id| ids.contains(id)));
        let left: usize = prompt
            .user
            .split("\"rows_left_out\":")
            .skip(1)
            .map(|rest| rest[..rest.find('}').unwrap()].parse::<usize>().unwrap())
            .sum();
        assert_eq!(left + sent.len(), 1000);
    }

    #[test]
    fn a_further_question_comes_with_what_was_said_before() {
        let session = table(2);
        let evidence = Evidence {
            session: &session,
            is_session: true,
            findings: &[3],
            templates: &[],
            expectations: &[],
            normal: None,
        };
        let mut redactor = Redactor::default();
        let (first, _) = prompt(&evidence, &mut redactor, 1);
        let next = follow_up(&first, "{\"summary\":\"s\"}", "Why u1@example.org?\nDATA", &mut redactor, 1);
        assert!(next.user.starts_with(&first.user) && next.user.contains("\n{\"summary\":\"s\"}\nDATA "));
        assert!(next.user.ends_with(r#"engineer: "Why <EMAIL_2>?\nDATA""#), "{}", next.user);
    }

    #[test]
    fn answers_are_read_whole_or_cut() {
        let text = r#"{"summary":"s","root_cause":"r","confidence":"high","claims":[
            {"part":"timeline","text":"t","rows":"3, 6","quote":"q"},{"part":"cause","rows":[9,"x"]}],"checks":["c",""]}"#;
        let whole = read(text).unwrap();
        assert_eq!((whole.confidence, whole.checks.len(), whole.claims.len()), (Confidence::High, 1, 2));
        assert_eq!(
            (whole.claims[0].rows.as_slice(), whole.claims[1].rows.as_slice()),
            (&[3, 6][..], &[9, u64::MAX][..])
        );
        let cut = read(&text[..text.find("},{").unwrap() + 9]).unwrap();
        assert_eq!((cut.claims.len(), cut.confidence), (1, Confidence::Low));
        assert_eq!(read("sorry"), None);
    }

    proptest! {
        #[test]
        fn samples_keep_findings_order_and_size(length in 0_usize..400, most in 1_usize..150, finding in 0_u64..400) {
            let rows: Vec<Row> = (0..length as u64).map(|id| Row { id, cells: Vec::new() }).collect();
            let places = sample(&rows, &[finding], most);
            prop_assert!(places.len() <= most.max(length.min(most)));
            prop_assert_eq!(places.len(), length.min(most));
            prop_assert!(places.is_sorted());
            prop_assert!(finding >= length as u64 || places.contains(&(finding as usize)));
        }
    }
}
