use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use super::draw::Draw;
use super::generator::{instance_name, session_name};
use super::message::{Subject, render};
use super::plan::{Row, Source};
use super::settings::Settings;
use super::world::{COURSES, GAVE_UP, Level, RETRY, SERVICES, TASKS, TURNED_AWAY};
use super::{Format, Generator, Kind, Limit, Log, Rates};

fn written(settings: Settings, format: Format, at_once: u32) -> (Vec<u8>, Vec<u8>) {
    let mut log = Log::new(settings, format);
    let (mut rows, mut truth) = (Vec::new(), Vec::new());
    while log.write(at_once, &mut rows, &mut truth) {}
    assert_eq!(log.bytes(), rows.len() as u64);
    (rows, truth)
}

fn of(rows: u64, seed: u64, rate: f64) -> Settings {
    Settings { seed, limit: Limit::Rows(rows), rates: Rates::total(rate), ..Settings::default() }
}

fn json(lines: &[u8]) -> Vec<Value> {
    std::str::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether a message is made of a text.
fn fits(text: &str, message: &str) -> bool {
    let mut literals = text
        .split('{')
        .enumerate()
        .map(|(place, part)| if place == 0 { part } else { part.split_once('}').map_or("", |(_, after)| after) });
    let Some(mut rest) = message.strip_prefix(literals.next().unwrap_or_default()) else { return false };
    for literal in literals {
        match rest.find(literal) {
            Some(at) => rest = &rest[at + literal.len()..],
            None => return false,
        }
    }
    true
}

/// The rows of each session in the order of the log, with the kind of anomaly that it has.
fn sessions(settings: Settings) -> BTreeMap<u64, (Vec<Row>, Option<Kind>)> {
    let mut generator = Generator::new(settings);
    let mut sessions: BTreeMap<u64, (Vec<Row>, Option<Kind>)> = BTreeMap::new();
    while let Some(row) = generator.next_row() {
        let Some(session) = row.session else { continue };
        let of = sessions.entry(session).or_default();
        // Of a session of its own kind, a slow instance's rows say nothing more.
        let kind = row.label.map(|label| label.kind).filter(|kind| *kind != Kind::SlowInstance);
        of.1 = of.1.or(kind);
        of.0.push(row);
    }
    sessions
}

#[test]
fn the_head_of_a_log() {
    let (rows, _) = written(Settings::default(), Format::JsonLines, 1000);
    let head: Vec<&str> = std::str::from_utf8(&rows).unwrap().lines().take(3).collect();
    insta::assert_snapshot!(head.join("\n"), @r#"
    {"timestamp":"2026-03-02T00:00:00.004Z","level":"INFO","service":"counter","instance":"counter.eu1-a","queue":null,"status":null,"message":"Booking opened by customer 3193731 from 172.23.80.11","elapsed_ms":null,"correlation_id":"px-07dd7bebcdff7419"}
    {"timestamp":"2026-03-02T00:00:00.044Z","level":"INFO","service":"tariff","instance":"tariff.eu1-c","queue":null,"status":null,"message":"Quoted 37.49 EUR for 70.42 kg to zone old-town","elapsed_ms":36.78,"correlation_id":"px-07dd7bebcdff7419"}
    {"timestamp":"2026-03-02T00:00:00.052Z","level":"DEBUG","service":"counter","instance":"counter.eu2-b","queue":null,"status":null,"message":"Quote accepted, voucher 4303bb9095","elapsed_ms":3.82,"correlation_id":"px-07dd7bebcdff7419"}
    "#);
    assert_ne!(rows, written(of(20_000, 8, 0.02), Format::JsonLines, 1000).0);
}

#[test]
fn every_parameter_of_a_text_is_known() {
    let steps =
        COURSES.iter().flat_map(|course| course.steps.iter().chain(course.refusal.as_ref().map(|(_, step)| step)));
    let services = SERVICES.iter().flat_map(|service| [service.failure, service.outage]);
    let texts = steps.map(|step| step.text).chain(services).chain(TASKS.iter().map(|task| task.text));
    let mut draw = Draw::new(1, 1);
    for text in texts.chain([RETRY, GAVE_UP, TURNED_AWAY]) {
        let message = render(text, &Subject::new(&mut draw), "depot", &mut draw);
        assert!(!message.contains(['{', '}']), "{message}");
        assert!(fits(text, &message), "{text}: {message}");
    }
    assert_eq!(render("a {b} {c", &Subject::default(), "", &mut draw), "a {b} {c");
}

#[test]
fn kinds_have_names_and_parts_of_one_whole() {
    for kind in Kind::ALL {
        assert_eq!((Kind::from_name(kind.name()), Kind::ALL[kind.index()]), (Some(kind), kind));
    }
    assert!((Kind::ALL.map(Kind::share).iter().sum::<f64>() - 1.0).abs() < 1e-12);
}

#[test]
fn each_kind_occurs_at_its_rate() {
    let settings = of(60_000, 11, 0.1);
    let (_, truth) = written(settings, Format::JsonLines, 5000);
    let truth = json(&truth);
    let summary = &truth.last().unwrap()["summary"];
    let all = summary["sessions"].as_f64().unwrap();
    for kind in Kind::ALL {
        let injected = summary["anomalies"][kind.name()].as_f64().unwrap();
        let expected = settings.rates.of(kind) * all;
        // Those that would concern what another one concerns wait; a task that has stopped stays so for hours.
        let slack = if kind.is_episode() { 0.5 * expected + 1.5 } else { 0.02 * expected + 1.5 };
        assert!((injected - expected).abs() <= slack, "{} {injected} {expected}", kind.name());
        let lines = truth.iter().filter(|line| line["type"] == kind.name());
        let groups: BTreeSet<u64> = lines.map(|line| line["group"].as_u64().unwrap()).collect();
        let told = groups.len() as f64;
        // Those that begin near the end may have no row any more.
        assert!(told <= injected && told + 2.0 >= injected, "{} {told} of {injected}", kind.name());
    }
    let mut rates = Rates::total(0.0);
    rates.set(Kind::UnusualOrder, 0.2);
    let (_, truth) = written(Settings { rates, ..settings }, Format::JsonLines, 5000);
    let kinds: BTreeSet<String> =
        json(&truth).iter().filter_map(|line| line["type"].as_str().map(str::to_owned)).collect();
    assert_eq!(kinds, BTreeSet::from(["unusual_order".to_owned()]));
}

#[test]
fn a_truth_row_is_there_and_of_the_session_that_it_says() {
    let (rows, truth) = written(of(30_000, 5, 0.1), Format::JsonLines, 777);
    let rows = json(&rows);
    assert_eq!(rows.len(), 30_000);
    let mut known = 0;
    for line in json(&truth).iter().filter(|line| line["row"].is_u64()) {
        let at = line["line"].as_u64().unwrap();
        assert_eq!(line["row"].as_u64(), Some(at + 1));
        let row = &rows[at as usize];
        if line["summary"].is_null() {
            known += 1;
            for field in ["correlation_id", "service", "instance"] {
                assert_eq!(row[field], line[field], "{line}");
            }
        } else {
            let last = line["last_row"].as_u64().unwrap();
            assert!(at < last && last <= 30_000, "{line}");
        }
    }
    assert!(known > 300, "{known}");
}

#[test]
fn json_lines_and_csv_hold_the_same_records() {
    let (lines, truth) = written(of(3000, 3, 0.1), Format::JsonLines, 100);
    let (table, same_truth) = written(of(3000, 3, 0.1), Format::Csv, 100);
    // Sizes differ, and the summaries say so.
    let known = |truth: &[u8]| json(truth).into_iter().filter(|line| line["row"].is_u64()).collect::<Vec<_>>();
    assert_eq!(known(&truth), known(&same_truth));
    let mut reader = csv::Reader::from_reader(table.as_slice());
    let header = reader.headers().unwrap().clone();
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let lines = json(&lines);
    assert_eq!(records.len(), lines.len());
    for (record, line) in records.iter().zip(&lines) {
        assert_eq!(record.len(), line.as_object().unwrap().len());
        for (name, cell) in header.iter().zip(record) {
            match &line[name] {
                Value::Null => assert_eq!(cell, ""),
                Value::String(text) => assert_eq!(cell, text),
                number => assert!((cell.parse::<f64>().unwrap() - number.as_f64().unwrap()).abs() < 1e-9),
            }
        }
    }
}

#[test]
fn a_log_is_as_long_as_asked() {
    for rows in [1, 2, 7, 100, 1003] {
        let (log, truth) = written(of(rows, 9, 0.1), Format::JsonLines, 64);
        assert_eq!(json(&log).len() as u64, rows);
        assert_eq!(json(&truth).last().unwrap()["summary"]["rows"], rows);
    }
    let settings = Settings { limit: Limit::Bytes(2_000_000), ..Settings::default() };
    for format in [Format::JsonLines, Format::Csv] {
        let (log, _) = written(settings, format, 1000);
        assert!((1_990_000..2_020_000).contains(&log.len()), "{}", log.len());
    }
}

#[test]
fn memory_does_not_grow_with_the_log() {
    let mut generator = Generator::new(of(100_000, 2, 0.05));
    let mut most = 0;
    while generator.next_row().is_some() {
        most = most.max(generator.planned() - generator.rows());
        generator.take_truths();
    }
    assert!(most < 1000, "{most}");
}

#[test]
fn work_takes_as_long_as_logs_say_it_does() {
    let mut draw = Draw::new(4, 4);
    let mut times: Vec<f64> = (0..200_000).map(|_| draw.elapsed(100.0, 0.5)).collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[(share * 200_000.0) as usize];
    assert!((at(0.5) - 100.0).abs() < 2.0, "{}", at(0.5));
    // Of the log-normal alone: 100 · exp(0.5 · 1.645) and 100 · exp(0.5 · 3.72).
    assert!((at(0.95) - 228.0).abs() < 6.0, "{}", at(0.95));
    assert!(at(0.9999) > 900.0, "{}", at(0.9999));
    assert!(times[199_999] <= 2720.0, "{}", times[199_999]);
}

/// Rows of sessions in each hour of the first day.
fn first_day(start: i64) -> [u32; 24] {
    let mut generator = Generator::new(Settings { start, ..of(250_000, 6, 0.0) });
    let mut hours = [0_u32; 24];
    while let Some(row) = generator.next_row() {
        let hour = (row.time - start) / 3_600_000_000_000;
        if row.session.is_some()
            && let Some(count) = hours.get_mut(hour as usize)
        {
            *count += 1;
        }
    }
    hours
}

#[test]
fn more_happens_by_day_than_by_night_and_on_weekdays() {
    let start = super::settings::START;
    let monday = first_day(start);
    assert!(monday[15] > 3 * monday[3], "{monday:?}");
    let saturday = first_day(start + 5 * 86_400_000_000_000);
    let ratio = f64::from(monday.iter().sum::<u32>()) / f64::from(saturday.iter().sum::<u32>());
    assert!((1.75..2.1).contains(&ratio), "{ratio}");
}

#[test]
fn instances_have_names_of_their_own() {
    let names: BTreeSet<String> = (0..SERVICES.len())
        .flat_map(|service| (0..SERVICES[service].instances).map(move |instance| instance_name(service, instance)))
        .collect();
    assert_eq!(names.len(), SERVICES.iter().map(|service| usize::from(service.instances)).sum::<usize>());
    assert_eq!(session_name(255), "px-00000000000000ff");
}

/// How often each step of the course is in a session.
fn counts(rows: &[Row], course: usize) -> Vec<usize> {
    let steps = COURSES[course].steps.iter();
    steps.map(|step| rows.iter().filter(|row| fits(step.text, &row.message)).count()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn sessions_are_complete_unless_they_are_flagged(seed in any::<u64>(), rate in 0.0..0.5) {
        for (rows, kind) in sessions(of(4000, seed, rate)).into_values() {
            let Source::Course(course) = rows[0].source else { panic!("a session of no course") };
            let steps = COURSES[course].steps;
            let counts = counts(&rows, course);
            let refused = COURSES[course].refusal.is_some_and(|(_, step)| rows.iter().any(|row| fits(step.text, &row.message)));
            let fixed = || (0..steps.len()).filter(|place| steps[*place].is_fixed());
            let last = steps.len() - 1;
            let errors = rows.iter().filter(|row| row.level == Level::Error).count();
            let messages: Vec<&str> = rows.iter().map(|row| row.message.as_str()).collect();
            match kind {
                Some(Kind::MissingLast) => prop_assert_eq!(counts[last], 0, "{:?}", messages),
                Some(Kind::MissingMiddle) => {
                    prop_assert_eq!(fixed().filter(|place| counts[*place] == 0).count(), 1, "{:?}", messages);
                    prop_assert!(counts[0] == 1 && counts[last] == 1);
                }
                Some(Kind::RepeatedSteps) => prop_assert!(counts.iter().any(|count| *count >= 8), "{:?}", messages),
                Some(Kind::ErrorCascade) => {
                    prop_assert_eq!(rows.iter().filter(|row| row.label.is_some_and(|label| label.root)).count(), 1);
                    prop_assert!(errors >= 3, "{:?}", messages);
                }
                _ => {
                    prop_assert!(fits(steps[0].text, messages[0]) || kind.is_some(), "{:?}", messages);
                    prop_assert_eq!(counts[last], 1, "{:?}", messages);
                    prop_assert!(refused || fixed().all(|place| counts[place] == 1), "{:?}", messages);
                    prop_assert!(errors == 0 || kind.is_some(), "{:?}", messages);
                }
            }
        }
    }

    #[test]
    fn pieces_of_any_size_make_the_same_log(seed in any::<u64>(), at_once in 1_u32..500, csv in any::<bool>()) {
        let format = if csv { Format::Csv } else { Format::JsonLines };
        prop_assert_eq!(written(of(1500, seed, 0.1), format, at_once), written(of(1500, seed, 0.1), format, 4096));
    }
}
