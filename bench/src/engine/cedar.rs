//! Cedar: the organisation as entities, and for each question the one policy that is relevant to it.
//!
//! Generous to Cedar: nobody counts what it takes to find the relevant policy, nor what it takes to make
//! policies again when an entry, a slot or an assignment changes; requests are ready made.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use cedar_policy::{
    Authorizer, Context, Decision, Entities, Entity, EntityUid, PolicySet, Request, RestrictedExpression,
};
use governance::{
    Action, ActionKind, AreaId, Ask, Configuration, ConfigurationId, EVERYONE, GroupSet, Item, LicenceSet,
    Organisation, Question, ReadAccess, RepositoryGroup, RoleInheritance, TeamAreaSetting, With,
};

use super::grant::granted_roles;

/// A question, ready to be asked: a request for each action, with its policy.
pub(crate) struct Prepared(Vec<(Request, Arc<PolicySet>)>);

pub(crate) struct Cedar {
    authorizer: Authorizer,
    entities: Entities,
    policies: HashMap<String, Arc<PolicySet>>,
}

impl Cedar {
    pub(crate) fn new(organisation: &Organisation) -> Result<Self> {
        let entities = entities(organisation)?;
        Ok(Self { authorizer: Authorizer::new(), entities, policies: HashMap::new() })
    }

    pub(crate) fn check(&self, question: &Prepared) -> bool {
        question.0.iter().all(|(request, policies)| {
            self.authorizer.is_authorized(request, policies, &self.entities).decision() == Decision::Allow
        })
    }

    pub(crate) fn prepare(&mut self, organisation: &Organisation, question: &Question) -> Result<Prepared> {
        let (Some(user), Some(project)) = (question.user, organisation.project_of_item(question.item)) else {
            bail!("`{question:?}` is not modelled");
        };
        let (principal, resource) = (uid("User", user.number()), item(question.item)?);
        let mut prepared = Vec::new();
        let policies = match &question.ask {
            Ask::Read | Ask::SetContext => vec![("read".to_owned(), read(question.item, project))],
            Ask::Repository(_) => bail!("repository operations are not modelled"),
            Ask::Perform(_, actions, with) => {
                let each = actions.iter().map(|action| {
                    ensure!(action.identifier.is_none(), "identifiers are not modelled");
                    Ok((action_name(action), perform(organisation, question, project, action, *with)?))
                });
                each.collect::<Result<Vec<_>>>()?
            }
        };
        for (action, text) in policies {
            let context = match &question.ask {
                Ask::Perform(_, _, With::Replacement { old: Some(old), new: Some(new) }) => {
                    Context::from_pairs([
                        ("old".to_owned(), entity("Configuration", old.number())),
                        ("new".to_owned(), entity("Configuration", new.number())),
                    ])?
                }
                _ => Context::empty(),
            };
            let action = uid("Action", &action);
            let request = Request::new(principal.clone(), action, resource.clone(), context, None)?;
            prepared.push((request, self.policy(text)?));
        }
        Ok(Prepared(prepared))
    }

    fn policy(&mut self, text: String) -> Result<Arc<PolicySet>> {
        if let Some(known) = self.policies.get(&text) {
            return Ok(known.clone());
        }
        let policy: Arc<PolicySet> = Arc::new(text.parse()?);
        self.policies.insert(text, policy.clone());
        Ok(policy)
    }
}

fn action_name(action: &Action) -> String {
    format!("{}/{}", action.leaf.operation().name(), action.leaf.path())
}

/// How a policy gets from the item to its project area.
fn project_of(item: Item) -> &'static str {
    match item {
        Item::Configuration(_) => "resource.component.project",
        _ => "resource.project",
    }
}

fn visible(item: Item, project: AreaId) -> String {
    let (from, number) = (project_of(item), project.number());
    format!(
        "(principal.jazzAdmin || {from}.access == 0 || ({from}.access == 2 || {from}.access == 3) &&
            principal in Hierarchy::\"{number}\" || ({from}.access == 3 || {from}.access == 4) &&
            principal in Listed::\"{number}\")"
    )
}

fn read(item: Item, project: AreaId) -> String {
    let visible = visible(item, project);
    format!(
        "permit(principal, action == Action::\"read\", resource) when {{ principal.active && {visible} }};"
    )
}

fn governing_of(configuration: &str) -> String {
    format!("(if {configuration}.inherits then {configuration}.component.area else {configuration}.area)")
}

