//! Why can, why can't: three fields, and the answer with everything that led to it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use governance::text::decode;
use governance::{
    Application, EntryReport, Explanation, Fate, Gate, GateReport, ItemText, OperationId, QuestionText,
    Remedy, RepositoryOperation, RoleReport, View,
};

use super::address::Address;
use super::failure::Failure;
use super::named_item::reference_meant;
use super::reverse::tabbed;
use super::saving::{Sent, Told};
use super::suggestion_page::suggestion_page;
use super::visitor::{Asking, Visitor};
use super::words::{deed_without_actions, operation_words};
use super::{Frame, Person, render};
use crate::explain::{Asked, explained};
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "why.html")]
struct WhyPage<'a> {
    frame: Frame,
    fields: Fields<'a>,
    people: Vec<Person>,
    items: Vec<ItemText>,
    operations: Vec<String>,
    suggestions: Vec<Suggestion>,
    answer: Option<AnswerPart>,
    problem: Option<Problem>,
    /// What has come of asking for a remedy.
    told: Told<'a>,
}

/// What the form holds.
struct Fields<'a> {
    user: &'a str,
    operation: String,
    item: &'a str,
    /// What few questions need.
    more: [Field<'a>; 4],
}

struct Field<'a> {
    key: &'static str,
    label: &'static str,
    hint: &'static str,
    value: &'a str,
}

/// A question to begin with.
struct Suggestion {
    address: String,
    words: String,
}

/// The answer, in the words and order of the page.
struct AnswerPart {
    explanation: Explanation,
    subject: Person,
    item: Option<ItemText>,
    revision: u64,
    is_past: bool,
    not_reached: Vec<&'static str>,
    remedies: Vec<RemedyRow>,
    /// What is asked besides, as fields of a form, if the asker can ask for a remedy.
    asks_for: Option<Vec<(&'static str, String)>>,
    /// The remedy that was asked for in vain, and the reason that was typed.
    sent: (String, String),
    json: String,
}

struct RemedyRow {
    command: String,
    changes: Vec<RemedyChange>,
    /// Whether whoever looks may make it.
    is_yours: bool,
    people: usize,
    items: usize,
    losers: usize,
    who: Vec<Person>,
}

/// A change of a remedy, and where it is made, for who may.
struct RemedyChange {
    words: String,
    page: Option<String>,
}

/// A field offers so many people, and so many items of each kind; others are typed.
const MOST_OFFERED: usize = 200;
/// A remedy names so many who can make it.
const MOST_NAMED: usize = 12;

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    Asking(visitor): Asking,
    uri: Uri,
) -> Result<Response, Problem> {
    page(&server, &visitor, uri.query().unwrap_or_default(), &Sent::default()).await
}

/// The same once more, for somebody who has asked for a remedy in vain.
pub(super) async fn again(
    server: &Server,
    visitor: &Visitor,
    question: &QuestionText,
    sent: &Sent,
) -> Result<Response, Problem> {
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(question_fields(question)).finish();
    let status = sent.failure.as_ref().map(Failure::status).unwrap_or_default();
    Ok((status, page(server, visitor, &query, sent).await?).into_response())
}

async fn page(server: &Server, visitor: &Visitor, query: &str, sent: &Sent) -> Result<Response, Problem> {
    let (view, now) = (visitor.view(), visitor.caller.revision);
    let mut asked = Asked::by(view, Some(query));
    asked.text.item = reference_meant(view, &asked.text.item);
    let explained = match asked.is_complete() {
        true => Some(explained(server, (view, now), &asked).await),
        false => None,
    };
    let (answer, problem) = match explained {
        None => (None, None),
        Some(Ok((explanation, revision))) => {
            let is_past = revision != now;
            let json = format!("/explain.json?{query}");
            let can_change = !is_past && visitor.previewed().is_none();
            let mut answer = AnswerPart::new(view, explanation, revision.number(), can_change, json);
            answer.is_past = is_past;
            let own = view.person(&asked.text.user).is_some_and(|user| user.id == view.asker().id);
            let asks = own && can_change;
            answer.asks_for = asks.then(|| question_fields(&asked.text));
            answer.sent = (sent.typed("remedy", "").to_owned(), sent.typed("reason", "").to_owned());
            (Some(answer), None)
        }
        Some(Err(problem)) if matches!(problem.kind, Kind::BadQuestion | Kind::NotYours | Kind::Scope) => {
            (None, Some(problem))
        }
        Some(Err(problem)) => return Err(problem),
    };
    let title = match &answer {
        Some(answer) => answer.explanation.sentence.clone(),
        None => "Why can, why can’t".to_owned(),
    };
    let status = problem.as_ref().map(|problem| problem.kind.status()).unwrap_or_default();
    let page = WhyPage {
        frame: tabbed(visitor.frame(title), "/why"),
        fields: Fields::of(&asked),
        people: view.people().take(MOST_OFFERED).map(Person::from).collect(),
        items: view.items(MOST_OFFERED).collect(),
        operations: operations(),
        suggestions: suggestions(view),
        answer,
        problem,
        told: sent.above(),
    };
    Ok((status, render(&page)).into_response())
}

