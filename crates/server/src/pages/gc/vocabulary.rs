//! The words of a project area of global configurations: tags, types of attributes and links, shared queries
//! (docs/global-configurations.md#the-vocabulary).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use governance::{KnownTag, Sort, View};
use serde_json::{Map, Value, json};

use super::lists::query_address;
use super::types::{
    Type, attribute, attribute_fields, attribute_words, import_field, link, link_fields, listed, types,
};
use super::{count, review_page};
use crate::api::{Posted, SharedQuery, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::segment;
use crate::pages::field::Field;
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::{Empty, Pager, place};
use crate::pages::process::area::{Area, AreaPath};
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/vocabulary.html")]
struct VocabularyPage<'a> {
    frame: Frame,
    path: String,
    number: u32,
    told: Told<'a>,
    tag: String,
    tags: Vec<KnownTag>,
    pager: Pager,
    /// Where the page of tags begins.
    after: String,
    tag_fields: [Field; 2],
    edited_tag: Option<(String, String)>,
    create_tag: Ability,
    rename_tag: Ability,
    delete_tag: Ability,
    attribute_types: Vec<Type>,
    attribute_fields: Vec<Field>,
    edited_attribute: Option<String>,
    link_types: Vec<Type>,
    link_fields: Vec<Field>,
    edited_link: Option<String>,
    /// Another project area, whose types are taken over; nothing where the visitor sees no other.
    import_field: Option<Field>,
    edit_types: Ability,
    queries: Vec<Query>,
    query_fields: [Field; 3],
    create_query: Ability,
    delete_query: Ability,
}

/// So many tags a page has.
const ROWS: usize = 100;

struct Query {
    name: String,
    description: String,
    /// The configurations that it finds.
    address: String,
    /// The components, where it can find any.
    components: Option<String>,
    /// What it names that is not there.
    missing: String,
    tag: String,
}

pub(crate) async fn show(visitor: Visitor, path: AreaPath) -> Result<Response, Problem> {
    page(&visitor, &Area::with_vocabulary(visitor.view(), &path)?, &Sent::default())
}

fn page(visitor: &Visitor, area: &Area, sent: &Sent) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let (_, tag) = area.representation(view)?;
    let (types, _) = representation(view, &format!("{}/types", area.path()))?;
    let may = |deed: &str| visitor.may(deed, &area.reference);
    let (attribute, link) = (query.get("attribute"), query.get("link"));
    let known = |key: &str, id: &str| {
        let mut list = types[key].as_array().into_iter().flatten();
        list.find(|it| it["id"] == *id).cloned().unwrap_or_default()
    };
    let tags = view.tags(area.id);
    let edited_tag = tags.iter().find(|it| it.tag.as_str() == query.get("tag"));
    let (name, description) =
        edited_tag.map_or(("", ""), |it| (it.tag.as_str(), it.description.as_deref().unwrap_or_default()));
    let (first, next) = place(query, ROWS, tags.len());
    let tag_fields = [
        Field::line("tag_name", "Tag", sent.typed("tag_name", name))
            .required()
            .hint("In lower case, with a slash before what is nested: safety/brake.")
            .wrong(sent.wrong("/name")),
        Field::line("tag_description", "What it is for", sent.typed("tag_description", description)),
    ];
    Ok(render(&VocabularyPage {
        path: area.path(),
        number: area.id.number(),
        told: sent.review(
            button(visitor),
            format!("{}/vocabulary", area.path()),
            &area.address("vocabulary"),
        ),
        edited_tag: edited_tag
            .map(|it| {
                let path = format!("{}/tags/{}", area.path(), segment(it.tag.as_str()));
                representation(view, &path).map(|(_, tag)| (it.tag.as_str().to_owned(), tag))
            })
            .transpose()?,
        tag_fields,
        pager: Pager::new(&visitor.here, count(tags.len(), "tag"), next),
        after: query.get("after").to_owned(),
        tags: tags.into_iter().skip(first).take(ROWS).collect(),
        create_tag: may("gc.manage-tags/create"),
        rename_tag: may("gc.manage-tags/rename"),
        delete_tag: may("gc.manage-tags/delete"),
        attribute_fields: attribute_fields(&known("attribute_types", attribute), sent),
        attribute_types: listed(&types["attribute_types"], attribute_words),
        edited_attribute: (!attribute.is_empty()).then(|| attribute.to_owned()),
        link_fields: link_fields(&known("link_types", link), sent),
        link_types: listed(&types["link_types"], |it| it["inverse"].as_str().unwrap_or_default().to_owned()),
        edited_link: (!link.is_empty()).then(|| link.to_owned()),
        edit_types: may("gc.manage-types/modify"),
        queries: queries(view, area)?,
        query_fields: [
            Field::line("query_name", "Name", sent.typed("query_name", "")).required().called("query-name"),
            Field::line("query_description", "What it is for", sent.typed("query_description", "")),
            Field::line("criteria", "Search", sent.typed("criteria", ""))
                .required()
                .hint("The address of a list that shows what is to be found, with its filters.")
                .wrong(sent.wrong("/criteria")),
        ],
        import_field: import_field(view, area, sent),
        create_query: may("gc.save-shared-query/create"),
        delete_query: may("gc.save-shared-query/delete"),
        tag,
        frame: area.frame(visitor, "vocabulary")?,
    }))
}