fn perform(
    organisation: &Organisation,
    question: &Question,
    project: AreaId,
    action: &Action,
    with: With,
) -> Result<String> {
    let operation = action.leaf.operation();
    let (from, archived, area) = match question.item {
        Item::Configuration(id) => {
            let Some(it) = organisation.configuration(id) else { bail!("no configuration") };
            let area = organisation.effective_team_area(it).unwrap_or(project);
            (governing_of("resource"), "(resource.archived || resource.component.archived)", area)
        }
        Item::Component(id) => {
            let area = organisation.component(id).and_then(|it| it.team_area).unwrap_or(project);
            ("resource.area".to_owned(), "resource.archived", area)
        }
        Item::Area(id) => ("resource".to_owned(), "resource.archived", id),
        other => bail!("{other:?} is not modelled"),
    };
    let licence = match () {
        () if operation.is_process() => "true".to_owned(),
        () if question.leases.intersects(LicenceSet::that_unlock(operation)) => "true".to_owned(),
        () => {
            let unlocking = LicenceSet::that_unlock(operation);
            let ids: Vec<String> = unlocking.iter().map(|it| format!("\"{}\"", it.id())).collect();
            format!("principal.licences.containsAny([{}])", ids.join(", "))
        }
    };
    let mut granted = in_roles(organisation, area, action);
    if operation.name() == "gc.save-personal-stream" {
        let others = in_roles(organisation, area, &operation.action("manage-others")?);
        granted = format!("{granted} && (!(resource has owner) || resource.owner == principal || {others})");
    }
    let overridden = match action.leaf.kind() {
        _ if operation.is_process() => {
            format!(
                "principal.jazzAdmin || principal.projectAdmin || principal in Administers::\"{}\"",
                area.number()
            )
        }
        ActionKind::Create | ActionKind::Modify | ActionKind::Run => {
            "principal.jazzAdmin || principal.projectAdmin".to_owned()
        }
        _ => "principal.jazzAdmin".to_owned(),
    };
    let second = second_path(organisation, action, with).map(|it| format!(" || {it}")).unwrap_or_default();
    let visible = visible(question.item, project);
    let (name, number) = (action_name(action), area.number());
    Ok(format!(
        "permit(principal, action == Action::\"{name}\", resource) when {{
            principal.active && principal.writer && {visible} && {licence} && !{archived}
            && {from} == Area::\"{number}\" && !{from}.archived && ({granted} || {overridden}{second})
        }};"
    ))
}

/// Whether the user holds, where it counts, a role that is granted the action.
fn in_roles(organisation: &Organisation, area: AreaId, action: &Action) -> String {
    let roles = granted_roles(organisation, area, action);
    if roles.contains(EVERYONE) {
        return "true".to_owned();
    }
    if roles.is_empty() {
        return "false".to_owned();
    }
    let roles: Vec<String> = roles.iter().map(|role| format!("Counts::\"{}\"", counts(area, role))).collect();
    format!("principal in [{}]", roles.join(", "))
}

fn second_path(organisation: &Organisation, action: &Action, with: With) -> Option<String> {
    let With::Replacement { old: Some(old), new: Some(_) } = with else { return None };
    let team = organisation.effective_team_area(organisation.configuration(old)?)?;
    let (old, new, granted) =
        (governing_of("context.old"), governing_of("context.new"), in_roles(organisation, team, action));
    Some(format!(
        "context.old.component == context.new.component && {old} == Area::\"{0}\" && {new} == Area::\"{0}\"
            && {granted}",
        team.number()
    ))
}

fn counts(area: AreaId, role: &str) -> String {
    format!("{}.{role}", area.number())
}

fn uid(kind: &str, id: impl ToString) -> EntityUid {
    // Both are words of our own.
    let id = cedar_policy::EntityId::new(id.to_string());
    let kind: cedar_policy::EntityTypeName = kind.parse().expect("a word");
    EntityUid::from_type_name_and_id(kind, id)
}

fn entity(kind: &str, id: impl ToString) -> RestrictedExpression {
    RestrictedExpression::new_entity_uid(uid(kind, id))
}

fn item(item: Item) -> Result<EntityUid> {
    Ok(match item {
        Item::Configuration(id) => uid("Configuration", id.number()),
        Item::Component(id) => uid("Component", id.number()),
        Item::Area(id) => uid("Area", id.number()),
        other => bail!("{other:?} is not modelled"),
    })
}

