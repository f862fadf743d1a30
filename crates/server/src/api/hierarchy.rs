//! What a configuration contains at any depth (docs/rest-api.md#hierarchies).

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use governance::{
    BranchHierarchy, ChildText, Command, ComparisonText, ConfigurationId, Event, HierarchyText, MergeText,
    NamePattern, Picture, ReplaceEverywhere, ReplacementText, SkewText, UseText, View,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::body::{Nothing, bad_query, parameters};
use super::configuration::{ConfigurationPath, project_area_of};
use super::contribution::contribution;
use super::request::Asked;
use super::resolve::{found, made, name_pattern};
use super::route::{Api, Rows, Scope, Verb};
use crate::caller::Caller;
use crate::chance::now;
use crate::handler::get;
use crate::problem::Problem;
use crate::revision::with_revision;
use crate::router::Server;

pub(super) fn routes(api: &mut Api) {
    const REPLACE: &str = "/configurations/{configuration}/replace-everywhere";
    api.read("/configurations/{configuration}/hierarchy", "Read the hierarchy of a configuration.", read);
    api.list(
        "/configurations/{configuration}/hierarchy/children",
        "List what a node of a hierarchy contains.",
        children,
    );
    let dot = (Verb::Get, "/configurations/{configuration}/hierarchy.dot");
    let summary = "Draw the hierarchy of a configuration for Graphviz.";
    api.own::<HierarchyQuery, Nothing, String>(dot, summary, Scope::Read, || get(self::dot))
        .of_any_moment()
        .gives(&[DOT]);
    let graphml = (Verb::Get, "/configurations/{configuration}/hierarchy.graphml");
    let summary = "Draw the hierarchy of a configuration as GraphML.";
    api.own::<HierarchyQuery, Nothing, String>(graphml, summary, Scope::Read, || get(self::graphml))
        .of_any_moment()
        .gives(&[GRAPHML]);
    api.read("/configurations/{configuration}/skew", "List the skews of a hierarchy.", skew);
    api.list("/configurations/{configuration}/where-used", "List what contains a configuration.", where_used);
    let compared = "Compare a configuration with another, or two with what both come from.";
    api.read("/configurations/{configuration}/compare", compared, compare);
    api.read(REPLACE, "Tell where in a hierarchy a contribution would be replaced.", preview);
    api.report(REPLACE, "Replace a contribution everywhere in a hierarchy.", replace, replaced);
    let branched = "Make streams of everything in a hierarchy.";
    let read_at = "/configurations/{configuration}";
    api.create(("/configurations/{configuration}/branch", read_at), branched, branch, |_, events| {
        made::<governance::Configuration>(events).map(|number| format!("/configurations/{number}"))
    });
}

const DOT: &str = "text/vnd.graphviz";
const GRAPHML: &str = "application/graphml+xml";

/// Whose hierarchy, and how much of it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct HierarchyQuery {
    /// The configuration's number or its reference.
    configuration: String,
    /// Down to this level, which counts from the configuration's, 0; what is on it is not opened. Default:
    /// all of it.
    level: Option<usize>,
}

impl HierarchyQuery {
    fn find(&self, view: &View) -> Result<(ConfigurationId, usize), Problem> {
        Ok((found(view.find(&self.configuration))?, self.level.unwrap_or(usize::MAX)))
    }
}

fn read(view: &View, query: HierarchyQuery) -> Result<HierarchyText, Problem> {
    let (root, level) = query.find(view)?;
    found(view.hierarchy_text(root, level))
}

async fn dot(server: State<Arc<Server>>, caller: Caller, asked: Asked) -> Result<Response, Problem> {
    picture(&server, &caller, asked, Picture::Dot, DOT).await
}

async fn graphml(server: State<Arc<Server>>, caller: Caller, asked: Asked) -> Result<Response, Problem> {
    picture(&server, &caller, asked, Picture::GraphMl, GRAPHML).await
}

async fn picture(
    server: &Server,
    caller: &Caller,
    asked: Asked,
    form: Picture,
    media_type: &'static str,
) -> Result<Response, Problem> {
    let query: HierarchyQuery = parameters("{configuration}", &asked.pairs)?;
    let (view, revision) = asked.view(server, caller).await?;
    let drawn = spawn_blocking(move || {
        let (root, level) = query.find(&view)?;
        found(view.picture(root, level, form))
    });
    let text = drawn.await.map_err(|_| Problem::internal())??;
    Ok(with_revision(server, revision, ([(CONTENT_TYPE, media_type)], text)))
}

/// Which node of the tree of a hierarchy.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NodeQuery {
    /// The number or the reference of the configuration at the root.
    configuration: String,
    /// The numbers of the configurations on the way to it, with `/` between: the `path` of a node above.
    /// Default: the root.
    path: Option<String>,
}

fn children(view: &View, query: NodeQuery, first: u64) -> Result<Rows<'_, ChildText>, Problem> {
    let root = found(view.find(&query.configuration))?;
    let first = usize::try_from(first).unwrap_or(usize::MAX);
    let children = found(view.children(root, &query.path.unwrap_or_default(), first))?;
    // Places count from 1, rows of a list from 0.
    Ok(Box::new(children.map(|child| (child.at as u64 - 1, child))))
}

fn skew(view: &View, path: ConfigurationPath) -> Result<Vec<SkewText>, Problem> {
    found(view.skews(path.find(view)?))
}

/// Whose uses.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UseQuery {
    /// The configuration's number or its reference.
    configuration: String,
    /// Default: any.
    depth: Option<Depth>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Depth {
    /// What contains it itself.
    Direct,
    /// What contains it through others, too.
    Any,
}

