//! The forms in which what applications keep is made and changed (docs/applications.md).

use governance::{AccessGroup, AreaId, Item, View};
use serde_json::{Value, json};

use super::area::Area;
use super::item_kind::{Artefacts, Categories, Folders, Kind, WorkItems, number_of};
use super::types::{listed, offered_types};
use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::gc::team_area::teams;
use crate::pages::saving::Sent;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;

/// The form of an item.
pub(super) struct Edited {
    pub(super) title: String,
    pub(super) number: u64,
    pub(super) tag: String,
    pub(super) fields: Vec<(Field, Ability)>,
    pub(super) save: Ability,
    pub(super) is_archived: bool,
    /// To put it into the archive or take it out.
    pub(super) archive: Ability,
    /// To delete it for good; categories never are.
    pub(super) delete: Option<Ability>,
    /// Where it is in its workflow, and what leads on.
    pub(super) workflow: Option<Workflow>,
}

/// A step of a workflow.
pub(super) struct Workflow {
    pub(super) state: String,
    pub(super) fields: [Field; 2],
}

/// The form of a new item.
pub(super) struct New {
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
    pub(super) make: Ability,
}

/// So many categories, folders and access groups are offered.
const OFFERED: usize = 200;

/// An item as REST has it, with its number and its tag.
pub(super) fn read(view: &View, kind: Kind, item: Item) -> Result<(u64, Value, String), Problem> {
    let number = number_of(view, item).ok_or_else(Problem::not_found)?;
    let (now, tag) = representation(view, &format!("/{}/{number}", kind.word()))?;
    Ok((number, now, tag))
}

/// A value of such a key as a form has it: `inherit`, `team_area:Core/Tests`; empty for none.
pub(super) fn word_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "true".to_owned(),
        Value::Object(keys) => match keys.iter().next() {
            Some((key, Value::String(text))) => format!("{key}:{text}"),
            Some((key, _)) => key.clone(),
            None => String::new(),
        },
        _ => String::new(),
    }
}

/// The value that a form means.
fn value_of(key: &str, word: &str) -> Value {
    const OBJECTS: [&str; 4] = ["team_area", "access_group", "user", "project_area"];
    match (key, word) {
        ("restrict_access" | "restrict_visibility", word) => Value::Bool(word == "true"),
        // What it must have is told where it is missing.
        ("name" | "title" | "type" | "kind", word) => word.into(),
        ("owner", "project_area") => json!({"project_area": true}),
        (_, "") => Value::Null,
        ("owner" | "visibility" | "read" | "restricted_access", word) => match word.split_once(':') {
            Some((kind, name)) if OBJECTS.contains(&kind) => json!({kind: name}),
            _ => word.into(),
        },
        (_, word) => word.into(),
    }
}

/// Such a value for people.
pub(super) fn words_of(key: &str, word: &str) -> String {
    let named = |path: &str| path.split('/').map(decoded).collect::<Vec<_>>().join(" › ");
    match (key, word.split_once(':').unwrap_or((word, ""))) {
        ("restrict_access", ("true", _)) => "The members of its team alone".to_owned(),
        ("restrict_access", _) => "Whoever reads the project area".to_owned(),
        ("restrict_visibility", ("true", _)) => "Left out".to_owned(),
        ("restrict_visibility", _) => "Offered".to_owned(),
        ("kind", (word, _)) => word.replace('-', " "),
        ("read" | "restricted_access", ("", _)) => match key {
            "read" => "Whoever reads what it lies in".to_owned(),
            _ => "As its category says".to_owned(),
        },
        ("category", ("", _)) => "No category".to_owned(),
        ("folder", ("", _)) => "The top of the project area".to_owned(),
        (_, ("team_area", path)) => format!("Team area {}", named(path)),
        (_, ("access_group", name)) => format!("Access group {name}"),
        (_, ("user", id)) => format!("User {id}"),
        (_, ("project_area", "")) => "The project area".to_owned(),
        (_, ("project_area", name)) => format!("The members of {name}"),
        (_, ("inherit", "")) => "Inherited".to_owned(),
        (_, ("unassigned", "")) => "Unassigned: the project area".to_owned(),
        (_, ("public", "")) => "Whoever reads the project area".to_owned(),
        (_, ("private", "")) => "Its owner alone".to_owned(),
        (_, ("team-private", "")) => "The members of the owning team area".to_owned(),
        (_, ("project", "")) => "The members of the project area".to_owned(),
        (_, (path, _)) => named(path),
    }
}

pub(super) fn decoded(name: &str) -> String {
    governance::text::decode(name).map_or_else(|_| name.to_owned(), Into::into)
}

