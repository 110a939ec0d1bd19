//! Sessions of whole analyses: the list of all, one beside its twin, what stands around a row.

use serde_bytes::ByteBuf;

use super::*;
use crate::common::hash::hash_bytes;
use crate::context::{Neighbour, Part, Relation, Wanted, around};
use crate::engine::session_list::{SessionColumn, SessionListing};
use crate::engine::sessions::rows_of;
use crate::record::SegmentId;
use crate::view::{Line, SessionView, StepLine, Story};

impl Run {
    fn ask_sessions(&mut self, query: &SessionQuery) -> Vec<SessionAnswer> {
        let asks = (0..self.shards.len()).map(|worker| (worker, Query::OfSessions(query.clone()))).collect();
        let answers = self.ask(asks).into_iter();
        answers.map(|answer| if let Answer::OfSessions(answer) = answer { answer } else { panic!() }).collect()
    }

    fn ask_lead(&mut self, query: SessionQuery) -> SessionAnswer {
        match self.ask(vec![(0, Query::OfSessions(query))]).remove(0) {
            Answer::OfSessions(answer) => answer,
            other => panic!("{other:?}"),
        }
    }

    fn rows_in(&mut self, key: u64) -> Vec<ByteBuf> {
        let rows = self.ask_sessions(&SessionQuery::Rows { key }).into_iter();
        rows.map(|answer| if let SessionAnswer::Rows(rows) = answer { rows } else { panic!() }).collect()
    }

    fn parts(&mut self, query: &SessionQuery) -> Vec<crate::engine::part::Part> {
        let parts = self.ask_sessions(query).into_iter();
        parts.map(|answer| if let SessionAnswer::Part(part) = answer { part } else { panic!() }).collect()
    }

    /// All sessions, named, in an order.
    fn sessions(&mut self, listing: SessionListing) -> Vec<SessionView> {
        let parts = self.parts(&SessionQuery::Entries);
        self.ask_lead(SessionQuery::List { parts });
        let parts = self.parts(&SessionQuery::Keys { of: None });
        self.ask_lead(SessionQuery::Name { parts });
        match self.ask_lead(SessionQuery::Page { listing, from: 0, count: u32::MAX }) {
            SessionAnswer::Page(_, sessions) => sessions,
            other => panic!("{other:?}"),
        }
    }

    /// A session beside its twin; `at`: which of its rows it is about.
    fn story(&mut self, key: &str, at: usize, wanted: Wanted) -> Story {
        let key = hash_bytes(key.as_bytes());
        let here = self.rows_in(key);
        let row = rows_of(&here)[at];
        let courses = self.ask_sessions(&SessionQuery::Course { key }).into_iter();
        let steps = courses.filter_map(|answer| if let SessionAnswer::Course(course) = answer { course } else { None });
        let steps: Vec<_> = steps.collect();
        assert_eq!(steps.len(), 1, "one shard has a session");
        let twins = self.ask_sessions(&SessionQuery::Twin { key, steps: steps[0].clone() }).into_iter();
        let twin = twins.filter_map(|answer| if let SessionAnswer::Twin(near) = answer { near } else { None }).min();
        let there = twin.map(|twin| (twin.key, self.rows_in(twin.key)));
        match self.ask_lead(SessionQuery::Story { here: (key, here), there, at: Some((row.segment, row.row)), wanted })
        {
            SessionAnswer::Story(Some(story)) => *story,
            other => panic!("{other:?}"),
        }
    }
}

fn steps(story: &Story) -> Vec<StepLine> {
    story.lines.iter().map(|line| if let Line::Step(step) = line { *step } else { panic!("{line:?}") }).collect()
}

fn broken(n: u64) -> String {
    format!("{:016x}", hash_pair(n, 11))
}

fn six_hundred() -> Run {
    Run::new(&[&requests(600)], Settings { segment_bytes: 3000, ..small() }, 3, 5).finish()
}

#[test]
fn a_session_that_lacks_a_step_stands_beside_its_twin() {
    let story = six_hundred().story(&broken(202), 1, Wanted::most(100));
    let relations: Vec<_> = steps(&story).iter().map(|step| step.relation).collect();
    assert_eq!(relations, [Relation::Same, Relation::Same, Relation::Missing, Relation::Same]);
    assert_eq!(story.at, Some(1));
    assert_eq!((story.here.rows, story.there.unwrap().rows), (3, 4));
    assert_eq!(story.difference.unwrap().sentence(), "1 step missing.");
}

