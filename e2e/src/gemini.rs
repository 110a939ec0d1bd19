//! A server that speaks Gemini's interface as its documentation and its clients say, for tests.
//!
//! The page speaks to the one origin that its policy names, so a test serves the built page with another origin in its
//! policy ([`serve_with`]): what is built, and what is released, knows nothing of this.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use xtask::server::Server;

use crate::failure::{Failure, Result};
use crate::site;

/// The origin that the built page's policy names.
const GEMINI: &str = "https://generativelanguage.googleapis.com";
/// Headers that the interface lets a browser send.
const HEADERS: [&str; 4] = ["content-type", "x-goog-api-key", "x-goog-api-client", "authorization"];
/// The key that is taken.
pub const KEY: &str = "AQ.Ab8RN6Jfake0123456789keyKEYkey";

/// A request that came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Path and query.
    pub target: String,
    /// The body; null without one.
    pub body: Value,
    /// All headers, as they came.
    pub headers: String,
    /// How many requests for answers came before.
    pub before: usize,
}

impl Asked {
    /// The prompt's text.
    pub fn prompt(&self) -> &str {
        self.body["contents"][0]["parts"][0]["text"].as_str().unwrap_or_default()
    }

    /// The rows in the prompt: every line of JSON that has a number `row`.
    pub fn rows(&self) -> Vec<Value> {
        let lines = self.prompt().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter(|line| line["row"].is_u64()).collect()
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub enum Reply {
    /// This text, and a reason to finish such as `STOP` or `MAX_TOKENS`.
    Text(String, &'static str),
    /// The prompt was refused, for a reason such as `SAFETY`.
    Blocked(&'static str),
    /// An error, and for how long to wait.
    Error(u16, &'static str, Option<&'static str>, Option<&'static str>),
    /// The connection breaks after this much of the text.
    Broken(String),
    /// Something that is no JSON.
    Malformed,
    /// This text, after a while.
    Late(String, Duration),
}

type Answers = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server. It stops when it is dropped.
pub struct Gemini {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Gemini {
    /// Starts it; `answers` says what is answered to requests for answers.
    pub fn start(answers: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (stopping, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (stop, heard, answers) = (Arc::clone(&stopping), Arc::clone(&asked), Arc::new(answers));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (heard, answers) = (Arc::clone(&heard), Arc::clone(&answers));
                // A client that goes away is no error here.
                thread::spawn(move || converse(&stream, &heard, &*answers).ok());
            }
        });
        Ok(Self { address, stopping, asked })
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request that came, preflights left out.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The requests for answers.
    pub fn prompts(&self) -> Vec<Asked> {
        self.asked().into_iter().filter(|asked| asked.target.contains("enerateContent")).collect()
    }
}

impl Drop for Gemini {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        TcpStream::connect(self.address).ok();
    }
}

/// The built page with a server's origin in its policy where Gemini's was; with the folder that is served.
#[derive(Debug)]
pub struct Site {
    /// Serves it.
    pub server: Server,
    folder: PathBuf,
}

/// Serves the built page so that it speaks to this server.
pub fn serve_with(gemini: &Gemini) -> Result<Site> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("strayline-model-{}-{number}", std::process::id()));
    copy(&site::dist()?, &folder)?;
    let index = folder.join("index.html");
    let page = fs::read_to_string(&index)?;
    if page.matches(GEMINI).count() != 1 {
        return Err(Failure("index.html should name Gemini's origin once, in its policy".to_owned()));
    }
    fs::write(&index, page.replace(GEMINI, &gemini.origin()))?;
    Ok(Site { server: Server::start(&folder, "/", 0)?, folder })
}

impl Drop for Site {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let mut waiting = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = waiting.pop() {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let there = to.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                waiting.push((entry.path(), there));
            } else {
                fs::copy(entry.path(), there)?;
            }
        }
    }
    Ok(())
}

