//! How fields are understood: keys over several files, fields of few rows, words that look like levels, labels.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic like tests")]

use std::path::PathBuf;
use std::process::Command;

use strayline::common::hash::hash_pair;

fn scratch(name: &str, text: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What the command prints.
fn strayline(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_strayline")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
}

#[track_caller]
fn check_query(file: &str, search: &str, rows: &str) {
    let told = strayline(&["query", file, search, "--limit", "1"]);
    assert!(told.contains(rows), "{search}: {told}");
}

/// A time of day, one second after the other.
fn clock(second: usize) -> String {
    format!("2026-02-06T{:02}:{:02}:{:02}Z", second / 3600 % 24, second / 60 % 60, second % 60)
}

/// An id like those of a gateway.
fn id(number: usize) -> String {
    format!("req-{:08x}", (number as u32).wrapping_mul(0x9e37_79b9))
}

#[test]
fn files_that_share_a_session_key_have_sessions_together() {
    const PAIRS: usize = 1200;
    let each = |line: &dyn Fn(usize) -> String| (0..PAIRS).map(line).collect::<String>();
    let gateway = |n: usize| {
        format!("{} INFO gateway request_id={} method=POST path=/invoice/{} status=200\n", clock(n), id(n), n % 90)
    };
    let billing = |n: usize| {
        let (time, id) = (clock(n), id(n));
        format!(
            "{{\"time\":\"{time}\",\"app\":\"billing\",\"request_id\":\"{id}\",\"message\":\"invoice {n} computed\"}}\n"
        )
    };
    let prose = |n: usize| format!("{} INFO mail for request {} was sent\n", clock(n), id(n));
    let gateway = scratch("shared_gateway.log", &each(&gateway));
    let billing = scratch("shared_billing.jsonl", &each(&billing));
    let mail = scratch("shared_mail.log", &each(&prose));
    let count = |files: &[&str]| {
        let out = scratch("shared_sessions.csv", "");
        strayline(&[&["sessions"], files, &["--out", &out]].concat());
        csv::Reader::from_path(&out).unwrap().records().count()
    };
    assert_eq!(count(&[&gateway, &billing]), PAIRS);
    assert_eq!(count(&[&mail, &billing]), PAIRS);
    assert_eq!(count(&[&mail, &gateway, &billing]), PAIRS);
}

#[test]
fn fields_of_a_burst_can_be_searched_for() {
    let row = |n: usize| {
        let error = if (3001..3011).contains(&n) { ",\"errorCode\":\"AccessDenied\"" } else { "" };
        let time = clock(n);
        format!("{{\"eventTime\":\"{time}\",\"eventName\":\"ListBuckets\",\"pad\":\"{}\"{error}}}", "x".repeat(200))
    };
    let rows: Vec<String> = (0..6000).map(row).collect();
    let lines = scratch("burst.jsonl", &rows.join("\n"));
    let document = scratch("burst.json", &format!("{{\"Records\": [{}]}}", rows.join(", ")));
    for file in [&lines, &document] {
        check_query(file, "errorCode:AccessDenied", "10 of 6,000 rows");
    }
}

#[test]
fn fields_without_a_column_are_told_of() {
    let row = |n: usize| {
        let odd = if (45_100..45_103).contains(&n) { ",\"odd\":\"x\"" } else { "" };
        format!("{{\"time\":\"{}\",\"message\":\"{}\"{odd}}}\n", clock(n), "all is well ".repeat(10))
    };
    let file = scratch("strangers.jsonl", &(0..70_000).map(row).collect::<String>());
    let told = strayline(&["analyze", &file]);
    assert!(told.contains("3 rows have a field that has no column, such as \"odd\""), "{told}");
}

#[test]
fn a_row_stands_out_by_a_field_that_few_have() {
    let rows = |field: &str, of: &dyn Fn(usize) -> bool| -> String {
        let row = |n: usize| {
            let odd = if of(n) { field } else { "" };
            let (time, service) = (clock(n), ["a", "b"][n % 2]);
            format!("{{\"time\":\"{time}\",\"level\":\"info\",\"svc\":\"{service}\",\"msg\":\"job {n} ok\"{odd}}}\n")
        };
        (0..5000).map(row).collect()
    };
    let found = |text: &str| {
        let (file, out) = (scratch("seldom.jsonl", text), scratch("seldom.csv", ""));
        strayline(&["analyze", &file, "--contamination", "0.002", "--findings", &out]);
        let mut rows = csv::Reader::from_path(&out).unwrap();
        rows.records().map(|row| row.unwrap()[7].to_owned()).collect::<Vec<String>>()
    };
    let is_odd = |n: usize| (2500..2507).contains(&n);
    let reasons = found(&rows(",\"error\":\"ECONNRESET\"", &is_odd));
    assert_eq!(
        reasons
            .iter()
            .filter(|reason| reason.contains("error \"ECONNRESET\" is seen only 7 times in 5,000 rows"))
            .count(),
        7,
        "{reasons:?}"
    );
    let reasons = found(&rows(",\"retries\":3", &is_odd));
    assert_eq!(reasons.iter().filter(|reason| reason.contains("has retries, as 0.1 %")).count(), 7, "{reasons:?}");
    let reasons = found(&rows(",\"size\":17", &|n| !is_odd(n)));
    assert_eq!(reasons.iter().filter(|reason| reason.contains("lacks size, as 0.1 %")).count(), 7, "{reasons:?}");
}

#[test]
fn a_long_text_of_few_values_is_a_category() {
    let row = |n: usize| {
        let agent = if n % 500 == 77 { "sqlmap/1.7" } else { ["Mozilla/5.0 (X11; Linux x86_64)", "curl/8"][n % 2] };
        let pad = "AppleWebKit/537.36 (KHTML, like Gecko)".repeat(2);
        format!(
            "10.0.0.{} - - [06/Feb/2026:10:{:02}:{:02} +0000] \"GET /a/{n} HTTP/1.1\" 200 {n} \"-\" \"{agent} {pad}\"\n",
            n % 200,
            n / 60 % 60,
            n % 60
        )
    };
    let file = scratch("agents.log", &(0..3000).map(row).collect::<String>());
    let told = strayline(&["query", &file, "status:200", "--facets", "user_agent", "--limit", "1"]);
    assert!(told.contains("sqlmap"), "{told}");
}

#[test]
fn states_of_a_machine_are_no_levels() {
    let row =
        |n: usize| format!("{},web-{},{},{}\n", clock(n), n % 6, n % 97, if n == 2200 { "degraded" } else { "ok" });
    let text = (0..3000).map(row).collect::<String>();
    let file = scratch("states.csv", &format!("timestamp,host,cpu,status\n{text}"));
    check_query(&file, "status:degraded", "1 of 3,000 rows");
}

#[test]
fn lines_of_a_stack_trace_belong_to_their_message() {
    let line = |n: usize| {
        let trace = "java.lang.IllegalStateException: pool is gone\n\tat a.b.C.d(C.java:12)\n\tat a.b.E.f(E.java:7)\n";
        let (level, trace) = if n % 40 == 7 { ("ERROR", trace) } else { ("INFO ", "") };
        format!(
            "2026-02-06 10:{:02}:{:02},622 {level} [main] a.b.C - Order {n} accepted in {} ms\n{trace}",
            n / 60,
            n % 60,
            n % 50
        )
    };
    let (file, out) = (scratch("traces.log", &(0..400).map(line).collect::<String>()), scratch("traces.csv", ""));
    let told = strayline(&["templates", &file, "--out", &out]);
    assert!(told.starts_with("400 records, "), "{told}");
}

#[test]
fn labels_are_words_or_numbers() {
    let row = |n: usize, words: [&str; 2]| {
        format!("{},{},{}\n", n % 7, if n % 50 == 3 { 900 } else { n % 11 }, words[usize::from(n % 50 == 3)])
    };
    let score = |words: [&str; 2]| {
        let rows: String = (0..500).map(|n| row(n, words)).collect();
        let file = scratch("labels.csv", &format!("x,y,label\n{rows}"));
        let told = strayline(&["score", "--data", &file, "--label", "label", "--detector", "robust-z"]);
        let measured = told[told.find("ROC-AUC").unwrap()..].lines();
        // What is assumed of rows without a label, and how other numbers are read, is said besides.
        let besides = |line: &&str| line.starts_with("Rows without") || line.starts_with("Labels are 2.5:");
        measured.filter(|line| !besides(line)).collect::<Vec<_>>().join("\n")
    };
    let expected = score(["0", "1"]);
    assert!(expected.starts_with("ROC-AUC 1.0"), "{expected}");
    for words in [["normal", "anomaly"], ["false", "TRUE"], ["", "2.5"], ["benign", "attack"]] {
        assert_eq!(score(words), expected, "{words:?}");
    }
}

#[test]
fn rows_that_are_odd_alike_are_told_by_what_they_have_in_common() {
    // They are near to each other in what makes them odd, so that a distance to neighbours does not name it.
    let noise = |n: u64, salt: u64| (0..6).map(|part| hash_pair(n * 6 + part, salt) % 1000).sum::<u64>() as f64 / 100.0;
    let rows = (0..2000).map(|n| {
        let cpu = if n % 290 == 100 { 95.0 + noise(n, 1) / 30.0 } else { noise(n, 1) };
        format!("{cpu:.2},{:.2},{:.2}\n", noise(n, 2), noise(n, 3))
    });
    let file = scratch("alike.csv", &("cpu,mem,qps\n".to_owned() + &rows.collect::<String>()));
    for detector in ["knn", "one-class-svm", "lof", "isolation-forest", "robust-z", "autoencoder", "ensemble"] {
        let out = scratch("alike.findings.csv", "");
        strayline(&["analyze", &file, "--detector", detector, "--contamination", "0.01", "--findings", &out]);
        let found: Vec<csv::StringRecord> =
            csv::Reader::from_path(&out).unwrap().records().map(Result::unwrap).collect();
        let odd = found.iter().filter(|row| row[1].parse::<u64>().unwrap() % 290 == 100);
        let reasons: Vec<&str> = odd.map(|row| &row[7]).collect();
        assert!(
            reasons.len() >= 6 && reasons.iter().all(|reason| reason.starts_with("cpu 9")),
            "{detector}: {reasons:?}"
        );
    }
}

/// The rows of a table with one number far from all others, best first, as the analysis and as a detector alone rank them; and
/// what the analysis says of the first.
fn ranked(name: &str, odd: &str) -> (String, String, String) {
    let line = |row: usize| {
        let cpu = if row == 120 { odd.to_owned() } else { format!("{}.5", 40 + row * 7 % 11) };
        format!("{cpu},{}.25\n", 60 + row * 5 % 13)
    };
    let table = scratch(name, &format!("cpu,memory\n{}", (0..400).map(line).collect::<String>()));
    let (found, scored) = (scratch(&format!("{name}.found"), ""), scratch(&format!("{name}.scored"), ""));
    let told = strayline(&["analyze", &table, "--findings", &found]);
    strayline(&["score", "--data", &table, "--out", &scored]);
    let mut reader = csv::Reader::from_path(&found).unwrap();
    let columns = reader.headers().unwrap().clone();
    let first = reader.records().next().unwrap().unwrap();
    let cell = |name: &str| first[columns.iter().position(|column| column == name).unwrap()].to_owned();
    let mut reader = csv::Reader::from_path(&scored).unwrap();
    let scores = reader.records().map(|record| record.unwrap()[1].parse::<f64>().unwrap());
    let best = scores.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
    (cell("line"), best.to_string(), cell("reason") + &told)
}

#[test]
fn an_infinite_number_stands_beyond_all_others() {
    for (name, odd, shown) in [
        ("infinite.csv", "inf", "cpu ∞"),
        ("negative.csv", "-Infinity", "cpu -∞"),
        ("huge.csv", "1e39", "cpu 1.000e39"),
        ("beyond.csv", "1e999", "cpu ∞"),
    ] {
        let (by_analysis, by_detector, told) = ranked(name, odd);
        assert_eq!((by_analysis.as_str(), by_detector.as_str()), ("120", "120"), "{odd}: {told}");
        assert!(told.contains(shown) && told.contains("median 45.5"), "{odd}: {told}");
        assert_eq!(told.contains("an infinite number"), odd != "1e39", "{odd}: {told}");
    }
    let table = scratch("infinite_rows.csv", "a,b\n1,2\n2,3\ninf,4\n3,9\n-inf,7\n");
    check_query(&table, "a:inf", "1 of 5 rows");
    check_query(&table, "a:>2", "2 of 5 rows");
    check_query(&table, "a:<0", "1 of 5 rows");
}

#[test]
fn a_feature_that_may_be_the_answer_is_told_of() {
    let line = |row: usize| format!("{},{},{}\n", row * 7 % 11, row * 5 % 13, u8::from(row % 50 == 3));
    let table = scratch("answers.csv", &format!("cpu,memory,is_fault\n{}", (0..400).map(line).collect::<String>()));
    let hint = "is_fault is only 0 or 1, and a feature.";
    let model = scratch("answers.model", "");
    assert!(strayline(&["analyze", &table]).contains(hint));
    assert!(strayline(&["model", "fit", &table, "--out", &model]).contains(hint));
    assert!(!strayline(&["analyze", &table, "--features", "-is_fault"]).contains("is_fault is"));
    assert!(!strayline(&["analyze", &table, "--features", "standard,is_fault"]).contains(hint));
}

#[test]
fn a_field_is_asked_for_as_it_is_shown() {
    let line = |n: usize| {
        format!(
            "{{\"time\":{},\"level\":{},\"msg\":\"done\",\"latency_us\":{}}}\n",
            1_770_000_000_000_u64 + n as u64,
            30 + n % 2 * 20,
            1000 + n
        )
    };
    let file = scratch("as_shown.log", &(0..60).map(line).collect::<String>());
    for (search, rows) in [
        ("latency_us:>1029", "30 of 60 rows"),
        ("latency_us:1003", "1 of 60 rows"),
        ("duration:>1029", "30 of 60 rows"),
        ("duration:>1.029ms", "30 of 60 rows"),
        ("level:50", "30 of 60 rows"),
        ("level:>=40", "30 of 60 rows"),
        ("level:<error", "30 of 60 rows"),
    ] {
        check_query(&file, search, rows);
    }
    let told = strayline(&["query", &file, "*", "--facets", "latency_us,time,level"]);
    assert!(told.contains("100 % of the rows have a value") && !told.contains("under 0.001 %"), "{told}");
    assert!(strayline(&["query", &file, "latency_us:>1029", "--map", "duration="]).contains("30 of 60 rows"));
}