#[test]
fn repeated_and_slow_steps_are_told_and_a_long_session_is_sampled() {
    let mut run = six_hundred();
    let story = run.story(&broken(303), 5, Wanted::most(100));
    let repeated = steps(&story).iter().filter(|step| step.relation == Relation::Repeated).count();
    assert_eq!(repeated, 19);
    assert_eq!(steps(&story)[1].times, Some(20));
    let story = run.story(&broken(303), 11, Wanted::most(8));
    let left: u32 =
        story.lines.iter().map(|line| if let Line::LeftOut { count, .. } = line { *count } else { 0 }).sum();
    let shown = story.lines.iter().filter(|line| matches!(line, Line::Step(_))).count();
    assert!(left > 0 && left as usize + shown == 23, "{left} of 23 left out, {shown} shown");
    let story = run.story(&broken(301), 2, Wanted::most(100));
    let slow = steps(&story)[2].slow.unwrap();
    assert!(slow.times() > 25.0 && slow.of_twin, "{slow:?}");
    assert!(story.difference.unwrap().sentence().starts_with("Step 3 is "));
}

#[test]
fn a_session_and_its_twin_are_the_same_for_any_number_of_workers() {
    let file = requests(450);
    let told = |workers, segment_bytes| {
        let mut run = Run::new(&[&file], Settings { segment_bytes, ..small() }, workers, 3).finish();
        let mut story = run.story(&broken(202), 0, Wanted::most(100));
        // Places within segments differ by how the file was cut; all else must not.
        for line in &mut story.lines {
            if let Line::Step(step) = line {
                for view in step.here.iter_mut().chain(&mut step.there) {
                    (view.segment, view.row) = (SegmentId { file: 0, part: 0 }, 0);
                }
            }
        }
        let listing = SessionListing { by: SessionColumn::Duration, descending: true, search: String::new() };
        (story, run.sessions(listing))
    };
    assert_eq!(told(1, 1 << 20), told(4, 700));
}

#[test]
fn the_incident_of_the_sample() {
    let file = include_bytes!("../../../public/samples/incident.json");
    let mut run = Run::new(&[file], Settings::default(), 2, 1).finish();
    let findings = run.findings();
    let first = &findings[0];
    assert_eq!(
        (first.kind.as_str(), first.message.as_str()),
        ("duration spike", "Database connection timeout after 5000ms")
    );
    assert!(first.reason.contains("\"Database connection timeout after <num>ms\""), "{}", first.reason);
    assert!(first.reason.contains("z 15"), "{}", first.reason);
    let of_group: Vec<_> = findings.iter().filter(|finding| finding.group == first.group).collect();
    assert_eq!(of_group.len(), 4, "the errors after it belong to it");
    assert!(of_group.iter().all(|finding| finding.row.cells.contains(&"req-003".to_owned())));
    let key = hash_bytes(b"req-003");
    let rows = rows_of(&run.rows_in(key));
    let story = run.story("req-003", 0, Wanted::most(100));
    assert_eq!((story.here.rows, story.at, rows.len()), (4, Some(0), 4));
    assert!(story.written_at_the_end);
    let steps = steps(&story);
    let relations: Vec<_> = steps.iter().map(|step| step.relation).collect();
    let expected = [Relation::Same, Relation::Same, Relation::Same, Relation::Added, Relation::Missing];
    assert_eq!(relations, expected);
    assert!(steps[0].slow.is_some() && steps[1].slow.is_none() && steps[2].slow.is_some());
    let sentence = story.difference.unwrap().sentence();
    assert!(sentence.starts_with("1 step missing, 1 step that the twin has not, and step 1 is "), "{sentence}");
    let sessions = run.sessions(SessionListing::default());
    assert_eq!(sessions.len(), 240);
    assert_eq!((sessions[0].name.as_str(), sessions[0].rows, sessions[0].errors), ("req-003", 4, 3));
    assert_eq!(sessions[0].kind, "duration spike");
    assert!(sessions[0].reason.starts_with("took 5,200 ms, "), "the first of them: {}", sessions[0].reason);
    assert!(sessions[1].kind.is_empty(), "{:?}", sessions[1]);
}

