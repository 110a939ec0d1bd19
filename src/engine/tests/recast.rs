//! What a person says of the fields, applied to the rows at hand: the same as reading the files again.

use super::model::fitted;
use super::*;
use crate::engine::recast::Recasting;
use crate::record::{DurationUnit, LevelScale};

impl Run {
    /// Applies a mapping without reading, if that can be done.
    fn recast(&mut self, mapping: &Mapping) -> bool {
        let asks = self.conductor.ask_recast(mapping);
        self.change(asks, |conductor, to| conductor.recast(mapping.clone(), to))
    }

    /// Goes on without the saved model, without reading, if that can be done.
    fn leave_model(&mut self, mapping: &Mapping) -> bool {
        let asks = self.conductor.ask_leave_model(mapping);
        self.change(asks, |conductor, to| conductor.leave_model(mapping.clone(), to))
    }

    fn change(&mut self, asks: Vec<catalog::Ask>, change: impl FnOnce(&mut Conductor, Recasting) -> bool) -> bool {
        let wanted = asks.len();
        let answers = self.ask(asks);
        let all: Option<Vec<_>> =
            answers.into_iter().map(|answer| if let Answer::Recast(to) = answer { to } else { None }).collect();
        let Some(to) = all.filter(|all| all.len() == wanted).and_then(|mut all| all.pop()) else { return false };
        assert!(change(&mut self.conductor, *to));
        // Whatever would be read is not there.
        let files = self.source.source().0.len();
        let files = std::mem::replace(&mut self.source.source().0, vec![Vec::new(); files]);
        while self.step() {}
        self.source.source().0 = files;
        true
    }

    /// All that is held, with numbers to their last bit.
    fn held(&mut self) -> String {
        let mut segments: Vec<_> = self.shards.iter().flat_map(|(shard, _)| shard.segments.values()).collect();
        segments.sort_by_key(|segment| segment.id);
        let held = format!("{segments:?}");
        format!("{held}\n{:?}\n{:?}\n{:?}", self.conductor.snapshot(), self.rows(), self.findings())
    }
}

/// Settings that cut small files into several segments.
fn cut(mapping: &Mapping) -> Settings {
    Settings { mapping: mapping.clone(), segment_bytes: 4096, ..small() }
}

/// Whether a change was applied in place; either way the result is that of reading again.
#[track_caller]
fn check(files: &[&[u8]], before: &Mapping, after: &Mapping) -> bool {
    let mut run = Run::new(files, cut(before), 2, 1).finish();
    let untouched = run.held();
    let done = run.recast(after);
    if done {
        let mut read = Run::new(files, cut(after), 3, 5).finish();
        assert_eq!(run.held(), read.held(), "{before:?} → {after:?}");
    } else {
        assert_eq!(run.held(), untouched, "what can't be done changes nothing");
    }
    done
}

/// A log as JSON Lines. `part` picks how each field is written.
fn write(rows: usize, part: [u8; 4]) -> Vec<u8> {
    let mut text = String::new();
    for n in 0..rows {
        let draw = |salt| hash_pair(n as u64, salt);
        let clock = format!("2026-02-06T{:02}:{:02}:{:02}.{:03}", 10 + n / 3600, n / 60 % 60, n % 60, n % 1000);
        let zone = match (part[0], n % 7) {
            (1, _) | (2, 3) => "Z",
            (3, _) => "+02:00",
            _ => "",
        };
        let level = match part[1] {
            0 => ["30", "40", "50"][(draw(1) % 20 / 9) as usize].to_owned(),
            1 => ["\"info\"", "\"warn\"", "\"err\""][(draw(1) % 20 / 9) as usize].to_owned(),
            _ => ["6", "4", "\"error\"", "null"][(draw(1) % 4) as usize].to_owned(),
        };
        let millis = draw(2) % 90_000;
        let took = match part[2] {
            0 => millis.to_string(),
            1 => format!("{}.{:03}", millis / 1000, millis % 1000),
            2 => format!("0.{:09}", draw(2) % 1_000_000_000),
            _ if n % 50 == 3 => "\"250ms\"".to_owned(),
            _ if n % 9 == 3 => "null".to_owned(),
            _ => millis.to_string(),
        };
        let (host, service) = (draw(3) % 3, ["api", "pay", "mail"][(draw(4) % 3) as usize]);
        let key = match part[3] {
            0 => format!("{:032x}", u128::from(hash_pair(n as u64 / 2, 9)) << 7),
            _ => format!("job-{}", n / 40 % 12),
        };
        let _ = writeln!(
            text,
            "{{\"time\":\"{clock}{zone}\",\"level\":{level},\"took\":{took},\"size\":{},\"host\":\"h{host}\",\"service\":\"{service}\",\"request_id\":\"{key}\",\"message\":\"step {} of {service} took a while\"}}",
            draw(5) % 5000,
            ["one", "two", "three"][n % 3],
        );
    }
    text.into_bytes()
}

