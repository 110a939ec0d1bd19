//! Filters, facets, orders and searches for the next row: the same for any number of workers and any way of cutting, and the
//! same as looking at every row.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::engine::order::{Ruler, Sort, SortBy, SortKey};
use crate::filter::facet::{Facet, listable};
use crate::filter::{Condition, Context, QueryError, bind, parse};
use crate::ingest::unpack::VirtualFile;
use crate::record::{Kind, SegmentId};
use crate::view::TimeHistogram;

/// Rows of two formats whose fields have other names, with values of every kind.
fn files() -> Vec<Vec<u8>> {
    let mut lines = String::new();
    for n in 0..160_u32 {
        let level = ["INFO", "info", "WARN", "ERROR"][(n % 4) as usize];
        let mut row = serde_json::json!({
            "ts": format!("2026-02-06T10:{:02}:{:02}.5Z", n / 60, n % 60),
            "level": level,
            "service": format!("{}-{}", ["pay", "PAY", "web"][(n % 3) as usize], n % 2),
            "msg": format!("request {n} took \"long\" in zone é{} of {}", n % 7, hash_pair(u64::from(n), 1)),
            "status": ([200, 404, 500][(n % 3) as usize]),
            "duration_ms": f64::from(n * 10),
            "file": "main.rs",
        });
        if n % 5 == 0 {
            row["user"] = serde_json::json!(format!("u{}", n % 3));
        } else if n % 5 == 1 {
            row["user"] = serde_json::json!("");
        }
        // Prose, which no column keeps.
        row["note"] =
            serde_json::json!(if n == 3 { "a note of the third row that is long".to_owned() } else { String::new() });
        writeln!(lines, "{row}").unwrap();
    }
    lines += "{\"ts\": broken timeout\n";
    let mut csv = String::from("Time,Severity,Message,Response Time (ms)\n");
    for n in 0..60 {
        let comma = if n % 2 == 0 { "\"stuck, with \"\"quotes\"\"\"" } else { "all is well" };
        let level = if n == 7 { "fatal" } else { "debug" };
        writeln!(csv, "2026-02-06 11:00:{n:02},{level},{comma},{n}").unwrap();
    }
    vec![lines.into_bytes(), csv.into_bytes()]
}

fn run(workers: usize, segment_bytes: u64, order: u64) -> Run {
    let files = files();
    let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    Run::new(&files, Settings { segment_bytes, ..small() }, workers, order).finish()
}

impl Run {
    fn bind(&self, search: &str) -> Result<Condition, QueryError> {
        let names: Vec<String> = self.conductor.snapshot().files.into_iter().map(|file| file.name).collect();
        let anomalous = self.conductor.scores().map(|scores| scores.by_contamination(0.05).bin);
        let dataset = self.conductor.dataset();
        let context = Context {
            dataset,
            files: &names,
            times: self.conductor.times(),
            anomalous,
            predicted: None,
            templates: &[],
        };
        bind(&parse(search)?, context)
    }

    /// Makes a search the current filter; gives the rows of each segment.
    fn filter(&mut self, id: u32, search: &str) -> BTreeMap<SegmentId, u32> {
        let condition = self.bind(search).unwrap_or_else(|error| panic!("{search}: {error}"));
        for (worker, request) in self.conductor.catalog().tell_filter(id, &condition, self.shards.len()) {
            assert_eq!(self.shards[worker].0.handle(request, &mut self.source), None);
        }
        let asks = self.conductor.catalog().ask_counts(Filter::Where(id), id.is_multiple_of(2));
        let counts = self.ask(asks).into_iter();
        counts
            .flat_map(|answer| if let Answer::Counts(counts) = answer { counts } else { panic!("{answer:?}") })
            .collect()
    }

    /// The rows that a search shows.
    pub(super) fn found(&mut self, id: u32, search: &str) -> Vec<RowView> {
        let shown = self.filter(id, search);
        let asks = self.conductor.catalog().ask_rows(Filter::Where(id), &shown, 0, u32::MAX);
        views(self.ask(asks))
    }

