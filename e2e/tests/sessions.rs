//! Sessions in the page: the list, one session beside its twin, what stands around a row.

use std::fmt::Write as _;
use std::time::Duration;

use e2e::browser::Session;
use e2e::failure::Result;
use e2e::page::{Page, SOON};
use e2e::{in_both_browsers, scratch, site};
use serde_json::json;

/// How long a small file may take. Generous: two browsers share a small machine.
const LONG: Duration = Duration::from_mins(3);

in_both_browsers!(
    the_incident_of_the_sample_stands_beside_its_twin,
    missing_and_repeated_steps_are_seen,
    the_list_of_sessions_sorts_and_searches,
    rows_without_a_session_have_a_window,
);

async fn press(page: &Page<'_>, key: &str) -> Result {
    let script = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[0], bubbles: true }))";
    page.run(script, vec![json!(key)]).await.map(|_| ())
}

/// Relations of the steps of the open session, in order.
async fn relations(page: &Page<'_>) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('[data-testid=story-step]')].map(e => e.dataset.relation)";
    let found = page.run(script, vec![]).await?;
    Ok(found.as_array().into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_owned())).collect())
}

/// Writes a file for a test, and waits until the page has analysed it.
async fn analyse(page: &Page<'_>, name: &str, text: &str) -> Result {
    page.drop_files(&[&scratch::file(name, text.as_bytes())?]).await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await.map(|_| ())
}

/// Jobs of five steps; `broken` changes the steps of one.
fn jobs(count: usize, broken: impl Fn(usize, &mut Vec<&'static str>)) -> String {
    let mut text = String::new();
    for job in 0..count {
        let mut steps = vec!["job accepted", "input fetched", "rows checked", "table written", "job closed"];
        broken(job, &mut steps);
        for (place, step) in steps.iter().enumerate() {
            let at = 1_700_000_000_000_u64 + job as u64 * 5000 + place as u64 * (100 + (job % 7) as u64);
            let row = json!({"time": at, "level": "INFO", "message": step, "job_id": format!("job-{job:04}")});
            writeln!(text, "{row}").expect("a text can be written to");
        }
    }
    text
}

async fn the_incident_of_the_sample_stands_beside_its_twin(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &format!("{}?sample=incident", server.url())).await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    page.wait_for_text("finding-reason", SOON, |text| text.contains("Database connection timeout")).await?;
    page.click("[data-testid=finding]").await?;
    page.wait_for_text("detail-reason", SOON, |text| text.contains("z 15")).await?;
    // The whole session stands around the row.
    page.wait_for("[data-testid=context-scope][data-scope=FULL_SESSION]", SOON).await?;
    page.wait_for_text("context-scope", SOON, |text| text.contains("req-003") && text.contains("row 1 of 4")).await?;
    assert_eq!(page.texts("near").await?.len(), 4);
    page.click("[data-testid=open-session]").await?;
    let sentence = page.wait_for_text("story-sentence", SOON, |text| text.contains("slower than in the twin")).await?;
    assert!(sentence.starts_with("1 step missing, 1 step that the twin has not, and step 1 is "), "{sentence}");
    assert_eq!(page.text("story-name").await?, "req-003");
    assert_eq!(relations(&page).await?, ["same", "same", "same", "added", "missing"]);
    page.wait_for("[data-testid=story-step][data-slow=true].odd.chosen", SOON).await?;
    let slow = page.texts("story-slow").await?;
    assert!(slow[0].contains("slower: 5,200 ms, the twin "), "{slow:?}");
    // From row to row of the session, and back to the list.
    press(&page, "o").await?;
    page.wait_for_text("status", SOON, |text| text == "Row 2 of the 4 of its session").await?;
    press(&page, "O").await?;
    page.wait_for_text("status", SOON, |text| text == "Row 1 of the 4 of its session").await?;
    press(&page, "O").await?;
    page.wait_for_text("status", SOON, |text| text == "No earlier row in its session").await?;
    press(&page, "Escape").await?;
    press(&page, "Escape").await?;
    page.wait_for_text("session-count", SOON, |text| text == "240 sessions").await?;
    page.wait_for("[data-testid=session-row]", SOON).await?;
    assert!(page.texts("story-sentence").await?.is_empty());
    Ok(())
}

