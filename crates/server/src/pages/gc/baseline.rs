//! Baselining a hierarchy: what it would come to, doing it, and how far it is
//! (docs/global-configurations.md#baselining-a-hierarchy).

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use governance::{ConfigurationKind, Item, View};
use serde_json::Value;

use super::beside_the_form;
use super::configuration::Shown;
use super::tree::name_of;
use crate::api::{begin_run, planned, resume_run, run_told};
use crate::asset;
use crate::pages::ability::Ability;
use crate::pages::failure::Failure;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::item_page::item_page;
use crate::pages::part::{Button, Empty, Mark};
use crate::pages::render;
use crate::pages::sign_in::sentence;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/baselines.html")]
struct BaselinesPage {
    frame: Frame,
    path: String,
    /// Those that were made of it, the newest first.
    rows: Vec<Row>,
    new: Option<Button>,
    names: Field,
    plan: Option<Report>,
    begin: Ability,
    failure: Option<Failure>,
    applies: bool,
}

struct Row {
    mark: Mark,
    kind: &'static str,
    archived: bool,
    compare: String,
}

/// What becomes of each configuration.
struct Report {
    counts: Vec<String>,
    changes: bool,
    refusal: Option<String>,
    lines: Vec<Line>,
    more: usize,
}

struct Line {
    mark: Mark,
    words: &'static str,
    tone: &'static str,
    result: Option<Mark>,
    refusals: Vec<String>,
}

#[derive(Template)]
#[template(path = "gc/run.html")]
struct RunPage {
    frame: Frame,
    id: String,
    state: String,
    root: Mark,
    by: String,
    names: String,
    done: u64,
    of: u64,
    current: String,
    result: Option<Mark>,
    report: Report,
    resume: Ability,
}

const USUAL_NAMES: &str = "{name} {date}";
/// So many lines are told on a page.
const LINES: usize = 300;
const ROWS: usize = 100;

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(key): Path<String>,
) -> Result<Response, Problem> {
    let names = visitor.query.get("names").to_owned();
    let shown = Shown::of(visitor.view(), &key)?;
    page(&server, &visitor, &shown, &names, None).await
}

async fn page(
    server: &Server,
    visitor: &Visitor,
    shown: &Shown<'_>,
    typed: &str,
    failure: Option<Failure>,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let made = view.configurations_of(shown.it.component).iter().rev().filter_map(|id| Shown::at(view, *id));
    let made = made.filter(|it| {
        let baseline = matches!(it.it.kind, ConfigurationKind::Baseline(_) | ConfigurationKind::Staging(_));
        baseline && it.it.source == Some(shown.id)
    });
    let row = |it: Shown<'_>| Row {
        mark: it.mark(),
        kind: it.kind(),
        archived: it.it.archived,
        compare: shown.address("compare").with("with", it.id.number()).to_string(),
    };
    let rows = made.take(ROWS).map(row).collect();
    let applies = matches!(shown.it.kind, ConfigurationKind::Stream(_) | ConfigurationKind::Staging(_))
        && !shown.it.archived;
    let pattern = if typed.is_empty() { USUAL_NAMES } else { typed };
    let (plan, failure) = match applies {
        false => (None, failure),
        true => match planned(server, view, shown.id, pattern).await {
            Ok(plan) => (Some(Report::of(view, &plan, false)), failure),
            Err(problem) => (None, Some(failure.map_or_else(|| Failure::of(problem), Ok)?)),
        },
    };
    let begin = match &plan {
        Some(plan) if plan.refusal.is_some() => {
            Ability::refused(plan.refusal.as_deref().unwrap_or_default(), None)
        }
        Some(plan) if !plan.changes => {
            Ability::refused("nothing has changed since the last baselines: there is nothing to do", None)
        }
        _ => Ability::Allowed,
    };
    let status = failure.as_ref().map(Failure::status);
    let names = Field::line("names", "Names of the new baselines", pattern)
        .required()
        .hint("{name} stands for the name of what each is made from, {component} for its component, {date} for the day.")
        .wrong(failure.as_ref().and_then(|it| it.wrong("/names")));
    let response = render(&BaselinesPage {
        path: shown.path(),
        rows,
        new: shown.is_stream().then(|| {
            let may = visitor.may("gc.save-baseline/create", &shown.reference);
            let address = shown.address("new").with("kind", "baseline");
            may.button("New baseline of this stream alone").leads_to(address.to_string())
        }),
        names,
        plan,
        begin: visitor.only_in_earnest(begin),
        failure,
        applies,
        frame: shown.frame(visitor, "baselines"),
    });
    Ok(match status {
        Some(status) => (status, response).into_response(),
        None => response,
    })
}

pub(crate) async fn begin(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(key): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let shown = Shown::of(visitor.view(), &key)?;
    let pattern = fields.get("names");
    match begin_run(&server, &visitor.caller, shown.id, pattern).await {
        Ok(id) => Ok(Redirect::to(&format!("/baseline-runs/{id}")).into_response()),
        Err(problem) => {
            let failure = beside_the_form(&visitor, problem)?;
            page(&server, &visitor, &shown, pattern, Some(failure)).await
        }
    }
}

