//! What went wrong, what to do about it, and whether and when to try again.

use serde_json::Value;

use super::json;
use crate::common::text::cut;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The key is missing, wrong, or not of the kind that the provider takes.
    Key,
    /// The key is right and may not do this.
    Forbidden,
    /// There is no such model, or not in this version.
    NoModel,
    /// The request is refused as invalid: a weaker binding of the answer's form may help.
    Invalid,
    /// The provider is not to be had in this country without paying.
    Region,
    /// Too many requests or tokens in this minute.
    Minute,
    /// The day's quota is used up.
    Day,
    /// The provider has too much to do, or took too long.
    Overloaded,
    /// Something broke at the provider's.
    Server,
    /// Nothing came back: no connection, or the browser or the server refused it.
    Network,
    /// What came back can't be read.
    Broken,
}

/// A failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its kind.
    pub kind: Kind,
    /// What happened and what to do, for a person. It holds no key.
    pub sentence: String,
    /// How long the provider asks to be left alone, in milliseconds.
    pub wait: Option<u64>,
}

impl Failure {
    /// A failure that no body tells of.
    pub fn of_kind(kind: Kind, sentence: String) -> Self {
        Self { kind, sentence, wait: None }
    }

    /// No answer came at all.
    pub fn network(local: bool) -> Self {
        let sentence = if local {
            "The server on this machine did not answer. Is it running, does it allow this page's origin (OLLAMA_ORIGINS for \
Ollama, --cors for LM Studio), and did you allow the browser to use the local network? Safari can't do this from an https page."
        } else {
            "There was no answer: no connection, or something between here and the provider blocks it."
        };
        Self::of_kind(Kind::Network, sentence.into())
    }

    /// Reads the status and the body of an answer that is no success.
    pub fn of_answer(status: u16, body: &str) -> Self {
        let value = json::first(body).unwrap_or(Value::Null);
        let value = match &value {
            Value::Array(values) => values.first().unwrap_or(&Value::Null),
            value => value,
        };
        Self::read(status, value.get("error").unwrap_or(&Value::Null))
    }

    /// The error that a body holds instead of an answer, if it does.
    pub(super) fn in_body(value: &Value) -> Option<Self> {
        let error = value.get("error").filter(|error| !error.is_null())?;
        let status = error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok()).unwrap_or(0);
        Some(Self::read(status, error))
    }

    fn read(http: u16, error: &Value) -> Self {
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let (status, message) = (text("status"), error.as_str().unwrap_or_else(|| text("message")));
        let details = error.get("details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let reason = details.iter().find_map(|detail| detail.get("reason")?.as_str()).unwrap_or_default();
        let quotas: Vec<&str> = details
            .iter()
            .filter_map(|detail| detail.get("violations")?.as_array())
            .flatten()
            .filter_map(|violation| violation.get("quotaId")?.as_str())
            .collect();
        let wait = details.iter().find_map(|detail| seconds(detail.get("retryDelay")?.as_str()?));

        let key = reason.starts_with("API_KEY") || message.contains("API key");
        let kind = match (http, status) {
            (401, _) | (_, "UNAUTHENTICATED") => Kind::Key,
            (400 | 403, _) if key => Kind::Key,
            (_, "FAILED_PRECONDITION") => Kind::Region,
            (429, _) | (_, "RESOURCE_EXHAUSTED") if quotas.iter().any(|quota| quota.contains("PerDay")) => Kind::Day,
            (429, _) | (_, "RESOURCE_EXHAUSTED") => Kind::Minute,
            (403, _) | (_, "PERMISSION_DENIED") => Kind::Forbidden,
            (404, _) | (_, "NOT_FOUND") => Kind::NoModel,
            (408 | 503 | 504 | 529, _) | (_, "UNAVAILABLE" | "DEADLINE_EXCEEDED") => Kind::Overloaded,
            (400 | 405..=499, _) | (_, "INVALID_ARGUMENT") => Kind::Invalid,
            _ => Kind::Server,
        };
        let advice = match kind {
            Kind::Key if reason == "ACCESS_TOKEN_TYPE_UNSUPPORTED" => {
                "The provider does not take this kind of key here. Make a new key in AI Studio."
            }
            Kind::Key if message.contains("Multiple authentication") => {
                "Two keys were sent. Something between here and the provider adds one."
            }
            Kind::Key => {
                "The key was refused. Check it, or make a new one in AI Studio; older keys (AIza…) no longer work."
            }
            Kind::Forbidden => {
                "The key is not allowed to use this model. Choose another model, or check the key's restrictions."
            }
            Kind::NoModel => "There is no such model. Choose one from the list of models.",
            Kind::Invalid => "The request was refused as invalid. A simpler form of answer or fewer rows may help.",
            Kind::Region => {
                "The provider offers this without payment in some countries only. Set up billing for the key's project."
            }
            Kind::Minute => "The limit of requests or tokens per minute is reached. Sending goes on by itself.",
            Kind::Day => {
                "The quota of the day is used up. It is renewed at midnight Pacific time; another model may have one left."
            }
            Kind::Overloaded => "The provider has too much to do. Sending goes on by itself.",
            Kind::Server => "Something broke at the provider's; a request that is too long is a frequent cause.",
            Kind::Network | Kind::Broken => "",
        };
        let limits: Vec<&str> = quotas.iter().take(3).map(|quota| cut(quota, 80)).collect();
        let limits = if limits.is_empty() { String::new() } else { format!(" [{}]", limits.join(", ")) };
        let said = safe(message);
        let said = if said.is_empty() { String::new() } else { format!(" It says: {said}") };
        Self { kind, sentence: format!("{advice}{limits}{said}"), wait }
    }

    /// Whether trying the same request again can help.
    pub fn is_passing(&self) -> bool {
        matches!(self.kind, Kind::Minute | Kind::Overloaded | Kind::Server | Kind::Network)
    }

    /// Whether every further request would fail as well.
    pub fn stops_all(&self) -> bool {
        matches!(self.kind, Kind::Key | Kind::Forbidden | Kind::NoModel | Kind::Region | Kind::Day)
    }
}

