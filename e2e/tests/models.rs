//! Detectors and models in the page: another detector without a read, a model that outlives the tab, one that is refused,
//! and one that the files have drifted from.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::page::{DONE, LONG, Page, SOON};
use e2e::{in_both_browsers, scratch, site};
use serde_json::json;
use strayline::common::hash::hash_pair;
use strayline::detect::Kind;
use strayline::engine::bytes::encode;
use strayline::engine::parse::Task;
use strayline::engine::{Answer, Query, Request, Settings};
use strayline::feature::FeatureChoice;
use strayline::finding::threshold::bin_of;
use strayline::model::Saved;
use strayline::native::{Analysis, Files, analyze};
use strayline::record::SegmentId;
use strayline::view::scores::{ScoreForm, ScoreLines};
use xtask::places;

in_both_browsers!(
    another_detector_reads_no_file,
    a_fit_can_be_stopped,
    a_kept_model_scores_another_file_as_it_does_natively,
    what_is_no_sound_model_is_refused,
    a_drifted_file_is_not_scored_until_that_is_wanted,
    a_field_of_another_name_is_pointed_out,
    the_knee_is_where_rows_stand_apart,
);

fn sample() -> PathBuf {
    places::root().join("public/samples/metrics.csv")
}

fn native(path: &Path, settings: Settings) -> Analysis {
    let paths = [path.to_owned()];
    let sources = (0..3).map(|_| Files::open(&paths).expect("the file is there")).collect::<Vec<_>>();
    let infos = sources[0].infos();
    analyze(sources, infos, Settings { segment_bytes: 123_456, ..settings }, &mut |_| {})
}

/// The first reasons that the native engine gives.
fn reasons(analysis: &mut Analysis, most: usize) -> Vec<String> {
    let entries: Vec<_> = analysis.conductor().groups().0.iter().take(most).copied().collect();
    let asks = analysis.conductor().catalog().ask_groups(&entries, 0);
    let answers = analysis.ask(asks).expect("the file can be read").into_iter();
    let found = answers.flat_map(|answer| if let Answer::Findings(found) = answer { found } else { Vec::new() });
    let mut found: Vec<_> = found.collect();
    found.sort_by_key(|finding| finding.rank);
    found.into_iter().map(|finding| finding.reason.trim().to_owned()).collect()
}

/// A model that is fitted natively.
fn model_of(path: &Path) -> Vec<u8> {
    let mut analysis = native(path, Settings::default());
    let scores = analysis.conductor().scores().expect("rows are scored").clone();
    let about = Box::new(analysis.conductor().about(scores.by_contamination(0.01).bin).expect("rows are scored"));
    match analysis.ask(vec![(0, Query::Model { about })]).expect("nothing is read for it").remove(0) {
        Answer::Model(Some(model)) => model.into_vec(),
        other => panic!("{other:?}"),
    }
}

/// The sample with one column multiplied.
fn drifted(times: f64) -> String {
    let text = std::fs::read_to_string(sample()).expect("the sample is there");
    let mut lines = text.lines();
    let mut out = format!("{}\n", lines.next().expect("it has a header"));
    for line in lines {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        let value: f64 = cells[2].parse().expect("the third column holds numbers");
        cells[2] = format!("{:.1}", value * times);
        writeln!(out, "{}", cells.join(",")).expect("a text can be written to");
    }
    out
}

/// Waits until the first findings have these reasons.
async fn shows(page: &Page<'_>, expected: &[String]) -> Result {
    let first = expected.first().expect("there is a finding").clone();
    page.wait_for_text("finding-reason", SOON, |text| text == first).await?;
    let seen = page.texts("finding-reason").await?;
    let count = expected.len().min(seen.len());
    assert_eq!(seen[..count], expected[..count]);
    Ok(())
}

/// From now on every request to a worker is noted.
async fn note_requests(page: &Page<'_>) -> Result {
    let script = "window.asked = []; const post = Worker.prototype.postMessage;
         Worker.prototype.postMessage = function (message, ...rest) { asked.push(message[0]); return post.call(this, message, ...rest); };";
    page.run(script, vec![]).await.map(|_| ())
}

