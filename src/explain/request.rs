//! The exact bytes of each request, and where it goes. The key is not part of it: whoever sends it adds the header.

use serde::Serialize;

use super::schema::{Form, Schema};
use crate::common::hash::{hash_bytes, hash_pair};

/// Where Gemini answers; the one origin besides its own that the page may speak to.
pub const GEMINI: &str = "https://generativelanguage.googleapis.com";
/// Version of Gemini's interface, in one place.
const VERSION: &str = "v1beta";

/// What is asked, whoever is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// Instructions; constant parts first, so that a provider can cache them.
    pub system: String,
    /// The data and the question.
    pub user: String,
    /// The form of the answer.
    pub form: Form,
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Google's Gemini, with the person's own key.
    Gemini {
        /// Such as `gemini-3.5-flash-lite`.
        model: String,
    },
    /// A server on this machine that speaks `OpenAI`'s chat completions: Ollama, LM Studio, llama.cpp.
    Local {
        /// Such as `http://localhost:11434/v1`; see [`local_base`].
        base: String,
        /// As the server names it.
        model: String,
    },
}

/// How much the model thinks before it answers. Which levels a model takes differs: newer ones have no `Minimal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Thinking {
    /// As little as can be.
    Minimal,
    /// Little.
    Low,
    /// The default of most models.
    Medium,
    /// Much.
    High,
}

/// How the form of the answer is asked for: from the strictest down, because providers refuse some schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Binding {
    /// The whole schema.
    #[default]
    Schema,
    /// The schema with bare types.
    Bare,
    /// Any JSON; the schema is told in the prompt.
    Json,
}

impl Binding {
    /// What to try when a request is refused as invalid.
    pub fn weaker(self) -> Option<Self> {
        match self {
            Self::Schema => Some(Self::Bare),
            Self::Bare => Some(Self::Json),
            Self::Json => None,
        }
    }
}

/// What can be chosen for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Choices {
    /// How strictly the form is asked for.
    pub binding: Binding,
    /// `None` leaves it to the model.
    pub thinking: Option<Thinking>,
    /// Most tokens of the answer, thinking included: thinking can eat all of a small number.
    pub most_tokens: Option<u32>,
    /// Best effort only: equal answers come from the cache, not from this.
    pub seed: Option<i32>,
}

/// A request, but for the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Where it is posted to.
    pub url: String,
    /// The JSON text, byte for byte as shown and sent. The only other headers are `content-type: application/json` and the
    /// key's.
    pub body: String,
}

/// Why a request can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The model's name could change where the request goes.
    #[error("{0:?} can't be the name of a model: letters, digits, and . _ - : / @ only")]
    Model(String),
    /// The address is not one of this machine.
    #[error("{0:?} is no address of this machine, such as http://localhost:11434/v1")]
    Base(String),
}

impl Provider {
    /// The header that carries the key, and what stands before the key in it.
    pub fn key_header(&self) -> (&'static str, &'static str) {
        match self {
            Self::Gemini { .. } => ("x-goog-api-key", ""),
            Self::Local { .. } => ("authorization", "Bearer "),
        }
    }

    /// Where the list of models is got from.
    pub fn models_url(&self) -> Result<String, RequestError> {
        Ok(match self {
            Self::Gemini { .. } => format!("{GEMINI}/{VERSION}/models?pageSize=1000"),
            Self::Local { base, .. } => format!("{}/models", local_base(base)?),
        })
    }

    /// A request for an answer, in one piece or as a stream of server-sent events.
    pub fn ask(&self, prompt: &Prompt, choices: Choices, stream: bool) -> Result<Request, RequestError> {
        match self {
            Self::Gemini { model } => {
                let method = if stream { "streamGenerateContent?alt=sse" } else { "generateContent" };
                Ok(Request { url: gemini_url(model, method)?, body: json(&gemini(prompt, choices)) })
            }
            Self::Local { base, model } => Ok(Request {
                url: format!("{}/chat/completions", local_base(base)?),
                body: json(&chat(prompt, choices, model_name(model)?, stream)),
            }),
        }
    }

    /// A request for the number of tokens of a request; `None` where the provider can't tell.
    pub fn count(&self, prompt: &Prompt, choices: Choices) -> Result<Option<Request>, RequestError> {
        let Self::Gemini { model } = self else { return Ok(None) };
        let name = format!("models/{}", model_name(model)?);
        let body =
            json(&Count { generate_content_request: Counted { model: &name, request: gemini(prompt, choices) } });
        Ok(Some(Request { url: gemini_url(model, "countTokens")?, body }))
    }
}

impl Request {
    /// 128 bits of where it goes and what it says, in hexadecimal: the key of the cache of answers.
    pub fn hash(&self) -> String {
        let halves = [1, 2].map(|half| {
            hash_pair(
                hash_pair(hash_bytes(self.body.as_bytes()), half),
                hash_bytes(self.url.as_bytes()) ^ seeded(&self.body, half),
            )
        });
        format!("{:016x}{:016x}", halves[0], halves[1])
    }
}

