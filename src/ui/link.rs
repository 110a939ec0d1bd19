//! A link to what is looked at: search, order and row, behind the `#` of the address, which is sent to nobody. The data is
//! not in it: whoever opens the link needs the same files.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::UrlSearchParams;

use super::app::Ui;
use super::live::watch;
use super::{browser, frame, narrow, travel};
use crate::engine::order::{Sort, SortBy};
use crate::geometry::number;
use crate::view::Stage;

/// What a link asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Link {
    search: String,
    /// Name of a field, or `score` or `file`; with a minus where the highest come first.
    sort: Option<String>,
    row: Option<u64>,
}

impl Link {
    /// What the address of the page asks for, if anything.
    pub(super) fn of_page() -> Option<Self> {
        let hash = window().location().hash().ok()?;
        let wanted = UrlSearchParams::new_with_str(hash.strip_prefix('#')?).ok()?;
        let link = Self {
            search: wanted.get("q").unwrap_or_default(),
            sort: wanted.get("sort"),
            row: wanted.get("row").and_then(|row| row.parse::<u64>().ok()?.checked_sub(1)),
        };
        (link != Self::default()).then_some(link)
    }

    /// In words, before there is data.
    pub(super) fn told(&self) -> String {
        let row = self.row.map(|row| format!("row {}", number::group(row + 1)));
        let search = (!self.search.is_empty()).then(|| format!("the search {}", self.search));
        let parts: Vec<String> = row.into_iter().chain(search).collect();
        let what = if parts.is_empty() { "an order of rows".to_owned() } else { parts.join(" and ") };
        format!("This link asks for {what}. The data is not in the link: drop the files that it was made from.")
    }
}

/// Copies a link to what is looked at.
pub(super) fn copy(ui: Ui) {
    let Ok(wanted) = UrlSearchParams::new() else { return };
    let search = ui.looking.wanted.get_untracked();
    if !search.is_empty() {
        wanted.set("q", &search);
    }
    if let Some(Sort { by, descending }) = ui.looking.sort.get_untracked()
        && let Some(name) = name_of(ui, by)
    {
        wanted.set("sort", &format!("{}{name}", if descending { "-" } else { "" }));
    }
    if let Some(row) = ui.selection.row.get_untracked() {
        wanted.set("row", &(row + 1).to_string());
    }
    let location = window().location();
    let (origin, path) = (location.origin().unwrap_or_default(), location.pathname().unwrap_or_default());
    let link = format!("{origin}{path}#{}", String::from(wanted.to_string()));
    spawn_local(async move {
        ui.selection.say(if browser::copy(&link).await {
            "Copied a link to the search, the order and the row. The data is not in it: whoever opens it needs the same files"
        } else {
            "The browser does not let this page copy"
        });
    });
}

/// Follows the link by which the page was opened: the search at once, the rest when the rows of the first files are there.
pub(super) fn follow(ui: Ui) {
    let Some(link) = Link::of_page() else { return };
    frame::fill("asked", view! { <p class="note" data-testid="link-note">{link.told()}</p> }.into_any());
    if !link.search.is_empty() {
        narrow::search(ui, link.search.clone());
    }
    let left = StoredValue::new(Some(link));
    watch(move || {
        if ui.session.stage.get() != Stage::Done || !ui.settled() {
            return;
        }
        let Some(link) = left.get_value() else { return };
        left.set_value(None);
        if let Some(sort) = link.sort.as_deref().and_then(|name| sort_of(ui, name)) {
            narrow::order(ui, sort);
        }
        match link.row {
            Some(row) if row < ui.session.rows.get_untracked() => {
                ui.selection.detail.set(true);
                travel::to_row(ui, row);
            }
            Some(row) => {
                ui.selection
                    .say(format!("These files have no row {}, which the link asks for", number::group(row + 1)));
            }
            None => {}
        }
    });
}

fn name_of(ui: Ui, by: SortBy) -> Option<String> {
    match by {
        SortBy::Score => Some("score".to_owned()),
        SortBy::File => Some("file".to_owned()),
        SortBy::Merged => None,
        SortBy::Column(column) => {
            ui.session.fields.with_untracked(|fields| fields.get(column as usize).map(|field| field.name.clone()))
        }
    }
}

fn sort_of(ui: Ui, name: &str) -> Option<Sort> {
    let (name, descending) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
    let column = ui.session.fields.with_untracked(|fields| fields.iter().position(|field| field.name == name));
    let by = match (column, name) {
        (Some(column), _) => SortBy::Column(column as u32),
        (None, "score") => SortBy::Score,
        (None, "file") => SortBy::File,
        _ => return None,
    };
    Some(Sort { by, descending })
}
