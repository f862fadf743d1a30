//! What if: changes that somebody only thinks of, and who would gain and who would lose by them. All of it is
//! in the address, so that it can be sent to whoever decides.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use governance::{QuestionText, RepositoryGroup, View};

use super::address::Address;
use super::field::{Choice, Field};
use super::frame::Frame;
use super::named_item::reference_meant;
use super::part::{Empty, Wrong};
use super::render;
use super::reverse::tabbed;
use super::saving::Change;
use super::sign_in::sentence;
use super::thought::{Kind as Thinking, Thought, areas, roles, team_areas};
use super::visitor::{Asking, Visitor};
use super::why::operations;
use crate::in_turn::weighed;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "what_if.html")]
struct WhatIfPage {
    frame: Frame,
    /// The changes, each in words and with the address without it.
    thoughts: Vec<(String, String)>,
    /// A form for each kind of change.
    kinds: Vec<NewThought>,
    /// What the forms send besides.
    kept: Vec<(String, String)>,
    question: [Field; 3],
    /// The answer as things are, where nothing is thought of yet.
    now: Option<Result<Verdict, Wrong>>,
    found: Option<Result<Found, Wrong>>,
}

/// A form that adds a change.
struct NewThought {
    kind: Thinking,
    fields: Vec<Field>,
}

/// What the changes come to.
struct Found {
    change: Change,
    is_any: bool,
    verdicts: Option<Result<[Verdict; 2], Wrong>>,
}

/// Whether somebody may do something, before or after.
struct Verdict {
    when: &'static str,
    allowed: bool,
    because: String,
    why: Option<String>,
}

/// So many items and areas are offered; others are typed.
const OFFERED: usize = 200;
/// So many changes are thought of at a time.
const MOST: usize = 20;
/// The fields of the question.
const QUESTION: [&str; 3] = ["user", "operation", "item"];

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    Asking(visitor): Asking,
) -> Result<Response, Problem> {
    let here = Address::new("/what-if");
    let question = |address: Address| {
        QUESTION.iter().fold(address, |address, name| address.with(name, visitor.query.get(name).trim()))
    };
    // A form adds a change to those in the address.
    if !visitor.query.get("kind").is_empty() {
        let all = visitor.query.all("change").map(str::to_owned);
        let all: Vec<String> = all.chain([Thought::written(&visitor.query)]).collect();
        return Ok(Redirect::to(&with_changes(&question(here), &all)).into_response());
    }
    let written: Vec<String> = visitor.query.all("change").map(str::to_owned).take(MOST).collect();
    let all: Vec<Thought> = written.iter().map(|text| Thought::read(text)).collect();
    let view = visitor.view();
    let thoughts = all.iter().enumerate().map(|(at, thought)| {
        let mut others = written.clone();
        others.remove(at);
        (thought.words(view), with_changes(&question(here.clone()), &others))
    });
    let thoughts = thoughts.collect();
    let found = match all.is_empty() {
        true => None,
        false => Some(match found(&server, &visitor, all).await {
            Ok(found) => Ok(found),
            Err(problem) => Err(wrong(problem)?),
        }),
    };
    let asked_now = asked(&visitor).filter(|_| found.is_none());
    let now = match asked_now.map(|question| verdict(view, &question, "Now")) {
        None => None,
        Some(Ok(verdict)) => Some(Ok(verdict)),
        Some(Err(problem)) => Some(Err(wrong(problem)?)),
    };
    let kept = written.into_iter().map(|text| ("change".to_owned(), text));
    let asked = question(here.clone());
    let page = WhatIfPage {
        thoughts,
        kinds: kinds(view),
        kept: kept.chain(asked.fields().iter().cloned()).collect(),
        question: questions(&visitor),
        now,
        found,
        frame: tabbed(visitor.frame("What if"), "/what-if"),
    };
    Ok(render(&page))
}

/// The address with these changes, each said once more.
fn with_changes(address: &Address, all: &[String]) -> String {
    let changes = all.iter().take(MOST).map(|text| ("change", text.as_str()));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(changes).extend_pairs(address.fields());
    format!("{}?{}", address.path(), query.finish())
}

/// What a change that cannot be thought of is told for.
fn wrong(problem: Problem) -> Result<Wrong, Problem> {
    match problem.kind {
        Kind::BadValue
        | Kind::BadQuestion
        | Kind::NotYours
        | Kind::Scope
        | Kind::Refused
        | Kind::Conflict => Ok(Wrong { words: sentence(&problem.detail) }),
        Kind::NotFound => Ok(Wrong { words: "What one of the changes names is not there.".to_owned() }),
        _ => Err(problem),
    }
}

/// The question of the address, if it is whole.
fn asked(visitor: &Visitor) -> Option<QuestionText> {
    let text = |name: &str| visitor.query.get(name).trim().to_owned();
    let (operation, actions) = super::reverse::deed(visitor);
    let user = Some(text("user")).filter(|it| !it.is_empty());
    let question = QuestionText {
        user: user.unwrap_or_else(|| visitor.view().asker().id.to_string()),
        operation,
        actions,
        item: reference_meant(visitor.view(), &text("item")),
        ..QuestionText::default()
    };
    (!question.operation.is_empty() && !question.item.is_empty()).then_some(question)
}

