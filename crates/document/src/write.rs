//! Writing an organisation as a document, in normal form: what has no order by its name, defaults left out,
//! templates written out (docs/organisation-document.md#normalisation).

mod items;
mod process;
mod text;

use std::borrow::Cow;

use governance::text::{Name, encode};
use governance::{
    AreaId, AreaKind, Carried, ConfigurationKind, Contribution, GroupBinding, Organisation, ProcessArea,
    ProcessTemplate, Provider, ReadAccess, RoleInheritance, Settings, TeamAreaSetting,
};

use process::{permissions, preconditions, process_template, roles, timeline};
use text::{Out, map};

/// The whole organisation as YAML. Exported, imported into an empty server and exported again it is the same,
/// byte for byte.
pub fn export(organisation: &Organisation) -> String {
    let mut text = String::from("bailiwick: 1\n");
    for (key, value) in parts(organisation) {
        value.write_key(&key, 0, &mut text);
    }
    text
}

/// The same as JSON.
pub fn export_json(organisation: &Organisation) -> String {
    let mut text = String::from("{\"bailiwick\":1");
    for (key, value) in parts(organisation) {
        text.push_str(",\n");
        Out::Text(key.into_owned()).write_json(&mut text);
        text.push(':');
        value.write_json(&mut text);
    }
    text.push_str("}\n");
    text
}

/// A process template as a document of its own kind, in YAML.
pub fn export_template(template: &ProcessTemplate) -> String {
    let mut text = String::new();
    for (key, value) in process_template(template) {
        value.write_key(&key, 0, &mut text);
    }
    text
}

/// The same as JSON.
pub fn export_template_json(template: &ProcessTemplate) -> String {
    let mut text = String::new();
    Out::Map(process_template(template)).write_json(&mut text);
    text.push('\n');
    text
}

fn parts(organisation: &Organisation) -> impl Iterator<Item = (Cow<'static, str>, Out)> {
    let write = Writer { organisation };
    let settings = organisation.settings();
    let override_word = match settings.administrative_override {
        governance::AdministrativeOverride::Artefacts => None,
        governance::AdministrativeOverride::Process => Some("process"),
    };
    [
        ("settings", map([("administrative_override", override_word.map(Out::from))])),
        ("users", write.users()),
        ("license_pools", write.licence_pools()),
        ("access_groups", write.access_groups()),
        ("process_templates", write.process_templates()),
        ("project_areas", write.project_areas()),
        ("group_bindings", write.group_bindings(&settings)),
    ]
    .into_iter()
    .map(|(key, value)| (Cow::from(key), value))
    .filter(|(_, value)| !value.is_empty())
}

/// What writing needs at hand.
#[derive(Clone, Copy)]
struct Writer<'a> {
    organisation: &'a Organisation,
}

fn name(name: &Name) -> Option<Out> {
    Some(Out::from(&**name))
}

fn flag(holds: bool) -> Option<Out> {
    holds.then_some(Out::Raw("true"))
}

/// Adds what is carried to the keys of a thing.
fn with_carried(out: Out, carried: &Carried) -> Out {
    let Out::Map(mut entries) = out else { return out };
    entries.extend(carried.iter().map(|(key, value)| (key.to_owned().into(), Out::Json(value.clone()))));
    Out::Map(entries)
}

