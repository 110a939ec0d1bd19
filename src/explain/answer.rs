//! What comes back: events of a stream, texts, reasons to stop, counts of tokens, errors.
//!
//! Every field may be missing and every name may be new: what isn't known is kept as it stands, and nothing fails for it.

mod failure;
pub mod json;
mod sse;

use serde_json::Value;

pub use failure::{Failure, Kind};
pub use sse::Events;

/// Longest text of an answer that is kept, in bytes.
const MOST_TEXT: usize = 4 << 20;

/// Tokens, as the provider counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Usage {
    /// Of the request.
    pub prompt: u64,
    /// Of the request, those that the provider had in its cache.
    pub cached: u64,
    /// Of the answer.
    pub answer: u64,
    /// Of thinking before the answer.
    pub thinking: u64,
    /// All.
    pub total: u64,
}

/// An answer, or as much of it as came so far.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Answer {
    /// The text, without the model's thoughts.
    pub text: String,
    /// Why the model stopped, by the provider's name, such as `STOP`; `None` while it has not.
    pub finish: Option<String>,
    /// Why the request was refused by a filter, by the provider's name.
    pub blocked: Option<String>,
    /// Tokens.
    pub usage: Usage,
    /// The model that answered, as it calls itself.
    pub model: String,
    /// What the provider says of the model's end of life.
    pub retirement: Option<String>,
}

impl Answer {
    /// Takes in the body of an answer or one event of a stream: Gemini's or a chat completion, or an error in its place.
    pub fn absorb(&mut self, text: &str) -> Result<(), Failure> {
        if text.trim() == "[DONE]" {
            return Ok(());
        }
        let Ok(value) = serde_json::from_str::<Value>(text) else {
            return Err(Failure::of_kind(Kind::Broken, "The answer is no JSON.".into()));
        };
        // A stream that is read without events is a list.
        let values = match value {
            Value::Array(values) => values,
            value => vec![value],
        };
        for value in &values {
            if let Some(failure) = Failure::in_body(value) {
                return Err(failure);
            }
            self.take(value);
        }
        Ok(())
    }

    fn take(&mut self, value: &Value) {
        if let Some(reason) = text_at(value, "/promptFeedback/blockReason") {
            self.blocked = Some(reason);
        }
        if let Some(parts) = value.pointer("/candidates/0/content/parts").and_then(Value::as_array) {
            for part in parts {
                if part.get("thought").and_then(Value::as_bool) != Some(true) {
                    self.push(part.get("text"));
                }
            }
        }
        self.push(value.pointer("/choices/0/delta/content"));
        self.push(value.pointer("/choices/0/message/content"));
        for place in ["/candidates/0/finishReason", "/choices/0/finish_reason"] {
            self.finish = text_at(value, place).or(self.finish.take());
        }
        for place in ["/modelVersion", "/model"] {
            if let Some(model) = text_at(value, place) {
                self.model = model;
            }
        }
        if let Some(time) = text_at(value, "/modelStatus/retirementTime") {
            self.retirement = Some(text_at(value, "/modelStatus/message").unwrap_or(time));
        }
        // Counts in a stream are of all so far.
        let number = |place: &str, count: &mut u64| {
            if let Some(number) = value.pointer(place).and_then(Value::as_u64) {
                *count = number;
            }
        };
        let usage = &mut self.usage;
        for (place, count) in [
            ("/usageMetadata/promptTokenCount", &mut usage.prompt),
            ("/usageMetadata/cachedContentTokenCount", &mut usage.cached),
            ("/usageMetadata/candidatesTokenCount", &mut usage.answer),
            ("/usageMetadata/thoughtsTokenCount", &mut usage.thinking),
            ("/usageMetadata/totalTokenCount", &mut usage.total),
        ] {
            number(place, count);
        }
        for (place, count) in [
            ("/usage/prompt_tokens", &mut usage.prompt),
            ("/usage/prompt_tokens_details/cached_tokens", &mut usage.cached),
            ("/usage/completion_tokens", &mut usage.answer),
            ("/usage/completion_tokens_details/reasoning_tokens", &mut usage.thinking),
            ("/usage/total_tokens", &mut usage.total),
        ] {
            number(place, count);
        }
    }