async fn missing_and_repeated_steps_are_seen(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    let text = jobs(200, |job, steps| match job {
        40 => {
            steps.remove(3);
        }
        90 => {
            steps.splice(2..2, ["input fetched"; 300]);
        }
        _ => {}
    });
    analyse(&page, "jobs.jsonl", &text).await?;
    page.click("[data-testid=tab-sessions]").await?;
    page.wait_for_text("session-count", SOON, |text| text == "200 sessions").await?;
    let open = |name: &'static str| {
        let page = &page;
        async move {
            page.run(
                "const box = document.querySelector('[data-testid=session-search]');
                 box.value = arguments[0]; box.dispatchEvent(new Event('input', { bubbles: true }));",
                vec![json!(name)],
            )
            .await?;
            page.wait_for_text("session-count", SOON, |text| text.starts_with("1 of ")).await?;
            // The list of the search before has one row too.
            let row = format!("[data-testid=sessions][aria-rowcount='1'] .session-name[title='{name}']");
            page.wait_for(&row, SOON).await?;
            page.click("[data-testid=session-row]").await?;
            page.wait_for_text("story-name", SOON, |text| text == name).await
        }
    };
    open("job-0040").await?;
    page.wait_for_text("story-sentence", SOON, |text| text == "1 step missing.").await?;
    assert_eq!(relations(&page).await?, ["same", "same", "same", "missing", "same"]);
    page.click("[data-testid=story-back]").await?;
    open("job-0090").await?;
    page.wait_for_text("story-sentence", SOON, |text| text == "1 step repeated (×301).").await?;
    assert_eq!(page.texts("story-times").await?, ["×301"]);
    // A long session is sampled, and says what is left out, until that is wanted.
    let left = "return [...document.querySelectorAll('[data-testid=story-left-out]')].reduce((sum, e) => sum + +e.dataset.count, 0)";
    let shown = relations(&page).await?.len() as u64;
    assert_eq!(page.run(left, vec![]).await?.as_u64().map(|left| left + shown), Some(305));
    page.click("[data-testid=story-left-out] button").await?;
    page.wait_for(&format!("[data-testid=story-step]:nth-of-type({})", shown + 60), SOON).await?;
    assert!(relations(&page).await?.len() as u64 > shown);
    Ok(())
}

async fn the_list_of_sessions_sorts_and_searches(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &format!("{}?sample=incident", server.url())).await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    page.click("[data-testid=tab-sessions]").await?;
    let first = "return document.querySelector('[data-testid=session-row] .session-name')?.textContent.trim() ?? ''";
    page.wait_for("[data-testid=session-row]", SOON).await?;
    page.wait_for_text("session-why", SOON, |text| text.contains("by its name")).await?;
    assert_eq!(page.run(first, vec![]).await?, json!("req-003"), "the most abnormal comes first");
    for (column, expected) in
        [("session", "req-001"), ("session", "req-240"), ("lasted", "req-003"), ("start", "req-001")]
    {
        page.click(&format!("[data-testid=session-sort][data-column={column}]")).await?;
        let wanted = format!("[data-testid=session-row][data-position='0'] .session-name[title='{expected}']");
        page.wait_for(&wanted, SOON).await?;
        page.wait_for("[aria-sort]:not([aria-sort=none]) > [data-testid=session-sort]", SOON).await?;
        assert_eq!(page.run(first, vec![]).await?, json!(expected), "by {column}");
    }
    // Enter opens the session that keys have moved to.
    page.run("document.getElementById('sessions').focus()", vec![]).await?;
    press(&page, "j").await?;
    press(&page, "Enter").await?;
    page.wait_for_text("story-name", SOON, |text| text == "req-001").await?;
    // Another key makes other sessions; none makes none.
    press(&page, "Escape").await?;
    page.run(
        "const select = document.querySelector('[data-testid=session-key]');
         select.value = ''; select.dispatchEvent(new Event('change', { bubbles: true }));",
        vec![],
    )
    .await?;
    page.wait_for_text("status", SOON, |text| text.contains("has no role now")).await?;
    page.wait_for("[data-testid=stage][data-stage=Done]", LONG).await?;
    page.wait_for_text("session-count", SOON, |text| text == "0 sessions").await?;
    Ok(())
}

async fn rows_without_a_session_have_a_window(session: &Session) -> Result {
    let server = site::serve("/")?;
    let page = Page::open(session, &server.url()).await?;
    let mut text = String::new();
    for n in 0..300 {
        writeln!(
            text,
            "{}",
            json!({"time": 1_700_000_000 + n, "level": "INFO", "message": format!("beat {n} of the clock")})
        )
        .expect("a text can be written to");
    }
    analyse(&page, "beats.jsonl", &text).await?;
    page.click("[data-testid=tab-rows]").await?;
    page.click("[data-testid=table-row][data-row='4']").await?;
    page.wait_for("[data-testid=context-scope][data-scope=WINDOW]", SOON).await?;
    // Four rows before it, ten behind it.
    page.wait_for("[data-testid=near].this[data-row='4']", SOON).await?;
    assert_eq!(page.texts("near").await?.len(), 15);
    page.run(
        "const select = document.querySelector('[data-testid=context-reach]');
         select.value = '3'; select.dispatchEvent(new Event('change', { bubbles: true }));",
        vec![],
    )
    .await?;
    page.wait_for("[data-testid=near]:first-child[data-row='1']", SOON).await?;
    assert_eq!(page.texts("near").await?.len(), 7);
    Ok(())
}