impl Writer<'_> {
    fn user_id(self, user: governance::UserId) -> String {
        self.organisation.user(user).map(|it| it.id.to_string()).unwrap_or_default()
    }

    fn user_list(self, users: impl Iterator<Item = governance::UserId>) -> Out {
        let mut ids: Vec<_> = users.map(|user| self.user_id(user)).collect();
        ids.sort();
        Out::List(ids.into_iter().map(Out::Text).collect())
    }

    fn users(self) -> Out {
        let mut users: Vec<_> = self.organisation.users().map(|(_, user)| user).collect();
        users.sort_by(|a, b| a.id.cmp(&b.id));
        let user = |user: &governance::User| {
            let default = governance::GroupSet::of(&[governance::RepositoryGroup::JazzUsers]);
            let groups = user.groups.iter().map(|group| Out::from(group.id())).collect();
            let licences: Vec<_> = user.licences.iter().map(|it| Out::from(it.id())).collect();
            let out = map([
                ("id", name(&user.id)),
                ("name", name(&user.name).filter(|_| user.name != user.id)),
                ("mail", user.mail.as_ref().and_then(name)),
                ("groups", Some(Out::List(groups)).filter(|_| user.groups != default)),
                ("licenses", Some(Out::List(licences)).filter(|it| !it.is_empty())),
                ("archived", flag(user.archived)),
                ("functional", flag(user.functional)),
                ("registry", user.registered.as_ref().and_then(|it| name(&it.registry))),
                ("vanished", flag(user.registered.as_ref().is_some_and(|it| it.vanished))),
            ]);
            with_carried(out, &user.carried)
        };
        Out::List(users.into_iter().map(user).collect())
    }

    fn licence_pools(self) -> Out {
        let pools = self.organisation.licence_pools().map(|(licence, pool)| {
            let number = |number: u32| Out::Number(number.into());
            map([
                ("type", Some(licence.id().into())),
                ("seats", Some(number(pool.seats))),
                ("authorised", pool.authorised.map(number)),
                ("tokens", pool.tokens.map(number)),
                ("expires", pool.expires.map(|day| Out::Text(day.to_string()))),
            ])
        });
        Out::List(pools.collect())
    }

    fn group_bindings(self, settings: &Settings) -> Out {
        let keys =
            |it: &GroupBinding| (self.organisation.area_text(it.area), it.role.clone(), it.group.clone());
        let mut bindings: Vec<_> = settings.group_bindings.iter().map(keys).collect();
        bindings.sort();
        let binding = |(area, role, group): &(String, Name, Name)| {
            map([("group", name(group)), ("area", Some(Out::Text(area.clone()))), ("role", name(role))])
        };
        Out::List(bindings.iter().map(binding).collect())
    }

    fn access_groups(self) -> Out {
        let mut groups: Vec<_> = self.organisation.access_groups().map(|(_, group)| group).collect();
        groups.sort_by(|a, b| a.name.cmp(&b.name));
        let group = |group: &governance::AccessGroup| {
            let areas = |project: bool| {
                let of_kind = |area: &&AreaId| {
                    self.organisation.area(**area).is_some_and(|it| it.project().is_some()) == project
                };
                let mut texts: Vec<_> = group
                    .areas
                    .iter()
                    .filter(of_kind)
                    .map(|area| self.organisation.area_text(*area))
                    .collect();
                texts.sort();
                Some(Out::List(texts.into_iter().map(Out::Text).collect())).filter(|it| !it.is_empty())
            };
            let users = Some(self.user_list(group.users.iter().copied())).filter(|it| !it.is_empty());
            let out = map([
                ("name", name(&group.name)),
                ("users", users),
                ("project_areas", areas(true)),
                ("team_areas", areas(false)),
            ]);
            with_carried(out, &group.carried)
        };
        Out::List(groups.into_iter().map(group).collect())
    }

    fn process_templates(self) -> Out {
        let mut templates: Vec<_> = self.organisation.process_templates().map(|(_, it)| it).collect();
        templates.sort_by(|a, b| a.name.cmp(&b.name));
        Out::List(templates.into_iter().map(|it| Out::Map(process_template(it))).collect())
    }

    fn project_areas(self) -> Out {
        let mut areas: Vec<_> = self.organisation.project_areas().collect();
        areas.sort_by(|(_, a, of_a), (_, b, of_b)| {
            (of_a.application.id(), &a.name).cmp(&(of_b.application.id(), &b.name))
        });
        Out::List(areas.into_iter().map(|(id, area, _)| self.project_area(id, area)).collect())
    }

    fn project_area(self, id: AreaId, area: &ProcessArea) -> Out {
        let AreaKind::Project(project) = &area.kind else { return Out::List(Vec::new()) };
        let link = project.uses_process.as_ref().map(|link| {
            let (server, provider) = match &link.provider {
                Provider::Here(area) => (None, self.organisation.area(*area).map(|it| it.name.clone())),
                Provider::Elsewhere { server, project_area, .. } => {
                    (name(server), Some(project_area.clone()))
                }
            };
            map([
                ("server", server),
                ("project_area", provider.as_ref().and_then(name)),
                ("iteration_types", flag(link.iteration_types)),
            ])
        });
        let access = (project.access != ReadAccess::Hierarchy).then(|| project.access.id().into());
        let types = project.iteration_types.iter().map(|id| Out::from(&**id)).collect();
        let timelines = self.organisation.timelines(id).iter();
        let timelines = timelines.map(|it| timeline(it, self.organisation.timelines(id).len())).collect();
        let Out::Map(common) = self.common(id, area) else { return Out::List(Vec::new()) };
        let Out::Map(mut keys) = map([
            ("application", Some(project.application.id().into())),
            ("name", name(&area.name)),
            ("archived", flag(area.archived)),
            ("access", access),
            ("access_list", Some(self.user_list(self.organisation.access_list(id)))),
            ("shares_process", flag(project.shares_process)),
            ("uses_process", link),
            ("iteration_types", Some(Out::List(types))),
            ("timelines", Some(Out::List(timelines))),
        ]) else {
            return Out::List(Vec::new());
        };
        keys.extend(common);
        keys.extend(self.kept(id));
        keys.retain(|(_, value)| !value.is_empty());
        with_carried(Out::Map(keys), &self.organisation.queries_by_name(area))
    }

    /// What project areas and team areas have in common.
    fn common(self, id: AreaId, area: &ProcessArea) -> Out {
        let mut members: Vec<_> = self
            .organisation
            .members(id)
            .map(|(user, roles)| {
                let roles = roles.iter().map(|role| Out::from(&**role)).collect();
                (self.user_id(user).into(), Out::List(roles))
            })
            .collect();
        members.sort_by(|(a, _): &(std::borrow::Cow<'static, str>, Out), (b, _)| a.cmp(b));
        let teams = self.organisation.team_areas(id);
        let teams = teams.filter_map(|team| Some(self.team_area(team, self.organisation.area(team)?, area)));
        map([
            ("administrators", filled(self.user_list(self.organisation.administrators(id)))),
            ("members", filled(Out::Map(members))),
            ("roles", filled(roles(self.organisation.roles(id)))),
            ("permissions", filled(permissions(self.organisation.permissions(id)))),
            ("preconditions", filled(preconditions(self.organisation.preconditions(id)))),
            ("team_areas", filled(Out::List(teams.collect()))),
        ])
    }

    fn team_area(self, id: AreaId, area: &ProcessArea, parent: &ProcessArea) -> Out {
        let AreaKind::Team(team) = &area.kind else { return Out::List(Vec::new()) };
        let project = self.organisation.area(self.organisation.project_of(id)).and_then(|it| it.project());
        let default =
            project.map(|it| RoleInheritance::default_for(it.application, parent.project().is_some()));
        let inheritance = (Some(team.role_inheritance) != default).then(|| team.role_inheritance.id().into());
        let own = map([
            ("name", name(&area.name)),
            ("role_inheritance", inheritance),
            ("archived", flag(area.archived)),
            ("timeline", team.timeline.as_ref().and_then(name)),
        ]);
        let (Out::Map(mut keys), Out::Map(common)) = (own, self.common(id, area)) else {
            return Out::List(Vec::new());
        };
        keys.extend(common);
        with_carried(Out::Map(keys), &area.carried)
    }

    /// The slash path of a team area in its project area.
    fn team_path(self, team: AreaId) -> String {
        let names = self.organisation.path(team).iter().skip(1).filter_map(|id| self.organisation.area(*id));
        names.map(|area| encode(&area.name)).collect::<Vec<_>>().join("/")
    }

    fn setting(self, setting: TeamAreaSetting) -> Out {
        match setting {
            TeamAreaSetting::Inherit => "inherit".into(),
            TeamAreaSetting::Unassigned => "unassigned".into(),
            TeamAreaSetting::Assigned(team) => Out::Text(self.team_path(team)),
        }
    }

    fn components(self, project: AreaId) -> Out {
        let mut components: Vec<_> =
            self.organisation.components().filter(|(_, it)| it.project_area == project).collect();
        components.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        let component = |(id, component): (governance::ComponentId, &governance::Component)| {
            let out = map([
                ("name", name(&component.name)),
                ("team_area", component.team_area.map(|team| Out::Text(self.team_path(team)))),
                ("archived", flag(component.archived)),
                ("configurations", Some(self.configurations(id, component)).filter(|it| !it.is_empty())),
            ]);
            with_carried(out, &component.carried)
        };
        Out::List(components.into_iter().map(component).collect())
    }

    fn configurations(self, id: governance::ComponentId, component: &governance::Component) -> Out {
        let of = |id: governance::ConfigurationId| self.organisation.configuration(id);
        let mut all = self.organisation.configurations_of(id).to_vec();
        all.sort_by_key(|id| {
            let word = of(*id).map(|it| it.kind.word());
            let place = ConfigurationKind::WORDS.iter().position(|it| Some(*it) == word);
            (place, of(*id).map(|it| it.name.clone()))
        });
        // Of those that were made from nothing the first of its kind is the initial one.
        let initial = |word: &str| {
            let made_from_nothing = |id: &&governance::ConfigurationId| {
                of(**id).is_some_and(|it| it.source.is_none() && it.kind.word() == word)
            };
            all.iter().filter(made_from_nothing).min().copied()
        };
        let (stream, baseline) = (initial("stream"), initial("baseline"));
        let configurations = all.iter().filter_map(|&id| {
            let configuration = of(id)?;
            let word = configuration.kind.word();
            let is_initial = Some(id) == stream || Some(id) == baseline;
            let usual = match configuration.kind {
                ConfigurationKind::Stream(_) => format!("{} Initial Stream", component.name),
                _ => format!("{} Initial Baseline", component.name),
            };
            let renamed = is_initial && *configuration.name != *usual;
            let source = configuration.source.and_then(of);
            let default = source.and_then(|it| it.kind.team_area()).unwrap_or_default();
            let from = source.map(|it| Out::Text(format!("{}:{}", it.kind.word(), encode(&it.name))));
            let team_area = configuration.kind.team_area().filter(|it| *it != default);
            let owner = configuration.kind.owner().map(|owner| Out::Text(self.user_id(owner)));
            let out = map([
                ("kind", Some(word.into())),
                ("name", name(&configuration.name)),
                ("initial", flag(renamed)),
                ("from", from),
                ("owner", owner),
                ("team_area", team_area.map(|it| self.setting(it))),
                ("archived", flag(configuration.archived)),
                ("approvals", filled(self.approvals(id))),
            ]);
            let out = with_carried(out, &configuration.carried);
            // What exists without being named is named only where it says something.
            let says_nothing = is_initial && !renamed && matches!(&out, Out::Map(keys) if keys.len() == 2);
            (!says_nothing).then_some(out)
        });
        Out::List(configurations.collect())
    }

    fn approvals(self, id: governance::ConfigurationId) -> Out {
        let mut approvals: Vec<_> =
            self.organisation.approvals(id).map(|(user, approval)| (self.user_id(user), approval)).collect();
        approvals.sort_by(|(a, _), (b, _)| a.cmp(b));
        let approval = |(user, approval): (String, &governance::Approval)| {
            map([
                ("user", Some(Out::Text(user))),
                ("revision", Some(Out::Number(approval.revision))),
                ("at", Some(Out::Text(approval.at.to_string()))),
            ])
        };
        Out::List(approvals.into_iter().map(approval).collect())
    }

    fn contributions(self, project: AreaId) -> Out {
        let here = |id: governance::ConfigurationId| {
            let component = self.organisation.configuration(id)?.component;
            Some(self.organisation.component(component)?.project_area == project)
        };
        let text = |id: governance::ConfigurationId| {
            self.organisation.configuration(id).map(|it| self.organisation.configuration_text(it))
        };
        let mut all: Vec<(String, &[Contribution])> = self
            .organisation
            .all_contributions()
            .filter(|(parent, _)| here(*parent) == Some(true))
            .filter_map(|(parent, list)| Some((text(parent)?, list)))
            .collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        let contributions = all.into_iter().map(|(to, list)| {
            let list = list.iter().map(|contribution| match contribution {
                Contribution::Configuration(id) => Out::Text(text(*id).unwrap_or_default()),
                Contribution::Local(uri) => Out::from(&**uri),
            });
            map([("to", Some(Out::Text(to))), ("configurations", Some(Out::List(list.collect())))])
        });
        Out::List(contributions.collect())
    }
}

fn filled(list: Out) -> Option<Out> {
    Some(list).filter(|it| !it.is_empty())
}