fn converse(stream: &TcpStream, heard: &Mutex<Vec<Asked>>, answers: &Answers) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_mins(1)))?;
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut headers = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        headers.push_str(&line);
    }
    let mut words = headers.split(' ');
    let (method, target) = (words.next().unwrap_or_default().to_owned(), words.next().unwrap_or_default().to_owned());
    if method == "OPTIONS" {
        let wanted = header(&headers, "access-control-request-headers");
        let known = wanted.split(',').map(str::trim).all(|name| name.is_empty() || HEADERS.contains(&name));
        return if known { respond(stream, 200, "text/plain", "") } else { refuse(stream) };
    }
    let length = header(&headers, "content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let key = header(&headers, "x-goog-api-key").to_owned();
    let asked = {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        let before = heard.iter().filter(|asked| asked.target.contains("enerateContent")).count();
        let asked = Asked { target: target.clone(), body, headers, before };
        heard.push(asked.clone());
        asked
    };
    if key != KEY {
        let message = "API key not valid. Please pass a valid API key.";
        return respond(stream, 400, JSON, &error(400, "INVALID_ARGUMENT", message, Some("API_KEY_INVALID"), None));
    }
    let path = target.split('?').next().unwrap_or_default();
    let Some(place) = path.strip_prefix("/v1beta/models").or_else(|| path.strip_prefix("/v1/models")) else {
        return respond(stream, 404, JSON, &error(404, "NOT_FOUND", "no such path", None, None));
    };
    let streamed = target.contains("alt=sse");
    match (method.as_str(), place.rsplit_once(':').map(|(_, method)| method)) {
        ("GET", None) => respond(stream, 200, JSON, &list().to_string()),
        ("POST", Some("countTokens")) => {
            respond(stream, 200, JSON, &json!({ "totalTokens": asked.prompt().len() / 4 }).to_string())
        }
        ("POST", Some("generateContent" | "streamGenerateContent")) => match wrong(&asked.body) {
            Some(message) => respond(stream, 400, JSON, &error(400, "INVALID_ARGUMENT", message, None, None)),
            None => answer(stream, answers(&asked), streamed),
        },
        _ => respond(stream, 404, JSON, &error(404, "NOT_FOUND", "no such method", None, None)),
    }
}

const JSON: &str = "application/json; charset=UTF-8";

fn header<'a>(headers: &'a str, name: &str) -> &'a str {
    let line = headers.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    });
    line.unwrap_or_default()
}

/// What the interface refuses about a request.
fn wrong(body: &Value) -> Option<&'static str> {
    let config = &body["generationConfig"];
    let turns = body["contents"].as_array().map(Vec::as_slice).unwrap_or_default();
    let known = ["contents", "systemInstruction", "generationConfig", "safetySettings", "tools", "toolConfig"];
    let stray = body.as_object().is_none_or(|body| body.keys().any(|key| !known.contains(&key.as_str())));
    let schema = config["responseJsonSchema"].to_string();
    match turns.last() {
        _ if stray => Some("Invalid JSON payload received. Unknown name."),
        None => Some("contents is not specified"),
        Some(turn) if turn["role"] == "model" => Some("Please ensure that the last turn is from the user."),
        _ if config.get("responseSchema").is_some() && config.get("responseJsonSchema").is_some() => {
            Some("Only one of response_schema and response_json_schema may be set.")
        }
        _ if schema.contains("maxItems") || schema.contains("minItems") => {
            Some("Request contains an invalid argument.")
        }
        _ if ["temperature", "topP", "topK", "candidateCount"].iter().any(|name| config.get(name).is_some()) => {
            Some("Request contains an invalid argument.")
        }
        _ => None,
    }
}

fn list() -> Value {
    let model = |name: &str, methods: &[&str]| json!({ "name": format!("models/{name}"), "supportedGenerationMethods": methods });
    json!({ "models": [
        model("gemini-embedding-2", &["embedContent"]),
        model("gemini-3.8-flash", &["generateContent", "countTokens"]),
        model("gemini-3.5-flash-lite", &["generateContent", "countTokens"]),
    ] })
}

