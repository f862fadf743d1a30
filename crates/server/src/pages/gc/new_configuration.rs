//! Making a configuration from another: a stream, a baseline, a personal stream.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use governance::text::encode;
use governance::{ConfigurationKind, TeamAreaSetting, View};
use serde_json::json;

use super::configuration::{Shown, deed, kind_words};
use crate::api::{Done, Posted, Verb};
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::frame::Frame;
use crate::pages::part::Mark;
use crate::pages::render;
use crate::pages::saving::{Sent, Told, save};
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/new_configuration.html")]
struct NewPage<'a> {
    frame: Frame,
    path: String,
    /// What can be made of it, each with whether the visitor may.
    kinds: Vec<Kind>,
    make: Ability,
    fields: Vec<Field>,
    told: Told<'a>,
    back: String,
    /// The same for everything that it contains.
    whole: Option<Whole>,
}

/// What can be made.
struct Kind {
    word: &'static str,
    mark: Mark,
    said: &'static str,
    ability: Ability,
    chosen: bool,
}

/// To branch the whole hierarchy.
struct Whole {
    names: Field,
    branch: Ability,
    configurations: usize,
}

const KINDS: [(&str, &str); 3] = [
    ("stream", "Can be changed. It contains what its source contains."),
    ("baseline", "A frozen copy of the stream."),
    ("personal", "Your own working stream, which has no Team Area."),
];

/// A kind that is to be made, for the operation that makes it.
fn made(view: &View, word: &str) -> ConfigurationKind {
    match word {
        "baseline" => ConfigurationKind::Baseline(TeamAreaSetting::Inherit),
        "personal" => ConfigurationKind::Personal(view.asker_number()),
        _ => ConfigurationKind::Stream(TeamAreaSetting::Inherit),
    }
}

pub(crate) async fn show(visitor: Visitor, Path(key): Path<String>) -> Result<Response, Problem> {
    page(&visitor, &Shown::of(visitor.view(), &key)?, &Sent::default())
}

fn page(visitor: &Visitor, shown: &Shown<'_>, sent: &Sent) -> Result<Response, Problem> {
    let view = visitor.view();
    let wanted = sent.typed("kind", visitor.query.get("kind")).to_owned();
    let applies = |word: &str| word != "baseline" || shown.is_stream();
    let may = |word: &str| visitor.may(&deed(made(view, word), "create"), &shown.reference);
    let mut kinds: Vec<Kind> = (KINDS.into_iter())
        .filter(|(word, _)| applies(word))
        .map(|(word, said)| Kind {
            word,
            mark: Mark::new(kind_words(word), kind_words(word)),
            said,
            ability: may(word),
            chosen: word == wanted,
        })
        .collect();
    if !kinds.iter().any(|it| it.chosen)
        && let Some(first) = kinds.iter().position(|it| it.ability.is_allowed())
    {
        kinds[first].chosen = true;
    }
    let parents = view.where_used(shown.id, 1, 0).into_iter().flatten();
    let place = sent.typed("in_place_in", "").to_owned();
    let mut places = vec![Choice::new("", "Nowhere: it is only made", place.is_empty())];
    places.extend(parents.filter(|it| it.configuration.kind != "baseline").map(|it| {
        let number = it.configuration.number.to_string();
        let words = format!("{} ({})", it.configuration.name, it.configuration.component);
        let is_chosen = number == place;
        Choice::new(number, words, is_chosen)
    }));
    let mut fields = vec![
        Field::line("name", "Name", sent.typed("name", ""))
            .required()
            .hint("New among the component’s configurations of the kind.")
            .wrong(sent.wrong("/name")),
        Field::prose("description", "Description", sent.typed("description", ""))
            .wrong(sent.wrong("/description")),
    ];
    if places.len() > 1 {
        let field = Field::select("in_place_in", "Takes the place of its source in", places);
        fields.push(field.wrong(sent.wrong("/in_place_in")));
    }
    // One of the kinds suffices: what is wrong with another is said beside it.
    let make = kinds.iter().find(|it| it.ability.is_allowed()).or(kinds.first());
    let make = make.map_or(Ability::Allowed, |it| it.ability.clone());
    let action = if sent.fields.get("names").is_empty() { "Make it" } else { "Branch the hierarchy" };
    let told = sent.review(make.button(action), shown.address("new").to_string(), &shown.address("new"));
    let contributes = view.contributions(shown.id).iter().any(|it| it.configuration().is_some());
    let whole = contributes.then(|| {
        let names = sent.typed("names", "{name} - ").to_owned();
        let names = if names.is_empty() { "{name} - ".to_owned() } else { names };
        Whole {
            names: Field::line("names", "Names of the new streams", names)
                .required()
                .hint("{name} stands for the name of what each is made from, {component} for its component, {date} for the day.")
                .wrong(sent.wrong("/names")),
            branch: may("stream"),
            configurations: view.hierarchy(shown.id, usize::MAX).map_or(0, |it| it.len()),
        }
    });
    let crumbs = [
        ("/configurations".to_owned(), "Configurations".to_owned()),
        (format!("/components/{}", shown.it.component.number()), shown.component.name.to_string()),
        (shown.path(), shown.it.name.to_string()),
    ];
    let frame =
        visitor.frame(format!("New from {}", shown.it.name)).by_way_of(crumbs).in_part("/configurations");
    let back = shown.path();
    Ok(render(&NewPage { frame, path: shown.path(), kinds, make, fields, told, back, whole }))
}

pub(crate) async fn create(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(key): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let shown = Shown::of(visitor.view(), &key)?;
    let posted = match fields.get("names") {
        "" => {
            let source = format!("{}:{}", shown.it.kind.word(), encode(&shown.it.name));
            let mut body =
                json!({"kind": fields.get("kind"), "name": fields.get("name").trim(), "from": source});
            for key in ["description", "in_place_in"] {
                if !fields.get(key).trim().is_empty() {
                    body[key] = fields.get(key).trim().into();
                }
            }
            let component = shown.it.component.number();
            Posted::new(Verb::Post, &format!("/components/{component}/configurations"), &body)
        }
        names => shown.posted(Verb::Post, "/branch", &json!({ "names": names })),
    };
    let to = |it: &Done| Address::new(it.created.clone().unwrap_or_else(|| shown.path()));
    save(&server, &visitor, fields, posted, to, |sent| page(&visitor, &shown, &sent)).await
}
