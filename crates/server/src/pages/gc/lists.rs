//! The lists of components and configurations: searched, sorted, counted, and chosen from to edit many.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use governance::{
    AreaId, ComponentId, ConfigurationId, ConfigurationKind, QuestionText, SearchCriteria, View,
};
use serde_json::Value;

use super::component::project_areas;
use super::configuration::{Shown, kind_words};
use super::count;
use super::edit_attributes::NO_AREA;
use super::team_area::{TeamArea, teams};
use crate::api::{Searched, searched};
use crate::dates::Dated;
use crate::in_words::thousands;
use crate::pages::ability::Ability;
use crate::pages::address::Address;
use crate::pages::field::{Choice, Field};
use crate::pages::frame::{Frame, Link};
use crate::pages::part::{Button, Empty, Mark, Pager, Wrong};
use crate::pages::render;
use crate::pages::sign_in::sentence;
use crate::pages::visitor::Visitor;
use crate::problem::{Kind, Problem};
use crate::router::Server;

#[derive(Template)]
#[template(path = "gc/list.html")]
struct ListPage {
    frame: Frame,
    /// `components` or `configurations`.
    what: &'static str,
    name: String,
    filters: Vec<Field>,
    kinds: Vec<Choice>,
    more: Vec<Field>,
    /// Whether a filter is used that is not always shown.
    uses_more: bool,
    sort: String,
    /// Something that cannot be searched by.
    wrong: Option<Wrong>,
    columns: Vec<Column>,
    rows: Vec<Row>,
    total: usize,
    pager: Pager,
    empty: Empty,
    queries: Vec<Link>,
    /// To make another.
    create: Option<Ability>,
    edit: Button,
    edit_all: Button,
    /// The criteria as a query, by which everything that is found is edited.
    query: String,
    here: String,
}

/// A column, by which rows can be sorted.
struct Column {
    words: &'static str,
    address: Option<String>,
    /// Whether rows are sorted by it, and how.
    sorted: Option<&'static str>,
}

struct Row {
    number: u32,
    mark: Mark,
    kind: &'static str,
    component: Option<Mark>,
    project: String,
    team: TeamArea,
    tags: Vec<String>,
    archived: bool,
}

/// So many rows a page has.
const ROWS: usize = 50;

/// What an address says of a search; these are the parameters of the API.
pub(super) const CRITERIA: [&str; 17] = [
    "name",
    "name_prefix",
    "tag",
    "attribute",
    "team_area",
    "team_area_by",
    "archived",
    "kind",
    "component",
    "contained_in",
    "owner",
    "project_area",
    "created_from",
    "created_to",
    "modified_from",
    "modified_to",
    "sort",
];
/// Those that are always to be seen.
const ALWAYS: [&str; 6] = ["name", "project_area", "team_area", "archived", "kind", "sort"];

/// What a query says of a search.
pub(super) fn criteria(fields: &[(String, String)]) -> Vec<(String, String)> {
    let asked = |(name, value): &&(String, String)| CRITERIA.contains(&name.as_str()) && !value.is_empty();
    fields.iter().filter(asked).map(|(name, value)| (name.clone(), instant(name, value))).collect()
}

/// A day that somebody chose is an instant.
fn instant(name: &str, value: &str) -> String {
    let is_day = name.starts_with("created_") || name.starts_with("modified_");
    if is_day && value.len() == 10 { format!("{value}T00:00:00Z") } else { value.to_owned() }
}

pub(crate) async fn components(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let pairs = criteria(visitor.here.fields());
    let what = (Dated::Components, View::search_components as _);
    let found = searched(
        &server,
        visitor.view(),
        visitor.caller.revision,
        &pairs,
        visitor.query.get("after"),
        what,
        ROWS,
    );
    let found = found.await;
    let row = |view: &View, id: ComponentId| {
        let it = view.see(id)?;
        Some(Row {
            number: id.number(),
            mark: Mark::new("component", it.name.to_string()).at(format!("/components/{}", id.number())),
            kind: "component",
            component: None,
            project: view.see(it.project_area)?.name.to_string(),
            team: TeamArea::of_component(view, it),
            tags: tags(it.carried.get("tags")),
            archived: it.archived,
        })
    };
    page(&visitor, "components", pairs, found, row)
}

pub(crate) async fn configurations(
    State(server): State<Arc<Server>>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let pairs = criteria(visitor.here.fields());
    let what = (Dated::Configurations, View::search_configurations as _);
    let found = searched(
        &server,
        visitor.view(),
        visitor.caller.revision,
        &pairs,
        visitor.query.get("after"),
        what,
        ROWS,
    );
    let found = found.await;
    let row = |view: &View, id: ConfigurationId| {
        let shown = Shown::at(view, id)?;
        let component = format!("/components/{}", shown.it.component.number());
        Some(Row {
            number: id.number(),
            mark: shown.mark(),
            kind: shown.kind(),
            component: Some(Mark::new("component", shown.component.name.to_string()).at(component)),
            project: view.see(shown.project)?.name.to_string(),
            team: TeamArea::of(view, shown.it),
            tags: tags(shown.it.carried.get("tags")),
            archived: shown.it.archived,
        })
    };
    page(&visitor, "configurations", pairs, found, row)
}

