//! What the applications keep in a project area: who governs each of it and who reads it, and the keys that
//! decide that (docs/applications.md).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{AccessGroup, AreaId, Item, View};
use serde_json::{Value, json};

use super::area::{Area, AreaPath};
use super::item_kind::{Artefacts, Categories, Folders, Kept, Kind, WorkItems, number_of};
use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::{Frame, Link};
use crate::pages::gc::team_area::teams;
use crate::pages::item_page::item_page;
use crate::pages::part::{Mark, Pager};
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "process/items.html")]
struct ItemsPage<'a> {
    frame: Frame,
    path: String,
    kinds: Vec<Choice>,
    title: &'static str,
    archived: bool,
    text: String,
    rows: Vec<Row>,
    pager: Pager,
    /// Why none is shown, where a licence is needed.
    unlicensed: Option<String>,
    told: Told<'a>,
    edited: Option<Edited>,
}

/// An item in the list.
struct Row {
    mark: Mark,
    archived: bool,
    governed_by: Option<Link>,
    /// Whether nothing is said of it itself.
    inherited: bool,
    read_by: String,
    why: String,
}

/// The item whose keys are changed.
struct Edited {
    title: String,
    number: u64,
    tag: String,
    fields: Vec<(Field, Ability)>,
    save: Ability,
    back: String,
}

const ROWS: usize = 50;
/// So many categories, folders and access groups are offered.
const OFFERED: usize = 200;

/// An item as REST has it, with its number and its tag.
fn read(view: &View, kind: Kind, item: Item) -> Result<(u64, Value, String), Problem> {
    let number = number_of(view, item).ok_or_else(Problem::not_found)?;
    let (now, tag) = representation(view, &format!("/{}/{number}", kind.word()))?;
    Ok((number, now, tag))
}

