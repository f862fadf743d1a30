//! *Edit Attributes* of many components and configurations: those that were chosen in a list, or everything
//! that a search finds (docs/global-configurations.md#bulk-edit-of-attributes).

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use governance::{AreaId, Component, Configuration, Item, View};
use serde_json::{Map, Value, json};

use super::configuration::Shown;
use super::described::{untyped, value};
use super::lists::{criteria, project_area};
use super::team_area::choices;
use super::vocabulary::put_criterion;
use super::{beside_the_form, count, review_page};
use crate::api::{AttributeEdit, bad_value};
use crate::in_turn::weighed;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::failure::Failure;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::item_page::item_page;
use crate::pages::part::Mark;
use crate::pages::render;
use crate::pages::saving::{Change, Sent};
use crate::pages::sign_in::{sentence, within};
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/edit_attributes.html")]
struct EditPage {
    frame: Frame,
    /// What is edited, in words.
    selected: String,
    /// What says so once more.
    hidden: Vec<(String, String)>,
    fields: Vec<Field>,
    failure: Option<Failure>,
    /// What would become of it, or has.
    outcome: Option<Outcome>,
    save: Ability,
    back: String,
}

/// What becomes of an edit.
struct Outcome {
    saved: Option<u64>,
    changed: usize,
    unchanged: usize,
    refused: usize,
    /// The first of those that are refused, and of those that change.
    lines: Vec<Line>,
    more: usize,
    change: Option<Change>,
    digest: String,
}

struct Line {
    mark: Mark,
    words: &'static str,
    because: String,
    why: Option<String>,
}

/// So many lines are told.
const LINES: usize = 100;
/// So many that were chosen one by one are told by name.
const NAMED: usize = 6;

/// What is edited.
struct Selection {
    area: AreaId,
    /// As the body of the API says it.
    select: Value,
    words: String,
}

pub(crate) async fn edit(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    fields: Fields,
) -> Result<Response, Problem> {
    let selection = match selection(visitor.view(), &fields) {
        Ok(selection) => selection,
        Err(problem) => {
            let failure = beside_the_form(&visitor, problem)?;
            let status = failure.status();
            let sent = Sent { fields: fields.clone(), failure: Some(failure), change: None };
            let back = back(&fields);
            let told = sent.review(Ability::Allowed.button("Go on"), "/edit-attributes", &back);
            let page = review_page(frame(&visitor, &back), told)?;
            return Ok((status, page).into_response());
        }
    };
    let step = fields.get("step");
    if step.is_empty() {
        return page(&visitor, &selection, &fields, None, None);
    }
    let set = changes(visitor.view(), &selection, &fields);
    let read = async {
        let body = json!({"select": selection.select, "set": set?});
        AttributeEdit::read(&server, &visitor.caller, selection.area, &body).await
    };
    let edit = match read.await {
        Ok(edit) => edit,
        Err(problem) => return failed(&visitor, &selection, &fields, problem),
    };
    if step == "save" && fields.get("reviewed") == fields.digest() {
        return match edit.save(&server, &visitor.caller).await {
            Ok(edited) => {
                let outcome = Outcome::of(visitor.view(), &edited, None, String::new());
                page(&visitor, &selection, &fields, None, Some(outcome))
            }
            Err(problem) => failed(&visitor, &selection, &fields, problem),
        };
    }
    let (view, digest) = (visitor.caller.view.clone(), fields.digest());
    let previewed = weighed(&server, move |_| {
        let (edited, impact) = edit.preview(&view)?;
        let change = impact.map(|impact| Change::of(&view, impact, String::new()));
        Ok::<_, Problem>(Outcome::of(&view, &edited, change, digest))
    });
    match previewed.await? {
        Ok(outcome) => page(&visitor, &selection, &fields, None, Some(outcome)),
        Err(problem) => failed(&visitor, &selection, &fields, problem),
    }
}

fn back(fields: &Fields) -> Address {
    let back = within(fields.get("back")).parse();
    back.map_or_else(|_| Address::new("/configurations"), |uri| Address::of(&uri))
}

