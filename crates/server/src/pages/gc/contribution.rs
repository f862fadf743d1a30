//! What is done with a contribution in its place: adding, replacing, removing, moving
//! (docs/global-configurations.md#contributions).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use governance::{
    Configuration, ConfigurationId, ConfigurationKind, Contribution, Dates, SearchCriteria, View,
};
use serde_json::{Value, json};

use super::configuration::{Shown, kind_words};
use super::tree::page;
use crate::api::{Posted, Verb, representation};
use crate::pages::ability::Ability;
use crate::pages::address::{Address, segment};
use crate::pages::field::{Choice, Field};
use crate::pages::form::Fields;
use crate::pages::part::{Button, Mark};
use crate::pages::saving::{Sent, Told, save};
use crate::pages::sign_in::within;
use crate::pages::visitor::Visitor;
use crate::problem::Problem;
use crate::router::Server;

/// What can be done with the row that is chosen.
pub(super) struct Editor {
    /// Of what is told.
    pub(super) mark: Mark,
    pub(super) is_chosen: bool,
    /// To make it contain something more; not of what is frozen or local.
    pub(super) add: Option<Adding>,
    /// To change it in what contains it; the root is in nothing here.
    pub(super) place: Option<Placed>,
}

/// To add something to a configuration.
pub(super) struct Adding {
    pub(super) parent: u32,
    pub(super) field: Field,
    pub(super) button: Button,
}

/// A contribution in its place.
pub(super) struct Placed {
    pub(super) parent: u32,
    pub(super) parent_mark: Mark,
    /// As the API calls it.
    pub(super) contribution: String,
    /// The tags under which it and what contains it are changed.
    pub(super) tag: String,
    pub(super) parent_tag: String,
    pub(super) by: Option<Field>,
    pub(super) replace: Button,
    pub(super) everywhere: Button,
    pub(super) up: Option<Button>,
    pub(super) down: Option<Button>,
    pub(super) remove: Button,
}

impl Editor {
    /// Of what is chosen in the tree of a configuration: the numbers on the way there, or `root`.
    pub(super) fn of(
        visitor: &Visitor,
        root: &Shown<'_>,
        chosen: &str,
        sent: &Sent,
    ) -> Result<Self, Problem> {
        let view = visitor.view();
        let is_chosen = !chosen.is_empty();
        let steps = if matches!(chosen, "" | "root") { Vec::new() } else { chosen.split('/').collect() };
        let (mut parent, mut at, mut node) = (None, 0, Some(root.id));
        for step in steps {
            let now = node.ok_or_else(Problem::not_found)?;
            let below = view.contributions(now);
            at = match step.strip_prefix('~').map(str::parse::<usize>) {
                Some(place) => place.unwrap_or(0).checked_sub(1).filter(|it| *it < below.len()),
                None => below
                    .iter()
                    .position(|it| it.configuration().is_some_and(|it| it.number().to_string() == step)),
            }
            .ok_or_else(Problem::not_found)?;
            parent = Some(now);
            node = below[at].configuration();
        }
        let shown = node.map(|id| Shown::at(view, id).ok_or_else(Problem::not_found)).transpose()?;
        let placed = parent.map(|parent| placed(visitor, root, (parent, at), shown.as_ref(), sent));
        let placed = placed.transpose()?;
        let mark = match (&shown, &placed) {
            (Some(shown), _) => shown.mark(),
            (None, Some(placed)) => Mark::new("item", placed.contribution.clone()),
            (None, None) => root.mark(),
        };
        let adding = |shown: &Shown<'_>| {
            let may = shown.may(visitor, "add-contribution");
            Adding {
                parent: shown.id.number(),
                field: Field::line("configuration", "Add to it", sent.typed("configuration", ""))
                    .required()
                    .hint("Its name, Component/stream:Name, a number, or the URI of a local configuration.")
                    .offering(offered(view, root))
                    .wrong(sent.wrong("/configuration")),
                button: may.button("Add").sends("verb", "add"),
            }
        };
        let open =
            shown.as_ref().filter(|it| is_chosen && !matches!(it.it.kind, ConfigurationKind::Baseline(_)));
        Ok(Self { mark, is_chosen, add: open.map(adding), place: placed })
    }

    /// What has come of a form that was sent.
    pub(super) fn told<'a>(
        &self,
        visitor: &Visitor,
        sent: &'a Sent,
        action: &Address,
        back: &Address,
    ) -> Told<'a> {
        let words = match sent.fields.get("verb") {
            "add" => "Add it",
            "remove" => "Remove it",
            "everywhere" | "resolve" => "Replace it everywhere",
            "replace" => "Replace it",
            _ => "Move it",
        };
        let button = visitor.only_in_earnest(Ability::Allowed).button(words);
        sent.review(button, action.to_string(), back)
    }
}