/// A second look at the bytes, so that two halves of a hash are not functions of one 64-bit value.
fn seeded(text: &str, seed: u64) -> u64 {
    text.as_bytes().chunks(64).fold(seed, |state, piece| hash_pair(state, hash_bytes(piece)))
}

/// Roughly how many tokens a text is, without asking.
pub fn estimated_tokens(text: &str) -> u64 {
    (text.len() as u64).div_ceil(4)
}

/// The base address of a server on this machine, without a slash at its end. Anything else could be anyone.
pub fn local_base(base: &str) -> Result<String, RequestError> {
    let wrong = || RequestError::Base(base.to_owned());
    let base = base.trim().trim_end_matches('/');
    let rest = base.strip_prefix("http://").or_else(|| base.strip_prefix("https://")).ok_or_else(wrong)?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = ["localhost", "127.0.0.1", "[::1]"]
        .into_iter()
        .find_map(|host| authority.strip_prefix(host))
        .filter(|port| port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok()));
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'.'));
    if host.is_none() || !plain || path.contains("..") {
        return Err(wrong());
    }
    Ok(base.to_owned())
}

fn model_name(model: &str) -> Result<&str, RequestError> {
    let name = model.trim();
    let name = name.strip_prefix("models/").unwrap_or(name);
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:/@".contains(&byte));
    if name.is_empty() || name.len() > 200 || !plain || name.contains("..") || name.starts_with('/') {
        return Err(RequestError::Model(model.to_owned()));
    }
    Ok(name)
}

fn gemini_url(model: &str, method: &str) -> Result<String, RequestError> {
    let name = model_name(model)?;
    if name.contains([':', '/', '@']) {
        return Err(RequestError::Model(model.to_owned()));
    }
    Ok(format!("{GEMINI}/{VERSION}/models/{name}:{method}"))
}

/// Texts, numbers and lists of them can always be written.
fn json(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

/// The instructions; where no schema goes with them, with the schema as text.
fn system(prompt: &Prompt, binding: Binding) -> String {
    if binding == Binding::Json {
        let schema = json(&Schema { form: &prompt.form, full: true });
        format!("{}\n\nAnswer with nothing but JSON that meets this JSON Schema:\n{schema}", prompt.system)
    } else {
        prompt.system.clone()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Gemini<'a> {
    system_instruction: Content<'a>,
    contents: [Content<'a>; 1],
    generation_config: Config<'a>,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    parts: [Part<'a>; 1],
}

#[derive(Serialize)]
struct Part<'a> {
    text: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Config<'a> {
    response_mime_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_json_schema: Option<Schema<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "thinkingConfig")]
    thinking: Option<ThinkingConfig>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ThinkingConfig {
    thinking_level: Thinking,
    include_thoughts: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Count<'a> {
    generate_content_request: Counted<'a>,
}

#[derive(Serialize)]
struct Counted<'a> {
    model: &'a str,
    #[serde(flatten)]
    request: Gemini<'a>,
}

fn gemini(prompt: &Prompt, choices: Choices) -> Gemini<'_> {
    Gemini {
        system_instruction: Content { role: None, parts: [Part { text: system(prompt, choices.binding).into() }] },
        contents: [Content { role: Some("user"), parts: [Part { text: prompt.user.as_str().into() }] }],
        generation_config: Config {
            response_mime_type: "application/json",
            response_json_schema: schema(prompt, choices.binding),
            max_output_tokens: choices.most_tokens,
            seed: choices.seed,
            thinking: choices.thinking.map(|thinking_level| ThinkingConfig { thinking_level, include_thoughts: false }),
        },
    }
}

fn schema(prompt: &Prompt, binding: Binding) -> Option<Schema<'_>> {
    (binding != Binding::Json).then_some(Schema { form: &prompt.form, full: binding == Binding::Schema })
}

#[derive(Serialize)]
struct Chat<'a> {
    model: &'a str,
    messages: [Message<'a>; 2],
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    response_format: ResponseFormat<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i32>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'static str,
    content: std::borrow::Cow<'a, str>,
}

#[derive(Serialize)]
struct ResponseFormat<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    json_schema: Option<NamedSchema<'a>>,
}

#[derive(Serialize)]
struct NamedSchema<'a> {
    name: &'static str,
    strict: bool,
    schema: Schema<'a>,
}