fn tags(carried: Option<&Value>) -> Vec<String> {
    let tags = carried.and_then(Value::as_array).into_iter().flatten();
    tags.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn page<N>(
    visitor: &Visitor,
    what: &'static str,
    pairs: Vec<(String, String)>,
    found: Result<Searched<N>, Problem>,
    row: impl Fn(&View, governance::Id<N>) -> Option<Row>,
) -> Result<Response, Problem> {
    let (view, query) = (visitor.view(), &visitor.query);
    let (found, wrong) = match found {
        Ok(found) => (found, None),
        Err(problem) if problem.kind == Kind::BadValue => {
            let wrong = Wrong { words: sentence(&problem.detail.replace(" in the query", "")) };
            (Searched { ids: Vec::new(), total: 0, next: None }, Some(wrong))
        }
        Err(problem) => return Err(problem),
    };
    let failed = wrong.is_some();
    let areas: Vec<_> = project_areas(view).collect();
    let project = project_area(view, query.get("project_area"), query.get("team_area"));
    let is_configurations = what == "configurations";
    let kinds = ConfigurationKind::WORDS.into_iter().filter(|_| is_configurations);
    let chosen: Vec<&str> = query.all("kind").collect();
    let kinds = kinds.map(|it| Choice::new(it, kind_words(it), chosen.contains(&it)));
    let sort = query.get("sort").to_owned();
    let rows = found.ids.iter().filter_map(|id| row(view, *id)).collect();
    let empty = match is_configurations {
        true => Empty::new(
            "No configuration is found",
            "A component begins with a stream and a baseline; others are made from them. You see those whose project area lets you read it.",
        ),
        false => Empty::new(
            "No component is found",
            "A component is what has streams and baselines. You see those whose project area lets you read it.",
        ),
    };
    let one = if is_configurations { "configuration" } else { "component" };
    let create = (!is_configurations).then(|| {
        let of = |area: AreaId| view.reference(governance::Item::Area(area));
        let may = |area: AreaId| visitor.may("gc.save-component/create", &of(area));
        // Where somebody stands they most probably may.
        let mut stands: Vec<_> = view.stands_in(view.asker_number()).into_iter().collect();
        stands.retain(|it| areas.iter().any(|(area, _)| *area == view.project_of(it.area)));
        let stands = stands.into_iter().map(|it| view.project_of(it.area));
        let mut tried = stands.chain(areas.iter().map(|(area, _)| *area)).take(LOOKED_AT);
        let question = |area: AreaId| QuestionText {
            user: view.asker().id.to_string(),
            operation: "gc.save-component".to_owned(),
            actions: vec!["create".to_owned()],
            item: of(area),
            ..QuestionText::default()
        };
        let is_allowed = |area: AreaId| view.answer(&question(area)).is_ok_and(|it| it.decision.is_ok());
        match tried.find(|area| is_allowed(*area)) {
            Some(area) => may(area),
            None => areas.first().map_or_else(
                || Ability::refused("there is no project area of global configurations that you see", None),
                |(area, _)| may(*area),
            ),
        }
    });
    let edit = visitor.only_in_earnest(Ability::Allowed);
    let edit_all = match project {
        Some(_) => edit.clone(),
        None => Ability::refused(NO_AREA, None),
    };
    let uses_more = pairs.iter().any(|(name, _)| !ALWAYS.contains(&name.as_str()));
    let sorted = pairs.iter().filter(|(name, _)| name != "sort");
    let response = render(&ListPage {
        what,
        name: query.get("name").to_owned(),
        filters: filters(view, visitor, project, &areas),
        kinds: kinds.collect(),
        more: more(visitor, is_configurations),
        uses_more,
        wrong,
        columns: columns(&visitor.here, &sort, is_configurations),
        rows,
        total: found.total,
        pager: Pager::new(&visitor.here, count(found.total, one), found.next),
        empty,
        queries: queries(view, &areas, what),
        create,
        edit: edit.button("Edit attributes of what is ticked"),
        edit_all: edit_all.button(format!("Edit all {}", thousands(found.total))).sends("all", "yes"),
        query: form_urlencoded::Serializer::new(String::new()).extend_pairs(sorted).finish(),
        here: visitor.here.to_string(),
        sort,
        frame: visitor.frame(if is_configurations { "Configurations" } else { "Components" }),
    });
    Ok(if failed { (Kind::BadValue.status(), response).into_response() } else { response })
}

/// In so many project areas it is looked whether somebody may make a component.
const LOOKED_AT: usize = 2000;

/// The project area in which is searched: it is named, or a team area of it is, or there is one alone.
pub(super) fn project_area(view: &View, named: &str, team: &str) -> Option<AreaId> {
    let of_team = || view.find_team_area(team).map(|team| view.project_of(team));
    let alone = || {
        let mut all = project_areas(view).map(|(id, _)| id);
        all.next().filter(|_| all.next().is_none())
    };
    match named {
        "" => of_team().or_else(alone),
        named => view.find_project_area(named),
    }
}

type Area<'v> = (AreaId, &'v governance::ProcessArea);

