//! Which models a provider offers.

use serde_json::Value;

use super::answer::json;
use crate::common::text::cut;

/// Models that are offered first, where the provider has them: the cheapest that does, then a better one.
pub const PREFERRED: [&str; 3] = ["gemini-3.5-flash-lite", "gemini-3.8-flash", "gemini-3.6-flash"];
/// Most models that are kept.
const MOST: usize = 500;

/// Names of the models in a provider's list that can answer: Gemini's `models`, or `data` of a chat server. Those of
/// [`PREFERRED`] come first.
pub fn read(body: &str) -> Vec<String> {
    let list = json::first(body).unwrap_or(Value::Null);
    let items = ["models", "data"].into_iter().find_map(|name| list.get(name)?.as_array());
    let name = |item: &Value| {
        let answers = item.get("supportedGenerationMethods").and_then(Value::as_array);
        if answers.is_some_and(|methods| !methods.iter().any(|method| method.as_str() == Some("generateContent"))) {
            return None;
        }
        let name = ["name", "id"].into_iter().find_map(|key| item.get(key)?.as_str())?;
        Some(cut(name.strip_prefix("models/").unwrap_or(name), 200).to_owned())
    };
    let mut names: Vec<String> = items.into_iter().flatten().take(MOST).filter_map(name).collect();
    names.sort_by_key(|name| PREFERRED.iter().position(|preferred| preferred == name).unwrap_or(PREFERRED.len()));
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_that_answer_are_listed_preferred_ones_first() {
        let gemini = r#"{"models": [{"name": "models/old", "supportedGenerationMethods": ["generateContent"]},
            {"name": "models/embed", "supportedGenerationMethods": ["embedContent"]},
            {"name": "models/gemini-3.8-flash", "supportedGenerationMethods": ["generateContent", "countTokens"]},
            {"name": "models/gemini-3.5-flash-lite", "supportedGenerationMethods": ["generateContent"]}]}"#;
        assert_eq!(read(gemini), ["gemini-3.5-flash-lite", "gemini-3.8-flash", "old"]);
        assert_eq!(read(r#"{"object": "list", "data": [{"id": "llama3:8b"}, {"id": 3}]}"#), ["llama3:8b"]);
        assert_eq!(read("<html>"), Vec::<String>::new());
    }
}