/// What is offered to be added: streams and baselines of the project area that are not archived, the first of
/// them.
fn offered(view: &View, root: &Shown<'_>) -> Vec<Choice> {
    const OFFERED: usize = 100;
    let criteria = SearchCriteria {
        project_area: Some(root.project.number().to_string()),
        archived: Some(false),
        ..SearchCriteria::default()
    };
    let found = view.search_configurations(&criteria, &Dates::default(), None, OFFERED);
    let found = found.map(|it| it.ids).unwrap_or_default().into_iter().filter_map(|id| Shown::at(view, id));
    let others = found.filter(|it| it.it.component != root.it.component);
    others.map(|it| Choice::new(view.local_reference(it.id), it.it.name.to_string(), false)).collect()
}

/// A contribution as a part of a path of the API.
fn contribution_text(view: &View, it: &Contribution) -> String {
    match it {
        Contribution::Configuration(id) => view.local_reference(*id),
        Contribution::Local(uri) => uri.to_string(),
    }
}

fn placed(
    visitor: &Visitor,
    root: &Shown<'_>,
    (parent, at): (ConfigurationId, usize),
    shown: Option<&Shown<'_>>,
    sent: &Sent,
) -> Result<Placed, Problem> {
    let view = visitor.view();
    let below = view.contributions(parent);
    let contribution = contribution_text(view, &below[at]);
    let parent_shown = Shown::at(view, parent).ok_or_else(Problem::not_found)?;
    let (_, tag) = representation(view, &below_path(parent, &contribution))?;
    let (_, parent_tag) = representation(view, &parent_shown.path())?;
    let may = |action: &str| match parent_shown.it.kind {
        ConfigurationKind::Baseline(_) => {
            Ability::refused("what contains it is a baseline, and those are frozen", None)
        }
        _ => parent_shown.may(visitor, action),
    };
    let siblings = shown.map(|shown| {
        let others = view.configurations_of(shown.it.component).iter().filter_map(|id| Shown::at(view, *id));
        let others = others.filter(|it| it.id != shown.id && !it.it.archived);
        let chosen = sent.typed("by", "").to_owned();
        let choices = others.map(|it| {
            let number = it.id.number().to_string();
            let words = format!("{} ({})", it.it.name, kind_words(it.it.kind.word()));
            let is_chosen = number == chosen;
            Choice::new(number, words, is_chosen)
        });
        choices.collect::<Vec<_>>()
    });
    // By the second path, too: whoever's team governs both sides may replace one by the other. Which of them
    // is that, if any.
    let by_some = |posted: &dyn Fn(&str) -> Result<Posted, Problem>| {
        let ways = siblings.iter().flatten();
        let (any, allowed) = Ability::of_any(ways, |it| Ability::to_make(view, posted(&it.value)));
        (visitor.only_in_earnest(any), allowed.map_or_else(String::new, |it| it.value.clone()))
    };
    let (replace, allowed) = match parent_shown.it.kind {
        ConfigurationKind::Baseline(_) => (may("replace-contribution"), String::new()),
        _ => by_some(&|by: &str| {
            let path = format!("{}/replace", below_path(parent, &contribution));
            Posted::new(Verb::Post, &path, &json!({ "by": by }))
        }),
    };
    let (replace_everywhere, _) = by_some(&|by: &str| everywhere(root, [&*contribution], by));
    let mut by = siblings.filter(|it| !it.is_empty());
    if let Some(choices) = &mut by
        && choices.iter().all(|it| !it.chosen)
        && let Some(first) = choices.iter_mut().find(|it| it.value == allowed)
    {
        first.chosen = true;
    }
    let by = by.map(|choices| Field::select("by", "Replace it by", choices).wrong(sent.wrong("/by")));
    let reorder = may("reorder-contributions");
    let moving = |words: &str, verb: &str| reorder.button(words).sends("verb", verb).quiet();
    Ok(Placed {
        parent: parent.number(),
        parent_mark: parent_shown.mark(),
        tag,
        parent_tag,
        by,
        replace: replace.button("Replace here").sends("verb", "replace"),
        everywhere: replace_everywhere.button("Replace everywhere").sends("verb", "everywhere"),
        up: (at > 0).then(|| moving("Move up", "up")),
        down: (at + 1 < below.len()).then(|| moving("Move down", "down")),
        remove: may("remove-contribution").button("Remove").sends("verb", "remove").danger(),
        contribution,
    })
}

