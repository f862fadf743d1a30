//! The hierarchy of a configuration as a tree: its rows are rendered here, opened one by one or down to a
//! level, and everything that is shown is in the address.

use std::time::Instant;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use governance::View;
use governance::text::fold;

use super::configuration::Shown;
use super::contribution::{Editor, everywhere};
use super::count;
use super::tree_rows::{Cut, Row, Shape, Tree, named};
use crate::asset;
use crate::pages::ability::{Ability, LOOKED_FOR};
use crate::pages::address::Address;
use crate::pages::field::Field;
use crate::pages::frame::Frame;
use crate::pages::part::{Button, Mark, Person, Wrong};
use crate::pages::render;
use crate::pages::saving::{Sent, Told};
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};

#[derive(Template)]
#[template(path = "gc/hierarchy.html")]
struct TreePage<'a> {
    frame: Frame,
    path: String,
    number: u32,
    name: String,
    summary: String,
    rows: Vec<Row>,
    cut: Cut,
    levels: Vec<(String, String, bool)>,
    filter: String,
    /// What the filter finds, and how much more.
    found: Option<(Vec<Hit>, usize)>,
    as_user: Field,
    seen_as: Option<Person>,
    wrong: Option<Wrong>,
    skews: Vec<Skew>,
    editor: Editor,
    edit: Button,
    told: Told<'a>,
    here: String,
    hidden: Vec<(String, String)>,
}

/// Only the rows, for those who have the rest of the page.
#[derive(Template)]
#[template(path = "gc/rows.html")]
struct Rows {
    rows: Vec<Row>,
    cut: Cut,
    seen_as: Option<Person>,
}

/// What a filter finds.
struct Hit {
    mark: Mark,
    way: String,
    show: String,
}

/// A component that is in the hierarchy with several configurations.
struct Skew {
    component: String,
    ways: Vec<(String, Vec<String>)>,
    offers: Vec<Offer>,
}

/// A way to resolve it.
struct Offer {
    keep: String,
    replace: Vec<String>,
    places: usize,
    frozen: Vec<String>,
    button: Button,
}

/// So many hits are shown.
const HITS: usize = 100;
/// So many levels are offered.
const LEVELS: usize = 6;

pub(crate) async fn show(visitor: Visitor, Path(key): Path<String>) -> Result<Response, Problem> {
    let shown = Shown::of(visitor.view(), &key)?;
    page(&visitor, &shown, &visitor.here.clone(), &Sent::default())
}

/// The tree at an address, after something was sent.
pub(super) fn page(
    visitor: &Visitor,
    shown: &Shown<'_>,
    here: &Address,
    sent: &Sent,
) -> Result<Response, Problem> {
    let view = visitor.view();
    let only_rows = here.fields().iter().any(|(name, value)| name == "part" && value == "rows");
    // What is sent without the rest of the page leads to pages.
    let here = &here.without("part");
    let said = |name: &str| {
        here.fields().iter().find(|(it, _)| it == name).map_or("", |(_, value)| value).to_owned()
    };
    let hierarchy = view.hierarchy(shown.id, usize::MAX).ok_or_else(Problem::not_found)?;
    let as_user = said("as");
    let level = said("level").parse().unwrap_or(1);
    let seen_as = view.person(&as_user).filter(|_| !as_user.is_empty()).map(Person::from);
    let tree = Tree::at(view, here, level, seen_as);
    let Shape { rows, cut, chosen, seen_as, not_asked } = tree.shape(shown.id, &hierarchy);
    let chosen = chosen.unwrap_or_default();
    let seen_as = seen_as.filter(|_| !not_asked || rows.iter().any(|row| row.may.is_some()));
    let mut wrong = None;
    if seen_as.is_none() && !as_user.is_empty() {
        wrong = Some(Wrong { words: format!("There is no user “{as_user}” about whom you may ask.") });
    }
    if only_rows {
        return Ok(render(&Rows { rows, cut, seen_as }));
    }
    let depth = hierarchy.depth();
    let filter = said("q");
    let found = (!filter.is_empty()).then(|| hits(view, &hierarchy, &filter, here));
    let skews = if hierarchy.len() > 1 { skews(visitor, shown) } else { Vec::new() };
    let levels = (1..depth.min(LEVELS)).map(|it| {
        let address = here.without("open").without("shut").without("from").with("level", it);
        (address.to_string(), it.to_string(), it == level)
    });
    let mut levels: Vec<_> = levels.collect();
    if depth > 1 {
        let all = here.without("open").without("shut").without("from").with("level", depth);
        levels.push((all.to_string(), "All".to_owned(), level >= depth));
    }
    let summary = format!(
        "{}, {} deep{}",
        count(hierarchy.len(), "configuration"),
        count(depth, "level"),
        if skews.is_empty() {
            String::new()
        } else {
            format!("; {} with skew", count(skews.len(), "component"))
        },
    );
    let (editor, is_gone) = match Editor::of(visitor, shown, &chosen, sent) {
        Ok(editor) => (editor, false),
        // Somebody else has taken it out, or it never was there.
        Err(problem) if problem.kind == Kind::NotFound => (Editor::of(visitor, shown, "", sent)?, true),
        Err(problem) => return Err(problem),
    };
    if is_gone {
        wrong = Some(Wrong { words: "What was chosen is not in this place any more.".to_owned() });
    }
    let hidden = here.fields().iter().filter(|(name, _)| !["q", "as"].contains(&name.as_str())).cloned();
    let told = editor.told(visitor, sent, &shown.address("hierarchy"), here);
    Ok(render(&TreePage {
        path: shown.path(),
        number: shown.id.number(),
        name: shown.it.name.to_string(),
        summary,
        rows,
        cut,
        levels,
        filter,
        found,
        as_user: Field::line("as", "As user", as_user).of_person(),
        seen_as,
        wrong,
        skews,
        told,
        edit: visitor.only_in_earnest(Ability::Allowed).button("Edit attributes of what is ticked"),
        editor,
        here: here.to_string(),
        hidden: hidden.collect(),
        frame: shown.frame(visitor, "hierarchy").running(asset::TREE.path()),
    }))
}

