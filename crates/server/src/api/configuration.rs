//! Configurations of global configuration management (docs/global-configurations.md#configurations).

use governance::text::encode;
use governance::{
    Archive, AreaId, Command, CommitStagingStream, ComponentId, ConfigurationId, ConfigurationKey,
    ConfigurationKind, Contribution, CreateConfiguration, Edit, NewConfiguration, Subject, Unarchive, View,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::body::{Key, Nothing, bad_query, bad_value};
use super::component::{ComponentPath, Described};
use super::contribution::{to_become, written};
use super::resolve::{CarriedKeys, found, made, name, setting_text, team_area_setting, team_area_text, user};
use super::route::{Api, Rows, Verb};
use crate::problem::Problem;

pub(super) fn routes(api: &mut Api) {
    const BELOW: &str = "/components/{component}/configurations";
    const AT: &str = "/configurations/{configuration}";
    api.list(BELOW, "List the configurations of a component.", list);
    api.list(
        "/project-areas/{project_area}/configurations",
        "List the configurations of a project area.",
        list_of_area,
    );
    api.create((BELOW, AT), "Make a configuration.", create, |_, events| {
        made::<governance::Configuration>(events).map(|number| format!("/configurations/{number}"))
    });
    api.read(AT, "Read a configuration.", read);
    api.change(Verb::Patch, AT, "Change a configuration.", change);
    api.act("/configurations/{configuration}/archive", "Archive a configuration.", archive);
    let unarchived = "Take a configuration out of the archive.";
    api.act("/configurations/{configuration}/unarchive", unarchived, unarchive);
    api.act("/configurations/{configuration}/commit", "End a staging stream as a baseline.", commit);
}

/// A configuration.
#[derive(Serialize, JsonSchema)]
pub(super) struct Configuration {
    number: u32,
    /// What questions call it.
    reference: String,
    /// The reference of its component.
    component: String,
    #[schemars(schema_with = "kinds")]
    kind: &'static str,
    name: String,
    /// What it was made from, such as `baseline:Motor Initial Baseline`; null for what its component began
    /// with.
    from: Option<String>,
    /// Whose personal stream it is.
    owner: Option<String>,
    /// `inherit`, `unassigned`, or a slash path of names; null for a personal stream, which has none.
    team_area: Option<String>,
    /// The team area that governs it in the end: `unassigned`, or a slash path of names.
    effective_team_area: String,
    archived: bool,
    /// What it contains, in order: `Component/kind:Name`, or a URI.
    contributions: Vec<String>,
    #[serde(flatten)]
    carried: Described,
}

fn kinds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"enum": ConfigurationKind::WORDS})
}

pub(super) fn configuration(
    view: &View,
    id: ConfigurationId,
    it: &governance::Configuration,
) -> Configuration {
    let source = it.source.and_then(|source| view.see(source));
    Configuration {
        number: id.number(),
        reference: view.reference_of(id),
        component: view.reference_of(it.component),
        kind: it.kind.word(),
        name: it.name.to_string(),
        from: source.map(|source| format!("{}:{}", source.kind.word(), encode(&source.name))),
        owner: it.kind.owner().map(|owner| view.id_of(owner).to_string()),
        team_area: it.kind.team_area().map(|setting| setting_text(view, setting)),
        effective_team_area: team_area_text(view, view.effective_team_area(it)),
        archived: it.archived,
        contributions: view.contributions(id).iter().filter_map(|it| written(view, it)).collect(),
        carried: Described::of(&it.carried),
    }
}

/// Which configuration.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfigurationPath {
    /// Its number or its reference, such as `gc:Electric Vehicle#Motor/stream:Motor 1.0`.
    configuration: String,
}

impl ConfigurationPath {
    pub(super) fn of(configuration: String) -> Self {
        Self { configuration }
    }
    pub(super) fn find(&self, view: &View) -> Result<ConfigurationId, Problem> {
        found(view.find(&self.configuration))
    }
}

/// Which configurations of a component.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConfigurationFilter {
    /// The component's number or its reference.
    component: String,
    /// Only `stream`, `baseline`, `staging` or `personal` ones.
    #[serde(default)]
    #[schemars(schema_with = "kinds")]
    kind: Option<String>,
    /// Only archived ones, or only others.
    archived: Option<bool>,
    /// Only those whose name has this text in it.
    text: Option<String>,
}