fn below_path(parent: ConfigurationId, contribution: &str) -> String {
    format!("/configurations/{}/contributions/{}", parent.number(), segment(contribution))
}

/// What is chosen in the tree at an address.
fn chosen_in(tree: &Address) -> String {
    let at = tree.fields().iter().find(|(name, _)| name == "at");
    at.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// Does what a form of the tree says.
pub(crate) async fn change(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
    Path(key): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let root = Shown::of(view, &key)?;
    let posted = posted(view, &root, &fields);
    let back = within(fields.get("back")).parse().map(|uri| Address::of(&uri));
    let back = back.ok().filter(|it: &Address| it.path() == root.address("hierarchy").path());
    let back = back.unwrap_or_else(|| root.address("hierarchy"));
    let chosen = chosen_in(&back);
    let above = chosen.rsplit_once('/').map_or("root", |(above, _)| above);
    // A local configuration is called by its place, where another is then.
    let is_placed = chosen.rsplit('/').next().is_some_and(|step| step.starts_with('~'));
    let to = match fields.get("verb") {
        "add" => back.clone(),
        "up" | "down" if !is_placed => back.clone(),
        "remove" if !chosen.is_empty() => back.with("at", above),
        _ => back.without("at"),
    };
    save(&server, &visitor, fields, posted, |_| to, |sent| page(&visitor, &root, &back, &sent)).await
}

/// Replaces some configurations by one, wherever they are in a hierarchy.
pub(super) fn everywhere<'t>(
    root: &Shown<'_>,
    replaced: impl IntoIterator<Item = &'t str>,
    by: &str,
) -> Result<Posted, Problem> {
    let one = |replaced: &str| {
        root.posted(Verb::Post, "/replace-everywhere", &json!({"replace": replaced, "by": by}))
    };
    Posted::all(replaced.into_iter().map(one))?.ok_or_else(Problem::not_found)
}

fn posted(view: &View, root: &Shown<'_>, fields: &Fields) -> Result<Posted, Problem> {
    let parent = || view.find::<Configuration>(fields.get("parent")).ok_or_else(Problem::not_found);
    let contribution = fields.get("contribution");
    match fields.get("verb") {
        "add" => {
            let below = format!("/configurations/{}/contributions", parent()?.number());
            let typed = fields.get("configuration").trim();
            // Its name is enough where one alone is called so.
            let known = view.find_configuration(root.project, typed).is_some() || typed.contains("://");
            let called = if known { Vec::new() } else { root.configurations_called(view, typed) };
            let named = match called[..] {
                [one] => view.local_reference(one),
                _ => typed.to_owned(),
            };
            Posted::new(Verb::Post, &below, &json!({ "configuration": named }))
        }
        "remove" => Posted::new(Verb::Delete, &below_path(parent()?, contribution), &Value::Null)?
            .upon(fields.get("upon")),
        "replace" => {
            let replaced = format!("{}/replace", below_path(parent()?, contribution));
            Posted::new(Verb::Post, &replaced, &json!({"by": fields.get("by")}))
        }
        "everywhere" => everywhere(root, [contribution], fields.get("by")),
        "resolve" => everywhere(root, fields.all("replace"), fields.get("keep")),
        verb @ ("up" | "down") => {
            let parent = parent()?;
            let mut texts: Vec<String> =
                view.contributions(parent).iter().map(|it| contribution_text(view, it)).collect();
            let at = texts.iter().position(|it| it == contribution).ok_or_else(Problem::not_found)?;
            let to = if verb == "up" { at.checked_sub(1) } else { Some(at + 1) };
            let to = to.filter(|to| *to < texts.len()).ok_or_else(Problem::not_found)?;
            texts.swap(at, to);
            let path = format!("/configurations/{}", parent.number());
            Posted::new(Verb::Patch, &path, &json!({ "contributions": texts }))?
                .upon(fields.get("parent_upon"))
        }
        _ => Err(Problem::not_found()),
    }
}