/// The form of an item, if the address or what was sent names one.
pub(super) fn edited(
    visitor: &Visitor,
    area: &Area,
    kind: Kind,
    number: &str,
    sent: &Sent,
) -> Option<Edited> {
    let view = visitor.view();
    let item = kind.find(view, area.project, number)?;
    let (number, now, tag) = read(view, kind, item).ok()?;
    let path = format!("/{}/{number}", kind.word());
    let to = |verb: Verb, path: &str, body: Value| {
        visitor.only_in_earnest(Ability::to_make(view, Posted::new(verb, path, &body)))
    };
    let field = |(key, words): &(&'static str, &'static str)| {
        // Whoever may not set it to what it is may not set it to anything else.
        let may = to(Verb::Patch, &path, json!({*key: now[*key]}));
        let own = word_of(&now[*key]);
        let chosen = sent.typed(key, &own);
        let field = control(view, area.project, kind, key, words, (chosen, &own));
        (field.wrong(sent.wrong(&format!("/{key}"))), may)
    };
    let fields: Vec<_> = kind.keys().iter().map(field).collect();
    let save =
        fields.iter().map(|(_, may)| may).find(|may| may.is_allowed()).or(fields.first().map(|(_, may)| may));
    let is_archived = now["archived"] == true;
    let verb = if is_archived { "unarchive" } else { "archive" };
    let step = |key: &str, words: &str, list: &str| {
        let of = now["type"].as_str().unwrap_or_default();
        let known = listed(view, area.project, type_list(kind), of, list);
        let line = Field::line(key, words, sent.typed(key, "")).required().offering(known);
        line.wrong(sent.wrong(&format!("/{key}")))
    };
    let workflow = (kind == WorkItems).then(|| Workflow {
        state: now["state"].as_str().unwrap_or("none yet").to_owned(),
        fields: [
            step("action", "Workflow action", "actions")
                .hint("What is done: there can be a permission for it alone."),
            step("to", "State", "states").hint("Where that leads."),
        ],
    });
    Some(Edited {
        title: view.name_of(item),
        number,
        tag: sent.upon(tag),
        save: save?.clone(),
        fields,
        is_archived,
        archive: to(Verb::Post, &format!("{path}/{verb}"), json!({})),
        delete: (kind != Categories).then(|| to(Verb::Delete, &path, Value::Null)),
        workflow,
    })
}

/// The form of a new item.
pub(super) fn new(visitor: &Visitor, area: &Area, kind: Kind, sent: &Sent) -> New {
    let view = visitor.view();
    let field = |(key, words): &(&'static str, &'static str)| {
        let own = kind.default_of(key);
        let chosen = sent.typed(field_of(key), own);
        let field = control(view, area.project, kind, key, words, (chosen, own));
        field.wrong(sent.wrong(&format!("/{key}")))
    };
    // Where one could be, whoever may make it: in the whole project area, or in what some team governs.
    let place =
        kind.keys().iter().find(|(key, _)| matches!(*key, "team_area" | "owner" | "category" | "folder"));
    let places = place.into_iter().flat_map(|(key, _)| {
        let paths: Vec<Value> = match *key {
            "category" => paths(view, area.project, Categories).into_iter().map(Value::from).collect(),
            "folder" => paths(view, area.project, Folders).into_iter().map(Value::from).collect(),
            "owner" => teams(view, area.project).map(|(_, path, _)| json!({"team_area": path})).collect(),
            _ => teams(view, area.project).map(|(_, path, _)| path.into()).collect(),
        };
        paths.into_iter().map(move |path| Some((*key, path)))
    });
    let may = |place: &Option<(&str, Value)>| {
        let mut body = json!({});
        for (key, _) in kind.made_with() {
            body[*key] = kind.default_of(key).into();
        }
        for (key, _) in kind.keys().iter().filter(|(key, _)| matches!(*key, "name" | "title" | "type")) {
            // A name that nothing has.
            body[*key] = "\u{2026}".into();
        }
        if let Some((key, value)) = place {
            body[*key] = value.clone();
        }
        Ability::to_make(view, Posted::new(Verb::Post, &list(area, kind), &body))
    };
    let (make, _) = Ability::of_any([None].into_iter().chain(places), may);
    New {
        title: format!("New {}", kind.one()),
        fields: kind.made_with().iter().chain(kind.keys()).map(field).collect(),
        make: visitor.only_in_earnest(make),
    }
}

fn list(area: &Area, kind: Kind) -> String {
    format!("/project-areas/{}/{}", area.project.number(), kind.word())
}

/// What the field of a key is called: a form says by `kind` which list it is of.
fn field_of(key: &'static str) -> &'static str {
    if key == "kind" { "made" } else { key }
}

/// The key of the types that the process declares for such items.
fn type_list(kind: Kind) -> &'static str {
    if kind == Artefacts { "artefact_types" } else { "work_item_types" }
}