/// A provider's message, short, without control characters, and without anything in it that could be the key.
fn safe(message: &str) -> String {
    let shown: String = cut(message, 300).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    crate::explain::redact::Redactor::default().redact(&shown).text.trim().to_owned()
}

/// `26s` or `1.5s` in milliseconds, at most a day.
fn seconds(text: &str) -> Option<u64> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    (0.0..=86_400.0).contains(&seconds).then(|| libm::ceil(seconds * 1000.0) as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn quota(id: &str) -> String {
        json!([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "You exceeded your current quota.", "details": [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": id, "quotaValue": "15"}]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "26.5s"}]}}]).to_string()
    }

    #[test]
    fn each_error_is_told_apart() {
        let error = |code: u16, status: &str, reason: &str| {
            json!({"error": {"code": code, "message": "m", "status": status, "details": [{"reason": reason}]}})
                .to_string()
        };
        for (http, body, kind) in [
            (400, error(400, "INVALID_ARGUMENT", "API_KEY_INVALID"), Kind::Key),
            (401, error(401, "UNAUTHENTICATED", "ACCESS_TOKEN_TYPE_UNSUPPORTED"), Kind::Key),
            (400, error(400, "INVALID_ARGUMENT", ""), Kind::Invalid),
            (400, error(400, "FAILED_PRECONDITION", ""), Kind::Region),
            (403, error(403, "PERMISSION_DENIED", ""), Kind::Forbidden),
            (404, error(404, "NOT_FOUND", ""), Kind::NoModel),
            (429, String::new(), Kind::Minute),
            (429, quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"), Kind::Minute),
            (429, quota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"), Kind::Day),
            (500, error(500, "INTERNAL", ""), Kind::Server),
            (503, error(503, "UNAVAILABLE", ""), Kind::Overloaded),
            (504, "<html>".into(), Kind::Overloaded),
            (404, json!({"error": {"message": "model 'x' not found", "type": "api_error"}}).to_string(), Kind::NoModel),
            (400, json!({"error": "no such format"}).to_string(), Kind::Invalid),
            (200, error(0, "", ""), Kind::Server),
        ] {
            let failure = Failure::of_answer(http, &body);
            assert_eq!(failure.kind, kind, "{http} {body}");
            assert!(!failure.sentence.is_empty());
            assert!(!(failure.is_passing() && failure.stops_all()));
        }
    }

    #[test]
    fn the_time_to_wait_is_read() {
        assert_eq!(Failure::of_answer(429, &quota("x")).wait, Some(26_500));
        for (text, wait) in
            [("26s", Some(26_000)), ("0s", Some(0)), ("-1s", None), ("1e99s", None), ("NaNs", None), ("5", None)]
        {
            assert_eq!(seconds(text), wait, "{text}");
        }
    }

    #[test]
    fn a_sentence_holds_no_key() {
        let body = json!({"error": {"message": "API key AQ.Ab8RN6J0123456789abcdef is\u{1b}[31m wrong"}}).to_string();
        let failure = Failure::of_answer(400, &body);
        assert_eq!(failure.kind, Kind::Key);
        assert!(!failure.sentence.contains("Ab8RN6J") && !failure.sentence.contains('\u{1b}'), "{}", failure.sentence);
    }
}
