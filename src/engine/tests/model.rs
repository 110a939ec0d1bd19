//! Detectors, features and saved models through whole analyses.

use std::ops::ControlFlow;

use super::*;
use crate::detect::Kind;
use crate::feature::FeatureChoice;
use crate::model::{Saved, Verdict};

/// The model of an analysis, and its rows with their scores.
pub(super) fn fitted(file: &[u8], settings: &Settings) -> (Vec<u8>, Vec<RowView>) {
    let mut run = Run::new(&[file], settings.clone(), 3, 5).finish();
    let about = Box::new(run.conductor.about(0).unwrap());
    let answer = run.ask(vec![(1, Query::Model { about })]).remove(0);
    let Answer::Model(Some(model)) = answer else { panic!("{answer:?}") };
    (model.into_vec(), run.rows())
}

fn sessions(rows: usize) -> Vec<u8> {
    let line = |n: usize| {
        let (step, key) = (["start", "work", "end"][n % 3], n / 3 + 1);
        let at = format!("2026-02-06T{:02}:{:02}:{:02}Z", n / 3600 % 24, n / 60 % 60, n % 60);
        format!(
            "{{\"time\":\"{at}\",\"message\":\"{step} of job\",\"trace_id\":\"{key:032x}\",\"queue\":\"q{}\"}}\n",
            n % 4
        )
    };
    (0..rows).map(line).collect::<String>().into_bytes()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_model_does_not_depend_on_workers_cuts_or_the_order_of_events(
        workers in 1..9_usize, segment_bytes in 200..5000_u64, order in any::<u64>(), choice in 0..3_usize,
    ) {
        let (file, features, detector) = match choice {
            0 => (json_lines(120), "standard", None),
            1 => (csv(90), "all,categories:one-hot", Some(Kind::Ensemble)),
            _ => (sessions(240), "all,queue:one-hot", Some(Kind::Knn)),
        };
        let features = FeatureChoice::parse(features).unwrap();
        let settings = Settings { detector, features, ..small() };
        let (model, rows) = fitted(&file, &settings);
        let cut = Settings { segment_bytes, ..settings.clone() };
        let mut run = Run::new(&[&file], cut.clone(), workers, order).finish();
        prop_assert_eq!(&run.rows(), &rows);
        prop_assert_eq!(&fitted(&file, &cut).0, &model);

        // With the model the files get the scores that they had, and the check finds nothing.
        let with_model = Settings { model: Some(model.into()), ..cut };
        let mut run = Run::new(&[&file], with_model, workers, order).finish();
        prop_assert_eq!(run.conductor.stage(), Stage::Done);
        prop_assert_eq!(&run.rows(), &rows);
        let report = run.conductor.snapshot().report.unwrap();
        prop_assert!(report.verdict <= Verdict::CompatibleWithWarnings, "{:?}", report.reasons);
        prop_assert!(report.preflight.drift.iter().all(|drift| drift.psi < 1e-9));
    }
}

#[test]
fn a_check_scores_nothing() {
    let file = json_lines(200);
    let (model, _) = fitted(&file, &small());
    let settings = Settings { model: Some(model.into()), check_only: true, ..small() };
    let run = Run::new(&[&file], settings, 2, 1).finish();
    assert_eq!(run.conductor.stage(), Stage::Done);
    assert!(run.conductor.scores().is_none() && run.conductor.snapshot().report.is_some());
}

#[test]
fn a_model_that_cannot_be_read_ends_the_analysis() {
    let settings = Settings { model: Some(b"STRAYMDL but no more".to_vec().into()), ..small() };
    let run = Run::new(&[&json_lines(50)], settings, 2, 1).finish();
    assert_eq!((run.conductor.stage(), run.note(0).as_str()), (Stage::Failed, "The model can't be read."));
}