/// What a filter finds, the first of it, and how much more there is.
fn hits(view: &View, hierarchy: &governance::Hierarchy, filter: &str, here: &Address) -> (Vec<Hit>, usize) {
    let words: Vec<String> = fold(filter).split_whitespace().map(str::to_owned).collect();
    let above = hierarchy.above();
    let wanted = |shown: &Shown<'_>| {
        let text = fold(&format!("{} {}", shown.it.name, shown.component.name)).into_owned();
        words.iter().all(|word| text.contains(word))
    };
    let all = hierarchy.configurations().iter().enumerate();
    let mut found =
        all.filter_map(|(place, id)| Some((place, Shown::at(view, *id).filter(|it| wanted(it))?)));
    let hit = |(place, shown): (usize, Shown<'_>)| {
        let way = hierarchy.path(&above, place);
        let names = way.iter().filter_map(|id| view.see(*id)).map(|it| it.name.to_string());
        let names: Vec<String> = names.take(way.len() - 1).collect();
        let path = way.iter().skip(1).map(|id| id.number().to_string()).collect::<Vec<_>>();
        // Everything on the way is open there.
        let open: Vec<String> = (1..path.len()).map(|end| path[..end].join("/")).collect();
        let address = here.without("q").without("shut").without("from").with("open", open.join(","));
        let show = format!("{}#chosen", address.with("at", named(&path.join("/"))));
        Hit { mark: shown.mark(), way: names.join(" › "), show }
    };
    let hits = found.by_ref().take(HITS).map(hit).collect();
    (hits, found.count())
}

fn skews(visitor: &Visitor, root: &Shown<'_>) -> Vec<Skew> {
    let view = visitor.view();
    let skews = view.skews(root.id).unwrap_or_default().into_iter();
    let until = Instant::now() + LOOKED_FOR;
    let button = |keep: &str, replaced: &[String]| {
        let ability = match Instant::now() < until {
            true => Ability::to_make(view, everywhere(root, replaced.iter().map(String::as_str), keep)),
            false => Ability::Allowed,
        };
        let words = format!("Use {} everywhere", name_of(keep));
        visitor.only_in_earnest(ability).button(words).sends("verb", "resolve")
    };
    let skew = |it: governance::SkewText| Skew {
        component: it.component,
        ways: (it.occurrences.into_iter())
            .map(|it| (name_of(&it.configuration), it.paths.iter().map(|path| way(path)).collect()))
            .collect(),
        offers: (it.offers.into_iter())
            .map(|it| Offer {
                button: button(&it.keep, &it.replace),
                keep: it.keep,
                replace: it.replace,
                places: it.places,
                frozen: it.frozen.iter().map(|it| name_of(it)).collect(),
            })
            .collect(),
    };
    skews.map(skew).collect()
}

pub(super) fn way(path: &[String]) -> String {
    path.iter().map(|it| name_of(it)).collect::<Vec<_>>().join(" › ")
}

/// The name in `Component/kind:Name`.
pub(super) fn name_of(reference: &str) -> String {
    let name = reference.rsplit_once(':').map_or(reference, |(_, name)| name);
    if governance::is_uri(reference) {
        return reference.to_owned();
    }
    governance::text::decode(name).map_or_else(|_| name.to_owned(), Into::into)
}