/// What was asked for since: no file was read for it.
async fn nothing_was_read(page: &Page<'_>) -> Result<Vec<u64>> {
    let asked = page.run("return asked", vec![]).await?;
    let asked: Vec<u64> = asked.as_array().into_iter().flatten().filter_map(serde_json::Value::as_u64).collect();
    let open = encode(&Request::Open { file: 0, name: String::new() })[0];
    let sniff = encode(&Request::Sniff { file: 0 })[0];
    let task = Task { id: SegmentId { file: 0, part: 0 }, from: 0, to: 1, start: None };
    let parse = encode(&Request::Parse { task })[0];
    for never in [open, sniff, parse] {
        assert!(!asked.contains(&u64::from(never)), "request {never} among {asked:?}");
    }
    assert!(asked.len() > 4, "{asked:?}");
    Ok(asked)
}

async fn another_detector_reads_no_file(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &format!("{}?sample=metrics&workers=2", server.url())).await?;
    page.wait_for(DONE, LONG).await?;
    shows(&page, &reasons(&mut native(&sample(), Settings::default()), 3)).await?;
    note_requests(&page).await?;
    page.click("[data-testid=tab-detection]").await?;
    page.wait_for_text("in-force", SOON, |text| text == "Scored by Ensemble").await?;
    page.click("[data-testid=detector-rarity]").await?;
    page.click("[data-testid=fit]").await?;
    page.wait_for_text("in-force", LONG, |text| text == "Scored by Rarity").await?;
    page.wait_for(DONE, LONG).await?;
    let rarity = Settings { detector: Some(Kind::Rarity), ..Settings::default() };
    shows(&page, &reasons(&mut native(&sample(), rarity.clone()), 3)).await?;

    page.click("[data-testid=preset-numbers-only]").await?;
    page.click("[data-testid=fit]").await?;
    page.wait_for_text("learned", LONG, |text| text.starts_with("6 features of ")).await?;
    page.wait_for(DONE, LONG).await?;
    let numbers = FeatureChoice::preset("numbers-only").expect("a preset");
    shows(&page, &reasons(&mut native(&sample(), Settings { features: numbers, ..rarity }), 3)).await?;

    let fit = encode(&Request::Survey)[0];
    assert!(!nothing_was_read(&page).await?.contains(&u64::from(fit)));
    Ok(())
}

/// A table of numbers that takes a network some seconds.
fn wide(rows: u64) -> String {
    let mut text = (0..20).map(|column| format!("c{column}")).collect::<Vec<_>>().join(",") + "\n";
    for row in 0..rows {
        let value = |column: u64| (row * 7919 + column * 104_729).wrapping_mul(2_654_435_761) % 10_007;
        let cells: Vec<String> = (0..20).map(|column| value(column).to_string()).collect();
        writeln!(text, "{}", cells.join(",")).expect("a text can be written to");
    }
    text
}

async fn a_fit_can_be_stopped(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    page.drop_files(&[&scratch::file("wide.csv", wide(30_000).as_bytes())?]).await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for_text("finding-reason", SOON, |text| !text.is_empty()).await?;
    let before = page.texts("finding-reason").await?;
    page.click("[data-testid=tab-detection]").await?;
    // While it is fitted, and while rows are scored by it.
    for (detector, stage) in
        [("one-class-svm", "Fitting"), ("autoencoder", "Fitting"), ("lof", "Fitting"), ("lof", "Scoring")]
    {
        page.click(&format!("[data-testid=detector-{detector}]")).await?;
        page.run_async(
            "document.querySelector('[data-testid=fit]').click();
                 const frame = () => new Promise((resolve) => setTimeout(resolve, 5));
                 const stop = () => document.querySelector('[data-testid=stop-fit]');
                 const stage = () => document.querySelector('[data-testid=stage]').dataset.stage;
                 while (!stop()) await frame();
                 while (stage() !== arguments[0]) {
                   if (!stop()) throw new Error('it was done before it could be stopped');
                   await frame();
                 }
                 stop().click();
                 while (stop() || !document.querySelector('[data-testid=fit]')) await frame();",
            vec![json!(stage)],
        )
        .await?;
        page.wait_for(DONE, SOON).await?;
        page.wait_for_text("in-force", SOON, |text| text == "Scored by Ensemble").await?;
        assert_eq!(page.texts("finding-reason").await?, before, "{detector}");
    }
    // And another one can be fitted then.
    page.click("[data-testid=detector-robust-z]").await?;
    page.click("[data-testid=fit]").await?;
    page.wait_for_text("in-force", LONG, |text| text == "Scored by Robust z").await?;
    Ok(())
}