/// A question as the fields of a form.
fn question_fields(text: &QuestionText) -> Vec<(&'static str, String)> {
    let companions = [("replace", &text.replace), ("by", &text.by), ("to", &text.to)];
    let companions = companions.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
    let actions = text.actions.iter().map(|action| ("action", action.clone()));
    let question = [("operation", text.operation.clone()), ("item", text.item.clone())];
    question.into_iter().chain(actions).chain(companions).collect()
}

impl<'a> Fields<'a> {
    fn of(asked: &'a Asked) -> Self {
        let text = &asked.text;
        let operation = match text.actions.as_slice() {
            [] => text.operation.clone(),
            actions => format!("{}/{}", text.operation, actions.join(" + ")),
        };
        let field = |key, label, hint, value: &'a Option<String>| Field {
            key,
            label,
            hint,
            value: value.as_deref().unwrap_or_default(),
        };
        let more = [
            field(
                "as_of",
                "As of",
                "A revision, a day, or an instant such as 2026-01-31T12:00:00Z.",
                &asked.as_of,
            ),
            field("to", "New parent", "With move: a project area or team area.", &text.to),
            field(
                "replace",
                "Replaces",
                "With replace-contribution: what is contributed now.",
                &text.replace,
            ),
            field("by", "By", "With replace-contribution: what takes its place.", &text.by),
        ];
        Self { user: &text.user, operation, item: &text.item, more }
    }
    fn has_more(&self) -> bool {
        self.more.iter().any(|field| !field.value.is_empty())
    }
}

/// Every operation, each with its actions.
pub(super) fn operations() -> Vec<String> {
    let performed = OperationId::all()
        .flat_map(|operation| operation.leaves().map(move |leaf| format!("{operation}/{}", leaf.path())));
    let repository = RepositoryOperation::all().map(|operation| operation.name().to_owned());
    ["read", "context.set"].into_iter().map(str::to_owned).chain(performed).chain(repository).collect()
}

/// Questions that somebody who sees these items may well have.
fn suggestions(view: &View) -> Vec<Suggestion> {
    let asker = view.asker();
    let streams = view.items(MOST_OFFERED).filter(|item| item.kind == "stream" && is_global(&item.reference));
    streams
        .take(4)
        .map(|item| {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("user", &asker.id)
                .append_pair("operation", "gc.save-stream/modify-attributes")
                .append_pair("item", &item.reference)
                .finish();
            let words = format!("May I modify attributes of the stream {}?", item.name);
            Suggestion { address: format!("/why?{query}"), words }
        })
        .collect()
}

fn is_global(reference: &str) -> bool {
    reference.split_once(':').is_some_and(|(id, _)| Application::from_id(id) == Some(Application::Gc))
}

impl AnswerPart {
    fn new(view: &View, explanation: Explanation, revision: u64, can_change: bool, json: String) -> Self {
        let known = |id: &str| view.person(id).map(Person::from);
        let person = |id: &String| known(id).unwrap_or_else(|| Person { id: id.clone(), name: id.clone() });
        let reached = explanation.gates.len();
        let refused = explanation.gates.iter().any(|report| !report.passed);
        let remedies = explanation.remedies.iter().map(|it| RemedyRow::of(view, it, can_change)).collect();
        Self {
            subject: person(&explanation.user),
            item: view.item(&explanation.item),
            revision,
            is_past: false,
            not_reached: if refused {
                Gate::ALL.iter().skip(reached).map(|gate| gate.title()).collect()
            } else {
                Vec::new()
            },
            remedies,
            asks_for: None,
            sent: (String::new(), String::new()),
            json,
            explanation,
        }
    }

