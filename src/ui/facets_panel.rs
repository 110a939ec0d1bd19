//! How often each value of a field occurs, and the way to narrow the table to one. What is asked of a field does not count
//! for its own values: they say how many rows there would be with another one.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::app::Ui;
use super::badge;
use super::command::Command;
use super::live::{live, watch};
use crate::engine::Filter;
use crate::filter::expr::Field;
use crate::filter::facet::Facet;
use crate::filter::{Condition, Expr};
use crate::geometry::number;
use crate::platform::client::{Client, Countable};
use crate::record::{Level, Role};
use crate::view::{FileReport, Stage};

/// Values of a field that are listed at first, and at most.
const FEW: usize = 6;
const MOST: usize = 50;
/// Distinct values that a field of numbers may have to be listed.
const FEW_NUMBERS: usize = 12;
/// Fields that are listed at most.
const FIELDS: usize = 24;
/// Fields that are looked at: a table of a thousand numbers must not be counted through for nothing.
const LOOKED_AT: usize = 64;

/// A field and its most frequent values over all rows, with their rows. They stay while the search changes.
#[derive(Clone, Debug, PartialEq)]
struct Group {
    title: String,
    field: Field,
    /// Its column; the files have none.
    column: Option<u32>,
    level: bool,
    values: Vec<(String, u64)>,
    /// Values beyond those.
    others: usize,
    /// Share of all rows that have a value.
    coverage: f64,
}

/// What occurs among the rows that the table shows.
#[derive(Default)]
struct Counts {
    facets: Vec<Facet>,
    /// Names of files, and their rows.
    files: Vec<(String, u64)>,
    known: bool,
}

impl Counts {
    fn of(&self, group: &Group, value: &str) -> u64 {
        match group.column {
            Some(column) => {
                let facet = self.facets.iter().find(|facet| facet.column == column);
                facet.map_or(0, |facet| facet.rows_of(value))
            }
            None => self.files.iter().filter(|(name, _)| name == value).map(|(_, rows)| rows).sum(),
        }
    }

    /// Rows among which the values of a group are counted: those of the table, or more where the search asks about its field.
    fn rows(&self, group: &Group) -> u64 {
        match group.column {
            Some(column) => self.facets.iter().find(|facet| facet.column == column).map_or(0, |facet| facet.rows),
            None => self.files.iter().map(|(_, rows)| rows).sum(),
        }
    }
}

/// The values.
#[component]
pub(super) fn FacetsPanel() -> impl IntoView {
    let ui = Ui::here();
    let session = ui.session;
    let groups = RwSignal::new(Vec::<Group>::new());
    let counts = RwSignal::new_local(Rc::new(Counts::default()));
    // Once per analysis: what there is.
    let read = Memo::new(move |_| session.stage.get() > Stage::Reading && session.rows.get() > 0);
    watch(move || {
        let run = session.run.get();
        groups.set(Vec::new());
        let Some(client) = session.client().filter(|_| read.get()) else { return };
        spawn_local(async move {
            let found = survey(&client, session.files.get_untracked().len()).await;
            if session.is_current(run) {
                let _ = groups.try_set(found);
            }
        });
    });
    // At every search: how often it occurs.
    watch(move || {
        let (run, filter) = (session.run.get(), ui.listing.get().filter);
        let columns: Vec<u32> = groups.with(|groups| groups.iter().filter_map(|group| group.column).collect());
        let Some(client) = session.client().filter(|_| ui.settled() && !groups.with(Vec::is_empty)) else { return };
        let expr = ui.looking.expr.get_untracked();
        let bin = session.threshold.with_untracked(|cut| cut.as_ref().map(|cut| cut.bin));
        let only = bin.filter(|_| ui.selection.anomalies_only.get_untracked());
        let narrowed = groups.with(|groups| narrowed(groups, &expr));
        spawn_local(async move {
            let Some(mut facets) = client.facets(filter, &columns).await else { return };
            let mut files = client.file_counts(filter).await;
            for (column, rest) in narrowed {
                let columns: Vec<u32> = column.into_iter().collect();
                let Some((mut own, rows)) = apart(&client, &rest, only, bin, &columns).await else { continue };
                match (column, own.pop()) {
                    (Some(column), Some(own)) => facets
                        .iter_mut()
                        .filter(|facet| facet.column == column)
                        .for_each(|facet| facet.clone_from(&own)),
                    _ => files = rows,
                }
            }
            if session.is_current(run) && ui.listing.get_untracked().filter == filter {
                let names = session.files.with_untracked(|files| names(files));
                let files = names.into_iter().zip(files).collect();
                let _ = counts.try_set(Rc::new(Counts { facets, files, known: true }));
            }
        });
    });
    let list = live(move || {
        groups.with(|groups| groups.iter().map(|group| section(ui, group, counts)).collect_view().into_any())
    });
    let hint = live(move || {
        let text = match (read.get(), groups.with(Vec::is_empty)) {
            (false, _) => "Values are counted when all rows are read",
            (true, true) => "No field has values few enough to list",
            (true, false) => return None,
        };
        Some(view! { <p class="hint">{text}</p> }.into_any())
    });
    view! {
        <aside class="facets" aria-label="Values" data-testid="facets">
            <div class="scroll" tabindex="-1">{hint} {list}</div>
        </aside>
    }
}