    /// Rows `from..from + count` of an order, as the page fetches them.
    pub(super) fn sorted(&mut self, sort: Sort, filter: Filter, from: u64, count: u32) -> Vec<u64> {
        let ruler = self.ruler(sort, filter);
        let asks = self.conductor.catalog().ask_window(sort, filter, &ruler, from, count);
        let windows = self.ask(asks).into_iter();
        let windows =
            windows.map(|answer| if let Answer::Window(window) = answer { window } else { panic!("{answer:?}") });
        let keys = ruler.place(windows.collect(), from, u64::from(count));
        let numbers = keys.iter().map(|key| self.conductor.catalog().row_at(key.segment, key.row).unwrap()).collect();
        let asks = self.conductor.catalog().ask_pick(&keys);
        let mut picked: Vec<u64> = views(self.ask(asks)).into_iter().map(|view| view.row).collect();
        let mut wanted: Vec<u64> = numbers;
        let answer = wanted.clone();
        picked.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(picked, wanted);
        answer
    }

    fn ruler(&mut self, sort: Sort, filter: Filter) -> Ruler {
        let asks = self.conductor.catalog().ask_fences(sort, filter);
        let fences = self.ask(asks).into_iter();
        let fences =
            fences.map(|answer| if let Answer::Fences(fences) = answer { fences } else { panic!("{answer:?}") });
        Ruler::new(sort, fences.collect())
    }

    fn facets(&mut self, filter: Filter) -> Vec<Facet> {
        let columns = listable(self.conductor.dataset());
        let asks = self.conductor.catalog().ask_facets(filter, &columns);
        let parts = self.ask(asks).into_iter();
        let parts = parts.map(|answer| if let Answer::Facets(facets) = answer { facets } else { panic!("{answer:?}") });
        let join = |mut sum: Vec<Facet>, part: Vec<Facet>| {
            sum.iter_mut().zip(&part).for_each(|(mine, theirs)| mine.merge(theirs));
            sum
        };
        parts.reduce(join).unwrap_or_default()
    }

    fn histogram(&mut self, filter: Filter) -> TimeHistogram {
        let (from, to) = self.conductor.times().unwrap();
        let mut sum = TimeHistogram::empty(from, to, 20);
        let asks = self.conductor.catalog().ask_histogram(filter, &sum);
        for answer in self.ask(asks) {
            let Answer::Histogram(part) = answer else { panic!("{answer:?}") };
            sum.merge(&part);
        }
        sum
    }

    fn seek(&mut self, filter: Filter, condition: &Condition, from: Option<u64>, forward: bool) -> Option<u64> {
        let asks = self.conductor.catalog().ask_seek(filter, condition, from, forward);
        let found = self.ask(asks).into_iter();
        let found =
            found.filter_map(|answer| if let Answer::Found(found) = answer { found } else { panic!("{answer:?}") });
        let nearest = if forward { found.min() } else { found.max() };
        nearest.map(|(segment, row)| self.conductor.catalog().row_at(segment, row).unwrap())
    }
}

fn views(answers: Vec<Answer>) -> Vec<RowView> {
    answers
        .into_iter()
        .flat_map(|answer| if let Answer::Rows(rows) = answer { rows } else { panic!("{answer:?}") })
        .collect()
}

const JSON: usize = 161;