/// Has what the page saves next kept, instead of given to the browser alone.
async fn keep_saved(page: &Page<'_>) -> Result {
    let script = "window.saved = new Promise((resolve) => {
           const make = URL.createObjectURL;
           URL.createObjectURL = (blob) => { blob.text().then(resolve); return make.call(URL, blob); };
         });";
    page.run(script, vec![]).await.map(|_| ())
}

async fn a_kept_model_scores_another_file_as_it_does_natively(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &format!("{}?sample=metrics&workers=2", server.url())).await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=tab-models]").await?;
    page.wait_for("[data-testid=keep-model]:enabled", SOON).await?;
    page.wait_for("[data-testid=model-name]", SOON).await?.send_keys("good days").await?;
    page.click("[data-testid=keep-model]").await?;
    page.wait_for("[data-testid=kept-model][data-name='good days']", SOON).await?;
    let bytes = page
        .run_async(
            "const open = indexedDB.open('strayline.models');
             const db = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
             const all = db.transaction('files').objectStore('files').getAll();
             const files = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
             db.close();
             return [...files[0]];",
            vec![],
        )
        .await?;
    let bytes = bytes.as_array().into_iter().flatten();
    let model: Vec<u8> = bytes.filter_map(|byte| u8::try_from(byte.as_u64()?).ok()).collect();
    let saved = Saved::from_bytes(&model).expect("what is kept is a model");
    assert_eq!((saved.about.rows, saved.about.detector), (2880, Kind::Ensemble));

    // Another visit, another file.
    let other = scratch::file("later.csv", drifted(1.05).as_bytes())?;
    let page = Page::open(session, &format!("{}?workers=2", server.url())).await?;
    page.drop_files(&[&other]).await?;
    page.wait_for(DONE, LONG).await?;
    page.click("[data-testid=tab-models]").await?;
    page.click("[data-testid=use-model]").await?;
    page.wait_for("[data-testid=verdict]", LONG).await?;
    page.wait_for("[data-testid=scores-csv]:enabled", LONG).await?;
    page.wait_for_text("model-in-force", SOON, |text| text == "good days: Ensemble of 2,880 rows").await?;
    page.wait_for_text("scored-by", SOON, |text| text.starts_with("by the model good days")).await?;
    keep_saved(&page).await?;
    page.click("[data-testid=scores-csv]").await?;
    let seen = page.run_async("return window.saved", vec![]).await?;

    let settings = Settings { model: Some(model.into()), seed: saved.about.seed, ..Settings::default() };
    let mut analysis = native(&other, settings);
    let mut findings = analysis.findings(0, false).expect("the file can be read");
    findings.sort_by_key(|finding| finding.row.row);
    let mut lines = ScoreLines::new(ScoreForm::Csv);
    for finding in &findings {
        lines.push("later.csv", finding, &saved.about);
    }
    let expected = String::from_utf8([ScoreForm::Csv.head(), lines.into_bytes()].concat()).expect("a text");
    let seen = seen.as_str().unwrap_or_default();
    for (line, (seen, expected)) in seen.lines().zip(expected.lines()).enumerate() {
        assert_eq!(seen, expected, "line {line}");
    }
    assert_eq!(seen.len(), expected.len());
    assert!(findings.iter().any(|finding| bin_of(finding.score) >= bin_of(saved.about.threshold)));

    // Without it a detector is fitted to the rows at hand.
    note_requests(&page).await?;
    page.click("[data-testid=tab-detection]").await?;
    page.click("[data-testid=leave-model]").await?;
    page.wait_for_text("in-force", LONG, |text| text == "Scored by Ensemble").await?;
    page.wait_for(DONE, LONG).await?;
    shows(&page, &reasons(&mut native(&other, Settings::default()), 3)).await?;
    nothing_was_read(&page).await?;

    // It can be renamed and deleted.
    page.click("[data-testid=tab-models]").await?;
    page.run(
        "const name = document.querySelector('[data-testid=rename-model]');
         name.value = 'January'; name.dispatchEvent(new Event('change', { bubbles: true }));",
        vec![],
    )
    .await?;
    page.wait_for("[data-testid=kept-model][data-name=January]", SOON).await?;
    page.click("[data-testid=forget-model]").await?;
    page.wait_for_text("tab-models", SOON, |text| text == "Models").await?;
    Ok(())
}