fn frame(visitor: &Visitor, back: &Address) -> Frame {
    let (part, words) = if back.path() == "/components" {
        ("/components", "Components")
    } else {
        ("/configurations", "Configurations")
    };
    visitor.frame("Edit attributes").by_way_of([(back.to_string(), words.to_owned())]).in_part(part)
}

fn failed(
    visitor: &Visitor,
    selection: &Selection,
    fields: &Fields,
    problem: Problem,
) -> Result<Response, Problem> {
    let failure = beside_the_form(visitor, problem)?;
    let status = failure.status();
    Ok((status, page(visitor, selection, fields, Some(failure), None)?).into_response())
}

/// What a form has chosen: of one project area, since words and team areas are those of one.
fn selection(view: &View, fields: &Fields) -> Result<Selection, Problem> {
    let is_components = fields.get("what") == "components";
    let bad = |said: &str| Problem::new(Kind::BadValue, said);
    if fields.get("all") == "yes" {
        let pairs: Vec<_> = form_urlencoded::parse(fields.get("query").as_bytes()).into_owned().collect();
        let pairs = criteria(&pairs);
        let said = |name: &str| pairs.iter().find(|(it, _)| it == name).map_or("", |(_, value)| value);
        let area = project_area(view, said("project_area"), said("team_area"));
        let area = area.ok_or_else(|| bad(NO_AREA))?;
        let total = fields.get("total");
        let (key, one) =
            if is_components { ("components", "component") } else { ("configurations", "configuration") };
        let words = total.parse().map_or_else(
            |_| "everything that is found".to_owned(),
            |total| format!("all that is found: {}", count(total, one)),
        );
        let mut asked = Map::new();
        for (name, value) in pairs {
            put_criterion(&mut asked, &name, value);
        }
        return Ok(Selection { area, select: json!({ key: asked }), words });
    }
    let numbers = fields.all("item");
    let items: Vec<Item> = if is_components {
        numbers.filter_map(|it| view.find::<Component>(it)).map(Item::Component).collect()
    } else {
        numbers.filter_map(|it| view.find::<Configuration>(it)).map(Item::Configuration).collect()
    };
    let area = items.first().and_then(|item| view.project_of_item(*item));
    let area = area.ok_or_else(|| {
        bad("nothing is chosen: tick what is to be edited, or edit everything that is found")
    })?;
    if items.iter().any(|item| view.project_of_item(*item) != Some(area)) {
        return Err(bad("what is chosen is of several project areas: edit those of one at a time"));
    }
    let mut names: Vec<String> = items.iter().take(NAMED).map(|item| view.name_of(*item)).collect();
    if items.len() > NAMED {
        names.push(format!("{} more", items.len() - NAMED));
    }
    let references: Vec<String> = items.iter().map(|item| view.reference(*item)).collect();
    Ok(Selection { area, select: json!({ "items": references }), words: names.join(", ") })
}

/// Why not all that is found can be edited.
pub(super) const NO_AREA: &str =
    "choose one project area first, and filter: team areas and words are those of one";

/// What a form sets, as the API says it. What is left empty stays.
fn changes(view: &View, selection: &Selection, fields: &Fields) -> Result<Value, Problem> {
    let mut set = json!({});
    if !fields.get("team_area").is_empty() {
        set["team_area"] = fields.get("team_area").into();
    }
    match (fields.get("description").trim(), fields.get("no_description")) {
        (_, "yes") => set["description"] = Value::Null,
        ("", _) => {}
        (text, _) => set["description"] = text.into(),
    }
    let list = |name: &str| fields.list(name).map(str::to_owned).collect::<Vec<_>>();
    let (add, remove) = (list("add_tags"), list("remove_tags"));
    if !(add.is_empty() && remove.is_empty()) {
        set["tags"] = json!({"add": add, "remove": remove});
    }
    let types = view.vocabulary(selection.area).attribute_types;
    let attribute = |line: &str| {
        let (name, typed) = line.split_once('=').ok_or_else(|| {
            bad_value("/set/attributes", format!("`{line}` has no `=`: expected `name = value`"))
        })?;
        let (name, typed) = (name.trim(), typed.trim());
        let value = match types.iter().find(|it| *it.id == *name) {
            _ if typed.is_empty() => None,
            Some(of_type) => value(of_type, typed),
            None => Some(untyped(typed)),
        };
        Ok::<_, Problem>((name.to_owned(), value))
    };
    let lines = fields.get("attributes").lines().map(str::trim).filter(|line| !line.is_empty());
    let attributes: BTreeMap<String, Option<Value>> = lines.map(attribute).collect::<Result<_, _>>()?;
    if !attributes.is_empty() {
        set["attributes"] = json!(attributes);
    }
    Ok(set)
}