fn button(visitor: &Visitor) -> crate::pages::part::Button {
    visitor.only_in_earnest(Ability::Allowed).button("Save it")
}

fn queries(view: &View, area: &Area) -> Result<Vec<Query>, Problem> {
    let query = |(it, tag): (SharedQuery, String)| {
        let criteria = &it.criteria;
        let of_components = criteria.kind.is_empty()
            && criteria.owner.is_none()
            && !matches!(criteria.sort, Some(Sort::Kind | Sort::KindDescending));
        let components = of_components.then(|| query_address("components", area.id, criteria.clone()));
        Some(Query {
            components: components.flatten(),
            address: query_address("configurations", area.id, it.criteria)?,
            missing: it.missing.into_iter().map(|it| it.detail).collect::<Vec<_>>().join("; "),
            name: it.name,
            description: it.description.unwrap_or_default(),
            tag,
        })
    };
    Ok(SharedQuery::tagged(view, area.id)?.into_iter().filter_map(query).collect())
}

pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    path: AreaPath,
    fields: Fields,
) -> Result<Response, Problem> {
    let area = Area::with_vocabulary(visitor.view(), &path)?;
    let posted = posted(visitor.view(), &area, &fields);
    let to = area.address("vocabulary");
    let again = |sent: Sent| {
        // A form that only has a button has nothing to be shown in.
        if sent.change.is_some() && sent.fields.get("verb").starts_with("delete") {
            let told = sent.review(button(&visitor), format!("{}/vocabulary", area.path()), &to.clone());
            return review_page(area.frame(&visitor, "vocabulary")?, told);
        }
        page(&visitor, &area, &sent)
    };
    save(&server, &visitor, fields, posted, |_| area.address("vocabulary"), again).await
}

fn posted(view: &View, area: &Area, fields: &Fields) -> Result<Posted, Problem> {
    let (verb, upon) = (fields.get("verb"), fields.get("upon"));
    let text = |name: &str| match fields.get(name).trim() {
        "" => Value::Null,
        text => text.into(),
    };
    let below = |noun: &str, name: &str| format!("{}/{noun}/{}", area.path(), segment(name));
    match verb {
        "create-tag" => {
            let mut body = json!({"name": text("tag_name")});
            put(&mut body, "description", text("tag_description"));
            Posted::new(Verb::Post, &format!("{}/tags", area.path()), &body)
        }
        "change-tag" => {
            let mut body = json!({"description": text("tag_description")});
            if fields.get("tag_name") != fields.get("tag") {
                body["name"] = text("tag_name");
            }
            Posted::new(Verb::Patch, &below("tags", fields.get("tag")), &body)?.upon(upon)
        }
        "delete-tag" => {
            Posted::new(Verb::Delete, &below("tags", fields.get("tag")), &Value::Null)?.upon(upon)
        }
        "delete-query" => {
            Posted::new(Verb::Delete, &below("shared-queries", fields.get("query")), &Value::Null)?.upon(upon)
        }
        "create-query" => {
            let mut body = json!({"name": text("query_name"), "criteria": criteria(fields.get("criteria"))});
            put(&mut body, "description", text("query_description"));
            Posted::new(Verb::Post, &format!("{}/shared-queries", area.path()), &body)
        }
        "import-types" => {
            let body = json!({"from": fields.get("from")});
            Posted::new(Verb::Post, &format!("{}/import-types", area.path()), &body)
        }
        "save-attribute" | "delete-attribute" => {
            types(view, area.id, "attribute_types", fields.get("attribute"), attribute(verb, fields))
                .and_then(|keys| area.change(&keys)?.upon(upon))
        }
        "save-link" | "delete-link" => {
            types(view, area.id, "link_types", fields.get("link"), link(verb, fields))
                .and_then(|keys| area.change(&keys)?.upon(upon))
        }
        _ => Err(Problem::not_found()),
    }
}

pub(super) fn put(body: &mut Value, key: &str, value: Value) {
    if !value.is_null() {
        body[key] = value;
    }
}

/// What the address of a list says of a search.
fn criteria(address: &str) -> Value {
    let query = address.split_once('?').map_or(address, |(_, query)| query);
    let pairs: Vec<_> = form_urlencoded::parse(query.trim().as_bytes()).into_owned().collect();
    let mut criteria = Map::new();
    for (name, value) in super::lists::criteria(&pairs) {
        put_criterion(&mut criteria, &name, value);
    }
    criteria.into()
}

/// A criterion as JSON says it: some are lists, and one is true or false.
pub(super) fn put_criterion(criteria: &mut Map<String, Value>, name: &str, value: String) {
    match name {
        "tag" | "attribute" | "kind" => {
            let list = criteria.entry(name).or_insert_with(|| json!([]));
            list.as_array_mut().into_iter().for_each(|list| list.push(value.clone().into()));
        }
        "archived" => _ = criteria.insert(name.to_owned(), json!(value == "true")),
        _ => _ = criteria.insert(name.to_owned(), value.into()),
    }
}