    fn push(&mut self, text: Option<&Value>) {
        let text = text.and_then(Value::as_str).unwrap_or_default();
        self.text.push_str(crate::common::text::cut(text, MOST_TEXT.saturating_sub(self.text.len())));
    }

    /// What kept the answer from being whole, in a sentence that says what to do; `None` when it is whole.
    pub fn trouble(&self) -> Option<String> {
        if let Some(reason) = &self.blocked {
            return Some(match reason.as_str() {
                "SAFETY" | "PROHIBITED_CONTENT" | "BLOCKLIST" | "IMAGE_SAFETY" => format!(
                    "The provider's filter refused the request ({reason}). Send fewer rows, or leave out the rows whose text \
could offend it."
                ),
                reason => format!("The provider refused the request ({reason}). Try other rows or another model."),
            });
        }
        let finish = self.finish.as_deref().unwrap_or_default();
        let said = match finish {
            "STOP" | "stop" if !self.text.trim().is_empty() => return None,
            "STOP" | "stop" => "The model gave an empty answer. Ask again, or choose another model.",
            "" => "The answer broke off before its end. Ask again.",
            "MAX_TOKENS" | "length" if self.text.trim().is_empty() => {
                "The model used up all its tokens for thinking. Choose less thinking or a larger limit of tokens."
            }
            "MAX_TOKENS" | "length" => "The answer reached its limit of tokens. Send fewer rows at once.",
            "CONTINUATION" => "The answer was too long for one piece. Send fewer rows at once.",
            "SAFETY" | "PROHIBITED_CONTENT" | "BLOCKLIST" | "content_filter" => {
                "The provider's filter stopped the answer. Leave out the rows whose text could offend it."
            }
            "SPII" => {
                "The provider stopped the answer because it held personal data. Switch on redaction, or add words to be redacted."
            }
            "RECITATION" => {
                "The provider stopped the answer because it repeated a known text. Send other or fewer rows."
            }
            "LANGUAGE" => "The model does not know the language of the rows. Choose another model.",
            "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "TOO_MANY_TOOL_CALLS" | "tool_calls" => {
                "The model tried to call a tool, and there are none. Ask again, or choose another model."
            }
            "MALFORMED_RESPONSE" => "The model gave an answer that its provider could not read. Ask again.",
            "OTHER" => "The model stopped without saying why. Ask again, or choose another model.",
            _ => "The model stopped for a reason that is not known here. Ask again, or choose another model.",
        };
        let reason =
            if finish.is_empty() { String::new() } else { format!(" ({})", crate::common::text::cut(finish, 60)) };
        Some(format!("{said}{reason}"))
    }

    /// Whether smaller windows could help.
    pub fn is_cut(&self) -> bool {
        matches!(self.finish.as_deref(), Some("MAX_TOKENS" | "length" | "CONTINUATION"))
    }
}

/// Gemini's count of a request's tokens.
pub fn token_count(body: &str) -> Option<u64> {
    json::first(body)?.get("totalTokens")?.as_u64()
}