/// Everything, with what a user belongs to as the parents.
fn entities(organisation: &Organisation) -> Result<Entities> {
    let mut all = Vec::new();
    let mut parents: HashMap<governance::UserId, HashSet<EntityUid>> = HashMap::new();
    let mut roles: BTreeSet<String> = BTreeSet::new();
    for (area, _) in organisation.areas() {
        for (user, assigned) in organisation.members(area) {
            let of_user = parents.entry(user).or_default();
            of_user.insert(uid("Hierarchy", area.number()));
            of_user.extend(assigned.iter().map(|role| uid("Counts", counts(area, role))));
            roles.extend(assigned.iter().map(|role| role.to_string()));
        }
        for user in organisation.administrators(area) {
            let both = [uid("Hierarchy", area.number()), uid("Administers", area.number())];
            parents.entry(user).or_default().extend(both);
        }
        for user in organisation.access_list(area) {
            parents.entry(user).or_default().insert(uid("Listed", area.number()));
        }
    }
    for (id, user) in organisation.users() {
        let licences = user.held().iter().map(|it| RestrictedExpression::new_string(it.id().to_owned()));
        let attributes = attributes([
            ("active", RestrictedExpression::new_bool(!user.archived)),
            ("writer", RestrictedExpression::new_bool(user.groups.intersects(GroupSet::WRITERS))),
            ("jazzAdmin", RestrictedExpression::new_bool(user.groups.contains(RepositoryGroup::JazzAdmins))),
            (
                "projectAdmin",
                RestrictedExpression::new_bool(user.groups.contains(RepositoryGroup::JazzProjectAdmins)),
            ),
            ("licences", RestrictedExpression::new_set(licences)),
        ]);
        all.push(Entity::new(uid("User", id.number()), attributes, parents.remove(&id).unwrap_or_default())?);
    }
    for (id, _) in organisation.areas() {
        all.extend(of_area(organisation, id, &roles)?);
    }
    for (id, it) in organisation.components() {
        let attributes = attributes([
            ("project", entity("Area", it.project_area.number())),
            ("area", entity("Area", it.team_area.unwrap_or(it.project_area).number())),
            ("archived", RestrictedExpression::new_bool(it.archived)),
        ]);
        all.push(Entity::new(uid("Component", id.number()), attributes, HashSet::new())?);
    }
    for (id, it) in organisation.configurations() {
        all.push(of_configuration(organisation, id, it)?);
    }
    Ok(Entities::from_entities(all, None)?)
}

/// The area; what it means to belong to it, for reading upwards, for roles and administrators downwards.
fn of_area(organisation: &Organisation, id: AreaId, roles: &BTreeSet<String>) -> Result<Vec<Entity>> {
    let project = organisation.project_of(id);
    let access = organisation.area(project).and_then(|it| it.project()).map(|it| it.access);
    let access = ReadAccess::ALL.iter().position(|it| Some(*it) == access).unwrap_or(1);
    let archived =
        organisation.path(id).iter().any(|it| organisation.area(*it).is_some_and(|it| it.archived));
    let attributes = attributes([
        ("project", entity("Area", project.number())),
        ("access", RestrictedExpression::new_long(access as i64)),
        ("archived", RestrictedExpression::new_bool(archived)),
    ]);
    let children: Vec<AreaId> = organisation.team_areas(id).collect();
    let inherits = |area: &&AreaId| {
        let team = organisation.area(**area).and_then(|it| it.team());
        team.is_some_and(|it| it.role_inheritance == RoleInheritance::Inherit)
    };
    let parent = organisation.area(id).and_then(|it| it.parent());
    let up = parent.map(|it| uid("Hierarchy", it.number())).into_iter().collect();
    let down = children.iter().map(|it| uid("Administers", it.number())).collect();
    let mut all = vec![
        Entity::new(uid("Area", id.number()), attributes, HashSet::new())?,
        Entity::new_no_attrs(uid("Hierarchy", id.number()), up),
        Entity::new_no_attrs(uid("Administers", id.number()), down),
    ];
    for role in roles {
        let down = children.iter().filter(inherits).map(|it| uid("Counts", counts(*it, role))).collect();
        all.push(Entity::new_no_attrs(uid("Counts", counts(id, role)), down));
    }
    Ok(all)
}

fn of_configuration(organisation: &Organisation, id: ConfigurationId, it: &Configuration) -> Result<Entity> {
    let inherits = it.kind.team_area() == Some(TeamAreaSetting::Inherit);
    let mut values = vec![
        ("component", entity("Component", it.component.number())),
        ("archived", RestrictedExpression::new_bool(it.archived)),
        ("inherits", RestrictedExpression::new_bool(inherits)),
    ];
    if !inherits {
        let project = organisation.project_of_item(Item::Configuration(id));
        if let Some(area) = organisation.effective_team_area(it).or(project) {
            values.push(("area", entity("Area", area.number())));
        }
    }
    values.extend(it.kind.owner().map(|owner| ("owner", entity("User", owner.number()))));
    Ok(Entity::new(uid("Configuration", id.number()), attributes(values), HashSet::new())?)
}

fn attributes(
    these: impl IntoIterator<Item = (&'static str, RestrictedExpression)>,
) -> HashMap<String, RestrictedExpression> {
    these.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