fn filters(view: &View, visitor: &Visitor, project: Option<AreaId>, areas: &[Area<'_>]) -> Vec<Field> {
    let query = &visitor.query;
    let mut fields = Vec::new();
    if areas.len() > 1 {
        let mut choices = vec![Choice::new("", "Every project area", project.is_none())];
        choices.extend(areas.iter().map(|(id, area)| {
            Choice::new(id.number().to_string(), area.name.to_string(), project == Some(*id))
        }));
        fields.push(Field::select("project_area", "Project area", choices));
    }
    let team = query.get("team_area");
    let mut choices = vec![
        Choice::new("", "Anybody", team.is_empty()),
        Choice::new("unassigned", "Unassigned", team == "unassigned"),
    ];
    if let Some(project) = project {
        let named = view.find_team_area(team);
        choices.extend(teams(view, project).map(|(id, path, words)| {
            let is_chosen = named == Some(id) || path == team;
            Choice::new(id.number().to_string(), words, is_chosen)
        }));
    }
    fields.push(Field::select("team_area", "Governed by", choices));
    let archived = query.get("archived");
    let choices = [("", "All"), ("false", "Not archived"), ("true", "Archived")];
    let choices = choices.into_iter().map(|(word, words)| Choice::new(word, words, word == archived));
    fields.push(Field::select("archived", "Archive", choices.collect()));
    fields
}

/// The filters that are seldom used.
fn more(visitor: &Visitor, is_configurations: bool) -> Vec<Field> {
    let query = &visitor.query;
    let line = |name: &str, words: &str| Field::line(name, words, query.get(name));
    let by = query.get("team_area_by");
    let choices = [("", "set or inherited"), ("explicit", "set on it"), ("inherited", "inherited")];
    let by = choices.into_iter().map(|(word, words)| Choice::new(word, words, word == by));
    let mut fields = vec![
        Field::select("team_area_by", "Governed how", by.collect()),
        line("name_prefix", "Name begins with"),
        line("tag", "Tag").hint("Or one that is nested below it."),
        line("attribute", "Attribute").hint("name:value, or a name for any value."),
    ];
    if is_configurations {
        fields.push(line("component", "Component").hint("A number or a reference."));
    }
    fields.push(
        line("contained_in", "Contained in")
            .hint("The number or reference of a configuration, at any depth."),
    );
    if is_configurations {
        fields.push(line("owner", "Owner of personal streams").of_person());
    }
    for (name, words) in [
        ("created_from", "Made on or after"),
        ("created_to", "Made before"),
        ("modified_from", "Changed on or after"),
        ("modified_to", "Changed before"),
    ] {
        let day = query.get(name).get(..10).unwrap_or_default();
        fields.push(Field::line(name, words, day).of_kind("date"));
    }
    fields
}

fn columns(here: &Address, sort: &str, is_configurations: bool) -> Vec<Column> {
    let sortable = |words: &'static str, by: &str| {
        let (now, descending) = sort.strip_prefix('-').map_or((sort, false), |sort| (sort, true));
        let now = if now.is_empty() { "name" } else { now };
        let sorted = (now == by).then_some(if descending { "descending" } else { "ascending" });
        let next = if sorted == Some("ascending") { format!("-{by}") } else { by.to_owned() };
        Column { words, address: Some(here.without("after").with("sort", next).to_string()), sorted }
    };
    let plain = |words| Column { words, address: None, sorted: None };
    match is_configurations {
        true => vec![
            sortable("Name", "name"),
            sortable("Kind", "kind"),
            sortable("Component", "component"),
            sortable("Team Area", "team_area"),
            plain("Tags"),
        ],
        false => vec![
            sortable("Name", "name"),
            plain("Project area"),
            sortable("Team Area", "team_area"),
            plain("Tags"),
        ],
    }
}

/// Searches that were kept for everybody.
fn queries(view: &View, areas: &[Area<'_>], what: &'static str) -> Vec<Link> {
    let link = |area: AreaId| {
        move |query: governance::SharedQuery| {
            Some(Link::new(query_address(what, area, query.criteria)?, query.name.to_string()))
        }
    };
    areas
        .iter()
        .flat_map(|(area, _)| view.shared_queries(*area).into_iter().filter_map(link(*area)))
        .collect()
}

/// The list of what a shared query of a project area finds, there unless it says otherwise.
pub(in crate::pages) fn query_address(
    what: &str,
    area: AreaId,
    mut criteria: SearchCriteria,
) -> Option<String> {
    criteria.project_area.get_or_insert_with(|| area.number().to_string());
    Some(format!("/{what}?{}", serde_html_form::to_string(&criteria).ok()?))
}
