//! Rows that are held are scored again, as if their files had been read for it.

use super::*;
use crate::detect::Kind;
use crate::engine::inspect::{Inspect, Inspected};
use crate::engine::snapshot::Learning;
use crate::feature::FeatureChoice;
use crate::model::{Saved, Verdict};
use crate::view::scores::ScoreForm;

fn settings(detector: Option<Kind>, features: &str) -> Settings {
    Settings { detector, features: FeatureChoice::parse(features).unwrap(), ..small() }
}

fn sessions(rows: usize) -> Vec<u8> {
    let line = |n: usize| {
        let step = ["start", "work", "end"][n % 3];
        let at = format!("2026-02-06T{:02}:{:02}:{:02}Z", n / 3600 % 24, n / 60 % 60, n % 60);
        let (key, queue) = (n / 3 + 1, n % 4);
        let took = 5 + n % 7;
        format!(
            "{}\n",
            serde_json::json!({"time": at, "message": format!("{step} of job"), "trace_id": format!("{key:032x}"),
            "queue": format!("q{queue}"), "took_ms": took})
        )
    };
    (0..rows).map(line).collect::<String>().into_bytes()
}

impl Run {
    /// Lets all be done; gives whether a file was looked at for it.
    fn settle(&mut self) -> bool {
        let mut read = false;
        loop {
            for (worker, request) in self.conductor.requests() {
                read |= matches!(request, Request::Parse { .. } | Request::Sniff { .. } | Request::Open { .. });
                self.shards[worker].1.push_back(request);
            }
            if !self.step() {
                return read;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    #[test]
    fn a_second_choice_gives_what_it_would_have_given_at_first(
        workers in 1..9_usize, order in any::<u64>(), from in 0..4_usize, to in 0..4_usize, kind in 0..2_usize,
    ) {
        let choices = [
            settings(None, "standard"),
            settings(Some(Kind::Knn), "all,queue:one-hot"),
            settings(Some(Kind::Ensemble), "numbers-only"),
            settings(Some(Kind::RobustZ), "all"),
        ];
        let file = if kind == 0 { sessions(240) } else { csv(90) };
        let mut expected = Run::new(&[&file], choices[to].clone(), 2, 1).finish();
        let mut run = Run::new(&[&file], choices[from].clone(), workers, order).finish();
        prop_assert!(run.conductor.refit(Learning::of(&choices[to])));
        prop_assert!(!run.settle(), "no file is read");
        prop_assert_eq!(run.conductor.stage(), Stage::Done);
        prop_assert_eq!(run.rows(), expected.rows());
        prop_assert_eq!(run.findings(), expected.findings());
        let (now, then) = (run.conductor.snapshot(), expected.conductor.snapshot());
        prop_assert_eq!(
            (now.scores, now.found, now.fields, now.again), (then.scores, then.found, then.fields, false)
        );
    }
}

#[test]
fn what_is_stopped_leaves_all_as_it_was() {
    let file = sessions(240);
    let choice = Learning::of(&settings(Some(Kind::Knn), "all,queue:one-hot"));
    let mut run = Run::new(&[&file], small(), 3, 7).finish();
    let (rows, findings, before) = (run.rows(), run.findings(), run.conductor.snapshot());
    // At every moment of it, whoever is late with what.
    for steps in 0..60 {
        assert!(run.conductor.refit(choice.clone()));
        assert!(run.conductor.snapshot().again);
        for _ in 0..steps {
            run.step();
        }
        if run.conductor.stage() == Stage::Done {
            break;
        }
        run.conductor.stop_fit();
        run.settle();
        if run.conductor.snapshot().detector == Kind::Knn {
            // It was too late to stop it: rows were being ranked.
            assert!(run.conductor.refit(Learning::of(&small())));
            run.settle();
        }
        let now = run.conductor.snapshot();
        assert_eq!((now.stage, now.again, now.detector), (Stage::Done, false, before.detector), "after {steps} steps");
        assert_eq!((&now.scores, &now.fields), (&before.scores, &before.fields), "after {steps} steps");
        assert_eq!(run.rows(), rows, "after {steps} steps");
        assert_eq!(run.findings(), findings);
    }
}

#[test]
fn a_fit_that_is_late_for_its_stop_does_not_count() {
    let mut run = Run::new(&[&csv(90)], settings(Some(Kind::RobustZ), "standard"), 2, 5).finish();
    let rows = run.rows();
    assert!(run.conductor.refit(Learning::of(&settings(Some(Kind::Lof), "standard"))));
    let mut asked = false;
    while !asked {
        for (worker, request) in run.conductor.requests() {
            asked |= matches!(request, Request::Fit { .. });
            run.shards[worker].1.push_back(request);
        }
        assert!(asked || run.step());
    }
    assert!(run.conductor.stop_fit(), "whoever fits can be ended");
    assert_eq!(run.conductor.stage(), Stage::Done);
    run.settle();
    assert_eq!(run.rows(), rows);
    assert_eq!(run.conductor.snapshot().detector, Kind::RobustZ);
}

#[test]
fn a_saved_model_is_not_refitted() {
    let file = csv(90);
    let model = model_of(&file);
    let mut run = Run::new(&[&file], Settings { model: Some(model.into()), ..small() }, 2, 1).finish();
    assert!(!run.conductor.refit(Learning::of(&small())));
    assert_eq!(run.conductor.stage(), Stage::Done);
}

fn model_of(file: &[u8]) -> Vec<u8> {
    let mut run = Run::new(&[file], small(), 2, 5).finish();
    let about = Box::new(run.conductor.about(0).unwrap());
    match run.ask(vec![(0, Query::Model { about })]).remove(0) {
        Answer::Model(Some(model)) => model.into_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_check_that_speaks_against_the_model_waits_for_the_person() {
    let model = model_of(&csv(300));
    let drifted = String::from_utf8(csv(300)).unwrap().replace(".0", "9.0").into_bytes();
    let settings = Settings { model: Some(model.into()), ask_first: true, ..small() };
    let mut run = Run::new(&[&csv(300)], settings.clone(), 2, 1).finish();
    assert!(run.conductor.scores().is_some(), "what is like it is scored at once");
    let before = run.rows();
    // Limits that nothing stays under speak against anything, but what is scored stays scored.
    run.conductor.check_again(crate::model::check::Limits { moderate: 10.0, major: -0.5 });
    run.settle();
    let report = run.conductor.snapshot().report.unwrap();
    assert_eq!((report.verdict, run.conductor.stage()), (Verdict::Retrain, Stage::Done));
    assert_eq!(run.rows(), before);

    let limits = crate::model::check::Limits { moderate: 10.0, major: -0.5 };
    let mut run = Run::new(&[&drifted], Settings { limits, ..settings }, 2, 1).finish();
    assert_eq!(run.conductor.stage(), Stage::Done);
    assert!(run.conductor.scores().is_none(), "{:?}", run.conductor.snapshot().report.unwrap().reasons);
    run.conductor.score_anyway();
    run.settle();
    assert_eq!(run.conductor.stage(), Stage::Done);
    assert!(run.conductor.scores().is_some() && !run.findings().is_empty());
}

#[test]
fn a_model_can_be_looked_into_without_rows() {
    let model = model_of(&csv(90));
    let mut source = Unpacker::new(Memory(Vec::new()), Vec::new());
    let mut ask = |model: &[u8], what| {
        let request = Request::Inspect { model: model.to_vec().into(), what };
        match Shard::default().handle(request, &mut source) {
            Some(Event::Inspected(result)) => result,
            other => panic!("{other:?}"),
        }
    };
    let Ok(Inspected::Described(described)) = ask(&model, Inspect::Describe) else { panic!() };
    assert_eq!((described.about.rows, described.learned.detector), (90, described.about.detector));
    assert_eq!(described.learned.features.len(), Saved::from_bytes(&model).unwrap().recipe.features.len());
    let mut damaged = model.clone();
    damaged[40] ^= 1;
    assert!(ask(&damaged, Inspect::Describe).unwrap_err().contains("damaged"));
    assert!(ask(b"time,level\n", Inspect::Onnx).unwrap_err().contains("no model"));
    let mut newer = model;
    newer[8] = 99;
    assert!(ask(&newer, Inspect::Describe).unwrap_err().contains("version 99"));
}

#[test]
fn scores_are_written_a_line_for_each_row() {
    let mut run = Run::new(&[&json_lines(120)], small(), 3, 5).finish();
    let about = run.conductor.about(40_000).unwrap();
    let asks = |form| run.conductor.catalog().ask_scores(&["a.jsonl".to_owned()], form, &about);
    let [csv, lines] = [ScoreForm::Csv, ScoreForm::JsonLines].map(asks);
    let mut text = |asks| {
        let parts = run.ask(asks).into_iter();
        let parts = parts.flat_map(|answer| if let Answer::Csv(text) = answer { text.into_vec() } else { panic!() });
        String::from_utf8(parts.collect()).unwrap()
    };
    let (csv, lines) = (text(csv), text(lines));
    assert_eq!((csv.lines().count(), lines.lines().count()), (120, 120));
    let odd: serde_json::Value = serde_json::from_str(lines.lines().nth(77).unwrap()).unwrap();
    assert_eq!((odd["row"].as_u64(), odd["anomalous"].as_bool()), (Some(77), Some(true)));
    assert!(csv.lines().nth(76).unwrap().starts_with("76,a.jsonl,76,"), "{csv}");
}

#[test]
fn a_slow_detector_lets_others_in() {
    let mut file = (0..20).map(|column| format!("c{column}")).collect::<Vec<_>>().join(",") + "\n";
    for row in 0..9000_u64 {
        let cells: Vec<String> = (0..20_u64).map(|column| (hash_pair(row, column) % 1000).to_string()).collect();
        file += &(cells.join(",") + "\n");
    }
    let settings = settings(Some(Kind::Lof), "numbers");
    let mut run = Run::new(&[file.as_bytes()], settings.clone(), 1, 1);
    let mut asked = 0;
    loop {
        for (worker, request) in run.conductor.requests() {
            asked += usize::from(matches!(request, Request::Score { .. }));
            run.shards[worker].1.push_back(request);
        }
        if !run.step() {
            break;
        }
    }
    assert!(asked > 1, "one segment is scored in several goes");
    let mut cut = Run::new(&[file.as_bytes()], Settings { segment_bytes: 50_000, ..settings }, 3, 1).finish();
    assert_eq!(run.rows(), cut.rows());
    assert_eq!(run.conductor.scores(), cut.conductor.scores());
}
