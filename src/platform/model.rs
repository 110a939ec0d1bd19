//! Requests to a language model: the only code of the page that sends anything.
//!
//! A request carries its body, `content-type`, and the key's header; no cookies, no referrer, and it follows no redirect.
//! The key is in none of what comes out of here.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, Headers, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache,
    RequestCredentials, RequestInit, RequestRedirect, Response,
};

use crate::explain::answer::{Answer, Events, Failure, Kind};

/// Longest answer that is read, in bytes.
const MOST_BYTES: usize = 16 << 20;

/// Who is asked, and with which key.
#[derive(Clone, Debug)]
pub struct Line {
    /// Name of the header that carries the key, and what stands before the key in it.
    pub header: (&'static str, &'static str),
    /// The key; empty for none.
    pub key: String,
    /// Whether it is a server on this machine.
    pub local: bool,
}

/// Stops a request.
#[derive(Clone, Debug)]
pub struct Stop(Option<AbortController>);

impl Stop {
    /// One that has not been used.
    pub fn new() -> Self {
        Self(AbortController::new().ok())
    }

    /// Stops whatever goes on under it.
    pub fn now(&self) {
        if let Some(controller) = &self.0 {
            controller.abort();
        }
    }

    /// Whether it was used.
    pub fn is_stopped(&self) -> bool {
        self.0.as_ref().is_some_and(|controller| controller.signal().aborted())
    }

    fn signal(&self) -> Option<AbortSignal> {
        self.0.as_ref().map(AbortController::signal)
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl Line {
    /// Posts a body (or gets, without one) and gives the text of the answer.
    pub async fn text(&self, url: &str, body: Option<&str>, stop: &Stop) -> Result<String, Failure> {
        let response = self.open(url, body, stop).await?;
        self.read_text(&response).await
    }

    /// Posts a request for an answer. `heard` is told the answer as far as it has come.
    pub async fn ask(&self, url: &str, body: &str, stop: &Stop, heard: &dyn Fn(&Answer)) -> Result<Answer, Failure> {
        let response = self.open(url, Some(body), stop).await?;
        let kind = response.headers().get("content-type").ok().flatten().unwrap_or_default();
        let mut answer = Answer::default();
        if !kind.contains("event-stream") {
            answer.absorb(&self.read_text(&response).await?)?;
            return Ok(answer);
        }
        let broken = || Failure::of_kind(Kind::Broken, "The answer has no body. Ask again.".into());
        let reader = stream_of(&response).ok_or_else(broken)?;
        let (mut events, mut read) = (Events::default(), 0);
        while let Some(chunk) = next_chunk(&reader).await.map_err(|()| self.unreachable())? {
            read += chunk.len();
            for event in events.push(&chunk) {
                answer.absorb(&event)?;
                heard(&answer);
            }
            if read > MOST_BYTES {
                stop.now();
                break;
            }
        }
        if let Some(event) = events.finish()
            && answer.absorb(&event).is_err()
        {
            // An event that was cut off: what came before it counts, and says itself that it has no end.
            answer.finish = None;
        }
        heard(&answer);
        Ok(answer)
    }

    async fn open(&self, url: &str, body: Option<&str>, stop: &Stop) -> Result<Response, Failure> {
        let refused = || Failure::of_kind(Kind::Network, "The browser could not make the request.".into());
        let headers = Headers::new().map_err(|_| refused())?;
        if body.is_some() {
            headers.set("content-type", "application/json").map_err(|_| refused())?;
        }
        if !self.key.is_empty() {
            let (name, before) = self.header;
            let bad = |_| {
                let sentence = "The key holds a character that no key can have. Copy it again.";
                Failure::of_kind(Kind::Key, sentence.into())
            };
            headers.set(name, &format!("{before}{}", self.key)).map_err(bad)?;
        }
        let options = RequestInit::new();
        options.set_method(if body.is_some() { "POST" } else { "GET" });
        options.set_headers(&headers);
        options.set_credentials(RequestCredentials::Omit);
        options.set_redirect(RequestRedirect::Error);
        options.set_cache(RequestCache::NoStore);
        options.set_referrer_policy(ReferrerPolicy::NoReferrer);
        options.set_signal(stop.signal().as_ref());
        if let Some(body) = body {
            options.set_body(&JsValue::from_str(body));
        }
        let window = web_sys::window().ok_or_else(refused)?;
        let response = JsFuture::from(window.fetch_with_str_and_init(url, &options)).await;
        let response: Response =
            response.map_err(|_| self.unreachable())?.dyn_into().map_err(|_| self.unreachable())?;
        if response.ok() {
            return Ok(response);
        }
        let status = response.status();
        let body = self.read_text(&response).await.unwrap_or_default();
        Err(Failure::of_answer(status, &body))
    }

    /// The text of an answer, as far as it is read.
    async fn read_text(&self, response: &Response) -> Result<String, Failure> {
        let Some(reader) = stream_of(response) else { return Ok(String::new()) };
        let mut bytes = Vec::new();
        while let Some(chunk) = next_chunk(&reader).await.map_err(|()| self.unreachable())? {
            bytes.extend(chunk);
            if bytes.len() > MOST_BYTES {
                let _ = reader.cancel();
                break;
            }
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn unreachable(&self) -> Failure {
        Failure::network(self.local)
    }
}

fn stream_of(response: &Response) -> Option<ReadableStreamDefaultReader> {
    response.body()?.get_reader().dyn_into().ok()
}

/// The next bytes of a stream; `None` at its end.
async fn next_chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Vec<u8>>, ()> {
    let step = JsFuture::from(reader.read()).await.map_err(|_| ())?;
    let part = |name: &str| Reflect::get(&step, &JsValue::from_str(name)).map_err(|_| ());
    if part("done")?.is_truthy() {
        return Ok(None);
    }
    let bytes: Uint8Array = part("value")?.dyn_into().map_err(|_| ())?;
    Ok(Some(bytes.to_vec()))
}
