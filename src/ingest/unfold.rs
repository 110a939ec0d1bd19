//! One document, many rows: exports and protocols that put events into an array.
//!
//! A document is parsed as a whole and each of its events written again as one flat JSON object, with what the document
//! says of all of them (the resource that logged, the stream, the names of columns). So a document is held in memory, and
//! may not be larger than a record ([`super::MAX_RECORD`]); of a larger one that is nothing but an array in an envelope
//! the elements are records of their own ([`super::envelope`]).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::pieces::Pieces;

/// Deepest nesting of OTLP values that is followed.
const MAX_DEPTH: usize = 8;
/// Most bytes that what a document says of all its events may take in them together. Events behind that go without it: a
/// document of 16 MiB could otherwise repeat half of itself in each of a million events.
const MAX_REPEATED: usize = 64 << 20;

/// Keys under which exports keep their events, the likeliest first; a dot leads into an object.
pub const ENVELOPES: [&str; 15] = [
    "Records",
    "logEvents",
    "events",
    "logs",
    "entries",
    "records",
    "items",
    "rows",
    "results",
    "result",
    "data",
    "hits.hits",
    "data.result",
    "value",
    "list",
];

/// How a document holds its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unfold {
    /// OpenTelemetry's protocol as JSON: `resourceLogs[].scopeLogs[].logRecords[]` (OTLP 1.0, and the `instrumentationLibraryLogs`
    /// before it). Attributes become `attributes.…`, those of the resource `resource.…`.
    Otlp,
    /// The same of spans: `resourceSpans[].scopeSpans[].spans[]`. A span's name is its message, and it failed or did not.
    OtlpSpans,
    /// Grafana Loki's query answer: `data.result[]`, each with labels and `values` of time and line.
    LokiStreams,
    /// `CloudWatch`'s `get-query-results`: `results[][]` of `{field, value}`.
    FieldValuePairs,
    /// Tables with names apart from rows: `tables[]` with `columns` and `rows` (Azure Monitor).
    Tables,
    /// An array of objects under a key.
    Elements(String),
    /// No document but a run of lines, which a runtime wrote in pieces or tore from their events.
    Pieces(Pieces),
}

impl Unfold {
    /// How a document is to be unfolded. `alone`: it is all of the file. Of many documents in a file only those of known
    /// protocols are, since events of any kind may hold an array.
    #[inline(never)]
    pub fn detect(document: &[u8], alone: bool) -> Option<Self> {
        let Value::Object(document) = serde_json::from_slice(document).ok()? else { return None };
        if document.get("resourceLogs").is_some_and(Value::is_array) {
            return Some(Self::Otlp);
        }
        if document.get("resourceSpans").is_some_and(Value::is_array) {
            return Some(Self::OtlpSpans);
        }
        let has = |path: &str, test: &dyn Fn(&Value) -> bool| {
            at(&document, path).and_then(Value::as_array).and_then(|list| list.first()).is_some_and(test)
        };
        if has("data.result", &|first| first.get("values").is_some()) {
            return Some(Self::LokiStreams);
        }
        if has("tables", &|first| first.get("columns").is_some() && first.get("rows").is_some()) {
            return Some(Self::Tables);
        }
        if has("results", &|first| first.as_array().and_then(|row| row.first()?.get("field")).is_some()) {
            return Some(Self::FieldValuePairs);
        }
        let known = has("Records", &|first| first.get("eventTime").is_some())
            || document.contains_key("logEvents") && document.contains_key("logStream");
        if !(alone || known) {
            return None;
        }
        let key = ENVELOPES.into_iter().find(|key| has(key, &Value::is_object))?;
        Some(Self::Elements(key.to_owned()))
    }

    /// As shown to a person.
    pub fn name(&self) -> String {
        match self {
            Self::Otlp => "OpenTelemetry logs".into(),
            Self::OtlpSpans => "OpenTelemetry spans".into(),
            Self::LokiStreams => "Loki streams".into(),
            Self::FieldValuePairs => "CloudWatch query results".into(),
            Self::Tables => "tables".into(),
            Self::Elements(key) => format!("elements of {key}"),
            Self::Pieces(pieces) => if pieces.joins() { "whole events" } else { "whole lines" }.into(),
        }
    }