/// How far a run is, or what it has come to.
pub(crate) async fn run(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = visitor.view();
    // In a preview, of those alone that the visitor could read, too.
    if visitor.previewed().is_some() {
        run_told(&server, &visitor.caller.view, &id).await?;
    }
    let run = run_told(&server, view, &id).await?;
    let text = |key: &str| run[key].as_str().unwrap_or_default().to_owned();
    let root = view.item_at(&text("configuration")).ok_or_else(Problem::not_found)?;
    let crumbs = [
        ("/configurations".to_owned(), "Configurations".to_owned()),
        (item_page(view, root), view.name_of(root)),
        (format!("{}/baselines", item_page(view, root)), "Baselines".to_owned()),
    ];
    let title = format!("Baseline of {}", view.name_of(root));
    let result = run["result"].as_str().and_then(|it| view.item_at(it)).map(|it| marked(view, it));
    let state = text("state");
    let frame = visitor.frame(title).by_way_of(crumbs).in_part("/configurations");
    let frame = if state == "running" { frame.running(asset::RUN.path()) } else { frame };
    let by = text("by");
    Ok(render(&RunPage {
        root: marked(view, root),
        by: view.person(&by).map_or(by, |it| it.name.to_string()),
        names: format!("new ones are called “{}”", text("names")),
        done: run["progress"]["done"].as_u64().unwrap_or(0),
        of: run["progress"]["of"].as_u64().unwrap_or(0),
        current: run["progress"]["current"].as_str().unwrap_or_default().to_owned(),
        result,
        report: Report::of(view, &run, true),
        // Whoever sees a run may go on with it: what is not allowed any more ends it as refused.
        resume: visitor.only_in_earnest(Ability::Allowed),
        id,
        state,
        frame,
    }))
}

pub(crate) async fn resume(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    resume_run(&server, &visitor.caller, &id).await?;
    Ok(Redirect::to(&format!("/baseline-runs/{id}")).into_response())
}

fn marked(view: &View, item: Item) -> Mark {
    match item {
        Item::Configuration(id) => Shown::at(view, id).map(|it| it.mark()),
        _ => None,
    }
    .unwrap_or_else(|| Mark::of(&view.item_text(item)))
}

impl Report {
    /// Of a run, or of what one is to do.
    fn of(view: &View, told: &Value, is_done: bool) -> Self {
        let number = |outcome: &str| told["counts"][outcome].as_u64().filter(|it| *it > 0);
        let counts =
            COUNTED.iter().filter_map(|(outcome, words)| Some(format!("{} {words}", number(outcome)?)));
        let lines = told["lines"].as_array().map_or(&[][..], Vec::as_slice);
        Self {
            counts: counts.collect(),
            changes: told["changes"].as_bool().unwrap_or(false),
            refusal: told["refusal"].as_str().map(sentence),
            // The root last: it is what somebody wants to know first.
            lines: lines.iter().rev().take(LINES).map(|it| Line::of(view, it, is_done)).collect(),
            more: lines.len().saturating_sub(LINES),
        }
    }
}

impl Line {
    fn of(view: &View, line: &Value, is_done: bool) -> Self {
        let named = |reference: &str| match view.item_at(reference) {
            Some(item) => marked(view, item),
            // What is only planned is not there yet.
            None => {
                let kinds = [("/baseline:", "baseline"), ("/staging:", "staging stream")];
                let kind = kinds.into_iter().find(|(part, _)| reference.contains(part));
                Mark::new(kind.map_or("item", |(_, kind)| kind), name_of(reference))
            }
        };
        let (words, tone) = outcome_words(line["outcome"].as_str().unwrap_or_default(), is_done);
        let refusals = line["refusals"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Self {
            mark: named(line["configuration"].as_str().unwrap_or_default()),
            words,
            tone,
            result: line["result"].as_str().map(named),
            refusals: refusals.map(sentence).collect(),
        }
    }
}

/// What is counted, in the order in which it matters.
const COUNTED: [(&str, &str); 6] = [
    ("refused", "refused"),
    ("baselined", "baselined"),
    ("committed", "committed"),
    ("staged", "staged"),
    ("continued", "still staging"),
    ("reused", "unchanged"),
];

/// What has become of one, or is to become of it, with its tone.
fn outcome_words(outcome: &str, is_done: bool) -> (&'static str, &'static str) {
    match (outcome, is_done) {
        ("baselined", true) => ("Baseline made", "ok"),
        ("baselined", false) => ("Baseline to be made", "plain"),
        ("reused", _) => ("Unchanged", "plain"),
        ("committed", true) => ("Committed", "ok"),
        ("committed", false) => ("To be committed", "plain"),
        ("staged", true) => ("Staging stream made", "warn"),
        ("staged", false) => ("Staging stream to be made", "warn"),
        ("continued", _) => ("Staging goes on", "warn"),
        _ => ("Refused", ""),
    }
}