fn chat<'a>(prompt: &'a Prompt, choices: Choices, model: &'a str, stream: bool) -> Chat<'a> {
    let schema = schema(prompt, choices.binding);
    Chat {
        model,
        messages: [
            Message { role: "system", content: system(prompt, choices.binding).into() },
            Message { role: "user", content: prompt.user.as_str().into() },
        ],
        stream,
        stream_options: stream.then_some(StreamOptions { include_usage: true }),
        response_format: ResponseFormat {
            r#type: if schema.is_some() { "json_schema" } else { "json_object" },
            // Strict schemas must close their objects, which bare ones don't.
            json_schema: schema.map(|schema| NamedSchema { name: "answer", strict: schema.full, schema }),
        },
        max_tokens: choices.most_tokens,
        seed: choices.seed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt() -> Prompt {
        let item = Form::Object(vec![("row", Form::Integer("the id")), ("kind", Form::Choice(&["a", "b"]))]);
        Prompt {
            system: "S".into(),
            user: "U \"q\"".into(),
            form: Form::Object(vec![("rows", Form::List(item.into()))]),
        }
    }

    fn model(name: &str) -> Provider {
        Provider::Gemini { model: name.into() }
    }

    #[test]
    fn gemini_is_asked_exactly_so() {
        let choices =
            Choices { thinking: Some(Thinking::Low), most_tokens: Some(8192), seed: Some(7), ..Choices::default() };
        let request = model("models/gemini-3.5-flash-lite").ask(&prompt(), choices, true).unwrap();
        assert_eq!(
            request.url,
            "https://generativelanguage.googleapis.com/v1beta/models/gemini-3.5-flash-lite:streamGenerateContent?alt=sse"
        );
        assert_eq!(
            request.body,
            concat!(
                r#"{"systemInstruction":{"parts":[{"text":"S"}]},"contents":[{"role":"user","parts":[{"text":"U \"q\""}]}],"#,
                r#""generationConfig":{"responseMimeType":"application/json","responseJsonSchema":{"type":"object","properties":"#,
                r#"{"rows":{"type":"array","items":{"type":"object","properties":{"row":{"type":"integer","description":"the id"},"#,
                r#""kind":{"type":"string","enum":["a","b"]}},"required":["row","kind"],"additionalProperties":false}}},"#,
                r#""required":["rows"],"additionalProperties":false},"maxOutputTokens":8192,"seed":7,"#,
                r#""thinkingConfig":{"thinkingLevel":"LOW","includeThoughts":false}}}"#
            )
        );
    }

    #[test]
    fn the_ladder_ends_in_plain_json() {
        let mut binding = Some(Binding::Schema);
        let mut seen = Vec::new();
        while let Some(step) = binding {
            let body = model("m").ask(&prompt(), Choices { binding: step, ..Choices::default() }, false).unwrap().body;
            seen.push((body.contains("responseJsonSchema"), body.contains("enum"), body.contains("temperature")));
            binding = step.weaker();
        }
        // The last one tells the schema in the instructions.
        assert_eq!(seen, [(true, true, false), (true, false, false), (false, true, false)]);
    }

    #[test]
    fn tokens_are_counted_with_the_instructions() {
        let request = model("g").count(&prompt(), Choices::default()).unwrap().unwrap();
        assert!(request.url.ends_with("/models/g:countTokens"));
        assert!(request.body.starts_with(r#"{"generateContentRequest":{"model":"models/g","systemInstruction""#));
        assert_eq!(estimated_tokens("12345"), 2);
    }

    #[test]
    fn a_local_server_is_asked_exactly_so() {
        let provider = Provider::Local { base: "http://localhost:11434/v1/".into(), model: "qwen3:8b".into() };
        let request = provider.ask(&prompt(), Choices { binding: Binding::Json, ..Choices::default() }, false).unwrap();
        assert_eq!(request.url, "http://localhost:11434/v1/chat/completions");
        assert!(request.body.starts_with(r#"{"model":"qwen3:8b","messages":[{"role":"system","content":"S\n\nAnswer"#));
        assert!(request.body.ends_with(r#""stream":false,"response_format":{"type":"json_object"}}"#));
        let strict = provider.ask(&prompt(), Choices::default(), true).unwrap().body;
        assert!(strict.contains(
            r#""stream":true,"stream_options":{"include_usage":true},"response_format":{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type""#
        ));
        assert_eq!(provider.count(&prompt(), Choices::default()), Ok(None));
        assert_eq!(provider.key_header(), ("authorization", "Bearer "));
        assert_eq!(provider.models_url().unwrap(), "http://localhost:11434/v1/models");
    }

    #[test]
    fn nothing_can_turn_a_request_elsewhere() {
        for name in ["", "a b", "../x", "a/b", "a:b", "a?key=1", "a#", "a%2f", "é", "/a", &"a".repeat(300)] {
            assert!(model(name).ask(&prompt(), Choices::default(), false).is_err(), "{name}");
        }
        for base in [
            "",
            "localhost:1",
            "ftp://localhost",
            "http://localhost.evil.example",
            "http://localhost@evil.example",
            "http://127.0.0.1:99999",
            "http://localhost:1/../x",
            "http://localhost:80@evil.example/",
            "http://localhost/?a",
            "http://10.0.0.1/v1",
        ] {
            assert!(local_base(base).is_err(), "{base}");
        }
        for base in ["http://localhost:1234/v1", "http://127.0.0.1", "https://[::1]:8080/"] {
            assert!(local_base(base).is_ok(), "{base}");
        }
    }

    #[test]
    fn the_hash_is_of_every_byte() {
        let request = |url: &str, body: &str| Request { url: url.into(), body: body.into() }.hash();
        let hash = request("u", "b");
        assert_eq!(hash.len(), 32);
        assert_ne!(&hash[..16], &hash[16..]);
        assert!(
            [request("v", "b"), request("u", "c"), request("ub", ""), request("", "ub")]
                .iter()
                .all(|other| *other != hash)
        );
    }
}