    /// The events of a document, each a JSON object (or a line, of pieces); `None` where the text is no such document.
    pub fn rows(&self, document: &[u8]) -> Option<Vec<Vec<u8>>> {
        if let Self::Pieces(pieces) = self {
            return pieces.rows(document);
        }
        let Value::Object(document) = serde_json::from_slice(document).ok()? else { return None };
        let mut rows = Vec::new();
        let mut left = Allowance(MAX_REPEATED);
        let mut push = |row: Map<String, Value>| {
            // A map of values always has a text.
            if let Ok(text) = serde_json::to_vec(&row) {
                rows.push(text);
            }
        };
        match self {
            Self::Otlp => otlp(&document, &LOGS, &mut left, &mut push)?,
            Self::OtlpSpans => otlp(&document, &SPANS, &mut left, &mut push)?,
            Self::LokiStreams => loki(&document, &mut left, &mut push)?,
            Self::FieldValuePairs => {
                for pairs in document.get("results")?.as_array()?.iter().filter_map(Value::as_array) {
                    let pairs = pairs
                        .iter()
                        .filter_map(|pair| Some((pair.get("field")?.as_str()?.to_owned(), pair.get("value")?.clone())));
                    push(pairs.collect());
                }
            }
            Self::Tables => {
                for table in document.get("tables")?.as_array()? {
                    table_rows(table, &mut left, &mut push);
                }
            }
            Self::Elements(key) => {
                // Where the events come from. What else stands around them is of the answer, not of the events.
                let origin = ["logGroup", "logStream", "owner"].into_iter();
                let around: Map<String, Value> =
                    origin.filter_map(|name| Some((name.to_owned(), document.get(name)?.clone()))).collect();
                let length = written(&around);
                for element in at(&document, key)?.as_array()? {
                    let mut row = if left.takes(length) { around.clone() } else { Map::new() };
                    match element {
                        Value::Object(element) => row.extend(element.clone()),
                        other => drop(row.insert("value".into(), other.clone())),
                    }
                    push(row);
                }
            }
            Self::Pieces(_) => {}
        }
        Some(rows)
    }
}

/// The value at a path of keys.
fn at<'a>(document: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut keys = path.split('.');
    let first = document.get(keys.next()?)?;
    keys.try_fold(first, |value, key| value.get(key))
}

/// What is left of [`MAX_REPEATED`].
struct Allowance(usize);

impl Allowance {
    /// Whether that many bytes may be repeated once more.
    fn takes(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or(self.0);
        left.is_some()
    }
}

/// Bytes of an object when it is written.
fn written(object: &Map<String, Value>) -> usize {
    serde_json::to_vec(object).map_or(0, |text| text.len())
}

