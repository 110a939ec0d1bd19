//! The fake server, checked by the provider's own JavaScript client: it must be no mirror of this project's beliefs.
//!
//! The client comes from npm (`@google/genai`). Where there is no node or no npm, or npm can't fetch it, that is said, and
//! nothing is checked.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use e2e::failure::{Failure, Result};
use e2e::gemini::{Gemini, KEY, Reply};
use serde_json::Value;

/// The version that is checked against.
const VERSION: &str = "3.1.0";

/// A folder that has the client, or why there is none.
fn client() -> std::result::Result<PathBuf, String> {
    let folder = std::env::temp_dir().join(format!("strayline-genai-{VERSION}"));
    if folder.join("node_modules/@google/genai/package.json").is_file() {
        return Ok(folder);
    }
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    fs::write(folder.join("package.json"), "{\"private\": true, \"type\": \"module\"}")
        .map_err(|error| error.to_string())?;
    let package = format!("@google/genai@{VERSION}");
    let arguments = ["install", "--no-audit", "--no-fund", "--ignore-scripts", package.as_str()];
    let npm = Command::new("npm").args(arguments).current_dir(&folder).output();
    match npm {
        Ok(output) if output.status.success() => Ok(folder),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Err(format!("npm: {error}")),
    }
}

const SCRIPT: &str = r#"
import { GoogleGenAI } from "@google/genai";
const [baseUrl, apiKey] = process.argv.slice(2);
const open = (apiKey) => new GoogleGenAI({ apiKey, apiVersion: "v1beta", httpOptions: { baseUrl, retryOptions: { attempts: 1 } } });
const ai = open(apiKey);
const model = "gemini-3.5-flash-lite";
const ask = (contents, config) => ({ model, contents, config });
const caught = async (make) => { try { await make(); return null; } catch (error) { return { status: error.status ?? null, message: String(error.message) }; } };
const said = {};
const config = { systemInstruction: "S", responseMimeType: "application/json", responseJsonSchema: { type: "object", properties: { a: { type: "integer" } } } };
const whole = await ai.models.generateContent(ask("whole", config));
said.whole = [whole.text, whole.candidates[0].finishReason, whole.usageMetadata.totalTokenCount > 0, whole.modelVersion];
said.streamed = "";
let last;
for await (const chunk of await ai.models.generateContentStream(ask("streamed", config))) { said.streamed += chunk.text ?? ""; last = chunk; }
said.finish = last.candidates[0].finishReason;
said.blocked = (await ai.models.generateContent(ask("blocked"))).promptFeedback.blockReason;
said.cut = (await ai.models.generateContent(ask("cut"))).candidates[0].finishReason;
said.minute = await caught(() => ai.models.generateContent(ask("minute")));
said.overloaded = await caught(() => ai.models.generateContent(ask("overloaded")));
said.streamError = await caught(async () => { for await (const _ of await ai.models.generateContentStream(ask("minute"))); });
said.broken = await caught(async () => { for await (const _ of await ai.models.generateContentStream(ask("broken"))); });
said.refused = await caught(() => open("wrong").models.generateContent(ask("whole")));
said.tokens = (await ai.models.countTokens({ model, contents: "how many tokens" })).totalTokens;
said.models = [];
for await (const listed of await ai.models.list()) said.models.push(listed.name);
console.log(JSON.stringify(said));
"#;

#[test]
fn the_providers_own_client_understands_the_fake_server() -> Result {
    let folder = match client() {
        Ok(folder) => folder,
        Err(why) => {
            eprintln!("skipped: the provider's client can't be had: {why}");
            return Ok(());
        }
    };
    let gemini = Gemini::start(|asked| match asked.prompt() {
        "blocked" => Reply::Blocked("SAFETY"),
        "cut" => Reply::Text("{\"a\":".to_owned(), "MAX_TOKENS"),
        "minute" => {
            let quota = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
            Reply::Error(429, "RESOURCE_EXHAUSTED", Some(quota), Some("26s"))
        }
        "overloaded" => Reply::Error(503, "UNAVAILABLE", None, None),
        "broken" => Reply::Broken("{\"a\"".to_owned()),
        _ => Reply::Text(
            "{\"a\": 1, \"text\": \"long enough to come in more than one piece of a stream\"}".to_owned(),
            "STOP",
        ),
    })?;
    let script = folder.join("check.mjs");
    fs::write(&script, SCRIPT)?;
    let output = match Command::new("node").arg(&script).args([gemini.origin().as_str(), KEY]).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: node: {error}");
            return Ok(());
        }
    };
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let said: Value = serde_json::from_slice(&output.stdout).map_err(|error| Failure(format!("{error}: {errors}")))?;
    let text = "{\"a\": 1, \"text\": \"long enough to come in more than one piece of a stream\"}";
    assert_eq!(said["whole"], serde_json::json!([text, "STOP", true, "gemini-fake"]), "{errors}");
    assert_eq!((said["streamed"].as_str(), said["finish"].as_str()), (Some(text), Some("STOP")));
    assert_eq!((said["blocked"].as_str(), said["cut"].as_str()), (Some("SAFETY"), Some("MAX_TOKENS")));
    for (name, status) in [("minute", 429), ("overloaded", 503), ("refused", 400)] {
        assert_eq!(said[name]["status"], status, "{name}: {}", said[name]);
    }
    assert!(said["minute"]["message"].as_str().is_some_and(|message| message.contains("26s")), "{}", said["minute"]);
    assert!(said["streamError"].is_object() && said["broken"].is_object(), "{said}");
    assert!(said["tokens"].as_u64() > Some(0) && said["models"].as_array().is_some_and(|models| models.len() == 3));
    Ok(())
}