#[test]
fn neighbours_are_of_the_same_file_and_instance() {
    let mut files = [String::new(), String::new()];
    for n in 0..300 {
        let host = ["a", "b", "c"][n % 3];
        let line = serde_json::json!({"time": 1_700_000_000 + n, "host": host, "message": format!("beat {n}")});
        writeln!(files[n / 200], "{line}").unwrap();
    }
    let bytes: Vec<&[u8]> = files.iter().map(String::as_bytes).collect();
    let mut run = Run::new(&bytes, Settings { segment_bytes: 1000, ..small() }, 3, 5).finish();
    let at = run.conductor.catalog().place_of(20).unwrap();
    let mut near = |instance: Option<&str>, reach: u32| -> Vec<u64> {
        let query = SessionQuery::Beside { at, instance: instance.map(str::to_owned), reach };
        let answers = run.ask_sessions(&query).into_iter();
        let all: Vec<Neighbour> =
            answers.flat_map(|answer| if let SessionAnswer::Beside(near) = answer { near } else { panic!() }).collect();
        let this = Neighbour { segment: at.0, row: at.1 };
        let catalog = run.conductor.catalog();
        let rows = around(all, this, reach as usize).into_iter();
        rows.filter_map(|near| catalog.row_at(near.segment, near.row)).collect()
    };
    assert_eq!(near(None, 2), [18, 19, 20, 21, 22]);
    assert_eq!(near(Some("c"), 2), [14, 17, 20, 23, 26]);
    assert_eq!(near(None, 500).len(), 200, "not of the other file");
    assert_eq!(near(Some("nobody"), 3), [20]);

    // What kinds of message stand there.
    let place = |row| run.conductor.catalog().place_of(row).unwrap();
    let query =
        SessionQuery::TemplatesOf { rows: vec![place(18), place(19), place(299), (SegmentId { file: 9, part: 0 }, 1)] };
    let told = run.ask_sessions(&query).into_iter().map(|answer| match answer {
        SessionAnswer::Templates(templates) => templates,
        other => panic!("{other:?}"),
    });
    assert_eq!(told.flatten().collect::<Vec<u32>>(), [0; 3], "one template, each row told by the shard that has it");
}

#[test]
fn a_slow_and_a_failing_session_are_found_where_no_row_tells() {
    let mut rows: Vec<(u64, String)> = Vec::new();
    for n in 0..400_u64 {
        let key = broken(n);
        let mut at = n * 50;
        for (place, message) in ["job taken", "job prepared", "job written", "job closed"].into_iter().enumerate() {
            // Waits that no row measures; and errors that are ordinary one at a time.
            at += if n == 77 { 9000 } else { 40 + hash_pair(n, place as u64) % 30 };
            let bad = if n == 200 { place > 0 } else { n % 20 == 3 && place == 2 };
            let level = if bad { "ERROR" } else { "INFO" };
            let row = serde_json::json!({"time": 1_700_000_000_000_u64 + at, "level": level, "message": message,
                "job_id": key});
            rows.push((at, format!("{row}\n")));
        }
    }
    rows.sort();
    let file: String = rows.into_iter().map(|row| row.1).collect();
    let mut run = Run::new(&[file.as_bytes()], small(), 2, 1).finish();
    let sessions = run.sessions(SessionListing::default());
    let of = |n: u64| sessions.iter().find(|session| session.name == broken(n)).unwrap();
    assert_eq!(of(77).kind, "slow session", "{:?}", of(77));
    assert!(of(77).reason.starts_with("the session lasted 27,000 ms, "), "{}", of(77).reason);
    // Three errors are a cascade, and a group of one finding says so once.
    assert_eq!(of(200).kind, "error cascade", "{:?}", of(200));
    assert!(sessions.iter().filter(|session| !session.kind.is_empty()).count() <= 3);
}

#[test]
fn a_sample_is_of_places_of_the_alignment() {
    // The law is checked beside `sample`; here, that lines are those places.
    let story = six_hundred().story(&broken(303), 0, Wanted::most(8));
    let mut next = 0;
    for line in &story.lines {
        next += match line {
            Line::Step(_) => 1,
            Line::LeftOut { from, count, .. } => {
                assert_eq!(*from, next);
                *count
            }
        };
    }
    assert_eq!(next, 23);
    assert_eq!(crate::context::sample(1, None, |_| false, &Wanted::most(1)), [Part::Shown(0)]);
}

#[test]
fn ids_that_stand_in_one_row_are_of_one_session() {
    // The gateway knows requests, the store knows traces, and one row of each session knows both.
    let mut rows = Vec::new();
    for n in 0..60_usize {
        let (request, trace) =
            (format!("\"request_id\":\"r{n:04}\""), format!("\"trace_id\":\"{:032x}\"", n + 0xabc_def0));
        let both = format!("{request},{trace}");
        for (step, (ids, message)) in
            [(&request, "received"), (&both, "passed on"), (&trace, "looked up"), (&trace, "stored")]
                .into_iter()
                .enumerate()
        {
            let time = format!("2026-02-06T10:{:02}:{:02}.{step}00Z", n / 60, n % 60);
            rows.push(format!("{{\"time\":\"{time}\",\"level\":\"INFO\",{ids},\"message\":\"{message}\"}}\n"));
        }
    }
    for workers in [1, 3] {
        let settings = Settings { segment_bytes: 2000, ..small() };
        let mut run = Run::new(&[rows.concat().as_bytes()], settings, workers, 5).finish();
        let sessions =
            run.sessions(SessionListing { by: SessionColumn::Start, descending: false, search: String::new() });
        assert_eq!(sessions.len(), 60);
        assert!(sessions.iter().all(|session| session.rows == 4), "{sessions:?}");
        let name = &sessions[7].name;
        assert!(name == "r0007" || name.len() == 32, "{name}");
    }
}
