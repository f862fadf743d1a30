//! Two configurations side by side, or two with what both come from
//! (docs/global-configurations.md#comparing).

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use governance::{ConfigurationId, DifferenceText, View};
use serde_json::Value;
use tokio::task::spawn_blocking;

use super::configuration::Shown;
use super::count;
use super::tree::{name_of, way};
use crate::pages::field::{Choice, Field};
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Mark, Wrong};
use crate::pages::render;
use crate::pages::visitor::Visitor;
use crate::pages::words::some_of;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "gc/compare.html")]
struct ComparePage {
    frame: Frame,
    path: String,
    with: Field,
    base: Field,
    wrong: Option<Wrong>,
    /// What is compared: left and right, or what both come from, mine and theirs.
    heads: Vec<(&'static str, Mark)>,
    summary: String,
    rows: Vec<Row>,
    compared: bool,
    more: usize,
}

struct Row {
    change: String,
    tone: &'static str,
    place: String,
    what: String,
    cells: Vec<String>,
    conflict: bool,
}

/// So many differences are told on a page.
const ROWS: usize = 500;

pub(crate) async fn show(visitor: Visitor, Path(key): Path<String>) -> Result<Response, Problem> {
    let view = visitor.view();
    let shown = Shown::of(view, &key)?;
    let (with, base) = (visitor.query.get("with").trim(), visitor.query.get("base").trim());
    let mut wrong = None;
    let mut named = |text: &str| {
        if text.is_empty() {
            return None;
        }
        let found = view.find_configuration(shown.project, text);
        let called = found.map_or_else(|| shown.configurations_called(view, text), |id| vec![id]);
        if let [one] = called[..] {
            return Some(one);
        }
        wrong = Some(match called.is_empty() {
            true => format!(
                "There is no configuration “{text}” in this project area: choose one, or write Component/stream:Name."
            ),
            false => {
                let several = called.into_iter().map(|id| view.local_reference(id)).collect();
                format!("Several are called “{text}”: write which, {}.", some_of(several))
            }
        });
        None
    };
    let (right, common) = (named(with), named(base));
    let mut page = ComparePage {
        path: shown.path(),
        with: choose(view, &shown, "with", "Compare with", with).required(),
        base: choose(view, &shown, "base", "Both come from", base)
            .hint("Then what each side has changed is told, and where both have, and not alike."),
        wrong: None,
        heads: Vec::new(),
        summary: String::new(),
        rows: Vec::new(),
        compared: false,
        more: 0,
        frame: shown.frame(&visitor, "compare"),
    };
    if let Some(words) = wrong {
        page.wrong = Some(Wrong { words });
        return Ok(render(&page));
    }
    if let Some(right) = right {
        let (thinking, left) = (view.clone(), shown.id);
        let rows = spawn_blocking(move || compared(&thinking, left, right, common));
        let rows = rows.await.map_err(|_| Problem::internal())?.ok_or_else(Problem::not_found)?;
        let mark = |id: ConfigurationId| Shown::at(view, id).map(|it| it.mark());
        let heads = match common {
            None => vec![("Left", Some(shown.mark())), ("Right", mark(right))],
            Some(base) => vec![("Base", mark(base)), ("Mine", Some(shown.mark())), ("Theirs", mark(right))],
        };
        page.heads = heads.into_iter().filter_map(|(words, mark)| Some((words, mark?))).collect();
        let conflicts = rows.iter().filter(|it| it.conflict).count();
        page.summary = count(rows.len(), "difference");
        if common.is_some() {
            page.summary = format!("{}, {}", page.summary, count(conflicts, "conflict"));
        }
        page.more = rows.len().saturating_sub(ROWS);
        page.rows = rows.into_iter().take(ROWS).collect();
        page.compared = true;
    }
    Ok(render(&page))
}

/// A line in which the component's other configurations are offered.
fn choose(view: &View, shown: &Shown<'_>, name: &str, label: &str, typed: &str) -> Field {
    const OFFERED: usize = 200;
    let others = view.configurations_of(shown.it.component).iter().rev().filter(|id| **id != shown.id);
    let others = others.filter_map(|id| Shown::at(view, *id)).take(OFFERED);
    let offered = others.map(|it| Choice::new(view.local_reference(it.id), it.it.name.to_string(), false));
    Field::line(name, label, typed).offering(offered.collect())
}

fn compared(
    view: &View,
    left: ConfigurationId,
    right: ConfigurationId,
    base: Option<ConfigurationId>,
) -> Option<Vec<Row>> {
    let Some(base) = base else {
        let found = view.comparison(left, right)?;
        return Some(
            found
                .differences
                .iter()
                .map(|it| row(it, vec![told(&it.left), told(&it.right)], false))
                .collect(),
        );
    };
    let merged = view.merge([base, left, right])?;
    let rows = merged.changes.iter().filter_map(|it| {
        let one = it.mine.as_ref().or(it.theirs.as_ref())?;
        let side = |side: &Option<DifferenceText>| match side {
            None => "as it was".to_owned(),
            Some(it) if it.right.is_some() => told(&it.right),
            Some(it) => it.change.clone(),
        };
        Some(row(one, vec![told(&one.left), side(&it.mine), side(&it.theirs)], it.conflict))
    });
    Some(rows.collect())
}

fn row(it: &DifferenceText, cells: Vec<String>, conflict: bool) -> Row {
    let tone = match it.change.as_str() {
        _ if conflict => "",
        "added" => "ok",
        "replaced" | "changed" => "warn",
        "removed" => "",
        _ => "plain",
    };
    let mut what = it.attribute.as_deref().map(|it| it.replace('_', " ")).unwrap_or_default();
    if let Some(from) = &it.from {
        what = format!("from {}", way(from));
    }
    let change = if conflict { "conflict".to_owned() } else { it.change.clone() };
    Row { change, tone, place: way(&it.path), what, cells, conflict }
}

/// A contribution or a value, for people.
fn told(value: &Option<Value>) -> String {
    match value {
        None => "—".to_owned(),
        Some(Value::String(text)) if text.contains(':') => name_of(text),
        Some(value) => governance::value_in_words(value),
    }
}