/// Which configurations of a project area.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AreaConfigurationFilter {
    /// The project area's number or its reference.
    project_area: String,
    /// Only `stream`, `baseline`, `staging` or `personal` ones.
    #[serde(default)]
    #[schemars(schema_with = "kinds")]
    kind: Option<String>,
    /// Only archived ones, or only others.
    archived: Option<bool>,
    /// Only those whose name has this text in it.
    text: Option<String>,
}

/// What a list chooses by.
struct Choice {
    kind: Option<String>,
    archived: Option<bool>,
    text: Option<String>,
}

impl Choice {
    fn new(kind: Option<String>, archived: Option<bool>, text: Option<String>) -> Result<Self, Problem> {
        if let Some(kind) = kind.as_deref().filter(|kind| !ConfigurationKind::WORDS.contains(kind)) {
            let known = ConfigurationKind::WORDS.join("`, `");
            return Err(bad_query("kind", format!("`{kind}` is not one of `{known}`")));
        }
        Ok(Self { kind, archived, text: text.map(|text| text.to_lowercase()) })
    }

    fn takes(&self, it: &governance::Configuration) -> bool {
        self.kind.as_ref().is_none_or(|kind| it.kind.word() == kind)
            && self.archived.is_none_or(|archived| it.archived == archived)
            && self.text.as_ref().is_none_or(|text| it.name.to_lowercase().contains(text))
    }
}

fn list(view: &View, filter: ConfigurationFilter, first: u64) -> Result<Rows<'_, Configuration>, Problem> {
    let component: ComponentId = found(view.find(&filter.component))?;
    let choice = Choice::new(filter.kind, filter.archived, filter.text)?;
    let all = view.configurations_of(component).iter().filter(move |id| u64::from(id.number()) >= first);
    let each = all.filter_map(|id| Some((*id, view.see(*id)?))).filter(move |(_, it)| choice.takes(it));
    Ok(Box::new(each.map(|(id, it)| (id.number().into(), configuration(view, id, it)))))
}

fn list_of_area(
    view: &View,
    filter: AreaConfigurationFilter,
    first: u64,
) -> Result<Rows<'_, Configuration>, Problem> {
    let area = found(view.find_project_area(&filter.project_area))?;
    let choice = Choice::new(filter.kind, filter.archived, filter.text)?;
    let first = u32::try_from(first).unwrap_or(u32::MAX);
    let ours = move |it: &governance::Configuration| project_area_of(view, it.component) == Some(area);
    let each = view.each::<governance::Configuration>(first);
    let chosen = each.filter(move |(_, it)| choice.takes(it) && ours(it));
    Ok(Box::new(chosen.map(|(id, it)| (id.number().into(), configuration(view, id, it)))))
}

pub(super) fn project_area_of(view: &View, component: ComponentId) -> Option<AreaId> {
    view.see(component).map(|component| component.project_area)
}

fn read(view: &View, path: ConfigurationPath) -> Result<Configuration, Problem> {
    let id = path.find(view)?;
    Ok(configuration(view, id, found(view.see(id))?))
}

/// A new configuration.
#[derive(Deserialize, JsonSchema)]
#[schemars(example = serde_json::json!({"kind": "stream", "name": "Motor 2.0", "from": "baseline:Motor 1.0"}))]
#[serde(deny_unknown_fields, expecting = "an object with the keys of a configuration")]
struct NewConfigurationBody {
    #[schemars(schema_with = "kinds")]
    kind: NewConfiguration,
    name: String,
    /// What it is made from, in the same component: `stream:Name` or `baseline:Name`.
    from: String,
    /// The configuration in which it takes the place of what it is made from: `Component/kind:Name`, a
    /// number or a reference.
    in_place_in: Option<String>,
    /// Given to it afterwards, which needs the permission to modify its team area. Default: as that of
    /// `from`.
    team_area: Option<String>,
    /// The id of the user whose personal stream it shall be; anybody else than you needs the right to manage
    /// the server. Default: you.
    owner: Option<String>,
    #[serde(default)]
    description: Key<Option<String>>,
    #[serde(default)]
    tags: Key<Option<Vec<String>>>,
    #[serde(default)]
    attributes: Key<Option<Map<String, Value>>>,
    #[serde(default)]
    links: Key<Option<Value>>,
}

