//! The permission matrix of an area, and its entries.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use document::templates;
use governance::{EntryThere, Fate, OperationId, Slot, View};
use serde_json::{Value as Json, json};

use super::area::{Area, AreaPath, name_of};
use super::cells::{self, Boxes};
use super::matrix::{Level, Matrix, Other, Row, decided, nodes, sentence_of, title_of};
use super::slot::{levels, slot_json, slot_of, slot_word, slot_words};
use super::types::{others_hint, single_nodes};
use crate::api::{Posted, Verb, representation};
use crate::asset;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::past::as_of;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/permissions.html")]
struct PermissionsPage<'a> {
    frame: Frame,
    path: String,
    here: Address,
    matrix: Matrix,
    /// The roles that are shown, by place; all of them by action.
    shown: Vec<usize>,
    by_role: bool,
    level: Field,
    role: Field,
    compare: Field,
    text: String,
    compared: Option<String>,
    differences: usize,
    now: Option<String>,
    told: [Told<'a>; 2],
    opened: Option<Opened>,
    /// Where many cells are edited at once.
    boxes: Option<Boxes<'a>>,
    edit: Ability,
    is_team: bool,
}

impl PermissionsPage<'_> {
    fn export(&self, format: &str) -> Address {
        self.here.with("format", format).at(&format!("{}/permissions/export", self.path))
    }
    /// Where a denial text is sent, with what is opened here.
    fn denial_texts(&self) -> Address {
        self.here.at(&format!("{}/denial-texts", self.path))
    }
    /// Where many cells are edited at once, and where that ends.
    fn editing(&self) -> Address {
        match self.boxes {
            Some(_) => self.here.without("edit"),
            None => self.here.without("cell").with("edit", "cells"),
        }
    }
    /// The address that opens a cell.
    fn cell(&self, at: &usize, row: &Row) -> Address {
        let role = self.matrix.roles.get(*at).map_or("", |role| &role.id);
        self.here.with("cell", format!("{role} {}/{}", row.leaf.operation().name(), row.leaf.path()))
    }
}

/// A cell that is looked at.
struct Opened {
    role: String,
    role_name: String,
    operation: OperationId,
    title: String,
    /// What the action allows.
    sentence: String,
    at: String,
    at_words: String,
    tag: String,
    entries: Vec<Considered>,
    nodes: Field,
    others: Option<Field>,
    is_final: bool,
    has_own: bool,
    why: String,
    /// What those are told whom it is not granted, where that is said: in the project area.
    denial: Option<Denial>,
}

/// To say what those are told whom something is not granted.
struct Denial {
    field: Field,
    tag: String,
    is_sent: bool,
}

/// An entry that was looked at.
struct Considered {
    area: String,
    slot: String,
    actions: String,
    is_final: bool,
    fate: &'static str,
    decides: bool,
}

pub(crate) async fn show(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let other = other(&server, &visitor, &area).await?;
    page(&visitor, &area, other.as_ref(), [&Sent::default(), &Sent::default()])
}

/// What is compared with, and what that is called.
pub(super) async fn other(
    server: &Server,
    visitor: &Visitor,
    area: &Area,
) -> Result<Option<(Other, String)>, Problem> {
    let view = visitor.view();
    let (kind, name) = match visitor.query.get("with").split_once(':') {
        Some(named) => named,
        None => return Ok(None),
    };
    Ok(match kind {
        "template" => templates(view.process_templates())
            .into_iter()
            .find(|it| *it.template.name == *name)
            .map(|it| (Other::Template(Box::new(it.template.clone())), format!("the template {name}"))),
        "area" => view.find(name).and_then(|id| {
            let called = view.see::<governance::ProcessArea>(id)?.name.to_string();
            Some((Other::Area(Box::new(view.clone()), id), called))
        }),
        "days" => {
            let days: i64 = name
                .parse()
                .map_err(|_| Problem::new(Kind::BadValue, "`with`: expected a number of days"))?;
            let then = crate::chance::now().microseconds() - days.clamp(0, 36_500) * 86_400_000_000;
            let instant = crate::api::instant(store::Moment::new(then));
            let (past, _) = as_of(&server.office, view, &instant).await?;
            let ago = if days == 1 { "a day ago".to_owned() } else { format!("{days} days ago") };
            let was_there = past.see::<governance::ProcessArea>(area.id).is_some();
            let called = if was_there { ago } else { format!("{ago}, when it was not there yet") };
            Some((Other::Area(Box::new(past), area.id), called))
        }
        _ => None,
    })
}