/// A value of such a key as a form has it: `inherit`, `team_area:Core/Tests`; empty for none.
fn word_of(value: &Value) -> String {
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
        ("restrict_access", word) => Value::Bool(word == "true"),
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
fn words_of(key: &str, word: &str) -> String {
    let named = |path: &str| path.split('/').map(decoded).collect::<Vec<_>>().join(" › ");
    match (key, word.split_once(':').unwrap_or((word, ""))) {
        ("restrict_access", ("true", _)) => "The members of its team alone".to_owned(),
        ("restrict_access", _) => "Whoever reads the project area".to_owned(),
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

fn decoded(name: &str) -> String {
    governance::text::decode(name).map_or_else(|_| name.to_owned(), Into::into)
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &with_items(&visitor, &path)?, &Sent::default())
}

/// An area whose application keeps items here.
fn with_items(visitor: &Visitor, path: &AreaPath) -> Result<Area, Problem> {
    let area = Area::of(visitor.view(), path)?;
    if Kind::all(area.application).is_empty() { Err(Problem::not_found()) } else { Ok(area) }
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let asked = if sent.is_any() { &sent.fields } else { query };
    let kinds = Kind::all(area.application);
    let kind = kinds.iter().find(|it| it.word() == asked.get("kind")).or(kinds.first());
    let kind = *kind.ok_or_else(Problem::not_found)?;
    let (text, archived) = (query.get("q").trim().to_lowercase(), query.get("archived") == "yes");
    let first = query.get("after").parse::<u32>().map_or(0, |after| after.saturating_add(1));
    let found = kind.each(view, area.project, first).filter(|it| {
        it.archived == archived && (text.is_empty() || view.name_of(it.item).to_lowercase().contains(&text))
    });
    let mut found: Vec<Kept> = found.take(ROWS + 1).collect();
    let more = found.len() > ROWS;
    found.truncate(ROWS);
    let here = area.address("items").with("kind", kind.word());
    let rows: Result<Vec<Row>, Problem> = found.iter().map(|it| row(view, kind, it, &here)).collect();
    let (rows, unlicensed) = match rows {
        Ok(rows) => (rows, None),
        Err(problem) => (Vec::new(), Some(Ability::from(&problem).because())),
    };
    let shown = match rows.len() {
        1 => "1 shown".to_owned(),
        number => format!("{number} shown"),
    };
    let next = found.last().map(|it| it.place).filter(|_| more);
    let edited = edited(visitor, area, kind, asked.get("item"), sent);
    let save = edited.as_ref().map_or(Ability::Allowed, |it| it.save.clone());
    Ok(render(&ItemsPage {
        path: area.path(),
        kinds: kinds.iter().map(|it| Choice::new(it.word(), it.title(), *it == kind)).collect(),
        title: kind.title(),
        archived,
        text: query.get("q").to_owned(),
        rows,
        pager: Pager::new(&visitor.here.at(&area.tab("items")).with("kind", kind.word()), shown, next),
        unlicensed,
        told: sent.review(save.button("Save"), area.tab("items"), &here),
        edited,
        frame: area.frame(visitor, "items")?,
    }))
}

fn row(view: &View, kind: Kind, kept: &Kept, here: &Address) -> Result<Row, Problem> {
    let (number, now, _) = read(view, kind, kept.item)?;
    let own = kind.keys().iter().map(|(key, _)| (*key, word_of(&now[*key])));
    let read_by = own.clone().find(|(key, _)| matches!(*key, "read" | "restricted_access" | "visibility"));
    let read_by = match (kind, read_by) {
        (Categories, _) => words_of("restrict_access", &word_of(&now["restrict_access"])),
        (_, Some((key, word))) => words_of(key, &word),
        (Artefacts, None) => "Whoever reads its folder".to_owned(),
        (_, None) => "Whoever reads the project area".to_owned(),
    };
    let governing = view.governing_area(kept.item);
    Ok(Row {
        mark: Mark::of(&view.item_text(kept.item)).at(format!("{}#edit", here.with("item", number))),
        archived: kept.archived,
        governed_by: governing.and_then(|area| {
            Some(Link::new(item_page(view, Item::Area(area)), view.see(area)?.name.to_string()))
        }),
        inherited: own.clone().any(|(_, word)| word == "inherit") || kind == WorkItems,
        read_by,
        why: Address::new("/why").with("item", view.reference(kept.item)).to_string(),
    })
}

/// The form of an item, if the address or what was sent names one.
fn edited(visitor: &Visitor, area: &Area, kind: Kind, number: &str, sent: &Sent) -> Option<Edited> {
    let view = visitor.view();
    let item = kind.find(view, area.project, number)?;
    let (number, now, tag) = read(view, kind, item).ok()?;
    let path = format!("/{}/{number}", kind.word());
    let field = |(key, words): &(&'static str, &'static str)| {
        // Whoever may not set it to what it is may not set it to anything else.
        let posted = Posted::new(Verb::Patch, &path, &json!({*key: now[*key]}));
        let may = visitor.only_in_earnest(Ability::to_make(view, posted));
        let own = word_of(&now[*key]);
        let chosen = sent.typed(key, &own);
        (control(view, area.project, key, words, (chosen, &own)).wrong(sent.wrong(&format!("/{key}"))), may)
    };
    let fields: Vec<_> = kind.keys().iter().map(field).collect();
    let save =
        fields.iter().map(|(_, may)| may).find(|may| may.is_allowed()).or(fields.first().map(|(_, may)| may));
    Some(Edited {
        title: view.name_of(item),
        number,
        tag: sent.upon(tag),
        save: save?.clone(),
        fields,
        back: area.address("items").with("kind", kind.word()).to_string(),
    })
}

/// The field of a key, with what can be chosen for it.
fn control(view: &View, project: AreaId, key: &str, words: &str, (chosen, own): (&str, &str)) -> Field {
    let paths = |kind: Kind| {
        let paths = kind.each(view, project, 0).filter(|it| !it.archived).take(OFFERED).filter_map(|it| {
            let reference = view.reference(it.item);
            let path = reference.split_once('#')?.1.split_once(':')?.1.to_owned();
            Some(Choice::new(path.clone(), words_of(key, &path), false))
        });
        paths.collect::<Vec<_>>()
    };
    match key {
        "category" => {
            return Field::line(key, words, chosen)
                .offering(paths(Categories))
                .hint("Its path, such as Core/Security; none: the project area governs it.");
        }
        "folder" => {
            return Field::line(key, words, chosen)
                .offering(paths(Folders))
                .hint("Its path, such as Safety/Brakes; none: the top of the project area.");
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
        "restrict_access" => fixed(&["", "true"]),
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
    Field::select(key, words, choices)
}

/// Changes what decides of an item: the keys that are another than before.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = with_items(&visitor, &path)?;
    let kind = Kind::all(area.application).iter().find(|it| it.word() == fields.get("kind"));
    let kind = *kind.ok_or_else(Problem::not_found)?;
    let posted = changed(visitor.view(), &area, kind, &fields);
    let to = area.address("items").with("kind", kind.word()).with("item", fields.get("item"));
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, &area, &sent)).await
}

fn changed(view: &View, area: &Area, kind: Kind, fields: &Fields) -> Result<Posted, Problem> {
    let item = kind.find(view, area.project, fields.get("item")).ok_or_else(Problem::not_found)?;
    let (number, now, _) = read(view, kind, item)?;
    let mut keys = json!({});
    for (key, _) in kind.keys() {
        let sent = fields.all(key).next().map(str::trim);
        if let Some(word) = sent.filter(|word| *word != word_of(&now[*key])) {
            keys[*key] = value_of(key, word);
        }
    }
    Posted::new(Verb::Patch, &format!("/{}/{number}", kind.word()), &keys)?.upon(fields.get("upon"))
}