fn page(
    visitor: &Visitor,
    selection: &Selection,
    sent: &Fields,
    failure: Option<Failure>,
    outcome: Option<Outcome>,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let wrong = |pointer: &str| failure.as_ref().and_then(|it| it.wrong(pointer));
    let is_components = sent.get("what") == "components";
    let mut teams = vec![Choice::new("", "Leave as it is", sent.get("team_area").is_empty())];
    if !is_components {
        teams.push(Choice::new("inherit", "Inherit from component", sent.get("team_area") == "inherit"));
    }
    teams.extend(choices(view, selection.area, None, sent.get("team_area")));
    let offered = view.tags(selection.area).into_iter().map(|it| Choice::new(it.tag.as_str(), "", false));
    let offered: Vec<Choice> = offered.collect();
    let fields = vec![
        Field::select("team_area", "Team Area", teams).wrong(wrong("/set/team_area")),
        Field::line("add_tags", "Add tags", sent.get("add_tags"))
            .offering(offered.clone())
            .hint("With commas between them.")
            .wrong(wrong("/set/tags/add")),
        Field::line("remove_tags", "Remove tags", sent.get("remove_tags"))
            .offering(offered)
            .wrong(wrong("/set/tags/remove")),
        Field::prose("description", "Description", sent.get("description"))
            .hint("Empty: leave as it is.")
            .wrong(wrong("/set/description")),
        Field::checks(
            "no_description",
            "Without a description",
            vec![Choice::new("yes", "Take the description away", sent.get("no_description") == "yes")],
        ),
        Field::prose("attributes", "Attributes", sent.get("attributes"))
            .hint("One on each line: name = value. Without a value the attribute is taken away.")
            .wrong(wrong("/set/attributes")),
    ];
    let kept = ["what", "all", "query", "total", "item", "back"];
    let hidden = sent.pairs().filter(|(name, _)| kept.contains(name));
    let back = back(sent);
    Ok(render(&EditPage {
        selected: selection.words.clone(),
        hidden: hidden.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        fields,
        failure,
        outcome,
        save: visitor.only_in_earnest(Ability::Allowed),
        frame: frame(visitor, &back),
        back: back.to_string(),
    }))
}

impl Outcome {
    fn of(view: &View, edited: &Value, change: Option<Change>, digest: String) -> Self {
        let number = |key: &str| edited[key].as_u64().unwrap_or(0) as usize;
        let all = edited["results"].as_array().map_or(&[][..], Vec::as_slice);
        // What is refused comes first: it is what somebody must know.
        let of = |result: &'static str| all.iter().filter(move |it| it["result"] == *result);
        let told = of("refused").chain(of("changed")).take(LINES);
        let lines: Vec<Line> = told.map(|it| Line::of(view, it)).collect();
        Self {
            saved: edited["revision"].as_u64(),
            changed: number("changed"),
            unchanged: number("unchanged"),
            refused: number("refused"),
            more: (number("refused") + number("changed")).saturating_sub(lines.len()),
            lines,
            change,
            digest,
        }
    }
}

impl Line {
    fn of(view: &View, result: &Value) -> Self {
        let reference = result["item"].as_str().unwrap_or_default();
        let mark = match view.item_at(reference) {
            Some(Item::Configuration(id)) => Shown::at(view, id).map(|it| it.mark()),
            Some(item) => Some(Mark::of(&view.item_text(item)).at(item_page(view, item))),
            None => None,
        };
        let problem = &result["problem"];
        Self {
            mark: mark.unwrap_or_else(|| Mark::new("item", reference)),
            words: if result["result"] == "refused" { "Refused" } else { "Changes" },
            because: problem["detail"].as_str().map(sentence).unwrap_or_default(),
            why: problem["explanation"].as_str().map(str::to_owned),
        }
    }
}