fn where_used(view: &View, query: UseQuery, first: u64) -> Result<Rows<'_, UseText>, Problem> {
    let contained = found(view.find(&query.configuration))?;
    let most = match query.depth {
        Some(Depth::Direct) => 1,
        Some(Depth::Any) | None => u32::MAX,
    };
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    let uses = found(view.where_used(contained, most, first))?;
    Ok(Box::new(uses.map(|it| (it.configuration.number.into(), it))))
}

/// What is compared.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ComparisonQuery {
    /// The number or the reference of the left configuration, or of mine.
    configuration: String,
    /// The right one, or theirs: `Component/kind:Name`, a number as text, or a reference.
    with: String,
    /// What both come from, in the same forms. Default: the two are compared with each other.
    base: Option<String>,
}

/// What differs.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Compared {
    /// From one to the other.
    Two(ComparisonText),
    /// From the base to each.
    Three(MergeText),
}

fn compare(view: &View, query: ComparisonQuery) -> Result<Compared, Problem> {
    let left: ConfigurationId = found(view.find(&query.configuration))?;
    let right = named(view, left, "with", &query.with)?;
    Ok(match &query.base {
        None => Compared::Two(found(view.comparison(left, right))?),
        Some(text) => Compared::Three(found(view.merge([named(view, left, "base", text)?, left, right]))?),
    })
}

/// A configuration that a query names, in the project area of one that was found.
fn named(view: &View, beside: ConfigurationId, name: &str, text: &str) -> Result<ConfigurationId, Problem> {
    let project_area = found(project_area_of(view, found(view.see(beside))?.component))?;
    let said = || bad_query(name, format!("there is no configuration `{text}`"));
    view.find_configuration(project_area, text).ok_or_else(said)
}

/// What would give way to what.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReplacementQuery {
    /// The number or the reference of the configuration at the root.
    configuration: String,
    /// What gives way: `Component/kind:Name`, a number as text, a reference, or a URI.
    replace: String,
    /// What takes its place, in the same forms.
    by: String,
}

fn preview(view: &View, query: ReplacementQuery) -> Result<Vec<ReplacementText>, Problem> {
    let ReplacementQuery { configuration, replace, by } = query;
    let everywhere = everywhere(view, found(view.find(&configuration))?, &replace, &by)?;
    Ok(view.replacements(&everywhere).into_iter().map(|(place, _)| place).collect())
}

/// What gives way to what.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `replace` and `by`")]
#[schemars(example = serde_json::json!({"replace": "Motor/stream:Motor 1.0", "by": "Motor/stream:Motor 2.0"}))]
struct ReplacementEverywhere {
    /// What gives way: `Component/kind:Name`, a number as text, a reference, or a URI.
    replace: String,
    /// What takes its place, in the same forms.
    by: String,
    /// Wherever it may and can be done, and not everywhere or nowhere.
    #[serde(default)]
    partial: bool,
}

/// What has become of it.
#[derive(Serialize, JsonSchema)]
struct ReplacedEverywhere {
    /// In what it was replaced: `Component/kind:Name`.
    replaced: Vec<String>,
    /// In what it was not, and why.
    refused: Vec<ReplacementText>,
}

fn replace(view: &View, path: ConfigurationPath, body: ReplacementEverywhere) -> Result<Command, Problem> {
    let everywhere = everywhere(view, path.find(view)?, &body.replace, &body.by)?;
    if !body.partial {
        return Ok(everywhere.into());
    }
    let places = view.replacements(&everywhere).into_iter();
    let possible: Vec<Command> = { places }.filter(|(it, _)| it.refused.is_none()).map(|it| it.1).collect();
    // Where none is, all that stands in the way is told.
    Ok(if possible.is_empty() { everywhere.into() } else { Command::together(possible) })
}

fn replaced(
    view: &View,
    path: ConfigurationPath,
    body: ReplacementEverywhere,
    events: &[Event],
) -> Result<ReplacedEverywhere, Problem> {
    let everywhere = everywhere(view, path.find(view)?, &body.replace, &body.by)?;
    let changed = events.iter().filter_map(|event| match event {
        Event::Contributions(change) => Some(view.local_reference(change.key)),
        _ => None,
    });
    Ok(ReplacedEverywhere {
        replaced: changed.collect(),
        // It is still there where it could not be replaced.
        refused: view.replacements(&everywhere).into_iter().map(|(place, _)| place).collect(),
    })
}

fn everywhere(
    view: &View,
    root: ConfigurationId,
    old: &str,
    new: &str,
) -> Result<ReplaceEverywhere, Problem> {
    let project_area = found(project_area_of(view, found(view.see(root))?.component))?;
    Ok(ReplaceEverywhere {
        root,
        old: contribution(view, project_area, old, "/replace")?,
        new: contribution(view, project_area, new, "/by")?,
    })
}

/// What the new streams are called.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with `names`")]
#[schemars(example = serde_json::json!({"names": "{name} - Sport"}))]
struct NewBranch {
    /// A text in which `{name}` stands for the name of what a stream is made from, `{component}` for that of
    /// its component, and `{date}` for the day, such as `{name} - Sport`.
    names: String,
}

fn branch(view: &View, path: ConfigurationPath, new: NewBranch) -> Result<Command, Problem> {
    let names = name_pattern(&new.names, now(), "/names")?;
    Ok(BranchHierarchy { root: path.find(view)?, names: NamePattern::new(names) }.into())
}