fn create(view: &View, path: ComponentPath, new: NewConfigurationBody) -> Result<Command, Problem> {
    let component = found(view.see(path.find(view)?))?;
    let project_area = component.project_area;
    let named = |text: &str, pointer: &str| {
        let found = view.find_configuration(project_area, text);
        found.ok_or_else(|| bad_value(pointer, format!("there is no configuration `{text}`")))
    };
    let source = view.find_configuration(project_area, &format!("{}/{}", encode(&component.name), new.from));
    let absent = || {
        let from = &new.from;
        bad_value("/from", format!("there is no `{from}`; expected `stream:Name` or `baseline:Name`"))
    };
    let carried = CarriedKeys::default()
        .with("description", &new.description)?
        .with("tags", &new.tags)?
        .with("attributes", &new.attributes)?
        .with("links", &new.links)?;
    let source = source.ok_or_else(absent)?;
    let in_place_in = new.in_place_in.map(|text| named(&text, "/in_place_in")).transpose()?;
    if let Some(parent) = in_place_in
        && !view.contributions(parent).contains(&Contribution::Configuration(source))
    {
        let said = format!("`{}` does not contain `{}`", view.local_reference(parent), new.from);
        return Err(bad_value("/in_place_in", said));
    }
    let create = CreateConfiguration {
        source,
        kind: new.kind,
        name: name(&new.name, "/name")?,
        carried: carried.all(),
        in_place_in,
    };
    let mut set = Vec::new();
    if let Some(text) = &new.team_area {
        let setting = team_area_setting(view, project_area, text, "/team_area")?;
        set.push(ConfigurationKey::TeamArea(setting));
    }
    if let Some(id) = &new.owner {
        let owner = user(view, id, "/owner")?;
        if new.kind != NewConfiguration::Personal || owner != view.asker_number() {
            set.push(ConfigurationKey::Owner(owner));
        }
    }
    if set.is_empty() {
        return Ok(create.into());
    }
    let edit = Edit { id: view.next::<governance::Configuration>(), set };
    Ok(Command::together([create.into(), edit.into()]))
}

/// What is to change.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "an object with the keys that are to change")]
struct ConfigurationChange {
    #[serde(default)]
    name: Key<String>,
    /// `inherit`, `unassigned`, or a slash path of names.
    #[serde(default)]
    team_area: Key<String>,
    /// The id of the user whose personal stream it shall be, which needs the right to manage the server.
    #[serde(default)]
    owner: Key<Option<String>>,
    /// All that it shall contain, in order: `Component/kind:Name`, a number as text, a reference, or a URI.
    #[serde(default)]
    contributions: Key<Vec<String>>,
    #[serde(default)]
    description: Key<Option<String>>,
    #[serde(default)]
    tags: Key<Option<Vec<String>>>,
    #[serde(default)]
    attributes: Key<Option<Map<String, Value>>>,
    #[serde(default)]
    links: Key<Option<Value>>,
}

fn change(view: &View, path: ConfigurationPath, change: ConfigurationChange) -> Result<Command, Problem> {
    let id = path.find(view)?;
    let now = found(view.see(id))?;
    let project_area = found(project_area_of(view, now.component))?;
    let mut set = Vec::new();
    if let Some(text) = &change.name.0 {
        set.push(ConfigurationKey::Name(name(text, "/name")?));
    }
    if let Some(text) = &change.team_area.0 {
        let setting = team_area_setting(view, project_area, text, "/team_area")?;
        set.push(ConfigurationKey::TeamArea(setting));
    }
    match &change.owner.0 {
        Some(Some(id)) => set.push(ConfigurationKey::Owner(user(view, id, "/owner")?)),
        // As it is read of a configuration that nobody owns.
        Some(None) if now.kind.owner().is_none() => {}
        Some(None) => return Err(bad_value("/owner", "a personal stream has an owner: name one")),
        None => {}
    }
    let carried = CarriedKeys::default()
        .with("description", &change.description)?
        .with("tags", &change.tags)?
        .with("attributes", &change.attributes)?
        .with("links", &change.links)?;
    set.extend(carried.keys(ConfigurationKey::Carried));
    let edit = Edit { id, set };
    let Some(texts) = &change.contributions.0 else { return Ok(edit.into()) };
    Ok(match to_become(view, id, texts)? {
        None => edit.into(),
        Some(list) if edit.set.is_empty() => list,
        Some(list) => Command::together([edit.into(), list]),
    })
}

fn archive(view: &View, path: ConfigurationPath, _: Nothing) -> Result<Command, Problem> {
    Ok(Archive::of(Subject::Configuration(path.find(view)?)).into())
}

fn unarchive(view: &View, path: ConfigurationPath, _: Nothing) -> Result<Command, Problem> {
    Ok(Unarchive { subject: Subject::Configuration(path.find(view)?) }.into())
}

fn commit(view: &View, path: ConfigurationPath, _: Nothing) -> Result<Command, Problem> {
    Ok(CommitStagingStream { stream: path.find(view)? }.into())
}