fn text_at(value: &Value, place: &str) -> Option<String> {
    value.pointer(place)?.as_str().map(|text| crate::common::text::cut(text, 300).to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn absorbed(bodies: &[Value]) -> Answer {
        let mut answer = Answer::default();
        for body in bodies {
            answer.absorb(&body.to_string()).unwrap();
        }
        answer
    }

    #[test]
    fn a_stream_of_gemini() {
        let answer = absorbed(&[
            json!({"candidates": [{"content": {"parts": [{"text": "hm", "thought": true}, {"text": "{\"a\""}]}}], "modelVersion": "g"}),
            json!({"candidates": [{"content": {}}]}),
            json!({"candidates": [{"content": {"parts": [{"text": ":1}", "thoughtSignature": "x"}]}, "finishReason": "STOP"}],
                   "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 3, "thoughtsTokenCount": 4, "totalTokenCount": 16},
                   "modelStatus": {"retirementTime": "2026-12-01T00:00:00Z"}}),
        ]);
        assert_eq!((answer.text.as_str(), answer.model.as_str()), ("{\"a\":1}", "g"));
        assert_eq!(answer.usage, Usage { prompt: 9, cached: 0, answer: 3, thinking: 4, total: 16 });
        assert_eq!(answer.trouble(), None);
        assert_eq!(answer.retirement.as_deref(), Some("2026-12-01T00:00:00Z"));
    }

    #[test]
    fn a_count_of_tokens_is_read() {
        assert_eq!(token_count(r#"{"totalTokens": 31, "promptTokensDetails": []}"#), Some(31));
        assert_eq!(token_count("{}"), None);
    }

    #[test]
    fn a_chat_completion_whole_and_streamed() {
        let whole =
            absorbed(&[json!({"model": "q", "choices": [{"message": {"content": "{}"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7}})]);
        assert_eq!((whole.text.as_str(), whole.usage.total, whole.trouble()), ("{}", 7, None));
        let mut streamed = absorbed(&[
            json!({"choices": [{"delta": {"role": "assistant", "content": null}}]}),
            json!({"choices": [{"delta": {"content": "{}"}}]}),
            json!({"choices": [{"delta": {}, "finish_reason": "length"}]}),
            json!({"choices": []}),
        ]);
        streamed.absorb("[DONE]").unwrap();
        assert!(streamed.is_cut());
        assert_eq!(
            streamed.trouble().unwrap(),
            "The answer reached its limit of tokens. Send fewer rows at once. (length)"
        );
    }

    #[test]
    fn each_reason_to_stop_has_a_sentence() {
        let reasons = [
            "MAX_TOKENS",
            "SAFETY",
            "RECITATION",
            "LANGUAGE",
            "OTHER",
            "BLOCKLIST",
            "PROHIBITED_CONTENT",
            "SPII",
            "MALFORMED_FUNCTION_CALL",
            "UNEXPECTED_TOOL_CALL",
            "TOO_MANY_TOOL_CALLS",
            "CONTINUATION",
            "MALFORMED_RESPONSE",
            "IMAGE_SAFETY",
            "NO_IMAGE",
            "SOMETHING_NEW",
        ];
        for reason in reasons {
            let answer = absorbed(&[json!({"candidates": [{"finishReason": reason}]})]);
            assert!(answer.trouble().unwrap().ends_with(&format!("({reason})")), "{reason}");
        }
        for reason in ["SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "IMAGE_SAFETY", "NEW_ONE"] {
            let answer = absorbed(&[json!({"promptFeedback": {"blockReason": reason}})]);
            assert!(answer.trouble().unwrap().contains(reason), "{reason}");
        }
        assert!(absorbed(&[json!({})]).trouble().unwrap().contains("broke off"));
        assert!(absorbed(&[json!({"candidates": [{"finishReason": "STOP"}]})]).trouble().unwrap().contains("empty"));
    }

    #[test]
    fn errors_are_found_in_bodies_lists_and_streams() {
        let error = json!({"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}});
        let mut answer = Answer::default();
        assert_eq!(answer.absorb(&error.to_string()).unwrap_err().kind, Kind::Overloaded);
        assert_eq!(answer.absorb(&json!([error]).to_string()).unwrap_err().kind, Kind::Overloaded);
        assert_eq!(answer.absorb("<html>").unwrap_err().kind, Kind::Broken);
        let list = json!([{"candidates": [{"content": {"parts": [{"text": "a"}]}}]}, {"candidates": [{"content": {"parts": [{"text": "b"}]}}]}]);
        answer.absorb(&list.to_string()).unwrap();
        assert_eq!(answer.text, "ab");
    }
}