/// The level that an address says. What is edited is said for a slot: always, unless another is chosen.
pub(super) fn level(visitor: &Visitor, area: &Area) -> Level {
    let at = |slot| Level::at(visitor.view(), area.project, slot);
    match slot_of(visitor.query.get("at")) {
        Some(slot) => at(slot),
        None if edits_cells(visitor) => at(Slot::Always),
        None => Level::Now,
    }
}

/// Whether many cells are edited at once.
fn edits_cells(visitor: &Visitor) -> bool {
    visitor.query.get("edit") == "cells"
}

/// With what was sent of an entry, and of a denial text.
fn page(
    visitor: &Visitor,
    area: &Area,
    other: Option<&(Other, String)>,
    sent: [&Sent; 2],
) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let level = level(visitor, area);
    let matrix =
        Matrix::of(view, (area.id, area.application), &level, query.get("q"), other.map(|(other, _)| other));
    let by_role = query.get("by") == "role" || !query.get("role").is_empty();
    let role = query.get("role");
    let place = matrix.roles.iter().position(|it| *it.id == *role).unwrap_or(0);
    let shown = if by_role { vec![place] } else { (0..matrix.roles.len()).collect() };
    let differences = matrix.groups.iter().flat_map(|it| &it.rows).flat_map(|it| &it.cells);
    let differences = differences.filter(|cell| cell.differs).count();
    let edit = area.may(visitor, "modify-specification");
    let [entry, denial] = sent;
    let is_editing = edits_cells(visitor);
    let verb = if entry.fields.get("verb") == "remove" { "Remove the entry" } else { "Save the entry" };
    // A denial text is sent elsewhere, and comes back here.
    let here = visitor.here.at(&area.tab("permissions"));
    let boxes = is_editing.then(|| {
        Boxes::of(view, area, &matrix.groups, &matrix.roles, &shown, (entry, &edit, &here.without("edit")))
    });
    let at = match level {
        Level::Slot { slot, .. } => slot_word(&slot),
        Level::Now => String::new(),
    };
    Ok(render(&PermissionsPage {
        path: area.path(),
        level: Field::select("at", "Level", levels(view, area, &at)),
        role: Field::select(
            "role",
            "Role",
            matrix
                .roles
                .iter()
                .map(|it| Choice::new(it.id.to_string(), it.name.to_string(), *it.id == *role))
                .collect(),
        ),
        compare: Field::select("with", "Compare with", comparisons(view, area, query.get("with"))),
        text: query.get("q").to_owned(),
        compared: other.map(|(_, called)| called.clone()),
        differences,
        now: view.current_in(area.id),
        told: [
            match is_editing {
                true => entry.above(),
                false => entry.review(edit.button(verb), here.to_string(), &here),
            },
            denial.review(edit.button("Save the text"), visitor.here.to_string(), &here),
        ],
        opened: opened(view, area, query.get("cell"), query.get("at"), sent).filter(|_| !is_editing),
        boxes: boxes.transpose()?,
        here,
        matrix,
        shown,
        by_role,
        edit,
        is_team: area.is_team,
        frame: area.frame(visitor, "permissions")?.running(asset::GRID.path()),
    }))
}