#[test]
fn a_fit_tells_how_far_it_is_and_can_be_ended() {
    let offer = bytes::encode(&crate::detect::sample::Sample {
        ranks: (0..500).collect(),
        rows: crate::feature::Matrix { columns: 1, values: (0..500_u16).map(f32::from).collect() },
    });
    let request = |detector| Request::Fit {
        offers: vec![offer.clone().into()],
        wanted: 500,
        rows: 500,
        detector,
        options: crate::detect::FitOptions::default(),
    };
    let mut source = Unpacker::new(Memory(Vec::new()), Vec::new());
    for detector in Kind::ALL {
        let mut told = 0;
        let event = Shard::default().handle_telling(request(detector), &mut source, &mut |_| {
            told += 1;
            ControlFlow::Continue(())
        });
        assert!(matches!(event, Some(Event::Fitted { model }) if !model.is_empty()) && told > 0, "{detector:?}");
        let event = Shard::default().handle_telling(request(detector), &mut source, &mut |_| ControlFlow::Break(()));
        assert!(matches!(event, Some(Event::Fitted { model }) if model.is_empty()), "{detector:?}");
    }
}

#[test]
fn rows_are_shown_when_a_fit_was_ended() {
    let mut run = Run::new(&[&json_lines(200)], small(), 2, 3);
    loop {
        for (worker, request) in run.conductor.requests() {
            if let Request::Fit { .. } = request {
                run.conductor.hear(worker, Event::Fitted { model: Vec::new().into() });
            } else {
                run.shards[worker].1.push_back(request);
            }
        }
        if !run.step() {
            break;
        }
    }
    assert_eq!(run.conductor.stage(), Stage::Done);
    assert_eq!(run.findings()[0].row.row, 77, "findings of messages need no detector");
}

#[test]
fn what_was_said_of_the_fields_goes_for_other_files() {
    let roles = vec![(Role::Duration, Some("duration_ms".to_owned())), (Role::Message, Some("message".to_owned()))];
    let mapping = Mapping { roles, zone_minutes: Some(90), ..Mapping::default() };
    let (model, _) = fitted(&csv(90), &Settings { mapping, ..small() });
    let other = String::from_utf8(csv(80)).unwrap().replacen("duration_ms", "took_ms", 1).into_bytes();
    let run = Run::new(&[&other], Settings { model: Some(model.into()), ..small() }, 2, 1).finish();
    let snapshot = run.conductor.snapshot();
    let (_, mapping) = &snapshot.mapping;
    assert_eq!((mapping.zone_minutes, mapping.roles.len()), (Some(90), 1), "a field that is not there has no role");
    let aliases = &snapshot.report.unwrap().gatekeeper.aliases;
    assert_eq!((aliases[0].model.as_str(), aliases[0].file.as_str()), ("duration_ms", "took_ms"));
}

#[test]
fn a_saved_model_has_no_more_than_it_needs() {
    let (model, _) = fitted(&sessions(600), &small());
    let saved = Saved::from_bytes(&model).unwrap();
    assert_eq!(saved.to_bytes(), model, "written again it is the same");
    assert_eq!(saved.sessions.as_ref().map(|sessions| sessions.sessions), Some(200));
    assert!(
        saved.baselines.services.is_empty() && saved.baselines.templates.iter().all(|stats| stats.places.is_none())
    );
}

#[test]
fn what_many_sessions_have_that_the_model_does_not_know_is_told_once() {
    let (model, _) = fitted(&sessions(600), &small());
    // In every third session another step took the place of the second one.
    let before = String::from_utf8(sessions(600)).unwrap();
    let changed = |(place, line): (usize, &str)| match place % 9 {
        4 => line.replace("work of job", "queued by scheduler of region"),
        _ => line.to_owned(),
    };
    let after: Vec<String> = before.lines().enumerate().map(changed).collect();
    let settings = Settings { model: Some(model.into()), ..small() };
    let mut run = Run::new(&[after.join("\n").as_bytes()], settings, 2, 1).finish();
    let entries = run.entries();
    let of_both = |entry: &&FindingView| matches!(&*entry.kind, "unseen template" | "missing step");
    let found: Vec<_> = entries.iter().filter(of_both).collect();
    let [found] = found.as_slice() else { panic!("{found:?}") };
    assert!(found.reason.contains("is of no kind that the model has seen"), "{}", found.reason);
    // The new step, and the one behind which the old one is missing, of as many sessions.
    let rows = run.members(found.group.unwrap(), 500);
    assert!(rows.len() == 2 * 67 && rows.iter().all(|row| matches!(row % 9, 3..=5)), "{rows:?}");
    let reasons: Vec<String> = run.findings().into_iter().map(|row| row.reason).collect();
    let missing = "one of 67 sessions that differ so: step \"work of job\" is missing";
    assert!(reasons.iter().any(|reason| reason.contains(missing)), "{reasons:?}");
}