/// The rows of a search against a rule on (row number, view, raw text of the record).
#[track_caller]
fn check(run: &mut Run, id: u32, search: &str, rule: impl Fn(usize, &RowView, &str) -> bool) {
    let all = run.rows();
    let files = files();
    let raw: Vec<String> = files
        .iter()
        .enumerate()
        .flat_map(|(file, bytes)| {
            String::from_utf8(bytes.clone()).unwrap().lines().skip(file).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let expected: Vec<&RowView> =
        all.iter().filter(|view| rule(view.row as usize, view, &raw[view.row as usize])).collect();
    let found = run.found(id, search);
    let numbers = |views: &[&RowView]| views.iter().map(|view| view.row).collect::<Vec<_>>();
    assert_eq!(numbers(&found.iter().collect::<Vec<_>>()), numbers(&expected), "{search}");
    assert!(!expected.is_empty() && expected.len() < all.len(), "{search} tells nothing apart: {}", expected.len());
}

#[test]
fn conditions_mean_what_they_say() {
    for (workers, segment_bytes) in [(1, 1 << 20), (3, 700)] {
        let mut run = run(workers, segment_bytes, 5);
        let column = |name: &str| run.conductor.dataset().columns.iter().position(|column| column.name == name);
        let (message, user, service) = (column("msg").unwrap(), column("user").unwrap(), column("service").unwrap());
        let status = column("status").unwrap();
        let took = run.conductor.dataset().role(Role::Duration).unwrap();
        let milliseconds = move |view: &RowView| view.cells[took].parse::<f64>().unwrap_or(-1.0);
        let kinds: Vec<Kind> = run.conductor.dataset().columns.iter().map(|column| column.kind).collect();
        assert_eq!((kinds[message], kinds[status], kinds[service]), (Kind::Message, Kind::Number, Kind::Category));
        let run = &mut run;
        // Columns.
        check(run, 1, "level:error", |_, view, _| view.level == Level::Error);
        check(run, 2, "level:>=warn", |_, view, _| view.level >= Level::Warn);
        check(run, 3, "severity:<warn", |_, view, _| view.level < Level::Warn && view.level > Level::Unknown);
        check(run, 4, "level in (warn, fatal)", |_, view, _| matches!(view.level, Level::Warn | Level::Fatal));
        check(run, 5, "service:pay*", |row, _, _| row < JSON - 1 && row % 3 < 2);
        check(run, 6, "service:pay-0", move |_, view, _| view.cells[service].eq_ignore_ascii_case("pay-0"));
        check(run, 7, "service:=PAY-0", move |_, view, _| view.cells[service] == "PAY-0");
        check(run, 8, "-service:/^(?:pay|web)-1$/i", move |_, view, _| !view.cells[service].ends_with("-1"));
        check(run, 9, "duration:>1.2s", move |_, view, _| milliseconds(view) > 1200.0);
        check(run, 10, "duration:[100 TO 200}", move |_, view, _| (100.0..200.0).contains(&milliseconds(view)));
        check(run, 11, "status:404 OR status:>=500", move |_, view, _| {
            ["404", "500"].contains(&view.cells[status].as_str())
        });
        check(run, 12, "status:4*", move |_, view, _| view.cells[status].starts_with('4'));
        check(run, 13, "exists(user)", move |_, view, _| !view.cells[user].is_empty());
        check(run, 14, "time:2026-02-06T10:01", |row, _, _| (60..120).contains(&row));
        check(run, 15, "time:>=10:02 time:<2026-02-06T11:00:03", |row, _, _| {
            (120..JSON + 3).contains(&row) && row != 160
        });
        check(run, 16, "time:-10s", |row, _, _| row >= JSON + 49);
        check(run, 17, "time:[2026-02-06T10:00:59.5 TO 2026-02-06T10:01:00]", |row, _, _| row == 59 || row == 60);
        check(run, 18, "file:file1", |row, _, _| row >= JSON);
        check(run, 19, "\"file\":main.rs", |row, _, _| row < JSON - 1);
        check(run, 20, "row:[10 TO 12] OR line:3", |row, _, _| (9..12).contains(&row) || row == 2 || row == JSON + 2);
        check(run, 21, "score:>0.5", |_, view, _| view.score.unwrap() > 0.5);
        check(run, 22, "NOT (level:info OR level:debug)", |_, view, _| {
            !matches!(view.level, Level::Info | Level::Debug)
        });
        // Text.
        check(run, 23, "ZONE", |_, _, raw| raw.contains("zone"));
        check(run, 24, "é3", |_, _, raw| raw.contains("é3"));
        check(run, 25, "É3", |_, _, raw| raw.contains("é3"));
        check(run, 26, "\"took \\\"long\\\"\"", |row, _, _| row < JSON - 1);
        check(run, 27, "request*é4", |_, _, raw| raw.contains("é4"));
        check(run, 28, "/request \\d{3} /", |row, _, _| (100..JSON - 1).contains(&row));
        check(run, 29, "message:\"with \\\"quotes\\\"\"", |row, _, _| row >= JSON && (row - JSON).is_multiple_of(2));
        check(run, 30, "msg:timeout", |row, _, _| row == JSON - 1);
        check(run, 31, "message:request*é4", |_, _, raw| raw.contains("é4"));
        check(run, 32, "message:/^all/", |row, _, _| row >= JSON && (row - JSON) % 2 == 1);
        check(run, 33, "*:main.rs", |row, _, _| row < JSON - 1);
        check(run, 34, "-*:main.rs", |row, _, _| row >= JSON - 1);
        // Both: only what the columns leave in doubt is read.
        check(run, 35, "level:error -é3 OR fatal", |_, view, raw| {
            view.level == Level::Error && !raw.contains("é3") || raw.contains("fatal")
        });
        check(run, 36, "(row:<20 zone) OR (level:fatal -zone)", |row, view, _| row < 19 || view.level == Level::Fatal);
        // Nothing tells an empty value from none.
        check(run, 38, "user:\"\"", move |_, view, _| view.cells[user].is_empty());
        check(run, 39, "-user:=\"\"", move |_, view, _| !view.cells[user].is_empty());
        check(run, 40, "user in (u1, \"\")", move |_, view, _| matches!(&*view.cells[user], "" | "u1"));
        check(run, 41, "level!=error", |_, view, _| view.level != Level::Error);
        check(run, 43, "level=error", |_, view, _| view.level == Level::Error);
        check(run, 44, "-level==error", |_, view, _| view.level != Level::Error);
        check(run, 42, "level:error AND note:\"\"", |row, view, _| view.level == Level::Error && row != 3);
        check(run, 37, "exists(message) -message:request", |row, _, _| row >= JSON - 1);
    }
}

#[test]
fn a_column_of_several_units_is_in_that_of_its_name() {
    let line = |n: u32, field: &str, took: f64| {
        format!("{{\"time\":\"2026-02-06T10:00:{n:02}Z\",\"message\":\"took a while\",\"{field}\":{took}}}\n")
    };
    let first: String = (0..30).map(|n| line(n, "elapsed_ms", f64::from(n * 100))).collect();
    let second: String = (0..30).map(|n| line(n, "latency_s", f64::from(n) / 10.0)).collect();
    let mut run = Run::new(&[first.as_bytes(), second.as_bytes()], small(), 2, 1).finish();
    let took = run.conductor.dataset().role(Role::Duration).unwrap();
    assert_eq!(run.conductor.dataset().columns[took].name, "elapsed_ms");
    for (row, view) in run.rows().iter().enumerate() {
        assert_eq!(view.cells[took], (row % 30 * 100).to_string(), "row {row}");
    }
    // A bare number means what the table shows.
    for search in ["duration:>1500", "duration:>1.5s"] {
        assert_eq!(run.found(1, search).len(), 28, "{search}");
    }
}

#[test]
fn what_stands_behind_the_beginning_of_a_long_category_is_found() {
    let agent = |n: u32| format!("{} {}", "Mozilla/5.0 é ".repeat(20), ["Chrome", "Firefox"][n as usize % 2]);
    let line =
        |n: u32| format!("{{\"time\":\"2026-02-06T10:00:{n:02}Z\",\"message\":\"m\",\"agent\":\"{}\"}}\n", agent(n));
    let text: String = (0..60).map(line).collect();
    let mut run = Run::new(&[text.as_bytes()], Settings { segment_bytes: 4_000, ..small() }, 2, 1).finish();
    assert_eq!(
        run.conductor.dataset().columns.iter().find(|column| column.name == "agent").unwrap().kind,
        Kind::Category
    );
    assert_eq!(run.found(1, "agent:*Firefox").len(), 30);
    assert_eq!(run.found(2, &format!("agent:\"{}\"", agent(0))).len(), 30);
    assert_eq!(run.found(3, "-agent:*Firefox").len(), 30);
    // A facet lists what the values have in common.
    let agents = run.conductor.dataset().columns.iter().position(|column| column.name == "agent");
    let facets = run.facets(Filter::All);
    let facet = facets.iter().find(|facet| Some(facet.column as usize) == agents).unwrap();
    let (beginning, rows) = facet.top(8).0[0];
    assert_eq!((run.found(4, &format!("agent:=\"{beginning}\"")).len(), rows), (60, 60));
}

#[test]
fn mistakes_are_told_with_their_place() {
    let run = run(1, 1 << 20, 0);
    let check = |search: &str, at: usize, about: &str| {
        let error = run.bind(search).unwrap_err();
        assert!(error.at == at && error.message.contains(about), "{search}: {error:?}");
    };
    check("a servce:x", 2, "did you mean service?");
    check("stats:>400", 0, "status");
    check("level:info usr:x", 11, "user");
    check("nothing.like.it:1", 0, "no field \"nothing.like.it\". To search");
    check("instance:x", 0, "is its instance");
    check("level:loud", 0, "fatal");
    check("duration:>fast", 0, "1.5s");
    check("status:>ok", 0, "number");
    check("time:>noon", 0, "2026-02-06T10:30");
    check("service:/(/", 0, "regular expression");
    check("file:other.log", 0, "file0, file1");
    check("*:>5", 0, "Any field");
    check("row:x", 0, "number");
    for search in ["duration:[200 TO 100]", "status:{9 TO 1]", "row:[2 TO 1]", "level:[error TO warn]"] {
        check(&format!("a {search}"), 2, "ends before it begins: write [");
    }
    check("time:[2026-02-07 TO 2026-02-06]", 0, "write [2026-02-06 TO 2026-02-07]");
    check("*:\"\"", 0, "Any field");
    check("depth>=10", 0, "put it in quotes");
}

#[test]
fn a_shard_resolves_a_search() {
    let mut run = run(2, 700, 3);
    let names: Vec<String> = run.conductor.snapshot().files.into_iter().map(|file| file.name).collect();
    let anomalous = run.conductor.scores().map(|scores| scores.by_contamination(0.05).bin);
    for search in
        ["level:error -service:web*", "time:>-10m anomaly", "file:file1", "/req.*long/i", "colour:red", "a OR", "/(/"]
    {
        let query =
            Query::Bind { search: search.to_owned(), files: names.clone(), times: run.conductor.times(), anomalous };
        let here = run.bind(search);
        assert_eq!(here.is_err(), ["colour:red", "a OR", "/(/"].contains(&search), "{search}: {here:?}");
        assert_eq!(run.ask(vec![(1, query)]), [Answer::Bound(here)], "{search}");
    }
}

#[test]
fn only_what_is_in_doubt_is_read() {
    /// Counts the bytes that are read.
    struct Counting(Memory, u64);
    impl crate::ingest::ByteSource for Counting {
        fn size(&self, file: u32) -> Option<u64> {
            self.0.size(file)
        }
        fn read(
            &mut self,
            file: u32,
            offset: u64,
            length: usize,
            into: &mut Vec<u8>,
        ) -> Result<(), crate::ingest::ReadError> {
            let before = into.len();
            self.0.read(file, offset, length, into)?;
            self.1 += (into.len() - before) as u64;
            Ok(())
        }
    }
    let mut run = run(1, 1 << 20, 0);
    let mut bytes = |search: &str| {
        let condition = run.bind(search).unwrap();
        let files = (0..run.source.source().0.len() as u32).map(VirtualFile::Plain).collect();
        let mut source = Unpacker::new(Counting(run.source.source().clone(), 0), files);
        for (worker, request) in run.conductor.catalog().tell_filter(1, &condition, 1) {
            run.shards[worker].0.handle(request, &mut source);
        }
        let asks = run.conductor.catalog().ask_counts(Filter::Where(1), false);
        for (worker, query) in asks {
            run.shards[worker].0.handle(Request::Query { ticket: 0, query }, &mut source);
        }
        source.source().1
    };
    assert_eq!(bytes("level:error duration:>100 service:pay*"), 0);
    assert_eq!(bytes("row:>100000 timeout"), 0);
    let all: usize = files().iter().map(Vec::len).sum();
    assert!(bytes("timeout") > all as u64 - 100);
    let one = bytes("row:5 timeout");
    assert!((1..500).contains(&one), "{one}");
}

#[test]
fn an_older_filter_is_stale() {
    let mut run = run(2, 2000, 3);
    run.filter(1, "level:error");
    run.filter(2, "level:info");
    let asks = run.conductor.catalog().ask_counts(Filter::Where(1), false);
    assert!(run.ask(asks).iter().all(|answer| *answer == Answer::Stale));
}

#[test]
fn the_next_row_of_a_kind() {
    let mut run = run(3, 900, 11);
    let errors = run.bind("level:>=error").unwrap();
    let all: Vec<u64> = run.rows().iter().filter(|view| view.level >= Level::Error).map(|view| view.row).collect();
    for filter in [Filter::All, Filter::Where(1)] {
        let mut known = all.clone();
        if filter != Filter::All {
            run.filter(1, "é3 OR debug");
            let shown: Vec<u64> = run.found(1, "é3 OR debug").iter().map(|view| view.row).collect();
            known.retain(|row| shown.contains(row));
        }
        assert!(known.len() > 3);
        for row in [0, 3, 50, 100, 160, 168, 220] {
            assert_eq!(run.seek(filter, &errors, Some(row), true), known.iter().copied().find(|&found| found > row));
            assert_eq!(
                run.seek(filter, &errors, Some(row), false),
                known.iter().copied().rev().find(|&found| found < row)
            );
        }
        assert_eq!(run.seek(filter, &errors, None, true), known.first().copied());
        assert_eq!(run.seek(filter, &errors, None, false), known.last().copied());
    }
}

#[test]
fn a_row_is_found_again_in_another_order() {
    let mut run = run(3, 900, 4);
    let duration = run.conductor.dataset().role(Role::Duration).unwrap() as u32;
    let sort = Sort { by: SortBy::Column(duration), descending: true };
    let order = run.sorted(sort, Filter::All, 0, u32::MAX);
    let levels: Vec<Level> = run.rows().iter().map(|view| view.level).collect();
    let errors = run.bind("level:>=error").unwrap();
    for (rank, &row) in order.iter().enumerate().step_by(13) {
        let ask = run.conductor.catalog().ask_key(sort, row).unwrap();
        let Some(Answer::Key(Some(key))) = run.ask(vec![ask]).pop() else { panic!("row {row} has no key") };
        let asks = run.conductor.catalog().ask_rank(sort, Filter::All, &key);
        let before =
            run.ask(asks).into_iter().map(|answer| if let Answer::Window(window) = answer { window.before } else { 0 });
        assert_eq!(before.sum::<u64>(), rank as u64);
        for forward in [true, false] {
            let asks = run.conductor.catalog().ask_seek_sorted(sort, Filter::All, &errors, Some(&key), forward);
            let keys =
                run.ask(asks).into_iter().filter_map(|answer| if let Answer::Key(key) = answer { key } else { None });
            let nearest = |a: SortKey, b: SortKey| if sort.compare(&a, &b).is_lt() == forward { a } else { b };
            let found = keys.reduce(nearest).and_then(|key| run.conductor.catalog().row_at(key.segment, key.row));
            let is_error = |row: &&u64| levels[**row as usize] >= Level::Error;
            let expected = if forward {
                order[rank + 1..].iter().find(is_error)
            } else {
                order[..rank].iter().rev().find(is_error)
            };
            assert_eq!(found, expected.copied());
        }
    }
}

#[test]
fn a_column_that_is_not_kept_is_sorted_by_the_beginnings_of_its_texts() {
    let mut run = run(3, 900, 4);
    let rows = run.rows();
    for name in ["msg", "file"] {
        let column = run.conductor.dataset().columns.iter().position(|column| column.name == name).unwrap();
        let asks = run.conductor.catalog().ask_read_keys(column as u32);
        assert!(run.ask(asks).iter().all(|answer| matches!(answer, Answer::Counts(_))));
        let start = |view: &RowView| {
            let text = view.cells[column].as_bytes();
            text[..text.len().min(crate::engine::sort_text::PREFIX)].to_vec()
        };
        for descending in [false, true] {
            let (mut expected, missing): (Vec<&RowView>, Vec<&RowView>) =
                rows.iter().partition(|view| !view.cells[column].is_empty());
            expected.sort_by(|a, b| if descending { start(b).cmp(&start(a)) } else { start(a).cmp(&start(b)) });
            let expected: Vec<u64> = expected.into_iter().chain(missing).map(|view| view.row).collect();
            let sort = Sort { by: SortBy::Column(column as u32), descending };
            assert_eq!(run.sorted(sort, Filter::All, 0, u32::MAX), expected, "{name}");
        }
    }
}

#[test]
fn facets_name_values_as_a_search_does() {
    let mut run = run(2, 3000, 3);
    run.filter(1, "level:>=info");
    let shown: u64 = run.found(1, "level:>=info").len() as u64;
    let facets = run.facets(Filter::Where(1));
    let mut listed = 0;
    for (number, facet) in facets.iter().enumerate() {
        assert_eq!(facet.rows, shown);
        let field = crate::filter::bind::field_of(&run.conductor.dataset().columns[facet.column as usize]);
        for (value, rows) in
            facet.top(8).0.into_iter().map(|(value, rows)| (value.to_owned(), rows)).collect::<Vec<_>>()
        {
            let search = format!("level:>=info {field}:=\"{value}\"");
            // Levels and numbers of a log are written in many ways; as values they are one.
            let kind = run.conductor.dataset().columns[facet.column as usize].kind;
            let search = if kind == Kind::Category { search } else { search.replace(":=", ":") };
            assert_eq!(run.found(10 + number as u32, &search).len() as u64, rows, "{search}");
            assert_eq!(facet.rows_of(&value), rows);
            listed += 1;
        }
        run.filter(1, "level:>=info");
    }
    assert!(listed > 12);
    let histogram = run.histogram(Filter::Where(1));
    assert_eq!(histogram.counts.iter().map(|&count| u64::from(count)).sum::<u64>() + histogram.outside, shown);
}

/// A search and what it must mean.
#[derive(Clone, Debug)]
enum Tree {
    Term(&'static str),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

/// Terms that the columns decide, that the raw bytes decide, and that take the fields of the record.
const TERMS: [&str; 10] = [
    "level:warn",
    "service:pay*",
    "duration:>300",
    "row:<90",
    "é3",
    "re*1",
    "/ [0-9]7 /",
    "message:é4",
    "*:u1",
    "status:4*",
];

impl Tree {
    fn text(&self) -> String {
        let join = |parts: &[Self], word: &str| {
            parts.iter().map(|part| format!("({})", part.text())).collect::<Vec<_>>().join(word)
        };
        match self {
            Self::Term(term) => (*term).to_owned(),
            Self::Not(part) => format!("NOT ({})", part.text()),
            Self::And(parts) => join(parts, " "),
            Self::Or(parts) => join(parts, " OR "),
        }
    }

    fn rows(&self, all: &BTreeSet<u64>, term: &mut dyn FnMut(&str) -> BTreeSet<u64>) -> BTreeSet<u64> {
        match self {
            Self::Term(text) => term(text),
            Self::Not(part) => all - &part.rows(all, term),
            Self::And(parts) => parts.iter().fold(all.clone(), |rows, part| &rows & &part.rows(all, term)),
            Self::Or(parts) => parts.iter().fold(BTreeSet::new(), |rows, part| &rows | &part.rows(all, term)),
        }
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop::sample::select(TERMS.to_vec()).prop_map(Tree::Term);
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|part| Tree::Not(Box::new(part))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Tree::And),
            prop::collection::vec(inner, 1..4).prop_map(Tree::Or),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn conditions_combine_as_sets_do(tree in tree(), segment_bytes in prop::sample::select(vec![700_u64, 1 << 20])) {
        let mut run = run(2, segment_bytes, 1);
        let mut rows = |id, search: &str| run.found(id, search).iter().map(|view| view.row).collect::<BTreeSet<u64>>();
        let all = rows(1, "");
        let expected = tree.rows(&all, &mut |term| rows(2, term));
        let search = tree.text();
        prop_assert_eq!(rows(3, &search), expected, "{}", search);
    }

    #[test]
    fn what_is_seen_of_a_filter_does_not_depend_on_workers_or_cuts(
        workers in 1..6_usize, segment_bytes in 200..9000_u64, order in any::<u64>(), from in 0..100_u64, count in 1..60_u32,
        search in prop::sample::select(vec![
            "", "level:>=warn", "é3 OR service:pay*", "-message:took", "duration:>300ms -*:u1", "status:4*", "row:>30 line:<50",
        ]),
    ) {
        let seen = |mut run: Run| {
            let shown = run.found(1, search);
            let filter = Filter::Where(1);
            let sorts = (0..run.conductor.dataset().columns.len() as u32).map(SortBy::Column).chain([SortBy::Score]);
            let mut orders = Vec::new();
            for by in sorts {
                for descending in [false, true] {
                    let sort = Sort { by, descending };
                    assert_eq!(run.ruler(sort, filter).rows(), shown.len() as u64);
                    let all = run.sorted(sort, filter, 0, u32::MAX);
                    assert_eq!(run.sorted(sort, filter, from, count), all.iter().copied().skip(from as usize).take(count as usize).collect::<Vec<_>>());
                    orders.push(all);
                }
            }
            (shown, run.facets(filter), run.histogram(filter), orders)
        };
        let whole = seen(run(1, 1 << 20, 0));
        let cut = seen(run(workers, segment_bytes, order));
        prop_assert_eq!(&whole.3[0].len(), &whole.0.len());
        prop_assert_eq!(whole, cut);
    }
}