fn comparisons(view: &View, area: &Area, chosen: &str) -> Vec<Choice> {
    let mut choices = vec![Choice::new("", "Nothing", chosen.is_empty())];
    let mut add = |value: String, words: String| {
        let is_chosen = value == chosen;
        choices.push(Choice::new(value, words, is_chosen));
    };
    add("days:1".to_owned(), "Itself, a day ago".to_owned());
    add("days:30".to_owned(), "Itself, 30 days ago".to_owned());
    for it in templates(view.process_templates()).into_iter().filter(|it| it.template.fits(area.application))
    {
        add(format!("template:{}", it.template.name), format!("Template {}", it.template.name));
    }
    let others = view.each::<governance::ProcessArea>(0).filter(|(id, it)| {
        *id != area.id
            && !it.archived
            && (it.project().is_some_and(|it| it.application == area.application)
                || view.project_of(*id) == area.project)
    });
    for (id, it) in others.take(100) {
        add(format!("area:{}", id.number()), format!("Area {}", it.name));
    }
    choices
}

/// The cell that an address opens: a role, which may have blanks in its id, an operation and an action.
fn opened(view: &View, area: &Area, cell: &str, at: &str, [sent, denied]: [&Sent; 2]) -> Option<Opened> {
    let (role, deed) = cell.rsplit_once(' ')?;
    let operation = OperationId::from_name(deed.split_once('/').map_or(deed, |(operation, _)| operation))?;
    let role = view.roles_there(area.id).into_iter().find(|it| *it.id == *role)?;
    let entries = view.entries_there(area.id, &role.id, operation);
    let slot = slot_of(at).unwrap_or(Slot::Always);
    let own = entries.iter().find(|it| it.area == Some(area.id) && it.slot == slot);
    // A new entry begins with what it takes the place of.
    let begin = own.or_else(|| decided(area.id, &entries, &Level::at(view, area.project, slot.clone())).0);
    let named: Vec<String> = match sent.is_any() {
        true => sent.fields.all("action").map(str::to_owned).collect(),
        false => {
            begin.iter().flat_map(|it| it.permission.actions.iter()).map(|it| it.path().to_owned()).collect()
        }
    };
    let mut known = nodes(operation);
    known.extend(single_nodes(view, area.id, operation));
    let choice = |node: &String| {
        let words = if node == "*" { "Everything".to_owned() } else { node.replace(['-', '/'], " ") };
        Choice::new(node.clone(), words, named.contains(node))
    };
    let others: Vec<&str> =
        named.iter().map(String::as_str).filter(|it| !known.iter().any(|node| node == it)).collect();
    let takes_others = operation.leaves().any(|leaf| leaf.path().contains('<'));
    let path = format!("{}/permissions", area.path());
    // Of what is done to the area itself the item is known; another one is chosen there.
    let is_about_area = match operation.name() {
        "process.save-project-area" | "process.invite-to-team" => true,
        "process.save-team-area" => area.is_team || deed.ends_with("/create"),
        _ => false,
    };
    let item = if is_about_area { &*area.reference } else { "" };
    let why = Address::new("/why").with("operation", deed).with("item", item);
    Some(Opened {
        tag: representation(view, &path).ok()?.1,
        title: title_of(operation),
        sentence: sentence_of(operation, deed.split_once('/').map_or("", |(_, path)| path)),
        at: slot_word(&slot),
        at_words: slot_words(&slot, view.timelines(area.project)),
        entries: entries.iter().map(|it| considered(view, area, it)).collect(),
        nodes: Field::checks("action", "Actions", known.iter().map(choice).collect())
            .hint("What is granted has everything below it. Nothing: the role is granted nothing here, whatever is above.")
            .wrong(sent.wrong("/set")),
        others: takes_others.then(|| {
            Field::line("others", "Of single types", sent.typed("others", &others.join(", ")))
                .hint(others_hint(view, area.id, operation, &others))
        }),
        is_final: match sent.is_any() {
            true => !sent.fields.get("final").is_empty(),
            false => own.is_some_and(|it| it.permission.is_final),
        },
        has_own: own.is_some(),
        why: why.to_string(),
        denial: denial(view, area, operation, denied),
        role_name: role.name.to_string(),
        role: role.id.to_string(),
        operation,
    })
}