fn error(code: u16, status: &str, message: &str, reason: Option<&str>, wait: Option<&str>) -> String {
    let mut details = Vec::new();
    if let Some(reason) = reason.filter(|reason| reason.starts_with("Generate")) {
        details.push(json!({ "@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [
            { "quotaMetric": "generativelanguage.googleapis.com/generate_content_free_tier_requests", "quotaId": reason, "quotaValue": "15" }] }));
    } else if let Some(reason) = reason {
        details.push(json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com" }));
    }
    if let Some(wait) = wait {
        details.push(json!({ "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": wait }));
    }
    json!({ "error": { "code": code, "message": message, "status": status, "details": details } }).to_string()
}

/// An answer's piece: a part of the text, and at the end the reason to finish.
fn piece(text: &str, finish: Option<&str>) -> Value {
    let mut parts = vec![json!({ "text": text })];
    if finish.is_none() {
        parts.insert(0, json!({ "text": "thinking about it", "thought": true }));
    }
    let mut candidate = json!({ "content": { "role": "model", "parts": parts }, "index": 0 });
    if let Some(finish) = finish {
        candidate["finishReason"] = json!(finish);
    }
    json!({ "candidates": [candidate], "modelVersion": "gemini-fake", "responseId": "r",
        "usageMetadata": { "promptTokenCount": 100, "candidatesTokenCount": text.len() / 4, "thoughtsTokenCount": 5, "totalTokenCount": 105 + text.len() / 4 } })
}

fn answer(stream: &TcpStream, reply: Reply, streamed: bool) -> io::Result<()> {
    let (text, finish) = match reply {
        Reply::Text(text, finish) => (text, finish),
        Reply::Late(text, after) => {
            thread::sleep(after);
            (text, "STOP")
        }
        Reply::Blocked(reason) => {
            let body = json!({ "promptFeedback": { "blockReason": reason }, "usageMetadata": { "promptTokenCount": 9, "totalTokenCount": 9 } });
            return if streamed {
                events(stream, &[body], true)
            } else {
                respond(stream, 200, JSON, &body.to_string())
            };
        }
        Reply::Error(code, status, reason, wait) => {
            let body = error(code, status, "said by the fake server", reason, wait);
            // The stream's errors come as a list of one.
            let body = if streamed { format!("[{body}]") } else { body };
            return respond(stream, code, JSON, &body);
        }
        Reply::Broken(text) => return events(stream, &[piece(&text, None)], false),
        Reply::Malformed => {
            return respond(
                stream,
                200,
                if streamed { "text/event-stream" } else { JSON },
                "data: {\"candidates\": [{\r\n\r\n",
            );
        }
    };
    if !streamed {
        return respond(stream, 200, JSON, &piece(&text, Some(finish)).to_string());
    }
    let characters: Vec<char> = text.chars().collect();
    let texts: Vec<String> = characters.chunks(60).map(|chunk| chunk.iter().collect()).collect();
    let mut pieces: Vec<Value> = texts.iter().map(|text| piece(text, None)).collect();
    pieces.push(piece("", Some(finish)));
    events(stream, &pieces, true)
}

/// Server-sent events in chunks that end where they like; `whole` says whether the stream comes to its end.
fn events(mut stream: &TcpStream, pieces: &[Value], whole: bool) -> io::Result<()> {
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: text/event-stream\r\n\
          Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
    )?;
    let text: Vec<String> = pieces.iter().map(|piece| format!("data: {piece}\r\n\r\n")).collect();
    let text = text.concat();
    // One that breaks does so in the middle of an event.
    let text = if whole { text.as_str() } else { &text[..text.len() - 12] };
    for chunk in text.as_bytes().chunks(97) {
        write!(stream, "{:x}\r\n", chunk.len())?;
        stream.write_all(chunk)?;
        stream.write_all(b"\r\n")?;
    }
    if whole { stream.write_all(b"0\r\n\r\n") } else { Ok(()) }
}

fn respond(mut stream: &TcpStream, status: u16, kind: &str, body: &str) -> io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 {status} Status\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, POST, OPTIONS\r\n\
         Access-Control-Allow-Headers: {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        HEADERS.join(", "),
        body.len()
    )
}

/// As the provider refuses a preflight: without saying who would be allowed.
fn refuse(mut stream: &TcpStream) -> io::Result<()> {
    stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}