/// The fields that a search asks about, by column (the files have none), and the search without what it asks of them: only
/// so are there counts of the values that one could choose instead.
fn narrowed(groups: &[Group], expr: &Expr) -> Vec<(Option<u32>, Expr)> {
    let rest = groups.iter().map(|group| (group.column, expr.without_field(&group.field)));
    rest.filter(|(_, rest)| rest != expr).collect()
}

/// Counts under another search than the one in force.
async fn apart(
    client: &Client,
    rest: &Expr,
    only: Option<u32>,
    bin: Option<u32>,
    columns: &[u32],
) -> Option<(Vec<Facet>, Vec<u64>)> {
    if *rest == Expr::All && only.is_none() {
        return Some((client.facets(Filter::All, columns).await?, client.file_counts(Filter::All).await));
    }
    let scored = only.map(Condition::at_least);
    let condition = if *rest == Expr::All {
        scored?
    } else {
        let condition = client.bind(rest.to_string(), bin).await?.ok()?;
        match scored {
            Some(scored) => condition.and(&scored),
            None => condition,
        }
    };
    client.facets_apart(&condition, columns).await
}

fn names(files: &[FileReport]) -> Vec<String> {
    files.iter().map(|file| file.name.clone()).collect()
}

/// The fields with few values, and their values. One field at a time: together they could hold up the page.
async fn survey(client: &Client, files: usize) -> Vec<Group> {
    let mut groups = Vec::new();
    for field in client.countable().into_iter().take(LOOKED_AT) {
        if groups.len() >= FIELDS {
            break;
        }
        let Some(facet) = client.facets(Filter::All, &[field.column]).await.and_then(|mut facets| facets.pop()) else {
            return Vec::new();
        };
        groups.extend(group(field, &facet));
    }
    // What a person looks for first: how bad, then where.
    if let Some(at) = groups.iter().position(|group: &Group| group.level) {
        groups[..=at].rotate_right(1);
    }
    if files > 1 {
        let at = usize::from(groups.first().is_some_and(|group| group.level));
        let field = Field::Named("file".to_owned());
        let (values, others) = (Vec::new(), 0);
        groups.insert(
            at.min(groups.len()),
            Group { title: "file".into(), field, column: None, level: false, values, others, coverage: 1.0 },
        );
    }
    groups
}

fn group(field: Countable, facet: &Facet) -> Option<Group> {
    let (values, others) = facet.top(MOST);
    let distinct = values.len() + others;
    let most = if field.number { FEW_NUMBERS } else { MOST };
    // One value in every row tells nothing.
    let tells = distinct > 1 || distinct == 1 && facet.present < facet.rows;
    let listed = matches!(field.role, Some(Role::Level | Role::Service | Role::Instance)) || distinct <= most;
    (tells && listed && !facet.unlisted).then(|| Group {
        title: field.name,
        field: field.field,
        column: Some(field.column),
        level: field.role == Some(Role::Level),
        values: values.into_iter().map(|(value, rows)| (value.to_owned(), rows)).collect(),
        others,
        coverage: facet.present as f64 / facet.rows.max(1) as f64,
    })
}