fn denial(view: &View, area: &Area, operation: OperationId, sent: &Sent) -> Option<Denial> {
    if area.is_team {
        return None;
    }
    let (_, tag) = area.representation(view).ok()?;
    let now = view.denial_text(area.id, operation.name()).unwrap_or_default();
    let field = Field::prose("text", "What those are told whom no role grants it", sent.typed("text", now))
        .hint("Whom to ask, or where it is done instead. It follows the reason, in every interface.")
        .wrong(sent.wrong("/denial_texts"));
    Some(Denial { field, tag, is_sent: sent.is_any() })
}

/// Sets what those are told whom an operation is not granted.
pub(crate) async fn deny(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let (now, _) = area.representation(visitor.view())?;
    let mut texts = now["denial_texts"].as_object().cloned().unwrap_or_default();
    match fields.get("text").trim() {
        "" => drop(texts.remove(fields.get("operation"))),
        text => drop(texts.insert(fields.get("operation").to_owned(), text.into())),
    }
    let keys = json!({"denial_texts": if texts.is_empty() { Json::Null } else { Json::Object(texts) }});
    let posted = area.change(&keys).and_then(|it| it.upon(fields.get("upon")));
    let to = visitor.here.at(&area.tab("permissions"));
    let again = |sent: Sent| page(&visitor, &area, None, [&Sent::default(), &sent]);
    save(&server, &visitor, fields, posted, |_| to, again).await
}

fn considered(view: &View, area: &Area, it: &EntryThere) -> Considered {
    Considered {
        area: name_of(view, it.area),
        slot: slot_words(&it.slot, view.timelines(area.project)),
        actions: it.permission.actions.iter().map(|it| it.path()).collect::<Vec<_>>().join(", "),
        is_final: it.permission.is_final,
        decides: it.fate == Fate::Decided,
        fate: match it.fate {
            Fate::Decided => "decides",
            Fate::NotNow => "does not hold now",
            Fate::LessSpecific => "less specific",
            Fate::Overridden => "overridden below",
            Fate::FinalAbove => "ignored: final above",
        },
    }
}

/// Sets an entry of the area, or removes it; or many cells at once.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::of(visitor.view(), &path)?;
    let posted = match level(&visitor, &area) {
        Level::Slot { slot, .. } if edits_cells(&visitor) => {
            cells::change(visitor.view(), &area, &slot, &fields)
        }
        _ => entry(&area, &fields).and_then(|it| it.upon(fields.get("upon"))),
    };
    let to = visitor.here.without("edit");
    let again = |sent: Sent| page(&visitor, &area, None, [&sent, &Sent::default()]);
    save(&server, &visitor, fields, posted, |_| to, again).await
}

/// What a form says of an entry.
fn entry(area: &Area, fields: &Fields) -> Result<Posted, Problem> {
    let word = fields.get("slot");
    let slot = slot_of(word).ok_or_else(|| {
        let known = "expected `always`, `timeline:NAME`, `type:ID` or `iteration:TIMELINE:PATH`";
        Problem::new(Kind::BadValue, format!("an entry does not hold `{word}`: {known}"))
    })?;
    let mut entry = json!({"role": fields.get("role"), "operation": fields.get("operation")});
    if let Some(at) = slot_json(&slot) {
        entry["at"] = at;
    }
    let body = if fields.get("verb") == "remove" {
        json!({"remove": [entry]})
    } else {
        let actions: Vec<&str> = fields.all("action").chain(fields.list("others")).collect();
        entry["actions"] = json!(actions);
        entry["final"] = Json::Bool(!fields.get("final").is_empty());
        json!({"set": [entry]})
    };
    Posted::new(Verb::Patch, &format!("{}/permissions", area.path()), &body)
}