    /// What is asked, in words: `modify attributes and archive`.
    fn deed(&self) -> String {
        let words = |action: &String| match action.contains('/') {
            true => action.clone(),
            false => action.replace('-', " "),
        };
        let operation = self.explanation.operation.as_str();
        match self.explanation.actions.as_slice() {
            [] => deed_without_actions(operation),
            actions => {
                let deeds = actions.iter().map(words).collect::<Vec<_>>().join(" and ");
                if self.is_of_another() { format!("{deeds} {}", operation_words(operation)) } else { deeds }
            }
        }
    }
    /// Whether it is asked of an area, and meant of something else that is or comes to be in it.
    fn is_of_another(&self) -> bool {
        let is_area = self.item.as_ref().is_some_and(|item| item.kind.ends_with("-area"));
        let operation = &self.explanation.operation;
        is_area && !self.explanation.actions.is_empty() && !operation.starts_with("process.save-")
    }
    /// What is asked about, where it is not the server itself.
    fn asked_about(&self) -> Option<(&'static str, &ItemText)> {
        let joins = match () {
            () if self.explanation.actions.is_empty() => "",
            () if self.is_of_another() => "in",
            () => "of",
        };
        self.item.as_ref().filter(|item| item.kind != "repository").map(|item| (joins, item))
    }
    /// The reason that was typed for a remedy.
    fn reason_for(&self, remedy: &RemedyRow) -> Option<&str> {
        let (asked, reason) = &self.sent;
        (*asked == remedy.command).then_some(reason)
    }
    /// What decided, in a sentence or three.
    fn reason(&self) -> String {
        let explanation = &self.explanation;
        match (&explanation.permission, explanation.gates.last()) {
            (Some(permission), _) => {
                let roles: Vec<_> = permission.roles.iter().map(|role| role.name.as_str()).collect();
                let basis = match explanation.answer.basis.as_deref() {
                    Some("override") => " An administrative override allows it.",
                    Some("owner") => " It is their own personal stream.",
                    Some(_) | None => "",
                };
                format!(
                    "Governed by {}: {}. Roles that count there: {}.{basis}",
                    self.area_name(&permission.area),
                    permission.because,
                    roles.join(", "),
                )
            }
            (None, Some(gate)) => format!("{}: {}.", gate.gate.title(), gate.because),
            (None, None) => explanation.sentence.clone(),
        }
    }
    fn is_allowed(&self) -> bool {
        self.explanation.answer.allowed
    }
    /// Where changes are thought of, with this question.
    fn what_if(&self) -> Address {
        let it = &self.explanation;
        let operation = match it.actions.is_empty() {
            true => it.operation.clone(),
            false => format!("{}/{}", it.operation, it.actions.join("+")),
        };
        let address = Address::new("/what-if").with("user", &it.user).with("operation", operation);
        address.with("item", &it.item)
    }
    /// The gates, those passed and the one that refused.
    fn gates(&self) -> &[GateReport] {
        &self.explanation.gates
    }
    /// The last part of an area's text, decoded; of the process of another server also that server.
    fn area_name(&self, area: &str) -> String {
        if let Some((process, server)) = area.rsplit_once(" of ").filter(|(_, server)| server.contains("://"))
        {
            return format!("{} of {server}", self.area_name(process));
        }
        let last = area.rsplit('/').next().unwrap_or(area);
        decode(last).map_or_else(|_| last.to_owned(), Into::into)
    }
    fn names(&self, areas: &[String]) -> String {
        areas.iter().map(|area| self.area_name(area)).collect::<Vec<_>>().join(", ")
    }
    fn fate(&self, entry: &EntryReport) -> &'static str {
        match entry.fate {
            Fate::Decided => "decides",
            Fate::NotNow => "not now",
            Fate::LessSpecific => "less specific",
            Fate::Overridden => "overridden",
            Fate::FinalAbove => "ignored: final above",
        }
    }
    fn decides(&self, entry: &EntryReport) -> bool {
        entry.fate == Fate::Decided
    }
    fn is_everyone(&self, role: &RoleReport) -> bool {
        role.assigned_in.is_empty()
    }
    fn kind_mark(&self) -> &'static str {
        match self.item.as_ref().map_or("", |item| &item.kind) {
            "stream" => "⟿",
            "baseline" => "◆",
            "staging" => "◇",
            "component" | "scm-component" => "▣",
            _ => "",
        }
    }
}

impl RemedyRow {
    fn of(view: &View, remedy: &Remedy, can_change: bool) -> Self {
        let person = |id: &String| match view.person(id) {
            Some(user) => user.into(),
            None => Person { id: id.clone(), name: id.clone() },
        };
        let is_yours = can_change && remedy.who.iter().any(|id| *id == *view.asker().id);
        let page = |suggestion| suggestion_page(view, suggestion).filter(|_| is_yours);
        let pages = remedy.suggestions.iter().map(page).chain(std::iter::repeat(None));
        let changes = remedy.changes.iter().zip(pages);
        Self {
            command: remedy.command.clone(),
            changes: changes.map(|(words, page)| RemedyChange { words: words.clone(), page }).collect(),
            is_yours,
            people: remedy.opens.people,
            items: remedy.opens.items,
            losers: remedy.opens.losers,
            who: remedy.who.iter().map(person).collect(),
        }
    }
    fn named(&self) -> &[Person] {
        &self.who[..self.who.len().min(MOST_NAMED)]
    }
    fn more(&self) -> usize {
        self.who.len().saturating_sub(MOST_NAMED)
    }
    fn opens(&self) -> String {
        let count = |number: usize, one: &str, many: &str| match number {
            1 => format!("1 {one}"),
            _ => format!("{number} {many}"),
        };
        let opens = [count(self.people, "person", "people"), count(self.items, "item", "items")].join(", ");
        match self.losers {
            0 => opens,
            1 => format!("{opens}; 1 loses"),
            many => format!("{opens}; {many} lose"),
        }
    }
}