fn section(ui: Ui, group: &Group, counts: RwSignal<Rc<Counts>, LocalStorage>) -> impl IntoView + use<> {
    let mut group = group.clone();
    if group.column.is_none() {
        for name in ui.session.files.with_untracked(|files| names(files)) {
            if group.values.len() >= MOST {
                group.others += 1;
            } else if !group.values.iter().any(|(known, _)| *known == name) {
                group.values.push((name, 0));
            }
        }
    }
    let all = RwSignal::new(false);
    let coverage = (group.coverage < 0.9995).then(|| format!("in {}", number::percent(group.coverage)));
    let (title, others, listed) = (group.title.clone(), group.others, group.values.len());
    let group = Rc::new(group);
    let group = StoredValue::new_local(group);
    let values = live(move || {
        let group = group.get_value();
        let most = if all.get() { MOST } else { FEW };
        group.values.iter().take(most).map(|(text, _)| value(ui, &group, text, counts)).collect_view().into_any()
    });
    let more = (listed > FEW).then(|| {
        let text = live(move || if all.get() { "fewer".to_owned() } else { format!("{} more", listed - FEW + others) });
        view! {
            <button
                class="bare quiet"
                aria-expanded=live(move || all.get().to_string())
                on:click=move |_| all.update(|all| *all = !*all)
            >
                {text}
            </button>
        }
    });
    let beyond = live(move || {
        (all.get() && others > 0)
            .then(|| view! { <p class="quiet">{format!("and {} rarer", number::group(others as u64))}</p> }.into_any())
    });
    view! {
        <section class="facet" data-testid="facet" data-field=title.clone()>
            <h3 title=title.clone()>
                <span class="data">{title.clone()}</span>
                <span class="quiet">{coverage}</span>
            </h3>
            <ul>{values}</ul>
            {more}
            {beyond}
        </section>
    }
}

fn value(ui: Ui, group: &Group, text: &str, counts: RwSignal<Rc<Counts>, LocalStorage>) -> impl IntoView + use<> {
    let looking = ui.looking;
    let (with, out) = (Expr::value(group.field.clone(), text, true), Expr::value(group.field.clone(), text, false));
    let (title, key) = (group.title.clone(), text.to_owned());
    let class = if group.level {
        let level = Level::ALL.into_iter().find(|level| level.name().eq_ignore_ascii_case(text));
        format!("data {}", badge::level_class(level.unwrap_or_default()))
    } else {
        "data".to_owned()
    };
    let here = {
        let (group, key) = (group.clone(), key.clone());
        Memo::new(move |_| counts.with(|counts| counts.known.then(|| counts.of(&group, &key))))
    };
    let part = {
        let group = group.clone();
        move || {
            let rows = counts.with(|counts| counts.rows(&group)).max(1);
            format!("{:.1}%", here.get().unwrap_or(0) as f64 / rows as f64 * 100.0)
        }
    };
    let has = move |part: &Expr| looking.expr.with(|expr| expr.without(part) != *expr);
    let chosen = {
        let with = with.clone();
        Memo::new(move |_| has(&with))
    };
    let left_out = {
        let out = out.clone();
        Memo::new(move |_| has(&out))
    };
    let toggle = move |part: &Expr, on: bool| {
        let expr = looking.expr.with_untracked(|expr| if on { expr.without(part) } else { expr.with(part.clone()) });
        ui.send(Command::Narrow(expr));
    };
    let other = out.clone();
    view! {
        <li class="value" class:none=live(move || here.get() == Some(0)) class:out=live(move || left_out.get())>
            <button
                class="bare value-pick"
                aria-pressed=live(move || chosen.get().to_string())
                title=format!("{key}: show only rows with it; with Alt, only rows without it")
                data-testid="facet-value"
                data-field=title
                data-value=key.clone()
                on:click=move |event| {
                    if event.alt_key() {
                        toggle(&other, left_out.get_untracked());
                    } else {
                        toggle(&with, chosen.get_untracked());
                    }
                }
            >
                <i class="value-part" style:width=live(part)></i>
                <span class=class>{key.clone()}</span>
                <span class="data quiet">{live(move || here.get().map(number::group).unwrap_or_default())}</span>
            </button>
            <button
                class="bare value-out"
                aria-label=format!("Without {key}")
                title="Show only rows without it"
                aria-pressed=live(move || left_out.get().to_string())
                data-testid="facet-out"
                on:click=move |_| toggle(&out, left_out.get_untracked())
            >
                "−"
            </button>
        </li>
    }
}