async fn found(server: &Arc<Server>, visitor: &Visitor, all: Vec<Thought>) -> Result<Found, Problem> {
    let question = asked(visitor);
    let view = visitor.view().clone();
    weighed(server, move |go_on| {
        let posted = Thought::together(&view, &all)?;
        let (impact, after) = posted.thought_of(&view, go_on)?;
        let verdicts = match question.map(|question| verdicts(&view, &after, &question)) {
            None => None,
            Some(Ok(both)) => Some(Ok(both)),
            Some(Err(problem)) => Some(Err(wrong(problem)?)),
        };
        let change = Change::of(&view, impact, String::new());
        Ok(Found { is_any: change.is_any(), change, verdicts })
    })
    .await?
}

/// Whoever may not ask it now may not ask what would be.
fn verdicts(now: &View, then: &View, question: &QuestionText) -> Result<[Verdict; 2], Problem> {
    Ok([verdict(now, question, "Now")?, verdict(then, question, "Then")?])
}

fn verdict(view: &View, question: &QuestionText, when: &'static str) -> Result<Verdict, Problem> {
    let answer = view.answer(question)?;
    let because = match &answer.decision {
        Ok(_) => String::new(),
        Err(refused) => sentence(&view.refused(&answer.question, refused).sentence),
    };
    let operation = match question.actions.is_empty() {
        true => question.operation.clone(),
        false => format!("{}/{}", question.operation, question.actions.join(" + ")),
    };
    let why = Address::new("/why").with("user", &question.user).with("operation", operation);
    let why = (when == "Now").then(|| why.with("item", &question.item).to_string());
    Ok(Verdict { when, allowed: answer.decision.is_ok(), because, why })
}

fn questions(visitor: &Visitor) -> [Field; 3] {
    let offered = operations().into_iter().map(|it| Choice::new(it, "", false)).collect();
    let items = visitor.view().items(OFFERED);
    let items = items.map(|it| Choice::new(it.reference, format!("{} {}", it.kind, it.name), false));
    [
        Field::line("user", "Who", visitor.query.get("user")).of_person().hint("Left empty: you."),
        Field::line("operation", "May do what", visitor.query.get("operation"))
            .offering(offered)
            .hint("Such as gc.save-stream/archive."),
        Field::line("item", "To which item", visitor.query.get("item")).offering(items.collect()),
    ]
}

/// What is offered, by the first of it.
fn such_as(offered: &[Choice]) -> String {
    offered.first().map_or_else(String::new, |it| format!("Such as {}.", it.value))
}

/// The forms.
fn kinds(view: &View) -> Vec<NewThought> {
    let places = areas(view, OFFERED);
    let choose = |name: &str, label: &str, words: [(&str, &str); 2]| {
        let choices = words.map(|(value, words)| Choice::new(value, words, false));
        Field::select(name, label, choices.to_vec())
    };
    let form = |kind: Thinking, fields: Vec<Field>| NewThought {
        // Several forms have fields of the same name.
        fields: fields
            .into_iter()
            .enumerate()
            .map(|(at, field)| field.called(format!("{}-{at}", kind.id())))
            .collect(),
        kind,
    };
    let area = |label: &str| {
        Field::line("area", label, "").offering(places.clone()).required().hint(such_as(&places))
    };
    let known = roles(view, OFFERED);
    let hint = format!("Its name or id. {}", such_as(&known));
    let role = || Field::line("role", "Role", "").offering(known.clone()).required().hint(hint.as_str());
    let offered = operations().into_iter().map(|it| Choice::new(it, "", false)).collect();
    let items =
        view.items(OFFERED).filter(|it| ["component", "stream", "staging", "personal"].contains(&&*it.kind));
    let items =
        items.map(|it| Choice::new(it.reference, format!("{} {}", it.kind, it.name), false)).collect();
    let groups = RepositoryGroup::ALL.iter().map(|it| Choice::new(it.id(), it.id(), false)).collect();
    vec![
        form(
            Thinking::Role,
            vec![
                Field::line("who", "Who", "").of_person().required(),
                choose("verb", "What", [("give", "gets the role"), ("take", "loses the role")]),
                role(),
                area("In which area"),
            ],
        ),
        form(
            Thinking::Group,
            vec![
                Field::line("who", "Who", "").of_person().required(),
                choose("verb", "What", [("give", "comes into the group"), ("take", "leaves the group")]),
                Field::select("group", "Repository group", groups),
            ],
        ),
        form(
            Thinking::Permission,
            vec![
                role(),
                choose("verb", "What", [("give", "is allowed"), ("take", "is not allowed any more")]),
                Field::line("deed", "Operation and action", "").offering(offered).required(),
                area("By the entry of which area"),
            ],
        ),
        form(
            Thinking::TeamArea,
            vec![
                Field::line("what", "Component or configuration", "").offering(items).required(),
                Field::line("team", "Is governed by", "")
                    .offering(team_areas(view, OFFERED))
                    .required()
                    .hint("A team area, such as Core/Tests; unassigned; or inherit."),
            ],
        ),
    ]
}

impl WhatIfPage {
    fn is_asked(&self) -> bool {
        self.kept.iter().any(|(name, _)| name == "item")
    }
    /// What the question's form sends besides.
    fn changes(&self) -> impl Iterator<Item = &(String, String)> {
        self.kept.iter().filter(|(name, _)| name == "change")
    }
}