/// Where OTLP keeps its records: under the resources, the scopes and the records, by their names today and of old.
struct Otlp {
    resources: &'static str,
    scopes: [&'static str; 2],
    records: [&'static str; 2],
}

const LOGS: Otlp = Otlp {
    resources: "resourceLogs",
    scopes: ["scopeLogs", "instrumentationLibraryLogs"],
    records: ["logRecords", "logs"],
};
const SPANS: Otlp = Otlp {
    resources: "resourceSpans",
    scopes: ["scopeSpans", "instrumentationLibrarySpans"],
    records: ["spans", "spans"],
};

fn otlp(
    document: &Map<String, Value>,
    place: &Otlp,
    left: &mut Allowance,
    push: &mut dyn FnMut(Map<String, Value>),
) -> Option<()> {
    for resource in document.get(place.resources)?.as_array()? {
        let mut about = Map::new();
        attributes(resource.get("resource").and_then(|resource| resource.get("attributes")), "resource", &mut about);
        let length = written(&about);
        let scopes = place.scopes.iter().find_map(|name| resource.get(name));
        for scope in scopes.and_then(Value::as_array).into_iter().flatten() {
            let name = scope.get("scope").or_else(|| scope.get("instrumentationLibrary"));
            let name = name
                .and_then(|scope| scope.get("name"))
                .filter(|name| name.as_str().is_some_and(|name| !name.is_empty()));
            let records = place.records.iter().find_map(|name| scope.get(name));
            for record in records.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
                let mut row = Map::new();
                for (key, value) in record {
                    match key.as_str() {
                        "attributes" => attributes(Some(value), "attributes", &mut row),
                        "body" => drop(row.insert("body".into(), any_value(value, 0))),
                        // Of spans only: a name is what happened, a status whether it failed.
                        "name" => drop(row.insert("message".into(), value.clone())),
                        "status" => status(value, &mut row),
                        "flags" | "droppedAttributesCount" => {}
                        _ => drop(row.insert(key.clone(), value.clone())),
                    }
                }
                if let Some(took) = lasted(record) {
                    row.insert("duration_ms".into(), took.into());
                }
                if left.takes(length + name.and_then(Value::as_str).map_or(0, str::len)) {
                    row.extend(name.map(|name| ("scope.name".to_owned(), name.clone())));
                    row.extend(about.clone());
                }
                push(row);
            }
        }
    }
    Some(())
}

/// How long a span lasted, in milliseconds; records of logs have no end.
fn lasted(record: &Map<String, Value>) -> Option<f64> {
    let nanoseconds = |key| match record.get(key)? {
        Value::String(text) => text.parse::<u64>().ok(),
        number => number.as_u64(),
    };
    let (from, to) = (nanoseconds("startTimeUnixNano")?, nanoseconds("endTimeUnixNano")?);
    Some(to.checked_sub(from)? as f64 / 1e6)
}

/// What a span's status says: its level, and the error's text. Codes are numbers or names; 2 is an error.
fn status(status: &Value, row: &mut Map<String, Value>) {
    let code = status.get("code");
    let failed = code.is_some_and(|code| *code == 2 || code == "STATUS_CODE_ERROR");
    row.insert("level".into(), if failed { "ERROR" } else { "INFO" }.into());
    row.extend(status.get("message").map(|text| ("status.message".to_owned(), text.clone())));
}

/// `[{"key": k, "value": {"stringValue": v}}]` → `prefix.k: v`.
fn attributes(list: Option<&Value>, prefix: &str, into: &mut Map<String, Value>) {
    for attribute in list.and_then(Value::as_array).into_iter().flatten() {
        if let (Some(key), Some(value)) = (attribute.get("key").and_then(Value::as_str), attribute.get("value")) {
            into.insert(format!("{prefix}.{key}"), any_value(value, 0));
        }
    }
}

/// OTLP's `AnyValue` as plain JSON.
fn any_value(value: &Value, depth: usize) -> Value {
    let Some((kind, inner)) = value.as_object().and_then(|value| value.iter().next()) else { return value.clone() };
    if depth == MAX_DEPTH {
        return inner.clone();
    }
    let list = || inner.get("values").and_then(Value::as_array).into_iter().flatten();
    match kind.as_str() {
        // 64-bit integers are texts in protobuf's JSON.
        "intValue" => match inner.as_str().and_then(|text| text.parse::<i64>().ok()) {
            Some(number) => number.into(),
            None => inner.clone(),
        },
        "arrayValue" => list().map(|value| any_value(value, depth + 1)).collect(),
        "kvlistValue" => Value::Object(
            list()
                .filter_map(|pair| {
                    Some((pair.get("key")?.as_str()?.to_owned(), any_value(pair.get("value")?, depth + 1)))
                })
                .collect(),
        ),
        "stringValue" | "boolValue" | "doubleValue" | "bytesValue" => inner.clone(),
        _ => value.clone(),
    }
}

fn loki(document: &Map<String, Value>, left: &mut Allowance, push: &mut dyn FnMut(Map<String, Value>)) -> Option<()> {
    for stream in at(document, "data.result")?.as_array()? {
        let labels = stream.get("stream").or_else(|| stream.get("metric")).and_then(Value::as_object);
        let length = labels.map_or(0, written);
        for entry in stream.get("values")?.as_array()?.iter().filter_map(Value::as_array) {
            let mut row = Map::new();
            row.extend(entry.first().map(|time| ("timestamp".to_owned(), time.clone())));
            row.extend(entry.get(1).map(|line| ("line".to_owned(), line.clone())));
            let labels = labels.filter(|_| left.takes(length));
            row.extend(labels.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
            row.extend(entry.get(2).and_then(Value::as_object).cloned().into_iter().flatten());
            push(row);
        }
    }
    Some(())
}

fn table_rows(table: &Value, left: &mut Allowance, push: &mut dyn FnMut(Map<String, Value>)) {
    let list = |key| table.get(key).and_then(Value::as_array).into_iter().flatten();
    let name = |column: &Value| column.get("name").or(Some(column)).and_then(Value::as_str).map(str::to_owned);
    let names: Vec<String> = list("columns").map(|column| name(column).unwrap_or_default()).collect();
    for row in list("rows").filter_map(Value::as_array) {
        let names = names.iter().take(row.len());
        if left.takes(names.clone().map(String::len).sum()) {
            push(names.cloned().zip(row.iter().cloned()).collect());
        } else {
            push(Map::from_iter([("row".to_owned(), Value::from(row.clone()))]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unfolds a document that is alone in its file.
    #[track_caller]
    fn check(document: &str, expected: Option<&Unfold>, rows: &[&str]) {
        let found = Unfold::detect(document.as_bytes(), true);
        assert_eq!(found.as_ref(), expected, "{document}");
        let texts: Vec<String> = found
            .and_then(|found| found.rows(document.as_bytes()))
            .unwrap_or_default()
            .into_iter()
            .map(|row| String::from_utf8(row).unwrap())
            .collect();
        assert_eq!(texts, rows, "{document}");
    }

    #[test]
    fn opentelemetry() {
        check(
            r#"{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
                "scopeLogs":[{"scope":{"name":"lib"},"logRecords":[
                  {"timeUnixNano":"1700000000000000000","severityNumber":9,"body":{"stringValue":"hi"},
                   "attributes":[{"key":"n","value":{"intValue":"7"}},
                     {"key":"l","value":{"arrayValue":{"values":[{"boolValue":true}]}}}]},
                  {"body":{"kvlistValue":{"values":[{"key":"a","value":{"doubleValue":1.5}}]}}}]}]}]}"#,
            Some(&Unfold::Otlp),
            &[
                r#"{"attributes.l":[true],"attributes.n":7,"body":"hi","resource.service.name":"shop","scope.name":"lib","severityNumber":9,"timeUnixNano":"1700000000000000000"}"#,
                r#"{"body":{"a":1.5},"resource.service.name":"shop","scope.name":"lib"}"#,
            ],
        );
    }

    #[test]
    fn opentelemetry_spans() {
        check(
            r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}}]},
                "scopeSpans":[{"spans":[
                  {"traceId":"a1","spanId":"b2","name":"GET /cart","kind":2,"startTimeUnixNano":"1700000000000000000",
                   "endTimeUnixNano":"1700000000250000000","status":{"code":2,"message":"timeout"},
                   "attributes":[{"key":"http.status_code","value":{"intValue":"504"}}]},
                  {"name":"SELECT","status":{}}]}]}]}"#,
            Some(&Unfold::OtlpSpans),
            &[
                r#"{"attributes.http.status_code":504,"duration_ms":250.0,"endTimeUnixNano":"1700000000250000000","kind":2,"level":"ERROR","message":"GET /cart","resource.service.name":"shop","spanId":"b2","startTimeUnixNano":"1700000000000000000","status.message":"timeout","traceId":"a1"}"#,
                r#"{"level":"INFO","message":"SELECT","resource.service.name":"shop"}"#,
            ],
        );
    }

    #[test]
    fn query_answers() {
        check(
            r#"{"status":"success","data":{"resultType":"streams","result":[
                {"stream":{"app":"web"},"values":[["1700000000000000000","a"],["1700000000000000001","b",{"k":"v"}]]}]}}"#,
            Some(&Unfold::LokiStreams),
            &[
                r#"{"app":"web","line":"a","timestamp":"1700000000000000000"}"#,
                r#"{"app":"web","k":"v","line":"b","timestamp":"1700000000000000001"}"#,
            ],
        );
        check(
            r#"{"results":[[{"field":"@timestamp","value":"2026-01-01 00:00:00.000"},{"field":"@message","value":"x"}]],"status":"Complete"}"#,
            Some(&Unfold::FieldValuePairs),
            &[r#"{"@message":"x","@timestamp":"2026-01-01 00:00:00.000"}"#],
        );
        check(
            r#"{"tables":[{"name":"T","columns":[{"name":"TimeGenerated","type":"datetime"},{"name":"Message"}],"rows":[["t","m"],["u","n"]]}]}"#,
            Some(&Unfold::Tables),
            &[r#"{"Message":"m","TimeGenerated":"t"}"#, r#"{"Message":"n","TimeGenerated":"u"}"#],
        );
    }

    #[test]
    fn what_is_said_of_all_events_is_not_repeated_without_end() {
        let (long, many) = ("x".repeat(1 << 20), 1000);
        let texts = |event: &str| vec![event; many].join(",");
        let documents = [
            format!(
                r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"k","value":{{"stringValue":"{long}"}}}}]}},"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#,
                texts("{}")
            ),
            format!(
                r#"{{"resourceLogs":[{{"scopeLogs":[{{"scope":{{"name":"{long}"}},"logRecords":[{}]}}]}}]}}"#,
                texts("{}")
            ),
            format!(r#"{{"data":{{"result":[{{"stream":{{"k":"{long}"}},"values":[{}]}}]}}}}"#, texts(r#"["1","a"]"#)),
            format!(r#"{{"tables":[{{"columns":[{{"name":"{long}"}}],"rows":[{}]}}]}}"#, texts("[1]")),
            format!(r#"{{"logGroup":"{long}","logStream":"s","logEvents":[{}]}}"#, texts(r#"{"id":1}"#)),
        ];
        for document in documents {
            let unfold = Unfold::detect(document.as_bytes(), true).unwrap();
            let rows = unfold.rows(document.as_bytes()).unwrap();
            let bytes: usize = rows.iter().map(Vec::len).sum();
            assert_eq!(rows.len(), many, "{unfold:?}");
            assert!((MAX_REPEATED / 2..MAX_REPEATED * 2).contains(&bytes), "{unfold:?}: {bytes}");
        }
    }

    #[test]
    fn arrays_in_an_envelope() {
        check(
            r#"{"owner":"me","logStream":"s","meta":{"x":1},"logEvents":[{"id":"1","message":"a"},{"id":"2","message":"b"}]}"#,
            Some(&Unfold::Elements("logEvents".into())),
            &[
                r#"{"id":"1","logStream":"s","message":"a","owner":"me"}"#,
                r#"{"id":"2","logStream":"s","message":"b","owner":"me"}"#,
            ],
        );
        check(
            r#"{"took":3,"hits":{"total":1,"hits":[{"_id":"x","_source":{"message":"m"}}]}}"#,
            Some(&Unfold::Elements("hits.hits".into())),
            &[r#"{"_id":"x","_source":{"message":"m"}}"#],
        );
        check(r#"{"message":"a","level":"INFO"}"#, None, &[]);
        check(r#"{"items":[1,2],"message":"a"}"#, None, &[]);
        check("[1]", None, &[]);
    }

    #[test]
    fn an_event_with_an_array_is_one_row_among_others() {
        let order = br#"{"time":1,"items":[{"id":1},{"id":2}]}"#;
        assert_eq!(Unfold::detect(order, false), None);
        let trail = br#"{"Records":[{"eventTime":"2026-01-01T00:00:00Z","eventName":"x"}]}"#;
        assert_eq!(Unfold::detect(trail, false), Some(Unfold::Elements("Records".into())));
    }
}