async fn what_is_no_sound_model_is_refused(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    let model = model_of(&sample());
    let mut damaged = model.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x10;
    let mut newer = model.clone();
    newer[8] = 200;
    // Recognised by its first bytes, whatever it is called.
    page.drop_files(&[&scratch::file("damaged.bin", &damaged)?]).await?;
    page.wait_for_text("model-trouble", SOON, |text| text.contains("damaged.bin") && text.contains("is damaged"))
        .await?;
    page.drop_files(&[&scratch::file("newer.model", &newer)?]).await?;
    page.wait_for_text("model-trouble", SOON, |text| text.contains("version 200")).await?;
    page.drop_files(&[&scratch::file("notes.model", b"not a model at all")?]).await?;
    page.wait_for_text("model-trouble", SOON, |text| text.contains("no model of Strayline")).await?;
    // What came with it is analysed all the same, and a sound one is taken then.
    page.drop_files(&[&scratch::file("damaged.bin", &damaged)?, &sample()]).await?;
    page.wait_for(DONE, LONG).await?;
    page.wait_for("[data-testid=finding]", SOON).await?;
    page.drop_files(&[&scratch::file("sound.bin", &model)?]).await?;
    page.click("[data-testid=tab-models]").await?;
    page.wait_for("[data-testid=verdict][data-verdict=Compatible]", LONG).await?;
    assert!(page.texts("model-trouble").await?.is_empty());
    Ok(())
}

async fn a_drifted_file_is_not_scored_until_that_is_wanted(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    let model = scratch::file("usual.model", &model_of(&sample()))?;
    // A model alone waits for files.
    page.drop_files(&[&model]).await?;
    page.wait_for_text("model-ready", SOON, |text| text.contains("usual")).await?;
    page.drop_files(&[&scratch::file("drifted.csv", drifted(4.0).as_bytes())?]).await?;
    page.wait_for("[data-testid=blocked]", LONG).await?;
    page.wait_for("[data-testid=verdict][data-verdict=Retrain]", SOON).await?;
    page.wait_for("[data-testid=drift][data-feature=cpu_percent][data-severity=major]", SOON).await?;
    page.wait_for("[data-testid=drift][data-feature=memory_percent][data-severity=none]", SOON).await?;
    assert!(page.texts("finding").await?.is_empty());
    page.wait_for_text("stage", SOON, |text| text == "Checked, not scored").await?;
    page.wait_for_text("scored-by", SOON, |text| text == "nothing is scored: not like the model usual").await?;
    // Rows can be looked at meanwhile.
    page.click("[data-testid=tab-rows]").await?;
    page.wait_for("[data-testid=table-row]", SOON).await?;
    page.click("[data-testid=tab-models]").await?;
    page.click("[data-testid=score-anyway]").await?;
    page.wait_for("[data-testid=finding]", LONG).await?;
    page.wait_for_text("scored-by", SOON, |text| text == "against the check, by the model usual").await?;
    // Other limits make another verdict, and no score another one; what is no limit is said.
    let rows = page.text("threshold-rows").await?;
    let limit = "const limit = document.querySelector('[data-testid=limit-major]');
         limit.value = arguments[0]; limit.dispatchEvent(new Event('change', { bubbles: true })); return limit.value;";
    assert_eq!(page.run(limit, vec![json!("much")]).await?, json!("0.25"));
    page.wait_for_text("status", SOON, |text| text.starts_with("\"much\" is not an index")).await?;
    page.run(limit, vec![json!("50")]).await?;
    page.wait_for("[data-testid=verdict][data-verdict=CompatibleWithWarnings]", SOON).await?;
    assert_eq!(page.text("threshold-rows").await?, rows);
    Ok(())
}