fn roles(roles: &[(Role, Option<&str>)]) -> Mapping {
    let roles = roles.iter().map(|(role, field)| (*role, field.map(str::to_owned))).collect();
    Mapping { roles, ..Mapping::default() }
}

/// A role for one of some fields, or for none; 0 leaves it as detected.
fn role_of(role: Role, fields: &[&'static str], pick: usize) -> Option<(Role, Option<&'static str>)> {
    pick.checked_sub(1).map(|pick| (role, fields.get(pick).copied()))
}

/// Corrections one by one; 0 is none.
fn mapping(picks: [u8; 4], key: usize, duration: usize) -> Mapping {
    let key = role_of(Role::Correlation, &["host", "request_id", "service"], key);
    let duration = role_of(Role::Duration, &["size", "took"], duration);
    let swapped = [(Role::Service, Some("host")), (Role::Instance, Some("service"))];
    let swapped = swapped.into_iter().filter(|_| picks[3] == 1);
    let given: Vec<_> = key.into_iter().chain(duration).chain(swapped).collect();
    let scales = [None, Some(LevelScale::Syslog), Some(LevelScale::Pino), Some(LevelScale::Text)];
    let units = [DurationUnit::Seconds, DurationUnit::Milliseconds, DurationUnit::Nanoseconds];
    Mapping {
        zone_minutes: [None, Some(0), Some(120), Some(-345)][picks[0] as usize],
        level_scale: scales[picks[1] as usize],
        duration_unit: (picks[2] as usize).checked_sub(1).map(|unit| units[unit]),
        ..roles(&given)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn applied_in_place_is_as_read_again(
        parts in prop::collection::vec([0_u8..4, 0_u8..3, 0_u8..4, 0_u8..2], 1..3),
        before in [0_u8..4, 0_u8..4, 0_u8..4, 0_u8..2],
        after in [0_u8..4, 0_u8..4, 0_u8..4, 0_u8..2],
        keys in [0_usize..5, 0_usize..5],
        durations in [0_usize..4, 0_usize..4],
    ) {
        let files: Vec<Vec<u8>> = parts.into_iter().map(|part| write(150, part)).collect();
        let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
        let before = mapping(before, keys[0], durations[0]);
        let after = mapping(after, keys[1], durations[1]);
        check(&files, &before, &after);
    }
}

#[test]
fn what_the_columns_tell_is_applied_in_place() {
    let none = Mapping::default();
    let zone = Mapping { zone_minutes: Some(120), ..Mapping::default() };
    let seconds = Mapping { duration_unit: Some(DurationUnit::Seconds), ..Mapping::default() };
    let syslog = Mapping { level_scale: Some(LevelScale::Syslog), ..Mapping::default() };
    let swapped = roles(&[(Role::Service, Some("host")), (Role::Instance, Some("service"))]);
    let by = |field| roles(&[(Role::Correlation, field)]);
    let plain = write(300, [0; 4]);
    let of = |part| write(300, part);
    for (case, files, before, after, expected) in [
        ("times without a zone", vec![&plain], &none, &zone, true),
        ("times with a zone", vec![&of([1, 0, 0, 0])], &none, &zone, true),
        ("times of both kinds", vec![&of([2, 0, 0, 0])], &none, &zone, false),
        ("files of both kinds", vec![&plain, &of([3, 0, 0, 0])], &none, &zone, true),
        ("and back", vec![&plain], &zone, &none, true),
        ("whole milliseconds", vec![&plain], &none, &seconds, true),
        ("seconds with decimals", vec![&of([0, 0, 1, 0])], &seconds, &none, true),
        (
            "more decimals than come back",
            vec![&of([0, 0, 2, 0])],
            &seconds,
            &Mapping { duration_unit: Some(DurationUnit::Minutes), ..Mapping::default() },
            false,
        ),
        ("some with a unit of their own", vec![&of([0, 0, 3, 0])], &none, &seconds, false),
        ("numbers of levels", vec![&plain], &none, &syslog, true),
        ("numbers among words", vec![&of([0, 2, 0, 0])], &syslog, &none, true),
        ("no sessions", vec![&plain], &none, &by(None), true),
        ("sessions by a field that is no longer there", vec![&plain], &by(None), &by(Some("request_id")), false),
        ("sessions by values that are held", vec![&of([0, 0, 0, 1])], &by(None), &by(Some("request_id")), true),
        ("service and instance", vec![&plain], &none, &swapped, true),
        ("another duration", vec![&plain], &none, &roles(&[(Role::Duration, Some("size"))]), true),
        ("another message", vec![&plain], &none, &roles(&[(Role::Message, Some("service"))]), false),
        (
            "another order of the date",
            vec![&plain],
            &none,
            &Mapping { day_first: Some(true), ..Mapping::default() },
            false,
        ),
    ] {
        let files: Vec<&[u8]> = files.into_iter().map(Vec::as_slice).collect();
        assert_eq!(check(&files, before, after), expected, "{case}");
    }
}

#[test]
fn while_files_are_read_nothing_is_applied_in_place() {
    let mut run = Run::new(&[&json_lines(50)], small(), 2, 1);
    assert!(run.conductor.ask_recast(&Mapping::default()).is_empty());
    while run.step() {}
    assert_eq!(run.conductor.ask_recast(&Mapping::default()).len(), 2);
}

/// Rows of one message that vary in a number.
fn gauges(rows: usize, scale: f64) -> Vec<u8> {
    let row = |n: usize| {
        let draw = |salt| (hash_pair(n as u64, salt) % 1000) as f64 * scale;
        format!("{},{},h{}\n", draw(1), draw(2), n % 3)
    };
    let rows: String = (0..rows).map(row).collect();
    format!("cpu,memory,host\n{rows}").into_bytes()
}

#[test]
fn a_model_is_left_without_reading() {
    let none = Mapping::default();
    for (case, of, file, expected) in [
        ("messages of a log of its own", log_of("warehouse"), json_lines(400), true),
        ("the same messages", json_lines(300), json_lines(400), true),
        ("sessions", write(300, [0, 0, 0, 1]), write(200, [0, 0, 0, 0]), true),
        ("numbers", gauges(200, 0.1), gauges(300, 0.2), true),
        ("a model by which names are numbers", gauges(200, 0.1), named(300), false),
    ] {
        let (model, _) = fitted(&of, &small());
        for workers in [1, 3] {
            let with_model = Settings { model: Some(model.clone().into()), ..cut(&none) };
            let mut run = Run::new(&[&file], with_model, workers, 7).finish();
            assert!(run.conductor.snapshot().report.is_some(), "{case}");
            assert!(!run.recast(&none), "a model has its say in the columns for as long as it is there: {case}");
            let untouched = run.held();
            assert_eq!(run.leave_model(&none), expected, "{case}");
            if expected {
                let mut read = Run::new(&[&file], cut(&none), 2, 3).finish();
                assert_eq!(run.held(), read.held(), "{case}");
                assert!(run.conductor.ask_leave_model(&none).is_empty(), "there is none any more");
                let zone = Mapping { zone_minutes: Some(120), ..Mapping::default() };
                assert!(run.recast(&zone), "and columns change as they do without one: {case}");
            } else {
                assert_eq!(run.held(), untouched, "{case}");
            }
        }
    }
}

/// Other messages in the same fields.
fn log_of(place: &str) -> Vec<u8> {
    String::from_utf8(json_lines(300)).unwrap().replace("request", place).replace("logged in", "went home").into_bytes()
}

/// As [`gauges`], with words where those have numbers.
fn named(rows: usize) -> Vec<u8> {
    String::from_utf8(gauges(rows, 0.2))
        .unwrap()
        .lines()
        .enumerate()
        .map(|(n, line)| match line.split_once(',') {
            Some((_, rest)) if n > 0 => format!("{},{rest}\n", ["low", "high", "none"][n % 3]),
            _ => format!("{line}\n"),
        })
        .collect::<String>()
        .into_bytes()
}