/// The paths of what can contain something.
fn paths(view: &View, project: AreaId, kind: Kind) -> Vec<String> {
    let paths = kind
        .each(view, project, 0)
        .filter(|it| !it.archived)
        .take(OFFERED)
        .filter_map(|it| Some(view.reference(it.item).split_once('#')?.1.split_once(':')?.1.to_owned()));
    paths.collect()
}

/// The field of a key, with what can be chosen for it.
fn control(
    view: &View,
    project: AreaId,
    kind: Kind,
    key: &'static str,
    words: &str,
    (chosen, own): (&str, &str),
) -> Field {
    let offered = |kind: Kind| {
        paths(view, project, kind)
            .into_iter()
            .map(|path| Choice::new(path.clone(), words_of(key, &path), false))
    };
    let line = |kind: Kind| Field::line(field_of(key), words, chosen).offering(offered(kind).collect());
    match key {
        "name" | "title" => return Field::line(key, words, chosen).required(),
        "type" => {
            let known = offered_types(view, project, type_list(kind));
            return Field::line(key, words, chosen).required().offering(known);
        }
        "description" => return Field::prose(key, words, chosen),
        "parent" => {
            return line(kind).hint("The path of what it lies in, such as Core/Security; none: the top.");
        }
        "category" => {
            return line(Categories)
                .hint("Its path, such as Core/Security; none: the project area governs it.");
        }
        "folder" => {
            return line(Folders).hint("Its path, such as Safety/Brakes; none: the top of the project area.");
        }
        _ => {}
    }
    let team = |as_object: bool| {
        teams(view, project)
            .map(move |(_, path, _)| if as_object { format!("team_area:{path}") } else { path })
    };
    let groups = || {
        let groups = view.each::<AccessGroup>(0).take(OFFERED);
        groups.map(|(_, it)| format!("access_group:{}", it.name)).collect::<Vec<_>>()
    };
    let fixed = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let values: Vec<String> = match key {
        "team_area" => {
            let mut values = fixed(&["unassigned"]);
            values.extend(team(false));
            values
        }
        "restrict_access" | "restrict_visibility" => fixed(&["", "true"]),
        "kind" => kind.kinds(),
        "restricted_access" => [fixed(&["", "public"]), team(true).collect(), groups()].concat(),
        "read" => [fixed(&[""]), team(true).collect(), groups()].concat(),
        "owner" => {
            let me = format!("user:{}", view.asker().id);
            [fixed(&["project_area"]), team(true).collect(), vec![me]].concat()
        }
        _ => [fixed(&["public", "project", "team-private", "private"]), groups()].concat(),
    };
    let choice = |word: String| {
        let words = match key {
            "team_area" if word == "inherit" => "Inherited from what it lies in".to_owned(),
            _ => words_of(key, &word),
        };
        let is_chosen = word == chosen;
        Choice::new(word, words, is_chosen)
    };
    let missing = |values: &[String], word: &str| !values.iter().any(|it| it == word);
    let mut choices: Vec<Choice> = Vec::new();
    for word in [own, chosen] {
        if missing(&values, word) && !choices.iter().any(|it| it.value == word) {
            choices.push(choice(word.to_owned()));
        }
    }
    choices.extend(values.into_iter().map(choice));
    Field::select(field_of(key), words, choices)
}

/// What a form means.
pub(super) fn posted(view: &View, area: &Area, kind: Kind, fields: &Fields) -> Result<Posted, Problem> {
    let sent = |key: &'static str| fields.all(field_of(key)).next().map(|it| it.trim().replace("\r\n", "\n"));
    if fields.get("verb") == "make" {
        let keys = kind.made_with().iter().chain(kind.keys()).filter_map(|(key, _)| {
            let word = sent(key)?;
            let is_said = matches!(*key, "name" | "title") || word != kind.default_of(key) || *key == "kind";
            is_said.then(|| ((*key).to_owned(), value_of(key, &word)))
        });
        return Posted::new(Verb::Post, &list(area, kind), &Value::Object(keys.collect()));
    }
    let item = kind.find(view, area.project, fields.get("item")).ok_or_else(Problem::not_found)?;
    let (number, now, _) = read(view, kind, item)?;
    let path = format!("/{}/{number}", kind.word());
    match fields.get("verb") {
        verb @ ("archive" | "unarchive") => Posted::new(Verb::Post, &format!("{path}/{verb}"), &json!({})),
        "delete" => Posted::new(Verb::Delete, &path, &Value::Null)?.upon(fields.get("upon")),
        "step" => {
            let body = json!({"action": fields.get("action"), "to": fields.get("to")});
            Posted::new(Verb::Post, &format!("{path}/state"), &body)
        }
        _ => {
            let mut keys = json!({});
            for (key, _) in kind.keys() {
                if let Some(word) = sent(key).filter(|word| *word != word_of(&now[*key])) {
                    keys[*key] = value_of(key, &word);
                }
            }
            Posted::new(Verb::Patch, &path, &keys)?.upon(fields.get("upon"))
        }
    }
}