async fn a_field_of_another_name_is_pointed_out(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    let model = scratch::file("named.model", &model_of(&sample()))?;
    let renamed = drifted(1.0).replacen("cpu_percent", "busy", 1);
    page.drop_files(&[&model, &scratch::file("renamed.csv", renamed.as_bytes())?]).await?;
    page.wait_for("[data-testid=verdict][data-verdict=Retrain]", LONG).await?;
    let choose = "const choice = document.querySelector('[data-testid=name-field][data-field=cpu_percent] select');
         choice.value = 'busy'; choice.dispatchEvent(new Event('change', { bubbles: true }));";
    page.run(choose, vec![]).await?;
    page.wait_for("[data-testid=finding]", LONG).await?;
    page.click("[data-testid=tab-models]").await?;
    page.wait_for("[data-testid=verdict][data-verdict=Compatible]", LONG).await?;
    page.wait_for_text("alias", SOON, |text| text.contains("busy") && text.contains("chosen by you")).await?;
    // And back.
    page.click("[data-testid=alias] button").await?;
    page.wait_for("[data-testid=blocked]", LONG).await?;
    page.wait_for("[data-testid=name-field]", SOON).await?;
    Ok(())
}

/// Rows of two numbers, the first of which stand apart.
fn apart(rows: u64, odd: u64) -> String {
    let value = |row: u64, column: u64| {
        let noise = (0..6).map(|n| hash_pair(row, 6 * column + n) % 1000).sum::<u64>();
        if row < odd { noise + 40_000 } else { noise }
    };
    let lines = (0..rows).map(|row| format!("{},{}\n", value(row, 1), value(row, 2)));
    format!("load,wait\n{}", lines.collect::<String>())
}

async fn the_knee_is_where_rows_stand_apart(session: &Session) -> Result {
    let server = site::serve("/")?;
    for (odd, rows) in [(9_u64, 9_u64), (0, 10)] {
        let page = Page::open(session, &server.url()).await?;
        let path = scratch::file(&format!("apart{odd}.csv"), apart(900, odd).as_bytes())?;
        let analysis = native(&path, Settings::default());
        let scores = analysis.conductor().scores().expect("rows are scored");
        // Rows that score alike are all in.
        let (knee, three) = (scores.by_knee(), scores.by_rows(3).rows);
        assert_eq!(knee.map(|cut| cut.rows), Some(odd).filter(|odd| *odd > 0));
        page.drop_files(&[&path]).await?;
        page.wait_for(DONE, LONG).await?;
        page.click("[data-testid=knee]").await?;
        page.wait_for_text("threshold-rows", SOON, |text| text == format!("{rows} rows")).await?;
        let said = page.text("no-knee").await?;
        assert_eq!(said.is_empty(), odd > 0, "{said}");
        // Another threshold says nothing of it.
        page.run(
            "const top = document.querySelector('[data-testid=top-rows]');
             top.value = '3'; top.dispatchEvent(new Event('change', { bubbles: true }));",
            vec![],
        )
        .await?;
        page.wait_for_text("no-knee", SOON, str::is_empty).await?;
        page.wait_for_text("threshold-rows", SOON, |text| text == format!("{three} rows")).await?;
    }
    Ok(())
}
